/* The gate: one transaction just before the call. Its clauses are the rows of gate.def; each alone keeps the message
 * back.
 *
 * Invariant: nothing passes whose invoices are not exactly those that its words speak of. */
#include "gate.h"

#include "approve.h"
#include "effect.h"
#include "lang/base/utf8.h"
#include "reread.h"
#include "runtime/store/agreement.h"
#include "runtime/store/hooks.h"
#include "runtime/store/message.h"
#include "runtime/store/part.h"

bool gate_reaches_out(const gate_case *g) {
  const channel_driver *d = g->o->ch[g->m->ch].driver;
  return g->m->to_customer && d && d->real;
}

/* ---- the claim ---- */

store_code gate_lease(gate_case *g, slice *why) {
  const store_claim *c = &g->claim;
  bool ours = c->state == ACTION_leased && c->fence == g->m->fence && slice_eq(c->worker, g->o->worker);
  if (!ours)
    *why = SLICE("another dun has it");
  else if (c->until_us - g->now_us < (int64_t)OUTBOX_LEFT_SECONDS_MIN * 1000000)
    *why = SLICE("its lease runs out");
  return STORE_OK;
}

store_code gate_timely(gate_case *g, slice *why) {
  if (g->m->a.expires_us && (int64_t)g->o->today.day * 86400 * 1000000 >= g->m->a.expires_us)
    *why = SLICE("too late to be of use");
  return STORE_OK;
}

/* A later rung of the same track took its place while this one waited. Of messages: what was ordered is done. */
store_code gate_current(gate_case *g, slice *why) {
  const outbox *o = g->o;
  const store_action *a = &g->m->a;
  const slice columns[] = {SLICE("id")};
  const store_where where[] = {{"track", STORE_EQ, 0, a->track},
                               {"kind", STORE_EQ, (int64_t)a->entity.kind, {0}},
                               {"entity", STORE_EQ, 0, a->entity.id},
                               {"on", STORE_GT, a->on, {0}}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 1, .where = where, .where_count = 4};
  store_cursor *c;
  if (a->on >= o->today.day || !outlet_is_channel(g->m->ch)) return STORE_OK;
  store_code code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW) *why = SLICE("a later step took its place");
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* ---- pause and approval ---- */

store_code gate_pause(gate_case *g, slice *why) { return outbox_paused(g->o, g->m, g->scratch, why); }

store_code gate_approved(gate_case *g, slice *why) {
  if (!g->claim.activation) return STORE_OK;
  const slice columns[] = {SLICE("state")};
  const store_where where = {"id", STORE_EQ, g->claim.activation, {0}};
  store_query q = {
      .table = STORE_T_activation, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(g->o->s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  bool yes = code == STORE_ROW && (slice_eq(store_text(c, 0), slice_of(approval_state_name(APPROVAL_approved))) ||
                                   slice_eq(store_text(c, 0), slice_of(approval_state_name(APPROVAL_done))));
  if (!yes) *why = SLICE("its plan is not approved");
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code gate_synced(gate_case *g, slice *why) {
  int64_t at, hours = g->o->stale_hours ? g->o->stale_hours : OUTBOX_STALE_HOURS;
  if (!gate_reaches_out(g) && g->m->ch != OUTLET_ERP) return STORE_OK;
  store_code code = store_synced_at(g->o->s, &at);
  if (code == STORE_OK && g->now_us - at > hours * 3600 * 1000000)
    *why = SLICE("the ledger was read in too long ago; import it anew");
  return code;
}

/* ---- the invoices ---- */

store_code gate_open(gate_case *g, slice *why) {
  for (size_t i = 0; i < g->told_count && !why->n; i++) {
    const told *t = g->told + i;
    if (!t->there)
      *why = SLICE("the invoice is not in the ledger any more");
    else if (!slice_eq(t->status_now, SLICE("open")) || t->open_now <= 0)
      *why = SLICE("the invoice is settled");
  }
  return STORE_OK;
}

/* A hint stops, and only stops: what is paid is what the ERP says when it is read. */
store_code gate_hinted(gate_case *g, slice *why) {
  store_code code = STORE_OK;
  for (size_t i = 0; i < g->told_count && code == STORE_OK && !why->n; i++) {
    bool yes = false;
    code = store_hinted(g->o->s, g->told[i].invoice, &yes);
    if (yes) *why = SLICE("the ERP says that the invoice is paid; it is read before anything goes");
  }
  return code;
}

/* It counts once the ERP has it; until then nobody is reminded of the old one. */
store_code gate_agreed(gate_case *g, slice *why) {
  store_code code = STORE_OK;
  for (size_t i = 0; i < g->told_count && code == STORE_OK && !why->n; i++) {
    bool yes = false;
    code = agreement_waits(g->o->s, g->told[i].invoice, &yes);
    if (yes) *why = SLICE("an agreement on the invoice's due date is on its way into the ERP");
  }
  return code;
}

store_code gate_amount(gate_case *g, slice *why) {
  for (size_t i = 0; i < g->told_count && !why->n; i++)
    if (g->told[i].open_now != g->told[i].open || g->told[i].amount_now != g->told[i].amount)
      *why = SLICE("the invoice's amount changed after the message was written");
  return STORE_OK;
}

store_code gate_currency(gate_case *g, slice *why) {
  for (size_t i = 0; i < g->told_count && !why->n; i++)
    if (!slice_eq(g->told[i].currency_now, g->told[i].currency))
      *why = SLICE("the invoice's currency changed after the message was written");
  return STORE_OK;
}

store_code gate_due(gate_case *g, slice *why) {
  for (size_t i = 0; i < g->told_count && !why->n; i++)
    if (g->told[i].due_now != g->told[i].due)
      *why = SLICE("the invoice's due date changed after the message was written");
  return STORE_OK;
}

/* ---- the customer ---- */

static bool set_has(slice set, const char *member) {
  for (size_t i = 0; i < set.n;) {
    size_t end = i;
    while (end < set.n && set.p[end] != ';') end++;
    if (utf8_fold_eq(slice_trim((slice){set.p + i, end - i}), slice_of(member))) return true;
    i = end + 1;
  }
  return false;
}

store_code gate_recipient(gate_case *g, slice *why) {
  if (g->addressed && (!g->has_customer || !g->address.n)) *why = SLICE("no contact");
  return STORE_OK;
}

store_code gate_opted_out(gate_case *g, slice *why) {
  if (g->addressed && (g->no_more || set_has(g->opted_out, outlet_name(g->m->ch))))
    *why = SLICE("the customer has opted out");
  return STORE_OK;
}

store_code gate_opted_in(gate_case *g, slice *why) {
  bool asks = g->o->p->policy.opt_in >> g->m->ch & 1;
  if (g->addressed && asks && !set_has(g->opted_in, outlet_name(g->m->ch)))
    *why = SLICE("the customer has not opted in");
  return STORE_OK;
}

/* Something happened to an invoice, or its row or the customer's changed in any way. */
store_code gate_news(gate_case *g, slice *why) {
  const slice columns[] = {SLICE("invoice")};
  const store_where where = {"seq", STORE_GT, g->o->last_event, {0}};
  store_query q = {.table = STORE_T_happening,
                   .any_order = true,
                   .columns = columns,
                   .column_count = 1,
                   .where = &where,
                   .where_count = 1};
  store_cursor *c;
  int64_t since = g->o->decided_us;
  if (since && g->seen_us > since) *why = SLICE("something new is known about the customer");
  for (size_t i = 0; i < g->told_count; i++)
    if (since && g->told[i].seen_us > since) *why = SLICE("something new is known about the invoice");
  if (g->told_count == 0 || why->n) return STORE_OK;
  store_code code = store_scan(g->o->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW)
    for (size_t i = 0; i < g->told_count; i++)
      if (slice_eq(store_text(c, 0), g->told[i].invoice)) *why = SLICE("something new is known about the invoice");
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* ---- the policy ---- */

static slice *numbers(gate_case *g) {
  slice *v = ARENA_ARRAY(g->scratch, g->told_count + 1, slice);
  for (size_t i = 0; i < g->told_count; i++) v[i] = g->told[i].invoice;
  return v;
}

/* What an event answers is exempt from holds: an order to an ERP is about its invoice even so. */
store_code gate_hold(gate_case *g, slice *why) {
  if (slice_starts(g->m->a.track, SLICE("on "))) return STORE_OK;
  *why = outbox_hold(g->o, numbers(g), g->told_count);
  return STORE_OK;
}

store_code gate_hours(gate_case *g, slice *why) {
  if (!gate_reaches_out(g) || g->o->today_given) return STORE_OK;
  if (!outbox_hours_open(g->o, g->m, numbers(g), g->told_count)) *why = SLICE("outside the sending hours");
  return STORE_OK;
}

/* ---- a document to be signed ---- */

store_code gate_lost(gate_case *g, slice *why) {
  if (g->m->ch == OUTLET_SIGNATURE && g->document == DOCUMENT_LOST) *why = SLICE("its document will not be made");
  return STORE_OK;
}

store_code gate_document(gate_case *g, slice *why) {
  if (g->m->ch == OUTLET_SIGNATURE && g->document == DOCUMENT_TO_COME) *why = SLICE("its document is not made yet");
  return STORE_OK;
}

/* ---- what goes along ---- */

store_code gate_enclosed(gate_case *g, slice *why) {
  bool wanted = false;
  store_code code = g->m->ch == CH_EMAIL ? store_parts_wanted(g->o->s, g->m->a.id, &wanted) : STORE_OK;
  if (wanted) *why = SLICE("a file that goes along is not here yet");
  return code;
}

/* ---- the ERP ---- */

/* What an event answers (a thank-you) is about no invoice that must be open. */
store_code gate_fresh(gate_case *g, slice *why) {
  store_code code = STORE_OK;
  bool moves = false;
  if (!gate_reaches_out(g)) return STORE_OK;
  for (size_t i = 0; i < g->told_count && code == STORE_OK && !why->n; i++)
    code = outbox_fresh(g->o, STORE_T_invoice, g->told[i].invoice, g->scratch, why);
  if (code != STORE_OK || why->n || !g->told_count) return code;
  code = outbox_contact_moves(g->o, g->m->a.customer, g->scratch, &moves);
  return code == STORE_OK && moves ? outbox_fresh(g->o, STORE_T_customer, g->m->a.customer, g->scratch, why) : code;
}

/* ---- the channel ---- */

store_code gate_rate(gate_case *g, slice *why) {
  if (channel_wait_us(g->o, g->m->ch, &g->channel, g->now_us) > 0)
    *why = SLICE("the channel takes no more for the moment");
  return STORE_OK;
}

/* The one that it goes to: today's. */
static int64_t apart_us(const gate_case *g) {
  ready_message m = *g->m;
  if (g->address.n) m.to = g->address;
  return receiver_wait_us(g->o, &m, g->now_us);
}

store_code gate_apart(gate_case *g, slice *why) {
  if (apart_us(g) > 0) *why = SLICE("the receiver got another message just now");
  return STORE_OK;
}

store_code gate_breaker(gate_case *g, slice *why) {
  if (channel_rests(&g->place, g->now_us)) *why = SLICE("the channel rests after failures");
  return STORE_OK;
}

/* ---- all of them ---- */

static const struct {
  const char *name;
  gate_clause *asks;
  gate_answer blocked;
} CLAUSES[] = {
#define GATE(clause, answer, asks) {#clause, gate_##clause, GATE_##answer},
#include "gate.def"
#undef GATE
};

const char *gate_row_name(gate_row row) { return CLAUSES[row].name; }
gate_answer gate_row_blocked(gate_row row) { return CLAUSES[row].blocked; }
store_code gate_ask(gate_case *g, gate_row row, slice *why) { return CLAUSES[row].asks(g, why); }

static store_code told_of(gate_case *g) {
  const slice columns[] = {SLICE("invoice"), SLICE("currency"), SLICE("amount"), SLICE("open"), SLICE("due")};
  const store_where where = {"message", STORE_EQ, g->m->a.id, {0}};
  store_query q = {
      .table = STORE_T_message_invoice, .columns = columns, .column_count = 5, .where = &where, .where_count = 1};
  store_cursor *c;
  size_t room = 0;
  store_code code = store_scan(g->o->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    if (g->told_count == room) {
      room = room ? room * 2 : 4;
      told *v = ARENA_ARRAY(g->scratch, room, told);
      if (g->told_count) memcpy(v, g->told, g->told_count * sizeof *v);
      g->told = v;
    }
    g->told[g->told_count++] = (told){.invoice = arena_slice(g->scratch, store_text(c, 0)),
                                      .currency = arena_slice(g->scratch, store_text(c, 1)),
                                      .amount = store_int(c, 2),
                                      .open = store_int(c, 3),
                                      .due = store_int(c, 4)};
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

static store_code invoice_now(gate_case *g, told *t) {
  const slice columns[] = {SLICE("status"), SLICE("open"),     SLICE("amount"),
                           SLICE("due"),    SLICE("currency"), SLICE("seen_at")};
  store_cursor *c = NULL;
  store_code code = store_row(g->o->s, STORE_T_invoice, "number", t->invoice, columns, 6, &c);
  if (code == STORE_ROW) {
    t->there = true;
    t->status_now = arena_slice(g->scratch, store_text(c, 0));
    t->open_now = store_int(c, 1);
    t->amount_now = store_int(c, 2);
    t->due_now = store_int(c, 3);
    t->currency_now = arena_slice(g->scratch, store_text(c, 4));
    t->seen_us = store_int(c, 5);
  }
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

static store_code customer_now(gate_case *g) {
  static const char *const ADDRESS[CH_COUNT] = {[CH_EMAIL] = "email", [CH_WHATSAPP] = "whatsapp", [CH_SMS] = "phone"};
  if (!g->m->to_customer || !outlet_is_channel(g->m->ch) || !ADDRESS[g->m->ch]) return STORE_OK;
  const slice columns[] = {slice_of(ADDRESS[g->m->ch]), SLICE("opted_out"), SLICE("opted_in"), SLICE("seen_at"),
                           SLICE("country")};
  store_cursor *c = NULL;
  g->addressed = true;
  store_code code = store_row(g->o->s, STORE_T_customer, "id", g->m->a.customer, columns, 5, &c);
  if (code == STORE_ROW) {
    g->has_customer = true;
    g->address = arena_slice(g->scratch, store_text(c, 0));
    g->opted_out = arena_slice(g->scratch, store_text(c, 1));
    g->opted_in = arena_slice(g->scratch, store_text(c, 2));
    g->seen_us = store_int(c, 3);
    g->country = arena_slice(g->scratch, store_text(c, 4));
  }
  store_cursor_close(c);
  if (code != STORE_ROW && code != STORE_END) return code;
  code = store_wish_of(g->o->s, g->m->a.customer, slice_of(outlet_name(g->m->ch)), &g->no_more);
  if (code != STORE_OK) return code;
  return store_heard_at(g->o->s, g->m->a.customer, slice_of(outlet_name(g->m->ch)), &g->heard_us);
}

static store_code document_to_sign(gate_case *g) {
  email_part *part = ARENA_NEW(g->scratch, email_part);
  store_code code = document_of(g->o->s, g->m->text, g->scratch, &g->document, part);
  g->m->parts = part;
  g->m->part_count = part->bytes.n > 0;
  return code;
}

store_code gate_look(gate_case *g) {
  outbox *o = g->o;
  store_code code = store_claim_of(o->s, g->m->a.id, g->scratch, &g->claim);
  if (code == STORE_OK) code = told_of(g);
  for (size_t i = 0; code == STORE_OK && i < g->told_count; i++) code = invoice_now(g, g->told + i);
  if (code == STORE_OK) code = customer_now(g);
  if (code == STORE_OK && g->m->ch == OUTLET_ERP)
    code = outbox_made_before(o->s, g->m->a.id, g->scratch, &g->m->made, &g->m->made_count);
  if (code == STORE_OK && g->m->ch == OUTLET_SIGNATURE) code = document_to_sign(g);
  slice name = slice_of(outlet_name(g->m->ch)), place = channel_place(o, g->m, g->scratch);
  if (code == STORE_OK) code = store_channel_get(o->s, name, g->scratch, &g->channel);
  g->place = g->channel;
  if (code == STORE_OK && place.n != name.n) code = store_channel_get(o->s, place, g->scratch, &g->place);
  return code;
}

/* When time alone may let it pass; INT64_MAX: something else must change (another day is looked at anyway). */
static int64_t again_at(gate_case *g, gate_row row) {
  const int64_t minute = 60000000;
  switch (row) {
  case GATE_ROW_lease: return g->now_us + minute;
  case GATE_ROW_hours: return outbox_hours_next(g->o, g->m, numbers(g), g->told_count);
  case GATE_ROW_rate: return g->now_us + channel_wait_us(g->o, g->m->ch, &g->channel, g->now_us);
  case GATE_ROW_apart: return g->now_us + apart_us(g);
  case GATE_ROW_breaker: {
    bool rests = g->now_us < g->place.rest_until_us;
    return rests ? g->place.rest_until_us : g->place.probe_until_us;
  }
  case GATE_ROW_agreed:
  case GATE_ROW_document:
  case GATE_ROW_enclosed:
  case GATE_ROW_fresh:
  case GATE_ROW_hinted:
  case GATE_ROW_news: return g->now_us + minute;
  case GATE_ROW_timely:
  case GATE_ROW_current:
  case GATE_ROW_pause:
  case GATE_ROW_approved:
  case GATE_ROW_synced:
  case GATE_ROW_open:
  case GATE_ROW_amount:
  case GATE_ROW_currency:
  case GATE_ROW_due:
  case GATE_ROW_recipient:
  case GATE_ROW_opted_out:
  case GATE_ROW_opted_in:
  case GATE_ROW_lost:
  case GATE_ROW_hold:
  case GATE_ROW_limits:
  case GATE_ROW_COUNT: break;
  }
  return INT64_MAX;
}

store_code outbox_gate(outbox *o, ready_message *m, arena *scratch, gate_answer *answer, slice *reason) {
  gate_case g = {.o = o, .m = m, .scratch = scratch, .now_us = o->w->now_ns(o->w) / 1000};
  *reason = (slice){0};
  *answer = GATE_GO;
  store_code code = gate_look(&g);
  for (int i = 0; i < GATE_ROW_COUNT && code == STORE_OK && !reason->n; i++) {
    code = gate_ask(&g, (gate_row)i, reason);
    if (!reason->n) continue;
    m->blocked = i;
    *answer = gate_row_blocked((gate_row)i);
    int64_t again = code == STORE_OK ? again_at(&g, (gate_row)i) : INT64_MAX;
    if (again < o->again_us) o->again_us = again;
  }
  m->resend_by = g.claim.resend_by;
  m->tries = g.claim.tries;
  if (g.addressed && g.address.n) m->to = g.address; /* today's */
  m->country = g.country;
  m->heard_s = g.heard_us / 1000000;
  return code;
}
