/* The outbox beside messages to customers: digests for our own people, cards, tags, and what a run needs before it
 * begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/outbox_fixture.h"

static int64_t rows(house *h, store_table t) {
  int64_t n;
  must(h->s, store_count(h->s, t, &n));
  return n;
}

static void our_own_people_get_one_digest(void **state) {
  (void)state;
  static const char INTERNAL[] =
      "policy \"P\"\n  currency BRL\n" SMTP "team finance is \"fin@acme.example\"\nladder l for invoices\n"
      "  at 1d alert finance \"look at {number}\" then open card in \"Legal\" titled \"{number}!\" priority high due "
      "in 3bd then "
      "tag customer \"late\" then log \"x\" then escalate to owner\n";
  house h = begin();
  several(&h);
  assert_string_equal(whole_run(&h, INTERNAL, DAY), "SENT 2, RECORDED 24");
  assert_int_equal(server.sent, 2);
  assert_string_equal(server.to[0], "fin@acme.example");
  assert_string_equal(server.text[0],
                      "- look at A-1\n- look at A-2\n- look at A-3\n- look at A-4\n- look at A-5\n- look at A-6\n");
  assert_string_equal(server.to[1], "rep@acme.example");
  assert_int_equal(rows(&h, STORE_T_card), 12);
  const slice columns[] = {SLICE("title"), SLICE("priority"), SLICE("board"), SLICE("due_on")};
  store_query q = {.table = STORE_T_card, .columns = columns, .column_count = 4};
  store_cursor *c;
  must(h.s, store_scan(h.s, &q, &c));
  assert_int_equal(store_next(c), STORE_ROW);
  assert_true(slice_eq(store_text(c, 0), SLICE("A-1!")) && slice_eq(store_text(c, 1), SLICE("high")));
  assert_int_equal(store_int(c, 3), DAY + 3);
  store_cursor_close(c);
  const slice own[] = {SLICE("what"), SLICE("value"), SLICE("since")};
  q = (store_query){.table = STORE_T_own_state, .columns = own, .column_count = 3};
  must(h.s, store_scan(h.s, &q, &c));
  assert_int_equal(store_next(c), STORE_ROW);
  assert_true(slice_eq(store_text(c, 0), SLICE("tag late")) && slice_eq(store_text(c, 1), SLICE("late")));
  assert_int_equal(store_int(c, 2), DAY);
  store_cursor_close(c);
  assert_string_equal(whole_run(&h, INTERNAL, DAY), "");
  end(&h);
}

static void no_address(house *h) { put_customer(h, "C1", NULL, NULL); }

static void without_a_contact_it_is_recorded(void **state) {
  (void)state;
  house h = begin();
  no_address(&h);
  assert_string_equal(whole_run(&h, POLICY, DAY), "NO_CONTACT 1");
  assert_string_equal(state_of(&h, 0), "suppressed: no contact");
  end(&h);
}

static size_t needs(const char *policy, outbox_need *first) {
  arena *a = arena_new();
  source s = {SLICE("p.dun"), slice_of(policy)};
  diags d;
  compiled c;
  const outbox_need *v;
  diags_init(&d, a);
  if (!compile(a, &s, 1, &d, &c)) fail_msg("%s", diags_render(&d, &s, 1, LANG_EN, false, a).p);
  size_t n = outbox_needs(c.program, a, &v);
  if (n && first)
    *first = (outbox_need){.missing = slice_of(strdup(arena_copy(a, v->missing))),
                           .remedy = slice_of(strdup(arena_copy(a, v->remedy)))};
  arena_free(a);
  return n;
}

#define SAP "connect erp sap_b1 \"https://sap.example\" with company \"C\"\n"
#define OMIE_LINE "connect erp omie with key from env \"K\"\n"

static void what_an_erp_can_do_is_no_need(void **state) {
  (void)state;
  static const char *const MET[] = {
      OMIE_LINE "late fee 2%\nladder l for invoices\n  at 5d charge fee then write off\n",
      OMIE_LINE "every month on day 1 for contracts\n  bill contract\non contract churned suspend service\n",
      SAP "ladder l for invoices\n  at 5d mark call\n  at 9d mark dunning_level_2 then update due date in erp\n",
      /* the one or the other, as the row comes from it */
      SAP OMIE_LINE "ladder l for invoices\n  at 5d write off\n",
  };
  for (size_t i = 0; i < sizeof MET / sizeof *MET; i++) assert_int_equal(needs(MET[i], NULL), 0);
}

static void needs_are_found_before(void **state) {
  (void)state;
  outbox_need one;
  assert_int_equal(needs(POLICY, NULL), 0);
  assert_int_equal(needs("when overdue >= 5d send sms \"x\"; at 30d escalate rep\n", NULL), 0);
  static const struct {
    const char *policy, *missing;
  } cases[] = {
      {"ladder l for invoices\n  at 5d charge fee\n", "no ERP is connected"},
      {"ladder l for invoices\n  at 5d alert finance \"x\"\n", "there is no such team"},
      {"connect whatsapp zenvia with key from env \"K\"\nladder l for invoices\n  at 5d send whatsapp \"x\"\n",
       "this dun cannot send through zenvia"},
      {"every month on day 1 for contracts\n  bill contract\n", "no ERP is connected"},
      {"connect erp totvs with key from env \"K\"\nladder l for invoices\n  at 5d write off\n",
       "this dun does not speak to totvs"},
      {SAP "ladder l for invoices\n  at 5d write off\n",
       "SAP Business One cannot do this; it can update due date in erp / mark / unmark"},
      {SAP "ladder l for invoices\n  at 5d mark red\n",
       "SAP Business One has the marks dunned, dunning_level_1 to _10, dunning_blocked, customer_blocked, call, task, "
       "note and meeting"},
      {SAP "ladder l for invoices\n  at 5d unmark dunned\n",
       "SAP Business One takes no dunning level back: dunning_blocked and customer_blocked can be unmarked"},
      {OMIE_LINE "ladder l for invoices\n  at 5d charge fee\n",
       "Omie is told what to charge: the policy has no `late fee` line"},
      {OMIE_LINE "when contract status is paused mark late\n", "Omie does this to receivables alone"},
      {"ladder l for invoices\n  at 5d call webhook crm\n", "there is no connect line of that name"},
      {"connect webhook other \"https://x.example\" with secret from env \"S\"\nladder l for invoices\n"
       "  at 5d call webhook crm\n",
       "there is no connect line of that name"},
      {"team finance is \"f@x.example\"\nladder l for invoices\n  at 5d alert finance \"x\" via teams\n",
       "the team has no teams webhook"},
      {"team finance is teams webhook from env \"T\"\nladder l for invoices\n  at 5d alert finance \"x\" via slack\n",
       "the team has no slack webhook"},
      {"team finance is teams webhook from env \"T\"\nladder l for invoices\n  at 5d alert finance \"x\" via email\n",
       "the team has no e-mail address"},
      {"ladder l for invoices\n  at 5d alert finance \"x\" via slack\n", "there is no such team"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(needs(cases[i].policy, &one), 1);
    assert_string_equal(one.missing.p, cases[i].missing);
    free((char *)(uintptr_t)one.missing.p);
    free((char *)(uintptr_t)one.remedy.p);
  }
  assert_int_equal(
      needs("team finance is teams webhook from env \"T\"\nladder l for invoices\n  at 5d alert finance \"x\"\n", NULL),
      0);
  assert_int_equal(needs("team finance is \"f@x.example\" and slack webhook from env \"S\"\nladder l for invoices\n"
                         "  at 5d alert finance \"x\" via slack then alert finance \"y\"\n",
                         NULL),
                   0);
  assert_int_equal(needs("connect webhook crm from env \"URL\" with secret from env \"S\"\nladder l for invoices\n"
                         "  at 5d call webhook crm with number, open\n",
                         NULL),
                   0);
  assert_int_equal(needs("policy \"P\"\n  late fee 2% plus interest \"ECB\" plus 8% per year\n", NULL), 0);
  assert_int_equal(needs("policy \"P\"\n  rates from \"r.csv\"\n", NULL), 0);
  assert_int_equal(needs("policy \"P\"\n  payments settle interest then fine then principal\n", NULL), 0);
  assert_int_equal(needs("policy \"P\"\n  prorated by actual days\n", NULL), 0);
}

/* What is proposed instead of an action stands where it stood, and needs nothing. */
static void what_is_proposed_works(void **state) {
  (void)state;
  static const char *const WHERE[] = {
      "ladder l for invoices\n  at 5d %s\n",
      "ladder l for contracts counting from end\n  at 5d before end %s\n",
      "rule big: when customer.open_total > 5\n  %s\n",
  };
  static const char *const WHAT[] = {"charge interest", "bill contract", "suspend service"};
  for (size_t i = 0; i < sizeof WHERE / sizeof *WHERE; i++) {
    char policy[512];
    outbox_need one;
    snprintf(policy, sizeof policy, WHERE[i], WHAT[i]);
    assert_int_equal(needs(policy, &one), 1);
    snprintf(policy, sizeof policy, WHERE[i], one.remedy.p);
    assert_int_equal(needs(policy, NULL), 0);
    free((char *)(uintptr_t)one.missing.p);
    free((char *)(uintptr_t)one.remedy.p);
  }
}

/* The line that is proposed for a webhook or a team makes it work. */
static void what_is_proposed_as_a_line_works(void **state) {
  (void)state;
  static const char *const WHAT[] = {"call webhook hook with number", "alert desk \"x\"", "alert desk \"x\" via teams",
                                     "alert desk \"x\" via slack"};
  for (size_t i = 0; i < sizeof WHAT / sizeof *WHAT; i++) {
    char policy[512], with[4096];
    outbox_need one;
    snprintf(policy, sizeof policy, "ladder l for invoices\n  at 5d %s\n", WHAT[i]);
    assert_int_equal(needs(policy, &one), 1);
    snprintf(with, sizeof with, "%s\n%s", one.remedy.p, policy);
    assert_int_equal(needs(with, NULL), 0);
    free((char *)(uintptr_t)one.missing.p);
    free((char *)(uintptr_t)one.remedy.p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(our_own_people_get_one_digest),    cmocka_unit_test(without_a_contact_it_is_recorded),
      cmocka_unit_test(what_an_erp_can_do_is_no_need),    cmocka_unit_test(needs_are_found_before),
      cmocka_unit_test(what_an_erp_can_do_is_no_need),    cmocka_unit_test(what_is_proposed_works),
      cmocka_unit_test(what_is_proposed_as_a_line_works),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
