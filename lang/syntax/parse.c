/* Text to tree: the text is checked as a whole, read into tokens, and parsed a statement at a time. */
#include "lang/syntax/parse.h"

#include "lang/base/utf8.h"
#include "lang/syntax/build.h"
#include "parser.h"

static void report_at(diags *d, diag_code code, uint16_t file, size_t at, size_t n, slice arg) {
  diag_add(d, code, (span){(uint32_t)at, (uint32_t)(at + n), file}, (slice){0}, 1, &arg);
}

/* What must hold before anyone looks at characters. */
static bool text_is_sound(arena *scratch, slice all, uint16_t file, diags *d) {
  if (all.n > FILE_BYTES_MAX) {
    report_at(d, DIAG_E0002, file, 0, 0, arena_printf(scratch, "%d", FILE_BYTES_MAX));
    return false;
  }
  size_t bad = utf8_bad_at(all);
  if (bad < all.n) {
    report_at(d, DIAG_E0001, file, bad, 1, (slice){0});
    return false;
  }
  size_t apart = utf8_not_nfc_at(all);
  if (apart < all.n) {
    report_at(d, DIAG_E0003, file, apart, 2, (slice){0});
    return false;
  }
  return true;
}

/* One statement, `count` tokens without its end. */
static void parse_one(builder *b, const token *first, size_t count) {
  size_t errors = b->d->errors;
  b->first = first;
  b->last = first + count - 1;
  b->statement = NULL;
  b->failed = b->dropped = false;
  b->failed_at = NULL;
  b->meant = KW_NONE;
  bool damaged = first[count].damaged;
  if (count > STATEMENT_TOKENS_MAX) {
    if (!damaged) build_report(b, DIAG_E0024, (span){first->at.from, b->last->at.to, b->file}, (slice){0}, 0, NULL);
  } else {
    parse_statement(b, first);
    if (b->failed && !damaged) explain_failure(b);
  }
  if (b->statement && !b->failed && !damaged && b->d->errors == errors) {
    if (b->statement->kind != BAG) {
      ast_cover(b->statement, b->first, b->last);
    }
    section_place(b, b->statement);
  } else {
    if (b->first->type == TK_LANGUAGE) b->other_language_said = true; /* which it is, is not known */
    b->lost[b->first->type == TK_ID ? b->meant : b->first->op] = true;
    section_recover(b);
  }
  b->any = true;
}

ast_file *parse_file(arena *perm, arena *scratch, const source *src, uint16_t file, diags *d) {
  ast_file *out = ARENA_NEW(perm, ast_file);
  builder *b = ARENA_NEW(scratch, builder);
  size_t errors = d->errors;
  *b = (builder){.lost = out->lost, .perm = perm, .scratch = scratch, .text = src->text, .file = file, .d = d};
  ast_kinds_with_op(b->has_op);
  b->root = ast_node(b, AST_FILE, NULL, NO_KIDS);
  b->root->at.to = (uint32_t)(src->text.n > UINT32_MAX ? UINT32_MAX : src->text.n);
  out->root = b->root;
  if (text_is_sound(scratch, src->text, file, d)) {
    tokens t = tokens_read(perm, scratch, src->text, file, d);
    b->lang = out->lang = t.lang;
    out->comments = t.comments;
    for (size_t i = 0, n; i < t.count; i += n + 1) {
      for (n = 0; t.at[i + n].type != 0;) n++;
      parse_one(b, &t.at[i], n);
    }
    section_finish(b);
  }
  out->ok = d->errors == errors;
  return out;
}

slice tokens_print(arena *perm, arena *scratch, const source *src, uint16_t file, diags *d) {
  text out = text_new(perm);
  if (!text_is_sound(scratch, src->text, file, d)) return text_slice(&out);
  tokens t = tokens_read(perm, scratch, src->text, file, d);
  for (size_t i = 0; i < t.count; i++) {
    uint32_t line, column;
    source_position(src, t.at[i].at.from, &line, &column);
    text_printf(&out, "%u:%u %s %.*s\n", line, column, t.at[i].type ? parse_token_name(t.at[i].type) : "END",
                SLICE_ARG(t.at[i].text));
  }
  return text_slice(&out);
}
