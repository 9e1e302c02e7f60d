/* Exact arithmetic over a batch. A result of 2^63 or more in size, a division by zero, a date outside of the years 1 to
 * 9999, and money of two currencies are missing. Rows that are missing are not computed. */
#include "lang/vm/machine.h"

#include <assert.h>

/* The currency of two that must agree; false where they do not. */
static bool join_currency(uint8_t a, uint8_t b, uint8_t *out) {
  *out = a == CURRENCY_ANY ? b : a;
  return a == b || a == CURRENCY_ANY || b == CURRENCY_ANY;
}

static void load_int(vm *m, uint32_t use, int_reg d) {
  const vm_column *c = &m->columns[use];
  type ty = m->code->p->uses[use].ty;
  bool dated = ty == TY_DATE || code_use_is_overdue(m->code->p, (uint16_t)use);
  VM_LOADS[c->phys](vm_values(m, use), m->n, dated ? c->day_base : 0, d.v);
  if (ty == TY_MONEY && c->cur)
    memcpy(d.cur, vm_currencies(m, use), m->n);
  else
    memset(d.cur, ty == TY_MONEY ? c->one_cur : CURRENCY_NONE, m->n);
}

static void fill_int(int_reg d, uint32_t n, int64_t v) {
  for (uint32_t i = 0; i < n; i++) d.v[i] = v;
  memset(d.cur, CURRENCY_NONE, n);
}

static void add_int(const vm *m, int_reg a, int_reg b, bool minus, int_reg d) {
  for (uint32_t i = 0; i < m->n; i++) {
    int64_t x = a.v[i], y = b.v[i], sum;
    bool bad = x == INT64_MIN || y == INT64_MIN;
    uint8_t ca = a.cur[i], cb = b.cur[i];
    if (bad || join_currency(ca, cb, &d.cur[i]))
      bad |= minus ? __builtin_sub_overflow(x, y, &sum) : __builtin_add_overflow(x, y, &sum);
    else
      bad = !vm_worth_sum(m, x, ca, y, cb, minus, &sum, &d.cur[i]);
    d.v[i] = bad ? INT64_MIN : sum;
  }
}

static void add_days(int_reg a, int_reg b, bool minus, uint32_t n, int_reg d) {
  for (uint32_t i = 0; i < n; i++) {
    int64_t x = a.v[i], y = b.v[i], sum;
    bool bad = x == INT64_MIN || y == INT64_MIN;
    bad |= minus ? __builtin_sub_overflow(x, y, &sum) : __builtin_add_overflow(x, y, &sum);
    d.v[i] = bad || sum < DATE_DAY_MIN || sum > DATE_DAY_MAX ? INT64_MIN : sum;
    d.cur[i] = CURRENCY_NONE;
  }
}

static void add_duration(const calendar *cal, int_reg a, duration by, uint32_t n, int_reg d) {
  for (uint32_t i = 0; i < n; i++) {
    d.cur[i] = CURRENCY_NONE;
    civil_date sum = DATE_NONE;
    if (a.v[i] != INT64_MIN) sum = vm_add_duration(cal, (civil_date){(int32_t)a.v[i]}, by);
    d.v[i] = date_is_none(sum) ? INT64_MIN : sum.day;
  }
}

static void whole_of(rat_reg a, uint32_t n, int_reg d) {
  for (uint32_t i = 0; i < n; i++) {
    int64_t v = INT64_MIN;
    if (!a.missing[i] && a.v[i].num % a.v[i].den == 0 && !rational_round(a.v[i], ROUND_DOWN, &v)) v = INT64_MIN;
    d.v[i] = v;
    d.cur[i] = a.cur[i];
  }
}

static void compare_int(vm *m, const code_op *o) {
  int_reg a = m->i[o->a], b = m->i[o->b];
  uint8_t *out = m->t[o->d], cur;
  vm_int_compare((code_rel)o->rel, a.v, b.v, m->n, out);
  for (uint32_t i = 0; i < m->n; i++)
    if (a.cur[i] != b.cur[i] && !join_currency(a.cur[i], b.cur[i], &cur) && out[i] != TRI_UNDECIDED)
      out[i] =
          (uint8_t)vm_worth_compare(m, (code_rel)o->rel, rational_of(a.v[i]), a.cur[i], rational_of(b.v[i]), b.cur[i]);
}

void vm_int_op(vm *m, const code_op *o, const bound *b) {
  int_reg d = m->i[o->d], x = m->i[o->a], y = m->i[o->b];
  uint32_t n = m->n;
  if (o->op == OP_LOAD_I)
    load_int(m, o->x, d);
  else if (o->op == OP_LOAD_OVERDUE) {
    load_int(m, o->x, d);
    vm_overdue(d.v, n, m->today.day, m->late_from, d.v);
  } else if (o->op == OP_DAY || o->op == OP_SPAN)
    fill_int(d, n, b->whole);
  else if (o->op == OP_NEG_I) {
    for (uint32_t i = 0; i < n; i++) d.v[i] = x.v[i] == INT64_MIN ? INT64_MIN : -x.v[i], d.cur[i] = x.cur[i];
  } else if (o->op == OP_ADD_I)
    add_int(m, x, y, false, d);
  else if (o->op == OP_SUB_I || o->op == OP_DAYS_BETWEEN)
    add_int(m, x, y, true, d);
  else if (o->op == OP_ADD_DAYS)
    add_days(x, y, false, n, d);
  else if (o->op == OP_SUB_DAYS)
    add_days(x, y, true, n, d);
  else if (o->op == OP_ADD_DURATION)
    add_duration(m->w.cal, x, m->code->consts[o->x].dur, n, d);
  else if (o->op == OP_CMP_I)
    compare_int(m, o);
  else if (o->op == OP_MISSING_I)
    vm_int_missing(x.v, n, m->t[o->d]);
  else
    whole_of(m->r[o->a], n, d);
}

/* ---- rationals ---- */

static void load_rat(vm *m, uint32_t use, rat_reg d) {
  const vm_column *c = &m->columns[use];
  VM_LOADS[c->phys](vm_values(m, use), m->n, 0, m->left);
  for (uint32_t i = 0; i < m->n; i++) {
    d.missing[i] = m->left[i] == INT64_MIN;
    d.v[i] = (rational){m->left[i], c->millionths ? 1000000 : 1};
  }
  memset(d.cur, CURRENCY_NONE, m->n);
}

static void fill_rat(rat_reg d, uint32_t n, rational v, currency cur) {
  for (uint32_t i = 0; i < n; i++) d.v[i] = v;
  memset(d.missing, 0, n);
  memset(d.cur, cur, n);
}

static void rat_of_int(int_reg a, uint32_t n, rat_reg d) {
  for (uint32_t i = 0; i < n; i++) {
    d.missing[i] = a.v[i] == INT64_MIN;
    d.v[i] = rational_of(a.v[i]);
    d.cur[i] = a.cur[i];
  }
}

/* What money and everything else of the kind may come to: less than 2^63 in size. */
static bool fits(rational v) {
  if (v.num == 0) return true;
  int128 less = v.num < 0 ? -(v.num + 1) : v.num - 1; /* one below its size, which may have no positive counterpart */
  return less / v.den < INT64_MAX;
}

static bool arith(const vm *m, code_opcode op, rational a, uint8_t ca, rational b, uint8_t cb, rational *v,
                  uint8_t *cur) {
  bool sums = ca != CURRENCY_NONE && cb != CURRENCY_NONE;
  if (sums && op != OP_MUL_R && !join_currency(ca, cb, cur) && !vm_worths(m, &a, &ca, &b, &cb)) return false;
  if (op == OP_ADD_R) return join_currency(ca, cb, cur) && rational_add(a, b, v);
  if (op == OP_SUB_R) return join_currency(ca, cb, cur) && rational_sub(a, b, v);
  if (op == OP_MUL_R) {
    *cur = ca != CURRENCY_NONE ? ca : cb;
    return rational_mul(a, b, v);
  }
  *cur = ca;
  if (cb == CURRENCY_NONE) return rational_div(a, b, v);
  bool same = join_currency(ca, cb, cur); /* money by money is a number */
  *cur = CURRENCY_NONE;
  return same && rational_div(a, b, v);
}

static void rat_binary(vm *m, const code_op *o) {
  rat_reg a = m->r[o->a], b = m->r[o->b], d = m->r[o->d];
  for (uint32_t i = 0; i < m->n; i++) {
    rational v = {0, 1};
    uint8_t cur = CURRENCY_NONE;
    bool ok = !a.missing[i] && !b.missing[i] &&
              arith(m, (code_opcode)o->op, a.v[i], a.cur[i], b.v[i], b.cur[i], &v, &cur) && fits(v);
    d.missing[i] = !ok;
    d.v[i] = ok ? v : (rational){0, 1};
    d.cur[i] = cur;
  }
}

static void rat_negate(rat_reg a, uint32_t n, rat_reg d) {
  for (uint32_t i = 0; i < n; i++) {
    d.missing[i] = a.missing[i];
    d.v[i] = (rational){-a.v[i].num, a.v[i].den};
    d.cur[i] = a.cur[i];
  }
}

bool vm_order_holds(code_rel rel, int order) {
  switch (rel) {
  case REL_EQ: return order == 0;
  case REL_NE: return order != 0;
  case REL_LT: return order < 0;
  case REL_LE: return order <= 0;
  case REL_GT: return order > 0;
  case REL_GE: return order >= 0;
  case REL_IN:
  case REL_CONTAINS:
  case REL_STARTS:
  case REL_HAS:
  case REL_COUNT: break;
  }
  assert(!"an order");
  return false;
}

static void rat_compare(vm *m, const code_op *o) {
  rat_reg a = m->r[o->a], b = m->r[o->b];
  for (uint32_t i = 0; i < m->n; i++) {
    uint8_t cur, *out = &m->t[o->d][i];
    if (a.missing[i] || b.missing[i])
      *out = TRI_UNDECIDED;
    else if (!join_currency(a.cur[i], b.cur[i], &cur))
      *out = (uint8_t)vm_worth_compare(m, (code_rel)o->rel, a.v[i], a.cur[i], b.v[i], b.cur[i]);
    else
      *out = vm_order_holds((code_rel)o->rel, rational_cmp(a.v[i], b.v[i])) ? TRI_YES : TRI_NO;
  }
}

void vm_rat_op(vm *m, const code_op *o, const bound *b) {
  rat_reg d = m->r[o->d];
  if (o->op == OP_LOAD_R)
    load_rat(m, o->x, d);
  else if (o->op == OP_NUMBER)
    fill_rat(d, m->n, b->num, CURRENCY_NONE);
  else if (o->op == OP_MONEY)
    fill_rat(d, m->n, b->num, b->cur);
  else if (o->op == OP_TO_R)
    rat_of_int(m->i[o->a], m->n, d);
  else if (o->op == OP_NEG_R)
    rat_negate(m->r[o->a], m->n, d);
  else if (o->op == OP_CMP_R)
    rat_compare(m, o);
  else if (o->op == OP_MISSING_R)
    for (uint32_t i = 0; i < m->n; i++) m->t[o->d][i] = m->r[o->a].missing[i] ? TRI_YES : TRI_NO;
  else
    rat_binary(m, o);
}
