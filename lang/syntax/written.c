/* See written.h: the parser's own tokens, and its own tables asked what fits. */
#include "lang/syntax/written.h"

#include "lang/base/utf8.h"
#include "lang/syntax/build.h"
#include "parser.h"

static written_kind kind_of(const token *t) {
  switch (t->type) {
  case 0: return WRITTEN_END;
  case TK_ID:
  case TK_FIELD: return WRITTEN_NAME;
  case TK_TEXT: return WRITTEN_TEXT;
  case TK_NUMBER:
  case TK_PERCENT:
  case TK_MONEY:
  case TK_DURATION:
  case TK_DATE:
  case TK_TIME:
  case TK_DAYCOUNT: return WRITTEN_VALUE;
  default: break;
  }
  unsigned char first = t->text.n ? (unsigned char)t->text.p[0] : 0;
  bool letter = first >= 0x80 || (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
  return t->op != KW_NONE && letter ? WRITTEN_KEYWORD : WRITTEN_SIGN;
}

written_file written_read(arena *perm, slice text, uint16_t file) {
  written_file w = {0};
  if (text.n > FILE_BYTES_MAX || !utf8_valid(text)) return w;
  diags unsaid; /* the compile says them */
  diags_init(&unsaid, perm);
  tokens t = tokens_read(perm, perm, text, file, &unsaid);
  written_word *v = ARENA_ARRAY(perm, t.count + 1, written_word);
  for (size_t i = 0; i < t.count; i++) v[i] = (written_word){kind_of(&t.at[i]), t.at[i].op, t.at[i].at, t.at[i].text};
  return (written_file){v, (uint32_t)t.count, t.lang, t.comments, t.at};
}

void written_expected(const written_file *w, uint32_t from, uint32_t to, expected *out) {
  arena *scratch = arena_new();
  diags unsaid;
  diags_init(&unsaid, scratch);
  builder *b = ARENA_NEW(scratch, builder);
  *b = (builder){.perm = scratch, .scratch = scratch, .d = &unsaid, .lang = w->lang};
  b->lost = ARENA_ARRAY(scratch, KW_COUNT, bool);
  ast_kinds_with_op(b->has_op);
  b->first = w->tokens + from;
  b->last = to > from ? w->tokens + to - 1 : b->first;
  *out = (expected){.known = parse_expected(b, b->first, to - from)};
  if (out->known) {
    const bool *fits = b->expected;
    for (kw id = KW_NONE + 1; id < KW_COUNT; id++) out->kw[id] = kw_token(id) >= 0 && fits[kw_token(id)];
    out->name = fits[TK_ID];
    out->path = fits[TK_FIELD];
    out->text = fits[TK_TEXT];
    out->number = fits[TK_NUMBER];
    out->duration = fits[TK_DURATION];
    out->date = fits[TK_DATE];
    out->time = fits[TK_TIME];
    out->end = fits[0];
  }
  arena_free(scratch);
}

bool written_goes_on(kw op) {
  switch ((int)op) {
  case KW_AND:
  case KW_OR:
  case KW_OR_ELSE:
  case KW_OTHERWISE:
  case KW_THEN:
  case KW_THEN_EVERY:
  case KW_WITH:
  case KW_WHERE:
  case KW_TO:
  case KW_PLUS:
  case KW_PLUS_INTEREST:
  case KW_UNLESS: return true;
  default: return false;
  }
}
