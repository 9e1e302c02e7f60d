/* The rows that a number sums: the same books, asked for one line at a time. A page is what stands behind the key of
 * the last row shown, found in one pass over the books with a heap of the page's size; names are read for these rows
 * alone.
 *
 * Invariant: over all pages the rows of a sum add up to it. */
#include <stdlib.h>

#include "metrics_wanted.h"
#include "runtime/store/measure.h"

/* ---- the smallest keys behind one ---- */

typedef struct found {
  int64_t key[3];
  uint32_t at;
} found;

typedef struct picking {
  found *v; /* a heap, the largest on top */
  uint32_t n, room;
  int64_t after[3];
  bool has_after;
} picking;

static int compare(const int64_t a[3], const int64_t b[3]) {
  for (int k = 0; k < 3; k++)
    if (a[k] != b[k]) return a[k] < b[k] ? -1 : 1;
  return 0;
}
static int by_key(const void *a, const void *b) { return compare(((const found *)a)->key, ((const found *)b)->key); }

static void sift_down(found *v, uint32_t n) {
  for (uint32_t i = 0, k; (k = 2 * i + 1) < n; i = k) {
    if (k + 1 < n && by_key(&v[k], &v[k + 1]) < 0) k++;
    if (by_key(&v[i], &v[k]) >= 0) return;
    found x = v[i];
    v[i] = v[k];
    v[k] = x;
  }
}

static void sift_up(found *v, uint32_t i) {
  while (i && by_key(&v[(i - 1) / 2], &v[i]) < 0) {
    found x = v[i];
    v[i] = v[(i - 1) / 2];
    v[i = (i - 1) / 2] = x;
  }
}

static void offer(picking *p, int64_t one, int64_t two, int64_t three, uint32_t at) {
  found x = {{one, two, three}, at};
  if (p->has_after && compare(x.key, p->after) <= 0) return;
  if (p->n == p->room) {
    if (by_key(&x, p->v) >= 0) return;
    p->v[0] = x;
    sift_down(p->v, p->n);
    return;
  }
  p->v[p->n] = x;
  sift_up(p->v, p->n++);
}

/* ---- the lists of the books ---- */

typedef struct listing {
  const books *b;
  store *s;
  const metrics_asked *a;
  metrics_wanted w;
  arena *perm, *own;
  picking p;
  book_position at;
  metrics_buckets buckets;
  metrics_asks asks;
  metrics_leaks leaks;
  int64_t *was, *is; /* revenue by customer */
} listing;

static bool fits_invoice(const listing *l, uint32_t i) {
  const books *b = l->b;
  const metrics_wanted *w = &l->w;
  uint32_t customer = b->customer[i];
  if (w->cur != CURRENCY_NONE && b->cur[i] != w->cur) return false;
  if (w->customer && b->customer_row[customer] != w->customer) return false;
  if (w->by_segment && !slice_eq(b->segments[b->segment[customer]], w->segment)) return false;
  return !w->by_owner || slice_eq(b->owners[b->owner[customer]], w->owner);
}

static void pick_open(listing *l) {
  const books *b = l->b;
  l->at = books_position(b, l->w.to, l->own);
  l->buckets = metrics_buckets_of(l->a, l->w.to, l->own);
  for (uint32_t i = 0; i < b->n; i++) {
    if (l->at.open[i] == 0 || !fits_invoice(l, i)) continue;
    int bucket = metrics_bucket(&l->buckets, l->at.due[i]);
    if (l->w.bucket == BUCKET_OVERDUE ? bucket == 0 : l->w.bucket != BUCKET_ANY && l->w.bucket != bucket) continue;
    offer(&l->p, l->at.due[i], b->store_row[i], 0, i);
  }
}

static void pick_sales(listing *l) {
  for (uint32_t i = 0; i < l->b->n; i++)
    if (books_is_sale(l->b, i, l->w.from, l->w.to) && fits_invoice(l, i))
      offer(&l->p, l->b->issued[i], l->b->store_row[i], 0, i);
}

static void pick_payments(listing *l) {
  const books *b = l->b;
  for (uint32_t i = 0; i < b->payment_count; i++) {
    const book_payment *x = &b->payments[i];
    if (metrics_is_paid(x, l->w.from, l->w.to) && fits_invoice(l, x->invoice))
      offer(&l->p, x->day, b->store_row[x->invoice], i - b->first_payment[x->invoice], i);
  }
}

static const char *promise_state(const listing *l, const book_promise *p, int64_t *paid) {
  promise_result x;
  civil_date by = l->w.to.day < l->b->today.day ? l->w.to : l->b->today;
  promise_case one = metrics_promise_case(l->b, l->a, p, by, l->own);
  *paid = 0;
  for (size_t i = 0; i < one.payment_count; i++)
    if (one.payments[i].date.day <= one.due.day && one.payments[i].date.day <= by.day) *paid += one.payments[i].sum;
  if (!metrics_promises(by, 0, &one, 1, &x)) return "pending";
  if (x.kept) return "kept";
  return x.pending ? "pending" : x.partial ? "partial" : "broken";
}

static bool fits_state(const listing *l, const char *state) {
  slice want = l->w.state, is = slice_of(state);
  return want.n == 0 || slice_eq(want, is) || (slice_eq(want, SLICE("broken")) && slice_eq(is, SLICE("partial")));
}

static void pick_promises(listing *l) {
  const books *b = l->b;
  int64_t paid;
  for (uint32_t i = 0; i < b->promise_count; i++) {
    const book_promise *x = &b->promises[i];
    if (metrics_promise_counts(x, l->w.from, l->w.to) && fits_invoice(l, x->invoice) &&
        fits_state(l, promise_state(l, x, &paid)))
      offer(&l->p, x->due, b->store_row[x->invoice], i, i);
  }
}

static bool fits_text(const listing *l, bool asked, slice want, uint32_t is) {
  return !asked || slice_eq(want, l->asks.texts[is]);
}

static store_code pick_messages(listing *l) {
  store_code code = metrics_asks_of(l->b, l->s, l->a, l->w.from, l->w.to, l->own, &l->asks);
  for (uint32_t i = 0; i < l->asks.n && code == STORE_OK; i++) {
    const metrics_ask *x = &l->asks.v[i];
    bool fits = fits_invoice(l, x->invoice) && fits_text(l, l->w.by_rung, l->w.rung, x->step) &&
                fits_text(l, l->w.by_channel, l->w.channel, x->channel) &&
                fits_text(l, l->w.by_template, l->w.template_name, x->by_template);
    if (fits && (!l->w.recovered || x->recovered)) offer(&l->p, x->day, x->action, l->b->store_row[x->invoice], i);
  }
  return code;
}

static void pick_revenue(listing *l) {
  const books *b = l->b;
  rational month;
  for (uint32_t i = 0; i < b->contract_count; i++)
    if ((l->w.cur == CURRENCY_NONE || b->contracts[i].cur == l->w.cur) && books_contract_active(b, i, l->w.to) &&
        metrics_monthly(b, i, l->w.to, &month))
      offer(&l->p, b->contract_row[i], 0, 0, i);
}

static int64_t *revenue_on(const listing *l, civil_date on) {
  const books *b = l->b;
  int64_t *out = ARENA_ARRAY(l->own, b->customer_count + 1, int64_t);
  rational *sums = ARENA_ARRAY(l->own, b->customer_count + 1, rational);
  for (uint32_t i = 0; i < b->customer_count; i++) sums[i] = rational_of(0);
  for (uint32_t i = 0; i < b->contract_count; i++) {
    const book_contract *c = &b->contracts[i];
    rational month;
    if (c->cur == l->w.cur && metrics_monthly(b, i, on, &month) &&
        !rational_add(sums[c->customer], month, &sums[c->customer]))
      sums[c->customer] = rational_of(0);
  }
  for (uint32_t i = 0; i < b->customer_count; i++)
    if (!rational_round(sums[i], ROUND_HALF_EVEN, &out[i])) out[i] = 0;
  return out;
}

static void pick_moved(listing *l) {
  l->was = revenue_on(l, date_add_days(l->w.from, -1));
  l->is = revenue_on(l, l->w.to);
  for (uint32_t i = 0; i < l->b->customer_count; i++)
    if (l->was[i] != l->is[i]) offer(&l->p, l->b->customer_row[i], 0, 0, i);
}

static store_code pick_leakage(listing *l) {
  const books *b = l->b;
  store_code code = metrics_leaks_of(b, l->s, l->w.from, l->w.to, l->own, &l->leaks);
  for (uint32_t i = 0; i < b->contract_count && code == STORE_OK; i++)
    if ((l->w.cur == CURRENCY_NONE || b->contracts[i].cur == l->w.cur) &&
        (l->leaks.lines[i].expected || l->leaks.lines[i].billed))
      offer(&l->p, b->contract_row[i], 0, 0, i);
  return code;
}

static store_code pick(listing *l) {
  switch (l->w.list) {
  case LIST_open: pick_open(l); break;
  case LIST_sales: pick_sales(l); break;
  case LIST_payments: pick_payments(l); break;
  case LIST_promises: pick_promises(l); break;
  case LIST_messages: return pick_messages(l);
  case LIST_revenue: pick_revenue(l); break;
  case LIST_moved: pick_moved(l); break;
  case LIST_leakage: return pick_leakage(l);
  case LIST_sent:
  case LIST_unsent:
  case LIST_opened:
  case LIST_closed:
  case LIST_replies:
  case LIST_people:
  case LIST_COUNT: break;
  }
  return STORE_OK;
}

/* ---- how they are shown ---- */

#define WHO                                                                                                            \
  {"customer", "customer", METRICS_TEXT}, { "name", "name", METRICS_TEXT }
#define INVOICE {"invoice", "invoice", METRICS_TEXT}, WHO
#define CONTRACT {"contract", "contract", METRICS_TEXT}, WHO
enum { SHOWN_MAX = 10 };
static const struct {
  metrics_column columns[SHOWN_MAX];
  uint32_t n;
} SHOWN[LIST_COUNT] = {
    [LIST_open] = {{INVOICE,
                    {"due", "due", METRICS_DATE},
                    {"days_overdue", "days overdue", METRICS_COUNT},
                    {"open", "open", METRICS_MONEY}},
                   6},
    [LIST_sales] = {{INVOICE, {"issued", "issued", METRICS_DATE}, {"amount", "amount", METRICS_MONEY}}, 5},
    [LIST_payments] =
        {{INVOICE, {"day", "day", METRICS_DATE}, {"due", "due", METRICS_DATE}, {"paid", "paid", METRICS_MONEY}}, 6},
    [LIST_promises] = {{INVOICE,
                        {"made", "promised on", METRICS_DATE},
                        {"due", "promised for", METRICS_DATE},
                        {"state", "state", METRICS_SAID},
                        {"promised", "promised", METRICS_MONEY},
                        {"paid", "paid in time", METRICS_MONEY}},
                       8},
    [LIST_messages] = {{INVOICE,
                        {"sent", "sent", METRICS_DATE},
                        {"rung", "rung", METRICS_TEXT},
                        {"channel", "channel", METRICS_TEXT},
                        {"template", "template", METRICS_TEXT},
                        {"asked", "asked for", METRICS_MONEY},
                        {"recovered", "recovered", METRICS_MONEY}},
                       9},
    [LIST_revenue] = {{CONTRACT, {"price", "price", METRICS_MONEY}, {"month", "a month", METRICS_MONEY}}, 5},
    [LIST_moved] = {{WHO,
                     {"before", "before", METRICS_MONEY},
                     {"after", "after", METRICS_MONEY},
                     {"change", "change", METRICS_MONEY}},
                    5},
    [LIST_leakage] = {{CONTRACT,
                       {"contracted", "contracted", METRICS_MONEY},
                       {"billed", "billed", METRICS_MONEY},
                       {"leakage", "leakage", METRICS_MONEY}},
                      6},
};
static const metrics_column LINES[] = {{"day", "day", METRICS_DATE},      {"what", "what", METRICS_SAID},
                                       {"entity", "about", METRICS_TEXT}, {"customer", "customer", METRICS_TEXT},
                                       {"state", "state", METRICS_SAID},  {"detail", "detail", METRICS_TEXT}};
static const metrics_column PEOPLE[] = {{"at", "at", METRICS_TEXT},
                                        {"who", "who", METRICS_TEXT},
                                        {"what", "what", METRICS_SAID},
                                        {"about", "about", METRICS_TEXT}};

static store_code who_of(const listing *l, store_entity_kind kind, int64_t row, metrics_value *v) {
  measure_names names;
  store_code code = measure_names_of(l->s, kind, row, l->perm, &names);
  uint32_t n = 0;
  if (kind != STORE_ENTITY_CUSTOMER) v[n++] = metrics_word(names.number);
  v[n++] = metrics_word(names.customer);
  v[n] = metrics_word(names.name);
  return code;
}

static store_code put_invoice(const listing *l, uint32_t at, metrics_value *v) {
  const books *b = l->b;
  uint32_t i = at;
  metrics_value *more = v + 3;
  int64_t paid;
  if (l->w.list == LIST_open) {
    more[0] = metrics_day(l->at.due[i]);
    more[1] = metrics_count_of(metrics_days_overdue(&l->buckets, l->at.due[i]));
    more[2] = metrics_money(l->at.open[i], b->cur[i]);
  } else if (l->w.list == LIST_sales) {
    more[0] = metrics_day(b->issued[i]);
    more[1] = metrics_money(b->amount[i], b->cur[i]);
  } else if (l->w.list == LIST_payments) {
    const book_payment *x = &b->payments[at];
    i = x->invoice;
    more[0] = metrics_day(x->day);
    more[1] = metrics_day(x->due);
    more[2] = metrics_money(x->sum, b->cur[i]);
  } else if (l->w.list == LIST_promises) {
    const book_promise *x = &b->promises[at];
    i = x->invoice;
    more[0] = metrics_day(x->made);
    more[1] = metrics_day(x->due);
    more[2] = metrics_said(promise_state(l, x, &paid));
    more[3] = metrics_money(x->sum, b->cur[i]);
    more[4] = metrics_money(paid < x->sum ? paid : x->sum, b->cur[i]);
  } else {
    const metrics_ask *x = &l->asks.v[at];
    i = x->invoice;
    more[0] = metrics_day(x->day);
    more[1] = metrics_word(arena_slice(l->perm, l->asks.texts[x->step]));
    more[2] = metrics_word(arena_slice(l->perm, l->asks.texts[x->channel]));
    more[3] = metrics_word(arena_slice(l->perm, l->asks.texts[x->by_template]));
    more[4] = metrics_money(x->asked, x->cur);
    more[5] = metrics_money(x->recovered, x->cur);
  }
  return who_of(l, STORE_ENTITY_INVOICE, b->store_row[i], v);
}

static store_code put_contract(const listing *l, uint32_t i, metrics_value *v) {
  const books *b = l->b;
  currency cur = b->contracts[i].cur;
  if (l->w.list == LIST_revenue) {
    int64_t price, month;
    rational exact;
    bool known = books_price(b, i, l->w.to, &price) && metrics_monthly(b, i, l->w.to, &exact) &&
                 rational_round(exact, ROUND_HALF_EVEN, &month);
    v[3] = known ? metrics_money(price, cur) : metrics_unknown(METRICS_MONEY);
    v[4] = known ? metrics_money(month, cur) : metrics_unknown(METRICS_MONEY);
  } else {
    const leakage_line *x = &l->leaks.lines[i];
    v[3] = metrics_money(x->expected, cur);
    v[4] = l->leaks.known ? metrics_money(x->billed, cur) : metrics_unknown(METRICS_MONEY);
    v[5] = l->leaks.known ? metrics_money(x->expected - x->billed, cur) : metrics_unknown(METRICS_MONEY);
  }
  return who_of(l, STORE_ENTITY_CONTRACT, b->contract_row[i], v);
}

static store_code put_row(const listing *l, const found *x, metrics_value *v) {
  if (l->w.list == LIST_moved) {
    v[2] = metrics_money(l->was[x->at], l->w.cur);
    v[3] = metrics_money(l->is[x->at], l->w.cur);
    v[4] = metrics_money(l->is[x->at] - l->was[x->at], l->w.cur);
    return who_of(l, STORE_ENTITY_CUSTOMER, l->b->customer_row[x->at], v);
  }
  if (l->w.list == LIST_revenue || l->w.list == LIST_leakage) return put_contract(l, x->at, v);
  return put_invoice(l, x->at, v);
}

static store_code of_books(listing *l, uint32_t most, metrics_result *r, metrics_page *out) {
  l->p.room = most + 1;
  l->p.v = ARENA_ARRAY(l->own, l->p.room + 1, found);
  store_code code = pick(l);
  qsort(l->p.v, l->p.n, sizeof *l->p.v, by_key);
  metrics_table *t = metrics_add_table(r, metrics_list_name(l->w.list), metrics_list_name(l->w.list),
                                       SHOWN[l->w.list].columns, SHOWN[l->w.list].n);
  for (uint32_t i = 0; i < l->p.n && i < most && code == STORE_OK; i++)
    code = put_row(l, &l->p.v[i], metrics_add_row(r, t, NULL));
  if (l->p.n > most) {
    const int64_t *k = l->p.v[most - 1].key;
    out->next = arena_printf(l->perm, "%lld.%lld.%lld", (long long)k[0], (long long)k[1], (long long)k[2]);
  }
  out->table = *t;
  return code;
}

/* ---- the lists of the store ---- */

static measure_what what_of(list_id list) {
  switch (list) {
  case LIST_unsent: return MEASURE_UNSENT;
  case LIST_opened: return MEASURE_OPENED;
  case LIST_closed: return MEASURE_CLOSED;
  case LIST_replies: return MEASURE_REPLIES;
  case LIST_open:
  case LIST_sales:
  case LIST_payments:
  case LIST_promises:
  case LIST_messages:
  case LIST_revenue:
  case LIST_moved:
  case LIST_leakage:
  case LIST_sent:
  case LIST_people:
  case LIST_COUNT: break;
  }
  return MEASURE_SENT;
}

static slice instant(int64_t us, arena *perm) {
  char day[DATE_TEXT_MAX];
  int64_t s = us / 1000000;
  date_iso((civil_date){(int32_t)(s / 86400)}, day);
  return arena_printf(perm, "%sT%02d:%02d:%02dZ", day, (int)(s % 86400 / 3600), (int)(s % 3600 / 60), (int)(s % 60));
}

static store_code of_store(listing *l, uint32_t most, metrics_result *r, metrics_page *out) {
  measure_lines page;
  const metrics_wanted *w = &l->w;
  bool people = w->list == LIST_people;
  int64_t after_day = l->p.has_after ? l->p.after[0] : DATE_DAY_MIN, after = l->p.has_after ? l->p.after[1] : 0;
  store_code code =
      people ? measure_people_page(l->s, metrics_begins(l->a, w->from), metrics_begins(l->a, date_add_days(w->to, 1)),
                                   w->one, w->two, after, most, l->perm, &page)
             : measure_page(l->s, what_of(w->list), w->from.day, w->to.day, w->one, w->two, after_day, after, most,
                            l->perm, &page);
  metrics_table *t = people ? metrics_add_table(r, "people", "people", PEOPLE, 4)
                            : metrics_add_table(r, metrics_list_name(w->list), metrics_list_name(w->list), LINES, 6);
  for (uint32_t i = 0; i < page.n && code == STORE_OK; i++) {
    const measure_line *x = &page.v[i];
    metrics_value *v = metrics_add_row(r, t, NULL);
    metrics_value what = {.kind = METRICS_SAID, .known = true, .text = x->what};
    if (people) {
      const metrics_value values[] = {metrics_word(instant(x->at, l->perm)), metrics_word(x->customer), what,
                                      metrics_word(x->entity)};
      memcpy(v, values, sizeof values);
    } else {
      metrics_value state = {.kind = METRICS_SAID, .known = true, .text = x->state};
      const metrics_value values[] = {metrics_day(x->day),       what,  metrics_word(x->entity),
                                      metrics_word(x->customer), state, metrics_word(x->detail)};
      memcpy(v, values, sizeof values);
    }
  }
  if (page.more)
    out->next = arena_printf(l->perm, "%d.%lld.0", page.v[page.n - 1].day, (long long)page.v[page.n - 1].id);
  out->table = *t;
  return code;
}

store_code metrics_rows(const books *b, store *s, const metrics_asked *a, slice which, slice after, uint32_t most,
                        arena *perm, metrics_page *out) {
  *out = (metrics_page){0};
  listing l = {.b = b, .s = s, .a = a, .perm = perm};
  if (most == 0 || !metrics_wanted_read(which, a, perm, &l.w)) return STORE_OK;
  if (after.n && !metrics_key_read(after, l.p.after)) return STORE_OK;
  if (l.w.list == LIST_people && !a->people) return STORE_OK;
  l.p.has_after = after.n > 0;
  out->known = true;
  l.own = arena_new();
  metrics_result r = {.perm = perm, .tables = ARENA_ARRAY(perm, METRICS_TABLES_MAX, metrics_table)};
  store_code code = l.w.list < LIST_sent ? of_books(&l, most, &r, out) : of_store(&l, most, &r, out);
  arena_free(l.own);
  return code;
}
