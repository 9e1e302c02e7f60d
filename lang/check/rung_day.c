/* See rung_day.h. */
#include "lang/check/rung_day.h"

#include "lang/check/fields.h"

int32_t duration_after(const calendar *cal, duration d, int32_t day) {
  civil_date at = {day};
  switch (d.unit) {
  case UNIT_DAY: return day + d.n;
  case UNIT_WEEK: return day + 7 * d.n;
  case UNIT_BUSINESS_DAY: return calendar_add_business(cal, at, d.n).day;
  case UNIT_MONTH: return date_add_months(at, d.n).day;
  case UNIT_YEAR: return date_add_months(at, 12 * (int64_t)d.n).day;
  case UNIT_COUNT: break;
  }
  return DATE_NONE_DAY;
}

int32_t offset_day(const calendar *cal, const offset *o, int32_t anchor_day) {
  int32_t day = duration_after(cal, o->base, anchor_day);
  if (o->times == 0 || day == DATE_NONE_DAY) return day;
  return duration_after(cal, (duration){o->step.n * o->times, o->step.unit}, day);
}

bool ladder_from_due(const program *p, const ladder *l) {
  return l->of == ENT_INVOICE && (l->anchor == NO_USE || p->uses[l->anchor].field == FIELD_INVOICE_DUE);
}

int32_t rung_first_day(const program *p, const calendar *cal, bool from_due, int32_t anchor, int32_t day) {
  if (p->due != DUE_LATE_AFTER || !from_due || day <= anchor) return day;
  int32_t grace = calendar_next(cal, (civil_date){anchor}).day;
  return day > grace ? day : grace + 1;
}
