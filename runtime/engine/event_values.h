/* What an event of an ERP brings along: an order's number and total. A policy declares what it asks of it as fields of
 * the customer, `field customer.order_total as money`; while a rule about the event is looked at, they have the event's
 * values, whatever the customer's row says.
 *
 * Invariant: every begin has its end, and in between nothing but this event is looked at. */
#ifndef DUN_ENGINE_EVENT_VALUES_H
#define DUN_ENGINE_EVENT_VALUES_H

#include "engine.h"

enum { EVENT_VALUES_MAX = 16 };

typedef struct event_values {
  struct {
    uint32_t field, row;
    int64_t was; /* the column's value */
  } v[EVENT_VALUES_MAX];
  uint32_t n;
} event_values;

/* `said`: a line each, "order_number=4711"; empty: nothing changes. Fields that the program does not read are left. */
void event_values_begin(engine *e, uint32_t customer, slice said, event_values *was);
void event_values_end(engine *e, const event_values *was);

/* Of a firing: what its event says; empty for everything else. */
slice event_said(const engine *e, section_kind section, uint32_t index, slice text);

#endif
