/* The gate's clause of limits: counted again by what was sent, on the days on which it was sent. The plan counts by the
 * day of the decision; what waited since would else come on top.
 *
 * Invariant: what may have arrived counts; what was refused, suppressed or never tried does not. */
#include "gate.h"

/* A message that went to the customer before. */
typedef struct gone {
  int64_t id, lead;
  int32_t day;
  channel ch;
  slice ladder, invoice;
} gone;

typedef struct gone_list {
  gone *v;
  size_t n, room;
} gone_list;

static bool may_have_arrived(slice name) {
  action_state st;
  if (!action_state_find(name, &st)) return false;
  return st == ACTION_sending || st == ACTION_accepted || st == ACTION_delivered || st == ACTION_read ||
         st == ACTION_replied || st == ACTION_unknown;
}

static channel channel_named(slice name) {
  for (int ch = 0; ch < CH_COUNT; ch++)
    if (slice_eq(name, slice_of(CHANNELS[ch]))) return (channel)ch;
  return CH_COUNT;
}

/* The customer's messages of the last `days` days, with what joined them, but not this one. */
static store_code gone_of(gate_case *g, int32_t days, gone_list *l) {
  const store_action *a = &g->m->a;
  const slice columns[] = {SLICE("id"),     SLICE("lead"),  SLICE("sent_on"), SLICE("channel"),  SLICE("ladder"),
                           SLICE("entity"), SLICE("state"), SLICE("kind"),    SLICE("recipient")};
  const store_where where[] = {{"customer", STORE_EQ, 0, a->customer},
                               {"sent_on", STORE_GT, (int64_t)g->o->today.day - days, {0}}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 9, .where = where, .where_count = 2};
  store_cursor *c;
  store_code code = store_scan(g->o->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    gone x = {.id = store_int(c, 0), .lead = store_int(c, 1), .day = (int32_t)store_int(c, 2)};
    x.ch = channel_named(store_text(c, 3));
    if (x.id == a->id || x.lead == a->id || x.ch == CH_COUNT || !may_have_arrived(store_text(c, 6))) continue;
    if (slice_eq(store_text(c, 8), SLICE("no contact"))) continue;
    x.ladder = arena_slice(g->scratch, store_text(c, 4));
    if (store_int(c, 7) == STORE_ENTITY_INVOICE) x.invoice = arena_slice(g->scratch, store_text(c, 5));
    if (l->n == l->room) {
      l->room = l->room ? l->room * 2 : 8;
      gone *v = ARENA_ARRAY(g->scratch, l->room, gone);
      if (l->n) memcpy(v, l->v, l->n * sizeof *v);
      l->v = v;
    }
    l->v[l->n++] = x;
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* How many of them a limit counts. `on` empty: every ladder; `invoice` empty: messages, whatever they are about. */
static uint32_t counted(const gate_case *g, const gone_list *l, const limit *lim, slice on, slice invoice) {
  uint32_t n = 0;
  for (size_t i = 0; i < l->n; i++) {
    const gone *x = l->v + i;
    if (x->day <= g->o->today.day - (int32_t)lim->days) continue;
    if (lim->channels && !(lim->channels >> x->ch & 1)) continue;
    if (lim->per == PER_CHANNEL && x->ch != g->m->ch) continue;
    if (on.n && !slice_eq(x->ladder, on)) continue;
    n += invoice.n ? slice_eq(x->invoice, invoice) : x->lead == 0;
  }
  return n;
}

static bool over(const gate_case *g, const gone_list *l, const limit_list *limits, slice on) {
  for (uint32_t i = 0; i < limits->count; i++) {
    const limit *lim = &limits->v[i];
    if (lim->channels && !(lim->channels >> g->m->ch & 1)) continue;
    if (lim->per != PER_INVOICE) {
      if (counted(g, l, lim, on, (slice){0}) >= lim->count) return true;
      continue;
    }
    for (size_t k = 0; k < g->told_count; k++)
      if (counted(g, l, lim, on, g->told[k].invoice) >= lim->count) return true;
  }
  return false;
}

static int32_t longest(const limit_list *l, int32_t days) {
  for (uint32_t i = 0; i < l->count; i++)
    if ((int32_t)l->v[i].days > days) days = (int32_t)l->v[i].days;
  return days;
}

store_code gate_limits(gate_case *g, slice *why) {
  const program *p = g->o->p;
  const scope *own = NULL;
  if (!g->m->to_customer) return STORE_OK;
  for (uint32_t i = 0; i < p->ladder_count && g->m->a.ladder.n; i++)
    if (slice_eq(p->ladders[i].name, g->m->a.ladder)) own = &p->ladders[i].own;
  int32_t days = longest(&p->policy.limits, 0);
  if (own) days = longest(&own->limits, days);
  if (!days) return STORE_OK;
  gone_list l = {0};
  store_code code = gone_of(g, days, &l);
  if (code != STORE_OK) return code;
  if (over(g, &l, &p->policy.limits, (slice){0}) || (own && over(g, &l, &own->limits, g->m->a.ladder)))
    *why = SLICE("the customer was written to as often as the policy allows");
  return STORE_OK;
}
