/* What is said for the whole policy or for one ladder: holds, stops, approvals; windows, limits, gaps. */
#include "lang/fmt/prose_internal.h"

enum { WORKDAYS = 31 }; /* bits of Monday to Friday */

/* ---- held back ---- */

static slice about(const teller *t, uint32_t id) { return tell_entity(t, t->p->conds[id].of); }

static void stops(const teller *t, const scope *s, bool own, slice_list *out) {
  for (uint32_t i = 0; i < s->stops.count; i++) {
    uint32_t id = s->stops.v[i];
    slice args[] = {tell_cond(t, id), about(t, id)};
    prose_id row = own ? PR_STOP_LADDER : t->p->conds[id].of == ENT_INVOICE ? PR_STOP : PR_STOP_OTHER;
    slices_add(out, tell_fill(t, row, 2, args));
  }
}

static void approvals(const teller *t, const scope *s, slice_list *out) {
  for (uint32_t i = 0; i < s->asks.count; i++) slices_add(out, TELL(t, ASK_WHEN, tell_cond(t, s->asks.v[i])));
  slice_list kinds = {.a = t->perm};
  for (unsigned k = 0; k < ACT_COUNT; k++)
    if (s->ask_before_kinds >> k & 1) slices_add(&kinds, prose_does((action_kind)k, t->lang));
  if (s->ask_before_channels) slices_add(&kinds, TELL(t, SEND_BY, tell_channels(t, s->ask_before_channels)));
  if (kinds.n) slices_add(out, TELL(t, ASK_BEFORE, tell_list(t, &kinds, PR_LIST_AND)));
}

static void holds(const teller *t, const scope *s, bool own, slice_list *out) {
  for (uint32_t i = 0; i < s->holds.count; i++)
    slices_add(out, TELL(t, HOLD, tell_cond(t, s->holds.v[i]), about(t, s->holds.v[i])));
  if (s->hold_promised)
    slices_add(out, s->promised_grace.n ? TELL(t, HOLD_PROMISED_PLUS, tell_duration(t, s->promised_grace))
                                        : TELL(t, HOLD_PROMISED));
  stops(t, s, own, out);
  if (s->has_ignore) {
    slice below = s->ignore_currency == CURRENCY_NONE ? tell_number(t, s->ignore_below)
                                                      : tell_money(t, s->ignore_below, s->ignore_currency);
    slices_add(out, s->ignore_currency == CURRENCY_NONE ? TELL(t, IGNORE_EACH, below) : TELL(t, IGNORE, below));
  }
  approvals(t, s, out);
}

/* ---- messages ---- */

slice tell_window_days(const teller *t, unsigned weekdays, bool business_days) {
  if (business_days) return TELL(t, ON_BUSINESS_DAYS);
  return weekdays == WORKDAYS ? TELL(t, ON_WEEKDAYS) : TELL(t, ON_DAYS, tell_days(t, weekdays, PR_LIST_AND));
}

static slice window_days(const teller *t, const window *w) {
  slice s = tell_window_days(t, w->days, w->business_days);
  return w->named_days ? TELL(t, NOT_HOLIDAYS, s) : s;
}

static slice window_words(const teller *t, const window *w) {
  slice s = w->channels ? TELL(t, CHANNEL_GO, tell_channels(t, w->channels)) : TELL(t, MESSAGES_GO);
  if (w->has_hours) s = TELL(t, WINDOW, s, TELL(t, FROM_TO, tell_hour(t, w->from_min), tell_hour(t, w->to_min)));
  if (w->has_days) s = TELL(t, WINDOW, s, window_days(t, w));
  return w->cond == NO_COND ? s : TELL(t, WINDOW_FOR, s, tell_cond(t, w->cond));
}

static slice counted(const teller *t, uint32_t n) {
  slice number = tell_count(t, n);
  return n == 1 ? TELL(t, MESSAGE_ONE, number) : TELL(t, MESSAGE_MANY, number);
}

slice tell_limit(const teller *t, const limit *l) {
  static const prose_id PER[] = {
      [PER_CUSTOMER] = PR_PER_CUSTOMER, [PER_CHANNEL] = PR_PER_CHANNEL, [PER_INVOICE] = PR_PER_INVOICE};
  slice in = l->days == 1 ? TELL(t, A_DAY) : TELL(t, IN_DAYS, tell_duration(t, (duration){(int32_t)l->days, UNIT_DAY}));
  slice s = tell_fill(t, PER[l->per], 2, (slice[]){counted(t, l->count), in});
  return l->channels ? TELL(t, LIMIT_BY, s, tell_channels(t, l->channels)) : s;
}

static slice gap_words(const teller *t, const scope *s) {
  switch (s->gap) {
  case GAP_LATEST: return TELL(t, GAP_LATEST);
  case GAP_ONE_BY_ONE:
    return TELL(t, GAP_ONE, tell_duration(t, s->gap_spacing.n ? s->gap_spacing : (duration){1, UNIT_DAY}));
  case GAP_NOTHING: break;
  }
  return TELL(t, GAP_NOTHING);
}

static void opt_ins(const teller *t, unsigned channels, slice_list *out) {
  static const char *const NAMES[CH_COUNT] = {"e-mail", "WhatsApp", "SMS", "Teams", "Slack"};
  for (unsigned c = 0; c < CH_COUNT; c++)
    if (channels >> c & 1) slices_add(out, TELL(t, OPT_IN, slice_of(NAMES[c])));
}

static void messages(const teller *t, const scope *s, bool own, slice_list *out) {
  for (uint32_t i = 0; i < s->windows.count; i++) slices_add_new(out, window_words(t, &s->windows.v[i]));
  if (s->windows.count) slices_add(out, TELL(t, WINDOW_WAIT));
  if (!s->windows.count && !own) slices_add(out, TELL(t, NO_WINDOW));
  for (uint32_t i = 0; i < s->limits.count; i++) slices_add(out, tell_limit(t, &s->limits.v[i]));
  if (s->limits.count) slices_add(out, TELL(t, LIMIT_WAIT));
  if (s->silence_after_reply_days)
    slices_add(out, TELL(t, SILENCE, tell_duration(t, (duration){(int32_t)s->silence_after_reply_days, UNIT_DAY})));
  opt_ins(t, s->opt_in, out);
  if (s->has_together || !own)
    slices_add(out, s->has_together && !s->together ? TELL(t, NOT_TOGETHER) : TELL(t, TOGETHER));
  if (s->has_gap || !own) slices_add(out, gap_words(t, s));
}

void tell_scope(const teller *t, const scope *s, bool own, slice_list *held, slice_list *sent) {
  holds(t, s, own, held);
  messages(t, s, own, sent);
}

static prose_sentences sentences(const teller *t, slice_list *l) {
  for (uint32_t i = 0; i < l->n; i++) l->v[i] = tell_sentence(t, l->v[i]);
  return (prose_sentences){l->v, l->n};
}

void prose_scope(arena *perm, const program *p, const scope *s, bool own, dun_lang lang, prose_sentences *held,
                 prose_sentences *sent) {
  teller t = {perm, p, lang};
  slice_list back = {.a = perm}, out = {.a = perm};
  tell_scope(&t, s, own, &back, &out);
  *held = sentences(&t, &back);
  *sent = sentences(&t, &out);
}
