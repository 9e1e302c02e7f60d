/* Between lines.c (what each line of a firing wants to do) and join.c (what of it goes out today). */
#ifndef DUN_ENGINE_LINES_H
#define DUN_ENGINE_LINES_H

#include "contact.h"

typedef enum __attribute__((packed)) candidate_state {
  CANDIDATE_OPEN,
  CANDIDATE_DONE,
  CANDIDATE_WAITS
} candidate_state;

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
} joined_list;

/* Settles every candidate: done, or waiting and why. */
void join_resolve(engine *e, firing_list *firings, candidate_list *c, joined_list *out);

#endif
