/* Messages that go out together: how many, of whom, and what of the channel's rules holds for them as for one after
 * the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "tests/support/outbox_fixture.h"

#define MAIL_EIGHT "connect email smtp \"smtps://mail.example:465\" from \"finance@acme.example\" with at_once \"8\"\n"
#define HEAD "policy \"P\"\n  currency BRL\n  one message per invoice\n"

/* How many went at once, with a connect line. */
static size_t together(const char *policy, int invoices_of_one, const char *want) {
  house h = begin();
  several(&h);
  for (int i = 0; i < invoices_of_one; i++) {
    char number[16];
    snprintf(number, sizeof number, "B-%d", i);
    put_invoice(&h, number, "C1", 10000, DAY - 1, "open");
  }
  assert_string_equal(whole_run(&h, policy, DAY), want);
  assert_chain(&h);
  end(&h);
  return server.together;
}

static void as_many_as_the_line_says(void **state) {
  (void)state;
  assert_int_equal(together(HEAD SMTP LADDER, 0, "SENT 6"), 3);
  assert_int_equal(together(HEAD MAIL_EIGHT LADDER, 0, "SENT 6"), 6);
  assert_int_equal(
      together(HEAD "connect email smtp \"smtps://m.example:465\" from \"f@acme.example\" with at_once \"1\"\n" LADDER,
               0, "SENT 6"),
      1);
}

/* While an approved plan goes out, no more than may be unknown without stopping it. */
static void of_a_plan_two(void **state) {
  (void)state;
  house h = begin();
  several(&h);
  run r;
  run_commit(&h, &r, HEAD MAIL_EIGHT LADDER, DAY);
  r.o.activation = 1;
  r.o.ramp_next = 100;
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "SENT 6");
  assert_int_equal(server.together, 2);
  run_end(&r);
  end(&h);
}

/* No more than there is credit for: two at once, then one a second. */
static void no_more_than_the_rate(void **state) {
  (void)state;
  int64_t began = NOON_NS;
  house h = begin();
  several(&h);
  run r;
  run_commit(&h, &r, HEAD MAIL_EIGHT LADDER, DAY);
  r.o.ch[CH_EMAIL].rate.per_minute = 60;
  r.o.ch[CH_EMAIL].rate.at_once = 2;
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "SENT 6");
  assert_int_equal(server.together, 2);
  assert_in_range((h.w->now_ns(h.w) - began) / 1000000000, 3, 5);
  run_end(&r);
  end(&h);
}

/* Of one customer one goes after the other, so that what became of the first counts for the second. */
static void one_customer_has_one_on_its_way(void **state) {
  (void)state;
  assert_int_equal(together(HEAD MAIL_EIGHT LADDER, 10, "SENT 16"), 6);
  assert_int_equal(together(HEAD "  limit each customer to 2 messages per day\n" MAIL_EIGHT LADDER, 0, "SENT 6"), 6);
}

static void what_was_refused_leaves_room_for_the_next(void **state) {
  (void)state;
  house h = begin();
  put_invoice(&h, "A-2", "C1", 10000, DAY - 1, "open");
  run r;
  run_commit(&h, &r, HEAD MAIL_EIGHT LADDER, DAY);
  answers(1, GONE);
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "SENT 1, REJECTED 1");
  assert_int_equal(server.together, 1);
  run_end(&r);
  end(&h);
}

/* After a failure one goes alone, until one has come through: a server that is gone is not asked by eight. */
static void after_a_failure_one_goes_alone(void **state) {
  (void)state;
  house h = begin();
  several(&h);
  answers(4, TIMEOUT);
  assert_string_equal(whole_run(&h, HEAD SMTP LADDER, DAY), "UNKNOWN 3, WAITING 3");
  assert_int_equal(server.sent, 3);
  end(&h);
  h = begin();
  several(&h);
  answers(1, TIMEOUT);
  run r;
  run_commit(&h, &r, HEAD MAIL_EIGHT LADDER, DAY);
  must(h.s, store_begin(h.s));
  store_channel c = {.failed_in_row = 1};
  must(h.s, store_channel_put(h.s, SLICE("email"), &c));
  must(h.s, store_commit(h.s));
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "SENT 5, UNKNOWN 1");
  assert_int_equal(server.together, 4); /* 1, 1, then the others */
  run_end(&r);
  end(&h);
}

/* ---- a channel of the test's own ---- */

static struct {
  int calls, alone;
  send_result answer[16];
  int64_t at_s[16];
  char to[16][32];
  world *w;
} channel_log;

static send_result send_one(sender *s, const channel_message *m, arena *perm) {
  (void)s;
  (void)perm;
  assert_true(channel_log.calls < 16);
  int i = channel_log.calls++;
  channel_log.at_s[i] = channel_log.w->now_ns(channel_log.w) / 1000000000;
  snprintf(channel_log.to[i], sizeof channel_log.to[0], "%.*s", SLICE_ARG(m->to));
  return channel_log.answer[i];
}

/* The run at hand sends by it. */
static channel_driver *own_channel(house *h, run *r) {
  static channel_driver own;
  memset(&channel_log, 0, sizeof channel_log);
  channel_log.w = h->w;
  own = *r->o.ch[CH_EMAIL].driver;
  own.send = send_one;
  own.send_all = NULL;
  r->o.ch[CH_EMAIL].driver = &own;
  return &own;
}

/* Two customers with one address: the second message waits 6 seconds, the others do not. */
static void a_receiver_gets_one_in_six_seconds(void **state) {
  (void)state;
  house h = begin();
  put_customer(&h, "C2", "c1@x.example", NULL);
  put_invoice(&h, "A-2", "C2", 10000, DAY - 1, "open");
  put_customer(&h, "C3", "c3@x.example", NULL);
  put_invoice(&h, "A-3", "C3", 10000, DAY - 1, "open");
  run r;
  run_commit(&h, &r, HEAD MAIL_EIGHT LADDER, DAY);
  own_channel(&h, &r)->apart_s = 6;
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "SENT 3");
  assert_int_equal(channel_log.calls, 3);
  assert_string_equal(channel_log.to[0], "c1@x.example");
  assert_string_equal(channel_log.to[1], "c3@x.example");
  assert_string_equal(channel_log.to[2], "c1@x.example");
  assert_int_equal(channel_log.at_s[1], channel_log.at_s[0]);
  assert_in_range(channel_log.at_s[2] - channel_log.at_s[0], 6, 7);
  run_end(&r);
  end(&h);
}

/* A service does not sleep over it: it says when it is to look again. */
static void a_service_looks_again(void **state) {
  (void)state;
  house h = begin();
  put_customer(&h, "C2", "c1@x.example", NULL);
  put_invoice(&h, "A-2", "C2", 10000, DAY - 1, "open");
  run r;
  run_commit(&h, &r, HEAD MAIL_EIGHT LADDER, DAY);
  own_channel(&h, &r)->apart_s = 6;
  r.o.again_us = INT64_MAX;
  int64_t now = h.w->now_ns(h.w) / 1000;
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "SENT 1, WAITING 1");
  assert_string_equal(state_of(&h, 1), "ready: the receiver got another message just now");
  assert_in_range(r.o.again_us - now, 5500000, 6500000);
  run_end(&r);
  end(&h);
}

/* What cannot go for its own sake says nothing of the channel; what the service itself answers does. */
static void what_is_about_one_message_closes_no_channel(void **state) {
  static const struct {
    send_outcome outcome;
    const char *want;
    int calls;
  } CASES[] = {
      {SEND_LATER, "DEFERRED 6", 6}, {SEND_REJECTED, "REJECTED 6", 6}, {SEND_RETRY, "WAITING 1, DEFERRED 5", 5}};
  (void)state;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    house h = begin();
    several(&h);
    run r;
    run_commit(&h, &r, HEAD MAIL_EIGHT LADDER, DAY);
    own_channel(&h, &r);
    r.o.ch[CH_EMAIL].rate.together = 1;
    for (int k = 0; k < 16; k++)
      channel_log.answer[k] = (send_result){.outcome = CASES[i].outcome, .detail = SLICE("the answer")};
    run_deliver(&h, &r);
    assert_string_equal(tallies(&r), CASES[i].want);
    assert_int_equal(channel_log.calls, CASES[i].calls);
    run_end(&r);
    end(&h);
  }
}

/* Of receivers that are services of their own one that fails rests alone. */
static void a_receiver_of_its_own_rests_alone(void **state) {
  (void)state;
  house h = begin();
  several(&h);
  run r;
  run_commit(&h, &r, HEAD MAIL_EIGHT LADDER, DAY);
  own_channel(&h, &r)->each_alone = true;
  must(h.s, store_begin(h.s));
  store_channel c = {.rests = 1, .rest_until_us = h.w->now_ns(h.w) / 1000 + 60000000};
  must(h.s, store_channel_put(h.s, SLICE("email c2@x.example"), &c));
  must(h.s, store_commit(h.s));
  channel_log.answer[0] = (send_result){.outcome = SEND_UNKNOWN};
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "SENT 4, UNKNOWN 1, WAITING 1");
  assert_string_equal(state_of(&h, 1), "ready: the channel rests after failures");
  must(h.s, store_channel_get(h.s, SLICE("email c1@x.example"), r.a, &c));
  assert_int_equal(c.unknown_in_row, 1);
  must(h.s, store_channel_get(h.s, SLICE("email c3@x.example"), r.a, &c));
  assert_int_equal(c.unknown_in_row, 0);
  run_end(&r);
  end(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(as_many_as_the_line_says),
      cmocka_unit_test(of_a_plan_two),
      cmocka_unit_test(no_more_than_the_rate),
      cmocka_unit_test(one_customer_has_one_on_its_way),
      cmocka_unit_test(what_was_refused_leaves_room_for_the_next),
      cmocka_unit_test(after_a_failure_one_goes_alone),
      cmocka_unit_test(a_receiver_gets_one_in_six_seconds),
      cmocka_unit_test(a_service_looks_again),
      cmocka_unit_test(what_is_about_one_message_closes_no_channel),
      cmocka_unit_test(a_receiver_of_its_own_rests_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
