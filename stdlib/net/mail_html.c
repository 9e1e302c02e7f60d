/* See mail_html.h. */
#include "mail_html.h"

#include "lang/base/text.h"
#include "lang/base/utf8.h"

enum { NAME_MAX_BYTES = 16, QUOTES_MAX = 8 };

typedef struct page {
  slice rest;
  text out;
  unsigned quotes; /* blockquotes around */
  bool at_line, space;
} page;

static void line_end(page *g) {
  if (!g->at_line) text_char(&g->out, '\n');
  g->at_line = true;
  g->space = false;
}

static void put(page *g, uint32_t cp) {
  bool blank = cp == ' ' || cp == '\t' || cp == '\n' || cp == '\r' || cp == 0xa0;
  if (blank) {
    g->space = !g->at_line;
    return;
  }
  if (cp < ' ' || cp == 0x7f) return;
  if (g->at_line)
    for (unsigned i = 0; i < g->quotes && i < QUOTES_MAX; i++) text_cstr(&g->out, "> ");
  if (g->space) text_char(&g->out, ' ');
  text_rune(&g->out, cp);
  g->at_line = g->space = false;
}

/* ---- &amp; ---- */

/* Those that mail programs write; letters with accents mostly come as they are. */
static uint32_t entity(slice name) {
  static const struct {
    const char *name;
    uint32_t cp;
  } NAMED[] = {
      {"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},     {"apos", '\''},    {"nbsp", 0xa0},
      {"aacute", 0xe1},  {"Aacute", 0xc1},  {"agrave", 0xe0},  {"Agrave", 0xc0},  {"acirc", 0xe2},   {"Acirc", 0xc2},
      {"atilde", 0xe3},  {"Atilde", 0xc3},  {"auml", 0xe4},    {"Auml", 0xc4},    {"ccedil", 0xe7},  {"Ccedil", 0xc7},
      {"eacute", 0xe9},  {"Eacute", 0xc9},  {"ecirc", 0xea},   {"Ecirc", 0xca},   {"egrave", 0xe8},  {"iacute", 0xed},
      {"Iacute", 0xcd},  {"ntilde", 0xf1},  {"Ntilde", 0xd1},  {"oacute", 0xf3},  {"Oacute", 0xd3},  {"ocirc", 0xf4},
      {"Ocirc", 0xd4},   {"otilde", 0xf5},  {"Otilde", 0xd5},  {"ouml", 0xf6},    {"Ouml", 0xd6},    {"uacute", 0xfa},
      {"Uacute", 0xda},  {"uuml", 0xfc},    {"Uuml", 0xdc},    {"szlig", 0xdf},   {"iexcl", 0xa1},   {"iquest", 0xbf},
      {"ordf", 0xaa},    {"ordm", 0xba},    {"deg", 0xb0},     {"euro", 0x20ac},  {"ndash", 0x2013}, {"mdash", 0x2014},
      {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201c}, {"rdquo", 0x201d}, {"hellip", 0x2026}};
  uint32_t n = 0, base = 10;
  if (name.n > 1 && name.p[0] == '#') {
    size_t i = 1;
    if (name.p[i] == 'x' || name.p[i] == 'X') base = 16, i++;
    for (; i < name.n && n < 0x110000; i++) {
      char c = name.p[i];
      uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                       : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                       : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                              : 99;
      if (digit >= base) return 0;
      n = n * base + digit;
    }
    return n < 0x110000 && (n < 0xd800 || n > 0xdfff) ? n : 0;
  }
  for (size_t i = 0; i < sizeof NAMED / sizeof *NAMED; i++)
    if (slice_eq(name, slice_of(NAMED[i].name))) return NAMED[i].cp;
  return 0;
}

static bool take_entity(page *g) {
  size_t i = 1;
  while (i < g->rest.n && i < NAME_MAX_BYTES && g->rest.p[i] != ';' && g->rest.p[i] != '&' && g->rest.p[i] != '<') i++;
  if (i >= g->rest.n || g->rest.p[i] != ';') return false;
  uint32_t cp = entity((slice){g->rest.p + 1, i - 1});
  if (!cp) return false;
  g->rest = (slice){g->rest.p + i + 1, g->rest.n - i - 1};
  put(g, cp);
  return true;
}

/* ---- <tags> ---- */

static void skip(page *g, size_t n) { g->rest = n < g->rest.n ? (slice){g->rest.p + n, g->rest.n - n} : (slice){0}; }

static void skip_past(page *g, const char *what) {
  const char *at = g->rest.n ? memmem(g->rest.p, g->rest.n, what, strlen(what)) : NULL;
  skip(g, at ? (size_t)(at - g->rest.p) + strlen(what) : g->rest.n);
}

/* Up to the closing tag of what is no text. */
static void skip_element(page *g, slice name) {
  while (g->rest.n) {
    const char *at = memmem(g->rest.p, g->rest.n, "</", 2);
    if (!at) break;
    skip(g, (size_t)(at - g->rest.p) + 2);
    if (g->rest.n >= name.n && utf8_fold_eq((slice){g->rest.p, name.n}, name)) return skip_past(g, ">");
  }
  skip(g, g->rest.n);
}

static void take_tag(page *g) {
  static const char BLOCKS[] = "p|br|div|tr|table|li|ul|ol|h1|h2|h3|h4|h5|h6|hr|blockquote|pre|section|article|body";
  if (slice_starts(g->rest, SLICE("<!--"))) return skip_past(g, "-->");
  skip(g, 1);
  bool closing = g->rest.n && g->rest.p[0] == '/';
  if (closing) skip(g, 1);
  size_t n = 0;
  while (n < g->rest.n && n < NAME_MAX_BYTES && g->rest.p[n] != '>' && g->rest.p[n] != ' ' && g->rest.p[n] != '/' &&
         (unsigned char)g->rest.p[n] > ' ')
    n++;
  slice name = {g->rest.p, n};
  skip_past(g, ">");
  if (!closing && utf8_fold_one_of("style|script|head|title", name)) return skip_element(g, name);
  if (!utf8_fold_one_of(BLOCKS, name)) return;
  line_end(g);
  if (utf8_fold_eq(name, SLICE("hr"))) text_cstr(&g->out, "________________________________\n");
  if (!utf8_fold_eq(name, SLICE("blockquote"))) return;
  if (!closing)
    g->quotes++;
  else if (g->quotes)
    g->quotes--;
}

slice mail_html_text(slice html, size_t most, arena *perm) {
  page g = {.rest = html, .out = text_new(perm), .at_line = true};
  while (g.rest.n && g.out.n < most) {
    char c = g.rest.p[0];
    bool tag = c == '<' && g.rest.n > 1 &&
               (g.rest.p[1] == '!' || g.rest.p[1] == '/' || g.rest.p[1] == '?' || (g.rest.p[1] | 32) >= 'a');
    if (tag) {
      take_tag(&g);
    } else if (c != '&' || !take_entity(&g)) {
      uint32_t cp;
      skip(&g, utf8_decode(g.rest, &cp));
      put(&g, cp);
    }
  }
  return text_slice(&g.out);
}
