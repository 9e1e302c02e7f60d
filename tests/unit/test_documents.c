/* `create document "D" then send for signature` through the outbox: the page with its values becomes a PDF that the
 * store keeps, once; the signature waits for it and carries it; what cannot be made or signed says why; what becomes of
 * it comes back by the door and is an event of the policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/outbox/documents.h"
#include "runtime/outbox/gate.h"
#include "runtime/serve/door.h"
#include "runtime/store/erase.h"
#include "runtime/world_fake.h"
#include "stdlib/net/sign.h"
#include "tests/support/http_script.h"
#include "tests/support/outbox_fixture.h"

#define LINE "connect signature clicksign with token from env \"TOKEN\" and secret from env \"SECRET\"\n"
#define TOP "policy \"P\"\n  currency BRL\n  timezone \"America/Sao_Paulo\"\n" LINE
#define RUNG "ladder l for invoices\n  at 1d create document \"addendum\" then send for signature\n"
#define EVENTS_OF                                                                                                      \
  "on document signed tag customer \"signed\"\non document refused tag customer \"refused\"\non document expired tag " \
  "customer \"expired\"\n"
static const char WHOLE[] = TOP RUNG EVENTS_OF;
#define PAGE "<!doctype html><title>Aditivo {number} &amp; mais</title><p>{customer.name}: {open}</p>"
#define MADE(id) "{\"data\":{\"id\":\"" id "\"}}"

/* ---- a program that makes PDFs of a page by writing it out ---- */

typedef struct maker {
  world_ran_how how;
  int calls;
  char page[4096];
} maker;
static maker made;

static world_code make(void *self, const world_program *p, arena *perm, world_ran *out) {
  maker *m = self;
  m->calls++;
  snprintf(m->page, sizeof m->page, "%.*s", SLICE_ARG(p->input));
  *out = (world_ran){.how = m->how, .output = arena_printf(perm, "%%PDF-1.7 %.*s", SLICE_ARG(p->input))};
  return WORLD_OK;
}

static struct world_net both;

static house begin_here(void) {
  house h = begin();
  both = *h.w->net;
  script_begin(h.w);
  both.http_open = h.w->net->http_open;
  both.http_send = h.w->net->http_send;
  both.http_close = h.w->net->http_close;
  h.w->net = &both;
  world_fake_set_env(h.w, "TOKEN", "token-of-the-test");
  world_fake_set_env(h.w, "SECRET", "secret-of-the-webhook");
  world_fake_put_file(h.w, "templates/addendum.document.html", SLICE(PAGE));
  made = (maker){.how = WORLD_RAN_FINE};
  world_fake_set_program(h.w, make, &made);
  return h;
}

static void end_here(house *h) {
  assert_chain(h);
  script_end();
  end(h);
}

static void all_goes_well(void) {
  static const char *const ANSWERS[] = {"{\"data\":[]}", MADE("e1"), MADE("d1"), MADE("5e1"),
                                        MADE("a1"),      MADE("a2"), MADE("e1"), "{}"};
  for (size_t i = 0; i < sizeof ANSWERS / sizeof *ANSWERS; i++) script_answer(i ? 201 : 200, ANSWERS[i]);
}

static slice kept(house *h, arena *a, int64_t id, slice *name) {
  slice bytes;
  must(h->s, document_bytes(h->s, id, a, name, &bytes));
  return bytes;
}

static void is(slice s, const char *text) {
  if (!slice_eq(s, slice_of(text))) fail_msg("\"%.*s\" is not \"%s\"", SLICE_ARG(s), text);
}

/* ---- made, kept, signed ---- */

static void made_once_and_sent_for_signature(void **state) {
  (void)state;
  house h = begin_here();
  arena *a = arena_new();
  slice name;
  all_goes_well();
  assert_string_equal(whole_run(&h, WHOLE, DAY), "SENT 1, MADE 1");
  assert_string_equal(state_of(&h, 0), "accepted");
  assert_string_equal(state_of(&h, 1), "accepted");
  assert_int_equal(made.calls, 1);
  assert_string_equal(made.page, "<!doctype html><title>Aditivo A-1 &amp; mais</title><p>C1: R$100.00</p>");
  slice pdf = kept(&h, a, 1, &name);
  is(name, "addendum A-1.pdf");
  assert_true(slice_starts(pdf, SLICE("%PDF-1.7 <!doctype html>")));
  assert_int_equal(script.count, 8);
  assert_non_null(strstr(script.asked[1].body, "\"name\":\"Aditivo A-1 & mais [dun "));
  slice base64 = sign_base64(pdf, a);
  if (!strstr(script.asked[2].body, arena_copy(a, base64))) fail_msg("%s", script.asked[2].body);
  assert_non_null(strstr(script.asked[3].body, "\"name\":\"C1\",\"email\":\"c1@x.example\""));
  assert_string_equal(whole_run(&h, WHOLE, DAY + 1), "");
  assert_int_equal(made.calls, 1);
  assert_int_equal(script.count, 8);
  arena_free(a);
  end_here(&h);
}

static void the_signature_waits_for_its_document(void **state) {
  (void)state;
  house h = begin_here();
  made.how = WORLD_RAN_KILLED;
  assert_string_equal(whole_run(&h, WHOLE, DAY), "WAITING 1, DEFERRED 1");
  assert_string_equal(state_of(&h, 1), "ready: its document is not made yet");
  assert_int_equal(script.count, 0);
  pass_seconds(&h, 7200);
  made.how = WORLD_RAN_FAILED; /* this page becomes none: a person sees it, and the signature goes on waiting */
  assert_string_equal(whole_run(&h, WHOLE, DAY), "REJECTED 1, WAITING 1");
  assert_string_equal(state_of(&h, 0), "rejected: WeasyPrint ended with status 0");
  assert_int_equal(script.count, 0);
  end_here(&h);
}

static void without_a_program_nothing_begins(void **state) {
  (void)state;
  house h = begin_here();
  slice why = {0};
  h.w->run = NULL;
  arena *a = arena_new();
  source s = {SLICE("p.dun"), SLICE(TOP RUNG)};
  diags d;
  compiled c;
  diags_init(&d, a);
  assert_true(compile(a, &s, 1, &d, &c));
  outbox o = {.w = h.w, .s = h.s, .perm = a, .p = c.program, .folder = SLICE("outbox")};
  assert_false(outbox_open(&o, &why));
  is(why, "documents: nothing here makes PDFs: install the package weasyprint (or chromium)");
  arena_free(a);
  script_end();
  end(&h);
}

static void what_a_policy_lacks_is_said_with_its_remedy(void **state) {
  (void)state;
  static const struct {
    const char *line, *missing;
  } ROWS[] = {{"", "no signature service is connected"},
              {"connect signature paper\n", "this dun does not speak to paper"},
              {LINE, NULL}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    arena *a = arena_new();
    source s = {SLICE("p.dun"), arena_printf(a, "currency BRL\n%s%s", ROWS[i].line, RUNG)};
    diags d;
    compiled c;
    const outbox_need *v;
    diags_init(&d, a);
    if (!compile(a, &s, 1, &d, &c)) fail_msg("%s", diags_render(&d, &s, 1, LANG_EN, false, a).p);
    size_t n = outbox_needs(c.program, a, &v);
    assert_int_equal(n, ROWS[i].missing ? 1 : 0);
    if (n) is(v->missing, ROWS[i].missing);
    if (n) assert_true(slice_starts(v->remedy, SLICE("connect signature clicksign with token from env")));
    arena_free(a);
  }
}

/* A blank in what is to be signed is worse than no document. */
static void a_page_with_a_value_missing_is_not_made(void **state) {
  (void)state;
  house h = begin_here();
  world_fake_put_file(h.w, "templates/addendum.document.html", SLICE("<p>{customer.name} {customer.phone} {pix}</p>"));
  assert_string_equal(whole_run(&h, WHOLE, DAY), "REJECTED 2");
  assert_string_equal(state_of(&h, 0), "dead: its page has no value for customer.phone, pix");
  assert_string_equal(state_of(&h, 1), "dead: its document was not made");
  assert_int_equal(made.calls, 0);
  assert_int_equal(script.count, 0);
  end_here(&h);
}

static void a_signer_without_an_address(void **state) {
  (void)state;
  house h = begin_here();
  put_customer(&h, "C1", NULL, NULL);
  put_customer(&h, "C1", "a@b.example; c@d.example", NULL);
  assert_string_equal(whole_run(&h, WHOLE, DAY), "MADE 1, REJECTED 1");
  assert_string_equal(state_of(&h, 1), "dead: the signer has not one valid e-mail address");
  end_here(&h);
}

/* ---- the gate ---- */

static const char *blocks(house *h, run *r, ready_message *m, arena *scratch) {
  static char out[128];
  size_t n = 0;
  gate_case c = {.o = &r->o, .m = m, .scratch = scratch, .now_us = h->w->now_ns(h->w) / 1000};
  must(h->s, gate_look(&c));
  out[0] = 0;
  for (int i = GATE_ROW_lost; i <= GATE_ROW_document; i++) {
    slice why = {0};
    must(h->s, gate_ask(&c, (gate_row)i, &why));
    if (why.n) n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", n ? " " : "", gate_row_name((gate_row)i));
  }
  return out;
}

static void move(house *h, int64_t id, action_state from, action_state to) {
  bool moved;
  must(h->s, store_begin(h->s));
  must(h->s, store_action_move(h->s, id, from, to, (slice){0}, &moved));
  must(h->s, store_commit(h->s));
  assert_true(moved);
}

static void the_gate_asks_for_the_document(void **state) {
  (void)state;
  house h = begin_here();
  run r;
  ready_message m = {0};
  action_state st;
  arena *scratch = arena_new();
  run_commit(&h, &r, WHOLE, DAY);
  must(h.s, outbox_load(&r.o, 2, scratch, &m, &st));
  assert_string_equal(blocks(&h, &r, &m, scratch), "document");
  assert_int_equal(m.part_count, 0);
  move(&h, 1, ACTION_ready, ACTION_cancelled);
  assert_string_equal(blocks(&h, &r, &m, scratch), "lost");
  must(h.s, store_begin(h.s));
  must(h.s, document_keep(h.s, 1, SLICE("%PDF-1.7 x"), scratch));
  must(h.s, document_keep(h.s, 1, SLICE("%PDF-1.7 another"), scratch)); /* once */
  must(h.s, store_commit(h.s));
  assert_string_equal(blocks(&h, &r, &m, scratch), "");
  assert_int_equal(m.part_count, 1);
  is(m.parts[0].bytes, "%PDF-1.7 x");
  is(m.parts[0].name, "addendum A-1.pdf");
  arena_free(scratch);
  run_end(&r);
  end_here(&h);
}

/* ---- a run that died ---- */

static void a_document_that_a_run_left_is_made_again(void **state) {
  (void)state;
  house h = begin_here();
  run r;
  bool moved;
  int64_t fence, attempt;
  run_commit(&h, &r, WHOLE, DAY);
  must(h.s, store_begin(h.s));
  must(h.s, store_lease(h.s, 1, r.o.worker, h.w->now_ns(h.w) / 1000 + 60000000, &fence));
  must(h.s, store_action_move(h.s, 1, ACTION_leased, ACTION_sending, (slice){0}, &moved));
  store_try t = {.action = 1, .provider = SLICE("documents"), .key = SLICE("k")};
  must(h.s, store_try_begin(h.s, &t, &attempt));
  must(h.s, store_commit(h.s));
  run_end(&r);
  pass_seconds(&h, 3600);
  all_goes_well();
  assert_string_equal(whole_run(&h, WHOLE, DAY), "SENT 1, MADE 1");
  assert_int_equal(made.calls, 1);
  end_here(&h);
}

/* ---- what becomes of it ---- */

static int says(house *h, run *r, const char *event) {
  arena *a = arena_new();
  slice body = arena_printf(a,
                            "{\"event\":{\"name\":\"%s\",\"occurred_at\":\"2026-03-02T11:00:00-03:00\"},\"document\":{"
                            "\"key\":\"d1\"}}",
                            event);
  secret s = secret_of(a, SLICE("secret-of-the-webhook"));
  sign_key key = sign_key_of(&s);
  uint8_t hash[SIGN_SHA256_BYTES];
  sign_hmac_sha256(&key, &body, 1, hash);
  slice hex = sign_hex((slice){(const char *)hash, sizeof hash}, a);
  const http_header header = {SLICE("content-hmac"), arena_printf(a, "sha256=%.*s", SLICE_ARG(hex))};
  door d = {.w = h->w, .s = h->s, .p = r->c.program};
  const door_request q = {.method = SLICE("POST"),
                          .target = SLICE("/hooks/signature/clicksign"),
                          .headers = &header,
                          .header_count = 1,
                          .body = body};
  door_answer answer;
  door_ask(&d, &q, a, &answer);
  arena_free(a);
  return answer.status;
}

static void what_becomes_of_it_is_an_event(void **state) {
  (void)state;
  static const struct {
    const char *event, *state, *tag;
  } ROWS[] = {{"auto_close", "replied: signed", "signed"},
              {"refusal", "rejected: refused by the signer", "refused"},
              {"deadline", "rejected: expired", "expired"},
              {"cancel", "rejected: withdrawn", NULL}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    house h = begin_here();
    run r;
    all_goes_well();
    run_commit(&h, &r, WHOLE, DAY);
    run_deliver(&h, &r);
    assert_int_equal(says(&h, &r, ROWS[i].event), 200);
    assert_int_equal(says(&h, &r, ROWS[i].event), 200); /* again: nothing more */
    assert_string_equal(state_of(&h, 1), ROWS[i].state);
    run_end(&r);
    assert_string_equal(whole_run(&h, WHOLE, DAY), ROWS[i].tag ? "RECORDED 1" : "");
    if (ROWS[i].tag) {
      char wanted[64];
      slice columns[] = {SLICE("action")};
      const store_where last = {"id", STORE_EQ, 3, {0}};
      store_query q = {
          .table = STORE_T_action, .columns = columns, .column_count = 1, .where = &last, .where_count = 1};
      store_cursor *c;
      must(h.s, store_scan(h.s, &q, &c));
      assert_int_equal(store_next(c), STORE_ROW);
      snprintf(wanted, sizeof wanted, "tag customer \"%s\"", ROWS[i].tag);
      is(store_text(c, 0), wanted);
      store_cursor_close(c);
    }
    assert_string_equal(whole_run(&h, WHOLE, DAY + 1), "");
    end_here(&h);
  }
}

/* ---- an erased customer ---- */

static void an_erased_customers_document_is_gone(void **state) {
  (void)state;
  house h = begin_here();
  arena *a = arena_new();
  store_erased gone;
  slice name;
  all_goes_well();
  assert_string_equal(whole_run(&h, WHOLE, DAY), "SENT 1, MADE 1");
  must(h.s, store_begin(h.s));
  must(h.s, store_erase_customer(h.s, SLICE("C1"), &gone));
  must(h.s, store_commit(h.s));
  assert_int_equal(kept(&h, a, 1, &name).n, 0);
  is(name, "");
  arena_free(a);
  end_here(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(made_once_and_sent_for_signature),
      cmocka_unit_test(the_signature_waits_for_its_document),
      cmocka_unit_test(without_a_program_nothing_begins),
      cmocka_unit_test(what_a_policy_lacks_is_said_with_its_remedy),
      cmocka_unit_test(a_page_with_a_value_missing_is_not_made),
      cmocka_unit_test(a_signer_without_an_address),
      cmocka_unit_test(the_gate_asks_for_the_document),
      cmocka_unit_test(a_document_that_a_run_left_is_made_again),
      cmocka_unit_test(what_becomes_of_it_is_an_event),
      cmocka_unit_test(an_erased_customers_document_is_gone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
