/* Wording that a provider or consumer law does not take: threats, exposure, false hurry, shouting. Asked by `dun check`
 * of what goes to customers; the phrases are the rows of wording.def. */
#ifndef DUN_ANALYSE_WORDING_H
#define DUN_ANALYSE_WORDING_H

#include "lang/check/program.h"

/* A text that is sent: a template's file, or part of the policy. */
typedef struct wording_text {
  slice text;
  uint16_t file; /* of the source that it stands in */
  uint32_t at;   /* where in it */
  channel ch;
  bool page; /* HTML: what stands in <...> is not read */
} wording_text;

/* Reports W0076 to W0079 at each phrase. Holes, {...}, are not read. */
void analyse_wording(const wording_text *t, diags *d);

/* The same for every text that stands in the policy itself and goes to a customer. */
void analyse_wording_of_policy(const program *p, diags *d);

#endif
