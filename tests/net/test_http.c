/* HTTP through the real library against servers on loopback (server.py): every way to end, and how far a call then
 * came. Nothing leaves 127.0.0.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stdlib/net/json.h"
#include "stdlib/net/net.h"
#include "tests/net/http_servers.h"

typedef struct fixture {
  arena *perm;
  http_client *client;
} fixture;

static const http_options PLAIN = {.connect_ms = 2000, .total_ms = 8000, .body_max = 1 << 20, .at_once = 8};

static fixture *fixture_new(const http_options *o) {
  arena *perm = arena_new();
  fixture *f = ARENA_NEW(perm, fixture);
  *f = (fixture){perm, net_curl.http_open(o)};
  assert_non_null(f->client);
  return f;
}
static void fixture_end(fixture *f) {
  net_curl.http_close(f->client);
  arena_free(f->perm);
}

static http_piece *piece(arena *perm, slice text) {
  http_piece *p = ARENA_NEW(perm, http_piece);
  p->text = text;
  return p;
}

static http_request request(fixture *f, const char *method, const char *scheme, const char *host, const char *server,
                            const char *path) {
  slice url = arena_printf(f->perm, "%s://%s:%d%s", scheme, host, http_server_port(server), path);
  return (http_request){.method = method, .url = piece(f->perm, url), .url_count = 1};
}

static http_answer ask(fixture *f, const http_request *r) {
  http_answer a;
  net_curl.http_send(f->client, r, 1, &a, f->perm);
  return a;
}
static http_answer plain(fixture *f, const char *method, const char *path) {
  http_request r = request(f, method, "http", "127.0.0.1", "plain", path);
  return ask(f, &r);
}

static slice header(const http_answer *a, const char *name) {
  for (size_t i = 0; i < a->header_count; i++)
    if (slice_eq(a->headers[i].name, slice_of(name))) return a->headers[i].value;
  return (slice){0};
}

#define ENDS(answer, its_end, its_phase)                                                                               \
  do {                                                                                                                 \
    assert_int_equal((answer).end, (its_end));                                                                         \
    assert_int_equal((answer).phase, (its_phase));                                                                     \
  } while (0)
#define SAME(s, text) assert_true(slice_eq((s), slice_of(text)))

static const json *echo(fixture *f, const http_answer *a) {
  slice why;
  assert_int_equal(a->end, HTTP_OK);
  const json *j = json_parse(a->body, f->perm, &why);
  assert_non_null(j);
  return j;
}
static slice sent_header(const json *echoed, const char *name) {
  const json *v = json_at(echoed, "headers");
  for (size_t i = 0; i < json_count(v); i++)
    if (slice_eq(json_text_at(json_item(v, i), "[0]"), slice_of(name))) return json_text_at(json_item(v, i), "[1]");
  return (slice){0};
}

static void a_request_says_what_it_should(void **state) {
  (void)state;
  fixture *f = fixture_new(&PLAIN);
  secret key = secret_of(f->perm, SLICE("k&y \"ü\\")), token = secret_of(f->perm, SLICE("t0ken"));
  const http_piece body[] = {{.text = SLICE("{\"app_key\":\"")},
                             {.hidden = key, .form = HTTP_IN_JSON},
                             {.text = SLICE("\",\"form\":\"")},
                             {.hidden = key, .form = HTTP_IN_FORM},
                             {.text = SLICE("\"}")}};
  const http_piece proof[] = {{.text = SLICE("Bearer ")}, {.hidden = token}};
  const http_header headers[] = {{SLICE("Content-Type"), SLICE("application/json")}, {SLICE("X-Empty"), SLICE("")}};
  static const char *const METHODS[] = {"POST", "PUT", "PATCH", "DELETE"};
  for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++) {
    http_request r = request(f, METHODS[i], "http", "127.0.0.1", "plain", "/echo?a=b%20c");
    r.headers = headers;
    r.header_count = 2;
    r.proof_name = "Authorization";
    r.proof = proof;
    r.proof_count = 2;
    r.body = body;
    r.body_count = 5;
    http_answer a = ask(f, &r);
    ENDS(a, HTTP_OK, HTTP_ANSWERED);
    assert_int_equal(a.status, 200);
    SAME(header(&a, "x-one"), "1");
    SAME(header(&a, "x-two"), "two");
    const json *j = echo(f, &a);
    SAME(json_text_at(j, "method"), METHODS[i]);
    SAME(json_text_at(j, "path"), "/echo?a=b%20c");
    SAME(json_text_at(j, "body"), "{\"app_key\":\"k&y \\\"ü\\\\\",\"form\":\"k%26y%20%22%C3%BC%5C\"}");
    SAME(sent_header(j, "authorization"), "Bearer t0ken");
    SAME(sent_header(j, "content-type"), "application/json");
    SAME(sent_header(j, "user-agent"), "dun");
    assert_int_equal(sent_header(j, "accept-encoding").n, 0);
    assert_int_equal(sent_header(j, "expect").n, 0);
  }
  fixture_end(f);
}

static void requests_without_a_body(void **state) {
  (void)state;
  fixture *f = fixture_new(&PLAIN);
  static const char *const METHODS[] = {"GET", "POST", "PATCH", "DELETE"};
  for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++) {
    http_answer a = plain(f, METHODS[i], "/echo");
    const json *j = echo(f, &a);
    SAME(json_text_at(j, "method"), METHODS[i]);
    SAME(json_text_at(j, "bytes"), "0");
    assert_int_equal(sent_header(j, "content-type").n, 0);
  }
  http_answer a = plain(f, "HEAD", "/echo");
  ENDS(a, HTTP_OK, HTTP_ANSWERED);
  assert_int_equal(a.body.n, 0);
  a = plain(f, "GET", "/status/204");
  ENDS(a, HTTP_OK, HTTP_ANSWERED);
  assert_int_equal(a.status, 204);
  http_request r = request(f, "GET", "http", "127.0.0.1", "plain", "/echo");
  r.user = "AC1";
  r.password = secret_of(f->perm, SLICE("pass:word"));
  a = ask(f, &r);
  SAME(sent_header(echo(f, &a), "authorization"), "Basic QUMxOnBhc3M6d29yZA==");
  fixture_end(f);
}

/* What would begin another header, or another request, leaves for nobody. */
static void nothing_is_smuggled(void **state) {
  (void)state;
  fixture *f = fixture_new(&PLAIN);
  static const http_header BAD[] = {{{"X-A", 3}, {"a\r\nX-B: b", 9}},
                                    {{"X-A: a\r\nX-B", 11}, {"b", 1}},
                                    {{"", 0}, {"b", 1}},
                                    {{"X-A", 3}, {"a\0b", 3}}};
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    http_request r = request(f, "GET", "http", "127.0.0.1", "plain", "/echo");
    r.headers = BAD + i;
    r.header_count = 1;
    http_answer a = ask(f, &r);
    ENDS(a, HTTP_BROKEN, HTTP_CONNECTING);
  }
  static const char *const PATHS[] = {"/echo\r\nX: y", "/echo a", "/\x01"};
  for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
    http_answer a = plain(f, "GET", PATHS[i]);
    ENDS(a, HTTP_GUARDED, HTTP_CONNECTING);
  }
  fixture_end(f);
}

static void where_nobody_answers(void **state) {
  (void)state;
  http_options o = PLAIN;
  o.total_ms = 3000;
  fixture *f = fixture_new(&o);
  http_request r = request(f, "GET", "http", "127.0.0.1", "gone", "/");
  http_answer a = ask(f, &r);
  ENDS(a, HTTP_REFUSED, HTTP_CONNECTING);
  r = request(f, "POST", "http", "127.0.0.1", "silent", "/");
  a = ask(f, &r);
  ENDS(a, HTTP_TIMEOUT, HTTP_SENDING);
  r = request(f, "POST", "https", "127.0.0.1", "silent", "/");
  a = ask(f, &r);
  ENDS(a, HTTP_TIMEOUT, HTTP_CONNECTING);
  r = request(f, "GET", "http", "127.0.0.1", "babble", "/");
  a = ask(f, &r);
  ENDS(a, HTTP_BROKEN, HTTP_SENDING);
  fixture_end(f);
}

static void a_name_that_leads_nowhere(void **state) {
  (void)state;
  http_options o = PLAIN;
  o.connect_ms = o.total_ms = 20000; /* a resolver may be slow to say no */
  fixture *f = fixture_new(&o);
  http_request r = request(f, "GET", "https", "nowhere.invalid", "tls", "/");
  http_answer a = ask(f, &r);
  ENDS(a, HTTP_NO_HOST, HTTP_CONNECTING);
  fixture_end(f);
}

static void where_the_answer_is_no_whole_one(void **state) {
  (void)state;
  http_options o = PLAIN;
  o.total_ms = 3000;
  o.body_max = 1000;
  fixture *f = fixture_new(&o);
  http_answer a = plain(f, "POST", "/slow/9000");
  ENDS(a, HTTP_TIMEOUT, HTTP_SENDING);
  a = plain(f, "POST", "/reset");
  ENDS(a, HTTP_LOST, HTTP_SENDING);
  a = plain(f, "GET", "/half");
  ENDS(a, HTTP_LOST, HTTP_ANSWERED);
  assert_int_equal(a.status, 200);
  assert_int_equal(a.body.n, 0);
  a = plain(f, "GET", "/long/1000");
  ENDS(a, HTTP_OK, HTTP_ANSWERED);
  assert_int_equal(a.body.n, 1000);
  a = plain(f, "GET", "/long/1001");
  ENDS(a, HTTP_TOO_LONG, HTTP_ANSWERED);
  a = plain(f, "GET", "/chunked");
  ENDS(a, HTTP_OK, HTTP_ANSWERED);
  SAME(a.body, "one two three");
  fixture_end(f);
}

static void certificates(void **state) {
  (void)state;
  static const struct {
    const char *host, *server, *ca;
    http_end end;
    http_phase phase;
  } ROWS[] = {{"127.0.0.1", "tls", "ca.pem", HTTP_OK, HTTP_ANSWERED},
              {"localhost", "tls", "ca.pem", HTTP_OK, HTTP_ANSWERED},
              {"127.0.0.1", "tls", NULL, HTTP_BAD_CERTIFICATE, HTTP_CONNECTING},
              {"127.0.0.1", "tls", "wrong.pem", HTTP_BAD_CERTIFICATE, HTTP_CONNECTING},
              {"127.0.0.1", "tls", "missing.pem", HTTP_BAD_CERTIFICATE, HTTP_CONNECTING},
              {"127.0.0.1", "other", "ca.pem", HTTP_BAD_CERTIFICATE, HTTP_CONNECTING},
              {"127.0.0.1", "old", "ca.pem", HTTP_NO_TLS, HTTP_CONNECTING},
              {"127.0.0.1", "plain", "ca.pem", HTTP_NO_TLS, HTTP_CONNECTING}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    char ca[200] = "";
    http_options o = PLAIN;
    if (ROWS[i].ca) snprintf(ca, sizeof ca, "%s", http_server_file(ROWS[i].ca));
    if (ROWS[i].ca) o.ca_file = ca;
    fixture *f = fixture_new(&o);
    http_request r = request(f, "GET", "https", ROWS[i].host, ROWS[i].server, "/echo");
    http_answer a = ask(f, &r);
    if (a.end != ROWS[i].end || a.phase != ROWS[i].phase) fail_msg("row %zu: end %d, phase %d", i, a.end, a.phase);
    fixture_end(f);
  }
}

static void redirects_are_not_followed(void **state) {
  (void)state;
  fixture *f = fixture_new(&PLAIN);
  http_answer a = plain(f, "GET", "/redirect");
  assert_int_equal(a.status, 302);
  SAME(header(&a, "location"), "/count/redirected");
  a = plain(f, "GET", "/seen/redirected");
  SAME(a.body, "0");
  fixture_end(f);
}

/* What the shell around has set changes nothing. */
static void the_environment_is_not_asked(void **state) {
  (void)state;
  static const char *const NAMES[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) setenv(NAMES[i], "http://127.0.0.1:1", 1);
  fixture *f = fixture_new(&PLAIN);
  http_answer a = plain(f, "GET", "/echo");
  ENDS(a, HTTP_OK, HTTP_ANSWERED);
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) unsetenv(NAMES[i]);
  fixture_end(f);
}

static void connections_are_used_again(void **state) {
  (void)state;
  fixture *f = fixture_new(&PLAIN);
  slice first = {0};
  for (int i = 0; i < 5; i++) {
    http_answer a = plain(f, "POST", "/echo");
    slice its = json_text_at(echo(f, &a), "connection");
    if (i == 0) first = its;
    assert_true(slice_eq(first, its));
  }
  fixture_end(f);
}

static void eight_at_once(void **state) {
  (void)state;
  fixture *f = fixture_new(&PLAIN);
  enum { N = 40 };
  http_request v[N];
  http_answer a[N];
  for (int i = 0; i < N; i++) v[i] = request(f, "GET", "http", "127.0.0.1", "plain", "/meet/8");
  net_curl.http_send(f->client, v, N, a, f->perm);
  for (int i = 0; i < N; i++) {
    ENDS(a[i], HTTP_OK, HTTP_ANSWERED);
    SAME(a[i].body, "8"); /* never nine */
  }
  /* Each answer is its own request's. */
  for (int i = 0; i < N; i++) {
    char path[32];
    snprintf(path, sizeof path, i % 7 == 3 ? "/reset" : "/slow/%d?n=%d", i % 5, i);
    v[i] = request(f, "GET", "http", "127.0.0.1", "plain", path);
  }
  net_curl.http_send(f->client, v, N, a, f->perm);
  for (int i = 0; i < N; i++) {
    assert_int_equal(a[i].end, i % 7 == 3 ? HTTP_LOST : HTTP_OK);
    if (i % 7 != 3) SAME(json_text_at(echo(f, a + i), "path"), arena_printf(f->perm, "/slow/%d?n=%d", i % 5, i).p);
  }
  fixture_end(f);
}

/* The library would send a request again whose kept connection broke: the first may have been carried out. */
static void what_has_left_never_leaves_again(void **state) {
  (void)state;
  fixture *f = fixture_new(&PLAIN);
  static const char *const METHODS[] = {"POST", "PATCH", "GET"};
  for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++) {
    char path[32], seen[32];
    snprintf(path, sizeof path, "/once/again%zu", i);
    snprintf(seen, sizeof seen, "/seen/again%zu", i);
    fixture *fresh = fixture_new(&PLAIN);
    http_answer a = plain(fresh, METHODS[i], path);
    ENDS(a, HTTP_OK, HTTP_ANSWERED);
    SAME(a.body, "1");
    a = plain(fresh, METHODS[i], path);
    ENDS(a, HTTP_LOST, HTTP_SENDING);
    a = plain(f, "GET", seen);
    SAME(a.body, "2");
    fixture_end(fresh);
  }
  fixture_end(f);
}

/* A name that is listed and leads to this machine: refused before the first byte. */
static void the_guard_looks_at_the_address(void **state) {
  (void)state;
  char listed[32];
  snprintf(listed, sizeof listed, "localhost:%d", http_server_port("tls"));
  const slice hosts[] = {slice_of(listed)};
  char ca[200];
  snprintf(ca, sizeof ca, "%s", http_server_file("ca.pem"));
  http_options o = PLAIN;
  o.ca_file = ca;
  o.allowed = hosts;
  o.allowed_count = 1;
  fixture *f = fixture_new(&o);
  http_request r = request(f, "POST", "https", "localhost", "tls", "/count/guarded");
  http_answer a = ask(f, &r);
  ENDS(a, HTTP_GUARDED, HTTP_CONNECTING);
  r = request(f, "POST", "https", "127.0.0.1", "tls", "/count/guarded");
  a = ask(f, &r);
  ENDS(a, HTTP_GUARDED, HTTP_CONNECTING);
  r = request(f, "POST", "http", "127.0.0.1", "plain", "/count/guarded");
  a = ask(f, &r);
  ENDS(a, HTTP_GUARDED, HTTP_CONNECTING);
  fixture *open = fixture_new(&PLAIN);
  a = plain(open, "GET", "/seen/guarded");
  SAME(a.body, "0");
  /* Where the user's own settings point to: this machine also without encryption, nobody else. */
  r.url = piece(open->perm, SLICE("http://erp.example.com/"));
  a = ask(open, &r);
  ENDS(a, HTTP_GUARDED, HTTP_CONNECTING);
  fixture_end(open);
  fixture_end(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_says_what_it_should),
      cmocka_unit_test(requests_without_a_body),
      cmocka_unit_test(nothing_is_smuggled),
      cmocka_unit_test(where_nobody_answers),
      cmocka_unit_test(a_name_that_leads_nowhere),
      cmocka_unit_test(where_the_answer_is_no_whole_one),
      cmocka_unit_test(certificates),
      cmocka_unit_test(redirects_are_not_followed),
      cmocka_unit_test(the_environment_is_not_asked),
      cmocka_unit_test(connections_are_used_again),
      cmocka_unit_test(eight_at_once),
      cmocka_unit_test(what_has_left_never_leaves_again),
      cmocka_unit_test(the_guard_looks_at_the_address),
  };
  return cmocka_run_group_tests(tests, http_servers_start, http_servers_stop);
}
