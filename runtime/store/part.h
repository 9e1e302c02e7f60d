/* What goes along with a message: pictures inside its page, and attachments.
 *
 * Invariant: a part that has left its `source` behind never changes again: every try of its message carries the same
 * bytes. */
#ifndef DUN_STORE_PART_H
#define DUN_STORE_PART_H

#include "store.h"

/* Of one message; more are a gap where it is composed. */
enum { STORE_PARTS_MAX = 64 };

typedef struct store_part {
  int64_t id, message;
  int32_t ordinal;
  slice what; /* "pix_qr", "boleto_pdf", ...: the name of its gap */
  slice name, type;
  slice cid;    /* the page shows it by this name; empty: an attachment */
  slice source; /* what it is to be fetched from; empty: its bytes are here, or it has a gap */
  slice gap;    /* why the message goes without it */
  slice bytes;
  int64_t tries, asked_us; /* asked_us: when it first did not come; 0: it never did not */
} store_part;

STORE_MUST store_code store_part_put(store *s, const store_part *p);
/* All of a message, by ordinal; their texts and bytes in `perm`. */
STORE_MUST store_code store_parts_of(store *s, int64_t message, arena *perm, store_part out[STORE_PARTS_MAX],
                                     size_t *count);
/* The first `room` that are to be fetched by now, of messages that are ready. */
STORE_MUST store_code store_parts_due(store *s, int64_t now_us, arena *perm, store_part *out, size_t room,
                                      size_t *count);
/* Whether the message waits for one. */
STORE_MUST store_code store_parts_wanted(store *s, int64_t message, bool *yes);
/* It was fetched. */
STORE_MUST store_code store_part_came(store *s, int64_t id, slice name, slice type, slice bytes);
/* It was not: another time, or never (`gap`). */
STORE_MUST store_code store_part_later(store *s, int64_t id, int64_t asked_us, int64_t not_before_us);
STORE_MUST store_code store_part_gap(store *s, int64_t id, slice gap);

#endif
