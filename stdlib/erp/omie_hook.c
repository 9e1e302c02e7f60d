/* Webhooks of Omie: `{messageId, topic, event, ...}`, without a signature; what tells that one is genuine is the token
 * in the address that was given to Omie.
 *
 * Invariant: nothing in one is believed but which row to read. */
#include <string.h>

#include "omie_impl.h"
#include "stdlib/net/sign.h"

static const struct topic {
  const char *head;
  hook_kind kind;
  const char *table, *number, *other;
} TOPICS[] = {
#define OMIE_TOPIC(head, kind, table, number, other) {head, HOOK_##kind, table, number, other},
#include "omie_topics.def"
#undef OMIE_TOPIC
};

static const struct topic *topic_of(slice name) {
  const struct topic *best = NULL;
  for (size_t i = 0; i < sizeof TOPICS / sizeof *TOPICS; i++)
    if (slice_starts(name, slice_of(TOPICS[i].head)) && (!best || strlen(TOPICS[i].head) > strlen(best->head)))
      best = &TOPICS[i];
  return best;
}

/* `?token=...`, else what stands behind the last slash. */
static slice token_in(const hook_request *r) {
  slice rest = r->query;
  while (rest.n) {
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '&') n++;
    if (slice_starts((slice){rest.p, n}, SLICE("token="))) return (slice){rest.p + 6, n - 6};
    rest = n < rest.n ? (slice){rest.p + n + 1, rest.n - n - 1} : (slice){0};
  }
  size_t from = r->path.n;
  while (from && r->path.p[from - 1] != '/') from--;
  return (slice){r->path.p + from, r->path.n - from};
}

typedef struct hearing {
  const struct topic *topic;
  slice message;
  hook_events *out;
  arena *perm;
  size_t room;
} hearing;

static void say(hearing *h, const json *row) {
  slice id = json_text_at(row, h->topic->number);
  if (!id.n || slice_eq(id, SLICE("0"))) id = json_text_at(row, h->topic->other);
  if (!id.n || slice_eq(id, SLICE("0")) || h->out->count == h->room) return;
  slice name = h->message;
  if (h->out->count) name = arena_printf(h->perm, "%.*s/%zu", SLICE_ARG(name), h->out->count + 1);
  h->out->v[h->out->count++] = (hook_event){.kind = h->topic->kind, .id = name, .entity = id, .table = h->topic->table};
}

/* An event is an object, or a list of them; one of receipts names its receivables in a list of its own. */
static void hear(hearing *h, const json *event) {
  const json *list = json_kind_of(event) == JSON_LIST ? event : json_member(event, SLICE("conta_a_receber"));
  if (!list) {
    say(h, event);
    return;
  }
  for (size_t i = 0; i < json_count(list); i++) {
    const json *row = json_item(list, i), *inner = json_member(row, SLICE("conta_a_receber"));
    if (!inner) say(h, row);
    for (size_t k = 0; k < json_count(inner); k++) say(h, json_item(inner, k));
  }
}

hook_answer omie_hook(world *w, const connection *c, const hook_request *r, arena *perm, hook_events *out) {
  enum { EVENTS_MAX = 1000 };
  secret token;
  slice variable, why;
  *out = (hook_events){0};
  if (!connection_secret(w, perm, c, "token", &token, &variable) || !sign_is_secret(&token, token_in(r)))
    return HOOK_ANSWER_NOT_GENUINE;
  const json *root = json_parse(r->body, perm, &why);
  if (json_kind_of(root) != JSON_OBJECT) return HOOK_ANSWER_NOT_UNDERSTOOD;
  if (json_member(root, SLICE("ping"))) return HOOK_ANSWER_TAKEN;
  slice message = json_text_at(root, "messageId"), topic = json_text_at(root, "topic");
  if (!message.n || !topic.n) return HOOK_ANSWER_NOT_UNDERSTOOD;
  hearing h = {.topic = topic_of(topic), .message = message, .out = out, .perm = perm, .room = EVENTS_MAX};
  if (!h.topic) return HOOK_ANSWER_TAKEN;
  out->v = ARENA_ARRAY(perm, EVENTS_MAX, hook_event);
  hear(&h, json_member(root, SLICE("event")));
  return HOOK_ANSWER_TAKEN;
}
