/* What changed between two policies, in words: pairs of small ones, and the whole list of what is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lang/analyse/policy_diff.h"
#include "lang/base/text.h"
#include "lang/compile.h"

static const program *compiled_of(arena *perm, const char *policy) {
  source *s = ARENA_NEW(perm, source);
  *s = (source){SLICE("p.dun"), slice_of(policy)};
  diags d;
  compiled c;
  diags_init(&d, perm);
  if (!compile(perm, s, 1, &d, &c)) fail_msg("%.*s", SLICE_ARG(diags_render(&d, s, 1, LANG_EN, false, perm)));
  return c.program;
}

/* A line a change: "moved [Ladder] 5 days -> 7 days | text -> text". */
static slice said(arena *perm, const char *was, const char *now) {
  policy_change_list l = policy_diff(perm, compiled_of(perm, was), compiled_of(perm, now), LANG_EN);
  text t = text_new(perm);
  for (uint32_t i = 0; i < l.n; i++) {
    const policy_change *c = &l.v[i];
    text_printf(&t, "%s [%.*s] %.*s > %.*s | %.*s > %.*s\n", POLICY_CHANGE_WORDS[c->kind], SLICE_ARG(c->section),
                SLICE_ARG(c->lead_was), SLICE_ARG(c->lead), SLICE_ARG(c->was), SLICE_ARG(c->now));
  }
  return text_slice(&t);
}

#define HEAD "policy \"P\"\n  currency BRL\n"
#define A(rungs) HEAD "ladder all for invoices\n" rungs
#define AT(n, what) "  at " n "  send email template \"" what "\"\n"

/* As many changes as `count`, each of `words` in turn within one line. */
static void expect(const char *was, const char *now, uint32_t count, const char *kind, const char *a, const char *b) {
  arena *perm = arena_new();
  slice got = said(perm, was, now);
  uint32_t n = 0;
  for (size_t i = 0; i < got.n; i++) n += got.p[i] == '\n';
  bool found = count == 0;
  for (const char *at = got.n ? arena_copy(perm, got) : ""; *at; at = strchr(at, '\n') + 1) {
    const char *one = arena_copy(perm, (slice){at, (size_t)(strchr(at, '\n') - at)}), *first = strstr(one, a);
    found = found || (strncmp(one, kind, strlen(kind)) == 0 && first && strstr(first, b));
  }
  if (n != count || !found)
    fail_msg("%u changes, one of them %s %s ... %s; got:\n%.*s", count, kind, a, b, SLICE_ARG(got));
  arena_free(perm);
}

static void what_is_no_change(void **state) {
  (void)state;
  expect(A(AT("5d", "x")), A(AT("5d", "x")), 0, "", "", "");
  expect(A(AT("5d", "x") AT("9d", "y")), A("  at 9d send email template \"y\" # why\n" AT("5 days", "x")), 0, "", "",
         "");
  expect(HEAD "define big as amount > 5_000\nladder all for invoices where big\n" AT("5d", "x"),
         HEAD "ladder all for invoices where amount > 5000\n" AT("5d", "x"), 0, "", "", "");
  expect(HEAD "hold while disputed\nhold while amount > 10\n", HEAD "hold while amount > 10\nhold while disputed\n", 0,
         "", "", "");
  expect(A(AT("5d", "x")),
         "idioma português\npolítica \"P\"\n  moeda BRL\nrégua all para faturas\n  aos 5d enviar email modelo \"x\"\n",
         0, "", "", "");
}

static void rungs(void **state) {
  (void)state;
  expect(A(AT("5d", "x")), A(AT("5d", "x") AT("9d", "y")), 1, "added", "9 days", "y");
  expect(A(AT("5d", "x") AT("9d", "y")), A(AT("5d", "x")), 1, "removed", "9 days", "y");
  expect(A(AT("5d", "x")), A(AT("7d", "x")), 1, "moved", "5 days", "7 days");
  expect(A(AT("5d", "x")), A(AT("5d", "y")), 1, "changed", "x", "y");
  expect(A(AT("5d", "x")), A(AT("7d", "y")), 1, "moved", "5 days", "y");
  expect(A(AT("5d", "x")), A("  at 5d  escalate to owner\n"), 1, "changed", "x", "owner");
  expect(A(AT("5d", "x")), A("  at 9d  escalate to owner\n"), 2, "removed", "5 days", "x");
  expect(A("  at 5d then every 7d, 2 more times  send email template \"x\"\n"),
         A("  at 5d then every 7d, 3 more times  send email template \"x\"\n"), 1, "moved", "12", "26");
  expect(A("  at 5d  if amount > 100 send email template \"x\"\n"),
         A("  at 5d  if amount > 200 send email template \"x\"\n"), 1, "changed", "100", "200");
}

static void ladders(void **state) {
  (void)state;
  static const char big[] = "ladder big for invoices where amount > 100\n  at 5d  log \"b\"\n";
  static const char small[] = "ladder small for invoices where amount < 50\n  at 6d  log \"s\"\n";
  static const char rest[] = "ladder rest for invoices\n  at 7d  log \"r\"\n";
  char ab[600], ba[600], all[600], named[600], where[600], anchor[600];
  snprintf(ab, sizeof ab, "%s%s%s%s", HEAD, big, small, rest);
  snprintf(ba, sizeof ba, "%s%s%s%s", HEAD, small, big, rest);
  snprintf(all, sizeof all, "%s%s%s", HEAD, big, rest);
  snprintf(named, sizeof named, "%s%s%s%s", HEAD, "ladder huge for invoices where amount > 100\n  at 5d  log \"b\"\n",
           small, rest);
  snprintf(where, sizeof where, "%s%s%s%s", HEAD, "ladder big for invoices where amount > 300\n  at 5d  log \"b\"\n",
           small, rest);
  snprintf(anchor, sizeof anchor, "%s%s%s%s", HEAD,
           "ladder big for invoices where amount > 100 counting from issued\n  at 5d after issued  log \"b\"\n", small,
           rest);
  expect(ab, ba, 1, "reordered", "", "");
  expect(ab, all, 2, "removed", "small", "6 days");
  expect(all, ab, 2, "added", "small", "6 days");
  expect(ab, named, 1, "renamed", "big", "huge");
  expect(ab, where, 1, "changed", "100", "300");
  expect(ab, anchor, 2, "changed", "big", "issue");
}

static void settings_and_rules(void **state) {
  (void)state;
  expect(HEAD "limit each customer to 1 message per day\n", HEAD "limit each customer to 2 messages per day\n", 1,
         "changed", "1 message", "2 messages");
  expect(HEAD, HEAD "hold while disputed\n", 1, "added", "dispute", "");
  expect(HEAD "late fee 2% plus interest 1% per month\n", HEAD "late fee 2% plus interest 2% per month\n", 1, "changed",
         "1%", "2%");
  expect(HEAD "on reply log \"x\"\n", HEAD "on reply log \"y\"\n", 1, "changed", "x", "y");
  expect(HEAD "every month on day 1 for contracts\n  bill contract\n",
         HEAD "every month on day 2 for contracts\n  bill contract\n", 1, "moved", "1", "2");
  expect(HEAD "rule r: when overdue >= 5d log \"x\"\n", HEAD "rule r: when overdue >= 6d log \"x\"\n", 1, "moved", "5",
         "6");
  expect(HEAD "team finance is \"a@example.com\"\n", HEAD "team finance is \"b@example.com\"\n", 1, "changed", "a@",
         "b@");
  expect(HEAD "connect email smtp \"smtps://a.example.com\"\n", HEAD "connect email smtp \"smtps://b.example.com\"\n",
         1, "changed", "a.example", "b.example");
  expect(HEAD, "policy \"Q\"\n  currency BRL\n", 1, "changed", "P", "Q");
  expect(A("  hold while disputed\n" AT("5d", "x")), A(AT("5d", "x")), 1, "removed", "dispute", "");
}

static void in_the_readers_language(void **state) {
  (void)state;
  arena *perm = arena_new();
  policy_change_list l =
      policy_diff(perm, compiled_of(perm, A(AT("5d", "x"))), compiled_of(perm, A(AT("7d", "x"))), LANG_PT);
  assert_int_equal(l.n, 1);
  assert_non_null(strstr(arena_copy(perm, l.v[0].lead), "vencimento"));
  assert_true(l.v[0].at.to > l.v[0].at.from);
  arena_free(perm);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_no_change), cmocka_unit_test(rungs),
                                     cmocka_unit_test(ladders), cmocka_unit_test(settings_and_rules),
                                     cmocka_unit_test(in_the_readers_language)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
