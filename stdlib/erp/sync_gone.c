/* Rows of the store that a round over everything did not meet: paid and off the ERP's list, or deleted there. Each is
 * read alone; what the ERP does not have any more is settled here.
 *
 * Invariant: a row is settled only where the ERP itself said that it does not have it. */
#include <stdio.h>

#include "runtime/store/pages.h"
#include "sync.h"

enum { MANY = 100 }; /* rows that are gone at once: more, and most of all, are another company's */

typedef struct missed {
  int64_t row;
  slice source_id;
} missed;

typedef struct missed_list {
  missed *v;
  size_t n, room;
} missed_list;

static const char *row_column(store_table table) {
  if (table == STORE_T_invoice) return "invoice_row";
  return table == STORE_T_contract ? "contract_row" : NULL;
}

/* Of several feeds of a table the first one has all its rows. */
bool sync_can_be_gone(const erp_sync *x) {
  for (const erp_feed *f = x->d->feeds; f < x->feed; f++)
    if (f->table == x->feed->table) return false;
  return x->d->read && !x->feed->never_alone && row_column(x->feed->table);
}

static void add(missed_list *l, arena *perm, missed m) {
  if (l->n == l->room) {
    l->room = l->room ? l->room * 2 : 64;
    missed *v = ARENA_ARRAY(perm, l->room, missed);
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
  }
  l->v[l->n++] = m;
}

/* ---- settling ---- */

/* The key of the row that the ERP calls so; empty: the store has none. */
static store_code number_of(erp_sync *x, slice source_id, slice *number) {
  const slice columns[] = {SLICE("number")};
  const store_where where[] = {{"source_id", STORE_EQ, 0, source_id}};
  store_query q = {.table = x->feed->table,
                   .any_order = true,
                   .columns = columns,
                   .column_count = 1,
                   .where = where,
                   .where_count = 1};
  store_cursor *c;
  *number = (slice){0};
  store_code code = store_scan(x->s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW) *number = arena_slice(x->scratch, store_text(c, 0));
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* A deleted receivable is cancelled, or paid where the feed has what is open alone; a deleted contract has ended. */
static store_code settle(erp_sync *x, slice source_id) {
  const store_written columns[] = {{SLICE("number"), false}, {SLICE("status"), false}, {SLICE("open"), false}};
  bool invoice = x->feed->table == STORE_T_invoice, paid = invoice && x->feed->paid_when_gone;
  slice number;
  store_writer *w;
  store_put outcome = STORE_PUT_UNCHANGED;
  store_code code = number_of(x, source_id, &number);
  if (code != STORE_OK || number.n == 0) return code;
  code = store_writer_open(x->s, x->feed->table, slice_of(x->d->vendor), columns, paid ? 3 : 2, &w);
  if (code != STORE_OK) return code;
  store_put_text(w, 0, number);
  store_put_text(w, 1, paid ? SLICE("paid") : invoice ? SLICE("cancelled") : SLICE("ended"));
  if (paid) store_put_int(w, 2, 0);
  code = store_put_row(w, &outcome);
  store_writer_close(w);
  x->brought->gone += code == STORE_OK && outcome == STORE_PUT_CHANGED;
  return code;
}

erp_code sync_read_row(erp_sync *x, slice source_id, bool *there, erp_failure *f) {
  *there = false;
  x->page = (erp_page){.feed = (size_t)(x->feed - x->d->feeds), .sync = x, .perm = x->scratch};
  erp_code code = x->d->read(x->e, &x->page, source_id, there, f);
  if (x->broken) return sync_broken(x, f);
  if (code != ERP_END) return code;
  if (erp_rows(&x->page) != STORE_OK) return sync_broken(x, f);
  if (*there || !row_column(x->feed->table)) return ERP_END;
  if (settle(x, source_id) == STORE_OK) return ERP_END;
  x->broken = true;
  return sync_broken(x, f);
}

/* ---- what was missed ---- */

static int64_t place_row(const sync_place *p) {
  int64_t n = 0;
  for (size_t i = 0; i < p->place.n; i++) n = n * 10 + (p->place.p[i] - '0');
  return n;
}

/* Rows that came from this ERP, can still matter, and were on no page. */
static store_code find_missed(erp_sync *x, arena *perm, missed_list *out, size_t *met) {
  bool invoice = x->feed->table == STORE_T_invoice;
  const slice columns[] = {slice_of(row_column(x->feed->table)), SLICE("source_id"), SLICE("status")};
  const store_where where[] = {{"source", STORE_EQ, 0, slice_of(x->d->vendor)},
                               {columns[0].p, STORE_GT, place_row(x->place), {0}}};
  store_query q = {.table = x->feed->table,
                   .any_order = true,
                   .columns = columns,
                   .column_count = 3,
                   .where = where,
                   .where_count = 2};
  row_set seen = {0};
  store_cursor *c = NULL;
  store_code code = sync_place_seen(x->place, &seen, x->scratch);
  if (code == STORE_OK) code = store_scan(x->s, &q, &c);
  while (code == STORE_OK && (code = store_next(c)) == STORE_ROW) {
    slice status = store_text(c, 2);
    bool matters = invoice ? slice_eq(status, SLICE("open"))
                           : slice_eq(status, SLICE("active")) || slice_eq(status, SLICE("paused"));
    code = STORE_OK;
    if (!matters) continue;
    if (row_set_has(&seen, store_int(c, 0)))
      ++*met;
    else
      add(out, perm, (missed){store_int(c, 0), arena_slice(perm, store_text(c, 1))});
  }
  store_cursor_close(c);
  row_set_free(&seen);
  return code == STORE_END ? STORE_OK : code;
}

static erp_code one_missed(erp_sync *x, const missed *m, erp_failure *f) {
  char row[24];
  bool there;
  erp_brought before = *x->brought;
  sync_place *at = x->place;
  arena_reset(x->scratch);
  erp_code code = sync_read_row(x, m->source_id, &there, f);
  int n = snprintf(row, sizeof row, "%lld", (long long)m->row);
  if (code == ERP_END &&
      (sync_place_move(at, SYNC_GONE, at->pages, at->since, at->next, (slice){row, (size_t)n}) != STORE_OK ||
       sync_keep(x) != STORE_OK))
    code = sync_broken(x, f);
  if (code == ERP_END) return ERP_END;
  sync_drop(x);
  *x->brought = before;
  f->why = arena_slice(x->perm, f->why);
  return code;
}

erp_code sync_gone(erp_sync *x, const erp_sync_options *o, erp_failure *f) {
  arena *perm = arena_new();
  missed_list l = {0};
  size_t met = 0;
  erp_code code = find_missed(x, perm, &l, &met) == STORE_OK ? ERP_END : sync_broken(x, f);
  if (code == ERP_END && !x->feed->open_only && !o->whole && l.n > MANY && l.n > met) {
    f->why =
        arena_printf(x->perm,
                     "%zu rows of the store are not among what it has, more than are: are key and address those of "
                     "the same company? If this is right, dun sync --whole settles them",
                     l.n);
    code = ERP_FAILED;
  }
  for (size_t i = 0; i < l.n && code == ERP_END; i++) {
    code = one_missed(x, &l.v[i], f);
    if (o->at && code == ERP_END) o->at(o->self, x->feed, x->brought->rows + x->brought->gone, 0);
    if (code == ERP_END && i + 1 < l.n && o->enough && o->enough(o->self)) code = ERP_MORE;
  }
  arena_free(perm);
  return code;
}
