/* Text literals: pieces and `{field}` holes. `{{` and `}}` are braces, as in templates; a backslash stands before a
 * quote, itself or an `n` (a new line). A piece without any of these points into the source. */
#include "lang/base/text.h"

#include "lang/base/utf8.h"
#include "lang/syntax/build.h"

static span span_of(const builder *b, const char *p, size_t n) {
  size_t from = (size_t)(p - b->text.p);
  return (span){(uint32_t)from, (uint32_t)(from + n), b->file};
}

static diag *report(builder *b, diag_code code, slice at) {
  return build_report(b, code, span_of(b, at.p, at.n), (slice){0}, 1, &at);
}

static bool is_doubled(slice s, size_t i) { return i + 1 < s.n && s.p[i] == s.p[i + 1]; }

/* Two bytes that stand for one. */
static bool is_pair(slice s, size_t i) {
  return (s.p[i] == '\\' && i + 1 < s.n) || ((s.p[i] == '{' || s.p[i] == '}') && is_doubled(s, i));
}

static char pair_meaning(builder *b, slice pair) {
  if (pair.p[0] != '\\') return pair.p[0];
  if (pair.p[1] == 'n') return '\n';
  if (pair.p[1] != '"' && pair.p[1] != '\\') report(b, DIAG_E0025, pair);
  return pair.p[1];
}

static slice content(builder *b, slice raw) {
  bool plain = true;
  for (size_t i = 0; i < raw.n; i++)
    if (strchr("\\{}", raw.p[i])) plain = false;
  if (plain) return raw;
  text t = text_new(b->perm);
  for (size_t i = 0; i < raw.n; i++) {
    if (is_pair(raw, i)) {
      text_char(&t, pair_meaning(b, (slice){raw.p + i, 2}));
      i++;
    } else {
      slice one = {raw.p + i, 1}; /* as such it is written twice */
      if (raw.p[i] == '}') diag_fix(b->d, report(b, DIAG_E0020, one), span_of(b, one.p, 1), SLICE("}}"));
      text_char(&t, raw.p[i]);
    }
  }
  return text_slice(&t);
}

static bool is_path(slice s) {
  bool start = true;
  for (size_t i = 0; i < s.n;) {
    uint32_t cp;
    size_t n = utf8_decode((slice){s.p + i, s.n - i}, &cp);
    bool letter = utf8_is_nfc_letter(cp), digit = (cp >= '0' && cp <= '9') || cp == '_';
    if (start ? !letter : !letter && !digit && cp != '.') return false;
    start = cp == '.';
    i += n;
  }
  return !start;
}

static ast *part(builder *b, ast_kind kind, slice raw, slice meaning) {
  ast *node = ast_node(b, kind, NULL, NO_KIDS);
  node->at = span_of(b, raw.p, raw.n);
  node->text = meaning;
  return node;
}

/* The hole that begins at raw.p[0]; how many bytes it takes. */
static size_t hole(builder *b, ast *parts, slice raw) {
  const char *end = memchr(raw.p, '}', raw.n);
  slice whole = {raw.p, end ? (size_t)(end - raw.p) + 1 : raw.n};
  slice path = end ? slice_trim((slice){raw.p + 1, whole.n - 2}) : (slice){0};
  if (is_path(path))
    ast_add(b, parts, part(b, AST_HOLE, whole, path));
  else
    report(b, DIAG_E0020, whole);
  return whole.n;
}

ast *ast_text(builder *b, const token *t) {
  slice raw = t->text;
  ast *parts = ast_bag(b, NULL);
  for (size_t i = 0; i < raw.n;) {
    if (raw.p[i] == '{' && !is_doubled(raw, i)) {
      i += hole(b, parts, (slice){raw.p + i, raw.n - i});
      continue;
    }
    size_t from = i;
    while (i < raw.n && (raw.p[i] != '{' || is_doubled(raw, i))) i += is_pair(raw, i) ? 2 : 1;
    slice piece = {raw.p + from, i - from};
    ast_add(b, parts, part(b, AST_PIECE, piece, content(b, piece)));
  }
  ast *node = ast_node(b, AST_TEXT, t, KIDS(parts));
  node->at = t->at;
  node->text = raw;
  /* Holes stay as written; without a hole there is at most one piece, whose escapes are resolved. */
  if (node->kid && !node->kid->next && node->kid->kind == AST_PIECE) node->text = node->kid->text;
  return node;
}
