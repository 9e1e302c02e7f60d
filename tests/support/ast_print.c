/* The tree as text, a node a line: (KIND OP "text" value) with its kids indented below. What the golden tests compare.
 */
#include "printed.h"

#include "lang/base/text.h"

static void put_text(text *t, slice s) {
  text_cstr(t, " \"");
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '\n')
      text_cstr(t, "\\n");
    else {
      if (s.p[i] == '"' || s.p[i] == '\\') text_char(t, '\\');
      text_char(t, s.p[i]);
    }
  }
  text_char(t, '"');
}

static void put_decimal(text *t, decimal d) {
  char buffer[DECIMAL_TEXT_MAX];
  size_t n = decimal_text(d, buffer);
  text_char(t, ' ');
  text_add(t, (slice){buffer, n});
}

static void put_value(text *t, const ast *n) {
  char buffer[DATE_TEXT_MAX];
  switch ((int)n->kind) {
  case AST_NUMBER:
  case AST_PERCENT: put_decimal(t, n->value.number); return;
  case AST_MONEY:
    put_decimal(t, n->value.money.amount);
    text_printf(t, " %s", currency_code(n->value.money.cur));
    return;
  case AST_DURATION:
    text_printf(t, " %d%s", n->value.duration.count, duration_unit_text(n->value.duration.unit));
    return;
  case AST_DATE:
    date_iso(n->value.date, buffer);
    text_printf(t, " %s", buffer);
    return;
  case AST_TIME: text_printf(t, " %02d:%02d", n->value.minute / 60, n->value.minute % 60); return;
  default:
    if (n->text.n) put_text(t, n->text);
  }
}

static void put_node(text *t, const ast *n, unsigned depth) {
  for (unsigned i = 0; i < depth; i++) text_cstr(t, "  ");
  text_printf(t, "(%s", ast_kind_name(n->kind));
  if (n->op) text_printf(t, " %s", kw_name(n->op));
  if (n->brackets) text_cstr(t, " ()");
  put_value(t, n);
  for (const ast *k = n->kid; k; k = k->next) {
    text_char(t, '\n');
    put_node(t, k, depth + 1);
  }
  text_char(t, ')');
}

slice ast_print(const ast *node, arena *perm) {
  text t = text_new(perm);
  put_node(&t, node, 0);
  text_char(&t, '\n');
  return text_slice(&t);
}
