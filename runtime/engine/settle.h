/* `payments settle interest then fine then principal`: what of a payment goes to the late fee and to the interest; the
 * rest lowers the balance. Without that line all of it does. */
#ifndef DUN_ENGINE_SETTLE_H
#define DUN_ENGINE_SETTLE_H

#include "engine.h"

/* Divides a payment of an open invoice by what is owed on its day, before it counts. `whole`: it names no sum, and pays
 * all that is owed. */
void settle_payment(engine *e, payment_made *p, bool whole);

/* What of it lowers the balance. */
static inline int64_t settled_principal(const payment_made *p) { return p->amount - p->fine - p->interest; }

#endif
