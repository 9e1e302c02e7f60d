/* What reports read of the store besides the ledger: messages, cards, replies, people's doing; and the names of rows
 * that a report found by their numbers. Nothing is written.
 *
 * Invariants: every question goes by an index (schema_17.sql) and costs what it finds; lists are paged by the id of
 * their rows; the texts that a callback is given end with it. */
#ifndef DUN_STORE_MEASURE_H
#define DUN_STORE_MEASURE_H

#include "store.h"

/* Numbers that rise whenever something was stored that a report reads; `contracts`: what Dun itself set of them. */
typedef struct measure_state {
  int64_t batch, happening, action, event, contracts;
} measure_state;
STORE_MUST store_code measure_state_of(store *s, measure_state *out);

/* When the first rows were imported; 0: nothing was. */
STORE_MUST store_code measure_first_seen(store *s, int64_t *us);

/* One invoice of a message to a customer that a provider took, as it was asked for. */
typedef struct measure_ask {
  int64_t action, invoice_row;
  int32_t day; /* on which it was sent */
  int64_t open;
  slice currency, ladder, rung, channel, template_name;
} measure_ask;
typedef void measure_ask_seen(void *self, const measure_ask *a);
STORE_MUST store_code measure_asks(store *s, int32_t from, int32_t to, measure_ask_seen *seen, void *self);
STORE_MUST store_code measure_ask_count(store *s, int32_t from, int32_t to, int64_t *messages);

/* How many of what, by day and two words. */
typedef enum measure_what {
  MEASURE_SENT,    /* messages by the day of their last call: channel, state */
  MEASURE_UNSENT,  /* messages that no call was made for, by the day of their decision: channel, state */
  MEASURE_OPENED,  /* cards: board */
  MEASURE_CLOSED,  /* cards: board */
  MEASURE_REPLIES, /* "reply" */
  MEASURE_WHATS
} measure_what;
typedef void measure_counted(void *self, measure_what what, int32_t day, slice one, slice two, int64_t n);
STORE_MUST store_code measure_count(store *s, measure_what what, int32_t from, int32_t to, measure_counted *seen,
                                    void *self);

/* What people and Dun did, by the audit log: entries from an instant up to another one, by who and what. */
typedef void measure_done(void *self, slice actor, slice kind, int64_t n);
STORE_MUST store_code measure_people(store *s, int64_t from_us, int64_t to_us, measure_done *seen, void *self);

/* What was billed by `bill contract` and carried out: sums by contract. */
typedef void measure_billed_seen(void *self, int64_t contract_row, int64_t sum, int64_t n);
STORE_MUST store_code measure_billed(store *s, int32_t from, int32_t to, measure_billed_seen *seen, void *self);

/* ---- names ---- */

typedef struct measure_names {
  slice number, customer, name; /* of an invoice or a contract; of a customer: `customer` and `name` alone */
} measure_names;
STORE_MUST store_code measure_names_of(store *s, store_entity_kind kind, int64_t row, arena *perm, measure_names *out);

/* ---- pages of rows ---- */

/* A row of what happened: `what` and `state` are words of the store. */
typedef struct measure_line {
  int64_t id;
  int32_t day;
  int64_t at; /* 0: a day alone is known */
  slice what, entity, customer, state, detail;
} measure_line;
typedef struct measure_lines {
  measure_line *v;
  uint32_t n;
  bool more;
} measure_lines;
/* Those of measure_count, on these days, whose two words are these (empty: any), behind the id. */
STORE_MUST store_code measure_page(store *s, measure_what what, int32_t from, int32_t to, slice one, slice two,
                                   int64_t after_day, int64_t after_id, uint32_t limit, arena *perm,
                                   measure_lines *out);
/* Of measure_people: the newest behind `after` (a seq; 0: from the end on). */
STORE_MUST store_code measure_people_page(store *s, int64_t from_us, int64_t to_us, slice actor, slice kind,
                                          int64_t after, uint32_t limit, arena *perm, measure_lines *out);

#endif
