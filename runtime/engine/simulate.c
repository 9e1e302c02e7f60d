/* See simulate.h. Invariant: a row has an entry on the first day on which time alone can change anything about it
 * (wake.c); events pull it forward, which leaves that entry stale: its day is no longer the row's, and it is skipped.
 */
#include "simulate.h"

#include <stdlib.h>

#include "charges.h"
#include "lines.h"
#include "live.h"
#include "own_state.h"
#include "prices.h"
#include "report_build.h"
#include "screen.h"

enum { PART_ROWS = 16 * 1024 }; /* whose columns stay in the processor's cache for all the days */

typedef struct entry {
  uint32_t row, next; /* next: index + 1 */
} entry;

/* Days with rows to look at. Entries come from one pool and go back to it when their day is over. */
typedef struct buckets {
  uint32_t *heads; /* per day, index + 1 */
  entry *pool;
  uint32_t n, cap, free;
} buckets;

typedef struct agenda {
  int32_t *wake; /* per row: its day, INT32_MAX: never; an entry of another day is stale */
  int32_t *seen; /* per row: last day looked at */
  buckets b;
} agenda;

typedef struct rows {
  uint32_t *v, n, cap;
} rows;

typedef struct sim {
  engine *e;
  const simulation *s;
  arena *perm;
  agenda a[ENT_COUNT];
  rows look[ENT_COUNT];
  row_set all[ENT_COUNT]; /* the rows gone through: all of the ledger, or a part of its invoices */
  arena *scratch;         /* of a day */
  uint64_t *marks;        /* a bit for each invoice gone through; clear between uses */
  uint32_t next_event;
  buckets promises;        /* by the day they are judged on */
  int32_t *judged;         /* per invoice: that day at the earliest */
  int32_t *whole;          /* per customer: last day on which all its rows are looked at */
  int32_t *whole_contract; /* per contract: last day on which all its invoices are looked at */
  bool all_totals;         /* an `every` rule looks at all rows, and some total changes daily */
  bool works[ENT_COUNT];   /* some rule looks at rows of this kind on days that are theirs */
  bool reads_contact;      /* some condition reads what a message to the customer changes */
  report_builder *report;
} sim;

static uint32_t day_index(const sim *s, int32_t day) { return (uint32_t)(day - s->s->from.day); }

static void add_row(sim *s, entity of, uint32_t row, int32_t today) {
  if (s->a[of].seen[row] == today) return;
  s->a[of].seen[row] = today;
  rows *r = &s->look[of];
  if (r->n == r->cap) {
    uint32_t cap = r->cap ? r->cap * 2 : 1024;
    uint32_t *v = ARENA_ARRAY(s->perm, cap, uint32_t);
    if (r->n) memcpy(v, r->v, r->n * sizeof *v);
    r->v = v;
    r->cap = cap;
  }
  r->v[r->n++] = row;
}

static void bucket_add(sim *s, buckets *b, int32_t day, uint32_t row) {
  uint32_t k = b->free;
  if (k) {
    b->free = b->pool[k - 1].next;
  } else {
    if (b->n == b->cap) {
      uint32_t cap = b->cap ? b->cap * 2 : 1024;
      entry *v = ARENA_ARRAY(s->perm, cap, entry);
      if (b->n) memcpy(v, b->pool, b->n * sizeof *v);
      b->pool = v;
      b->cap = cap;
    }
    k = ++b->n;
  }
  b->pool[k - 1] = (entry){row, b->heads[day_index(s, day)]};
  b->heads[day_index(s, day)] = k;
}

/* Takes the first entry of a day off; false when there is none. */
static bool bucket_take(const sim *s, buckets *b, int32_t day, uint32_t *row) {
  uint32_t *head = &b->heads[day_index(s, day)], k = *head;
  if (!k) return false;
  entry *x = &b->pool[k - 1];
  *row = x->row;
  *head = x->next;
  x->next = b->free;
  b->free = k;
  return true;
}

static void schedule(sim *s, entity of, uint32_t row, int32_t day) {
  agenda *a = &s->a[of];
  a->wake[row] = day;
  if (day <= s->s->to.day) bucket_add(s, &a->b, day, row);
}

static void customer_rows(sim *s, uint32_t customer, int32_t today) {
  const facts *f = s->e->f;
  if (customer == VM_NO_ROW || s->whole[customer] == today) return;
  s->whole[customer] = today;
  for (uint32_t k = f->first_of[customer]; k < f->first_of[customer + 1]; k++)
    add_row(s, ENT_INVOICE, f->by_customer[k], today);
  for (uint32_t k = f->contract_of_customer_first[customer]; k < f->contract_of_customer_first[customer + 1]; k++)
    add_row(s, ENT_CONTRACT, f->contracts_by_customer[k], today);
  add_row(s, ENT_CUSTOMER, customer, today);
}

/* A contract that an invoice of another customer's puts in default, and whatever asks about it. */
static void contract_rows(sim *s, uint32_t invoice, int32_t today) {
  const facts *f = s->e->f;
  uint32_t contract = f->of_contract_first ? f->contract[invoice] : VM_NO_ROW;
  if (contract == VM_NO_ROW || f->contract_customer[contract] == f->customer[invoice]) return;
  if (s->whole_contract[contract] == today) return;
  s->whole_contract[contract] = today;
  add_row(s, ENT_CONTRACT, contract, today);
  for (uint32_t k = f->of_contract_first[contract]; k < f->of_contract_first[contract + 1]; k++)
    add_row(s, ENT_INVOICE, f->by_contract[k], today);
}

/* ---- promises ---- */

/* One for a day that is over when it is made is judged at once: on `today`. */
static void watch_promise(sim *s, uint32_t row, int32_t today) {
  int32_t day = promise_earliest(s->e, row);
  if (day != DATE_NONE_DAY && day < today) day = today;
  s->judged[row] = day;
  if (day == DATE_NONE_DAY || day > s->s->to.day) return;
  bucket_add(s, &s->promises, day, row);
}

/* One from before the first day: judged by then, it is closed, without an event. */
static void known_promise(sim *s, uint32_t row) {
  int32_t from = s->s->from.day, day = promise_earliest(s->e, row);
  if (day == DATE_NONE_DAY || day >= from) {
    watch_promise(s, row, from);
    return;
  }
  day = promise_judged(s->e, row);
  s->judged[row] = day < from ? DATE_NONE_DAY : day;
  if (day < from)
    fact_set_int(s->e->f, FIELD_INVOICE_PROMISE, row, FACT_MISSING);
  else if (day <= s->s->to.day)
    bucket_add(s, &s->promises, day, row);
}

/* Judged once, on the first day after: broken where the invoice is still open. Its ladder of today may grant longer. */
static void judge_promises(sim *s, int32_t today, occurrence_list *out) {
  for (uint32_t row; bucket_take(s, &s->promises, today, &row);) {
    if (s->judged[row] == DATE_NONE_DAY || s->judged[row] > today) continue;
    s->e->today = today;
    vm_set_today(s->e->m, (civil_date){today});
    int32_t day = promise_judged(s->e, row);
    if (day != DATE_NONE_DAY && day > today) {
      if (day <= s->s->to.day) bucket_add(s, &s->promises, day, row);
      continue;
    }
    s->judged[row] = DATE_NONE_DAY;
    add_row(s, ENT_INVOICE, row, today);
    if (fact_int(s->e->f, FIELD_INVOICE_STATUS, row) != STATUS_OPEN) continue;
    fact_set_int(s->e->f, FIELD_INVOICE_PROMISE, row, FACT_MISSING);
    occurrence_add(out, EV_PROMISE_BROKEN, ENT_INVOICE, row, (slice){0});
  }
}

/* ---- events ---- */

static void touch(sim *s, const happening *h, int32_t today) {
  add_row(s, h->of, h->row, today);
  uint32_t customer = engine_customer(s->e, h->of, h->row);
  if (engine_reads_totals(s->e)) engine_totals(s->e, customer, today);
  if (h->of == ENT_INVOICE) contract_rows(s, h->row, today);
  if (engine_reads_totals(s->e) || h->kind == HAPPENING_REPLY || h->kind == HAPPENING_OPT_OUT ||
      h->kind == HAPPENING_OPT_IN)
    customer_rows(s, customer, today);
}

static void apply_event(const sim *s, const happening *h, occurrence_list *out) {
  if (s->s->apply)
    s->s->apply(s->s->apply_self, s->e, h, out);
  else
    happening_apply(s->e, h, out);
}

static void events_of(sim *s, int32_t today, occurrence_list *out) {
  const happening_list *l = s->s->events;
  for (; s->next_event < l->n && l->v[s->next_event].day <= today; s->next_event++) {
    const happening *h = &l->v[s->next_event];
    bool past = h->day < s->s->from.day;
    apply_event(s, h, past ? NULL : out);
    if (past) continue;
    touch(s, h, today);
    if (h->of == ENT_INVOICE && promise_earliest(s->e, h->row) != s->judged[h->row]) watch_promise(s, h->row, today);
  }
}

/* ---- Dun's own state: takes effect from the next day ---- */

static bool take_effect(sim *s, const decision *d) {
  if (d->act->kind == ACT_SEND) return s->reads_contact;
  const own_effect *v;
  uint32_t n = own_effects(s->e, d, s->e->perm, &v);
  price_take_effect(s->e, d);
  for (uint32_t i = 0; i < n; i++) own_apply(s->e, &v[i]);
  return n > 0;
}

/* False promises that take_effect has nothing to do: of all actions a message alone is known to change nothing but when
 * the customer was last written to. */
static bool changes_facts(const sim *s, const day_plan *plan) {
  for (uint32_t i = 0; i < plan->candidate_count; i++)
    if (plan->candidates[i].state == CANDIDATE_DONE && (plan->candidates[i].act->kind != ACT_SEND || s->reads_contact))
      return true;
  return false;
}

/* ---- a day ---- */

static void gather(sim *s, int32_t today) {
  for (int of = 0; of < ENT_COUNT; of++) {
    agenda *a = &s->a[of];
    for (uint32_t row; bucket_take(s, &a->b, today, &row);)
      if (a->wake[row] == today) add_row(s, (entity)of, row, today);
  }
  if (!engine_reads_totals(s->e)) return;
  /* An invoice that becomes overdue changes its customer's totals, and with them whatever is asked of the customer's
   * rows. */
  uint32_t invoices = s->look[ENT_INVOICE].n;
  for (uint32_t i = 0; i < invoices; i++) contract_rows(s, s->look[ENT_INVOICE].v[i], today);
  for (int of = 0; of < ENT_COUNT; of++) {
    uint32_t n = of == ENT_CUSTOMER ? 0 : s->look[of].n;
    for (uint32_t i = 0; i < n; i++) customer_rows(s, engine_customer(s->e, (entity)of, s->look[of].v[i]), today);
  }
  uint32_t n = s->all_totals ? s->e->f->t[ENT_CUSTOMER].n : s->look[ENT_CUSTOMER].n;
  for (uint32_t i = 0; i < n; i++) engine_totals(s->e, s->all_totals ? i : s->look[ENT_CUSTOMER].v[i], today);
}

static bool quiet(const sim *s, const occurrence_list *o, bool all) {
  if (all || o->n || s->e->h->pending_count || s->e->p->every_count) return false;
  for (int of = 0; of < ENT_COUNT; of++)
    if (s->look[of].n) return false;
  return true;
}

static int by_row(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* In the order of the ledger: marked in a bitmap where the rows are many, which costs less than comparing them. */
static void sort_rows(sim *s, entity of) {
  rows *r = &s->look[of];
  uint32_t first = s->all[of].first, words = s->all[of].n / 64 + 1;
  if (r->n < 2) return;
  if (words > r->n * 8 || of != ENT_INVOICE) {
    qsort(r->v, r->n, sizeof *r->v, by_row);
    return;
  }
  if (!s->marks) s->marks = ARENA_ARRAY(s->perm, words + 1, uint64_t);
  for (uint32_t i = 0; i < r->n; i++) s->marks[(r->v[i] - first) / 64] |= (uint64_t)1 << ((r->v[i] - first) % 64);
  uint32_t n = 0;
  for (uint32_t k = 0; k < words; k++) {
    for (uint64_t w = s->marks[k]; w; w &= w - 1) r->v[n++] = first + k * 64 + (uint32_t)__builtin_ctzll(w);
    s->marks[k] = 0;
  }
}

static void reschedule(sim *s, int32_t today, bool all) {
  for (int of = 0; of < ENT_COUNT; of++) {
    uint32_t n = all ? s->all[of].n : s->look[of].n;
    if (!s->works[of]) n = 0;
    for (uint32_t i = 0; i < n; i++) {
      uint32_t row = all ? s->all[of].first + i : s->look[of].v[i];
      schedule(s, (entity)of, row, engine_wake(s->e, (entity)of, row, today));
    }
    s->look[of].n = 0;
  }
}

/* What a message or a tag changed about a customer is seen by all its rows tomorrow. */
static void wake_customers(sim *s, const uint32_t *customers, uint32_t n, int32_t tomorrow) {
  if (tomorrow > s->s->to.day) return;
  for (uint32_t i = 0; i < n; i++) customer_rows(s, customers[i], tomorrow);
}

static bool is_live(const sim *s, int32_t today) { return s->s->live && today == s->s->from.day; }

/* What the store's runs left for the day; its events are among the facts already. */
static void live_day(const sim *s, day_input *in) {
  in->events = s->e->live->news.v;
  in->event_count = s->e->live->news.n;
  in->dues = periods_due(s->e, s->scratch, &in->due_count);
}

static void one_day(sim *s, int32_t today, bool all) {
  arena *scratch = s->scratch;
  arena_reset(scratch);
  occurrence_list events = {.perm = scratch};
  engine_rates(s->e, today);
  s->e->supposes = !is_live(s, today);
  events_of(s, today, &events);
  engine_cycles(s->e, today);
  engine_anchors(s->e, today);
  judge_promises(s, today, &events);
  if (!all) gather(s, today);
  if (!quiet(s, &events, all)) {
    day_input in = {.today = {today}, .events = events.v, .event_count = events.n, .everys_after_start = true};
    if (is_live(s, today)) live_day(s, &in);
    uint32_t none = 0;
    for (int of = 0; of < ENT_COUNT; of++) {
      rows *r = &s->look[of];
      if (!all) sort_rows(s, (entity)of);
      in.look[of] = all && s->all[of].n ? s->all[of] : (row_set){r->v ? r->v : &none, r->n, 0};
    }
    day_plan plan;
    engine_settle(s->e, &in, scratch, &plan);
    engine_apply(s->e, &plan);
    if (s->s->settled) s->s->settled(s->s->settled_self, s->e, &plan);
    uint32_t *changed = NULL, changed_count = 0;
    if (s->s->decided || s->report || changes_facts(s, &plan)) {
      engine_tell(s->e, scratch, &plan);
      changed = ARENA_ARRAY(scratch, plan.decision_count + 1, uint32_t);
    }
    for (uint32_t i = 0; i < plan.decision_count; i++) {
      const decision *d = &plan.decisions[i];
      if (s->s->decided) s->s->decided(s->s->self, d);
      charge_take_effect(s->e, d);
      if (take_effect(s, d) && d->customer_row != VM_NO_ROW) changed[changed_count++] = d->customer_row;
    }
    if (s->report) report_day(s->report, s->e, &plan);
    reschedule(s, today, all);
    wake_customers(s, changed, changed_count, today + 1);
  }
}

/* ---- the whole ---- */

static void agenda_new(sim *s) {
  uint32_t days = (uint32_t)(s->s->to.day - s->s->from.day) + 1;
  for (int of = 0; of < ENT_COUNT; of++) {
    uint32_t n = s->e->f->t[of].n;
    s->a[of] = (agenda){.wake = ARENA_ARRAY(s->perm, n + 1, int32_t), .seen = ARENA_ARRAY(s->perm, n + 1, int32_t)};
    s->a[of].b.heads = ARENA_ARRAY(s->perm, days, uint32_t);
    for (uint32_t i = 0; i < n; i++) s->a[of].seen[i] = DATE_NONE_DAY;
  }
  uint32_t n = s->e->f->t[ENT_INVOICE].n;
  s->promises.heads = ARENA_ARRAY(s->perm, days, uint32_t);
  s->judged = ARENA_ARRAY(s->perm, n + 1, int32_t);
  n = s->e->f->t[ENT_CUSTOMER].n;
  s->whole = ARENA_ARRAY(s->perm, n + 1, int32_t);
  for (uint32_t i = 0; i < n; i++) s->whole[i] = DATE_NONE_DAY;
  n = s->e->f->t[ENT_CONTRACT].n;
  s->whole_contract = ARENA_ARRAY(s->perm, n + 1, int32_t);
  for (uint32_t i = 0; i < n; i++) s->whole_contract[i] = DATE_NONE_DAY;
}

/* ---- rows that stand alone ---- */

static bool about_itself(action_kind k) {
  return k == ACT_SEND || k == ACT_ALERT || k == ACT_ESCALATE || k == ACT_OPEN_CARD || k == ACT_MOVE_CARD ||
         k == ACT_LOG;
}

static bool ladder_alone(const program *p, const ladder *l) {
  const scope *s = l->own.has_together ? &l->own : &p->policy;
  if (l->of != ENT_INVOICE || !s->has_together || s->together) return false;
  for (uint32_t r = 0; r < l->rung_count; r++)
    for (uint32_t k = 0; k < l->rungs[r].body.count; k++)
      for (uint32_t b = 0; b < l->rungs[r].body.v[k].branch_count; b++)
        for (uint32_t a = 0; a < l->rungs[r].body.v[k].branches[b].action_count; a++)
          if (!about_itself(l->rungs[r].body.v[k].branches[b].actions[a].kind)) return false;
  return true;
}

/* True where no invoice can bear on what another one does: no limit, no shared message, no total, no rule but ladders,
 * and nothing happens to the ledger. Then the days of a part of the ledger can be gone through before the next part's.
 */
static bool stand_alone(const sim *s) {
  const program *p = s->e->p;
  if (s->s->decided || s->s->want_report || s->s->events->n) return false;
  if (p->when_count || p->every_count || p->on_count || p->ask_before_sending_more_than) return false;
  if (s->e->h->sent || s->reads_contact || engine_reads_totals(s->e)) return false;
  for (uint32_t l = 0; l < p->ladder_count; l++)
    if (!ladder_alone(p, &p->ladders[l])) return false;
  return true;
}

/* All days of these rows. */
static void go(sim *s, uint32_t done, uint32_t parts) {
  uint32_t days = (uint32_t)(s->s->to.day - s->s->from.day) + 1;
  const row_set *invoices = &s->all[ENT_INVOICE];
  vm_set_today(s->e->m, s->s->from);
  for (uint32_t i = 0; i < invoices->n; i++) known_promise(s, invoices->first + i);
  for (uint32_t k = 0; k < days; k++) {
    if (s->s->ends && s->s->ends(s->s->progress_self)) return;
    one_day(s, s->s->from.day + (int32_t)k, k == 0);
    if (s->s->progress) s->s->progress(s->s->progress_self, (uint32_t)(((uint64_t)done * days + k + 1) / parts), days);
  }
}

static bool all_totals(const program *p) {
  for (uint32_t u = 0; u < p->use_count && p->every_count; u++)
    if (p->uses[u].field == FIELD_CUSTOMER_OLDEST_OVERDUE || (p->exchange && p->uses[u].ty == TY_MONEY)) return true;
  return false;
}

static bool reads_contact(const program *p) {
  for (uint32_t u = 0; u < p->use_count; u++)
    if (p->uses[u].field == FIELD_CUSTOMER_LAST_CONTACT) return true; /* an invoice's own: wake.c */
  return false;
}

void simulate(engine *e, const simulation *s, arena *perm, report *out) {
  sim x = {.e = e,
           .s = s,
           .perm = perm,
           .scratch = arena_new(),
           .reads_contact = reads_contact(e->p),
           .all_totals = all_totals(e->p)};
  agenda_new(&x);
  e->supposes = !s->live;
  for (uint32_t k = 0; k < e->p->every_count; k++)
    if (e->every_since[k] == DATE_NONE_DAY) e->every_since[k] = s->from.day;
  e->today = s->from.day;
  /* What happened before the first day is applied first: aging and promises start from it. */
  while (s->live && x.next_event < s->events->n && s->events->v[x.next_event].day <= s->from.day) x.next_event++;
  while (x.next_event < s->events->n && s->events->v[x.next_event].day < s->from.day)
    apply_event(&x, &s->events->v[x.next_event++], NULL);
  engine_cycles(e, s->from.day);
  if (engine_reads_totals(e))
    for (uint32_t c = 0; c < e->f->t[ENT_CUSTOMER].n; c++) engine_totals(e, c, s->from.day);
  if (s->want_report) x.report = report_begin(perm, e, s->from, s->to);
  uint32_t n = e->f->t[ENT_INVOICE].n, part = stand_alone(&x) ? PART_ROWS : n,
           parts = part < n ? (n + part - 1) / part : 1;
  for (int of = 0; of < ENT_COUNT; of++) {
    x.all[of] = (row_set){.n = e->f->t[of].n};
    x.works[of] = screen_has_work(e, (entity)of) || (of == ENT_INVOICE && engine_reads_totals(e));
  }
  for (uint32_t k = 0; k < parts; k++) {
    uint32_t first = k * part;
    x.all[ENT_INVOICE] = (row_set){.first = first, .n = n - first < part ? n - first : part};
    go(&x, k, parts);
    x.all[ENT_CUSTOMER].n = x.all[ENT_CONTRACT].n = 0; /* with the first part */
  }
  arena_free(x.scratch);
  if (x.report) report_end(x.report, e, out);
}
