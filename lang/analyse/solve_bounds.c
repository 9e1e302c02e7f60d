/* Variables that hang together: for every two the most that they can differ by, closed under addition, so that there
 * are values exactly where no variable differs from itself by less than nothing. Only variables that stand in two axes
 * are here; the others are free of one another. */
#include "lang/analyse/solve_model.h"

enum { UNITS_FAR = 20000000 }; /* business days or months, doubled: beyond any two dates */

static int64_t *entry(const model *m, int i, int j) { return &m->bounds[(uint32_t)i * m->link_count + (uint32_t)j]; }

/* variable i less variable j is at most c */
static bool at_most(model *m, int i, int j, int64_t c) {
  int n = (int)m->link_count;
  if (*entry(m, i, j) <= c) return true;
  if (*entry(m, j, i) + c < 0) return false;
  for (int a = 0; a < n; a++)
    for (int b = 0; b < n; b++) {
      int64_t way = *entry(m, a, i) + c + *entry(m, j, b);
      if (way < *entry(m, a, b)) *entry(m, a, b) = way;
    }
  return true;
}

bool bounds_add(model *m, uint16_t x, uint16_t y, int64_t lo, int64_t hi) {
  int i = m->vars[x].link, j = m->vars[y].link;
  return at_most(m, i, j, hi) && at_most(m, j, i, -lo);
}

void bounds_of(const model *m, uint16_t x, uint16_t y, int64_t *lo, int64_t *hi) {
  int i = m->vars[x].link, j = m->vars[y].link;
  *hi = *entry(m, i, j), *lo = -*entry(m, j, i);
}

/* The days of n months, at least and at most: those of a year as they are, of others a little more widely. */
static int64_t month_days(int64_t n, bool most) {
  static const int16_t LEAST[] = {0, 28, 59, 89, 120, 150, 181, 212, 242, 273, 303, 334, 365},
                       MOST[] = {0, 31, 62, 92, 123, 153, 184, 215, 245, 276, 306, 337, 366};
  if (n < 0) return -month_days(-n, !most);
  if (n <= 12) return most ? MOST[n] : LEAST[n];
  int64_t mean = n * 30436875 / 1000000;
  return most ? mean + 6 : mean - 5;
}

/* How many days due + n units are after due, at least and at most; `at` is a place of AXIS_UNIT. Nothing is known of
 * how many days are closed in a row. */
int64_t unit_days(duration_unit unit, int64_t at, bool most) {
  int64_t n = at >> 1, between = at & 1;
  if (!most) return (unit == UNIT_MONTH ? month_days(n, false) : n < 0 ? -SOLVE_BOUND : n) + between;
  n += between; /* the next place, and before it */
  return (unit == UNIT_MONTH ? month_days(n, true) : n > 0 ? SOLVE_BOUND : n) - between;
}

bool bounds_cell(model *m, const axis *a) {
  if (!a->linked) return true;
  int64_t lo = a->cut[a->at], hi = a->cut[a->at + 1] - 1;
  if (a->kind == AXIS_UNIT) {
    lo = lo < -UNITS_FAR ? -SOLVE_BOUND : unit_days(a->unit, lo, false);
    hi = hi > UNITS_FAR ? SOLVE_BOUND : unit_days(a->unit, hi, true);
  }
  return bounds_add(m, a->var, a->than, lo, hi);
}

bool unit_surely(const axis *a, int64_t *lo, int64_t *hi) {
  int64_t from = a->cut[a->at], to = a->cut[a->at + 1] - 1;
  bool after = from & 1, before = to & 1;
  *lo = from < -UNITS_FAR ? -SOLVE_BOUND : unit_days(a->unit, from - after, true) + after;
  *hi = to > UNITS_FAR ? SOLVE_BOUND : unit_days(a->unit, to + before, false) - before;
  return *lo <= *hi && *lo<SOLVE_BOUND && * hi> - SOLVE_BOUND;
}

/* ---- what hangs together from the start ---- */

static uint16_t find(const model *m, uint16_t field) {
  for (uint16_t i = 0; i < m->var_count; i++)
    if (m->vars[i].kind == VAR_FIELD && m->vars[i].field == field) return i;
  return NO_VAR;
}

typedef struct kept {
  uint16_t more, less; /* fields; FIELD_COUNT: today */
  bool usual;          /* most rows keep it, not all */
} kept;

static const kept KEPT[] = {
    {FIELD_INVOICE_TOTAL, FIELD_INVOICE_OPEN, false},
    {FIELD_CUSTOMER_OPEN_TOTAL, FIELD_CUSTOMER_OVERDUE_TOTAL, false},
    {FIELD_INVOICE_AMOUNT, FIELD_INVOICE_OPEN, true},
    {FIELD_INVOICE_AMOUNT, FIELD_INVOICE_PAID_AMOUNT, true},
    {FIELD_INVOICE_DUE, FIELD_INVOICE_ISSUED, true},
    {FIELD_COUNT, FIELD_INVOICE_ISSUED, true},
    {FIELD_COUNT, FIELD_INVOICE_LAST_CONTACT, true},
    {FIELD_COUNT, FIELD_CUSTOMER_LAST_CONTACT, true},
    {FIELD_COUNT, FIELD_CUSTOMER_SINCE, true},
    {FIELD_CUSTOMER_LAST_CONTACT, FIELD_INVOICE_LAST_CONTACT, true},
    {FIELD_INVOICE_INSTALLMENTS, FIELD_INVOICE_INSTALLMENT, true},
    {FIELD_CONTRACT_INSTALLMENTS, FIELD_CONTRACT_INSTALLMENT, true},
    {FIELD_CONTRACT_END, FIELD_CONTRACT_START, true},
};

static void each_kept(model *m, void (*visit)(model *m, uint16_t x, uint16_t y)) {
  for (size_t i = 0; i < sizeof KEPT / sizeof *KEPT; i++) {
    if (KEPT[i].usual && !m->usual) continue;
    uint16_t x = KEPT[i].more == FIELD_COUNT ? m->today : find(m, KEPT[i].more), y = find(m, KEPT[i].less);
    if (x == NO_VAR || y == NO_VAR || m->vars[x].scale != m->vars[y].scale) continue;
    if (m->vars[x].may_miss || m->vars[y].may_miss) { /* of what is missing nothing is kept */
      if (!KEPT[i].usual) continue;
    }
    m->has_usual = m->has_usual || KEPT[i].usual;
    visit(m, x, y);
  }
}

static void count_pair(model *m, uint16_t x, uint16_t y) { m->vars[x].link += 2, m->vars[y].link += 2; }

static void keep_pair(model *m, uint16_t x, uint16_t y) {
  (void)bounds_add(m, x, y, 0, m->vars[x].max - m->vars[y].min);
}

static bool is_cut(const axis *a) { return a->kind == AXIS_RANGE || a->kind == AXIS_UNIT; }

/* Counts in `link` how often each variable is bound, then numbers those bound together. */
static void find_links(model *m) {
  for (uint32_t i = 0; i < m->var_count; i++) m->vars[i].link = 0;
  for (uint32_t i = 0; i < m->axis_count; i++)
    if (is_cut(&m->axes[i])) m->vars[m->axes[i].var].link++, m->vars[m->axes[i].than].link++;
  each_kept(m, count_pair);
  m->vars[0].link = 0;
  for (uint32_t i = 0; i < m->axis_count; i++) {
    axis *a = &m->axes[i];
    a->linked = is_cut(a) && (m->vars[a->var].link > 1 || m->vars[a->than].link > 1);
  }
  bool in[SOLVE_VARS_MAX] = {true};
  for (uint32_t i = 0; i < m->axis_count; i++)
    if (m->axes[i].linked) in[m->axes[i].var] = in[m->axes[i].than] = true;
  m->link_count = 0;
  for (uint32_t i = 0; i < m->var_count; i++) {
    in[i] = in[i] || m->vars[i].link > 1;
    m->vars[i].link = in[i] ? (int)m->link_count++ : -1;
  }
}

void bounds_begin(model *m) {
  find_links(m);
  size_t n = m->link_count;
  m->bounds = ARENA_ARRAY(m->scratch, n * n + 1, int64_t);
  for (uint32_t i = 0; i < m->var_count; i++)
    for (uint32_t j = 0; j < m->var_count; j++) {
      const var *x = &m->vars[i], *y = &m->vars[j];
      if (x->link >= 0 && y->link >= 0) *entry(m, x->link, y->link) = i == j ? 0 : x->max - y->min;
    }
  each_kept(m, keep_pair);
}
