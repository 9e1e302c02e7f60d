/* See page_files.h. */
#include "page_files.h"

#include "lang/base/embedded.h"
#include "lang/base/text.h"
#include "runtime/gzip.h"
#include "runtime/hash.h"
#include "runtime/page/words.h"

enum { VERSION_DIGITS = 12 };
static const char UNDER[] = "/page/";

/* The addresses that a person may open or load anew: the first part of each. */
static const char *const PLACES[] = {"",         "today",    "board",   "cards",   "customers",
                                     "invoices", "policies", "reports", "outbox",  "connections",
                                     "audit",    "people",   "login",   "welcome", "account"};

static slice first_part(slice path) {
  size_t n = 1;
  while (n < path.n && path.p[n] != '/') n++;
  return path.n ? (slice){path.p + 1, n - 1} : path;
}

bool page_is_of(slice path) {
  if (slice_starts(path, slice_of(UNDER))) return true;
  for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++)
    if (path.n && path.p[0] == '/' && slice_eq(first_part(path), slice_of(PLACES[i]))) return true;
  return false;
}

/* Of all files and words, so that a change of any is another address. */
static void version(char out[HASH_HEX_MAX]) {
  uint8_t digest[HASH_BYTES];
  hasher *h = hash_begin();
  for (const struct embedded *f = page_files; f->name; f++) hash_add_field(h, slice_of(f->text));
  page_words_hash(h);
  hash_end(h, digest);
  hash_hex(digest, out);
  out[VERSION_DIGITS] = 0;
}

static bool ends(slice s, slice end) { return s.n >= end.n && slice_eq((slice){s.p + s.n - end.n, end.n}, end); }

static const char *type_of(slice name) {
  static const struct {
    const char *end, *type;
  } TYPES[] = {{".js", "text/javascript; charset=utf-8"},
               {".css", "text/css; charset=utf-8"},
               {".svg", "image/svg+xml"},
               {".html", "text/html; charset=utf-8"}};
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
    if (ends(name, slice_of(TYPES[i].end))) return TYPES[i].type;
  return "text/plain; charset=utf-8";
}

static const struct embedded *file_of(slice name) {
  for (const struct embedded *f = page_files; f->name; f++)
    if (slice_eq(name, slice_of(f->name))) return f;
  return NULL;
}

/* Every {{version}} of the shell. */
static slice with_version(arena *perm, slice html, const char *is) {
  static const char HOLE[] = "{{version}}";
  text t = text_new(perm);
  for (size_t i = 0; i < html.n;) {
    slice rest = {html.p + i, html.n - i};
    if (slice_starts(rest, slice_of(HOLE))) {
      text_add(&t, slice_of(is));
      i += sizeof HOLE - 1;
    } else {
      text_char(&t, html.p[i++]);
    }
  }
  return text_slice(&t);
}

static void answer_shell(api_call *c) {
  char is[HASH_HEX_MAX];
  version(is);
  api_plain(c, "text/html; charset=utf-8", NULL,
            with_version(c->perm, slice_of(file_of(SLICE("index.html"))->text), is));
  api_put_header(c, "Cache-Control", SLICE("no-cache"));
  api_put_header(c, "ETag", arena_printf(c->perm, "\"%s\"", is));
}

/* Whether a name stands among those of a header, as "gzip" in "gzip, deflate;q=0.5"; one that is not wanted (q=0)
 * aside. */
static bool takes(slice header, slice name) {
  for (size_t i = 0; i + name.n <= header.n; i++) {
    if (!slice_starts((slice){header.p + i, header.n - i}, name)) continue;
    slice rest = {header.p + i + name.n, header.n - i - name.n};
    return !slice_starts(rest, SLICE(";q=0")) || slice_starts(rest, SLICE(";q=0."));
  }
  return false;
}

/* Of our files alone: nothing in them is a secret, whose length could be told from what it is squeezed with. */
static slice squeezed(api_call *c, slice body) {
  slice out;
  api_put_header(c, "Vary", SLICE("Accept-Encoding"));
  if (!takes(api_header(c, "accept-encoding"), SLICE("gzip")) || !gzip_bytes(body, c->perm, &out)) return body;
  api_put_header(c, "Content-Encoding", SLICE("gzip"));
  return out;
}

static void answer_file(api_call *c, slice rest) {
  size_t slash = 0;
  while (slash < rest.n && rest.p[slash] != '/') slash++;
  slice name = slash < rest.n ? (slice){rest.p + slash + 1, rest.n - slash - 1} : (slice){0}, body;
  const struct embedded *f = file_of(name);
  if (f)
    body = slice_of(f->text);
  else if (!page_words(name, c->perm, &body)) {
    api_fail(c, 404, "not_there", SLICE("there is no such address"));
    return;
  }
  slice sent = squeezed(c, body);
  api_plain(c, type_of(name), NULL, sent);
  c->answer->lasting = f && sent.p == f->text; /* part of the program: it is not copied */
  api_put_header(c, "Cache-Control", SLICE("public, max-age=31536000, immutable"));
}

void page_answer(api_call *c) {
  slice under = slice_of(UNDER);
  if (!slice_eq(c->request->method, SLICE("GET")) && !slice_eq(c->request->method, SLICE("HEAD"))) {
    c->answer->allow = "GET, HEAD";
    api_fail(c, 405, "bad_request", SLICE("this address takes another method"));
  } else if (slice_starts(c->path, under)) {
    answer_file(c, (slice){c->path.p + under.n, c->path.n - under.n});
  } else {
    answer_shell(c);
  }
}
