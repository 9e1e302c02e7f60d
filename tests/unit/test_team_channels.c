/* Teams, Slack and webhooks out: what every answer comes to, what their lines must say, and what is never called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "lang/compile.h"
#include "runtime/world_fake.h"
#include "stdlib/channel/channel.h"
#include "stdlib/channel/team_hooks.h"
#include "stdlib/net/json.h"
#include "tests/support/http_script.h"

#define NOW 1772460000

typedef struct fixture {
  arena *a;
  world *w;
  compiled c;
  const channel_driver *d;
  sender *s;
  slice why;
} fixture;

static fixture *begin(const channel_driver *d, const char *policy) {
  arena *a = arena_new();
  fixture *f = ARENA_NEW(a, fixture);
  diags all;
  source s = {SLICE("p.dun"), slice_of(policy)};
  *f = (fixture){.a = a, .w = world_fake_new((int64_t)NOW * 1000000000), .d = d};
  diags_init(&all, a);
  if (!compile(a, &s, 1, &all, &f->c)) fail_msg("%s", diags_render(&all, &s, 1, LANG_EN, false, a).p);
  script_begin(f->w);
  world_fake_set_env(f->w, "ADDRESS", "https://chat.example.com/hook/1?sig=abc");
  world_fake_set_env(f->w, "SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  return f;
}

static void open_it(fixture *f) {
  sender_options o = {.p = f->c.program};
  f->s = f->d->open(f->w, f->a, &o, &f->why);
}

static void end(fixture *f) {
  f->d->close(f->s);
  script_end();
  world_fake_free(f->w);
  arena_free(f->a);
}

#define TEAM(kind)                                                                                                     \
  "team desk is " kind " webhook from env \"ADDRESS\"\nladder l for invoices\n  at 1d alert desk \"a\" via " kind "\n"
#define HOOK(more) "connect webhook crm " more "\nladder l for invoices\n  at 1d call webhook crm\n"
#define CRM HOOK("from env \"ADDRESS\" with secret from env \"SECRET\"")

static channel_message message(const char *to) {
  return (channel_message){
      .key = SLICE("6b6579"), .to = slice_of(to), .subject = SLICE("P: 1 notice"), .text = SLICE("- <b> & [l](u)\n")};
}

static send_result answered(const channel_driver *d, const char *policy, const char *to, scripted_answer answer,
                            arena *keep) {
  fixture *f = begin(d, policy);
  channel_message m = message(to);
  open_it(f);
  if (!f->s) fail_msg("%.*s", SLICE_ARG(f->why));
  script_add(answer);
  send_result r = d->send(f->s, &m, f->a);
  r.detail = arena_slice(keep, r.detail);
  end(f);
  return r;
}

/* ---- outcomes ---- */

typedef struct outcome_row {
  const char *word;
  send_outcome outcome;
} outcome_row;
static const outcome_row SLACK_ROWS[] = {
#define SLACK_WORD(word, outcome, en, pt, es) {word, SEND_##outcome},
#include "stdlib/channel/slack.def"
#undef SLACK_WORD
};
static const outcome_row TEAMS_ROWS[] = {
#define TEAMS_WORD(word, outcome, en, pt, es) {word, SEND_##outcome},
#include "stdlib/channel/teams.def"
#undef TEAMS_WORD
};

static void every_word(void **state) {
  (void)state;
  arena *a = arena_new();
  for (size_t i = 0; i < sizeof SLACK_ROWS / sizeof *SLACK_ROWS; i++) {
    scripted_answer answer = {.status = 400, .body = SLACK_ROWS[i].word};
    send_result r = answered(&TEAM_SLACK, TEAM("slack"), "desk", answer, a);
    assert_int_equal(r.outcome, SLACK_ROWS[i].outcome);
    assert_non_null(strstr(arena_copy(a, r.detail), SLACK_ROWS[i].word));
  }
  for (size_t i = 0; i < sizeof TEAMS_ROWS / sizeof *TEAMS_ROWS; i++) {
    const char *body =
        arena_printf(a, "{\"error\":{\"code\":\"%s\",\"message\":\"what is not repeated\"}}", TEAMS_ROWS[i].word).p;
    send_result r = answered(&TEAM_TEAMS, TEAM("teams"), "desk", (scripted_answer){.status = 400, .body = body}, a);
    assert_int_equal(r.outcome, TEAMS_ROWS[i].outcome);
    assert_null(strstr(arena_copy(a, r.detail), "not repeated"));
  }
  arena_free(a);
}

static void other_answers(void **state) {
  (void)state;
  static const struct {
    const char *service;
    int status;
    const char *body;
    send_outcome outcome;
  } ROWS[] = {
      {"slack", 200, "ok", SEND_ACCEPTED},
      {"slack", 200, "<html>", SEND_UNKNOWN},
      {"slack", 404, "no_such_word", SEND_DOWN},
      {"slack", 410, "x", SEND_REJECTED},
      {"slack", 429, "", SEND_RETRY},
      {"slack", 500, "rollup_error", SEND_UNKNOWN},
      {"slack", 302, "", SEND_DOWN},
      {"teams", 202, "", SEND_ACCEPTED},
      {"teams", 200, "", SEND_ACCEPTED},
      {"teams", 400, "{}", SEND_REJECTED},
      {"teams", 401, "no json", SEND_DOWN},
      {"teams", 429, "", SEND_RETRY},
      {"teams", 502, "", SEND_UNKNOWN},
      {"teams", 504, "", SEND_UNKNOWN},
      {"crm", 200, "", SEND_ACCEPTED},
      {"crm", 204, "", SEND_ACCEPTED},
      {"crm", 301, "", SEND_DOWN},
      {"crm", 400, "", SEND_REJECTED},
      {"crm", 401, "", SEND_DOWN},
      {"crm", 403, "", SEND_DOWN},
      {"crm", 404, "", SEND_DOWN},
      {"crm", 410, "", SEND_DOWN},
      {"crm", 429, "", SEND_RETRY},
      {"crm", 500, "", SEND_UNKNOWN},
      {"crm", 502, "", SEND_UNKNOWN},
      {"crm", 503, "", SEND_UNKNOWN},
  };
  arena *a = arena_new();
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    bool crm = ROWS[i].service[0] == 'c', slack = ROWS[i].service[0] == 's';
    const char *policy = crm ? CRM : slack ? TEAM("slack") : TEAM("teams");
    send_result r =
        answered(crm     ? &ORDER_WEBHOOK
                 : slack ? &TEAM_SLACK
                         : &TEAM_TEAMS,
                 policy, crm ? "crm" : "desk", (scripted_answer){.status = ROWS[i].status, .body = ROWS[i].body}, a);
    if (r.outcome != ROWS[i].outcome) fail_msg("%s %d: %d", ROWS[i].service, ROWS[i].status, (int)r.outcome);
  }
  scripted_answer busy = {.status = 429, .header = "retry-after", .value = "30", .body = "rate_limited"};
  assert_int_equal(answered(&TEAM_SLACK, TEAM("slack"), "desk", busy, a).retry_s, 30);
  arena_free(a);
}

/* Who is not in the policy any more is told nothing. */
static void nobody_of_that_name(void **state) {
  (void)state;
  const struct {
    const channel_driver *d;
    const char *policy;
  } ROWS[] = {{&TEAM_SLACK, TEAM("slack")}, {&TEAM_TEAMS, TEAM("teams")}, {&ORDER_WEBHOOK, CRM}};
  for (size_t i = 0; i < 3; i++) {
    fixture *f = begin(ROWS[i].d, ROWS[i].policy);
    channel_message m = message("other");
    open_it(f);
    assert_int_equal(f->d->send(f->s, &m, f->a).outcome, SEND_REJECTED);
    assert_int_equal(script.count, 0);
    end(f);
  }
}

/* ---- lines ---- */

static void lines_that_are_wrong(void **state) {
  (void)state;
  const struct {
    const channel_driver *d;
    const char *policy, *address, *secret, *says;
  } ROWS[] = {
      {&TEAM_SLACK, TEAM("slack"), "", "x", "team desk: the environment variable ADDRESS is not set"},
      {&TEAM_TEAMS, TEAM("teams"), "http://chat.example/1", "x", "only https://"},
      {&TEAM_TEAMS, TEAM("teams"), "chat", "x", "https://HOST/PATH"},
      {&ORDER_WEBHOOK, CRM, "", "x", "connect webhook crm: the environment variable ADDRESS is not set"},
      {&ORDER_WEBHOOK, CRM, "https://x.example/", "", "the environment variable SECRET is not set"},
      {&ORDER_WEBHOOK, CRM, "https://x.example/", "no prefix", "`secret` is written whsec_"},
      {&ORDER_WEBHOOK, CRM, "https://x.example/", "whsec_*", "`secret` is written whsec_"},
      {&ORDER_WEBHOOK, CRM, "http://x.example/", NULL, "only https://"},
      {&ORDER_WEBHOOK, CRM, "http://127.0.0.1:8080/", NULL, "only https://"},
      {&ORDER_WEBHOOK, CRM, "https://127.0.0.1/", NULL, "`network private`"},
      {&ORDER_WEBHOOK, CRM, "https://10.0.0.5/", NULL, "`network private`"},
      {&ORDER_WEBHOOK, CRM, "https://169.254.169.254/latest", NULL, "`network private`"},
      {&ORDER_WEBHOOK, CRM, "https://me:you@x.example/", NULL, "user or a password"},
      {&ORDER_WEBHOOK, HOOK("\"https://x.example\""), NULL, NULL, "secret from env \"WEBHOOK_SECRET\""},
      {&ORDER_WEBHOOK, HOOK("\"https://x.example\" with secret from env \"SECRET\" and network mine"), NULL, NULL,
       "`network private`"},
  };
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    fixture *f = begin(ROWS[i].d, ROWS[i].policy);
    if (ROWS[i].address) world_fake_set_env(f->w, "ADDRESS", ROWS[i].address);
    if (ROWS[i].secret) world_fake_set_env(f->w, "SECRET", ROWS[i].secret);
    open_it(f);
    if (f->s) fail_msg("row %zu opens", i);
    if (!memmem(f->why.p, f->why.n, ROWS[i].says, strlen(ROWS[i].says)))
      fail_msg("row %zu: %.*s", i, SLICE_ARG(f->why));
    end(f);
  }
}

/* It is heard (webhook_in.h), and nothing is sent by it. */
static void a_line_without_an_address(void **state) {
  (void)state;
  fixture *f = begin(&ORDER_WEBHOOK, HOOK("with secret from env \"SECRET\""));
  channel_message m = message("crm");
  open_it(f);
  assert_non_null(f->s);
  send_result r = f->d->send(f->s, &m, f->a);
  assert_int_equal(r.outcome, SEND_REJECTED);
  assert_non_null(memmem(r.detail.p, r.detail.n, "no address", 10));
  end(f);
}

static void a_house_of_its_own(void **state) {
  (void)state;
  static const char *const ADDRESSES[] = {"https://10.0.0.5/hook", "http://127.0.0.1:8080/hook", "https://crm.lan/x"};
  for (size_t i = 0; i < 3; i++) {
    fixture *f =
        begin(&ORDER_WEBHOOK, HOOK("from env \"ADDRESS\" with secret from env \"SECRET\" and network private"));
    channel_message m = message("crm");
    world_fake_set_env(f->w, "ADDRESS", ADDRESSES[i]);
    open_it(f);
    assert_non_null(f->s);
    script_answer(200, "");
    assert_int_equal(f->d->send(f->s, &m, f->a).outcome, SEND_ACCEPTED);
    assert_string_equal(script_last()->url, ADDRESSES[i]);
    end(f);
  }
}

/* A team whose alerts go another way needs no address. */
static void only_who_is_told(void **state) {
  (void)state;
  fixture *f = begin(&TEAM_TEAMS, "team desk is \"d@x.example\" and teams webhook from env \"UNSET\"\n"
                                  "ladder l for invoices\n  at 1d alert desk \"a\"\n");
  open_it(f);
  assert_non_null(f->s);
  end(f);
}

/* ---- what is said ---- */

/* Of many notices as many as fit, and how many more there are. */
static void many_notices(void **state) {
  (void)state;
  const channel_driver *const DRIVERS[] = {&TEAM_TEAMS, &TEAM_SLACK};
  static const char *const POLICIES[] = {TEAM("teams"), TEAM("slack")};
  for (size_t i = 0; i < 2; i++) {
    fixture *f = begin(DRIVERS[i], POLICIES[i]);
    channel_message m = message("desk");
    text t = text_new(f->a);
    for (int k = 0; k < 3000; k++) text_printf(&t, "- notice %d & <more>\n", k);
    m.text = text_slice(&t);
    open_it(f);
    script_answer(200, "ok");
    assert_int_equal(f->d->send(f->s, &m, f->a).outcome, SEND_ACCEPTED);
    const char *body = script_last()->body;
    assert_true(strlen(body) < 28 * 1024);
    assert_non_null(strstr(body, "notice 100 "));
    assert_null(strstr(body, "notice 2999 "));
    assert_non_null(strstr(body, " more: they are in dun outbox"));
    slice why;
    assert_non_null(json_parse(slice_of(body), f->a, &why));
    end(f);
  }
}

static void lines_are_cut_whole(void **state) {
  (void)state;
  size_t left;
  slice said = SLICE("a\nbb\nccc\n");
  assert_int_equal(notice_lines(said, 9, 0, &left).n, 9);
  assert_int_equal(left, 0);
  assert_int_equal(notice_lines(said, 8, 0, &left).n, 5);
  assert_int_equal(left, 1);
  assert_int_equal(notice_lines(said, 9, 1, &left).n, 5);
  assert_int_equal(notice_lines(said, 1, 0, &left).n, 0);
  assert_int_equal(left, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_word),
      cmocka_unit_test(other_answers),
      cmocka_unit_test(nobody_of_that_name),
      cmocka_unit_test(lines_that_are_wrong),
      cmocka_unit_test(a_line_without_an_address),
      cmocka_unit_test(a_house_of_its_own),
      cmocka_unit_test(only_who_is_told),
      cmocka_unit_test(many_notices),
      cmocka_unit_test(lines_are_cut_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
