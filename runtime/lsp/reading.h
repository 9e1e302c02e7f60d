/* What a policy's reader is told of a place or a text, whoever asks: the language server of an editor, and the page in
 * a browser. Nothing here knows a protocol. */
#ifndef DUN_LSP_READING_H
#define DUN_LSP_READING_H

#include "policies.h"

/* The colours of words, in this order: COLOUR(id, name). */
#define READING_COLOURS(COLOUR)                                                                                        \
  COLOUR(KEYWORD, "keyword")                                                                                           \
  COLOUR(TEXT, "string") COLOUR(NUMBER, "number") COLOUR(COMMENT, "comment") COLOUR(NAME, "variable")
typedef enum reading_colour {
#define COLOUR(id, name) READING_##id,
  READING_COLOURS(COLOUR)
#undef COLOUR
      READING_COLOUR_COUNT /* none */
} reading_colour;

/* Each coloured word and comment of a file, in order. */
typedef void reading_put(void *self, span at, reading_colour colour);
void reading_colours(const query *q, uint16_t file, reading_put *put, void *self);

/* What stands at a place, what to do about the errors there, and a template's first lines: Markdown; empty: nothing. */
slice reading_hover(world *w, policy *x, uint16_t file, uint32_t at, dun_lang lang, arena *perm, span *about);
/* The files of a template, one a channel and language: the next from *at on, its path; empty: there are no more. */
slice reading_template_file(world *w, policy *x, const named *n, size_t *at, arena *perm);

/* What a mending does: "write ...", "take out ...". */
slice reading_fix_says(const query *q, const diag_edit *e, dun_lang lang, arena *perm);

/* The file as `dun fmt` writes it, and which part of it changes: an editor keeps the cursor in the rest. False: there
 * is nothing to change, or the file cannot be read. */
bool reading_format(const query *q, uint16_t file, arena *perm, slice *after, span *changed);

#endif
