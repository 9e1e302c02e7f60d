/* What a row of the store holds, as words. */
#ifndef DUN_TESTS_STORED_H
#define DUN_TESTS_STORED_H

#include "runtime/store/store.h"

/* Of the row with that key (an invoice's number, else an id; NULL: the first): the column's text or number; "-": NULL;
 * "no row". Good until the next call. Failures fail the running cmocka test. */
const char *stored_value(store *s, store_table table, const char *key, const char *column);

#endif
