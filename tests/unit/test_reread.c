/* The fresh read before messages go: which rows are asked for, what the answers come to, and what an ERP that does not
 * answer keeps back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/outbox/reread.h"
#include "runtime/store/origin.h"
#include "runtime/world_fake.h"
#include "tests/support/outbox_fixture.h"

/* What the ERP has, and how it answers. The fixture's rows come from it: "test". */
static struct {
  int asked, asked_customers;
  bool down, paid, sick; /* sick: of A-2 alone */
  int64_t takes_s;
  const char *email;
  world *w;
} fake;

static erp_code read_customer(erp_page *p) {
  fake.asked_customers++;
  store_put_text(p->rows, 0, SLICE("C1"));
  store_put_text(p->rows, 1, SLICE("C1"));
  store_put_text(p->rows, 2, slice_of(fake.email ? fake.email : "c1@x.example"));
  store_put_text(p->rows, 3, SLICE("rep@acme.example"));
  return erp_put(p) == STORE_OK ? ERP_END : ERP_FAILED;
}

static erp_code read_one(erp *e, erp_page *p, slice id, bool *there, erp_failure *f) {
  (void)e;
  fake.asked++;
  world_fake_set_now(fake.w, fake.w->now_ns(fake.w) + fake.takes_s * 1000000000);
  *f = (erp_failure){.why = SLICE("the connection was refused")};
  if (fake.down) return ERP_FAILED;
  if (fake.sick && slice_eq(id, SLICE("A-2"))) {
    f->why = SLICE("it has no currency");
    return ERP_FAILED;
  }
  *there = true;
  if (erp_rows(p) != STORE_OK) return ERP_FAILED;
  if (p->feed == 0) return read_customer(p);
  char customer[8];
  int n = snprintf(customer, sizeof customer, "C%.*s", SLICE_ARG(((slice){id.p + 2, id.n - 2})));
  store_put_text(p->rows, 0, id);
  store_put_text(p->rows, 1, (slice){customer, (size_t)n});
  store_put_int(p->rows, 2, 10000);
  store_put_int(p->rows, 3, fake.paid ? 0 : 10000);
  store_put_int(p->rows, 4, DAY - 1);
  store_put_text(p->rows, 5, fake.paid ? SLICE("paid") : SLICE("open"));
  store_put_text(p->rows, 6, SLICE("BRL"));
  return erp_put(p) == STORE_OK ? ERP_END : ERP_FAILED;
}

#define C(name)                                                                                                        \
  { {name, sizeof(name) - 1}, false }
static const store_written CUSTOMER[] = {C("id"), C("name"), C("email"), C("owner")},
                           INVOICE[] = {C("number"), C("customer"), C("amount"),  C("open"),
                                        C("due"),    C("status"),   C("currency")};
static const erp_feed FEEDS[] = {
    {.name = "customers", .table = STORE_T_customer, .columns = CUSTOMER, .column_count = 4},
    {.name = "receivables", .table = STORE_T_invoice, .columns = INVOICE, .column_count = 7}};
static const erp_driver
    PLAIN = {.vendor = "test", .words = "The ERP", .feeds = FEEDS, .feed_count = 2, .read = read_one},
    MOVING = {
        .vendor = "test", .words = "The ERP", .feeds = FEEDS, .feed_count = 2, .read = read_one, .contact_moves = true};

static house begin_with(int invoices) {
  house h = begin();
  if (invoices > 1) several(&h);
  memset(&fake, 0, sizeof fake);
  fake.w = h.w;
  pass_seconds(&h, 3600); /* the rows were read an hour ago */
  return h;
}

static void decide(house *h, run *r, const erp_driver *d) {
  run_commit(h, r, POLICY, DAY);
  r->o.rereads->v[0] = (reread_line){.driver = d, .keeps_us = 600000000, .open = (erp *)&fake};
  r->o.rereads->count = 1;
}

static const char *run_with(house *h, const erp_driver *d) {
  run r;
  decide(h, &r, d);
  run_deliver(h, &r);
  const char *out = tallies(&r);
  run_end(&r);
  return out;
}

static void what_is_open_there_goes(void **state) {
  (void)state;
  house h = begin_with(6);
  assert_string_equal(run_with(&h, &PLAIN), "SENT 6");
  assert_int_equal(fake.asked, 6);
  assert_int_equal(fake.asked_customers, 0);
  assert_chain(&h);
  end(&h);
}

static void what_was_paid_there_does_not(void **state) {
  (void)state;
  house h = begin_with(1);
  fake.paid = true;
  assert_string_equal(run_with(&h, &PLAIN), "SUPPRESSED 1");
  assert_string_equal(state_of(&h, 0), "suppressed: the invoice is settled");
  assert_int_equal(server.sent, 0);
  end(&h);
}

static void a_sync_of_lately_is_enough(void **state) {
  (void)state;
  house h = begin_with(6);
  must(h.s, store_begin(h.s));
  must(h.s, store_synced_from_set(h.s, SLICE("test"), h.w->now_ns(h.w) / 1000 - 300000000));
  must(h.s, store_commit(h.s));
  assert_string_equal(run_with(&h, &PLAIN), "SENT 6");
  assert_int_equal(fake.asked, 0);
  end(&h);
}

/* Rows of a file are nobody's to be asked for. */
static void rows_of_elsewhere_are_not_asked_for(void **state) {
  (void)state;
  static erp_driver other;
  house h = begin_with(6);
  other = PLAIN;
  other.vendor = "another";
  assert_string_equal(run_with(&h, &other), "SENT 6");
  assert_int_equal(fake.asked, 0);
  end(&h);
}

/* It waits, in words; two tries tell that nobody answers, and the next run asks again. */
static void an_erp_that_is_down_keeps_back(void **state) {
  (void)state;
  house h = begin_with(6);
  fake.down = true;
  assert_string_equal(run_with(&h, &PLAIN), "WAITING 6");
  assert_int_equal(fake.asked, REREAD_FAILURES_MAX);
  assert_string_equal(state_of(&h, 5),
                      "ready: The ERP cannot be asked whether the invoice is still open: the connection was refused");
  assert_int_equal(server.sent, 0);
  fake.down = false;
  assert_string_equal(run_with(&h, &PLAIN), "SENT 6");
  end(&h);
}

static void a_slow_failure_is_the_last(void **state) {
  (void)state;
  house h = begin_with(6);
  fake.down = true;
  fake.takes_s = REREAD_SLOW_SECONDS + 1;
  assert_string_equal(run_with(&h, &PLAIN), "WAITING 6");
  assert_int_equal(fake.asked, 1);
  end(&h);
}

/* A service lets it be for two minutes, then asks again. */
static void a_service_lets_it_rest(void **state) {
  static const struct {
    int64_t after_s;
    int asked;
  } LOOKS[] = {{1, 2}, {60, 2}, {REREAD_REST_MINUTES * 60, 4}};
  (void)state;
  house h = begin_with(6);
  fake.down = true;
  for (size_t i = 0; i < sizeof LOOKS / sizeof *LOOKS; i++) {
    run r;
    pass_seconds(&h, LOOKS[i].after_s);
    decide(&h, &r, &PLAIN);
    r.o.again_us = INT64_MAX;
    run_deliver(&h, &r);
    assert_int_equal(r.o.tally[TALLY_WAITING], 6);
    assert_true(r.o.again_us < INT64_MAX);
    assert_int_equal(fake.asked, LOOKS[i].asked);
    run_end(&r);
  }
  end(&h);
}

static void a_row_that_cannot_be_read_keeps_back_its_own(void **state) {
  (void)state;
  house h = begin_with(6);
  fake.sick = true;
  assert_string_equal(run_with(&h, &PLAIN), "SENT 5, WAITING 1");
  assert_string_equal(state_of(&h, 1),
                      "ready: The ERP cannot be asked whether the invoice is still open: it has no currency");
  end(&h);
}

/* What waits for something else is not asked for. */
static void only_what_would_go_is_read(void **state) {
  (void)state;
  house h = begin_with(6);
  must(h.s, store_begin(h.s));
  bool is_new;
  must(h.s, store_pause_put(h.s, PAUSE_customer, SLICE("C2"), SLICE("ana"), SLICE("x"), &is_new));
  must(h.s, store_commit(h.s));
  assert_string_equal(run_with(&h, &PLAIN), "SENT 5, WAITING 1");
  assert_int_equal(fake.asked, 5);
  end(&h);
}

/* The address is another one there: the run looks again, and it goes to that one. */
static void a_contact_that_moved_is_written_to(void **state) {
  (void)state;
  house h = begin_with(1);
  run r;
  fake.email = "new@x.example";
  decide(&h, &r, &MOVING);
  run_deliver(&h, &r);
  assert_int_equal(fake.asked_customers, 1);
  assert_string_equal(state_of(&h, 0), "ready: something new is known about the customer");
  assert_int_equal(server.sent, 0);
  assert_true(outbox_look_again(&r.o));
  assert_false(outbox_look_again(&r.o));
  assert_int_equal(r.o.tally[TALLY_WAITING], 0);
  run_end(&r);
  decide(&h, &r, &MOVING);
  run_deliver(&h, &r);
  assert_int_equal(fake.asked_customers, 1); /* read just now */
  assert_string_equal(server.to[0], "new@x.example");
  assert_false(outbox_look_again(&r.o));
  run_end(&r);
  end(&h);
}

static void a_time_that_is_none_is_said(void **state) {
  (void)state;
  house h = begin();
  run r;
  run_commit(&h, &r, POLICY, DAY);
  setting s = {SLICE("reread"), SLICE("soon"), false};
  connection c = {.kind = SLICE("erp"), .vendor = SLICE("omie"), .settings = &s, .setting_count = 1};
  program p = *r.o.p;
  slice why = {0};
  p.connections = &c;
  p.connection_count = 1;
  r.o.p = &p;
  assert_false(outbox_rereads_open(&r.o, &why));
  assert_true(slice_eq(why, SLICE("`reread` of the connect line of omie is a time such as \"10 minutes\"")));
  s.value = SLICE("1 hour");
  assert_true(outbox_rereads_open(&r.o, &why));
  assert_int_equal(r.o.rereads->count, 1);
  assert_true(r.o.rereads->v[0].keeps_us == INT64_C(3600000000));
  run_end(&r);
  end(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_open_there_goes),        cmocka_unit_test(what_was_paid_there_does_not),
      cmocka_unit_test(a_sync_of_lately_is_enough),     cmocka_unit_test(rows_of_elsewhere_are_not_asked_for),
      cmocka_unit_test(an_erp_that_is_down_keeps_back), cmocka_unit_test(a_slow_failure_is_the_last),
      cmocka_unit_test(a_service_lets_it_rest),         cmocka_unit_test(a_row_that_cannot_be_read_keeps_back_its_own),
      cmocka_unit_test(only_what_would_go_is_read),     cmocka_unit_test(a_contact_that_moved_is_written_to),
      cmocka_unit_test(a_time_that_is_none_is_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
