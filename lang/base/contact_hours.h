/* When a customer may be contacted by law: hours per weekday, closed on the holidays of a calendar, on the clock where
 * the customer is; and how often. Sources: state laws SP 15.426/2014 and RJ 7.868/2018; US 12 CFR 1006.6(b) and
 * 1006.14(b)(2) (Regulation F). Not legal advice. The windows that a policy writes are the checker's `window`; these
 * are profiles as data. */
#ifndef DUN_BASE_CONTACT_HOURS_H
#define DUN_BASE_CONTACT_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "calendar.h"
#include "date.h"
#include "slice.h"
#include "tz.h"

/* Open from from_s (in) to to_s (out), seconds of the day, on the weekdays of `days` (bit 0 Monday ... bit 6 Sunday).
 */
typedef struct open_hours {
  uint8_t days;
  int32_t from_s, to_s;
} open_hours;

/* The lines add up. */
typedef struct contact_hours {
  const open_hours *v;
  size_t count;
  const calendar *cal; /* its holidays are closed; its weekends say nothing. NULL: no holidays */
} contact_hours;

/* "mon-fri=08:00-20:00;sat=08:00-14:00": weekdays or ranges of them (round the week if need be), HH:MM to HH:MM, at
 * most 24:00. False where it is malformed. The calendar is left alone. */
bool contact_hours_parse(arena *perm, slice rule, contact_hours *out) __attribute__((warn_unused_result));
bool contact_hours_open(const contact_hours *h, local_time at);
/* The first instant at or after `utc_s` at which it is open there; false where there is none within 400 days. Exact
 * through changes of the clock: an opening inside a gap is the first instant after it. */
bool contact_hours_next(const contact_hours *h, const tz *zone, int64_t utc_s, int64_t *next_utc_s)
    __attribute__((warn_unused_result));

/* Fewer than `count` contacts in the `days` calendar days that end on the day asked about. `after:W`, no contact on an
 * event's day and the W - 1 days after it, is count 1 with the events as the history. */
typedef struct contact_cap {
  uint32_t count;
  int32_t days;
} contact_cap;

/* "cap:7/7", "after:7"; false where it is malformed. */
bool contact_cap_parse(slice rule, contact_cap *out) __attribute__((warn_unused_result));
/* The history is in any order; a day stands in it once for each contact. */
bool contact_cap_allows(contact_cap cap, const civil_date *history, size_t count, civil_date day);
/* The first day on or after `day` that it allows; DATE_NONE where there is none (a cap of 0). */
civil_date contact_cap_next(contact_cap cap, const civil_date *history, size_t count, civil_date day);

#endif
