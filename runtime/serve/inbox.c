/* See inbox.h. */
#include "inbox.h"

#include "inbox_people.h"
#include "lang/base/text.h"
#include "lang/base/tz.h"
#include "lang/base/utf8.h"
#include "runtime/hash.h"
#include "runtime/store/delivery.h"
#include "runtime/store/message.h"

/* What is being applied: an event, and what was found out about it before the transaction. */
typedef struct taking {
  const inbox *b;
  const hook_event *e;
  inbox_people who;
  slice provider; /* "sms twilio" */
  slice text;     /* what was written, as it is kept */
  civil_date today;
  arena *scratch;
} taking;

static const char *const KIND_NAME[HOOK_KIND_COUNT] = {
#define HOOK_KIND(id, words) #id,
    HOOK_KINDS(HOOK_KIND)
#undef HOOK_KIND
};

civil_date inbox_today(world *w, const program *p, arena *scratch) {
  const tz *z = world_load_zone(w, p->timezone.n ? p->timezone : SLICE("UTC"), scratch);
  return tz_local(z ? z : tz_utc_zone(scratch), w->now_ns(w) / 1000000000).date;
}

static store_code audit(const taking *t, const char *kind, slice subject, slice detail) {
  store_event e = {slice_of(kind), SLICE("dun serve"), subject, detail};
  return store_audit_append(t->b->s, &e);
}

static int64_t happened_us(const taking *t) {
  world *w = t->b->w;
  int64_t now = w->now_ns(w) / 1000;
  return t->e->at_s > 0 && t->e->at_s * 1000000 < now ? t->e->at_s * 1000000 : now;
}

/* ---- happenings ---- */

typedef struct saying {
  store_happening kind;
  int32_t day;
  slice about, value, name, said;
  bool again; /* one like it on the same day is another one */
} saying;

static store_code tell(store *s, slice whose, const saying *v, store_put *how) {
  enum { DATE, KIND, ABOUT, VALUE, NAME, SAID, COLUMNS, EQUALS_MAX = 1000 };
  static const store_written columns[COLUMNS] = {{SLICE("date"), false},    {SLICE("kind"), false},
                                                 {SLICE("invoice"), false}, {SLICE("value"), false},
                                                 {SLICE("name"), false},    {SLICE("said"), false}};
  store_writer *w;
  store_code code = store_writer_open(s, STORE_T_happening, whose, columns, COLUMNS, &w);
  *how = STORE_PUT_UNCHANGED;
  for (int i = 0; code == STORE_OK && *how == STORE_PUT_UNCHANGED && i < EQUALS_MAX; i++) {
    store_put_int(w, DATE, v->day);
    store_put_text(w, KIND, slice_of(store_happening_name(v->kind)));
    store_put_text(w, ABOUT, v->about);
    store_put_text(w, VALUE, v->value);
    if (v->name.n) store_put_text(w, NAME, v->name);
    if (v->said.n) store_put_text(w, SAID, v->said);
    code = store_put_row(w, how);
    if (!v->again) break;
  }
  store_writer_close(w);
  return code;
}

/* ---- messages ---- */

static store_code take_status(const taking *t) {
  const hook_event *e = t->e;
  action_state state;
  int64_t id;
  store_event_effect effect;
  if (!e->state || !action_state_find(slice_of(e->state), &state)) return STORE_OK;
  store_provider_event p = {.provider = t->provider,
                            .event_id = e->id,
                            .provider_id = e->provider_id,
                            .status = state,
                            .happened_at_us = happened_us(t),
                            .detail = e->detail,
                            .key = e->key};
  store_code code = store_provider_event_put(t->b->s, &p, &id, &effect);
  if (code != STORE_OK || effect != STORE_EVENT_MOVED) return code;
  return audit(t, "status", arena_printf(t->scratch, "action %lld", (long long)id),
               arena_printf(t->scratch, "{\"from\":\"%.*s\",\"state\":\"%s\"}", SLICE_ARG(t->provider), e->state));
}

/* ---- people ---- */

/* Nobody of the ledger, or nothing of theirs to speak of: a card. Its words are the policy's language. */
static slice card_title(const taking *t) {
  static const char *const WORDS[LANG_COUNT][3] = {
      [LANG_EN] = {"Reply by", "No more messages wanted by", "Read what came by"},
      [LANG_PT] = {"Resposta por", "Não quer mais mensagens por", "Leia o que chegou por"},
      [LANG_ES] = {"Respuesta por", "No quiere más mensajes por", "Lea lo que llegó por"},
  };
  enum { COLUMNS_MAX = 200 };
  int which = t->e->kind == HOOK_OPT_OUT ? 1 : t->e->kind == HOOK_UNCLEAR ? 2 : 0;
  slice title = arena_printf(t->scratch, "%s %.*s, %.*s: %.*s", WORDS[t->b->p->lang][which],
                             SLICE_ARG(t->b->from->kind), SLICE_ARG(t->e->from), SLICE_ARG(t->text));
  return utf8_head(title, COLUMNS_MAX);
}

/* An action's offset is short, a provider's name for an event may be long. */
static slice short_name(const taking *t) {
  uint8_t digest[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  hash_of(arena_printf(t->scratch, "%.*s %.*s", SLICE_ARG(t->provider), SLICE_ARG(t->e->id)), digest);
  hash_hex(digest, hex);
  return arena_slice(t->scratch, (slice){hex, 24});
}

static store_code open_card(const taking *t) {
  store *s = t->b->s;
  int64_t id, revision;
  bool is_new;
  store_code code = store_last_revision(s, &revision);
  if (code != STORE_OK) return code;
  if (!revision) { /* no run has been: no board, nothing that could be answered */
    t->b->w->log(t->b->w, WORLD_WARN, SLICE("somebody wrote before the policy has ever run; it is in no card"));
    return STORE_OK;
  }
  slice customer = t->who.count ? t->who.v[0].id : (slice){0};
  store_action a = {.track = SLICE("inbox"),
                    .entity = {STORE_ENTITY_CUSTOMER, customer},
                    .offset = short_name(t),
                    .on = t->today.day,
                    .customer = customer,
                    .rung = t->provider,
                    .action = SLICE("open card in \"Collections\""),
                    .revision = revision,
                    .state = ACTION_accepted};
  code = store_action_put(s, &a, &id, &is_new);
  store_card c = {.action = id,
                  .entity = a.entity,
                  .customer = customer,
                  .board = SLICE("Collections"),
                  .title = card_title(t),
                  .opened_on = t->today.day};
  return code == STORE_OK ? store_card_open(s, &c) : code;
}

static store_code note_heard(const taking *t) {
  store_code code = STORE_OK;
  for (size_t i = 0; i < t->who.count && code == STORE_OK; i++)
    code = store_heard(t->b->s, t->who.v[i].id, t->b->from->kind, happened_us(t));
  return code;
}

/* The invoice that an answer is about: the message's, else one of the customer's. */
static store_code invoice_of(const taking *t, slice *number) {
  *number = t->who.answered.invoice;
  slice customer = t->who.answered.customer.n ? t->who.answered.customer : t->who.count ? t->who.v[0].id : (slice){0};
  return number->n || !customer.n ? STORE_OK : store_some_invoice(t->b->s, customer, t->scratch, number);
}

static store_code take_reply(const taking *t) {
  slice invoice;
  store_put how = STORE_PUT_NO_ENTITY;
  store_code code = note_heard(t);
  if (code == STORE_OK) code = invoice_of(t, &invoice);
  saying v = {.kind = STORE_H_REPLY, .day = t->today.day, .about = invoice, .value = t->text, .again = true};
  if (code == STORE_OK && invoice.n) code = tell(t->b->s, t->provider, &v, &how);
  if (code == STORE_OK && how == STORE_PUT_NO_ENTITY) code = open_card(t);
  if (code == STORE_OK && t->who.answered.action) code = store_replied(t->b->s, t->who.answered.action, t->who.named);
  if (code != STORE_OK) return code;
  return audit(t, "reply", t->provider,
               arena_printf(t->scratch, "{\"about\":\"%s\"}", how == STORE_PUT_NO_ENTITY ? "a card" : "an invoice"));
}

/* The set with the channel in it, or without. */
static slice set_with(slice set, slice member, bool with, arena *perm) {
  text out = text_new(perm);
  for (size_t i = 0; i < set.n;) {
    size_t end = i;
    while (end < set.n && set.p[end] != ';') end++;
    slice one = slice_trim((slice){set.p + i, end - i});
    if (one.n && !utf8_fold_eq(one, member)) text_printf(&out, "%s%.*s", out.n ? ";" : "", SLICE_ARG(one));
    i = end + 1;
  }
  if (with) text_printf(&out, "%s%.*s", out.n ? ";" : "", SLICE_ARG(member));
  return text_slice(&out);
}

/* What the customer wanted until now: within the transaction, for another wish may have come in it, or since it was
 * found. */
static store_code wanted(const taking *t, const inbox_customer *c, slice *out, slice *in) {
  const slice columns[] = {SLICE("opted_out"), SLICE("opted_in")};
  store_cursor *row = NULL;
  store_code code = store_row(t->b->s, STORE_T_customer, "id", c->id, columns, 2, &row);
  *out = code == STORE_ROW ? arena_slice(t->scratch, store_text(row, 0)) : (slice){0};
  *in = code == STORE_ROW ? arena_slice(t->scratch, store_text(row, 1)) : (slice){0};
  store_cursor_close(row);
  return code == STORE_ROW ? STORE_OK : code;
}

static store_code put_wish(const taking *t, store_writer *w, const inbox_customer *c) {
  const slice ch = t->b->from->kind;
  bool out = t->e->kind == HOOK_OPT_OUT;
  store_put how;
  slice was_out, was_in;
  store_code code = wanted(t, c, &was_out, &was_in);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code; /* erased meanwhile */
  slice no = set_with(was_out, ch, out, t->scratch), yes = set_with(was_in, ch, !out, t->scratch);
  store_put_text(w, 0, c->id);
  if (no.n) store_put_text(w, 1, no);
  if (yes.n) store_put_text(w, 2, yes);
  code = store_put_row(w, &how);
  if (code == STORE_OK) code = store_wish_put(t->b->s, c->id, ch, out);
  if (code != STORE_OK) return code;
  return audit(t, out ? "opt out" : "opt in", arena_printf(t->scratch, "customer row %lld", (long long)c->row),
               arena_printf(t->scratch, "{\"from\":\"%.*s\"}", SLICE_ARG(t->provider)));
}

static store_code say_wish(const taking *t, const inbox_customer *c) {
  slice invoice;
  store_put how;
  store_code code = store_some_invoice(t->b->s, c->id, t->scratch, &invoice);
  saying v = {.kind = t->e->kind == HOOK_OPT_OUT ? STORE_H_OPT_OUT : STORE_H_OPT_IN,
              .day = t->today.day,
              .about = invoice,
              .value = t->b->from->kind,
              .again = true};
  return code == STORE_OK && invoice.n ? tell(t->b->s, t->provider, &v, &how) : code;
}

/* Of everybody who has the number: it is the number that wants no more. */
static store_code take_wish(const taking *t) {
  static const store_written columns[] = {
      {SLICE("id"), false}, {SLICE("opted_out"), false}, {SLICE("opted_in"), false}};
  store_writer *w;
  if (t->who.count == 0) return t->e->kind == HOOK_OPT_OUT ? open_card(t) : STORE_OK;
  store_code code = store_writer_open(t->b->s, STORE_T_customer, t->provider, columns, 3, &w);
  for (size_t i = 0; i < t->who.count && code == STORE_OK; i++) code = put_wish(t, w, &t->who.v[i]);
  store_writer_close(w);
  for (size_t i = 0; i < t->who.count && code == STORE_OK; i++) code = say_wish(t, &t->who.v[i]);
  return code == STORE_OK ? note_heard(t) : code;
}

/* ---- the ERP ---- */

static store_code take_recheck(const taking *t) {
  const hook_event *e = t->e;
  if (!e->entity.n || !e->table) return STORE_OK;
  bool hint = e->kind == HOOK_PAID_HINT;
  store_code code = store_recheck_put(t->b->s, t->b->from->vendor, slice_of(e->table), e->entity, hint);
  if (code != STORE_OK || !hint) return code;
  return audit(t, "hint", arena_printf(t->scratch, "%.*s %s", SLICE_ARG(t->b->from->vendor), e->table),
               SLICE("{\"says\":\"paid\",\"until\":\"it is read\"}"));
}

static slice value_of(const hook_event *e, const char *name) {
  for (size_t i = 0; i < e->value_count; i++)
    if (slice_eq(e->values[i].name, slice_of(name))) return e->values[i].value;
  return (slice){0};
}

static store_code take_erp_event(const taking *t) {
  const hook_event *e = t->e;
  store_put how;
  saying v = {.kind = STORE_H_ERP_EVENT,
              .day = e->at_s > 0 ? (int32_t)(happened_us(t) / 1000000 / 86400) : t->today.day,
              .about = value_of(e, "customer"),
              .value = e->id,
              .name = e->entity,
              .said = value_of(e, "said")};
  return v.about.n && v.name.n ? tell(t->b->s, t->b->from->vendor, &v, &how) : STORE_OK;
}

/* ---- all of them ---- */

static store_code take(const taking *t) {
  switch (t->e->kind) {
  case HOOK_STATUS:
  case HOOK_DOCUMENT: return take_status(t);
  case HOOK_REPLY: return take_reply(t);
  case HOOK_OPT_OUT:
  case HOOK_OPT_IN: return take_wish(t);
  case HOOK_UNCLEAR: return open_card(t);
  case HOOK_CHANGED:
  case HOOK_PAID_HINT: return take_recheck(t);
  case HOOK_ERP_EVENT: return take_erp_event(t);
  case HOOK_KIND_COUNT: break;
  }
  return STORE_OK;
}

/* One event may say two things: that something happened, and that a row is to be read. Each counts once. */
static store_code take_once(const taking *t) {
  bool is_new;
  const char *kind = KIND_NAME[t->e->kind];
  slice id = arena_printf(t->scratch, "%s %.*s", kind, SLICE_ARG(t->e->id));
  store_code code = store_hook_once(t->b->s, t->provider, id, kind, &is_new);
  return code == STORE_OK && is_new ? take(t) : code;
}

/* At most so many bytes, whole characters, without what is none. */
static slice clean(slice s, arena *perm) {
  if (s.n > INBOX_TEXT_MAX) s.n = INBOX_TEXT_MAX;
  if (!utf8_valid(s)) s.n = utf8_bad_at(s);
  char *out = arena_copy(perm, s);
  for (size_t i = 0; i < s.n; i++)
    if ((unsigned char)out[i] < ' ' || out[i] == 127) out[i] = ' ';
  return slice_trim((slice){out, s.n});
}

static bool id_fits(slice s) { return s.n <= INBOX_ID_MAX && utf8_valid(s) && (!s.n || !memchr(s.p, 0, s.n)); }

static bool fits(const hook_event *e) {
  if (e->kind >= HOOK_KIND_COUNT || e->id.n == 0) return false;
  bool names = id_fits(e->id) && id_fits(e->provider_id) && id_fits(e->key) && id_fits(e->entity) && id_fits(e->from);
  for (size_t i = 0; i < e->value_count && names; i++)
    names = utf8_valid(e->values[i].value) && e->values[i].value.n <= INBOX_TEXT_MAX;
  return names && utf8_valid(e->detail);
}

/* What became of a document that somebody was to sign; taken back by our own people is nothing that happened. */
static bool of_document(const store_untold *u, saying *say) {
  bool back = slice_eq(u->status, SLICE("rejected")), late = slice_eq(u->detail, SLICE("expired"));
  say->about = u->customer;
  say->kind = !back ? STORE_H_DOCUMENT_SIGNED : late ? STORE_H_DOCUMENT_EXPIRED : STORE_H_DOCUMENT_REFUSED;
  return u->customer.n && (slice_eq(u->status, SLICE("replied")) || (back && !slice_eq(u->detail, SLICE("withdrawn"))));
}

store_code inbox_tell(store *s, int32_t day, arena *scratch, uint32_t *told) {
  enum { ROOM = 256 };
  store_untold *v = ARENA_ARRAY(scratch, ROOM, store_untold);
  size_t n = ROOM;
  store_code code = STORE_OK;
  *told = 0;
  while (code == STORE_OK && n == ROOM) {
    code = store_untold_next(s, 0, scratch, v, ROOM, &n);
    for (size_t i = 0; i < n && code == STORE_OK; i++) {
      store_put how;
      bool back = slice_eq(v[i].status, SLICE("rejected")), read = slice_eq(v[i].status, SLICE("read"));
      bool mail = slice_eq(v[i].channel, slice_of(CHANNELS[CH_EMAIL]));
      saying say = {.kind = read   ? STORE_H_MESSAGE_READ
                            : mail ? STORE_H_MESSAGE_BOUNCED
                                   : STORE_H_MESSAGE_FAILED,
                    .day = day,
                    .about = v[i].invoice,
                    .value = arena_printf(scratch, "action %lld", (long long)v[i].action)};
      bool says = (back || read) && v[i].counts && v[i].invoice.n;
      if (slice_eq(v[i].channel, SLICE("signature"))) says = of_document(&v[i], &say) && v[i].counts;
      if (says) code = tell(s, SLICE("dun serve"), &say, &how);
      if (code == STORE_OK) code = store_told(s, v[i].event, back && v[i].counts ? 1 : 2);
      *told += says;
    }
  }
  return code;
}

/* An event of a request, and who it is about; nobody is looked for within the transaction. */
static store_code begin_taking(const inbox_work *k, const hook_event *e, slice provider, civil_date today,
                               taking *out) {
  const inbox *b = &k->b;
  if (e->as) {
    inbox *as = ARENA_NEW(k->scratch, inbox);
    *as = k->b;
    as->from = e->as;
    b = as;
  }
  *out = (taking){.b = b, .e = e, .provider = provider, .today = today, .scratch = k->scratch};
  out->text = clean(e->text, k->scratch);
  bool person = e->kind == HOOK_REPLY || e->kind == HOOK_OPT_OUT || e->kind == HOOK_OPT_IN || e->kind == HOOK_UNCLEAR;
  return person && fits(e) ? inbox_who(b, e, k->scratch, &out->who) : STORE_OK;
}

store_code inbox_take_all(const inbox_work *v, size_t n) {
  size_t room = 0, count = 0;
  for (size_t i = 0; i < n; i++) room += v[i].events->count;
  if (room == 0) return STORE_OK;
  const inbox *b = &v->b;
  taking *all = ARENA_ARRAY(v->scratch, room, taking);
  civil_date today = inbox_today(b->w, b->p, v->scratch);
  store_code code = STORE_OK;
  uint32_t told;
  for (size_t i = 0; i < n; i++) {
    const connection *from = v[i].b.from;
    slice provider = arena_printf(v[i].scratch, "%.*s %.*s", SLICE_ARG(from->kind), SLICE_ARG(from->vendor));
    for (size_t k = 0; k < v[i].events->count && code == STORE_OK; k++)
      code = begin_taking(v + i, v[i].events->v + k, provider, today, all + count++);
  }
  if (code != STORE_OK) return code;
  code = store_begin(b->s);
  if (code != STORE_OK) return code;
  store_notice_on(b->s, today.day);
  for (size_t i = 0; i < count && code == STORE_OK; i++)
    if (fits(all[i].e)) code = take_once(all + i);
  if (code == STORE_OK) code = inbox_tell(b->s, today.day, v->scratch, &told);
  if (code == STORE_OK) return store_commit(b->s);
  store_rollback(b->s);
  return code;
}

store_code inbox_take(const inbox *b, const hook_events *events, arena *scratch) {
  return inbox_take_all(&(inbox_work){*b, events, scratch}, 1);
}
