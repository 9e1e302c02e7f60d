/* From cells to an example: for each thing that was assigned a value that a reader finds plausible, such that the row
 * is one that data could have; and the example in the words of a condition. */
#include "lang/analyse/solve_model.h"

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/check/fields.h"
#include "lang/check/words.h"
#include "lang/syntax/keyword.h"

typedef struct example {
  model *m;
  int64_t value[SOLVE_VARS_MAX];
  bool known[SOLVE_VARS_MAX], shown[SOLVE_VARS_MAX];
  bool has_overdue; /* in `overdue`, or in `units` of `unit` */
  bool has_units;
  int64_t overdue, units;
  duration_unit unit;
} example;

/* ---- plausible values ---- */

/* The roundest number from lo to hi; of several the one in the middle. */
static int64_t roundest(int64_t lo, int64_t hi, int64_t step) {
  int64_t best = lo;
  for (int64_t by = step; by <= SOLVE_BOUND / 10; by *= 10) {
    int64_t first = lo / by - (lo % by < 0), last = hi / by - (hi % by < 0);
    if (first * by < lo) first++;
    if (first > last) break;
    int64_t middle = first + (last - first) / 2;
    if (middle == 0 && last > 0) middle = 1;
    if (middle == 0 && first < 0) middle = -1;
    best = middle * by;
  }
  return best;
}

static int64_t pick_amount(int64_t lo, int64_t hi, int64_t usual, int64_t step) {
  if (lo <= usual && usual <= hi) return usual;
  if (lo > usual && hi > lo * 4) hi = lo * 2;
  if (hi < usual && hi > 0 && lo < step) lo = step < hi ? step : hi;
  if (hi <= 0 && lo < hi * 4) lo = hi < 0 ? hi * 2 : -usual;
  return roundest(lo, hi, step);
}

static int64_t pick_days(int64_t lo, int64_t hi) {
  if (lo > -SOLVE_BOUND / 2 && lo >= 0) return lo;
  if (hi < SOLVE_BOUND / 2) return hi < 3650 ? hi : 0;
  return lo > 0 ? lo : 0;
}

static int64_t step_of(const model *m, const var *v) {
  if (!v->money) return pow10_i64(v->scale);
  unsigned minor = 2;
  const axis *a = m->cur_count > 1 ? currency_axis((model *)(uintptr_t)m, v->of) : NULL;
  if (a && a->at >= 0 && !(m->cur_unnamed && a->at == 0))
    minor = currency_minor(m->curs[a->at]);
  else if (m->cur_count && !m->cur_unnamed)
    minor = currency_minor(m->curs[0]);
  return pow10_i64(v->scale - minor);
}

/* A value of the variable from lo to hi; false where its currency has none. */
static bool pick(const model *m, const var *v, int64_t lo, int64_t hi, int64_t *out) {
  if (v->ty == TY_DATE) {
    *out = lo <= SOLVE_DAY && SOLVE_DAY <= hi ? SOLVE_DAY : hi < SOLVE_DAY ? hi : lo;
    return true;
  }
  if (v->ty == TY_DURATION || v->ty == TY_TIME) {
    *out = pick_days(lo, hi);
    return true;
  }
  int64_t step = v->money ? step_of(m, v) : 1;
  *out = pick_amount(lo, hi, (v->money ? 1000 : 1) * pow10_i64(v->scale), step);
  return *out % step == 0 && *out >= lo && *out <= hi;
}

/* ---- one example ---- */

static bool assigned(const model *m, const axis *a) {
  return a->at >= 0 && (a->kind == AXIS_RANGE || a->kind == AXIS_UNIT) && m;
}

static bool is_overdue_pair(const model *m, const axis *a) {
  const var *x = &m->vars[a->var], *y = &m->vars[a->than];
  if (x->kind == VAR_FIELD && x->field == FIELD_INVOICE_OVERDUE) return true;
  return x->kind == VAR_TODAY && y->kind == VAR_FIELD && y->field == FIELD_INVOICE_DUE;
}

/* What the other values of the row make of the least that this one may be. */
static int64_t at_least(const example *x, const var *v, int64_t lo) {
  const model *m = x->m;
  int64_t open = 0;
  for (uint32_t i = 0; i < m->var_count; i++)
    if (m->vars[i].field == FIELD_INVOICE_OPEN && m->vars[i].kind == VAR_FIELD && x->known[i]) open = x->value[i];
  bool late = m->dunned && x->has_overdue && x->overdue > 0;
  if (v->kind != VAR_FIELD) return lo;
  if (v->field == FIELD_CUSTOMER_OVERDUE_COUNT && late && lo < 1) return 1;
  if (v->field == FIELD_CUSTOMER_OLDEST_OVERDUE && late && lo < x->overdue) return x->overdue;
  if (v->field == FIELD_CUSTOMER_OPEN_TOTAL && lo < open) return open;
  if (v->field == FIELD_CUSTOMER_OVERDUE_TOTAL && late && lo < open) return open;
  return lo;
}

static bool take_overdue(example *x, int64_t lo, int64_t hi) {
  x->has_overdue = true;
  x->overdue = pick_days(lo, hi);
  return lo <= hi;
}

/* `overdue` alone speaks of the two dates. */
static bool take_unit(example *x, const axis *a) {
  int64_t lo = a->cut[a->at], hi = a->cut[a->at + 1] - 1;
  if (lo < -SOLVE_BOUND / 2 || lo & 1) lo = lo < -SOLVE_BOUND / 2 ? (hi > 0 ? 0 : hi - (hi & 1)) : lo + 1;
  if (lo <= hi) {
    x->has_units = true;
    x->units = lo / 2, x->unit = a->unit;
    return true;
  }
  return unit_surely(a, &lo, &hi) && take_overdue(x, lo, hi);
}

static bool take_free(example *x, const axis *a) {
  const model *m = x->m;
  int64_t lo = a->cut[a->at], hi = a->cut[a->at + 1] - 1;
  if (a->kind == AXIS_UNIT) return take_unit(x, a);
  if (is_overdue_pair(m, a)) return take_overdue(x, lo, hi);
  const var *v = &m->vars[a->var], *w = &m->vars[a->than];
  x->known[a->var] = true;
  if (a->than == 0) {
    lo = at_least(x, v, lo);
    return lo <= hi && pick(m, v, lo, hi, &x->value[a->var]);
  }
  var apart = *v;
  apart.ty = v->ty == TY_DATE ? TY_DURATION : v->ty;
  int64_t differ;
  if (!pick(m, &apart, lo, hi, &differ)) return false;
  lo = w->min > v->min - differ ? w->min : v->min - differ;
  hi = w->max < v->max - differ ? w->max : v->max - differ;
  x->known[a->than] = true;
  bool ok = lo <= hi && pick(m, w, lo, hi, &x->value[a->than]);
  x->value[a->var] = x->value[a->than] + differ;
  return ok;
}

/* Those that hang together: one value after the other, each binding the rest. */
static bool take_linked(example *x) {
  model *m = x->m;
  bool in[SOLVE_VARS_MAX] = {0}, apart = false;
  const axis *pair = NULL;
  for (uint32_t i = 0; i < m->axis_count; i++) {
    const axis *a = &m->axes[i];
    int64_t lo, hi;
    if (!assigned(m, a) || !a->linked) continue;
    bool overdue = is_overdue_pair(m, a);
    if (overdue) pair = a;
    if (a->kind == AXIS_UNIT && (!unit_surely(a, &lo, &hi) || !bounds_add(m, a->var, a->than, lo, hi))) return false;
    if (!overdue || a->than == 0) in[a->var] = in[a->than] = true;
  }
  if (pair) {
    apart = in[pair->var] || in[pair->than] || pair->than == 0;
    int64_t lo, hi;
    bounds_of(m, pair->var, pair->than, &lo, &hi);
    if (!take_overdue(x, lo, hi) || !bounds_add(m, pair->var, pair->than, x->overdue, x->overdue)) return false;
    if (apart && pair->than) in[pair->var] = in[pair->than] = true, x->has_overdue = false;
  }
  for (uint16_t i = 1; i < m->var_count; i++) {
    int64_t lo, hi;
    const var *v = &m->vars[i];
    if (!in[i] || v->link < 0 || (pair && pair->than == 0 && pair->var == i)) continue;
    bounds_of(m, i, 0, &lo, &hi);
    lo = at_least(x, v, lo);
    if (lo > hi || !pick(m, v, lo, hi, &x->value[i])) return false;
    if (!bounds_add(m, i, 0, x->value[i], x->value[i])) return false;
    x->known[i] = true;
  }
  return true;
}

/* A contract's currency is told by one of its amounts. */
static bool take_currencies(example *x) {
  const model *m = x->m;
  for (uint32_t i = 0; i < m->axis_count; i++) {
    const axis *a = &m->axes[i];
    if (a->kind != AXIS_CURRENCY || a->at < 0 || a->var == ENT_INVOICE) continue;
    uint32_t v = 0;
    while (v < m->var_count && !(m->vars[v].money && m->vars[v].of == a->var)) v++;
    if (v == m->var_count) return false;
    if (x->known[v]) continue;
    x->known[v] = true;
    if (!pick(m, &m->vars[v], m->vars[v].min, m->vars[v].max, &x->value[v])) return false;
  }
  return true;
}

/* ---- what data could have ---- */

static bool value_of(const example *x, uint16_t field, int64_t *out) {
  const model *m = x->m;
  for (uint32_t i = 0; i < m->var_count; i++)
    if (m->vars[i].kind == VAR_FIELD && m->vars[i].field == field && x->known[i]) {
      *out = x->value[i];
      return true;
    }
  return false;
}

/* Whether a field with a presence of its own was said to be there (0) or missing (1); -1: nothing was said. */
static int presence_of(const example *x, uint16_t field) {
  const model *m = x->m;
  for (uint32_t i = 0; i < m->var_count; i++)
    if (m->vars[i].kind == VAR_FIELD && m->vars[i].field == field && m->vars[i].present >= 0)
      return m->axes[m->vars[i].present].at;
  return -1;
}

static int state_of_field(const example *x, uint16_t field) {
  const model *m = x->m;
  for (uint32_t i = 0; i < m->axis_count; i++)
    if (m->axes[i].kind == AXIS_YES && m->vars[m->axes[i].var].field == field) return m->axes[i].at;
  return -1;
}

static bool totals_agree(const example *x) {
  int64_t count = 0, oldest = 0, total = 0, all = 0, open = 0;
  bool has_count = value_of(x, FIELD_CUSTOMER_OVERDUE_COUNT, &count);
  bool has_oldest = value_of(x, FIELD_CUSTOMER_OLDEST_OVERDUE, &oldest);
  bool has_total = value_of(x, FIELD_CUSTOMER_OVERDUE_TOTAL, &total), late = x->has_overdue && x->overdue > 0;
  bool units = x->has_units && x->units > 0;
  if (!x->m->dunned) late = units = false;                           /* a settled invoice is not counted */
  if ((has_count || has_oldest || has_total) && units) return false; /* of how many days is not known */
  if (late && ((has_count && count < 1) || (has_oldest && oldest < x->overdue))) return false;
  if (has_count && has_oldest && (count == 0) != (oldest == 0)) return false;
  if (has_count && has_total && (count == 0) != (total == 0)) return false;
  if (has_oldest && has_total && (oldest == 0) != (total == 0)) return false;
  if (has_count && count == 0 && state_of_field(x, FIELD_CONTRACT_IN_DEFAULT) == 1) return false;
  if (!value_of(x, FIELD_INVOICE_OPEN, &open) || open <= 0) return true;
  if (late && has_total && total < open) return false;
  return !value_of(x, FIELD_CUSTOMER_OPEN_TOTAL, &all) || all >= open;
}

static bool states_agree(const example *x) {
  int64_t promise;
  if (state_of_field(x, FIELD_INVOICE_PROMISED) == 1) {
    if (presence_of(x, FIELD_INVOICE_PROMISE) == 1) return false;
    bool dated = value_of(x, FIELD_INVOICE_PROMISE, &promise), today = x->m->today != NO_VAR && x->known[x->m->today];
    if (dated && today && promise < x->value[x->m->today]) return false;
  }
  return !(presence_of(x, FIELD_INVOICE_LAST_CONTACT) == 0 && presence_of(x, FIELD_CUSTOMER_LAST_CONTACT) == 1);
}

/* The late fee follows from the balance and the days: beside these it is no value of its own. */
static bool fees_agree(const example *x) {
  static const uint16_t fees[] = {FIELD_INVOICE_FINE, FIELD_INVOICE_INTEREST, FIELD_INVOICE_TOTAL};
  static const uint16_t from[] = {FIELD_INVOICE_OPEN, FIELD_INVOICE_AMOUNT, FIELD_INVOICE_DUE};
  int64_t v;
  int fee = 0, other = x->has_overdue || x->has_units;
  for (size_t i = 0; i < 3; i++) {
    fee += value_of(x, fees[i], &v);
    other += value_of(x, from[i], &v);
  }
  return fee == 0 || (fee == 1 && other == 0);
}

/* Two ways of counting days from one due date, of two programs: both cannot be chosen freely. */
static bool days_agree(const example *x) {
  const model *m = x->m;
  int dated = 0, units = 0;
  uint16_t seen = NO_VAR;
  for (uint32_t i = 0; i < m->axis_count; i++) {
    const axis *a = &m->axes[i];
    if (!assigned(m, a)) continue;
    if (a->kind == AXIS_UNIT) units++;
    uint16_t two[] = {a->var, a->than};
    for (int k = 0; k < 2; k++) {
      const var *v = &m->vars[two[k]];
      bool due = v->kind == VAR_FIELD && (v->field == FIELD_INVOICE_DUE || v->field == FIELD_INVOICE_OVERDUE);
      if (due && two[k] != seen) dated++, seen = two[k];
    }
  }
  return dated < 2 && !(units > 1 && x->has_units);
}

/* ---- writing it down ---- */

static solve_value entry(const model *m, const var *v) {
  (void)m;
  return (solve_value){.of = v->of, .today = v->kind == VAR_TODAY, .field = v->field, .name = v->name, .ty = v->ty};
}

static void write_number(const example *x, solve_value *e, const var *v, int64_t n) {
  const model *m = x->m;
  if (v->ty == TY_DATE)
    e->date = (civil_date){(int32_t)n};
  else if (v->ty == TY_DURATION)
    e->dur = (duration){(int32_t)n, UNIT_DAY};
  else
    e->num = decimal_trim((decimal){n, v->scale});
  if (!v->money) return;
  const axis *a = m->cur_count > 1 ? currency_axis(x->m, v->of) : NULL;
  uint32_t cur = a && a->at >= 0 ? (uint32_t)a->at : 0;
  e->cur = m->cur_unnamed && cur == 0 ? CURRENCY_NONE : m->curs[cur];
  unsigned minor = e->cur == CURRENCY_NONE ? 2 : currency_minor(e->cur);
  decimal whole;
  if (e->num.scale < minor && decimal_rescale(e->num, (uint8_t)minor, ROUND_DOWN, &whole)) e->num = whole;
}

static void put(solve_witness *out, solve_value e) { out->v[out->n++] = e; }

static void put_numbers(example *x, solve_witness *out) {
  model *m = x->m;
  if (x->has_overdue || x->has_units)
    put(out, (solve_value){.of = ENT_INVOICE,
                           .field = FIELD_INVOICE_OVERDUE,
                           .ty = TY_DURATION,
                           .dur = x->has_units ? (duration){(int32_t)x->units, x->unit}
                                               : (duration){(int32_t)x->overdue, UNIT_DAY}});
  for (uint32_t i = 1; i < m->var_count; i++) {
    if (!x->known[i]) continue;
    solve_value e = entry(m, &m->vars[i]);
    write_number(x, &e, &m->vars[i], x->value[i]);
    put(out, e);
    x->shown[i] = true;
  }
}

static void put_others(example *x, arena *perm, solve_witness *out) {
  model *m = x->m;
  for (uint32_t i = 0; i < m->axis_count; i++) {
    const axis *a = &m->axes[i];
    if (a->at < 0 || (a->kind != AXIS_YES && a->kind != AXIS_TEXT && a->kind != AXIS_HAS && a->kind != AXIS_CURRENCY))
      continue;
    if (a->kind == AXIS_CURRENCY) {
      if (a->var != ENT_INVOICE) continue; /* said by its amounts */
      put(out, (solve_value){.of = ENT_INVOICE,
                             .field = FIELD_INVOICE_CURRENCY,
                             .ty = TY_TEXT,
                             .text = slice_of(currency_code(m->curs[a->at]))});
      continue;
    }
    solve_value e = entry(m, &m->vars[a->var]);
    e.yes = a->at == 1;
    if (a->kind == AXIS_TEXT) e.text = arena_slice(perm, a->text[a->at]);
    if (a->kind == AXIS_HAS) e.text = arena_slice(perm, a->member);
    put(out, e);
    x->shown[a->var] = true;
  }
}

/* Those of which only counts whether they are there. */
static bool put_presence(example *x, solve_witness *out) {
  static const char *const other[LANG_COUNT] = {"other", "outro", "otro"};
  model *m = x->m;
  bool contract = false, none = false, unneeded = false;
  for (uint32_t i = 1; i < m->var_count; i++) {
    const var *v = &m->vars[i];
    if (v->kind == VAR_CONTRACT || v->present < 0 || m->axes[v->present].at < 0 || x->shown[i]) continue;
    solve_value e = entry(m, v);
    e.missing = m->axes[v->present].at == 1;
    if (v->ty == TY_TEXT) e.text = slice_of(other[m->lang]);
    int64_t n = 0;
    if (!e.missing && v->ty != TY_TEXT && v->ty != TY_BOOL) {
      if (!pick(m, v, v->min, v->max, &n)) return false;
      write_number(x, &e, v, n);
    }
    put(out, e);
  }
  for (uint32_t i = 0; i < out->n; i++) contract = contract || out->v[i].of == ENT_CONTRACT;
  if (m->contract == NO_VAR) return true;
  int at = m->axes[m->vars[m->contract].present].at;
  none = at == 1, unneeded = at < 0;
  if (!none && (contract || unneeded)) return true;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < out->n; i++)
    if (out->v[i].of != ENT_CONTRACT) out->v[kept++] = out->v[i];
  out->n = kept;
  put(out, (solve_value){
               .of = ENT_CONTRACT, .field = FIELD_CONTRACT_NUMBER, .ty = TY_TEXT, .missing = none, .text = SLICE("1")});
  return true;
}

static uint32_t rank(const solve_value *v) { return (uint32_t)v->of * 2 + (v->missing ? 1U : 0U); }

static void in_order(solve_witness *w) {
  for (uint32_t i = 1; i < w->n; i++)
    for (uint32_t k = i; k > 0 && rank(&w->v[k]) < rank(&w->v[k - 1]); k--) {
      solve_value t = w->v[k];
      w->v[k] = w->v[k - 1], w->v[k - 1] = t;
    }
}

bool witness_take(model *m, arena *perm, solve_witness *out) {
  example *x = ARENA_NEW(m->scratch, example);
  x->m = m;
  bounds_begin(m);
  for (uint32_t i = 0; i < m->axis_count; i++)
    if (assigned(m, &m->axes[i]) && !bounds_cell(m, &m->axes[i])) return false;
  if (!take_linked(x)) return false;
  for (int late = 0; late < 2; late++) /* overdue first: others follow it */
    for (uint32_t i = 0; i < m->axis_count; i++) {
      const axis *a = &m->axes[i];
      bool total = m->vars[a->var].of == ENT_CUSTOMER;
      if (assigned(m, a) && !a->linked && total == (late == 1) && !take_free(x, a)) return false;
    }
  if (!take_currencies(x) || !totals_agree(x) || !states_agree(x) || !fees_agree(x) || !days_agree(x)) return false;
  *out = (solve_witness){.v = ARENA_ARRAY(perm, m->var_count + m->axis_count + 2, solve_value)};
  put_numbers(x, out);
  put_others(x, perm, out);
  if (!put_presence(x, out)) return false;
  in_order(out);
  return true;
}
