/* `connect signature clicksign with token from env "CLICKSIGN_TOKEN" and secret from env "CLICKSIGN_SECRET"`: API 3.0,
 * JSON:API. `secret` is of its webhooks; the sandbox is another address.
 *
 * An envelope is put together by several calls as a draft, which nobody but us sees; one call makes it run, and one
 * more has Clicksign write to the signer. It carries our key in its name, the one thing that envelopes can be looked
 * for by: what an earlier try left is found before anything is made. A draft is thrown away; of a running one only the
 * signer is still to be told.
 *
 * Invariants: for one decision at most one envelope runs; before the call that makes it run no failure leaves more than
 * a draft; what nobody knows of that call and the next is `unknown`, until Clicksign or a person says more. */
#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "signature.h"
#include "stdlib/net/api.h"
#include "stdlib/net/http_text.h"
#include "stdlib/net/json.h"
#include "stdlib/net/sign.h"

enum {
  TOTAL_MS = 4000,      /* of each call */
  BEGUN_MS_MAX = 11000, /* no draft is made to run later: the last two calls are within one of the outbox */
  ANSWER_BYTES_MAX = 4 << 20,
  FIND_PATIENCE_S = 5,
  KEY_CHARACTERS = 24, /* of the decision's key, in a name */
  NAME_CHARACTERS_MAX = 200
};

#define ADDRESS "https://app.clicksign.com"
#define JSON_API "application/vnd.api+json"
static const char SERVICE[] = "Clicksign";

typedef struct status_row {
  int status;
  send_outcome outcome;
  const char *words;
} status_row;
static const status_row ROWS[] = {
#define CLICKSIGN_STATUS(status, outcome, en, pt, es) {status, SEND_##outcome, en},
#include "clicksign.def"
#undef CLICKSIGN_STATUS
};

struct sender {
  world *w;
  api *a;
  http_piece proof[1];
};

/* ---- the connect line ---- */

static sender *open_clicksign(world *w, arena *perm, const sender_options *o, slice *why) {
  const connection *c = o->connect;
  sender *s = ARENA_NEW(perm, sender);
  api_options *options = ARENA_NEW(perm, api_options);
  *s = (sender){.w = w};
  if (!connection_needs_secret(w, perm, c, "token", "token from env \"CLICKSIGN_TOKEN\"", &s->proof[0].hidden, why))
    return NULL;
  *options = (api_options){.service = SERVICE,
                           .connect = c,
                           .base = ADDRESS,
                           .limits = {.per_minute = 120, .at_once = 2},
                           .total_ms = TOTAL_MS,
                           .body_max = ANSWER_BYTES_MAX,
                           .proof = {.name = "Authorization", .pieces = s->proof, .count = 1}};
  s->a = api_open(w, perm, options, why);
  return s->a ? s : NULL;
}

static void close_clicksign(sender *s) {
  if (s) api_close(s->a);
}

/* ---- calls ---- */

static bool good(const http_answer *answer) {
  return answer->end == HTTP_OK && answer->status >= 200 && answer->status < 300;
}

static const json *said(const http_answer *answer, arena *perm) {
  slice why;
  return answer->end == HTTP_OK && answer->body.n ? json_parse(answer->body, perm, &why) : NULL;
}

static send_result outcome_of(const sender *s, const http_answer *answer, arena *perm) {
  send_result r = api_outcome(s->a, answer, perm);
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS && answer->end == HTTP_OK; i++) {
    if (ROWS[i].status != answer->status) continue;
    r.outcome = ROWS[i].outcome;
    r.detail = arena_printf(perm, "%s: %s (%d)", SERVICE, ROWS[i].words, ROWS[i].status);
    if (r.outcome == SEND_RETRY && !r.retry_s) r.retry_s = http_retry_after_s(answer, 0);
  }
  return r;
}

static http_answer call(sender *s, const char *method, slice path, const slice *body, arena *perm) {
  static const http_header ACCEPT = {{"Accept", 6}, {JSON_API, sizeof JSON_API - 1}};
  http_piece piece = {.text = body ? *body : (slice){0}};
  const api_request c = {.method = method,
                         .path = path,
                         .headers = &ACCEPT,
                         .header_count = 1,
                         .type = body ? JSON_API : NULL,
                         .body = body ? &piece : NULL,
                         .body_count = body ? 1 : 0,
                         .safe = strcmp(method, "GET") == 0};
  return api_ask(s->a, &c, perm);
}

/* An id as Clicksign gives it: it goes into paths. */
static bool id_valid(slice s) {
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    bool plain = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == '-';
    if (!plain) return false;
  }
  return s.n > 0 && s.n <= 64;
}

static slice path_of(slice envelope, const char *below, arena *perm) {
  return arena_printf(perm, "/api/v3/envelopes/%.*s%s", SLICE_ARG(envelope), below);
}

/* ---- what is there already ---- */

/* "Addendum C-17 [dun 1f2e...]" */
static slice mark_of(const channel_message *m, arena *perm) {
  slice key = m->key.n > KEY_CHARACTERS ? (slice){m->key.p, KEY_CHARACTERS} : m->key;
  return arena_printf(perm, "[dun %.*s]", SLICE_ARG(key));
}

typedef struct lying {
  slice running, closed, cancelled; /* ids; empty: none */
  slice drafts[8];
  size_t draft_count;
} lying;

static bool look(sender *s, const channel_message *m, arena *perm, lying *out, http_answer *answer) {
  text path = text_new(perm);
  text_cstr(&path, "/api/v3/envelopes?filter%5Bname%5D=");
  http_percent(&path, mark_of(m, perm));
  *out = (lying){.draft_count = 0};
  *answer = call(s, "GET", text_slice(&path), NULL, perm);
  const json *list = json_at(said(answer, perm), "data");
  if (!good(answer) || json_kind_of(list) != JSON_LIST) return false;
  for (size_t i = 0; i < json_count(list); i++) {
    const json *one = json_item(list, i);
    slice id = json_text_at(one, "id"), status = json_text_at(one, "attributes.status"), mark = mark_of(m, perm);
    slice name = json_text_at(one, "attributes.name");
    if (!id_valid(id) || !name.n || !memmem(name.p, name.n, mark.p, mark.n)) continue;
    if (slice_eq(status, SLICE("running"))) out->running = id;
    if (slice_eq(status, SLICE("closed"))) out->closed = id;
    if (slice_eq(status, SLICE("canceled"))) out->cancelled = id;
    if (slice_eq(status, SLICE("draft")) && out->draft_count < sizeof out->drafts / sizeof *out->drafts)
      out->drafts[out->draft_count++] = id;
  }
  return true;
}

static bool discard(sender *s, slice envelope, arena *perm) {
  http_answer answer = call(s, "DELETE", path_of(envelope, "", perm), NULL, perm);
  return good(&answer) || (answer.end == HTTP_OK && answer.status == 404);
}

/* The document of a running one: what webhooks name. */
static slice document_of(sender *s, slice envelope, arena *perm) {
  http_answer answer = call(s, "GET", path_of(envelope, "/documents", perm), NULL, perm);
  return good(&answer) ? json_text_at(said(&answer, perm), "data[0].id") : (slice){0};
}

/* ---- a draft ---- */

static json_writer *begin(const char *kind, slice id, arena *perm) {
  json_writer *w = json_write(perm);
  json_begin_object(w, NULL);
  json_begin_object(w, "data");
  json_put_text(w, "type", slice_of(kind));
  if (id.n) json_put_text(w, "id", id);
  json_begin_object(w, "attributes");
  return w;
}
static slice done(json_writer *w) {
  json_end(w);
  json_end(w);
  return json_written(w);
}
static slice done_plain(json_writer *w) {
  json_end(w);
  return done(w);
}

static void put_relation(json_writer *w, const char *name, const char *kind, slice id) {
  json_begin_object(w, name);
  json_begin_object(w, "data");
  json_put_text(w, "type", slice_of(kind));
  json_put_text(w, "id", id);
  json_end(w);
  json_end(w);
}

static slice envelope_words(const channel_message *m, const signature_order *o, arena *perm) {
  json_writer *w = begin("envelopes", (slice){0}, perm);
  slice title = utf8_head(o->title, NAME_CHARACTERS_MAX);
  json_put_text(w, "name", arena_printf(perm, "%.*s %.*s", SLICE_ARG(title), SLICE_ARG(mark_of(m, perm))));
  json_put_text(w, "locale", o->language == LANG_PT ? SLICE("pt-BR") : SLICE("en-US"));
  json_put_bool(w, "auto_close", true);
  return done_plain(w);
}

static slice document_words(const signature_order *o, arena *perm) {
  json_writer *w = begin("documents", (slice){0}, perm);
  json_put_text(w, "filename", o->file);
  json_put_text(w, "content_base64", signature_base64(SLICE("data:application/pdf;base64,"), o->pdf, perm));
  return done_plain(w);
}

static slice signer_words(const signature_order *o, arena *perm) {
  json_writer *w = begin("signers", (slice){0}, perm);
  json_put_text(w, "name", o->name);
  json_put_text(w, "email", o->email);
  json_put_bool(w, "refusable", true);
  json_begin_object(w, "communicate_events");
  json_put_text(w, "signature_request", SLICE("email"));
  json_put_text(w, "signature_reminder", SLICE("email"));
  json_put_text(w, "document_signed", SLICE("email"));
  json_end(w);
  return done_plain(w);
}

static slice requirement_words(const char *doing, const char *name, const char *value, slice document, slice signer,
                               arena *perm) {
  json_writer *w = begin("requirements", (slice){0}, perm);
  json_put_text(w, "action", slice_of(doing));
  json_put_text(w, name, slice_of(value));
  json_end(w);
  json_begin_object(w, "relationships");
  put_relation(w, "document", "documents", document);
  put_relation(w, "signer", "signers", signer);
  json_end(w);
  return done(w);
}

/* One more piece: its id, where Clicksign made it; else *r says what came of it. */
static slice add(sender *s, slice path, slice words, arena *perm, send_result *r) {
  http_answer answer = call(s, "POST", path, &words, perm);
  slice id = good(&answer) ? json_text_at(said(&answer, perm), "data.id") : (slice){0};
  if (id_valid(id)) return id;
  *r = outcome_of(s, &answer, perm);
  /* Whatever became of a piece, nobody has seen it. */
  if (r->outcome == SEND_ACCEPTED || r->outcome == SEND_UNKNOWN) r->outcome = SEND_RETRY;
  if (good(&answer)) r->detail = SLICE("Clicksign's answer has no id");
  return (slice){0};
}

/* *document is set where the whole draft stands. */
static slice make_draft(sender *s, const channel_message *m, const signature_order *o, arena *perm, slice *document,
                        send_result *r) {
  slice signer = {0};
  slice envelope = add(s, SLICE("/api/v3/envelopes"), envelope_words(m, o, perm), perm, r);
  if (!envelope.n) return envelope;
  *document = add(s, path_of(envelope, "/documents", perm), document_words(o, perm), perm, r);
  if (document->n) signer = add(s, path_of(envelope, "/signers", perm), signer_words(o, perm), perm, r);
  bool fine = signer.n &&
              add(s, path_of(envelope, "/requirements", perm),
                  requirement_words("agree", "role", "sign", *document, signer, perm), perm, r)
                  .n &&
              add(s, path_of(envelope, "/requirements", perm),
                  requirement_words("provide_evidence", "auth", "email", *document, signer, perm), perm, r)
                  .n;
  if (fine) return envelope;
  (void)discard(s, envelope, perm);
  return (slice){0};
}

/* ---- and away ---- */

/* Clicksign writes to the signer. The envelope runs whatever comes of it: it is not made anew, but told of again. */
static send_result tell(sender *s, slice envelope, slice document, arena *perm) {
  slice words = done_plain(begin("notifications", (slice){0}, perm));
  http_answer answer = call(s, "POST", path_of(envelope, "/notifications", perm), &words, perm);
  send_result r = outcome_of(s, &answer, perm);
  r.provider_id = document;
  if (r.outcome == SEND_REJECTED) r.outcome = SEND_RETRY;
  return r;
}

static send_result run(sender *s, slice envelope, slice document, arena *perm) {
  json_writer *w = begin("envelopes", envelope, perm);
  json_put_text(w, "status", SLICE("running"));
  slice words = done_plain(w);
  http_answer answer = call(s, "PATCH", path_of(envelope, "", perm), &words, perm);
  send_result r = outcome_of(s, &answer, perm);
  r.provider_id = document;
  if (r.outcome == SEND_ACCEPTED) return tell(s, envelope, document, perm);
  if (r.outcome != SEND_UNKNOWN) (void)discard(s, envelope, perm);
  return r;
}

static send_result left_there(sender *s, const lying *l, arena *perm) {
  if (l->running.n) return tell(s, l->running, document_of(s, l->running, perm), perm);
  if (l->closed.n)
    return (send_result){.outcome = SEND_ACCEPTED,
                         .provider_id = document_of(s, l->closed, perm),
                         .detail = SLICE("it is among Clicksign's envelopes")};
  return (send_result){.outcome = SEND_REJECTED, .detail = SLICE("it was cancelled at Clicksign")};
}

static send_result send_clicksign(sender *s, const channel_message *m, arena *perm) {
  signature_order o;
  slice why, document = {0};
  lying l;
  http_answer answer;
  send_result r = {.outcome = SEND_RETRY};
  int64_t begun_ns = s->w->monotonic_ns(s->w);
  if (!signature_read(m, "clicksign", perm, &o, &why)) return (send_result){.outcome = SEND_REJECTED, .detail = why};
  api_patience(s->a, 0);
  if (!look(s, m, perm, &l, &answer)) {
    r = outcome_of(s, &answer, perm);
    if (r.outcome != SEND_DOWN) r.outcome = SEND_RETRY; /* nothing was asked to be done */
    return r;
  }
  if (l.running.n || l.closed.n || l.cancelled.n) return left_there(s, &l, perm);
  for (size_t i = 0; i < l.draft_count; i++) (void)discard(s, l.drafts[i], perm);
  slice envelope = make_draft(s, m, &o, perm, &document, &r);
  if (!envelope.n) return r;
  if (s->w->monotonic_ns(s->w) - begun_ns > (int64_t)BEGUN_MS_MAX * 1000000) {
    (void)discard(s, envelope, perm);
    return (send_result){.outcome = SEND_RETRY, .detail = SLICE("Clicksign answers too slowly")};
  }
  return run(s, envelope, document, perm);
}

/* ---- what became of it ---- */

static send_result not_known(const char *why) {
  return (send_result){.outcome = SEND_UNKNOWN, .detail = slice_of(why)};
}

static send_result find_clicksign(sender *s, const channel_message *m, int64_t begun_s, arena *perm) {
  int64_t age_s = s->w->now_ns(s->w) / 1000000000 - begun_s;
  lying l;
  http_answer answer;
  api_patience(s->a, FIND_PATIENCE_S);
  if (!look(s, m, perm, &l, &answer)) return not_known("Clicksign could not be asked for it");
  if (l.closed.n) return left_there(s, &l, perm);
  if (l.running.n)
    return not_known("it runs at Clicksign; whether its signer was told is not known: look there, or have it sent "
                     "again, which tells the signer of the same one");
  if (age_s < SIGNATURE_SETTLED_SECONDS) return not_known("Clicksign may still be at it");
  return (send_result){.outcome = SEND_RETRY, .detail = SLICE("Clicksign has nothing of it that runs")};
}

static bool check_clicksign(sender *s, void (*say)(void *self, bool fine, slice what, slice remedy), void *self,
                            arena *perm) {
  api_patience(s->a, FIND_PATIENCE_S);
  http_answer answer = call(s, "GET", SLICE("/api/v3/envelopes?page%5Bsize%5D=1"), NULL, perm);
  if (good(&answer)) {
    say(self, true, SLICE("the account lets us in"), (slice){0});
    return true;
  }
  send_result r = outcome_of(s, &answer, perm);
  say(self, false, r.detail.n ? r.detail : api_words(s->a, &answer, perm),
      SLICE("look at the address and `token` of the connect line: in Clicksign's settings, API"));
  return false;
}

/* ---- what comes back ---- */

static hook_answer hook_clicksign(world *w, const connection *c, const hook_request *r, arena *perm, hook_events *out) {
  static const struct {
    const char *name, *word, *state, *detail;
  } SAYS[] = {
      {"auto_close", "signed", "replied", "signed"},      {"close", "signed", "replied", "signed"},
      {"document_closed", "signed", "replied", "signed"}, {"refusal", "refused", "rejected", "refused by the signer"},
      {"deadline", "expired", "rejected", "expired"},     {"cancel", "withdrawn", "rejected", "withdrawn"}};
  secret own;
  slice why, given = hook_header(r, "content-hmac"), prefix = SLICE("sha256=");
  *out = (hook_events){0};
  if (!connection_needs_secret(w, perm, c, "secret", "secret", &own, &why) || !slice_starts(given, prefix))
    return HOOK_ANSWER_NOT_GENUINE;
  sign_key key = sign_key_of(&own);
  uint8_t hash[SIGN_SHA256_BYTES];
  sign_hmac_sha256(&key, &r->body, 1, hash);
  given = (slice){given.p + prefix.n, given.n - prefix.n};
  if (!sign_same(sign_hex((slice){(const char *)hash, sizeof hash}, perm), given)) return HOOK_ANSWER_NOT_GENUINE;
  const json *j = json_parse(r->body, perm, &why), *document = json_at(j, "document");
  slice name = json_text_at(j, "event.name");
  slice id = json_text_at(json_kind_of(document) == JSON_LIST ? json_item(document, 0) : document, "key");
  if (!name.n) return HOOK_ANSWER_NOT_UNDERSTOOD;
  for (size_t i = 0; i < sizeof SAYS / sizeof *SAYS && id.n; i++) {
    if (!slice_eq(name, slice_of(SAYS[i].name))) continue;
    hook_event *e = ARENA_NEW(perm, hook_event);
    *e = (hook_event){.kind = HOOK_DOCUMENT,
                      .id = arena_printf(perm, "%.*s:%s", SLICE_ARG(id), SAYS[i].word),
                      .provider_id = id,
                      .state = SAYS[i].state,
                      .detail = slice_of(SAYS[i].detail),
                      .at_s = signature_moment(json_text_at(j, "event.occurred_at"))};
    *out = (hook_events){.v = e, .count = 1};
  }
  return HOOK_ANSWER_TAKEN;
}

const channel_driver SIGNATURE_CLICKSIGN = {.kind = "signature",
                                            .vendor = "clicksign",
                                            .real = true,
                                            .open = open_clicksign,
                                            .send = send_clicksign,
                                            .close = close_clicksign,
                                            .rate = {.per_minute = 15, .at_once = 2},
                                            .find = find_clicksign,
                                            .address = ADDRESS,
                                            .hook = hook_clicksign,
                                            .check = check_clicksign};
