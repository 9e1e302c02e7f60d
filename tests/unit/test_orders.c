/* Orders to an ERP through the outbox: what they say, what keeps them back, what is looked for, and what Dun knows once
 * they are done. The ERP is the Omie connector over a network that answers what the test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/outbox/human.h"
#include "runtime/store/done.h"
#include "runtime/store/pause.h"
#include "runtime/world_fake.h"
#include "stdlib/erp/erp_order.h"
#include "tests/support/http_script.h"
#include "tests/support/outbox_fixture.h"

#define CONNECTED(fee)                                                                                                 \
  "policy \"P\"\n  currency BRL\n" fee "\nconnect erp omie with key from env \"K\" and secret from env \"S\"\n"
#define HEAD CONNECTED("late fee 2%")
#define FEE HEAD "ladder l for invoices\n  at 1d charge fee\n"
#define DUE                                                                                                            \
  HEAD "ladder l for invoices\n  at 1d update due date in erp to 2026-03-20\non due date changed log \"moved\"\n"

/* ---- the house ---- */

/* Of invoice `number` as Omie's sync would write it. */
static void put_row(house *h, const char *number, const char *id, int64_t amount, int32_t due, const char *status) {
  static const char *const NAMES[] = {"number", "customer", "amount", "open", "due", "status", "currency", "source_id"};
  store_written columns[8];
  store_writer *w;
  store_put how;
  for (size_t i = 0; i < 8; i++) columns[i] = (store_written){slice_of(NAMES[i]), false};
  must(h->s, store_begin(h->s));
  must(h->s, store_writer_open(h->s, STORE_T_invoice, SLICE("omie"), columns, 8, &w));
  store_put_text(w, 0, slice_of(number));
  store_put_text(w, 1, SLICE("C1"));
  store_put_int(w, 2, amount);
  store_put_int(w, 3, amount);
  store_put_int(w, 4, due);
  store_put_text(w, 5, slice_of(status));
  store_put_text(w, 6, SLICE("BRL"));
  store_put_text(w, 7, slice_of(id));
  must(h->s, store_put_row(w, &how));
  store_writer_close(w);
  must(h->s, store_commit(h->s));
}

/* O-1 of 100.00, number 700001 in Omie, due since yesterday. */
static house ledger(void) {
  house h = begin_empty();
  world_fake_set_env(h.w, "K", "1");
  world_fake_set_env(h.w, "S", "2");
  put_customer(&h, "C1", "c1@x.example", NULL);
  put_row(&h, "O-1", "700001", 10000, DAY - 1, "open");
  script_begin(h.w);
  return h;
}

static void over(house *h) {
  script_end();
  end(h);
}

static int64_t number_of(house *h, const char *name) {
  const slice columns[] = {slice_of(name)};
  store_cursor *c = NULL;
  int64_t v = -1;
  if (store_row(h->s, STORE_T_invoice, "number", SLICE("O-1"), columns, 1, &c) == STORE_ROW) v = store_int(c, 0);
  store_cursor_close(c);
  return v;
}

static bool is_cancelled(house *h) {
  const slice columns[] = {SLICE("status")};
  store_cursor *c = NULL;
  bool yes = store_row(h->s, STORE_T_invoice, "number", SLICE("O-1"), columns, 1, &c) == STORE_ROW &&
             slice_eq(store_text(c, 0), SLICE("cancelled"));
  store_cursor_close(c);
  return yes;
}

/* ---- Omie ---- */

/* The receivable as it is read; `notes` are its observacao. */
static void reads(const char *value, const char *due, const char *status, const char *notes) {
  script_answer(200, arena_printf(script.perm,
                                  "{\"codigo_lancamento_omie\":700001,\"valor_documento\":%s,\"data_vencimento\":"
                                  "\"%s\",\"status_titulo\":\"%s\",\"observacao\":\"%s\",\"boleto\":{}}",
                                  value, due, status, notes)
                         .p);
}
static void is_open(void) { reads("100.0", "01/03/2026", "ATRASADO", ""); }
static void takes(void) { script_answer(200, "{\"codigo_lancamento_omie\":700001,\"codigo_status\":\"0\"}"); }
static void breaks(void) { script_add((scripted_answer){.end = HTTP_LOST, .phase = HTTP_SENDING}); }

/* "[dun 0123456789abcdef]" of what was written. */
static const char *mark_written(size_t nth) {
  const char *at = strstr(script.asked[nth].body, "[dun ");
  assert_non_null(at);
  return arena_slice(script.perm, (slice){at, (size_t)(strchr(at, ']') - at) + 1}).p;
}

/* A charge of which nobody knows whether it was done. */
static const char *lost_charge(house *h) {
  is_open();
  breaks();
  is_open();
  assert_string_equal(whole_run(h, FEE, DAY), "UNKNOWN 1");
  assert_int_equal(script.count, 3);
  return mark_written(1);
}

/* ---- words ---- */

static void words_are_what_is_done(void **state) {
  (void)state;
  arena *a = arena_new();
  erp_order o = {.kind = ACT_CHARGE_FEE,
                 .of = STORE_ENTITY_INVOICE,
                 .number = SLICE("O-\"1"),
                 .source_id = SLICE("700001"),
                 .customer = SLICE("C1"),
                 .customer_source_id = SLICE("101"),
                 .has_amount = true,
                 .amount = {205, CURRENCY_BRL},
                 .has_date = true,
                 .date = {DAY}},
            back;
  slice words = erp_order_text(&o, a);
  assert_string_equal(arena_copy(a, words),
                      "{\"do\":\"charge fee\",\"of\":\"invoice\",\"number\":\"O-\\\"1\",\"source_id\":\"700001\","
                      "\"customer\":\"C1\",\"customer_source_id\":\"101\",\"amount\":\"2.05\",\"currency\":\"BRL\","
                      "\"date\":\"2026-03-02\"}");
  for (int k = 0; k < ACT_COUNT; k++) { /* each kind is read back as it was written, with and without its parts */
    o.kind = (action_kind)k;
    o.has_amount = k & 1;
    o.has_date = k & 2;
    o.of = (store_entity_kind)(k % 3);
    o.text = k & 4 ? SLICE("late") : (slice){0};
    words = erp_order_text(&o, a);
    assert_true(erp_order_read(words, a, &back));
    assert_int_equal(back.kind, k);
    assert_true(slice_eq(erp_order_text(&back, a), words));
  }
  assert_false(erp_order_read(SLICE("{\"do\":\"dance\",\"of\":\"invoice\"}"), a, &back));
  assert_false(erp_order_read(SLICE("{\"do\":\"mark\",\"of\":\"house\"}"), a, &back));
  assert_false(erp_order_read(SLICE("{\"do\":\"mark\",\"of\":\"invoice\",\"amount\":\"1.5\"}"), a, &back));
  assert_false(erp_order_read(SLICE("not json"), a, &back));
  arena_free(a);
}

static void a_charge_goes_once(void **state) {
  (void)state;
  house h = ledger();
  is_open();
  takes();
  assert_string_equal(whole_run(&h, FEE, DAY), "SENT 1");
  assert_int_equal(script.count, 2);
  assert_non_null(strstr(script.asked[0].body, "ConsultarContaReceber"));
  assert_non_null(strstr(script.asked[1].body, "\"valor_documento\":102.00"));
  assert_int_equal(number_of(&h, "amount"), 10200);
  assert_int_equal(number_of(&h, "open"), 10200);
  put_row(&h, "O-1", "700001", 10200, DAY - 1, "open"); /* the next sync says the same */
  assert_string_equal(whole_run(&h, FEE, DAY), "");
  assert_string_equal(whole_run(&h, FEE, DAY + 1), "");
  assert_int_equal(script.count, 2);
  assert_chain(&h);
  over(&h);
}

/* The balance has the fine in it: two percent of it would be a little more than was charged. */
static void a_fee_is_not_charged_on_a_fee(void **state) {
  (void)state;
  static const char REPEATED[] = HEAD "ladder l for invoices\n  at 1d then every 1d, 3 more times charge fee\n";
  house h = ledger();
  is_open();
  takes();
  assert_string_equal(whole_run(&h, REPEATED, DAY), "SENT 1");
  assert_string_equal(whole_run(&h, REPEATED, DAY + 1), "");
  assert_string_equal(whole_run(&h, REPEATED, DAY + 2), "");
  assert_int_equal(script.count, 2);
  over(&h);
}

static void whose_row_it_is_not_is_not_written_to(void **state) {
  (void)state;
  house h = ledger();
  put_invoice(&h, "O-1", "C1", 9000, DAY - 1, "open"); /* a file had the last word */
  assert_string_equal(whole_run(&h, FEE, DAY), "REJECTED 1");
  assert_string_equal(state_of(&h, 0), "dead: it did not come from an ERP that the policy connects");
  assert_int_equal(script.count, 0);
  over(&h);
}

static void nothing_is_charged_of_nothing(void **state) {
  (void)state;
  house h = ledger();
  assert_string_equal(
      whole_run(
          &h,
          CONNECTED(
              "late fee 2% plus interest 1% per month tolerance 9d") "ladder l for invoices\n  at 1d charge fee\n",
          DAY),
      "RECORDED 1");
  assert_string_equal(state_of(&h, 0), "accepted: it comes to nothing");
  over(&h);
}

/* ---- the gate ---- */

typedef void meanwhile(house *h);
static void paid(house *h) { put_row(h, "O-1", "700001", 10000, DAY - 1, "paid"); }
static void grown(house *h) { put_row(h, "O-1", "700001", 11000, DAY - 1, "open"); }
static void moved(house *h) { put_row(h, "O-1", "700001", 10000, DAY - 2, "open"); }
static void disputed(house *h) { put_event(h, "dispute", "O-1", DAY, 0); }
static void paused(house *h) {
  bool is_new;
  must(h->s, store_begin(h->s));
  must(h->s, store_pause_put(h->s, PAUSE_channel, SLICE("erp"), SLICE("ana"), SLICE("stocktaking"), &is_new));
  must(h->s, store_commit(h->s));
}
static void grew_old(house *h) { pass_seconds(h, (int64_t)49 * 3600); }

/* What happens between the decision and the call keeps the call from being made. */
static void what_happens_meanwhile_keeps_it_back(void **state) {
  (void)state;
  static const struct {
    meanwhile *it;
    const char *tally, *state;
  } CASES[] = {
      {paid, "SUPPRESSED 1", "suppressed: the invoice is settled"},
      {grown, "SUPPRESSED 1", "suppressed: the invoice's amount changed after the message was written"},
      {moved, "SUPPRESSED 1", "suppressed: the invoice's due date changed after the message was written"},
      {disputed, "WAITING 1", "ready: something new is known about the invoice"},
      {paused, "WAITING 1", "ready: channel is paused: stocktaking"},
      {grew_old, "WAITING 1", "ready: the ledger was read in too long ago; import it anew"},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    house h = ledger();
    run r;
    run_commit(&h, &r, FEE, DAY);
    CASES[i].it(&h);
    run_deliver(&h, &r);
    assert_string_equal(tallies(&r), CASES[i].tally);
    assert_string_equal(state_of(&h, 0), CASES[i].state);
    assert_int_equal(script.count, 0);
    run_end(&r);
    over(&h);
  }
}

static void a_hold_counts_for_orders(void **state) {
  (void)state;
  house h = ledger();
  run r;
  run_commit(&h, &r, FEE, DAY);
  disputed(&h);
  run_end(&r);
  assert_string_equal(whole_run(&h, FEE "hold while disputed\n", DAY), "SUPPRESSED 1");
  assert_string_equal(state_of(&h, 0), "suppressed: the policy holds the invoice now");
  over(&h);
}

/* Omie has it paid; no sync has said so. */
static void what_is_paid_there_is_not_charged(void **state) {
  (void)state;
  house h = ledger();
  reads("100.0", "01/03/2026", "RECEBIDO", "");
  assert_string_equal(whole_run(&h, FEE, DAY), "REJECTED 1");
  assert_int_equal(script.count, 1);
  assert_int_equal(number_of(&h, "amount"), 10000);
  over(&h);
}

/* ---- unknown ---- */

static void what_is_unknown_is_looked_for(void **state) {
  (void)state;
  house h = ledger();
  const char *mark = lost_charge(&h);
  assert_int_equal(number_of(&h, "amount"), 10000);
  pass_seconds(&h, 130);
  reads("102.0", "01/03/2026", "ATRASADO", mark);
  assert_string_equal(whole_run(&h, FEE, DAY), "SENT 1");
  assert_int_equal(script.count, 4); /* one look, no writing */
  assert_int_equal(number_of(&h, "amount"), 10200);
  over(&h);
}

static void what_did_not_arrive_goes_again(void **state) {
  (void)state;
  house h = ledger();
  (void)lost_charge(&h);
  is_open(); /* too early to say that it will not come */
  assert_string_equal(whole_run(&h, FEE, DAY), "");
  assert_int_equal(script.count, 4);
  pass_seconds(&h, 130);
  is_open();
  is_open();
  takes();
  assert_string_equal(whole_run(&h, FEE, DAY), "SENT 1");
  assert_int_equal(script.count, 7);
  assert_int_equal(number_of(&h, "amount"), 10200);
  over(&h);
}

static void a_sync_may_be_faster(void **state) {
  (void)state;
  house h = ledger();
  const char *mark = lost_charge(&h);
  put_row(&h, "O-1", "700001", 10200, DAY - 1, "open");
  pass_seconds(&h, 130);
  reads("102.0", "01/03/2026", "ATRASADO", mark);
  assert_string_equal(whole_run(&h, FEE, DAY), "SENT 1");
  assert_int_equal(number_of(&h, "amount"), 10200);
  over(&h);
}

static void a_person_may_know(void **state) {
  (void)state;
  house h = ledger();
  human_result r;
  (void)lost_charge(&h);
  must(h.s, outbox_human(h.s, HUMAN_DELIVERED, 1, SLICE("ana"), true, &r));
  assert_int_equal(r.answer, HUMAN_DONE);
  assert_int_equal(number_of(&h, "amount"), 10200);
  assert_string_equal(whole_run(&h, FEE, DAY + 1), "");
  over(&h);
}

/* ---- what is known at once ---- */

static void a_due_date_of_our_own_is_no_news(void **state) {
  (void)state;
  house h = ledger();
  is_open();
  takes();
  assert_string_equal(whole_run(&h, DUE, DAY), "SENT 1");
  civil_date new;
  assert_true(date_parse(SLICE("2026-03-20"), &new));
  assert_int_equal(number_of(&h, "due"), new.day);
  assert_string_equal(whole_run(&h, DUE, DAY + 1), "");
  put_row(&h, "O-1", "700001", 10000, DAY + 40, "open"); /* somebody else's is */
  assert_string_equal(whole_run(&h, DUE, DAY + 1), "RECORDED 1");
  over(&h);
}

/* The sync showed the new date before the answer that got lost was found. */
static void nor_is_one_that_a_sync_told_of(void **state) {
  (void)state;
  house h = ledger();
  is_open();
  breaks();
  script_answer(500, "{\"faultstring\":\"ERROR\",\"faultcode\":\"SOAP-ENV:Client-1020\"}");
  assert_string_equal(whole_run(&h, DUE, DAY), "UNKNOWN 1");
  civil_date new;
  assert_true(date_parse(SLICE("2026-03-20"), &new));
  put_row(&h, "O-1", "700001", 10000, new.day, "open");
  pass_seconds(&h, 130);
  script_answer(200, "{\"nPagina\":1,\"nTotPaginas\":1,\"titulosEncontrados\":[{\"cabecTitulo\":{\"nCodTitulo\":700001,"
                     "\"dDtVenc\":\"20/03/2026\",\"cStatus\":\"A VENCER\"},\"resumo\":{}}]}");
  assert_string_equal(whole_run(&h, DUE, DAY), "SENT 1");
  over(&h);
}

static void a_message_of_the_same_line_still_goes(void **state) {
  (void)state;
  house h = ledger();
  is_open();
  takes();
  reads("102.0", "01/03/2026", "ATRASADO", "");
  takes();
  assert_string_equal(whole_run(&h,
                                CONNECTED("late fee 2% plus interest 3% per month") "ladder l for invoices\n  at 1d "
                                                                                    "charge fee then charge interest\n",
                                DAY),
                      "SENT 2");
  assert_int_equal(number_of(&h, "amount"), 10210);
  over(&h);
}

static void what_is_written_off_is_closed(void **state) {
  (void)state;
  house h = ledger();
  script_answer(200, "{\"nPagina\":1,\"nTotPaginas\":1,\"titulosEncontrados\":[{\"cabecTitulo\":{\"nCodTitulo\":700001,"
                     "\"dDtVenc\":\"01/03/2026\",\"cStatus\":\"ATRASADO\"},\"resumo\":{\"nValAberto\":100.0}}]}");
  takes();
  assert_string_equal(whole_run(&h,
                                HEAD "ladder l for invoices\n  at 1d write off\non payment in full log \"thanks\"\n"
                                     "on invoice cancelled log \"gone\"\n",
                                DAY),
                      "SENT 1");
  assert_true(is_cancelled(&h));
  put_row(&h, "O-1", "700001", 0, DAY - 1, "paid"); /* what a receipt into the account of losses looks like */
  assert_string_equal(whole_run(&h,
                                HEAD "ladder l for invoices\n  at 1d write off\non payment in full log \"thanks\"\n"
                                     "on invoice cancelled log \"gone\"\n",
                                DAY + 1),
                      "");
  over(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_are_what_is_done),
      cmocka_unit_test(a_charge_goes_once),
      cmocka_unit_test(a_fee_is_not_charged_on_a_fee),
      cmocka_unit_test(whose_row_it_is_not_is_not_written_to),
      cmocka_unit_test(nothing_is_charged_of_nothing),
      cmocka_unit_test(what_happens_meanwhile_keeps_it_back),
      cmocka_unit_test(a_hold_counts_for_orders),
      cmocka_unit_test(what_is_paid_there_is_not_charged),
      cmocka_unit_test(what_is_unknown_is_looked_for),
      cmocka_unit_test(what_did_not_arrive_goes_again),
      cmocka_unit_test(a_sync_may_be_faster),
      cmocka_unit_test(a_person_may_know),
      cmocka_unit_test(a_due_date_of_our_own_is_no_news),
      cmocka_unit_test(nor_is_one_that_a_sync_told_of),
      cmocka_unit_test(a_message_of_the_same_line_still_goes),
      cmocka_unit_test(what_is_written_off_is_closed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
