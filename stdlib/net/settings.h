/* What a `connect` line says: its settings, from the line or from the environment.
 *
 * Invariant: a setting whose name says that it is a secret (lang/check/setting.h) is asked for as one, and stays one.
 */
#ifndef DUN_NET_SETTINGS_H
#define DUN_NET_SETTINGS_H

#include "lang/check/program.h"
#include "runtime/world.h"
#include "secret.h"

/* False where it is absent or its variable is unset (*variable then names it, else it is empty). */
bool connection_setting(world *w, const connection *c, const char *key, slice *value, slice *variable);
bool connection_secret(world *w, arena *perm, const connection *c, const char *key, secret *value, slice *variable);

/* The same where the setting must be there: *why says what to write. `example` stands in it: "key from env
 * \"OMIE_APP_KEY\"". */
bool connection_needs(world *w, arena *perm, const connection *c, const char *key, const char *example, slice *value,
                      slice *why);
bool connection_needs_secret(world *w, arena *perm, const connection *c, const char *key, const char *example,
                             secret *value, slice *why);

/* A file or folder that a setting names: beside the policy; in a project, whose policies have a folder of their own,
 * else in the project's. NULL: there is none; *why says where it was looked for. */
const char *connection_path(world *w, arena *perm, const connection *c, slice name, slice *why);

/* What `rate` says: "30 per minute" (or second, or hour), or "30": a minute. *at_once: after a pause. False: it cannot
 * be read. */
bool setting_rate(slice s, uint32_t *per_minute, uint32_t *at_once);

/* "5 minutes", "1 hour", "30 seconds", in three languages, in microseconds; 0: it is none. */
int64_t setting_interval_us(slice s);

#endif
