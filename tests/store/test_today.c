/* What Today and the outbox read of the store: groups with counts and sums, pages by key, lines, what waits by the
 * policy, looks, checks; and a person's acts on messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/outbox/human.h"
#include "runtime/store/asked.h"
#include "runtime/store/checks.h"
#include "runtime/store/delivery.h"
#include "runtime/store/looks.h"
#include "runtime/store/message.h"
#include "runtime/store/today.h"
#include "runtime/store/waiting.h"
#include "runtime/world_fake.h"

#define OK(call) assert_int_equal((call), STORE_OK)
enum { TODAY = 20779 };

typedef struct fixture {
  world *w;
  store *s;
  arena *perm;
  int64_t revision;
} fixture;

static int set_up(void **state) {
  fixture *f = calloc(1, sizeof *f);
  store_error why;
  bool is_new;
  f->w = world_fake_new((int64_t)1795400000 * 1000000000);
  f->perm = arena_new();
  OK(store_open(f->w, ":memory:", &f->s, &why));
  store_revision r = {.hash = SLICE("abc"), .text = SLICE("policy"), .effective_on = TODAY};
  OK(store_revision_put(f->s, &r, &f->revision, &is_new));
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  fixture *f = *state;
  store_close(f->s);
  arena_free(f->perm);
  world_fake_free(f->w);
  free(f);
  return 0;
}

/* A message about invoices, of which each has `open` minor units of its currency. */
static int64_t put(fixture *f, const char *number, const char *rung, action_state state, const char *currencies,
                   int64_t open) {
  int64_t id;
  bool is_new;
  store_action a = {.track = SLICE("ladder"),
                    .entity = {STORE_ENTITY_INVOICE, slice_of(number)},
                    .offset = slice_of(rung),
                    .on = TODAY,
                    .customer = SLICE("C1"),
                    .ladder = SLICE("standard"),
                    .rung = slice_of(rung),
                    .action = SLICE("send email \"reminder\""),
                    .recipient = SLICE("ana@example.com"),
                    .channel = SLICE("email"),
                    .revision = f->revision,
                    .message_hash = SLICE("h"),
                    .state = state};
  OK(store_action_put(f->s, &a, &id, &is_new));
  assert_true(is_new);
  store_message m = {.action = id, .channel = SLICE("email"), .recipient = a.recipient, .to_customer = true};
  OK(store_message_put(f->s, &m));
  for (int i = 0; currencies[i]; i += 4) {
    store_message_invoice v = {.message = id,
                               .ordinal = i / 4,
                               .invoice = slice_of(number),
                               .currency = {currencies + i, 3},
                               .amount = open,
                               .open = open};
    OK(store_message_invoice_put(f->s, &v));
    if (!currencies[i + 3]) break;
  }
  return id;
}

static void groups_have_counts_and_sums_by_currency(void **state) {
  fixture *f = *state;
  today_group *g;
  size_t n;
  bool more;
  int64_t one = put(f, "A-1", "1d", ACTION_ready, "BRL", 1000);
  put(f, "A-2", "1d", ACTION_ready, "BRL", 500);
  put(f, "A-3", "1d", ACTION_ready, "USD", 70);
  int64_t last = put(f, "A-4", "1d", ACTION_ready, "BRL USD", 9);
  put(f, "A-5", "2d", ACTION_approved, "BRL", 1);
  OK(store_gate_kept(f->s, one, SLICE("hours")));
  OK(store_today_groups(f->s, f->perm, &g, &n, &more));
  assert_int_equal(n, 3);
  assert_false(more);
  assert_int_equal(g[0].key.state, ACTION_approved);
  assert_true(slice_eq(g[1].key.gate, SLICE("")));
  assert_int_equal(g[1].count, 3);
  assert_int_equal(g[1].last, last);
  assert_int_equal(g[1].open.n, 2);
  assert_int_equal(g[1].open.v[0].cur, CURRENCY_BRL);
  assert_int_equal(g[1].open.v[0].minor, 509);
  assert_int_equal(g[1].open.v[1].minor, 79);
  assert_true(slice_eq(g[2].key.gate, SLICE("hours")));
  assert_int_equal(g[2].open.v[0].minor, 1000);
}

static void pages_go_on_behind_a_key(void **state) {
  fixture *f = *state;
  message_row v[2];
  size_t n;
  int64_t ids[3], found[8];
  for (int i = 0; i < 3; i++) ids[i] = put(f, (const char *[]){"A-1", "A-2", "A-3"}[i], "1d", ACTION_ready, "BRL", 1);
  today_key key = {ACTION_ready, {0}, SLICE("standard"), SLICE("1d"), SLICE("email")};
  outbox_filter group = {.key = &key}, all = {0}, customer = {.customer = SLICE("C1"), .has_day = true, .day = TODAY};
  OK(store_outbox_page(f->s, &group, 0, f->perm, v, 2, &n));
  assert_int_equal(n, 2);
  assert_int_equal(v[0].id, ids[0]);
  OK(store_outbox_page(f->s, &group, ids[1], f->perm, v, 2, &n));
  assert_int_equal(n, 1);
  OK(store_outbox_page(f->s, &all, 0, f->perm, v, 2, &n));
  assert_int_equal(v[0].id, ids[2]);
  OK(store_outbox_page(f->s, &all, v[1].id, f->perm, v, 2, &n));
  assert_int_equal(n, 1);
  assert_int_equal(v[0].id, ids[0]);
  OK(store_outbox_page(f->s, &customer, 0, f->perm, v, 2, &n));
  assert_int_equal(n, 2);
  customer.day = TODAY - 1;
  OK(store_outbox_page(f->s, &customer, 0, f->perm, v, 2, &n));
  assert_int_equal(n, 0);
  OK(store_today_ids(f->s, &key, 0, ids[1], found, 8, &n));
  assert_int_equal(n, 2);
  assert_int_equal(store_outbox_row(f->s, 99, f->perm, v), STORE_END);
}

static void what_is_held_is_let_go_by_a_person(void **state) {
  fixture *f = *state;
  human_result r;
  message_row row;
  int64_t id = put(f, "A-1", "1d", ACTION_ready, "BRL", 1);
  OK(outbox_human(f->s, HUMAN_HOLD, id, SLICE("ana"), false, &r));
  assert_int_equal(r.answer, HUMAN_DONE);
  OK(store_outbox_row(f->s, id, f->perm, &row));
  assert_int_equal(row.state, ACTION_held);
  OK(outbox_human(f->s, HUMAN_HOLD, id, SLICE("ana"), false, &r));
  assert_int_equal(r.answer, HUMAN_NOT_SO);
  OK(outbox_human(f->s, HUMAN_RELEASE, id, SLICE("rui"), false, &r));
  assert_int_equal(r.is, ACTION_ready);
  OK(store_begin(f->s));
  OK(outbox_human_within(f->s, HUMAN_CANCEL, id, SLICE("rui"), false, &r));
  store_rollback(f->s);
  OK(store_outbox_row(f->s, id, f->perm, &row));
  assert_int_equal(row.state, ACTION_ready);
}

static void lines_are_told_by_reason_and_step(void **state) {
  fixture *f = *state;
  line_group *g;
  line_row v[4];
  size_t n;
  bool more;
  for (int i = 0; i < 3; i++) {
    store_approval a = {.track = SLICE("ladder"),
                        .entity = {STORE_ENTITY_INVOICE, slice_of((const char *[]){"A-1", "A-2", "A-3"}[i])},
                        .offset = SLICE("1d"),
                        .customer = SLICE("C1"),
                        .on = TODAY,
                        .step = i < 2 ? SLICE("standard 1d") : SLICE("standard 2d"),
                        .what = SLICE("send email"),
                        .reason = SLICE("asks"),
                        .currency = SLICE("BRL"),
                        .amount = 100};
    OK(store_approval_ask(f->s, &a, store_now_us(f->s)));
  }
  OK(store_line_groups(f->s, f->perm, &g, &n, &more));
  assert_int_equal(n, 2);
  assert_int_equal(g[0].count, 2);
  assert_int_equal(g[0].amount.v[0].minor, 200);
  OK(store_lines_page(f->s, g[0].reason, g[0].step, 0, f->perm, v, 1, &n));
  assert_int_equal(n, 1);
  OK(store_lines_page(f->s, g[0].reason, g[0].step, v[0].id, f->perm, v, 4, &n));
  assert_int_equal(n, 1);
  OK(store_lines_page(f->s, (slice){0}, (slice){0}, 0, f->perm, v, 4, &n));
  assert_int_equal(n, 3);
  approval_answer answer;
  OK(store_begin(f->s));
  OK(store_approval_answer(f->s, v[0].id, (approval_by){SLICE("ana"), true}, &answer));
  OK(store_commit(f->s));
  assert_int_equal(store_line_row(f->s, v[0].id, f->perm, v), STORE_END);
}

static void what_waits_is_replaced_by_the_next_look(void **state) {
  fixture *f = *state;
  waiting_group *g;
  waiting_row v[2];
  size_t n;
  store_waiting w = {.why = SLICE("over the contact limit"),
                     .step = SLICE("standard 1d"),
                     .what = SLICE("send email"),
                     .outlet = SLICE("email"),
                     .customer = SLICE("C1"),
                     .entity = SLICE("A-1"),
                     .currency = SLICE("BRL"),
                     .open = 300,
                     .rows = 1,
                     .on = TODAY};
  store_waiting field = {.why = WAITING_FIELD, .step = SLICE("missing"), .what = SLICE("customer.segment"), .rows = 7};
  OK(store_waiting_put(f->s, &w, 1));
  OK(store_waiting_put(f->s, &w, 2));
  OK(store_waiting_put(f->s, &field, 2));
  OK(store_waiting_groups(f->s, f->perm, &g, &n));
  assert_int_equal(n, 2);
  assert_int_equal(g[0].count, 2);
  assert_int_equal(g[0].seen_us, 2);
  assert_int_equal(g[0].open.v[0].minor, 600);
  assert_int_equal(g[1].count, 7);
  OK(store_waiting_page(f->s, w.why, w.step, w.outlet, 0, f->perm, v, 2, &n));
  assert_int_equal(n, 2);
  OK(store_waiting_clear(f->s, false));
  OK(store_waiting_groups(f->s, f->perm, &g, &n));
  assert_int_equal(n, 1);
  OK(store_waiting_clear(f->s, true));
  OK(store_waiting_groups(f->s, f->perm, &g, &n));
  assert_int_equal(n, 0);
}

static void a_look_is_asked_once(void **state) {
  fixture *f = *state;
  slice asked[LOOKS_MAX];
  size_t n;
  bool yes;
  OK(store_look_any(f->s, &yes));
  assert_false(yes);
  OK(store_look_ask(f->s, SLICE("erp omie")));
  OK(store_look_ask(f->s, SLICE("erp omie")));
  OK(store_look_ask(f->s, LOOK_TICK));
  OK(store_look_waits(f->s, SLICE("erp omie"), &yes));
  assert_true(yes);
  OK(store_looks_take(f->s, f->perm, asked, &n));
  assert_int_equal(n, 2);
  assert_true(slice_eq(asked[0], SLICE("erp omie")));
  OK(store_looks_take(f->s, f->perm, asked, &n));
  assert_int_equal(n, 0);
}

static void a_failure_stands_until_it_is_over(void **state) {
  fixture *f = *state;
  store_named v[4];
  store_check c = {.line = SLICE("sms twilio"), .state = CHECK_RUNNING, .by = SLICE("ana"), .findings = SLICE("[]")},
              is;
  size_t n;
  OK(store_line_failed(f->s, SLICE("erp omie"), SLICE("it does not answer")));
  OK(store_line_failed(f->s, SLICE("erp omie"), SLICE("another word")));
  OK(store_states_of(f->s, SLICE("failed: "), f->perm, v, 4, &n));
  assert_int_equal(n, 1);
  assert_non_null(strstr(arena_copy(f->perm, v[0].value), "it does not answer"));
  OK(store_line_failed(f->s, SLICE("erp omie"), (slice){0}));
  OK(store_states_of(f->s, SLICE("failed: "), f->perm, v, 4, &n));
  assert_int_equal(n, 0);
  assert_int_equal(store_check_of(f->s, c.line, f->perm, &is), STORE_END);
  OK(store_check_put(f->s, &c));
  OK(store_check_of(f->s, c.line, f->perm, &is));
  assert_true(slice_eq(is.state, CHECK_RUNNING));
}

static void nothing_is_asked_of_an_empty_store(void **state) {
  fixture *f = *state;
  plan_asked p;
  day_asked d;
  today_count *v;
  size_t n;
  bool any;
  int64_t moving;
  OK(store_plan_asked(f->s, f->perm, &p));
  assert_int_equal(p.id, 0);
  OK(store_day_asked(f->s, f->perm, &d, &any));
  assert_false(any);
  OK(store_today_sent(f->s, TODAY, f->perm, &v, &n));
  assert_int_equal(n, 0);
  OK(store_today_stopped(f->s, 0, f->perm, &v, &n));
  assert_int_equal(n, 0);
  OK(store_today_moving(f->s, &moving));
  assert_int_equal(moving, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(groups_have_counts_and_sums_by_currency), TEST(pages_go_on_behind_a_key),
      TEST(what_is_held_is_let_go_by_a_person),      TEST(lines_are_told_by_reason_and_step),
      TEST(what_waits_is_replaced_by_the_next_look), TEST(a_look_is_asked_once),
      TEST(a_failure_stands_until_it_is_over),       TEST(nothing_is_asked_of_an_empty_store),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
