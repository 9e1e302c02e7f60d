/* The outbox over a real store, with a mail server that does what the test says: nothing goes out twice, nothing passes
 * the gate that should not, and what is not known stays visible. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/compile.h"
#include "runtime/engine/facts_load.h"
#include "runtime/engine/plan.h"
#include "runtime/outbox/outbox.h"
#include "runtime/world_fake.h"
#include "stdlib/channel/net.h"

enum { DAY = 20514 }; /* 2026-03-02, a Monday */
static const int64_t NOON_NS = ((int64_t)DAY * 86400 + 43200) * 1000000000;

/* ---- a mail server ---- */

static struct {
  mail_report answer[8]; /* the next ones; then accepted */
  size_t answers, asked;
  size_t sent;
  char to[16][64], id[16][80], text[16][512];
} server;

static mail_session *server_open(const mail_server *s) {
  (void)s;
  return (mail_session *)&server;
}
static void server_close(mail_session *s) { (void)s; }
static mail_report server_send(mail_session *s, const email *m, arena *scratch) {
  (void)s;
  (void)scratch;
  snprintf(server.to[server.sent], sizeof server.to[0], "%.*s", SLICE_ARG(m->to.address));
  snprintf(server.id[server.sent], sizeof server.id[0], "%.*s", SLICE_ARG(m->message_id));
  snprintf(server.text[server.sent], sizeof server.text[0], "%.*s", SLICE_ARG(m->text));
  server.sent++;
  return server.asked < server.answers ? server.answer[server.asked++] : (mail_report){MAIL_OK, MAIL_ANSWERED, 250, ""};
}
static const struct world_net NET = {server_open, server_send, server_close};

static const mail_report TIMEOUT = {MAIL_TIMEOUT, MAIL_BODY, 0, ""}, REFUSED = {MAIL_REFUSED, MAIL_CONNECTING, 0, ""},
                         BUSY = {MAIL_REPLY, MAIL_RECIPIENT, 451, "4.2.2"},
                         GONE = {MAIL_REPLY, MAIL_RECIPIENT, 550, "5.1.1"};

static void answers(size_t n, mail_report r) {
  server.answers = n;
  server.asked = 0;
  for (size_t i = 0; i < n; i++) server.answer[i] = r;
}

/* ---- a ledger ---- */

typedef struct house {
  world *w;
  store *s;
} house;

#define SMTP "connect email smtp \"smtps://mail.example:465\" from \"finance@acme.example\"\n"
#define LADDER "ladder l for invoices\n  at 1d send email \"{number} {open}\"\n"
static const char POLICY[] = "policy \"P\"\n  currency BRL\n  one message per invoice\n" SMTP LADDER;

static store_code must(store *s, store_code code) {
  if (code != STORE_OK) fail_msg("%s", store_why(s)->text);
  return code;
}

static void put_customer(house *h, const char *id, const char *email_address, const char *opted_out) {
  const store_written columns[] = {{SLICE("id"), false},
                                   {SLICE("name"), false},
                                   {SLICE("email"), false},
                                   {SLICE("opted_out"), false},
                                   {SLICE("owner"), false}};
  store_writer *w;
  store_put how;
  must(h->s, store_begin(h->s));
  must(h->s, store_writer_open(h->s, STORE_T_customer, SLICE("test"), columns, 5, &w));
  store_put_text(w, 0, slice_of(id));
  store_put_text(w, 1, slice_of(id));
  if (email_address) store_put_text(w, 2, slice_of(email_address));
  if (opted_out) store_put_text(w, 3, slice_of(opted_out));
  store_put_text(w, 4, SLICE("rep@acme.example"));
  must(h->s, store_put_row(w, &how));
  store_writer_close(w);
  must(h->s, store_commit(h->s));
}

static void put_invoice(house *h, const char *number, const char *customer, int64_t open, int32_t due,
                        const char *status) {
  const store_written columns[] = {{SLICE("number"), false},  {SLICE("customer"), false}, {SLICE("amount"), false},
                                   {SLICE("open"), false},    {SLICE("due"), false},      {SLICE("status"), false},
                                   {SLICE("currency"), false}};
  store_writer *w;
  store_put how;
  must(h->s, store_begin(h->s));
  must(h->s, store_writer_open(h->s, STORE_T_invoice, SLICE("test"), columns, 7, &w));
  store_put_text(w, 0, slice_of(number));
  store_put_text(w, 1, slice_of(customer));
  store_put_int(w, 2, 10000);
  store_put_int(w, 3, open);
  store_put_int(w, 4, due);
  store_put_text(w, 5, slice_of(status));
  store_put_text(w, 6, SLICE("BRL"));
  must(h->s, store_put_row(w, &how));
  store_writer_close(w);
  must(h->s, store_commit(h->s));
}

static void put_event(house *h, const char *kind, const char *number, int32_t day, int64_t amount) {
  const store_written columns[] = {{SLICE("date"), false},
                                   {SLICE("kind"), false},
                                   {SLICE("invoice"), false},
                                   {SLICE("amount"), false},
                                   {SLICE("value"), false}};
  store_writer *w;
  store_put how;
  must(h->s, store_begin(h->s));
  must(h->s, store_writer_open(h->s, STORE_T_happening, SLICE("test"), columns, 5, &w));
  store_put_int(w, 0, day);
  store_put_text(w, 1, slice_of(kind));
  store_put_text(w, 2, slice_of(number));
  if (amount) store_put_int(w, 3, amount);
  store_put_text(w, 4, amount ? SLICE("100.00") : (slice){"", 0});
  must(h->s, store_put_row(w, &how));
  store_writer_close(w);
  must(h->s, store_commit(h->s));
}

static house begin(void) {
  memset(&server, 0, sizeof server);
  house h = {.w = world_fake_new(NOON_NS)};
  store_error why;
  h.w->net = &NET;
  if (store_open(h.w, ":memory:", &h.s, &why) != STORE_OK) fail_msg("%s", why.text);
  put_customer(&h, "C1", "c1@x.example", NULL);
  put_invoice(&h, "A-1", "C1", 10000, DAY - 1, "open");
  return h;
}

static void end(house *h) {
  store_close(h->s);
  world_fake_free(h->w);
}

/* ---- a run, in its two halves ---- */

typedef struct run {
  arena *a;
  diags d;
  compiled c;
  template_set set;
  happening_list events;
  day_plan plan;
  outbox o;
} run;

static void run_commit(house *h, run *r, const char *policy, int32_t day) {
  *r = (run){.a = arena_new()};
  source *s = ARENA_NEW(r->a, source);
  *s = (source){SLICE("p.dun"), slice_of(policy)};
  diags_init(&r->d, r->a);
  if (!compile(r->a, s, 1, &r->d, &r->c)) fail_msg("%s", diags_render(&r->d, s, 1, LANG_EN, false, r->a).p);
  templates_check(h->w, r->a, r->c.program, SLICE("templates"), &r->d, &r->set);
  assert_int_equal(r->d.errors, 0);
  r->c.program = templates_program(r->a, r->c.program, &r->set);
  r->o = (outbox){.w = h->w,
                  .s = h->s,
                  .perm = r->a,
                  .p = r->c.program,
                  .templates = &r->set,
                  .folder = SLICE("outbox"),
                  .today = {day}};
  slice why;
  if (!outbox_open(&r->o, &why)) fail_msg("%.*s", SLICE_ARG(why));
  must(h->s, outbox_recover(&r->o));
  must(h->s, store_begin(h->s));
  facts *f;
  facts_options options = {.today = {day}, .with_contacts = true};
  must(h->s, facts_load(r->a, h->s, r->c.program, &options, &f));
  must(h->s, happenings_load(r->a, h->s, f, &r->events));
  assert_int_equal(engine_new(r->a, &r->c, f, NULL, &r->o.e), ENGINE_OK);
  must(h->s, history_replay(r->o.e, h->s, &r->events, (civil_date){day}, r->a));
  for (uint32_t i = 0; i < r->events.n; i++)
    if (r->events.v[i].seq > r->o.last_event) r->o.last_event = r->events.v[i].seq;
  must(h->s, plan_make(r->o.e, h->s, &r->events, (civil_date){day}, r->a, &r->plan));
  store_revision rev = {.hash = SLICE("h"), .text = slice_of(policy), .effective_on = DAY};
  int64_t revision;
  bool is_new;
  must(h->s, store_revision_put(h->s, &rev, &revision, &is_new));
  must(h->s, history_commit(r->o.e, h->s, &r->plan, &r->events));
  must(h->s, outbox_commit(&r->o, &r->plan, revision));
  must(h->s, store_commit(h->s));
}

static void run_deliver(house *h, run *r) { must(h->s, outbox_deliver(&r->o, NULL, NULL)); }

static void run_end(run *r) {
  outbox_close(&r->o);
  arena_free(r->a);
}

/* The tallies as text: "sent 2, waiting 1" by the names of the table. */
static const char *tallies(const run *r) {
  static const char *const NAMES[] = {
#define TALLY(id, words) #id,
      OUTBOX_TALLIES(TALLY)
#undef TALLY
  };
  static char out[256];
  size_t n = 0;
  out[0] = 0;
  for (int t = 0; t < TALLY_COUNT; t++)
    if (r->o.tally[t])
      n += (size_t)snprintf(out + n, sizeof out - n, "%s%s %u", n ? ", " : "", NAMES[t], r->o.tally[t]);
  return out;
}

static const char *whole_run(house *h, const char *policy, int32_t day) {
  run r;
  run_commit(h, &r, policy, day);
  run_deliver(h, &r);
  const char *out = tallies(&r);
  run_end(&r);
  return out;
}

/* State and reason of the only action, or of the nth. */
static const char *state_of(house *h, int nth) {
  static char out[256];
  const slice columns[] = {SLICE("state"), SLICE("reason")};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 2};
  store_cursor *c;
  must(h->s, store_scan(h->s, &q, &c));
  out[0] = 0;
  for (int i = 0; store_next(c) == STORE_ROW; i++)
    if (i == nth)
      snprintf(out, sizeof out, "%.*s%s%.*s", SLICE_ARG(store_text(c, 0)), store_text(c, 1).n ? ": " : "",
               SLICE_ARG(store_text(c, 1)));
  store_cursor_close(c);
  return out;
}

static void assert_chain(house *h) {
  int64_t entries, broken;
  must(h->s, store_audit_verify(h->s, &entries, &broken));
  assert_int_equal(broken, 0);
  assert_true(entries > 0);
}

/* ---- the tests ---- */

static void twice_a_day_sends_once(void **state) {
  (void)state;
  house h = begin();
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 1");
  assert_string_equal(server.to[0], "c1@x.example");
  assert_string_equal(server.text[0], "A-1 R$100.00\n");
  assert_string_equal(state_of(&h, 0), "accepted");
  assert_string_equal(whole_run(&h, POLICY, DAY), "");
  assert_string_equal(whole_run(&h, POLICY, DAY + 1), "");
  assert_int_equal(server.sent, 1);
  assert_chain(&h);
  end(&h);
}

/* The same decision stored again (positions lost) is recognised by its key. */
static void a_decision_is_stored_once(void **state) {
  (void)state;
  house h = begin();
  run r;
  run_commit(&h, &r, POLICY, DAY);
  must(h.s, store_begin(h.s));
  must(h.s, outbox_commit(&r.o, &r.plan, 1));
  must(h.s, store_commit(h.s));
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "SENT 1, KNOWN 1");
  assert_int_equal(server.sent, 1);
  run_end(&r);
  end(&h);
}

static void gate(const char *expect_tally, const char *expect_state, void (*change)(house *h), const char *policy) {
  house h = begin();
  run r;
  run_commit(&h, &r, policy, DAY);
  assert_string_equal(state_of(&h, 0), "ready");
  change(&h);
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), expect_tally);
  assert_string_equal(state_of(&h, 0), expect_state);
  assert_int_equal(server.sent, 0);
  run_end(&r);
  assert_chain(&h);
  end(&h);
}

static void paid(house *h) { put_invoice(h, "A-1", "C1", 0, DAY - 1, "paid"); }
static void cancelled(house *h) { put_invoice(h, "A-1", "C1", 10000, DAY - 1, "cancelled"); }
static void zero(house *h) { put_invoice(h, "A-1", "C1", 0, DAY - 1, "open"); }
static void part_paid(house *h) { put_invoice(h, "A-1", "C1", 6000, DAY - 1, "open"); }
static void moved(house *h) { put_invoice(h, "A-1", "C1", 10000, DAY + 30, "open"); }
static void opted_out(house *h) { put_customer(h, "C1", "c1@x.example", "sms;email"); }
static void no_address(house *h) { put_customer(h, "C1", NULL, NULL); }
static void dispute(house *h) { put_event(h, "dispute", "A-1", DAY, 0); }

static void each_clause_of_the_gate_blocks_alone(void **state) {
  (void)state;
  gate("SUPPRESSED 1", "suppressed: the invoice is settled", paid, POLICY);
  gate("SUPPRESSED 1", "suppressed: the invoice is settled", cancelled, POLICY);
  gate("SUPPRESSED 1", "suppressed: the invoice is settled", zero, POLICY);
  gate("SUPPRESSED 1", "suppressed: the invoice's amount changed after the message was written", part_paid, POLICY);
  gate("SUPPRESSED 1", "suppressed: the invoice's due date changed after the message was written", moved, POLICY);
  gate("SUPPRESSED 1", "suppressed: the customer has opted out", opted_out, POLICY);
  gate("SUPPRESSED 1", "suppressed: no contact", no_address, POLICY);
  gate("WAITING 1", "ready", dispute, POLICY);
  gate("WAITING 1", "ready", dispute, "policy \"P\"\n  currency BRL\nhold while disputed\n" SMTP LADDER);
}

static void a_corrected_address_is_used(void **state) {
  (void)state;
  house h = begin();
  run r;
  run_commit(&h, &r, POLICY, DAY);
  put_customer(&h, "C1", "new@x.example", NULL);
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "SENT 1");
  assert_string_equal(server.to[0], "new@x.example");
  run_end(&r);
  end(&h);
}

/* What became known after the message was written holds it; the next run decides with it. */
static void a_hold_stops_what_waited(void **state) {
  (void)state;
  static const char HOLDING[] = "policy \"P\"\n  currency BRL\nhold while disputed\n" SMTP LADDER;
  house h = begin();
  answers(1, BUSY);
  assert_string_equal(whole_run(&h, HOLDING, DAY), "WAITING 1");
  dispute(&h);
  assert_string_equal(whole_run(&h, HOLDING, DAY), "SUPPRESSED 1");
  assert_string_equal(state_of(&h, 0), "suppressed: the policy holds the invoice now");
  assert_int_equal(server.sent, 1);
  end(&h);
}

static void a_busy_server_is_asked_again_with_the_same_id(void **state) {
  (void)state;
  house h = begin();
  answers(1, BUSY);
  assert_string_equal(whole_run(&h, POLICY, DAY), "WAITING 1");
  assert_string_equal(state_of(&h, 0), "ready: the mail server refused the recipient: 451 4.2.2");
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 1");
  assert_int_equal(server.sent, 2);
  assert_string_equal(server.id[0], server.id[1]);
  end(&h);
}

static void a_refusal_for_good_is_final(void **state) {
  (void)state;
  house h = begin();
  answers(1, GONE);
  assert_string_equal(whole_run(&h, POLICY, DAY), "REJECTED 1");
  assert_string_equal(state_of(&h, 0), "rejected: the mail server refused the recipient: 550 5.1.1");
  assert_string_equal(whole_run(&h, POLICY, DAY), "");
  assert_int_equal(server.sent, 1);
  end(&h);
}

static void an_unknown_outcome_is_never_sent_again(void **state) {
  (void)state;
  house h = begin();
  answers(1, TIMEOUT);
  assert_string_equal(whole_run(&h, POLICY, DAY), "UNKNOWN 1");
  for (int i = 0; i < 3; i++) whole_run(&h, POLICY, DAY + i);
  assert_int_equal(server.sent, 1);
  assert_string_equal(state_of(&h, 0), "unknown: the mail server did not answer in time after the message left");
  end(&h);
}

static void several(house *h) {
  for (int i = 2; i <= 6; i++) {
    char number[16], customer[16], address[32];
    snprintf(number, sizeof number, "A-%d", i);
    snprintf(customer, sizeof customer, "C%d", i);
    snprintf(address, sizeof address, "c%d@x.example", i);
    put_customer(h, customer, address, NULL);
    put_invoice(h, number, customer, 10000, DAY - 1, "open");
  }
}

static void a_failing_channel_rests(void **state) {
  (void)state;
  house h = begin();
  several(&h);
  answers(8, TIMEOUT);
  assert_string_equal(whole_run(&h, POLICY, DAY), "UNKNOWN 3, WAITING 3");
  assert_int_equal(server.sent, 3);
  end(&h);
  h = begin();
  several(&h);
  answers(1, REFUSED);
  assert_string_equal(whole_run(&h, POLICY, DAY), "WAITING 6");
  assert_int_equal(server.sent, 1);
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 6");
  end(&h);
}

/* The program dies between the durable `sending` and the answer. */
static void a_crash_while_sending_is_unknown(void **state) {
  (void)state;
  house h = begin();
  run r;
  run_commit(&h, &r, POLICY, DAY);
  bool done;
  int64_t attempt;
  must(h.s, store_begin(h.s));
  must(h.s, store_action_move(h.s, 1, ACTION_ready, ACTION_sending, (slice){0}, &done));
  assert_true(done);
  must(h.s, store_attempt_begin(h.s, 1, SLICE("email"), SLICE("key"), &attempt));
  must(h.s, store_commit(h.s));
  run_end(&r);
  /* Within a minute another dun may be at it. */
  assert_string_equal(whole_run(&h, POLICY, DAY), "WAITING 1");
  assert_string_equal(state_of(&h, 0), "sending");
  world_fake_set_now(h.w, NOON_NS + (int64_t)(OUTBOX_SENDING_SECONDS_MAX + 1) * 1000000000);
  assert_string_equal(whole_run(&h, POLICY, DAY), "UNKNOWN 1");
  assert_string_equal(state_of(&h, 0), "unknown: dun ended while it was being sent; find out whether it arrived");
  assert_string_equal(whole_run(&h, POLICY, DAY), "");
  assert_int_equal(server.sent, 0);
  assert_chain(&h);
  end(&h);
}

static void a_crash_before_the_gate_sends_later(void **state) {
  (void)state;
  house h = begin();
  run r;
  run_commit(&h, &r, POLICY, DAY);
  run_end(&r);
  assert_string_equal(whole_run(&h, POLICY, DAY), "SENT 1");
  end(&h);
}

static void a_later_step_takes_the_place_of_what_waited(void **state) {
  (void)state;
  static const char TWO[] = "policy \"P\"\n  currency BRL\n" SMTP LADDER "  at 3d send email \"second {number}\"\n";
  house h = begin();
  answers(1, BUSY);
  assert_string_equal(whole_run(&h, TWO, DAY), "WAITING 1");
  assert_string_equal(whole_run(&h, TWO, DAY + 2), "SENT 1, SUPPRESSED 1");
  assert_string_equal(server.text[1], "second A-1\n");
  assert_string_equal(state_of(&h, 0), "suppressed: a later step took its place");
  end(&h);
}

static void what_is_too_late_expires(void **state) {
  (void)state;
  static const char REMINDER[] =
      "policy \"P\"\n  currency BRL\n" SMTP "ladder l for invoices\n  at 3d before due send email \"soon {number}\"\n";
  for (int32_t later = 0; later <= 4; later++) {
    house h = begin();
    put_invoice(&h, "A-1", "C1", 10000, DAY + 3, "open");
    answers(1, BUSY);
    assert_string_equal(whole_run(&h, REMINDER, DAY), "WAITING 1");
    assert_string_equal(whole_run(&h, REMINDER, DAY + later), later <= 3 ? "SENT 1" : "EXPIRED 1");
    end(&h);
  }
  static const char EXPIRE[] = "policy \"P\"\n  currency BRL\n  expire 1d after planned time\n" SMTP LADDER;
  for (int32_t later = 0; later <= 2; later++) {
    house h = begin();
    answers(1, BUSY);
    assert_string_equal(whole_run(&h, EXPIRE, DAY), "WAITING 1");
    assert_string_equal(whole_run(&h, EXPIRE, DAY + later), later <= 1 ? "SENT 1" : "EXPIRED 1");
    end(&h);
  }
}

static void hours_hold_real_messages_only(void **state) {
  (void)state;
#define HOURS "policy \"P\"\n  currency BRL\n  send between 13:00 and 14:00\n"
  house h = begin();
  assert_string_equal(whole_run(&h, HOURS SMTP LADDER, DAY), "WAITING 1");
  world_fake_set_now(h.w, NOON_NS + (int64_t)3600 * 1000000000);
  assert_string_equal(whole_run(&h, HOURS SMTP LADDER, DAY), "SENT 1");
  end(&h);
  h = begin();
  assert_string_equal(whole_run(&h, HOURS LADDER, DAY), "FILED 1");
  end(&h);
}

static void joined_invoices_share_one_message(void **state) {
  (void)state;
  static const char JOINED[] =
      "policy \"P\"\n  currency BRL\n" SMTP "ladder l for invoices\n  at 1d send email template \"t\"\n";
  house h = begin();
  world_fake_put_file(h.w, "templates/t.email.txt", SLICE("Subject: x\n\n{each invoice}{number};{end}{total}"));
  put_invoice(&h, "A-2", "C1", 2500, DAY - 1, "open");
  assert_string_equal(whole_run(&h, JOINED, DAY), "SENT 1");
  assert_string_equal(server.text[0], "A-1;A-2;R$125.00\n");
  assert_string_equal(state_of(&h, 0), "accepted");
  assert_string_equal(state_of(&h, 1), "accepted");
  assert_string_equal(whole_run(&h, JOINED, DAY), "");
  end(&h);
}

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
  const slice tags[] = {SLICE("tags")};
  q = (store_query){.table = STORE_T_customer, .columns = tags, .column_count = 1};
  must(h.s, store_scan(h.s, &q, &c));
  assert_int_equal(store_next(c), STORE_ROW);
  assert_true(slice_eq(store_text(c, 0), SLICE("late")));
  store_cursor_close(c);
  assert_string_equal(whole_run(&h, INTERNAL, DAY), "");
  end(&h);
}

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
  if (n && first) *first = (outbox_need){.missing = slice_of(strdup(v->missing.p))};
  arena_free(a);
  return n;
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
      {"connect whatsapp twilio with key from env \"K\"\nladder l for invoices\n  at 5d send whatsapp \"x\"\n",
       "this dun cannot send through twilio"},
      {"ladder l for contracts counting from end\n  at 5d before end renew contract\n",
       "this dun does not carry it out"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(needs(cases[i].policy, &one), 1);
    assert_string_equal(one.missing.p, cases[i].missing);
    free((char *)(uintptr_t)one.missing.p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(twice_a_day_sends_once),
      cmocka_unit_test(a_decision_is_stored_once),
      cmocka_unit_test(each_clause_of_the_gate_blocks_alone),
      cmocka_unit_test(a_corrected_address_is_used),
      cmocka_unit_test(a_hold_stops_what_waited),
      cmocka_unit_test(a_busy_server_is_asked_again_with_the_same_id),
      cmocka_unit_test(a_refusal_for_good_is_final),
      cmocka_unit_test(an_unknown_outcome_is_never_sent_again),
      cmocka_unit_test(a_failing_channel_rests),
      cmocka_unit_test(a_crash_while_sending_is_unknown),
      cmocka_unit_test(a_crash_before_the_gate_sends_later),
      cmocka_unit_test(a_later_step_takes_the_place_of_what_waited),
      cmocka_unit_test(what_is_too_late_expires),
      cmocka_unit_test(hours_hold_real_messages_only),
      cmocka_unit_test(joined_invoices_share_one_message),
      cmocka_unit_test(our_own_people_get_one_digest),
      cmocka_unit_test(without_a_contact_it_is_recorded),
      cmocka_unit_test(needs_are_found_before),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
