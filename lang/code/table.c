/* The opcode table as data. It owns nothing that changes; every row comes from opcode.def. */
#include "lang/code/code.h"

#include <assert.h>

const code_op_info CODE_OPS[CODE_OP_COUNT] = {
#define OP(name, dst, a, b, x, y, rel, text)                                                                           \
  [OP_##name] = {#name, text, REG_##dst, REG_##a, REG_##b, ARG_##x, ARG_##y, RELS_##rel},
#include "lang/code/opcode.def"
#undef OP
};

const char *const CODE_REL_WORDS[REL_COUNT] = {
#define X(name, words) words,
    CODE_RELS(X)
#undef X
};

static_assert(CODE_OP_COUNT <= UINT8_MAX, "an opcode is a byte");
static_assert(CODE_OP_COUNT == 47, "a new opcode needs its case in emit.c, run.c and the reference");
