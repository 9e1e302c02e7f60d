/* The simulation's page, from reports built by hand: it is well-formed, asks for nothing from elsewhere, escapes what
 * others wrote, tells every number in the page's language, and holds at its limits.
 *
 * `test_html_report DIR` writes the pages to DIR instead, to be looked at (tests/browser/look.sh). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/cli/html_report.h"
#include "runtime/cli/html_write.h"

/* ---- a page is well-formed ---- */

typedef struct reader {
  const char *p, *end, *start;
  slice open[64];
  size_t depth;
} reader;

static void bad(const reader *r, const char *what) {
  long left = r->end - r->p;
  fail_msg("%s at byte %ld: %.*s", what, (long)(r->p - r->start), (int)(left < 80 ? left : 80), r->p);
}

static bool name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == ':';
}

static slice read_name(reader *r) {
  slice s = {r->p, 0};
  while (r->p < r->end && name_char(*r->p)) r->p++, s.n++;
  if (!s.n) bad(r, "no name");
  return s;
}

static void read_entity(reader *r) {
  static const char *const ALLOWED[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
  for (size_t i = 0; i < sizeof ALLOWED / sizeof *ALLOWED; i++)
    if (!strncmp(r->p, ALLOWED[i], strlen(ALLOWED[i]))) {
      r->p += strlen(ALLOWED[i]);
      return;
    }
  bad(r, "a bare &");
}

/* name="value" pairs up to > or />; true where the element closes itself. */
static bool read_attributes(reader *r) {
  while (r->p < r->end) {
    while (*r->p == ' ') r->p++;
    if (*r->p == '>') return r->p++, false;
    if (r->p[0] == '/' && r->p[1] == '>') return r->p += 2, true;
    read_name(r);
    if (r->p[0] != '=' || r->p[1] != '"') bad(r, "an attribute without a quoted value");
    r->p += 2;
    while (r->p < r->end && *r->p != '"') {
      if (*r->p == '<' || *r->p == '>') bad(r, "markup in an attribute");
      if (*r->p == '&')
        read_entity(r);
      else
        r->p++;
    }
    r->p++;
  }
  bad(r, "an element that does not end");
  return true;
}

static void read_element(reader *r) {
  r->p++;
  if (*r->p == '/') {
    r->p++;
    slice name = read_name(r);
    if (!r->depth || !slice_eq(r->open[r->depth - 1], name)) bad(r, "closes what is not open");
    r->depth--;
    if (*r->p++ != '>') bad(r, "a closing tag with more in it");
    return;
  }
  slice name = read_name(r);
  if (read_attributes(r) || slice_eq(name, SLICE("meta"))) return;
  assert_true(r->depth < sizeof r->open / sizeof *r->open);
  r->open[r->depth++] = name;
  if (!slice_eq(name, SLICE("style"))) return;
  const char *close = strstr(r->p, "</style>");
  assert_non_null(close);
  r->p = close;
}

static void assert_well_formed(slice page) {
  static const char DOCTYPE[] = "<!DOCTYPE html>\n";
  reader r = {.p = page.p, .start = page.p, .end = page.p + page.n};
  assert_true(slice_starts(page, SLICE("<!DOCTYPE html>\n")));
  assert_int_equal(strlen(page.p), page.n); /* no NUL within */
  r.p += strlen(DOCTYPE);
  while (r.p < r.end) {
    if (*r.p == '<')
      read_element(&r);
    else if (*r.p == '>')
      bad(&r, "a bare >");
    else if (*r.p == '&')
      read_entity(&r);
    else
      r.p++;
  }
  assert_int_equal(r.depth, 0);
}

static size_t occurrences(slice page, const char *what) {
  size_t n = 0;
  for (const char *p = page.p; (p = strstr(p, what)); p += strlen(what)) n++;
  return n;
}

/* `what` stands in the page; says what was missed where not. */
#define assert_has(page, what)                                                                                         \
  do {                                                                                                                 \
    if (!occurrences((page), (what))) fail_msg("the page lacks: %s", (what));                                          \
  } while (0)
#define assert_lacks(page, what) assert_int_equal(occurrences((page), (what)), 0)

static void assert_self_contained(slice page) {
  assert_lacks(page, "<script");
  assert_lacks(page, "<link");
  assert_lacks(page, "<img");
  assert_lacks(page, "url(");
  assert_lacks(page, "@import");
  assert_lacks(page, "src=");
  assert_lacks(page, "http://");
  assert_lacks(page, "https://");
  assert_lacks(page, "style=");
  assert_int_equal(occurrences(page, "href="), occurrences(page, "href=\"#i-"));
  assert_has(page, "default-src 'none'");
}

/* ---- a report by hand ---- */

typedef struct fixture {
  arena *mem;
  report r;
  program p;
  report_rung *rungs;
  ladder *ladders;
  uint32_t (*messages)[CH_COUNT];
  uint32_t *internal;
  uint32_t seed;
} fixture;

static uint32_t draw(fixture *f, uint32_t below) {
  f->seed = f->seed * 1664525u + 1013904223u;
  return below ? (f->seed >> 8) % below : 0;
}

static fixture new_fixture(civil_date from, uint32_t days) {
  fixture f = {.mem = arena_new(), .seed = 7};
  f.messages = arena_array(f.mem, days, sizeof *f.messages);
  f.internal = ARENA_ARRAY(f.mem, days, uint32_t);
  f.rungs = ARENA_ARRAY(f.mem, 1000, report_rung);
  f.ladders = ARENA_ARRAY(f.mem, 20, ladder);
  f.r.from = from;
  f.r.to = date_add_days(from, days - 1);
  f.r.days = days;
  f.r.messages = (const uint32_t(*)[CH_COUNT])f.messages;
  f.r.internal = f.internal;
  f.r.rungs = f.rungs;
  f.p.ladders = f.ladders;
  return f;
}

static report_rung *add_rung(fixture *f, uint32_t ladder_index, const char *written, int32_t days, uint32_t invoices) {
  report_rung *g = &f->rungs[f->r.rung_count++];
  *g = (report_rung){.ladder = ladder_index, .written = slice_of(written), .days = days, .invoices = invoices};
  if (invoices > f->r.reached) f->r.reached = invoices;
  return g;
}

static ladder *add_ladder(fixture *f, const char *name) {
  ladder *l = &f->ladders[f->p.ladder_count++];
  *l = (ladder){.name = slice_of(name), .where = NO_COND, .anchor = NO_USE, .at = {0, 0, UINT16_MAX}};
  return l;
}

/* Gives the ladder the rungs of the report, their sentence taken from the source: the line that begins with `at WRITTEN
 * `. */
static span span_of(const fixture *f, const char *words) {
  if (!f->p.source_count) return (span){0, 0, UINT16_MAX};
  const char *policy = f->p.sources[0].text.p, *at = strstr(policy, words);
  assert_non_null(at);
  const char *end = strchr(at, '\n');
  return (span){(uint32_t)(at - policy), (uint32_t)((end ? end : at + strlen(at)) - policy), 0};
}

static rung *add_said(fixture *f, ladder *l, const char *written, const char *words, int ways, ...) {
  rung *all = (rung *)l->rungs;
  if (!all) l->rungs = all = ARENA_ARRAY(f->mem, 64, rung);
  rung *g = &all[l->rung_count++];
  g->written = slice_of(written);
  line *said = ARENA_NEW(f->mem, line);
  branch *b = ARENA_NEW(f->mem, branch);
  action *a = ARENA_NEW(f->mem, action);
  send_way *way = ARENA_ARRAY(f->mem, (size_t)ways + 1, send_way);
  va_list args;
  va_start(args, ways);
  for (int i = 0; i < ways; i++) way[i].ch = (channel)va_arg(args, int);
  va_end(args);
  *a = (action){.kind = ways ? ACT_SEND : ACT_OPEN_CARD, .ways = way, .way_count = (uint32_t)ways};
  *b = (branch){NO_COND, a, 1};
  *said = (line){b, 1, span_of(f, words)};
  g->body = (lines){said, 1};
  return g;
}

static const char POLICY[] =
    "policy \"Standard collections\"\n  currency BRL\n\n"
    "ladder key_accounts for invoices where amount >= 10_000 or customer.segment in (\"enterprise\", \"gov\")\n"
    "  at 3d before due  send email template \"reminder\"\n"
    "  at 1d             send email template \"overdue\" with payment_link\n"
    "  at 5bd            send whatsapp template \"formal\" or else email template \"formal\"   # said aloud\n"
    "  at 15d            escalate to owner\n"
    "  at 30d            alert finance \"Credit review for {customer.name}\" then open card in \"Legal\" priority "
    "high\n\n"
    "ladder standard for invoices\n"
    "  at 3d before due  send email template \"reminder\" with payment_link, boleto\n"
    "  at due            send sms template \"today\"\n"
    "  at 1d             send email template \"late\" with payment_link\n"
    "  at 5d             if amount > 1_000 send whatsapp template \"formal\" otherwise send sms template \"short\"\n"
    "  at 15d            send email template \"final\" with fees\n"
    "  at 30d            open card in \"Collections\"\n"
    "  at 60d            open card in \"Protest\"\n";

static void said_ladders(fixture *f) {
  source *s = ARENA_NEW(f->mem, source);
  *s = (source){SLICE("policies/standard.dun"), SLICE(POLICY)};
  f->p.sources = s;
  f->p.source_count = 1;
  f->p.name = SLICE("Standard collections");
  ladder *key = add_ladder(f, "key_accounts");
  key->at = span_of(f, "ladder key_accounts");
  add_said(f, key, "-3d", "send email template \"reminder\"", 1, CH_EMAIL);
  add_said(f, key, "1d", "send email template \"overdue\"", 1, CH_EMAIL);
  add_said(f, key, "5bd", "send whatsapp template \"formal\" or", 2, CH_WHATSAPP, CH_EMAIL);
  add_said(f, key, "15d", "escalate to owner", 0);
  add_said(f, key, "30d", "alert finance", 0);
  ladder *standard = add_ladder(f, "standard");
  standard->at = span_of(f, "ladder standard");
  add_said(f, standard, "-3d", "send email template \"reminder\" with", 1, CH_EMAIL);
  add_said(f, standard, "0d", "send sms template \"today\"", 1, CH_SMS);
  add_said(f, standard, "1d", "send email template \"late\"", 1, CH_EMAIL);
  add_said(f, standard, "5d", "if amount > 1_000", 2, CH_WHATSAPP, CH_SMS);
  add_said(f, standard, "15d", "send email template \"final\"", 1, CH_EMAIL);
  add_said(f, standard, "30d", "open card in \"Collections\"", 0);
  add_said(f, standard, "60d", "open card in \"Protest\"", 0);
}

static void counted_rungs(fixture *f) {
  add_rung(f, 0, "-3d", -3, 214)->by_channel[CH_EMAIL] = 161;
  add_rung(f, 0, "1d", 1, 187)->by_channel[CH_EMAIL] = 150;
  report_rung *formal = add_rung(f, 0, "5bd", 7, 121);
  formal->by_channel[CH_WHATSAPP] = 88, formal->by_channel[CH_EMAIL] = 21;
  add_rung(f, 0, "15d", 15, 64)->other = 128;
  add_rung(f, 0, "30d", 30, 39)->other = 78;
  add_rung(f, 1, "-3d", -3, 1204)->by_channel[CH_EMAIL] = 1013;
  add_rung(f, 1, "0d", 0, 877)->by_channel[CH_SMS] = 790;
  add_rung(f, 1, "1d", 1, 803)->by_channel[CH_EMAIL] = 702;
  report_rung *mixed = add_rung(f, 1, "5d", 5, 655);
  mixed->by_channel[CH_WHATSAPP] = 340, mixed->by_channel[CH_SMS] = 212;
  add_rung(f, 1, "15d", 15, 402)->by_channel[CH_EMAIL] = 377;
  add_rung(f, 1, "30d", 30, 233)->other = 233;
  add_rung(f, 1, "60d", 60, 0);
  f->r.invoices = 2000;
  f->r.reached = 1418;
}

static void some_days(fixture *f) {
  for (uint32_t d = 0; d < f->r.days; d++) {
    if (date_weekday(date_add_days(f->r.from, d)) >= 5) continue;
    f->messages[d][CH_EMAIL] = 12 + draw(f, 40);
    f->messages[d][CH_WHATSAPP] = draw(f, 18);
    f->messages[d][CH_SMS] = draw(f, 22);
    f->internal[d] = draw(f, 9);
  }
  if (f->r.days > 24) f->messages[24][CH_EMAIL] = 131, f->messages[24][CH_SMS] = 44;
}

static void some_aging(fixture *f, int currencies) {
  static const currency CUR[] = {CURRENCY_BRL, CURRENCY_USD, CURRENCY_JPY};
  static const int64_t FIRST[AGING_BUCKETS] = {184320050, 91240000, 42018099, 20377045, 31190000};
  static const int64_t LAST[AGING_BUCKETS] = {12844000, 66120000, 74210050, 51833012, 103877000};
  report_aging *v = ARENA_ARRAY(f->mem, 6, report_aging);
  for (int c = 0; c < currencies; c++)
    for (int s = 0; s < 2; s++) {
      report_aging *a = &v[s * 3 + c];
      a->cur = CUR[c];
      for (int b = 0; b < AGING_BUCKETS; b++) {
        a->minor[b] = (s ? LAST : FIRST)[b] / (c + 1);
        a->invoices[b] = (uint32_t)(900 / (b + 1) / (c + 1) - s * 40);
      }
    }
  f->r.aging_start = v, f->r.aging_end = v + 3;
  f->r.aging_start_count = f->r.aging_end_count = (uint32_t)currencies;
}

static fixture rich(void) {
  fixture f = new_fixture(date_of(2026, 3, 2), 92);
  said_ladders(&f);
  counted_rungs(&f);
  some_days(&f);
  some_aging(&f, 2);
  report_undecided *u = ARENA_ARRAY(f.mem, 2, report_undecided);
  u[0] = (report_undecided){SLICE("customer.segment"), 37};
  u[1] = (report_undecided){SLICE("customer.overdue_total"), 1204};
  f.r.undecided = u;
  f.r.undecided_count = 2;
  f.r.no_contact = 23;
  f.r.waiting_end = 8;
  return f;
}

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
  fixture f = rich();
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
  fixture f = rich();
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
  fixture a = rich(), b = rich();
  assert_true(slice_eq(page_of(&a, LANG_PT), page_of(&b, LANG_PT)));
  arena_free(a.mem);
  arena_free(b.mem);
}

static fixture hostile(void) {
  fixture f = new_fixture(date_of(2026, 3, 2), 5);
  f.p.name = SLICE("</title><script>alert(1)</script>\xff\x01 \"R&D\" '");
  add_ladder(&f, "\"><svg onload=alert(1)>");
  add_rung(&f, 0, "<b>&", 3, 10);
  report_undecided *u = ARENA_ARRAY(f.mem, 1, report_undecided);
  u[0] = (report_undecided){SLICE("</code><iframe src='x'>"), 1};
  f.r.undecided = u, f.r.undecided_count = 1;
  return f;
}

static void test_hostile_texts(void **state) {
  (void)state;
  fixture f = hostile();
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
  fixture f = new_fixture(date_of(2026, 3, 7), 1);
  slice page = page_of(&f, LANG_EN);
  assert_has(page, "Collection policy");
  assert_has(page, "<span>7 March 2026</span><span>1 day</span><span>0 open invoices");
  assert_has(page, "In this period no message would go out.");
  assert_has(page, "This policy has no ladder");
  assert_has(page, "No message and nothing for people to do");
  assert_has(page, "No open balance");
  assert_has(page, "Nothing: every condition could be decided");
  arena_free(f.mem);
}

static void test_one_message(void **state) {
  (void)state;
  fixture f = new_fixture(date_of(2026, 3, 6), 1);
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

static fixture large(void) {
  static const char *const NAMES[] = {
      "key_accounts",   "gov",
      "standard",       "small",
      "resellers",      "export",
      "subscriptions",  "one_off",
      "legal_entities", "everyone_else_who_has_a_contract_that_was_signed_before_the_merger_and_never_renewed"};
  fixture f = new_fixture(date_of(2026, 1, 1), 731);
  f.p.name =
      SLICE("Uma política com um nome realmente muito longo, como os que se encontram em grandes grupos de empresas "
            "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft");
  for (uint32_t l = 0; l < 10; l++) {
    add_ladder(&f, NAMES[l]);
    uint32_t rungs = l == 0 ? 30 : l == 1 ? 100 : l + 1;
    for (uint32_t i = 0; i < rungs; i++) {
      int32_t day = (int32_t)(i * (l + 1)) - 3;
      report_rung *g = add_rung(&f, l, arena_printf(f.mem, "%dd", day).p, day, 12345 / (i + 1));
      g->by_channel[i % 3] = g->invoices;
      g->other = i % 4 == 3;
    }
  }
  f.r.invoices = 1000000;
  some_days(&f);
  some_aging(&f, 3);
  return f;
}

/* x of every text of a class within one picture: apart by at least what the text takes. */
static void assert_labels_apart(slice page, size_t picture, const char *class) {
  const char *p = page.p;
  for (size_t i = 0; i <= picture; i++) {
    p = strstr(p, "<svg class=\"pic wide\"");
    assert_non_null(p);
    p++;
  }
  const char *end = strstr(p, "</svg>");
  char opening[64];
  snprintf(opening, sizeof opening, "<text class=\"%s\" x=\"", class);
  int last_right = -1000, seen = 0;
  for (; (p = strstr(p, opening)) && p < end; seen++) {
    p += strlen(opening);
    int x = atoi(p);
    const char *words = strchr(p, '>') + 1;
    int width = html_text_width((slice){words, (size_t)(strchr(words, '<') - words)});
    if (x - width / 2 < last_right) fail_msg("labels overlap at x = %d: %.10s", x, words);
    last_right = x + width / 2;
  }
  assert_true(seen > 1);
}

static void test_limits(void **state) {
  (void)state;
  fixture f = large();
  slice page = page_of(&f, LANG_PT);
  for (size_t l = 0; l < 10; l++) assert_labels_apart(page, l, "label mid");
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
  fixture f = new_fixture(date_of(2026, 3, 2), 2);
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
  arena_free(f.mem);
}

static void test_ladder_counted_from_a_field(void **state) {
  (void)state;
  fixture f = new_fixture(date_of(2026, 3, 2), 2);
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
    return write_page(argv[1], "rich-en", rich(), LANG_EN) || write_page(argv[1], "rich-pt", rich(), LANG_PT) ||
           write_page(argv[1], "rich-es", rich(), LANG_ES) || write_page(argv[1], "large-pt", large(), LANG_PT) ||
           write_page(argv[1], "hostile-en", hostile(), LANG_EN) ||
           write_page(argv[1], "empty-en", new_fixture(date_of(2026, 3, 7), 1), LANG_EN);
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
