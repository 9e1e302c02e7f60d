/* contact.csv: contact hours and caps. Zones are read from the system's zoneinfo. */
#include "lang/base/contact_hours.h"
#include "tests/vectors/vectors.h"

#define HISTORY_MAX 1000

static slice verdict(run *r, slice local, bool allowed, slice next) {
  return arena_printf(r->perm, "%.*s %s %.*s", SLICE_ARG(local), allowed ? "yes" : "no", SLICE_ARG(next));
}

static slice window_answer(run *r, const table *t, const row *x) {
  contact_hours hours;
  const tz *zone = zone_named(r, cell(t, x, "tz"));
  slice at = cell(t, x, "at_utc");
  civil_date day;
  int32_t second;
  if (!zone || !contact_hours_parse(r->perm, cell(t, x, "rule"), &hours)) return SLICE("a row that does not read");
  hours.cal = calendar_named(r, cell(t, x, "calendar"));
  int64_t utc_s;
  if (at.n && read_time(at, &day, &second))
    utc_s = (int64_t)day.day * 86400 + second;
  else if (!at.n && read_time(cell(t, x, "local"), &day, &second))
    utc_s = tz_utc(zone, day, second);
  else
    return SLICE("a time that does not read");
  local_time local = tz_local(zone, utc_s);
  int64_t next_s;
  slice next = SLICE("");
  if (contact_hours_next(&hours, zone, utc_s, &next_s)) {
    local_time l = tz_local(zone, next_s);
    next = time_text(r, l.date, l.second, "");
  }
  return verdict(r, time_text(r, local.date, local.second, ""), contact_hours_open(&hours, local), next);
}

static slice cap_answer(run *r, const table *t, const row *x) {
  slice history = cell(t, x, "history"), local = cell(t, x, "local");
  civil_date *days = ARENA_ARRAY(r->perm, HISTORY_MAX, civil_date), day;
  size_t count = 0;
  contact_cap cap;
  if (!contact_cap_parse(cell(t, x, "rule"), &cap) || local.n < 10 || !date_parse((slice){local.p, 10}, &day))
    return SLICE("a row that does not read");
  while (history.n && count < HISTORY_MAX) {
    slice part = take_part(&history, ';');
    if (part.n < 10 || !date_parse((slice){part.p, 10}, &days[count++])) return SLICE("a history that does not read");
  }
  civil_date next = contact_cap_next(cap, days, count, day);
  return verdict(r, local, contact_cap_allows(cap, days, count, day),
                 date_is_none(next) ? SLICE("") : date_slice(r, next));
}

void check_contact(run *r, const table *t) {
  for (size_t i = 0; i < t->count; i++) {
    const row *x = &t->rows[i];
    slice kind = cell(t, x, "kind"), local = cell(t, x, "local"), next = cell(t, x, "next_local");
    slice allowed = cell(t, x, "allowed"), got = SLICE("an unknown kind");
    if (slice_eq(kind, SLICE("window"))) got = window_answer(r, t, x);
    if (slice_eq(kind, SLICE("cap"))) got = cap_answer(r, t, x);
    judge(r, cell(t, x, "id"),
          arena_printf(r->perm, "%.*s %.*s %.*s", SLICE_ARG(local), SLICE_ARG(allowed), SLICE_ARG(next)), got);
  }
}
