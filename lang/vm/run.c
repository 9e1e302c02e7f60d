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

/* Runs a chunk to its return, which is given back. */
static const code_op *run(vm *m, const code_chunk *k) {
  const code_op *ops = m->code->ops + k->from;
  bound *bounds = m->bounds + k->from;
  uint8_t **t = m->t;
  for (uint32_t pc = 0;; pc++) {
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
    case OP_RET_LITERAL: return o;
    case CODE_OP_COUNT: assert(!"verified"); return o;
    }
  }
}

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
  if (end->op == OP_RET_T) {
    v.missing = m->t[end->a][0] == TRI_UNDECIDED;
    v.num = rational_of(m->t[end->a][0] == TRI_YES);
  } else if (end->op == OP_RET_R) {
    const rat_reg *r = &m->r[end->a];
    v.missing = r->missing[0];
    if (!v.missing) v.num = r->v[0], v.cur = r->cur[0];
  } else if (end->op == OP_RET_TEXT) {
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
