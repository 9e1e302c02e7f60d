/* A service as a connector sees it (api.h), over the real library: servers on loopback, and the vendor's description of
 * a token. What comes of every kind of trouble, in outcomes and words, and that no word holds a secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "stdlib/net/oauth.h"
#include "tests/net/http_servers.h"
#include "tests/net/prism.h"

#define CANARY "c4n4ry"
#define SAME(s, expected) assert_true(slice_eq((s), slice_of(expected)))

typedef struct fixture {
  arena *perm;
  world *w;
  api *a;
} fixture;

/* The world's clock is made up: pauses between repeats take no time. */
static fixture open_at(const char *scheme, const char *host, int port, const char *ca) {
  fixture f = {.perm = arena_new(), .w = world_fake_new(1772460000000000000)};
  f.w->net = &net_curl;
  setting *s = ARENA_NEW(f.perm, setting);
  *s = (setting){SLICE("ca"), arena_slice(f.perm, slice_of(ca)), false};
  connection *c = ARENA_NEW(f.perm, connection);
  *c = (connection){.kind = SLICE("erp"), .url = arena_printf(f.perm, "%s://%s:%d/", scheme, host, port)};
  c->settings = s;
  c->setting_count = ca ? 1 : 0;
  http_piece *proof = ARENA_ARRAY(f.perm, 2, http_piece);
  proof[0].text = SLICE("Bearer ");
  proof[1].hidden = secret_of(f.perm, SLICE(CANARY));
  api_options o = {.service = "Omie", .connect = c, .total_ms = 3000, .body_max = 5000};
  o.proof = (api_proof){.name = "Authorization", .pieces = proof, .count = 2};
  slice why;
  f.a = api_open(f.w, f.perm, &o, &why);
  if (!f.a) fail_msg("%.*s", SLICE_ARG(why));
  return f;
}
static fixture open_server(const char *scheme, const char *name, const char *ca) {
  return open_at(scheme, "127.0.0.1", http_server_port(name), ca);
}
static void close_it(fixture *f) {
  api_close(f->a);
  world_fake_free(f->w);
  arena_free(f->perm);
}

static http_answer ask(fixture *f, const char *path, bool safe) {
  const http_piece body = {.text = SLICE("{\"key\":\"" CANARY "\"}")};
  api_request c = {.method = "POST",
                   .path = slice_of(path),
                   .type = "application/json",
                   .body = &body,
                   .body_count = 1,
                   .safe = safe};
  return api_ask(f->a, &c, f->perm);
}

static void what_comes_of_trouble(void **state) {
  (void)state;
  static const struct {
    const char *scheme, *server, *ca, *path;
    send_outcome is;
    const char *words;
  } ROWS[] = {
      {"https", "tls", "ca.pem", "/echo", SEND_ACCEPTED, "Omie answered 200"},
      {"https", "tls", NULL, "/echo", SEND_DOWN, "the certificate of Omie is not valid"},
      {"https", "other", "ca.pem", "/echo", SEND_DOWN, "the certificate of Omie is not valid"},
      {"https", "old", "ca.pem", "/echo", SEND_DOWN, "Omie offers no encryption that can be used"},
      {"http", "gone", NULL, "/echo", SEND_RETRY, "Omie cannot be reached: the connection was refused"},
      {"http", "silent", NULL, "/echo", SEND_UNKNOWN, "Omie did not answer in time; the request had left"},
      {"https", "silent", "ca.pem", "/echo", SEND_RETRY, "Omie did not answer in time"},
      {"http", "babble", NULL, "/echo", SEND_UNKNOWN, "the answer of Omie makes no sense"},
      {"http", "plain", NULL, "/reset", SEND_UNKNOWN, "the connection to Omie broke; the request had left"},
      {"http", "plain", NULL, "/half", SEND_UNKNOWN, "the connection to Omie broke; the request had left"},
      {"http", "plain", NULL, "/slow/9000", SEND_UNKNOWN, "Omie did not answer in time; the request had left"},
      {"http", "plain", NULL, "/long/6000", SEND_UNKNOWN, "the answer of Omie is longer than is taken"},
      {"http", "plain", NULL, "/redirect", SEND_DOWN, "Omie answered 302"},
      {"http", "plain", NULL, "/status/401", SEND_DOWN, "Omie answered 401"},
      {"http", "plain", NULL, "/status/422", SEND_REJECTED, "Omie answered 422"},
      {"http", "plain", NULL, "/status/429?Retry-After=17", SEND_RETRY, "Omie answered 429"},
      {"http", "plain", NULL, "/status/500", SEND_UNKNOWN, "Omie answered 500"},
  };
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    fixture f = open_server(ROWS[i].scheme, ROWS[i].server, ROWS[i].ca ? http_server_file(ROWS[i].ca) : NULL);
    http_answer answer = ask(&f, ROWS[i].path, false);
    send_result r = api_outcome(f.a, &answer, f.perm);
    if (r.outcome != ROWS[i].is || !slice_eq(r.detail, slice_of(ROWS[i].words)))
      fail_msg("row %zu: %s, %.*s", i, send_outcome_name(r.outcome), SLICE_ARG(r.detail));
    assert_int_equal(r.retry_s, answer.status == 429 ? 17 : 0);
    assert_null(memmem(r.detail.p, r.detail.n, CANARY, strlen(CANARY)));
    assert_int_equal(world_fake_output(f.w, WORLD_STDERR).n + world_fake_output(f.w, WORLD_STDOUT).n, 0);
    close_it(&f);
  }
}

/* A mail server's and a house's authority may also be named by the environment. */
static void the_authority_of_the_environment(void **state) {
  (void)state;
  fixture f = {.perm = arena_new(), .w = world_fake_new(1772460000000000000)};
  f.w->net = &net_curl;
  world_fake_set_env(f.w, "SSL_CERT_FILE", http_server_file("ca.pem"));
  slice why, base = arena_printf(f.perm, "https://localhost:%d", http_server_port("tls"));
  api_options o = {.service = "Omie", .base = base.p};
  f.a = api_open(f.w, f.perm, &o, &why);
  assert_int_equal(ask(&f, "/echo", false).status, 200);
  close_it(&f);
}

static void how_often_it_leaves(void **state) {
  (void)state;
  fixture f = open_server("http", "plain", NULL);
  /* On one connection: the second and every later one is reset after it has come. */
  SAME(ask(&f, "/once/unsafe", false).body, "1");
  http_answer lost = ask(&f, "/once/unsafe", false);
  assert_int_equal(lost.end, HTTP_LOST);
  SAME(ask(&f, "/seen/unsafe", true).body, "2");
  close_it(&f);
  /* A safe one comes again over a fresh connection. */
  f = open_server("http", "plain", NULL);
  SAME(ask(&f, "/once/safe", true).body, "1");
  SAME(ask(&f, "/once/safe", true).body, "3");
  close_it(&f);
}

/* The page that Microsoft publishes about it, as a description: form, types and words are checked there. */
static void a_token_as_microsoft_describes_it(void **state) {
  (void)state;
  prism p;
  if (!prism_start("tests/apis/ms-identity-token.openapi.json", &p)) skip();
  fixture f = {.perm = arena_new(), .w = world_fake_new(1772460000000000000)};
  f.w->net = &net_curl;
  oauth_options o = {.service = "Microsoft's login",
                     .base = arena_printf(f.perm, "http://127.0.0.1:%d", p.port).p,
                     .path = SLICE("/tenant/oauth2/v2.0/token"),
                     .client_id = SLICE("b5a7f6d0"),
                     .client_secret = secret_of(f.perm, SLICE("s~8Q&=+ %" CANARY)),
                     .scope = SLICE("https://graph.microsoft.com/.default")};
  slice why = {0};
  oauth *login = oauth_open(f.w, f.perm, &o, &why);
  api_proof proof = {0};
  bool fine = login && oauth_login(NULL, login, &proof, f.perm, &why);
  oauth_close(login);
  o.scope = SLICE("mail.send"); /* not what the page asks for */
  login = oauth_open(f.w, f.perm, &o, &why);
  bool refused = !oauth_login(NULL, login, &proof, f.perm, &why);
  oauth_close(login);
  prism_stop(&p);
  assert_true(fine && refused);
  assert_string_equal(proof.name, "Authorization");
  assert_int_equal(proof.lasts_s, 3599 - 300);
  assert_null(memmem(why.p, why.n, CANARY, strlen(CANARY)));
  world_fake_free(f.w);
  arena_free(f.perm);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_comes_of_trouble), cmocka_unit_test(the_authority_of_the_environment),
      cmocka_unit_test(how_often_it_leaves), cmocka_unit_test(a_token_as_microsoft_describes_it)};
  return cmocka_run_group_tests(tests, http_servers_start, http_servers_stop);
}
