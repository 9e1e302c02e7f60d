/* See events.h. */
#include "events.h"

#include "lang/base/utf8.h"
#include "observed.h"
#include "runtime/store/done.h"
#include "settle.h"

static const char *const WORDS[HAPPENING_COUNT] = {
#define HAPPENING(id, words) [HAPPENING_##id] = words,
    HAPPENINGS(HAPPENING)
#undef HAPPENING
};

/* ---- names to rows ---- */

row_names row_names_of(arena *perm, const fact_table *t) {
  row_names n = {.v = t->number, .cap = 16};
  while (n.cap < t->n * 2 + 2) n.cap *= 2;
  n.slots = ARENA_ARRAY(perm, n.cap, uint32_t);
  for (uint32_t i = 0; i < t->n; i++) {
    uint32_t k = slice_hash(t->number[i]) & (n.cap - 1);
    while (n.slots[k]) k = (k + 1) & (n.cap - 1);
    n.slots[k] = i + 1;
  }
  return n;
}

uint32_t row_names_find(const row_names *n, slice s) {
  for (uint32_t k = slice_hash(s) & (n->cap - 1); n->slots[k]; k = (k + 1) & (n->cap - 1))
    if (slice_eq(n->v[n->slots[k] - 1], s)) return n->slots[k] - 1;
  return VM_NO_ROW;
}

static entity about(happening_kind k) {
  bool document = k == HAPPENING_DOCUMENT_SIGNED || k == HAPPENING_DOCUMENT_REFUSED || k == HAPPENING_DOCUMENT_EXPIRED;
  if (k == HAPPENING_ERP_EVENT || document) return ENT_CUSTOMER;
  return k == HAPPENING_CHURN || k == HAPPENING_CONTRACT_CHANGED ? ENT_CONTRACT : ENT_INVOICE;
}

static happening_kind kind_of(slice words) {
  for (int k = 0; k < HAPPENING_COUNT; k++)
    if (slice_eq(words, slice_of(WORDS[k]))) return (happening_kind)k;
  return HAPPENING_COUNT;
}

store_code happenings_load(arena *perm, store *s, const facts *f, civil_date day, happening_list *out) {
  *out = (happening_list){0};
  int64_t rows;
  store_code code = store_count(s, STORE_T_happening, &rows);
  if (code != STORE_OK || rows == 0) return code;
  out->v = ARENA_ARRAY(perm, (size_t)rows, happening);
  row_names names[ENT_COUNT];
  for (int of = 0; of < ENT_COUNT; of++) names[of] = row_names_of(perm, &f->t[of]);
  const slice columns[] = {SLICE("date"), SLICE("kind"),  SLICE("invoice"), SLICE("amount"),
                           SLICE("day"),  SLICE("value"), SLICE("seq"),     SLICE("observed"),
                           SLICE("was"),  SLICE("name"),  SLICE("said")};
  store_query q = {.table = STORE_T_happening, .columns = columns, .column_count = 11};
  store_cursor *c;
  code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW && out->n < (uint32_t)rows) {
    happening h = {.day = (int32_t)store_int(c, 0), .kind = kind_of(store_text(c, 1))};
    if (h.kind == HAPPENING_COUNT) continue;
    h.of = about(h.kind);
    h.row = row_names_find(&names[h.of], store_text(c, 2));
    h.seq = store_int(c, 6);
    h.amount = store_is_null(c, 3) ? FACT_MISSING : store_int(c, 3);
    h.date = store_is_null(c, 4) ? DATE_NONE_DAY : (int32_t)store_int(c, 4);
    h.text = arena_slice(perm, store_text(c, h.kind == HAPPENING_ERP_EVENT ? 10 : 5));
    h.name = arena_slice(perm, store_text(c, 9));
    h.observed = store_int(c, 7) != 0;
    h.own = h.observed && slice_eq(h.name, SLICE(STORE_BY_DUN));
    h.was = store_int(c, 8);
    if (h.row == VM_NO_ROW)
      out->unknown++;
    else
      out->v[out->n++] = h;
  }
  store_cursor_close(c);
  observed_pair(out, perm);
  observed_known(out, day.day);
  return code == STORE_END || code == STORE_ROW ? STORE_OK : code;
}

void occurrence_add(occurrence_list *l, event_kind kind, entity of, uint32_t row, slice s) {
  if (!l) return;
  if (l->n == l->cap) {
    uint32_t cap = l->cap ? l->cap * 2 : 16;
    occurrence *v = ARENA_ARRAY(l->perm, cap, occurrence);
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
    l->cap = cap;
  }
  l->v[l->n++] = (occurrence){.kind = kind, .of = of, .row = row, .text = s};
}

/* ---- what each does ---- */

static void add_paid(engine *e, uint32_t row, int64_t amount) {
  fact_column *paid = fact_field(e->f, FIELD_INVOICE_PAID_AMOUNT);
  if (!paid->loaded) return;
  int64_t before = column_get(&paid->c, row);
  column_set(e->f, &paid->c, row, (before == FACT_MISSING ? 0 : before) + amount);
}

const payment_made *payments_last(const engine *e, uint32_t row) {
  uint32_t k = e->payment_of ? e->payment_of[row] : 0;
  return k ? &e->payments[k - 1] : NULL;
}
const payment_made *payments_before(const engine *e, const payment_made *p) {
  return p->before ? &e->payments[p->before - 1] : NULL;
}

static void remember_payment(engine *e, const payment_made *p) {
  if (!e->payment_of) e->payment_of = ARENA_ARRAY(e->perm, e->f->t[ENT_INVOICE].n + 1, uint32_t);
  if (e->payment_count == e->payment_cap) {
    uint32_t cap = e->payment_cap ? e->payment_cap * 2 : 64;
    payment_made *v = ARENA_ARRAY(e->perm, cap, payment_made);
    if (e->payment_count) memcpy(v, e->payments, e->payment_count * sizeof *v);
    e->payments = v;
    e->payment_cap = cap;
  }
  e->payments[e->payment_count] = *p;
  e->payments[e->payment_count++].before = e->payment_of[p->row];
  e->payment_of[p->row] = e->payment_count;
}

/* A reversal takes the dates of noticed payments back with their sums: the last one of that amount, else all. */
static void forget_seen(engine *e, uint32_t row, int64_t amount) {
  bool found = false;
  for (uint32_t k = e->payment_of ? e->payment_of[row] : 0; k && !found; k = e->payments[k - 1].before) {
    payment_made *p = &e->payments[k - 1];
    found = p->seen && p->amount != 0 && p->amount == amount;
    if (found) p->amount = 0;
  }
  for (uint32_t k = e->payment_of ? e->payment_of[row] : 0; k && !found; k = e->payments[k - 1].before)
    if (e->payments[k - 1].seen) e->payments[k - 1].amount = 0;
}

/* Takes back the last payment of the invoice, of this amount where one is named: what it had paid. Of an invoice whose
 * payments are not among the events all that was paid comes back. */
static int64_t take_back(engine *e, uint32_t row, int64_t amount, int64_t *whole) {
  for (uint32_t i = e->payment_count; i-- > 0;) {
    payment_made *p = &e->payments[i];
    if (p->row != row || p->amount == 0 || p->seen || (amount != FACT_MISSING && p->amount != amount)) continue;
    amount = p->beside ? 0 : settled_principal(p);
    *whole = p->beside ? 0 : p->amount;
    p->amount = p->fine = p->interest = 0;
    return amount;
  }
  forget_seen(e, row, amount);
  *whole = amount;
  if (amount != FACT_MISSING) return amount;
  int64_t all =
      fact_field(e->f, FIELD_INVOICE_AMOUNT)->loaded ? fact_int(e->f, FIELD_INVOICE_AMOUNT, row) : FACT_MISSING;
  return *whole = all == FACT_MISSING ? 0 : all - fact_int(e->f, FIELD_INVOICE_OPEN, row);
}

/* A payment of an invoice that is not open leaves its balance alone: the row has it in it, or it is for something else.
 */
/* customer.average_delay: the mean over the invoices seen to be paid, early payments counting below zero. */
static void paid_in_full(engine *e, const happening *h) {
  fact_column *c = fact_field(e->f, FIELD_CUSTOMER_AVERAGE_DELAY);
  if (!c->loaded) return;
  uint32_t customers = e->f->t[ENT_CUSTOMER].n, customer = e->f->customer[h->row];
  if (!e->delays) {
    e->delays = ARENA_ARRAY(e->perm, customers + 1, delay_sum);
    for (uint32_t i = 0; i < customers; i++) e->delays[i].told = column_get(&c->c, i) != FACT_MISSING;
  }
  delay_sum *d = &e->delays[customer];
  if (d->told) return;
  d->days += h->day - fact_int(e->f, FIELD_INVOICE_DUE, h->row);
  d->invoices++;
  column_set(e->f, &c->c, customer, (int64_t)div_round(d->days, d->invoices, ROUND_HALF_EVEN));
}

static void payment(engine *e, const happening *h, occurrence_list *out) {
  if (h->own) return; /* written off, not paid */
  if (h->observed) {
    payment_made noticed = {.row = h->row, .amount = h->amount, .seen = true, .day = h->day};
    if (!h->counted && h->amount != FACT_MISSING && h->amount > 0) remember_payment(e, &noticed);
    return;
  }
  int64_t open = fact_int(e->f, FIELD_INVOICE_OPEN, h->row);
  payment_made made = {.row = h->row, .amount = h->amount == FACT_MISSING ? open : h->amount, .day = h->day};
  bool was_open = fact_int(e->f, FIELD_INVOICE_STATUS, h->row) == STATUS_OPEN;
  made.beside = !was_open && !h->counted;
  if (was_open && !h->counted) settle_payment(e, &made, h->amount == FACT_MISSING);
  remember_payment(e, &made);
  if (!was_open || h->counted) return;
  fact_set_int(e->f, FIELD_INVOICE_OPEN, h->row, open - settled_principal(&made));
  add_paid(e, h->row, made.amount);
  if (open - settled_principal(&made) > 0) {
    occurrence_add(out, EV_PARTIAL_PAYMENT, ENT_INVOICE, h->row, h->text);
    return;
  }
  fact_set_int(e->f, FIELD_INVOICE_STATUS, h->row, STATUS_PAID);
  paid_in_full(e, h);
  fact_set_int(e->f, FIELD_INVOICE_PROMISE, h->row, FACT_MISSING);
  occurrence_add(out, EV_PAYMENT_IN_FULL, ENT_INVOICE, h->row, h->text);
}

static void payment_reversed(engine *e, const happening *h) {
  if (h->observed) {
    if (!h->counted) forget_seen(e, h->row, h->amount);
    return;
  }
  int64_t open = fact_int(e->f, FIELD_INVOICE_OPEN, h->row);
  int64_t whole = 0, amount = take_back(e, h->row, h->amount, &whole);
  if (h->counted) return;
  fact_set_int(e->f, FIELD_INVOICE_OPEN, h->row, open + amount);
  add_paid(e, h->row, -whole);
  if (open + amount > 0 && amount > 0 && fact_int(e->f, FIELD_INVOICE_STATUS, h->row) == STATUS_PAID)
    fact_set_int(e->f, FIELD_INVOICE_STATUS, h->row, STATUS_OPEN);
}

void due_set(engine *e, uint32_t row, int32_t due) {
  if (e->f->due_written) {
    column_set(e->f, e->f->due_written, row, due);
    due = calendar_next(e->cal, (civil_date){due}).day;
  }
  fact_set_int(e->f, FIELD_INVOICE_DUE, row, due);
}

/* A changed due date closes a promise, neither kept nor broken, and begins a new cycle. False: it is the date it was.
 */
static bool due_changed(engine *e, const happening *h) {
  int32_t due = h->date;
  const column *written = e->f->due_written ? e->f->due_written : &fact_field(e->f, FIELD_INVOICE_DUE)->c;
  if (due == DATE_NONE_DAY || column_get(written, h->row) == due) return false;
  fact_set_int(e->f, FIELD_INVOICE_PROMISE, h->row, FACT_MISSING);
  due_set(e, h->row, due);
  engine_due_changed(e, h->row);
  return true;
}

/* Adds a channel to (or takes it out of) a customer's set. */
static void opt(engine *e, uint32_t field, uint32_t customer, slice channel_name, bool add) {
  fact_require(e->f, field, FACT_MISSING);
  slice set = fact_text(e->f, field, customer), out = {0};
  for (size_t i = 0; i <= set.n && set.n;) {
    size_t end = i;
    while (end < set.n && set.p[end] != ';') end++;
    slice one = slice_trim((slice){set.p + i, end - i});
    if (one.n && !utf8_fold_eq(one, channel_name))
      out = out.n ? arena_printf(e->perm, "%.*s;%.*s", SLICE_ARG(out), SLICE_ARG(one)) : one;
    i = end + 1;
  }
  if (add) out = out.n ? arena_printf(e->perm, "%.*s;%.*s", SLICE_ARG(out), SLICE_ARG(channel_name)) : channel_name;
  fact_set_text(e->f, field, customer, out);
}

/* A customer who opts out again is out, whatever was agreed to before; opting in takes an earlier opt-out back. */
static void opted(engine *e, const happening *h, bool in) {
  uint32_t customer = e->f->customer[h->row];
  opt(e, FIELD_CUSTOMER_OPTED_OUT, customer, h->text, !in);
  opt(e, FIELD_CUSTOMER_OPTED_IN, customer, h->text, in);
}

/* Who has gone cannot go again. A simulation begins with the rows as they are; to a run the row and the event tell of
 * one churn, so that what an event said before counts. */
static bool churned_already(engine *e, uint32_t contract) {
  if (!e->churned) e->churned = ARENA_ARRAY(e->perm, e->f->t[ENT_CONTRACT].n + 1, bool);
  bool told = e->churned[contract];
  e->churned[contract] = true;
  return (told || e->supposes) && fact_int(e->f, FIELD_CONTRACT_STATUS, contract) == CONTRACT_CHURNED;
}

void happening_apply(engine *e, const happening *h, occurrence_list *out) {
  switch (h->kind) {
  case HAPPENING_PAYMENT: payment(e, h, out); return;
  case HAPPENING_PAYMENT_REVERSED: payment_reversed(e, h); return;
  case HAPPENING_DISPUTE:
    fact_set_int(e->f, FIELD_INVOICE_DISPUTED, h->row, 1);
    occurrence_add(out, EV_DISPUTE, h->of, h->row, h->text);
    return;
  case HAPPENING_DISPUTE_RESOLVED: fact_set_int(e->f, FIELD_INVOICE_DISPUTED, h->row, 0); return;
  case HAPPENING_PROMISE:
    fact_set_int(e->f, FIELD_INVOICE_PROMISE, h->row, h->date == DATE_NONE_DAY ? FACT_MISSING : h->date);
    return;
  case HAPPENING_DUE_CHANGED:
    if (due_changed(e, h)) occurrence_add(out, EV_DUE_CHANGED, h->of, h->row, h->text);
    return;
  case HAPPENING_EXTENSION_APPROVED:
    (void)due_changed(e, h);
    occurrence_add(out, EV_EXTENSION_APPROVED, h->of, h->row, h->text);
    return;
  case HAPPENING_REPLY:
    e->h->replied[e->f->customer[h->row]] = h->day;
    occurrence_add(out, EV_REPLY, h->of, h->row, h->text);
    return;
  case HAPPENING_CHURN:
    if (!churned_already(e, h->row)) occurrence_add(out, EV_CONTRACT_CHURNED, h->of, h->row, h->text);
    fact_set_int(e->f, FIELD_CONTRACT_STATUS, h->row, CONTRACT_CHURNED);
    return;
  case HAPPENING_OPT_OUT: opted(e, h, false); return;
  case HAPPENING_OPT_IN: opted(e, h, true); return;
  case HAPPENING_INVOICE_CANCELLED: /* a row that was may be open again by now */
    if (!h->observed) fact_set_int(e->f, FIELD_INVOICE_STATUS, h->row, STATUS_CANCELLED);
    occurrence_add(out, EV_INVOICE_CANCELLED, h->of, h->row, h->text);
    return;
  case HAPPENING_EXTENSION_REQUESTED: occurrence_add(out, EV_EXTENSION_REQUESTED, h->of, h->row, h->text); return;
  case HAPPENING_INVOICE_CREATED: occurrence_add(out, EV_INVOICE_CREATED, h->of, h->row, h->text); return;
  case HAPPENING_MESSAGE_FAILED: occurrence_add(out, EV_MESSAGE_FAILED, h->of, h->row, h->text); return;
  case HAPPENING_MESSAGE_BOUNCED: occurrence_add(out, EV_MESSAGE_BOUNCED, h->of, h->row, h->text); return;
  case HAPPENING_MESSAGE_READ: occurrence_add(out, EV_MESSAGE_READ, h->of, h->row, h->text); return;
  case HAPPENING_DOCUMENT_SIGNED: occurrence_add(out, EV_DOCUMENT_SIGNED, h->of, h->row, h->text); return;
  case HAPPENING_DOCUMENT_REFUSED: occurrence_add(out, EV_DOCUMENT_REFUSED, h->of, h->row, h->text); return;
  case HAPPENING_DOCUMENT_EXPIRED: occurrence_add(out, EV_DOCUMENT_EXPIRED, h->of, h->row, h->text); return;
  case HAPPENING_CONTRACT_CHANGED: occurrence_add(out, EV_CONTRACT_CHANGED, h->of, h->row, h->text); return;
  case HAPPENING_ERP_EVENT:
    occurrence_add(out, EV_ERP, h->of, h->row, h->text);
    if (out) out->v[out->n - 1].name = h->name, out->v[out->n - 1].seq = h->seq; /* orders of a day are many */
    return;
  case HAPPENING_COUNT: return;
  }
}

static int32_t grace_end(const engine *e, const scope *s, int32_t promise) {
  return s->hold_promised ? duration_after(e->cal, s->promised_grace, promise) : promise;
}

int32_t promise_earliest(const engine *e, uint32_t row) {
  int64_t promise = fact_int(e->f, FIELD_INVOICE_PROMISE, row);
  return promise == FACT_MISSING ? DATE_NONE_DAY : grace_end(e, &e->p->policy, (int32_t)promise) + 1;
}

int32_t promise_judged(engine *e, uint32_t row) {
  int32_t earliest = promise_earliest(e, row);
  if (earliest == DATE_NONE_DAY) return DATE_NONE_DAY;
  bool any = false; /* seldom: the ladder is asked for only where one grants grace */
  for (uint32_t l = 0; l < e->p->ladder_count; l++) any |= e->p->ladders[l].own.hold_promised;
  uint32_t own = any ? engine_ladder(e, ENT_INVOICE, row, false) : NO_LADDER;
  if (own == NO_LADDER) return earliest;
  int32_t promise = (int32_t)fact_int(e->f, FIELD_INVOICE_PROMISE, row),
          day = grace_end(e, &e->p->ladders[own].own, promise) + 1;
  return day > earliest ? day : earliest;
}
