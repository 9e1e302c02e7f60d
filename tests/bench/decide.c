/* decide POLICY N [csv|table [JOB]] - the compiled policy over the workload's columns in memory, next to hand-written C
 * over the same rows in the same run: today (which rows fire what, with the late fee) and 365 days. Each figure is the
 * median of ROUNDS; before and after every round of Dun's the baseline runs. Counts, fee sum and checksum must agree.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "baseline.h"
#include "ledger.h"
#include "runtime/engine/lines.h"
#include "runtime/engine/simulate.h"
#include "runtime/world.h"

enum { ROUNDS = 5, LADDERS = 3, RUNGS_MAX = 6 };

typedef struct bench {
  arena *perm;
  size_t n;
  invoice_row *rows;
  soa cols;
  records out;
  engine *e;
  uint8_t codes[LADDERS][RUNGS_MAX][2];
  arena *day; /* of what was decided last */
  bool csv;
} bench;

/* Of the processor, so that a neighbour on the machine costs nothing. */
static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *v, size_t n) {
  qsort(v, n, sizeof *v, by_value);
  return v[n / 2];
}

/* Large pages, touched: what is measured is not the system giving memory away. */
static void *room(size_t bytes) {
  size_t page = (size_t)2 << 20, whole = (bytes + page) & ~(page - 1);
  void *p = aligned_alloc(page, whole);
  if (!p) exit(4);
  madvise(p, whole, MADV_HUGEPAGE);
  memset(p, 0, whole);
  return p;
}

static void make_rows(bench *b) {
  size_t n = b->n;
  b->rows = room(n * sizeof *b->rows);
  b->cols =
      (soa){n, room(8 * n), room(8 * n), room(8 * n), room(4 * n), room(4 * n), room(4 * n), room(n), room(n), room(n)};
  b->out = (records){room(48 * n + 512), room(48 * n + 512), room(24 * n + 256), room(6 * n + 64), 0};
  for (size_t i = 0; i < n; i++) {
    invoice_row *v = &b->rows[i];
    make_row(i, v);
    soa *s = &b->cols;
    s->id[i] = v->id, s->amount[i] = v->amount_cents, s->open[i] = v->open_cents;
    s->due[i] = v->due_date, s->last[i] = v->last_contact, s->promise[i] = v->promise_date;
    s->status[i] = v->status, s->segment[i] = v->segment, s->steps[i] = v->steps_done;
  }
}

static engine *make_engine(bench *b, const char *policy) {
  world *w = world_posix();
  source file = {slice_of(policy), {0}};
  if (w->read_file(w, policy, b->perm, &file.text) != WORLD_OK) {
    fprintf(stderr, "decide: cannot read %s\n", policy);
    exit(4);
  }
  source *files = ARENA_NEW(b->perm, source);
  *files = file;
  diags d;
  diags_init(&d, b->perm);
  compiled *c = ARENA_NEW(b->perm, compiled);
  if (!compile(b->perm, files, 1, &d, c)) {
    slice all = diags_render(&d, files, 1, LANG_EN, false, b->perm);
    fprintf(stderr, "%.*s", SLICE_ARG(all));
    exit(3);
  }
  facts *f = ledger_made(b->perm, c->program, b->rows, (uint32_t)b->n);
  engine *e;
  if (engine_new(b->perm, c, f, NULL, &e) != ENGINE_OK) exit(3);
  positions_made(e, b->rows, (uint32_t)b->n);
  return e;
}

/* ---- Dun ---- */

/* The actions of the policy as the workload counts them, by ladder, rung and place among the rung's actions. */
static void name_actions(bench *b) {
  for (uint32_t l = 0; l < LADDERS; l++)
    for (uint32_t r = 0, code = l == 2 ? 5 : 0; r < b->e->p->ladders[l].rung_count; r++, code++) {
      if (l == 1 && r == 2) code++; /* the step that this ladder lacks */
      b->codes[l][r][0] = (uint8_t)code;
      if (l == 2 && r == 2) b->codes[l][r][1] = (uint8_t)++code; /* its otherwise */
    }
}

typedef struct sink {
  bench *b;
  outcome *o;
  bool year;
} sink;

/* What went out on one day: each row's ladder, action and fee. */
static void settled(void *self, const engine *e, const day_plan *plan) {
  sink *s = self;
  const column *open = &fact_field(e->f, FIELD_INVOICE_OPEN)->c, *due = &fact_field(e->f, FIELD_INVOICE_DUE)->c;
  int day = plan->today.day - TODAY;
  for (uint32_t i = 0; i < plan->candidate_count; i++) {
    const candidate *c = &plan->candidates[i];
    if (c->state != CANDIDATE_DONE) continue;
    const firing *f = &plan->firings[c->firing];
    int act = s->b->codes[f->index][f->times.v[f->entry].rung][c->flat];
    int64_t fee = late_fee(column_get(open, f->row), plan->today.day - (int32_t)column_get(due, f->row));
    if (s->year)
      fire_day(s->o, &s->b->out, f->row + 1, act, fee, day);
    else
      fire(s->o, &s->b->out, f->row + 1, act, fee);
  }
}

static void dun_today(bench *b, outcome *o) {
  arena_reset(b->day);
  day_input in = {.today = {TODAY}};
  day_plan plan;
  engine_settle(b->e, &in, b->day, &plan);
  settled(&(sink){b, o, false}, b->e, &plan);
}

/* The first step of a day alone: holds, ladders and positions, batch by batch, down to the rows that fire a rung. Which
 * branch of it runs is the next step's; here it is told by the amount, so that the results can be compared. */
static void dun_screen(bench *b, outcome *o) {
  arena_reset(b->day);
  day_input in = {.today = {TODAY}};
  day_plan plan = {.today = {TODAY}};
  firing_list l = {.perm = b->day};
  firing_reserve(&l, (uint32_t)b->n / 16 + 64);
  engine_screen(b->e, &in, b->day, &l, &plan);
  const column *open = &fact_field(b->e->f, FIELD_INVOICE_OPEN)->c, *due = &fact_field(b->e->f, FIELD_INVOICE_DUE)->c;
  const column *amount = &fact_field(b->e->f, FIELD_INVOICE_AMOUNT)->c;
  for (uint32_t i = 0; i < l.n; i++) {
    const firing *f = &l.v[i];
    const uint8_t *codes = b->codes[f->index][f->times.v[f->entry].rung];
    int act = codes[1] && column_get(amount, f->row) <= 50000 ? codes[1] : codes[0];
    int64_t fee = late_fee(column_get(open, f->row), TODAY - (int32_t)column_get(due, f->row));
    fire(o, &b->out, f->row + 1, act, fee);
  }
}

static void dun_year(bench *b, outcome *o) {
  arena_reset(b->day);
  sink s = {b, o, true};
  happening_list none = {0};
  simulation sim = {
      .from = {TODAY}, .to = {TODAY + HORIZON - 1}, .events = &none, .settled = settled, .settled_self = &s};
  report r;
  simulate(b->e, &sim, b->day, &r);
}

/* What a simulation changes, to begin anew. */
typedef struct saved {
  column last_contact, promise;
  int32_t *pos;
  uint64_t *climbed;
} saved;

static void copy_column(column *to, const column *from) {
  size_t bytes = ((size_t)1 << (unsigned)from->phys) * from->n;
  if (!to->data) to->data = room(bytes);
  memcpy(to->data, from->data, bytes);
}

static saved save(bench *b) {
  saved s = {0};
  const track *t = &b->e->h->tracks[TRACK_INVOICES];
  copy_column(&s.last_contact, &fact_field(b->e->f, FIELD_INVOICE_LAST_CONTACT)->c);
  copy_column(&s.promise, &fact_field(b->e->f, FIELD_INVOICE_PROMISE)->c);
  s.pos = room(b->n * 4);
  s.climbed = room(b->n * 8 * b->e->h->words);
  memcpy(s.pos, t->pos, b->n * 4);
  memcpy(s.climbed, t->climbed, b->n * 8 * b->e->h->words);
  return s;
}

static void restore(bench *b, const saved *s) {
  const track *t = &b->e->h->tracks[TRACK_INVOICES];
  const column *last = &fact_field(b->e->f, FIELD_INVOICE_LAST_CONTACT)->c,
               *promise = &fact_field(b->e->f, FIELD_INVOICE_PROMISE)->c;
  memcpy(last->data, s->last_contact.data, ((size_t)1 << (unsigned)last->phys) * b->n);
  memcpy(promise->data, s->promise.data, ((size_t)1 << (unsigned)promise->phys) * b->n);
  memcpy(t->pos, s->pos, b->n * 4);
  memcpy(t->climbed, s->climbed, b->n * 8 * b->e->h->words);
}

/* ---- measuring ---- */

typedef void run_fn(bench *b, outcome *o);
static void base_today(bench *b, outcome *o) { run_soa(o, &b->out, &b->cols); }
static void base_year(bench *b, outcome *o) { run_events(o, &b->out, b->rows, b->n); }

typedef struct job {
  const char *name, *baseline;
  run_fn *dun, *base;
  bool moves; /* changes the facts: to be restored, once a run */
  double target;
} job;

/* Nanoseconds an invoice; short jobs are repeated until 20 ms have passed. */
static double timed(bench *b, run_fn *run, int times, outcome *o) {
  double from = now_ns();
  for (int k = 0; k < times; k++) {
    b->out.n = 0;
    *o = (outcome){0};
    run(b, o);
  }
  return (now_ns() - from) / times / (double)b->n;
}

static int times_for(double ns_one) { return ns_one > 2e7 ? 1 : (int)(2e7 / (ns_one + 1)) + 1; }

static int measure(bench *b, const job *j, const saved *s) {
  double base[2 * ROUNDS], dun[ROUNDS];
  outcome want, got;
  int base_times = times_for(timed(b, j->base, 2, &want) * (double)b->n), dun_times = 1;
  double one = timed(b, j->dun, 1, &got);
  if (j->moves)
    restore(b, s);
  else
    dun_times = times_for(one * (double)b->n);
  for (int r = 0; r < ROUNDS; r++) {
    base[2 * r] = timed(b, j->base, base_times, &want);
    dun[r] = timed(b, j->dun, dun_times, &got);
    if (j->moves) restore(b, s);
    base[2 * r + 1] = timed(b, j->base, base_times, &want);
  }
  bool same = memcmp(&want, &got, sizeof want) == 0;
  double least = 1e30;
  for (int r = 0; r < ROUNDS; r++) least = dun[r] < least ? dun[r] : least;
  double c = median(base, 2 * ROUNDS), d = median(dun, ROUNDS);
  int64_t fired = 0;
  for (int k = 0; k < ACTIONS_MADE; k++) fired += got.count[k];
  if (b->csv)
    printf("%s,%zu,%.3f,%.3f,%.3f,%.2f,%.0f,%lld,%lld,%llu,%s\n", j->name, b->n, d, least, c, d / c, j->target,
           (long long)fired, (long long)got.fees, (unsigned long long)got.sum, same ? "yes" : "no");
  else
    printf("%-28s %9.2f ns  %s %.2f ns  %6.2f times (target %.0f)  %lld actions  %s\n", j->name, d, j->baseline, c,
           d / c, j->target, (long long)fired, same ? "same result" : "NOT THE SAME RESULT");
  return same ? 0 : 1;
}

int main(int argc, char **argv) {
  if (argc < 3 || atol(argv[2]) < 1) {
    fprintf(stderr, "usage: decide POLICY N [csv|table [JOB]]\n");
    return 2;
  }
  bench b = {.perm = arena_new(),
             .day = arena_new(),
             .n = (size_t)atol(argv[2]),
             .csv = argc > 3 && strcmp(argv[3], "csv") == 0};
  make_rows(&b);
  b.e = make_engine(&b, argv[1]);
  name_actions(&b);
  saved s = save(&b);
  /* `today` first: it sets the day that the screen alone is run on. */
  static const job JOBS[] = {{"today", "c-soa", dun_today, base_today, false, 3},
                             {"screen", "c-soa", dun_screen, base_today, false, 3},
                             {"365 days", "c-sim-event", dun_year, base_year, true, 3}};
  int failed = 0;
  for (size_t k = 0; k < sizeof JOBS / sizeof *JOBS; k++)
    if (argc < 5 || strcmp(argv[4], JOBS[k].name) == 0 || (k == 0 && strcmp(argv[4], "screen") == 0))
      failed |= measure(&b, &JOBS[k], &s);
  arena_free(b.day);
  arena_free(b.perm);
  return failed;
}
