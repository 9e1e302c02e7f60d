/* A plan that waits as a whole: what of it a person is shown, and the digest that says which one was seen.
 *
 * Invariant: the digest covers every row that waits, in the order in which a plan prints them; no name and no address
 * is among what is stored. */
#include <stdlib.h>

#include "approve.h"
#include "runtime/hash.h"

enum { SHOWN_MAX = 5 }; /* of the largest, and of the samples */

typedef struct sum {
  slice step, channel;
  int64_t messages;
  currency cur; /* CURRENCY_NONE: the row of the step itself */
  int64_t amount;
} sum;

typedef struct sums {
  arena *perm;
  sum *v;
  uint32_t n, cap;
} sums;

static sum *sum_of(sums *l, slice step, slice by, currency cur) {
  for (uint32_t i = 0; i < l->n; i++)
    if (l->v[i].cur == cur && slice_eq(l->v[i].step, step) && slice_eq(l->v[i].channel, by)) return &l->v[i];
  if (l->n == l->cap) {
    l->cap = l->cap ? l->cap * 2 : 16;
    sum *v = ARENA_ARRAY(l->perm, l->cap, sum);
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
  }
  l->v[l->n] = (sum){arena_slice(l->perm, step), arena_slice(l->perm, by), 0, cur, 0};
  return &l->v[l->n++];
}

/* A message of the plan: how much is open over it in its lead's currency, by which it is ranked. */
typedef struct shown {
  plan_item item;
  money open;
  uint32_t invoices;
} shown;

typedef struct summary {
  outbox *o;
  const day_plan *plan;
  sums steps, own;
  shown *messages;
  uint32_t n;
  int64_t activation;
  int32_t ordinal;
} summary;

static void add_message(summary *s, plan_item item, arena *scratch) {
  engine *e = s->o->e;
  decision d = engine_decision(e, s->plan, item, scratch);
  slice step = outbox_step_of(&d, scratch), by = slice_of(CHANNELS[d.way->ch]);
  shown *m = &s->messages[s->n++];
  *m = (shown){.item = item, .invoices = d.subject_count};
  m->open = engine_amount(e, d.subjects->of, d.subjects->row);
  sum_of(&s->steps, step, by, CURRENCY_NONE)->messages++;
  for (uint32_t i = 0; i < d.subject_count; i++) {
    money open = engine_amount(e, d.subjects[i].of, d.subjects[i].row);
    if (open.cur == CURRENCY_NONE) continue;
    sum *of = sum_of(&s->steps, step, by, open.cur);
    of->messages++;
    of->amount += open.minor;
    if (i && open.cur == m->open.cur) m->open.minor += open.minor;
  }
}

static void collect(summary *s) {
  const day_plan *p = s->plan;
  uint32_t alone = 0;
  for (uint32_t i = 0; i < p->candidate_count; i++)
    alone += p->candidates[i].alone && p->candidates[i].wait == WAIT_ACTIVATION;
  s->messages = ARENA_ARRAY(s->o->perm, p->guarded.held_n + alone + 1, shown);
  arena *scratch = arena_new();
  for (uint32_t i = 0; i < p->candidate_count; i++) {
    const candidate *c = &p->candidates[i];
    if (c->state != CANDIDATE_WAITS || c->wait != WAIT_ACTIVATION) continue;
    if (c->alone && c->to.to_customer) add_message(s, (plan_item){i, ITEM_ALONE}, scratch);
    if (!c->pooled) sum_of(&s->own, slice_of(ACTIONS[c->act->kind].words), (slice){0}, CURRENCY_NONE)->messages++;
    arena_reset(scratch);
  }
  for (uint32_t i = 0; i < p->guarded.held_n; i++) {
    uint32_t at = p->message_count + i;
    add_message(s, (plan_item){p->messages[at].members[0], at}, scratch);
    arena_reset(scratch);
  }
  arena_free(scratch);
}

/* ---- rows ---- */

static store_code put(summary *s, store_activation_row r) {
  return store_activation_row_put(s->o->s, s->activation, s->ordinal++, &r);
}

static store_code put_sums(summary *s) {
  store_code code = STORE_OK;
  for (uint32_t i = 0; i < s->steps.n && code == STORE_OK; i++) {
    const sum *v = &s->steps.v[i];
    code = put(s, (store_activation_row){.part = v->cur == CURRENCY_NONE ? "step" : "money",
                                         .step = v->step,
                                         .channel = v->channel,
                                         .messages = v->messages,
                                         .currency = slice_of(currency_code(v->cur)),
                                         .amount = v->amount});
  }
  for (uint32_t i = 0; i < s->own.n && code == STORE_OK; i++)
    code = put(s, (store_activation_row){.part = "own", .step = s->own.v[i].step, .messages = s->own.v[i].messages});
  return code;
}

/* Of a message about invoices in several currencies one row for each; after the first they count no invoices. */
static store_code put_shown(summary *s, const shown *m, const char *part) {
  arena *scratch = arena_new();
  decision d = engine_decision(s->o->e, s->plan, m->item, scratch);
  money sums_of[CURRENCY_COUNT + 1];
  uint32_t n = 1;
  sums_of[0] = (money){0, m->open.cur};
  for (uint32_t i = 0; i < d.subject_count; i++) {
    money open = engine_amount(s->o->e, d.subjects[i].of, d.subjects[i].row);
    uint32_t k = 0;
    while (k < n && sums_of[k].cur != open.cur) k++;
    if (k == n) sums_of[n++] = (money){0, open.cur};
    sums_of[k].minor += open.minor;
  }
  store_code code = STORE_OK;
  for (uint32_t k = 0; k < n && code == STORE_OK; k++)
    code = put(s, (store_activation_row){.part = part,
                                         .step = outbox_step_of(&d, scratch),
                                         .channel = slice_of(CHANNELS[d.way->ch]),
                                         .messages = k ? 0 : m->invoices,
                                         .currency = slice_of(currency_code(sums_of[k].cur)),
                                         .amount = sums_of[k].minor,
                                         .customer = d.customer,
                                         .entity = d.subjects->number});
  arena_free(scratch);
  return code;
}

static int by_amount(const void *va, const void *vb) {
  const shown *a = va, *b = vb;
  if (a->open.minor != b->open.minor) return a->open.minor > b->open.minor ? -1 : 1;
  return a->item.lead < b->item.lead ? -1 : a->item.lead > b->item.lead;
}

/* Samples from all over the plan, then the largest. */
static store_code put_examples(summary *s) {
  store_code code = STORE_OK;
  uint32_t samples = s->n < SHOWN_MAX ? s->n : SHOWN_MAX;
  for (uint32_t i = 0; i < samples && code == STORE_OK; i++)
    code = put_shown(s, &s->messages[(uint64_t)i * s->n / samples], "sample");
  qsort(s->messages, s->n, sizeof *s->messages, by_amount);
  for (uint32_t i = 0; i < samples && code == STORE_OK; i++) code = put_shown(s, &s->messages[i], "largest");
  return code;
}

/* ---- the digest ---- */

slice outbox_plan_digest(const day_plan *plan, arena *perm) {
  uint8_t hash[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  hasher *h = hash_begin();
  for (uint32_t i = 0; i < plan->waiting_count; i++) {
    const decision *d = &plan->waiting[i];
    if (d->wait != WAIT_ACTIVATION) continue;
    hash_add_field(h, d->subjects->number);
    hash_add_field(h, d->customer);
    hash_add_field(h, d->ladder);
    hash_add_field(h, d->rung);
    hash_add_field(h, d->text);
    hash_add_field(h, d->to);
  }
  hash_end(h, hash);
  hash_hex(hash, hex);
  return arena_slice(perm, slice_of(hex));
}

slice outbox_held_why(const outbox_leave *l, const plan_guard *g) {
  if (l->approved) return SLICE("the plan has grown since it was approved");
  if (g->part && g->returned)
    return SLICE(
        "it is about steps that the last run should have sent already: an import opened their invoices again, or what "
        "held them ended");
  if (g->part)
    return SLICE(
        "it is about invoices that were late already when they were imported, or whose due dates an import moved "
        "back");
  return l->first ? SLICE("it is the first run that sends for real, and there is a backlog")
                  : SLICE("the policy is new or was changed, and it reaches a backlog");
}

store_code outbox_ask_plan(outbox *o, const outbox_leave *leave, const day_plan *plan, int64_t revision) {
  store_activation a = {.revision = revision,
                        .policy = o->p->name,
                        .digest = outbox_plan_digest(plan, o->perm),
                        .why = outbox_held_why(leave, &plan->guarded),
                        .on = plan->today.day,
                        .messages = plan->guarded.all,
                        .late = plan->guarded.late,
                        .part = plan->guarded.part};
  bool is_new;
  store_code code = store_activation_ask(o->s, &a, &is_new);
  if (code != STORE_OK || !is_new) return code;
  summary s = {.o = o, .plan = plan, .steps = {.perm = o->perm}, .own = {.perm = o->perm}, .activation = a.id};
  collect(&s);
  code = put_sums(&s);
  if (code == STORE_OK) code = put_examples(&s);
  store_event e = {
      SLICE("ask"), SLICE("dun run"), arena_printf(o->perm, "plan %lld", (long long)a.id),
      arena_printf(o->perm, "{\"digest\":\"%.*s\",\"messages\":%u}", SLICE_ARG(a.digest), plan->guarded.all)};
  return code == STORE_OK ? store_audit_append(o->s, &e) : code;
}
