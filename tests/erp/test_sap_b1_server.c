/* The connector to SAP Business One against a Service Layer of our own (sap_b1_server.py): sessions that end in the
 * midst of a sync, nodes, pages, filters, ETags, what is written and what is found again. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "stdlib/erp/sap_b1_impl.h"

static const char *env_of(world *w, const char *name) {
  (void)w;
  if (strcmp(name, "U") == 0) return "manager";
  return strcmp(name, "P") == 0 ? "pa\"ss" : NULL;
}

typedef struct fixture {
  pid_t pid;
  int input;
  char url[64];
  world here;
  store *s;
  arena *perm;
  connection *c;
  setting settings[6];
  erp *e;
  api *plain;
} fixture;

static void start_server(fixture *f, const char *const *arguments) {
  int in[2], out[2];
  const char *v[24] = {"/usr/bin/python3", "tests/erp/sap_b1_server.py"};
  size_t n = 2;
  for (; arguments && *arguments; arguments++) v[n++] = *arguments;
  assert_int_equal(pipe(in), 0);
  assert_int_equal(pipe(out), 0);
  f->pid = fork();
  assert_true(f->pid >= 0);
  if (f->pid == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    close(in[1]);
    close(out[0]);
    execv(v[0], (char *const *)v);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  f->input = in[1];
  char port[16] = "";
  for (size_t k = 0; k + 1 < sizeof port && !strchr(port, '\n'); k++) assert_int_equal(read(out[0], port + k, 1), 1);
  close(out[0]);
  snprintf(f->url, sizeof f->url, "http://127.0.0.1:%d", atoi(port));
}

static void connect(fixture *f) {
  slice why;
  f->e = SAP_B1.open(&f->here, f->perm, f->c, &why);
  if (!f->e) fail_msg("%.*s", SLICE_ARG(why));
}

/* `version`: "v1" or "v2"; `more`: another setting, or NULL. */
static fixture *begin(const char *version, const char *const *arguments, const char *more, const char *value) {
  fixture *f = calloc(1, sizeof *f);
  store_error why;
  slice words;
  assert_non_null(f);
  start_server(f, arguments);
  f->here = *world_posix();
  f->here.net = &net_curl;
  f->here.env = env_of;
  f->perm = arena_new();
  assert_int_equal(store_open(&f->here, ":memory:", &f->s, &why), STORE_OK);
  f->settings[0] = (setting){SLICE("company"), SLICE("SBODEMO"), false};
  f->settings[1] = (setting){SLICE("user"), SLICE("U"), true};
  f->settings[2] = (setting){SLICE("password"), SLICE("P"), true};
  f->settings[3] = (setting){SLICE("version"), slice_of(version), false};
  if (more) f->settings[4] = (setting){slice_of(more), slice_of(value), false};
  f->c = ARENA_NEW(f->perm, connection);
  *f->c = (connection){.kind = SLICE("erp"),
                       .vendor = SLICE("sap_b1"),
                       .url = slice_of(f->url),
                       .settings = f->settings,
                       .setting_count = more ? 5 : 4};
  connect(f);
  f->plain = api_open(&f->here, f->perm, &(api_options){.service = "test", .base = f->url}, &words);
  assert_non_null(f->plain);
  return f;
}

static const json *ask(fixture *f, const char *method, const char *path, const char *body) {
  http_piece piece = {.text = slice_of(body)};
  api_call call = {.method = method,
                   .path = slice_of(path),
                   .type = "application/json",
                   .body = &piece,
                   .body_count = *body ? 1 : 0};
  http_answer a = api_ask(f->plain, &call, f->perm);
  slice why;
  assert_int_equal(a.status, 200);
  return json_parse(a.body, f->perm, &why);
}
static const json *stats(fixture *f) { return ask(f, "GET", "/_stats", ""); }
static void control(fixture *f, const char *what) { (void)ask(f, "POST", "/_control", what); }

static int64_t number(const json *j, const char *path) {
  int64_t n = 0;
  (void)json_int(json_at(j, path), &n);
  return n;
}

static void end(fixture *f) {
  SAP_B1.close(f->e);
  const json *s = stats(f), *broken = json_member(s, SLICE("broken"));
  for (size_t i = 0; i < json_count(broken); i++)
    print_error("%.*s: %.*s times\n", SLICE_ARG(json_name(json_item(broken, i))),
                SLICE_ARG(json_text(json_item(broken, i))));
  assert_int_equal(json_count(broken), 0);
  assert_int_equal(number(s, "logouts") > 0 || number(s, "logins") == 0, true);
  api_close(f->plain);
  store_close(f->s);
  arena_free(f->perm);
  close(f->input);
  waitpid(f->pid, NULL, 0);
  free(f);
}

static erp_code sync_with(fixture *f, const erp_driver *d, erp_report *report) {
  erp_sync_options o = {0};
  return erp_sync_all(&f->here, f->s, d, f->e, &o, f->perm, report);
}

static erp_report sync_it(fixture *f) {
  erp_report r;
  if (sync_with(f, &SAP_B1, &r) != ERP_END) fail_msg("%.*s", SLICE_ARG(r.failure.why));
  return r;
}

static slice column(fixture *f, store_table table, const char *key, const char *id, const char *name) {
  const slice columns[] = {slice_of(name)};
  const store_where where = {.column = key, .op = STORE_EQ, .text = slice_of(id)};
  store_query q = {.table = table, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  slice found = SLICE("no row");
  assert_int_equal(store_scan(f->s, &q, &c), STORE_OK);
  if (store_next(c) == STORE_ROW) found = arena_slice(f->perm, store_text(c, 0));
  store_cursor_close(c);
  return found;
}
static const char *text_in(fixture *f, const char *id, const char *name) {
  return arena_copy(f->perm, column(f, STORE_T_invoice, "number", id, name));
}
static const char *of_customer(fixture *f, const char *id, const char *name) {
  return arena_copy(f->perm, column(f, STORE_T_customer, "id", id, name));
}

static int64_t int_in(fixture *f, const char *id, const char *name) {
  const slice columns[] = {slice_of(name)};
  const store_where where = {.column = "number", .op = STORE_EQ, .text = slice_of(id)};
  store_query q = {.table = STORE_T_invoice, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  assert_int_equal(store_scan(f->s, &q, &c), STORE_OK);
  assert_int_equal(store_next(c), STORE_ROW);
  int64_t found = store_int(c, 0);
  store_cursor_close(c);
  return found;
}

/* How many rows the table has. */
static int64_t rows(fixture *f, store_table table) {
  int64_t n;
  assert_int_equal(store_count(f->s, table, &n), STORE_OK);
  return n;
}

/* ---- reading ---- */

/* A thousand invoices in three installments each, while the session ends again and again. */
static void thousand_invoices(const char *version, const char *links) {
  const char *const with[] = {"--invoices", "1000",    "--customers", "150", "--installments", "3", "--expire",
                              "9",          "--links", links,         NULL};
  fixture *f = begin(version, with, NULL, NULL);
  erp_report r = sync_it(f);
  assert_int_equal(r.feed[SAP_CUSTOMERS].added, 150);
  assert_int_equal(r.feed[SAP_CUSTOMERS].pages, 2);
  assert_int_equal(r.feed[SAP_INVOICES].added, 3000);
  assert_int_equal(r.feed[SAP_INVOICES].rejected, 0);
  assert_true(number(stats(f), "logins") > 1);
  assert_string_equal(text_in(f, "1001/2", "status"), "open");
  assert_string_equal(text_in(f, "1001/2", "source_id"), "1/2");
  assert_int_equal(int_in(f, "1001/1", "amount") + int_in(f, "1001/2", "amount") + int_in(f, "1001/3", "amount"),
                   10100);
  assert_int_equal(int_in(f, "1001/3", "installments"), 3);
  char due[DATE_TEXT_MAX];
  date_iso((civil_date){(int32_t)int_in(f, "1001/2", "due")}, due);
  assert_string_equal(due, "2026-11-01");
  assert_string_equal(text_in(f, "1001/2", "currency"), "BRL");
  end(f);
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
  fixture *f = begin("v2", NULL, NULL, NULL);
  control(f, "{\"change\":[{\"set\":\"BusinessPartners\",\"key\":\"C0002\",\"values\":{\"BlockDunning\":\"tYES\","
             "\"Frozen\":\"tYES\"}}]}");
  (void)sync_it(f);
  assert_string_equal(of_customer(f, "C0001", "email"), "c1@example.com");
  assert_string_equal(of_customer(f, "C0003", "email"), "main3@example.com"); /* of its active contact */
  assert_string_equal(of_customer(f, "C0001", "language"), "pt");
  assert_string_equal(of_customer(f, "C0001", "segment"), "Retail");
  assert_string_equal(of_customer(f, "C0001", "owner"), "ana@seller.example");
  assert_string_equal(of_customer(f, "C0001", "state"), "SP");
  assert_string_equal(of_customer(f, "C0001", "opted_out"), "");
  assert_string_equal(of_customer(f, "C0002", "opted_out"), "email;whatsapp;sms");
  assert_string_equal(of_customer(f, "C0002", "tags"), "dunning_blocked;frozen");
  end(f);
}

/* What is open of each installment: what payments name, then the rest by due date. */
static void installments_are_settled(void **state) {
  static const char *const WITH[] = {"--invoices", "3", "--installments", "3", NULL};
  (void)state;
  fixture *f = begin("v2", WITH, NULL, NULL);
  /* 101.00: 33.68, 33.66, 33.66. The second is paid, 10 of the third; a credit note of 5 is the oldest's. */
  control(f,
          "{\"pay\":[{\"entry\":1,\"amount\":33.66,\"installment\":2},{\"entry\":1,\"amount\":10,\"installment\":3}],"
          "\"credit\":[{\"entry\":1,\"amount\":5,\"note\":7}],\"open_credit\":[{\"i\":8,\"customer\":\"C0002\","
          "\"total\":12.5}],\"change\":[{\"set\":\"Invoices\",\"key\":2,\"values\":{\"BlockDunning\":\"tYES\"}},"
          "{\"set\":\"Invoices\",\"key\":3,\"values\":{\"CancelStatus\":\"csCancellation\"}}]}");
  (void)sync_it(f);
  assert_int_equal(int_in(f, "1001/1", "open"), 3368 - 500);
  assert_int_equal(int_in(f, "1001/2", "open"), 0);
  assert_string_equal(text_in(f, "1001/2", "status"), "paid");
  assert_int_equal(int_in(f, "1001/3", "open"), 3366 - 1000);
  assert_int_equal(int_in(f, "1001/3", "paid_amount"), 1000);
  assert_int_equal(int_in(f, "1002/1", "disputed"), 1);
  assert_string_equal(text_in(f, "1002/1", "tags"), "dunning_blocked");
  assert_int_equal(int_in(f, "1001/1", "disputed"), 0);
  assert_string_equal(text_in(f, "1003/1", "status"), "no row"); /* it cancels another document */
  assert_int_equal(int_in(f, "CN-1008", "open"), -1250);
  assert_string_equal(text_in(f, "CN-1008", "kind"), "credit note");
  end(f);
}

static void whole_documents(void **state) {
  static const char *const WITH[] = {"--invoices", "2", "--installments", "3", NULL};
  (void)state;
  fixture *f = begin("v1", WITH, "installments", "whole");
  control(f, "{\"pay\":[{\"entry\":1,\"amount\":1,\"installment\":2}]}");
  (void)sync_it(f);
  assert_int_equal(rows(f, STORE_T_invoice), 2);
  assert_int_equal(int_in(f, "1001", "open"), 10000);
  end(f);
}

/* ---- what changed ---- */

static bool has(slice s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }

static void a_scan_asks_for_what_changed(void **state) {
  static const char *const WITH[] = {"--invoices", "40", "--installments", "2", NULL};
  (void)state;
  fixture *f = begin("v2", WITH, NULL, NULL);
  (void)sync_it(f);
  size_t asked = json_count(json_at(stats(f), "filters.Invoices"));
  /* An hour and a half later: one is paid and changed, of another nothing tells but the payment; one is credited. */
  control(f, "{\"now\":\"2026-11-20T11:30:00\",\"pay\":[{\"entry\":5,\"amount\":52.5,\"installment\":1},{\"entry\":6,"
             "\"amount\":106,\"touch\":false}],\"credit\":[{\"entry\":7,\"amount\":7,\"note\":9}]}");
  erp_report r = sync_it(f);
  assert_int_equal(r.feed[SAP_INVOICES].added, 1); /* the credit note */
  assert_int_equal(r.feed[SAP_INVOICES].changed, 4); /* 5/1, 6/1, 6/2, 7/1 */
  assert_string_equal(text_in(f, "1005/1", "status"), "paid");
  assert_string_equal(text_in(f, "1006/2", "status"), "paid");
  assert_int_equal(int_in(f, "1007/1", "open"), 5350 - 700);
  const json *filters = json_at(stats(f), "filters.Invoices");
  assert_true(json_count(filters) > asked);
  for (size_t i = asked; i < json_count(filters); i++) {
    slice asks = json_text(json_item(filters, i));
    if (!has(asks, "UpdateDate gt '2026-11-20' or (UpdateDate eq '2026-11-20' and UpdateTime ge '08:55:00')") &&
        !has(asks, "DocEntry eq "))
      fail_msg("it asked for more than what changed: %.*s", SLICE_ARG(asks));
  }
  control(f, "{\"now\":\"2026-11-20T13:00:00\",\"change\":[{\"set\":\"Invoices\",\"key\":9,\"values\":{}}]}");
  (void)sync_it(f); /* the mark is the newest change less an hour and five minutes */
  r = sync_it(f);
  assert_int_equal(r.feed[SAP_INVOICES].rows - r.feed[SAP_INVOICES].unchanged, 0);
  assert_true(r.feed[SAP_INVOICES].rows <= 8); /* those of the overlap alone */
  end(f);
}

/* A Service Layer that cannot be asked for UpdateTime is asked for whole days. */
static void without_times(void **state) {
  static const char *const WITH[] = {"--invoices", "10", "--no-time", NULL};
  (void)state;
  fixture *f = begin("v1", WITH, NULL, NULL);
  (void)sync_it(f);
  control(f, "{\"now\":\"2026-11-22T11:30:00\",\"pay\":[{\"entry\":5,\"amount\":105}]}");
  erp_report r = sync_it(f);
  assert_int_equal(r.feed[SAP_INVOICES].changed, 1);
  end(f);
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
  fixture *f = begin("v2", WITH, "page", "10");
  for (pages_left = 0;; pages_left = 1 + deaths) { /* every life is a page longer than the one before */
    erp_report r;
    if (sync_with(f, &mortal, &r) == ERP_END) break;
    assert_true(slice_eq(r.failure.why, SLICE("killed")));
    SAP_B1.close(f->e);
    connect(f);
    assert_true(++deaths < 60);
  }
  assert_true(deaths >= 3);
  assert_int_equal(rows(f, STORE_T_customer), 5);
  assert_int_equal(rows(f, STORE_T_invoice), 90);
  assert_int_equal(number(stats(f), "calls.GET Invoices") < 40, true); /* no page was read anew */
  end(f);
}

/* ---- one again ---- */

static void read_again_at_send_time(void **state) {
  static const char *const WITH[] = {"--invoices", "3", "--installments", "2", NULL};
  (void)state;
  fixture *f = begin("v2", WITH, NULL, NULL);
  bool there;
  erp_failure why;
  (void)sync_it(f);
  control(f, "{\"change\":[{\"set\":\"BusinessPartners\",\"key\":\"C0001\",\"values\":{\"EmailAddress\":"
             "\"new@example.com\"}}],\"pay\":[{\"entry\":2,\"amount\":51,\"installment\":2}]}");
  assert_int_equal(erp_read_again(f->s, &SAP_B1, f->e, STORE_T_customer, SLICE("C0001"), &there, f->perm, &why),
                   ERP_END);
  assert_true(there);
  assert_string_equal(of_customer(f, "C0001", "email"), "new@example.com");
  assert_int_equal(erp_read_again(f->s, &SAP_B1, f->e, STORE_T_invoice, SLICE("2/2"), &there, f->perm, &why), ERP_END);
  assert_string_equal(text_in(f, "1002/2", "status"), "paid");
  assert_int_equal(erp_read_again(f->s, &SAP_B1, f->e, STORE_T_customer, SLICE("O'Neil"), &there, f->perm, &why),
                   ERP_END);
  assert_false(there);
  end(f);
}

/* ---- what the ERP tells of ---- */

static void orders_are_told_of_once(void **state) {
  static const slice ASKED[] = {SLICE("sap order created"), SLICE("erp order cancelled"), SLICE("sap item created"),
                                SLICE("sap incoming payment created")};
  (void)state;
  fixture *f = begin("v2", NULL, NULL, NULL);
  f->c->events = ASKED;
  f->c->event_count = 4;
  control(f, "{\"order\":[{\"i\":1,\"customer\":\"C0001\",\"total\":10}],\"pay\":[{\"entry\":1,\"amount\":1}]}");
  control(f, "{\"now\":\"2026-11-20T12:00:00\",\"order\":[{\"i\":2,\"customer\":\"C0001\",\"total\":20}]}");
  (void)sync_it(f); /* what was there before is no event */
  assert_int_equal(rows(f, STORE_T_happening), 0);
  control(f,
          "{\"now\":\"2026-11-20T13:30:00\",\"order\":[{\"i\":3,\"customer\":\"C0002\",\"total\":1500.5},{\"i\":4,"
          "\"customer\":\"C0001\",\"total\":7}],\"item\":[{\"code\":\"A'1\"}],\"pay\":[{\"entry\":2,\"amount\":1}]}");
  for (int i = 0; i < 3; i++) (void)sync_it(f);
  const char *told = "sap_b1 Orders 3 created";
  assert_string_equal(arena_copy(f->perm, column(f, STORE_T_happening, "value", told, "invoice")), "C0002");
  assert_string_equal(arena_copy(f->perm, column(f, STORE_T_happening, "value", told, "said")),
                      "order_number=1003\norder_total=1500.5\norder_currency=BRL\norder_date=2026-12-01\n"
                      "order_customer=C0002\n");
  assert_string_equal(arena_copy(f->perm, column(f, STORE_T_happening, "value", "sap_b1 Items A'1 created", "invoice")),
                      SAP_B1_NOBODY);
  told = "sap_b1 IncomingPayments 2 created";
  assert_string_equal(arena_copy(f->perm, column(f, STORE_T_happening, "value", told, "said")),
                      "incoming_payment_number=5002\nincoming_payment_total=1\nincoming_payment_currency=BRL\n"
                      "incoming_payment_date=2026-11-20\nincoming_payment_customer=C0002\n");
  slice none = SLICE("no row");
  assert_true(slice_eq(column(f, STORE_T_happening, "value", "sap_b1 Orders 1 created", "name"), none));
  assert_true(slice_eq(column(f, STORE_T_happening, "value", "sap_b1 IncomingPayments 1 created", "name"), none));
  int64_t before = rows(f, STORE_T_happening);
  control(f, "{\"now\":\"2026-11-20T13:31:00\",\"change\":[{\"set\":\"Orders\",\"key\":3,\"values\":{\"Cancelled\":"
             "\"tYES\"}}]}");
  for (int i = 0; i < 2; i++) (void)sync_it(f);
  assert_int_equal(rows(f, STORE_T_happening), before + 1);
  assert_string_equal(arena_copy(f->perm, column(f, STORE_T_happening, "value", "sap_b1 Orders 3 cancelled", "name")),
                      "sap order cancelled");
  /* No set was looked at that no rule is about. */
  assert_int_equal(json_count(json_at(stats(f), "filters.DeliveryNotes")), 0);
  end(f);
}

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

static slice in_server(fixture *f, const char *path) { return json_text(json_at(stats(f), path)); }

static send_outcome written(fixture *f, const erp_order *o) {
  send_result r = SAP_B1.write(f->e, o, f->perm);
  if (r.outcome != SEND_ACCEPTED) print_message("%.*s\n", SLICE_ARG(r.detail));
  return r.outcome;
}

static void due_dates_go_back(void **state) {
  static const char *const WITH[] = {"--invoices", "2", "--installments", "3", NULL};
  (void)state;
  fixture *f = begin("v2", WITH, NULL, NULL);
  erp_order o = order_of(ACT_UPDATE_DUE, "1/2", "");
  control(f, "{\"stale\":2}"); /* somebody else is faster, twice */
  assert_int_equal(written(f, &o), SEND_ACCEPTED);
  assert_true(slice_eq(in_server(f, "set.Invoices[0].DocumentInstallments[1].DueDate"), SLICE("2027-01-15")));
  assert_true(slice_eq(in_server(f, "set.Invoices[0].DocumentInstallments[0].DueDate"), SLICE("2026-10-01")));
  assert_int_equal(SAP_B1.find(f->e, &o, 0, f->perm).outcome, SEND_ACCEPTED);
  int64_t patches = number(stats(f), "calls.PATCH Invoices");
  assert_int_equal(written(f, &o), SEND_ACCEPTED); /* it is so already */
  assert_int_equal(number(stats(f), "calls.PATCH Invoices"), patches);
  control(f, "{\"stale\":9}");
  o.date = date_of(2027, 2, 1);
  assert_int_equal(written(f, &o), SEND_RETRY);
  control(f, "{\"stale\":0,\"keeps_dates\":true}"); /* it says yes and does nothing */
  assert_int_equal(written(f, &o), SEND_REJECTED);
  assert_int_equal(SAP_B1.find(f->e, &o, 0, f->perm).outcome, SEND_RETRY);
  o.source_id = SLICE("99/1");
  assert_int_equal(written(f, &o), SEND_REJECTED);
  end(f);
}

static void one_installment_has_its_date_in_two_places(void **state) {
  (void)state;
  fixture *f = begin("v1", NULL, NULL, NULL);
  erp_order o = order_of(ACT_UPDATE_DUE, "1", "");
  assert_int_equal(written(f, &o), SEND_ACCEPTED);
  assert_true(slice_eq(in_server(f, "set.Invoices[0].DocumentInstallments[0].DueDate"), SLICE("2027-01-15")));
  assert_true(slice_eq(in_server(f, "set.Invoices[0].DocDueDate"), SLICE("2027-01-15")));
  end(f);
}

static void marks_go_back(void **state) {
  static const char *const WITH[] = {"--invoices", "2", "--installments", "2", NULL};
  (void)state;
  fixture *f = begin("v2", WITH, NULL, NULL);
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
  (void)sync_it(f);
  assert_string_equal(of_customer(f, "C0001", "tags"), "dunning_blocked");
  o = order_of(ACT_MARK, "2/1", "anything");
  assert_int_equal(written(f, &o), SEND_REJECTED);
  end(f);
}

static void an_activity_is_found_again(void **state) {
  (void)state;
  for (int v = 1; v <= 2; v++) {
    fixture *f = begin(v == 1 ? "v1" : "v2", NULL, NULL, NULL);
    erp_order o = order_of(ACT_ESCALATE, "1/2",
                           "Ligar para o cliente sobre a fatura: prometeu pagar ontem e não pagou nada até hoje");
    assert_int_equal(SAP_B1.find(f->e, &o, 0, f->perm).outcome, SEND_RETRY);
    control(f, "{\"drop\":1}"); /* it is made, and the answer is lost */
    assert_int_equal(written(f, &o), SEND_UNKNOWN);
    send_result r = SAP_B1.find(f->e, &o, 0, f->perm);
    assert_int_equal(r.outcome, SEND_ACCEPTED);
    assert_true(slice_eq(r.provider_id, SLICE("1")));
    assert_int_equal(json_count(json_at(stats(f), "set.Activities")), 1);
    slice details = in_server(f, "set.Activities[0].Details");
    assert_true(details.n <= 100 && has(details, "[dun 0011223344556677]"));
    assert_true(slice_eq(in_server(f, "set.Activities[0].DocEntry"), SLICE("1")));
    end(f);
  }
}

/* ---- letting in ---- */

static void a_wrong_password_is_said(void **state) {
  (void)state;
  fixture *f = begin("v2", NULL, NULL, NULL);
  SAP_B1.close(f->e);
  f->settings[2] = (setting){SLICE("password"), SLICE("U"), true};
  connect(f);
  erp_report r;
  assert_int_equal(sync_with(f, &SAP_B1, &r), ERP_FAILED);
  assert_true(has(r.failure.why, "the user, its password or the company database is refused"));
  assert_false(has(r.failure.why, "manager"));
  erp_order o = order_of(ACT_UPDATE_DUE, "1", "");
  assert_int_equal(SAP_B1.write(f->e, &o, f->perm).outcome, SEND_DOWN);
  SAP_B1.close(f->e);
  f->settings[2] = (setting){SLICE("password"), SLICE("P"), true};
  connect(f);
  (void)sync_it(f);
  end(f);
}

static void sessions_are_given_back(void **state) {
  (void)state;
  fixture *f = begin("v2", NULL, NULL, NULL);
  (void)sync_it(f);
  assert_int_equal(number(stats(f), "sessions"), 1);
  SAP_B1.close(f->e);
  assert_int_equal(number(stats(f), "sessions"), 0);
  connect(f);
  control(f, "{\"fail\":1}"); /* an error of a moment is asked again */
  (void)sync_it(f);
  end(f);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  const struct CMUnitTest tests[] = {cmocka_unit_test(thousand_v2),
                                     cmocka_unit_test(thousand_v1),
                                     cmocka_unit_test(partners_are_read),
                                     cmocka_unit_test(installments_are_settled),
                                     cmocka_unit_test(whole_documents),
                                     cmocka_unit_test(a_scan_asks_for_what_changed),
                                     cmocka_unit_test(without_times),
                                     cmocka_unit_test(killed_at_any_page),
                                     cmocka_unit_test(read_again_at_send_time),
                                     cmocka_unit_test(orders_are_told_of_once),
                                     cmocka_unit_test(due_dates_go_back),
                                     cmocka_unit_test(one_installment_has_its_date_in_two_places),
                                     cmocka_unit_test(marks_go_back),
                                     cmocka_unit_test(an_activity_is_found_again),
                                     cmocka_unit_test(a_wrong_password_is_said),
                                     cmocka_unit_test(sessions_are_given_back)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
