/* Comparisons: both sides brought to one type, then one node. A bare number opposite money is money, a bare word
 * opposite a field with fixed values is a value, `overdue` compares with any length of time (the dates decide),
 * `between` and `in` become simple comparisons. */
#include "lang/check/internal.h"
#include "lang/check/words.h"

#include <assert.h>

#include "lang/base/suggest.h"
#include "lang/base/utf8.h"

/* ---- values opposite fields with fixed values ---- */

static uint32_t split_values(slice values, slice out[8]) {
  uint32_t n = 0;
  for (size_t i = 0; i < values.n && n < 8;) {
    size_t from = i;
    while (i < values.n && values.p[i] != ' ') i++;
    out[n++] = (slice){values.p + from, i - from};
    while (i < values.n && values.p[i] == ' ') i++;
  }
  return n;
}

/* The field's value that a word means: canonical, or in the file's language. */
static slice fixed_value(checker *c, const field_info *field, slice word) {
  slice values[8];
  uint32_t n = split_values(slice_of(field->values), values);
  for (uint32_t i = 0; i < n; i++)
    if (utf8_fold_eq(values[i], word)) return values[i];
  /* A word may be two values' (Portuguese `cancelado`: of an invoice cancelled, of a contract churned). */
  for (unsigned w = 0; w < word_count(WORD_VALUE); w++) {
    if (!word_means(WORD_VALUE, w, word, c->lang)) continue;
    for (uint32_t i = 0; i < n; i++)
      if (slice_eq(values[i], word_canonical(WORD_VALUE, w))) return values[i];
  }
  return NO_HINT;
}

static void report_value(checker *c, const field_info *field, slice word, span at) {
  slice values[8], shown[8];
  uint32_t n = split_values(slice_of(field->values), values);
  slice all = {NULL, 0};
  for (uint32_t i = 0; i < n; i++) {
    unsigned w = word_index(WORD_VALUE, values[i], LANG_EN);
    shown[i] = word_text(WORD_VALUE, w, c->lang);
    all = arena_printf(c->scratch, "%.*s%s%.*s", SLICE_ARG(all), i ? ", " : "", SLICE_ARG(shown[i]));
  }
  uint32_t near = (uint32_t)did_you_mean(word, shown, n);
  diag *said = REPORT(c, E0113, at, near < n ? hint_mean(c, shown[near]) : hint(c, HINT_ONE_OF, all), word,
                      slice_of(field->name[c->lang]), all);
  mend_choice(c, said, at, near < n ? &shown[near] : shown, near < n ? 1 : n);
}

static expr *text_node(checker *c, slice value, bool exact, span at) {
  expr *e = expr_new(c, X_TEXT, TY_TEXT, at);
  e->text = value;
  e->exact = exact;
  return e;
}

/* The side opposite `a`: where `a` has fixed values, a bare word or a text is one of them. */
static const expr *build_opposite(checker *c, const expr *a, const ast *n) {
  const field_info *field = expr_fixed(c, a);
  bool word = n->kind == AST_NAME && !name_define(c, n);
  if (field && (word || n->kind == AST_TEXT)) {
    slice value = fixed_value(c, field, n->text);
    if (value.n) return text_node(c, value, false, n->at);
    if (word && name_look(c, n->text).status == FIELD_FOUND) return expr_build(c, n);
    report_value(c, field, n->text, n->at);
    return expr_error(c, n->at);
  }
  /* What the word should be a value of is not known: one mistake is one error. */
  if (a->ty == TY_ERROR && word && name_look(c, n->text).status != FIELD_FOUND) return expr_error(c, n->at);
  if (word && expr_is_field(c, a, FIELD_INVOICE_CURRENCY)) {
    currency cur = currency_find(n->text);
    if (cur != CURRENCY_NONE) return text_node(c, slice_of(currency_code(cur)), false, n->at);
    REPORT(c, E0118, n->at, NO_HINT, n->text);
    return expr_error(c, n->at);
  }
  return expr_build(c, n);
}

/* ---- one comparison ---- */

static expr_op flipped(expr_op op) {
  switch ((int)op) {
  case X_LT: return X_GT;
  case X_LE: return X_GE;
  case X_GT: return X_LT;
  case X_GE: return X_LE;
  default: return op;
  }
}

static kw op_word(expr_op op) {
  switch ((int)op) {
  case X_EQ: return KW_EQ;
  case X_NE: return KW_NE;
  case X_LT: return KW_LT;
  case X_LE: return KW_LE;
  case X_GT: return KW_GT;
  case X_GE: return KW_GE;
  case X_CONTAINS: return KW_CONTAINS;
  case X_STARTS: return KW_STARTS_WITH;
  default: return KW_HAS;
  }
}

static const expr *node(checker *c, expr_op op, const expr *a, const expr *b, span at) {
  expr *e = expr_new(c, op, TY_BOOL, at);
  e->a = a;
  e->b = b;
  return e;
}

static const expr *no_comparison(checker *c, const expr *a, const expr *b, span at) {
  slice how = NO_HINT, written = NO_HINT;
  span place = a->at;
  if ((a->ty == TY_DURATION || b->ty == TY_DURATION) && (a->op == X_NUMBER || b->op == X_NUMBER)) {
    const expr *bare = a->op == X_NUMBER ? a : b;
    char digits[DECIMAL_TEXT_MAX];
    size_t n = decimal_text(bare->num, digits);
    written = arena_printf(c->scratch, "%.*sd", (int)n, digits);
    how = hint(c, HINT_WRITE, written);
    place = bare->at;
  } else if (a->ty == TY_TEXT && b->op == X_NUMBER) {
    char digits[DECIMAL_TEXT_MAX];
    slice number = {digits, decimal_text(b->num, digits)};
    how = hint(c, HINT_QUOTE, number);
    written = arena_printf(c->scratch, "\"%.*s\"", SLICE_ARG(number));
    place = b->at;
  } else if (a->ty == TY_DATE && a->op == X_FIELD && b->ty == TY_DURATION) {
    slice name = field_text(c, VEC_AT(&c->uses, field_use, a->use)->field), today = kw_text(KW_TODAY, c->lang);
    slice days = slice_of(FIELDS[FIELD_INVOICE_OVERDUE].name[c->lang]);
    if (!expr_is_field(c, a, FIELD_INVOICE_DUE))
      days = arena_printf(c->scratch, "%.*s - %.*s", SLICE_ARG(today), SLICE_ARG(name));
    how = hint(c, HINT_WRITE, days);
    written = days;
  }
  mend(c, REPORT(c, E0201, at, how, type_text(a->ty, c->lang), type_text(b->ty, c->lang)), place, written);
  return expr_error(c, at);
}

static const expr *bad_operator(checker *c, expr_op op, const expr *a, span at) {
  slice how = NO_HINT;
  if (a->ty == TY_SET)
    how = hint(c, HINT_USE_HAS, NO_HINT);
  else if (a->ty == TY_TEXT && op == X_HAS)
    how = hint(c, HINT_USE_CONTAINS, NO_HINT);
  REPORT(c, E0202, at, how, kw_text(op_word(op), c->lang), type_text(a->ty, c->lang));
  return expr_error(c, at);
}

/* `disputed is yes` is `disputed`; two states are equal where both hold or neither does. */
static const expr *compare_states(checker *c, expr_op op, const expr *a, const expr *b, span at) {
  if (op != X_EQ && op != X_NE) return bad_operator(c, op, a, at);
  const expr *same;
  if (b->op == X_BOOL)
    same = b->yes ? a : expr_not(c, a, at);
  else {
    const expr *neither = node(c, X_AND, expr_not(c, a, at), expr_not(c, b, at), at);
    same = node(c, X_OR, node(c, X_AND, a, b, at), neither, at);
  }
  return op == X_EQ ? same : expr_not(c, same, at);
}

static const expr *compare_durations(checker *c, expr_op op, const expr *a, const expr *b, span at) {
  if (expr_is_field(c, b, FIELD_INVOICE_OVERDUE) && !expr_is_field(c, a, FIELD_INVOICE_OVERDUE)) {
    const expr *swap = a;
    a = b;
    b = swap;
    op = flipped(op);
  }
  bool by_dates = expr_is_field(c, a, FIELD_INVOICE_OVERDUE) && b->op == X_DURATION;
  if (!by_dates && (expr_duration_class(a) != SPAN_DAYS || expr_duration_class(b) != SPAN_DAYS)) {
    REPORT(c, E0207, at, hint(c, HINT_WRITE_DAYS, NO_HINT));
    return expr_error(c, at);
  }
  return node(c, op, a, b, at);
}

static const expr *compare_money(checker *c, expr_op op, const expr *a, const expr *b, span at) {
  if (a->op == X_MONEY && b->op == X_MONEY && a->cur != b->cur && a->cur != CURRENCY_NONE && b->cur != CURRENCY_NONE) {
    REPORT(c, E0210, at, NO_HINT, slice_of(currency_code(a->cur)), slice_of(currency_code(b->cur)));
    return expr_error(c, at);
  }
  return node(c, op, a, b, at);
}

static bool orders(expr_op op) { return op == X_LT || op == X_LE || op == X_GT || op == X_GE; }
static bool is_count(const expr *e) { return e->ty == TY_NUMBER || e->ty == TY_PERCENT; }

static const expr *compare(checker *c, expr_op op, const expr *a, const expr *b, span at) {
  if (a->ty == TY_ERROR || b->ty == TY_ERROR) return expr_error(c, at);
  bool plain = op == X_EQ || op == X_NE || orders(op);
  if (op == X_HAS) {
    if (a->ty != TY_SET) return bad_operator(c, op, a, at);
    return b->ty == TY_TEXT ? node(c, op, a, b, at) : no_comparison(c, a, b, at);
  }
  if (a->ty == TY_SET || b->ty == TY_SET) return bad_operator(c, op, a->ty == TY_SET ? a : b, at);
  const expr *as_money = NULL;
  if (plain && a->ty == TY_MONEY && b->ty == TY_NUMBER && (as_money = expr_as_money(c, b))) b = as_money;
  if (plain && b->ty == TY_MONEY && a->ty == TY_NUMBER && (as_money = expr_as_money(c, a))) a = as_money;
  if (a->ty == TY_ERROR || b->ty == TY_ERROR) return expr_error(c, at);
  if (a->ty != b->ty && !(is_count(a) && is_count(b))) return no_comparison(c, a, b, at);
  switch (a->ty) {
  case TY_TEXT:
    if (orders(op)) return bad_operator(c, op, a, at);
    if (a->op == X_TEXT && b->op == X_FIELD && plain) return node(c, op, b, a, at);
    return node(c, op, a, b, at);
  case TY_BOOL: return compare_states(c, op, a->op == X_BOOL ? b : a, a->op == X_BOOL ? a : b, at);
  case TY_DURATION: return plain ? compare_durations(c, op, a, b, at) : bad_operator(c, op, a, at);
  case TY_MONEY: return plain ? compare_money(c, op, a, b, at) : bad_operator(c, op, a, at);
  case TY_NUMBER:
  case TY_PERCENT:
  case TY_DATE:
  case TY_TIME: return plain ? node(c, op, a, b, at) : bad_operator(c, op, a, at);
  case TY_SET:
  case TY_ERROR: break;
  }
  return expr_error(c, at);
}

/* ---- the four sentences ---- */

static expr_op op_of(kw op) {
  if (op == KW_EQ) return X_EQ;
  if (op == KW_NE) return X_NE;
  if (op == KW_LT) return X_LT;
  if (op == KW_LE) return X_LE;
  if (op == KW_GT) return X_GT;
  if (op == KW_GE) return X_GE;
  if (op == KW_CONTAINS) return X_CONTAINS;
  if (op == KW_STARTS_WITH) return X_STARTS;
  return X_HAS;
}

static const expr *build_between(checker *c, const ast *n) {
  const ast *low = n->kid->next, *high = low->next;
  const expr *a = expr_build(c, n->kid);
  const expr *from = compare(c, X_GE, a, build_opposite(c, a, low), n->at);
  const expr *to = compare(c, X_LE, a, build_opposite(c, a, high), n->at);
  return expr_pair(c, X_AND, from, to, n->at);
}

/* Texts are looked up as one list; anything else becomes comparisons joined by `or`. */
static const expr *build_in(checker *c, const ast *n) {
  const ast *list = n->kid->next;
  const expr *a = expr_build(c, n->kid);
  uint32_t count = (uint32_t)ast_count(list), i = 0;
  assert(count > 0); /* the grammar has no empty list */
  const expr **one = ARENA_ARRAY(c->scratch, count, const expr *);
  bool texts = a->ty == TY_TEXT, bad = a->ty == TY_ERROR;
  for (const ast *item = list->kid; item; item = item->next, i++) {
    const expr *b = build_opposite(c, a, item);
    texts = texts && b->op == X_TEXT && b->ty == TY_TEXT;
    one[i] = b;
    bad = b->ty == TY_ERROR || bad;
  }
  if (bad) return expr_error(c, n->at);
  const expr *e;
  if (texts) {
    expr *in = expr_new(c, X_IN, TY_BOOL, n->at);
    slice *names = ARENA_ARRAY(c->perm, count, slice);
    bool *exact = ARENA_ARRAY(c->perm, count, bool);
    for (i = 0; i < count; i++) {
      names[i] = one[i]->text;
      exact[i] = one[i]->exact;
    }
    in->a = a;
    in->list = names;
    in->list_exact = exact;
    in->count = count;
    e = in;
  } else {
    for (i = 0; i < count; i++) one[i] = compare(c, X_EQ, a, one[i], one[i]->at);
    e = expr_chain(c, X_OR, one, count, n->at);
  }
  return n->op == KW_NOT_IN ? expr_not(c, e, n->at) : e;
}

static const expr *build_missing(checker *c, const ast *n) {
  const expr *a = expr_build(c, n->kid);
  if (a->ty == TY_ERROR) return expr_error(c, n->at);
  const expr *e = node(c, X_MISSING, a, NULL, n->at);
  return n->op == KW_IS_NOT_MISSING ? expr_not(c, e, n->at) : e;
}

const expr *compare_build(checker *c, const ast *n) {
  switch ((int)n->kind) {
  case AST_BETWEEN: return build_between(c, n);
  case AST_IN: return build_in(c, n);
  case AST_MISSING: return build_missing(c, n);
  default: break;
  }
  const expr *a = expr_build(c, n->kid);
  return compare(c, op_of(n->op), a, build_opposite(c, a, n->kid->next), n->at);
}
