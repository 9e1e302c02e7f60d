/* The connector to SAP Business One reads a Service Layer of our own (sap_b1_server.py): sessions that end in the midst
 * of a sync, nodes, pages, filters, what changed, what it tells of. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "sap_b1_fixture.h"

/* ---- reading ---- */

/* A thousand invoices in three installments each, while the session ends again and again. */
static void thousand_invoices(const char *version, const char *links) {
  const char *const with[] = {"--invoices", "1000",    "--customers", "150", "--installments", "3", "--expire",
                              "9",          "--links", links,         NULL};
  sap_house *f = sap_begin(version, with, NULL, NULL);
  erp_report r = sap_sync(f);
  assert_int_equal(r.feed[SAP_CUSTOMERS].added, 150);
  assert_int_equal(r.feed[SAP_CUSTOMERS].pages, 2);
  assert_int_equal(r.feed[SAP_INVOICES].added, 3000);
  assert_int_equal(r.feed[SAP_INVOICES].rejected, 0);
  assert_true(sap_number(sap_stats(f), "logins") > 1);
  assert_string_equal(sap_invoice(f, "1001/2", "status"), "open");
  assert_string_equal(sap_invoice(f, "1001/2", "source_id"), "1/2");
  assert_int_equal(sap_invoice_int(f, "1001/1", "amount") + sap_invoice_int(f, "1001/2", "amount") +
                       sap_invoice_int(f, "1001/3", "amount"),
                   10100);
  assert_int_equal(sap_invoice_int(f, "1001/3", "installments"), 3);
  char due[DATE_TEXT_MAX];
  date_iso((civil_date){(int32_t)sap_invoice_int(f, "1001/2", "due")}, due);
  assert_string_equal(due, "2026-11-01");
  assert_string_equal(sap_invoice(f, "1001/2", "currency"), "BRL");
  sap_end(f);
}
static void thousand_v2(void **state) {
  (void)state;
  thousand_invoices("v2", "relative");
}
static void thousand_v1(void **state) {
  (void)state;
  thousand_invoices("v1", "rooted");
}

static void partners_are_read(void **state) {
  (void)state;
  sap_house *f = sap_begin("v2", NULL, NULL, NULL);
  sap_control(f, "{\"change\":[{\"set\":\"BusinessPartners\",\"key\":\"C0002\",\"values\":{\"BlockDunning\":\"tYES\","
                 "\"Frozen\":\"tYES\"}}]}");
  (void)sap_sync(f);
  assert_string_equal(sap_customer(f, "C0001", "email"), "c1@example.com");
  assert_string_equal(sap_customer(f, "C0003", "email"), "main3@example.com"); /* of its active contact */
  assert_string_equal(sap_customer(f, "C0001", "language"), "pt");
  assert_string_equal(sap_customer(f, "C0001", "segment"), "Retail");
  assert_string_equal(sap_customer(f, "C0001", "owner"), "ana@seller.example");
  assert_string_equal(sap_customer(f, "C0001", "state"), "SP");
  assert_string_equal(sap_customer(f, "C0001", "opted_out"), "");
  assert_string_equal(sap_customer(f, "C0002", "opted_out"), "email;whatsapp;sms");
  assert_string_equal(sap_customer(f, "C0002", "tags"), "dunning_blocked;frozen");
  sap_end(f);
}

/* What is open of each installment: what payments name, then the rest by due date. */
static void installments_are_settled(void **state) {
  static const char *const WITH[] = {"--invoices", "3", "--installments", "3", NULL};
  (void)state;
  sap_house *f = sap_begin("v2", WITH, NULL, NULL);
  /* 101.00: 33.68, 33.66, 33.66. The second is paid, 10 of the third; a credit note of 5 is the oldest's. */
  sap_control(
      f, "{\"pay\":[{\"entry\":1,\"amount\":33.66,\"installment\":2},{\"entry\":1,\"amount\":10,\"installment\":3}],"
         "\"credit\":[{\"entry\":1,\"amount\":5,\"note\":7}],\"open_credit\":[{\"i\":8,\"customer\":\"C0002\","
         "\"total\":12.5}],\"change\":[{\"set\":\"Invoices\",\"key\":2,\"values\":{\"BlockDunning\":\"tYES\"}},"
         "{\"set\":\"Invoices\",\"key\":3,\"values\":{\"CancelStatus\":\"csCancellation\"}}]}");
  (void)sap_sync(f);
  assert_int_equal(sap_invoice_int(f, "1001/1", "open"), 3368 - 500);
  assert_int_equal(sap_invoice_int(f, "1001/2", "open"), 0);
  assert_string_equal(sap_invoice(f, "1001/2", "status"), "paid");
  assert_int_equal(sap_invoice_int(f, "1001/3", "open"), 3366 - 1000);
  assert_int_equal(sap_invoice_int(f, "1001/3", "paid_amount"), 1000);
  assert_int_equal(sap_invoice_int(f, "1002/1", "disputed"), 1);
  assert_string_equal(sap_invoice(f, "1002/1", "tags"), "dunning_blocked");
  assert_int_equal(sap_invoice_int(f, "1001/1", "disputed"), 0);
  assert_string_equal(sap_invoice(f, "1003/1", "status"), "no row"); /* it cancels another document */
  assert_int_equal(sap_invoice_int(f, "CN-1008", "open"), -1250);
  assert_string_equal(sap_invoice(f, "CN-1008", "kind"), "credit note");
  sap_end(f);
}

static void whole_documents(void **state) {
  static const char *const WITH[] = {"--invoices", "2", "--installments", "3", NULL};
  (void)state;
  sap_house *f = sap_begin("v1", WITH, "installments", "whole");
  sap_control(f, "{\"pay\":[{\"entry\":1,\"amount\":1,\"installment\":2}]}");
  (void)sap_sync(f);
  assert_int_equal(sap_count(f, STORE_T_invoice), 2);
  assert_int_equal(sap_invoice_int(f, "1001", "open"), 10000);
  sap_end(f);
}

/* Whoever changes the setting has the rows of the other way cancelled, not dunned beside the new ones. */
static void from_installments_to_documents(void **state) {
  static const char *const WITH[] = {"--invoices", "2", "--installments", "2", NULL};
  (void)state;
  sap_house *f = sap_begin("v2", WITH, "installments", "separate");
  (void)sap_sync(f);
  assert_string_equal(sap_invoice(f, "1001/2", "status"), "open");
  SAP_B1.close(f->e);
  f->settings[4].value = SLICE("whole");
  sap_connect(f);
  erp_report r;
  erp_sync_options o = {.whole = true};
  assert_int_equal(erp_sync_all(&f->here, f->s, &SAP_B1, f->e, &o, f->perm, &r), ERP_END);
  assert_int_equal(r.feed[SAP_INVOICES].gone, 4);
  assert_string_equal(sap_invoice(f, "1001/2", "status"), "cancelled");
  assert_string_equal(sap_invoice(f, "1001", "status"), "open");
  sap_end(f);
}

/* ---- what changed ---- */

static void a_scan_asks_for_what_changed(void **state) {
  static const char *const WITH[] = {"--invoices", "40", "--installments", "2", NULL};
  (void)state;
  sap_house *f = sap_begin("v2", WITH, NULL, NULL);
  (void)sap_sync(f);
  size_t asked = json_count(json_at(sap_stats(f), "filters.Invoices"));
  /* An hour and a half later: one is paid and changed, of another nothing tells but the payment; one is credited. */
  sap_control(f,
              "{\"now\":\"2026-11-20T11:30:00\",\"pay\":[{\"entry\":5,\"amount\":52.5,\"installment\":1},{\"entry\":6,"
              "\"amount\":106,\"touch\":false}],\"credit\":[{\"entry\":7,\"amount\":7,\"note\":9}]}");
  erp_report r = sap_sync(f);
  assert_int_equal(r.feed[SAP_INVOICES].added, 1);   /* the credit note */
  assert_int_equal(r.feed[SAP_INVOICES].changed, 4); /* 5/1, 6/1, 6/2, 7/1 */
  assert_string_equal(sap_invoice(f, "1005/1", "status"), "paid");
  assert_string_equal(sap_invoice(f, "1006/2", "status"), "paid");
  assert_int_equal(sap_invoice_int(f, "1007/1", "open"), 5350 - 700);
  const json *filters = json_at(sap_stats(f), "filters.Invoices");
  assert_true(json_count(filters) > asked);
  for (size_t i = asked; i < json_count(filters); i++) {
    slice asks = json_text(json_item(filters, i));
    if (!sap_has(asks, "UpdateDate gt '2026-11-20' or (UpdateDate eq '2026-11-20' and UpdateTime ge '08:55:00')") &&
        !sap_has(asks, "DocEntry eq "))
      fail_msg("it asked for more than what changed: %.*s", SLICE_ARG(asks));
  }
  sap_control(f, "{\"now\":\"2026-11-20T13:00:00\",\"change\":[{\"set\":\"Invoices\",\"key\":9,\"values\":{}}]}");
  (void)sap_sync(f); /* the mark is the newest change less an hour and five minutes */
  r = sap_sync(f);
  assert_int_equal(r.feed[SAP_INVOICES].rows - r.feed[SAP_INVOICES].unchanged, 0);
  assert_true(r.feed[SAP_INVOICES].rows <= 8); /* those of the overlap alone */
  sap_end(f);
}

/* A Service Layer that cannot be asked for UpdateTime is asked for whole days. */
static void without_times(void **state) {
  static const char *const WITH[] = {"--invoices", "10", "--no-time", NULL};
  (void)state;
  sap_house *f = sap_begin("v1", WITH, NULL, NULL);
  (void)sap_sync(f);
  sap_control(f, "{\"now\":\"2026-11-22T11:30:00\",\"pay\":[{\"entry\":5,\"amount\":105}]}");
  erp_report r = sap_sync(f);
  assert_int_equal(r.feed[SAP_INVOICES].changed, 1);
  sap_end(f);
}

/* ---- killed at any page ---- */

static int pages_left;
static erp_code page_or_die(erp *e, erp_page *p, erp_failure *f) {
  if (pages_left-- == 0) {
    f->why = SLICE("killed");
    return ERP_FAILED;
  }
  return SAP_B1.page(e, p, f);
}

static void killed_at_any_page(void **state) {
  static const char *const WITH[] = {"--invoices", "45", "--installments", "2", "--links", "absolute", NULL};
  (void)state;
  erp_driver mortal = SAP_B1;
  mortal.page = page_or_die;
  int deaths = 0;
  sap_house *f = sap_begin("v2", WITH, "page", "10");
  for (pages_left = 0;; pages_left = 1 + deaths) { /* every life is a page longer than the one before */
    erp_report r;
    if (sap_sync_with(f, &mortal, &r) == ERP_END) break;
    assert_true(slice_eq(r.failure.why, SLICE("killed")));
    SAP_B1.close(f->e);
    sap_connect(f);
    assert_true(++deaths < 60);
  }
  assert_true(deaths >= 3);
  assert_int_equal(sap_count(f, STORE_T_customer), 5);
  assert_int_equal(sap_count(f, STORE_T_invoice), 90);
  assert_int_equal(sap_number(sap_stats(f), "calls.GET Invoices") < 40, true); /* no page was read anew */
  sap_end(f);
}

/* ---- one again ---- */

static void read_again_at_send_time(void **state) {
  static const char *const WITH[] = {"--invoices", "3", "--installments", "2", NULL};
  (void)state;
  sap_house *f = sap_begin("v2", WITH, NULL, NULL);
  bool there;
  erp_failure why;
  (void)sap_sync(f);
  sap_control(f, "{\"change\":[{\"set\":\"BusinessPartners\",\"key\":\"C0001\",\"values\":{\"EmailAddress\":"
                 "\"new@example.com\"}}],\"pay\":[{\"entry\":2,\"amount\":51,\"installment\":2}]}");
  assert_int_equal(erp_read_again(f->s, &SAP_B1, f->e, STORE_T_customer, SLICE("C0001"), &there, f->perm, &why),
                   ERP_END);
  assert_true(there);
  assert_string_equal(sap_customer(f, "C0001", "email"), "new@example.com");
  assert_int_equal(erp_read_again(f->s, &SAP_B1, f->e, STORE_T_invoice, SLICE("2/2"), &there, f->perm, &why), ERP_END);
  assert_string_equal(sap_invoice(f, "1002/2", "status"), "paid");
  assert_int_equal(erp_read_again(f->s, &SAP_B1, f->e, STORE_T_customer, SLICE("O'Neil"), &there, f->perm, &why),
                   ERP_END);
  assert_false(there);
  sap_end(f);
}

/* ---- what the ERP tells of ---- */

static void orders_are_told_of_once(void **state) {
  static const slice ASKED[] = {SLICE("sap order created"), SLICE("erp order cancelled"), SLICE("sap item created"),
                                SLICE("sap incoming payment created")};
  (void)state;
  sap_house *f = sap_begin("v2", NULL, NULL, NULL);
  f->c->events = ASKED;
  f->c->event_count = 4;
  sap_control(f, "{\"order\":[{\"i\":1,\"customer\":\"C0001\",\"total\":10}],\"pay\":[{\"entry\":1,\"amount\":1}]}");
  sap_control(f, "{\"now\":\"2026-11-20T12:00:00\",\"order\":[{\"i\":2,\"customer\":\"C0001\",\"total\":20}]}");
  (void)sap_sync(f); /* what was there before is no event */
  assert_int_equal(sap_count(f, STORE_T_happening), 0);
  sap_control(
      f, "{\"now\":\"2026-11-20T13:30:00\",\"order\":[{\"i\":3,\"customer\":\"C0002\",\"total\":1500.5},{\"i\":4,"
         "\"customer\":\"C0001\",\"total\":7}],\"item\":[{\"code\":\"A'1\"}],\"pay\":[{\"entry\":2,\"amount\":1}]}");
  for (int i = 0; i < 3; i++) (void)sap_sync(f);
  const char *told = "sap_b1 Orders 3 created";
  assert_string_equal(arena_copy(f->perm, sap_column(f, STORE_T_happening, "value", told, "invoice")), "C0002");
  assert_string_equal(arena_copy(f->perm, sap_column(f, STORE_T_happening, "value", told, "said")),
                      "order_number=1003\norder_total=1500.5\norder_currency=BRL\norder_date=2026-12-01\n"
                      "order_customer=C0002\n");
  assert_string_equal(
      arena_copy(f->perm, sap_column(f, STORE_T_happening, "value", "sap_b1 Items A'1 created", "invoice")),
      SAP_B1_NOBODY);
  told = "sap_b1 IncomingPayments 2 created";
  assert_string_equal(arena_copy(f->perm, sap_column(f, STORE_T_happening, "value", told, "said")),
                      "incoming_payment_number=5002\nincoming_payment_total=1\nincoming_payment_currency=BRL\n"
                      "incoming_payment_date=2026-11-20\nincoming_payment_customer=C0002\n");
  slice none = SLICE("no row");
  assert_true(slice_eq(sap_column(f, STORE_T_happening, "value", "sap_b1 Orders 1 created", "name"), none));
  assert_true(slice_eq(sap_column(f, STORE_T_happening, "value", "sap_b1 IncomingPayments 1 created", "name"), none));
  int64_t before = sap_count(f, STORE_T_happening);
  sap_control(f, "{\"now\":\"2026-11-20T13:31:00\",\"change\":[{\"set\":\"Orders\",\"key\":3,\"values\":{\"Cancelled\":"
                 "\"tYES\"}}]}");
  for (int i = 0; i < 2; i++) (void)sap_sync(f);
  assert_int_equal(sap_count(f, STORE_T_happening), before + 1);
  assert_string_equal(
      arena_copy(f->perm, sap_column(f, STORE_T_happening, "value", "sap_b1 Orders 3 cancelled", "name")),
      "sap order cancelled");
  /* No set was looked at that no rule is about. */
  assert_int_equal(json_count(json_at(sap_stats(f), "filters.DeliveryNotes")), 0);
  sap_end(f);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  const struct CMUnitTest tests[] = {cmocka_unit_test(thousand_v2),
                                     cmocka_unit_test(thousand_v1),
                                     cmocka_unit_test(partners_are_read),
                                     cmocka_unit_test(installments_are_settled),
                                     cmocka_unit_test(whole_documents),
                                     cmocka_unit_test(from_installments_to_documents),
                                     cmocka_unit_test(a_scan_asks_for_what_changed),
                                     cmocka_unit_test(without_times),
                                     cmocka_unit_test(killed_at_any_page),
                                     cmocka_unit_test(read_again_at_send_time),
                                     cmocka_unit_test(orders_are_told_of_once)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
