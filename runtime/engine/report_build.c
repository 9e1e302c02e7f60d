/* See report_build.h. */
#include "report_build.h"

#include "fees.h"

struct report_builder {
  arena *perm;
  report r;
  report_rung *rungs;
  uint32_t *first_rung; /* per ladder */
  uint32_t (*messages)[CH_COUNT];
  uint32_t *internal;
  uint64_t *reached[ENT_COUNT]; /* bit per row */
};

static const int32_t BUCKET_LAST[AGING_BUCKETS] = {0, 30, 60, 90, INT32_MAX};

/* Open balances by days late and currency: DOMAIN.md, Metrics. */
static const report_aging *aging(arena *perm, const engine *e, civil_date on, uint32_t *count) {
  report_aging *all = ARENA_ARRAY(perm, CURRENCY_COUNT, report_aging);
  for (currency c = 0; c < CURRENCY_COUNT; c++) all[c].cur = c;
  engine at = *e;
  at.today = on.day;
  for (uint32_t i = 0; i < e->f->t[ENT_INVOICE].n; i++) {
    int64_t open = fact_int(e->f, FIELD_INVOICE_OPEN, i);
    if (fact_int(e->f, FIELD_INVOICE_STATUS, i) != STATUS_OPEN || open <= 0) continue;
    int32_t late = fees_overdue(&at, i), b = 0;
    while (late > BUCKET_LAST[b]) b++;
    all[e->f->cur[i]].minor[b] += open;
    all[e->f->cur[i]].invoices[b]++;
  }
  *count = 0;
  for (uint32_t c = 0; c < CURRENCY_COUNT; c++) {
    uint32_t n = 0;
    int64_t total = 0;
    for (int b = 0; b < AGING_BUCKETS; b++) {
      n += all[c].invoices[b];
      total += all[c].minor[b];
    }
    if (!n) continue;
    report_aging one = all[c];
    uint32_t k = (*count)++;
    for (; k > 0; k--) { /* largest total first */
      int64_t other = 0;
      for (int b = 0; b < AGING_BUCKETS; b++) other += all[k - 1].minor[b];
      if (other >= total) break;
      all[k] = all[k - 1];
    }
    all[k] = one;
  }
  return all;
}

static int32_t drawn(duration d) {
  static const int32_t FIFTHS[UNIT_COUNT] = {
      [UNIT_DAY] = 5, [UNIT_BUSINESS_DAY] = 7, [UNIT_WEEK] = 35, [UNIT_MONTH] = 152, [UNIT_YEAR] = 1826};
  return d.n * FIFTHS[d.unit] / 5;
}

/* Where a rung is drawn: about the calendar days that its units come to. */
static int32_t drawn_days(const offset *o) { return drawn(o->base) + o->times * drawn(o->step); }

report_builder *report_begin(arena *perm, const engine *e, civil_date from, civil_date to) {
  report_builder *b = ARENA_NEW(perm, report_builder);
  b->perm = perm;
  b->r.from = from;
  b->r.to = to;
  b->r.days = (uint32_t)(to.day - from.day) + 1;
  b->messages = arena_array(perm, b->r.days, sizeof *b->messages);
  b->internal = ARENA_ARRAY(perm, b->r.days, uint32_t);
  for (int of = 0; of < ENT_COUNT; of++) b->reached[of] = ARENA_ARRAY(perm, e->f->t[of].n / 64 + 1, uint64_t);
  b->first_rung = ARENA_ARRAY(perm, e->p->ladder_count + 1, uint32_t);
  uint32_t n = 0;
  for (uint32_t l = 0; l < e->p->ladder_count; l++) n += e->p->ladders[l].rung_count;
  b->rungs = ARENA_ARRAY(perm, n + 1, report_rung);
  n = 0;
  for (uint32_t l = 0; l < e->p->ladder_count; l++) {
    b->first_rung[l] = n;
    for (uint32_t k = 0; k < e->p->ladders[l].rung_count; k++) {
      const rung *r = &e->p->ladders[l].rungs[k];
      b->rungs[n++] = (report_rung){.ladder = l, .written = r->written, .days = drawn_days(&r->off)};
    }
  }
  b->r.rung_count = n;
  b->r.aging_start = aging(perm, e, from, &b->r.aging_start_count);
  for (uint32_t i = 0; i < b->r.aging_start_count; i++)
    for (int k = 0; k < AGING_BUCKETS; k++) b->r.invoices += b->r.aging_start[i].invoices[k];
  return b;
}

static void reach_row(report_builder *b, entity of, uint32_t row) {
  b->reached[of][row / 64] |= (uint64_t)1 << (row % 64);
}

static void count_decision(report_builder *b, const engine *e, const decision *d, uint32_t day) {
  bool climbs = d->section == SECTION_LADDER || d->section == SECTION_WHEN;
  for (uint32_t i = 0; climbs && i < d->subject_count; i++)
    if (d->subjects[i].of == ENT_INVOICE) reach_row(b, ENT_INVOICE, d->subjects[i].row);
  bool send = d->act->kind == ACT_SEND;
  if (d->no_contact) b->r.no_contact++;
  bool message = send && !d->no_contact;
  if (message)
    b->messages[day][d->way->ch]++;
  else if (!d->no_contact)
    b->internal[day]++;
  if (d->section != SECTION_LADDER) return;
  const ladder *l = &e->p->ladders[d->index];
  for (uint32_t k = 0; k < l->rung_count; k++) {
    if (!slice_eq(l->rungs[k].written, d->rung)) continue;
    report_rung *r = &b->rungs[b->first_rung[d->index] + k];
    if (message)
      r->by_channel[d->way->ch]++;
    else if (!d->no_contact)
      r->other++;
    return;
  }
}

void report_day(report_builder *b, const engine *e, const day_plan *plan) {
  uint32_t day = (uint32_t)(plan->today.day - b->r.from.day);
  for (uint32_t i = 0; i < plan->decision_count; i++) count_decision(b, e, &plan->decisions[i], day);
  for (uint32_t i = 0; i < plan->firing_count; i++) {
    const firing *f = &plan->firings[i];
    if (f->section != SECTION_LADDER) continue;
    uint64_t all = f->line_count >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << f->line_count) - 1;
    if ((f->lines_done & all) != all) continue;
    for (int32_t k = f->entry; k < f->entry + f->entry_count; k++)
      b->rungs[b->first_rung[f->index] + f->times.v[k].rung].invoices++;
    reach_row(b, f->of, f->row);
  }
  for (uint32_t i = 0; i < plan->unbilled.n; i++) unbilled_add(b->perm, &b->r.unbilled, &plan->unbilled.v[i]);
  if (day + 1 == b->r.days) b->r.waiting_end = plan->waiting_count;
}

const report_undecided *report_undecided_of(const engine *e, arena *perm, uint32_t *count) {
  report_undecided *v = ARENA_ARRAY(perm, e->undecided_count * UNDECIDED_WHY_COUNT + 1, report_undecided);
  *count = 0;
  for (uint32_t k = 0; k < e->undecided_count; k++) {
    const undecided_field *u = &e->undecided[k];
    for (int why = 0; why < UNDECIDED_WHY_COUNT; why++)
      if (u->rows[why])
        v[(*count)++] =
            (report_undecided){fact_name(e->p, &u->use, perm), (undecided_why)why, u->rows[why], u->a, u->b};
  }
  return v;
}

void report_end(report_builder *b, const engine *e, report *out) {
  for (int of = 0; of < ENT_COUNT; of++)
    for (uint32_t i = 0; i < e->f->t[of].n / 64 + 1; i++)
      b->r.reached += (uint32_t)__builtin_popcountll(b->reached[of][i]);
  b->r.rungs = b->rungs;
  b->r.messages = (const uint32_t(*)[CH_COUNT])b->messages;
  b->r.internal = b->internal;
  b->r.aging_end = aging(b->perm, e, b->r.to, &b->r.aging_end_count);
  b->r.undecided = report_undecided_of(e, b->perm, &b->r.undecided_count);
  *out = b->r;
}
