/* See saw.h. */
#include "saw.h"

#include <stdio.h>
#include <stdlib.h>

#include "lang/base/date.h"
#include "runtime/hash.h"
#include "store_impl.h"

static const char SEALED_KEY[] = "saw.sealed";

static int32_t today_of(store *s) { return (int32_t)(s->w->now_ns(s->w) / INT64_C(86400000000000)); }

/* The last day that is sealed; before the first one. */
static store_code sealed_day(store *s, int64_t *day) {
  arena *own = arena_new();
  slice value;
  *day = -1;
  store_code code = store_state_get(s, slice_of(SEALED_KEY), own, &value);
  if (code == STORE_OK) *day = strtoll(value.p, NULL, 10);
  arena_free(own);
  return code == STORE_END ? STORE_OK : code;
}

/* A clock that was put back opens no sealed day again. */
static store_code open_day(store *s, int64_t *day) {
  int64_t sealed;
  store_code code = sealed_day(s, &sealed);
  *day = today_of(s) > sealed ? today_of(s) : sealed + 1;
  return code;
}

/* ---- what is looked at ---- */

static store_code row_of(store *s, slice what, slice subject, int64_t *row) {
  db_stmt *q;
  store_code code;
  *row = 0;
  if (slice_eq(what, SLICE("customer")))
    code = store_prepared(s, "SELECT row FROM customer WHERE id = ?1", &q);
  else if (slice_eq(what, SLICE("invoice")))
    code = store_prepared(s, "SELECT row FROM invoice WHERE number = ?1", &q);
  else {
    if (subject.n == 0 || subject.n > 18 || what.n > SAW_WHAT_MAX) return STORE_END;
    for (size_t i = 0; i < subject.n; i++) {
      if (subject.p[i] < '0' || subject.p[i] > '9') return STORE_END;
      *row = *row * 10 + (subject.p[i] - '0');
    }
    return STORE_OK;
  }
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, subject);
  code = store_one_int(s, q, row);
  return code == STORE_ROW ? STORE_OK : code;
}

store_code saw_find(store *s, int64_t person, slice what, slice subject, int64_t *row, bool *known) {
  db_stmt *q;
  int64_t day, found;
  *known = false;
  store_code code = row_of(s, what, subject, row);
  if (code == STORE_OK) code = open_day(s, &day);
  if (code == STORE_OK)
    code = store_prepared(s, "SELECT 1 FROM saw WHERE day = ?1 AND person = ?2 AND what = ?3 AND row = ?4", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, day);
  db_bind_int(q, 2, person);
  db_bind_text(q, 3, what);
  db_bind_int(q, 4, *row);
  code = store_one_int(s, q, &found);
  *known = code == STORE_ROW;
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* ---- sealing ---- */

static void add_number(hasher *h, int64_t n) {
  char digits[24];
  hash_add_field(h, (slice){digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)n)});
}

/* A day's rows and the hash over them, in their order. */
static store_code sum_of(store *s, int64_t day, int64_t *rows, char hex[HASH_HEX_MAX]) {
  db_stmt *q;
  uint8_t hash[HASH_BYTES];
  *rows = 0;
  store_code code =
      store_prepared(s, "SELECT person, what, row, at FROM saw WHERE day = ?1 ORDER BY person, what, row", &q);
  if (code != STORE_OK) return code;
  hasher *h = hash_begin();
  add_number(h, day);
  db_bind_int(q, 1, day);
  while ((code = db_step(q)) == STORE_ROW) {
    ++*rows;
    add_number(h, db_int(q, 0));
    hash_add_field(h, db_text(q, 1));
    add_number(h, db_int(q, 2));
    add_number(h, db_int(q, 3));
  }
  code = store_ended(s, q, code);
  hash_end(h, hash);
  hash_hex(hash, hex);
  return code == STORE_END ? STORE_OK : code;
}

static store_code seal(store *s, int64_t day) {
  char hex[HASH_HEX_MAX], iso[DATE_TEXT_MAX], subject[48], detail[128];
  int64_t rows;
  store_code code = sum_of(s, day, &rows, hex);
  if (code != STORE_OK || rows == 0) return code;
  date_iso((civil_date){(int32_t)day}, iso);
  snprintf(subject, sizeof subject, "day %s", iso);
  snprintf(detail, sizeof detail, "{\"rows\":%lld,\"hash\":\"%s\"}", (long long)rows, hex);
  store_event e = {SLICE("reads"), SLICE("dun"), slice_of(subject), slice_of(detail)};
  return store_audit_append(s, &e);
}

/* The next day with rows behind `after` and before `before`; STORE_END: there is none. */
static store_code next_day(store *s, int64_t after, int64_t before, int64_t *day) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT day FROM saw WHERE day > ?1 AND day < ?2 ORDER BY day LIMIT 1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, after);
  db_bind_int(q, 2, before);
  code = store_one_int(s, q, day);
  return code == STORE_ROW ? STORE_OK : code;
}

static store_code seal_before(store *s, int64_t today) {
  int64_t sealed, day;
  char digits[24];
  store_code code = sealed_day(s, &sealed);
  if (code != STORE_OK || sealed >= today - 1) return code;
  for (int64_t from = sealed; code == STORE_OK; from = day) {
    code = next_day(s, from, today, &day);
    if (code == STORE_OK) code = seal(s, day);
  }
  if (code != STORE_END) return code;
  snprintf(digits, sizeof digits, "%lld", (long long)(today - 1));
  return store_state_set(s, slice_of(SEALED_KEY), slice_of(digits));
}

store_code saw_put(store *s, int64_t person, slice what, int64_t row) {
  db_stmt *q;
  int64_t day;
  store_code code = open_day(s, &day);
  if (code == STORE_OK) code = seal_before(s, day);
  if (code == STORE_OK)
    code = store_prepared(s, "INSERT OR IGNORE INTO saw (day, person, what, row, at) VALUES (?1, ?2, ?3, ?4, ?5)", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, day);
  db_bind_int(q, 2, person);
  db_bind_text(q, 3, what);
  db_bind_int(q, 4, row);
  db_bind_int(q, 5, s->w->now_ns(s->w) / 1000);
  return store_do(s, q);
}

/* {"rows":12,"hash":"9f86..."} as seal() writes it. */
static bool seal_fits(slice detail, int64_t rows, const char *hex) {
  char wanted[128];
  int n = snprintf(wanted, sizeof wanted, "{\"rows\":%lld,\"hash\":\"%s\"", (long long)rows, hex);
  return slice_starts(detail, (slice){wanted, (size_t)n});
}

store_code saw_verify(store *s, int64_t *days, int32_t *broken) {
  db_stmt *q;
  *days = 0;
  *broken = DATE_NONE_DAY;
  store_code code = store_prepared(s, "SELECT subject, detail FROM event WHERE kind = 'reads' ORDER BY seq", &q);
  if (code != STORE_OK) return code;
  while ((code = db_step(q)) == STORE_ROW && *broken == DATE_NONE_DAY) {
    slice subject = db_text(q, 0);
    char hex[HASH_HEX_MAX];
    int64_t rows;
    civil_date day;
    if (!slice_starts(subject, SLICE("day ")) || !date_parse((slice){subject.p + 4, subject.n - 4}, &day)) continue;
    store_code summed = sum_of(s, day.day, &rows, hex);
    if (summed != STORE_OK) {
      db_reset(q);
      return summed;
    }
    ++*days;
    if (!seal_fits(db_text(q, 1), rows, hex)) *broken = day.day;
  }
  if (code == STORE_ROW) code = STORE_END;
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

/* ---- the list ---- */

#define ROWS                                                                                                           \
  "SELECT w.day, w.at, w.person, p.login, w.what, w.row, CASE w.what WHEN 'customer' THEN (SELECT c.id FROM customer " \
  "c WHERE c.row = w.row) WHEN 'invoice' THEN (SELECT i.number FROM invoice i WHERE i.row = w.row) ELSE w.row END "    \
  "FROM saw w JOIN person p ON p.id = w.person "
/* ?1 to ?4: the row that the page before ended with. ?5, ?6: the days. */
#define DAYS "w.day BETWEEN ?5 AND ?6 "

typedef struct saw_key {
  int64_t day, person, row;
  slice what;
} saw_key;

/* "20415 3 customer 77" */
static bool key_read(slice s, arena *perm, saw_key *k) {
  char *end, *at = arena_copy(perm, s);
  k->day = strtoll(at, &end, 10);
  if (end == at || *end != ' ') return false;
  k->person = strtoll(end + 1, &end, 10);
  if (*end != ' ') return false;
  char *what = end + 1, *space = strchr(what, ' ');
  if (!space) return false;
  k->what = (slice){what, (size_t)(space - what)};
  k->row = strtoll(space + 1, &end, 10);
  return *end == 0;
}

static store_code ask(store *s, const saw_filter *f, int64_t row, int64_t person, db_stmt **q) {
  store_code code =
      f->subject.n
          ? store_prepared(s,
                           ROWS "WHERE (w.day, w.person) < (?1, ?2) AND " DAYS "AND w.what = ?7 AND w.row = ?8 AND (?9 "
                                "= 0 OR w.person = ?9) ORDER BY w.day DESC, w.person DESC "
                                "LIMIT ?10",
                           q)
      : person ? store_prepared(s,
                                ROWS "WHERE (w.day, w.what, w.row) < (?1, ?3, ?4) AND " DAYS "AND (?7 = '' OR w.what = "
                                     "?7) AND w.person = ?9 ORDER BY w.day DESC, w.what DESC, w.row DESC LIMIT ?10",
                                q)
               : store_prepared(s,
                                ROWS "WHERE (w.day, w.person, w.what, w.row) < (?1, ?2, ?3, ?4) AND " DAYS
                                     "AND (?7 = '' OR w.what = ?7) ORDER BY w.day DESC, w.person DESC, w.what DESC, "
                                     "w.row DESC LIMIT ?10",
                                q);
  if (code != STORE_OK) return code;
  db_bind_int(*q, 5, f->from);
  db_bind_int(*q, 6, f->to);
  db_bind_text(*q, 7, f->what);
  if (f->subject.n) db_bind_int(*q, 8, row);
  if (f->subject.n || person) db_bind_int(*q, 9, person);
  return STORE_OK;
}

/* STORE_END: nobody, and nothing, is called so. */
static store_code ids_of(store *s, const saw_filter *f, int64_t *row, int64_t *person) {
  db_stmt *q;
  store_code code = STORE_OK;
  *row = *person = 0;
  if (f->login.n) {
    code = store_prepared(s, "SELECT id FROM person WHERE login = ?1", &q);
    if (code != STORE_OK) return code;
    db_bind_text(q, 1, f->login);
    code = store_one_int(s, q, person);
    if (code != STORE_ROW) return code;
  }
  return f->subject.n ? row_of(s, f->what.n ? f->what : SLICE("customer"), f->subject, row) : STORE_OK;
}

static saw_entry entry_of(db_stmt *q, arena *perm) {
  return (saw_entry){.day = (int32_t)db_int(q, 0),
                     .at = db_int(q, 1),
                     .person = db_int(q, 2),
                     .login = arena_slice(perm, db_text(q, 3)),
                     .what = arena_slice(perm, db_text(q, 4)),
                     .row = db_int(q, 5),
                     .subject = arena_slice(perm, db_text(q, 6))};
}

store_code saw_list(store *s, const saw_filter *f, slice after, uint32_t limit, arena *perm, saw_entry *out,
                    size_t *count, slice *next) {
  db_stmt *q;
  int64_t row, person;
  saw_filter its = *f;
  saw_key k = {.day = INT32_MAX, .person = INT64_MAX, .row = INT64_MAX, .what = SLICE("~")};
  *count = 0;
  *next = (slice){0};
  if (after.n && !key_read(after, perm, &k)) return STORE_OK;
  if (its.subject.n && !its.what.n) its.what = SLICE("customer");
  store_code code = ids_of(s, &its, &row, &person);
  if (code == STORE_OK) code = ask(s, &its, row, person, &q);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  db_bind_int(q, 1, k.day);
  db_bind_int(q, 2, k.person);
  db_bind_text(q, 3, k.what);
  db_bind_int(q, 4, k.row);
  db_bind_int(q, 10, (int64_t)limit + 1);
  while ((code = db_step(q)) == STORE_ROW) {
    if (*count < limit) {
      out[(*count)++] = entry_of(q, perm);
      continue;
    }
    const saw_entry *last = out + limit - 1;
    *next = arena_printf(perm, "%d %lld %.*s %lld", (int)last->day, (long long)last->person, SLICE_ARG(last->what),
                         (long long)last->row);
  }
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}
