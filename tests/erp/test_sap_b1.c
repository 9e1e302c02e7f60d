/* The connector to SAP Business One word by word: what leaves, what each of its errors comes to, what is read out of a
 * document, webhooks, what a wrong connect line is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/http_script.h"
#include "runtime/cli/texts.h"
#include "runtime/world_fake.h"
#include "stdlib/erp/sap_b1_impl.h"
#include "tests/support/stored.h"

enum { SETTINGS_MAX = 8 };

typedef struct fixture {
  world *w;
  store *s;
  arena *perm;
  erp *e;
  connection c;
  setting settings[SETTINGS_MAX];
} fixture;

static void open_with(fixture *f, const char *name, const char *value) {
  slice why;
  f->settings[0] = (setting){SLICE("company"), SLICE("SBODEMO"), false};
  f->settings[1] = (setting){SLICE("user"), SLICE("U"), true};
  f->settings[2] = (setting){SLICE("password"), SLICE("P"), true};
  f->settings[3] = (setting){SLICE("token"), SLICE("T"), true};
  if (name) f->settings[4] = (setting){slice_of(name), slice_of(value), false};
  f->c = (connection){.kind = SLICE("erp"),
                      .vendor = SLICE("sap_b1"),
                      .url = SLICE("https://sap.example.com:50000"),
                      .settings = f->settings,
                      .setting_count = name ? 5 : 4};
  f->e = SAP_B1.open(f->w, f->perm, &f->c, &why);
  if (!f->e) fail_msg("%.*s", SLICE_ARG(why));
}

static fixture *begin_with(const char *name, const char *value) {
  fixture *f = calloc(1, sizeof *f);
  store_error failed;
  assert_non_null(f);
  f->w = world_fake_new(1772712000000000000); /* 2026-03-05T12:00Z */
  f->perm = arena_new();
  world_fake_set_env(f->w, "U", "manager");
  world_fake_set_env(f->w, "P", "pa\"ss");
  world_fake_set_env(f->w, "T", "0123456789abcdef");
  script_begin(f->w);
  open_with(f, name, value);
  assert_int_equal(store_open(f->w, ":memory:", &f->s, &failed), STORE_OK);
  return f;
}

static void answer_login(void) {
  script_add((scripted_answer){.status = 200,
                               .header = "set-cookie",
                               .value = "B1SESSION=abc;HttpOnly;",
                               .body = "{\"SessionId\":\"abc\",\"SessionTimeout\":30}"});
}

static void end(fixture *f) {
  if (f->e->logged_in) script_answer(204, "");
  SAP_B1.close(f->e);
  store_close(f->s);
  arena_free(f->perm);
  script_end();
  world_fake_free(f->w);
  free(f);
}

/* ---- what leaves ---- */

static void a_session_is_asked_for_and_given_back(void **state) {
  (void)state;
  fixture *f = begin_with("version", "v1");
  answer_login();
  script_answer(200, "{\"value\":[]}");
  sap_answer a = sap_get(f->e, sap_path(f->e, f->perm, "/Invoices?$top=%d", 1), f->perm);
  assert_non_null(a.root);
  assert_string_equal(script.asked[0].url, "https://sap.example.com:50000/b1s/v1/Login");
  assert_string_equal(script.asked[0].body,
                      "{\"CompanyDB\":\"SBODEMO\",\"UserName\":\"manager\",\"Password\":\"pa\\\"ss\"}");
  assert_string_equal(script.asked[1].url, "https://sap.example.com:50000/b1s/v1/Invoices?$top=1");
  end(f);
}

static void keys_and_filters_are_quoted(void **state) {
  (void)state;
  fixture *f = begin_with(NULL, NULL);
  erp_failure why;
  bool there = true;
  answer_login();
  script_answer(404, "{\"error\":{\"code\":\"-2028\",\"message\":\"No matching records found\"}}");
  assert_int_equal(erp_read_again(f->s, &SAP_B1, f->e, STORE_T_customer, SLICE("O'Neil & C"), &there, f->perm, &why),
                   ERP_END);
  assert_false(there);
  assert_non_null(
      strstr(script.asked[1].url, "/b1s/v2/BusinessPartners(%27O%27%27Neil%20%26%20C%27)?$select=CardCode,"));
  end(f);
}

static void next_links_in_every_form(void **state) {
  static const char *const LINKS[] = {"https://sap.example.com:50000/b1s/v2/Orders?$skip=20", "/b1s/v2/Orders?$skip=20",
                                      "Orders?$skip=20"};
  (void)state;
  fixture *f = begin_with(NULL, NULL);
  for (int i = 0; i < 6; i++) {
    slice why, body = arena_printf(f->perm, "{\"%s.nextLink\":\"%s\"}", i < 3 ? "@odata" : "odata", LINKS[i % 3]);
    sap_answer a = {.root = json_parse(body, f->perm, &why)};
    assert_string_equal(arena_copy(f->perm, sap_next(f->e, &a, f->perm)), "/b1s/v2/Orders?$skip=20");
  }
  end(f);
}

/* ---- errors ---- */

static char *error_body(fixture *f, const sap_error *x, bool v1) {
  const char *form = v1 ? "{\"error\":{\"code\":%d,\"message\":{\"lang\":\"en-us\",\"value\":\"Ana da Silva\"}}}"
                        : "{\"error\":{\"code\":\"%d\",\"message\":\"Ana da Silva\"}}";
  char room[200];
  snprintf(room, sizeof room, form, x->code ? x->code : -77);
  return arena_copy(f->perm, slice_of(room));
}

/* As often as it is asked, with a new login in between where the session is over. */
static void answer_error(fixture *f, const sap_error *x, bool v1) {
  answer_login();
  script_answer(x->status, error_body(f, x, v1));
  if (x->status == 401 && x->code != -304) answer_login();
  for (int i = 0; i < 8; i++) script_answer(x->status, error_body(f, x, v1));
}

static void every_error_of_a_question(void **state) {
  const sap_error *x;
  (void)state;
  for (size_t i = 0; (x = sap_error_at(i)); i++)
    for (int v = 1; v <= 2; v++) {
      fixture *f = begin_with("version", v == 1 ? "v1" : "v2");
      erp_failure why = {{0}, 0};
      answer_error(f, x, v == 1);
      sap_answer a = sap_get(f->e, sap_path(f->e, f->perm, "/Invoices(7)"), f->perm);
      erp_code code = sap_asked(f->e, &a, &why, f->perm);
      erp_code expected = x->reading == SAP_GONE                               ? ERP_END
                          : x->reading == SAP_AGAIN || x->reading == SAP_LATER ? ERP_LATER
                                                                               : ERP_FAILED;
      if (code != expected || a.error->words != x->words) fail_msg("%d %d: %s", x->status, x->code, a.error->words);
      if (why.why.n && memmem(why.why.p, why.why.n, "Ana", 3)) fail_msg("a person's name in: %.*s", SLICE_ARG(why.why));
      if (x->reading == SAP_LOGIN) assert_int_equal(script.count, 4); /* login, refused, login, refused */
      if (expected == ERP_LATER && x->status != 412) assert_true(script.count > 3);
      script.answers = script.count;
      end(f);
    }
}

static void every_error_of_an_order(void **state) {
  static const send_outcome OUTCOME[] = {[SAP_W_REJECTED] = SEND_REJECTED,
                                         [SAP_W_RETRY] = SEND_RETRY,
                                         [SAP_W_DOWN] = SEND_DOWN,
                                         [SAP_W_LOOK] = SEND_RETRY,
                                         [SAP_W_UNKNOWN] = SEND_UNKNOWN};
  const sap_error *x;
  (void)state;
  for (size_t i = 0; (x = sap_error_at(i)); i++) {
    fixture *f = begin_with(NULL, NULL);
    const erp_order o = {.kind = ACT_MARK, .customer_source_id = SLICE("C1"), .text = SLICE("customer_blocked")};
    answer_error(f, x, false);
    send_result r = SAP_B1.write(f->e, &o, f->perm);
    if (r.outcome != OUTCOME[x->writing]) fail_msg("%d %d: %s", x->status, x->code, send_outcome_name(r.outcome));
    slice words = sap_error_words(x, x->status, x->code ? x->code : -77, f->perm);
    if (!slice_eq(r.detail, words)) fail_msg("%.*s, not %.*s", SLICE_ARG(r.detail), SLICE_ARG(words));
    script.answers = script.count;
    end(f);
  }
}

static void errors_are_said_in_every_language(void **state) {
  const sap_error *x;
  arena *a = arena_new();
  (void)state;
  for (size_t i = 0; (x = sap_error_at(i)); i++) {
    slice en = sap_error_words(x, x->status, x->code, a);
    for (dun_lang l = LANG_EN; l < LANG_COUNT; l++)
      if (slice_eq(texts_said(l, a, en), en) != (l == LANG_EN)) fail_msg("%.*s", SLICE_ARG(en));
  }
  arena_free(a);
}

static void an_activity_leaves_once(void **state) {
  static const struct {
    scripted_answer answer;
    send_outcome outcome;
  } CASES[] = {{{.end = HTTP_REFUSED, .phase = HTTP_CONNECTING}, SEND_RETRY},
               {{.end = HTTP_TIMEOUT, .phase = HTTP_SENDING}, SEND_UNKNOWN},
               {{.status = 500, .body = "{}"}, SEND_UNKNOWN},
               {{.status = 201, .body = "{\"ActivityCode\":12}"}, SEND_ACCEPTED}};
  (void)state;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    fixture *f = begin_with("version", "v1");
    const erp_order o = {.kind = ACT_OPEN_CARD,
                         .key = SLICE("00112233445566778899"),
                         .customer = SLICE("C1"),
                         .number = SLICE("1001"),
                         .source_id = SLICE("7"),
                         .date = date_of(2026, 3, 5),
                         .text = SLICE("Ligar")};
    answer_login();
    script_add(CASES[i].answer);
    send_result r = SAP_B1.write(f->e, &o, f->perm);
    assert_int_equal(r.outcome, CASES[i].outcome);
    assert_int_equal(script.count, 2);
    assert_string_equal(script_last()->body,
                        "{\"CardCode\":\"C1\",\"Activity\":\"cn_Task\",\"ActivityDate\":\"2026-03-05\","
                        "\"StartDate\":\"2026-03-05\",\"Details\":\"Ligar [dun 0011223344556677]\","
                        "\"Notes\":\"1001\\nLigar\",\"DocType\":\"13\",\"DocEntry\":\"7\"}");
    if (r.outcome == SEND_ACCEPTED) assert_true(slice_eq(r.provider_id, SLICE("12")));
    end(f);
  }
}

/* ---- documents ---- */

#define HEAD "{\"DocEntry\":7,\"DocNum\":1001,\"Series\":4,\"CardCode\":\"C1\",\"DocDate\":\"2026-01-20T00:00:00Z\","
#define OPEN "\"DocumentStatus\":\"bost_Open\",\"Cancelled\":\"tNO\",\"CancelStatus\":\"csNo\",\"BlockDunning\":\"tNO\""
#define ONE(due, total)                                                                                                \
  "\"DocumentInstallments\":[{\"InstallmentId\":1,\"DueDate\":\"" due "\",\"Total\":" total ",\"TotalFC\":" total      \
  ",\"DunningLevel\":2,\"LastDunningDate\":\"2026-02-01\"}]}"

/* Reads one document; what went wrong, empty: nothing. */
static const char *read_one(fixture *f, const char *body) {
  const store_written columns[] = {{.name = SLICE("id")}};
  store_writer *w;
  store_put how;
  bool there;
  erp_failure why;
  assert_int_equal(store_begin(f->s), STORE_OK);
  assert_int_equal(store_writer_open(f->s, STORE_T_customer, SLICE("test"), columns, 1, &w), STORE_OK);
  store_put_text(w, 0, SLICE("C1"));
  assert_int_equal(store_put_row(w, &how), STORE_OK);
  store_writer_close(w);
  assert_int_equal(store_commit(f->s), STORE_OK);
  if (!f->e->logged_in) answer_login();
  script_answer(200, body);
  slice row = strstr(body, "\"InstallmentId\":2") ? SLICE("7/1") : SLICE("7");
  if (erp_read_again(f->s, &SAP_B1, f->e, STORE_T_invoice, row, &there, f->perm, &why) == ERP_END) return "";
  return arena_copy(f->perm, why.why);
}

static void a_document_is_read_to_the_cent(void **state) {
  (void)state;
  fixture *f = begin_with(NULL, NULL);
  assert_string_equal(read_one(f, HEAD "\"DocTotal\":1250.500000,\"PaidToDate\":250.49,\"DocCurrency\":\"R$\"," OPEN
                                       "," ONE("2026-02-20T00:00:00Z", "1250.5")),
                      "");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "amount"), "125050");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "open"), "100001");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "paid_amount"), "25049");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "currency"), "BRL");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "due"), "20504");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "installments"), "-");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "dunning_level"), "2");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "last_dunning"), "2026-02-01");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "source_id"), "7");
  /* In another currency the amounts stand in the fields of that. */
  assert_string_equal(read_one(f, HEAD "\"DocTotal\":500,\"DocTotalFc\":100,\"PaidToDate\":200,\"PaidToDateFC\":40,"
                                       "\"DocCurrency\":\"EUR\"," OPEN "," ONE("2026-02-20", "100")),
                      "");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "amount"), "10000");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "open"), "6000");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "currency"), "EUR");
  end(f);
}

static void states_of_documents(void **state) {
  static const struct {
    const char *words, *status;
  } CASES[] = {{OPEN, "open"},
               {"\"DocumentStatus\":\"bost_Close\"", "paid"},
               {"\"DocumentStatus\":\"bost_Close\",\"Cancelled\":\"tYES\"", "cancelled"},
               {"\"DocumentStatus\":\"bost_Close\",\"CancelStatus\":\"csYes\"", "cancelled"}};
  (void)state;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    fixture *f = begin_with(NULL, NULL);
    char body[600];
    snprintf(body, sizeof body, HEAD "\"DocTotal\":100,\"PaidToDate\":0,\"DocCurrency\":\"R$\",%s,%s", CASES[i].words,
             ONE("2026-02-20", "100"));
    assert_string_equal(read_one(f, arena_copy(f->perm, slice_of(body))), "");
    assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "status"), CASES[i].status);
    end(f);
  }
}

static void what_cannot_be_taken_is_said(void **state) {
  static const struct {
    const char *body, *why;
  } CASES[] = {
      {HEAD "\"DocTotal\":100,\"DocCurrency\":\"$\"," OPEN "," ONE("2026-02-20", "100"),
       "its currency is not known by its sign: name the company's in the connect line, currency \"USD\""},
      {HEAD "\"DocCurrency\":\"R$\"," OPEN "," ONE("2026-02-20", "100"), "it has no DocTotal"},
      {HEAD "\"DocTotal\":100,\"DocCurrency\":\"R$\"," OPEN "," ONE("", "100"), "an installment has no due date"},
      {HEAD "\"DocTotal\":100,\"DocCurrency\":\"R$\"," OPEN
            ",\"DocumentInstallments\":[{\"InstallmentId\":1,\"DueDate\":"
            "\"2026-02-20\",\"Total\":50},{\"InstallmentId\":2,\"DueDate\":\"2026-03-20\",\"Total\":49}]}",
       "its installments do not add up to its total"}};
  (void)state;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    fixture *f = begin_with(NULL, NULL);
    assert_string_equal(read_one(f, CASES[i].body), CASES[i].why);
    end(f);
  }
  fixture *f = begin_with("currency", "USD");
  assert_string_equal(read_one(f, CASES[0].body), "");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "1001", "currency"), "USD");
  end(f);
  f = begin_with("numbers", "series");
  assert_string_equal(read_one(f, HEAD "\"DocTotal\":100,\"DocCurrency\":\"R$\"," OPEN "," ONE("2026-02-20", "100")),
                      "");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "4-1001", "status"), "open");
  end(f);
}

/* ---- webhooks ---- */

static hook_answer hear(fixture *f, const char *query, const char *body, hook_events *out) {
  const hook_request r = {
      .method = SLICE("POST"), .path = SLICE("/hook/sap_b1"), .query = slice_of(query), .body = slice_of(body)};
  return SAP_B1.hook(f->w, &f->c, &r, f->perm, out);
}

static slice value_of(const hook_event *v, const char *name) {
  for (size_t i = 0; i < v->value_count; i++)
    if (slice_eq(v->values[i].name, slice_of(name))) return v->values[i].value;
  return (slice){0};
}

static void webhooks_tell_what_the_scan_tells(void **state) {
  static const char BODY[] =
      "[{\"id\":\"e-1\",\"type\":\"sap.b1.Orders.Created.v1\",\"subject\":\"Orders(17)\",\"time\":"
      "\"2026-03-05T10:00:00Z\",\"data\":{\"DocEntry\":17,\"DocNum\":1003,\"CardCode\":\"C1\",\"DocTotal\":1500.5,"
      "\"DocCurrency\":\"R$\",\"DocDueDate\":\"2026-03-20\"}},"
      "{\"id\":\"e-2\",\"type\":\"sap.b1.Orders.Updated.v1\",\"time\":\"2026-03-05T10:01:00Z\",\"data\":{\"DocEntry\":"
      "17,"
      "\"CardCode\":\"C1\",\"UpdateDate\":\"2026-03-05\",\"UpdateTime\":\"07:01:00\"}},"
      "{\"id\":\"e-3\",\"type\":\"sap.b1.IncomingPayments.Created.v1\",\"data\":{\"DocEntry\":9,\"CardCode\":\"C1\","
      "\"PaymentInvoices\":[{\"DocEntry\":7,\"InvoiceType\":\"it_Invoice\"},{\"DocEntry\":8,\"InvoiceType\":"
      "\"it_JournalEntry\"}]}},"
      "{\"id\":\"e-4\",\"type\":\"sap.b1.Users.Created.v1\",\"data\":{}},{\"id\":\"e-5\",\"type\":\"nonsense\"},7]";
  (void)state;
  fixture *f = begin_with(NULL, NULL);
  hook_events out;
  assert_int_equal(hear(f, "token=0123456789abcdef", BODY, &out), HOOK_ANSWER_TAKEN);
  assert_int_equal(out.count, 4);
  assert_int_equal(out.v[0].kind, HOOK_ERP_EVENT);
  assert_true(slice_eq(out.v[0].id, SLICE("sap_b1 Orders 17 created"))); /* as the scan names it */
  assert_true(slice_eq(out.v[0].entity, SLICE("sap order created")));
  assert_true(slice_eq(value_of(&out.v[0], "customer"), SLICE("C1")));
  assert_true(slice_eq(value_of(&out.v[0], "said"), SLICE("order_number=1003\norder_total=1500.5\norder_currency=BRL\n"
                                                          "order_date=2026-03-20\norder_customer=C1\n")));
  assert_int_equal(out.v[0].at_s, 1772704800);
  assert_true(slice_eq(out.v[1].id, SLICE("sap_b1 Orders 17 changed 2026-03-05T07:01:00")));
  assert_int_equal(out.v[2].kind, HOOK_ERP_EVENT);
  assert_int_equal(out.v[3].kind, HOOK_PAID_HINT);
  assert_true(slice_eq(out.v[3].entity, SLICE("7")));
  assert_string_equal(out.v[3].table, "invoice");
  end(f);
}

static void a_webhook_without_the_token_is_not_heard(void **state) {
  (void)state;
  fixture *f = begin_with(NULL, NULL);
  hook_events out;
  assert_int_equal(hear(f, "token=0123456789abcdeX", "[]", &out), HOOK_ANSWER_NOT_GENUINE);
  assert_int_equal(hear(f, "", "[]", &out), HOOK_ANSWER_NOT_GENUINE);
  assert_int_equal(hear(f, "a=1&token=0123456789abcdef", "[", &out), HOOK_ANSWER_NOT_UNDERSTOOD);
  assert_int_equal(hear(f, "token=0123456789abcdef", "[]", &out), HOOK_ANSWER_TAKEN);
  assert_int_equal(out.count, 0);
  end(f);
}

/* ---- the connect line ---- */

static void a_wrong_connect_line_is_said(void **state) {
  static const struct {
    const char *name, *value, *why;
  } CASES[] = {{"version", "v3", "`version` is \"v1\" or \"v2\""},
               {"installments", "yes", "`installments` is \"separate\" (each is an invoice of its own) or \"whole\""},
               {"numbers", "x", "`numbers` is \"plain\" (DocNum) or \"series\" (SERIES-DocNum)"},
               {"currency", "reais", "`currency` is the ISO 4217 code of the company's currency, such as \"BRL\""},
               {"page", "0", "`page` is how many rows a page has, 1 to 5000"},
               {"page", "5001", "`page` is how many rows a page has, 1 to 5000"}};
  (void)state;
  fixture *f = begin_with("page", "5000");
  slice why;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    f->settings[4] = (setting){slice_of(CASES[i].name), slice_of(CASES[i].value), false};
    assert_null(SAP_B1.open(f->w, f->perm, &f->c, &why));
    assert_string_equal(arena_copy(f->perm, why), CASES[i].why);
  }
  f->c.setting_count = 4;
  f->c.url = SLICE("https://sap.example.com:50000/b1s/v1");
  assert_null(SAP_B1.open(f->w, f->perm, &f->c, &why));
  assert_string_equal(arena_copy(f->perm, why), "the address ends with the port: https://HOST:50000, without /b1s");
  f->c.url = SLICE("https://sap.example.com:50000");
  f->settings[2].value = SLICE("UNSET");
  assert_null(SAP_B1.open(f->w, f->perm, &f->c, &why));
  assert_string_equal(arena_copy(f->perm, why), "the environment variable UNSET is not set");
  end(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_session_is_asked_for_and_given_back),
                                     cmocka_unit_test(keys_and_filters_are_quoted),
                                     cmocka_unit_test(next_links_in_every_form),
                                     cmocka_unit_test(every_error_of_a_question),
                                     cmocka_unit_test(every_error_of_an_order),
                                     cmocka_unit_test(errors_are_said_in_every_language),
                                     cmocka_unit_test(an_activity_leaves_once),
                                     cmocka_unit_test(a_document_is_read_to_the_cent),
                                     cmocka_unit_test(states_of_documents),
                                     cmocka_unit_test(what_cannot_be_taken_is_said),
                                     cmocka_unit_test(webhooks_tell_what_the_scan_tells),
                                     cmocka_unit_test(a_webhook_without_the_token_is_not_heard),
                                     cmocka_unit_test(a_wrong_connect_line_is_said)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
