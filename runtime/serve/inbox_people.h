/* Who somebody is that wrote: the customers that have an address or number, and the message that was answered. Reads
 * the store outside of any transaction: a ledger has many customers. */
#ifndef DUN_SERVE_INBOX_PEOPLE_H
#define DUN_SERVE_INBOX_PEOPLE_H

#include "inbox.h"
#include "runtime/store/hooks.h"

typedef struct inbox_customer {
  slice id;
  int64_t row;
} inbox_customer;

typedef struct inbox_people {
  inbox_customer v[INBOX_CUSTOMERS_MAX];
  size_t count;
  store_answered answered; /* the message, 0: none */
  bool named;              /* what came names it: it is no guess by address and time */
} inbox_people;

/* The channel that the connect line is of; CH_COUNT: none. */
channel inbox_channel(const inbox *b);
STORE_MUST store_code inbox_who(const inbox *b, const hook_event *e, arena *perm, inbox_people *out);

/* Where a customer can have written from before anybody knew whose it was. */
typedef struct inbox_addresses {
  slice email, phone, whatsapp, country;
} inbox_addresses;
/* As the store has them. STORE_END: no such customer. */
STORE_MUST store_code inbox_addresses_of(store *s, slice customer, arena *perm, inbox_addresses *out);
/* Within the caller's transaction: the cards about somebody unknown who wrote from one of these lose their words. */
STORE_MUST store_code inbox_forget(store *s, const inbox_addresses *a, arena *scratch, int64_t *cards);

#endif
