/* See http_script.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_script.h"
#include "lang/base/text.h"
#include "stdlib/net/json.h"

http_script script;

static const char *joined(const http_piece *v, size_t n) {
  static const char HEX[] = "0123456789ABCDEF";
  text t = text_new(script.perm);
  text_cstr(&t, "");
  for (size_t i = 0; i < n; i++) {
    slice s = secret_reveal(&v[i].hidden) ? slice_of(secret_reveal(&v[i].hidden)) : v[i].text;
    if (v[i].form == HTTP_IN_JSON) s = json_escaped(s, script.perm);
    for (size_t k = 0; k < s.n; k++) {
      unsigned char c = (unsigned char)s.p[k];
      bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || memchr("-._~", c, 4);
      if (v[i].form == HTTP_IN_FORM && !plain)
        text_printf(&t, "%%%c%c", HEX[c >> 4], HEX[c & 15]);
      else
        text_char(&t, (char)c);
    }
  }
  return text_slice(&t).p;
}

static const char *kept(slice s) { return arena_copy(script.perm, s); }

static http_client *open_script(const http_options *o) {
  (void)o;
  return (http_client *)&script;
}
static void close_script(http_client *c) { (void)c; }

static void ask_one(const http_request *r, http_answer *out, arena *perm) {
  if (script.count == SCRIPT_MAX) fail_msg("more than %d requests", SCRIPT_MAX);
  scripted_request *q = &script.asked[script.count++];
  *q = (scripted_request){.method = r->method,
                          .url = joined(r->url, r->url_count),
                          .body = joined(r->body, r->body_count),
                          .type = "",
                          .proof = r->proof_name ? joined(r->proof, r->proof_count) : "",
                          .user = r->user ? r->user : "",
                          .password = secret_reveal(&r->password) ? secret_reveal(&r->password) : "",
                          .at_ns = script.w->now_ns(script.w)};
  text headers = text_new(script.perm);
  text_cstr(&headers, "");
  for (size_t i = 0; i < r->header_count; i++) {
    if (slice_eq(r->headers[i].name, SLICE("Content-Type"))) q->type = kept(r->headers[i].value);
    text_printf(&headers, "%.*s: %.*s\n", SLICE_ARG(r->headers[i].name), SLICE_ARG(r->headers[i].value));
  }
  q->headers = text_slice(&headers).p;
  if (script.count > script.answers) fail_msg("no answer is left for %s %s", q->method, q->url);
  const scripted_answer *a = &script.answer[script.count - 1];
  *out = (http_answer){.end = a->end, .phase = a->phase};
  if (!a->status) return;
  *out = (http_answer){.end = HTTP_OK, .phase = HTTP_ANSWERED, .status = a->status, .body = slice_of(a->body)};
  if (!a->header) return;
  http_header *h = ARENA_NEW(perm, http_header);
  *h = (http_header){slice_of(a->header), slice_of(a->value)};
  out->headers = h;
  out->header_count = 1;
}

static void send_script(http_client *c, const http_request *v, size_t n, http_answer *out, arena *perm) {
  (void)c;
  for (size_t i = 0; i < n; i++) ask_one(v + i, out + i, perm);
}

static const struct world_net NET = {.http_open = open_script, .http_send = send_script, .http_close = close_script};

void script_begin(world *w) {
  script = (http_script){.perm = arena_new(), .w = w};
  w->net = &NET;
}

void script_end(void) {
  arena_free(script.perm);
  script.perm = NULL;
}

void script_add(scripted_answer a) {
  if (script.answers == SCRIPT_MAX) fail_msg("more than %d answers", SCRIPT_MAX);
  script.answer[script.answers++] = a;
}

void script_answer(int status, const char *body) { script_add((scripted_answer){.status = status, .body = body}); }

const scripted_request *script_last(void) {
  if (script.count == 0) fail_msg("nothing was asked");
  return &script.asked[script.count - 1];
}
