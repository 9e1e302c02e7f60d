/* A policy's folder of templates: what is found, what is missing, and which language a customer reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/compile.h"
#include "runtime/world_fake.h"
#include "stdlib/channel/templates.h"

typedef struct fixture {
  arena *a;
  world *w;
  diags d;
  compiled c;
  template_set set;
} fixture;

static fixture begin(const char *policy) {
  fixture f = {.a = arena_new(), .w = world_fake_new(0)};
  source *s = ARENA_NEW(f.a, source);
  *s = (source){SLICE("p.dun"), slice_of(policy)};
  diags_init(&f.d, f.a);
  if (!compile(f.a, s, 1, &f.d, &f.c)) fail_msg("%s", diags_render(&f.d, s, 1, LANG_EN, false, f.a).p);
  diags_init(&f.d, f.a);
  return f;
}

static void put(fixture *f, const char *name, const char *content) {
  char path[128];
  snprintf(path, sizeof path, "t/%s", name);
  world_fake_put_file(f->w, path, slice_of(content));
}

static void check(fixture *f) { templates_check(f->w, f->a, f->c.program, SLICE("t"), &f->d, &f->set); }

static void end(fixture *f) {
  world_fake_free(f->w);
  arena_free(f->a);
}

static const char ONE[] = "ladder l for invoices\n  at 1d send email template \"first\"\n";

#define MAIL "Subject: Hi {number}\n\nBody {open}{each invoice}.{end}\n"

static const char *picked(fixture *f, const char *customer) {
  const message_template *m =
      templates_pick(&f->set, SLICE("first"), CH_EMAIL, ENT_INVOICE, slice_of(customer), LANG_PT);
  return m ? arena_copy(f->a, m->lang) : "none";
}

static void the_language_of_the_customer(void **state) {
  (void)state;
  fixture f = begin(ONE);
  put(&f, "first.email.txt", MAIL);
  put(&f, "first.email.en.txt", MAIL);
  put(&f, "first.email.pt-BR.txt", MAIL);
  put(&f, "first.email.pt.txt", MAIL);
  check(&f);
  assert_null(f.d.first);
  assert_int_equal(f.set.count, 4);
  assert_string_equal(picked(&f, "en"), "en");
  assert_string_equal(picked(&f, "EN-us"), "en");
  assert_string_equal(picked(&f, "pt"), "pt");
  assert_string_equal(picked(&f, "pt_BR"), "pt-BR");
  assert_string_equal(picked(&f, "pt-PT"), "pt");
  assert_string_equal(picked(&f, "de"), "");
  assert_string_equal(picked(&f, ""), "");
  end(&f);
  f = begin(ONE);
  put(&f, "first.email.en.txt", MAIL);
  put(&f, "first.email.pt.txt", MAIL);
  check(&f);
  assert_string_equal(picked(&f, "de"), "pt");
  assert_string_equal(picked(&f, "en"), "en");
  assert_null(templates_pick(&f.set, SLICE("second"), CH_EMAIL, ENT_INVOICE, (slice){0}, LANG_EN));
  end(&f);
}

static void the_page_goes_with_its_text(void **state) {
  (void)state;
  fixture f = begin(ONE);
  put(&f, "first.email.txt", "\xef\xbb\xbfSubject: Hi\r\n\r\nBody\r\n{each invoice}{number}{end}");
  put(&f, "first.email.pt.txt", MAIL);
  put(&f, "first.email.pt.html", "<p>{each invoice}{fine}{end}");
  check(&f);
  assert_null(f.d.first);
  assert_null(templates_pick(&f.set, SLICE("first"), CH_EMAIL, ENT_INVOICE, (slice){0}, LANG_EN)->html);
  assert_non_null(templates_pick(&f.set, SLICE("first"), CH_EMAIL, ENT_INVOICE, SLICE("pt"), LANG_EN)->html);
  /* What they read is loaded with the program's own fields, whose ids stay. */
  const program *p = templates_program(f.a, f.c.program, &f.set);
  bool fine = false;
  for (uint32_t i = f.c.program->use_count; i < p->use_count; i++) fine |= p->uses[i].field == FIELD_INVOICE_FINE;
  assert_true(fine);
  end(&f);
}

static void expect(const char *file, const char *content, const char *policy, diag_code code, const char *hint) {
  fixture f = begin(policy);
  if (file) put(&f, file, content);
  check(&f);
  if (!f.d.first || f.d.first->code != code || f.d.first->next)
    fail_msg("%s: %s", content ? content : "no file", f.d.first ? diag_name(f.d.first->code) : "nothing");
  assert_string_equal(f.d.first->hint.n ? f.d.first->hint.p : "", hint);
  assert_true(diags_render(&f.d, f.set.sources, f.set.source_count, LANG_PT, false, f.a).n > 0);
  end(&f);
}

static void what_is_wrong_is_said(void **state) {
  (void)state;
  expect(NULL, NULL, ONE, DIAG_E0401, "");
  expect("frist.email.txt", MAIL, ONE, DIAG_E0401, "did you mean \"frist\"?");
  expect("first.sms.txt", "x", ONE, DIAG_E0401, "");
  expect("first.email.html", "x", ONE, DIAG_E0401, "");
  expect("first.email.txt", "Hello {number}\n\n", ONE, DIAG_E0409, "");
  expect("first.email.txt", "Subject: \n\nx", ONE, DIAG_E0409, "");
  expect("first.email.txt", "Subject: x\nbody", ONE, DIAG_E0409, "");
  expect("first.email.txt", "Subject: {nmber}\n\n{each invoice}{end}", ONE, DIAG_E0402, "did you mean \"number\"?");
  expect("first.email.txt", "Subject: x\n\n{number}", ONE, DIAG_W0401, "");
  /* A name is looked up among the folder's files, so it cannot lead out of it. */
  expect("first.email.txt", MAIL, "when overdue >= 1d send sms template \"../p\"\n", DIAG_E0401, "");
}

static void a_message_per_invoice_needs_no_list(void **state) {
  (void)state;
  fixture f =
      begin("policy \"x\"\n  one message per invoice\nladder l for invoices\n  at 1d send email template \"first\"\n");
  put(&f, "first.email.txt", "Subject: x\n\n{number}");
  check(&f);
  assert_null(f.d.first);
  end(&f);
}

static void an_error_stands_where_it_is(void **state) {
  (void)state;
  fixture f = begin(ONE);
  put(&f, "first.email.txt", "Subject: x\n\n{each invoice}{opn}{end}");
  check(&f);
  slice s = diags_render(&f.d, f.set.sources, f.set.source_count, LANG_EN, false, f.a);
  assert_non_null(strstr(s.p, "t/first.email.txt:3:16"));
  end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_language_of_the_customer), cmocka_unit_test(the_page_goes_with_its_text),
      cmocka_unit_test(what_is_wrong_is_said),        cmocka_unit_test(a_message_per_invoice_needs_no_list),
      cmocka_unit_test(an_error_stands_where_it_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
