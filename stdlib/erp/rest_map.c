/* Reads a mapping. See rest_map.h. */
#include "rest_map.h"

#include <stdlib.h>
#include <string.h>

#include "rest_reading.h"
#include "stdlib/net/http_text.h"

enum { COLUMNS_MAX = RECORD_COLUMNS_MAX - 4 };

const char *const REST_ORDER_NAMES[REST_ORDER_HOLES] = {"id",     "number",   "customer", "customer_id", "date",
                                                        "amount", "currency", "text",     "key",         "what"};
const char *const REST_TIME_NAMES[REST_TIME_HOLES] = {"utc", "time", "date", "http", "seconds", "milliseconds"};

/* ---- proof ---- */

/* "https://identity.xero.com/connect/token" */
static bool split_login(map_reading *r, const map_place *at, slice s) {
  const char *host = s.n ? memmem(s.p, s.n, "://", 3) : NULL;
  const char *slash = host ? memchr(host + 3, '/', s.n - (size_t)(host + 3 - s.p)) : NULL;
  if (!slash) return map_wrong(r, at, "the address where tokens are given: https://HOST/PATH");
  r->m->login = arena_copy(r->perm, (slice){s.p, (size_t)(slash - s.p)});
  r->m->login_path = (slice){slash, s.n - (size_t)(slash - s.p)};
  return true;
}

static bool read_proof(map_reading *r, const map_place *top, const json *root) {
  static const char *const KINDS[] = {"nobody", "bearer", "basic", "header", "oauth", NULL};
  static const char *const NAMES[] = {"by", "header", "prefix", "address", "scope", "send", NULL};
  static const char *const SENDS[] = {"form", "basic", NULL};
  const json *j = map_member(root, "proof");
  map_place at = map_inside(top, SLICE("proof")), here = map_inside(&at, SLICE("address"));
  size_t kind = 0, sends = 0;
  slice address = {0};
  rest_map *m = r->m;
  if (!j) return map_wrong(r, &at, "it is missing: {\"by\": \"bearer\"}, or basic, header, oauth, nobody");
  if (!map_known(r, &at, j, NAMES) || !map_word(r, &at, j, "by", KINDS, true, &kind)) return false;
  m->proof = (rest_proof)kind;
  if (!map_text(r, &at, j, "header", m->proof == REST_HEADER, &m->header) ||
      !map_text(r, &at, j, "prefix", false, &m->prefix) ||
      !map_text(r, &at, j, "address", m->proof == REST_OAUTH, &address) ||
      !map_text(r, &at, j, "scope", false, &m->scope) || !map_word(r, &at, j, "send", SENDS, false, &sends))
    return false;
  if (m->header.n && !http_name_fits(m->header)) return map_wrong(r, &at, "`header` is no header's name");
  if (!http_value_fits(m->prefix)) return map_wrong(r, &at, "`prefix` cannot stand in a header");
  m->login_basic = sends == 1;
  return m->proof != REST_OAUTH || split_login(r, &here, address);
}

/* ---- a feed ---- */

static bool read_paging(map_reading *r, const map_place *top, const json *feed, rest_feed *f) {
  static const char *const KINDS[] = {"one", "number", "offset", "cursor", "link", NULL};
  static const char *const NAMES[] = {"by",    "parameter", "first", "size_parameter", "size", "next",
                                      "pages", "rows",      NULL};
  const json *j = map_member(feed, "pages");
  map_place at = map_inside(top, SLICE("pages")), here = map_inside(&at, SLICE("next"));
  size_t kind = 0;
  f->first = 1;
  if (!j) return true;
  if (!map_known(r, &at, j, NAMES) || !map_word(r, &at, j, "by", KINDS, true, &kind)) return false;
  f->paging = (rest_paging)kind;
  bool named = f->paging == REST_NUMBER || f->paging == REST_OFFSET || f->paging == REST_CURSOR;
  if (f->paging == REST_OFFSET) f->first = 0;
  if (!map_text(r, &at, j, "parameter", named, &f->parameter) ||
      !map_text(r, &at, j, "size_parameter", false, &f->size_parameter) ||
      !map_number(r, &at, j, "first", 0, 1000000, &f->first) || !map_number(r, &at, j, "size", 1, 100000, &f->size) ||
      !map_path(r, &at, j, "next", &f->has_next, &f->next) || !map_path(r, &at, j, "pages", &f->has_pages, &f->pages) ||
      !map_path(r, &at, j, "rows", &f->has_total, &f->total))
    return false;
  if (f->size_parameter.n && !f->size) return map_wrong(r, &at, "`size` is missing: how many rows a page is to have");
  if (f->paging == REST_CURSOR && !f->has_next)
    return map_wrong(r, &here, "it is missing: where in the answer the next cursor is, \"meta.next\"");
  return true;
}

static bool read_changed(map_reading *r, const map_place *top, const json *feed, rest_feed *f) {
  static const char *const NAMES[] = {"parameter", "header", "value", "overlap_minutes", NULL};
  const json *j = map_member(feed, "changed");
  map_place at = map_inside(top, SLICE("changed")), here = map_inside(&at, SLICE("value"));
  slice value = SLICE("{utc}");
  int64_t minutes = 10;
  if (!j) return true;
  if (!map_known(r, &at, j, NAMES) || !map_text(r, &at, j, "parameter", false, &f->changed_parameter) ||
      !map_text(r, &at, j, "header", false, &f->changed_header) || !map_text(r, &at, j, "value", false, &value) ||
      !map_number(r, &at, j, "overlap_minutes", 0, 100000, &minutes))
    return false;
  if ((f->changed_parameter.n > 0) == (f->changed_header.n > 0))
    return map_wrong(r, &at,
                     "how changes are asked for: either \"parameter\": \"updated_since\" or \"header\": "
                     "\"If-Modified-Since\"");
  if (f->changed_header.n && !http_name_fits(f->changed_header))
    return map_wrong(r, &at, "`header` is no header's name");
  f->changed = true;
  f->overlap_s = minutes * 60;
  return map_pattern(r, &here, value, REST_TIME_NAMES, REST_TIME_HOLES, REST_PLAIN, &f->changed_value);
}

static bool read_filters(map_reading *r, const map_place *top, const json *feed, rest_feed *f) {
  static const char *const WAYS[] = {"only", "except"};
  size_t all = json_count(map_member(feed, "only")) + json_count(map_member(feed, "except"));
  f->filters = ARENA_ARRAY(r->perm, all + 1, rest_filter);
  for (int way = 0; way < 2; way++) {
    const json *j = map_member(feed, WAYS[way]);
    map_place at = map_inside(top, slice_of(WAYS[way]));
    if (j && json_kind_of(j) != JSON_OBJECT)
      return map_wrong(r, &at, "an object is expected: {\"Type\": [\"ACCREC\"]}");
    for (size_t i = 0; i < json_count(j); i++) {
      const json *one = json_item(j, i);
      map_place here = map_inside(&at, json_name(one));
      rest_filter *x = &f->filters[f->filter_count++];
      bool list = json_kind_of(one) == JSON_LIST;
      *x = (rest_filter){.except = way == 1, .count = list ? json_count(one) : 1};
      x->texts = ARENA_ARRAY(r->perm, x->count + 1, slice);
      if (!map_path_of(r, &here, arena_slice(r->perm, json_name(one)), &x->at)) return false;
      for (size_t k = 0; k < x->count; k++) {
        const json *t = list ? json_item(one, k) : one;
        if (json_kind_of(t) == JSON_OBJECT || json_kind_of(t) == JSON_LIST || json_kind_of(t) == JSON_NULL)
          return map_wrong(r, &here, "texts are expected: [\"DRAFT\", \"DELETED\"]");
        x->texts[k] = arena_slice(r->perm, json_text(t));
      }
    }
  }
  return true;
}

/* ---- fields ---- */

static bool read_words(map_reading *r, const map_place *at, const json *j, rest_value *v) {
  const json *map = map_member(j, "map");
  map_place here = map_inside(at, SLICE("map"));
  if (!map_text(r, at, j, "otherwise", false, &v->otherwise)) return false;
  v->has_otherwise = map_member(j, "otherwise") != NULL;
  if (!map) return true;
  if (json_kind_of(map) != JSON_OBJECT) return map_wrong(r, &here, "an object is expected: {\"AUTHORISED\": \"open\"}");
  v->words = ARENA_ARRAY(r->perm, json_count(map) + 1, rest_word);
  for (size_t i = 0; i < json_count(map); i++) {
    const json *one = json_item(map, i);
    map_place its = map_inside(&here, json_name(one));
    if (json_kind_of(one) != JSON_TEXT) return map_wrong(r, &its, "a text in quotes is expected");
    v->words[v->word_count++] = (rest_word){arena_slice(r->perm, json_name(one)), arena_slice(r->perm, json_text(one))};
  }
  return true;
}

static bool read_places(map_reading *r, const map_place *at, const json *j, const char *name, rest_value *v) {
  const json *m = map_member(j, name);
  bool list = json_kind_of(m) == JSON_LIST;
  map_place here = map_inside(at, slice_of(name));
  v->at_count = list ? json_count(m) : 1;
  v->at = ARENA_ARRAY(r->perm, v->at_count + 1, rest_path);
  if (v->at_count == 0) return map_wrong(r, &here, "the list is empty");
  for (size_t i = 0; i < v->at_count; i++) {
    const json *one = list ? json_item(m, i) : m;
    if (json_kind_of(one) != JSON_TEXT)
      return map_wrong(r, &here, "a path in quotes is expected: \"Contact.ContactID\"");
    if (!map_path_of(r, &here, arena_slice(r->perm, json_text(one)), &v->at[i])) return false;
  }
  return true;
}

static bool read_column_form(map_reading *r, const map_place *at, const json *j, record_column *c) {
  static const char *const FORMS[] = {
#define RECORD_DATES(id, said) said,
      RECORD_DATE_FORMS(RECORD_DATES)
#undef RECORD_DATES
          NULL};
  static const char *const AMOUNTS[] = {"units", "cents", NULL};
  static const char *const TYPES[] = {"text", "date", NULL};
  size_t form = c->dates, amounts = 0, kind = 0;
  if (!map_word(r, at, j, "dates", FORMS, false, &form) || !map_word(r, at, j, "amounts", AMOUNTS, false, &amounts) ||
      !map_word(r, at, j, "type", TYPES, false, &kind))
    return false;
  c->dates = (record_dates)form;
  c->minor = amounts == 1;
  if (kind == 1) c->type = STORE_DATE;
  return true;
}

static bool read_value(map_reading *r, const map_place *at, const json *j, rest_value *v, record_column *c) {
  static const char *const NAMES[] = {"at",        "always", "join", "with",    "map",
                                      "otherwise", "dates",  "type", "amounts", NULL};
  if (json_kind_of(j) == JSON_TEXT) {
    v->at = ARENA_NEW(r->perm, rest_path);
    v->at_count = 1;
    return map_path_of(r, at, arena_slice(r->perm, json_text(j)), v->at);
  }
  if (json_kind_of(j) != JSON_OBJECT)
    return map_wrong(
        r, at, "a path is expected, \"Contact.ContactID\", or {\"at\": ...}, {\"always\": ...}, {\"join\": [...]}");
  if (!map_known(r, at, j, NAMES) || !read_column_form(r, at, j, c)) return false;
  int ways = (map_member(j, "at") != NULL) + (map_member(j, "always") != NULL) + (map_member(j, "join") != NULL);
  if (ways != 1) return map_wrong(r, at, "one of \"at\", \"always\" and \"join\" says where the value comes from");
  if (map_member(j, "always")) {
    v->constant = true;
    return map_text(r, at, j, "always", true, &v->with);
  }
  v->join = map_member(j, "join") != NULL;
  v->with = SLICE(" ");
  return map_text(r, at, j, "with", false, &v->with) && read_places(r, at, j, v->join ? "join" : "at", v) &&
         read_words(r, at, j, v);
}

/* Columns that come from Dun itself, or are made by the store. */
static bool may_be_set(store_table table, slice name) {
  static const char *const OWN[] = {"customer_row", "invoice_row", "contract_row", "source",
                                    "seen_at",      "version",     "seq"};
  for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++)
    if (slice_eq(name, slice_of(OWN[i]))) return false;
  (void)table;
  return true;
}

static bool is_field_name(slice s) {
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    if (!((c >= 'a' && c <= 'z') || c == '_' || (i && c >= '0' && c <= '9'))) return false;
  }
  return s.n > 0 && s.n <= 64;
}

static bool read_fields(map_reading *r, const map_place *top, const json *feed, rest_feed *f, record_dates dates,
                        currency fallback) {
  const json *j = map_member(feed, "fields");
  map_place at = map_inside(top, SLICE("fields"));
  record_column given[COLUMNS_MAX];
  if (json_kind_of(j) != JSON_OBJECT)
    return map_wrong(r, &at,
                     "it is missing: {\"number\": \"InvoiceNumber\", ...}, a field of Dun and where its value is");
  if (json_count(j) > COLUMNS_MAX)
    return map_wrong(r, &at, "there are more fields than the %d that are taken", COLUMNS_MAX);
  for (size_t i = 0; i < json_count(j); i++) {
    const json *one = json_item(j, i);
    slice name = arena_slice(r->perm, json_name(one));
    map_place here = map_inside(&at, name);
    const store_column *c = store_column_find(f->table, name);
    if (!is_field_name(name) || !may_be_set(f->table, name))
      return map_wrong(r, &here,
                       "a field's name is made of small letters, digits and _, and is not one that Dun keeps for "
                       "itself");
    for (size_t k = 0; k < i; k++)
      if (slice_eq(given[k].name, name)) return map_wrong(r, &here, "the field stands there twice");
    given[i] = (record_column){.name = name, .type = c ? c->type : STORE_TEXT, .dates = dates};
    if (!read_value(r, &here, one, &f->value[i], &given[i])) return false;
    if (c) given[i].type = c->type;
  }
  f->values = json_count(j);
  const char *missing = record_shape_of(&f->shape, f->table, given, f->values, fallback);
  return !missing || map_wrong(r, &at, "\"%s\" is missing: every row must have one, {\"%s\": \"path in the record\"}",
                               missing, missing);
}

static bool read_one(map_reading *r, const map_place *top, const json *feed, rest_feed *f) {
  static const char *const NAMES[] = {"path", "query", "row", NULL};
  static const char *const HOLE[] = {"id"};
  const json *j = map_member(feed, "one");
  map_place at = map_inside(top, SLICE("one"));
  bool there;
  if (!j) return true;
  f->alone = true;
  return map_known(r, &at, j, NAMES) && map_address_path(r, &at, j, "path", HOLE, 1, true, &f->one_path) &&
         map_pairs(r, &at, j, "query", HOLE, 1, false, &f->one_query) &&
         map_path(r, &at, j, "row", &there, &f->one_row);
}

static bool read_feed(map_reading *r, const map_place *at, const json *j, record_dates dates, currency fallback,
                      rest_feed *f) {
  static const char *const NAMES[] = {"into",    "name", "path",   "query", "rows",   "pages", "only",
                                      "changed", "one",  "except", "gone",  "fields", NULL};
  static const char *const INTO[] = {"customers", "contracts", "invoices", NULL};
  static const store_table TABLES[] = {STORE_T_customer, STORE_T_contract, STORE_T_invoice};
  static const char *const GONE[] = {"cancelled", "paid", "kept", NULL};
  size_t into = 0, gone = 0;
  bool there;
  slice name = {0};
  if (!map_known(r, at, j, NAMES) || !map_word(r, at, j, "into", INTO, true, &into)) return false;
  name = slice_of(INTO[into]);
  f->table = TABLES[into];
  if (!map_text(r, at, j, "name", false, &name) || !map_address_path(r, at, j, "path", NULL, 0, true, &f->path) ||
      !map_pairs(r, at, j, "query", NULL, 0, false, &f->query) || !map_path(r, at, j, "rows", &there, &f->rows) ||
      !map_word(r, at, j, "gone", GONE, false, &gone))
    return false;
  f->name = arena_copy(r->perm, name);
  f->paid_when_gone = gone == 1;
  f->kept_when_gone = gone == 2;
  if (gone == 1 && f->table != STORE_T_invoice) return map_wrong(r, at, "only invoices are paid when they are gone");
  if (gone == 1 && map_member(j, "changed"))
    return map_wrong(r, at, "with \"gone\": \"paid\" the list has all that is open: take `changed` out");
  return read_paging(r, at, j, f) && read_changed(r, at, j, f) && read_filters(r, at, j, f) &&
         read_fields(r, at, j, f, dates, fallback) && read_one(r, at, j, f);
}

static bool read_feeds(map_reading *r, const map_place *top, const json *root) {
  static const char *const FORMS[] = {
#define RECORD_DATES(id, said) said,
      RECORD_DATE_FORMS(RECORD_DATES)
#undef RECORD_DATES
          NULL};
  const json *j = map_member(root, "feeds");
  map_place at = map_inside(top, SLICE("feeds")), own = map_inside(top, SLICE("currency"));
  size_t dates = 0;
  slice code = {0}, variable;
  currency fallback = CURRENCY_NONE;
  if (!map_word(r, top, root, "dates", FORMS, false, &dates) || !map_text(r, top, root, "currency", false, &code))
    return false;
  if (!code.n) (void)connection_setting(r->w, r->c, "currency", &code, &variable);
  if (code.n && (fallback = currency_find(code)) == CURRENCY_NONE)
    return map_wrong(r, &own, "an ISO 4217 code is expected, such as BRL");
  if (json_kind_of(j) != JSON_LIST || json_count(j) == 0 || json_count(j) > REST_FEEDS_MAX)
    return map_wrong(r, &at,
                     "a list of 1 to %d is expected: [{\"into\": \"customers\", ...}, {\"into\": \"invoices\", ...}]",
                     REST_FEEDS_MAX);
  r->m->feeds = json_count(j);
  r->m->feed = ARENA_ARRAY(r->perm, r->m->feeds, rest_feed);
  for (size_t i = 0; i < r->m->feeds; i++) {
    map_place here = map_item(&at, i);
    rest_feed *f = &r->m->feed[i];
    if (!read_feed(r, &here, json_item(j, i), (record_dates)dates, fallback, f)) return false;
    for (size_t k = 0; k < i; k++) {
      if (strcmp(r->m->feed[k].name, f->name) == 0)
        return map_wrong(r, &here, "there are two feeds \"%s\": give this one a `name` of its own", f->name);
      if (f->table == STORE_T_customer && r->m->feed[k].table != STORE_T_customer)
        return map_wrong(r, &here, "customers come first: what names them is read behind them");
    }
  }
  return true;
}

/* ---- what is written ---- */

static bool read_body(map_reading *r, const map_place *at, const json *j) {
  slice ignored;
  if (json_kind_of(j) == JSON_TEXT)
    return map_pattern(r, at, json_text(j), REST_ORDER_NAMES, REST_ORDER_HOLES, REST_PLAIN, &ignored);
  bool list = json_kind_of(j) == JSON_LIST;
  for (size_t i = 0; i < json_count(j); i++) {
    const json *one = json_item(j, i);
    map_place here = list ? map_item(at, i) : map_inside(at, json_name(one));
    if (!read_body(r, &here, one)) return false;
  }
  return true;
}

static bool read_write(map_reading *r, const map_place *at, const json *j, rest_writing *x) {
  static const char *const NAMES[] = {"method", "path", "query", "headers", "body", "again", NULL};
  static const char *const METHODS[] = {"POST", "PUT", "PATCH", "DELETE", NULL};
  size_t method = 0;
  map_place body = map_inside(at, SLICE("body"));
  if (!map_known(r, at, j, NAMES) || !map_word(r, at, j, "method", METHODS, true, &method) ||
      !map_address_path(r, at, j, "path", REST_ORDER_NAMES, REST_ORDER_HOLES, true, &x->path) ||
      !map_pairs(r, at, j, "query", REST_ORDER_NAMES, REST_ORDER_HOLES, false, &x->query) ||
      !map_pairs(r, at, j, "headers", REST_ORDER_NAMES, REST_ORDER_HOLES, true, &x->headers) ||
      !map_yes(r, at, j, "again", &x->again))
    return false;
  x->there = true;
  x->method = METHODS[method];
  x->body = map_member(j, "body");
  if (!x->body) return true;
  if (json_kind_of(x->body) != JSON_OBJECT && json_kind_of(x->body) != JSON_LIST)
    return map_wrong(r, &body, "the body is an object or a list, as the ERP wants it");
  return read_body(r, &body, x->body);
}

static bool read_writes(map_reading *r, const map_place *top, const json *root) {
  const json *j = map_member(root, "writes");
  const char *names[ACT_COUNT + 1];
  action_kind kinds[ACT_COUNT];
  size_t n = 0;
  map_place at = map_inside(top, SLICE("writes"));
  for (int k = 0; k < ACT_COUNT; k++)
    if (ACTIONS[k].needs == NEEDS_ERP) {
      kinds[n] = (action_kind)k;
      names[n++] = ACTIONS[k].words;
    }
  names[n] = NULL;
  if (!j) return true;
  if (!map_known(r, &at, j, names)) return false;
  for (size_t i = 0; i < n; i++) {
    const json *one = map_member(j, names[i]);
    map_place here = map_inside(&at, slice_of(names[i]));
    if (one && !read_write(r, &here, one, &r->m->write[kinds[i]])) return false;
  }
  return true;
}

/* ---- the whole ---- */

static bool read_limits(map_reading *r, const map_place *top, const json *root) {
  static const char *const NAMES[] = {"per_minute", "at_once", NULL};
  const json *j = map_member(root, "limits");
  map_place at = map_inside(top, SLICE("limits"));
  int64_t per_minute = 60, at_once = 1;
  if (j && (!map_known(r, &at, j, NAMES) || !map_number(r, &at, j, "per_minute", 1, 100000, &per_minute) ||
            !map_number(r, &at, j, "at_once", 1, 32, &at_once)))
    return false;
  r->m->limits = (api_limits){.per_minute = (uint32_t)per_minute, .at_once = (uint32_t)at_once};
  return true;
}

static bool read_root(map_reading *r, const json *root) {
  static const char *const NAMES[] = {"name",     "address", "proof",  "headers", "limits", "dates",
                                      "currency", "feeds",   "writes", "check",   NULL};
  map_place top = {r->perm, SLICE("")};
  slice name = SLICE("the ERP"), address = {0};
  if (!map_known(r, &top, root, NAMES) || !map_text(r, &top, root, "name", true, &name) ||
      !map_text(r, &top, root, "address", false, &address) || !read_proof(r, &top, root) ||
      !map_pairs(r, &top, root, "headers", NULL, 0, true, &r->m->headers) || !read_limits(r, &top, root) ||
      !map_address_path(r, &top, root, "check", NULL, 0, false, &r->m->check) || !read_feeds(r, &top, root) ||
      !read_writes(r, &top, root))
    return false;
  r->m->name = arena_copy(r->perm, name);
  r->m->address = address.n ? arena_copy(r->perm, address) : NULL;
  return true;
}

const rest_map *rest_map_of(world *w, arena *perm, const connection *c, const char *file, slice written, slice *why) {
  rest_map *m = ARENA_NEW(perm, rest_map);
  map_reading r = {w, perm, c, m, why};
  map_place top = {perm, SLICE("")};
  slice syntax;
  *m = (rest_map){.file = arena_copy(perm, slice_of(file)), .mark = slice_hash(written)};
  const json *root = json_parse(written, perm, &syntax);
  size_t at = 0, line_number = 1;
  if (!root) {                                                            /* a byte's number says little to a person */
    const char *digits = strpbrk(arena_copy(perm, syntax), "0123456789"); /* "... at byte 12" */
    if (digits) at = strtoul(digits, NULL, 10);
    for (size_t i = 0; i < at && i < written.n; i++) line_number += written.p[i] == '\n';
    (void)map_wrong(&r, &top, "line %zu: %.*s", line_number, SLICE_ARG(syntax));
    return NULL;
  }
  return read_root(&r, root) ? m : NULL;
}

const rest_map *rest_map_read(world *w, arena *perm, const connection *c, const char *file, slice *why) {
  slice written;
  world_code code = w->read_file(w, file, perm, &written);
  if (code == WORLD_OK && written.n <= REST_BYTES_MAX) return rest_map_of(w, perm, c, file, written, why);
  *why = code == WORLD_OK ? arena_printf(perm, "the mapping %s: it is longer than a mapping may be", file)
                          : arena_printf(perm, "cannot read %s: %s", file, world_code_text(code));
  return NULL;
}
