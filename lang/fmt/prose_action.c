/* Actions and lines: "if the open balance is more than R$1,000.00, we send ...; otherwise, we send ...". */
#include "lang/check/words.h"
#include "lang/fmt/prose_internal.h"

/* ---- messages ---- */

/* owner, rep, a name in quotes, or a field. */
static slice who(const teller *t, slice name, bool quoted, uint16_t use) {
  if (use != NO_USE) return tell_field(t, use);
  if (!quoted && slice_eq(name, SLICE("owner"))) return TELL(t, OWNER);
  if (!quoted && slice_eq(name, SLICE("rep"))) return TELL(t, REP);
  return tell_quoted(t, name);
}

static slice extras(const teller *t, unsigned with) {
  static const prose_id ROWS[] = {PR_WITH_PAYMENT_LINK, PR_WITH_BOLETO,      PR_WITH_PIX,
                                  PR_WITH_FEES,         PR_WITH_INVOICE_PDF, PR_WITH_STATEMENT};
  slice_list list = {.a = t->perm};
  for (unsigned i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
    if (with >> i & 1) slices_add(&list, tell_fill(t, ROWS[i], 0, NULL));
  return tell_list(t, &list, PR_LIST_AND);
}

/* "an e-mail from the template “reminder” to the customer, with the boleto" */
static slice way_words(const teller *t, const send_way *way) {
  static const prose_id CHANNEL[CH_COUNT] = {PR_EMAIL, PR_WHATSAPP, PR_SMS, PR_TEAMS, PR_SLACK};
  slice s = tell_fill(t, CHANNEL[way->ch], 0, NULL);
  s = way->template_name.n ? TELL(t, FROM_TEMPLATE, s, tell_quoted(t, way->template_name))
                           : TELL(t, THAT_READS, s, tell_pieces(t, way->inline_text));
  s = TELL(t, TO_WHOM, s, way->to.n ? who(t, way->to, way->to_quoted, way->to_use) : TELL(t, CUSTOMER));
  return way->with ? TELL(t, WITH, s, extras(t, way->with)) : s;
}

static slice send_words(const teller *t, const action *a) {
  slice s = way_words(t, &a->ways[0]);
  for (uint32_t i = 1; i < a->way_count; i++) s = TELL(t, OR_ELSE, s, way_words(t, &a->ways[i]));
  return TELL(t, SEND, s);
}

slice prose_send(arena *perm, const program *p, const send_way *way, dun_lang lang) {
  return way_words(&(teller){perm, p, lang}, way);
}

/* ---- our own people ---- */

static slice alert_words(const teller *t, const action *a) {
  slice s = TELL(t, ALERT, tell_quoted(t, a->name));
  for (unsigned c = 0; a->via.n && c < CH_COUNT; c++)
    if (slice_eq(a->via, slice_of(CHANNELS[c])))
      s = arena_printf(t->perm, "%.*s %.*s", SLICE_ARG(s), SLICE_ARG(tell_by_channel(t, (channel)c)));
  return a->has_body ? TELL(t, ALERT_TEXT, s, tell_pieces(t, a->body)) : s;
}

static slice card_words(const teller *t, const action *a) {
  static const prose_id PRIORITY[] = {PR_PRIORITY_HIGH, PR_PRIORITY_NORMAL, PR_PRIORITY_LOW};
  slice s = TELL(t, OPEN_CARD, tell_quoted(t, a->name));
  if (a->has_body) s = TELL(t, CARD_TITLED, s, tell_pieces(t, a->body));
  for (unsigned i = 0; a->priority.n && i < sizeof PRIORITY / sizeof *PRIORITY; i++)
    if (slice_eq(word_canonical(WORD_PRIORITY, i), a->priority))
      s = TELL(t, CARD_PRIORITY, s, tell_fill(t, PRIORITY[i], 0, NULL));
  if (a->who.n) s = TELL(t, CARD_FOR, s, who(t, a->who, a->who_quoted, NO_USE));
  return a->has_due_in ? TELL(t, CARD_DUE, s, tell_duration(t, a->due_in)) : s;
}

static slice webhook_words(const teller *t, const action *a) {
  slice s = TELL(t, CALL_WEBHOOK, tell_quoted(t, a->name));
  if (!a->item_count) return s;
  slice_list items = {.a = t->perm};
  for (uint32_t i = 0; i < a->item_count; i++) slices_add(&items, tell_field(t, a->items[i]));
  return TELL(t, WITH, s, tell_list(t, &items, PR_LIST_AND));
}

/* ---- contracts ---- */

slice tell_prorated(const teller *t, const price_proration *p) {
  static const prose_id RULES[PRORATION_COUNT] = {PR_PRORATED_ACTUAL, PR_PRORATED_30, PR_PRORATED_30_EXCLUSIVE,
                                                  PR_PRORATED_30_DAY_ROUNDED, PR_PRORATED_365};
  static const prose_id CENTS[CENTS_COUNT] = {
      [CENTS_FIRST] = PR_CENTS_FIRST, [CENTS_LAST] = PR_CENTS_LAST, [CENTS_SPREAD] = PR_CENTS_SPREAD};
  slice s = tell_fill(t, RULES[p->rule], 0, NULL);
  return p->cents_said ? tell_fill(t, CENTS[p->cents], 1, &s) : s;
}

static slice index_words(const teller *t, const index_terms *x) {
  slice_list names = {.a = t->perm};
  for (uint8_t i = 0; i < x->count; i++) slices_add(&names, tell_quoted(t, x->names[i]));
  slice all = tell_list(t, &names, PR_LIST_AND);
  slice s = x->count == 1          ? TELL(t, INDEX, all)
            : x->pick == INDEX_MIN ? TELL(t, INDEX_MIN, all)
                                   : TELL(t, INDEX_MAX, all);
  s = TELL(t, INDEX_OVER, s, tell_duration(t, (duration){x->months, UNIT_MONTH}),
           tell_duration(t, (duration){x->lag, UNIT_MONTH}));
  s = x->figure == INDEX_OFFICIAL ? TELL(t, INDEX_OFFICIAL, s) : TELL(t, INDEX_CHAINED, s);
  if (x->floor != INDEX_FLOOR_NONE) s = TELL(t, AT_LEAST, s, tell_percent(t, x->floor_percent));
  if (x->capped) s = TELL(t, AT_MOST, s, tell_percent(t, x->cap_percent));
  return x->plus_percent.n ? TELL(t, PLUS, s, tell_percent(t, x->plus_percent)) : s;
}

static slice adjust_words(const teller *t, const price_adjustment *a) {
  switch (a->kind) {
  case ADJUST_INDEX: return TELL(t, ADJUST_INDEX, index_words(t, &a->index));
  case ADJUST_PERCENT: return TELL(t, ADJUST_PERCENT, tell_percent(t, a->percent));
  case ADJUST_SUM: break;
  }
  return TELL(t, ADJUST_SUM, tell_money(t, a->sum, a->cur));
}

/* ---- any ---- */

static slice with_note(const teller *t, const action *a, slice s) {
  return a->has_body ? TELL(t, WITH_NOTE, s, tell_pieces(t, a->body)) : s;
}

static slice action_words(const teller *t, const action *a) {
  slice name = tell_quoted(t, a->name);
  switch (a->kind) {
  case ACT_SEND: return send_words(t, a);
  case ACT_ALERT: return alert_words(t, a);
  case ACT_ESCALATE: return with_note(t, a, TELL(t, ESCALATE, who(t, a->name, a->name_quoted, a->name_use)));
  case ACT_OPEN_CARD: return card_words(t, a);
  case ACT_MOVE_CARD: return TELL(t, MOVE_CARD, name);
  case ACT_CLOSE_CARD: return TELL(t, CLOSE_CARD);
  case ACT_CHARGE_FEE: return TELL(t, CHARGE_FEE);
  case ACT_CHARGE_INTEREST: return TELL(t, CHARGE_INTEREST);
  case ACT_UPDATE_DUE:
    return a->value == NO_VALUE ? TELL(t, UPDATE_DUE) : TELL(t, UPDATE_DUE_TO, tell_expr(t, t->p->values[a->value]));
  case ACT_WRITE_OFF: return TELL(t, WRITE_OFF);
  case ACT_SUSPEND_SERVICE: return TELL(t, SUSPEND_SERVICE);
  case ACT_RESUME_SERVICE: return TELL(t, RESUME_SERVICE);
  case ACT_MARK: return TELL(t, MARK, name);
  case ACT_UNMARK: return TELL(t, UNMARK, name);
  case ACT_TAG: return TELL(t, TAG, name);
  case ACT_UNTAG: return TELL(t, UNTAG, name);
  case ACT_LOG: return TELL(t, LOG, tell_pieces(t, a->body));
  case ACT_CALL_WEBHOOK: return webhook_words(t, a);
  case ACT_BILL_CONTRACT:
    return a->prorated ? TELL(t, BILL_PRORATED, TELL(t, BILL_CONTRACT), tell_prorated(t, a->prorated))
                       : TELL(t, BILL_CONTRACT);
  case ACT_HOLD_BILLING: return TELL(t, HOLD_BILLING);
  case ACT_RELEASE_BILLING: return TELL(t, RELEASE_BILLING);
  case ACT_PAUSE_CONTRACT: return TELL(t, PAUSE_CONTRACT);
  case ACT_RESUME_CONTRACT: return TELL(t, RESUME_CONTRACT);
  case ACT_END_CONTRACT: return TELL(t, END_CONTRACT);
  case ACT_RENEW_CONTRACT: return TELL(t, RENEW_CONTRACT);
  case ACT_ADJUST_PRICE: return adjust_words(t, a->adjust);
  case ACT_CREATE_DOCUMENT: return TELL(t, CREATE_DOCUMENT, name);
  case ACT_SEND_FOR_SIGNATURE: return TELL(t, SEND_FOR_SIGNATURE);
  case ACT_COUNT: break;
  }
  return SLICE("");
}

slice tell_actions(const teller *t, const action *v, uint32_t n) {
  slice s = n ? action_words(t, &v[0]) : SLICE("");
  for (uint32_t i = 1; i < n; i++) s = TELL(t, THEN, s, action_words(t, &v[i]));
  return s;
}

slice prose_action(arena *perm, const program *p, const action *a, dun_lang lang) {
  teller t = {perm, p, lang};
  action one = *a;
  if (one.way_count > 1) one.way_count = 1;
  slice s = action_words(&t, &one), we = TELL(&t, WE);
  return slice_starts(s, we) ? (slice){s.p + we.n, s.n - we.n} : s;
}

/* ---- lines ---- */

static slice branch_words(const teller *t, const branch *b) {
  slice does = tell_actions(t, b->actions, b->action_count);
  return b->guard == NO_COND ? does : TELL(t, IF, tell_cond(t, b->guard), does);
}

static slice line_words(const teller *t, const line *l) {
  slice s = branch_words(t, &l->branches[0]);
  for (uint32_t b = 1; b < l->branch_count; b++) s = TELL(t, OTHERWISE, s, branch_words(t, &l->branches[b]));
  return s;
}

slice tell_lines(const teller *t, const lines *body) {
  text out = text_new(t->perm);
  for (uint32_t i = 0; i < body->count; i++) {
    if (!body->v[i].branch_count) continue;
    slice said = line_words(t, &body->v[i]);
    if (out.n) text_char(&out, ' ');
    text_add(&out, out.n ? tell_large(t, said) : said);
    text_char(&out, '.');
  }
  return text_slice(&out);
}

slice prose_lines(arena *perm, const program *p, const lines *body, dun_lang lang) {
  return tell_lines(&(teller){perm, p, lang}, body);
}
