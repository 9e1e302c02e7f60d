/* An order: what a decision has another program do, in words that are kept with it. They are canonical JSON (members in
 * a fixed order, no blanks), so that what was approved and what `dun outbox show` shows is what is sent. */
#ifndef DUN_OUTBOX_ORDER_H
#define DUN_OUTBOX_ORDER_H

#include "runtime/engine/engine.h"

/* The body of a webhook (Standard Webhooks): {"type":"dun.invoice","timestamp":"...","data":{...,"values":{...}}}.
 * `now_us`: when it was decided. */
slice order_for_webhook(engine *e, const decision *d, int64_t now_us, arena *perm);

#endif
