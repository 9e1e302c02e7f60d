/* Business days: questions to a built calendar. A rank (business days before a date) answers counting, its inverse
 * adding, both without walking the days. Invariant: `before` is the running count of `business`. */
#include "calendar.h"

#include <assert.h>

/* Business days of a full word are about 44 of 64: a guess that is corrected. */
#define BUSINESS_PER_WORD 44

static uint32_t popcount(uint64_t w) { return (uint32_t)__builtin_popcountll(w); }

static bool is_open_weekday(const calendar *c, int32_t day) {
  return !(c->closed_weekdays >> date_weekday((civil_date){day}) & 1);
}

static int64_t open_per_week(const calendar *c) { return 7 - __builtin_popcount(c->closed_weekdays); }

/* Days from `a` to before `b` that the week alone leaves open; a <= b. */
static int64_t count_weekly(const calendar *c, int32_t a, int32_t b) {
  int64_t weeks = ((int64_t)b - a) / 7, count = weeks * open_per_week(c);
  for (int32_t day = (int32_t)(a + weeks * 7); day < b; day++) count += is_open_weekday(c, day);
  return count;
}

/* Business days from CALENDAR_DAY_FIRST to before `day`; negative in front of it. */
static int64_t rank_of(const calendar *c, int32_t day) {
  if (day < CALENDAR_DAY_FIRST) return -count_weekly(c, day, CALENDAR_DAY_FIRST);
  uint32_t i = (uint32_t)(day - CALENDAR_DAY_FIRST);
  if (i >= CALENDAR_DAYS) return c->before[CALENDAR_WORDS] + count_weekly(c, CALENDAR_DAY_FIRST + CALENDAR_DAYS, day);
  return c->before[i >> 6] + popcount(c->business[i >> 6] & ((UINT64_C(1) << (i & 63)) - 1));
}

/* The day, stepping by `step` from `day`, that has exactly `skip` open days of the week between; DATE_NONE far away. */
static civil_date walk_weekly(const calendar *c, int64_t day, int64_t skip, int step) {
  day += step * 7 * (skip / open_per_week(c));
  skip %= open_per_week(c);
  for (;; day += step) {
    if (day < DATE_DAY_MIN || day > DATE_DAY_MAX) return DATE_NONE;
    if (is_open_weekday(c, (int32_t)day) && skip-- == 0) return (civil_date){(int32_t)day};
  }
}

/* The business day of a rank; `guess` is a word near it. */
static civil_date day_of_rank(const calendar *c, int64_t rank, int64_t guess) {
  if (rank < 0) return walk_weekly(c, CALENDAR_DAY_FIRST - 1, -rank - 1, -1);
  if (rank >= c->before[CALENDAR_WORDS])
    return walk_weekly(c, CALENDAR_DAY_FIRST + CALENDAR_DAYS, rank - c->before[CALENDAR_WORDS], 1);
  size_t w = guess < 0 ? 0 : guess >= CALENDAR_WORDS ? CALENDAR_WORDS - 1 : (size_t)guess;
  while (c->before[w] > rank) w--;
  while (c->before[w + 1] <= rank) w++;
  uint64_t bits = c->business[w];
  for (int64_t skip = rank - c->before[w]; skip > 0; skip--) bits &= bits - 1;
  return (civil_date){CALENDAR_DAY_FIRST + (int32_t)(w * 64) + __builtin_ctzll(bits)};
}

civil_date calendar_add_business(const calendar *c, civil_date d, int64_t n) {
  if (date_is_none(d) || n == 0) return d;
  if (n > DATE_DAY_MAX - DATE_DAY_MIN || n < DATE_DAY_MIN - DATE_DAY_MAX) return DATE_NONE;
  int64_t rank = n > 0 ? rank_of(c, d.day + 1) + n - 1 : rank_of(c, d.day) + n;
  return day_of_rank(c, rank, ((int64_t)d.day - CALENDAR_DAY_FIRST) / 64 + n / BUSINESS_PER_WORD);
}

civil_date calendar_next(const calendar *c, civil_date d) {
  return date_is_none(d) || calendar_is_business(c, d) ? d : calendar_add_business(c, d, 1);
}

civil_date calendar_prev(const calendar *c, civil_date d) {
  return date_is_none(d) || calendar_is_business(c, d) ? d : calendar_add_business(c, d, -1);
}

static bool same_month(civil_date a, civil_date b) {
  return !date_is_none(a) && !date_is_none(b) && date_eq(date_month_end(a), date_month_end(b));
}

civil_date calendar_modified_following(const calendar *c, civil_date d) {
  civil_date next = calendar_next(c, d);
  return date_is_none(d) || same_month(next, d) ? next : calendar_prev(c, d);
}

int32_t calendar_count_business(const calendar *c, civil_date from, civil_date to) {
  if (date_is_none(from) || date_is_none(to)) return 0;
  return (int32_t)(rank_of(c, to.day + 1) - rank_of(c, from.day + 1));
}

civil_date calendar_nth_business(const calendar *c, civil_date d, int n) {
  if (date_is_none(d) || n == 0) return DATE_NONE;
  civil_date last = date_month_end(d);
  civil_date from = n > 0 ? (civil_date){date_anchor_month(d, 0, 1).day - 1} : (civil_date){last.day + 1};
  civil_date found = calendar_add_business(c, from, n);
  return same_month(found, last) ? found : DATE_NONE;
}

/* Index of the first holiday on or after `d`. */
static size_t holiday_at(const calendar *c, civil_date d) {
  size_t lo = 0, hi = c->list_count;
  while (lo < hi) {
    size_t mid = (lo + hi) / 2;
    if (c->list[mid].date.day < d.day)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo;
}

slice calendar_holiday_name(const calendar *c, civil_date d) {
  size_t i = holiday_at(c, d);
  return i < c->list_count && date_eq(c->list[i].date, d) ? c->list[i].name : SLICE("");
}
