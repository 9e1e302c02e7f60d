/* The documents that the editor has open, and a world in which they are the files: whoever reads a file by it reads
 * what is on the screen. */
#ifndef DUN_LSP_DOCUMENTS_H
#define DUN_LSP_DOCUMENTS_H

#include "lang/base/text.h"
#include "place.h"
#include "runtime/world.h"

typedef struct document {
  slice uri, path; /* the path as path_join gives it */
  int64_t version;
  slice text;
  line_table lines;
  arena *perm; /* of this version */
  slice root;  /* the policy that it is part of, in the documents' arena; empty: not looked for yet */
} document;

enum { DOCUMENTS_MAX = 4096 };

typedef struct documents {
  arena *perm;
  document *v;
  uint32_t n, room;
} documents;

document *document_find(documents *d, slice path);
document *document_of_uri(documents *d, slice uri, arena *scratch);
/* NULL: there are too many. */
document *document_open(documents *d, slice uri, int64_t version, slice text);
void document_change(document *d, int64_t version, slice text);
/* The text between two places becomes another; a place past the end is the end. */
void document_edit(document *d, place from, place to, place_units units, slice by);
void document_close(documents *d, document *x);

/* The world with the open documents in place of their files. What is printed there is kept, not shown. */
typedef struct overlay {
  world w; /* first: a world is asked, and the overlay is it */
  world *real;
  const documents *open;
  text said; /* begun anew by overlay_hush */
} overlay;
void overlay_begin(overlay *o, world *real, const documents *open);
void overlay_hush(overlay *o, arena *perm);

#endif
