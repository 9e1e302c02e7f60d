/* What a person who works through a day sees of the store: messages that wait, by groups with counts and sums; what
 * went and what ended today; lines that ask; and each of them page by page, by key.
 *
 * Invariants: nothing here scans invoices, customers or what is over; a group is read from one index, at most
 * TODAY_COUNTED_MAX of its rows; a page is found by the key before it. What is over several currencies is summed by
 * currency, never together. Everything is in `perm`. */
#ifndef DUN_STORE_TODAY_H
#define DUN_STORE_TODAY_H

#include "approval.h"
#include "lang/base/money.h"
#include "pause.h"

enum { TODAY_COUNTED_MAX = 300000, TODAY_GROUPS_MAX = 400 };

typedef struct today_sums {
  money *v; /* by currency, in the order of their codes */
  size_t n;
} today_sums;
/* A code that is no currency adds nothing. */
void today_sum_add(today_sums *t, slice code, int64_t minor, arena *perm);
/* What a message's invoices had open when it was written. */
STORE_MUST store_code store_message_sums(store *s, int64_t message, arena *perm, today_sums *out);

/* ---- messages that wait ---- */

/* Which messages: of one state that waits (action_waiting in schema_18.sql), one clause of the gate (empty: it was not
 * kept back), one rung, one outlet. */
typedef struct today_key {
  action_state state;
  slice gate, ladder, rung, outlet;
} today_key;
typedef struct today_group {
  today_key key;
  int64_t count, last; /* the highest id: what came later was not in it */
  today_sums open;
} today_group;
/* *more: there are more rows, or groups, than are counted. */
STORE_MUST store_code store_today_groups(store *s, arena *perm, today_group **out, size_t *n, bool *more);
/* One of them as it is now, up to that id. */
STORE_MUST store_code store_today_group(store *s, const today_key *key, int64_t last, arena *perm, today_group *out);
/* Its ids after one, in their order. */
STORE_MUST store_code store_today_ids(store *s, const today_key *key, int64_t after, int64_t last, int64_t *out,
                                      size_t room, size_t *n);
/* How many are on their way at this moment. */
STORE_MUST store_code store_today_moving(store *s, int64_t *n);

typedef struct today_count {
  action_state state;
  slice outlet, reason;
  int64_t count;
} today_count;
/* Whose call was made on that civil day, by outlet and state. */
STORE_MUST store_code store_today_sent(store *s, int32_t day, arena *perm, today_count **out, size_t *n);
/* What ended since an instant without a call (suppressed, expired), by reason. */
STORE_MUST store_code store_today_stopped(store *s, int64_t since_us, arena *perm, today_count **out, size_t *n);

/* ---- messages, one by one ---- */

typedef struct message_row {
  int64_t id, since_us, not_before_us, expires_us, tries, about_open, invoices;
  int32_t on;
  action_state state;
  slice customer, name, entity, ladder, rung, what, outlet, recipient, subject, reason, gate, about_currency, gaps;
  slice invoice; /* the first that it speaks of */
} message_row;

/* Which, newest first; empty and 0: any. Where `key` is given the rows are the group's, oldest first. */
typedef struct outbox_filter {
  const today_key *key;
  slice customer, outlet, state;
  bool has_day;
  int32_t day;
} outbox_filter;
/* After `after` (0: from the beginning). */
STORE_MUST store_code store_outbox_page(store *s, const outbox_filter *f, int64_t after, arena *perm, message_row *out,
                                        size_t room, size_t *n);
/* One, also where it is in no list; STORE_END: there is none. Of one that joined another, that one. */
STORE_MUST store_code store_outbox_row(store *s, int64_t id, arena *perm, message_row *out);

/* ---- lines that ask ---- */

typedef struct line_group {
  slice reason, step;
  int64_t count, last;
  today_sums amount;
} line_group;
STORE_MUST store_code store_line_groups(store *s, arena *perm, line_group **out, size_t *n, bool *more);

typedef struct line_row {
  int64_t id, asked_us;
  int32_t on;
  slice customer, name, entity, step, what, reason, currency, by;
  int64_t amount;
} line_row;
/* Of a reason and a step (both empty: all), by id. */
STORE_MUST store_code store_lines_page(store *s, slice reason, slice step, int64_t after, arena *perm, line_row *out,
                                       size_t room, size_t *n);
/* STORE_END: it does not wait. */
STORE_MUST store_code store_line_row(store *s, int64_t id, arena *perm, line_row *out);

/* ---- pauses ---- */

enum { PAUSES_SHOWN_MAX = 100 };
/* Those that have not ended, of everything first. */
STORE_MUST store_code store_pauses_open(store *s, arena *perm, store_pause *out, size_t room, size_t *n);

#endif
