/* Contact hours and caps. Invariant: the answer is an instant; what a clock shows then follows from the zone. */
#include "contact_hours.h"

#include "utf8.h"

#define DAY_S 86400
#define LOOK_DAYS_MAX 400

/* --- the rule's text
 * -------------------------------------------------------------------------------------------------- */

static slice take(slice *s, char separator) {
  size_t n = 0;
  while (n < s->n && s->p[n] != separator) n++;
  slice part = {s->p, n};
  n += n < s->n;
  *s = (slice){s->p + n, s->n - n};
  return slice_trim(part);
}

/* A whole number of at most 6 digits. */
static bool take_number(slice s, int32_t *out) {
  int32_t n = 0;
  if (s.n == 0 || s.n > 6) return false;
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9') return false;
    n = n * 10 + (s.p[i] - '0');
  }
  *out = n;
  return true;
}

static int weekday_of(slice word) {
  static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  for (int i = 0; i < 7; i++)
    if (utf8_fold_eq(word, slice_of(names[i]))) return i;
  return -1;
}

static bool take_days(slice text, uint8_t *days) {
  int from = weekday_of(take(&text, '-')), to = text.n ? weekday_of(slice_trim(text)) : from;
  if (from < 0 || to < 0) return false;
  for (int i = from;; i = (i + 1) % 7) {
    *days = (uint8_t)(*days | 1u << i);
    if (i == to) return true;
  }
}

static bool take_time(slice text, int32_t *second) {
  int32_t hour, minute;
  if (!take_number(take(&text, ':'), &hour) || !take_number(text, &minute) || minute > 59) return false;
  *second = hour * 3600 + minute * 60;
  return *second <= DAY_S;
}

bool contact_hours_parse(arena *perm, slice rule, contact_hours *out) {
  size_t room = 1, count = 0;
  for (size_t i = 0; i < rule.n; i++) room += rule.p[i] == ';';
  open_hours *v = ARENA_ARRAY(perm, room, open_hours);
  while (rule.n) {
    slice part = take(&rule, ';');
    if (part.n == 0) continue;
    open_hours *o = &v[count++];
    if (!take_days(take(&part, '='), &o->days) || !take_time(take(&part, '-'), &o->from_s) ||
        !take_time(slice_trim(part), &o->to_s) || o->from_s >= o->to_s)
      return false;
  }
  out->v = v;
  out->count = count;
  return count > 0;
}

/* --- hours
 * ------------------------------------------------------------------------------------------------------------ */

static bool open_day(const contact_hours *h, const open_hours *o, civil_date d) {
  return (o->days >> date_weekday(d) & 1) && !(h->cal && calendar_is_holiday(h->cal, d));
}

bool contact_hours_open(const contact_hours *h, local_time at) {
  for (size_t i = 0; i < h->count; i++)
    if (open_day(h, &h->v[i], at.date) && at.second >= h->v[i].from_s && at.second < h->v[i].to_s) return true;
  return false;
}

/* On a day whose clock does not change: the first open second from `from_s` on, or -1. */
static int32_t plain_opening(const contact_hours *h, civil_date d, int32_t from_s) {
  int32_t best = -1;
  for (size_t i = 0; i < h->count; i++) {
    const open_hours *o = &h->v[i];
    int32_t at = o->from_s > from_s ? o->from_s : from_s;
    if (open_day(h, o, d) && at < o->to_s && (best < 0 || at < best)) best = at;
  }
  return best;
}

bool contact_hours_next(const contact_hours *h, const tz *zone, int64_t utc_s, int64_t *next_utc_s) {
  int64_t t = utc_s;
  for (int day = 0; day < LOOK_DAYS_MAX; day++) {
    local_time from = tz_local(zone, t);
    civil_date next = date_add_days(from.date, 1);
    if (date_is_none(next)) return false; /* the calendar ends here */
    int64_t end = tz_utc(zone, next, 0);
    if (end <= t) end = t + DAY_S - from.second; /* the clock went back over midnight: the day's end comes again */
    if (tz_offset(zone, t) == tz_offset(zone, end - 1)) {
      int32_t second = plain_opening(h, from.date, from.second);
      int64_t at = t + (second - from.second);
      if (second >= 0 && at < end) { /* the day's last hour may be the one that is left out */
        *next_utc_s = at;
        return true;
      }
    } else { /* the clock changes today, on a whole minute: look at each */
      for (int64_t m = t; m < end; m += 60 - (m % 60 + 60) % 60) {
        if (!contact_hours_open(h, tz_local(zone, m))) continue;
        *next_utc_s = m;
        return true;
      }
    }
    t = end;
  }
  return false;
}

/* --- caps
 * ------------------------------------------------------------------------------------------------------------- */

bool contact_cap_parse(slice rule, contact_cap *out) {
  slice kind = take(&rule, ':');
  int32_t count = 1, days;
  bool after = utf8_fold_eq(kind, SLICE("after"));
  if (!after && !(utf8_fold_eq(kind, SLICE("cap")) && take_number(take(&rule, '/'), &count))) return false;
  if (!take_number(slice_trim(rule), &days) || days < 1) return false;
  *out = (contact_cap){(uint32_t)count, days};
  return true;
}

bool contact_cap_allows(contact_cap cap, const civil_date *history, size_t count, civil_date day) {
  uint32_t in = 0;
  for (size_t i = 0; i < count; i++) {
    int64_t ago = (int64_t)day.day - history[i].day;
    in += !date_is_none(history[i]) && ago >= 0 && ago < cap.days;
  }
  return in < cap.count;
}

civil_date contact_cap_next(contact_cap cap, const civil_date *history, size_t count, civil_date day) {
  if (cap.count == 0 || date_is_none(day)) return DATE_NONE;
  /* Only the day on which a contact leaves the window can be the first one. */
  civil_date best = DATE_NONE;
  if (contact_cap_allows(cap, history, count, day)) return day;
  for (size_t i = 0; i < count; i++) {
    civil_date free = date_add_days(history[i], cap.days);
    if (date_is_none(free) || date_cmp(free, day) <= 0 || (!date_is_none(best) && date_cmp(free, best) >= 0)) continue;
    if (contact_cap_allows(cap, history, count, free)) best = free;
  }
  return best;
}
