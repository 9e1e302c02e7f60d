/* See serve_erp.h. */
#include "serve_erp.h"

#include "runtime/store/checks.h"
#include "runtime/store/hooks.h"
#include "stdlib/net/settings.h"

static const int64_t MINUTE_US = 60000000;

static int64_t now_us(const session *s) { return s->w->now_ns(s->w) / 1000; }

bool serve_erps_find(serve_erps *x, world *w, const program *p, arena *perm, slice *why) {
  *x = (serve_erps){.count = 0};
  for (uint32_t i = 0; i < p->connection_count; i++) {
    const connection *c = p->connections + i;
    slice value, variable;
    if (!slice_eq(c->kind, SLICE("erp"))) continue;
    const erp_driver *d = erp_driver_of(c->vendor);
    if (!d || x->count == SERVE_ERPS_MAX) continue; /* nothing in this program speaks to it */
    int64_t every = SERVE_SYNC_MINUTES * MINUTE_US;
    if (connection_setting(w, c, "interval", &value, &variable)) every = setting_interval_us(value);
    if (every == 0) {
      *why = arena_printf(perm, "`interval` of the connect line of %.*s is a time such as \"5 minutes\"",
                          SLICE_ARG(c->vendor));
      return false;
    }
    x->v[x->count++] = (serve_erp){.connect = c, .driver = d, .every_us = every};
  }
  return true;
}

static void close_one(serve_erp *x) {
  if (x->open) x->driver->close(x->open);
  if (x->perm) arena_free(x->perm);
  x->open = NULL;
  x->perm = NULL;
}

void serve_erps_close(serve_erps *x) {
  for (size_t i = 0; i < x->count; i++) close_one(&x->v[i]);
  x->count = 0;
}

/* The page shows it, too; where the store itself fails nothing more can be said there. */
static void keep(const serve_erp *x, session *s, slice why) {
  slice what = arena_printf(s->perm, "erp %.*s", SLICE_ARG(x->connect->vendor));
  if (store_line_failed(s->s, what, why) != STORE_OK)
    SAY(s, WORLD_STDERR, SERVE_ERP_FAILS, what, slice_of(store_why(s->s)->text));
}

/* A failure is said once, until it is over. */
static bool failed(serve_erp *x, session *s, slice why) {
  keep(x, s, why);
  if (!x->failing) SAY(s, WORLD_STDERR, SERVE_ERP_FAILS, slice_of(x->driver->words), texts_said(s->lang, s->perm, why));
  x->failing = true;
  return false;
}

static void fine(serve_erp *x, session *s) {
  keep(x, s, (slice){0});
  if (x->failing) SAY(s, WORLD_STDERR, SERVE_ERP_IS_BACK, slice_of(x->driver->words));
  x->failing = false;
}

static bool open_one(serve_erp *x, session *s, bool patient) {
  slice why = {0};
  if (x->open && now_us(s) - x->opened_us > SERVE_OPEN_MINUTES * MINUTE_US) close_one(x);
  if (x->open) return true;
  x->perm = arena_new();
  x->open = x->driver->open(s->w, x->perm, x->connect, &why);
  x->opened_us = now_us(s);
  if (x->open && x->driver->patience && !patient) x->driver->patience(x->open, SERVE_PATIENCE_SECONDS);
  if (x->open) return true;
  why = arena_slice(s->perm, why);
  close_one(x);
  return failed(x, s, why);
}

erp *serve_erps_lend(void *self, const connection *c) {
  serve_erps *x = self;
  for (size_t i = 0; i < x->count; i++)
    if (slice_eq(x->v[i].connect->vendor, c->vendor)) return x->v[i].open;
  return NULL;
}

/* ---- rows alone ---- */

static store_table table_of(slice name) {
  if (slice_eq(name, SLICE("customer"))) return STORE_T_customer;
  return slice_eq(name, SLICE("contract")) ? STORE_T_contract : STORE_T_invoice;
}

/* The row, then that it was read: what dies between reads it once more. *later: the ERP is not to be asked for more
 * now. */
static bool read_one(serve_erp *x, session *s, const store_recheck *r, bool *later) {
  erp_failure f = {0};
  bool there;
  int64_t tries_us = MINUTE_US << (r->tries < 6 ? r->tries : 6);
  erp_code code = erp_read_again(s->s, x->driver, x->open, table_of(r->of), r->source_id, &there, s->perm, &f);
  store_code stored = store_begin(s->s);
  if (stored == STORE_OK && code == ERP_END) stored = store_recheck_done(s->s, r);
  if (stored == STORE_OK && code != ERP_END) {
    int64_t wait = f.wait_s > 0 ? f.wait_s * 1000000 : tries_us;
    if (wait > SERVE_RECHECK_MINUTES_MAX * MINUTE_US) wait = SERVE_RECHECK_MINUTES_MAX * MINUTE_US;
    stored = store_recheck_later(s->s, r, now_us(s) + wait);
  }
  if (stored == STORE_OK)
    stored = store_commit(s->s);
  else
    store_rollback(s->s);
  *later = code == ERP_LATER || stored != STORE_OK;
  if (stored != STORE_OK) return failed(x, s, slice_of(store_why(s->s)->text));
  return code == ERP_END || failed(x, s, f.why);
}

static bool out_of_time(const serve_erps *all, const session *s) { return all->until_us && now_us(s) >= all->until_us; }

/* Those that only changed wait for a sync where they are many: it reads them by the page. */
static bool read_rows(const serve_erps *all, serve_erp *x, session *s, bool *did) {
  store_recheck *v = ARENA_ARRAY(s->perm, SERVE_RECHECKS_MAX, store_recheck);
  size_t n = 0;
  bool later = false;
  int failures = 0;
  store_notice_on(s->s, s->today.day);
  if (!x->driver->read) return true;
  if (store_recheck_next(s->s, x->connect->vendor, now_us(s), s->perm, v, SERVE_RECHECKS_MAX, &n) != STORE_OK)
    return failed(x, s, slice_of(store_why(s->s)->text));
  if (n == SERVE_RECHECKS_MAX) x->next_us = 0;
  if (n && !open_one(x, s, all->until_us == 0)) return false;
  for (size_t i = 0; i < n && !later && failures < SERVE_FAILURES_MAX && !world_is_to_end(s->w); i++) {
    if (i && out_of_time(all, s)) break;
    if (n == SERVE_RECHECKS_MAX && !v[i].hinted) break;
    failures += !read_one(x, s, &v[i], &later);
    *did = true;
  }
  if (n && failures == 0) fine(x, s);
  return failures == 0;
}

/* ---- whole syncs ---- */

typedef struct syncing {
  const serve_erps *all;
  session *s;
} syncing;

static void step(void *self, const erp_feed *feed, uint64_t done, uint64_t of) {
  const syncing *y = self;
  world *w = y->s->w;
  (void)feed;
  (void)done;
  (void)of;
  if (w->notify) w->notify(w, "WATCHDOG=1");
}

static bool enough(void *self) {
  const syncing *y = self;
  return out_of_time(y->all, y->s);
}

/* What it brought, where it brought anything. */
static void say_brought(serve_erp *x, session *s, const erp_report *r) {
  uint64_t added = 0, changed = 0, gone = 0, rejected = 0;
  for (size_t i = 0; i < r->count; i++) {
    added += r->feed[i].added;
    changed += r->feed[i].changed;
    gone += r->feed[i].gone;
    rejected += r->feed[i].rejected;
  }
  if (added + changed + gone + rejected == 0) return;
  SAY(s, WORLD_STDERR, SERVE_SYNCED, slice_of(x->driver->words), texts_number(s->perm, added),
      texts_number(s->perm, changed), texts_number(s->perm, gone), texts_number(s->perm, rejected));
}

static bool sync(const serve_erps *all, serve_erp *x, session *s, bool *did) {
  erp_report report;
  syncing y = {all, s};
  erp_sync_options o = {.at = step,
                        .self = &y,
                        .enough = enough,
                        .rejects_folder = session_rejects_folder(s->a),
                        .say = texts_say,
                        .say_self = &s->lang};
  int64_t begun = store_now_us(s->s);
  x->next_us = now_us(s) + x->every_us;
  if (!open_one(x, s, all->until_us == 0)) return false;
  store_notice_on(s->s, s->today.day);
  *did = true;
  erp_code code = erp_sync_all(s->w, s->s, x->driver, x->open, &o, s->perm, &report);
  say_brought(x, s, &report);
  if (code == ERP_MORE) { /* there is time for more of it in the tick after the next: some ERPs answer the same question
                             only a minute later */
    x->next_us = now_us(s) + MINUTE_US;
    fine(x, s);
    return true;
  }
  if (code == ERP_LATER && report.failure.wait_s > 0) x->next_us = now_us(s) + report.failure.wait_s * 1000000;
  if (code != ERP_END) return world_is_to_end(s->w) || failed(x, s, report.failure.why);
  store_code stored = store_begin(s->s);
  if (stored == STORE_OK) stored = store_recheck_synced(s->s, x->connect->vendor, begun, !x->driver->read);
  if (stored == STORE_OK) stored = store_commit(s->s);
  if (stored != STORE_OK) store_rollback(s->s);
  fine(x, s);
  return true;
}

/* One that cannot be reached for its rows is not asked for everything in the same tick. */
static bool read_one_erp(const serve_erps *all, serve_erp *e, session *s, bool now, bool *did) {
  bool rows = read_rows(all, e, s, did);
  if (!now && (!rows || out_of_time(all, s))) return rows;
  if (now || e->next_us <= now_us(s)) return sync(all, e, s, did) && rows;
  return rows;
}

bool serve_erps_read(serve_erps *x, session *s, bool now, bool *did) {
  bool all = true;
  size_t first = x->count ? x->turn % x->count : 0;
  x->until_us = now ? 0 : now_us(s) + SERVE_READ_SECONDS * INT64_C(1000000);
  for (size_t i = 0; i < x->count && !world_is_to_end(s->w); i++) {
    size_t at = (first + i) % x->count;
    if (i && out_of_time(x, s)) {
      x->turn = at;
      break;
    }
    all &= read_one_erp(x, &x->v[at], s, now, did);
  }
  return all;
}
