/* The machine against the reference (tests/diff): random programs over random columns must give the same answer for
 * each row, through each way of naming rows, on several days, after data changed and dictionaries grew. Half of the
 * cases go through the whole compiler: the reference walks the tree that was meant, the machine runs what became of its
 * text. The code without its optimisations (code_emit_plain), and a row taken step by step (vm_trace), must say the
 * same. SEED=n    the first case (printed on a disagreement)     COUNT=n   how many; 0: without end */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/compile.h"
#include "tests/diff/generate.h"
#include "tests/diff/reference.h"

enum { COUNT_DEFAULT = 10000, RUNS = 4, WAYS_ROWS = 8 };

typedef struct tally {
  uint64_t rows, unsure, tris[3], missing_values, values;
} tally;

static uint64_t number_from(const char *name, uint64_t otherwise) {
  const char *s = getenv(name);
  return s && *s ? strtoull(s, NULL, 10) : otherwise;
}

static void disagree(const gen_case *g, uint64_t seed, const expr *e, uint32_t row, const char *got, const char *want) {
  slice s = gen_print(g->perm, &g->p, e);
  fail_msg("SEED=%llu row %u: the machine says %s, the reference %s\n  %.*s", (unsigned long long)seed, row, got, want,
           SLICE_ARG(s));
}

static const char *const TRIS[] = {"no", "undecided", "yes"};

static uint8_t expected(const ref_world *w, const expr *e, uint32_t row, bool *unsure) {
  ref_value v = ref_eval(w, e, row);
  *unsure = v.unsure;
  return v.missing ? TRI_UNDECIDED : v.yes ? TRI_YES : TRI_NO;
}

/* A random span of rows, or a list: with repeats in any order, or a span after all but for one row. */
static uint32_t choose_rows(gen_case *g, bool listed, uint32_t *rows, uint32_t *first) {
  uint32_t all = g->rows[ENT_INVOICE];
  *first = rng_below(&g->r, all);
  uint32_t n = listed ? rng_below(&g->r, 2 * all) : 1 + rng_below(&g->r, all - *first);
  bool run = listed && rng_one_in(&g->r, 3);
  if (run && n > all - *first) n = all - *first;
  for (uint32_t i = 0; i < n; i++) rows[i] = listed && !run ? rng_below(&g->r, all) : *first + i;
  if (run && n > 1 && rng_one_in(&g->r, 2)) rows[rng_below(&g->r, n)] = rng_below(&g->r, all);
  return n;
}

/* The same program bound twice. */
typedef struct machines {
  vm *fast, *plain;
} machines;

static void count_step(void *self, const vm_step *s) { *(uint32_t *)self = s->op; }

/* What says something else than the machine does over a batch. */
static void compare_ways(gen_case *g, uint64_t seed, machines m, uint32_t chunk, const expr *e, uint32_t row,
                         uint8_t said) {
  uint8_t plain;
  uint32_t last = UINT32_MAX;
  vm_cond(m.plain, chunk, &row, 0, 1, &plain);
  if (plain != said) disagree(g, seed, e, row, TRIS[said], TRIS[plain]);
  tri step = vm_trace(m.fast, chunk, row, count_step, &last);
  assert_int_not_equal(last, UINT32_MAX);
  if ((uint8_t)step != said) disagree(g, seed, e, row, TRIS[said], TRIS[step]);
}

static void compare_cond(gen_case *g, uint64_t seed, machines m, const ref_world *w, uint32_t c, uint32_t chunk,
                         tally *t) {
  uint32_t rows[VM_ROWS], first;
  uint8_t out[VM_ROWS + 1];
  bool listed = rng_one_in(&g->r, 2), unsure;
  uint32_t n = choose_rows(g, listed, rows, &first);
  out[n] = 77;
  vm_cond(m.fast, chunk, listed ? rows : NULL, first, n, out);
  if (out[n] != 77) fail_msg("SEED=%llu: the machine wrote behind its rows", (unsigned long long)seed);
  for (uint32_t i = 0; i < n; i++) {
    if (i < WAYS_ROWS) compare_ways(g, seed, m, chunk, g->p.conds[c].e, rows[i], out[i]);
    uint8_t want = expected(w, g->p.conds[c].e, rows[i], &unsure);
    t->rows++, t->unsure += unsure;
    if (unsure) continue;
    t->tris[want]++;
    if (out[i] != want) disagree(g, seed, g->p.conds[c].e, rows[i], out[i] <= 2 ? TRIS[out[i]] : "?", TRIS[want]);
  }
}

static bool same_value(const vm_value *v, const ref_value *r, type ty) {
  if (v->missing != r->missing) return false;
  if (v->missing) return true;
  if (ty == TY_TEXT || ty == TY_SET) return slice_eq(v->text, r->text);
  if (ty == TY_BOOL) return v->num.num == r->yes;
  if (ty == TY_DATE) return r->den == 1 && v->date.day == r->num;
  return rational_cmp(v->num, (rational){r->num, r->den}) == 0 && v->cur == r->cur;
}

static void compare_value(gen_case *g, uint64_t seed, vm *m, const ref_world *w, uint32_t value, tally *t) {
  const expr *e = g->p.values[value];
  for (int i = 0; i < 6; i++) {
    uint32_t row = rng_below(&g->r, g->rows[ENT_INVOICE]);
    ref_value want = ref_eval(w, e, row);
    t->unsure += want.unsure;
    if (want.unsure) continue;
    vm_value got = vm_value_of(m, value, row);
    t->values++, t->missing_values += want.missing;
    if (got.ty != e->ty || !same_value(&got, &want, e->ty))
      disagree(g, seed, e, row, got.missing ? "missing" : "another value", want.missing ? "missing" : "its own");
  }
}

/* Several days, other data, longer dictionaries. cond_ids: the chunk of each condition. */
static void run_days(gen_case *g, uint64_t seed, machines m, const uint32_t *cond_ids, uint32_t values, tally *t) {
  ref_world w = {.p = &g->p, .columns = g->columns, .w = g->w, .today = g->today};
  for (int run = 0; run < RUNS; run++) {
    w.today.day = g->today.day + (run ? (int32_t)rng_below(&g->r, 10) - 3 : 0);
    vm_set_today(m.fast, w.today);
    vm_set_today(m.plain, w.today);
    for (uint32_t c = 0; c < GEN_CONDS; c++) compare_cond(g, seed, m, &w, c, cond_ids[c], t);
    for (uint32_t v = 0; v < values; v++) compare_value(g, seed, v % 2 ? m.plain : m.fast, &w, v, t);
    if (run == 1) gen_change_data(g);
    if (run == 2) gen_grow_dictionary(g);
  }
}

static void run_trees(uint64_t seed, calendar *const *calendars, uint32_t count, tally *t) {
  arena *a = arena_new();
  gen_case g;
  gen_new(&g, a, seed, calendars, count, false);
  diags d;
  diags_init(&d, a);
  vm_code *code = code_emit(a, &g.p, &d), *plain = code_emit_plain(a, &g.p, &d);
  assert_non_null(code);
  assert_non_null(plain);
  static const uint32_t ids[GEN_CONDS] = {0, 1, 2};
  machines m = {vm_bind(a, code, g.columns, &g.w), vm_bind(a, plain, g.columns, &g.w)};
  run_days(&g, seed, m, ids, GEN_VALUES, t);
  arena_free(a);
}

static void run_text(uint64_t seed, calendar *const *calendars, uint32_t count, tally *t) {
  arena *a = arena_new();
  gen_case g;
  gen_new(&g, a, seed, calendars, count, true);
  source file = {SLICE("random.dun"), gen_policy(&g)};
  diags d;
  diags_init(&d, a);
  compiled made;
  if (!compile(a, &file, 1, &d, &made)) {
    slice said = diags_render(&d, &file, 1, LANG_EN, false, a);
    fail_msg("SEED=%llu does not compile:\n%.*s%.*s", (unsigned long long)seed, SLICE_ARG(file.text), SLICE_ARG(said));
  }
  vm_column *columns = ARENA_ARRAY(a, made.program->use_count + 1, vm_column);
  assert_true(gen_columns_for(&g, made.program, columns));
  uint32_t ids[GEN_CONDS];
  assert_int_equal(made.program->ladder_count, GEN_CONDS);
  for (uint32_t c = 0; c < GEN_CONDS; c++) ids[c] = made.program->ladders[c].where;
  vm_code *plain = code_emit_plain(a, made.program, &d);
  assert_non_null(plain);
  machines m = {vm_bind(a, made.code, columns, &g.w), vm_bind(a, plain, columns, &g.w)};
  run_days(&g, seed, m, ids, 0, t);
  arena_free(a);
}

static void machine_and_reference_agree(void **state) {
  (void)state;
  uint64_t seed = number_from("SEED", number_from("DUN_SEED", 1)), count = number_from("COUNT", COUNT_DEFAULT);
  arena *a = arena_new();
  calendar *calendars[] = {calendar_embedded(a, SLICE("br-bank")), calendar_embedded(a, SLICE("uk-eng")),
                           calendar_embedded(a, SLICE("none"))};
  tally t = {0};
  for (uint64_t i = seed; count == 0 || i < seed + count; i++) (i % 2 ? run_text : run_trees)(i, calendars, 3, &t);
  print_message("%llu rows: %llu no, %llu undecided, %llu yes, %llu beyond the reference; %llu values, %llu missing\n",
                (unsigned long long)t.rows, (unsigned long long)t.tris[0], (unsigned long long)t.tris[1],
                (unsigned long long)t.tris[2], (unsigned long long)t.unsure, (unsigned long long)t.values,
                (unsigned long long)t.missing_values);
  /* A generator that has dried up proves nothing. */
  assert_true(t.unsure * 20 < t.rows);
  for (int i = 0; i < 3; i++) assert_true(t.tris[i] * 10 > t.rows);
  assert_true(t.missing_values * 4 > t.values / 4 && t.missing_values < t.values);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(machine_and_reference_agree)};
  return cmocka_run_group_tests_name("differential", tests, NULL, NULL);
}
