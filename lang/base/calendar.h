/* Business-day calendars. A calendar is read once from its text (stdlib/calendars, format in the README there) into a
 * bitmap of the years 1900 to 2200, owned by the arena it was built in; it does not change afterwards except by
 * calendar_add_holiday. Outside of those years only the weekly closing days count. */
#ifndef DUN_BASE_CALENDAR_H
#define DUN_BASE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "date.h"
#include "embedded.h"
#include "slice.h"

#define CALENDAR_YEAR_FIRST 1900
#define CALENDAR_YEAR_LAST 2200
#define CALENDAR_DAY_FIRST (-25567) /* 1900-01-01 */
#define CALENDAR_DAYS 109938        /* to 2200-12-31 */
#define CALENDAR_WORDS ((CALENDAR_DAYS + 63) / 64)

typedef struct holiday {
  civil_date date;
  slice name;
} holiday;

/* Read-only for others. Bit i of `business` is day CALENDAR_DAY_FIRST + i; before[w] counts the business days in the
 * words in front of w. */
typedef struct calendar {
  slice name;              /* of the file: "br-bank" */
  uint8_t closed_weekdays; /* bit 0 Monday ... bit 6 Sunday */
  uint64_t *business;
  uint64_t *holidays;
  uint32_t *before; /* CALENDAR_WORDS + 1 */
  holiday *list;    /* sorted by date */
  size_t list_count, list_room;
  arena *perm;
} calendar;

/* What is wrong in a calendar's text. */
typedef enum calendar_fault_id {
  CALENDAR_FINE,
#define FAULT(id, en, pt, es) CALENDAR_FAULT_##id,
#include "calendar_faults.def"
#undef FAULT
} calendar_fault_id;

typedef struct calendar_fault {
  unsigned line; /* from 1 */
  calendar_fault_id what;
} calendar_fault;

const char *calendar_fault_text(calendar_fault_id id, dun_lang lang);

/* Builds a calendar from its text; `table` (ended by a NULL name; NULL: none) resolves its `include` lines. NULL, with
 * `*fault` told, where the text is wrong. */
calendar *calendar_build(arena *perm, slice text, const struct embedded *table, calendar_fault *fault);

/* The calendar of a name or alias in a table, case folded, `_` for `-`; a file's own name comes before an alias. NULL:
 * there is none. */
const struct embedded *calendar_find(const struct embedded *table, slice name);
/* Names and aliases of a table, in its order; returns how many, writes at most `max`. */
size_t calendar_names(const struct embedded *table, slice *out, size_t max);

/* `c` becomes the calendar of the days that are business days in both. False, and `c` as it was, where no weekday would
 * be left. */
bool calendar_close_with(calendar *c, const calendar *other);

/* The embedded calendar of a name or alias ("brazil", "br-bank"), case folded; NULL where there is none. */
const struct embedded *calendar_find_embedded(slice name);
/* Finds and builds it; NULL where there is none. The embedded texts are tested: they have no fault. */
calendar *calendar_embedded(arena *perm, slice name);
/* Names and aliases of all embedded calendars, in the order of the table; returns how many, writes at most `max`. */
size_t calendar_embedded_names(slice *out, size_t max);

/* One more holiday (`holiday 2026-07-09 "..."`); the name is not copied and must live as long as the calendar. A date
 * outside of the years is ignored: false. */
bool calendar_add_holiday(calendar *c, civil_date d, slice name);

static inline bool calendar_is_business(const calendar *c, civil_date d) {
  uint32_t i = (uint32_t)d.day - (uint32_t)CALENDAR_DAY_FIRST;
  if (i >= CALENDAR_DAYS) return !(c->closed_weekdays >> date_weekday(d) & 1);
  return c->business[i >> 6] >> (i & 63) & 1;
}
static inline bool calendar_is_holiday(const calendar *c, civil_date d) {
  uint32_t i = (uint32_t)d.day - (uint32_t)CALENDAR_DAY_FIRST;
  return i < CALENDAR_DAYS && (c->holidays[i >> 6] >> (i & 63) & 1);
}
/* The name of a holiday; empty where the day is none. */
slice calendar_holiday_name(const calendar *c, civil_date d);

/* All take and give DATE_NONE, and give it where the years 1 to 9999 are left. */
/* The first business day on or after `d`, the last on or before. */
civil_date calendar_next(const calendar *c, civil_date d);
civil_date calendar_prev(const calendar *c, civil_date d);
/* Next, but previous if next lies in another month. */
civil_date calendar_modified_following(const calendar *c, civil_date d);
/* n business days on (n < 0: back); 0 leaves the date alone. From a closed day, 1 is the first business day after it.
 */
civil_date calendar_add_business(const calendar *c, civil_date d, int64_t n);
/* Business days x with from < x <= to; where to < from, minus those with to < x <= from. */
int32_t calendar_count_business(const calendar *c, civil_date from, civil_date to);
/* The nth business day of d's month (1 the first, -1 the last); DATE_NONE where the month has none such. */
civil_date calendar_nth_business(const calendar *c, civil_date d, int n);

#endif
