/* The connector to SAP Business One writes to a Service Layer of our own (sap_b1_server.py): due dates, marks,
 * activities, each once, and what a session needs. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sap_b1_fixture.h"

/* ---- writing ---- */

static erp_order order_of(action_kind kind, const char *source_id, const char *words) {
  return (erp_order){.kind = kind,
                     .key = SLICE("00112233445566778899aabbccddeeff"),
                     .customer = SLICE("C0001"),
                     .customer_source_id = SLICE("C0001"),
                     .number = SLICE("1001/2"),
                     .source_id = slice_of(source_id),
                     .has_date = true,
                     .date = date_of(2027, 1, 15),
                     .text = slice_of(words)};
}

static slice in_server(sap_house *f, const char *path) { return json_text(json_at(sap_stats(f), path)); }

static send_outcome written(sap_house *f, const erp_order *o) {
  send_result r = SAP_B1.write(f->e, o, f->perm);
  if (r.outcome != SEND_ACCEPTED) print_message("%.*s\n", SLICE_ARG(r.detail));
  return r.outcome;
}

static void due_dates_go_back(void **state) {
  static const char *const WITH[] = {"--invoices", "2", "--installments", "3", NULL};
  (void)state;
  sap_house *f = sap_begin("v2", WITH, NULL, NULL);
  erp_order o = order_of(ACT_UPDATE_DUE, "1/2", "");
  sap_control(f, "{\"stale\":2}"); /* somebody else is faster, twice */
  assert_int_equal(written(f, &o), SEND_ACCEPTED);
  assert_true(slice_eq(in_server(f, "set.Invoices[0].DocumentInstallments[1].DueDate"), SLICE("2027-01-15")));
  assert_true(slice_eq(in_server(f, "set.Invoices[0].DocumentInstallments[0].DueDate"), SLICE("2026-10-01")));
  assert_int_equal(SAP_B1.find(f->e, &o, 0, f->perm).outcome, SEND_ACCEPTED);
  int64_t patches = sap_number(sap_stats(f), "calls.PATCH Invoices");
  assert_int_equal(written(f, &o), SEND_ACCEPTED); /* it is so already */
  assert_int_equal(sap_number(sap_stats(f), "calls.PATCH Invoices"), patches);
  sap_control(f, "{\"stale\":9}");
  o.date = date_of(2027, 2, 1);
  assert_int_equal(written(f, &o), SEND_RETRY);
  sap_control(f, "{\"stale\":0,\"keeps_dates\":true}"); /* it says yes and does nothing */
  assert_int_equal(written(f, &o), SEND_REJECTED);
  assert_int_equal(SAP_B1.find(f->e, &o, 0, f->perm).outcome, SEND_RETRY);
  o.source_id = SLICE("99/1");
  assert_int_equal(written(f, &o), SEND_REJECTED);
  sap_end(f);
}

static void one_installment_has_its_date_in_two_places(void **state) {
  (void)state;
  sap_house *f = sap_begin("v1", NULL, NULL, NULL);
  erp_order o = order_of(ACT_UPDATE_DUE, "1", "");
  assert_int_equal(written(f, &o), SEND_ACCEPTED);
  assert_true(slice_eq(in_server(f, "set.Invoices[0].DocumentInstallments[0].DueDate"), SLICE("2027-01-15")));
  assert_true(slice_eq(in_server(f, "set.Invoices[0].DocDueDate"), SLICE("2027-01-15")));
  sap_end(f);
}

static void marks_go_back(void **state) {
  static const char *const WITH[] = {"--invoices", "2", "--installments", "2", NULL};
  (void)state;
  sap_house *f = sap_begin("v2", WITH, NULL, NULL);
  erp_order o = order_of(ACT_MARK, "1/2", "dunning_level_3");
  assert_int_equal(written(f, &o), SEND_ACCEPTED);
  assert_true(slice_eq(in_server(f, "set.Invoices[0].DocumentInstallments[1].DunningLevel"), SLICE("3")));
  assert_true(slice_eq(in_server(f, "set.Invoices[0].DocumentInstallments[1].LastDunningDate"), SLICE("2027-01-15")));
  o = order_of(ACT_MARK, "1/1", "dunned");
  assert_int_equal(written(f, &o), SEND_ACCEPTED);
  assert_true(slice_eq(in_server(f, "set.Invoices[0].DocumentInstallments[0].DunningLevel"), SLICE("1")));
  assert_int_equal(written(f, &o), SEND_ACCEPTED); /* the same day again is the same */
  assert_true(slice_eq(in_server(f, "set.Invoices[0].DocumentInstallments[0].DunningLevel"), SLICE("1")));
  o = order_of(ACT_MARK, "2/1", "dunning_blocked");
  assert_int_equal(written(f, &o), SEND_ACCEPTED);
  assert_true(slice_eq(in_server(f, "set.Invoices[1].BlockDunning"), SLICE("tYES")));
  o.kind = ACT_UNMARK;
  assert_int_equal(written(f, &o), SEND_ACCEPTED);
  assert_true(slice_eq(in_server(f, "set.Invoices[1].BlockDunning"), SLICE("tNO")));
  o = order_of(ACT_MARK, "2/1", "customer_blocked");
  assert_int_equal(written(f, &o), SEND_ACCEPTED);
  (void)sap_sync(f);
  assert_string_equal(sap_customer(f, "C0001", "tags"), "dunning_blocked");
  o = order_of(ACT_MARK, "2/1", "anything");
  assert_int_equal(written(f, &o), SEND_REJECTED);
  sap_end(f);
}

static void a_mark_opens_an_activity(void **state) {
  static const struct {
    const char *mark, *kind;
  } CASES[] = {{"call", "cn_Conversation"}, {"task", "cn_Task"}, {"note", "cn_Note"}, {"meeting", "cn_Meeting"}};
  (void)state;
  sap_house *f = sap_begin("v2", NULL, NULL, NULL);
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    char path[80];
    erp_order o = order_of(ACT_MARK, "1/2", CASES[i].mark);
    assert_int_equal(written(f, &o), SEND_ACCEPTED);
    snprintf(path, sizeof path, "set.Activities[%zu].ActivityProperty", i);
    assert_true(slice_eq(in_server(f, path), slice_of(CASES[i].kind)));
    o.kind = ACT_UNMARK;
    assert_int_equal(written(f, &o), SEND_REJECTED);
  }
  assert_true(sap_has(in_server(f, "set.Activities[0].Details"), "call 1001/2 [dun 0011223344556677]"));
  sap_end(f);
}

static void an_activity_is_found_again(void **state) {
  (void)state;
  for (int v = 1; v <= 2; v++) {
    sap_house *f = sap_begin(v == 1 ? "v1" : "v2", NULL, NULL, NULL);
    erp_order o = order_of(ACT_ESCALATE, "1/2",
                           "Ligar para o cliente sobre a fatura: prometeu pagar ontem e não pagou nada até hoje");
    assert_int_equal(SAP_B1.find(f->e, &o, 0, f->perm).outcome, SEND_RETRY);
    sap_control(f, "{\"drop\":1}"); /* it is made, and the answer is lost */
    assert_int_equal(written(f, &o), SEND_UNKNOWN);
    send_result r = SAP_B1.find(f->e, &o, 0, f->perm);
    assert_int_equal(r.outcome, SEND_ACCEPTED);
    assert_true(slice_eq(r.provider_id, SLICE("1")));
    assert_int_equal(json_count(json_at(sap_stats(f), "set.Activities")), 1);
    slice details = in_server(f, "set.Activities[0].Details");
    assert_true(details.n <= 100 && sap_has(details, "[dun 0011223344556677]"));
    assert_true(slice_eq(in_server(f, "set.Activities[0].DocEntry"), SLICE("1")));
    sap_end(f);
  }
}

/* ---- letting in ---- */

static void a_wrong_password_is_said(void **state) {
  (void)state;
  sap_house *f = sap_begin("v2", NULL, NULL, NULL);
  SAP_B1.close(f->e);
  f->settings[2] = (setting){SLICE("password"), SLICE("U"), true};
  sap_connect(f);
  erp_report r;
  assert_int_equal(sap_sync_with(f, &SAP_B1, &r), ERP_FAILED);
  assert_true(sap_has(r.failure.why, "the user, its password or the company database is refused"));
  assert_false(sap_has(r.failure.why, "manager"));
  erp_order o = order_of(ACT_UPDATE_DUE, "1", "");
  assert_int_equal(SAP_B1.write(f->e, &o, f->perm).outcome, SEND_DOWN);
  SAP_B1.close(f->e);
  f->settings[2] = (setting){SLICE("password"), SLICE("P"), true};
  sap_connect(f);
  (void)sap_sync(f);
  sap_end(f);
}

static void sessions_are_given_back(void **state) {
  (void)state;
  sap_house *f = sap_begin("v2", NULL, NULL, NULL);
  (void)sap_sync(f);
  assert_int_equal(sap_number(sap_stats(f), "sessions"), 1);
  SAP_B1.close(f->e);
  assert_int_equal(sap_number(sap_stats(f), "sessions"), 0);
  sap_connect(f);
  sap_control(f, "{\"fail\":1}"); /* an error of a moment is asked again */
  (void)sap_sync(f);
  sap_end(f);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  const struct CMUnitTest tests[] = {cmocka_unit_test(due_dates_go_back),
                                     cmocka_unit_test(one_installment_has_its_date_in_two_places),
                                     cmocka_unit_test(marks_go_back),
                                     cmocka_unit_test(a_mark_opens_an_activity),
                                     cmocka_unit_test(an_activity_is_found_again),
                                     cmocka_unit_test(a_wrong_password_is_said),
                                     cmocka_unit_test(sessions_are_given_back)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
