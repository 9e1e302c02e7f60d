/* See digest.h. Values go in as numbers of eight bytes, whatever width their columns have today; a list goes in with
 * its length, so that no two of them look alike. */
#include "digest.h"

#include "live.h"

enum { BATCH = 512 };

/* Numbers are gathered before they are hashed. */
typedef struct summing {
  hasher *h;
  int64_t v[BATCH];
  size_t n;
} summing;

static void flush(summing *s) {
  hash_add(s->h, (slice){(const char *)s->v, s->n * sizeof *s->v});
  s->n = 0;
}

static void number(summing *s, int64_t v) {
  if (s->n == BATCH) flush(s);
  s->v[s->n++] = v;
}

static void words(summing *s, slice t) {
  flush(s);
  hash_add_field(s->h, t);
}

/* ---- facts ---- */

static void field(summing *s, const fact_column *c, uint32_t rows) {
  number(s, c->ty);
  bool by_code = c->ty == TY_TEXT || c->ty == TY_SET;
  number(s, by_code ? c->dict.d.count : 0);
  for (uint32_t i = 0; by_code && i < c->dict.d.count; i++) words(s, c->dict.v[i]);
  for (uint32_t i = 0; i < rows; i++) number(s, column_get(&c->c, i));
}

static void table(summing *s, const facts *f, entity of) {
  const fact_table *t = &f->t[of];
  number(s, t->n);
  for (uint32_t i = 0; i < t->n; i++) words(s, t->number[i]);
  for (uint32_t k = 0; k < FIELD_COUNT + f->p->custom_count; k++) {
    entity own = k < FIELD_COUNT ? FIELDS[k].of : f->p->custom[k - FIELD_COUNT].of;
    if (own != of || !t->fields[k].loaded) continue;
    number(s, k);
    field(s, &t->fields[k], t->n);
  }
}

static void add_facts(summing *s, const facts *f) {
  for (int of = 0; of < ENT_COUNT; of++) table(s, f, (entity)of);
  for (uint32_t i = 0; i < f->t[ENT_INVOICE].n; i++) {
    number(s, f->customer[i]);
    number(s, f->cur[i]);
    number(s, f->contract ? f->contract[i] : VM_NO_ROW);
    number(s, f->due_written ? column_get(f->due_written, i) : 0);
  }
  for (uint32_t i = 0; i < f->t[ENT_CONTRACT].n; i++) {
    number(s, f->contract_customer[i]);
    number(s, f->contract_cur[i]);
    number(s, f->billing_held ? f->billing_held[i] : 0);
  }
}

/* ---- history ---- */

static void add_track(summing *s, const history *h, const track *t) {
  number(s, t->of);
  for (uint32_t i = 0; i < t->n; i++) {
    number(s, t->pos ? t->pos[i] : 0);
    for (uint32_t w = 0; t->climbed && w < h->words; w++) number(s, (int64_t)t->climbed[(size_t)i * h->words + w]);
    number(s, t->last_climb ? t->last_climb[i] : 0);
    number(s, t->disarmed ? t->disarmed[i] : 0);
    number(s, t->fired ? t->fired[i] : 0);
  }
}

static void add_begun(summing *s, const history *h) {
  number(s, h->partial_count);
  for (uint32_t i = 0; i < h->partial_cap; i++) {
    const partial *p = &h->partials[i];
    if (p->track == UINT32_MAX) continue;
    const int64_t v[] = {p->track, p->row, p->ladder, p->written, p->place, (int64_t)p->done, (int64_t)p->lines_done};
    for (size_t k = 0; k < sizeof v / sizeof *v; k++) number(s, v[k]);
  }
  number(s, h->pending_count);
  for (uint32_t i = 0; i < h->pending_count; i++) {
    const pending *p = &h->pendings[i];
    const int64_t v[] = {p->section, p->index, p->row, p->day, p->seq, (int64_t)p->done, (int64_t)p->lines_done};
    for (size_t k = 0; k < sizeof v / sizeof *v; k++) number(s, v[k]);
    words(s, p->reply);
  }
}

static void add_sent(summing *s, const history *h, uint32_t customers) {
  for (uint32_t c = 0; h->sent && c < customers; c++) {
    for (const sent_message *m = h->sent[c]; m; m = m->next) {
      number(s, m->day);
      number(s, m->ch);
      number(s, m->invoice_count);
      for (uint32_t i = 0; i < m->invoice_count; i++) number(s, m->invoices[i]);
    }
    number(s, -1);
  }
}

static void add_history(summing *s, const engine *e) {
  const history *h = e->h;
  const facts *f = e->f;
  for (uint32_t k = 0; k < h->track_count; k++) add_track(s, h, &h->tracks[k]);
  for (uint32_t i = 0; i < f->t[ENT_INVOICE].n; i++) {
    number(s, h->cycle[i]);
    number(s, h->stopped[i]);
    for (uint32_t l = 0; l < h->ladder_count; l++) number(s, h->silenced[l] ? h->silenced[l][i] : 0);
  }
  for (uint32_t i = 0; i < f->t[ENT_CONTRACT].n; i++) number(s, h->contract_cycle[i]);
  for (uint32_t i = 0; i < f->t[ENT_CUSTOMER].n; i++) number(s, h->replied[i]);
  number(s, h->messages_today);
  add_begun(s, h);
  add_sent(s, h, f->t[ENT_CUSTOMER].n);
}

/* ---- what earlier runs left ---- */

static void add_live(summing *s, const engine *e) {
  const live *x = e->live;
  number(s, x->news.n);
  for (uint32_t i = 0; i < x->news.n; i++) {
    const occurrence *o = &x->news.v[i];
    const int64_t v[] = {o->kind, o->of, o->row, o->seq, o->day};
    for (size_t k = 0; k < sizeof v / sizeof *v; k++) number(s, v[k]);
    words(s, o->text);
    words(s, o->name);
  }
  for (uint32_t i = 0; i < e->p->every_count; i++) {
    number(s, x->rules ? x->rules[i].since : 0);
    number(s, x->rules ? x->rules[i].done : 0);
  }
  number(s, x->new_contract_count);
  for (uint32_t i = 0; i < x->new_contract_count; i++) number(s, x->new_contracts[i]);
  number(s, x->judged.n);
  for (uint32_t i = 0; i < e->payment_count; i++) {
    const payment_made *p = &e->payments[i];
    const int64_t v[] = {p->row, p->amount, p->fine, p->interest, p->beside, p->seen, p->day};
    for (size_t k = 0; k < sizeof v / sizeof *v; k++) number(s, v[k]);
  }
}

void engine_digest(const engine *e, uint8_t out[HASH_BYTES]) {
  arena *own = arena_new();
  summing *s = ARENA_NEW(own, summing);
  s->h = hash_begin();
  s->n = 0;
  add_facts(s, e->f);
  add_history(s, e);
  if (e->live) add_live(s, e);
  flush(s);
  hash_end(s->h, out);
  arena_free(own);
}
