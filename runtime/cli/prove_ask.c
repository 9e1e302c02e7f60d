/* See prove_ask.h. A question is a file of its own, read behind the policy's: it says `guarantee ...` in the policy's
 * language, so that what is wrong in it is told as in any policy. */
#include "prove_ask.h"

#include "lang/base/utf8.h"
#include "lang/syntax/keyword.h"
#include "out.h"
#include "prove_show.h"
#include "runtime/engine/action_written.h"
#include "runtime/engine/prove_same.h"
#include "runtime/world_git.h"

enum { TERMS_MAX = 64 };

/* What is printed of a question: one row, with an example below it. */
typedef struct answer {
  slice question;
  prove_verdict verdict;
  slice why;      /* in the language of the output */
  slice plain;    /* in English, for csv and json */
  slice example;  /* in one line */
  slice timeline; /* lines, for people */
} answer;

static int print_answer(session *s, const answer *r) {
  dun_lang lang = s->lang;
  world_code why = WORLD_OK;
  slice verdict = slice_of(prove_verdict_word(r->verdict, PROVE_SAID_QUESTION));
  slice said = texts_said(lang, s->perm, verdict);
  if (s->a->format == OUT_table) {
    text t = text_new(s->perm);
    text_add(&t, said);
    if (r->why.n) text_printf(&t, ": %.*s", SLICE_ARG(r->why));
    text_char(&t, '\n');
    if (r->timeline.n)
      text_add(&t, r->timeline);
    else if (r->example.n)
      text_printf(&t, "  %.*s\n", SLICE_ARG(r->example));
    why = s->w->print(s->w, WORLD_STDOUT, text_slice(&t));
  } else {
    bool page = s->a->format == OUT_md;
    const out_column columns[] = {{"question", texts_word(lang, TXT_PROVE_COL_QUESTION), OUT_TEXT, true},
                                  {"verdict", texts_word(lang, TXT_PROVE_COL_VERDICT), OUT_TEXT, true},
                                  {"why", texts_word(lang, TXT_PROVE_COL_WHY), OUT_TEXT, false},
                                  {"example", texts_word(lang, TXT_PROVE_EXAMPLE), OUT_TEXT, false}};
    out *o = out_begin(s->w, s->a->format, columns, sizeof columns / sizeof *columns);
    out_row(o, (slice[]){r->question, page ? said : verdict, page ? r->why : r->plain, r->example});
    if (out_end(o, &why)) why = WORLD_OK;
  }
  if (why != WORLD_OK && why != WORLD_CLOSED)
    return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(lang, s->perm, why));
  return r->verdict == PROVE_PROVEN || r->verdict == PROVE_HOLDS ? EXIT_FINE : EXIT_FINDINGS;
}

/* ---- the policy with a question behind it ---- */

/* A file may be in another language than English only where it says so. */
static slice question_text(arena *perm, dun_lang lang, const char *before, slice question) {
  static const kw LANGUAGE[LANG_COUNT] = {[LANG_PT] = KW_PORTUGUESE, [LANG_ES] = KW_SPANISH};
  text t = text_new(perm);
  if (lang != LANG_EN) {
    slice first = kw_text(KW_LANGUAGE, lang), name = kw_text(LANGUAGE[lang], lang);
    text_printf(&t, "%.*s %.*s\n", SLICE_ARG(first), SLICE_ARG(name));
  }
  text_cstr(&t, before);
  text_add(&t, question);
  text_char(&t, '\n');
  return text_slice(&t);
}

/* The sentences in front of a question, in the language: "guarantee never ". */
static const char *words_before(arena *perm, dun_lang lang, bool never) {
  text t = text_new(perm);
  text_add(&t, kw_text(KW_GUARANTEE, lang));
  text_char(&t, ' ');
  if (never)
    text_add(&t, kw_text(KW_NEVER, lang));
  else {
    slice on = kw_text(KW_ON, lang), sunday = kw_text(KW_SUNDAY, lang), whose = kw_text(KW_FOR, lang);
    text_add(&t, kw_text(KW_NOTHING_ELSE, lang));
    text_printf(&t, " %.*s %.*s %.*s", SLICE_ARG(on), SLICE_ARG(sunday), SLICE_ARG(whose));
  }
  text_cstr(&t, " ");
  return t.p;
}

/* The policy that is meant (none: an empty one), compiled with the questions as its last files. */
static int ask_policy(session *s, const args *a, world *w, const slice *questions, uint32_t n, bool never) {
  *s = (session){.w = w, .a = a, .perm = a->perm, .lang = a->lang};
  dun_lang lang = a->lang;
  bool has_policy = a->value[ARG_policy].given || never;
  if (has_policy) {
    int status = session_compile(s, a, w, a->value[ARG_policy].text);
    if (status != EXIT_FINE) return status;
    lang = s->c.program->lang;
  }
  source *all = ARENA_ARRAY(s->perm, s->source_count + n + 1, source);
  if (s->source_count) memcpy(all, s->sources, s->source_count * sizeof *all);
  for (uint32_t i = 0; i < n; i++)
    all[s->source_count + i] =
        (source){questions[i], question_text(s->perm, lang, words_before(s->perm, lang, never), questions[i])};
  s->sources = all;
  s->source_count += n;
  diags_init(&s->diags, s->perm);
  compile_options o = {.calendars = s->calendars, .series = s->series};
  const struct exchange *rates = s->c.program ? s->c.program->exchange : NULL;
  bool ok = compile_with(s->perm, s->sources, s->source_count, &o, &s->diags, &s->c);
  if (!ok) {
    session_show_diags(s, s->sources, s->source_count);
    return EXIT_COMPILE;
  }
  program *bound = ARENA_NEW(s->perm, program);
  *bound = *s->c.program;
  bound->exchange = rates;
  s->c.program = bound;
  return EXIT_FINE;
}

/* ---- conditions ---- */

/* All of these at once: what a ladder's invoices are, or a condition. */
typedef struct terms {
  solve_asked v[TERMS_MAX];
  uint32_t n;
} terms;

static void add_term(terms *t, const program *p, uint32_t id, unsigned want) {
  if (id != NO_COND && t->n < TERMS_MAX) t->v[t->n++] = (solve_asked){.p = p, .cond = id, .want = want};
}

/* A ladder's invoices are those that no ladder above it takes. */
static bool named_terms(const program *p, slice name, terms *t) {
  for (uint32_t i = 0; i < p->ladder_count; i++) {
    if (!utf8_fold_eq(p->ladders[i].name, name)) continue;
    for (uint32_t k = 0; k < i; k++)
      if (p->ladders[k].of == p->ladders[i].of) add_term(t, p, p->ladders[k].where, SOLVE_NOT_TRUE);
    add_term(t, p, p->ladders[i].where, SOLVE_TRUE);
    return true;
  }
  for (uint32_t i = 0; i < p->when_count; i++)
    if (p->whens[i].name.n && utf8_fold_eq(p->whens[i].name, name)) {
      add_term(t, p, p->whens[i].full, SOLVE_TRUE);
      return true;
    }
  return false;
}

static bool is_rule(const program *p, slice name) { return named_terms(p, name, &(terms){.n = 0}); }

static slice not_analysed_words(session *s, const solve_witness *w) {
  if (!w->of) return (slice){0};
  return source_line(w->of, w->not_analysed, s->perm);
}

/* Some invoice is all of this; `found`: what that means for the question. */
static bool ask_solver(session *s, const terms *t, answer *r) {
  solve_witness w = {0};
  switch (solve(s->perm, t->v, t->n, &w)) {
  case SOLVE_NONE: return false;
  case SOLVE_FOUND:
    r->verdict = PROVE_BROKEN;
    r->example = solve_words(s->perm, &w, s->lang);
    if (!r->example.n) r->example = slice_of(texts_word(s->lang, TXT_PROVE_ANY));
    return true;
  case SOLVE_NOT_ANALYSED:
    r->verdict = PROVE_NOT_ANALYSED;
    r->why = r->plain = not_analysed_words(s, &w);
    return true;
  }
  return false;
}

static unsigned opposite(unsigned want) { return (SOLVE_TRUE | SOLVE_NOT_TRUE) & ~want; }

static void answer_words(session *s, answer *r, text_id proven, text_id found, slice a, slice b) {
  if (r->verdict == PROVE_NOT_ANALYSED) return;
  text_id id = r->verdict == PROVE_PROVEN ? proven : found;
  r->why = texts_of(s->lang, s->perm, id, 2, (slice[]){a, b});
  r->plain = texts_of(LANG_EN, s->perm, id, 2, (slice[]){a, b});
}

static int ask_conditions(const args *a, world *w, bool implies) {
  session s;
  if (a->word_count != 3) return -1;
  slice names[] = {a->word[1], a->word[2]}, written[2];
  uint32_t n = 0;
  const program *known = NULL;
  if (a->value[ARG_policy].given) {
    int status = session_compile(&s, a, w, a->value[ARG_policy].text);
    if (status != EXIT_FINE) return status;
    known = s.c.program;
  }
  for (int i = 0; i < 2; i++)
    if (!known || !is_rule(known, names[i])) written[n++] = names[i];
  int status = ask_policy(&s, a, w, written, n, false);
  if (status != EXIT_FINE) return status;
  const program *p = s.c.program;
  terms sides[2] = {0};
  uint32_t at = p->guarantee_count - n;
  for (int i = 0; i < 2; i++)
    if (!known || !is_rule(known, names[i]))
      add_term(&sides[i], p, p->guarantees[at++].conds.v[0], SOLVE_TRUE);
    else
      (void)named_terms(p, names[i], &sides[i]);
  answer r = {.question = arena_printf(s.perm, "%.*s: %.*s, %.*s", SLICE_ARG(a->word[0]), SLICE_ARG(names[0]),
                                       SLICE_ARG(names[1]))};
  terms t = sides[0];
  if (!implies) {
    for (uint32_t i = 0; i < sides[1].n; i++) add_term(&t, p, sides[1].v[i].cond, sides[1].v[i].want);
    (void)ask_solver(&s, &t, &r);
  }
  /* A implies each of B's terms: one that fails is a counterexample. */
  for (uint32_t i = 0; i < sides[1].n && implies; i++) {
    t = sides[0];
    add_term(&t, p, sides[1].v[i].cond, opposite(sides[1].v[i].want));
    if (ask_solver(&s, &t, &r) && r.verdict == PROVE_BROKEN) break;
  }
  answer_words(&s, &r, implies ? TXT_PROVE_IMPLIES : TXT_PROVE_DISJOINT,
               implies ? TXT_PROVE_IMPLIES_NOT : TXT_PROVE_BOTH, names[0], names[1]);
  return print_answer(&s, &r);
}

/* ---- never ---- */

static int ask_never(const args *a, world *w) {
  session s;
  civil_date first;
  if (a->word_count != 2) return -1;
  int status = ask_policy(&s, a, w, &a->word[1], 1, true);
  if (status == EXIT_FINE) status = prove_first_day(&s, &first);
  if (status != EXIT_FINE) return status;
  program *p = ARENA_NEW(s.perm, program);
  *p = *s.c.program;
  p->guarantees += p->guarantee_count - 1;
  p->guarantee_count = 1;
  s.c.program = p;
  prove_result r;
  prove_guarantees(w, &s.c, first, PROVE_CASES_MAX, s.perm, &r);
  return prove_print(&s, &r, 1, PROVE_SAID_QUESTION);
}

/* ---- equivalent ---- */

/* A file or project; or `REV:FILE`, the file of a revision of the git repository at hand. */
static int open_side(session *s, const args *a, world *w, slice name, world_git **git) {
  bool folder = false;
  const char *colon = memchr(name.p, ':', name.n);
  slice bytes;
  *git = NULL;
  bool there = w->is_folder(w, arena_copy(a->perm, name), &folder) == WORLD_OK && folder;
  there = there || w->read_file(w, arena_copy(a->perm, name), a->perm, &bytes) == WORLD_OK;
  if (there || !colon) return session_compile(s, a, w, name);
  slice rev = {name.p, (size_t)(colon - name.p)}, path = {colon + 1, name.n - rev.n - 1};
  world_git_error why;
  *git = world_git_open(w, a->perm, ".", rev, &why);
  if (!*git) return session_compile(s, a, w, name); /* which says that there is no such file */
  return session_compile(s, a, world_git_world(*git), arena_slice(a->perm, path));
}

static void put_way(text *t, session *s, text_id title, slice name, const program *p, const prove_timeline *l) {
  text_printf(t, "  %.*s\n", SLICE_ARG(texts_of(s->lang, s->perm, title, 1, &name)));
  prove_show_steps(t, p, s->lang, l, 4);
}

static void say_difference(session *s, const same_result *r, const args *a, answer *said) {
  char buffer[DATE_TEXT_MAX];
  slice day = arena_slice(s->perm, (slice){buffer, date_iso(r->day, buffer)});
  said->why = TEXTS(s->lang, s->perm, PROVE_DIFFER, day, prove_show_weekday(s->lang, r->day));
  said->plain = TEXTS(LANG_EN, s->perm, PROVE_DIFFER, day, prove_show_weekday(LANG_EN, r->day));
  said->example = prove_show_row(s->c.program, r->example, s->perm);
  text t = text_new(s->perm);
  prove_show_given(&t, s->c.program, r->example, 2);
  put_way(&t, s, TXT_PROVE_OLD_WAY, a->word[1], s->c.program, &r->old_way);
  put_way(&t, s, TXT_PROVE_NEW_WAY, a->word[2], s->c.program, &r->new_way);
  said->timeline = text_slice(&t);
}

static slice tried_words(session *s, dun_lang lang, const same_result *r) {
  slice count = prove_show_number(s->perm, r->tried.cases), what = prove_show_tried(lang, &r->tried, s->perm);
  slice where = r->where.of ? source_line(r->where.of, r->where.at, s->perm) : (slice){0};
  return where.n ? TEXTS(lang, s->perm, PROVE_SAME_TRIED_AT, count, what, where)
                 : TEXTS(lang, s->perm, PROVE_SAME_TRIED, count, what);
}

static int ask_equivalent(const args *a, world *w) {
  session was, now;
  world_git *git[2] = {NULL, NULL};
  civil_date first;
  if (a->word_count != 3) return -1;
  int status = open_side(&was, a, w, a->word[1], &git[0]);
  if (status == EXIT_FINE) status = open_side(&now, a, w, a->word[2], &git[1]);
  if (status == EXIT_FINE) status = prove_first_day(&was, &first);
  if (status == EXIT_FINE) {
    same_result r;
    prove_same(w, &was.c, &now.c, first, PROVE_CASES_MAX / 4, was.perm, &r);
    answer said = {.verdict = r.verdict,
                   .question =
                       arena_printf(was.perm, "equivalent: %.*s, %.*s", SLICE_ARG(a->word[1]), SLICE_ARG(a->word[2]))};
    was.w = w;
    if (r.verdict == PROVE_BROKEN)
      say_difference(&was, &r, a, &said);
    else if (r.verdict == PROVE_HOLDS) {
      said.why = tried_words(&was, was.lang, &r);
      said.plain = tried_words(&was, LANG_EN, &r);
    } else if (r.verdict == PROVE_PROVEN) {
      said.why = slice_of(texts_word(was.lang, TXT_PROVE_SAME));
      said.plain = slice_of(texts_word(LANG_EN, TXT_PROVE_SAME));
    } else {
      said.why = texts_said(was.lang, was.perm, r.error);
      said.plain = r.error;
    }
    status = print_answer(&was, &said);
  }
  world_git_close(git[0]);
  world_git_close(git[1]);
  return status;
}

bool prove_ask(const struct args *a, world *w, int *status) {
  if (!a->word_count) return false;
  slice first = a->word[0];
  if (slice_eq(first, SLICE("implies")))
    *status = ask_conditions(a, w, true);
  else if (slice_eq(first, SLICE("disjoint")))
    *status = ask_conditions(a, w, false);
  else if (slice_eq(first, SLICE("never")))
    *status = ask_never(a, w);
  else if (slice_eq(first, SLICE("equivalent")))
    *status = ask_equivalent(a, w);
  else
    return false;
  if (*status >= 0) return true;
  ARGS_COMPLAIN(w, a, PROVE_USE, slice_of(texts_word(a->lang, TXT_USE_prove)));
  *status = EXIT_USAGE;
  return true;
}
