/* Inside of lang/fmt: the words of a statement before they are put on lines. */
#ifndef DUN_FMT_INTERNAL_H
#define DUN_FMT_INTERNAL_H

#include "lang/base/text.h"
#include "lang/fmt/fmt.h"

/* The line that nothing should pass where it can be broken, and how far in what goes on is written. */
enum { LINE_COLUMNS = 120, INDENT = 2 };

/* One word, phrase or literal: never broken. */
typedef struct word {
  slice text;
  uint32_t from; /* where it, or what follows it, stands in the source: a comment that stands before goes before */
  int16_t rank;  /* how good a place the line's break before it is; RANK_NEVER: none to be sought */
  bool legal;    /* a line may begin with it and still belong to the statement */
  bool glued;    /* no blank before it */
  bool dedent;   /* on a new line it stands as far in as the statement: `otherwise` */
} word;

enum { RANK_NEVER = INT16_MIN, WORD_UNPLACED = UINT32_MAX };

typedef struct words {
  arena *a;
  const source *src;
  dun_lang lang;
  word *at;
  size_t n, room;
  unsigned depth; /* brackets open */
  bool glue_next;
  kw last; /* the keyword at the end; KW_NONE: no keyword */
} words;

words words_new(arena *a, const source *src, dun_lang lang);
/* The node's words; of a statement those of its header, without the lines below it. */
void words_add(words *w, const ast *n);
void words_keyword(words *w, kw id, uint32_t from);
/* Gives every word a place in the source; `end`: what follows the last. */
void words_place(words *w, uint32_t end);
/* Columns of words [from, to) on one line. */
size_t words_width(const words *w, size_t from, size_t to);

/* lines.c: text under construction. The last line is open: a comment may still be put at its end. */
typedef struct printer {
  arena *perm, *scratch;
  const source *src;
  const ast_file *file;
  text out;
  size_t column;           /* of the open line's end */
  bool commented;          /* the open line ends in a comment */
  uint32_t end;            /* where in the source the last thing written ends */
  const ast_comment *next; /* the first comment not written yet */
} printer;

/* Closes the open line and begins one `indent` columns in; `blank`: with an empty line between. */
void line_begin(printer *p, size_t indent, bool blank);
void line_pad(printer *p, size_t column, size_t least);
/* The words of a statement that stands `indent` columns in, from the open line's end on; comments that stand among them
 * go where the line may be broken. One that finds no such place is left for later. */
void line_words(printer *p, const words *w, size_t indent);
/* The next comment: at the end of the open line, or on a line of its own. */
void line_comment_behind(printer *p);
void line_comment(printer *p, size_t indent, bool blank);

/* literal.c */
slice literal_text(arena *a, const source *src, dun_lang lang, const ast *n);
/* A text between quotes, escapes put back. */
slice text_quoted(arena *a, slice content);
/* The raw form of a text that has holes. */
slice text_with_holes(arena *a, const ast *n);

#endif
