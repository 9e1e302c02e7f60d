/* What `charge fee` and `charge interest` come to: the fine or the interest of the day, less what was charged before
 * in this cycle, so that nothing is charged twice. */
#ifndef DUN_ENGINE_CHARGES_H
#define DUN_ENGINE_CHARGES_H

#include "engine.h"
#include "runtime/store/store.h"

bool is_charge(action_kind k);
/* Nothing is left of it to charge in this cycle: it is done without a row. */
bool charge_is_spent(const engine *e, const action *a, uint32_t invoice);
contract_sum charge_sum(const engine *e, const action *a, uint32_t invoice, arena *perm);
/* What was carried out: a charge is remembered. */
void charge_take_effect(engine *e, const decision *d);
/* What was charged and stands in the invoice's balance by now, in all its cycles; of the one at hand, fine and interest
 * apart. Neither is a fee counted on it, nor is it owed beside the balance. */
typedef struct charged_sums {
  int64_t all, fine, interest;
} charged_sums;
charged_sums charges_in_balance(const engine *e, uint32_t invoice);
/* Charges of earlier days, from the store's actions; and which of them the balance has in it. */
STORE_MUST store_code charges_load(engine *e, store *s);

#endif
