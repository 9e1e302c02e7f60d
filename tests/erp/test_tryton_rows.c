/* Parties and receivables without an invoice as Tryton's connector reads them, and what it asks for when it asks for
 * changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tryton_fixture.h"

/* ---- parties ---- */

#define PARTY(more)                                                                                                    \
  "{\"id\":3,\"result\":[{\"id\":4,\"code\":\"C1\",\"name\":\" Casa B \",\"categories\":[2,1]," more "}]}"
#define CONTACT(type, text, invoice)                                                                                   \
  "{\"id\":1,\"party\":4,\"type\":\"" type "\",\"value\":\"" text "\",\"invoice\":" invoice "}"

static void read_party(tryton_case *f, const char *party, const char *contacts, const char *addresses) {
  bool there;
  erp_failure why;
  tryton_answer_company();
  script_answer(200, party);
  script_answer(200, "{\"id\":4,\"result\":[{\"id\":1,\"name\":\"Retail\"},{\"id\":2,\"name\":\"a;b\"}]}");
  slice of_it = arena_printf(f->perm, "{\"id\":5,\"result\":[%s]}", contacts),
        where = arena_printf(f->perm, "{\"id\":6,\"result\":[%s]}", addresses);
  script_answer(200, arena_copy(f->perm, of_it));
  script_answer(200, arena_copy(f->perm, where));
  erp_code code = erp_read_again(f->s, &TRYTON, f->e, STORE_T_customer, SLICE("C1"), &there, f->perm, &why);
  if (code != ERP_END) fail_msg("%.*s", SLICE_ARG(why.why));
  assert_true(there);
}

static void check_party(tryton_case *f, const char *name, const char *expected) {
  tryton_row_has(f, STORE_T_customer, "C1", name, expected);
}

static void a_party_is_reached_where_it_wants_its_invoices(void **state) {
  (void)state;
  tryton_case *f = tryton_begin(NULL, NULL);
  read_party(f, PARTY("\"active\":true,\"lang.\":{\"code\":\"pt_BR\"},\"tax_identifier.\":{\"code\":\"77\"}"),
             CONTACT("email", "not an address", "false") "," CONTACT("email", "a@b.example", "false") "," CONTACT(
                 "email", "bills@b.example", "true") "," CONTACT("phone", "+351 21 1",
                                                                 "false") "," CONTACT("mobile", "+351 9", "false"),
             "{\"party\":4,\"country.\":null,\"subdivision.\":null,\"invoice\":true},"
             "{\"party\":9,\"country.\":{\"code\":\"FR\"},\"subdivision.\":null,\"invoice\":true},"
             "{\"party\":4,\"country.\":{\"code\":\"PT\"},\"subdivision.\":{\"code\":\"PT-11\"},\"invoice\":false}");
  check_party(f, "name", "Casa B");
  check_party(f, "email", "bills@b.example");
  check_party(f, "phone", "+351 9");
  check_party(f, "whatsapp", "+351 9");
  check_party(f, "country", "PT");
  check_party(f, "state", "11");
  check_party(f, "language", "pt");
  check_party(f, "tax_id", "77");
  check_party(f, "tags", "Retail"); /* a name with ';' in it is no tag */
  tryton_end(f);
}

static void a_party_may_have_nothing(void **state) {
  (void)state;
  tryton_case *f = tryton_begin(NULL, NULL);
  read_party(f, PARTY("\"active\":false,\"lang.\":{\"code\":\"ptx\"},\"tax_identifier.\":null"),
             CONTACT("phone", "+351 21 1", "false"), "");
  check_party(f, "email", "-");
  check_party(f, "phone", "+351 21 1");
  check_party(f, "whatsapp", "-");
  check_party(f, "language", "-");
  check_party(f, "country", "-");
  check_party(f, "tags", "inactive;Retail");
  tryton_end(f);
}

/* ---- receivables without an invoice ---- */

#define ENTRY(debit, credit, due, reconciled)                                                                          \
  "{\"id\":4,\"result\":[{\"id\":71,\"party.\":{\"code\":\"C1\"},\"move.\":{\"id\":35,\"post_number\":\"M/9\"},"       \
  "\"description\":\"OLD-1\",\"debit\":" DEC(debit) ",\"credit\":" DEC(                                                \
      credit) ",\"amount_second_currency\":null,\"second_currency.\":null,\"maturity_date\":" due                      \
              ",\"date\":" DAY(2026, 1, 5) "," reconciled "}]}"
#define UNSETTLED "\"reconciliation\":null,\"reconciliation.\":null"

static bool read_entry(tryton_case *f, const char *answer) {
  bool there;
  erp_failure why;
  if (!f->e->logged_in) {
    tryton_customer(f);
    tryton_answer_company();
  }
  script_answer(200, "{\"id\":3,\"result\":[]}"); /* it is no invoice's */
  script_answer(200, answer);
  erp_code code = erp_read_again(f->s, &TRYTON, f->e, STORE_T_invoice, SLICE("71"), &there, f->perm, &why);
  if (code != ERP_END) fail_msg("%.*s", SLICE_ARG(why.why));
  return there;
}

static void an_entry_is_owed_like_an_invoice(void **state) {
  (void)state;
  tryton_case *f = tryton_begin(NULL, NULL);
  assert_true(read_entry(f, ENTRY("70.5", "0", "null", UNSETTLED)));
  tryton_has(f, "M/9-71", "kind", "entry");
  tryton_has(f, "M/9-71", "open", "7050");
  tryton_has(f, "M/9-71", "currency", "EUR");
  tryton_has(f, "M/9-71", "due", "20458"); /* its own day */
  tryton_has(f, "M/9-71", "document", "OLD-1");
  assert_true(read_entry(f, ENTRY("70.5", "0", DAY(2026, 2, 4),
                                  "\"reconciliation\":5,\"reconciliation.\":{\"date\":" DAY(2026, 2, 20) "}")));
  tryton_has(f, "M/9-71", "status", "paid");
  tryton_has(f, "M/9-71", "open", "0");
  tryton_has(f, "M/9-71", "due", "20488");
  tryton_has(f, "M/9-71", "last_payment", "2026-02-20");
  tryton_end(f);
}

static void a_credit_is_negative_and_ends_when_it_is_applied(void **state) {
  (void)state;
  tryton_case *f = tryton_begin(NULL, NULL);
  assert_true(read_entry(f, ENTRY("0", "70.5", "null", UNSETTLED)));
  tryton_has(f, "M/9-71", "kind", "credit");
  tryton_has(f, "M/9-71", "open", "-7050");
  assert_false(read_entry(f, "{\"id\":4,\"result\":[]}"));
  tryton_has(f, "M/9-71", "status", "cancelled");
  tryton_end(f);
}

/* ---- what is asked ---- */

static void changes_are_asked_for_over_an_overlap(void **state) {
  (void)state;
  tryton_case *f = tryton_begin("category", "A \"B\"");
  erp_sync_options o = {0};
  erp_report report;
  for (int round = 0; round < 2; round++) {
    const char *newest = "{\"id\":1,\"result\":[{\"id\":1,\"write_date\":{\"__class__\":\"datetime\",\"year\":2026,"
                         "\"month\":3,\"day\":5,\"hour\":1,\"minute\":5,\"second\":9,\"microsecond\":7}}]}";
    const char *none = "{\"id\":1,\"result\":[]}";
    if (round == 0) tryton_answer_company();
    for (int feed = 0; feed < 2; feed++) {
      script_answer(200, newest); /* the newest change, the newest row, a page, its count */
      script_answer(200, none);
      script_answer(200, none);
      script_answer(200, "{\"id\":1,\"result\":0}");
    }
    script_answer(200, none); /* entries */
    if (erp_sync_all(f->w, f->s, &TRYTON, f->e, &o, f->perm, &report) != ERP_END)
      fail_msg("%.*s", SLICE_ARG(report.failure.why));
  }
  const char *whole = script.asked[9].body, *changed = script.asked[18].body;
  assert_non_null(
      strstr(whole, "[\"state\",\"in\",[\"posted\"]],[\"party.categories.name\",\"=\",\"A \\\"B\\\"\"]],0,200,"));
  assert_null(strstr(whole, "write_date"));
  assert_non_null(strstr(changed, "[\"posted\",\"paid\",\"cancelled\"]"));
  assert_non_null(strstr(changed,
                         "[\"payment_lines.write_date\",\">=\",{\"__class__\":\"datetime\",\"year\":2026,\"month\":3,"
                         "\"day\":5,\"hour\":0,\"minute\":0,\"second\":9,\"microsecond\":0}]"));
  assert_non_null(strstr(script.asked[20].body, "[\"create_date\",\"<\",{\"__class__\":\"datetime\""));
  tryton_end(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_party_is_reached_where_it_wants_its_invoices),
                                     cmocka_unit_test(a_party_may_have_nothing),
                                     cmocka_unit_test(an_entry_is_owed_like_an_invoice),
                                     cmocka_unit_test(a_credit_is_negative_and_ends_when_it_is_applied),
                                     cmocka_unit_test(changes_are_asked_for_over_an_overlap)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
