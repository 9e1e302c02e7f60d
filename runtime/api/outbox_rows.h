/* What Today and Outbox show alike: a message in JSON, sums by currency, which messages a group is. */
#ifndef DUN_API_OUTBOX_ROWS_H
#define DUN_API_OUTBOX_ROWS_H

#include "api.h"
#include "runtime/store/today.h"

/* [{"amount":"10.00","currency":"BRL"},...] */
void rows_put_sums(json_writer *w, const char *name, const today_sums *t);
/* An item of a list, or with a name. Addresses and subjects only for operators and up. False: the store failed, and it
 * was answered. */
bool rows_put_message(api_call *c, const char *name, const message_row *r);
/* The customer's name, else the id; in c->perm. */
slice rows_customer_name(api_call *c, slice id);
/* The group of a state and whatever else the query (`from` NULL) or an object says. False: answered. */
bool rows_key(api_call *c, const json *from, today_key *out);
void rows_put_key(json_writer *w, const today_key *k);
/* A number of the path's place; false: 404 was answered. */
bool rows_id(api_call *c, int64_t *id);
/* A list's key: a number, 0 where the list begins. False: answered. */
bool rows_after(api_call *c, uint32_t *most, int64_t *after);

#endif
