/* Decisions into the store: one action per entity with its unique key, the rendered message beside the one that leads,
 * and what is Dun's own (cards, tags) done at once. All of it in the caller's transaction, or none.
 *
 * Invariant: a decision that is stored already leaves nothing new behind: no message, no card, no tag. */
#include "enclose.h"
#include "lang/base/text.h"
#include "order.h"
#include "outbox.h"
#include "runtime/engine/approvals.h"
#include "runtime/engine/contact.h"
#include "runtime/engine/own_state.h"
#include "runtime/hash.h"
#include "runtime/store/approval.h"
#include "runtime/store/message.h"
#include "stdlib/channel/team_hooks.h"
#include "values.h"

/* Alerts and notes of this run to one address, or to one team by one channel: one message. */
typedef struct digest {
  channel ch;
  slice to; /* an address, or a team's name: the address of its webhook is a secret */
  int64_t lead;
  uint32_t count;
  text body;
} digest;

typedef struct committing {
  outbox *o;
  int64_t revision;
  uint32_t way; /* 0: as decided */
  digest *digests;
  uint32_t digest_count, digest_room;
  uint32_t fresh;
} committing;

static const char *const TALLY_WORDS[] = {
#define TALLY(id, words) words,
    OUTBOX_TALLIES(TALLY)
#undef TALLY
};
const char *outbox_tally_words(outbox_tally t) { return TALLY_WORDS[t]; }

void outbox_remember(outbox *o, outbox_tally t, slice number, slice what, slice reason) {
  if (o->remark_count == o->remark_room) {
    o->remark_room = o->remark_room ? o->remark_room * 2 : 16;
    outbox_remark *v = ARENA_ARRAY(o->perm, o->remark_room, outbox_remark);
    if (o->remark_count) memcpy(v, o->remarks, o->remark_count * sizeof *v);
    o->remarks = v;
  }
  o->remarks[o->remark_count++] =
      (outbox_remark){t, arena_slice(o->perm, number), arena_slice(o->perm, what), arena_slice(o->perm, reason)};
}

bool outbox_forget(outbox *o, outbox_tally t, slice number, slice what) {
  for (uint32_t i = o->remark_count; i-- > 0;) {
    const outbox_remark *r = o->remarks + i;
    if (r->tally != t || !slice_eq(r->number, number) || !slice_eq(r->what, what)) continue;
    memmove(o->remarks + i, r + 1, (o->remark_count - i - 1) * sizeof *r);
    o->remark_count--;
    return true;
  }
  return false;
}

void outbox_count_gaps(outbox *o, const template_gaps *gaps) {
  for (size_t i = 0; i < gaps->count; i++) {
    uint32_t at = 0;
    while (at < o->gap_count && !slice_eq(o->gaps[at].name, gaps->v[i])) at++;
    if (at == o->gap_count) {
      if (o->gap_count == o->gap_room) {
        o->gap_room = o->gap_room ? o->gap_room * 2 : 8;
        outbox_gap *v = ARENA_ARRAY(o->perm, o->gap_room, outbox_gap);
        if (o->gap_count) memcpy(v, o->gaps, o->gap_count * sizeof *v);
        o->gaps = v;
      }
      o->gaps[o->gap_count++] = (outbox_gap){arena_slice(o->perm, gaps->v[i]), 0};
    }
    o->gaps[at].messages++;
  }
}

store_entity_kind outbox_kind(entity of) {
  switch (of) {
  case ENT_INVOICE: return STORE_ENTITY_INVOICE;
  case ENT_CONTRACT: return STORE_ENTITY_CONTRACT;
  case ENT_CUSTOMER:
  case ENT_COUNT: break;
  }
  return STORE_ENTITY_CUSTOMER;
}

slice outbox_key(arena *perm, const store_action *a) {
  uint8_t hash[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  hasher *h = hash_begin();
  hash_add_field(h, a->track);
  hash_add_field(h, arena_printf(perm, "%d", (int)a->entity.kind));
  hash_add_field(h, a->entity.id);
  hash_add_field(h, arena_printf(perm, "%lld", (long long)a->cycle));
  hash_add_field(h, a->offset);
  hash_add_field(h, arena_printf(perm, "%d", a->ordinal));
  if (a->way) hash_add_field(h, arena_printf(perm, "%d", a->way));
  hash_end(h, hash);
  hash_hex(hash, hex);
  return arena_slice(perm, slice_of(hex));
}

/* ---- one action ---- */

static store_action action_of(const committing *c, const decision *d, const subject *s) {
  return (store_action){.track = s->track,
                        .entity = {outbox_kind(s->of), s->number},
                        .cycle = s->cycle,
                        .offset = s->offset,
                        .ordinal = (int32_t)s->ordinal,
                        .way = (int32_t)c->way,
                        .on = d->day.day,
                        .customer = d->customer,
                        .ladder = d->ladder,
                        .rung = d->rung,
                        .action = d->text,
                        .recipient = d->to,
                        .revision = c->revision,
                        .state = ACTION_accepted,
                        .currency = slice_of(d->sum.known ? currency_code(d->sum.sum.cur) : ""),
                        .has_amount = d->sum.known,
                        .amount = d->sum.sum.minor,
                        .has_amount_was = d->sum.known && d->act->kind == ACT_ADJUST_PRICE,
                        .amount_was = d->sum.was.minor,
                        .computed = d->sum.how};
}

/* The lead and those that joined it, which share its state. *is_new: the lead was not stored before. */
static store_code put_all(committing *c, const decision *d, store_action a, int64_t *lead, bool *is_new) {
  store_code code = store_action_put(c->o->s, &a, lead, is_new);
  if (!*is_new) c->o->tally[TALLY_KNOWN]++;
  for (uint32_t i = 1; i < d->subject_count && code == STORE_OK && *is_new; i++) {
    const subject *s = d->subjects + i;
    int64_t id;
    bool fresh;
    store_action member = a;
    member.track = s->track;
    member.entity = (store_entity){outbox_kind(s->of), s->number};
    member.cycle = s->cycle;
    member.offset = s->offset;
    member.ordinal = (int32_t)s->ordinal;
    member.lead = *lead;
    code = store_action_put(c->o->s, &member, &id, &fresh);
  }
  if (code == STORE_OK && *is_new) c->fresh++;
  return code;
}

/* ---- messages ---- */

/* The first civil day on which it is too late: `expire`, and for a reminder the day after its invoice's due date. */
static int64_t expires(const committing *c, const decision *d) {
  const outbox *o = c->o;
  int32_t last = INT32_MAX;
  if (o->p->has_expire) {
    civil_date day = d->day;
    const duration *x = &o->p->expire;
    switch (x->unit) {
    case UNIT_DAY: day = date_add_days(day, x->n); break;
    case UNIT_WEEK: day = date_add_days(day, (int64_t)x->n * 7); break;
    case UNIT_MONTH: day = date_add_months(day, x->n); break;
    case UNIT_YEAR: day = date_add_months(day, (int64_t)x->n * 12); break;
    case UNIT_BUSINESS_DAY: day = calendar_add_business(o->e->cal, day, x->n); break;
    case UNIT_COUNT: break;
    }
    if (!date_is_none(day)) last = day.day;
  }
  template_value due;
  if (d->has_place && d->subjects->place < 0 &&
      value_of(o->e, d->subjects, (template_field){ENT_INVOICE, FIELD_INVOICE_DUE}, &due) && due.date.day < last)
    last = due.date.day;
  return last == INT32_MAX ? 0 : ((int64_t)last + 1) * 86400 * 1000000;
}

static slice gap_names(const template_gaps *gaps, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < gaps->count; i++) {
    if (i) text_char(&t, ';');
    text_add(&t, gaps->v[i]);
  }
  return text_slice(&t);
}

/* Facts about an invoice as the store has them: what the gate compares with. */
static store_code snapshot(outbox *o, int64_t id, int32_t ordinal, slice number) {
  const slice columns[] = {SLICE("currency"), SLICE("amount"), SLICE("open"), SLICE("due")};
  const store_where where = {"number", STORE_EQ, 0, number};
  store_query q = {.table = STORE_T_invoice,
                   .any_order = true,
                   .columns = columns,
                   .column_count = 4,
                   .where = &where,
                   .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  store_message_invoice i = {.message = id, .ordinal = ordinal, .invoice = number};
  if (code == STORE_ROW) {
    i.currency = arena_slice(o->perm, store_text(c, 0));
    i.amount = store_int(c, 1);
    i.open = store_int(c, 2);
    i.due = (int32_t)store_int(c, 3);
  }
  store_cursor_close(c);
  if (code == STORE_ROW) return store_message_invoice_put(o->s, &i);
  return code == STORE_END ? STORE_OK : code;
}

static bool to_customer(const send_way *way) { return way->to.n == 0 || slice_eq(way->to, SLICE("customer")); }

/* Whether it goes by the ramp of an approved plan. */
static bool by_ramp(const committing *c, const decision *d) {
  const outbox *o = c->o;
  bool unseen = !o->activation_part;
  for (uint32_t i = 0; i < d->subject_count && !unseen; i++)
    unseen = approvals_unseen(o->e, d->subjects[i].of, d->subjects[i].row);
  return o->activation && unseen && to_customer(d->way) && c->way == 0;
}

static store_code commit_send(committing *c, const decision *d) {
  outbox *o = c->o;
  store_action a = action_of(c, d, d->subjects);
  composed m = {0};
  slice why = {0};
  int64_t id;
  bool is_new;
  a.state = by_ramp(c, d) ? ACTION_approved : ACTION_ready;
  if (to_customer(d->way)) a.channel = slice_of(CHANNELS[d->way->ch]);
  a.template = d->way->template_name;
  if (d->no_contact) {
    a.state = ACTION_suppressed;
    a.reason = SLICE("no contact");
  } else if (!compose_message(o->e, o->templates, d, &o->pay, o->perm, &m, &why)) {
    a.state = ACTION_dead;
    a.reason = why;
  } else {
    uint8_t hash[HASH_BYTES];
    char hex[HASH_HEX_MAX];
    hasher *h = hash_begin();
    hash_add_field(h, m.subject);
    hash_add_field(h, m.text);
    hash_add_field(h, m.html);
    if (m.form.n) hash_add_field(h, m.form);
    enclose_hash(&m, h);
    hash_end(h, hash);
    hash_hex(hash, hex);
    a.message_hash = arena_slice(o->perm, slice_of(hex));
    a.expires_us = expires(c, d);
  }
  store_code code = put_all(c, d, a, &id, &is_new);
  if (code != STORE_OK || !is_new) return code;
  if (a.state == ACTION_approved) code = store_ramp_join(o->s, o->activation, id);
  if (code != STORE_OK) return code;
  if (a.state != ACTION_ready && a.state != ACTION_approved) {
    outbox_tally t = d->no_contact ? TALLY_NO_CONTACT : TALLY_REJECTED;
    o->tally[t]++;
    outbox_remember(o, t, d->subjects->number, d->text, a.reason);
    return STORE_OK;
  }
  outbox_count_gaps(o, &m.gaps);
  store_message row = {.action = id,
                       .channel = slice_of(CHANNELS[d->way->ch]),
                       .recipient = d->to,
                       .recipient_name = to_customer(d->way) ? customer_text(o->e, d, FIELD_CUSTOMER_NAME) : (slice){0},
                       .to_customer = to_customer(d->way),
                       .language = m.language,
                       .subject = m.subject,
                       .text = m.text,
                       .html = m.html,
                       .gaps = gap_names(&m.gaps, o->perm),
                       .form = m.form};
  code = store_message_put(o->s, &row);
  if (code == STORE_OK) code = enclose_put(o, id, &m);
  /* Messages of events (a thank-you for a payment) are about no open invoice. */
  for (uint32_t i = 0; i < d->subject_count && code == STORE_OK && d->section != SECTION_ON; i++)
    if (d->subjects[i].of == ENT_INVOICE) code = snapshot(o, id, (int32_t)i, d->subjects[i].number);
  return code;
}

/* ---- our own people ---- */

static digest *digest_for(committing *c, channel ch, slice to) {
  for (uint32_t i = 0; i < c->digest_count; i++)
    if (c->digests[i].ch == ch && slice_eq(c->digests[i].to, to)) return c->digests + i;
  if (c->digest_count == c->digest_room) {
    c->digest_room = c->digest_room ? c->digest_room * 2 : 8;
    digest *v = ARENA_ARRAY(c->o->perm, c->digest_room, digest);
    if (c->digest_count) memcpy(v, c->digests, c->digest_count * sizeof *v);
    c->digests = v;
  }
  c->digests[c->digest_count] = (digest){.ch = ch, .to = to, .body = text_new(c->o->perm)};
  return c->digests + c->digest_count++;
}

static store_code put_note(committing *c, const decision *d, int64_t *id, bool *is_new) {
  outbox *o = c->o;
  store_action a = action_of(c, d, d->subjects);
  team_way way = team_way_of(o->p, d->act);
  slice to = way.ch == CH_EMAIL ? contact_person(o->e, d->subjects->of, d->subjects->row, d->act->name)
             : way.reached      ? way.team->name
                                : (slice){0};
  a.recipient = to;
  if (to.n == 0) {
    a.reason = SLICE("nobody to tell");
    store_code code = put_all(c, d, a, id, is_new);
    if (code == STORE_OK && *is_new && d->act->kind == ACT_ALERT) {
      o->tally[TALLY_NO_CONTACT]++;
      outbox_remember(o, TALLY_NO_CONTACT, d->subjects->number, d->text, SLICE("the team has no e-mail address"));
    }
    return code;
  }
  digest *x = digest_for(c, way.ch, to);
  a.state = ACTION_ready;
  a.lead = x->lead;
  store_code code = put_all(c, d, a, id, is_new);
  if (code != STORE_OK || !*is_new) return code;
  if (!x->lead) x->lead = *id;
  x->count++;
  slice line_of = template_escape_line(compose_note(o->e, d, o->perm), o->perm);
  text_printf(&x->body, "- %.*s\n", SLICE_ARG(line_of));
  return STORE_OK;
}

static store_code put_digests(committing *c) {
  static const char *const ONE[LANG_COUNT] = {"notice", "aviso", "aviso"}, *const MANY[LANG_COUNT] = {
                                                                               "notices", "avisos", "avisos"};
  outbox *o = c->o;
  dun_lang lang = o->p->lang;
  store_code code = STORE_OK;
  for (uint32_t i = 0; i < c->digest_count && code == STORE_OK; i++) {
    digest *x = c->digests + i;
    if (!x->lead) continue;
    slice number = arena_printf(o->perm, "%u %s", x->count, x->count == 1 ? ONE[lang] : MANY[lang]);
    slice about = o->p->name.n ? arena_printf(o->perm, "%.*s: %.*s", SLICE_ARG(o->p->name), SLICE_ARG(number)) : number;
    store_message m = {.action = x->lead,
                       .channel = slice_of(CHANNELS[x->ch]),
                       .recipient = x->to,
                       .subject = about,
                       .text = text_slice(&x->body)};
    code = store_message_put(o->s, &m);
  }
  return code;
}

static store_code open_card(committing *c, const decision *d, int64_t id, slice board, slice assignee) {
  outbox *o = c->o;
  const action *act = d->act;
  store_card card = {.action = id,
                     .entity = {outbox_kind(d->subjects->of), d->subjects->number},
                     .customer = d->customer,
                     .board = board,
                     .title = compose_title(o->e, d, o->perm),
                     .priority = act->priority,
                     .assignee = assignee,
                     .opened_on = d->day.day};
  if (act->has_due_in) {
    civil_date due = act->due_in.unit == UNIT_BUSINESS_DAY ? calendar_add_business(o->e->cal, d->day, act->due_in.n)
                                                           : date_add_days(d->day, act->due_in.n);
    card.has_due_on = !date_is_none(due);
    card.due_on = due.day;
  }
  return store_card_open(o->s, &card);
}

/* What takes effect inside Dun. */
static store_code take_effect(committing *c, const decision *d, int64_t id) {
  outbox *o = c->o;
  const action *act = d->act;
  store_entity who = {outbox_kind(d->subjects->of), d->subjects->number};
  if (act->kind == ACT_OPEN_CARD) return open_card(c, d, id, act->name, act->who);
  if (act->kind == ACT_ESCALATE) return open_card(c, d, id, SLICE("Collections"), d->to);
  if (act->kind == ACT_MOVE_CARD) return store_card_move(o->s, who, act->name);
  if (act->kind == ACT_CLOSE_CARD) return store_card_close(o->s, who, d->day.day);
  return own_commit(o->e, o->s, d, o->perm);
}

static store_code commit_internal(committing *c, const decision *d) {
  int64_t id;
  bool is_new;
  bool note = d->act->kind == ACT_ALERT || d->act->kind == ACT_ESCALATE;
  store_code code;
  if (note)
    code = put_note(c, d, &id, &is_new);
  else
    code = put_all(c, d, action_of(c, d, d->subjects), &id, &is_new);
  if (code != STORE_OK || !is_new) return code;
  if (d->act->kind != ACT_ALERT) c->o->tally[TALLY_RECORDED]++;
  return take_effect(c, d, id);
}

/* ---- orders ---- */

/* What another program is to do: a message to it, which no customer sees. */
static store_code commit_order(committing *c, const decision *d) {
  outbox *o = c->o;
  store_action a = action_of(c, d, d->subjects);
  int64_t id;
  bool is_new, about = false;
  order words;
  store_code code = order_of(o, d, &words);
  if (code != STORE_OK) return code;
  uint8_t hash[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  hasher *h = hash_begin();
  hash_add_field(h, words.text);
  if (words.page.n) hash_add_field(h, words.page);
  hash_end(h, hash);
  hash_hex(hash, hex);
  a.message_hash = arena_slice(o->perm, slice_of(hex));
  a.recipient = words.to;
  a.reason = words.why;
  a.state = words.none ? ACTION_accepted : words.why.n ? ACTION_dead : ACTION_ready;
  code = put_all(c, d, a, &id, &is_new);
  if (code != STORE_OK || !is_new) return code;
  if (words.none) {
    o->tally[TALLY_RECORDED]++;
    return STORE_OK;
  }
  if (words.why.n) {
    o->tally[TALLY_REJECTED]++;
    outbox_remember(o, TALLY_REJECTED, d->subjects->number, d->text, words.why);
    return STORE_OK;
  }
  store_message row = {.action = id,
                       .channel = slice_of(outlet_name(outlet_of_order(d->act->kind))),
                       .recipient = words.to,
                       .subject = words.subject,
                       .text = words.text,
                       .html = words.page};
  code = store_message_put(o->s, &row);
  if (code == STORE_OK) code = order_about_open(o, d, &about);
  return code == STORE_OK && about ? snapshot(o, id, 0, d->subjects->number) : code;
}

/* What no connection carries is recorded alone: a run asks for the connection before it decides (needs.c). */
static bool is_sent(const outbox *o, action_kind kind) {
  const connection *c;
  outlet x = outlet_of_order(kind);
  return order_is_written(x) && outlet_driver_of(o->p, x, &c);
}

store_code outbox_commit_way(outbox *o, const decision *d, uint32_t way) {
  committing c = {.o = o, .revision = o->revision, .way = way};
  return commit_send(&c, d);
}

store_code outbox_commit(outbox *o, const day_plan *plan, int64_t revision) {
  committing c = {.o = o, .revision = revision};
  o->revision = revision;
  o->decided_us = store_now_us(o->s);
  store_code code = STORE_OK;
  if (plan_held_whole(plan)) return STORE_OK;
  for (uint32_t i = 0; i < plan->decision_count && code == STORE_OK; i++) {
    const decision *d = plan->decisions + i;
    if (d->act->kind == ACT_SEND)
      code = commit_send(&c, d);
    else
      code = is_sent(o, d->act->kind) ? commit_order(&c, d) : commit_internal(&c, d);
  }
  if (code == STORE_OK) code = put_digests(&c);
  if (code != STORE_OK || c.fresh == 0) return code;
  char day[DATE_TEXT_MAX];
  date_iso(plan->today, day);
  store_event e = {SLICE("decide"), SLICE("dun run"), arena_printf(o->perm, "plan %s", day),
                   arena_printf(o->perm, "{\"actions\":%u,\"revision\":%lld}", c.fresh, (long long)revision)};
  return store_audit_append(o->s, &e);
}
