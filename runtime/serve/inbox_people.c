/* See inbox_people.h. */
#include "inbox_people.h"

#include "lang/base/utf8.h"
#include "runtime/store/erase.h"
#include "stdlib/channel/phone.h"
#include "stdlib/net/settings.h"

static const char *const ADDRESS[CH_COUNT] = {[CH_EMAIL] = "email", [CH_WHATSAPP] = "whatsapp", [CH_SMS] = "phone"};

channel inbox_channel(const inbox *b) {
  for (int ch = 0; ch < CH_COUNT; ch++)
    if (slice_eq(b->from->kind, slice_of(CHANNELS[ch]))) return (channel)ch;
  return CH_COUNT;
}

/* An address that somebody wrote from. */
typedef struct writer_address {
  channel ch;
  slice from, country; /* `country`: for numbers without calling code of customers without country */
  char tail[4];        /* its last digits */
} writer_address;

static bool tail_of(slice s, char out[4]) {
  size_t n = 4;
  for (size_t i = s.n; i-- > 0 && n > 0;)
    if (s.p[i] >= '0' && s.p[i] <= '9') out[--n] = s.p[i];
  return n == 0;
}

static bool is_same(const writer_address *a, slice written, slice country) {
  char tail[4], number[PHONE_TEXT_MAX];
  if (a->ch == CH_EMAIL) return utf8_fold_eq(slice_trim(written), a->from);
  if (!tail_of(written, tail) || memcmp(tail, a->tail, sizeof tail) != 0) return false;
  return phone_read(written, country, a->country, number) == PHONE_FINE && phone_same(slice_of(number), a->from);
}

static bool address_of(const inbox *b, const hook_event *e, writer_address *out) {
  slice variable;
  *out = (writer_address){.ch = inbox_channel(b), .from = slice_trim(e->from)};
  if (!connection_setting(b->w, b->from, "country", &out->country, &variable)) out->country = (slice){0};
  if (out->ch == CH_COUNT || !ADDRESS[out->ch] || out->from.n == 0) return false;
  return out->ch == CH_EMAIL || tail_of(out->from, out->tail);
}

static void add(inbox_people *out, const store_cursor *c, arena *perm) {
  if (out->count == INBOX_CUSTOMERS_MAX) return;
  out->v[out->count++] = (inbox_customer){.id = arena_slice(perm, store_text(c, 0)), .row = store_int(c, 1)};
}

enum { CUSTOMER_COLUMNS = 4 };

/* Who can have it, by the store's indexes; without a column: an address that they do not know. */
static store_where may_be(const writer_address *a) {
  if (a->ch != CH_EMAIL) return (store_where){ADDRESS[a->ch], STORE_NUMBER_ENDS, 0, {a->tail, sizeof a->tail}};
  for (size_t i = 0; i < a->from.n; i++)
    if ((unsigned char)a->from.p[i] >= 128) return (store_where){0};
  return (store_where){ADDRESS[CH_EMAIL], STORE_ADDRESS, 0, a->from};
}

/* All customers that have the address now; with `id` that one alone, whatever its address. */
static store_code customers(const inbox *b, const writer_address *a, slice id, arena *perm, inbox_people *out) {
  const slice columns[CUSTOMER_COLUMNS] = {SLICE("id"), SLICE("customer_row"), SLICE("country"),
                                           slice_of(ADDRESS[a->ch])};
  store_cursor *c = NULL;
  if (id.n) {
    store_code code = store_row(b->s, STORE_T_customer, "id", id, columns, CUSTOMER_COLUMNS, &c);
    if (code == STORE_ROW) add(out, c, perm);
    store_cursor_close(c);
    return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
  }
  const store_where where = may_be(a);
  store_query q = {.table = STORE_T_customer,
                   .any_order = true,
                   .columns = columns,
                   .column_count = CUSTOMER_COLUMNS,
                   .where = &where,
                   .where_count = where.column ? 1 : 0};
  store_code code = store_scan(b->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW)
    if (is_same(a, store_text(c, 3), store_text(c, 2))) add(out, c, perm);
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* Nobody has the address any more: the last message that went there says whose it was. */
static store_code recipient(const inbox *b, const writer_address *a, arena *perm, slice *customer) {
  store_recipient *v = ARENA_ARRAY(perm, INBOX_RECIPIENTS_MAX, store_recipient);
  size_t n;
  store_code code = store_recipients(b->s, b->from->kind, perm, v, INBOX_RECIPIENTS_MAX, &n);
  *customer = (slice){0};
  for (size_t i = 0; code == STORE_OK && i < n && !customer->n; i++)
    if (is_same(a, v[i].address, v[i].country)) *customer = v[i].customer;
  return code;
}

store_code inbox_who(const inbox *b, const hook_event *e, arena *perm, inbox_people *out) {
  writer_address a;
  slice was = {0};
  *out = (inbox_people){.count = 0};
  store_code code = store_answered_by_id(b->s, e->provider_id, perm, &out->answered);
  out->named = out->answered.action != 0;
  if (code != STORE_OK || !address_of(b, e, &a)) return code;
  code = customers(b, &a, (slice){0}, perm, out);
  if (code == STORE_OK && out->count == 0 && !out->answered.action) code = recipient(b, &a, perm, &was);
  if (code == STORE_OK && out->count == 0) code = was.n ? customers(b, &a, was, perm, out) : STORE_OK;
  if (code == STORE_OK && out->count == 0 && out->answered.customer.n)
    code = customers(b, &a, out->answered.customer, perm, out);
  for (size_t i = 0; code == STORE_OK && i < out->count && !out->named; i++) {
    store_answered last;
    code = store_answered_last(b->s, out->v[i].id, b->from->kind, perm, &last);
    if (code == STORE_OK && last.action && last.sent_us >= out->answered.sent_us) out->answered = last;
  }
  return code;
}

/* ---- taken out again ---- */

store_code inbox_addresses_of(store *s, slice customer, arena *perm, inbox_addresses *out) {
  const slice columns[] = {SLICE("email"), SLICE("phone"), SLICE("whatsapp"), SLICE("country")};
  slice *const values[] = {&out->email, &out->phone, &out->whatsapp, &out->country};
  store_cursor *c = NULL;
  store_code code = store_row(s, STORE_T_customer, "id", customer, columns, 4, &c);
  for (size_t i = 0; i < 4 && code == STORE_ROW; i++) *values[i] = arena_slice(perm, store_text(c, i));
  store_cursor_close(c);
  return code == STORE_ROW ? STORE_OK : code;
}

/* Its digits end the other's: a number without calling code, of a customer without country. */
static bool ends_so(slice from, slice written) {
  enum { ENOUGH = 8 };
  size_t i = from.n, n = 0;
  for (size_t k = written.n; k > 0; k--) {
    char c = written.p[k - 1];
    if (c < '0' || c > '9') continue;
    if (i == 0 || from.p[i - 1] != c) return n >= ENOUGH && c == '0';
    i--, n++;
  }
  return n >= ENOUGH;
}

static bool has_number(slice from, slice written, slice country) {
  char number[PHONE_TEXT_MAX];
  if (phone_read(written, country, (slice){0}, number) == PHONE_FINE) return phone_same(slice_of(number), from);
  return written.n && ends_so(from, written);
}

/* "Reply by sms, +5511987654321: ...": the address that a card was opened for (inbox.c writes it). */
static slice address_in(slice title) {
  const char *comma = title.n ? memmem(title.p, title.n, ", ", 2) : NULL;
  if (!comma) return (slice){0};
  slice rest = {comma + 2, title.n - (size_t)(comma + 2 - title.p)};
  const char *end = memchr(rest.p, ':', rest.n);
  return slice_trim((slice){rest.p, end ? (size_t)(end - rest.p) : rest.n});
}

static bool wrote_from(const inbox_addresses *a, slice title) {
  slice from = address_in(title);
  if (!from.n) return false;
  if (memchr(from.p, '@', from.n)) return a->email.n && utf8_fold_eq(slice_trim(a->email), from);
  return has_number(from, a->phone, a->country) || has_number(from, a->whatsapp, a->country);
}

store_code inbox_forget(store *s, const inbox_addresses *a, arena *scratch, int64_t *cards) {
  const slice columns[] = {SLICE("id"), SLICE("title")};
  const store_where where[] = {{"customer", STORE_EQ, 0, {"", 0}}};
  store_query q = {.table = STORE_T_card, .columns = columns, .column_count = 2, .where = where, .where_count = 1};
  store_cursor *c;
  size_t n = 0, room = 0;
  int64_t *ids = NULL;
  *cards = 0;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    if (!wrote_from(a, store_text(c, 1))) continue;
    if (n == room) {
      int64_t *more = ARENA_ARRAY(scratch, room = room * 2 + 16, int64_t);
      if (n) memcpy(more, ids, n * sizeof *more);
      ids = more;
    }
    ids[n++] = store_int(c, 0);
  }
  store_cursor_close(c);
  code = code == STORE_END ? STORE_OK : code;
  for (size_t i = 0; i < n && code == STORE_OK; i++) code = store_card_emptied(s, ids[i]);
  *cards = (int64_t)n;
  return code;
}
