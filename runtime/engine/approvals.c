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

typedef struct guard_count {
  uint32_t all, late;
} guard_count;

static bool goes_to_customer(const candidate *c) {
  return c->state == CANDIDATE_DONE && c->pooled && c->to.to_customer;
}

bool approvals_unseen(const engine *e, entity of, uint32_t row) {
  return e->leave && e->leave->unseen[of] && e->leave->unseen[of][row];
}

bool approvals_watch(const engine *e, const firing *f) {
  return e->leave && (e->leave->guard || approvals_unseen(e, f->of, f->row));
}

/* The day of the last run; a run of today has not sent what is due today. */
static int32_t looked_on(const engine *e) { return e->leave->looked < e->today ? e->leave->looked : e->today - 1; }

/* On that day or before it would have gone, as far as the sending hours tell. */
static bool was_due(engine *e, const firing *f, const candidate *c, int32_t day) {
  int32_t looked = looked_on(e);
  return day <= looked && contact_first_opening(e, f->of, f->row, c->to.way->ch, firing_scope(e, f), day) <= looked;
}

/* ---- what comes back ---- */

/* A rung of a known entity that the last run would have sent, and did not even know as waiting for its hours, a limit,
 * a person. Where rungs are climbed one by one, one that had to wait for a lower one comes in its turn. */
static bool returned(engine *e, const firing *f, const candidate *c) {
  bool open = c->state == CANDIDATE_OPEN || (c->state == CANDIDATE_WAITS && c->wait == WAIT_WINDOW);
  if (!open || !c->pooled || !c->to.to_customer) return false;
  if (!f->fresh || !f->has_place || f->day > looked_on(e) || approvals_unseen(e, f->of, f->row)) return false;
  const track *t = &e->h->tracks[f->track];
  if (t->last_climb && t->last_climb[f->row] != DATE_NONE_DAY && t->last_climb[f->row] >= f->day) return false;
  return was_due(e, f, c, f->day);
}

static bool is_reopened(const engine *e, const firing *f) {
  return f->of == ENT_INVOICE && e->leave->reopened && e->leave->reopened[f->row];
}

static void mark_unseen(engine *e, const firing *f) {
  engine_leave *l = e->leave;
  if (!l->unseen[f->of]) l->unseen[f->of] = ARENA_ARRAY(e->perm, e->f->t[f->of].n + 1, uint8_t);
  l->unseen[f->of][f->row] = 1;
}

bool approvals_find_returned(engine *e, const firing_list *fl, const candidate_list *c) {
  const engine_leave *l = e->leave;
  if (!l || !l->backlog) return false;
  uint32_t *steps = ARENA_ARRAY(c->perm, c->n + 1, uint32_t), n = 0, opened = 0;
  for (uint32_t i = 0; i < c->n; i++) {
    const firing *f = &fl->v[c->v[i].firing];
    if (n && steps[n - 1] == c->v[i].firing) continue;
    if (!returned(e, f, &c->v[i])) continue;
    steps[n++] = c->v[i].firing;
    opened += is_reopened(e, f);
  }
  bool all = n && l->backlog(l->self, n, false), some = all || (opened && l->backlog(l->self, opened, true));
  for (uint32_t i = 0; i < n && some; i++)
    if (all || is_reopened(e, &fl->v[steps[i]])) mark_unseen(e, &fl->v[steps[i]]);
  return some;
}

/* Of an entity that no run has looked at: it was late when a run last did, so that run would have sent it. What became
 * late since then is what any pause between two runs leaves. A rule without a day of its own is as late as its invoice;
 * an event, where it is older than the last run and than yesterday. */
static bool missed(engine *e, const firing *f, const candidate *c) {
  int32_t day = f->day;
  if (!approvals_unseen(e, f->of, f->row) || f->section == SECTION_EVERY) return false;
  if (f->section == SECTION_ON) return f->told && f->told < looked_on(e);
  if (!f->has_place) {
    if (f->of != ENT_INVOICE) return true;
    day = (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, f->row);
  }
  return was_due(e, f, c, day);
}

/* One message: its candidates. */
static void count_message(engine *e, const firing_list *fl, const candidate_list *c, const uint32_t *v, uint32_t n,
                          joined_list *m, guard_count *unseen) {
  bool late = false, is_unseen = false, was_late = false;
  if (!goes_to_customer(&c->v[v[0]])) return;
  for (uint32_t k = 0; k < n; k++) {
    const candidate *o = &c->v[v[k]];
    const firing *f = &fl->v[o->firing];
    late = late || (e->leave->guard && late_message(e, f, o));
    is_unseen = is_unseen || approvals_unseen(e, f->of, f->row);
    was_late = was_late || missed(e, f, o);
  }
  m->all++;
  m->late += late;
  unseen->all += is_unseen;
  unseen->late += was_late;
}

static guard_count count_messages(engine *e, const firing_list *fl, const candidate_list *c, joined_list *m) {
  guard_count unseen = {0};
  m->all = m->late = 0;
  for (uint32_t i = 0; i < c->n; i++)
    if (c->v[i].alone) count_message(e, fl, c, &i, 1, m, &unseen);
  for (uint32_t i = 0; i < m->n; i++) count_message(e, fl, c, m->v[i].members, m->v[i].member_count, m, &unseen);
  return unseen;
}

bool approvals_waits_unseen(const engine *e, const firing *f, const candidate *c) {
  return approvals_unseen(e, f->of, f->row) && ((c->pooled && c->to.to_customer) || late_firing(e, f));
}

void approvals_forget_unseen(const engine *e, firing_list *fl) {
  for (uint32_t i = 0; i < fl->n; i++)
    if (approvals_unseen(e, fl->v[i].of, fl->v[i].row) && late_firing(e, &fl->v[i])) {
      fl->v[i].lines_done = 0;
      fl->v[i].kept_back = true;
    }
}

/* All that the day decides: the policy that says so is not approved yet, so nothing of it is stored either. */
static void hold(firing_list *fl, candidate_list *c, joined_list *m) {
  for (uint32_t i = 0; i < c->n; i++) {
    if (c->v[i].state != CANDIDATE_DONE) continue;
    c->v[i].state = CANDIDATE_WAITS;
    c->v[i].wait = WAIT_ACTIVATION;
  }
  m->held_n = m->n;
  m->n = 0;
  for (uint32_t i = 0; i < fl->n; i++) fl->v[i].lines_done = 0;
}

guard_verdict approvals_guard(engine *e, firing_list *firings, candidate_list *c, joined_list *messages) {
  const engine_leave *l = e->leave;
  messages->held = messages->part = false;
  messages->held_n = 0;
  if (!l) return GUARD_PASSES;
  guard_count unseen = count_messages(e, firings, c, messages);
  if (l->guard && (messages->late > l->late_most || messages->all > l->all_most)) {
    hold(firings, c, messages);
    messages->held = true;
    return GUARD_HOLDS;
  }
  if (unseen.late <= l->unseen_late && unseen.all <= l->unseen_all) return GUARD_PASSES;
  messages->held = messages->part = true;
  messages->all = unseen.all;
  messages->late = unseen.late;
  return GUARD_HOLDS_UNSEEN;
}
