/* The books: the ledger of every day, as a report reads it. Made once of the store's record (record.h), then free of
 * engine and store: what was owed on a day, what was issued, paid and promised, and what contracts were to bring.
 *
 * Invariants: a happening counts on its own day, whenever Dun learnt of it; at the end of the record the books owe what
 * the facts owe; what nobody told (the day of a payment, of an issue) is missing and counted, never supposed. */
#ifndef DUN_ENGINE_METRICS_BOOKS_H
#define DUN_ENGINE_METRICS_BOOKS_H

#include "events.h"
#include "lang/base/metrics.h"

enum { BOOK_NEVER = INT32_MAX, BOOK_ALWAYS = INT32_MIN + 1, BOOK_NO_SEGMENT = 0 };

/* What an invoice owes from a day on; 0 while it is not open. */
typedef struct book_move {
  uint32_t invoice;
  int32_t day, due;
  int64_t open;
} book_move;

/* What a balance fell by. `at`: in the order in which they happened. `back`: the day on which it was taken back,
 * BOOK_NEVER. */
typedef struct book_payment {
  uint32_t invoice, at;
  int32_t day, back;
  int32_t due; /* of the invoice then */
  int64_t sum;
} book_payment;

/* The balance that a date was promised for. `over`: replaced, withdrawn, or the due date was moved: BOOK_NEVER. */
typedef struct book_promise {
  uint32_t invoice, after; /* a payment with a lower `at` was made before it */
  int32_t made, due, over; /* made: DATE_NONE_DAY where it came with the row */
  int64_t sum;
} book_promise;

typedef struct book_price {
  uint32_t contract;
  int32_t on;
  int64_t from, to;
} book_price;

/* What a contract was to bring on a day of its billing rule. */
typedef struct book_bill {
  uint32_t contract;
  int32_t day;
  int64_t sum;
} book_bill;

typedef struct book_contract {
  uint32_t customer;
  currency cur;
  bool has_price;
  int64_t price;           /* as it is now */
  int32_t start, end;      /* DATE_NONE_DAY: unsaid */
  int32_t churned, paused; /* the day; BOOK_NEVER, BOOK_ALWAYS: on a day that nobody told */
  billing_period per;      /* PERIOD_COUNT: no rule bills it */
} book_contract;

typedef struct books {
  arena *perm;
  civil_date today;
  uint32_t n, customer_count, contract_count;
  /* per invoice; `open` and `due` at the beginning of the record */
  currency *cur;
  uint32_t *customer, *contract; /* contract: VM_NO_ROW; NULL: none has one */
  int64_t *store_row, *amount, *open;
  int32_t *due, *issued, *cancelled;
  uint32_t *row_of; /* by row of the store, index + 1 */
  int64_t row_max;
  book_move *moves; /* by day, as they happened */
  size_t move_count;
  book_payment *payments; /* by invoice, as they happened */
  size_t payment_count;
  uint32_t *first_payment; /* [n + 1]: into payments */
  book_promise *promises;
  size_t promise_count;
  /* per customer: segments[0] and owners[0] are the empty one */
  int64_t *customer_row;
  uint32_t *segment, *owner;
  const slice *segments, *owners;
  uint32_t segment_count, owner_count;
  book_contract *contracts;
  int64_t *contract_row;
  book_price *prices; /* by contract, then day */
  size_t price_count;
  book_bill *bills; /* by contract, then day */
  size_t bill_count;
  int32_t bills_from; /* earlier ones are not in `bills` */
  bool bills_lack;    /* some contract's bill could not be told */
  bool names_contracts;
  /* how far back it goes, and what is not known */
  int32_t seen_from;    /* the first import */
  int32_t known_from;   /* the first day of which there is a past: that, or of the first payment brought along */
  uint32_t unissued;    /* invoices without a day of issue */
  uint32_t unexplained; /* that came in paid, wholly or partly, without the day of the payment */
} books;

/* `e` has the facts with their past (facts_options.with_past) and `l` the happenings; both are used up. The books live
 * in `perm`. */
STORE_MUST store_code books_make(engine *e, store *s, happening_list *l, civil_date today, arena *perm, books **out);

/* What each invoice owed when the day was over. */
typedef struct book_position {
  civil_date on;
  int64_t *open;
  int32_t *due;
} book_position;
book_position books_position(const books *b, civil_date on, arena *perm);
/* Goes on from an earlier day; `*at` is where it stands in the moves. */
void books_forward(const books *b, book_position *p, size_t *at, civil_date on);

/* The sum of an invoice counts among the sales of the day of its issue: it was not cancelled by `by`. */
bool books_is_sale(const books *b, uint32_t invoice, civil_date from, civil_date to);

/* A contract's monthly revenue counts on the day; its price on it. */
bool books_contract_active(const books *b, uint32_t contract, civil_date on);
bool books_price(const books *b, uint32_t contract, civil_date on, int64_t *price);

/* ---- between the files ---- */

STORE_MUST store_code books_contracts(books *b, engine *e, store *s, const happening_list *l);
void books_walk(books *b, engine *e, const happening_list *l);

#endif
