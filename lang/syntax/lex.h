/* Inside of lang/syntax and grammar/: bytes to lexemes (lexer.re), lexemes to the parser's tokens (token.c). */
#ifndef DUN_SYNTAX_LEX_H
#define DUN_SYNTAX_LEX_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/syntax/ast.h"

/* What lexer.re tells apart: lexemes, before words are looked up as keywords. */
typedef enum lexeme_kind {
  LEX_END,
  LEX_NEWLINE,
  LEX_SEMICOLON,
  LEX_COMMENT,
  LEX_COMMENT_ODD, /* // and -- and the like */
  LEX_WORD,
  LEX_PATH,       /* a.b.c */
  LEX_NUMBER,     /* digits with `_`, `.` and `,` between them */
  LEX_DATE,       /* 2026-03-31; 2026/3/31 is an error */
  LEX_SLASH_DATE, /* 31/03/2026: an error */
  LEX_TIME,       /* 08:00 */
  LEX_DAY_COUNT,  /* 30E/360, actual/365 */
  LEX_SIGN,       /* R$, US$, €, $ */
  LEX_PERCENT,    /* % */
  LEX_TEXT,       /* "..." */
  LEX_TEXT_OPEN,  /* "... up to the line's end */
  LEX_TEXT_ODD,   /* in quotes of another kind */
  LEX_OPEN,
  LEX_CLOSE,
  LEX_COLON,
  LEX_OPERATOR, /* `=`, `<`, `+`, `,`, ...: `op` says which */
  LEX_FOREIGN,  /* ==, &&, ...: `op` says what is meant */
  LEX_BRACE,    /* { } [ ] */
  LEX_UNKNOWN   /* one character that has no place here */
} lexeme_kind;

typedef struct lexeme {
  lexeme_kind kind;
  kw op;
  uint32_t from, to;
} lexeme;

/* Reads the lexeme at `*at` and moves on. `text[bytes]` must be a NUL; bytes before it are valid UTF-8. */
lexeme lex_next(const char *text, uint32_t bytes, uint32_t *at);

/* What the parser reads. `type` is a TK_ of the generated parser.h, 0 at the end of a statement. */
typedef struct token {
  int type;
  kw op;
  span at;
  slice text;   /* as written; of a text what stands between its quotes */
  bool damaged; /* at a statement's end: an error of its text was reported */
  ast_value value;
} token;

typedef struct tokens {
  token *at;
  size_t count; /* every statement ends with a token of type 0 */
  ast_comment *comments;
  dun_lang lang;
} tokens;

/* Keyword phrases of one language, by their folded words. Built anew for each parse: there are no globals. */
typedef struct phrases phrases;
phrases *phrases_new(arena *a, dun_lang lang);
typedef struct phrase_hit {
  kw op;     /* KW_NONE where the text is only the front of a longer phrase */
  int token; /* the TK_, the neutral one for a spelling of two rows */
  bool found;
} phrase_hit;
/* `folded`: words in one case with one blank between. `units`: look in the units of durations, else in all others. */
phrase_hit phrases_find(const phrases *p, slice folded, bool units);

/* A source with all errors of its text reported. Comments and decoded texts are in `perm`. */
tokens tokens_read(arena *perm, arena *scratch, slice text, uint16_t file, diags *d);
/* number.c: a number as written, with the errors of LANGUAGE.md 2. `exempt`: a point before three digits is fine. */
decimal number_read(arena *scratch, slice s, bool exempt, span at, diags *d);

/* The parser's token of a keyword; negative where the grammar has none. */
int kw_token(kw id);

#endif
