/* Emitter, verifier and disassembler: bad bytecode is refused with its reason, conditions of every depth fit the
 * registers, the listing is what is pinned here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lang/code/code.h"
#include "tests/unit/expressions.h"

enum { U_STATUS, U_OPEN, U_SEGMENT, U_LAST, U_OVERDUE, U_DISPUTED, U_COUNT, U_ISSUED, USES };

typedef struct fixture {
  arena *a;
  field_use uses[USES];
  cond conds[2];
  const expr *values[2];
  source src;
  program p;
  diags d;
} fixture;

static void fixture_new(fixture *f) {
  *f = (fixture){.a = arena_new()};
  static const struct {
    entity of;
    field_id id;
    type ty;
  } uses[USES] = {
      [U_STATUS] = {ENT_INVOICE, FIELD_INVOICE_STATUS, TY_TEXT},
      [U_OPEN] = {ENT_INVOICE, FIELD_INVOICE_OPEN, TY_MONEY},
      [U_SEGMENT] = {ENT_CUSTOMER, FIELD_CUSTOMER_SEGMENT, TY_TEXT},
      [U_LAST] = {ENT_INVOICE, FIELD_INVOICE_LAST_CONTACT, TY_DATE},
      [U_OVERDUE] = {ENT_INVOICE, FIELD_INVOICE_OVERDUE, TY_DURATION},
      [U_DISPUTED] = {ENT_INVOICE, FIELD_INVOICE_DISPUTED, TY_BOOL},
      [U_COUNT] = {ENT_CUSTOMER, FIELD_CUSTOMER_OVERDUE_COUNT, TY_NUMBER},
      [U_ISSUED] = {ENT_INVOICE, FIELD_INVOICE_ISSUED, TY_DATE},
  };
  for (int i = 0; i < USES; i++) f->uses[i] = (field_use){ENT_INVOICE, uses[i].of, (uint16_t)uses[i].id, uses[i].ty};
  f->p.uses = f->uses, f->p.use_count = USES;
  f->p.conds = f->conds, f->p.values = f->values;
  f->p.sources = &f->src, f->p.source_count = 1;
  diags_init(&f->d, f->a);
}

static vm_code *emit(fixture *f, const expr *cond_of, const expr *value) {
  f->conds[0] = (cond){.of = ENT_INVOICE, .e = cond_of, .at = {0, (uint32_t)f->src.text.n, 0}};
  f->values[0] = value;
  f->p.cond_count = cond_of != NULL, f->p.value_count = value != NULL;
  return code_emit(f->a, &f->p, &f->d);
}

/* status is open and open > 5 and (last_contact is missing or last_contact <= today - 2d) and open * 2% >= 12.5 BRL */
static const expr *a_condition(arena *a) {
  const expr *last = x_field(a, U_LAST, TY_DATE);
  const expr *e = x_is(a, X_EQ, x_field(a, U_STATUS, TY_TEXT), x_text(a, "open"));
  e = x_is(a, X_AND, e, x_is(a, X_LT, x_money(a, 5, 0, CURRENCY_NONE), x_field(a, U_OPEN, TY_MONEY)));
  e = x_is(a, X_AND, e,
           x_is(a, X_OR, x_one(a, X_MISSING, TY_BOOL, last),
                x_is(a, X_LE, last, x_two(a, X_SUB, TY_DATE, x_today(a), x_length(a, 2, UNIT_DAY)))));
  return x_is(a, X_AND, e,
              x_is(a, X_GE, x_two(a, X_MUL, TY_MONEY, x_field(a, U_OPEN, TY_MONEY), x_percent(a, 2)),
                   x_money(a, 125, 1, CURRENCY_BRL)));
}

static void the_listing(void **state) {
  (void)state;
  fixture f;
  fixture_new(&f);
  f.src.text = SLICE("status is open and open > 5\n  and (...)");
  vm_code *c = emit(&f, a_condition(f.a),
                    x_two(f.a, X_ADD, TY_DATE, x_field(f.a, U_ISSUED, TY_DATE), x_length(f.a, 5, UNIT_BUSINESS_DAY)));
  static const char want[] = "condition 0 of invoice: status is open and open > 5 and (...)\n"
                             "   0  TEXT          t0 = status = \"open\"\n"
                             "   1  SKIP_NO       if all of t0 are no go to 18\n"
                             "   2  CMP_MONEY     t1 = open > 5\n"
                             "   3  AND           t0 = t0 and t1\n"
                             "   4  SKIP_NO       if all of t0 are no go to 18\n"
                             "   5  MISSING       t1 = last_contact is missing\n"
                             "   6  SKIP_YES      if all of t1 are yes go to 9\n"
                             "   7  CMP_DATE      t2 = last_contact <= today - 2d\n"
                             "   8  OR            t1 = t1 or t2\n"
                             "   9  AND           t0 = t0 and t1\n"
                             "  10  SKIP_NO       if all of t0 are no go to 18\n"
                             "  11  LOAD_I        i0 = open\n"
                             "  12  NUMBER        r0 = 0.02\n"
                             "  13  TO_R          r1 = i0\n"
                             "  14  MUL_R         r0 = r1 * r0\n"
                             "  15  MONEY         r1 = 12.5 BRL\n"
                             "  16  CMP_R         t1 = r0 >= r1\n"
                             "  17  AND           t0 = t0 and t1\n"
                             "  18  RET_T         return t0\n"
                             "\n"
                             "value 0\n"
                             "   0  LOAD_I        i0 = issued\n"
                             "   1  ADD_DURATION  i0 = i0 + 5bd\n"
                             "   2  RET_I         return i0\n";
  slice got = code_disasm(f.a, c);
  if (!slice_eq(got, SLICE(want))) fail_msg("%.*s", SLICE_ARG(got));
  arena_free(f.a);
}

/* One change to good code, and what the verifier says of it. */
static void bad_code_is_refused(void **state) {
  (void)state;
  enum { AT_TEXT = 0, AT_SKIP = 1, AT_MONEY = 2, AT_AND = 3, AT_DATE = 7, AT_LOAD = 11, AT_RET = 18 };
  static const struct {
    uint32_t at;
    code_op op; /* what stands there instead */
    const char *what;
  } cases[] = {
      {AT_TEXT, {.op = CODE_OP_COUNT}, "no such instruction"},
      {AT_TEXT, {.op = OP_TEXT, .d = 24, .x = U_STATUS}, "a register out of range"},
      {AT_TEXT, {.op = OP_TEXT, .x = USES}, "a field use out of range"},
      {AT_TEXT, {.op = OP_TEXT, .x = U_OPEN}, "a field use of another type"},
      {AT_TEXT, {.op = OP_TEXT, .x = U_STATUS, .y = 99}, "a constant out of range"},
      {AT_TEXT, {.op = OP_TEXT, .x = U_STATUS, .y = 1}, "a constant of another kind"},
      {AT_TEXT, {.op = OP_TEXT, .x = U_STATUS, .rel = REL_COUNT}, "a relation out of range"},
      {AT_TEXT, {.op = OP_TEXT, .x = U_STATUS, .a = 1}, "a register where there is none"},
      {AT_TEXT, {.op = OP_CONST_T, .x = 3}, "a tri out of range"},
      {AT_TEXT, {.op = OP_CONST_T, .y = 1}, "an operand where there is none"},
      {AT_TEXT, {.op = OP_CMP_DURATION, .x = U_OVERDUE}, "a field use of another type"},
      {AT_TEXT, {.op = OP_LOAD_I, .x = U_OVERDUE}, "a field use of another type"},
      {AT_TEXT, {.op = OP_LOAD_T, .x = U_DISPUTED, .d = 1}, "a register that may hold nothing yet"},
      {AT_SKIP, {.op = OP_SKIP_NO, .x = AT_SKIP}, "a jump that does not go forward"},
      {AT_SKIP, {.op = OP_SKIP_NO, .x = 0}, "a jump that does not go forward"},
      {AT_SKIP, {.op = OP_SKIP_NO, .x = 1000}, "a jump out of the chunk"},
      {AT_SKIP, {.op = OP_SKIP_NO, .x = AT_AND}, "a register that may hold nothing yet"}, /* over t1 */
      {AT_SKIP, {.op = OP_SKIP_NO, .a = 1, .x = 15}, "a register that may hold nothing yet"},
      {AT_MONEY, {.op = OP_CMP_MONEY, .x = U_OPEN, .y = 1, .d = 1, .rel = REL_IN}, "a relation that is no order"},
      {AT_MONEY, {.op = OP_RET_T}, "code behind the return"},
      {AT_AND, {.op = OP_AND, .rel = REL_NE, .b = 1}, "a relation where there is none"},
      {AT_LOAD, {.op = OP_LOAD_I, .x = U_ISSUED}, "dates are not added"},
      {AT_LOAD, {.op = OP_LOAD_I, .x = U_OPEN, .d = 1}, "a register out of range"},
      {AT_RET, {.op = OP_AND}, "a chunk without a return"},
      {AT_RET, {.op = OP_RET_LITERAL}, "a chunk that ends in another type"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fixture f;
    fixture_new(&f);
    vm_code *c = emit(&f, a_condition(f.a), NULL);
    assert_true(c->verified);
    assert_int_equal(c->ops[AT_RET].op, OP_RET_T);
    assert_int_equal(c->ops[AT_LOAD].op, OP_LOAD_I);
    c->ops[cases[i].at] = cases[i].op;
    code_fault fault;
    bool ok = code_verify(c, &fault);
    if (ok || strcmp(fault.what, cases[i].what) != 0)
      fail_msg("case %zu: %s, not %s", i, ok ? "accepted" : fault.what, cases[i].what);
    assert_false(c->verified);
    arena_free(f.a);
  }
}

static void bad_chunks_are_refused(void **state) {
  (void)state;
  fixture f;
  fixture_new(&f);
  code_fault fault;
  vm_code *c = emit(&f, a_condition(f.a), NULL);
  code_chunk good = c->chunks[0];
  c->chunks[0].count = 0;
  assert_false(code_verify(c, &fault));
  assert_string_equal(fault.what, "a chunk that is empty or too long");
  c->chunks[0].count = good.count + 1;
  assert_false(code_verify(c, &fault));
  assert_string_equal(fault.what, "a chunk out of the code");
  c->chunks[0].count = good.count - 1;
  assert_false(code_verify(c, &fault));
  assert_string_equal(fault.what, "a jump out of the chunk"); /* to the return */
  c->chunks[0] = good;
  c->chunks[0].regs[BANK_R] = CODE_REGS_MAX + 1;
  assert_false(code_verify(c, &fault));
  assert_string_equal(fault.what, "too many registers");
  c->chunks[0] = good;
  c->chunk_count = 2;
  assert_false(code_verify(c, &fault));
  assert_string_equal(fault.what, "another number of chunks than conditions and values");
  c->chunk_count = 1;
  assert_true(code_verify(c, &fault));
  arena_free(f.a);
}

/* Right-nested, so that evaluating as written would hold a register for each level. */
static const expr *nested(arena *a, int levels) {
  const expr *e = x_field(a, U_DISPUTED, TY_BOOL);
  for (int i = 0; i < levels; i++)
    e = x_is(a, i % 2 ? X_AND : X_OR, x_is(a, X_GT, x_field(a, U_COUNT, TY_NUMBER), x_number(a, i, 0)), e);
  return e;
}

static const expr *full_tree(arena *a, int levels) {
  if (levels == 0) return x_field(a, U_DISPUTED, TY_BOOL);
  return x_is(a, levels % 2 ? X_AND : X_OR, full_tree(a, levels - 1), full_tree(a, levels - 1));
}

static void deep_conditions_fit_the_registers(void **state) {
  (void)state;
  fixture f;
  fixture_new(&f);
  for (int levels = CODE_REGS_IN_ORDER_MAX - 2; levels < CODE_REGS_IN_ORDER_MAX + 3; levels++) {
    vm_code *c = emit(&f, nested(f.a, levels), NULL);
    assert_non_null(c);
    assert_true(c->chunks[0].regs[BANK_T] <= CODE_REGS_IN_ORDER_MAX);
  }
  assert_non_null(emit(&f, nested(f.a, 190), NULL));
  vm_code *c = emit(&f, full_tree(f.a, 14), NULL);
  assert_non_null(c);
  assert_int_equal(c->chunks[0].regs[BANK_T], 15);
  arena_free(f.a);
}

/* A chain of n terms is n loads, n - 1 times a skip and an `and`, and a return. */
static void the_limit_of_a_chunk(void **state) {
  (void)state;
  fixture f;
  fixture_new(&f);
  enum { OVERHEAD = 3 - 2, TERMS = (CODE_CHUNK_OPS_MAX + OVERHEAD) / 3 };
  const expr *e = x_field(f.a, U_DISPUTED, TY_BOOL);
  for (int i = 1; i < TERMS; i++) e = x_is(f.a, X_AND, e, x_field(f.a, U_DISPUTED, TY_BOOL));
  vm_code *c = emit(&f, e, NULL);
  assert_non_null(c);
  uint32_t n = c->chunks[0].count;
  assert_int_equal(n, 3 * TERMS - 1);
  for (; n < CODE_CHUNK_OPS_MAX; n++) e = x_one(f.a, X_NOT, TY_BOOL, e);
  c = emit(&f, e, NULL);
  assert_non_null(c);
  assert_int_equal(c->chunks[0].count, CODE_CHUNK_OPS_MAX);
  assert_null(emit(&f, x_one(f.a, X_NOT, TY_BOOL, e), NULL));
  assert_int_equal(f.d.errors, 1);
  assert_int_equal(f.d.first->code, DIAG_E0399);
  arena_free(f.a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_listing),
      cmocka_unit_test(bad_code_is_refused),
      cmocka_unit_test(bad_chunks_are_refused),
      cmocka_unit_test(deep_conditions_fit_the_registers),
      cmocka_unit_test(the_limit_of_a_chunk),
  };
  return cmocka_run_group_tests_name("code", tests, NULL, NULL);
}
