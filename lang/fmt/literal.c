/* Literals as canonical text. A number keeps its digits and its `_` as written; what stands beside it (a currency, `%`)
 * keeps its side, with one blank between a currency and its number. Durations are a count and the short unit. */
#include <assert.h>

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/fmt/internal.h"

static bool is_blank(uint32_t cp) {
  return cp == ' ' || cp == '\t' || cp == '\r' || cp == 0xa0 || (cp >= 0x2000 && cp <= 0x200a) || cp == 0x202f ||
         cp == 0x3000;
}

static bool is_digits(uint32_t cp) { return (cp >= '0' && cp <= '9') || cp == '_' || cp == '.' || cp == ','; }

/* `-R$1_000`, `5 %`, `40€`: the parts, blanks left out, with one put where a currency stands. */
static slice number_text(arena *a, slice written) {
  text t = text_new(a);
  bool before = false, digits = false, after = false;
  for (size_t i = 0, n; i < written.n; i += n) {
    uint32_t cp;
    n = utf8_decode((slice){written.p + i, written.n - i}, &cp);
    if (is_blank(cp)) continue;
    if (is_digits(cp)) {
      if (before && !digits) text_char(&t, ' ');
      digits = true;
    } else if (digits && cp != '%') {
      if (!after) text_char(&t, ' ');
      after = true;
    } else if (cp != '-')
      before = true;
    text_add(&t, (slice){written.p + i, n});
  }
  return text_slice(&t);
}

static void add_escaped(text *t, slice content) {
  for (size_t i = 0; i < content.n; i++) {
    char c = content.p[i];
    if (c == '\n') {
      text_cstr(t, "\\n");
      continue;
    }
    if (c == '"' || c == '\\') text_char(t, '\\');
    if (c == '{' || c == '}') text_char(t, c);
    text_char(t, c);
  }
}

slice text_quoted(arena *a, slice content) {
  text t = text_new(a);
  text_char(&t, '"');
  add_escaped(&t, content);
  text_char(&t, '"');
  return text_slice(&t);
}

slice text_with_holes(arena *a, const ast *n) {
  text t = text_new(a);
  for (const ast *k = n->kid; k; k = k->next) {
    if (k->kind == AST_PIECE) {
      add_escaped(&t, k->text);
      continue;
    }
    text_char(&t, '{');
    text_add(&t, k->text);
    text_char(&t, '}');
  }
  return text_slice(&t);
}

/* With holes a text is kept raw by the parser, without them its content is. */
static slice text_literal(arena *a, const ast *n) {
  if (ast_kid(n, AST_HOLE)) return arena_printf(a, "\"%.*s\"", SLICE_ARG(n->text));
  return text_quoted(a, n->text);
}

slice literal_text(arena *a, const source *src, dun_lang lang, const ast *n) {
  char buffer[DATE_TEXT_MAX];
  switch ((int)n->kind) {
  case AST_NUMBER:
  case AST_PERCENT:
  case AST_MONEY: return number_text(a, (slice){src->text.p + n->at.from, n->at.to - n->at.from});
  case AST_DURATION: {
    slice unit = kw_text((kw)(KW_UNIT_DAY + (int)n->value.duration.unit), lang);
    return arena_printf(a, "%d%.*s", (int)n->value.duration.count, SLICE_ARG(unit));
  }
  case AST_DATE: date_iso(n->value.date, buffer); return arena_slice(a, slice_of(buffer));
  case AST_TIME: return arena_printf(a, "%02d:%02d", (int)(n->value.minute / 60), (int)(n->value.minute % 60));
  case AST_TEXT: return text_literal(a, n);
  }
  assert(!"a node that is a literal");
  return (slice){0};
}
