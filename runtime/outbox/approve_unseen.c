/* Which entities no run has looked at: a policy that is in force sends to a ledger that it knows. An import that brings
 * many invoices which are late already (another company, a first full export, a wrong column of dates), or moves the
 * due dates of many back, is a backlog like that of a new policy.
 *
 * Invariant: what no run has looked at stays so until a run is not held: the mark moves on with such a run alone. */
#include "approve.h"
#include "runtime/engine/events.h"
#include "runtime/store/agenda.h"
#include "runtime/store/looked.h"

/* A part of the ledger does not show how much of the rest is held: that something is stands in the store. */
static const slice HELD = {"unseen held", 11};

static store_code mark_rows(store *s, const store_looked *mark, engine *e, entity of, arena *perm,
                            const uint8_t **out) {
  uint32_t n = e->f->t[of].n;
  store_names fresh, moved = {0};
  store_code code = store_unlooked(s, mark, outbox_kind(of), false, perm, &fresh);
  if (code == STORE_OK && of == ENT_INVOICE) code = store_unlooked(s, mark, outbox_kind(of), true, perm, &moved);
  if (code != STORE_OK || fresh.n + moved.n == 0) return code;
  uint8_t *v = ARENA_ARRAY(perm, n + 1, uint8_t);
  row_names names = row_names_of(perm, &e->f->t[of]);
  for (size_t i = 0; i < fresh.n + moved.n; i++) {
    uint32_t row = row_names_find(&names, i < fresh.n ? fresh.v[i] : moved.v[i - fresh.n]);
    if (row != VM_NO_ROW) v[row] = 1;
  }
  *out = v;
  return STORE_OK;
}

/* A part of the ledger is at hand, and something of it, or of the rest, is held. */
store_code outbox_part_of_held(store *s, bool *yes) {
  *yes = false;
  if (!store_focused(s)) return STORE_OK;
  arena *own = arena_new();
  slice held;
  store_code code = store_state_get(s, HELD, own, &held);
  arena_free(own);
  *yes = code == STORE_OK;
  return code == STORE_END ? STORE_OK : code;
}

store_code outbox_unseen_load(store *s, engine *e, engine_leave *l, arena *perm) {
  store_looked mark;
  bool held;
  l->unseen_late = APPROVE_LATE_MAX;
  l->unseen_all = UINT32_MAX;
  store_code code = outbox_part_of_held(s, &held);
  if (code != STORE_OK) return code;
  if (held) l->late_most = l->all_most = l->unseen_late = l->unseen_all = 0;
  code = store_looked_get(s, &mark);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  l->looked = mark.day;
  for (int of = 0; of < ENT_COUNT && code == STORE_OK; of++)
    code = mark_rows(s, &mark, e, (entity)of, perm, &l->unseen[of]);
  return code;
}

store_code outbox_unseen_keep(store *s, const day_plan *plan) {
  store_code code = store_state_set(s, HELD, plan->guarded.held ? SLICE("yes") : (slice){0});
  return code == STORE_OK && !plan->guarded.held ? store_looked_all(s, plan->today.day) : code;
}
