/* dun explain INVOICE: why it fires today or why not, and when next. dun explain CODE: what a diagnostic means. */
#include "commands.h"
#include "explain_show.h"
#include "lang/base/embedded.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/fmt/fmt.h"
#include "lang/syntax/parse.h"
#include "rows.h"
#include "session.h"

/* The text of a code stands for every place where it is reported: what is named there is "...". */
static slice without_arguments(slice says, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < says.n; i++) {
    bool hole =
        says.p[i] == '{' && i + 2 < says.n && says.p[i + 1] >= '0' && says.p[i + 1] <= '9' && says.p[i + 2] == '}';
    if (!hole) {
      text_char(&t, says.p[i]);
      continue;
    }
    text_add(&t, SLICE("..."));
    i += 2;
  }
  return text_slice(&t);
}

static slice severity_word(diag_code code, dun_lang lang) {
  static const text_id KINDS[] = {[DIAG_ERROR] = TXT_ERROR, [DIAG_WARNING] = TXT_WARNING, [DIAG_NOTE] = TXT_NOTE};
  return slice_of(texts_word(lang, KINDS[diag_severity_of(code)]));
}

/* The program in the language; one whose mistake is in its words stays as it is. */
static slice program_in(dun_lang lang, arena *perm, slice english) {
  source src = {SLICE("policy.dun"), english};
  arena *own = arena_new();
  diags d;
  diags_init(&d, own);
  ast_file *file = lang == LANG_EN ? NULL : parse_file(own, own, &src, 0, &d);
  slice said = english;
  if (file && file->ok && file->lang == LANG_EN && fmt_translate(own, &src, file, lang, &d))
    said = arena_slice(perm, fmt_file(own, own, &src, file));
  arena_free(own);
  return said;
}

/* The program that shows the error, and what is said of it now. Those too long to read, and those of templates, are not
 * in the table; the pages of docs/errors have them. */
static void explain_example(const args *a, world *w, diag_code code) {
  const struct embedded *e = error_programs;
  while (e->name && strcmp(e->name, diag_name(code)) != 0) e++;
  if (!e->name || utf8_bad_at(slice_of(e->text)) < strlen(e->text)) return;
  const source policy = {SLICE("policy.dun"), program_in(a->lang, a->perm, slice_of(e->text))};
  diags d;
  compiled made;
  diags_init(&d, a->perm);
  compile(a->perm, &policy, 1, &d, &made);
  if (!d.first || d.first->code != code) return; /* said by another command than check */
  world_printf(w, WORLD_STDOUT, "\n%s\n\n%.*s\n", texts_word(a->lang, TXT_EXAMPLE), SLICE_ARG(policy.text));
  slice drawn = diags_render(&d, &policy, 1, a->lang, out_color(w, WORLD_STDOUT), a->perm);
  while (drawn.n && drawn.p[drawn.n - 1] == '\n') drawn.n--;
  world_printf(w, WORLD_STDOUT, "%.*s\n", SLICE_ARG(drawn));
}

static int explain_code(const args *a, world *w, diag_code code) {
  slice says = without_arguments(diag_says(code, a->lang), a->perm), remedy = diag_remedy(code, a->lang);
  world_printf(w, WORLD_STDOUT, "%s (%.*s)\n  %.*s\n\n  %.*s\n", diag_name(code),
               SLICE_ARG(severity_word(code, a->lang)), SLICE_ARG(says), SLICE_ARG(remedy));
  explain_example(a, w, code);
  return EXIT_FINE;
}

/* What a contract's rules do today, and what each bill or new price comes to. */
static int explain_contract(session *s, uint32_t row) {
  dun_lang lang = s->a->format == OUT_table ? s->lang : LANG_EN;
  const out_column columns[] = {{"question", texts_word(lang, TXT_QUESTION_TITLE), OUT_TEXT, true},
                                {"answer", texts_word(lang, TXT_ANSWER_TITLE), OUT_TEXT, true},
                                {"because", texts_word(lang, TXT_BECAUSE_TITLE), OUT_TEXT, false}};
  day_plan plan;
  plan_make(s->e, s->today, s->perm, &plan);
  out *o = out_begin(s->w, s->a->format, columns, 3);
  for (uint32_t i = 0; i < plan.decision_count + plan.waiting_count; i++) {
    bool goes = i < plan.decision_count;
    const decision *d = goes ? &plan.decisions[i] : &plan.waiting[i - plan.decision_count];
    if (d->subjects->of != ENT_CONTRACT || d->subjects->row != row) continue;
    slice because = d->sum.said ? d->sum.how : slice_of(WAITS[d->wait]);
    out_row(o, (slice[]){texts_said(lang, s->perm, d->text),
                         texts_said(lang, s->perm, goes ? SLICE("goes out today") : SLICE("waits")),
                         texts_said(lang, s->perm, because)});
  }
  world_code why;
  bool ok = out_end(o, &why);
  session_say_figures(s);
  return ok || why == WORLD_CLOSED ? EXIT_FINE : EXIT_WORLD;
}

static int explain_row(session *s, slice number) {
  row_names names = row_names_of(s->perm, &s->f->t[ENT_INVOICE]);
  uint32_t row = row_names_find(&names, number);
  if (row == VM_NO_ROW) {
    row_names contracts = row_names_of(s->perm, &s->f->t[ENT_CONTRACT]);
    uint32_t contract = row_names_find(&contracts, number);
    if (contract != VM_NO_ROW) return explain_contract(s, contract);
    return COMPLAIN(s, EXIT_USAGE, NO_INVOICE, number);
  }
  uint32_t n = 0;
  slice *words = ARENA_ARRAY(s->perm, s->a->word_count + 1, slice);
  for (size_t i = 1; i < s->a->word_count; i++) words[n++] = s->a->word[i];
  if (s->a->value[ARG_why_not].given) words[n++] = s->a->value[ARG_why_not].text;
  return explain_show(s, row, words, n);
}

int cmd_explain(const args *a, world *w) {
  diag_code code = diag_find(a->word[0]);
  if (code != DIAG_COUNT) return explain_code(a, w, code);
  session s;
  int status = session_compile(&s, a, w, a->value[ARG_policy].text);
  if (status == EXIT_FINE) status = session_today(&s);
  if (status == EXIT_FINE) status = session_open(&s);
  if (status == EXIT_FINE) status = session_engine(&s, s.today, true);
  if (status == EXIT_FINE) status = explain_row(&s, a->word[0]);
  session_close(&s);
  return status;
}
