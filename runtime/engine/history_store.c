/* See history_store.h. */
#include "history_store.h"

#include <stdlib.h>

#include "live.h"
#include "observed.h"
#include "own_state.h"
#include "record.h"

typedef struct climb {
  int64_t cycle; /* of its invoice or contract */
  int32_t on, place;
  bool quiet;
  uint32_t track, row, written; /* written: id, or UINT32_MAX for an offset that the policy no longer has */
} climb;

slice track_name(const program *p, uint32_t id, arena *perm) {
  return id < TRACK_WHENS ? SLICE("ladder") : section_key(p, SECTION_WHEN, id - TRACK_WHENS, perm);
}

uint32_t track_find(const engine *e, slice name, entity of, arena *scratch) {
  for (uint32_t k = 0; k < e->h->track_count; k++)
    if (e->h->tracks[k].of == of && e->h->tracks[k].n && slice_eq(track_name(e->p, k, scratch), name)) return k;
  return UINT32_MAX;
}

store_entity_kind entity_kind(entity of) {
  switch (of) {
  case ENT_INVOICE: return STORE_ENTITY_INVOICE;
  case ENT_CONTRACT: return STORE_ENTITY_CONTRACT;
  case ENT_CUSTOMER:
  case ENT_COUNT: break;
  }
  return STORE_ENTITY_CUSTOMER;
}

entity entity_of_kind(int64_t kind) {
  return kind == STORE_ENTITY_INVOICE ? ENT_INVOICE : kind == STORE_ENTITY_CONTRACT ? ENT_CONTRACT : ENT_CUSTOMER;
}

/* Nothing that was stored on this day or after it; ALL_DAYS: everything. */
enum { ALL_DAYS = SENT_ALL };

static store_code climbs_load(engine *e, store *s, const row_names *names, int32_t before, arena *scratch, climb **out,
                              uint32_t *n) {
  int64_t rows;
  *n = 0;
  store_code code = store_count(s, STORE_T_position, &rows);
  if (code != STORE_OK) return code;
  *out = ARENA_ARRAY(scratch, (size_t)rows + 1, climb);
  const slice columns[] = {SLICE("track"), SLICE("kind"),       SLICE("entity"), SLICE("offset"),
                           SLICE("place"), SLICE("climbed_on"), SLICE("cycle"),  SLICE("quiet")};
  const store_where where = {"climbed_on", STORE_LT, before, {0}};
  store_query q = {.table = STORE_T_position, .columns = columns, .column_count = 8, .where = &where};
  q.where_count = before == ALL_DAYS ? 0 : 1;
  store_cursor *c;
  code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    entity of = entity_of_kind(store_int(c, 1));
    climb k = {.on = (int32_t)store_int(c, 5),
               .place = (int32_t)store_int(c, 4),
               .cycle = store_int(c, 6),
               .quiet = store_int(c, 7) != 0};
    k.track = track_find(e, store_text(c, 0), of, scratch);
    k.row = row_names_find(&names[of], store_text(c, 2));
    k.written = timelines_written_find(e->tl, store_text(c, 3));
    if (k.track == UINT32_MAX || k.row == VM_NO_ROW) continue;
    if (of == ENT_CONTRACT && k.cycle != history_cycle(e->h, of, k.row)) continue; /* anchors.c has placed it anew */
    (*out)[(*n)++] = k;
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

static int by_row(const void *a, const void *b) {
  const climb *x = a, *y = b;
  if (x->row != y->row) return x->row < y->row ? -1 : 1;
  return (x->cycle > y->cycle) - (x->cycle < y->cycle);
}

static void climb_again(engine *e, const climb *k) {
  track *t = &e->h->tracks[k->track];
  if (!t->pos) return;
  if (k->written != UINT32_MAX)
    history_climb(e->h, t, k->row, k->written, k->place);
  else if (k->place > t->pos[k->row])
    t->pos[k->row] = k->place;
  if (t->last_climb && !k->quiet && k->on > t->last_climb[k->row]) t->last_climb[k->row] = k->on;
}

/* The climbs by row and cycle; those of one invoice's cycle come before the change of its due date that ended it,
 * whatever the hour of the day on which both happened. */
typedef struct climb_list {
  climb *v;
  uint32_t n;
  bool *done;
} climb_list;

/* Those of the invoice up to its cycle at hand. */
static void climbs_of_cycle(engine *e, climb_list *l, uint32_t row) {
  uint32_t lo = 0, hi = l->n;
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (l->v[mid].row < row)
      lo = mid + 1;
    else
      hi = mid;
  }
  for (; lo < l->n && l->v[lo].row == row; lo++) {
    if (l->done[lo] || e->h->tracks[l->v[lo].track].of != ENT_INVOICE || l->v[lo].cycle > e->h->cycle[row]) continue;
    l->done[lo] = true;
    climb_again(e, &l->v[lo]);
  }
}

static bool changes_due(const happening *h) {
  return h->kind == HAPPENING_DUE_CHANGED || h->kind == HAPPENING_EXTENSION_APPROVED;
}

/* The events that `on` rules have seen: up to which one, and on which day. */
typedef struct seen {
  int64_t seq; /* -1: no run was there yet */
  int32_t day;
} seen;

static const slice EVENTS_SEEN = {"events seen", 11};

static store_code seen_load(store *s, arena *scratch, seen *out) {
  slice value;
  *out = (seen){-1, INT32_MAX};
  store_code code = store_state_get(s, EVENTS_SEEN, scratch, &value);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  char *rest;
  out->seq = strtoll(arena_copy(scratch, value), &rest, 10);
  if (*rest == ' ') out->day = (int32_t)strtol(rest, NULL, 10);
  return STORE_OK;
}

/* Not seen: it became known, or its day came, after the last run. On the first run: today's. */
static bool is_fresh(const seen *s, const happening *h, civil_date today) {
  if (h->day > today.day) return false;
  return s->seq < 0 ? h->day == today.day : h->seq > s->seq || (!h->observed && h->day > s->day);
}

static const slice STOP_RULE = {"stop", 4};

/* "stop" for the whole policy, "stop NAME" for a ladder's own. */
static slice stop_name(const program *p, uint32_t on, arena *perm) {
  return on == NO_LADDER ? STOP_RULE : arena_printf(perm, "stop %.*s", SLICE_ARG(p->ladders[on].name));
}

static bool stop_again(engine *e, slice rule, uint32_t row, bool armed, arena *scratch) {
  if (slice_eq(rule, STOP_RULE)) {
    e->h->stopped[row] = !armed;
    return true;
  }
  for (uint32_t l = 0; l < e->h->ladder_count; l++) {
    if (!e->h->silenced[l] || !slice_eq(rule, stop_name(e->p, l, scratch))) continue;
    e->h->silenced[l][row] = !armed;
    return true;
  }
  return false;
}

/* `renewed`: the last day on which each invoice's due date changed, INT32_MAX where no run knew of it; a stop from
 * before has ended. */
static store_code armed_load(engine *e, store *s, const row_names *names, const int32_t *renewed, int32_t before,
                             arena *scratch) {
  const slice columns[] = {SLICE("rule"), SLICE("kind"), SLICE("entity"), SLICE("armed"), SLICE("since")};
  store_query q = {.table = STORE_T_armed, .columns = columns, .column_count = 5};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    entity of = entity_of_kind(store_int(c, 1));
    uint32_t row = row_names_find(&names[of], store_text(c, 2));
    if (row == VM_NO_ROW || store_int(c, 4) >= before) continue;
    bool armed = store_int(c, 3) != 0;
    bool ended = of == ENT_INVOICE && renewed[row] > (int32_t)store_int(c, 4);
    if (of == ENT_INVOICE && stop_again(e, store_text(c, 0), row, armed || ended, scratch)) continue;
    uint32_t k = track_find(e, store_text(c, 0), of, scratch);
    if (k == UINT32_MAX || !e->h->tracks[k].disarmed) continue;
    e->h->tracks[k].disarmed[row] = !armed;
    if (!armed) e->h->tracks[k].fired[row] = (int32_t)store_int(c, 4);
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* ---- events for `on` rules ---- */

/* What a payment was that its row has in it already. */
static event_kind payment_kind(const engine *e, const happening *h) {
  if (h->observed) return h->amount >= h->was ? EV_PAYMENT_IN_FULL : EV_PARTIAL_PAYMENT;
  return fact_int(e->f, FIELD_INVOICE_STATUS, h->row) == STATUS_PAID ? EV_PAYMENT_IN_FULL : EV_PARTIAL_PAYMENT;
}

/* Takes an event into the facts; one that no run has seen is news. */
static void replay_one(engine *e, live *x, const happening *h, bool news) {
  uint32_t before = x->news.n;
  happening_apply(e, h, news ? &x->news : NULL);
  if (news && h->kind == HAPPENING_PAYMENT && (h->observed || h->counted))
    occurrence_add(&x->news, payment_kind(e, h), h->of, h->row, h->text);
  for (; before < x->news.n; before++) {
    x->news.v[before].seq = h->seq;
    x->news.v[before].day = h->day;
  }
}

static const slice PROMISE_RULE = {"promise", 7};

/* By invoice: the promise that was judged last, whatever grace the policy gave it then. */
static store_code judged_load(engine *e, store *s, const row_names *invoices, int32_t *out) {
  const slice columns[] = {SLICE("entity"), SLICE("since")};
  const store_where where = {"rule", STORE_EQ, 0, PROMISE_RULE};
  store_query q = {.table = STORE_T_armed, .columns = columns, .column_count = 2, .where = &where, .where_count = 1};
  store_cursor *c;
  for (uint32_t i = 0; i < e->f->t[ENT_INVOICE].n; i++) out[i] = DATE_NONE_DAY;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    uint32_t row = row_names_find(invoices, store_text(c, 0));
    if (row != VM_NO_ROW) out[row] = (int32_t)store_int(c, 1);
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* A promise is judged once, by the first run on its day or after: broken where the invoice is still open. `told`: those
 * that no run has seen, maybe for a day that was over when they were made. `before`: those that a run has judged; a
 * grace that is longer now judges none of them again. */
static void judge_promises(engine *e, live *x, const uint8_t *told, const int32_t *before) {
  for (uint32_t i = 0; i < e->f->t[ENT_INVOICE].n; i++) {
    int32_t judged = promise_judged(e, i);
    if (judged != DATE_NONE_DAY && before[i] == (int32_t)fact_int(e->f, FIELD_INVOICE_PROMISE, i)) {
      fact_set_int(e->f, FIELD_INVOICE_PROMISE, i, FACT_MISSING);
      continue;
    }
    if (judged == DATE_NONE_DAY || judged > e->today) continue;
    row_list_add(e->perm, &x->judged, (uint32_t)fact_int(e->f, FIELD_INVOICE_PROMISE, i), i);
    bool now = x->last_run == DATE_NONE_DAY ? judged == e->today || told[i] : judged > x->last_run || told[i];
    int64_t promise = fact_int(e->f, FIELD_INVOICE_PROMISE, i);
    fact_set_int(e->f, FIELD_INVOICE_PROMISE, i, FACT_MISSING);
    if (!now || fact_int(e->f, FIELD_INVOICE_STATUS, i) != STATUS_OPEN) continue;
    occurrence_add(&x->news, EV_PROMISE_BROKEN, ENT_INVOICE, i, (slice){0});
    x->news.v[x->news.n - 1].seq = promise;
  }
}

typedef struct replay {
  live *x;
  climb_list climbs;
  begun_list begun;
  seen last;
  int32_t *renewed; /* by invoice: the last day on which its due date changed */
  int32_t *judged;  /* by invoice: the promise that a run has judged */
  uint8_t *told;    /* by invoice: a promise that no run has seen */
} replay;

/* What happened, in the order of its days; what was climbed or begun in a cycle comes before the change that ended it.
 */
static void replay_events(engine *e, replay *r, const happening_list *events, civil_date today) {
  for (uint32_t i = 0; i < events->n && events->v[i].day <= today.day; i++) {
    const happening *h = &events->v[i];
    bool fresh = is_fresh(&r->last, h, today);
    if (changes_due(h)) {
      climbs_of_cycle(e, &r->climbs, h->row);
      begun_of_cycle(e, &r->begun, h->row);
      r->renewed[h->row] = fresh ? INT32_MAX : h->day;
    }
    if (h->kind == HAPPENING_PROMISE) r->told[h->row] = fresh;
    replay_one(e, r->x, h, fresh && !h->echo && !h->own);
    if (i + 1 == events->n || events->v[i + 1].day > h->day) engine_cycles(e, h->day);
  }
  for (uint32_t k = 0; k < r->climbs.n; k++)
    if (!r->climbs.done[k]) climb_again(e, &r->climbs.v[k]);
}

static store_code replay_load(engine *e, store *s, const row_names *names, replay *r, arena *scratch) {
  store_code code = anchors_load(e, s, &names[ENT_CONTRACT]);
  if (code == STORE_OK) code = climbs_load(e, s, names, ALL_DAYS, scratch, &r->climbs.v, &r->climbs.n);
  if (code != STORE_OK) return code;
  uint32_t invoices = e->f->t[ENT_INVOICE].n;
  qsort(r->climbs.v, r->climbs.n, sizeof *r->climbs.v, by_row);
  r->climbs.done = ARENA_ARRAY(scratch, r->climbs.n + 1, bool);
  r->renewed = ARENA_ARRAY(scratch, invoices + 1, int32_t);
  r->told = ARENA_ARRAY(scratch, invoices + 1, uint8_t);
  for (uint32_t i = 0; i < invoices; i++) r->renewed[i] = DATE_NONE_DAY;
  r->judged = ARENA_ARRAY(scratch, invoices + 1, int32_t);
  code = judged_load(e, s, &names[ENT_INVOICE], r->judged);
  if (code != STORE_OK) return code;
  code = begun_load(e, s, names, scratch, &r->begun);
  return code == STORE_OK ? seen_load(s, scratch, &r->last) : code;
}

store_code history_replay(engine *e, store *s, const happening_list *events, civil_date today, arena *scratch) {
  live *x = ARENA_NEW(e->perm, live);
  e->today = today.day;
  x->news.perm = e->perm;
  row_names names[ENT_COUNT];
  for (int of = 0; of < ENT_COUNT; of++) names[of] = row_names_of(scratch, &e->f->t[of]);
  replay r = {.x = x};
  store_code code = own_load(e, s, events, today, scratch);
  if (code == STORE_OK) code = replay_load(e, s, names, &r, scratch);
  if (code == STORE_OK) code = periods_load(e, s, x, today, scratch);
  if (code != STORE_OK) return code;
  x->last_run = r.last.seq < 0 ? DATE_NONE_DAY : r.last.day;
  e->live = x;
  observed_rewind(e, events);
  replay_events(e, &r, events, today);
  code = own_load(e, s, events, today, scratch); /* a churn does not undo what was decided after it */
  if (code != STORE_OK) return code;
  e->today = today.day;
  if (e->f->moved) bind_again(e);
  vm_set_today(e->m, today);
  judge_promises(e, x, r.told, r.judged);
  if (engine_reads_totals(e))
    for (uint32_t c = 0; c < e->f->t[ENT_CUSTOMER].n; c++) engine_totals(e, c, today.day);
  begun_rest(e, &r.begun, events);
  engine_anchors(e, today.day);
  begun_finish(e, x, &r.begun);
  x->begun = r.begun;
  code = armed_load(e, s, names, r.renewed, ALL_DAYS, scratch);
  return code == STORE_OK ? sent_load(e, s, names, SENT_ALL) : code;
}

/* ---- a day that is over ---- */

/* A step of which something was decided and that was not climbed by then was done in part. What of it was still to come
 * is stored nowhere, so it counts as climbed, wherever that is: PLACE_NONE moves no position. */
static store_code begun_by_then(engine *e, store *s, const row_names *names, int32_t before, climb_list *l,
                                arena *scratch) {
  const slice columns[] = {SLICE("track"),  SLICE("kind"),  SLICE("entity"),
                           SLICE("offset"), SLICE("cycle"), SLICE("on")};
  const store_where where = {"on", STORE_LT, before, {0}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 6, .where = &where, .where_count = 1};
  int64_t rows;
  store_cursor *c;
  store_code code = store_count(s, STORE_T_action, &rows);
  if (code == STORE_OK) code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  climb *v = ARENA_ARRAY(scratch, (size_t)rows + l->n + 1, climb);
  if (l->n) memcpy(v, l->v, l->n * sizeof *v);
  l->v = v;
  while ((code = store_next(c)) == STORE_ROW) {
    entity of = entity_of_kind(store_int(c, 1));
    climb k = {.on = (int32_t)store_int(c, 5), .place = PLACE_NONE, .cycle = store_int(c, 4), .quiet = true};
    k.track = track_find(e, store_text(c, 0), of, scratch);
    k.row = row_names_find(&names[of], store_text(c, 2));
    k.written = timelines_written_find(e->tl, store_text(c, 3));
    if (k.track != UINT32_MAX && k.row != VM_NO_ROW && k.written != UINT32_MAX) l->v[l->n++] = k;
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

store_code history_as_of(engine *e, store *s, const happening_list *before, civil_date day, arena *scratch) {
  row_names names[ENT_COUNT];
  for (int of = 0; of < ENT_COUNT; of++) names[of] = row_names_of(scratch, &e->f->t[of]);
  replay r = {.renewed = ARENA_ARRAY(scratch, e->f->t[ENT_INVOICE].n + 1, int32_t)};
  for (uint32_t i = 0; i < e->f->t[ENT_INVOICE].n; i++) r.renewed[i] = DATE_NONE_DAY;
  store_code code = anchors_load(e, s, &names[ENT_CONTRACT]);
  if (code == STORE_OK) code = climbs_load(e, s, names, day.day, scratch, &r.climbs.v, &r.climbs.n);
  if (code == STORE_OK) code = begun_by_then(e, s, names, day.day, &r.climbs, scratch);
  if (code != STORE_OK) return code;
  qsort(r.climbs.v, r.climbs.n, sizeof *r.climbs.v, by_row);
  r.climbs.done = ARENA_ARRAY(scratch, r.climbs.n + 1, bool);
  for (uint32_t i = 0; i < before->n; i++) {
    const happening *h = &before->v[i];
    e->today = h->day;
    if (changes_due(h)) {
      climbs_of_cycle(e, &r.climbs, h->row);
      r.renewed[h->row] = h->day;
    }
    record_apply(e, h, NULL);
    if (i + 1 == before->n || before->v[i + 1].day > h->day) engine_cycles(e, h->day);
  }
  for (uint32_t k = 0; k < r.climbs.n; k++)
    if (!r.climbs.done[k]) climb_again(e, &r.climbs.v[k]);
  e->today = day.day;
  if (e->f->moved) bind_again(e);
  vm_set_today(e->m, day);
  engine_anchors(e, day.day);
  code = armed_load(e, s, names, r.renewed, day.day, scratch);
  if (code == STORE_OK) code = standing_as_of(e, s, names, day.day, scratch);
  return code == STORE_OK ? sent_load(e, s, names, day.day) : code;
}

/* ---- what a day adds ---- */

static store_code commit_firing(engine *e, store *s, const firing *f, arena *scratch) {
  uint64_t all = f->line_count >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << f->line_count) - 1;
  if (f->track == NO_TRACK || (f->lines_done & all) != all) return STORE_OK;
  slice name = track_name(e->p, f->track, scratch);
  store_entity who = {entity_kind(f->of), e->f->t[f->of].number[f->row]};
  if (!f->has_place) return store_armed_set(s, name, who, false, e->today);
  for (int32_t k = f->entry; k < f->entry + f->entry_count; k++) {
    store_climb c = {.track = name,
                     .entity = who,
                     .cycle = history_cycle(e->h, f->of, f->row),
                     .offset = timelines_written(e->tl, f->times.v[k].written),
                     .place = f->place,
                     .on = e->today};
    store_code code = store_climb_add(s, &c);
    if (code != STORE_OK) return code;
  }
  return STORE_OK;
}

static store_code commit_quiet(engine *e, store *s, const quiet_climb *q, arena *scratch) {
  const track *t = &e->h->tracks[q->track];
  store_climb c = {.track = track_name(e->p, q->track, scratch),
                   .entity = {entity_kind(t->of), e->f->t[t->of].number[q->row]},
                   .cycle = history_cycle(e->h, t->of, q->row),
                   .offset = timelines_written(e->tl, q->written),
                   .place = q->place,
                   .on = e->today,
                   .quiet = true};
  return store_climb_add(s, &c);
}

/* Stops of invoices whose due date changed since the last run have ended: before those that the plan sets. */
static store_code commit_stops_ended(engine *e, store *s, const happening_list *events, civil_date today,
                                     arena *scratch) {
  seen last;
  store_code code = seen_load(s, scratch, &last);
  for (uint32_t i = 0; i < events->n && code == STORE_OK; i++) {
    const happening *h = &events->v[i];
    if (!changes_due(h) || !is_fresh(&last, h, today)) continue;
    store_entity who = {STORE_ENTITY_INVOICE, e->f->t[ENT_INVOICE].number[h->row]};
    if (e->p->policy.stops.count) code = store_armed_set(s, STOP_RULE, who, true, e->today);
    for (uint32_t l = 0; l < e->h->ladder_count && code == STORE_OK; l++)
      if (e->h->silenced[l]) code = store_armed_set(s, stop_name(e->p, l, scratch), who, true, e->today);
  }
  return code;
}

static store_code commit_seen(store *s, const happening_list *events, civil_date today, arena *scratch) {
  seen last;
  store_code code = seen_load(s, scratch, &last);
  if (code != STORE_OK) return code;
  if (last.day == INT32_MAX || last.day < today.day) last.day = today.day;
  for (uint32_t i = 0; i < events->n; i++)
    if (events->v[i].day <= today.day && events->v[i].seq > last.seq) last.seq = events->v[i].seq;
  if (last.seq < 0) last.seq = 0;
  return store_state_set(s, EVENTS_SEEN, arena_printf(scratch, "%lld %d", (long long)last.seq, last.day));
}

store_code history_commit(engine *e, store *s, const day_plan *plan, const happening_list *events) {
  if (plan_held_whole(plan)) return STORE_OK;
  arena *scratch = arena_new();
  store_code code = commit_stops_ended(e, s, events, plan->today, scratch);
  for (uint32_t i = 0; i < e->h->quiet_count && code == STORE_OK; i++)
    code = commit_quiet(e, s, &e->h->quiet[i], scratch);
  for (uint32_t i = 0; i < plan->firing_count && code == STORE_OK; i++)
    code = commit_firing(e, s, &plan->firings[i], scratch);
  for (uint32_t i = 0; i < plan->arms.n && code == STORE_OK; i++) {
    const track *t = &e->h->tracks[plan->arms.v[i].track];
    store_entity who = {entity_kind(t->of), e->f->t[t->of].number[plan->arms.v[i].row]};
    code = store_armed_set(s, track_name(e->p, plan->arms.v[i].track, scratch), who, true, e->today);
  }
  for (uint32_t i = 0; i < plan->stops.n && code == STORE_OK; i++) {
    store_entity who = {STORE_ENTITY_INVOICE, e->f->t[ENT_INVOICE].number[plan->stops.v[i].row]};
    code = store_armed_set(s, stop_name(e->p, plan->stops.v[i].track, scratch), who, false, e->today);
  }
  for (uint32_t i = 0; e->live && i < e->live->judged.n && code == STORE_OK; i++) {
    const track_row *j = &e->live->judged.v[i];
    store_entity who = {STORE_ENTITY_INVOICE, e->f->t[ENT_INVOICE].number[j->row]};
    code = store_armed_set(s, PROMISE_RULE, who, false, (int32_t)j->track);
  }
  if (code == STORE_OK) code = commit_seen(s, events, plan->today, scratch);
  if (code == STORE_OK) code = begun_commit(e, s, plan, scratch);
  if (code == STORE_OK) code = anchors_commit(e, s);
  if (code == STORE_OK) code = periods_commit(e, s, scratch);
  arena_free(scratch);
  return code;
}
