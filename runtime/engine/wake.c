/* When to look at a row again: the next day on which time alone can change anything about it. A simulation or a tick
 * goes from one such day to the next and reads nothing in between. Waking too early costs a look; too late would lose a
 * rung, so every condition that bears on a firing counts here. */
#include "engine.h"

#include "screen.h"

typedef struct waker {
  engine *e;
  entity of;
  uint32_t row;
  int32_t today, best;
} waker;

static void consider(waker *w, int32_t day) {
  if (day > w->today && day < w->best) w->best = day;
}

static void consider_atom(waker *w, const time_atom *a) {
  const field_use *use = &w->e->p->uses[a->use];
  uint32_t row = fact_row(w->e->f, use, w->row);
  if (row == VM_NO_ROW) return;
  uint32_t field = use->field == FIELD_INVOICE_OVERDUE ? FIELD_INVOICE_DUE : use->field;
  int64_t v = fact_int(w->e->f, field, row);
  if (v == FACT_MISSING) return;
  int32_t day = duration_after(w->e->cal, a->plus, (int32_t)v);
  if (day == DATE_NONE_DAY) return;
  consider(w, day);
  consider(w, day + 1);
  if (w->e->p->due == DUE_LATE_AFTER && use->field == FIELD_INVOICE_OVERDUE)
    consider(w, calendar_next(w->e->cal, (civil_date){(int32_t)v}).day + 1);
}

static bool moves_daily(const engine *e, const cond *c) {
  if (c->daily) return true;
  for (uint32_t i = 0; i < c->use_count; i++) {
    uint32_t field = e->p->uses[c->uses[i]].field;
    if (field == FIELD_CUSTOMER_OLDEST_OVERDUE || (field < FIELD_COUNT && FIELDS[field].source == SRC_FEE)) return true;
  }
  return false;
}

static bool reads_last_contact(const program *p, const cond *c) {
  for (uint32_t i = 0; i < c->use_count; i++)
    if (p->uses[c->uses[i]].field == FIELD_INVOICE_LAST_CONTACT) return true;
  return false;
}

static bool reads_money(const program *p, const cond *c) {
  for (uint32_t i = 0; i < c->use_count; i++)
    if (p->uses[c->uses[i]].ty == TY_MONEY) return true;
  return false;
}

/* The next day with another rate of exchange. */
static void consider_rates(waker *w) {
  civil_date next = exchange_next(w->e->p->exchange, (civil_date){w->today});
  if (!date_is_none(next)) consider(w, next.day);
}

static void consider_cond(waker *w, uint32_t id) {
  if (id == NO_COND || w->e->p->conds[id].of != w->of) return;
  const cond *c = &w->e->p->conds[id];
  if (moves_daily(w->e, c)) consider(w, w->today + 1);
  if (w->e->p->exchange && reads_money(w->e->p, c)) consider_rates(w);
  for (uint32_t i = 0; i < c->atom_count; i++) consider_atom(w, &c->atoms[i]);
  for (uint32_t i = 0; i < c->use_count; i++) {
    if (w->e->p->uses[c->uses[i]].field != FIELD_INVOICE_PROMISED) continue;
    int64_t promise = fact_int(w->e->f, FIELD_INVOICE_PROMISE, w->row);
    if (promise != FACT_MISSING) consider(w, (int32_t)promise + 1);
  }
  /* Today's message changed what the condition reads after it was asked. */
  if (w->of == ENT_INVOICE && reads_last_contact(w->e->p, c) &&
      fact_int(w->e->f, FIELD_INVOICE_LAST_CONTACT, w->row) == w->today)
    consider(w, w->today + 1);
}

static void consider_list(waker *w, const uint32_list *l) {
  for (uint32_t i = 0; i < l->count; i++) consider_cond(w, l->v[i]);
}

static void consider_scope(waker *w, const scope *s) {
  consider_list(w, &s->holds);
  consider_list(w, &s->stops);
  if (!s->hold_promised || w->of != ENT_INVOICE) return;
  int64_t promise = fact_int(w->e->f, FIELD_INVOICE_PROMISE, w->row);
  if (promise != FACT_MISSING) consider(w, duration_after(w->e->cal, s->promised_grace, (int32_t)promise) + 1);
}

/* What the rungs above the position are: none, all on days to come, or one of them due already. */
typedef enum above { ABOVE_NOTHING, ABOVE_LATER, ABOVE_DUE } above;

/* Rungs above the position: their days. */
static above consider_rungs(waker *w, uint32_t list, int32_t anchor, int32_t pos) {
  rung_times r = timeline_at(w->e->tl, list, anchor);
  above found = ABOVE_NOTHING;
  for (int32_t i = (int32_t)r.n - 1; i >= 0 && r.v[i].place > pos; i--) {
    if (r.v[i].day <= w->today) return ABOVE_DUE;
    found = ABOVE_LATER;
    consider(w, r.v[i].day);
  }
  return found;
}

/* `after a gap send nothing`: a rung missed on its day has one more chance, on the first opening after it. */
static bool awaits_opening(const program *p, const scope *own) {
  const scope *s = own && own->has_gap ? own : &p->policy;
  return s->has_gap && s->gap == GAP_NOTHING && (p->policy.windows.count || (own && own->windows.count));
}

/* While every rung above the position is still to come, no condition can make one fire before its day; once one is due
 * they all matter. A stop matters always: it is looked at each day, and leaves something behind. */
static void consider_ladders(waker *w, uint32_t track_id) {
  const engine *e = w->e;
  above found = ABOVE_NOTHING;
  bool one_by_one = e->h->tracks[track_id].last_climb != NULL;
  int32_t pos = e->h->tracks[track_id].pos[w->row];
  uint32_t merged = w->of == ENT_INVOICE ? timelines_invoices(e->tl) : UINT32_MAX;
  if (merged != UINT32_MAX) found = consider_rungs(w, merged, (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, w->row), pos);
  for (uint32_t l = 0; merged == UINT32_MAX && l < e->p->ladder_count; l++) {
    if (e->p->ladders[l].of != w->of) continue;
    int32_t anchor = engine_anchor(e, &e->p->ladders[l], w->row);
    above of_ladder = anchor == DATE_NONE_DAY ? ABOVE_NOTHING : consider_rungs(w, timelines_ladder(l), anchor, pos);
    if (of_ladder > found) found = of_ladder;
  }
  if (found == ABOVE_NOTHING) return;
  for (uint32_t l = 0; l < e->p->ladder_count; l++)
    if (e->p->ladders[l].of == w->of && e->p->ladders[l].own.stops.count) {
      consider_cond(w, e->p->ladders[l].where);
      consider_list(w, &e->p->ladders[l].own.stops);
    }
  if (found != ABOVE_DUE) return;
  if (one_by_one) consider(w, w->today + 1);
  for (uint32_t l = 0; l < e->p->ladder_count; l++) {
    if (e->p->ladders[l].of != w->of) continue;
    consider_cond(w, e->p->ladders[l].where);
    consider_scope(w, &e->p->ladders[l].own);
    if (awaits_opening(e->p, &e->p->ladders[l].own)) consider(w, w->today + 1);
  }
  consider_scope(w, &e->p->policy);
}

static void consider_when(waker *w, uint32_t index) {
  const engine *e = w->e;
  const when_rule *r = &e->p->whens[index];
  const track *t = &e->h->tracks[track_of_when(index)];
  if (!r->standing) {
    int32_t due = (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, w->row);
    if (consider_rungs(w, timelines_when(e->p, index), due, t->pos[w->row]) != ABOVE_DUE) return;
    if (t->last_climb || awaits_opening(e->p, NULL)) consider(w, w->today + 1); /* gaps are climbed one by one */
    consider_cond(w, r->cond);
    consider_scope(w, &e->p->policy);
    return;
  }
  consider_cond(w, r->full);
  if (t->disarmed[w->row] && r->again) consider(w, duration_after(e->cal, r->again_every, t->fired[w->row]));
  if (!t->disarmed[w->row] || r->again) consider_scope(w, &e->p->policy);
}

static bool waits(engine *e, entity of, uint32_t row) {
  if (!e->h->partial_count) return false;
  for (uint32_t k = 0; k < e->h->track_count; k++)
    if (e->h->tracks[k].of == of && e->h->tracks[k].n && history_partial(e->h, k, row)) return true;
  return false;
}

static bool may_fire(const engine *e, entity of, uint32_t row) {
  switch (of) {
  case ENT_INVOICE:
    return fact_int(e->f, FIELD_INVOICE_STATUS, row) == STATUS_OPEN && fact_int(e->f, FIELD_INVOICE_OPEN, row) > 0 &&
           !e->h->stopped[row];
  case ENT_CONTRACT: {
    int64_t status = fact_int(e->f, FIELD_CONTRACT_STATUS, row);
    return status != CONTRACT_CHURNED && status != CONTRACT_ENDED;
  }
  case ENT_CUSTOMER:
  case ENT_COUNT: break;
  }
  return true;
}

int32_t engine_wake(engine *e, entity of, uint32_t row, int32_t today) {
  waker w = {e, of, row, today, INT32_MAX};
  bool fires = may_fire(e, of, row);
  if (fires && waits(e, of, row)) return today + 1;
  if (fires && of != ENT_CUSTOMER) {
    uint32_t id = of == ENT_INVOICE ? TRACK_INVOICES : TRACK_CONTRACTS;
    if (e->h->tracks[id].n) consider_ladders(&w, id);
    if (of == ENT_INVOICE) consider_list(&w, &e->p->policy.stops);
  }
  for (uint32_t k = 0; k < e->p->when_count; k++)
    if (e->p->whens[k].of == of && (fires || e->p->whens[k].standing)) consider_when(&w, k);
  if (of == ENT_INVOICE && e->reads_totals && fact_int(e->f, FIELD_INVOICE_STATUS, row) == STATUS_OPEN) {
    int32_t due = (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, row);
    consider(&w, due + 1);
    if (e->p->due == DUE_LATE_AFTER) consider(&w, calendar_next(e->cal, (civil_date){due}).day + 1);
  }
  return w.best;
}
