/* What comes in from a service by itself: a webhook. The server (runtime/serve) keeps each one's raw bytes, asks the
 * connector or channel that it is for whether it is genuine and what it says, and lets only this out.
 *
 * Invariants: the signature is over the raw bytes, compared in constant time, before anything is read; a webhook is a
 * hint: it may stop a message, never mark something as paid (the ERP is read for that); an event's id counts once. */
#ifndef DUN_NET_HOOK_H
#define DUN_NET_HOOK_H

#include "net.h"
#include "settings.h"

enum { HOOK_BYTES_MAX = 1 << 20, HOOK_SECONDS_APART = 300 };

typedef struct hook_request {
  slice method;
  slice url;         /* as the sender called it, with scheme, host and query: some signatures cover it */
  slice path, query; /* of it; `query` without the question mark */
  const http_header *headers;
  size_t header_count; /* names in lower case */
  slice body;          /* the raw bytes */
  int64_t now_s;
} hook_request;

/* Empty: there is none of that name (lower case). */
static inline slice hook_header(const hook_request *r, const char *name) {
  for (size_t i = 0; i < r->header_count; i++)
    if (slice_eq(r->headers[i].name, slice_of(name))) return r->headers[i].value;
  return (slice){0};
}

/* HOOK_KIND(id, what it says) */
#define HOOK_KINDS(HOOK_KIND)                                                                                          \
  HOOK_KIND(STATUS, "what became of a message, by the provider's name for it")                                         \
  HOOK_KIND(REPLY, "somebody wrote")                                                                                   \
  HOOK_KIND(OPT_OUT, "somebody wants no more messages")                                                                \
  HOOK_KIND(OPT_IN, "somebody wants messages again")                                                                   \
  HOOK_KIND(UNCLEAR, "something about a message that a person is to read")                                             \
  HOOK_KIND(CHANGED, "something changed in the ERP: read it")                                                          \
  HOOK_KIND(PAID_HINT, "the ERP says paid: hold back, and read it")                                                    \
  HOOK_KIND(DOCUMENT, "what became of a document")                                                                     \
  HOOK_KIND(ERP_EVENT, "an event of the ERP's catalogue, for `on sap order created`")

typedef enum hook_kind {
#define HOOK_KIND(id, words) HOOK_##id,
  HOOK_KINDS(HOOK_KIND)
#undef HOOK_KIND
      HOOK_KIND_COUNT
} hook_kind;

typedef struct hook_value {
  slice name, value;
} hook_value;

typedef struct hook_event {
  hook_kind kind;
  slice id;             /* the provider's for this event, or made of what it says: counted once */
  slice provider_id;    /* of the message or document; of a REPLY: of the message that it answers */
  slice key;            /* STATUS: our own key of the message, where the provider gives it back; else empty */
  const char *state;    /* STATUS: of an action: "accepted", "delivered", "read", "replied", "rejected" */
  slice detail;         /* a code; no personal datum */
  slice from;           /* REPLY, OPT_OUT, OPT_IN: the address or number */
  slice text;           /* REPLY: what was written */
  slice entity;         /* CHANGED, PAID_HINT: the ERP's id of the row; ERP_EVENT: its name, "order created" */
  const char *table;    /* CHANGED: "invoice", "customer", "contract" */
  const connection *as; /* whose it is, where that is not the line that it came by: an ERP's row, a channel's words */
  int64_t at_s;         /* when it happened, as the provider says; 0: it does not */
  const hook_value *values; /* ERP_EVENT: what a rule may ask of it */
  size_t value_count;
} hook_event;

/* HOOK_ANSWER(id, HTTP status) */
#define HOOK_ANSWERS(HOOK_ANSWER)                                                                                      \
  HOOK_ANSWER(TAKEN, 200)                                                                                              \
  HOOK_ANSWER(NOT_GENUINE, 401)                                                                                        \
  HOOK_ANSWER(TOO_OLD, 401)                                                                                            \
  HOOK_ANSWER(NOT_UNDERSTOOD, 400)

typedef enum hook_answer {
#define HOOK_ANSWER(id, status) HOOK_ANSWER_##id,
  HOOK_ANSWERS(HOOK_ANSWER)
#undef HOOK_ANSWER
      HOOK_ANSWER_COUNT
} hook_answer;

typedef struct hook_events {
  hook_event *v; /* in the caller's arena */
  size_t count;
  slice say; /* what to answer with, where the provider wants words (a challenge); else empty */
} hook_events;

/* A member of a channel's or connector's descriptor. Reaches nobody. */
typedef hook_answer hook_reader(world *w, const connection *c, const hook_request *r, arena *perm, hook_events *out);

#endif
