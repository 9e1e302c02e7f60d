/* A service over HTTP, in a world whose clock moves by sleeping alone and whose network is a script: limits, waiting as
 * asked, repeats, logins, words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "runtime/world_fake.h"
#include "stdlib/net/oauth.h"

#define S INT64_C(1000000000)
#define START (INT64_C(1772460000) * S) /* 2026-03-02T14:00:00Z */
#define SAME(s, expected) assert_true(slice_eq((s), slice_of(expected)))

/* ---- the network ---- */

typedef struct sent {
  int64_t at_ns;
  slice method, url, headers, body; /* headers: "Name: value\n" each */
} sent;

enum { SENT_MAX = 4000 };
static struct script {
  world *w;
  arena *perm;
  http_options o;
  sent log[SENT_MAX];
  size_t count, rounds, most_at_once;
  int64_t takes_ns; /* a round */
  http_answer (*answer)(const sent *s, size_t nth);
} net;

struct http_client {
  int open;
};
static struct http_client CLIENT;

static slice join(const http_piece *v, size_t n) {
  text t = text_new(net.perm);
  for (size_t i = 0; i < n; i++) {
    const char *hidden = secret_reveal(&v[i].hidden);
    text_add(&t, hidden ? slice_of(hidden) : v[i].text);
  }
  return text_slice(&t);
}

static http_client *fake_open(const http_options *o) {
  net.o = *o;
  CLIENT.open = 1;
  return &CLIENT;
}
static void fake_close(http_client *c) { c->open = 0; }

static void fake_send(http_client *c, const http_request *v, size_t n, http_answer *out, arena *perm) {
  (void)perm;
  assert_true(c->open);
  net.rounds++;
  if (n > net.most_at_once) net.most_at_once = n;
  for (size_t i = 0; i < n; i++) {
    assert_true(net.count < SENT_MAX);
    text h = text_new(net.perm);
    for (size_t k = 0; k < v[i].header_count; k++)
      text_printf(&h, "%.*s: %.*s\n", SLICE_ARG(v[i].headers[k].name), SLICE_ARG(v[i].headers[k].value));
    if (v[i].proof_name) text_printf(&h, "%s: %.*s\n", v[i].proof_name, SLICE_ARG(join(v[i].proof, v[i].proof_count)));
    if (v[i].user) text_printf(&h, "user %s %s\n", v[i].user, secret_reveal(&v[i].password));
    sent *s = net.log + net.count;
    *s = (sent){net.w->monotonic_ns(net.w), slice_of(v[i].method), join(v[i].url, v[i].url_count), text_slice(&h),
                join(v[i].body, v[i].body_count)};
    out[i] = net.answer(s, net.count++);
  }
  if (net.takes_ns) net.w->sleep_ns(net.w, net.takes_ns);
}

static const struct world_net FAKE = {.http_open = fake_open, .http_send = fake_send, .http_close = fake_close};

static int begin(void **state) {
  (void)state;
  memset(&net, 0, sizeof net);
  net.perm = arena_new();
  net.w = world_fake_new(START);
  net.w->net = &FAKE;
  return 0;
}
static int end(void **state) {
  (void)state;
  world_fake_free(net.w);
  arena_free(net.perm);
  return 0;
}

static http_answer status_with(int status, const char *name, const char *value) {
  http_header *h = ARENA_NEW(net.perm, http_header);
  *h = (http_header){slice_of(name), slice_of(value)};
  return (http_answer){HTTP_OK, HTTP_ANSWERED, status, h, name ? 1 : 0, {0}};
}
static http_answer status(int code) { return status_with(code, NULL, NULL); }
static http_answer with_body(int code, const char *body) {
  http_answer a = status(code);
  a.body = slice_of(body);
  return a;
}
static http_answer broken(http_end e, http_phase phase) { return (http_answer){.end = e, .phase = phase}; }

static http_answer fine(const sent *s, size_t nth) {
  (void)s, (void)nth;
  return status(200);
}

static api *open_with(api_options o) {
  slice why = {0};
  if (!o.service) o.service = "Omie";
  if (!o.base && !secret_is_there(&o.base_hidden)) o.base = "https://app.omie.example/api/v1";
  if (!net.answer) net.answer = fine;
  api *a = api_open(net.w, net.perm, &o, &why);
  if (!a) fail_msg("%.*s", SLICE_ARG(why));
  return a;
}

static http_answer ask(api *a, bool safe) {
  api_call c = {.method = "POST", .path = SLICE("/x/"), .safe = safe};
  return api_ask(a, &c, net.perm);
}

static int64_t passed_s(void) { return (net.w->monotonic_ns(net.w) - net.log[0].at_ns) / S; }

/* ---- limits ---- */

static size_t most_in_a_minute(void) {
  size_t most = 0;
  for (size_t i = 0, from = 0; i < net.count; i++) {
    while (net.log[i].at_ns - net.log[from].at_ns >= 60 * S) from++;
    if (i - from + 1 > most) most = i - from + 1;
  }
  return most;
}

static void never_more_in_a_minute(void **state) {
  (void)state;
  static const struct {
    uint32_t per_minute, at_once;
    size_t calls;
    bool together;
  } ROWS[] = {{240, 4, 1000, true}, {240, 4, 700, false}, {60, 8, 200, true},
              {10, 4, 40, true},    {1, 4, 5, true},      {4800, 20, 3000, true}};
  for (size_t r = 0; r < sizeof ROWS / sizeof *ROWS; r++) {
    end(NULL);
    begin(NULL);
    net.takes_ns = r == 1 ? S / 50 : 0;
    api *a = open_with((api_options){.limits = {ROWS[r].per_minute, ROWS[r].at_once}});
    api_call *v = ARENA_ARRAY(net.perm, ROWS[r].calls, api_call);
    http_answer *out = ARENA_ARRAY(net.perm, ROWS[r].calls, http_answer);
    for (size_t i = 0; i < ROWS[r].calls; i++) v[i] = (api_call){.method = "GET", .path = SLICE("/x"), .safe = true};
    if (ROWS[r].together) api_ask_all(a, v, ROWS[r].calls, out, net.perm);
    for (size_t i = 0; i < ROWS[r].calls && !ROWS[r].together; i++) out[i] = api_ask(a, v + i, net.perm);
    for (size_t i = 0; i < ROWS[r].calls; i++) assert_int_equal(out[i].status, 200);
    assert_int_equal(net.count, ROWS[r].calls);
    assert_int_equal(net.o.at_once, ROWS[r].at_once);
    if (most_in_a_minute() > ROWS[r].per_minute) fail_msg("row %zu: %zu in a minute", r, most_in_a_minute());
    assert_true(net.most_at_once <= ROWS[r].at_once);
    /* Nor much fewer than are allowed. */
    double least = 60.0 * (double)(ROWS[r].calls - 1) / ROWS[r].per_minute;
    assert_true((double)passed_s() <= least * 1.06 + 62);
    api_close(a);
  }
}

static void without_a_limit_all_at_once(void **state) {
  (void)state;
  api *a = open_with((api_options){0});
  api_call v[50];
  http_answer out[50];
  for (int i = 0; i < 50; i++) v[i] = (api_call){.method = "GET", .path = SLICE("/x")};
  api_ask_all(a, v, 50, out, net.perm);
  assert_int_equal(net.rounds, 1);
  assert_int_equal(net.o.at_once, 4);
  assert_int_equal(passed_s(), 0);
  api_close(a);
}

/* ---- repeats ---- */

static http_answer busy_twice(const sent *s, size_t nth) {
  (void)s;
  return nth < 2 ? status(503) : status(200);
}
static http_answer always_503(const sent *s, size_t nth) {
  (void)s, (void)nth;
  return status(503);
}
static http_answer lost_once(const sent *s, size_t nth) {
  (void)s;
  return nth == 0 ? broken(HTTP_LOST, HTTP_SENDING) : status(200);
}

static void safe_calls_are_repeated(void **state) {
  (void)state;
  api *a = open_with((api_options){0});
  net.answer = busy_twice;
  assert_int_equal(ask(a, true).status, 200);
  assert_int_equal(net.count, 3);
  int64_t first = net.log[1].at_ns - net.log[0].at_ns, second = net.log[2].at_ns - net.log[1].at_ns;
  assert_true(first >= S / 4 && first <= S && second >= S / 2 && second <= 2 * S);
  net.count = 0;
  net.answer = always_503;
  assert_int_equal(ask(a, true).status, 503);
  assert_int_equal(net.count, 6);
  net.count = 0;
  net.answer = lost_once;
  assert_int_equal(ask(a, true).status, 200);
  assert_int_equal(net.count, 2);
  api_close(a);
}

/* Whatever is answered, a call that is not safe leaves once. */
static http_answer at_hand;
static http_answer as_is(const sent *s, size_t nth) {
  (void)s, (void)nth;
  return at_hand;
}
static void other_calls_are_not(void **state) {
  (void)state;
  api *a = open_with((api_options){0});
  net.answer = as_is;
  for (int code = 100; code < 600; code++) {
    net.count = 0;
    at_hand = status(code);
    ask(a, false);
    assert_int_equal(net.count, 1);
  }
  for (http_end e = HTTP_NO_HOST; e <= HTTP_BROKEN; e++) {
    for (http_phase p = HTTP_CONNECTING; p <= HTTP_ANSWERED; p++) {
      net.count = 0;
      at_hand = broken(e, p);
      ask(a, false);
      assert_int_equal(net.count, 1);
    }
  }
  api_close(a);
}

static void which_answers_are_repeated(void **state) {
  (void)state;
  api *a = open_with((api_options){0});
  net.answer = as_is;
  for (int code = 200; code < 600; code++) {
    net.count = 0;
    at_hand = status(code);
    ask(a, true);
    bool again = code == 408 || code == 425 || code == 429 || code == 500 || (code >= 502 && code <= 504);
    assert_int_equal(net.count, again ? 6 : 1);
  }
  for (http_end e = HTTP_NO_HOST; e <= HTTP_BROKEN; e++) {
    net.count = 0;
    at_hand = broken(e, HTTP_CONNECTING);
    ask(a, true);
    bool again = e == HTTP_NO_HOST || e == HTTP_REFUSED || e == HTTP_TIMEOUT || e == HTTP_LOST;
    assert_int_equal(net.count, again ? 6 : 1);
  }
  api_patience(a, 0);
  net.count = 0;
  ask(a, true);
  assert_int_equal(net.count, 1);
  api_close(a);
}

/* The connector knows better than the status: a fault that waits, and one that does not. */
static bool redundant(const http_answer *answer, int64_t *wait_s) {
  *wait_s = 60;
  return answer->body.n && memmem(answer->body.p, answer->body.n, "Client-6", 8) != NULL;
}
static http_answer redundant_once(const sent *s, size_t nth) {
  (void)s;
  return nth == 0 ? with_body(500, "Client-6") : with_body(500, "Client-5113");
}
static void a_fault_in_the_body(void **state) {
  (void)state;
  api *a = open_with((api_options){.again = redundant});
  net.answer = redundant_once;
  assert_int_equal(ask(a, true).status, 500);
  assert_int_equal(net.count, 2);
  assert_true(net.log[1].at_ns - net.log[0].at_ns >= 60 * S);
  api_close(a);
}

/* ---- waiting as asked ---- */

static http_answer later_3(const sent *s, size_t nth) {
  (void)s;
  return nth == 0 ? status_with(429, "retry-after", "3") : status(200);
}
static http_answer later_3600(const sent *s, size_t nth) {
  (void)s;
  return nth == 0 ? status_with(429, "retry-after", "3600") : status(200);
}

static void the_service_says_when(void **state) {
  (void)state;
  api *a = open_with((api_options){0});
  net.answer = later_3;
  assert_int_equal(ask(a, true).status, 200);
  assert_int_equal(passed_s(), 3);
  net.count = 0;
  assert_int_equal(ask(a, false).status, 429);
  ask(a, false); /* another call waits too, and then leaves */
  assert_int_equal(net.count, 2);
  assert_true(net.log[1].at_ns - net.log[0].at_ns >= 3 * S);
  api_close(a);
}

static void longer_than_there_is_patience(void **state) {
  (void)state;
  api *a = open_with((api_options){0});
  net.answer = later_3600;
  api_call v[3] = {{.method = "GET", .path = SLICE("/a"), .safe = true},
                   {.method = "POST", .path = SLICE("/b")},
                   {.method = "GET", .path = SLICE("/c"), .safe = true}};
  http_answer first = ask(a, true), out[3];
  assert_int_equal(first.status, 429);
  net.w->sleep_ns(net.w, 1000 * S);
  api_ask_all(a, v, 3, out, net.perm);
  assert_int_equal(net.count, 1); /* nobody asks before the hour is over */
  assert_int_equal(passed_s(), 1000);
  for (int i = 0; i < 3; i++) {
    send_result r = api_outcome(a, out + i, net.perm);
    assert_int_equal(r.outcome, SEND_RETRY);
    assert_int_equal(r.retry_s, 2600);
  }
  net.w->sleep_ns(net.w, 2600 * S);
  assert_int_equal(ask(a, false).status, 200);
  assert_int_equal(net.count, 2);
  api_close(a);
}

static void retry_after_in_every_form(void **state) {
  (void)state;
  static const struct {
    const char *name, *value;
    int64_t s;
  } ROWS[] = {{"retry-after", "120", 120},
              {"retry-after", "0", 0},
              {"retry-after", "1.5", 2},
              {"retry-after", "-5", 0},
              {"retry-after", "soon", 0},
              {"retry-after", "99999999999999999999999", 7 * 86400},
              {"retry-after", "Mon, 02 Mar 2026 14:00:30 GMT", 30},
              {"retry-after", "Mon, 02 Mar 2026 13:59:30 GMT", 0},
              {"retry-after", "Mon, 32 Mar 2026 13:59:30 GMT", 0},
              {"retry-after", "Tue, 31 Feb 2026 13:59:30 GMT", 0},
              {"retry-after", "Mon, 02 Mar 2026 14:00:30 BRT", 0},
              {"retry-after-ms", "1500", 2},
              {"x-ms-retry-after-ms", "100", 1},
              {"x-ratelimit-reset", "1772460045", 45},
              {"x-ratelimit-reset", "7", 7},
              {"ratelimit-reset", "9", 9},
              {"x-other", "9", 0}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    http_answer a = status_with(429, ROWS[i].name, ROWS[i].value);
    int64_t s = http_retry_after_s(&a, START / S);
    if (s != ROWS[i].s) fail_msg("%s: %s is %lld", ROWS[i].name, ROWS[i].value, (long long)s);
  }
}

static unsigned to_end(world *w, bool answered) {
  (void)answered;
  return w->monotonic_ns(w) - net.log[0].at_ns >= 2 * S ? WORLD_ASKED_TO_END : 0;
}
static http_answer later_60(const sent *s, size_t nth) {
  (void)s, (void)nth;
  return status_with(429, "retry-after", "60");
}
static void who_is_asked_to_end_does_not_wait(void **state) {
  (void)state;
  api *a = open_with((api_options){.limits = {10, 1}});
  net.w->asked = to_end;
  net.answer = later_60;
  api_call v[2] = {{.method = "GET", .path = SLICE("/a"), .safe = true}, {.method = "POST", .path = SLICE("/b")}};
  http_answer out[2];
  api_ask_all(a, v, 2, out, net.perm);
  assert_int_equal(net.count, 1);
  assert_true(passed_s() <= 3);
  assert_int_equal(out[0].status, 429);
  assert_int_equal(out[1].phase, HTTP_CONNECTING);
  assert_int_equal(api_outcome(a, out + 1, net.perm).outcome, SEND_RETRY);
  api_close(a);
}

/* ---- logins ---- */

static struct logins {
  int count;
  bool refused;
  int64_t lasts_s;
} logins;

static bool log_in(api *a, void *self, api_proof *proof, arena *perm, slice *why) {
  (void)self;
  api_call c = {.method = "POST", .path = SLICE("/Login"), .safe = true};
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
static http_answer sessions(const sent *s, size_t nth) {
  (void)nth;
  if (slice_eq(s->url, SLICE("https://app.omie.example/api/v1/Login"))) return status(200);
  slice wanted = arena_printf(net.perm, "X-Route: n1\nCookie: B1SESSION=canary-%d\n", logins.count);
  return logins.count > dead_until && slice_eq(s->headers, wanted) ? status(200) : with_body(401, "{\"code\":301}");
}

static void one_login_for_all(void **state) {
  (void)state;
  logins = (struct logins){0};
  dead_until = 0;
  net.answer = sessions;
  api *a = open_with((api_options){.login = log_in});
  assert_int_equal(net.count, 0);
  for (int i = 0; i < 3; i++) assert_int_equal(ask(a, false).status, 200);
  assert_int_equal(logins.count, 1);
  assert_int_equal(net.count, 4);
  /* The session dies: eight calls at once lead to one login, and each is asked once more. */
  dead_until = 1;
  api_call v[8];
  http_answer out[8];
  for (int i = 0; i < 8; i++) v[i] = (api_call){.method = "PATCH", .path = SLICE("/x/"), .safe = i % 2};
  api_ask_all(a, v, 8, out, net.perm);
  for (int i = 0; i < 8; i++) assert_int_equal(out[i].status, 200);
  assert_int_equal(logins.count, 2);
  assert_int_equal(net.count, 4 + 8 + 1 + 8);
  /* A new session that is not let in either: that is the answer. */
  dead_until = 100;
  assert_int_equal(ask(a, true).status, 401);
  assert_int_equal(logins.count, 3);
  api_close(a);
}

static void a_login_that_fails(void **state) {
  (void)state;
  logins = (struct logins){.refused = true};
  net.answer = sessions;
  api *a = open_with((api_options){.login = log_in});
  http_answer answer = ask(a, false);
  assert_int_equal(net.count, 1);
  send_result r = api_outcome(a, &answer, net.perm);
  assert_int_equal(r.outcome, SEND_DOWN);
  SAME(r.detail, "SAP refuses user or password");
  logins.refused = false;
  dead_until = 0;
  assert_int_equal(ask(a, false).status, 200);
  api_close(a);
}

static void a_login_lasts_its_time(void **state) {
  (void)state;
  logins = (struct logins){.lasts_s = 1740};
  dead_until = 0;
  net.answer = sessions;
  api *a = open_with((api_options){.login = log_in});
  ask(a, true);
  net.w->sleep_ns(net.w, 1700 * S);
  ask(a, true);
  assert_int_equal(logins.count, 1);
  net.w->sleep_ns(net.w, 100 * S);
  ask(a, true);
  assert_int_equal(logins.count, 2);
  api_close(a);
}

/* ---- the connect line and the request ---- */

static const connection *line_of(const char *url, setting *settings, uint32_t n) {
  connection *c = ARENA_NEW(net.perm, connection);
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
  world_fake_set_env(net.w, "OMIE_URL", "http://127.0.0.1:4101/v1/");
  http_piece proof[] = {{.text = SLICE("Bearer ")}, {.hidden = secret_of(net.perm, SLICE("canary"))}};
  http_header headers[] = {{SLICE("If-Match"), SLICE("*")}};
  http_piece body[] = {{.text = SLICE("{}")}};
  api *a = open_with((api_options){.connect = line_of("", v, 4),
                                   .limits = {240, 4},
                                   .proof = {.name = "Authorization", .pieces = proof, .count = 2}});
  api_call c = {.method = "PATCH",
                .path = SLICE("/x/?y=z"),
                .headers = headers,
                .header_count = 1,
                .type = "application/json",
                .body = body,
                .body_count = 1};
  api_ask(a, &c, net.perm);
  SAME(net.log[0].method, "PATCH");
  SAME(net.log[0].url, "http://127.0.0.1:4101/v1/x/?y=z");
  SAME(net.log[0].headers, "If-Match: *\nContent-Type: application/json\nPrefer: code=429, example=a\nX-Two: b;c\n"
                           "X-Three: d\nAuthorization: Bearer canary\n");
  SAME(net.log[0].body, "{}");
  assert_string_equal(net.o.ca_file, "/etc/house.pem");
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
    assert_null(api_open(net.w, net.perm, &o, &why));
    if (!slice_eq(why, slice_of(ROWS[i].why))) fail_msg("%s: %.*s", ROWS[i].why, SLICE_ARG(why));
  }
  net.w->net = NULL;
  slice why;
  assert_null(api_open(net.w, net.perm, &(api_options){.service = "Omie", .base = "https://a.example"}, &why));
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
  api *a = open_with((api_options){0});
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    net.count = 0;
    api_call c = {.method = "GET", .path = slice_of(ROWS[i].path), .safe = true};
    http_answer answer = api_ask(a, &c, net.perm);
    if ((net.count == 1) != ROWS[i].goes) fail_msg("%s", ROWS[i].path);
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
  api *a = open_with((api_options){0});
  for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++) {
    http_answer x =
        status_with(STATUSES[i].status, STATUSES[i].retry_after ? "retry-after" : NULL, STATUSES[i].retry_after);
    send_result r = api_outcome(a, &x, net.perm);
    if (r.outcome != STATUSES[i].is) fail_msg("%d is %s", STATUSES[i].status, send_outcome_name(r.outcome));
    assert_int_equal(r.retry_s, r.outcome == SEND_RETRY && STATUSES[i].retry_after ? 30 : 0);
    SAME(r.detail, arena_printf(net.perm, "Omie answered %d", STATUSES[i].status).p);
  }
  /* What may have been done is unknown; what surely was not is not. */
  for (http_end e = HTTP_NO_HOST; e <= HTTP_BROKEN; e++) {
    for (http_phase p = HTTP_CONNECTING; p <= HTTP_ANSWERED; p++) {
      http_answer x = broken(e, p);
      send_result r = api_outcome(a, &x, net.perm);
      bool later = e == HTTP_NO_HOST || e == HTTP_REFUSED || e == HTTP_TIMEOUT || e == HTTP_LOST || e == HTTP_TOO_LONG;
      assert_int_equal(r.outcome, p != HTTP_CONNECTING ? SEND_UNKNOWN : later ? SEND_RETRY : SEND_DOWN);
      assert_true(r.detail.n > 0 && memmem(r.detail.p, r.detail.n, "Omie", 4));
    }
  }
  http_answer x = broken(HTTP_TIMEOUT, HTTP_SENDING);
  SAME(api_words(a, &x, net.perm), "Omie did not answer in time; the request had left");
  x = broken(HTTP_REFUSED, HTTP_CONNECTING);
  SAME(api_words(a, &x, net.perm), "Omie cannot be reached: the connection was refused");
  api_close(a);
}

/* A secret in the address, the proof, the password and the body is in no word, whatever comes of the call. */
static http_answer echoes(const sent *s, size_t nth) {
  http_answer a = nth % 2 ? status(400) : status_with(500, "location", "https://canary.example");
  a.body = arena_printf(net.perm, "{\"error\":\"canary %.*s %.*s\"}", SLICE_ARG(s->url), SLICE_ARG(s->headers));
  return a;
}
static void no_word_holds_a_secret(void **state) {
  (void)state;
  secret canary = secret_of(net.perm, SLICE("https://canary.example/hook"));
  http_piece pieces[] = {{.hidden = canary}};
  api *a = open_with(
      (api_options){.base_hidden = canary,
                    .proof = {.name = "X-Key", .pieces = pieces, .count = 1, .user = "u", .password = canary}});
  net.answer = echoes;
  for (int i = 0; i < 2; i++) {
    api_call c = {.method = "POST", .path = SLICE(""), .body = pieces, .body_count = 1};
    http_answer x = api_ask(a, &c, net.perm);
    SAME(net.log[i].url, "https://canary.example/hook");
    slice words = api_words(a, &x, net.perm), detail = api_outcome(a, &x, net.perm).detail;
    assert_null(memmem(words.p, words.n, "canary", 6));
    assert_null(memmem(detail.p, detail.n, "canary", 6));
  }
  assert_int_equal(world_fake_output(net.w, WORLD_STDERR).n, 0);
  api_close(a);
}

/* ---- OAuth ---- */

static const char *token_answer;
static int token_status;
static http_answer tokens(const sent *s, size_t nth) {
  (void)nth;
  if (slice_starts(s->url, SLICE("https://login.example/"))) return with_body(token_status, token_answer);
  return slice_eq(s->headers, SLICE("Authorization: Bearer canary.t0\n")) ? status(200) : status(401);
}

static void a_token_by_client_credentials(void **state) {
  (void)state;
  oauth_options o = {.service = "Microsoft's login",
                     .base = "https://login.example",
                     .path = SLICE("/t1/oauth2/v2.0/token"),
                     .client_id = SLICE("id"),
                     .client_secret = secret_of(net.perm, SLICE("canary&secret")),
                     .scope = SLICE("https://graph.microsoft.com/.default")};
  slice why = {0};
  oauth *login = oauth_open(net.w, net.perm, &o, &why);
  assert_non_null(login);
  net.answer = tokens;
  token_status = 200;
  token_answer = "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"canary.t0\"}";
  api *a = open_with((api_options){.login = oauth_login, .self = login});
  for (int i = 0; i < 3; i++) assert_int_equal(ask(a, false).status, 200);
  assert_int_equal(net.count, 4);
  SAME(net.log[0].url, "https://login.example/t1/oauth2/v2.0/token");
  SAME(net.log[0].body, "grant_type=client_credentials&scope=https://graph.microsoft.com/.default&client_id=id&"
                        "client_secret=canary&secret"); /* percent-encoded where it is written out: test_http */
  net.w->sleep_ns(net.w, 3200 * S);                     /* it would last 3599 */
  ask(a, false);
  ask(a, false);
  assert_int_equal(net.count, 4 + 2);
  net.w->sleep_ns(net.w, 100 * S);
  ask(a, false);
  assert_int_equal(net.count, 6 + 2);
  net.w->sleep_ns(net.w, 7200 * S);
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
    http_answer answer = ask(a, false);
    send_result r = api_outcome(a, &answer, net.perm);
    assert_int_equal(r.outcome, SEND_DOWN);
    if (!slice_eq(r.detail, slice_of(ROWS[i].why))) fail_msg("%.*s", SLICE_ARG(r.detail));
  }
  api_close(a);
  oauth_close(login);
}

int main(void) {
#define WITH(f) cmocka_unit_test_setup_teardown(f, begin, end)
  const struct CMUnitTest tests[] = {WITH(never_more_in_a_minute),
                                     WITH(without_a_limit_all_at_once),
                                     WITH(safe_calls_are_repeated),
                                     WITH(other_calls_are_not),
                                     WITH(which_answers_are_repeated),
                                     WITH(a_fault_in_the_body),
                                     WITH(the_service_says_when),
                                     WITH(longer_than_there_is_patience),
                                     WITH(retry_after_in_every_form),
                                     WITH(who_is_asked_to_end_does_not_wait),
                                     WITH(one_login_for_all),
                                     WITH(a_login_that_fails),
                                     WITH(a_login_lasts_its_time),
                                     WITH(the_connect_line),
                                     WITH(what_is_wrong_in_it),
                                     WITH(next_links),
                                     WITH(outcomes),
                                     WITH(no_word_holds_a_secret),
                                     WITH(a_token_by_client_credentials)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
