/* Inside lang/code: the emitter's state, shared by emit.c (chunks and conditions) and emit_value.c (arithmetic).
 * Registers of a bank are a stack: an operand's result is at the height that was free when it began. */
#ifndef DUN_CODE_EMITTER_H
#define DUN_CODE_EMITTER_H

#include "lang/code/code.h"

typedef struct emitter {
  arena *perm;
  const program *p;
  code_op *ops;
  span *places; /* of each */
  uint32_t op_count, op_room, place_room;
  code_const *consts;
  uint32_t const_count, const_room;
  uint32_t chunk_from;
  span at; /* of the expression at hand */
  uint8_t height[BANK_COUNT], used[BANK_COUNT];
  bool plain;       /* code_emit_plain */
  bool heavy_first; /* the operand that needs more registers goes first, whatever the order written */
  bool too_long;
} emitter;

typedef struct operand {
  code_bank bank;
  uint8_t reg;
} operand;

code_op *emit_op(emitter *m, code_opcode op);
uint32_t emit_const(emitter *m, code_const k);
uint8_t emit_push(emitter *m, code_bank bank);

/* What is emitted until the end stands for the expression: gives the place of the one around it, for emit_end. */
span emit_begin(emitter *m, const expr *e);
static inline void emit_end(emitter *m, span around) { m->at = around; }

/* How many registers the expression needs, over all banks. */
uint32_t emit_need(const expr *e, bool heavy_first);
/* A tri. */
uint8_t emit_cond(emitter *m, const expr *e);
/* A number, money, duration or date, in whichever bank holds it. */
operand emit_value(emitter *m, const expr *e);
operand emit_in_bank(emitter *m, operand o, code_bank bank);

/* Constants, also behind a minus. */
bool emit_number_const(const expr *e, code_const *k);
bool emit_duration_const(const expr *e, duration *out);
/* Dates known from today alone: literals, today, and these plus or minus durations. */
bool emit_day_const(emitter *m, const expr *e, uint32_t *k);

#endif
