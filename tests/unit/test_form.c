/* Approved templates: the lines above a template's words, what they are filled with, how they fit the channel, and that
 * what was decided is what is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "runtime/store/message.h"
#include "runtime/world_fake.h"
#include "stdlib/channel/form.h"
#include "tests/support/http_script.h"
#include "tests/support/outbox_fixture.h"

/* ---- the lines ---- */

typedef struct checked {
  arena *a;
  world *w;
  diags d;
  compiled c;
  template_set set;
} checked;

#define CLOUD "connect whatsapp cloud with phone \"1\" and token from env \"T\"\n"
#define TWILIO "connect whatsapp twilio from \"+15550100\" with account \"AC1\" and token from env \"T\"\n"
#define RUNG "ladder l for invoices\n  at 1d send whatsapp template \"r\"\n"
#define SID "HX0123456789abcdef0123456789abcdef"

static checked check(const char *policy, const char *file) {
  checked x = {.a = arena_new(), .w = world_fake_new(0)};
  source *s = ARENA_NEW(x.a, source);
  *s = (source){SLICE("p.dun"), slice_of(policy)};
  diags_init(&x.d, x.a);
  if (!compile(x.a, s, 1, &x.d, &x.c)) fail_msg("%s", diags_render(&x.d, s, 1, LANG_EN, false, x.a).p);
  diags_init(&x.d, x.a);
  if (file) world_fake_put_file(x.w, "t/r.whatsapp.txt", slice_of(file));
  templates_check(x.w, x.a, x.c.program, SLICE("t"), &x.d, &x.set);
  return x;
}

static void done(checked *x) {
  world_fake_free(x->w);
  arena_free(x->a);
}

/* Exactly this code, at this place of the template. */
static void wrong(const char *file, diag_code code, const char *at) {
  checked x = check("one message per invoice\n" RUNG, file);
  if (!x.d.first || x.d.first->next) fail_msg("not one finding: %s", file);
  assert_int_equal(x.d.first->code, code);
  span s = x.d.first->at;
  assert_string_equal(arena_copy(x.a, (slice){file + s.from, s.to - s.from}), at);
  done(&x);
}

static void good_lines(void **state) {
  (void)state;
  checked x = check("one message per invoice\n" CLOUD RUNG, "Template: reminder pt_BR\n"
                                                            "1: {customer.name}\n"
                                                            "Header: {number}\n"
                                                            "2: {open} until {due}\n"
                                                            "Button 1: p/{number}\n"
                                                            "\n"
                                                            "Hello {customer.name}\n");
  assert_null(x.d.first);
  const form *f = x.set.v[0].form;
  assert_non_null(f);
  assert_true(slice_eq(f->name, SLICE("reminder")) && slice_eq(f->lang, SLICE("pt_BR")));
  assert_int_equal(f->count, 4);
  assert_int_equal(f->v[1].place, FORM_TEXT);
  assert_int_equal(f->v[1].at, 2);
  assert_int_equal(f->v[2].place, FORM_HEADER);
  assert_int_equal(f->v[3].place, FORM_BUTTON);
  done(&x);
  /* in the other languages, and with CRLF */
  x = check("one message per invoice\n" CLOUD RUNG,
            "modelo: lembrete pt_BR\r\n1: {customer.name}\r\nCabeçalho: x\r\nBotão 2: y\r\n\r\nOlá\r\n");
  assert_null(x.d.first);
  assert_int_equal(x.set.v[0].form->count, 3);
  done(&x);
  x = check("one message per invoice\n" CLOUD RUNG, "Plantilla: aviso es\nEncabezado: x\nBotón 10: y\n\nHola\n");
  assert_null(x.d.first);
  done(&x);
  /* words that only look alike */
  x = check("one message per invoice\n" RUNG, "Templates are nice\n1: {number}\n");
  assert_null(x.d.first);
  assert_null(x.set.v[0].form);
  done(&x);
}

static void wrong_lines(void **state) {
  (void)state;
  wrong("Template: t en\nFooter: x\n\nHello", DIAG_E0412, "Footer: x");
  wrong("Template: t en\n1 {number}\n\nHello", DIAG_E0412, "1 {number}");
  wrong("Template: t en\n1:\n\nHello", DIAG_E0412, "1:");
  wrong("Template: t en\nHeader: a\nHeader: b\n\nHello", DIAG_E0412, "Header: b");
  wrong("Template: t en\nButton 11: b\n\nHello", DIAG_E0412, "Button 11: b");
  wrong("Template: t en\nButton: b\n\nHello", DIAG_E0412, "Button: b");
  wrong("Template: t en\nButton 1: b\nButton 1: c\n\nHello", DIAG_E0412, "Button 1: c");
  wrong("Template:\n\nHello", DIAG_E0412, "Template:");
  wrong("Template: t en US\n\nHello", DIAG_E0412, "Template: t en US");
  wrong("Template: t en\n1: {number}\n\n \n", DIAG_E0412, "Template: t en");
  wrong("Template: t en\n1: {number}", DIAG_E0412, "Template: t en");
  wrong("Template: t en\n2: {number}\n\nHello", DIAG_E0413, "2");
  wrong("Template: t en\n1: a\n1: b\n\nHello", DIAG_E0413, "1");
  wrong("Template: t en\n1: {nmber}\n\nHello", DIAG_E0402, "nmber");
  wrong("Template: t en\n1: {number\n\nHello", DIAG_E0403, "{number");
}

static void as_many_values_as_are_taken(void **state) {
  (void)state;
  for (int more = 0; more < 2; more++) {
    char file[4096];
    size_t n = (size_t)snprintf(file, sizeof file, "Template: t en\n");
    for (int i = 1; i <= FORM_VALUES_MAX + more; i++)
      n += (size_t)snprintf(file + n, sizeof file - n, "%d: {number}\n", i);
    snprintf(file + n, sizeof file - n, "\nHello");
    checked x = check("one message per invoice\n" RUNG, file);
    assert_int_equal(x.d.errors, more);
    if (more) assert_int_equal(x.d.first->code, DIAG_E0408);
    done(&x);
  }
}

static int finding(const char *policy, const char *file) {
  checked x = check(policy, file);
  int code = x.d.first ? (int)x.d.first->code : -1;
  if (x.d.first && x.d.first->next) code = -2;
  done(&x);
  return code;
}

static void what_the_provider_knows(void **state) {
  (void)state;
  const char *named = "Template: t en\n1: {number}\n\nHello", *sid = "Template: " SID "\n1: {number}\n\nHello",
             *button = "Template: " SID "\n1: {number}\nButton 1: x\n\nHello", *bare = "Template: t\n\nHello",
             *none = "Hello {number}";
#define ALONE "one message per invoice\n"
  assert_int_equal(finding(ALONE CLOUD RUNG, named), -1);
  assert_int_equal(finding(ALONE CLOUD RUNG, bare), DIAG_E0414);
  assert_int_equal(finding(ALONE CLOUD RUNG, sid), DIAG_E0414);
  assert_int_equal(finding(ALONE TWILIO RUNG, sid), -1);
  assert_int_equal(finding(ALONE TWILIO RUNG, named), DIAG_E0414);
  assert_int_equal(finding(ALONE TWILIO RUNG, button), DIAG_E0414);
  assert_int_equal(finding(ALONE RUNG, named), -1); /* files take any */
  assert_int_equal(finding(ALONE RUNG, none), -1);
  assert_int_equal(finding(ALONE CLOUD RUNG, none), DIAG_W0402);
  assert_int_equal(finding(ALONE TWILIO RUNG, none), DIAG_W0402);
  assert_int_equal(finding(ALONE CLOUD "ladder l for invoices\n  at 1d send whatsapp \"{number}\"\n", NULL),
                   DIAG_W0402);
  assert_int_equal(finding(ALONE CLOUD "on reply send whatsapp \"thank you\"\n", NULL), -1);
  assert_int_equal(finding(ALONE CLOUD "on reply send whatsapp template \"r\"\n", none), -1);
  /* joined messages: the values must go through the invoices, not the words */
  assert_int_equal(finding(CLOUD RUNG, "Template: t en\n1: {number}\n\n{each invoice}{number}{end}"), DIAG_W0401);
  assert_int_equal(finding(CLOUD RUNG, "Template: t en\n1: {each invoice}{number} {end}\n\nHello"), -1);
}

/* ---- a run ---- */

static void put_reader(house *h, const char *id, const char *number, const char *country) {
  const store_written columns[] = {{SLICE("id"), false},       {SLICE("name"), false},    {SLICE("whatsapp"), false},
                                   {SLICE("language"), false}, {SLICE("country"), false}, {SLICE("email"), false}};
  store_writer *w;
  store_put how;
  must(h->s, store_begin(h->s));
  must(h->s, store_writer_open(h->s, STORE_T_customer, SLICE("test"), columns, 6, &w));
  store_put_text(w, 0, slice_of(id));
  store_put_text(w, 1, SLICE("Maria  \"M\"\tSilva"));
  store_put_text(w, 2, slice_of(number));
  store_put_text(w, 3, SLICE("pt-BR"));
  if (country) store_put_text(w, 4, slice_of(country));
  store_put_text(w, 5, SLICE("maria@x.example"));
  must(h->s, store_put_row(w, &how));
  store_writer_close(w);
  must(h->s, store_commit(h->s));
}

#define FORM_FILE                                                                                                      \
  "Template: payment_reminder pt_BR\n"                                                                                 \
  "1: {customer.name}\n"                                                                                               \
  "2: {open}\n"                                                                                                        \
  "3: {due}\n"                                                                                                         \
  "4: {each invoice}{number}: {open}; {end}\n"                                                                         \
  "Header: {number}\n\nOlá {customer.name}{each invoice}, {number}{end}\n"
#define SENDS "currency BRL\n" CLOUD "ladder l for invoices\n  at 1d send whatsapp template \"r\"\n"
#define TAKEN "{\"messages\":[{\"id\":\"wamid.1\"}]}"

static house begin_whatsapp(const char *file) {
  house h = begin_empty();
  script_begin(h.w);
  world_fake_set_env(h.w, "T", "token");
  put_reader(&h, "C1", "(11) 98765-4321", "Brasil");
  put_invoice(&h, "A-1", "C1", 150000, DAY - 1, "open");
  if (file) world_fake_put_file(h.w, "templates/r.whatsapp.txt", slice_of(file));
  return h;
}

static void end_whatsapp(house *h) {
  script_end();
  end(h);
}

static void what_was_decided_is_what_is_sent(void **state) {
  (void)state;
  house h = begin_whatsapp(FORM_FILE);
  put_invoice(&h, "A-2", "C1", 5000, DAY - 1, "open");
  run r;
  run_commit(&h, &r, SENDS, DAY);
  /* the file changes between the decision and the call */
  world_fake_put_file(h.w, "templates/r.whatsapp.txt", SLICE("Template: other en\n1: x{each invoice}{end}\n\nHello"));
  script_answer(200, TAKEN);
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "SENT 1");
  run_end(&r);
  assert_string_equal(state_of(&h, 0), "accepted");
  const char *body = script_last()->body;
  static const char *const PARTS[] = {"\"to\":\"+5511987654321\"", /* by the customer's country */
                                      "\"name\":\"payment_reminder\",\"language\":{\"code\":\"pt_BR\"}",
                                      "\"text\":\"Maria \\\"M\\\" Silva\"", /* on one line */
                                      "{\"type\":\"currency\",\"currency\":{\"fallback_value\":\"R$ "
                                      "1.500,00\",\"code\":\"BRL\",\"amount_1000\":1500000}}",
                                      "{\"type\":\"date_time\",\"date_time\":{\"fallback_value\":\"01/03/2026\"}}",
                                      "\"text\":\"A-1: R$ 1.500,00; A-2: R$ 50,00;\"",
                                      "{\"type\":\"header\",\"parameters\":[{\"type\":\"text\",\"text\":\"A-1\"}]}"};
  for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
    if (!strstr(body, PARTS[i])) fail_msg("%s\nlacks %s", body, PARTS[i]);
  /* its key is the attempt's */
  const slice columns[] = {SLICE("idempotency_key"), SLICE("provider_id")};
  store_query q = {.table = STORE_T_attempt, .columns = columns, .column_count = 2};
  store_cursor *c;
  must(h.s, store_scan(h.s, &q, &c));
  assert_int_equal(store_next(c), STORE_ROW);
  char key[160];
  snprintf(key, sizeof key, "\"biz_opaque_callback_data\":\"%.*s\"", SLICE_ARG(store_text(c, 0)));
  assert_non_null(strstr(body, key));
  assert_true(slice_eq(store_text(c, 1), SLICE("wamid.1")));
  store_cursor_close(c);
  end_whatsapp(&h);
}

/* `with` asks for more than the approved text has a place for: nothing is added to it, and the run says so. */
static void nothing_is_added_to_an_approved_text(void **state) {
  (void)state;
  house h = begin_whatsapp("Template: t pt_BR\n1: {each invoice}{number}{end}\n\nOlá\n");
  run r;
  run_commit(&h, &r,
             "currency BRL\n" CLOUD "ladder l for invoices\n  at 1d send whatsapp template \"r\" with payment_link\n",
             DAY);
  assert_int_equal(r.o.gap_count, 1);
  assert_true(slice_eq(r.o.gaps[0].name, SLICE("payment_link")));
  script_answer(200, TAKEN);
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "SENT 1");
  run_end(&r);
  end_whatsapp(&h);
}

static void an_empty_value_is_never_sent(void **state) {
  (void)state;
  house h = begin_whatsapp("Template: t pt_BR\n1: {number}{each invoice}{end}\n2: {payment_link}\n\nOlá\n");
  assert_string_equal(whole_run(&h, SENDS, DAY), "REJECTED 1");
  assert_int_equal(script.count, 0);
  assert_string_equal(state_of(&h, 0), "rejected: value 2 of the approved template is empty, and none may be");
  end_whatsapp(&h);
}

static void free_words_go_to_who_wrote(void **state) {
  (void)state;
  house h = begin_whatsapp(NULL);
  const char *policy =
      "currency BRL\none message per invoice\n" CLOUD "ladder l for invoices\n  at 1d send whatsapp \"{number}\"\n";
  must(h.s, store_begin(h.s));
  must(h.s, store_heard(h.s, SLICE("C1"), SLICE("whatsapp"), (NOON_NS / 1000) - (int64_t)23 * 3600 * 1000000));
  must(h.s, store_commit(h.s));
  put_reader(&h, "C2", "(11) 98765-0000", "Brasil");
  put_invoice(&h, "A-2", "C2", 5000, DAY - 1, "open");
  script_answer(200, TAKEN);
  assert_string_equal(whole_run(&h, policy, DAY), "SENT 1, REJECTED 1");
  assert_int_equal(script.count, 1);
  assert_non_null(strstr(script_last()->body, "\"type\":\"text\",\"text\":{\"preview_url\":false,\"body\":\"A-1\"}"));
  end_whatsapp(&h);
}

static void a_number_that_cannot_be_read(void **state) {
  (void)state;
  house h = begin_whatsapp(FORM_FILE);
  put_reader(&h, "C1", "98765", "Brasil");
  assert_string_equal(whole_run(&h, SENDS, DAY), "REJECTED 1");
  assert_string_equal(
      state_of(&h, 0),
      "rejected: the telephone number has too few or too many digits: write one, like +55 11 98765-4321");
  end_whatsapp(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good_lines),
      cmocka_unit_test(wrong_lines),
      cmocka_unit_test(as_many_values_as_are_taken),
      cmocka_unit_test(what_the_provider_knows),
      cmocka_unit_test(what_was_decided_is_what_is_sent),
      cmocka_unit_test(nothing_is_added_to_an_approved_text),
      cmocka_unit_test(an_empty_value_is_never_sent),
      cmocka_unit_test(free_words_go_to_who_wrote),
      cmocka_unit_test(a_number_that_cannot_be_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
