/* `connect email outlook from "Finance <finance@example.com>" with tenant "..." and client "..." and secret from env
 * "GRAPH_SECRET"`: e-mail out of a mailbox of Microsoft 365, through Graph.
 *
 * Graph knows no idempotency key, and sending again after a time-out has doubled messages of others. So a message is
 * made as a draft that carries our key as a property of its own, the draft is sent, and where an answer is missing the
 * mailbox is searched for the key: what is among it and is no draft was sent; a draft that still lies there is deleted
 * before the message is made anew.
 *
 * Invariants: before the draft's answer nothing was sent; the call that sends is made once; a message leaves `unknown`
 * only by what the mailbox shows. */
#include "answer_words.h"
#include "channel.h"
#include "lang/base/text.h"
#include "stdlib/net/email.h"
#include "stdlib/net/http_text.h"
#include "stdlib/net/json.h"
#include "stdlib/net/oauth.h"
#include "stdlib/net/sign.h"

enum {
  TOTAL_MS = 6000, /* of each call: a login, the draft, the sending are within OUTBOX_CALL_SECONDS_MAX */
  ANSWER_BYTES_MAX = 4 << 20,
  FIND_PATIENCE_S = 5,
  SETTLED_SECONDS = 1800, /* what Exchange took over is on its way by then */
  FOUND_MAX = 10,
  PARTS_BYTES_MAX = 5 << 19 /* 2.5 MB: a draft with them is a call of at most 4 MB, as Graph takes them */
};

#define ADDRESS "https://graph.microsoft.com"
static const char SERVICE[] = "Microsoft Graph";
/* Where our key is in a message: a named property, which Exchange keeps from the draft to Sent Items. */
#define MARK "String {7f3c1d0a-9a52-4c0e-8f7e-6b0d7a1c5e42} Name DunKey"

static const answer_word ROWS[] = {
#define GRAPH_WORD(word, outcome, en, pt, es) {word, SEND_##outcome, en},
#include "outlook.def"
#undef GRAPH_WORD
};
static const answer_words TABLE = {ROWS, sizeof ROWS / sizeof *ROWS};

struct sender {
  world *w;
  api *a;
  oauth *login;
  mailbox from;
  slice messages; /* "/users/finance%40example.com/messages" */
};

/* ---- the connect line ---- */

static slice percent_encoded(slice s, arena *perm) {
  text t = text_new(perm);
  http_percent(&t, s);
  return text_slice(&t);
}

/* "contoso.onmicrosoft.com" or an id: nothing that leads to another path. */
static bool name_valid(slice s) {
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (!plain) return false;
  }
  return s.n > 0 && s.n <= 128;
}

static bool open_login(world *w, arena *perm, const connection *c, sender *s, slice *why) {
  slice tenant, client;
  secret hidden;
  if (!connection_needs(w, perm, c, "tenant", "tenant \"example.onmicrosoft.com\"", &tenant, why) ||
      !connection_needs(w, perm, c, "client", "client \"the app's id\"", &client, why) ||
      !connection_needs_secret(w, perm, c, "secret", "secret from env \"GRAPH_SECRET\"", &hidden, why))
    return false;
  if (!name_valid(tenant) || !name_valid(client)) {
    *why = SLICE("`tenant` and `client` are what Microsoft Entra shows as the directory's and the application's id");
    return false;
  }
  oauth_options *o = ARENA_NEW(perm, oauth_options);
  *o = (oauth_options){.service = "Microsoft's login",
                       .connect = c,
                       .url_key = "login",
                       .base = "https://login.microsoftonline.com",
                       .path = arena_printf(perm, "/%.*s/oauth2/v2.0/token", SLICE_ARG(tenant)),
                       .client_id = arena_slice(perm, client),
                       .client_secret = hidden,
                       .scope = SLICE("https://graph.microsoft.com/.default")};
  s->login = oauth_open(w, perm, o, why);
  return s->login != NULL;
}

static void close_outlook(sender *s) {
  if (!s) return;
  api_close(s->a);
  oauth_close(s->login);
}

static sender *open_outlook(world *w, arena *perm, const sender_options *o, slice *why) {
  const connection *c = o->connect;
  slice from, box, variable;
  sender *s = ARENA_NEW(perm, sender);
  api_options *options = ARENA_NEW(perm, api_options);
  *s = (sender){.w = w};
  if (!connection_needs(w, perm, c, "from", "from \"Finance <finance@example.com>\"", &from, why)) return NULL;
  bool fine = mailbox_parse(arena_slice(perm, from), &s->from);
  if (!connection_setting(w, c, "mailbox", &box, &variable)) box = s->from.address;
  if (!fine || !email_address_valid(box)) {
    *why = fine ? SLICE("`mailbox` is the address of the mailbox that sends")
                : SLICE("the sender is written \"Name <address@example.com>\"");
    return NULL;
  }
  s->messages = arena_printf(perm, "/users/%.*s/messages", SLICE_ARG(percent_encoded(box, perm)));
  if (!open_login(w, perm, c, s, why)) return NULL;
  *options = (api_options){.service = SERVICE,
                           .connect = c,
                           .base = ADDRESS "/v1.0",
                           .limits = {.per_minute = 240, .at_once = 4},
                           .total_ms = TOTAL_MS,
                           .body_max = ANSWER_BYTES_MAX,
                           .login = oauth_login,
                           .self = s->login};
  s->a = api_open(w, perm, options, why);
  if (s->a) api_patience(s->a, FIND_PATIENCE_S);
  if (s->a) return s;
  close_outlook(s);
  return NULL;
}

/* ---- calls ---- */

static const http_header SAME_ID = {{"Prefer", 6}, {"IdType=\"ImmutableId\"", 20}};

static http_answer call(sender *s, const char *method, slice path, const slice *body, bool safe, arena *perm) {
  http_piece piece = {.text = body ? *body : (slice){0}};
  api_request c = {.method = method,
                   .path = path,
                   .headers = &SAME_ID,
                   .header_count = 1,
                   .type = body ? "application/json" : NULL,
                   .body = body ? &piece : NULL,
                   .body_count = body ? 1 : 0,
                   .safe = safe};
  return api_ask(s->a, &c, perm);
}

static const json *said(const http_answer *answer, arena *perm) {
  slice why;
  return answer->end == HTTP_OK && answer->body.n ? json_parse(answer->body, perm, &why) : NULL;
}

static bool good(const http_answer *answer) {
  return answer->end == HTTP_OK && answer->status >= 200 && answer->status < 300;
}

static send_result outcome_of(const sender *s, const http_answer *answer, arena *perm) {
  slice code = good(answer) ? (slice){0} : json_text_at(said(answer, perm), "error.code");
  return answer_outcome(s->a, answer, TABLE, SERVICE, code, perm);
}

static slice message_path(const sender *s, slice id, const char *doing, arena *perm) {
  return arena_printf(perm, "%.*s/%.*s%s", SLICE_ARG(s->messages), SLICE_ARG(percent_encoded(id, perm)), doing);
}

/* ---- the draft ---- */

static void put_address(json_writer *w, const char *name, slice address, slice display) {
  json_begin_object(w, name);
  json_begin_object(w, "emailAddress");
  json_put_text(w, "address", address);
  if (display.n) json_put_text(w, "name", display);
  json_end(w);
  json_end(w);
}

/* What goes along: in the draft itself, so that it is sent with it or not at all. */
static void put_parts(json_writer *w, const channel_message *m, arena *perm) {
  if (!m->part_count) return;
  json_begin_list(w, "attachments");
  for (size_t i = 0; i < m->part_count; i++) {
    const email_part *p = m->parts + i;
    bool shown = p->cid.n && m->html.n;
    json_begin_object(w, NULL);
    json_put_text(w, "@odata.type", SLICE("#microsoft.graph.fileAttachment"));
    json_put_text(w, "name", p->name);
    json_put_text(w, "contentType", p->type);
    json_put_bool(w, "isInline", shown);
    if (shown) json_put_text(w, "contentId", p->cid);
    json_put_text(w, "contentBytes", sign_base64(p->bytes, perm));
    json_end(w);
  }
  json_end(w);
}

static slice draft_of(const sender *s, const channel_message *m, arena *perm) {
  json_writer *w = json_write(perm);
  json_begin_object(w, NULL);
  json_put_text(w, "subject", m->subject);
  json_begin_object(w, "body");
  json_put_text(w, "contentType", m->html.n ? SLICE("html") : SLICE("text"));
  json_put_text(w, "content", m->html.n ? m->html : m->text);
  json_end(w);
  put_address(w, "from", s->from.address, s->from.name);
  json_begin_list(w, "toRecipients");
  put_address(w, NULL, m->to, m->to_name);
  json_end(w);
  put_parts(w, m, perm);
  json_begin_list(w, "internetMessageHeaders");
  json_begin_object(w, NULL);
  json_put_text(w, "name", SLICE("x-dun-key"));
  json_put_text(w, "value", m->key);
  json_end(w);
  json_end(w);
  json_begin_list(w, "singleValueExtendedProperties");
  json_begin_object(w, NULL);
  json_put_text(w, "id", SLICE(MARK));
  json_put_text(w, "value", m->key);
  json_end(w);
  json_end(w);
  json_end(w);
  return json_written(w);
}

/* "<A@B>" without the brackets: as an answer to the message names it. */
static slice message_id(const json *j) {
  slice id = slice_trim(json_text_at(j, "internetMessageId"));
  bool bracketed = id.n > 2 && id.p[0] == '<' && id.p[id.n - 1] == '>';
  return bracketed ? (slice){id.p + 1, id.n - 2} : id;
}

/* Best effort: one that stays harms nobody, and is looked for before the message is made anew after a time-out. */
static bool discard(sender *s, slice id, arena *perm) {
  http_answer answer = call(s, "DELETE", message_path(s, id, "", perm), NULL, false, perm);
  return good(&answer);
}

static send_result send_outlook(sender *s, const channel_message *m, arena *perm) {
  if (!email_address_valid(m->to))
    return (send_result){.outcome = SEND_REJECTED, .detail = SLICE("not one valid e-mail address")};
  slice body = draft_of(s, m, perm);
  http_answer answer = call(s, "POST", s->messages, &body, false, perm);
  const json *draft = good(&answer) ? said(&answer, perm) : NULL;
  slice id = json_text_at(draft, "id"), mail_id = message_id(draft);
  send_result r = outcome_of(s, &answer, perm);
  if (!id.n) {
    /* Whatever became of the draft, it was not sent. */
    if (r.outcome == SEND_ACCEPTED || r.outcome == SEND_UNKNOWN) r.outcome = SEND_RETRY;
    return r;
  }
  const slice nothing = {"", 0};
  answer = call(s, "POST", message_path(s, id, "/send", perm), &nothing, false, perm);
  r = outcome_of(s, &answer, perm);
  if (answer.end == HTTP_OK && answer.status >= 500) r.outcome = SEND_UNKNOWN;
  r.provider_id = mail_id.n ? mail_id : id;
  if (r.outcome != SEND_ACCEPTED && r.outcome != SEND_UNKNOWN) (void)discard(s, id, perm);
  return r;
}

/* ---- what became of it ---- */

static send_result not_known(const char *why) {
  return (send_result){.outcome = SEND_UNKNOWN, .detail = slice_of(why)};
}

static send_result find_outlook(sender *s, const channel_message *m, int64_t begun_s, arena *perm) {
  int64_t now_s = s->w->now_ns(s->w) / 1000000000;
  slice filter = arena_printf(perm, "singleValueExtendedProperties/Any(ep: ep/id eq '" MARK "' and ep/value eq '%.*s')",
                              SLICE_ARG(m->key));
  slice path = arena_printf(perm, "%.*s?$filter=%.*s&$select=id,isDraft,internetMessageId&$top=%d",
                            SLICE_ARG(s->messages), SLICE_ARG(percent_encoded(filter, perm)), FOUND_MAX);
  http_answer answer = call(s, "GET", path, NULL, true, perm);
  const json *j = said(&answer, perm), *found = json_at(j, "value");
  if (!good(&answer) || json_kind_of(found) != JSON_LIST) return not_known("the mailbox could not be searched");
  for (size_t i = 0; i < json_count(found); i++) {
    const json *one = json_item(found, i);
    if (json_kind_of(json_at(one, "isDraft")) != JSON_FALSE) continue;
    return (send_result){
        .outcome = SEND_ACCEPTED, .provider_id = message_id(one), .detail = SLICE("it is among what the mailbox sent")};
  }
  if (now_s - begun_s < SETTLED_SECONDS) return not_known("it may still be on its way out of the mailbox");
  for (size_t i = 0; i < json_count(found); i++)
    if (!discard(s, json_text_at(json_item(found, i), "id"), perm))
      return not_known("its draft could not be taken back");
  return (send_result){.outcome = SEND_RETRY, .detail = SLICE("the mailbox has not sent it")};
}

/* Asks for one of the mailbox's messages: reads, and makes nothing. */
static bool check_outlook(sender *s, channel_say *say, void *self, arena *perm) {
  http_answer a =
      call(s, "GET", arena_printf(perm, "%.*s?$top=1&$select=id", SLICE_ARG(s->messages)), NULL, true, perm);
  bool fine = good(&a);
  say(self, fine, fine ? SLICE("the login counts, and the mailbox can be read") : outcome_of(s, &a, perm).detail,
      fine ? (slice){0}
           : SLICE("look at `tenant`, `client` and `secret` of the connect line, and in Microsoft Entra at the "
                   "application permissions Mail.ReadWrite and Mail.Send"));
  return fine;
}

const channel_driver EMAIL_OUTLOOK = {.kind = "email",
                                      .vendor = "outlook",
                                      .channels = 1u << CH_EMAIL,
                                      .real = true,
                                      .open = open_outlook,
                                      .send = send_outlook,
                                      .close = close_outlook,
                                      .rate = {.per_minute = 30, .at_once = 4}, /* Exchange Online: 30 a minute */
                                      .parts_max = PARTS_BYTES_MAX,
                                      .find = find_outlook,
                                      .address = ADDRESS,
                                      .check = check_outlook};
