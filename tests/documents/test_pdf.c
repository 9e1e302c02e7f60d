/* HTML to PDF: by a scripted program (what each end of it comes to), and by the real WeasyPrint (the text is there, and
 * nothing from elsewhere). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "stdlib/documents/pdf.h"

static arena *perm;

static int begin(void **state) {
  (void)state;
  perm = arena_new();
  return 0;
}
static int end(void **state) {
  (void)state;
  arena_free(perm);
  return 0;
}

static void is(slice s, const char *text) {
  if (!slice_eq(s, slice_of(text))) fail_msg("\"%.*s\" is not \"%s\"", SLICE_ARG(s), text);
}

/* ---- a scripted program ---- */

typedef struct script {
  const char *absent; /* the program that is not there */
  world_code code;
  world_ran ran;
  int calls;
  slice page; /* of the last call */
} script;

static world_code scripted(void *self, const world_program *program, arena *a, world_ran *out) {
  script *s = self;
  s->calls++;
  s->page = arena_slice(a, program->input);
  if (s->absent && strstr(program->words[0], s->absent)) return WORLD_NOT_FOUND;
  *out = s->ran;
  return s->code;
}

static void every_end_of_the_program(void **state) {
  (void)state;
  const slice good = SLICE("%PDF-1.7 and so on");
  const struct {
    world_code code;
    world_ran ran;
    pdf_code is;
    const char *why;
  } row[] = {
      {WORLD_OK, {.how = WORLD_RAN_FINE, .output = good}, PDF_MADE, ""},
      {WORLD_OK,
       {.how = WORLD_RAN_FINE, .output = SLICE("<html>")},
       PDF_REFUSED,
       "WeasyPrint made something that is no PDF"},
      {WORLD_OK, {.how = WORLD_RAN_FINE}, PDF_REFUSED, "WeasyPrint made something that is no PDF"},
      {WORLD_OK, {.how = WORLD_RAN_FAILED, .status = 1}, PDF_REFUSED, "WeasyPrint ended with status 1"},
      {WORLD_OK, {.how = WORLD_RAN_KILLED, .status = 9}, PDF_LATER, "WeasyPrint was ended by signal 9"},
      {WORLD_OK, {.how = WORLD_RAN_TOO_LONG}, PDF_LATER, "WeasyPrint took more than 18 s"},
      {WORLD_OK, {.how = WORLD_RAN_TOO_MUCH}, PDF_REFUSED, "the PDF would be larger than 16 MB"},
      {WORLD_NO_SPACE, {.how = WORLD_RAN_FAILED}, PDF_LATER, "WeasyPrint does not run: no space is left on the device"},
  };
  world *w = world_fake_new(0);
  script s = {.calls = 0};
  world_fake_set_program(w, scripted, &s);
  for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
    s.code = row[i].code;
    s.ran = row[i].ran;
    pdf p = pdf_from_html(w, SLICE("<p>x"), perm);
    assert_int_equal(p.code, row[i].is);
    is(p.why, row[i].why);
    is(p.bytes, row[i].is == PDF_MADE ? "%PDF-1.7 and so on" : "");
  }
  world_fake_free(w);
}

static void the_second_program_where_the_first_is_absent(void **state) {
  (void)state;
  world *w = world_fake_new(0);
  const slice good = SLICE("%PDF-1.7 and so on");
  script s = {.absent = "python3", .ran = {.how = WORLD_RAN_FINE, .output = good}};
  world_fake_set_program(w, scripted, &s);
  assert_int_equal(pdf_from_html(w, SLICE("<p>x"), perm).code, PDF_MADE);
  assert_int_equal(s.calls, 2);
  /* A browser is told what it may load before it reads the page. */
  assert_true(slice_starts(s.page, SLICE("<!doctype html><meta http-equiv=\"Content-Security-Policy\"")));
  /* Python is there, WeasyPrint is not. */
  s = (script){.ran = {.how = WORLD_RAN_FAILED, .status = 3}};
  assert_int_equal(pdf_from_html(w, SLICE("<p>x"), perm).code, PDF_REFUSED); /* Chromium's status 3 means no more */
  assert_int_equal(s.calls, 2);
  world_fake_set_program(w, NULL, NULL);
  pdf p = pdf_from_html(w, SLICE("<p>x"), perm);
  assert_int_equal(p.code, PDF_NO_PROGRAM);
  is(p.why, "nothing here makes PDFs: install the package weasyprint (or chromium)");
  w->run = NULL;
  assert_int_equal(pdf_from_html(w, SLICE("<p>x"), perm).code, PDF_NO_PROGRAM);
  world_fake_free(w);
}

static void a_page_has_a_limit(void **state) {
  (void)state;
  world *w = world_fake_new(0);
  script s = {.ran = {.how = WORLD_RAN_FINE, .output = SLICE("%PDF-1.7 and so on")}};
  world_fake_set_program(w, scripted, &s);
  char *page = calloc(1, PDF_HTML_BYTES_MAX + 1);
  assert_non_null(page);
  memset(page, 'x', PDF_HTML_BYTES_MAX + 1);
  assert_int_equal(pdf_from_html(w, (slice){page, PDF_HTML_BYTES_MAX}, perm).code, PDF_MADE);
  pdf p = pdf_from_html(w, (slice){page, PDF_HTML_BYTES_MAX + 1}, perm);
  assert_int_equal(p.code, PDF_REFUSED);
  is(p.why, "the page is larger than 2 MB");
  free(page);
  world_fake_free(w);
}

/* ---- the real one ---- */

#define PAGE(body)                                                                                                     \
  "<!doctype html><html lang=\"pt\"><head><meta charset=\"utf-8\"><style>@page{size:A4}</style></head><body>" body     \
  "</body></html>"

static slice text_of(slice pdf_bytes) {
  world *w = world_posix();
  const char *const words[] = {"/usr/bin/pdftotext", "in.pdf", "out.txt", NULL};
  const world_program p = {.words = words,
                           .input_name = "in.pdf",
                           .input = pdf_bytes,
                           .output_name = "out.txt",
                           .time_max_ns = 60000000000,
                           .processor_max_s = 60,
                           .memory_max = 1u << 30,
                           .bytes_max = 1u << 20};
  world_ran r;
  assert_int_equal(w->run(w, &p, perm, &r), WORLD_OK);
  assert_int_equal(r.how, WORLD_RAN_FINE);
  return r.output;
}
static bool holds(slice s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }

static void a_real_page(void **state) {
  (void)state;
  const slice page =
      SLICE(PAGE("<h1>Aditivo nº 7 – José &amp; Ação</h1><p>R$ 1.000,00</p>"
                 "<img src=\"file:///etc/passwd\" alt=\"no file\"><img src=\"http://127.0.0.1:9/x.png\" alt=\"no net\">"
                 "<link rel=attachment href=\"file:///etc/hostname\">"
                 "<script>document.write('scripted')</script>"));
  pdf p = pdf_from_html(world_posix(), page, perm);
  if (p.code != PDF_MADE) fail_msg("%.*s", SLICE_ARG(p.why));
  assert_true(slice_starts(p.bytes, SLICE("%PDF-")));
  slice text = text_of(p.bytes);
  assert_true(holds(text, "Aditivo nº 7 – José & Ação"));
  assert_true(holds(text, "R$ 1.000,00"));
  assert_false(holds(text, "scripted"));
  assert_false(holds(p.bytes, "EmbeddedFile")); /* a file of this machine, attached */
  pdf again = pdf_from_html(world_posix(), page, perm);
  assert_int_equal(again.code, PDF_MADE);
  assert_true(slice_eq(again.bytes, p.bytes));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_end_of_the_program),
      cmocka_unit_test(the_second_program_where_the_first_is_absent),
      cmocka_unit_test(a_page_has_a_limit),
      cmocka_unit_test(a_real_page),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
