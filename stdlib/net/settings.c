/* See settings.h. */
#include "settings.h"

#include <assert.h>

#include "lang/base/path.h"
#include "lang/base/utf8.h"
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

static bool is_there(world *w, const char *path) {
  world_file *f;
  bool folder;
  if (w->is_folder(w, path, &folder) == WORLD_OK && folder) return true;
  if (w->open_file(w, path, &f) != WORLD_OK) return false;
  w->close_file(w, f);
  return true;
}

const char *connection_path(world *w, arena *perm, const connection *c, slice name, slice *why) {
  slice folder = c->folder.n ? c->folder : SLICE(".");
  const char *beside = arena_copy(perm, path_join(perm, folder, name));
  const char *above = arena_copy(perm, path_join(perm, path_join(perm, folder, SLICE("..")), name));
  if (is_there(w, beside)) return beside;
  if (is_there(w, above)) return above;
  *why = arena_printf(perm, "there is no file or folder %s", beside);
  return NULL;
}

bool setting_rate(slice s, uint32_t *per_minute, uint32_t *at_once) {
  static const struct {
    slice unit;
    uint32_t seconds;
  } UNITS[] = {{SLICE("per second"), 1}, {SLICE("per minute"), 60}, {SLICE("per hour"), 3600}, {SLICE(""), 60}};
  enum { MOST = 100000 };
  uint32_t n = 0;
  size_t i = 0;
  s = slice_trim(s);
  for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && n < MOST; i++) n = n * 10 + (uint32_t)(s.p[i] - '0');
  slice unit = slice_trim((slice){s.p + i, s.n - i});
  for (size_t k = 0; n && n < MOST && k < sizeof UNITS / sizeof *UNITS; k++) {
    if (!slice_eq(unit, UNITS[k].unit)) continue;
    *per_minute = (n * 60 + UNITS[k].seconds - 1) / UNITS[k].seconds;
    *at_once = UNITS[k].seconds == 1 ? n : 1;
    return true;
  }
  return false;
}

int64_t setting_interval_us(slice s) {
  static const struct {
    const char *words;
    int64_t us;
  } UNITS[] = {{"second|seconds|segundo|segundos", 1000000},
               {"minute|minutes|minuto|minutos", 60000000},
               {"hour|hours|hora|horas", INT64_C(3600000000)}};
  enum { NUMBER_MAX = 10000 };
  int64_t n = 0;
  size_t i = 0;
  s = slice_trim(s);
  for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && n < NUMBER_MAX; i++) n = n * 10 + (s.p[i] - '0');
  slice unit = slice_trim((slice){s.p + i, s.n - i});
  for (size_t k = 0; n > 0 && n < NUMBER_MAX && k < sizeof UNITS / sizeof *UNITS; k++)
    if (utf8_fold_one_of(UNITS[k].words, unit)) return n * UNITS[k].us;
  return 0;
}
