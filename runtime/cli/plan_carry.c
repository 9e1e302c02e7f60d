/* See plan_carry.h. */
#include "plan_carry.h"

#include "plan_stale.h"
#include "runtime/engine/plan.h"
#include "tick.h"

void plan_carry_args(args *a, const plan_file *saved) {
  a->word = ARENA_ARRAY(a->perm, 1, slice);
  a->word[0] = arena_slice(a->perm, (slice){arena_copy(a->perm, saved->policy), saved->policy.n});
  a->word_count = 1;
  if (!a->value[ARG_store].given)
    a->value[ARG_store] = (arg_value){.given = true, .text = {arena_copy(a->perm, saved->store), saved->store.n}};
}

static slice mark_of(const session *s, const plan_file *saved) {
  return arena_printf(s->perm, "plan carried out %.*s", SLICE_ARG(saved->checksum));
}

/* Messages of that day that are still on their way. */
static store_code open_count(session *s, civil_date day, uint64_t *n) {
  static const action_state OPEN[] = {ACTION_ready, ACTION_leased, ACTION_sending, ACTION_deferred};
  const slice columns[] = {SLICE("id")};
  store_code code = STORE_OK;
  *n = 0;
  for (size_t i = 0; i < sizeof OPEN / sizeof *OPEN && code == STORE_OK; i++) {
    const store_where where[] = {{"state", STORE_EQ, 0, slice_of(action_state_name(OPEN[i]))},
                                 {"on", STORE_EQ, day.day, {0}},
                                 {"lead", STORE_IS_NULL, 0, {0}}};
    store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 1, .where = where, .where_count = 3};
    store_cursor *c;
    code = store_scan(s->s, &q, &c);
    if (code != STORE_OK) return code;
    while ((code = store_next(c)) == STORE_ROW) ++*n;
    store_cursor_close(c);
    if (code == STORE_END) code = STORE_OK;
  }
  return code;
}

int plan_carry_again(session *s, const plan_file *saved, bool *goes_on) {
  slice when;
  uint64_t left;
  *goes_on = false;
  store_code code = store_state_get(s->s, mark_of(s, saved), s->perm, &when);
  if (code == STORE_END) return EXIT_FINE;
  if (code == STORE_OK) code = open_count(s, saved->day, &left);
  if (code != STORE_OK) return tick_failed(s);
  if (left == 0) return COMPLAIN(s, EXIT_FINDINGS, PF_ALREADY, when);
  SAY(s, WORLD_STDERR, PF_GOES_ON, when, texts_number(s->perm, left));
  *goes_on = true;
  return EXIT_FINE;
}

int plan_carry_load(session *s, outbox *o) { return tick_load(s, o, tick_minute(s, o->today_given)); }

int plan_carry_decide(session *s, outbox *o, const plan_file *saved, day_plan *plan) {
  plan_file now;
  char day[DATE_TEXT_MAX];
  int status = tick_load(s, o, saved->day.day == s->today.day ? saved->minute : tick_minute(s, o->today_given));
  if (status != EXIT_FINE) return status;
  if (plan_file_basis(s, s->e->minute, &now) != STORE_OK) return tick_failed(s);
  plan_make(s->e, s->today, s->perm, plan);
  plan_file_rows(s, plan, &now);
  status = plan_stale(s, saved, &now);
  if (status == EXIT_FINE) status = tick_store(s, o, plan);
  if (status != EXIT_FINE || plan_held_whole(plan)) return status;
  slice when = {day, date_iso(s->today, day)};
  return store_state_set(s->s, mark_of(s, saved), when) == STORE_OK ? EXIT_FINE : tick_failed(s);
}
