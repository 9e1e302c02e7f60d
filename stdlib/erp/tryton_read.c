/* What Tryton has, page by page or one row at a time.
 *
 * All is paged by its own numbers (id > N): what is posted or paid meanwhile shifts nothing, and a page can be asked
 * for again at any time. What changed is asked for by write_date and create_date, in the database's own clock, over an
 * overlap in which a clock that goes back for the winter loses nothing. An invoice changes with its lines and with
 * those that pay it; a party with its contact mechanisms and addresses.
 *
 * Invariant: all calls of a page come before its first row. */
#include <stdlib.h>
#include <string.h>

#include "tryton_impl.h"

enum { OVERLAP_S = 65 * 60, DAY_S = 86400 };

#define PARTY_FIELDS "[\"code\",\"name\",\"active\",\"lang.code\",\"tax_identifier.code\",\"categories\"]"
#define INVOICE_FIELDS                                                                                                 \
  "[\"number\",\"reference\",\"party.code\",\"invoice_date\",\"currency.code\",\"amount_to_pay\",\"state\","           \
  "\"lines_to_pay\",\"payment_lines\"]"
#define ENTRY_FIELDS                                                                                                   \
  "[\"party.code\",\"move.post_number\",\"description\",\"debit\",\"credit\",\"amount_second_currency\","              \
  "\"second_currency.code\",\"maturity_date\",\"date\",\"reconciliation\",\"reconciliation.date\"]"
/* A receivable that no invoice is about: neither its move is an invoice's, nor does it pay one. */
static const char ENTRY[] =
    "[\"account.type.receivable\",\"=\",true],[\"party\",\"!=\",null],[\"move.state\",\"=\",\"posted\"],"
    "[\"invoice_payments\",\"=\",null],[\"OR\",[\"move.origin\",\"=\",null],[\"move.origin\",\"not like\","
    "\"account.invoice,%\"]]";

/* What ends a page before its rows. */
static erp_code ended(const erp_failure *f) { return f->wait_s > 0 ? ERP_LATER : ERP_FAILED; }

/* ---- marks ---- */

/* The newest change of a model, less the overlap; where there is none, from yesterday. */
static bool find_mark(erp *e, erp_page *p, const char *model, erp_failure *f) {
  slice context = tryton_context(e, true, p->perm);
  slice method = arena_printf(p->perm, "model.%s.search_read", model);
  const char *name = arena_copy(p->perm, method);
  const tryton_call calls[] = {
      {name,
       arena_printf(p->perm, "[[[\"write_date\",\"!=\",null]],0,1,[[\"write_date\",\"DESC\"]],[\"write_date\"],%.*s]",
                    SLICE_ARG(context))},
      {name, arena_printf(p->perm, "[[],0,1,[[\"id\",\"DESC\"]],[\"create_date\"],%.*s]", SLICE_ARG(context))}};
  static const slice FIELD[] = {{"write_date", 10}, {"create_date", 11}};
  tryton_answer a[2];
  int64_t newest = e->w->now_ns(e->w) / 1000000000 - DAY_S;
  bool any = false;
  tryton_ask_all(e, calls, 2, a, p->perm);
  for (int i = 0; i < 2; i++) {
    int64_t its;
    if (tryton_asked(e, &a[i], f, p->perm) != ERP_END) return false;
    if (!tryton_moment(json_member(json_item(a[i].result, 0), FIELD[i]), &its)) continue;
    if (!any || its > newest) newest = its;
    any = true;
  }
  p->mark = arena_printf(p->perm, "%lld", (long long)(newest - OVERLAP_S));
  return true;
}

/* ",["OR",["write_date",">=",...],...]" of each path; empty: all is read. */
static slice changed(const erp_page *p, const char *const *paths, size_t n) {
  if (!p->since.n) return (slice){"", 0};
  int64_t since = strtoll(arena_copy(p->perm, p->since), NULL, 10);
  slice when = tryton_moment_written(since, p->perm);
  text t = text_new(p->perm);
  text_cstr(&t, ",[\"OR\"");
  for (size_t i = 0; i < n; i++)
    text_printf(&t, ",[\"%swrite_date\",\">=\",%.*s],[\"%screate_date\",\">=\",%.*s]", paths[i], SLICE_ARG(when),
                paths[i], SLICE_ARG(when));
  text_char(&t, ']');
  return text_slice(&t);
}

/* ---- one page of a model ---- */

/* The rows behind `last` that fit; `last` becomes that of the last one. *more: a page that is full. */
static erp_code ask_page(erp *e, erp_page *p, const char *model, slice domain, const char *fields, int64_t *last,
                         const json **rows, bool *more, erp_failure *f) {
  slice behind = arena_printf(p->perm, "[[\"id\",\">\",%lld],%.*s]", (long long)*last, SLICE_ARG(domain));
  slice context = tryton_context(e, true, p->perm);
  slice read = arena_printf(p->perm, "model.%s.search_read", model),
        count = arena_printf(p->perm, "model.%s.search_count", model);
  const tryton_call calls[] = {
      {arena_copy(p->perm, read), arena_printf(p->perm, "[%.*s,0,%u,[[\"id\",\"ASC\"]],%s,%.*s]", SLICE_ARG(behind),
                                               e->page_rows, fields, SLICE_ARG(context))},
      {arena_copy(p->perm, count), arena_printf(p->perm, "[%.*s,%.*s]", SLICE_ARG(behind), SLICE_ARG(context))}};
  tryton_answer a[2];
  bool first = p->cursor.n == 0;
  int64_t all, its;
  tryton_ask_all(e, calls, first ? 2 : 1, a, p->perm);
  erp_code code = tryton_asked(e, &a[0], f, p->perm);
  if (code != ERP_END) return code;
  if (first && a[1].fine && json_int(a[1].result, &all) && all > 0) p->of = (uint64_t)all;
  *rows = a[0].result;
  size_t n = json_count(*rows);
  int64_t before = *last;
  for (size_t i = 0; i < n; i++)
    if (json_int(json_member(json_item(*rows, i), SLICE("id")), &its) && its > *last) *last = its;
  *more = n >= e->page_rows && *last > before;
  p->read += n;
  return ERP_END;
}

/* "[1,2,3]": the numbers under `name` in all rows, or those of the rows themselves. */
static slice ids_of(const json *rows, const char *const *names, size_t n, arena *perm) {
  text t = text_new(perm);
  text_char(&t, '[');
  for (size_t i = 0; i < json_count(rows); i++)
    for (size_t k = 0; k < n; k++) {
      const json *v = json_member(json_item(rows, i), slice_of(names[k]));
      bool list = json_kind_of(v) == JSON_LIST;
      for (size_t m = 0; m < (list ? json_count(v) : 1); m++) {
        int64_t id;
        if (!json_int(list ? json_item(v, m) : v, &id)) continue;
        text_printf(&t, "%s%lld", t.n > 1 ? "," : "", (long long)id);
      }
    }
  text_char(&t, ']');
  return text_slice(&t);
}

/* ---- parties ---- */

/* Names of categories; a user who may not read them has parties without tags. */
static void ask_categories(erp *e) {
  if (e->categories.asked) return;
  arena *scratch = arena_new();
  slice params = arena_printf(scratch, "[[],0,null,null,[\"name\"],%.*s]", SLICE_ARG(tryton_context(e, true, scratch)));
  tryton_answer a = tryton_ask(e, "model.party.category.search_read", params, scratch);
  size_t n = json_count(a.result);
  e->categories.asked = true;
  e->categories.v = ARENA_ARRAY(e->perm, n + 1, struct tryton_name);
  for (size_t i = 0; i < n; i++) {
    struct tryton_name *x = &e->categories.v[e->categories.n];
    const json *one = json_item(a.result, i);
    x->text = arena_slice(e->perm, slice_trim(json_text(json_member(one, SLICE("name")))));
    e->categories.n += json_int(json_member(one, SLICE("id")), &x->id);
  }
  arena_free(scratch);
}

static erp_code put_parties(erp *e, erp_page *p, const json *rows, erp_failure *f) {
  static const char *const ID[] = {"id"};
  slice ids = ids_of(rows, ID, 1, p->perm), context = tryton_context(e, false, p->perm);
  const tryton_call calls[] = {
      {"model.party.contact_mechanism.search_read",
       arena_printf(
           p->perm,
           "[[[\"party\",\"in\",%.*s],[\"type\",\"in\",[\"email\",\"mobile\",\"phone\"]]],0,null,"
           "[[\"sequence\",\"ASC NULLS FIRST\"],[\"id\",\"ASC\"]],[\"party\",\"type\",\"value\",\"invoice\"],%.*s]",
           SLICE_ARG(ids), SLICE_ARG(context))},
      {"model.party.address.search_read",
       arena_printf(p->perm,
                    "[[[\"party\",\"in\",%.*s]],0,null,[[\"sequence\",\"ASC NULLS FIRST\"],[\"id\",\"ASC\"]],"
                    "[\"party\",\"country.code\",\"subdivision.code\",\"invoice\"],%.*s]",
                    SLICE_ARG(ids), SLICE_ARG(context))}};
  tryton_answer a[2];
  if (json_count(rows)) {
    ask_categories(e);
    tryton_ask_all(e, calls, 2, a, p->perm);
    for (int i = 0; i < 2; i++) {
      erp_code code = tryton_asked(e, &a[i], f, p->perm);
      if (code != ERP_END) return code;
    }
  }
  store_code code = erp_rows(p);
  for (size_t i = 0; i < json_count(rows) && code == STORE_OK; i++)
    code = tryton_put_party(e, p, json_item(rows, i), a[0].result, a[1].result);
  return code == STORE_OK ? ERP_END : ERP_FAILED;
}

/* Of parties of the line's category alone; empty: of all. `path`: to the party. */
static slice of_category(const erp *e, const char *path, arena *perm) {
  if (!e->category.n) return (slice){"", 0};
  return arena_printf(perm, ",[\"%scategories.name\",\"=\",%.*s]", path, SLICE_ARG(tryton_quoted(e->category, perm)));
}

static erp_code page_parties(erp *e, erp_page *p, erp_failure *f) {
  static const char *const PATHS[] = {"", "contact_mechanisms.", "addresses."};
  int64_t last = p->cursor.n ? strtoll(arena_copy(p->perm, p->cursor), NULL, 10) : 0;
  const json *rows;
  bool more;
  if (!p->cursor.n && !find_mark(e, p, "party.party", f)) return ended(f);
  slice domain = arena_printf(p->perm, "[\"id\",\"!=\",null]%.*s%.*s", SLICE_ARG(of_category(e, "", p->perm)),
                              SLICE_ARG(changed(p, PATHS, 3)));
  erp_code code = ask_page(e, p, "party.party", domain, PARTY_FIELDS, &last, &rows, &more, f);
  if (code == ERP_END) code = put_parties(e, p, rows, f);
  if (code != ERP_END || !more) return code;
  p->cursor = arena_printf(p->perm, "%lld", (long long)last);
  return ERP_MORE;
}

/* ---- invoices, then what is no invoice's ---- */

static erp_code put_invoices(erp *e, erp_page *p, const json *rows, erp_failure *f) {
  static const char *const LINES[] = {"lines_to_pay", "payment_lines"};
  tryton_answer a = {.fine = true};
  if (json_count(rows)) {
    slice params =
        arena_printf(p->perm, "[%.*s," TRYTON_LINE_FIELDS ",%.*s]", SLICE_ARG(ids_of(rows, LINES, 2, p->perm)),
                     SLICE_ARG(tryton_context(e, false, p->perm)));
    a = tryton_ask(e, "model.account.move.line.read", params, p->perm);
    erp_code code = tryton_asked(e, &a, f, p->perm);
    if (code != ERP_END) return code;
  }
  store_code code = erp_rows(p);
  for (size_t i = 0; i < json_count(rows) && code == STORE_OK; i++)
    code = tryton_put_invoice(e, p, json_item(rows, i), a.result);
  return code == STORE_OK ? ERP_END : ERP_FAILED;
}

static erp_code put_entries(erp *e, erp_page *p, const json *rows) {
  store_code code = erp_rows(p);
  for (size_t i = 0; i < json_count(rows) && code == STORE_OK; i++) code = tryton_put_entry(e, p, json_item(rows, i));
  return code == STORE_OK ? ERP_END : ERP_FAILED;
}

static slice invoices_domain(const erp *e, const erp_page *p) {
  static const char *const PATHS[] = {"", "move.lines.", "payment_lines."};
  return arena_printf(p->perm, "[\"company\",\"=\",%lld],[\"type\",\"=\",\"out\"],[\"state\",\"in\",%s]%.*s%.*s",
                      (long long)e->company, p->since.n ? "[\"posted\",\"paid\",\"cancelled\"]" : "[\"posted\"]",
                      SLICE_ARG(of_category(e, "party.", p->perm)), SLICE_ARG(changed(p, PATHS, 3)));
}

/* One that was made and reconciled since was never in the store, and does not come into it. */
static slice entries_domain(const erp *e, const erp_page *p) {
  static const char *const PATHS[] = {""};
  slice own = arena_printf(p->perm, "%s,[\"move.company\",\"=\",%lld]%.*s", ENTRY, (long long)e->company,
                           SLICE_ARG(of_category(e, "party.", p->perm)));
  if (!p->since.n) return arena_printf(p->perm, "%.*s,[\"reconciliation\",\"=\",null]", SLICE_ARG(own));
  slice since = tryton_moment_written(strtoll(arena_copy(p->perm, p->since), NULL, 10), p->perm);
  return arena_printf(p->perm, "%.*s,[\"OR\",[\"reconciliation\",\"=\",null],[\"create_date\",\"<\",%.*s]]%.*s",
                      SLICE_ARG(own), SLICE_ARG(since), SLICE_ARG(changed(p, PATHS, 1)));
}

/* The cursor is "I" or "E" and the last number that was read. */
static erp_code page_receivables(erp *e, erp_page *p, erp_failure *f) {
  bool entries = p->cursor.n && p->cursor.p[0] == 'E', more;
  int64_t last = p->cursor.n ? strtoll(arena_copy(p->perm, (slice){p->cursor.p + 1, p->cursor.n - 1}), NULL, 10) : 0;
  const json *rows;
  erp_code code;
  if (!p->cursor.n && !find_mark(e, p, "account.invoice", f)) return ended(f);
  if (entries) {
    code = ask_page(e, p, "account.move.line", entries_domain(e, p), ENTRY_FIELDS, &last, &rows, &more, f);
    if (code == ERP_END) code = put_entries(e, p, rows);
    if (code != ERP_END || !more) return code;
  } else {
    code = ask_page(e, p, "account.invoice", invoices_domain(e, p), INVOICE_FIELDS, &last, &rows, &more, f);
    if (code == ERP_END) code = put_invoices(e, p, rows, f);
    if (code != ERP_END) return code;
    if (!more) last = 0;
    entries = !more;
  }
  p->cursor = arena_printf(p->perm, "%c%lld", entries ? 'E' : 'I', (long long)last);
  return ERP_MORE;
}

erp_code tryton_page(erp *e, erp_page *p, erp_failure *f) {
  if (!tryton_company(e, f, p->perm)) return ended(f);
  switch ((tryton_feed_id)p->feed) {
  case TRYTON_PARTIES: return page_parties(e, p, f);
  case TRYTON_RECEIVABLES: return page_receivables(e, p, f);
  case TRYTON_FEED_COUNT: break;
  }
  return ERP_END;
}

/* ---- one row ---- */

static erp_code ask_one(erp *e, erp_page *p, const char *method, slice domain, const char *fields, const json **rows,
                        erp_failure *f) {
  slice params = arena_printf(p->perm, "[[%.*s],0,1,null,%s,%.*s]", SLICE_ARG(domain), fields,
                              SLICE_ARG(tryton_context(e, true, p->perm)));
  tryton_answer a = tryton_ask(e, method, params, p->perm);
  *rows = a.result;
  return tryton_asked(e, &a, f, p->perm);
}

static erp_code read_party(erp *e, erp_page *p, slice code_of_it, bool *there, erp_failure *f) {
  const json *rows;
  slice domain = arena_printf(p->perm, "[\"code\",\"=\",%.*s]", SLICE_ARG(tryton_quoted(code_of_it, p->perm)));
  erp_code code = ask_one(e, p, "model.party.party.search_read", domain, PARTY_FIELDS, &rows, f);
  if (code != ERP_END) return code;
  *there = json_count(rows) == 1;
  return *there ? put_parties(e, p, rows, f) : ERP_END;
}

/* A line's number; all lines of its invoice come with it. */
static erp_code read_line(erp *e, erp_page *p, slice id, bool *there, erp_failure *f) {
  const json *rows;
  for (size_t i = 0; i < id.n; i++)
    if (id.p[i] < '0' || id.p[i] > '9' || id.n > 18) return ERP_END;
  if (!id.n) return ERP_END;
  slice domain = arena_printf(p->perm,
                              "[\"company\",\"=\",%lld],[\"type\",\"=\",\"out\"],[\"move.lines.id\",\"=\",%.*s],"
                              "[\"state\",\"in\",[\"posted\",\"paid\",\"cancelled\"]]",
                              (long long)e->company, SLICE_ARG(id));
  erp_code code = ask_one(e, p, "model.account.invoice.search_read", domain, INVOICE_FIELDS, &rows, f);
  if (code != ERP_END) return code;
  *there = json_count(rows) == 1;
  if (*there) return put_invoices(e, p, rows, f);
  domain = arena_printf(p->perm, "[\"id\",\"=\",%.*s],[\"move.company\",\"=\",%lld],%s", SLICE_ARG(id),
                        (long long)e->company, ENTRY);
  code = ask_one(e, p, "model.account.move.line.search_read", domain, ENTRY_FIELDS, &rows, f);
  if (code != ERP_END) return code;
  *there = json_count(rows) == 1;
  return *there ? put_entries(e, p, rows) : ERP_END;
}

erp_code tryton_read(erp *e, erp_page *p, slice source_id, bool *there, erp_failure *f) {
  *there = false;
  if (!tryton_company(e, f, p->perm)) return ended(f);
  switch ((tryton_feed_id)p->feed) {
  case TRYTON_PARTIES: return read_party(e, p, source_id, there, f);
  case TRYTON_RECEIVABLES: return read_line(e, p, source_id, there, f);
  case TRYTON_FEED_COUNT: break;
  }
  return ERP_END;
}
