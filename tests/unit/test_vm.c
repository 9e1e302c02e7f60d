/* The machine at its edges: sizes of batches, widths, years, currencies, thresholds on the due date, dictionaries that
 * grow. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lang/code/code.h"
#include "lang/vm/vm.h"
#include "tests/unit/expressions.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
enum { NO = TRI_NO, MAYBE = TRI_UNDECIDED, YES = TRI_YES };

/* One use of one field, one condition. */
typedef struct bench {
  arena *a;
  field_use uses[3];
  cond c;
  const expr *values[1];
  program p;
  vm_column columns[3];
  vm_world w;
  vm *m;
} bench;

static void bench_new(bench *b) {
  *b = (bench){.a = arena_new(), .w.cur = CURRENCY_BRL};
  b->uses[1] = (field_use){ENT_INVOICE, ENT_INVOICE, FIELD_INVOICE_PROMISE, TY_DATE};
  b->uses[2] = (field_use){ENT_INVOICE, ENT_INVOICE, FIELD_INVOICE_AMOUNT, TY_MONEY};
}

static void bench_use(bench *b, field_id f, type ty, vm_phys phys, const void *data) {
  b->uses[0] = (field_use){ENT_INVOICE, ENT_INVOICE, (uint16_t)f, ty};
  b->columns[0] = (vm_column){.phys = phys, .data = data, .has_missing = true, .one_cur = CURRENCY_BRL};
}

static void bench_bind(bench *b, const expr *e) {
  b->c = (cond){.e = e};
  b->p = (program){.conds = &b->c, .cond_count = e != NULL, .values = b->values, .value_count = b->values[0] != NULL};
  b->p.uses = b->uses, b->p.use_count = 3;
  diags d;
  diags_init(&d, b->a);
  vm_code *code = code_emit(b->a, &b->p, &d);
  assert_non_null(code);
  b->m = vm_bind(b->a, code, b->columns, &b->w);
}

static void bench_expect(bench *b, uint32_t n, const uint8_t *want) {
  uint8_t out[VM_ROWS];
  vm_cond(b->m, 0, NULL, 0, n, out);
  for (uint32_t i = 0; i < n; i++)
    if (out[i] != want[i]) fail_msg("row %u: %u, not %u", i, out[i], want[i]);
}

static void empty_and_full_batches(void **state) {
  (void)state;
  bench b;
  bench_new(&b);
  static int8_t data[VM_ROWS + 1];
  for (int i = 0; i <= VM_ROWS; i++) data[i] = (int8_t)(i % 7);
  bench_use(&b, FIELD_INVOICE_INSTALLMENT, TY_NUMBER, PHYS_I8, data);
  bench_bind(&b, x_is(b.a, X_GE, x_field(b.a, 0, TY_NUMBER), x_number(b.a, 3, 0)));
  uint8_t out[VM_ROWS + 1] = {[0] = 9, [VM_ROWS] = 9};
  vm_cond(b.m, 0, NULL, 5, 0, out);
  assert_int_equal(out[0], 9);
  vm_cond(b.m, 0, NULL, 1, VM_ROWS, out);
  for (int i = 0; i < VM_ROWS; i++) assert_int_equal(out[i], (i + 1) % 7 >= 3 ? YES : NO);
  assert_int_equal(out[VM_ROWS], 9);
  arena_free(b.a);
}

static void a_row_too_many_is_a_broken_promise(void **state) {
  (void)state;
  bench b;
  bench_new(&b);
  static int8_t data[VM_ROWS + 1];
  static uint8_t out[VM_ROWS + 1];
  bench_use(&b, FIELD_INVOICE_INSTALLMENT, TY_NUMBER, PHYS_I8, data);
  bench_bind(&b, x_is(b.a, X_GE, x_field(b.a, 0, TY_NUMBER), x_number(b.a, 3, 0)));
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGABRT, SIG_DFL);
    if (!freopen("/dev/null", "w", stderr)) _exit(1);
    vm_cond(b.m, 0, NULL, 0, VM_ROWS + 1, out);
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  arena_free(b.a);
}

/* The least value of a width is missing; the one above it and the greatest are values like others. */
static void least_and_greatest_of_each_width(void **state) {
  (void)state;
  static const int8_t d8[] = {INT8_MIN, INT8_MIN + 1, -1, 0, 1, INT8_MAX};
  static const int16_t d16[] = {INT16_MIN, INT16_MIN + 1, -1, 0, 1, INT16_MAX};
  static const int32_t d32[] = {INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX};
  static const int64_t d64[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX};
  static const void *const data[] = {d8, d16, d32, d64};
  static const int64_t most[] = {INT8_MAX, INT16_MAX, INT32_MAX, INT64_MAX};
  static const struct {
    expr_op op;
    int64_t n; /* 2: the greatest of the width; -2: minus that */
    uint8_t scale, want[6];
  } cases[] = {
      {X_GE, -2, 0, {MAYBE, YES, YES, YES, YES, YES}}, {X_GT, -2, 0, {MAYBE, NO, YES, YES, YES, YES}},
      {X_EQ, 2, 0, {MAYBE, NO, NO, NO, NO, YES}},      {X_NE, 2, 0, {MAYBE, YES, YES, YES, YES, NO}},
      {X_LT, 2, 0, {MAYBE, YES, YES, YES, YES, NO}},   {X_GT, 2, 0, {MAYBE, NO, NO, NO, NO, NO}},
      {X_LE, 2, 0, {MAYBE, YES, YES, YES, YES, YES}},  {X_GT, 5, 1, {MAYBE, NO, NO, NO, YES, YES}},
      {X_LT, -5, 1, {MAYBE, YES, YES, NO, NO, NO}},    {X_EQ, 5, 1, {MAYBE, NO, NO, NO, NO, NO}},
      {X_NE, 5, 1, {MAYBE, YES, YES, YES, YES, YES}},
  };
  for (size_t w = 0; w < 4; w++) {
    for (size_t i = 0; i < COUNT(cases); i++) {
      bench b;
      bench_new(&b);
      bench_use(&b, FIELD_INVOICE_INSTALLMENT, TY_NUMBER, (vm_phys)w, data[w]);
      int64_t n = cases[i].n == 2 ? most[w] : cases[i].n == -2 ? -most[w] : cases[i].n;
      bench_bind(&b, x_is(b.a, cases[i].op, x_field(b.a, 0, TY_NUMBER), x_number(b.a, n, cases[i].scale)));
      bench_expect(&b, 6, cases[i].want);
      arena_free(b.a);
    }
  }
}

/* overdue rel X on one day, for due dates by hand. br-bank: 2026-02-16 and 17 are Carnival (Monday, Tuesday). */
static const struct {
  due_rule due;
  int today[3];
  expr_op op;
  duration x;
  int dues[4][3];
  uint8_t want[4];
} thresholds[] = {
    {DUE_EXACT,
     {2026, 3, 10},
     X_GE,
     {5, UNIT_DAY},
     {{2026, 3, 4}, {2026, 3, 5}, {2026, 3, 6}, {2026, 3, 11}},
     {YES, YES, NO, NO}},
    {DUE_EXACT,
     {2026, 3, 10},
     X_EQ,
     {1, UNIT_WEEK},
     {{2026, 3, 2}, {2026, 3, 3}, {2026, 3, 4}, {2026, 3, 10}},
     {NO, YES, NO, NO}},
    /* a month after 29, 30 and 31 January is 28 February */
    {DUE_EXACT,
     {2026, 2, 28},
     X_GE,
     {1, UNIT_MONTH},
     {{2026, 1, 28}, {2026, 1, 29}, {2026, 1, 31}, {2026, 2, 1}},
     {YES, YES, YES, NO}},
    {DUE_EXACT,
     {2026, 2, 28},
     X_GT,
     {1, UNIT_MONTH},
     {{2026, 1, 27}, {2026, 1, 28}, {2026, 1, 31}, {2026, 2, 1}},
     {YES, NO, NO, NO}},
    {DUE_EXACT,
     {2024, 2, 29},
     X_LE,
     {1, UNIT_YEAR},
     {{2023, 2, 27}, {2023, 2, 28}, {2023, 3, 1}, {2024, 2, 29}},
     {NO, NO, YES, YES}},
    /* Friday 13th plus two business days is Thursday 19th: Carnival is closed, Ash Wednesday is open */
    {DUE_EXACT,
     {2026, 2, 19},
     X_GE,
     {2, UNIT_BUSINESS_DAY},
     {{2026, 2, 13}, {2026, 2, 14}, {2026, 2, 17}, {2026, 2, 18}},
     {YES, YES, YES, NO}},
    {DUE_EXACT,
     {2026, 2, 18},
     X_GE,
     {2, UNIT_BUSINESS_DAY},
     {{2026, 2, 12}, {2026, 2, 13}, {2026, 2, 14}, {2026, 2, 18}},
     {YES, NO, NO, NO}},
    /* late only after the next business day: due Saturday 14th, 0d until Wednesday 18th, 5d on Thursday 19th */
    {DUE_LATE_AFTER,
     {2026, 2, 18},
     X_GT,
     {0, UNIT_DAY},
     {{2026, 2, 13}, {2026, 2, 14}, {2026, 2, 18}, {2026, 2, 19}},
     {YES, NO, NO, NO}},
    {DUE_LATE_AFTER,
     {2026, 2, 18},
     X_EQ,
     {0, UNIT_DAY},
     {{2026, 2, 13}, {2026, 2, 14}, {2026, 2, 18}, {2026, 2, 19}},
     {NO, YES, YES, NO}},
    {DUE_LATE_AFTER,
     {2026, 2, 19},
     X_GE,
     {5, UNIT_DAY},
     {{2026, 2, 13}, {2026, 2, 14}, {2026, 2, 15}, {2026, 2, 19}},
     {YES, YES, NO, NO}},
    {DUE_LATE_AFTER,
     {2026, 2, 18},
     X_LT,
     {0, UNIT_DAY},
     {{2026, 2, 13}, {2026, 2, 14}, {2026, 2, 18}, {2026, 2, 19}},
     {NO, NO, NO, YES}},
    /* where the calendar begins (1 January is closed) and ends (days after it are open but for weekends) */
    {DUE_EXACT,
     {1900, 1, 2},
     X_GE,
     {2, UNIT_BUSINESS_DAY},
     {{1899, 12, 27}, {1899, 12, 28}, {1899, 12, 29}, {1900, 1, 1}},
     {YES, YES, NO, NO}},
    {DUE_EXACT,
     {2201, 1, 2},
     X_GE,
     {1, UNIT_BUSINESS_DAY},
     {{2200, 12, 30}, {2200, 12, 31}, {2201, 1, 1}, {2201, 1, 2}},
     {YES, YES, YES, NO}},
    {DUE_EXACT,
     {2200, 12, 31},
     X_GE,
     {36500, UNIT_DAY},
     {{1900, 1, 1}, {2101, 1, 24}, {2101, 1, 25}, {2200, 12, 31}},
     {YES, YES, NO, NO}},
};

static void overdue_becomes_a_threshold(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(thresholds); i++) {
    bench b;
    bench_new(&b);
    int32_t due[4];
    for (int k = 0; k < 4; k++)
      due[k] = date_of(thresholds[i].dues[k][0], thresholds[i].dues[k][1], thresholds[i].dues[k][2]).day;
    bench_use(&b, FIELD_INVOICE_OVERDUE, TY_DURATION, PHYS_I32, due);
    b.w.cal = calendar_embedded(b.a, SLICE("br-bank"));
    b.w.due = thresholds[i].due;
    bench_bind(&b, x_is(b.a, thresholds[i].op, x_field(b.a, 0, TY_DURATION),
                        x_length(b.a, thresholds[i].x.n, thresholds[i].x.unit)));
    vm_set_today(b.m, date_of(thresholds[i].today[0], thresholds[i].today[1], thresholds[i].today[2]));
    uint8_t out[4];
    vm_cond(b.m, 0, NULL, 0, 4, out);
    for (int k = 0; k < 4; k++)
      if (out[k] != thresholds[i].want[k])
        fail_msg("case %zu, due date %d: %u, not %u", i, k, out[k], thresholds[i].want[k]);
    arena_free(b.a);
  }
}

static void money_needs_its_own_currency(void **state) {
  (void)state;
  static const int32_t minor[] = {1000, 1001, 1000, 0, INT32_MIN, 999};
  static const uint8_t cur[] = {CURRENCY_BRL, CURRENCY_BRL, CURRENCY_EUR, CURRENCY_ANY, CURRENCY_BRL, CURRENCY_BRL};
  bench b;
  bench_new(&b);
  bench_use(&b, FIELD_INVOICE_OPEN, TY_MONEY, PHYS_I32, minor);
  b.columns[0].cur = cur;
  bench_bind(&b, x_is(b.a, X_LE, x_field(b.a, 0, TY_MONEY), x_money(b.a, 10, 0, CURRENCY_NONE)));
  bench_expect(&b, 6, (const uint8_t[]){YES, NO, MAYBE, YES, MAYBE, YES});
  /* more decimals than the currency has: 10.005 lies between two cents */
  bench_bind(&b, x_is(b.a, X_LT, x_field(b.a, 0, TY_MONEY), x_money(b.a, 10005, 3, CURRENCY_BRL)));
  bench_expect(&b, 6, (const uint8_t[]){YES, NO, MAYBE, YES, MAYBE, YES});
  bench_bind(&b, x_is(b.a, X_EQ, x_field(b.a, 0, TY_MONEY), x_money(b.a, 10005, 3, CURRENCY_BRL)));
  bench_expect(&b, 6, (const uint8_t[]){NO, NO, MAYBE, NO, MAYBE, NO});
  /* yen have no decimals */
  bench_bind(&b, x_is(b.a, X_GE, x_field(b.a, 0, TY_MONEY), x_money(b.a, 0, 0, CURRENCY_JPY)));
  bench_expect(&b, 6, (const uint8_t[]){MAYBE, MAYBE, MAYBE, YES, MAYBE, MAYBE});
  b.columns[0].cur = NULL, b.columns[0].one_cur = CURRENCY_JPY;
  vm_rebind(b.m);
  bench_expect(&b, 6, (const uint8_t[]){YES, YES, YES, YES, MAYBE, YES});
  b.columns[0].one_cur = CURRENCY_USD;
  vm_rebind(b.m);
  bench_expect(&b, 6, (const uint8_t[]){MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE});
  arena_free(b.a);
}

static void dictionaries_grow(void **state) {
  (void)state;
  slice words[] = {SLICE("vip"),   SLICE("smb"), SLICE("VIP"),  SLICE("gov"),     SLICE("São"), SLICE("vips"),
                   SLICE("a vip"), SLICE("b"),   SLICE("viP!"), SLICE("another"), SLICE("VIP"), SLICE("c")};
  static const uint8_t has_vip[] = {YES, NO, YES, NO, NO, YES, YES, NO, YES, NO, YES, NO};
  int8_t data[13];
  uint8_t want[13];
  for (int i = 0; i < 13; i++) data[i] = (int8_t)(i < 12 ? i : INT8_MIN), want[i] = i < 12 ? has_vip[i] : MAYBE;
  for (int listed = 0; listed < 2; listed++) {
    bench b;
    bench_new(&b);
    bench_use(&b, FIELD_CUSTOMER_SEGMENT, TY_TEXT, PHYS_I8, data);
    vm_dict dict = {words, 1};
    b.columns[0].dict = &dict;
    bench_bind(&b, x_is(b.a, X_CONTAINS, x_field(b.a, 0, TY_TEXT), x_text(b.a, "Vip")));
    for (; dict.count <= 12; dict.count++) { /* a range, then codes, then a table */
      uint8_t out[13];
      uint32_t rows[13];
      for (uint32_t i = 0; i < dict.count; i++) rows[i] = i;
      vm_cond(b.m, 0, listed ? rows : NULL, 0, dict.count, out);
      assert_memory_equal(out, want, dict.count < 12 ? dict.count : 12);
    }
    dict.count = 12;
    vm_rebind(b.m);
    bench_expect(&b, 13, want);
    arena_free(b.a);
  }
}

static void texts_without_regard_to_case(void **state) {
  (void)state;
  slice words[] = {SLICE("SÃO PAULO"), SLICE("são paulo"), SLICE("Sao Paulo"), SLICE(""), SLICE("vip;são paulo;x")};
  static const int16_t data[] = {0, 1, 2, 3, 4, INT16_MIN};
  static const struct {
    expr_op op;
    const char *text;
    bool exact;
    uint8_t want[6];
  } cases[] = {
      {X_EQ, "São Paulo", false, {YES, YES, NO, NO, NO, MAYBE}},
      {X_EQ, "são paulo", true, {NO, YES, NO, NO, NO, MAYBE}},
      {X_NE, "São Paulo", false, {NO, NO, YES, YES, YES, MAYBE}},
      {X_STARTS, "SÃO", false, {YES, YES, NO, NO, NO, MAYBE}},
      {X_CONTAINS, "", false, {YES, YES, YES, YES, YES, MAYBE}},
      {X_CONTAINS, "PAULO", true, {YES, NO, NO, NO, NO, MAYBE}},
      {X_HAS, "SÃO paulo", false, {YES, YES, NO, NO, YES, MAYBE}},
      {X_HAS, "vi", false, {NO, NO, NO, NO, NO, MAYBE}},
      {X_HAS, "X", true, {NO, NO, NO, NO, NO, MAYBE}},
      {X_HAS, "", false, {NO, NO, NO, NO, NO, MAYBE}},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    bench b;
    bench_new(&b);
    bench_use(&b, FIELD_INVOICE_TAGS, TY_TEXT, PHYS_I16, data);
    vm_dict dict = {words, COUNT(words)};
    b.columns[0].dict = &dict;
    const expr *t = cases[i].exact ? x_exactly(b.a, cases[i].text) : x_text(b.a, cases[i].text);
    bench_bind(&b, x_is(b.a, cases[i].op, x_field(b.a, 0, TY_TEXT), t));
    bench_expect(&b, 6, cases[i].want);
    arena_free(b.a);
  }
}

/* No row on the other side of `via` is missing, also where the other entity has no rows at all. */
static void rows_through_another_entity(void **state) {
  (void)state;
  static const int8_t data[] = {1, 0, INT8_MIN};
  static const uint32_t via[] = {2, 1, 0, VM_NO_ROW, 0}, none[] = {VM_NO_ROW, VM_NO_ROW};
  bench b;
  bench_new(&b);
  bench_use(&b, FIELD_INVOICE_DISPUTED, TY_BOOL, PHYS_I8, data);
  b.columns[0].via = via;
  bench_bind(&b, x_field(b.a, 0, TY_BOOL));
  bench_expect(&b, 5, (const uint8_t[]){MAYBE, NO, YES, MAYBE, YES});
  uint8_t out[4];
  vm_cond(b.m, 0, (const uint32_t[]){4, 3, 1, 4}, 7, 4, out);
  assert_memory_equal(out, ((const uint8_t[]){YES, MAYBE, NO, YES}), 4);
  b.columns[0].data = NULL, b.columns[0].via = none, b.columns[0].has_missing = false;
  vm_rebind(b.m);
  bench_expect(&b, 2, (const uint8_t[]){MAYBE, MAYBE});
  arena_free(b.a);
}

static vm_value value_of(bench *b, const expr *e) {
  b->values[0] = e;
  bench_bind(b, NULL);
  vm_set_today(b->m, date_of(2026, 1, 31));
  return vm_value_of(b->m, 0, 0);
}

static void values_are_exact(void **state) {
  (void)state;
  bench b;
  bench_new(&b);
  static const int64_t minor[] = {33333};
  static const int32_t day[] = {INT32_MIN};
  bench_use(&b, FIELD_INVOICE_OPEN, TY_MONEY, PHYS_I64, minor);
  b.columns[1] = (vm_column){.phys = PHYS_I32, .data = day, .has_missing = true};
  b.columns[2] = (vm_column){.phys = PHYS_I64, .data = (const int64_t[]){INT64_MAX}, .one_cur = CURRENCY_BRL};
  arena *a = b.a;
  const expr *open = x_field(a, 0, TY_MONEY), *most = x_field(a, 2, TY_MONEY);
  vm_value v = value_of(&b, x_two(a, X_MUL, TY_MONEY, open, x_percent(a, 2)));
  assert_false(v.missing);
  assert_int_equal(v.cur, CURRENCY_BRL);
  assert_int_equal(rational_cmp(v.num, (rational){33333, 50}), 0);
  v = value_of(&b, x_two(a, X_ADD, TY_DATE, x_today(a), x_length(a, 1, UNIT_MONTH)));
  assert_int_equal(v.date.day, date_of(2026, 2, 28).day);
  v = value_of(&b, x_two(a, X_SUB, TY_DURATION, x_today(a), x_date(a, 2025, 12, 31)));
  assert_int_equal((int)v.num.num, 31);
  assert_true(value_of(&b, x_field(a, 1, TY_DATE)).missing);
  assert_true(value_of(&b, x_two(a, X_DIV, TY_MONEY, open, x_number(a, 0, 0))).missing);
  assert_true(value_of(&b, x_two(a, X_ADD, TY_MONEY, most, open)).missing);
  assert_false(value_of(&b, x_two(a, X_SUB, TY_MONEY, most, open)).missing);
  assert_true(value_of(&b, x_two(a, X_ADD, TY_MONEY, open, x_money(a, 1, 0, CURRENCY_EUR))).missing);
  v = value_of(&b, x_text(a, "literal"));
  assert_true(slice_eq(v.text, SLICE("literal")));
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(empty_and_full_batches),
      cmocka_unit_test(a_row_too_many_is_a_broken_promise),
      cmocka_unit_test(least_and_greatest_of_each_width),
      cmocka_unit_test(overdue_becomes_a_threshold),
      cmocka_unit_test(money_needs_its_own_currency),
      cmocka_unit_test(dictionaries_grow),
      cmocka_unit_test(texts_without_regard_to_case),
      cmocka_unit_test(rows_through_another_entity),
      cmocka_unit_test(values_are_exact),
  };
  return cmocka_run_group_tests_name("vm", tests, NULL, NULL);
}
