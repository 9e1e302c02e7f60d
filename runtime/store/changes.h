/* What changed in the store since somebody last looked, whoever changed it: cheap enough to be asked several times a
 * second.
 *
 * Invariant: what is told is never less than what was committed before the question; it may be more. */
#ifndef DUN_STORE_CHANGES_H
#define DUN_STORE_CHANGES_H

#include "store.h"

/* MARK(id, table): rows that were added to it are told of */
#define STORE_MARKS(MARK)                                                                                              \
  MARK(BATCH, batch)                                                                                                   \
  MARK(CUSTOMER, customer)                                                                                             \
  MARK(INVOICE, invoice)                                                                                               \
  MARK(CONTRACT, contract)                                                                                             \
  MARK(HAPPENING, happening)                                                                                           \
  MARK(REVISION, revision)                                                                                             \
  MARK(ACTION, action)                                                                                                 \
  MARK(ATTEMPT, attempt)                                                                                               \
  MARK(CARD, card)                                                                                                     \
  MARK(CARD_EVENT, card_event)                                                                                         \
  MARK(AGREEMENT, agreement)                                                                                           \
  MARK(PERSON, person)
typedef enum store_mark {
#define MARK(id, table) STORE_MARK_##id,
  STORE_MARKS(MARK)
#undef MARK
      STORE_MARK_COUNT
} store_mark;

/* How far somebody has looked. */
typedef struct store_looked {
  int64_t version, event;
  int64_t mark[STORE_MARK_COUNT];
} store_looked;

enum { STORE_KINDS_MAX = 64 };
typedef struct store_changes {
  bool any;                    /* something was committed */
  unsigned grew;               /* bits of store_mark */
  slice kind[STORE_KINDS_MAX]; /* of the audit log's new entries, each once; in `perm` */
  size_t kind_count;
  bool more; /* there are more entries than were read: anything may have changed */
} store_changes;

/* Outside of a transaction. The first look, at a store_looked of zeros, tells of everything. */
STORE_MUST store_code store_changes_look(store *s, store_looked *at, arena *perm, store_changes *out);

/* This connection reads here and there: it keeps little of what it has read in memory. */
STORE_MUST store_code store_keeps_little(store *s);

#endif
