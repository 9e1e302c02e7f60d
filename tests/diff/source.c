/* Expressions and programs as the text of a policy. Brackets stand only where the grammar needs them, so that the
 * parser's order of operations is tested with the rest. */
#include "lang/base/text.h"
#include "tests/diff/generate.h"

/* How tightly each form binds, loosest first. `unless` is an `and` with a `not`, marked by `yes`. */
enum { BIND_UNLESS, BIND_OR, BIND_AND, BIND_NOT, BIND_COMPARE, BIND_SUM, BIND_PRODUCT, BIND_LEAF };

/* `a between b and c`: the generator lets both comparisons have one left side. */
static bool is_between(const expr *e) {
  return e->op == X_AND && e->a->op == X_GE && e->b->op == X_LE && e->a->a == e->b->a;
}

static int binding(const expr *e) {
  if (is_between(e)) return BIND_COMPARE;
  if (e->op == X_AND && e->yes) return BIND_UNLESS;
  switch (e->op) {
  case X_OR: return BIND_OR;
  case X_AND: return BIND_AND;
  case X_NOT: return BIND_NOT;
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
  case X_MISSING: return BIND_COMPARE;
  case X_ADD:
  case X_SUB: return BIND_SUM;
  case X_MUL:
  case X_DIV: return BIND_PRODUCT;
  case X_FIELD:
  case X_TODAY:
  case X_BOOL:
  case X_MONEY:
  case X_NUMBER:
  case X_DURATION:
  case X_DATE:
  case X_TEXT:
  case X_NEG:
  case X_OP_COUNT: break;
  }
  return BIND_LEAF;
}

static void print(text *t, const program *p, const expr *e, int at_least);

static void print_field(text *t, const program *p, uint16_t use) {
  static const char *const heads[ENT_COUNT] = {"invoice.", "customer.", "contract."};
  const field_use *u = &p->uses[use];
  if (u->field == FIELD_INVOICE_OVERDUE) {
    text_cstr(t, "overdue");
    return;
  }
  text_cstr(t, heads[u->of]);
  text_add(t, p->custom[u->field - FIELD_COUNT].name);
}

static void print_text(text *t, bool exact, slice s) {
  text_printf(t, "%s\"%.*s\"", exact ? "exactly " : "", SLICE_ARG(s));
}

static void print_leaf(text *t, const program *p, const expr *e) {
  static const char *const units[] = {"d", "bd", "w", "mo", "y"};
  char s[DATE_TEXT_MAX];
  decimal n = e->num;
  switch ((int)e->op) {
  case X_FIELD: print_field(t, p, e->use); break;
  case X_TODAY: text_cstr(t, "today"); break;
  case X_BOOL: text_cstr(t, e->yes ? "yes" : "no"); break;
  case X_NUMBER:
  case X_MONEY:
    if (e->ty == TY_PERCENT && n.scale >= 2) n.scale = (uint8_t)(n.scale - 2);
    text_add(t, (slice){s, decimal_text(n, s)});
    if (e->ty == TY_PERCENT) text_char(t, '%');
    if (e->op == X_MONEY) text_printf(t, " %s", e->cur == CURRENCY_NONE ? "BRL" : currency_code(e->cur));
    break;
  case X_DURATION: text_printf(t, "%d%s", e->dur.n, units[e->dur.unit]); break;
  case X_DATE: text_add(t, (slice){s, date_iso(e->date, s)}); break;
  default: print_text(t, e->exact, e->text); break;
  }
}

static const char *word(expr_op op) {
  static const char *const words[X_OP_COUNT] = {[X_AND] = "and",
                                                [X_OR] = "or",
                                                [X_EQ] = "=",
                                                [X_NE] = "!=",
                                                [X_LT] = "<",
                                                [X_LE] = "<=",
                                                [X_GT] = ">",
                                                [X_GE] = ">=",
                                                [X_HAS] = "has",
                                                [X_CONTAINS] = "contains",
                                                [X_STARTS] = "starts with",
                                                [X_ADD] = "+",
                                                [X_SUB] = "-",
                                                [X_MUL] = "*",
                                                [X_DIV] = "/"};
  return words[op];
}

static void print_list(text *t, const expr *e) {
  text_cstr(t, " in (");
  for (uint32_t i = 0; i < e->count; i++) {
    if (i) text_cstr(t, ", ");
    print_text(t, e->list_exact[i], e->list[i]);
  }
  text_char(t, ')');
}

/* Money opposite a field needs no currency of its own. */
static bool bare_money(const expr *e) {
  return e->b && e->a->op == X_FIELD && e->b->op == X_MONEY && e->b->cur == CURRENCY_NONE && binding(e) == BIND_COMPARE;
}

static void print_inside(text *t, const program *p, const expr *e, int bind) {
  if (is_between(e)) {
    print(t, p, e->a->a, BIND_SUM);
    text_cstr(t, " between ");
    print(t, p, e->a->b, BIND_SUM);
    text_cstr(t, " and ");
    print(t, p, e->b->b, BIND_SUM);
  } else if (bind == BIND_UNLESS) {
    print(t, p, e->a, BIND_OR);
    text_cstr(t, " unless ");
    print(t, p, e->b->a, BIND_OR);
  } else if (e->op == X_NOT) {
    text_cstr(t, "not ");
    print(t, p, e->a, BIND_NOT);
  } else if (e->op == X_NEG) {
    text_char(t, '-');
    print(t, p, e->a, BIND_LEAF);
  } else if (e->op == X_MISSING) {
    print(t, p, e->a, BIND_SUM);
    text_cstr(t, " is missing");
  } else if (!e->a) {
    print_leaf(t, p, e);
  } else if (e->op == X_IN) {
    print(t, p, e->a, BIND_SUM);
    print_list(t, e);
  } else {
    bool chained = bind != BIND_COMPARE; /* a comparison does not go on with another one */
    print(t, p, e->a, chained ? bind : BIND_SUM);
    text_printf(t, " %s ", word(e->op));
    if (bare_money(e)) {
      char s[DECIMAL_TEXT_MAX];
      text_add(t, (slice){s, decimal_text(e->b->num, s)});
    } else
      print(t, p, e->b, bind + 1);
  }
}

static void print(text *t, const program *p, const expr *e, int at_least) {
  int bind = binding(e);
  if (bind < at_least) text_char(t, '(');
  print_inside(t, p, e, bind);
  if (bind < at_least) text_char(t, ')');
}

slice gen_print(arena *perm, const program *p, const expr *e) {
  text t = text_new(perm);
  print(&t, p, e, 0);
  return text_slice(&t);
}

slice gen_policy(const gen_case *g) {
  static const char *const types[] = {
      [TY_BOOL] = "yes/no", [TY_MONEY] = "money", [TY_NUMBER] = "number",     [TY_PERCENT] = "percent",
      [TY_DATE] = "date",   [TY_TEXT] = "text",   [TY_DURATION] = "duration", [TY_SET] = "set of text"};
  static const char *const entities[ENT_COUNT] = {"invoice", "customer", "contract"};
  text t = text_new(g->perm);
  text_cstr(&t, "policy \"random\"\n  currency BRL\n");
  for (uint32_t u = 0; u < GEN_USES; u++) {
    const field_use *use = &g->p.uses[u];
    if (use->field == FIELD_INVOICE_OVERDUE) continue;
    const custom_field *f = &g->p.custom[use->field - FIELD_COUNT];
    text_printf(&t, "field %s.%.*s as %s\n", entities[f->of], SLICE_ARG(f->name), types[f->ty]);
  }
  for (uint32_t c = 0; c < GEN_CONDS; c++) {
    text_printf(&t, "ladder l%u for invoices where ", c);
    print(&t, &g->p, g->p.conds[c].e, 0);
    text_cstr(&t, "\n  at 1d send email template \"x\"\n");
  }
  return text_slice(&t);
}

bool gen_columns_for(const gen_case *g, const program *p, vm_column *out) {
  for (uint32_t u = 0; u < p->use_count; u++) {
    uint32_t mine = 0;
    for (; mine < GEN_USES; mine++) {
      const field_use *a = &p->uses[u], *b = &g->p.uses[mine];
      if (a->of != b->of || (a->field < FIELD_COUNT) != (b->field < FIELD_COUNT)) continue;
      if (a->field < FIELD_COUNT
              ? a->field == b->field
              : slice_eq(p->custom[a->field - FIELD_COUNT].name, g->p.custom[b->field - FIELD_COUNT].name))
        break;
    }
    if (mine < GEN_USES)
      out[u] = g->columns[mine];
    else if (p->uses[u].field == FIELD_INVOICE_DUE)
      out[u] = (vm_column){0}; /* a ladder's anchor: in no condition */
    else
      return false;
  }
  return true;
}
