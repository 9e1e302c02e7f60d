/* Every zone of the machine and every change of its clock until 2037, minute by minute about it: the civil date and
 * time are those of the C library; a ladder climbs each rung once on its civil date and none on a date that never was;
 * sending hours in an hour that is left out or repeated open when a clock there says so.
 *
 * What depends on the change alone is looked at once for each change: zones that change together share it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "lang/base/contact_hours.h"
#include "runtime/engine/lines.h"
#include "runtime/outbox/gate.h"
#include "tests/support/clock_changes.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, DAY_MINUTES = 1440, CHANGES_MAX = 1 << 17 };
static const int64_t FROM_S = -INT64_C(2208988800), TO_S = 2145916800; /* 1900 to the end of 2037 */

/* ---- every change, each once ---- */

typedef struct change {
  jump j;
  const tz *z;
  char zone[48];
  bool alone; /* no other change within three days: what is before and after it is plain */
} change;

typedef struct changes {
  change *v;
  uint32_t n, of_all, zones, *slots;
} changes;

static uint32_t slot_of(const changes *c, const jump *j) {
  uint64_t h = (uint64_t)j->at * 31 + (uint64_t)(uint32_t)j->before * 7 + (uint64_t)(uint32_t)j->after;
  uint32_t k = (uint32_t)((h * UINT64_C(0x9e3779b97f4a7c15)) >> 46); /* 18 bits */
  while (c->slots[k]) {
    const jump *o = &c->v[c->slots[k] - 1].j;
    if (o->at == j->at && o->before == j->before && o->after == j->after) break;
    k = (k + 1) & (2 * CHANGES_MAX - 1);
  }
  return k;
}

/* A day's date and second, as the C library has it in the zone that is set. */
static void as_the_library(const char *zone, const tz *z, int64_t at) {
  time_t t = (time_t)at;
  struct tm tm;
  local_time l = tz_local(z, at);
  assert_non_null(localtime_r(&t, &tm));
  bool same = date_eq(l.date, date_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday)) &&
              l.second == tm.tm_hour * HOUR + tm.tm_min * MINUTE + tm.tm_sec && tz_offset(z, at) == tm.tm_gmtoff;
  if (!same)
    fail_msg("%s at %lld: day %d second %d, but the C library says %04d-%02d-%02d %02d:%02d:%02d", zone, (long long)at,
             l.date.day, l.second, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* How far from a change ticks are minutes: the hours that it leaves out or repeats, and one more. */
static int64_t about(const jump *j) { return HOUR + llabs((int64_t)j->after - j->before); }

static void changes_of(void *self, const char *zone, const tz *z) {
  changes *c = self;
  char name[220];
  jump j, last = {INT64_MIN / 2, 0, 0};
  change *before = NULL;
  snprintf(name, sizeof name, ":%s", zone);
  assert_int_equal(setenv("TZ", name, 1), 0);
  tzset();
  c->zones++;
  for (int64_t t = FROM_S; t < TO_S; t += 23 * DAY + 5 * HOUR + 7 * MINUTE) as_the_library(zone, z, t);
  for (int64_t t = FROM_S; next_jump(z, &t, TO_S, &j); last = j) {
    bool alone = j.at - last.at > 3 * DAY;
    c->of_all++;
    if (before && !alone) before->alone = false;
    uint32_t k = slot_of(c, &j);
    before = NULL;
    if (c->slots[k]) {
      c->v[c->slots[k] - 1].alone &= alone;
      as_the_library(zone, z, j.at - 1);
      as_the_library(zone, z, j.at);
      continue;
    }
    assert_true(c->n < CHANGES_MAX && strlen(zone) < sizeof c->v->zone);
    before = &c->v[c->n];
    *before = (change){.j = j, .z = z, .alone = alone};
    snprintf(before->zone, sizeof before->zone, "%s", zone);
    c->slots[k] = ++c->n;
    for (int64_t at = j.at - about(&j); at <= j.at + about(&j); at += MINUTE) as_the_library(zone, z, at);
  }
}

static changes *every_change(arena *perm) {
  changes *c = calloc(1, sizeof *c);
  c->v = calloc(CHANGES_MAX, sizeof *c->v);
  c->slots = calloc(2 * (size_t)CHANGES_MAX, sizeof *c->slots);
  each_zone(world_posix(), perm, changes_of, c);
  assert_int_equal(setenv("TZ", "UTC", 1), 0);
  tzset();
  return c;
}

/* ---- a ladder with a rung for each day ---- */

static const char LADDER[] =
    "policy \"Z\"\ncurrency BRL\nsend between 08:00 and 18:00\nladder l for invoices\n"
    "  at 3d before due log \"-3\"\n  at 2d before due log \"-2\"\n  at 1d before due log \"-1\"\n"
    "  at due log \"0\"\n  at 1d log \"1\"\n  at 2d log \"2\"\n  at 3d log \"3\"\n  at 4d log \"4\"\n";
enum { PLACES = 8, FIRST_PLACE = -3 };

static const compiled *policy(arena *perm) {
  source *file = ARENA_NEW(perm, source);
  compiled *c = ARENA_NEW(perm, compiled);
  diags d;
  *file = (source){SLICE("zone.dun"), slice_of(LADDER)};
  diags_init(&d, perm);
  assert_true(compile(perm, file, 1, &d, c));
  return c;
}

static void put(facts *f, uint32_t field, int64_t value) {
  fact_column *c = fact_field(f, field);
  fact_column_init(f, c, field);
  column_push(f->perm, &c->c, value);
}

static void put_text(facts *f, uint32_t field, const char *value) {
  fact_column *c = fact_field(f, field);
  fact_column_init(f, c, field);
  column_push(f->perm, &c->c, dictionary_code(f->perm, &c->dict, slice_of(value)));
}

/* One customer there, and one invoice. */
static engine *engine_of(arena *perm, const compiled *c) {
  facts *f = facts_new(perm, c->program, 0);
  engine *e;
  for (int of = 0; of < ENT_COUNT; of++) {
    f->t[of].n = of == ENT_CONTRACT ? 0 : 1;
    f->t[of].number = ARENA_ARRAY(perm, 1, slice);
    f->t[of].number[0] = SLICE("C");
  }
  f->customer = ARENA_ARRAY(perm, 1, uint32_t);
  f->cur = ARENA_ARRAY(perm, 1, uint8_t);
  f->cur[0] = CURRENCY_BRL;
  put(f, FIELD_INVOICE_AMOUNT, 10000);
  put(f, FIELD_INVOICE_OPEN, 10000);
  put(f, FIELD_INVOICE_DUE, 0);
  put(f, FIELD_INVOICE_STATUS, STATUS_OPEN);
  put_text(f, FIELD_CUSTOMER_TIMEZONE, "UTC");
  facts_index(f);
  assert_int_equal(engine_new(perm, c, f, NULL, &e), ENGINE_OK);
  return e;
}

typedef struct climb {
  engine *e;
  int32_t first, last;              /* the first civil date; the one of the last tick */
  uint32_t seen[PLACES], n[PLACES]; /* by date from the first: shown by the clock; climbed */
} climb;

static void climb_on(climb *x, civil_date today) {
  arena *scratch = arena_new();
  day_input in = {.today = today, .everys_after_start = true};
  day_plan plan;
  engine_decide(x->e, &in, scratch, &plan);
  engine_apply(x->e, &plan);
  for (uint32_t i = 0; i < plan.decision_count; i++) {
    int32_t k = plan.decisions[i].subjects->place - FIRST_PLACE;
    assert_true(k >= 0 && k < PLACES);
    if (plan.decisions[i].day.day != x->first + k) x->n[k] += 100; /* not on its own date */
    x->n[k]++;
  }
  arena_free(scratch);
}

static void tick(climb *x, const change *c, int64_t at) {
  civil_date today = tz_local(c->z, at).date;
  if (x->last == today.day) return;
  int32_t k = today.day - x->first;
  assert_true(k >= 0 && k < PLACES);
  x->seen[k] = 1;
  x->last = today.day;
  climb_on(x, today);
  climb_on(x, today); /* a second run of the day does nothing */
}

static void climb_through(const change *c, engine *e) {
  arena *perm = arena_new();
  const uint32_t counts[ENT_COUNT] = {[ENT_INVOICE] = 1, [ENT_CUSTOMER] = 1};
  int64_t near = about(&c->j);
  climb x = {.e = e, .first = tz_local(c->z, c->j.at - 2 * DAY).date.day, .last = INT32_MIN};
  e->h = history_new(perm, e->p, e->tl, counts);
  fact_set_int(e->f, FIELD_INVOICE_DUE, 0, x.first - FIRST_PLACE);
  for (int64_t at = c->j.at - 2 * DAY; at <= c->j.at + 2 * DAY;) {
    tick(&x, c, at);
    int64_t off = llabs(at - c->j.at);
    at += off > near + HOUR ? HOUR : MINUTE;
  }
  for (int32_t k = 0; k < PLACES; k++)
    if (x.n[k] != x.seen[k])
      fail_msg("%s at %lld: day %d was %s, its rung climbed %u times", c->zone, (long long)c->j.at, x.first + k,
               x.seen[k] ? "there" : "not there", x.n[k]);
  arena_free(perm);
}

/* ---- the instant of a time that a clock shows ---- */

static void back_from_local(const change *c) {
  const jump *j = &c->j;
  int64_t near = about(j);
  for (int64_t local = j->at + (j->before < j->after ? j->before : j->after) - near;
       local <= j->at + (j->before > j->after ? j->before : j->after) + near; local += 7 * MINUTE) {
    int64_t day = local >= 0 ? local / DAY : -((DAY - 1 - local) / DAY);
    int64_t want = local - j->before < j->at ? local - j->before : local - j->after >= j->at ? local - j->after : j->at;
    int64_t got = tz_utc(c->z, (civil_date){(int32_t)day}, (int32_t)(local - day * DAY));
    if (got != want)
      fail_msg("%s: the clock shows %lld at %lld, not %lld", c->zone, (long long)local, (long long)want,
               (long long)got);
  }
}

/* ---- sending hours ---- */

enum { BEFORE = 30 * HOUR, AFTER = 54 * HOUR, TICKS = (BEFORE + AFTER) / MINUTE };

typedef struct hours_case {
  const change *c;
  int32_t from_min, to_min;
  int16_t next[TICKS + 1]; /* minutes until it is open, by a clock that is read each minute */
} hours_case;

static int32_t shown_minute(const jump *j, int64_t at) {
  int64_t s = (at + (at < j->at ? j->before : j->after)) % DAY;
  return (int32_t)((s < 0 ? s + DAY : s) / MINUTE);
}

static void look_at_the_clock(hours_case *h) {
  int32_t until = 3 * DAY_MINUTES;
  for (int32_t k = TICKS; k >= 0; k--) {
    int32_t shown = shown_minute(&h->c->j, h->c->j.at - BEFORE + (int64_t)k * MINUTE);
    until = shown >= h->from_min && shown < h->to_min ? 0 : until + 1;
    h->next[k] = (int16_t)until;
  }
}

static world made_up;
static int64_t clock_ns;
static int64_t read_clock(world *w) {
  (void)w;
  return clock_ns;
}

/* The gate's own question, and the profiles' by law, at one instant. */
static void ask(const hours_case *h, outbox *o, const ready_message *m, int64_t at) {
  int64_t k = (at - (h->c->j.at - BEFORE)) / MINUTE, want = at + (int64_t)h->next[k] * MINUTE, got;
  const open_hours open = {0x7f, h->from_min * MINUTE, h->to_min * MINUTE};
  const contact_hours hours = {&open, 1, NULL};
  clock_ns = at * 1000000000;
  assert_true(contact_hours_next(&hours, h->c->z, at, &got));
  if (got != want)
    fail_msg("%s, %d to %d, at %lld: by law open at %lld, not %lld", h->c->zone, h->from_min, h->to_min, (long long)at,
             (long long)want, (long long)got);
  if (outbox_hours_open(o, m, NULL, 0) != (want == at))
    fail_msg("%s, %d to %d, at %lld: the gate is wrongly %s", h->c->zone, h->from_min, h->to_min, (long long)at,
             want == at ? "closed" : "open");
  got = want == at ? want : outbox_hours_next(o, m, NULL, 0) / 1000000;
  if (got != want)
    fail_msg("%s, %d to %d, at %lld: the gate opens at %lld, not %lld", h->c->zone, h->from_min, h->to_min,
             (long long)at, (long long)want, (long long)got);
}

/* Hours that begin before the change, lie within what it leaves out or repeats, and end after it. */
static uint32_t hours_about(const change *c, outbox *o, hours_case *h, window *hours) {
  const jump *j = &c->j;
  int32_t a = shown_minute(j, j->at - MINUTE) + 1, length = (j->after - j->before) / MINUTE, half = abs(length) / 2;
  int32_t low =
      ((length > 0 ? a : a + length) + DAY_MINUTES) % DAY_MINUTES; /* the first that is left out or repeated */
  const int32_t from[] = {low - 25, low + half - 5, low + abs(length) - 15},
                to[] = {low + 20, low + half + 5, low + abs(length) + 25};
  ready_message m = {.ch = CH_EMAIL, .to_customer = true, .a = {.customer = SLICE("C")}};
  uint32_t asked = 0;
  fact_set_text(o->e->f, FIELD_CUSTOMER_TIMEZONE, 0, slice_of(c->zone));
  for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
    *h = (hours_case){
        .c = c, .from_min = from[i] < 0 ? 0 : from[i], .to_min = to[i] > DAY_MINUTES ? DAY_MINUTES : to[i]};
    if (h->from_min >= h->to_min || abs(length) > 12 * 60) continue;
    hours->from_min = (uint16_t)h->from_min;
    hours->to_min = (uint16_t)h->to_min;
    look_at_the_clock(h);
    const int64_t at[] = {-26 * MINUTE, 0, 29 * MINUTE};
    for (size_t k = 0; k < sizeof at / sizeof *at; k++, asked++) ask(h, o, &m, j->at + at[k]);
  }
  return asked;
}

/* ---- all of them ---- */

static void until_2037(void **state) {
  (void)state;
  arena *perm = arena_new();
  changes *c = every_change(perm);
  const compiled *of = policy(perm);
  program *p = (program *)of->program; /* the hours of a case stand in the place of those that are written */
  window hours = p->policy.windows.v[0];
  uint32_t plain = 0, asked = 0;
  p->policy.windows = (window_list){&hours, 1};
  made_up = *world_posix();
  made_up.now_ns = read_clock;
  engine *e = engine_of(perm, of);
  outbox o = {.w = &made_up, .perm = perm, .p = p, .e = e};
  hours_case *h = ARENA_NEW(perm, hours_case);
  assert_int_equal(outbox_row(&o, ENT_CUSTOMER, SLICE("C")), 0);
  for (uint32_t i = 0; i < c->n; i++) {
    const change *x = &c->v[i];
    climb_through(x, e);
    if (!x->alone) continue;
    back_from_local(x);
    plain++;
    if (x->j.at < 0 || x->j.before % MINUTE || x->j.after % MINUTE || x->j.at % MINUTE)
      continue; /* 1970, whole minutes */
    asked += hours_about(x, &o, h, &hours);
  }
  printf(
      "%u zones, %u changes of their clocks, %u unlike, %u of them apart from others; sending hours asked %u times\n",
      c->zones, c->of_all, c->n, plain, asked);
  assert_true(c->zones > 500 && c->of_all > 30000 && c->n > 8000 && plain > c->n * 9 / 10 && asked > 40000);
  free(c->slots);
  free(c->v);
  free(c);
  arena_free(perm);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(until_2037)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
