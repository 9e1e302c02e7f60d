/* What came in from a service and is genuine, into the store: what became of messages, what people wrote and asked for,
 * what an ERP wants read again. Whoever receives it (a webhook, a mailbox) hands it over here.
 *
 * Invariants: what came in one request is in one transaction, and committed before anybody is told that it was taken
 * over; an event counts once, however often and in whatever order it comes; nothing here marks an invoice as paid; the
 * audit log gets no personal datum. */
#ifndef DUN_SERVE_INBOX_H
#define DUN_SERVE_INBOX_H

#include "lang/check/program.h"
#include "runtime/store/store.h"
#include "stdlib/net/hook.h"

enum {
  INBOX_TEXT_MAX = 4000,      /* bytes of what somebody wrote that are kept */
  INBOX_ID_MAX = 512,         /* bytes of a name that a provider gives */
  INBOX_CUSTOMERS_MAX = 64,   /* who have one address */
  INBOX_RECIPIENTS_MAX = 5000 /* latest messages that are looked through for an address that no customer has now */
};

typedef struct inbox {
  world *w;
  store *s;
  const program *p;
  const connection *from; /* the connect line that it came by */
} inbox;

/* In a transaction of its own. What cannot be right (an id too long, a state that there is not) is left out. */
STORE_MUST store_code inbox_take(const inbox *b, const hook_events *events, arena *scratch);

/* What came in one request. */
typedef struct inbox_work {
  inbox b;
  const hook_events *events;
  arena *scratch;
} inbox_work;
/* Of several requests, over one store and by one policy, in one transaction: all of it, or nothing. */
STORE_MUST store_code inbox_take_all(const inbox_work *v, size_t n);

/* The happenings that providers' events come to, those too whose message became known after them. Within a transaction;
 * *told: how many. `day`: the policy's. */
STORE_MUST store_code inbox_tell(store *s, int32_t day, arena *scratch, uint32_t *told);

/* Today where the policy is. */
civil_date inbox_today(world *w, const program *p, arena *scratch);

#endif
