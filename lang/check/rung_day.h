/* The days that lengths of time, offsets and rungs fall on. Days are civil days since 1970; DATE_NONE_DAY outside of
 * the calendar's years. */
#ifndef DUN_CHECK_RUNG_DAY_H
#define DUN_CHECK_RUNG_DAY_H

#include "lang/check/program.h"

int32_t duration_after(const calendar *cal, duration d, int32_t day);
/* The date that an offset after `anchor` falls on. */
int32_t offset_day(const calendar *cal, const offset *o, int32_t anchor_day);
/* Whether the ladder counts from an invoice's due date. */
bool ladder_from_due(const program *p, const ladder *l);
/* The first day on which a rung whose offset falls on `day` may fire: with `late only after the next business day`,
 * what comes after the due date waits until that day has passed. */
int32_t rung_first_day(const program *p, const calendar *cal, bool from_due, int32_t anchor, int32_t day);

#endif
