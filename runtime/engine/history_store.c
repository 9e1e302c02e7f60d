/* See history_store.h. */
#include "history_store.h"

#include <stdlib.h>

#include "observed.h"

typedef struct climb {
  int64_t cycle; /* of its invoice; 0 for contracts and customers */
  int32_t on, place;
  uint32_t track, row, written; /* written: id, or UINT32_MAX for an offset that the policy no longer has */
} climb;

static slice track_name(const program *p, uint32_t id, arena *perm) {
  if (id < TRACK_WHENS) return SLICE("ladder");
  slice name = p->whens[id - TRACK_WHENS].name;
  return name.n ? arena_printf(perm, "when %.*s", SLICE_ARG(name)) : SLICE("when");
}

static uint32_t track_find(const engine *e, slice name, entity of, arena *scratch) {
  for (uint32_t k = 0; k < e->h->track_count; k++)
    if (e->h->tracks[k].of == of && e->h->tracks[k].n && slice_eq(track_name(e->p, k, scratch), name)) return k;
  return UINT32_MAX;
}

static store_entity_kind kind_of(entity of) {
  switch (of) {
  case ENT_INVOICE: return STORE_ENTITY_INVOICE;
  case ENT_CONTRACT: return STORE_ENTITY_CONTRACT;
  case ENT_CUSTOMER:
  case ENT_COUNT: break;
  }
  return STORE_ENTITY_CUSTOMER;
}

static entity entity_of(int64_t kind) {
  return kind == STORE_ENTITY_INVOICE ? ENT_INVOICE : kind == STORE_ENTITY_CONTRACT ? ENT_CONTRACT : ENT_CUSTOMER;
}

static store_code climbs_load(engine *e, store *s, const row_names *names, arena *scratch, climb **out, uint32_t *n) {
  int64_t rows;
  *n = 0;
  store_code code = store_count(s, STORE_T_position, &rows);
  if (code != STORE_OK) return code;
  *out = ARENA_ARRAY(scratch, (size_t)rows + 1, climb);
  const slice columns[] = {SLICE("track"), SLICE("kind"),       SLICE("entity"), SLICE("offset"),
                           SLICE("place"), SLICE("climbed_on"), SLICE("cycle")};
  store_query q = {.table = STORE_T_position, .columns = columns, .column_count = 7};
  store_cursor *c;
  code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    entity of = entity_of(store_int(c, 1));
    climb k = {.on = (int32_t)store_int(c, 5), .place = (int32_t)store_int(c, 4), .cycle = store_int(c, 6)};
    k.track = track_find(e, store_text(c, 0), of, scratch);
    k.row = row_names_find(&names[of], store_text(c, 2));
    k.written = timelines_written_find(e->tl, store_text(c, 3));
    if (k.track != UINT32_MAX && k.row != VM_NO_ROW) (*out)[(*n)++] = k;
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
  if (t->last_climb && k->on > t->last_climb[k->row]) t->last_climb[k->row] = k->on;
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
static store_code armed_load(engine *e, store *s, const row_names *names, const int32_t *renewed, arena *scratch) {
  const slice columns[] = {SLICE("rule"), SLICE("kind"), SLICE("entity"), SLICE("armed"), SLICE("since")};
  store_query q = {.table = STORE_T_armed, .columns = columns, .column_count = 5};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    entity of = entity_of(store_int(c, 1));
    uint32_t row = row_names_find(&names[of], store_text(c, 2));
    if (row == VM_NO_ROW) continue;
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

/* ---- messages and what is begun ---- */

/* A message that reached the provider, or may have: it counts against limits and as the last contact. */
static bool counts_as_sent(slice state) {
  static const char *const NOT[] = {"suppressed", "expired", "rejected", "dead", "cancelled", "held", "planned"};
  for (size_t i = 0; i < sizeof NOT / sizeof *NOT; i++)
    if (slice_eq(state, slice_of(NOT[i]))) return false;
  return true;
}

static channel channel_of(slice name) {
  for (int c = 0; c < CH_COUNT; c++)
    if (slice_eq(name, slice_of(CHANNELS[c]))) return (channel)c;
  return CH_COUNT;
}

static void message_again(engine *e, uint32_t row, int32_t day, channel ch, bool lead) {
  uint32_t customer = e->f->customer[row];
  int64_t last = fact_field(e->f, FIELD_CUSTOMER_LAST_CONTACT)->loaded
                     ? fact_int(e->f, FIELD_CUSTOMER_LAST_CONTACT, customer)
                     : FACT_MISSING;
  if (last == FACT_MISSING || last < day) fact_set_int(e->f, FIELD_CUSTOMER_LAST_CONTACT, customer, day);
  last = fact_field(e->f, FIELD_INVOICE_LAST_CONTACT)->loaded ? fact_int(e->f, FIELD_INVOICE_LAST_CONTACT, row)
                                                              : FACT_MISSING;
  if (last == FACT_MISSING || last < day) fact_set_int(e->f, FIELD_INVOICE_LAST_CONTACT, row, day);
  if (lead && day == e->today) e->h->messages_today++;
  if (!e->h->sent) return;
  sent_message *m = e->h->sent[customer];
  if (!lead && m && m->day == day && m->ch == ch) { /* joined the message just read */
    uint32_t *rows = ARENA_ARRAY(e->h->perm, m->invoice_count + 1, uint32_t);
    memcpy(rows, m->invoices, m->invoice_count * sizeof *rows);
    rows[m->invoice_count++] = row;
    m->invoices = rows;
    return;
  }
  m = ARENA_NEW(e->h->perm, sent_message);
  uint32_t *one = ARENA_NEW(e->h->perm, uint32_t);
  *one = row;
  *m = (sent_message){
      .next = e->h->sent[customer], .day = day, .ch = ch, .ladder = NO_LADDER, .invoice_count = 1, .invoices = one};
  e->h->sent[customer] = m;
}

/* An action stored for a rung that is not climbed yet is done: only the rest of the rung is left. */
static void begun_again(engine *e, uint32_t track_id, uint32_t row, slice written, int64_t ordinal) {
  const track *t = &e->h->tracks[track_id];
  uint32_t id = timelines_written_find(e->tl, written);
  if (!t->pos || id == UINT32_MAX || history_climbed(e->h, t, row, id)) return;
  uint32_t l = track_id >= TRACK_WHENS ? NO_LADDER : engine_ladder(e, t->of, row, false);
  if (track_id < TRACK_WHENS && l == NO_LADDER) return;
  int32_t anchor =
      l == NO_LADDER ? (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, row) : engine_anchor(e, &e->p->ladders[l], row);
  if (anchor == DATE_NONE_DAY) return;
  uint32_t list = l == NO_LADDER ? timelines_when(e->p, track_id - TRACK_WHENS) : timelines_ladder(l);
  rung_times r = timeline_at(e->tl, list, anchor);
  for (uint32_t i = 0; i < r.n; i++) {
    if (r.v[i].written != id) continue;
    firing f = {.section = l == NO_LADDER ? SECTION_WHEN : SECTION_LADDER,
                .index = l == NO_LADDER ? track_id - TRACK_WHENS : l,
                .of = t->of,
                .row = row,
                .track = track_id,
                .has_place = true,
                .place = r.v[i].place,
                .times = r,
                .entry = (int32_t)i};
    while (f.entry > 0 && r.v[f.entry - 1].place == f.place) f.entry--;
    while (f.entry + f.entry_count < (int32_t)r.n && r.v[f.entry + f.entry_count].place == f.place) f.entry_count++;
    int32_t bit = firing_action_bit(e, &f, (uint16_t)r.v[i].rung, ordinal);
    if (bit < 0) return;
    const partial *p = history_partial(e->h, track_id, row);
    partial next = {.track = track_id,
                    .row = row,
                    .ladder = l == NO_LADDER ? 0 : l,
                    .written = r.v[f.entry].written,
                    .place = f.place,
                    .done = p && p->place == f.place ? p->done : 0,
                    .lines_done = p && p->place == f.place ? p->lines_done : 0};
    next.done |= (uint64_t)1 << bit;
    history_set_partial(e->h, &next);
    return;
  }
}

static store_code actions_load(engine *e, store *s, const row_names *names, arena *scratch) {
  const slice columns[] = {SLICE("track"),     SLICE("kind"),    SLICE("entity"), SLICE("cycle"),
                           SLICE("offset"),    SLICE("ordinal"), SLICE("on"),     SLICE("channel"),
                           SLICE("recipient"), SLICE("lead"),    SLICE("state")};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 11};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    entity of = entity_of(store_int(c, 1));
    uint32_t row = row_names_find(&names[of], store_text(c, 2));
    if (row == VM_NO_ROW) continue;
    uint32_t k = track_find(e, store_text(c, 0), of, scratch);
    if (k != UINT32_MAX && (of != ENT_INVOICE || store_int(c, 3) == e->h->cycle[row]))
      begun_again(e, k, row, store_text(c, 4), store_int(c, 5));
    channel ch = channel_of(store_text(c, 7));
    bool sent = ch != CH_COUNT && counts_as_sent(store_text(c, 10)) && !slice_eq(store_text(c, 8), SLICE("no contact"));
    if (sent && of == ENT_INVOICE)
      message_again(e, row, (int32_t)store_int(c, 6), ch, store_is_null(c, 9) || store_int(c, 9) == 0);
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

store_code history_replay(engine *e, store *s, const happening_list *events, civil_date today, arena *scratch) {
  row_names names[ENT_COUNT];
  for (int of = 0; of < ENT_COUNT; of++) names[of] = row_names_of(scratch, &e->f->t[of]);
  climb *climbs;
  uint32_t n;
  store_code code = climbs_load(e, s, names, scratch, &climbs, &n);
  if (code != STORE_OK) return code;
  qsort(climbs, n, sizeof *climbs, by_row);
  climb_list all = {climbs, n, ARENA_ARRAY(scratch, n + 1, bool)};
  seen last;
  code = seen_load(s, scratch, &last);
  if (code != STORE_OK) return code;
  e->today = today.day;
  int32_t *renewed = ARENA_ARRAY(scratch, e->f->t[ENT_INVOICE].n + 1, int32_t);
  for (uint32_t i = 0; i < e->f->t[ENT_INVOICE].n; i++) renewed[i] = DATE_NONE_DAY;
  observed_rewind(e, events);
  for (uint32_t i = 0; i < events->n && events->v[i].day <= today.day; i++) {
    const happening *h = &events->v[i];
    if (changes_due(h)) {
      climbs_of_cycle(e, &all, h->row);
      renewed[h->row] = is_fresh(&last, h, today) ? INT32_MAX : h->day;
    }
    happening_apply(e, h, NULL);
    if (i + 1 == events->n || events->v[i + 1].day > h->day) engine_cycles(e, h->day);
  }
  for (uint32_t k = 0; k < n; k++)
    if (!all.done[k]) climb_again(e, &climbs[k]);
  e->today = today.day;
  if (e->f->moved) bind_again(e);
  vm_set_today(e->m, today);
  for (uint32_t i = 0; i < e->f->t[ENT_INVOICE].n; i++) {
    int32_t judged = promise_judged(e, i);
    if (judged != DATE_NONE_DAY && judged < today.day) fact_set_int(e->f, FIELD_INVOICE_PROMISE, i, FACT_MISSING);
  }
  if (engine_reads_totals(e))
    for (uint32_t c = 0; c < e->f->t[ENT_CUSTOMER].n; c++) engine_totals(e, c, today.day);
  code = armed_load(e, s, names, renewed, scratch);
  return code == STORE_OK ? actions_load(e, s, names, scratch) : code;
}

/* ---- events for `on` rules ---- */

static event_kind occurrence_kind(const engine *e, const happening *h) {
  switch (h->kind) {
  case HAPPENING_PAYMENT:
    if (h->observed) return h->amount >= h->was ? EV_PAYMENT_IN_FULL : EV_PARTIAL_PAYMENT;
    return fact_int(e->f, FIELD_INVOICE_STATUS, h->row) == STATUS_PAID ? EV_PAYMENT_IN_FULL : EV_PARTIAL_PAYMENT;
  case HAPPENING_DISPUTE: return EV_DISPUTE;
  case HAPPENING_DUE_CHANGED: return EV_DUE_CHANGED;
  case HAPPENING_EXTENSION_REQUESTED: return EV_EXTENSION_REQUESTED;
  case HAPPENING_EXTENSION_APPROVED: return EV_EXTENSION_APPROVED;
  case HAPPENING_REPLY: return EV_REPLY;
  case HAPPENING_CHURN: return EV_CONTRACT_CHURNED;
  case HAPPENING_INVOICE_CREATED: return EV_INVOICE_CREATED;
  case HAPPENING_INVOICE_CANCELLED: return EV_INVOICE_CANCELLED;
  case HAPPENING_MESSAGE_FAILED: return EV_MESSAGE_FAILED;
  case HAPPENING_MESSAGE_BOUNCED: return EV_MESSAGE_BOUNCED;
  case HAPPENING_MESSAGE_READ: return EV_MESSAGE_READ;
  case HAPPENING_CONTRACT_CHANGED: return EV_CONTRACT_CHANGED;
  case HAPPENING_PAYMENT_REVERSED:
  case HAPPENING_DISPUTE_RESOLVED:
  case HAPPENING_PROMISE:
  case HAPPENING_OPT_OUT:
  case HAPPENING_OPT_IN:
  case HAPPENING_COUNT: break;
  }
  return EV_COUNT;
}

store_code history_new_events(engine *e, store *s, const happening_list *events, civil_date today,
                              occurrence_list *out) {
  seen last;
  store_code code = seen_load(s, out->perm, &last);
  if (code != STORE_OK) return code;
  for (uint32_t i = 0; i < events->n; i++) {
    const happening *h = &events->v[i];
    event_kind kind = is_fresh(&last, h, today) && !h->echo ? occurrence_kind(e, h) : EV_COUNT;
    if (kind != EV_COUNT) occurrence_add(out, kind, h->of, h->row, h->text);
  }
  return STORE_OK;
}

/* ---- what a day adds ---- */

static store_code commit_firing(engine *e, store *s, const firing *f, arena *scratch) {
  uint64_t all = f->line_count >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << f->line_count) - 1;
  if (f->track == NO_TRACK || (f->lines_done & all) != all) return STORE_OK;
  slice name = track_name(e->p, f->track, scratch);
  store_entity who = {kind_of(f->of), e->f->t[f->of].number[f->row]};
  if (!f->has_place) return store_armed_set(s, name, who, false, e->today);
  for (int32_t k = f->entry; k < f->entry + f->entry_count; k++) {
    store_climb c = {.track = name,
                     .entity = who,
                     .cycle = f->of == ENT_INVOICE ? e->h->cycle[f->row] : 0,
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
                   .entity = {kind_of(t->of), e->f->t[t->of].number[q->row]},
                   .cycle = t->of == ENT_INVOICE ? e->h->cycle[q->row] : 0,
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
  arena *scratch = arena_new();
  store_code code = commit_stops_ended(e, s, events, plan->today, scratch);
  for (uint32_t i = 0; i < e->h->quiet_count && code == STORE_OK; i++)
    code = commit_quiet(e, s, &e->h->quiet[i], scratch);
  for (uint32_t i = 0; i < plan->firing_count && code == STORE_OK; i++)
    code = commit_firing(e, s, &plan->firings[i], scratch);
  for (uint32_t i = 0; i < plan->arms.n && code == STORE_OK; i++) {
    const track *t = &e->h->tracks[plan->arms.v[i].track];
    store_entity who = {kind_of(t->of), e->f->t[t->of].number[plan->arms.v[i].row]};
    code = store_armed_set(s, track_name(e->p, plan->arms.v[i].track, scratch), who, true, e->today);
  }
  for (uint32_t i = 0; i < plan->stops.n && code == STORE_OK; i++) {
    store_entity who = {STORE_ENTITY_INVOICE, e->f->t[ENT_INVOICE].number[plan->stops.v[i].row]};
    code = store_armed_set(s, stop_name(e->p, plan->stops.v[i].track, scratch), who, false, e->today);
  }
  if (code == STORE_OK) code = commit_seen(s, events, plan->today, scratch);
  arena_free(scratch);
  return code;
}
