/* Every limit of lang/check/check.h: at it, and one past it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "lang/check/check.h"
#include "lang/syntax/limits.h"
#include "lang/syntax/parse.h"

/* How often the checker gives a code for the text. */
static unsigned count_of(const text *t, diag_code code) {
  arena *a = arena_new(), *scratch = arena_new();
  source s = {SLICE("p.dun"), text_slice(t)};
  diags d;
  diags_init(&d, a);
  const ast_file *file = parse_file(a, scratch, &s, 0, &d);
  assert_true(file->ok);
  check_program(a, scratch, &file, &s, 1, stdlib_calendars, &d);
  unsigned n = 0;
  for (const diag *g = d.first; g; g = g->next) n += g->code == code;
  arena_free(scratch);
  arena_free(a);
  return n;
}

static void repeats(void **state) {
  (void)state;
  arena *a = arena_new();
  for (int past = 0; past < 2; past++) {
    text t = text_new(a);
    text_printf(&t, "ladder a for invoices\n  at 1d then every 1d, %d more times  log \"x\"\n",
                REPEAT_TIMES_MAX + past);
    assert_int_equal(count_of(&t, DIAG_E0313), past);
  }
  arena_free(a);
}

/* Ladders, whens, everys and events together; a repeat counts as often as it is. */
static void rules(void **state) {
  (void)state;
  arena *a = arena_new();
  enum { TIMES = 399, LINES = 20, OTHERS = 3 };
  for (int past = 0; past < 2; past++) {
    text t = text_new(a);
    text_cstr(&t, "ladder a for invoices\n");
    for (int i = 0; i < LINES; i++)
      text_printf(&t, "  at %dd then every 1d, %d more times  log \"x\"\n", 1 + i * (TIMES + 1), TIMES);
    text_cstr(&t, "ladder b for contracts counting from next_billing\n");
    for (int i = 0; i < RULES_MAX - LINES * (TIMES + 1) - OTHERS + past; i++)
      text_printf(&t, "  at %dd  log \"x\"\n", i);
    text_cstr(&t, "rule w: when disputed  log \"x\"\nevery day at 8:00  log \"x\"\non dispute  log \"x\"\n");
    assert_int_equal(count_of(&t, DIAG_E0339), past);
  }
  arena_free(a);
}

/* A megabyte of repeats ends with that one error, and without the memory that they would take. */
static void repeats_do_not_multiply(void **state) {
  (void)state;
  arena *a = arena_new();
  text t = text_new(a);
  for (int i = 0; text_slice(&t).n < FILE_BYTES_MAX - 200; i++)
    text_printf(&t, "ladder l%d for invoices\n  at 1d then every 1d, %d more times  log \"x\"\n", i, REPEAT_TIMES_MAX);
  assert_int_equal(count_of(&t, DIAG_E0339), 1);
  arena_free(a);
}

static void actions_of_a_rung(void **state) {
  (void)state;
  arena *a = arena_new();
  for (int past = 0; past < 2; past++) {
    text t = text_new(a);
    text_cstr(&t, "ladder a for invoices\n  at 1d  log \"0\"");
    for (int i = 2; i < SECTION_ACTIONS_MAX; i++) text_cstr(&t, " then log \"x\"");
    text_printf(&t, "\n         log \"last\"%s\n", past ? " then log \"one more\"" : "");
    assert_int_equal(count_of(&t, DIAG_E0338), past);
  }
  arena_free(a);
}

/* `first` with n actions and `second` with as many as are left of the limit, or one more. */
static unsigned meeting(arena *a, const char *first, const char *second, bool past) {
  enum { FIRST = 40 };
  text t = text_new(a);
  text_printf(&t, "ladder a for invoices\n  %s  log \"0\"", first);
  for (int i = 1; i < FIRST; i++) text_cstr(&t, " then log \"x\"");
  text_printf(&t, "\n  %s  log \"0\"", second);
  for (int i = FIRST + 1; i < SECTION_ACTIONS_MAX + past; i++) text_cstr(&t, " then log \"x\"");
  text_cstr(&t, "\n");
  return count_of(&t, DIAG_E0338);
}

/* Rungs of one place are one: together they have no more actions than one may have. */
static void meeting_actions(void **state) {
  (void)state;
  static const char *const MEET[][2] = {{"at 7d", "at 1w"},
                                        {"at 5bd", "at 7d"},
                                        {"at 30d", "at 1mo"},
                                        {"at 12mo", "at 1y"},
                                        {"at 3d before due", "at 2bd before due"},
                                        {"at 5d then every 7d, 3 more times", "at 12d"},
                                        {"at 5bd then every 7d, 3 more times", "at 20d"},
                                        {"at due then every 5bd, 3 more times", "at 10bd"}};
  static const char *const APART[][2] = {{"at 7d", "at 2w"},
                                         {"at 5bd", "at 6bd"},
                                         {"at 6d", "at 7bd"},
                                         {"at 27d", "at 1mo"},
                                         {"at 1mo", "at 2mo"},
                                         {"at 3d before due", "at 3d"},
                                         {"at 5bd then every 7d, 3 more times", "at 4d"}};
  arena *a = arena_new();
  for (size_t i = 0; i < sizeof MEET / sizeof *MEET; i++)
    for (int past = 0; past < 2; past++) assert_int_equal(meeting(a, MEET[i][0], MEET[i][1], past), past);
  for (size_t i = 0; i < sizeof APART / sizeof *APART; i++)
    for (int past = 0; past < 2; past++) assert_int_equal(meeting(a, APART[i][0], APART[i][1], past), 0);
  arena_free(a);
}

static void custom_fields(void **state) {
  (void)state;
  arena *a = arena_new();
  for (int past = 0; past < 2; past++) {
    text t = text_new(a);
    for (int i = 0; i < CUSTOM_FIELDS_MAX + past; i++) text_printf(&t, "field invoice.x%d as text\n", i);
    /* the last one is really there: all three kinds of rows can read it */
    text_printf(&t, "ladder a for invoices where x%d is \"y\"\n  at 1d  log \"{x0}\"\n", CUSTOM_FIELDS_MAX - 1);
    assert_int_equal(count_of(&t, DIAG_E0126), past);
    assert_int_equal(count_of(&t, DIAG_E0112), 0);
  }
  arena_free(a);
}

static void message_limits(void **state) {
  (void)state;
  arena *a = arena_new();
  for (int past = 0; past < 2; past++) {
    text t = text_new(a);
    text_printf(&t, "limit each customer to %d messages per day\n", LIMIT_COUNT_MAX + past);
    assert_int_equal(count_of(&t, DIAG_E0213), past);
  }
  arena_free(a);
}

/* A term is five nodes: the field, the number, the money made of it, the comparison and the `and` (or the copy at the
 * use). */
static void nodes(void **state) {
  (void)state;
  arena *a = arena_new();
  enum { TERMS = 100, FITS = COND_NODES_MAX / (TERMS * 5) };
  for (int past = 0; past < 2; past++) {
    text t = text_new(a);
    text_cstr(&t, "define part as amount > 1");
    for (int i = 1; i < TERMS; i++) text_cstr(&t, " and amount > 1");
    text_cstr(&t, "\nladder a for invoices where part");
    for (int i = 1; i < FITS + past; i++) text_cstr(&t, " or part");
    text_cstr(&t, "\n  at 1d  log \"x\"\n");
    assert_int_equal(count_of(&t, DIAG_E0214), past);
  }
  arena_free(a);
}

/* Definitions of definitions: ten times as many terms a line. That it ends at once is the test. */
static void definitions_do_not_multiply(void **state) {
  (void)state;
  arena *a = arena_new();
  text t = text_new(a);
  text_cstr(&t, "define d0 as customer.overdue_total > 1\n");
  for (int i = 1; i < 60; i++) {
    text_printf(&t, "define d%d as d%d", i, i - 1);
    for (int k = 1; k < 10; k++) text_printf(&t, " and d%d", i - 1);
    text_cstr(&t, "\n");
  }
  text_cstr(&t, "rule a: when d59 log \"x\"\n");
  assert_int_equal(count_of(&t, DIAG_E0214), 1);
  arena_free(a);
}

static void depth(void **state) {
  (void)state;
  arena *a = arena_new();
  for (int past = 0; past < 2; past++) {
    text t = text_new(a);
    enum { NOTS = 100 };
    text_cstr(&t, "define d0 as disputed\n");
    int levels = 1; /* of d0 */
    for (int i = 1; levels + NOTS + 1 <= COND_DEPTH_MAX - 1; i++, levels += NOTS + 1) {
      text_printf(&t, "define d%d as ", i);
      for (int k = 0; k < NOTS; k++) text_cstr(&t, "not ");
      text_printf(&t, "d%d\n", i - 1);
    }
    text_cstr(&t, "ladder a for invoices where ");
    for (int k = levels + 1; k < COND_DEPTH_MAX + past; k++) text_cstr(&t, "not ");
    text_printf(&t, "d%d\n  at 1d  log \"x\"\n", (levels - 1) / (NOTS + 1));
    assert_int_equal(count_of(&t, DIAG_E0214), past);
  }
  arena_free(a);
}

/* All conditions together: each of them fits. */
static void all_nodes(void **state) {
  (void)state;
  arena *a = arena_new();
  enum { TERMS = 4000 };
  for (int past = 0; past < 2; past++) {
    text t = text_new(a);
    text_cstr(&t, "define part as amount > 1");
    for (int i = 1; i < TERMS; i++) text_cstr(&t, " and amount > 1");
    text_char(&t, '\n');
    for (int i = 0; i < NODES_MAX / (TERMS * 5) + past; i++)
      text_printf(&t, "ladder l%d for invoices where part\n  at 1d  log \"x\"\n", i);
    assert_int_equal(count_of(&t, DIAG_E0214), past);
  }
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(repeats),
      cmocka_unit_test(rules),
      cmocka_unit_test(repeats_do_not_multiply),
      cmocka_unit_test(actions_of_a_rung),
      cmocka_unit_test(meeting_actions),
      cmocka_unit_test(custom_fields),
      cmocka_unit_test(message_limits),
      cmocka_unit_test(nodes),
      cmocka_unit_test(definitions_do_not_multiply),
      cmocka_unit_test(depth),
      cmocka_unit_test(all_nodes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
