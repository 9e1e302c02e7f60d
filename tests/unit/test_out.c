/* Results, the progress bar and the command line, on a world in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/cli/args.h"
#include "runtime/cli/out.h"
#include "runtime/cli/progress.h"
#include "runtime/world_fake.h"

static int begin(void **state) {
  *state = world_fake_new(0);
  return 0;
}
static int end(void **state) {
  world_fake_free(*state);
  return 0;
}

static void printed(world *w, world_stream stream, const char *expected) {
  slice got = world_fake_output(w, stream);
  if (!slice_eq(slice_of(expected), got)) fail_msg("expected:\n%s\ngot:\n%.*s", expected, SLICE_ARG(got));
}

static const out_column COLUMNS[] = {{.name = "number", .title = "invoice"},
                                     {.name = "open", .kind = OUT_NUMBER, .keep = true},
                                     {.name = "paid", .kind = OUT_YESNO},
                                     {.name = "count", .kind = OUT_NUMBER},
                                     {.name = "note"}};
enum { N = 5 };

static void print_rows(world *w, out_format format) {
  out *o = out_begin(w, format, COLUMNS, N);
  const slice rows[][N] = {
      {SLICE("A-1"), SLICE("1500.00"), SLICE("no"), SLICE("12"), SLICE("send \"x\", now")},
      {SLICE("Ação"), SLICE("-7.5"), SLICE("yes"), SLICE("-3"), SLICE("a|b\nc")},
      {SLICE("日本"), SLICE(""), SLICE(""), SLICE("007x"), SLICE("\x1b[31mred")},
  };
  for (size_t i = 0; i < 3; i++) out_row(o, rows[i]);
  assert_int_equal(out_rows(o), 3);
  world_code why;
  assert_true(out_end(o, &why));
}

static void csv_quotes_only_what_must_be(void **state) {
  print_rows(*state, OUT_csv);
  printed(*state, WORLD_STDOUT,
          "number,open,paid,count,note\n"
          "A-1,1500.00,no,12,\"send \"\"x\"\", now\"\n"
          "Ação,-7.5,yes,-3,\"a|b\nc\"\n"
          "日本,,,007x,\x1b[31mred\n");
}

static void json_has_types(void **state) {
  print_rows(*state, OUT_json);
  printed(
      *state, WORLD_STDOUT,
      "[\n  {\"number\":\"A-1\",\"open\":\"1500.00\",\"paid\":false,\"count\":12,\"note\":\"send \\\"x\\\", now\"},\n"
      "  {\"number\":\"Ação\",\"open\":\"-7.5\",\"paid\":true,\"count\":-3,\"note\":\"a|b\\nc\"},\n"
      "  {\"number\":\"日本\",\"open\":null,\"paid\":null,\"count\":\"007x\",\"note\":\"\\u001B[31mred\"}\n]\n");
}

static void an_empty_json_is_an_array(void **state) {
  world_code why;
  assert_true(out_end(out_begin(*state, OUT_json, COLUMNS, N), &why));
  printed(*state, WORLD_STDOUT, "[]\n");
}

static void md_escapes_its_bars(void **state) {
  print_rows(*state, OUT_md);
  printed(*state, WORLD_STDOUT,
          "| invoice | open | paid | count | note |\n| --- | ---: | --- | ---: | --- |\n"
          "| A-1 | 1500.00 | no | 12 | send \"x\", now |\n| Ação | -7.5 | yes | -3 | a\\|b c |\n"
          "| 日本 |  |  | 007x |  [31mred |\n");
}

static void a_table_is_aligned_by_what_is_seen(void **state) {
  print_rows(*state, OUT_table);
  printed(*state, WORLD_STDOUT,
          "invoice     open  paid  count  note\n"
          "───────  ───────  ────  ─────  ─────────────\n"
          "A-1      1500.00  no       12  send \"x\", now\n"
          "Ação        -7.5  yes      -3  a|b c\n"
          "日本                     007x   [31mred\n");
}

static void colour_is_for_terminals_alone(void **state) {
  world *w = *state;
  assert_false(out_color(w, WORLD_STDOUT));
  world_fake_set_terminal(w, 80);
  assert_true(out_color(w, WORLD_STDOUT));
  world_fake_set_env(w, "NO_COLOR", "");
  assert_true(out_color(w, WORLD_STDOUT));
  world_fake_set_env(w, "NO_COLOR", "1");
  assert_false(out_color(w, WORLD_STDOUT));
}

static void a_narrow_terminal_shortens_the_widest(void **state) {
  world *w = *state;
  world_fake_set_terminal(w, 40);
  world_fake_set_env(w, "NO_COLOR", "1");
  print_rows(w, OUT_table);
  slice got = world_fake_output(w, WORLD_STDOUT);
  assert_non_null(strstr(got.p, "send \"x\"…"));
  assert_non_null(strstr(got.p, "1500.00"));
  for (const char *line = got.p; *line;) {
    const char *nl = strchr(line, '\n');
    assert_true(out_width((slice){line, (size_t)(nl - line)}) <= 40);
    line = nl + 1;
  }
}

static void a_table_of_many_rows_streams(void **state) {
  world *w = *state;
  out *o = out_begin(w, OUT_table, COLUMNS, 1);
  const slice value = SLICE("x");
  for (int i = 0; i < 100000; i++) out_row(o, &value);
  assert_true(world_fake_output(w, WORLD_STDOUT).n > 100000); /* not held back to the end */
  world_code why;
  assert_true(out_end(o, &why));
}

static void a_full_disk_is_reported(void **state) {
  world *w = *state;
  world_fake_fail_writes(w, 1, WORLD_NO_SPACE);
  out *o = out_begin(w, OUT_csv, COLUMNS, N);
  world_code why;
  assert_false(out_end(o, &why));
  assert_int_equal(why, WORLD_NO_SPACE);
}

static void csv_fields_fit_where_they_are_put(void **state) {
  (void)state;
  char to[16];
  assert_int_equal(out_csv_field(SLICE("plain"), to, sizeof to), 5);
  assert_int_equal(out_csv_field(SLICE("a\"b"), to, sizeof to), 6);
  assert_memory_equal(to, "\"a\"\"b\"", 6);
  assert_int_equal(out_csv_field(SLICE("a,b"), to, 2), 5); /* cut, its length told */
}

static void progress_waits_a_second(void **state) {
  world *w = *state;
  progress p;
  world_fake_set_terminal(w, 80);
  progress_begin(&p, w, "invoices.csv", 200);
  progress_at(&p, 10);
  printed(w, WORLD_STDERR, "");
  w->sleep_ns(w, 1100000000);
  progress_at(&p, 100);
  assert_non_null(strstr(world_fake_output(w, WORLD_STDERR).p, "invoices.csv ████████████░░░░░░░░░░░░  50%"));
  size_t n = world_fake_output(w, WORLD_STDERR).n;
  progress_at(&p, 101);
  assert_int_equal(world_fake_output(w, WORLD_STDERR).n, n);
  progress_end(&p);
  progress_end(&p);
  assert_int_equal(world_fake_output(w, WORLD_STDERR).n, n + 4);
}

static void no_progress_without_a_terminal(void **state) {
  world *w = *state;
  progress p;
  progress_begin(&p, w, "x", 10);
  w->sleep_ns(w, 5000000000);
  progress_at(&p, 5);
  progress_end(&p);
  printed(w, WORLD_STDERR, "");
}

/* ---- the command line ---- */

static const command COMMANDS[] = {
    {.name = "plan",
     .summary = TXT_SUM_plan,
     .usage = TXT_USE_plan,
     .words_min = 1,
     .words_max = 1,
     .options = ARG_BIT(today) | ARG_BIT(format) | ARG_BIT(store) | ARG_BIT(exit_code)},
    {.name = "simulate",
     .summary = TXT_SUM_simulate,
     .usage = TXT_USE_simulate,
     .words_min = 1,
     .words_max = 1,
     .options = ARG_BIT(from) | ARG_BIT(to) | ARG_BIT(data) | ARG_BIT(lang)},
};

typedef struct parsed {
  bool fine;
  int status;
  args a;
} parsed;

static arena *perm;

static parsed parse(world *w, char *line) {
  char *argv[32];
  int argc = 0;
  for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
  parsed p = {.status = -1};
  p.fine = args_parse(w, COMMANDS, 2, argc, argv, perm, &p.a, &p.status);
  return p;
}
#define PARSE(w, line) parse(w, (char[]){line})

static int begin_args(void **state) {
  perm = arena_new();
  return begin(state);
}
static int end_args(void **state) {
  arena_free(perm);
  return end(state);
}

static void options_stand_anywhere(void **state) {
  parsed p = PARSE(*state, "plan --today 2026-03-31 p.dun --format=json --exit-code");
  assert_true(p.fine);
  assert_int_equal(p.a.value[ARG_today].number, 20543);
  assert_int_equal(p.a.format, OUT_json);
  assert_true(p.a.value[ARG_exit_code].given);
  assert_false(p.a.value[ARG_store].given);
  assert_int_equal(p.a.word_count, 1);
  assert_true(slice_eq(p.a.word[0], SLICE("p.dun")));
  p = PARSE(*state, "plan -- --today");
  assert_true(p.fine);
  assert_true(slice_eq(p.a.word[0], SLICE("--today")));
  p = PARSE(*state, "simulate p.dun --lang português");
  assert_true(p.fine);
  assert_int_equal(p.a.lang, LANG_PT);
}

static void misuse_is_status_two_with_a_hint(void **state) {
  static const struct {
    const char *line, *part;
  } cases[] = {
      {"plam x", "did you mean \"plan\""},
      {"plan x --tody 2026-01-01", "did you mean --today?"},
      {"plan x --data d", "option of other commands"},
      {"plan x --frobnicate", "there is no option --frobnicate"},
      {"plan x --today 2026-02-30", "a date like 2026-03-31"},
      {"plan x --today", "needs a value"},
      {"plan x --format xml", "table, csv, json, md"},
      {"plan x --exit-code=1", "takes no value"},
      {"plan x --store a --store b", "twice"},
      {"plan", "missing"},
      {"plan a b", "\"b\" is one argument too many"},
      {"simulate x --from 2026-02-01 --to 2026-01-01", "--from is after --to"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    world *w = *state;
    size_t before = world_fake_output(w, WORLD_STDERR).n;
    char line[100];
    snprintf(line, sizeof line, "%s", cases[i].line);
    parsed p = parse(w, line);
    assert_false(p.fine);
    assert_int_equal(p.status, EXIT_USAGE);
    const char *said = world_fake_output(w, WORLD_STDERR).p + before;
    if (!strstr(said, cases[i].part)) fail_msg("%s: %s", cases[i].line, said);
  }
  printed(*state, WORLD_STDOUT, "");
}

static void help_comes_from_the_table(void **state) {
  parsed p = PARSE(*state, "plan --help");
  assert_false(p.fine);
  assert_int_equal(p.status, EXIT_FINE);
  slice help = world_fake_output(*state, WORLD_STDOUT);
  assert_true(
      slice_starts(help, SLICE("dun plan: what would go out today, to whom and why; nothing is sent or stored\n\n"
                               "Usage: dun plan [POLICY|PROJECT] [OPTIONS]\n\nOptions:\n")));
  assert_non_null(strstr(help.p, "  --today DATE     the civil date"));
  assert_null(strstr(help.p, "--from"));
}

int main(void) {
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define WITH_ARGS(test) cmocka_unit_test_setup_teardown(test, begin_args, end_args)
  const struct CMUnitTest tests[] = {
      WITH(csv_quotes_only_what_must_be),
      WITH(json_has_types),
      WITH(an_empty_json_is_an_array),
      WITH(md_escapes_its_bars),
      WITH(a_table_is_aligned_by_what_is_seen),
      WITH(colour_is_for_terminals_alone),
      WITH(a_narrow_terminal_shortens_the_widest),
      WITH(a_table_of_many_rows_streams),
      WITH(a_full_disk_is_reported),
      cmocka_unit_test(csv_fields_fit_where_they_are_put),
      WITH(progress_waits_a_second),
      WITH(no_progress_without_a_terminal),
      WITH_ARGS(options_stand_anywhere),
      WITH_ARGS(misuse_is_status_two_with_a_hint),
      WITH_ARGS(help_comes_from_the_table),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
