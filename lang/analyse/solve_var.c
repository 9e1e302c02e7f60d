/* Variables of a question and what they may be: one for each field, whatever program reads it. */
#include "lang/analyse/solve_model.h"

#include "lang/base/utf8.h"
#include "lang/check/fields.h"

static uint16_t add_axis(model *m, axis a) {
  a.at = -1;
  if (m->axis_count == SOLVE_AXES_MAX) {
    m->full = true;
    return 0;
  }
  m->axes[m->axis_count] = a;
  return (uint16_t)m->axis_count++;
}

static bool same_axis(const axis *a, const axis *b) {
  if (a->kind != b->kind || a->var != b->var || a->than != b->than) return false;
  if (a->kind == AXIS_UNIT) return a->unit == b->unit && same_days(a->rule, b->rule);
  return a->kind != AXIS_HAS || utf8_fold_eq(a->member, b->member);
}

uint16_t axis_of(model *m, axis like) {
  for (uint32_t i = 0; i < m->axis_count; i++)
    if (same_axis(&m->axes[i], &like)) return (uint16_t)i;
  return add_axis(m, like);
}

void axis_cut(model *m, axis *a, int64_t at) {
  uint32_t i = 0;
  if (at <= a->cut[0] || at >= a->cut[a->n]) return;
  while (a->cut[i] < at) i++;
  if (a->cut[i] == at) return;
  if (a->n + 2 > a->cut_room) {
    int64_t *more = ARENA_ARRAY(m->scratch, a->cut_room * 2, int64_t);
    memcpy(more, a->cut, (a->n + 1) * sizeof *more);
    a->cut = more, a->cut_room *= 2;
  }
  memmove(a->cut + i + 1, a->cut + i, (a->n + 1 - i) * sizeof *a->cut);
  a->cut[i] = at;
  a->n++;
}

static uint16_t cut_axis(model *m, axis like, int64_t min, int64_t max) {
  uint16_t i = axis_of(m, like);
  axis *a = &m->axes[i];
  if (a->cut || m->full) return i;
  a->cut_room = 8;
  a->cut = ARENA_ARRAY(m->scratch, a->cut_room, int64_t);
  a->cut[0] = min, a->cut[1] = max + 1;
  a->n = 1;
  return i;
}

uint16_t axis_range(model *m, uint16_t x, uint16_t y) {
  return cut_axis(m, (axis){.kind = AXIS_RANGE, .var = x, .than = y}, m->vars[x].min - m->vars[y].max,
                  m->vars[x].max - m->vars[y].min);
}

uint16_t axis_unit(model *m, uint16_t x, uint16_t y, duration_unit unit, const program *p) {
  return cut_axis(m, (axis){.kind = AXIS_UNIT, .var = x, .than = y, .unit = unit, .rule = p}, -SOLVE_BOUND,
                  SOLVE_BOUND);
}

/* ---- variables ---- */

static bool same_calendars(const program *a, const program *b) {
  if (a == b) return true;
  if (a->calendar_count != b->calendar_count || a->holiday_count != b->holiday_count) return false;
  for (uint32_t i = 0; i < a->calendar_count; i++)
    if (a->calendars[i] != b->calendars[i]) return false;
  for (uint32_t i = 0; i < a->holiday_count; i++)
    if (a->holidays[i].date.day != b->holidays[i].date.day) return false;
  return true;
}

bool same_days(const program *a, const program *b) { return a == b || (a->due == b->due && same_calendars(a, b)); }

static uint16_t add_var(model *m, var v) {
  v.present = v.link = -1;
  if (m->var_count == SOLVE_VARS_MAX) {
    m->full = true;
    return 0;
  }
  m->vars[m->var_count] = v;
  return (uint16_t)m->var_count++;
}

uint16_t var_today(model *m) {
  if (m->today == NO_VAR)
    m->today = add_var(m, (var){.kind = VAR_TODAY, .ty = TY_DATE, .min = DATE_DAY_MIN, .max = DATE_DAY_MAX});
  return m->today;
}

static void least(var *v, int64_t min) {
  if (v->min < min) v->min = min;
}

/* What the field may be in any row. */
static void domain(const model *m, var *v) {
  v->min = -SOLVE_BOUND, v->max = SOLVE_BOUND;
  switch (v->ty) {
  case TY_DATE: v->min = DATE_DAY_MIN, v->max = DATE_DAY_MAX; break;
  case TY_TIME: v->min = 0, v->max = 24 * 60 - 1; break;
  case TY_MONEY: v->scale = m->money_scale, v->money = true; break;
  case TY_NUMBER:
  case TY_PERCENT: v->scale = v->field < FIELD_COUNT ? 0 : 6; break;
  case TY_ERROR:
  case TY_BOOL:
  case TY_DURATION:
  case TY_TEXT:
  case TY_SET: break;
  }
  switch (v->field) {
  case FIELD_INVOICE_AMOUNT:
  case FIELD_INVOICE_OPEN:
    if (m->dunned) least(v, 1);
    break;
  case FIELD_INVOICE_TOTAL:
    if (m->dunned) least(v, 1);
    break;
  case FIELD_INVOICE_FINE:
  case FIELD_INVOICE_INTEREST:
  case FIELD_CUSTOMER_OVERDUE_COUNT:
  case FIELD_CUSTOMER_OVERDUE_TOTAL:
  case FIELD_CUSTOMER_OPEN_TOTAL:
  case FIELD_CUSTOMER_CREDIT:
  case FIELD_CUSTOMER_OLDEST_OVERDUE: least(v, 0); break;
  default: break;
  }
}

static uint16_t contract_var(model *m) {
  if (m->contract == NO_VAR) {
    m->contract = add_var(m, (var){.kind = VAR_CONTRACT, .of = ENT_CONTRACT, .may_miss = true});
    m->vars[m->contract].present = axis_of(m, (axis){.kind = AXIS_PRESENT, .var = m->contract, .n = 2});
  }
  return m->contract;
}

static bool is_due(const var *v) {
  return v->kind == VAR_FIELD && (v->field == FIELD_INVOICE_DUE || v->field == FIELD_INVOICE_OVERDUE);
}

static uint16_t var_field(model *m, const program *p, entity of, uint16_t field) {
  var v = {.kind = VAR_FIELD, .of = of, .field = field, .rule = p};
  if (field < FIELD_COUNT)
    v.ty = FIELDS[field].ty;
  else {
    const custom_field *own = &p->custom[field - FIELD_COUNT];
    v.field = FIELD_COUNT, v.name = own->name, v.ty = own->ty;
  }
  v.may_miss = v.ty != TY_SET && program_can_miss(p, field);
  for (uint16_t i = 0; i < m->var_count; i++) {
    var *o = &m->vars[i];
    if (o->kind != VAR_FIELD || o->of != of || o->field != v.field || o->ty != v.ty) continue;
    if (v.field == FIELD_COUNT && !utf8_fold_eq(o->name, v.name)) continue;
    if (is_due(o) && !same_days(o->rule, p)) continue;
    if (v.may_miss && o->present < 0)
      o->present = axis_of(m, (axis){.kind = AXIS_PRESENT, .var = i, .n = 2}), o->may_miss = true;
    return i;
  }
  domain(m, &v);
  uint16_t i = add_var(m, v);
  if (v.may_miss && !m->full) m->vars[i].present = axis_of(m, (axis){.kind = AXIS_PRESENT, .var = i, .n = 2});
  if (of == ENT_CONTRACT) (void)contract_var(m);
  return i;
}

uint16_t var_of_use(model *m, const program *p, uint16_t use) {
  const field_use *u = &p->uses[use];
  if (u->context == ENT_CONTRACT) m->contract_there = true;
  return var_field(m, p, u->of, u->field);
}

void overdue_vars(model *m, const program *p, uint16_t *x, uint16_t *y) {
  if (p->due == DUE_LATE_AFTER) { /* 0d on the days of grace, too */
    *x = var_field(m, p, ENT_INVOICE, FIELD_INVOICE_OVERDUE), *y = 0;
  } else {
    *x = var_today(m);
    *y = var_field(m, p, ENT_INVOICE, FIELD_INVOICE_DUE);
  }
}
