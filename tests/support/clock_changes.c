/* See clock_changes.h. */
#include "clock_changes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- zones ---- */

static void zones_in(world *w, const char *folder, const char *prefix, arena *perm,
                     void (*each)(void *self, const char *name, const tz *z), void *self) {
  slice *names;
  size_t n;
  char path[400], zone[200];
  if (w->list_folder(w, folder, perm, &names, &n) != WORLD_OK) return;
  for (size_t i = 0; i < n; i++) {
    bool is_folder = false;
    if (slice_eq(names[i], SLICE("posix")) || slice_eq(names[i], SLICE("right"))) continue;
    snprintf(path, sizeof path, "%s/%.*s", folder, SLICE_ARG(names[i]));
    snprintf(zone, sizeof zone, "%s%s%.*s", prefix, *prefix ? "/" : "", SLICE_ARG(names[i]));
    if (w->is_folder(w, path, &is_folder) == WORLD_OK && is_folder) {
      zones_in(w, path, zone, perm, each, self);
      continue;
    }
    const tz *z = world_load_zone(w, slice_of(zone), perm);
    if (z) each(self, zone, z);
  }
}

void each_zone(world *w, arena *perm, void (*zone)(void *self, const char *name, const tz *z), void *self) {
  zones_in(w, "/usr/share/zoneinfo", "", perm, zone, self);
}

/* ---- changes ---- */

static int64_t change_in(const tz *z, int64_t from, int64_t to) {
  int32_t before = tz_offset(z, from);
  while (to - from > 1) {
    int64_t mid = from + (to - from) / 2;
    if (tz_offset(z, mid) == before)
      from = mid;
    else
      to = mid;
  }
  return to;
}

bool next_jump(const tz *z, int64_t *t, int64_t to, jump *out) {
  enum { STEP = 86400 / 2 }; /* no clock changed there and back within it */
  for (int64_t from = *t; from < to; from += STEP) {
    int32_t before = tz_offset(z, from);
    if (tz_offset(z, from + STEP) == before) continue;
    *t = change_in(z, from, from + STEP);
    *out = (jump){*t, before, tz_offset(z, *t)};
    return true;
  }
  return false;
}

/* Whether the change begins or ends within two hours of midnight: only those bear on which date it is. */
static bool near_midnight(const jump *j) {
  int64_t a = ((j->at + j->before) % 86400 + 86400) % 86400, b = ((j->at + j->after) % 86400 + 86400) % 86400;
  return a <= 1800 || b <= 1800 || a > 82800 || b > 82800 || abs(j->after - j->before) > 7200;
}

static void jumps_of(void *self, const char *zone, const tz *z) {
  jumps *all = self;
  jump j;
  if (!strchr(zone, '/')) return; /* an old name, which no policy has */
  for (int64_t t = 1230768000; next_jump(z, &t, 2145916800, &j);) {
    uint32_t k = 0;
    all->all++;
    if (!near_midnight(&j)) continue;
    /* One of a rule that comes back each year stands for its years. */
    while (k < all->n && !((all->v[k].at == j.at || strcmp(all->zone[k], zone) == 0) && all->v[k].before == j.before &&
                           all->v[k].after == j.after))
      k++;
    if (k < all->n) continue;
    assert(all->n < JUMPS_MAX);
    snprintf(all->zone[all->n], sizeof all->zone[0], "%s", zone);
    all->v[all->n++] = j;
  }
}

void find_jumps(world *w, jumps *all, arena *perm) { each_zone(w, perm, jumps_of, all); }
