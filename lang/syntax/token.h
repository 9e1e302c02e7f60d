/* Inside of lang/syntax: the reader that token.c and token_value.c share. */
#ifndef DUN_SYNTAX_TOKEN_H
#define DUN_SYNTAX_TOKEN_H

#include "lang/syntax/lex.h"

typedef struct reader {
  arena *perm, *scratch;
  slice text;
  uint16_t file;
  diags *d;
  dun_lang lang;
  const phrases *phrases;
  const lexeme *lex;
  size_t count, i; /* lexemes, and the one at hand */
  token *out;
  size_t n;
  unsigned depth;   /* brackets open */
  size_t sentence;  /* where the next one begins, once it was looked for */
  unsigned braces;  /* `{` and `[` open, each reported */
  uint32_t opened;  /* where the outermost of them is */
  bool damaged;     /* an error was reported in this statement */
  bool thousandths; /* the policy's currency has three decimals: a point before three digits is one reading */
  bool asked;       /* an `if` stands in it */
  ast_comment *comments, *last_comment;
} reader;

span reader_span(const reader *r, uint32_t from, uint32_t to);
slice reader_slice(const reader *r, uint32_t from, uint32_t to);
/* {0} is what stands there. */
diag *reader_report(reader *r, diag_code code, uint32_t from, uint32_t to, slice hint);
/* What stands in its place where that is surely right. */
void reader_mend(reader *r, diag *reported, uint32_t from, uint32_t to, slice text);
token *reader_emit(reader *r, int type, kw op, uint32_t from, uint32_t to);
/* The longest keyword at lexeme `at`; `*last` is its last lexeme. */
phrase_hit reader_phrase(const reader *r, size_t at, bool units, size_t *last);

/* token_value.c: literals. They move `r->i` on, but for reader_date. */
void reader_number(reader *r);
bool reader_negative(reader *r); /* whether the `-` at hand belongs to a number */
void reader_date(reader *r, const lexeme *l);
void reader_currency(reader *r); /* the `currency KWD` whose second word is at hand */

#endif
