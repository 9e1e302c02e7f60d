/* Day counts: how many days lie between two dates and what part of a year they are. Sources: ISDA 2006 definitions,
 * section 4.16; 30U/360 treats the last of February as a 30th. */
#ifndef DUN_BASE_DAYCOUNT_H
#define DUN_BASE_DAYCOUNT_H

#include "date.h"
#include "decimal.h"

/* X(name, text) */
#define DAYCOUNTS(X)                                                                                                   \
  X(ACT_365, "act/365")                                                                                                \
  X(ACT_360, "act/360")                                                                                                \
  X(ACT_ACT, "act/act") /* ISDA: days in leap years over 366, the others over 365 */                                   \
  X(30E_360, "30E/360") /* both days capped at 30 */                                                                   \
  X(30A_360, "30A/360") /* bond basis: the first capped at 30, the second only if the first is then 30 */              \
  X(30U_360, "30U/360") /* as 30A/360, with the last of February as a 30th */

typedef enum daycount {
#define X(name, text) DAYCOUNT_##name,
  DAYCOUNTS(X)
#undef X
      DAYCOUNT_COUNT
} daycount;

/* Days from `from` (excluded) to `to` (included) as the convention counts them; negative when `to` is before. */
int32_t daycount_days(daycount how, civil_date from, civil_date to);
/* The exact part of a year. */
rational daycount_fraction(daycount how, civil_date from, civil_date to);
const char *daycount_name(daycount how);
/* By its text, any case; DAYCOUNT_COUNT where there is none. */
daycount daycount_find(slice name);

#endif
