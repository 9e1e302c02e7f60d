/* Typed expressions to bytecode: chunks and conditions. A comparison of a field with a constant becomes one
 * instruction; `and` and `or` chains keep one accumulator and skip what cannot matter. The result is verified before it
 * is given out. */
#include "lang/code/emitter.h"

#include <assert.h>

static void *grow(arena *perm, void *old, uint32_t count, uint32_t *room, size_t size) {
  if (count < *room) return old;
  *room = *room ? *room * 2 : 64;
  void *v = arena_array(perm, *room, size);
  if (count) memcpy(v, old, count * size);
  return v;
}

code_op *emit_op(emitter *m, code_opcode op) {
  m->ops = grow(m->perm, m->ops, m->op_count, &m->op_room, sizeof *m->ops);
  m->places = grow(m->perm, m->places, m->op_count, &m->place_room, sizeof *m->places);
  m->places[m->op_count] = m->at;
  code_op *o = &m->ops[m->op_count++];
  *o = (code_op){.op = (uint8_t)op};
  return o;
}

/* What the checker made up has no place of its own. */
span emit_begin(emitter *m, const expr *e) {
  span around = m->at;
  if (e->at.to > e->at.from) m->at = e->at;
  return around;
}

uint32_t emit_const(emitter *m, code_const k) {
  m->consts = grow(m->perm, m->consts, m->const_count, &m->const_room, sizeof *m->consts);
  m->consts[m->const_count] = k;
  return m->const_count++;
}

uint8_t emit_push(emitter *m, code_bank bank) {
  uint8_t r = m->height[bank]++;
  assert(r < CODE_REGS_MAX);
  if (m->height[bank] > m->used[bank]) m->used[bank] = m->height[bank];
  return r;
}

uint32_t emit_need(const expr *e, bool heavy_first) {
  if (!e->a) return 1;
  uint32_t a = emit_need(e->a, heavy_first);
  if (!e->b) return a;
  uint32_t b = emit_need(e->b, heavy_first);
  if (heavy_first && b > a) {
    uint32_t t = a;
    a = b, b = t;
  }
  return a > b ? a : b + 1;
}

static code_rel rel_of(expr_op op) {
  switch (op) {
  case X_EQ: return REL_EQ;
  case X_NE: return REL_NE;
  case X_LT: return REL_LT;
  case X_LE: return REL_LE;
  case X_GT: return REL_GT;
  case X_GE: return REL_GE;
  case X_IN: return REL_IN;
  case X_CONTAINS: return REL_CONTAINS;
  case X_STARTS: return REL_STARTS;
  case X_HAS: return REL_HAS;
  case X_FIELD:
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
  case X_MISSING:
  case X_ADD:
  case X_SUB:
  case X_MUL:
  case X_DIV:
  case X_NEG:
  case X_OP_COUNT: break;
  }
  assert(!"a relation");
  return REL_EQ;
}

/* The relation of b with a, where `r` is that of a with b. */
static code_rel mirrored(code_rel r) {
  switch (r) {
  case REL_LT: return REL_GT;
  case REL_LE: return REL_GE;
  case REL_GT: return REL_LT;
  case REL_GE: return REL_LE;
  case REL_EQ:
  case REL_NE:
  case REL_IN:
  case REL_CONTAINS:
  case REL_STARTS:
  case REL_HAS:
  case REL_COUNT: break;
  }
  return r;
}

static uint8_t emit_tri(emitter *m, tri t) {
  code_op *o = emit_op(m, OP_CONST_T);
  o->x = (uint32_t)t;
  return o->d = emit_push(m, BANK_T);
}

static uint8_t emit_not(emitter *m, uint8_t r) {
  code_op *o = emit_op(m, OP_NOT);
  o->a = o->d = r;
  return r;
}

/* An instruction on a use with a constant or a second use. */
static uint8_t emit_on_use(emitter *m, code_opcode op, uint32_t use, code_rel rel, uint32_t y) {
  code_op *o = emit_op(m, op);
  o->x = use, o->y = y, o->rel = (uint8_t)rel;
  return o->d = emit_push(m, BANK_T);
}

static uint8_t emit_text(emitter *m, const expr *e) {
  code_rel rel = rel_of(e->op);
  const expr *a = e->a, *b = e->b;
  if (e->op == X_IN) {
    if (a->op == X_TEXT) {
      bool in = false;
      for (uint32_t i = 0; i < e->count; i++) {
        bool exact = a->exact || (e->list_exact && e->list_exact[i]);
        in |= code_text_holds(REL_IN, exact, a->text, e->list[i]);
      }
      return emit_tri(m, in ? TRI_YES : TRI_NO);
    }
    code_const k = {.kind = ARG_K_TEXT, .texts = e->list, .exact = e->list_exact, .count = e->count};
    return emit_on_use(m, OP_TEXT, a->use, rel, emit_const(m, k));
  }
  if (a->op == X_TEXT && b->op == X_TEXT)
    return emit_tri(m, code_text_holds(rel, a->exact || b->exact, a->text, b->text) ? TRI_YES : TRI_NO);
  if (a->op == X_FIELD && b->op == X_FIELD) return emit_on_use(m, OP_TEXT_PAIR, a->use, rel, b->use);
  const expr *field = a->op == X_FIELD ? a : b, *literal = field == a ? b : a;
  assert(field->op == X_FIELD && literal->op == X_TEXT);
  code_const k = {.kind = ARG_K_TEXT, .texts = &literal->text, .exact = &literal->exact, .count = 1};
  k.literal_first = field == b;
  return emit_on_use(m, OP_TEXT, field->use, rel, emit_const(m, k));
}

/* Whether the duration is a number of days wherever it begins. */
static bool is_whole_days(const expr *c) {
  duration d;
  return emit_duration_const(c, &d) && (d.unit == UNIT_DAY || d.unit == UNIT_WEEK);
}

/* FIELD rel constant as one instruction; false where it is not one. Plain code has one only where no other says it. */
static bool emit_field_const(emitter *m, const expr *field, code_rel rel, const expr *c, uint8_t *out) {
  if (field->op != X_FIELD) return false;
  if (m->plain && (field->ty != TY_DURATION || is_whole_days(c))) return false;
  code_const k = {0};
  uint32_t id;
  if (field->ty == TY_DATE) {
    if (!emit_day_const(m, c, &id)) return false;
    *out = emit_on_use(m, OP_CMP_DATE, field->use, rel, id);
    return true;
  }
  if (field->ty == TY_DURATION) {
    k.kind = ARG_K_DURATION;
    if (!emit_duration_const(c, &k.dur)) return false;
    code_opcode op = code_use_is_overdue(m->p, field->use) ? OP_CMP_OVERDUE : OP_CMP_DURATION;
    *out = emit_on_use(m, op, field->use, rel, emit_const(m, k));
    return true;
  }
  if (!emit_number_const(c, &k)) return false;
  *out = emit_on_use(m, field->ty == TY_MONEY ? OP_CMP_MONEY : OP_CMP_NUMBER, field->use, rel, emit_const(m, k));
  return true;
}

static uint8_t emit_compare_bool(emitter *m, const expr *e) {
  const expr *a = e->a, *b = e->b;
  if (a->op == X_BOOL) a = e->b, b = e->a;
  uint8_t r = emit_cond(m, a);
  bool flip = e->op == X_NE;
  if (b->op == X_BOOL) {
    flip ^= !b->yes;
  } else {
    uint8_t s = emit_cond(m, b);
    code_op *o = emit_op(m, OP_EQ_T);
    o->d = o->a = r, o->b = s;
    m->height[BANK_T] = (uint8_t)(r + 1);
  }
  return flip ? emit_not(m, r) : r;
}

static uint8_t emit_compare(emitter *m, const expr *e) {
  const expr *a = e->a, *b = e->b;
  if (a->ty == TY_BOOL) return emit_compare_bool(m, e);
  if (a->ty == TY_TEXT || a->ty == TY_SET) return emit_text(m, e);
  code_rel rel = rel_of(e->op);
  uint8_t out;
  if (emit_field_const(m, a, rel, b, &out) || emit_field_const(m, b, mirrored(rel), a, &out)) return out;
  if (m->heavy_first && emit_need(b, true) > emit_need(a, true)) a = e->b, b = e->a, rel = mirrored(rel);
  uint8_t height[BANK_COUNT];
  memcpy(height, m->height, sizeof height);
  operand x = emit_value(m, a), y = emit_value(m, b);
  code_bank bank = x.bank == BANK_I && y.bank == BANK_I ? BANK_I : BANK_R;
  x = emit_in_bank(m, x, bank), y = emit_in_bank(m, y, bank);
  memcpy(m->height, height, sizeof height);
  code_op *o = emit_op(m, bank == BANK_I ? OP_CMP_I : OP_CMP_R);
  o->a = x.reg, o->b = y.reg, o->rel = (uint8_t)rel;
  return o->d = emit_push(m, BANK_T);
}

static uint8_t emit_missing(emitter *m, const expr *a) {
  if (a->op == X_FIELD) return emit_on_use(m, OP_MISSING, a->use, REL_EQ, 0);
  if (a->ty == TY_TEXT || a->ty == TY_SET) return emit_tri(m, TRI_NO); /* a literal */
  code_op *o;
  if (a->ty == TY_BOOL) {
    uint8_t r = emit_cond(m, a);
    o = emit_op(m, OP_MISSING_T);
    return o->a = o->d = r;
  }
  uint8_t height[BANK_COUNT];
  memcpy(height, m->height, sizeof height);
  operand x = emit_value(m, a);
  memcpy(m->height, height, sizeof height);
  o = emit_op(m, x.bank == BANK_I ? OP_MISSING_I : OP_MISSING_R);
  o->a = x.reg;
  return o->d = emit_push(m, BANK_T);
}

/* One operand of a chain into its accumulator, made with the first. */
static void emit_link(emitter *m, const expr *e, expr_op chain, int *acc, uint32_t *skip) {
  if (e->op == chain && !m->heavy_first) {
    span around = emit_begin(m, e);
    emit_link(m, e->a, chain, acc, skip);
    emit_link(m, e->b, chain, acc, skip);
    emit_end(m, around);
    return;
  }
  if (*acc < 0) {
    *acc = emit_cond(m, e);
    return;
  }
  if (!m->plain) {
    code_op *jump = emit_op(m, chain == X_AND ? OP_SKIP_NO : OP_SKIP_YES);
    jump->a = (uint8_t)*acc, jump->x = *skip;
    *skip = m->op_count - 1; /* a list through the targets until the end is known */
  }
  uint8_t r = emit_cond(m, e);
  code_op *o = emit_op(m, chain == X_AND ? OP_AND : OP_OR);
  o->d = o->a = (uint8_t)*acc, o->b = r;
  m->height[BANK_T] = (uint8_t)(*acc + 1);
}

static uint8_t emit_chain(emitter *m, const expr *e) {
  int acc = -1;
  uint32_t skip = UINT32_MAX;
  const expr *a = e->a, *b = e->b;
  if (m->heavy_first && emit_need(b, true) > emit_need(a, true)) a = e->b, b = e->a;
  emit_link(m, a, e->op, &acc, &skip);
  emit_link(m, b, e->op, &acc, &skip);
  while (skip != UINT32_MAX) {
    uint32_t next = m->ops[skip].x;
    m->ops[skip].x = m->op_count - m->chunk_from;
    skip = next;
  }
  return (uint8_t)acc;
}

static uint8_t emit_tri_of(emitter *m, const expr *e) {
  assert(e->ty == TY_BOOL);
  switch (e->op) {
  case X_FIELD: return emit_on_use(m, OP_LOAD_T, e->use, REL_EQ, 0);
  case X_BOOL: return emit_tri(m, e->yes ? TRI_YES : TRI_NO);
  case X_AND:
  case X_OR: return emit_chain(m, e);
  case X_NOT: return emit_not(m, emit_cond(m, e->a));
  case X_EQ:
  case X_NE:
  case X_LT:
  case X_LE:
  case X_GT:
  case X_GE: return emit_compare(m, e);
  case X_IN:
  case X_CONTAINS:
  case X_STARTS:
  case X_HAS: return emit_text(m, e);
  case X_MISSING: return emit_missing(m, e->a);
  case X_TODAY:
  case X_MONEY:
  case X_NUMBER:
  case X_DURATION:
  case X_DATE:
  case X_TEXT:
  case X_ADD:
  case X_SUB:
  case X_MUL:
  case X_DIV:
  case X_NEG:
  case X_OP_COUNT: break;
  }
  assert(!"a condition");
  return 0;
}

uint8_t emit_cond(emitter *m, const expr *e) {
  span around = emit_begin(m, e);
  uint8_t r = emit_tri_of(m, e);
  emit_end(m, around);
  return r;
}

static void emit_return(emitter *m, const expr *e) {
  code_op *o;
  if (e->ty == TY_BOOL) {
    uint8_t r = emit_cond(m, e);
    o = emit_op(m, OP_RET_T);
    o->a = r;
  } else if (e->ty == TY_TEXT || e->ty == TY_SET) {
    code_const k = {.kind = ARG_K_TEXT, .texts = &e->text, .exact = &e->exact, .count = 1};
    bool field = e->op == X_FIELD;
    uint32_t x = field ? e->use : emit_const(m, k);
    o = emit_op(m, field ? OP_RET_TEXT : OP_RET_LITERAL);
    o->x = x;
  } else {
    operand x = emit_value(m, e);
    o = emit_op(m, x.bank == BANK_I ? OP_RET_I : OP_RET_R);
    o->a = x.reg;
  }
}

static bool emit_chunk(emitter *m, const expr *e, code_chunk *out) {
  m->chunk_from = m->op_count;
  memset(m->height, 0, sizeof m->height);
  memset(m->used, 0, sizeof m->used);
  m->heavy_first = emit_need(e, false) > CODE_REGS_IN_ORDER_MAX;
  span around = emit_begin(m, e);
  emit_return(m, e);
  emit_end(m, around);
  *out = (code_chunk){.from = m->chunk_from, .count = m->op_count - m->chunk_from, .ty = e->ty, .at = e->at};
  memcpy(out->regs, m->used, sizeof out->regs);
  return out->count <= CODE_CHUNK_OPS_MAX;
}

static vm_code *emit(arena *perm, const program *p, bool plain, diags *d) {
  emitter m = {.perm = perm, .p = p, .plain = plain};
  vm_code *c = ARENA_NEW(perm, vm_code);
  c->p = p;
  c->chunk_count = p->cond_count + p->value_count;
  c->chunks = ARENA_ARRAY(perm, c->chunk_count + 1, code_chunk);
  bool ok = true;
  for (uint32_t i = 0; i < c->chunk_count; i++) {
    const expr *e = i < p->cond_count ? p->conds[i].e : p->values[i - p->cond_count];
    if (emit_chunk(&m, e, &c->chunks[i])) continue;
    diag_add(d, DIAG_E0399, e->at, (slice){0}, 0, NULL);
    ok = false;
  }
  if (!ok) return NULL;
  c->ops = m.ops, c->places = m.places, c->op_count = m.op_count;
  c->consts = m.consts, c->const_count = m.const_count;
  code_fault fault;
  ok = code_verify(c, &fault);
  assert(ok && "the emitter keeps the verifier's rules");
  return c;
}

vm_code *code_emit(arena *perm, const program *p, diags *d) { return emit(perm, p, false, d); }
vm_code *code_emit_plain(arena *perm, const program *p, diags *d) { return emit(perm, p, true, d); }
