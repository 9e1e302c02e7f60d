/* What people said, as a day's decision sees it: answers to lines that ask, messages allowed on the day, and the guard
 * over a backlog (RELIABILITY: switching a policy on sends nothing without an approved plan). Plain data and one
 * question; who asks and answers is the outbox's.
 *
 * Invariant: nothing stale is approved. An answer is about one line of one rung in one cycle, and for one amount; a
 * plan held as a whole leaves nothing behind, one held in part climbs nothing of that part which is late. */
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
  /* By row: no run that was not held has looked at it, or its due date was moved back since; NULL: all are known.
   * Messages about those alone are held where more than `unseen_late` were late already on the day `looked`, when a
   * run last looked, or more than `unseen_all` there are in all. */
  uint8_t *unseen[ENT_COUNT];
  int32_t looked;
  uint32_t unseen_late, unseen_all;
  /* Known ones of which a step comes back that was due on the day `looked` already, and neither went nor waited then
   * (a hold ended, an import opened them again), count as unseen where there are so many of them that they are a
   * backlog. `reopened`: invoices (by row) that an import opened or released since then; NULL: none. `backlog` says
   * whether n steps are too many, of `reopened` ones alone or of all; NULL: nobody asks. */
  const uint8_t *reopened;
  bool (*backlog)(void *self, uint32_t steps, bool reopened);
} engine_leave;

/* What a person judges a line by: an invoice's open balance, a contract's price; of a customer nothing. */
money engine_amount(const engine *e, entity of, uint32_t row);

/* The key of a line that asks: of the branch's first action, whose flat index is `flat`. */
subject approvals_key(engine *e, const firing *f, const line_ref *r, const branch *b, uint32_t flat, arena *perm);
line_answer approvals_line(engine *e, const firing *f, const line_ref *r, const branch *b, uint32_t flat, arena *perm);
/* The same key from a candidate that waits for approval. */
subject approvals_key_of(engine *e, const firing *f, const candidate *c, arena *perm);

/* ---- the guard: what of a settled day is held ---- */

typedef enum guard_verdict { GUARD_PASSES, GUARD_HOLDS, GUARD_HOLDS_UNSEEN } guard_verdict;

/* Before anything is settled: what comes back as a backlog is unseen from here on. True where it is. */
bool approvals_find_returned(engine *e, const firing_list *firings, const candidate_list *c);
/* Counts the day's messages. GUARD_HOLDS: everything waits now; GUARD_HOLDS_UNSEEN: those of what no
 * run has looked at are to wait, the others to be settled without them. */
guard_verdict approvals_guard(engine *e, firing_list *firings, candidate_list *c, joined_list *messages);
/* Whether the guard asks about this firing at all: then a message of it that waits for its hours alone counts. */
bool approvals_watch(const engine *e, const firing *f);
bool approvals_unseen(const engine *e, entity of, uint32_t row);
/* What of an unseen entity waits: messages to the customer, and everything that is late. */
bool approvals_waits_unseen(const engine *e, const firing *f, const candidate *c);
/* Nothing late of an unseen entity climbs either. */
void approvals_forget_unseen(const engine *e, firing_list *firings);

#endif
