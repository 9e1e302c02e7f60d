/* What the outbox keeps beside its decisions: the messages as rendered, the invoices they speak of, the cards of the
 * board, and the tags that a policy gives. Read with store_scan. */
#ifndef DUN_STORE_MESSAGE_H
#define DUN_STORE_MESSAGE_H

#include "store.h"

typedef struct store_message {
  int64_t action;
  slice channel, recipient, recipient_name;
  bool to_customer; /* limits, opt-out and today's address apply */
  slice language, subject, text, html;
  slice gaps; /* names of holes without a value, separated by ';' */
  slice form; /* the approved template that it goes as, filled in; empty: its text is sent */
} store_message;
STORE_MUST store_code store_message_put(store *s, const store_message *m);
/* Another hole, or file, that it goes without. */
STORE_MUST store_code store_message_gap(store *s, int64_t action, slice gap);

/* When a customer wrote on a channel; an earlier moment changes nothing. *at_us 0: never, as far as is known. */
STORE_MUST store_code store_heard(store *s, slice customer, slice channel, int64_t at_us);
STORE_MUST store_code store_heard_at(store *s, slice customer, slice channel, int64_t *at_us);

/* An invoice as it was when the message was rendered. */
typedef struct store_message_invoice {
  int64_t message;
  int32_t ordinal;
  slice invoice, currency;
  int64_t amount, open;
  int32_t due;
} store_message_invoice;
STORE_MUST store_code store_message_invoice_put(store *s, const store_message_invoice *i);

typedef struct store_card {
  int64_t action;
  store_entity entity;
  slice customer, board, title, priority, assignee;
  bool has_due_on;
  int32_t due_on, opened_on;
} store_card;
/* One card per action: again is fine and changes nothing. (The cards are board.c's.) */
STORE_MUST store_code store_card_open(store *s, const store_card *c);
/* The entity's open cards. */
STORE_MUST store_code store_card_move(store *s, store_entity entity, slice place);
STORE_MUST store_code store_card_close(store *s, store_entity entity, int32_t on);

/* The actions that joined a message go where it goes. */
STORE_MUST store_code store_action_move_joined(store *s, int64_t lead, action_state from, action_state to,
                                               slice reason);

#endif
