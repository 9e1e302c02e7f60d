/* What the workload costs in hand-written C: `c-soa` (today: columns, branchless, vectorized by the compiler) and
 * `c-sim-event` (a year: each invoice from event to event). Ratio 1.0 of `make bench`. */
#ifndef DUN_BENCH_BASELINE_H
#define DUN_BENCH_BASELINE_H

#include <stddef.h>
#include <string.h>

#include "workload.h"

/* What a run comes to; equal ones decided the same. */
typedef struct outcome {
  int64_t count[ACTIONS_MADE], fees;
  uint64_t sum;
} outcome;

typedef struct records {
  int64_t *id, *fee;
  int32_t *day;
  uint8_t *action;
  size_t n;
} records;

typedef struct soa {
  size_t n;
  int64_t *id, *amount, *open;
  int32_t *due, *last, *promise;
  uint8_t *status, *segment, *steps;
} soa;

static inline void fire(outcome *a, records *o, int64_t id, int act, int64_t fee) {
  size_t k = o->n++;
  o->id[k] = id;
  o->fee[k] = fee;
  o->action[k] = (uint8_t)act;
  a->count[act]++;
  a->fees += fee;
  a->sum ^= (uint64_t)(id * 31 + act);
}

static inline void fire_day(outcome *a, records *o, int64_t id, int act, int64_t fee, int d) {
  size_t k = o->n++;
  o->id[k] = id;
  o->fee[k] = fee;
  o->action[k] = (uint8_t)act;
  o->day[k] = TODAY + d;
  a->count[act]++;
  a->fees += fee;
  a->sum ^= ((uint64_t)(id * 31 + act) << 9) + (uint64_t)d;
}

/* ---- today ---- */

static inline void fire_row(outcome *a, records *o, const soa *s, size_t i, int steps) {
  int64_t am = s->amount[i];
  int key = am >= 100000 || s->segment[i] == ENTERPRISE || s->segment[i] == GOV;
  fire(a, o, s->id[i], action_of(key, steps - 1, am), late_fee(s->open[i], TODAY - s->due[i]));
}

static void run_soa(outcome *a, records *o, const soa *s) {
  enum { B = 1024 };
  uint8_t m[B];
  for (size_t b = 0; b < s->n; b += B) {
    size_t k = s->n - b < B ? s->n - b : B, i = 0;
    const int64_t *am = s->amount + b, *op = s->open + b;
    const int32_t *du = s->due + b, *lc = s->last + b, *pr = s->promise + b;
    const uint8_t *st = s->status + b, *sg = s->segment + b, *sd = s->steps + b;
    for (size_t j = 0; j < k; j++) {
      int age = TODAY - du[j];
      int key = (am[j] >= 100000) | (sg[j] == ENTERPRISE) | (sg[j] == GOV), wa = am[j] > 100000;
      int c5 = age >= 5, c30 = age >= 30, f = age >= -3;
      int cs = f + (age >= 0) + c5 + (age >= 10) + (age >= 20) + c30;
      int c15 = age >= 15, ck = f + (age >= 1) + ((c5 & wa) | c15) + c15 + c30;
      int c = key ? ck : cs;
      int g = (st[j] == OPEN) & (op[j] > 500) & (sg[j] != VIP) & (pr[j] <= TODAY) & (lc[j] <= TODAY - 2);
      int ok = g & ((sd[j] << 1) < (1 << c)); /* no step of c - 1 and above is done; false where c is 0 */
      ok &= c > 0;
      m[j] = (uint8_t)(ok ? c : 0);
    }
    for (; i + 8 <= k; i += 8) {
      uint64_t w;
      memcpy(&w, m + i, 8);
      while (w) {
        unsigned j = (unsigned)__builtin_ctzll(w) >> 3;
        fire_row(a, o, s, b + i + j, m[i + j]);
        w &= ~((uint64_t)0xFF << (8 * j));
      }
    }
    for (; i < k; i++)
      if (m[i]) fire_row(a, o, s, b + i, m[i]);
  }
}

/* ---- a year ---- */

/* Only the days on which something can fire; the static guards are known to hold. */
static inline void event_row(outcome *a, records *o, const invoice_row *v) {
  static const int8_t off[3][6] = {{-3, 0, 5, 10, 20, 30}, {-3, 1, 5, 15, 30, 0}, {-3, 1, 15, 30, 0, 0}};
  static const int8_t step[3][6] = {{0, 1, 2, 3, 4, 5}, {0, 1, 2, 3, 4, 0}, {0, 1, 3, 4, 0, 0}};
  static const int8_t len[3] = {6, 5, 4};
  int key = is_key(v), lad = key ? 1 + (v->amount_cents <= 100000) : 0;
  int day = TODAY, end = TODAY + HORIZON, k = -1, n = len[lad];
  if (v->promise_date > day) day = v->promise_date;
  if (v->last_contact + 2 > day) day = v->last_contact + 2;
  while (k + 1 < n && v->due_date + off[lad][k + 1] <= day) k++;
  if (k < 0) {
    k = 0;
    day = v->due_date + off[lad][0];
  }
  while (day < end) {
    if (!(v->steps_done >> step[lad][k])) {
      int act = action_of(key, step[lad][k], v->amount_cents);
      fire_day(a, o, v->id, act, late_fee(v->open_cents, day - v->due_date), day - TODAY);
      day += 2;
    }
    if (++k == n) break;
    int t = v->due_date + off[lad][k];
    if (t > day) day = t;
  }
}

static void run_events(outcome *a, records *o, const invoice_row *rows, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const invoice_row *v = &rows[i];
    if (v->status == OPEN && v->open_cents > 500 && v->segment != VIP) event_row(a, o, v);
  }
}

#endif
