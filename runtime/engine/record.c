/* See record.h. Going back, the last happening is undone first; what a row showed before is in `was` where an import
 * noticed the change, and follows from the kind where somebody told of it. */
#include "record.h"

#include <stdlib.h>

#include "lang/base/tz.h"
#include "lang/base/utf8.h"

/* In `was` of an "invoice created": the row was hidden until then. */
enum { REVEALS = 1 };

static int64_t get(const engine *e, uint32_t field, uint32_t row) {
  return fact_field(e->f, field)->loaded ? fact_int(e->f, field, row) : FACT_MISSING;
}

static void set(engine *e, uint32_t field, uint32_t row, int64_t value) {
  if (fact_field(e->f, field)->loaded) fact_set_int(e->f, field, row, value);
}

static void add(engine *e, uint32_t field, uint32_t row, int64_t more) {
  int64_t v = get(e, field, row);
  if (v != FACT_MISSING) fact_set_int(e->f, field, row, v + more);
}

/* ---- back ---- */

static void undo_balance(engine *e, const happening *h, int64_t paid) {
  set(e, FIELD_INVOICE_OPEN, h->row, h->was);
  set(e, FIELD_INVOICE_STATUS, h->row, h->was > 0 ? STATUS_OPEN : STATUS_PAID);
  if (h->amount != FACT_MISSING) add(e, FIELD_INVOICE_PAID_AMOUNT, h->row, paid);
}

/* An event says what the row shows already only where the row is not open: it came in paid, with its payments beside
 * it. The last of them closed it, whatever they add up to. */
static void undo_told_payment(engine *e, happening *h, bool *came_paid) {
  if (h->counted) return;
  int64_t amount = get(e, FIELD_INVOICE_AMOUNT, h->row);
  if (!came_paid[h->row] && get(e, FIELD_INVOICE_STATUS, h->row) == STATUS_PAID) {
    came_paid[h->row] = true;
    set(e, FIELD_INVOICE_STATUS, h->row, STATUS_OPEN);
    set(e, FIELD_INVOICE_OPEN, h->row, amount != FACT_MISSING ? amount : 0);
    set(e, FIELD_INVOICE_PAID_AMOUNT, h->row, 0);
    if (amount == FACT_MISSING && h->amount != FACT_MISSING) set(e, FIELD_INVOICE_OPEN, h->row, h->amount);
    h->amount = FACT_MISSING;
    return;
  }
  if (came_paid[h->row] && amount == FACT_MISSING && h->amount != FACT_MISSING)
    add(e, FIELD_INVOICE_OPEN, h->row, h->amount);
}

static void undo_cancelled(engine *e, uint32_t row) {
  if (get(e, FIELD_INVOICE_STATUS, row) != STATUS_CANCELLED) return;
  int64_t open = get(e, FIELD_INVOICE_OPEN, row), amount = get(e, FIELD_INVOICE_AMOUNT, row);
  set(e, FIELD_INVOICE_STATUS, row, STATUS_OPEN);
  if (open == 0 && amount != FACT_MISSING) set(e, FIELD_INVOICE_OPEN, row, amount);
}

static void undo_promise(engine *e, const happening *h) {
  int64_t now = get(e, FIELD_INVOICE_PROMISE, h->row);
  if (h->observed)
    set(e, FIELD_INVOICE_PROMISE, h->row, h->was ? h->was : FACT_MISSING);
  else if (now == h->date)
    set(e, FIELD_INVOICE_PROMISE, h->row, FACT_MISSING);
}

/* Takes a channel out of a customer's set. */
static void undo_wish(engine *e, uint32_t field, uint32_t customer, slice channel_name) {
  if (!fact_field(e->f, field)->loaded) return;
  slice all = fact_text(e->f, field, customer), out = {0};
  for (size_t i = 0; i < all.n;) {
    size_t end = i;
    while (end < all.n && all.p[end] != ';') end++;
    slice one = slice_trim((slice){all.p + i, end - i});
    if (one.n && !utf8_fold_eq(one, channel_name))
      out = out.n ? arena_printf(e->perm, "%.*s;%.*s", SLICE_ARG(out), SLICE_ARG(one)) : one;
    i = end + 1;
  }
  fact_set_text(e->f, field, customer, out);
}

static void undo(engine *e, happening *h, bool *came_paid) {
  switch (h->kind) {
  case HAPPENING_PAYMENT:
    if (h->observed)
      undo_balance(e, h, -h->amount);
    else
      undo_told_payment(e, h, came_paid);
    return;
  case HAPPENING_PAYMENT_REVERSED:
    if (h->observed) undo_balance(e, h, h->amount);
    return;
  case HAPPENING_DISPUTE: set(e, FIELD_INVOICE_DISPUTED, h->row, 0); return;
  case HAPPENING_DISPUTE_RESOLVED: set(e, FIELD_INVOICE_DISPUTED, h->row, 1); return;
  case HAPPENING_PROMISE: undo_promise(e, h); return;
  case HAPPENING_DUE_CHANGED:
    if (h->observed) due_set(e, h->row, (int32_t)h->was);
    return;
  case HAPPENING_INVOICE_CANCELLED: undo_cancelled(e, h->row); return;
  case HAPPENING_CHURN:
    if (get(e, FIELD_CONTRACT_STATUS, h->row) == CONTRACT_CHURNED)
      set(e, FIELD_CONTRACT_STATUS, h->row, CONTRACT_ACTIVE);
    return;
  case HAPPENING_OPT_OUT: undo_wish(e, FIELD_CUSTOMER_OPTED_OUT, e->f->customer[h->row], h->text); return;
  case HAPPENING_OPT_IN: undo_wish(e, FIELD_CUSTOMER_OPTED_IN, e->f->customer[h->row], h->text); return;
  case HAPPENING_EXTENSION_REQUESTED:
  case HAPPENING_EXTENSION_APPROVED:
  case HAPPENING_REPLY:
  case HAPPENING_INVOICE_CREATED:
  case HAPPENING_MESSAGE_FAILED:
  case HAPPENING_MESSAGE_BOUNCED:
  case HAPPENING_MESSAGE_READ:
  case HAPPENING_CONTRACT_CHANGED:
  case HAPPENING_DOCUMENT_SIGNED:
  case HAPPENING_DOCUMENT_REFUSED:
  case HAPPENING_DOCUMENT_EXPIRED:
  case HAPPENING_ERP_EVENT:
  case HAPPENING_COUNT: return;
  }
}

/* When a customer was last written to is known of the messages sent since; what the row says may be of later. */
static void forget_contacts(engine *e, entity of, uint32_t field, civil_date from) {
  for (uint32_t row = 0; row < e->f->t[of].n; row++) {
    int64_t day = get(e, field, row);
    if (day != FACT_MISSING && day >= from.day) set(e, field, row, FACT_MISSING);
  }
}

/* ---- when what was known ---- */

typedef struct knowing {
  int32_t first_import, first_run; /* INT32_MAX: there was none */
  bool brought;                    /* what happened before the first import counts on its own day */
} knowing;

static int32_t day_of(const engine *e, int64_t us) {
  return e->zone ? tz_local(e->zone, us / 1000000).date.day : (int32_t)(us / 1000000 / 86400);
}

/* The least of a column, INT32_MAX without a row. */
static store_code least(store *s, const store_query *q, int64_t *out) {
  store_cursor *c;
  store_code code = store_scan(s, q, &c);
  *out = INT64_MAX;
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW)
    if (store_int(c, 0) < *out) *out = store_int(c, 0);
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

static store_code knowing_load(engine *e, store *s, civil_date from, knowing *out) {
  const slice at[] = {SLICE("at")}, on[] = {SLICE("effective_on")};
  const store_where import = {"kind", STORE_EQ, 0, SLICE("import")};
  int64_t imported, ran;
  store_code code = least(
      s, &(store_query){.table = STORE_T_event, .columns = at, .column_count = 1, .where = &import, .where_count = 1},
      &imported);
  if (code == STORE_OK)
    code = least(s, &(store_query){.table = STORE_T_revision, .columns = on, .column_count = 1}, &ran);
  out->first_import = imported == INT64_MAX ? INT32_MAX : day_of(e, imported);
  out->first_run = ran == INT64_MAX ? INT32_MAX : (int32_t)ran;
  out->brought = from.day < out->first_import;
  return code;
}

/* The day on which each was known: later than its own where Dun learnt of it later. */
static store_code learn(engine *e, store *s, const knowing *k, happening_list *l) {
  const slice columns[] = {SLICE("seq"), SLICE("seen_at")};
  store_query q = {.table = STORE_T_happening, .columns = columns, .column_count = 2};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  uint32_t i = 0; /* both in the order of the table; the list lacks some of it */
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW && i < l->n) {
    if (store_int(c, 0) != l->v[i].seq) continue;
    happening *h = &l->v[i++];
    h->happened = h->day;
    if (h->day < k->first_import && k->brought) continue;
    int32_t seen = day_of(e, store_int(c, 1));
    if (seen > h->day) h->day = seen;
  }
  store_cursor_close(c);
  return code == STORE_END || code == STORE_ROW ? STORE_OK : code;
}

/* ---- invoices that were not there yet ---- */

typedef struct appearing {
  int32_t day; /* DATE_NONE_DAY: it was always there */
  bool told;   /* a happening says so */
} appearing;

/* An invoice of the first import was there by the first run or import, and before from the day of its issue. */
static appearing *appearances(const engine *e, const knowing *k, const happening_list *l, arena *scratch) {
  uint32_t n = e->f->t[ENT_INVOICE].n;
  int32_t known = k->first_run < k->first_import ? k->first_run : k->first_import;
  appearing *v = ARENA_ARRAY(scratch, n + 1, appearing);
  for (uint32_t row = 0; row < n; row++) {
    int64_t issued = get(e, FIELD_INVOICE_ISSUED, row);
    v[row].day = issued == FACT_MISSING ? DATE_NONE_DAY : issued < known ? (int32_t)issued : known;
  }
  for (uint32_t i = 0; i < l->n; i++) {
    const happening *h = &l->v[i];
    if (h->of != ENT_INVOICE) continue;
    if (h->kind == HAPPENING_INVOICE_CREATED)
      v[h->row] = (appearing){h->day, true};
    else if (!v[h->row].told && h->day < v[h->row].day)
      v[h->row].day = h->day;
  }
  return v;
}

static int by_day(const void *va, const void *vb) {
  const happening *a = va, *b = vb;
  if (a->day != b->day) return a->day < b->day ? -1 : 1;
  return (a->seq > b->seq) - (a->seq < b->seq);
}

/* Hides what is open from the first day on and appears later; nothing happens to an invoice before it is there. */
static void hide(engine *e, const appearing *a, happening_list *l) {
  uint32_t n = e->f->t[ENT_INVOICE].n, kept = 0;
  happening *v = ARENA_ARRAY(e->perm, (size_t)l->n + n + 1, happening);
  for (uint32_t i = 0; i < l->n; i++) {
    happening h = l->v[i];
    if (h.echo) continue;
    bool hidden =
        h.of == ENT_INVOICE && a[h.row].day != DATE_NONE_DAY && get(e, FIELD_INVOICE_STATUS, h.row) == STATUS_OPEN;
    if (hidden && h.day < a[h.row].day) h.day = a[h.row].day;
    if (h.kind == HAPPENING_INVOICE_CREATED) h.was = hidden ? REVEALS : 0;
    h.counted = false;
    v[kept++] = h;
  }
  for (uint32_t row = 0; row < n; row++) {
    if (a[row].day == DATE_NONE_DAY || get(e, FIELD_INVOICE_STATUS, row) != STATUS_OPEN) continue;
    set(e, FIELD_INVOICE_STATUS, row, STATUS_CANCELLED);
    if (!a[row].told)
      v[kept++] = (happening){.seq = -1,
                              .day = a[row].day,
                              .happened = a[row].day,
                              .kind = HAPPENING_INVOICE_CREATED,
                              .of = ENT_INVOICE,
                              .row = row,
                              .own = true,
                              .was = REVEALS};
  }
  qsort(v, kept, sizeof *v, by_day);
  l->v = v;
  l->n = kept;
}

store_code record_begin(engine *e, store *s, civil_date from, happening_list *l, arena *scratch) {
  knowing k;
  store_code code = knowing_load(e, s, from, &k);
  bool *came_paid = ARENA_ARRAY(scratch, e->f->t[ENT_INVOICE].n + 1, bool);
  for (uint32_t i = l->n; i-- > 0;) undo(e, &l->v[i], came_paid);
  forget_contacts(e, ENT_CUSTOMER, FIELD_CUSTOMER_LAST_CONTACT, from);
  forget_contacts(e, ENT_INVOICE, FIELD_INVOICE_LAST_CONTACT, from);
  if (code == STORE_OK) code = learn(e, s, &k, l);
  if (code != STORE_OK) return code;
  hide(e, appearances(e, &k, l, scratch), l);
  if (e->f->moved) bind_again(e);
  return STORE_OK;
}

/* ---- forward ---- */

/* A payment that an import noticed lowers the balance by itself: no fine and no interest is taken off it. */
static void noticed_balance(engine *e, const happening *h, occurrence_list *out) {
  happening_apply(e, h, NULL); /* interest counts to its day */
  bool back = h->kind == HAPPENING_PAYMENT_REVERSED;
  int64_t owed = get(e, FIELD_INVOICE_STATUS, h->row) == STATUS_OPEN ? get(e, FIELD_INVOICE_OPEN, h->row) : 0;
  int64_t left = back ? owed + h->amount : owed - h->amount;
  if (left < 0) left = 0;
  add(e, FIELD_INVOICE_PAID_AMOUNT, h->row, back ? -h->amount : h->amount);
  set(e, FIELD_INVOICE_OPEN, h->row, left);
  if (get(e, FIELD_INVOICE_STATUS, h->row) == STATUS_CANCELLED) return;
  set(e, FIELD_INVOICE_STATUS, h->row, left > 0 ? STATUS_OPEN : STATUS_PAID);
  if (left == 0) set(e, FIELD_INVOICE_PROMISE, h->row, FACT_MISSING);
  if (back || h->own) return;
  bool whole = h->amount >= h->was; /* as a run tells it */
  occurrence_add(out, whole ? EV_PAYMENT_IN_FULL : EV_PARTIAL_PAYMENT, ENT_INVOICE, h->row, h->text);
}

void record_apply(engine *e, const happening *known, occurrence_list *out) {
  happening copy = *known, *h = &copy; /* what is counted from its day is counted from its own */
  h->day = known->happened;
  if (h->own) out = NULL;
  bool balance = h->kind == HAPPENING_PAYMENT || h->kind == HAPPENING_PAYMENT_REVERSED;
  if (h->observed && balance && h->amount != FACT_MISSING) {
    noticed_balance(e, h, out);
    return;
  }
  if (h->kind == HAPPENING_INVOICE_CREATED && h->was == REVEALS) set(e, FIELD_INVOICE_STATUS, h->row, STATUS_OPEN);
  if (h->kind == HAPPENING_INVOICE_CANCELLED) set(e, FIELD_INVOICE_STATUS, h->row, STATUS_CANCELLED);
  happening_apply(e, h, out);
}
