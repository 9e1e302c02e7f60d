/* See settings.h. */
#include "settings.h"

#include <assert.h>

#include "lang/check/setting.h"

static bool read_setting(world *w, const connection *c, const char *key, slice *value, slice *variable) {
  *variable = (slice){0};
  for (uint32_t i = 0; i < c->setting_count; i++) {
    const setting *s = c->settings + i;
    if (!slice_eq(s->key, slice_of(key))) continue;
    *value = s->value;
    if (!s->from_env) return true;
    char name[128];
    *variable = s->value;
    if (s->value.n >= sizeof name) return false;
    memcpy(name, s->value.p, s->value.n);
    name[s->value.n] = 0;
    *value = slice_of(w->env(w, name));
    return value->n > 0;
  }
  return false;
}

bool connection_setting(world *w, const connection *c, const char *key, slice *value, slice *variable) {
  assert(!setting_is_secret(slice_of(key)));
  return read_setting(w, c, key, value, variable);
}

bool connection_secret(world *w, arena *perm, const connection *c, const char *key, secret *value, slice *variable) {
  slice bytes;
  *value = (secret){0};
  if (!read_setting(w, c, key, &bytes, variable)) return false;
  *value = secret_of(perm, bytes);
  return true;
}

static bool missing(arena *perm, slice variable, const char *example, slice *why) {
  *why = variable.n ? arena_printf(perm, "the environment variable %.*s is not set", SLICE_ARG(variable))
                    : arena_printf(perm, "its connect line needs: %s", example);
  return false;
}

bool connection_needs(world *w, arena *perm, const connection *c, const char *key, const char *example, slice *value,
                      slice *why) {
  slice variable;
  return connection_setting(w, c, key, value, &variable) || missing(perm, variable, example, why);
}

bool connection_needs_secret(world *w, arena *perm, const connection *c, const char *key, const char *example,
                             secret *value, slice *why) {
  slice variable;
  return connection_secret(w, perm, c, key, value, &variable) || missing(perm, variable, example, why);
}
