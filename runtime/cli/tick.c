/* See tick.h. */
#include "tick.h"

#include "held.h"
#include "lang/base/tz.h"
#include "runtime/engine/plan.h"
#include "runtime/engine/revision.h"
#include "runtime/hash.h"
#include "runtime/outbox/agreement.h"
#include "runtime/outbox/approve.h"
#include "runtime/outbox/waits.h"
#include "runtime/store/agenda.h"
#include "runtime/store/pause.h"

int tick_failed(session *s) { return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text); }

/* ---- what the policy needs ---- */

static void cell(world *w, slice s, size_t width) {
  size_t n = out_width(s);
  world_printf(w, WORLD_STDERR, "%.*s%*s  ", SLICE_ARG(s), n < width ? (int)(width - n) : 0, "");
}

enum { NEED_COLUMNS = 4 };
typedef struct need_row {
  slice v[NEED_COLUMNS];
} need_row;

int tick_needs(session *s) {
  static const text_id TITLES[NEED_COLUMNS] = {TXT_WHERE_TITLE, TXT_DOING_TITLE, TXT_NEED_TITLE, TXT_WRITE_TITLE};
  const outbox_need *v;
  size_t n = outbox_needs(s->c.program, s->perm, &v), width[NEED_COLUMNS] = {0};
  if (n == 0) return EXIT_FINE;
  (void)COMPLAIN(s, EXIT_COMPILE, NOT_CONNECTED);
  need_row *rows = ARENA_ARRAY(s->perm, n + 1, need_row);
  for (size_t k = 0; k < NEED_COLUMNS; k++) rows[0].v[k] = slice_of(texts_word(s->lang, TITLES[k]));
  for (size_t i = 0; i < n; i++) {
    rows[i + 1].v[0] = v[i].rung.n ? arena_printf(s->perm, "%.*s %.*s", SLICE_ARG(v[i].section), SLICE_ARG(v[i].rung))
                                   : texts_said(s->lang, s->perm, v[i].section);
    rows[i + 1].v[1] = texts_said(s->lang, s->perm, v[i].action);
    rows[i + 1].v[2] = texts_said(s->lang, s->perm, v[i].missing);
    rows[i + 1].v[3] = texts_said(s->lang, s->perm, v[i].remedy);
  }
  for (size_t i = 0; i <= n; i++)
    for (size_t k = 0; k + 1 < NEED_COLUMNS; k++)
      if (out_width(rows[i].v[k]) > width[k]) width[k] = out_width(rows[i].v[k]);
  world_printf(s->w, WORLD_STDERR, "\n");
  for (size_t i = 0; i <= n; i++) {
    world_printf(s->w, WORLD_STDERR, "  ");
    for (size_t k = 0; k + 1 < NEED_COLUMNS; k++) cell(s->w, rows[i].v[k], width[k]);
    world_printf(s->w, WORLD_STDERR, "%.*s\n", SLICE_ARG(rows[i].v[NEED_COLUMNS - 1]));
  }
  return EXIT_COMPILE;
}

/* ---- decide and commit ---- */

static store_code put_revision(session *s, const day_plan *plan, int64_t *id) {
  uint8_t hash[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  bool is_new;
  slice all = revision_text(s->c.program, s->perm);
  hash_of(all, hash);
  hash_hex(hash, hex);
  store_revision r = {.hash = slice_of(hex), .text = all, .effective_on = s->today.day};
  store_code code = store_revision_put(s->s, &r, id, &is_new);
  return code == STORE_OK && !plan_held_whole(plan) ? revision_in_force(s->s, *id) : code;
}

/* Until which minute `every ... at` rules are due: the clock's in the policy's zone; of another day than today, all of
 * it.
 */
int32_t tick_minute(session *s, bool today_given) {
  enum { WHOLE_DAY = 24 * 60 };
  const tz *z = today_given
                    ? NULL
                    : world_load_zone(s->w, s->c.program->timezone.n ? s->c.program->timezone : SLICE("UTC"), s->perm);
  return z ? tz_local(z, s->w->now_ns(s->w) / 1000000000).second / 60 : WHOLE_DAY;
}

int tick_other_day(session *s, bool *other) {
  *other = s->a->value[ARG_today].given;
  if (!*other) return EXIT_FINE;
  args plain = *s->a;
  session clock = *s;
  plain.value[ARG_today].given = false;
  clock.a = &plain;
  int status = session_today(&clock);
  *other = status == EXIT_FINE && clock.today.day != s->today.day;
  return status;
}

int tick_load(session *s, outbox *o, int32_t minute) {
  int status = session_engine(s, s->today, true);
  if (status != EXIT_FINE) return status;
  o->p = s->c.program;
  o->e = s->e;
  if (store_newest_happening(s->s, &o->last_event) != STORE_OK) return tick_failed(s);
  s->e->minute = minute;
  return EXIT_FINE;
}

int tick_store(session *s, outbox *o, const day_plan *plan) {
  int64_t revision;
  store_code code = put_revision(s, plan, &revision);
  if (code == STORE_OK) code = history_commit(s->e, s->s, plan, &s->events);
  if (code == STORE_OK && s->leave->guarded) code = outbox_ramp_find(o);
  if (code == STORE_OK) code = outbox_commit(o, plan, revision);
  if (code == STORE_OK) code = agreements_keep(o);
  if (code == STORE_OK) code = outbox_ask(o, s->leave, plan, revision, true);
  if (code == STORE_OK) code = outbox_keep_waits(o, plan);
  return code == STORE_OK ? EXIT_FINE : tick_failed(s);
}

int tick_decide(session *s, outbox *o, int32_t minute, day_plan *plan) {
  int status = tick_load(s, o, minute);
  if (status != EXIT_FINE) return status;
  plan_make(s->e, s->today, s->perm, plan);
  return tick_store(s, o, plan);
}

/* Where Dun itself holds everything, nothing is decided either: on which day would it be? */
int tick_held(session *s) {
  store_pause pause;
  if (store_pause_own(s->s, s->perm, &pause) != STORE_OK) return tick_failed(s);
  return COMPLAIN(s, EXIT_FINDINGS, HELD_NO_DECISION, texts_said(s->lang, s->perm, pause.reason),
                  held_command(s, "resume", (slice){0}));
}
