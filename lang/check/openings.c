/* See openings.h. */
#include "lang/check/openings.h"

static void open_between(open_minutes *m, uint32_t from, uint32_t to) {
  for (uint32_t k = from; k < to && k < DAY_MINUTES; k++) m->v[k / 64] |= (uint64_t)1 << (k % 64);
}

static bool takes_day(const calendar *cal, const window *w, civil_date day) {
  if (!w->has_days) return true;
  if (w->business_days) return calendar_is_business(cal, day);
  if (!(w->days >> date_weekday(day) & 1)) return false;
  return !w->named_days || !calendar_is_holiday(cal, day);
}

static bool same_scope(const window *a, const window *b) { return a->channels == b->channels && a->cond == b->cond; }

void openings_all(open_minutes *m) { memset(m, 0xff, sizeof *m); }

void openings_intersect(const calendar *cal, const window_list *l, window_applies *applies, void *self, civil_date day,
                        open_minutes *open) {
  for (uint32_t i = 0; i < l->count; i++) {
    bool seen = false;
    for (uint32_t k = 0; k < i; k++) seen |= same_scope(&l->v[k], &l->v[i]);
    if (seen || !applies(self, &l->v[i])) continue;
    open_minutes group = {0};
    for (uint32_t k = i; k < l->count; k++) {
      const window *w = &l->v[k];
      if (!same_scope(w, &l->v[i]) || !takes_day(cal, w, day)) continue;
      open_between(&group, w->has_hours ? w->from_min : 0, w->has_hours ? w->to_min : DAY_MINUTES);
    }
    for (int k = 0; k < MINUTE_WORDS; k++) open->v[k] &= group.v[k];
  }
}

int32_t openings_first(const open_minutes *m, int32_t first) {
  for (int32_t k = first; k < DAY_MINUTES; k++)
    if (openings_at(m, k)) return k;
  return -1;
}
