/* What SAP Business One has, page by page or one row at a time.
 *
 * Documents are paged by their own numbers (DocEntry gt N): what is paid or cancelled meanwhile shifts nothing, and a
 * page can be asked for again at any time. Partners have the Service Layer's next links. What changed is asked for by
 * UpdateDate and UpdateTime, in the Service Layer's own clock, over an overlap in which a clock that goes back for the
 * winter loses nothing. Nothing says that a payment moves its invoice's UpdateDate: the invoices of new payments and of
 * changed credit notes are read again.
 *
 * Invariant: all calls of a page come before its first row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sap_b1_impl.h"

enum {
  OVERLAP_S = 65 * 60,
  DAY_S = 86400,
  IDS_AT_ONCE = 20,
  PAYMENTS_OVERLAP = 20,
  ROUNDS_MAX = 10000,
  IDS_MAX = 20000
};

#define PARTNER_FIELDS                                                                                                 \
  "CardCode,CardName,CardType,GroupCode,EmailAddress,Cellular,ContactPerson,Country,LanguageCode,SalesPersonCode,"     \
  "BlockDunning,DunningTerm,Frozen,ContactEmployees,BPAddresses"
#define DOCUMENT_FIELDS                                                                                                \
  "DocEntry,DocNum,Series,DocDate,DocDueDate,CardCode,DocTotal,DocTotalFc,DocCurrency,PaidToDate,PaidToDateFC,"        \
  "DocumentStatus,Cancelled,CancelStatus,BlockDunning,DocumentInstallments"

/* ---- time ---- */

static bool two_digits(slice s, size_t at, int32_t *out) {
  if (at + 2 > s.n || s.p[at] < '0' || s.p[at] > '9' || s.p[at + 1] < '0' || s.p[at + 1] > '9') return false;
  *out = (s.p[at] - '0') * 10 + (s.p[at + 1] - '0');
  return true;
}

/* "10:22:33" or "10:22". */
static int32_t seconds_of(slice s) {
  int32_t h, m, sec = 0;
  if (!two_digits(s, 0, &h) || s.n < 5 || s.p[2] != ':' || !two_digits(s, 3, &m)) return 0;
  if (s.n >= 8 && s.p[5] == ':') (void)two_digits(s, 6, &sec);
  return (h * 60 + m) * 60 + sec;
}

bool sap_stamp_of(const json *row, const char *day, const char *time, sap_stamp *out) {
  *out = (sap_stamp){.second = *time ? seconds_of(json_text_at(row, time)) : 0};
  return sap_date(json_text_at(row, day), &out->day);
}

int sap_stamp_cmp(sap_stamp a, sap_stamp b) {
  if (a.day.day != b.day.day) return a.day.day < b.day.day ? -1 : 1;
  return (a.second > b.second) - (a.second < b.second);
}

sap_stamp sap_stamp_minus(sap_stamp s, int32_t seconds) {
  int64_t all = (int64_t)s.day.day * DAY_S + s.second - seconds;
  return (sap_stamp){{(int32_t)(all / DAY_S)}, (int32_t)(all % DAY_S)};
}

bool sap_stamp_read(slice s, sap_stamp *out) {
  *out = (sap_stamp){.second = s.n > 11 ? seconds_of((slice){s.p + 11, s.n - 11}) : 0};
  return sap_date(s.n > 10 ? (slice){s.p, 10} : s, &out->day);
}

slice sap_stamp_text(sap_stamp s, arena *perm) {
  char day[DATE_TEXT_MAX];
  date_iso(s.day, day);
  return arena_printf(perm, "%sT%02d:%02d:%02d", day, s.second / 3600, s.second / 60 % 60, s.second % 60);
}

slice sap_changed_since(const erp *e, sap_stamp s, const char *day, const char *time, arena *perm) {
  char d[DATE_TEXT_MAX];
  date_iso(s.day, d);
  if (e->no_time || !*time) return arena_printf(perm, "%s ge '%s'", day, d);
  return arena_printf(perm, "(%s gt '%s' or (%s eq '%s' and %s ge '%02d:%02d:%02d'))", day, d, day, d, time,
                      s.second / 3600, s.second / 60 % 60, s.second % 60);
}

/* A Service Layer that takes no UpdateTime in a query is asked for whole days from then on. */
static sap_answer newest_row(erp *e, const char *set, const char *day, const char *time, arena *perm) {
  for (;;) {
    bool timed = *time && !e->no_time;
    slice order = timed ? arena_printf(perm, "%s desc,%s desc", day, time) : arena_printf(perm, "%s desc", day);
    slice path = sap_path(e, perm, "/%s?$top=1&$select=%s%s%s&$orderby=%.*s", set, day, timed ? "," : "",
                          timed ? time : "", SLICE_ARG(sap_query(order, perm)));
    sap_answer a = sap_get(e, path, perm);
    if (!timed || a.http.end != HTTP_OK || a.http.status != 400) return a;
    e->no_time = true;
  }
}

bool sap_newest(erp *e, const char *set, const char *day, const char *time, sap_stamp *out, erp_failure *f,
                arena *perm) {
  sap_answer a = newest_row(e, set, day, time, perm);
  if (sap_asked(e, &a, f, perm) != ERP_END) return false;
  if (!sap_stamp_of(json_item(sap_rows(&a), 0), day, time, out)) out->day = DATE_NONE;
  return true;
}

sap_stamp sap_overlapped(const erp *e, sap_stamp newest) {
  if (newest.day.day != DATE_NONE_DAY) return sap_stamp_minus(newest, OVERLAP_S);
  return (sap_stamp){{(int32_t)(e->w->now_ns(e->w) / 1000000000 / DAY_S) - 1}, 0};
}

bool sap_newest_key(erp *e, const char *set, const char *key, int64_t *out, erp_failure *f, arena *perm) {
  slice path = sap_path(e, perm, "/%s?$top=1&$select=%s&$orderby=%s%%20desc", set, key, key);
  sap_answer a = sap_get(e, path, perm);
  if (sap_asked(e, &a, f, perm) != ERP_END) return false;
  if (!json_int(json_at(json_item(sap_rows(&a), 0), key), out)) *out = 0;
  return true;
}

/* ---- business partners ---- */

static store_code put_customers(erp *e, erp_page *p, const json *rows) {
  store_code code = erp_rows(p);
  for (size_t i = 0; i < json_count(rows) && code == STORE_OK; i++) code = sap_put_customer(e, p, json_item(rows, i));
  p->read = json_count(rows);
  return code;
}

/* Items and prices have no customer: their events stand under one of the connection's own. */
static store_code put_nobody(erp *e, erp_page *p) {
  bool wanted = false;
  const sap_event_row *r;
  for (size_t i = 0; (r = sap_event_at(i)); i++)
    wanted |= (strcmp(r->thing, "item") == 0 || strcmp(r->thing, "price") == 0) && sap_wants(e, r);
  if (!wanted) return STORE_OK;
  slice why;
  const json *j =
      json_parse(SLICE("{\"CardCode\":\"" SAP_B1_NOBODY "\",\"CardName\":\"SAP Business One\"}"), p->perm, &why);
  return sap_put_customer(e, p, j);
}

static slice partners_path(erp *e, erp_page *p, erp_failure *f) {
  sap_stamp newest, since;
  if (!sap_newest(e, "BusinessPartners", "UpdateDate", "UpdateTime", &newest, f, p->perm)) return (slice){0};
  p->mark = sap_stamp_text(sap_overlapped(e, newest), p->perm);
  slice filter = SLICE("CardType eq 'cCustomer'");
  if (p->since.n && sap_stamp_read(p->since, &since)) /* one that was never changed has no UpdateDate */
    filter = arena_printf(p->perm, "%.*s and (%.*s or %.*s)", SLICE_ARG(filter),
                          SLICE_ARG(sap_changed_since(e, since, "UpdateDate", "UpdateTime", p->perm)),
                          SLICE_ARG(sap_changed_since(e, since, "CreateDate", "CreateTime", p->perm)));
  return sap_path(e, p->perm, "/BusinessPartners?$select=" PARTNER_FIELDS "&$orderby=CardCode&$filter=%.*s",
                  SLICE_ARG(sap_query(filter, p->perm)));
}

static erp_code page_partners(erp *e, erp_page *p, erp_failure *f) {
  bool first = p->cursor.n == 0;
  slice path = first ? partners_path(e, p, f) : p->cursor;
  if (!path.n) return ERP_FAILED;
  sap_answer a = sap_get(e, path, p->perm);
  erp_code code = sap_asked(e, &a, f, p->perm);
  if (code != ERP_END) return code;
  (void)sap_name_of(e, &e->groups, "BusinessPartnerGroups", "Code", "Name", 0);
  (void)sap_name_of(e, &e->sellers, "SalesPersons", "SalesEmployeeCode", "Email", 0);
  p->cursor = sap_next(e, &a, p->perm);
  if (slice_eq(p->cursor, path)) p->cursor = (slice){0}; /* a link that leads nowhere else */
  if (put_customers(e, p, sap_rows(&a)) != STORE_OK || (first && put_nobody(e, p) != STORE_OK)) return ERP_FAILED;
  return p->cursor.n ? ERP_MORE : ERP_END;
}

/* ---- the payments of a page's installments ---- */

static bool is_named(const slice *v, size_t n, slice s) {
  for (size_t i = 0; i < n; i++)
    if (slice_eq(v[i], s)) return true;
  return false;
}

/* All payments of these customers. */
static erp_code read_payments(erp *e, const slice *customers, size_t n, sap_applied_list *out, erp_failure *f,
                              arena *perm) {
  text who = text_new(perm);
  for (size_t i = 0; i < n; i++)
    text_printf(&who, "%sCardCode eq %.*s", i ? " or " : "", SLICE_ARG(sap_quoted(customers[i], perm)));
  int64_t last = 0;
  for (int round = 0; round < ROUNDS_MAX; round++) {
    slice filter = arena_printf(perm, "Cancelled eq 'tNO' and DocEntry gt %lld and (%.*s)", (long long)last,
                                SLICE_ARG(text_slice(&who)));
    slice path = arena_printf(
        perm, "/b1s/v%d/IncomingPayments?$select=DocEntry,Cancelled,PaymentInvoices&$orderby=DocEntry&$filter=%.*s",
        e->version, SLICE_ARG(sap_query(filter, perm)));
    sap_answer a = sap_get(e, path, perm);
    erp_code code = sap_asked(e, &a, f, perm);
    if (code != ERP_END) return code;
    const json *rows = sap_rows(&a);
    for (size_t i = 0; i < json_count(rows); i++) {
      sap_add_applied(out, json_item(rows, i), perm);
      (void)json_int(json_at(json_item(rows, i), "DocEntry"), &last);
    }
    if (json_count(rows) == 0 || sap_next(e, &a, perm).n == 0) break;
  }
  return ERP_END;
}

static erp_code payments_of(erp *e, const json *const *docs, size_t n, sap_applied_list *out, erp_failure *f,
                            arena *perm) {
  slice *who = ARENA_ARRAY(perm, n + 1, slice);
  size_t count = 0;
  erp_code code = ERP_END;
  for (size_t i = 0; i < n; i++) {
    slice customer = json_text_at(docs[i], "CardCode");
    if (sap_needs_payments(e, docs[i]) && !is_named(who, count, customer)) who[count++] = customer;
  }
  for (size_t i = 0; i < count && code == ERP_END; i += IDS_AT_ONCE)
    code = read_payments(e, who + i, count - i < IDS_AT_ONCE ? count - i : IDS_AT_ONCE, out, f, perm);
  return code;
}

/* ---- documents ---- */

static erp_code put_documents(erp *e, erp_page *p, const json *const *docs, size_t n, bool credit, erp_failure *f) {
  sap_applied_list paid = {0};
  erp_code code = credit ? ERP_END : payments_of(e, docs, n, &paid, f, p->perm);
  if (code != ERP_END) return code;
  if (erp_rows(p) != STORE_OK) return ERP_FAILED;
  for (size_t i = 0; i < n; i++)
    if (sap_put_document(e, p, docs[i], credit, &paid) != STORE_OK) return ERP_FAILED;
  p->read += n;
  return ERP_END;
}

static const json **items(const json *rows, arena *perm) {
  const json **v = ARENA_ARRAY(perm, json_count(rows) + 1, const json *);
  for (size_t i = 0; i < json_count(rows); i++) v[i] = json_item(rows, i);
  return v;
}

typedef struct id_list {
  int64_t *v;
  size_t n, cap;
} id_list;

static void add_id(id_list *l, int64_t id, arena *perm) {
  for (size_t i = 0; i < l->n; i++)
    if (l->v[i] == id) return;
  if (l->n == l->cap) {
    l->cap = l->cap ? l->cap * 2 : 64;
    int64_t *v = ARENA_ARRAY(perm, l->cap, int64_t);
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
  }
  l->v[l->n++] = id;
}

/* Invoices by their numbers, each once. */
static erp_code read_ids(erp *e, const id_list *ids, const json ***docs, size_t *n, erp_failure *f, arena *perm) {
  size_t calls = (ids->n + IDS_AT_ONCE - 1) / IDS_AT_ONCE;
  slice *paths = ARENA_ARRAY(perm, calls + 1, slice);
  sap_answer *answers = ARENA_ARRAY(perm, calls + 1, sap_answer);
  *docs = ARENA_ARRAY(perm, ids->n + 1, const json *);
  *n = 0;
  for (size_t k = 0; k < calls; k++) {
    text filter = text_new(perm);
    for (size_t i = k * IDS_AT_ONCE; i < ids->n && i < (k + 1) * IDS_AT_ONCE; i++)
      text_printf(&filter, "%sDocEntry eq %lld", filter.n ? " or " : "", (long long)ids->v[i]);
    paths[k] = arena_printf(perm, "/b1s/v%d/Invoices?$select=" DOCUMENT_FIELDS "&$filter=%.*s", e->version,
                            SLICE_ARG(sap_query(text_slice(&filter), perm)));
  }
  sap_get_all(e, paths, calls, answers, perm);
  for (size_t k = 0; k < calls; k++) {
    erp_code code = sap_asked(e, &answers[k], f, perm);
    if (code != ERP_END) return code;
    const json *rows = sap_rows(&answers[k]);
    for (size_t i = 0; i < json_count(rows) && *n < ids->n; i++) (*docs)[(*n)++] = json_item(rows, i);
  }
  return ERP_END;
}

/* Rounds of the feed, in their order; the cursor is the round's letter and the last number that was read. */
typedef enum step { STEP_INVOICES, STEP_PAYMENTS, STEP_CREDITS, STEP_COUNT } step;
static const char STEP_LETTERS[] = "IPC";

typedef struct mark {
  sap_stamp stamp;
  int64_t payment;
} mark;

/* "2026-11-22T05:10:00 4711" */
static bool read_mark(slice s, mark *out) {
  *out = (mark){.payment = 0};
  for (size_t i = 20; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) out->payment = out->payment * 10 + (s.p[i] - '0');
  return s.n >= 19 && sap_stamp_read((slice){s.p, 19}, &out->stamp);
}

static bool write_mark(erp *e, erp_page *p, erp_failure *f) {
  mark m;
  if (!sap_newest(e, "Invoices", "UpdateDate", "UpdateTime", &m.stamp, f, p->perm) ||
      !sap_newest_key(e, "IncomingPayments", "DocEntry", &m.payment, f, p->perm))
    return false;
  p->mark = arena_printf(p->perm, "%.*s %lld", SLICE_ARG(sap_stamp_text(sap_overlapped(e, m.stamp), p->perm)),
                         (long long)m.payment);
  return true;
}

/* Asks for one page of a round: its rows, the last number, whether there are more. */
static erp_code ask_round(erp *e, erp_page *p, step at, int64_t *last, bool changed, const mark *since,
                          const json **rows, bool *more, erp_failure *f) {
  static const char *const SET[] = {"Invoices", "IncomingPayments", "CreditNotes"};
  static const char *const ASKED[] = {DOCUMENT_FIELDS, "DocEntry,PaymentInvoices", DOCUMENT_FIELDS ",DocumentLines"};
  slice what = SLICE("");
  if (at != STEP_PAYMENTS)
    what = changed ? arena_printf(p->perm, " and %.*s",
                                  SLICE_ARG(sap_changed_since(e, since->stamp, "UpdateDate", "UpdateTime", p->perm)))
                   : SLICE(" and DocumentStatus eq 'bost_Open'");
  slice filter = arena_printf(p->perm, "DocEntry gt %lld%.*s", (long long)*last, SLICE_ARG(what));
  bool count = p->cursor.n == 0;
  const char *counted = !count ? "" : e->version == 1 ? "&$inlinecount=allpages" : "&$count=true";
  slice path = arena_printf(p->perm, "/b1s/v%d/%s?$select=%s&$orderby=DocEntry&$filter=%.*s%s", e->version, SET[at],
                            ASKED[at], SLICE_ARG(sap_query(filter, p->perm)), counted);
  sap_answer a = sap_get(e, path, p->perm);
  erp_code code = sap_asked(e, &a, f, p->perm);
  if (code != ERP_END) return code;
  int64_t all;
  if (count && (json_int(json_member(a.root, SLICE("@odata.count")), &all) ||
                json_int(json_member(a.root, SLICE("odata.count")), &all)))
    p->of = (uint64_t)all;
  int64_t before = *last;
  *rows = sap_rows(&a);
  for (size_t i = 0; i < json_count(*rows); i++) (void)json_int(json_at(json_item(*rows, i), "DocEntry"), last);
  *more = *last > before && sap_next(e, &a, p->perm).n > 0;
  return ERP_END;
}

/* The invoices that payments or credit notes are of. */
static void ids_of(const json *rows, step at, id_list *out, arena *perm) {
  for (size_t i = 0; i < json_count(rows) && out->n < IDS_MAX; i++) {
    const json *parts = json_at(json_item(rows, i), at == STEP_PAYMENTS ? "PaymentInvoices" : "DocumentLines");
    for (size_t k = 0; k < json_count(parts); k++) {
      const json *one = json_item(parts, k);
      int64_t id, base = 0;
      bool invoice = at == STEP_PAYMENTS ? slice_eq(json_text_at(one, "InvoiceType"), SLICE("it_Invoice"))
                                         : json_int(json_at(one, "BaseType"), &base) && base == 13;
      if (invoice && json_int(json_at(one, at == STEP_PAYMENTS ? "DocEntry" : "BaseEntry"), &id)) add_id(out, id, perm);
    }
  }
}

/* The invoices of what the page of a later round has, then what it has itself. */
static erp_code put_round(erp *e, erp_page *p, step at, bool changed, const json *rows, erp_failure *f) {
  id_list ids = {0};
  const json **docs = NULL;
  size_t n = 0;
  erp_code code = ERP_END;
  if (at == STEP_INVOICES) return put_documents(e, p, items(rows, p->perm), json_count(rows), false, f);
  if (changed) ids_of(rows, at, &ids, p->perm);
  if (ids.n) code = read_ids(e, &ids, &docs, &n, f, p->perm);
  if (code == ERP_END && n) code = put_documents(e, p, docs, n, false, f);
  if (code == ERP_END && at == STEP_CREDITS)
    code = put_documents(e, p, items(rows, p->perm), json_count(rows), true, f);
  return code;
}

static erp_code page_documents(erp *e, erp_page *p, erp_failure *f) {
  mark since = {.payment = 0};
  bool changed = p->since.n && read_mark(p->since, &since), more = false;
  step at = STEP_INVOICES;
  int64_t last = 0;
  const json *rows = NULL;
  if (p->cursor.n) {
    const char *letter = memchr(STEP_LETTERS, p->cursor.p[0], sizeof STEP_LETTERS - 1);
    at = letter ? (step)(letter - STEP_LETTERS) : STEP_INVOICES;
    last = strtoll(arena_copy(p->perm, (slice){p->cursor.p + 1, p->cursor.n - 1}), NULL, 10);
  } else if (!write_mark(e, p, f))
    return ERP_FAILED;
  erp_code code = ask_round(e, p, at, &last, changed, &since, &rows, &more, f);
  if (code == ERP_END) code = put_round(e, p, at, changed, rows, f);
  if (code != ERP_END) return code;
  if (!more) {
    at = at == STEP_INVOICES && !changed ? STEP_CREDITS : at + 1; /* read in whole, what is paid is in the invoices */
    last = at == STEP_PAYMENTS && since.payment > PAYMENTS_OVERLAP ? since.payment - PAYMENTS_OVERLAP : 0;
  }
  if (at == STEP_COUNT) return ERP_END;
  p->cursor = arena_printf(p->perm, "%c%lld", STEP_LETTERS[at], (long long)last);
  return ERP_MORE;
}

erp_code sap_page(erp *e, erp_page *p, erp_failure *f) {
  switch ((sap_feed_id)p->feed) {
  case SAP_CUSTOMERS: return page_partners(e, p, f);
  case SAP_INVOICES: return page_documents(e, p, f);
  case SAP_EVENTS: return sap_page_events(e, p, f);
  case SAP_FEED_COUNT: break;
  }
  return ERP_END;
}

/* ---- one row ---- */

static erp_code read_partner(erp *e, erp_page *p, slice id, bool *there, erp_failure *f) {
  slice key = sap_query(sap_quoted(id, p->perm), p->perm);
  sap_answer a =
      sap_get(e, sap_path(e, p->perm, "/BusinessPartners(%.*s)?$select=" PARTNER_FIELDS, SLICE_ARG(key)), p->perm);
  erp_code code = sap_asked(e, &a, f, p->perm);
  if (code != ERP_END || sap_is_gone(&a)) return code;
  *there = true;
  (void)sap_name_of(e, &e->groups, "BusinessPartnerGroups", "Code", "Name", 0);
  (void)sap_name_of(e, &e->sellers, "SalesPersons", "SalesEmployeeCode", "Email", 0);
  return erp_rows(p) == STORE_OK && sap_put_customer(e, p, a.root) == STORE_OK ? ERP_END : ERP_FAILED;
}

/* "7", "7/2", "CN9": all installments of the document come with it. */
erp_code sap_read(erp *e, erp_page *p, slice source_id, bool *there, erp_failure *f) {
  *there = false;
  if (p->feed == SAP_CUSTOMERS) return read_partner(e, p, source_id, there, f);
  if (p->feed != SAP_INVOICES) return ERP_END;
  bool credit = slice_starts(source_id, SLICE("CN"));
  size_t from = credit ? 2 : 0, n = from;
  while (n < source_id.n && source_id.p[n] >= '0' && source_id.p[n] <= '9') n++;
  if (n == from || n - from > 18) return ERP_END;
  slice path = sap_path(e, p->perm, "/%s(%.*s)?$select=" DOCUMENT_FIELDS, credit ? "CreditNotes" : "Invoices",
                        (int)(n - from), source_id.p + from);
  sap_answer a = sap_get(e, path, p->perm);
  erp_code code = sap_asked(e, &a, f, p->perm);
  if (code != ERP_END || sap_is_gone(&a)) return code;
  if (!credit && !sap_is_row_of(e, a.root, source_id)) return ERP_END;
  *there = true;
  return put_documents(e, p, &a.root, 1, credit, f);
}
