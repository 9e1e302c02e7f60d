/* A service over HTTP (stdlib/net/api.h): how often and when calls leave. Limits, repeats, waiting as asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/api_net.h"

/* ---- limits ---- */

static size_t most_in_a_minute(void) {
  size_t most = 0;
  for (size_t i = 0, from = 0; i < api_net.count; i++) {
    while (api_net.log[i].at_ns - api_net.log[from].at_ns >= 60 * S) from++;
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
    api_net_end(NULL);
    api_net_begin(NULL);
    api_net.takes_ns = r == 1 ? S / 50 : 0;
    api *a = api_net_open((api_options){.limits = {ROWS[r].per_minute, ROWS[r].at_once}});
    api_request *v = ARENA_ARRAY(api_net.perm, ROWS[r].calls, api_request);
    http_answer *out = ARENA_ARRAY(api_net.perm, ROWS[r].calls, http_answer);
    for (size_t i = 0; i < ROWS[r].calls; i++) v[i] = (api_request){.method = "GET", .path = SLICE("/x"), .safe = true};
    if (ROWS[r].together) api_ask_all(a, v, ROWS[r].calls, out, api_net.perm);
    for (size_t i = 0; i < ROWS[r].calls && !ROWS[r].together; i++) out[i] = api_ask(a, v + i, api_net.perm);
    for (size_t i = 0; i < ROWS[r].calls; i++) assert_int_equal(out[i].status, 200);
    assert_int_equal(api_net.count, ROWS[r].calls);
    assert_int_equal(api_net.o.at_once, ROWS[r].at_once);
    if (most_in_a_minute() > ROWS[r].per_minute) fail_msg("row %zu: %zu in a minute", r, most_in_a_minute());
    assert_true(api_net.most_at_once <= ROWS[r].at_once);
    /* Nor much fewer than are allowed. */
    double least = 60.0 * (double)(ROWS[r].calls - 1) / ROWS[r].per_minute;
    assert_true((double)api_net_passed_s() <= least * 1.06 + 62);
    api_close(a);
  }
}

static void without_a_limit_all_at_once(void **state) {
  (void)state;
  api *a = api_net_open((api_options){0});
  api_request v[50];
  http_answer out[50];
  for (int i = 0; i < 50; i++) v[i] = (api_request){.method = "GET", .path = SLICE("/x")};
  api_ask_all(a, v, 50, out, api_net.perm);
  assert_int_equal(api_net.rounds, 1);
  assert_int_equal(api_net.o.at_once, 4);
  assert_int_equal(api_net_passed_s(), 0);
  api_close(a);
}

/* ---- repeats ---- */

static http_answer busy_twice(const api_sent *s, size_t nth) {
  (void)s;
  return nth < 2 ? answer_of(503) : answer_of(200);
}
static http_answer always_503(const api_sent *s, size_t nth) {
  (void)s, (void)nth;
  return answer_of(503);
}
static http_answer lost_once(const api_sent *s, size_t nth) {
  (void)s;
  return nth == 0 ? answer_broken(HTTP_LOST, HTTP_SENDING) : answer_of(200);
}

static void safe_calls_are_repeated(void **state) {
  (void)state;
  api *a = api_net_open((api_options){0});
  api_net.answer = busy_twice;
  assert_int_equal(api_net_ask(a, true).status, 200);
  assert_int_equal(api_net.count, 3);
  int64_t first = api_net.log[1].at_ns - api_net.log[0].at_ns, second = api_net.log[2].at_ns - api_net.log[1].at_ns;
  assert_true(first >= S / 4 && first <= S && second >= S / 2 && second <= 2 * S);
  api_net.count = 0;
  api_net.answer = always_503;
  assert_int_equal(api_net_ask(a, true).status, 503);
  assert_int_equal(api_net.count, 6);
  api_net.count = 0;
  api_net.answer = lost_once;
  assert_int_equal(api_net_ask(a, true).status, 200);
  assert_int_equal(api_net.count, 2);
  api_close(a);
}

/* Whatever is answered, a call that is not safe leaves once. */
static http_answer at_hand;
static http_answer as_is(const api_sent *s, size_t nth) {
  (void)s, (void)nth;
  return at_hand;
}
static void other_calls_are_not(void **state) {
  (void)state;
  api *a = api_net_open((api_options){0});
  api_net.answer = as_is;
  for (int code = 100; code < 600; code++) {
    api_net.count = 0;
    at_hand = answer_of(code);
    api_net_ask(a, false);
    assert_int_equal(api_net.count, 1);
  }
  for (http_end e = HTTP_NO_HOST; e <= HTTP_BROKEN; e++) {
    for (http_phase p = HTTP_CONNECTING; p <= HTTP_ANSWERED; p++) {
      api_net.count = 0;
      at_hand = answer_broken(e, p);
      api_net_ask(a, false);
      assert_int_equal(api_net.count, 1);
    }
  }
  api_close(a);
}

static void which_answers_are_repeated(void **state) {
  (void)state;
  api *a = api_net_open((api_options){0});
  api_net.answer = as_is;
  for (int code = 200; code < 600; code++) {
    api_net.count = 0;
    at_hand = answer_of(code);
    api_net_ask(a, true);
    bool again = code == 408 || code == 425 || code == 429 || code == 500 || (code >= 502 && code <= 504);
    assert_int_equal(api_net.count, again ? 6 : 1);
  }
  for (http_end e = HTTP_NO_HOST; e <= HTTP_BROKEN; e++) {
    api_net.count = 0;
    at_hand = answer_broken(e, HTTP_CONNECTING);
    api_net_ask(a, true);
    bool again = e == HTTP_NO_HOST || e == HTTP_REFUSED || e == HTTP_TIMEOUT || e == HTTP_LOST;
    assert_int_equal(api_net.count, again ? 6 : 1);
  }
  api_patience(a, 0);
  api_net.count = 0;
  api_net_ask(a, true);
  assert_int_equal(api_net.count, 1);
  /* Who hurries has none; afterwards it is as it was. */
  api_patience(a, 7);
  api_hurry(a, 0);
  assert_int_equal(api_patience_of(a), 7);
  api_hurry(a, 100);
  api_hurry(a, 200);
  assert_int_equal(api_patience_of(a), 0);
  api_hurry(a, 0);
  assert_int_equal(api_patience_of(a), 7);
  api_close(a);
}

/* The connector knows better than the status: a fault that waits, and one that does not. */
static bool redundant(const http_answer *answer, int64_t *wait_s) {
  *wait_s = 60;
  return answer->body.n && memmem(answer->body.p, answer->body.n, "Client-6", 8) != NULL;
}
static http_answer redundant_once(const api_sent *s, size_t nth) {
  (void)s;
  return nth == 0 ? answer_says(500, "Client-6") : answer_says(500, "Client-5113");
}
static void a_fault_in_the_body(void **state) {
  (void)state;
  api *a = api_net_open((api_options){.again = redundant});
  api_net.answer = redundant_once;
  assert_int_equal(api_net_ask(a, true).status, 500);
  assert_int_equal(api_net.count, 2);
  assert_true(api_net.log[1].at_ns - api_net.log[0].at_ns >= 60 * S);
  api_close(a);
}

/* ---- waiting as asked ---- */

static http_answer later_3(const api_sent *s, size_t nth) {
  (void)s;
  return nth == 0 ? answer_with(429, "retry-after", "3") : answer_of(200);
}
static http_answer later_3600(const api_sent *s, size_t nth) {
  (void)s;
  return nth == 0 ? answer_with(429, "retry-after", "3600") : answer_of(200);
}

static void the_service_says_when(void **state) {
  (void)state;
  api *a = api_net_open((api_options){0});
  api_net.answer = later_3;
  assert_int_equal(api_net_ask(a, true).status, 200);
  assert_int_equal(api_net_passed_s(), 3);
  api_net.count = 0;
  assert_int_equal(api_net_ask(a, false).status, 429);
  api_net_ask(a, false); /* another call waits too, and then leaves */
  assert_int_equal(api_net.count, 2);
  assert_true(api_net.log[1].at_ns - api_net.log[0].at_ns >= 3 * S);
  api_close(a);
}

static void longer_than_there_is_patience(void **state) {
  (void)state;
  api *a = api_net_open((api_options){0});
  api_net.answer = later_3600;
  api_request v[3] = {{.method = "GET", .path = SLICE("/a"), .safe = true},
                      {.method = "POST", .path = SLICE("/b")},
                      {.method = "GET", .path = SLICE("/c"), .safe = true}};
  http_answer first = api_net_ask(a, true), out[3];
  assert_int_equal(first.status, 429);
  api_net.w->sleep_ns(api_net.w, 1000 * S);
  api_ask_all(a, v, 3, out, api_net.perm);
  assert_int_equal(api_net.count, 1); /* nobody asks before the hour is over */
  assert_int_equal(api_net_passed_s(), 1000);
  for (int i = 0; i < 3; i++) {
    send_result r = api_outcome(a, out + i, api_net.perm);
    assert_int_equal(r.outcome, SEND_RETRY);
    assert_int_equal(r.retry_s, 2600);
  }
  api_net.w->sleep_ns(api_net.w, 2600 * S);
  assert_int_equal(api_net_ask(a, false).status, 200);
  assert_int_equal(api_net.count, 2);
  api_close(a);
}

/* A long list of calls is no reason to give up on its last ones: each has the same patience. */
static http_answer busy_now_and_then(const api_sent *s, size_t nth) {
  (void)s;
  return nth % 40 == 39 ? answer_with(429, "retry-after", "7") : answer_of(200);
}
static void each_call_has_its_own_patience(void **state) {
  (void)state;
  enum { N = 600 };
  api *a = api_net_open((api_options){.limits = {60, 4}});
  api_net.answer = busy_now_and_then;
  api_request *v = ARENA_ARRAY(api_net.perm, N, api_request);
  http_answer *out = ARENA_ARRAY(api_net.perm, N, http_answer);
  for (int i = 0; i < N; i++) v[i] = (api_request){.method = "GET", .path = SLICE("/x"), .safe = true};
  api_ask_all(a, v, N, out, api_net.perm);
  for (int i = 0; i < N; i++) assert_int_equal(out[i].status, 200);
  assert_true(api_net_passed_s() > 600);
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
    http_answer a = answer_with(429, ROWS[i].name, ROWS[i].value);
    int64_t s = http_retry_after_s(&a, START / S);
    if (s != ROWS[i].s) fail_msg("%s: %s is %lld", ROWS[i].name, ROWS[i].value, (long long)s);
  }
}

static unsigned to_end(world *w, bool answered) {
  (void)answered;
  return w->monotonic_ns(w) - api_net.log[0].at_ns >= 2 * S ? WORLD_ASKED_TO_END : 0;
}
static http_answer later_60(const api_sent *s, size_t nth) {
  (void)s, (void)nth;
  return answer_with(429, "retry-after", "60");
}
static void who_is_asked_to_end_does_not_wait(void **state) {
  (void)state;
  api *a = api_net_open((api_options){.limits = {10, 1}});
  api_net.w->asked = to_end;
  api_net.answer = later_60;
  api_request v[2] = {{.method = "GET", .path = SLICE("/a"), .safe = true}, {.method = "POST", .path = SLICE("/b")}};
  http_answer out[2];
  api_ask_all(a, v, 2, out, api_net.perm);
  assert_int_equal(api_net.count, 1);
  assert_true(api_net_passed_s() <= 3);
  assert_int_equal(out[0].status, 429);
  assert_int_equal(out[1].phase, HTTP_CONNECTING);
  assert_int_equal(api_outcome(a, out + 1, api_net.perm).outcome, SEND_RETRY);
  api_close(a);
}

int main(void) {
#define WITH(f) cmocka_unit_test_setup_teardown(f, api_net_begin, api_net_end)
  const struct CMUnitTest tests[] = {
      WITH(never_more_in_a_minute),    WITH(without_a_limit_all_at_once),      WITH(safe_calls_are_repeated),
      WITH(other_calls_are_not),       WITH(which_answers_are_repeated),       WITH(a_fault_in_the_body),
      WITH(the_service_says_when),     WITH(longer_than_there_is_patience),    WITH(each_call_has_its_own_patience),
      WITH(retry_after_in_every_form), WITH(who_is_asked_to_end_does_not_wait)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
