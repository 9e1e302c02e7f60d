/* See reference.h. Plain on purpose: nothing here is shared with the machine but the calendar's table of days, the date
 * of a year, month and day, and the table of currencies. */
#include "tests/diff/reference.h"

#include <assert.h>
#include <stdlib.h>

static const ref_value MISSING = {.missing = true, .den = 1}, UNSURE = {.unsure = true, .den = 1};

static ref_value whole(int128 n) { return (ref_value){.num = n, .den = 1}; }
static ref_value truth(bool yes) { return (ref_value){.yes = yes, .den = 1}; }

/* ---- columns ---- */

static int64_t read_int(const vm_column *c, uint32_t row, bool *missing) {
  int64_t v = 0;
  switch (c->phys) {
  case PHYS_I8: v = ((const int8_t *)c->data)[row], *missing = v == INT8_MIN; break;
  case PHYS_I16: v = ((const int16_t *)c->data)[row], *missing = v == INT16_MIN; break;
  case PHYS_I32: v = ((const int32_t *)c->data)[row], *missing = v == INT32_MIN; break;
  case PHYS_I64: v = ((const int64_t *)c->data)[row], *missing = v == INT64_MIN; break;
  }
  return v;
}

static ref_value reduced(int128 num, int128 den) {
  int128 a = num < 0 ? -num : num, b = den;
  while (b != 0) {
    int128 t = a % b;
    a = b, b = t;
  }
  return (ref_value){.num = num / a, .den = den / a};
}

static civil_date next_open(const calendar *cal, civil_date d) {
  while (!calendar_is_business(cal, d)) d.day++;
  return d;
}

static bool grace_lasts(const ref_world *w, civil_date due) {
  if (w->w.due != DUE_LATE_AFTER || due.day > w->today.day) return false;
  return w->today.day <= next_open(w->w.cal, due).day;
}

static ref_value field(const ref_world *w, uint16_t use, uint32_t row) {
  const vm_column *c = &w->columns[use];
  const field_use *u = &w->p->uses[use];
  if (c->via) row = c->via[row];
  if (row == VM_NO_ROW) return MISSING;
  bool missing = false;
  int64_t v = read_int(c, row, &missing);
  if (missing) return MISSING;
  ref_value out = whole(v);
  if (u->ty == TY_BOOL)
    out = truth(v == 1);
  else if (u->ty == TY_TEXT || u->ty == TY_SET)
    out.text = c->dict->v[v];
  else if (u->ty == TY_MONEY)
    out.cur = c->cur ? c->cur[row] : c->one_cur;
  else if (u->ty == TY_DATE)
    out = whole((int128)v + c->day_base);
  else if (u->field == FIELD_INVOICE_OVERDUE) {
    civil_date due = {(int32_t)(v + c->day_base)};
    out = whole(grace_lasts(w, due) ? 0 : (int128)w->today.day - due.day);
  } else if (c->millionths)
    out = reduced(v, 1000000);
  return out;
}

/* ---- arithmetic ---- */

static bool too_big(ref_value v) {
  int128 most = ((int128)1 << 63) - 1; /* |v| <= most */
  int128 q = v.num / v.den, r = v.num % v.den;
  return q > most || q < -most || (q == most && r > 0) || (q == -most && r < 0);
}

static ref_value add(ref_value a, ref_value b, int sign) {
  int128 x, y, num, den;
  if (__builtin_mul_overflow(a.num, b.den, &x) || __builtin_mul_overflow(b.num * sign, a.den, &y)) return UNSURE;
  if (__builtin_add_overflow(x, y, &num) || __builtin_mul_overflow(a.den, b.den, &den)) return UNSURE;
  return reduced(num, den);
}

static ref_value multiply(ref_value a, ref_value b) {
  ref_value x = reduced(a.num, b.den), y = reduced(b.num, a.den);
  int128 num, den;
  if (__builtin_mul_overflow(x.num, y.num, &num) || __builtin_mul_overflow(x.den, y.den, &den)) return MISSING;
  return reduced(num, den);
}

static ref_value arithmetic(expr_op op, ref_value a, ref_value b) {
  bool any = a.cur == CURRENCY_ANY || b.cur == CURRENCY_ANY;
  uint8_t cur = a.cur != CURRENCY_NONE ? a.cur : b.cur;
  bool both_money = a.cur != CURRENCY_NONE && b.cur != CURRENCY_NONE;
  if (both_money && a.cur != b.cur && !any) return MISSING;
  if (both_money && a.cur == CURRENCY_ANY) cur = b.cur;
  ref_value v;
  if (op == X_ADD)
    v = add(a, b, 1);
  else if (op == X_SUB)
    v = add(a, b, -1);
  else if (op == X_MUL)
    v = multiply(a, b);
  else if (b.num == 0)
    return MISSING;
  else
    v = multiply(a, b.num < 0 ? (ref_value){.num = -b.den, .den = -b.num} : (ref_value){.num = b.den, .den = b.num});
  if (v.missing || v.unsure) return v;
  v.cur = op == X_DIV && both_money ? CURRENCY_NONE : cur;
  return too_big(v) ? MISSING : v;
}

/* ---- dates ---- */

static bool valid_day(int128 day) { return day >= DATE_DAY_MIN && day <= DATE_DAY_MAX; }

static ref_value day_value(int128 day) { return valid_day(day) ? whole(day) : MISSING; }

static ref_value add_months(int32_t day, int64_t months) {
  int y, m, d;
  date_parts((civil_date){day}, &y, &m, &d);
  int64_t total = (int64_t)y * 12 + (m - 1) + months;
  if (total < 12 || total >= 120000) return MISSING;
  civil_date out = DATE_NONE;
  for (; date_is_none(out); d--) out = date_of((int)(total / 12), (int)(total % 12) + 1, d);
  return whole(out.day);
}

static ref_value add_written(const calendar *cal, int32_t day, duration by, int sign) {
  int64_t n = (int64_t)by.n * sign;
  switch (by.unit) {
  case UNIT_DAY: return day_value((int128)day + n);
  case UNIT_WEEK: return day_value((int128)day + 7 * (int128)n);
  case UNIT_MONTH: return add_months(day, n);
  case UNIT_YEAR: return add_months(day, 12 * n);
  case UNIT_BUSINESS_DAY:
    for (int64_t left = n < 0 ? -n : n; left > 0;) {
      day += n < 0 ? -1 : 1;
      if (!valid_day(day)) return MISSING;
      left -= calendar_is_business(cal, (civil_date){day});
    }
    return whole(day);
  case UNIT_COUNT: break;
  }
  abort();
}

static bool written_duration(const expr *e, duration *out, int *sign) {
  if (e->op == X_NEG && written_duration(e->a, out, sign)) {
    *sign = -*sign;
    return true;
  }
  if (e->op != X_DURATION) return false;
  *out = e->dur, *sign = 1;
  return true;
}

static ref_value date_arithmetic(const ref_world *w, const expr *e, uint32_t row) {
  const expr *date = e->a, *other = e->b;
  if (date->ty != TY_DATE) date = e->b, other = e->a;
  int minus = e->op == X_SUB ? -1 : 1, sign;
  duration by;
  ref_value a = ref_eval(w, date, row);
  if (a.unsure || a.missing) return a;
  if (written_duration(other, &by, &sign)) return add_written(w->w.cal, (int32_t)a.num, by, sign * minus);
  ref_value b = ref_eval(w, other, row);
  if (b.unsure || b.missing) return b;
  if (other->ty == TY_DATE) return whole(a.num - b.num);
  return b.den == 1 ? day_value(a.num + minus * b.num) : MISSING;
}

/* ---- comparisons ---- */

static bool relation(expr_op op, int order) {
  switch ((int)op) {
  case X_EQ: return order == 0;
  case X_NE: return order != 0;
  case X_LT: return order < 0;
  case X_LE: return order <= 0;
  case X_GT: return order > 0;
  case X_GE: return order >= 0;
  default: abort();
  }
}

/* -1, 0, 1; whole parts first, then the remainders turned upside down. */
static int order_of(int128 a, int128 b, int128 c, int128 d) {
  int128 q = a / b - (a % b < 0), s = c / d - (c % d < 0);
  if (q != s) return q < s ? -1 : 1;
  int128 r = a - q * b, t = c - s * d;
  if (r == 0 || t == 0) return r == t ? 0 : r == 0 ? -1 : 1;
  return -order_of(b, r, d, t);
}

/* `overdue rel X`: today rel due + X, a sum outside of the years counting as beyond any day. */
static ref_value overdue_rel(const ref_world *w, const expr *overdue, expr_op op, duration x, int sign, uint32_t row) {
  const vm_column *c = &w->columns[overdue->use];
  uint32_t at = c->via ? c->via[row] : row;
  bool missing = at == VM_NO_ROW;
  int64_t v = missing ? 0 : read_int(c, at, &missing);
  if (missing) return MISSING;
  civil_date due = {(int32_t)(v + c->day_base)};
  int64_t n = (int64_t)x.n * sign;
  if (grace_lasts(w, due)) return truth(relation(op, n > 0 ? -1 : n < 0));
  if (x.unit == UNIT_DAY || x.unit == UNIT_WEEK) { /* no calendar, so no bounds */
    int64_t sum = due.day + n * (x.unit == UNIT_WEEK ? 7 : 1);
    return truth(relation(op, w->today.day < sum ? -1 : w->today.day > sum));
  }
  ref_value sum = add_written(w->w.cal, due.day, x, sign);
  if (sum.missing) return truth(relation(op, n > 0 ? -1 : 1));
  return truth(relation(op, w->today.day < sum.num ? -1 : w->today.day > sum.num));
}

static expr_op turned(expr_op op) {
  return op == X_LT ? X_GT : op == X_LE ? X_GE : op == X_GT ? X_LT : op == X_GE ? X_LE : op;
}

static bool is_overdue(const ref_world *w, const expr *e) {
  return e->op == X_FIELD && w->p->uses[e->use].field == FIELD_INVOICE_OVERDUE;
}

static ref_value compare(const ref_world *w, const expr *e, uint32_t row) {
  duration x;
  int sign;
  if (is_overdue(w, e->a) && written_duration(e->b, &x, &sign)) return overdue_rel(w, e->a, e->op, x, sign, row);
  if (is_overdue(w, e->b) && written_duration(e->a, &x, &sign))
    return overdue_rel(w, e->b, turned(e->op), x, sign, row);
  ref_value a = ref_eval(w, e->a, row), b = ref_eval(w, e->b, row);
  if (a.unsure || b.unsure) return UNSURE;
  if (a.missing || b.missing) return MISSING;
  if (e->a->ty == TY_BOOL) return truth((a.yes == b.yes) == (e->op == X_EQ));
  if (a.cur != b.cur && a.cur != CURRENCY_ANY && b.cur != CURRENCY_ANY) return MISSING;
  return truth(relation(e->op, order_of(a.num, a.den, b.num, b.den)));
}

/* ---- texts: the letters that the generator uses ---- */

static slice folded(slice s, char *out) {
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i], before = i ? (unsigned char)s.p[i - 1] : 0;
    if (c >= 'A' && c <= 'Z')
      c = (unsigned char)(c + 32);
    else if (before == 0xC3 && c >= 0x80 && c <= 0x9E && c != 0x97)
      c = (unsigned char)(c + 32); /* À to Þ */
    out[i] = (char)c;
  }
  return (slice){out, s.n};
}

static int text_order(slice a, slice b) {
  size_t n = a.n < b.n ? a.n : b.n;
  int c = n ? memcmp(a.p, b.p, n) : 0;
  return c ? c : (a.n > b.n) - (a.n < b.n);
}

static bool inside(slice a, slice b) {
  if (b.n == 0) return true;
  for (size_t i = 0; i + b.n <= a.n; i++)
    if (memcmp(a.p + i, b.p, b.n) == 0) return true;
  return false;
}

static bool member(slice set, slice x) {
  for (size_t from = 0; from < set.n;) {
    size_t to = from;
    while (to < set.n && set.p[to] != ';') to++;
    if (to - from == x.n && x.n && memcmp(set.p + from, x.p, x.n) == 0) return true;
    from = to + 1;
  }
  return false;
}

static bool text_relation(expr_op op, bool exact, slice a, slice b) {
  char x[256], y[256];
  assert(a.n < sizeof x && b.n < sizeof y);
  if (!exact) a = folded(a, x), b = folded(b, y);
  if (op == X_CONTAINS) return inside(a, b);
  if (op == X_STARTS) return b.n == 0 || (a.n >= b.n && memcmp(a.p, b.p, b.n) == 0);
  if (op == X_HAS) return member(a, b);
  if (op == X_IN) return text_order(a, b) == 0;
  return relation(op, text_order(a, b));
}

static ref_value text_compare(const ref_world *w, const expr *e, uint32_t row) {
  ref_value a = ref_eval(w, e->a, row);
  if (a.missing) return MISSING;
  if (e->op == X_IN) {
    bool in = false;
    for (uint32_t i = 0; i < e->count; i++)
      in |= text_relation(X_IN, e->a->exact || e->list_exact[i], a.text, e->list[i]);
    return truth(in);
  }
  ref_value b = ref_eval(w, e->b, row);
  if (b.missing) return MISSING;
  return truth(text_relation(e->op, e->a->exact || e->b->exact, a.text, b.text));
}

/* ---- everything ---- */

static ref_value literal(const ref_world *w, const expr *e) {
  int128 power = 1;
  for (int i = 0; i < e->num.scale; i++) power *= 10;
  if (e->op == X_NUMBER) return reduced(e->num.n, power);
  currency cur = e->cur != CURRENCY_NONE ? e->cur : w->w.cur;
  int128 minor = e->num.n;
  for (unsigned i = 0; i < currency_minor(cur); i++) minor *= 10;
  ref_value v = reduced(minor, power);
  v.cur = cur;
  return v;
}

static ref_value logic(const ref_world *w, const expr *e, uint32_t row) {
  ref_value a = ref_eval(w, e->a, row), b = ref_eval(w, e->b, row);
  bool decides = e->op == X_OR; /* yes decides an `or`, no an `and` */
  if (!a.unsure && !a.missing && a.yes == decides) return a;
  if (!b.unsure && !b.missing && b.yes == decides) return b;
  if (a.unsure || b.unsure) return UNSURE;
  return a.missing ? a : b;
}

ref_value ref_eval(const ref_world *w, const expr *e, uint32_t row) {
  ref_value v;
  bool texts = e->a && (e->a->ty == TY_TEXT || e->a->ty == TY_SET);
  switch ((int)e->op) {
  case X_FIELD: return field(w, e->use, row);
  case X_TODAY: return whole(w->today.day);
  case X_BOOL: return truth(e->yes);
  case X_MONEY:
  case X_NUMBER: return literal(w, e);
  case X_DURATION: return whole((int128)e->dur.n * (e->dur.unit == UNIT_WEEK ? 7 : 1));
  case X_DATE: return whole(e->date.day);
  case X_TEXT: return (ref_value){.text = e->text, .den = 1};
  case X_AND:
  case X_OR: return logic(w, e, row);
  case X_NOT:
    v = ref_eval(w, e->a, row);
    v.yes = !v.yes;
    return v;
  case X_EQ:
  case X_NE:
  case X_LT:
  case X_LE:
  case X_GT:
  case X_GE: return texts ? text_compare(w, e, row) : compare(w, e, row);
  case X_IN:
  case X_CONTAINS:
  case X_STARTS:
  case X_HAS: return text_compare(w, e, row);
  case X_MISSING: v = ref_eval(w, e->a, row); return v.unsure ? v : truth(v.missing);
  case X_NEG:
    v = ref_eval(w, e->a, row);
    v.num = -v.num;
    return v;
  case X_ADD:
  case X_SUB:
  case X_MUL:
  case X_DIV: break;
  default: abort();
  }
  if (e->a->ty == TY_DATE || e->b->ty == TY_DATE) return date_arithmetic(w, e, row);
  ref_value a = ref_eval(w, e->a, row), b = ref_eval(w, e->b, row);
  if (a.unsure || b.unsure) return UNSURE;
  return a.missing || b.missing ? MISSING : arithmetic(e->op, a, b);
}
