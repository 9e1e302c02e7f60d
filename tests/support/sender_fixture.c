/* See sender_fixture.h. */
#include "tests/support/sender_fixture.h"

#include <assert.h>

sender_fixture *sender_begin(const channel_driver *d, const char *kind, int64_t now_s) {
  arena *a = arena_new();
  sender_fixture *f = ARENA_NEW(a, sender_fixture);
  *f = (sender_fixture){.a = a, .w = world_fake_new(now_s * 1000000000), .d = d};
  f->c = (connection){.kind = slice_of(kind), .vendor = slice_of(d->vendor), .settings = f->settings};
  script_begin(f->w);
  return f;
}

void sender_end(sender_fixture *f) {
  f->d->close(f->s);
  script_end();
  world_fake_free(f->w);
  arena_free(f->a);
}

void sender_set(sender_fixture *f, const char *key, const char *value, bool env) {
  for (uint32_t i = 0; i < f->c.setting_count; i++)
    if (slice_eq(f->settings[i].key, slice_of(key))) {
      f->settings[i].value = slice_of(value);
      return;
    }
  assert(f->c.setting_count < SENDER_SETTINGS);
  f->settings[f->c.setting_count++] = (setting){slice_of(key), slice_of(value), env};
}

void sender_open(sender_fixture *f) {
  sender_options o = {.connect = &f->c};
  f->why = (slice){0};
  f->s = f->d->open(f->w, f->a, &o, &f->why);
}
