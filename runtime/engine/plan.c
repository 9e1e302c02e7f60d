/* See plan.h. */
#include "plan.h"

#include "live.h"

void plan_settle(engine *e, civil_date today, arena *perm, day_plan *out) {
  e->today = today.day;
  day_input in = {
      .today = today, .events = e->live->news.v, .event_count = e->live->news.n, .everys_after_start = true};
  in.dues = periods_due(e, perm, &in.due_count);
  engine_settle(e, &in, perm, out);
}

void plan_make(engine *e, civil_date today, arena *perm, day_plan *out) {
  plan_settle(e, today, perm, out);
  engine_tell(e, perm, out);
}
