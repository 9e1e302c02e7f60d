/* The CSV connector on files in memory: records, dialects, wrong input, importing twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/world_fake.h"
#include "stdlib/erp/csv.h"
#include "stdlib/erp/csv_read.h"

typedef struct fixture {
  world *w;
  store *s;
  arena *perm;
  csv_report report;
  csv_options o;
} fixture;

static const char CUSTOMERS[] = "id,name\nc1,Um\nc2,\"Dois, Ltda\"\n";

static int begin(void **state) {
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->w = world_fake_new(1772000000000000000);
  f->perm = arena_new();
  f->o.rejects_folder = "rejects";
  store_error why;
  assert_int_equal(store_open(f->w, ":memory:", &f->s, &why), STORE_OK);
  world_fake_put_file(f->w, "d/customers.csv", slice_of(CUSTOMERS));
  *state = f;
  return 0;
}

static int end(void **state) {
  fixture *f = *state;
  store_close(f->s);
  arena_free(f->perm);
  world_fake_free(f->w);
  free(f);
  return 0;
}

static void put(fixture *f, const char *path, const char *text) { world_fake_put_file(f->w, path, slice_of(text)); }

static csv_status import(fixture *f) {
  const char *folder = "d";
  csv_status status = csv_import(f->w, f->s, &folder, 1, &f->o, f->perm, &f->report);
  for (size_t i = 0; status == CSV_DONE && i < f->report.count; i++) {
    const csv_file *x = &f->report.file[i];
    assert_int_equal(x->rows, x->added + x->changed + x->unchanged + x->rejected);
  }
  return status;
}

static csv_file *file_of(fixture *f, store_table table) {
  for (size_t i = 0; i < f->report.count; i++)
    if (f->report.file[i].table == table) return &f->report.file[i];
  fail_msg("no file of that table");
  return NULL;
}

/* One value of an invoice, as text ("-" where missing). */
static const char *invoice(fixture *f, const char *number, const char *column) {
  const slice columns[] = {slice_of(column)};
  const store_where where = {.column = "number", .op = STORE_EQ, .text = slice_of(number)};
  store_query q = {.table = STORE_T_invoice, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  assert_int_equal(store_scan(f->s, &q, &c), STORE_OK);
  const char *value = "no row";
  if (store_next(c) == STORE_ROW) value = store_is_null(c, 0) ? "-" : arena_copy(f->perm, store_text(c, 0));
  store_cursor_close(c);
  return value;
}

#define DONE(f) assert_int_equal(import(f), CSV_DONE)
#define REFUSED(f, part)                                                                                               \
  do {                                                                                                                 \
    assert_int_equal(import(f), CSV_REFUSED);                                                                          \
    if (!strstr((f)->report.error, part)) fail_msg("\"%s\" is not in: %s", part, (f)->report.error);                   \
    int64_t rows_;                                                                                                     \
    assert_int_equal(store_count((f)->s, STORE_T_customer, &rows_), STORE_OK);                                         \
    assert_int_equal(rows_, 0);                                                                                        \
  } while (0)

static void a_plain_ledger_goes_in_and_again_changes_nothing(void **state) {
  fixture *f = *state;
  put(f, "d/invoices.csv", "number,customer,amount,due\nA-1,c1,1500.00,2026-03-02\nA-2,c2,1000.01,2026-03-02\n");
  put(f, "d/contracts.csv", "number,customer,price,start,auto_renew\nK-1,c1,1000.00,2026-01-15,no\n");
  put(f, "d/events.csv",
      "date,kind,invoice,value\n2026-03-04,payment,A-1,500.00\n2026-03-04,payment,A-1,500.00\n"
      "2026-03-05,promise,A-2,2026-03-20\n2026-03-06,churn,K-1,\n2026-03-07,opt out,A-1,whatsapp\n");
  for (int round = 0; round < 2; round++) {
    DONE(f);
    assert_int_equal(f->report.count, 4);
    for (size_t i = 0; i < 4; i++) {
      const csv_file *x = &f->report.file[i];
      assert_int_equal(x->rejected, 0);
      assert_int_equal(round ? x->unchanged : x->added, x->rows);
    }
    assert_string_equal(invoice(f, "A-1", "amount"), "150000");
    assert_string_equal(invoice(f, "A-1", "open"), "150000");
    assert_string_equal(invoice(f, "A-1", "status"), "open");
    assert_string_equal(invoice(f, "A-1", "currency"), "BRL");
    assert_string_equal(invoice(f, "A-2", "due"), "20514");
    assert_string_equal(invoice(f, "A-2", "customer"), "c2");
    assert_string_equal(invoice(f, "A-2", "version"), "1");
    int64_t events, entries;
    assert_int_equal(store_count(f->s, STORE_T_happening, &events), STORE_OK);
    assert_int_equal(events, 5);
    assert_int_equal(store_count(f->s, STORE_T_event, &entries), STORE_OK);
    assert_int_equal(entries, 1);
  }
}

static void a_changed_row_is_changed_and_what_is_not_named_stays(void **state) {
  fixture *f = *state;
  put(f, "d/invoices.csv", "number,customer,amount,due,status,currency\nA-1,c1,10.00,2026-03-02,paid,USD\n");
  DONE(f);
  put(f, "d/invoices.csv", "number,customer,amount,due\nA-1,c2,12.00,2026-03-02\n");
  DONE(f);
  assert_int_equal(file_of(f, STORE_T_invoice)->changed, 1);
  assert_string_equal(invoice(f, "A-1", "open"), "1200");
  assert_string_equal(invoice(f, "A-1", "customer"), "c2");
  assert_string_equal(invoice(f, "A-1", "status"), "paid");
  assert_string_equal(invoice(f, "A-1", "currency"), "USD");
  assert_string_equal(invoice(f, "A-1", "version"), "2");
}

static void a_brazilian_file_is_read_as_one(void **state) {
  fixture *f = *state;
  put(f, "d/customers.csv",
      "\xEF\xBB\xBF"
      "Código;Razão Social;E-mail;UF;Projeto\r\nc1;Padaria São João;a@example.com;SP;Água\r\n");
  put(f, "d/faturas.csv",
      "Número;Cliente;Valor;Saldo;Vencimento;Emissão;Situação;Etiquetas\r\n"
      "A-1;c1;R$ 1.500,00;1.500;28/02/2026;03/02/2026;Em aberto;\"vip; norte;\"\r\n"
      "A-2;c1;0,07;;01/03/2026;;Cancelada;\r\n");
  DONE(f);
  assert_int_equal(file_of(f, STORE_T_invoice)->rejected, 0);
  assert_string_equal(invoice(f, "A-1", "amount"), "150000");
  assert_string_equal(invoice(f, "A-1", "open"), "150000");
  assert_string_equal(invoice(f, "A-1", "due"), "20512");
  assert_string_equal(invoice(f, "A-1", "issued"), "20487");
  assert_string_equal(invoice(f, "A-1", "tags"), "vip;norte");
  assert_string_equal(invoice(f, "A-2", "amount"), "7");
  assert_string_equal(invoice(f, "A-2", "status"), "cancelled");
  const slice columns[] = {SLICE("name"), SLICE("email"), SLICE("state"), SLICE("projeto")};
  store_query q = {.table = STORE_T_customer, .columns = columns, .column_count = 4};
  store_cursor *c;
  assert_int_equal(store_scan(f->s, &q, &c), STORE_OK);
  assert_int_equal(store_next(c), STORE_ROW);
  assert_true(slice_eq(store_text(c, 0), SLICE("Padaria São João")));
  assert_true(slice_eq(store_text(c, 2), SLICE("SP")));
  assert_true(slice_eq(store_text(c, 3), SLICE("Água")));
  store_cursor_close(c);
}

static void a_file_that_can_be_read_in_two_ways_is_refused(void **state) {
  fixture *f = *state;
  put(f, "d/invoices.csv", "number;customer;amount;due\nA-1;c1;1.500;2026-03-02\nA-2;c1;2.750;2026-03-02\n");
  REFUSED(f, "line 2: \"1.500\" in column \"amount\" can be 1.500 or 1500.000");
  REFUSED(f, "2 | A-1;c1;1.500;2026-03-02");
  REFUSED(f, "--decimal");
  put(f, "d/invoices.csv", "number,customer,amount,due\nA-1,c1,10.00,2026-03-02\nA-2,c1,10.00,03/04/2026\n");
  DONE(f); /* the first date shows how the file writes them: the other one is a reject */
  assert_int_equal(file_of(f, STORE_T_invoice)->rejected, 1);
}

static void two_readings_of_a_date_are_refused(void **state) {
  fixture *f = *state;
  put(f, "d/invoices.csv", "number,customer,amount,due\nA-1,c1,10.00,03/04/2026\nA-2,c1,10.00,05/05/2026\n");
  REFUSED(f, "line 2: \"03/04/2026\" in column \"due\" can be 2026-04-03 or 2026-03-04");
}

static void what_is_declared_decides(void **state) {
  fixture *f = *state;
  put(f, "d/invoices.csv", "number;customer;amount;due\nA-1;c1;1.500;03/04/2026\n");
  f->o.dialect = (csv_dialect){CSV_DECIMAL_COMMA, CSV_DATES_DMY};
  DONE(f);
  assert_string_equal(invoice(f, "A-1", "amount"), "150000");
  assert_string_equal(invoice(f, "A-1", "due"), "20546");
  f->o.dialect = (csv_dialect){CSV_DECIMAL_POINT, CSV_DATES_MDY};
  DONE(f);
  assert_string_equal(invoice(f, "A-1", "amount"), "150");
  assert_string_equal(invoice(f, "A-1", "due"), "20516");
}

static void one_cell_proves_the_dialect(void **state) {
  (void)state;
  static const struct {
    const char *cell;
    int64_t minor; /* of 1.500 beside it */
  } cases[] = {{"2.50", 150},         {"2,50", 150000},   {"1.000,00", 150000}, {"1,000.00", 150},
               {"1.000.000", 150000}, {"1,000,000", 150}, {"0.125", 0},         {"1000.5", 150}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fixture *f;
    void *fresh;
    begin(&fresh);
    f = fresh;
    char text[200];
    snprintf(text, sizeof text, "number;customer;amount;due\nA-1;c1;1.500;2026-01-01\nA-2;c1;%s;2026-01-01\n",
             cases[i].cell);
    put(f, "d/invoices.csv", text);
    DONE(f);
    char expected[32];
    snprintf(expected, sizeof expected, "%lld", (long long)(cases[i].minor ? cases[i].minor : 150));
    if (strcmp(invoice(f, "A-1", "amount"), expected) != 0)
      fail_msg("%s: %s", cases[i].cell, invoice(f, "A-1", "amount"));
    end(&fresh);
  }
}

static void every_bad_row_has_its_line_and_reason(void **state) {
  fixture *f = *state;
  put(f, "d/invoices.csv",
      "number,customer,amount,due,currency\n"
      "A-1,c1,10.00,2026-02-30,\n"   /* 2 */
      "A-2,c1,10.005,2026-03-02,\n"  /* 3 */
      "A-3,c9,10.00,2026-03-02,\n"   /* 4 */
      "A-4,c1,,2026-03-02,\n"        /* 5 */
      "A-5,c1,10.00,2026-03-02,\n"   /* 6 good */
      "A-5,c1,10.00,2026-03-02,\n"   /* 7 */
      "A-6,c1,ten,2026-03-02,\n"     /* 8 */
      "A-7,c1,10.00,2026-03-02\n"    /* 9 */
      "A-8,c1,10.00,2026-03-02,,x\n" /* 10 */
      "A\xFF"
      "9,c1,10.00,2026-03-02,\n"                      /* 11 */
      "A-10,c1,10.00,2026-03-02,ZZZ\n"                /* 12 */
      "A-11,c1,99999999999999999999.00,2026-03-02,\n" /* 13 */
      ",,,,\n"                                        /* blank */
      "A-12,\"c1\"x,10.00,2026-03-02,\n"              /* 15 */
      "A-13,c1,150,2026-03-02,JPY\n"                  /* 16 good */
      "A-14,c1,150.50,2026-03-02,JPY\n"               /* 17 */
      "\"A-15,c1,10.00,2026-03-02,\n"                 /* 18: never closed */
      "A-16,c1,-10.00,2026-03-02,\n");                /* 19 good */
  static const struct {
    uint64_t line;
    const char *part;
  } expected[] = {{2, "not a day of the calendar"},
                  {3, "more decimals"},
                  {4, "no customer"},
                  {5, "is empty"},
                  {7, "already"},
                  {8, "not an amount"},
                  {9, "4 fields, the header has 5"},
                  {10, "6 fields"},
                  {11, "0xFF"},
                  {12, "ISO 4217"}};
  DONE(f);
  const csv_file *x = file_of(f, STORE_T_invoice);
  assert_int_equal(x->rows, 17);
  assert_int_equal(x->added, 3);
  assert_int_equal(x->rejected, 14);
  assert_int_equal(x->reasons, CSV_REASONS_MAX);
  for (size_t i = 0; i < CSV_REASONS_MAX; i++) {
    assert_int_equal(x->reason[i].line, expected[i].line);
    if (!strstr(x->reason[i].text, expected[i].part)) fail_msg("line %d: %s", (int)expected[i].line, x->reason[i].text);
  }
  assert_string_equal(invoice(f, "A-13", "amount"), "150");
  assert_string_equal(invoice(f, "A-16", "amount"), "-1000");
  slice rejects;
  assert_true(world_fake_file(f->w, x->rejects, &rejects));
  assert_true(slice_starts(rejects, SLICE("reject_line,reject_reason,number,customer,amount,due,currency\n2,\"")));
  static const char *const raws[] = {",A\xFF"
                                     "9,c1,10.00,2026-03-02,\n",
                                     ",A-12,\"c1\"x,10.00,2026-03-02,\n", ",\"A-15,c1,10.00,2026-03-02,\n"};
  for (size_t i = 0; i < 3; i++)
    if (!strstr(rejects.p, raws[i])) fail_msg("not as it was: %s", raws[i]);
}

static void corrected_rejects_go_in(void **state) {
  fixture *f = *state;
  put(f, "d/invoices.csv", "number,customer,amount,due\nA-1,c1,10.00,2026-02-30\nA-2,c1,\"1,000.00\",2026-02-20\n");
  DONE(f);
  put(f, "d/invoices.csv",
      "reject_line,reject_reason,number,customer,amount,due\n2,\"no \"\"day\"\"\",A-1,c1,10.00,2026-02-28\n");
  DONE(f);
  assert_int_equal(file_of(f, STORE_T_invoice)->added, 1);
  assert_string_equal(invoice(f, "A-1", "due"), "20512");
}

static void a_line_of_ten_megabytes_is_one_reject(void **state) {
  fixture *f = *state;
  size_t n = 10 << 20;
  char *text = malloc(n + 200);
  assert_non_null(text);
  char *p = stpcpy(text, "number,customer,amount,due\nA-1,c1,10.00,2026-03-02\n");
  memset(p, 'x', n);
  p[n] = 0;
  strcpy(p + n, "\nA-2,c1,10.00,2026-03-02\n");
  put(f, "d/invoices.csv", text);
  DONE(f);
  const csv_file *x = file_of(f, STORE_T_invoice);
  assert_int_equal(x->rows, 3);
  assert_int_equal(x->added, 2);
  assert_int_equal(x->reason[0].line, 3);
  assert_non_null(strstr(x->reason[0].text, "longer than"));
  slice rejects;
  assert_true(world_fake_file(f->w, x->rejects, &rejects));
  assert_true(rejects.n > n && rejects.n < n + 300); /* all of it is put aside */
  free(text);
}

static void a_missing_column_is_named(void **state) {
  fixture *f = *state;
  put(f, "d/invoices.csv", "number,customer,amount\nA-1,c1,10.00\n");
  REFUSED(f, "the column \"due\" is missing");
  REFUSED(f, "vencimento");
  REFUSED(f, "the file has: number, customer, amount");
  put(f, "d/invoices.csv", "number,customer,amount,due,due\n");
  REFUSED(f, "two columns are called \"due\"");
  put(f, "d/invoices.csv", "number,customer,amount,due,\n");
  REFUSED(f, "column 5 has no name");
  put(f, "d/invoices.csv", "");
  REFUSED(f, "empty");
  put(f, "d/invoices.csv", "\xFF\xFEn");
  REFUSED(f, "UTF-16");
}

static void a_full_disk_leaves_nothing_behind(void **state) {
  fixture *f = *state;
  put(f, "d/invoices.csv", "number,customer,amount,due\nA-1,c1,10.00,2026-02-30\nA-2,c1,10.00,2026-02-20\n");
  /* Each write for the rejects file fails in turn: folder, removal of an old one, content. */
  for (size_t nth = 1; nth <= 3; nth++) {
    world_fake_fail_writes(f->w, nth, WORLD_NO_SPACE);
    assert_int_equal(import(f), CSV_FAILED);
    assert_non_null(strstr(f->report.error, "no space is left"));
    world_fake_fail_writes(f->w, 0, WORLD_OK);
    int64_t rows;
    assert_int_equal(store_count(f->s, STORE_T_customer, &rows), STORE_OK);
    assert_int_equal(rows, 0);
  }
  DONE(f);
  assert_int_equal(file_of(f, STORE_T_invoice)->added, 1);
}

static void every_failing_read_is_one_error(void **state) {
  fixture *f = *state;
  put(f, "d/invoices.csv", "number,customer,amount,due\nA-1,c1,10.00,2026-02-20\n");
  size_t nth = 1;
  for (;; nth++) {
    world_fake_fail_reads(f->w, nth, WORLD_IO);
    csv_status status = import(f);
    world_fake_fail_reads(f->w, 0, WORLD_OK);
    if (status == CSV_DONE) break;
    assert_int_equal(status, CSV_FAILED);
    assert_non_null(strstr(f->report.error, "input/output"));
    int64_t rows;
    assert_int_equal(store_count(f->s, STORE_T_customer, &rows), STORE_OK);
    assert_int_equal(rows, 0);
  }
  assert_true(nth > 10);
}

/* Records: what was written by RFC 4180 is read back, whatever is in it and wherever the buffer ends. */
static void quoting_comes_back_as_it_was(void **state) {
  fixture *f = *state;
  static const char *const values[] = {"",           "plain",    "a,b",      "a\"b", "\"", "\"\"",
                                       "two\nlines", "cr\r\nlf", " spaces ", ";",    "ção"};
  enum { N = sizeof values / sizeof *values };
  char *text = malloc(1 << 22), *p = text;
  assert_non_null(text);
  uint64_t seed = 7;
  enum { ROWS = 20000 };
  for (int row = 0; row < ROWS; row++) {
    for (int k = 0; k < 5; k++) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      const char *v = values[(seed >> 33) % N];
      if (k) *p++ = ',';
      *p++ = '"';
      for (; *v; v++) {
        if (*v == '"') *p++ = '"';
        *p++ = *v;
      }
      *p++ = '"';
    }
    p = stpcpy(p, row & 1 ? "\r\n" : "\n");
  }
  world_fake_put_file(f->w, "q.csv", (slice){text, (size_t)(p - text)});
  free(text);
  csv_reader r;
  assert_int_equal(csv_open(&r, f->w, "q.csv"), WORLD_OK);
  seed = 7;
  uint64_t line = 1;
  for (int row = 0; row < ROWS; row++) {
    assert_int_equal(csv_next(&r), CSV_GOT_ROW);
    assert_int_equal(r.count, 5);
    assert_int_equal(r.line, line);
    for (int k = 0; k < 5; k++) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      const char *v = values[(seed >> 33) % N];
      if (!slice_eq(slice_of(v), r.field[k])) fail_msg("row %d: expected %s, got %.*s", row, v, SLICE_ARG(r.field[k]));
      for (; *v; v++) line += *v == '\n';
    }
    line++;
  }
  assert_int_equal(csv_next(&r), CSV_GOT_END);
  csv_close(&r);
}

static void cells_say_what_they_are(void **state) {
  (void)state;
  static const struct {
    const char *cell;
    csv_decimal marks;
    int64_t minor;
  } good[] = {{"1500", CSV_DECIMAL_UNKNOWN, 150000},
              {"-0.01", CSV_DECIMAL_POINT, -1},
              {"(15.00)", CSV_DECIMAL_POINT, -1500},
              {"1 500,5", CSV_DECIMAL_COMMA, 150050},
              {"1\xC2\xA0"
               "500,50",
               CSV_DECIMAL_COMMA, 150050},
              {"R$ -1.234.567,89", CSV_DECIMAL_COMMA, -123456789},
              {"10.5000", CSV_DECIMAL_POINT, 1050},
              {"15.00 BRL", CSV_DECIMAL_POINT, 1500},
              {"92233720368547758.07", CSV_DECIMAL_POINT, INT64_MAX}};
  static const char *const bad[] = {
      "",    "-", "1.2.3", "1,50", "1,5000", "12,34,567", "1e3", "0x10", "US$ 15.00", "1.001", "92233720368547758.08",
      "--1", "."};
  int64_t minor;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    const char *why = csv_money(slice_of(good[i].cell), good[i].marks, CURRENCY_BRL, &minor);
    if (why) fail_msg("%s %s", good[i].cell, why);
    assert_int_equal(minor, good[i].minor);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (!csv_money(slice_of(bad[i]), CSV_DECIMAL_POINT, CURRENCY_BRL, &minor))
      fail_msg("%s is taken for money", bad[i]);
  int32_t day;
  assert_null(csv_date(SLICE("29/02/2024"), CSV_DATES_DMY, &day));
  assert_int_equal(day, 19782);
  assert_non_null(csv_date(SLICE("29/02/2026"), CSV_DATES_DMY, &day));
  assert_non_null(csv_date(SLICE("2026-3-2"), CSV_DATES_ISO, &day));
  assert_non_null(csv_date(SLICE("03/04/26"), CSV_DATES_DMY, &day));
  assert_null(csv_date(SLICE("2.3.2026"), CSV_DATES_DMY, &day));
  assert_non_null(csv_date(SLICE("2.3/2026"), CSV_DATES_DMY, &day));
}

int main(void) {
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
  const struct CMUnitTest tests[] = {
      WITH(a_plain_ledger_goes_in_and_again_changes_nothing),
      WITH(a_changed_row_is_changed_and_what_is_not_named_stays),
      WITH(a_brazilian_file_is_read_as_one),
      WITH(a_file_that_can_be_read_in_two_ways_is_refused),
      WITH(two_readings_of_a_date_are_refused),
      WITH(what_is_declared_decides),
      cmocka_unit_test(one_cell_proves_the_dialect),
      WITH(every_bad_row_has_its_line_and_reason),
      WITH(corrected_rejects_go_in),
      WITH(a_line_of_ten_megabytes_is_one_reject),
      WITH(a_missing_column_is_named),
      WITH(a_full_disk_leaves_nothing_behind),
      WITH(every_failing_read_is_one_error),
      WITH(quoting_comes_back_as_it_was),
      cmocka_unit_test(cells_say_what_they_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
