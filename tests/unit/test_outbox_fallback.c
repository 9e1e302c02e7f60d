/* `or else` after a refusal for good: the next way of the action goes, once, where its rung is still the current one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "tests/support/outbox_fixture.h"

#define HEAD "policy \"P\"\n  currency BRL\n"
#define ELSE "ladder l for invoices\n  at 1d send email \"mail {number}\" or else whatsapp \"chat {number}\"\n"
static const char PLAIN[] = HEAD SMTP ELSE;

/* The customer's WhatsApp and telephone too. */
static void reachable(house *h, const char *id, const char *email_address) {
  const store_written columns[] = {
      {SLICE("id"), false}, {SLICE("email"), false}, {SLICE("whatsapp"), false}, {SLICE("phone"), false}};
  store_writer *w;
  store_put how;
  must(h->s, store_begin(h->s));
  must(h->s, store_writer_open(h->s, STORE_T_customer, SLICE("test"), columns, 4, &w));
  store_put_text(w, 0, slice_of(id));
  store_put_text(w, 1, slice_of(email_address));
  store_put_text(w, 2, SLICE("+5511999990001"));
  store_put_text(w, 3, SLICE("+5511999990002"));
  must(h->s, store_put_row(w, &how));
  store_writer_close(w);
  must(h->s, store_commit(h->s));
}

static house begin_reachable(void) {
  house h = begin();
  reachable(&h, "C1", "c1@x.example");
  return h;
}

/* "email 0 rejected; whatsapp 1 accepted": every action's channel, way and state. */
static const char *actions(house *h) {
  static char out[512];
  const slice columns[] = {SLICE("channel"), SLICE("way"), SLICE("state"), SLICE("entity")};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 4};
  store_cursor *c;
  size_t n = 0;
  must(h->s, store_scan(h->s, &q, &c));
  out[0] = 0;
  while (store_next(c) == STORE_ROW)
    n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s %.*s %lld %.*s", n ? "; " : "", SLICE_ARG(store_text(c, 3)),
                          SLICE_ARG(store_text(c, 0)), (long long)store_int(c, 1), SLICE_ARG(store_text(c, 2)));
  store_cursor_close(c);
  return out;
}

static bool audited(house *h, const char *kind) {
  const slice columns[] = {SLICE("seq")};
  store_where where = {"kind", STORE_EQ, 0, slice_of(kind)};
  store_query q = {.table = STORE_T_event, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  must(h->s, store_scan(h->s, &q, &c));
  bool any = store_next(c) == STORE_ROW;
  store_cursor_close(c);
  return any;
}

static void a_refused_message_goes_the_next_way(void **state) {
  (void)state;
  house h = begin_reachable();
  answers(1, GONE);
  assert_string_equal(whole_run(&h, PLAIN, DAY), "FILED 1, REJECTED 1, INSTEAD 1");
  assert_string_equal(actions(&h), "A-1 email 0 rejected; A-1 whatsapp 1 accepted");
  assert_true(audited(&h, "fallback"));
  assert_chain(&h);
  assert_string_equal(whole_run(&h, PLAIN, DAY), "");
  assert_string_equal(whole_run(&h, PLAIN, DAY + 1), "");
  assert_int_equal(server.sent, 1);
  end(&h);
}

static void without_a_further_way_it_stays_rejected(void **state) {
  (void)state;
  house h = begin();
  answers(1, GONE);
  assert_string_equal(whole_run(&h, PLAIN, DAY), "REJECTED 1"); /* no WhatsApp */
  end(&h);
  h = begin_reachable();
  answers(1, GONE);
  assert_string_equal(whole_run(&h, HEAD "  opt in for whatsapp\n" SMTP ELSE, DAY), "REJECTED 1");
  end(&h);
  h = begin_reachable();
  answers(1, GONE);
  assert_string_equal(whole_run(&h, HEAD "  ask for approval before send whatsapp\n" SMTP ELSE, DAY), "REJECTED 1");
  assert_string_equal(actions(&h), "A-1 email 0 rejected");
  end(&h);
}

static void an_unknown_outcome_takes_no_other_way(void **state) {
  (void)state;
  house h = begin_reachable();
  answers(1, TIMEOUT);
  assert_string_equal(whole_run(&h, PLAIN, DAY), "UNKNOWN 1");
  assert_string_equal(whole_run(&h, PLAIN, DAY + 1), "");
  assert_string_equal(actions(&h), "A-1 email 0 unknown");
  end(&h);
}

static void way_after_way(void **state) {
  (void)state;
  static const char THREE[] =
      HEAD SMTP "ladder l for invoices\n  at 1d send email \"a\" or else email \"b\" to owner or else sms \"c\"\n";
  house h = begin_reachable();
  put_customer(&h, "C1", "c1@x.example", NULL); /* with an owner */
  answers(1, GONE);
  assert_string_equal(whole_run(&h, THREE, DAY), "SENT 1, REJECTED 1, INSTEAD 1");
  assert_string_equal(server.to[1], "rep@acme.example");
  end(&h);
  h = begin_reachable();
  put_customer(&h, "C1", "c1@x.example", NULL);
  answers(2, GONE);
  assert_string_equal(whole_run(&h, THREE, DAY), "FILED 1, REJECTED 2, INSTEAD 2");
  assert_int_equal(server.sent, 2);
  end(&h);
}

/* A message that waited: its rung must still be the current one. */
static void only_while_its_rung_is_the_current_one(void **state) {
  (void)state;
  static const char TWO[] = HEAD SMTP ELSE "  at 5d log \"{number}\"\n";
  house h = begin_reachable();
  answers(2, GONE);
  server.answer[0] = BUSY;
  assert_string_equal(whole_run(&h, TWO, DAY), "DEFERRED 1");
  assert_string_equal(whole_run(&h, TWO, DAY + 2), "FILED 1, REJECTED 1, INSTEAD 1");
  end(&h);
  /* The log of day 5 is held back, so nothing overtook the message; its rung has passed all the same. */
  static const char HELD[] = HEAD SMTP ELSE "  at 5d if amount > 50 log \"{number}\"\n";
  h = begin_reachable();
  answers(2, GONE);
  server.answer[0] = BUSY;
  assert_string_equal(whole_run(&h, HELD, DAY), "DEFERRED 1");
  put_invoice(&h, "A-1", "C1", 10000, DAY - 1, "open");
  static const char QUIET[] = HEAD SMTP ELSE "  at 5d if amount > 5_000 log \"{number}\"\n";
  assert_string_equal(whole_run(&h, QUIET, DAY + 4), "REJECTED 1");
  assert_string_equal(actions(&h), "A-1 email 0 rejected");
  end(&h);
}

static void what_was_paid_meanwhile_goes_no_way(void **state) {
  (void)state;
  house h = begin_reachable();
  run r;
  answers(1, GONE);
  run_commit(&h, &r, PLAIN, DAY);
  put_invoice(&h, "A-1", "C1", 0, DAY - 1, "paid");
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "SUPPRESSED 1");
  run_end(&r);
  end(&h);
}

static void invoices_of_a_shared_message_fall_together(void **state) {
  (void)state;
  static const char JOINED[] =
      HEAD SMTP "ladder l for invoices\n  at 1d send email template \"t\" or else whatsapp template \"t\"\n";
  house h = begin_reachable();
  world_fake_put_file(h.w, "templates/t.email.txt", SLICE("Subject: x\n\n{each invoice}{number};{end}{total}"));
  world_fake_put_file(h.w, "templates/t.whatsapp.txt", SLICE("{each invoice}{number};{end}{total}"));
  put_invoice(&h, "A-2", "C1", 2500, DAY - 1, "open");
  answers(1, GONE);
  assert_string_equal(whole_run(&h, JOINED, DAY), "FILED 1, REJECTED 1, INSTEAD 1");
  assert_string_equal(actions(&h),
                      "A-1 email 0 rejected; A-2 email 0 rejected; A-1 whatsapp 1 accepted; A-2 whatsapp 1 accepted");
  end(&h);
}

static void rules_fall_back_too(void **state) {
  (void)state;
  static const char RULES[] = HEAD SMTP "rule big: when amount > 50\n  send email \"big\" or else whatsapp \"big\"\n"
                                        "on dispute\n  send email \"dispute\" or else sms \"dispute\"\n";
  house h = begin_reachable();
  put_event(&h, "dispute", "A-1", DAY, 0);
  answers(2, GONE);
  assert_string_equal(whole_run(&h, RULES, DAY), "FILED 2, REJECTED 2, INSTEAD 2");
  assert_string_equal(actions(&h),
                      "A-1 email 0 rejected; A-1 email 0 rejected; A-1 whatsapp 1 accepted; A-1 sms 1 accepted");
  end(&h);
}

static void files_are_never_refused(void **state) {
  (void)state;
  house h = begin_reachable();
  assert_string_equal(whole_run(&h, HEAD ELSE, DAY), "FILED 1");
  assert_string_equal(actions(&h), "A-1 email 0 accepted");
  end(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_refused_message_goes_the_next_way),
      cmocka_unit_test(without_a_further_way_it_stays_rejected),
      cmocka_unit_test(an_unknown_outcome_takes_no_other_way),
      cmocka_unit_test(way_after_way),
      cmocka_unit_test(only_while_its_rung_is_the_current_one),
      cmocka_unit_test(what_was_paid_meanwhile_goes_no_way),
      cmocka_unit_test(invoices_of_a_shared_message_fall_together),
      cmocka_unit_test(rules_fall_back_too),
      cmocka_unit_test(files_are_never_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
