/* make_ledger FOLDER [SEED]: writes the demo's customers.csv, invoices.csv and events.csv, a Brazilian supplier's
 * receivables as of 2026-03-10. Everything is invented. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lang/base/date.h"
#include "ledger.h"

int main(int argc, char **argv) {
  static ledger l;
  if (argc < 2 || argc > 3) {
    fprintf(stderr, "usage: make_ledger FOLDER [SEED]\n");
    return 2;
  }
  ledger_draw(&l, argc == 3 ? strtoull(argv[2], NULL, 10) : 20260310, date_of(2026, 3, 10).day);
  if (!ledger_write(&l, argv[1])) {
    fprintf(stderr, "make_ledger: cannot write into %s\n", argv[1]);
    return 4;
  }
  printf("ledger: %d customers, %d invoices, %zu events, seed %" PRIu64 "\n", CUSTOMERS, INVOICES, l.happening_count,
         l.seed);
  return 0;
}
