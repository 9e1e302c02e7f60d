/* Civil dates. The conversions are those of Neri and Schneider, "Euclidean affine functions and their application to
 * calendar algorithms" (2022): a year that starts in March, no loop and no table. */
#include "date.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* Shifts that keep every intermediate positive: 82 cycles of 400 years. */
#define SHIFT_YEARS (400u * 82)
#define SHIFT_DAYS (719468u + 146097u * 82)

bool date_is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int date_month_days(int year, int month) {
  assert(month >= 1 && month <= 12);
  if (month == 2) return date_is_leap(year) ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}

bool date_valid(int year, int month, int day) {
  return year >= DATE_YEAR_MIN && year <= DATE_YEAR_MAX && month >= 1 && month <= 12 && day >= 1 &&
         day <= date_month_days(year, month);
}

static civil_date from_parts(int year, int month, int day) {
  uint32_t early = month <= 2;
  uint32_t y = (uint32_t)year + SHIFT_YEARS - early, m = (uint32_t)month + 12 * early, c = y / 100;
  uint32_t days = 1461 * y / 4 - c + c / 4 + (979 * m - 2919) / 32 + (uint32_t)day - 1;
  return (civil_date){(int32_t)(days - SHIFT_DAYS)};
}

civil_date date_of(int year, int month, int day) {
  return date_valid(year, month, day) ? from_parts(year, month, day) : DATE_NONE;
}

void date_parts(civil_date d, int *year, int *month, int *day) {
  uint32_t n1 = 4 * ((uint32_t)d.day + SHIFT_DAYS) + 3, century = n1 / 146097;
  uint32_t n2 = n1 % 146097 | 3;
  uint64_t p2 = UINT64_C(2939745) * n2;
  uint32_t of_year = (uint32_t)p2 / 2939745 / 4, n3 = 2141 * of_year + 197913, late = of_year >= 306;
  *year = (int)(100 * century + (uint32_t)(p2 >> 32) - SHIFT_YEARS + late);
  *month = (int)((n3 >> 16) - 12 * late);
  *day = (int)((n3 & 0xFFFF) / 2141 + 1);
}

int date_year(civil_date d) {
  int y, m, day;
  date_parts(d, &y, &m, &day);
  return y;
}
int date_month(civil_date d) {
  int y, m, day;
  date_parts(d, &y, &m, &day);
  return m;
}
int date_day(civil_date d) {
  int y, m, day;
  date_parts(d, &y, &m, &day);
  return day;
}

/* `count` digits at p; -1 where one is none. */
static int digits(const char *p, int count) {
  int n = 0;
  for (int i = 0; i < count; i++) {
    if (p[i] < '0' || p[i] > '9') return -1;
    n = n * 10 + (p[i] - '0');
  }
  return n;
}

bool date_parse(slice s, civil_date *out) {
  if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-') return false;
  civil_date d = date_of(digits(s.p, 4), digits(s.p + 5, 2), digits(s.p + 8, 2));
  if (date_is_none(d)) return false;
  *out = d;
  return true;
}

bool date_parse_month(slice s, civil_date *out) {
  if (s.n != 7 || s.p[4] != '-') return false;
  civil_date d = date_of(digits(s.p, 4), digits(s.p + 5, 2), 1);
  if (date_is_none(d)) return false;
  *out = d;
  return true;
}

size_t date_iso(civil_date d, char out[DATE_TEXT_MAX]) {
  out[0] = 0;
  if (date_is_none(d)) return 0;
  int y, m, day;
  date_parts(d, &y, &m, &day);
  return (size_t)snprintf(out, DATE_TEXT_MAX, "%04d-%02d-%02d", y, m, day);
}

size_t date_text(civil_date d, dun_lang lang, char out[DATE_TEXT_MAX]) {
  out[0] = 0;
  if (date_is_none(d)) return 0;
  int y, m, day;
  date_parts(d, &y, &m, &day);
  if (lang == LANG_EN) return (size_t)snprintf(out, DATE_TEXT_MAX, "%d %s %d", day, date_month_name(m, lang), y);
  return (size_t)snprintf(out, DATE_TEXT_MAX, "%02d/%02d/%04d", day, m, y);
}

const char *date_weekday_name(int weekday, dun_lang lang) {
  static const char *const names[LANG_COUNT][7] = {
      {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
      {"segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"},
      {"lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"}};
  assert(weekday >= 0 && weekday < 7);
  return names[lang][weekday];
}

const char *date_month_name(int month, dun_lang lang) {
  static const char *const names[LANG_COUNT][12] = {{"January", "February", "March", "April", "May", "June", "July",
                                                     "August", "September", "October", "November", "December"},
                                                    {"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho",
                                                     "agosto", "setembro", "outubro", "novembro", "dezembro"},
                                                    {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
                                                     "agosto", "septiembre", "octubre", "noviembre", "diciembre"}};
  assert(month >= 1 && month <= 12);
  return names[lang][month - 1];
}

civil_date date_add_days(civil_date d, int64_t days) {
  int64_t sum;
  if (date_is_none(d) || __builtin_add_overflow(d.day, days, &sum)) return DATE_NONE;
  return sum < DATE_DAY_MIN || sum > DATE_DAY_MAX ? DATE_NONE : (civil_date){(int32_t)sum};
}

civil_date date_anchor_month(civil_date d, int64_t months, int anchor) {
  const int64_t months_max = 12 * (int64_t)DATE_YEAR_MAX;
  if (date_is_none(d) || months > months_max || months < -months_max || anchor < 1) return DATE_NONE;
  int y, m, day;
  date_parts(d, &y, &m, &day);
  int64_t month = (int64_t)y * 12 + (m - 1) + months;
  if (month < DATE_YEAR_MIN * 12 || month > DATE_YEAR_MAX * 12 + 11) return DATE_NONE;
  y = (int)(month / 12), m = (int)(month % 12) + 1;
  int last = date_month_days(y, m);
  return from_parts(y, m, anchor < last ? anchor : last);
}

civil_date date_add_months(civil_date d, int64_t months) {
  return date_is_none(d) ? d : date_anchor_month(d, months, date_day(d));
}

civil_date date_month_end(civil_date d) { return date_anchor_month(d, 0, 31); }

int32_t date_days_between(civil_date from, civil_date to) { return to.day - from.day; }

civil_date date_easter(int year) {
  int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
  int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7;
  int m = (a + 11 * h + 22 * l) / 451, n = h + l - 7 * m + 114;
  return date_of(year, n / 31, n % 31 + 1);
}
