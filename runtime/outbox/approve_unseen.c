/* Which entities no run has looked at: a policy that is in force sends to a ledger that it knows. An import that brings
 * many invoices which are late already (another company, a first full export, a wrong column of dates), or moves the
 * due dates of many back, is a backlog like that of a new policy. So are many known ones that come back at once, opened
 * again by a broken export or let go by a hold that ended.
 *
 * Invariant: what no run has looked at stays so until a run is not held: the mark moves on with such a run alone. */
#include "approve.h"
#include "runtime/engine/events.h"
#include "runtime/store/agenda.h"
#include "runtime/store/looked.h"

/* A part of the ledger does not show how much of the rest is held: that something is stands in the store. */
static const slice HELD = {"unseen held", 11};

/* Adds their rows to `*out`. */
static void mark_names(engine *e, entity of, const store_names *names, arena *perm, uint8_t **out) {
  if (names->n == 0) return;
  uint8_t *v = *out ? *out : ARENA_ARRAY(perm, e->f->t[of].n + 1, uint8_t);
  row_names rows = row_names_of(perm, &e->f->t[of]);
  for (size_t i = 0; i < names->n; i++) {
    uint32_t row = row_names_find(&rows, names->v[i]);
    if (row != VM_NO_ROW) v[row] = 1;
  }
  *out = v;
}

static store_code mark_rows(store *s, const store_looked *mark, engine *e, entity of, engine_leave *l, arena *perm) {
  store_names fresh, moved = {0}, reopened = {0};
  uint8_t *v = NULL;
  store_code code = store_unlooked(s, mark, outbox_kind(of), LOOKED_NEW, perm, &fresh);
  if (code == STORE_OK) mark_names(e, of, &fresh, perm, &l->unseen[of]);
  if (code != STORE_OK || of != ENT_INVOICE) return code;
  code = store_unlooked(s, mark, STORE_ENTITY_INVOICE, LOOKED_MOVED, perm, &moved);
  if (code == STORE_OK) code = store_unlooked(s, mark, STORE_ENTITY_INVOICE, LOOKED_REOPENED, perm, &reopened);
  if (code != STORE_OK) return code;
  mark_names(e, of, &moved, perm, &l->unseen[of]);
  mark_names(e, of, &reopened, perm, &v);
  l->reopened = v;
  return STORE_OK;
}

/* ---- what comes back ---- */

/* The size of the ledger is asked for only where so many come back that it matters. */
static bool is_backlog(void *self, uint32_t steps, bool reopened) {
  outbox_leave *v = self;
  int64_t rows = 0;
  if (v->all_returned) return true;
  if (steps <= APPROVE_LATE_MAX) return false;
  if (store_ledger_open(v->s, &rows) != STORE_OK) return true; /* doubt never sends */
  return (int64_t)steps * 100 > rows * (reopened ? APPROVE_REOPENED_PCT : APPROVE_RETURNED_PCT);
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

store_code outbox_unseen_load(store *s, engine *e, outbox_leave *v, arena *perm) {
  engine_leave *l = &v->l;
  store_looked mark;
  bool held;
  l->unseen_late = APPROVE_LATE_MAX;
  l->unseen_all = UINT32_MAX;
  store_code code = outbox_part_of_held(s, &held);
  if (code != STORE_OK) return code;
  if (held) l->late_most = l->all_most = l->unseen_late = l->unseen_all = 0;
  v->all_returned = held;
  code = store_looked_get(s, &mark);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  l->looked = mark.day;
  l->backlog = is_backlog;
  for (int of = 0; of < ENT_COUNT && code == STORE_OK; of++) code = mark_rows(s, &mark, e, (entity)of, l, perm);
  return code;
}

store_code outbox_unseen_keep(store *s, const day_plan *plan) {
  store_code code = store_state_set(s, HELD, plan->guarded.held ? SLICE("yes") : (slice){0});
  return code == STORE_OK && !plan->guarded.held ? store_looked_all(s, plan->today.day) : code;
}
