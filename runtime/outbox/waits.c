/* See waits.h. Lines that ask, plans and days that are held stand in tables of their own, with their answers. */
#include "waits.h"

#include "approve.h"
#include "runtime/engine/report_build.h"
#include "runtime/store/agenda.h"
#include "runtime/store/waiting.h"

static bool asked_elsewhere(wait_reason why) {
  return why == WAIT_NONE || why == WAIT_APPROVAL || why == WAIT_BLAST || why == WAIT_ACTIVATION;
}

/* What is open of all that it is about; of two currencies nothing is said. */
static void sum_of(outbox *o, const decision *d, store_waiting *w) {
  money all = {0};
  for (uint32_t i = 0; i < d->subject_count; i++) {
    money one = engine_amount(o->e, d->subjects[i].of, d->subjects[i].row);
    if (one.cur == CURRENCY_NONE) continue;
    if (i && (one.cur != all.cur || !money_add(all, one, &one))) return;
    all = one;
  }
  if (all.cur == CURRENCY_NONE) return;
  w->currency = slice_of(currency_code(all.cur));
  w->open = all.minor;
}

static store_code keep_decision(outbox *o, const decision *d, int64_t seen_us, int64_t rows, arena *scratch) {
  store_waiting w = {.why = slice_of(WAITS[d->wait]),
                     .step = outbox_step_of(d, scratch),
                     .what = d->text,
                     .customer = d->customer,
                     .entity = d->subjects->number,
                     .rows = rows,
                     .on = d->day.day};
  /* Of a line whose guard is undecided nobody knows which action it would be. */
  if (d->act && d->act->kind == ACT_SEND && d->way) w.outlet = slice_of(CHANNELS[d->way->ch]);
  sum_of(o, d, &w);
  return store_waiting_put(o->s, &w, seen_us);
}

static store_code keep_field(outbox *o, const report_undecided *u, int32_t today, int64_t seen_us) {
  static const char *const WHY[UNDECIDED_WHY_COUNT] = {[UNDECIDED_MISSING] = "missing",
                                                       [UNDECIDED_CURRENCIES] = "currencies",
                                                       [UNDECIDED_NO_EXCHANGE] = "no exchange",
                                                       [UNDECIDED_NO_RATE] = "no rate"};
  store_waiting w = {
      .why = WAITING_FIELD, .step = slice_of(WHY[u->why]), .what = u->field, .rows = u->rows, .on = today};
  return store_waiting_put(o->s, &w, seen_us);
}

store_code outbox_keep_waits(outbox *o, const day_plan *plan) {
  bool all = !store_focused(o->s);
  int64_t seen_us = store_now_us(o->s);
  uint32_t n = 0, kept = 0, of = 0;
  store_code code = store_waiting_clear(o->s, all);
  for (uint32_t i = 0; i < plan->waiting_count; i++) of += !asked_elsewhere(plan->waiting[i].wait);
  for (uint32_t i = 0; i < plan->waiting_count && kept < WAITING_ROWS_MAX && code == STORE_OK; i++) {
    if (asked_elsewhere(plan->waiting[i].wait)) continue;
    arena *scratch = arena_new();
    kept++;
    code = keep_decision(o, &plan->waiting[i], seen_us, kept == WAITING_ROWS_MAX ? of - kept + 1 : 1, scratch);
    arena_free(scratch);
  }
  const report_undecided *u = all ? report_undecided_of(o->e, o->perm, &n) : NULL;
  for (uint32_t i = 0; i < n && code == STORE_OK; i++) code = keep_field(o, u + i, plan->today.day, seen_us);
  return code;
}
