/* Which days of an `every` rule are to be done by a live run: those after the last one that a run decided, from the day
 * on which the rule was first known. A rule at an hour has its day once that hour has come.
 *
 * Invariant: a day of a rule is decided by one run alone; what its condition denied then is not made up for later. A
 * contract that no run has seen has its periods from the rule's first day on. */
#include <stdlib.h>

#include "live.h"
#include "runtime/store/agenda.h"

static slice rule_name(const program *p, uint32_t index, arena *perm) {
  static const char *const ROWS[ENT_COUNT] = {
      [ENT_INVOICE] = "invoices", [ENT_CUSTOMER] = "customers", [ENT_CONTRACT] = "contracts"};
  slice key = section_key(p, SECTION_EVERY, index, perm);
  return arena_printf(perm, "%.*s for %s", SLICE_ARG(key), ROWS[p->everys[index].of]);
}

/* The rules that the store knows: `out` [every_count]. */
static store_code rules_load(engine *e, store *s, rule_days *out, arena *scratch) {
  const slice columns[] = {SLICE("rule"), SLICE("since"), SLICE("done")};
  store_query q = {.table = STORE_T_rule_run, .columns = columns, .column_count = 3};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW)
    for (uint32_t k = 0; k < e->p->every_count; k++)
      if (slice_eq(store_text(c, 0), rule_name(e->p, k, scratch)))
        out[k] = (rule_days){(int32_t)store_int(c, 1), (int32_t)store_int(c, 2)};
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

store_code periods_since(engine *e, store *s, arena *scratch) {
  rule_days *rules = ARENA_ARRAY(scratch, e->p->every_count + 1, rule_days);
  for (uint32_t k = 0; k < e->p->every_count; k++) rules[k].since = DATE_NONE_DAY;
  store_code code = rules_load(e, s, rules, scratch);
  for (uint32_t k = 0; k < e->p->every_count; k++) e->every_since[k] = rules[k].since;
  return code;
}

static const slice CONTRACTS_SEEN = {"contracts seen", 14};

static int64_t last_contract(const engine *e) {
  int64_t last = 0;
  for (uint32_t i = 0; i < e->f->t[ENT_CONTRACT].n; i++)
    if (e->f->t[ENT_CONTRACT].store_row[i] > last) last = e->f->t[ENT_CONTRACT].store_row[i];
  return last;
}

/* The store counts its rows up. Of a run that did not write down how far they had come, nothing is new. */
static store_code contracts_load(engine *e, store *s, live *x, arena *scratch) {
  slice value;
  store_code code = store_state_get(s, CONTRACTS_SEEN, scratch, &value);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  int64_t seen = strtoll(arena_copy(scratch, value), NULL, 10);
  x->new_contracts = ARENA_ARRAY(e->perm, e->f->t[ENT_CONTRACT].n + 1, uint32_t);
  for (uint32_t i = 0; i < e->f->t[ENT_CONTRACT].n; i++)
    if (e->f->t[ENT_CONTRACT].store_row[i] > seen) x->new_contracts[x->new_contract_count++] = i;
  return STORE_OK;
}

store_code periods_rules(engine *e, store *s, live *x, civil_date today, arena *scratch) {
  x->rules = ARENA_ARRAY(e->perm, e->p->every_count + 1, rule_days);
  for (uint32_t k = 0; k < e->p->every_count; k++) x->rules[k] = (rule_days){today.day, today.day - 1};
  store_code code = rules_load(e, s, x->rules, scratch);
  for (uint32_t k = 0; k < e->p->every_count; k++) e->every_since[k] = x->rules[k].since;
  return code;
}

store_code periods_load(engine *e, store *s, live *x, civil_date today, arena *scratch) {
  store_code code = periods_rules(e, s, x, today, scratch);
  return code == STORE_OK ? contracts_load(e, s, x, scratch) : code;
}

/* The last day of the rule that has come, its hour included. */
static int32_t come(const engine *e, uint32_t index) {
  const every_rule *r = &e->p->everys[index];
  return r->has_time && e->minute < r->at_min ? e->today - 1 : e->today;
}

const every_due *periods_due(const engine *e, arena *perm, uint32_t *count) {
  every_due *v = ARENA_ARRAY(perm, e->p->every_count + 1, every_due);
  *count = 0;
  for (uint32_t k = 0; k < e->p->every_count; k++) {
    every_due due = {k, e->live->rules[k].done + 1, come(e, k), e->live->rules[k].since};
    if (due.from <= due.to || e->live->new_contract_count) v[(*count)++] = due;
  }
  return v;
}

/* A rule that the policy has no more is forgotten: what it would have done meanwhile is not made up for. */
store_code periods_commit(engine *e, store *s, arena *scratch) {
  store_code code = store_rule_runs_clear(s);
  for (uint32_t k = 0; k < e->p->every_count && code == STORE_OK; k++) {
    const rule_days *d = &e->live->rules[k];
    int32_t done = come(e, k) > d->done ? come(e, k) : d->done;
    code = store_rule_run_set(s, rule_name(e->p, k, scratch), d->since, done);
  }
  /* A part of the ledger has no contract that nobody has seen, and says nothing of the others. */
  if (code != STORE_OK || !e->p->every_count || store_focused(s)) return code;
  return store_state_set(s, CONTRACTS_SEEN, arena_printf(scratch, "%lld", (long long)last_contract(e)));
}
