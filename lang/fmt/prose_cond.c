/* Conditions and values as clauses: "the open balance is at least R$1,000.00". Brackets stand wherever two readings
 * would be possible. */
#include "lang/check/words.h"
#include "lang/fmt/prose_internal.h"

static bool logic(const expr *e) { return e->op == X_AND || e->op == X_OR; }

/* `between` of a value that is told is made of two comparisons of the one value. */
static bool is_between(const expr *e) {
  return e->op == X_AND && e->a->op == X_GE && e->b->op == X_LE && e->a->a == e->b->a;
}

static slice clause(const teller *t, const expr *e, bool yes);

/* The terms of a chain of one operator, in order. `not (A or B)` is `not A and not B`, in Kleene's logic too. */
static void terms(const teller *t, const expr *e, bool yes, expr_op op, slice_list *out) {
  while (e->op == X_NOT) e = e->a, yes = !yes;
  bool turned = logic(e) && !(yes && is_between(e));
  expr_op now = yes ? e->op : e->op == X_AND ? X_OR : X_AND;
  if (turned && now == op) {
    terms(t, e->a, yes, op, out);
    terms(t, e->b, yes, op, out);
    return;
  }
  slice said = clause(t, e, yes);
  slices_add(out, turned ? TELL(t, BRACKETS, said) : said);
}

static slice chain(const teller *t, const expr *e, bool yes) {
  slice_list list = {.a = t->perm};
  expr_op op = (e->op == X_AND) == yes ? X_AND : X_OR;
  terms(t, e, yes, op, &list);
  return tell_list(t, &list, op == X_AND ? PR_LIST_AND : PR_LIST_OR);
}

/* A text opposite a field with fixed values is one of them. */
static slice value_word(const teller *t, const expr *opposite, slice value) {
  if (opposite && opposite->op == X_FIELD) {
    uint16_t field = t->p->uses[opposite->use].field;
    if (field < FIELD_COUNT && FIELDS[field].values[0])
      for (unsigned i = 0; i < word_count(WORD_VALUE); i++)
        if (slice_eq(word_canonical(WORD_VALUE, i), value)) value = word_text(WORD_VALUE, i, t->lang);
  }
  return tell_quoted(t, value);
}

static slice text_value(const teller *t, const expr *opposite, slice value, bool exact) {
  slice said = value_word(t, opposite, value);
  return exact ? TELL(t, EXACT_TEXT, said) : said;
}

static slice in_list(const teller *t, const expr *e, bool yes) {
  slice_list list = {.a = t->perm};
  for (uint32_t i = 0; i < e->count; i++) slices_add(&list, text_value(t, e->a, e->list[i], e->list_exact[i]));
  slice a = tell_expr(t, e->a);
  if (yes) return TELL(t, IS, a, tell_list(t, &list, PR_LIST_OR));
  if (e->count == 1) return TELL(t, IS_NOT, a, list.v[0]);
  return TELL(t, IS_NONE_OF, a, tell_list(t, &list, PR_LIST_NOR));
}

static slice operand(const teller *t, const expr *e, const expr *opposite) {
  if (e->op == X_TEXT) return text_value(t, opposite, e->text, e->exact);
  return tell_expr(t, e);
}

static slice state(const teller *t, const expr *e, bool yes) {
  uint16_t field = t->p->uses[e->use].field;
  if (field < FIELD_COUNT && tell_state(t, field, yes)) return slice_of(tell_state(t, field, yes));
  slice name = tell_field(t, e->use);
  return yes ? TELL(t, IS_YES, name) : TELL(t, IS_NO, name);
}

/* ROW(operator, its opposite, of amounts and lengths, of dates and texts) */
#define COMPARISONS(ROW)                                                                                               \
  ROW(X_EQ, X_NE, PR_EQ, PR_IS)                                                                                        \
  ROW(X_NE, X_EQ, PR_NE, PR_IS_NOT)                                                                                    \
  ROW(X_LT, X_GE, PR_LT, PR_IS_BEFORE)                                                                                 \
  ROW(X_LE, X_GT, PR_LE, PR_IS_UNTIL)                                                                                  \
  ROW(X_GT, X_LE, PR_GT, PR_IS_AFTER)                                                                                  \
  ROW(X_GE, X_LT, PR_GE, PR_IS_FROM)

/* An opposite comparison is undecided where the comparison is, so that `not` may turn it. */
static slice comparison(const teller *t, const expr *e, bool yes) {
  static const struct {
    expr_op op, opposite;
    prose_id amount, day;
  } rows[] = {
#define ROW(op, opposite, amount, day) {op, opposite, amount, day},
      COMPARISONS(ROW)
#undef ROW
  };
  expr_op want = e->op;
  for (size_t i = 0; !yes && i < sizeof rows / sizeof *rows; i++)
    if (rows[i].op == e->op) want = rows[i].opposite;
  slice both[] = {operand(t, e->a, e->b), operand(t, e->b, e->a)};
  bool amount = e->a->ty == TY_MONEY || e->a->ty == TY_NUMBER || e->a->ty == TY_PERCENT || e->a->ty == TY_DURATION;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].op == want) return tell_fill(t, amount ? rows[i].amount : rows[i].day, 2, both);
  return SLICE("");
}

static slice about(const teller *t, const expr *e, prose_id yes_row, prose_id no_row, bool yes) {
  return tell_fill(t, yes ? yes_row : no_row, 2, (slice[]){operand(t, e->a, NULL), operand(t, e->b, e->a)});
}

static bool built_in(const teller *t, const expr *e) {
  return e->op == X_FIELD && t->p->uses[e->use].field < FIELD_COUNT;
}

/* The condition as a clause, or its opposite. */
static slice clause(const teller *t, const expr *e, bool yes) {
  switch (e->op) {
  case X_BOOL: return e->yes == yes ? TELL(t, ALWAYS) : TELL(t, NEVER);
  case X_FIELD: return state(t, e, yes);
  case X_NOT: return clause(t, e->a, !yes);
  case X_AND:
    if (yes && is_between(e))
      return TELL(t, BETWEEN, tell_expr(t, e->a->a), tell_expr(t, e->a->b), tell_expr(t, e->b->b));
    return chain(t, e, yes);
  case X_OR: return chain(t, e, yes);
  case X_EQ:
  case X_NE:
  case X_LT:
  case X_LE:
  case X_GT:
  case X_GE: return comparison(t, e, yes);
  case X_IN: return in_list(t, e, yes);
  case X_CONTAINS: return about(t, e, PR_CONTAINS, PR_CONTAINS_NOT, yes);
  case X_STARTS: return about(t, e, PR_STARTS, PR_STARTS_NOT, yes);
  case X_HAS:
    return built_in(t, e->a) ? about(t, e, PR_HAS, PR_HAS_NOT, yes) : about(t, e, PR_HAS_ONE, PR_HAS_ONE_NOT, yes);
  case X_MISSING: return yes ? TELL(t, MISSING, tell_expr(t, e->a)) : TELL(t, KNOWN, tell_expr(t, e->a));
  case X_TODAY:
  case X_MONEY:
  case X_NUMBER:
  case X_DURATION:
  case X_DATE:
  case X_TEXT:
  case X_ADD:
  case X_SUB:
  case X_MUL:
  case X_DIV:
  case X_NEG:
  case X_OP_COUNT: break;
  }
  return tell_expr(t, e);
}

/* ---- values ---- */

static bool sums(const expr *e) {
  return e->op == X_ADD || e->op == X_SUB || e->op == X_MUL || e->op == X_DIV || e->op == X_NEG;
}

static slice part(const teller *t, const expr *e) {
  slice said = tell_expr(t, e);
  return sums(e) ? TELL(t, BRACKETS, said) : said;
}

static slice arithmetic(const teller *t, const expr *e) {
  static const prose_id ROW[] = {[X_ADD] = PR_ADD, [X_SUB] = PR_SUB, [X_MUL] = PR_MUL, [X_DIV] = PR_DIV};
  return tell_fill(t, ROW[e->op], 2, (slice[]){part(t, e->a), part(t, e->b)});
}

static slice number(const teller *t, const expr *e) {
  if (e->ty != TY_PERCENT) return tell_number(t, e->num);
  decimal points = e->num;
  if (points.scale >= 2)
    points.scale = (uint8_t)(points.scale - 2);
  else {
    points.n *= points.scale ? 10 : 100;
    points.scale = 0;
  }
  return tell_percent(t, points);
}

slice tell_expr(const teller *t, const expr *e) {
  switch (e->op) {
  case X_FIELD: return e->ty == TY_BOOL ? state(t, e, true) : tell_field(t, e->use);
  case X_TODAY: return TELL(t, TODAY);
  case X_MONEY: return tell_money(t, e->num, e->cur);
  case X_NUMBER: return number(t, e);
  case X_DURATION: return tell_duration(t, e->dur);
  case X_DATE: return tell_date(t, e->date);
  case X_TEXT: return text_value(t, NULL, e->text, e->exact);
  case X_ADD:
  case X_SUB:
  case X_MUL:
  case X_DIV: return arithmetic(t, e);
  case X_NEG: return TELL(t, NEG, part(t, e->a));
  case X_BOOL:
  case X_AND:
  case X_OR:
  case X_NOT:
  case X_EQ:
  case X_NE:
  case X_LT:
  case X_LE:
  case X_GT:
  case X_GE:
  case X_IN:
  case X_CONTAINS:
  case X_STARTS:
  case X_HAS:
  case X_MISSING: return clause(t, e, true);
  case X_OP_COUNT: break;
  }
  return SLICE("");
}

slice tell_cond(const teller *t, uint32_t id) { return clause(t, t->p->conds[id].e, true); }

slice prose_condition(arena *perm, const program *p, uint32_t id, dun_lang lang) {
  return tell_cond(&(teller){perm, p, lang}, id);
}
