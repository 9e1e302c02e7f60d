/* Runs the test vectors of a folder: vectors DIR. Each failing case is printed with expected and got, then a line a
 * file, then `N passed, M failed`. Exit 1 on a failure or when no file is there. Reading files is allowed here: this is
 * a test. */
#include <stdio.h>
#include <stdlib.h>

#include "lang/base/decimal.h"
#include "tests/vectors/vectors.h"

static const struct {
  const char *name;
  void (*check)(run *, const table *); /* NULL: no table */
  void (*check_text)(run *, slice);
} files[] = {{"fees.csv", check_fees, NULL},
             {"business_days.csv", check_business_days, NULL},
             {"dates.csv", check_dates, NULL},
             {"daycount.csv", check_daycount, NULL},
             {"holidays_br.csv", check_holidays_br, NULL},
             {"holidays_intl.csv", check_holidays_intl, NULL},
             {"billing.csv", check_billing, NULL},
             {"index_series.csv", check_index_series, NULL},
             {"indexation.csv", check_indexation, NULL},
             {"allocation.csv", check_allocation, NULL},
             {"contact.csv", check_contact, NULL},
             {"metrics.json", NULL, check_metrics}};

slice cell(const table *t, const row *r, const char *column) {
  for (size_t i = 0; i < t->columns; i++)
    if (slice_eq(t->column[i], slice_of(column))) return r->cell[i];
  return SLICE("");
}

void judge(run *r, slice id, slice expected, slice got) {
  if (slice_eq(expected, got)) {
    r->passed++;
    return;
  }
  r->failed++;
  printf("%.*s: expected %.*s, got %.*s\n", SLICE_ARG(id), SLICE_ARG(expected), SLICE_ARG(got));
}

const calendar *calendar_named(run *r, slice name) {
  calendar *c = calendar_embedded(r->perm, name);
  if (!c) judge(r, name, SLICE("a calendar"), SLICE("no calendar of that name"));
  return c;
}

slice date_slice(run *r, civil_date d) {
  char text[DATE_TEXT_MAX];
  return date_is_none(d) ? SLICE("no date") : arena_slice(r->perm, (slice){text, date_iso(d, text)});
}

long number_of(slice s) {
  char text[32] = {0};
  memcpy(text, s.p, s.n < sizeof text - 1 ? s.n : sizeof text - 1);
  return strtol(text, NULL, 10);
}

slice take_part(slice *s, char separator) {
  const char *end = s->n ? memchr(s->p, separator, s->n) : NULL;
  slice part = {s->p, end ? (size_t)(end - s->p) : s->n};
  size_t taken = part.n + (end != NULL);
  s->p += taken;
  s->n -= taken;
  return part;
}

static size_t split(slice line, slice cells[COLUMNS_MAX]) {
  size_t count = 0;
  line = slice_trim(line);
  while (count < COLUMNS_MAX) {
    bool last = !memchr(line.p, ',', line.n);
    cells[count++] = take_part(&line, ',');
    if (last) break;
  }
  return count;
}

static table parse(arena *perm, slice text) {
  table t = {0};
  size_t lines = 0;
  for (size_t i = 0; i < text.n; i++) lines += text.p[i] == '\n';
  t.rows = ARENA_ARRAY(perm, lines + 1, row);
  slice head = take_part(&text, '\n');
  t.columns = split(head, t.column);
  while (text.n) {
    slice line = take_part(&text, '\n');
    if (slice_trim(line).n) split(line, t.rows[t.count++].cell);
  }
  return t;
}

/* The file's text; NULL text where there is no such file. */
static slice read_file(arena *perm, const char *folder, const char *name) {
  slice path = arena_printf(perm, "%s/%s", folder, name);
  FILE *f = fopen(path.p, "rb");
  if (!f) return (slice){NULL, 0};
  fseek(f, 0, SEEK_END);
  long size = ftell(f);
  rewind(f);
  char *text = arena_alloc(perm, (size_t)size + 1);
  size_t n = fread(text, 1, (size_t)size, f);
  fclose(f);
  return (slice){text, n};
}

table read_table(run *r, const char *name) {
  slice text = read_file(r->perm, r->folder, name);
  return text.p ? parse(r->perm, text) : (table){0};
}

bool cents_of(slice s, int64_t *out) {
  decimal d = {0, 0};
  if (s.n && decimal_parse(s, &d) != NUMBER_OK) return false;
  d = decimal_trim(d);
  if (d.scale > 2 || !decimal_rescale(d, 2, ROUND_DOWN, &d)) return false;
  *out = d.n;
  return true;
}

slice cents_slice(run *r, int64_t n) {
  char text[DECIMAL_TEXT_MAX];
  return arena_slice(r->perm, (slice){text, decimal_text((decimal){n, 2}, text)});
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fputs("usage: vectors DIR\n", stderr);
    return 2;
  }
  unsigned passed = 0, failed = 0, found = 0;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    run r = {.perm = arena_new(), .folder = argv[1]};
    slice text = read_file(r.perm, argv[1], files[i].name);
    if (text.p) {
      if (files[i].check) {
        table t = parse(r.perm, text);
        files[i].check(&r, &t);
      } else
        files[i].check_text(&r, text);
      printf("%-20s %u passed, %u failed\n", files[i].name, r.passed, r.failed);
      found++;
    }
    passed += r.passed;
    failed += r.failed;
    arena_free(r.perm);
  }
  if (!found) printf("no vector file in %s\n", argv[1]);
  printf("%u passed, %u failed\n", passed, failed);
  return failed || !found ? 1 : 0;
}
