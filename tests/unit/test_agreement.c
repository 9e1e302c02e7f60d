/* Agreements with customers over days: what may be proposed, who may approve, what an ERP that takes or refuses the
 * date makes of it, instalments met and missed, promises broken, cards of paid invoices. The ledger and the runs are
 * those of tests/support/outbox_fixture.h; an order's way through the outbox is done by its states, as a carrier does
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/outbox/agreement.h"
#include "runtime/outbox/effect.h"
#include "runtime/store/board.h"
#include "runtime/store/message.h"
#include "runtime/world_fake.h"
#include "tests/support/http_script.h"
#include "tests/support/outbox_fixture.h"

#define RULES(mail)                                                                                                    \
  "policy \"P\"\n  currency BRL\n  one message per invoice\n" mail "hold while promised\nladder l for invoices\n"      \
  "  at 1d send email \"{number} {open}\"\n  at 4d open card in \"Collections\"\n"                                     \
  "  at 20d send email \"last {number}\"\n"
#define ERP "connect erp omie with key from env \"K\" and secret from env \"S\"\n"
static const char PLAIN[] =
    RULES(SMTP) "on extension approved log \"extended {number}\"\non promise broken log \"broken\"\n";
static const char WITH_ERP[] = RULES("") ERP "on extension approved update due date in erp\n";

/* ---- the house ---- */

/* An invoice of C1 as `from` (a sync, an import) writes it. */
static void row(house *h, const char *from, const char *number, int64_t open, int32_t due, const char *status) {
  static const char *const NAMES[] = {"number", "customer", "amount", "open", "due", "status", "currency", "source_id"};
  store_written columns[8];
  store_writer *w;
  store_put how;
  for (size_t i = 0; i < 8; i++) columns[i] = (store_written){slice_of(NAMES[i]), false};
  must(h->s, store_begin(h->s));
  must(h->s, store_writer_open(h->s, STORE_T_invoice, slice_of(from), columns, 8, &w));
  store_put_text(w, 0, slice_of(number));
  store_put_text(w, 1, SLICE("C1"));
  store_put_int(w, 2, 30000);
  store_put_int(w, 3, open);
  store_put_int(w, 4, due);
  store_put_text(w, 5, slice_of(status));
  store_put_text(w, 6, SLICE("BRL"));
  store_put_text(w, 7, SLICE("7001"));
  must(h->s, store_put_row(w, &how));
  store_writer_close(w);
  must(h->s, store_commit(h->s));
}

/* A day of the service without its deliveries to an ERP. */
static void day_passes(house *h, const char *policy, int32_t day) {
  run r;
  run_commit(h, &r, policy, day);
  run_end(&r);
}

/* N-1 of 300.00, due five days ago, with a card since yesterday; the policy has run. */
static house ledger(const char *from, const char *policy) {
  house h = begin_empty();
  world_fake_set_env(h.w, "K", "1");
  world_fake_set_env(h.w, "S", "2");
  put_customer(&h, "C1", "c1@x.example", NULL);
  if (strcmp(from, "csv") != 0) script_begin(h.w);
  row(&h, from, "N-1", 30000, DAY - 5, "open");
  day_passes(&h, policy, DAY - 1);
  return h;
}

static void over(house *h) {
  if (script.perm) script_end();
  end(h);
}

static compiled compile_policy(arena *perm, const char *policy) {
  static diags d;
  compiled c;
  source *s = ARENA_NEW(perm, source);
  *s = (source){SLICE("p.dun"), slice_of(policy)};
  diags_init(&d, perm);
  assert_true(compile(perm, s, 1, &d, &c));
  return c;
}

/* ---- what people do ---- */

static int64_t propose(house *h, const agreement_part *parts, size_t n) {
  int64_t id = 0;
  agreement a = {.invoice = SLICE("N-1"),
                 .customer = SLICE("C1"),
                 .currency = SLICE("BRL"),
                 .due_was = DAY - 5,
                 .note = SLICE("on the phone"),
                 .proposed_by = SLICE("ana"),
                 .parts = (agreement_part *)(uintptr_t)parts,
                 .part_count = n};
  for (size_t i = 0; i < n; i++) a.open += parts[i].amount;
  must(h->s, store_begin(h->s));
  must(h->s, agreement_propose(h->s, &a, &id));
  must(h->s, store_commit(h->s));
  return id;
}

static agreement_answer approve(house *h, const char *policy, int64_t id, const char *by, int32_t day) {
  arena *perm = arena_new();
  compiled c = compile_policy(perm, policy);
  agreement_answer answer;
  agreement_act a = {.id = id, .by = slice_of(by), .today = {day}};
  must(h->s, store_begin(h->s));
  must(h->s, agreement_approve(c.program, h->s, &a, perm, &answer));
  if (answer == AGREED_DONE)
    must(h->s, store_commit(h->s));
  else
    store_rollback(h->s);
  arena_free(perm);
  return answer;
}

/* "in force 1 waits: reason". */
static const char *stands(house *h, int64_t id) {
  static char out[200];
  arena *perm = arena_new();
  agreement a;
  must(h->s, agreement_find(h->s, id, perm, &a));
  snprintf(out, sizeof out, "%s %d%s%s%.*s", agreement_state_name(a.state), a.at_hand, a.waits ? " waits" : "",
           a.reason.n ? ": " : "", SLICE_ARG(a.reason));
  arena_free(perm);
  return out;
}

/* The column of N-1's card, and the last row of its history: "Promised, agreement 1 in force by dun". */
static const char *card_of(house *h) {
  static char out[300];
  arena *perm = arena_new();
  int64_t id;
  board_card c;
  board_event v[64];
  size_t n;
  must(h->s, board_card_of(h->s, (store_entity){STORE_ENTITY_INVOICE, SLICE("N-1")}, &id));
  assert_true(id > 0);
  must(h->s, board_find(h->s, id, perm, &c));
  must(h->s, board_history(h->s, id, 0, perm, v, 64, &n));
  const board_event *e = v + n - 1;
  snprintf(out, sizeof out, "%.*s, %.*s %.*s by %.*s", SLICE_ARG(c.lane), SLICE_ARG(e->kind), SLICE_ARG(e->now),
           SLICE_ARG(e->actor));
  arena_free(perm);
  return out;
}

/* ---- the outbox ---- */

static int64_t order_of_agreement(house *h, int64_t id) {
  arena *perm = arena_new();
  agreement a;
  must(h->s, agreement_find(h->s, id, perm, &a));
  arena_free(perm);
  return a.action;
}

/* As a carrier does it: taken over, or refused. */
static void erp_answers(house *h, int64_t id, bool takes, int32_t day) {
  arena *perm = arena_new();
  bool moved;
  must(h->s, store_begin(h->s));
  must(h->s, store_action_move(h->s, id, ACTION_ready, ACTION_leased, (slice){0}, &moved));
  assert_true(moved);
  must(h->s, store_action_move(h->s, id, ACTION_leased, ACTION_sending, (slice){0}, &moved));
  must(h->s, store_action_move(h->s, id, ACTION_sending, takes ? ACTION_accepted : ACTION_rejected,
                               takes ? (slice){0} : SLICE("the title is locked"), &moved));
  if (takes) must(h->s, outbox_took_effect(h->s, id, (civil_date){day}, perm));
  must(h->s, store_commit(h->s));
  arena_free(perm);
}

static int32_t due_of(house *h) {
  const slice columns[] = {SLICE("due")};
  store_cursor *c = NULL;
  int32_t v = 0;
  if (store_row(h->s, STORE_T_invoice, "number", SLICE("N-1"), columns, 1, &c) == STORE_ROW)
    v = (int32_t)store_int(c, 0);
  store_cursor_close(c);
  return v;
}

/* Actions whose text begins so. */
static int actions(house *h, const char *head) {
  const slice columns[] = {SLICE("action")};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 1};
  store_cursor *c;
  int n = 0;
  must(h->s, store_scan(h->s, &q, &c));
  while (store_next(c) == STORE_ROW) n += slice_starts(store_text(c, 0), slice_of(head));
  store_cursor_close(c);
  return n;
}

/* ---- proposals ---- */

static void sums_and_days_are_checked(void **state) {
  (void)state;
  const agreement_invoice i = {.status = SLICE("open"), .open = 30000, .due = DAY - 5};
  const agreement_invoice paid = {.status = SLICE("paid"), .open = 30000, .due = DAY - 5};
  const struct {
    agreement_part v[3];
    size_t n;
    agreement_wrong wrong;
    size_t at;
  } CASES[] = {
      {{{DAY + 10, 30000, 0}}, 1, AGREEMENT_WRONG_NOTHING, 0},
      {{{DAY + 10, 10000, 0}, {DAY + 20, 20000, 0}}, 2, AGREEMENT_WRONG_NOTHING, 1},
      {{{DAY + 10, 10000, 0}, {DAY + 20, 19999, 0}}, 2, AGREEMENT_WRONG_SUM, 1},
      {{{DAY + 10, 10000, 0}, {DAY + 10, 20000, 0}}, 2, AGREEMENT_WRONG_ORDER, 1},
      {{{DAY + 10, 30000, 0}, {DAY + 20, 0, 0}}, 2, AGREEMENT_WRONG_AMOUNT, 1},
      {{{DAY + 10, 40000, 0}, {DAY + 20, -10000, 0}}, 2, AGREEMENT_WRONG_AMOUNT, 1},
      {{{DAY, 30000, 0}}, 1, AGREEMENT_WRONG_PAST, 0},
      {{{DAY + 3000, 30000, 0}}, 1, AGREEMENT_WRONG_FAR, 0},
      {{{0}}, 0, AGREEMENT_WRONG_NO_PARTS, 0},
      {{{DAY + 10, INT64_MAX, 0}, {DAY + 20, INT64_MAX, 0}}, 2, AGREEMENT_WRONG_SUM, 1},
  };
  for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
    size_t at;
    assert_int_equal(agreement_check(&i, CASES[k].v, CASES[k].n, (civil_date){DAY}, &at), CASES[k].wrong);
    if (CASES[k].n) assert_int_equal(at, CASES[k].at);
  }
  size_t at;
  assert_int_equal(agreement_check(&paid, CASES[0].v, 1, (civil_date){DAY}, &at), AGREEMENT_WRONG_SETTLED);
}

static void who_proposed_does_not_approve(void **state) {
  (void)state;
  house h = ledger("csv", PLAIN);
  const agreement_part one = {DAY + 10, 30000, DATE_NONE_DAY};
  int64_t id = propose(&h, &one, 1);
  assert_string_equal(card_of(&h), "Collections, agreement 1 proposed by ana");
  assert_int_equal(approve(&h, PLAIN, id, "ana", DAY), AGREED_SAME_PERSON);
  assert_string_equal(stands(&h, id), "proposed 1");
  assert_int_equal(approve(&h, PLAIN, id + 1, "bia", DAY), AGREED_NOT_THERE);
  assert_int_equal(approve(&h, PLAIN, id, "bia", DAY), AGREED_DONE);
  assert_int_equal(approve(&h, PLAIN, id, "caio", DAY), AGREED_CHANGED);
  over(&h);
}

static void a_balance_that_changed_is_agreed_on_anew(void **state) {
  (void)state;
  house h = ledger("csv", PLAIN);
  const agreement_part one = {DAY + 10, 30000, DATE_NONE_DAY};
  int64_t id = propose(&h, &one, 1);
  row(&h, "csv", "N-1", 25000, DAY - 5, "open");
  assert_int_equal(approve(&h, PLAIN, id, "bia", DAY), AGREED_OVERTAKEN);
  over(&h);
}

static void one_at_a_time(void **state) {
  (void)state;
  house h = ledger("csv", PLAIN);
  const agreement_part one = {DAY + 10, 30000, DATE_NONE_DAY};
  (void)propose(&h, &one, 1);
  agreement again = {
      .invoice = SLICE("N-1"), .customer = SLICE("C1"), .currency = SLICE("BRL"), .proposed_by = SLICE("x")};
  int64_t id;
  must(h.s, store_begin(h.s));
  assert_int_not_equal(agreement_propose(h.s, &again, &id), STORE_OK);
  store_rollback(h.s);
  over(&h);
}

/* ---- an ERP that cannot write due dates ---- */

static void without_an_erp_the_date_stands_here(void **state) {
  (void)state;
  house h = ledger("csv", PLAIN);
  const agreement_part one = {DAY + 10, 30000, DATE_NONE_DAY};
  int64_t id = propose(&h, &one, 1);
  assert_int_equal(approve(&h, PLAIN, id, "bia", DAY), AGREED_DONE);
  assert_string_equal(stands(&h, id), "in force 1: the invoice did not come from an ERP that the policy connects");
  assert_string_equal(card_of(&h), "Promised, agreement 1 in force by bia");
  assert_int_equal(due_of(&h), DAY - 5); /* the ledger's row keeps its own */
  int sent = actions(&h, "send email");
  (void)whole_run(&h, PLAIN, DAY);
  assert_int_equal(actions(&h, "log"), 1); /* on extension approved */
  assert_int_equal(actions(&h, "send email \"agreement\""), 1);
  assert_int_equal(actions(&h, "send email"), sent + 1);
  assert_true(strstr(server.text[server.sent - 1],
                     "as agreed, invoice N-1 (R$300.00 open) is now due on 12 March 2026.") != NULL);
  (void)whole_run(&h, PLAIN, DAY + 1); /* told once; nothing of the old due date */
  (void)whole_run(&h, PLAIN, DAY + 10);
  assert_int_equal(actions(&h, "send email"), sent + 1);
  /* A new cycle: late from the new date on, and the agreement is broken by itself. */
  (void)whole_run(&h, PLAIN, DAY + 11);
  assert_int_equal(actions(&h, "send email"), sent + 2);
  assert_string_equal(stands(&h, id), "broken 1: it was not paid by its day");
  assert_string_equal(card_of(&h), "Collections, agreement 1 broken by dun");
  assert_chain(&h);
  over(&h);
}

/* ---- an ERP ---- */

static void in_force_once_the_erp_has_it(void **state) {
  (void)state;
  house h = ledger("omie", WITH_ERP);
  const agreement_part one = {DAY + 10, 30000, DATE_NONE_DAY};
  int64_t id = propose(&h, &one, 1);
  assert_int_equal(approve(&h, WITH_ERP, id, "bia", DAY), AGREED_DONE);
  assert_string_equal(stands(&h, id), "ordered 1 waits");
  day_passes(&h, WITH_ERP, DAY);
  assert_string_equal(stands(&h, id), "ordered 1 waits");
  assert_int_equal(actions(&h, "send email \"agreement\""), 0);
  erp_answers(&h, order_of_agreement(&h, id), true, DAY);
  assert_int_equal(due_of(&h), DAY + 10);
  day_passes(&h, WITH_ERP, DAY);
  assert_string_equal(stands(&h, id), "in force 1");
  assert_string_equal(card_of(&h), "Promised, agreement 1 in force by dun");
  assert_int_equal(actions(&h, "send email \"agreement\""), 1);
  /* The policy's own line has nothing left to do. */
  assert_int_equal(actions(&h, "update due date in erp to"), 1);
  assert_int_equal(actions(&h, "update due date in erp"), 2);
  row(&h, "omie", "N-1", 30000, DAY + 10, "open"); /* the next sync says the same */
  day_passes(&h, WITH_ERP, DAY + 1);
  assert_string_equal(stands(&h, id), "in force 1");
  row(&h, "omie", "N-1", 0, DAY + 10, "paid");
  day_passes(&h, WITH_ERP, DAY + 2);
  assert_string_equal(stands(&h, id), "kept 1");
  assert_string_equal(card_of(&h), "Resolved, paid Resolved by dun");
  assert_chain(&h);
  over(&h);
}

static void what_the_erp_refuses_has_changed_nothing(void **state) {
  (void)state;
  house h = ledger("omie", WITH_ERP);
  const agreement_part one = {DAY + 10, 30000, DATE_NONE_DAY};
  int64_t id = propose(&h, &one, 1);
  assert_int_equal(approve(&h, WITH_ERP, id, "bia", DAY), AGREED_DONE);
  erp_answers(&h, order_of_agreement(&h, id), false, DAY);
  day_passes(&h, WITH_ERP, DAY);
  assert_string_equal(stands(&h, id), "refused 1: the title is locked");
  assert_string_equal(card_of(&h), "Collections, agreement 1 refused by dun");
  assert_int_equal(due_of(&h), DAY - 5);
  assert_int_equal(actions(&h, "send email \"agreement\""), 0);
  assert_int_equal(actions(&h, "update due date"), 1); /* no event, no second order */
  int sent = actions(&h, "send email");
  day_passes(&h, WITH_ERP, DAY + 15); /* the old ladder goes on: 20 days late */
  assert_int_equal(actions(&h, "send email"), sent + 1);
  (void)propose(&h, &one, 1); /* another one may be asked for */
  over(&h);
}

static void the_erp_has_the_last_word(void **state) {
  (void)state;
  house h = ledger("omie", WITH_ERP);
  const agreement_part one = {DAY + 10, 30000, DATE_NONE_DAY};
  int64_t id = propose(&h, &one, 1);
  assert_int_equal(approve(&h, WITH_ERP, id, "bia", DAY), AGREED_DONE);
  erp_answers(&h, order_of_agreement(&h, id), true, DAY);
  day_passes(&h, WITH_ERP, DAY);
  row(&h, "omie", "N-1", 30000, DAY + 3, "open");
  day_passes(&h, WITH_ERP, DAY + 1);
  assert_string_equal(stands(&h, id), "overridden 1: the ledger says another due date");
  assert_string_equal(card_of(&h), "Collections, agreement 1 overridden by dun");
  over(&h);
}

/* ---- instalments ---- */

static void instalments_go_on_one_by_one(void **state) {
  (void)state;
  house h = ledger("omie", WITH_ERP);
  const agreement_part three[] = {
      {DAY + 7, 10000, DATE_NONE_DAY}, {DAY + 14, 10000, DATE_NONE_DAY}, {DAY + 21, 10000, DATE_NONE_DAY}};
  int64_t id = propose(&h, three, 3);
  assert_int_equal(approve(&h, WITH_ERP, id, "bia", DAY), AGREED_DONE);
  erp_answers(&h, order_of_agreement(&h, id), true, DAY);
  day_passes(&h, WITH_ERP, DAY);
  assert_string_equal(stands(&h, id), "in force 1");
  row(&h, "omie", "N-1", 20000, DAY + 7, "open"); /* the first is paid */
  day_passes(&h, WITH_ERP, DAY + 6);
  assert_string_equal(stands(&h, id), "in force 2 waits");
  erp_answers(&h, order_of_agreement(&h, id), true, DAY + 6);
  assert_int_equal(due_of(&h), DAY + 14);
  day_passes(&h, WITH_ERP, DAY + 7);
  assert_string_equal(stands(&h, id), "in force 2");
  assert_int_equal(actions(&h, "send email \"agreement\""), 1); /* told of once */
  row(&h, "omie", "N-1", 15000, DAY + 14, "open");              /* a part of the second: not enough */
  int sent = actions(&h, "send email");
  day_passes(&h, WITH_ERP, DAY + 14);
  assert_string_equal(stands(&h, id), "in force 2");
  day_passes(&h, WITH_ERP, DAY + 15);
  assert_string_equal(stands(&h, id), "broken 2: it was not paid by its day");
  assert_int_equal(actions(&h, "send email"), sent + 1); /* the ladder goes on from that day */
  over(&h);
}

static void a_later_date_that_the_erp_refuses_stands_here(void **state) {
  (void)state;
  house h = ledger("omie", WITH_ERP);
  const agreement_part two[] = {{DAY + 7, 10000, DATE_NONE_DAY}, {DAY + 14, 20000, DATE_NONE_DAY}};
  int64_t id = propose(&h, two, 2);
  assert_int_equal(approve(&h, WITH_ERP, id, "bia", DAY), AGREED_DONE);
  erp_answers(&h, order_of_agreement(&h, id), true, DAY);
  day_passes(&h, WITH_ERP, DAY);
  row(&h, "omie", "N-1", 20000, DAY + 7, "open");
  day_passes(&h, WITH_ERP, DAY + 6);
  erp_answers(&h, order_of_agreement(&h, id), false, DAY + 6);
  day_passes(&h, WITH_ERP, DAY + 6);
  assert_string_equal(stands(&h, id), "in force 2: the title is locked");
  assert_string_equal(card_of(&h), "Collections, agreement 1 refused by dun");
  int sent = actions(&h, "send email");
  day_passes(&h, WITH_ERP, DAY + 12);
  assert_string_equal(stands(&h, id), "in force 2: the title is locked");
  assert_int_equal(actions(&h, "send email"), sent); /* nobody is reminded of the seventh day */
  over(&h);
}

/* ---- promises and cards ---- */

static void promise(house *h, int32_t on, int32_t day) {
  store_entity who = {STORE_ENTITY_INVOICE, SLICE("N-1")};
  must(h->s, store_begin(h->s));
  must(h->s, agreement_say(h->s, SLICE("dun serve"), STORE_H_PROMISE, SLICE("N-1"), on, day));
  must(h->s, board_tell(h->s, who, BOARD_PROMISE, SLICE("ana"), SLICE("x"), SLICE(BOARD_PROMISED)));
  must(h->s, store_commit(h->s));
}

static void a_broken_promise_comes_back(void **state) {
  (void)state;
  house h = ledger("csv", PLAIN);
  promise(&h, DAY, DAY + 3);
  assert_string_equal(card_of(&h), "Promised, promise x by ana");
  day_passes(&h, PLAIN, DAY);
  day_passes(&h, PLAIN, DAY + 3);
  assert_string_equal(card_of(&h), "Promised, promise x by ana");
  day_passes(&h, PLAIN, DAY + 4);
  assert_string_equal(card_of(&h), "Collections, promise broken 2026-03-05 by dun");
  assert_int_equal(actions(&h, "log"), 1);
  over(&h);
}

static void a_person_who_moves_a_paid_card_is_left_alone(void **state) {
  (void)state;
  house h = ledger("csv", PLAIN);
  int64_t id;
  board_answer answer;
  row(&h, "csv", "N-1", 0, DAY - 5, "paid");
  day_passes(&h, PLAIN, DAY);
  assert_string_equal(card_of(&h), "Resolved, paid Resolved by dun");
  must(h.s, board_card_of(h.s, (store_entity){STORE_ENTITY_INVOICE, SLICE("N-1")}, &id));
  must(h.s, store_begin(h.s));
  must(h.s, board_move(h.s, &(board_act){.card = id, .by = SLICE("ana")}, SLICE("Collections"), &answer));
  must(h.s, store_commit(h.s));
  assert_int_equal(answer, BOARD_DONE);
  day_passes(&h, PLAIN, DAY + 1);
  assert_string_equal(card_of(&h), "Collections, moved Collections by ana");
  over(&h);
}

static void a_payment_that_only_an_event_tells_resolves_it_too(void **state) {
  (void)state;
  house h = ledger("csv", PLAIN);
  put_event(&h, "payment", "N-1", DAY, 30000);
  day_passes(&h, PLAIN, DAY);
  assert_string_equal(card_of(&h), "Resolved, paid Resolved by dun");
  over(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_and_days_are_checked),
      cmocka_unit_test(who_proposed_does_not_approve),
      cmocka_unit_test(a_balance_that_changed_is_agreed_on_anew),
      cmocka_unit_test(one_at_a_time),
      cmocka_unit_test(without_an_erp_the_date_stands_here),
      cmocka_unit_test(in_force_once_the_erp_has_it),
      cmocka_unit_test(what_the_erp_refuses_has_changed_nothing),
      cmocka_unit_test(the_erp_has_the_last_word),
      cmocka_unit_test(instalments_go_on_one_by_one),
      cmocka_unit_test(a_later_date_that_the_erp_refuses_stands_here),
      cmocka_unit_test(a_broken_promise_comes_back),
      cmocka_unit_test(a_person_who_moves_a_paid_card_is_left_alone),
      cmocka_unit_test(a_payment_that_only_an_event_tells_resolves_it_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
