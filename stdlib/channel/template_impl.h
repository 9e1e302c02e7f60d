/* Shared by template.c (compiling) and render.c (rendering): what a compiled template is. */
#ifndef DUN_CHANNEL_TEMPLATE_IMPL_H
#define DUN_CHANNEL_TEMPLATE_IMPL_H

#include "html_place.h"
#include "template.h"

typedef enum piece_kind {
  PIECE_LITERAL,
  PIECE_FIELD,
  PIECE_TODAY,
  PIECE_QR,
  PIECE_EACH, /* up to `next`, its PIECE_END included, once per subject */
  PIECE_IF,   /* skipped up to `next` where the field has nothing to show */
  PIECE_END
} piece_kind;

/* How a value is escaped. */
typedef enum piece_escape { ESCAPE_LINE, ESCAPE_TEXT, ESCAPE_HTML, ESCAPE_LINK, ESCAPE_LINK_PART } piece_escape;

typedef struct piece {
  piece_kind kind;
  piece_escape escape;
  slice literal; /* or the hole's name as written */
  template_field field;
  uint32_t next;
} piece;

struct template {
  const program *p;
  piece *v;
  uint32_t count, room;
  template_field *fields;
  uint32_t field_count;
  bool has_each, has_qr;
};

#endif
