/* An e-mail with files: pictures inside its page, attachments, their names. The golden message was read by Python's
 * e-mail library (tests/channel/mail.py), which found no defect in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/world.h"
#include "stdlib/net/email.h"

static email hello(const email_part *parts, size_t n) {
  return (email){.from = {SLICE("Finance"), SLICE("f@acme.example")},
                 .to = {SLICE("Maria"), SLICE("maria@cliente.example")},
                 .subject = SLICE("Fatura A-1"),
                 .text = SLICE("Pix abaixo.\n"),
                 .html = SLICE("<p>Pix: <img src=\"cid:pix-1.dun\" alt=\"Pix\"></p>\n"),
                 .message_id = SLICE("0123456789abcdef0123456789abcdef@acme.example"),
                 .now_s = 1772460000,
                 .parts = parts,
                 .part_count = n};
}

static const email_part QR = {SLICE("pix-A-1.png"), SLICE("image/png"), SLICE("pix-1.dun"), SLICE("\x89PNG\r\n\x1a\n")};
static const email_part PDF = {SLICE("boleto-A-1.pdf"), SLICE("application/pdf"), {0}, SLICE("%PDF-1.7\n%%EOF\n")};
static const email_part ACCENTS = {
    SLICE("posição de débitos da Associação \"São João\" em 22/11/2026, página única.pdf"),
    SLICE("application/pdf"),
    {0},
    SLICE("%PDF-1.7 a little longer than one line of base64 takes, so that it is folded\n%%EOF\n")};

static const char *at(slice s, const char *needle) { return memmem(s.p, s.n, needle, strlen(needle)); }

static void pictures_and_attachments_are_nested(void **state) {
  (void)state;
  arena *a = arena_new();
  const email_part parts[] = {QR, PDF, ACCENTS};
  email m = hello(parts, 3);
  slice all = email_bytes(&m, a), golden;
  if (getenv("DUN_WRITE_GOLDEN")) {
    assert_int_equal(world_posix()->write_file(world_posix(), "tests/channel/golden/parts.eml", all), WORLD_OK);
  }
  assert_int_equal(world_posix()->read_file(world_posix(), "tests/channel/golden/parts.eml", a, &golden), WORLD_OK);
  if (!slice_eq(all, golden)) fail_msg("%.*s", SLICE_ARG(all));
  /* Every line within 78 columns, each a CRLF. */
  size_t column = 0;
  for (size_t i = 0; i < all.n; i++) {
    column = all.p[i] == '\n' ? 0 : column + 1;
    if (all.p[i] == '\n') assert_true(i && all.p[i - 1] == '\r');
    assert_true(column <= 79);
  }
  arena_free(a);
}

static void what_is_not_needed_is_not_there(void **state) {
  (void)state;
  arena *a = arena_new();
  email m = hello(&QR, 1);
  slice s = email_bytes(&m, a);
  assert_non_null(at(s, "multipart/related"));
  assert_null(at(s, "multipart/mixed"));
  m = hello(&PDF, 1);
  s = email_bytes(&m, a);
  assert_null(at(s, "multipart/related"));
  assert_non_null(at(s, "multipart/mixed"));
  m = hello(NULL, 0);
  s = email_bytes(&m, a);
  assert_null(at(s, "multipart/mixed"));
  assert_null(at(s, "multipart/related"));
  /* Without a page that shows it a picture is an attachment. */
  m = hello(&QR, 1);
  m.html = (slice){0};
  s = email_bytes(&m, a);
  assert_non_null(at(s, "Content-Disposition: attachment;\r\n filename=\"pix-A-1.png\""));
  assert_null(at(s, "Content-ID"));
  arena_free(a);
}

static void no_name_breaks_out_of_its_header(void **state) {
  (void)state;
  arena *a = arena_new();
  static const char *const NAMES[] = {
      "a\"\r\nBcc: b@c.example\r\n\".pdf", "..\\..\\etc", "../x", "", "\xff\xfe.pdf", "a%41.pdf", "'; rm"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    email_part p = {slice_of(NAMES[i]), SLICE("application/pdf\r\nX: y"), {0}, SLICE("x")};
    email m = hello(&p, 1);
    slice s = email_bytes(&m, a);
    assert_null(at(s, "\r\nBcc:"));
    assert_null(at(s, "\r\nX: y"));
    const char *name = at(s, "filename"), *end = name ? strstr(name, "\r\n\r\n") : NULL;
    assert_non_null(end);
    assert_null(memmem(name, (size_t)(end - name), "/", 1));
    assert_null(memmem(name, (size_t)(end - name), "\\", 1));
  }
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(pictures_and_attachments_are_nested),
                                     cmocka_unit_test(what_is_not_needed_is_not_there),
                                     cmocka_unit_test(no_name_breaks_out_of_its_header)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
