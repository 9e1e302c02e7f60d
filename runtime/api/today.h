/* Between today.c and today_act.c. */
#ifndef DUN_API_TODAY_H
#define DUN_API_TODAY_H

#include "api.h"
#include "runtime/store/today.h"

/* "pauses": those that have not ended. False: answered. */
bool today_put_pauses(api_call *c);
/* One line that asks, an item of a list. */
void today_put_line(api_call *c, const line_row *r);

#endif
