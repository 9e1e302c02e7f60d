/* See backtest.h. */
#include "backtest.h"

#include <stdlib.h>

#include "backtest_match.h"
#include "live.h"

/* A rung that an invoice reached: followed until it is paid. */
typedef struct reached {
  uint32_t rung, before; /* index + 1 of the invoice's reach before it */
  int32_t day;
} reached;

struct backtest {
  arena *perm;
  engine *e;
  backtest_terms terms;
  match_table t;
  backtest_rung *rungs;
  uint32_t *rungs_of; /* by ladder: index of its first rung; NO_RUNGS: of contracts */
  uint32_t rung_count;
  reached *reaches;
  uint32_t reach_count, reach_cap;
  uint32_t *reach_of; /* by invoice: index + 1 of the last */
  arena *scratch;
};
enum { NO_RUNGS = UINT32_MAX };

backtest *backtest_new(arena *perm, engine *e, const backtest_terms *terms) {
  backtest *b = ARENA_NEW(perm, backtest);
  const program *p = e->p;
  *b = (backtest){.perm = perm, .e = e, .terms = *terms, .t = {.perm = perm, .window_days = terms->window_days}};
  b->reach_of = ARENA_ARRAY(perm, e->f->t[ENT_INVOICE].n + 1, uint32_t);
  b->rungs_of = ARENA_ARRAY(perm, p->ladder_count + 1, uint32_t);
  for (uint32_t l = 0; l < p->ladder_count; l++) {
    b->rungs_of[l] = p->ladders[l].of == ENT_INVOICE ? b->rung_count : NO_RUNGS;
    if (p->ladders[l].of == ENT_INVOICE) b->rung_count += p->ladders[l].rung_count;
  }
  b->rungs = ARENA_ARRAY(perm, b->rung_count + 1, backtest_rung);
  for (uint32_t l = 0; l < p->ladder_count; l++)
    for (uint32_t r = 0; b->rungs_of[l] != NO_RUNGS && r < p->ladders[l].rung_count; r++)
      b->rungs[b->rungs_of[l] + r] = (backtest_rung){.ladder = p->ladders[l].name,
                                                     .rung = p->ladders[l].rungs[r].written,
                                                     .reached_sum = ARENA_ARRAY(perm, CURRENCY_COUNT, int64_t),
                                                     .before_sum = ARENA_ARRAY(perm, CURRENCY_COUNT, int64_t),
                                                     .after_sum = ARENA_ARRAY(perm, CURRENCY_COUNT, int64_t)};
  return b;
}

/* ---- what would have been sent ---- */

void backtest_decided(void *self, const decision *d) {
  backtest *b = self;
  bool send = d->act->kind == ACT_SEND;
  if (d->no_contact) return;
  slice by = send ? slice_of(CHANNELS[d->way->ch]) : slice_of(ACTIONS[d->act->kind].words);
  bool contact = send && program_way_to_customer(b->e->p, d->way);
  uint32_t step = match_step(&b->t, d->ladder, d->rung, by, contact);
  for (uint32_t i = 0; i < d->subject_count; i++) {
    match_one one = {.of = d->subjects[i].of,
                     .row = d->subjects[i].row,
                     .customer = d->customer_row,
                     .step = step,
                     .day = d->day.day,
                     .lead = i == 0};
    match_add(&b->t, MATCH_WOULD, &one);
  }
}

/* ---- steps and payments ---- */

static void add_reach(backtest *b, uint32_t index, uint32_t row, int32_t day) {
  if (b->reach_count == b->reach_cap) {
    uint32_t cap = b->reach_cap ? b->reach_cap * 2 : 1024;
    reached *v = ARENA_ARRAY(b->perm, cap, reached);
    if (b->reach_count) memcpy(v, b->reaches, b->reach_count * sizeof *v);
    b->reaches = v;
    b->reach_cap = cap;
  }
  b->reaches[b->reach_count++] = (reached){index, b->reach_of[row], day};
  b->reach_of[row] = b->reach_count;
}

void backtest_settled(void *self, const engine *e, const day_plan *plan) {
  backtest *b = self;
  for (uint32_t i = 0; i < plan->firing_count; i++) {
    const firing *f = &plan->firings[i];
    if (f->section != SECTION_LADDER || !f->fresh || b->rungs_of[f->index] == NO_RUNGS) continue;
    for (int32_t k = f->entry; k < f->entry + f->entry_count; k++) {
      backtest_rung *r = &b->rungs[b->rungs_of[f->index] + f->times.v[k].rung];
      r->reached++;
      r->reached_sum[e->f->cur[f->row]] += fact_int(e->f, FIELD_INVOICE_OPEN, f->row);
      add_reach(b, b->rungs_of[f->index] + f->times.v[k].rung, f->row, plan->today.day);
    }
  }
}

/* Paid in full on this day, before anything was decided on it: steps of its ladder from today on were not needed. */
static void paid(backtest *b, uint32_t row, int32_t day, uint32_t on, int64_t open) {
  engine *e = b->e;
  uint8_t cur = e->f->cur[row];
  for (uint32_t k = b->reach_of[row]; k; k = b->reaches[k - 1].before) {
    const reached *x = &b->reaches[k - 1];
    if (day - x->day > b->terms.paid_days) continue;
    b->rungs[x->rung].after++;
    b->rungs[x->rung].after_sum[cur] += open;
  }
  if (on == NO_LADDER || b->rungs_of[on] == NO_RUNGS) return;
  int32_t anchor = engine_anchor(e, &e->p->ladders[on], row);
  if (anchor == DATE_NONE_DAY) return;
  rung_times r = timeline_at(e->tl, timelines_ladder(on), anchor);
  for (uint32_t i = 0; i < r.n; i++) {
    if (r.v[i].day < day || r.v[i].day > b->terms.to.day) continue;
    backtest_rung *x = &b->rungs[b->rungs_of[on] + r.v[i].rung];
    x->before++;
    x->before_sum[cur] += open;
  }
}

void backtest_apply(void *self, engine *e, const happening *h, occurrence_list *out) {
  backtest *b = self;
  bool owed = h->kind == HAPPENING_PAYMENT && !h->own && fact_int(e->f, FIELD_INVOICE_STATUS, h->row) == STATUS_OPEN;
  uint32_t on = NO_LADDER;
  int64_t open = 0;
  if (owed) {
    e->today = h->day;
    if (e->f->moved) bind_again(e);
    vm_set_today(e->m, (civil_date){h->day});
    on = engine_ladder(e, ENT_INVOICE, h->row, false);
    open = fact_int(e->f, FIELD_INVOICE_OPEN, h->row);
  }
  record_apply(e, h, out);
  if (!owed || fact_int(e->f, FIELD_INVOICE_STATUS, h->row) == STATUS_OPEN) return;
  paid(b, h->row, h->day, on, open);
  b->reach_of[h->row] = 0; /* a payment that comes back begins anew */
}

/* ---- what was sent ---- */

/* It went out, or may have. */
static bool went_out(slice state) {
  static const char *const WENT[] = {"accepted", "delivered", "read", "replied", "unknown"};
  for (size_t i = 0; i < sizeof WENT / sizeof *WENT; i++)
    if (slice_eq(state, slice_of(WENT[i]))) return true;
  return false;
}

/* The action's words in front of its text: "open card" of `open card in "Legal"`. */
static slice verb_of(slice text) {
  slice best = {0};
  for (int k = 0; k < ACT_COUNT; k++) {
    slice words = slice_of(ACTIONS[k].words);
    if (words.n > best.n && slice_starts(text, words)) best = words;
  }
  return best;
}

/* Messages that went to somebody of the house. */
static store_code inner_load(store *s, arena *perm, int64_t **out, uint32_t *n) {
  const slice columns[] = {SLICE("action")};
  const store_where where = {"to_customer", STORE_EQ, 0, {0}};
  store_query q = {.table = STORE_T_message, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  uint32_t cap = 0;
  *n = 0;
  *out = NULL;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    if (*n == cap) {
      cap = cap ? cap * 2 : 64;
      int64_t *v = ARENA_ARRAY(perm, cap, int64_t);
      if (*n) memcpy(v, *out, *n * sizeof *v);
      *out = v;
    }
    (*out)[(*n)++] = store_int(c, 0);
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

static bool is_inner(const int64_t *v, uint32_t n, int64_t id) {
  for (uint32_t lo = 0, hi = n; lo < hi;) { /* a scan of messages is in the order of their actions */
    uint32_t mid = lo + (hi - lo) / 2;
    if (v[mid] == id) return true;
    if (v[mid] < id)
      lo = mid + 1;
    else
      hi = mid;
  }
  return false;
}

enum { A_ID, A_KIND, A_ENTITY, A_CUSTOMER, A_ON, A_LADDER, A_RUNG, A_ACTION, A_RECIPIENT, A_CHANNEL, A_LEAD, A_STATE };

static bool take(backtest *b, const row_names *names, store_cursor *c, const int64_t *inner, uint32_t inner_count) {
  entity of = entity_of_kind(store_int(c, A_KIND));
  uint32_t row = row_names_find(&names[of], store_text(c, A_ENTITY));
  if (row == VM_NO_ROW) return false;
  slice verb = verb_of(store_text(c, A_ACTION));
  bool send = slice_eq(verb, slice_of(ACTIONS[ACT_SEND].words));
  bool is_lead = store_is_null(c, A_LEAD) || store_int(c, A_LEAD) == 0;
  int64_t message = is_lead ? store_int(c, A_ID) : store_int(c, A_LEAD);
  match_one one = {.of = of,
                   .row = row,
                   .customer = row_names_find(&names[ENT_CUSTOMER], store_text(c, A_CUSTOMER)),
                   .day = (int32_t)store_int(c, A_ON),
                   .lead = is_lead,
                   .state = arena_slice(b->perm, store_text(c, A_STATE))};
  one.step = match_step(&b->t, store_text(c, A_LADDER), store_text(c, A_RUNG), send ? store_text(c, A_CHANNEL) : verb,
                        send && !is_inner(inner, inner_count, message));
  match_add(&b->t, MATCH_WAS, &one);
  return true;
}

store_code backtest_read(backtest *b, store *s) {
  const slice columns[] = {SLICE("id"),        SLICE("kind"),    SLICE("entity"), SLICE("customer"),
                           SLICE("sent_on"),   SLICE("ladder"),  SLICE("rung"),   SLICE("action"),
                           SLICE("recipient"), SLICE("channel"), SLICE("lead"),   SLICE("state")};
  const store_where where[] = {{"sent_on", STORE_GE, b->terms.from.day, {0}},
                               {"sent_on", STORE_LE, b->terms.to.day, {0}}};
  store_query q = {.table = STORE_T_action,
                   .columns = columns,
                   .column_count = sizeof columns / sizeof *columns,
                   .where = where,
                   .where_count = 2};
  row_names names[ENT_COUNT];
  arena *scratch = arena_new();
  int64_t *inner;
  uint32_t inner_count;
  store_cursor *c = NULL;
  for (int of = 0; of < ENT_COUNT; of++) names[of] = row_names_of(scratch, &b->e->f->t[of]);
  store_code code = inner_load(s, scratch, &inner, &inner_count);
  if (code == STORE_OK) code = store_scan(s, &q, &c);
  while (code == STORE_OK && (code = store_next(c)) == STORE_ROW) {
    code = STORE_OK;
    if (!went_out(store_text(c, A_STATE)) || slice_eq(store_text(c, A_RECIPIENT), SLICE("no contact"))) continue;
    if (!take(b, names, c, inner, inner_count)) b->t.unknown++;
  }
  store_cursor_close(c);
  arena_free(scratch);
  return code == STORE_END ? STORE_OK : code;
}

void backtest_end(backtest *b, backtest_result *out) {
  *out = (backtest_result){.rungs = b->rungs, .rung_count = b->rung_count, .unknown = b->t.unknown};
  match_end(&b->t, b->e, out);
}
