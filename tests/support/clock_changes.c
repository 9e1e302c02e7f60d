/* See clock_changes.h. */
#include "clock_changes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* Whether the change begins or ends within two hours of midnight: only those bear on which date it is. */
static bool near_midnight(const jump *j) {
  int64_t a = ((j->at + j->before) % 86400 + 86400) % 86400, b = ((j->at + j->after) % 86400 + 86400) % 86400;
  return a <= 1800 || b <= 1800 || a > 82800 || b > 82800 || abs(j->after - j->before) > 7200;
}

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

/* Of a zone, from 2009 to the end of 2037; what several zones share once. */
static void find_jumps(jumps *out_of, const char *zone, const tz *z) {
  const int64_t from = 1230768000, to = 2145916800;
  for (int64_t t = from; t < to; t += 86400) {
    if (tz_offset(z, t) == tz_offset(z, t + 86400)) continue;
    jump j = {change_in(z, t, t + 86400), tz_offset(z, t), tz_offset(z, t + 86400)};
    uint32_t k = 0;
    out_of->all++;
    if (!near_midnight(&j)) continue;
    /* One of a rule that comes back each year stands for its years. */
    while (k < out_of->n && !((out_of->v[k].at == j.at || strcmp(out_of->zone[k], zone) == 0) &&
                              out_of->v[k].before == j.before && out_of->v[k].after == j.after))
      k++;
    if (k < out_of->n) continue;
    assert(out_of->n < JUMPS_MAX);
    snprintf(out_of->zone[out_of->n], sizeof out_of->zone[0], "%s", zone);
    out_of->v[out_of->n++] = j;
  }
}

void find_zones(world *w, jumps *all, const char *folder, const char *prefix, arena *perm) {
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
      find_zones(w, all, path, zone, perm);
      continue;
    }
    const tz *z = world_load_zone(w, slice_of(zone), perm);
    if (z && strchr(zone, '/')) find_jumps(all, zone, z); /* the others are old names and links */
  }
}
