/* See agreement.h: proposals, answers, and the order to the ERP. */
#include "agreement.h"

#include "runtime/hash.h"
#include "runtime/store/board.h"
#include "runtime/store/hooks.h"
#include "runtime/store/message.h"
#include "stdlib/erp/erp_order.h"

static const char *const WRONG_WORDS[] = {
#define WRONG(id, words) words,
    AGREEMENT_WRONGS(WRONG)
#undef WRONG
};
const char *agreement_wrong_words(agreement_wrong w) { return WRONG_WORDS[w]; }

/* ---- a proposal ---- */

static agreement_wrong check_part(const agreement_part *p, int32_t before, civil_date today, int64_t *sum) {
  enum { FAR_DAYS = 5 * 366 };
  if (p->due <= today.day) return AGREEMENT_WRONG_PAST;
  if (p->due > today.day + FAR_DAYS) return AGREEMENT_WRONG_FAR;
  if (p->due <= before) return AGREEMENT_WRONG_ORDER;
  if (p->amount <= 0) return AGREEMENT_WRONG_AMOUNT;
  return __builtin_add_overflow(*sum, p->amount, sum) ? AGREEMENT_WRONG_SUM : AGREEMENT_WRONG_NOTHING;
}

agreement_wrong agreement_check(const agreement_invoice *i, const agreement_part *parts, size_t n, civil_date today,
                                size_t *at) {
  int64_t sum = 0;
  int32_t before = INT32_MIN;
  *at = 0;
  if (!slice_eq(i->status, SLICE("open")) || i->open <= 0) return AGREEMENT_WRONG_SETTLED;
  if (n == 0 || n > AGREEMENT_PARTS_MAX) return AGREEMENT_WRONG_NO_PARTS;
  for (*at = 0; *at < n; (*at)++) {
    agreement_wrong w = check_part(parts + *at, before, today, &sum);
    if (w != AGREEMENT_WRONG_NOTHING) return w;
    before = parts[*at].due;
  }
  *at = n - 1;
  if (sum != i->open) return AGREEMENT_WRONG_SUM;
  return n == 1 && parts[0].due == i->due ? AGREEMENT_WRONG_SAME : AGREEMENT_WRONG_NOTHING;
}

/* ---- the order ---- */

static erp_order order_words(const agreement_invoice *i, int32_t due) {
  return (erp_order){.kind = ACT_UPDATE_DUE,
                     .of = STORE_ENTITY_INVOICE,
                     .number = i->number,
                     .customer = i->customer,
                     .customer_source_id = i->customer_source_id,
                     .source_id = i->source_id,
                     .has_date = true,
                     .date = {due}};
}

slice agreement_writer(const program *p, const agreement_invoice *i, arena *perm, slice *why) {
  const erp_driver *d = outlet_line(p, OUTLET_ERP, i->erp) ? erp_driver_of(i->erp) : NULL;
  erp_order x = order_words(i, i->due);
  *why = (slice){0};
  if (!d)
    *why = SLICE("the invoice did not come from an ERP that the policy connects");
  else if (!(d->writes >> ACT_UPDATE_DUE & 1))
    *why = arena_printf(perm, "%s cannot change due dates", d->words);
  else if (d->refuses)
    *why = d->refuses(&x, perm);
  return why->n ? (slice){0} : i->erp;
}

/* The order that brings the day of the part at hand into the ERP: an action with its words, ready to be carried out. */
static store_code put_order(store *s, const agreement *a, const agreement_invoice *i, slice writer, civil_date today,
                            arena *scratch) {
  int32_t due = a->parts[a->at_hand - 1].due;
  char day[DATE_TEXT_MAX], hex[HASH_HEX_MAX];
  uint8_t hash[HASH_BYTES];
  erp_order x = order_words(i, due);
  slice words = erp_order_text(&x, scratch);
  bool is_new;
  int64_t id, revision;
  store_code code = store_last_revision(s, &revision);
  date_iso((civil_date){due}, day);
  hash_of(words, hash);
  hash_hex(hash, hex);
  store_action act = {.track = SLICE("agreement"),
                      .entity = {STORE_ENTITY_INVOICE, i->number},
                      .cycle = a->id,
                      .offset = arena_printf(scratch, "part %d", a->at_hand),
                      .on = today.day,
                      .customer = i->customer,
                      .rung = arena_printf(scratch, "agreement %lld", (long long)a->id),
                      .action = arena_printf(scratch, "update due date in erp to %s", day),
                      .recipient = writer,
                      .revision = revision,
                      .message_hash = slice_of(hex),
                      .state = ACTION_ready};
  if (code == STORE_OK) code = store_action_put(s, &act, &id, &is_new);
  store_message m = {.action = id, .channel = slice_of(outlet_name(OUTLET_ERP)), .recipient = writer, .text = words};
  if (code == STORE_OK && is_new) code = store_message_put(s, &m);
  return code == STORE_OK ? agreement_order_set(s, a->id, id, writer) : code;
}

store_code agreement_bring(const program *p, store *s, const agreement *a, civil_date today, arena *scratch) {
  agreement_invoice i;
  slice why;
  store_code code = agreement_invoice_of(s, a->invoice, scratch, &i);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  slice writer = agreement_writer(p, &i, scratch, &why);
  if (writer.n) return put_order(s, a, &i, writer, today, scratch);
  code = agreement_due_here(s, a->invoice, today.day, a->parts[a->at_hand - 1].due);
  return code == STORE_OK ? agreement_order_over(s, a->id, (slice){0}, why) : code;
}

/* ---- answers ---- */

static store_code find(store *s, const agreement_act *a, arena *scratch, agreement *out, agreement_answer *answer) {
  store_code code = agreement_find(s, a->id, scratch, out);
  *answer = AGREED_NOT_THERE;
  if (code == STORE_END) return STORE_OK;
  bool same = code == STORE_OK && out->state == AGREEMENT_PROPOSED && (!a->version || a->version == out->version);
  *answer = same ? AGREED_DONE : AGREED_CHANGED;
  return code;
}

/* Whether what was agreed on can still be had. */
static store_code overtaken(store *s, const agreement *a, const agreement_act *by, arena *scratch, agreement_invoice *i,
                            bool *yes) {
  size_t at;
  *yes = true;
  store_code code = agreement_invoice_of(s, a->invoice, scratch, i);
  if (code == STORE_OK)
    *yes = i->open != a->open || agreement_check(i, a->parts, a->part_count, by->today, &at) != AGREEMENT_WRONG_NOTHING;
  return code == STORE_END ? STORE_OK : code;
}

store_code agreement_end_earlier(store *s, const agreement *a, slice by) {
  arena *scratch = arena_new();
  agreement_filter f = {.invoice = a->invoice};
  enum { LATEST = 20 };
  agreement *v = ARENA_ARRAY(scratch, LATEST, agreement);
  size_t n = 0;
  bool moved;
  store_code code = agreement_list(s, &f, a->id, scratch, v, LATEST, &n);
  for (size_t i = 0; i < n && code == STORE_OK; i++)
    if (v[i].state == AGREEMENT_IN_FORCE)
      code = agreement_move_to(
          s, &(agreement_move){.id = v[i].id, .from = AGREEMENT_IN_FORCE, .to = AGREEMENT_REPLACED, .by = by}, &moved);
  arena_free(scratch);
  return code;
}

/* With an ERP it is in force once that has the date; without one at once. */
static store_code set_going(const program *p, store *s, const agreement *a, const agreement_invoice *i,
                            const agreement_act *by, arena *scratch) {
  slice why;
  bool moved;
  slice writer = agreement_writer(p, i, scratch, &why);
  agreement_move m = {.id = a->id,
                      .from = AGREEMENT_PROPOSED,
                      .to = writer.n ? AGREEMENT_ORDERED : AGREEMENT_IN_FORCE,
                      .by = by->by,
                      .reason = writer.n ? by->reason : why,
                      .answers = true};
  store_code code = writer.n ? STORE_OK : agreement_end_earlier(s, a, by->by);
  if (code == STORE_OK) code = agreement_move_to(s, &m, &moved);
  if (code != STORE_OK) return code;
  if (writer.n) return put_order(s, a, i, writer, by->today, scratch);
  return agreement_say(s, SLICE("dun serve"), STORE_H_EXTENSION_APPROVED, a->invoice, by->today.day, a->parts[0].due);
}

store_code agreement_approve(const program *p, store *s, const agreement_act *by, arena *scratch,
                             agreement_answer *answer) {
  agreement a;
  agreement_invoice i;
  int64_t revision = 0;
  bool over;
  slice why;
  store_code code = find(s, by, scratch, &a, answer);
  if (code != STORE_OK || *answer != AGREED_DONE) return code;
  if (slice_eq(a.proposed_by, by->by)) {
    *answer = AGREED_SAME_PERSON;
    return STORE_OK;
  }
  code = overtaken(s, &a, by, scratch, &i, &over);
  if (code == STORE_OK) code = store_last_revision(s, &revision);
  if (code == STORE_OK && over) *answer = AGREED_OVERTAKEN;
  if (code == STORE_OK && !over && !revision && agreement_writer(p, &i, scratch, &why).n) *answer = AGREED_NO_RUN;
  return code == STORE_OK && *answer == AGREED_DONE ? set_going(p, s, &a, &i, by, scratch) : code;
}

static store_code refuse(store *s, const agreement_act *by, agreement_state to, arena *scratch,
                         agreement_answer *answer) {
  agreement a;
  bool moved;
  store_code code = find(s, by, scratch, &a, answer);
  if (code != STORE_OK || *answer != AGREED_DONE) return code;
  agreement_move m = {.id = a.id,
                      .from = AGREEMENT_PROPOSED,
                      .to = to,
                      .by = by->by,
                      .reason = by->reason,
                      .answers = to == AGREEMENT_REJECTED};
  return agreement_move_to(s, &m, &moved);
}

store_code agreement_reject(store *s, const agreement_act *by, arena *scratch, agreement_answer *answer) {
  return refuse(s, by, AGREEMENT_REJECTED, scratch, answer);
}

store_code agreement_withdraw(store *s, const agreement_act *by, arena *scratch, agreement_answer *answer) {
  return refuse(s, by, AGREEMENT_WITHDRAWN, scratch, answer);
}
