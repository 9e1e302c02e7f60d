/* E-mails as they come (corpus/): what each is taken for stands in corpus/NAME.expected: its sort, what is found out
 * about our message, and the words that count as a person's. DUN_WRITE=1 writes them anew, for a person to read the
 * difference. Also: the words of IMAP, over a connection of this test's own. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "stdlib/channel/mail_in.h"
#include "stdlib/net/email.h"
#include "stdlib/net/imap.h"

#define FOLDER "tests/mail/corpus/"

static slice read_all(arena *a, const char *path) {
  FILE *f = fopen(path, "rb");
  if (!f) return (slice){NULL, 0};
  text t = text_new(a);
  char block[4096];
  for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;) text_add(&t, (slice){block, n});
  fclose(f);
  text_cstr(&t, "");
  return text_slice(&t);
}

/* As a mailbox gives it. */
static slice crlf(arena *a, slice s) {
  text t = text_new(a);
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r')) text_char(&t, '\r');
    text_char(&t, s.p[i]);
  }
  return text_slice(&t);
}

static slice dump(arena *a, slice bytes) {
  static const char *const SORTS[] = {
#define SORT(id, words) #id,
      MAIL_SORTS(SORT)
#undef SORT
  };
  static const char *const WISHES[] = {"", " opt out", " opt in"};
  mail m;
  mail_sorted v;
  text t = text_new(a);
  if (!mail_read(bytes, a, &m)) return SLICE("no e-mail\n");
  mail_sort_of(&m, SLICE("finance@acme.example"), a, &v);
  text_printf(&t, "%s%s\nfrom: %.*s\nid: %.*s\nat: %lld\n", SORTS[v.sort], WISHES[v.wish], SLICE_ARG(m.from),
              SLICE_ARG(m.message_id), (long long)m.date_s);
  text_printf(&t, "subject: %.*s\n", SLICE_ARG(m.subject));
  if (v.state)
    text_printf(&t, "state: %s%s\ndetail: %.*s\n", v.state, v.no_address ? ", no address" : "", SLICE_ARG(v.detail));
  for (size_t i = 0; i < v.id_count && i < 5; i++) text_printf(&t, "about: %.*s\n", SLICE_ARG(v.ids[i]));
  if (v.sort == MAIL_IS_WORDS) text_printf(&t, "---\n%.*s\n", SLICE_ARG(v.text));
  assert_true(utf8_valid(text_slice(&t)));
  assert_null(memchr(t.p, 0, t.n));
  return text_slice(&t);
}

static int is_mail(const struct dirent *e) {
  size_t n = strlen(e->d_name);
  return n > 4 && strcmp(e->d_name + n - 4, ".eml") == 0;
}

static void every_mail_is_taken_for_what_it_is(void **state) {
  (void)state;
  struct dirent **v;
  int n = scandir(FOLDER, &v, is_mail, alphasort), wrong = 0;
  assert_true(n > 40);
  for (int i = 0; i < n; i++) {
    arena *a = arena_new();
    slice bytes = crlf(a, read_all(a, arena_printf(a, FOLDER "%s", v[i]->d_name).p));
    const char *beside = arena_printf(a, FOLDER "%.*s.expected", (int)strlen(v[i]->d_name) - 4, v[i]->d_name).p;
    slice got = dump(a, bytes), want = read_all(a, beside);
    if (getenv("DUN_WRITE")) {
      FILE *f = fopen(beside, "wb");
      assert_non_null(f);
      fwrite(got.p, 1, got.n, f);
      fclose(f);
    } else if (!slice_eq(got, want)) {
      print_error("%s\n--- expected\n%.*s--- got\n%.*s", v[i]->d_name, SLICE_ARG(want), SLICE_ARG(got));
      wrong++;
    }
    arena_free(a);
    free(v[i]);
  }
  free(v);
  assert_int_equal(wrong, 0);
}

/* Whatever part of a mail arrives: the library and we end, and what comes out is text. */
static void a_mail_may_end_anywhere(void **state) {
  (void)state;
  static const char *const NAMES[] = {"bounce-postfix", "reply-gmail", "nested-60", "read-receipt", "broken-utf8"};
  for (size_t k = 0; k < sizeof NAMES / sizeof *NAMES; k++) {
    arena *a = arena_new();
    slice bytes = crlf(a, read_all(a, arena_printf(a, FOLDER "%s.eml", NAMES[k]).p));
    for (size_t n = 0; n < bytes.n; n += 37) {
      arena *b = arena_new();
      (void)dump(b, (slice){bytes.p, n});
      arena_free(b);
    }
    arena_free(a);
  }
}

/* Bounded whatever is sent: 2 MB of one line, of headers, of parts one in another. */
static void what_is_long_is_cut(void **state) {
  (void)state;
  arena *a = arena_new();
  text t = text_new(a);
  mail m;
  text_cstr(&t, "From: a@b.example\r\nContent-Type: text/plain\r\n\r\n");
  text_repeat(&t, 'x', 3 << 20);
  assert_true(mail_read(text_slice(&t), a, &m));
  assert_true(m.text.n > 1000 && m.text.n <= MAIL_TEXT_MAX + 4);
  t = text_new(a);
  text_cstr(&t, "From: a@b.example\r\nSubject: ");
  text_repeat(&t, 's', 1 << 20);
  text_cstr(&t, "\r\n\r\nhi\r\n");
  assert_true(mail_read(text_slice(&t), a, &m));
  assert_true(m.subject.n <= 1004);
  t = text_new(a);
  text_cstr(&t, "From: a@b.example\r\n");
  for (int i = 0; i < 20000; i++)
    text_printf(&t, "Content-Type: multipart/mixed; boundary=\"b%d\"\r\n\r\n--b%d\r\n", i, i);
  assert_true(mail_read(text_slice(&t), a, &m));
  t = text_new(a);
  for (int i = 0; i < 20000; i++) text_printf(&t, "From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n");
  (void)mail_read(text_slice(&t), a, &m);
  arena_free(a);
}

static void the_words_of_a_reply(void **state) {
  (void)state;
  static const char *const CASES[][2] = {
      {"Yes\n\nOn Monday X wrote:\n> no\n", "Yes"},
      {"> q\n> q\n\nBelow\n", "Below"},
      {"a\n> b\nc\n", "a\nc"},
      {"On Monday we pay.\nBye\n", "On Monday we pay.\nBye"},
      {"Pago\n-- \nAna\n", "Pago"},
      {"De: nada\nobrigado\n", "De: nada\nobrigado"},
      {"From: x\nSent: y\n", ""},
      {"ok\n-----Mensagem original-----\nx\n", "ok"},
      {"ok\r\n\r\nEnviado do meu iPhone\r\n", "ok"},
      {"", ""},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    arena *a = arena_new();
    slice got = mail_answer(slice_of(CASES[i][0]), a);
    if (!slice_eq(got, slice_of(CASES[i][1]))) fail_msg("case %zu: \"%.*s\"", i, SLICE_ARG(got));
    arena_free(a);
  }
}

/* ---- what goes out ---- */

static bool has(slice s, const char *what) { return memmem(s.p, s.n, what, strlen(what)) != NULL; }

static void a_message_says_how_to_get_no_more(void **state) {
  (void)state;
  arena *a = arena_new();
  email m = {.from = {SLICE("F"), SLICE("f@acme.example")},
             .to = {SLICE(""), SLICE("a@x.example")},
             .subject = SLICE("s"),
             .text = SLICE("t"),
             .message_id = SLICE("0123456789abcdef0123456789abcdef@acme.example")};
  slice plain = email_bytes(&m, a);
  assert_false(has(plain, "List-Unsubscribe") || has(plain, "References") || has(plain, "Reply-To"));
  m.thread[0] = SLICE("first@acme.example");
  m.thread[1] = SLICE("last@acme.example");
  m.leave_address = SLICE("replies@acme.example");
  m.leave_subject = mail_unsubscribe_subject(m.message_id, a);
  slice one = email_bytes(&m, a);
  assert_true(has(one, "\r\nIn-Reply-To: <last@acme.example>\r\n"));
  assert_true(has(one, "\r\nReferences: <first@acme.example>\r\n <last@acme.example>\r\n"));
  assert_true(has(one, "\r\nList-Unsubscribe: "
                       "<mailto:replies@acme.example?subject=unsubscribe%200123456789abcdef0123456789abcdef>\r\n"));
  assert_false(has(one, "List-Unsubscribe-Post"));
  m.leave_url = SLICE("https://dun.example.com/unsubscribe/k/s");
  m.thread[0] = m.thread[1];
  slice both = email_bytes(&m, a);
  assert_true(has(both, "\r\nList-Unsubscribe: <https://dun.example.com/unsubscribe/k/s>,\r\n <mailto:"));
  assert_true(has(both, "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
  assert_true(has(both, "\r\nReferences: <last@acme.example>\r\n"));
  m.thread[1] = SLICE("x>\r\nBcc: all@x.example"); /* what others call a message may hold anything */
  m.leave_url = SLICE("https://x/\r\nBcc: b");
  m.reply_to = SLICE("a@b.example\r\nBcc: c");
  slice bad = email_bytes(&m, a);
  assert_false(has(bad, "Bcc"));
  arena_free(a);
}

/* ---- IMAP ---- */

/* A server that says what it was given, a few bytes at a time. */
static struct said {
  const char *p;
  size_t n, at, step;
  text asked;
} said;
static bool say(imap_line *l, slice bytes) {
  (void)l;
  text_add(&said.asked, bytes);
  return true;
}
static size_t hear(imap_line *l, char *room, size_t n) {
  (void)l;
  size_t left = said.n - said.at, k = said.step < n ? said.step : n;
  if (k > left) k = left;
  memcpy(room, said.p + said.at, k);
  said.at += k;
  return k;
}
static const struct world_net NET = {.imap_say = say, .imap_hear = hear};

static imap *server(arena *a, const char *p, size_t step) {
  said = (struct said){p, strlen(p), 0, step, text_new(a)};
  return imap_over(&NET, NULL, a);
}

static void imap_answers_are_read(void **state) {
  (void)state;
  for (size_t step = 1; step < 50; step += 7) {
    arena *a = arena_new();
    imap_folder f;
    imap_item v[3];
    size_t n;
    slice why = {0}, bytes;
    uint32_t uid;
    imap *m =
        server(a,
               "* FLAGS (\\Seen)\r\n* 7 EXISTS\r\n* OK [UIDVALIDITY 77] ok\r\n* ok [uidnext 104] x\r\nD1 OK "
               "[READ-ONLY] done\r\n"
               "* SEARCH 101 9 44\r\n* SEARCH\r\nD2 OK\r\n"
               "* 4 FETCH (UID 103 RFC822.SIZE 4)\r\n* 2 FETCH (RFC822.SIZE 12 UID 101)\r\n* 1 FETCH (FLAGS ())\r\n"
               "* 3 FETCH (UID 102 RFC822.SIZE 99)\r\n* 0 FETCH (UID 100 RFC822.SIZE 1)\r\n* 1 FETCH (UID 5 "
               "RFC822.SIZE 1)\r\nD3 OK\r\n"
               "* 9 EXISTS\r\n* 3 FETCH (UID 101 BODY[]<0> {19}\r\nD4 OK no\r\n* 1 FETCH)\r\n* 3 FETCH (FLAGS "
               "(\\Seen))\r\nD4 OK\r\n"
               "* 3 FETCH (UID 102 BODY[]<0> \"a\\\"b\")\r\nD5 OK\r\n"
               "D6 OK\r\n"
               "D7 NO not now\r\n",
               step);
    assert_true(imap_examine(m, SLICE("Cobrança/A&B \"x\""), &f, &why));
    assert_int_equal(f.validity, 77);
    assert_int_equal(f.next, 104);
    assert_true(imap_since(m, (civil_date){20454}, &uid, &why)); /* 2026-01-01 */
    assert_int_equal(uid, 9);
    assert_true(imap_list(m, 100, v, 3, &n, &why));
    assert_int_equal(n, 3);
    assert_int_equal(v[0].uid, 100);
    assert_int_equal(v[1].uid, 101);
    assert_int_equal(v[2].uid, 102);
    assert_int_equal(v[1].bytes, 12);
    assert_true(imap_read(m, 101, 100, a, &bytes, &why));
    assert_true(slice_eq(bytes, SLICE("D4 OK no\r\n* 1 FETCH")));
    assert_true(imap_read(m, 102, 100, a, &bytes, &why));
    assert_true(slice_eq(bytes, SLICE("a\"b")));
    assert_true(imap_read(m, 103, 100, a, &bytes, &why)); /* it is gone */
    assert_int_equal(bytes.n, 0);
    assert_false(imap_read(m, 104, 100, a, &bytes, &why));
    assert_true(has(why, "refused"));
    slice asked = text_slice(&said.asked);
    assert_true(has(asked, "D1 EXAMINE \"Cobran&AOc-a/A&-B \\\"x\\\"\"\r\n"));
    assert_true(has(asked, "D2 UID SEARCH SINCE 1-Jan-2026\r\n"));
    assert_true(has(asked, "D4 UID FETCH 101 (UID BODY.PEEK[]<0.100>)\r\n"));
    arena_free(a);
  }
}

static void imap_servers_that_do_wrong_are_left(void **state) {
  (void)state;
  static const char *const SAID[] = {
      "",
      "* BYE too many\r\nD1 OK\r\n",
      "* 1 FETCH (UID 1 BODY[]<0> {99999999}\r\nxxxx",
      "* 1 FETCH (UID 1 BODY[]<0> {101}\r\nxxxx",
      "* 1 FETCH (UID 1 BODY[]<0> {50}\r\nshort",
      "* 1 FETCH (UID 1 BODY[]<0> {5}\r\n12345 {5}\r\n12345 {5}\r\n12345 {5}\r\n12345 {5}\r\n12345 {5}\r\n12345 "
      "{5}\r\n12345 "
      "{5}\r\n12345 {5}\r\n12345 {5}\r\n12345 {5}\r\n12345 {5}\r\n12345 {5}\r\n12345 {5}\r\n12345 {5}\r\n12345 "
      "{5}\r\n12345 "
      "{5}\r\n12345 {5}\r\n12345)\r\nD1 OK\r\n",
      "D2 OK\r\n",
  };
  for (size_t i = 0; i < sizeof SAID / sizeof *SAID; i++) {
    arena *a = arena_new();
    slice why = {0}, bytes;
    imap *m = server(a, SAID[i], 3);
    if (imap_read(m, 1, 100, a, &bytes, &why)) fail_msg("case %zu was taken", i);
    assert_true(has(why, "broke"));
    assert_false(imap_read(m, 1, 100, a, &bytes, &why)); /* and is asked for nothing more */
    arena_free(a);
  }
  arena *a = arena_new();
  slice why;
  imap_folder f;
  char *endless = arena_room(a, IMAP_LINE_MAX + 100u, 1);
  memset(endless, 'x', IMAP_LINE_MAX + 99u);
  endless[IMAP_LINE_MAX + 99u] = 0;
  assert_false(imap_examine(server(a, endless, 4096), SLICE("INBOX"), &f, &why));
  assert_false(imap_examine(server(a, "", 1), SLICE("a\r\nb"), &f, &why));
  assert_true(has(why, "name"));
  assert_false(imap_examine(server(a, "D1 OK\r\n", 1), SLICE("INBOX"), &f, &why));
  assert_true(has(why, "UIDVALIDITY"));
  assert_false(imap_examine(server(a, "D1 NO\r\n", 1), SLICE("INBOX"), &f, &why));
  assert_true(has(why, "no such folder"));
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_mail_is_taken_for_what_it_is),
      cmocka_unit_test(a_mail_may_end_anywhere),
      cmocka_unit_test(what_is_long_is_cut),
      cmocka_unit_test(the_words_of_a_reply),
      cmocka_unit_test(a_message_says_how_to_get_no_more),
      cmocka_unit_test(imap_answers_are_read),
      cmocka_unit_test(imap_servers_that_do_wrong_are_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
