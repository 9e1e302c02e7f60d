/* A live run does what a simulation shows: the policy and data of each conformance case are taken through their days by
 * `dun run`'s own steps over one store (load, replay, plan, commit; nothing kept in memory from day to day, the files
 * imported anew each day), and each day's decisions and waits are those of the simulation. A second run on a day does
 * nothing.
 *
 * Runs that are left out (downtime) are compared with one engine that lives in memory through the same days: what a run
 * loads from the store is what the one before it had in its hands.
 *
 * CASES=folder   other cases     CASE=name   one of them     EVERY=n   each nth of them */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "lang/check/walk.h"
#include "runtime/cli/rows.h"
#include "runtime/cli/session.h"
#include "runtime/engine/charges.h"
#include "runtime/engine/live.h"
#include "runtime/engine/own_state.h"
#include "runtime/engine/plan.h"
#include "runtime/engine/prices.h"
#include "runtime/engine/simulate.h"
#include "runtime/outbox/outbox.h"
#include "runtime/world_fake.h"
#include "stdlib/erp/csv.h"

enum { SPAN_MAX = 1000 };

typedef struct lived {
  arena *perm;
  world *w, *fake; /* templates are in the fake one */
  const char *folder;
  args a;
  session x;
  civil_date from, to;
  char day[SPAN_MAX][16384]; /* what was decided, a row a line */
} lived;

/* ---- a case ---- */

static slice file_text(arena *perm, const char *path) {
  FILE *f = fopen(path, "rb");
  if (!f) fail_msg("%s: cannot be read", path);
  text t = text_new(perm);
  char part[4096];
  for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) text_add(&t, (slice){part, n});
  fclose(f);
  return text_slice(&t);
}

static civil_date day_after(slice words, const char *name) {
  const char *at = strstr(words.p, name);
  civil_date d;
  if (!at || !date_parse((slice){at + strlen(name) + 1, 10}, &d)) fail_msg("args: no %s", name);
  return d;
}

/* A template for whatever the policy sends. */
static void put_template(void *self, const action_place *at) {
  lived *l = self;
  for (uint32_t i = 0; i < at->act->way_count; i++) {
    const send_way *w = &at->act->ways[i];
    if (w->template_name.n == 0) continue;
    char path[256];
    snprintf(path, sizeof path, "templates/%.*s.%s.txt", SLICE_ARG(w->template_name), CHANNELS[w->ch]);
    world_fake_put_file(l->fake, path, w->ch == CH_EMAIL ? SLICE("Subject: about\n\nwords\n") : SLICE("words"));
  }
}

static void open_case(lived *l) {
  char path[512];
  diags d;
  diags_init(&d, l->perm);
  l->a = (args){.perm = l->perm, .lang = LANG_EN, .lang_known = true};
  snprintf(path, sizeof path, "%s/policy.dun", l->folder);
  int status = session_compile(&l->x, &l->a, l->w, arena_slice(l->perm, slice_of(path)));
  assert_int_equal(status, EXIT_FINE);
  program_actions(l->x.c.program, put_template, l);
  templates_check(l->fake, l->perm, l->x.c.program, SLICE("templates"), &d, &l->x.templates);
  l->x.c.program = templates_program(l->perm, l->x.c.program, &l->x.templates);
  snprintf(path, sizeof path, "%s/args", l->folder);
  slice words = slice_of(arena_copy(l->perm, file_text(l->perm, path)));
  l->from = day_after(words, "--from");
  l->to = day_after(words, "--to");
  assert_true(l->to.day - l->from.day < SPAN_MAX);
}

static store *import(lived *l, store *into) {
  char path[512];
  const char *p = path;
  snprintf(path, sizeof path, "%s/data", l->folder);
  currency cur = l->x.c.program->cur;
  csv_options o = {.currency = cur == CURRENCY_NONE ? (slice){0} : slice_of(currency_code(cur))};
  csv_report r;
  arena *a = arena_new();
  store *s = into;
  csv_status status = into ? csv_import(l->w, into, &p, 1, &o, a, &r) : csv_load(l->w, path, &o, a, &s, &r);
  if (status != CSV_DONE) fail_msg("%s: %s", l->folder, r.error);
  arena_free(a);
  return s;
}

/* As the commands do it: everything anew from the store. */
static engine *engine_at(lived *l, store *s, civil_date day, bool past, arena *perm) {
  l->x.s = s;
  l->x.perm = perm;
  assert_int_equal(session_engine(&l->x, day, past), EXIT_FINE);
  return l->x.e;
}

/* ---- rows ---- */

static void add_row(lived *l, engine *e, const decision *d, const char *wait) {
  arena *a = arena_new();
  slice v[ROW_COLUMNS_MAX];
  row_style style = {.e = e, .format = OUT_csv, .lang = LANG_EN};
  row_values(&style, d, v, a);
  char *at = l->day[d->day.day - l->from.day];
  size_t n = strlen(at), room = sizeof l->day[0] - n;
  snprintf(at + n, room, "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%s\n", SLICE_ARG(v[1]), SLICE_ARG(v[2]), SLICE_ARG(v[3]),
           SLICE_ARG(v[4]), SLICE_ARG(v[5]), SLICE_ARG(v[6]), wait);
  arena_free(a);
}

static void add_rows(lived *l, engine *e, const day_plan *plan) {
  arena *a = arena_new();
  plan_list list;
  engine_list(e, plan, a, &list);
  for (uint32_t i = 0; i < list.going_count; i++) {
    decision d = engine_decision(e, plan, list.going[i], a);
    add_row(l, e, &d, "");
  }
  for (uint32_t i = 0; i < list.waiting_count; i++) {
    decision d = engine_decision(e, plan, list.waiting[i], a);
    add_row(l, e, &d, WAITS[d.wait]);
  }
  arena_free(a);
}

/* ---- simulated ---- */

static void simulated_day(void *self, const engine *e, const day_plan *plan) {
  engine *own = (engine *)(uintptr_t)e;
  add_rows(self, own, plan);
}

static void keep(void *self, const decision *d) { (void)self, (void)d; }

static void simulate_case(lived *l) {
  arena *perm = arena_new();
  store *s = import(l, NULL);
  engine *e = engine_at(l, s, l->from, false, perm);
  report none;
  simulation x = {.from = l->from,
                  .to = l->to,
                  .events = &l->x.events,
                  .decided = keep,
                  .settled = simulated_day,
                  .settled_self = l};
  simulate(e, &x, perm, &none);
  store_close(s);
  arena_free(perm);
}

/* ---- lived ---- */

/* One run; how many decisions. */
static uint32_t live_day(lived *l, store *s, civil_date day, bool second) {
  arena *perm = arena_new();
  day_plan plan;
  assert_int_equal(store_begin(s), STORE_OK);
  engine *e = engine_at(l, s, day, true, perm);
  e->supposes = true; /* a figure that is not published yet is there, as in the simulation */
  plan_make(e, day, perm, &plan);
  if (!second) add_rows(l, e, &plan);
  outbox o = {.w = l->fake,
              .s = s,
              .perm = perm,
              .p = l->x.c.program,
              .e = e,
              .templates = &l->x.templates,
              .folder = SLICE("outbox"),
              .today = day};
  store_revision r = {.hash = SLICE("h"), .text = SLICE("p"), .effective_on = day.day};
  int64_t revision;
  bool is_new;
  assert_int_equal(store_revision_put(s, &r, &revision, &is_new), STORE_OK);
  assert_int_equal(history_commit(e, s, &plan, &l->x.events), STORE_OK);
  if (outbox_commit(&o, &plan, revision) != STORE_OK) fail_msg("%s", store_why(s)->text);
  assert_int_equal(store_commit(s), STORE_OK);
  if (o.tally[TALLY_KNOWN]) fail_msg("%s: %u decided twice", l->folder, o.tally[TALLY_KNOWN]);
  uint32_t n = plan.decision_count;
  arena_free(perm);
  return n;
}

static void live_case(lived *l) {
  store *s = import(l, NULL);
  for (civil_date day = l->from; day.day <= l->to.day; day.day++) {
    live_day(l, s, day, false);
    import(l, s);
    uint32_t again = live_day(l, s, day, true);
    char iso[DATE_TEXT_MAX];
    date_iso(day, iso);
    if (again) fail_msg("%s: a second run on %s decides %u things", l->folder, iso, again);
  }
  store_close(s);
}

/* ---- days left out ---- */

/* A run on each of the days that are set, the first and the last among them. */
static void pick_days(const lived *l, uint32_t seed, bool *runs) {
  int32_t n = l->to.day - l->from.day + 1;
  uint64_t r = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
  uint32_t one_in = 2 + seed % 6;
  for (int32_t k = 0; k < n; k++) {
    r = r * UINT64_C(6364136223846793005) + 1442695040888963407u;
    runs[k] = k == 0 || k + 1 == n || (uint32_t)(r >> 33) % one_in == 0;
  }
}

static void live_days(lived *l, const bool *runs) {
  store *s = import(l, NULL);
  for (civil_date day = l->from; day.day <= l->to.day; day.day++)
    if (runs[day.day - l->from.day]) live_day(l, s, day, false);
  store_close(s);
}

/* What happened since the day before, in the order of its days. */
static void catch_up(lived *l, engine *e, live *x, int32_t since, int32_t today) {
  const happening_list *all = &l->x.events;
  for (int32_t day = since + 1; day <= today; day++) {
    for (uint32_t i = 0; i < all->n; i++) {
      uint32_t before = x->news.n;
      if (all->v[i].day != day) continue;
      happening_apply(e, &all->v[i], &x->news);
      for (; before < x->news.n; before++) {
        x->news.v[before].seq = all->v[i].seq;
        x->news.v[before].day = day;
      }
    }
    engine_cycles(e, day);
  }
  e->today = today;
  if (e->f->moved) bind_again(e);
  vm_set_today(e->m, (civil_date){today});
  for (uint32_t i = 0; i < e->f->t[ENT_INVOICE].n; i++) {
    int32_t judged = promise_judged(e, i);
    int64_t promise = fact_int(e->f, FIELD_INVOICE_PROMISE, i);
    if (judged == DATE_NONE_DAY || judged > today) continue;
    fact_set_int(e->f, FIELD_INVOICE_PROMISE, i, FACT_MISSING);
    if (fact_int(e->f, FIELD_INVOICE_STATUS, i) != STATUS_OPEN) continue;
    occurrence_add(&x->news, EV_PROMISE_BROKEN, ENT_INVOICE, i, (slice){0});
    x->news.v[x->news.n - 1].seq = promise;
  }
  if (engine_reads_totals(e))
    for (uint32_t c = 0; c < e->f->t[ENT_CUSTOMER].n; c++) engine_totals(e, c, today);
  engine_anchors(e, today);
}

static void take_effect(engine *e, const day_plan *plan, arena *perm) {
  for (uint32_t i = 0; i < plan->decision_count; i++) {
    const own_effect *v;
    uint32_t n = own_effects(e, &plan->decisions[i], perm, &v);
    charge_take_effect(e, &plan->decisions[i]);
    price_take_effect(e, &plan->decisions[i]);
    for (uint32_t k = 0; k < n; k++) own_apply(e, &v[k]);
  }
}

/* One engine that goes through the same days and forgets nothing. */
static void remembered_days(lived *l, const bool *runs) {
  arena *perm = arena_new();
  store *s = import(l, NULL);
  engine *e = engine_at(l, s, l->from, true, perm);
  live x = *e->live;
  int32_t last = l->from.day;
  e->live = &x;
  e->supposes = true;
  for (int32_t day = l->from.day; day <= l->to.day; day++) {
    if (!runs[day - l->from.day]) continue;
    day_plan plan;
    if (day > last) {
      x.news = (occurrence_list){.perm = perm};
      catch_up(l, e, &x, last, day);
    }
    plan_make(e, (civil_date){day}, perm, &plan);
    add_rows(l, e, &plan);
    engine_apply(e, &plan);
    take_effect(e, &plan, perm);
    for (uint32_t k = 0; k < e->p->every_count; k++) x.rules[k].done = day;
    last = day;
  }
  store_close(s);
  arena_free(perm);
}

/* Rows that the case shows; the simulation that is compared with is that one. */
static uint32_t rows_of(const lived *l) {
  uint32_t n = 0;
  for (int32_t k = 0; k <= l->to.day - l->from.day; k++)
    for (const char *at = l->day[k]; *at; at = strchr(at, '\n') + 1) n += strchr(at, '\n')[-1] == '|';
  return n;
}

static uint32_t expected_rows(const lived *l) {
  char path[512];
  snprintf(path, sizeof path, "%s/expect.csv", l->folder);
  slice all = file_text(l->perm, path);
  uint32_t n = 0;
  for (size_t i = 0; i < all.n; i++) n += all.p[i] == '\n';
  return n - 1;
}

static bool same(const lived *a, const lived *b) {
  for (int32_t k = 0; k <= a->to.day - a->from.day; k++) {
    if (strcmp(a->day[k], b->day[k]) == 0) continue;
    char iso[DATE_TEXT_MAX];
    date_iso((civil_date){a->from.day + k}, iso);
    print_error("%s, %s\nin memory:\n%srun:\n%s", a->folder, iso, a->day[k], b->day[k]);
    return false;
  }
  return true;
}

static lived *lived_new(const char *folder) {
  lived *l = calloc(1, sizeof *l);
  if (!l) abort();
  l->perm = arena_new();
  l->w = world_posix();
  l->fake = world_fake_new(0);
  l->folder = folder;
  open_case(l);
  return l;
}

static void lived_free(lived *l) {
  world_fake_free(l->fake);
  arena_free(l->perm);
  free(l);
}

static bool check_case(const char *folder) {
  lived *sim = lived_new(folder), *ran = lived_new(folder);
  simulate_case(sim);
  live_case(ran);
  assert_int_equal(rows_of(sim), expected_rows(sim));
  bool ok = same(sim, ran);
  lived_free(sim);
  lived_free(ran);
  return ok;
}

static bool check_gaps(const char *folder) {
  enum { SEEDS = 3 };
  bool ok = true;
  for (uint32_t seed = 1; seed <= SEEDS && ok; seed++) {
    static bool runs[SPAN_MAX];
    lived *kept = lived_new(folder), *ran = lived_new(folder);
    pick_days(kept, seed, runs);
    remembered_days(kept, runs);
    live_days(ran, runs);
    ok = same(kept, ran);
    if (!ok) print_error("seed %u\n", seed);
    lived_free(kept);
    lived_free(ran);
  }
  return ok;
}

static void each_of(bool (*check)(const char *folder)) {
  const char *root = getenv("CASES"), *only = getenv("CASE"), *every = getenv("EVERY");
  int seen = 0, step = every && atoi(every) > 0 ? atoi(every) : 1;
  if (!root) root = "tests/conformance";
  struct dirent **names;
  int n = scandir(root, &names, NULL, alphasort), cases = 0, bad = 0;
  assert_true(n > 0);
  for (int i = 0; i < n; i++) {
    char path[512];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s/expect.csv", root, names[i]->d_name);
    bool wanted = stat(path, &st) == 0 && (!only || strcmp(only, names[i]->d_name) == 0);
    path[strlen(path) - strlen("/expect.csv")] = 0;
    free(names[i]);
    if (!wanted || seen++ % step) continue;
    cases++;
    bad += !check(path);
  }
  free(names);
  print_message("%d cases, %d differ\n", cases, bad);
  assert_true(cases > 0);
  assert_int_equal(bad, 0);
}

static void each_case(void **state) {
  (void)state;
  each_of(check_case);
}

static void days_left_out(void **state) {
  (void)state;
  each_of(check_gaps);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(each_case), cmocka_unit_test(days_left_out)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
