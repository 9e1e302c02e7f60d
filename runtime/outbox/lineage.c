/* Holding an older copy of the store: it lacks what was sent since, and would send it again.
 *
 * Invariant: what is paused here was not marked anew; only a person's `dun resume` makes this store the one that
 * counts. */
#include "runtime/store/backup.h"

#include "approve.h"
#include "runtime/store/pause.h"

static store_code pause_for(outbox *o, slice why, bool *held) {
  bool is_new;
  store_code code = store_begin(o->s);
  if (code == STORE_OK) code = store_pause_put(o->s, PAUSE_all, PAUSE_RESTORED, PAUSE_BY_DUN, why, &is_new);
  if (code == STORE_OK) {
    const store_event e = {SLICE("restored"), PAUSE_BY_DUN, SLICE("store"), SLICE("{}")};
    code = store_audit_append(o->s, &e);
  }
  *held = true;
  if (code == STORE_OK) return store_commit(o->s);
  store_rollback(o->s);
  return code;
}

store_code outbox_lineage_begin(outbox *o, const char *url, bool *held) {
  lineage l;
  store_code code = lineage_check(o->w, o->s, url, &l);
  if (code != STORE_OK) return code;
  switch (l) {
  case LINEAGE_SAME: return STORE_OK;
  case LINEAGE_NEW: return lineage_mark(o->w, o->s, url);
  case LINEAGE_OLDER:
    return pause_for(o, SLICE("an older copy of the store was put back: it does not know what was sent since"), held);
  case LINEAGE_UNMARKED:
    return pause_for(o, SLICE("the store was put back or copied here: it may not know what was sent since"), held);
  }
  return STORE_OK;
}
