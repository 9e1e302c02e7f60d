/* See inbox_people.h. */
#include "inbox_people.h"

#include "lang/base/utf8.h"
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
  size_t n = 0;
  for (size_t i = s.n; i-- > 0 && n < 4;)
    if (s.p[i] >= '0' && s.p[i] <= '9') out[n++] = s.p[i];
  return n == 4;
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
  out->v[out->count++] = (inbox_customer){.id = arena_slice(perm, store_text(c, 0)),
                                          .row = store_int(c, 1),
                                          .opted_out = arena_slice(perm, store_text(c, 2)),
                                          .opted_in = arena_slice(perm, store_text(c, 3))};
}

enum { CUSTOMER_COLUMNS = 6 };

/* All customers that have the address now; with `id` that one alone, whatever its address. */
static store_code customers(const inbox *b, const writer_address *a, slice id, arena *perm, inbox_people *out) {
  const slice columns[CUSTOMER_COLUMNS] = {SLICE("id"),       SLICE("customer_row"), SLICE("opted_out"),
                                           SLICE("opted_in"), SLICE("country"),      slice_of(ADDRESS[a->ch])};
  store_cursor *c = NULL;
  if (id.n) {
    store_code code = store_row(b->s, STORE_T_customer, "id", id, columns, CUSTOMER_COLUMNS, &c);
    if (code == STORE_ROW) add(out, c, perm);
    store_cursor_close(c);
    return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
  }
  store_query q = {.table = STORE_T_customer, .any_order = true, .columns = columns, .column_count = CUSTOMER_COLUMNS};
  store_code code = store_scan(b->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW)
    if (is_same(a, store_text(c, 5), store_text(c, 4))) add(out, c, perm);
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
