/* Between lines.c (what each line of a firing wants to do) and join.c (what of it goes out today). */
#ifndef DUN_ENGINE_LINES_H
#define DUN_ENGINE_LINES_H

#include "contact.h"

typedef enum __attribute__((packed)) candidate_state {
  CANDIDATE_OPEN,
  CANDIDATE_DONE,
  CANDIDATE_WAITS
} candidate_state;

/* ASK(id, words): which sentence of the policy asks a person before a line. */
#define ASK_REASONS(ASK)                                                                                               \
  ASK(NONE, "")                                                                                                        \
  ASK(BEFORE, "the policy asks before this action")                                                                    \
  ASK(WHEN, "a condition of the policy asks")                                                                          \
  ASK(UNDECIDED, "a condition that asks cannot be decided: something is missing")                                      \
  ASK(SKIPPED, "it hurts, and steps before it were skipped")
typedef enum __attribute__((packed)) ask_reason {
#define ASK(id, words) ASK_##id,
  ASK_REASONS(ASK)
#undef ASK
} ask_reason;

/* One action that a firing wants done today. */
typedef struct candidate {
  uint32_t firing; /* index */
  int32_t prev;    /* candidate that must be done before, -1: none */
  uint32_t customer;
  uint16_t line;  /* index in the firing */
  uint16_t flat;  /* flat index of the action: its bit in firing.done */
  uint16_t order; /* among the actions of its line */
  candidate_state state;
  bool pooled; /* a message to a customer: joins, limits */
  bool alone;  /* pooled, but nothing joins it and no limit counts it: it is a message by itself */
  wait_reason wait;
  ask_reason asked; /* of WAIT_APPROVAL */
  const action *act;
  const rung *r; /* NULL outside of rungs */
  reach to;
} candidate;

typedef struct candidate_list {
  arena *perm;
  candidate *v;
  uint32_t n, cap;
} candidate_list;

typedef struct joined {
  message m;
  uint32_t *members; /* candidates, lead first */
  uint32_t member_count;
} joined;

typedef struct joined_list {
  arena *perm;
  joined *v;
  uint32_t n, cap;
  /* Messages to customers: of the guard (approvals.h), how many there are, how many of them late, and whether it holds
   * them; and those that `ask before sending more than` holds, with what went before today, 0: it holds none. */
  uint32_t all, late;
  bool held, part; /* part: those about what no run has looked at, and no others */
  bool returned;   /* among those, what the last run should have sent already */
  uint32_t held_n; /* those held stand behind the n */
  uint32_t asked;
} joined_list;

/* What the candidate's entity is in the decision's key. */
subject engine_subject(engine *e, const firing *f, const candidate *c, arena *perm);

/* Settles every candidate: done, or waiting and why. */
void join_resolve(engine *e, firing_list *firings, candidate_list *c, joined_list *out);

#endif
