/* See observed.h. Invariant: a told happening and a noticed one are paired at most once, and only where the told one
 * does not speak of a later day. */
#include "observed.h"

#include <stdlib.h>

/* Kinds that both a file of events and a changed row can say; SAME_NONE: only one of them can. */
typedef enum same {
  SAME_NONE,
  SAME_PAYMENT,
  SAME_REVERSAL,
  SAME_DUE,
  SAME_DISPUTE,
  SAME_RESOLVED,
  SAME_CANCELLED,
  SAME_CREATED
} same;

static same same_of(happening_kind k) {
  switch (k) {
  case HAPPENING_PAYMENT: return SAME_PAYMENT;
  case HAPPENING_PAYMENT_REVERSED: return SAME_REVERSAL;
  case HAPPENING_DUE_CHANGED:
  case HAPPENING_EXTENSION_APPROVED: return SAME_DUE;
  case HAPPENING_DISPUTE: return SAME_DISPUTE;
  case HAPPENING_DISPUTE_RESOLVED: return SAME_RESOLVED;
  case HAPPENING_INVOICE_CANCELLED: return SAME_CANCELLED;
  case HAPPENING_INVOICE_CREATED: return SAME_CREATED;
  case HAPPENING_PROMISE:
  case HAPPENING_EXTENSION_REQUESTED:
  case HAPPENING_REPLY:
  case HAPPENING_CHURN:
  case HAPPENING_OPT_OUT:
  case HAPPENING_OPT_IN:
  case HAPPENING_MESSAGE_FAILED:
  case HAPPENING_MESSAGE_BOUNCED:
  case HAPPENING_MESSAGE_READ:
  case HAPPENING_CONTRACT_CHANGED:
  case HAPPENING_DOCUMENT_SIGNED:
  case HAPPENING_DOCUMENT_REFUSED:
  case HAPPENING_DOCUMENT_EXPIRED:
  case HAPPENING_ERP_EVENT:
  case HAPPENING_COUNT: break;
  }
  return SAME_NONE;
}

typedef struct member {
  happening *h;
  same what;
  bool paired;
} member;

static int by_row(const void *va, const void *vb) {
  const member *a = va, *b = vb;
  if (a->h->row != b->h->row) return a->h->row < b->h->row ? -1 : 1;
  if (a->what != b->what) return a->what < b->what ? -1 : 1;
  return (a->h->seq > b->h->seq) - (a->h->seq < b->h->seq);
}

static void pair(member *seen, member *told) {
  seen->paired = told->paired = true;
  (seen->h->seq > told->h->seq ? seen : told)->h->echo = true;
  told->h->counted = seen->h->counted = true;
}

static bool equal(const member *seen, const happening *told) {
  switch (seen->what) {
  case SAME_PAYMENT:
    return told->amount == seen->h->amount || (told->amount == FACT_MISSING && seen->h->amount >= seen->h->was);
  case SAME_REVERSAL: return told->amount == seen->h->amount || told->amount == FACT_MISSING;
  case SAME_DUE: return told->date == seen->h->date;
  case SAME_DISPUTE:
  case SAME_RESOLVED:
  case SAME_CANCELLED:
  case SAME_CREATED:
  case SAME_NONE: break;
  }
  return true;
}

static bool fits(const member *seen, const member *told) {
  return !told->paired && !told->h->observed && told->h->day <= seen->h->day;
}

/* Several payments that the row shows as one. */
static void pair_sum(member *v, uint32_t n, member *seen) {
  int64_t sum = 0;
  for (uint32_t i = 0; i < n; i++)
    if (fits(seen, &v[i]) && v[i].h->amount != FACT_MISSING) sum += v[i].h->amount;
  for (uint32_t i = 0; i < n && sum == seen->h->amount; i++)
    if (fits(seen, &v[i]) && v[i].h->amount != FACT_MISSING) pair(seen, &v[i]);
}

/* All of one invoice that say the same. */
static void pair_group(member *v, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    if (!v[i].h->observed) continue;
    for (uint32_t k = 0; k < n && !v[i].paired; k++)
      if (fits(&v[i], &v[k]) && equal(&v[i], v[k].h)) pair(&v[i], &v[k]);
    if (!v[i].paired && v[i].what == SAME_PAYMENT) pair_sum(v, n, &v[i]);
  }
}

void observed_pair(happening_list *l, arena *scratch) {
  uint32_t n = 0, seen = 0;
  for (uint32_t i = 0; i < l->n; i++) seen += l->v[i].observed;
  if (seen == 0 || seen == l->n) return;
  member *v = ARENA_ARRAY(scratch, l->n, member);
  for (uint32_t i = 0; i < l->n; i++) {
    same what = l->v[i].of == ENT_INVOICE ? same_of(l->v[i].kind) : SAME_NONE;
    if (what != SAME_NONE) v[n++] = (member){.h = &l->v[i], .what = what};
  }
  qsort(v, n, sizeof *v, by_row);
  for (uint32_t at = 0, k; at < n; at = k) {
    for (k = at + 1; k < n && v[k].h->row == v[at].h->row && v[k].what == v[at].what;) k++;
    pair_group(v + at, k - at);
  }
}

static int by_day(const void *va, const void *vb) {
  const happening *a = va, *b = vb;
  if (a->day != b->day) return a->day < b->day ? -1 : 1;
  return (a->seq > b->seq) - (a->seq < b->seq);
}

void observed_known(happening_list *l, int32_t day) {
  bool moved = false;
  for (uint32_t i = 0; i < l->n; i++) {
    if (!l->v[i].observed || l->v[i].day <= day) continue;
    l->v[i].day = day;
    moved = true;
  }
  if (moved) qsort(l->v, l->n, sizeof *l->v, by_day);
}

void observed_as_facts(happening_list *l, bool keep_payments) {
  uint32_t told = 0, kept = 0;
  for (uint32_t i = 0; i < l->n; i++) told += !l->v[i].observed;
  if (told > 0) return;
  for (uint32_t i = 0; i < l->n && keep_payments; i++)
    if (l->v[i].kind == HAPPENING_PAYMENT || l->v[i].kind == HAPPENING_PAYMENT_REVERSED) l->v[kept++] = l->v[i];
  l->n = kept;
}

void observed_rewind(engine *e, const happening_list *l) {
  for (uint32_t i = l->n; i-- > 0;) {
    const happening *h = &l->v[i];
    if (h->observed && h->kind == HAPPENING_DUE_CHANGED) due_set(e, h->row, (int32_t)h->was);
  }
}
