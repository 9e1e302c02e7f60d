/* The engine's life: made from a compiled program and facts, asked for a day's decisions, told to remember them. */
#include "engine.h"

#include <assert.h>

#include "contact.h"
#include "fees.h"
#include "prices.h"
#include "screen.h"
#include "series.h"
#include "totals.h"
#include "undecided.h"

/* ---- making one ---- */

/* `move due`: the due date column holds the moved date, the ledger's own stays beside it. */
static void move_due(engine *e) {
  facts *f = e->f;
  if (e->p->due != DUE_MOVE || f->due_written) return;
  column *due = &fact_field(f, FIELD_INVOICE_DUE)->c;
  f->due_written = ARENA_NEW(f->perm, column);
  column_init(f->due_written, due->phys, due->day_base);
  column_reserve(f->perm, f->due_written, due->n + 1);
  for (uint32_t i = 0; i < due->n; i++) {
    int64_t day = column_get(due, i);
    column_push(f->perm, f->due_written, day);
    column_set(f, due, i, calendar_next(e->cal, (civil_date){(int32_t)day}).day);
  }
}

/* Fields that a condition reads and nothing loaded (computed ones) get their columns. */
static void require_uses(engine *e) {
  for (uint32_t u = 0; u < e->p->use_count; u++) {
    uint32_t field = e->p->uses[u].field;
    if (field == FIELD_INVOICE_OVERDUE || field == FIELD_INVOICE_NUMBER || field == FIELD_CUSTOMER_ID ||
        field == FIELD_CONTRACT_NUMBER || field == FIELD_INVOICE_CURRENCY)
      continue; /* read from elsewhere, or made by require_keys */
    bool absent_is_no = field < FIELD_COUNT && (FIELDS[field].ty == TY_BOOL || FIELDS[field].source == SRC_FEE);
    fact_require(e->f, field, absent_is_no ? 0 : FACT_MISSING);
  }
}

/* number, id and currency are kept apart from the columns; a condition that reads them needs codes. */
static void require_keys(engine *e) {
  static const uint32_t KEYS[] = {FIELD_INVOICE_NUMBER, FIELD_CUSTOMER_ID, FIELD_CONTRACT_NUMBER,
                                  FIELD_INVOICE_CURRENCY};
  for (size_t k = 0; k < sizeof KEYS / sizeof *KEYS; k++) {
    bool used = false;
    for (uint32_t u = 0; u < e->p->use_count; u++) used |= e->p->uses[u].field == KEYS[k];
    fact_column *c = fact_field(e->f, KEYS[k]);
    if (!used || (c->loaded && c->c.n)) continue;
    fact_column_init(e->f, c, KEYS[k]);
    const fact_table *t = &e->f->t[FIELDS[KEYS[k]].of];
    for (uint32_t i = 0; i < t->n; i++) {
      uint32_t code = KEYS[k] == FIELD_INVOICE_CURRENCY
                          ? dictionary_code(e->f->perm, &c->dict, slice_of(currency_code(e->f->cur[i])))
                          : dictionary_push(e->f->perm, &c->dict, t->number[i]);
      column_push(e->f->perm, &c->c, code);
    }
  }
}

static void bind(engine *e) {
  vm_world w = {.cur = e->f->one_cur, .cal = e->cal, .due = e->p->due, .fx = e->rates};
  e->m = vm_bind(e->perm, e->c->code, facts_columns(e->f, e->perm), &w);
  e->f->moved = false;
}

engine_status engine_new(arena *perm, const compiled *c, facts *f, history *h, engine **out) {
  engine *e = ARENA_NEW(perm, engine);
  *e = (engine){.perm = perm, .c = c, .p = c->program, .f = f, .h = h, .minute = 24 * 60};
  *out = e;
  if (e->p->cur == CURRENCY_NONE && f->cur_count > 1) return ENGINE_TWO_CURRENCIES;
  e->cal = program_calendar(e->p, perm);
  e->tl = timelines_new(perm, e->p, e->cal);
  if (!h) {
    uint32_t counts[ENT_COUNT] = {f->t[ENT_INVOICE].n, f->t[ENT_CUSTOMER].n, f->t[ENT_CONTRACT].n};
    e->h = history_new(perm, e->p, e->tl, counts);
  }
  require_uses(e);
  if (e->p->exchange) e->day_rates = ARENA_NEW(perm, exchange_day);
  e->rates = e->day_rates;
  e->rates_day = DATE_NONE_DAY;
  fees_bind(e);
  e->fees_may_lack = e->p->has_fee && (e->p->fee_series.n || e->f->cur_count > 1 || e->fee_cur != e->f->one_cur);
  require_keys(e);
  move_due(e);
  undecided_init(e);
  places_init(&e->places, perm, e->p);
  for (int ch = 0; ch < CH_COUNT; ch++) e->openings[ch].day = DATE_NONE_DAY;
  totals_init(e);
  prices_init(e);
  anchors_init(e);
  e->every_since = ARENA_ARRAY(perm, e->p->every_count + 1, int32_t);
  for (uint32_t k = 0; k < e->p->every_count; k++) e->every_since[k] = DATE_NONE_DAY;
  bind(e);
  return ENGINE_OK;
}

static bool has_windows(const program *p) {
  bool any = p->policy.windows.count > 0;
  for (uint32_t l = 0; l < p->ladder_count; l++) any |= p->ladders[l].own.windows.count > 0;
  return any;
}

void engine_zones(engine *e, zone_source load, void *self) {
  const fact_column *c = fact_field(e->f, FIELD_CUSTOMER_TIMEZONE);
  if (!has_windows(e->p) || !c->loaded || c->dict.d.count == 0) return;
  slice policy = e->p->timezone.n ? e->p->timezone : SLICE("UTC");
  const struct tz **v = ARENA_ARRAY(e->perm, c->dict.d.count, const struct tz *);
  for (uint32_t i = 0; i < c->dict.d.count; i++)
    if (!slice_eq(c->dict.v[i], policy)) v[i] = load(self, c->dict.v[i]);
  e->zone = load(self, policy);
  if (e->zone) e->zones = v;
}

/* ---- conditions ---- */

/* `promised` and the fee fields move with the day: brought up to date for the rows at hand before conditions see them.
 */
void engine_refresh_row(engine *e, uint32_t row) {
  if (e->reads_promised) {
    int64_t promise = fact_int(e->f, FIELD_INVOICE_PROMISE, row);
    fact_set_int(e->f, FIELD_INVOICE_PROMISED, row, promise != FACT_MISSING && promise >= e->today);
  }
  if (e->reads_fees)
    for (uint32_t field = FIELD_INVOICE_FINE; field <= FIELD_INVOICE_TOTAL; field++)
      if (fact_field(e->f, field)->loaded) {
        money m;
        bool known = fees_of(e, field, row, &m) == FEES_KNOWN;
        fact_set_int(e->f, field, row, known ? m.minor : FACT_MISSING);
      }
}

/* An `every` rule of today looks at all rows, an occurrence that waited at its own. */
static void refresh(engine *e, const day_input *in) {
  if (!e->reads_promised && !e->reads_fees) return;
  static const row_set ALL;
  const row_set *look = screen_every_due(e, in) ? &ALL : &in->look[ENT_INVOICE];
  for (uint32_t i = 0; i < e->h->pending_count; i++) {
    const pending *p = &e->h->pendings[i];
    entity of = p->section == SECTION_EVERY ? e->p->everys[p->index].of : e->p->ons[p->index].of;
    if (of == ENT_INVOICE) engine_refresh_row(e, p->row);
  }
  uint32_t n = look->rows || look->n ? look->n : e->f->t[ENT_INVOICE].n;
  for (uint32_t i = 0; i < n; i++) engine_refresh_row(e, look->rows ? look->rows[i] : look->first + i);
}

void engine_conds(engine *e, uint32_t id, const uint32_t *rows, uint32_t first, uint32_t n, uint8_t *out) {
  if (e->f->moved) bind_again(e);
  vm_cond(e->m, id, rows, first, n, out);
}

tri engine_cond(engine *e, uint32_t id, uint32_t row) {
  uint8_t out;
  engine_conds(e, id, &row, row, 1, &out);
  return (tri)out;
}

uint32_t engine_customer(const engine *e, entity of, uint32_t row) {
  switch (of) {
  case ENT_INVOICE: return e->f->customer[row];
  case ENT_CONTRACT: return e->f->contract_customer[row];
  case ENT_CUSTOMER: return row;
  case ENT_COUNT: break;
  }
  return VM_NO_ROW;
}

void bind_again(engine *e) {
  const vm_column *fresh = facts_columns(e->f, e->perm);
  vm_world w = {.cur = e->f->one_cur, .cal = e->cal, .due = e->p->due, .fx = e->rates};
  e->m = vm_bind(e->perm, e->c->code, fresh, &w);
  vm_set_today(e->m, (civil_date){e->today});
  e->f->moved = false;
}

/* ---- a day ---- */

/* `plus interest "ECB"`: the series is known once the engine's book is open. */
static void bind_fee(engine *e) {
  if (e->p->fee_series.n) e->fee.rates = series_rates(e->series, e->p->fee_series, &e->fee.rate_count);
  e->fee_bound = true;
}

void engine_rates(engine *e, int32_t today) {
  if (!e->fee_bound) bind_fee(e);
  if (!e->p->exchange || e->rates_day == today) return;
  exchange_on(e->p->exchange, e->p->cur != CURRENCY_NONE ? e->p->cur : e->f->one_cur, (civil_date){today},
              e->day_rates);
  e->rates_day = today;
}

void engine_settle(engine *e, const day_input *in, arena *perm, day_plan *out) {
  *out = (day_plan){.today = in->today};
  e->today = in->today.day;
  engine_rates(e, e->today);
  refresh(e, in);
  if (e->f->moved) bind_again(e);
  vm_set_today(e->m, in->today);
  contact_learn(e);
  firing_list firings = {.perm = perm};
  /* Room for a first day of every invoice costs nothing where it is not written to; a list that grows is copied. */
  const row_set *look = &in->look[ENT_INVOICE];
  uint32_t all = look->rows || look->n || e->firings_before ? 0 : e->f->t[ENT_INVOICE].n;
  firing_reserve(&firings, all + e->firings_before + e->firings_before / 8 + 16);
  engine_screen(e, in, perm, &firings, out);
  e->firings_before = firings.n;
  engine_lines(e, perm, &firings, out);
}

void engine_decide(engine *e, const day_input *in, arena *perm, day_plan *out) {
  engine_settle(e, in, perm, out);
  engine_tell(e, perm, out);
}

/* ---- known texts ---- */

struct known_text {
  const void *key;
  slice text;
};

static uint32_t slot_of(const engine *e, const void *key) {
  return (uint32_t)(((uintptr_t)key * 0x9E3779B97F4A7C15u) >> 32) & (e->text_cap - 1);
}

slice engine_known_text(const engine *e, const void *key) {
  if (!e->text_cap) return (slice){0};
  for (uint32_t k = slot_of(e, key); e->texts[k].key; k = (k + 1) & (e->text_cap - 1))
    if (e->texts[k].key == key) return e->texts[k].text;
  return (slice){0};
}

void engine_keep_text(engine *e, const void *key, slice s) {
  if (e->text_count * 2 >= e->text_cap) {
    struct known_text *old = e->texts;
    uint32_t cap = e->text_cap;
    e->text_cap = cap ? cap * 2 : 64;
    e->texts = ARENA_ARRAY(e->perm, e->text_cap, struct known_text);
    e->text_count = 0;
    for (uint32_t i = 0; i < cap; i++)
      if (old[i].key) engine_keep_text(e, old[i].key, old[i].text);
  }
  uint32_t k = slot_of(e, key);
  while (e->texts[k].key) k = (k + 1) & (e->text_cap - 1);
  e->texts[k] = (struct known_text){key, s};
  e->text_count++;
}
