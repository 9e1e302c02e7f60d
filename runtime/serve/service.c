/* See service.h. */
#include "service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "guard.h"
#include "live.h"
#include "runtime/api/api.h"
#include "runtime/api/jobs.h"
#include "runtime/api/reports_shelf.h"
#include "runtime/store/changes.h"

struct service {
  world *w;
  api_house house;
  guard guard;
  pthread_mutex_t lock; /* over `policy` */
  policy_kept *policy;
  store *page[HTTP_PAGE_THREADS]; /* a thread's own each */
  door hooks;                     /* of the one thread for what comes in */
  policy_kept *hooks_read_by;     /* which it keeps, so that no other has its address */
  live *live;
  atomic_int hashing;
  http_place at;
  http_server *h;
};

static slice path_of(const door_request *q) {
  size_t n = 0;
  while (n < q->target.n && q->target.p[n] != '?') n++;
  return (slice){q->target.p, n};
}

static policy_kept *in_force(service *v) {
  pthread_mutex_lock(&v->lock);
  policy_kept *k = policy_keep_too(v->policy);
  pthread_mutex_unlock(&v->lock);
  return k;
}

/* ---- who answers ---- */

static http_lane lane_of(void *self, const door_request *q) {
  slice path = path_of(q);
  (void)self;
  if (door_is_of(path)) return HTTP_HOOKS;
  return api_is_of(path) ? HTTP_PAGE : HTTP_AT_ONCE;
}

static void refuse(const session *policy, guard_finding f, http_asked *x) {
  json_writer *j = json_write(x->perm);
  json_begin_object(j, NULL);
  json_begin_object(j, "error");
  json_put_text(j, "code", SLICE("not_allowed"));
  json_put_text(j, "message", texts_said(policy->c.program->lang, x->perm, slice_of(guard_words(f))));
  json_end(j);
  json_end(j);
  x->a = (door_answer){.status = f == GUARD_NAME ? 421 : 403, .body = json_written(j), .type = "application/json"};
}

static void answer_page(service *v, size_t thread, http_asked *x) {
  policy_kept *k = in_force(v);
  guard_finding f = guard_looks(&v->guard, &x->q);
  if (f == GUARD_FINE)
    api_serve(&v->house, v->page[thread], policy_in(k), &x->q, x->perm, &x->a);
  else
    refuse(policy_in(k), f, x);
  if (slice_eq(x->q.method, SLICE("POST"))) live_nudge(v->live);
  policy_let_go(k);
}

/* Between two batches the policy may be another one; what was refused is counted anew then. */
static void answer_hooks(service *v, http_asked *const *asked, size_t n) {
  door_asked all[HTTP_HOOKS_TOGETHER];
  policy_kept *k = in_force(v);
  policy_let_go(v->hooks_read_by);
  if (k != v->hooks_read_by) memset(v->hooks.count, 0, sizeof v->hooks.count);
  v->hooks_read_by = k;
  v->hooks.p = policy_in(k)->c.program;
  for (size_t i = 0; i < n; i++) all[i] = (door_asked){&asked[i]->q, asked[i]->perm, &asked[i]->a};
  door_ask_all(&v->hooks, all, n);
  live_nudge(v->live);
}

static void answer(void *self, http_lane lane, size_t thread, http_asked *const *asked, size_t n) {
  service *v = self;
  switch (lane) {
  case HTTP_PAGE: answer_page(v, thread, asked[0]); return;
  case HTTP_HOOKS: answer_hooks(v, asked, n); return;
  case HTTP_AT_ONCE: { /* /health, and what is nowhere */
    door outside = {.w = v->w};
    door_ask(&outside, &asked[0]->q, asked[0]->perm, &asked[0]->a);
    return;
  }
  }
}

/* ---- its life ---- */

bool service_public_url(slice s, slice *url, slice *why) {
  slice https = SLICE("https://"), here = SLICE("http://127.0.0.1");
  while (s.n && s.p[s.n - 1] == '/') s.n--;
  bool fine = (slice_starts(s, https) && s.n > https.n) || slice_starts(s, here);
  for (size_t i = https.n; i < s.n && fine; i++)
    fine = s.p[i] != '/' && s.p[i] != '?' && s.p[i] != '#' && (unsigned char)s.p[i] > ' ' && s.p[i] != '@';
  if (!fine)
    *why = SLICE("the public address is written https://HOST, without a path: it is how providers call this service");
  *url = s;
  return fine;
}

const connection *service_needs_public_url(const program *p) {
  for (uint32_t i = 0; i < p->connection_count; i++) {
    bool signs;
    if (door_reader(p, &p->connections[i], &signs) && signs) return &p->connections[i];
  }
  return NULL;
}

static bool open_stores(service *v, const char *url, arena *perm, slice *why) {
  store_error broken;
  store_code code = store_open(v->w, url, &v->hooks.s, &broken);
  for (size_t i = 0; i < HTTP_PAGE_THREADS && code == STORE_OK; i++) {
    code = store_open(v->w, url, &v->page[i], &broken);
    if (code == STORE_OK) code = store_keeps_little(v->page[i]);
  }
  if (code == STORE_OK) v->live = live_open(v->w, url, &broken);
  if (v->live) return true;
  *why = arena_slice(perm, slice_of(broken.text));
  return false;
}

service *service_open(world *w, const service_options *o, policy_kept *policy, arena *perm, slice *why) {
  service *v = calloc(1, sizeof *v);
  if (!v) arena_exhausted();
  v->w = w;
  v->guard.public_url = o->public_url;
  v->policy = policy_keep_too(policy);
  v->hooks = (door){.w = w, .public_url = o->public_url};
  pthread_mutex_init(&v->lock, NULL);
  http_host host = {.self = v, .lane = lane_of, .answer = answer};
  if (!http_place_read(o->listen.n ? o->listen : SLICE("127.0.0.1:8180"), &v->at)) {
    *why = SLICE("--listen is written ADDRESS:PORT, such as 127.0.0.1:8180 or [::1]:8180");
  } else if (open_stores(v, o->store_url, perm, why)) {
    v->house = (api_house){.w = w,
                           .store_url = o->store_url,
                           .public_url = o->public_url,
                           .hashing = &v->hashing,
                           .live = v->live,
                           .jobs = jobs_open(w),
                           .reports = report_shelf_open(w)};
    v->h = http_server_open(w, &v->at, &host, perm, why);
  }
  if (v->h) return v;
  service_close(v);
  return NULL;
}

slice service_address(const service *v, arena *perm) {
  return arena_printf(perm, v->at.six ? "http://[%s]:%u" : "http://%s:%u", v->at.address, http_server_port(v->h));
}

void service_revise(service *v, policy_kept *policy) {
  pthread_mutex_lock(&v->lock);
  policy_kept *old = v->policy;
  v->policy = policy_keep_too(policy);
  pthread_mutex_unlock(&v->lock);
  policy_let_go(old);
  live_nudge(v->live);
}

void service_close(service *v) {
  if (!v) return;
  http_server_close(v->h);
  jobs_close(v->house.jobs);
  report_shelf_close(v->house.reports);
  live_close(v->live);
  for (size_t i = 0; i < HTTP_PAGE_THREADS; i++) store_close(v->page[i]);
  store_close(v->hooks.s);
  policy_let_go(v->hooks_read_by);
  policy_let_go(v->policy);
  pthread_mutex_destroy(&v->lock);
  free(v);
}
