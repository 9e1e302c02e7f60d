/* `connect whatsapp cloud with phone "106540352242922" and token from env "WHATSAPP_TOKEN"`: WhatsApp's own Cloud API,
 * and what it reports back. `secret from env "..."` (of the app) and `verify_token from env "..."` are for its
 * webhooks.
 *
 * The API takes no idempotency key and cannot be asked for a message; it gives our key back with each status
 * (biz_opaque_callback_data), and so what became of a call whose answer is missing is known by its webhook alone.
 *
 * Invariant: free words go only to who wrote within 24 hours. That one receiver gets no two messages within 6 seconds
 * is the outbox's to keep (`apart_s`). */
#include "approved.h"
#include "lang/base/money.h"
#include "messenger.h"
#include "opt_out.h"
#include "stdlib/net/sign.h"
#include "stdlib/net/urlencoded.h"

enum { TOTAL_MS = 13000, WORDS_CHARACTERS_MAX = 4096, PAIR_SECONDS = 6, TOGETHER = 20, HOOK_EVENTS_MAX = 5000 };

#define ADDRESS "https://graph.facebook.com"
static const char SERVICE[] = "WhatsApp";

static const provider_code CODES[] = {
#define PROVIDER_CODE(code, outcome, en, pt, es) {code, SEND_##outcome, en},
#include "whatsapp_cloud.def"
#undef PROVIDER_CODE
};
static const provider_codes TABLE = {CODES, sizeof CODES / sizeof *CODES};

struct sender {
  world *w;
  api *a;
  slice path, country;
  slice phone,
      templates; /* for `dun doctor`: the number's path, and that of the account's templates (empty: not known) */
  http_piece proof[2];
};

/* ---- the connect line ---- */

static bool digits(slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] < '0' || s.p[i] > '9') return false;
  return s.n > 0 && s.n <= 32;
}

/* "v23.0" */
static bool version_valid(slice s) {
  const char *dot = s.n ? memchr(s.p, '.', s.n) : NULL;
  return s.n >= 4 && s.n <= 8 && s.p[0] == 'v' && dot && digits((slice){s.p + 1, (size_t)(dot - s.p) - 1}) &&
         digits((slice){dot + 1, (size_t)(s.p + s.n - dot) - 1});
}

static sender *open_cloud(world *w, arena *perm, const sender_options *o, slice *why) {
  const connection *c = o->connect;
  slice phone, version, account, variable;
  api_options options = {.service = SERVICE,
                         .connect = c,
                         .base = ADDRESS,
                         .limits = {.per_minute = 80 * 60, .at_once = TOGETHER},
                         .total_ms = TOTAL_MS,
                         .body_max = 1 << 20};
  sender *s = ARENA_NEW(perm, sender);
  *s = (sender){.w = w, .proof = {{.text = SLICE("Bearer ")}}};
  if (!connection_needs(w, perm, c, "phone", "phone \"106540352242922\"", &phone, why) ||
      !connection_needs_secret(w, perm, c, "token", "token from env \"WHATSAPP_TOKEN\"", &s->proof[1].hidden, why) ||
      !messenger_country(w, perm, c, &s->country, why))
    return NULL;
  if (!connection_setting(w, c, "version", &version, &variable)) version = SLICE("v23.0");
  if (!digits(phone) || !version_valid(version)) {
    *why = digits(phone) ? SLICE("`version` is written \"v23.0\"")
                         : SLICE("`phone` is the id that Meta gives the number, digits alone: not the number itself");
    return NULL;
  }
  s->phone = arena_printf(perm, "/%.*s/%.*s", SLICE_ARG(version), SLICE_ARG(phone));
  s->path = arena_printf(perm, "%.*s/messages", SLICE_ARG(s->phone));
  if (connection_setting(w, c, "account", &account, &variable)) {
    if (!digits(account)) {
      *why = SLICE("`account` is the id of the WhatsApp Business account, digits alone");
      return NULL;
    }
    s->templates = arena_printf(perm, "/%.*s/%.*s/message_templates", SLICE_ARG(version), SLICE_ARG(account));
  }
  options.proof = (api_proof){.name = "Authorization", .pieces = s->proof, .count = 2};
  s->a = api_open(w, perm, &options, why);
  if (s->a) api_patience(s->a, 0);
  return s->a ? s : NULL;
}

static void close_cloud(sender *s) {
  if (s) api_close(s->a);
}

/* ---- a message ---- */

/* Thousandths of the currency's unit, where they fit. */
static bool thousandths(const form_value *v, int64_t *out) {
  if (!v->currency.n) return false;
  unsigned decimals = currency_minor(currency_find(v->currency));
  *out = v->minor;
  for (unsigned e = decimals; e < 3; e++)
    if (__builtin_mul_overflow(*out, 10, out)) return false;
  return decimals <= 3 && *out <= INT32_MAX && *out >= -INT32_MAX;
}

static void put_value(json_writer *w, const form_value *v) {
  int64_t amount;
  json_begin_object(w, NULL);
  if (v->place == FORM_TEXT && thousandths(v, &amount)) {
    json_put_text(w, "type", SLICE("currency"));
    json_begin_object(w, "currency");
    json_put_text(w, "fallback_value", v->text);
    json_put_text(w, "code", v->currency);
    json_put_int(w, "amount_1000", amount);
    json_end(w);
  } else if (v->place == FORM_TEXT && v->is_date) {
    json_put_text(w, "type", SLICE("date_time"));
    json_begin_object(w, "date_time");
    json_put_text(w, "fallback_value", v->text);
    json_end(w);
  } else {
    json_put_text(w, "type", SLICE("text"));
    json_put_text(w, "text", v->text);
  }
  json_end(w);
}

/* The values of one place, in order, as one component. A button's address takes one. */
static void put_component(json_writer *w, const filled_form *f, form_place place, const form_value *button) {
  size_t n = 0;
  for (size_t i = 0; i < f->count; i++) n += f->v[i].place == place;
  if (n == 0) return;
  json_begin_object(w, NULL);
  json_put_text(w, "type",
                place == FORM_TEXT     ? SLICE("body")
                : place == FORM_HEADER ? SLICE("header")
                                       : SLICE("button"));
  if (button) {
    char index[2] = {(char)('0' + (button->at - 1) % 10), 0};
    json_put_text(w, "sub_type", SLICE("url"));
    json_put_text(w, "index", slice_of(index));
  }
  json_begin_list(w, "parameters");
  for (size_t i = 0; i < f->count; i++)
    if (f->v[i].place == place && (!button || f->v + i == button)) put_value(w, f->v + i);
  json_end(w);
  json_end(w);
}

static void put_template(json_writer *w, const filled_form *f) {
  json_put_text(w, "type", SLICE("template"));
  json_begin_object(w, "template");
  json_put_text(w, "name", f->name);
  json_begin_object(w, "language");
  json_put_text(w, "code", f->lang);
  json_end(w);
  if (f->count) {
    json_begin_list(w, "components");
    put_component(w, f, FORM_HEADER, NULL);
    put_component(w, f, FORM_TEXT, NULL);
    for (size_t i = 0; i < f->count; i++)
      if (f->v[i].place == FORM_BUTTON) put_component(w, f, FORM_BUTTON, f->v + i);
    json_end(w);
  }
  json_end(w);
}

static slice body_of(const channel_message *m, const char *to, const messenger_content *content, arena *perm) {
  json_writer *w = json_write(perm);
  json_begin_object(w, NULL);
  json_put_text(w, "messaging_product", SLICE("whatsapp"));
  json_put_text(w, "recipient_type", SLICE("individual"));
  json_put_text(w, "to", slice_of(to));
  json_put_text(w, "biz_opaque_callback_data", m->key);
  if (content->has_form) {
    put_template(w, &content->form);
  } else {
    json_put_text(w, "type", SLICE("text"));
    json_begin_object(w, "text");
    json_put_bool(w, "preview_url", false);
    json_put_text(w, "body", content->words);
    json_end(w);
  }
  json_end(w);
  return json_written(w);
}

/* ---- sending ---- */

static bool ask_cloud(sender *s, const channel_message *m, api_request *call, send_result *refused, arena *perm) {
  messenger_content content;
  char to[PHONE_TEXT_MAX];
  if (!messenger_to(m, s->country, to, refused) ||
      !messenger_content_of(m, s->w->now_ns(s->w) / 1000000000, WORDS_CHARACTERS_MAX, perm, &content, refused))
    return false;
  http_piece *body = ARENA_NEW(perm, http_piece);
  *body = (http_piece){.text = body_of(m, to, &content, perm)};
  *call = (api_request){.method = "POST", .path = s->path, .type = "application/json", .body = body, .body_count = 1};
  return true;
}

static send_result told_cloud(const sender *s, const http_answer *answer, arena *perm) {
  slice why;
  const json *j = answer->end == HTTP_OK && answer->body.n ? json_parse(answer->body, perm, &why) : NULL;
  bool fine = answer->end == HTTP_OK && answer->status >= 200 && answer->status < 300;
  if (!fine) return messenger_outcome(s->a, answer, TABLE, SERVICE, json_at(j, "error.code"), perm);
  slice id = json_text_at(j, "messages[0].id");
  if (id.n == 0) return (send_result){.outcome = SEND_UNKNOWN, .detail = SLICE("WhatsApp's answer names no message")};
  return (send_result){
      .outcome = SEND_ACCEPTED, .provider_id = id, .detail = json_text_at(j, "messages[0].message_status")};
}

static void send_all_cloud(sender *s, const channel_message *v, size_t n, send_result *out, arena *perm) {
  static const messenger_way WAY = {ask_cloud, told_cloud};
  messenger_send_all(s, s->a, &WAY, v, n, out, perm);
}

static send_result send_cloud(sender *s, const channel_message *m, arena *perm) {
  send_result r;
  send_all_cloud(s, m, 1, &r, perm);
  return r;
}

/* ---- what comes back ---- */

typedef struct cloud_hook {
  arena *perm;
  hook_events *out;
  size_t room;
} cloud_hook;

static void add(cloud_hook *h, hook_event e) {
  hook_events *o = h->out;
  if (o->count == h->room) {
    h->room = h->room ? h->room * 2 : 8;
    hook_event *v = ARENA_ARRAY(h->perm, h->room, hook_event);
    if (o->count) memcpy(v, o->v, o->count * sizeof *v);
    o->v = v;
  }
  o->v[o->count++] = e;
}

static int64_t moment(const json *x) {
  int64_t at = 0;
  return json_int(json_at(x, "timestamp"), &at) && at > 0 ? at : 0;
}

static void report(cloud_hook *h, const json *x) {
  static const struct {
    const char *word, *state;
  } STATES[] = {{"sent", "accepted"}, {"delivered", "delivered"}, {"read", "read"}, {"failed", "rejected"}};
  slice id = json_text_at(x, "id"), status = json_text_at(x, "status");
  int64_t code = NO_CODE;
  if (!json_int(json_at(x, "errors[0].code"), &code)) code = NO_CODE;
  for (size_t i = 0; i < sizeof STATES / sizeof *STATES && id.n; i++)
    if (slice_eq(status, slice_of(STATES[i].word)))
      add(h, (hook_event){.kind = HOOK_STATUS,
                          .id = arena_printf(h->perm, "%.*s:%.*s", SLICE_ARG(id), SLICE_ARG(status)),
                          .provider_id = id,
                          .key = json_text_at(x, "biz_opaque_callback_data"),
                          .state = STATES[i].state,
                          .detail = provider_code_words(TABLE, SERVICE, code, h->perm),
                          .at_s = moment(x)});
}

/* What somebody wrote or pressed; a picture or a voice message is a reply without words. */
static void heard(cloud_hook *h, const json *x) {
  static const char *const WORDS[] = {"text.body",
                                      "button.text",
                                      "interactive.button_reply.title",
                                      "interactive.list_reply.title",
                                      "image.caption",
                                      "document.caption",
                                      "video.caption"};
  slice id = json_text_at(x, "id"), kind = json_text_at(x, "type"), said = {0};
  bool about = slice_eq(kind, SLICE("reaction")) || slice_eq(kind, SLICE("system")); /* nobody wrote */
  if (!id.n || about) return;
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS && !said.n; i++) said = json_text_at(x, WORDS[i]);
  slice from = json_text_at(x, "from");
  add(h, (hook_event){.kind = opt_event(said),
                      .id = id,
                      .provider_id = json_text_at(x, "context.id"),
                      .from = from.n && from.p[0] != '+' ? arena_printf(h->perm, "+%.*s", SLICE_ARG(from)) : from,
                      .text = said,
                      .at_s = moment(x)});
}

/* What somebody chose in WhatsApp's own settings of this business: no more of its offers, or again. */
static void chose(cloud_hook *h, const json *x) {
  slice who = json_text_at(x, "wa_id"), wish = json_text_at(x, "value");
  bool stop = slice_eq(wish, SLICE("stop"));
  if (!who.n || !(stop || slice_eq(wish, SLICE("resume")))) return;
  add(h, (hook_event){.kind = stop ? HOOK_OPT_OUT : HOOK_OPT_IN,
                      .id = arena_printf(h->perm, "preference %.*s %.*s %lld", SLICE_ARG(who), SLICE_ARG(wish),
                                         (long long)moment(x)),
                      .from = arena_printf(h->perm, "+%.*s", SLICE_ARG(who)),
                      .at_s = moment(x)});
}

/* Of one of the app's numbers: ours alone. */
static void change(cloud_hook *h, const json *value, slice phone) {
  if (!slice_eq(json_text_at(value, "metadata.phone_number_id"), phone)) return;
  const json *statuses = json_at(value, "statuses"), *messages = json_at(value, "messages");
  const json *wishes = json_at(value, "user_preferences");
  for (size_t i = 0; i < json_count(wishes) && h->out->count < HOOK_EVENTS_MAX; i++) chose(h, json_item(wishes, i));
  for (size_t i = 0; i < json_count(statuses) && h->out->count < HOOK_EVENTS_MAX; i++)
    report(h, json_item(statuses, i));
  for (size_t i = 0; i < json_count(messages) && h->out->count < HOOK_EVENTS_MAX; i++) heard(h, json_item(messages, i));
}

/* Meta asks once whether the address is ours: by a word that we told it. */
static hook_answer challenge(world *w, const connection *c, const hook_request *r, arena *perm, hook_events *out) {
  const hook_value *v;
  size_t n;
  secret word;
  slice why;
  if (!urlencoded_read(r->query, perm, &v, &n)) return HOOK_ANSWER_NOT_UNDERSTOOD;
  if (!slice_eq(urlencoded_value(v, n, "hub.mode"), SLICE("subscribe"))) return HOOK_ANSWER_NOT_UNDERSTOOD;
  if (!connection_needs_secret(w, perm, c, "verify_token", "verify_token", &word, &why) ||
      !sign_is_secret(&word, urlencoded_value(v, n, "hub.verify_token")))
    return HOOK_ANSWER_NOT_GENUINE;
  out->say = urlencoded_value(v, n, "hub.challenge");
  return HOOK_ANSWER_TAKEN;
}

static hook_answer hook_cloud(world *w, const connection *c, const hook_request *r, arena *perm, hook_events *out) {
  secret app;
  slice given = hook_header(r, "x-hub-signature-256"), prefix = SLICE("sha256="), phone, why;
  *out = (hook_events){0};
  if (slice_eq(r->method, SLICE("GET"))) return challenge(w, c, r, perm, out);
  if (!connection_needs_secret(w, perm, c, "secret", "secret", &app, &why) || !slice_starts(given, prefix))
    return HOOK_ANSWER_NOT_GENUINE;
  given = (slice){given.p + prefix.n, given.n - prefix.n};
  sign_key key = sign_key_of(&app);
  uint8_t hash[SIGN_SHA256_BYTES];
  sign_hmac_sha256(&key, &r->body, 1, hash);
  if (!sign_same(sign_hex((slice){(const char *)hash, sizeof hash}, perm), given)) return HOOK_ANSWER_NOT_GENUINE;
  const json *j = json_parse(r->body, perm, &why), *entries = json_at(j, "entry");
  if (!slice_eq(json_text_at(j, "object"), SLICE("whatsapp_business_account")) || json_kind_of(entries) != JSON_LIST ||
      !connection_needs(w, perm, c, "phone", "phone", &phone, &why))
    return HOOK_ANSWER_NOT_UNDERSTOOD;
  cloud_hook h = {perm, out, 0};
  for (size_t i = 0; i < json_count(entries); i++) {
    const json *changes = json_at(json_item(entries, i), "changes");
    for (size_t k = 0; k < json_count(changes); k++) change(&h, json_at(json_item(changes, k), "value"), phone);
  }
  return HOOK_ANSWER_TAKEN;
}

/* ---- doctor ---- */

static slice answer_words_of(void *self, const http_answer *answer, arena *perm) {
  const sender *s = self;
  slice why;
  const json *j = answer->end == HTTP_OK && answer->body.n ? json_parse(answer->body, perm, &why) : NULL;
  return messenger_outcome(s->a, answer, TABLE, SERVICE, json_at(j, "error.code"), perm).detail;
}

static bool check_cloud(sender *s, channel_say *say, void *self, arena *perm) {
  api_request call = {.method = "GET",
                      .path = arena_printf(perm, "%.*s?fields=display_phone_number,verified_name", SLICE_ARG(s->phone)),
                      .safe = true};
  http_answer a = api_ask(s->a, &call, perm);
  bool fine = a.end == HTTP_OK && a.status == 200;
  say(self, fine, fine ? SLICE("the token lets us in, and the number is there") : answer_words_of(s, &a, perm),
      fine ? (slice){0} : SLICE("look at `token` and `phone` of the connect line: in Meta's app, WhatsApp, API Setup"));
  return fine;
}

static void check_forms_cloud(sender *s, const form_asked *v, size_t n, channel_say *say, void *self, arena *perm) {
  if (s->templates.n) return approved_at_meta(s->a, s->templates, v, n, answer_words_of, s, say, self, perm);
  say(self, true,
      SLICE("its templates are not looked at: the line has no `account`, the WhatsApp Business account's id"),
      (slice){0});
}

const channel_driver WHATSAPP_CLOUD = {.kind = "whatsapp",
                                       .vendor = "cloud",
                                       .channels = 1u << CH_WHATSAPP,
                                       .real = true,
                                       .open = open_cloud,
                                       .send = send_cloud,
                                       .send_all = send_all_cloud,
                                       .close = close_cloud,
                                       .rate = {.per_minute = 80 * 60, .at_once = 80, .together = TOGETHER},
                                       .apart_s = PAIR_SECONDS,
                                       .forms = FORMS_BY_NAME,
                                       .address = ADDRESS,
                                       .hook = hook_cloud,
                                       .check = check_cloud,
                                       .check_forms = check_forms_cloud};
