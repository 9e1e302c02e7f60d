/* Carrying messages out: batches are claimed, carried group by group (group.c), and what is left of them goes back.
 *
 * Invariant: whatever was claimed here is over, or goes back, or its lease runs out. */
#include <stdlib.h>

#include "carry.h"
#include "enclose.h"
#include "reread.h"
#include "runtime/store/message.h"
#include "runtime/store/part.h"
#include "stdlib/net/email.h"

/* STORE_END where there is no such action. */
static store_code load_action(outbox *o, int64_t id, arena *perm, store_action *a, action_state *state) {
  const slice columns[] = {SLICE("track"),   SLICE("kind"),   SLICE("entity"),   SLICE("cycle"),    SLICE("offset"),
                           SLICE("ordinal"), SLICE("on"),     SLICE("customer"), SLICE("action"),   SLICE("expires"),
                           SLICE("state"),   SLICE("ladder"), SLICE("rung"),     SLICE("template"), SLICE("way")};
  store_where where = {"id", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 15, .where = &where, .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW)
    *a = (store_action){.id = id,
                        .track = arena_slice(perm, store_text(c, 0)),
                        .entity = {(store_entity_kind)store_int(c, 1), arena_slice(perm, store_text(c, 2))},
                        .cycle = store_int(c, 3),
                        .offset = arena_slice(perm, store_text(c, 4)),
                        .ordinal = (int32_t)store_int(c, 5),
                        .on = (int32_t)store_int(c, 6),
                        .customer = arena_slice(perm, store_text(c, 7)),
                        .action = arena_slice(perm, store_text(c, 8)),
                        .expires_us = store_is_null(c, 9) ? 0 : store_int(c, 9),
                        .ladder = arena_slice(perm, store_text(c, 11)),
                        .rung = arena_slice(perm, store_text(c, 12)),
                        .template = arena_slice(perm, store_text(c, 13)),
                        .way = (int32_t)store_int(c, 14)};
  if (code == STORE_ROW && !action_state_find(store_text(c, 10), state)) *state = ACTION_STATE_COUNT;
  store_cursor_close(c);
  return code == STORE_ROW ? STORE_OK : code;
}

/* What goes along: what could not be had is left out, and was reported. */
static store_code load_parts(outbox *o, int64_t id, arena *perm, ready_message *m) {
  store_part v[STORE_PARTS_MAX];
  size_t n;
  store_code code = m->ch == CH_EMAIL ? store_parts_of(o->s, id, perm, v, &n) : STORE_END;
  if (code != STORE_OK || n == 0) return code == STORE_END ? STORE_OK : code;
  email_part *parts = ARENA_ARRAY(perm, n, email_part);
  for (size_t i = 0; i < n; i++)
    if (!v[i].gap.n && !v[i].source.n)
      parts[m->part_count++] = (email_part){v[i].name, v[i].type, v[i].cid, v[i].bytes};
  m->parts = parts;
  return STORE_OK;
}

store_code outbox_load(outbox *o, int64_t id, arena *perm, ready_message *m, action_state *state) {
  const slice columns[] = {SLICE("channel"), SLICE("recipient"), SLICE("recipient_name"), SLICE("to_customer"),
                           SLICE("subject"), SLICE("text"),      SLICE("html"),           SLICE("form")};
  store_where where = {"action", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_message, .columns = columns, .column_count = 8, .where = &where, .where_count = 1};
  store_cursor *c;
  m->ch = OUTLET_COUNT;
  store_code code = load_action(o, id, perm, &m->a, state);
  if (code != STORE_OK) return code;
  code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW) {
    m->ch = outlet_named(store_text(c, 0));
    m->to = arena_slice(perm, store_text(c, 1));
    m->to_name = arena_slice(perm, store_text(c, 2));
    m->to_customer = store_int(c, 3) != 0;
    m->subject = arena_slice(perm, store_text(c, 4));
    m->text = arena_slice(perm, store_text(c, 5));
    m->html = arena_slice(perm, store_text(c, 6));
    m->form = arena_slice(perm, store_text(c, 7));
  }
  store_cursor_close(c);
  return code == STORE_ROW ? load_parts(o, id, perm, m) : code;
}

channel_message outbox_letter(const ready_message *m, slice key) {
  return (channel_message){.ch = outlet_is_channel(m->ch) ? (channel)m->ch : CH_COUNT,
                           .key = key,
                           .to_name = m->to_name,
                           .to = m->to,
                           .subject = m->subject,
                           .text = m->text,
                           .html = m->html,
                           .day = {m->a.on},
                           .customer = m->a.customer,
                           .number = m->a.entity.id,
                           .form = m->form,
                           .country = m->country,
                           .heard_s = m->heard_s,
                           .to_customer = m->to_customer,
                           .thread = {m->thread[0], m->thread[1]},
                           .leave_url = m->leave_url,
                           .unreached = m->unreached,
                           .made = m->made,
                           .made_count = m->made_count,
                           .parts = m->parts,
                           .part_count = m->part_count};
}

store_code outbox_move(outbox *o, int64_t id, action_state from, action_state to, slice reason, bool *moved) {
  store_code code = store_action_move(o->s, id, from, to, reason, moved);
  return code == STORE_OK && *moved ? store_action_move_joined(o->s, id, from, to, reason) : code;
}

store_code outbox_audit(outbox *o, const ready_message *m, const char *kind, const char *outcome, arena *scratch) {
  store_event e = {slice_of(kind), SLICE("dun run"), arena_printf(scratch, "action %lld", (long long)m->a.id),
                   arena_printf(scratch, "{\"channel\":\"%s\",\"outcome\":\"%s\"}", outlet_name(m->ch), outcome)};
  return store_audit_append(o->s, &e);
}

store_code outbox_end(outbox *o, store_code code) {
  if (code == STORE_OK) return store_commit(o->s);
  store_rollback(o->s);
  return code;
}

/* ---- batches ---- */

/* How many are claimed in one transaction: as many as can go before their lease has too little left. */
static size_t more_or_fewer(const carrier *c, size_t want) {
  enum { FEWEST = OUTBOX_BATCH / 8, QUICK_SECONDS = 5 };
  int64_t took_us = (int64_t)OUTBOX_LEASE_SECONDS * 1000000 - (c->until_us - carry_now_us(c->o));
  if (carry_lease_runs_out(c)) return want / 2 > FEWEST ? want / 2 : FEWEST;
  return took_us < (int64_t)QUICK_SECONDS * 1000000 && want < OUTBOX_BATCH ? want * 2 : want;
}

/* Claims the next ones, in one transaction. */
static store_code claim(carrier *c, size_t want) {
  outbox *o = c->o;
  store_due due[OUTBOX_BATCH];
  size_t n = 0;
  int64_t released;
  store_code code = store_begin(o->s);
  if (code != STORE_OK) return code;
  int64_t now = carry_now_us(o);
  c->n = 0;
  c->until_us = now + (int64_t)OUTBOX_LEASE_SECONDS * 1000000;
  if (!c->woken) code = store_wake(o->s, now, &released);
  c->woken = true;
  if (code == STORE_OK) code = store_due_next(o->s, c->last, c->batch, due, want, &n);
  for (size_t i = 0; i < n && code == STORE_OK; i++) {
    claimed *k = c->v + c->n;
    *k = (claimed){.id = due[i].id, .ch = outlet_named(due[i].channel)};
    code = store_lease(o->s, due[i].id, o->worker, c->until_us, &k->fence);
    if (k->fence) c->n++;
  }
  return outbox_end(o, code);
}

/* What is left of the batch goes back, in one transaction; with it the outcomes of the last calls. */
static store_code release(carrier *c) {
  bool any = c->called.in != NULL;
  for (size_t i = 0; i < c->n; i++) any |= !c->v[i].over;
  if (!any) return STORE_OK;
  store_code code = store_begin(c->o->s);
  if (code != STORE_OK) return code;
  code = carry_settle(c);
  for (size_t i = 0; i < c->n && code == STORE_OK; i++) {
    if (c->v[i].over) continue;
    code = store_release(c->o->s, c->v[i].id, c->v[i].fence, c->v[i].reason);
    if (code == STORE_OK && c->v[i].gate.n) code = store_gate_kept(c->o->s, c->v[i].id, c->v[i].gate);
  }
  code = outbox_end(c->o, code);
  if (code == STORE_OK) carry_is_settled(c);
  return code;
}

/* From where the next batch is claimed: behind what was looked at, before what was not. What was put off for its
 * receiver's sake alone is come back to. */
static void go_on(carrier *c) {
  bool all = true;
  for (size_t i = 0; i < c->n; i++) {
    const claimed *k = c->v + i;
    all &= k->looked;
    if (all) c->last = k->id;
    if (k->looked && k->id > c->top) c->top = k->id;
    if (all && k->put_off && (!c->back_to || k->id < c->back_to)) c->back_to = k->id;
  }
}

/* Somebody watches whether anything goes on. */
static void alive(void *self) {
  carrier *c = self;
  if (c->step) c->step(c->watcher, c->done, c->due > c->done ? c->due : c->done);
}

static store_code one_batch(carrier *c) {
  outbox *o = c->o;
  store_code code = STORE_OK;
  bool more = true;
  while (more && code == STORE_OK && !carry_lease_runs_out(c) && !world_is_to_end(o->w)) {
    code = carry_group(c, &more);
    alive(c);
  }
  if (code == STORE_OK) code = release(c);
  if (code == STORE_OK) go_on(c);
  return code;
}

/* Nothing is left but what waits for its receiver: true where that is to be waited for here. */
static bool come_back(carrier *c) {
  int64_t wait = c->back_us - carry_now_us(c->o);
  if (!c->back_to || c->o->again_us) return false; /* a service looks again by itself */
  if (wait > 0) c->o->w->sleep_ns(c->o->w, wait * 1000);
  c->last = c->back_to - 1;
  c->back_to = 0;
  return true;
}

/* Files that messages wait for are fetched once nothing else can go; then those messages are looked at again. */
static store_code fetch_files(carrier *c, bool *came) {
  enum { BATCHES = 4, SECONDS = 20 };
  int64_t lowest = 0, begun_us = carry_now_us(c->o);
  store_code code = STORE_OK;
  bool more = true;
  for (int i = 0; i < BATCHES && more && code == STORE_OK && !world_is_to_end(c->o->w); i++) {
    int64_t first = 0;
    code = outbox_enclose(c->o, &first);
    if (first && (!lowest || first < lowest)) lowest = first;
    more = first && carry_now_us(c->o) - begun_us < (int64_t)SECONDS * 1000000;
  }
  *came = code == STORE_OK && lowest != 0;
  if (*came) c->last = lowest - 1;
  return code;
}

/* What a refusal queues on the way is taken in a later batch: ids rise. */
store_code outbox_deliver(outbox *o, void (*step)(void *self, uint32_t done, uint32_t of), void *self) {
  carrier c = {.o = o, .step = step, .watcher = self};
  int64_t due = 0, deferred = 0;
  size_t want = OUTBOX_BATCH / 4;
  store_code code = store_due_count(o->s, carry_now_us(o), &due, &deferred);
  c.due = (uint32_t)due;
  o->tally[TALLY_DEFERRED] += (uint32_t)deferred; /* by earlier runs; none is silent */
  for (bool more = true; more && code == STORE_OK;) {
    c.batch = arena_new();
    code = outbox_reread(o, c.last, want, alive, &c);
    if (code == STORE_OK) code = claim(&c, want);
    more = c.n > 0;
    if (code == STORE_OK) code = one_batch(&c);
    want = more_or_fewer(&c, want);
    arena_free(c.batch);
    if (code == STORE_OK && !more) more = come_back(&c);
    if (code == STORE_OK && !more) code = fetch_files(&c, &more);
    more &= !world_is_to_end(o->w);
  }
  if (c.called.in) arena_free(c.called.in);
  return code;
}
