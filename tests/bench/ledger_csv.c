/* ledger_csv N FOLDER - the workload's first N rows as a ledger to import: customers.csv and invoices.csv in FOLDER.
 * The segment is the customer's here, as a ledger has it. */
#include <stdio.h>
#include <stdlib.h>

#include "lang/base/date.h"
#include "workload.h"

static FILE *file_in(const char *folder, const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "w");
  if (!f) {
    fprintf(stderr, "ledger_csv: cannot write %s\n", path);
    exit(4);
  }
  return f;
}

static const char *iso(int32_t day, char text[DATE_TEXT_MAX]) {
  text[day == NODATE ? 0 : date_iso((civil_date){day}, text)] = '\0';
  return text;
}

static void money_to(FILE *f, int64_t cents) {
  fprintf(f, ",%lld.%02lld", (long long)cents / 100, (long long)cents % 100);
}

static void invoice_to(FILE *f, const invoice_row *v, long long customers) {
  static const char *const STATUS[] = {"open", "paid", "open", "cancelled"};
  char due[DATE_TEXT_MAX + 1], issued[DATE_TEXT_MAX + 1], promise[DATE_TEXT_MAX + 1], last[DATE_TEXT_MAX + 1];
  fprintf(f, "F%08lld,c%06lld", (long long)v->id, (long long)(v->customer_id - 1) % customers + 1);
  money_to(f, v->amount_cents);
  money_to(f, v->open_cents);
  fprintf(f, ",BRL,%s,%s,%s,%s,%s,%s\n", iso(v->due_date, due), iso(v->issue_date, issued), STATUS[v->status],
          v->status == DISPUTED ? "yes" : "no", iso(v->promise_date, promise), iso(v->last_contact, last));
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: ledger_csv N FOLDER\n");
    return 2;
  }
  uint64_t n = strtoull(argv[1], NULL, 10);
  FILE *f = file_in(argv[2], "customers.csv");
  fprintf(f, "id,name,segment,email\n");
  uint64_t customers = n / 4 < CUSTOMERS ? n / 4 + 1 : CUSTOMERS; /* four invoices each, however many there are */
  for (uint64_t i = 0; n && i < customers; i++) {
    invoice_row v;
    make_row(i, &v);
    fprintf(f, "c%06llu,Customer %llu,%s,c%06llu@example.com\n", (unsigned long long)i + 1, (unsigned long long)i + 1,
            SEGMENT[v.segment], (unsigned long long)i + 1);
  }
  int failed = fclose(f);
  f = file_in(argv[2], "invoices.csv");
  fprintf(f, "number,customer,amount,open,currency,due,issued,status,disputed,promise,last_contact\n");
  for (uint64_t i = 0; i < n; i++) {
    invoice_row v;
    make_row(i, &v);
    invoice_to(f, &v, (long long)customers);
  }
  return failed | fclose(f) ? 4 : 0;
}
