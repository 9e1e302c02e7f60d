/* From firings to what is done: which branch of each line runs, and what of it waits. */
#include "approvals.h"

#include "event_values.h"
#include "prices.h"

#include <stdlib.h>

#include "fees.h"

enum { LINES_MAX = 64, FETCH_AHEAD = 8 };

const scope *firing_scope(const engine *e, const firing *f) {
  return f->section == SECTION_LADDER ? &e->p->ladders[f->index].own : NULL;
}

static uint32_t actions_of(const line *l) {
  uint32_t n = 0;
  for (uint32_t b = 0; b < l->branch_count; b++) n += l->branches[b].action_count;
  return n;
}

/* A rung or rule fits by the checker's limit, rungs that may meet at one place too (lang/check/places.c). */
static void add_lines(const lines *body, const rung *r, line_ref *out, uint32_t max, uint32_t *n, uint32_t *flat) {
  for (uint32_t k = 0; k < body->count && *n < max && *flat + actions_of(&body->v[k]) <= FIRING_ACTIONS_MAX; k++) {
    out[(*n)++] = (line_ref){&body->v[k], *flat, r};
    *flat += actions_of(&body->v[k]);
  }
}

uint32_t firing_lines(const engine *e, const firing *f, line_ref *out, uint32_t max) {
  uint32_t n = 0, flat = 0;
  switch (f->section) {
  case SECTION_LADDER:
  case SECTION_WHEN: {
    const when_rule *w = f->section == SECTION_WHEN ? &e->p->whens[f->index] : NULL;
    if (w && w->standing) {
      add_lines(&w->body, NULL, out, max, &n, &flat);
      break;
    }
    const rung *rungs = w ? w->rungs : e->p->ladders[f->index].rungs;
    for (int32_t k = f->entry; k < f->entry + f->entry_count; k++) {
      const rung *r = &rungs[f->times.v[k].rung];
      add_lines(&r->body, r, out, max, &n, &flat);
    }
    break;
  }
  case SECTION_EVERY: add_lines(&e->p->everys[f->index].body, NULL, out, max, &n, &flat); break;
  case SECTION_ON: add_lines(&e->p->ons[f->index].body, NULL, out, max, &n, &flat); break;
  }
  return n;
}

static void candidate_reserve(candidate_list *l, uint32_t cap) {
  candidate *v = arena_room(l->perm, cap, sizeof *v);
  if (l->n) memcpy(v, l->v, l->n * sizeof *v);
  l->v = v;
  l->cap = cap;
}

/* To be written whole. */
static candidate *candidate_add(candidate_list *l) {
  if (l->n == l->cap) candidate_reserve(l, l->cap * 2);
  return &l->v[l->n++];
}

/* ---- one line ---- */

static uint64_t bits(uint32_t from, uint32_t n) {
  return n == 0 ? 0 : (n >= 64 ? ~(uint64_t)0 : (((uint64_t)1 << n) - 1)) << from;
}

static ask_reason asks_any(engine *e, const uint32_list *l, entity of, uint32_t row) {
  for (uint32_t i = 0; i < l->count; i++) {
    if (e->p->conds[l->v[i]].of != of) continue;
    tri t = engine_cond(e, l->v[i], row);
    if (t == TRI_UNDECIDED) engine_note_undecided(e, l->v[i], row);
    if (t != TRI_NO) return t == TRI_YES ? ASK_WHEN : ASK_UNDECIDED;
  }
  return ASK_NONE;
}

static ask_reason asks(engine *e, const firing *f, const action *a, const reach *r) {
  const scope *s[2] = {&e->p->policy, firing_scope(e, f)};
  for (int i = 0; i < 2 && s[i]; i++) {
    if (s[i]->ask_before_kinds >> a->kind & 1) return ASK_BEFORE;
    if (a->kind == ACT_SEND && s[i]->ask_before_channels >> r->way->ch & 1) return ASK_BEFORE;
    ask_reason when = asks_any(e, &s[i]->asks, f->of, f->row);
    if (when != ASK_NONE) return when;
  }
  return f->skipped && ACTIONS[a->kind].hurts ? ASK_SKIPPED : ASK_NONE;
}

/* Why this action does not go today, before limits are looked at. `approved`: a person let its line pass. */
static wait_reason wait_of(engine *e, const firing *f, candidate *c, bool approved) {
  const scope *own = firing_scope(e, f);
  c->customer = engine_customer(e, f->of, f->row);
  if (c->act->kind == ACT_SEND) c->to = contact_reach(e, c->act, f->of, f->row, own);
  if (c->act->kind == ACT_ALERT) c->to.to = contact_team(e, c->act);
  if (c->act->kind == ACT_ESCALATE) {
    c->to.to = contact_escalation(e, f->of, f->row, c->act);
    bool owner = slice_eq(c->act->name, SLICE("owner")) || slice_eq(c->act->name, SLICE("rep"));
    if (c->to.to.n == 0 && owner) c->to = (reach){NULL, SLICE("no contact"), true, false};
  }
  if (c->to.no_contact) return WAIT_NONE; /* done at once: there is nothing to wait for or to approve */
  if (c->act->kind == ACT_ADJUST_PRICE && f->of == ENT_CONTRACT) {
    wait_reason price = price_waits(e, c->act, f->row, (civil_date){f->day});
    if (price != WAIT_NONE) return price;
  }
  c->asked = approved ? ASK_NONE : asks(e, f, c->act, &c->to);
  if (c->asked != ASK_NONE) return WAIT_APPROVAL;
  if (c->act->kind != ACT_SEND) return WAIT_NONE;
  c->pooled = true;
  if (!c->to.to_customer) return WAIT_NONE;
  if (contact_silent(e, own, c->customer)) return WAIT_SILENCE;
  int32_t first = f->section == SECTION_EVERY && f->day == e->today ? e->p->everys[f->index].at_min : 0;
  if (contact_opening(e, f->of, f->row, c->to.way->ch, own, e->today, first) < 0) return WAIT_WINDOW;
  return WAIT_NONE;
}

static void branch_candidates(engine *e, firing_list *fl, uint32_t index, uint32_t line_index, const line_ref *r,
                              uint32_t b, uint32_t flat, candidate_list *out) {
  const branch *br = &r->l->branches[b];
  uint32_t first = flat, before = out->n;
  int32_t prev = -1;
  for (uint32_t a = 0; a < br->action_count; a++, flat++) {
    if (fl->v[index].done >> flat & 1) continue;
    candidate *c = candidate_add(out);
    *c = (candidate){.firing = index,
                     .line = (uint16_t)line_index,
                     .flat = (uint16_t)flat,
                     .order = (uint16_t)a,
                     .prev = prev,
                     .act = &br->actions[a],
                     .r = r->r};
    c->wait = wait_of(e, &fl->v[index], c, false);
    line_answer said =
        c->wait == WAIT_APPROVAL ? approvals_line(e, &fl->v[index], r, br, first, fl->perm) : LINE_UNANSWERED;
    if (said == LINE_REJECTED) { /* counts as done: what of the line stands before it goes, the rest is dropped */
      if (--out->n == before) fl->v[index].lines_done |= (uint64_t)1 << line_index;
      return;
    }
    if (said == LINE_APPROVED) c->wait = wait_of(e, &fl->v[index], c, true);
    if (c->wait != WAIT_NONE) c->state = CANDIDATE_WAITS;
    if (c->state == CANDIDATE_OPEN && !c->to.no_contact &&
        fees_lack(e, c->act, c->to.way, fl->v[index].of, fl->v[index].row))
      c->wait = WAIT_UNDECIDED, c->state = CANDIDATE_WAITS;
    prev = (int32_t)(out->n - 1);
  }
}

/* The branch whose guard holds: its index, -1 for none, -2 for undecided. */
static int32_t choose(engine *e, const line_ref *r, uint32_t row) {
  const line *l = r->l;
  for (uint32_t b = 0; b < l->branch_count; b++) {
    tri t = l->branches[b].guard == NO_COND ? TRI_YES : engine_cond(e, l->branches[b].guard, row);
    if (e->watch) e->watch(e->watch_self, r, b, t);
    if (t == TRI_YES) return (int32_t)b;
    if (t == TRI_UNDECIDED) {
      engine_note_undecided(e, l->branches[b].guard, row);
      return -2;
    }
  }
  return -1;
}

/* While a contract's billing is held nothing is billed, and what was not billed is not made up for later. */
static bool billing_held(const engine *e, const firing *f, const branch *b) {
  if (f->of != ENT_CONTRACT || !e->f->billing_held || !e->f->billing_held[f->row]) return false;
  for (uint32_t a = 0; a < b->action_count; a++)
    if (b->actions[a].kind == ACT_BILL_CONTRACT) return true;
  return false;
}

static void line_candidates(engine *e, firing_list *fl, uint32_t index, uint32_t line_index, const line_ref *r,
                            candidate_list *out) {
  firing *f = &fl->v[index];
  int32_t chosen = choose(e, r, f->row);
  if (chosen == -2) {
    candidate *c = candidate_add(out);
    *c = (candidate){.firing = index,
                     .line = (uint16_t)line_index,
                     .flat = (uint16_t)r->first_action,
                     .prev = -1,
                     .r = r->r,
                     .act = &r->l->branches[0].actions[0],
                     .state = CANDIDATE_WAITS,
                     .wait = WAIT_UNDECIDED,
                     .customer = engine_customer(e, f->of, f->row)};
    return;
  }
  uint32_t flat = r->first_action;
  for (int32_t b = 0; b < chosen; b++) flat += r->l->branches[b].action_count;
  uint64_t whole = bits(r->first_action, actions_of(r->l));
  uint64_t mine = chosen < 0 ? 0 : bits(flat, r->l->branches[chosen].action_count);
  bool begun = (f->done & whole) != 0, elsewhere = (f->done & whole & ~mine) != 0;
  bool held = chosen >= 0 && billing_held(e, f, &r->l->branches[chosen]);
  if (chosen < 0 || elsewhere || held || (begun && (f->done & mine) == mine)) {
    f->lines_done |= (uint64_t)1 << line_index; /* nothing to send, or the guard turned: the rest is dropped */
    return;
  }
  branch_candidates(e, fl, index, line_index, r, (uint32_t)chosen, flat, out);
}

/* ---- a day's lines ---- */

/* What is done is marked; a line with every action of its branch done is finished. */
static void mark(firing_list *fl, const candidate_list *c) {
  for (uint32_t i = 0; i < c->n; i++) {
    const candidate *k = &c->v[i];
    firing *f = &fl->v[k->firing];
    if (k->state == CANDIDATE_DONE) f->done |= (uint64_t)1 << k->flat;
    bool last = i + 1 == c->n || c->v[i + 1].firing != k->firing || c->v[i + 1].line != k->line;
    if (last && k->state == CANDIDATE_DONE) f->lines_done |= (uint64_t)1 << k->line;
  }
}

void engine_lines(engine *e, arena *perm, firing_list *firings, day_plan *out) {
  candidate_list c = {.perm = perm};
  candidate_reserve(&c, firings->n + firings->n / 4 + 16);
  joined_list j = {.perm = perm};
  line_ref refs[LINES_MAX];
  for (uint32_t i = 0; i < firings->n; i++) {
    if (i + 2 * FETCH_AHEAD < firings->n)
      contact_fetch(e, firings->v[i + 2 * FETCH_AHEAD].of, firings->v[i + 2 * FETCH_AHEAD].row, false);
    if (i + FETCH_AHEAD < firings->n)
      contact_fetch(e, firings->v[i + FETCH_AHEAD].of, firings->v[i + FETCH_AHEAD].row, true);
    uint32_t n = firing_lines(e, &firings->v[i], refs, LINES_MAX);
    firings->v[i].line_count = n;
    event_values was = {.n = 0};
    slice said = event_said(e, firings->v[i].section, firings->v[i].index, firings->v[i].reply);
    if (said.n) event_values_begin(e, firings->v[i].row, said, &was);
    for (uint32_t k = 0; k < n; k++)
      if (!(firings->v[i].lines_done >> k & 1)) line_candidates(e, firings, i, k, &refs[k], &c);
    event_values_end(e, &was);
  }
  join_resolve(e, firings, &c, &j);
  mark(firings, &c);
  out->candidates = c.v;
  out->candidate_count = c.n;
  out->messages = j.v;
  out->message_count = j.n;
  out->firings = firings->v;
  out->firing_count = firings->n;
  out->guarded = (plan_guard){j.held, j.part, j.returned, j.held_n, j.all, j.late, j.asked};
}
