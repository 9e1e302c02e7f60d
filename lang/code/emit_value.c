/* Typed expressions to bytecode: arithmetic. Whole things (dates, durations, money of fields) stay integers as long as
 * they are added and compared; multiplying, dividing and literals go to the bank of exact rationals. */
#include "lang/code/emitter.h"

#include <assert.h>

bool emit_number_const(const expr *e, code_const *k) {
  if (e->op == X_NEG) {
    if (!emit_number_const(e->a, k) || k->num.n == INT64_MIN) return false;
    k->num.n = -k->num.n;
    return true;
  }
  if (e->op != X_NUMBER && e->op != X_MONEY) return false;
  *k = (code_const){.kind = e->op == X_MONEY ? ARG_K_MONEY : ARG_K_NUMBER, .num = e->num, .cur = e->cur};
  return true;
}

bool emit_duration_const(const expr *e, duration *out) {
  if (e->op == X_NEG) {
    if (!emit_duration_const(e->a, out) || out->n == INT32_MIN) return false;
    out->n = -out->n;
    return true;
  }
  if (e->op != X_DURATION) return false;
  *out = e->dur;
  return true;
}

/* date ± duration, the duration a constant on either side: the date's side and the duration to add. */
static const expr *shifted_date(const expr *e, duration *by) {
  if (e->ty != TY_DATE) return NULL;
  if (e->op == X_ADD && emit_duration_const(e->a, by)) return e->b;
  if ((e->op != X_ADD && e->op != X_SUB) || !emit_duration_const(e->b, by)) return NULL;
  if (e->op == X_SUB) {
    if (by->n == INT32_MIN) return NULL;
    by->n = -by->n;
  }
  return e->a;
}

bool emit_day_const(emitter *m, const expr *e, uint32_t *k) {
  uint32_t count = 0;
  const expr *base = e;
  duration by;
  for (const expr *next; (next = shifted_date(base, &by)); base = next) count++;
  if ((base->op != X_TODAY && base->op != X_DATE) || (m->plain && count > 0)) return false;
  duration *plus = ARENA_ARRAY(m->perm, count + 1, duration);
  base = e;
  for (uint32_t i = count; i-- > 0;) base = shifted_date(base, &plus[i]);
  *k = emit_const(m, (code_const){.kind = ARG_K_DAY,
                                  .today = base->op == X_TODAY,
                                  .date = base->op == X_DATE ? base->date : DATE_NONE,
                                  .plus = plus,
                                  .count = count});
  return true;
}

static operand emit_load(emitter *m, code_opcode op, uint32_t x) {
  code_op *o = emit_op(m, op);
  code_bank bank = code_bank_of(CODE_OPS[op].dst);
  o->x = x, o->d = emit_push(m, bank);
  return (operand){bank, o->d};
}

operand emit_in_bank(emitter *m, operand o, code_bank bank) {
  if (o.bank == bank) return o;
  uint8_t a = o.reg;
  o = emit_load(m, bank == BANK_R ? OP_TO_R : OP_TO_I, 0);
  m->ops[m->op_count - 1].a = a;
  return o;
}

static code_opcode whole_op(const expr *e) {
  if (e->op == X_ADD) return e->ty == TY_DATE ? OP_ADD_DAYS : OP_ADD_I;
  return e->ty == TY_DATE ? OP_SUB_DAYS : e->a->ty == TY_DATE ? OP_DAYS_BETWEEN : OP_SUB_I;
}

static code_opcode rational_op(expr_op op) {
  return op == X_ADD ? OP_ADD_R : op == X_SUB ? OP_SUB_R : op == X_MUL ? OP_MUL_R : OP_DIV_R;
}

static operand emit_binary(emitter *m, const expr *e) {
  uint8_t height[BANK_COUNT];
  memcpy(height, m->height, sizeof height);
  bool b_first = m->heavy_first && emit_need(e->b, true) > emit_need(e->a, true);
  operand y = {0}, x;
  if (b_first) y = emit_value(m, e->b);
  x = emit_value(m, e->a);
  if (!b_first) y = emit_value(m, e->b);
  bool dated = e->a->ty == TY_DATE || e->b->ty == TY_DATE;
  bool whole = dated || ((e->op == X_ADD || e->op == X_SUB) && x.bank == BANK_I && y.bank == BANK_I);
  code_bank bank = whole ? BANK_I : BANK_R;
  x = emit_in_bank(m, x, bank), y = emit_in_bank(m, y, bank);
  if (e->op == X_ADD && e->b->ty == TY_DATE) { /* duration + date */
    operand t = x;
    x = y, y = t;
  }
  memcpy(m->height, height, sizeof height);
  code_op *o = emit_op(m, whole ? whole_op(e) : rational_op(e->op));
  o->a = x.reg, o->b = y.reg;
  o->d = emit_push(m, bank);
  return (operand){bank, o->d};
}

static operand emit_negative(emitter *m, const expr *e) {
  operand x = emit_value(m, e->a);
  code_op *o = emit_op(m, x.bank == BANK_I ? OP_NEG_I : OP_NEG_R);
  o->d = o->a = x.reg;
  return x;
}

static operand emit_field(emitter *m, const expr *e) {
  if (code_use_is_overdue(m->p, e->use)) return emit_load(m, OP_LOAD_OVERDUE, e->use);
  bool number = e->ty == TY_NUMBER || e->ty == TY_PERCENT || e->ty == TY_TIME; /* minutes */
  return emit_load(m, number ? OP_LOAD_R : OP_LOAD_I, e->use);
}

static operand emit_value_of(emitter *m, const expr *e) {
  code_const k = {.kind = ARG_K_DURATION};
  uint32_t id;
  if (e->ty == TY_DATE && emit_day_const(m, e, &id)) return emit_load(m, OP_DAY, id);
  if (emit_number_const(e, &k)) return emit_load(m, k.kind == ARG_K_MONEY ? OP_MONEY : OP_NUMBER, emit_const(m, k));
  if (emit_duration_const(e, &k.dur)) return emit_load(m, OP_SPAN, emit_const(m, k));
  const expr *date = shifted_date(e, &k.dur);
  if (date) {
    operand x = emit_value(m, date);
    id = emit_const(m, k);
    code_op *o = emit_op(m, OP_ADD_DURATION);
    o->d = o->a = x.reg, o->x = id;
    return x;
  }
  switch (e->op) {
  case X_FIELD: return emit_field(m, e);
  case X_NEG: return emit_negative(m, e);
  case X_ADD:
  case X_SUB:
  case X_MUL:
  case X_DIV: return emit_binary(m, e);
  case X_TODAY:
  case X_BOOL:
  case X_MONEY:
  case X_NUMBER:
  case X_DURATION:
  case X_DATE:
  case X_TEXT:
  case X_AND:
  case X_OR:
  case X_NOT:
  case X_EQ:
  case X_NE:
  case X_LT:
  case X_LE:
  case X_GT:
  case X_GE:
  case X_IN:
  case X_CONTAINS:
  case X_STARTS:
  case X_HAS:
  case X_MISSING:
  case X_OP_COUNT: break;
  }
  assert(!"a value");
  return (operand){0};
}

operand emit_value(emitter *m, const expr *e) {
  span around = emit_begin(m, e);
  operand x = emit_value_of(m, e);
  emit_end(m, around);
  return x;
}
