/* The connector by mapping, word by word: paths, dates, what a mapping's mistakes are told, what leaves and what comes
 * of it. Whole syncs are in run_rest.py, Xero's description in run_rest_prism.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/http_script.h"
#include "runtime/cli/texts.h"
#include "runtime/world_fake.h"
#include "stdlib/erp/rest_impl.h"
#include "stdlib/erp/sql_impl.h"
#include "tests/support/stored.h"

#define SAID(s, expected)                                                                                              \
  do {                                                                                                                 \
    slice said_ = (s);                                                                                                 \
    if (!slice_eq(said_, slice_of(expected))) fail_msg("\"%.*s\", not \"%s\"", SLICE_ARG(said_), (expected));          \
  } while (0)

/* ---- paths and values ---- */

#define RECORD                                                                                                         \
  "{\"a\":{\"b\":[1,2.50,\"x\"]},\"odd.name\":\"o\",\"t\":true,\"n\":null,\"phones\":[{\"kind\":\"FAX\",\"no\":\"1\"}" \
  ","                                                                                                                  \
  "{\"kind\":\"MOBILE\",\"no\":\"2\"},{\"kind\":\"MOBILE\"},{\"kind\":\"MOBILE\",\"no\":\" 4 \"}]}"

static void paths_lead_to_values(void **state) {
  static const struct {
    const char *path, *value;
  } PATHS[] = {{"a.b[0]", "1"},
               {"a.b[1]", "2.50"},
               {"a.b[]", "1;2.50;x"},
               {"a.b", ""},
               {"a.b[7]", ""},
               {"a[0]", ""},
               {"'odd.name'", "o"},
               {"t", "true"},
               {"n", ""},
               {"n.x.y", ""},
               {"phones[kind=MOBILE].no", "2;4"},
               {"phones[kind='FAX'].no", "1"},
               {"phones[].kind", "FAX;MOBILE;MOBILE;MOBILE"},
               {"phones[1].no", "2"},
               {"nothing", ""}};
  static const struct {
    const char *path, *why;
  } WRONG[] = {{"a..b", "a name is missing: a path is written Contact.ContactID, or Phones[0].Number"},
               {"a.", "a name is missing behind the last point"},
               {"a[x", "in brackets stands a number ([0]), nothing ([]), or name=value ([Type=MOBILE])"},
               {"a[=1]", "in brackets stands a number ([0]), nothing ([]), or name=value ([Type=MOBILE])"},
               {"a[0]b", "behind ] or a quoted name stands a point, a bracket or nothing"},
               {"'a", "a name is missing: a path is written Contact.ContactID, or Phones[0].Number"}};
  (void)state;
  arena *perm = arena_new();
  slice why;
  rest_path p;
  const json *j = json_parse(SLICE(RECORD), perm, &why);
  for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
    assert_null(rest_path_read(slice_of(PATHS[i].path), perm, &p));
    SAID(rest_text(j, &p, perm), PATHS[i].value);
  }
  for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
    assert_string_equal(rest_path_read(slice_of(WRONG[i].path), perm, &p), WRONG[i].why);
  assert_null(rest_path_read(SLICE(""), perm, &p));
  assert_ptr_equal(rest_at(j, &p), j);
  arena_free(perm);
}

static void dates_are_days(void **state) {
  static const struct {
    const char *text;
    record_dates form;
    const char *day; /* NULL: it is none; "": missing */
  } DATES[] = {{"2026-03-31", RECORD_ISO, "2026-03-31"},
               {"2026-03-31T23:59:59Z", RECORD_DMY, "2026-03-31"},
               {"2026-03-31 10:00:00.123+02", RECORD_ISO, "2026-03-31"},
               {"2026-02-29", RECORD_ISO, NULL},
               {"0000-00-00", RECORD_ISO, ""},
               {"/Date(1546128000000+0000)/", RECORD_ISO, "2018-12-30"},
               {"/Date(1546128000000)/", RECORD_ISO, "2018-12-30"},
               {"/Date(1494158400000+1200)/", RECORD_ISO, "2017-05-08"}, /* noon UTC is midnight there */
               {"/Date(-86400001)/", RECORD_ISO, "1969-12-30"},
               {"/Date(x)/", RECORD_ISO, NULL},
               {"31/03/2026", RECORD_DMY, "2026-03-31"},
               {"03/31/2026", RECORD_MDY, "2026-03-31"},
               {"31/03/2026", RECORD_ISO, NULL},
               {"20260331", RECORD_PLAIN, "2026-03-31"},
               {"1774915200", RECORD_SECONDS, "2026-03-31"},
               {"1774915200000", RECORD_MILLISECONDS, "2026-03-31"},
               {"99999999999999999", RECORD_SECONDS, NULL},
               {"soon", RECORD_SECONDS, NULL}};
  (void)state;
  for (size_t i = 0; i < sizeof DATES / sizeof *DATES; i++) {
    char iso[DATE_TEXT_MAX];
    civil_date d;
    const char *why = record_date(slice_of(DATES[i].text), DATES[i].form, &d.day);
    if (!why) (void)date_iso(d, iso);
    if ((why == NULL) != (DATES[i].day != NULL)) fail_msg("%s: %s", DATES[i].text, why ? why : iso);
    if (!why) assert_string_equal(iso, DATES[i].day);
  }
}

/* ---- a mapping ---- */

#define MAPPING                                                                                                        \
  "{\"name\":\"House\",\"address\":\"https://erp.example/api\",\"proof\":{\"by\":\"header\",\"header\":\"X-Key\"},"    \
  "\"headers\":{\"X-Tenant\":\"{tenant}\"},\"limits\":{\"per_minute\":6000,\"at_once\":4},\"currency\":\"BRL\","       \
  "\"feeds\":[{\"into\":\"customers\",\"path\":\"/{tenant}/c\",\"fields\":{\"id\":\"id\",\"name\":\"name\"}},"         \
  "{\"into\":\"invoices\",\"path\":\"/i\",\"query\":{\"where\":\"a=1 & b\"},\"rows\":\"v\","                           \
  "\"pages\":{\"by\":\"number\",\"parameter\":\"page\",\"size\":2},"                                                   \
  "\"changed\":{\"parameter\":\"since\",\"value\":\"{http}\"},"                                                        \
  "\"fields\":{\"number\":\"no\",\"source_id\":\"id\",\"customer\":\"c\",\"amount\":\"sum\",\"due\":\"due\","          \
  "\"status\":{\"at\":\"st\",\"map\":{\"A\":\"open\"},\"otherwise\":\"cancelled\"}},"                                  \
  "\"one\":{\"path\":\"/i/{id}\",\"query\":{\"x\":\"{id}\"},\"row\":\"v[0]\"}}],"                                      \
  "\"writes\":{\"update due date in erp\":{\"method\":\"PATCH\",\"path\":\"/i/{id}\",\"query\":{\"n\":\"{number}\"},"  \
  "\"headers\":{\"Idempotency-Key\":\"{key}\"},\"body\":{\"due\":\"{date}\",\"sum\":\"{amount:number}\","              \
  "\"list\":[\"{what}: {text}\",7,null,true]},\"again\":true},"                                                        \
  "\"mark\":{\"method\":\"POST\",\"path\":\"/i/{id}/notes\",\"body\":{\"note\":\"{text}\"}}}}"

typedef struct fixture {
  world *w;
  store *s;
  arena *perm;
  erp *e;
  connection c;
} fixture;

static const setting SETTINGS[] = {{SLICE("mapping"), SLICE("house.json"), false},
                                   {SLICE("tenant"), SLICE("a b/c"), false},
                                   {SLICE("key"), SLICE("KEY"), true}};

static int begin(void **state) {
  fixture *f = calloc(1, sizeof *f);
  slice why;
  store_error failed;
  assert_non_null(f);
  f->w = world_fake_new(1772712000000000000); /* 2026-03-05T12:00Z */
  f->perm = arena_new();
  world_fake_set_env(f->w, "KEY", "s3cret");
  world_fake_put_file(f->w, "house.json", SLICE(MAPPING));
  script_begin(f->w);
  f->c = (connection){.kind = SLICE("erp"), .vendor = SLICE("rest"), .settings = SETTINGS, .setting_count = 3};
  f->e = REST.open(f->w, f->perm, &f->c, &why);
  if (!f->e) fail_msg("%.*s", SLICE_ARG(why));
  assert_int_equal(store_open(f->w, ":memory:", &f->s, &failed), STORE_OK);
  *state = f;
  return 0;
}

static int end(void **state) {
  fixture *f = *state;
  REST.close(f->e);
  store_close(f->s);
  arena_free(f->perm);
  script_end();
  world_fake_free(f->w);
  free(f);
  return 0;
}

static erp_report sync(fixture *f, bool whole) {
  erp_report r;
  erp_sync_options o = {.whole = whole};
  if (erp_sync_all(f->w, f->s, &REST, f->e, &o, f->perm, &r) != ERP_END) fail_msg("%.*s", SLICE_ARG(r.failure.why));
  return r;
}

static void pages_are_asked_for_as_it_says(void **state) {
  fixture *f = *state;
  script_answer(200, "[{\"id\":7,\"name\":\"Ana\"}]");
  script_answer(
      200, "{\"v\":[{\"no\":\"F1\",\"id\":1,\"c\":7,\"sum\":1.5e3,\"due\":\"2026-03-31\",\"st\":\"A\"},"
           "{\"no\":\"F2\",\"id\":2,\"c\":7,\"sum\":\"1500.00000000000000000000\",\"due\":\"2026-03-31T00:00\"}]}");
  script_answer(200, "{\"v\":[{\"no\":\"F3\",\"id\":3,\"c\":7,\"sum\":0.005,\"due\":\"2026-03-31\"}]}");
  erp_report r = sync(f, false);
  assert_string_equal(script.asked[0].url, "https://erp.example/api/a%20b%2Fc/c");
  assert_string_equal(script.asked[0].headers, "X-Tenant: a b/c\nAccept: application/json\n");
  assert_string_equal(script.asked[0].proof, "s3cret");
  assert_string_equal(script.asked[1].url, "https://erp.example/api/i?where=a%3D1%20%26%20b&page=1");
  assert_string_equal(script.asked[2].url, "https://erp.example/api/i?where=a%3D1%20%26%20b&page=2");
  assert_int_equal(r.feed[1].added, 2);
  assert_int_equal(r.feed[1].rejected, 1);
  assert_string_equal(r.feed[1].reason[0].text, "\"0.005\" in column \"amount\" has more decimals than its currency");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F1", "status"), "open");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F2", "status"),
                      "cancelled"); /* `otherwise`, of nothing too */
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F1", "source_id"), "1");
  script_answer(200, "[]");
  script_answer(200, "{\"v\":null}");
  (void)sync(f, false);
  assert_string_equal(
      script_last()->url,
      "https://erp.example/api/i?where=a%3D1%20%26%20b&since=Thu%2C%2005%20Mar%202026%2011%3A50%3A00%20GMT&page=1");
}

static void one_row_is_the_one_that_was_asked_for(void **state) {
  fixture *f = *state;
  erp_failure why;
  bool there;
  script_answer(200, "[{\"id\":7,\"name\":\"Ana\"}]");
  script_answer(200, "{\"v\":[{\"no\":\"F1\",\"id\":\"x/1\",\"c\":7,\"sum\":1,\"due\":\"2026-03-31\",\"st\":\"A\"}]}");
  (void)sync(f, false);
  script_answer(200, "{\"v\":[{\"no\":\"F1\",\"id\":\"x/1\",\"c\":7,\"sum\":2,\"due\":\"2026-03-31\",\"st\":\"A\"}]}");
  assert_int_equal(erp_read_again(f->s, &REST, f->e, STORE_T_invoice, SLICE("x/1"), &there, f->perm, &why), ERP_END);
  assert_string_equal(script_last()->url, "https://erp.example/api/i/x%2F1?x=x%2F1");
  assert_true(there);
  script_answer(200, "{\"v\":[{\"no\":\"F9\",\"id\":9,\"c\":7,\"sum\":2,\"due\":\"2026-03-31\",\"st\":\"A\"}]}");
  assert_int_equal(erp_read_again(f->s, &REST, f->e, STORE_T_invoice, SLICE("x/1"), &there, f->perm, &why), ERP_FAILED);
  SAID(why.why, "asked for one row of the feed \"invoices\", House gave another one: look at `one` in the mapping");
  script_answer(404, "{}");
  assert_int_equal(erp_read_again(f->s, &REST, f->e, STORE_T_invoice, SLICE("x/1"), &there, f->perm, &why), ERP_END);
  assert_false(there);
  assert_string_equal(stored_value(f->s, STORE_T_invoice, "F1", "status"), "cancelled");
  assert_int_equal(erp_read_again(f->s, &REST, f->e, STORE_T_customer, SLICE("7"), &there, f->perm, &why), ERP_FAILED);
}

static erp_order order_of(action_kind kind) {
  return (erp_order){.kind = kind,
                     .key = SLICE("00ff"),
                     .customer = SLICE("7"),
                     .number = SLICE("F 1"),
                     .source_id = SLICE("x/1"),
                     .has_date = true,
                     .date = date_of(2026, 4, 15),
                     .has_amount = kind == ACT_UPDATE_DUE,
                     .amount = {150050, CURRENCY_BRL},
                     .text = SLICE("say \"hi\"")};
}

static void what_is_written_is_what_it_says(void **state) {
  fixture *f = *state;
  erp_order o = order_of(ACT_UPDATE_DUE);
  script_answer(204, "");
  assert_int_equal(REST.write(f->e, &o, f->perm).outcome, SEND_ACCEPTED);
  assert_string_equal(script_last()->method, "PATCH");
  assert_string_equal(script_last()->url, "https://erp.example/api/i/x%2F1?n=F%201");
  assert_string_equal(script_last()->headers,
                      "X-Tenant: a b/c\nIdempotency-Key: 00ff\nContent-Type: application/json\n");
  assert_string_equal(
      script_last()->body,
      "{\"due\":\"2026-04-15\",\"sum\":1500.50,\"list\":[\"update due date in erp: say \\\"hi\\\"\",7,null,true]}");
  o = order_of(ACT_MARK);
  script_answer(400, "{}");
  assert_int_equal(REST.write(f->e, &o, f->perm).outcome, SEND_REJECTED);
  assert_string_equal(script_last()->body, "{\"note\":\"say \\\"hi\\\"\"}");
  script_add((scripted_answer){.end = HTTP_TIMEOUT, .phase = HTTP_SENDING});
  assert_int_equal(REST.write(f->e, &o, f->perm).outcome, SEND_UNKNOWN); /* once, since it may be there */
  send_result r = REST.find(f->e, &o, 0, f->perm);
  assert_int_equal(r.outcome, SEND_UNKNOWN);
  o = order_of(ACT_WRITE_OFF);
  r = REST.write(f->e, &o, f->perm);
  assert_int_equal(r.outcome, SEND_REJECTED);
  SAID(r.detail, "the mapping says nothing of \"write off\": add it to `writes`");
}

static void a_date_is_looked_for(void **state) {
  fixture *f = *state;
  erp_order o = order_of(ACT_UPDATE_DUE);
  script_answer(200, "{\"v\":[{\"no\":\"F1\",\"id\":\"x/1\",\"c\":7,\"sum\":2,\"due\":\"2026-04-15\"}]}");
  assert_int_equal(REST.find(f->e, &o, 0, f->perm).outcome, SEND_ACCEPTED);
  script_answer(200, "{\"v\":[{\"no\":\"F1\",\"id\":\"x/1\",\"c\":7,\"sum\":2,\"due\":\"2026-03-31\"}]}");
  assert_int_equal(REST.find(f->e, &o, 0, f->perm).outcome, SEND_RETRY);
}

/* Cut off at any byte, or with any byte another: it is read or said to be wrong, and that in three languages. */
static void a_broken_mapping_is_said(void **state) {
  fixture *f = *state;
  char written[sizeof MAPPING];
  arena *perm = arena_new();
  size_t wrong = 0;
  for (size_t i = 0; i < sizeof MAPPING - 1; i++)
    for (int how = 0; how < 4; how++) {
      slice why = {0};
      size_t n = how ? sizeof MAPPING - 1 : i;
      memcpy(written, MAPPING, sizeof MAPPING);
      if (how) written[i] = "x}\""[how - 1];
      arena_reset(perm);
      const rest_map *m = rest_map_of(f->w, perm, &f->c, "m.json", (slice){written, n}, &why);
      assert_int_equal(m == NULL, why.n > 0);
      if (m) continue;
      wrong++;
      assert_true(slice_starts(why, SLICE("the mapping m.json")));
      for (dun_lang lang = LANG_PT; lang <= LANG_ES; lang++)
        if (slice_eq(texts_said(lang, perm, why), why)) fail_msg("in no other language: %.*s", SLICE_ARG(why));
    }
  assert_true(wrong > sizeof MAPPING);
  arena_free(perm);
}

/* ---- queries ---- */

static void parameters_are_bound_where_they_are_some(void **state) {
  static const char *const NAMES[] = {"since", "id"};
  const slice values[] = {SLICE("S"), SLICE("I")};
  static const struct {
    const char *written, *made;
  } TEXTS[] = {{"a = :id AND b >= :since", "a = $1 AND b >= ($2::timestamptz)"},
               {"a::text = ':id' -- :id\n", "a::text = ':id' -- :id\n"},
               {"/* :id */ \":id\" $x$ :id $x$ $$:id$$", "/* :id */ \":id\" $x$ :id $x$ $$:id$$"},
               {"'it''s :id' || :id", "'it''s :id' || $1"},
               {"x[1:2], time '12:30', :id::int", "x[1:2], time '12:30', $1::int"}};
  (void)state;
  arena *perm = arena_new();
  sql_statement s;
  for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
    assert_null(sql_prepare(&SQL_POSTGRES, slice_of(TEXTS[i].written), NAMES, values, 2, perm, &s));
    SAID(s.text, TEXTS[i].made);
  }
  assert_string_equal(sql_prepare(&SQL_SQLITE, SLICE(":ID"), NAMES, values, 2, perm, &s),
                      "it asks for :ID, and there is :since, :id");
  assert_true(sql_names(SLICE("x > :since"), "since"));
  assert_false(sql_names(SLICE("x > ':since' -- :since"), "since"));
  slice one;
  assert_null(sql_one_statement(SLICE("\xEF\xBB\xBFSELECT ';' ; -- end;\n ; "), &one));
  SAID(one, "SELECT ';' ");
  assert_string_equal(sql_one_statement(SLICE("SELECT 1; SELECT 2"), &one),
                      "it holds more than one statement: a file has one query");
  assert_string_equal(sql_one_statement(SLICE(" /* nothing */ "), &one), "it is empty");
  arena_free(perm);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(paths_lead_to_values),
      cmocka_unit_test(dates_are_days),
      cmocka_unit_test_setup_teardown(pages_are_asked_for_as_it_says, begin, end),
      cmocka_unit_test_setup_teardown(one_row_is_the_one_that_was_asked_for, begin, end),
      cmocka_unit_test_setup_teardown(what_is_written_is_what_it_says, begin, end),
      cmocka_unit_test_setup_teardown(a_date_is_looked_for, begin, end),
      cmocka_unit_test_setup_teardown(a_broken_mapping_is_said, begin, end),
      cmocka_unit_test(parameters_are_bound_where_they_are_some),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
