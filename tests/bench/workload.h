/* The workload of `make bench`, defined once: the data set (row i of an endless sequence, each with its own random
 * stream) and the policy in plain C. What Dun decides over it must be the same, row for row: policy.dun. */
#ifndef DUN_BENCH_WORKLOAD_H
#define DUN_BENCH_WORKLOAD_H

#include <stdint.h>

enum { TODAY = 20600, HORIZON = 365 }; /* 2026-05-27, days since 1970-01-01 */
enum { NODATE = -1000000 };            /* no date: far past, so both guards pass */
enum { OPEN, PAID, DISPUTED, CANCELLED };
enum { SMB, MID, ENTERPRISE, VIP, GOV, RESELLER, SEGMENTS };
enum { CUSTOMERS = 250000 };
enum { ACTIONS_MADE = 12 };

static const char *const SEGMENT[SEGMENTS] = {"smb", "mid", "enterprise", "vip", "gov", "reseller"};

typedef struct invoice_row {
  int64_t id, amount_cents, open_cents, customer_id;
  int32_t issue_date, due_date, last_contact, promise_date;
  uint8_t status, segment, steps_done;
} invoice_row;

/* ---- the policy ---- */

static inline int is_key(const invoice_row *v) {
  return v->amount_cents >= 100000 || v->segment == ENTERPRISE || v->segment == GOV;
}

/* The highest step of the invoice's ladder that is due and applies, -1 if none. */
static inline int latest_step(const invoice_row *v, int today) {
  int age = today - v->due_date;
  if (is_key(v)) {
    if (age >= 30) return 4;
    if (age >= 15) return 3;
    if (age >= 5 && v->amount_cents > 100000) return 2;
    if (age >= 1) return 1;
    return age >= -3 ? 0 : -1;
  }
  if (age >= 30) return 5;
  if (age >= 20) return 4;
  if (age >= 10) return 3;
  if (age >= 5) return 2;
  if (age >= 0) return 1;
  return age >= -3 ? 0 : -1;
}

/* Actions 0-4 are the key steps, 5, 6, 7 or 8, 9, 10, 11 those of the standard ladder. */
static inline int action_of(int key, int step, int64_t amount) {
  if (key) return step;
  if (step < 2) return 5 + step;
  if (step == 2) return amount > 50000 ? 7 : 8;
  return 6 + step;
}

/* 2 % plus 1 % per 30 days pro rata, of the open amount, one half-even rounding to cents. */
static inline int64_t late_fee(int64_t open, int days) {
  uint64_t num = (uint64_t)open * (uint64_t)(60 + (int64_t)days), q = num / 3000, r = num % 3000;
  q += (uint64_t)((r > 1500) | ((r == 1500) & (q & 1)));
  return days > 0 ? (int64_t)q : 0;
}

/* ---- the data ---- */

static inline uint64_t sm64(uint64_t *s) {
  uint64_t z = (*s += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static inline int64_t amount_made(uint64_t u, uint64_t w) {
  if (u < 1) return 100000;
  if (u < 40) return (int64_t)(2000 + w % 18000);
  if (u < 80) return (int64_t)(20000 + w % 80000);
  if (u < 95) return (int64_t)(100000 + w % 400000);
  return (int64_t)(500000 + w % 19500000);
}

static inline void make_row(uint64_t i, invoice_row *v) {
  uint64_t s = i + 1, u, w;
  s = sm64(&s) ^ 0x64756E6E696E67u; /* seed: "dunning" */
  v->id = (int64_t)i + 1;
  u = sm64(&s) % 100;
  v->status = u < 85 ? OPEN : u < 95 ? PAID : u < 98 ? DISPUTED : CANCELLED;
  u = sm64(&s) % 100;
  v->segment = u < 55 ? SMB : u < 75 ? MID : u < 83 ? ENTERPRISE : u < 87 ? VIP : u < 92 ? GOV : RESELLER;
  (void)sm64(&s); /* the currency: all are BRL here */
  u = sm64(&s) % 100;
  w = sm64(&s);
  v->amount_cents = amount_made(u, w);
  u = sm64(&s) % 100;
  w = sm64(&s);
  v->open_cents = v->status == PAID ? 0
                  : u < 80          ? v->amount_cents
                  : u < 95          ? (int64_t)(w % (uint64_t)(v->amount_cents + 1))
                                    : (int64_t)(w % 1000);
  v->due_date = TODAY - 400 + (int32_t)(sm64(&s) % 461);
  v->issue_date = v->due_date - 30;
  v->customer_id = 1 + (int64_t)(sm64(&s) % CUSTOMERS);
  (void)sm64(&s); /* what the customer owes in all: no condition reads it */
  u = sm64(&s);
  v->last_contact = u % 100 < 40 ? NODATE : TODAY - (int32_t)((u >> 32) % 60);
  u = sm64(&s);
  v->promise_date = u % 100 < 95 ? NODATE : TODAY - 10 + (int32_t)((u >> 32) % 30);
  int last = latest_step(v, TODAY - 1), done = last < 0 ? 0 : (1 << (last + 1)) - 1;
  if (is_key(v) && v->amount_cents <= 100000) done &= ~4; /* that step never applies */
  u = sm64(&s);
  if (u % 100 >= 95 && last >= 0) done &= ~(1 << last);               /* 4 %: one behind */
  if (u % 100 >= 99) done = (int)((u >> 32) & (is_key(v) ? 31 : 63)); /* 1 %: any */
  v->steps_done = (uint8_t)done;
}

#endif
