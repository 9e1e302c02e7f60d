/* What keeps each action of the policy out of today's plan, or puts it there: asked in the decider's order, of the
 * decider's own functions. */
#include "action_text.h"
#include "charges.h"
#include "explain_parts.h"
#include "lang/syntax/keyword.h"
#include "screen.h"

enum { LINES_MAX = 64, YEAR_AND_MORE = 400 };

/* The steps of one section that are about to be added. */
typedef struct group {
  firing f;      /* as the screen would make it */
  const rung *r; /* the first of the place */
  withheld w;    /* of all of them */
  slice place;
  slice reached; /* why they are where they are, where nothing withholds them */
} group;

/* ---- a step ---- */

static explain_step *add(explaining *x) {
  if (x->step_count == x->step_cap) {
    uint32_t cap = x->step_cap ? x->step_cap * 2 : 64;
    explain_step *v = ARENA_ARRAY(x->perm, cap, explain_step);
    if (x->step_count) memcpy(v, x->steps, x->step_count * sizeof *v);
    x->steps = v;
    x->step_cap = cap;
  }
  return &x->steps[x->step_count++];
}

/* The action among what today's plan looked at; one that goes before one that waits; NULL: it did not. A rung that is
 * repeated has its actions at several places. */
static const candidate *find(const explaining *x, const rung *r, const action *act) {
  const candidate *found = NULL;
  for (uint32_t i = 0; i < x->plan->candidate_count; i++) {
    const candidate *c = &x->plan->candidates[i];
    const firing *f = &x->plan->firings[c->firing];
    if (c->act != act || c->r != r || f->of != ENT_INVOICE || f->row != x->row) continue;
    if (!found || c->state == CANDIDATE_DONE) found = c;
  }
  return found;
}

/* A charge of which nothing is left goes without a row. */
static bool is_spent(const explaining *x, const candidate *c) {
  if (!is_charge(c->act->kind) || c->state != CANDIDATE_DONE) return false;
  for (uint32_t i = 0; i < x->plan->decision_count; i++) {
    const decision *d = &x->plan->decisions[i];
    if (d->act == c->act && d->subjects->of == ENT_INVOICE && d->subjects->row == x->row) return false;
  }
  return true;
}

subject explain_key(const explaining *x, const explain_step *s) {
  return (subject){.of = ENT_INVOICE,
                   .row = x->row,
                   .number = x->e->f->t[ENT_INVOICE].number[x->row],
                   .cycle = history_cycle(x->e->h, ENT_INVOICE, x->row),
                   .offset = s->r ? s->r->written : (slice){0},
                   .ordinal = s->act->ordinal,
                   .track = section_key(x->e->p, s->section, s->index, x->perm)};
}

/* ---- lines ---- */

/* The branch that a line takes: its index, -1 none, -2 not to be decided; the guard that says so. */
static int32_t branch_of(explaining *x, const line *l, uint32_t *guard) {
  *guard = NO_COND;
  for (uint32_t b = 0; b < l->branch_count; b++) {
    if (l->branches[b].guard == NO_COND) return (int32_t)b;
    *guard = l->branches[b].guard;
    tri t = engine_cond(x->e, *guard, x->row);
    if (t != TRI_NO) return t == TRI_YES ? (int32_t)b : -2;
  }
  return -1;
}

static slice words_of(explaining *x, const char *before, uint32_t guard) {
  return arena_printf(x->perm, "%s: %.*s", before, SLICE_ARG(terms_because(&x->terms, guard)));
}

/* Nothing of the plan is about it: a guard chose otherwise, or it was done on an earlier day. */
static withheld left_out(explaining *x, int32_t chosen, uint32_t b, uint32_t guard, const explain_step *s) {
  if (chosen == -2) return (withheld){BLOCK_GUARD, words_of(x, "its `if` cannot be decided", guard)};
  if (chosen != (int32_t)b) {
    bool holds = guard != NO_COND && engine_cond(x->e, guard, x->row) == TRI_YES;
    return (withheld){
        BLOCK_GUARD,
        words_of(x, holds ? "its `if` holds, so that the other way is not taken" : "its `if` does not hold", guard)};
  }
  subject key = explain_key(x, s);
  const past_approval *said = past_asked(x->asked->past, &key);
  if (said && slice_eq(said->state, SLICE("rejected")))
    return (withheld){BLOCK_DONE, arena_printf(x->perm, "rejected by %.*s, asked on %.*s", SLICE_ARG(said->answered_by),
                                               SLICE_ARG(explain_day(x->perm, said->asked_on)))};
  const past_action *done = past_done(x->asked->past, &key, false);
  if (done)
    return (withheld){BLOCK_DONE, arena_printf(x->perm, "done on %.*s (action %lld, %.*s)",
                                               SLICE_ARG(explain_day(x->perm, done->on)), (long long)done->id,
                                               SLICE_ARG(done->state))};
  return (withheld){BLOCK_DONE, SLICE("this part of it is done already")};
}

/* Why it goes: where it stands, and the guard that let it; on the other way the one that did not hold. */
static slice goes_because(explaining *x, const group *g, uint32_t guard) {
  if (guard == NO_COND) return g->reached;
  slice because = terms_because(&x->terms, guard);
  if (engine_cond(x->e, guard, x->row) == TRI_NO)
    return arena_printf(x->perm, "%.*s; its `if` does not hold: %.*s", SLICE_ARG(g->reached), SLICE_ARG(because));
  bool more = memmem(g->reached.p, g->reached.n, ", because ", 10) != NULL;
  slice word = more ? kw_text(KW_AND, x->asked->lang) : SLICE(", because");
  return arena_printf(x->perm, "%.*s%s%.*s %.*s", SLICE_ARG(g->reached), more ? " " : "", SLICE_ARG(word),
                      SLICE_ARG(because));
}

/* Of `or else`: why it goes by another way than the first. */
static slice by_this_way(explaining *x, const explain_step *s, const candidate *c, slice because) {
  if (s->act->kind != ACT_SEND || !c->to.way || c->to.way == s->act->ways) return because;
  return arena_printf(x->perm, "it goes this way: %.*s; %.*s", SLICE_ARG(explain_way_unreached(x, s->act->ways)),
                      SLICE_ARG(because));
}

static void line_steps(explaining *x, const group *g, const line_ref *l) {
  uint32_t guard = NO_COND;
  int32_t chosen = g->w.block == BLOCK_NONE ? branch_of(x, l->l, &guard) : -1;
  for (uint32_t b = 0; b < l->l->branch_count; b++)
    for (uint32_t a = 0; a < l->l->branches[b].action_count; a++) {
      const action *act = &l->l->branches[b].actions[a];
      explain_step *s = add(x);
      *s = (explain_step){.section = g->f.section,
                          .index = g->f.index,
                          .r = l->r,
                          .act = act,
                          .day = l->r ? g->f.day : DATE_NONE_DAY,
                          .block = g->w.block,
                          .place = g->place,
                          .why = g->w.why};
      const candidate *c = g->w.block == BLOCK_NONE ? find(x, l->r, act) : NULL;
      s->text = action_text(x->e, act, c && c->to.way ? c->to.way : act->ways, ENT_INVOICE, x->row, x->perm);
      if (g->w.block != BLOCK_NONE) continue;
      if (!c || is_spent(x, c)) {
        withheld w = left_out(x, chosen, b, guard, s);
        if (c) w.why = SLICE("nothing is left to charge");
        s->block = w.block;
        s->why = w.why;
        continue;
      }
      s->wait = c->state == CANDIDATE_DONE ? WAIT_NONE : c->wait;
      s->no_contact = c->to.no_contact;
      s->why = s->wait != WAIT_NONE ? explain_wait(x, s, c, guard)
               : c->to.no_contact   ? explain_unreached(x, s)
                                    : by_this_way(x, s, c, goes_because(x, g, guard));
    }
}

static void group_steps(explaining *x, group *g) {
  line_ref refs[LINES_MAX];
  uint32_t n = firing_lines(x->e, &g->f, refs, LINES_MAX);
  for (uint32_t i = 0; i < n; i++) line_steps(x, g, &refs[i]);
}

/* ---- rungs ---- */

static slice rung_place(explaining *x, section_kind section, uint32_t index, const rung *r) {
  if (section == SECTION_LADDER)
    return arena_printf(x->perm, "rung %.*s of ladder %.*s", SLICE_ARG(r->written),
                        SLICE_ARG(x->e->p->ladders[index].name));
  slice name = x->e->p->whens[index].name;
  if (!r) return name.n ? arena_printf(x->perm, "rule %.*s", SLICE_ARG(name)) : SLICE("the `when`");
  return name.n ? arena_printf(x->perm, "rung %.*s of rule %.*s", SLICE_ARG(r->written), SLICE_ARG(name))
                : arena_printf(x->perm, "rung %.*s of the `when`", SLICE_ARG(r->written));
}

static bool was_climbed(const explaining *x, const rung_seat *s, int32_t first, int32_t n) {
  const track *t = &x->e->h->tracks[s->track];
  for (int32_t i = first; i < first + n; i++)
    if (history_climbed(x->e->h, t, s->row, s->times.v[i].written)) return true;
  return false;
}

static withheld climbed_words(explaining *x, const rung_seat *s, slice written) {
  subject key = {.cycle = history_cycle(x->e->h, ENT_INVOICE, x->row),
                 .offset = written,
                 .track = section_key(x->e->p, s->section, s->index, x->perm)};
  const past_action *a = past_done(x->asked->past, &key, true);
  if (!a) return (withheld){BLOCK_CLIMBED, SLICE("climbed already: it is not done twice")};
  return (withheld){BLOCK_CLIMBED, arena_printf(x->perm, "climbed already, on %.*s: %.*s (action %lld, %.*s)",
                                                SLICE_ARG(explain_day(x->perm, a->on)), SLICE_ARG(a->action),
                                                (long long)a->id, SLICE_ARG(a->state))};
}

/* A rung whose day has come, and that is not the one chosen. */
static withheld passed(explaining *x, const rung_seat *s, int32_t first) {
  const rung_time *t = &s->times.v[first];
  int32_t at = timeline_current(s->times, x->e->today);
  if (t->place < 0 && x->e->today > s->anchor)
    return (withheld){BLOCK_PASSED, SLICE("passed: a rung before the anchor date never fires after it")};
  if (t->place <= screen_position(x->e, s)) {
    int32_t pos = screen_position(x->e, s);
    return (withheld){BLOCK_PASSED, arena_printf(x->perm, "passed: it has climbed up to day %d", pos)};
  }
  if (s->times.v[at].place > t->place)
    return (withheld){BLOCK_PASSED,
                      arena_printf(x->perm, "passed: rung %.*s is the current one since %.*s, and only the latest goes",
                                   SLICE_ARG(timelines_written(x->e->tl, s->times.v[at].written)),
                                   SLICE_ARG(explain_day(x->perm, s->times.v[at].day)))};
  return (withheld){BLOCK_PASSED, arena_printf(x->perm, "`after a gap` keeps it back: its own day was %.*s",
                                               SLICE_ARG(explain_day(x->perm, t->day)))};
}

/* Of the rung at `first`: NONE where it is the one that fires. */
static withheld rung_withheld(explaining *x, const rung_seat *s, int32_t first, int32_t n, int32_t chosen) {
  const rung_time *t = &s->times.v[first];
  if (chosen >= 0 && s->times.v[chosen].place == t->place) return (withheld){BLOCK_NONE, {0}};
  if (was_climbed(x, s, first, n)) return climbed_words(x, s, timelines_written(x->e->tl, t->written));
  if (t->day > x->e->today)
    return (withheld){BLOCK_NOT_YET,
                      arena_printf(x->perm, "it comes on %.*s", SLICE_ARG(explain_day(x->perm, t->day)))};
  return passed(x, s, first);
}

/* What is final comes before what is about the rung; a hold, which ends, after it. */
static withheld weigh(const withheld *whole, const withheld *of_rung, const withheld *own) {
  if (whole->block == BLOCK_SETTLED || whole->block == BLOCK_STOPPED || whole->block == BLOCK_OTHER_LADDER)
    return *whole;
  if (of_rung->block != BLOCK_NONE) return *of_rung;
  return whole->block != BLOCK_NONE ? *whole : *own;
}

/* `whole`: of the invoice and its ladder. `own`: what is asked only of a rung that would fire. `because`: why it stands
 * on this ladder, may be empty. */
static void seat_steps(explaining *x, const rung_seat *s, const rung *rungs, withheld whole, withheld own,
                       slice because) {
  int32_t n = (int32_t)s->times.n, chosen = screen_chosen(x->e, s);
  for (int32_t i = 0, size; i < n; i += size) {
    for (size = 1; i + size < n && s->times.v[i + size].place == s->times.v[i].place;) size++;
    const rung *r = &rungs[s->times.v[i].rung];
    withheld of_rung = rung_withheld(x, s, i, size, chosen);
    group g = {.f = {.section = s->section,
                     .index = s->index,
                     .of = ENT_INVOICE,
                     .row = x->row,
                     .day = s->times.v[i].day,
                     .times = s->times,
                     .entry = i,
                     .entry_count = size},
               .r = r,
               .w = weigh(&whole, &of_rung, &own),
               .place = rung_place(x, s->section, s->index, r)};
    if (g.w.block == BLOCK_NONE)
      g.reached =
          arena_printf(x->perm, "it stands at %.*s since %.*s%s%.*s", SLICE_ARG(g.place),
                       SLICE_ARG(explain_day(x->perm, g.f.day)), because.n ? ", because " : "", SLICE_ARG(because));
    group_steps(x, &g);
  }
}

/* ---- ladders ---- */

static slice none_takes(explaining *x) {
  for (uint32_t k = 0; k < x->e->p->ladder_count; k++) {
    const ladder *d = &x->e->p->ladders[k];
    if (d->of != ENT_INVOICE || !d->none) continue;
    if (engine_cond(x->e, d->where, x->row) == TRI_YES)
      return words_of(x, "the policy says that no ladder is for it", d->where);
  }
  return SLICE("no ladder's condition holds for it");
}

static withheld other_ladder(explaining *x, uint32_t k) {
  const ladder *d = &x->e->p->ladders[k];
  tri t = d->where == NO_COND ? TRI_YES : engine_cond(x->e, d->where, x->row);
  if (t != TRI_YES)
    return (withheld){BLOCK_OTHER_LADDER,
                      arena_printf(x->perm, "ladder %.*s %s: %.*s", SLICE_ARG(d->name),
                                   t == TRI_NO ? "does not take it" : "does not take what it cannot decide",
                                   SLICE_ARG(terms_because(&x->terms, d->where)))};
  if (x->ladder == NO_LADDER) return (withheld){BLOCK_OTHER_LADDER, none_takes(x)};
  const ladder *own = &x->e->p->ladders[x->ladder];
  return (withheld){BLOCK_OTHER_LADDER,
                    arena_printf(x->perm, "it climbs ladder %.*s, which stands before: %.*s", SLICE_ARG(own->name),
                                 SLICE_ARG(own->where == NO_COND ? SLICE("it takes every invoice")
                                                                 : terms_because(&x->terms, own->where)))};
}

static withheld ladder_stopped(explaining *x, uint32_t k) {
  const uint32_list *l = &x->e->p->ladders[k].own.stops;
  for (uint32_t i = 0; i < l->count; i++) {
    tri t = engine_cond(x->e, l->v[i], x->row);
    if (t == TRI_NO) continue;
    return (withheld){
        BLOCK_STOPPED,
        words_of(x, t == TRI_YES ? "its ladder's `stop when` holds" : "its ladder's `stop when` cannot be decided",
                 l->v[i])};
  }
  if (history_stopped(x->e->h, k, x->row))
    return (withheld){BLOCK_STOPPED, SLICE("its ladder's `stop when` silenced it until its due date changes")};
  return (withheld){BLOCK_NONE, {0}};
}

/* Steps of a ladder that has no days for this invoice. */
static void undated_steps(explaining *x, uint32_t k, withheld w) {
  const ladder *d = &x->e->p->ladders[k];
  for (uint32_t i = 0; i < d->rung_count; i++)
    for (uint32_t l = 0; l < d->rungs[i].body.count; l++) {
      group g = {.f = {.section = SECTION_LADDER, .index = k, .row = x->row, .day = DATE_NONE_DAY},
                 .r = &d->rungs[i],
                 .w = w,
                 .place = rung_place(x, SECTION_LADDER, k, &d->rungs[i])};
      line_steps(x, &g, &(line_ref){&d->rungs[i].body.v[l], 0, &d->rungs[i]});
    }
}

static void ladder_steps(explaining *x, uint32_t k) {
  const ladder *d = &x->e->p->ladders[k];
  withheld whole = x->all_count ? x->all[0] : (withheld){BLOCK_NONE, {0}};
  bool final = whole.block == BLOCK_SETTLED || whole.block == BLOCK_STOPPED;
  if (!final && x->ladder != k) whole = other_ladder(x, k);
  withheld stopped = x->ladder == k && !final ? ladder_stopped(x, k) : (withheld){BLOCK_NONE, {0}};
  if (stopped.block != BLOCK_NONE) whole = stopped;
  int32_t anchor = engine_anchor(x->e, d, x->row);
  if (anchor == DATE_NONE_DAY) {
    withheld w = {BLOCK_NO_ANCHOR, SLICE("the date that this ladder counts from is missing")};
    undated_steps(x, k, whole.block != BLOCK_NONE ? whole : w);
    return;
  }
  withheld own = {BLOCK_NONE, {0}};
  (void)explain_holds(x, &d->own, &own, 1);
  rung_seat s = {.section = SECTION_LADDER,
                 .index = k,
                 .of = ENT_INVOICE,
                 .row = x->row,
                 .track = TRACK_INVOICES,
                 .anchor = anchor,
                 .times = timeline_at(x->e->tl, timelines_ladder(k), anchor),
                 .own = &d->own};
  slice because = d->where == NO_COND ? (slice){0} : terms_because(&x->terms, d->where);
  seat_steps(x, &s, d->rungs, whole, own, because);
}

/* ---- rules ---- */

static withheld condition(explaining *x, uint32_t id) {
  tri t = id == NO_COND ? TRI_YES : engine_cond(x->e, id, x->row);
  if (t == TRI_YES) return (withheld){BLOCK_NONE, {0}};
  return (withheld){BLOCK_CONDITION,
                    words_of(x, t == TRI_NO ? "its condition does not hold" : "its condition cannot be decided", id)};
}

static void bounded_steps(explaining *x, uint32_t k) {
  const when_rule *w = &x->e->p->whens[k];
  int32_t due = (int32_t)fact_int(x->e->f, FIELD_INVOICE_DUE, x->row);
  rung_seat s = {.section = SECTION_WHEN,
                 .index = k,
                 .of = ENT_INVOICE,
                 .row = x->row,
                 .track = track_of_when(k),
                 .anchor = due,
                 .times = timeline_at(x->e->tl, timelines_when(x->e->p, k), due)};
  seat_steps(x, &s, w->rungs, x->all_count ? x->all[0] : (withheld){BLOCK_NONE, {0}}, condition(x, w->cond),
             w->cond == NO_COND ? (slice){0} : terms_because(&x->terms, w->cond));
}

static withheld standing_withheld(explaining *x, uint32_t k) {
  const when_rule *w = &x->e->p->whens[k];
  const track *t = &x->e->h->tracks[track_of_when(k)];
  withheld c = condition(x, w->full);
  if (c.block != BLOCK_NONE) return c;
  if (x->all_count) return x->all[0];
  if (t->fired[x->row] == x->e->today) return (withheld){BLOCK_DISARMED, SLICE("it fired today already")};
  if (!t->disarmed[x->row]) return (withheld){BLOCK_NONE, {0}};
  int32_t again = w->again ? duration_after(x->e->cal, w->again_every, t->fired[x->row]) : INT32_MAX;
  if (x->e->today >= again) return (withheld){BLOCK_NONE, {0}};
  slice fired = explain_day(x->perm, t->fired[x->row]);
  return (withheld){BLOCK_DISARMED,
                    w->again ? arena_printf(x->perm, "it fired on %.*s and comes again on %.*s", SLICE_ARG(fired),
                                            SLICE_ARG(explain_day(x->perm, again)))
                             : arena_printf(x->perm, "it fired on %.*s and waits until its condition is no longer true",
                                            SLICE_ARG(fired))};
}

static void standing_steps(explaining *x, uint32_t k) {
  group g = {.f = {.section = SECTION_WHEN, .index = k, .of = ENT_INVOICE, .row = x->row},
             .w = standing_withheld(x, k),
             .place = rung_place(x, SECTION_WHEN, k, NULL)};
  g.reached = words_of(x, "its condition holds", x->e->p->whens[k].full);
  group_steps(x, &g);
}

/* Whether today's plan looked at the rule for this invoice. */
static bool looked_at(const explaining *x, section_kind section, uint32_t index) {
  for (uint32_t i = 0; i < x->plan->firing_count; i++) {
    const firing *f = &x->plan->firings[i];
    if (f->section == section && f->index == index && f->of == ENT_INVOICE && f->row == x->row) return true;
  }
  return false;
}

static withheld every_withheld(explaining *x, uint32_t k) {
  const every_rule *r = &x->e->p->everys[k];
  if (looked_at(x, SECTION_EVERY, k)) return (withheld){BLOCK_NONE, {0}};
  withheld c = condition(x, r->where);
  if (c.block != BLOCK_NONE) return c;
  if (x->all_count) return x->all[0];
  bool own = r->kind == EVERY_YEAR && r->on_use != NO_USE; /* its days are the row's */
  for (int32_t day = x->e->today + 1; !own && day < x->e->today + YEAR_AND_MORE; day++)
    if (screen_every_on(r, (civil_date){day}))
      return (withheld){BLOCK_NOT_YET, arena_printf(x->perm, "it comes on %.*s", SLICE_ARG(explain_day(x->perm, day)))};
  return (withheld){BLOCK_NOT_YET, SLICE("today is not its day")};
}

static void rule_steps(explaining *x, section_kind section, uint32_t k) {
  bool every = section == SECTION_EVERY;
  group g = {.f = {.section = section, .index = k, .of = ENT_INVOICE, .row = x->row},
             .place = every ? x->e->p->everys[k].header : x->e->p->ons[k].header};
  if (every)
    g.w = every_withheld(x, k);
  else if (!looked_at(x, SECTION_ON, k))
    g.w = (withheld){BLOCK_NO_EVENT, SLICE("nothing became known today that it answers")};
  uint32_t where = every ? x->e->p->everys[k].where : NO_COND;
  g.reached = where == NO_COND ? SLICE("today is its day") : words_of(x, "its condition holds", where);
  if (!every) g.reached = SLICE("it happened");
  group_steps(x, &g);
}

void explain_steps(explaining *x) {
  const program *p = x->e->p;
  for (uint32_t k = 0; k < p->ladder_count; k++)
    if (p->ladders[k].of == ENT_INVOICE && !p->ladders[k].none) ladder_steps(x, k);
  for (uint32_t k = 0; k < p->when_count; k++)
    if (p->whens[k].of == ENT_INVOICE) (p->whens[k].standing ? standing_steps : bounded_steps)(x, k);
  for (uint32_t k = 0; k < p->every_count; k++)
    if (p->everys[k].of == ENT_INVOICE) rule_steps(x, SECTION_EVERY, k);
  for (uint32_t k = 0; k < p->on_count; k++)
    if (p->ons[k].of == ENT_INVOICE) rule_steps(x, SECTION_ON, k);
}
