/* Each clause of the gate (runtime/outbox/gate.def) alone keeps a message back: from one message that would pass, one
 * fact is changed, and that clause blocks while no other does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/outbox/gate.h"
#include "runtime/outbox/reread.h"
#include "runtime/store/agreement.h"
#include "runtime/store/approval.h"
#include "runtime/store/hooks.h"
#include "runtime/store/origin.h"
#include "runtime/store/part.h"
#include "runtime/store/pause.h"
#include "runtime/world_fake.h"
#include "tests/support/outbox_fixture.h"

#define RULES                                                                                                          \
  "policy \"P\"\n  currency BRL\n  one message per invoice\n  expire 1d after planned time\n"                          \
  "  opt in for email\n  send between 09:00 and 18:00\n  hold while disputed\n"                                        \
  "  limit each customer to 1 message per day and 1 per day per invoice\n"
static const char WHOLE[] = RULES SMTP LADDER;

/* The message of the case: claimed by this run, and everything about it fine. */
typedef struct at_gate {
  house h;
  run r;
  ready_message m;
  arena *scratch;
} at_gate;

static void write_customer(at_gate *g, const char *address, const char *out, const char *in) {
  const store_written columns[] = {
      {SLICE("id"), false}, {SLICE("email"), false}, {SLICE("opted_out"), false}, {SLICE("opted_in"), false}};
  store *s = g->h.s;
  store_writer *w;
  store_put how;
  must(s, store_begin(s));
  must(s, store_writer_open(s, STORE_T_customer, SLICE("test"), columns, 4, &w));
  store_put_text(w, 0, SLICE("C1"));
  if (address) store_put_text(w, 1, slice_of(address));
  if (out) store_put_text(w, 2, slice_of(out));
  if (in) store_put_text(w, 3, slice_of(in));
  must(s, store_put_row(w, &how));
  store_writer_close(w);
  must(s, store_commit(s));
}

static void write_invoice(at_gate *g, int64_t amount, int64_t open, int32_t due, const char *status, const char *cur) {
  const store_written columns[] = {{SLICE("number"), false},  {SLICE("customer"), false}, {SLICE("amount"), false},
                                   {SLICE("open"), false},    {SLICE("due"), false},      {SLICE("status"), false},
                                   {SLICE("currency"), false}};
  store *s = g->h.s;
  store_writer *w;
  store_put how;
  must(s, store_begin(s));
  must(s, store_writer_open(s, STORE_T_invoice, SLICE("test"), columns, 7, &w));
  store_put_text(w, 0, SLICE("A-1"));
  store_put_text(w, 1, SLICE("C1"));
  store_put_int(w, 2, amount);
  store_put_int(w, 3, open);
  store_put_int(w, 4, due);
  store_put_text(w, 5, slice_of(status));
  store_put_text(w, 6, slice_of(cur));
  must(s, store_put_row(w, &how));
  store_writer_close(w);
  must(s, store_commit(s));
}

static void claim(at_gate *g) {
  must(g->h.s, store_begin(g->h.s));
  int64_t until = g->h.w->now_ns(g->h.w) / 1000 + (int64_t)OUTBOX_LEASE_SECONDS * 1000000;
  must(g->h.s, store_lease(g->h.s, 1, g->r.o.worker, until, &g->m.fence));
  must(g->h.s, store_commit(g->h.s));
  assert_true(g->m.fence > 0);
}

static at_gate arrive(void) {
  at_gate g = {.h = begin(), .scratch = arena_new()};
  write_customer(&g, "c1@x.example", NULL, "email");
  run_commit(&g.h, &g.r, WHOLE, DAY);
  claim(&g);
  return g;
}

static void leave(at_gate *g) {
  run_end(&g->r);
  arena_free(g->scratch);
  end(&g->h);
}

/* The names of the clauses that block, in their order: "open news". */
static const char *blocking(at_gate *g) {
  static char out[256];
  size_t n = 0;
  action_state state;
  int64_t fence = g->m.fence;
  gate_case c = {.o = &g->r.o, .m = &g->m, .scratch = g->scratch, .now_us = g->h.w->now_ns(g->h.w) / 1000};
  must(g->h.s, outbox_load(&g->r.o, 1, g->scratch, &g->m, &state));
  g->m.fence = fence;
  must(g->h.s, gate_look(&c));
  out[0] = 0;
  for (int i = 0; i < GATE_ROW_COUNT; i++) {
    slice why = {0};
    must(g->h.s, gate_ask(&c, (gate_row)i, &why));
    if (why.n) n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", n ? " " : "", gate_row_name((gate_row)i));
  }
  /* The gate as a whole says what the first of them says. */
  gate_answer answer;
  slice why;
  must(g->h.s, outbox_gate(&g->r.o, &g->m, g->scratch, &answer, &why));
  assert_int_equal(answer == GATE_GO, n == 0);
  for (int i = 0; i < GATE_ROW_COUNT && n; i++) {
    size_t k = strlen(gate_row_name((gate_row)i));
    if (strncmp(out, gate_row_name((gate_row)i), k) == 0 && (out[k] == ' ' || !out[k]))
      assert_int_equal(answer, gate_row_blocked((gate_row)i));
  }
  return out;
}

/* What the run knows already is no news. */
static void as_known(at_gate *g) {
  g->r.o.decided_us = 0;
  g->r.o.last_event = INT64_MAX;
}

/* ---- one fact each ---- */

static void another_claim(at_gate *g) {
  int64_t fence;
  must(g->h.s, store_begin(g->h.s));
  must(g->h.s, store_release(g->h.s, 1, g->m.fence, (slice){0}));
  must(g->h.s, store_lease(g->h.s, 1, g->r.o.worker, INT64_MAX / 2, &fence));
  must(g->h.s, store_commit(g->h.s));
}
static void another_worker(at_gate *g) { g->r.o.worker = SLICE("somebody"); }
static void cancelled(at_gate *g) {
  bool moved;
  must(g->h.s, store_action_move(g->h.s, 1, ACTION_leased, ACTION_cancelled, (slice){0}, &moved));
}
static void half_a_minute_left(at_gate *g) { pass_seconds(&g->h, 31); }
static void late(at_gate *g) { g->r.o.today.day = DAY + 2; }
static void overtaken(at_gate *g) {
  int64_t id;
  bool is_new;
  store_action a = {.track = g->m.a.track,
                    .entity = {STORE_ENTITY_INVOICE, SLICE("A-1")},
                    .offset = SLICE("2d"),
                    .on = DAY + 1,
                    .customer = SLICE("C1"),
                    .rung = SLICE("2d"),
                    .action = SLICE("log"),
                    .revision = 1,
                    .state = ACTION_accepted};
  action_state state;
  must(g->h.s, outbox_load(&g->r.o, 1, g->scratch, &g->m, &state));
  a.track = g->m.a.track;
  must(g->h.s, store_action_put(g->h.s, &a, &id, &is_new));
  g->r.o.today.day = DAY + 1;
}
static void pause(at_gate *g, pause_scope what, const char *name) {
  bool is_new;
  must(g->h.s, store_pause_put(g->h.s, what, slice_of(name), SLICE("ana"), SLICE("test"), &is_new));
}
static void pause_all(at_gate *g) { pause(g, PAUSE_all, ""); }
static void pause_policy(at_gate *g) { pause(g, PAUSE_policy, "P"); }
static void pause_channel(at_gate *g) { pause(g, PAUSE_channel, "email"); }
static void pause_customer(at_gate *g) { pause(g, PAUSE_customer, "C1"); }
static void pause_others(at_gate *g) {
  pause(g, PAUSE_policy, "Q");
  pause(g, PAUSE_channel, "sms");
  pause(g, PAUSE_customer, "C2");
}
static void of_a_plan(at_gate *g) {
  store_activation a = {.revision = 1, .policy = SLICE("P"), .digest = SLICE("abc"), .why = SLICE("first"), .on = DAY};
  bool is_new;
  must(g->h.s, store_activation_ask(g->h.s, &a, &is_new));
  must(g->h.s, store_ramp_join(g->h.s, a.id, 1));
}
static void not_imported(at_gate *g) {
  pass_seconds(&g->h, (int64_t)OUTBOX_STALE_HOURS * 3600 + 1); /* noon again, two days later */
  must(g->h.s, store_begin(g->h.s));
  int64_t woken;
  must(g->h.s, store_wake(g->h.s, g->h.w->now_ns(g->h.w) / 1000, &woken));
  must(g->h.s, store_commit(g->h.s));
  claim(g);
}
static void paid(at_gate *g) { write_invoice(g, 10000, 10000, DAY - 1, "paid", "BRL"); }
static void settled(at_gate *g) { write_invoice(g, 10000, 0, DAY - 1, "open", "BRL"); }
static void said_to_be_paid(at_gate *g) {
  must(g->h.s, store_begin(g->h.s));
  must(g->h.s, store_recheck_put(g->h.s, SLICE("omie"), SLICE("invoice"), SLICE("A-1"), true));
  must(g->h.s, store_commit(g->h.s));
}
static void others_said_to_be_paid(at_gate *g) {
  must(g->h.s, store_begin(g->h.s));
  must(g->h.s, store_recheck_put(g->h.s, SLICE("omie"), SLICE("invoice"), SLICE("A-2"), true));
  must(g->h.s, store_recheck_put(g->h.s, SLICE("omie"), SLICE("customer"), SLICE("A-1"), true));
  must(g->h.s, store_recheck_put(g->h.s, SLICE("omie"), SLICE("invoice"), SLICE("A-1"), false));
  must(g->h.s, store_commit(g->h.s));
}
static void said_and_read(at_gate *g) {
  store_recheck r[2];
  size_t n;
  said_to_be_paid(g);
  must(g->h.s, store_recheck_next(g->h.s, SLICE("omie"), INT64_MAX, g->scratch, r, 2, &n));
  assert_int_equal(n, 1);
  must(g->h.s, store_recheck_done(g->h.s, &r[0]));
}
static void said_again_while_read(at_gate *g) {
  store_recheck r[2];
  size_t n;
  said_to_be_paid(g);
  must(g->h.s, store_recheck_next(g->h.s, SLICE("omie"), INT64_MAX, g->scratch, r, 2, &n));
  said_to_be_paid(g);
  must(g->h.s, store_recheck_done(g->h.s, &r[0]));
}
static void no_more(at_gate *g) {
  must(g->h.s, store_begin(g->h.s));
  must(g->h.s, store_wish_put(g->h.s, SLICE("C1"), SLICE("email"), true));
  must(g->h.s, store_wish_put(g->h.s, SLICE("C2"), SLICE("email"), true));
  must(g->h.s, store_commit(g->h.s));
}
static void no_more_elsewhere(at_gate *g) {
  must(g->h.s, store_begin(g->h.s));
  must(g->h.s, store_wish_put(g->h.s, SLICE("C1"), SLICE("sms"), true));
  must(g->h.s, store_wish_put(g->h.s, SLICE("C1"), SLICE("email"), false));
  must(g->h.s, store_commit(g->h.s));
}
static void part_paid(at_gate *g) { write_invoice(g, 10000, 6000, DAY - 1, "open", "BRL"); }
static void corrected(at_gate *g) { write_invoice(g, 12000, 10000, DAY - 1, "open", "BRL"); }
static void in_euro(at_gate *g) { write_invoice(g, 10000, 10000, DAY - 1, "open", "EUR"); }
static void due_later(at_gate *g) { write_invoice(g, 10000, 10000, DAY + 9, "open", "BRL"); }
static void no_address(at_gate *g) { write_customer(g, NULL, NULL, "email"); }
static void opted_out(at_gate *g) { write_customer(g, "c1@x.example", "sms;Email", "email"); }
static void not_opted_in(at_gate *g) { write_customer(g, "c1@x.example", NULL, "whatsapp"); }
static void happened(at_gate *g) { put_event(&g->h, "reply", "A-1", DAY, 0); }
static void row_changed(at_gate *g) {
  pass_seconds(&g->h, 1);
  write_customer(g, "other@x.example", NULL, "email");
}
static void in_the_evening(at_gate *g) {
  pass_seconds(&g->h, 6 * 3600);
  must(g->h.s, store_begin(g->h.s));
  int64_t woken;
  must(g->h.s, store_wake(g->h.s, g->h.w->now_ns(g->h.w) / 1000, &woken));
  must(g->h.s, store_commit(g->h.s));
  claim(g);
}
static void sent_before(at_gate *g, const char *invoice, const char *customer) {
  int64_t id;
  bool is_new;
  store_action a = {.track = SLICE("every"),
                    .entity = {STORE_ENTITY_INVOICE, slice_of(invoice)},
                    .offset = SLICE("x"),
                    .on = DAY,
                    .customer = slice_of(customer),
                    .action = SLICE("send"),
                    .channel = SLICE("email"),
                    .revision = 1,
                    .state = ACTION_accepted};
  must(g->h.s, store_action_put(g->h.s, &a, &id, &is_new));
}
static void one_today(at_gate *g) { sent_before(g, "A-9", "C1"); }
static void one_of_another(at_gate *g) { sent_before(g, "A-9", "C2"); }
static void no_credit(at_gate *g) {
  store_channel c = {.credit = 999999, .credit_at_us = g->h.w->now_ns(g->h.w) / 1000};
  must(g->h.s, store_channel_put(g->h.s, SLICE("email"), &c));
}
/* A channel that wants 6 seconds between two messages to one receiver, and one that went just now. */
static void went_just_now(at_gate *g, const char *to) {
  static channel_driver slow;
  slow = *g->r.o.ch[CH_EMAIL].driver;
  slow.apart_s = 6;
  g->r.o.ch[CH_EMAIL].driver = &slow;
  ready_message before = {.ch = CH_EMAIL, .to = slice_of(to)};
  receiver_note(&g->r.o, &before, g->h.w->now_ns(g->h.w) / 1000 - 5999999);
}
static void another_just_now(at_gate *g) { went_just_now(g, "c1@x.example"); }
static void another_written_otherwise(at_gate *g) { went_just_now(g, " (c1)@x.example"); }
static void another_elsewhere(at_gate *g) { went_just_now(g, "c2@x.example"); }
/* The ERP that the row comes from was not asked for it lately. */
static erp_code reads_nothing(erp *e, erp_page *p, slice id, bool *there, erp_failure *f) {
  (void)e, (void)p, (void)id, (void)there, (void)f;
  return ERP_FAILED;
}
static void of_an_erp(at_gate *g) {
  static const erp_feed FEEDS[] = {{.name = "receivables", .table = STORE_T_invoice}};
  static const erp_driver ERP = {
      .vendor = "test", .words = "The ERP", .feeds = FEEDS, .feed_count = 1, .read = reads_nothing};
  g->r.o.rereads->v[0] = (reread_line){.driver = &ERP, .keeps_us = 600000000, .open = (erp *)&g->r};
  g->r.o.rereads->count = 1;
}
static void read_before(at_gate *g, int64_t seconds) {
  store_origin at;
  of_an_erp(g);
  must(g->h.s, store_origin_of(g->h.s, STORE_T_invoice, SLICE("A-1"), g->scratch, &at));
  must(g->h.s, store_begin(g->h.s));
  must(g->h.s, store_read_alone(g->h.s, STORE_T_invoice, at.row, g->h.w->now_ns(g->h.w) / 1000 - seconds * 1000000));
  must(g->h.s, store_commit(g->h.s));
}
static void read_long_ago(at_gate *g) { read_before(g, 601); }
static void read_lately(at_gate *g) { read_before(g, 600); }
static void read_in_time_to_come(at_gate *g) { read_before(g, -2); }
static void all_read_lately(at_gate *g) {
  of_an_erp(g);
  must(g->h.s, store_begin(g->h.s));
  must(g->h.s, store_synced_from_set(g->h.s, SLICE("test"), g->h.w->now_ns(g->h.w) / 1000 - 599000000));
  must(g->h.s, store_commit(g->h.s));
}
static void at_rest(at_gate *g) {
  store_channel c = {.rests = 1, .rest_until_us = g->h.w->now_ns(g->h.w) / 1000 + 1};
  must(g->h.s, store_channel_put(g->h.s, SLICE("email"), &c));
}
static void being_probed(at_gate *g) {
  store_channel c = {.rests = 1, .probe_until_us = g->h.w->now_ns(g->h.w) / 1000 + 1};
  must(g->h.s, store_channel_put(g->h.s, SLICE("email"), &c));
}
static int64_t wants_a_file(at_gate *g) {
  store_part p = {.message = 1, .what = SLICE("boleto_pdf"), .name = SLICE("a.pdf"), .source = SLICE("file a.pdf")},
             v[64];
  size_t n;
  must(g->h.s, store_begin(g->h.s));
  must(g->h.s, store_part_put(g->h.s, &p));
  must(g->h.s, store_commit(g->h.s));
  must(g->h.s, store_parts_of(g->h.s, 1, g->scratch, v, &n));
  return v[n - 1].id;
}
static void a_file_to_fetch(at_gate *g) { (void)wants_a_file(g); }
static void a_file_that_came(at_gate *g) {
  int64_t id = wants_a_file(g);
  must(g->h.s, store_part_came(g->h.s, id, SLICE("a.pdf"), SLICE("application/pdf"), SLICE("%PDF-")));
}
static void a_file_given_up(at_gate *g) {
  int64_t id = wants_a_file(g);
  must(g->h.s, store_part_gap(g->h.s, id, SLICE("gone")));
}
/* An agreement on A-1 whose order is on its way to the ERP. */
static int64_t agreed(at_gate *g) {
  int64_t id;
  bool moved;
  agreement_part part = {DAY + 9, 10000, DATE_NONE_DAY};
  agreement a = {.invoice = SLICE("A-1"),
                 .customer = SLICE("C1"),
                 .currency = SLICE("BRL"),
                 .open = 10000,
                 .proposed_by = SLICE("ana"),
                 .parts = &part,
                 .part_count = 1};
  agreement_move m = {.from = AGREEMENT_PROPOSED, .to = AGREEMENT_ORDERED, .by = SLICE("bia"), .answers = true};
  must(g->h.s, store_begin(g->h.s));
  must(g->h.s, agreement_propose(g->h.s, &a, &id));
  m.id = id;
  must(g->h.s, agreement_move_to(g->h.s, &m, &moved));
  must(g->h.s, agreement_order_set(g->h.s, id, 1, SLICE("omie")));
  must(g->h.s, store_commit(g->h.s));
  assert_true(moved);
  return id;
}
static void agreed_on_a_new_date(at_gate *g) { (void)agreed(g); }
static void agreed_and_written(at_gate *g) {
  int64_t id = agreed(g);
  must(g->h.s, agreement_order_over(g->h.s, id, SLICE("omie"), (slice){0}));
}
static void nothing(at_gate *g) { (void)g; }

/* ---- all of them ---- */

static const struct gate_test {
  gate_row row; /* GATE_ROW_COUNT: it passes */
  void (*change)(at_gate *g);
  bool is_news; /* else the run knew of the change */
} CASES[] = {
    {GATE_ROW_COUNT, nothing, true},
    {GATE_ROW_COUNT, pause_others, true},
    {GATE_ROW_COUNT, one_of_another, true},
    {GATE_ROW_lease, another_claim, true},
    {GATE_ROW_lease, another_worker, true},
    {GATE_ROW_lease, cancelled, true},
    {GATE_ROW_lease, half_a_minute_left, true},
    {GATE_ROW_timely, late, true},
    {GATE_ROW_current, overtaken, true},
    {GATE_ROW_pause, pause_all, true},
    {GATE_ROW_pause, pause_policy, true},
    {GATE_ROW_pause, pause_channel, true},
    {GATE_ROW_pause, pause_customer, true},
    {GATE_ROW_approved, of_a_plan, true},
    {GATE_ROW_synced, not_imported, true},
    {GATE_ROW_open, paid, false},
    {GATE_ROW_hinted, said_to_be_paid, true},
    {GATE_ROW_hinted, said_again_while_read, true},
    {GATE_ROW_COUNT, others_said_to_be_paid, true},
    {GATE_ROW_COUNT, said_and_read, true},
    {GATE_ROW_agreed, agreed_on_a_new_date, true},
    {GATE_ROW_COUNT, agreed_and_written, true},
    {GATE_ROW_amount, part_paid, false},
    {GATE_ROW_amount, corrected, false},
    {GATE_ROW_currency, in_euro, false},
    {GATE_ROW_due, due_later, false},
    {GATE_ROW_recipient, no_address, false},
    {GATE_ROW_opted_out, opted_out, false},
    {GATE_ROW_opted_out, no_more, true},
    {GATE_ROW_COUNT, no_more_elsewhere, true},
    {GATE_ROW_opted_in, not_opted_in, false},
    {GATE_ROW_news, happened, true},
    {GATE_ROW_news, row_changed, true},
    {GATE_ROW_hours, in_the_evening, true},
    {GATE_ROW_limits, one_today, true},
    {GATE_ROW_enclosed, a_file_to_fetch, true},
    {GATE_ROW_COUNT, a_file_that_came, true},
    {GATE_ROW_COUNT, a_file_given_up, true},
    {GATE_ROW_rate, no_credit, true},
    {GATE_ROW_fresh, of_an_erp, true},
    {GATE_ROW_fresh, read_long_ago, true},
    {GATE_ROW_fresh, read_in_time_to_come, true},
    {GATE_ROW_COUNT, read_lately, true},
    {GATE_ROW_COUNT, all_read_lately, true},
    {GATE_ROW_apart, another_just_now, true},
    {GATE_ROW_apart, another_written_otherwise, true},
    {GATE_ROW_COUNT, another_elsewhere, true},
    {GATE_ROW_breaker, at_rest, true},
    {GATE_ROW_breaker, being_probed, true},
};

static void each_clause_alone_blocks(void **state) {
  (void)state;
  /* below, and of documents in tests/unit/test_documents.c */
  bool tried[GATE_ROW_COUNT] = {[GATE_ROW_hold] = true, [GATE_ROW_lost] = true, [GATE_ROW_document] = true};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    const struct gate_test *t = CASES + i;
    at_gate g = arrive();
    assert_string_equal(blocking(&g), "");
    t->change(&g);
    if (!t->is_news) as_known(&g);
    const char *got = blocking(&g), *want = t->row == GATE_ROW_COUNT ? "" : gate_row_name(t->row);
    if (strcmp(got, want) != 0) fail_msg("case %zu: \"%s\" blocks, not \"%s\"", i, got, want);
    if (t->row != GATE_ROW_COUNT) tried[t->row] = true;
    leave(&g);
  }
  for (int i = 0; i < GATE_ROW_COUNT; i++)
    if (!tried[i]) fail_msg("no case for the clause %s", gate_row_name((gate_row)i));
}

/* A balance of nothing: it is settled, and not what the message says. */
static void a_settled_invoice_is_not_dunned(void **state) {
  (void)state;
  at_gate g = arrive();
  settled(&g);
  as_known(&g);
  assert_string_equal(blocking(&g), "open amount");
  leave(&g);
}

/* What the policy holds, by the facts of a later run. */
static void the_hold_alone_blocks(void **state) {
  (void)state;
  at_gate g = arrive();
  must(g.h.s, store_begin(g.h.s));
  must(g.h.s, store_release(g.h.s, 1, g.m.fence, (slice){0}));
  must(g.h.s, store_commit(g.h.s));
  run_end(&g.r);
  put_event(&g.h, "dispute", "A-1", DAY, 0);
  run_commit(&g.h, &g.r, WHOLE, DAY);
  claim(&g);
  assert_string_equal(blocking(&g), "hold");
  leave(&g);
}

/* The same clauses in the store's own order, and the clause of the lease first of all: what is not ours is not judged.
 */
static void the_first_that_blocks_decides(void **state) {
  (void)state;
  at_gate g = arrive();
  gate_answer answer;
  slice why;
  paid(&g);
  another_worker(&g);
  assert_string_equal(blocking(&g), "lease open news");
  must(g.h.s, outbox_gate(&g.r.o, &g.m, g.scratch, &answer, &why));
  assert_int_equal(answer, GATE_AGAIN);
  leave(&g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_clause_alone_blocks),
      cmocka_unit_test(a_settled_invoice_is_not_dunned),
      cmocka_unit_test(the_hold_alone_blocks),
      cmocka_unit_test(the_first_that_blocks_decides),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
