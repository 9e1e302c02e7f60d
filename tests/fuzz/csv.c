/* The CSV import over a world in memory: whatever the bytes are, it ends, every row is counted once, a refused import
 * leaves the store as it was, and the same files again change nothing. Up to four files, parted by NUL bytes. */
#include "fuzz.h"

#include "runtime/world_fake.h"
#include "stdlib/erp/csv.h"

enum { NOW_S = 1772000000, TABLES = 4 };
static const store_table TABLE[TABLES] = {STORE_T_customer, STORE_T_invoice, STORE_T_contract, STORE_T_event};

typedef struct fixture {
  world *w;
  store *s;
  arena *perm;
} fixture;

static int64_t rows_of(fixture *f) {
  int64_t sum = 0, rows;
  for (int i = 0; i < TABLES; i++) {
    MUST(store_count(f->s, TABLE[i], &rows) == STORE_OK);
    sum += rows;
  }
  return sum;
}

static csv_status import(fixture *f, csv_report *report) {
  const char *folder = "d";
  csv_options o = {.rejects_folder = "rejects"};
  *report = (csv_report){0};
  csv_status status = csv_import(f->w, f->s, &folder, 1, &o, f->perm, report);
  MUST(status != CSV_FAILED);
  MUST((status == CSV_DONE) == (report->error == NULL));
  for (size_t i = 0; status == CSV_DONE && i < report->count; i++) {
    const csv_file *x = &report->file[i];
    MUST(x->rows == x->added + x->changed + x->unchanged + x->rejected);
    MUST((x->rejected > 0) == (x->reasons > 0));
    MUST((x->rejected > 0) == (x->rejects != NULL));
  }
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const paths[TABLES] = {"d/customers.csv", "d/invoices.csv", "d/contracts.csv", "d/events.csv"};
  size_t bytes = 0;
  fixture f = {world_fake_new(NOW_S * INT64_C(1000000000)), NULL, arena_new()};
  store_error why;
  MUST(store_open(f.w, ":memory:", &f.s, &why) == STORE_OK);
  slice rest = {(const char *)data, size}, part;
  for (int i = 0; i < TABLES && next_part(&rest, &part); i++)
    if (part.n) world_fake_put_file(f.w, paths[i], part), bytes += part.n;
  csv_report first, again;
  int64_t before = rows_of(&f);
  csv_status status = bytes ? import(&f, &first) : CSV_REFUSED; /* without a file there is no folder */
  if (status == CSV_REFUSED) MUST(rows_of(&f) == before);
  if (status == CSV_DONE) {
    int64_t after = rows_of(&f);
    MUST(import(&f, &again) == CSV_DONE);
    MUST(rows_of(&f) == after);
    for (size_t i = 0; i < again.count; i++) MUST(again.file[i].added == 0);
    for (size_t i = 0; i < again.count; i++) MUST(again.file[i].rejected == first.file[i].rejected);
  }
  store_close(f.s);
  arena_free(f.perm);
  world_fake_free(f.w);
  return 0;
}
