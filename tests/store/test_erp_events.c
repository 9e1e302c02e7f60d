/* What an ERP tells of by itself: one event counts once, whoever tells of it and on whatever day; it is about a
 * customer that the store has, and goes with the person who is erased. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/store/agenda.h"
#include "runtime/store/erase.h"
#include "runtime/world_fake.h"

#define OK(call) assert_int_equal((call), STORE_OK)
enum { DAY = 20514 };

typedef struct fixture {
  world *w;
  store *s;
  arena *perm;
} fixture;

static void customer(fixture *f, const char *id) {
  const store_written columns[] = {{.name = SLICE("id")}};
  store_writer *w;
  store_put outcome;
  OK(store_writer_open(f->s, STORE_T_customer, SLICE("test"), columns, 1, &w));
  store_put_text(w, 0, slice_of(id));
  OK(store_put_row(w, &outcome));
  store_writer_close(w);
}

static store_put tell(fixture *f, int32_t day, const char *about, const char *id, const char *said) {
  const store_written columns[] = {{.name = SLICE("date")},  {.name = SLICE("kind")}, {.name = SLICE("invoice")},
                                   {.name = SLICE("value")}, {.name = SLICE("name")}, {.name = SLICE("said")}};
  store_writer *w;
  store_put outcome;
  OK(store_begin(f->s));
  OK(store_writer_open(f->s, STORE_T_happening, SLICE("test"), columns, 6, &w));
  store_put_int(w, 0, day);
  store_put_text(w, 1, SLICE("erp event"));
  store_put_text(w, 2, slice_of(about));
  store_put_text(w, 3, slice_of(id));
  store_put_text(w, 4, SLICE("sap order created"));
  store_put_text(w, 5, slice_of(said));
  OK(store_put_row(w, &outcome));
  store_writer_close(w);
  OK(store_commit(f->s));
  return outcome;
}

static int begin(void **state) {
  fixture *f = calloc(1, sizeof *f);
  store_error why;
  f->w = world_fake_new((int64_t)1795400000 * 1000000000);
  f->perm = arena_new();
  OK(store_open(f->w, ":memory:", &f->s, &why));
  OK(store_begin(f->s));
  customer(f, "C1");
  customer(f, "C2");
  OK(store_commit(f->s));
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

/* "C1 sap order created order_number=1|" of each, in their order. */
static const char *events(fixture *f) {
  static char out[400];
  const slice columns[] = {SLICE("invoice"), SLICE("name"), SLICE("said")};
  store_query q = {.table = STORE_T_happening, .columns = columns, .column_count = 3};
  store_cursor *c;
  size_t n = 0;
  out[0] = 0;
  OK(store_scan(f->s, &q, &c));
  while (store_next(c) == STORE_ROW)
    for (size_t i = 0; i < 3; i++)
      n += (size_t)snprintf(out + n, sizeof out - n, "%.*s%s", SLICE_ARG(store_text(c, i)), i < 2 ? " " : "|");
  store_cursor_close(c);
  return out;
}

static void counts_once(void **state) {
  fixture *f = *state;
  assert_int_equal(tell(f, DAY, "C1", "sap_b1 Orders 17 created", "order_number=17"), STORE_PUT_NEW);
  assert_int_equal(tell(f, DAY, "C1", "sap_b1 Orders 17 created", "order_number=17"), STORE_PUT_UNCHANGED);
  assert_int_equal(tell(f, DAY + 1, "C2", "sap_b1 Orders 17 created", "order_number=18"), STORE_PUT_UNCHANGED);
  assert_int_equal(tell(f, DAY, "C1", "sap_b1 Orders 18 created", "order_number=18"), STORE_PUT_NEW);
  assert_string_equal(events(f), "C1 sap order created order_number=17|C1 sap order created order_number=18|");
}

static void needs_its_customer(void **state) {
  fixture *f = *state;
  assert_int_equal(tell(f, DAY, "C9", "sap_b1 Orders 1 created", ""), STORE_PUT_NO_ENTITY);
  assert_string_equal(events(f), "");
}

static void wakes_its_customer(void **state) {
  fixture *f = *state;
  store_agenda a;
  OK(store_begin(f->s));
  OK(store_agenda_open(f->s));
  OK(store_agenda_all(f->s, false));
  OK(store_commit(f->s));
  OK(store_agenda_look(f->s, DAY, &a));
  assert_false(a.all || a.any);
  (void)tell(f, DAY, "C2", "sap_b1 Orders 1 created", "");
  OK(store_agenda_look(f->s, DAY, &a));
  assert_true(a.any);
}

static void goes_with_the_person(void **state) {
  fixture *f = *state;
  store_erased gone;
  (void)tell(f, DAY, "C1", "sap_b1 Orders 1 created", "order_number=1");
  (void)tell(f, DAY, "C2", "sap_b1 Orders 2 created", "order_number=2");
  OK(store_begin(f->s));
  OK(store_erase_customer(f->s, SLICE("C1"), &gone));
  OK(store_commit(f->s));
  assert_null(strstr(events(f), "C1"));
  assert_null(strstr(events(f), "order_number=1"));
  assert_non_null(strstr(events(f), "C2 sap order created order_number=2|"));
  /* The ERP tells of it again: the customer does not come back. */
  assert_int_equal(tell(f, DAY, "C1", "sap_b1 Orders 1 created", "order_number=1"), STORE_PUT_NO_ENTITY);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(counts_once, begin, end),
                                     cmocka_unit_test_setup_teardown(needs_its_customer, begin, end),
                                     cmocka_unit_test_setup_teardown(wakes_its_customer, begin, end),
                                     cmocka_unit_test_setup_teardown(goes_with_the_person, begin, end)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
