/* The outbox over a real store, with a mail server that does what the test says: nothing goes out twice, nothing passes
 * the gate that should not, and what is not known stays visible. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "tests/support/outbox_fixture.h"

static void twice_a_day_sends_once(void **state) {
  (void)state;
  house h = begin();
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 1");
  assert_string_equal(server.to[0], "c1@x.example");
  assert_string_equal(server.text[0], "A-1 R$100.00\n");
  assert_string_equal(state_of(&h, 0), "accepted");
  assert_string_equal(whole_run(&h, POLICY, DAY), "");
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "");
  assert_int_equal(server.sent, 1);
  assert_chain(&h);
  end(&h);
}

/* The same decision stored again (positions lost) is recognised by its key. */
static void a_decision_is_stored_once(void **state) {
  (void)state;
  house h = begin();
  run r;
  run_commit(&h, &r, POLICY, DAY);
  must(h.s, store_begin(h.s));
  must(h.s, outbox_commit(&r.o, &r.plan, 1));
  must(h.s, store_commit(h.s));
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "SENT 1, KNOWN 1");
  assert_int_equal(server.sent, 1);
  run_end(&r);
  end(&h);
}

static void gate(const char *expect_tally, const char *expect_state, void (*change)(house *h), const char *policy) {
  house h = begin();
  run r;
  run_commit(&h, &r, policy, DAY);
  assert_string_equal(state_of(&h, 0), "ready");
  pass_seconds(&h, 1);
  change(&h);
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), expect_tally);
  assert_string_equal(state_of(&h, 0), expect_state);
  assert_int_equal(server.sent, 0);
  run_end(&r);
  assert_chain(&h);
  end(&h);
}

static void paid(house *h) { put_invoice(h, "A-1", "C1", 0, DAY - 1, "paid"); }
static void cancelled(house *h) { put_invoice(h, "A-1", "C1", 10000, DAY - 1, "cancelled"); }
static void zero(house *h) { put_invoice(h, "A-1", "C1", 0, DAY - 1, "open"); }
static void part_paid(house *h) { put_invoice(h, "A-1", "C1", 6000, DAY - 1, "open"); }
static void moved(house *h) { put_invoice(h, "A-1", "C1", 10000, DAY + 30, "open"); }
static void opted_out(house *h) { put_customer(h, "C1", "c1@x.example", "sms;email"); }
static void no_address(house *h) { put_customer(h, "C1", NULL, NULL); }
static void dispute(house *h) { put_event(h, "dispute", "A-1", DAY, 0); }

static void each_clause_of_the_gate_blocks_alone(void **state) {
  (void)state;
  gate("SUPPRESSED 1", "suppressed: the invoice is settled", paid, POLICY);
  gate("SUPPRESSED 1", "suppressed: the invoice is settled", cancelled, POLICY);
  gate("SUPPRESSED 1", "suppressed: the invoice is settled", zero, POLICY);
  gate("SUPPRESSED 1", "suppressed: the invoice's amount changed after the message was written", part_paid, POLICY);
  gate("SUPPRESSED 1", "suppressed: the invoice's due date changed after the message was written", moved, POLICY);
  gate("SUPPRESSED 1", "suppressed: the customer has opted out", opted_out, POLICY);
  gate("SUPPRESSED 1", "suppressed: no contact", no_address, POLICY);
  gate("WAITING 1", "ready: something new is known about the invoice", dispute, POLICY);
  gate("WAITING 1", "ready: something new is known about the invoice", dispute,
       "policy \"P\"\n  currency BRL\nhold while disputed\n" SMTP LADDER);
}

/* The customer's row is news to the decision; the next run knows it. */
static void a_corrected_address_is_used(void **state) {
  (void)state;
  house h = begin();
  run r;
  run_commit(&h, &r, POLICY, DAY);
  pass_seconds(&h, 1);
  put_customer(&h, "C1", "new@x.example", NULL);
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "WAITING 1");
  run_end(&r);
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 1");
  assert_string_equal(server.to[0], "new@x.example");
  end(&h);
}

/* What became known after the message was written holds it; the next run decides with it. */
static void a_hold_stops_what_waited(void **state) {
  (void)state;
  static const char HOLDING[] = "policy \"P\"\n  currency BRL\nhold while disputed\n" SMTP LADDER;
  house h = begin();
  answers(1, BUSY);
  assert_string_equal(whole_run(&h, HOLDING, DAY), "DEFERRED 1");
  dispute(&h);
  pass_seconds(&h, 60);
  assert_string_equal(whole_run(&h, HOLDING, DAY), "SUPPRESSED 1");
  assert_string_equal(state_of(&h, 0), "suppressed: the policy holds the invoice now");
  assert_int_equal(server.sent, 1);
  end(&h);
}

static void a_busy_server_is_asked_again_with_the_same_id(void **state) {
  (void)state;
  house h = begin();
  answers(1, BUSY);
  assert_string_equal(whole_run(&h, POLICY, DAY), "DEFERRED 1");
  assert_string_equal(state_of(&h, 0), "deferred: the mail server refused the recipient: 451 4.2.2");
  pass_seconds(&h, 60);
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 1");
  assert_int_equal(server.sent, 2);
  assert_string_equal(server.id[0], server.id[1]);
  end(&h);
}

static void a_refusal_for_good_is_final(void **state) {
  (void)state;
  house h = begin();
  answers(1, GONE);
  assert_string_equal(whole_run(&h, POLICY, DAY), "REJECTED 1");
  assert_string_equal(state_of(&h, 0), "rejected: the mail server refused the recipient: 550 5.1.1");
  assert_string_equal(whole_run(&h, POLICY, DAY), "");
  assert_int_equal(server.sent, 1);
  end(&h);
}

static void an_unknown_outcome_is_never_sent_again(void **state) {
  (void)state;
  house h = begin();
  answers(1, TIMEOUT);
  assert_string_equal(whole_run(&h, POLICY, DAY), "UNKNOWN 1");
  for (int i = 0; i < 3; i++) whole_run(&h, POLICY, DAY + i);
  assert_int_equal(server.sent, 1);
  assert_string_equal(state_of(&h, 0), "unknown: the mail server did not answer in time after the message left");
  end(&h);
}

static void a_failing_channel_rests(void **state) {
  (void)state;
  house h = begin();
  several(&h);
  answers(8, TIMEOUT);
  assert_string_equal(whole_run(&h, POLICY, DAY), "UNKNOWN 3, WAITING 3");
  assert_int_equal(server.sent, 3);
  end(&h);
  h = begin();
  several(&h);
  answers(1, REFUSED);
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 5, DEFERRED 1");
  pass_seconds(&h, 60);
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 1");
  end(&h);
  h = begin();
  several(&h);
  answers(5, REFUSED);
  assert_string_equal(whole_run(&h, POLICY, DAY), "WAITING 1, DEFERRED 5");
  assert_int_equal(server.sent, 5);
  pass_seconds(&h, 299);
  assert_string_equal(whole_run(&h, POLICY, DAY), "WAITING 6");
  pass_seconds(&h, 1);
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 6");
  end(&h);
}

/* The program dies between the durable `sending` and the answer. */
static void a_crash_while_sending_is_unknown(void **state) {
  (void)state;
  house h = begin();
  run r;
  run_commit(&h, &r, POLICY, DAY);
  bool done;
  int64_t attempt;
  must(h.s, store_begin(h.s));
  must(h.s, store_action_move(h.s, 1, ACTION_ready, ACTION_leased, (slice){0}, &done));
  assert_true(done);
  must(h.s, store_action_move(h.s, 1, ACTION_leased, ACTION_sending, (slice){0}, &done));
  assert_true(done);
  const store_try begun = {.action = 1, .provider = SLICE("email"), .key = SLICE("key")};
  must(h.s, store_try_begin(h.s, &begun, &attempt));
  must(h.s, store_commit(h.s));
  run_end(&r);
  /* Within a minute another dun may be at it. */
  assert_string_equal(whole_run(&h, POLICY, DAY), "WAITING 1");
  assert_string_equal(state_of(&h, 0), "sending");
  world_fake_set_now(h.w, NOON_NS + (int64_t)(OUTBOX_SENDING_SECONDS_MAX + 1) * 1000000000);
  assert_string_equal(whole_run(&h, POLICY, DAY), "UNKNOWN 1");
  assert_string_equal(state_of(&h, 0), "unknown: dun ended while it was being sent; find out whether it arrived");
  assert_string_equal(whole_run(&h, POLICY, DAY), "");
  assert_int_equal(server.sent, 0);
  assert_chain(&h);
  end(&h);
}

static void a_crash_before_the_gate_sends_later(void **state) {
  (void)state;
  house h = begin();
  run r;
  run_commit(&h, &r, POLICY, DAY);
  run_end(&r);
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 1");
  end(&h);
}

static void a_later_step_takes_the_place_of_what_waited(void **state) {
  (void)state;
  static const char TWO[] = "policy \"P\"\n  currency BRL\n" SMTP LADDER "  at 3d send email \"second {number}\"\n";
  house h = begin();
  answers(1, BUSY);
  assert_string_equal(whole_run(&h, TWO, DAY), "DEFERRED 1");
  assert_string_equal(whole_run(&h, TWO, DAY + 2), "SENT 1, SUPPRESSED 1");
  assert_string_equal(server.text[1], "second A-1\n");
  assert_string_equal(state_of(&h, 0), "suppressed: a later step took its place");
  end(&h);
}

static void what_is_too_late_expires(void **state) {
  (void)state;
  static const char REMINDER[] =
      "policy \"P\"\n  currency BRL\n" SMTP "ladder l for invoices\n  at 3d before due send email \"soon {number}\"\n";
  for (int32_t later = 0; later <= 4; later++) {
    house h = begin();
    put_invoice(&h, "A-1", "C1", 10000, DAY + 3, "open");
    answers(1, BUSY);
    assert_string_equal(whole_run(&h, REMINDER, DAY), "DEFERRED 1");
    pass_seconds(&h, 60);
    assert_string_equal(whole_run(&h, REMINDER, DAY + later), later <= 3 ? "SENT 1" : "EXPIRED 1");
    end(&h);
  }
  static const char EXPIRE[] = "policy \"P\"\n  currency BRL\n  expire 1d after planned time\n" SMTP LADDER;
  for (int32_t later = 0; later <= 2; later++) {
    house h = begin();
    answers(1, BUSY);
    assert_string_equal(whole_run(&h, EXPIRE, DAY), "DEFERRED 1");
    pass_seconds(&h, 60);
    assert_string_equal(whole_run(&h, EXPIRE, DAY + later), later <= 1 ? "SENT 1" : "EXPIRED 1");
    end(&h);
  }
}

static void hours_hold_real_messages_only(void **state) {
  (void)state;
#define HOURS "policy \"P\"\n  currency BRL\n  send between 13:00 and 14:00\n"
  house h = begin();
  assert_string_equal(whole_run(&h, HOURS SMTP LADDER, DAY), "WAITING 1");
  world_fake_set_now(h.w, NOON_NS + (int64_t)3600 * 1000000000);
  assert_string_equal(whole_run(&h, HOURS SMTP LADDER, DAY), "SENT 1");
  end(&h);
  h = begin();
  assert_string_equal(whole_run(&h, HOURS LADDER, DAY), "FILED 1");
  end(&h);
}

/* Five business days were over on a Monday that is a holiday now: the step was done, though its day is another. */
static void a_step_that_the_calendar_moves_is_done_once(void **state) {
  (void)state;
#define BUSINESS "policy \"P\"\n  currency BRL\n  calendar brazil\n"
#define FIFTH SMTP "ladder l for invoices\n  at 5bd send email \"{number}\"\n"
  house h = begin();
  put_invoice(&h, "A-1", "C1", 10000, DAY - 7, "open");
  assert_string_equal(whole_run(&h, BUSINESS FIFTH, DAY), "SENT 1");
  assert_string_equal(whole_run(&h, BUSINESS "  holiday 2026-03-02 \"new\"\n" FIFTH, DAY + 1), "");
  end(&h);
}

/* A ladder and a rule speak of the same invoice: they never share a message. */
static void two_about_one_invoice_are_two(void **state) {
  (void)state;
  house h = begin();
  assert_string_equal(whole_run(&h,
                                "policy \"P\"\n  currency BRL\n" SMTP
                                "ladder l for invoices\n  at 1d send email \"l\"\n"
                                "rule w: when overdue >= 1d\n  send email \"w\"\n",
                                DAY),
                      "SENT 2");
  end(&h);
}

static void joined_invoices_share_one_message(void **state) {
  (void)state;
  static const char JOINED[] =
      "policy \"P\"\n  currency BRL\n" SMTP "ladder l for invoices\n  at 1d send email template \"t\"\n";
  house h = begin();
  world_fake_put_file(h.w, "templates/t.email.txt", SLICE("Subject: x\n\n{each invoice}{number};{end}{total}"));
  put_invoice(&h, "A-2", "C1", 2500, DAY - 1, "open");
  assert_string_equal(whole_run(&h, JOINED, DAY), "SENT 1");
  assert_string_equal(server.text[0], "A-1;A-2;R$125.00\n");
  assert_string_equal(state_of(&h, 0), "accepted");
  assert_string_equal(state_of(&h, 1), "accepted");
  assert_string_equal(whole_run(&h, JOINED, DAY), "");
  end(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(twice_a_day_sends_once),
      cmocka_unit_test(a_decision_is_stored_once),
      cmocka_unit_test(each_clause_of_the_gate_blocks_alone),
      cmocka_unit_test(a_corrected_address_is_used),
      cmocka_unit_test(a_hold_stops_what_waited),
      cmocka_unit_test(a_busy_server_is_asked_again_with_the_same_id),
      cmocka_unit_test(a_refusal_for_good_is_final),
      cmocka_unit_test(an_unknown_outcome_is_never_sent_again),
      cmocka_unit_test(a_failing_channel_rests),
      cmocka_unit_test(a_crash_while_sending_is_unknown),
      cmocka_unit_test(a_crash_before_the_gate_sends_later),
      cmocka_unit_test(a_later_step_takes_the_place_of_what_waited),
      cmocka_unit_test(what_is_too_late_expires),
      cmocka_unit_test(hours_hold_real_messages_only),
      cmocka_unit_test(joined_invoices_share_one_message),
      cmocka_unit_test(two_about_one_invoice_are_two),
      cmocka_unit_test(a_step_that_the_calendar_moves_is_done_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
