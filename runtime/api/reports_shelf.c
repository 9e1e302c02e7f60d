/* See reports_shelf.h. */
#include "reports_shelf.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "policies.h"
#include "runtime/store/measure.h"

/* What the books hang on. */
typedef struct state {
  int64_t batch, happening, contracts;
  int32_t today;
  uint64_t policy;
} state;

typedef struct report_kept {
  arena *perm;
  books *b;
  state of;
  int readers; /* with the shelf's own hold */
} report_kept;

/* What the thread is told; in an arena of its own. */
typedef struct making {
  report_shelf *shelf;
  arena *perm;
  args *a;
  slice path;
  const char *url;
  state of;
} making;

struct report_shelf {
  world *w;
  pthread_mutex_t lock;
  pthread_cond_t made;
  report_kept *now; /* NULL: none yet */
  bool at_work, has_thread;
  pthread_t thread;
  state failed; /* why books of this state cannot be made */
  char trouble[512];
};

report_shelf *report_shelf_open(world *w) {
  report_shelf *s = calloc(1, sizeof *s);
  if (!s) arena_exhausted();
  s->w = w;
  pthread_mutex_init(&s->lock, NULL);
  pthread_cond_init(&s->made, NULL);
  return s;
}

static void let_go(report_kept *k) {
  if (!k || --k->readers > 0) return;
  arena_free(k->perm);
  free(k);
}

void report_shelf_close(report_shelf *s) {
  if (!s) return;
  if (s->has_thread) pthread_join(s->thread, NULL);
  let_go(s->now);
  pthread_cond_destroy(&s->made);
  pthread_mutex_destroy(&s->lock);
  free(s);
}

static bool same(const state *a, const state *b) {
  return a->batch == b->batch && a->happening == b->happening && a->contracts == b->contracts && a->today == b->today &&
         a->policy == b->policy;
}

/* ---- making them ---- */

static void keep(report_shelf *s, const making *m, books *b, arena *perm, slice trouble) {
  pthread_mutex_lock(&s->lock);
  if (b) {
    report_kept *k = calloc(1, sizeof *k);
    if (!k) arena_exhausted();
    *k = (report_kept){.perm = perm, .b = b, .of = m->of, .readers = 1};
    let_go(s->now);
    s->now = k;
  } else {
    size_t n = trouble.n < sizeof s->trouble - 1 ? trouble.n : sizeof s->trouble - 1;
    if (n) memcpy(s->trouble, trouble.p, n);
    s->trouble[n] = '\0';
    s->failed = m->of;
    arena_free(perm);
  }
  s->at_work = false;
  pthread_cond_broadcast(&s->made);
  pthread_mutex_unlock(&s->lock);
}

static void *make(void *self) {
  static const documents NONE;
  making *m = self;
  arena *perm = arena_new(), *own = arena_new();
  books *b = NULL;
  overlay quiet;
  session s = {.unsaid = true};
  m->a->perm = own;
  overlay_begin(&quiet, m->shelf->w, &NONE);
  overlay_hush(&quiet, own);
  if (session_read(&s, m->a, &quiet.w, m->path) == EXIT_FINE) {
    store_error why;
    s.lang = LANG_EN;
    if (store_open(m->shelf->w, m->url, &s.s, &why) != STORE_OK)
      text_cstr(&quiet.said, why.text);
    else if (report_books(&s, (civil_date){m->of.today}, perm, &b) != EXIT_FINE)
      b = NULL;
    session_close(&s);
  }
  slice trouble = slice_trim(text_slice(&quiet.said));
  keep(m->shelf, m, b, perm, trouble.n ? trouble : SLICE("the policy does not compile now"));
  arena_free(own);
  arena_free(m->perm);
  return NULL;
}

/* The lock is held. */
static void begin(api_call *c, report_shelf *s, const state *of) {
  if (s->has_thread) pthread_join(s->thread, NULL); /* it is over: at_work says so */
  arena *perm = arena_new();
  making *m = ARENA_NEW(perm, making);
  *m = (making){.shelf = s, .perm = perm, .of = *of};
  m->a = policy_args(c->policy, LANG_EN, perm);
  m->path = slice_of(arena_copy(perm, c->policy->policy_path));
  m->url = arena_copy(perm, slice_of(c->house->store_url));
  s->at_work = true;
  s->has_thread = pthread_create(&s->thread, NULL, make, m) == 0;
  if (s->has_thread) return;
  s->at_work = false;
  arena_free(perm);
}

/* ---- lending them ---- */

static bool state_now(api_call *c, civil_date today, state *to) {
  measure_state now;
  store_code code = measure_state_of(c->s, &now);
  *to = (state){.batch = now.batch, .happening = now.happening, .contracts = now.contracts, .today = today.day};
  for (uint32_t i = 0; i < c->policy->source_count; i++)
    to->policy = to->policy * 31 + slice_hash(c->policy->sources[i].text);
  return api_stored(c, code);
}

static void wait_a_little(report_shelf *s) {
  int64_t until = s->w->now_ns(s->w) + REPORT_WAIT_MS * INT64_C(1000000);
  struct timespec end = {.tv_sec = (time_t)(until / 1000000000), .tv_nsec = (long)(until % 1000000000)};
  while (s->at_work && pthread_cond_timedwait(&s->made, &s->lock, &end) == 0) continue;
}

report_lent report_shelf_lend(api_call *c, civil_date today) {
  report_shelf *s = c->house->reports;
  report_lent lent = {0};
  state now;
  if (!state_now(c, today, &now)) return lent;
  pthread_mutex_lock(&s->lock);
  bool current = s->now && same(&s->now->of, &now);
  if (!current && !s->at_work) begin(c, s, &now);
  if (!current) wait_a_little(s);
  current = s->now && same(&s->now->of, &now);
  if (!current && !s->at_work && same(&s->failed, &now)) lent.trouble = arena_slice(c->perm, slice_of(s->trouble));
  if (s->now && !lent.trouble.n) {
    s->now->readers++;
    lent = (report_lent){.b = s->now->b, .kept = s->now, .old = !current};
  }
  pthread_mutex_unlock(&s->lock);
  return lent;
}

void report_shelf_return(report_shelf *s, report_lent *l) {
  pthread_mutex_lock(&s->lock);
  let_go(l->kept);
  l->kept = NULL;
  pthread_mutex_unlock(&s->lock);
}
