/* Who looked at whose personal data: once a day for each person and what they looked at. A day that is over is sealed:
 * the audit log gets how many rows it has and a hash over them, so that none can be taken out or put in unseen.
 *
 * Invariant: no name, address or customer's id is here: rows are numbers, which stay when a customer is erased. */
#ifndef DUN_STORE_SAW_H
#define DUN_STORE_SAW_H

#include "store.h"

enum { SAW_WHAT_MAX = 24, SAW_ROWS_MAX = 200 };

/* `what` with the customer's or the invoice's id, or of all else a number: "message", "card". *known: it stands there
 * already, today. STORE_END: there is no such customer or invoice. */
STORE_MUST store_code saw_find(store *s, int64_t person, slice what, slice subject, int64_t *row, bool *known);
/* Inside a transaction; seals the days before that are open. */
STORE_MUST store_code saw_put(store *s, int64_t person, slice what, int64_t row);

typedef struct saw_entry {
  int32_t day; /* UTC */
  int64_t at, person, row;
  slice login, what;
  slice subject; /* the customer's or invoice's id as it is now; else the number */
} saw_entry;
typedef struct saw_filter {
  slice what, subject, login; /* empty: any */
  int32_t from, to;           /* days, both included */
} saw_filter;
/* Newest first, from behind `after` (empty: from the newest); *next: where the next page begins, empty: there is none.
 */
STORE_MUST store_code saw_list(store *s, const saw_filter *f, slice after, uint32_t limit, arena *perm, saw_entry *out,
                               size_t *count, slice *next);
/* Whether each sealed day still has the rows that it was sealed with. *broken: the first that has not, DATE_NONE_DAY:
 * all have. */
STORE_MUST store_code saw_verify(store *s, int64_t *days, int32_t *broken);

#endif
