/* See invoices.h. Like customers.c: few rows are gathered and sorted, many are walked along in their order. */
#include "invoices.h"

#include <stdlib.h>

#include "lang/base/date.h"
#include "row_set.h"
#include "search.h"
#include "store_impl.h"

/* What a filter needs of each row that is looked at; the rest is read of those that are shown. */
#define LOOK "i.row, i.number, i.status, i.currency, i.amount, i.due, i.customer_row, i.open"
enum { ROW, NUMBER, STATUS, CURRENCY, AMOUNT, DUE, CUSTOMER, OPEN };

static const char LOOK_ONE[] = "SELECT " LOOK " FROM invoice i WHERE i.row = ?1";

/* By order, then of all (0), of the open ones (1), of one customer (2; by due date alone). ?1, ?2 the key, ?3 the
 * currency or the customer. */
#define DUE_UP "(i.due, i.row) > (?1, ?2) AND ?3 IS NOT NULL ORDER BY i.due, i.row"
#define DUE_DOWN "(i.due, i.row) < (?1, ?2) AND ?3 IS NOT NULL ORDER BY i.due DESC, i.row DESC"
#define AMOUNT_DOWN                                                                                                    \
  "i.currency = ?3 AND (i.amount, i.row) < (?1, ?2) ORDER BY i.currency DESC, i.amount DESC, i.row DESC"
#define NUMBER_UP "i.number > ?1 AND ?2 IS NOT NULL AND ?3 IS NOT NULL ORDER BY i.number"
#define ALL "SELECT " LOOK " FROM invoice i WHERE "
#define OPENS ALL "i.status = 'open' AND "
#define OF_ONE ALL "i.customer_row = ?3 AND "
static const char *const WALK[][3] = {
    [INVOICES_BY_DUE] = {ALL DUE_UP, OPENS DUE_UP,
                         OF_ONE "(i.due, i.row) > (?1, ?2) ORDER BY i.customer_row, i.due, i.row"},
    [INVOICES_BY_DUE_LAST] = {ALL DUE_DOWN, OPENS DUE_DOWN,
                              OF_ONE "(i.due, i.row) < (?1, ?2) ORDER BY i.customer_row DESC, i.due DESC, i.row DESC"},
    [INVOICES_BY_AMOUNT] = {ALL AMOUNT_DOWN, OPENS AMOUNT_DOWN, NULL},
    [INVOICES_BY_NUMBER] = {ALL NUMBER_UP, ALL NUMBER_UP, NULL},
};

typedef struct place {
  int64_t number, row;
  slice name;
} place;

typedef struct listing {
  store *s;
  const invoice_ask *ask;
  const word_query *words;
  arena *perm;
  found_rows shown; /* rows of the page */
  place *at;
  slice next;
} listing;

static bool downward(invoices_by o) { return o == INVOICES_BY_DUE_LAST || o == INVOICES_BY_AMOUNT; }

static place place_of(const listing *l, db_stmt *q) {
  place p = {.row = db_int(q, ROW)};
  switch (l->ask->order) {
  case INVOICES_BY_DUE:
  case INVOICES_BY_DUE_LAST: p.number = db_int(q, DUE); break;
  case INVOICES_BY_AMOUNT: p.number = db_int(q, AMOUNT); break;
  case INVOICES_BY_NUMBER: p.name = db_text(q, NUMBER); break;
  }
  return p;
}

static int compare(invoices_by order, const place *a, const place *b) {
  int d = order == INVOICES_BY_NUMBER ? slice_cmp(a->name, b->name) : (a->number > b->number) - (a->number < b->number);
  if (!d) d = (a->row > b->row) - (a->row < b->row);
  return downward(order) ? -d : d;
}

/* ---- what is asked of a row beside its columns ---- */

#define LAST_SAID(kinds)                                                                                               \
  "(SELECT h.seq FROM happening h WHERE h.entity = i.number AND h.kind IN (" kinds ") ORDER BY h.date DESC, h.seq "    \
  "DESC LIMIT 1)"
#define DISPUTED                                                                                                       \
  "coalesce((SELECT h.kind = 'dispute' FROM happening h WHERE h.seq = " LAST_SAID(                                     \
      "'dispute', 'dispute resolved'") "), i.disputed, 0)"
#define PROMISE "coalesce((SELECT h.day FROM happening h WHERE h.seq = " LAST_SAID("'promise'") "), i.promise)"
#define HELD "EXISTS (SELECT 1 FROM action a WHERE a.kind = 1 AND a.entity = i.number AND a.state = 'held')"
/* The last place of the ladders' own track in the cycle at hand. */
#define LAST_PLACE                                                                                                     \
  " FROM position p WHERE p.kind = 1 AND p.entity = i.number AND p.track = 'ladder' ORDER BY p.cycle DESC, p.place "   \
  "DESC LIMIT 1)"

static const char SPECIAL[] =
    "SELECT " DISPUTED ", " PROMISE " IS NOT NULL OR coalesce(i.promised, 0), " HELD
    ", (SELECT p.\"offset\" FROM position p WHERE p.kind = 1 AND p.entity = i.number AND "
    "p.track = 'ladder' ORDER BY p.cycle DESC, p.place DESC LIMIT 1) FROM invoice i WHERE i.row = "
    "?1";

static store_code is_special(const listing *l, int64_t row, bool *yes) {
  const invoice_ask *a = l->ask;
  db_stmt *q;
  *yes = true;
  if (!a->disputed && !a->promised && !a->held && !a->rung.n) return STORE_OK;
  store_code code = store_prepared(l->s, SPECIAL, &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, row);
  code = db_step(q);
  *yes = code == STORE_ROW && (!a->disputed || db_int(q, 0)) && (!a->promised || db_int(q, 1)) &&
         (!a->held || db_int(q, 2)) && (!a->rung.n || slice_eq(db_text(q, 3), a->rung));
  code = store_ended(l->s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

static bool has_words(const listing *l, slice number) {
  if (l->words->words.n == 0) return true;
  arena *scratch = arena_new();
  word_list all = {.n = 0};
  word_list_add(&all, number, true, scratch);
  bool yes = words_have(words_joined(&all, scratch), l->words);
  arena_free(scratch);
  return yes;
}

static bool fits(const listing *l, db_stmt *q) {
  const invoice_ask *a = l->ask;
  int64_t amount = db_int(q, AMOUNT), due = db_int(q, DUE);
  return (!a->status.n || slice_eq(db_text(q, STATUS), a->status)) &&
         (!a->currency.n || slice_eq(db_text(q, CURRENCY), a->currency)) &&
         (!a->customer_row || db_int(q, CUSTOMER) == a->customer_row) &&
         (a->due_from == DATE_NONE_DAY || due >= a->due_from) && (a->due_to == DATE_NONE_DAY || due <= a->due_to) &&
         (!a->has_least || amount >= a->least) && (!a->has_most || amount <= a->most_amount) &&
         (!a->overdue || (due < a->today && db_int(q, OPEN) > 0 && slice_eq(db_text(q, STATUS), SLICE("open")))) &&
         has_words(l, db_text(q, NUMBER));
}

/* ---- the key ---- */

static slice key_text(const place *p, arena *perm) {
  return arena_printf(perm, "%lld:%lld", (long long)p->number, (long long)p->row);
}

static store_code number_of(listing *l, int64_t row, slice *number) {
  db_stmt *q;
  store_code code = store_prepared(l->s, "SELECT number FROM invoice WHERE row = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, row);
  code = db_step(q);
  *number = code == STORE_ROW ? arena_slice(l->perm, db_text(q, 0)) : (slice){0};
  code = store_ended(l->s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* Behind the page before; else where the range that is asked for begins. */
static store_code key_read(listing *l, place *out) {
  const invoice_ask *a = l->ask;
  bool down = downward(a->order);
  *out = (place){.number = down ? INT64_MAX : INT64_MIN, .row = down ? INT64_MAX : INT64_MIN};
  if (a->order == INVOICES_BY_DUE && a->due_from != DATE_NONE_DAY) out->number = a->due_from;
  if (a->order == INVOICES_BY_DUE_LAST && a->due_to != DATE_NONE_DAY) out->number = a->due_to;
  if (a->order == INVOICES_BY_AMOUNT && a->has_most) out->number = a->most_amount;
  if (!a->after.n) return STORE_OK;
  char *end, *key = arena_copy(l->perm, a->after);
  long long number = strtoll(key, &end, 10), row = *end == ':' ? strtoll(end + 1, &end, 10) : 0;
  if (*end) return store_misuse(l->s, "this is no key of a list", SLICE(""));
  *out = (place){.number = number, .row = row};
  return a->order == INVOICES_BY_NUMBER ? number_of(l, row, &out->name) : STORE_OK;
}

/* Nothing behind it is wanted. */
static bool is_past(const listing *l, const place *p) {
  const invoice_ask *a = l->ask;
  switch (a->order) {
  case INVOICES_BY_DUE:
    return (a->due_to != DATE_NONE_DAY && p->number > a->due_to) || (a->overdue && p->number >= a->today);
  case INVOICES_BY_DUE_LAST: return a->due_from != DATE_NONE_DAY && p->number < a->due_from;
  case INVOICES_BY_AMOUNT: return a->has_least && p->number < a->least;
  case INVOICES_BY_NUMBER: return false;
  }
  return false;
}

/* ---- few ---- */

static void keep(listing *l, place p) {
  found_rows *o = &l->shown;
  size_t at = o->n, room = l->ask->most + 1;
  while (at > 0 && compare(l->ask->order, &p, &l->at[at - 1]) < 0) at--;
  if (at == room) return;
  if (o->n == room) o->n--;
  memmove(o->v + at + 1, o->v + at, (o->n - at) * sizeof *o->v);
  memmove(l->at + at + 1, l->at + at, (o->n - at) * sizeof *l->at);
  o->v[at] = p.row;
  p.name = arena_slice(l->perm, p.name);
  l->at[at] = p;
  o->n++;
}

static store_code gather(listing *l, const found_rows *rows, const place *after) {
  db_stmt *q;
  store_code code = store_prepared(l->s, LOOK_ONE, &q);
  for (size_t i = 0; i < rows->n && code == STORE_OK; i++) {
    bool special = false;
    db_bind_int(q, 1, rows->v[i]);
    code = db_step(q);
    if (code == STORE_ROW && fits(l, q)) {
      place p = place_of(l, q);
      store_code asked = is_special(l, p.row, &special);
      if (special && (!l->ask->after.n || compare(l->ask->order, &p, after) > 0)) keep(l, p);
      if (asked != STORE_OK) code = asked;
    }
    code = store_ended(l->s, q, code);
    if (code == STORE_ROW || code == STORE_END) code = STORE_OK;
  }
  if (code == STORE_OK && l->shown.n > l->ask->most) {
    l->shown.n = l->ask->most;
    l->next = key_text(&l->at[l->shown.n - 1], l->perm);
  }
  return code;
}

/* ---- many ---- */

static store_code walk_from(listing *l, const place *from, db_stmt **q) {
  const invoice_ask *a = l->ask;
  bool one = a->customer_row && a->order <= INVOICES_BY_DUE_LAST;
  int which = one ? 2 : slice_eq(a->status, SLICE("open")) || a->overdue ? 1 : 0;
  store_code code = store_prepared(l->s, WALK[a->order][which], q);
  if (code != STORE_OK) return code;
  if (a->order == INVOICES_BY_NUMBER)
    db_bind_text(*q, 1, from->name);
  else
    db_bind_int(*q, 1, from->number);
  db_bind_int(*q, 2, from->row);
  if (one)
    db_bind_int(*q, 3, a->customer_row);
  else
    db_bind_text(*q, 3, a->currency);
  return STORE_OK;
}

static store_code walk(listing *l, const place *after) {
  db_stmt *q;
  place last = *after;
  store_code code = walk_from(l, after, &q), asked = STORE_OK;
  if (code != STORE_OK) return code;
  for (int looked = 0; (code = db_step(q)) == STORE_ROW && asked == STORE_OK; looked++) {
    bool special = false;
    place p = place_of(l, q);
    if (is_past(l, &p)) break;
    if (l->shown.n == l->ask->most || looked == LIST_LOOKED) {
      l->next = key_text(&last, l->perm);
      break;
    }
    last = (place){.number = p.number, .row = p.row};
    if (fits(l, q)) asked = is_special(l, p.row, &special);
    if (special) l->shown.v[l->shown.n++] = p.row;
  }
  code = store_ended(l->s, q, code);
  if (asked != STORE_OK) return asked;
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* ---- which way ---- */

#define BY_NUMBER(from, where) "SELECT i.row FROM " from " CROSS JOIN invoice i ON i.number = " where " LIMIT ?1"
static const char OF_CUSTOMER[] = "SELECT row FROM invoice WHERE customer_row = ?2 LIMIT ?1";
static const char OF_HELD[] = BY_NUMBER("action x", "x.entity WHERE x.kind = 1 AND x.state = 'held'");
static const char OF_RUNG[] =
    BY_NUMBER("position x", "x.entity WHERE x.kind = 1 AND x.track = 'ladder' AND x.\"offset\" = ?2");
static const char OF_DISPUTED[] = "SELECT * FROM (SELECT row FROM invoice WHERE disputed = 1 UNION ALL SELECT i.row "
                                  "FROM happening x CROSS JOIN invoice i ON i.number = x.entity WHERE x.kind = "
                                  "'dispute') LIMIT ?1";
static const char OF_PROMISED[] = "SELECT * FROM (SELECT row FROM invoice WHERE promised = 1 OR promise IS NOT NULL "
                                  "UNION ALL SELECT i.row FROM happening x CROSS JOIN invoice i ON i.number = x.entity "
                                  "WHERE x.kind = 'promise') LIMIT ?1";

static store_code few(listing *l, const char *sql, found_rows *out) {
  db_stmt *q;
  row_set seen = {0};
  size_t rows = 0;
  *out = (found_rows){.v = ARENA_ARRAY(l->perm, LIST_GATHERED + 2, int64_t)};
  store_code code = store_prepared(l->s, sql, &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, LIST_GATHERED + 1);
  if (sql == OF_CUSTOMER) db_bind_int(q, 2, l->ask->customer_row);
  if (sql == OF_RUNG) db_bind_text(q, 2, l->ask->rung);
  for (; (code = db_step(q)) == STORE_ROW; rows++) {
    if (row_set_has(&seen, db_int(q, 0))) continue;
    row_set_add(&seen, db_int(q, 0));
    out->v[out->n++] = db_int(q, 0);
  }
  row_set_free(&seen);
  out->more = rows > LIST_GATHERED;
  code = store_ended(l->s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

static store_code all_few(listing *l, found_rows *rows) {
  const invoice_ask *a = l->ask;
  const char *const sql[] = {a->held ? OF_HELD : NULL, a->customer_row ? OF_CUSTOMER : NULL, a->rung.n ? OF_RUNG : NULL,
                             a->disputed ? OF_DISPUTED : NULL, a->promised ? OF_PROMISED : NULL};
  store_code code = STORE_OK;
  *rows = (found_rows){.more = true};
  if (l->words->words.n) {
    code = store_found_rows(l->s, FOUND_INVOICE, a->words, l->words, LIST_GATHERED, l->perm, rows);
    if (rows->more && l->words->words.n > 1) rows->more = false; /* the first ones: nobody reads on behind 5,000 */
  }
  for (size_t i = 0; i < sizeof sql / sizeof *sql && rows->more && code == STORE_OK; i++)
    if (sql[i]) code = few(l, sql[i], rows);
  return code;
}

/* ---- lines ---- */

#define LINE                                                                                                           \
  "SELECT i.row, i.number, c.id, c.name, i.status, i.currency, i.contract, i.kind, i.amount, i.open, i.due, "          \
  "i.issued, " PROMISE ", " DISPUTED ", " HELD ", (SELECT p.\"offset\"" LAST_PLACE ", (SELECT p.climbed_on" LAST_PLACE \
  " FROM invoice i JOIN customer c ON c.row = i.customer_row WHERE "
static const char LINE_OF_ROW[] = LINE "i.row = ?1";
static const char LINE_OF_NUMBER[] = LINE "i.number = ?1";

static int32_t day_at(db_stmt *q, int i) { return db_is_null(q, i) ? DATE_NONE_DAY : (int32_t)db_int(q, i); }
static slice copied(db_stmt *q, int i, arena *perm) { return arena_slice(perm, db_text(q, i)); }

static invoice_line read_line(db_stmt *q, arena *perm) {
  return (invoice_line){.row = db_int(q, 0),
                        .number = copied(q, 1, perm),
                        .customer = copied(q, 2, perm),
                        .customer_name = copied(q, 3, perm),
                        .status = copied(q, 4, perm),
                        .currency = copied(q, 5, perm),
                        .contract = copied(q, 6, perm),
                        .kind = copied(q, 7, perm),
                        .amount = db_int(q, 8),
                        .open = db_int(q, 9),
                        .due = day_at(q, 10),
                        .issued = day_at(q, 11),
                        .promise = day_at(q, 12),
                        .disputed = db_int(q, 13) != 0,
                        .held = db_int(q, 14) != 0,
                        .rung = copied(q, 15, perm),
                        .climbed_on = day_at(q, 16)};
}

static store_code line(store *s, db_stmt *q, arena *perm, invoice_line *out) {
  store_code code = db_step(q);
  if (code == STORE_ROW) *out = read_line(q, perm);
  return store_ended(s, q, code);
}

store_code store_invoice_line(store *s, slice number, arena *perm, invoice_line *out) {
  db_stmt *q;
  store_code code = store_prepared(s, LINE_OF_NUMBER, &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, number);
  return line(s, q, perm, out);
}

store_code store_invoices(store *s, const invoice_ask *ask, arena *perm, invoice_list *out) {
  word_query words;
  found_rows rows;
  place after;
  db_stmt *q;
  words_asked(&words, ask->words, perm);
  listing l = {.s = s, .ask = ask, .words = &words, .perm = perm};
  l.shown.v = ARENA_ARRAY(perm, ask->most + 2, int64_t);
  l.at = ARENA_ARRAY(perm, ask->most + 2, place);
  *out = (invoice_list){.v = ARENA_ARRAY(perm, ask->most + 1, invoice_line)};
  store_code code = key_read(&l, &after);
  if (code == STORE_OK) code = all_few(&l, &rows);
  if (code == STORE_OK) code = rows.more ? walk(&l, &after) : gather(&l, &rows, &after);
  if (code == STORE_OK) code = store_prepared(s, LINE_OF_ROW, &q);
  for (size_t i = 0; i < l.shown.n && code == STORE_OK; i++) {
    db_bind_int(q, 1, l.shown.v[i]);
    code = line(s, q, perm, &out->v[out->n]);
    out->n += code == STORE_ROW;
    if (code == STORE_ROW || code == STORE_END) code = STORE_OK;
  }
  out->next = l.next;
  return code;
}
