/* dun test: do the tests that stand beside the policies hold? The last line is `N passed, M failed` in every language:
 * scripts read it.
 *
 * Invariant: --accept writes a file only when what it would write compiles and every test in it that could be run
 * passes. */
#include "commands.h"
#include "out.h"
#include "project.h"
#include "session.h"
#include "test_report.h"

static void run_all(world *w, const compiled *c, coverage *cov, arena *perm, tested *t) {
  t->p = c->program;
  t->n = c->program->test_count;
  t->failed = 0;
  test_outcome *v = ARENA_ARRAY(perm, t->n + 1, test_outcome);
  for (uint32_t i = 0; i < t->n; i++) {
    policy_test_run(w, c, &c->program->tests[i], cov, perm, &v[i]);
    t->failed += !v[i].passed;
  }
  t->v = v;
}

/* ---- accept ---- */

typedef struct accepting {
  const session *s;
  world *w;
  arena *perm;
  const tested *before;
  bool *only;      /* per test: it is rewritten */
  source *sources; /* rewritten */
  tested after;
} accepting;

/* Rewrites the tests of `only` and runs all: whether that compiles and those tests pass. */
static bool try_rewrite(accepting *x) {
  const tested *t = x->before;
  x->sources = ARENA_ARRAY(x->perm, t->source_count, source);
  for (uint32_t f = 0; f < t->source_count; f++) {
    x->sources[f].name = t->sources[f].name;
    if (!test_rewrite(t, x->only, (uint16_t)f, x->perm, &x->sources[f].text)) return false;
  }
  diags d;
  compiled *c = ARENA_NEW(x->perm, compiled);
  diags_init(&d, x->perm);
  compile_options o = {.calendars = x->s->calendars, .series = x->s->series};
  if (!compile_with(x->perm, x->sources, t->source_count, &o, &d, c) || c->program->test_count != t->n) return false;
  program *bound = ARENA_NEW(x->perm, program);
  *bound = *c->program;
  bound->exchange = x->s->c.program->exchange; /* the rates that the test saw */
  c->program = bound;
  x->after = *t;
  x->after.sources = x->sources;
  run_all(x->w, c, NULL, x->perm, &x->after);
  for (uint32_t i = 0; i < t->n; i++)
    if (x->after.v[i].passed < (x->only[i] || t->v[i].passed)) return false;
  return true;
}

/* Each failed test by itself first: one that cannot be written down keeps nobody else from it. */
static uint32_t choose_tests(accepting *x) {
  const tested *t = x->before;
  bool *good = ARENA_ARRAY(x->perm, t->n + 1, bool);
  uint32_t n = 0;
  for (uint32_t i = 0; i < t->n; i++) {
    if (t->v[i].passed || t->v[i].error.n) continue;
    x->only[i] = true;
    good[i] = try_rewrite(x);
    x->only[i] = false;
    n += good[i];
  }
  memcpy(x->only, good, t->n * sizeof *good);
  return n;
}

static int write_changed(accepting *x) {
  for (uint32_t f = 0; f < x->before->source_count; f++) {
    if (slice_eq(x->sources[f].text, x->before->sources[f].text)) continue;
    const char *path = arena_copy(x->perm, x->sources[f].name);
    world_code code = x->w->write_file(x->w, path, x->sources[f].text);
    if (code == WORLD_OK) continue;
    const session *s = x->s;
    args_complain(x->w, s->a,
                  TEXTS(s->lang, x->perm, CANNOT_WRITE, slice_of(path), texts_world(s->lang, x->perm, code)));
    return EXIT_WORLD;
  }
  return EXIT_FINE;
}

static int accept(session *s, tested *t) {
  accepting x = {.s = s, .w = s->w, .perm = s->perm, .before = t, .only = ARENA_ARRAY(s->perm, t->n + 1, bool)};
  uint32_t n = choose_tests(&x);
  if (!n || !try_rewrite(&x)) return EXIT_FINE;
  int status = write_changed(&x);
  if (status != EXIT_FINE) return status;
  SAY_COUNT(s, WORLD_STDERR, TEST_ACCEPTED, n, t->path);
  *t = x.after;
  return EXIT_FINE;
}

/* ---- one policy ---- */

static int test_one(const args *a, world *w, slice path, tested *t, text *coverage_text) {
  session s;
  *t = (tested){.path = path, .lang = a->lang};
  int status = session_compile(&s, a, w, path);
  if (status != EXIT_FINE) return status;
  t->sources = s.sources;
  t->source_count = s.source_count;
  t->lang = s.lang;
  coverage *cov = a->value[ARG_coverage].given ? coverage_new(a->perm, s.c.program) : NULL;
  run_all(w, &s.c, cov, a->perm, t);
  if (a->value[ARG_accept].given && t->failed) status = accept(&s, t);
  if (!cov) return status;
  coverage_report r;
  coverage_sum(cov, a->perm, &r);
  test_coverage(coverage_text, t, &r);
  return status;
}

/* ---- the whole ---- */

static int print(const args *a, world *w, text *t) {
  world_code code = w->print(w, WORLD_STDOUT, text_slice(t));
  if (code == WORLD_OK || code == WORLD_CLOSED) return EXIT_FINE;
  ARGS_COMPLAIN(w, a, CANNOT_WRITE_RESULT, texts_world(a->lang, a->perm, code));
  return EXIT_WORLD;
}

static int write_junit(const args *a, world *w, const tested *v, size_t n) {
  text xml = text_new(a->perm);
  test_junit(&xml, v, n);
  const char *path = a->value[ARG_junit].text.p;
  world_code code = w->write_file(w, path, text_slice(&xml));
  if (code == WORLD_OK) return EXIT_FINE;
  ARGS_COMPLAIN(w, a, CANNOT_WRITE, slice_of(path), texts_world(a->lang, a->perm, code));
  return EXIT_WORLD;
}

/* The result on standard output; with --format junit the XML alone stands there. */
static int report(const args *a, world *w, const tested *v, const text *covered, size_t n, uint64_t passed,
                  uint64_t failed) {
  bool xml = a->value[ARG_report].given && slice_eq(a->value[ARG_report].text, SLICE("junit"));
  text all = text_new(a->perm);
  if (xml) test_junit(&all, v, n);
  dun_lang lang = a->lang;
  for (size_t i = 0; i < n && !xml; i++) {
    if (!v[i].p) continue;
    test_plain(&all, &v[i], out_color(w, WORLD_STDOUT));
    text_add(&all, text_slice(&covered[i]));
    lang = v[i].lang;
  }
  if (!xml && failed) test_legend(&all, lang);
  text *last = xml ? &(text){.perm = a->perm} : &all;
  text_printf(last, "%llu passed, %llu failed\n", (unsigned long long)passed, (unsigned long long)failed);
  int status = print(a, w, &all);
  if (xml) world_printf(w, WORLD_STDERR, "%.*s", SLICE_ARG(text_slice(last)));
  if (status == EXIT_FINE && a->value[ARG_junit].given) status = write_junit(a, w, v, n);
  return status;
}

int cmd_test(const args *a, world *w) {
  slice *paths;
  size_t n;
  int status = project_policies(a, w, a->word, a->word_count, &paths, &n);
  if (status != EXIT_FINE) return status;
  tested *v = ARENA_ARRAY(a->perm, n, tested);
  text *covered = ARENA_ARRAY(a->perm, n, text);
  uint64_t passed = 0, failed = 0;
  for (size_t i = 0; i < n; i++) {
    covered[i] = text_new(a->perm);
    int one = test_one(a, w, paths[i], &v[i], &covered[i]);
    if (one > status) status = one;
    failed += v[i].failed;
    passed += v[i].n - v[i].failed;
  }
  int told = report(a, w, v, covered, n, passed, failed);
  if (told > status) status = told;
  return status == EXIT_FINE && failed ? EXIT_FINDINGS : status;
}
