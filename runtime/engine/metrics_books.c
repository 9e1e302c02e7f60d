/* See metrics_books.h: the books are made by going through the record once. */
#include "metrics_books.h"

#include <stdlib.h>

#include "lang/base/tz.h"
#include "record.h"
#include "runtime/store/measure.h"

static int64_t fact(const engine *e, uint32_t field, uint32_t row) {
  return fact_field(e->f, field)->loaded ? fact_int(e->f, field, row) : FACT_MISSING;
}
static int32_t fact_day(const engine *e, uint32_t field, uint32_t row) {
  int64_t v = fact(e, field, row);
  return v == FACT_MISSING ? DATE_NONE_DAY : (int32_t)v;
}
static bool is_open(const engine *e, uint32_t row) { return fact(e, FIELD_INVOICE_STATUS, row) == STATUS_OPEN; }
static int64_t owed(const engine *e, uint32_t row) {
  int64_t open = fact(e, FIELD_INVOICE_OPEN, row);
  return is_open(e, row) && open != FACT_MISSING ? open : 0;
}

/* ---- lists that grow ---- */

static void *grown(arena *perm, const void *v, size_t n, size_t size) {
  size_t room = n ? n * 2 : 256;
  void *out = arena_array(perm, room, size);
  if (n) memcpy(out, v, n * size);
  return out;
}
/* Room for one more: a list is full where its count is a power of two from 256 on, or nothing. */
#define ROOM(perm, v, n)                                                                                               \
  do {                                                                                                                 \
    if ((n) == 0 || ((n) >= 256 && ((n) & ((n)-1)) == 0)) (v) = grown((perm), (v), (n), sizeof *(v));                  \
  } while (0)

/* ---- who and what there is ---- */

static store_code take_customers(books *b, const engine *e, store *s, arena *scratch) {
  uint32_t n = e->f->t[ENT_CUSTOMER].n;
  int64_t most = 0;
  b->customer_count = n;
  b->customer_row = ARENA_ARRAY(b->perm, n + 1, int64_t);
  b->segment = ARENA_ARRAY(b->perm, n + 1, uint32_t);
  b->owner = ARENA_ARRAY(b->perm, n + 1, uint32_t);
  for (uint32_t i = 0; i < n; i++) {
    b->customer_row[i] = e->f->t[ENT_CUSTOMER].store_row[i];
    if (b->customer_row[i] > most) most = b->customer_row[i];
  }
  uint32_t *at = ARENA_ARRAY(scratch, (size_t)most + 1, uint32_t);
  for (uint32_t i = 0; i < n; i++) at[b->customer_row[i]] = i + 1;
  dictionary *names = ARENA_ARRAY(b->perm, 2, dictionary);
  for (int k = 0; k < 2; k++) {
    dictionary_hashed(b->perm, &names[k]);
    dictionary_code(b->perm, &names[k], (slice){0});
  }
  const slice columns[] = {SLICE("customer_row"), SLICE("segment"), SLICE("owner")};
  store_query q = {.table = STORE_T_customer, .any_order = true, .columns = columns, .column_count = 3};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    int64_t row = store_int(c, 0);
    if (row > most || !at[row]) continue;
    b->segment[at[row] - 1] = dictionary_code(b->perm, &names[0], store_text(c, 1));
    b->owner[at[row] - 1] = dictionary_code(b->perm, &names[1], store_text(c, 2));
  }
  store_cursor_close(c);
  b->segments = names[0].v, b->segment_count = names[0].d.count;
  b->owners = names[1].v, b->owner_count = names[1].d.count;
  return code == STORE_END ? STORE_OK : code;
}

/* The rows at the beginning of the record. */
static void take_invoices(books *b, const engine *e) {
  const facts *f = e->f;
  uint32_t n = b->n = f->t[ENT_INVOICE].n;
  b->cur = ARENA_ARRAY(b->perm, n + 1, currency);
  b->customer = ARENA_ARRAY(b->perm, n + 1, uint32_t);
  b->contract = f->contract ? ARENA_ARRAY(b->perm, n + 1, uint32_t) : NULL;
  b->store_row = ARENA_ARRAY(b->perm, n + 1, int64_t);
  b->amount = ARENA_ARRAY(b->perm, n + 1, int64_t);
  b->open = ARENA_ARRAY(b->perm, n + 1, int64_t);
  b->due = ARENA_ARRAY(b->perm, n + 1, int32_t);
  b->issued = ARENA_ARRAY(b->perm, n + 1, int32_t);
  b->cancelled = ARENA_ARRAY(b->perm, n + 1, int32_t);
  b->names_contracts = f->names_contracts;
  for (uint32_t i = 0; i < n; i++) {
    b->cur[i] = f->cur[i];
    b->customer[i] = f->customer[i];
    if (b->contract) b->contract[i] = f->contract[i];
    b->store_row[i] = f->t[ENT_INVOICE].store_row[i];
    if (b->store_row[i] > b->row_max) b->row_max = b->store_row[i];
    b->amount[i] = fact(e, FIELD_INVOICE_AMOUNT, i);
    b->open[i] = owed(e, i);
    b->due[i] = fact_day(e, FIELD_INVOICE_DUE, i);
    b->issued[i] = fact_day(e, FIELD_INVOICE_ISSUED, i);
    b->cancelled[i] = fact(e, FIELD_INVOICE_STATUS, i) == STATUS_CANCELLED ? BOOK_ALWAYS : BOOK_NEVER;
  }
  b->row_of = ARENA_ARRAY(b->perm, (size_t)b->row_max + 1, uint32_t);
  for (uint32_t i = 0; i < n; i++) b->row_of[b->store_row[i]] = i + 1;
}

/* ---- the record, day by day ---- */

typedef struct step {
  const happening *h;
  int32_t day;
  bool shows; /* the invoice appears: first of its day */
} step;

typedef struct walk {
  books *b;
  engine *e;
  uint32_t *last_payment, *last_promise; /* per invoice, index + 1 */
  uint32_t *before;                      /* per payment, the invoice's before it */
  size_t before_n;
} walk;

static int by_day(const void *va, const void *vb) {
  const step *a = va, *b = vb;
  if (a->day != b->day) return a->day < b->day ? -1 : 1;
  if (a->shows != b->shows) return a->shows ? -1 : 1;
  return (a->h->seq > b->h->seq) - (a->h->seq < b->h->seq);
}

/* An invoice that appears in the record has a made-up or noticed "invoice created": it is there from the day of its
 * issue. */
static bool shows(const happening *h) { return h->kind == HAPPENING_INVOICE_CREATED && h->was == 1; }

/* Nothing happens to an invoice before it is there. */
static step *in_order(const books *b, const happening_list *l, arena *scratch) {
  step *v = ARENA_ARRAY(scratch, l->n + 1, step);
  int32_t *from = ARENA_ARRAY(scratch, b->n + 1, int32_t);
  for (uint32_t i = 0; i < b->n; i++) from[i] = DATE_NONE_DAY;
  for (uint32_t i = 0; i < l->n; i++) {
    const happening *h = &l->v[i];
    if (!shows(h)) continue;
    int32_t day = h->happened < b->today.day ? h->happened : b->today.day; /* today's rows are here today */
    from[h->row] = b->issued[h->row] != DATE_NONE_DAY && b->issued[h->row] < day ? b->issued[h->row] : day;
  }
  for (uint32_t i = 0; i < l->n; i++) {
    const happening *h = &l->v[i];
    int32_t day = h->happened;
    if (h->of == ENT_INVOICE && day < from[h->row]) day = from[h->row];
    v[i] = (step){h, shows(h) ? from[h->row] : day, shows(h)};
  }
  qsort(v, l->n, sizeof *v, by_day);
  return v;
}

static void add_payment(walk *w, uint32_t row, uint32_t at, int32_t day, int32_t due, int64_t sum) {
  books *b = w->b;
  ROOM(b->perm, b->payments, b->payment_count);
  ROOM(b->perm, w->before, w->before_n);
  w->before[w->before_n++] = w->last_payment[row];
  b->payments[b->payment_count++] = (book_payment){row, at, day, BOOK_NEVER, due, sum};
  w->last_payment[row] = (uint32_t)b->payment_count;
}

/* The latest payments give back; of one given back in part the rest stays a payment of its own. */
static void take_back(walk *w, uint32_t row, int32_t day, int64_t sum) {
  books *b = w->b;
  for (uint32_t k = w->last_payment[row]; k && sum > 0; k = w->before[k - 1]) {
    book_payment *p = &b->payments[k - 1];
    if (p->back != BOOK_NEVER) continue;
    book_payment rest = *p;
    p->back = day;
    if (p->sum > sum) {
      rest.sum = p->sum - sum;
      p->sum = sum;
      add_payment(w, row, rest.at, rest.day, rest.due, rest.sum);
      return;
    }
    sum -= p->sum;
  }
}

static void end_promise(walk *w, uint32_t row, int32_t day) {
  uint32_t k = w->last_promise[row];
  if (k && w->b->promises[k - 1].over == BOOK_NEVER) w->b->promises[k - 1].over = day;
}

static void add_promise(walk *w, uint32_t row, int32_t made, int32_t due, int64_t sum) {
  books *b = w->b;
  if (sum <= 0) return;
  ROOM(b->perm, b->promises, b->promise_count);
  b->promises[b->promise_count++] = (book_promise){row, (uint32_t)b->payment_count, made, due, BOOK_NEVER, sum};
  w->last_promise[row] = (uint32_t)b->promise_count;
}

static void note_change(walk *w, const step *t, uint32_t row, int64_t open, int32_t due, bool cancelled) {
  books *b = w->b;
  int64_t now = owed(w->e, row);
  int32_t due_now = fact_day(w->e, FIELD_INVOICE_DUE, row);
  bool gone = fact(w->e, FIELD_INVOICE_STATUS, row) == STATUS_CANCELLED;
  if (gone != cancelled) b->cancelled[row] = gone ? t->day : BOOK_NEVER;
  if (due_now != due) end_promise(w, row, t->day);
  if (now == open && due_now == due) return;
  b->moves[b->move_count++] = (book_move){row, t->day, due_now, now};
}

static void go(walk *w, const step *t) {
  const happening *h = t->h;
  uint32_t row = h->row;
  if (h->of != ENT_INVOICE) return;
  int64_t open = owed(w->e, row);
  int32_t due = fact_day(w->e, FIELD_INVOICE_DUE, row);
  bool cancelled = fact(w->e, FIELD_INVOICE_STATUS, row) == STATUS_CANCELLED;
  record_apply(w->e, h, NULL);
  int64_t now = owed(w->e, row);
  if (h->kind == HAPPENING_PAYMENT && !h->own && now < open)
    add_payment(w, row, (uint32_t)w->b->payment_count, t->day, due, open - now);
  if (h->kind == HAPPENING_PAYMENT_REVERSED && now > open) take_back(w, row, t->day, now - open);
  if (h->kind == HAPPENING_PROMISE) {
    end_promise(w, row, t->day);
    if (h->date != DATE_NONE_DAY) add_promise(w, row, t->day, h->date, now);
  }
  note_change(w, t, row, open, due, cancelled);
}

static int by_invoice(const void *va, const void *vb) {
  const book_payment *a = va, *b = vb;
  if (a->invoice != b->invoice) return a->invoice < b->invoice ? -1 : 1;
  return (a->at > b->at) - (a->at < b->at);
}

static void index_payments(books *b) {
  if (b->payment_count) qsort(b->payments, b->payment_count, sizeof *b->payments, by_invoice);
  b->first_payment = ARENA_ARRAY(b->perm, b->n + 2, uint32_t);
  for (size_t i = 0; i < b->payment_count; i++) b->first_payment[b->payments[i].invoice + 1]++;
  for (uint32_t i = 0; i < b->n; i++) b->first_payment[i + 1] += b->first_payment[i];
}

void books_walk(books *b, engine *e, const happening_list *l) {
  arena *own = arena_new();
  walk w = {.b = b, .e = e};
  w.last_payment = ARENA_ARRAY(own, b->n + 1, uint32_t);
  w.last_promise = ARENA_ARRAY(own, b->n + 1, uint32_t);
  const fact_column *promise = fact_field(e->f, FIELD_INVOICE_PROMISE);
  for (uint32_t i = 0; i < b->n && promise->loaded; i++) {
    int32_t day = fact_day(e, FIELD_INVOICE_PROMISE, i);
    if (day != DATE_NONE_DAY) add_promise(&w, i, DATE_NONE_DAY, day, fact(e, FIELD_INVOICE_OPEN, i));
  }
  b->moves = arena_room(b->perm, (size_t)l->n + 1, sizeof *b->moves); /* one a happening at most */
  const step *v = in_order(b, l, own);
  for (uint32_t i = 0; i < l->n; i++) go(&w, &v[i]);
  index_payments(b);
  arena_free(own);
}

/* ---- how far back ---- */

/* What never came to owe what it was made out for was paid before anybody told. */
static void look_for_gaps(books *b, arena *scratch) {
  int64_t *most = ARENA_ARRAY(scratch, b->n + 1, int64_t);
  if (b->n) memcpy(most, b->open, b->n * sizeof *most);
  for (size_t k = 0; k < b->move_count; k++) {
    const book_move *m = &b->moves[k];
    if (m->open > most[m->invoice]) most[m->invoice] = m->open;
  }
  for (uint32_t i = 0; i < b->n; i++) {
    if (b->cancelled[i] != BOOK_NEVER) continue;
    b->unissued += b->issued[i] == DATE_NONE_DAY;
    b->unexplained += b->amount[i] != FACT_MISSING && most[i] < b->amount[i];
  }
}

static store_code look_back(books *b, const engine *e, store *s) {
  int64_t us;
  store_code code = measure_first_seen(s, &us);
  if (code != STORE_OK) return code;
  b->seen_from = b->today.day; /* where the rows are taken for those of an earlier day, they are of that day */
  int32_t seen = e->zone ? tz_local(e->zone, us / 1000000).date.day : (int32_t)(us / 86400000000);
  if (us && seen < b->seen_from) b->seen_from = seen;
  b->known_from = b->seen_from;
  for (size_t i = 0; i < b->payment_count; i++)
    if (b->payments[i].day < b->known_from) b->known_from = b->payments[i].day;
  return STORE_OK;
}

store_code books_make(engine *e, store *s, happening_list *l, civil_date today, arena *perm, books **out) {
  books *b = *out = ARENA_NEW(perm, books);
  arena *own = arena_new();
  b->perm = perm;
  b->today = today;
  store_code code = take_customers(b, e, s, own);
  if (code == STORE_OK) code = books_contracts(b, e, s, l);
  if (code == STORE_OK) code = record_begin(e, s, (civil_date){DATE_DAY_MIN}, l, own);
  if (code == STORE_OK) {
    take_invoices(b, e);
    books_walk(b, e, l);
    look_for_gaps(b, own);
    code = look_back(b, e, s);
  }
  arena_free(own);
  return code;
}

/* ---- a day of it ---- */

void books_forward(const books *b, book_position *p, size_t *at, civil_date on) {
  for (; *at < b->move_count && b->moves[*at].day <= on.day; ++*at) {
    const book_move *m = &b->moves[*at];
    p->open[m->invoice] = m->open;
    p->due[m->invoice] = m->due;
  }
  p->on = on;
}

book_position books_position(const books *b, civil_date on, arena *perm) {
  size_t at = 0;
  book_position p = {on, arena_room(perm, b->n + 1, sizeof(int64_t)), arena_room(perm, b->n + 1, sizeof(int32_t))};
  if (b->n) memcpy(p.open, b->open, b->n * sizeof *p.open);
  if (b->n) memcpy(p.due, b->due, b->n * sizeof *p.due);
  books_forward(b, &p, &at, on);
  return p;
}

bool books_is_sale(const books *b, uint32_t i, civil_date from, civil_date to) {
  return b->issued[i] != DATE_NONE_DAY && b->issued[i] >= from.day && b->issued[i] <= to.day &&
         b->cancelled[i] > to.day && b->amount[i] != FACT_MISSING;
}
