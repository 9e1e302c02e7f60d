/* JSON as RFC 8259 has it: what is and what is not, numbers to the last digit, texts to the last bit, and no text of a
 * broken input in what is said about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lang/base/utf8.h"
#include "stdlib/net/json.h"

static int begin(void **state) {
  *state = arena_new();
  return 0;
}
static int end(void **state) {
  arena_free(*state);
  return 0;
}

static const json *read_slice(arena *a, slice text) {
  slice why = {0};
  const json *j = json_parse(text, a, &why);
  if (!j) assert_true(slice_starts(why, SLICE("it is not JSON")));
  return j;
}
static const json *must_read(arena *a, const char *text) {
  const json *j = read_slice(a, slice_of(text));
  if (!j) fail_msg("does not read: %s", text);
  return j;
}

static slice again(arena *a, const json *j) {
  json_writer *w = json_write(a);
  json_put_json(w, NULL, j);
  return json_written(w);
}

#define SAME(s, text) assert_true(slice_eq((s), slice_of(text)))

/* What is read, and how it is written again. */
static const struct {
  const char *text, *written;
} FINE[] = {
    {"{}", NULL},
    {"[]", NULL},
    {" [ ] \n", "[]"},
    {"\t{ \"a\" : 1 , \"b\" : [ true , false , null ] }\r\n", "{\"a\":1,\"b\":[true,false,null]}"},
    {"\"text\"", NULL},
    {"null", NULL},
    {"0", NULL},
    {"-0", NULL},
    {"-0.0", NULL},
    {"[0.1,1e5,1E+5,1e-5,123456789012345678901234567890.123456789]", NULL},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
    {"\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"", "\"Aé€😀\""},
    {"\"\\u0001\\u001F\x7f\"", "\"\\u0001\\u001F\x7f\""},
    {"\"\\ud83d\"", "\"\xEF\xBF\xBD\""},
    {"\"\\ud83dx\"", "\"\xEF\xBF\xBDx\""},
    {"\"\\ud83d\\u0041\"", "\"\xEF\xBF\xBD"
                           "A\""},
    {"\"\\ude00\\ud83d\"", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"\"a\\u0000b\"", "\"a\xEF\xBF\xBD"
                      "b\""},
    {"\xEF\xBB\xBF{\"a\":1}", "{\"a\":1}"},
    {"{\"\":0}", NULL},
    {"{\"a\":1,\"a\":2}", NULL},
    {"\"ção 漢字 🧾\"", NULL},
};

static const char *const NOT[] = {"",
                                  " ",
                                  "{",
                                  "}",
                                  "[",
                                  "]",
                                  "[1,]",
                                  "[,1]",
                                  "[1 2]",
                                  "[1}",
                                  "{\"a\"}",
                                  "{\"a\":}",
                                  "{\"a\":1,}",
                                  "{\"a\" 1}",
                                  "{a:1}",
                                  "{'a':1}",
                                  "{1:1}",
                                  "{\"a\":1]",
                                  "tru",
                                  "True",
                                  "nul",
                                  "NaN",
                                  "Infinity",
                                  "-",
                                  "+1",
                                  "01",
                                  "-01",
                                  "1.",
                                  ".5",
                                  "1.e5",
                                  "1e",
                                  "1e+",
                                  "0x10",
                                  "1_000",
                                  "1,5",
                                  "\"",
                                  "\"a",
                                  "\"\\",
                                  "\"\\\"",
                                  "\"\\x\"",
                                  "\"\\u12\"",
                                  "\"\\u12g4\"",
                                  "\"\\ud83d\\u12\"",
                                  "\"a\nb\"",
                                  "\"a\tb\"",
                                  "\"\xff\"",
                                  "\"\xc0\xaf\"",
                                  "\"\xed\xa0\x80\"",
                                  "\"\xe2\x82\"",
                                  "[\"a\"] x",
                                  "[] []",
                                  "/* */ []",
                                  "[1] //",
                                  "\xEF\xBB\xBF",
                                  "\xEF\xBB []",
                                  "\xC2\xA0[]"};

static void what_is_json(void **state) {
  for (size_t i = 0; i < sizeof FINE / sizeof *FINE; i++) {
    const char *expected = FINE[i].written ? FINE[i].written : FINE[i].text;
    slice out = again(*state, must_read(*state, FINE[i].text));
    if (!slice_eq(out, slice_of(expected))) fail_msg("%s is written %.*s", FINE[i].text, SLICE_ARG(out));
  }
}

static void what_is_not(void **state) {
  for (size_t i = 0; i < sizeof NOT / sizeof *NOT; i++)
    if (read_slice(*state, slice_of(NOT[i]))) fail_msg("is read: %s", NOT[i]);
  assert_null(read_slice(*state, (slice){"[1]\0", 4}));
  assert_null(read_slice(*state, (slice){"[\"a\0b\"]", 7}));
  slice why;
  assert_null(json_parse(SLICE("{\"password\": hunter2}"), *state, &why));
  SAME(why, "it is not JSON: at byte 13 a value is expected");
}

/* Every head of a good text is none, and reads nothing past its end (the sanitiser sees it). */
static void cut_anywhere(void **state) {
  static const char TEXT[] = "{\"a\":[-1.5e+10,true,null,\"\\ud83d\\ude00é\\n\"],\"b\":{\"c\":false}}";
  for (size_t n = 0; n + 1 < sizeof TEXT - 1; n++) {
    char *exact = test_malloc(n + 1);
    memcpy(exact, TEXT, n);
    assert_null(read_slice(*state, (slice){exact, n}));
    test_free(exact);
  }
  assert_non_null(read_slice(*state, SLICE(TEXT)));
}

static void depth_is_bounded(void **state) {
  char text[4 * JSON_DEPTH_MAX];
  memset(text, '[', JSON_DEPTH_MAX);
  memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
  const json *j = read_slice(*state, (slice){text, 2 * JSON_DEPTH_MAX});
  assert_non_null(j);
  assert_int_equal(again(*state, j).n, 2 * JSON_DEPTH_MAX);
  memset(text, '[', JSON_DEPTH_MAX + 1);
  memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
  assert_null(read_slice(*state, (slice){text, 2 * JSON_DEPTH_MAX + 2}));
}

static void paths(void **state) {
  const json *j =
      must_read(*state, "{\"resumo\":{\"nValAberto\":1000.10},\"parcelas\":[{\"valor\":\"1\"},{\"valor\":2}],"
                        "\"sim\":\"S\",\"nao\":\"N\",\"a\":1,\"a\":2,\"odata.nextLink\":\"x\"}");
  SAME(json_text_at(j, "resumo.nValAberto"), "1000.10");
  SAME(json_text_at(j, "parcelas[0].valor"), "1");
  SAME(json_text_at(j, "parcelas[1].valor"), "2");
  SAME(json_text_at(j, "a"), "2");
  SAME(json_text(json_member(j, SLICE("odata.nextLink"))), "x");
  assert_int_equal(json_count(json_at(j, "parcelas")), 2);
  assert_int_equal(json_count(j), 7);
  SAME(json_name(json_item(j, 1)), "parcelas");
  static const char *const NOWHERE[] = {"x",
                                        "resumo.x",
                                        "resumo[0]",
                                        "parcelas[2]",
                                        "parcelas[-1]",
                                        "parcelas[0",
                                        "sim.x",
                                        "parcelas.0",
                                        "[0]",
                                        "parcelas[]",
                                        "parcelas[0].valor.x",
                                        "sim[0]",
                                        "parcelas[99999999999999999999]"};
  for (size_t i = 0; i < sizeof NOWHERE / sizeof *NOWHERE; i++) {
    assert_null(json_at(j, NOWHERE[i]));
    assert_int_equal(json_text_at(j, NOWHERE[i]).n, 0);
  }
  assert_true(json_true(json_at(j, "sim")));
  assert_false(json_true(json_at(j, "nao")));
  assert_false(json_true(NULL));
  assert_null(json_at(NULL, "a"));
  assert_null(json_item(NULL, 0));
  assert_int_equal(json_count(NULL), 0);
  assert_int_equal(json_kind_of(NULL), JSON_NULL);
}

static const struct {
  const char *text;
  bool is;
  int64_t n;
  uint8_t scale;
} DECIMALS[] = {
    {"1000.10", true, 100010, 2},
    {"\"1000.10\"", true, 100010, 2},
    {"0.1", true, 1, 1},
    {"90071992547409.93", true, 9007199254740993, 2}, /* a float makes .92 of it */
    {"1.0E7", true, 10000000, 0},
    {"1.5e-3", true, 15, 4},
    {"1.25e1", true, 125, 1},
    {"-12.5e+2", true, -1250, 0},
    {"0e999999999", true, 0, 0},
    {"9223372036854775807", true, INT64_MAX, 0},
    {"9223372036854775808", false, 0, 0},
    {"1e19", false, 0, 0},
    {"1e99999999999999", false, 0, 0},
    {"1e-99999999999999", false, 0, 0},
    {"\"1,000.00\"", false, 0, 0},
    {"\"1_000\"", false, 0, 0},
    {"\" 1\"", false, 0, 0},
    {"\"\"", false, 0, 0},
    {"true", false, 0, 0},
    {"null", false, 0, 0},
    {"[1]", false, 0, 0},
};

static void numbers_are_exact(void **state) {
  for (size_t i = 0; i < sizeof DECIMALS / sizeof *DECIMALS; i++) {
    decimal d;
    bool is = json_decimal(must_read(*state, DECIMALS[i].text), &d);
    if (is != DECIMALS[i].is) fail_msg("%s", DECIMALS[i].text);
    if (is && (d.n != DECIMALS[i].n || d.scale != DECIMALS[i].scale))
      fail_msg("%s is %lld with %d decimals", DECIMALS[i].text, (long long)d.n, d.scale);
  }
  int64_t n;
  assert_true(json_int(must_read(*state, "1000.00"), &n));
  assert_int_equal(n, 1000);
  assert_true(json_int(must_read(*state, "\"-2028\""), &n));
  assert_int_equal(n, -2028);
  assert_false(json_int(must_read(*state, "1000.01"), &n));
  assert_false(json_int(NULL, &n));
}

static void what_is_written(void **state) {
  json_writer *w = json_write(*state);
  json_begin_object(w, NULL);
  json_put_text(w, "call", SLICE("Listar\"Contas\"\n"));
  json_begin_list(w, "param");
  json_begin_object(w, NULL);
  json_put_int(w, "pagina", INT64_MIN);
  json_put_number(w, "valor", SLICE("1000.00"));
  json_put_bool(w, "sim", true);
  json_end(w);
  json_put_null(w, NULL);
  json_put_text(w, NULL, (slice){"a\xff\xc3(\xc3\xa9", 6});
  json_begin_list(w, NULL);
  json_end(w);
  json_end(w);
  json_end(w);
  slice out = json_written(w);
  SAME(out, "{\"call\":\"Listar\\\"Contas\\\"\\n\",\"param\":[{\"pagina\":-9223372036854775808,\"valor\":1000.00,"
            "\"sim\":true},null,\"a\xEF\xBF\xBD\xEF\xBF\xBD(é\",[]]}");
  assert_non_null(read_slice(*state, out));
  SAME(json_escaped(SLICE("a\"\\\x01/"), *state), "a\\\"\\\\\\u0001/");
}

/* The tree owes nothing to the text that it was read from. */
static void the_text_may_go(void **state) {
  char text[] = "{\"a\":\"b\\u0063\"}";
  const json *j = must_read(*state, text);
  memset(text, 'x', sizeof text - 1);
  SAME(json_text_at(j, "a"), "bc");
}

int main(void) {
#define WITH(f) cmocka_unit_test_setup_teardown(f, begin, end)
  const struct CMUnitTest tests[] = {WITH(what_is_json),     WITH(what_is_not),    WITH(cut_anywhere),
                                     WITH(depth_is_bounded), WITH(paths),          WITH(numbers_are_exact),
                                     WITH(what_is_written),  WITH(the_text_may_go)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
