/* Settings that may stand for the whole policy or inside a ladder. One table says of each kind of setting how often and
 * where it may stand; what it says goes into the scope at hand. */
#include "lang/check/internal.h"

#include <assert.h>

typedef struct setting_rule {
  ast_kind kind;
  kw word;
  bool once, policy_only;
} setting_rule;

static const setting_rule RULES[] = {
    {AST_CURRENCY, KW_CURRENCY, true, true},
    {AST_TIMEZONE, KW_TIMEZONE, true, true},
    {AST_CALENDAR, KW_CALENDAR, true, true},
    {AST_HOLIDAY, KW_HOLIDAY, false, true},
    {AST_HOLD, KW_HOLD_WHILE, false, false},
    {AST_STOP, KW_STOP_WHEN, false, false},
    {AST_WINDOW, KW_SEND, false, false},
    {AST_LIMIT, KW_LIMIT_EACH, false, false},
    {AST_SILENCE, KW_SILENCE_FOR, true, false},
    {AST_ASK_VOLUME, KW_ASK_VOLUME, true, true},
    {AST_ASK_WHEN, KW_ASK_WHEN, false, false},
    {AST_ASK_BEFORE, KW_ASK_BEFORE, false, false},
    {AST_OPT_IN, KW_OPT_IN_FOR, false, false},
    {AST_TOGETHER, KW_TOGETHER_BY_CUSTOMER, true, false},
    {AST_IGNORE_BELOW, KW_IGNORE_BELOW, true, false},
    {AST_MOVE_DUE, KW_MOVE_DUE, true, true},
    {AST_LATE_ONLY, KW_LATE_ONLY, true, true},
    {AST_EXPIRE, KW_EXPIRE, true, true},
    {AST_AFTER_GAP, KW_AFTER_A_GAP, true, false},
    {AST_LATE_FEE, KW_LATE_FEE, true, true},
    {AST_SETTLE, KW_SETTLE, true, true},
    {AST_RATES, KW_RATES_FROM, true, true},
    {AST_PRORATED, KW_PRORATED_BY, true, true},
};

/* Whether the setting may stand here, once more. */
static bool may_stand(checker *c, const ast *n, scope_lists *l, bool in_ladder) {
  for (size_t i = 0; i < sizeof RULES / sizeof RULES[0]; i++) {
    if (RULES[i].kind != n->kind) continue;
    slice word = kw_text(RULES[i].word, c->lang);
    if (in_ladder && RULES[i].policy_only) {
      REPORT(c, E0302, n->at, hint(c, HINT_BEFORE_LADDERS, NO_HINT), word);
      return false;
    }
    if (RULES[i].once && l->seen[n->kind]) {
      diag_fix(c->d, REPORT(c, E0301, n->at, NO_HINT, word), n->at, NO_HINT);
      return false;
    }
    l->seen[n->kind] = n;
  }
  return true;
}

/* ---- conditions ---- */

static bool builds(checker *c, const ast *clause, entity of, const expr **e) {
  diags *real = c->d, trial;
  diags_init(&trial, c->scratch);
  c->d = &trial;
  *e = cond_expr(c, clause, of);
  c->d = real;
  return trial.errors == 0;
}

/* Inside a ladder the rows are the ladder's. For the whole policy a condition holds for all entities that have its
 * fields: it is built for each kind that the policy runs over, and an error only where it fits none. Bare customer
 * fields fit customers alone, so that they do not quietly miss the invoices: `customer.` must be written. */
void scope_conds(checker *c, const ast *clause, entity of, bool in_ladder, uint32_t ids[ENT_COUNT], uint32_t *count) {
  *count = 0;
  if (!clause) return;
  if (in_ladder) {
    ids[(*count)++] = cond_of(c, clause, of);
    return;
  }
  bool customers = reads_only_customer(c, clause);
  for (entity e = ENT_INVOICE; e < ENT_COUNT; e++) {
    const expr *x;
    if (e != ENT_INVOICE && !c->has_entity[e]) continue;
    if (e == ENT_CUSTOMER && !customers) continue;
    if (builds(c, clause, e, &x)) ids[(*count)++] = cond_add(c, x, clause->at);
  }
  if (*count == 0) ids[(*count)++] = cond_of(c, clause, ENT_INVOICE);
}

static void add_conds(checker *c, const ast *clause, entity of, bool in_ladder, vec *to) {
  uint32_t ids[ENT_COUNT], n;
  scope_conds(c, clause, of, in_ladder, ids, &n);
  for (uint32_t i = 0; i < n; i++) *VEC_PUSH(c->perm, to, uint32_t) = ids[i];
}

static bool is_promised(checker *c, const ast *clause) {
  const ast *e = clause ? clause->kid : NULL;
  if (!e || (e->kind != AST_NAME && e->kind != AST_FIELD) || name_define(c, e)) return false;
  entity of = c->of;
  c->of = ENT_INVOICE;
  field_ref r = name_look(c, e->text);
  c->of = of;
  return r.status == FIELD_FOUND && r.of == ENT_INVOICE && r.field == FIELD_INVOICE_PROMISED;
}

static void hold(checker *c, const ast *n, scope *s, scope_lists *l, entity of, bool in_ladder) {
  const ast *clause = ast_kid(n, AST_COND), *grace = ast_kid(n, AST_GRACE);
  if (is_promised(c, clause) && of == ENT_INVOICE) {
    if (s->hold_promised) REPORT(c, E0301, n->at, NO_HINT, kw_text(KW_HOLD_WHILE, c->lang));
    s->hold_promised = true;
    if (grace && grace->kid)
      s->promised_grace = (duration){grace->kid->value.duration.count, grace->kid->value.duration.unit};
    return;
  }
  size_t errors = c->d->errors;
  add_conds(c, clause, of, in_ladder, &l->holds);
  if (grace && c->d->errors == errors) REPORT(c, E0319, grace->at, NO_HINT);
}

/* ---- numbers and days ---- */

bool whole_number(checker *c, const ast *n, int64_t min, int64_t max, int64_t *out) {
  decimal d = n ? decimal_trim(n->value.number) : (decimal){0, 0};
  if (n && d.scale == 0 && d.n >= min && d.n <= max) {
    *out = d.n;
    return true;
  }
  if (n)
    REPORT(c, E0213, n->at, NO_HINT, arena_printf(c->scratch, "%lld", (long long)min),
           arena_printf(c->scratch, "%lld", (long long)max));
  return false;
}

bool whole_days(checker *c, const ast *n, int32_t *out) {
  if (!n) return false;
  duration d = {n->value.duration.count, n->value.duration.unit};
  if (duration_days(d, out)) return true;
  REPORT(c, E0318, n->at, hint(c, HINT_WRITE_DAYS, NO_HINT));
  return false;
}

static uint32_t period_days(checker *c, const ast *per) {
  if (per->op == KW_DAY) return 1;
  if (per->op == KW_WEEK) return 7;
  if (per->op == KW_MONTH) return 30;
  if (per->op == KW_YEAR) return 365;
  int32_t days;
  const ast *d = ast_kid(per, AST_DURATION);
  if (!d || !whole_days(c, d, &days)) return 0;
  if (days >= 1) return (uint32_t)days;
  REPORT(c, E0317, d->at, NO_HINT);
  return 0;
}

/* `limit each customer to 1 message per day and 3 per week per channel`: a limit for every rate. */
void limit_add(checker *c, const ast *n, scope_lists *l) {
  for (const ast *rate = ast_kid(n, AST_LIMIT_RATE); rate; rate = ast_next(rate, AST_LIMIT_RATE)) {
    limit out = {.per = n->op == KW_INVOICE ? PER_INVOICE : PER_CUSTOMER, .at = rate->at};
    bool period = false;
    int64_t count;
    if (!whole_number(c, ast_kid(rate, AST_NUMBER), 1, LIMIT_COUNT_MAX, &count)) continue;
    out.count = (uint32_t)count;
    for (const ast *per = ast_kid(rate, AST_PER); per; per = ast_next(per, AST_PER)) {
      if (per->op == KW_CHANNEL_WORD)
        out.per = PER_CHANNEL;
      else if (per->op == KW_INVOICE)
        out.per = PER_INVOICE;
      else if (per->op != KW_CUSTOMER && per->op != KW_CONTRACT) {
        period = true;
        out.days = period_days(c, per);
      }
    }
    if (!period) REPORT(c, E0316, rate->at, NO_HINT);
    *VEC_PUSH(c->perm, &l->limits, limit) = out;
  }
}

/* ---- approvals and channels ---- */

uint32_t action_kind_bits(kw op) {
  static const struct {
    kw word;
    action_kind first, last;
  } KINDS[] = {
      {KW_SEND, ACT_SEND, ACT_SEND},
      {KW_ALERT, ACT_ALERT, ACT_ALERT},
      {KW_ESCALATE, ACT_ESCALATE, ACT_ESCALATE},
      {KW_OPEN_CARD_WORD, ACT_OPEN_CARD, ACT_OPEN_CARD},
      {KW_OPEN_CARD, ACT_OPEN_CARD, ACT_OPEN_CARD},
      {KW_MOVE_CARD_WORD, ACT_MOVE_CARD, ACT_MOVE_CARD},
      {KW_MOVE_CARD, ACT_MOVE_CARD, ACT_MOVE_CARD},
      {KW_CLOSE_CARD, ACT_CLOSE_CARD, ACT_CLOSE_CARD},
      {KW_CHARGE, ACT_CHARGE_FEE, ACT_CHARGE_INTEREST},
      {KW_FEE, ACT_CHARGE_FEE, ACT_CHARGE_FEE},
      {KW_LATE_FEE, ACT_CHARGE_FEE, ACT_CHARGE_FEE},
      {KW_INTEREST, ACT_CHARGE_INTEREST, ACT_CHARGE_INTEREST},
      {KW_UPDATE_DUE, ACT_UPDATE_DUE, ACT_UPDATE_DUE},
      {KW_WRITE_OFF, ACT_WRITE_OFF, ACT_WRITE_OFF},
      {KW_SUSPEND, ACT_SUSPEND_SERVICE, ACT_SUSPEND_SERVICE},
      {KW_RESUME, ACT_RESUME_SERVICE, ACT_RESUME_SERVICE},
      {KW_MARK, ACT_MARK, ACT_MARK},
      {KW_UNMARK, ACT_UNMARK, ACT_UNMARK},
      {KW_TAG_CUSTOMER, ACT_TAG, ACT_TAG},
      {KW_UNTAG_CUSTOMER, ACT_UNTAG, ACT_UNTAG},
      {KW_LOG, ACT_LOG, ACT_LOG},
      {KW_CALL_WEBHOOK, ACT_CALL_WEBHOOK, ACT_CALL_WEBHOOK},
      {KW_BILL_CONTRACT, ACT_BILL_CONTRACT, ACT_BILL_CONTRACT},
      {KW_HOLD_BILLING, ACT_HOLD_BILLING, ACT_HOLD_BILLING},
      {KW_RELEASE_BILLING, ACT_RELEASE_BILLING, ACT_RELEASE_BILLING},
      {KW_PAUSE_CONTRACT, ACT_PAUSE_CONTRACT, ACT_PAUSE_CONTRACT},
      {KW_RESUME_CONTRACT, ACT_RESUME_CONTRACT, ACT_RESUME_CONTRACT},
      {KW_END_CONTRACT, ACT_END_CONTRACT, ACT_END_CONTRACT},
      {KW_RENEW_CONTRACT, ACT_RENEW_CONTRACT, ACT_RENEW_CONTRACT},
      {KW_ADJUST_WORD, ACT_ADJUST_PRICE, ACT_ADJUST_PRICE},
      {KW_DOCUMENT, ACT_CREATE_DOCUMENT, ACT_CREATE_DOCUMENT},
      {KW_SIGNATURE, ACT_SEND_FOR_SIGNATURE, ACT_SEND_FOR_SIGNATURE},
  };
  static_assert(ACT_COUNT <= 32, "a bit per action kind");
  uint32_t bits = 0;
  for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
    if (KINDS[i].word != op) continue;
    bits |= 1u << KINDS[i].first | 1u << KINDS[i].last;
  }
  return bits;
}

static void ask_before(checker *c, const ast *n, scope *s) {
  for (const ast *kind = ast_kid(n, AST_ACTION_KIND); kind; kind = ast_next(kind, AST_ACTION_KIND)) {
    const ast *by = ast_kid(kind, AST_CHANNEL);
    channel ch;
    if (!by)
      s->ask_before_kinds |= action_kind_bits(kind->op);
    else if (channel_to_customer(c, by, &ch))
      s->ask_before_channels |= 1u << ch;
  }
}

static void opt_in(checker *c, const ast *n, scope *s) {
  channel ch;
  for (const ast *by = ast_kid(n, AST_CHANNEL); by; by = ast_next(by, AST_CHANNEL))
    if (channel_to_customer(c, by, &ch)) s->opt_in |= 1u << ch;
}

static void ignore_below(checker *c, const ast *n, scope *s) {
  const ast *v = n->kid;
  if (!v) return;
  s->has_ignore = true;
  if (v->kind == AST_MONEY) {
    s->ignore_below = v->value.money.amount;
    s->ignore_currency = v->value.money.cur;
    (void)expr_money_fits(c, s->ignore_below, s->ignore_currency, v->at);
  } else if (v->kind == AST_NUMBER)
    s->ignore_below = v->value.number;
  else
    REPORT(c, E0201, v->at, NO_HINT, type_text(TY_MONEY, c->lang), type_text(TY_PERCENT, c->lang));
}

static void after_gap(checker *c, const ast *n, scope *s) {
  const ast *spacing = ast_kid(n, AST_DURATION);
  int32_t days = 1;
  s->has_gap = true;
  s->gap = n->op == KW_SEND_ONE_BY_ONE ? GAP_ONE_BY_ONE : n->op == KW_SEND_NOTHING ? GAP_NOTHING : GAP_LATEST;
  s->gap_spacing = (duration){1, UNIT_DAY};
  if (!spacing) return;
  s->gap_spacing = (duration){spacing->value.duration.count, spacing->value.duration.unit};
  if (s->gap_spacing.unit != UNIT_BUSINESS_DAY && !whole_days(c, spacing, &days)) return;
  if (s->gap_spacing.n < 1) REPORT(c, E0317, spacing->at, NO_HINT);
}

/* ---- one setting ---- */

void setting_check(checker *c, const ast *n, scope *s, scope_lists *l, entity of, bool in_ladder) {
  int32_t days;
  if (!may_stand(c, n, l, in_ladder)) return;
  c->of = of;
  switch ((int)n->kind) {
  case AST_HOLD: hold(c, n, s, l, of, in_ladder); break;
  case AST_STOP: add_conds(c, ast_kid(n, AST_COND), of, in_ladder, &l->stops); break;
  case AST_ASK_WHEN: add_conds(c, ast_kid(n, AST_COND), of, in_ladder, &l->asks); break;
  case AST_ASK_BEFORE: ask_before(c, n, s); break;
  case AST_WINDOW: window_add(c, n, l, of, in_ladder); break;
  case AST_LIMIT: limit_add(c, n, l); break;
  case AST_SILENCE:
    if (whole_days(c, n->kid, &days)) s->silence_after_reply_days = (uint32_t)days;
    break;
  case AST_OPT_IN: opt_in(c, n, s); break;
  case AST_TOGETHER:
    s->has_together = true;
    s->together = n->op == KW_TOGETHER_BY_CUSTOMER;
    break;
  case AST_IGNORE_BELOW: ignore_below(c, n, s); break;
  case AST_AFTER_GAP: after_gap(c, n, s); break;
  default: policy_setting(c, n); break;
  }
}

void scope_finish(checker *c, scope *s, scope_lists *l) {
  (void)c;
  s->holds = (uint32_list){l->holds.v, l->holds.n};
  s->stops = (uint32_list){l->stops.v, l->stops.n};
  s->asks = (uint32_list){l->asks.v, l->asks.n};
  s->windows = (window_list){l->windows.v, l->windows.n};
  s->limits = (limit_list){l->limits.v, l->limits.n};
}
