/* The tests that stand beside a policy, each as one paragraph: what is given, what happens, what is expected. */
#include "lang/fmt/prose_internal.h"

static slice field_words(const teller *t, const test_given *g, currency cur) {
  slice name =
      g->field < FIELD_COUNT ? tell_noun(t, g->field) : tell_own_field(t, &t->p->custom[g->field - FIELD_COUNT]);
  if (g->missing) return TELL(t, TEST_MISSING, name);
  if (!g->value) {
    slice_list set = {.a = t->perm};
    for (uint32_t i = 0; i < g->set_count; i++) slices_add(&set, tell_quoted(t, g->set[i]));
    return TELL(t, TEST_FIELD, name, TELL(t, BRACKETS, tell_list(t, &set, PR_LIST_AND)));
  }
  const expr *e = g->value;
  if (e->op == X_BOOL) return e->yes ? TELL(t, IS_YES, name) : TELL(t, IS_NO, name);
  return TELL(t, TEST_FIELD, name, e->op == X_MONEY ? tell_money(t, e->num, e->cur ? e->cur : cur) : tell_expr(t, e));
}

static slice row_words(const teller *t, prose_id what, const test_row *r) {
  slice head = tell_fill(t, what, 0, NULL);
  slice_list fields = {.a = t->perm};
  for (uint32_t i = 0; i < r->count; i++) slices_add(&fields, field_words(t, &r->fields[i], r->cur));
  return r->count ? TELL(t, TEST_ROW, head, tell_list(t, &fields, PR_LIST_AND)) : head;
}

static slice given(const teller *t, const policy_test *test) {
  slice_list rows = {.a = t->perm};
  for (uint32_t i = 0; i < test->invoice_count; i++)
    slices_add(&rows, row_words(t, PR_ONE_INVOICE, &test->invoices[i]));
  if (test->has_contract) slices_add(&rows, row_words(t, PR_ONE_CONTRACT, &test->contract));
  if (test->customer.count) slices_add(&rows, row_words(t, PR_ONE_CUSTOMER, &test->customer));
  text all = text_new(t->perm);
  for (uint32_t i = 0; i < rows.n; i++) {
    if (i) text_cstr(&all, "; ");
    text_add(&all, rows.v[i]);
  }
  return TELL(t, TEST_GIVEN, text_slice(&all));
}

static slice expected(const teller *t, const test_expect *e) {
  slice day = tell_date(t, e->day);
  return e->count ? TELL(t, TEST_EXPECT, day, tell_actions(t, e->actions, e->count)) : TELL(t, TEST_NOTHING, day);
}

static slice happened(const teller *t, const test_event *e) {
  slice args[2] = {tell_date(t, e->day), {0}};
  prose_id row = PR_TEST_PAID;
  switch (e->kind) {
  case TEST_PAID:
    if (e->value) args[1] = tell_expr(t, e->value), row = PR_TEST_PAID_SUM;
    break;
  case TEST_PAYMENT_REVERSED: row = PR_TEST_PAYMENT_REVERSED; break;
  case TEST_DISPUTED: row = PR_TEST_DISPUTED; break;
  case TEST_DISPUTE_RESOLVED: row = PR_TEST_DISPUTE_RESOLVED; break;
  case TEST_PROMISED: args[1] = tell_date(t, e->date), row = PR_TEST_PROMISED; break;
  case TEST_REPLIED: args[1] = tell_quoted(t, e->text), row = PR_TEST_REPLIED; break;
  case TEST_CHURNED: row = PR_TEST_CHURNED; break;
  case TEST_OPTED_OUT: args[1] = tell_quoted(t, e->text), row = PR_TEST_OPTED_OUT; break;
  case TEST_DUE_CHANGED: args[1] = tell_date(t, e->date), row = PR_TEST_DUE_CHANGED; break;
  case TEST_EVENT_COUNT: break;
  }
  return tell_fill(t, row, 2, args);
}

slice tell_test(const teller *t, const policy_test *test) {
  text out = text_new(t->perm);
  text_add(&out, given(t, test));
  text_char(&out, '.');
  uint32_t e = 0, x = 0;
  while (e < test->event_count || x < test->expect_count) { /* by day; what happens before what is expected of it */
    bool event =
        e < test->event_count && (x == test->expect_count || date_cmp(test->events[e].day, test->expects[x].day) <= 0);
    slice s = event ? happened(t, &test->events[e]) : expected(t, &test->expects[x]);
    if (event)
      e++;
    else
      x++;
    text_char(&out, ' ');
    text_add(&out, tell_sentence(t, s));
  }
  if (test->has_until) {
    text_char(&out, ' ');
    text_add(&out, tell_sentence(t, TELL(t, TEST_UNTIL, tell_date(t, test->last))));
  }
  return text_slice(&out);
}
