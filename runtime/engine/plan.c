/* See plan.h. */
#include "plan.h"

static void broken_promises(engine *e, civil_date today, occurrence_list *out) {
  for (uint32_t i = 0; i < e->f->t[ENT_INVOICE].n; i++) {
    if (promise_judged(e, i) != today.day || fact_int(e->f, FIELD_INVOICE_STATUS, i) != STATUS_OPEN) continue;
    fact_set_int(e->f, FIELD_INVOICE_PROMISE, i, FACT_MISSING);
    occurrence_add(out, EV_PROMISE_BROKEN, ENT_INVOICE, i, (slice){0});
  }
}

store_code plan_settle(engine *e, store *s, const happening_list *happenings, civil_date today, arena *perm,
                       day_plan *out) {
  occurrence_list events = {.perm = perm};
  store_code code = history_new_events(e, s, happenings, today, &events);
  if (code != STORE_OK) return code;
  e->today = today.day;
  broken_promises(e, today, &events);
  day_input in = {.today = today, .events = events.v, .event_count = events.n, .everys_after_start = true};
  engine_settle(e, &in, perm, out);
  return STORE_OK;
}

store_code plan_make(engine *e, store *s, const happening_list *happenings, civil_date today, arena *perm,
                     day_plan *out) {
  store_code code = plan_settle(e, s, happenings, today, perm, out);
  if (code == STORE_OK) engine_tell(e, perm, out);
  return code;
}
