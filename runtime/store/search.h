/* Finding customers, invoices and cards by a few words, and the tables that their lists walk along: what a page asks of
 * a store with a million invoices. Kept in a store that is served, and in no other: an import into a store that nobody
 * looks at costs nothing.
 *
 * Invariant: at the end of each transaction, whoever made it, words and balances say what the facts say. Triggers note
 * whom it touched, store_commit settles. */
#ifndef DUN_STORE_SEARCH_H
#define DUN_STORE_SEARCH_H

#include "store.h"
#include "words.h"

/* Makes indices and triggers, and fills the tables the first time. Within a transaction. */
STORE_MUST store_code store_search_open(store *s);
/* Whom the open transaction touched; part of store_commit. */
STORE_MUST store_code store_search_settle(store *s);

/* By search_word.kind. */
typedef enum found_kind { FOUND_CUSTOMER, FOUND_INVOICE, FOUND_CARD } found_kind;

/* Rows of a table that may be meant: by the word that fewest have. Who takes them looks at all words. */
typedef struct found_rows {
  int64_t *v;
  size_t n;
  bool more; /* there are more than `most` */
} found_rows;
/* `text`: as it was typed; an invoice's number is found by its beginning, too. */
STORE_MUST store_code store_found_rows(store *s, found_kind kind, slice text, const word_query *q, size_t most,
                                       arena *perm, found_rows *out);

/* One line of an answer: `id` of a customer, number of an invoice, a card's own number. */
typedef struct store_found {
  found_kind kind;
  slice id;
  slice name;        /* of the customer; a card's title */
  slice customer_id; /* of an invoice and a card */
  slice status;      /* of an invoice; of a card its column */
  slice currency;    /* of an invoice */
  int64_t open;
  int32_t due; /* DATE_NONE_DAY: none */
} store_found;
/* The first `most` of all three kinds, those of each kind first that somebody is likely to mean. */
STORE_MUST store_code store_search(store *s, slice text, size_t most, arena *perm, store_found *out, size_t *n);

#endif
