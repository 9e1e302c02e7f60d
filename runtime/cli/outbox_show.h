/* The rows of `dun outbox list` and of `dun outbox show`. */
#ifndef DUN_CLI_OUTBOX_SHOW_H
#define DUN_CLI_OUTBOX_SHOW_H

#include "session.h"

enum { OUTBOX_COLUMNS = 11 };
/* For a person: titles in the language. They point into the program. */
void outbox_columns(session *s, out_column columns[OUTBOX_COLUMNS]);
/* The messages in a state, by their number; *rows is counted on. */
STORE_MUST store_code outbox_rows(session *s, out *table, action_state st, uint64_t *rows);
/* All about one message, and of one that joined another, about that one. False: it could not be written. */
bool outbox_show(session *s, int64_t id, bool *there, store_code *code, world_code *why);

#endif
