/* A policy that is in force, and an import that brings what is late already: that waits, the rest goes. And what a run
 * that is held leaves behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/store/agenda.h"
#include "runtime/world_fake.h"
#include "tests/support/approve_fixture.h"

/* Invoices N-from to N-to, each of a customer of its own. */
static void bring(house *h, int from, int to, int32_t due) {
  for (int i = from; i <= to; i++) {
    char number[24], customer[24], address[40];
    snprintf(number, sizeof number, "N-%d", i);
    snprintf(customer, sizeof customer, "D%d", i);
    snprintf(address, sizeof address, "d%d@x.example", i);
    put_customer(h, customer, address, NULL);
    put_invoice(h, number, customer, 10000 + i, due, "open");
  }
}

/* The policy is in force, and sends A-1. */
static house in_force(const char *policy) {
  house h = begin();
  h.guard = true;
  assert_string_equal(whole_run(&h, policy, DAY), "SENT 1");
  assert_int_equal(rows(&h, STORE_T_activation), 0);
  return h;
}

static void an_import_of_late_invoices_waits(void **state) {
  (void)state;
  house h = in_force(POLICY);
  put_invoice(&h, "A-2", "C1", 5000, DAY, "open");
  assert_string_equal(whole_run(&h, POLICY, DAY), "");
  bring(&h, 1, 30, DAY - 20);
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "SENT 1"); /* A-2, known and due yesterday */
  assert_int_equal(rows(&h, STORE_T_activation), 1);
  assert_int_equal(last_int(&h, STORE_T_activation, "messages"), 30);
  assert_int_equal(last_int(&h, STORE_T_activation, "late"), 30);
  assert_int_equal(last_int(&h, STORE_T_activation, "part"), 1);
  /* Another run does not make them known, and asks once. */
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "");
  assert_int_equal(rows(&h, STORE_T_activation), 1);
  assert_int_equal(rows(&h, STORE_T_position), 2);
  put_invoice(&h, "A-3", "C1", 5000, DAY + 1, "open");
  approve_plan(&h, true);
  /* By the ramp what was asked for, at once what was not: A-3 came with it, and is about nothing late. */
  assert_string_equal(whole_run(&h, POLICY, DAY + 2), "SENT 10, APPROVED 21");
  assert_int_equal(in_state(&h, "approved"), 21);
  put_invoice(&h, "A-4", "C1", 5000, DAY + 1, "open");
  whole_run(&h, POLICY, DAY + 2);
  assert_string_equal(server.text[server.sent - 1], "A-4 R$50.00\n");
  assert_chain(&h);
  end(&h);
}

static void ten_of_them_go(void **state) {
  (void)state;
  house h = in_force(POLICY);
  bring(&h, 1, 10, DAY - 20);
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "SENT 10");
  bring(&h, 11, 20, DAY - 20);
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "SENT 10");
  bring(&h, 21, 31, DAY - 20);
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "");
  end(&h);
}

/* The first import failed, and the policy ran: that is no answer to the backlog that the next import brings. */
static void over_nothing_nothing_is_activated(void **state) {
  (void)state;
  house h = begin_empty();
  h.guard = true;
  assert_string_equal(whole_run(&h, POLICY, DAY), "");
  bring(&h, 1, 3, DAY - 20);
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "");
  assert_int_equal(last_int(&h, STORE_T_activation, "messages"), 3);
  assert_int_equal(rows(&h, STORE_T_position), 0);
  end(&h);
}

/* Imported in time, sent late because nobody ran dun. */
static void after_a_long_pause_known_invoices_go(void **state) {
  (void)state;
  house h = in_force(POLICY);
  bring(&h, 1, 30, DAY + 5);
  assert_string_equal(whole_run(&h, POLICY, DAY), "");
  assert_string_equal(whole_run(&h, POLICY, DAY + 40), "SENT 30");
  assert_int_equal(rows(&h, STORE_T_activation), 0);
  end(&h);
  /* Imported and late while nobody ran it: as any pause leaves it. */
  h = in_force(POLICY);
  bring(&h, 1, 30, DAY + 5);
  assert_string_equal(whole_run(&h, POLICY, DAY + 40), "SENT 30");
  end(&h);
}

static void due_dates_moved_back_wait(void **state) {
  (void)state;
  house h = in_force(POLICY);
  bring(&h, 1, 30, DAY + 60);
  assert_string_equal(whole_run(&h, POLICY, DAY), "");
  bring(&h, 1, 30, DAY - 60);
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "");
  assert_int_equal(last_int(&h, STORE_T_activation, "messages"), 30);
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "");
  /* The right dates come: nothing waits, nothing is asked. */
  bring(&h, 1, 30, DAY + 60);
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "");
  assert_string_equal(last_text(&h, STORE_T_activation, "state"), "over");
  assert_int_equal(server.sent, 1);
  assert_string_equal(whole_run(&h, POLICY, DAY + 61), "SENT 30");
  end(&h);
}

/* ---- what comes back ---- */

#define STEPS3 POLICY "  at 10d send email \"second {number}\"\n  at 20d send email \"third {number}\"\n"

static void settle(house *h, int from, int to, int32_t due, const char *status) {
  for (int i = from; i <= to; i++) {
    char number[24], customer[24];
    snprintf(number, sizeof number, "N-%d", i);
    snprintf(customer, sizeof customer, "D%d", i);
    put_invoice(h, number, customer, status[0] == 'o' ? 10000 + i : 0, due, status);
  }
}

/* Sent at 1d, paid before 10d, and then a broken export of the ERP. */
static void an_import_that_opens_many_again_waits(void **state) {
  (void)state;
  house h = in_force(STEPS3);
  bring(&h, 1, 30, DAY);
  assert_string_equal(whole_run(&h, STEPS3, DAY + 1), "SENT 30");
  settle(&h, 1, 30, DAY, "paid");
  assert_string_equal(whole_run(&h, STEPS3, DAY + 9), "SENT 1"); /* A-1, at 10d */
  put_invoice(&h, "A-2", "C1", 5000, DAY + 11, "open");
  settle(&h, 1, 30, DAY, "open");
  /* Their rung of 10d was due yesterday: a run was there, and did not send it. */
  assert_string_equal(whole_run(&h, STEPS3, DAY + 10), "SENT 30"); /* nothing of it is late */
  end(&h);
  h = in_force(STEPS3);
  bring(&h, 1, 30, DAY);
  whole_run(&h, STEPS3, DAY + 1);
  settle(&h, 1, 30, DAY, "paid");
  put_invoice(&h, "A-2", "C1", 5000, DAY + 11, "open");
  whole_run(&h, STEPS3, DAY + 11);
  settle(&h, 1, 30, DAY, "open");
  assert_string_equal(whole_run(&h, STEPS3, DAY + 12), "SENT 1"); /* */
  assert_int_equal(last_int(&h, STORE_T_activation, "messages"), 30);
  assert_int_equal(last_int(&h, STORE_T_activation, "part"), 1);
  assert_true(strstr(last_text(&h, STORE_T_activation, "why"), "should have sent already") != NULL);
  int sent = (int)server.sent;
  int64_t climbed = rows(&h, STORE_T_position);
  /* It stays held, is asked once, and climbs nothing. */
  assert_string_equal(whole_run(&h, STEPS3, DAY + 12), "");
  assert_string_equal(whole_run(&h, STEPS3, DAY + 13), "");
  assert_int_equal(rows(&h, STORE_T_activation), 1);
  assert_int_equal(rows(&h, STORE_T_position), climbed);
  assert_int_equal(rows(&h, STORE_T_begun), 0);
  /* The right export comes: nothing waits, nobody who has paid is reminded. */
  settle(&h, 1, 30, DAY, "paid");
  assert_string_equal(whole_run(&h, STEPS3, DAY + 13), "");
  assert_string_equal(last_text(&h, STORE_T_activation, "state"), "over");
  assert_int_equal(server.sent, sent);
  /* It was right after all (a bank took all of it back): approved, it goes by the ramp. */
  settle(&h, 1, 30, DAY, "open");
  assert_string_equal(whole_run(&h, STEPS3, DAY + 14), "");
  approve_plan(&h, true);
  assert_string_equal(whole_run(&h, STEPS3, DAY + 14), "SENT 10, APPROVED 20");
  assert_chain(&h);
  end(&h);
}

/* What banks give back on any day: not more than 10, or not more than a hundredth of what is open. */
static void a_few_that_are_opened_again_go(void **state) {
  (void)state;
  house h = in_force(STEPS3);
  bring(&h, 1, 10, DAY);
  whole_run(&h, STEPS3, DAY + 1);
  settle(&h, 1, 10, DAY, "paid");
  whole_run(&h, STEPS3, DAY + 11);
  settle(&h, 1, 10, DAY, "open");
  assert_string_equal(whole_run(&h, STEPS3, DAY + 12), "SENT 10");
  end(&h);
  for (int more = 0; more < 2; more++) {
    h = in_force(STEPS3);
    bring(&h, 1, 12, DAY);
    whole_run(&h, STEPS3, DAY + 1);
    bring(&h, 13, more ? 1230 : 1150, DAY + 300);
    settle(&h, 1, 12, DAY, "paid");
    whole_run(&h, STEPS3, DAY + 11);
    settle(&h, 1, 12, DAY, "open");
    assert_string_equal(whole_run(&h, STEPS3, DAY + 12), more ? "SENT 12" : "");
    end(&h);
  }
}

/* A hold over everything, for the company's holidays: what it kept back comes back as a plan, not as a blast. */
static void the_end_of_a_hold_over_many_waits(void **state) {
  (void)state;
#define HOLIDAYS                                                                                                       \
  HEAD SMTP "hold while today between 2026-03-10 and 2026-03-24\n" LADDER "  at 10d send email \"second {number}\"\n"
  house h = in_force(HOLIDAYS); /* 2026-03-02 */
  bring(&h, 1, 30, DAY);
  put_invoice(&h, "A-2", "C1", 5000, DAY + 22, "open");
  assert_string_equal(whole_run(&h, HOLIDAYS, DAY + 1), "SENT 30");
  for (int day = 8; day <= 22; day++) assert_string_equal(whole_run(&h, HOLIDAYS, DAY + day), "");
  assert_string_equal(whole_run(&h, HOLIDAYS, DAY + 23), "SENT 1"); /* A-2, on its day */
  assert_int_equal(last_int(&h, STORE_T_activation, "messages"), 31);
  assert_string_equal(whole_run(&h, HOLIDAYS, DAY + 24), "");
  assert_int_equal(rows(&h, STORE_T_activation), 1);
  approve_plan(&h, true);
  assert_string_equal(whole_run(&h, HOLIDAYS, DAY + 25), "SENT 10, APPROVED 21");
  end(&h);
}

/* A hold of a few among many: promises that lapse, disputes that end. */
static void the_end_of_a_hold_over_few_goes(void **state) {
  (void)state;
#define FRANCE                                                                                                         \
  HEAD SMTP "hold while today < 2026-03-20 and open between 100.01 and 100.12\n" LADDER                                \
            "  at 10d send email \"second {number}\"\n"
  house h = in_force(FRANCE);
  bring(&h, 1, 12, DAY); /* N-1 to N-12 are held, and with A-1 the ledger has 120 open ones: not more than a tenth */
  bring(&h, 13, 119, DAY + 300);
  whole_run(&h, FRANCE, DAY + 17);
  assert_string_equal(whole_run(&h, FRANCE, DAY + 18), "SENT 12");
  assert_int_equal(rows(&h, STORE_T_activation), 0);
  end(&h);
  h = in_force(FRANCE);
  bring(&h, 1, 12, DAY);
  bring(&h, 13, 118, DAY + 300);
  whole_run(&h, FRANCE, DAY + 17);
  assert_string_equal(whole_run(&h, FRANCE, DAY + 18), "");
  assert_int_equal(last_int(&h, STORE_T_activation, "messages"), 12);
  end(&h);
}

/* What waits under a limit waits because of it, however late it is; what is climbed one by one comes in its turn. */
static void what_waits_for_itself_is_no_backlog(void **state) {
  (void)state;
#define LIMITED HEAD "limit each customer to 1 message per 3 days\n" SMTP LADDER
  house h = in_force(LIMITED);
  for (int i = 1; i <= 15; i++) {
    char number[24];
    for (int k = 0; k < 2; k++) {
      snprintf(number, sizeof number, "L-%d-%d", i, k);
      char customer[24];
      snprintf(customer, sizeof customer, "D%d", i);
      if (k == 0) put_customer(&h, customer, "d@x.example", NULL);
      put_invoice(&h, number, customer, 5000, DAY + 1, "open");
    }
  }
  assert_string_equal(whole_run(&h, LIMITED, DAY + 2), "SENT 15");
  assert_string_equal(whole_run(&h, LIMITED, DAY + 4), "");
  assert_string_equal(whole_run(&h, LIMITED, DAY + 5), "SENT 15");
  assert_int_equal(rows(&h, STORE_T_activation), 0);
  end(&h);
#define ONE_BY_ONE                                                                                                     \
  HEAD "after a gap send one by one\n" SMTP LADDER                                                                     \
       "  at 2d send email \"second {number}\"\n  at 3d send email \"third {number}\"\n"
  h = in_force(ONE_BY_ONE);
  bring(&h, 1, 30, DAY);
  whole_run(&h, ONE_BY_ONE, DAY);
  /* Nobody ran it for a week: known before, late since then, worked off one a day. */
  for (int day = 8; day <= 10; day++)
    assert_string_equal(whole_run(&h, ONE_BY_ONE, DAY + day), day < 10 ? "SENT 31" : "SENT 30");
  assert_int_equal(rows(&h, STORE_T_activation), 0);
  end(&h);
}

/* Nothing can be sent on the day of the run: what it would send when the hours open is asked now. */
static void closed_hours_hide_no_backlog(void **state) {
  (void)state;
#define WEEKDAYS HEAD "send between 08:00 and 18:00 on weekdays\n" SMTP LADDER
  house h = in_force(WEEKDAYS);
  bring(&h, 1, 30, DAY - 20);
  assert_string_equal(whole_run(&h, WEEKDAYS, DAY + 6), ""); /* a Sunday */
  assert_int_equal(last_int(&h, STORE_T_activation, "messages"), 30);
  assert_string_equal(whole_run(&h, WEEKDAYS, DAY + 7), "");
  assert_int_equal(server.sent, 1);
  end(&h);
  h = begin();
  h.guard = true;
  bring(&h, 1, 30, DAY - 20);
  assert_string_equal(whole_run(&h, WEEKDAYS, DAY - 1), "");
  assert_int_equal(rows(&h, STORE_T_activation), 1);
  assert_string_equal(whole_run(&h, WEEKDAYS, DAY), "");
  assert_int_equal(server.sent, 0);
  end(&h);
}

/* One message about two invoices: the known one goes alone. And a limit is not used up by what does not go. */
static void known_invoices_go_without_the_others(void **state) {
  (void)state;
#define JOINED                                                                                                         \
  "policy \"P\"\n  currency BRL\nlimit each customer to 1 message per 1 day\n" SMTP LADDER                             \
  "  at 10d send email \"second {number}\"\n"
  house h = in_force(JOINED);
  put_invoice(&h, "A-2", "C1", 5000, DAY, "open");
  assert_string_equal(whole_run(&h, JOINED, DAY), "");
  bring(&h, 1, 30, DAY - 20);
  put_invoice(&h, "B-1", "C1", 7000, DAY - 20, "open"); /* the more urgent */
  assert_string_equal(whole_run(&h, JOINED, DAY + 1), "SENT 1");
  assert_string_equal(server.text[1], "A-2 R$50.00\n");
  assert_int_equal(last_int(&h, STORE_T_activation, "messages"), 31);
  end(&h);
}

/* What an import tells of long ago: thanks for payments of last year. */
static void old_events_of_new_invoices_wait(void **state) {
  (void)state;
#define THANKS POLICY "on partial payment send email \"thank you {number}\"\n"
  house h = in_force(THANKS);
  bring(&h, 1, 20, DAY + 60);
  for (int i = 1; i <= 20; i++) {
    char number[24];
    snprintf(number, sizeof number, "N-%d", i);
    put_event(&h, "payment", number, DAY - 200, 100);
  }
  assert_string_equal(whole_run(&h, THANKS, DAY + 1), "");
  assert_int_equal(last_int(&h, STORE_T_activation, "messages"), 20);
  end(&h);
}

/* A tick of `dun serve` sees a part: what is held stays held, and its question stands. */
static void a_part_of_the_ledger_lets_nothing_through(void **state) {
  (void)state;
  house h = in_force(POLICY);
  must(h.s, store_begin(h.s));
  must(h.s, store_agenda_open(h.s));
  must(h.s, store_commit(h.s));
  bring(&h, 1, 30, DAY - 20);
  whole_run(&h, POLICY, DAY + 1);
  char digest[80];
  snprintf(digest, sizeof digest, "%s", last_text(&h, STORE_T_activation, "digest"));
  int64_t n;
  must(h.s, store_begin(h.s));
  must(h.s, store_agenda_clear(h.s));
  must(h.s, store_commit(h.s));
  put_customer(&h, "D3", "other@x.example", NULL);
  must(h.s, store_focus(h.s, DAY + 1, 0, false, false, &n));
  assert_int_equal(n, 1);
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "");
  store_focus_end(h.s);
  assert_int_equal(rows(&h, STORE_T_activation), 1);
  assert_string_equal(last_text(&h, STORE_T_activation, "state"), "open");
  assert_string_equal(last_text(&h, STORE_T_activation, "digest"), digest);
  assert_int_equal(server.sent, 1);
  end(&h);
}

/* Another plan is approved while the first is on its way: what waits of the first goes with it. */
static void a_later_plan_takes_the_rest_with_it(void **state) {
  (void)state;
  house h = in_force(POLICY);
  bring(&h, 1, 30, DAY - 20);
  whole_run(&h, POLICY, DAY + 1);
  approve_plan(&h, true);
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "SENT 10, APPROVED 20");
  bring(&h, 31, 45, DAY - 20);
  whole_run(&h, POLICY, DAY + 1);
  assert_string_equal(last_text(&h, STORE_T_activation, "state"), "open");
  assert_int_equal(in_state(&h, "approved"), 20);
  approve_plan(&h, false);
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "SENT 35");
  assert_int_equal(in_state(&h, "approved"), 0);
  end(&h);
}

/* An answer is for one run: what the next import brings asks for itself. */
static void an_approval_is_used_once(void **state) {
  (void)state;
  house h = in_force(POLICY);
  bring(&h, 1, 30, DAY - 20);
  whole_run(&h, POLICY, DAY + 1);
  approve_plan(&h, true);
  bring(&h, 1, 30, DAY + 60); /* the right dates came: nothing is left of it */
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "");
  bring(&h, 31, 60, DAY - 20);
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "");
  assert_int_equal(rows(&h, STORE_T_activation), 2);
  assert_int_equal(server.sent, 1);
  end(&h);
}

/* ---- what a held run leaves ---- */

static void table_as_text(house *h, store_table t, const char *const *names, size_t n, char *out, size_t cap) {
  slice columns[8];
  size_t at = 0;
  for (size_t i = 0; i < n; i++) columns[i] = slice_of(names[i]);
  store_query q = {.table = t, .columns = columns, .column_count = n};
  store_cursor *c;
  out[0] = 0;
  must(h->s, store_scan(h->s, &q, &c));
  while (store_next(c) == STORE_ROW)
    for (size_t i = 0; i < n; i++) at += (size_t)snprintf(out + at, cap - at, "%.*s|", SLICE_ARG(store_text(c, i)));
  store_cursor_close(c);
}

/* Stops, silent climbs, standing rules, cards, tags, `every` rules, events: of a revision that nobody approved nothing
 * is there, and with the old one it goes on as if the new had never been. */
static void a_revision_that_is_not_approved_leaves_nothing(void **state) {
  (void)state;
#define OLD POLICY "  at 30d send email \"second {number}\"\non partial payment send email \"thank you {number}\"\n"
#define NEW                                                                                                            \
  HEAD SMTP "stop when open < 95\nladder l for invoices\n  at 1d send email \"{number} {open}\"\n"                     \
            "  at 5d tag customer \"late\"\n  at 10d send email \"new {number}\"\n"                                    \
            "rule big: when customer.overdue_count >= 1 and customer.name is not missing tag customer \"big\"\n"       \
            "when overdue >= 3d open card in \"Board\"\non partial payment tag customer \"paid\"\n"
  char before[4096], after[4096];
  static const char *const POSITION[] = {"track", "entity", "offset"};
  for (int held = 0; held < 2; held++) {
    house h = begin();
    h.guard = true;
    whole_run(&h, OLD, DAY);
    bring(&h, 1, 30, DAY + 2);
    whole_run(&h, OLD, DAY + 1);
    put_event(&h, "payment", "A-1", DAY + 10, 1000);
    if (held) {
      for (int day = 14; day < 17; day++) assert_string_equal(whole_run(&h, NEW, DAY + day), "");
      assert_int_equal(rows(&h, STORE_T_activation), 1); /* the same plan on three days */
    }
    assert_string_equal(whole_run(&h, OLD, DAY + 17), "SENT 31");
    assert_int_equal(rows(&h, STORE_T_card), 0);
    assert_int_equal(rows(&h, STORE_T_armed), 0);
    assert_int_equal(rows(&h, STORE_T_own_state), 0);
    assert_int_equal(rows(&h, STORE_T_begun), 0);
    arena *own = arena_new();
    slice in_force_now;
    must(h.s, store_state_get(h.s, SLICE("revision in force"), own, &in_force_now));
    assert_true(slice_eq(in_force_now, SLICE("1")));
    arena_free(own);
    assert_string_equal(last_text(&h, STORE_T_activation, "state"), held ? "over" : "");
    table_as_text(&h, STORE_T_position, POSITION, 3, held ? after : before, sizeof after);
    if (held) assert_string_equal(before, after);
    end(&h);
  }
}

/* ---- two people ---- */

static void the_first_yes_outlives_the_night(void **state) {
  (void)state;
#define STEPS POLICY "  at 21d send email \"second {number}\"\n"
  house h = begin();
  h.guard = true;
  bring(&h, 1, 30, DAY - 20);
  assert_int_equal(require(&h, 2, "ana"), ANSWER_TAKEN);
  whole_run(&h, STEPS, DAY);
  char digest[80];
  snprintf(digest, sizeof digest, "%s", last_text(&h, STORE_T_activation, "digest"));
  assert_int_equal(say_plan(&h, digest, true, "ana", true), ANSWER_FIRST);
  /* On the next day another step is due, and a few more invoices are late: 31 + 10 % + 10 = 44 at most. */
  bring(&h, 31, 43, DAY - 20);
  whole_run(&h, STEPS, DAY + 1);
  assert_int_equal(rows(&h, STORE_T_activation), 2);
  assert_string_not_equal(last_text(&h, STORE_T_activation, "digest"), digest);
  assert_string_equal(last_text(&h, STORE_T_activation, "answered_by"), "ana");
  snprintf(digest, sizeof digest, "%s", last_text(&h, STORE_T_activation, "digest"));
  assert_int_equal(say_plan(&h, digest, true, "Ana", true), ANSWER_SAME_NAME);
  /* Growing day by day is growing: it is the first one's plan that counts. */
  bring(&h, 44, 44, DAY - 20);
  whole_run(&h, STEPS, DAY + 2);
  assert_int_equal(rows(&h, STORE_T_activation), 3);
  assert_string_equal(last_text(&h, STORE_T_activation, "answered_by"), "");
  snprintf(digest, sizeof digest, "%s", last_text(&h, STORE_T_activation, "digest"));
  assert_int_equal(say_plan(&h, digest, true, "rui", true), ANSWER_FIRST);
  whole_run(&h, STEPS, DAY + 3);
  snprintf(digest, sizeof digest, "%s", last_text(&h, STORE_T_activation, "digest"));
  assert_int_equal(say_plan(&h, digest, true, "ana", false), ANSWER_TAKEN);
  whole_run(&h, STEPS, DAY + 3);
  assert_int_equal(server.sent, 45);
  end(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_import_of_late_invoices_waits),
      cmocka_unit_test(ten_of_them_go),
      cmocka_unit_test(over_nothing_nothing_is_activated),
      cmocka_unit_test(after_a_long_pause_known_invoices_go),
      cmocka_unit_test(due_dates_moved_back_wait),
      cmocka_unit_test(an_import_that_opens_many_again_waits),
      cmocka_unit_test(a_few_that_are_opened_again_go),
      cmocka_unit_test(the_end_of_a_hold_over_many_waits),
      cmocka_unit_test(the_end_of_a_hold_over_few_goes),
      cmocka_unit_test(what_waits_for_itself_is_no_backlog),
      cmocka_unit_test(closed_hours_hide_no_backlog),
      cmocka_unit_test(known_invoices_go_without_the_others),
      cmocka_unit_test(old_events_of_new_invoices_wait),
      cmocka_unit_test(a_part_of_the_ledger_lets_nothing_through),
      cmocka_unit_test(a_later_plan_takes_the_rest_with_it),
      cmocka_unit_test(an_approval_is_used_once),
      cmocka_unit_test(a_revision_that_is_not_approved_leaves_nothing),
      cmocka_unit_test(the_first_yes_outlives_the_night),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
