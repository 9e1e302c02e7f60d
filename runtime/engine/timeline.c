/* See timeline.h. */
#include "timeline.h"

#include <stdlib.h>

enum { MERGED_RUNGS_MAX = 256 }; /* of more, looking at each ladder is cheaper than sorting them all */
enum { ANCHOR_PAGE = 1024, ANCHOR_PAGES = 4096, ANCHOR_DAY_MIN = -ANCHOR_PAGE * ANCHOR_PAGES / 4 };

struct timelines {
  arena *perm;
  const program *p;
  const calendar *cal;
  rung_list *lists;
  uint32_t list_count; /* ladders, then whens, then the ladders of invoices in one */
  bool invoices;
  slice *written;
  uint32_t written_count;
  rung_times ***pages; /* [list][page] -> ANCHOR_PAGE entries, made when first asked for */
};

uint32_t timelines_ladder(uint32_t index) { return index; }
uint32_t timelines_when(const program *p, uint32_t index) { return p->ladder_count + index; }
uint32_t timelines_invoices(const timelines *t) { return t->invoices ? t->list_count - 1 : UINT32_MAX; }
uint32_t timelines_written_count(const timelines *t) { return t->written_count; }
slice timelines_written(const timelines *t, uint32_t id) { return t->written[id]; }

/* Sorted insertion keeps the ids stable only if they are given after all texts are known: two passes. */
static uint16_t written_id(const timelines *t, slice s) {
  uint32_t lo = 0, hi = t->written_count;
  while (lo < hi) {
    uint32_t mid = (lo + hi) / 2;
    if (slice_cmp(t->written[mid], s) < 0)
      lo = mid + 1;
    else
      hi = mid;
  }
  return (uint16_t)lo;
}

uint32_t timelines_written_find(const timelines *t, slice s) {
  uint32_t id = written_id(t, s);
  return id < t->written_count && slice_eq(t->written[id], s) ? id : UINT32_MAX;
}

static int by_text(const void *a, const void *b) { return slice_cmp(*(const slice *)a, *(const slice *)b); }

/* All ladders of invoices as one list, where each counts from the due date. */
static void merge_ladders(timelines *t) {
  rung_list *all = &t->lists[t->list_count - 1];
  uint32_t n = 0;
  t->invoices = true;
  for (uint32_t i = 0; i < t->p->ladder_count; i++) {
    if (t->p->ladders[i].of != ENT_INVOICE) continue;
    t->invoices &= t->p->ladders[i].anchor == NO_USE;
    n += t->p->ladders[i].rung_count;
  }
  t->invoices &= n <= MERGED_RUNGS_MAX;
  if (!t->invoices) return;
  rung *v = ARENA_ARRAY(t->perm, n + 1, rung);
  *all = (rung_list){.v = v, .from_due = true};
  for (uint32_t i = 0; i < t->p->ladder_count; i++)
    for (uint32_t k = 0; t->p->ladders[i].of == ENT_INVOICE && k < t->p->ladders[i].rung_count; k++)
      v[all->count++] = t->p->ladders[i].rungs[k];
}

timelines *timelines_new(arena *perm, const program *p, const calendar *cal) {
  timelines *t = ARENA_NEW(perm, timelines);
  *t = (timelines){.perm = perm, .p = p, .cal = cal, .list_count = p->ladder_count + p->when_count + 1};
  t->lists = ARENA_ARRAY(perm, t->list_count + 1, rung_list);
  uint32_t rungs = 0;
  merge_ladders(t);
  for (uint32_t i = 0; i < t->list_count; i++) {
    if (i < p->ladder_count) {
      const ladder *l = &p->ladders[i];
      t->lists[i] = (rung_list){.v = l->rungs, .count = l->rung_count, .from_due = ladder_from_due(p, l)};
    } else if (i + 1 < t->list_count) {
      const when_rule *w = &p->whens[i - p->ladder_count];
      t->lists[i] = (rung_list){.v = w->rungs, .count = w->rung_count, .from_due = w->of == ENT_INVOICE};
    }
    rungs += t->lists[i].count;
  }
  t->written = ARENA_ARRAY(perm, rungs + 1, slice);
  uint32_t n = 0;
  for (uint32_t i = 0; i < t->list_count; i++)
    for (uint32_t k = 0; k < t->lists[i].count; k++) t->written[n++] = t->lists[i].v[k].written;
  qsort(t->written, n, sizeof *t->written, by_text);
  for (uint32_t i = 0; i < n; i++)
    if (t->written_count == 0 || !slice_eq(t->written[t->written_count - 1], t->written[i]))
      t->written[t->written_count++] = t->written[i];
  for (uint32_t i = 0; i < t->list_count; i++) {
    t->lists[i].written = ARENA_ARRAY(perm, t->lists[i].count + 1, uint16_t);
    for (uint32_t k = 0; k < t->lists[i].count; k++) t->lists[i].written[k] = written_id(t, t->lists[i].v[k].written);
  }
  t->pages = ARENA_ARRAY(perm, t->list_count + 1, rung_times **);
  return t;
}

static rung_times work_out(timelines *t, uint32_t list, int32_t anchor) {
  const rung_list *l = &t->lists[list];
  rung_time *v = ARENA_ARRAY(t->perm, l->count + 1, rung_time);
  uint32_t n = 0;
  for (uint32_t k = 0; k < l->count; k++) {
    int32_t day = offset_day(t->cal, &l->v[k].off, anchor);
    if (day == DATE_NONE_DAY) continue;
    rung_time r = {rung_first_day(t->p, t->cal, l->from_due, anchor, day), day - anchor, (uint16_t)k, l->written[k]};
    uint32_t at = n++;
    for (; at > 0 && v[at - 1].place > r.place; at--) v[at] = v[at - 1];
    v[at] = r;
  }
  return (rung_times){n, v};
}

rung_times timeline_at(timelines *t, uint32_t list, int32_t anchor) {
  uint32_t k = (uint32_t)(anchor - ANCHOR_DAY_MIN);
  uint32_t page = k / ANCHOR_PAGE;
  if (page >= ANCHOR_PAGES) return work_out(t, list, anchor);
  if (!t->pages[list]) t->pages[list] = ARENA_ARRAY(t->perm, ANCHOR_PAGES, rung_times *);
  rung_times *p = t->pages[list][page];
  if (!p) t->pages[list][page] = p = ARENA_ARRAY(t->perm, ANCHOR_PAGE, rung_times);
  rung_times *r = &p[k % ANCHOR_PAGE];
  if (!r->v) *r = work_out(t, list, anchor);
  return *r;
}
