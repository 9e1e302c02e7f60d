/* What a pause leaves: messages of days that are over, which would all go with the next run. A person ended the pause,
 * so nobody is asked; but they go by steps, as an approved plan does, and stop by what comes back.
 *
 * Invariant: in the transaction that ends the pause they stop being ready, so that no run sends them in between. */
#include <stdio.h>
#include <stdlib.h>

#include "approval_impl.h"
#include "message.h"
#include "pause.h"

/* What a later step of the same track has overtaken does not go at all: the gate says so. */
static const char LEFT[] =
    "SELECT a.id FROM action a JOIN message m ON m.action = a.id WHERE a.state = 'ready' AND a.lead IS NULL AND "
    "m.to_customer = 1 AND a.activation IS NULL AND a.decided_on < ?1 AND (?2 = '' OR m.channel = ?2) AND NOT EXISTS "
    "(SELECT 1 FROM action b WHERE b.track = a.track AND b.kind = a.kind AND b.entity = a.entity AND b.decided_on > "
    "a.decided_on) ORDER BY a.id";

static store_code left_over(store *s, slice channel, arena *own, int64_t **ids, int64_t *n) {
  size_t cap = 0;
  db_stmt *q;
  store_code code = store_prepared(s, LEFT, &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, store_now_us(s) / 1000000 / 86400);
  db_bind_text(q, 2, channel);
  while ((code = db_step(q)) == STORE_ROW) {
    if ((size_t)*n == cap) {
      cap = cap ? cap * 2 : 64;
      int64_t *v = ARENA_ARRAY(own, cap, int64_t);
      if (*n) memcpy(v, *ids, (size_t)*n * sizeof *v);
      *ids = v;
    }
    (*ids)[(*n)++] = db_int(q, 0);
  }
  code = code == STORE_END ? STORE_OK : store_failed(s);
  db_reset(q);
  return code;
}

static store_code state_or_none(store *s, slice key, arena *own, slice *value) {
  *value = (slice){0};
  store_code code = store_state_get(s, key, own, value);
  return code == STORE_END ? STORE_OK : code;
}

/* A plan of its own, approved by whoever ended the pause, and used. */
static store_code plan_of(store *s, int64_t messages, slice by, arena *own, int64_t *id) {
  slice revision, policy;
  store_code code = state_or_none(s, SLICE("revision in force"), own, &revision);
  if (code == STORE_OK) code = state_or_none(s, POLICY_NAME, own, &policy);
  db_stmt *q;
  if (code == STORE_OK)
    code = store_prepared(s,
                          "INSERT INTO activation (revision, policy, digest, asked_on, asked_at, why, messages, late, "
                          "part, state, answered_by, answered_at, used_at) VALUES (?1, ?2, '', ?3, ?4, "
                          "'what waited while it was paused', ?5, ?5, 1, 'approved', ?6, ?4, ?4)",
                          &q);
  if (code != STORE_OK) return code;
  int64_t now = store_now_us(s);
  db_bind_int(q, 1, strtoll(arena_copy(own, revision), NULL, 10));
  db_bind_text(q, 2, policy);
  db_bind_int(q, 3, now / 1000000 / 86400);
  db_bind_int(q, 4, now);
  db_bind_int(q, 5, messages);
  db_bind_text(q, 6, by);
  code = store_do(s, q);
  *id = db_last_id(s->d);
  return code;
}

static store_code move(store *s, int64_t id, action_state from, action_state to) {
  bool moved;
  store_code code = store_action_move(s, id, from, to, (slice){0}, &moved);
  return code == STORE_OK && moved ? store_action_move_joined(s, id, from, to, (slice){0}) : code;
}

/* A plan that is on its way by steps takes them with it; else they have one of their own. */
static store_code into_steps(store *s, const int64_t *ids, int64_t n, slice by, arena *own) {
  store_ramp open;
  store_code code = store_ramp_open(s, own, &open);
  int64_t plan = code == STORE_OK ? open.id : 0;
  if (code == STORE_END) code = plan_of(s, n, by, own, &plan);
  for (int64_t i = 0; i < n && code == STORE_OK; i++) {
    code = store_ramp_join(s, plan, ids[i]);
    if (code == STORE_OK) code = move(s, ids[i], ACTION_ready, ACTION_held);
    if (code == STORE_OK) code = move(s, ids[i], ACTION_held, ACTION_approved);
  }
  char subject[48], detail[48];
  snprintf(subject, sizeof subject, "plan %lld", (long long)plan);
  snprintf(detail, sizeof detail, "{\"messages\":%lld}", (long long)n);
  return code == STORE_OK ? approval_audit(s, "resume by steps", by, subject, detail) : code;
}

store_code store_resume_by_steps(store *s, slice channel, int64_t most, slice by, int64_t *stepped) {
  arena *own = arena_new();
  int64_t *ids = NULL, n = 0;
  store_code code = left_over(s, channel, own, &ids, &n);
  *stepped = 0;
  if (code == STORE_OK && n > most) {
    *stepped = n;
    code = into_steps(s, ids, n, by, own);
  }
  arena_free(own);
  return code;
}
