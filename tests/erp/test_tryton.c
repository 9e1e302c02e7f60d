/* The connector to Tryton word by word: what leaves, what each of its errors comes to, what is read out of an invoice's
 * lines, what a wrong connect line is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/cli/texts.h"
#include "tryton_fixture.h"

/* ---- what leaves ---- */

static void a_session_is_asked_for_and_given_back(void **state) {
  (void)state;
  tryton_case *f = tryton_begin(NULL, NULL);
  erp_failure why;
  tryton_answer_company();
  assert_true(tryton_company(f->e, &why, f->perm));
  assert_int_equal(f->e->company, 1);
  assert_string_equal(script.asked[0].url, "https://tryton.example.com/my%20books/");
  assert_string_equal(
      script.asked[0].body,
      "{\"id\":1,\"method\":\"common.db.login\",\"params\":[\"dun\",{\"password\":\"pa\\\"ss\"},\"en\"]}");
  assert_string_equal(script.asked[0].proof, "");
  assert_string_equal(script.asked[1].proof, "Session ZHVuOjc6YWJj"); /* dun:7:abc */
  assert_string_equal(script.asked[2].body, "{\"id\":2,\"method\":\"model.company.company.search_read\",\"params\":"
                                            "[[[\"id\",\"=\",1]],0,2,null,[\"currency.code\"],{}]}");
  script_answer(200, "{\"id\":9,\"result\":null}");
  TRYTON.close(f->e);
  assert_string_equal(script_last()->body, "{\"id\":3,\"method\":\"common.db.logout\",\"params\":[]}");
  tryton_line(f, NULL, NULL);
  tryton_end(f);
}

static void a_company_is_found_by_its_name(void **state) {
  static const struct {
    const char *answer, *why;
  } CASES[] = {{"[]", "there is not exactly one company of that name that the user may read"},
               {"[{\"id\":1},{\"id\":2}]", "there is not exactly one company of that name that the user may read"},
               {"[{\"id\":3,\"currency.\":{\"code\":\"XXL\"}}]", "the company's currency has no ISO 4217 code"},
               {"[{\"id\":3,\"currency.\":{\"code\":\"BRL\"}}]", NULL}};
  (void)state;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    tryton_case *f = tryton_begin("company", "Casa \"B\"");
    erp_failure why;
    tryton_answer_login();
    slice body = arena_printf(f->perm, "{\"id\":1,\"result\":%s}", CASES[i].answer);
    script_answer(200, arena_copy(f->perm, body));
    bool found = tryton_company(f->e, &why, f->perm);
    assert_int_equal(found, CASES[i].why == NULL);
    if (!found) assert_string_equal(arena_copy(f->perm, why.why), CASES[i].why);
    assert_non_null(strstr(script_last()->body, "[[[\"party.name\",\"=\",\"Casa \\\"B\\\"\"]],0,2,"));
    tryton_end(f);
  }
  tryton_case *f = tryton_begin(NULL, NULL);
  erp_failure why;
  tryton_answer_login();
  script_answer(200, "{\"id\":1,\"result\":{\"language\":\"en\"}}");
  assert_false(tryton_company(f->e, &why, f->perm));
  assert_string_equal(arena_copy(f->perm, why.why),
                      "the user has no company: give it one in Tryton, or name it: company \"NAME\"");
  tryton_end(f);
}

/* ---- errors ---- */

static int status_of(const tryton_error *x) { return x->key[0] >= '0' && x->key[0] <= '9' ? atoi(x->key) : 200; }

static bool about_session(const tryton_error *x) { return strcmp(x->key, "Session") == 0; }

#define SESSION_ERROR                                                                                                  \
  "{\"id\":1,\"error\":[\"UserError\",[\"You are trying to write to records \\\"7\\\" of \\\"Session\\\" that don't "  \
  "exist "                                                                                                             \
  "anymore.\",\"\",null]]}"

/* As often as it is asked. */
static void answer_error(tryton_case *f, const tryton_error *x) {
  slice body = about_session(x) ? SLICE(SESSION_ERROR)
               : status_of(x) == 200
                   ? arena_printf(f->perm, "{\"id\":1,\"error\":[\"%s\",[\"Ana da Silva\",\"\",null]]}",
                                  x->key[0] ? x->key : "'nosuch'")
                   : SLICE("<h1>Ana da Silva</h1>");
  for (int i = 0; i < 8; i++) script_answer(status_of(x), arena_copy(f->perm, body));
}

static void every_error_of_a_question(void **state) {
  const tryton_error *x;
  (void)state;
  for (size_t i = 0; (x = tryton_error_at(i)); i++) {
    if (about_session(x)) continue; /* asked again: below */
    tryton_case *f = tryton_begin(NULL, NULL);
    erp_failure why = {{0}, 0};
    if (status_of(x) != 401) tryton_answer_login(); /* else it is the login itself */
    answer_error(f, x);
    tryton_answer a = tryton_ask(f->e, "model.party.party.search_read", SLICE("[]"), f->perm);
    erp_code code = tryton_asked(f->e, &a, &why, f->perm);
    if (code != (x->reading == TRYTON_LATER ? ERP_LATER : ERP_FAILED)) fail_msg("%s: %d", x->key, (int)code);
    if (status_of(x) != 401 && a.error->words != x->words) fail_msg("%s: %s", x->key, a.error->words);
    assert_non_null(strstr(arena_copy(f->perm, why.why), x->words));
    if (memmem(why.why.p, why.why.n, "Ana", 3)) fail_msg("a person's name in: %.*s", SLICE_ARG(why.why));
    if (status_of(x) == 429) assert_int_equal(script.count, 2); /* trying again is what locks the user out */
    script.answers = script.count;
    tryton_end(f);
  }
}

/* A question is asked again by a new session; what is to leave once is not. */
static void a_session_ends_in_the_middle(void **state) {
  (void)state;
  tryton_case *f = tryton_begin(NULL, NULL);
  tryton_answer_login();
  script_answer(200, SESSION_ERROR);
  tryton_answer_login();
  script_answer(200, "{\"id\":4,\"result\":[{\"id\":71}]}");
  tryton_answer a = tryton_ask(f->e, "model.party.party.search_read", SLICE("[]"), f->perm);
  assert_true(a.fine);
  assert_int_equal(json_count(a.result), 1);
  script_answer(200, SESSION_ERROR);
  a = tryton_do(f->e, "model.ir.note.create", SLICE("[]"), f->perm);
  assert_false(a.fine);
  assert_int_equal(a.error->writing, TRYTON_W_UNKNOWN);
  assert_int_equal(script.count, 5);
  tryton_end(f);
}

static void every_error_of_an_order(void **state) {
  static const send_outcome OUTCOME[] = {[TRYTON_W_REJECTED] = SEND_REJECTED,
                                         [TRYTON_W_RETRY] = SEND_RETRY,
                                         [TRYTON_W_DOWN] = SEND_DOWN,
                                         [TRYTON_W_UNKNOWN] = SEND_UNKNOWN};
  const tryton_error *x;
  (void)state;
  for (size_t i = 0; (x = tryton_error_at(i)); i++) {
    if (about_session(x)) continue; /* a due date is written again: above */
    tryton_case *f = tryton_begin(NULL, NULL);
    const erp_order o = {.kind = ACT_UPDATE_DUE,
                         .of = STORE_ENTITY_INVOICE,
                         .source_id = SLICE("71"),
                         .date = date_of(2026, 4, 1),
                         .has_date = true};
    tryton_answer_company();
    script_answer(200,
                  "{\"id\":3,\"result\":[{\"id\":71,\"move\":35,\"maturity_date\":null,\"reconciliation\":null}]}");
    if (status_of(x) == 401) script_answer(401, ""); /* the session has ended, and there is no other */
    answer_error(f, x);
    send_result r = TRYTON.write(f->e, &o, f->perm);
    if (r.outcome != OUTCOME[x->writing]) fail_msg("%s: %s", x->key, send_outcome_name(r.outcome));
    assert_non_null(strstr(arena_copy(f->perm, r.detail), x->words));
    script.answers = script.count;
    tryton_end(f);
  }
}

static void errors_are_said_in_every_language(void **state) {
  const tryton_error *x;
  arena *a = arena_new();
  (void)state;
  for (size_t i = 0; (x = tryton_error_at(i)); i++) {
    slice en = tryton_error_words(x, 200, a);
    for (dun_lang l = LANG_EN; l < LANG_COUNT; l++)
      if (slice_eq(texts_said(l, a, en), en) != (l == LANG_EN)) fail_msg("%.*s", SLICE_ARG(en));
  }
  arena_free(a);
}

/* ---- invoices ---- */

#define LINE(id, debit, credit, due, reconciled)                                                                       \
  "{\"id\":" #id ",\"debit\":" DEC(debit) ",\"credit\":" DEC(                                                          \
      credit) ",\"amount_second_currency\":null,\"second_currency.\":null,\"maturity_date\":" due                      \
              ",\"date\":" DAY(2026, 2, 9) "," reconciled "}"
#define UNSETTLED "\"reconciliation\":null,\"reconciliation.\":null"
#define SETTLED "\"reconciliation\":5,\"reconciliation.\":{\"id\":5,\"date\":" DAY(2026, 2, 20) "}"
#define INVOICE(state, pay, lines, paying)                                                                             \
  "{\"id\":26,\"number\":\"I-7\",\"reference\":\"PO-1\",\"party.\":{\"id\":4,\"code\":\"C1\"},\"invoice_date\":" DAY(  \
      2026, 1,                                                                                                         \
      5) ",\"currency.\":{\"id\":1,\"code\":\"EUR\"},\"amount_to_pay\":" DEC(pay) ",\"state\":\"" state                \
                                                                                  "\",\"lines_to_pay\":" lines         \
                                                                                  ",\"payment_lines\":" paying "}"

/* Reads line 71's invoice; what went wrong, empty: nothing. */
static const char *read_invoice(tryton_case *f, const char *invoice, const char *rows) {
  bool there;
  erp_failure why;
  if (!f->e->logged_in) {
    tryton_customer(f);
    tryton_answer_company();
  }
  slice one = arena_printf(f->perm, "{\"id\":3,\"result\":[%s]}", invoice),
        all = arena_printf(f->perm, "{\"id\":4,\"result\":[%s]}", rows);
  script_answer(200, arena_copy(f->perm, one));
  script_answer(200, arena_copy(f->perm, all));
  if (erp_read_again(f->s, &TRYTON, f->e, STORE_T_invoice, SLICE("71"), &there, f->perm, &why) != ERP_END)
    return arena_copy(f->perm, why.why);
  assert_true(there);
  return "";
}

static void an_invoice_is_read_to_the_cent(void **state) {
  (void)state;
  tryton_case *f = tryton_begin(NULL, NULL);
  assert_string_equal(
      read_invoice(f, INVOICE("posted", "100.01", "[71]", "[90]"),
                   LINE(71, "146.3", "0", DAY(2026, 2, 4), UNSETTLED) "," LINE(90, "0.0", "46.29", "null", UNSETTLED)),
      "");
  tryton_has(f, "I-7", "amount", "14630");
  tryton_has(f, "I-7", "open", "10001");
  tryton_has(f, "I-7", "paid_amount", "4629");
  tryton_has(f, "I-7", "currency", "EUR");
  tryton_has(f, "I-7", "due", "20488");
  tryton_has(f, "I-7", "issued", "20458");
  tryton_has(f, "I-7", "status", "open");
  tryton_has(f, "I-7", "kind", "invoice");
  tryton_has(f, "I-7", "document", "PO-1");
  tryton_has(f, "I-7", "last_payment", "2026-02-09");
  tryton_has(f, "I-7", "installments", "-");
  tryton_has(f, "I-7", "source_id", "71");
  assert_string_equal(
      read_invoice(f, INVOICE("paid", "0", "[71]", "[90]"), LINE(71, "146.3", "0", DAY(2026, 2, 4), SETTLED)), "");
  tryton_has(f, "I-7", "status", "paid");
  tryton_has(f, "I-7", "open", "0");
  tryton_has(f, "I-7", "last_payment", "2026-02-20");
  tryton_end(f);
}

#define THREE(first)                                                                                                   \
  LINE(71, "50", "0", DAY(2026, 2, 4), first)                                                                          \
  "," LINE(73, "25", "0", DAY(2026, 4, 4), UNSETTLED) "," LINE(72, "25", "0", DAY(2026, 3, 4), UNSETTLED)

static void installments_are_rows_of_their_own(void **state) {
  static const struct {
    const char *to_pay, *first, *open[3], *status[3];
  } CASES[] = {{"100", UNSETTLED, {"5000", "2500", "2500"}, {"open", "open", "open"}},
               {"40", UNSETTLED, {"0", "1500", "2500"}, {"paid", "open", "open"}}, /* 60 paid: by due date */
               {"50", SETTLED, {"0", "2500", "2500"}, {"paid", "open", "open"}},
               {"-5", SETTLED, {"0", "0", "-500"}, {"paid", "paid", "open"}}, /* overpaid: a credit */
               {"110", UNSETTLED, {"5000", "2500", "3500"}, {"open", "open", "open"}}};
  (void)state;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    tryton_case *f = tryton_begin(NULL, NULL);
    slice invoice = arena_printf(f->perm, INVOICE("posted", "%s", "[71,72,73]", "[]"), CASES[i].to_pay);
    slice rows = i == 2 || i == 3 ? SLICE(THREE(SETTLED)) : SLICE(THREE(UNSETTLED));
    assert_string_equal(read_invoice(f, arena_copy(f->perm, invoice), rows.p), "");
    for (int k = 0; k < 3; k++) {
      const char *number = k == 0 ? "I-7/1" : k == 1 ? "I-7/2" : "I-7/3";
      tryton_has(f, number, "open", CASES[i].open[k]);
      tryton_has(f, number, "status", CASES[i].status[k]);
      tryton_has(f, number, "installments", "3");
    }
    tryton_has(f, "I-7/2", "due", "20516"); /* by their numbers, whatever the order they came in */
    tryton_end(f);
  }
}

static void credit_notes_are_negative(void **state) {
  (void)state;
  tryton_case *f = tryton_begin("numbers", "year");
  assert_string_equal(
      read_invoice(f, INVOICE("posted", "-30", "[71]", "[]"), LINE(71, "0", "30.00", DAY(2026, 2, 4), UNSETTLED)), "");
  tryton_has(f, "2026/I-7", "kind", "credit note");
  tryton_has(f, "2026/I-7", "open", "-3000");
  assert_string_equal(
      read_invoice(f, INVOICE("cancelled", "0", "[71]", "[]"), LINE(71, "0", "30.00", DAY(2026, 2, 4), SETTLED)), "");
  tryton_has(f, "2026/I-7", "status", "cancelled");
  tryton_end(f);
}

static void another_currency_has_its_own_amount(void **state) {
  static const char USD[] = "{\"id\":26,\"number\":\"I-8\",\"party.\":{\"code\":\"C1\"},\"invoice_date\":" DAY(
      2026, 1,
      5) ",\"currency.\":{\"code\":\"USD\"},\"amount_to_pay\":" DEC("67.90") ",\"state\":\"posted\",\"lines_to_pay\":["
                                                                             "71],\"payment_lines\":[]}";
  (void)state;
  tryton_case *f = tryton_begin(NULL, NULL);
  assert_string_equal(
      read_invoice(f, USD,
                   "{\"id\":71,\"debit\":" DEC("61.69") ",\"credit\":" DEC("0") ",\"amount_second_currency\":" DEC(
                       "67.90") ",\"second_currency.\":{"
                                "\"code\":\"USD\"},"
                                "\"maturity_date\":null," UNSETTLED "}"),
      "");
  tryton_has(f, "I-8", "amount", "6790");
  tryton_has(f, "I-8", "currency", "USD");
  tryton_has(f, "I-8", "due", "20458"); /* a line without a day is due at once */
  assert_string_equal(read_invoice(f, USD, LINE(71, "61.69", "0", "null", UNSETTLED)),
                      "a line of it is in another currency");
  tryton_end(f);
}

static void what_cannot_be_taken_is_said(void **state) {
  static const struct {
    const char *invoice, *rows, *why;
  } CASES[] = {{INVOICE("posted", "x", "[71]", "[]"), LINE(71, "1", "0", "null", UNSETTLED), "it has no amount to pay"},
               {INVOICE("draft", "1", "[71]", "[]"), LINE(71, "1", "0", "null", UNSETTLED), "it is not posted"},
               {INVOICE("posted", "1", "[71]", "[]"), "", "a line of it may not be read"},
               {"{\"id\":26,\"state\":\"posted\",\"number\":null}", "", "it has no number"}};
  (void)state;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    tryton_case *f = tryton_begin(NULL, NULL);
    assert_string_equal(read_invoice(f, CASES[i].invoice, CASES[i].rows), CASES[i].why);
    tryton_end(f);
  }
}

/* ---- orders ---- */

static const erp_order NOTE = {.kind = ACT_MARK,
                               .of = STORE_ENTITY_INVOICE,
                               .key = SLICE("00112233445566778899"),
                               .number = SLICE("I-7"),
                               .source_id = SLICE("71"),
                               .date = {20517},
                               .text = SLICE("called")};
#define SUBJECT                                                                                                        \
  "{\"id\":3,\"result\":[{\"id\":71,\"move\":35,\"move.\":{\"id\":35,\"origin\":\"account.invoice,26\"},"              \
  "\"maturity_date\":" DAY(2026, 2, 4) ",\"reconciliation\":null}]}"

static void a_note_leaves_once(void **state) {
  static const struct {
    scripted_answer answer;
    send_outcome outcome;
  } CASES[] = {{{.end = HTTP_REFUSED, .phase = HTTP_CONNECTING}, SEND_RETRY},
               {{.end = HTTP_TIMEOUT, .phase = HTTP_SENDING}, SEND_UNKNOWN},
               {{.status = 500, .body = "x"}, SEND_UNKNOWN},
               {{.status = 200, .body = "{\"id\":5,\"result\":[12]}"}, SEND_ACCEPTED}};
  (void)state;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    tryton_case *f = tryton_begin(NULL, NULL);
    tryton_answer_company();
    script_answer(200, SUBJECT);
    script_answer(200, "{\"id\":4,\"result\":[]}");
    script_add(CASES[i].answer);
    send_result r = TRYTON.write(f->e, &NOTE, f->perm);
    assert_int_equal(r.outcome, CASES[i].outcome);
    assert_int_equal(script.count, 6);
    assert_non_null(strstr(script.asked[4].body, "[[[\"resource\",\"=\",\"account.invoice,26\"],[\"message\",\"like\","
                                                 "\"%[dun 0011223344556677]%\"]],0,1,"));
    assert_string_equal(
        script_last()->body,
        "{\"id\":5,\"method\":\"model.ir.note.create\",\"params\":[[{\"resource\":\"account.invoice,26\","
        "\"message\":\"I-7: called [dun 0011223344556677]\"}],{\"company\":1}]}");
    tryton_end(f);
  }
}

static void a_note_that_is_there_is_not_written_again(void **state) {
  (void)state;
  tryton_case *f = tryton_begin(NULL, NULL);
  tryton_answer_company();
  script_answer(200, SUBJECT);
  script_answer(200, "{\"id\":4,\"result\":[{\"id\":12}]}");
  send_result r = TRYTON.write(f->e, &NOTE, f->perm);
  assert_int_equal(r.outcome, SEND_ACCEPTED);
  assert_true(slice_eq(r.provider_id, SLICE("12")));
  tryton_end(f);
}

static void an_unknown_outcome_is_looked_for(void **state) {
  int64_t now_s = 1772712000;
  (void)state;
  for (int there = 0; there < 2; there++)
    for (int old = 0; old < 2; old++) {
      tryton_case *f = tryton_begin(NULL, NULL);
      tryton_answer_company();
      script_answer(200, SUBJECT);
      script_answer(200, there ? "{\"id\":4,\"result\":[{\"id\":12}]}" : "{\"id\":4,\"result\":[]}");
      send_result r = TRYTON.find(f->e, &NOTE, old ? now_s - 600 : now_s - 5, f->perm);
      assert_int_equal(r.outcome, there ? SEND_ACCEPTED : old ? SEND_RETRY : SEND_UNKNOWN);
      tryton_end(f);
    }
}

static void a_due_date_is_moved(void **state) {
  (void)state;
  erp_order o = NOTE;
  o.kind = ACT_UPDATE_DUE;
  tryton_case *f = tryton_begin(NULL, NULL);
  tryton_answer_company();
  script_answer(200, SUBJECT);
  script_answer(200, "{\"id\":4,\"result\":null}");
  assert_int_equal(TRYTON.write(f->e, &o, f->perm).outcome, SEND_ACCEPTED);
  assert_string_equal(script_last()->body, "{\"id\":4,\"method\":\"model.account.move.line.write\",\"params\":[[71],"
                                           "{\"maturity_date\":" DAY(2026, 3, 5) "},{\"company\":1}]}");
  o.date = date_of(2026, 2, 4); /* where it is already nothing is written */
  script_answer(200, SUBJECT);
  assert_int_equal(TRYTON.write(f->e, &o, f->perm).outcome, SEND_ACCEPTED);
  o.kind = ACT_CHARGE_FEE;
  assert_int_equal(TRYTON.write(f->e, &o, f->perm).outcome, SEND_REJECTED);
  tryton_end(f);
}

/* ---- the connect line ---- */

static void a_wrong_connect_line_is_said(void **state) {
  static const struct {
    const char *name, *value, *why;
  } CASES[] = {{"numbers", "x", "`numbers` is \"plain\" (the invoice's number) or \"year\" (YEAR/NUMBER)"},
               {"page", "0", "`page` is how many rows a page has, 1 to 1000"},
               {"page", "1001", "`page` is how many rows a page has, 1 to 1000"}};
  (void)state;
  tryton_case *f = tryton_begin("page", "1000");
  slice why;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    f->settings[3] = (setting){slice_of(CASES[i].name), slice_of(CASES[i].value), false};
    assert_null(TRYTON.open(f->w, f->perm, &f->c, &why));
    assert_string_equal(arena_copy(f->perm, why), CASES[i].why);
  }
  f->c.setting_count = 3;
  f->settings[0].key = SLICE("nothing");
  assert_null(TRYTON.open(f->w, f->perm, &f->c, &why));
  assert_string_equal(arena_copy(f->perm, why), "its connect line needs: database \"tryton\"");
  f->settings[0].key = SLICE("database");
  f->settings[2].value = SLICE("UNSET");
  assert_null(TRYTON.open(f->w, f->perm, &f->c, &why));
  assert_string_equal(arena_copy(f->perm, why), "the environment variable UNSET is not set");
  tryton_end(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_session_is_asked_for_and_given_back),
                                     cmocka_unit_test(a_company_is_found_by_its_name),
                                     cmocka_unit_test(every_error_of_a_question),
                                     cmocka_unit_test(a_session_ends_in_the_middle),
                                     cmocka_unit_test(every_error_of_an_order),
                                     cmocka_unit_test(errors_are_said_in_every_language),
                                     cmocka_unit_test(an_invoice_is_read_to_the_cent),
                                     cmocka_unit_test(installments_are_rows_of_their_own),
                                     cmocka_unit_test(credit_notes_are_negative),
                                     cmocka_unit_test(another_currency_has_its_own_amount),
                                     cmocka_unit_test(what_cannot_be_taken_is_said),
                                     cmocka_unit_test(a_note_leaves_once),
                                     cmocka_unit_test(a_note_that_is_there_is_not_written_again),
                                     cmocka_unit_test(an_unknown_outcome_is_looked_for),
                                     cmocka_unit_test(a_due_date_is_moved),
                                     cmocka_unit_test(a_wrong_connect_line_is_said)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
