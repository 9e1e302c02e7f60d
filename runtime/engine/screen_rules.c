/* `every` rules of a day, `on` rules of its events, and occurrences of both that still wait. */
#include <stdlib.h>

#include "contact.h"
#include "event_values.h"
#include "lang/base/utf8.h"
#include "lang/check/erp_events.h"
#include "live.h"
#include "screen.h"

/* ---- every ---- */

static bool on_day_of_month(civil_date today, int32_t day) {
  int last = date_month_days(date_year(today), date_month(today));
  if (day == 0 || day > last) return date_day(today) == last;
  return date_day(today) == day;
}

bool screen_every_on(const every_rule *r, civil_date today) {
  switch (r->kind) {
  case EVERY_DAY: return true;
  case EVERY_WEEK: return r->days >> date_weekday(today) & 1;
  case EVERY_MONTH: return on_day_of_month(today, r->day);
  case EVERY_YEAR:
    if (r->on_use != NO_USE) return true; /* each row has its own date */
    return date_month(today) == r->month && on_day_of_month(today, r->day);
  }
  return false;
}

bool screen_every_due(const engine *e, const day_input *in) {
  if (in->dues) return in->due_count > 0;
  for (uint32_t k = 0; k < e->p->every_count && in->everys_after_start; k++)
    if (screen_every_on(&e->p->everys[k], (civil_date){e->today})) return true;
  return false;
}

/* `every year on next_adjustment`: the field's date and its anniversaries; 29 February is the 28th in common years. The
 * latest of `from` to `to`, DATE_NONE_DAY: none. */
static int32_t anniversary(const engine *e, const every_rule *r, uint32_t row, int32_t from, int32_t to) {
  const field_use *use = &e->p->uses[r->on_use];
  uint32_t at = fact_row(e->f, use, row);
  int64_t day = at == VM_NO_ROW ? FACT_MISSING : fact_int(e->f, use->field, at);
  if (day == FACT_MISSING || day > to) return DATE_NONE_DAY;
  civil_date first = {(int32_t)day};
  int64_t years = date_year((civil_date){to}) - date_year(first);
  int32_t found = date_add_months(first, 12 * years).day;
  if (found > to) found = years > 0 ? date_add_months(first, 12 * (years - 1)).day : DATE_NONE_DAY;
  return found != DATE_NONE_DAY && found >= from ? found : DATE_NONE_DAY;
}

static bool bills(const every_rule *r) {
  for (uint32_t l = 0; l < r->body.count; l++)
    for (uint32_t b = 0; b < r->body.v[l].branch_count; b++)
      for (uint32_t a = 0; a < r->body.v[l].branches[b].action_count; a++)
        if (r->body.v[l].branches[b].actions[a].kind == ACT_BILL_CONTRACT) return true;
  return false;
}

/* Billing runs from the contract's start to its end, both inclusive. */
static bool in_contract_time(const engine *e, uint32_t row, int32_t day) {
  int64_t start = fact_int(e->f, FIELD_CONTRACT_START, row), end = fact_int(e->f, FIELD_CONTRACT_END, row);
  return (start == FACT_MISSING || start <= day) && (end == FACT_MISSING || day <= end);
}

/* ---- bills ---- */

const char *const UNBILLED_WORDS[UNBILLED_COUNT] = {
#define UNBILLED(id, words) words,
    UNBILLED_REASONS(UNBILLED)
#undef UNBILLED
};

void unbilled_add(arena *perm, unbilled_list *l, const unbilled_period *p) {
  if (l->n == l->cap) {
    uint32_t cap = l->cap ? l->cap * 2 : 16;
    unbilled_period *v = ARENA_ARRAY(perm, cap, unbilled_period);
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
    l->cap = cap;
  }
  l->v[l->n++] = *p;
}

/* A churned or ended contract has no periods that anybody would miss. */
static bool is_over(const engine *e, uint32_t row) {
  int64_t status = fact_int(e->f, FIELD_CONTRACT_STATUS, row);
  return status == CONTRACT_CHURNED || status == CONTRACT_ENDED;
}

/* Tells of a period of the contract that is not billed. */
static void skipped_period(engine *e, screening *s, uint32_t rule, uint32_t row, int32_t day, tri where,
                           bool eligible) {
  bool held = e->f->billing_held && e->f->billing_held[row];
  if (is_over(e, row) || !in_contract_time(e, row, day) || (eligible && where == TRI_YES && !held)) return;
  unbilled_why why = where == TRI_NO          ? UNBILLED_CONDITION
                     : where == TRI_UNDECIDED ? UNBILLED_UNDECIDED
                     : eligible               ? UNBILLED_BILLING_HELD
                                              : UNBILLED_POLICY_HOLDS;
  unbilled_add(s->perm, &s->plan->unbilled, &(unbilled_period){rule, row, day, why});
}

/* For the days of `due`: one of them, or each row's own. The condition is asked as of today. */
static void every_batch(engine *e, screening *s, uint32_t index, const batch *b, const every_due *due) {
  const every_rule *r = &e->p->everys[index];
  uint8_t out[VM_ROWS];
  if (r->where == NO_COND)
    memset(out, TRI_YES, b->n);
  else
    engine_conds(e, r->where, b->rows, b->first, b->n, out);
  bool billing = r->of == ENT_CONTRACT && bills(r);
  for (uint32_t i = 0; i < b->n; i++) {
    uint32_t row = batch_row(b, i);
    if (out[i] == TRI_NO && !billing) continue;
    bool own = r->kind == EVERY_YEAR && r->on_use != NO_USE;
    int32_t day = own ? anniversary(e, r, row, due->from, due->to) : due->to;
    if (day == DATE_NONE_DAY) continue;
    bool eligible = screen_eligible(e, s, r->of, row);
    if (billing) skipped_period(e, s, index, row, day, (tri)out[i], eligible);
    if (!eligible || (billing && !in_contract_time(e, row, day)) || out[i] == TRI_NO) continue;
    if (out[i] == TRI_UNDECIDED) {
      engine_note_undecided(e, r->where, row);
      continue;
    }
    firing *f = firing_add(s->out);
    *f = (firing){.section = SECTION_EVERY,
                  .index = index,
                  .of = r->of,
                  .row = row,
                  .track = NO_TRACK,
                  .day = day,
                  .fresh = true};
  }
}

static void every_day(engine *e, screening *s, const every_due *due) {
  uint32_t n = e->f->t[e->p->everys[due->index].of].n;
  for (uint32_t at = 0; at < n; at += VM_ROWS) {
    batch b = {NULL, at, n - at < VM_ROWS ? n - at : VM_ROWS};
    every_batch(e, s, due->index, &b, due);
  }
}

/* Missed periods are billed each, for their own date; of anything else the latest is made up for. */
static void every_due_days(engine *e, screening *s, const every_due *due) {
  const every_rule *r = &e->p->everys[due->index];
  if (r->kind == EVERY_YEAR && r->on_use != NO_USE) {
    every_day(e, s, due);
    return;
  }
  bool each = r->of == ENT_CONTRACT && bills(r);
  int32_t latest = DATE_NONE_DAY;
  for (int32_t day = due->to; day >= due->from && latest == DATE_NONE_DAY; day--)
    if (screen_every_on(r, (civil_date){day})) latest = day;
  for (int32_t day = each ? due->from : latest; latest != DATE_NONE_DAY && day <= latest; day++)
    if (screen_every_on(r, (civil_date){day})) every_day(e, s, &(every_due){due->index, day, day, day});
}

/* Contracts that came into the ledger after a day of theirs was decided: LANGUAGE.md 8 has their periods run from the
 * later of their start and the rule's first activation. */
static void every_new_contracts(engine *e, screening *s, const every_due *due) {
  const every_rule *r = &e->p->everys[due->index];
  if (due->since >= due->from || r->of != ENT_CONTRACT || !bills(r)) return;
  bool own = r->kind == EVERY_YEAR && r->on_use != NO_USE;
  for (uint32_t at = 0; at < e->live->new_contract_count; at += VM_ROWS) {
    uint32_t n = e->live->new_contract_count - at;
    batch b = {e->live->new_contracts + at, 0, n < VM_ROWS ? n : VM_ROWS};
    for (int32_t day = due->since; !own && day < due->from; day++)
      if (screen_every_on(r, (civil_date){day}))
        every_batch(e, s, due->index, &b, &(every_due){due->index, day, day, day});
    if (own) every_batch(e, s, due->index, &b, &(every_due){due->index, due->since, due->from - 1, due->since});
  }
}

static void everys(engine *e, screening *s, const day_input *in) {
  for (uint32_t k = 0; k < in->due_count; k++) {
    every_new_contracts(e, s, &in->dues[k]);
    every_due_days(e, s, &in->dues[k]);
  }
  for (uint32_t k = 0; !in->dues && k < e->p->every_count; k++)
    every_due_days(e, s, &(every_due){k, e->today, e->today, e->today});
}

/* ---- on ---- */

static bool contains_folded(arena *perm, slice in, slice part) {
  slice hay = utf8_fold(perm, in), needle = utf8_fold(perm, part);
  if (needle.n == 0) return true;
  for (size_t i = 0; i + needle.n <= hay.n; i++)
    if (memcmp(hay.p + i, needle.p, needle.n) == 0) return true;
  return false;
}

/* A rule's condition; of an ERP's event, with its values. */
static tri rule_where(engine *e, section_kind section, uint32_t index, uint32_t row, slice text) {
  event_values was;
  event_values_begin(e, row, event_said(e, section, index, text), &was);
  tri t = engine_cond(e, section == SECTION_ON ? e->p->ons[index].where : e->p->everys[index].where, row);
  event_values_end(e, &was);
  return t;
}

static void events(engine *e, screening *s, const day_input *in) {
  for (uint32_t v = 0; v < in->event_count; v++) {
    const occurrence *o = &in->events[v];
    for (uint32_t k = 0; k < e->p->on_count; k++) {
      const on_rule *r = &e->p->ons[k];
      if (r->kind != o->kind || r->of != o->of) continue;
      if (r->kind == EV_ERP && !erp_event_is(r->what, o->name)) continue;
      if (r->containing.n && !contains_folded(s->perm, o->text, r->containing)) continue;
      if (r->where != NO_COND) {
        tri t = rule_where(e, SECTION_ON, k, o->row, o->text);
        if (t == TRI_UNDECIDED) engine_note_undecided(e, r->where, o->row);
        if (t != TRI_YES) continue;
      }
      firing *f = firing_add(s->out);
      *f = (firing){.section = SECTION_ON,
                    .index = k,
                    .of = o->of,
                    .row = o->row,
                    .track = NO_TRACK,
                    .day = e->today,
                    .fresh = true,
                    .reply = o->text,
                    .seq = o->seq,
                    .told = o->day};
    }
  }
}

/* ---- what waited ---- */

/* Whether today's occurrence of a rule finds its messages' window open at its hour or after. */
static bool opens_today(engine *e, const every_rule *r, uint32_t row) {
  for (uint32_t l = 0; l < r->body.count; l++)
    for (uint32_t b = 0; b < r->body.v[l].branch_count; b++)
      for (uint32_t a = 0; a < r->body.v[l].branches[b].action_count; a++) {
        const action *x = &r->body.v[l].branches[b].actions[a];
        if (x->kind != ACT_SEND) continue;
        channel ch = contact_reach(e, x, r->of, row, NULL).way->ch;
        return contact_opening(e, r->of, row, ch, NULL, e->today, r->at_min) >= 0;
      }
  return true;
}

static int by_rule(const void *va, const void *vb) {
  const pending *a = va, *b = vb;
  if (a->section != b->section) return a->section < b->section ? -1 : 1;
  if (a->index != b->index) return a->index < b->index ? -1 : 1;
  if (a->row != b->row) return a->row < b->row ? -1 : 1;
  return (a->day > b->day) - (a->day < b->day);
}

/* Today's occurrences of `every` rules, as everys() added them: by rule, then by row. */
typedef struct fresh_range {
  uint32_t from, to;
} fresh_range;

static bool runs_today(const firing_list *l, fresh_range r, const pending *p) {
  while (r.from < r.to) {
    uint32_t mid = r.from + (r.to - r.from) / 2;
    const firing *f = &l->v[mid];
    if (f->index == p->index && f->row == p->row) return true;
    if (f->index < p->index || (f->index == p->index && f->row < p->row))
      r.from = mid + 1;
    else
      r.to = mid;
  }
  return false;
}

/* One that waits gives way to a later one of its rule: to today's where that can go, else to the latest that waits;
 * bills are each for their own date. What a rule's condition has come to deny is dropped: a wait is decided afresh. */
static void waited(engine *e, screening *s, fresh_range today) {
  uint32_t n = e->h->pending_count;
  pending *v = ARENA_ARRAY(s->perm, n + 1, pending);
  if (n) memcpy(v, e->h->pendings, n * sizeof *v);
  if (n > 1) qsort(v, n, sizeof *v, by_rule);
  for (uint32_t i = 0; i < n; i++) {
    const pending *p = &v[i];
    bool every = p->section == SECTION_EVERY, gives_way = every && !bills(&e->p->everys[p->index]);
    entity of = every ? e->p->everys[p->index].of : e->p->ons[p->index].of;
    uint32_t where = every ? e->p->everys[p->index].where : e->p->ons[p->index].where;
    if (gives_way && i + 1 < n && v[i + 1].section == SECTION_EVERY && v[i + 1].index == p->index &&
        v[i + 1].row == p->row)
      continue;
    if (gives_way && runs_today(s->out, today, p) && opens_today(e, &e->p->everys[p->index], p->row)) continue;
    if (every && !screen_eligible(e, s, of, p->row)) continue;
    if (where != NO_COND && rule_where(e, (section_kind)p->section, p->index, p->row, p->reply) == TRI_NO) {
      if (every && of == ENT_CONTRACT && !gives_way) skipped_period(e, s, p->index, p->row, p->day, TRI_NO, true);
      continue;
    }
    firing *f = firing_add(s->out);
    *f = (firing){.section = (section_kind)p->section,
                  .index = p->index,
                  .of = of,
                  .row = p->row,
                  .track = NO_TRACK,
                  .day = p->day,
                  .done = p->done,
                  .lines_done = p->lines_done,
                  .reply = p->reply,
                  .seq = p->seq};
  }
}

void screen_rules(engine *e, screening *s, const day_input *in) {
  fresh_range today = {s->out->n, s->out->n};
  if (in->everys_after_start) everys(e, s, in);
  today.to = s->out->n;
  events(e, s, in);
  waited(e, s, today);
}
