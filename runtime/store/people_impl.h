/* Shared by the files of people.h. */
#ifndef DUN_STORE_PEOPLE_IMPL_H
#define DUN_STORE_PEOPLE_IMPL_H

#include "people.h"
#include "store_impl.h"

int64_t people_now_us(store *s);
/* An entry of the audit log about a person; `role` NULL: none. */
STORE_MUST store_code people_log(store *s, slice by, const char *did, slice login, const char *role);
/* The links of a person that were not used. */
STORE_MUST store_code people_links_end(store *s, int64_t person);

#endif
