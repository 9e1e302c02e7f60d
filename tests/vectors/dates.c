/* dates.csv and daycount.csv. Zones are read from the system's zoneinfo. */
#include <stdio.h>
#include <stdlib.h>

#include "lang/base/daycount.h"
#include "lang/base/tz.h"
#include "tests/vectors/vectors.h"

#define ZONE_BYTES_MAX 65536

const tz *zone_named(run *r, slice name) {
  const char *folder = getenv("TZDIR");
  slice path = arena_printf(r->perm, "%s/%.*s", folder ? folder : "/usr/share/zoneinfo", SLICE_ARG(name));
  FILE *f = fopen(path.p, "rb");
  if (!f) return NULL;
  char *bytes = arena_alloc(r->perm, ZONE_BYTES_MAX);
  size_t n = fread(bytes, 1, ZONE_BYTES_MAX, f);
  fclose(f);
  return tz_parse(r->perm, name, bytes, n);
}

bool read_time(slice s, civil_date *d, int32_t *second) {
  if (s.n < 19 || s.p[10] != 'T' || !date_parse((slice){s.p, 10}, d)) return false;
  long h = number_of((slice){s.p + 11, 2}), m = number_of((slice){s.p + 14, 2}), sec = number_of((slice){s.p + 17, 2});
  *second = (int32_t)(h * 3600 + m * 60 + sec);
  return true;
}

slice time_text(run *r, civil_date d, int32_t second, const char *end) {
  slice date = date_slice(r, d);
  return arena_printf(r->perm, "%.*sT%02d:%02d:%02d%s", SLICE_ARG(date), second / 3600, second / 60 % 60, second % 60,
                      end);
}

static slice zone_answer(run *r, const table *t, const row *x, bool to_utc) {
  const tz *z = zone_named(r, cell(t, x, "tz"));
  civil_date d;
  int32_t second;
  if (!z) return SLICE("a zone that does not read");
  if (!read_time(cell(t, x, "a"), &d, &second)) return SLICE("a time that does not read");
  if (to_utc) {
    local_time utc = tz_local(tz_utc_zone(r->perm), tz_utc(z, d, second));
    return time_text(r, utc.date, utc.second, "Z");
  }
  local_time l = tz_local(z, (int64_t)d.day * 86400 + second);
  return time_text(r, l.date, l.second, "");
}

static slice date_answer(run *r, const table *t, const row *x) {
  slice op = cell(t, x, "op"), text = cell(t, x, "a"), b = cell(t, x, "b");
  long n = number_of(cell(t, x, "n"));
  if (slice_eq(op, SLICE("easter"))) return date_slice(r, date_easter((int)number_of(text)));
  if (slice_eq(op, SLICE("is_leap"))) return date_is_leap((int)number_of(text)) ? SLICE("yes") : SLICE("no");
  if (slice_eq(op, SLICE("local"))) return zone_answer(r, t, x, false);
  if (slice_eq(op, SLICE("utc"))) return zone_answer(r, t, x, true);
  civil_date a = DATE_NONE, to = DATE_NONE;
  bool valid = date_parse(text, &a) || date_parse_month(text, &a);
  if (slice_eq(op, SLICE("valid"))) return valid ? SLICE("yes") : SLICE("no");
  if (!valid) return SLICE("a date that does not read");
  if (slice_eq(op, SLICE("add_months"))) return date_slice(r, date_add_months(a, n));
  if (slice_eq(op, SLICE("anchor_month"))) return date_slice(r, date_anchor_month(a, n, (int)number_of(b)));
  if (slice_eq(op, SLICE("add_days"))) return date_slice(r, date_add_days(a, n));
  if (slice_eq(op, SLICE("month_end"))) return date_slice(r, date_month_end(a));
  if (slice_eq(op, SLICE("days_between")) && date_parse(b, &to))
    return arena_printf(r->perm, "%d", date_days_between(a, to));
  if (slice_eq(op, SLICE("weekday"))) {
    static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    return slice_of(names[date_weekday(a)]);
  }
  return SLICE("an unknown operation");
}

void check_dates(run *r, const table *t) {
  for (size_t i = 0; i < t->count; i++)
    judge(r, cell(t, &t->rows[i], "id"), cell(t, &t->rows[i], "expected"), date_answer(r, t, &t->rows[i]));
}

void check_daycount(run *r, const table *t) {
  for (size_t i = 0; i < t->count; i++) {
    const row *x = &t->rows[i];
    civil_date from, to;
    daycount how = daycount_find(cell(t, x, "convention"));
    slice days = cell(t, x, "days"), part = cell(t, x, "fraction"), got = SLICE("a row that does not read");
    if (how != DAYCOUNT_COUNT && date_parse(cell(t, x, "start"), &from) && date_parse(cell(t, x, "end"), &to)) {
      rational f = daycount_fraction(how, from, to);
      char text[DECIMAL_TEXT_MAX];
      decimal_text((decimal){(int64_t)div_round(f.num * 100000000, f.den, ROUND_HALF_UP), 8}, text);
      got = arena_printf(r->perm, "%d %s", daycount_days(how, from, to), text);
    }
    judge(r, cell(t, x, "id"), arena_printf(r->perm, "%.*s %.*s", SLICE_ARG(days), SLICE_ARG(part)), got);
  }
}
