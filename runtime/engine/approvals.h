/* What people said, as a day's decision sees it: answers to lines that ask, messages allowed on the day, and the guard
 * over a backlog (RELIABILITY: switching a policy on sends nothing without an approved plan). Plain data and one
 * question; who asks and answers is the outbox's.
 *
 * Invariant: nothing stale is approved. An answer is about one line of one rung in one cycle, and for one amount; a
 * plan held as a whole climbs nothing that is late. */
#ifndef DUN_ENGINE_APPROVALS_H
#define DUN_ENGINE_APPROVALS_H

#include "lines.h"

typedef enum line_answer { LINE_UNANSWERED, LINE_APPROVED, LINE_REJECTED } line_answer;

typedef struct engine_leave {
  void *self;
  /* `line`: the key of the line's first action. */
  line_answer (*answer)(void *self, const subject *line, money amount);
  uint32_t allowed_today; /* messages to customers on this day, over `ask before sending more than`; 0: nobody said */
  /* With `guard` the day's messages to customers are held where more than `late_most` of them are late or more than
   * `all_most` there are in all. */
  bool guard;
  uint32_t late_most, all_most;
} engine_leave;

/* What a person judges a line by: an invoice's open balance, a contract's price; of a customer nothing. */
money engine_amount(const engine *e, entity of, uint32_t row);

/* The key of a line that asks: of the branch's first action, whose flat index is `flat`. */
subject approvals_key(engine *e, const firing *f, const line_ref *r, const branch *b, uint32_t flat, arena *perm);
line_answer approvals_line(engine *e, const firing *f, const line_ref *r, const branch *b, uint32_t flat, arena *perm);
/* The same key from a candidate that waits for approval. */
subject approvals_key_of(engine *e, const firing *f, const candidate *c, arena *perm);

/* The guard: whether the day is held. Counts its messages either way. */
bool approvals_guard(engine *e, firing_list *firings, candidate_list *c, joined_list *messages);

#endif
