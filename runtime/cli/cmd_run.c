/* dun run: decide, commit, then act. Everything that could be wrong is looked at before anything is stored or sent;
 * facts are read, decided and stored under one write lock; then each message goes through the gate and out. */
#include "commands.h"
#include "held.h"
#include "plan_carry.h"
#include "progress.h"
#include "runtime/outbox/approve.h"
#include "runtime/store/backup.h"
#include "serve_erp.h"
#include "serve_mail.h"
#include "session.h"
#include "tick.h"

/* --today that is not today is for looking at files, not for sending. */
static int check_day(session *s, bool *given) {
  int status = tick_other_day(s, given);
  if (status != EXIT_FINE || !*given || !outbox_is_real(s->c.program)) return status;
  return COMPLAIN(s, EXIT_USAGE, ANOTHER_DAY);
}

static void step(void *self, uint32_t done, uint32_t of) {
  progress *bar = self;
  bar->total = of;
  progress_at(bar, done);
}

/* What came back since the last run goes its other way (`or else`). */
static store_code take_other_ways(session *s, outbox *o) {
  enum { ROOM = 64 };
  store_untold v[ROOM];
  size_t n = ROOM;
  store_code code = STORE_OK;
  while (code == STORE_OK && n == ROOM) {
    code = store_untold_next(s->s, 1, s->perm, v, ROOM, &n);
    if (code != STORE_OK || n == 0) return code;
    code = store_begin(s->s);
    if (code == STORE_OK) code = outbox_end(o, outbox_come_back(o, v, n, s->perm));
  }
  return code;
}

/* One transaction holds what is read, what is decided on it, and the decisions. `saved`: of a plan that was; NULL. */
static int decide(session *s, outbox *o, const plan_file *saved, day_plan *plan) {
  if (store_begin(s->s) != STORE_OK) return tick_failed(s);
  int status = saved ? plan_carry_decide(s, o, saved, plan) : tick_decide(s, o, tick_minute(s, o->today_given), plan);
  if (status != EXIT_FINE) {
    store_rollback(s->s);
    return status;
  }
  if (store_commit(s->s) != STORE_OK || take_other_ways(s, o) != STORE_OK) return tick_failed(s);
  return lineage_mark(s->w, s->s, session_store_url(s->a)) == STORE_OK ? EXIT_FINE : tick_failed(s);
}

static store_code carry(session *s, outbox *o) {
  progress bar;
  progress_begin(&bar, s->w, texts_word(s->lang, TXT_SENDING), 0);
  store_code code = outbox_ramp(o);
  if (code == STORE_OK) code = outbox_deliver(o, step, &bar);
  progress_end(&bar);
  return code;
}

/* Where an ERP that was asked on the way told news, what waits for them is decided on with them: once. */
static int act(session *s, outbox *o, const plan_file *saved, day_plan *plan) {
  bool is_held = false;
  if (outbox_clock_begin(o, &is_held) != STORE_OK) return tick_failed(s);
  if (!is_held && outbox_lineage_begin(o, session_store_url(s->a), &is_held) != STORE_OK) return tick_failed(s);
  if (is_held) return tick_held(s);
  if (outbox_recover(o) != STORE_OK) return tick_failed(s);
  bool goes_on = false;
  int status = saved ? plan_carry_again(s, saved, &goes_on) : EXIT_FINE;
  if (status == EXIT_FINE && goes_on) status = plan_carry_load(s, o);
  if (status == EXIT_FINE && !goes_on) status = decide(s, o, saved, plan);
  if (status != EXIT_FINE) return status;
  store_code code = carry(s, o);
  if (code == STORE_OK && !saved && outbox_look_again(o) && !world_is_to_end(s->w)) {
    uint32_t known = o->tally[TALLY_KNOWN];
    *plan = (day_plan){0};
    s->again = true;
    status = decide(s, o, NULL, plan);
    if (status != EXIT_FINE) return status;
    o->tally[TALLY_KNOWN] = known;
    code = carry(s, o);
  }
  if (code == STORE_OK) code = outbox_clock_end(o);
  if (code == STORE_OK) code = lineage_mark(s->w, s->s, session_store_url(s->a));
  return code == STORE_OK ? EXIT_FINE : tick_failed(s);
}

/* ---- what came of it ---- */

static slice tally_words(const session *s, outbox_tally t) {
  return texts_said(s->lang, s->perm, slice_of(outbox_tally_words(t)));
}

static void print_tallies(session *s, const outbox *o, bool waits) {
  bool any = false;
  for (int t = 0; t < TALLY_COUNT; t++) {
    if (!o->tally[t]) continue;
    any = true;
    world_printf(s->w, WORLD_STDOUT, "%7u %.*s", o->tally[t], SLICE_ARG(tally_words(s, (outbox_tally)t)));
    if (t == TALLY_FILED) world_printf(s->w, WORLD_STDOUT, ": %.*s/", SLICE_ARG(o->folder));
    world_printf(s->w, WORLD_STDOUT, "\n");
  }
  if (!any && !waits) world_printf(s->w, WORLD_STDOUT, "      %s\n", texts_word(s->lang, TXT_NOTHING_DUE));
}

/* Reasons by how often; the first few invoices stand for the rest. */
static void print_remarks(session *s, const outbox *o) {
  enum { SHOWN_MAX = 10 };
  for (int t = 0; t < TALLY_COUNT; t++) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->remark_count; i++) {
      const outbox_remark *r = o->remarks + i;
      if (r->tally != (outbox_tally)t || ++n > SHOWN_MAX) continue;
      if (n == 1) world_printf(s->w, WORLD_STDOUT, "\n%.*s:\n", SLICE_ARG(tally_words(s, r->tally)));
      world_printf(s->w, WORLD_STDOUT, "  %.*s  %.*s: %.*s\n", SLICE_ARG(r->number),
                   SLICE_ARG(texts_said(s->lang, s->perm, r->what)),
                   SLICE_ARG(texts_said(s->lang, s->perm, r->reason)));
    }
    if (n > SHOWN_MAX)
      world_printf(s->w, WORLD_STDOUT, "  %.*s\n",
                   SLICE_ARG(TEXTS(s->lang, s->perm, AND_MORE, texts_number(s->perm, n - SHOWN_MAX))));
  }
}

static void print_waits(session *s, const day_plan *plan) {
  uint32_t by[WAIT_COUNT] = {0};
  for (uint32_t i = 0; i < plan->waiting_count; i++) by[plan->waiting[i].wait]++;
  for (int k = 0; k < WAIT_COUNT; k++)
    if (by[k]) {
      slice why = TEXTS(s->lang, s->perm, NOT_YET, texts_said(s->lang, s->perm, slice_of(WAITS[k])));
      world_printf(s->w, WORLD_STDOUT, "%7u %.*s\n", by[k], SLICE_ARG(why));
    }
}

static int print_rows(session *s, const outbox *o) {
  static const out_column columns[] = {{.name = "result", .kind = OUT_TEXT}, {.name = "count", .kind = OUT_NUMBER}};
  out *table = out_begin(s->w, s->a->format, columns, 2);
  for (int t = 0; t < TALLY_COUNT; t++) {
    slice row[] = {slice_of(outbox_tally_words((outbox_tally)t)), arena_printf(s->perm, "%u", o->tally[t])};
    out_row(table, row);
  }
  world_code why;
  if (out_end(table, &why) || why == WORLD_CLOSED) return EXIT_FINE;
  return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s->lang, s->perm, why));
}

/* What earlier runs left for a person to find out stays in sight. */
static int print_unknown(session *s, const outbox *o) {
  const slice columns[] = {SLICE("id")};
  const store_where where[] = {{"state", STORE_EQ, 0, slice_of(action_state_name(ACTION_unknown))},
                               {"lead", STORE_IS_NULL, 0, {0}}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 1, .where = where, .where_count = 2};
  store_cursor *c;
  uint32_t n = 0;
  store_code code = store_scan(s->s, &q, &c);
  if (code != STORE_OK) return tick_failed(s);
  while ((code = store_next(c)) == STORE_ROW) n++;
  store_cursor_close(c);
  if (code != STORE_END) return tick_failed(s);
  uint32_t now = o->tally[TALLY_UNKNOWN];
  if (n > now) world_printf(s->w, WORLD_STDOUT, "%7u %s\n", n - now, texts_word(s->lang, TXT_STILL_UNKNOWN));
  return EXIT_FINE;
}

static int summary(session *s, const outbox *o, const day_plan *plan) {
  if (s->a->format != OUT_table) return print_rows(s, o);
  char day[DATE_TEXT_MAX];
  date_text(s->today, s->lang, day);
  slice name = s->c.program->name.n ? s->c.program->name : s->policy_path;
  world_printf(s->w, WORLD_STDOUT, "%.*s, %s\n\n", SLICE_ARG(name), day);
  print_tallies(s, o, plan->waiting_count > 0);
  print_waits(s, plan);
  if (!s->a->value[ARG_quiet].given) session_say_unbilled(s, WORLD_STDOUT, &plan->unbilled);
  session_say_figures(s);
  int status = print_unknown(s, o);
  for (uint32_t i = 0; i < o->gap_count; i++) {
    slice without = session_gap_line(s, o->gaps[i].name);
    world_printf(s->w, WORLD_STDOUT, "%7u %.*s\n", o->gaps[i].messages, SLICE_ARG(without));
  }
  if (!s->a->value[ARG_quiet].given) print_remarks(s, o);
  if (status != EXIT_FINE) return status;
  bool asks = false;
  status = held_after_run(s, plan, &asks);
  return status == EXIT_FINE && asks ? EXIT_FINDINGS : status;
}

static int outcome(const outbox *o) {
  for (outlet x = 0; x < OUTLET_COUNT; x++)
    if (o->ch[x].resting) return EXIT_WORLD;
  return o->tally[TALLY_REJECTED] || o->tally[TALLY_UNKNOWN] ? EXIT_FINDINGS : EXIT_FINE;
}

static int run(session *s, const plan_file *saved, bool today_given) {
  day_plan plan = {0};
  slice why;
  outbox o = {.w = s->w,
              .s = s->s,
              .perm = s->perm,
              .p = s->c.program,
              .templates = &s->templates,
              .folder = s->a->value[ARG_outbox].given ? s->a->value[ARG_outbox].text : SLICE("outbox"),
              .today = s->today,
              .today_given = today_given,
              .stale_hours = s->a->value[ARG_stale_after].number};
  int status = EXIT_WORLD;
  if (outbox_open(&o, &why)) {
    status = act(s, &o, saved, &plan);
    int printed = status == EXIT_FINE ? summary(s, &o, &plan) : status;
    int came = printed == EXIT_FINE || printed == EXIT_FINDINGS ? outcome(&o) : printed;
    status = came == EXIT_FINE ? printed : came;
  } else {
    (void)COMPLAIN(s, EXIT_WORLD, NOT_SENT, texts_said(s->lang, s->perm, why));
  }
  outbox_close(&o);
  return status;
}

/* --sync: what the ERPs have now comes first, and what customers answered. A run over a ledger that could not be read
 * anew would decide on an old one; so would one that does not know who has answered. */
static int sync_first(session *s) {
  serve_erps erps;
  serve_mail mail;
  slice why;
  bool did = false;
  if (!s->a->value[ARG_sync].given) return EXIT_FINE;
  if (!serve_erps_find(&erps, s->w, s->c.program, s->perm, &why))
    return COMPLAIN(s, EXIT_COMPILE, AS_IT_IS, texts_said(s->lang, s->perm, why));
  if (!serve_mail_find(&mail, s->w, s->c.program, s->perm, &why))
    return COMPLAIN(s, EXIT_COMPILE, AS_IT_IS, texts_said(s->lang, s->perm, why));
  if (erps.count == 0 && !mail.connect) return COMPLAIN(s, EXIT_COMPILE, NO_ERP, s->policy_path);
  bool all = serve_erps_read(&erps, s, true, &did);
  all = serve_mail_read(&mail, s, true, &did) && all;
  serve_erps_close(&erps);
  serve_mail_close(&mail);
  return all ? EXIT_FINE : COMPLAIN(s, EXIT_WORLD, RUN_NOT_SYNCED);
}

int cmd_run(const args *given, world *w) {
  session s = {.w = w, .a = given, .perm = given->perm, .lang = given->lang};
  bool today_given = false;
  plan_file saved;
  args own = *given, *a = &own;
  int status = EXIT_FINE;
  bool is_saved = given->word_count && plan_file_read(&s, given->word[0], &saved, &status);
  if (status != EXIT_FINE) return status;
  if (is_saved) plan_carry_args(a, &saved);
  status = session_compile(&s, a, w, a->word[0]);
  if (status == EXIT_FINE) status = session_templates(&s);
  if (status == EXIT_FINE) status = session_today(&s);
  if (status == EXIT_FINE) status = check_day(&s, &today_given);
  if (status == EXIT_FINE) status = tick_needs(&s);
  if (status == EXIT_FINE) status = session_open(&s);
  if (status == EXIT_FINE) status = sync_first(&s);
  if (status == EXIT_FINE) status = run(&s, is_saved ? &saved : NULL, today_given);
  session_close(&s);
  return status;
}
