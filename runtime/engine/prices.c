/* See prices.h. The contract's price as a fact is that of the morning; what is decided today counts for today's bills
 * through `e->prices`. */
#include "prices.h"

#include <assert.h>

#include "events.h"
#include "lang/base/text.h"
#include "lines.h"

/* The adjustment that a day's year of a contract is for: two of one day are not both within the law. */
typedef struct asked {
  const action *act;
  int32_t day;
} asked;

/* The contracts' prices as they came to be. */
struct price_log {
  price_set *v;
  uint32_t n, cap;
  uint32_t settled; /* changes after the first `settled` are of the day at hand and not yet carried out */
  uint32_t *last;   /* per contract: index + 1 */
  asked *asked;     /* per contract */
};

static bool has_action(const lines *body, action_kind k) {
  for (uint32_t l = 0; l < body->count; l++)
    for (uint32_t b = 0; b < body->v[l].branch_count; b++)
      for (uint32_t a = 0; a < body->v[l].branches[b].action_count; a++)
        if (body->v[l].branches[b].actions[a].kind == k) return true;
  return false;
}

static bool program_has(const program *p, action_kind k) {
  bool any = false;
  for (uint32_t i = 0; i < p->ladder_count; i++)
    for (uint32_t r = 0; r < p->ladders[i].rung_count; r++) any |= has_action(&p->ladders[i].rungs[r].body, k);
  for (uint32_t i = 0; i < p->when_count; i++) {
    any |= has_action(&p->whens[i].body, k);
    for (uint32_t r = 0; r < p->whens[i].rung_count; r++) any |= has_action(&p->whens[i].rungs[r].body, k);
  }
  for (uint32_t i = 0; i < p->every_count; i++) any |= has_action(&p->everys[i].body, k);
  for (uint32_t i = 0; i < p->on_count; i++) any |= has_action(&p->ons[i].body, k);
  return any;
}

void prices_init(engine *e) {
  store_code code = series_open(e->perm, NULL, e->p->series_table, &e->series);
  assert(code == STORE_OK); /* nothing is read */
  (void)code;
  bool adjusts = program_has(e->p, ACT_ADJUST_PRICE);
  e->computes = adjusts || program_has(e->p, ACT_BILL_CONTRACT);
  e->computes |= e->p->has_fee && (program_has(e->p, ACT_CHARGE_FEE) || program_has(e->p, ACT_CHARGE_INTEREST));
  if (!adjusts) return;
  e->prices = ARENA_NEW(e->perm, price_log);
  e->prices->last = ARENA_ARRAY(e->perm, e->f->t[ENT_CONTRACT].n + 1, uint32_t);
  e->prices->asked = ARENA_ARRAY(e->perm, e->f->t[ENT_CONTRACT].n + 1, asked);
}

/* ---- the log ---- */

static void log_add(engine *e, const price_set *p) {
  price_log *l = e->prices;
  if (l->n == l->cap) {
    l->cap = l->cap ? l->cap * 2 : 64;
    price_set *v = ARENA_ARRAY(e->perm, l->cap, price_set);
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
  }
  l->v[l->n] = *p;
  l->v[l->n].before = l->last[p->contract];
  l->last[p->contract] = ++l->n;
}

/* Takes off what was only decided. */
static void log_forget(price_log *l) {
  for (; l->n > l->settled; l->n--) l->last[l->v[l->n - 1].contract] = l->v[l->n - 1].before;
}

const price_set *prices_last(const engine *e, uint32_t contract) {
  uint32_t k = e->prices ? e->prices->last[contract] : 0;
  return k ? &e->prices->v[k - 1] : NULL;
}

const price_set *prices_before(const engine *e, const price_set *p) {
  return p->before ? &e->prices->v[p->before - 1] : NULL;
}

int64_t price_on(const engine *e, uint32_t contract, civil_date day) {
  int64_t price = fact_int(e->f, FIELD_CONTRACT_PRICE, contract);
  const price_set *p = prices_last(e, contract);
  if (p && p->on.day == e->today) price = p->to; /* decided today */
  for (; p && p->on.day > day.day; p = prices_before(e, p)) price = p->from;
  return price;
}

/* ---- a figure that is not there ---- */

void price_note_missing(engine *e, slice series, civil_date month) {
  for (uint32_t i = 0; i < e->figure_count; i++)
    if (slice_eq(e->figures[i].series, series) && date_eq(e->figures[i].month, month)) {
      e->figures[i].prices++;
      return;
    }
  if (e->figure_count == e->figure_cap) {
    e->figure_cap = e->figure_cap ? e->figure_cap * 2 : 8;
    figure_missing *v = ARENA_ARRAY(e->perm, e->figure_cap, figure_missing);
    if (e->figure_count) memcpy(v, e->figures, e->figure_count * sizeof *v);
    e->figures = v;
  }
  e->figures[e->figure_count++] = (figure_missing){series, month, 1};
}

/* ---- an adjustment ---- */

static slice month_text(arena *perm, civil_date month) {
  char day[DATE_TEXT_MAX];
  size_t n = date_iso(month, day);
  return arena_slice(perm, (slice){day, n > 7 ? 7 : n});
}

/* "+4.68%", to four decimals. */
static slice percent_text(arena *perm, decimal d) {
  char number[DECIMAL_TEXT_MAX];
  if (!decimal_rescale(d, 4, ROUND_HALF_EVEN, &d)) return SLICE("");
  slice s = {number, decimal_text(decimal_trim(d), number)};
  return arena_printf(perm, "%s%.*s%%", d.n < 0 ? "" : "+", SLICE_ARG(s));
}

static contract_sum undecided(contract_sum x, slice why) {
  x.known = false;
  x.sum = x.was;
  x.how = why;
  return x;
}

static contract_sum known(contract_sum x, int64_t price, slice how, arena *perm) {
  if (price < 0) return undecided(x, SLICE("undecided: the price would be below 0"));
  char old[MONEY_TEXT_MAX], new[MONEY_TEXT_MAX];
  x.known = true;
  x.sum.minor = price;
  slice a = {old, money_plain(x.was, old)}, b = {new, money_plain(x.sum, new)};
  x.how =
      arena_printf(perm, "%.*s -> %.*s %s: %.*s", SLICE_ARG(a), SLICE_ARG(b), currency_code(x.was.cur), SLICE_ARG(how));
  return x;
}

/* A rate is no change of prices: `adjust price by index "ECB"` names no index. */
static const index_series *index_of(const engine *e, slice name) {
  const index_series *s = series_named(e->series, name);
  return s && !s->rates ? s : NULL;
}

static index_status by_index(engine *e, const index_terms *t, civil_date day, int64_t price, index_result *r) {
  const index_series *series[INDEX_NAMES_MAX];
  for (uint8_t i = 0; i < t->count; i++) series[i] = index_of(e, t->names[i]);
  return index_adjust(t, series, day, price, r);
}

static contract_sum indexed(engine *e, const index_terms *t, contract_sum x, civil_date day, arena *perm) {
  index_result r;
  index_status status = by_index(e, t, day, x.was.minor, &r);
  if (status == INDEX_MISSING && date_is_none(r.missing_month))
    return undecided(x, arena_printf(perm, "undecided: there is no index %.*s", SLICE_ARG(r.missing_index)));
  if (status == INDEX_MISSING)
    return undecided(x, arena_printf(perm, "undecided: %.*s of %.*s is missing", SLICE_ARG(r.missing_index),
                                     SLICE_ARG(month_text(perm, r.missing_month))));
  if (status != INDEX_OK) return undecided(x, SLICE("undecided: the sum is too large"));
  slice whole = percent_text(perm, (decimal){r.factor.n - 100000000, 6});
  slice own = percent_text(perm, r.accumulated), first = month_text(perm, r.first), last = month_text(perm, r.last);
  slice how = slice_eq(whole, own)
                  ? arena_printf(perm, "%.*s %.*s %.*s..%.*s", SLICE_ARG(whole), SLICE_ARG(r.index), SLICE_ARG(first),
                                 SLICE_ARG(last))
                  : arena_printf(perm, "%.*s (%.*s %.*s %.*s..%.*s)", SLICE_ARG(whole), SLICE_ARG(r.index),
                                 SLICE_ARG(own), SLICE_ARG(first), SLICE_ARG(last));
  return known(x, r.price, how, perm);
}

static contract_sum plain(const price_adjustment *a, contract_sum x, arena *perm) {
  money to;
  if (!price_adjust_plain(a, x.was, &to)) return undecided(x, SLICE("undecided: the sum does not fit the price"));
  char number[DECIMAL_TEXT_MAX];
  slice sum = {number, decimal_text(decimal_trim(a->sum), number)};
  slice how = a->kind == ADJUST_PERCENT
                  ? percent_text(perm, a->percent)
                  : arena_printf(perm, "%s%.*s %s", a->sum.n < 0 ? "" : "+", SLICE_ARG(sum), currency_code(x.was.cur));
  return known(x, to.minor, how, perm);
}

static contract_sum adjusted_from(engine *e, const action *a, uint32_t contract, civil_date day, int64_t price,
                                  arena *perm) {
  contract_sum x = {.said = true, .was = {price, e->f->contract_cur[contract]}};
  if (price == FACT_MISSING) {
    x.was.minor = 0;
    return undecided(x, SLICE("undecided: the contract's price is missing"));
  }
  return a->adjust->kind == ADJUST_INDEX ? indexed(e, &a->adjust->index, x, day, perm) : plain(a->adjust, x, perm);
}

contract_sum price_adjusted(engine *e, const action *a, uint32_t contract, civil_date day, arena *perm) {
  int64_t price = fact_int(e->f, FIELD_CONTRACT_PRICE, contract);
  /* Several of one day go on from each other, in their order. */
  for (const price_set *p = prices_last(e, contract); p && p->on.day == e->today; p = prices_before(e, p))
    if (p->by == a) price = p->from;
  return adjusted_from(e, a, contract, day, price, perm);
}

/* Brazil, Lei 10.192/2001 art. 2 par. 1: prices in reais are adjusted once in a year at most. What lowers a price by a
 * percent or a sum that the policy itself says is no such adjustment. */
static bool year_counts(const price_adjustment *a, currency cur) {
  bool lowers = a->kind == ADJUST_PERCENT ? a->percent.n < 0 : a->kind == ADJUST_SUM && a->sum.n < 0;
  return cur == CURRENCY_BRL && !lowers;
}

/* A change that was only decided for this day is not the last one. */
static bool within_a_year(const engine *e, const action *a, uint32_t contract) {
  if (!year_counts(a->adjust, e->f->contract_cur[contract])) return false;
  asked *of_day = &e->prices->asked[contract];
  if (of_day->act && of_day->day == e->today && of_day->act != a) return true;
  const price_set *last = prices_last(e, contract);
  while (last && last - e->prices->v >= (ptrdiff_t)e->prices->settled) last = prices_before(e, last);
  if (last && index_earliest(last->on).day > e->today) return true;
  *of_day = (asked){a, e->today};
  return false;
}

wait_reason price_waits(engine *e, const action *a, uint32_t contract, civil_date day) {
  if (within_a_year(e, a, contract)) return WAIT_YEAR;
  index_result r;
  if (a->adjust->kind == ADJUST_INDEX && by_index(e, &a->adjust->index, day, 0, &r) == INDEX_MISSING) {
    price_note_missing(e, r.missing_index, r.missing_month);
    return e->supposes ? WAIT_NONE : WAIT_FIGURE;
  }
  arena *scratch = arena_new();
  bool is_known = price_adjusted(e, a, contract, day, scratch).known;
  arena_free(scratch);
  return is_known || e->supposes ? WAIT_NONE : WAIT_UNDECIDED;
}

/* ---- what a day does ---- */

void prices_of_day(engine *e, const day_plan *plan) {
  if (!e->prices) return;
  log_forget(e->prices);
  for (uint32_t i = 0; i < plan->candidate_count; i++) {
    const candidate *c = &plan->candidates[i];
    const firing *f = &plan->firings[c->firing];
    if (c->state != CANDIDATE_DONE || c->act->kind != ACT_ADJUST_PRICE || f->of != ENT_CONTRACT) continue;
    int64_t price = price_on(e, f->row, (civil_date){e->today});
    contract_sum x = adjusted_from(e, c->act, f->row, (civil_date){f->day}, price, e->perm);
    if (x.known) log_add(e, &(price_set){f->row, 0, {e->today}, x.was.minor, x.sum.minor, c->act});
  }
}

void price_take_effect(engine *e, const decision *d) {
  if (e->prices && d->act->kind == ACT_ADJUST_PRICE && d->sum.known) e->prices->settled = e->prices->n;
}

/* ---- the store's ---- */

/* Those that were carried out, or are about to be: what was refused or held changed nothing. */
static bool counts(slice state) {
  action_state st;
  if (!action_state_find(state, &st)) return false;
  return st == ACTION_ready || st == ACTION_leased || st == ACTION_sending || st == ACTION_accepted ||
         st == ACTION_delivered || st == ACTION_read || st == ACTION_replied || st == ACTION_unknown;
}

store_code prices_load(engine *e, store *s) {
  if (!e->prices) return STORE_OK;
  const slice columns[] = {SLICE("entity"), SLICE("on"), SLICE("amount_was"), SLICE("amount"), SLICE("state")};
  const store_where where[] = {{"amount_was", STORE_NOT_NULL, 0, {0}}, {"amount", STORE_NOT_NULL, 0, {0}}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 5, .where = where, .where_count = 2};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  row_names names = row_names_of(e->perm, &e->f->t[ENT_CONTRACT]);
  while ((code = store_next(c)) == STORE_ROW) {
    uint32_t row = row_names_find(&names, store_text(c, 0));
    if (row == VM_NO_ROW || !counts(store_text(c, 4))) continue;
    log_add(e, &(price_set){row, 0, {(int32_t)store_int(c, 1)}, store_int(c, 2), store_int(c, 3), NULL});
  }
  store_cursor_close(c);
  e->prices->settled = e->prices->n;
  return code == STORE_END ? STORE_OK : code;
}
