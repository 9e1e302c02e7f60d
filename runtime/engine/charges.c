/* See charges.h. */
#include "charges.h"

#include "events.h"
#include "fees.h"

/* Of one invoice; those of an earlier cycle do not count. */
struct charged {
  int32_t cycle;
  int64_t fine, interest;
  bool fee; /* `charge fee` was carried out, whatever it came to */
};

bool is_charge(action_kind k) { return k == ACT_CHARGE_FEE || k == ACT_CHARGE_INTEREST; }

static int64_t before(const engine *e, action_kind k, uint32_t row) {
  const struct charged *c = e->charged ? &e->charged[row] : NULL;
  if (!c || c->cycle != e->h->cycle[row]) return 0;
  return k == ACT_CHARGE_FEE ? c->fine : c->interest;
}

bool charge_is_spent(const engine *e, const action *a, uint32_t row) {
  if (!e->p->has_fee) {
    const struct charged *c = e->charged ? &e->charged[row] : NULL;
    return a->kind == ACT_CHARGE_FEE && c && c->fee && c->cycle == e->h->cycle[row];
  }
  money all;
  int64_t earlier = before(e, a->kind, row);
  if (earlier <= 0) return false;
  return fees_of(e, a->kind == ACT_CHARGE_FEE ? FIELD_INVOICE_FINE : FIELD_INVOICE_INTEREST, row, &all) == FEES_KNOWN &&
         all.minor <= earlier;
}

contract_sum charge_sum(const engine *e, const action *a, uint32_t row, arena *perm) {
  contract_sum s = {.said = true};
  char text[MONEY_TEXT_MAX];
  money all;
  s.known =
      fees_of(e, a->kind == ACT_CHARGE_FEE ? FIELD_INVOICE_FINE : FIELD_INVOICE_INTEREST, row, &all) == FEES_KNOWN;
  if (!s.known) return s;
  int64_t earlier = before(e, a->kind, row);
  s.sum = (money){all.minor > earlier ? all.minor - earlier : 0, all.cur};
  money_plain(s.sum, text);
  s.how = arena_printf(perm, "%s %s%s", text, currency_code(all.cur), earlier ? ": the rest was charged before" : "");
  return s;
}

static void remember(engine *e, action_kind k, uint32_t row, int32_t cycle, int64_t minor) {
  if (!e->charged) e->charged = ARENA_ARRAY(e->perm, e->f->t[ENT_INVOICE].n + 1, struct charged);
  struct charged *c = &e->charged[row];
  if (c->cycle > cycle) return;
  if (c->cycle < cycle) *c = (struct charged){.cycle = cycle};
  *(k == ACT_CHARGE_FEE ? &c->fine : &c->interest) += minor;
  c->fee |= k == ACT_CHARGE_FEE;
}

void charge_take_effect(engine *e, const decision *d) {
  const subject *s = d->subjects;
  if (!is_charge(d->act->kind) || s->of != ENT_INVOICE) return;
  if (d->sum.known || !e->p->has_fee) remember(e, d->act->kind, s->row, s->cycle, d->sum.known ? d->sum.sum.minor : 0);
}

/* Refused or withdrawn: nothing was charged. */
static bool stands(slice state) {
  static const char *const NOT[] = {"rejected", "cancelled", "dead", "expired", "suppressed"};
  for (size_t i = 0; i < sizeof NOT / sizeof *NOT; i++)
    if (slice_eq(state, slice_of(NOT[i]))) return false;
  return true;
}

store_code charges_load(engine *e, store *s) {
  row_names names = row_names_of(e->perm, &e->f->t[ENT_INVOICE]);
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
      remember(e, kind, row, (int32_t)store_int(c, 2), store_is_null(c, 3) ? 0 : store_int(c, 3));
    }
    store_cursor_close(c);
    if (code != STORE_END) return code;
  }
  return STORE_OK;
}
