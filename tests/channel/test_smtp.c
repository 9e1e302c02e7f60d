/* E-mail against real SMTP servers on loopback (server.py, aiosmtpd): plain, STARTTLS with login, TLS from the first
 * byte, and every way to fail; what arrives is read back by Python's email package. Nothing leaves 127.0.0.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "stdlib/channel/channel.h"
#include "stdlib/net/net.h"
#include "tests/support/child.h"

static char folder[64];
static child servers;
static struct {
  char name[32];
  int port;
} ports[32];
static int port_count;

static int port_of(const char *name) {
  for (int i = 0; i < port_count; i++)
    if (strcmp(ports[i].name, name) == 0) return ports[i].port;
  fail_msg("no server %s", name);
  return 0;
}

static void command(const char *format, ...) {
  char row[2048];
  va_list args;
  va_start(args, format);
  vsnprintf(row, sizeof row, format, args);
  va_end(args);
  if (system(row) != 0) {
    fprintf(stderr, "failed: %s\n", row);
    abort();
  }
}

/* An authority of our own with a certificate for 127.0.0.1, and another authority that signed nothing. */
static void make_certificates(void) {
  command(
      "cd %s && for ca in ca wrong; do openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-$ca "
      "-keyout $ca.key -out $ca.pem 2>/dev/null || exit 1; done; "
      "openssl req -newkey rsa:2048 -nodes -subj /CN=mail.test -keyout key.pem -out cert.csr 2>/dev/null && "
      "printf 'subjectAltName=IP:127.0.0.1' > ext && openssl x509 -req -days 2 -in cert.csr -CA ca.pem -CAkey ca.key "
      "-CAcreateserial -extfile ext -out cert.pem 2>/dev/null",
      folder);
}

static int start_servers(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/dun-smtp-XXXXXX");
  if (!mkdtemp(folder)) return -1;
  make_certificates();
  if (!child_begin(&servers, "tests/channel/server.py", (const char *[]){folder, NULL})) return -1;
  char row[64];
  while (fgets(row, sizeof row, servers.says)) {
    if (strncmp(row, "ready", 5) == 0) break;
    if (port_count < 32 && sscanf(row, "%31s %d", ports[port_count].name, &ports[port_count].port) == 2) port_count++;
  }
  return port_count == 14 ? 0 : -1;
}

static int stop_servers(void **state) {
  (void)state;
  child_end(&servers);
  command("rm -rf %s", folder);
  return 0;
}

/* ---- sending ---- */

/* The real network with less patience. */
static mail_session *open_quick(const mail_server *server) {
  mail_server quick = *server;
  quick.total_ms = 1500;
  return net_curl.mail_open(&quick);
}
static struct world_net quick_net;

typedef struct mailer {
  arena *perm;
  world *w;
  sender *s;
  slice why;
} mailer;

static mailer mailer_open(const char *url, bool login, const char *ca) {
  mailer m = {.perm = arena_new(), .w = world_fake_new(1772460000000000000)}; /* 2026-03-02T14:00:00Z */
  quick_net = net_curl;
  quick_net.mail_open = open_quick;
  m.w->net = &quick_net;
  world_fake_set_env(m.w, "SMTP_PASSWORD", "s3cret-word");
  if (ca) world_fake_set_env(m.w, "SSL_CERT_FILE", arena_printf(m.perm, "%s/%s", folder, ca).p);
  setting *v = ARENA_ARRAY(m.perm, 3, setting);
  v[0] = (setting){SLICE("from"), SLICE("Finanças ACME <finance@acme.example>"), false};
  v[1] = (setting){SLICE("user"), SLICE("finance"), false};
  v[2] = (setting){SLICE("password"), SLICE("SMTP_PASSWORD"), true};
  connection *c = ARENA_NEW(m.perm, connection);
  *c = (connection){.kind = SLICE("email"), .vendor = SLICE("smtp"), .url = slice_of(url), .settings = v};
  c->setting_count = login ? 3 : 1;
  sender_options o = {.connect = c};
  m.s = EMAIL_SMTP.open(m.w, m.perm, &o, &m.why);
  return m;
}

static mailer mailer_for(const char *scheme, const char *name, bool login, const char *ca) {
  char url[64];
  snprintf(url, sizeof url, "%s://127.0.0.1:%d", scheme, port_of(name));
  mailer m = mailer_open(url, login, ca);
  if (!m.s) fail_msg("%.*s", SLICE_ARG(m.why));
  return m;
}

static void mailer_close(mailer *m) {
  EMAIL_SMTP.close(m->s);
  world_fake_free(m->w);
  arena_free(m->perm);
}

static channel_message hello(void) {
  return (channel_message){
      .ch = CH_EMAIL,
      .key = SLICE("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
      .to_name = SLICE("João \"JJ\" Müller"),
      .to = SLICE("joao@cliente.example"),
      .subject = SLICE("Sua fatura A-1 vence amanhã: R$ 1.500,00, e uma linha que passa bem de setenta e seis colunas"),
      .text = SLICE("Olá,\n.\n..dois pontos\n\nfim \n"),
      .html = SLICE("<p>Olá</p>\n"),
      .day = {20514},
      .customer = SLICE("C1"),
      .number = SLICE("A-1")};
}

static send_outcome send_one(mailer *m, const channel_message *what, slice *detail) {
  send_result r = EMAIL_SMTP.send(m->s, what, m->perm);
  if (detail) *detail = r.detail;
  return r.outcome;
}

/* What a server received as its nth message; "" where there is none. */
static const char *received(const char *name, int nth) {
  static char text[16384];
  char path[128];
  snprintf(path, sizeof path, "%s/%s-%d.txt", folder, name, nth);
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
  if (f) fclose(f);
  text[n] = 0;
  return text;
}

static void assert_has(const char *text, const char *row) {
  if (!strstr(text, row)) fail_msg("missing: %s\nin:\n%s", row, text);
}

static void assert_arrived_well(const char *text) {
  assert_has(text, "defects=0\n");
  assert_has(text, "envelope-from=finance@acme.example\nenvelope-to=joao@cliente.example\n");
  assert_has(text, "from=Finanças ACME <finance@acme.example>\n");
  assert_has(text, "to=\"João \\\"JJ\\\" Müller\" <joao@cliente.example>\n");
  assert_has(text,
             "subject=Sua fatura A-1 vence amanhã: R$ 1.500,00, e uma linha que passa bem de setenta e seis colunas\n");
  assert_has(text, "message-id=<0123456789abcdef0123456789abcdef@acme.example>\n");
  assert_has(text, "date-parsed=2026-03-02T14:00:00+00:00\n");
  assert_has(text, "mime-version=1.0\n");
  assert_has(text, "type=multipart/alternative\n");
  assert_has(text, "text/plain='Olá,\\r\\n.\\r\\n..dois pontos\\r\\n\\r\\nfim \\r\\n'\n");
  assert_has(text, "text/html='<p>Olá</p>\\r\\n'\n");
  assert_has(text, "headers=auto-submitted,content-type,date,from,message-id,mime-version,subject,to\n");
}

static void plain_delivery_reuses_the_connection(void **state) {
  (void)state;
  mailer m = mailer_for("smtp", "plain", false, NULL);
  channel_message what = hello();
  for (int i = 0; i < 3; i++) assert_int_equal(send_one(&m, &what, NULL), SEND_ACCEPTED);
  char first[64], text[16384];
  snprintf(text, sizeof text, "%s", received("plain", 1));
  assert_arrived_well(text);
  assert_has(text, "tls=no\n");
  sscanf(strstr(text, "connection="), "%63s", first);
  assert_has(received("plain", 3), first);
  mailer_close(&m);
}

static void starttls_with_login(void **state) {
  (void)state;
  mailer m = mailer_for("smtp", "starttls", true, "ca.pem");
  channel_message what = hello();
  slice detail;
  if (send_one(&m, &what, &detail) != SEND_ACCEPTED) fail_msg("%.*s", SLICE_ARG(detail));
  assert_arrived_well(received("starttls", 1));
  assert_has(received("starttls", 1), "tls=yes\nlogin=finance\n");
  mailer_close(&m);
}

static void tls_from_the_first_byte(void **state) {
  (void)state;
  mailer m = mailer_for("smtps", "smtps", true, "ca.pem");
  channel_message what = hello();
  slice detail;
  if (send_one(&m, &what, &detail) != SEND_ACCEPTED) fail_msg("%.*s", SLICE_ARG(detail));
  assert_arrived_well(received("smtps", 1));
  mailer_close(&m);
}

static void a_certificate_of_another_authority_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *scheme, *name, *ca;
  } cases[] = {{"smtps", "smtps", "wrong.pem"}, {"smtp", "starttls", "wrong.pem"}, {"smtps", "smtps", NULL}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    mailer m = mailer_for(cases[i].scheme, cases[i].name, true, cases[i].ca);
    channel_message what = hello();
    slice detail;
    assert_int_equal(send_one(&m, &what, &detail), SEND_DOWN);
    assert_string_equal(detail.p, "the mail server's certificate is not valid");
    mailer_close(&m);
  }
  assert_string_equal(received("smtps", 2), "");
  assert_string_equal(received("starttls", 2), "");
}

static void a_wrong_password_is_said(void **state) {
  (void)state;
  mailer again = mailer_for("smtp", "starttls", true, "ca.pem");
  world_fake_set_env(again.w, "SMTP_PASSWORD", "guess");
  EMAIL_SMTP.close(again.s);
  setting v[] = {{SLICE("from"), SLICE("finance@acme.example"), false},
                 {SLICE("user"), SLICE("finance"), false},
                 {SLICE("password"), SLICE("SMTP_PASSWORD"), true}};
  char url[64];
  snprintf(url, sizeof url, "smtp://127.0.0.1:%d", port_of("starttls"));
  connection c = {.url = slice_of(url), .settings = v, .setting_count = 3};
  sender_options o = {.connect = &c};
  again.s = EMAIL_SMTP.open(again.w, again.perm, &o, &again.why);
  assert_non_null(again.s);
  channel_message what = hello();
  slice detail;
  assert_int_equal(send_one(&again, &what, &detail), SEND_DOWN);
  assert_string_equal(detail.p, "the mail server refused user or password: 535 5.7.8");
  mailer_close(&again);
}

static void every_refusal_has_its_outcome(void **state) {
  (void)state;
  static const struct {
    const char *name;
    send_outcome outcome;
    const char *detail;
  } cases[] = {
      {"bad-recipient", SEND_REJECTED, "the mail server refused the recipient: 550 5.1.1"},
      {"busy-recipient", SEND_RETRY, "the mail server refused the recipient: 451 4.2.2"},
      {"bad-sender", SEND_DOWN, "the mail server refused the sender: 550 5.7.1"},
      {"bad-message", SEND_REJECTED, "the mail server refused the message: 554 5.6.0"},
      {"busy-message", SEND_RETRY, "the mail server refused the message: 452 4.3.1"},
      {"drop", SEND_UNKNOWN, "the connection to the mail server broke after the message left"},
      {"slow", SEND_UNKNOWN, "the mail server did not answer in time after the message left"},
      {"closes", SEND_DOWN, "the connection to the mail server broke before the message"},
      {"full", SEND_DOWN, "the mail server refused before the message: 554 5.3.2"},
      {"silent", SEND_DOWN, "the mail server did not answer in time while connecting"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    mailer m = mailer_for("smtp", cases[i].name, false, NULL);
    channel_message what = hello();
    slice detail;
    send_outcome outcome = send_one(&m, &what, &detail);
    if (outcome != cases[i].outcome || strcmp(detail.p, cases[i].detail) != 0)
      fail_msg("%s: %s, %s", cases[i].name, send_outcome_name(outcome), detail.p);
    mailer_close(&m);
  }
}

static void a_refused_recipient_does_not_spoil_the_next(void **state) {
  (void)state;
  mailer m = mailer_for("smtp", "some-recipients", false, NULL);
  channel_message what = hello(), gone = hello();
  gone.to = SLICE("gone@cliente.example");
  assert_int_equal(send_one(&m, &gone, NULL), SEND_REJECTED);
  assert_int_equal(send_one(&m, &what, NULL), SEND_ACCEPTED);
  assert_int_equal(send_one(&m, &gone, NULL), SEND_REJECTED);
  assert_int_equal(send_one(&m, &what, NULL), SEND_ACCEPTED);
  assert_arrived_well(received("some-recipients", 2));
  assert_string_equal(received("some-recipients", 3), "");
  mailer_close(&m);
}

static void who_is_not_there_did_nothing(void **state) {
  (void)state;
  channel_message what = hello();
  slice detail;
  mailer m = mailer_open("smtp://127.0.0.1:1", false, NULL);
  assert_int_equal(send_one(&m, &what, &detail), SEND_DOWN);
  assert_string_equal(detail.p, "the mail server cannot be reached");
  mailer_close(&m);
  /* A label of 64 letters is no name: the resolver says so without asking anybody. */
  m = mailer_open("smtps://aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd.example:465", false, NULL);
  assert_int_equal(send_one(&m, &what, &detail), SEND_DOWN);
  assert_string_equal(detail.p, "the mail server's name cannot be resolved");
  mailer_close(&m);
}

/* A server that takes STARTTLS out of its greeting gets neither the password nor the message. */
static void required_encryption_is_required(void **state) {
  (void)state;
  char url[64];
  snprintf(url, sizeof url, "smtp://127.0.0.1:%d/acme.example", port_of("plain"));
  mail_server server = {.url = url,
                        .user = "finance",
                        .password = {{"x"}},
                        .tls = MAIL_TLS_STARTTLS,
                        .connect_ms = 1000,
                        .total_ms = 2000};
  mail_session *s = net_curl.mail_open(&server);
  arena *a = arena_new();
  email e = {.from = {.address = SLICE("a@acme.example")},
             .to = {.address = SLICE("b@acme.example")},
             .message_id = SLICE("x@y"),
             .text = SLICE("t")};
  mail_report r;
  net_curl.mail_send(s, &e, 1, &r, a);
  assert_int_equal(r.end, MAIL_NO_TLS);
  assert_int_equal(r.phase, MAIL_GREETING);
  net_curl.mail_close(s);
  arena_free(a);
}

static void no_value_breaks_out_of_its_header(void **state) {
  (void)state;
  mailer m = mailer_for("smtp", "plain", false, NULL);
  channel_message what = hello();
  what.to_name = SLICE("Eve\r\nBcc: all@example.com\r\n\r\nbody");
  what.subject = SLICE("Hi\r\nX-Evil: 1\n=?UTF-8?Q?=0D=0AX-Evil:_2?=");
  assert_int_equal(send_one(&m, &what, NULL), SEND_ACCEPTED);
  const char *text = received("plain", 4);
  assert_has(text, "headers=auto-submitted,content-type,date,from,message-id,mime-version,subject,to\n");
  assert_has(text, "subject=Hi  X-Evil: 1 =?UTF-8?Q?=0D=0AX-Evil:_2?=\n");
  assert_has(text, "address=joao@cliente.example\n");
  static const char *const BAD[] = {"a@b.example>\r\nRCPT TO:<c@d.example",
                                    "a b@c.example",
                                    "a@b.example,c@d.example",
                                    "",
                                    "a",
                                    "@b.example",
                                    "a@",
                                    "a@b@c",
                                    "-f@x.example",
                                    "jo\xc3\xa3o@x.example",
                                    "a..b@c.example"};
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    what.to = slice_of(BAD[i]);
    assert_int_equal(send_one(&m, &what, NULL), SEND_REJECTED);
  }
  assert_string_equal(received("plain", 5), "");
  mailer_close(&m);
}

static void wrong_connect_lines_are_explained(void **state) {
  (void)state;
  static const char *const BAD[] = {"http://mail.example",         "smtp://",
                                    "smtp://u:p@mail.example",     "smtp://mail.example:99x",
                                    "smtp://mail.example:",        "smtps://mail.example?tls=none",
                                    "smtp://mail.example?tls=off", "mail.example",
                                    "smtp://mail.example\r\nQUIT"};
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    mailer m = mailer_open(BAD[i], false, NULL);
    if (m.s) fail_msg("taken: %s", BAD[i]);
    assert_true(m.why.n > 0);
    mailer_close(&m);
  }
  mailer m = mailer_open("smtp://mail.example?tls=none", true, NULL);
  assert_null(m.s);
  assert_string_equal(m.why.p, "a password is not sent unencrypted: take `?tls=none` away, or the user");
  mailer_close(&m);
  static const char *const GOOD[] = {"smtp://mail.example", "smtp://mail.example:587/", "smtps://[::1]:465",
                                     "smtp://mail.example?tls=none"};
  for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
    m = mailer_open(GOOD[i], false, NULL);
    if (!m.s) fail_msg("%s: %s", GOOD[i], m.why.p);
    mailer_close(&m);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_delivery_reuses_the_connection),
      cmocka_unit_test(starttls_with_login),
      cmocka_unit_test(tls_from_the_first_byte),
      cmocka_unit_test(a_certificate_of_another_authority_is_refused),
      cmocka_unit_test(a_wrong_password_is_said),
      cmocka_unit_test(every_refusal_has_its_outcome),
      cmocka_unit_test(a_refused_recipient_does_not_spoil_the_next),
      cmocka_unit_test(who_is_not_there_did_nothing),
      cmocka_unit_test(required_encryption_is_required),
      cmocka_unit_test(no_value_breaks_out_of_its_header),
      cmocka_unit_test(wrong_connect_lines_are_explained),
  };
  return cmocka_run_group_tests(tests, start_servers, stop_servers);
}
