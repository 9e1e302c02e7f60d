/* Sums: an expression as numbers times variables plus a number, exactly; what multiplies or divides two fields is none.
 * Money is counted in whole units, dates and durations in days. */
#include "lang/analyse/solve_model.h"

static bool dep_add(linear *l, uint16_t v) {
  for (uint8_t i = 0; i < l->dep_count; i++)
    if (l->deps[i] == v) return true;
  if (l->dep_count == SOLVE_DEPS_MAX) return false;
  l->deps[l->dep_count++] = v;
  return true;
}

static bool term_add(linear *l, uint16_t v, rational factor) {
  uint32_t i = 0;
  while (i < l->n && l->var[i] != v) i++;
  if (i == LINEAR_MAX) return false;
  if (i == l->n) {
    l->var[l->n] = v;
    l->factor[l->n++] = (rational){0, 1};
  }
  if (!rational_add(l->factor[i], factor, &l->factor[i])) return false;
  if (l->factor[i].num == 0) {
    l->n--;
    l->var[i] = l->var[l->n], l->factor[i] = l->factor[l->n];
  }
  return true;
}

static void join_currencies(const model *m, linear *a, const linear *b) {
  bool home = (a->cur_all && b->cur_named) || (a->cur_named && b->cur_all);
  bool differ = a->cur_named && b->cur_named && a->cur != b->cur;
  a->cur_mixed = a->cur_mixed || b->cur_mixed || differ || (home && m->cur_unnamed);
  if (b->cur_named) a->cur = b->cur;
  a->cur_named = a->cur_named || b->cur_named, a->cur_all = a->cur_all || b->cur_all;
  a->cur_of |= b->cur_of;
}

static bool scale_by(linear *l, rational by) {
  for (uint32_t i = 0; i < l->n; i++)
    if (!rational_mul(l->factor[i], by, &l->factor[i])) return false;
  if (by.num == 0) l->n = 0;
  return rational_mul(l->plus, by, &l->plus);
}

static bool sum(const model *m, const linear *a, const linear *b, bool minus, linear *out) {
  rational one = {minus ? -1 : 1, 1};
  linear less = *b;
  *out = *a;
  if (!scale_by(&less, one) || !rational_add(out->plus, less.plus, &out->plus)) return false;
  for (uint32_t i = 0; i < less.n; i++)
    if (!term_add(out, less.var[i], less.factor[i])) return false;
  for (uint8_t i = 0; i < b->dep_count; i++)
    if (!dep_add(out, b->deps[i])) return false;
  join_currencies(m, out, b);
  return true;
}

bool linear_less(const model *m, const linear *a, const linear *b, linear *out) { return sum(m, a, b, true, out); }

static bool of_field(model *m, const expr *e, linear *out) {
  const field_use *u = &m->p->uses[e->use];
  if (u->of == ENT_INVOICE && u->field == FIELD_INVOICE_OVERDUE) {
    uint16_t x, y;
    overdue_vars(m, m->p, &x, &y);
    if (m->full || !term_add(out, x, (rational){1, 1}) || !dep_add(out, x)) return false;
    return y == 0 || (term_add(out, y, (rational){-1, 1}) && dep_add(out, y));
  }
  uint16_t v = var_of_use(m, m->p, e->use);
  if (m->vars[v].money) out->cur_of |= 1U << u->of;
  if (m->full || !dep_add(out, v) || (u->of == ENT_CONTRACT && !dep_add(out, m->contract))) return false;
  return term_add(out, v, (rational){1, 1});
}

static bool days_of(duration d, int64_t *days) {
  *days = (int64_t)d.n * (d.unit == UNIT_WEEK ? 7 : 1);
  return d.unit == UNIT_DAY || d.unit == UNIT_WEEK;
}

/* A written date plus months or years. */
static bool moved_date(const expr *e, int64_t *day) {
  if (e->op == X_DATE) {
    *day = e->date.day;
    return true;
  }
  if ((e->op != X_ADD && e->op != X_SUB) || e->b->op != X_DURATION || !moved_date(e->a, day)) return false;
  int64_t n = e->op == X_SUB ? -(int64_t)e->b->dur.n : e->b->dur.n, days;
  civil_date sum = DATE_NONE, from = {(int32_t)*day};
  if (days_of(e->b->dur, &days))
    sum = date_add_days(from, e->op == X_SUB ? -days : days);
  else if (e->b->dur.unit == UNIT_MONTH || e->b->dur.unit == UNIT_YEAR)
    sum = date_add_months(from, n * (e->b->dur.unit == UNIT_YEAR ? 12 : 1));
  *day = sum.day;
  return !date_is_none(sum);
}

static bool of_pair(model *m, const expr *e, linear *out) {
  linear a, b;
  int64_t day;
  if (e->ty == TY_DATE && moved_date(e, &day)) {
    out->plus = rational_of(day);
    return true;
  }
  if (!linear_of(m, e->a, &a) || !linear_of(m, e->b, &b)) return false;
  if (e->op == X_ADD || e->op == X_SUB) return sum(m, &a, &b, e->op == X_SUB, out);
  bool money_by_money = e->a->ty == TY_MONEY && e->b->ty == TY_MONEY;
  if (money_by_money && (a.cur_of || b.cur_of)) return false; /* no longer money: of no currency */
  if (e->op == X_MUL && a.n == 0 && a.dep_count == 0) {
    linear t = a;
    a = b, b = t;
  }
  if (b.n || b.dep_count) return false;
  rational by = b.plus;
  *out = a;
  if (money_by_money)
    out->cur_named = out->cur_all = false;
  else
    join_currencies(m, out, &b);
  if (e->op == X_DIV && !rational_div((rational){1, 1}, b.plus, &by)) return false;
  return scale_by(out, by);
}

bool linear_of(model *m, const expr *e, linear *out) {
  int64_t days;
  *out = (linear){.plus = {0, 1}};
  switch (e->op) {
  case X_FIELD: return of_field(m, e, out);
  case X_TODAY: return term_add(out, var_today(m), (rational){1, 1}) && !m->full;
  case X_MONEY:
    out->plus = rational_of_decimal(e->num);
    out->cur = e->cur != CURRENCY_NONE ? e->cur : m->p->cur;
    out->cur_named = out->cur != CURRENCY_NONE, out->cur_all = !out->cur_named;
    return true;
  case X_NUMBER: out->plus = rational_of_decimal(e->num); return true;
  case X_DURATION:
    if (!days_of(e->dur, &days)) return false;
    out->plus = rational_of(days);
    return true;
  case X_DATE: out->plus = rational_of(e->date.day); return true;
  case X_NEG: return linear_of(m, e->a, out) && scale_by(out, (rational){-1, 1});
  case X_ADD:
  case X_SUB:
  case X_MUL:
  case X_DIV: return of_pair(m, e, out);
  case X_BOOL:
  case X_TEXT:
  case X_AND:
  case X_OR:
  case X_NOT:
  case X_EQ:
  case X_NE:
  case X_LT:
  case X_LE:
  case X_GT:
  case X_GE:
  case X_IN:
  case X_CONTAINS:
  case X_STARTS:
  case X_HAS:
  case X_MISSING:
  case X_OP_COUNT: break;
  }
  return false;
}
