/* See api_net.h. */
#include "tests/support/api_net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lang/base/text.h"

api_script api_net;

struct http_client {
  int open;
};
static struct http_client CLIENT;

static slice join(const http_piece *v, size_t n) {
  text t = text_new(api_net.perm);
  for (size_t i = 0; i < n; i++) {
    const char *hidden = secret_reveal(&v[i].hidden);
    text_add(&t, hidden ? slice_of(hidden) : v[i].text);
  }
  return text_slice(&t);
}

static http_client *fake_open(const http_options *o) {
  api_net.o = *o;
  CLIENT.open = 1;
  return &CLIENT;
}
static void fake_close(http_client *c) { c->open = 0; }

static void fake_send(http_client *c, const http_request *v, size_t n, http_answer *out, arena *perm) {
  (void)perm;
  assert_true(c->open);
  api_net.rounds++;
  if (n > api_net.most_at_once) api_net.most_at_once = n;
  for (size_t i = 0; i < n; i++) {
    assert_true(api_net.count < SENT_MAX);
    text h = text_new(api_net.perm);
    for (size_t k = 0; k < v[i].header_count; k++)
      text_printf(&h, "%.*s: %.*s\n", SLICE_ARG(v[i].headers[k].name), SLICE_ARG(v[i].headers[k].value));
    if (v[i].proof_name) text_printf(&h, "%s: %.*s\n", v[i].proof_name, SLICE_ARG(join(v[i].proof, v[i].proof_count)));
    if (v[i].user) text_printf(&h, "user %s %s\n", v[i].user, secret_reveal(&v[i].password));
    api_sent *s = api_net.log + api_net.count;
    *s = (api_sent){api_net.w->monotonic_ns(api_net.w), slice_of(v[i].method), join(v[i].url, v[i].url_count),
                    text_slice(&h), join(v[i].body, v[i].body_count)};
    out[i] = api_net.answer(s, api_net.count++);
  }
  if (api_net.takes_ns) api_net.w->sleep_ns(api_net.w, api_net.takes_ns);
}

static const struct world_net FAKE = {.http_open = fake_open, .http_send = fake_send, .http_close = fake_close};

int api_net_begin(void **state) {
  (void)state;
  memset(&api_net, 0, sizeof api_net);
  api_net.perm = arena_new();
  api_net.w = world_fake_new(START);
  api_net.w->net = &FAKE;
  return 0;
}
int api_net_end(void **state) {
  (void)state;
  world_fake_free(api_net.w);
  arena_free(api_net.perm);
  return 0;
}

http_answer answer_with(int status, const char *name, const char *value) {
  http_header *h = ARENA_NEW(api_net.perm, http_header);
  *h = (http_header){slice_of(name), slice_of(value)};
  return (http_answer){HTTP_OK, HTTP_ANSWERED, status, h, name ? 1 : 0, {0}};
}
http_answer answer_of(int code) { return answer_with(code, NULL, NULL); }
http_answer answer_says(int code, const char *body) {
  http_answer a = answer_of(code);
  a.body = slice_of(body);
  return a;
}
http_answer answer_broken(http_end e, http_phase phase) { return (http_answer){.end = e, .phase = phase}; }

static http_answer answer_fine(const api_sent *s, size_t nth) {
  (void)s, (void)nth;
  return answer_of(200);
}

api *api_net_open(api_options o) {
  slice why = {0};
  if (!o.service) o.service = "Omie";
  if (!o.base && !secret_is_there(&o.base_hidden)) o.base = "https://app.omie.example/api/v1";
  if (!api_net.answer) api_net.answer = answer_fine;
  api *a = api_open(api_net.w, api_net.perm, &o, &why);
  if (!a) fail_msg("%.*s", SLICE_ARG(why));
  return a;
}

http_answer api_net_ask(api *a, bool safe) {
  api_request c = {.method = "POST", .path = SLICE("/x/"), .safe = safe};
  return api_ask(a, &c, api_net.perm);
}

int64_t api_net_passed_s(void) { return (api_net.w->monotonic_ns(api_net.w) - api_net.log[0].at_ns) / S; }
