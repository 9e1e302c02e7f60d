/* `test "..."`: what is given, what happens, what is expected. Values are typed as if they were compared with their
 * field in a condition, so that a wrong one is told with the same words; expected actions are built as those of a rung.
 *
 * Invariant: what a test gives adds no field to program.uses: a ledger is loaded for the policy, not for its tests. */
#include "lang/check/internal.h"

enum { TEST_DAYS_MAX = 7320, INSTALLMENT_MAX = 30000 };

/* A test while it is read. */
typedef struct reading {
  policy_test *t;
  vec invoices, expects, events;   /* test_row, test_expect, test_event */
  vec customer, contract, invoice; /* test_given of the rows at hand; the last of `invoices` is not in it yet */
  const ast *invoice_at;
  bool invoice_bad, any_day;
} reading;

/* ---- values ---- */

/* What Dun computes itself cannot be given. */
static bool can_be_given(checker *c, const field_ref *r) {
  type ty = field_type(c, r->field);
  if (ty == TY_DURATION || ty == TY_TIME) return false;
  if (r->field >= FIELD_COUNT) return true;
  if (r->field == FIELD_INVOICE_PROMISED || r->field == FIELD_CONTRACT_IN_DEFAULT) return false;
  return FIELDS[r->field].source == SRC_STORED || FIELDS[r->field].source == SRC_STATE;
}

/* `FIELD op value`, typed; the literal on its right, or NULL where something was reported. */
static const expr *literal(checker *c, const ast *field, const ast *value, kw op) {
  ast right = *value, left = {.kind = AST_FIELD, .text = field->text, .at = span_name(c, field), .next = &right};
  ast compare = {.kind = AST_COMPARE, .op = op, .at = value->at, .kid = &left, .last = &right};
  right.next = NULL;
  uint32_t uses = c->uses.n;
  const expr *e = expr_whole(c, &compare);
  for (uint32_t i = uses; i < c->uses.n; i++) { /* the policy does not read them */
    const field_use *u = VEC_AT(&c->uses, field_use, i);
    c->use_of[u->context][u->field] = 0;
  }
  c->uses.n = uses;
  if (e->ty == TY_ERROR) return NULL;
  const expr *b = e->op == X_EQ || e->op == X_HAS ? e->b : NULL;
  if (b && (b->op == X_MONEY || b->op == X_NUMBER || b->op == X_DATE || b->op == X_TEXT)) return b;
  REPORT(c, E0341, value->at, NO_HINT, field->text);
  return NULL;
}

static const expr *yes_or_no(checker *c, const ast *field, const ast *value) {
  if (value->kind == AST_YESNO) return expr_whole(c, value);
  REPORT(c, E0341, value->at, NO_HINT, field->text);
  return NULL;
}

static bool set_values(checker *c, const ast *field, const ast *value, test_given *g) {
  const ast *first = value->kind == AST_LIST ? value->kid : value;
  uint32_t count = value->kind == AST_LIST ? (uint32_t)ast_count(value) : 1, n = 0;
  slice *v = ARENA_ARRAY(c->perm, count + 1, slice);
  for (const ast *item = first; item && n < count; item = item->next) {
    const expr *e = literal(c, field, item, KW_HAS);
    if (!e) return false;
    v[n++] = e->text;
  }
  g->set = v;
  g->set_count = n;
  return true;
}

static bool plain_value(checker *c, const ast *field, const ast *value, test_given *g) {
  if (value->kind == AST_LIST) {
    REPORT(c, E0341, value->at, NO_HINT, field->text);
    return false;
  }
  if (field_type(c, g->field) == TY_BOOL) {
    g->value = yes_or_no(c, field, value);
    return g->value != NULL;
  }
  g->value = literal(c, field, value, KW_EQ);
  if (!g->value) return false;
  int64_t whole;
  if (g->field < FIELD_COUNT && FIELDS[g->field].ty == TY_NUMBER && value->kind == AST_NUMBER)
    return whole_number(c, value, 0, INSTALLMENT_MAX, &whole);
  if (g->field < FIELD_COUNT && FIELDS[g->field].ty == TY_NUMBER) {
    REPORT(c, E0341, value->at, NO_HINT, field->text);
    return false;
  }
  if (g->field == FIELD_INVOICE_CURRENCY && currency_find(g->value->text) == CURRENCY_NONE) {
    REPORT(c, E0118, value->at, NO_HINT, g->value->text);
    return false;
  }
  return true;
}

static bool value_of(checker *c, const ast *field, const ast *value, test_given *g) {
  if (value->kind == AST_MISSING_VALUE) {
    g->missing = g->field >= FIELD_COUNT || FIELDS[g->field].can_be_missing;
    if (!g->missing) REPORT(c, E0342, value->at, NO_HINT, field->text);
    return g->missing;
  }
  return field_type(c, g->field) == TY_SET ? set_values(c, field, value, g) : plain_value(c, field, value, g);
}

/* ---- given ---- */

static const test_given *given_find(const vec *list, uint16_t field) {
  for (uint32_t i = 0; i < list->n; i++)
    if (VEC_AT(list, test_given, i)->field == field) return VEC_AT(list, test_given, i);
  return NULL;
}

/* False: something was reported, so that the field may be the one that is missing. */
static bool given_field(checker *c, reading *r, const ast *n) {
  field_ref f = name_resolve(c, n, n->text);
  if (f.status != FIELD_FOUND || !n->kid) return false;
  vec *list = f.of == ENT_INVOICE ? &r->invoice : f.of == ENT_CONTRACT ? &r->contract : &r->customer;
  if (f.of == ENT_CONTRACT) r->t->has_contract = true; /* `given invoice contract.price 100` */
  if (!can_be_given(c, &f)) {
    REPORT(c, E0340, span_name(c, n), NO_HINT, n->text);
    return false;
  }
  if (given_find(list, f.field)) {
    REPORT(c, E0135, n->at, NO_HINT);
    return false;
  }
  test_given g = {.field = f.field, .at = n->at};
  if (!value_of(c, n, n->kid, &g)) return false;
  *VEC_PUSH(c->perm, list, test_given) = g;
  return true;
}

/* The currency of a row's amounts: said, or that of the first amount that says its own, or the policy's. */
static currency row_currency(checker *c, const vec *list) {
  const test_given *said = given_find(list, FIELD_INVOICE_CURRENCY);
  currency cur = said ? currency_find(said->value->text) : CURRENCY_NONE;
  for (uint32_t i = 0; i < list->n; i++) {
    const test_given *g = VEC_AT(list, test_given, i);
    if (!g->value || g->value->op != X_MONEY || g->field >= FIELD_COUNT) continue;
    currency own = g->value->cur;
    if (own == CURRENCY_NONE || (own == c->p->cur && cur != CURRENCY_NONE)) continue;
    if (cur == CURRENCY_NONE || cur == c->p->cur)
      cur = own;
    else if (cur != own)
      REPORT(c, E0210, g->at, NO_HINT, slice_of(currency_code(cur)), slice_of(currency_code(own)));
  }
  if (cur == CURRENCY_NONE) cur = c->p->cur;
  if (cur == CURRENCY_NONE) cur = currency_find(SLICE("BRL")); /* as an import does, where nothing says another */
  for (uint32_t i = 0; i < list->n; i++) {
    const test_given *g = VEC_AT(list, test_given, i);
    if (g->value && g->value->op == X_MONEY) (void)expr_money_fits(c, g->value->num, cur, g->at);
  }
  return cur;
}

static test_row row_of(checker *c, const vec *list, span at) {
  return (test_row){list->v, list->n, row_currency(c, list), at};
}

static void invoice_end(checker *c, reading *r) {
  if (!r->invoice_at) return;
  bool amount = given_find(&r->invoice, FIELD_INVOICE_AMOUNT) || given_find(&r->invoice, FIELD_INVOICE_OPEN);
  bool whole = !r->invoice_bad && c->files[r->invoice_at->at.file]->ok;
  if (whole && !amount) REPORT(c, E0343, r->invoice_at->at, NO_HINT, field_text(c, FIELD_INVOICE_AMOUNT));
  if (whole && !given_find(&r->invoice, FIELD_INVOICE_DUE))
    REPORT(c, E0343, r->invoice_at->at, NO_HINT, field_text(c, FIELD_INVOICE_DUE));
  *VEC_PUSH(c->perm, &r->invoices, test_row) = row_of(c, &r->invoice, r->invoice_at->at);
  r->invoice = (vec){0};
  r->invoice_at = NULL;
  r->invoice_bad = false;
}

static void given(checker *c, reading *r, const ast *n) {
  c->of = ENT_CUSTOMER;
  if (n->op == KW_INVOICE) {
    invoice_end(c, r);
    r->invoice_at = n;
    c->of = ENT_INVOICE;
  } else if (n->op == KW_CONTRACT) {
    if (r->t->has_contract) {
      REPORT(c, E0349, n->at, NO_HINT);
      return;
    }
    r->t->has_contract = true;
    r->t->contract.at = n->at;
    c->of = ENT_CONTRACT;
  } else {
    r->t->customer.at = n->at;
  }
  for (const ast *f = ast_kid(n, AST_GIVEN_FIELD); f; f = ast_next(f, AST_GIVEN_FIELD))
    if (!given_field(c, r, f) && n->op == KW_INVOICE) r->invoice_bad = true;
}

/* ---- what happens and what is expected ---- */

static void day_of(reading *r, civil_date day) {
  if (!r->any_day || day.day < r->t->first.day) r->t->first = day;
  if (!r->any_day || day.day > r->t->last.day) r->t->last = day;
  r->any_day = true;
}

static test_event_kind event_of(kw op) {
#define TEST_EVENT(id, word, of, ty)                                                                                   \
  if (op == KW_##word) return TEST_##id;
  TEST_EVENTS(TEST_EVENT)
#undef TEST_EVENT
  return TEST_EVENT_COUNT;
}

static entity event_about(test_event_kind kind) {
  static const entity ABOUT[] = {
#define TEST_EVENT(id, word, of, ty) ENT_##of,
      TEST_EVENTS(TEST_EVENT)
#undef TEST_EVENT
  };
  return ABOUT[kind];
}

static void event(checker *c, reading *r, const ast *n) {
  const ast *day = ast_kid(n, AST_DATE), *value = day ? day->next : NULL;
  test_event e = {.kind = event_of(n->op), .at = n->at};
  if (!day || e.kind == TEST_EVENT_COUNT) return;
  e.day = day->value.date;
  day_of(r, e.day);
  entity of = event_about(e.kind);
  if (of == ENT_CONTRACT ? !r->t->has_contract : r->invoices.n == 0) {
    if (c->files[n->at.file]->ok) REPORT(c, E0347, n->at, NO_HINT, entity_text(of, c->lang));
    return;
  }
  channel ch;
  if (value && value->kind == AST_DATE) e.date = value->value.date;
  if (value && value->kind == AST_TEXT) e.text = keep(c, value->text);
  if (value && value->kind == AST_CHANNEL && channel_to_customer(c, value, &ch)) e.text = slice_of(CHANNELS[ch]);
  if (e.kind == TEST_PAID && value) {
    slice open = slice_of(FIELDS[FIELD_INVOICE_OPEN].name[LANG_EN]);
    ast field = {.kind = AST_FIELD, .text = open, .at = value->at};
    dun_lang lang = c->lang;
    c->of = ENT_INVOICE;
    c->lang = LANG_EN;
    e.value = literal(c, &field, value, KW_EQ);
    c->lang = lang;
    if (!e.value) return;
    currency cur = VEC_AT(&r->invoices, test_row, 0)->cur;
    if (value->kind == AST_MONEY && e.value->cur != cur)
      REPORT(c, E0210, value->at, NO_HINT, slice_of(currency_code(e.value->cur)), slice_of(currency_code(cur)));
    (void)expr_money_fits(c, e.value->num, cur, value->at);
  }
  *VEC_PUSH(c->perm, &r->events, test_event) = e;
}

static void expect(checker *c, reading *r, const ast *n) {
  const ast *day = ast_kid(n, AST_DATE);
  if (!day) return;
  day_of(r, day->value.date);
  uint32_t count = 0;
  for (const ast *k = n->kid; k; k = k->next) count += ast_class_of(k->kind) == AST_CLASS_ACTION;
  action *v = ARENA_ARRAY(c->perm, count + 1, action);
  test_expect e = {.day = day->value.date, .actions = v, .at = n->at};
  c->of = r->t->of;
  c->ordinal = 0;
  for (const ast *k = n->kid; k; k = k->next) {
    if (ast_class_of(k->kind) != AST_CLASS_ACTION) continue;
    const ast *other = k->kind == AST_SEND ? ast_kid(k, AST_ELSE) : NULL;
    if (other) REPORT(c, E0346, other->at, NO_HINT);
    action_build(c, k, &v[e.count++]);
  }
  *VEC_PUSH(c->perm, &r->expects, test_expect) = e;
}

static void until(reading *r, const ast *n) {
  const ast *day = ast_kid(n, AST_DATE);
  if (!day) return;
  day_of(r, day->value.date);
  r->t->has_until = true;
  r->t->until_at = n->at;
}

/* ---- the whole ---- */

static void check_whole(checker *c, const reading *r, const ast *n) {
  if (!c->files[n->at.file]->ok) return; /* a line that could not be read is left out of the tree */
  const policy_test *t = r->t;
  if (r->invoices.n == 0 && !t->has_contract && !ast_kid(n, AST_GIVEN)) REPORT(c, E0345, n->at, NO_HINT, n->text);
  if (r->expects.n == 0 && !t->has_until) REPORT(c, E0344, n->at, NO_HINT, n->text);
  int32_t from = t->first.day, to = t->last.day;
  for (uint32_t i = 0; i < r->invoices.n; i++) {
    const test_row *row = VEC_AT(&r->invoices, test_row, i);
    for (uint32_t k = 0; k < row->count; k++) {
      if (row->fields[k].field != FIELD_INVOICE_DUE || !row->fields[k].value) continue;
      int32_t due = row->fields[k].value->date.day;
      if (due < from) from = due;
      if (due > to) to = due;
    }
  }
  if (r->any_day && to - from > TEST_DAYS_MAX)
    REPORT(c, E0348, n->at, NO_HINT, arena_printf(c->scratch, "%d", TEST_DAYS_MAX));
}

void test_build(checker *c, const ast *n) {
  policy_test *t = VEC_PUSH(c->perm, &c->tests, policy_test);
  *t =
      (policy_test){.name = keep(c, n->text), .lang = c->lang, .at = n->at, .customer.at = n->at, .contract.at = n->at};
  reading r = {.t = t};
  for (const ast *k = ast_kid(n, AST_GIVEN); k; k = ast_next(k, AST_GIVEN)) given(c, &r, k);
  invoice_end(c, &r);
  t->of = r.invoices.n ? ENT_INVOICE : t->has_contract ? ENT_CONTRACT : ENT_CUSTOMER;
  /* A `given` that could not be read is left out of the tree: it may have been an invoice's. */
  if (t->of == ENT_CUSTOMER && !c->files[n->at.file]->ok) t->of = ENT_INVOICE;
  for (const ast *k = n->kid; k; k = k->next) {
    if (k->kind == AST_TEST_EVENT) event(c, &r, k);
    if (k->kind == AST_EXPECT) expect(c, &r, k);
    if (k->kind == AST_UNTIL) until(&r, k);
  }
  t->customer = row_of(c, &r.customer, t->customer.at);
  t->contract = row_of(c, &r.contract, t->contract.at);
  t->invoices = r.invoices.v;
  t->invoice_count = r.invoices.n;
  t->expects = r.expects.v;
  t->expect_count = r.expects.n;
  t->events = r.events.v;
  t->event_count = r.events.n;
  check_whole(c, &r, n);
}
