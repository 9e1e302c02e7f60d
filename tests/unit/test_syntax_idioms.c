/* What people bring from other languages, spreadsheets and countries: each gives one error, with advice that holds, or
 * simply works where it is harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/analyse/coverage.h"
#include "lang/compile.h"

typedef struct idiom {
  const char *line; /* a policy of its own where it begins with `!`; else a line of a ladder */
  diag_code code;   /* DIAG_COUNT: it works */
  const char *hint; /* what the hint has in it; NULL: none is asked for */
  unsigned errors;  /* 0: one */
} idiom;

static const idiom IDIOMS[] = {
    /* operators */
    {"at 5d if status == open log \"x\"", DIAG_E0017, "`=`", 0},
    {"at 5d if amount <> 5 log \"x\"", DIAG_E0017, "`!=`", 0},
    {"at 5d if amount => 5 log \"x\"", DIAG_E0017, "`>=`", 0},
    {"at 5d if amount =< 5 log \"x\"", DIAG_E0017, "`<=`", 0},
    {"at 5d if disputed && promised log \"x\"", DIAG_E0017, "`and`", 0},
    {"at 5d if disputed || promised log \"x\"", DIAG_E0017, "`or`", 0},
    {"at 5d if !disputed log \"x\"", DIAG_E0017, "`not`", 0},
    {"at 5d -> log \"x\"", DIAG_E0004, NULL, 0},
    {"at 5d if amount > 5: log \"x\"", DIAG_E0100, "colon", 0},
    {"at 5d log \"x\" and log \"y\"", DIAG_E0100, "`then`", 0},
    {"at 5d if disputed log \"x\" elif promised log \"y\"", DIAG_E0100, "`otherwise if`", 0},
    {"at 5d if customer.name like \"a%\" log \"x\"", DIAG_E0100, "`contains`", 0},
    {"at 5d if disputed = true log \"x\"", DIAG_E0112, "`yes`", 0},
    {"at 5d if customer.email is null log \"x\"", DIAG_E0112, "`is missing`", 0},
    {"at 5d if customer.segment in [\"gov\", \"x\"] log \"x\"", DIAG_E0018, NULL, 0},
    /* structure */
    {"at 5d log \"x\"\nend", DIAG_E0102, "take it out", 0},
    {"!ladder s for invoices {\n  at 5d log \"x\"\n}", DIAG_E0018, NULL, 0},
    {"!currency = BRL", DIAG_E0100, "take the sign out", 0},
    {"!currency: BRL", DIAG_E0100, "take the sign out", 0},
    {"!currency \"BRL\"", DIAG_E0100, "`BRL`", 0},
    {"!calendar \"brazil\"", DIAG_E0100, "`brazil`", 0},
    {"!timezone UTC", DIAG_E0100, "\"UTC\"", 0},
    {"at 5d log \"x\" // a comment", DIAG_E0030, NULL, 0},
    {"-- a comment, with words", DIAG_E0030, NULL, 0},
    {"/* a comment */", DIAG_E0030, NULL, 0},
    /* texts */
    {"at 5d log 'text'", DIAG_E0006, NULL, 0},
    {"at 5d log `text`", DIAG_E0006, NULL, 0},
    {"at 5d log \u201ctext\u201d", DIAG_E0006, NULL, 0},
    {"at 5d log \u00abtext\u00bb", DIAG_E0006, NULL, 0},
    {"at 5d send message \"x\"", DIAG_E0100, "by which channel", 0},
    {"at 5d send an email \"x\"", DIAG_E0100, "article", 0},
    /* numbers and money */
    {"at 5d if amount > $1,000 log \"x\"", DIAG_E0015, "`1_000 USD`", 0},
    {"at 5d if amount > $5 log \"x\"", DIAG_E0015, "`5 USD`", 0},
    {"at 5d if amount > R$1.000,00 log \"x\"", DIAG_E0007, "`1_000.00`", 0},
    {"at 5d if amount > 1,000 log \"x\"", DIAG_E0007, "`1_000`", 0},
    {"at 5d if amount > 1.000 log \"x\"", DIAG_E0008, "`1_000`", 0},
    {"at 5d if amount > 1 000 log \"x\"", DIAG_E0100, "`1_000`", 0},
    {"at 5d if amount > 10k log \"x\"", DIAG_E0011, "`10_000`", 0},
    {"at 5d if amount > USD 1000 log \"x\"", DIAG_E0100, "`1000 USD`", 0},
    {"!late fee 2 percent", DIAG_E0100, "`2%`", 0},
    /* days, dates and hours */
    {"at -3d log \"x\"", DIAG_E0019, "before due", 0},
    {"at +5d log \"x\"", DIAG_E0100, "take the sign out", 0},
    {"at 5 log \"x\"", DIAG_E0100, "`5d`", 0},
    {"at 5 dias log \"x\"", DIAG_E0011, "`5d`", 0},
    {"at 5 dias úteis log \"x\"", DIAG_E0011, NULL, 0},
    {"at 5du log \"x\"", DIAG_E0011, "`5bd`", 0},
    {"after 5 days log \"x\"", DIAG_E0102, "`at 5d after due`", 0},
    {"5 days after due log \"x\"", DIAG_E0102, "`at 5 days`", 0},
    {"at 5d if due > 31/03/2026 log \"x\"", DIAG_E0013, "`2026-03-31`", 0},
    {"at 5d if due > 31.03.2026 log \"x\"", DIAG_E0013, "`2026-03-31`", 0},
    {"at 5d if due > 2026/03/31 log \"x\"", DIAG_E0012, "`2026-03-31`", 0},
    {"at 5d if due > 2026-3-31 log \"x\"", DIAG_E0012, "`2026-03-31`", 0},
    {"!send between 8h and 18:00", DIAG_E0011, "`08:00`", 0},
    {"!send between 8h30 and 18:00", DIAG_E0011, "`08:30`", 0},
    {"!send between 08:00 and 6pm", DIAG_E0011, "`18:00`", 0},
    {"!send between 8am and 6pm", DIAG_E0011, "`08:00`", 2},
    {"!send between 12am and 18:00", DIAG_E0011, "`00:00`", 0},
    {"!send between 8 and 18", DIAG_E0100, "`08:00`", 0},
    {"!send between 08:00-18:00", DIAG_E0100, "`and`", 0},
    {"!send between 08:00 and 18:00 on monday-friday", DIAG_E0100, "`to`", 0},
    {"!send between 08:00 and 18:00 on mon", DIAG_E0100, "`monday`", 0},
    /* languages */
    {"!idioma portugues\nquando atraso >= 5d enviar sms \"x\"", DIAG_E0100, NULL, 0},
    {"!idioma português\nregua x para faturas\n  aos 5d registrar \"x\"", DIAG_E0102, "`régua`", 0},
    {"!idioma português\nrégua x para faturas\n  aos 5d registrar \"x\"\nfim", DIAG_E0102, "retire", 0},
    {"!idioma español\nescala x para facturas\n  a los 5 days registrar \"x\"", DIAG_E0011, "`5d`", 0},
    {"!idioma español\nescala x para facturas\n  a los 5d si disputada registrar \"x\" si no prometida registrar \"y\"",
     DIAG_E0100, "`si es falso que", 0},
    /* a slip of the pen: the nearest of what there is */
    {"at 5d if amuont > 5 log \"x\"", DIAG_E0112, "\"amount\"", 0},
    {"at 5d if customer.segmnet = \"x\" log \"x\"", DIAG_E0112, "\"segment\"", 0},
    {"at 5d escalte owner", DIAG_E0100, "`escalate`", 0},
    {"!laddr s for invoices", DIAG_E0102, "`ladder`", 0},
    {"!calendar brazill", DIAG_E0117, "\"brazil\"", 0},
    {"at 5d send emial \"x\"", DIAG_E0100, "`email`", 0},
    {"at 5d send whatsap \"x\"", DIAG_E0100, "`whatsapp`", 0},
    {"at 5d log \"{nmber}\"", DIAG_E0112, "\"number\"", 0},
    {"at 5d if status is opne log \"x\"", DIAG_E0113, "\"open\"", 0},
    /* what the issue names, all of it */
    {"at 5d if amount == 5 log \"x\"", DIAG_E0017, "`=`", 0},
    {"at 5d send email template \u201creminder\u201d", DIAG_E0006, NULL, 0},
    {"at 5d send email template \u2018reminder\u2019", DIAG_E0006, NULL, 0},
    /* harmless */
    {"at 5d if disputed then log \"x\" else log \"y\"", DIAG_COUNT, NULL, 0},
    {"at 5d IF disputed AND promised Or overdue > 3d log \"x\"", DIAG_COUNT, NULL, 0},
    {"at 5d if (amount > 5) log \"x\";", DIAG_COUNT, NULL, 0},
    {"at 5d if open > amount * 30% log \"x\"", DIAG_COUNT, NULL, 0},
    {"at 5d if amount != 5 log \"it's\"", DIAG_COUNT, NULL, 0},
    {"\tat 5d\tif disputed\tlog \"x\"", DIAG_COUNT, NULL, 0},
    {"at\u00a05d if\u00a0disputed log\u202f\"x\"", DIAG_COUNT, NULL, 0},
    {"!\ufeffladder s for invoices\r\n  at 5d log \"x\" # comment\r\n", DIAG_COUNT, NULL, 0},
    {"at 5d send e-mail \"x\"", DIAG_COUNT, NULL, 0},
};

static bool has(slice s, const char *part) {
  size_t n = strlen(part);
  for (size_t i = 0; i + n <= s.n; i++)
    if (memcmp(s.p + i, part, n) == 0) return true;
  return false;
}

static bool is_right(const idiom *x) {
  arena *a = arena_new();
  slice text = x->line[0] == '!' ? arena_printf(a, "%s", x->line + 1)
                                 : arena_printf(a, "ladder s for invoices\n  %s\n", x->line);
  source s = {SLICE("idiom.dun"), text};
  diags d;
  compiled out;
  diags_init(&d, a);
  compile(a, &s, 1, &d, &out);
  bool works = x->code == DIAG_COUNT, ok = d.errors == (works ? 0 : x->errors ? x->errors : 1);
  if (ok && !works) ok = d.first->code == x->code && (!x->hint || has(d.first->hint, x->hint));
  if (!ok) print_error("%s\n%.*s", x->line, SLICE_ARG(diags_render(&d, &s, 1, LANG_EN, false, a)));
  arena_free(a);
  return ok;
}

/* `amount > 5` here and `amount < 5` there: the amount of 5 is in neither. */
static void a_border_left_open_is_said(void **state) {
  (void)state;
  static const struct {
    const char *first, *second;
    unsigned said;
  } pairs[] = {{">", "<", 1}, {"<", ">", 1}, {">=", "<", 0}, {">", "<=", 0}, {">=", "<=", 0}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    arena *a = arena_new();
    source s = {SLICE("border.dun"), arena_printf(a,
                                                  "ladder s for invoices where amount %s 5\n  at 5d log \"x\"\n"
                                                  "ladder t for invoices where amount %s 5\n  at 5d log \"x\"\n",
                                                  pairs[i].first, pairs[i].second)};
    diags d;
    compiled out;
    diags_init(&d, a);
    assert_true(compile(a, &s, 1, &d, &out));
    analyse_coverage(a, out.program, &d);
    unsigned said = 0;
    for (const diag *x = d.first; x; x = x->next) said += x->code == DIAG_W0025 || x->code == DIAG_W0026;
    if (said != pairs[i].said) fail_msg("%s and %s", pairs[i].first, pairs[i].second);
    arena_free(a);
  }
}

static void each_is_one_error_with_advice(void **state) {
  (void)state;
  unsigned failed = 0;
  for (size_t i = 0; i < sizeof IDIOMS / sizeof *IDIOMS; i++) failed += !is_right(&IDIOMS[i]);
  assert_int_equal(failed, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(each_is_one_error_with_advice),
                                     cmocka_unit_test(a_border_left_open_is_said)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
