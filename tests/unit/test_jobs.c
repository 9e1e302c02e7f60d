/* Long work in threads: a result is its person's alone, what is given up ends, and there are never too many at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "runtime/api/jobs.h"

enum { ANA = 1, BIA = 2, WAITS_MAX = 2000 };

static void nap(void) {
  world *w = world_posix();
  w->sleep_ns(w, 5000000);
}

typedef struct asked {
  atomic_bool go; /* the work waits for it */
  int answer;
} asked;

static void work(job *j, void *self) {
  asked *a = self;
  while (!atomic_load(&a->go)) {
    if (job_is_over(j)) return;
    job_progress(j, 3, 10);
    nap();
  }
  if (a->answer < 0) {
    job_fail(j, "not_so", SLICE("it cannot be"));
    return;
  }
  int *kept = ARENA_NEW(job_perm(j), int);
  *kept = a->answer;
  job_keep(j, kept);
  job_result(j, arena_printf(job_perm(j), "{\"answer\":%d}", a->answer));
}

/* In the job's own arena: what it is told, and it is let go from outside while it lives. */
static asked *start(jobs *all, int64_t person, int answer, bool go, arena *perm, slice *id) {
  arena *own = arena_new();
  asked *a = ARENA_NEW(own, asked);
  a->answer = answer;
  atomic_store(&a->go, go);
  job_wanted what = {.person = person, .kind = SLICE("sum"), .perm = own, .work = work, .self = a};
  return jobs_start(all, &what, perm, id) ? a : NULL;
}

static job_seen wait_for(jobs *all, slice id, int64_t person, job_state state, arena *perm) {
  job_seen s = {0};
  for (int i = 0; i < WAITS_MAX; i++, nap()) {
    assert_true(jobs_look(all, id, person, perm, &s));
    if (s.state == state) return s;
  }
  fail_msg("it is `%s`, not `%s`", job_state_word(s.state), job_state_word(state));
  return s;
}

static void test_a_result(void **state) {
  (void)state;
  jobs *all = jobs_open(world_posix());
  arena *perm = arena_new();
  slice id;
  job *hold;
  assert_non_null(start(all, ANA, 42, true, perm, &id));
  job_seen s = wait_for(all, id, ANA, JOB_DONE, perm);
  assert_true(slice_eq(s.result, SLICE("{\"answer\":42}")));
  assert_true(slice_eq(s.kind, SLICE("sum")));
  assert_true(s.ended_ns >= s.began_ns);
  const int *kept = jobs_kept(all, id, ANA, SLICE("sum"), &hold);
  assert_int_equal(*kept, 42);
  jobs_release(all, hold);
  assert_null(jobs_kept(all, id, ANA, SLICE("other"), &hold));
  /* Nobody else's. */
  assert_false(jobs_look(all, id, BIA, perm, &s));
  assert_false(jobs_cancel(all, id, BIA));
  assert_null(jobs_kept(all, id, BIA, SLICE("sum"), &hold));
  assert_false(jobs_look(all, SLICE("0"), ANA, perm, &s));
  jobs_close(all);
  arena_free(perm);
}

static void test_a_failure(void **state) {
  (void)state;
  jobs *all = jobs_open(world_posix());
  arena *perm = arena_new();
  slice id;
  assert_non_null(start(all, ANA, -1, true, perm, &id));
  job_seen s = wait_for(all, id, ANA, JOB_FAILED, perm);
  assert_true(slice_eq(s.code, SLICE("not_so")) && slice_eq(s.says, SLICE("it cannot be")));
  assert_int_equal(s.result.n, 0);
  jobs_close(all);
  arena_free(perm);
}

static void test_what_is_given_up(void **state) {
  (void)state;
  jobs *all = jobs_open(world_posix());
  arena *perm = arena_new();
  slice id[3];
  for (int i = 0; i < 3; i++) assert_non_null(start(all, ANA, i, false, perm, &id[i]));
  job_seen s = wait_for(all, id[0], ANA, JOB_RUNS, perm);
  for (int i = 0; i < WAITS_MAX && !s.of; i++, nap()) assert_true(jobs_look(all, id[0], ANA, perm, &s));
  assert_int_equal(s.done, 3);
  assert_int_equal(s.of, 10);
  assert_true(jobs_look(all, id[2], ANA, perm, &s));
  assert_int_equal(s.state, JOB_WAITS); /* two at once */
  assert_true(jobs_cancel(all, id[2], ANA));
  wait_for(all, id[2], ANA, JOB_CANCELLED, perm);
  assert_true(jobs_cancel(all, id[0], ANA));
  wait_for(all, id[0], ANA, JOB_CANCELLED, perm);
  jobs_close(all); /* with one that runs */
  arena_free(perm);
}

static void test_not_too_many(void **state) {
  (void)state;
  jobs *all = jobs_open(world_posix());
  arena *perm = arena_new();
  slice id, other;
  for (int i = 0; i < JOBS_OPEN_EACH; i++) assert_non_null(start(all, ANA, i, false, perm, &id));
  assert_null(start(all, ANA, 9, false, perm, &other));
  int of_others = 0;
  for (int64_t person = BIA; of_others < JOBS_OPEN; person++) {
    if (!start(all, person, 9, false, perm, &other)) break;
    of_others++;
  }
  assert_int_equal(of_others, JOBS_OPEN - JOBS_OPEN_EACH);
  jobs_close(all);
  arena_free(perm);
}

static void test_results_are_kept_a_while(void **state) {
  (void)state;
  jobs *all = jobs_open(world_posix());
  arena *perm = arena_new();
  slice id[JOBS_KEPT_EACH + 3];
  job *hold;
  job_seen s;
  assert_non_null(start(all, ANA, 0, true, perm, &id[0]));
  wait_for(all, id[0], ANA, JOB_DONE, perm);
  const int *kept = jobs_kept(all, id[0], ANA, SLICE("sum"), &hold); /* read while newer ones come */
  for (int i = 1; i < JOBS_KEPT_EACH + 3; i++) {
    assert_non_null(start(all, ANA, i, true, perm, &id[i]));
    wait_for(all, id[i], ANA, JOB_DONE, perm);
  }
  int there = 0;
  for (int i = 0; i < JOBS_KEPT_EACH + 3; i++) there += jobs_look(all, id[i], ANA, perm, &s);
  assert_true(there >= JOBS_KEPT_EACH && there <= JOBS_KEPT_EACH + 1);
  assert_int_equal(*kept, 0);
  assert_true(jobs_look(all, id[0], ANA, perm, &s));
  assert_true(jobs_look(all, id[JOBS_KEPT_EACH + 2], ANA, perm, &s));
  jobs_release(all, hold);
  jobs_close(all);
  arena_free(perm);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_result),
      cmocka_unit_test(test_a_failure),
      cmocka_unit_test(test_what_is_given_up),
      cmocka_unit_test(test_not_too_many),
      cmocka_unit_test(test_results_are_kept_a_while),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
