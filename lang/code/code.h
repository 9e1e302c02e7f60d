/* The bytecode of a program: one chunk for each condition (chunk = condition id), then one for each value. It owns
 * nothing outside of the arena it was emitted into and points into the program. A chunk reads columns, works on
 * registers that each hold a whole batch, jumps forward only and ends in a return: its cost is at most its length. */
#ifndef DUN_CODE_CODE_H
#define DUN_CODE_CODE_H

#include "lang/check/program.h"

enum {
  CODE_REGS_MAX = 24,          /* of each bank; evaluating the heavier operand first needs log2 of the leaves */
  CODE_REGS_IN_ORDER_MAX = 12, /* up to here operands are evaluated in the order written */
  CODE_CHUNK_OPS_MAX = 65536,
};

typedef enum code_opcode {
#define OP(name, dst, a, b, x, y, rel, text) OP_##name,
#include "lang/code/opcode.def"
#undef OP
  CODE_OP_COUNT
} code_opcode;

/* Relations and text predicates: X(name, words) */
#define CODE_RELS(X)                                                                                                   \
  X(EQ, "=")                                                                                                           \
  X(NE, "!=")                                                                                                          \
  X(LT, "<")                                                                                                           \
  X(LE, "<=")                                                                                                          \
  X(GT, ">")                                                                                                           \
  X(GE, ">=")                                                                                                          \
  X(IN, "in")                                                                                                          \
  X(CONTAINS, "contains")                                                                                              \
  X(STARTS, "starts with")                                                                                             \
  X(HAS, "has")

typedef enum code_rel {
#define X(name, words) REL_##name,
  CODE_RELS(X)
#undef X
      REL_COUNT
} code_rel;

/* Banks of registers. */
typedef enum code_bank { BANK_T, BANK_I, BANK_R, BANK_COUNT } code_bank;

typedef enum code_reg_kind { REG_NONE, REG_T, REG_DATE, REG_SPAN, REG_INT, REG_RAT, REG_MUL, REG_DIV } code_reg_kind;

typedef enum code_arg_kind {
  ARG_NONE,
  ARG_USE_BOOL,
  ARG_USE_NUMBER,
  ARG_USE_MONEY,
  ARG_USE_DURATION, /* but not overdue */
  ARG_USE_OVERDUE,
  ARG_USE_DATE,
  ARG_USE_TEXT,
  ARG_USE_WHOLE, /* date, money or duration, but not overdue */
  ARG_USE_ANY,
  ARG_K_NUMBER,
  ARG_K_MONEY,
  ARG_K_DURATION,
  ARG_K_DAY,
  ARG_K_TEXT,
  ARG_JUMP,
  ARG_TRI,
} code_arg_kind;

typedef enum code_rel_kind { RELS_NONE, RELS_ORDER, RELS_PREDICATE } code_rel_kind;

typedef struct code_op_info {
  const char *name, *text;
  code_reg_kind dst, a, b;
  code_arg_kind x, y;
  code_rel_kind rel;
} code_op_info;
extern const code_op_info CODE_OPS[CODE_OP_COUNT];
extern const char *const CODE_REL_WORDS[REL_COUNT];

typedef struct code_op {
  uint8_t op;  /* code_opcode */
  uint8_t rel; /* code_rel */
  uint8_t d, a, b;
  uint32_t x, y; /* field use, constant, jump target (index into the chunk) or tri */
} code_op;

/* A constant of the source. What depends on the day, the currency or the columns is computed when bound. */
typedef struct code_const {
  code_arg_kind kind; /* ARG_K_... */
  decimal num;        /* K_NUMBER, K_MONEY */
  currency cur;       /* K_MONEY */
  duration dur;       /* K_DURATION */
  bool today;         /* K_DAY: today or `date`, then each of plus[0..count) added */
  civil_date date;
  const duration *plus;
  const slice *texts; /* K_TEXT: texts[0..count); one but for `in` */
  const bool *exact;
  uint32_t count;
  bool literal_first; /* K_TEXT: the literal is the left side: "abc" contains FIELD */
} code_const;

typedef struct code_chunk {
  uint32_t from, count;     /* ops[from .. from + count) */
  uint8_t regs[BANK_COUNT]; /* used of each bank */
  type ty;                  /* of the result */
  span at;
} code_chunk;

typedef struct vm_code {
  const program *p;
  code_op *ops;
  const span *places; /* of each op in the source; NULL: made by hand */
  uint32_t op_count;
  code_chunk *chunks; /* p->cond_count of conditions, then p->value_count of values */
  uint32_t chunk_count;
  const code_const *consts;
  uint32_t const_count;
  bool verified; /* set by code_verify alone; vm_bind asserts it */
} vm_code;

/* Emitted and verified, in `perm`; NULL with a diagnostic where a condition is longer than CODE_CHUNK_OPS_MAX. */
vm_code *code_emit(arena *perm, const program *p, diags *d);
/* The same without what makes it fast: no constant is worked into a comparison with a column, no sum of dates is known
 * beforehand, nothing is skipped. What it says of a row is what the other says (docs/internals/machine.md). */
vm_code *code_emit_plain(arena *perm, const program *p, diags *d);

typedef struct code_fault {
  uint32_t chunk, op; /* op: index into the chunk */
  const char *what;
} code_fault;

/* Whether the code keeps every rule that the machine trusts; else `*fault` says the first one broken. */
bool code_verify(vm_code *c, code_fault *fault) __attribute__((warn_unused_result));

/* What a bank of registers an operand kind lives in. */
static inline code_bank code_bank_of(code_reg_kind k) {
  return k == REG_T ? BANK_T : k == REG_RAT || k == REG_MUL || k == REG_DIV ? BANK_R : BANK_I;
}
static inline bool code_use_is_overdue(const program *p, uint16_t use) {
  return p->uses[use].field == FIELD_INVOICE_OVERDUE;
}

/* Whether `a rel b` holds of two texts (REL_HAS: of a set's text; REL_IN: of one of the list). */
bool code_text_holds(code_rel rel, bool exact, slice a, slice b);

/* One instruction in words: "t1 = amount > 1000". */
slice code_op_text(arena *perm, const vm_code *c, const code_op *o);

/* The text of `dun disasm`: chunk by chunk, the source of each beside its code. */
slice code_disasm(arena *perm, const vm_code *c);

#endif
