/* A written length of time: a count and its unit. What it comes to in days depends on the date it is counted from
 * (months) and on the calendar (business days), so there is no order over all of them. */
#ifndef DUN_BASE_DURATION_H
#define DUN_BASE_DURATION_H

#include <stdint.h>

/* d, bd, w, mo, y */
typedef enum duration_unit { UNIT_DAY, UNIT_BUSINESS_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_YEAR, UNIT_COUNT } duration_unit;

/* n may be negative only inside the program (a rung before its anchor). */
typedef struct duration {
  int32_t n;
  duration_unit unit;
} duration;

#endif
