/* Every action that a policy names, with where it stands: what the checks before a run go through. */
#ifndef DUN_CHECK_WALK_H
#define DUN_CHECK_WALK_H

#include "lang/check/program.h"

typedef struct action_place {
  entity of;      /* what the section is about */
  slice section;  /* "standard", a rule's name, "on payment in full" */
  slice rung;     /* "5d"; empty where the section has none */
  bool joins;     /* its messages about one customer become one */
  bool answers;   /* the customer has just written */
  uint32_t where; /* the section's condition, or NO_COND */
  uint32_t guard; /* of its branch, or NO_COND */
  const action *act;
} action_place;

void program_actions(const program *p, void (*visit)(void *self, const action_place *at), void *self);

#endif
