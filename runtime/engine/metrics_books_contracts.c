/* See metrics_books.h: of contracts what counts on which day, and what their billing rules were to bring. */
#include "bills.h"
#include "metrics_books.h"
#include "prices.h"
#include "runtime/store/measure.h"

/* Bills that are kept: of the months that a report looks back at. */
enum { BILLS_MONTHS = 25, BILLS_MAX = 800, RULES_MAX = 64 };

typedef struct billing_rule {
  uint32_t index;
  const action *bill;
  billing_period per;
} billing_rule;

static billing_period period_of(every_kind k) {
  switch (k) {
  case EVERY_DAY: return PERIOD_DAY;
  case EVERY_WEEK: return PERIOD_WEEK;
  case EVERY_MONTH: return PERIOD_MONTH;
  case EVERY_YEAR: break;
  }
  return PERIOD_YEAR;
}

static uint32_t billing_rules(const program *p, billing_rule out[RULES_MAX]) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < p->every_count && n < RULES_MAX; i++) {
    const action *bill = p->everys[i].of == ENT_CONTRACT ? bill_of(&p->everys[i]) : NULL;
    if (bill) out[n++] = (billing_rule){i, bill, period_of(p->everys[i].kind)};
  }
  return n;
}

/* The rule that bills the contract: the only one, else the first whose condition holds today. NULL: none. */
static const billing_rule *rule_of(engine *e, const billing_rule *v, uint32_t n, uint32_t row) {
  if (n == 1) return v;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t where = e->p->everys[v[i].index].where;
    if (where == NO_COND || engine_cond(e, where, row) == TRI_YES) return &v[i];
  }
  return NULL;
}

static int32_t day_fact(const engine *e, uint32_t field, uint32_t row) {
  if (!fact_field(e->f, field)->loaded) return DATE_NONE_DAY;
  int64_t v = fact_int(e->f, field, row);
  return v == FACT_MISSING ? DATE_NONE_DAY : (int32_t)v;
}

static void take_contract(books *b, const engine *e, uint32_t row) {
  book_contract *c = &b->contracts[row];
  *c = (book_contract){.customer = e->f->contract_customer[row],
                       .cur = e->f->contract_cur[row],
                       .start = day_fact(e, FIELD_CONTRACT_START, row),
                       .end = day_fact(e, FIELD_CONTRACT_END, row),
                       .churned = BOOK_NEVER,
                       .paused = BOOK_NEVER,
                       .per = PERIOD_COUNT};
  int64_t price = fact_int(e->f, FIELD_CONTRACT_PRICE, row), status = fact_int(e->f, FIELD_CONTRACT_STATUS, row);
  c->has_price = price != FACT_MISSING;
  c->price = c->has_price ? price : 0;
  if (status == CONTRACT_PAUSED) c->paused = BOOK_ALWAYS;
  bool ended = c->end != DATE_NONE_DAY && c->end < b->today.day;
  if (status == CONTRACT_CHURNED || (status == CONTRACT_ENDED && !ended)) c->churned = ended ? c->end + 1 : BOOK_ALWAYS;
}

/* The days that events and Dun's own doing tell of. */
static store_code take_days(books *b, const engine *e, store *s, const happening_list *l) {
  for (uint32_t i = 0; i < l->n; i++) {
    const happening *h = &l->v[i];
    if (h->kind != HAPPENING_CHURN) continue;
    book_contract *c = &b->contracts[h->row];
    if (c->churned == BOOK_NEVER || c->churned == BOOK_ALWAYS || h->day < c->churned) c->churned = h->day;
  }
  arena *own = arena_new();
  row_names names = row_names_of(own, &e->f->t[ENT_CONTRACT]);
  const slice columns[] = {SLICE("entity"), SLICE("since"), SLICE("value")};
  const store_where where[] = {{"kind", STORE_EQ, STORE_ENTITY_CONTRACT, {0}},
                               {"what", STORE_EQ, 0, SLICE("status")},
                               {"ended", STORE_IS_NULL, 0, {0}}};
  store_query q = {.table = STORE_T_own_state, .columns = columns, .column_count = 3, .where = where, .where_count = 3};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  while (code == STORE_OK && (code = store_next(c)) == STORE_ROW) {
    uint32_t row = row_names_find(&names, store_text(c, 0));
    if (row != VM_NO_ROW && slice_eq(store_text(c, 2), SLICE("paused")) && b->contracts[row].paused != BOOK_NEVER)
      b->contracts[row].paused = (int32_t)store_int(c, 1) + 1;
    code = STORE_OK;
  }
  if (code == STORE_END) store_cursor_close(c);
  arena_free(own);
  return code == STORE_END ? STORE_OK : code;
}

static uint32_t count_prices(const engine *e, uint32_t row) {
  uint32_t n = 0;
  for (const price_set *p = prices_last(e, row); p; p = prices_before(e, p)) n++;
  return n;
}

static void take_prices(books *b, const engine *e) {
  size_t n = 0;
  for (uint32_t row = 0; row < b->contract_count; row++) n += count_prices(e, row);
  b->prices = ARENA_ARRAY(b->perm, n + 1, book_price);
  for (uint32_t row = 0; row < b->contract_count; row++) {
    size_t at = b->price_count += count_prices(e, row);
    for (const price_set *p = prices_last(e, row); p; p = prices_before(e, p))
      b->prices[--at] = (book_price){row, p->on.day, p->from, p->to};
  }
}

static void add_bill(books *b, const book_bill *bill, size_t *room) {
  if (b->bill_count == *room) {
    *room = *room ? *room * 2 : 256;
    book_bill *v = ARENA_ARRAY(b->perm, *room, book_bill);
    if (b->bill_count) memcpy(v, b->bills, b->bill_count * sizeof *v);
    b->bills = v;
  }
  b->bills[b->bill_count++] = *bill;
}

/* The rule's first day within what is kept: back from today, as its dates are found from one another. */
static civil_date first_bill(const engine *e, const every_rule *r, uint32_t row, int32_t from) {
  civil_date day = {e->today};
  if (r->kind == EVERY_MONTH) day = date_anchor_month(day, 0, r->day ? r->day : 31);
  if (r->kind == EVERY_YEAR && r->on_use == NO_USE) day = date_of(date_year(day), r->month, r->day);
  if (date_is_none(day)) return day;
  day = every_next(e, r, row, day);
  for (int k = 0; k < BILLS_MAX && !date_is_none(day) && day.day >= from; k++) day = every_before(e, r, row, day);
  return date_is_none(day) ? day : every_next(e, r, row, day);
}

static void take_bills(books *b, engine *e, const billing_rule *rule, uint32_t row, size_t *room, arena *scratch) {
  const every_rule *r = &e->p->everys[rule->index];
  const book_contract *c = &b->contracts[row];
  civil_date day = first_bill(e, r, row, b->bills_from);
  for (int k = 0; k < BILLS_MAX && !date_is_none(day) && day.day <= b->today.day; k++) {
    firing f = {.section = SECTION_EVERY, .index = rule->index, .of = ENT_CONTRACT, .row = row, .day = day.day};
    bool within = (c->start == DATE_NONE_DAY || day.day >= c->start) && (c->end == DATE_NONE_DAY || day.day <= c->end);
    if (within && books_contract_active(b, row, day)) {
      contract_sum x = bill_sum(e, &f, rule->bill, scratch);
      if (x.known)
        add_bill(b, &(book_bill){row, day.day, x.sum.minor}, room);
      else
        b->bills_lack = true;
    }
    day = every_next(e, r, row, day);
  }
  arena_reset(scratch);
}

store_code books_contracts(books *b, engine *e, store *s, const happening_list *l) {
  uint32_t n = b->contract_count = e->f->t[ENT_CONTRACT].n;
  b->contracts = ARENA_ARRAY(b->perm, n + 1, book_contract);
  b->contract_row = ARENA_ARRAY(b->perm, n + 1, int64_t);
  b->bills_from = date_add_months(b->today, -BILLS_MONTHS).day;
  if (n == 0) return STORE_OK;
  e->today = b->today.day;
  engine_rates(e, e->today);
  if (e->f->moved) bind_again(e);
  vm_set_today(e->m, b->today);
  for (uint32_t row = 0; row < n; row++) {
    take_contract(b, e, row);
    b->contract_row[row] = e->f->t[ENT_CONTRACT].store_row[row];
  }
  store_code code = take_days(b, e, s, l);
  if (code != STORE_OK) return code;
  take_prices(b, e);
  billing_rule rules[RULES_MAX];
  uint32_t rule_count = billing_rules(e->p, rules);
  bool alike = rule_count > 0;
  for (uint32_t i = 1; i < rule_count; i++) alike = alike && rules[i].per == rules[0].per;
  size_t room = 0;
  arena *own = arena_new();
  for (uint32_t row = 0; row < n && rule_count; row++) {
    const billing_rule *r = rule_of(e, rules, rule_count, row);
    if (alike || r) b->contracts[row].per = r ? r->per : rules[0].per;
    if (r) take_bills(b, e, r, row, &room, own);
  }
  arena_free(own);
  return STORE_OK;
}

bool books_contract_active(const books *b, uint32_t row, civil_date on) {
  const book_contract *c = &b->contracts[row];
  if (c->start != DATE_NONE_DAY && c->start > on.day) return false;
  if (c->end != DATE_NONE_DAY && c->end < on.day) return false;
  return c->churned > on.day && c->paused > on.day;
}

/* The changes of one contract stand together. */
bool books_price(const books *b, uint32_t row, civil_date on, int64_t *price) {
  size_t low = 0, high = b->price_count;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (b->prices[mid].contract < row)
      low = mid + 1;
    else
      high = mid;
  }
  const book_contract *c = &b->contracts[row];
  *price = c->price;
  if (low == b->price_count || b->prices[low].contract != row) return c->has_price;
  *price = b->prices[low].from;
  for (; low < b->price_count && b->prices[low].contract == row && b->prices[low].on <= on.day; low++)
    *price = b->prices[low].to;
  return true;
}
