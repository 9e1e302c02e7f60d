/* The workload's rows as Dun's facts and history: what `dun import` and `dun run` would have left, made in memory. */
#ifndef DUN_BENCH_LEDGER_H
#define DUN_BENCH_LEDGER_H

#include <assert.h>
#include <stdlib.h>

#include "runtime/engine/engine.h"
#include "workload.h"

static inline fact_column *made_column(facts *f, uint32_t field, uint32_t n) {
  fact_column *c = fact_field(f, field);
  fact_column_init(f, c, field);
  column_reserve(f->perm, &c->c, n + 1);
  return c;
}

static inline void customers_made(facts *f, arena *perm) {
  fact_table *t = &f->t[ENT_CUSTOMER];
  t->n = CUSTOMERS;
  t->number = ARENA_ARRAY(perm, CUSTOMERS, slice);
  fact_column *email = made_column(f, FIELD_CUSTOMER_EMAIL, CUSTOMERS);
  fact_column *opted_out = made_column(f, FIELD_CUSTOMER_OPTED_OUT, CUSTOMERS);
  dictionary_hashed(perm, &opted_out->dict);
  for (uint32_t i = 0; i < CUSTOMERS; i++) {
    t->number[i] = arena_printf(perm, "c%06u", i + 1);
    column_push(perm, &email->c, dictionary_push(perm, &email->dict, arena_printf(perm, "c%06u@example.com", i + 1)));
    column_push(perm, &opted_out->c, dictionary_code(perm, &opted_out->dict, SLICE("")));
  }
}

static inline void invoice_made(facts *f, const invoice_row *v, uint32_t row, uint32_t segment_field) {
  arena *perm = f->perm;
  static const int CODE[] = {
      [OPEN] = STATUS_OPEN, [PAID] = STATUS_PAID, [DISPUTED] = STATUS_OPEN, [CANCELLED] = STATUS_CANCELLED};
  fact_column *segment = fact_field(f, segment_field);
  f->t[ENT_INVOICE].number[row] = arena_printf(perm, "%08u", row + 1);
  f->customer[row] = (uint32_t)(v->customer_id - 1);
  f->cur[row] = CURRENCY_BRL;
  column_push(perm, &fact_field(f, FIELD_INVOICE_OPEN)->c, v->open_cents);
  column_push(perm, &fact_field(f, FIELD_INVOICE_AMOUNT)->c, v->amount_cents);
  column_push(perm, &fact_field(f, FIELD_INVOICE_DUE)->c, v->due_date);
  column_push(perm, &fact_field(f, FIELD_INVOICE_STATUS)->c, CODE[v->status]);
  column_push(perm, &fact_field(f, FIELD_INVOICE_DISPUTED)->c, v->status == DISPUTED);
  column_push(perm, &fact_field(f, FIELD_INVOICE_PROMISE)->c,
              v->promise_date == NODATE ? FACT_MISSING : v->promise_date);
  column_push(perm, &fact_field(f, FIELD_INVOICE_LAST_CONTACT)->c,
              v->last_contact == NODATE ? FACT_MISSING : v->last_contact);
  column_push(perm, &segment->c, dictionary_code(perm, &segment->dict, slice_of(SEGMENT[v->segment])));
}

static inline facts *ledger_made(arena *perm, const program *p, const invoice_row *rows, uint32_t n) {
  static const uint32_t FIELDS_READ[] = {FIELD_INVOICE_OPEN,        FIELD_INVOICE_AMOUNT,   FIELD_INVOICE_DUE,
                                         FIELD_INVOICE_STATUS,      FIELD_INVOICE_DISPUTED, FIELD_INVOICE_PROMISE,
                                         FIELD_INVOICE_LAST_CONTACT};
  facts *f = facts_new(perm, p, TODAY);
  customers_made(f, perm);
  fact_table *t = &f->t[ENT_INVOICE];
  t->n = n;
  t->number = ARENA_ARRAY(perm, n + 1, slice);
  f->customer = ARENA_ARRAY(perm, n + 1, uint32_t);
  f->cur = ARENA_ARRAY(perm, n + 1, uint8_t);
  for (size_t i = 0; i < sizeof FIELDS_READ / sizeof *FIELDS_READ; i++) made_column(f, FIELDS_READ[i], n);
  assert(p->custom_count == 1);
  uint32_t segment = FIELD_COUNT;
  dictionary_hashed(perm, &made_column(f, segment, n)->dict);
  for (uint32_t i = 0; i < n; i++) invoice_made(f, &rows[i], i, segment);
  facts_index(f);
  return f;
}

/* The ladder of the policy that this row climbs: as its conditions say. */
static inline uint32_t ladder_made(const invoice_row *v) { return v->amount_cents > 100000 ? 0 : is_key(v) ? 1 : 2; }

/* The rung of its ladder that a step is; the key ladder has no rung for step 2. */
static inline uint32_t rung_of_step(uint32_t ladder_index, uint32_t step) {
  return ladder_index == 1 && step > 2 ? step - 1 : step;
}

/* Positions: the steps done. A step that the invoice's ladder lacks still says how far it has climbed. */
static inline void positions_made(const engine *e, const invoice_row *rows, uint32_t n) {
  static const int KEY_PLACES[] = {-3, 1, 5, 15, 30};
  track *t = &e->h->tracks[TRACK_INVOICES];
  for (uint32_t i = 0; i < n; i++) {
    uint32_t at = ladder_made(&rows[i]);
    for (uint32_t k = 0; rows[i].steps_done >> k; k++) {
      if (!(rows[i].steps_done >> k & 1)) continue;
      int32_t place = at < 2 ? KEY_PLACES[k] : e->p->ladders[2].rungs[k].off.base.n;
      if (at == 1 && k == 2) {
        if (place > t->pos[i]) t->pos[i] = place;
        continue;
      }
      const rung *r = &e->p->ladders[at].rungs[rung_of_step(at, k)];
      history_climb(e->h, t, i, timelines_written_find(e->tl, r->written), place);
    }
  }
}

#endif
