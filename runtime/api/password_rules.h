/* What a password must be: long, and not one of those that are tried first. Pure. No rule asks for signs or digits, or
 * for another password every so often: both make people write them down. */
#ifndef DUN_API_PASSWORD_RULES_H
#define DUN_API_PASSWORD_RULES_H

#include "lang/base/arena.h"
#include "lang/base/slice.h"

enum { PASSWORD_LETTERS_MIN = 12 };

/* NULL: it is fine; else what is wrong, in English. `own`: the person's login, name, e-mail. */
const char *password_wrong(slice password, const slice *own, size_t own_count, arena *scratch);

#endif
