/* What the settings of a `connect` line mean beyond their text.
 *
 * Invariant: one rule says which of them are secret: for the checker, which refuses one that stands in a policy, and
 * for the channels, which keep it in a type of its own (stdlib/net/secret.h). */
#ifndef DUN_CHECK_SETTING_H
#define DUN_CHECK_SETTING_H

#include <stdbool.h>

#include "lang/base/slice.h"

/* By its name: password, api key, token, webhook, ... in three languages. */
bool setting_is_secret(slice key);

#endif
