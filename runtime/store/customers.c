/* See customers.h. A page of a list comes from one of two ways: where few rows can be meant (a rare word, a small
 * segment), all of them are gathered and sorted; else the list's own index is walked from the key on, and each row
 * looked at. */
#include "customers.h"

#include <stdio.h>
#include <stdlib.h>

#include "lang/base/date.h"
#include "search.h"
#include "store_impl.h"

#define COLUMNS                                                                                                        \
  "f.row, c.id, c.name, c.segment, c.owner, c.language, c.opted_out, c.tags, c.country, f.oldest, f.name, f.words"
enum { SORT_NAME = 10, WORDS = 11, OPEN = 12 };

static const char ONE[] = "SELECT " COLUMNS ", b.open FROM customer_face f JOIN customer c ON c.row = f.row LEFT JOIN "
                          "balance b ON b.customer_row = f.row AND b.currency = ?2 WHERE f.row = ?1";
/* ?1, ?2 the key; ?3 the currency. */
static const char *const WALK[] = {
    [CUSTOMERS_BY_NAME] = "SELECT " COLUMNS ", NULL FROM customer_face f CROSS JOIN customer c ON c.row = f.row WHERE "
                          "(f.name, f.row) > (?1, ?2) AND ?3 IS NOT NULL ORDER BY f.name, f.row",
    [CUSTOMERS_BY_BALANCE] = "SELECT " COLUMNS ", b.open FROM balance b CROSS JOIN customer_face f ON f.row = "
                             "b.customer_row JOIN customer c ON c.row = f.row WHERE b.currency = ?3 AND (b.open, "
                             "b.customer_row) < (?1, ?2) ORDER BY b.open DESC, b.customer_row DESC",
    [CUSTOMERS_BY_OVERDUE] = "SELECT " COLUMNS ", NULL FROM customer_face f CROSS JOIN customer c ON c.row = f.row "
                             "WHERE f.oldest IS NOT NULL AND (f.oldest, f.row) > (?1, ?2) AND ?3 IS NOT NULL ORDER BY "
                             "f.oldest, f.row",
};

/* Where a row stands in its list: by `number`, or by `name`, then by row. */
typedef struct place {
  int64_t number, row;
  slice name;
} place;

typedef struct listing {
  store *s;
  const customer_ask *ask;
  const word_query *words;
  arena *perm;
  customer_list *out;
  place *at; /* of out->v */
} listing;

static slice copied(db_stmt *q, int i, arena *perm) { return arena_slice(perm, db_text(q, i)); }

static customer_line read_line(db_stmt *q, arena *perm) {
  return (customer_line){.row = db_int(q, 0),
                         .id = copied(q, 1, perm),
                         .name = copied(q, 2, perm),
                         .segment = copied(q, 3, perm),
                         .owner = copied(q, 4, perm),
                         .language = copied(q, 5, perm),
                         .opted_out = copied(q, 6, perm),
                         .tags = copied(q, 7, perm),
                         .country = copied(q, 8, perm),
                         .oldest = db_is_null(q, 9) ? DATE_NONE_DAY : (int32_t)db_int(q, 9)};
}

static bool wanted(const listing *l, db_stmt *q) {
  const customer_ask *a = l->ask;
  return (!a->segment.n || slice_eq(db_text(q, 3), a->segment)) && (!a->owner.n || slice_eq(db_text(q, 4), a->owner)) &&
         (!a->language.n || slice_eq(db_text(q, 5), a->language)) && (!a->opted_out || db_text(q, 6).n > 0) &&
         (!a->overdue || (!db_is_null(q, 9) && db_int(q, 9) < a->today)) &&
         (l->words->words.n == 0 || words_have(db_text(q, WORDS), l->words));
}

/* False: the row is in no such list. */
static bool place_of(const listing *l, db_stmt *q, place *out) {
  *out = (place){.row = db_int(q, 0)};
  switch (l->ask->order) {
  case CUSTOMERS_BY_NAME: out->name = db_text(q, SORT_NAME); return true;
  case CUSTOMERS_BY_BALANCE: out->number = db_int(q, OPEN); return !db_is_null(q, OPEN);
  case CUSTOMERS_BY_OVERDUE: out->number = db_int(q, 9); return !db_is_null(q, 9);
  }
  return false;
}

/* <0: `a` stands before `b`. */
static int compare(customer_order order, const place *a, const place *b) {
  int d = order == CUSTOMERS_BY_NAME ? slice_cmp(a->name, b->name) : (a->number > b->number) - (a->number < b->number);
  if (!d) d = (a->row > b->row) - (a->row < b->row);
  return order == CUSTOMERS_BY_BALANCE ? -d : d;
}

/* ---- the key: "NUMBER:ROW"; no name is in it, which would stand in logs ---- */

static slice key_text(const place *p, arena *perm) {
  return arena_printf(perm, "%lld:%lld", (long long)p->number, (long long)p->row);
}

static store_code name_of(listing *l, int64_t row, slice *name) {
  db_stmt *q;
  store_code code = store_prepared(l->s, "SELECT name FROM customer_face WHERE row = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, row);
  code = db_step(q);
  *name = code == STORE_ROW ? copied(q, 0, l->perm) : (slice){0};
  code = store_ended(l->s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

static store_code key_read(listing *l, place *out) {
  bool down = l->ask->order == CUSTOMERS_BY_BALANCE;
  *out = (place){.number = down ? INT64_MAX : INT64_MIN, .row = down ? INT64_MAX : INT64_MIN};
  if (!l->ask->after.n) return STORE_OK;
  char *end, *text = arena_copy(l->perm, l->ask->after);
  long long number = strtoll(text, &end, 10), row = *end == ':' ? strtoll(end + 1, &end, 10) : 0;
  if (*end) return store_misuse(l->s, "this is no key of a list", SLICE(""));
  *out = (place){.number = number, .row = row};
  return l->ask->order == CUSTOMERS_BY_NAME ? name_of(l, row, &out->name) : STORE_OK;
}

/* ---- few ---- */

/* In its place among the first ones; the one that is too many falls out. */
static void keep(listing *l, db_stmt *q, place p) {
  customer_list *o = l->out;
  size_t at = o->n, room = l->ask->most + 1;
  while (at > 0 && compare(l->ask->order, &p, &l->at[at - 1]) < 0) at--;
  if (at == room) return;
  if (o->n == room) o->n--;
  memmove(o->v + at + 1, o->v + at, (o->n - at) * sizeof *o->v);
  memmove(l->at + at + 1, l->at + at, (o->n - at) * sizeof *l->at);
  o->v[at] = read_line(q, l->perm);
  p.name = arena_slice(l->perm, p.name);
  l->at[at] = p;
  o->n++;
}

static store_code gather(listing *l, const found_rows *rows, const place *after) {
  db_stmt *q;
  store_code code = store_prepared(l->s, ONE, &q);
  for (size_t i = 0; i < rows->n && code == STORE_OK; i++) {
    place p;
    db_bind_int(q, 1, rows->v[i]);
    db_bind_text(q, 2, l->ask->currency);
    code = db_step(q);
    if (code == STORE_ROW && wanted(l, q) && place_of(l, q, &p) &&
        (!l->ask->after.n || compare(l->ask->order, &p, after) > 0))
      keep(l, q, p);
    code = store_ended(l->s, q, code);
    if (code == STORE_ROW || code == STORE_END) code = STORE_OK;
  }
  if (code == STORE_OK && l->out->n > l->ask->most) {
    l->out->n = l->ask->most;
    l->out->next = key_text(&l->at[l->out->n - 1], l->perm);
  }
  return code;
}

/* ---- many ---- */

static store_code walk(listing *l, const place *after) {
  db_stmt *q;
  store_code code = store_prepared(l->s, WALK[l->ask->order], &q);
  if (code != STORE_OK) return code;
  if (l->ask->order == CUSTOMERS_BY_NAME)
    db_bind_text(q, 1, after->name);
  else
    db_bind_int(q, 1, after->number);
  db_bind_int(q, 2, after->row);
  db_bind_text(q, 3, l->ask->currency);
  place last = *after;
  for (int looked = 0; (code = db_step(q)) == STORE_ROW; looked++) {
    if (l->out->n == l->ask->most || looked == LIST_LOOKED) {
      l->out->next = key_text(&last, l->perm);
      break;
    }
    (void)place_of(l, q, &last);
    last.name = (slice){0};
    if (wanted(l, q)) l->out->v[l->out->n++] = read_line(q, l->perm);
  }
  code = store_ended(l->s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* ---- which way ---- */

static const char *const FEW[] = {
    "SELECT row FROM customer WHERE segment = ?1 LIMIT ?2", "SELECT row FROM customer WHERE owner = ?1 LIMIT ?2",
    "SELECT row FROM customer WHERE language = ?1 LIMIT ?2", "SELECT row FROM customer WHERE opted_out <> '' LIMIT ?2"};

/* The rows of a filter; `more` where they are too many to be gathered. */
static store_code few(store *s, int which, slice value, arena *perm, found_rows *out) {
  db_stmt *q;
  *out = (found_rows){.v = ARENA_ARRAY(perm, LIST_GATHERED + 1, int64_t)};
  store_code code = store_prepared(s, FEW[which], &q);
  if (code != STORE_OK) return code;
  if (which < 3) db_bind_text(q, 1, value);
  db_bind_int(q, 2, LIST_GATHERED + 1);
  while ((code = db_step(q)) == STORE_ROW) out->v[out->n++] = db_int(q, 0);
  out->more = out->n > LIST_GATHERED;
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

static store_code all_few(listing *l, found_rows *rows) {
  const customer_ask *a = l->ask;
  const slice value[] = {a->segment, a->owner, a->language, a->opted_out ? SLICE("1") : SLICE("")};
  store_code code = STORE_OK;
  *rows = (found_rows){.more = true};
  if (l->words->words.n)
    code = store_found_rows(l->s, FOUND_CUSTOMER, a->words, l->words, LIST_GATHERED, l->perm, rows);
  for (int i = 0; i < 4 && rows->more && code == STORE_OK; i++)
    if (value[i].n) code = few(l->s, i, value[i], l->perm, rows);
  return code;
}

/* ---- balances ---- */

static store_code put_balances(store *s, customer_line *c, arena *perm) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "SELECT currency, open, invoices, oldest FROM balance WHERE customer_row = ?1 ORDER BY currency", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, c->row);
  while (c->balances < BALANCES_MAX && (code = db_step(q)) == STORE_ROW)
    c->balance[c->balances++] = (store_balance){.currency = copied(q, 0, perm),
                                                .open = db_int(q, 1),
                                                .invoices = db_int(q, 2),
                                                .oldest = db_is_null(q, 3) ? DATE_NONE_DAY : (int32_t)db_int(q, 3)};
  code = store_ended(s, q, code);
  return code == STORE_END || code == STORE_ROW || code == STORE_OK ? STORE_OK : code;
}

store_code store_customers(store *s, const customer_ask *ask, arena *perm, customer_list *out) {
  word_query words;
  found_rows rows;
  place after;
  words_asked(&words, ask->words, perm);
  *out = (customer_list){.v = ARENA_ARRAY(perm, ask->most + 2, customer_line)};
  listing l = {.s = s, .ask = ask, .words = &words, .perm = perm, .out = out};
  l.at = ARENA_ARRAY(perm, ask->most + 2, place);
  store_code code = key_read(&l, &after);
  if (code == STORE_OK) code = all_few(&l, &rows);
  if (code == STORE_OK) code = rows.more ? walk(&l, &after) : gather(&l, &rows, &after);
  for (size_t i = 0; i < out->n && code == STORE_OK; i++) code = put_balances(s, &out->v[i], perm);
  return code;
}

store_code store_customer_line(store *s, slice id, arena *perm, customer_line *out) {
  db_stmt *q;
  store_code code =
      store_prepared(s, "SELECT " COLUMNS " FROM customer c JOIN customer_face f ON f.row = c.row WHERE c.id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, id);
  code = db_step(q);
  if (code == STORE_ROW) *out = read_line(q, perm);
  code = store_ended(s, q, code);
  if (code != STORE_ROW) return code;
  code = put_balances(s, out, perm);
  return code == STORE_OK ? STORE_ROW : code;
}

/* ---- what there is to choose ---- */

/* The next value behind another one, by the index: as many steps as there are values. */
static store_code skip(store *s, const char *sql, arena *perm, slice *out, size_t most, size_t *n) {
  db_stmt *q;
  slice last = {"", 0};
  store_code code = store_prepared(s, sql, &q);
  for (*n = 0; *n < most && code == STORE_OK;) {
    db_bind_text(q, 1, last);
    code = db_step(q);
    bool any = code == STORE_ROW && !db_is_null(q, 0);
    if (any) last = out[(*n)++] = copied(q, 0, perm);
    code = store_ended(s, q, code);
    if (code != STORE_ROW && code != STORE_END) return code;
    code = STORE_OK;
    if (!any) break;
  }
  return code;
}

store_code store_facets(store *s, customer_facet f, arena *perm, slice out[FACETS_MAX], size_t *n) {
  static const char *const SQL[] = {
      [FACET_SEGMENT] = "SELECT min(segment) FROM customer WHERE segment > ?1 AND segment IS NOT NULL",
      [FACET_OWNER] = "SELECT min(owner) FROM customer WHERE owner > ?1 AND owner IS NOT NULL",
      [FACET_LANGUAGE] = "SELECT min(language) FROM customer WHERE language > ?1 AND language IS NOT NULL"};
  return skip(s, SQL[f], perm, out, FACETS_MAX, n);
}

/* The number of customers, up to a thousand each, says which is the ledger's own. */
store_code store_currencies(store *s, arena *perm, slice out[BALANCES_MAX], size_t *n) {
  db_stmt *q;
  int64_t many[BALANCES_MAX] = {0};
  store_code code = skip(s, "SELECT min(currency) FROM balance WHERE currency > ?1", perm, out, BALANCES_MAX, n);
  if (code == STORE_OK)
    code = store_prepared(s, "SELECT count(*) FROM (SELECT 1 FROM balance WHERE currency = ?1 LIMIT 1000)", &q);
  for (size_t i = 0; i < *n && code == STORE_OK; i++) {
    db_bind_text(q, 1, out[i]);
    code = store_one_int(s, q, &many[i]);
    if (code != STORE_ROW) return code;
    code = STORE_OK;
    size_t at = i;
    for (; at > 0 && many[at] > many[at - 1]; at--) {
      slice c = out[at];
      int64_t m = many[at];
      out[at] = out[at - 1], many[at] = many[at - 1];
      out[at - 1] = c, many[at - 1] = m;
    }
  }
  return code;
}

store_code store_ledger_currencies(store *s, arena *perm, slice out[BALANCES_MAX], size_t *n) {
  slice of_contracts[BALANCES_MAX];
  size_t more = 0;
  store_code code = skip(s, "SELECT min(currency) FROM invoice WHERE currency > ?1", perm, out, BALANCES_MAX, n);
  if (code == STORE_OK)
    code = skip(s, "SELECT min(currency) FROM contract WHERE currency > ?1", perm, of_contracts, BALANCES_MAX, &more);
  for (size_t i = 0; i < more && *n < BALANCES_MAX && code == STORE_OK; i++) {
    bool known = false;
    for (size_t k = 0; k < *n; k++) known |= slice_eq(out[k], of_contracts[i]);
    if (!known) out[(*n)++] = of_contracts[i];
  }
  return code;
}

store_code store_owed_days(store *s, int64_t customer_row, arena *perm, owed_day **out, size_t *n) {
  db_stmt *q;
  size_t room = 0;
  *n = 0;
  *out = NULL;
  store_code code = store_prepared(s,
                                   "SELECT currency, due, sum(open) FROM invoice WHERE customer_row = ?1 AND status = "
                                   "'open' AND open <> 0 GROUP BY currency, due",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, customer_row);
  while ((code = db_step(q)) == STORE_ROW) {
    if (*n == room) {
      owed_day *more = ARENA_ARRAY(perm, room ? room * 2 : 32, owed_day);
      if (*n) memcpy(more, *out, *n * sizeof *more);
      room = room ? room * 2 : 32;
      *out = more;
    }
    (*out)[(*n)++] = (owed_day){copied(q, 0, perm), (int32_t)db_int(q, 1), db_int(q, 2)};
  }
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}
