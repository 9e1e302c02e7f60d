/* E-mail without a server: addresses, headers, and the files of the outbox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "stdlib/channel/channel.h"
#include "stdlib/net/email.h"

static void addresses(void **state) {
  (void)state;
  static const char *const GOOD[] = {"a@b", "maria.silva+x@cliente.com.br", "o'neil@x.example", "a_b-c@d-e.example"};
  static const char *const BAD[] = {"",      "a",     "@b",   "a@",      "a@b@c",         "a b@c",  "a@b c",
                                    "a,b@c", "a@b\n", "a@b>", "<a@b",    "a@.b",          "a@b.",   "a..b@c",
                                    ".a@b",  "a.@b",  "-a@b", "\"a\"@b", "jo\xc3\xa3o@b", "a@b;c@d"};
  for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) assert_true(email_address_valid(slice_of(GOOD[i])));
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
    if (email_address_valid(slice_of(BAD[i]))) fail_msg("taken: %s", BAD[i]);
  char longest[EMAIL_ADDRESS_MAX + 2];
  memset(longest, 'a', sizeof longest);
  longest[1] = '@';
  assert_true(email_address_valid((slice){longest, EMAIL_ADDRESS_MAX}));
  assert_false(email_address_valid((slice){longest, EMAIL_ADDRESS_MAX + 1}));
}

static void mailboxes(void **state) {
  (void)state;
  mailbox m;
  assert_true(mailbox_parse(SLICE(" Finance <f@acme.example> "), &m));
  assert_true(slice_eq(m.name, SLICE("Finance")) && slice_eq(m.address, SLICE("f@acme.example")));
  assert_true(mailbox_parse(SLICE("\"Finance, ACME\" <f@acme.example>"), &m));
  assert_true(slice_eq(m.name, SLICE("Finance, ACME")));
  assert_true(mailbox_parse(SLICE("f@acme.example"), &m));
  assert_int_equal(m.name.n, 0);
  assert_false(mailbox_parse(SLICE("Finance <f@acme.example"), &m));
  assert_false(mailbox_parse(SLICE("Finance f@acme.example"), &m));
  assert_false(mailbox_parse(SLICE(""), &m));
  assert_true(slice_eq(email_domain(SLICE("f@acme.example")), SLICE("acme.example")));
}

/* Every physical line is within 76 columns and every encoded word within 75, each of whole characters. */
static void header_text(void **state) {
  (void)state;
  arena *a = arena_new();
  assert_string_equal(email_header_text(SLICE("Invoice A-1 is due"), 9, a).p, "Invoice A-1 is due");
  assert_string_equal(email_header_text(SLICE("amanhã"), 9, a).p, "=?UTF-8?Q?amanh=C3=A3?=");
  assert_string_equal(email_header_text(SLICE("=?UTF-8?Q?x?="), 9, a).p, "=?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fx=3F=3D?=");
  assert_string_equal(email_header_text(SLICE("a\r\nBcc: b"), 9, a).p, "=?UTF-8?Q?a__Bcc=3A_b?=");
  char ascii[68];
  memset(ascii, 'x', sizeof ascii);
  assert_int_equal(email_header_text((slice){ascii, 67}, 9, a).n, 67);
  assert_true(email_header_text((slice){ascii, 68}, 9, a).n > 68);
  char accents[400];
  for (size_t i = 0; i < sizeof accents; i += 2) memcpy(accents + i, "\xc3\xa9", 2);
  slice s = email_header_text((slice){accents, sizeof accents}, 9, a);
  size_t column = 9, coded = 0;
  for (size_t i = 0; i < s.n; i++) {
    column = s.p[i] == '\n' ? 0 : column + 1;
    assert_true(column <= 77); /* CR is the 77th */
    if (i + 6 <= s.n && memcmp(s.p + i, "=C3=A9", 6) == 0) coded++;
  }
  assert_int_equal(coded, sizeof accents / 2);
  arena_free(a);
}

static channel_message hello(void) {
  return (channel_message){.ch = CH_EMAIL,
                           .key = SLICE("0123456789abcdef0123456789abcdef"),
                           .to_name = SLICE("Maria"),
                           .to = SLICE("maria@cliente.example"),
                           .subject = SLICE("Olá"),
                           .text = SLICE("a = b \nfim"),
                           .day = {20514},
                           .customer = SLICE("../C/1"),
                           .number = SLICE("A 1/2026")};
}

static sender *files(world *w, arena *a) {
  slice why;
  sender_options o = {.outbox = SLICE("outbox"), .policy = SLICE("P")};
  sender *s = OUTBOX_FILES.open(w, a, &o, &why);
  assert_non_null(s);
  return s;
}

static void files_are_whole_and_named(void **state) {
  (void)state;
  arena *a = arena_new();
  world *w = world_fake_new(1772460000000000000);
  sender *s = files(w, a);
  channel_message m = hello();
  send_result r = OUTBOX_FILES.send(s, &m, a);
  assert_int_equal(r.outcome, SEND_ACCEPTED);
  assert_string_equal(r.provider_id.p, "2026-03-02-C-1-A-1-2026-01234567.eml");
  slice content;
  assert_true(world_fake_file(w, "outbox/2026-03-02-C-1-A-1-2026-01234567.eml", &content));
  assert_string_equal(arena_copy(a, content),
                      "Date: Mon, 02 Mar 2026 14:00:00 +0000\r\nFrom: \"P\"\r\n <dun@dun.invalid>\r\n"
                      "To: \"Maria\"\r\n <maria@cliente.example>\r\nSubject: =?UTF-8?Q?Ol=C3=A1?=\r\n"
                      "Message-ID: <0123456789abcdef0123456789abcdef@dun.invalid>\r\nAuto-Submitted: auto-generated\r\n"
                      "X-Unsent: 1\r\nMIME-Version: 1.0\r\n"
                      "Content-Type: multipart/alternative; boundary=\"=_dun_0123456789abcdef01234567\"\r\n\r\n"
                      "--=_dun_0123456789abcdef01234567\r\nContent-Type: text/plain; charset=utf-8\r\n"
                      "Content-Transfer-Encoding: quoted-printable\r\n\r\na =3D b=20\r\nfim\r\n"
                      "--=_dun_0123456789abcdef01234567--\r\n");
  m.ch = CH_SMS;
  m.to = SLICE("+5511999990000");
  r = OUTBOX_FILES.send(s, &m, a);
  assert_string_equal(r.provider_id.p, "2026-03-02-C-1-A-1-2026-01234567.txt");
  world_fake_free(w);
  arena_free(a);
}

static void a_file_is_never_overwritten(void **state) {
  (void)state;
  arena *a = arena_new();
  world *w = world_fake_new(1772460000000000000);
  sender *s = files(w, a);
  channel_message m = hello();
  send_result first = OUTBOX_FILES.send(s, &m, a), again = OUTBOX_FILES.send(s, &m, a);
  assert_true(slice_eq(first.provider_id, again.provider_id));
  assert_string_equal(again.detail.p, "already there");
  size_t writes = world_fake_writes(w);
  m.text = SLICE("something else");
  send_result other = OUTBOX_FILES.send(s, &m, a);
  assert_string_equal(other.provider_id.p, "2026-03-02-C-1-A-1-2026-01234567-2.eml");
  assert_int_equal(world_fake_writes(w), writes + 1);
  world_fake_free(w);
  arena_free(a);
}

static void a_full_disk_is_no_delivery(void **state) {
  (void)state;
  arena *a = arena_new();
  world *w = world_fake_new(0);
  sender *s = files(w, a);
  channel_message m = hello();
  world_fake_fail_writes(w, 1, WORLD_NO_SPACE);
  send_result r = OUTBOX_FILES.send(s, &m, a);
  assert_int_equal(r.outcome, SEND_DOWN);
  world_fake_fail_writes(w, 0, WORLD_OK);
  m.to = SLICE("maria@");
  assert_int_equal(OUTBOX_FILES.send(s, &m, a).outcome, SEND_REJECTED);
  world_fake_free(w);
  arena_free(a);
}

/* A run that was killed while it wrote a file: the next one an hour later takes what it left away, and nothing else. */
static void what_a_killed_run_left_is_removed(void **state) {
  (void)state;
  static const char LEFT[] = "outbox/2026-03-02-C-1-A-1-2026-01234567.eml.tmp-Xy12aB",
                    TEXT[] = "outbox/2026-03-02-C-1-A-1-2026-01234567-2.txt.tmp-000000";
  static const char *const OTHERS[] = {"outbox/2026-03-02-C-1-A-1-2026-01234567.eml",
                                       "outbox/letter.eml.tmp-Xy12aB",
                                       "outbox/2026-03-02-C-1.eml.tmp-Xy12aB.bak",
                                       "outbox/2026-02-30-C-1.eml.tmp-Xy12aB",
                                       "outbox/2026-03-02.eml.tmp-Xy12aB",
                                       "outbox/2026-03-02-C-1.pdf.tmp-Xy12aB",
                                       "outbox/2026-03-02-C-1.eml.tmp-Xy1-aB",
                                       "outbox/2026-03-02-C-1.eml",
                                       "outbox/.tmp-Xy12aB",
                                       "elsewhere/2026-03-02-C-1-A-1-2026-01234567.eml.tmp-Xy12aB"};
  enum { OTHER_COUNT = sizeof OTHERS / sizeof *OTHERS };
  const int64_t minute = 60000000000;
  arena *a = arena_new();
  world *w = world_fake_new(1772460000000000000);
  slice content;
  world_fake_put_file(w, LEFT, SLICE("Date: Mo"));
  world_fake_put_file(w, TEXT, SLICE(""));
  for (size_t i = 0; i < OTHER_COUNT; i++) world_fake_put_file(w, OTHERS[i], SLICE("not ours"));
  world_fake_set_now(w, 1772460000000000000 + 60 * minute);
  files(w, a);
  assert_true(world_fake_file(w, LEFT, &content)); /* somebody may be writing it */
  world_fake_set_now(w, 1772460000000000000 + 61 * minute);
  files(w, a);
  assert_false(world_fake_file(w, LEFT, &content));
  assert_false(world_fake_file(w, TEXT, &content));
  for (size_t i = 0; i < OTHER_COUNT; i++) assert_true(world_fake_file(w, OTHERS[i], &content));
  /* A folder that cannot be read, a file that cannot be removed: nothing that keeps a run from sending. */
  world_fake_put_file(w, LEFT, SLICE("Date: Mo"));
  world_fake_set_now(w, 1772460000000000000 + 200 * minute);
  world_fake_fail_reads(w, 1, WORLD_IO);
  files(w, a);
  world_fake_fail_reads(w, 0, WORLD_OK);
  world_fake_fail_writes(w, 2, WORLD_READ_ONLY); /* the first makes the folder */
  files(w, a);
  assert_true(world_fake_file(w, LEFT, &content));
  world_fake_free(w);
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(addresses),
      cmocka_unit_test(mailboxes),
      cmocka_unit_test(header_text),
      cmocka_unit_test(files_are_whole_and_named),
      cmocka_unit_test(a_file_is_never_overwritten),
      cmocka_unit_test(a_full_disk_is_no_delivery),
      cmocka_unit_test(what_a_killed_run_left_is_removed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
