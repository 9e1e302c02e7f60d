/* emails N STORE POLICY - carries out N messages by the policy's mail server, from claimed rows to settled rows, with
 * every promise kept: the gate, the audit log, `synchronous=FULL`. The store is made here, one customer and one open
 * invoice a message; deciding and storing the decisions is not in the figure. Prints `wall_ms,cpu_ms,sent`. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/cli/session.h"
#include "runtime/cli/tick.h"
#include "runtime/outbox/approve.h"
#include "runtime/store/delivery.h"
#include "stdlib/net/net.h"

static double ms_of(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(store *s, store_code code) {
  if (code == STORE_OK) return;
  fprintf(stderr, "emails: %s\n", store_why(s)->text);
  exit(4);
}

static void fill(store *s, store_table table, long long n, int32_t due) {
  static const store_written CUSTOMER[] = {{{"id", 2}, false}, {{"name", 4}, false}, {{"email", 5}, false}};
  static const store_written INVOICE[] = {{{"number", 6}, false},  {{"customer", 8}, false}, {{"amount", 6}, false},
                                          {{"open", 4}, false},    {{"due", 3}, false},      {{"status", 6}, false},
                                          {{"currency", 8}, false}};
  bool customer = table == STORE_T_customer;
  store_writer *w;
  store_put how;
  must(s, store_begin(s));
  must(s, store_writer_open(s, table, SLICE("bench"), customer ? CUSTOMER : INVOICE, customer ? 3 : 7, &w));
  for (long long i = 0; i < n; i++) {
    char key[32], other[48];
    snprintf(key, sizeof key, customer ? "c%08lld" : "F%08lld", i);
    snprintf(other, sizeof other, customer ? "c%08lld@bench.example" : "c%08lld", i);
    store_put_text(w, 0, slice_of(key));
    store_put_text(w, 1, customer ? SLICE("Padaria da Esquina") : slice_of(other));
    if (customer) store_put_text(w, 2, slice_of(other));
    if (!customer) {
      store_put_int(w, 2, 123450);
      store_put_int(w, 3, 123450);
      store_put_int(w, 4, due);
      store_put_text(w, 5, SLICE("open"));
      store_put_text(w, 6, SLICE("BRL"));
    }
    must(s, store_put_row(w, &how));
  }
  store_writer_close(w);
  must(s, store_commit(s));
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: emails N STORE POLICY\n");
    return 2;
  }
  world w = *world_posix();
  w.net = &net_curl;
  arena *perm = arena_new();
  args a = {.perm = perm, .lang = LANG_EN, .lang_known = true};
  a.value[ARG_store] = (arg_value){.given = true, .text = slice_of(argv[2])};
  session s;
  store_error why;
  slice reason;
  day_plan plan = {0};
  long long n = atoll(argv[1]);
  if (session_compile(&s, &a, &w, slice_of(argv[3])) != EXIT_FINE) return 3;
  if (session_templates(&s) != EXIT_FINE || session_today(&s) != EXIT_FINE) return 3;
  if (store_open(&w, argv[2], &s.s, &why) != STORE_OK) return 4;
  fill(s.s, STORE_T_customer, n, 0);
  fill(s.s, STORE_T_invoice, n, s.today.day - 1);
  must(s.s, store_synced(s.s));
  outbox o = {.w = &w, .s = s.s, .perm = perm, .p = s.c.program, .templates = &s.templates, .today = s.today};
  if (!outbox_open(&o, &reason)) {
    fprintf(stderr, "emails: %.*s\n", SLICE_ARG(reason));
    return 4;
  }
  must(s.s, store_begin(s.s));
  if (tick_decide(&s, &o, tick_minute(&s, false), &plan) != EXIT_FINE) return 4;
  must(s.s, store_commit(s.s));
  must(s.s, outbox_ramp(&o));
  double wall = ms_of(CLOCK_MONOTONIC), cpu = ms_of(CLOCK_PROCESS_CPUTIME_ID);
  must(s.s, outbox_deliver(&o, NULL, NULL));
  printf("%.0f,%.0f,%u\n", ms_of(CLOCK_MONOTONIC) - wall, ms_of(CLOCK_PROCESS_CPUTIME_ID) - cpu, o.tally[TALLY_SENT]);
  outbox_close(&o);
  store_close(s.s);
  arena_free(perm);
  return o.tally[TALLY_SENT] == n ? 0 : 1;
}
