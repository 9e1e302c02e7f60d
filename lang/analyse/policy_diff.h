/* What changed between two revisions of a policy, in words: their typed programs compared section by section, so that
 * another order of lines, another spelling, a definition instead of what it means or a file that is now included are no
 * change, and a definition whose meaning changed is one wherever it is used. Pure.
 *
 * Invariant: two programs whose prose (lang/fmt/prose.h) is the same have no change, any others have one. */
#ifndef DUN_ANALYSE_POLICY_DIFF_H
#define DUN_ANALYSE_POLICY_DIFF_H

#include "lang/check/program.h"

/* POLICY_CHANGE(id, word in csv and json) */
#define POLICY_CHANGES(POLICY_CHANGE)                                                                                  \
  POLICY_CHANGE(ADDED, "added")                                                                                        \
  POLICY_CHANGE(REMOVED, "removed")                                                                                    \
  POLICY_CHANGE(CHANGED, "changed")                                                                                    \
  POLICY_CHANGE(MOVED, "moved")         /* the same, or nearly the same, is done at another time: the lead changed */  \
  POLICY_CHANGE(RENAMED, "renamed")     /* a ladder or rule, nothing else about it */                                  \
  POLICY_CHANGE(REORDERED, "reordered") /* a ladder stands before others than it did: `lead` is what it now follows */

typedef enum policy_change_kind {
#define POLICY_CHANGE(id, word) POLICY_##id,
  POLICY_CHANGES(POLICY_CHANGE)
#undef POLICY_CHANGE
      POLICY_CHANGE_COUNT
} policy_change_kind;
extern const char *const POLICY_CHANGE_WORDS[POLICY_CHANGE_COUNT];

typedef struct policy_change {
  policy_change_kind kind;
  slice section;        /* its heading: `Ladder "standard"`; empty: the policy's name */
  slice lead_was, lead; /* "5 days after the due date"; empty: a sentence of its own */
  slice was, now;       /* sentences; empty: there was none, there is none now */
  span at_was, at;      /* in each program; from == to: no one place */
} policy_change;

typedef struct policy_change_list {
  const policy_change *v;
  uint32_t n;
} policy_change_list;

/* In the order of `now`, what is gone where it stood. */
policy_change_list policy_diff(arena *perm, const program *was, const program *now, dun_lang lang);

#endif
