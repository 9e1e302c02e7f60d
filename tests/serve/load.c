/* Load: genuine webhooks at a rate, over connections that are kept or not, and beside them somebody who reads the page.
 *   load PORT RATE SECONDS CONNECTIONS keep|close SEED [COOKIE PATH...]
 * prints one line of JSON: what was answered, and how long it took from the moment when it was due, whether a
 * connection was free then or not. The secrets are those of tests/serve/house.py. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "stdlib/net/sign.h"

enum { CONNECTIONS_MAX = 400, REQUEST_MAX = 2048, ANSWER_MAX = 4096, STATUSES = 600 };

/* The library's, of the program that it is part of. */
_Noreturn void arena_exhausted(void) { abort(); }

typedef struct connection_of {
  int fd; /* -1: none */
  char out[REQUEST_MAX], in[ANSWER_MAX];
  size_t out_n, sent, in_n;
  int64_t due_ns;
  bool busy;
} connection_of;

typedef struct load {
  uint16_t port;
  double rate;
  int64_t seconds, count;
  size_t connections;
  bool keep;
  int64_t seed;
  connection_of v[CONNECTIONS_MAX];
  int epoll;
  int64_t sent, done, broken;
  int64_t status[STATUSES];
  int64_t *took;
  arena *perm;
} load;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static double ms_at(int64_t *v, int64_t n, double part) {
  return n ? (double)v[(int64_t)((double)(n - 1) * part)] / 1e6 : 0;
}

/* ---- what is sent ---- */

/* Of ten, eight say what became of a message, one is somebody who writes, one a receivable that changed. */
static size_t request(const load *l, int64_t i, arena *a, char out[REQUEST_MAX]) {
  const char *kept = l->keep ? "keep-alive" : "close";
  if (i % 10 == 9) {
    slice body =
        arena_printf(a,
                     "{\"messageId\":\"load-%lld-%lld\",\"topic\":\"Financas.ContaReceber.Alterado\",\"event\":{"
                     "\"codigo_lancamento_omie\":%lld}}",
                     (long long)l->seed, (long long)i, (long long)(i % 5000 + 1));
    return (size_t)snprintf(out, REQUEST_MAX,
                            "POST /hooks/erp/omie/omie-hook-token HTTP/1.1\r\nHost: x\r\nConnection: %s\r\n"
                            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%.*s",
                            kept, body.n, SLICE_ARG(body));
  }
  slice inner =
      i % 10 == 8
          ? arena_printf(a,
                         "\"messages\":[{\"id\":\"wamid.load.%lld.%lld\",\"from\":\"55219%08lld\",\"type\":\"text\","
                         "\"text\":{\"body\":\"I have paid\"}}]",
                         (long long)l->seed, (long long)i, (long long)(i % 100000000))
          : arena_printf(a,
                         "\"statuses\":[{\"id\":\"wamid.load.%lld.%lld\",\"status\":\"delivered\",\"timestamp\":\"1\","
                         "\"recipient_id\":\"5511987654321\"}]",
                         (long long)l->seed, (long long)i);
  slice body =
      arena_printf(a,
                   "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":"
                   "\"messages\",\"value\":{\"metadata\":{\"phone_number_id\":\"4477\"},%.*s}}]}]}",
                   SLICE_ARG(inner));
  secret s = secret_of(a, SLICE("cloud-secret"));
  sign_key key = sign_key_of(&s);
  uint8_t hash[SIGN_SHA256_BYTES];
  sign_hmac_sha256(&key, &body, 1, hash);
  slice hex = sign_hex((slice){(const char *)hash, sizeof hash}, a);
  return (size_t)snprintf(out, REQUEST_MAX,
                          "POST /hooks/whatsapp/cloud HTTP/1.1\r\nHost: x\r\nConnection: %s\r\n"
                          "X-Hub-Signature-256: sha256=%.*s\r\nContent-Type: application/json\r\n"
                          "Content-Length: %zu\r\n\r\n%.*s",
                          kept, SLICE_ARG(hex), body.n, SLICE_ARG(body));
}

/* ---- connections ---- */

static int connect_to(uint16_t port, bool waits) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int on = 1, fd = socket(AF_INET, SOCK_STREAM | (waits ? 0 : SOCK_NONBLOCK), 0);
  if (fd < 0) return -1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0 || errno == EINPROGRESS) return fd;
  close(fd);
  return -1;
}

static void watch(load *l, connection_of *c, bool opened) {
  struct epoll_event e = {.events = (c->sent < c->out_n ? EPOLLOUT : 0u) | EPOLLIN, .data.ptr = c};
  epoll_ctl(l->epoll, opened ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, c->fd, &e);
}

static void drop(connection_of *c) {
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
  c->busy = false;
}

static void begin(load *l, connection_of *c, int64_t due_ns) {
  arena *a = arena_new();
  bool opened = c->fd < 0;
  c->out_n = request(l, l->sent++, a, c->out);
  c->sent = c->in_n = 0;
  c->due_ns = due_ns;
  c->busy = true;
  arena_free(a);
  if (opened) c->fd = connect_to(l->port, false);
  if (c->fd < 0) {
    l->broken++;
    c->busy = false;
    return;
  }
  watch(l, c, opened);
}

/* Whole when its head is there and what it announces. */
static bool is_whole(connection_of *c, int *status) {
  c->in[c->in_n] = 0;
  const char *end = strstr(c->in, "\r\n\r\n"), *length = strcasestr(c->in, "content-length:");
  if (!end) return false;
  *status = atoi(c->in + 9);
  size_t n = length && length < end ? (size_t)atol(length + 15) : 0;
  return c->in_n >= (size_t)(end - c->in) + 4 + n;
}

static void ended(load *l, connection_of *c, int status) {
  l->took[l->done++] = now_ns() - c->due_ns;
  l->status[status > 0 && status < STATUSES ? status : 0]++;
  c->busy = false;
  if (!l->keep || strcasestr(c->in, "connection: close")) drop(c);
}

static void go_on(load *l, connection_of *c, uint32_t events) {
  int status = 0;
  if (events & EPOLLOUT && c->sent < c->out_n) {
    ssize_t n = send(c->fd, c->out + c->sent, c->out_n - c->sent, MSG_NOSIGNAL);
    if (n > 0) c->sent += (size_t)n;
    if (c->sent == c->out_n) watch(l, c, false);
  }
  if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
  ssize_t n = recv(c->fd, c->in + c->in_n, sizeof c->in - 1 - c->in_n, 0);
  if (n > 0) {
    c->in_n += (size_t)n;
    if (is_whole(c, &status)) ended(l, c, status);
  } else if (n == 0 || errno != EAGAIN) {
    l->broken += c->busy;
    drop(c);
  }
}

static connection_of *free_one(load *l) {
  for (size_t i = 0; i < l->connections; i++)
    if (!l->v[i].busy) return &l->v[i];
  return NULL;
}

static void run(load *l) {
  struct epoll_event e[64];
  int64_t began = now_ns(), patience = began + (l->seconds + 30) * 1000000000;
  while ((l->sent < l->count || l->done + l->broken < l->sent) && now_ns() < patience) {
    connection_of *c;
    int64_t due = began + (int64_t)((double)l->sent * 1e9 / l->rate);
    while (l->sent < l->count && due <= now_ns() && (c = free_one(l)) != NULL) {
      begin(l, c, due);
      due = began + (int64_t)((double)l->sent * 1e9 / l->rate);
    }
    int n = epoll_wait(l->epoll, e, 64, 1);
    for (int i = 0; i < n; i++) go_on(l, e[i].data.ptr, e[i].events);
  }
}

/* ---- who reads the page meanwhile ---- */

typedef struct reader {
  uint16_t port;
  const char *cookie;
  char **path;
  int paths;
  atomic_bool ends;
  int64_t took[20000], n, wrong;
} reader;

static bool read_one(const reader *r, int fd, const char *path) {
  char out[1024];
  static _Thread_local char in[1 << 20];
  int n = snprintf(out, sizeof out, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nCookie: %s\r\n\r\n", path, r->port,
                   r->cookie);
  size_t got = 0;
  if (send(fd, out, (size_t)n, MSG_NOSIGNAL) != n) return false;
  for (;;) {
    ssize_t k = recv(fd, in + got, sizeof in - 1 - got, 0);
    if (k <= 0) return false;
    in[got += (size_t)k] = 0;
    const char *end = strstr(in, "\r\n\r\n"), *length = strcasestr(in, "content-length:");
    if (end && length && got >= (size_t)(end - in) + 4 + (size_t)atol(length + 15)) return atoi(in + 9) == 200;
  }
}

static void *reads(void *self) {
  enum { APART_US = 20000 };
  reader *r = self;
  int fd = connect_to(r->port, true);
  for (int64_t i = 0; !atomic_load(&r->ends) && r->n < 20000; i++) {
    int64_t began = now_ns();
    if (!read_one(r, fd, r->path[i % r->paths])) {
      r->wrong++;
      close(fd);
      fd = connect_to(r->port, true);
    }
    r->took[r->n++] = now_ns() - began;
    usleep(APART_US);
  }
  close(fd);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc < 7) return 2;
  static load l;
  static reader r;
  l.port = r.port = (uint16_t)atoi(argv[1]);
  l.rate = atof(argv[2]);
  l.seconds = atoll(argv[3]);
  l.connections = (size_t)atoi(argv[4]);
  l.keep = strcmp(argv[5], "keep") == 0;
  l.seed = atoll(argv[6]);
  l.count = (int64_t)(l.rate * (double)l.seconds);
  l.took = calloc((size_t)l.count + 1, sizeof *l.took);
  l.epoll = epoll_create1(0);
  if (!l.took || l.connections > CONNECTIONS_MAX || l.rate <= 0) return 2;
  for (size_t i = 0; i < l.connections; i++) l.v[i].fd = -1;
  pthread_t beside;
  if (argc > 8) {
    r.cookie = argv[7];
    r.path = argv + 8;
    r.paths = argc - 8;
    if (pthread_create(&beside, NULL, reads, &r) != 0) return 2;
  }
  int64_t began = now_ns();
  run(&l);
  double seconds = (double)(now_ns() - began) / 1e9;
  if (argc > 8) {
    atomic_store(&r.ends, true);
    pthread_join(beside, NULL);
  }
  qsort(l.took, (size_t)l.done, sizeof *l.took, by_size);
  qsort(r.took, (size_t)r.n, sizeof *r.took, by_size);
  printf("{\"sent\":%lld,\"taken\":%lld,\"later\":%lld,\"broken\":%lld,\"other\":%lld,\"seconds\":%.2f,\"ms\":[%.1f,%."
         "1f,%.1f],"
         "\"page\":{\"reads\":%lld,\"wrong\":%lld,\"ms\":[%.1f,%.1f,%.1f]}}\n",
         (long long)l.sent, (long long)l.status[200], (long long)l.status[503], (long long)l.broken,
         (long long)(l.done - l.status[200] - l.status[503]), seconds, ms_at(l.took, l.done, 0.5),
         ms_at(l.took, l.done, 0.99), ms_at(l.took, l.done, 1), (long long)r.n, (long long)r.wrong,
         ms_at(r.took, r.n, 0.5), ms_at(r.took, r.n, 0.99), ms_at(r.took, r.n, 1));
  return 0;
}
