/* A service over HTTP (stdlib/net/api.h): what a call carries and what comes of it. Logins, the connect line, outcomes,
 * words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stdlib/net/oauth.h"
#include "tests/support/api_net.h"

/* ---- logins ---- */

static struct logins {
  int count;
  bool refused;
  int64_t lasts_s;
} logins;

static bool log_in(api *a, void *self, api_proof *proof, arena *perm, slice *why) {
  (void)self;
  api_request c = {.method = "POST", .path = SLICE("/Login"), .safe = true};
  http_answer answer = api_ask(a, &c, perm);
  if (logins.refused) {
    *why = SLICE("SAP refuses user or password");
    return false;
  }
  assert_int_equal(answer.status, 200);
  http_piece *pieces = ARENA_ARRAY(perm, 2, http_piece);
  pieces[0].text = SLICE("B1SESSION=");
  pieces[1].hidden = secret_of(perm, arena_printf(perm, "canary-%d", ++logins.count));
  *proof = (api_proof){.name = "Cookie", .pieces = pieces, .count = 2, .lasts_s = logins.lasts_s};
  proof->extra[proof->extra_count++] = (http_header){SLICE("X-Route"), SLICE("n1")};
  return true;
}

/* Only the last session is known. */
static int dead_until;
static http_answer sessions(const api_sent *s, size_t nth) {
  (void)nth;
  if (slice_eq(s->url, SLICE("https://app.omie.example/api/v1/Login"))) return answer_of(200);
  slice wanted = arena_printf(api_net.perm, "X-Route: n1\nCookie: B1SESSION=canary-%d\n", logins.count);
  return logins.count > dead_until && slice_eq(s->headers, wanted) ? answer_of(200)
                                                                   : answer_says(401, "{\"code\":301}");
}

static void one_login_for_all(void **state) {
  (void)state;
  logins = (struct logins){0};
  dead_until = 0;
  api_net.answer = sessions;
  api *a = api_net_open((api_options){.login = log_in});
  assert_int_equal(api_net.count, 0);
  for (int i = 0; i < 3; i++) assert_int_equal(api_net_ask(a, false).status, 200);
  assert_int_equal(logins.count, 1);
  assert_int_equal(api_net.count, 4);
  /* The session dies: eight calls at once lead to one login, and each is asked once more. */
  dead_until = 1;
  api_request v[8];
  http_answer out[8];
  for (int i = 0; i < 8; i++) v[i] = (api_request){.method = "PATCH", .path = SLICE("/x/"), .safe = i % 2};
  api_ask_all(a, v, 8, out, api_net.perm);
  for (int i = 0; i < 8; i++) assert_int_equal(out[i].status, 200);
  assert_int_equal(logins.count, 2);
  assert_int_equal(api_net.count, 4 + 8 + 1 + 8);
  /* A new session that is not let in either: that is the answer. */
  dead_until = 100;
  assert_int_equal(api_net_ask(a, true).status, 401);
  assert_int_equal(logins.count, 3);
  api_close(a);
}

static void a_login_that_fails(void **state) {
  (void)state;
  logins = (struct logins){.refused = true};
  api_net.answer = sessions;
  api *a = api_net_open((api_options){.login = log_in});
  http_answer answer = api_net_ask(a, false);
  assert_int_equal(api_net.count, 1);
  send_result r = api_outcome(a, &answer, api_net.perm);
  assert_int_equal(r.outcome, SEND_DOWN);
  SAME(r.detail, "SAP refuses user or password");
  logins.refused = false;
  dead_until = 0;
  assert_int_equal(api_net_ask(a, false).status, 200);
  api_close(a);
}

static void a_login_lasts_its_time(void **state) {
  (void)state;
  logins = (struct logins){.lasts_s = 1740};
  dead_until = 0;
  api_net.answer = sessions;
  api *a = api_net_open((api_options){.login = log_in});
  api_net_ask(a, true);
  api_net.w->sleep_ns(api_net.w, 1700 * S);
  api_net_ask(a, true);
  assert_int_equal(logins.count, 1);
  api_net.w->sleep_ns(api_net.w, 100 * S);
  api_net_ask(a, true);
  assert_int_equal(logins.count, 2);
  api_close(a);
}

/* ---- the connect line and the request ---- */

static const connection *line_of(const char *url, setting *settings, uint32_t n) {
  connection *c = ARENA_NEW(api_net.perm, connection);
  *c = (connection){
      .kind = SLICE("erp"), .vendor = SLICE("omie"), .url = slice_of(url), .settings = settings, .setting_count = n};
  return c;
}

static void the_connect_line(void **state) {
  (void)state;
  setting v[] = {{SLICE("headers"), SLICE("Prefer: code=429, example=a; X-Two:  b;c ; X-Three: d"), false},
                 {SLICE("rate"), SLICE("60"), false},
                 {SLICE("ca"), SLICE("/etc/house.pem"), false},
                 {SLICE("url"), SLICE("OMIE_URL"), true}};
  world_fake_set_env(api_net.w, "OMIE_URL", "http://127.0.0.1:4101/v1/");
  http_piece proof[] = {{.text = SLICE("Bearer ")}, {.hidden = secret_of(api_net.perm, SLICE("canary"))}};
  http_header headers[] = {{SLICE("If-Match"), SLICE("*")}};
  http_piece body[] = {{.text = SLICE("{}")}};
  api *a = api_net_open((api_options){.connect = line_of("", v, 4),
                                      .limits = {240, 4},
                                      .proof = {.name = "Authorization", .pieces = proof, .count = 2}});
  api_request c = {.method = "PATCH",
                   .path = SLICE("/x/?y=z"),
                   .headers = headers,
                   .header_count = 1,
                   .type = "application/json",
                   .body = body,
                   .body_count = 1};
  api_ask(a, &c, api_net.perm);
  SAME(api_net.log[0].method, "PATCH");
  SAME(api_net.log[0].url, "http://127.0.0.1:4101/v1/x/?y=z");
  SAME(api_net.log[0].headers, "If-Match: *\nContent-Type: application/json\nPrefer: code=429, example=a\nX-Two: b;c\n"
                               "X-Three: d\nAuthorization: Bearer canary\n");
  SAME(api_net.log[0].body, "{}");
  assert_string_equal(api_net.o.ca_file, "/etc/house.pem");
  api_close(a);
}

static void what_is_wrong_in_it(void **state) {
  (void)state;
  static const struct {
    const char *url, *key, *value;
    bool from_env;
    const char *why;
  } ROWS[] = {
      {"", "x", "", false, "its connect line needs: url \"https://HOST\""},
      {"", "url", "UNSET", true, "the environment variable UNSET is not set"},
      {"http://erp.example.com", "x", "", false,
       "only https:// addresses are called: what is sent is nobody else's to read"},
      {"https://a:b@erp.example.com", "x", "", false, "the address has a user or a password in it: take them out"},
      {"erp.example.com", "x", "", false, "the address is written https://HOST/PATH"},
      {"https://erp.example.com", "rate", "fast", false,
       "`rate` is how many calls may leave in a minute: rate \"240\""},
      {"https://erp.example.com", "rate", "0", false, "`rate` is how many calls may leave in a minute: rate \"240\""},
      {"https://erp.example.com", "headers", "Prefer", false, "headers are written \"Name: value; Name: value\""},
      {"https://erp.example.com", "headers", "X: a\r\nY: b", false, "headers are written \"Name: value; Name: value\""},
      {"https://erp.example.com", "headers", "X: a; authorization: Bearer x", false,
       "`headers` is no place for a secret: it has a setting of its own"},
      {"https://erp.example.com", "headers", "X-Api-Key: x", false,
       "`headers` is no place for a secret: it has a setting of its own"},
  };
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    setting v[] = {{slice_of(ROWS[i].key), slice_of(ROWS[i].value), ROWS[i].from_env}};
    api_options o = {.service = "Omie", .connect = line_of(ROWS[i].url, v, 1)};
    slice why = {0};
    assert_null(api_open(api_net.w, api_net.perm, &o, &why));
    if (!slice_eq(why, slice_of(ROWS[i].why))) fail_msg("%s: %.*s", ROWS[i].why, SLICE_ARG(why));
  }
  api_net.w->net = NULL;
  slice why;
  assert_null(api_open(api_net.w, api_net.perm, &(api_options){.service = "Omie", .base = "https://a.example"}, &why));
}

/* A next link leads to the host that gave it, or nowhere: the proof is for nobody else. */
static void next_links(void **state) {
  (void)state;
  static const struct {
    const char *path;
    bool goes;
  } ROWS[] = {{"https://app.omie.example/api/v1/Invoices?$skip=20", true},
              {"https://APP.omie.example:443/x", true},
              {"/api/v1/x", true},
              {"?$skip=20", true},
              {"https://evil.example/x", false},
              {"https://app.omie.example.evil.example/x", false},
              {"https://app.omie.example:8443/x", false},
              {"http://app.omie.example/x", false},
              {"https://app.omie.example@evil.example/x", false},
              {"evil.example", false},
              {"@evil.example/x", false}};
  api *a = api_net_open((api_options){0});
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    api_net.count = 0;
    api_request c = {.method = "GET", .path = slice_of(ROWS[i].path), .safe = true};
    http_answer answer = api_ask(a, &c, api_net.perm);
    if ((api_net.count == 1) != ROWS[i].goes) fail_msg("%s", ROWS[i].path);
    if (!ROWS[i].goes) assert_int_equal(answer.end, HTTP_GUARDED);
  }
  api_close(a);
}

/* ---- outcomes and words ---- */

static const struct {
  int status;
  const char *retry_after;
  send_outcome is;
} STATUSES[] = {
    {200, NULL, SEND_ACCEPTED}, {201, NULL, SEND_ACCEPTED}, {204, NULL, SEND_ACCEPTED}, {301, NULL, SEND_DOWN},
    {400, NULL, SEND_REJECTED}, {401, NULL, SEND_DOWN},     {403, NULL, SEND_DOWN},     {404, NULL, SEND_DOWN},
    {408, NULL, SEND_RETRY},    {409, NULL, SEND_REJECTED}, {410, NULL, SEND_REJECTED}, {422, NULL, SEND_REJECTED},
    {429, NULL, SEND_RETRY},    {429, "30", SEND_RETRY},    {500, NULL, SEND_UNKNOWN},  {502, NULL, SEND_UNKNOWN},
    {503, NULL, SEND_UNKNOWN},  {503, "30", SEND_RETRY},    {504, "30", SEND_UNKNOWN}};

static void outcomes(void **state) {
  (void)state;
  api *a = api_net_open((api_options){0});
  for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++) {
    http_answer x =
        answer_with(STATUSES[i].status, STATUSES[i].retry_after ? "retry-after" : NULL, STATUSES[i].retry_after);
    send_result r = api_outcome(a, &x, api_net.perm);
    if (r.outcome != STATUSES[i].is) fail_msg("%d is %s", STATUSES[i].status, send_outcome_name(r.outcome));
    assert_int_equal(r.retry_s, r.outcome == SEND_RETRY && STATUSES[i].retry_after ? 30 : 0);
    SAME(r.detail, arena_printf(api_net.perm, "Omie answered %d", STATUSES[i].status).p);
  }
  /* What may have been done is unknown; what surely was not is not. */
  for (http_end e = HTTP_NO_HOST; e <= HTTP_BROKEN; e++) {
    for (http_phase p = HTTP_CONNECTING; p <= HTTP_ANSWERED; p++) {
      http_answer x = answer_broken(e, p);
      send_result r = api_outcome(a, &x, api_net.perm);
      bool later = e == HTTP_NO_HOST || e == HTTP_REFUSED || e == HTTP_TIMEOUT || e == HTTP_LOST || e == HTTP_TOO_LONG;
      assert_int_equal(r.outcome, p != HTTP_CONNECTING ? SEND_UNKNOWN : later ? SEND_RETRY : SEND_DOWN);
      assert_true(r.detail.n > 0 && memmem(r.detail.p, r.detail.n, "Omie", 4));
    }
  }
  http_answer x = answer_broken(HTTP_TIMEOUT, HTTP_SENDING);
  SAME(api_words(a, &x, api_net.perm), "Omie did not answer in time; the request had left");
  x = answer_broken(HTTP_REFUSED, HTTP_CONNECTING);
  SAME(api_words(a, &x, api_net.perm), "Omie cannot be reached: the connection was refused");
  api_close(a);
}

/* A secret in the address, the proof, the password and the body is in no word, whatever comes of the call. */
static http_answer echoes(const api_sent *s, size_t nth) {
  http_answer a = nth % 2 ? answer_of(400) : answer_with(500, "location", "https://canary.example");
  a.body = arena_printf(api_net.perm, "{\"error\":\"canary %.*s %.*s\"}", SLICE_ARG(s->url), SLICE_ARG(s->headers));
  return a;
}
static void no_word_holds_a_secret(void **state) {
  (void)state;
  secret canary = secret_of(api_net.perm, SLICE("https://canary.example/hook"));
  http_piece pieces[] = {{.hidden = canary}};
  api *a = api_net_open(
      (api_options){.base_hidden = canary,
                    .proof = {.name = "X-Key", .pieces = pieces, .count = 1, .user = "u", .password = canary}});
  api_net.answer = echoes;
  for (int i = 0; i < 2; i++) {
    api_request c = {.method = "POST", .path = SLICE(""), .body = pieces, .body_count = 1};
    http_answer x = api_ask(a, &c, api_net.perm);
    SAME(api_net.log[i].url, "https://canary.example/hook");
    slice words = api_words(a, &x, api_net.perm), detail = api_outcome(a, &x, api_net.perm).detail;
    assert_null(memmem(words.p, words.n, "canary", 6));
    assert_null(memmem(detail.p, detail.n, "canary", 6));
  }
  assert_int_equal(world_fake_output(api_net.w, WORLD_STDERR).n, 0);
  api_close(a);
}

/* ---- OAuth ---- */

static const char *token_answer;
static int token_status;
static http_answer tokens(const api_sent *s, size_t nth) {
  (void)nth;
  if (slice_starts(s->url, SLICE("https://login.example/"))) return answer_says(token_status, token_answer);
  return slice_eq(s->headers, SLICE("Authorization: Bearer canary.t0\n")) ? answer_of(200) : answer_of(401);
}

static void a_token_by_client_credentials(void **state) {
  (void)state;
  oauth_options o = {.service = "Microsoft's login",
                     .base = "https://login.example",
                     .path = SLICE("/t1/oauth2/v2.0/token"),
                     .client_id = SLICE("id"),
                     .client_secret = secret_of(api_net.perm, SLICE("canary&secret")),
                     .scope = SLICE("https://graph.microsoft.com/.default")};
  slice why = {0};
  oauth *login = oauth_open(api_net.w, api_net.perm, &o, &why);
  assert_non_null(login);
  api_net.answer = tokens;
  token_status = 200;
  token_answer = "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"canary.t0\"}";
  api *a = api_net_open((api_options){.login = oauth_login, .self = login});
  for (int i = 0; i < 3; i++) assert_int_equal(api_net_ask(a, false).status, 200);
  assert_int_equal(api_net.count, 4);
  SAME(api_net.log[0].url, "https://login.example/t1/oauth2/v2.0/token");
  SAME(api_net.log[0].body, "grant_type=client_credentials&scope=https://graph.microsoft.com/.default&client_id=id&"
                            "client_secret=canary&secret"); /* percent-encoded where it is written out: test_http */
  api_net.w->sleep_ns(api_net.w, 3200 * S);                 /* it would last 3599 */
  api_net_ask(a, false);
  api_net_ask(a, false);
  assert_int_equal(api_net.count, 4 + 2);
  api_net.w->sleep_ns(api_net.w, 100 * S);
  api_net_ask(a, false);
  assert_int_equal(api_net.count, 6 + 2);
  api_net.w->sleep_ns(api_net.w, 7200 * S);
  static const struct {
    int status;
    const char *answer, *why;
  } ROWS[] = {{401, "{\"error\":\"invalid_client\",\"error_description\":\"canary\"}",
               "Microsoft's login refuses the id or the secret of the connect line: invalid_client"},
              {400, "{\"error\":\"<canary>\"}", "Microsoft's login answered 400"},
              {404, "canary", "Microsoft's login answered 404"},
              {200, "canary", "the answer of Microsoft's login has no token in it"},
              {200, "{\"access_token\":\"canary\\r\\nX: y\"}", "the answer of Microsoft's login has no token in it"}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    token_status = ROWS[i].status;
    token_answer = ROWS[i].answer;
    http_answer answer = api_net_ask(a, false);
    send_result r = api_outcome(a, &answer, api_net.perm);
    assert_int_equal(r.outcome, SEND_DOWN);
    if (!slice_eq(r.detail, slice_of(ROWS[i].why))) fail_msg("%.*s", SLICE_ARG(r.detail));
  }
  api_close(a);
  oauth_close(login);
}

int main(void) {
#define WITH(f) cmocka_unit_test_setup_teardown(f, api_net_begin, api_net_end)
  const struct CMUnitTest tests[] = {
      WITH(one_login_for_all), WITH(a_login_that_fails),     WITH(a_login_lasts_its_time),
      WITH(the_connect_line),  WITH(what_is_wrong_in_it),    WITH(next_links),
      WITH(outcomes),          WITH(no_word_holds_a_secret), WITH(a_token_by_client_credentials)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
