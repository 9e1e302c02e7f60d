/* See test_report.h: a policy's text with its expectations rewritten. Only lines of failed tests are touched, and of
 * those only what differs: an expectation that was met stays as it was written, and so does every comment. */
#include "test_report.h"

#include <stdlib.h>

#include "lang/syntax/keyword.h"
#include "runtime/engine/action_written.h"

typedef struct edit {
  uint32_t from, to, order;
  slice text;
} edit;

typedef struct rewriting {
  const program *p;
  arena *perm;
  slice s; /* the source */
  uint16_t file;
  const char *line_end;
  edit *v;
  uint32_t n, cap;
} rewriting;

static void edit_add(rewriting *r, uint32_t from, uint32_t to, slice s) {
  if (r->n == r->cap) {
    uint32_t cap = r->cap ? r->cap * 2 : 16;
    edit *v = ARENA_ARRAY(r->perm, cap, edit);
    if (r->n) memcpy(v, r->v, r->n * sizeof *v);
    r->v = v;
    r->cap = cap;
  }
  r->v[r->n] = (edit){from, to, r->n, s};
  r->n++;
}

/* ---- places ---- */

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static uint32_t line_begin(const rewriting *r, uint32_t at) {
  while (at > 0 && r->s.p[at - 1] != '\n') at--;
  return at;
}

/* Behind the line's end. */
static uint32_t line_after(const rewriting *r, uint32_t at) {
  while (at < r->s.n && r->s.p[at] != '\n') at++;
  return at < r->s.n ? at + 1 : at;
}

static slice indent_of(const rewriting *r, uint32_t at) {
  uint32_t begin = line_begin(r, at), end = begin;
  while (end < r->s.n && (r->s.p[end] == ' ' || r->s.p[end] == '\t')) end++;
  return (slice){r->s.p + begin, end - begin};
}

/* Comments inside of a piece that is about to change, each on a line of its own before it. */
static void keep_comments(rewriting *r, text *to, span at) {
  bool quoted = false;
  slice indent = indent_of(r, at.from);
  for (uint32_t i = at.from; i < at.to; i++) {
    char c = r->s.p[i];
    if (quoted && c == '\\')
      i++;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && c == '#') {
      uint32_t end = i;
      while (end < at.to && r->s.p[end] != '\n' && r->s.p[end] != '\r') end++;
      text_printf(to, "%.*s%s%.*s", (int)(end - i), r->s.p + i, r->line_end, SLICE_ARG(indent));
      i = end;
    }
  }
}

/* ---- lines ---- */

static void put_day(text *to, const policy_test *t, civil_date day) {
  char iso[DATE_TEXT_MAX];
  size_t n = date_iso(day, iso);
  text_printf(to, "%.*s %.*s %.*s ", SLICE_ARG(kw_text(KW_ON, t->lang)), (int)n, iso,
              SLICE_ARG(kw_text(KW_EXPECT, t->lang)));
}

static void put_action(text *to, const policy_test *t, slice action_said, bool *first) {
  if (!*first) text_printf(to, " %.*s ", SLICE_ARG(kw_text(KW_THEN, t->lang)));
  text_add(to, action_said);
  *first = false;
}

static uint32_t put_unexpected(text *to, const test_outcome *o, civil_date day, bool *first) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < o->count; i++) {
    const test_entry *e = &o->entries[i];
    if (e->match != TEST_UNEXPECTED || e->day.day != day.day) continue;
    put_action(to, o->test, e->actual, first);
    n++;
  }
  return n;
}

static bool met(const test_outcome *o, uint32_t expect, uint32_t action_index) {
  for (uint32_t i = 0; i < o->count; i++) {
    const test_entry *e = &o->entries[i];
    if (e->match == TEST_AS_EXPECTED && e->expect == expect && e->action == action_index) return true;
  }
  return false;
}

static bool first_of_day(const policy_test *t, uint32_t expect) {
  for (uint32_t i = 0; i < expect; i++)
    if (t->expects[i].day.day == t->expects[expect].day.day) return false;
  return true;
}

static bool any_expect(const policy_test *t, civil_date day) {
  for (uint32_t i = 0; i < t->expect_count; i++)
    if (t->expects[i].day.day == day.day) return true;
  return false;
}

/* Without this line the test would end on an earlier day, or expect nothing at all. */
static bool ends_test(const policy_test *t, uint32_t expect) {
  if (t->has_until) return false;
  return expect + 1 == t->expect_count || (t->expects[expect].day.day == t->last.day && first_of_day(t, expect));
}

/* The whole line goes, or what of it is this statement's. */
static void take_out(rewriting *r, span at) {
  text kept = text_new(r->perm);
  keep_comments(r, &kept, at);
  uint32_t from = at.from, to = at.to, begin = line_begin(r, from);
  while (from > begin && blank(r->s.p[from - 1])) from--;
  while (to < r->s.n && blank(r->s.p[to])) to++;
  bool starts = from == begin, ends = to == r->s.n || r->s.p[to] == '\n';
  if (starts && ends && !kept.n) {
    edit_add(r, from, line_after(r, to), (slice){0});
  } else if (to < r->s.n && r->s.p[to] == ';') {
    to++;
    while (to < r->s.n && blank(r->s.p[to])) to++;
    edit_add(r, at.from, to, text_slice(&kept));
  } else if (from > begin && r->s.p[from - 1] == ';') {
    edit_add(r, from - 1, at.to, text_slice(&kept));
  } else {
    edit_add(r, at.from, ends ? at.to : to, text_slice(&kept));
  }
}

static void rewrite_expect(rewriting *r, const test_outcome *o, uint32_t k) {
  const test_expect *x = &o->test->expects[k];
  text line_text = text_new(r->perm);
  keep_comments(r, &line_text, x->at);
  if (x->count) {
    slice head = source_line(r->p, (span){x->at.from, x->actions[0].at.from, x->at.file}, r->perm);
    text_printf(&line_text, "%.*s ", SLICE_ARG(head));
  } else {
    put_day(&line_text, o->test, x->day);
  }
  uint32_t kept = 0, more = 0;
  bool first = true;
  for (uint32_t a = 0; a < x->count; a++) {
    if (!met(o, k, a)) continue;
    put_action(&line_text, o->test, source_line(r->p, x->actions[a].at, r->perm), &first);
    kept++;
  }
  if (first_of_day(o->test, k)) more = put_unexpected(&line_text, o, x->day, &first);
  if (kept == x->count && more == 0) return;
  if (kept + more == 0 && !ends_test(o->test, k)) {
    take_out(r, x->at);
    return;
  }
  if (kept + more == 0) text_add(&line_text, kw_spelling(KW_NOTHING_ELSE, o->test->lang, 1));
  edit_add(r, x->at.from, x->at.to, text_slice(&line_text));
}

/* The line behind which something of that day belongs: the last one of the greatest day up to it; false: none. */
static bool line_before(const policy_test *t, civil_date day, span *out) {
  bool found = false;
  int32_t best = 0;
  for (uint32_t i = 0; i < t->expect_count + t->event_count; i++) {
    bool e = i < t->expect_count;
    span at = e ? t->expects[i].at : t->events[i - t->expect_count].at;
    int32_t d = e ? t->expects[i].day.day : t->events[i - t->expect_count].day.day;
    if (d > day.day || (found && (d < best || (d == best && at.from < out->from)))) continue;
    *out = at;
    best = d;
    found = true;
  }
  return found;
}

static span first_line(const policy_test *t) {
  const span *first = NULL;
  for (uint32_t i = 0; i < t->expect_count; i++)
    if (!first || t->expects[i].at.from < first->from) first = &t->expects[i].at;
  for (uint32_t i = 0; i < t->event_count; i++)
    if (!first || t->events[i].at.from < first->from) first = &t->events[i].at;
  return first ? *first : t->until_at;
}

static void insert_day(rewriting *r, const test_outcome *o, civil_date day) {
  span at;
  bool behind = line_before(o->test, day, &at);
  if (!behind) at = first_line(o->test);
  uint32_t to = behind ? line_after(r, at.to) : line_begin(r, at.from);
  bool cut = behind && to == r->s.n && to > 0 && r->s.p[to - 1] != '\n';
  text line_text = text_new(r->perm);
  if (cut) text_cstr(&line_text, r->line_end);
  text_add(&line_text, indent_of(r, at.from));
  put_day(&line_text, o->test, day);
  bool first = true;
  (void)put_unexpected(&line_text, o, day, &first);
  if (!cut) text_cstr(&line_text, r->line_end);
  edit_add(r, to, to, text_slice(&line_text));
}

static void rewrite_test(rewriting *r, const test_outcome *o) {
  for (uint32_t k = 0; k < o->test->expect_count; k++) rewrite_expect(r, o, k);
  for (uint32_t i = 0; i < o->count; i++) {
    civil_date day = o->entries[i].day;
    if (i > 0 && o->entries[i - 1].day.day == day.day) continue;
    bool unexpected = false;
    for (uint32_t k = i; k < o->count && o->entries[k].day.day == day.day; k++)
      unexpected |= o->entries[k].match == TEST_UNEXPECTED;
    if (unexpected && !any_expect(o->test, day)) insert_day(r, o, day);
  }
}

static int by_place(const void *va, const void *vb) {
  const edit *a = va, *b = vb;
  if (a->from != b->from) return a->from < b->from ? -1 : 1;
  if ((a->from == a->to) != (b->from == b->to)) return a->from == a->to ? -1 : 1;
  return (a->order > b->order) - (a->order < b->order);
}

bool test_rewrite(const tested *t, const bool *only, uint16_t file, arena *perm, slice *out) {
  rewriting r = {.p = t->p, .perm = perm, .s = t->sources[file].text, .file = file, .line_end = "\n"};
  for (size_t i = 0; i + 1 < r.s.n && r.s.p[i] != '\n'; i++)
    if (r.s.p[i] == '\r' && r.s.p[i + 1] == '\n') r.line_end = "\r\n";
  for (uint32_t i = 0; i < t->n; i++)
    if (only[i] && t->v[i].test->at.file == file) rewrite_test(&r, &t->v[i]);
  qsort(r.v, r.n, sizeof(edit), by_place);
  text all = text_new(perm);
  uint32_t at = 0;
  for (uint32_t i = 0; i < r.n; i++) {
    if (r.v[i].from < at) return false;
    text_add(&all, (slice){r.s.p + at, r.v[i].from - at});
    text_add(&all, r.v[i].text);
    at = r.v[i].to;
  }
  text_add(&all, (slice){r.s.p + at, r.s.n - at});
  *out = text_slice(&all);
  return true;
}
