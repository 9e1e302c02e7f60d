/* Over each rung what today's plan does there: "today 37 invoices, 2 held". The plan is the one that `dun plan` makes,
 * of the store and of the policy as it is on the screen. It is made beside, in a thread of its own on a copy of the
 * documents; a request for lenses is answered when it is there.
 *
 * Invariant: the thread reads its job and writes its counts, and nothing else of the server; the lock guards both. */
#include <pthread.h>
#include <stdlib.h>

#include "lang/base/path.h"
#include "lang/check/table.h"
#include "runtime/engine/plan.h"
#include "server.h"

/* What a rung or a rule does today. Rungs are known by what is written, so that moving lines keeps their counts. */
typedef struct rung_count {
  section_kind section;
  slice name;    /* of the ladder or the rule; empty: none */
  uint32_t seq;  /* of rules without a name */
  slice written; /* of the rung; empty: the rule itself */
  entity of;
  uint32_t going, held;
} rung_count;

typedef struct job {
  arena *perm; /* its own, with copies of all that it needs */
  slice path;
  const char *store;
  uint64_t key;
  documents open;
  args a;
  world *w;
  rung_count *counts;
  uint32_t n;
  bool fine;
} job;

typedef struct waiting {
  slice id, uri; /* id as JSON; malloc's by way of `perm` */
  arena *perm;
} waiting;

enum { WAITING_MAX = 256 };

typedef struct lens_worker {
  pthread_mutex_t lock;
  pthread_cond_t change;
  pthread_t thread;
  bool runs, ends;
  job *asked, *doing, *done; /* at most one of each */

  /* the server's own */
  server *s;
  job *last; /* the counts shown */
  waiting v[WAITING_MAX];
  uint32_t n;
  uint64_t store_seen;
  const char *store;
} lens_worker;

/* ---- counting ---- */

typedef struct tally {
  job *j;
  const program *p;
  uint64_t *going, *held; /* index of the count << 32 | row */
  uint32_t going_n, held_n, room;
} tally;

static bool has_action(const lines *body, const action *act) {
  for (uint32_t l = 0; l < body->count; l++)
    for (uint32_t b = 0; b < body->v[l].branch_count; b++) {
      const branch *br = &body->v[l].branches[b];
      if (act >= br->actions && act < br->actions + br->action_count) return true;
    }
  return false;
}

/* Repeats of a rung stand at one place, and share its lines. */
static slice rung_of(const rung *v, uint32_t n, const action *act) {
  for (uint32_t i = 0; i < n; i++)
    if (has_action(&v[i].body, act)) return v[i].written;
  return (slice){NULL, 0};
}

static rung_count key_of(const program *p, const decision *d) {
  rung_count k = {.section = d->section, .of = d->subject_count ? d->subjects[0].of : ENT_INVOICE};
  switch (d->section) {
  case SECTION_LADDER:
    k.name = p->ladders[d->index].name;
    k.written = rung_of(p->ladders[d->index].rungs, p->ladders[d->index].rung_count, d->act);
    break;
  case SECTION_WHEN:
    k.name = p->whens[d->index].name;
    k.seq = p->whens[d->index].seq;
    k.written = rung_of(p->whens[d->index].rungs, p->whens[d->index].rung_count, d->act);
    break;
  case SECTION_EVERY: k.seq = p->everys[d->index].seq; break;
  case SECTION_ON: k.seq = p->ons[d->index].seq; break;
  }
  return k;
}

static bool same(const rung_count *a, const rung_count *b) {
  return a->section == b->section && slice_eq(a->name, b->name) && (a->name.n || a->seq == b->seq) &&
         slice_eq(a->written, b->written);
}

static uint32_t count_at(tally *t, rung_count k) {
  for (uint32_t i = 0; i < t->j->n; i++)
    if (same(&t->j->counts[i], &k)) return i;
  if (t->j->n == t->room) {
    t->room = t->room ? t->room * 2 : 32;
    rung_count *more = ARENA_ARRAY(t->j->perm, t->room, rung_count);
    if (t->j->n) memcpy(more, t->j->counts, t->j->n * sizeof *more);
    t->j->counts = more;
  }
  k.name = arena_slice(t->j->perm, k.name);
  k.written = arena_slice(t->j->perm, k.written);
  t->j->counts[t->j->n] = k;
  return t->j->n++;
}

static int by_number(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

/* Each row once for a rung, whatever its actions are. */
static void count_rows(tally *t, uint64_t *v, uint32_t n, bool held) {
  if (n) qsort(v, n, sizeof *v, by_number);
  for (uint32_t i = 0; i < n; i++) {
    if (i && v[i] == v[i - 1]) continue;
    rung_count *c = &t->j->counts[v[i] >> 32];
    if (held)
      c->held++;
    else
      c->going++;
  }
}

static uint64_t *rows_of(tally *t, session *s, const day_plan *plan, const plan_item *items, uint32_t n,
                         uint32_t *out_n) {
  vec rows = {0};
  arena *scratch = arena_new();
  for (uint32_t i = 0; i < n; i++) {
    decision d = engine_decision(s->e, plan, items[i], scratch);
    for (uint32_t k = 0; k < d.subject_count; k++) {
      uint64_t at = count_at(t, key_of(t->p, &d));
      *VEC_PUSH(s->perm, &rows, uint64_t) = at << 32 | d.subjects[k].row;
    }
    arena_reset(scratch);
  }
  arena_free(scratch);
  *out_n = rows.n;
  return rows.v;
}

static void count_plan(job *j, session *s) {
  day_plan plan;
  plan_list list;
  plan_settle(s->e, s->today, s->perm, &plan);
  engine_list(s->e, &plan, s->perm, &list);
  tally t = {.j = j, .p = s->e->p};
  t.going = rows_of(&t, s, &plan, list.going, list.going_count, &t.going_n);
  t.held = rows_of(&t, s, &plan, list.waiting, list.waiting_count, &t.held_n);
  count_rows(&t, t.going, t.going_n, false);
  count_rows(&t, t.held, t.held_n, true);
  j->fine = true;
}

/* The steps of `dun plan`; what it would print is not shown. */
static void do_job(job *j) {
  overlay o;
  session s;
  arena *perm = arena_new();
  overlay_begin(&o, j->w, &j->open);
  j->a.perm = perm;
  j->a.value[ARG_store] = (arg_value){.given = true, .text = slice_of(j->store)};
  int status = session_compile(&s, &j->a, &o.w, j->path);
  if (status == EXIT_FINE) status = session_today(&s);
  if (status == EXIT_FINE) status = session_open(&s);
  if (status == EXIT_FINE) status = session_engine(&s, s.today, true);
  if (status == EXIT_FINE) count_plan(j, &s);
  if (s.s) session_close(&s);
  arena_free(perm);
}

/* ---- the thread ---- */

static void *live(void *self) {
  lens_worker *l = self;
  pthread_mutex_lock(&l->lock);
  for (;;) {
    while (!l->asked && !l->ends) pthread_cond_wait(&l->change, &l->lock);
    if (l->ends) break;
    job *j = l->doing = l->asked;
    l->asked = NULL;
    pthread_mutex_unlock(&l->lock);
    do_job(j);
    pthread_mutex_lock(&l->lock);
    if (l->done) arena_free(l->done->perm);
    l->done = j;
    l->doing = NULL;
    input_wake(l->s->in);
  }
  pthread_mutex_unlock(&l->lock);
  return NULL;
}

struct lens_worker *lens_begin(server *s) {
  lens_worker *l = ARENA_NEW(s->perm, lens_worker);
  l->s = s;
  pthread_mutex_init(&l->lock, NULL);
  pthread_cond_init(&l->change, NULL);
  l->runs = pthread_create(&l->thread, NULL, live, l) == 0;
  return l;
}

void lens_end(server *s) {
  lens_worker *l = s->lens;
  if (!l->runs) return;
  pthread_mutex_lock(&l->lock);
  l->ends = true;
  pthread_cond_signal(&l->change);
  pthread_mutex_unlock(&l->lock);
  pthread_join(l->thread, NULL);
  job *left[] = {l->asked, l->done, l->last};
  /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
  for (size_t i = 0; i < sizeof left / sizeof *left; i++)
    if (left[i]) arena_free(left[i]->perm);
  for (uint32_t i = 0; i < l->n; i++) arena_free(l->v[i].perm);
}

/* ---- which store, and whether it has changed ---- */

static uint64_t changed(world *w, const char *path) {
  world_file *f;
  if (w->open_file(w, path, &f) != WORLD_OK) return 0;
  uint64_t seen = (uint64_t)w->file_changed_ns(w, f) * 31 + w->file_bytes(w, f);
  w->close_file(w, f);
  return seen ? seen : 1;
}

static uint64_t store_changed(world *w, const char *path, arena *scratch) {
  uint64_t own = changed(w, path);
  return own ? own ^ changed(w, arena_printf(scratch, "%s-wal", path).p) * 3 : 0;
}

/* The one of the command line, else `dun.db` beside the policy, in the folder above, or where the server was started.
 */
static const char *store_of(server *s, const policy *x) {
  const arg_value *given = &s->a->value[ARG_store];
  if (given->given) return given->text.p;
  slice folder = x->s.policy_folder;
  slice places[] = {path_join(s->scratch, folder, SLICE("dun.db")), path_join(s->scratch, folder, SLICE("../dun.db")),
                    SLICE("dun.db")};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    const char *path = arena_copy(s->scratch, places[i]);
    if (changed(s->w, path)) return path;
  }
  return NULL;
}

static uint64_t key_for(server *s, const policy *x, const char *url) {
  uint64_t key = store_changed(s->w, url, s->scratch);
  for (uint32_t f = 0; f < x->q.file_count; f++) key = key * 1000003 ^ slice_hash(x->q.files[f].text);
  return key ^ (uint64_t)(s->w->now_ns(s->w) / 3600000000000);
}

/* ---- asking ---- */

static job *make_job(server *s, const policy *x, const char *url, uint64_t key) {
  arena *perm = arena_new();
  job *j = ARENA_NEW(perm, job);
  *j = (job){.perm = perm, .path = arena_slice(perm, x->path), .store = arena_copy(perm, slice_of(url)), .key = key};
  j->path = (slice){arena_copy(perm, x->path), x->path.n};
  j->w = s->w;
  j->a = *s->a;
  j->a.command = NULL;
  j->open = (documents){.perm = perm, .v = ARENA_ARRAY(perm, s->open.n + 1, document), .n = s->open.n};
  for (uint32_t i = 0; i < s->open.n; i++)
    j->open.v[i] = (document){.path = arena_slice(perm, s->open.v[i].path),
                              .text = {arena_copy(perm, s->open.v[i].text), s->open.v[i].text.n}};
  return j;
}

static void ask(lens_worker *l, job *j) {
  pthread_mutex_lock(&l->lock);
  if (l->asked) arena_free(l->asked->perm);
  l->asked = j;
  pthread_cond_signal(&l->change);
  pthread_mutex_unlock(&l->lock);
}

static bool is_asked(lens_worker *l, uint64_t key) {
  pthread_mutex_lock(&l->lock);
  const job *coming = l->asked ? l->asked : l->doing;
  bool yes = coming && coming->key == key;
  pthread_mutex_unlock(&l->lock);
  return yes;
}

/* ---- the answer ---- */

static slice words_for(const rung_count *c, dun_lang lang, arena *perm) {
  uint32_t n = c->going + c->held;
  slice all = c->of == ENT_CONTRACT   ? TEXTS_COUNT(lang, perm, LSP_CONTRACTS, n)
              : c->of == ENT_CUSTOMER ? TEXTS_COUNT(lang, perm, LSP_CUSTOMERS, n)
                                      : TEXTS_COUNT(lang, perm, LSP_INVOICES, n);
  return c->held ? TEXTS(lang, perm, LSP_HELD, all, texts_number(perm, c->held)) : all;
}

static void put_lens(server *s, json_writer *w, const policy *x, uint16_t file, span at, rung_count k) {
  if (at.file != file) return;
  const job *j = s->lens->last;
  for (uint32_t i = 0; i < j->n; i++)
    if (same(&j->counts[i], &k)) {
      k.going = j->counts[i].going;
      k.held = j->counts[i].held;
    }
  json_begin_object(w, NULL);
  wire_put_range(s, w, "range", x, at);
  json_begin_object(w, "command");
  json_put_text(w, "title", words_for(&k, x->q.trees[file]->lang, s->scratch));
  json_put_text(w, "command", SLICE(""));
  json_end(w);
  json_end(w);
}

static void put_rungs(server *s, json_writer *w, const policy *x, uint16_t file, const rung *v, uint32_t n,
                      rung_count k) {
  for (uint32_t i = 0; i < n; i++) {
    if (i && v[i].at.from == v[i - 1].at.from && v[i].at.file == v[i - 1].at.file) continue; /* a repeat */
    k.written = v[i].written;
    put_lens(s, w, x, file, v[i].at, k);
  }
}

static void put_lenses(server *s, json_writer *w, const policy *x, uint16_t file) {
  const program *p = x->s.c.program;
  for (uint32_t i = 0; i < p->ladder_count; i++) {
    const ladder *l = &p->ladders[i];
    put_rungs(s, w, x, file, l->rungs, l->rung_count,
              (rung_count){.section = SECTION_LADDER, .name = l->name, .of = l->of});
  }
  for (uint32_t i = 0; i < p->when_count; i++) {
    const when_rule *r = &p->whens[i];
    rung_count k = {.section = SECTION_WHEN, .name = r->name, .seq = r->seq, .of = r->of};
    put_rungs(s, w, x, file, r->rungs, r->rung_count, k);
    if (r->standing) put_lens(s, w, x, file, r->at, k);
  }
  for (uint32_t i = 0; i < p->every_count; i++)
    put_lens(s, w, x, file, p->everys[i].at,
             (rung_count){.section = SECTION_EVERY, .seq = p->everys[i].seq, .of = p->everys[i].of});
}

/* Answers now (the list is in `w`), or says that it is to be asked later. */
static bool answer_now(server *s, json_writer *w, policy *x, uint16_t file) {
  lens_worker *l = s->lens;
  const char *url = x && !x->trouble.n && x->s.c.ok && l->runs ? store_of(s, x) : NULL;
  if (!url) {
    json_begin_list(w, "result");
    json_end(w);
    return true;
  }
  uint64_t key = key_for(s, x, url);
  if (!l->last || l->last->key != key || !slice_eq(l->last->path, x->path)) {
    if (!is_asked(l, key)) ask(l, make_job(s, x, url, key));
    return false;
  }
  json_begin_list(w, "result");
  if (l->last->fine) put_lenses(s, w, x, file);
  json_end(w);
  return true;
}

void answer_lenses(server *s, const json *params, json_writer *w) {
  asked q;
  lens_worker *l = s->lens;
  bool there = wire_asked(s, params, &q);
  if (s->error) return;
  if (answer_now(s, w, there ? q.x : NULL, q.file)) return;
  if (l->n == WAITING_MAX) {
    server_fail(s, RPC_REQUEST_FAILED, SLICE("too many requests wait"));
    return;
  }
  arena *perm = arena_new();
  json_writer *id = json_write(perm);
  json_put_json(id, NULL, s->id);
  l->v[l->n++] = (waiting){json_written(id), arena_slice(perm, q.doc->uri), perm};
  s->later = true;
}

static void forget(lens_worker *l, uint32_t i) {
  arena_free(l->v[i].perm);
  l->v[i] = l->v[--l->n];
}

static json_writer *begin(server *s, const waiting *w) {
  slice why;
  json_writer *to = json_write(s->scratch);
  json_begin_object(to, NULL);
  json_put_text(to, "jsonrpc", SLICE("2.0"));
  json_put_json(to, "id", json_parse(w->id, s->scratch, &why));
  return to;
}

void lens_settle(server *s) {
  lens_worker *l = s->lens;
  pthread_mutex_lock(&l->lock);
  job *j = l->done;
  l->done = NULL;
  pthread_mutex_unlock(&l->lock);
  if (!j) return;
  if (l->last) arena_free(l->last->perm);
  l->last = j;
  l->store = j->store;
  l->store_seen = store_changed(s->w, j->store, s->scratch);
  for (uint32_t i = l->n; i-- > 0;) {
    json_writer *w = begin(s, &l->v[i]);
    document *d = document_of_uri(&s->open, l->v[i].uri, s->scratch);
    uint16_t file = 0;
    policy *x = d ? policy_of_document(&s->policies, d, &file) : NULL;
    if (!answer_now(s, w, x, file)) continue; /* it has changed since: asked once more */
    json_end(w);
    server_send(s, json_written(w));
    forget(l, i);
  }
}

void lens_cancel(server *s, slice id) {
  lens_worker *l = s->lens;
  for (uint32_t i = 0; i < l->n; i++) {
    if (!slice_eq(l->v[i].id, id)) continue;
    json_writer *w = begin(s, &l->v[i]);
    json_begin_object(w, "error");
    json_put_int(w, "code", RPC_CANCELLED);
    json_put_text(w, "message", SLICE("cancelled"));
    json_end(w);
    json_end(w);
    server_send(s, json_written(w));
    forget(l, i);
    return;
  }
}

void lens_watch(server *s) {
  lens_worker *l = s->lens;
  if (!l->store || !s->refreshes_lenses) return;
  uint64_t seen = store_changed(s->w, l->store, s->scratch);
  if (seen == l->store_seen) return;
  l->store_seen = seen;
  json_writer *w = json_write(s->scratch);
  json_begin_object(w, NULL);
  json_put_text(w, "jsonrpc", SLICE("2.0"));
  json_put_text(w, "id", arena_printf(s->scratch, "dun-%lld", (long long)++s->calls));
  json_put_text(w, "method", SLICE("workspace/codeLens/refresh"));
  json_end(w);
  server_send(s, json_written(w));
}
