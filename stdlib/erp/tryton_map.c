/* What Tryton's answers say, as rows of the store: the one place where its fields are read.
 *
 * Tryton has no open amount of a line. An invoice's lines to pay are its installments; what is paid of the invoice and
 * not reconciled with one of them counts for the one due first.
 *
 * Invariant: the open amounts of an invoice's lines together are its amount_to_pay, to the cent. */
#include <stdlib.h>
#include <string.h>

#include "stdlib/net/email.h"
#include "tryton_impl.h"

enum { LINES_MAX = 512 };

enum {
#define TRYTON_PARTY(id, name) P_##id,
#include "tryton_columns.def"
#undef TRYTON_PARTY
  P_COUNT
};
enum {
#define TRYTON_LINE(id, name) L_##id,
#include "tryton_columns.def"
#undef TRYTON_LINE
  L_COUNT
};

/* ---- values ---- */

static const json *of(const json *j, const char *name) { return json_member(j, slice_of(name)); }
static slice text_of(const json *j, const char *name) { return slice_trim(json_text(of(j, name))); }
/* "party.code" stands in a companion object: "party.":{"code":...} */
static slice code_of(const json *j, const char *companion) { return text_of(of(j, companion), "code"); }

static void put_text(erp_page *p, size_t i, slice s) {
  if (s.n) store_put_text(p->rows, i, s);
}

static bool part(const json *j, const char *name, int64_t *out) { return json_int(of(j, name), out); }

bool tryton_date(const json *j, civil_date *out) {
  int64_t y, m, d;
  if (!part(j, "year", &y) || !part(j, "month", &m) || !part(j, "day", &d)) return false;
  if (y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31 || !date_valid((int)y, (int)m, (int)d)) return false;
  *out = date_of((int)y, (int)m, (int)d);
  return true;
}

slice tryton_date_written(civil_date d, arena *perm) {
  int y, m, day;
  date_parts(d, &y, &m, &day);
  return arena_printf(perm, "{\"__class__\":\"date\",\"year\":%d,\"month\":%d,\"day\":%d}", y, m, day);
}

bool tryton_moment(const json *j, int64_t *out) {
  civil_date day;
  int64_t h, m, s;
  if (!tryton_date(j, &day) || !part(j, "hour", &h) || !part(j, "minute", &m) || !part(j, "second", &s)) return false;
  *out = (int64_t)day.day * 86400 + h * 3600 + m * 60 + s;
  return true;
}

slice tryton_moment_written(int64_t seconds, arena *perm) {
  int y, m, day;
  int32_t rest = (int32_t)(seconds % 86400);
  date_parts((civil_date){(int32_t)(seconds / 86400)}, &y, &m, &day);
  return arena_printf(perm,
                      "{\"__class__\":\"datetime\",\"year\":%d,\"month\":%d,\"day\":%d,\"hour\":%d,\"minute\":%d,"
                      "\"second\":%d,\"microsecond\":0}",
                      y, m, day, rest / 3600, rest / 60 % 60, rest % 60);
}

const json *tryton_row_of(const json *rows, int64_t id) {
  int64_t its;
  for (size_t i = 0; i < json_count(rows); i++)
    if (part(json_item(rows, i), "id", &its) && its == id) return json_item(rows, i);
  return NULL;
}

/* {"__class__":"Decimal","decimal":"12.50"} in the currency's minor unit; what is below that is rounding. */
static bool minor_of(const json *j, currency cur, int64_t *out) {
  decimal d;
  if (!json_decimal(of(j, "decimal"), &d)) return false;
  if (!decimal_rescale(d, (uint8_t)currency_minor(cur), ROUND_HALF_EVEN, &d)) return false;
  *out = d.n;
  return true;
}

/* ---- parties ---- */

static bool is_of(const json *row, int64_t party) {
  int64_t its;
  return part(row, "party", &its) && its == party;
}

/* The one that is meant for invoices, else the first. */
static slice contact(const json *contacts, int64_t party, const char *kind) {
  slice first = {0};
  for (size_t i = 0; i < json_count(contacts); i++) {
    const json *one = json_item(contacts, i);
    slice value = text_of(one, "value");
    if (!is_of(one, party) || !slice_eq(text_of(one, "type"), slice_of(kind)) || !value.n) continue;
    if (strcmp(kind, "email") == 0 && !email_address_valid(value)) continue;
    if (json_true(of(one, "invoice"))) return value;
    if (!first.n) first = value;
  }
  return first;
}

static const json *address(const json *addresses, int64_t party) {
  const json *first = NULL;
  for (size_t i = 0; i < json_count(addresses); i++) {
    const json *one = json_item(addresses, i);
    if (!is_of(one, party) || !code_of(one, "country.").n) continue;
    if (json_true(of(one, "invoice"))) return one;
    if (!first) first = one;
  }
  return first;
}

/* Members of a set have a ';' between them. */
static slice tags_of(const erp *e, const json *party, arena *perm) {
  text t = text_new(perm);
  const json *categories = of(party, "categories");
  if (json_kind_of(of(party, "active")) == JSON_FALSE) text_cstr(&t, "inactive");
  for (size_t i = 0; i < json_count(categories); i++) {
    int64_t id;
    if (!json_int(json_item(categories, i), &id)) continue;
    for (size_t k = 0; k < e->categories.n; k++) {
      slice name = e->categories.v[k].text;
      if (e->categories.v[k].id != id || !name.n || memchr(name.p, ';', name.n)) continue;
      if (t.n) text_char(&t, ';');
      text_add(&t, name);
    }
  }
  return text_slice(&t);
}

/* "pt", "pt_BR", "es_419": by its first two letters. */
static slice language_of(slice code) {
  static const char *const KNOWN[] = {"en", "pt", "es"};
  for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
    if (slice_starts(code, slice_of(KNOWN[i])) && (code.n == 2 || code.p[2] == '_')) return slice_of(KNOWN[i]);
  return (slice){0};
}

/* "BR-SP" of Brazil is SP. */
static slice state_of(slice country, slice subdivision) {
  bool own = slice_starts(subdivision, country) && subdivision.n > country.n + 1 && subdivision.p[country.n] == '-';
  return own ? (slice){subdivision.p + country.n + 1, subdivision.n - country.n - 1} : subdivision;
}

store_code tryton_put_party(erp *e, erp_page *p, const json *party, const json *contacts, const json *addresses) {
  int64_t id;
  slice code = text_of(party, "code");
  if (!part(party, "id", &id) || !code.n) {
    erp_reject(p, json_text(of(party, "id")), "it has no code");
    return STORE_OK;
  }
  const json *where = address(addresses, id);
  slice mobile = contact(contacts, id, "mobile"), phone = contact(contacts, id, "phone");
  slice country = code_of(where, "country.");
  store_put_text(p->rows, P_ID, code);
  store_put_text(p->rows, P_SOURCE_ID, code);
  put_text(p, P_NAME, text_of(party, "name"));
  put_text(p, P_COUNTRY, country);
  put_text(p, P_STATE, state_of(country, code_of(where, "subdivision.")));
  put_text(p, P_LANGUAGE, language_of(code_of(party, "lang.")));
  put_text(p, P_EMAIL, contact(contacts, id, "email"));
  put_text(p, P_PHONE, mobile.n ? mobile : phone);
  put_text(p, P_WHATSAPP, mobile);
  put_text(p, P_TAGS, tags_of(e, party, p->perm));
  put_text(p, P_TAX_ID, code_of(party, "tax_identifier."));
  return erp_put(p);
}

/* ---- lines ---- */

typedef struct debt {
  const json *j;
  int64_t id, amount, open;
  civil_date due;
  bool settled;
} debt;

/* In the currency, be it the line's second one or the company's own. */
static bool amount_in(const erp *e, const json *j, currency cur, int64_t *out) {
  int64_t debit, credit;
  if (currency_find(code_of(j, "second_currency.")) == cur) return minor_of(of(j, "amount_second_currency"), cur, out);
  if (cur != e->home || !minor_of(of(j, "debit"), cur, &debit) || !minor_of(of(j, "credit"), cur, &credit))
    return false;
  *out = debit - credit;
  return true;
}

static int by_id(const void *va, const void *vb) {
  const debt *a = va, *b = vb;
  return (a->id > b->id) - (a->id < b->id);
}

static int by_due(const void *va, const void *vb) {
  const debt *a = va, *b = vb;
  if (a->due.day != b->due.day) return a->due.day < b->due.day ? -1 : 1;
  return by_id(va, vb);
}

/* The newest day on which something was paid of it. */
static void newer(civil_date *last, const json *date) {
  civil_date d;
  if (tryton_date(date, &d) && (date_is_none(*last) || d.day > last->day)) *last = d;
}

typedef struct invoice {
  const json *j;
  currency cur;
  slice number;
  const char *status;
  civil_date issued, last_payment;
  debt v[LINES_MAX];
  size_t n;
  int64_t open;
} invoice;

/* NULL: fine; else why not. */
static const char *read_lines(const erp *e, invoice *x, const json *rows) {
  const json *ids = of(x->j, "lines_to_pay"), *paying = of(x->j, "payment_lines");
  if (json_count(ids) > LINES_MAX) return "it has more installments than are taken";
  for (size_t i = 0; i < json_count(ids); i++) {
    debt *l = &x->v[x->n];
    if (!json_int(json_item(ids, i), &l->id)) return "a line of it has no number";
    l->j = tryton_row_of(rows, l->id);
    if (!l->j) return "a line of it may not be read";
    if (!amount_in(e, l->j, x->cur, &l->amount)) return "a line of it is in another currency";
    if (!tryton_date(of(l->j, "maturity_date"), &l->due)) l->due = x->issued;
    l->settled = json_kind_of(of(l->j, "reconciliation")) == JSON_NUMBER;
    if (date_is_none(l->due)) return "it has no due date";
    if (l->amount != 0) x->n++; /* a total of nothing is no receivable */
  }
  for (size_t i = 0; i < json_count(paying); i++) {
    int64_t id;
    if (json_int(json_item(paying, i), &id)) newer(&x->last_payment, of(tryton_row_of(rows, id), "date"));
  }
  return NULL;
}

/* What is paid and not reconciled, in the order of the due dates; more than there is to pay stays with the last. */
static void spread(invoice *x) {
  debt *last = NULL;
  int64_t owed = 0;
  qsort(x->v, x->n, sizeof *x->v, by_due);
  for (size_t i = 0; i < x->n; i++) {
    x->v[i].open = x->v[i].settled ? 0 : x->v[i].amount;
    owed += x->v[i].open;
    if (!x->v[i].settled) last = &x->v[i];
  }
  int64_t paid = owed - x->open;
  for (size_t i = 0; i < x->n; i++) {
    debt *l = &x->v[i];
    int64_t some = (paid > 0) == (l->open > 0) ? l->open : 0;
    if ((paid > 0 && some > paid) || (paid < 0 && some < paid)) some = paid;
    l->open -= some;
    paid -= some;
  }
  if (last) last->open -= paid;
}

static const char *status_of(slice state) {
  if (slice_eq(state, SLICE("posted"))) return "open";
  if (slice_eq(state, SLICE("paid"))) return "paid";
  return slice_eq(state, SLICE("cancelled")) ? "cancelled" : NULL;
}

/* NULL: fine. */
static const char *read_invoice(const erp *e, const json *j, const json *rows, invoice *x, arena *perm) {
  *x = (invoice){.j = j, .status = status_of(text_of(j, "state")), .issued = DATE_NONE, .last_payment = DATE_NONE};
  x->number = text_of(j, "number");
  x->cur = currency_find(code_of(j, "currency."));
  if (!x->status) return "it is not posted";
  if (!x->number.n) return "it has no number";
  if (!code_of(j, "party.").n) return "its party has no code";
  if (x->cur == CURRENCY_NONE) return "its currency has no ISO 4217 code";
  if (!tryton_date(of(j, "invoice_date"), &x->issued)) x->issued = DATE_NONE;
  if (!minor_of(of(j, "amount_to_pay"), x->cur, &x->open)) return "it has no amount to pay";
  if (e->by_year && !date_is_none(x->issued))
    x->number = arena_printf(perm, "%04d/%.*s", date_year(x->issued), SLICE_ARG(x->number));
  return read_lines(e, x, rows);
}

static void put_day(erp_page *p, size_t i, civil_date d) {
  if (!date_is_none(d)) store_put_int(p->rows, i, d.day);
}

/* A custom field of days is a text. */
static void put_day_text(erp_page *p, size_t i, civil_date d) {
  char day[DATE_TEXT_MAX];
  if (!date_is_none(d)) store_put_text(p->rows, i, arena_slice(p->perm, (slice){day, date_iso(d, day)}));
}

static void put_amounts(erp_page *p, const debt *l, currency cur, const char *status) {
  int64_t open = strcmp(status, "open") == 0 ? l->open : 0;
  store_put_text(p->rows, L_SOURCE_ID, arena_printf(p->perm, "%lld", (long long)l->id));
  store_put_text(p->rows, L_CURRENCY, slice_of(currency_code(cur)));
  store_put_int(p->rows, L_AMOUNT, l->amount);
  store_put_int(p->rows, L_OPEN, open);
  store_put_int(p->rows, L_PAID, strcmp(status, "cancelled") == 0 ? 0 : l->amount - open);
  store_put_int(p->rows, L_DUE, l->due.day);
  store_put_text(p->rows, L_STATUS, slice_of(status));
}

static store_code put_line(erp_page *p, const invoice *x, const debt *l, int64_t place) {
  bool open = strcmp(x->status, "open") == 0;
  civil_date last = x->last_payment;
  if (l->settled) newer(&last, of(of(l->j, "reconciliation."), "date"));
  put_amounts(p, l, x->cur, open && l->open == 0 ? "paid" : x->status);
  store_put_text(p->rows, L_NUMBER,
                 x->n > 1 ? arena_printf(p->perm, "%.*s/%lld", SLICE_ARG(x->number), (long long)place) : x->number);
  store_put_text(p->rows, L_CUSTOMER, code_of(x->j, "party."));
  put_day(p, L_ISSUED, x->issued);
  store_put_text(p->rows, L_KIND, l->amount < 0 ? SLICE("credit note") : SLICE("invoice"));
  put_text(p, L_DOCUMENT, text_of(x->j, "reference"));
  if (strcmp(x->status, "cancelled") != 0) put_day_text(p, L_LAST_PAYMENT, last);
  if (x->n > 1) {
    store_put_int(p->rows, L_INSTALLMENT, place);
    store_put_int(p->rows, L_INSTALLMENTS, (int64_t)x->n);
  }
  return erp_put(p);
}

store_code tryton_put_invoice(erp *e, erp_page *p, const json *j, const json *rows) {
  invoice x;
  const char *why = read_invoice(e, j, rows, &x, p->perm);
  store_code code = STORE_OK;
  if (why) {
    erp_reject(p, x.number.n ? x.number : json_text(of(j, "id")), why);
    return STORE_OK;
  }
  spread(&x);
  qsort(x.v, x.n, sizeof *x.v, by_id); /* the order stays when a due date is moved */
  for (size_t i = 0; i < x.n && code == STORE_OK; i++) code = put_line(p, &x, &x.v[i], (int64_t)i + 1);
  return code;
}

/* ---- entries ---- */

static const char *read_entry(const erp *e, const json *j, debt *l, currency *cur) {
  slice second = code_of(j, "second_currency.");
  *l = (debt){.j = j, .settled = json_kind_of(of(j, "reconciliation")) == JSON_NUMBER};
  *cur = second.n ? currency_find(second) : e->home;
  if (!part(j, "id", &l->id)) return "it has no id";
  if (!code_of(j, "party.").n) return "its party has no code";
  if (*cur == CURRENCY_NONE || !amount_in(e, j, *cur, &l->amount)) return "its currency has no ISO 4217 code";
  if (!tryton_date(of(j, "maturity_date"), &l->due) && !tryton_date(of(j, "date"), &l->due))
    return "it has no due date";
  l->open = l->settled ? 0 : l->amount;
  return NULL;
}

store_code tryton_put_entry(erp *e, erp_page *p, const json *j) {
  debt l;
  currency cur;
  civil_date issued;
  const char *why = read_entry(e, j, &l, &cur);
  if (why) {
    erp_reject(p, json_text(of(j, "id")), why);
    return STORE_OK;
  }
  if (l.amount == 0) return STORE_OK;
  slice move = text_of(of(j, "move."), "post_number");
  put_amounts(p, &l, cur, l.settled ? "paid" : "open");
  store_put_text(p->rows, L_NUMBER,
                 arena_printf(p->perm, "%.*s-%lld", SLICE_ARG(move.n ? move : SLICE("M")), (long long)l.id));
  store_put_text(p->rows, L_CUSTOMER, code_of(j, "party."));
  if (tryton_date(of(j, "date"), &issued)) put_day(p, L_ISSUED, issued);
  store_put_text(p->rows, L_KIND, l.amount < 0 ? SLICE("credit") : SLICE("entry"));
  put_text(p, L_DOCUMENT, text_of(j, "description"));
  civil_date last = DATE_NONE;
  if (l.settled) newer(&last, of(of(j, "reconciliation."), "date"));
  put_day_text(p, L_LAST_PAYMENT, last);
  return erp_put(p);
}
