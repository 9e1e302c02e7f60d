/* How much a channel may take, and when it rests: a bucket of credit that fills with time, and a breaker.
 *
 * Invariants: both are kept in the store, so that a restart forgets neither; a message that meets an empty bucket or a
 * resting channel waits, nothing of it is lost. The breaker opens after 3 unknown outcomes or 5 failures in a row,
 * rests for 5 minutes, then lets one message through: a failure doubles the rest (to 1 hour), an answer ends it. */
#include "outbox.h"

enum {
  UNKNOWN_MAX = 3,
  FAILED_MAX = 5,
  REST_SECONDS = 300,
  REST_SECONDS_MAX = 3600,
};
static const int64_t SECOND_US = 1000000, MESSAGE = 1000000; /* of credit */

/* What is in the bucket now. */
static int64_t credit_now(const channel_rate *r, const store_channel *c, int64_t now_us) {
  int64_t full = r->at_once * MESSAGE;
  if (!c->credit_at_us || now_us - c->credit_at_us > 3600 * SECOND_US) return full;
  int64_t passed = now_us > c->credit_at_us ? now_us - c->credit_at_us : 0;
  int64_t credit = c->credit + passed * r->per_minute / 60;
  return credit < full ? credit : full;
}

int64_t channel_wait_us(const outbox *o, outlet ch, const store_channel *c, int64_t now_us) {
  const channel_rate *r = &o->ch[ch].rate;
  if (!r->per_minute) return 0;
  int64_t credit = credit_now(r, c, now_us);
  return credit >= MESSAGE ? 0 : (MESSAGE - credit) * 60 / r->per_minute + 1;
}

int64_t channel_room(const outbox *o, outlet ch, const store_channel *c, int64_t now_us) {
  const channel_rate *r = &o->ch[ch].rate;
  return r->per_minute ? credit_now(r, c, now_us) / MESSAGE : INT64_MAX;
}

bool channel_rests(const store_channel *c, int64_t now_us) {
  return now_us < c->rest_until_us || (c->rests && now_us < c->probe_until_us);
}

/* Where receivers are services of their own each has its own breaker, by its name. */
slice channel_place(const outbox *o, const ready_message *m, arena *scratch) {
  slice name = slice_of(outlet_name(m->ch));
  const channel_driver *d = o->ch[m->ch].driver;
  return d && d->each_alone ? arena_printf(scratch, "%.*s %.*s", SLICE_ARG(name), SLICE_ARG(m->to)) : name;
}

store_code channel_take(outbox *o, const ready_message *m, int64_t now_us, arena *scratch) {
  const channel_rate *r = &o->ch[m->ch].rate;
  slice name = slice_of(outlet_name(m->ch)), place = channel_place(o, m, scratch);
  store_channel c;
  store_code code = store_channel_get(o->s, name, scratch, &c);
  if (code == STORE_OK && r->per_minute) {
    c.credit = credit_now(r, &c, now_us) - MESSAGE;
    c.credit_at_us = now_us;
    code = store_channel_put(o->s, name, &c);
  }
  if (code == STORE_OK && place.n != name.n) code = store_channel_get(o->s, place, scratch, &c);
  if (code == STORE_OK && c.rests) {
    c.probe_until_us = now_us + OUTBOX_LEASE_SECONDS * SECOND_US;
    code = store_channel_put(o->s, place, &c);
  }
  if (code == STORE_OK) receiver_note(o, m, now_us);
  return code;
}

/* ---- a receiver ---- */

enum { RECENT_MAX = 1024 }; /* with 80 a second no more are within 6 seconds */

struct outbox_recent {
  struct {
    uint64_t who;
    int64_t at_us;
  } v[RECENT_MAX];
  size_t next;
};

/* One number is written in many ways. */
static uint64_t who(const ready_message *m) {
  uint64_t h = 0xcbf29ce484222325u + m->ch;
  for (size_t i = 0; i < m->to.n; i++)
    if (!strchr(" -()/+", m->to.p[i])) h = (h ^ (uint8_t)m->to.p[i]) * 0x100000001b3u;
  return h;
}

int64_t receiver_wait_us(const outbox *o, const ready_message *m, int64_t now_us) {
  const channel_driver *d = o->ch[m->ch].driver;
  int64_t wait = 0, apart = d ? d->apart_s * SECOND_US : 0;
  uint64_t it = apart && o->recent ? who(m) : 0;
  for (size_t i = 0; apart && o->recent && i < RECENT_MAX; i++) {
    int64_t passed = now_us - o->recent->v[i].at_us;
    if (o->recent->v[i].who == it && passed >= 0 && apart - passed > wait) wait = apart - passed;
  }
  return wait;
}

void receiver_note(outbox *o, const ready_message *m, int64_t now_us) {
  const channel_driver *d = o->ch[m->ch].driver;
  if (!d || !d->apart_s) return;
  if (!o->recent) {
    o->recent = ARENA_NEW(o->perm, struct outbox_recent);
    *o->recent = (struct outbox_recent){.next = 0};
  }
  size_t at = o->recent->next++ % RECENT_MAX;
  o->recent->v[at].who = who(m);
  o->recent->v[at].at_us = now_us;
}

/* ---- failures ---- */

/* Where the failures are enough: it rests, longer each time in a row. */
static void rest(store_channel *c, slice reason, int64_t now_us) {
  bool probing = c->rests > 0;
  if (!probing && c->unknown_in_row < UNKNOWN_MAX && c->failed_in_row < FAILED_MAX) return;
  int64_t seconds = REST_SECONDS;
  for (int64_t i = 0; i < c->rests && seconds < REST_SECONDS_MAX; i++) seconds *= 2;
  if (seconds > REST_SECONDS_MAX) seconds = REST_SECONDS_MAX;
  c->rests++;
  c->unknown_in_row = c->failed_in_row = 0;
  c->probe_until_us = 0;
  c->rest_until_us = now_us + seconds * SECOND_US;
  c->reason = reason;
}

store_code channel_learn(outbox *o, const ready_message *m, const send_result *r, int64_t now_us, arena *scratch) {
  store_channel c;
  slice place = channel_place(o, m, scratch);
  store_code code = store_channel_get(o->s, place, scratch, &c);
  if (code != STORE_OK) return code;
  bool clean = !c.rests && !c.unknown_in_row && !c.failed_in_row;
  switch (r->outcome) {
  case SEND_ACCEPTED:
  case SEND_REJECTED:
  case SEND_LATER: /* it answers */
    if (clean) return STORE_OK;
    c.rests = c.unknown_in_row = c.failed_in_row = c.rest_until_us = c.probe_until_us = 0;
    c.reason = (slice){0};
    break;
  case SEND_RETRY:
  case SEND_DOWN:
    c.failed_in_row++;
    c.unknown_in_row = 0;
    rest(&c, r->detail, now_us);
    break;
  case SEND_UNKNOWN:
  case SEND_OUTCOME_COUNT:
    c.unknown_in_row++;
    rest(&c, r->detail, now_us);
    break;
  }
  return store_channel_put(o->s, place, &c);
}
