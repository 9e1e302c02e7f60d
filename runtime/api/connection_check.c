/* POST /api/connections/check: what `dun doctor` asks of connect lines (runtime/cli/doctor.h), in a job beside the
 * requests. What it finds is stored by line, so that everybody sees it, and after a restart too.
 *
 * Invariants: each call that it makes has its bound of time; the store is written to between two lines, never during a
 * call. */
#include "connections.h"
#include "jobs.h"
#include "runtime/cli/doctor.h"
#include "runtime/store/checks.h"

typedef struct checking {
  session s; /* its own compile; its arena is the job's */
  const char *store_url;
  slice by;
  const slice *names;
  size_t n;
  json_writer *found;
} checking;

static void take(void *self, slice where, bool fine, slice what, slice remedy) {
  checking *k = self;
  json_begin_object(k->found, NULL);
  json_put_text(k->found, "where", where);
  json_put_bool(k->found, "fine", fine);
  json_put_text(k->found, "what", what);
  json_put_text(k->found, "remedy", remedy);
  json_end(k->found);
}

static const connection *line_of(const checking *k, slice name) {
  const program *p = k->s.c.program;
  for (uint32_t i = 0; i < p->connection_count; i++)
    if (slice_eq(name, connections_line(k->s.perm, p->connections + i))) return p->connections + i;
  return NULL;
}

static store_code note(store *s, const checking *k, slice name, int64_t begun_us, slice state, slice findings) {
  store_check c = {.line = name, .state = state, .by = k->by, .findings = findings, .begun_us = begun_us};
  if (!slice_eq(state, CHECK_RUNNING)) c.ended_us = store_now_us(s);
  store_event e = {SLICE("check"), k->by, name, SLICE("{}")};
  store_code code = store_begin(s);
  if (code == STORE_OK) code = store_check_put(s, &c);
  if (code == STORE_OK) code = store_audit_append(s, &e);
  if (code == STORE_OK) return store_commit(s);
  store_rollback(s);
  return code;
}

static store_code check_one(store *s, checking *k, slice name) {
  doctor d = {.s = &k->s, .where = name, .take = take, .take_self = k};
  const connection *c = line_of(k, name);
  int64_t begun_us = store_now_us(s);
  k->found = json_write(k->s.perm);
  json_begin_list(k->found, NULL);
  if (c)
    doctor_line(&d, c);
  else
    doctor_others(&d);
  json_end(k->found);
  return note(s, k, name, begun_us, CHECK_DONE, json_written(k->found));
}

static void work(job *j, void *self) {
  checking *k = self;
  store *s;
  store_error why;
  if (store_open(job_world(j), k->store_url, &s, &why) != STORE_OK) {
    job_fail(j, "busy", SLICE("the store cannot be read or written: the service's log says why"));
    return;
  }
  store_code code = STORE_OK;
  for (size_t i = 0; i < k->n && code == STORE_OK && !job_is_over(j); i++) {
    job_progress(j, i, k->n);
    code = check_one(s, k, k->names[i]);
  }
  store_close(s);
  if (code != STORE_OK)
    job_fail(j, "busy", SLICE("the store is busy: try again in a moment"));
  else
    job_result(j, SLICE("{}"));
}

/* Whether one of them is being checked at this moment. */
static bool at_work(api_call *c, const slice *names, size_t n) {
  int64_t now = c->w->now_ns(c->w) / 1000;
  for (size_t i = 0; i < n; i++) {
    store_check k;
    store_code code = store_check_of(c->s, names[i], c->perm, &k);
    if (code == STORE_END) continue;
    if (!api_stored(c, code)) return true;
    if (!slice_eq(k.state, CHECK_RUNNING) || now - k.begun_us > (int64_t)CHECK_MINUTES * 60 * 1000000) continue;
    api_fail(c, 409, "not_so", SLICE("it is being checked already"));
    return true;
  }
  return false;
}

/* All lines, or the one that was asked for. */
static bool lines_asked(api_call *c, slice name, arena *perm, const slice **to, size_t *n) {
  const program *p = c->policy->c.program;
  slice *v = ARENA_ARRAY(perm, p->connection_count + 1, slice);
  *n = 0;
  for (uint32_t i = 0; i < p->connection_count; i++) {
    slice one = connections_line(perm, p->connections + i);
    if (!name.n || slice_eq(name, one)) v[(*n)++] = one;
  }
  if (!name.n || slice_eq(name, CONNECTIONS_OTHERS)) v[(*n)++] = CONNECTIONS_OTHERS;
  *to = v;
  if (*n == 0) api_fail(c, 404, "not_there", SLICE("the policy has no such connection"));
  return *n > 0;
}

static bool begin(api_call *c, checking *k) {
  store_code code = store_begin(c->s);
  for (size_t i = 0; i < k->n && code == STORE_OK; i++) {
    store_check one = {.line = k->names[i],
                       .state = CHECK_RUNNING,
                       .by = k->by,
                       .begun_us = store_now_us(c->s),
                       .findings = SLICE("[]")};
    code = store_check_put(c->s, &one);
  }
  if (code == STORE_OK) code = store_commit(c->s);
  return api_stored(c, code);
}

void connections_check(api_call *c) {
  slice name, id;
  session own;
  if (!api_text(c, "line", 200, false, &name)) return;
  if (!c->house->jobs || !api_session(c, &own)) {
    api_fail(c, 409, "not_so", SLICE("the policy's files do not compile now: `dun check` says why"));
    return;
  }
  checking *k = ARENA_NEW(own.perm, checking);
  *k = (checking){.s = own,
                  .store_url = arena_copy(own.perm, slice_of(c->house->store_url)),
                  .by = arena_slice(own.perm, c->who.login)};
  (void)session_templates(&k->s); /* without them the lines are checked all the same */
  if (!lines_asked(c, name, own.perm, &k->names, &k->n) || at_work(c, k->names, k->n) || !begin(c, k)) {
    arena_free(own.perm);
    return;
  }
  job_wanted what = {.person = c->who.id, .kind = SLICE("doctor"), .perm = own.perm, .work = work, .self = k};
  if (!jobs_start(c->house->jobs, &what, c->perm, &id)) {
    api_fail(c, 429, "too_many", SLICE("there is too much being worked out already: wait for it, or cancel it"));
    return;
  }
  api_status(c, 202);
  json_put_text(c->out, "job", id);
}
