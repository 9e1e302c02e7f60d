/* Templates: holes, blocks, languages, escapes by place, what is missing, what is refused, and every limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stdlib/channel/template.h"

typedef struct row {
  const char *number, *link, *customer;
  int64_t open, fine, total;
  currency cur;
  int32_t overdue;
  bool disputed;
} row;

static const custom_field CUSTOM[] = {{ENT_INVOICE, {"project", 7}, TY_TEXT}};
static const program P = {.custom = CUSTOM, .custom_count = 1, .lang = LANG_EN};

static bool text_value(const char *s, template_value *out) {
  out->ty = TY_TEXT;
  out->text = slice_of(s);
  return s != NULL;
}

static bool get(void *self, uint32_t subject, template_field f, template_value *out) {
  const row *r = (const row *)self + subject;
  *out = (template_value){0};
  if (f.field >= FIELD_COUNT) return text_value("Bridge", out);
  switch ((int)f.field) {
  case FIELD_INVOICE_NUMBER: return text_value(r->number, out);
  case FIELD_INVOICE_PAYMENT_LINK: return text_value(r->link, out);
  case FIELD_CUSTOMER_NAME: return text_value(r->customer, out);
  case FIELD_INVOICE_STATUS: return text_value("open", out);
  case FIELD_INVOICE_OPEN: *out = (template_value){.ty = TY_MONEY, .money = {r->open, r->cur}}; return true;
  case FIELD_INVOICE_FINE: *out = (template_value){.ty = TY_MONEY, .money = {r->fine, r->cur}}; return true;
  case FIELD_INVOICE_TOTAL: *out = (template_value){.ty = TY_MONEY, .money = {r->total, r->cur}}; return true;
  case FIELD_INVOICE_OVERDUE: *out = (template_value){.ty = TY_DURATION, .days = r->overdue}; return true;
  case FIELD_INVOICE_DISPUTED: *out = (template_value){.ty = TY_BOOL, .yes = r->disputed}; return true;
  case FIELD_INVOICE_DUE: *out = (template_value){.ty = TY_DATE, .date = date_of(2026, 3, 10)}; return true;
  default: return false;
  }
}

static const row ONE = {"A-1", "https://pay.example/1?a=1&b=2", "Maria & João", 150000, 0, 150000, CURRENCY_BRL, 5,
                        false};

/* Compiles and renders; what came out, with the gaps behind a bar. */
static const char *render_rows(template_kind kind, dun_lang lang, const char *s, const row *rows, uint32_t n) {
  static char out[4096];
  arena *a = arena_new();
  diags d;
  diags_init(&d, a);
  template *t = template_compile(a, &P, ENT_INVOICE, kind, LANG_PT, slice_of(s), 0, 0, &d);
  if (d.first) fprintf(stderr, "%s: %s\n", diag_name(d.first->code), diag_text(d.first, LANG_EN, a).p);
  assert_non_null(t);
  template_source from = {(void *)rows, get, n, date_of(2026, 3, 15), NULL};
  template_gaps gaps = {0};
  slice r;
  assert_true(template_render(t, &from, lang, a, &gaps, &r));
  int k = snprintf(out, sizeof out, "%.*s", SLICE_ARG(r));
  for (size_t i = 0; i < gaps.count; i++) k += snprintf(out + k, sizeof out - (size_t)k, "|%.*s", SLICE_ARG(gaps.v[i]));
  arena_free(a);
  return out;
}

#define TEXT(lang, s) render_rows(TEMPLATE_TEXT, LANG_##lang, s, &ONE, 1)
#define HTML(s) render_rows(TEMPLATE_HTML, LANG_PT, s, &ONE, 1)

static void holes_are_written_for_the_reader(void **state) {
  (void)state;
  assert_string_equal(TEXT(PT, "{open} {due} {overdue} {today}"), "R$ 1.500,00 10/03/2026 5 dias 15/03/2026");
  assert_string_equal(TEXT(EN, "{open} {due} {overdue}"), "R$1,500.00 10 March 2026 5 days");
  assert_string_equal(TEXT(ES, "{overdue} {disputed}"), "5 días no");
  assert_string_equal(TEXT(PT, "{customer.name}, { number }, {project}"), "Maria & João, A-1, Bridge");
  assert_string_equal(TEXT(PT, "{saldo} {cliente.nome} {hoje}"), "R$ 1.500,00 Maria & João 15/03/2026");
  assert_string_equal(TEXT(PT, "{status}"), "aberta");
  row one_day = ONE;
  one_day.overdue = 1;
  assert_string_equal(render_rows(TEMPLATE_TEXT, LANG_PT, "{overdue}", &one_day, 1), "1 dia");
  assert_string_equal(render_rows(TEMPLATE_TEXT, LANG_EN, "{overdue}", &one_day, 1), "1 day");
  assert_string_equal(render_rows(TEMPLATE_TEXT, LANG_ES, "{overdue}", &one_day, 1), "1 día");
}

static void braces_double(void **state) {
  (void)state;
  assert_string_equal(TEXT(EN, "a {{number}} {{{number}}} }}{{"), "a {number} {A-1} }{");
  assert_string_equal(HTML("<style>p {{ color: red }}</style>{number}"), "<style>p { color: red }</style>A-1");
}

static void blocks_repeat_and_choose(void **state) {
  (void)state;
  row rows[] = {ONE,
                {"A-2", NULL, "Maria", 4000, 80, 4080, CURRENCY_USD, 2, true},
                {"A-3", "", "M", 1, 0, 1, CURRENCY_BRL, 0, 0}};
  const char *list = "Hi\n  {each invoice}  \n- {number} {open}{if fine} + {fine}{end}\n{end}\nTotal {total}";
  assert_string_equal(
      render_rows(TEMPLATE_TEXT, LANG_PT, list, rows, 3),
      "Hi\n- A-1 R$ 1.500,00\n- A-2 US$ 40,00 + US$ 0,80\n- A-3 R$ 0,01\nTotal R$ 1.500,01 e US$ 40,80");
  assert_string_equal(render_rows(TEMPLATE_TEXT, LANG_EN, "{total}", rows, 2), "R$1,500.00 and $40.80");
  /* Outside of the list, and in it, {total} is not the same number. */
  assert_string_equal(render_rows(TEMPLATE_TEXT, LANG_PT, "{each invoice}{total};{end}", rows, 2),
                      "R$ 1.500,00;US$ 40,80;");
  assert_string_equal(render_rows(TEMPLATE_TEXT, LANG_PT, "{number} {total}", rows, 1), "A-1 R$ 1.500,00");
  assert_string_equal(TEXT(EN, "{if payment_link}Pay: {payment_link}{end}{if disputed}D{end}"),
                      "Pay: https://pay.example/1?a=1&b=2");
  assert_string_equal(render_rows(TEMPLATE_TEXT, LANG_PT, "{if payment_link}L{end}{if disputed}D{end}.", rows + 1, 1),
                      "D.");
  assert_string_equal(render_rows(TEMPLATE_TEXT, LANG_PT, "a\r\n{if disputed}\r\nb\r\n{end}\r\nc", rows + 1, 1),
                      "a\r\nb\r\nc");
  assert_string_equal(render_rows(TEMPLATE_TEXT, LANG_PT, "{se contestada}x{fim}{cada fatura}.{fim}", rows + 1, 2),
                      "x..");
}

static void what_is_missing_is_a_gap(void **state) {
  (void)state;
  row r = ONE;
  r.link = NULL;
  assert_string_equal(render_rows(TEMPLATE_TEXT, LANG_PT, "Pay at {payment_link}. {boleto} {payment_link}", &r, 1),
                      "Pay at .  |payment_link|boleto");
  assert_string_equal(render_rows(TEMPLATE_TEXT, LANG_PT, "{if payment_link}{payment_link}{end}ok", &r, 1), "ok");
}

static void values_stay_values(void **state) {
  (void)state;
  row evil = ONE;
  evil.customer = "{number}{{<b>\"x\"'y'&\r\nBcc: all@example.com\x01";
  assert_string_equal(render_rows(TEMPLATE_TEXT, LANG_PT, "{customer.name}", &evil, 1),
                      "{number}{{<b>\"x\"'y'&\nBcc: all@example.com");
  assert_string_equal(render_rows(TEMPLATE_HEADER, LANG_PT, "Re: {customer.name}!", &evil, 1),
                      "Re: {number}{{<b>\"x\"'y'&  Bcc: all@example.com !");
  assert_string_equal(render_rows(TEMPLATE_HTML, LANG_PT, "<p title=\"{customer.name}\">{customer.name}", &evil, 1),
                      "<p title=\"{number}{{&lt;b&gt;&quot;x&quot;&#39;y&#39;&amp;\nBcc: all@example.com\">"
                      "{number}{{&lt;b&gt;&quot;x&quot;&#39;y&#39;&amp;\nBcc: all@example.com");
  evil.customer = "a\xe2\x80\xa8"
                  "b\xc2\x85"
                  "c"; /* line separator, next line */
  assert_string_equal(render_rows(TEMPLATE_HEADER, LANG_PT, "{customer.name}", &evil, 1), "a b c");
}

static void links_are_links(void **state) {
  (void)state;
  assert_string_equal(HTML("<a href=\"{payment_link}\">pay</a>"),
                      "<a href=\"https://pay.example/1?a=1&amp;b=2\">pay</a>");
  assert_string_equal(HTML("<a class='x' HREF = 'https://p/{customer.name}'>"),
                      "<a class='x' HREF = 'https://p/Maria%20%26%20Jo%C3%A3o'>");
  static const char *const BAD[] = {"javascript:alert(1)", "data:text/html,x", " https://x",    "JaVaScRiPt:1",
                                    "https://x y",         "//evil.example",   "java\nscript:1"};
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    row r = ONE;
    r.link = BAD[i];
    assert_string_equal(render_rows(TEMPLATE_HTML, LANG_PT, "<a href=\"{payment_link}\">", &r, 1),
                        "<a href=\"\">|payment_link");
  }
}

/* The codes that a text gives, with where the first is. */
static void refused_in(entity context, template_kind kind, const char *s, const char *code, uint32_t from,
                       const char *hint) {
  arena *a = arena_new();
  diags d;
  diags_init(&d, a);
  template *t = template_compile(a, &P, context, kind, LANG_EN, slice_of(s), 3, 100, &d);
  if (!d.first || d.errors != 1) fprintf(stderr, "%s: %zu errors\n", s, d.errors);
  assert_null(t);
  assert_int_equal(d.errors, 1);
  assert_string_equal(diag_name(d.first->code), code);
  assert_int_equal(d.first->at.file, 3);
  assert_int_equal(d.first->at.from, from + 100);
  assert_string_equal(d.first->hint.n ? d.first->hint.p : "", hint);
  arena_free(a);
}
#define refused(kind, s, code, from, hint) refused_in(ENT_INVOICE, TEMPLATE_##kind, s, code, from, hint)

static void mistakes_are_located(void **state) {
  (void)state;
  refused(TEXT, "Dear {custmer.name}", "E0402", 6, "did you mean \"customer\"?");
  refused(TEXT, "Dear {customer.nam}", "E0402", 15, "did you mean \"name\"?");
  refused(TEXT, "{ opn }", "E0402", 2, "did you mean \"open\"?");
  refused(TEXT, "{if opn}{end}", "E0402", 4, "did you mean \"open\"?");
  refused(TEXT, "a {number\nb}}", "E0403", 2, "");
  refused(TEXT, "a {number", "E0403", 2, "");
  refused(TEXT, "a {num{{ber}}", "E0403", 2, "");
  refused(TEXT, "x{end}", "E0404", 1, "");
  refused(TEXT, "{if number}x", "E0405", 0, "");
  refused(TEXT, "{each invoice}x", "E0405", 0, "");
  refused(TEXT, "a } b", "E0406", 2, "");
  refused(TEXT, "{}", "E0402", 1, "");
  refused(HEADER, "{each invoice}{end}", "E0407", 0, "");
  refused_in(ENT_CUSTOMER, TEMPLATE_TEXT, "{each invoice}{end}", "E0407", 0, "");
  refused(TEXT, "{each invoice}{each invoice}{end}{end}", "E0407", 14, "");
  refused(TEXT, "ol\xe9", "E0001", 2, "");
}

static void places_of_html_are_refused(void **state) {
  (void)state;
  refused(HTML, "<p class={number}>", "E0410", 9, "");
  refused(HTML, "<{number}>", "E0410", 1, "");
  refused(HTML, "<p {number}>", "E0410", 3, "");
  refused(HTML, "<p onclick=\"{number}\">", "E0410", 12, "");
  refused(HTML, "<p style='{number}'>", "E0410", 10, "");
  refused(HTML, "<script>x={number}</script>", "E0410", 10, "");
  refused(HTML, "<style>{number}</style>", "E0410", 7, "");
  refused(HTML, "<!-- {number} -->", "E0410", 5, "");
  refused(HTML, "<p title=\"{if number}\">", "E0410", 10, "");
  assert_string_equal(HTML("<!-- a > b --><style>p{{}}</style><br/><p>1 < 2 {number}</p>"),
                      "<!-- a > b --><style>p{}</style><br/><p>1 < 2 A-1</p>");
  assert_string_equal(HTML("<a/href='{payment_link}'>"), "<a/href='https://pay.example/1?a=1&amp;b=2'>");
}

static char *repeated(const char *s, size_t count) {
  size_t n = strlen(s);
  char *out = malloc(n * count + 1);
  assert_non_null(out);
  for (size_t i = 0; i < count; i++) memcpy(out + i * n, s, n);
  out[n * count] = 0;
  return out;
}

static bool compiles(const char *s, size_t n) {
  arena *a = arena_new();
  diags d;
  diags_init(&d, a);
  bool ok = template_compile(a, &P, ENT_INVOICE, TEMPLATE_TEXT, LANG_EN, (slice){s, n}, 0, 0, &d) != NULL;
  if (!ok) assert_int_equal(d.first->code, DIAG_E0408);
  arena_free(a);
  return ok;
}

static void limits_hold(void **state) {
  (void)state;
  char *big = repeated("x", TEMPLATE_BYTES_MAX + 1);
  assert_true(compiles(big, TEMPLATE_BYTES_MAX));
  assert_false(compiles(big, TEMPLATE_BYTES_MAX + 1));
  free(big);
  char *holes = repeated("{number}", TEMPLATE_HOLES_MAX + 1);
  assert_true(compiles(holes, (size_t)TEMPLATE_HOLES_MAX * 8));
  assert_false(compiles(holes, (size_t)(TEMPLATE_HOLES_MAX + 1) * 8));
  free(holes);
  for (int depth = TEMPLATE_DEPTH_MAX; depth <= TEMPLATE_DEPTH_MAX + 1; depth++) {
    char s[512] = "";
    for (int i = 0; i < depth; i++) strcat(s, "{if number}");
    /* A block too deep is not opened, so its {end} is left out too. */
    for (int i = 0; i < TEMPLATE_DEPTH_MAX; i++) strcat(s, "{end}");
    assert_true(compiles(s, strlen(s)) == (depth == TEMPLATE_DEPTH_MAX));
  }
}

static void a_rendering_is_bounded(void **state) {
  (void)state;
  arena *a = arena_new();
  diags d;
  diags_init(&d, a);
  enum { CHUNK = 1024, ROWS = RENDERED_BYTES_MAX / CHUNK };
  char *chunk = repeated("y", CHUNK);
  slice s = arena_printf(a, "{each invoice}%s{end}", chunk), out;
  template *t = template_compile(a, &P, ENT_INVOICE, TEMPLATE_TEXT, LANG_EN, s, 0, 0, &d);
  template_source from = {(void *)&ONE, get, ROWS, date_of(2026, 3, 15), NULL};
  template_gaps gaps = {0};
  assert_true(template_render(t, &from, LANG_EN, a, &gaps, &out));
  assert_int_equal(out.n, RENDERED_BYTES_MAX);
  from.subjects = ROWS + 1;
  assert_false(template_render(t, &from, LANG_EN, a, &gaps, &out));
  free(chunk);
  arena_free(a);
}

static void inline_texts_are_rendered_too(void **state) {
  (void)state;
  arena *a = arena_new();
  field_use uses[] = {{ENT_INVOICE, ENT_INVOICE, FIELD_INVOICE_OPEN, TY_MONEY}};
  program p = {.uses = uses, .use_count = 1};
  text_piece pieces[] = {{SLICE("Pay {not a hole} "), NO_USE}, {{0}, 0}};
  template *t = template_inline(a, &p, (text_pieces){pieces, 2});
  template_source from = {(void *)&ONE, get, 1, date_of(2026, 3, 15), NULL};
  template_gaps gaps = {0};
  slice out;
  assert_true(template_render(t, &from, LANG_PT, a, &gaps, &out));
  assert_string_equal(out.p, "Pay {not a hole} R$ 1.500,00");
  arena_free(a);
}

static void language_tags(void **state) {
  (void)state;
  assert_int_equal(template_language(SLICE("pt-BR"), LANG_EN), LANG_PT);
  assert_int_equal(template_language(SLICE("ES_mx"), LANG_EN), LANG_ES);
  assert_int_equal(template_language(SLICE("en"), LANG_PT), LANG_EN);
  assert_int_equal(template_language(SLICE("ptx"), LANG_EN), LANG_EN);
  assert_int_equal(template_language((slice){0}, LANG_ES), LANG_ES);
}

static bool second_has_a_picture(void *self, uint32_t subject, slice *cid) {
  (void)self;
  *cid = SLICE("pix-2@dun");
  return subject == 1;
}

/* In a page, where an image may stand; nowhere else. */
static void a_picture_stands_where_images_do(void **state) {
  (void)state;
  static const char *const WRONG[] = {"<p title=\"{pix_qr}\">x</p>", "<a href=\"https://x.example/{pix_qr}\">x</a>",
                                      "<script>{pix_qr}</script>"};
  arena *a = arena_new();
  diags d;
  diags_init(&d, a);
  template *t = template_compile(a, &P, ENT_INVOICE, TEMPLATE_HTML, LANG_EN,
                                 SLICE("{each invoice}[{pix_qr}<img src=\"{pix_qr}\">]{end}"), 0, 0, &d);
  assert_non_null(t);
  assert_true(template_has_qr(t));
  template_source from = {(void *)&ONE, get, 2, date_of(2026, 3, 15), second_has_a_picture};
  template_gaps gaps = {0};
  slice out;
  assert_true(template_render(t, &from, LANG_EN, a, &gaps, &out));
  assert_string_equal(arena_copy(a, out),
                      "[<img src=\"\">][<img src=\"cid:pix-2@dun\" alt=\"Pix\" width=\"220\" height=\"220\">"
                      "<img src=\"cid:pix-2@dun\">]");
  assert_int_equal(gaps.count, 1);
  assert_string_equal(arena_copy(a, gaps.v[0]), "pix_qr");
  for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
    diags_init(&d, a);
    assert_null(template_compile(a, &P, ENT_INVOICE, TEMPLATE_HTML, LANG_EN, slice_of(WRONG[i]), 0, 0, &d));
    assert_string_equal(diag_name(d.first->code), "E0416");
  }
  diags_init(&d, a);
  assert_null(template_compile(a, &P, ENT_INVOICE, TEMPLATE_HEADER, LANG_EN, SLICE("{pix_qr}"), 0, 0, &d));
  diags_init(&d, a);
  assert_null(template_compile(a, &P, ENT_CUSTOMER, TEMPLATE_HTML, LANG_EN, SLICE("{pix_qr}"), 0, 0, &d));
  arena_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(holes_are_written_for_the_reader),
      cmocka_unit_test(braces_double),
      cmocka_unit_test(blocks_repeat_and_choose),
      cmocka_unit_test(what_is_missing_is_a_gap),
      cmocka_unit_test(values_stay_values),
      cmocka_unit_test(links_are_links),
      cmocka_unit_test(mistakes_are_located),
      cmocka_unit_test(places_of_html_are_refused),
      cmocka_unit_test(limits_hold),
      cmocka_unit_test(a_rendering_is_bounded),
      cmocka_unit_test(inline_texts_are_rendered_too),
      cmocka_unit_test(language_tags),
      cmocka_unit_test(a_picture_stands_where_images_do),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
