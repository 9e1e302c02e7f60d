/* What goes out about an invoice, on the day or on a later one: the decider is asked, over this customer's invoices
 * alone where that is enough (they share limits and messages with it, others do not).
 *
 * Invariant: history and facts are as before when it returns. */
#include "action_text.h"
#include "event_values.h"
#include "explain_parts.h"

static bool is_about(const decision *d, uint32_t row) {
  for (uint32_t i = 0; i < d->subject_count; i++)
    if (d->subjects[i].of == ENT_INVOICE && d->subjects[i].row == row) return true;
  return false;
}

/* The rung of the action, of a decision about this invoice: a joined message has its leader's. */
static const rung *rung_of(const explaining *x, const decision *d) {
  slice written = {0};
  for (uint32_t i = 0; i < d->subject_count; i++)
    if (d->subjects[i].of == ENT_INVOICE && d->subjects[i].row == x->row) written = d->subjects[i].offset;
  if (d->section == SECTION_LADDER) {
    const ladder *l = &x->e->p->ladders[d->index];
    for (uint32_t i = 0; i < l->rung_count; i++)
      if (slice_eq(l->rungs[i].written, written)) return &l->rungs[i];
  }
  if (d->section == SECTION_WHEN) {
    const when_rule *w = &x->e->p->whens[d->index];
    for (uint32_t i = 0; i < w->rung_count; i++)
      if (slice_eq(w->rungs[i].written, written)) return &w->rungs[i];
  }
  return NULL;
}

/* Of nothing asked, where something waits: it is that which is to go. */
static bool is_what_waits(const explaining *x, const decision *d) {
  const subject *mine = NULL;
  bool any = false;
  for (uint32_t i = 0; i < d->subject_count; i++)
    if (d->subjects[i].of == ENT_INVOICE && d->subjects[i].row == x->row) mine = &d->subjects[i];
  for (uint32_t i = 0; i < x->step_count; i++) {
    const explain_step *s = &x->steps[i];
    if (s->block != BLOCK_NONE || s->wait == WAIT_NONE) continue;
    subject key = explain_key(x, s);
    any = true;
    /* Undecided, a line waits whichever of its actions it comes to. */
    bool same = s->wait == WAIT_UNDECIDED || key.ordinal == mine->ordinal;
    if (same && slice_eq(key.track, mine->track) && slice_eq(key.offset, mine->offset)) return true;
  }
  return !any;
}

/* `reaching`: what is recorded as no contact does not count. */
static bool is_it(const explaining *x, const decision *d, bool reaching) {
  if (!is_about(d, x->row) || !explain_wanted(x, d->section, d->index, rung_of(x, d), d->text)) return false;
  return !reaching || (!d->no_contact && (x->asked->word_count || is_what_waits(x, d)));
}

static bool found(const explaining *x, const day_plan *p, bool reaching, decision *out) {
  for (uint32_t i = 0; i < p->decision_count; i++) {
    if (!is_it(x, &p->decisions[i], reaching)) continue;
    *out = p->decisions[i];
    return true;
  }
  return false;
}

static bool is_mine(const explaining *x, const day_plan *p, uint32_t candidate_index) {
  const firing *f = &p->firings[p->candidates[candidate_index].firing];
  return f->of == ENT_INVOICE && f->row == x->row;
}

/* Of a whole ledger's plan only what is about the invoice becomes a decision. */
static bool found_settled(const explaining *x, const day_plan *p, arena *perm, decision *out) {
  plan_list l;
  engine_list(x->e, p, perm, &l);
  for (uint32_t i = 0; i < l.going_count; i++) {
    const plan_item *t = &l.going[i];
    const joined *m = t->message == ITEM_ALONE ? NULL : &p->messages[t->message];
    bool mine = is_mine(x, p, t->lead);
    for (uint32_t k = 0; m && k < m->member_count; k++) mine |= is_mine(x, p, m->members[k]);
    if (!mine) continue;
    *out = engine_decision(x->e, p, *t, perm);
    if (is_it(x, out, true)) return true;
  }
  return false;
}

/* `every` rules look at the whole ledger: only where one was asked for. */
static bool asks_every(const explaining *x) {
  for (uint32_t i = 0; i < x->step_count; i++)
    if (x->steps[i].asked && x->steps[i].section == SECTION_EVERY) return true;
  return false;
}

static const uint32_t NO_ROW;
static day_input input(const explaining *x, int32_t day) {
  const facts *f = x->e->f;
  uint32_t customer = f->customer[x->row];
  row_set mine = {f->by_customer + f->first_of[customer], f->first_of[customer + 1] - f->first_of[customer], 0};
  return (day_input){
      .today = {day},
      .everys_after_start = asks_every(x),
      .look = {[ENT_INVOICE] = mine, [ENT_CUSTOMER] = {&NO_ROW, 0, 0}, [ENT_CONTRACT] = {&NO_ROW, 0, 0}}};
}

bool explain_fires(explaining *x, int32_t day, bool whole, arena *perm, decision *out) {
  day_plan p;
  int32_t today = x->e->today;
  bool yes;
  if (whole) {
    day_input all = {.today = {day}, .everys_after_start = true};
    if (x->e->live)
      plan_settle(x->e, (civil_date){day}, perm, &p);
    else
      engine_settle(x->e, &all, perm, &p);
    yes = found_settled(x, &p, perm, out);
  } else {
    day_input in = input(x, day);
    engine_decide(x->e, &in, perm, &p);
    yes = found(x, &p, true, out);
  }
  x->e->today = today;
  vm_set_today(x->e->m, (civil_date){today});
  return yes;
}

/* What a day changes of the facts, row by row. */
typedef struct kept {
  int64_t customer, *invoices;
} kept;

static kept keep(const explaining *x) {
  const facts *f = x->e->f;
  uint32_t customer = f->customer[x->row], from = f->first_of[customer], n = f->first_of[customer + 1] - from;
  kept k = {.customer = fact_field(f, FIELD_CUSTOMER_LAST_CONTACT)->loaded
                            ? fact_int(f, FIELD_CUSTOMER_LAST_CONTACT, customer)
                            : FACT_MISSING};
  k.invoices = ARENA_ARRAY(x->perm, n + 1, int64_t);
  for (uint32_t i = 0; i < n && fact_field(f, FIELD_INVOICE_LAST_CONTACT)->loaded; i++)
    k.invoices[i] = fact_int(f, FIELD_INVOICE_LAST_CONTACT, f->by_customer[from + i]);
  return k;
}

static void put_back(const explaining *x, const kept *k) {
  facts *f = x->e->f;
  uint32_t customer = f->customer[x->row], from = f->first_of[customer], n = f->first_of[customer + 1] - from;
  fact_set_int(f, FIELD_CUSTOMER_LAST_CONTACT, customer, k->customer);
  for (uint32_t i = 0; i < n; i++)
    fact_set_int(f, FIELD_INVOICE_LAST_CONTACT, f->by_customer[from + i], k->invoices[i]);
}

bool explain_ahead(explaining *x, int32_t days, decision *out) {
  engine *e = x->e;
  history *was = e->h;
  const uint32_t counts[ENT_COUNT] = {e->f->t[ENT_INVOICE].n, e->f->t[ENT_CUSTOMER].n, e->f->t[ENT_CONTRACT].n};
  uint32_t customer = e->f->customer[x->row];
  int32_t today = e->today;
  arena *own = arena_new();
  kept k = keep(x);
  e->h = history_copy(own, was, counts);
  bool any = false;
  for (int32_t day = today; day <= today + days && !any; day++) {
    if (day > today && engine_reads_totals(e)) engine_totals(e, customer, day);
    day_input in = input(x, day);
    day_plan p;
    engine_decide(e, &in, x->perm, &p);
    any = day > today && found(x, &p, false, out);
    engine_apply(e, &p);
  }
  e->h = was;
  put_back(x, &k);
  if (engine_reads_totals(e)) engine_totals(e, customer, today);
  e->today = today;
  engine_rates(e, today);
  vm_set_today(e->m, (civil_date){today});
  arena_free(own);
  return any;
}
