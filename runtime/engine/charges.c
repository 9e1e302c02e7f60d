/* See charges.h. */
#include "charges.h"

#include <stdlib.h>

#include "events.h"
#include "fees.h"

/* Of one invoice; those of an earlier cycle do not count. */
struct charged {
  int32_t cycle;
  int64_t fine, interest;
  bool fee; /* `charge fee` was carried out, whatever it came to */
  /* Of `fine` and `interest` what the ERP has taken over into the balance; and of all cycles together. */
  int64_t fine_in, interest_in, all_in;
};

bool is_charge(action_kind k) { return k == ACT_CHARGE_FEE || k == ACT_CHARGE_INTEREST; }

static int64_t before(const engine *e, action_kind k, uint32_t row) {
  const struct charged *c = e->charged ? &e->charged[row] : NULL;
  if (!c || c->cycle != e->h->cycle[row]) return 0;
  return k == ACT_CHARGE_FEE ? c->fine : c->interest;
}

charged_sums charges_in_balance(const engine *e, uint32_t row) {
  const struct charged *c = e->charged ? &e->charged[row] : NULL;
  charged_sums x = {.all = c ? c->all_in : 0};
  if (x.all == 0 || c->cycle != e->h->cycle[row]) return x;
  x.fine = c->fine_in;
  x.interest = c->interest_in;
  return x;
}

/* All that the sentence makes of it today, whether it is charged or not. */
static bool whole(const engine *e, action_kind k, uint32_t row, money *out) {
  charged_sums in = charges_in_balance(e, row);
  bool fee = k == ACT_CHARGE_FEE;
  return fees_of(e, fee ? FIELD_INVOICE_FINE : FIELD_INVOICE_INTEREST, row, out) == FEES_KNOWN &&
         !__builtin_add_overflow(out->minor, fee ? in.fine : in.interest, &out->minor);
}

bool charge_is_spent(const engine *e, const action *a, uint32_t row) {
  if (!e->p->has_fee) {
    const struct charged *c = e->charged ? &e->charged[row] : NULL;
    return a->kind == ACT_CHARGE_FEE && c && c->fee && c->cycle == e->h->cycle[row];
  }
  money all;
  int64_t earlier = before(e, a->kind, row);
  if (earlier <= 0) return false;
  return whole(e, a->kind, row, &all) && all.minor <= earlier;
}

contract_sum charge_sum(const engine *e, const action *a, uint32_t row, arena *perm) {
  contract_sum s = {.said = true};
  char text[MONEY_TEXT_MAX];
  money all;
  s.known = whole(e, a->kind, row, &all);
  if (!s.known) return s;
  int64_t earlier = before(e, a->kind, row);
  s.sum = (money){all.minor > earlier ? all.minor - earlier : 0, all.cur};
  money_plain(s.sum, text);
  s.how = arena_printf(perm, "%s %s%s", text, currency_code(all.cur), earlier ? ": the rest was charged before" : "");
  return s;
}

static struct charged *charged_of(engine *e, uint32_t row) {
  if (!e->charged) e->charged = ARENA_ARRAY(e->perm, e->f->t[ENT_INVOICE].n + 1, struct charged);
  return &e->charged[row];
}

/* `taken`: the ERP has taken it over. */
static void remember(engine *e, action_kind k, uint32_t row, int32_t cycle, int64_t minor, bool taken) {
  struct charged *c = charged_of(e, row);
  if (c->cycle > cycle) return;
  if (c->cycle < cycle) *c = (struct charged){.cycle = cycle, .all_in = c->all_in};
  *(k == ACT_CHARGE_FEE ? &c->fine : &c->interest) += minor;
  if (taken && c->all_in) *(k == ACT_CHARGE_FEE ? &c->fine_in : &c->interest_in) += minor;
  c->fee |= k == ACT_CHARGE_FEE;
}

void charge_take_effect(engine *e, const decision *d) {
  const subject *s = d->subjects;
  if (!is_charge(d->act->kind) || s->of != ENT_INVOICE) return;
  if (d->sum.known || !e->p->has_fee)
    remember(e, d->act->kind, s->row, s->cycle, d->sum.known ? d->sum.sum.minor : 0, false);
}

/* Refused or withdrawn: nothing was charged. */
static bool stands(slice state) {
  static const char *const NOT[] = {"rejected", "cancelled", "dead", "expired", "suppressed"};
  for (size_t i = 0; i < sizeof NOT / sizeof *NOT; i++)
    if (slice_eq(state, slice_of(NOT[i]))) return false;
  return true;
}

static bool is_taken(slice state) { return slice_eq(state, SLICE("accepted")) || slice_eq(state, SLICE("delivered")); }

/* What stands in balances (runtime/store/done.c). */
static store_code balances_load(engine *e, store *s, const row_names *names) {
  static const char *const WHAT[] = {"charged fee", "charged interest"};
  const slice columns[] = {SLICE("entity"), SLICE("value")};
  for (size_t k = 0; k < sizeof WHAT / sizeof *WHAT; k++) {
    const store_where where[] = {{"kind", STORE_EQ, STORE_ENTITY_INVOICE, {0}},
                                 {"what", STORE_EQ, 0, slice_of(WHAT[k])}};
    store_query q = {
        .table = STORE_T_own_state, .columns = columns, .column_count = 2, .where = where, .where_count = 2};
    store_cursor *c;
    store_code code = store_scan(s, &q, &c);
    if (code != STORE_OK) return code;
    while ((code = store_next(c)) == STORE_ROW) {
      uint32_t row = row_names_find(names, store_text(c, 0));
      if (row != VM_NO_ROW) charged_of(e, row)->all_in += strtoll(arena_copy(e->perm, store_text(c, 1)), NULL, 10);
    }
    store_cursor_close(c);
    if (code != STORE_END) return code;
  }
  return STORE_OK;
}

store_code charges_load(engine *e, store *s) {
  row_names names = row_names_of(e->perm, &e->f->t[ENT_INVOICE]);
  store_code loaded = balances_load(e, s, &names);
  if (loaded != STORE_OK) return loaded;
  const slice columns[] = {SLICE("action"), SLICE("entity"), SLICE("cycle"), SLICE("amount"), SLICE("state")};
  for (int k = 0; k < 2; k++) {
    action_kind kind = k ? ACT_CHARGE_INTEREST : ACT_CHARGE_FEE;
    const store_where where = {"action", STORE_EQ, 0, slice_of(ACTIONS[kind].words)};
    store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 5, .where = &where, .where_count = 1};
    store_cursor *c;
    store_code code = store_scan(s, &q, &c);
    if (code != STORE_OK) return code;
    while ((code = store_next(c)) == STORE_ROW) {
      uint32_t row = row_names_find(&names, store_text(c, 1));
      if (row == VM_NO_ROW || !stands(store_text(c, 4))) continue;
      if (store_is_null(c, 3) && e->p->has_fee) continue;
      remember(e, kind, row, (int32_t)store_int(c, 2), store_is_null(c, 3) ? 0 : store_int(c, 3),
               is_taken(store_text(c, 4)));
    }
    store_cursor_close(c);
    if (code != STORE_END) return code;
  }
  return STORE_OK;
}
