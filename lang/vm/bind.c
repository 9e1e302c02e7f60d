/* Binding: constants become what the kernels compare with, at each column's width, scale, base and currency. */
#include "lang/vm/machine.h"

#include <assert.h>

void vm_bind_fill(bound *b, tri t) {
  b->test = NULL;
  b->fill = (uint8_t)t;
}

void vm_bind_range(bound *b, const vm_column *c, int128 lo, int128 hi, bool negated) {
  int64_t least = vm_phys_min(c->phys) + 1, most = vm_phys_max(c->phys);
  bool misses = vm_column_misses(c);
  b->t.yes = negated ? TRI_NO : TRI_YES;
  b->t.no = negated ? TRI_YES : TRI_NO;
  if (lo < least) lo = least;
  if (hi > most) hi = most;
  bool none = lo > hi;
  if (!misses && (none || (lo == least && hi == most))) {
    vm_bind_fill(b, none == negated ? TRI_YES : TRI_NO);
    return;
  }
  if (none) lo = hi = 0, b->t.yes = b->t.no;
  b->t.lo = (uint64_t)(int64_t)lo;
  b->t.span = (uint64_t)(int64_t)hi - (uint64_t)(int64_t)lo;
  b->test = VM_TESTS[misses ? TEST_RANGE_MISSING : TEST_RANGE][c->phys];
}

void vm_bind_order(bound *b, const vm_column *c, code_rel rel, int128 floor, bool exact) {
  int128 least = -((int128)1 << 100), most = (int128)1 << 100, below = exact ? floor - 1 : floor;
  switch (rel) {
  case REL_EQ:
  case REL_NE: vm_bind_range(b, c, floor, below + (exact ? 1 : -1), rel == REL_NE); break;
  case REL_LT: vm_bind_range(b, c, least, below, false); break;
  case REL_LE: vm_bind_range(b, c, least, floor, false); break;
  case REL_GT: vm_bind_range(b, c, floor + 1, most, false); break;
  case REL_GE: vm_bind_range(b, c, below + 1, most, false); break;
  case REL_IN:
  case REL_CONTAINS:
  case REL_STARTS:
  case REL_HAS:
  case REL_COUNT: assert(!"an order"); break;
  }
}

/* n / d as its floor and whether that is all. */
static int128 floor_of(int128 n, int128 d, bool *exact) {
  int128 q = n / d;
  *exact = q * d == n;
  return q * d > n ? q - 1 : q;
}

static void bind_number(const vm_column *c, code_rel rel, const code_const *k, bound *b) {
  int128 n = (int128)k->num.n * (c->millionths ? 1000000 : 1);
  bool exact;
  int128 floor = floor_of(n, pow10_i64(k->num.scale), &exact);
  vm_bind_order(b, c, rel, floor, exact);
}

/* A literal in minor units of its own currency, else of the world's. */
static rational literal_minor(const vm *m, const code_const *k, currency *cur) {
  *cur = k->cur != CURRENCY_NONE ? k->cur : m->w.cur;
  return (rational){(int128)k->num.n * pow10_i64(currency_minor(*cur)), pow10_i64(k->num.scale)};
}

static void bind_money(const vm *m, const vm_column *c, code_rel rel, const code_const *k, bound *b) {
  rational minor = literal_minor(m, k, &b->cur);
  bool exact;
  int128 floor = floor_of(minor.num, minor.den, &exact);
  b->check_cur = c->cur != NULL;
  b->num = minor;
  b->worth = m->w.fx && (c->cur || c->one_cur != b->cur);
  if (!c->cur && c->one_cur != b->cur && c->one_cur != CURRENCY_ANY)
    vm_bind_fill(b, TRI_UNDECIDED);
  else
    vm_bind_order(b, c, rel, floor, exact);
}

static void bind_missing(const vm_column *c, bound *b) {
  if (!vm_column_misses(c)) {
    vm_bind_fill(b, TRI_NO);
    return;
  }
  b->t = (vm_test){.lo = (uint64_t)vm_phys_min(c->phys), .yes = TRI_YES, .no = TRI_NO};
  b->test = VM_TESTS[TEST_RANGE][c->phys];
}

static void bind_op(vm *m, const code_op *o, bound *b) {
  const vm_column *c = o->x < m->code->p->use_count ? &m->columns[o->x] : NULL;
  const code_const *k = m->code->consts;
  switch ((code_opcode)o->op) {
  case OP_CONST_T: vm_bind_fill(b, (tri)o->x); break;
  case OP_LOAD_T: vm_bind_range(b, c, 1, vm_phys_max(c->phys), false); break;
  case OP_MISSING: bind_missing(c, b); break;
  case OP_CMP_NUMBER: bind_number(c, (code_rel)o->rel, &k[o->y], b); break;
  case OP_CMP_MONEY: bind_money(m, c, (code_rel)o->rel, &k[o->y], b); break;
  case OP_CMP_DURATION: {
    int64_t days = vm_whole_days(k[o->y].dur);
    if (days == INT64_MIN)
      vm_bind_fill(b, TRI_UNDECIDED);
    else
      vm_bind_order(b, c, (code_rel)o->rel, days, true);
    break;
  }
  case OP_TEXT:
    b->table_count = 0;
    vm_bind_text(m, o, b);
    break;
  case OP_SPAN: b->whole = vm_whole_days(k[o->x].dur); break;
  case OP_NUMBER: b->num = rational_of_decimal(k[o->x].num); break;
  case OP_MONEY: b->num = literal_minor(m, &k[o->x], &b->cur); break;
  case OP_CMP_DATE:
  case OP_CMP_OVERDUE:
  case OP_DAY:
    if (m->has_today || o->op != OP_CMP_OVERDUE) vm_bind_day(m, o, b);
    break;
  case OP_TEXT_PAIR:
  case OP_AND:
  case OP_OR:
  case OP_NOT:
  case OP_EQ_T:
  case OP_MISSING_T:
  case OP_SKIP_NO:
  case OP_SKIP_YES:
  case OP_LOAD_I:
  case OP_LOAD_OVERDUE:
  case OP_NEG_I:
  case OP_ADD_I:
  case OP_SUB_I:
  case OP_DAYS_BETWEEN:
  case OP_ADD_DAYS:
  case OP_SUB_DAYS:
  case OP_ADD_DURATION:
  case OP_CMP_I:
  case OP_MISSING_I:
  case OP_LOAD_R:
  case OP_TO_R:
  case OP_TO_I:
  case OP_NEG_R:
  case OP_ADD_R:
  case OP_SUB_R:
  case OP_MUL_R:
  case OP_DIV_R:
  case OP_CMP_R:
  case OP_MISSING_R:
  case OP_RET_T:
  case OP_RET_I:
  case OP_RET_R:
  case OP_RET_TEXT:
  case OP_RET_LITERAL:
  case CODE_OP_COUNT: break;
  }
}

static bool is_daily(const vm_code *c, const code_op *o) {
  if (o->op == OP_CMP_OVERDUE) return true;
  if (o->op == OP_CMP_DATE) return c->consts[o->y].today;
  return o->op == OP_DAY && c->consts[o->x].today;
}

static void take_memory(vm *m) {
  const vm_code *c = m->code;
  uint8_t regs[BANK_COUNT] = {0};
  for (uint32_t i = 0; i < c->chunk_count; i++)
    for (int b = 0; b < BANK_COUNT; b++)
      if (c->chunks[i].regs[b] > regs[b]) regs[b] = c->chunks[i].regs[b];
  for (int i = 0; i < regs[BANK_T]; i++) m->t[i] = arena_alloc(m->perm, VM_ROWS);
  for (int i = 0; i < regs[BANK_I]; i++)
    m->i[i] = (int_reg){ARENA_ARRAY(m->perm, VM_ROWS, int64_t), arena_alloc(m->perm, VM_ROWS)};
  for (int i = 0; i < regs[BANK_R]; i++)
    m->r[i] = (rat_reg){ARENA_ARRAY(m->perm, VM_ROWS, rational), arena_alloc(m->perm, VM_ROWS),
                        arena_alloc(m->perm, VM_ROWS)};
  m->uses = ARENA_ARRAY(m->perm, c->p->use_count + 1, gathered);
  for (uint32_t u = 0; u < c->p->use_count; u++) {
    m->uses[u].values = ARENA_ARRAY(m->perm, VM_ROWS, int64_t);
    if (c->p->uses[u].ty == TY_MONEY) m->uses[u].cur = arena_alloc(m->perm, VM_ROWS);
  }
  m->at = ARENA_ARRAY(m->perm, VM_ROWS, uint32_t);
  m->left = ARENA_ARRAY(m->perm, VM_ROWS, int64_t);
  m->right = ARENA_ARRAY(m->perm, VM_ROWS, int64_t);
  m->bounds = ARENA_ARRAY(m->perm, c->op_count + 1, bound);
}

vm *vm_bind(arena *perm, const vm_code *code, const vm_column *columns, const vm_world *w) {
  assert(code->verified);
  vm *m = ARENA_NEW(perm, vm);
  *m = (vm){.perm = perm, .code = code, .columns = columns, .w = *w};
  take_memory(m);
  uint32_t *daily = ARENA_ARRAY(perm, code->op_count + 1, uint32_t);
  for (uint32_t i = 0; i < code->op_count; i++) {
    if (is_daily(code, &code->ops[i])) daily[m->daily_count++] = i;
    m->needs_today |= code->ops[i].op == OP_LOAD_OVERDUE;
  }
  m->needs_today |= m->daily_count > 0;
  m->daily = daily;
  vm_rebind(m);
  return m;
}

void vm_rebind(vm *m) {
  for (uint32_t i = 0; i < m->code->op_count; i++) bind_op(m, &m->code->ops[i], &m->bounds[i]);
}
