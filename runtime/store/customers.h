/* Lists of customers and of invoices as a page shows them, some rows at a time behind a key, and all that hangs on one
 * customer. Of a store that is served (search.h).
 *
 * Invariant: a page of a list looks at no more than LIST_LOOKED rows, whatever is asked of however many; where they did
 * not fill it, `next` says where to go on. */
#ifndef DUN_STORE_CUSTOMERS_H
#define DUN_STORE_CUSTOMERS_H

#include "store.h"

enum { LIST_LOOKED = 5000, LIST_GATHERED = 4000, BALANCES_MAX = 16 };

typedef enum customer_order { CUSTOMERS_BY_NAME, CUSTOMERS_BY_BALANCE, CUSTOMERS_BY_OVERDUE } customer_order;

typedef struct customer_ask {
  slice words;                    /* empty: everybody */
  slice segment, owner, language; /* empty: whichever */
  bool overdue, opted_out;        /* those alone */
  customer_order order;
  slice currency; /* of the balance that is sorted by; who owes nothing in it is not in that list */
  int32_t today;
  size_t most;
  slice after; /* `next` of the page before */
} customer_ask;

typedef struct store_balance {
  slice currency;
  int64_t open, invoices;
  int32_t oldest; /* due date of the oldest that is open; DATE_NONE_DAY */
} store_balance;

typedef struct customer_line {
  int64_t row;
  slice id, name, segment, owner, language, opted_out, tags, country;
  int32_t oldest; /* over all currencies */
  store_balance balance[BALANCES_MAX];
  size_t balances;
} customer_line;

typedef struct customer_list {
  customer_line *v;
  size_t n;
  slice next; /* empty: that is all */
} customer_list;
STORE_MUST store_code store_customers(store *s, const customer_ask *ask, arena *perm, customer_list *out);

/* The currencies that somebody owes in; the one that most owe in first. */
STORE_MUST store_code store_currencies(store *s, arena *perm, slice out[BALANCES_MAX], size_t *n);
/* All of the ledger's, of invoices and contracts, whatever their state. */
STORE_MUST store_code store_ledger_currencies(store *s, arena *perm, slice out[BALANCES_MAX], size_t *n);
/* What a filter can be: SEGMENT, OWNER, LANGUAGE of the customers that have one, in order. */
typedef enum customer_facet { FACET_SEGMENT, FACET_OWNER, FACET_LANGUAGE } customer_facet;
enum { FACETS_MAX = 200 };
STORE_MUST store_code store_facets(store *s, customer_facet f, arena *perm, slice out[FACETS_MAX], size_t *n);

/* STORE_ROW and the customer, or STORE_END. */
STORE_MUST store_code store_customer_line(store *s, slice id, arena *perm, customer_line *out);
/* The open invoices of a customer in one currency, summed by due date: what is needed to age them. At most `room` days;
 * *n: how many. */
typedef struct owed_day {
  slice currency;
  int32_t due;
  int64_t open;
} owed_day;
STORE_MUST store_code store_owed_days(store *s, int64_t customer_row, arena *perm, owed_day **out, size_t *n);

#endif
