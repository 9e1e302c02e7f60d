/* What takes long and is about a policy: a difference and its effect on the store, its tests, its guarantees. Each by
 * the functions of the command of that name, in a job with a compile and a store of its own. */
#include "lang/base/path.h"
#include "policies.h"
#include "runtime/cli/diff_find.h"
#include "runtime/cli/prove_show.h"
#include "runtime/cli/test_report.h"

enum { DIFF_DAYS = 30 };

/* ---- jobs ---- */

void policy_job_begin(api_call *c, const char *kind, arena *perm, job_work *work, void *self) {
  slice id;
  job_wanted what = {.person = c->who.id, .kind = slice_of(kind), .perm = perm, .work = work, .self = self};
  if (!c->house->jobs || !jobs_start(c->house->jobs, &what, c->perm, &id)) {
    api_fail(c, 429, "too_many", SLICE("there is too much being worked out already: wait for it, or cancel it"));
    return;
  }
  api_status(c, 202);
  json_put_text(c->out, "job", id);
}

static void put_seen(api_call *c, const job_seen *s) {
  slice why;
  json_writer *w = c->out;
  json_put_text(w, "job", c->var[0]);
  json_put_text(w, "kind", s->kind);
  json_put_text(w, "state", slice_of(job_state_word(s->state)));
  json_begin_object(w, "progress");
  json_put_int(w, "done", (int64_t)s->done);
  json_put_int(w, "of", (int64_t)s->of);
  json_end(w);
  if (s->state == JOB_FAILED) {
    json_begin_object(w, "error");
    json_put_text(w, "code", s->code);
    json_put_text(w, "message", api_said(c, s->says));
    json_end(w);
  }
  if (s->state == JOB_DONE) {
    json_put_int(w, "took_ms", (s->ended_ns - s->began_ns) / 1000000);
    json_put_json(w, "result", json_parse(s->result, c->perm, &why));
  }
}

static void no_job(api_call *c) {
  api_fail(c, 404, "not_there", SLICE("there is no such work any more: results are kept for half an hour"));
}

void job_get(api_call *c) {
  job_seen s;
  if (jobs_look(c->house->jobs, c->var[0], c->who.id, c->perm, &s))
    put_seen(c, &s);
  else
    no_job(c);
}

void job_cancel_post(api_call *c) {
  if (jobs_cancel(c->house->jobs, c->var[0], c->who.id))
    api_nothing(c);
  else
    no_job(c);
}

/* ---- what each is told ---- */

/* A copy of what the work needs, in an arena of its own. */
static policy_task *task_new(const api_call *c, const policy_place *p) {
  arena *perm = arena_new();
  policy_task *t = ARENA_NEW(perm, policy_task);
  t->a = policy_args(c->policy, c->lang, perm);
  t->path = slice_of(arena_copy(perm, p->path));
  return t;
}

void policy_task_end(job *j, arena *own, json_writer *w) {
  json_end(w);
  job_result(j, arena_slice(job_perm(j), json_written(w)));
  arena_free(own);
}

static json_writer *begin(arena *own) {
  json_writer *w = json_write(own);
  json_begin_object(w, NULL);
  return w;
}

/* ---- a difference ---- */

static void diff_progress(void *self, uint32_t done, uint32_t days) { job_progress(self, done, days); }

static bool diff_ends(void *self) { return job_is_over(self); }

static void work_diff(job *j, void *self) {
  static const documents NONE;
  const policy_task *t = self;
  arena *own = arena_new();
  args *a = ARENA_NEW(own, args);
  overlay quiet;
  diff_found f;
  diff_watch watch = {diff_progress, diff_ends, j};
  *a = *t->a;
  a->perm = own;
  a->word = ARENA_ARRAY(own, 2, slice);
  a->word[0] = t->from;
  a->word[1] = t->to;
  a->word_count = t->to.n ? 2 : 1;
  a->value[ARG_policy] = (arg_value){.given = true, .text = t->path};
  a->value[ARG_store] = (arg_value){.given = true, .text = slice_of(session_store_url(t->a))};
  a->value[ARG_days] = (arg_value){.given = true, .number = t->days};
  overlay_begin(&quiet, job_world(j), &NONE);
  overlay_hush(&quiet, own);
  int status = diff_find(a, &quiet.w, &watch, &f);
  json_writer *w = begin(own);
  if (status == EXIT_FINE)
    diff_json(&f.r, w);
  else
    job_fail(j, status == EXIT_COMPILE ? "does_not_compile" : "not_so", slice_trim(text_slice(&quiet.said)));
  diff_found_close(&f);
  policy_task_end(j, own, w);
}

static bool read_revision(api_call *c, const char *name, bool needed, slice *rev) {
  if (!api_text(c, name, POLICY_REVISION_MAX, needed, rev)) return false;
  if (!rev->n || policy_is_revision(*rev)) return true;
  api_wrong(c, name, SLICE("git has no revision of that name"));
  return false;
}

void policy_diff_post(api_call *c) {
  policy_place p;
  slice from, to;
  int64_t days = DIFF_DAYS;
  if (!read_revision(c, "from", true, &from) || !read_revision(c, "to", false, &to) ||
      (json_member(c->json, SLICE("days")) && !api_whole(c, "days", 1, POLICY_DAYS_MAX, &days)) ||
      !policy_asked(c, &p, (slice){0}))
    return;
  policy_task *t = task_new(c, &p);
  t->from = slice_of(arena_copy(t->a->perm, from));
  t->to = to.n ? slice_of(arena_copy(t->a->perm, to)) : (slice){0};
  t->days = days;
  policy_job_begin(c, "diff", t->a->perm, work_diff, t);
  policy_place_close(&p);
}

/* ---- tests and guarantees: of a policy as it is on disk, at a revision, or in the editor ---- */

bool policy_task_read(job *j, const policy_task *t, arena *own, policy_place *p) {
  args *a = ARENA_NEW(own, args);
  *a = *t->a;
  a->perm = own;
  policy_place_open(p, job_world(j), a, t->path, own);
  if (t->has_text) document_open(&p->open, p->path, 1, t->text);
  if (policy_place_at(p, job_world(j), t->to) && policy_place_read(p)) return true;
  job_fail(j, "does_not_compile", p->trouble);
  return false;
}

void policy_task_begin(api_call *c, const char *kind, job_work *work, int64_t days) {
  policy_place p;
  slice rev;
  const json *said = json_member(c->json, SLICE("text"));
  if (json_text(said).n > POLICY_TEXT_MAX) {
    api_fail(c, 413, "bad_request", SLICE("the file is too large for the page"));
    return;
  }
  if (!read_revision(c, "rev", false, &rev) || !policy_asked(c, &p, rev)) return;
  policy_task *t = task_new(c, &p);
  t->to = rev.n ? slice_of(arena_copy(t->a->perm, rev)) : (slice){0};
  t->days = days;
  t->has_text = json_kind_of(said) == JSON_TEXT;
  t->text = arena_slice(t->a->perm, json_text(said));
  policy_job_begin(c, kind, t->a->perm, work, t);
  policy_place_close(&p);
}

static void put_rows(json_writer *w, const tested *t, const test_outcome *o, arena *own) {
  test_pair *v = ARENA_ARRAY(own, o->count + 1, test_pair);
  uint32_t n = test_pairs(t, o, v, own);
  static const char *const MARKS[] = {"as expected", "not happened", "unexpected", "another"};
  json_begin_list(w, "rows");
  for (uint32_t i = 0; i < n; i++) {
    const char *at = strchr(" -+!", v[i].mark);
    json_begin_object(w, NULL);
    api_put_day(w, "day", v[i].day.day);
    json_put_text(w, "is", slice_of(MARKS[at - strchr(" -+!", ' ')]));
    json_put_text(w, "expected", v[i].expected);
    json_put_text(w, "happened", v[i].actual);
    json_end(w);
  }
  json_end(w);
}

static void put_outcome(json_writer *w, const policy_place *p, const tested *t, const test_outcome *o, arena *own) {
  const program *x = p->s.c.program;
  uint32_t line_no, at;
  source_position(&x->sources[o->test->at.file], o->test->at.from, &line_no, &at);
  json_begin_object(w, NULL);
  json_put_text(w, "name", o->test->name);
  json_put_text(w, "path", x->sources[o->test->at.file].name);
  json_put_int(w, "line", line_no);
  json_put_bool(w, "passed", o->passed);
  json_put_text(w, "error", o->error);
  api_put_day(w, "from", o->from.day);
  api_put_day(w, "to", o->to.day);
  put_rows(w, t, o, own);
  json_end(w);
}

static void work_test(job *j, void *self) {
  const policy_task *t = self;
  arena *own = arena_new();
  policy_place p;
  json_writer *w = begin(own);
  if (policy_task_read(j, t, own, &p)) {
    const program *x = p.s.c.program;
    tested all = {.path = p.path, .p = x, .lang = t->a->lang};
    uint32_t failed = 0;
    json_begin_list(w, "tests");
    for (uint32_t i = 0; i < x->test_count && !job_is_over(j); i++) {
      test_outcome o;
      job_progress(j, i, x->test_count);
      policy_test_run(job_world(j), &p.s.c, &x->tests[i], NULL, own, &o);
      failed += !o.passed;
      put_outcome(w, &p, &all, &o, own);
    }
    json_end(w);
    json_put_int(w, "passed", x->test_count - failed);
    json_put_int(w, "failed", failed);
  }
  policy_place_close(&p);
  policy_task_end(j, own, w);
}

void policy_test_post(api_call *c) { policy_task_begin(c, "test", work_test, 0); }

static void put_proof(json_writer *w, session *s, const prove_result *r) {
  const program *x = s->c.program;
  text given = text_new(s->perm), steps = text_new(s->perm);
  uint32_t line_no, at;
  source_position(&x->sources[r->of->at.file], r->of->at.from, &line_no, &at);
  if (r->verdict == PROVE_BROKEN) {
    prove_show_given(&given, x, r->example, 0);
    prove_show_steps(&steps, x, s->lang, &r->timeline, 0);
  }
  json_begin_object(w, NULL);
  json_put_text(w, "says",
                slice_trim((slice){x->sources[r->of->at.file].text.p + r->of->at.from, r->of->at.to - r->of->at.from}));
  json_put_text(w, "path", x->sources[r->of->at.file].name);
  json_put_int(w, "line", line_no);
  json_put_text(w, "verdict", slice_of(prove_verdict_word(r->verdict, PROVE_SAID_GUARANTEE)));
  json_put_text(w, "why", prove_show_why(x, s->lang, r, s->perm));
  json_put_text(w, "given", text_slice(&given));
  json_put_text(w, "steps", text_slice(&steps));
  json_end(w);
}

static void work_prove(job *j, void *self) {
  const policy_task *t = self;
  arena *own = arena_new();
  policy_place p;
  json_writer *w = begin(own);
  json_begin_list(w, "guarantees");
  if (policy_task_read(j, t, own, &p) && session_today(&p.s) == EXIT_FINE) {
    uint32_t n = p.s.c.program->guarantee_count;
    prove_result *v = ARENA_ARRAY(own, n + 1, prove_result);
    prove_guarantees(job_world(j), &p.s.c, p.s.today, PROVE_CASES_FEW, own, v);
    for (uint32_t i = 0; i < n; i++) put_proof(w, &p.s, &v[i]);
  }
  json_end(w);
  policy_place_close(&p);
  policy_task_end(j, own, w);
}

void policy_prove_post(api_call *c) { policy_task_begin(c, "prove", work_prove, 0); }
