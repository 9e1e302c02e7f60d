/* Time zones: what an instant is called on a clock there, and back. Reading the bytes is in tz_parse.c. */
#include "tz.h"

#include "tz_rule.h"

#define DAY_S 86400

slice tz_name(const tz *z) { return z->name; }

tz *tz_utc_zone(arena *perm) {
  tz *z = ARENA_NEW(perm, tz);
  z->name = SLICE("UTC");
  return z;
}

static int64_t floor_days(int64_t second) { return second / DAY_S - (second % DAY_S < 0); }

/* The instant of a rule's change in a year, as seconds of local time counted as if it were UTC. */
static int64_t change_local_s(const tz_change *r, int year) {
  civil_date first = date_of(year, 1, 1);
  int64_t day = first.day;
  switch (r->kind) {
  case TZ_CHANGE_JULIAN: /* 1 to 365, 29 February never counted */
    day += r->day - 1 + (r->day >= 60 && date_is_leap(year));
    break;
  case TZ_CHANGE_YEAR_DAY: day += r->day; break;
  case TZ_CHANGE_MONTH_WEEKDAY: {
    civil_date month = date_of(year, r->month, 1);
    int wanted = (r->weekday + 6) % 7; /* POSIX counts from Sunday */
    int in_month = (wanted - date_weekday(month) + 7) % 7 + 7 * (r->week - 1);
    if (in_month >= date_month_days(year, r->month)) in_month -= 7;
    day = (int64_t)month.day + in_month;
    break;
  }
  }
  return day * DAY_S + r->time_s;
}

static int32_t offset_by_rule(const tz_footer *f, int64_t utc_s) {
  if (!f->has_dst) return f->std_s;
  int64_t day = floor_days(utc_s + f->std_s);
  if (day < DATE_DAY_MIN || day > DATE_DAY_MAX) return f->std_s;
  int year = date_year((civil_date){(int32_t)day});
  int64_t start = change_local_s(&f->start, year) - f->std_s, end = change_local_s(&f->end, year) - f->dst_s;
  bool dst = start < end ? utc_s >= start && utc_s < end : utc_s >= start || utc_s < end;
  return dst ? f->dst_s : f->std_s;
}

int32_t tz_offset(const tz *z, int64_t utc_s) {
  if (z->count == 0 || utc_s < z->at_s[0])
    return z->count == 0 && z->has_footer ? offset_by_rule(&z->footer, utc_s) : z->first_s;
  if (z->has_footer && utc_s >= z->at_s[z->count - 1]) return offset_by_rule(&z->footer, utc_s);
  size_t lo = 0, hi = z->count; /* at_s[lo] <= utc_s < at_s[hi] */
  while (hi - lo > 1) {
    size_t mid = (lo + hi) / 2;
    if (z->at_s[mid] <= utc_s)
      lo = mid;
    else
      hi = mid;
  }
  return z->offset_s[lo];
}

local_time tz_local(const tz *z, int64_t utc_s) {
  int64_t local = utc_s + tz_offset(z, utc_s), day = floor_days(local);
  return (local_time){{(int32_t)day}, (int32_t)(local - day * DAY_S)};
}

int64_t tz_utc(const tz *z, civil_date d, int32_t second_of_day) {
  int64_t local = (int64_t)d.day * DAY_S + second_of_day;
  /* No offset is a day or more, so these are the offsets on either side of a change near by. In an overlap the offset
   * before it gives the first of the two instants. */
  int32_t before = tz_offset(z, local - DAY_S), after = tz_offset(z, local + DAY_S);
  int64_t by_before = local - before, by_after = local - after;
  if (tz_offset(z, by_before) == before) return by_before;
  if (tz_offset(z, by_after) == after) return by_after;
  /* A gap: the change lies in (by_after, by_before]. */
  int64_t lo = by_after < by_before ? by_after : by_before, hi = by_after < by_before ? by_before : by_after;
  int32_t old = tz_offset(z, lo);
  while (hi - lo > 1) {
    int64_t mid = lo + (hi - lo) / 2;
    if (tz_offset(z, mid) == old)
      lo = mid;
    else
      hi = mid;
  }
  return hi;
}
