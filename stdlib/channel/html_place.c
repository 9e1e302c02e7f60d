/* See html_place.h. Not a full HTML parser: where it is in doubt it says HTML_NOWHERE, and the template is refused. */
#include "html_place.h"

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }
static bool letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
static bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

/* What parts the attributes of a tag. */
static bool between(char c) { return blank(c) || c == '/'; }

static bool named(const char *name, uint8_t n, const char *word) {
  return strlen(word) == n && memcmp(name, word, n) == 0;
}

static bool ends_with(const html_scan *s, const char *word) {
  size_t n = strlen(word);
  return memcmp(s->tail + sizeof s->tail - n, word, n) == 0;
}

static void remember(html_scan *s, char c) {
  memmove(s->tail, s->tail + 1, sizeof s->tail - 1);
  s->tail[sizeof s->tail - 1] = lower(c);
}

/* One character of a tag, outside of quotes. */
static void in_tag(html_scan *s, char c) {
  if (c == '>') {
    bool raw = named(s->tag, s->tag_n, "script") || named(s->tag, s->tag_n, "style");
    s->state = raw ? HTML_S_RAW : HTML_S_TEXT;
    return;
  }
  if ((c == '"' || c == '\'') && s->attr_done) {
    s->state = HTML_S_VALUE;
    s->quote = c;
    s->value_n = 0;
    return;
  }
  if (!s->tag_done) {
    if (blank(c) || (c == '/' && s->tag_n > 0)) {
      s->tag_done = true;
      s->attr_n = 0;
    } else if (s->tag_n < HTML_NAME_MAX) {
      s->tag[s->tag_n++] = lower(c);
    }
    return;
  }
  if (c == '=') {
    s->attr_done = true;
  } else if (!between(c)) {
    if (s->attr_done || between(s->tail[6])) s->attr_n = 0;
    s->attr_done = false;
    if (s->attr_n < HTML_NAME_MAX) s->attr[s->attr_n++] = lower(c);
  }
}

static void step(html_scan *s, char c) {
  remember(s, c);
  switch (s->state) {
  case HTML_S_TEXT:
    if ((letter(c) || c == '/' || c == '!' || c == '?') && s->tail[6] == '<') {
      s->state = HTML_S_TAG;
      s->tag_n = s->attr_n = 0;
      s->tag_done = s->attr_done = false;
      s->tag[s->tag_n++] = lower(c);
    }
    return;
  case HTML_S_TAG:
    if (ends_with(s, "<!--"))
      s->state = HTML_S_COMMENT;
    else
      in_tag(s, c);
    return;
  case HTML_S_VALUE:
    if (c == s->quote) {
      s->state = HTML_S_TAG;
      s->attr_done = false;
      s->attr_n = 0;
    } else {
      s->value_n++;
    }
    return;
  case HTML_S_COMMENT:
    if (ends_with(s, "-->")) s->state = HTML_S_TEXT;
    return;
  case HTML_S_RAW:
    if (ends_with(s, "</script") || ends_with(s, "</style")) {
      s->state = HTML_S_TAG;
      s->tag_n = 0;
      s->tag[s->tag_n++] = '/';
      s->tag_done = s->attr_done = false;
    }
    return;
  }
}

void html_scan_text(html_scan *s, slice literal) {
  for (size_t i = 0; i < literal.n; i++) step(s, literal.p[i]);
}

html_place html_scan_hole(html_scan *s) {
  static const char *const LINKS[] = {"href", "src", "action", "formaction", "background", "cite", "poster", "srcset"};
  bool first = s->value_n == 0, opened = s->tail[7] == '<';
  memset(s->tail, 0, sizeof s->tail);
  switch (s->state) {
  case HTML_S_TEXT: return opened ? HTML_NOWHERE : HTML_IN_TEXT; /* `<{name}` would make a tag of the value */
  case HTML_S_TAG:
  case HTML_S_COMMENT:
  case HTML_S_RAW: return HTML_NOWHERE;
  case HTML_S_VALUE: break;
  }
  s->value_n++;
  if (named(s->attr, s->attr_n, "style") || named(s->attr, s->attr_n, "srcdoc")) return HTML_NOWHERE;
  if (s->attr_n >= 2 && s->attr[0] == 'o' && s->attr[1] == 'n') return HTML_NOWHERE;
  for (size_t i = 0; i < sizeof LINKS / sizeof *LINKS; i++)
    if (named(s->attr, s->attr_n, LINKS[i])) return first ? HTML_IN_LINK : HTML_IN_LINK_PART;
  return HTML_IN_ATTRIBUTE;
}
