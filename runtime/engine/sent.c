/* The messages that earlier runs sent, or may have: what limits, silence, joining and the last contact count. The store
 * has them as actions; which of them count is said here alone. */
#include "live.h"
#include "runtime/store/agenda.h"

bool sent_counts(slice state) {
  static const char *const NOT[] = {"suppressed", "expired", "rejected", "dead", "cancelled", "held", "planned"};
  for (size_t i = 0; i < sizeof NOT / sizeof *NOT; i++)
    if (slice_eq(state, slice_of(NOT[i]))) return false;
  return true;
}

static channel channel_of(slice name) {
  for (int c = 0; c < CH_COUNT; c++)
    if (slice_eq(name, slice_of(CHANNELS[c]))) return (channel)c;
  return CH_COUNT;
}

typedef struct known_message {
  uint32_t customer, invoice; /* VM_NO_ROW: it was about none */
  int32_t day;
  channel ch;
  uint32_t ladder; /* NO_LADDER: of none, or of one that the policy has no more */
  bool lead;
} known_message;

static void contact_again(engine *e, uint32_t field, uint32_t row, int32_t day) {
  int64_t last = fact_field(e->f, field)->loaded ? fact_int(e->f, field, row) : FACT_MISSING;
  if (last == FACT_MISSING || last < day) fact_set_int(e->f, field, row, day);
}

static void message_again(engine *e, const known_message *k) {
  contact_again(e, FIELD_CUSTOMER_LAST_CONTACT, k->customer, k->day);
  bool invoice = k->invoice != VM_NO_ROW;
  if (invoice) contact_again(e, FIELD_INVOICE_LAST_CONTACT, k->invoice, k->day);
  if (k->lead && k->day == e->today) e->h->messages_today++;
  if (!e->h->sent) return;
  sent_message *m = e->h->sent[k->customer];
  if (!k->lead && invoice && m && m->day == k->day && m->ch == k->ch) { /* joined the message just read */
    uint32_t *rows = ARENA_ARRAY(e->h->perm, m->invoice_count + 1, uint32_t);
    if (m->invoice_count) memcpy(rows, m->invoices, m->invoice_count * sizeof *rows);
    rows[m->invoice_count++] = k->invoice;
    m->invoices = rows;
    return;
  }
  m = ARENA_NEW(e->h->perm, sent_message);
  uint32_t *one = ARENA_NEW(e->h->perm, uint32_t);
  *one = k->invoice;
  *m = (sent_message){.next = e->h->sent[k->customer],
                      .day = k->day,
                      .ch = k->ch,
                      .ladder = k->ladder,
                      .invoice_count = invoice,
                      .invoices = one};
  e->h->sent[k->customer] = m;
}

static uint32_t ladder_named(const program *p, slice name) {
  for (uint32_t i = 0; i < p->ladder_count; i++)
    if (name.n && slice_eq(p->ladders[i].name, name)) return i;
  return NO_LADDER;
}

static store_code actions_load(engine *e, store *s, const row_names *names, int32_t before) {
  const slice columns[] = {SLICE("kind"),      SLICE("entity"), SLICE("customer"), SLICE("on"),    SLICE("channel"),
                           SLICE("recipient"), SLICE("lead"),   SLICE("state"),    SLICE("ladder")};
  const store_where where[] = {{"channel", STORE_NE, 0, SLICE("")}, {"on", STORE_LT, before, {0}}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 9, .where = where};
  q.where_count = before == SENT_ALL ? 1 : 2;
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    channel ch = channel_of(store_text(c, 4));
    bool sent = ch != CH_COUNT && sent_counts(store_text(c, 7)) && !slice_eq(store_text(c, 5), SLICE("no contact"));
    uint32_t customer = sent ? row_names_find(&names[ENT_CUSTOMER], store_text(c, 2)) : VM_NO_ROW;
    if (customer == VM_NO_ROW) continue;
    entity of = entity_of_kind(store_int(c, 0));
    message_again(
        e, &(known_message){.customer = customer,
                            .invoice = of == ENT_INVOICE ? row_names_find(&names[of], store_text(c, 1)) : VM_NO_ROW,
                            .day = (int32_t)store_int(c, 3),
                            .ch = ch,
                            .ladder = ladder_named(e->p, store_text(c, 8)),
                            .lead = store_is_null(c, 6) || store_int(c, 6) == 0});
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* Of a part of the ledger: the day's messages of all of it, which one policy line counts together. */
static store_code messages_today(engine *e, store *s) {
  if (!store_focused(s) || !e->p->ask_before_sending_more_than) return STORE_OK;
  const slice columns[] = {SLICE("channel"), SLICE("recipient"), SLICE("lead"), SLICE("state")};
  const store_where where = {"on", STORE_EQ, e->today, {0}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 4, .where = &where, .where_count = 1};
  store_cursor *c;
  store_focus_pause(s, true);
  store_code code = store_scan(s, &q, &c);
  store_focus_pause(s, false);
  if (code != STORE_OK) return code;
  e->h->messages_today = 0;
  while ((code = store_next(c)) == STORE_ROW)
    e->h->messages_today += channel_of(store_text(c, 0)) != CH_COUNT && sent_counts(store_text(c, 3)) &&
                            !slice_eq(store_text(c, 1), SLICE("no contact")) &&
                            (store_is_null(c, 2) || store_int(c, 2) == 0);
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

store_code sent_load(engine *e, store *s, const row_names names[ENT_COUNT], int32_t before) {
  store_code code = actions_load(e, s, names, before);
  return code == STORE_OK ? messages_today(e, s) : code;
}
