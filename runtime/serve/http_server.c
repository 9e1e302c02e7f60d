/* See http_server.h. */
#include "http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lang/base/text.h"

/* An open connection, in the order in which they were opened. */
typedef struct opened {
  struct opened *next, *before;
  MHD_socket socket;
  int64_t since_ns;
} opened;

struct http_server {
  world *w;
  struct MHD_Daemon *daemon;
  http_handler *ask;
  void *self;
  pthread_t thread;
  atomic_bool ends;
  opened *first, *last;
  char trouble[160]; /* the library's words, while it starts */
};

/* A request on its way in. */
typedef struct incoming {
  http_server *h;
  arena *perm;
  slice target;
  char *body; /* of HOOK_BYTES_MAX at most */
  size_t n, room;
  bool begun, too_long;
  uint64_t passed_over;
} incoming;

/* ---- where ---- */

bool http_place_read(slice s, http_place *out) {
  size_t colon = s.n;
  uint32_t port = 0;
  *out = (http_place){.port = 0};
  while (colon > 0 && s.p[colon - 1] != ':') colon--;
  if (colon == 0 || colon == s.n || s.n - colon > 5) return false;
  for (size_t i = colon; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9') return false;
    port = port * 10 + (uint32_t)(s.p[i] - '0');
  }
  slice host = {s.p, colon - 1};
  if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
    out->six = true;
    host = (slice){host.p + 1, host.n - 2};
  }
  if (slice_eq(host, SLICE("localhost"))) host = SLICE("127.0.0.1");
  if (port > UINT16_MAX || host.n == 0 || host.n >= sizeof out->address) return false;
  memcpy(out->address, host.p, host.n);
  out->port = (uint16_t)port;
  unsigned char room[sizeof(struct in6_addr)];
  if (inet_pton(out->six ? AF_INET6 : AF_INET, out->address, room) != 1) return false;
  out->loopback = out->six ? slice_eq(host, SLICE("::1")) : room[0] == 127;
  return true;
}

/* ---- a request ---- */

static void *begin_request(void *self, const char *uri, struct MHD_Connection *c) {
  (void)c;
  incoming *r = calloc(1, sizeof *r);
  if (!r) arena_exhausted();
  r->h = self;
  r->perm = arena_new();
  r->target = arena_slice(r->perm, slice_of(uri));
  return r;
}

static void end_request(void *self, struct MHD_Connection *c, void **of, enum MHD_RequestTerminationCode how) {
  (void)self;
  (void)c;
  (void)how;
  incoming *r = *of;
  if (!r) return;
  arena_free(r->perm);
  free(r->body);
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
  incoming *r;
  http_header *v;
  size_t n, room;
} collecting;

static enum MHD_Result collect(void *self, enum MHD_ValueKind kind, const char *name, const char *value) {
  collecting *x = self;
  (void)kind;
  if (x->n == x->room) return MHD_NO;
  char *lower = arena_copy(x->r->perm, slice_of(name));
  for (char *at = lower; *at; at++)
    if (*at >= 'A' && *at <= 'Z') *at = (char)(*at + 32);
  x->v[x->n++] = (http_header){slice_of(lower), arena_slice(x->r->perm, slice_of(value ? value : ""))};
  return MHD_YES;
}

static enum MHD_Result answer(const incoming *r, struct MHD_Connection *c, const door_answer *a) {
  struct MHD_Response *p =
      MHD_create_response_from_buffer(a->body.n, (void *)(uintptr_t)a->body.p, MHD_RESPMEM_MUST_COPY);
  if (!p) return MHD_NO;
  char seconds[16];
  snprintf(seconds, sizeof seconds, "%d", a->retry_s);
  bool fine = MHD_add_response_header(p, "Connection", "close") == MHD_YES;
  bool kept = false;
  for (size_t i = 0; i < a->extra_count; i++) {
    kept |= slice_eq(a->extra[i].name, SLICE("Cache-Control"));
    fine &= MHD_add_response_header(p, arena_copy(r->perm, a->extra[i].name), arena_copy(r->perm, a->extra[i].value)) ==
            MHD_YES;
  }
  if (!kept) fine &= MHD_add_response_header(p, "Cache-Control", "no-store") == MHD_YES;
  fine &= MHD_add_response_header(p, "X-Content-Type-Options", "nosniff") == MHD_YES;
  if (a->type) fine &= MHD_add_response_header(p, "Content-Type", a->type) == MHD_YES;
  if (a->allow) fine &= MHD_add_response_header(p, "Allow", a->allow) == MHD_YES;
  if (a->retry_s) fine &= MHD_add_response_header(p, "Retry-After", seconds) == MHD_YES;
  enum MHD_Result sent = fine ? MHD_queue_response(c, (unsigned)a->status, p) : MHD_NO;
  MHD_destroy_response(p);
  return sent;
}

static void keep(incoming *r, const char *bytes, size_t n) {
  if (r->too_long || n > (size_t)HOOK_BYTES_MAX - r->n) {
    r->too_long = true;
    r->passed_over += n;
    return;
  }
  if (r->n + n > r->room) {
    r->room = r->n + n > r->room * 2 ? r->n + n : r->room * 2;
    r->body = realloc(r->body, r->room);
    if (!r->body) arena_exhausted();
  }
  memcpy(r->body + r->n, bytes, n);
  r->n += n;
}

static enum MHD_Result ask(incoming *r, struct MHD_Connection *c, const char *method) {
  enum { HEADERS_MAX = 128 };
  door_answer a;
  collecting x = {.r = r, .v = ARENA_ARRAY(r->perm, HEADERS_MAX, http_header), .room = HEADERS_MAX};
  MHD_get_connection_values(c, MHD_HEADER_KIND, collect, &x);
  door_request q = {.method = slice_of(method),
                    .target = r->target,
                    .headers = x.v,
                    .header_count = x.n,
                    .body = {r->n ? r->body : "", r->n},
                    .too_long = r->too_long};
  r->h->ask(r->h->self, &q, r->perm, &a);
  return answer(r, c, &a);
}

/* What is announced as too long is answered before it comes. */
static bool announced_too_long(struct MHD_Connection *c) {
  const char *length = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Length");
  return length && (strlen(length) > 9 || strtoll(length, NULL, 10) > HOOK_BYTES_MAX);
}

static enum MHD_Result take(void *self, struct MHD_Connection *c, const char *url, const char *method,
                            const char *version, const char *bytes, size_t *n, void **of) {
  incoming *r = *of;
  (void)self;
  (void)url;
  (void)version;
  if (!r->begun) {
    r->begun = true;
    r->too_long = announced_too_long(c);
    return r->too_long ? ask(r, c, method) : MHD_YES;
  }
  if (*n == 0) return ask(r, c, method);
  keep(r, bytes, *n);
  *n = 0;
  return r->passed_over > HOOK_BYTES_MAX ? MHD_NO : MHD_YES;
}

/* ---- connections ---- */

static void on_connection(void *self, struct MHD_Connection *c, void **of, enum MHD_ConnectionNotificationCode what) {
  http_server *h = self;
  opened *o = *of;
  if (what == MHD_CONNECTION_NOTIFY_STARTED) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    o = calloc(1, sizeof *o);
    if (!o) arena_exhausted();
    *o = (opened){.before = h->last, .socket = info ? info->connect_fd : -1, .since_ns = h->w->monotonic_ns(h->w)};
    *(h->last ? &h->last->next : &h->first) = o;
    h->last = o;
    *of = o;
  } else if (o) {
    *(o->before ? &o->before->next : &h->first) = o->next;
    *(o->next ? &o->next->before : &h->last) = o->before;
    free(o);
    *of = NULL;
  }
}

/* Who sends a byte now and then keeps no connection open. */
static void end_old(http_server *h) {
  int64_t now = h->w->monotonic_ns(h->w);
  for (opened *o = h->first; o && now - o->since_ns > (int64_t)HTTP_SECONDS_MAX * 1000000000; o = o->next)
    if (o->socket >= 0) {
      (void)shutdown(o->socket, SHUT_RDWR);
      o->socket = -1;
    }
}

static void *live(void *self) {
  enum { LOOK_MS = 250, LOOKS_AT_END = 8 };
  http_server *h = self;
  while (!atomic_load(&h->ends)) {
    if (MHD_run_wait(h->daemon, LOOK_MS) == MHD_NO) h->w->sleep_ns(h->w, LOOK_MS * 1000000);
    end_old(h);
  }
  MHD_socket listens = MHD_quiesce_daemon(h->daemon);
  for (int i = 0; i < LOOKS_AT_END && h->first; i++) (void)MHD_run_wait(h->daemon, LOOK_MS);
  if (listens != MHD_INVALID_SOCKET) close(listens);
  return NULL;
}

/* ---- opening ---- */

static void note_trouble(void *self, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
static void note_trouble(void *self, const char *format, va_list ap) {
  http_server *h = self;
  if (!h->daemon) (void)vsnprintf(h->trouble, sizeof h->trouble, format, ap);
}

static slice why_not(const http_server *h, const http_place *at, arena *perm) {
  if (strstr(h->trouble, "in use"))
    return arena_printf(perm,
                        "the port %u of %s is taken by another program: end that one, or give another with --listen",
                        at->port, at->address);
  if (strstr(h->trouble, "ermission"))
    return arena_printf(perm, "this user may not listen on port %u: give one above 1023 with --listen, behind a proxy",
                        at->port);
  if (strstr(h->trouble, "assign"))
    return arena_printf(perm, "%s is no address of this machine: give one that is with --listen", at->address);
  return arena_printf(perm, "nothing can listen on %s port %u", at->address, at->port);
}

static struct MHD_Daemon *start(http_server *h, const http_place *at) {
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(at->port)};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(at->port)};
  inet_pton(at->six ? AF_INET6 : AF_INET, at->address, at->six ? (void *)&six.sin6_addr : (void *)&four.sin_addr);
  const struct sockaddr *where = at->six ? (const struct sockaddr *)&six : (const struct sockaddr *)&four;
  unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG | (at->six ? MHD_USE_IPv6 : 0);
  return MHD_start_daemon(flags, at->port, NULL, NULL, take, h, MHD_OPTION_EXTERNAL_LOGGER, note_trouble, h,
                          MHD_OPTION_SOCK_ADDR, where, MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
                          MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_SECONDS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                          (size_t)HTTP_HEADER_BYTES_MAX, MHD_OPTION_URI_LOG_CALLBACK, begin_request, h,
                          MHD_OPTION_NOTIFY_COMPLETED, end_request, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
                          h, MHD_OPTION_UNESCAPE_CALLBACK, as_it_is, NULL, MHD_OPTION_END);
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

http_server *http_server_open(world *w, const http_place *at, http_handler *handler, void *self, arena *perm,
                              slice *why) {
  http_server *h = calloc(1, sizeof *h);
  if (!h) arena_exhausted();
  h->w = w;
  h->ask = handler;
  h->self = self;
  h->daemon = start(h, at);
  if (h->daemon && start_thread(h)) return h;
  *why = h->daemon ? SLICE("this machine gives no further thread") : why_not(h, at, perm);
  if (h->daemon) MHD_stop_daemon(h->daemon);
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
  MHD_stop_daemon(h->daemon);
  free(h);
}
