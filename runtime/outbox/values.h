/* The values of a decision's entities, for its message: the same facts that decided it. */
#ifndef DUN_OUTBOX_VALUES_H
#define DUN_OUTBOX_VALUES_H

#include "runtime/engine/engine.h"
#include "stdlib/channel/template.h"

typedef struct decision_values {
  engine *e;
  const decision *d;
} decision_values;

/* `v` must live as long as the source. */
template_source values_source(decision_values *v);
bool value_of(engine *e, const subject *s, template_field f, template_value *out);
slice customer_text(engine *e, const decision *d, field_id field); /* empty where missing */

#endif
