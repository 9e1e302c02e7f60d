/* See http_server.h. */
#include "http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "desk.h"
#include "http_answer.h"
#include "lang/base/text.h"
#include "stream.h"

/* What a connection is at. Whoever keeps us waiting has so long for it; what is asked is ours to answer. */
typedef enum stage { COMING, ASKED, TAKING, STREAMING } stage;

/* An open connection, in the order in which they began what they are at. */
typedef struct opened {
  struct opened *next, *before;
  MHD_socket socket;
  stage at;
  bool idle; /* COMING: nothing of a request has come */
  int64_t until_ns;
  stream *goes_on; /* STREAMING */
} opened;

struct http_server {
  world *w;
  struct MHD_Daemon *daemon;
  http_host host;
  desk *lane[HTTP_LANE_COUNT];
  pthread_t thread;
  int wake; /* an eventfd: a connection is awake again */
  atomic_bool ends;
  opened *first, *last;
  size_t count, body_bytes;
  int64_t looked_ns;
  char trouble[160]; /* the library's words, while it starts */
};

/* A request on its way in, and its answer. */
typedef struct incoming {
  http_asked x; /* first: what the host is given */
  http_server *h;
  struct MHD_Connection *c;
  opened *of;
  struct MHD_Response *answer; /* made by the desk, to be sent by the server's thread */
  stream *goes_on;
  char *body; /* of HOOK_BYTES_MAX at most */
  size_t n, room, answer_bytes;
  bool begun, too_long, asked;
  uint64_t passed_over;
} incoming;

static const struct {
  size_t threads, together;
  int64_t pace_ms;
} LANES[] = {
#define LANE(id, threads, together, pace) {threads, together, pace},
    HTTP_LANES(LANE)
#undef LANE
};

/* ---- connections ---- */

static void unlist(http_server *h, opened *o) {
  *(o->before ? &o->before->next : &h->first) = o->next;
  *(o->next ? &o->next->before : &h->last) = o->before;
}

static void list(http_server *h, opened *o) {
  o->before = h->last;
  o->next = NULL;
  *(h->last ? &h->last->next : &h->first) = o;
  h->last = o;
}

static void begins(http_server *h, opened *o, stage at, int64_t seconds) {
  if (!o) return;
  unlist(h, o);
  list(h, o);
  o->at = at;
  o->until_ns = h->w->monotonic_ns(h->w) + seconds * 1000000000;
}

static void cut(opened *o) {
  if (o->socket >= 0) (void)shutdown(o->socket, SHUT_RDWR);
  o->socket = -1;
}

static void make_room(http_server *h) {
  opened *o = h->first;
  while (o && (o->at == ASKED || o->at == STREAMING || o->socket < 0)) o = o->next;
  if (o) cut(o);
}

static void on_connection(void *self, struct MHD_Connection *c, void **of, enum MHD_ConnectionNotificationCode what) {
  http_server *h = self;
  opened *o = *of;
  if (what == MHD_CONNECTION_NOTIFY_STARTED) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (h->count >= HTTP_CONNECTIONS_FEW) make_room(h);
    o = calloc(1, sizeof *o);
    if (!o) arena_exhausted();
    *o = (opened){.socket = info ? info->connect_fd : -1, .idle = true};
    list(h, o);
    h->count++;
    begins(h, o, COMING, HTTP_SECONDS_MAX);
    *of = o;
  } else if (o) {
    unlist(h, o);
    h->count--;
    free(o);
    *of = NULL;
  }
}

/* Who sends a byte now and then keeps no connection open; nor does who takes one. */
static void end_slow(http_server *h) {
  enum { LOOK_NS = 100000000 };
  int64_t now = h->w->monotonic_ns(h->w);
  if (now - h->looked_ns < LOOK_NS) return;
  h->looked_ns = now;
  for (opened *o = h->first; o; o = o->next)
    if (now >= o->until_ns && (o->at == COMING || o->at == TAKING)) cut(o);
}

/* ---- a request comes ---- */

/* Who is at the other end: a proxy, where there is one. */
static slice other_end(struct MHD_Connection *c, arena *perm) {
  char said[INET6_ADDRSTRLEN] = "";
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const struct sockaddr *a = info ? info->client_addr : NULL;
  if (a && a->sa_family == AF_INET)
    (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, said, sizeof said);
  else if (a && a->sa_family == AF_INET6)
    (void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, said, sizeof said);
  return arena_slice(perm, slice_of(said));
}

static void *begin_request(void *self, const char *uri, struct MHD_Connection *c) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  incoming *r = calloc(1, sizeof *r);
  if (!r) arena_exhausted();
  r->h = self;
  r->c = c;
  r->of = info ? info->socket_context : NULL;
  r->x.perm = arena_new();
  r->x.q.target = arena_slice(r->x.perm, slice_of(uri));
  r->x.q.from = other_end(c, r->x.perm);
  if (r->of) r->of->idle = false;
  begins(r->h, r->of, COMING, HTTP_SECONDS_MAX);
  return r;
}

static void drop_body(incoming *r) {
  r->h->body_bytes -= r->room;
  r->room = 0;
  free(r->body);
  r->body = NULL;
}

static void end_request(void *self, struct MHD_Connection *c, void **of, enum MHD_RequestTerminationCode how) {
  (void)self;
  (void)c;
  (void)how;
  incoming *r = *of;
  if (!r) return;
  if (r->of) {
    r->of->idle = true;
    r->of->goes_on = NULL;
    begins(r->h, r->of, COMING, HTTP_SECONDS_MAX);
  }
  if (r->goes_on) stream_left(r->goes_on);
  if (r->x.perm) arena_free(r->x.perm);
  if (r->answer) MHD_destroy_response(r->answer);
  drop_body(r);
  free(r);
  *of = NULL;
}

/* Paths and queries stay as they came: signatures are over them. */
static size_t as_it_is(void *self, struct MHD_Connection *c, char *s) {
  (void)self;
  (void)c;
  return strlen(s);
}

typedef struct collecting {
  arena *perm;
  http_header *v;
  size_t n, room;
} collecting;

static enum MHD_Result collect(void *self, enum MHD_ValueKind kind, const char *name, const char *value) {
  collecting *x = self;
  (void)kind;
  if (x->n == x->room) return MHD_NO;
  char *lower = arena_copy(x->perm, slice_of(name));
  for (char *at = lower; *at; at++)
    if (*at >= 'A' && *at <= 'Z') *at = (char)(*at + 32);
  x->v[x->n++] = (http_header){slice_of(lower), arena_slice(x->perm, slice_of(value ? value : ""))};
  return MHD_YES;
}

/* Of one request, and of all together. */
static bool fits(const incoming *r, size_t n) {
  return n <= (size_t)HOOK_BYTES_MAX - r->n && r->h->body_bytes + n <= HTTP_BODIES_BYTES_MAX;
}

static void keep(incoming *r, const char *bytes, size_t n) {
  if (r->too_long || !fits(r, n)) {
    r->too_long = true;
    r->passed_over += n;
    return;
  }
  if (r->n + n > r->room) {
    size_t room = r->n + n > r->room * 2 ? r->n + n : r->room * 2;
    r->h->body_bytes += room - r->room;
    r->room = room;
    r->body = realloc(r->body, room);
    if (!r->body) arena_exhausted();
  }
  memcpy(r->body + r->n, bytes, n);
  r->n += n;
}

/* ---- an answer goes ---- */

/* By the server's thread, within its own reading of the stream. */
static void sleeps(void *of) { MHD_suspend_connection(((const incoming *)of)->c); }

/* By anybody's: the request is the server's again. */
static void wakes(void *of) {
  const uint64_t one = 1;
  incoming *r = of;
  int wake = r->h->wake;
  MHD_resume_connection(r->c);
  (void)!write(wake, &one, sizeof one);
}

static ssize_t read_stream(void *self, uint64_t at, char *out, size_t room) {
  (void)at;
  long n = stream_take(self, out, room);
  return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

static struct MHD_Response *body_of(const door_answer *a) {
  enum { BLOCK = 4096 };
  void *bytes = (void *)(uintptr_t)a->body.p;
  if (a->goes_on) return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream, a->goes_on, NULL);
  bool stays = a->lasting || a->body.n == 0;
  return MHD_create_response_from_buffer(a->body.n, bytes, stays ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
}

/* The whole answer, by whoever answered; what it was made of is not needed any more. */
static void make_answer(incoming *r) {
  door_answer *a = &r->x.a;
  http_said head[HTTP_SAID_MAX];
  http_conditional(&r->x.q, a);
  r->goes_on = a->goes_on;
  r->answer_bytes = a->body.n;
  r->answer = body_of(a);
  bool fine = r->answer != NULL;
  size_t n = http_head(a, r->x.perm, head);
  for (size_t i = 0; i < n && fine; i++)
    fine = MHD_add_response_header(r->answer, head[i].name, head[i].value) == MHD_YES;
  if (fine && (r->too_long || atomic_load(&r->h->ends)))
    fine = MHD_add_response_header(r->answer, "Connection", "close") == MHD_YES;
  if (!fine && r->answer) {
    MHD_destroy_response(r->answer);
    r->answer = NULL;
  }
  arena_free(r->x.perm);
  r->x.perm = NULL;
}

static enum MHD_Result send_answer(incoming *r) {
  drop_body(r);
  if (!r->answer) return MHD_NO;
  if (r->goes_on) {
    stream_attach(r->goes_on, sleeps, wakes, r);
    if (r->of) r->of->goes_on = r->goes_on;
    if (atomic_load(&r->h->ends)) stream_end(r->goes_on);
  }
  int64_t seconds = HTTP_SECONDS_MAX + (int64_t)(r->answer_bytes / HTTP_TAKING_BYTES);
  begins(r->h, r->of, r->goes_on ? STREAMING : TAKING, seconds);
  return MHD_queue_response(r->c, (unsigned)r->x.a.status, r->answer);
}

/* By a desk's thread: after a connection is awake its request is the server's again. */
static void answer_all(http_server *h, http_lane lane, size_t thread, void *const *items, size_t n) {
  http_asked *asked[HTTP_HOOKS_TOGETHER] = {0};
  for (size_t i = 0; i < n; i++) asked[i] = items[i];
  h->host.answer(h->host.self, lane, thread, asked, n);
  for (size_t i = 0; i < n; i++) {
    make_answer(items[i]);
    wakes(items[i]);
  }
}

#define LANE(id, threads, together, pace)                                                                              \
  static void at_##id(void *self, size_t thread, void *const *items, size_t n) {                                       \
    answer_all(self, HTTP_##id, thread, items, n);                                                                     \
  }
HTTP_LANES(LANE)
#undef LANE

/* ---- a request is whole ---- */

/* Whoever reads the API's answers reads this one too. */
static door_answer too_much(slice target) {
  if (!slice_starts(target, SLICE("/api/"))) return (door_answer){.status = 413};
  return (door_answer){.status = 413,
                       .type = "application/json",
                       .body =
                           SLICE("{\"error\":{\"code\":\"bad_request\",\"message\":\"that is too much at once\"}}")};
}

static enum MHD_Result ask(incoming *r) {
  enum { HEADERS_MAX = 128, AGAIN_SECONDS = 1 };
  http_server *h = r->h;
  collecting x = {.perm = r->x.perm, .v = ARENA_ARRAY(r->x.perm, HEADERS_MAX, http_header), .room = HEADERS_MAX};
  MHD_get_connection_values(r->c, MHD_HEADER_KIND, collect, &x);
  r->x.q.headers = x.v;
  r->x.q.header_count = x.n;
  r->x.q.body = (slice){r->n ? r->body : "", r->n};
  r->x.q.too_long = r->too_long;
  r->asked = true;
  http_lane lane = r->too_long ? HTTP_AT_ONCE : h->host.lane(h->host.self, &r->x.q);
  if (lane == HTTP_AT_ONCE) {
    http_asked *one = &r->x;
    r->x.a = too_much(r->x.q.target);
    if (!r->too_long) h->host.answer(h->host.self, lane, 0, &one, 1);
    make_answer(r);
    return send_answer(r);
  }
  begins(h, r->of, ASKED, 0);
  MHD_suspend_connection(r->c);
  if (desk_put(h->lane[lane], r)) return MHD_YES;
  r->x.a = (door_answer){.status = 503, .retry_s = AGAIN_SECONDS};
  make_answer(r);
  wakes(r);
  return MHD_YES;
}

/* Beyond this it is answered before it comes; what is a little too long is let pass, so that the sender is there to
 * hear of it. */
static bool announced_too_long(struct MHD_Connection *c) {
  const char *length = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Length");
  return length && (strlen(length) > 9 || strtoll(length, NULL, 10) > (long long)HOOK_BYTES_MAX * 2);
}

static enum MHD_Result take(void *self, struct MHD_Connection *c, const char *url, const char *method,
                            const char *version, const char *bytes, size_t *n, void **of) {
  incoming *r = *of;
  (void)self;
  (void)url;
  (void)version;
  if (!r->begun) {
    r->begun = true;
    r->x.q.method = arena_slice(r->x.perm, slice_of(method));
    r->too_long = announced_too_long(c);
    return r->too_long ? ask(r) : MHD_YES;
  }
  if (r->asked) return send_answer(r);
  if (*n == 0) return ask(r);
  keep(r, bytes, *n);
  *n = 0;
  return r->passed_over > HOOK_BYTES_MAX ? MHD_NO : MHD_YES;
}

/* ---- its thread ---- */

/* The library's own waiting oversleeps an answer now and then: somebody wakes a connection while it looks elsewhere. */
static void look(http_server *h) {
  enum { LOOK_MS = 250 };
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
  struct pollfd p[] = {{.fd = info ? info->epoll_fd : -1, .events = POLLIN}, {.fd = h->wake, .events = POLLIN}};
  MHD_UNSIGNED_LONG_LONG soon;
  uint64_t woken;
  int most = MHD_get_timeout(h->daemon, &soon) == MHD_YES && soon < LOOK_MS ? (int)soon : LOOK_MS;
  (void)poll(p, 2, most);
  (void)!read(h->wake, &woken, sizeof woken);
  (void)MHD_run(h->daemon);
  end_slow(h);
}

/* Who has asked is answered; who has asked nothing goes at once, and who still asks soon. */
static void end_all(http_server *h) {
  enum { PATIENCE_S = 2 };
  MHD_socket listens = MHD_quiesce_daemon(h->daemon);
  int64_t until = h->w->monotonic_ns(h->w) + PATIENCE_S * INT64_C(1000000000);
  for (bool asked = true; h->first && (asked || h->w->monotonic_ns(h->w) < until);) {
    asked = false;
    for (opened *o = h->first; o; o = o->next) {
      asked |= o->at == ASKED;
      if (o->at == COMING && o->idle) cut(o);
      if (o->at == STREAMING && o->goes_on) stream_end(o->goes_on);
    }
    look(h);
  }
  if (listens != MHD_INVALID_SOCKET) close(listens);
}

static void *live(void *self) {
  http_server *h = self;
  while (!atomic_load(&h->ends)) look(h);
  end_all(h);
  return NULL;
}

/* ---- opening ---- */

static void note_trouble(void *self, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
static void note_trouble(void *self, const char *format, va_list ap) {
  http_server *h = self;
  if (!h->daemon) (void)vsnprintf(h->trouble, sizeof h->trouble, format, ap);
}

/* Without the library's time-out: it would count the time that a connection sleeps, while it waits for us. */
static struct MHD_Daemon *start(http_server *h, const http_place *at) {
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(at->port)};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(at->port)};
  inet_pton(at->six ? AF_INET6 : AF_INET, at->address, at->six ? (void *)&six.sin6_addr : (void *)&four.sin_addr);
  const struct sockaddr *where = at->six ? (const struct sockaddr *)&six : (const struct sockaddr *)&four;
  unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME | (at->six ? MHD_USE_IPv6 : 0);
  return MHD_start_daemon(flags, at->port, NULL, NULL, take, h, MHD_OPTION_EXTERNAL_LOGGER, note_trouble, h,
                          MHD_OPTION_SOCK_ADDR, where, MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
                          MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_HEADER_BYTES_MAX,
                          MHD_OPTION_URI_LOG_CALLBACK, begin_request, h, MHD_OPTION_NOTIFY_COMPLETED, end_request, NULL,
                          MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_UNESCAPE_CALLBACK, as_it_is, NULL,
                          MHD_OPTION_END);
}

static bool open_desks(http_server *h) {
  static void (*const WORK[])(void *self, size_t thread, void *const *items, size_t n) = {
#define LANE(id, threads, together, pace) at_##id,
      HTTP_LANES(LANE)
#undef LANE
  };
  for (int i = 0; i < HTTP_LANE_COUNT; i++) {
    desk_options o = {.threads = LANES[i].threads,
                      .room = HTTP_WAITING_MAX,
                      .batch = LANES[i].together,
                      .pace_ns = LANES[i].pace_ms * 1000000,
                      .work = WORK[i],
                      .self = h};
    h->lane[i] = desk_open(h->w, &o);
    if (!h->lane[i]) return false;
  }
  return true;
}

/* Signals are for the thread that ticks. */
static bool start_thread(http_server *h) {
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return false;
  bool fine = pthread_create(&h->thread, NULL, live, h) == 0;
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  return fine;
}

static void close_desks(http_server *h) {
  for (int i = 0; i < HTTP_LANE_COUNT; i++) desk_close(h->lane[i]);
}

http_server *http_server_open(world *w, const http_place *at, const http_host *host, arena *perm, slice *why) {
  http_server *h = calloc(1, sizeof *h);
  if (!h) arena_exhausted();
  h->w = w;
  h->host = *host;
  h->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  h->daemon = start(h, at);
  if (h->daemon && h->wake >= 0 && open_desks(h) && start_thread(h)) return h;
  *why = h->daemon ? SLICE("this machine gives no further thread") : http_place_why_not(at, h->trouble, perm);
  close_desks(h);
  if (h->daemon) MHD_stop_daemon(h->daemon);
  if (h->wake >= 0) close(h->wake);
  free(h);
  return NULL;
}

uint16_t http_server_port(const http_server *h) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);
  return info ? info->port : 0;
}

void http_server_close(http_server *h) {
  if (!h) return;
  atomic_store(&h->ends, true);
  pthread_join(h->thread, NULL);
  close_desks(h);
  MHD_stop_daemon(h->daemon);
  close(h->wake);
  free(h);
}
