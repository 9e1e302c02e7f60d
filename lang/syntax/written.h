/* The words of a file as they are written, for who looks at a file while it is being written: an editor. The file need
 * not be sound; what an unfinished sentence may go on with is asked of the grammar itself. Pure. */
#ifndef DUN_SYNTAX_WRITTEN_H
#define DUN_SYNTAX_WRITTEN_H

#include "lang/syntax/ast.h"

typedef enum written_kind {
  WRITTEN_END,     /* of a statement */
  WRITTEN_KEYWORD, /* `op`: which; a phrase is one word */
  WRITTEN_NAME,    /* one word that is no keyword, or a path with points */
  WRITTEN_TEXT,    /* `text`: without its quotes */
  WRITTEN_VALUE,   /* a number, an amount, a date, ... */
  WRITTEN_SIGN     /* a bracket, a comparison, ... */
} written_kind;

typedef struct written_word {
  written_kind kind;
  kw op;
  span at;
  slice text;
} written_word;

struct token;

typedef struct written {
  const written_word *v;
  uint32_t n; /* every statement ends with WRITTEN_END */
  dun_lang lang;
  const ast_comment *comments;
  const struct token *tokens; /* the same, as the parser reads them */
} written_file;

/* Lives in `perm`; empty where the text is larger than a file may be, or no UTF-8. */
written_file written_read(arena *perm, slice text, uint16_t file);

/* What may stand behind some words of a statement. */
typedef struct expected {
  bool known; /* the words are the front of a sentence */
  bool kw[KW_COUNT];
  bool name, path, text, number, duration, date, time, end;
} expected;

/* Behind the words [from, to) of one statement; none: how a sentence may begin. */
void written_expected(const written_file *w, uint32_t from, uint32_t to, expected *out);
/* Whether a line that begins with it goes on with the sentence above. */
bool written_goes_on(kw op);

#endif
