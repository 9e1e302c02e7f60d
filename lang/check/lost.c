/* What stands below a section's header, or below an `at`, that could not be read: it is checked all the same, so that
 * every mistake of a file is told at once. What is built of it goes nowhere: there is an error, so there is no program.
 *
 * Invariant: nothing here is reported because of what was not read. Where the header does not say what its rows are,
 * the kind of rows is meant with which the lines make most sense. */
#include "lang/check/internal.h"

void lost_rungs(checker *c, const ast *section, entity of) {
  for (const ast *kid = section->kid; kid; kid = kid->next)
    if (kid->kind == AST_ERROR) (void)lines_build(c, kid, of);
}

static bool is_test(const ast *n) {
  return ast_kid(n, AST_GIVEN) || ast_kid(n, AST_EXPECT) || ast_kid(n, AST_TEST_EVENT) || ast_kid(n, AST_UNTIL);
}

static void build_as(checker *c, const ast *n, entity of) {
  scope own = {0};
  scope_lists lists = {0};
  uint32_t count;
  for (const ast *kid = n->kid; kid; kid = kid->next)
    if (ast_class_of(kid->kind) == AST_CLASS_SETTING) setting_check(c, kid, &own, &lists, of, true);
  (void)lines_build(c, n, of);
  (void)rungs_build(c, n, of, NO_HINT, NULL, &count); /* without an anchor: it is not known */
}

static size_t errors_as(checker *c, const ast *n, entity of) {
  diags *real = c->d, trial;
  diags_init(&trial, c->scratch);
  c->d = &trial;
  build_as(c, n, of);
  c->d = real;
  return trial.errors;
}

static entity most_likely(checker *c, const ast *n) {
  entity best = ENT_INVOICE;
  size_t least = SIZE_MAX;
  for (entity of = ENT_INVOICE; of < ENT_COUNT; of++) {
    size_t errors = errors_as(c, n, of);
    if (errors >= least) continue;
    least = errors;
    best = of;
  }
  return best;
}

void lost_build(checker *c, const ast *n) {
  if (is_test(n)) {
    test_build(c, n);
    return;
  }
  switch ((int)n->op) {
  case KW_INVOICES: build_as(c, n, ENT_INVOICE); break;
  case KW_CONTRACTS:
  case KW_WHEN_CONTRACT: build_as(c, n, ENT_CONTRACT); break;
  case KW_CUSTOMERS: build_as(c, n, ENT_CUSTOMER); break;
  case KW_NONE: build_as(c, n, most_likely(c, n)); break;
  default: build_as(c, n, event_entity(n->op)); break;
  }
}
