/* The network through libcurl: HTTP (SMTP: net_smtp.c, IMAP: net_imap.c).
 *
 * Invariant: nothing of the environment (proxies, .netrc) changes where a request goes; certificates are always
 * verified. */
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

#include "http_text.h"
#include "net.h"
#include "net_guard.h"

static struct curl_slist *add_line(struct curl_slist *list, const char *line, bool *ok) {
  struct curl_slist *longer = *ok ? curl_slist_append(list, line) : NULL;
  if (!longer) *ok = false;
  return longer ? longer : list;
}

bool net_curl_go_on(void *multi, size_t busy) {
  int going;
  CURLMcode code = curl_multi_perform(multi, &going);
  if (code == CURLM_OK && going && (size_t)going == busy) code = curl_multi_poll(multi, NULL, 0, 1000, NULL);
  return code == CURLM_OK;
}

enum { HEAD_BYTES_MAX = 256 << 10, IDLE_SECONDS_MAX = 20 };

typedef struct buffer {
  char *p;
  size_t n, room;
} buffer;

/* One of the calls that go on at a time; its handle and its buffers serve one after another. */
typedef struct http_call {
  CURL *curl;
  http_client *client;
  bool busy, guarded, too_long;
  size_t which;
  http_phase phase;
  int status;
  buffer head, body; /* of the answer */
  struct curl_slist *headers;
  arena *texts; /* of the request */
} http_call;

struct http_client {
  CURLM *multi;
  http_options o;
  size_t count;
  http_call call[];
};

static bool buffer_add(buffer *b, const char *s, size_t n, size_t max) {
  if (n > max || b->n > max - n) return false;
  if (b->room - b->n < n) {
    size_t room = b->room ? b->room : 4096;
    while (room - b->n < n) room *= 2;
    char *p = realloc(b->p, room);
    if (!p) arena_exhausted();
    b->p = p;
    b->room = room;
  }
  memcpy(b->p + b->n, s, n);
  b->n += n;
  return true;
}

/* ---- what curl tells while a call goes on ---- */

static int watch_http(CURL *curl, curl_infotype kind, char *s, size_t n, void *self) {
  (void)curl, (void)s;
  http_call *k = self;
  bool left = kind == CURLINFO_HEADER_OUT || kind == CURLINFO_DATA_OUT;
  if (left && n && k->phase == HTTP_CONNECTING) k->phase = HTTP_SENDING;
  return 0;
}

static size_t take_head(char *s, size_t size, size_t n, void *self) {
  http_call *k = self;
  int status = http_status_of((slice){s, size * n});
  if (status >= 200) k->phase = HTTP_ANSWERED;
  if (status) k->status = status;
  if (status) k->head.n = 0;
  k->too_long = k->too_long || (!status && !buffer_add(&k->head, s, size * n, HEAD_BYTES_MAX));
  return k->too_long ? 0 : size * n;
}

static size_t take_body(char *s, size_t size, size_t n, void *self) {
  http_call *k = self;
  k->too_long = k->too_long || !buffer_add(&k->body, s, size * n, k->client->o.body_max);
  return k->too_long ? 0 : size * n;
}

/* Just before a request leaves. Curl by itself sends one again whose connection, an old one, broke: what left may have
 * arrived, so it never does here. */
static int before_request(void *self, char *ip, char *own_ip, int port, int own_port) {
  (void)ip, (void)own_ip, (void)port, (void)own_port;
  http_call *k = self;
  return k->phase == HTTP_CONNECTING && !k->guarded ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* The address that is connected to is the one that is looked at: a name that leads elsewhere the next time gains
 * nothing. One that is not public refuses the call, whatever the others are. */
static curl_socket_t open_socket(void *self, curlsocktype purpose, struct curl_sockaddr *to) {
  (void)purpose;
  http_call *k = self;
  net_address a = {{0}};
  bool known = true;
  if (to->family == AF_INET)
    a = net_address_v4((const uint8_t *)&((const struct sockaddr_in *)(const void *)&to->addr)->sin_addr);
  else if (to->family == AF_INET6)
    memcpy(a.v, &((const struct sockaddr_in6 *)(const void *)&to->addr)->sin6_addr, sizeof a.v);
  else
    known = false;
  bool guard = k->client->o.allowed != NULL;
  if (guard && (!known || net_guard_resolved(&a, 1) != NET_FINE)) k->guarded = true;
  if (k->guarded) return CURL_SOCKET_BAD;
  return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* ---- a request ---- */

static slice join(const http_piece *v, size_t n, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < n; i++) {
    const char *hidden = secret_reveal(&v[i].hidden);
    http_add_formed(&t, hidden ? slice_of(hidden) : v[i].text, v[i].form);
  }
  return text_slice(&t);
}

static void add_header(http_call *k, slice name, slice value, bool *ok) {
  *ok = *ok && http_name_fits(name) && http_value_fits(value);
  if (!*ok) return;
  /* Without a value curl would leave the header out; a semicolon stands for "there, and empty". */
  slice line = arena_printf(k->texts, value.n ? "%.*s: %.*s" : "%.*s;", SLICE_ARG(name), SLICE_ARG(value));
  k->headers = add_line(k->headers, line.p, ok);
}

static bool set_headers(http_call *k, const http_request *r) {
  bool ok = true, typed = false;
  for (size_t i = 0; i < r->header_count; i++) {
    slice name = r->headers[i].name;
    typed = typed || (name.n == 12 && strncasecmp(name.p, "content-type", 12) == 0);
    add_header(k, name, r->headers[i].value, &ok);
  }
  if (r->proof_name) add_header(k, slice_of(r->proof_name), join(r->proof, r->proof_count, k->texts), &ok);
  if (!typed) k->headers = add_line(k->headers, "Content-Type:", &ok);
  k->headers = add_line(k->headers, "Expect:", &ok);
  return ok && curl_easy_setopt(k->curl, CURLOPT_HTTPHEADER, k->headers) == CURLE_OK;
}

static bool set_request(http_call *k, const http_request *r) {
  CURL *c = k->curl;
  slice url = join(r->url, r->url_count, k->texts), body = join(r->body, r->body_count, k->texts);
  net_target target;
  const http_options *o = &k->client->o;
  net_verdict verdict =
      o->allowed ? net_guard_url(url, o->allowed, o->allowed_count, &target) : net_guard_own_url(url, &target);
  k->guarded = verdict != NET_FINE;
  if (k->guarded || !http_name_fits(slice_of(r->method))) return false;
  bool posts = r->body_count || strcmp(r->method, "POST") == 0;
  bool set = curl_easy_setopt(c, CURLOPT_URL, url.p) == CURLE_OK && set_headers(k, r);
  if (posts)
    set = set && curl_easy_setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
          curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n) == CURLE_OK &&
          curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.p) == CURLE_OK;
  if (r->total_ms)
    set = set && curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, r->total_ms) == CURLE_OK &&
          curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, r->total_ms) == CURLE_OK;
  if (strcmp(r->method, "HEAD") == 0)
    set = set && curl_easy_setopt(c, CURLOPT_NOBODY, 1L) == CURLE_OK;
  else if (strcmp(r->method, posts ? "POST" : "GET") != 0)
    set = set && curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method) == CURLE_OK;
  if (r->user)
    set = set && curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BASIC) == CURLE_OK &&
          curl_easy_setopt(c, CURLOPT_USERNAME, r->user) == CURLE_OK &&
          curl_easy_setopt(c, CURLOPT_PASSWORD, secret_reveal(&r->password)) == CURLE_OK;
  return set;
}

/* What holds for every call. One call a connection (HTTP/1.1): what is known of the one is known of the other. */
static bool set_rules(http_call *k) {
  CURL *c = k->curl;
  const http_options *o = &k->client->o;
  return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, o->allowed ? "https" : "http,https") == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
         (!o->ca_file || curl_easy_setopt(c, CURLOPT_CAINFO, o->ca_file) == CURLE_OK) &&
         curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_USERAGENT, "dun") == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, (long)IDLE_SECONDS_MAX) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, o->connect_ms) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, o->total_ms) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_VERBOSE, 1L) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, watch_http) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_DEBUGDATA, k) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_head) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_HEADERDATA, k) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_WRITEDATA, k) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, k) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, before_request) == CURLE_OK &&
         curl_easy_setopt(c, CURLOPT_PREREQDATA, k) == CURLE_OK && curl_easy_setopt(c, CURLOPT_PRIVATE, k) == CURLE_OK;
}

/* ---- calls ---- */

static http_end http_end_of(CURLcode code, const http_call *k) {
  if (k->guarded) return HTTP_GUARDED;
  if (k->too_long) return HTTP_TOO_LONG;
  if (code == CURLE_OK) return HTTP_OK;
  if (code == CURLE_COULDNT_RESOLVE_HOST) return HTTP_NO_HOST;
  if (code == CURLE_COULDNT_CONNECT) return HTTP_REFUSED;
  if (code == CURLE_OPERATION_TIMEDOUT) return HTTP_TIMEOUT;
  if (code == CURLE_SSL_CONNECT_ERROR) return HTTP_NO_TLS;
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) return HTTP_BAD_CERTIFICATE;
  if (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE ||
      code == CURLE_ABORTED_BY_CALLBACK)
    return HTTP_LOST;
  return HTTP_BROKEN;
}

static void end_call(http_call *k, CURLcode code, http_answer *out, arena *perm) {
  http_answer *a = out + k->which;
  *a = (http_answer){.end = http_end_of(code, k), .phase = k->phase, .status = k->status};
  if (k->phase == HTTP_ANSWERED) a->headers = http_headers_of((slice){k->head.p, k->head.n}, perm, &a->header_count);
  if (a->end == HTTP_OK) a->body = arena_slice(perm, (slice){k->body.p, k->body.n});
  curl_slist_free_all(k->headers);
  k->headers = NULL;
  k->busy = false;
}

static void begin_call(http_call *k, const http_request *r, size_t which, http_answer *out, arena *perm) {
  curl_easy_reset(k->curl);
  arena_reset(k->texts);
  k->busy = true;
  k->guarded = k->too_long = false;
  k->which = which;
  k->phase = HTTP_CONNECTING;
  k->status = 0;
  k->head.n = k->body.n = 0;
  if (!set_rules(k) || !set_request(k, r) || curl_multi_add_handle(k->client->multi, k->curl) != CURLM_OK)
    end_call(k, CURLE_FAILED_INIT, out, perm);
}

static void http_send_all(http_client *c, const http_request *v, size_t n, http_answer *out, arena *perm) {
  size_t next = 0, busy = 0;
  do {
    busy = 0;
    for (size_t i = 0; i < c->count; i++) {
      http_call *k = c->call + i;
      while (!k->busy && next < n) {
        begin_call(k, v + next, next, out, perm);
        next++;
      }
      busy += k->busy;
    }
    int left;
    bool fine = net_curl_go_on(c->multi, busy);
    for (CURLMsg *m; (m = curl_multi_info_read(c->multi, &left));) {
      http_call *k = NULL;
      CURLcode code = m->data.result;
      CURL *curl = m->easy_handle;
      curl_easy_getinfo(curl, CURLINFO_PRIVATE, &k);
      curl_multi_remove_handle(c->multi, curl);
      end_call(k, code, out, perm);
    }
    for (size_t i = 0; !fine && i < c->count; i++) {
      if (!c->call[i].busy) continue;
      curl_multi_remove_handle(c->multi, c->call[i].curl);
      end_call(c->call + i, CURLE_FAILED_INIT, out, perm);
    }
  } while (busy || next < n);
}

static void http_close_client(http_client *c) {
  if (!c) return;
  for (size_t i = 0; i < c->count; i++) {
    curl_easy_cleanup(c->call[i].curl);
    arena_free(c->call[i].texts);
    free(c->call[i].head.p);
    free(c->call[i].body.p);
  }
  curl_multi_cleanup(c->multi);
  free(c);
  curl_global_cleanup();
}

static http_client *http_open_client(const http_options *o) {
  size_t count = o->at_once ? o->at_once : 1;
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return NULL;
  http_client *c = calloc(1, sizeof *c + count * sizeof *c->call);
  if (!c) {
    curl_global_cleanup();
    return NULL;
  }
  c->o = *o;
  c->count = count;
  c->multi = curl_multi_init();
  bool fine = c->multi && curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)count) == CURLM_OK;
  for (size_t i = 0; i < count; i++) {
    c->call[i] = (http_call){.curl = curl_easy_init(), .client = c, .texts = arena_new()};
    fine = fine && c->call[i].curl;
  }
  if (fine) return c;
  http_close_client(c);
  return NULL;
}

const struct world_net net_curl = {.mail_open = net_mail_open,
                                   .mail_send = net_mail_send,
                                   .mail_close = net_mail_close,
                                   .mail_greet = net_mail_greet,
                                   .imap_open = net_imap_open,
                                   .imap_login = net_imap_login,
                                   .imap_say = net_imap_say,
                                   .imap_hear = net_imap_hear,
                                   .imap_close = net_imap_close,
                                   .http_open = http_open_client,
                                   .http_send = http_send_all,
                                   .http_close = http_close_client};
