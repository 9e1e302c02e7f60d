/* What html_check.h promises: a reader of the page's own kind of HTML, which knows nothing that the page does not use.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/cli/html_write.h"
#include "tests/support/html_check.h"

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

void assert_well_formed(slice page) {
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

size_t occurrences(slice page, const char *what) {
  size_t n = 0;
  for (const char *p = page.p; (p = strstr(p, what)); p += strlen(what)) n++;
  return n;
}

void assert_self_contained(slice page) {
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

/* x of every text of a class within one picture: apart by at least what the text takes. */
void assert_labels_apart(slice page, size_t picture, const char *class) {
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
