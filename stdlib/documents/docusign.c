/* `connect signature docusign "https://na3.docusign.net/restapi" with account "..." and user "..." and client "..." and
 * key from env "DOCUSIGN_KEY"`: eSignature REST 2.1. The login is a token that the integration signs for the user (JWT
 * grant); `secret from env` is of its Connect webhooks.
 *
 * An envelope is made and sent by one call, which carries our key as its transactionId and as a field of its own: by
 * the first an envelope is found for a week, by the other afterwards. So what became of a call whose answer is missing
 * is asked, and never guessed.
 *
 * Invariants: an envelope leaves by one call, made once; nothing is called lost before DocuSign has had five minutes.
 */
#include "lang/base/text.h"
#include "signature.h"
#include "stdlib/channel/answer_words.h"
#include "stdlib/net/api.h"
#include "stdlib/net/http_text.h"
#include "stdlib/net/json.h"
#include "stdlib/net/oauth.h"
#include "stdlib/net/sign.h"

enum {
  TOTAL_MS = 9000, /* of each call: a login and the envelope are within one call of the outbox */
  ANSWER_BYTES_MAX = 4 << 20,
  FIND_PATIENCE_S = 5,
  TRANSACTION_SECONDS = 6 * 86400, /* a transactionId is known for seven days */
  SIGNATURES_MAX = 100             /* headers X-DocuSign-Signature-1 and on */
};

static const char SERVICE[] = "DocuSign";
#define MARK "dun_key"
#define DEMO "https://demo.docusign.net/"

static const answer_word ROWS[] = {
#define DOCUSIGN_WORD(word, outcome, en, pt, es) {word, SEND_##outcome, en},
#include "docusign.def"
#undef DOCUSIGN_WORD
};
static const answer_words TABLE = {ROWS, sizeof ROWS / sizeof *ROWS};

struct sender {
  world *w;
  api *a;
  oauth *login;
  slice account; /* "/v2.1/accounts/ID" */
};

/* ---- the connect line ---- */

/* A GUID or a number: nothing that leads to another path. */
static bool id_valid(slice s) {
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (!plain) return false;
  }
  return s.n > 0 && s.n <= 64;
}

/* What stands between the scheme and the path. */
static slice host_of(slice url) {
  size_t i = 0;
  while (i + 2 < url.n && !(url.p[i] == ':' && url.p[i + 1] == '/' && url.p[i + 2] == '/')) i++;
  size_t from = i + 3 < url.n ? i + 3 : 0, end = from;
  while (end < url.n && url.p[end] != '/') end++;
  return (slice){url.p + from, end - from};
}

static bool open_login(world *w, arena *perm, const connection *c, sender *s, slice *why) {
  slice user, client, login, variable;
  secret key;
  if (!connection_needs(w, perm, c, "user", "user \"the user's id\"", &user, why) ||
      !connection_needs(w, perm, c, "client", "client \"the integration key\"", &client, why) ||
      !connection_needs_secret(w, perm, c, "key", "key from env \"DOCUSIGN_KEY\"", &key, why))
    return false;
  if (!id_valid(user) || !id_valid(client)) {
    *why = SLICE("`account`, `user` and `client` are ids as DocuSign shows them under Apps and Keys");
    return false;
  }
  const char *base =
      slice_starts(c->url, SLICE(DEMO)) ? "https://account-d.docusign.com" : "https://account.docusign.com";
  if (!connection_setting(w, c, "login", &login, &variable)) login = slice_of(base);
  oauth_options *o = ARENA_NEW(perm, oauth_options);
  *o = (oauth_options){.service = "DocuSign's login",
                       .connect = c,
                       .url_key = "login",
                       .base = base,
                       .path = SLICE("/oauth/token"),
                       .client_id = arena_slice(perm, client),
                       .client_secret = key,
                       .scope = SLICE("signature impersonation"),
                       .user = arena_slice(perm, user),
                       .audience = arena_slice(perm, host_of(login))};
  s->login = oauth_open(w, perm, o, why);
  return s->login != NULL;
}

static void close_docusign(sender *s) {
  if (!s) return;
  api_close(s->a);
  oauth_close(s->login);
}

static sender *open_docusign(world *w, arena *perm, const sender_options *o, slice *why) {
  const connection *c = o->connect;
  slice account;
  sender *s = ARENA_NEW(perm, sender);
  api_options *options = ARENA_NEW(perm, api_options);
  *s = (sender){.w = w};
  if (!connection_needs(w, perm, c, "account", "account \"the account's id\"", &account, why)) return NULL;
  if (!id_valid(account)) {
    *why = SLICE("`account`, `user` and `client` are ids as DocuSign shows them under Apps and Keys");
    return NULL;
  }
  s->account = arena_printf(perm, "/v2.1/accounts/%.*s", SLICE_ARG(account));
  if (!open_login(w, perm, c, s, why)) return NULL;
  *options = (api_options){.service = SERVICE,
                           .connect = c,
                           .limits = {.per_minute = 50, .at_once = 4}, /* 3,000 an hour */
                           .total_ms = TOTAL_MS,
                           .body_max = ANSWER_BYTES_MAX,
                           .login = oauth_login,
                           .self = s->login};
  s->a = api_open(w, perm, options, why);
  if (s->a) return s;
  close_docusign(s);
  return NULL;
}

/* ---- calls ---- */

static bool good(const http_answer *answer) {
  return answer->end == HTTP_OK && answer->status >= 200 && answer->status < 300;
}

static const json *said(const http_answer *answer, arena *perm) {
  slice why;
  return answer->end == HTTP_OK && answer->body.n ? json_parse(answer->body, perm, &why) : NULL;
}

static http_answer get(sender *s, slice path, arena *perm) {
  const api_request c = {.method = "GET", .path = path, .safe = true};
  return api_ask(s->a, &c, perm);
}

/* ---- an envelope ---- */

static slice first_bytes(slice s, size_t characters, arena *perm) {
  size_t n = 0, seen = 0;
  while (n < s.n && (seen += ((unsigned char)s.p[n] & 0xC0) != 0x80) <= characters) n++;
  return arena_slice(perm, (slice){s.p, n});
}

/* Where the page says /sign/ and /date/ (white on white) the signature and its date stand; a page without lets the
 * signer choose. */
static void put_places(json_writer *w) {
  static const struct {
    const char *tabs, *anchor;
  } PLACES[] = {{"signHereTabs", "/sign/"}, {"dateSignedTabs", "/date/"}};
  json_begin_object(w, "tabs");
  for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
    json_begin_list(w, PLACES[i].tabs);
    json_begin_object(w, NULL);
    json_put_text(w, "anchorString", slice_of(PLACES[i].anchor));
    json_put_text(w, "anchorIgnoreIfNotPresent", SLICE("true"));
    json_end(w);
    json_end(w);
  }
  json_end(w);
}

static void put_signer(json_writer *w, const signature_order *o, arena *perm) {
  static const char *const LANGUAGE[LANG_COUNT] = {[LANG_EN] = "en", [LANG_PT] = "pt_BR", [LANG_ES] = "es"};
  json_begin_object(w, "recipients");
  json_begin_list(w, "signers");
  json_begin_object(w, NULL);
  json_put_text(w, "recipientId", SLICE("1"));
  json_put_text(w, "routingOrder", SLICE("1"));
  json_put_text(w, "name", first_bytes(o->name, SIGNATURE_TITLE_CHARACTERS_MAX, perm));
  json_put_text(w, "email", o->email);
  json_begin_object(w, "emailNotification");
  json_put_text(w, "supportedLanguage", slice_of(LANGUAGE[o->language]));
  json_put_text(w, "emailSubject", first_bytes(o->title, SIGNATURE_TITLE_CHARACTERS_MAX, perm));
  json_end(w);
  put_places(w);
  json_end(w);
  json_end(w);
  json_end(w);
}

static slice envelope_of(const channel_message *m, const signature_order *o, arena *perm) {
  json_writer *w = json_write(perm);
  json_begin_object(w, NULL);
  json_put_text(w, "emailSubject", first_bytes(o->title, SIGNATURE_TITLE_CHARACTERS_MAX, perm));
  json_put_text(w, "status", SLICE("sent"));
  json_put_text(w, "transactionId", m->key);
  json_begin_list(w, "documents");
  json_begin_object(w, NULL);
  json_put_text(w, "documentId", SLICE("1"));
  json_put_text(w, "name", o->file);
  json_put_text(w, "fileExtension", SLICE("pdf"));
  json_put_text(w, "documentBase64", signature_base64((slice){0}, o->pdf, perm));
  json_end(w);
  json_end(w);
  put_signer(w, o, perm);
  json_begin_object(w, "customFields");
  json_begin_list(w, "textCustomFields");
  json_begin_object(w, NULL);
  json_put_text(w, "name", SLICE(MARK));
  json_put_text(w, "value", m->key);
  json_put_text(w, "show", SLICE("false"));
  json_put_text(w, "required", SLICE("false"));
  json_end(w);
  json_end(w);
  json_end(w);
  json_end(w);
  return json_written(w);
}

static send_result send_docusign(sender *s, const channel_message *m, arena *perm) {
  signature_order o;
  slice why;
  if (!signature_read(m, "docusign", perm, &o, &why)) return (send_result){.outcome = SEND_REJECTED, .detail = why};
  http_piece body = {.text = envelope_of(m, &o, perm)};
  const api_request c = {.method = "POST",
                         .path = arena_printf(perm, "%.*s/envelopes", SLICE_ARG(s->account)),
                         .type = "application/json",
                         .body = &body,
                         .body_count = 1};
  http_answer answer = api_ask(s->a, &c, perm);
  const json *j = said(&answer, perm);
  send_result r = answer_outcome(s->a, &answer, TABLE, SERVICE, json_text_at(j, "errorCode"), perm);
  if (good(&answer)) r.provider_id = json_text_at(j, "envelopeId");
  if (good(&answer) && !r.provider_id.n)
    r = (send_result){.outcome = SEND_UNKNOWN, .detail = SLICE("DocuSign's answer has no envelopeId")};
  return r;
}

/* ---- what became of it ---- */

static send_result not_known(const char *why) {
  return (send_result){.outcome = SEND_UNKNOWN, .detail = slice_of(why)};
}

static send_result find_docusign(sender *s, const channel_message *m, int64_t begun_s, arena *perm) {
  int64_t age_s = s->w->now_ns(s->w) / 1000000000 - begun_s;
  char day[DATE_TEXT_MAX];
  text path = text_new(perm);
  text_printf(&path, "%.*s/envelopes?", SLICE_ARG(s->account));
  if (age_s < TRANSACTION_SECONDS)
    text_printf(&path, "transaction_ids=%.*s", SLICE_ARG(m->key));
  else {
    date_iso((civil_date){(int32_t)(begun_s / 86400) - 1}, day);
    text_printf(&path, "from_date=%s&custom_field=" MARK "%%3D%.*s", day, SLICE_ARG(m->key));
  }
  api_patience(s->a, FIND_PATIENCE_S);
  http_answer answer = get(s, text_slice(&path), perm);
  const json *j = said(&answer, perm), *found = json_at(j, "envelopes");
  bool none = slice_eq(json_text_at(j, "resultSetSize"), SLICE("0"));
  if (!good(&answer) || (json_kind_of(found) != JSON_LIST && !none))
    return not_known("DocuSign could not be asked for it");
  for (size_t i = 0; i < json_count(found); i++) {
    slice id = json_text_at(json_item(found, i), "envelopeId");
    if (id.n)
      return (send_result){
          .outcome = SEND_ACCEPTED, .provider_id = id, .detail = SLICE("it is among DocuSign's envelopes")};
  }
  if (age_s < SIGNATURE_SETTLED_SECONDS) return not_known("DocuSign may still be at it");
  return (send_result){.outcome = SEND_RETRY, .detail = SLICE("DocuSign has no such envelope")};
}

static bool check_docusign(sender *s, void (*say)(void *self, bool fine, slice what, slice remedy), void *self,
                           arena *perm) {
  api_patience(s->a, FIND_PATIENCE_S);
  http_answer answer = get(s, s->account, perm);
  if (good(&answer)) {
    say(self, true, SLICE("the account lets us in"), (slice){0});
    return true;
  }
  slice code = json_text_at(said(&answer, perm), "errorCode");
  send_result r = answer_outcome(s->a, &answer, TABLE, SERVICE, code, perm);
  say(self, false, r.detail.n ? r.detail : api_words(s->a, &answer, perm),
      SLICE("look at the address, `account`, `user`, `client` and `key` of the connect line, and whether the user has "
            "given its consent (docs/connections.md, DocuSign)"));
  return false;
}

/* ---- what comes back ---- */

static bool genuine(world *w, const connection *c, const hook_request *r, arena *perm) {
  secret own;
  slice why;
  if (!connection_needs_secret(w, perm, c, "secret", "secret", &own, &why)) return false;
  sign_key key = sign_key_of(&own);
  uint8_t hash[SIGN_SHA256_BYTES];
  sign_hmac_sha256(&key, &r->body, 1, hash);
  slice ours = sign_base64((slice){(const char *)hash, sizeof hash}, perm);
  bool any = false;
  for (int i = 1; i <= SIGNATURES_MAX; i++) {
    slice given = hook_header(r, arena_printf(perm, "x-docusign-signature-%d", i).p);
    if (!given.n) break;
    any |= sign_same(ours, given);
  }
  return any;
}

/* An envelope that nobody signed in time is voided by DocuSign itself, and says so in English. */
static slice detail_of(const json *j, const char *state) {
  slice reason = json_text_at(j, "data.envelopeSummary.voidedReason");
  if (strcmp(state, "voided") != 0) return (slice){0};
  return memmem(reason.p ? reason.p : "", reason.n, "expired", 7) ? SLICE("expired") : SLICE("withdrawn");
}

static hook_answer hook_docusign(world *w, const connection *c, const hook_request *r, arena *perm, hook_events *out) {
  static const struct {
    const char *event, *word, *state, *detail;
  } SAYS[] = {{"envelope-sent", "sent", "delivered", ""},
              {"envelope-delivered", "delivered", "read", ""},
              {"envelope-completed", "completed", "replied", "signed"},
              {"envelope-declined", "declined", "rejected", "refused by the signer"},
              {"envelope-voided", "voided", "rejected", ""}};
  slice why;
  *out = (hook_events){0};
  if (!genuine(w, c, r, perm)) return HOOK_ANSWER_NOT_GENUINE;
  const json *j = json_parse(r->body, perm, &why);
  slice event = json_text_at(j, "event"), id = json_text_at(j, "data.envelopeId");
  if (!event.n) return HOOK_ANSWER_NOT_UNDERSTOOD;
  for (size_t i = 0; i < sizeof SAYS / sizeof *SAYS && id.n; i++) {
    if (!slice_eq(event, slice_of(SAYS[i].event))) continue;
    hook_event *e = ARENA_NEW(perm, hook_event);
    *e = (hook_event){.kind = HOOK_DOCUMENT,
                      .id = arena_printf(perm, "%.*s:%s", SLICE_ARG(id), SAYS[i].word),
                      .provider_id = id,
                      .state = SAYS[i].state,
                      .detail = SAYS[i].detail[0] ? slice_of(SAYS[i].detail) : detail_of(j, SAYS[i].word),
                      .at_s = signature_moment(json_text_at(j, "generatedDateTime"))};
    *out = (hook_events){.v = e, .count = 1};
  }
  return HOOK_ANSWER_TAKEN; /* of recipients, and others that are not listened to: taken, and nothing */
}

const channel_driver SIGNATURE_DOCUSIGN = {.kind = "signature",
                                           .vendor = "docusign",
                                           .real = true,
                                           .open = open_docusign,
                                           .send = send_docusign,
                                           .close = close_docusign,
                                           .rate = {.per_minute = 30, .at_once = 4},
                                           .find = find_docusign,
                                           .hook = hook_docusign,
                                           .check = check_docusign};
