/* Files that go along with a message: fetched before it goes, once; what cannot be had is waited for or reported, and
 * never sent in silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/outbox/enclose.h"
#include "runtime/world_fake.h"
#include "tests/support/http_script.h"
#include "tests/support/outbox_fixture.h"

#define PDF "%PDF-1.4 of the test"
#define ATTACH                                                                                                         \
  "connect attachments files \"pdf\" with invoice_pdf \"{number}.pdf\" and boleto_pdf "                                \
  "\"https://bank.example/{number}\""                                                                                  \
  " and hosts \"bank.example, *.files.example\"\n"
#define WITH(what)                                                                                                     \
  "policy \"P\"\n  currency BRL\n  one message per invoice\n" SMTP ATTACH                                              \
  "ladder l for invoices\n  at 1d send email template \"t\" with " what "\n"

typedef struct post {
  house h;
  struct world_net net;
  run r;
} post;

static post *open_post(const char *policy) {
  post *p = calloc(1, sizeof *p);
  p->h = begin();
  p->net = *p->h.w->net;
  script_begin(p->h.w);
  p->net.http_open = p->h.w->net->http_open;
  p->net.http_send = p->h.w->net->http_send;
  p->net.http_close = p->h.w->net->http_close;
  p->h.w->net = &p->net;
  world_fake_put_file(p->h.w, "templates/t.email.txt", SLICE("Subject: x\n\n{number}"));
  world_fake_put_file(p->h.w, "pdf/A-1.pdf", SLICE(PDF));
  run_commit(&p->h, &p->r, policy, DAY);
  return p;
}

static void close_post(post *p) {
  run_end(&p->r);
  script_end();
  end(&p->h);
  free(p);
}

/* The run's gaps, "2 name: why; " each. */
static const char *gaps(const post *p) {
  static char said[512];
  size_t at = 0;
  said[0] = 0;
  for (uint32_t i = 0; i < p->r.o.gap_count; i++)
    at += (size_t)snprintf(said + at, sizeof said - at, "%s%u %.*s", i ? "; " : "", p->r.o.gaps[i].messages,
                           SLICE_ARG(p->r.o.gaps[i].name));
  return said;
}

/* What the store says of the message. */
static const char *kept_gaps(post *p) {
  static char said[512];
  const slice columns[] = {SLICE("gaps")};
  store_cursor *c = NULL;
  const store_where where = {"action", STORE_EQ, 1, {0}};
  store_query q = {.table = STORE_T_message, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  must(p->h.s, store_scan(p->h.s, &q, &c));
  assert_int_equal(store_next(c), STORE_ROW);
  snprintf(said, sizeof said, "%.*s", SLICE_ARG(store_text(c, 0)));
  store_cursor_close(c);
  return said;
}

static void files_and_links_go_along(void **state) {
  (void)state;
  post *p = open_post(WITH("invoice_pdf, boleto"));
  script_answer(200, PDF "!");
  run_deliver(&p->h, &p->r);
  assert_string_equal(tallies(&p->r), "SENT 1");
  assert_string_equal(server.parts[0], "boleto-A-1.pdf 21 application/pdf; invoice-A-1.pdf 20 application/pdf; ");
  assert_string_equal(script_last()->method, "GET");
  assert_string_equal(script_last()->url, "https://bank.example/A-1");
  assert_string_equal(script_last()->proof, "");
  assert_string_equal(gaps(p), "1 boleto"); /* its line */
  close_post(p);
}

/* A refused try is made again with the same bytes, and asks nobody anew. */
static void every_try_carries_the_same(void **state) {
  (void)state;
  post *p = open_post(WITH("invoice_pdf, boleto"));
  script_answer(200, PDF "!");
  answers(1, BUSY);
  run_deliver(&p->h, &p->r);
  assert_string_equal(tallies(&p->r), "DEFERRED 1");
  run_end(&p->r);
  pass_seconds(&p->h, 7200);
  world_fake_put_file(p->h.w, "pdf/A-1.pdf", SLICE("%PDF-1.4 of another day, longer"));
  run_commit(&p->h, &p->r, WITH("invoice_pdf, boleto"), DAY);
  run_deliver(&p->h, &p->r);
  assert_int_equal(server.sent, 2);
  assert_string_equal(server.parts[0], server.parts[1]);
  assert_int_equal(script.count, 1);
  close_post(p);
}

static void what_answers_later_is_waited_for(void **state) {
  (void)state;
  post *p = open_post(WITH("boleto"));
  script_answer(503, "");
  run_deliver(&p->h, &p->r);
  assert_string_equal(tallies(&p->r), "WAITING 1");
  assert_string_equal(state_of(&p->h, 0), "ready: a file that goes along is not here yet");
  /* Not before its time. */
  run_deliver(&p->h, &p->r);
  assert_int_equal(script.count, 1);
  pass_seconds(&p->h, ENCLOSE_AGAIN_S);
  script_answer(200, PDF);
  must(p->h.s, store_synced(p->h.s));
  run_deliver(&p->h, &p->r);
  assert_int_equal(server.sent, 1);
  assert_string_equal(server.parts[0], "boleto-A-1.pdf 20 application/pdf; ");
  assert_string_equal(gaps(p), "1 boleto");
  close_post(p);
}

/* Most of a day, then it goes without, and the run says so. */
static void nothing_waits_for_ever(void **state) {
  (void)state;
  post *p = open_post(WITH("boleto"));
  script_add((scripted_answer){.end = HTTP_TIMEOUT, .phase = HTTP_SENDING});
  run_deliver(&p->h, &p->r);
  run_end(&p->r);
  pass_seconds(&p->h, 86400);
  script_add((scripted_answer){.end = HTTP_REFUSED, .phase = HTTP_CONNECTING});
  run_commit(&p->h, &p->r, WITH("boleto"), DAY + 1);
  run_deliver(&p->h, &p->r);
  assert_int_equal(server.sent, 1);
  assert_string_equal(server.parts[0], "");
  assert_string_equal(gaps(p), "1 boleto_pdf: its link does not answer now");
  assert_string_equal(kept_gaps(p), "boleto;boleto_pdf: its link does not answer now");
  close_post(p);
}

static void what_will_never_come_is_reported_at_once(void **state) {
  (void)state;
  static const struct {
    scripted_answer answer;
    const char *why;
  } ROWS[] = {{{.status = 404, .body = ""}, "its link leads to nothing"},
              {{.status = 403, .body = ""}, "its link leads to nothing"},
              {{.status = 200, .body = "<html>log in</html>"}, "what its link leads to is no PDF"},
              {{.status = 302, .header = "location", .value = "http://bank.example/x", .body = ""},
               "its link leads to nothing"},
              {{.end = HTTP_TOO_LONG, .phase = HTTP_ANSWERED}, "it is too large for a message"},
              {{.end = HTTP_GUARDED, .phase = HTTP_CONNECTING},
               "its link leads to a host that `hosts` of `connect attachments` does not list, or is not public"}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    post *p = open_post(WITH("boleto"));
    script_add(ROWS[i].answer);
    run_deliver(&p->h, &p->r);
    char want[256];
    snprintf(want, sizeof want, "1 boleto; 1 boleto_pdf: %s", ROWS[i].why);
    assert_string_equal(tallies(&p->r), "SENT 1");
    assert_string_equal(server.parts[0], "");
    assert_string_equal(gaps(p), want);
    close_post(p);
  }
}

static void a_link_may_lead_on(void **state) {
  (void)state;
  post *p = open_post(WITH("boleto"));
  script_add(
      (scripted_answer){.status = 302, .header = "location", .value = "https://eu.files.example/b.pdf", .body = ""});
  script_answer(200, PDF);
  run_deliver(&p->h, &p->r);
  assert_string_equal(server.parts[0], "boleto-A-1.pdf 20 application/pdf; ");
  assert_string_equal(script.asked[1].url, "https://eu.files.example/b.pdf");
  close_post(p);
  /* Not for ever. */
  p = open_post(WITH("boleto"));
  for (int i = 0; i <= ENCLOSE_REDIRECTS_MAX; i++)
    script_add((scripted_answer){.status = 301, .header = "location", .value = "https://bank.example/A-1", .body = ""});
  run_deliver(&p->h, &p->r);
  assert_int_equal(script.count, ENCLOSE_REDIRECTS_MAX + 1);
  assert_string_equal(server.parts[0], "");
  close_post(p);
}

static void files_that_are_not_right(void **state) {
  (void)state;
  post *p = open_post(WITH("invoice_pdf"));
  world_fake_put_file(p->h.w, "pdf/A-1.pdf", SLICE("a letter"));
  run_deliver(&p->h, &p->r);
  assert_string_equal(gaps(p), "1 invoice_pdf: its file is no PDF");
  assert_string_equal(server.parts[0], "");
  close_post(p);
}

/* A machine without WeasyPrint and Chromium: the page itself goes, and the run says so. */
static void a_statement_is_made_of_all_that_is_open(void **state) {
  (void)state;
  post *p = open_post(WITH("statement"));
  run_deliver(&p->h, &p->r);
  assert_string_equal(tallies(&p->r), "SENT 1");
  assert_non_null(strstr(server.parts[0], "statement-2026-03-02.html "));
  assert_non_null(strstr(server.parts[0], " text/html; "));
  assert_string_equal(gaps(p), "1 statement: it goes as a page: neither WeasyPrint nor Chromium is installed here");
  store_part v[STORE_PARTS_MAX];
  size_t n;
  must(p->h.s, store_parts_of(p->h.s, 1, p->r.a, v, &n));
  assert_int_equal(n, 1);
  const char *page = arena_copy(p->r.a, v[0].bytes);
  assert_non_null(strstr(page, "<td>A-1</td>"));
  assert_non_null(strstr(page, "R$100.00"));
  close_post(p);
}

/* What is written into the line has holes of invoices alone, and leads nowhere else. */
static void without_a_line_it_is_a_gap(void **state) {
  (void)state;
  post *p = open_post("policy \"P\"\n  currency BRL\n  one message per invoice\n" SMTP
                      "ladder l for invoices\n  at 1d send email template \"t\" with invoice_pdf\n");
  run_deliver(&p->h, &p->r);
  assert_string_equal(gaps(p), "1 invoice_pdf: no `connect attachments` line says where it is");
  assert_int_equal(server.sent, 1);
  close_post(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(files_and_links_go_along),
                                     cmocka_unit_test(every_try_carries_the_same),
                                     cmocka_unit_test(what_answers_later_is_waited_for),
                                     cmocka_unit_test(nothing_waits_for_ever),
                                     cmocka_unit_test(what_will_never_come_is_reported_at_once),
                                     cmocka_unit_test(a_link_may_lead_on),
                                     cmocka_unit_test(files_that_are_not_right),
                                     cmocka_unit_test(a_statement_is_made_of_all_that_is_open),
                                     cmocka_unit_test(without_a_line_it_is_a_gap)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
