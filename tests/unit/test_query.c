/* What an editor asks of a policy (lang/query), as tables: a text with the cursor at `|`, and what is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lang/base/utf8.h"
#include "lang/compile.h"
#include "lang/query/query.h"

typedef struct opened {
  arena *perm;
  query q;
  uint32_t at;
} opened;

/* `marked` without its `|`, compiled. */
static opened open_marked(const char *marked) {
  opened o = {.perm = arena_new()};
  const char *bar = strchr(marked, '|');
  size_t before = (size_t)(bar - marked), all = strlen(marked) - 1;
  char *text = arena_copy(o.perm, slice_of(marked));
  memmove(text + before, text + before + 1, all - before + 1);
  source *file = ARENA_NEW(o.perm, source);
  *file = (source){SLICE("policy.dun"), {text, all}};
  diags d;
  compiled c;
  diags_init(&d, o.perm);
  compile_options keeping = {.keeps_trees = true};
  (void)compile_with(o.perm, file, 1, &keeping, &d, &c);
  query_begin(o.perm, file, 1, &c, &o.q);
  o.at = (uint32_t)before;
  return o;
}

static const project_name PROJECT[] = {
    {PROJECT_TEMPLATE, {"reminder", 8}, KW_EMAIL}, {PROJECT_TEMPLATE, {"short", 5}, KW_SMS},
    {PROJECT_DOCUMENT, {"addendum", 8}, KW_NONE},  {PROJECT_CALENDAR, {"brazil", 6}, KW_NONE},
    {PROJECT_SERIES, {"IPCA", 4}, KW_NONE},        {PROJECT_INCLUDE, {"common.dun", 10}, KW_NONE}};
static const query_lists LISTS = {PROJECT, sizeof PROJECT / sizeof *PROJECT};

static bool offers(const completion *v, uint32_t n, const char *label) {
  for (uint32_t i = 0; i < n; i++)
    if (slice_eq(v[i].label, slice_of(label)) && !v[i].snippet) return true;
  return false;
}

#define L "ladder a for invoices\n  "

static void completion_by_context(void **state) {
  static const struct {
    const char *text, *offered, *not_offered;
  } ROWS[] = {
      {"|", "ladder", "then"},
      {"lad|", "ladder", "send"},
      {"hold wh|", "hold while", "ladder"},
      {"hold |", "hold while", "send"},
      {"hold while |", "disputed", "send"},
      {"hold while disp|", "disputed", "promised"},
      {L "at 5d |", "send", "number"},
      {L "at 5d send |", "email", "send"},
      {L "at 5d send email |", "template", "email"},
      {L "at 5d send email template \"|", "reminder", "short"},
      {L "at 5d send sms template \"sh|", "short", "reminder"},
      {L "at 5d send email \"hi {|", "customer.name", "reminder"},
      {L "at 5d send email \"hi {customer.na|", "customer.name", "customer.email"},
      {L "at 5d send email template \"x\" |", "with", "where"},
      {L "at 5d send email template \"x\" with |", "boleto", "amount"},
      {L "at 5d send email template \"x\" with pix, |", "fees", "amount"},
      {L "at 5d send email template \"x\"\n  |", "then", "where"},
      {L "at 5d alert |", "finance", "owner"},
      {"team finance is \"a@b.co\"\n" L "at 5d alert fi|", "finance", "number"},
      {L "at 5d escalate |", "owner", "finance"},
      {L "at 5d open card in \"x\" priority |", "high", "owner"},
      {L "at 5d create document \"|", "addendum", "reminder"},
      {L "at 5d if |", "amount", "send"},
      {L "at 5d if customer.|", "customer.segment", "amount"},
      {L "at 5d if status is |", "paid", "active"},
      {L "at 5d if status in (open, |", "cancelled", "active"},
      {L "at 5d if status is open |", "and", "active"},
      {"ladder a for contracts where status is |", "active", "paid"},
      {"ladder a for contracts counting from |", "end", "price"},
      {"ladder a for |", "invoices", "send"},
      {"define big as amount > 1\nladder a for invoices where |", "big", "ladder"},
      {"field project as text\nladder a for invoices where |", "project", "ladder"},
      {"calendar |", "brazil", "reminder"},
      {"currency B|", "BRL", "EUR"},
      {"include \"|", "common.dun", "reminder"},
      {"test \"x\"\n  given invoice |", "amount", "customer.name"},
      {"test \"x\"\n  given invoice amount 5 due 2026-01-01 and customer |", "segment", "amount"},
      {"# ladder |", NULL, "ladder"},
      {L "at 5d log \"|", NULL, "send"},
      {"idioma português\nrég|", "régua", "ladder"},
      {"idioma português\nrégua x para faturas onde |", "cliente.segmento", "amount"},
      {"idioma português\nrégua x para faturas onde situação é |", "paga", "paid"},
      {"idioma español\nsuspender m|", "suspender mientras", "hold while"},
      {"idioma español\nescala x para facturas\n  a los 5d enviar email |", "plantilla", "template"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    /* `alert |` has a team to offer only where one is made */
    const char *text = ROWS[i].text;
    bool has_team = strstr(text, "alert |") != NULL;
    opened o = open_marked(has_team ? "team finance is \"a@b.co\"\n" L "at 5d alert |" : text);
    uint32_t n;
    const completion *v = query_complete(&o.q, 0, o.at, &LISTS, &n);
    bool fine = (!ROWS[i].offered || offers(v, n, ROWS[i].offered)) && !offers(v, n, ROWS[i].not_offered);
    for (uint32_t k = 0; k < n; k++) fine = fine && v[k].replace.from <= o.at && v[k].replace.to == o.at;
    if (!fine) {
      printf("%s\n  wants %s, not %s; offered:", text, ROWS[i].offered ? ROWS[i].offered : "nothing",
             ROWS[i].not_offered);
      for (uint32_t k = 0; k < n && k < 20; k++) printf(" %.*s,", SLICE_ARG(v[k].label));
      printf("\n");
    }
    arena_free(o.perm);
    assert_true(fine);
  }
}

static void snippets_begin_sentences(void **state) {
  (void)state;
  opened o = open_marked("lad|");
  uint32_t n, found = 0;
  const completion *v = query_complete(&o.q, 0, o.at, &LISTS, &n);
  for (uint32_t i = 0; i < n; i++) found += v[i].snippet && memchr(v[i].insert.p, '$', v[i].insert.n) != NULL;
  assert_int_equal(found, 1);
  arena_free(o.perm);
}

static void hover_says(void **state) {
  static const struct {
    const char *text, *says;
  } ROWS[] = {
      {"hold while dispu|ted", "yes/no"},
      {"hold wh|ile disputed", "Nothing fires"},
      {"ladder a for invoices where customer.se|gment = \"x\"\n  at 5d log \"x\"", "may be missing"},
      {"ladder a for contracts where st|atus is active\n  at 5d log \"x\"", "`active`"},
      {L "at 5|bd log \"x\"", "5 business days of the policy's calendar after `due`"},
      {L "at 2|w log \"x\"", "14 calendar days after `due`"},
      {L "at 3|d before due log \"x\"", "3 calendar days before `due`"},
      {L "at 30|d then every 7d, 4 more times log \"x\"", "4 more times, every 7d"},
      {"ladder a for contracts counting from end\n  at 6|0d before end log \"x\"", "before `end`"},
      {"define big as amount > 1_000\nladder a for invoices where bi|g\n  at 5d log \"x\"",
       "define big as amount > 1_000"},
      {"field invoice.project as text\nladder a for invoices where pro|ject = \"x\"\n  at 5d log \"x\"",
       "your own data"},
      {L "at 5d log \"hi {num|ber}\"", "unique in the ledger"},
      {"idioma português\nsuspender enq|uanto contestada", "Nada dispara"},
      {"idioma español\nsuspender mientras dispu|tada", "sí/no"},
      {L "at 5d if custmer.x = 1 and amo|unt > 5 log \"x\"", "the original amount"},
      {L "at 5d log \"a |b\"", ""},
  };
  (void)state;
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    opened o = open_marked(ROWS[i].text);
    span about = {0};
    slice says = query_hover(&o.q, 0, o.at, &about);
    const char *text = arena_copy(o.perm, says);
    bool fine = ROWS[i].says[0] ? utf8_fold_contains(says, slice_of(ROWS[i].says)) : says.n == 0;
    if (!fine) printf("%s\n  wants: %s\n  says:  %s\n", ROWS[i].text, ROWS[i].says, text);
    arena_free(o.perm);
    assert_true(fine);
  }
}

static void rename_changes_names_alone(void **state) {
  static const struct {
    const char *text, *to;
    rename_status status;
    uint32_t places;
  } ROWS[] = {
      {"define bi|g as amount > 1\nladder a for invoices where big and not big\n  at 5d log \"x\"", "large",
       RENAME_FINE, 3},
      {"define big as amount > 1\nladder a for invoices where bi|g\n  at 5d log \"big\"", "large", RENAME_FINE, 2},
      {"define bi|g as amount > 1\nladder big for invoices where big\n  at 5d log \"x\"", "large", RENAME_FINE, 2},
      {"field customer.proj|ect as text\nladder a for invoices where customer.project = \"x\"\n  at 5d log "
       "\"{customer.project}\"",
       "plan", RENAME_FINE, 3},
      {"team fin|ance is \"a@b.co\"\n" L "at 5d alert finance \"x\"", "treasury", RENAME_FINE, 2},
      {"team fin|ance is \"a@b.co\"\nguarantee never alert finance\n" L "at 5d alert finance \"x\"", "treasury",
       RENAME_FINE, 3},
      {"ladder a|b for invoices\n  at 5d log \"x\"", "main", RENAME_FINE, 1},
      {"rule r|1: when overdue >= 5d log \"x\"", "late_ones", RENAME_FINE, 1},
      {"define bi|g as amount > 1", "two words", RENAME_MALFORMED, 0},
      {"define bi|g as amount > 1", "1st", RENAME_MALFORMED, 0},
      {"define bi|g as amount > 1", "", RENAME_MALFORMED, 0},
      {"define bi|g as amount > 1", "and", RENAME_KEYWORD, 0},
      {"define bi|g as amount > 1", "today", RENAME_KEYWORD, 0},
      {"define bi|g as amount > 1", "amount", RENAME_TAKEN, 0},
      {"define bi|g as amount > 1", "customer", RENAME_TAKEN, 0},
      {"define bi|g as amount > 1\ndefine large as amount > 2", "Large", RENAME_TAKEN, 0},
      {"hold while dispu|ted", "x", RENAME_NOT_OURS, 0},
      {"hold wh|ile disputed", "x", RENAME_NO_NAME, 0},
      {"idioma português\ndefinir gran|de como valor > 1", "valor", RENAME_TAKEN, 0},
      {"idioma português\ndefinir gran|de como valor > 1", "enviar", RENAME_KEYWORD, 0},
  };
  (void)state;
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    opened o = open_marked(ROWS[i].text);
    const span *places = NULL;
    uint32_t n;
    rename_status status = query_rename(&o.q, 0, o.at, slice_of(ROWS[i].to), &places, &n);
    if (status != ROWS[i].status || n != ROWS[i].places)
      printf("%s -> %s: %d, %u places\n", ROWS[i].text, ROWS[i].to, (int)status, n);
    assert_int_equal(status, ROWS[i].status);
    assert_int_equal(n, ROWS[i].places);
    for (dun_lang l = LANG_EN; l < LANG_COUNT && status != RENAME_FINE; l++)
      assert_true(query_rename_says(status, l).n > 0);
    arena_free(o.perm);
  }
}

static void definitions(void **state) {
  (void)state;
  opened o = open_marked("define big as amount > 1\nladder a for invoices where bi|g\n  at 5d log \"x\"");
  const named *n = query_name_at(&o.q, 0, o.at), *made = query_definition(&o.q, n);
  assert_int_equal(made->at.from, 7);
  assert_int_equal(made->at.to, 10);
  uint32_t count;
  const outline_item *v = query_outline(&o.q, 0, &count);
  assert_int_equal(count, 3);
  assert_int_equal(v[2].depth, 1);
  assert_int_equal(v[1].at.to, v[2].at.to);
  arena_free(o.perm);
}

/* What begins a sentence, sets, does or happens has a meaning to show. */
static void keywords_have_meanings(void **state) {
  (void)state;
  written_file none = {0};
  expected begins;
  written_expected(&none, 0, 0, &begins);
  assert_true(begins.known);
  for (kw op = KW_NONE + 1; op < KW_COUNT; op++) {
    bool wanted = (op >= KW_SEND && op <= KW_SIGNATURE && begins.kw[op]) ||
                  (op >= KW_EV_PAYMENT_IN_FULL && op < KW_SAP && op != KW_CONTAINING);
    for (dun_lang l = LANG_EN; wanted && l < LANG_COUNT; l++) {
      if (!query_keyword_says(op, l).n) printf("%s has no meaning\n", kw_name(op));
      assert_true(query_keyword_says(op, l).n > 0);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(completion_by_context),
      cmocka_unit_test(snippets_begin_sentences),
      cmocka_unit_test(hover_says),
      cmocka_unit_test(rename_changes_names_alone),
      cmocka_unit_test(definitions),
      cmocka_unit_test(keywords_have_meanings),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
