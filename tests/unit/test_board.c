/* The board over many cards and two people: tests/api/run_board.py has the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/store/board.h"
#include "tests/support/outbox_fixture.h"

static const char PLAIN[] =
    "policy \"P\"\n  currency BRL\n" SMTP "ladder l for invoices\n  at 4d open card in \"Collections\"\n";

/* N-1, due five days ago, with a card. */
static house ledger(void) {
  house h = begin_empty();
  put_customer(&h, "C1", "c1@x.example", NULL);
  put_invoice(&h, "N-1", "C1", 30000, DAY - 5, "open");
  (void)whole_run(&h, PLAIN, DAY - 1);
  return h;
}

/* Ten thousand cards in one column, walked page by page, each once; by the index. */
static void a_column_is_walked_by_its_key(void **state) {
  (void)state;
  enum { CARDS = 10000, PAGE = 137 };
  house h = ledger();
  static bool seen[CARDS + 10];
  must(h.s, store_begin(h.s));
  for (int i = 0; i < CARDS; i++) {
    char key[16], title[32];
    int64_t id;
    bool is_new;
    snprintf(key, sizeof key, "x%d", i);
    snprintf(title, sizeof title, "Card %d of São Paulo", i);
    store_action a = {.track = SLICE("test"),
                      .entity = {STORE_ENTITY_CUSTOMER, SLICE("C1")},
                      .offset = slice_of(key),
                      .on = DAY,
                      .customer = SLICE("C1"),
                      .revision = 1,
                      .state = ACTION_accepted};
    must(h.s, store_action_put(h.s, &a, &id, &is_new));
    store_card c = {.action = id,
                    .entity = a.entity,
                    .customer = SLICE("C1"),
                    .board = SLICE("Legal"),
                    .title = slice_of(title),
                    .priority = i % 7 == 0 ? SLICE("high") : (slice){0},
                    .has_due_on = i % 3 == 0,
                    .due_on = DAY + i % 11,
                    .opened_on = DAY};
    must(h.s, store_card_open(h.s, &c));
  }
  must(h.s, store_commit(h.s));
  board_filter f = {.entity = -1, .overdue_on = DATE_NONE_DAY};
  arena *perm = arena_new();
  board_card *v = ARENA_ARRAY(perm, PAGE, board_card);
  slice after = {0}, next;
  size_t n, all = 0;
  bool high = true;
  do {
    must(h.s, board_page(h.s, &f, SLICE("Legal"), after, PAGE, perm, v, &n, &next));
    for (size_t i = 0; i < n; i++) {
      assert_true(v[i].id < CARDS + 10 && !seen[v[i].id]);
      seen[v[i].id] = true;
      assert_true(high || v[i].priority.n == 0); /* high ones first */
      high = v[i].priority.n > 0;
    }
    all += n;
    after = next;
  } while (next.n);
  assert_int_equal(all, CARDS);
  f.text = SLICE("SÃO");
  must(h.s, board_page(h.s, &f, SLICE("Legal"), (slice){0}, PAGE, perm, v, &n, &next));
  assert_int_equal(n, PAGE);
  f.text = SLICE("card 9999 ");
  must(h.s, board_page(h.s, &f, SLICE("Legal"), (slice){0}, PAGE, perm, v, &n, &next));
  assert_int_equal(n, 1);
  f = (board_filter){.entity = STORE_ENTITY_INVOICE, .overdue_on = DATE_NONE_DAY};
  must(h.s, board_page(h.s, &f, SLICE("Legal"), (slice){0}, PAGE, perm, v, &n, &next));
  assert_int_equal(n, 0);
  board_lane *lanes;
  must(h.s, board_lanes(h.s, perm, &lanes, &n));
  assert_int_equal(n, 2);
  assert_int_equal(lanes[1].cards, CARDS);
  arena_free(perm);
  end(&h);
}

static void two_people_at_one_card(void **state) {
  (void)state;
  house h = ledger();
  int64_t id;
  board_answer answer;
  must(h.s, board_card_of(h.s, (store_entity){STORE_ENTITY_INVOICE, SLICE("N-1")}, &id));
  must(h.s, store_begin(h.s));
  board_act ana = {.card = id, .version = 1, .by = SLICE("ana"), .today = DAY}, bia = ana;
  bia.by = SLICE("bia");
  must(h.s, board_move(h.s, &ana, SLICE("Legal"), &answer));
  assert_int_equal(answer, BOARD_DONE);
  must(h.s, board_assign(h.s, &bia, SLICE("bia"), &answer));
  assert_int_equal(answer, BOARD_CHANGED_MEANWHILE);
  bia.version = 2;
  must(h.s, board_assign(h.s, &bia, SLICE("bia"), &answer));
  assert_int_equal(answer, BOARD_DONE);
  bia.version = 3;
  must(h.s, board_close(h.s, &bia, &answer));
  assert_int_equal(answer, BOARD_DONE);
  bia.version = 4;
  must(h.s, board_move(h.s, &bia, SLICE("Collections"), &answer));
  assert_int_equal(answer, BOARD_NOT_SO); /* closed */
  must(h.s, board_comment(h.s, &bia, SLICE("called"), &answer));
  assert_int_equal(answer, BOARD_DONE);
  must(h.s, board_reopen(h.s, &bia, &answer));
  assert_int_equal(answer, BOARD_DONE);
  must(h.s, store_commit(h.s));
  end(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_column_is_walked_by_its_key),
                                     cmocka_unit_test(two_people_at_one_card)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
