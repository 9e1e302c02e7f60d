/* Facts from a store: only the columns that the program reads, in one pass per table. */
#ifndef DUN_ENGINE_FACTS_LOAD_H
#define DUN_ENGINE_FACTS_LOAD_H

#include "facts.h"
#include "runtime/store/store.h"

typedef struct facts_options {
  civil_date today;   /* dates are kept relative to it */
  bool with_contacts; /* e-mail addresses and the like, even where no condition reads them: to print recipients */
  void (*progress)(void *self, uint64_t rows); /* NULL: silent */
  void *progress_self;
  const bool *ledger_cur; /* facts.h; NULL: all of the ledger is read */
  bool with_past;         /* what the rows are taken back to the past by (record.h), even where no condition reads it */
} facts_options;

/* On failure *out is NULL and store_why says what happened. */
STORE_MUST store_code facts_load(arena *perm, store *s, const program *p, const facts_options *o, facts **out);

/* A text as the type that a policy declares for its field, money in `minor` decimals; FACT_MISSING: it is none. */
int64_t facts_custom_value(type ty, slice text, uint8_t minor);

#endif
