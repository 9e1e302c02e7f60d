/* See test_report.h: JUnit's XML, as build servers read it. No times and no machine's name: the same tests give the
 * same bytes. */
#include "test_report.h"

/* XML 1.0 has no control characters but tab and line ends. */
static void escaped(text *to, slice s) {
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    if (c == '&')
      text_cstr(to, "&amp;");
    else if (c == '<')
      text_cstr(to, "&lt;");
    else if (c == '>')
      text_cstr(to, "&gt;");
    else if (c == '"')
      text_cstr(to, "&quot;");
    else if (c >= 0x20 || c == '\n' || c == '\t')
      text_char(to, (char)c);
  }
}

static void attribute(text *to, const char *name, slice value) {
  text_printf(to, " %s=\"", name);
  escaped(to, value);
  text_char(to, '"');
}

static uint32_t differences(const test_outcome *o) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < o->count; i++)
    n += o->entries[i].match == TEST_NOT_HAPPENED || o->entries[i].match == TEST_UNEXPECTED;
  return n;
}

/* A failure carries what a person would have read. */
static void failure(text *to, const tested *t, uint32_t i) {
  const test_outcome *o = &t->v[i];
  if (o->error.n) {
    text_cstr(to, "      <error");
    attribute(to, "message", o->error);
    text_cstr(to, "/>\n");
    return;
  }
  tested one = *t;
  text plain = text_new(to->perm);
  one.v = o;
  one.n = 1;
  test_plain(&plain, &one, false);
  uint32_t n = differences(o);
  text_printf(to, "      <failure message=\"%u difference%s\">", n, n == 1 ? "" : "s");
  escaped(to, text_slice(&plain));
  text_cstr(to, "</failure>\n");
}

static void suite(text *to, const tested *t) {
  uint32_t errors = t->p ? 0 : 1;
  for (uint32_t i = 0; i < t->n; i++) errors += t->v[i].error.n > 0;
  uint32_t tests = t->p ? t->n : 1, failures = t->failed - (t->p ? errors : 0);
  text_cstr(to, "  <testsuite");
  attribute(to, "name", t->path);
  text_printf(to, " tests=\"%u\" failures=\"%u\" errors=\"%u\">\n", tests, failures, errors);
  if (!t->p) {
    text_cstr(to, "    <testcase name=\"compile\"");
    attribute(to, "classname", t->path);
    text_cstr(to, ">\n      <error message=\"the policy does not compile\"/>\n    </testcase>\n");
  }
  for (uint32_t i = 0; i < t->n; i++) {
    const policy_test *test = t->v[i].test;
    uint32_t line_no, column_no;
    source_position(&t->sources[test->at.file], test->at.from, &line_no, &column_no);
    text_cstr(to, "    <testcase");
    attribute(to, "name", test->name);
    attribute(to, "classname", t->path);
    attribute(to, "file", t->sources[test->at.file].name);
    text_printf(to, " line=\"%u\"%s\n", line_no, t->v[i].passed ? "/>" : ">");
    if (t->v[i].passed) continue;
    failure(to, t, i);
    text_cstr(to, "    </testcase>\n");
  }
  text_cstr(to, "  </testsuite>\n");
}

void test_junit(text *to, const tested *v, size_t n) {
  uint32_t tests = 0, failures = 0, errors = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t not_run = v[i].p ? 0 : 1;
    for (uint32_t k = 0; k < v[i].n; k++) not_run += v[i].v[k].error.n > 0;
    tests += v[i].p ? v[i].n : 1;
    errors += not_run;
    failures += v[i].failed - (v[i].p ? not_run : 0);
  }
  text_cstr(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  text_printf(to, "<testsuites tests=\"%u\" failures=\"%u\" errors=\"%u\">\n", tests, failures, errors);
  for (size_t i = 0; i < n; i++) suite(to, &v[i]);
  text_cstr(to, "</testsuites>\n");
}
