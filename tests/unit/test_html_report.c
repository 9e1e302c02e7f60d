/* The simulation's page, from reports built by hand: it is well-formed, asks for nothing from elsewhere, escapes what
 * others wrote, tells every number in the page's language, and holds at its limits.
 *
 * `test_html_report DIR` writes the pages to DIR instead, to be looked at (tests/browser/look.sh). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "runtime/cli/html_report.h"
#include "runtime/cli/html_write.h"
#include "tests/support/html_check.h"
#include "tests/support/html_fixture.h"

static slice page_of(fixture *f, dun_lang lang) {
  slice page = html_report(&f->r, &f->p, lang, f->mem);
  assert_well_formed(page);
  assert_self_contained(page);
  return page;
}

/* ---- tests ---- */

static void test_numbers(void **state) {
  (void)state;
  static const struct {
    dun_lang lang;
    int64_t n;
    unsigned decimals;
    const char *number, *compact;
  } CASES[] = {
      {LANG_EN, 0, 0, "0", "0"},
      {LANG_EN, 999, 0, "999", "999"},
      {LANG_EN, 1000, 0, "1,000", "1K"},
      {LANG_EN, 1240, 0, "1,240", "1.2K"},
      {LANG_PT, 1240, 0, "1.240", "1,2 mil"},
      {LANG_ES, 1234567, 0, "1.234.567", "1,2 M"},
      {LANG_PT, 184320050, 2, "184.320.050", "1,8 mi"},
      {LANG_EN, 99940, 2, "99,940", "999"},
      {LANG_EN, 99960, 2, "99,960", "1K"},
      {LANG_EN, 999949999, 3, "999,949,999", "1M"},
      {LANG_EN, 123456, 0, "123,456", "123K"},
      {LANG_EN, -1240, 0, "\u22121,240", "\u22121.2K"},
      {LANG_EN, INT64_MIN, 0, "\u22129,223,372,036,854,775,808", "\u22129,223,372T"},
      {LANG_ES, 5000000000, 0, "5.000.000.000", "5 mil M"},
  };
  arena *mem = arena_new();
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    html h = html_new(mem, CASES[i].lang);
    assert_string_equal(html_number(&h, CASES[i].n).p, CASES[i].number);
    assert_string_equal(html_compact(&h, CASES[i].n, CASES[i].decimals).p, CASES[i].compact);
  }
  arena_free(mem);
}

static void test_scale(void **state) {
  (void)state;
  assert_int_equal(html_scale_step(0, 5), 1);
  assert_int_equal(html_scale_step(5, 5), 1);
  assert_int_equal(html_scale_step(6, 5), 2);
  assert_int_equal(html_scale_step(175, 5), 50);
  assert_int_equal(html_scale_step(5000000000, 5), 1000000000);
  assert_true(html_scale_step(INT64_MAX, 5) > 0);
  assert_int_equal(html_length(0, 10, 100), 0);
  assert_int_equal(html_length(-3, 10, 100), 0);
  assert_int_equal(html_length(1, 1000000, 100), 1); /* what exists is seen */
  assert_int_equal(html_length(INT64_MAX, INT64_MAX, 100), 100);
}

static void test_escaping(void **state) {
  (void)state;
  arena *mem = arena_new();
  html h = html_new(mem, LANG_EN);
  html_esc(&h, SLICE("<b a='1' c=\"2\">R&D</b>\x01\xff\xc3\xa9\x7f\xed\xa0\x80"));
  assert_string_equal(text_slice(&h.out).p,
                      "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;R&amp;D&lt;/b&gt;\ufffd\ufffd\u00e9\ufffd"
                      "\ufffd\ufffd\ufffd");
  arena_free(mem);
}

static void test_rich_english(void **state) {
  (void)state;
  fixture f = report_rich();
  slice page = page_of(&f, LANG_EN);
  assert_has(page, "<html lang=\"en\">");
  assert_has(page, "<bdi>Standard collections</bdi></h1>");
  assert_has(page, "2 March 2026 to 1 June 2026");
  assert_has(page, "92 days");
  assert_has(page, "2,000 open invoices at the beginning");
  assert_has(page, "<dd>1,418</dd>");
  assert_has(page, "the busiest day is 26 March 2026, with");
  /* the ladder in the policy's own words, its comment left out, its rungs in words */
  assert_has(
      page,
      "ladder key_accounts for invoices where amount &gt;= 10_000 or customer.segment in (&quot;enterprise&quot;");
  assert_has(page, "send whatsapp template &quot;formal&quot; or else email template &quot;formal&quot;</bdi>");
  assert_lacks(page, "said aloud");
  assert_has(page, "5 business days after due");
  assert_has(page, "3 days before due");
  assert_has(page, "1 day after due");
  assert_has(page, "On the due date");
  assert_has(page, ">\u22123d</text>");
  assert_has(page, "Rungs in business days (bd)");
  assert_has(page, ">1,204</td>");
  /* amounts and their change */
  assert_has(page, "R$1,843,200.50</td>");
  assert_has(page, "$921,600.25</td>");
  assert_has(page, "customer.overdue_total</bdi></code></th><td class=\"n\">1,204</td>");
  assert_has(page, "<dd>1,241</dd>"); /* undecided: 37 + 1,204 */
  arena_free(f.mem);
}

static void test_languages(void **state) {
  (void)state;
  fixture f = report_rich();
  slice pt = page_of(&f, LANG_PT);
  assert_has(pt, "<html lang=\"pt-BR\">");
  assert_has(pt, "02/03/2026 a 01/06/2026");
  assert_has(pt, "2.000 faturas em aberto");
  assert_has(pt, "R$ 1.843.200,50</td>");
  assert_has(pt, "5 dias \u00fateis ap\u00f3s o vencimento");
  assert_has(pt, ">5du</text>");
  assert_has(pt, "Degraus em dias \u00fateis (du)");
  slice es = page_of(&f, LANG_ES);
  assert_has(es, "<html lang=\"es\">");
  assert_has(es, "5 d\u00edas h\u00e1biles tras el vencimiento");
  assert_has(es, "2.000 facturas abiertas");
  for (int lang = 0; lang < LANG_COUNT; lang++) { /* no hole left open in any language */
    slice page = page_of(&f, (dun_lang)lang);
    const char *body = strstr(page.p, "<body>");
    for (int i = 0; i < 4; i++) assert_null(strstr(body, (const char *[]){"{0}", "{1}", "{2}", "{3}"}[i]));
  }
  arena_free(f.mem);
}

static void test_same_bytes(void **state) {
  (void)state;
  fixture a = report_rich(), b = report_rich();
  assert_true(slice_eq(page_of(&a, LANG_PT), page_of(&b, LANG_PT)));
  arena_free(a.mem);
  arena_free(b.mem);
}

static void test_hostile_texts(void **state) {
  (void)state;
  fixture f = report_hostile();
  slice page = html_report(&f.r, &f.p, LANG_EN, f.mem);
  assert_well_formed(page);
  assert_lacks(page, "<script");
  assert_lacks(page, "<svg onload");
  assert_lacks(page, "<iframe");
  assert_has(page, "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;\ufffd\ufffd &quot;R&amp;D&quot; &#39;");
  assert_has(page, "&lt;b&gt;&amp;</text>");
  arena_free(f.mem);
}

static void test_nothing_happens(void **state) {
  (void)state;
  fixture f = report_fixture(date_of(2026, 3, 7), 1);
  slice page = page_of(&f, LANG_EN);
  assert_has(page, "Collection policy");
  assert_has(page, "<span>7 March 2026</span><span>1 day</span><span>0 open invoices");
  assert_has(page, "In this period no message would go out.");
  assert_has(page, "This policy has no ladder");
  assert_has(page, "No message and no task in this period");
  assert_has(page, "No open balance");
  assert_has(page, "Nothing: every condition could be decided");
  arena_free(f.mem);
}

static void test_one_message(void **state) {
  (void)state;
  fixture f = report_fixture(date_of(2026, 3, 6), 1);
  f.messages[0][CH_WHATSAPP] = 1;
  f.r.invoices = 1;
  add_ladder(&f, "standard");
  add_rung(&f, 0, "0d", 0, 1)->by_channel[CH_WHATSAPP] = 1;
  slice page = page_of(&f, LANG_EN);
  assert_has(page, "one message would go out, on 6 March 2026");
  assert_has(page, "1 open invoice at");
  assert_has(page, "Friday, 6 March 2026");
  arena_free(f.mem);
}

static void test_limits(void **state) {
  (void)state;
  fixture f = report_large();
  slice page = page_of(&f, LANG_PT);
  for (size_t l = 0; l < 10; l++) {
    assert_labels_apart(page, l, "label mid");
    assert_labels_apart(page, l, "value mid");
  }
  assert_has(page, "<th scope=\"row\">janeiro 2026</th>");
  assert_has(page, "<th scope=\"row\">dezembro 2027</th>");
  assert_has(page, "<details>");
  assert_has(page, "BRL</h3>");
  assert_has(page, "JPY</h3>");
  assert_int_equal(occurrences(page, "<svg class=\"pic wide\""), 10 + 1 + 3);
  assert_int_equal(occurrences(page, "<svg class=\"pic narrow\""), 10 + 1 + 3);
  assert_true(page.n < 1000000);
  arena_free(f.mem);
}

static void test_amounts_at_their_limits(void **state) {
  (void)state;
  fixture f = report_fixture(date_of(2026, 3, 2), 2);
  report_aging *v = ARENA_ARRAY(f.mem, 2, report_aging);
  v[0].cur = CURRENCY_BRL;
  v[0].minor[0] = v[0].minor[1] = INT64_MAX;
  v[1].cur = CURRENCY_NONE; /* only at the end, and below nothing */
  v[1].minor[4] = -500;
  f.r.aging_start = v, f.r.aging_start_count = 1;
  f.r.aging_end = v + 1, f.r.aging_end_count = 1;
  slice page = page_of(&f, LANG_EN);
  assert_has(page, "R$92,233,720,368,547,758.07</td>");
  assert_has(page, "<td class=\"n\">\u2014</td>"); /* the total does not fit */
  assert_has(page, "No currency</h3>");
  assert_has(page, ">\u22125.00</td>");
  arena_free(f.mem);
}

static void test_ladder_counted_from_a_field(void **state) {
  (void)state;
  fixture f = report_fixture(date_of(2026, 3, 2), 2);
  field_use *use = ARENA_NEW(f.mem, field_use);
  custom_field *custom = ARENA_NEW(f.mem, custom_field);
  *use = (field_use){ENT_INVOICE, ENT_INVOICE, FIELD_COUNT, TY_DATE};
  *custom = (custom_field){ENT_INVOICE, SLICE("shipped"), TY_DATE};
  f.p.uses = use, f.p.use_count = 1, f.p.custom = custom, f.p.custom_count = 1;
  add_ladder(&f, "")->anchor = 0;
  add_ladder(&f, "nobody")->none = true;
  add_rung(&f, 0, "2w", 14, 3);
  add_rung(&f, 0, "-1mo", -30, 1);
  slice page = page_of(&f, LANG_EN);
  assert_has(page, "Ladder 1</bdi></h3>");
  assert_has(page, "2 weeks after shipped");
  assert_has(page, "1 month before shipped");
  assert_has(page, "days after shipped");
  assert_lacks(page, "<bdi>nobody</bdi>");
  /* by day, not in the order of the report */
  assert_true(strstr(page.p, "1 month before") < strstr(page.p, "2 weeks after"));
  arena_free(f.mem);
}

/* ---- pages to look at ---- */

static int write_page(const char *folder, const char *name, fixture f, dun_lang lang) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.html", folder, name);
  FILE *out = fopen(path, "wb");
  if (!out) return perror(path), 1;
  slice page = html_report(&f.r, &f.p, lang, f.mem);
  size_t written = fwrite(page.p, 1, page.n, out);
  arena_free(f.mem);
  return fclose(out) || written != page.n;
}

int main(int argc, char **argv) {
  if (argc == 2)
    return write_page(argv[1], "rich-en", report_rich(), LANG_EN) ||
           write_page(argv[1], "rich-pt", report_rich(), LANG_PT) ||
           write_page(argv[1], "rich-es", report_rich(), LANG_ES) ||
           write_page(argv[1], "large-pt", report_large(), LANG_PT) ||
           write_page(argv[1], "hostile-en", report_hostile(), LANG_EN) ||
           write_page(argv[1], "empty-en", report_fixture(date_of(2026, 3, 7), 1), LANG_EN);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_scale),
      cmocka_unit_test(test_escaping),
      cmocka_unit_test(test_rich_english),
      cmocka_unit_test(test_languages),
      cmocka_unit_test(test_same_bytes),
      cmocka_unit_test(test_hostile_texts),
      cmocka_unit_test(test_nothing_happens),
      cmocka_unit_test(test_one_message),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_amounts_at_their_limits),
      cmocka_unit_test(test_ladder_counted_from_a_field),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
