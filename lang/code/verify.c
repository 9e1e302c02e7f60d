/* The verifier: what the machine trusts is checked here, once. It follows a chunk forward, keeping for every
 * instruction the types of the registers that hold a value on all ways there; jumps go forward only, so one pass is
 * enough and the cost of a chunk is at most its length. */
#include "lang/code/code.h"

/* TY_ERROR: holds nothing yet. */
typedef struct state {
  bool reached;
  uint8_t ty[BANK_COUNT][CODE_REGS_MAX];
} state;

typedef struct checker {
  const vm_code *c;
  const code_chunk *k;
  state now;
} checker;

static bool is_number(type t) { return t == TY_NUMBER || t == TY_PERCENT || t == TY_TIME; }

static const char *check_use(const checker *v, code_arg_kind want, uint32_t use) {
  const program *p = v->c->p;
  if (use >= p->use_count) return "a field use out of range";
  type t = p->uses[use].ty;
  bool overdue = code_use_is_overdue(p, (uint16_t)use), ok = false;
  switch (want) {
  case ARG_USE_BOOL: ok = t == TY_BOOL; break;
  case ARG_USE_NUMBER: ok = is_number(t); break;
  case ARG_USE_MONEY: ok = t == TY_MONEY; break;
  case ARG_USE_DURATION: ok = t == TY_DURATION && !overdue; break;
  case ARG_USE_OVERDUE: ok = overdue; break;
  case ARG_USE_DATE: ok = t == TY_DATE; break;
  case ARG_USE_TEXT: ok = t == TY_TEXT || t == TY_SET; break;
  case ARG_USE_WHOLE: ok = t == TY_DATE || t == TY_MONEY || (t == TY_DURATION && !overdue); break;
  case ARG_USE_ANY: ok = t != TY_ERROR; break;
  case ARG_NONE:
  case ARG_K_NUMBER:
  case ARG_K_MONEY:
  case ARG_K_DURATION:
  case ARG_K_DAY:
  case ARG_K_TEXT:
  case ARG_JUMP:
  case ARG_TRI: break;
  }
  return ok ? NULL : "a field use of another type";
}

static const char *check_arg(const checker *v, const code_op *o, uint32_t pc, code_arg_kind want, uint32_t x) {
  switch (want) {
  case ARG_NONE: return x == 0 ? NULL : "an operand where there is none";
  case ARG_TRI: return x <= TRI_YES ? NULL : "a tri out of range";
  case ARG_JUMP:
    if (x <= pc) return "a jump that does not go forward";
    return x < v->k->count ? NULL : "a jump out of the chunk";
  case ARG_K_NUMBER:
  case ARG_K_MONEY:
  case ARG_K_DURATION:
  case ARG_K_DAY:
  case ARG_K_TEXT: {
    if (x >= v->c->const_count) return "a constant out of range";
    const code_const *k = &v->c->consts[x];
    if (k->kind != want) return "a constant of another kind";
    if (k->num.scale > DECIMAL_SCALE_MAX || k->cur >= CURRENCY_COUNT) return "a malformed constant";
    if ((unsigned)k->dur.unit >= UNIT_COUNT) return "a malformed constant";
    if (want == ARG_K_TEXT && k->count != 1 && o->rel != REL_IN) return "more than one text";
    return NULL;
  }
  case ARG_USE_BOOL:
  case ARG_USE_NUMBER:
  case ARG_USE_MONEY:
  case ARG_USE_DURATION:
  case ARG_USE_OVERDUE:
  case ARG_USE_DATE:
  case ARG_USE_TEXT:
  case ARG_USE_WHOLE:
  case ARG_USE_ANY: return check_use(v, want, x);
  }
  return "an operand of no kind";
}

static const char *check_rel(const code_op *o, code_rel_kind kind) {
  switch (kind) {
  case RELS_NONE: return o->rel == 0 ? NULL : "a relation where there is none";
  case RELS_ORDER: return o->rel <= REL_GE ? NULL : "a relation that is no order";
  case RELS_PREDICATE: return o->rel < REL_COUNT ? NULL : "a relation out of range";
  }
  return "a relation of no kind";
}

/* Reads a register: its type, or a fault. */
static const char *check_read(const checker *v, code_reg_kind kind, uint8_t r, type *out) {
  *out = TY_ERROR;
  if (kind == REG_NONE) return r == 0 ? NULL : "a register where there is none";
  code_bank bank = code_bank_of(kind);
  if (r >= v->k->regs[bank]) return "a register out of range";
  type t = (type)v->now.ty[bank][r];
  if (t == TY_ERROR) return "a register that may hold nothing yet";
  if (kind == REG_DATE && t != TY_DATE) return "a register that holds no date";
  if (kind == REG_SPAN && t != TY_DURATION) return "a register that holds no duration";
  *out = t;
  return NULL;
}

static type use_type(const program *p, uint32_t use) {
  return is_number(p->uses[use].ty) ? TY_NUMBER : p->uses[use].ty;
}

static type result_type(const checker *v, const code_op *o, const code_op_info *info, type a, type b) {
  switch (info->dst) {
  case REG_NONE: return TY_ERROR;
  case REG_T: return TY_BOOL;
  case REG_DATE: return TY_DATE;
  case REG_SPAN: return TY_DURATION;
  case REG_INT:
  case REG_RAT:
    if (info->a != REG_NONE) return a;
    if (info->x == ARG_K_NUMBER) return TY_NUMBER;
    if (info->x == ARG_K_MONEY) return TY_MONEY;
    return use_type(v->c->p, o->x);
  case REG_MUL: return a == TY_NUMBER ? b : b == TY_NUMBER ? a : TY_ERROR;
  case REG_DIV: return b == TY_NUMBER ? a : a == b ? TY_NUMBER : TY_ERROR;
  }
  return TY_ERROR;
}

static bool same_types_wanted(code_opcode op) {
  return op == OP_ADD_I || op == OP_SUB_I || op == OP_CMP_I || op == OP_ADD_R || op == OP_SUB_R || op == OP_CMP_R;
}

static bool no_dates_wanted(code_opcode op) {
  return op == OP_NEG_I || op == OP_ADD_I || op == OP_SUB_I || op == OP_TO_R;
}

static const char *check_op(checker *v, const code_op *o, uint32_t pc) {
  if (o->op >= CODE_OP_COUNT) return "no such instruction";
  const code_op_info *info = &CODE_OPS[o->op];
  type a, b;
  const char *why = check_rel(o, info->rel);
  if (!why) why = check_arg(v, o, pc, info->x, o->x);
  if (!why) why = check_arg(v, o, pc, info->y, o->y);
  if (!why) why = check_read(v, info->a, o->a, &a);
  if (!why) why = check_read(v, info->b, o->b, &b);
  if (why) return why;
  if (same_types_wanted((code_opcode)o->op) && a != b) return "operands of two types";
  if (no_dates_wanted((code_opcode)o->op) && a == TY_DATE) return "dates are not added";
  if (info->dst == REG_NONE) return o->d == 0 ? NULL : "a register where there is none";
  code_bank bank = code_bank_of(info->dst);
  if (o->d >= v->k->regs[bank]) return "a register out of range";
  type t = result_type(v, o, info, a, b);
  if (t == TY_ERROR) return "operands that do not multiply or divide";
  v->now.ty[bank][o->d] = (uint8_t)t;
  return NULL;
}

static void meet(state *into, const state *from) {
  if (!into->reached) {
    *into = *from;
    return;
  }
  for (int b = 0; b < BANK_COUNT; b++)
    for (int r = 0; r < CODE_REGS_MAX; r++)
      if (into->ty[b][r] != from->ty[b][r]) into->ty[b][r] = TY_ERROR;
}

static bool is_return(uint8_t op) { return op >= OP_RET_T && op < CODE_OP_COUNT; }
static bool is_jump(uint8_t op) { return op == OP_SKIP_NO || op == OP_SKIP_YES; }

static const char *check_end(const checker *v, const code_op *o, bool is_cond) {
  type t = v->k->ty;
  bool ok;
  if (o->op == OP_RET_T)
    ok = t == TY_BOOL;
  else if (is_cond)
    ok = false;
  else if (o->op == OP_RET_I)
    ok = v->now.ty[BANK_I][o->a] == t;
  else if (o->op == OP_RET_R)
    ok = v->now.ty[BANK_R][o->a] == (is_number(t) ? TY_NUMBER : t);
  else
    ok = t == TY_TEXT || t == TY_SET;
  return ok ? NULL : "a chunk that ends in another type";
}

/* `at`: what the jumps to each place agree on. */
static const char *check_chunk(checker *v, bool is_cond, state *at, uint32_t *pc_out) {
  const code_chunk *k = v->k;
  for (uint32_t pc = 0; pc < k->count; pc++) {
    const code_op *o = &v->c->ops[k->from + pc];
    *pc_out = pc;
    if (at[pc].reached) {
      meet(&at[pc], &v->now);
      v->now = at[pc];
    }
    const char *why = check_op(v, o, pc);
    if (why) return why;
    if (is_jump(o->op)) meet(&at[o->x], &v->now);
    if (is_return(o->op)) return pc + 1 == k->count ? check_end(v, o, is_cond) : "code behind the return";
  }
  return "a chunk without a return";
}

static const char *check_bounds(const vm_code *c, const code_chunk *k) {
  if (k->count == 0 || k->count > CODE_CHUNK_OPS_MAX) return "a chunk that is empty or too long";
  if (k->from > c->op_count || k->count > c->op_count - k->from) return "a chunk out of the code";
  for (int b = 0; b < BANK_COUNT; b++)
    if (k->regs[b] > CODE_REGS_MAX) return "too many registers";
  return NULL;
}

static bool check_all(vm_code *c, arena *scratch, code_fault *fault) {
  state *at = NULL;
  uint32_t room = 0;
  for (uint32_t i = 0; i < c->chunk_count; i++) {
    const code_chunk *k = &c->chunks[i];
    fault->chunk = i, fault->op = 0;
    if ((fault->what = check_bounds(c, k))) return false;
    if (k->count > room) at = ARENA_ARRAY(scratch, room = k->count * 2, state);
    memset(at, 0, k->count * sizeof *at);
    checker v = {.c = c, .k = k, .now.reached = true};
    if ((fault->what = check_chunk(&v, i < c->p->cond_count, at, &fault->op))) return false;
  }
  return true;
}

bool code_verify(vm_code *c, code_fault *fault) {
  *fault = (code_fault){0};
  c->verified = false;
  if (c->chunk_count != c->p->cond_count + c->p->value_count) {
    fault->what = "another number of chunks than conditions and values";
    return false;
  }
  arena *scratch = arena_new();
  c->verified = check_all(c, scratch, fault);
  arena_free(scratch);
  return c->verified;
}
