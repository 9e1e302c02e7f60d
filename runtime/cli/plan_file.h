/* A plan that was saved (`dun plan --out FILE`), for `dun run FILE`: what it was decided on, and every action of it.
 *
 * JSON, one action a line, so that two of them can be compared by eye. It has what a plan prints and no more: no
 * secret, and of personal data the addresses and names that stand in a plan. The last line is a checksum over all
 * before it: against slips and careless edits, not against somebody who means to deceive, who could write another.
 *
 * Invariant: what is carried out is decided anew, on the store as it is, and must come to the same; a plan is never
 * carried out from its words. */
#ifndef DUN_CLI_PLAN_FILE_H
#define DUN_CLI_PLAN_FILE_H

#include "session.h"

enum { PLAN_FILE_VERSION = 1 };
#define PLAN_FILE_MARK "dun plan"

/* An action, as it is printed. `key`: of its lead in the store, whatever the policy's wording. */
typedef struct plan_row {
  slice key, lead, entity, customer, ladder, rung, action, to, result;
  slice waits; /* why it does not go today; empty: it goes */
} plan_row;

typedef struct plan_file {
  slice policy, store;             /* paths, as they were given */
  slice name;                      /* of the policy */
  slice revision, commit;          /* content hash; git's, empty: it stands in no repository, or differs from it */
  slice templates, lineage, facts; /* hashes: of the templates, of which store it is, of what decides */
  slice held;                      /* digest of what waits to be approved as a whole; empty: nothing does */
  slice checksum;
  civil_date day;
  int32_t minute; /* of the day, until which `every ... at` rules are due */
  plan_row *rows; /* those that go, then those that wait */
  size_t going, count;
} plan_file;

/* What the session's plan stands on: after session_engine, before anything is decided. */
STORE_MUST store_code plan_file_basis(session *s, int32_t minute, plan_file *made);
/* What was decided on it: after plan_make. */
void plan_file_rows(session *s, const day_plan *plan, plan_file *made);
/* The file's bytes; sets its checksum. */
slice plan_file_text(plan_file *f, arena *perm);

/* True where the file is one of these; *status EXIT_FINE, or what is wrong with it was said. False: it is no plan. */
bool plan_file_read(session *s, slice path, plan_file *made, int *status);

#endif
