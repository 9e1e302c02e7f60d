/* What browsers are told while a page is open: that something changed, by topics (live_topics.def), whoever changed it:
 * this service, its tick, or another program on the same store. A thread of its own looks at the store (changes.h).
 *
 * Invariants: what changed is told at least once to everybody who listens, and a listener who was away asks for
 * everything anew unless nothing was missed; nothing but topics is said; whose session has ended hears nothing more. */
#ifndef DUN_SERVE_LIVE_H
#define DUN_SERVE_LIVE_H

#include "runtime/store/store.h"
#include "stream.h"

enum {
  LIVE_STREAMS_MAX = 64,
  LIVE_STREAMS_EACH = 8, /* of one session: tabs */
  LIVE_LOOK_MS = 150,
  LIVE_APART_MS = 1000,  /* between two messages: what comes faster is told together */
  LIVE_HEART_MS = 15000, /* a stream that says nothing is thought dead by what stands between */
  LIVE_KEPT = 64         /* messages that somebody may have missed */
};

typedef enum live_topic {
#define TOPIC(id, name) LIVE_##id,
#define GREW(mark, topics)
#define SAID(kind, topics)
#include "live_topics.def"
  LIVE_TOPIC_COUNT
} live_topic;

typedef struct live live;

/* NULL: *why. */
live *live_open(world *w, const char *store_url, store_error *why);
void live_close(live *l); /* NULL is allowed */
/* Something may have changed: it looks at once. */
void live_nudge(live *l);

/* A stream for the session of this token; `last`: what the browser heard last (Last-Event-ID), empty: nothing. NULL:
 * there are too many. */
stream *live_join(live *l, slice token, slice last);

#endif
