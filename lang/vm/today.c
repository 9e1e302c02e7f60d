/* The day of the evaluation: dates known from it, and `overdue` turned into thresholds on the due date. */
#include "lang/vm/machine.h"

#include <assert.h>

static civil_date day_of(const vm *m, const code_const *k) {
  if (k->today && !m->has_today) return DATE_NONE;
  civil_date d = k->today ? m->today : k->date;
  for (uint32_t i = 0; i < k->count; i++) d = vm_add_duration(m->w.cal, d, k->plus[i]);
  return d;
}

/* `overdue rel X` means today rel due + X; while a grace day lasts (late_from < due <= today) overdue is 0d. Both `>=
 * X` and
 * `> X` hold up to a latest due date. */
static void bind_overdue(const vm *m, const vm_column *c, code_rel rel, duration x, bound *b) {
  int64_t at_least = vm_latest_due(m->w.cal, m->today.day, x), more = vm_latest_due(m->w.cal, m->today.day - 1, x);
  if (m->w.due == DUE_LATE_AFTER) {
    if (x.n > 0 && at_least > m->late_from) at_least = m->late_from;
    if (x.n >= 0 && more > m->late_from) more = m->late_from;
  }
  int128 least = -((int128)1 << 100), most = (int128)1 << 100;
  int128 ge = (int128)at_least - c->day_base, gt = (int128)more - c->day_base;
  switch (rel) {
  case REL_EQ:
  case REL_NE: vm_bind_range(b, c, gt + 1, ge, rel == REL_NE); break;
  case REL_LT: vm_bind_range(b, c, ge + 1, most, false); break;
  case REL_LE: vm_bind_range(b, c, gt + 1, most, false); break;
  case REL_GT: vm_bind_range(b, c, least, gt, false); break;
  case REL_GE: vm_bind_range(b, c, least, ge, false); break;
  case REL_IN:
  case REL_CONTAINS:
  case REL_STARTS:
  case REL_HAS:
  case REL_COUNT: assert(!"an order"); break;
  }
}

void vm_bind_day(vm *m, const code_op *o, bound *b) {
  const code_const *k = m->code->consts;
  if (o->op == OP_CMP_OVERDUE) {
    bind_overdue(m, &m->columns[o->x], (code_rel)o->rel, k[o->y].dur, b);
  } else if (o->op == OP_DAY) {
    civil_date d = day_of(m, &k[o->x]);
    b->whole = date_is_none(d) ? INT64_MIN : d.day;
  } else {
    const vm_column *c = &m->columns[o->x];
    civil_date d = day_of(m, &k[o->y]);
    if (date_is_none(d))
      vm_bind_fill(b, TRI_UNDECIDED);
    else
      vm_bind_order(b, c, (code_rel)o->rel, (int128)d.day - c->day_base, true);
  }
}

void vm_set_today(vm *m, civil_date today) {
  assert(!date_is_none(today));
  m->has_today = true;
  m->today = today;
  m->late_from = today.day - 1;
  if (m->w.due == DUE_LATE_AFTER) {
    assert(m->w.cal);
    m->late_from = calendar_prev(m->w.cal, (civil_date){today.day - 1}).day;
  }
  for (uint32_t i = 0; i < m->daily_count; i++) vm_bind_day(m, &m->code->ops[m->daily[i]], &m->bounds[m->daily[i]]);
}
