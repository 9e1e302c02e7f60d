/* See enclose.h. */
#include "enclose.h"

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "runtime/store/message.h"
#include "statement.h"
#include "stdlib/documents/pdf.h"
#include "stdlib/net/api.h"
#include "stdlib/net/net.h"

static const char FROM_LINK[] = "link ", FROM_FILE[] = "file ", FROM_PAGE[] = "page";

static const connection *line_of(const program *p) {
  for (uint32_t i = 0; i < p->connection_count; i++)
    if (slice_eq(p->connections[i].kind, SLICE("attachments"))) return p->connections + i;
  return NULL;
}

bool enclose_line_right(const program *p, slice *why) {
  const connection *c = line_of(p);
  if (!c || slice_eq(c->vendor, SLICE("files"))) return true;
  *why = SLICE("it is written connect attachments files \"FOLDER\" with invoice_pdf \"{number}.pdf\"");
  return false;
}

/* ---- what is wanted ---- */

typedef struct one_of {
  const means *m;
  template_source all;
  uint32_t i;
} one_of;

/* Values of one of the message's invoices. What becomes a part of a file's name leads to no other folder. */
static bool get(void *self, uint32_t which, template_field f, template_value *out) {
  const one_of *o = self;
  (void)which;
  if (!o->all.get(o->all.self, o->i, f, out)) return false;
  if (out->ty != TY_TEXT || slice_starts(out->text, SLICE("https://"))) return true;
  char *plain = arena_copy(o->m->perm, out->text);
  for (size_t i = 0; i < out->text.n; i++)
    if (plain[i] == '/' || plain[i] == '\\' || (unsigned char)plain[i] < ' ') plain[i] = '-';
  out->text.p = plain;
  return true;
}

static void gap(const means *m, const char *what, const char *why) {
  template_gap(&m->out->gaps, m->perm, arena_printf(m->perm, "%s: %s", what, why));
}

static bool leads_up(slice path) {
  for (size_t i = 0; i + 1 < path.n; i++)
    if (path.p[i] == '.' && path.p[i + 1] == '.') return true;
  return path.n == 0 || path.p[0] == '/';
}

/* "link https://..." or "file boletos/A-1.pdf". */
static bool source_of(means *m, const template *where, const char *what, uint32_t i, slice *from_where) {
  one_of one = {m, means_source(m), i};
  template_source from = {.self = &one, .get = get, .subjects = 1, .today = {m->e->today}};
  template_gaps gaps = {0};
  slice said;
  if (!where)
    gap(m, what, "no `connect attachments` line says where it is");
  else if (!template_render(where, &from, LANG_EN, m->perm, &gaps, &said) || gaps.count)
    gap(m, what, "the ledger does not say where it is");
  else if (!slice_starts(said, SLICE("https://")) && leads_up(said))
    gap(m, what, "its name leads out of the folder of attachments");
  else {
    const char *kind = slice_starts(said, SLICE("https://")) ? FROM_LINK : FROM_FILE;
    *from_where = arena_printf(m->perm, "%s%.*s", kind, SLICE_ARG(said));
    return true;
  }
  return false;
}

static void want_file(means *m, const template *where, const char *what, const char *word, uint32_t i) {
  slice from;
  if (!source_of(m, where, what, i, &from)) return;
  (void)means_add_part(m, (store_part){.what = slice_of(what),
                                       .name = part_name(m->perm, word, m->d->subjects[i].number, "pdf"),
                                       .type = SLICE("application/pdf"),
                                       .source = from});
}

static void want_statement(means *m, dun_lang lang) {
  static const char *const NAME[LANG_COUNT] = {"statement", "extrato", "estado-de-cuenta"};
  char day[DATE_TEXT_MAX];
  slice html = statement_page(m->e, m->d, lang, m->perm);
  (void)means_add_part(m, (store_part){.what = SLICE("statement"),
                                       .name = part_name(m->perm, NAME[lang],
                                                         (slice){day, date_iso((civil_date){m->e->today}, day)}, "pdf"),
                                       .type = SLICE("text/html"),
                                       .source = slice_of(FROM_PAGE),
                                       .bytes = html});
}

void enclose_wanted(means *m, const template_set *set, dun_lang lang) {
  static const char *const INVOICE[LANG_COUNT] = {"invoice", "fatura", "factura"};
  static const char *const BY_EMAIL = "only an e-mail takes files along";
  unsigned with = m->d->way->with;
  if (m->d->way->ch != CH_EMAIL) {
    if (with & WITH_BOLETO) gap(m, "boleto_pdf", BY_EMAIL);
    if (with & WITH_INVOICE_PDF) gap(m, "invoice_pdf", BY_EMAIL);
    if (with & WITH_STATEMENT) gap(m, "statement", BY_EMAIL);
    return;
  }
  for (uint32_t i = 0; i < m->d->subject_count; i++) {
    if (m->d->subjects[i].of != ENT_INVOICE) continue;
    if (with & WITH_BOLETO && means_boleto_wrong(m, i))
      gap(m, "boleto_pdf", "its line is wrong, so it may be as well");
    else if (with & WITH_BOLETO)
      want_file(m, set->boleto_pdf, "boleto_pdf", "boleto", i);
    if (with & WITH_INVOICE_PDF) want_file(m, set->invoice_pdf, "invoice_pdf", INVOICE[lang], i);
  }
  if (with & WITH_STATEMENT) want_statement(m, lang);
}

void enclose_hash(const composed *m, hasher *h) {
  for (size_t i = 0; i < m->part_count; i++) {
    hash_add_field(h, m->parts[i].name);
    hash_add_field(h, m->parts[i].source);
    hash_add_field(h, m->parts[i].bytes);
  }
}

store_code enclose_put(outbox *o, int64_t id, const composed *m) {
  store_code code = STORE_OK;
  for (size_t i = 0; i < m->part_count && code == STORE_OK; i++) {
    store_part part = m->parts[i];
    part.message = id;
    code = store_part_put(o->s, &part);
  }
  return code;
}

/* ---- fetching ---- */

typedef enum fetch_end { FETCH_CAME, FETCH_LATER, FETCH_NEVER } fetch_end;

typedef struct fetched {
  store_part part;
  fetch_end end;
  slice bytes, type, name;
  slice why; /* where it did not come, or came as something else */
  slice url; /* of a link: where it is asked for now */
  int hops;
} fetched;

static void over(fetched *f, fetch_end end, const char *why) {
  f->end = end;
  f->why = slice_of(why);
}

/* What is there is a PDF, or is left out. */
static void take_pdf(fetched *f, slice bytes, const char *otherwise) {
  if (bytes.n > EMAIL_PARTS_BYTES_MAX)
    over(f, FETCH_NEVER, "it is too large for a message");
  else if (!slice_starts(bytes, SLICE("%PDF-")))
    over(f, FETCH_NEVER, otherwise);
  else {
    f->end = FETCH_CAME;
    f->why = (slice){0};
    f->bytes = bytes;
    f->type = SLICE("application/pdf");
    f->name = f->part.name;
  }
}

static void read_file(outbox *o, fetched *f, arena *perm) {
  const connection *c = line_of(o->p);
  slice why, name = {f->part.source.p + strlen(FROM_FILE), f->part.source.n - strlen(FROM_FILE)}, bytes;
  const char *folder = c ? connection_path(o->w, perm, c, c->url.n ? c->url : SLICE("."), &why) : NULL;
  if (!folder) {
    over(f, FETCH_LATER, "the folder of attachments is not there");
    return;
  }
  world_code code = o->w->read_file(o->w, arena_printf(perm, "%s/%.*s", folder, SLICE_ARG(name)).p, perm, &bytes);
  if (code == WORLD_OK)
    take_pdf(f, bytes, "its file is no PDF");
  else
    over(f, code == WORLD_NOT_FOUND ? FETCH_NEVER : FETCH_LATER,
         code == WORLD_NOT_FOUND ? "there is no file of that name" : "its file cannot be read");
}

/* Without a program that lays pages out the page itself goes. */
static void make_pdf(outbox *o, fetched *f, arena *perm) {
  pdf p = pdf_from_html(o->w, f->part.bytes, perm);
  switch (p.code) {
  case PDF_MADE: take_pdf(f, p.bytes, "it did not become a PDF"); return;
  case PDF_LATER: over(f, FETCH_LATER, "it cannot be made into a PDF now"); return;
  case PDF_REFUSED: over(f, FETCH_NEVER, "it did not become a PDF"); return;
  case PDF_NO_PROGRAM: break;
  }
  slice stem = {f->part.name.p, f->part.name.n - 4};
  *f = (fetched){.part = f->part,
                 .end = FETCH_CAME,
                 .bytes = f->part.bytes,
                 .type = SLICE("text/html"),
                 .name = arena_printf(perm, "%.*s.html", SLICE_ARG(stem)),
                 .why = SLICE("it goes as a page: neither WeasyPrint nor Chromium is installed here")};
}

/* ---- links ---- */

/* "a.example, *.b.example" */
static slice *hosts_of(outbox *o, const connection *c, arena *perm, size_t *n) {
  slice said = {0}, variable;
  *n = 0;
  if (!c || !connection_setting(o->w, c, "hosts", &said, &variable)) said = (slice){0};
  slice *v = ARENA_ARRAY(perm, said.n + 1, slice);
  for (size_t i = 0; i < said.n;) {
    while (i < said.n && strchr(", ;", said.p[i])) i++;
    size_t from = i;
    while (i < said.n && !strchr(", ;", said.p[i])) i++;
    if (i > from) v[(*n)++] = arena_slice(perm, (slice){said.p + from, i - from});
  }
  return v;
}

/* The next place of a link that leads on; true: it is to be asked there. */
static bool leads_on(fetched *f, const http_answer *a, arena *perm) {
  slice to = http_header_of(a, "location");
  bool moved = a->status == 301 || a->status == 302 || a->status == 303 || a->status == 307 || a->status == 308;
  if (!moved || !slice_starts(to, SLICE("https://")) || f->hops++ == ENCLOSE_REDIRECTS_MAX) return false;
  f->url = arena_slice(perm, to);
  return true;
}

static void judge(fetched *f, const http_answer *a) {
  if (a->end == HTTP_GUARDED)
    over(f, FETCH_NEVER,
         "its link leads to a host that `hosts` of `connect attachments` does not list, or is not public");
  else if (a->end == HTTP_TOO_LONG)
    over(f, FETCH_NEVER, "it is too large for a message");
  else if (a->end != HTTP_OK || a->status == 408 || a->status == 425 || a->status == 429 || a->status >= 500)
    over(f, FETCH_LATER, "its link does not answer now");
  else if (a->status != 200)
    over(f, FETCH_NEVER, "its link leads to nothing");
  else
    take_pdf(f, a->body, "what its link leads to is no PDF");
}

static bool is_link(const fetched *f) { return slice_starts(f->part.source, slice_of(FROM_LINK)); }

static void follow_links(outbox *o, fetched *v, size_t n, arena *perm) {
  const connection *c = line_of(o->p);
  http_options options = {.connect_ms = ENCLOSE_CALL_MS / 2,
                          .total_ms = ENCLOSE_CALL_MS,
                          .body_max = EMAIL_PARTS_BYTES_MAX,
                          .at_once = ENCLOSE_BATCH / 2};
  slice ca, variable;
  size_t *which = ARENA_ARRAY(perm, n + 1, size_t), count = 0;
  for (size_t i = 0; i < n; i++)
    if (is_link(v + i)) which[count++] = i;
  if (!count) return;
  options.allowed = hosts_of(o, c, perm, &options.allowed_count);
  if (c && connection_setting(o->w, c, "ca", &ca, &variable)) options.ca_file = arena_copy(perm, ca);
  http_client *client = o->w->net && o->w->net->http_open ? o->w->net->http_open(&options) : NULL;
  for (size_t i = 0; i < count && !client; i++) over(v + which[i], FETCH_LATER, "this program has no network here");
  while (client && count) {
    http_request *asks = ARENA_ARRAY(perm, count, http_request);
    http_answer *answers = ARENA_ARRAY(perm, count, http_answer);
    size_t again = 0;
    for (size_t i = 0; i < count; i++) {
      http_piece *url = ARENA_NEW(perm, http_piece);
      *url = (http_piece){.text = v[which[i]].url};
      asks[i] = (http_request){.method = "GET", .url = url, .url_count = 1};
    }
    o->w->net->http_send(client, asks, count, answers, perm);
    for (size_t i = 0; i < count; i++) {
      fetched *f = v + which[i];
      if (answers[i].end == HTTP_OK && leads_on(f, answers + i, perm))
        which[again++] = which[i];
      else
        judge(f, answers + i);
    }
    count = again;
  }
  if (client) o->w->net->http_close(client);
}

/* ---- a batch ---- */

/* All parts of a message together stay within what its channel takes. */
static store_code within_limit(outbox *o, fetched *f, arena *perm) {
  store_part v[STORE_PARTS_MAX];
  size_t n, sum = f->bytes.n;
  store_code code = store_parts_of(o->s, f->part.message, perm, v, &n);
  for (size_t i = 0; i < n && code == STORE_OK; i++)
    if (!v[i].source.n) sum += v[i].bytes.n;
  const channel_driver *d = o->ch[CH_EMAIL].driver;
  if (sum > (d ? d->parts_max : EMAIL_PARTS_BYTES_MAX))
    over(f, FETCH_NEVER, "with the other files it is too large for a message");
  return code;
}

static store_code settle(outbox *o, fetched *f, int64_t now_us, arena *perm) {
  const store_part *p = &f->part;
  store_code code = f->end == FETCH_CAME ? within_limit(o, f, perm) : STORE_OK;
  int64_t asked_us = p->asked_us ? p->asked_us : now_us;
  if (f->end == FETCH_LATER && now_us - asked_us >= (int64_t)ENCLOSE_GIVE_UP_S * 1000000) f->end = FETCH_NEVER;
  if (code != STORE_OK) return code;
  if (f->end == FETCH_LATER)
    return store_part_later(o->s, p->id, asked_us, now_us + (int64_t)ENCLOSE_AGAIN_S * 1000000);
  if (f->end == FETCH_CAME) code = store_part_came(o->s, p->id, f->name, f->type, f->bytes);
  if (f->end == FETCH_NEVER) code = store_part_gap(o->s, p->id, f->why);
  if (!f->why.n || code != STORE_OK) return code;
  slice said = arena_printf(perm, "%.*s: %.*s", SLICE_ARG(p->what), SLICE_ARG(f->why));
  template_gaps one = {.v = &said, .count = 1};
  outbox_count_gaps(o, &one);
  return store_message_gap(o->s, p->message, said);
}

/* In one transaction. */
static store_code keep(outbox *o, fetched *v, size_t n, int64_t *first, arena *perm) {
  store_code code = store_begin(o->s);
  if (code != STORE_OK) return code;
  for (size_t i = 0; i < n && code == STORE_OK; i++) {
    code = settle(o, v + i, o->w->now_ns(o->w) / 1000, perm);
    if (v[i].end != FETCH_LATER && (!*first || v[i].part.message < *first)) *first = v[i].part.message;
  }
  return outbox_end(o, code);
}

store_code outbox_enclose(outbox *o, int64_t *first) {
  store_part due[ENCLOSE_BATCH];
  fetched v[ENCLOSE_BATCH];
  size_t n = 0;
  arena *perm = arena_new();
  *first = 0;
  store_code code = store_parts_due(o->s, o->w->now_ns(o->w) / 1000, perm, due, ENCLOSE_BATCH, &n);
  for (size_t i = 0; i < n && code == STORE_OK; i++) {
    slice from = due[i].source;
    v[i] = (fetched){.part = due[i], .end = FETCH_NEVER, .why = SLICE("nobody knows where it is")};
    if (is_link(v + i))
      v[i].url = (slice){from.p + strlen(FROM_LINK), from.n - strlen(FROM_LINK)};
    else if (slice_starts(from, slice_of(FROM_FILE)))
      read_file(o, v + i, perm);
    else if (slice_eq(from, slice_of(FROM_PAGE)))
      make_pdf(o, v + i, perm);
  }
  if (code == STORE_OK && n) {
    follow_links(o, v, n, perm);
    code = keep(o, v, n, first, perm);
  }
  arena_free(perm);
  return code;
}
