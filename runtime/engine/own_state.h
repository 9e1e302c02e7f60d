/* What Dun itself decided about customers and contracts: tags, a contract's status, its billing, end and price. It
 * takes effect from the next day. ONE place says what an action changes: a simulation takes it into its facts, a run
 * stores it, and every load lays it over what the source says, until the source changes its own value (schema_4.sql).
 */
#ifndef DUN_ENGINE_OWN_STATE_H
#define DUN_ENGINE_OWN_STATE_H

#include "events.h"

typedef struct own_effect {
  entity of;
  uint32_t row;
  slice what, value; /* "status", "paused"; "tag vip", "VIP", or empty: taken away */
} own_effect;

/* What the decision changes, one a subject; their number. Cards and logs change no fact. */
uint32_t own_effects(engine *e, const decision *d, arena *perm, const own_effect **out);
/* Takes one into the facts, where the policy looks at them. */
void own_apply(engine *e, const own_effect *x);

/* Within the caller's transaction. */
STORE_MUST store_code own_commit(engine *e, store *s, const decision *d, arena *scratch);
/* Lays what was decided before `today` over the facts. A churn of `events` after it counts more. */
STORE_MUST store_code own_load(engine *e, store *s, const happening_list *events, civil_date today, arena *scratch);

#endif
