/* Messages of one customer on one day: which invoices share one, which go and which wait under the limits, and what
 * then goes after them in their lines. LANGUAGE.md 6: `limit`, `together by customer`, `ask before sending more than`.
 */
#include <stdlib.h>

#include "approvals.h"

typedef struct pool {
  engine *e;
  const firing_list *fl;
  candidate_list *c;
  joined_list *out;
  arena *perm;
  joined_list groups; /* of the customer at hand */
  message *today;     /* of that customer, accepted so far */
  uint32_t today_cap;
} pool;

static int32_t due_of(const pool *p, const candidate *c) {
  const firing *f = &p->fl->v[c->firing];
  return f->of == ENT_INVOICE ? (int32_t)fact_int(p->e->f, FIELD_INVOICE_DUE, f->row) : INT32_MAX;
}

/* The highest place first; then the oldest due date, then the number; what has no place comes last. */
static int by_urgency(const pool *p, const candidate *a, const candidate *b) {
  const firing *x = &p->fl->v[a->firing], *y = &p->fl->v[b->firing];
  if (x->has_place != y->has_place) return x->has_place ? -1 : 1;
  if (x->has_place && x->place != y->place) return x->place > y->place ? -1 : 1;
  int32_t da = due_of(p, a), db = due_of(p, b);
  if (da != db) return da < db ? -1 : 1;
  int c = slice_cmp(p->e->f->t[x->of].number[x->row], p->e->f->t[y->of].number[y->row]);
  if (c) return c;
  if (a->firing != b->firing)
    return a->firing > b->firing ? 1 : -1; /* of one invoice: ladders, then the order of the file */
  return (a->flat > b->flat) - (a->flat < b->flat);
}

static int by_customer(const void *va, const void *vb, void *self) {
  const pool *p = self;
  const candidate *a = &p->c->v[*(const uint32_t *)va], *b = &p->c->v[*(const uint32_t *)vb];
  if (a->customer != b->customer) return a->customer < b->customer ? -1 : 1;
  return by_urgency(p, a, b);
}

static bool after_anchor(const pool *p, const firing *f) {
  int32_t anchor = f->section == SECTION_LADDER ? engine_anchor(p->e, &p->e->p->ladders[f->index], f->row)
                                                : (int32_t)fact_int(p->e->f, FIELD_INVOICE_DUE, f->row);
  return p->e->today > anchor;
}

static bool together(const pool *p, const firing *f) {
  if (!f->has_place || f->of != ENT_INVOICE) return false;
  const scope *own = firing_scope(p->e, f);
  if (own && own->has_together) return own->together;
  return !p->e->p->policy.has_together || p->e->p->policy.together;
}

static bool may_join(const pool *p, const joined *m, const candidate *c) {
  const candidate *lead = &p->c->v[m->members[0]];
  const firing *a = &p->fl->v[lead->firing], *b = &p->fl->v[c->firing];
  if (!together(p, a) || !together(p, b) || lead->to.way->ch != c->to.way->ch || !slice_eq(lead->to.to, c->to.to))
    return false;
  if (after_anchor(p, a) != after_anchor(p, b)) return false;
  for (uint32_t i = 0; i < m->member_count; i++)
    if (p->fl->v[p->c->v[m->members[i]].firing].row == b->row) return false; /* never two about the same invoice */
  return true;
}

static joined *joined_add(joined_list *l) {
  if (l->n == l->cap) {
    uint32_t cap = l->cap ? l->cap * 2 : 16;
    joined *v = ARENA_ARRAY(l->perm, cap, joined);
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
    l->cap = cap;
  }
  l->v[l->n] = (joined){0};
  return &l->v[l->n++];
}

static void wait(candidate *c, wait_reason why) {
  c->state = CANDIDATE_WAITS;
  c->wait = why;
}

/* Members over an invoice's own limit wait; the others go. */
static void drop_limited(const pool *p, joined *m, const message *today, uint32_t n) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < m->member_count; i++) {
    candidate *c = &p->c->v[m->members[i]];
    if (contact_invoice_over_limit(p->e, &m->m, p->fl->v[c->firing].row, today, n))
      wait(c, WAIT_LIMIT);
    else
      m->members[kept++] = m->members[i];
  }
  m->member_count = kept;
}

static void fill(const pool *p, joined *m) {
  const candidate *lead = &p->c->v[m->members[0]];
  const firing *f = &p->fl->v[lead->firing];
  uint32_t *invoices = ARENA_ARRAY(p->perm, m->member_count, uint32_t), n = 0;
  for (uint32_t i = 0; i < m->member_count; i++) {
    const firing *o = &p->fl->v[p->c->v[m->members[i]].firing];
    if (o->of == ENT_INVOICE) invoices[n++] = o->row;
  }
  m->m = (message){.customer = lead->customer,
                   .ch = lead->to.way->ch,
                   .ladder = f->section == SECTION_LADDER ? f->index : NO_LADDER,
                   .invoices = invoices,
                   .invoice_count = n};
}

/* Which candidates share a message. */
static void group(pool *p, const uint32_t *v, uint32_t n) {
  p->groups.n = 0;
  for (uint32_t i = 0; i < n; i++) {
    const candidate *c = &p->c->v[v[i]];
    joined *home = NULL;
    bool joins = together(p, &p->fl->v[c->firing]);
    for (uint32_t g = 0; joins && g < p->groups.n && !home; g++)
      if (may_join(p, &p->groups.v[g], c)) home = &p->groups.v[g];
    if (!home) {
      home = joined_add(&p->groups);
      home->members = ARENA_ARRAY(p->perm, joins ? n - i : 1, uint32_t);
    }
    home->members[home->member_count++] = v[i];
  }
}

/* What goes to our own people is under no limit. */
static bool to_customer(const pool *p, const joined *m) { return p->c->v[m->members[0]].to.to_customer; }

/* The action before this one in its line that waits; NULL: none does. */
static const candidate *waits_before(const pool *p, const candidate *c) {
  while (c->prev >= 0) {
    c = &p->c->v[c->prev];
    if (c->state == CANDIDATE_WAITS) return c;
  }
  return NULL;
}

static void drop_waiting(const pool *p, joined *m) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < m->member_count; i++) {
    candidate *c = &p->c->v[m->members[i]];
    const candidate *before = waits_before(p, c);
    if (before)
      wait(c, before->wait);
    else
      m->members[kept++] = m->members[i];
  }
  m->member_count = kept;
}

/* A group that lost its lead is as urgent as the one that leads it now: it goes behind those that are more urgent. True
 * when it moved. */
static bool moves_back(const pool *p, uint32_t g) {
  joined *v = p->groups.v, moved = v[g];
  const candidate *lead = &p->c->v[moved.members[0]];
  uint32_t k = g;
  while (k + 1 < p->groups.n && by_urgency(p, &p->c->v[v[k + 1].members[0]], lead) < 0) {
    v[k] = v[k + 1];
    k++;
  }
  v[k] = moved;
  return k > g;
}

/* Decides the group at `g` and counts its message; false: it was put behind others, and another one stands at `g`. */
static bool settle_group(pool *p, uint32_t g, uint32_t *before) {
  joined *m = &p->groups.v[g];
  uint32_t lead = m->members[0];
  drop_waiting(p, m);
  if (m->member_count == 0) return true;
  fill(p, m);
  bool limited = p->e->h->sent && to_customer(p, m);
  if (limited) {
    drop_limited(p, m, p->today, *before);
    if (m->member_count == 0) return true;
    fill(p, m);
  }
  if (m->members[0] != lead && moves_back(p, g)) return false;
  bool over = limited && contact_over_limit(p->e, &m->m, p->today, *before);
  for (uint32_t i = 0; i < m->member_count; i++) {
    if (over)
      wait(&p->c->v[m->members[i]], WAIT_LIMIT);
    else
      p->c->v[m->members[i]].state = CANDIDATE_DONE;
  }
  if (over) return true;
  if (limited) p->today[(*before)++] = m->m;
  *joined_add(p->out) = *m;
  return true;
}

/* Decides the groups of a customer, the most urgent first. A group never moves twice past the same one: it lost a
 * member. */
static void settle_groups(pool *p) {
  uint32_t before = 0;
  for (uint32_t g = 0; g < p->groups.n;)
    if (p->groups.v[g].member_count == 0 || settle_group(p, g, &before)) g++;
}

/* A later action of a line may have joined a more urgent message than the one before it, which then had to wait: it
 * waits too. True when there was one; they are taken out of `v`. */
static bool take_out_overtaking(const pool *p, uint32_t *v, uint32_t *n) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < *n; i++) {
    candidate *c = &p->c->v[v[i]];
    const candidate *before = c->state == CANDIDATE_DONE ? waits_before(p, c) : NULL;
    if (before)
      wait(c, before->wait);
    else
      v[kept++] = v[i];
  }
  bool any = kept < *n;
  *n = kept;
  return any;
}

/* The messages of one customer: candidates `v` stand by urgency. Gone through again without what overtook. */
static void settle_customer(pool *p, uint32_t *v, uint32_t n) {
  uint32_t from = p->out->n;
  if (p->e->h->sent && n > p->today_cap) {
    p->today_cap = n * 2;
    p->today = ARENA_ARRAY(p->perm, p->today_cap, message);
  }
  for (bool again = true; again;) {
    p->out->n = from;
    group(p, v, n);
    settle_groups(p);
    again = take_out_overtaking(p, v, &n);
    for (uint32_t i = 0; again && i < n; i++) p->c->v[v[i]].state = CANDIDATE_OPEN;
  }
}

/* What needs no room among the customer's messages: done when what stands before it in its line is; left open where
 * that is a message that is not decided yet. */
static void settle_other(const pool *p, candidate *c) {
  const candidate *prev = c->prev < 0 ? NULL : &p->c->v[c->prev];
  if (prev && prev->state == CANDIDATE_WAITS)
    wait(c, prev->wait);
  else if (!prev || prev->state == CANDIDATE_DONE)
    c->state = CANDIDATE_DONE;
}

/* Actions of a line stand in their order. One behind a message is decided with it, as what would go today if that
 * goes: so messages of different lines join wherever in them they stand. */
static void settle(pool *p) {
  bool unlimited = !p->e->h->sent && !p->e->p->ask_before_sending_more_than;
  uint32_t *v = ARENA_ARRAY(p->perm, p->c->n + 1, uint32_t), n = 0;
  for (uint32_t i = 0; i < p->c->n; i++) {
    candidate *c = &p->c->v[i];
    if (c->state != CANDIDATE_OPEN) continue;
    c->alone = c->pooled && unlimited && !together(p, &p->fl->v[c->firing]);
    if (c->pooled && !c->alone && !waits_before(p, c))
      v[n++] = i;
    else
      settle_other(p, c);
  }
  qsort_r(v, n, sizeof *v, by_customer, p);
  for (uint32_t at = 0; at < n;) {
    uint32_t k = at + 1;
    while (k < n && p->c->v[v[k]].customer == p->c->v[v[at]].customer) k++;
    settle_customer(p, v + at, k - at);
    at = k;
  }
  for (uint32_t i = 0; n && i < p->c->n; i++)
    if (p->c->v[i].state == CANDIDATE_OPEN) settle_other(p, &p->c->v[i]);
}

/* A day's plan larger than the policy allows is held whole: all its messages to customers. */
static void hold_blast(pool *p) {
  uint32_t most = p->e->p->ask_before_sending_more_than, customers = 0, kept = 0;
  if (most && p->e->leave && p->e->leave->allowed_today > most) most = p->e->leave->allowed_today;
  for (uint32_t i = 0; most && i < p->out->n; i++) customers += to_customer(p, &p->out->v[i]);
  if (!most || customers + p->e->h->messages_today <= most) return;
  p->out->asked = customers + p->e->h->messages_today;
  for (uint32_t i = 0; i < p->c->n; i++) {
    candidate *c = &p->c->v[i];
    const candidate *prev = c->prev < 0 ? NULL : &p->c->v[c->prev];
    if (c->state != CANDIDATE_DONE) continue;
    if ((c->pooled && c->to.to_customer) || (prev && prev->state == CANDIDATE_WAITS)) wait(c, WAIT_BLAST);
  }
  for (uint32_t i = 0; i < p->out->n; i++)
    if (p->c->v[p->out->v[i].members[0]].state == CANDIDATE_DONE) p->out->v[kept++] = p->out->v[i];
  p->out->n = kept;
}

/* ---- the guard ---- */

/* The messages about what no run has looked at, each without its other members. */
static joined_list take_unseen(const pool *p) {
  joined_list held = {.perm = p->perm};
  for (uint32_t i = 0; i < p->out->n; i++) {
    const joined *m = &p->out->v[i];
    joined part = {.members = ARENA_ARRAY(p->perm, m->member_count, uint32_t)};
    for (uint32_t k = 0; k < m->member_count; k++) {
      const candidate *c = &p->c->v[m->members[k]];
      if (approvals_waits_unseen(p->e, &p->fl->v[c->firing], c)) part.members[part.member_count++] = m->members[k];
    }
    if (part.member_count == 0) continue;
    fill(p, &part);
    *joined_add(&held) = part;
  }
  return held;
}

/* As the candidates stood before they were settled, but for what is held now. */
static void set_back(const pool *p, const candidate_state *was, const bool *opened, bool hold_unseen) {
  for (uint32_t i = 0; i < p->c->n; i++) {
    candidate *c = &p->c->v[i];
    if (was[i] != CANDIDATE_OPEN && !opened[i]) continue;
    if (hold_unseen && approvals_waits_unseen(p->e, &p->fl->v[c->firing], c)) {
      wait(c, WAIT_ACTIVATION);
      continue;
    }
    c->state = was[i];
    c->wait = opened[i] ? WAIT_WINDOW : WAIT_NONE;
    c->alone = false;
  }
  p->out->n = 0;
}

/* A day on which the guard looks: settled as if the sending hours were open, because what waits for them alone goes
 * when they are; then, unless all of it is held, as the day is. */
static void settle_guarded(pool *p, firing_list *firings) {
  candidate_state *was = ARENA_ARRAY(p->perm, p->c->n + 1, candidate_state);
  bool *opened = ARENA_ARRAY(p->perm, p->c->n + 1, bool), any = false;
  for (uint32_t i = 0; i < p->c->n; i++) {
    candidate *c = &p->c->v[i];
    was[i] = c->state;
    opened[i] = c->state == CANDIDATE_WAITS && c->wait == WAIT_WINDOW && approvals_watch(p->e, &p->fl->v[c->firing]);
    any = any || opened[i];
    if (opened[i]) c->state = CANDIDATE_OPEN;
  }
  settle(p);
  guard_verdict v = approvals_guard(p->e, firings, p->c, p->out);
  if (v == GUARD_HOLDS) return;
  joined_list held = {0};
  if (v == GUARD_HOLDS_UNSEEN) held = take_unseen(p);
  if (any || v == GUARD_HOLDS_UNSEEN) {
    set_back(p, was, opened, v == GUARD_HOLDS_UNSEEN);
    settle(p);
  }
  hold_blast(p);
  if (v != GUARD_HOLDS_UNSEEN) return;
  approvals_forget_unseen(p->e, firings);
  uint32_t goes = p->out->n;
  for (uint32_t i = 0; i < held.n; i++) *joined_add(p->out) = held.v[i];
  p->out->held_n = held.n;
  p->out->n = goes;
}

static bool guarded(const engine *e) {
  const engine_leave *l = e->leave;
  return l && (l->guard || l->unseen[ENT_INVOICE] || l->unseen[ENT_CONTRACT] || l->unseen[ENT_CUSTOMER]);
}

void join_resolve(engine *e, firing_list *firings, candidate_list *c, joined_list *out) {
  pool p = {.e = e, .fl = firings, .c = c, .out = out, .perm = c->perm, .groups = {.perm = c->perm}};
  out->returned = approvals_find_returned(e, firings, c);
  if (guarded(e)) {
    settle_guarded(&p, firings);
    return;
  }
  settle(&p);
  hold_blast(&p);
}
