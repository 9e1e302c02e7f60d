/* When rungs are done: "on the due date", "30, 37 and 44 days after the due date". */
#include "lang/fmt/prose_internal.h"

enum { LISTED_MAX = 8 }; /* times said one by one; more are said as a series */

static slice anchor_words(const teller *t, uint16_t anchor) {
  return anchor == NO_USE ? tell_noun(t, FIELD_INVOICE_DUE) : tell_field(t, anchor);
}

/* Spanish: primer, tercer, vigésimo primer. */
static bool short_ordinal(int32_t n) { return n % 10 == 3 || (n % 10 == 1 && n % 100 != 11); }

static slice one(const teller *t, duration d, uint16_t anchor) {
  if (d.n == 0) return anchor == NO_USE ? TELL(t, ON_DUE) : TELL(t, ON_ANCHOR, anchor_words(t, anchor));
  duration size = {d.n < 0 ? -d.n : d.n, d.unit};
  slice args[] = {tell_duration(t, size), anchor_words(t, anchor), tell_count(t, size.n)};
  prose_id row = PR_AFTER;
  if (d.n < 0)
    row = PR_BEFORE;
  else if (d.unit == UNIT_DAY)
    row = short_ordinal(d.n) ? PR_AFTER_DAY_ER : PR_AFTER_DAY;
  else if (d.unit == UNIT_BUSINESS_DAY)
    row = short_ordinal(d.n) ? PR_AFTER_BUSINESS_DAY_ER : PR_AFTER_BUSINESS_DAY;
  return tell_fill(t, row, 3, args);
}

static slice of_rung(const teller *t, const rung *r, uint16_t anchor) {
  if (!r->off.times) return one(t, r->off.base, anchor);
  duration steps = {r->off.step.n * r->off.times, r->off.step.unit};
  return TELL(t, OFFSET_PLUS, one(t, r->off.base, anchor), tell_duration(t, steps));
}

uint32_t prose_repeats(const rung *rungs, uint32_t count, uint32_t i) {
  uint32_t n = 1;
  const rung *a = &rungs[i];
  while (a->repeated && i + n < count) {
    const rung *b = &rungs[i + n];
    bool same = b->repeated && b->at.file == a->at.file && b->at.from == a->at.from && b->body.v == a->body.v &&
                b->body.count == a->body.count;
    if (!same) break;
    n++;
  }
  return n;
}

/* All after the anchor and in one unit. */
static bool plain(const rung *r, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (r[i].off.times || r[i].off.base.n <= 0 || r[i].off.base.unit != r[0].off.base.unit) return false;
  return true;
}

static bool even(const rung *r, uint32_t n) {
  int32_t step = r[1].off.base.n - r[0].off.base.n;
  for (uint32_t i = 2; i < n; i++)
    if (r[i].off.base.n - r[i - 1].off.base.n != step) return false;
  return true;
}

static slice series(const teller *t, const rung *r, uint32_t n, uint16_t anchor) {
  duration first = r[0].off.base, last = r[n - 1].off.base, step = {r[1].off.base.n - first.n, first.unit};
  slice s = TELL(t, EVERY_FROM_TO, tell_duration(t, step), tell_count(t, first.n), tell_duration(t, last));
  return TELL(t, TIMES_IN_ALL, TELL(t, AFTER, s, anchor_words(t, anchor)), tell_count(t, n));
}

static slice times(const teller *t, const rung *r, uint32_t n, uint16_t anchor) {
  if (n == 1) return of_rung(t, r, anchor);
  slice_list list = {.a = t->perm};
  if (!plain(r, n)) {
    for (uint32_t i = 0; i < n; i++) slices_add(&list, of_rung(t, &r[i], anchor));
    return tell_list(t, &list, PR_LIST_AND);
  }
  if (n > LISTED_MAX && even(r, n)) return series(t, r, n, anchor);
  for (uint32_t i = 0; i + 1 < n; i++) slices_add(&list, tell_count(t, r[i].off.base.n));
  slices_add(&list, tell_duration(t, r[n - 1].off.base));
  return TELL(t, AFTER, tell_list(t, &list, PR_LIST_AND), anchor_words(t, anchor));
}

slice prose_times(arena *perm, const program *p, const rung *rungs, uint32_t n, uint16_t anchor, dun_lang lang) {
  teller t = {perm, p, lang};
  return tell_large(&t, times(&t, rungs, n, anchor));
}

slice prose_offset(arena *perm, const program *p, duration off, uint16_t anchor, dun_lang lang) {
  teller t = {perm, p, lang};
  return tell_large(&t, one(&t, off, anchor));
}
