/* The inside of a time zone, shared by its reader and its questions; nobody else includes this. */
#ifndef DUN_BASE_TZ_RULE_H
#define DUN_BASE_TZ_RULE_H

#include <stdbool.h>

#include "tz.h"

typedef enum tz_change_kind { TZ_CHANGE_JULIAN, TZ_CHANGE_YEAR_DAY, TZ_CHANGE_MONTH_WEEKDAY } tz_change_kind;

/* When a POSIX rule changes the clock: Jn, n, or Mm.w.d, at a local time. */
typedef struct tz_change {
  tz_change_kind kind;
  int day;                  /* Jn: 1-365; n: 0-365 */
  int month, week, weekday; /* week 5 is the last; weekday 0 is Sunday */
  int32_t time_s;           /* -167 h to 167 h */
} tz_change;

typedef struct tz_footer {
  int32_t std_s, dst_s; /* east of UTC */
  bool has_dst;
  tz_change start, end; /* of summer time */
} tz_footer;

struct tz {
  slice name;
  size_t count;      /* transitions, rising */
  int64_t *at_s;     /* instants */
  int32_t *offset_s; /* in force from at_s[i] on */
  int32_t first_s;   /* before the first */
  bool has_footer;   /* rules after the last transition */
  tz_footer footer;
};

#endif
