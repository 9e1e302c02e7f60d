/* GET and POST /api/agreements..., /api/invoices/{number}/promise and .../agreements: promises, and agreements on new
 * due dates and instalments.
 *
 * Invariants: who proposed an agreement is never the one who approves it, whatever the role; what is approved is what
 * was seen (its version); the sums are exact. */
#include <stdlib.h>

#include "board.h"
#include "lang/base/calendar.h"
#include "runtime/cli/session.h"
#include "runtime/store/looks.h"

enum { LIST_MAX = API_ROWS_MAX, OF_INVOICE_MAX = 20, YEAR_DAYS = 366 };

/* ---- an agreement ---- */

static void put_part(json_writer *w, const agreement *a, size_t i, const calendar *cal) {
  const agreement_part *p = a->parts + i;
  json_begin_object(w, NULL);
  api_put_day(w, "due", p->due);
  api_put_money(w, "amount", (money){p->amount, currency_find(a->currency)});
  json_put_bool(w, "business", calendar_is_business(cal, (civil_date){p->due}));
  api_put_day(w, "met", p->met_on);
  json_end(w);
}

/* What became of the order to the ERP, and of the confirmation: the states of their actions. */
static slice action_state_of(api_call *c, int64_t id) {
  const slice columns[] = {SLICE("state")};
  const store_where where = {"id", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *cur;
  slice state = {0};
  if (!id || store_scan(c->s, &q, &cur) != STORE_OK) return state;
  if (store_next(cur) == STORE_ROW) state = arena_slice(c->perm, store_text(cur, 0));
  store_cursor_close(cur);
  return state;
}

void agreement_put(api_call *c, const char *name, const agreement *a) {
  json_writer *w = c->out;
  const calendar *cal = program_calendar(c->policy->c.program, c->perm);
  json_begin_object(w, name);
  json_put_int(w, "id", a->id);
  json_put_int(w, "version", a->version);
  json_put_text(w, "state", slice_of(agreement_state_name(a->state)));
  json_put_text(w, "invoice", a->invoice);
  json_put_text(w, "customer", a->customer);
  if (a->card)
    json_put_int(w, "card", a->card);
  else
    json_put_null(w, "card");
  api_put_money(w, "open", (money){a->open, currency_find(a->currency)});
  api_put_day(w, "due_was", a->due_was);
  json_put_text(w, "note", a->note);
  json_begin_list(w, "parts");
  for (size_t i = 0; i < a->part_count; i++) put_part(w, a, i, cal);
  json_end(w);
  json_put_int(w, "at_hand", a->at_hand);
  json_put_text(w, "erp", a->erp);
  json_put_bool(w, "waits", a->waits);
  json_put_text(w, "order", action_state_of(c, a->action));
  json_put_text(w, "proposed_by", a->proposed_by);
  api_put_instant(w, "proposed", a->proposed_us);
  json_put_text(w, "answered_by", a->answered_by);
  api_put_instant(w, "answered", a->answered_us);
  api_put_instant(w, "ended", a->ended_us);
  json_put_text(w, "reason", api_said(c, a->reason));
  json_put_text(w, "confirmation", action_state_of(c, a->told));
  json_end(w);
}

bool agreements_put_of(api_call *c, slice invoice) {
  agreement *v = ARENA_ARRAY(c->perm, OF_INVOICE_MAX, agreement);
  agreement_filter f = {.invoice = invoice};
  size_t n;
  if (!api_stored(c, agreement_list(c->s, &f, 0, c->perm, v, OF_INVOICE_MAX, &n))) return false;
  json_begin_list(c->out, "agreements");
  for (size_t i = 0; i < n; i++) agreement_put(c, NULL, v + i);
  json_end(c->out);
  return true;
}

static bool find_agreement(api_call *c, int64_t *id, agreement *a) {
  slice s = c->var[0];
  *id = s.n && s.n < 19 ? strtoll(arena_copy(c->perm, s), NULL, 10) : 0;
  store_code code = agreement_find(c->s, *id, c->perm, a);
  if (code != STORE_END) return api_stored(c, code);
  api_fail(c, 404, "not_there", SLICE("there is no such agreement"));
  return false;
}

void agreement_get_list(api_call *c) {
  uint32_t most;
  slice after;
  agreement_filter f = {
      .state = api_param(c, "state"), .customer = api_param(c, "customer"), .invoice = api_param(c, "invoice")};
  agreement_state any;
  size_t n;
  if (!api_rows_wanted(c, &most, &after)) return;
  if (f.state.n && !agreement_state_find(f.state, &any)) {
    api_wrong(c, "state", SLICE("an agreement has no such state"));
    return;
  }
  agreement *v = ARENA_ARRAY(c->perm, most, agreement);
  int64_t key = after.n ? strtoll(arena_copy(c->perm, after), NULL, 10) : 0;
  if (!api_stored(c, agreement_list(c->s, &f, key, c->perm, v, most, &n))) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < n; i++) agreement_put(c, NULL, v + i);
  json_end(c->out);
  if (n == most)
    json_put_text(c->out, "next", arena_printf(c->perm, "%lld", (long long)v[n - 1].id));
  else
    json_put_null(c->out, "next");
}

void agreement_get(api_call *c) {
  agreement a;
  int64_t id;
  if (find_agreement(c, &id, &a)) agreement_put(c, "agreement", &a);
}

/* ---- what can be offered ---- */

static bool find_invoice(api_call *c, agreement_invoice *i) {
  store_code code = agreement_invoice_of(c->s, c->var[0], c->perm, i);
  if (code != STORE_END) return api_stored(c, code);
  api_fail(c, 404, "not_there", SLICE("there is no such invoice"));
  return false;
}

static void put_suggestion(json_writer *w, const char *what, civil_date day, const calendar *cal) {
  civil_date business = calendar_next(cal, day);
  json_begin_object(w, NULL);
  json_put_text(w, "in", slice_of(what));
  api_put_day(w, "day", business.day);
  json_end(w);
}

/* Days for a promise, as business days; who would write a new due date; what stands about the invoice already. */
void agreement_get_offer(api_call *c) {
  agreement_invoice i;
  agreement a;
  slice why;
  if (!find_invoice(c, &i)) return;
  civil_date today = api_today(c), end = date_month_end(today);
  const calendar *cal = program_calendar(c->policy->c.program, c->perm);
  json_put_text(c->out, "invoice", i.number);
  json_put_text(c->out, "customer", i.customer);
  json_put_text(c->out, "status", i.status);
  api_put_money(c->out, "open", (money){i.open, currency_find(i.currency)});
  api_put_day(c->out, "due", i.due);
  api_put_day(c->out, "today", today.day);
  if (end.day == today.day) end = date_month_end(date_add_days(today, 1));
  json_begin_list(c->out, "promise");
  put_suggestion(c->out, "3d", date_add_days(today, 3), cal);
  put_suggestion(c->out, "7d", date_add_days(today, 7), cal);
  json_begin_object(c->out, NULL);
  json_put_text(c->out, "in", SLICE("month end"));
  civil_date last = calendar_prev(cal, end);
  api_put_day(c->out, "day", last.day > today.day ? last.day : calendar_next(cal, end).day);
  json_end(c->out);
  json_end(c->out);
  slice writer = agreement_writer(c->policy->c.program, &i, c->perm, &why);
  json_put_text(c->out, "erp", writer);
  json_put_text(c->out, "erp_why", api_said(c, why));
  store_code code = agreement_of(c->s, i.number, c->perm, &a);
  if (code == STORE_END)
    json_put_null(c->out, "agreement");
  else if (api_stored(c, code))
    agreement_put(c, "agreement", &a);
}

/* Which of these days is no business day; what a proposal is warned of while it is written. */
void agreement_get_day(api_call *c) {
  civil_date day = DATE_NONE;
  if (!api_param_day(c, "day", &day)) return;
  if (date_is_none(day)) {
    api_wrong(c, "day", SLICE("this is needed"));
    return;
  }
  const calendar *cal = program_calendar(c->policy->c.program, c->perm);
  json_put_bool(c->out, "business", calendar_is_business(cal, day));
  json_put_text(c->out, "holiday", calendar_holiday_name(cal, day));
  api_put_day(c->out, "next", calendar_next(cal, day).day);
}

/* ---- a promise ---- */

void promise_post(api_call *c) {
  agreement_invoice i;
  civil_date day, today = api_today(c);
  char iso[DATE_TEXT_MAX];
  if (!find_invoice(c, &i) || !api_day(c, "day", &day)) return;
  if (day.day < today.day || day.day > today.day + YEAR_DAYS) {
    api_wrong(c, "day", SLICE("a promise is for today or a day of the next year"));
    return;
  }
  if (!slice_eq(i.status, SLICE("open")) || i.open <= 0) {
    api_fail(c, 409, "not_so", SLICE("the invoice is settled"));
    return;
  }
  slice text = {iso, date_iso(day, iso)};
  store_entity who = {STORE_ENTITY_INVOICE, i.number};
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = agreement_say(c->s, SLICE("dun serve"), STORE_H_PROMISE, i.number, today.day, day.day);
  if (code == STORE_OK) code = board_tell(c->s, who, BOARD_PROMISE, c->who.login, text, SLICE(BOARD_PROMISED));
  if (code == STORE_OK)
    code = api_log(c, "promise", arena_printf(c->perm, "invoice %.*s", SLICE_ARG(i.number)),
                   arena_printf(c->perm, "{\"for\":\"%.*s\"}", SLICE_ARG(text)));
  if (code == STORE_OK) code = store_commit(c->s);
  if (!api_stored(c, code)) return;
  api_status(c, 201);
  json_put_text(c->out, "invoice", i.number);
  api_put_day(c->out, "promised", day.day);
}

/* ---- a proposal ---- */

static bool read_parts(api_call *c, const agreement_invoice *i, agreement *a) {
  const json *list = json_member(c->json, SLICE("parts"));
  size_t n = json_kind_of(list) == JSON_LIST ? json_count(list) : 0;
  if (n == 0 || n > AGREEMENT_PARTS_MAX) {
    api_wrong(c, "parts", slice_of(agreement_wrong_words(AGREEMENT_WRONG_NO_PARTS)));
    return false;
  }
  a->parts = ARENA_ARRAY(c->perm, n, agreement_part);
  a->part_count = n;
  for (size_t k = 0; k < n; k++) {
    const json *one = json_item(list, k);
    civil_date due;
    money sum;
    if (!date_parse(json_text(json_member(one, SLICE("due"))), &due)) {
      api_wrong(c, arena_printf(c->perm, "parts[%zu].due", k).p, SLICE("this is no day: write it as 2026-12-31"));
      return false;
    }
    if (money_parse(json_text(json_member(one, SLICE("amount"))), currency_find(i->currency), &sum) != MONEY_OK) {
      api_wrong(c, arena_printf(c->perm, "parts[%zu].amount", k).p,
                SLICE("this is no amount in the invoice's currency"));
      return false;
    }
    a->parts[k] = (agreement_part){due.day, sum.minor, DATE_NONE_DAY};
  }
  return true;
}

static bool may_be_proposed(api_call *c, const agreement_invoice *i, const agreement *a) {
  agreement other;
  size_t at;
  agreement_wrong w = agreement_check(i, a->parts, a->part_count, api_today(c), &at);
  store_code code = agreement_of(c->s, i->number, c->perm, &other);
  if (code != STORE_END && !api_stored(c, code)) return false;
  bool asked = code == STORE_OK && other.state != AGREEMENT_IN_FORCE;
  slice words = slice_of(agreement_wrong_words(asked ? AGREEMENT_WRONG_ASKED : w));
  if (asked || w == AGREEMENT_WRONG_SETTLED)
    api_fail(c, 409, "not_so", words);
  else if (w != AGREEMENT_WRONG_NOTHING)
    api_wrong(c, arena_printf(c->perm, "parts[%zu]", at).p, words);
  return !c->answered;
}

/* Of the same invoice; 0: none was named. */
static bool read_card(api_call *c, const agreement_invoice *i, int64_t *id) {
  board_card card;
  *id = 0;
  if (json_kind_of(json_member(c->json, SLICE("card"))) == JSON_NULL) return true;
  if (!api_whole(c, "card", 1, INT64_MAX, id)) return false;
  store_code code = board_find(c->s, *id, c->perm, &card);
  if (code == STORE_OK && slice_eq(card.customer, i->customer)) return true;
  if (code != STORE_OK && code != STORE_END) return api_stored(c, code);
  api_wrong(c, "card", SLICE("this card is about another customer"));
  return false;
}

static store_code log_act(api_call *c, int64_t id, const char *act) {
  return api_log(c, "agreement", arena_printf(c->perm, "agreement %lld", (long long)id),
                 arena_printf(c->perm, "{\"act\":\"%s\"}", act));
}

static void show(api_call *c, int64_t id) {
  agreement a;
  if (api_stored(c, agreement_find(c->s, id, c->perm, &a))) agreement_put(c, "agreement", &a);
}

/* Looked at within the transaction: of two proposals at once the second is told of the first. */
void agreement_post(api_call *c) {
  agreement_invoice i;
  agreement a = {.proposed_by = c->who.login};
  int64_t id = 0;
  if (!api_text(c, "note", AGREEMENT_WORDS_MAX, false, &a.note)) return;
  if (!api_stored(c, store_begin(c->s))) return;
  if (!find_invoice(c, &i) || !read_card(c, &i, &a.card) || !read_parts(c, &i, &a) || !may_be_proposed(c, &i, &a)) {
    store_rollback(c->s);
    return;
  }
  a.invoice = i.number;
  a.customer = i.customer;
  a.currency = i.currency;
  a.open = i.open;
  a.due_was = i.due;
  store_code code = agreement_propose(c->s, &a, &id);
  if (code == STORE_OK) code = log_act(c, id, "proposed");
  if (code == STORE_OK) code = store_commit(c->s);
  if (!api_stored(c, code)) return;
  api_status(c, 201);
  show(c, id);
}

/* ---- answers ---- */

static bool agreed(api_call *c, agreement_answer answer) {
  switch (answer) {
  case AGREED_DONE: return true;
  case AGREED_NOT_THERE: api_fail(c, 404, "not_there", SLICE("there is no such agreement")); break;
  case AGREED_CHANGED:
    api_fail(c, 409, "changed_meanwhile", SLICE("the agreement has been answered meanwhile: look at it again"));
    break;
  case AGREED_SAME_PERSON:
    api_fail(c, 403, "not_allowed", SLICE("who proposed an agreement cannot approve it: ask somebody else"));
    break;
  case AGREED_OVERTAKEN:
    api_fail(c, 409, "not_so", SLICE("the invoice's balance has changed since, or a date is over: propose it anew"));
    break;
  case AGREED_NO_RUN:
    api_fail(c, 409, "not_so", SLICE("the policy has never run: nothing can be ordered from the ERP yet"));
    break;
  }
  store_rollback(c->s);
  return false;
}

typedef enum answer_kind { ANSWER_APPROVE, ANSWER_REJECT, ANSWER_WITHDRAW } answer_kind;

static void answer(api_call *c, answer_kind kind, const char *act) {
  agreement_act by = {.by = c->who.login, .today = api_today(c)};
  agreement a;
  agreement_answer came = AGREED_DONE;
  if (!find_agreement(c, &by.id, &a) || !api_whole(c, "version", 1, INT64_MAX, &by.version)) return;
  if (!api_text(c, "reason", AGREEMENT_WORDS_MAX, kind == ANSWER_REJECT, &by.reason)) return;
  if (kind == ANSWER_WITHDRAW && !slice_eq(a.proposed_by, c->who.login) && c->who.role < API_APPROVER) {
    api_fail(c, 403, "not_allowed", SLICE("an agreement is withdrawn by who proposed it"));
    return;
  }
  store_code code = store_begin(c->s);
  if (code == STORE_OK && kind == ANSWER_APPROVE)
    code = agreement_approve(c->policy->c.program, c->s, &by, c->perm, &came);
  if (code == STORE_OK && kind == ANSWER_REJECT) code = agreement_reject(c->s, &by, c->perm, &came);
  if (code == STORE_OK && kind == ANSWER_WITHDRAW) code = agreement_withdraw(c->s, &by, c->perm, &came);
  if (code == STORE_OK && !agreed(c, came)) return;
  if (code == STORE_OK) code = log_act(c, by.id, act);
  if (code == STORE_OK && kind == ANSWER_APPROVE) code = store_look_ask(c->s, LOOK_TICK);
  if (code == STORE_OK) code = store_commit(c->s);
  if (api_stored(c, code)) show(c, by.id);
}

void agreement_post_approve(api_call *c) { answer(c, ANSWER_APPROVE, "approved"); }
void agreement_post_reject(api_call *c) { answer(c, ANSWER_REJECT, "rejected"); }
void agreement_post_withdraw(api_call *c) { answer(c, ANSWER_WITHDRAW, "withdrawn"); }
