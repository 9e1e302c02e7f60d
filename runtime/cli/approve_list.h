/* What waits for a person, as `dun approve` shows it. */
#ifndef DUN_CLI_APPROVE_LIST_H
#define DUN_CLI_APPROVE_LIST_H

#include "session.h"

/* For a person: plan, day and lines, each with the commands that answer it. In csv, json and md: one row a question. */
int approve_list(session *s);

#endif
