/* See live.h. */
#include "live.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lang/base/text.h"
#include "runtime/store/changes.h"
#include "runtime/store/people.h"

enum { TOKEN_MAX = 256, INSTANCE_BYTES = 8 };
static const unsigned EVERYTHING = (1u << LIVE_TOPIC_COUNT) - 1;

/* One browser that listens. */
typedef struct listener {
  stream *s; /* NULL: nobody */
  char token[TOKEN_MAX];
  size_t token_n;
  uint64_t since; /* counts who joined */
} listener;

struct live {
  world *w;
  store *s;
  int wake; /* an eventfd */
  pthread_t thread;
  bool has_thread;
  pthread_mutex_t lock; /* over all below */
  bool ends;
  listener v[LIVE_STREAMS_MAX];
  uint64_t joined;
  char instance[INSTANCE_BYTES * 2 + 1]; /* of this run of the service: numbers begin anew with each */
  uint64_t number;                       /* of the last message */
  unsigned topics[LIVE_KEPT];            /* of the message n, at n % LIVE_KEPT */
  store_looked looked;                   /* the thread's own, as all below */
  unsigned waiting;                      /* topics that are to be told */
  int64_t told_ns, heart_ns, vague_ns;
};

/* ---- what a change concerns ---- */

#define T(id) (1u << LIVE_##id)

static unsigned topics_of(const store_changes *c, bool *explained) {
  static const unsigned GREW[STORE_MARK_COUNT] = {
#define TOPIC(id, name)
#define GREW(mark, topics) [STORE_MARK_##mark] = (topics),
#define SAID(kind, topics)
#include "live_topics.def"
  };
  static const struct {
    const char *kind;
    unsigned topics;
  } SAID[] = {
#define TOPIC(id, name)
#define GREW(mark, topics)
#define SAID(kind, topics) {kind, topics},
#include "live_topics.def"
  };
  enum { SAID_COUNT = sizeof SAID / sizeof *SAID };
  unsigned out = c->kind_count ? T(AUDIT) : 0;
  for (int m = 0; m < STORE_MARK_COUNT; m++)
    if (c->grew & (1u << m)) out |= GREW[m];
  for (size_t i = 0; i < c->kind_count; i++) {
    size_t k = 0;
    while (k < SAID_COUNT && !slice_eq(c->kind[i], slice_of(SAID[k].kind))) k++;
    out |= k < SAID_COUNT ? SAID[k].topics : EVERYTHING;
  }
  *explained = out || c->kind_count;
  return c->more ? EVERYTHING : out;
}

/* id: INSTANCE.N, event: changed, data: {"version":N,"topics":["board"]} */
static slice message(const live *l, uint64_t number, unsigned topics, arena *perm) {
  static const char *const NAMES[] = {
#define TOPIC(id, name) name,
#define GREW(mark, topics)
#define SAID(kind, topics)
#include "live_topics.def"
  };
  text t = text_new(perm);
  text_printf(&t, "id: %s.%" PRIu64 "\nevent: changed\ndata: {\"version\":%" PRIu64 ",\"topics\":[", l->instance,
              number, number);
  bool first = true;
  for (int i = 0; i < LIVE_TOPIC_COUNT; i++) {
    if (!(topics & (1u << i))) continue;
    text_printf(&t, "%s\"%s\"", first ? "" : ",", NAMES[i]);
    first = false;
  }
  text_add(&t, SLICE("]}\n\n"));
  return text_slice(&t);
}

/* ---- telling; with the lock held ---- */

static void end_one(listener *x) {
  stream_let_go(x->s);
  *x = (listener){.s = NULL};
}

static void tell(live *l, slice bytes) {
  for (size_t i = 0; i < LIVE_STREAMS_MAX; i++)
    if (l->v[i].s && !stream_put(l->v[i].s, bytes)) end_one(&l->v[i]);
}

/* What somebody missed who heard the message `last`; of another run, or too long ago: anything. */
static unsigned missed(const live *l, slice last) {
  size_t n = strlen(l->instance);
  uint64_t heard = 0;
  if (last.n == 0) return 0;
  if (last.n < n + 2 || last.n > n + 20 || memcmp(last.p, l->instance, n) != 0 || last.p[n] != '.') return EVERYTHING;
  for (size_t i = n + 1; i < last.n; i++) {
    if (last.p[i] < '0' || last.p[i] > '9') return EVERYTHING;
    heard = heard * 10 + (uint64_t)(last.p[i] - '0');
  }
  if (heard > l->number || l->number - heard > LIVE_KEPT) return EVERYTHING;
  unsigned topics = 0;
  for (uint64_t i = heard + 1; i <= l->number; i++) topics |= l->topics[i % LIVE_KEPT];
  return topics;
}

/* NULL: there is none. Of one session's streams the oldest goes first: mostly a page that was left, and is not known to
 * be. */
static listener *room_for(live *l, slice token) {
  listener *room = NULL, *oldest = NULL;
  size_t same = 0;
  for (size_t i = 0; i < LIVE_STREAMS_MAX; i++) {
    listener *x = &l->v[i];
    if (!x->s) {
      room = x;
    } else if (x->token_n == token.n && memcmp(x->token, token.p, token.n) == 0) {
      same++;
      if (!oldest || x->since < oldest->since) oldest = x;
    }
  }
  if (same < LIVE_STREAMS_EACH) return room;
  end_one(oldest);
  return oldest;
}

stream *live_join(live *l, slice token, slice last) {
  stream *s = NULL;
  if (token.n == 0 || token.n > TOKEN_MAX) return NULL;
  pthread_mutex_lock(&l->lock);
  listener *room = room_for(l, token);
  if (room && !l->ends) {
    arena *scratch = arena_new();
    *room = (listener){.s = s = stream_new(), .token_n = token.n, .since = l->joined++};
    memcpy(room->token, token.p, token.n);
    (void)stream_put(s, SLICE("retry: 2000\n\n"));
    unsigned topics = missed(l, last);
    /* The number alone tells somebody new from where on to count. */
    (void)stream_put(s, message(l, l->number, topics, scratch));
    arena_free(scratch);
  }
  pthread_mutex_unlock(&l->lock);
  live_nudge(l);
  return s;
}

/* ---- its thread ---- */

static bool anybody(live *l) {
  pthread_mutex_lock(&l->lock);
  bool yes = false;
  for (size_t i = 0; i < LIVE_STREAMS_MAX && !yes; i++) yes = l->v[i].s != NULL;
  pthread_mutex_unlock(&l->lock);
  return yes;
}

/* Whose session has ended, or who may not come in any more. The store is asked without the lock: it may take a while.
 */
static void look_who(live *l) {
  for (size_t i = 0; i < LIVE_STREAMS_MAX; i++) {
    char token[TOKEN_MAX];
    pthread_mutex_lock(&l->lock);
    stream *s = l->v[i].s;
    size_t n = l->v[i].token_n;
    memcpy(token, l->v[i].token, n);
    pthread_mutex_unlock(&l->lock);
    if (!s) continue;
    arena *scratch = arena_new();
    store_person who;
    people_session session;
    bool stale;
    store_code code = people_session_of(l->s, (slice){token, n}, scratch, &who, &session, &stale);
    arena_free(scratch);
    pthread_mutex_lock(&l->lock);
    if (code == STORE_END && l->v[i].s == s) end_one(&l->v[i]);
    pthread_mutex_unlock(&l->lock);
  }
}

static void look(live *l, int64_t now) {
  enum { VAGUE_MS = 5000 };
  arena *scratch = arena_new();
  store_changes c;
  bool explained;
  if (store_changes_look(l->s, &l->looked, scratch, &c) == STORE_OK && c.any) {
    l->waiting |= topics_of(&c, &explained);
    /* A row was changed in its place by nobody who says so: a message's state, how far an ERP was read. */
    if (!explained && now - l->vague_ns >= VAGUE_MS * INT64_C(1000000)) {
      l->waiting |= T(TODAY) | T(OUTBOX) | T(CONNECTIONS);
      l->vague_ns = now;
    }
  }
  arena_free(scratch);
}

static void tell_what_waits(live *l, int64_t now) {
  if (!l->waiting || now - l->told_ns < LIVE_APART_MS * INT64_C(1000000)) return;
  arena *scratch = arena_new();
  look_who(l);
  pthread_mutex_lock(&l->lock);
  l->number++;
  l->topics[l->number % LIVE_KEPT] = l->waiting;
  tell(l, message(l, l->number, l->waiting, scratch));
  pthread_mutex_unlock(&l->lock);
  arena_free(scratch);
  l->waiting = 0;
  l->told_ns = l->heart_ns = now;
}

static void beat(live *l, int64_t now) {
  if (now - l->heart_ns < LIVE_HEART_MS * INT64_C(1000000)) return;
  l->heart_ns = now;
  look_who(l);
  pthread_mutex_lock(&l->lock);
  tell(l, SLICE(": still here\n\n"));
  pthread_mutex_unlock(&l->lock);
}

static bool is_over(live *l) {
  pthread_mutex_lock(&l->lock);
  bool yes = l->ends;
  pthread_mutex_unlock(&l->lock);
  return yes;
}

/* With nobody there it waits for somebody; what changed until then is looked over once. */
static void *run(void *self) {
  live *l = self;
  bool was = false;
  while (!is_over(l)) {
    struct pollfd p = {.fd = l->wake, .events = POLLIN};
    uint64_t nudges;
    bool is = anybody(l);
    if (poll(&p, 1, is ? LIVE_LOOK_MS : -1) > 0) (void)!read(l->wake, &nudges, sizeof nudges);
    int64_t now = l->w->monotonic_ns(l->w);
    is = anybody(l);
    if (is) look(l, now);
    if (!was) l->waiting = 0; /* of before: whoever came asks for what he shows */
    if (is && was) {
      tell_what_waits(l, now);
      beat(l, now);
    }
    was = is;
  }
  return NULL;
}

/* ---- its life ---- */

static bool start(live *l) {
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return false;
  l->has_thread = pthread_create(&l->thread, NULL, run, l) == 0;
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  return l->has_thread;
}

live *live_open(world *w, const char *store_url, store_error *why) {
  live *l = calloc(1, sizeof *l);
  uint8_t random[INSTANCE_BYTES];
  if (!l) arena_exhausted();
  l->w = w;
  l->wake = -1;
  pthread_mutex_init(&l->lock, NULL);
  bool fine = store_open(w, store_url, &l->s, why) == STORE_OK && store_keeps_little(l->s) == STORE_OK;
  if (fine) {
    snprintf(why->text, sizeof why->text, "this machine gives no further thread");
    l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    fine = l->wake >= 0 && w->random(w, random, sizeof random) == WORLD_OK;
  }
  for (size_t i = 0; fine && i < sizeof random; i++) snprintf(l->instance + i * 2, 3, "%02x", random[i]);
  if (fine && start(l)) return l;
  live_close(l);
  return NULL;
}

void live_nudge(live *l) {
  const uint64_t one = 1;
  (void)!write(l->wake, &one, sizeof one);
}

void live_close(live *l) {
  if (!l) return;
  pthread_mutex_lock(&l->lock);
  l->ends = true;
  pthread_mutex_unlock(&l->lock);
  if (l->has_thread) {
    live_nudge(l);
    pthread_join(l->thread, NULL);
  }
  for (size_t i = 0; i < LIVE_STREAMS_MAX; i++)
    if (l->v[i].s) end_one(&l->v[i]);
  if (l->wake >= 0) close(l->wake);
  store_close(l->s);
  pthread_mutex_destroy(&l->lock);
  free(l);
}
