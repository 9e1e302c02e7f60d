/* See outbox_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "outbox_fixture.h"
#include "runtime/engine/charges.h"
#include "runtime/engine/facts_load.h"
#include "runtime/engine/plan.h"
#include "runtime/engine/revision.h"
#include "runtime/outbox/agreement.h"
#include "runtime/world_fake.h"

/* ---- a mail server ---- */

mail_log server;

static mail_session *server_open(const mail_server *s) {
  (void)s;
  return (mail_session *)&server;
}
static void server_close(mail_session *s) { (void)s; }
static mail_report take(const email *m) {
  assert_true(server.sent < MAILS_MAX);
  snprintf(server.to[server.sent], sizeof server.to[0], "%.*s", SLICE_ARG(m->to.address));
  snprintf(server.id[server.sent], sizeof server.id[0], "%.*s", SLICE_ARG(m->message_id));
  snprintf(server.text[server.sent], sizeof server.text[0], "%.*s", SLICE_ARG(m->text));
  size_t at = 0;
  for (size_t i = 0; i < m->part_count && at < sizeof server.parts[0]; i++)
    at += (size_t)snprintf(server.parts[server.sent] + at, sizeof server.parts[0] - at, "%.*s %zu %.*s; ",
                           SLICE_ARG(m->parts[i].name), m->parts[i].bytes.n, SLICE_ARG(m->parts[i].type));
  server.sent++;
  return server.asked < server.answers ? server.answer[server.asked++] : (mail_report){MAIL_OK, MAIL_ANSWERED, 250, ""};
}
static void server_send(mail_session *s, const email *v, size_t n, mail_report *out, arena *scratch) {
  (void)s;
  (void)scratch;
  if (n > server.together) server.together = n;
  for (size_t i = 0; i < n; i++) out[i] = take(v + i);
}
static const struct world_net NET = {.mail_open = server_open, .mail_send = server_send, .mail_close = server_close};

const mail_report TIMEOUT = {MAIL_TIMEOUT, MAIL_BODY, 0, ""}, REFUSED = {MAIL_REFUSED, MAIL_CONNECTING, 0, ""},
                  BUSY = {MAIL_REPLY, MAIL_RECIPIENT, 451, "4.2.2"}, GONE = {MAIL_REPLY, MAIL_RECIPIENT, 550, "5.1.1"};

void answers(size_t n, mail_report r) {
  server.answers = n;
  server.asked = 0;
  for (size_t i = 0; i < n; i++) server.answer[i] = r;
}

/* ---- a ledger ---- */

store_code must(store *s, store_code code) {
  if (code != STORE_OK) fail_msg("%s", store_why(s)->text);
  return code;
}

void put_customer(house *h, const char *id, const char *email_address, const char *opted_out) {
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

void put_invoice(house *h, const char *number, const char *customer, int64_t open, int32_t due, const char *status) {
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

void put_event(house *h, const char *kind, const char *number, int32_t day, int64_t amount) {
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

house begin_empty(void) {
  memset(&server, 0, sizeof server);
  house h = {.w = world_fake_new(NOON_NS)};
  store_error why;
  h.w->net = &NET;
  if (store_open(h.w, ":memory:", &h.s, &why) != STORE_OK) fail_msg("%s", why.text);
  return h;
}

house begin(void) {
  house h = begin_empty();
  put_customer(&h, "C1", "c1@x.example", NULL);
  put_invoice(&h, "A-1", "C1", 10000, DAY - 1, "open");
  return h;
}

void end(house *h) {
  store_close(h->s);
  world_fake_free(h->w);
}

/* ---- a run, in its two halves ---- */

void pass_seconds(house *h, int64_t seconds) { world_fake_set_now(h->w, h->w->now_ns(h->w) + seconds * 1000000000); }

void run_commit(house *h, run *r, const char *policy, int32_t day) {
  *r = (run){.a = arena_new()};
  int64_t noon = NOON_NS + (int64_t)(day - DAY) * 86400 * 1000000000;
  if (h->w->now_ns(h->w) < noon) world_fake_set_now(h->w, noon);
  must(h->s, store_synced(h->s));
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
  must(h->s, happenings_load(r->a, h->s, f, (civil_date){day}, &r->events));
  assert_int_equal(engine_new(r->a, &r->c, f, NULL, &r->o.e), ENGINE_OK);
  must(h->s, charges_load(r->o.e, h->s));
  must(h->s, history_replay(r->o.e, h->s, &r->events, (civil_date){day}, r->a));
  for (uint32_t i = 0; i < r->events.n; i++)
    if (r->events.v[i].seq > r->o.last_event) r->o.last_event = r->events.v[i].seq;
  must(h->s, outbox_leave_load(h->s, r->o.e, slice_of(policy), (civil_date){day}, h->guard, r->a, &r->leave));
  plan_make(r->o.e, (civil_date){day}, r->a, &r->plan);
  store_revision rev = {.hash = r->leave->hash, .text = slice_of(policy), .effective_on = DAY};
  int64_t revision;
  bool is_new;
  must(h->s, store_revision_put(h->s, &rev, &revision, &is_new));
  if (!plan_held_whole(&r->plan)) must(h->s, revision_in_force(h->s, revision));
  must(h->s, history_commit(r->o.e, h->s, &r->plan, &r->events));
  if (h->guard) must(h->s, outbox_ramp_find(&r->o));
  must(h->s, outbox_commit(&r->o, &r->plan, revision));
  must(h->s, agreements_keep(&r->o));
  must(h->s, outbox_ask(&r->o, r->leave, &r->plan, revision, true));
  must(h->s, store_commit(h->s));
}

void run_deliver(house *h, run *r) {
  must(h->s, outbox_ramp(&r->o));
  must(h->s, outbox_deliver(&r->o, NULL, NULL));
}

void run_end(run *r) {
  outbox_close(&r->o);
  arena_free(r->a);
}

/* The tallies as text: "sent 2, waiting 1" by the names of the table. */
const char *tallies(const run *r) {
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

const char *whole_run(house *h, const char *policy, int32_t day) {
  run r;
  run_commit(h, &r, policy, day);
  run_deliver(h, &r);
  const char *out = tallies(&r);
  run_end(&r);
  return out;
}

/* State and reason of the only action, or of the nth. */
const char *state_of(house *h, int nth) {
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

void assert_chain(house *h) {
  int64_t entries, broken;
  must(h->s, store_audit_verify(h->s, &entries, &broken));
  assert_int_equal(broken, 0);
  assert_true(entries > 0);
}

void several(house *h) {
  for (int i = 2; i <= 6; i++) {
    char number[16], customer[16], address[32];
    snprintf(number, sizeof number, "A-%d", i);
    snprintf(customer, sizeof customer, "C%d", i);
    snprintf(address, sizeof address, "c%d@x.example", i);
    put_customer(h, customer, address, NULL);
    put_invoice(h, number, customer, 10000, DAY - 1, "open");
  }
}
