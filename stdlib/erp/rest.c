/* `connect erp rest with mapping "xero.json"`: an ERP that we do not ship, by what its mapping says (rest_map.h). Here
 * are its pages, one row again, what `dun doctor` asks; what is written is in rest_write.c.
 *
 * Invariants: a page is asked for before the store is written to; an answer in another form than the mapping says ends
 * the sync with words that name the place, and is never an empty page; two pages that are the same are one mistake in
 * the mapping and no endless sync. */
#include <inttypes.h>
#include <stdio.h>

#include "rest_impl.h"
#include "runtime/hash.h"
#include "stdlib/net/http_text.h"

enum { TOTAL_MS = 60000, SHOWN_NAMES = 8 };

/* ---- the connect line ---- */

static bool open_proof(erp *e, const connection *c, api_options *o, slice *why) {
  const rest_map *m = e->map;
  http_piece *pieces = ARENA_ARRAY(e->perm, 2, http_piece);
  slice user;
  api_proof *p = &o->proof;
  switch (m->proof) {
  case REST_NOBODY:
  case REST_PROOF_COUNT: return true;
  case REST_BEARER:
    pieces[0].text = SLICE("Bearer ");
    *p = (api_proof){.name = "Authorization", .pieces = pieces, .count = 2};
    return connection_needs_secret(e->w, e->perm, c, "token", "token from env \"ERP_TOKEN\"", &pieces[1].hidden, why);
  case REST_HEADER:
    pieces[0].text = m->prefix;
    *p = (api_proof){.name = arena_copy(e->perm, m->header), .pieces = pieces, .count = 2};
    return connection_needs_secret(e->w, e->perm, c, "key", "key from env \"ERP_KEY\"", &pieces[1].hidden, why);
  case REST_BASIC:
    if (!connection_needs(e->w, e->perm, c, "user", "user from env \"ERP_USER\"", &user, why)) return false;
    p->user = arena_copy(e->perm, user);
    return connection_needs_secret(e->w, e->perm, c, "password", "password from env \"ERP_PASSWORD\"", &p->password,
                                   why);
  case REST_OAUTH: break;
  }
  oauth_options *l = ARENA_NEW(e->perm, oauth_options);
  *l = (oauth_options){.service = arena_printf(e->perm, "the login of %s", m->name).p,
                       .connect = c,
                       .url_key = "login",
                       .base = m->login,
                       .path = m->login_path,
                       .scope = m->scope,
                       .basic = m->login_basic};
  if (!connection_needs(e->w, e->perm, c, "client", "client from env \"ERP_CLIENT\"", &l->client_id, why) ||
      !connection_needs_secret(e->w, e->perm, c, "secret", "secret from env \"ERP_SECRET\"", &l->client_secret, why))
    return false;
  e->login = oauth_open(e->w, e->perm, l, why);
  o->login = oauth_login;
  o->self = e->login;
  return e->login != NULL;
}

static void make_feeds(erp *e) {
  e->feed = ARENA_ARRAY(e->perm, e->map->feeds, erp_feed);
  e->page_hash = ARENA_ARRAY(e->perm, e->map->feeds, uint64_t);
  for (size_t i = 0; i < e->map->feeds; i++) {
    const rest_feed *f = &e->map->feed[i];
    bool shared = false; /* a row that one of two feeds does not have may be the other's */
    for (size_t k = 0; k < e->map->feeds; k++) shared |= k != i && e->map->feed[k].table == f->table;
    e->feed[i] = (erp_feed){.name = f->name,
                            .table = f->table,
                            .columns = f->shape.written,
                            .column_count = f->shape.count,
                            .by_change = f->changed,
                            .never_alone = !f->alone || f->kept_when_gone || shared,
                            .paid_when_gone = f->paid_when_gone};
  }
}

static void rest_hurry(erp *e, bool yes) { api_hurry(e->api, yes ? ERP_HURRY_MS : 0); }

static erp *rest_open(world *w, arena *perm, const connection *c, slice *why) {
  slice name, variable;
  erp *e = ARENA_NEW(perm, erp);
  *e = (erp){.w = w, .perm = perm};
  if (!connection_needs(w, perm, c, "mapping", "mapping \"xero.json\"", &name, why)) return NULL;
  const char *file = connection_path(w, perm, c, name, why);
  if (!file || !(e->map = rest_map_read(w, perm, c, file, why))) return NULL;
  api_options *o = ARENA_NEW(perm, api_options);
  *o = (api_options){
      .service = e->map->name, .connect = c, .base = e->map->address, .limits = e->map->limits, .total_ms = TOTAL_MS};
  if (!open_proof(e, c, o, why)) return NULL;
  e->base = c->url.n ? c->url : slice_of(e->map->address);
  if (connection_setting(w, c, "url", &name, &variable) && !c->url.n) e->base = name;
  e->api = api_open(w, perm, o, why);
  if (!e->api) oauth_close(e->login);
  if (!e->api) return NULL;
  make_feeds(e);
  return e;
}

static void rest_close(erp *e) {
  if (!e) return;
  api_close(e->api);
  oauth_close(e->login);
}

static const erp_feed *rest_feeds(const erp *e, size_t *count) {
  *count = e->map->feeds;
  return e->feed;
}

/* ---- calls ---- */

void rest_add_query(text *t, slice name, slice value) {
  text_char(t, memchr(t->p ? t->p : "", '?', t->n) ? '&' : '?');
  http_percent(t, name);
  text_char(t, '=');
  http_percent(t, value);
}

void rest_add_pairs(text *t, const rest_pairs *v, const rest_hole *holes, size_t n, arena *perm) {
  for (size_t i = 0; i < v->n; i++)
    rest_add_query(t, v->v[i].name, rest_fill(v->v[i].value, holes, n, REST_PLAIN, perm));
}

http_answer rest_get(erp *e, slice path, const http_header *more, arena *perm) {
  size_t n = e->map->headers.n;
  bool accepts = false;
  http_header *h = ARENA_ARRAY(perm, n + 2, http_header);
  for (size_t i = 0; i < n; i++) {
    h[i] = (http_header){e->map->headers.v[i].name, e->map->headers.v[i].value};
    accepts |= h[i].name.n == 6 && strncasecmp(h[i].name.p, "accept", 6) == 0;
  }
  if (!accepts) h[n++] = (http_header){SLICE("Accept"), SLICE("application/json")};
  if (more) h[n++] = *more;
  api_request call = {.method = "GET", .path = path, .headers = h, .header_count = n, .safe = true};
  return api_ask(e->api, &call, perm);
}

/* ERP_END: there is an answer that can be read. */
static erp_code said_no(erp *e, const http_answer *a, erp_failure *f, arena *perm) {
  f->why = api_words(e->api, a, perm);
  f->wait_s = http_retry_after_s(a, e->w->now_ns(e->w) / 1000000000);
  return a->end == HTTP_OK && (a->status == 429 || a->status == 503) ? ERP_LATER : ERP_FAILED;
}

static const json *read_json(erp *e, const http_answer *a, slice path, erp_failure *f, arena *perm) {
  slice why;
  const json *j = json_parse(a->body, perm, &why);
  size_t query = 0;
  while (query < path.n && path.p[query] != '?') query++;
  if (!j)
    f->why = arena_printf(perm, "the answer of %s to %.*s: %.*s", e->map->name, (int)query, path.p, SLICE_ARG(why));
  return j;
}

/* "it has: Id, Status, Invoices", for whoever writes the mapping. Names alone. */
static slice names_of(const json *j, arena *perm) {
  text t = text_new(perm);
  if (json_kind_of(j) == JSON_LIST) return SLICE("it is a list itself: leave `rows` out");
  if (json_kind_of(j) != JSON_OBJECT) return SLICE("it is neither an object nor a list");
  text_cstr(&t, "it has: ");
  for (size_t i = 0; i < json_count(j) && i < SHOWN_NAMES; i++)
    text_printf(&t, "%s%.*s", i ? ", " : "", SLICE_ARG(json_name(json_item(j, i))));
  return text_slice(&t);
}

/* ---- what is asked for ---- */

static slice two(int64_t n, arena *perm) { return arena_printf(perm, "%02lld", (long long)n); }

/* Moments as services write them. */
static void time_holes(int64_t seconds, rest_hole holes[REST_TIME_HOLES], arena *perm) {
  static const char *const DAYS[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char day[DATE_TEXT_MAX];
  civil_date d = {(int32_t)(seconds / 86400)};
  int64_t s = seconds % 86400;
  date_iso(d, day);
  slice clock = arena_printf(perm, "%.*s:%.*s:%.*s", SLICE_ARG(two(s / 3600, perm)), SLICE_ARG(two(s / 60 % 60, perm)),
                             SLICE_ARG(two(s % 60, perm)));
  const slice values[REST_TIME_HOLES] = {arena_printf(perm, "%sT%.*sZ", day, SLICE_ARG(clock)),
                                         arena_printf(perm, "%sT%.*s", day, SLICE_ARG(clock)),
                                         arena_printf(perm, "%s", day),
                                         arena_printf(perm, "%s, %02d %s %04d %.*s GMT", DAYS[date_weekday(d)],
                                                      date_day(d), MONTHS[date_month(d) - 1], date_year(d),
                                                      SLICE_ARG(clock)),
                                         arena_printf(perm, "%lld", (long long)seconds),
                                         arena_printf(perm, "%lld000", (long long)seconds)};
  for (size_t i = 0; i < REST_TIME_HOLES; i++) holes[i] = (rest_hole){REST_TIME_NAMES[i], values[i]};
}

static int64_t number_of(slice s, slice *rest) {
  int64_t n = 0;
  size_t i = 0;
  for (; i < s.n && i < 18 && s.p[i] >= '0' && s.p[i] <= '9'; i++) n = n * 10 + (s.p[i] - '0');
  if (rest) *rest = (slice){s.p + i, s.n - i};
  return n;
}

/* The mark is "SECONDS MAPPING": another mapping reads everything. 0: everything. */
static int64_t since_of(const erp *e, slice mark) {
  slice rest;
  int64_t seconds = number_of(mark, &rest);
  if (!mark.n || rest.n < 2 || (uint32_t)number_of((slice){rest.p + 1, rest.n - 1}, NULL) != e->map->mark) return 0;
  return seconds;
}

static slice with_size(const rest_feed *f, arena *perm) { return arena_printf(perm, "%lld", (long long)f->size); }

/* The address of the page at the cursor, and the header that asks for changes alone (name empty: none). */
static slice page_path(const erp *e, const rest_feed *f, const erp_page *p, http_header *changed) {
  rest_hole holes[REST_TIME_HOLES];
  text t = text_new(p->perm);
  int64_t since = f->changed ? since_of(e, p->since) : 0;
  slice moment = {0};
  *changed = (http_header){{0}, {0}};
  if (since) {
    time_holes(since, holes, p->perm);
    moment = rest_fill(f->changed_value, holes, REST_TIME_HOLES, REST_PLAIN, p->perm);
    if (f->changed_header.n) *changed = (http_header){f->changed_header, moment};
  }
  if (f->paging == REST_LINK && p->cursor.n) return p->cursor;
  text_add(&t, f->path);
  rest_add_pairs(&t, &f->query, NULL, 0, p->perm);
  if (moment.n && f->changed_parameter.n) rest_add_query(&t, f->changed_parameter, moment);
  if (f->size_parameter.n) rest_add_query(&t, f->size_parameter, with_size(f, p->perm));
  if (f->paging == REST_NUMBER || f->paging == REST_OFFSET)
    rest_add_query(&t, f->parameter, p->cursor.n ? p->cursor : arena_printf(p->perm, "%lld", (long long)f->first));
  if (f->paging == REST_CURSOR && p->cursor.n) rest_add_query(&t, f->parameter, p->cursor);
  return text_slice(&t);
}

/* ---- the next page ---- */

/* A link as it stands in an answer, as an address that can be called: whole, from the host on, or from the base on. */
static slice absolute(const erp *e, const rest_feed *f, slice link, arena *perm) {
  if (!link.n || slice_starts(link, SLICE("https://")) || slice_starts(link, SLICE("http://"))) return link;
  const char *host = memmem(e->base.p, e->base.n, "://", 3);
  const char *slash = host ? memchr(host + 3, '/', e->base.n - (size_t)(host + 3 - e->base.p)) : NULL;
  slice origin = {e->base.p, slash ? (size_t)(slash - e->base.p) : e->base.n};
  if (link.p[0] == '/') return arena_printf(perm, "%.*s%.*s", SLICE_ARG(origin), SLICE_ARG(link));
  if (link.p[0] == '?') return arena_printf(perm, "%.*s%.*s", SLICE_ARG(f->path), SLICE_ARG(link));
  return arena_printf(perm, "/%.*s", SLICE_ARG(link));
}

/* Link: <https://h/x?page=2>; rel="next", <...>; rel="last" */
static slice link_of(const http_answer *a) {
  slice s = http_header_of(a, "link");
  for (size_t i = 0; i < s.n;) {
    const char *from = memchr(s.p + i, '<', s.n - i), *to = from ? memchr(from, '>', s.n - (size_t)(from - s.p)) : NULL;
    if (!to) break;
    const char *end = memchr(to, '<', s.n - (size_t)(to - s.p));
    size_t until = end ? (size_t)(end - s.p) : s.n;
    slice attributes = {to + 1, until - (size_t)(to + 1 - s.p)};
    if (memmem(attributes.p, attributes.n, "rel=\"next\"", 10) || memmem(attributes.p, attributes.n, "rel=next", 8))
      return (slice){from + 1, (size_t)(to - from) - 1};
    i = until;
  }
  return (slice){0};
}

/* Empty: that was the last one. */
static slice next_of(const erp *e, const rest_feed *f, const erp_page *p, const http_answer *a, const json *root,
                     uint64_t rows) {
  int64_t at = p->cursor.n ? number_of(p->cursor, NULL) : f->first, all;
  bool full = f->size == 0 ? rows > 0 : rows >= (uint64_t)f->size;
  slice next = f->has_next ? json_text(rest_at(root, &f->next)) : (slice){0};
  switch (f->paging) {
  case REST_ONE_PAGE:
  case REST_PAGING_COUNT: return (slice){0};
  case REST_NUMBER:
    if (f->has_pages && json_int(rest_at(root, &f->pages), &all)) full = at - f->first + 1 < all;
    if (rows == 0) full = false;
    return full ? arena_printf(p->perm, "%" PRId64, at + 1) : (slice){0};
  case REST_OFFSET:
    if (f->has_total && json_int(rest_at(root, &f->total), &all)) full = at - f->first + (int64_t)rows < all;
    if (rows == 0) full = false;
    return full ? arena_printf(p->perm, "%" PRId64, at + (int64_t)rows) : (slice){0};
  case REST_CURSOR: return next;
  case REST_LINK: return absolute(e, f, f->has_next ? next : link_of(a), p->perm);
  }
  return (slice){0};
}

static uint64_t hash_64(slice s) {
  uint8_t hash[HASH_BYTES];
  uint64_t n;
  hash_of(s, hash);
  memcpy(&n, hash, sizeof n);
  return n;
}

/* Whether this page is the one before once more: a paging that the service does not know. */
static bool goes_on(erp *e, const rest_feed *f, const erp_page *p, const http_answer *a, slice next, uint64_t rows,
                    erp_failure *why) {
  uint64_t hash = hash_64(a->body), *before = &e->page_hash[p->feed];
  bool same = p->cursor.n && rows && *before == hash;
  *before = hash;
  if (!same && (!next.n || !slice_eq(next, p->cursor))) return true;
  why->why = arena_printf(p->perm,
                          "the page behind the first one is the first one again: look at `pages` of the feed \"%s\" in "
                          "the mapping",
                          f->name);
  return false;
}

/* ---- rows ---- */

static void cells_of(const rest_feed *f, const json *row, slice *cells, arena *perm) {
  for (size_t i = 0; i < f->values; i++) cells[i] = rest_value_of(&f->value[i], row, perm);
}

static store_code put_row(const rest_feed *f, erp_page *p, const json *row) {
  slice cells[RECORD_COLUMNS_MAX] = {{0}};
  if (!rest_passes(f->filters, f->filter_count, row, p->perm)) return STORE_OK;
  cells_of(f, row, cells, p->perm);
  return record_put(&f->shape, p, cells);
}

/* The list of an answer. False: *why says what is there in its place. */
static bool rows_of(const erp *e, const rest_feed *f, const json *root, const json **rows, erp_failure *why,
                    arena *perm) {
  *rows = rest_at(root, &f->rows);
  if (json_kind_of(*rows) == JSON_LIST) return true;
  bool nothing = *rows && json_kind_of(*rows) == JSON_NULL;
  if (nothing) return true;
  why->why = arena_printf(perm, "the answer of %s has no list where `rows` of the feed \"%s\" says: %.*s", e->map->name,
                          f->name, SLICE_ARG(names_of(root, perm)));
  return false;
}

static void set_mark(erp *e, const rest_feed *f, erp_page *p, const http_answer *a) {
  int64_t now = e->w->now_ns(e->w) / 1000000000, theirs;
  if (http_date(http_header_of(a, "date"), &theirs)) now = theirs < now ? theirs : now;
  p->mark = arena_printf(p->perm, "%lld %u", (long long)(now - f->overlap_s), e->map->mark);
}

static erp_code rest_page(erp *e, erp_page *p, erp_failure *why) {
  const rest_feed *f = &e->map->feed[p->feed];
  http_header changed;
  const json *rows;
  int64_t all;
  slice path = page_path(e, f, p, &changed);
  http_answer a = rest_get(e, path, changed.name.n ? &changed : NULL, p->perm);
  if (f->changed && !p->cursor.n) set_mark(e, f, p, &a);
  if (a.end == HTTP_OK && a.status == 304) { /* nothing has changed */
    p->cursor = (slice){0};
    return erp_rows(p) == STORE_OK ? ERP_END : ERP_FAILED;
  }
  if (a.end != HTTP_OK || a.status < 200 || a.status > 299) return said_no(e, &a, why, p->perm);
  const json *root = a.status == 204 ? json_parse(SLICE("null"), p->perm, &path) : read_json(e, &a, path, why, p->perm);
  if (!root) return ERP_FAILED;
  if (a.status == 204)
    rows = NULL;
  else if (!rows_of(e, f, root, &rows, why, p->perm))
    return ERP_FAILED;
  uint64_t n = json_count(rows);
  slice next = next_of(e, f, p, &a, root, n);
  if (!goes_on(e, f, p, &a, next, n, why)) return ERP_FAILED;
  if (!p->cursor.n && f->has_total && json_int(rest_at(root, &f->total), &all)) p->of = (uint64_t)all;
  store_code code = erp_rows(p);
  for (size_t i = 0; i < n && code == STORE_OK; i++) code = put_row(f, p, json_item(rows, i));
  if (code != STORE_OK) return ERP_FAILED;
  p->read = n;
  p->cursor = arena_slice(p->perm, next);
  return next.n ? ERP_MORE : ERP_END;
}

/* ---- one row ---- */

/* ERP_END: *row, or NULL where the ERP does not have it (any more). */
erp_code rest_one(erp *e, const rest_feed *f, slice source_id, const json **row, erp_failure *why, arena *perm) {
  const rest_hole id = {"id", source_id};
  text t = text_new(perm);
  slice cells[RECORD_COLUMNS_MAX] = {{0}};
  *row = NULL;
  text_add(&t, rest_fill(f->one_path, &id, 1, REST_IN_ADDRESS, perm));
  rest_add_pairs(&t, &f->one_query, &id, 1, perm);
  http_answer a = rest_get(e, text_slice(&t), NULL, perm);
  if (a.end == HTTP_OK && (a.status == 404 || a.status == 410 || a.status == 204)) return ERP_END;
  if (a.end != HTTP_OK || a.status < 200 || a.status > 299) return said_no(e, &a, why, perm);
  const json *root = read_json(e, &a, text_slice(&t), why, perm);
  if (!root) return ERP_FAILED;
  const json *found = rest_at(root, &f->one_row);
  if (json_kind_of(found) == JSON_LIST) found = json_item(found, 0);
  if (json_kind_of(found) != JSON_OBJECT || !rest_passes(f->filters, f->filter_count, found, perm)) return ERP_END;
  cells_of(f, found, cells, perm);
  slice its = cells[f->shape.source_id].n ? cells[f->shape.source_id] : cells[f->shape.key];
  *row = found;
  if (slice_eq(its, source_id)) return ERP_END;
  why->why =
      arena_printf(perm, "asked for one row of the feed \"%s\", %s gave another one: look at `one` in the mapping",
                   f->name, e->map->name);
  return ERP_FAILED;
}

static erp_code rest_read(erp *e, erp_page *p, slice source_id, bool *there, erp_failure *why) {
  const rest_feed *f = &e->map->feed[p->feed];
  const json *row;
  erp_code code = rest_one(e, f, source_id, &row, why, p->perm);
  *there = code == ERP_END && row;
  if (code != ERP_END || !row) return code;
  return erp_rows(p) == STORE_OK && put_row(f, p, row) == STORE_OK ? ERP_END : ERP_FAILED;
}

/* ---- doctor ---- */

/* The first page of each feed, and what of its first row a person would look at: which fields are empty. */
static bool check_feed(erp *e, size_t i, void (*say)(void *self, bool fine, slice what, slice remedy), void *self,
                       arena *perm) {
  const rest_feed *f = &e->map->feed[i];
  erp_page p = {.feed = i, .perm = perm};
  erp_failure why = {0};
  http_header changed;
  const json *rows = NULL;
  slice path = page_path(e, f, &p, &changed);
  http_answer a = rest_get(e, path, NULL, perm);
  const json *root = NULL;
  if (a.end != HTTP_OK || a.status < 200 || a.status > 299)
    (void)said_no(e, &a, &why, perm);
  else
    root = read_json(e, &a, path, &why, perm);
  bool fine = root && rows_of(e, f, root, &rows, &why, perm);
  text empty = text_new(perm);
  for (size_t k = 0; fine && json_count(rows) && k < f->values; k++)
    if (!rest_value_of(&f->value[k], json_item(rows, 0), perm).n)
      text_printf(&empty, "%s%.*s", empty.n ? ", " : "", SLICE_ARG(f->shape.column[k].name));
  if (!fine)
    say(self, false, why.why, SLICE("look at the mapping, and at what the key or user may read there"));
  else if (empty.n)
    say(self, true,
        arena_printf(perm, "%s can be read; of the first row these are empty: %.*s", f->name,
                     SLICE_ARG(text_slice(&empty))),
        (slice){0});
  else
    say(self, true, arena_printf(perm, "%s can be read", f->name), (slice){0});
  return fine;
}

static bool rest_check(erp *e, void (*say)(void *self, bool fine, slice what, slice remedy), void *self, arena *perm) {
  bool all = true;
  if (e->map->check.n) {
    http_answer a = rest_get(e, e->map->check, NULL, perm);
    bool fine = a.end == HTTP_OK && a.status >= 200 && a.status < 300;
    say(self, fine, fine ? SLICE("it lets us in") : api_words(e->api, &a, perm),
        fine ? (slice){0} : SLICE("look at `proof` of the mapping and the secrets of the connect line"));
    if (!fine) return false;
  }
  for (size_t i = 0; i < e->map->feeds; i++) all &= check_feed(e, i, say, self, perm);
  return all;
}

#define ERP_ACTIONS                                                                                                    \
  (1u << ACT_UPDATE_DUE | 1u << ACT_CHARGE_FEE | 1u << ACT_CHARGE_INTEREST | 1u << ACT_WRITE_OFF |                     \
   1u << ACT_SUSPEND_SERVICE | 1u << ACT_RESUME_SERVICE | 1u << ACT_MARK | 1u << ACT_UNMARK | 1u << ACT_BILL_CONTRACT)

static void rest_patience(erp *e, int64_t seconds) { api_patience(e->api, seconds); }

const erp_driver REST = {
    .vendor = "rest",
    .words = "the ERP of the mapping",
    .open = rest_open,
    .close = rest_close,
    .patience = rest_patience,
    .feeds_of = rest_feeds,
    .page = rest_page,
    .read = rest_read,
    .hurry = rest_hurry,
    .writes = ERP_ACTIONS,
    .shows = 1u << ACT_UPDATE_DUE,
    .write = rest_write,
    .find = rest_find,
    .check = rest_check,
};
