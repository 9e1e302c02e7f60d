/* Names and values as a form or a query carries them: name=value&name=value, with + for a space and %XX. */
#ifndef DUN_NET_URLENCODED_H
#define DUN_NET_URLENCODED_H

#include "hook.h"

enum { URLENCODED_FIELDS_MAX = 200 };

/* In their order, decoded into `perm`; at most URLENCODED_FIELDS_MAX. False: there are more, or a value is not UTF-8 or
 * has a NUL in it. */
bool urlencoded_read(slice s, arena *perm, const hook_value **out, size_t *count) __attribute__((warn_unused_result));
/* The first of that name; empty: there is none. */
slice urlencoded_value(const hook_value *v, size_t count, const char *name);

#endif
