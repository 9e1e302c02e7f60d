/* Money of two currencies: both are turned into the home currency by the day's rates and compared or added there. Exact
 * but for a sum that stays a whole count of minor units, which is rounded half even, once. */
#include "lang/vm/machine.h"

bool vm_worths(const vm *m, rational *a, uint8_t *ca, rational *b, uint8_t *cb) {
  const exchange_day *fx = m->w.fx;
  if (!fx || !exchange_worth(fx, *a, *ca, a) || !exchange_worth(fx, *b, *cb, b)) return false;
  *ca = *cb = fx->home;
  return true;
}

bool vm_worth_sum(const vm *m, int64_t a, uint8_t ca, int64_t b, uint8_t cb, bool minus, int64_t *sum, uint8_t *cur) {
  rational x = rational_of(a), y = rational_of(b), v;
  if (!vm_worths(m, &x, &ca, &y, &cb)) return false;
  *cur = ca;
  return (minus ? rational_sub(x, y, &v) : rational_add(x, y, &v)) && rational_round(v, ROUND_HALF_EVEN, sum);
}

tri vm_worth_compare(const vm *m, code_rel rel, rational a, uint8_t ca, rational b, uint8_t cb) {
  if (!vm_worths(m, &a, &ca, &b, &cb)) return TRI_UNDECIDED;
  return vm_order_holds(rel, rational_cmp(a, b)) ? TRI_YES : TRI_NO;
}

void vm_worth_rows(vm *m, const code_op *o, const bound *b, uint8_t *out) {
  const vm_column *c = &m->columns[o->x];
  VM_LOADS[c->phys](vm_values(m, o->x), m->n, 0, m->left);
  const uint8_t *each = c->cur ? vm_currencies(m, o->x) : NULL;
  for (uint32_t i = 0; i < m->n; i++) {
    uint8_t cur = each ? each[i] : c->one_cur;
    if (cur == b->cur || cur == CURRENCY_ANY || m->left[i] == INT64_MIN) continue;
    out[i] = (uint8_t)vm_worth_compare(m, (code_rel)o->rel, rational_of(m->left[i]), cur, b->num, b->cur);
  }
}
