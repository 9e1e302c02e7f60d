/* `connect sms twilio from "+14155550100" with account "AC..." and token from env "TWILIO_TOKEN"`, and `connect
 * whatsapp twilio` with the same words: Twilio's Messages API, and what it reports back.
 *
 * Twilio takes no idempotency key and lists no message by one: what became of a call whose answer is missing is known
 * by its callback alone, whose address (`callback "https://..."`) carries the message's key. No such message is sent
 * again.
 *
 * Invariant: a number that is not surely the receiver's is not sent to. */
#include <stdlib.h>

#include "approved.h"
#include "lang/base/text.h"
#include "messenger.h"
#include "opt_out.h"
#include "runtime/hash.h"
#include "stdlib/net/sign.h"
#include "stdlib/net/urlencoded.h"

enum { TOTAL_MS = 15000, TOGETHER = 10, BODY_CHARACTERS_MAX = 1600, SID_BYTES = 34, BODY_PIECES_MAX = 16 };

#define ADDRESS "https://api.twilio.com"
static const char SERVICE[] = "Twilio";

static const provider_code CODES[] = {
#define PROVIDER_CODE(code, outcome, en, pt, es) {code, SEND_##outcome, en},
#include "twilio.def"
#undef PROVIDER_CODE
};
static const provider_codes TABLE = {CODES, sizeof CODES / sizeof *CODES};

struct sender {
  world *w;
  api *a;
  slice path, from, country, callback;
  bool service; /* `from` is a messaging service */
  const connection *connect;
  api_proof proof;
};

static bool is_sid(slice s, const char *kind) {
  if (s.n != SID_BYTES || !slice_starts(s, slice_of(kind))) return false;
  for (size_t i = 2; i < s.n; i++) {
    char c = s.p[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) return false;
  }
  return true;
}

/* ---- the connect line ---- */

/* A number, a messaging service, and of sms a name of up to 11 letters and digits. */
static bool read_from(sender *s, slice from, bool whatsapp, arena *perm, slice *why) {
  char number[PHONE_TEXT_MAX];
  s->service = is_sid(from, "MG");
  phone_fault fault = phone_read(from, (slice){0}, (slice){0}, number);
  bool name = !whatsapp && from.n > 0 && from.n <= 11, letter = false;
  for (size_t i = 0; i < from.n && name; i++) {
    bool alpha = (from.p[i] | 0x20) >= 'a' && (from.p[i] | 0x20) <= 'z';
    letter |= alpha;
    name = alpha || from.p[i] == ' ' || (from.p[i] >= '0' && from.p[i] <= '9');
  }
  s->from = fault == PHONE_FINE ? arena_slice(perm, slice_of(number)) : arena_slice(perm, from);
  if (s->service || fault == PHONE_FINE || (name && letter)) return true;
  *why = SLICE("the sender is a number with + and calling code, or the SID of a messaging service (MG...)");
  return false;
}

static bool read_callback(sender *s, world *w, const connection *c, arena *perm, slice *why) {
  slice variable;
  if (!connection_setting(w, c, "callback", &s->callback, &variable)) {
    s->callback = (slice){0};
    if (variable.n) *why = arena_printf(perm, "the environment variable %.*s is not set", SLICE_ARG(variable));
    return variable.n == 0;
  }
  s->callback = arena_slice(perm, s->callback);
  if (slice_starts(s->callback, SLICE("https://")) && !memchr(s->callback.p, '#', s->callback.n)) return true;
  *why = SLICE("`callback` is the address at which Twilio reaches `dun serve`: https://HOST/hooks/...");
  return false;
}

static sender *open_twilio(world *w, arena *perm, const sender_options *o, slice *why) {
  const connection *c = o->connect;
  slice account, from;
  api_options options = {.service = SERVICE,
                         .connect = c,
                         .base = ADDRESS,
                         .limits = {.at_once = TOGETHER},
                         .total_ms = TOTAL_MS,
                         .body_max = 1 << 20};
  sender *s = ARENA_NEW(perm, sender);
  *s = (sender){.w = w, .connect = c};
  if (!connection_needs(w, perm, c, "account", "account \"AC...\"", &account, why) ||
      !connection_needs_secret(w, perm, c, "token", "token from env \"TWILIO_TOKEN\"", &options.proof.password, why) ||
      !connection_needs(w, perm, c, "from", "from \"+14155550100\"", &from, why) ||
      !messenger_country(w, perm, c, &s->country, why) || !read_callback(s, w, c, perm, why))
    return NULL;
  if (!is_sid(account, "AC")) {
    *why = SLICE("`account` is the account's SID: AC and 32 digits and letters");
    return NULL;
  }
  if (!read_from(s, from, slice_eq(c->kind, slice_of(CHANNELS[CH_WHATSAPP])), perm, why)) return NULL;
  options.proof.user = arena_copy(perm, account);
  s->path = arena_printf(perm, "/2010-04-01/Accounts/%.*s/Messages.json", SLICE_ARG(account));
  s->proof = options.proof;
  s->a = api_open(w, perm, &options, why);
  if (s->a) api_patience(s->a, 0);
  return s->a ? s : NULL;
}

static void close_twilio(sender *s) {
  if (s) api_close(s->a);
}

/* ---- sending ---- */

typedef struct form_body {
  http_piece v[BODY_PIECES_MAX];
  size_t n;
} form_body;

static void put(form_body *b, const char *name, slice value) {
  b->v[b->n] = (http_piece){.text = slice_of(name)};
  b->v[b->n + 1] = (http_piece){.text = value, .form = HTTP_IN_FORM};
  b->n += 2;
}

static slice variables(const filled_form *f, arena *perm) {
  json_writer *w = json_write(perm);
  json_begin_object(w, NULL);
  for (size_t i = 0; i < f->count; i++) json_put_text(w, arena_printf(perm, "%u", f->v[i].at).p, f->v[i].text);
  json_end(w);
  return json_written(w);
}

static slice callback_of(const sender *s, slice key, arena *perm) {
  const char *mark = memchr(s->callback.p, '?', s->callback.n) ? "&" : "?";
  return arena_printf(perm, "%.*s%skey=%.*s", SLICE_ARG(s->callback), mark, SLICE_ARG(key));
}

static bool gone_already(slice status) {
  return slice_eq(status, SLICE("failed")) || slice_eq(status, SLICE("undelivered")) ||
         slice_eq(status, SLICE("canceled"));
}

/* 201, and a message of theirs. */
static send_result taken(const json *j, arena *perm) {
  slice sid = json_text_at(j, "sid"), status = json_text_at(j, "status");
  int64_t code = NO_CODE;
  if (sid.n == 0) return (send_result){.outcome = SEND_UNKNOWN, .detail = SLICE("Twilio's answer names no message")};
  if (!json_int(json_at(j, "error_code"), &code)) code = NO_CODE;
  if (!gone_already(status)) return (send_result){.outcome = SEND_ACCEPTED, .provider_id = sid, .detail = status};
  slice words = provider_code_words(TABLE, SERVICE, code, perm);
  return (send_result){.outcome = SEND_REJECTED, .provider_id = sid, .detail = words.n ? words : status};
}

static bool ask_twilio(sender *s, const channel_message *m, api_request *call, send_result *refused, arena *perm) {
  messenger_content content;
  char to[PHONE_TEXT_MAX];
  if (!messenger_to(m, s->country, to, refused) ||
      !messenger_content_of(m, s->w->now_ns(s->w) / 1000000000, BODY_CHARACTERS_MAX, perm, &content, refused))
    return false;
  form_body *body = ARENA_NEW(perm, form_body);
  *body = (form_body){0};
  const char *prefix = m->ch == CH_WHATSAPP ? "whatsapp:" : "";
  put(body, "To=", arena_printf(perm, "%s%s", prefix, to));
  if (s->service)
    put(body, "&MessagingServiceSid=", s->from);
  else
    put(body, "&From=", arena_printf(perm, "%s%.*s", prefix, SLICE_ARG(s->from)));
  if (content.has_form) {
    put(body, "&ContentSid=", content.form.name);
    if (content.form.count) put(body, "&ContentVariables=", variables(&content.form, perm));
  } else {
    put(body, "&Body=", content.words);
  }
  if (s->callback.n) put(body, "&StatusCallback=", callback_of(s, m->key, perm));
  *call = (api_request){.method = "POST",
                        .path = s->path,
                        .type = "application/x-www-form-urlencoded",
                        .body = body->v,
                        .body_count = body->n};
  return true;
}

static send_result told_twilio(const sender *s, const http_answer *answer, arena *perm) {
  slice why;
  const json *j = answer->end == HTTP_OK && answer->body.n ? json_parse(answer->body, perm, &why) : NULL;
  bool fine = answer->end == HTTP_OK && answer->status >= 200 && answer->status < 300;
  return fine ? taken(j, perm) : messenger_outcome(s->a, answer, TABLE, SERVICE, json_at(j, "code"), perm);
}

static void send_all_twilio(sender *s, const channel_message *v, size_t n, send_result *out, arena *perm) {
  static const messenger_way WAY = {ask_twilio, told_twilio};
  messenger_send_all(s, s->a, &WAY, v, n, out, perm);
}

static send_result send_twilio(sender *s, const channel_message *m, arena *perm) {
  send_result r;
  send_all_twilio(s, m, 1, &r, perm);
  return r;
}

/* ---- what comes back ---- */

/* STATUS(Twilio's word, the action's state, is over without having arrived) */
static const struct {
  const char *word, *state;
} STATES[] = {{"accepted", "accepted"}, {"scheduled", "accepted"},  {"queued", "accepted"}, {"sending", "accepted"},
              {"sent", "accepted"},     {"delivered", "delivered"}, {"read", "read"},       {"undelivered", "rejected"},
              {"failed", "rejected"},   {"canceled", "rejected"}};

static int by_name(const void *a, const void *b) {
  const hook_value *x = a, *y = b;
  int order = slice_cmp(x->name, y->name);
  return order ? order : slice_cmp(x->value, y->value);
}

/* The address with its default port written, or without it: Twilio signs one of the two. */
static slice other_port(slice url, arena *perm) {
  bool tls = slice_starts(url, SLICE("https://"));
  size_t from = tls ? 8 : 7, end = from;
  const char *port = tls ? ":443" : ":80";
  while (end < url.n && !strchr("/?", url.p[end])) end++;
  slice host = {url.p, end}, rest = {url.p + end, url.n - end}, p = slice_of(port);
  bool has = host.n > p.n && slice_eq((slice){host.p + host.n - p.n, p.n}, p);
  if (has) return arena_printf(perm, "%.*s%.*s", (int)(host.n - p.n), host.p, SLICE_ARG(rest));
  return arena_printf(perm, "%.*s%s%.*s", SLICE_ARG(host), port, SLICE_ARG(rest));
}

/* Over the address, and of a form every name and value behind it, sorted. A body that is no form has its SHA-256 in the
 * address. */
static bool genuine(const hook_request *r, const secret *token, const hook_value *fields, size_t count, arena *perm) {
  slice given = hook_header(r, "x-twilio-signature");
  sign_key key = sign_key_of(token);
  uint8_t hash[SIGN_SHA1_BYTES];
  text body = text_new(perm);
  hook_value *sorted = ARENA_ARRAY(perm, count + 1, hook_value);
  if (count) memcpy(sorted, fields, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, by_name);
  for (size_t i = 0; i < count; i++) {
    text_add(&body, sorted[i].name);
    text_add(&body, sorted[i].value);
  }
  slice ways[] = {r->url, other_port(r->url, perm)};
  for (size_t i = 0; i < 2; i++) {
    slice parts[] = {ways[i], text_slice(&body)};
    sign_hmac_sha1(&key, parts, 2, hash);
    if (sign_same(sign_base64((slice){(const char *)hash, sizeof hash}, perm), given)) return true;
  }
  return false;
}

static bool body_fits(const hook_request *r, const hook_value *query, size_t count) {
  uint8_t hash[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  hash_of(r->body, hash);
  hash_hex(hash, hex);
  return sign_same(slice_of(hex), urlencoded_value(query, count, "bodySHA256"));
}

static slice number_of(slice address) {
  slice prefix = SLICE("whatsapp:");
  return slice_starts(address, prefix) ? (slice){address.p + prefix.n, address.n - prefix.n} : address;
}

typedef struct twilio_hook {
  const hook_value *query, *v;
  size_t query_count, count;
  arena *perm;
} twilio_hook;

static slice value(const twilio_hook *h, const char *name) { return urlencoded_value(h->v, h->count, name); }

static void report(const twilio_hook *h, slice sid, slice status, hook_events *out) {
  slice digits = value(h, "ErrorCode");
  int64_t code = digits.n ? 0 : NO_CODE;
  for (size_t i = 0; i < digits.n && i < 9 && digits.p[i] >= '0' && digits.p[i] <= '9'; i++)
    code = code * 10 + digits.p[i] - '0';
  for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++) {
    if (!slice_eq(status, slice_of(STATES[i].word))) continue;
    out->v[out->count++] = (hook_event){.kind = HOOK_STATUS,
                                        .id = arena_printf(h->perm, "%.*s:%.*s", SLICE_ARG(sid), SLICE_ARG(status)),
                                        .provider_id = sid,
                                        .key = urlencoded_value(h->query, h->query_count, "key"),
                                        .state = STATES[i].state,
                                        .detail = provider_code_words(TABLE, SERVICE, code, h->perm)};
  }
}

/* Somebody wrote, or pressed a button of ours. */
static void heard(const twilio_hook *h, slice sid, hook_events *out) {
  slice said = value(h, "Body");
  if (said.n == 0) said = value(h, "ButtonText");
  hook_kind kind = opt_event(said);
  slice wish = value(h, "OptOutType"); /* Twilio has carried it out itself */
  if (slice_eq(wish, SLICE("STOP"))) kind = HOOK_OPT_OUT;
  if (slice_eq(wish, SLICE("START"))) kind = HOOK_OPT_IN;
  out->v[out->count++] = (hook_event){.kind = kind,
                                      .id = sid,
                                      .provider_id = value(h, "OriginalRepliedMessageSid"),
                                      .from = number_of(value(h, "From")),
                                      .text = said};
}

static hook_answer hook_twilio(world *w, const connection *c, const hook_request *r, arena *perm, hook_events *out) {
  twilio_hook h = {.perm = perm};
  secret token;
  slice account, why;
  *out = (hook_events){.v = ARENA_ARRAY(perm, 1, hook_event)};
  if (!connection_needs_secret(w, perm, c, "token", "token", &token, &why) ||
      !connection_needs(w, perm, c, "account", "account", &account, &why))
    return HOOK_ANSWER_NOT_GENUINE;
  if (!urlencoded_read(r->query, perm, &h.query, &h.query_count)) return HOOK_ANSWER_NOT_GENUINE; /* none of ours */
  bool hashed = urlencoded_value(h.query, h.query_count, "bodySHA256").n > 0;
  bool fields = !hashed && urlencoded_read(r->body, perm, &h.v, &h.count);
  if (!genuine(r, &token, h.v, fields ? h.count : 0, perm)) return HOOK_ANSWER_NOT_GENUINE;
  if (hashed && !body_fits(r, h.query, h.query_count)) return HOOK_ANSWER_NOT_GENUINE;
  if (hashed) return HOOK_ANSWER_TAKEN; /* genuine, and none of those that say something of a message */
  if (!fields || !slice_eq(value(&h, "AccountSid"), account)) return HOOK_ANSWER_NOT_UNDERSTOOD;
  slice sid = value(&h, "MessageSid"), status = value(&h, "MessageStatus");
  if (sid.n == 0) sid = value(&h, "SmsSid");
  /* Of a form the signature covers names and values without what stands between them: who cuts a field in two keeps it,
   * and must get no message of another name by it. */
  if (!is_sid(sid, "SM") && !is_sid(sid, "MM")) return HOOK_ANSWER_NOT_UNDERSTOOD;
  if (status.n)
    report(&h, sid, status, out);
  else if (value(&h, "From").n)
    heard(&h, sid, out);
  else
    return HOOK_ANSWER_NOT_UNDERSTOOD;
  return HOOK_ANSWER_TAKEN;
}

static bool check_twilio(sender *s, void (*say)(void *self, bool fine, slice what, slice remedy), void *self,
                         arena *perm) {
  slice tail = SLICE("/Messages.json");
  slice path = arena_printf(perm, "%.*s.json", (int)(s->path.n - tail.n), s->path.p);
  api_request call = {.method = "GET", .path = path, .safe = true};
  http_answer a = api_ask(s->a, &call, perm);
  bool fine = a.end == HTTP_OK && a.status == 200;
  say(self, fine, fine ? SLICE("the account lets us in") : api_words(s->a, &a, perm),
      fine ? (slice){0}
           : SLICE("look at `account` and `token` of the connect line: in Twilio's console, Account Info"));
  return fine;
}

/* Templates are another service of Twilio's. */
static void check_forms_twilio(sender *s, const form_asked *v, size_t n, channel_say *say, void *self, arena *perm) {
  slice why;
  const api_options o = {.service = SERVICE,
                         .connect = s->connect,
                         .base = "https://content.twilio.com",
                         .limits = {.at_once = 1},
                         .total_ms = TOTAL_MS,
                         .body_max = 1 << 20,
                         .proof = s->proof};
  api *a = api_open(s->w, perm, &o, &why);
  if (!a) return say(self, false, why, (slice){0});
  approved_at_twilio(a, slice_eq(s->connect->kind, slice_of(CHANNELS[CH_WHATSAPP])), v, n, say, self, perm);
  api_close(a);
}

const channel_driver SMS_TWILIO = {.kind = "sms",
                                   .vendor = "twilio",
                                   .channels = 1u << CH_SMS,
                                   .real = true,
                                   .open = open_twilio,
                                   .send = send_twilio,
                                   .send_all = send_all_twilio,
                                   .close = close_twilio,
                                   .rate = {.per_minute = 600, .at_once = 10, .together = TOGETHER},
                                   .forms = FORMS_BY_SID,
                                   .hook = hook_twilio,
                                   .address = ADDRESS,
                                   .check = check_twilio,
                                   .check_forms = check_forms_twilio,
                                   .hook_signs_address = true};

const channel_driver WHATSAPP_TWILIO = {.kind = "whatsapp",
                                        .vendor = "twilio",
                                        .channels = 1u << CH_WHATSAPP,
                                        .real = true,
                                        .open = open_twilio,
                                        .send = send_twilio,
                                        .send_all = send_all_twilio,
                                        .close = close_twilio,
                                        .rate = {.per_minute = 600, .at_once = 10, .together = TOGETHER},
                                        .forms = FORMS_BY_SID,
                                        .hook = hook_twilio,
                                        .address = ADDRESS,
                                        .check = check_twilio,
                                        .check_forms = check_forms_twilio,
                                        .hook_signs_address = true};
