/* serve N STORE POLICY - what a tick of `dun serve` costs over N open invoices of N / 10 customers: with nothing due,
 * and with 1,000 invoices due. The store is made here; the clock is the program's own. Prints `idle_us,due_ms,actions`:
 * the median of 101 idle ticks, and the tick with its decisions stored. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/cli/serve.h"

enum { DUE = 1000, FIRST_DAY = 20600 };
static const int64_t DAY_NS = (int64_t)86400 * 1000000000;

static int64_t clock_ns = FIRST_DAY * (int64_t)86400 * 1000000000 + (int64_t)43200 * 1000000000;
static int64_t own_now(world *w) { return (void)w, clock_ns; }

static double spent_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void must(store *s, store_code code) {
  if (code == STORE_OK) return;
  fprintf(stderr, "serve: %s\n", store_why(s)->text);
  exit(4);
}

static void fill(store *s, store_table table, long long from, long long to) {
  static const store_written CUSTOMER[] = {{{"id", 2}, false}, {{"name", 4}, false}};
  static const store_written INVOICE[] = {{{"number", 6}, false},  {{"customer", 8}, false}, {{"amount", 6}, false},
                                          {{"open", 4}, false},    {{"due", 3}, false},      {{"status", 6}, false},
                                          {{"currency", 8}, false}};
  bool customer = table == STORE_T_customer;
  store_writer *w;
  store_put how;
  must(s, store_begin(s));
  must(s, store_writer_open(s, table, SLICE("bench"), customer ? CUSTOMER : INVOICE, customer ? 2 : 7, &w));
  for (long long i = from; i < to; i++) {
    char key[32], owner[32];
    snprintf(key, sizeof key, customer ? "c%08lld" : "F%08lld", i);
    snprintf(owner, sizeof owner, "c%08lld", i / 10);
    store_put_text(w, 0, slice_of(key));
    store_put_text(w, 1, slice_of(owner));
    if (!customer) {
      store_put_int(w, 2, 10000);
      store_put_int(w, 3, 10000);
      /* every 10th of the first ones falls due: one invoice of a customer */
      store_put_int(w, 4, i % 10 == 0 && i / 10 < DUE ? FIRST_DAY : FIRST_DAY + 3000);
      store_put_text(w, 5, SLICE("open"));
      store_put_text(w, 6, SLICE("BRL"));
    }
    must(s, store_put_row(w, &how));
  }
  store_writer_close(w);
  must(s, store_commit(s));
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double idle(server *v) {
  enum { TICKS = 101 };
  static double us[TICKS];
  for (int i = 0; i < TICKS; i++) {
    double from = spent_us();
    clock_ns += 1000000000; /* a second: the look at what is unknown is every ten minutes */
    if (serve_tick(v) != EXIT_FINE || v->looked_at != 0) exit(1);
    us[i] = spent_us() - from;
  }
  qsort(us, TICKS, sizeof *us, by_size);
  return us[TICKS / 2];
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: serve N STORE POLICY\n");
    return 2;
  }
  long long n = atoll(argv[1]);
  world w = *world_posix();
  w.now_ns = w.monotonic_ns = own_now;
  arena *perm = arena_new();
  args a = {.perm = perm, .lang = LANG_EN, .lang_known = true};
  a.value[ARG_store] = (arg_value){.given = true, .text = slice_of(argv[2])};
  session base;
  server v;
  store *s;
  store_error why;
  if (session_compile(&base, &a, &w, slice_of(argv[3])) != EXIT_FINE) return 3;
  if (store_open(&w, argv[2], &s, &why) != STORE_OK) return 4;
  fill(s, STORE_T_customer, 0, n / 10);
  fill(s, STORE_T_invoice, 0, n);
  must(s, serve_begin(&v, &base, s));
  for (int i = 0; i < 3; i++)
    if (serve_tick(&v) != EXIT_FINE) return 1;
  double idle_us = idle(&v);
  clock_ns += DAY_NS;
  double from = spent_us();
  if (serve_tick(&v) != EXIT_FINE || v.looked_at != DUE) return 1;
  double due_ms = (spent_us() - from) / 1000;
  int64_t actions = 0;
  must(s, store_count(s, STORE_T_action, &actions));
  printf("%.0f,%.1f,%lld\n", idle_us, due_ms, (long long)actions);
  store_close(s);
  arena_free(perm);
  return actions == DUE ? 0 : 1;
}
