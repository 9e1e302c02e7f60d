/* Business partners and documents of SAP Business One as rows of the store.
 *
 * The installments of a document are invoices of their own: "1001/2". What is open of each is its total less the
 * payments applied to it; what was settled otherwise (credit notes, reconciliations) counts for the one due first. A
 * document in the company's currency has its amounts in DocTotal, one in another currency in DocTotalFc.
 *
 * Invariant: the installments' open amounts together are the document's total less what is paid of it. */
#include <stdlib.h>
#include <string.h>

#include "lang/base/utf8.h"
#include "sap_b1_impl.h"

enum { INSTALLMENTS_MAX = 512, SCALE = 6 };

enum {
#define SAP_CUSTOMER(id, name) C_##id,
#include "sap_b1_columns.def"
#undef SAP_CUSTOMER
  C_COUNT
};
enum {
#define SAP_INVOICE(id, name) I_##id,
#include "sap_b1_columns.def"
#undef SAP_INVOICE
  I_COUNT
};

/* ---- values ---- */

bool sap_date(slice s, civil_date *out) {
  if (s.n > 10 && s.p[10] == 'T') s.n = 10;
  return s.n == 10 && date_parse(s, out);
}

static slice text_of(const json *j, const char *name) { return slice_trim(json_text(json_at(j, name))); }
static bool is_yes(const json *j, const char *name) { return slice_eq(text_of(j, name), SLICE("tYES")); }

static void put_text(erp_page *p, size_t i, slice s) {
  if (s.n) store_put_text(p->rows, i, s);
}

/* What is written in that language's code, by the ones that B1 has. */
const char *sap_language(int64_t code) {
  switch (code) {
  case 2:
  case 7:
  case 23:
  case 25: return "es";
  case 3:
  case 6:
  case 8:
  case 21: return "en";
  case 19:
  case 29: return "pt";
  default: return NULL;
  }
}

slice sap_name_of(erp *e, sap_names *names, const char *set, const char *code, const char *name, int64_t wanted) {
  if (!names->asked) {
    arena *scratch = arena_new();
    names->asked = true; /* a user who may not read it has names without it */
    slice path = sap_path(e, scratch, "/%s?$select=%s,%s", set, code, name);
    while (path.n) {
      sap_answer a = sap_get(e, path, scratch);
      const json *rows = sap_rows(&a);
      struct sap_name *v = ARENA_ARRAY(e->perm, names->n + json_count(rows) + 1, struct sap_name);
      if (names->n) memcpy(v, names->v, names->n * sizeof *v);
      names->v = v;
      for (size_t i = 0; i < json_count(rows); i++) {
        struct sap_name *x = &names->v[names->n];
        x->text = arena_slice(e->perm, text_of(json_item(rows, i), name));
        names->n += json_int(json_at(json_item(rows, i), code), &x->code);
      }
      path = sap_next(e, &a, scratch);
    }
    arena_free(scratch);
  }
  for (size_t i = 0; i < names->n; i++)
    if (names->v[i].code == wanted) return names->v[i].text;
  return (slice){0};
}

/* ---- business partners ---- */

/* The partner's own, else that of its default contact, else of the first active one that has any. */
static slice contact(const json *j, const char *own, const char *of_person) {
  slice found = text_of(j, own), main = text_of(j, "ContactPerson");
  const json *people = json_at(j, "ContactEmployees");
  for (size_t pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < json_count(people) && !found.n; i++) {
      const json *one = json_item(people, i);
      if (slice_eq(text_of(one, "Active"), SLICE("tNO"))) continue;
      if (pass == 0 && !slice_eq(text_of(one, "Name"), main)) continue;
      found = text_of(one, of_person);
    }
  return found;
}

static slice state_of(const json *j) {
  const json *all = json_at(j, "BPAddresses");
  for (size_t i = 0; i < json_count(all); i++)
    if (text_of(json_item(all, i), "State").n) return text_of(json_item(all, i), "State");
  return (slice){0};
}

static slice tags_of(const json *j, arena *perm) {
  text t = text_new(perm);
  if (is_yes(j, "BlockDunning")) text_cstr(&t, SAP_B1_BLOCKED);
  if (is_yes(j, "Frozen")) text_cstr(&t, t.n ? ";frozen" : "frozen");
  return text_slice(&t);
}

static void put_names(erp *e, erp_page *p, const json *j) {
  int64_t code;
  if (json_int(json_at(j, "GroupCode"), &code))
    put_text(p, C_SEGMENT, sap_name_of(e, &e->groups, "BusinessPartnerGroups", "Code", "Name", code));
  if (json_int(json_at(j, "SalesPersonCode"), &code) && code >= 0)
    put_text(p, C_OWNER, sap_name_of(e, &e->sellers, "SalesPersons", "SalesEmployeeCode", "Email", code));
  if (json_int(json_at(j, "LanguageCode"), &code) && sap_language(code))
    put_text(p, C_LANGUAGE, slice_of(sap_language(code)));
}

store_code sap_put_customer(erp *e, erp_page *p, const json *j) {
  slice id = text_of(j, "CardCode");
  if (!id.n) {
    erp_reject(p, SLICE(""), "it has no CardCode");
    return STORE_OK;
  }
  store_put_text(p->rows, C_ID, id);
  store_put_text(p->rows, C_SOURCE_ID, id);
  put_text(p, C_NAME, text_of(j, "CardName"));
  put_text(p, C_COUNTRY, text_of(j, "Country"));
  put_text(p, C_STATE, state_of(j));
  put_text(p, C_EMAIL, contact(j, "EmailAddress", "E_Mail"));
  put_text(p, C_PHONE, contact(j, "Cellular", "MobilePhone"));
  put_text(p, C_WHATSAPP, contact(j, "Cellular", "MobilePhone"));
  put_text(p, C_TAGS, tags_of(j, p->perm));
  put_text(p, C_DUNNING_TERM, text_of(j, "DunningTerm"));
  if (is_yes(j, "BlockDunning")) store_put_text(p->rows, C_OPTED_OUT, SLICE("email;whatsapp;sms"));
  put_names(e, p, j);
  return erp_put(p);
}

/* ---- amounts ---- */

/* In the currency's minor unit; B1 keeps up to six decimals, and what is below the unit is rounding. */
static bool minor_of(const json *j, currency cur, int64_t *out) {
  decimal d;
  if (!json_decimal(j, &d) || !decimal_rescale(d, (uint8_t)currency_minor(cur), ROUND_HALF_EVEN, &d)) return false;
  *out = d.n;
  return true;
}

static int64_t millionths(const json *j) {
  decimal d;
  return json_decimal(j, &d) && decimal_rescale(d, SCALE, ROUND_HALF_EVEN, &d) ? d.n : 0;
}

static bool is_zero(const json *j) { return millionths(j) == 0; }

/* The document's currency: by its code or sign, or the company's where the connect line names it. */
static currency currency_of(const erp *e, const json *j, bool foreign) {
  slice written = text_of(j, "DocCurrency");
  currency cur = currency_find(written);
  if (cur == CURRENCY_NONE) cur = currency_by_symbol(written);
  return !foreign && e->home != CURRENCY_NONE ? e->home : cur;
}

static size_t installments_of(const erp *e, const json *j) {
  return e->whole_installments ? 0 : json_count(json_at(j, "DocumentInstallments"));
}

/* A document, read. */
typedef struct document {
  const json *j;
  bool foreign, credit;
  currency cur;
  int64_t entry, total, paid, sign;
  slice number;
  const char *status;
  size_t parts;
} document;

typedef struct part {
  int64_t id, total, paid;
  civil_date due;
} part;

static const char *status_of(const json *j) {
  if (is_yes(j, "Cancelled") || slice_eq(text_of(j, "CancelStatus"), SLICE("csYes"))) return "cancelled";
  slice s = text_of(j, "DocumentStatus");
  return slice_eq(s, SLICE("bost_Close")) || slice_eq(s, SLICE("bost_Paid")) ? "paid" : "open";
}

/* NULL: fine; else why not. */
static const char *read_document(const erp *e, erp_page *p, const json *j, bool credit, document *d) {
  int64_t series;
  slice number = text_of(j, "DocNum");
  *d = (document){.j = j, .credit = credit, .foreign = !is_zero(json_at(j, "DocTotalFc")), .sign = credit ? -1 : 1};
  if (!json_int(json_at(j, "DocEntry"), &d->entry) || !number.n) return "it has no DocEntry or DocNum";
  d->cur = currency_of(e, j, d->foreign);
  if (d->cur == CURRENCY_NONE)
    return "its currency is not known by its sign: name the company's in the connect line, currency \"USD\"";
  if (!minor_of(json_at(j, d->foreign ? "DocTotalFc" : "DocTotal"), d->cur, &d->total)) return "it has no DocTotal";
  if (!minor_of(json_at(j, d->foreign ? "PaidToDateFC" : "PaidToDate"), d->cur, &d->paid)) d->paid = 0;
  d->status = status_of(j);
  d->parts = credit ? 0 : installments_of(e, j);
  if (d->parts > INSTALLMENTS_MAX) return "it has more installments than are taken";
  d->number = number;
  if (e->by_series && json_int(json_at(j, "Series"), &series))
    d->number = arena_printf(p->perm, "%lld-%.*s", (long long)series, SLICE_ARG(number));
  if (credit) d->number = arena_printf(p->perm, "CN-%.*s", SLICE_ARG(d->number));
  return NULL;
}

/* ---- what is open of each installment ---- */

bool sap_needs_payments(const erp *e, const json *j) {
  bool foreign = !is_zero(json_at(j, "DocTotalFc"));
  return installments_of(e, j) > 1 && strcmp(status_of(j), "open") == 0 &&
         !is_zero(json_at(j, foreign ? "PaidToDateFC" : "PaidToDate"));
}

void sap_add_applied(sap_applied_list *l, const json *payment, arena *perm) {
  if (is_yes(payment, "Cancelled")) return;
  const json *all = json_at(payment, "PaymentInvoices");
  for (size_t i = 0; i < json_count(all); i++) {
    const json *one = json_item(all, i);
    sap_applied a = {.home = millionths(json_at(one, "SumApplied")), .foreign = millionths(json_at(one, "AppliedFC"))};
    if (!slice_eq(text_of(one, "InvoiceType"), SLICE("it_Invoice")) || !json_int(json_at(one, "DocEntry"), &a.doc))
      continue;
    if (!json_int(json_at(one, "InstallmentId"), &a.installment)) a.installment = 1;
    if (l->n == l->cap) {
      l->cap = l->cap ? l->cap * 2 : 64;
      sap_applied *v = ARENA_ARRAY(perm, l->cap, sap_applied);
      if (l->n) memcpy(v, l->v, l->n * sizeof *v);
      l->v = v;
    }
    l->v[l->n++] = a;
  }
}

static int by_due(const void *va, const void *vb) {
  const part *a = va, *b = vb;
  if (a->due.day != b->due.day) return a->due.day < b->due.day ? -1 : 1;
  return (a->id > b->id) - (a->id < b->id);
}

static void take(part *x, int64_t *left) {
  int64_t room = x->total - x->paid, some = *left < room ? *left : room;
  if (some <= 0) return;
  x->paid += some;
  *left -= some;
}

/* First the payments that name an installment, as far as they are part of what the document has as paid; then the rest,
 * in the order of the due dates. `v` is in that order. */
static void settle(const document *d, part *v, size_t n, const sap_applied_list *paid) {
  int64_t left = d->paid, factor = 1;
  for (unsigned k = currency_minor(d->cur); k < SCALE; k++) factor *= 10;
  for (size_t i = 0; paid && i < paid->n; i++) {
    const sap_applied *a = &paid->v[i];
    if (a->doc != d->entry) continue;
    int64_t some = (d->foreign ? a->foreign : a->home) / factor;
    for (size_t k = 0; k < n && some > 0; k++) {
      if (v[k].id != a->installment) continue;
      int64_t this = some < left ? some : left, before = this;
      take(&v[k], &this);
      left -= before - this;
    }
  }
  for (size_t k = 0; k < n; k++) take(&v[k], &left);
}

static const char *read_parts(const document *d, part *v) {
  const json *all = json_at(d->j, "DocumentInstallments");
  int64_t sum = 0;
  for (size_t i = 0; i < d->parts; i++) {
    const json *one = json_item(all, i);
    v[i].paid = 0;
    if (!json_int(json_at(one, "InstallmentId"), &v[i].id)) return "an installment has no InstallmentId";
    if (!sap_date(text_of(one, "DueDate"), &v[i].due)) return "an installment has no due date";
    if (!minor_of(json_at(one, d->foreign ? "TotalFC" : "Total"), d->cur, &v[i].total))
      return "an installment has no total";
    sum += v[i].total;
  }
  /* One installment is the document, whatever its Total says (some versions leave it 0). */
  if (d->parts == 1) v[0].total = d->total;
  return d->parts > 1 && sum != d->total ? "its installments do not add up to its total" : NULL;
}

/* ---- documents ---- */

static void put_dunning(erp_page *p, const document *d, size_t i) {
  const json *one = json_item(json_at(d->j, "DocumentInstallments"), i);
  civil_date last;
  put_text(p, I_DUNNING_LEVEL, text_of(one, "DunningLevel"));
  slice day = text_of(one, "LastDunningDate");
  if (sap_date(day, &last)) store_put_text(p->rows, I_LAST_DUNNING, (slice){day.p, 10});
}

/* An installment that the document does not have any more, or a document that has become several: the row is gone. */
bool sap_is_row_of(const erp *e, const json *j, slice source_id) {
  const char *slash = memchr(source_id.p, '/', source_id.n);
  const json *all = json_at(j, "DocumentInstallments");
  int64_t its;
  if (!slash || installments_of(e, j) <= 1) return !slash && installments_of(e, j) <= 1;
  slice wanted = {slash + 1, source_id.n - (size_t)(slash + 1 - source_id.p)};
  for (size_t i = 0; i < json_count(all); i++) {
    const json *id = json_at(json_item(all, i), "InstallmentId");
    if (json_int(id, &its) && slice_eq(json_text(id), wanted)) return true;
  }
  return false;
}

static size_t place_of(const document *d, int64_t id) {
  const json *all = json_at(d->j, "DocumentInstallments");
  int64_t its;
  for (size_t i = 0; i < json_count(all); i++)
    if (json_int(json_at(json_item(all, i), "InstallmentId"), &its) && its == id) return i;
  return 0;
}

static store_code put_part(erp_page *p, const document *d, const part *x) {
  civil_date issued;
  bool many = d->parts > 1, open = strcmp(d->status, "open") == 0;
  int64_t left = x->total - x->paid;
  const char *status = open && left == 0 && x->total != 0 ? "paid" : d->status;
  if (strcmp(status, "paid") == 0) left = 0;
  store_put_text(p->rows, I_NUMBER,
                 many ? arena_printf(p->perm, "%.*s/%lld", SLICE_ARG(d->number), (long long)x->id) : d->number);
  store_put_text(p->rows, I_SOURCE_ID,
                 arena_printf(p->perm, many ? "%s%lld/%lld" : "%s%lld", d->credit ? "CN" : "", (long long)d->entry,
                              (long long)x->id));
  store_put_text(p->rows, I_CUSTOMER, text_of(d->j, "CardCode"));
  store_put_text(p->rows, I_CURRENCY, slice_of(currency_code(d->cur)));
  store_put_int(p->rows, I_AMOUNT, d->sign * x->total);
  store_put_int(p->rows, I_OPEN, d->sign * left);
  store_put_int(p->rows, I_PAID, d->sign * (x->total - left));
  store_put_int(p->rows, I_DUE, x->due.day);
  if (sap_date(text_of(d->j, "DocDate"), &issued)) store_put_int(p->rows, I_ISSUED, issued.day);
  store_put_text(p->rows, I_STATUS, slice_of(status));
  store_put_text(p->rows, I_KIND, d->credit ? SLICE("credit note") : SLICE("invoice"));
  if (is_yes(d->j, "BlockDunning")) {
    store_put_int(p->rows, I_DISPUTED, 1);
    store_put_text(p->rows, I_TAGS, SLICE(SAP_B1_BLOCKED));
  }
  if (many) {
    store_put_int(p->rows, I_INSTALLMENT, x->id);
    store_put_int(p->rows, I_INSTALLMENTS, (int64_t)d->parts);
  }
  if (d->parts) put_dunning(p, d, place_of(d, x->id));
  return erp_put(p);
}

store_code sap_put_document(erp *e, erp_page *p, const json *j, bool credit, const sap_applied_list *paid) {
  document d;
  part v[INSTALLMENTS_MAX];
  if (slice_eq(text_of(j, "CancelStatus"), SLICE("csCancellation"))) return STORE_OK; /* it cancels another one */
  const char *why = read_document(e, p, j, credit, &d);
  if (!why && d.parts) why = read_parts(&d, v);
  if (!why && !d.parts) {
    v[0] = (part){.id = 1, .total = d.total};
    if (!sap_date(text_of(j, "DocDueDate"), &v[0].due) && !sap_date(text_of(j, "DocDate"), &v[0].due))
      why = "it has no due date";
  }
  if (why) {
    erp_reject(p, text_of(j, "DocEntry"), why);
    return STORE_OK;
  }
  size_t n = d.parts ? d.parts : 1;
  qsort(v, n, sizeof *v, by_due);
  settle(&d, v, n, paid);
  store_code code = STORE_OK;
  for (size_t i = 0; i < n && code == STORE_OK; i++) code = put_part(p, &d, &v[i]);
  return code;
}
