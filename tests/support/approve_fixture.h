/* What people say to a store, and what it says of it: for the tests of approvals, plans over a backlog and pauses.
 * Failures fail the running cmocka test. */
#ifndef DUN_TESTS_APPROVE_FIXTURE_H
#define DUN_TESTS_APPROVE_FIXTURE_H

#include "outbox_fixture.h"
#include "runtime/store/pause.h"

#define HEAD "policy \"P\"\n  currency BRL\n  one message per invoice\n"
#define MINUTE_NS ((int64_t)60 * 1000000000)

/* The column of the last row: a state, a name; a number. */
const char *last_text(house *h, store_table table, const char *which);
int64_t last_int(house *h, store_table table, const char *which);
int64_t rows(house *h, store_table table);
int64_t in_state(house *h, const char *state); /* actions */

approval_answer say_line(house *h, int64_t id, bool yes, const char *who);
approval_answer say_plan(house *h, const char *digest, bool yes, const char *who, bool ramp);
void approve_plan(house *h, bool ramp); /* the one that was asked last */
approval_answer say_day(house *h, int32_t day, int64_t n, bool yes, const char *who);
approval_answer require(house *h, int people, const char *who);
void pause_it(house *h, pause_scope what, const char *name);
int64_t resume_it(house *h, pause_scope what, const char *name); /* how many ended */

#endif
