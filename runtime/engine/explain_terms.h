/* The terms of a policy's conditions about one invoice: each condition taken apart at its `and`s, `or`s and `not`s, and
 * what every part says of the row. The machine itself answers for each term (as code without optimisations), the words
 * that join them by Kleene's logic.
 *
 * Invariant: the answer of a whole condition is the one that the decider gets. */
#ifndef DUN_ENGINE_EXPLAIN_TERMS_H
#define DUN_ENGINE_EXPLAIN_TERMS_H

#include "engine.h"

typedef struct term {
  const expr *e;
  tri says;
  uint32_t chunk;           /* of a leaf */
  const struct term *a, *b; /* of `and`, `or`; `not` has `a` alone; a leaf has neither */
} term;

typedef struct term_set {
  engine *e;
  arena *perm;
  dun_lang lang;
  uint32_t row;      /* of invoices */
  term **of_cond;    /* [cond_count]; NULL: not about invoices */
  const term **leaf; /* in the order in which they are written */
  uint32_t leaf_count, leaf_cap;
} term_set;

/* As the facts are now, on the engine's day. */
void terms_make(engine *e, uint32_t row, dun_lang lang, arena *perm, term_set *out);

/* What a term says of the row in words: "amount > 1_000 (amount = 800.00)". */
slice term_words(const term_set *t, const term *x);
/* Why the condition says what it says: the terms that it hangs on. */
slice terms_because(const term_set *t, uint32_t cond_id);
/* The values that a term reads: "amount = 800.00". */
slice term_values(const term_set *t, const term *x);
/* The text of a place in the policy, on one line. */
slice source_words(const program *p, span at, arena *perm);
/* "customer.segment is missing": a field's value in the language. */
slice field_words(engine *e, const field_use *use, uint32_t row, dun_lang lang, arena *perm);

#endif
