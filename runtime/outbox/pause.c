/* Pauses at the gate, and the clock: Dun pauses everything where the clock went back, or jumps while it runs.
 *
 * Invariant: what the clock says is not believed twice; a person says which of the two was right. */
#include "runtime/store/pause.h"

#include <stdlib.h>

#include "approve.h"

/* The latest instant at which a run of this store ended or began, microseconds. */
static const slice CLOCK_SEEN = {"clock seen", 10};
#define JUMP_US ((int64_t)CLOCK_JUMP_MINUTES * 60 * 1000000)

/* "3 h 12 min" */
static slice length(arena *perm, int64_t us) {
  int64_t minutes = us / 60000000, days = minutes / 1440;
  if (days >= 2) return arena_printf(perm, "%lld days", (long long)days);
  if (minutes >= 60) return arena_printf(perm, "%lld h %lld min", (long long)(minutes / 60), (long long)(minutes % 60));
  return arena_printf(perm, "%lld min", (long long)minutes);
}

static store_code seen(store *s, arena *perm, int64_t *us) {
  slice value;
  store_code code = store_state_get(s, CLOCK_SEEN, perm, &value);
  *us = code == STORE_OK ? strtoll(arena_copy(perm, value), NULL, 10) : INT64_MIN;
  return code == STORE_END ? STORE_OK : code;
}

static store_code see(store *s, int64_t us) {
  arena *own = arena_new();
  store_code code = store_state_set(s, CLOCK_SEEN, arena_printf(own, "%lld", (long long)us));
  arena_free(own);
  return code;
}

/* The world's clock itself: the store's never goes back. */
store_code outbox_clock_trust(world *w, store *s) { return see(s, w->now_ns(w) / 1000); }

static store_code look(outbox *o, bool *held) {
  store_pause pause;
  int64_t last, now = o->w->now_ns(o->w) / 1000;
  bool is_new;
  store_code code = store_pause_own(o->s, o->perm, &pause);
  *held = code == STORE_OK;
  if (code != STORE_END) return code;
  code = seen(o->s, o->perm, &last);
  if (code != STORE_OK) return code;
  if (last == INT64_MIN || now >= last - JUMP_US) return now > last ? see(o->s, now) : STORE_OK;
  *held = true;
  return store_pause_put(
      o->s, PAUSE_all, PAUSE_CLOCK, PAUSE_BY_DUN,
      arena_printf(o->perm, "the clock stands %.*s before the last run", SLICE_ARG(length(o->perm, last - now))),
      &is_new);
}

store_code outbox_clock_begin(outbox *o, bool *held) {
  o->wall_ns = o->w->now_ns(o->w);
  o->steady_ns = o->w->monotonic_ns(o->w);
  o->clock_watched = true;
  store_code code = store_begin(o->s);
  if (code != STORE_OK) return code;
  code = look(o, held);
  if (code == STORE_OK) return store_commit(o->s);
  store_rollback(o->s);
  return code;
}

store_code outbox_clock_end(outbox *o) {
  int64_t last, now = o->w->now_ns(o->w) / 1000;
  store_code code = store_begin(o->s);
  if (code != STORE_OK) return code;
  code = seen(o->s, o->perm, &last);
  if (code == STORE_OK && now > last) code = see(o->s, now);
  if (code == STORE_OK) return store_commit(o->s);
  store_rollback(o->s);
  return code;
}

/* While it runs: the wall's clock and the steady one have gone apart. */
static store_code jumped(outbox *o, arena *scratch) {
  if (!o->clock_watched) return STORE_OK;
  return outbox_clock_apart(
      o->s, ((o->w->now_ns(o->w) - o->wall_ns) - (o->w->monotonic_ns(o->w) - o->steady_ns)) / 1000, scratch);
}

store_code outbox_clock_apart(store *s, int64_t apart, arena *scratch) {
  if (apart <= JUMP_US && apart >= -JUMP_US) return STORE_OK;
  bool is_new;
  slice by = length(scratch, apart < 0 ? -apart : apart);
  return store_pause_put(s, PAUSE_all, PAUSE_CLOCK, PAUSE_BY_DUN,
                         apart > 0 ? arena_printf(scratch, "the clock jumped %.*s ahead while dun ran", SLICE_ARG(by))
                                   : arena_printf(scratch, "the clock went back %.*s while dun ran", SLICE_ARG(by)),
                         &is_new);
}

store_code outbox_watch(outbox *o, arena *scratch) {
  store_code code = jumped(o, scratch);
  return code == STORE_OK ? outbox_ramp_judge(o, scratch) : code;
}

store_code outbox_paused(outbox *o, const ready_message *m, arena *scratch, slice *why) {
  store_pause pause;
  *why = (slice){0};
  slice customer = m->to_customer ? m->a.customer : (slice){0};
  store_code code = store_pause_of(o->s, o->p->name, slice_of(outlet_name(m->ch)), customer, scratch, &pause);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  slice what = pause.scope == PAUSE_all ? slice_of("everything") : slice_of(pause_scope_name(pause.scope));
  *why = pause.reason.n ? arena_printf(scratch, "%.*s is paused: %.*s", SLICE_ARG(what), SLICE_ARG(pause.reason))
                        : arena_printf(scratch, "%.*s is paused", SLICE_ARG(what));
  return STORE_OK;
}

store_code outbox_resume(world *w, store *s, pause_scope what, slice name, slice by, int64_t *ended, int64_t *stepped) {
  *stepped = 0;
  store_code code = store_pause_end(s, what, name, by, ended);
  if (code == STORE_OK && what == PAUSE_all) code = outbox_clock_trust(w, s);
  if (code != STORE_OK || !*ended || what == PAUSE_customer) return code;
  return store_resume_by_steps(s, what == PAUSE_channel ? name : (slice){0}, APPROVE_LATE_MAX, by, stepped);
}
