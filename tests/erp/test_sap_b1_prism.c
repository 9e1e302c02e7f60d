/* The connector to SAP Business One against the description of the Service Layer (tests/apis), both versions: a
 * validating server on loopback reads what the real network sends, and answers with the description's examples. What it
 * cannot check (state, sessions, filters) is in test_sap_b1_server.c. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "stdlib/erp/sap_b1_impl.h"
#include "tests/net/prism.h"

static prism server;

static int start_server(void **state) {
  (void)state;
  prism_start("tests/apis/sap-b1-service-layer.openapi.json", &server);
  return 0;
}
static int stop_server(void **state) {
  (void)state;
  prism_stop(&server);
  return 0;
}

static const char *env_of(world *w, const char *name) {
  (void)w;
  return strcmp(name, "B1_PASSWORD") == 0 ? "secret" : NULL;
}

typedef struct reading {
  world here;
  store *s;
  arena *a;
  setting settings[4];
  connection c;
  erp *e;
} reading;

static reading *begin(int version) {
  if (!server.pid) skip();
  arena *a = arena_new();
  reading *x = ARENA_NEW(a, reading);
  store_error failed;
  slice why;
  x->a = a;
  x->here = *world_posix();
  x->here.net = &net_curl;
  x->here.env = env_of;
  x->settings[0] = (setting){SLICE("company"), SLICE("SBODEMO"), false};
  x->settings[1] = (setting){SLICE("user"), SLICE("manager"), false};
  x->settings[2] = (setting){SLICE("password"), SLICE("B1_PASSWORD"), true};
  x->settings[3] = (setting){SLICE("version"), version == 1 ? SLICE("v1") : SLICE("v2"), false};
  x->c = (connection){.kind = SLICE("erp"),
                      .vendor = SLICE("sap_b1"),
                      .url = arena_printf(a, "http://127.0.0.1:%d", server.port),
                      .settings = x->settings,
                      .setting_count = 4};
  assert_int_equal(store_open(&x->here, ":memory:", &x->s, &failed), STORE_OK);
  x->e = SAP_B1.open(&x->here, a, &x->c, &why);
  if (!x->e) fail_msg("%.*s", SLICE_ARG(why));
  return x;
}

static void end(reading *x) {
  SAP_B1.close(x->e);
  store_close(x->s);
  arena_free(x->a);
}

/* Every question fits the description: what does not is answered with 4xx, and the sync would not end. */
static void a_sync_fits(void **state) {
  (void)state;
  for (int version = 1; version <= 2; version++) {
    reading *x = begin(version);
    erp_report r;
    erp_sync_options o = {0};
    for (int again = 0; again < 2; again++) /* in whole, then what changed */
      if (erp_sync_all(&x->here, x->s, &SAP_B1, x->e, &o, x->a, &r) != ERP_END)
        fail_msg("v%d: %.*s", version, SLICE_ARG(r.failure.why));
    int64_t invoices;
    assert_int_equal(store_count(x->s, STORE_T_invoice, &invoices), STORE_OK);
    assert_int_equal(invoices, 2); /* an invoice and a credit note of the one customer */
    end(x);
  }
}

static void one_row_again_fits(void **state) {
  (void)state;
  for (int version = 1; version <= 2; version++) {
    reading *x = begin(version);
    erp_failure f;
    bool there;
    assert_int_equal(erp_read_again(x->s, &SAP_B1, x->e, STORE_T_customer, SLICE("C0001"), &there, x->a, &f), ERP_END);
    assert_true(there);
    assert_int_equal(erp_read_again(x->s, &SAP_B1, x->e, STORE_T_invoice, SLICE("7"), &there, x->a, &f), ERP_END);
    assert_true(there);
    end(x);
  }
}

static erp_order order_of(action_kind kind, const char *words) {
  return (erp_order){.kind = kind,
                     .key = SLICE("00112233445566778899aabbccddeeff"),
                     .customer = SLICE("C0001"),
                     .customer_source_id = SLICE("C0001"),
                     .number = SLICE("1001"),
                     .source_id = SLICE("7"),
                     .has_date = true,
                     .date = date_of(2027, 1, 15),
                     .text = slice_of(words)};
}

/* The server keeps nothing: a change that it took (204) is not there when it is read again, and that is said. */
static void what_is_written_fits(void **state) {
  static const slice TOOK = {"SAP Business One took the change and left the document as it was", 64};
  static const struct {
    action_kind kind;
    const char *words;
  } CHANGES[] = {
      {ACT_UPDATE_DUE, ""}, {ACT_MARK, "dunned"}, {ACT_MARK, "dunning_level_2"}, {ACT_MARK, "dunning_blocked"}};
  (void)state;
  for (int version = 1; version <= 2; version++) {
    reading *x = begin(version);
    for (size_t i = 0; i < sizeof CHANGES / sizeof *CHANGES; i++) {
      erp_order o = order_of(CHANGES[i].kind, CHANGES[i].words);
      send_result r = SAP_B1.write(x->e, &o, x->a);
      if (!slice_eq(r.detail, TOOK)) fail_msg("v%d %s: %.*s", version, CHANGES[i].words, SLICE_ARG(r.detail));
      assert_int_equal(SAP_B1.find(x->e, &o, 0, x->a).outcome, SEND_RETRY);
    }
    erp_order o = order_of(ACT_MARK, "customer_blocked");
    assert_int_equal(SAP_B1.write(x->e, &o, x->a).outcome, SEND_ACCEPTED);
    for (int k = 0; k < 2; k++) {
      o = order_of(k ? ACT_ESCALATE : ACT_OPEN_CARD, "Ligar para o cliente");
      send_result r = SAP_B1.write(x->e, &o, x->a);
      if (r.outcome != SEND_ACCEPTED) fail_msg("v%d: %.*s", version, SLICE_ARG(r.detail));
      assert_true(slice_eq(r.provider_id, SLICE("12")));
      assert_int_equal(SAP_B1.find(x->e, &o, 0, x->a).outcome, SEND_RETRY);
    }
    end(x);
  }
}

/* The description has neither sales employees nor groups. */
static void say(void *self, bool fine, slice what, slice remedy) {
  bool left_out = slice_starts(remedy, SLICE("authorization Sales Employees")) ||
                  slice_starts(remedy, SLICE("authorization Business Partner Groups"));
  if (!fine && !left_out) fail_msg("%.*s", SLICE_ARG(what));
  ++*(int *)self;
}

static void the_doctor_fits(void **state) {
  (void)state;
  for (int version = 1; version <= 2; version++) {
    reading *x = begin(version);
    int said = 0;
    assert_false(SAP_B1.check(x->e, say, &said, x->a));
    assert_int_equal(said, 7);
    end(x);
  }
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_sync_fits), cmocka_unit_test(one_row_again_fits),
                                     cmocka_unit_test(what_is_written_fits), cmocka_unit_test(the_doctor_fits)};
  return cmocka_run_group_tests(tests, start_server, stop_server);
}
