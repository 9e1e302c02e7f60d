/* The loop: one instruction over the whole batch at a time. What is read was verified and bound; nothing is allocated.
 */
#include "lang/vm/machine.h"

#include <assert.h>

const void *vm_values(vm *m, uint32_t use) {
  const vm_column *c = &m->columns[use];
  if (!m->rows && !c->via) return (const char *)c->data + (size_t)m->first * vm_phys_size(c->phys);
  gathered *g = &m->uses[use];
  if (g->run == m->run) return g->values;
  g->run = m->run;
  const uint32_t *at = m->rows;
  bool checked = false;
  if (c->via) {
    at = c->via + m->first;
    if (m->rows) vm_gather_rows(c->via, m->rows, m->n, m->at), at = m->at;
    checked = vm_any_no_row(at, m->n);
  }
  (checked ? VM_GATHER_CHECKED : VM_GATHER)[c->phys](c->data, at, m->n, g->values);
  if (c->cur) {
    for (uint32_t i = 0; i < m->n; i++) g->cur[i] = at[i] == VM_NO_ROW ? CURRENCY_ANY : c->cur[at[i]];
  }
  return g->values;
}

const uint8_t *vm_currencies(const vm *m, uint32_t use) {
  const vm_column *c = &m->columns[use];
  return !m->rows && !c->via ? c->cur + m->first : m->uses[use].cur;
}

static void test_op(vm *m, const code_op *o, bound *b) {
  uint8_t *out = m->t[o->d];
  if (o->op == OP_TEXT && m->columns[o->x].dict->count != b->table_count) vm_bind_text(m, o, b);
  if (!b->test) {
    memset(out, b->fill, m->n);
    if (!b->check_cur && !b->worth) return;
    vm_values(m, o->x);
  } else {
    b->test(vm_values(m, o->x), m->n, &b->t, out);
  }
  if (b->check_cur) vm_check_currency(vm_currencies(m, o->x), m->n, b->cur, out);
  if (b->worth) vm_worth_rows(m, o, b, out);
}

static void text_pair(vm *m, const code_op *o) {
  const vm_column *a = &m->columns[o->x], *b = &m->columns[o->y];
  VM_LOADS[a->phys](vm_values(m, o->x), m->n, 0, m->left);
  VM_LOADS[b->phys](vm_values(m, o->y), m->n, 0, m->right);
  uint8_t *out = m->t[o->d];
  for (uint32_t i = 0; i < m->n; i++) {
    if (m->left[i] == INT64_MIN || m->right[i] == INT64_MIN)
      out[i] = TRI_UNDECIDED;
    else
      out[i] =
          code_text_holds((code_rel)o->rel, false, a->dict->v[m->left[i]], b->dict->v[m->right[i]]) ? TRI_YES : TRI_NO;
  }
}

typedef void told_fn(void *self, vm *m, const code_chunk *k, uint32_t pc, bool jumps);

/* Runs a chunk to its return, which is given back. `told` is a constant of each caller: where it is NULL nothing of it
 * is left in the loop. */
static inline __attribute__((always_inline)) const code_op *run_told(vm *m, const code_chunk *k, told_fn *told,
                                                                     void *self) {
  const code_op *ops = m->code->ops + k->from;
  bound *bounds = m->bounds + k->from;
  uint8_t **t = m->t;
  for (uint32_t pc = 0;; pc++) {
    uint32_t here = pc;
    const code_op *o = &ops[pc];
    switch ((code_opcode)o->op) {
    case OP_CONST_T:
    case OP_LOAD_T:
    case OP_CMP_NUMBER:
    case OP_CMP_MONEY:
    case OP_CMP_DURATION:
    case OP_CMP_OVERDUE:
    case OP_CMP_DATE:
    case OP_TEXT:
    case OP_MISSING: test_op(m, o, &bounds[pc]); break;
    case OP_TEXT_PAIR: text_pair(m, o); break;
    case OP_AND: vm_and(t[o->a], t[o->b], m->n, t[o->d]); break;
    case OP_OR: vm_or(t[o->a], t[o->b], m->n, t[o->d]); break;
    case OP_NOT: vm_not(t[o->a], m->n, t[o->d]); break;
    case OP_EQ_T: vm_same(t[o->a], t[o->b], m->n, t[o->d]); break;
    case OP_MISSING_T: vm_undecided(t[o->a], m->n, t[o->d]); break;
    case OP_SKIP_NO:
      if (vm_all(t[o->a], m->n, TRI_NO)) pc = o->x - 1;
      break;
    case OP_SKIP_YES:
      if (vm_all(t[o->a], m->n, TRI_YES)) pc = o->x - 1;
      break;
    case OP_LOAD_I:
    case OP_LOAD_OVERDUE:
    case OP_DAY:
    case OP_SPAN:
    case OP_NEG_I:
    case OP_ADD_I:
    case OP_SUB_I:
    case OP_DAYS_BETWEEN:
    case OP_ADD_DAYS:
    case OP_SUB_DAYS:
    case OP_ADD_DURATION:
    case OP_CMP_I:
    case OP_MISSING_I:
    case OP_TO_I: vm_int_op(m, o, &bounds[pc]); break;
    case OP_LOAD_R:
    case OP_NUMBER:
    case OP_MONEY:
    case OP_TO_R:
    case OP_NEG_R:
    case OP_ADD_R:
    case OP_SUB_R:
    case OP_MUL_R:
    case OP_DIV_R:
    case OP_CMP_R:
    case OP_MISSING_R: vm_rat_op(m, o, &bounds[pc]); break;
    case OP_RET_T:
    case OP_RET_I:
    case OP_RET_R:
    case OP_RET_TEXT:
    case OP_RET_LITERAL:
      if (told) told(self, m, k, here, false);
      return o;
    case CODE_OP_COUNT: assert(!"verified"); return o;
    }
    if (told) told(self, m, k, here, pc != here);
  }
}

static const code_op *run(vm *m, const code_chunk *k) { return run_told(m, k, NULL, NULL); }

static void begin(vm *m, const uint32_t *rows, uint32_t first, uint32_t n) {
  assert(n <= VM_ROWS && (m->has_today || !m->needs_today));
  m->run++;
  bool in_place = !rows || (n > 0 && vm_is_range(rows, n)); /* a list that is a range needs no gathering */
  m->first = !rows ? first : in_place ? rows[0] : 0;
  m->rows = in_place ? NULL : rows;
  m->n = n;
}

void vm_cond(vm *m, uint32_t chunk, const uint32_t *rows, uint32_t first, uint32_t n, uint8_t *out) {
  assert(chunk < m->code->p->cond_count);
  begin(m, rows, first, n);
  if (n == 0) return;
  uint8_t *t0 = m->t[0];
  m->t[0] = out; /* most chunks end there */
  const code_op *end = run(m, &m->code->chunks[chunk]);
  if (end->a != 0) memcpy(out, m->t[end->a], n);
  m->t[0] = t0;
}

static vm_value tri_value(uint8_t t) {
  return (vm_value){.missing = t == TRI_UNDECIDED, .ty = TY_BOOL, .num = rational_of(t == TRI_YES), .date = DATE_NONE};
}

static vm_value rational_value(type ty, const rat_reg *r) {
  vm_value v = {.missing = r->missing[0], .ty = ty, .date = DATE_NONE, .num = {0, 1}};
  if (!v.missing) v.num = r->v[0], v.cur = r->cur[0];
  return v;
}

static vm_value whole_value(type ty, const int_reg *r) {
  vm_value v = {.missing = r->v[0] == INT64_MIN, .ty = ty, .date = DATE_NONE, .num = {0, 1}};
  if (v.missing) return v;
  if (ty == TY_DATE)
    v.date = (civil_date){(int32_t)r->v[0]};
  else
    v.num = rational_of(r->v[0]);
  v.cur = r->cur[0];
  return v;
}

vm_value vm_value_of(vm *m, uint32_t value, uint32_t row) {
  uint32_t chunk = m->code->p->cond_count + value;
  assert(chunk < m->code->chunk_count);
  const code_chunk *k = &m->code->chunks[chunk];
  begin(m, NULL, row, 1);
  const code_op *end = run(m, k);
  vm_value v = {.ty = k->ty, .date = DATE_NONE, .num = {0, 1}};
  if (end->op == OP_RET_I) return whole_value(k->ty, &m->i[end->a]);
  if (end->op == OP_RET_T) return tri_value(m->t[end->a][0]);
  if (end->op == OP_RET_R) return rational_value(k->ty, &m->r[end->a]);
  if (end->op == OP_RET_TEXT) {
    const vm_column *c = &m->columns[end->x];
    int64_t code;
    VM_LOADS[c->phys](vm_values(m, end->x), 1, 0, &code);
    v.missing = code == INT64_MIN;
    if (!v.missing) v.text = c->dict->v[code];
  } else {
    v.text = m->code->consts[end->x].texts[0];
  }
  return v;
}

/* ---- step by step ---- */

typedef struct tracing {
  vm_step_fn *fn;
  void *self;
} tracing;

static type kind_type(code_reg_kind kind) {
  switch (kind) {
  case REG_T: return TY_BOOL;
  case REG_DATE: return TY_DATE;
  case REG_SPAN: return TY_DURATION;
  case REG_RAT:
  case REG_MUL:
  case REG_DIV: return TY_NUMBER;
  case REG_INT:
  case REG_NONE: break;
  }
  return TY_ERROR;
}

/* A whole number is money where it has a currency; a loaded one is what its field is, a sum what it is made of. */
static type whole_type(const vm *m, const code_op *o, uint8_t reg) {
  if (o->op == OP_LOAD_I) return m->code->p->uses[o->x].ty;
  return m->i[reg].cur[0] == CURRENCY_NONE ? TY_DURATION : TY_MONEY;
}

static vm_value register_value(const vm *m, const code_op *o, code_reg_kind kind, uint8_t reg) {
  switch (code_bank_of(kind)) {
  case BANK_T: return tri_value(m->t[reg][0]);
  case BANK_I: return whole_value(kind == REG_INT ? whole_type(m, o, reg) : kind_type(kind), &m->i[reg]);
  case BANK_R: return rational_value(m->r[reg].cur[0] == CURRENCY_NONE ? TY_NUMBER : TY_MONEY, &m->r[reg]);
  case BANK_COUNT: break;
  }
  return (vm_value){.ty = TY_ERROR};
}

static void tell(void *self, vm *m, const code_chunk *k, uint32_t pc, bool jumps) {
  const tracing *t = self;
  const code_op *o = &m->code->ops[k->from + pc];
  const code_op_info *info = &CODE_OPS[o->op];
  vm_step s = {.op = pc, .jumps = jumps, .value = {.ty = TY_ERROR}};
  if (info->dst != REG_NONE)
    s.value = register_value(m, o, info->dst, o->d);
  else if (info->a != REG_NONE)
    s.value = register_value(m, o, info->a, o->a);
  t->fn(t->self, &s);
}

tri vm_trace(vm *m, uint32_t chunk, uint32_t row, vm_step_fn *fn, void *self) {
  assert(chunk < m->code->p->cond_count);
  tracing t = {fn, self};
  begin(m, NULL, row, 1);
  const code_op *end = run_told(m, &m->code->chunks[chunk], tell, &t);
  return (tri)m->t[end->a][0];
}
