/* See search.h: who and what some words may mean.
 *
 * Invariant: no question walks along more rows than it is told; each is a range of an index. */
#include <ctype.h>
#include <stdlib.h>

#include "lang/base/date.h"
#include "row_set.h"
#include "search.h"
#include "store_impl.h"

/* Behind all words that begin with it: U+10FFFF. */
static slice behind(slice word, arena *perm) { return arena_printf(perm, "%.*s\xf4\x8f\xbf\xbf", SLICE_ARG(word)); }

static store_code ask_words(store *s, const char *sql, found_kind kind, slice word, size_t most, arena *perm,
                            db_stmt **q) {
  store_code code = store_prepared(s, sql, q);
  if (code != STORE_OK) return code;
  db_bind_int(*q, 1, (int64_t)kind);
  db_bind_text(*q, 2, word);
  db_bind_text(*q, 3, behind(word, perm));
  db_bind_int(*q, 4, (int64_t)most);
  return STORE_OK;
}

static store_code count_word(store *s, found_kind kind, slice word, size_t most, arena *perm, int64_t *n) {
  db_stmt *q;
  store_code code = ask_words(s,
                              "SELECT count(*) FROM (SELECT 1 FROM search_word WHERE kind = ?1 AND word >= ?2 AND word "
                              "< ?3 LIMIT ?4)",
                              kind, word, most, perm, &q);
  if (code != STORE_OK) return code;
  code = store_one_int(s, q, n);
  return code == STORE_ROW ? STORE_OK : code;
}

typedef struct taking {
  found_rows *out;
  row_set seen;
  size_t most;
  arena *perm;
} taking;

/* Each row that the question gives, once; false: that is enough. */
static store_code take_rows(store *s, db_stmt *q, taking *t) {
  store_code code = STORE_END;
  while (!t->out->more && (code = db_step(q)) == STORE_ROW) {
    int64_t row = db_int(q, 0);
    if (row_set_has(&t->seen, row)) continue;
    row_set_add(&t->seen, row);
    t->out->more = t->out->n == t->most;
    if (!t->out->more) t->out->v[t->out->n++] = row;
  }
  code = store_ended(s, q, code);
  return code == STORE_END || code == STORE_ROW ? STORE_OK : code;
}

/* Of one row many words may begin so. */
enum { WORDS_A_ROW = 4 };

static store_code take_word(store *s, found_kind kind, slice word, taking *t) {
  db_stmt *q;
  store_code code = ask_words(s,
                              "SELECT row FROM search_word WHERE kind = ?1 AND word >= ?2 AND word < ?3 ORDER BY word, "
                              "row LIMIT ?4",
                              kind, word, t->most * WORDS_A_ROW + 1, t->perm, &q);
  return code == STORE_OK ? take_rows(s, q, t) : code;
}

/* Numbers that begin with what was typed: so, in capitals, or in small letters. */
static store_code take_numbers(store *s, slice typed, taking *t) {
  store_code code = STORE_OK;
  slice before = {0};
  while (typed.n && typed.p[0] == ' ') typed = (slice){typed.p + 1, typed.n - 1};
  while (typed.n && typed.p[typed.n - 1] == ' ') typed.n--;
  for (int form = 0; typed.n && form < 3 && code == STORE_OK; form++) {
    char *p = arena_copy(t->perm, typed);
    for (size_t i = 0; i < typed.n && form; i++)
      p[i] = (char)(form == 1 ? toupper((unsigned char)p[i]) : tolower((unsigned char)p[i]));
    slice word = {p, typed.n};
    if (form && (slice_eq(word, typed) || slice_eq(word, before))) continue;
    before = word;
    db_stmt *q;
    code =
        ask_words(s, "SELECT row FROM invoice WHERE ?1 = 1 AND number >= ?2 AND number < ?3 ORDER BY number LIMIT ?4",
                  FOUND_INVOICE, word, t->most + 1, t->perm, &q);
    if (code == STORE_OK) code = take_rows(s, q, t);
  }
  return code;
}

/* The word that fewest have, of those that some have. */
/* *few: `most` or less have it. */
static store_code rarest(store *s, found_kind kind, const word_query *q, size_t most, arena *perm, slice *word,
                         bool *few) {
  int64_t least = INT64_MAX;
  store_code code = STORE_OK;
  *word = q->words.n ? q->words.v[0] : (slice){0};
  for (size_t i = 0; i < q->words.n && q->words.n > 1 && code == STORE_OK; i++) {
    int64_t n = 0;
    code = count_word(s, kind, q->words.v[i], most + 1, perm, &n);
    if (kind == FOUND_INVOICE && n == 0) continue; /* a number's first word is in another index */
    if (n < least) *word = q->words.v[i];
    if (n < least) least = n;
  }
  *few = least <= (int64_t)most;
  return code;
}

/* Of several words none of which few have: those rows that have all of them. */
enum { COMPARED_MAX = 30000 };

/* The rows that a word leads to; false: too many to be worth it. */
static store_code rows_of(store *s, found_kind kind, slice word, arena *perm, row_set *out, bool *all) {
  db_stmt *q;
  size_t n = 0;
  store_code code = ask_words(s, "SELECT row FROM search_word WHERE kind = ?1 AND word >= ?2 AND word < ?3 LIMIT ?4",
                              kind, word, COMPARED_MAX, perm, &q);
  if (code != STORE_OK) return code;
  for (; (code = db_step(q)) == STORE_ROW; n++) row_set_add(out, db_int(q, 0));
  *all = n < COMPARED_MAX;
  code = store_ended(s, q, code);
  return code == STORE_END ? STORE_OK : code;
}

static store_code take_common(store *s, found_kind kind, const word_query *q, slice rare, taking *t) {
  found_rows many = {.v = ARENA_ARRAY(t->perm, COMPARED_MAX + 1, int64_t)};
  taking wide = {.out = &many, .most = COMPARED_MAX, .perm = t->perm};
  store_code code = take_word(s, kind, rare, &wide);
  for (size_t i = 0; i < q->words.n && code == STORE_OK; i++) {
    row_set with = {0};
    bool all = false;
    if (slice_eq(q->words.v[i], rare)) continue;
    code = rows_of(s, kind, q->words.v[i], t->perm, &with, &all);
    size_t kept = 0;
    for (size_t k = 0; k < many.n && all; k++)
      if (row_set_has(&with, many.v[k])) many.v[kept++] = many.v[k];
    if (all) many.n = kept;
    row_set_free(&with);
  }
  for (size_t k = 0; k < many.n && !t->out->more && code == STORE_OK; k++) {
    if (row_set_has(&t->seen, many.v[k])) continue;
    t->out->more = t->out->n == t->most;
    if (!t->out->more) t->out->v[t->out->n++] = many.v[k];
  }
  t->out->more |= many.more;
  row_set_free(&wide.seen);
  return code;
}

store_code store_found_rows(store *s, found_kind kind, slice text, const word_query *q, size_t most, arena *perm,
                            found_rows *out) {
  taking t = {.out = out, .most = most, .perm = perm};
  slice word;
  bool few = false;
  *out = (found_rows){.v = ARENA_ARRAY(perm, most + 1, int64_t)};
  if (q->words.n == 0) return STORE_OK;
  store_code code = rarest(s, kind, q, most, perm, &word, &few);
  bool many = q->words.n > 1 && kind == FOUND_CUSTOMER && !few;
  if (code == STORE_OK && kind == FOUND_INVOICE) code = take_numbers(s, text, &t);
  if (code == STORE_OK && q->number.n) code = take_word(s, kind, q->number, &t);
  if (code == STORE_OK && word.n) code = many ? take_common(s, kind, q, word, &t) : take_word(s, kind, word, &t);
  row_set_free(&t.seen);
  return code;
}

/* ---- an answer of all kinds ---- */

static const char CUSTOMER[] =
    "SELECT c.id, c.name, f.words, f.oldest FROM customer c JOIN customer_face f ON f.row = c.row WHERE c.row = ?1";
static const char INVOICE[] =
    "SELECT i.number, c.name, i.number, i.due, c.id, i.status, i.currency, i.open FROM invoice i JOIN customer c ON "
    "c.row = i.customer_row WHERE i.row = ?1";
static const char CARD[] =
    "SELECT CAST(k.id AS TEXT), k.title, f.words, k.due_on, k.customer, k.place FROM card k JOIN card_face f ON f.row "
    "= k.id WHERE k.id = ?1";

static store_found read_found(db_stmt *q, found_kind kind, arena *perm) {
  store_found f = {.kind = kind, .due = DATE_NONE_DAY};
  f.id = arena_slice(perm, db_text(q, 0));
  f.name = arena_slice(perm, db_text(q, 1));
  if (!db_is_null(q, 3)) f.due = (int32_t)db_int(q, 3);
  if (kind == FOUND_CUSTOMER) return f;
  f.customer_id = arena_slice(perm, db_text(q, 4));
  f.status = arena_slice(perm, db_text(q, 5));
  if (kind == FOUND_INVOICE) f.currency = arena_slice(perm, db_text(q, 6));
  if (kind == FOUND_INVOICE) f.open = db_int(q, 7);
  return f;
}

static bool begins_so(slice number, slice typed) {
  for (size_t i = 0; i < typed.n; i++)
    if (i >= number.n || tolower((unsigned char)number.p[i]) != tolower((unsigned char)typed.p[i])) return false;
  return typed.n > 0;
}

/* Whether all that was typed is in it. A number's words are made here: they are not all kept. */
static bool is_meant(found_kind kind, slice words, slice typed, const word_query *q, arena *scratch) {
  if (kind != FOUND_INVOICE) return words_have(words, q);
  if (begins_so(words, typed)) return true;
  word_list all = {.n = 0};
  word_list_add(&all, words, true, scratch);
  return words_have(words_joined(&all, scratch), q);
}

/* An exact one first, then who owes something, then the rest. */
static int weight(const store_found *f, slice typed) {
  if (f->id.n == typed.n && begins_so(f->id, typed)) return 0;
  if (f->kind == FOUND_INVOICE) return slice_eq(f->status, SLICE("open")) ? 1 : 2;
  return f->due != DATE_NONE_DAY ? 1 : 2;
}

typedef struct answer {
  store_found v[64];
  size_t n, most;
} answer;

/* Behind those of the same weight; the last one falls out. */
static void insert(answer *a, store_found f, slice typed) {
  size_t at = a->n;
  while (at > 0 && weight(&a->v[at - 1], typed) > weight(&f, typed)) at--;
  if (at == a->most) return;
  if (a->n == a->most) a->n--;
  for (size_t i = a->n++; i > at; i--) a->v[i] = a->v[i - 1];
  a->v[at] = f;
}

static store_code find_kind(store *s, found_kind kind, slice typed, const word_query *asked, arena *perm, answer *a) {
  enum { LOOKED_AT_MOST = 2000 };
  static const char *const SQL[] = {CUSTOMER, INVOICE, CARD};
  found_rows rows;
  db_stmt *q;
  arena *scratch = arena_new();
  store_code code = store_found_rows(s, kind, typed, asked, LOOKED_AT_MOST, scratch, &rows);
  if (code == STORE_OK) code = store_prepared(s, SQL[kind], &q);
  for (size_t i = 0; i < rows.n && code == STORE_OK; i++) {
    db_bind_int(q, 1, rows.v[i]);
    code = db_step(q);
    if (code == STORE_ROW && is_meant(kind, db_text(q, 2), typed, asked, scratch))
      insert(a, read_found(q, kind, perm), typed);
    code = store_ended(s, q, code);
    if (code == STORE_ROW || code == STORE_END) code = STORE_OK;
    /* All of them as good as can be. */
    if (a->n == a->most && weight(&a->v[a->n - 1], typed) <= 1 && i > a->most) break;
  }
  arena_free(scratch);
  return code;
}

store_code store_search(store *s, slice text, size_t most, arena *perm, store_found *out, size_t *n) {
  enum { KINDS = 3 };
  answer *of = ARENA_ARRAY(perm, KINDS, answer);
  size_t take[KINDS] = {0}, left = most < sizeof of->v / sizeof *of->v ? most : sizeof of->v / sizeof *of->v;
  word_query asked;
  store_code code = STORE_OK;
  *n = 0;
  words_asked(&asked, text, perm);
  for (int k = 0; k < KINDS && code == STORE_OK; k++) {
    of[k].most = left;
    code = find_kind(s, (found_kind)k, text, &asked, perm, &of[k]);
  }
  /* In turns, so that none of the kinds keeps the others out. */
  for (bool any = true; any && left && code == STORE_OK;) {
    any = false;
    for (int k = 0; k < KINDS && left; k++) {
      if (take[k] == of[k].n) continue;
      take[k]++;
      left--;
      any = true;
    }
  }
  for (int k = 0; k < KINDS && code == STORE_OK; k++)
    for (size_t i = 0; i < take[k]; i++) out[(*n)++] = of[k].v[i];
  return code;
}
