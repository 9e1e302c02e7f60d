/* How long one guard takes over a million invoices, a row: the machine alone, columns in memory. Best of some rounds.
 *
 *   status is open and open > 5 and customer.segment is not "vip" and not (promise > today)
 *     and (last_contact is missing or last_contact <= today - 2d) */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lang/code/code.h"
#include "lang/vm/vm.h"

enum { ROWS = 1000000, CUSTOMERS = 100000, ROUNDS = 15 };
enum { U_STATUS, U_OPEN, U_SEGMENT, U_PROMISE, U_CONTACT, USES };

static int8_t status[ROWS], segment[CUSTOMERS], segment_here[ROWS];
static int16_t promise[ROWS], contact[ROWS];
static int32_t open_minor[ROWS];
static uint32_t customer[ROWS], some_rows[ROWS];
static uint8_t out[ROWS];

static uint64_t seed = 1;
static uint32_t next(void) {
  seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
  return (uint32_t)(seed >> 33);
}

static const expr *node(arena *a, expr e) {
  expr *n = ARENA_NEW(a, expr);
  *n = e;
  return n;
}
static const expr *field(arena *a, uint16_t use, type ty) {
  return node(a, (expr){.op = X_FIELD, .ty = ty, .use = use});
}
static const expr *two(arena *a, expr_op op, type ty, const expr *x, const expr *y) {
  return node(a, (expr){.op = op, .ty = ty, .a = x, .b = y});
}
static const expr *literal(arena *a, const char *s) {
  return node(a, (expr){.op = X_TEXT, .ty = TY_TEXT, .text = slice_of(s)});
}

static const expr *guard(arena *a) {
  const expr *today = node(a, (expr){.op = X_TODAY, .ty = TY_DATE});
  const expr *days2 = node(a, (expr){.op = X_DURATION, .ty = TY_DURATION, .dur = {2, UNIT_DAY}});
  const expr *five = node(a, (expr){.op = X_MONEY, .ty = TY_MONEY, .num = {5, 0}});
  const expr *last = field(a, U_CONTACT, TY_DATE);
  const expr *promised = two(a, X_GT, TY_BOOL, field(a, U_PROMISE, TY_DATE), today);
  const expr *quiet = two(a, X_OR, TY_BOOL, node(a, (expr){.op = X_MISSING, .ty = TY_BOOL, .a = last}),
                          two(a, X_LE, TY_BOOL, last, two(a, X_SUB, TY_DATE, today, days2)));
  const expr *e = two(a, X_EQ, TY_BOOL, field(a, U_STATUS, TY_TEXT), literal(a, "open"));
  e = two(a, X_AND, TY_BOOL, e, two(a, X_GT, TY_BOOL, field(a, U_OPEN, TY_MONEY), five));
  e = two(a, X_AND, TY_BOOL, e, two(a, X_NE, TY_BOOL, field(a, U_SEGMENT, TY_TEXT), literal(a, "vip")));
  e = two(a, X_AND, TY_BOOL, e, node(a, (expr){.op = X_NOT, .ty = TY_BOOL, .a = promised}));
  return two(a, X_AND, TY_BOOL, e, quiet);
}

static void fill(void) {
  for (int i = 0; i < CUSTOMERS; i++) segment[i] = next() % 50 ? (int8_t)(next() % 4) : INT8_MIN;
  for (int i = 0; i < ROWS; i++) {
    status[i] = next() % 10 ? 0 : (int8_t)(1 + next() % 2);
    open_minor[i] = (int32_t)(next() % 2000000);
    customer[i] = next() % CUSTOMERS;
    segment_here[i] = segment[customer[i]];
    promise[i] = next() % 8 ? INT16_MIN : (int16_t)((int)(next() % 60) - 30);
    contact[i] = next() % 3 ? INT16_MIN : (int16_t) - (int)(next() % 60);
    some_rows[i] = i % 16 == 15 ? (uint32_t)i - 3 : (uint32_t)i;
  }
}

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure(const char *name, vm *m, const uint32_t *rows) {
  double best = 1e30;
  for (int r = 0; r < ROUNDS; r++) {
    double from = now_ns();
    for (uint32_t i = 0; i < ROWS; i += VM_ROWS) {
      uint32_t n = ROWS - i < VM_ROWS ? ROWS - i : VM_ROWS;
      vm_cond(m, 0, rows ? rows + i : NULL, i, n, out + i);
    }
    double took = now_ns() - from;
    if (took < best) best = took;
  }
  long yes = 0;
  for (int i = 0; i < ROWS; i++) yes += out[i] == TRI_YES;
  printf("%-44s %6.2f ns a row, %ld yes\n", name, best / ROWS, yes);
}

int main(void) {
  arena *a = arena_new();
  field_use uses[USES] = {
      [U_STATUS] = {ENT_INVOICE, ENT_INVOICE, FIELD_INVOICE_STATUS, TY_TEXT},
      [U_OPEN] = {ENT_INVOICE, ENT_INVOICE, FIELD_INVOICE_OPEN, TY_MONEY},
      [U_SEGMENT] = {ENT_INVOICE, ENT_CUSTOMER, FIELD_CUSTOMER_SEGMENT, TY_TEXT},
      [U_PROMISE] = {ENT_INVOICE, ENT_INVOICE, FIELD_INVOICE_PROMISE, TY_DATE},
      [U_CONTACT] = {ENT_INVOICE, ENT_INVOICE, FIELD_INVOICE_LAST_CONTACT, TY_DATE},
  };
  cond c = {.of = ENT_INVOICE, .e = guard(a)};
  program p = {.cur = CURRENCY_BRL, .conds = &c, .cond_count = 1, .uses = uses, .use_count = USES};
  diags d;
  diags_init(&d, a);
  vm_code *code = code_emit(a, &p, &d);
  if (!code) return 1;
  fill();
  slice states[] = {SLICE("open"), SLICE("paid"), SLICE("cancelled")};
  slice segments[] = {SLICE("smb"), SLICE("vip"), SLICE("gov"), SLICE("Enterprise")};
  vm_dict status_dict = {states, 3}, segment_dict = {segments, 4};
  vm_column columns[USES] = {
      [U_STATUS] = {.phys = PHYS_I8, .data = status, .dict = &status_dict},
      [U_OPEN] = {.phys = PHYS_I32, .data = open_minor, .one_cur = CURRENCY_BRL},
      [U_SEGMENT] = {.phys = PHYS_I8, .data = segment_here, .dict = &segment_dict, .has_missing = true},
      [U_PROMISE] = {.phys = PHYS_I16, .data = promise, .has_missing = true, .day_base = 20000},
      [U_CONTACT] = {.phys = PHYS_I16, .data = contact, .has_missing = true, .day_base = 20000},
  };
  vm_world w = {.cur = CURRENCY_BRL};
  vm *m = vm_bind(a, code, columns, &w);
  vm_set_today(m, (civil_date){20000});
  measure("guard, columns of the invoice", m, NULL);
  columns[U_SEGMENT].data = segment, columns[U_SEGMENT].via = customer;
  vm_rebind(m);
  measure("guard, segment through the customer's row", m, NULL);
  measure("guard, rows listed one by one", m, some_rows);
  arena_free(a);
  return 0;
}
