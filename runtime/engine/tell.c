/* What a settled day is as it is printed: which of it goes out and which waits, in order, and each as a decision. */
#include <stdlib.h>

#include "action_text.h"
#include "bills.h"
#include "charges.h"
#include "event_values.h"
#include "lines.h"
#include "prices.h"

/* ---- one decision ---- */

static slice section_rung(const engine *e, const firing *f, const rung *r, arena *perm) {
  switch (f->section) {
  case SECTION_LADDER: return r->written;
  case SECTION_WHEN: {
    const when_rule *w = &e->p->whens[f->index];
    if (w->standing) return w->name; /* empty where it has none */
    return w->name.n ? arena_printf(perm, "%.*s %.*s", SLICE_ARG(w->name), SLICE_ARG(r->written)) : r->written;
  }
  case SECTION_EVERY: return e->p->everys[f->index].header;
  case SECTION_ON: return e->p->ons[f->index].header;
  }
  return (slice){0};
}

/* An `every` without its hour: a rule whose hour is edited is the same rule. */
static slice every_key(const every_rule *r) {
  size_t n = r->header.n;
  return (slice){r->header.p, r->has_time && n > 9 ? n - 9 : n}; /* " at 08:00" */
}

static uint32_t every_place(const program *p, uint32_t index) {
  uint32_t n = 1;
  for (uint32_t i = 0; i < index; i++)
    n += p->everys[i].of == p->everys[index].of && slice_eq(every_key(&p->everys[i]), every_key(&p->everys[index]));
  return n;
}

static uint32_t on_place(const program *p, uint32_t index) {
  uint32_t n = 1;
  for (uint32_t i = 0; i < index; i++)
    n += p->ons[i].of == p->ons[index].of && slice_eq(p->ons[i].header, p->ons[index].header);
  return n;
}

slice section_key(const program *p, section_kind section, uint32_t index, arena *perm) {
  slice name = {0};
  uint32_t place = 1;
  switch (section) {
  case SECTION_LADDER: return SLICE("ladder");
  case SECTION_WHEN:
    name = p->whens[index].name;
    return name.n ? arena_printf(perm, "when %.*s", SLICE_ARG(name)) : SLICE("when");
  case SECTION_EVERY:
    name = every_key(&p->everys[index]);
    place = every_place(p, index);
    break;
  case SECTION_ON:
    name = p->ons[index].header;
    place = on_place(p, index);
    break;
  }
  return place > 1 ? arena_printf(perm, "%.*s #%u", SLICE_ARG(name), place) : name;
}

subject engine_subject(engine *e, const firing *f, const candidate *c, arena *perm) {
  subject s = {
      .of = f->of, .row = f->row, .number = e->f->t[f->of].number[f->row], .ordinal = c->flat, .place = f->place};
  s.cycle = history_cycle(e->h, f->of, f->row);
  if (c->act && c->r) s.ordinal = c->act->ordinal;
  char day[DATE_TEXT_MAX];
  bool broken = f->section == SECTION_ON && e->p->ons[f->index].kind == EV_PROMISE_BROKEN;
  date_iso((civil_date){broken ? (int32_t)f->seq : f->day}, day);
  if (c->r)
    s.offset = c->r->written;
  else if (broken && f->seq) /* a promise is broken once, whatever its grace comes to be */
    s.offset = arena_printf(perm, "promise %s", day);
  else if (f->seq) /* two events of a day are two */
    s.offset = arena_printf(perm, "%s #%lld", day, (long long)f->seq);
  else
    s.offset = arena_slice(perm, slice_of(day));
  s.track = section_key(e->p, f->section, f->index, perm);
  return s;
}

static decision decision_of(engine *e, const day_plan *plan, const candidate *c, arena *perm) {
  const firing *f = &plan->firings[c->firing];
  decision d = {.day = {e->today},
                .section = f->section,
                .index = f->index,
                .act = c->act,
                .way = c->to.way,
                .to = c->to.to,
                .no_contact = c->to.no_contact,
                .has_place = f->has_place,
                .skipped = f->skipped,
                .wait = c->wait,
                .order = c->order,
                .line = c->line,
                .fresh = f->fresh};
  if (f->section == SECTION_LADDER) d.ladder = e->p->ladders[f->index].name;
  d.rung = section_rung(e, f, c->r, perm);
  d.said = event_said(e, f->section, f->index, f->reply);
  event_values was;
  event_values_begin(e, f->row, d.said, &was);
  d.text = action_text(e, c->act, c->to.way ? c->to.way : c->act->ways, f->of, f->row, perm);
  event_values_end(e, &was);
  d.customer_row = c->customer;
  if (c->customer != VM_NO_ROW) d.customer = e->f->t[ENT_CUSTOMER].number[c->customer];
  if (f->of == ENT_CONTRACT && c->act->kind == ACT_ADJUST_PRICE)
    d.sum = price_adjusted(e, c->act, f->row, (civil_date){f->day}, perm);
  if (f->of == ENT_CONTRACT && c->act->kind == ACT_BILL_CONTRACT) d.sum = bill_sum(e, f, c->act, perm);
  if (f->of == ENT_INVOICE && e->p->has_fee && is_charge(c->act->kind)) d.sum = charge_sum(e, c->act, f->row, perm);
  subject *s = ARENA_NEW(perm, subject);
  *s = engine_subject(e, f, c, perm);
  d.subjects = s;
  d.subject_count = 1;
  return d;
}

decision engine_decision(engine *e, const day_plan *plan, plan_item t, arena *perm) {
  decision d = decision_of(e, plan, &plan->candidates[t.lead], perm);
  if (t.message == ITEM_ALONE || plan->messages[t.message].member_count == 1) return d;
  const joined *m = &plan->messages[t.message];
  subject *s = ARENA_ARRAY(perm, m->member_count, subject);
  for (uint32_t k = 0; k < m->member_count; k++) {
    const candidate *o = &plan->candidates[m->members[k]];
    s[k] = engine_subject(e, &plan->firings[o->firing], o, perm);
  }
  d.subjects = s;
  d.subject_count = m->member_count;
  return d;
}

/* ---- the order ---- */

/* Sections of one entity: ladders first, then the order of the file. */
static uint32_t section_order(const engine *e, const firing *f) {
  switch (f->section) {
  case SECTION_LADDER: return 0;
  case SECTION_WHEN: return 1 + e->p->whens[f->index].seq;
  case SECTION_EVERY: return 1 + e->p->everys[f->index].seq;
  case SECTION_ON: return 1 + e->p->ons[f->index].seq;
  }
  return 0;
}

static int entity_order(entity of) { return of == ENT_INVOICE ? 0 : of == ENT_CONTRACT ? 1 : 2; }

typedef struct ordering {
  const engine *e;
  const day_plan *plan;
} ordering;

static slice customer_id(const engine *e, const candidate *c) {
  return c->customer == VM_NO_ROW ? (slice){0} : e->f->t[ENT_CUSTOMER].number[c->customer];
}

static int by_print(const void *va, const void *vb, void *self) {
  const ordering *o = self;
  const candidate *a = &o->plan->candidates[((const plan_item *)va)->lead],
                  *b = &o->plan->candidates[((const plan_item *)vb)->lead];
  const firing *f = &o->plan->firings[a->firing], *g = &o->plan->firings[b->firing];
  int c = a->customer == b->customer ? 0 : slice_cmp(customer_id(o->e, a), customer_id(o->e, b));
  if (c) return c;
  c = entity_order(f->of) - entity_order(g->of);
  if (c) return c;
  c = slice_cmp(o->e->f->t[f->of].number[f->row], o->e->f->t[g->of].number[g->row]);
  if (c) return c;
  uint32_t x = section_order(o->e, f), y = section_order(o->e, g);
  if (x != y) return x < y ? -1 : 1;
  if (f->day != g->day) return f->day < g->day ? -1 : 1;
  if (f->seq != g->seq) return f->seq < g->seq ? -1 : 1;
  if (a->line != b->line) return a->line < b->line ? -1 : 1;
  return (a->order > b->order) - (a->order < b->order);
}

/* A charge of which nothing is left, or that another line makes today, charges nothing and is no row. */
static bool charges_nothing(const engine *e, const day_plan *plan, const plan_item *before, uint32_t n, uint32_t lead) {
  const candidate *c = &plan->candidates[lead];
  const firing *f = &plan->firings[c->firing];
  if (!is_charge(c->act->kind) || f->of != ENT_INVOICE) return false;
  while (n-- > 0) { /* sorted: what is about this invoice stands just before */
    const candidate *o = &plan->candidates[before[n].lead];
    const firing *g = &plan->firings[o->firing];
    if (g->of != ENT_INVOICE || g->row != f->row) break;
    if (o->act->kind == c->act->kind && (e->p->has_fee || c->act->kind == ACT_CHARGE_FEE)) return true;
  }
  return charge_is_spent(e, c->act, f->row);
}

static void drop_spent_charges(const engine *e, const day_plan *plan, plan_list *l) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < l->going_count; i++)
    if (!charges_nothing(e, plan, l->going, kept, l->going[i].lead)) l->going[kept++] = l->going[i];
  l->going_count = kept;
}

void engine_list(engine *e, const day_plan *plan, arena *perm, plan_list *out) {
  const candidate *c = plan->candidates;
  prices_of_day(e, plan);
  *out = (plan_list){0};
  for (uint32_t i = 0; i < plan->candidate_count; i++)
    *(c[i].state != CANDIDATE_DONE ? &out->waiting_count : &out->going_count) +=
        c[i].state != CANDIDATE_DONE || !c[i].pooled || c[i].alone;
  out->going = arena_room(perm, out->going_count + plan->message_count + 1, sizeof(plan_item));
  out->waiting = arena_room(perm, out->waiting_count + 1, sizeof(plan_item));
  out->going_count = out->waiting_count = 0;
  for (uint32_t i = 0; i < plan->candidate_count; i++) {
    if (c[i].state != CANDIDATE_DONE)
      out->waiting[out->waiting_count++] = (plan_item){i, ITEM_ALONE};
    else if (!c[i].pooled || c[i].alone)
      out->going[out->going_count++] = (plan_item){i, ITEM_ALONE};
  }
  for (uint32_t i = 0; i < plan->message_count; i++)
    out->going[out->going_count++] = (plan_item){plan->messages[i].members[0], i};
  ordering o = {e, plan};
  qsort_r(out->going, out->going_count, sizeof(plan_item), by_print, &o);
  drop_spent_charges(e, plan, out);
  qsort_r(out->waiting, out->waiting_count, sizeof(plan_item), by_print, &o);
}

void engine_tell(engine *e, arena *perm, day_plan *plan) {
  plan_list l;
  engine_list(e, plan, perm, &l);
  plan->decisions = ARENA_ARRAY(perm, l.going_count + 1, decision);
  plan->waiting = ARENA_ARRAY(perm, l.waiting_count + 1, decision);
  plan->decision_count = l.going_count;
  plan->waiting_count = l.waiting_count;
  for (uint32_t i = 0; i < l.going_count; i++) plan->decisions[i] = engine_decision(e, plan, l.going[i], perm);
  for (uint32_t i = 0; i < l.waiting_count; i++) plan->waiting[i] = engine_decision(e, plan, l.waiting[i], perm);
}
