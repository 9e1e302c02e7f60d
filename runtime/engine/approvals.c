/* See approvals.h. */
#include "approvals.h"

/* ---- lines ---- */

money engine_amount(const engine *e, entity of, uint32_t row) {
  if (of == ENT_INVOICE) return (money){fact_int(e->f, FIELD_INVOICE_OPEN, row), e->f->cur[row]};
  if (of == ENT_CONTRACT && fact_field(e->f, FIELD_CONTRACT_PRICE)->loaded) {
    int64_t price = fact_int(e->f, FIELD_CONTRACT_PRICE, row);
    if (price != FACT_MISSING) return (money){price, fact_currency(e->f, FIELD_CONTRACT_PRICE, row)};
  }
  return (money){0, CURRENCY_NONE};
}

subject approvals_key(engine *e, const firing *f, const line_ref *r, const branch *b, uint32_t flat, arena *perm) {
  candidate first = {.flat = (uint16_t)flat, .act = &b->actions[0], .r = r->r};
  return engine_subject(e, f, &first, perm);
}

line_answer approvals_line(engine *e, const firing *f, const line_ref *r, const branch *b, uint32_t flat, arena *perm) {
  if (!e->leave || !e->leave->answer) return LINE_UNANSWERED;
  subject key = approvals_key(e, f, r, b, flat, perm);
  return e->leave->answer(e->leave->self, &key, engine_amount(e, f->of, f->row));
}

subject approvals_key_of(engine *e, const firing *f, const candidate *c, arena *perm) {
  enum { LINES_MAX = 64 };
  line_ref refs[LINES_MAX];
  uint32_t n = firing_lines(e, f, refs, LINES_MAX);
  const line_ref *r = &refs[c->line < n ? c->line : 0];
  uint32_t flat = r->first_action;
  const branch *b = r->l->branches;
  for (uint32_t k = 0; k < r->l->branch_count; flat += b->action_count, k++) {
    b = &r->l->branches[k];
    if (c->act >= b->actions && c->act < b->actions + b->action_count) break;
  }
  return approvals_key(e, f, r, b, flat, perm);
}

/* ---- the guard ---- */

/* Its own day is over, and so is the first opening after it: on a day like any other it would have gone then. What has
 * no day of its own (a rule that is true, an `every`) is late too where it sends: how long it has been so is not known.
 */
static bool late_message(engine *e, const firing *f, const candidate *c) {
  if (f->section == SECTION_ON) return false;
  if (!f->has_place) return true;
  if (f->day >= e->today) return false;
  return contact_first_opening(e, f->of, f->row, c->to.way->ch, firing_scope(e, f), f->day) < e->today;
}

static bool late_firing(const engine *e, const firing *f) {
  switch (f->section) {
  case SECTION_LADDER:
  case SECTION_WHEN: return !f->has_place || f->day < e->today;
  case SECTION_EVERY: return f->day < e->today;
  case SECTION_ON: break;
  }
  return false;
}

static bool goes_to_customer(const candidate *c) {
  return c->state == CANDIDATE_DONE && c->pooled && c->to.to_customer;
}

static void count_messages(engine *e, const firing_list *fl, const candidate_list *c, joined_list *m) {
  m->all = m->late = 0;
  for (uint32_t i = 0; i < c->n; i++) {
    if (!c->v[i].alone || !goes_to_customer(&c->v[i])) continue;
    m->all++;
    m->late += late_message(e, &fl->v[c->v[i].firing], &c->v[i]);
  }
  for (uint32_t i = 0; i < m->n; i++) {
    bool late = false;
    if (!goes_to_customer(&c->v[m->v[i].members[0]])) continue;
    for (uint32_t k = 0; k < m->v[i].member_count && !late; k++) {
      const candidate *o = &c->v[m->v[i].members[k]];
      late = late_message(e, &fl->v[o->firing], o);
    }
    m->all++;
    m->late += late;
  }
}

/* All messages to customers, everything else of a late rung, and what stands behind those in its line. */
static void hold(engine *e, firing_list *fl, candidate_list *c, joined_list *m) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < c->n; i++) {
    candidate *k = &c->v[i];
    if (k->state != CANDIDATE_DONE) continue;
    bool behind = k->prev >= 0 && c->v[k->prev].state == CANDIDATE_WAITS;
    if (!goes_to_customer(k) && !late_firing(e, &fl->v[k->firing]) && !behind) continue;
    k->state = CANDIDATE_WAITS;
    k->wait = WAIT_ACTIVATION;
  }
  for (uint32_t i = 0; i < m->n; i++) {
    if (c->v[m->v[i].members[0]].state != CANDIDATE_DONE) continue;
    joined goes = m->v[i];
    m->v[i] = m->v[kept];
    m->v[kept++] = goes;
  }
  m->held_n = m->n - kept;
  m->n = kept;
  /* A line decided false climbs nothing either: the policy that says so is not approved yet. */
  for (uint32_t i = 0; i < fl->n; i++)
    if (late_firing(e, &fl->v[i])) fl->v[i].lines_done = 0;
}

bool approvals_guard(engine *e, firing_list *firings, candidate_list *c, joined_list *messages) {
  const engine_leave *l = e->leave;
  messages->held = false;
  messages->held_n = 0;
  if (!l || !l->guard) return false;
  count_messages(e, firings, c, messages);
  if (messages->late <= l->late_most && messages->all <= l->all_most) return false;
  hold(e, firings, c, messages);
  return messages->held = true;
}
