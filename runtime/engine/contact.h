/* Reaching a customer: who and where, on which days, how often. Limits, windows, opt-in and opt-out concern messages to
 * customers, not alerts and notes to our own people. */
#ifndef DUN_ENGINE_CONTACT_H
#define DUN_ENGINE_CONTACT_H

#include "engine.h"

/* The way that a send takes: the first whose contact exists, that is not opted out and, where asked, opted in. */
typedef struct reach {
  const send_way *way;
  slice to;
  bool no_contact;
  bool to_customer; /* limits and windows apply */
} reach;
/* To be called before a day is decided: what sets of channels there are. */
void contact_learn(engine *e);
/* Begins to fetch what contact_reach will ask for: customers lie far apart, and a day asks for many. First from afar,
 * then near. */
void contact_fetch(const engine *e, entity of, uint32_t row, bool near);
/* The customer's field that a channel writes to; FIELD_COUNT: it has none. */
uint32_t contact_field(channel ch);
reach contact_reach(const engine *e, const action *a, entity of, uint32_t row, const scope *own);

/* First opening minute of the day for this channel, not before minute `first`, or -1: LANGUAGE.md 6, `send between`. */
int32_t contact_opening(engine *e, entity of, uint32_t row, channel ch, const scope *own, int32_t day, int32_t first);
/* Whether a message may go at that minute of the day, both as the recipient reads them. */
bool contact_open_at(engine *e, entity of, uint32_t row, channel ch, const scope *own, int32_t day, int32_t minute);
/* The first day from `day` on that has an opening; INT32_MAX: none within a year. */
int32_t contact_first_opening(engine *e, entity of, uint32_t row, channel ch, const scope *own, int32_t day);

bool contact_silent(const engine *e, const scope *own, uint32_t customer);

/* A message about to go, with what went before it today. */
typedef struct message {
  uint32_t customer;
  channel ch;
  uint32_t ladder; /* index, UINT32_MAX outside of ladders */
  const uint32_t *invoices;
  uint32_t invoice_count;
} message;
/* Limits per customer and channel; `today` lists this customer's messages of the day so far. */
bool contact_over_limit(const engine *e, const message *m, const message *today, uint32_t today_count);
/* Limits per invoice. */
bool contact_invoice_over_limit(const engine *e, const message *m, uint32_t invoice, const message *today,
                                uint32_t today_count);
/* The first limit, of either kind, that the message does not pass; NULL: it passes all. */
const limit *contact_limit_met(const engine *e, const message *m, uint32_t invoice, const message *today,
                               uint32_t today_count);

/* Where an escalation goes; empty where nothing says it. */
slice contact_escalation(const engine *e, entity of, uint32_t row, const action *a);
/* Where an alert goes: the team's address, empty where it has none or the alert goes another way. */
slice contact_team(const engine *e, const action *a);
/* The address of an internal person: owner, rep, a team with an address, or the text itself. */
slice contact_person(const engine *e, entity of, uint32_t row, slice who);

#endif
