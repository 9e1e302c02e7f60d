/* Before and after the atoms are known: the currencies that a row may be in, and what each atom is in each cell. */
#include "lang/analyse/solve_model.h"

/* ---- currencies ---- */

static bool add_currency(model *m, currency c) {
  for (uint32_t i = m->cur_unnamed; i < m->cur_count; i++)
    if (m->curs[i] == c) return true;
  if (m->cur_count == SOLVE_CURRENCIES_MAX) {
    m->full = true;
    return false;
  }
  m->curs[m->cur_count++] = c;
  return true;
}

static bool is_currency(const program *p, const expr *e) {
  return e->op == X_FIELD && p->uses[e->use].of == ENT_INVOICE && p->uses[e->use].field == FIELD_INVOICE_CURRENCY;
}

/* Amounts written in a currency, and currencies that the field is compared with. */
static void currencies_of(model *m, const program *p, const expr *e, bool *asked) {
  if (!e) return;
  if (e->op == X_MONEY && e->cur != CURRENCY_NONE) (void)add_currency(m, e->cur);
  bool codes = e->a && is_currency(p, e->a);
  *asked = *asked || codes;
  for (uint32_t i = 0; codes && e->op == X_IN && i < e->count; i++)
    if (currency_find(e->list[i]) != CURRENCY_NONE) (void)add_currency(m, currency_find(e->list[i]));
  if (codes && e->b && e->b->op == X_TEXT && currency_find(e->b->text) != CURRENCY_NONE)
    (void)add_currency(m, currency_find(e->b->text));
  currencies_of(m, p, e->a, asked);
  currencies_of(m, p, e->b, asked);
}

/* One that nobody has named. */
static currency another(const model *m) {
  static const currency known[] = {CURRENCY_USD, CURRENCY_EUR, CURRENCY_BRL, CURRENCY_GBP,
                                   CURRENCY_CHF, CURRENCY_MXN, CURRENCY_ARS};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    bool named = false;
    for (uint32_t k = 0; k < m->cur_count; k++) named = named || m->curs[k] == known[i];
    if (!named) return known[i];
  }
  return CURRENCY_NONE;
}

/* A row is in the policy's currency or in one that the conditions name; in any other only where they ask for it. */
void model_currencies(model *m, const solve_asked *asked, uint32_t n) {
  bool codes = false;
  for (uint32_t i = 0; i < n; i++) {
    m->cur_unnamed = m->cur_unnamed || asked[i].p->cur == CURRENCY_NONE;
    m->rates = m->rates || asked[i].p->rates_file.n != 0;
  }
  m->cur_count = m->cur_unnamed;
  for (uint32_t i = 0; i < n; i++) {
    const solve_asked *a = &asked[i];
    if (a->p->cur != CURRENCY_NONE) (void)add_currency(m, a->p->cur);
    if (a->e)
      currencies_of(m, a->p, a->e, &codes);
    else if (a->cond < SOLVE_OVERDUE)
      currencies_of(m, a->p, a->p->conds[a->cond].e, &codes);
  }
  if (m->cur_unnamed)
    m->curs[0] = another(m);
  else if (codes)
    (void)add_currency(m, another(m));
  m->money_scale = m->cur_unnamed ? FEE_SUM_DECIMALS : 0;
  for (uint32_t i = 0; i < m->cur_count; i++)
    if (currency_minor(m->curs[i]) > m->money_scale) m->money_scale = (uint8_t)currency_minor(m->curs[i]);
}

axis *currency_axis(model *m, entity of) {
  if (m->cur_unnamed) of = ENT_INVOICE; /* all data are in one */
  for (uint32_t i = 0; i < m->axis_count; i++)
    if (m->axes[i].kind == AXIS_CURRENCY && m->axes[i].var == of) return &m->axes[i];
  return NULL;
}

/* ---- cells ---- */

static unsigned in_cell(const model *m, const atom *a, const axis *x, uint32_t i) {
  bool yes = false;
  switch (x->kind) {
  case AXIS_PRESENT: return SOLVE_TRUE;
  case AXIS_YES:
  case AXIS_HAS: yes = i == 1; break;
  case AXIS_TEXT: yes = text_holds(a->e, x->text[i]); break;
  case AXIS_CURRENCY: yes = text_holds(a->e, slice_of(currency_code(m->curs[i]))); break;
  case AXIS_RANGE:
  case AXIS_UNIT: yes = (x->cut[i] >= a->lo && x->cut[i] <= a->hi) != a->negated; break;
  case AXIS_OPAQUE: return i == 0 ? SOLVE_TRUE : i == 1 ? SOLVE_FALSE : SOLVE_UNDECIDED;
  }
  return yes ? SOLVE_TRUE : SOLVE_FALSE;
}

/* What a reader takes for an ordinary value: the search begins there. */
static int64_t ordinary(const model *m, const axis *a) {
  const var *v = &m->vars[a->var];
  if (a->kind == AXIS_UNIT || a->than != 0) return 10;
  if (v->ty == TY_DATE) return SOLVE_DAY;
  if (v->ty == TY_MONEY) return 1000 * pow10_i64(v->scale);
  return pow10_i64(v->scale);
}

void model_finish(model *m) {
  m->work += 40 + 20U * m->node_count;
  for (uint32_t i = 0; i < m->atom_count && !m->full; i++) {
    const atom *a = &m->atoms[i];
    for (unsigned of = 0; of < ENT_CUSTOMER + 2U && m->cur_count > 1; of++)
      if (a->cur_of >> of & 1 && of != ENT_CUSTOMER && !currency_axis(m, (entity)of))
        (void)axis_of(m, (axis){.kind = AXIS_CURRENCY,
                                .var = (uint16_t)(m->cur_unnamed ? (unsigned)ENT_INVOICE : of),
                                .n = m->cur_count});
  }
  for (uint16_t i = 0; i < m->axis_count && !m->full; i++) {
    axis *x = &m->axes[i];
    if (x->kind == AXIS_TEXT) text_cells(m, i);
    if (x->kind == AXIS_RANGE || x->kind == AXIS_UNIT) x->first = cell_of(x, ordinary(m, x));
  }
  for (uint32_t i = 0; i < m->atom_count && !m->full; i++) {
    atom *a = &m->atoms[i];
    if (a->is_missing || a->constant) continue;
    const axis *x = &m->axes[a->axis];
    a->cell = ARENA_ARRAY(m->scratch, x->n + 1, uint8_t);
    m->work += x->n;
    for (uint32_t k = 0; k < x->n; k++) a->all |= a->cell[k] = (uint8_t)in_cell(m, a, x, k);
  }
}
