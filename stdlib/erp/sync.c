/* A sync: every feed of an ERP, page by page, into the store. See erp.h.
 *
 * Invariants: a page's rows and the place behind it are one transaction, which is open only while rows are put, never
 * while the service is waited for; a sync that ended early is gone on with, not begun again; only one that ended whole
 * tells the gate that the ledger was read in. */
#include "sync.h"

#include <stdio.h>
#include <string.h>

#include "runtime/store/delivery.h"
#include "runtime/store/origin.h"
#include "runtime/store/pages.h"

enum { FIRST_KEY_MAX = 96 };

/* ---- rows ---- */

static size_t column_at(const erp_feed *f, const char *name) {
  size_t i = 0;
  while (i < f->column_count && !slice_eq(f->columns[i].name, slice_of(name))) i++;
  return i;
}

store_code erp_rows(erp_page *p) {
  erp_sync *x = p->sync;
  bool ours = true;
  if (p->rows) return STORE_OK;
  x->source_id = column_at(x->feed, "source_id");
  x->customer = column_at(x->feed, "customer");
  store_code code = x->nested ? STORE_OK : store_begin(x->s);
  if (code == STORE_OK && x->place) code = sync_place_is_ours(x->place, x->scratch, &ours);
  x->other = !ours;
  if (code == STORE_OK && !ours) code = STORE_MISUSE;
  if (code == STORE_OK)
    code = store_writer_open(x->s, x->feed->table, slice_of(x->d->vendor), x->feed->columns, x->feed->column_count,
                             &p->rows);
  x->broken |= code != STORE_OK;
  return code;
}

static void note_reject(erp_sync *x, slice id, const char *why) {
  erp_brought *b = x->brought;
  b->rejected++;
  if (b->reasons == ERP_REASONS_MAX) return;
  b->reason[b->reasons++] = (erp_reason){arena_slice(x->perm, id), arena_copy(x->perm, slice_of(why))};
}

void erp_reject(erp_page *p, slice id, const char *why) {
  if (p->rows) store_put_nothing(p->rows);
  p->sync->brought->rows++;
  note_reject(p->sync, id, why);
}

static slice text_of(const erp_page *p, size_t column) {
  return column < p->sync->feed->column_count ? store_put_text_at(p->rows, column) : (slice){0};
}

store_code erp_put(erp_page *p) {
  erp_sync *x = p->sync;
  erp_brought *b = x->brought;
  store_put outcome;
  slice id = text_of(p, x->source_id), customer = text_of(p, x->customer);
  store_code code = store_put_row(p->rows, &outcome);
  if (code != STORE_OK) {
    x->broken = true;
    return code;
  }
  b->rows++;
  switch (outcome) {
  case STORE_PUT_NEW: b->added++; break;
  case STORE_PUT_CHANGED: b->changed++; break;
  case STORE_PUT_UNCHANGED: b->unchanged++; break;
  case STORE_PUT_REPEATED: note_reject(x, id, "its number is on this page already"); break;
  case STORE_PUT_NO_CUSTOMER:
    note_reject(x, id, "its customer is not in the store");
    if (!x->place) x->unknown = arena_slice(x->perm, customer);
    break;
  case STORE_PUT_ERASED: note_reject(x, id, "its customer was erased from the store and does not come back"); break;
  case STORE_PUT_NO_ENTITY: note_reject(x, id, "what it is about is not in the store"); break;
  }
  return STORE_OK;
}

/* ---- one transaction ---- */

store_code sync_keep(erp_sync *x) {
  store_writer_close(x->page.rows);
  x->page.rows = NULL;
  for (int h = 0; x->noticed && h < STORE_HAPPENING_COUNT; h++)
    x->noticed[h] += store_noticed(x->s, (store_happening)h);
  store_code code = x->nested ? STORE_OK : store_commit(x->s);
  x->broken |= code != STORE_OK;
  return code;
}

void sync_drop(erp_sync *x) {
  store_writer_close(x->page.rows);
  x->page.rows = NULL;
  if (!x->nested) store_rollback(x->s);
}

erp_code sync_broken(erp_sync *x, erp_failure *f) {
  f->why = x->other ? SLICE("another sync is at work in this store: wait until it has ended")
                    : arena_slice(x->perm, slice_of(store_why(x->s)->text));
  f->wait_s = 0;
  return ERP_FAILED;
}

/* ---- pages ---- */

static bool is_whole(const erp_sync *x) { return x->place->since.n == 0; }

/* After the rows of a page: where the next one begins, or what comes after the last. */
static store_code move_on(erp_sync *x, const erp_page *p, erp_code code, int64_t today) {
  sync_place *at = x->place;
  bool last = code == ERP_END, looks = is_whole(x) && sync_can_be_gone(x);
  slice next = at->pages == 0 && p->mark.n ? p->mark : at->next;
  store_code stored = STORE_OK;
  if (looks) {
    slice seen = store_writer_met(p->rows, x->scratch);
    if (seen.n) stored = sync_place_saw(at, seen);
  }
  if (stored != STORE_OK) return stored;
  if (last && !looks) {
    stored = sync_place_move(at, SYNC_PAGES, at->pages + 1, at->since, next, (slice){0});
    return stored == STORE_OK ? sync_place_end(at, is_whole(x) ? today : 0) : stored;
  }
  return sync_place_move(at, last ? SYNC_GONE : SYNC_PAGES, at->pages + 1, at->since, next,
                         last ? (slice){0} : p->cursor);
}

static erp_code one_page(erp_sync *x, int64_t today, erp_failure *f) {
  erp_brought before = *x->brought;
  sync_place *at = x->place;
  arena_reset(x->scratch);
  x->page = (erp_page){
      .feed = (size_t)(x->feed - x->d->feeds), .since = at->since, .cursor = at->place, .sync = x, .perm = x->scratch};
  erp_code code = x->d->page(x->e, &x->page, f);
  bool read = code == ERP_MORE || code == ERP_END;
  if (read && !x->broken && erp_rows(&x->page) == STORE_OK) {
    const erp_page *p = &x->page;
    if (!sync_place_fits(at->since, p->mark, p->cursor)) {
      f->why = SLICE("the place of the next page is too long to be kept");
      code = ERP_FAILED;
    } else {
      x->broken |= move_on(x, p, code, today) != STORE_OK;
    }
    if (!x->broken && code != ERP_FAILED && sync_keep(x) == STORE_OK) {
      x->brought->pages++;
      return code;
    }
  }
  sync_drop(x);
  *x->brought = before;
  if (x->broken) return sync_broken(x, f);
  f->why = arena_slice(x->perm, f->why);
  return code;
}

/* A round over a feed: goes on where one was left, else begins. */
static erp_code begin_round(erp_sync *x, bool whole, int64_t today, erp_failure *f) {
  sync_place *at = x->place;
  if (sync_place_load(at, x->s, x->d->vendor, x->feed->name, x->scratch) != STORE_OK) return sync_broken(x, f);
  bool old = today - at->whole_on >= ERP_WHOLE_DAYS;
  if (at->stage != SYNC_IDLE && !(whole && at->since.n)) {
    x->resumed |= at->pages > 0 || at->stage == SYNC_GONE;
    return ERP_MORE;
  }
  bool again = (whole || old) && x->feed->table != STORE_T_happening; /* what happened is told of once */
  slice since = again || !x->feed->by_change ? (slice){0} : at->mark;
  if (store_begin(x->s) != STORE_OK) return sync_broken(x, f);
  store_code code = sync_place_move(at, SYNC_PAGES, 0, since, (slice){0}, (slice){0});
  if (code == STORE_OK) code = store_commit(x->s);
  if (code == STORE_OK) return ERP_MORE;
  store_rollback(x->s);
  return sync_broken(x, f);
}

static erp_code one_feed(erp_sync *x, world *w, const erp_sync_options *o, int64_t today, erp_failure *f) {
  erp_code code = begin_round(x, o->whole, today, f);
  while (code == ERP_MORE && x->place->stage == SYNC_PAGES) {
    if (world_is_to_end(w)) {
      f->why = SLICE("it was asked to end; the next sync goes on from there");
      return ERP_LATER;
    }
    code = one_page(x, today, f);
    if (o->at && (code == ERP_MORE || code == ERP_END)) o->at(o->self, x->feed, x->brought->rows, x->page.of);
    if (code == ERP_END && x->place->stage == SYNC_GONE) code = ERP_MORE;
    if (code == ERP_MORE && o->enough && o->enough(o->self)) return ERP_MORE;
  }
  if (code == ERP_MORE && x->place->stage == SYNC_GONE) code = sync_gone(x, o, f);
  if (code != ERP_END || x->place->stage != SYNC_GONE) return code;
  if (store_begin(x->s) != STORE_OK) return sync_broken(x, f);
  store_code stored = sync_place_end(x->place, today);
  if (stored == STORE_OK) stored = store_commit(x->s);
  if (stored == STORE_OK) return ERP_END;
  store_rollback(x->s);
  return sync_broken(x, f);
}

/* ---- all feeds ---- */

static slice first_key(const erp_driver *d, char room[FIRST_KEY_MAX]) {
  int n = snprintf(room, FIRST_KEY_MAX, "sync %s first", d->vendor);
  return (slice){room, (size_t)n};
}

/* Whether the ledger was ever there in whole before; the answer stays the same until this sync has ended whole. */
static store_code is_first(erp_sync *x, bool *first) {
  char room[FIRST_KEY_MAX];
  bool any;
  slice value;
  store_code code = store_state_get(x->s, first_key(x->d, room), x->scratch, &value);
  *first = code == STORE_OK;
  if (code != STORE_END) return code;
  code = store_has_rows(x->s, STORE_T_invoice, &any);
  if (code != STORE_OK || any) return code;
  *first = true;
  code = store_begin(x->s);
  if (code == STORE_OK) code = store_state_set(x->s, first_key(x->d, room), SLICE("yes"));
  if (code == STORE_OK) code = store_commit(x->s);
  if (code != STORE_OK) store_rollback(x->s);
  return code;
}

static store_code note_in_audit(erp_sync *x, const erp_report *r, bool whole) {
  uint64_t added = 0, changed = 0, gone = 0, rejected = 0, noticed = 0;
  for (size_t i = 0; i < r->count; i++) {
    added += r->feed[i].added;
    changed += r->feed[i].changed;
    gone += r->feed[i].gone;
    rejected += r->feed[i].rejected;
  }
  for (int h = 0; h < STORE_HAPPENING_COUNT; h++) noticed += r->noticed[h];
  if (added + changed + gone + noticed == 0) return STORE_OK;
  store_event e = {.kind = SLICE("sync"), .actor = SLICE("dun"), .subject = slice_of(x->d->vendor)};
  e.detail = arena_printf(x->perm,
                          "{\"new\":%llu,\"changed\":%llu,\"gone\":%llu,\"rejected\":%llu,\"noticed\":%llu,"
                          "\"ended\":\"%s\"}",
                          (unsigned long long)added, (unsigned long long)changed, (unsigned long long)gone,
                          (unsigned long long)rejected, (unsigned long long)noticed, whole ? "whole" : "early");
  return store_audit_append(x->s, &e);
}

/* What is said of the sync as a whole: in the audit log, and, where it ended whole, to the gate. */
static store_code end_sync(erp_sync *x, const erp_report *r, bool whole, int64_t begun_us) {
  char room[FIRST_KEY_MAX];
  store_code code = store_begin(x->s);
  if (code == STORE_OK) code = note_in_audit(x, r, whole);
  if (code == STORE_OK && whole) code = store_state_set(x->s, first_key(x->d, room), (slice){0});
  if (code == STORE_OK && whole) code = store_synced(x->s);
  if (code == STORE_OK && whole && !x->resumed) code = store_synced_from_set(x->s, slice_of(x->d->vendor), begun_us);
  if (code == STORE_OK) code = store_commit(x->s);
  if (code != STORE_OK) store_rollback(x->s);
  return code;
}

static erp_code all_feeds(erp_sync *x, world *w, const erp_sync_options *options, erp_report *r) {
  erp_sync_options now = *options;
  const erp_sync_options *o = &now;
  int64_t today = w->now_ns(w) / 1000000000 / 86400, begun_us = store_now_us(x->s);
  erp_code code = ERP_END;
  bool first;
  if (is_first(x, &first) != STORE_OK) return sync_broken(x, &r->failure);
  if (first) now.enough = NULL;
  store_pages(x->s, first ? STORE_FIRST_PAGES : STORE_MORE_PAGES);
  for (size_t i = 0; i < r->count && code == ERP_END; i++) {
    x->feed = r->feed[i].feed;
    x->brought = &r->feed[i];
    code = one_feed(x, w, o, today, &r->failure);
  }
  store_pages(x->s, STORE_NO_PAGES);
  if (end_sync(x, r, code == ERP_END, begun_us) != STORE_OK && code == ERP_END) code = sync_broken(x, &r->failure);
  return code;
}

/* The driver with the feeds that this connection has. */
static erp_driver with_feeds(const erp_driver *d, const erp *e) {
  erp_driver its = *d;
  if (d->feeds_of) its.feeds = d->feeds_of(e, &its.feed_count);
  return its;
}

erp_code erp_sync_all(world *w, store *s, const erp_driver *driver, erp *e, const erp_sync_options *o, arena *perm,
                      erp_report *report) {
  const erp_driver its = with_feeds(driver, e), *d = &its;
  *report = (erp_report){.feed = ARENA_ARRAY(perm, d->feed_count, erp_brought), .count = d->feed_count};
  for (size_t i = 0; i < d->feed_count; i++) report->feed[i] = (erp_brought){.feed = &d->feeds[i]};
  if (d->bring) return d->bring(e, s, o, perm, report);
  sync_place place = {.s = s};
  erp_sync x = {
      .s = s, .d = d, .e = e, .perm = perm, .scratch = arena_new(), .noticed = report->noticed, .place = &place};
  erp_code code = all_feeds(&x, w, o, report);
  arena_free(x.scratch);
  return code;
}

/* ---- one row ---- */

/* *unknown: the customer that the row names and the store lacks. */
static erp_code read_row(store *s, const erp_driver *d, erp *e, const erp_feed *feed, slice source_id, bool *there,
                         arena *perm, slice *unknown, erp_failure *f) {
  erp_brought brought = {.feed = feed};
  erp_sync x = {.s = s,
                .d = d,
                .e = e,
                .perm = perm,
                .scratch = arena_new(),
                .feed = feed,
                .brought = &brought,
                .nested = store_in_transaction(s)};
  store_pages(s, STORE_MORE_PAGES);
  erp_code code = sync_read_row(&x, source_id, there, f);
  if (code == ERP_END && sync_keep(&x) != STORE_OK) code = sync_broken(&x, f);
  if (code != ERP_END) sync_drop(&x);
  if (code == ERP_END && brought.rejected) {
    f->why = slice_of(brought.reason[0].text);
    code = ERP_FAILED;
  }
  store_pages(s, STORE_NO_PAGES);
  f->why = arena_slice(perm, f->why);
  *unknown = x.unknown;
  arena_free(x.scratch);
  return code;
}

static const erp_feed *feed_of(const erp_driver *d, store_table table) {
  for (size_t i = 0; i < d->feed_count; i++)
    if (d->feeds[i].table == table) return &d->feeds[i];
  return NULL;
}

bool erp_reads_alone(const erp_driver *driver, const erp *e, store_table table) {
  const erp_driver its = with_feeds(driver, e);
  const erp_feed *feed = feed_of(&its, table);
  return feed && its.read && !feed->never_alone;
}

erp_code erp_read_again(store *s, const erp_driver *driver, erp *e, store_table table, slice source_id, bool *there,
                        arena *perm, erp_failure *f) {
  const erp_driver its = with_feeds(driver, e), *d = &its;
  const erp_feed *feed = feed_of(d, table), *customers = feed_of(d, STORE_T_customer);
  slice unknown, nobody;
  bool known;
  *f = (erp_failure){{0}, 0};
  *there = false;
  if (!feed || !d->read || feed->never_alone) {
    f->why = arena_printf(perm, "%s gives no single %s", d->words, store_table_name(table));
    return ERP_FAILED;
  }
  erp_code code = read_row(s, d, e, feed, source_id, there, perm, &unknown, f);
  if (code != ERP_FAILED || !unknown.n || !customers || customers->never_alone || feed == customers) return code;
  /* A new row of a new customer. */
  code = read_row(s, d, e, customers, unknown, &known, perm, &nobody, f);
  return code == ERP_END ? read_row(s, d, e, feed, source_id, there, perm, &unknown, f) : code;
}
