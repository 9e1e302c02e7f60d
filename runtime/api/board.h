/* What the handlers of cards and those of agreements share. */
#ifndef DUN_API_BOARD_H
#define DUN_API_BOARD_H

#include "api.h"
#include "lang/check/walk.h"
#include "runtime/outbox/agreement.h"
#include "runtime/store/board.h"

/* {"id":17,"version":3,"column":"Collections",...}; `name` NULL: an item of a list. */
void board_put_card(api_call *c, const char *name, const board_card *card);
/* {"id":4,"state":"proposed","parts":[...],...} */
void agreement_put(api_call *c, const char *name, const agreement *a);
/* The agreements of an invoice, the newest first, as the list `agreements`. */
bool agreements_put_of(api_call *c, slice invoice);
/* The words of a state of the store, of the answer to a change. False: answered. */
bool board_fine(api_call *c, board_answer answer);

#endif
