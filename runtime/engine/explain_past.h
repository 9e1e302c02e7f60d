/* What the store has of an invoice that explains today: when it was disputed, promised, paid and by whom that was told;
 * what was sent about it and what became of it; what a person was asked. Read once, asked by explain.c.
 *
 * Invariant: nothing here decides; without it an explanation says the same, without its dates and sources. */
#ifndef DUN_ENGINE_EXPLAIN_PAST_H
#define DUN_ENGINE_EXPLAIN_PAST_H

#include "events.h"

typedef struct past_event {
  happening_kind kind;
  int32_t day;
  uint32_t row;   /* of the invoice that it is about */
  int64_t amount; /* FACT_MISSING: unsaid */
  int32_t date;   /* promised, the new due date; DATE_NONE_DAY */
  slice text;
  slice source; /* "csv", "omie" */
} past_event;

typedef struct past_action {
  int64_t id;
  int32_t on; /* decided, or sent */
  slice track, offset, rung, action, recipient, state, reason;
  int64_t cycle;
  int32_t ordinal;
} past_action;

typedef struct past_approval {
  slice track, offset;
  int64_t cycle;
  int32_t ordinal, asked_on;
  slice state, answered_by;
} past_approval;

typedef struct explain_past {
  const past_event *events; /* of the customer's invoices, by day */
  uint32_t event_count;
  const past_action *actions; /* of the invoice, by id */
  uint32_t action_count;
  const past_approval *approvals;
  uint32_t approval_count;
  slice source; /* of the invoice's row */
} explain_past;

STORE_MUST store_code past_load(const engine *e, store *s, const happening_list *events, uint32_t row, arena *perm,
                                explain_past *out);

/* The last event of the kind about the invoice up to the day; NULL: none. */
const past_event *past_last(const explain_past *p, happening_kind kind, uint32_t row, int32_t today);
/* The decision of that key; NULL: none. `any`: whatever its ordinal, the first of them. */
const past_action *past_done(const explain_past *p, const subject *key, bool any);
const past_approval *past_asked(const explain_past *p, const subject *key);

#endif
