/* Eligibility: what is never dunned, and what holds, for a batch of rows: a byte a row, 1 where nothing withholds it.
 */
#include "mask.h"
#include "screen.h"

bool screen_promised(const engine *e, const scope *s, uint32_t row) {
  int64_t promise = fact_int(e->f, FIELD_INVOICE_PROMISE, row);
  if (promise == FACT_MISSING) return false;
  return e->today <= duration_after(e->cal, s->promised_grace, (int32_t)promise);
}

/* ---- the minimum ---- */

/* The least balance that is not below the minimum, in minor units. */
static int64_t least_minor(const scope *s, currency cur) {
  if (s->ignore_currency != CURRENCY_NONE && s->ignore_currency != cur) return INT64_MIN;
  decimal least;
  if (!decimal_rescale(s->ignore_below, (uint8_t)currency_minor(cur), ROUND_DOWN, &least)) return INT64_MAX;
  return decimal_cmp(least, s->ignore_below) < 0 ? least.n + 1 : least.n;
}

bool screen_below_minimum(const engine *e, const scope *s, uint32_t row) {
  return s->has_ignore && fact_int(e->f, FIELD_INVOICE_OPEN, row) < least_minor(s, e->f->cur[row]);
}

static void minimum_batch(const engine *e, const scope *s, const batch *b, uint8_t *ok) {
  const column *open = &fact_field(e->f, FIELD_INVOICE_OPEN)->c;
  int64_t least[CURRENCY_COUNT];
  bool known[CURRENCY_COUNT] = {0};
  if (!b->rows && e->f->cur_count == 1 && open->phys == PHYS_I32) {
    int64_t one = least_minor(s, e->f->one_cur);
    if (one > INT32_MAX)
      memset(ok, 0, b->n);
    else if (one > INT32_MIN)
      mask_at_least((const int32_t *)open->data + b->first, (int32_t)one, b->n, ok);
    return;
  }
  for (uint32_t i = 0; i < b->n; i++) {
    uint32_t row = batch_row(b, i);
    currency cur = e->f->cur[row];
    if (!known[cur]) least[cur] = least_minor(s, cur);
    known[cur] = true;
    ok[i] = (uint8_t)(ok[i] & (column_get(open, row) >= least[cur]));
  }
}

/* ---- holds and stops ---- */

static void eligible_batch(const engine *e, const batch *b, uint8_t *ok) {
  const column *status = &fact_field(e->f, FIELD_INVOICE_STATUS)->c, *open = &fact_field(e->f, FIELD_INVOICE_OPEN)->c;
  if (!b->rows && status->phys == PHYS_I8 && open->phys == PHYS_I32) {
    mask_open((const int8_t *)status->data + b->first, STATUS_OPEN, (const int32_t *)open->data + b->first, b->n, ok);
    return;
  }
  for (uint32_t i = 0; i < b->n; i++) {
    uint32_t row = batch_row(b, i);
    ok[i] = column_get(status, row) == STATUS_OPEN && column_get(open, row) > 0;
  }
}

static void note_undecided(engine *e, const batch *b, uint32_t id, const uint8_t *out, const uint8_t *ok) {
  if (!mask_undecided(out, ok, b->n)) return;
  for (uint32_t i = 0; i < b->n; i++)
    if (ok[i] && out[i] == TRI_UNDECIDED) engine_note_undecided(e, id, batch_row(b, i));
}

/* Takes the rows for which C is yes or undecided out of `ok`, where C is about rows of this kind. */
static void hold_rows(engine *e, const batch *b, uint32_t id, entity of, uint8_t *ok) {
  if (e->p->conds[id].of != of) return;
  uint8_t out[VM_ROWS];
  engine_conds(e, id, b->rows, b->first, b->n, out);
  note_undecided(e, b, id, out, ok);
  mask_no(out, b->n, ok);
}

/* Stops are looked at before holds: a held invoice leaves its tracks too. Each is asked of every row, so that one that
 * is undecided does not hide another that says yes. */
static void stop_batch(engine *e, screening *s, const batch *b, uint8_t *ok) {
  const uint32_list *l = &e->p->policy.stops;
  if (!b->rows)
    mask_zero(e->h->stopped + b->first, b->n, ok);
  else
    for (uint32_t i = 0; i < b->n; i++) ok[i] &= !e->h->stopped[b->rows[i]];
  if (l->count == 0) return;
  uint8_t before[VM_ROWS], left[VM_ROWS] = {0}, out[VM_ROWS];
  memcpy(before, ok, b->n);
  for (uint32_t k = 0; k < l->count; k++) {
    if (e->p->conds[l->v[k]].of != ENT_INVOICE) continue;
    engine_conds(e, l->v[k], b->rows, b->first, b->n, out);
    note_undecided(e, b, l->v[k], out, before);
    for (uint32_t i = 0; i < b->n; i++)
      if (before[i] && out[i] == TRI_YES && !left[i]++)
        row_list_add(s->perm, &s->plan->stops, NO_LADDER, batch_row(b, i));
    mask_no(out, b->n, ok);
  }
}

/* A stop of something without a due date holds while it is true. */
static void hold_batch(engine *e, screening *s, const batch *b, entity of, uint8_t *ok) {
  const scope *pol = &e->p->policy;
  if (of == ENT_INVOICE)
    stop_batch(e, s, b, ok);
  else
    for (uint32_t k = 0; k < pol->stops.count; k++) hold_rows(e, b, pol->stops.v[k], of, ok);
  for (uint32_t k = 0; k < pol->holds.count; k++) hold_rows(e, b, pol->holds.v[k], of, ok);
  if (of != ENT_INVOICE) return;
  if (pol->hold_promised)
    for (uint32_t i = 0; i < b->n; i++) ok[i] &= !(ok[i] && screen_promised(e, pol, batch_row(b, i)));
  if (pol->has_ignore) minimum_batch(e, pol, b, ok);
}

static void contracts_eligible(const engine *e, const batch *b, uint8_t *ok) {
  for (uint32_t i = 0; i < b->n; i++) {
    int64_t status = fact_int(e->f, FIELD_CONTRACT_STATUS, batch_row(b, i));
    ok[i] = status != CONTRACT_CHURNED && status != CONTRACT_ENDED;
  }
}

void screen_hold(engine *e, screening *s, const batch *b, entity of, uint8_t *ok) {
  switch (of) {
  case ENT_INVOICE: eligible_batch(e, b, ok); break;
  case ENT_CONTRACT: contracts_eligible(e, b, ok); break;
  case ENT_CUSTOMER:
  case ENT_COUNT: memset(ok, 1, b->n); break;
  }
  if (mask_any(ok, b->n)) hold_batch(e, s, b, of, ok);
}

bool screen_eligible(engine *e, screening *s, entity of, uint32_t row) {
  uint8_t ok;
  batch b = {&row, 0, 1};
  screen_hold(e, s, &b, of, &ok);
  return ok;
}
