/* What waits, and for what: the reason that the decider gave, with its days, its sentence and who was asked. */
#include "explain_parts.h"
#include "lang/base/text.h"
#include "lang/syntax/keyword.h"

static slice and_more(explaining *x, wait_reason why, slice more) {
  return more.n ? arena_printf(x->perm, "%s: %.*s", WAITS[why], SLICE_ARG(more)) : slice_of(WAITS[why]);
}

/* ---- hours ---- */

static slice weekday(explaining *x, int32_t day) {
  return kw_text((kw)(KW_MONDAY + (int)date_weekday((civil_date){day})), x->asked->lang);
}

static slice window_words(explaining *x, const explain_step *s, const candidate *c) {
  const scope *own = s->section == SECTION_LADDER ? &x->e->p->ladders[s->index].own : NULL;
  channel ch = c->to.way->ch;
  int32_t today = x->e->today, day = contact_first_opening(x->e, ENT_INVOICE, x->row, ch, own, today);
  if (day == INT32_MAX) return SLICE("there is no opening within a year");
  int32_t minute = contact_opening(x->e, ENT_INVOICE, x->row, ch, own, day, 0);
  return arena_printf(x->perm, "the next opening is %.*s %.*s %02d:%02d", SLICE_ARG(weekday(x, day)),
                      SLICE_ARG(explain_day(x->perm, day)), (int)(minute / 60), (int)(minute % 60));
}

/* ---- limits ---- */

static slice limit_words(explaining *x, const limit *l) {
  return arena_printf(x->perm, "`%.*s`", SLICE_ARG(source_words(x->e->p, l->at, x->perm)));
}

static void add_message(explaining *x, text *t, int32_t day, channel ch, const uint32_t *invoices, uint32_t n) {
  if (t->n) text_cstr(t, ", ");
  text_printf(t, "%.*s %s", SLICE_ARG(explain_day(x->perm, day)), CHANNELS[ch]);
  for (uint32_t i = 0; i < n; i++) text_printf(t, " %.*s", SLICE_ARG(x->e->f->t[ENT_INVOICE].number[invoices[i]]));
}

/* The messages that fill the limit: of earlier days, then those that go today before this one. */
static slice messages_words(explaining *x, const limit *l, const message *about, const message *today, uint32_t n) {
  text t = text_new(x->perm);
  for (const sent_message *o = x->e->h->sent ? x->e->h->sent[about->customer] : NULL; o; o = o->next) {
    if (o->day <= x->e->today - (int32_t)l->days) break;
    add_message(x, &t, o->day, o->ch, o->invoices, o->invoice_count);
  }
  for (uint32_t i = 0; i < n; i++)
    add_message(x, &t, x->e->today, today[i].ch, today[i].invoices, today[i].invoice_count);
  return text_slice(&t);
}

static slice over_words(explaining *x, const explain_step *s, const candidate *c) {
  uint32_t n = 0, invoice = x->row;
  message *today = ARENA_ARRAY(x->perm, x->plan->message_count + 1, message);
  for (uint32_t i = 0; i < x->plan->message_count; i++) {
    const joined *m = &x->plan->messages[i];
    const candidate *lead = &x->plan->candidates[m->members[0]];
    if (lead->customer == c->customer && lead->to.to_customer) today[n++] = m->m;
  }
  message about = {.customer = c->customer,
                   .ch = c->to.way->ch,
                   .ladder = s->section == SECTION_LADDER ? s->index : NO_LADDER,
                   .invoices = &invoice,
                   .invoice_count = 1};
  const limit *l = contact_limit_met(x->e, &about, x->row, today, n);
  if (!l) return (slice){0};
  return arena_printf(x->perm, "%.*s, and these count: %.*s", SLICE_ARG(limit_words(x, l)),
                      SLICE_ARG(messages_words(x, l, &about, today, n)));
}

/* ---- people ---- */

static slice silence_words(explaining *x, const explain_step *s, const candidate *c) {
  uint32_t days = x->e->p->policy.silence_after_reply_days;
  if (s->section == SECTION_LADDER && x->e->p->ladders[s->index].own.silence_after_reply_days > days)
    days = x->e->p->ladders[s->index].own.silence_after_reply_days;
  int32_t replied = x->e->h->replied[c->customer];
  return arena_printf(x->perm, "the reply of %.*s, until %.*s", SLICE_ARG(explain_day(x->perm, replied)),
                      SLICE_ARG(explain_day(x->perm, replied + (int32_t)days)));
}

/* The condition that asks, in its terms. */
static slice asking(explaining *x, const explain_step *s) {
  const scope *own = s->section == SECTION_LADDER ? &x->e->p->ladders[s->index].own : NULL;
  const scope *scopes[] = {&x->e->p->policy, own};
  for (size_t k = 0; k < 2; k++)
    for (uint32_t i = 0; scopes[k] && i < scopes[k]->asks.count; i++) {
      uint32_t id = scopes[k]->asks.v[i];
      if (x->e->p->conds[id].of == ENT_INVOICE && engine_cond(x->e, id, x->row) != TRI_NO)
        return terms_because(&x->terms, id);
    }
  return (slice){0};
}

static slice approval_words(explaining *x, const explain_step *s, const candidate *c) {
  static const char *const REASONS[] = {
#define ASK(id, words) words,
      ASK_REASONS(ASK)
#undef ASK
  };
  if (c->asked == ASK_NONE) return (slice){0}; /* it waits behind one that asks */
  slice why = slice_of(REASONS[c->asked]);
  if (c->asked == ASK_WHEN || c->asked == ASK_UNDECIDED)
    why = arena_printf(x->perm, "%s (%.*s)", REASONS[c->asked], SLICE_ARG(asking(x, s)));
  subject key = explain_key(x, s);
  const past_approval *a = past_asked(x->asked->past, &key);
  if (!a) return why;
  return arena_printf(x->perm, "asked on %.*s: %.*s", SLICE_ARG(explain_day(x->perm, a->asked_on)), SLICE_ARG(why));
}

/* ---- whom nothing reaches ---- */

/* The day of the opt-out and who told it, where the store knows them. */
static slice opted_out(explaining *x, channel ch) {
  const past_event *last = NULL;
  const explain_past *p = x->asked->past;
  for (uint32_t i = 0; p && i < p->event_count; i++) {
    const past_event *o = &p->events[i];
    bool this_channel = o->text.n == 0 || slice_eq(o->text, slice_of(CHANNELS[ch]));
    if (o->kind == HAPPENING_OPT_OUT && this_channel && o->day <= x->e->today) last = o;
  }
  if (!last) return arena_printf(x->perm, "opted out of %s", CHANNELS[ch]);
  return arena_printf(x->perm, "opted out of %s on %.*s (%.*s)", CHANNELS[ch],
                      SLICE_ARG(explain_day(x->perm, last->day)), SLICE_ARG(last->source));
}

slice explain_way_unreached(explaining *x, const send_way *w) {
  uint32_t customer = x->e->f->customer[x->row];
  uint32_t field = contact_field(w->ch);
  if (field == FIELD_COUNT || customer == VM_NO_ROW) return arena_printf(x->perm, "no address for %s", CHANNELS[w->ch]);
  const field_use use = {ENT_INVOICE, ENT_CUSTOMER, (uint16_t)field, TY_TEXT};
  if (w->to.n && !slice_eq(w->to, SLICE("customer"))) return arena_printf(x->perm, "nobody at %.*s", SLICE_ARG(w->to));
  if (fact_text(x->e->f, use.field, customer).n == 0) return field_words(x->e, &use, x->row, x->asked->lang, x->perm);
  slice out = fact_field(x->e->f, FIELD_CUSTOMER_OPTED_OUT)->loaded
                  ? fact_text(x->e->f, FIELD_CUSTOMER_OPTED_OUT, customer)
                  : (slice){0};
  return memmem(out.p, out.n, CHANNELS[w->ch], strlen(CHANNELS[w->ch]))
             ? opted_out(x, w->ch)
             : arena_printf(x->perm, "has not opted in for %s", CHANNELS[w->ch]);
}

slice explain_unreached(explaining *x, const explain_step *s) {
  if (s->act->kind != ACT_SEND) return SLICE("nobody can be reached: the customer has no owner");
  text t = text_new(x->perm);
  for (uint32_t i = 0; i < s->act->way_count; i++) {
    slice one = explain_way_unreached(x, &s->act->ways[i]);
    text_printf(&t, "%s%.*s", i ? ", " : "", SLICE_ARG(one));
  }
  return arena_printf(x->perm, "nobody can be reached: %.*s", SLICE_ARG(text_slice(&t)));
}

static slice blast_words(explaining *x) {
  return arena_printf(x->perm, "%u of this day, and more than %u ask first", x->plan->guarded.asked,
                      x->e->p->ask_before_sending_more_than);
}

slice explain_wait(explaining *x, const explain_step *s, const candidate *c, uint32_t guard) {
  slice more = {0};
  switch (c->wait) {
  case WAIT_WINDOW: more = c->act->kind == ACT_SEND ? window_words(x, s, c) : (slice){0}; break;
  case WAIT_LIMIT: more = c->act->kind == ACT_SEND ? over_words(x, s, c) : (slice){0}; break;
  case WAIT_SILENCE: more = silence_words(x, s, c); break;
  case WAIT_APPROVAL: more = approval_words(x, s, c); break;
  case WAIT_UNDECIDED: more = guard == NO_COND ? (slice){0} : terms_because(&x->terms, guard); break;
  case WAIT_BLAST: more = blast_words(x); break;
  case WAIT_NONE:
  case WAIT_ACTIVATION:
  case WAIT_GAP:
  case WAIT_YEAR:
  case WAIT_FIGURE:
  case WAIT_COUNT: break;
  }
  return and_more(x, c->wait, more);
}
