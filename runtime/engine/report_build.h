/* Adds a simulation's days up to a report. */
#ifndef DUN_ENGINE_REPORT_BUILD_H
#define DUN_ENGINE_REPORT_BUILD_H

#include "engine.h"
#include "report.h"

typedef struct report_builder report_builder;

report_builder *report_begin(arena *perm, const engine *e, civil_date from, civil_date to);
void report_day(report_builder *b, const engine *e, const day_plan *plan);
void report_end(report_builder *b, const engine *e, report *out);

/* What was not decided so far, by field and reason. */
const report_undecided *report_undecided_of(const engine *e, arena *perm, uint32_t *count);

#endif
