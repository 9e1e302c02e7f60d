/* See service.h. */
#include "service.h"

#include <pthread.h>
#include <stdlib.h>

#include "runtime/api/api.h"

struct service {
  door d;
  api_house house;
  const session *policy;
  http_place at;
  pthread_mutex_t lock; /* over d.p, d.count and policy */
  http_server *h;
};

static void ask(void *self, const door_request *r, arena *perm, door_answer *answer) {
  service *v = self;
  size_t n = 0;
  while (n < r->target.n && r->target.p[n] != '?') n++;
  pthread_mutex_lock(&v->lock);
  if (api_is_of((slice){r->target.p, n}))
    api_serve(&v->house, v->d.s, v->policy, r, perm, answer);
  else
    door_ask(&v->d, r, perm, answer);
  pthread_mutex_unlock(&v->lock);
}

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

service *service_open(world *w, const service_options *o, const session *policy, arena *perm, slice *why) {
  service *v = calloc(1, sizeof *v);
  store_error broken;
  if (!v) arena_exhausted();
  v->d = (door){.w = w, .p = policy->c.program, .public_url = o->public_url};
  v->house = (api_house){.w = w, .store_url = o->store_url, .public_url = o->public_url};
  v->policy = policy;
  pthread_mutex_init(&v->lock, NULL);
  if (!http_place_read(o->listen.n ? o->listen : SLICE("127.0.0.1:8180"), &v->at))
    *why = SLICE("--listen is written ADDRESS:PORT, such as 127.0.0.1:8180 or [::1]:8180");
  else if (store_open(w, o->store_url, &v->d.s, &broken) != STORE_OK)
    *why = arena_slice(perm, slice_of(broken.text));
  else
    v->h = http_server_open(w, &v->at, ask, v, perm, why);
  if (v->h) return v;
  service_close(v);
  return NULL;
}

slice service_address(const service *v, arena *perm) {
  return arena_printf(perm, v->at.six ? "http://[%s]:%u" : "http://%s:%u", v->at.address, http_server_port(v->h));
}

void service_revise(service *v, const session *policy) {
  pthread_mutex_lock(&v->lock);
  v->policy = policy;
  v->d.p = policy->c.program;
  memset(v->d.count, 0, sizeof v->d.count);
  pthread_mutex_unlock(&v->lock);
}

void service_close(service *v) {
  if (!v) return;
  http_server_close(v->h);
  store_close(v->d.s);
  pthread_mutex_destroy(&v->lock);
  free(v);
}
