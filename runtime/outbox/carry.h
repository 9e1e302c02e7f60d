/* Between deliver.c, which claims batches, and group.c, which carries them: what is claimed, and the calls whose
 * outcomes are not stored yet. */
#ifndef DUN_OUTBOX_CARRY_H
#define DUN_OUTBOX_CARRY_H

#include "outbox.h"

enum { OUTBOX_GROUP_MAX = 64 };

typedef struct claimed {
  int64_t id, fence;
  outlet ch;
  bool looked;  /* the gate was asked; nothing more is done with it in this batch */
  bool over;    /* nothing is left to release */
  bool put_off; /* its receiver got a message just now */
  slice reason; /* why it is released, */
  slice gate;   /* and by which clause */
} claimed;

/* Messages of one outlet that passed the gate in one transaction; their calls go out together. */
typedef struct group {
  arena *in; /* where it lives; NULL: there is none */
  sent_result v[OUTBOX_GROUP_MAX];
  size_t n;
} group;

typedef struct carrier {
  outbox *o;
  arena *batch;
  claimed v[OUTBOX_BATCH];
  size_t n;
  int64_t until_us, last, top; /* the batch's lease; what comes before the next batch; the last id that was looked at */
  bool woken;                  /* what waited long enough is ready: once a run */
  group called;                /* their outcomes are not stored yet */
  int64_t back_to, back_us;    /* the first that was put off, and until when; 0: none was */
  uint32_t done, due;
  void (*step)(void *self, uint32_t done, uint32_t of);
  void *watcher;
} carrier;

int64_t carry_now_us(const outbox *o);
bool carry_lease_runs_out(const carrier *c);
/* The next group of the batch: one transaction, then its calls. *more: there may be another. */
STORE_MUST store_code carry_group(carrier *c, bool *more);
/* Within the caller's transaction: the outcomes of the last group; once it is committed, that they are stored. */
STORE_MUST store_code carry_settle(carrier *c);
void carry_is_settled(carrier *c);

#endif
