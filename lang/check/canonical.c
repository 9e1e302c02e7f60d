/* The canonical English of clauses that have no member of their own in the program: what plans print and what the
 * service on the other side is asked for. */
#include "lang/check/internal.h"

#include "lang/base/text.h"
#include "lang/check/words.h"

slice duration_written(checker *c, duration d) {
  return keep(c, arena_printf(c->scratch, "%d%s", (int)d.n, duration_unit_text(d.unit)));
}

static void add_quoted(text *t, slice s) {
  text_char(t, '"');
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '"' || s.p[i] == '\\') text_char(t, '\\');
    text_char(t, s.p[i]);
  }
  text_char(t, '"');
}

/* A number, percent, amount, duration or text as English writes it. */
static void add_value(checker *c, text *t, const ast *n) {
  char digits[DECIMAL_TEXT_MAX];
  switch ((int)n->kind) {
  case AST_NUMBER: text_add(t, (slice){digits, decimal_text(n->value.number, digits)}); break;
  case AST_PERCENT:
    text_add(t, (slice){digits, decimal_text(n->value.number, digits)});
    text_char(t, '%');
    break;
  case AST_MONEY:
    text_add(t, (slice){digits, decimal_text(n->value.money.amount, digits)});
    text_char(t, ' ');
    text_cstr(t, currency_code(n->value.money.cur));
    break;
  case AST_DURATION:
    text_add(t, duration_written(c, (duration){n->value.duration.count, n->value.duration.unit}));
    break;
  case AST_TEXT: add_quoted(t, n->text); break;
  default: break;
  }
}

static void add_word(text *t, slice word) {
  if (t->n) text_char(t, ' ');
  text_add(t, word);
}

static void add_clause(checker *c, text *t, const ast *clause, kw word) {
  if (!clause) return;
  add_word(t, kw_text(word, LANG_EN));
  if (!clause->kid) return;
  text_char(t, ' ');
  add_value(c, t, clause->kid);
}

slice canonical_adjust(checker *c, const ast *n) {
  text t = text_new(c->scratch);
  const ast *by = n->kid;
  if (by && by->kind == AST_INDEX)
    add_clause(c, &t, by, KW_INDEX);
  else if (by)
    add_value(c, &t, by);
  add_clause(c, &t, ast_kid(n, AST_OVER), KW_OVER);
  add_clause(c, &t, ast_kid(n, AST_LAGGING), KW_LAGGING);
  const ast *kind = ast_kid(n, AST_ADJUST_KIND), *least = ast_kid(n, AST_AT_LEAST);
  if (kind) add_word(&t, kw_text(kind->op, LANG_EN));
  if (least) add_clause(c, &t, least, least->kid ? KW_AT_LEAST : KW_ONLY_UP);
  add_clause(c, &t, ast_kid(n, AST_AT_MOST), KW_AT_MOST);
  add_clause(c, &t, ast_kid(n, AST_PLUS), KW_PLUS);
  return keep(c, text_slice(&t));
}

slice canonical_prorated(checker *c, const ast *n) {
  if (!n) return NO_HINT;
  text t = text_new(c->scratch);
  add_word(&t, kw_text(KW_PRORATED_BY, LANG_EN));
  const ast *days = ast_kid(n, AST_DURATION), *cents = ast_kid(n, AST_CENTS);
  if (days) {
    text_char(&t, ' ');
    add_value(c, &t, days);
  } else
    add_word(&t, kw_text(KW_ACTUAL_DAYS, LANG_EN));
  if (ast_kid(n, AST_INCLUSIVE)) add_word(&t, kw_text(KW_INCLUSIVE, LANG_EN));
  if (cents) add_word(&t, kw_text(cents->op, LANG_EN));
  return keep(c, text_slice(&t));
}

slice canonical_path(checker *c, field_ref r) {
  slice name = r.field < FIELD_COUNT ? slice_of(FIELDS[r.field].name[LANG_EN])
                                     : VEC_AT(&c->custom, custom_field, r.field - FIELD_COUNT)->name;
  if (r.of == c->of) return keep(c, name);
  slice head = entity_text(r.of, LANG_EN);
  return keep(c, arena_printf(c->scratch, "%.*s.%.*s", SLICE_ARG(head), SLICE_ARG(name)));
}

/* `with X, Y` of a webhook: each is a field of the entity at hand. */
slice canonical_items(checker *c, const ast *with, const uint16_t **uses, uint32_t *count) {
  uint32_t n = 0;
  *count = 0;
  if (!with) return NO_HINT;
  for (const ast *item = with->kid; item; item = item->next) n++;
  uint16_t *v = ARENA_ARRAY(c->perm, n + 1, uint16_t);
  text t = text_new(c->scratch);
  for (const ast *item = with->kid; item; item = item->next) {
    field_ref r = name_resolve(c, item, item->text);
    if (r.status != FIELD_FOUND) continue;
    text_cstr(&t, t.n ? ", " : "with ");
    text_add(&t, canonical_path(c, r));
    v[(*count)++] = use_field(c, r.of, r.field);
  }
  *uses = v;
  return keep(c, text_slice(&t));
}
