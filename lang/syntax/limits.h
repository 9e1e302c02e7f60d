/* Every limit on what a policy's text may be, by name. Each is an error past it, and tested at it and one past it. */
#ifndef DUN_SYNTAX_LIMITS_H
#define DUN_SYNTAX_LIMITS_H

enum {
  FILE_BYTES_MAX = 1 << 20,
  NAME_BYTES_MAX = 128,
  TEXT_BYTES_MAX = 4096,    /* of one text literal, between its quotes */
  BRACKETS_DEPTH_MAX = 100, /* open at once */
  AST_HEIGHT_MAX = 200,     /* of one statement's tree */
  STATEMENT_TOKENS_MAX = 20000,
  DURATION_COUNT_MAX = 36500
};

/* Lemon compares it in an #if: an enum would read as 0 there, and the stack would grow without end. */
#define PARSER_STACK_MAX 1000

#endif
