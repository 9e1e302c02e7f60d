/* `dun import`: CSV files into the store. What happened is a row a file; why rows were rejected follows on standard
 * error. */
#include <stdio.h>

#include "args.h"
#include "progress.h"
#include "stdlib/erp/csv.h"

typedef struct shown {
  world *w;
  progress bar;
  const char *file;
} shown;

static void show_progress(void *self, const char *file, uint64_t done, uint64_t total) {
  shown *s = self;
  if (s->file != file) {
    if (s->file) progress_end(&s->bar);
    s->file = file;
    progress_begin(&s->bar, s->w, file, total);
  }
  progress_at(&s->bar, done);
}

static const out_column COLUMNS[] = {
    {.name = "file", .kind = OUT_TEXT, .keep = false},
    {.name = "rows", .kind = OUT_NUMBER, .keep = true},
    {.name = "new", .kind = OUT_NUMBER, .keep = true},
    {.name = "changed", .kind = OUT_NUMBER, .keep = true},
    {.name = "unchanged", .kind = OUT_NUMBER, .keep = true},
    {.name = "rejected", .kind = OUT_NUMBER, .keep = true},
    {.name = "rejects", .kind = OUT_TEXT, .title = "rejects file"},
};
enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

static bool print_summary(const args *a, world *w, const csv_report *report, world_code *why) {
  bool any = false;
  for (size_t i = 0; i < report->count; i++) any |= report->file[i].rejects != NULL;
  /* A table without rejects has no column for them; the other formats always have the same columns. */
  out *o = out_begin(w, a->format, COLUMNS, any || a->format != OUT_table ? COLUMN_COUNT : COLUMN_COUNT - 1);
  for (size_t i = 0; i < report->count; i++) {
    const csv_file *f = &report->file[i];
    const uint64_t number[] = {f->rows, f->added, f->changed, f->unchanged, f->rejected};
    slice value[COLUMN_COUNT] = {slice_of(f->path)};
    for (size_t k = 0; k < 5; k++) value[k + 1] = arena_printf(a->perm, "%llu", (unsigned long long)number[k]);
    value[6] = slice_of(f->rejects ? f->rejects : "");
    out_row(o, value);
  }
  return out_end(o, why);
}

/* Returns how many rows were rejected in all. */
static uint64_t print_reasons(world *w, const csv_report *report) {
  uint64_t rejected = 0;
  for (size_t i = 0; i < report->count; i++) {
    const csv_file *f = &report->file[i];
    rejected += f->rejected;
    for (size_t k = 0; k < f->reasons; k++)
      world_printf(w, WORLD_STDERR, "%s:%llu: %s\n", f->path, (unsigned long long)f->reason[k].line, f->reason[k].text);
    if (f->rejected > f->reasons)
      world_printf(w, WORLD_STDERR, "%s: and %llu more, see %s\n", f->path,
                   (unsigned long long)(f->rejected - f->reasons), f->rejects ? f->rejects : "the file itself");
  }
  for (size_t i = 0; i < report->skipped_count; i++)
    world_printf(w, WORLD_STDERR, "%.*s: not read: its name is none of customers, invoices, contracts, events\n",
                 SLICE_ARG(report->skipped[i]));
  return rejected;
}

/* What the changed rows say happened, and what was taken for granted. */
static void print_remarks(world *w, const csv_report *report, const uint64_t *noticed) {
  bool any = false;
  for (int h = 0; h < STORE_HAPPENING_COUNT; h++) {
    if (!noticed[h]) continue;
    world_printf(w, WORLD_STDERR, "%s%llu × %s", any ? ", " : "noticed: ", (unsigned long long)noticed[h],
                 store_happening_name((store_happening)h));
    any = true;
  }
  if (any) world_printf(w, WORLD_STDERR, "\n");
  for (size_t i = 0; i < report->count; i++) {
    const csv_file *f = &report->file[i];
    if (f->assumed)
      world_printf(w, WORLD_STDERR, "%s: %llu of its rows name no currency: " CSV_CURRENCY_ASSUMED " is assumed (--currency says another)\n",
                   f->path, (unsigned long long)f->assumed);
  }
}

static csv_options options_of(const args *a, const char *store_path) {
  csv_options o = {.currency = a->value[ARG_currency].text};
  slice marks = a->value[ARG_decimal].text, dates = a->value[ARG_dates].text;
  if (slice_eq(marks, SLICE("comma"))) o.dialect.decimal = CSV_DECIMAL_COMMA;
  if (slice_eq(marks, SLICE("point"))) o.dialect.decimal = CSV_DECIMAL_POINT;
  if (slice_eq(dates, SLICE("dmy"))) o.dialect.dates = CSV_DATES_DMY;
  if (slice_eq(dates, SLICE("mdy"))) o.dialect.dates = CSV_DATES_MDY;
  if (slice_eq(dates, SLICE("iso"))) o.dialect.dates = CSV_DATES_ISO;
  if (a->value[ARG_rejects].given) o.rejects = a->value[ARG_rejects].text.p;
  const char *slash = strrchr(store_path, '/');
  o.rejects_folder = slash ? arena_printf(a->perm, "%.*s/rejects", (int)(slash - store_path), store_path).p : "rejects";
  return o;
}

/* A misspelt path is said before a store is made. */
static bool all_there(const args *a, world *w) {
  for (size_t i = 0; i < a->word_count; i++) {
    bool folder;
    world_file *file = NULL;
    world_code code = w->is_folder(w, a->word[i].p, &folder);
    if (code == WORLD_OK && !folder) code = w->open_file(w, a->word[i].p, &file);
    w->close_file(w, file);
    if (code == WORLD_OK) continue;
    args_complain(w, a, "cannot read %s: %s", a->word[i].p, world_code_text(code));
    return false;
  }
  return true;
}

int cmd_import(const args *a, world *w) {
  if (!all_there(a, w)) return EXIT_WORLD;
  const char *path = a->value[ARG_store].given ? a->value[ARG_store].text.p : "dun.db";
  const char **paths = ARENA_ARRAY(a->perm, a->word_count, const char *);
  for (size_t i = 0; i < a->word_count; i++) paths[i] = a->word[i].p;
  csv_options o = options_of(a, strncmp(path, "sqlite:", 7) == 0 ? path + 7 : path);
  shown progress_shown = {.w = w};
  if (!a->value[ARG_quiet].given) {
    o.at = show_progress;
    o.self = &progress_shown;
  }
  store *s;
  store_error why;
  if (store_open(w, path, &s, &why) != STORE_OK) {
    args_complain(w, a, "%s", why.text);
    return EXIT_WORLD;
  }
  csv_report report;
  if (a->value[ARG_today].given) store_notice_on(s, (int32_t)a->value[ARG_today].number);
  csv_status status = csv_import(w, s, paths, a->word_count, &o, a->perm, &report);
  uint64_t noticed[STORE_HAPPENING_COUNT];
  for (int h = 0; h < STORE_HAPPENING_COUNT; h++) noticed[h] = store_noticed(s, (store_happening)h);
  store_close(s);
  if (progress_shown.file) progress_end(&progress_shown.bar);
  if (status != CSV_DONE) {
    args_complain(w, a, "%s", report.error);
    return status == CSV_REFUSED ? EXIT_FINDINGS : EXIT_WORLD;
  }
  world_code failure;
  if (!print_summary(a, w, &report, &failure)) {
    if (failure == WORLD_CLOSED) return EXIT_FINE;
    args_complain(w, a, "the import is done, but its summary cannot be written: %s", world_code_text(failure));
    return EXIT_WORLD;
  }
  if (!a->value[ARG_quiet].given) print_remarks(w, &report, noticed);
  return print_reasons(w, &report) ? EXIT_FINDINGS : EXIT_FINE;
}
