/* Between the files of the explanation: explain.c (questions and verdict), explain_steps.c (what keeps each step back),
 * explain_wait.c (what waits, and for what), explain_change.c (what would make it fire). */
#ifndef DUN_ENGINE_EXPLAIN_PARTS_H
#define DUN_ENGINE_EXPLAIN_PARTS_H

#include "explain.h"
#include "explain_terms.h"
#include "lines.h"

/* What withholds the invoice, or keeps a step back, in words; block NONE: nothing. */
typedef struct withheld {
  explain_block block;
  slice why;
} withheld;

typedef struct explaining {
  engine *e;
  const day_plan *plan;
  const explain_asked *asked;
  uint32_t row;
  arena *perm;
  term_set terms;
  explanation *v;
  uint32_t n, cap;
  explain_step *steps;
  uint32_t step_count, step_cap;
  withheld all[16]; /* of the invoice as a whole: everything that withholds it */
  uint32_t all_count;
  uint32_t ladder; /* the one it climbs; NO_LADDER */
  uint32_t *conds;
  uint32_t cond_count;
} explaining;

void explain_say(explaining *x, slice question, slice answer, slice because);
/* Asks a condition and keeps question and answer, with its terms. */
tri explain_ask(explaining *x, slice words, uint32_t cond_id);
/* Without a row: it is among those asked. */
void explain_note_cond(explaining *x, uint32_t cond_id);

/* "2026-03-04" */
slice explain_day(arena *perm, int32_t day);
/* "1500.00 EUR" */
slice explain_money(arena *perm, int64_t minor, currency cur);

/* "hold while disputed": words and the condition's text. */
slice explain_sentence(explaining *x, const char *words, uint32_t cond_id);
slice explain_yes(bool yes);

/* explain_hold.c */
bool explain_balance(explaining *x); /* whether there is something to collect */
void explain_fees(explaining *x);
void explain_ask_holds(explaining *x, const scope *s);
/* Every stop and hold of the whole policy that says more than no, into `all`. */
void explain_withheld(explaining *x);
/* What the holds of a scope say of it, each once; `kept` has room for `max`. */
uint32_t explain_holds(explaining *x, const scope *s, withheld *kept, uint32_t max);

/* explain_steps.c */
void explain_steps(explaining *x);
/* The step's subject: what its decision is known by. */
subject explain_key(const explaining *x, const explain_step *s);

/* explain_wait.c: what it waits for, with days and names. */
slice explain_wait(explaining *x, const explain_step *s, const candidate *c, uint32_t guard);

/* Why none of an action's ways reaches the customer. */
slice explain_unreached(explaining *x, const explain_step *s);
slice explain_way_unreached(explaining *x, const send_way *w);

/* explain_match.c: marks the steps that the reader asked for; false: *unknown is a word that means none. */
bool explain_match(explaining *x, slice *unknown);
/* Whether what would go out is what was asked for; of nothing asked all is. */
bool explain_wanted(const explaining *x, section_kind section, uint32_t index, const rung *r, slice text);

/* One way to change a fact about the invoice. */
typedef struct flip {
  explain_if said;
  uint32_t field, row; /* of the field's entity */
  int64_t value, was;  /* in the column; of texts their codes */
  uint32_t cost;       /* how far it is from what is there, for the choice between equals */
} flip;
enum { FLIPS_MAX = 200, FLIP_APPROVE = UINT32_MAX /* as a field: no fact, but a person's yes */ };

/* explain_flip.c: what of the facts bears on it. */
uint32_t explain_flips(explaining *x, flip out[FLIPS_MAX]);

/* explain_ahead.c: the first day from `from` on, up to `days` later, on which what is wanted goes out, with the facts
 * as they are now. History and facts are as before afterwards. */
bool explain_ahead(explaining *x, int32_t days, decision *out);
/* Whether it goes out on the engine's day; `whole`: as the plan of all the ledger. */
bool explain_fires(explaining *x, int32_t day, bool whole, arena *perm, decision *out);

/* explain_change.c */
void explain_smallest(explaining *x, explain_change *out);

#endif
