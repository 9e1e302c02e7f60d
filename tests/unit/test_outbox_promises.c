/* What a clock, a chance and a person do to a message: no call begins on a lease that has run out, what failed together
 * comes back apart, limits count what may have arrived, and each act of a person stands in the audit log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/outbox/human.h"
#include "runtime/world_fake.h"
#include "tests/support/outbox_fixture.h"

/* ---- a clock that goes on with every look at it, for a while ---- */

enum { LOOKS = 60 };
static int64_t step_ns, looks;
static int64_t (*standing)(world *w);

static int64_t going_on(world *w) {
  if (looks++ < LOOKS) world_fake_set_now(w, standing(w) + step_ns);
  return standing(w);
}

static house *at;
static int calls;

/* The call may take 20 seconds: so much of the lease is left. */
static send_result look_at_the_lease(sender *s, const channel_message *m, arena *perm) {
  (void)s;
  (void)m;
  store_claim claim;
  must(at->s, store_claim_of(at->s, 1, perm, &claim));
  int64_t left_s = (claim.until_us - standing(at->w) / 1000) / 1000000;
  if (left_s < OUTBOX_CALL_SECONDS_MAX - step_ns / 1000000000)
    fail_msg("a call begins with %lld s left", (long long)left_s);
  calls++;
  return (send_result){.outcome = SEND_ACCEPTED};
}
static const channel_driver WATCHED = {
    .kind = "watched", .channels = 1u << CH_EMAIL, .real = true, .send = look_at_the_lease};

static void no_call_begins_on_a_lease_that_ran_out(void **state) {
  (void)state;
  int late = 0;
  calls = 0;
  for (int64_t ms = 0; ms < 12000; ms += 250) {
    house h = begin();
    run r;
    run_commit(&h, &r, POLICY, DAY);
    const channel_driver *own = r.o.ch[CH_EMAIL].driver;
    r.o.ch[CH_EMAIL].driver = &WATCHED;
    r.o.decided_us = 0;
    at = &h;
    standing = h.w->now_ns;
    step_ns = ms * 1000000;
    looks = 0;
    h.w->now_ns = going_on;
    must(h.s, outbox_deliver(&r.o, NULL, NULL));
    h.w->now_ns = standing;
    late += r.o.tally[TALLY_DEFERRED] > 0; /* the gate let it through, and then it was too late */
    r.o.ch[CH_EMAIL].driver = own;
    run_end(&r);
    end(&h);
  }
  assert_true(calls > 5 && late > 0);
}

/* ---- chance ---- */

static void what_failed_together_comes_back_apart(void **state) {
  (void)state;
  house h = begin();
  run r;
  int64_t when[8], n = 0, same = 0;
  several(&h);
  answers(4, BUSY);
  run_commit(&h, &r, POLICY, DAY);
  run_deliver(&h, &r);
  const slice columns[] = {SLICE("not_before")};
  const store_where where = {"state", STORE_EQ, 0, SLICE("deferred")};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  must(h.s, store_scan(h.s, &q, &c));
  while (store_next(c) == STORE_ROW && n < 8) when[n++] = store_int(c, 0);
  store_cursor_close(c);
  assert_int_equal(n, 4);
  for (int64_t i = 1; i < n; i++) same += when[i] == when[0];
  assert_int_equal(same, 0);
  run_end(&r);
  end(&h);
}

/* ---- limits ---- */

#define ONE_A_DAY                                                                                                      \
  "policy \"P\"\n  currency BRL\n  one message per invoice\n  limit each customer to 1 message per day\n" SMTP LADDER

/* One waited for a day, another is decided on that day; both are ready then, and one goes. */
static const char *both_ready(mail_report first) {
  house h = begin();
  run r;
  put_invoice(&h, "A-2", "C1", 10000, DAY, "open");
  run_commit(&h, &r, ONE_A_DAY, DAY);
  run_end(&r);
  pass_seconds(&h, 86400);
  answers(1, first);
  run_commit(&h, &r, ONE_A_DAY, DAY + 1);
  assert_string_equal(state_of(&h, 0), "ready");
  assert_string_equal(state_of(&h, 1), "ready");
  run_deliver(&h, &r);
  const char *out = tallies(&r);
  run_end(&r);
  end(&h);
  return out;
}

static void what_may_have_arrived_counts_on_its_day(void **state) {
  (void)state;
  const mail_report accepted = {MAIL_OK, MAIL_ANSWERED, 250, ""};
  assert_string_equal(both_ready(accepted), "SENT 1, WAITING 1");
  assert_string_equal(both_ready(TIMEOUT), "UNKNOWN 1, WAITING 1");
  assert_string_equal(both_ready(GONE), "SENT 1, REJECTED 1"); /* nobody has it */
}

/* ---- people ---- */

static int acts_in_the_log(house *h) {
  const slice columns[] = {SLICE("subject")};
  const store_where where[] = {{"kind", STORE_EQ, 0, SLICE("outbox")}, {"actor", STORE_EQ, 0, SLICE("ana")}};
  store_query q = {.table = STORE_T_event, .columns = columns, .column_count = 1, .where = where, .where_count = 2};
  store_cursor *c;
  int n = 0;
  must(h->s, store_scan(h->s, &q, &c));
  for (; store_next(c) == STORE_ROW; n++) assert_true(slice_eq(store_text(c, 0), SLICE("action 1")));
  store_cursor_close(c);
  return n;
}

static void each_act_of_a_person_is_in_the_log(void **state) {
  (void)state;
  static const struct {
    mail_report answer;
    human_act act;
    bool held; /* by somebody before */
  } CASES[] = {{{MAIL_TIMEOUT, MAIL_BODY, 0, ""}, HUMAN_RETRY, false},
               {{MAIL_REPLY, MAIL_RECIPIENT, 451, "4.2.2"}, HUMAN_CANCEL, false},
               {{MAIL_TIMEOUT, MAIL_BODY, 0, ""}, HUMAN_DELIVERED, false},
               {{MAIL_TIMEOUT, MAIL_BODY, 0, ""}, HUMAN_NOT_SENT, false},
               {{MAIL_REPLY, MAIL_RECIPIENT, 451, "4.2.2"}, HUMAN_HOLD, false},
               {{MAIL_REPLY, MAIL_RECIPIENT, 451, "4.2.2"}, HUMAN_RELEASE, true}};
  bool done[HUMAN_ACT_COUNT] = {false};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    house h = begin();
    human_result r;
    answers(1, CASES[i].answer);
    (void)whole_run(&h, POLICY, DAY);
    assert_int_equal(acts_in_the_log(&h), 0);
    if (CASES[i].held) must(h.s, outbox_human(h.s, HUMAN_HOLD, 1, SLICE("rui"), true, &r));
    must(h.s, outbox_human(h.s, CASES[i].act, 1, SLICE("ana"), true, &r));
    assert_int_equal(r.answer, HUMAN_DONE);
    assert_int_equal(acts_in_the_log(&h), 1);                              /* of hers */
    must(h.s, outbox_human(h.s, CASES[i].act, 2, SLICE("ana"), true, &r)); /* what is not done is no entry */
    assert_int_equal(acts_in_the_log(&h), 1);                              /* of hers */
    assert_chain(&h);
    done[CASES[i].act] = true;
    end(&h);
  }
  for (int act = 0; act < HUMAN_ACT_COUNT; act++) assert_true(done[act]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_call_begins_on_a_lease_that_ran_out),
      cmocka_unit_test(what_failed_together_comes_back_apart),
      cmocka_unit_test(what_may_have_arrived_counts_on_its_day),
      cmocka_unit_test(each_act_of_a_person_is_in_the_log),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
