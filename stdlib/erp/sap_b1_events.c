/* What SAP Business One tells of by itself, for `on sap order created`: a scan of the entity sets that a rule asks for,
 * and its webhooks (FP 2602).
 *
 * Invariants: an event is named by what it is about, so that the scan and the webhook tell of one and the same; what
 * was there before the connection was made is no event; a webhook is believed as far as its rule goes, never about
 * money: the row that it is about is read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/check/erp_events.h"
#include "sap_b1_impl.h"
#include "stdlib/net/sign.h"

enum { SETS_MAX = 16, HOOK_EVENTS_MAX = 1000 };

enum {
#define SAP_HAPPENING(id, name) H_##id,
#include "sap_b1_columns.def"
#undef SAP_HAPPENING
  H_COUNT
};

static const sap_event_row ROWS[] = {
#define SAP_EVENT(...) {__VA_ARGS__},
#include "sap_b1_events.def"
#undef SAP_EVENT
};
enum { ROW_COUNT = sizeof ROWS / sizeof *ROWS };
_Static_assert((int)ROW_COUNT <= (int)SETS_MAX, "a mark has room for every set");

const sap_event_row *sap_event_at(size_t i) { return i < ROW_COUNT ? &ROWS[i] : NULL; }

static slice name_of(const sap_event_row *r, const char *verb, arena *perm) {
  return arena_printf(perm, "sap %s %s", r->thing, verb);
}

/* Whether a rule of the policy is about it. */
bool sap_wants(const erp *e, const sap_event_row *r) {
  static const char *const VERBS[] = {"created", "changed", "cancelled"};
  arena *scratch = arena_new();
  bool yes = false;
  for (uint32_t i = 0; i < e->connect->event_count && !yes; i++)
    for (size_t v = 0; v < 3 && !yes; v++) yes = erp_event_is(e->connect->events[i], name_of(r, VERBS[v], scratch));
  arena_free(scratch);
  return yes;
}

/* ---- an event ---- */

typedef struct event {
  slice id, name, customer, said;
  civil_date day;
} event;

static void say(text *t, const sap_event_row *r, const char *what, slice value) {
  if (!value.n) return;
  for (const char *c = r->thing; *c; c++) text_char(t, *c == ' ' ? '_' : *c);
  text_printf(t, "_%s=", what);
  for (size_t i = 0; i < value.n; i++) text_char(t, (unsigned char)value.p[i] < ' ' ? ' ' : value.p[i]);
  text_char(t, '\n');
}

static slice text_named(const json *j, const char *name) { return *name ? json_text_at(j, name) : (slice){0}; }

static slice currency_in(const erp *e, const json *j) {
  slice written = json_text_at(j, "DocCurrency");
  currency cur = currency_find(written);
  if (cur == CURRENCY_NONE) cur = currency_by_symbol(written);
  if (cur == CURRENCY_NONE && e) cur = e->home;
  return slice_of(currency_code(cur));
}

static slice total_in(const sap_event_row *r, const json *j, arena *perm) {
  slice foreign = json_text_at(j, "DocTotalFc");
  decimal d;
  bool other = foreign.n && json_decimal(json_at(j, "DocTotalFc"), &d) && d.n != 0;
  if (*r->total) return other ? foreign : text_named(j, r->total);
  if (!slice_eq(slice_of(r->set), SLICE("IncomingPayments"))) return (slice){0};
  decimal sum = {0, 0};
  static const char *const PARTS[] = {"CashSum", "TransferSum", "BillOfExchangeAmount"};
  for (size_t i = 0; i < 3; i++)
    if (json_decimal(json_at(j, PARTS[i]), &d) && !decimal_add(sum, d, &sum)) return (slice){0};
  char room[DECIMAL_TEXT_MAX];
  return sum.n ? arena_slice(perm, (slice){room, decimal_text(sum, room)}) : (slice){0};
}

static slice said_of(const erp *e, const sap_event_row *r, const json *j, arena *perm) {
  text t = text_new(perm);
  slice total = total_in(r, j, perm), day = text_named(j, r->date);
  say(&t, r, "number", text_named(j, r->number));
  say(&t, r, "total", total);
  if (total.n) say(&t, r, "currency", currency_in(e, j));
  say(&t, r, "date", day.n > 10 ? (slice){day.p, 10} : day);
  say(&t, r, "subject", json_text_at(j, "Subject"));
  if (!slice_eq(slice_of(r->thing), SLICE("partner"))) say(&t, r, "customer", text_named(j, r->customer));
  return text_slice(&t);
}

/* "sap_b1 Orders 17 created": the same whoever tells of it; a change is told apart by its moment. */
static slice id_of(const sap_event_row *r, slice key, const char *verb, slice moment, arena *perm) {
  return arena_printf(perm, "sap_b1 %s %.*s %s%s%.*s", r->set, SLICE_ARG(key), verb, moment.n ? " " : "",
                      SLICE_ARG(moment));
}

static event event_of(const erp *e, const sap_event_row *r, const json *j, const char *verb, slice moment,
                      civil_date day, arena *perm) {
  slice customer = text_named(j, r->customer);
  return (event){.id = id_of(r, text_named(j, r->key), verb, moment, perm),
                 .name = name_of(r, verb, perm),
                 .customer = customer.n ? customer : SLICE(SAP_B1_NOBODY),
                 .said = said_of(e, r, j, perm),
                 .day = day};
}

/* ---- the scan ---- */

/* "2026-11-22T05:10:00 2026-11-01T09:00:00 7:4711 10:12": from when the next scan asks, when the first one was (what
 * was made before is no event), and of the sets that have no such moments their last number. */
typedef struct mark {
  sap_stamp stamp, first;
  int64_t last[SETS_MAX];
} mark;

static bool by_key(const sap_event_row *r) { return !*r->changed_on; }
static bool is_scanned(const erp *e, const sap_event_row *r) { return *r->key && sap_wants(e, r); }

static bool read_mark(slice s, mark *out, arena *scratch) {
  *out = (mark){.last = {0}};
  const char *at = arena_copy(scratch, s);
  if (s.n < 39 || !sap_stamp_read((slice){at, 19}, &out->stamp) || !sap_stamp_read((slice){at + 20, 19}, &out->first))
    return false;
  for (at += 39; *at;) {
    char *end;
    long set = strtol(at, &end, 10);
    if (*end != ':' || set < 0 || set >= SETS_MAX) return false;
    out->last[set] = strtoll(end + 1, &end, 10);
    at = end;
  }
  return true;
}

static slice mark_text(const mark *m, arena *perm) {
  text t = text_new(perm);
  text_add(&t, sap_stamp_text(m->stamp, perm));
  text_char(&t, ' ');
  text_add(&t, sap_stamp_text(m->first, perm));
  for (size_t i = 0; i < ROW_COUNT; i++)
    if (m->last[i]) text_printf(&t, " %zu:%lld", i, (long long)m->last[i]);
  return text_slice(&t);
}

/* The newest change of all sets, and the last number of those without. A set that no rule was about has none. */
static bool newest(erp *e, mark *out, erp_failure *f, arena *perm) {
  *out = (mark){.stamp = {DATE_NONE, 0}};
  for (size_t i = 0; i < ROW_COUNT; i++) {
    const sap_event_row *r = &ROWS[i];
    sap_stamp s;
    if (!is_scanned(e, r)) continue;
    if (by_key(r)) {
      if (!sap_newest_key(e, r->set, r->key, &out->last[i], f, perm)) return false;
      if (out->last[i] == 0) out->last[i] = -1; /* it has been looked at: the first one is news */
      continue;
    }
    if (!sap_newest(e, r->set, r->changed_on, r->changed_at, &s, f, perm)) return false;
    if (s.day.day == DATE_NONE_DAY) continue;
    if (out->stamp.day.day == DATE_NONE_DAY || sap_stamp_cmp(s, out->stamp) > 0) out->stamp = s;
  }
  out->first = out->stamp.day.day == DATE_NONE_DAY ? sap_overlapped(e, out->stamp) : out->stamp;
  out->stamp = sap_overlapped(e, out->stamp);
  return true;
}

static store_code put(erp_page *p, const event *v) {
  store_put_int(p->rows, H_DATE, v->day.day);
  store_put_text(p->rows, H_KIND, SLICE("erp event"));
  store_put_text(p->rows, H_ABOUT, v->customer);
  store_put_text(p->rows, H_VALUE, v->id);
  store_put_text(p->rows, H_NAME, v->name);
  store_put_text(p->rows, H_SAID, v->said);
  return erp_put(p);
}

/* Made after the first scan; of one that was made in that minute its change has the second. */
static bool is_after(sap_stamp first, sap_stamp made, bool has_changed, sap_stamp changed) {
  sap_stamp minute = {first.day, first.second - first.second % 60};
  made.second -= made.second % 60;
  int order = sap_stamp_cmp(made, minute);
  return order > 0 || (order == 0 && has_changed && sap_stamp_cmp(changed, first) > 0);
}

/* Made after the mark; changed later than that minute; cancelled. */
static store_code put_row(erp *e, erp_page *p, const sap_event_row *r, const json *j, const mark *since) {
  sap_stamp made, changed = {{0}, 0};
  store_code code = STORE_OK;
  bool has_made = sap_stamp_of(j, r->made_on, r->made_at, &made);
  bool has_changed = !by_key(r) && sap_stamp_of(j, r->changed_on, r->changed_at, &changed);
  sap_stamp from = since->stamp;
  if (!*r->made_at || e->no_time) from.second = 0;
  from.second -= from.second % 60; /* some sets know the minute alone */
  bool is_new =
      by_key(r) || (has_made && sap_stamp_cmp(made, from) >= 0 && is_after(since->first, made, has_changed, changed));
  if (is_new) {
    event v = event_of(e, r, j, "created", (slice){0}, has_made ? made.day : since->stamp.day, p->perm);
    code = put(p, &v);
  }
  if (code == STORE_OK && *r->cancelled && slice_eq(json_text_at(j, r->cancelled), SLICE("tYES"))) {
    event v = event_of(e, r, j, "cancelled", (slice){0}, has_changed ? changed.day : since->stamp.day, p->perm);
    return put(p, &v);
  }
  if (code != STORE_OK || !has_changed || sap_stamp_cmp(changed, since->stamp) < 0) return code;
  if (has_made && sap_stamp_cmp(sap_stamp_minus(changed, 60), made) < 0) return code; /* it was just made */
  event v = event_of(e, r, j, "changed", sap_stamp_text(changed, p->perm), changed.day, p->perm);
  return put(p, &v);
}

static slice question(const erp *e, const sap_event_row *r, const mark *since, slice last, arena *perm) {
  slice key = r->key_is_text ? sap_quoted(last, perm) : last.n ? last : SLICE("0");
  slice filter = arena_printf(perm, "%s gt %.*s", r->key, SLICE_ARG(key));
  if (!by_key(r))
    filter = arena_printf(perm, "%.*s and (%.*s or %.*s)", SLICE_ARG(filter),
                          SLICE_ARG(sap_changed_since(e, since->stamp, r->changed_on, r->changed_at, perm)),
                          SLICE_ARG(sap_changed_since(e, since->stamp, r->made_on, "", perm)));
  return sap_path(e, perm, "/%s?$orderby=%s&$filter=%.*s", r->set, r->key, SLICE_ARG(sap_query(filter, perm)));
}

/* "3 17": the set, and the key of its last row. */
static size_t read_cursor(slice s, slice *last) {
  size_t set = 0, i = 0;
  for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) set = set * 10 + (size_t)(s.p[i] - '0');
  *last = i < s.n ? (slice){s.p + i + 1, s.n - i - 1} : (slice){0};
  return set < ROW_COUNT ? set : ROW_COUNT;
}

static size_t next_set(const erp *e, size_t from) {
  while (from < ROW_COUNT && !is_scanned(e, &ROWS[from])) from++;
  return from;
}

static slice first_key(const sap_event_row *r, const mark *since, size_t set, arena *perm) {
  if (!by_key(r)) return (slice){0};
  return arena_printf(perm, "%lld", (long long)(since->last[set] > 0 ? since->last[set] : 0));
}

/* Asks for a page of a set and tells of it; *at, *last: where the next page begins. */
static erp_code page_of(erp *e, erp_page *p, const mark *since, size_t *at, slice *last, erp_failure *f) {
  const sap_event_row *r = &ROWS[*at];
  sap_answer a = sap_get(e, question(e, r, since, *last, p->perm), p->perm);
  erp_code code = sap_asked(e, &a, f, p->perm);
  if (code != ERP_END) return code;
  const json *rows = sap_rows(&a);
  if (erp_rows(p) != STORE_OK) return ERP_FAILED;
  for (size_t i = 0; i < json_count(rows); i++)
    if (put_row(e, p, r, json_item(rows, i), since) != STORE_OK) return ERP_FAILED;
  p->read = json_count(rows);
  bool more = json_count(rows) > 0 && sap_next(e, &a, p->perm).n > 0;
  if (more) *last = json_text_at(json_item(rows, json_count(rows) - 1), r->key);
  if (!more) {
    *at = next_set(e, *at + 1);
    *last = *at < ROW_COUNT ? first_key(&ROWS[*at], since, *at, p->perm) : (slice){0};
  }
  return ERP_END;
}

/* A set whose rule is new has no number in the mark: what it has is no news. */
static size_t known_set(const erp *e, const mark *since, size_t from) {
  size_t at = next_set(e, from);
  while (at < ROW_COUNT && by_key(&ROWS[at]) && since->last[at] == 0) at = next_set(e, at + 1);
  return at;
}

erp_code sap_page_events(erp *e, erp_page *p, erp_failure *f) {
  mark since, now;
  slice last = {0};
  size_t at;
  if (next_set(e, 0) == ROW_COUNT) return ERP_END; /* no rule asks for any */
  bool asks = read_mark(p->since, &since, p->perm);
  if (p->cursor.n == 0) {
    if (!newest(e, &now, f, p->perm)) return ERP_FAILED;
    if (asks) now.first = since.first;
    p->mark = mark_text(&now, p->perm);
    if (!asks) return ERP_END; /* from here on */
    at = known_set(e, &since, 0);
    if (at < ROW_COUNT) last = first_key(&ROWS[at], &since, at, p->perm);
  } else
    at = read_cursor(p->cursor, &last);
  if (!asks || at == ROW_COUNT) return ERP_END;
  erp_code code = page_of(e, p, &since, &at, &last, f);
  if (code != ERP_END) return code;
  at = known_set(e, &since, at);
  if (at == ROW_COUNT) return ERP_END;
  p->cursor = arena_printf(p->perm, "%zu %.*s", at, SLICE_ARG(last));
  return ERP_MORE;
}

/* ---- webhooks ---- */

typedef struct hearing {
  hook_events *out;
  arena *perm;
} hearing;

static hook_event *add(hearing *h, hook_event v) {
  if (h->out->count == HOOK_EVENTS_MAX) return NULL;
  h->out->v[h->out->count] = v;
  return &h->out->v[h->out->count++];
}

/* "sap.b1.Orders.Created.v1" */
static const sap_event_row *row_of(slice kind, const char **verb) {
  static const struct {
    const char *word, *verb;
  } VERBS[] = {{"Created", "created"}, {"Added", "created"},       {"Updated", "changed"},
               {"Changed", "changed"}, {"Cancelled", "cancelled"}, {"Canceled", "cancelled"}};
  if (!slice_starts(kind, SLICE("sap.b1."))) return NULL;
  slice rest = {kind.p + 7, kind.n - 7}, part[2] = {{0}, {0}};
  for (int i = 0; i < 2; i++) {
    const char *dot = rest.n ? memchr(rest.p, '.', rest.n) : NULL;
    part[i] = (slice){rest.p, dot ? (size_t)(dot - rest.p) : rest.n};
    rest = dot ? (slice){dot + 1, rest.n - part[i].n - 1} : (slice){0};
  }
  *verb = NULL;
  for (size_t i = 0; i < sizeof VERBS / sizeof *VERBS; i++)
    if (slice_eq(part[1], slice_of(VERBS[i].word))) *verb = VERBS[i].verb;
  for (size_t i = 0; i < ROW_COUNT && *verb; i++)
    if (slice_eq(part[0], slice_of(ROWS[i].set))) return &ROWS[i];
  return NULL;
}

/* What says that the money of an invoice moved: it is read. */
static void tell_changed(hearing *h, slice id, const sap_event_row *r, const json *data) {
  slice set = slice_of(r->set);
  if (slice_eq(set, SLICE("Invoices")) || slice_eq(set, SLICE("CreditNotes"))) {
    slice entry = json_text_at(data, "DocEntry");
    if (entry.n && set.p[0] == 'C') entry = arena_printf(h->perm, "CN%.*s", SLICE_ARG(entry));
    if (entry.n) (void)add(h, (hook_event){.kind = HOOK_CHANGED, .id = id, .entity = entry, .table = "invoice"});
  }
  if (slice_eq(set, SLICE("BusinessPartners")) && json_text_at(data, "CardCode").n)
    (void)add(
        h, (hook_event){.kind = HOOK_CHANGED, .id = id, .entity = json_text_at(data, "CardCode"), .table = "customer"});
  const json *paid = slice_eq(set, SLICE("IncomingPayments")) ? json_at(data, "PaymentInvoices") : NULL;
  for (size_t i = 0; i < json_count(paid); i++) {
    slice entry = json_text_at(json_item(paid, i), "DocEntry");
    if (!entry.n || !slice_eq(json_text_at(json_item(paid, i), "InvoiceType"), SLICE("it_Invoice"))) continue;
    (void)add(h, (hook_event){.kind = HOOK_PAID_HINT,
                              .id = arena_printf(h->perm, "%.*s/%zu", SLICE_ARG(id), i + 1),
                              .entity = entry,
                              .table = "invoice"});
  }
}

/* Values as the store keeps them, "order_number=17", one by one; the first is the customer. */
static void tell_event(hearing *h, const event *v, int64_t at_s) {
  hook_value *values = ARENA_ARRAY(h->perm, 2, hook_value);
  values[0] = (hook_value){SLICE("customer"), v->customer};
  values[1] = (hook_value){SLICE("said"), v->said};
  (void)add(
      h, (hook_event){
             .kind = HOOK_ERP_EVENT, .id = v->id, .entity = v->name, .at_s = at_s, .values = values, .value_count = 2});
}

static int64_t time_of(slice s) {
  sap_stamp at;
  return s.n >= 19 && sap_stamp_read(s, &at) ? (int64_t)at.day.day * 86400 + at.second : 0;
}

static void hear(hearing *h, const json *one) {
  const char *verb;
  slice id = json_text_at(one, "id"), kind = json_text_at(one, "type"), when = json_text_at(one, "time");
  const sap_event_row *r = row_of(kind, &verb);
  const json *data = json_at(one, "data");
  if (!r || !id.n || json_kind_of(data) != JSON_OBJECT) return;
  sap_stamp changed;
  slice moment = {0};
  if (strcmp(verb, "changed") == 0 || !*r->key) /* without a moment the provider's own id tells changes apart */
    moment = *r->key && *r->changed_on && sap_stamp_of(data, r->changed_on, r->changed_at, &changed)
                 ? sap_stamp_text(changed, h->perm)
                 : id;
  event v = event_of(NULL, r, data, verb, moment, (civil_date){0}, h->perm);
  if (*r->key ? json_text_at(data, r->key).n > 0 : true) tell_event(h, &v, time_of(when));
  tell_changed(h, id, r, data);
}

/* `?token=...` of the address that was given to SAP Business One. */
static slice token_in(slice query) {
  while (query.n) {
    size_t n = 0;
    while (n < query.n && query.p[n] != '&') n++;
    if (slice_starts((slice){query.p, n}, SLICE("token="))) return (slice){query.p + 6, n - 6};
    query = n < query.n ? (slice){query.p + n + 1, query.n - n - 1} : (slice){0};
  }
  return (slice){0};
}

hook_answer sap_hook(world *w, const connection *c, const hook_request *r, arena *perm, hook_events *out) {
  secret token;
  slice variable, why;
  *out = (hook_events){0};
  if (!connection_secret(w, perm, c, "token", &token, &variable) || !sign_is_secret(&token, token_in(r->query)))
    return HOOK_ANSWER_NOT_GENUINE;
  const json *root = json_parse(r->body, perm, &why);
  if (json_kind_of(root) != JSON_LIST && json_kind_of(root) != JSON_OBJECT) return HOOK_ANSWER_NOT_UNDERSTOOD;
  out->v = ARENA_ARRAY(perm, HOOK_EVENTS_MAX, hook_event);
  hearing h = {out, perm};
  if (json_kind_of(root) == JSON_OBJECT) hear(&h, root);
  for (size_t i = 0; json_kind_of(root) == JSON_LIST && i < json_count(root); i++) hear(&h, json_item(root, i));
  return HOOK_ANSWER_TAKEN;
}
