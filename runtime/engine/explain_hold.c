/* What withholds the invoice as a whole: it is settled, stopped, held. Each with its day and who told it, where the
 * store knows. */
#include "explain_parts.h"
#include "fees.h"
#include "lang/check/words.h"
#include "screen.h"

static void withhold(explaining *x, withheld w) {
  if (x->all_count < sizeof x->all / sizeof *x->all) x->all[x->all_count++] = w;
}

/* " (csv)", where the store knows it. */
static slice told_by(explaining *x, slice who) {
  return who.n ? arena_printf(x->perm, " (%.*s)", SLICE_ARG(who)) : (slice){0};
}

static slice settled_words(explaining *x) {
  const engine *e = x->e;
  const explain_past *past = x->asked->past;
  int64_t status = fact_int(e->f, FIELD_INVOICE_STATUS, x->row), open = fact_int(e->f, FIELD_INVOICE_OPEN, x->row);
  if (status == STATUS_CANCELLED) {
    const past_event *c = past_last(past, HAPPENING_INVOICE_CANCELLED, x->row, e->today);
    return c ? arena_printf(x->perm, "cancelled on %.*s", SLICE_ARG(explain_day(x->perm, c->day)))
             : SLICE("it is cancelled");
  }
  const past_event *p = past_last(past, HAPPENING_PAYMENT, x->row, e->today);
  if (p && p->amount != FACT_MISSING)
    return arena_printf(x->perm, "paid on %.*s: %.*s%.*s", SLICE_ARG(explain_day(x->perm, p->day)),
                        SLICE_ARG(explain_money(x->perm, p->amount, e->f->cur[x->row])),
                        SLICE_ARG(told_by(x, p->source)));
  if (p)
    return arena_printf(x->perm, "paid on %.*s%.*s", SLICE_ARG(explain_day(x->perm, p->day)),
                        SLICE_ARG(told_by(x, p->source)));
  if (status == STATUS_PAID)
    return arena_printf(x->perm, "it is paid, as the ledger has it%.*s",
                        SLICE_ARG(told_by(x, past ? past->source : (slice){0})));
  return arena_printf(x->perm, "nothing is open: the balance is %.*s",
                      SLICE_ARG(explain_money(x->perm, open, e->f->cur[x->row])));
}

bool explain_balance(explaining *x) {
  const engine *e = x->e;
  int64_t status = fact_int(e->f, FIELD_INVOICE_STATUS, x->row), open = fact_int(e->f, FIELD_INVOICE_OPEN, x->row);
  const field_use use = {ENT_INVOICE, ENT_INVOICE, FIELD_INVOICE_STATUS, TY_TEXT};
  slice plain = fact_text(e->f, use.field, x->row);
  unsigned word = word_index(WORD_VALUE, plain, LANG_EN);
  slice said = word == word_count(WORD_VALUE) ? plain : word_text(WORD_VALUE, word, x->asked->lang);
  bool yes = status == STATUS_OPEN && open > 0;
  explain_say(x, SLICE("something to collect"), explain_yes(yes),
              arena_printf(x->perm, "status is %.*s, %.*s open", SLICE_ARG(said),
                           SLICE_ARG(explain_money(x->perm, open, e->f->cur[x->row]))));
  if (!yes) withhold(x, (withheld){BLOCK_SETTLED, settled_words(x)});
  return yes;
}

void explain_fees(explaining *x) {
  static const uint32_t FIELD_OF[] = {FIELD_INVOICE_FINE, FIELD_INVOICE_INTEREST, FIELD_INVOICE_TOTAL};
  static const char *const QUESTION[] = {"late fee", "interest", "total with late fee and interest"};
  for (size_t k = 0; x->e->p->has_fee && k < 3; k++) {
    money m;
    fees_status status = fees_of(x->e, FIELD_OF[k], x->row, &m);
    slice why = status == FEES_NO_RATE          ? SLICE("the series has no rate for a late day")
                : status == FEES_TWO_CURRENCIES ? SLICE("the sums of the late fee are in another currency")
                                                : SLICE("the sum is too large");
    if (status == FEES_KNOWN)
      explain_say(x, slice_of(QUESTION[k]), explain_money(x->perm, m.minor, m.cur), (slice){0});
    else
      explain_say(x, slice_of(QUESTION[k]), SLICE("undecided"), why);
  }
}

/* ---- holds ---- */

/* A dispute that stands is told by its day and by who told it. */
static slice dispute_words(explaining *x) {
  const explain_past *past = x->asked->past;
  const past_event *d = past_last(past, HAPPENING_DISPUTE, x->row, x->e->today);
  if (d)
    return arena_printf(x->perm, "held by the dispute of %.*s%.*s", SLICE_ARG(explain_day(x->perm, d->day)),
                        SLICE_ARG(told_by(x, d->source)));
  return arena_printf(x->perm, "held by a dispute, as the ledger has it%.*s",
                      SLICE_ARG(told_by(x, past ? past->source : (slice){0})));
}

/* `disputed` alone, or the first of several that the condition hangs on. */
static bool hangs_on_dispute(const explaining *x, const term *t) {
  if (t->says != TRI_YES) return false;
  if (t->a) return hangs_on_dispute(x, t->a) || (t->b && t->e->op == X_OR && hangs_on_dispute(x, t->b));
  return t->e->op == X_FIELD && x->e->p->uses[t->e->use].field == FIELD_INVOICE_DISPUTED;
}

static slice hold_words(explaining *x, uint32_t id, tri t) {
  slice because = terms_because(&x->terms, id);
  if (t == TRI_UNDECIDED) return arena_printf(x->perm, "held because this cannot be decided: %.*s", SLICE_ARG(because));
  if (hangs_on_dispute(x, x->terms.of_cond[id])) return dispute_words(x);
  return arena_printf(x->perm, "held because of this: %.*s", SLICE_ARG(because));
}

static slice promise_words(explaining *x, const scope *s, int32_t promise) {
  const past_event *p = past_last(x->asked->past, HAPPENING_PROMISE, x->row, x->e->today);
  slice until = explain_day(x->perm, duration_after(x->e->cal, s->promised_grace, promise));
  if (!p)
    return arena_printf(x->perm, "held by the promise for %.*s, until %.*s", SLICE_ARG(explain_day(x->perm, promise)),
                        SLICE_ARG(until));
  return arena_printf(x->perm, "held by the promise of %.*s for %.*s, until %.*s%.*s",
                      SLICE_ARG(explain_day(x->perm, p->day)), SLICE_ARG(explain_day(x->perm, promise)),
                      SLICE_ARG(until), SLICE_ARG(told_by(x, p->source)));
}

/* The minimum has the currency that it is written in; a bare one has the invoice's. */
static slice minimum_words(explaining *x, const scope *s) {
  currency own = x->e->f->cur[x->row], of = s->ignore_currency == CURRENCY_NONE ? own : s->ignore_currency;
  char least[DECIMAL_TEXT_MAX];
  return arena_printf(x->perm, "open = %.*s, the minimum is %.*s %s",
                      SLICE_ARG(explain_money(x->perm, fact_int(x->e->f, FIELD_INVOICE_OPEN, x->row), own)),
                      (int)decimal_text(s->ignore_below, least), least, currency_code(of));
}

uint32_t explain_holds(explaining *x, const scope *s, withheld *kept, uint32_t max) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < s->holds.count && n < max; i++) {
    uint32_t id = s->holds.v[i];
    tri t = x->terms.of_cond[id] ? engine_cond(x->e, id, x->row) : TRI_NO;
    if (t != TRI_NO) kept[n++] = (withheld){BLOCK_HELD, hold_words(x, id, t)};
  }
  if (s->hold_promised && n < max && screen_promised(x->e, s, x->row)) {
    int32_t promise = (int32_t)fact_int(x->e->f, FIELD_INVOICE_PROMISE, x->row);
    kept[n++] = (withheld){BLOCK_HELD, promise_words(x, s, promise)};
  }
  if (n < max && screen_below_minimum(x->e, s, x->row))
    kept[n++] =
        (withheld){BLOCK_HELD, arena_printf(x->perm, "below the minimum: %.*s", SLICE_ARG(minimum_words(x, s)))};
  return n;
}

/* The questions of the holds. */
void explain_ask_holds(explaining *x, const scope *s) {
  for (uint32_t i = 0; i < s->stops.count; i++)
    (void)explain_ask(x, explain_sentence(x, "stop when", s->stops.v[i]), s->stops.v[i]);
  for (uint32_t i = 0; i < s->holds.count; i++)
    (void)explain_ask(x, explain_sentence(x, "hold while", s->holds.v[i]), s->holds.v[i]);
  if (s->hold_promised) {
    int64_t promise = fact_int(x->e->f, FIELD_INVOICE_PROMISE, x->row);
    explain_say(x, SLICE("hold while promised"), explain_yes(screen_promised(x->e, s, x->row)),
                promise == FACT_MISSING
                    ? SLICE("no promise is open")
                    : arena_printf(x->perm, "promised for %.*s", SLICE_ARG(explain_day(x->perm, (int32_t)promise))));
  }
  if (s->has_ignore)
    explain_say(x, SLICE("ignore balances below the minimum"), explain_yes(screen_below_minimum(x->e, s, x->row)),
                minimum_words(x, s));
}

/* Every stop and hold of the whole policy that says more than no. */
void explain_withheld(explaining *x) {
  const scope *s = &x->e->p->policy;
  if (x->all_count) return; /* settled: nothing else matters */
  if (x->e->h->stopped[x->row])
    withhold(x, (withheld){BLOCK_STOPPED, SLICE("a `stop when` took it off its ladders until its due date changes")});
  for (uint32_t i = 0; i < s->stops.count; i++) {
    uint32_t id = s->stops.v[i];
    tri t = x->terms.of_cond[id] ? engine_cond(x->e, id, x->row) : TRI_NO;
    const char *words = t == TRI_YES ? "its `stop when` holds" : "its `stop when` cannot be decided";
    if (t != TRI_NO)
      withhold(x, (withheld){BLOCK_STOPPED,
                             arena_printf(x->perm, "%s: %.*s", words, SLICE_ARG(terms_because(&x->terms, id)))});
  }
  withheld held[8];
  uint32_t n = explain_holds(x, s, held, 8);
  for (uint32_t i = 0; i < n; i++) withhold(x, held[i]);
}
