/* See http_text.h. RFC 9110 (headers), RFC 3986 (percent-encoding). */
#include "http_text.h"

#include "json.h"

static bool alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

void http_percent(text *t, slice s) {
  static const char HEX[] = "0123456789ABCDEF";
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    if (alphanumeric(c) || (c && strchr("-._~", c)))
      text_char(t, c);
    else
      text_add(t, (slice){(char[]){'%', HEX[(uint8_t)c >> 4], HEX[c & 15]}, 3});
  }
}

void http_add_formed(text *t, slice s, http_form form) {
  switch (form) {
  case HTTP_AS_IS: text_add(t, s); break;
  case HTTP_IN_JSON: text_add(t, json_escaped(s, t->perm)); break;
  case HTTP_IN_FORM: http_percent(t, s); break;
  }
}

bool http_value_fits(slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (((uint8_t)s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == 0x7f) return false;
  return true;
}

bool http_name_fits(slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (!alphanumeric(s.p[i]) && (!s.p[i] || !strchr("!#$%&'*+-.^_`|~", s.p[i]))) return false;
  return s.n > 0;
}

int http_status_of(slice line) {
  const char *space = line.n > 5 && memcmp(line.p, "HTTP/", 5) == 0 ? memchr(line.p, ' ', line.n) : NULL;
  if (!space || line.p + line.n - space < 4) return 0;
  int status = 0;
  for (int i = 1; i <= 3; i++) {
    if (space[i] < '0' || space[i] > '9') return 0;
    status = status * 10 + (space[i] - '0');
  }
  return status;
}

const http_header *http_headers_of(slice block, arena *perm, size_t *count) {
  size_t lines = 0;
  *count = 0;
  for (size_t i = 0; i < block.n; i++) lines += block.p[i] == '\n';
  http_header *v = ARENA_ARRAY(perm, lines + 1, http_header);
  for (size_t from = 0; from < block.n;) {
    const char *end = memchr(block.p + from, '\n', block.n - from);
    size_t n = end ? (size_t)(end - block.p) - from : block.n - from;
    const char *colon = memchr(block.p + from, ':', n);
    slice name = colon ? (slice){block.p + from, (size_t)(colon - block.p) - from} : (slice){0};
    if (http_name_fits(name) && *count <= lines) {
      char *low = arena_copy(perm, name);
      for (size_t i = 0; i < name.n; i++)
        if (low[i] >= 'A' && low[i] <= 'Z') low[i] = (char)(low[i] | 32);
      slice value = slice_trim((slice){colon + 1, n - name.n - 1});
      v[(*count)++] = (http_header){{low, name.n}, arena_slice(perm, value)};
    }
    from += n + 1;
  }
  return v;
}
