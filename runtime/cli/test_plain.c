/* See test_report.h: what a person reads. */
#include "out.h"
#include "test_report.h"
#include "texts.h"

#include "lang/syntax/keyword.h"

static const char *words(const tested *t, text_id what) { return texts_word(t->lang, what); }

/* ---- a failed test ---- */

static slice happened(const tested *t, const test_entry *e, arena *perm) {
  if (e->match != TEST_NO_CONTACT) return e->actual;
  return arena_printf(perm, "%.*s (%s)", SLICE_ARG(e->actual), words(t, TXT_TEST_NO_CONTACT));
}

static test_pair row_of(const tested *t, const test_entry *e, arena *perm) {
  test_pair r = {' ', e->match, e->day, e->expected, {0}};
  if (e->match != TEST_NOT_HAPPENED) r.actual = happened(t, e, perm);
  if (e->match == TEST_NOT_HAPPENED) r.mark = '-';
  if (e->match == TEST_UNEXPECTED) r.mark = '+';
  return r;
}

/* What was expected of a day and what happened instead stand in one row: what reached nobody first. */
static test_pair *instead(test_pair *from, test_pair *end) {
  for (test_pair *r = from; r < end; r++)
    if (r->match == TEST_NO_CONTACT && r->mark == ' ') return r;
  for (test_pair *r = from; r < end; r++)
    if (r->mark == '+') return r;
  return NULL;
}

uint32_t test_pairs(const tested *t, const test_outcome *o, test_pair *rows, arena *perm) {
  uint32_t n = 0, day_at = 0;
  for (uint32_t i = 0; i < o->count; i++) {
    const test_entry *e = &o->entries[i];
    if (i == 0 || o->entries[i - 1].day.day != e->day.day) day_at = n;
    test_pair *other = e->match == TEST_NOT_HAPPENED ? instead(&rows[day_at], &rows[n]) : NULL;
    if (other) {
      other->mark = '!';
      other->expected = e->expected;
    } else {
      rows[n++] = row_of(t, e, perm);
    }
  }
  return n;
}

static void pad(text *to, slice s, size_t width) {
  size_t w = out_width(s);
  text_add(to, s);
  text_repeat(to, ' ', w < width ? width - w : 0);
}

static const char *mark_color(char mark) { return mark == '-' ? "\x1b[31m" : mark == '+' ? "\x1b[32m" : "\x1b[33m"; }

static void table(text *to, const tested *t, const test_outcome *o, bool color) {
  test_pair *rows = ARENA_ARRAY(to->perm, o->count + 1, test_pair);
  uint32_t n = test_pairs(t, o, rows, to->perm);
  size_t wide = out_width(slice_of(words(t, TXT_TEST_EXPECTED)));
  for (uint32_t i = 0; i < n; i++)
    if (out_width(rows[i].expected) > wide) wide = out_width(rows[i].expected);
  text_cstr(to, "      ");
  pad(to, slice_of(words(t, TXT_TEST_DAY)), 12);
  pad(to, slice_of(words(t, TXT_TEST_EXPECTED)), wide + 2);
  text_printf(to, "%s\n", words(t, TXT_TEST_HAPPENED));
  for (uint32_t i = 0; i < n; i++) {
    char day[DATE_TEXT_MAX];
    bool paint = color && rows[i].mark != ' ';
    size_t days = date_iso(rows[i].day, day);
    text_printf(to, "%s    %c %.*s  ", paint ? mark_color(rows[i].mark) : "", rows[i].mark, (int)days, day);
    if (rows[i].actual.n)
      pad(to, rows[i].expected, wide + 2);
    else
      text_add(to, rows[i].expected);
    text_printf(to, "%.*s%s\n", SLICE_ARG(rows[i].actual), paint ? "\x1b[0m" : "");
  }
}

/* ---- all of a policy ---- */

static void place(text *to, const tested *t, span at) {
  uint32_t line_no, column_no;
  source_position(&t->sources[at.file], at.from, &line_no, &column_no);
  text_printf(to, "%.*s:%u", SLICE_ARG(t->sources[at.file].name), line_no);
}

void test_plain(text *to, const tested *t, bool color) {
  text_printf(to, "%.*s\n", SLICE_ARG(t->path));
  if (t->p && t->n == 0) text_printf(to, "  %s\n", words(t, TXT_TEST_NONE));
  for (uint32_t i = 0; i < t->n; i++) {
    const test_outcome *o = &t->v[i];
    const char *begin = !color ? "" : o->passed ? "\x1b[32m" : "\x1b[31m";
    text_printf(to, "  %s", begin);
    pad(to, slice_of(words(t, o->passed ? TXT_TEST_OK : TXT_TEST_FAILED)), 8);
    text_printf(to, "%s%.*s", color ? "\x1b[0m" : "", SLICE_ARG(o->test->name));
    if (!o->passed) {
      text_cstr(to, "  (");
      place(to, t, o->test->at);
      text_char(to, ')');
    }
    text_char(to, '\n');
    if (o->error.n)
      text_printf(to, "      %s: %.*s\n", words(t, TXT_TEST_NOT_RUN),
                  SLICE_ARG(texts_said(t->lang, to->perm, o->error)));
    else if (!o->passed)
      table(to, t, o, color);
  }
}

void test_legend(text *to, dun_lang lang) { text_printf(to, "%s\n", texts_word(lang, TXT_TEST_LEGEND)); }

/* ---- coverage ---- */

static void gap(text *to, const tested *t, const coverage_gap *g) {
  static const text_id NEVER[] = {
      [TRI_NO] = TXT_TEST_NEVER_NO, [TRI_UNDECIDED] = TXT_TEST_NEVER_UNDECIDED, [TRI_YES] = TXT_TEST_NEVER_YES};
  text_cstr(to, "    ");
  place(to, t, g->at);
  slice said = t->sources[g->at.file].text;
  size_t n = g->at.to - g->at.from;
  for (size_t i = 0; i < n; i++)
    if (said.p[g->at.from + i] == '\n') n = i;
  said = slice_trim((slice){said.p + g->at.from, n});
  switch (g->kind) {
  case COVER_RUNG:
    text_printf(to, "  %.*s%s%.*s\n", SLICE_ARG(g->section), g->section.n ? " " : "", SLICE_ARG(g->rung));
    return;
  case COVER_RULE: /* the header is canonical English */
    text_printf(to, "  %.*s\n", SLICE_ARG(g->section.n && t->lang == LANG_EN ? g->section : said));
    return;
  case COVER_GUARD: text_printf(to, "  %.*s: %s\n", SLICE_ARG(said), words(t, NEVER[g->outcome])); return;
  case COVER_OTHERWISE:
    text_printf(to, "  %.*s %.*s\n", SLICE_ARG(kw_text(KW_OTHERWISE, t->lang)), SLICE_ARG(said));
    return;
  case COVER_KIND_COUNT: return;
  }
}

void test_coverage(text *to, const tested *t, const coverage_report *r) {
  static const text_id KIND[COVER_KIND_COUNT] = {TXT_TEST_RUNGS, TXT_TEST_RULES, TXT_TEST_GUARDS, TXT_TEST_OTHERWISE};
  text_printf(to, "  %s: ", words(t, TXT_TEST_COVERAGE));
  bool first = true;
  for (int k = 0; k < COVER_KIND_COUNT; k++) {
    if (!r->all[k]) continue;
    slice part = TEXTS(t->lang, to->perm, TEST_PART, texts_number(to->perm, r->reached[k]),
                       texts_number(to->perm, r->all[k]), slice_of(words(t, KIND[k])));
    text_printf(to, "%s%.*s", first ? "" : ", ", SLICE_ARG(part));
    first = false;
  }
  text_char(to, '\n');
  if (r->gap_count) text_printf(to, "  %s:\n", words(t, TXT_TEST_NOT_REACHED));
  for (uint32_t i = 0; i < r->gap_count; i++) gap(to, t, &r->gaps[i]);
}
