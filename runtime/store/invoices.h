/* The list of invoices as a page shows it, and where one stands. Of a store that is served (search.h); a page of the
 * list looks at no more than LIST_LOOKED rows, like that of customers. */
#ifndef DUN_STORE_INVOICES_H
#define DUN_STORE_INVOICES_H

#include "customers.h"

typedef enum invoices_by { INVOICES_BY_DUE, INVOICES_BY_DUE_LAST, INVOICES_BY_AMOUNT, INVOICES_BY_NUMBER } invoices_by;

typedef struct invoice_ask {
  slice words;              /* of the number; empty: all */
  int64_t customer_row;     /* 0: of everybody */
  slice status;             /* open, paid, cancelled; empty: whichever */
  slice currency;           /* empty: all, but by amount */
  int32_t due_from, due_to; /* DATE_NONE_DAY: open */
  bool has_least, has_most; /* of the amount */
  int64_t least, most_amount;
  slice rung; /* the last one that it climbed: the offset as written, "5bd"; empty: any */
  bool disputed, promised, held, overdue;
  int32_t today;
  invoices_by order;
  size_t most;
  slice after;
} invoice_ask;

typedef struct invoice_line {
  int64_t row;
  slice number, customer, customer_name, status, currency, contract, kind;
  int64_t amount, open;
  int32_t due, issued, promise; /* DATE_NONE_DAY: none */
  bool disputed;
  bool held;  /* something about it waits for a person's answer */
  slice rung; /* the last one climbed, empty: none */
  int32_t climbed_on;
} invoice_line;

typedef struct invoice_list {
  invoice_line *v;
  size_t n;
  slice next;
} invoice_list;
STORE_MUST store_code store_invoices(store *s, const invoice_ask *ask, arena *perm, invoice_list *out);
/* STORE_ROW and the invoice, or STORE_END. */
STORE_MUST store_code store_invoice_line(store *s, slice number, arena *perm, invoice_line *out);

/* The rungs that invoices stand or stood on, for a filter: offsets as written. */
enum { RUNGS_MAX = 200 };
STORE_MUST store_code store_rungs(store *s, arena *perm, slice out[RUNGS_MAX], size_t *n);

typedef struct contract_line {
  slice number, currency, status, index;
  bool has_price, auto_renew, in_default;
  int64_t price, due_day;              /* due_day 0: none */
  int32_t start, end, next_adjustment; /* DATE_NONE_DAY */
} contract_line;
/* A customer's contracts by number, behind the number `after`. */
STORE_MUST store_code store_contracts(store *s, int64_t customer_row, slice after, size_t most, arena *perm,
                                      contract_line *out, size_t *n);

#endif
