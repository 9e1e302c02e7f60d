/* Tries and their waits, rates and breakers, what providers know and say later, and what people do about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/outbox/human.h"
#include "runtime/store/message.h"
#include "runtime/world_fake.h"
#include "tests/support/outbox_fixture.h"

/* ---- a provider that does what the test says ---- */

static struct provider {
  send_result send, find;
  int sent, asked;
  char key[64][80];
} provider;

static send_result provider_send(sender *s, const channel_message *m, arena *perm) {
  (void)s;
  (void)perm;
  snprintf(provider.key[provider.sent], sizeof provider.key[0], "%.*s", SLICE_ARG(m->key));
  provider.sent++;
  return provider.send;
}
static send_result provider_find(sender *s, const channel_message *m, int64_t begun_s, arena *perm) {
  (void)s;
  (void)m;
  (void)perm;
  assert_true(begun_s > 0);
  provider.asked++;
  return provider.find;
}
static const channel_driver PLAIN = {.kind = "plain", .channels = 1u << CH_EMAIL, .real = true, .send = provider_send};
static const channel_driver FINDS = {
    .kind = "finds", .channels = 1u << CH_EMAIL, .real = true, .send = provider_send, .find = provider_find};
static const channel_driver KEYED = {
    .kind = "keyed", .channels = 1u << CH_EMAIL, .real = true, .send = provider_send, .honours_key = true};

/* A whole run through that provider; the tallies. */
static const char *run_by(house *h, const channel_driver *d) {
  run r;
  run_commit(h, &r, POLICY, DAY);
  const channel_driver *own = r.o.ch[CH_EMAIL].driver;
  r.o.ch[CH_EMAIL].driver = d;
  must(h->s, outbox_recover(&r.o));
  run_deliver(h, &r);
  const char *out = tallies(&r);
  r.o.ch[CH_EMAIL].driver = own;
  run_end(&r);
  return out;
}

static house open_with(send_outcome outcome) {
  provider = (struct provider){.send = {.outcome = outcome, .provider_id = SLICE("m-1"), .detail = SLICE("said so")}};
  return begin();
}

/* ---- tries ---- */

static void after_the_last_try_it_is_a_dead_letter(void **state) {
  (void)state;
  house h = open_with(SEND_RETRY);
  human_result r;
  for (int i = 1; i < OUTBOX_TRIES_MAX; i++) {
    assert_string_equal(run_by(&h, &PLAIN), "DEFERRED 1");
    store_channel well = {0};
    must(h.s, store_channel_put(h.s, SLICE("email"), &well)); /* the breaker is another test's */
    pass_seconds(&h, 3600);
  }
  assert_string_equal(run_by(&h, &PLAIN), "DEAD 1");
  assert_string_equal(state_of(&h, 0), "dead: given up after 8 tries: said so");
  assert_int_equal(provider.sent, OUTBOX_TRIES_MAX);
  pass_seconds(&h, 3600);
  assert_string_equal(run_by(&h, &PLAIN), "");
  must(h.s, outbox_human(h.s, HUMAN_RETRY, 1, SLICE("ana"), false, &r));
  assert_int_equal(r.answer, HUMAN_DONE);
  provider.send.outcome = SEND_ACCEPTED;
  assert_string_equal(run_by(&h, &PLAIN), "SENT 1");
  end(&h);
}

static void a_channel_that_is_down_makes_no_dead_letters(void **state) {
  (void)state;
  house h = open_with(SEND_DOWN);
  for (int i = 0; i < 3 * OUTBOX_TRIES_MAX; i++) {
    (void)run_by(&h, &PLAIN);
    pass_seconds(&h, 3600);
  }
  assert_true(provider.sent > OUTBOX_TRIES_MAX);
  provider.send.outcome = SEND_ACCEPTED;
  assert_string_equal(run_by(&h, &PLAIN), "SENT 1");
  end(&h);
}

static int64_t not_before(house *h) {
  const slice columns[] = {SLICE("not_before")};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 1};
  store_cursor *c;
  must(h->s, store_scan(h->s, &q, &c));
  assert_int_equal(store_next(c), STORE_ROW);
  int64_t at = store_int(c, 0);
  store_cursor_close(c);
  return at - h->w->now_ns(h->w) / 1000;
}

/* Each wait is by chance, within a bound that doubles; where the receiver says it, never before that. */
static void waits_grow_and_heed_the_receiver(void **state) {
  (void)state;
  house h = open_with(SEND_RETRY);
  int64_t bound = 60, longest = 0;
  for (int i = 1; i < OUTBOX_TRIES_MAX; i++, bound = bound < 3600 ? bound * 2 : bound) {
    if (bound > 3600) bound = 3600;
    assert_string_equal(run_by(&h, &PLAIN), "DEFERRED 1");
    int64_t wait = not_before(&h);
    assert_true(wait >= 0 && wait <= bound * 1000000);
    if (wait > longest) longest = wait;
    store_channel well = {0};
    must(h.s, store_channel_put(h.s, SLICE("email"), &well));
    pass_seconds(&h, bound);
  }
  assert_true(longest > 60 * (int64_t)1000000);
  end(&h);
  h = open_with(SEND_RETRY);
  provider.send.retry_s = 120;
  assert_string_equal(run_by(&h, &PLAIN), "DEFERRED 1");
  int64_t wait = not_before(&h);
  assert_true(wait >= 120 * (int64_t)1000000 && wait <= 132 * (int64_t)1000000);
  pass_seconds(&h, 119);
  assert_string_equal(run_by(&h, &PLAIN), "DEFERRED 1"); /* still, and not called */
  assert_int_equal(provider.sent, 1);
  end(&h);
}

/* ---- channels ---- */

static void a_rate_is_kept_and_nothing_is_lost(void **state) {
  (void)state;
  house h = open_with(SEND_ACCEPTED);
  several(&h);
  run r;
  run_commit(&h, &r, POLICY, DAY);
  r.o.ch[CH_EMAIL].rate = (channel_rate){.per_minute = 60, .at_once = 2};
  int64_t before = h.w->now_ns(h.w);
  run_deliver(&h, &r);
  int64_t passed = h.w->now_ns(h.w) - before;
  assert_string_equal(tallies(&r), "SENT 6");
  assert_true(passed >= 4 * (int64_t)1000000000 && passed < 5 * (int64_t)1000000000);
  /* A restart has no new credit. */
  store_channel c;
  must(h.s, store_channel_get(h.s, SLICE("email"), r.a, &c));
  assert_true(channel_wait_us(&r.o, CH_EMAIL, &c, h.w->now_ns(h.w) / 1000) > 900000);
  run_end(&r);
  end(&h);
}

static void a_breaker_rests_longer_each_time(void **state) {
  (void)state;
  house h = open_with(SEND_UNKNOWN);
  arena *a = arena_new();
  store_channel c;
  several(&h);
  assert_string_equal(run_by(&h, &PLAIN), "UNKNOWN 3, WAITING 3");
  int64_t rest = 300;
  for (int i = 1; i <= 3; i++, rest *= 2) {
    must(h.s, store_channel_get(h.s, SLICE("email"), a, &c));
    assert_int_equal(c.rests, i);
    assert_int_equal(c.rest_until_us - h.w->now_ns(h.w) / 1000, rest * 1000000);
    pass_seconds(&h, rest);
    if (i < 3) assert_string_equal(run_by(&h, &PLAIN), i == 1 ? "UNKNOWN 1, WAITING 2" : "UNKNOWN 1, WAITING 1");
  }
  provider.send.outcome = SEND_ACCEPTED;
  assert_string_equal(run_by(&h, &PLAIN), "SENT 1");
  must(h.s, store_channel_get(h.s, SLICE("email"), a, &c));
  assert_int_equal(c.rests, 0);
  arena_free(a);
  end(&h);
}

/* ---- what nobody knows ---- */

static void an_unknown_one_is_looked_for(void **state) {
  (void)state;
  static const struct {
    send_outcome found;
    const char *tally, *state;
    int sent;
  } CASES[] = {{SEND_UNKNOWN, "", "unknown: said so", 1},
               {SEND_ACCEPTED, "SENT 1", "accepted: found", 1},
               {SEND_RETRY, "SENT 1", "accepted", 2}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    house h = open_with(SEND_UNKNOWN);
    provider.find = (send_result){.outcome = SEND_UNKNOWN};
    assert_string_equal(run_by(&h, &FINDS), "UNKNOWN 1");
    provider.find = (send_result){.outcome = CASES[i].found, .detail = SLICE("found")};
    provider.send.outcome = SEND_ACCEPTED;
    assert_string_equal(run_by(&h, &FINDS), CASES[i].tally);
    assert_string_equal(state_of(&h, 0), CASES[i].state);
    assert_int_equal(provider.sent, CASES[i].sent);
    assert_true(provider.asked > 0);
    end(&h);
  }
}

static void a_provider_that_honours_the_key_is_asked_again(void **state) {
  (void)state;
  house h = open_with(SEND_UNKNOWN);
  assert_string_equal(run_by(&h, &KEYED), "UNKNOWN 1");
  provider.send.outcome = SEND_ACCEPTED;
  assert_string_equal(run_by(&h, &KEYED), "SENT 1");
  assert_string_equal(provider.key[0], provider.key[1]);
  end(&h);
  h = open_with(SEND_UNKNOWN);
  assert_string_equal(run_by(&h, &PLAIN), "UNKNOWN 1");
  provider.send.outcome = SEND_ACCEPTED;
  assert_string_equal(run_by(&h, &PLAIN), "");
  assert_int_equal(provider.sent, 1);
  end(&h);
}

/* ---- what providers say later ---- */

static store_event_effect say_with(house *h, const char *event, const char *id, const char *key, action_state status) {
  store_provider_event e = {.provider = SLICE("plain"),
                            .event_id = slice_of(event),
                            .provider_id = slice_of(id),
                            .key = slice_of(key),
                            .status = status,
                            .happened_at_us = 1};
  store_event_effect effect;
  int64_t whose;
  must(h->s, store_begin(h->s));
  must(h->s, store_provider_event_put(h->s, &e, &whose, &effect));
  must(h->s, store_commit(h->s));
  return effect;
}

static store_event_effect say(house *h, const char *event, const char *id, action_state status) {
  return say_with(h, event, id, NULL, status);
}

static void delivery_only_moves_forward(void **state) {
  (void)state;
  house h = open_with(SEND_ACCEPTED);
  assert_string_equal(run_by(&h, &PLAIN), "SENT 1");
  assert_int_equal(say(&h, "e1", "m-1", ACTION_read), STORE_EVENT_MOVED);
  assert_int_equal(say(&h, "e1", "m-1", ACTION_read), STORE_EVENT_REPEATED);
  assert_int_equal(say(&h, "e2", "m-1", ACTION_delivered), STORE_EVENT_LATE);
  assert_int_equal(say(&h, "e3", "m-1", ACTION_rejected), STORE_EVENT_LATE);
  assert_int_equal(say(&h, "e4", "other", ACTION_delivered), STORE_EVENT_LOST);
  assert_string_equal(state_of(&h, 0), "read");
  assert_int_equal(say(&h, "e5", "m-1", ACTION_replied), STORE_EVENT_MOVED);
  assert_string_equal(state_of(&h, 0), "replied");
  end(&h);
}

static void an_event_ends_the_not_knowing(void **state) {
  (void)state;
  house h = open_with(SEND_UNKNOWN);
  assert_string_equal(run_by(&h, &PLAIN), "UNKNOWN 1");
  assert_int_equal(say(&h, "e1", "m-1", ACTION_delivered), STORE_EVENT_MOVED);
  assert_string_equal(run_by(&h, &PLAIN), "");
  assert_string_equal(state_of(&h, 0), "delivered");
  end(&h);
  /* It came before anybody knew the message's id. */
  h = open_with(SEND_ACCEPTED);
  assert_int_equal(say(&h, "e1", "m-1", ACTION_delivered), STORE_EVENT_LOST);
  assert_string_equal(run_by(&h, &PLAIN), "SENT 1");
  assert_string_equal(state_of(&h, 0), "delivered");
  end(&h);
}

/* No answer told the message's id, but the provider gives our key back; from then on its id is known. */
static void an_event_finds_its_message_by_our_key(void **state) {
  (void)state;
  house h = open_with(SEND_UNKNOWN);
  provider.send.provider_id = (slice){0};
  assert_string_equal(run_by(&h, &PLAIN), "UNKNOWN 1");
  assert_int_equal(say_with(&h, "e1", "SM1", "nobody's", ACTION_accepted), STORE_EVENT_LOST);
  assert_int_equal(say_with(&h, "e2", "SM2", provider.key[0], ACTION_accepted), STORE_EVENT_MOVED);
  assert_string_equal(state_of(&h, 0), "accepted");
  assert_int_equal(say(&h, "e3", "SM2", ACTION_read), STORE_EVENT_MOVED);
  assert_int_equal(say_with(&h, "e2", "SM2", provider.key[0], ACTION_accepted), STORE_EVENT_REPEATED);
  assert_int_equal(say_with(&h, "e4", "SM2", provider.key[0], ACTION_rejected), STORE_EVENT_LATE);
  assert_string_equal(run_by(&h, &PLAIN), "");
  assert_int_equal(provider.sent, 1);
  assert_string_equal(state_of(&h, 0), "read");
  end(&h);
}

/* When a customer wrote: the latest moment counts, of each channel. */
static void a_customer_is_heard(void **state) {
  (void)state;
  house h = begin();
  int64_t at;
  must(h.s, store_heard_at(h.s, SLICE("C1"), SLICE("whatsapp"), &at));
  assert_int_equal(at, 0);
  must(h.s, store_begin(h.s));
  must(h.s, store_heard(h.s, SLICE("C1"), SLICE("whatsapp"), 7));
  must(h.s, store_heard(h.s, SLICE("C1"), SLICE("whatsapp"), 9));
  must(h.s, store_heard(h.s, SLICE("C1"), SLICE("whatsapp"), 8));
  must(h.s, store_heard(h.s, SLICE("C1"), SLICE("sms"), 3));
  must(h.s, store_commit(h.s));
  must(h.s, store_heard_at(h.s, SLICE("C1"), SLICE("whatsapp"), &at));
  assert_int_equal(at, 9);
  must(h.s, store_heard_at(h.s, SLICE("C1"), SLICE("sms"), &at));
  assert_int_equal(at, 3);
  must(h.s, store_heard_at(h.s, SLICE("C2"), SLICE("whatsapp"), &at));
  assert_int_equal(at, 0);
  end(&h);
}

/* ---- people ---- */

static human_answer act(house *h, human_act what, bool sure) {
  human_result r;
  must(h->s, outbox_human(h->s, what, 1, SLICE("ana"), sure, &r));
  return r.answer;
}

static void an_unknown_one_is_sent_again_with_open_eyes_only(void **state) {
  (void)state;
  house h = open_with(SEND_UNKNOWN);
  assert_string_equal(run_by(&h, &PLAIN), "UNKNOWN 1");
  assert_int_equal(act(&h, HUMAN_CANCEL, true), HUMAN_NOT_SO);
  assert_int_equal(act(&h, HUMAN_RETRY, false), HUMAN_NOT_SURE);
  assert_string_equal(state_of(&h, 0), "unknown: said so");
  assert_int_equal(act(&h, HUMAN_RETRY, true), HUMAN_DONE);
  provider.send.outcome = SEND_ACCEPTED;
  assert_string_equal(run_by(&h, &PLAIN), "SENT 1");
  const slice columns[] = {SLICE("asked_by")};
  store_query q = {.table = STORE_T_attempt, .columns = columns, .column_count = 1};
  store_cursor *c;
  must(h.s, store_scan(h.s, &q, &c));
  assert_int_equal(store_next(c), STORE_ROW);
  assert_int_equal(store_text(c, 0).n, 0);
  assert_int_equal(store_next(c), STORE_ROW);
  assert_true(slice_eq(store_text(c, 0), SLICE("ana")));
  store_cursor_close(c);
  assert_chain(&h);
  end(&h);
}

static void a_person_says_what_became_of_it(void **state) {
  (void)state;
  house h = open_with(SEND_UNKNOWN);
  assert_string_equal(run_by(&h, &PLAIN), "UNKNOWN 1");
  assert_int_equal(act(&h, HUMAN_DELIVERED, false), HUMAN_DONE);
  assert_string_equal(state_of(&h, 0), "delivered: resolve delivered by ana");
  assert_int_equal(act(&h, HUMAN_NOT_SENT, false), HUMAN_NOT_SO);
  end(&h);
  h = open_with(SEND_UNKNOWN);
  assert_string_equal(run_by(&h, &PLAIN), "UNKNOWN 1");
  assert_int_equal(act(&h, HUMAN_NOT_SENT, false), HUMAN_DONE);
  provider.send.outcome = SEND_ACCEPTED;
  assert_string_equal(run_by(&h, &PLAIN), "SENT 1");
  assert_int_equal(provider.sent, 2);
  end(&h);
}

static void what_is_given_up_does_not_go(void **state) {
  (void)state;
  house h = open_with(SEND_ACCEPTED);
  run r;
  run_commit(&h, &r, POLICY, DAY);
  human_result x;
  must(h.s, outbox_human(h.s, HUMAN_CANCEL, 1, SLICE("ana"), false, &x));
  run_deliver(&h, &r);
  assert_string_equal(tallies(&r), "");
  run_end(&r);
  assert_string_equal(state_of(&h, 0), "cancelled: cancel by ana");
  must(h.s, outbox_human(h.s, HUMAN_RETRY, 7, SLICE("ana"), false, &x));
  assert_int_equal(x.answer, HUMAN_NOT_THERE);
  end(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(after_the_last_try_it_is_a_dead_letter),
      cmocka_unit_test(a_channel_that_is_down_makes_no_dead_letters),
      cmocka_unit_test(waits_grow_and_heed_the_receiver),
      cmocka_unit_test(a_rate_is_kept_and_nothing_is_lost),
      cmocka_unit_test(a_breaker_rests_longer_each_time),
      cmocka_unit_test(an_unknown_one_is_looked_for),
      cmocka_unit_test(a_provider_that_honours_the_key_is_asked_again),
      cmocka_unit_test(delivery_only_moves_forward),
      cmocka_unit_test(an_event_ends_the_not_knowing),
      cmocka_unit_test(an_event_finds_its_message_by_our_key),
      cmocka_unit_test(a_customer_is_heard),
      cmocka_unit_test(an_unknown_one_is_sent_again_with_open_eyes_only),
      cmocka_unit_test(a_person_says_what_became_of_it),
      cmocka_unit_test(what_is_given_up_does_not_go),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
