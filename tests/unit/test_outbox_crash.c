/* The program is killed at every call that it makes to the world (the clock, chance, the mail server: before and
 * after), so between every two commits and inside of every transaction, over a real file. Started again until nothing
 * is left, no message has gone twice, none is lost, and what is unknown is at most those that were on their way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "tests/support/outbox_fixture.h"

enum { MESSAGES = 5, TOGETHER = 3, SENT_MAX = 32, KILLED = 77 }; /* TOGETHER: on their way at a time */

/* Outlives the program that is killed. */
static struct post {
  long calls, kill_at; /* 0: it lives */
  int sent, busy;      /* messages taken over; how many are put off first */
  bool lose;           /* the answer to the first message gets lost */
  char id[SENT_MAX][80];
} * post;

static void call(void) {
  post->calls++;
  if (post->kill_at && post->calls == post->kill_at) _exit(KILLED);
}

static int64_t (*clock_ns)(world *w);
static int64_t counted_now(world *w) {
  call();
  return clock_ns(w);
}
static world_code (*chance)(world *w, void *out, size_t bytes);
static world_code counted_random(world *w, void *out, size_t bytes) {
  call();
  return chance(w, out, bytes);
}

static mail_session *post_open(const mail_server *s) {
  (void)s;
  return (mail_session *)post;
}
static void post_close(mail_session *s) { (void)s; }
static mail_report post_one(const email *m) {
  call();
  if (post->busy > 0) {
    post->busy--;
    return BUSY;
  }
  snprintf(post->id[post->sent], sizeof post->id[0], "%.*s", SLICE_ARG(m->message_id));
  post->sent++;
  call();
  if (!post->lose) return (mail_report){MAIL_OK, MAIL_ANSWERED, 250, ""};
  post->lose = false;
  return TIMEOUT;
}
static void post_send(mail_session *s, const email *v, size_t n, mail_report *out, arena *scratch) {
  (void)s;
  (void)scratch;
  for (size_t i = 0; i < n; i++) out[i] = post_one(v + i);
}
static const struct world_net POST = {.mail_open = post_open, .mail_send = post_send, .mail_close = post_close};

/* ---- a program's life ---- */

static house start(const char *path, int64_t later_s) {
  house h = {.w = world_fake_new(NOON_NS + later_s * 1000000000)};
  clock_ns = h.w->now_ns;
  chance = h.w->random;
  h.w->now_ns = counted_now;
  h.w->random = counted_random;
  h.w->net = &POST;
  store_error why;
  if (store_open(h.w, path, &h.s, &why) != STORE_OK) fail_msg("%s", why.text);
  return h;
}

static void ledger(const char *path) {
  house h = start(path, 0);
  for (int i = 1; i <= MESSAGES; i++) {
    char number[16], customer[16], address[32];
    snprintf(number, sizeof number, "A-%d", i);
    snprintf(customer, sizeof customer, "C%d", i);
    snprintf(address, sizeof address, "c%d@x.example", i);
    put_customer(&h, customer, address, NULL);
    put_invoice(&h, number, customer, 10000, DAY - 1, "open");
  }
  end(&h);
}

static void live(const char *path, int64_t later_s) {
  house h = start(path, later_s);
  whole_run(&h, POLICY, DAY);
  end(&h);
}

static int killed(const char *path, long at) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    post->calls = 0;
    post->kill_at = at;
    live(path, 0);
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  post->kill_at = 0;
  return WEXITSTATUS(status);
}

/* ---- what must be true ---- */

static void nothing_twice(long at) {
  for (int i = 0; i < post->sent; i++)
    for (int k = 0; k < i; k++)
      if (strcmp(post->id[i], post->id[k]) == 0) fail_msg("killed at call %ld: a message went twice", at);
}

/* Every message is accepted or unknown; of those that nobody knows there are `unknown` at most. */
static void nothing_lost(const char *path, long at, int unknown) {
  house h = start(path, 86400 / 2);
  int accepted = 0, open = 0;
  for (int i = 0; i < MESSAGES; i++) {
    const char *state = state_of(&h, i);
    if (strcmp(state, "accepted") == 0)
      accepted++;
    else if (strncmp(state, "unknown", 7) == 0)
      open++;
    else
      fail_msg("killed at call %ld: message %d is \"%s\"", at, i, state);
  }
  assert_int_equal(accepted + open, MESSAGES);
  if (open > unknown) fail_msg("killed at call %ld: %d are unknown", at, open);
  /* What was accepted went; what went and is not accepted is unknown. */
  assert_true(post->sent >= accepted && post->sent <= accepted + open);
  assert_chain(&h);
  end(&h);
}

static void unlink_store(const char *path) {
  static const char *const TAILS[] = {"", "-wal", "-shm"};
  for (int i = 0; i < 3; i++) {
    char name[80];
    snprintf(name, sizeof name, "%s%s", path, TAILS[i]);
    unlink(name);
  }
}

/* Kills at every call of a whole run; how many there were. */
static long sweep(int busy, bool lose) {
  /* In memory where there is such a folder: it is written some hundred times. */
  const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  char path[64];
  int result = KILLED;
  long at = 1;
  for (; result == KILLED; at++) {
    snprintf(path, sizeof path, "%s/dun-test-crash-%d", folder, (int)getpid());
    unlink_store(path);
    memset(post, 0, sizeof *post);
    post->busy = busy;
    post->lose = lose;
    ledger(path);
    result = killed(path, at);
    /* Two minutes, then hours later: leases and waits are over. */
    for (int k = 1; k <= 3; k++) live(path, k == 1 ? 120 : k * 3600);
    nothing_twice(at);
    nothing_lost(path, at, TOGETHER + lose);
    unlink_store(path);
  }
  print_message("killed at %ld calls\n", at - 2);
  return at - 2;
}

static void killed_at_every_call(void **state) {
  (void)state;
  assert_true(sweep(0, false) > MESSAGES * 10);
}
static void killed_at_every_call_with_a_busy_server(void **state) {
  (void)state;
  assert_true(sweep(2, false) > MESSAGES * 10);
}
static void killed_at_every_call_with_a_lost_answer(void **state) {
  (void)state;
  assert_true(sweep(0, true) > MESSAGES * 10);
}

/* ---- two at once ---- */

/* A worker that was stopped for too long finds its claim taken over: neither its gate nor its answer moves anything. */
static void a_claim_that_was_taken_over_moves_nothing(void **state) {
  (void)state;
  house h = begin();
  run r;
  run_commit(&h, &r, POLICY, DAY);
  int64_t first, second;
  must(h.s, store_begin(h.s));
  int64_t now = h.w->now_ns(h.w) / 1000;
  must(h.s, store_lease(h.s, 1, SLICE("first"), now + 60000000, &first));
  must(h.s, store_commit(h.s));
  assert_int_equal(first, 1);
  /* Its lease is not over: nobody else takes it. */
  run_deliver(&h, &r);
  assert_int_equal(server.sent, 0);
  pass_seconds(&h, 61);
  run_deliver(&h, &r);
  assert_int_equal(server.sent, 1);
  assert_string_equal(state_of(&h, 0), "accepted");
  store_claim c;
  must(h.s, store_claim_of(h.s, 1, r.a, &c));
  second = c.fence;
  assert_int_equal(second, 2);
  must(h.s, store_begin(h.s));
  must(h.s, store_release(h.s, 1, first, (slice){0}));
  sent_result late = {.m = {.a = {.id = 1}, .ch = CH_EMAIL, .fence = first},
                      .attempt = 1,
                      .r = {.outcome = SEND_REJECTED, .detail = SLICE("late")}};
  must(h.s, outbox_settle(&r.o, &late, r.a));
  must(h.s, store_commit(h.s));
  assert_string_equal(state_of(&h, 0), "accepted");
  run_end(&r);
  end(&h);
}

static void move(const house *h, action_state from, action_state to) {
  bool moved;
  must(h->s, store_action_move(h->s, 1, from, to, (slice){0}, &moved));
  assert_true(moved);
}

static void answer_late(const house *h, run *r, int64_t fence, send_outcome outcome) {
  const sent_result late = {.m = {.a = {.id = 1}, .ch = CH_EMAIL, .fence = fence},
                            .attempt = 1,
                            .r = {.outcome = outcome, .detail = SLICE("late")}};
  must(h->s, outbox_settle(&r->o, &late, r->a));
}

/* The first worker is given up, a person has it sent again, the second has it: what the first one says or gives back is
 * about a claim that is over. */
static void of_two_claims_the_later_counts(void **state) {
  (void)state;
  house h = begin();
  run r;
  int64_t first, second, until = h.w->now_ns(h.w) / 1000 + 60000000;
  run_commit(&h, &r, POLICY, DAY);
  must(h.s, store_begin(h.s));
  must(h.s, store_lease(h.s, 1, SLICE("first"), until, &first));
  move(&h, ACTION_leased, ACTION_sending);
  move(&h, ACTION_sending, ACTION_unknown);
  move(&h, ACTION_unknown, ACTION_ready);
  must(h.s, store_lease(h.s, 1, SLICE("second"), until, &second));
  must(h.s, store_release(h.s, 1, first, (slice){0}));
  assert_string_equal(state_of(&h, 0), "leased");
  move(&h, ACTION_leased, ACTION_sending);
  for (int outcome = 0; outcome < SEND_OUTCOME_COUNT; outcome++) {
    answer_late(&h, &r, first, (send_outcome)outcome);
    assert_string_equal(state_of(&h, 0), "sending");
  }
  answer_late(&h, &r, second, SEND_ACCEPTED);
  assert_string_equal(state_of(&h, 0), "accepted");
  must(h.s, store_commit(h.s));
  run_end(&r);
  end(&h);
}

/* The answer comes after a recovery gave it up: knowing is better than not knowing. */
static void a_late_answer_ends_the_not_knowing(void **state) {
  (void)state;
  house h = begin();
  answers(1, TIMEOUT);
  assert_string_equal(whole_run(&h, POLICY, DAY), "UNKNOWN 1");
  run r;
  run_commit(&h, &r, POLICY, DAY);
  sent_result late = {.m = {.a = {.id = 1}, .ch = CH_EMAIL, .fence = 1},
                      .attempt = 1,
                      .r = {.outcome = SEND_ACCEPTED, .provider_id = SLICE("x")}};
  must(h.s, store_begin(h.s));
  must(h.s, outbox_settle(&r.o, &late, r.a));
  must(h.s, store_commit(h.s));
  assert_string_equal(state_of(&h, 0), "accepted");
  run_end(&r);
  end(&h);
}

int main(void) {
  post = mmap(NULL, sizeof *post, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (post == MAP_FAILED) return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(killed_at_every_call),
      cmocka_unit_test(killed_at_every_call_with_a_busy_server),
      cmocka_unit_test(killed_at_every_call_with_a_lost_answer),
      cmocka_unit_test(a_claim_that_was_taken_over_moves_nothing),
      cmocka_unit_test(of_two_claims_the_later_counts),
      cmocka_unit_test(a_late_answer_ends_the_not_knowing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
