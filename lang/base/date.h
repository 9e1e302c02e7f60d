/* Civil dates of the proleptic Gregorian calendar, as days since 1970-01-01. Nobody reads a clock here: "today" is
 * given. */
#ifndef DUN_BASE_DATE_H
#define DUN_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "slice.h"

typedef struct civil_date {
  int32_t day;
} civil_date;

#define DATE_NONE_DAY INT32_MIN
#define DATE_NONE ((civil_date){DATE_NONE_DAY})

/* Years that exist for parse, valid and the results of arithmetic. */
#define DATE_YEAR_MIN 1
#define DATE_YEAR_MAX 9999
#define DATE_DAY_MIN (-719162) /* 0001-01-01 */
#define DATE_DAY_MAX 2932896   /* 9999-12-31 */

static inline bool date_is_none(civil_date d) { return d.day == DATE_NONE_DAY; }
static inline bool date_eq(civil_date a, civil_date b) { return a.day == b.day; }
static inline int date_cmp(civil_date a, civil_date b) { return (a.day > b.day) - (a.day < b.day); }

/* month 1-12, day 1-31 */
bool date_valid(int year, int month, int day);
/* DATE_NONE where it is not valid. */
civil_date date_of(int year, int month, int day);
/* Of any date but DATE_NONE. */
void date_parts(civil_date d, int *year, int *month, int *day);
int date_year(civil_date d);
int date_month(civil_date d);
int date_day(civil_date d);
bool date_is_leap(int year);
/* Days of a month, 28 to 31. */
int date_month_days(int year, int month);

/* Exactly "YYYY-MM-DD"; false where it is malformed or no day. */
bool date_parse(slice s, civil_date *out) __attribute__((warn_unused_result));
/* Exactly "YYYY-MM"; gives its first day. */
bool date_parse_month(slice s, civil_date *out) __attribute__((warn_unused_result));

#define DATE_TEXT_MAX 40
/* "2026-03-12"; "" for DATE_NONE. NUL-terminated; returns the length. */
size_t date_iso(civil_date d, char out[DATE_TEXT_MAX]);
/* Portuguese and Spanish "12/03/2026"; English "12 March 2026" (3/12 and 12/3 would be read differently in different
 * countries). */
size_t date_text(civil_date d, dun_lang lang, char out[DATE_TEXT_MAX]);

/* 0 Monday ... 6 Sunday */
static inline int date_weekday(civil_date d) {
  int w = (d.day + 3) % 7; /* 1970-01-01 was a Thursday */
  return w < 0 ? w + 7 : w;
}
/* "Monday", "segunda-feira", "lunes" */
const char *date_weekday_name(int weekday, dun_lang lang);
/* "March", "março", "marzo"; month 1-12 */
const char *date_month_name(int month, dun_lang lang);

/* Arithmetic gives DATE_NONE for DATE_NONE and for results outside of the years 1 to 9999. */
civil_date date_add_days(civil_date d, int64_t days);
/* The same day n months on, clamped to the month's end: a month after 31 January is the last day of February. */
civil_date date_add_months(civil_date d, int64_t months);
/* The month of `d` plus n months, on day `anchor` (1-31), clamped: an anchored series does not forget its 31. */
civil_date date_anchor_month(civil_date d, int64_t months, int anchor);
/* The last day of d's month. */
civil_date date_month_end(civil_date d);
/* to - from */
int32_t date_days_between(civil_date from, civil_date to);
/* Easter Sunday, Gregorian (Butcher's rule, 1876). */
civil_date date_easter(int year);

#endif
