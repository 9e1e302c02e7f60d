/* See serve.h. A tick: is anything due; the part of the ledger that it concerns; the day decided and stored for that
 * part (tick.h), with the days on which each of its customers is to be looked at next; then the messages. */
#include "serve.h"

#include "lang/base/text.h"
#include "lang/base/tz.h"
#include "runtime/engine/next_due.h"
#include "runtime/outbox/agreement.h"
#include "runtime/outbox/approve.h"
#include "runtime/serve/inbox.h"
#include "runtime/store/agenda.h"
#include "runtime/store/backup.h"
#include "runtime/store/hooks.h"
#include "runtime/store/looks.h"
#include "runtime/store/pause.h"

enum { RECOVER_MINUTES = 10, BACK_MAX = 64 };
static const int64_t MINUTE_US = 60000000;

store_code serve_begin(server *v, const session *base, store *s) {
  *v = (server){.base = *base, .s = s, .day = DATE_NONE_DAY, .version = -1};
  store_code code = store_begin(s);
  if (code == STORE_OK) code = store_agenda_open(s);
  if (code == STORE_OK) return store_commit(s);
  store_rollback(s);
  return code;
}

void serve_revise(server *v, const session *base) {
  v->base = *base;
  v->whole = true;
  v->version = -1;
  v->began = v->failed_said = false;
}

/* ---- what is to be done ---- */

typedef struct work {
  session s;
  outbox o;
  day_plan plan;
  int32_t minute; /* of the policy's day, as of the tick's beginning */
  bool decide, carry, ramp, recover, whole;
  store_untold back[BACK_MAX]; /* messages that came back, whose other way is to be looked at */
  size_t back_count;
} work;

static store_code find_work(server *v, work *k) {
  store_agenda g;
  int64_t version, now = v->base.w->now_ns(v->base.w) / 1000;
  bool every = false;
  store_ramp r;
  store_code code = k->s.today.day == v->day ? STORE_OK : agreements_wake(v->s, k->s.today);
  if (code == STORE_OK) code = store_agenda_look(v->s, k->s.today.day, &g);
  if (code == STORE_OK) code = store_changed(v->s, &version);
  if (code == STORE_OK) code = next_due_every(k->s.c.program, v->s, k->s.today, k->minute, &every);
  if (code != STORE_OK) return code;
  code = store_ramp_open(v->s, k->s.perm, &r);
  k->ramp = code == STORE_OK;
  if (code != STORE_OK && code != STORE_END) return code;
  bool stirred = version != v->version || k->s.today.day != v->day;
  k->whole = g.all || every || v->whole || !v->began || v->crosses;
  k->decide = g.all || every || g.any || !v->began;
  k->carry = g.wake_us <= now || (g.ready && (stirred || now >= v->carry_us)) || k->ramp;
  k->recover = stirred || now >= v->recover_us;
  return STORE_OK;
}

/* ---- the days to come ---- */

static store_code set_days(server *v, work *k) {
  engine *e = k->s.e;
  uint32_t n = e->f->t[ENT_CUSTOMER].n;
  int32_t *days = ARENA_ARRAY(k->s.perm, n + 1, int32_t);
  uint8_t *news = ARENA_ARRAY(k->s.perm, n + 1, uint8_t);
  store_code code = STORE_OK;
  next_due(e, &k->s.events, &k->plan, days, news);
  for (uint32_t c = 0; c < n && code == STORE_OK; c++) {
    int64_t row = e->f->t[ENT_CUSTOMER].store_row[c];
    bool touched = false;
    if (news[c]) {
      code = store_agenda_touch(v->s, row);
      continue;
    }
    code = store_focus_touched(v->s, row, &touched);
    /* What changed today may count from tomorrow on. */
    if (touched && days[c] > k->s.today.day + 1) days[c] = k->s.today.day + 1;
    if (code == STORE_OK) code = store_agenda_set(v->s, row, days[c]);
  }
  return code == STORE_OK && k->whole ? store_agenda_all(v->s, false) : code;
}

/* The currencies of these rows; false: one that the rest of the ledger did not have. */
static bool learn_currencies(server *v, const facts *f, bool whole) {
  bool known = true;
  if (whole) memset(v->ledger_cur, 0, sizeof v->ledger_cur);
  for (uint32_t i = 0; i < f->t[ENT_INVOICE].n; i++) {
    known &= v->ledger_cur[f->cur[i]];
    v->ledger_cur[f->cur[i]] = true;
  }
  for (uint32_t i = 0; i < f->t[ENT_CONTRACT].n; i++) {
    known &= v->ledger_cur[f->contract_cur[i]];
    v->ledger_cur[f->contract_cur[i]] = true;
  }
  return known || whole;
}

/* ---- deciding ---- */

/* Within the transaction. *again: the part was not enough, and nothing of it is to be kept. */
static int decide(server *v, work *k, bool *again) {
  int64_t n;
  bool crosses = false;
  store_code code = store_focus(v->s, k->s.today.day, v->base.w->now_ns(v->base.w) / 1000, k->carry, k->whole, &n);
  if (code == STORE_OK && !k->whole) code = store_focus_crosses(v->s, &crosses);
  if (code == STORE_OK && crosses) {
    v->crosses = *again = true;
    return EXIT_FINE;
  }
  v->looked_at = k->whole ? UINT32_MAX : (uint32_t)n;
  if (code == STORE_OK && !k->whole && n == 0) return EXIT_FINE;
  if (code == STORE_OK) code = store_agenda_clear(v->s);
  if (code != STORE_OK) return tick_failed(&k->s);
  k->s.ledger_cur = k->whole ? NULL : v->ledger_cur;
  int status = tick_decide(&k->s, &k->o, k->minute, &k->plan);
  if (status != EXIT_FINE) return status;
  *again = !learn_currencies(v, k->s.f, k->whole);
  if (*again) return EXIT_FINE;
  if (k->whole) v->crosses = next_due_crosses(k->s.f);
  return set_days(v, k) == STORE_OK ? EXIT_FINE : tick_failed(&k->s);
}

static int decide_and_store(server *v, work *k) {
  for (;;) {
    bool again = false;
    store_code code = store_begin(v->s);
    int status = code == STORE_OK ? decide(v, k, &again) : tick_failed(&k->s);
    if (status == EXIT_FINE && !again && store_commit(v->s) != STORE_OK) status = tick_failed(&k->s);
    if (status == EXIT_FINE && !again) return status;
    store_rollback(v->s);
    store_focus_end(v->s);
    if (status != EXIT_FINE) return status;
    k->whole = true;
  }
}

/* ---- what came from outside ---- */

/* What providers said of messages that were found only later is told now. */
static store_code hear(server *v, session *s) {
  store_untold one;
  size_t n = 0;
  uint32_t told;
  store_code code = store_untold_next(v->s, 0, s->perm, &one, 1, &n);
  if (code != STORE_OK || n == 0) return code;
  code = store_begin(v->s);
  if (code != STORE_OK) return code == STORE_LOCKED ? STORE_OK : code;
  v->version = -1;
  code = inbox_tell(v->s, s->today.day, s->perm, &told);
  if (code == STORE_OK) return store_commit(v->s);
  store_rollback(v->s);
  return code;
}

/* A message that was taken over and came back goes its other way (`or else`), like one that was refused at once. Looked
 * at before the decisions, whose part of the ledger has its customer in it: the refusal touched it. */
static store_code take_other_ways(work *k, store *s) {
  if (!k->s.e || k->back_count == 0) return STORE_OK;
  store_code code = store_begin(s);
  if (code != STORE_OK) return code;
  code = outbox_come_back(&k->o, k->back, k->back_count, k->s.perm);
  if (code == STORE_OK) return store_commit(s);
  store_rollback(s);
  return code;
}

/* ---- a tick ---- */

static void step(void *self, uint32_t done, uint32_t of) {
  world *w = self;
  (void)done;
  (void)of;
  if (w->notify) w->notify(w, "WATCHDOG=1");
}

/* An order of an agreement that the ERP has answered counts at once. */
static store_code hear_agreements(outbox *o) {
  bool any;
  store_code code = agreement_any(o->s, &any);
  if (code != STORE_OK || !any) return code;
  code = store_begin(o->s);
  if (code != STORE_OK) return code == STORE_LOCKED ? STORE_OK : code;
  return outbox_end(o, agreements_answered(o));
}

static int carry(server *v, work *k) {
  k->o.again_us = INT64_MAX;
  store_code code = outbox_ramp(&k->o);
  if (code == STORE_OK && k->s.e) code = outbox_deliver(&k->o, step, k->o.w);
  if (code == STORE_OK) code = hear_agreements(&k->o);
  if (code == STORE_OK) code = outbox_clock_end(&k->o);
  if (code == STORE_OK) code = lineage_mark(k->s.w, v->s, session_store_url(k->s.a));
  if (k->carry || k->o.again_us < v->carry_us) v->carry_us = k->o.again_us;
  return code == STORE_OK ? EXIT_FINE : tick_failed(&k->s);
}

/* One line of what it did: numbers alone. */
static void say(const server *v, work *k) {
  text all = text_new(k->s.perm);
  for (int t = 0; t < TALLY_COUNT; t++)
    if (k->o.tally[t] && t != TALLY_KNOWN)
      text_printf(&all, "%s%u %.*s", all.n ? "; " : "", k->o.tally[t],
                  SLICE_ARG(texts_said(k->s.lang, k->s.perm, slice_of(outbox_tally_words((outbox_tally)t)))));
  if (!all.n) return;
  char day[DATE_TEXT_MAX];
  date_text(k->s.today, LANG_EN, day);
  slice who = v->looked_at == UINT32_MAX ? slice_of(texts_word(k->s.lang, TXT_SERVE_EVERYBODY))
                                         : TEXTS_COUNT(k->s.lang, k->s.perm, SERVE_CUSTOMERS, v->looked_at);
  world_printf(k->s.w, WORLD_STDERR, "%s %02d:%02d  %.*s: %.*s\n", day, k->minute / 60, k->minute % 60, SLICE_ARG(who),
               SLICE_ARG(text_slice(&all)));
}

static int act(server *v, work *k) {
  bool held = false;
  store_code code = outbox_clock_begin(&k->o, &held);
  if (code == STORE_LOCKED) {
    if (!v->locked_said) SAY(&k->s, WORLD_STDERR, SERVE_WAITS_FOR_LOCK);
    v->locked_said = true;
    v->version = -1;
    return EXIT_FINE;
  }
  v->locked_said = false;
  if (code == STORE_OK && !held) code = outbox_lineage_begin(&k->o, session_store_url(k->s.a), &held);
  if (code != STORE_OK) return tick_failed(&k->s);
  if (held) {
    if (!v->held_said) (void)tick_held(&k->s);
    v->held_said = true;
    return EXIT_FINE;
  }
  v->held_said = false;
  if (k->recover) v->recover_us = k->o.w->now_ns(k->o.w) / 1000 + RECOVER_MINUTES * MINUTE_US;
  if (k->recover && outbox_recover(&k->o) != STORE_OK) return tick_failed(&k->s);
  if (k->ramp && outbox_ramp(&k->o) != STORE_OK) return tick_failed(&k->s);
  if (store_untold_next(v->s, 1, k->s.perm, k->back, BACK_MAX, &k->back_count) != STORE_OK) return tick_failed(&k->s);
  int status = k->decide || k->carry ? decide_and_store(v, k) : EXIT_FINE;
  store_focus_pause(v->s, true);
  if (status == EXIT_FINE && take_other_ways(k, v->s) != STORE_OK) status = tick_failed(&k->s);
  if (status == EXIT_FINE) status = carry(v, k);
  store_focus_end(v->s);
  if (status != EXIT_FINE) return status;
  v->began = true;
  if (k->s.e) v->whole = k->plan.guarded.held || k->plan.guarded.asked;
  v->day = k->s.today.day;
  say(v, k);
  return store_changed(v->s, &v->version) == STORE_OK ? EXIT_FINE : tick_failed(&k->s);
}

/* The wall's clock against the steady one since the last tick. */
static store_code watch_clock(server *v, arena *perm) {
  world *w = v->base.w;
  int64_t wall = w->now_ns(w), steady = w->monotonic_ns(w);
  int64_t apart = v->steady_ns ? ((wall - v->wall_ns) - (steady - v->steady_ns)) / 1000 : 0;
  v->wall_ns = wall;
  v->steady_ns = steady;
  if (apart <= CLOCK_JUMP_MINUTES * MINUTE_US && apart >= -CLOCK_JUMP_MINUTES * MINUTE_US) return STORE_OK;
  store_code code = store_begin(v->s);
  if (code == STORE_OK) code = outbox_clock_apart(v->s, apart, perm);
  if (code == STORE_OK) return store_commit(v->s);
  store_rollback(v->s);
  return code;
}

static int open_and_act(server *v, work *k) {
  slice why;
  k->o = (outbox){.w = k->s.w,
                  .s = v->s,
                  .perm = k->s.perm,
                  .p = k->s.c.program,
                  .templates = &k->s.templates,
                  .folder = k->s.a->value[ARG_outbox].given ? k->s.a->value[ARG_outbox].text : SLICE("outbox"),
                  .stale_hours = k->s.a->value[ARG_stale_after].given ? k->s.a->value[ARG_stale_after].number : 0,
                  .erp_lent = serve_erps_lend,
                  .erp_lender = &v->erps,
                  .today = k->s.today,
                  .public_url = v->public_url};
  int status = outbox_open(&k->o, &why) ? act(v, k)
                                        : COMPLAIN(&k->s, EXIT_WORLD, NOT_SENT, texts_said(k->s.lang, k->s.perm, why));
  outbox_close(&k->o);
  return status;
}

/* What people asked to be looked at now (runtime/store/looks.h): an ERP, the mailbox, what is unknown. */
static void take_looks(server *v, arena *perm) {
  slice asked[LOOKS_MAX];
  size_t n = 0;
  if (store_looks_take(v->s, perm, asked, &n) != STORE_OK) return; /* locked: in the next tick */
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < v->erps.count; k++)
      if (slice_eq(asked[i], arena_printf(perm, "erp %.*s", SLICE_ARG(v->erps.v[k].connect->vendor))))
        v->erps.v[k].next_us = 0;
    if (slice_starts(asked[i], SLICE("replies "))) v->mail.next_us = 0;
    v->recover_us = 0;
    v->version = -1;
  }
}

int serve_tick(server *v) {
  arena *perm = arena_new();
  work k = {.s = v->base};
  k.s.perm = perm;
  k.s.s = v->s;
  k.s.again = v->began || v->failed_said;
  v->looked_at = 0;
  take_looks(v, perm);
  int status = watch_clock(v, perm) == STORE_OK ? session_today(&k.s) : EXIT_FINE;
  if (status == EXIT_FINE && v->erps.count) {
    bool did = false;
    (void)serve_erps_read(&v->erps, &k.s, false, &did); /* what failed was said; the gate knows how old the ledger is */
    if (did) v->version = -1;
    status = session_today(&k.s); /* it may have taken a while */
  }
  if (status == EXIT_FINE && v->mail.connect) {
    bool did = false;
    (void)serve_mail_read(&v->mail, &k.s, false, &did);
    if (did) v->version = -1;
    status = session_today(&k.s);
  }
  if (status == EXIT_FINE && hear(v, &k.s) != STORE_OK) status = tick_failed(&k.s);
  if (status == EXIT_FINE) k.minute = tick_minute(&k.s, false);
  if (status == EXIT_FINE && find_work(v, &k) != STORE_OK) status = tick_failed(&k.s);
  bool any = k.decide || k.carry || k.recover;
  if (status == EXIT_FINE && any) status = open_and_act(v, &k);
  v->failed_said = status != EXIT_FINE;
  arena_free(perm);
  return status;
}
