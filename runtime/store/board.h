/* The board: cards by column, what people do to them, and what happened to each.
 *
 * Invariants: every change of a card stands in its history with who made it, in the same transaction; a person changes
 * the card that was seen (its version), never one that somebody else changed meanwhile; a page of a column is found by
 * its key, however many cards stand there. */
#ifndef DUN_STORE_BOARD_H
#define DUN_STORE_BOARD_H

#include "message.h"

enum { BOARD_WORDS_MAX = 4000 /* bytes of a comment */ };

/* Columns that Dun itself moves cards to, where the policy names no other: a card whose customer promised, or agreed on
 * a date; one whose invoice is paid. */
#define BOARD_PROMISED "Promised"
#define BOARD_RESOLVED "Resolved"

/* Who does things to cards without being a person. */
#define BOARD_BY_POLICY "policy"
#define BOARD_BY_DUN "dun"

/* EVENT(id, word): what a row of a card's history says. */
#define BOARD_EVENTS(EVENT)                                                                                            \
  EVENT(OPENED, "opened")                                                                                              \
  EVENT(MOVED, "moved")                                                                                                \
  EVENT(ASSIGNED, "assigned")                                                                                          \
  EVENT(DUE, "due")                                                                                                    \
  EVENT(COMMENT, "comment")                                                                                            \
  EVENT(CLOSED, "closed")                                                                                              \
  EVENT(REOPENED, "reopened")                                                                                          \
  EVENT(PAID, "paid")                                                                                                  \
  EVENT(PROMISE, "promise")                                                                                            \
  EVENT(PROMISE_BROKEN, "promise broken")                                                                              \
  EVENT(AGREEMENT, "agreement")
typedef enum board_event_kind {
#define EVENT(id, word) BOARD_##id,
  BOARD_EVENTS(EVENT)
#undef EVENT
      BOARD_EVENT_COUNT
} board_event_kind;
const char *board_event_name(board_event_kind k);

/* ---- reading ---- */

typedef struct board_card {
  int64_t id, version, action;
  store_entity entity;
  slice customer, customer_name;
  slice board, lane, title, priority, assignee;
  int32_t due_on, opened_on, closed_on; /* DATE_NONE_DAY: none */
  bool has_invoice;
  slice currency, status; /* the invoice's */
  int64_t open;
  int32_t due;
  slice agreement; /* the state of one that is asked for or in force; empty: none */
  int64_t comments;
} board_card;

typedef struct board_filter {
  slice customer, assignee; /* empty: any */
  bool unassigned;
  int entity;         /* store_entity_kind; -1: any */
  int32_t overdue_on; /* due before that day; DATE_NONE_DAY: any */
  slice text;         /* in its title, number, customer's id or name; without regard to case */
  bool closed;        /* those that are closed, the newest first */
} board_filter;

typedef struct board_lane {
  slice name;
  int64_t cards; /* open ones */
} board_lane;
/* The columns in which an open card stands. */
STORE_MUST store_code board_lanes(store *s, arena *perm, board_lane **out, size_t *count);
/* A page of a column; *next empty: there are no more. `after`: what an earlier page gave as *next. */
STORE_MUST store_code board_page(store *s, const board_filter *f, slice lane, slice after, size_t limit, arena *perm,
                                 board_card *out, size_t *count, slice *next);
/* STORE_END: there is none. */
STORE_MUST store_code board_find(store *s, int64_t id, arena *perm, board_card *out);
/* The open card of an entity that was opened last; *id 0: none. */
STORE_MUST store_code board_card_of(store *s, store_entity e, int64_t *id);
/* The cards of a customer, the newest first, closed ones too. */
STORE_MUST store_code board_of_customer(store *s, slice customer, arena *perm, board_card *out, size_t room,
                                        size_t *count);

typedef struct board_event {
  int64_t id, at_us;
  slice actor, kind, was, now, words;
} board_event;
/* From the oldest on, behind `after`. */
STORE_MUST store_code board_history(store *s, int64_t card, int64_t after, arena *perm, board_event *out, size_t room,
                                    size_t *count);

/* ---- what a person does, inside a transaction ---- */

typedef enum board_answer {
  BOARD_DONE,
  BOARD_NOT_THERE,
  BOARD_CHANGED_MEANWHILE, /* the card has another version */
  BOARD_NOT_SO             /* it is closed, or is not; or stands there already */
} board_answer;

typedef struct board_act {
  int64_t card, version; /* the version that was seen; 0: whatever it is */
  slice by;
  int32_t today;
} board_act;

STORE_MUST store_code board_move(store *s, const board_act *a, slice lane, board_answer *answer);
STORE_MUST store_code board_assign(store *s, const board_act *a, slice who, board_answer *answer);
/* DATE_NONE_DAY: none. */
STORE_MUST store_code board_set_due(store *s, const board_act *a, int32_t due, board_answer *answer);
STORE_MUST store_code board_close(store *s, const board_act *a, board_answer *answer);
STORE_MUST store_code board_reopen(store *s, const board_act *a, board_answer *answer);
/* Changes no version: two people may write at once. */
STORE_MUST store_code board_comment(store *s, const board_act *a, slice words, board_answer *answer);

/* ---- what Dun does, inside a transaction ---- */

/* A row of the history of each open card of the entity, which moves to `lane` where one is named. */
STORE_MUST store_code board_tell(store *s, store_entity e, board_event_kind k, slice by, slice now, slice lane);
/* An open card that a promise or an agreement had put aside comes back to the column in which it stood. */
STORE_MUST store_code board_come_back(store *s, store_entity e, board_event_kind k, slice now);
/* Invoices with an open card that does not stand in `lane`, and was never put there for being paid. `paid`: as the row
 * of the ledger says. */
typedef struct board_unsettled_row {
  slice invoice;
  bool paid;
} board_unsettled_row;
STORE_MUST store_code board_unsettled(store *s, slice lane, arena *perm, board_unsettled_row **out, size_t *count);

#endif
