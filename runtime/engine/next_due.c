/* See next_due.h. Invariant: too early costs a look, too late would lose a rung. */
#include "next_due.h"

#include "screen.h"

typedef struct agenda {
  engine *e;
  int32_t today;
  int32_t *days;
} agenda;

static void at(agenda *a, uint32_t customer, int32_t day) {
  if (customer == VM_NO_ROW) return;
  if (day <= a->today) day = a->today + 1;
  if (day < a->days[customer]) a->days[customer] = day;
}

static bool reads(const program *p, uint32_t field) {
  for (uint32_t u = 0; u < p->use_count; u++)
    if (p->uses[u].field == field) return true;
  return false;
}

/* Totals of the customer, and whether a contract is in default, change on the day on which an invoice is late. */
static void becomes_late(agenda *a, uint32_t invoice) {
  const engine *e = a->e;
  if (fact_int(e->f, FIELD_INVOICE_STATUS, invoice) != STATUS_OPEN) return;
  int32_t due = (int32_t)fact_int(e->f, FIELD_INVOICE_DUE, invoice);
  int32_t late = e->p->due == DUE_LATE_AFTER ? calendar_next(e->cal, (civil_date){due}).day + 1 : due + 1;
  if (due + 1 > a->today) at(a, e->f->customer[invoice], due + 1);
  if (late > a->today) at(a, e->f->customer[invoice], late);
}

static void rows(agenda *a, entity of) {
  engine *e = a->e;
  if (!screen_has_work(e, of)) return;
  for (uint32_t i = 0; i < e->f->t[of].n; i++) {
    int32_t day = engine_wake(e, of, i, a->today);
    if (day != INT32_MAX) at(a, engine_customer(e, of, i), day);
  }
}

static void promises(agenda *a) {
  const engine *e = a->e;
  for (uint32_t i = 0; i < e->f->t[ENT_INVOICE].n; i++) {
    int32_t day = promise_earliest(e, i);
    if (day != DATE_NONE_DAY) at(a, e->f->customer[i], day);
  }
}

static void news_of(const engine *e, const day_plan *plan, uint8_t *news) {
  for (uint32_t i = 0; i < plan->firing_count; i++) {
    const firing *f = &plan->firings[i];
    uint32_t customer = engine_customer(e, f->of, f->row);
    if (customer == VM_NO_ROW) continue;
    if (f->fresh && !f->kept_back) news[customer] = 1;
  }
  for (uint32_t i = 0; i < plan->drops.n; i++) {
    const track_row *r = &plan->drops.v[i];
    uint32_t customer = engine_customer(e, e->h->tracks[r->track].of, r->row);
    if (customer != VM_NO_ROW) news[customer] = 1;
  }
  for (uint32_t i = 0; i < e->live->news.n; i++) {
    const occurrence *o = &e->live->news.v[i];
    uint32_t customer = engine_customer(e, o->of, o->row);
    if (customer != VM_NO_ROW) news[customer] = 1;
  }
}

void next_due(engine *e, const happening_list *events, const day_plan *plan, int32_t *days, uint8_t *news) {
  agenda a = {e, plan->today.day, days};
  for (uint32_t c = 0; c < e->f->t[ENT_CUSTOMER].n; c++) {
    days[c] = INT32_MAX;
    news[c] = 0;
  }
  for (int of = 0; of < ENT_COUNT; of++) rows(&a, (entity)of);
  if (engine_reads_totals(e) || reads(e->p, FIELD_CONTRACT_IN_DEFAULT))
    for (uint32_t i = 0; i < e->f->t[ENT_INVOICE].n; i++) becomes_late(&a, i);
  promises(&a);
  for (uint32_t i = 0; i < events->n; i++)
    if (events->v[i].day > a.today) at(&a, engine_customer(e, events->v[i].of, events->v[i].row), events->v[i].day);
  for (uint32_t i = 0; i < e->h->pending_count; i++) {
    const pending *p = &e->h->pendings[i];
    entity of = p->section == SECTION_EVERY ? e->p->everys[p->index].of : e->p->ons[p->index].of;
    at(&a, engine_customer(e, of, p->row), a.today + 1);
  }
  news_of(e, plan, news);
}

store_code next_due_every(const program *p, store *s, civil_date today, int32_t minute, bool *due) {
  *due = false;
  if (!p->every_count) return STORE_OK;
  arena *own = arena_new();
  live x = {0};
  engine e = {.perm = own, .p = p, .today = today.day, .minute = minute, .live = &x};
  e.every_since = ARENA_ARRAY(own, p->every_count, int32_t);
  uint32_t n = 0;
  store_code code = periods_rules(&e, s, &x, today, own);
  const every_due *v = code == STORE_OK ? periods_due(&e, own, &n) : NULL;
  for (uint32_t i = 0; i < n && !*due; i++)
    for (int32_t day = v[i].from; day <= v[i].to && !*due; day++)
      *due = screen_every_on(&p->everys[v[i].index], (civil_date){day});
  arena_free(own);
  return code;
}

bool next_due_crosses(const facts *f) {
  for (uint32_t i = 0; f->contract && i < f->t[ENT_INVOICE].n; i++)
    if (f->contract[i] != VM_NO_ROW && f->contract_customer[f->contract[i]] != f->customer[i]) return true;
  return false;
}
