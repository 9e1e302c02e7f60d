/* See test_report.h: what a person reads. */
#include "out.h"
#include "test_report.h"

#include "lang/syntax/keyword.h"

typedef enum say {
  SAY_OK,
  SAY_FAILED,
  SAY_NO_TESTS,
  SAY_NOT_RUN,
  SAY_DAY,
  SAY_EXPECTED,
  SAY_HAPPENED,
  SAY_NO_CONTACT,
  SAY_LEGEND,
  SAY_COVERAGE,
  SAY_RUNGS,
  SAY_RULES,
  SAY_GUARDS,
  SAY_OTHERWISE,
  SAY_OF,
  SAY_NOT_REACHED,
  SAY_NEVER,
  SAY_COUNT
} say;

static const char *const WORDS[SAY_COUNT][LANG_COUNT] = {
    [SAY_OK] = {"ok", "ok", "ok"},
    [SAY_FAILED] = {"failed", "falhou", "falló"},
    [SAY_NO_TESTS] = {"no tests", "sem testes", "sin pruebas"},
    [SAY_NOT_RUN] = {"could not be run", "não pôde ser executado", "no se pudo ejecutar"},
    [SAY_DAY] = {"day", "dia", "día"},
    [SAY_EXPECTED] = {"expected", "esperado", "esperado"},
    [SAY_HAPPENED] = {"happened", "aconteceu", "ocurrió"},
    [SAY_NO_CONTACT] = {"no contact", "sem contato", "sin contacto"},
    [SAY_LEGEND] = {"- expected and did not happen   + happened and was not expected   ! something else happened\n"
                    "`dun test --accept` writes what happened into the file.\n",
                    "- esperado e não aconteceu   + aconteceu e não era esperado   ! aconteceu outra coisa\n"
                    "`dun test --accept` escreve no arquivo o que aconteceu.\n",
                    "- esperado y no ocurrió   + ocurrió y no se esperaba   ! ocurrió otra cosa\n"
                    "`dun test --accept` escribe en el archivo lo que ocurrió.\n"},
    [SAY_COVERAGE] = {"reached by the tests", "alcançado pelos testes", "alcanzado por las pruebas"},
    [SAY_RUNGS] = {"rungs", "degraus", "peldaños"},
    [SAY_RULES] = {"rules", "regras", "reglas"},
    [SAY_GUARDS] = {"answers of guards", "respostas de condições", "respuestas de condiciones"},
    [SAY_OTHERWISE] = {"otherwise branches", "ramos senão", "ramas si no"},
    [SAY_OF] = {"of", "de", "de"},
    [SAY_NOT_REACHED] = {"not reached", "não alcançado", "no alcanzado"},
    [SAY_NEVER] = {"never", "nunca", "nunca"},
};

static const char *words(const tested *t, say what) { return WORDS[what][t->lang]; }

/* ---- a failed test ---- */

typedef struct row {
  char mark; /* ' ', '-', '+', '!' */
  test_match match;
  civil_date day;
  slice expected, actual;
} row;

static slice happened(const tested *t, const test_entry *e, arena *perm) {
  if (e->match != TEST_NO_CONTACT) return e->actual;
  return arena_printf(perm, "%.*s (%s)", SLICE_ARG(e->actual), words(t, SAY_NO_CONTACT));
}

static row row_of(const tested *t, const test_entry *e, arena *perm) {
  row r = {' ', e->match, e->day, e->expected, {0}};
  if (e->match != TEST_NOT_HAPPENED) r.actual = happened(t, e, perm);
  if (e->match == TEST_NOT_HAPPENED) r.mark = '-';
  if (e->match == TEST_UNEXPECTED) r.mark = '+';
  return r;
}

/* What was expected of a day and what happened instead stand in one row: what reached nobody first. */
static row *instead(row *from, row *end) {
  for (row *r = from; r < end; r++)
    if (r->match == TEST_NO_CONTACT && r->mark == ' ') return r;
  for (row *r = from; r < end; r++)
    if (r->mark == '+') return r;
  return NULL;
}

static uint32_t pair_rows(const tested *t, const test_outcome *o, row *rows, arena *perm) {
  uint32_t n = 0, day_at = 0;
  for (uint32_t i = 0; i < o->count; i++) {
    const test_entry *e = &o->entries[i];
    if (i == 0 || o->entries[i - 1].day.day != e->day.day) day_at = n;
    row *other = e->match == TEST_NOT_HAPPENED ? instead(&rows[day_at], &rows[n]) : NULL;
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
  row *rows = ARENA_ARRAY(to->perm, o->count + 1, row);
  uint32_t n = pair_rows(t, o, rows, to->perm);
  size_t wide = out_width(slice_of(words(t, SAY_EXPECTED)));
  for (uint32_t i = 0; i < n; i++)
    if (out_width(rows[i].expected) > wide) wide = out_width(rows[i].expected);
  text_cstr(to, "      ");
  pad(to, slice_of(words(t, SAY_DAY)), 12);
  pad(to, slice_of(words(t, SAY_EXPECTED)), wide + 2);
  text_printf(to, "%s\n", words(t, SAY_HAPPENED));
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
  if (t->p && t->n == 0) text_printf(to, "  %s\n", words(t, SAY_NO_TESTS));
  for (uint32_t i = 0; i < t->n; i++) {
    const test_outcome *o = &t->v[i];
    const char *begin = !color ? "" : o->passed ? "\x1b[32m" : "\x1b[31m";
    text_printf(to, "  %s", begin);
    pad(to, slice_of(words(t, o->passed ? SAY_OK : SAY_FAILED)), 8);
    text_printf(to, "%s%.*s", color ? "\x1b[0m" : "", SLICE_ARG(o->test->name));
    if (!o->passed) {
      text_cstr(to, "  (");
      place(to, t, o->test->at);
      text_char(to, ')');
    }
    text_char(to, '\n');
    if (o->error.n)
      text_printf(to, "      %s: %.*s\n", words(t, SAY_NOT_RUN), SLICE_ARG(o->error));
    else if (!o->passed)
      table(to, t, o, color);
  }
}

void test_legend(text *to, dun_lang lang) { text_cstr(to, WORDS[SAY_LEGEND][lang]); }

/* ---- coverage ---- */

static void gap(text *to, const tested *t, const coverage_gap *g) {
  static const char *const ANSWER[][LANG_COUNT] = {[TRI_NO] = {"no", "não", "no"},
                                                   [TRI_UNDECIDED] = {"undecided", "indeciso", "indeciso"},
                                                   [TRI_YES] = {"yes", "sim", "sí"}};
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
  case COVER_RULE: text_printf(to, "  %.*s\n", SLICE_ARG(g->section.n ? g->section : said)); return;
  case COVER_GUARD:
    text_printf(to, "  %.*s: %s %s\n", SLICE_ARG(said), words(t, SAY_NEVER), ANSWER[g->outcome][t->lang]);
    return;
  case COVER_OTHERWISE:
    text_printf(to, "  %.*s %.*s\n", SLICE_ARG(kw_text(KW_OTHERWISE, t->lang)), SLICE_ARG(said));
    return;
  case COVER_KIND_COUNT: return;
  }
}

void test_coverage(text *to, const tested *t, const coverage_report *r) {
  static const say KIND[COVER_KIND_COUNT] = {SAY_RUNGS, SAY_RULES, SAY_GUARDS, SAY_OTHERWISE};
  text_printf(to, "  %s: ", words(t, SAY_COVERAGE));
  bool first = true;
  for (int k = 0; k < COVER_KIND_COUNT; k++) {
    if (!r->all[k]) continue;
    text_printf(to, "%s%u %s %u %s", first ? "" : ", ", r->reached[k], words(t, SAY_OF), r->all[k], words(t, KIND[k]));
    first = false;
  }
  text_char(to, '\n');
  if (r->gap_count) text_printf(to, "  %s:\n", words(t, SAY_NOT_REACHED));
  for (uint32_t i = 0; i < r->gap_count; i++) gap(to, t, &r->gaps[i]);
}
