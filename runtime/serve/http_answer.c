/* See http_answer.h. */
#include "http_answer.h"

#include <stdlib.h>
#include <strings.h>

/* Nothing but our own is loaded, and nothing framed, guessed, kept or told on, unless the answer says otherwise. */
static const http_said ALWAYS[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action "
     "'self'; frame-ancestors 'none'; base-uri 'none'"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
};

static bool is_name(slice a, const char *b) { return a.n == strlen(b) && strncasecmp(a.p, b, a.n) == 0; }

static bool says(const door_answer *a, const char *name) {
  for (size_t i = 0; i < a->extra_count; i++)
    if (is_name(a->extra[i].name, name)) return true;
  return false;
}

size_t http_head(const door_answer *a, arena *perm, http_said out[HTTP_SAID_MAX]) {
  size_t n = 0;
  for (size_t i = 0; i < sizeof ALWAYS / sizeof *ALWAYS; i++)
    if (!says(a, ALWAYS[i].name)) out[n++] = ALWAYS[i];
  if (a->type) out[n++] = (http_said){"Content-Type", a->type};
  if (a->allow) out[n++] = (http_said){"Allow", a->allow};
  if (a->retry_s) out[n++] = (http_said){"Retry-After", arena_printf(perm, "%d", a->retry_s).p};
  for (size_t i = 0; i < a->extra_count && n < HTTP_SAID_MAX; i++)
    out[n++] = (http_said){arena_copy(perm, a->extra[i].name), arena_copy(perm, a->extra[i].value)};
  return n;
}

static slice given(const http_header *v, size_t n, const char *name) {
  for (size_t i = 0; i < n; i++)
    if (is_name(v[i].name, name)) return v[i].value;
  return (slice){0};
}

/* W/"x" and "x" are the same bytes for a browser. */
static slice strong(slice tag) {
  tag = slice_trim(tag);
  return slice_starts(tag, SLICE("W/")) ? (slice){tag.p + 2, tag.n - 2} : tag;
}

void http_conditional(const door_request *q, door_answer *a) {
  slice has = given(q->headers, q->header_count, "if-none-match"),
        tag = strong(given(a->extra, a->extra_count, "etag"));
  bool asks = slice_eq(q->method, SLICE("GET")) || slice_eq(q->method, SLICE("HEAD"));
  if (!asks || a->status != 200 || !tag.n || !has.n) return;
  for (size_t i = 0; i < has.n;) {
    size_t end = i;
    while (end < has.n && has.p[end] != ',') end++;
    slice one = strong((slice){has.p + i, end - i});
    if (slice_eq(one, tag) || slice_eq(one, SLICE("*"))) {
      a->status = 304;
      a->body = (slice){0};
      a->type = NULL;
      return;
    }
    i = end + 1;
  }
}
