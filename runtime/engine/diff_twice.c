/* Who would get one template twice: what the store says was sent, what either policy would send. */
#include <stdlib.h>

#include "diff.h"
#include "live.h"

static void sent_add(arena *perm, diff_sent_list *l, diff_sent x) {
  if (l->n == l->cap) {
    l->cap = l->cap ? l->cap * 2 : 256;
    diff_sent *v = ARENA_ARRAY(perm, l->cap, diff_sent);
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
  }
  l->v[l->n++] = x;
}

static int by_invoice(const void *x, const void *y) {
  const diff_sent *a = x, *b = y;
  if (a->row != b->row) return a->row < b->row ? -1 : 1;
  int name = slice_cmp(a->template_name, b->template_name);
  return name ? name : (a->day > b->day) - (a->day < b->day);
}

static void sort(diff_sent_list *l) {
  if (l->n) qsort(l->v, l->n, sizeof *l->v, by_invoice);
}

store_code diff_sent_load(store *s, const facts *f, arena *perm, diff_sent_list *out) {
  *out = (diff_sent_list){0};
  const slice columns[] = {SLICE("kind"),     SLICE("entity"), SLICE("on"),
                           SLICE("template"), SLICE("state"),  SLICE("recipient")};
  const store_where where = {"template", STORE_NE, 0, SLICE("")};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 6, .where = &where, .where_count = 1};
  row_names names = row_names_of(perm, &f->t[ENT_INVOICE]);
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    if (entity_of_kind(store_int(c, 0)) != ENT_INVOICE || !sent_counts(store_text(c, 4))) continue;
    uint32_t row = row_names_find(&names, store_text(c, 1));
    if (row == VM_NO_ROW || slice_eq(store_text(c, 5), SLICE("no contact"))) continue;
    sent_add(perm, out, (diff_sent){row, (int32_t)store_int(c, 2), arena_slice(perm, store_text(c, 3))});
  }
  store_cursor_close(c);
  sort(out);
  return code == STORE_END ? STORE_OK : code;
}

static diff_sent_list sent_of(arena *perm, const diff_act *v, uint32_t n) {
  diff_sent_list l = {0};
  for (uint32_t i = 0; i < n; i++)
    if (v[i].of == ENT_INVOICE && v[i].template_name.n && !v[i].no_contact)
      sent_add(perm, &l, (diff_sent){v[i].row, v[i].day, v[i].template_name});
  sort(&l);
  return l;
}

/* Those of an invoice and a template: where they begin; how many. */
static uint32_t count_of(const diff_sent_list *l, const diff_sent *x, uint32_t *first) {
  uint32_t lo = 0, hi = l->n, n = 0;
  diff_sent least = {x->row, INT32_MIN, x->template_name};
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (by_invoice(&l->v[mid], &least) < 0)
      lo = mid + 1;
    else
      hi = mid;
  }
  *first = lo;
  while (lo + n < l->n && l->v[lo + n].row == x->row && slice_eq(l->v[lo + n].template_name, x->template_name)) n++;
  return n;
}

uint32_t diff_find_twice(arena *perm, const effect_diff *d, const diff_sent_list *sent, const diff_twice **out) {
  diff_sent_list was = sent_of(perm, d->was, d->was_n), now = sent_of(perm, d->now, d->now_n);
  diff_twice *v = ARENA_ARRAY(perm, now.n + 1, diff_twice);
  uint32_t n = 0, *customer = NULL, rows = 0;
  for (uint32_t i = 0; i < d->now_n; i++)
    if (d->now[i].of == ENT_INVOICE && d->now[i].row >= rows) rows = d->now[i].row + 1;
  customer = ARENA_ARRAY(perm, rows + 1, uint32_t);
  for (uint32_t i = 0; i < d->now_n; i++)
    if (d->now[i].of == ENT_INVOICE) customer[d->now[i].row] = d->now[i].customer;
  for (uint32_t i = 0, k; i < now.n; i += k) {
    uint32_t first, in_sent, in_was = count_of(&was, &now.v[i], &first);
    in_sent = count_of(sent, &now.v[i], &first);
    k = 1;
    while (i + k < now.n && now.v[i + k].row == now.v[i].row &&
           slice_eq(now.v[i + k].template_name, now.v[i].template_name))
      k++;
    if (k <= in_was || k + in_sent < 2) continue;
    const diff_sent *again = in_sent ? &now.v[i] : &now.v[i + 1];
    int32_t before = in_sent ? sent->v[first + in_sent - 1].day : now.v[i].day;
    v[n++] = (diff_twice){again->row, customer[again->row], again->template_name, before, again->day};
  }
  *out = v;
  return n;
}
