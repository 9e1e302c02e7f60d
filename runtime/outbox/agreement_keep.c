/* See agreement.h: what becomes of agreements day by day, and of the cards of what was promised and paid.
 *
 * Invariant: an agreement is judged by the balance that the engine has, which knows payments that no row shows yet. */
#include "agreement.h"

#include "lang/base/utf8.h"
#include "runtime/engine/live.h"
#include "runtime/store/agenda.h"
#include "runtime/store/board.h"
#include "runtime/store/message.h"

static store_code log_it(store *s, const agreement *a, const char *what, arena *scratch) {
  store_event e = {SLICE("agreement"), SLICE("dun run"), arena_printf(scratch, "agreement %lld", (long long)a->id),
                   arena_printf(scratch, "{\"act\":\"%s\"}", what)};
  return store_audit_append(s, &e);
}

static store_code move(store *s, const agreement *a, agreement_state to, slice reason, arena *scratch) {
  bool moved;
  agreement_move m = {.id = a->id, .from = a->state, .to = to, .by = SLICE(BOARD_BY_DUN), .reason = reason};
  store_code code = agreement_move_to(s, &m, &moved);
  return code == STORE_OK && moved ? log_it(s, a, agreement_state_name(to), scratch) : code;
}

/* ---- the orders ---- */

typedef enum order_end { ORDER_UNDER_WAY, ORDER_TAKEN, ORDER_REFUSED } order_end;

static store_code order_state(store *s, int64_t id, arena *scratch, order_end *out, slice *reason) {
  const slice columns[] = {SLICE("state"), SLICE("reason")};
  const store_where where = {"id", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 2, .where = &where, .where_count = 1};
  store_cursor *c;
  action_state st = ACTION_ready;
  *out = ORDER_UNDER_WAY;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW && action_state_find(store_text(c, 0), &st)) {
    bool taken = st == ACTION_accepted || st == ACTION_delivered || st == ACTION_read || st == ACTION_replied;
    bool over = action_state_is_final(st) || st == ACTION_dead;
    *out = taken ? ORDER_TAKEN : over ? ORDER_REFUSED : ORDER_UNDER_WAY;
    *reason = arena_slice(scratch, store_text(c, 1));
  }
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

static store_code first_answered(outbox *o, const agreement *a, order_end end, slice reason, arena *scratch) {
  if (end == ORDER_REFUSED) {
    if (!reason.n) reason = SLICE("the order to the ERP was given up");
    return move(o->s, a, AGREEMENT_REFUSED, reason, scratch);
  }
  store_code code = agreement_end_earlier(o->s, a, SLICE(BOARD_BY_DUN));
  if (code == STORE_OK) code = agreement_order_over(o->s, a->id, a->erp, (slice){0});
  return code == STORE_OK ? move(o->s, a, AGREEMENT_IN_FORCE, (slice){0}, scratch) : code;
}

/* The day of a later part: what the ERP does not take stands in Dun alone, and the card comes back with the reason. */
static store_code later_answered(outbox *o, const agreement *a, order_end end, slice reason, arena *scratch) {
  if (end == ORDER_TAKEN) return agreement_order_over(o->s, a->id, a->erp, (slice){0});
  store_entity e = {STORE_ENTITY_INVOICE, a->invoice};
  store_code code = agreement_due_here(o->s, a->invoice, o->today.day, a->parts[a->at_hand - 1].due);
  if (!reason.n) reason = SLICE("the order to the ERP was given up");
  if (code == STORE_OK) code = agreement_order_over(o->s, a->id, (slice){0}, reason);
  if (code == STORE_OK) code = log_it(o->s, a, "the ERP refused the next date", scratch);
  slice now = arena_printf(scratch, "%lld refused", (long long)a->id);
  return code == STORE_OK ? board_come_back(o->s, e, BOARD_AGREEMENT, now) : code;
}

static store_code answered(outbox *o, const agreement *a, arena *scratch) {
  order_end end;
  slice reason = {0};
  if (!a->waits) return STORE_OK;
  store_code code = order_state(o->s, a->action, scratch, &end, &reason);
  if (code != STORE_OK || end == ORDER_UNDER_WAY) return code;
  return a->state == AGREEMENT_ORDERED ? first_answered(o, a, end, reason, scratch)
                                       : later_answered(o, a, end, reason, scratch);
}

/* ---- telling the customer ---- */

/* A policy that answers `on extension approved` with a message of its own says it in its own words. */
static bool policy_confirms(const program *p) {
  for (uint32_t i = 0; i < p->on_count; i++)
    for (uint32_t l = 0; l < p->ons[i].body.count && p->ons[i].kind == EV_EXTENSION_APPROVED; l++)
      for (uint32_t b = 0; b < p->ons[i].body.v[l].branch_count; b++)
        for (uint32_t k = 0; k < p->ons[i].body.v[l].branches[b].action_count; k++)
          if (p->ons[i].body.v[l].branches[b].actions[k].kind == ACT_SEND) return true;
  return false;
}

/* The customer wants nothing there, as far as the ledger or the customer's own word says. */
static bool unwanted(const outbox *o, const agreement_invoice *i, channel ch) {
  bool no_more = false;
  slice name = slice_of(CHANNELS[ch]), set = i->opted_out;
  if (store_wish_of(o->s, i->customer, name, &no_more) == STORE_OK && no_more) return true;
  for (size_t at = 0; at < set.n;) {
    size_t end = at;
    while (end < set.n && set.p[end] != ';') end++;
    if (utf8_fold_eq(slice_trim((slice){set.p + at, end - at}), name)) return true;
    at = end + 1;
  }
  return false;
}

/* The first of these that the policy has, that reaches the customer and is wanted; WhatsApp takes free words only for a
 * day. Where all that reach are unwanted the first of them, which the gate keeps back and says so. */
static bool way_to(const outbox *o, const agreement_invoice *i, channel *ch, slice *to) {
  const struct {
    channel ch;
    slice to;
  } WAYS[] = {{CH_EMAIL, i->email}, {CH_SMS, i->phone}, {CH_WHATSAPP, i->whatsapp}};
  bool any = false;
  for (size_t k = 0; k < sizeof WAYS / sizeof *WAYS; k++) {
    bool out = unwanted(o, i, WAYS[k].ch);
    if (!WAYS[k].to.n || !o->ch[WAYS[k].ch].driver || (out && any)) continue;
    *ch = WAYS[k].ch;
    *to = WAYS[k].to;
    any = true;
    if (!out) return true;
  }
  return any;
}

static store_code confirm(outbox *o, const agreement *a, arena *scratch) {
  agreement_invoice i;
  channel ch = CH_EMAIL;
  slice to = {0};
  int64_t id, revision;
  bool is_new;
  store_code code = agreement_invoice_of(o->s, a->invoice, scratch, &i);
  if (code == STORE_OK) code = store_last_revision(o->s, &revision);
  if (code != STORE_OK || !revision) return code == STORE_END ? STORE_OK : code;
  bool reached = way_to(o, &i, &ch, &to);
  store_action act = {.track = SLICE("agreement told"),
                      .entity = {STORE_ENTITY_INVOICE, a->invoice},
                      .cycle = a->id,
                      .on = o->today.day,
                      .customer = i.customer,
                      .rung = arena_printf(scratch, "agreement %lld", (long long)a->id),
                      .action = arena_printf(scratch, "send %s \"agreement\"", CHANNELS[ch]),
                      .recipient = reached ? to : SLICE("no contact"),
                      .channel = slice_of(CHANNELS[ch]),
                      .revision = revision,
                      .state = reached ? ACTION_ready : ACTION_suppressed,
                      .reason = reached ? (slice){0} : SLICE("no contact")};
  code = store_action_put(o->s, &act, &id, &is_new);
  agreement_words w = agreement_confirmation(a, &i, o->p, scratch);
  store_message m = {.action = id,
                     .channel = act.channel,
                     .recipient = to,
                     .recipient_name = i.name,
                     .to_customer = true,
                     .language = w.language,
                     .subject = ch == CH_EMAIL ? w.subject : (slice){0},
                     .text = w.text};
  if (code == STORE_OK && is_new && reached) code = store_message_put(o->s, &m);
  return code == STORE_OK ? agreement_told(o->s, a->id, id) : code;
}

/* ---- both, for each ---- */

typedef store_code each_agreement(outbox *o, const agreement *a, arena *scratch);

static store_code for_each(outbox *o, agreement_state st, each_agreement *f) {
  store_code code = STORE_OK;
  for (int64_t after = 0; code == STORE_OK;) {
    arena *scratch = arena_new();
    agreement a;
    code = agreement_next(o->s, st, after, scratch, &a);
    if (code == STORE_OK) {
      after = a.id;
      code = f(o, &a, scratch);
    }
    arena_free(scratch);
  }
  return code == STORE_END ? STORE_OK : code;
}

static store_code tell_once(outbox *o, const agreement *a, arena *scratch) {
  return a->told || policy_confirms(o->p) ? STORE_OK : confirm(o, a, scratch);
}

store_code agreements_answered(outbox *o) {
  store_code code = for_each(o, AGREEMENT_ORDERED, answered);
  if (code == STORE_OK) code = for_each(o, AGREEMENT_IN_FORCE, answered);
  return code == STORE_OK ? for_each(o, AGREEMENT_IN_FORCE, tell_once) : code;
}

/* ---- judging ---- */

static int32_t due_now(const engine *e, uint32_t row) {
  int64_t due = e->f->due_written ? column_get(e->f->due_written, row) : fact_int(e->f, FIELD_INVOICE_DUE, row);
  return due == FACT_MISSING ? DATE_NONE_DAY : (int32_t)due;
}

/* Parts that what was paid covers. */
static store_code meet(outbox *o, const agreement *a, int64_t paid, size_t *met) {
  store_code code = STORE_OK;
  int64_t sum = 0;
  *met = 0;
  for (size_t i = 0; i < a->part_count && code == STORE_OK; i++) {
    sum += a->parts[i].amount;
    if (paid < sum) break;
    *met = i + 1;
    code = agreement_part_met(o->s, a->id, (int32_t)i + 1, o->today.day);
  }
  return code;
}

static store_code judge(outbox *o, const agreement *a, arena *scratch) {
  engine *e = o->e;
  uint32_t row = a->waits ? VM_NO_ROW : outbox_row(o, ENT_INVOICE, a->invoice);
  size_t met;
  if (row == VM_NO_ROW) return STORE_OK;
  int64_t status = fact_int(e->f, FIELD_INVOICE_STATUS, row), open = fact_int(e->f, FIELD_INVOICE_OPEN, row);
  if (status == STATUS_CANCELLED)
    return move(o->s, a, AGREEMENT_OVERRIDDEN, SLICE("the invoice was cancelled"), scratch);
  store_code code = meet(o, a, status == STATUS_PAID || open <= 0 ? a->open : a->open - open, &met);
  if (code != STORE_OK) return code;
  if (met == a->part_count) return move(o->s, a, AGREEMENT_KEPT, (slice){0}, scratch);
  int32_t due = a->parts[a->at_hand - 1].due;
  if (due_now(e, row) != due)
    return move(o->s, a, AGREEMENT_OVERRIDDEN, SLICE("the ledger says another due date"), scratch);
  if ((int32_t)met >= a->at_hand) {
    agreement next = *a;
    next.at_hand = (int32_t)met + 1;
    code = agreement_at_hand(o->s, a->id, next.at_hand);
    return code == STORE_OK ? agreement_bring(o->p, o->s, &next, o->today, scratch) : code;
  }
  if (o->today.day <= calendar_next(e->cal, (civil_date){due}).day) return STORE_OK;
  return move(o->s, a, AGREEMENT_BROKEN, SLICE("it was not paid by its day"), scratch);
}

/* ---- cards ---- */

/* Promises that this day finds broken. */
static store_code promises_back(outbox *o) {
  const engine *e = o->e;
  store_code code = STORE_OK;
  for (uint32_t i = 0; e->live && i < e->live->judged.n && code == STORE_OK; i++) {
    const track_row *j = e->live->judged.v + i;
    char day[DATE_TEXT_MAX];
    slice was = {day, date_iso((civil_date){(int32_t)j->track}, day)};
    if (fact_int(e->f, FIELD_INVOICE_STATUS, j->row) != STATUS_OPEN) continue;
    store_entity who = {STORE_ENTITY_INVOICE, e->f->t[ENT_INVOICE].number[j->row]};
    code = board_come_back(o->s, who, BOARD_PROMISE_BROKEN, was);
  }
  return code;
}

slice agreement_resolved_lane(const program *p) {
  for (uint32_t i = 0; i < p->on_count; i++)
    for (uint32_t l = 0; l < p->ons[i].body.count && p->ons[i].kind == EV_PAYMENT_IN_FULL; l++)
      for (uint32_t b = 0; b < p->ons[i].body.v[l].branch_count; b++)
        for (uint32_t k = 0; k < p->ons[i].body.v[l].branches[b].action_count; k++)
          if (p->ons[i].body.v[l].branches[b].actions[k].kind == ACT_MOVE_CARD)
            return p->ons[i].body.v[l].branches[b].actions[k].name;
  return SLICE(BOARD_RESOLVED);
}

static store_code paid_cards(outbox *o, arena *scratch) {
  slice lane = agreement_resolved_lane(o->p);
  board_unsettled_row *v;
  size_t n;
  store_code code = board_unsettled(o->s, lane, scratch, &v, &n);
  for (size_t i = 0; i < n && code == STORE_OK; i++) {
    uint32_t row = outbox_row(o, ENT_INVOICE, v[i].invoice);
    bool paid = row == VM_NO_ROW ? v[i].paid : fact_int(o->e->f, FIELD_INVOICE_STATUS, row) == STATUS_PAID;
    store_entity who = {STORE_ENTITY_INVOICE, v[i].invoice};
    if (paid) code = board_tell(o->s, who, BOARD_PAID, SLICE(BOARD_BY_DUN), lane, lane);
  }
  return code;
}

store_code agreements_keep(outbox *o) {
  arena *scratch = arena_new();
  int64_t newest = 0;
  store_code code = agreements_answered(o);
  if (code == STORE_OK) code = store_newest_happening(o->s, &newest);
  /* A date that was set just now is not among the facts yet: the next look judges. */
  if (code == STORE_OK && newest <= o->last_event) code = for_each(o, AGREEMENT_IN_FORCE, judge);
  if (code == STORE_OK) code = promises_back(o);
  if (code == STORE_OK) code = paid_cards(o, scratch);
  arena_free(scratch);
  return code;
}

store_code agreements_wake(store *s, civil_date today) {
  bool any;
  store_code code = agreement_overdue(s, today.day, &any);
  if (code != STORE_OK || !any) return code;
  code = store_begin(s);
  if (code == STORE_LOCKED) return STORE_OK; /* the next tick does */
  if (code != STORE_OK) return code;
  code = agreement_touch_overdue(s, today.day);
  if (code == STORE_OK) return store_commit(s);
  store_rollback(s);
  return code;
}
