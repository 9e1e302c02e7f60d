/* The coming days of a policy over the real store: computed once, in a job, by the simulation that every command uses;
 * the page's slider moves over what came of it. Sums of every day and step are exact; of a day's single messages the
 * first ones are kept for reading, and how many there were is said.
 *
 * Invariant: what is kept does not grow with the ledger: DAYS times KEPT rows at most, and a cell for each day and
 * step.
 */
#include "policies.h"
#include "runtime/engine/simulate.h"

enum { DAYS_MAX = 90, KEPT = 2000, STEPS_MAX = 256, TEXT_MAX = 300 };

/* What a step comes to on a day. */
typedef struct sum sum;
struct sum {
  sum *next;
  money open;
  bool too_large;
};
typedef struct cell {
  uint32_t actions, rows, nobody;
  sum *open; /* one a currency */
} cell;

/* A step by one channel, or by one kind of action. */
typedef struct step {
  slice ladder, rung, by;
  bool message;
  cell *days;
} step;

typedef struct sim_line {
  slice number, customer, customer_name, says;
  uint32_t step, rows;
  money open; /* of an invoice; else no currency */
  bool nobody;
} sim_line;

typedef struct simulated {
  civil_date from;
  uint32_t day_count, step_count;
  step *steps;
  sim_line **lines; /* per day */
  uint32_t *line_count;
} simulated;

typedef struct recorder {
  simulated *out;
  const engine *e;
  arena *perm; /* the job's */
  uint32_t last;
  job *j;
} recorder;

/* ---- recording ---- */

static slice by_what(const decision *d) {
  bool message = d->act->kind == ACT_SEND && d->way;
  return slice_of(message ? CHANNELS[d->way->ch] : ACTIONS[d->act->kind].words);
}

static bool is_step(const step *s, const decision *d) {
  return slice_eq(s->rung, d->rung) && slice_eq(s->ladder, d->ladder) && slice_eq(s->by, by_what(d));
}

/* The last place is for all that are too many. */
static uint32_t step_of(recorder *r, const decision *d) {
  simulated *o = r->out;
  if (r->last < o->step_count && is_step(&o->steps[r->last], d)) return r->last;
  for (r->last = 0; r->last < o->step_count; r->last++)
    if (is_step(&o->steps[r->last], d)) return r->last;
  if (r->last == STEPS_MAX) return r->last = STEPS_MAX - 1;
  step *s = &o->steps[o->step_count++];
  *s = (step){.ladder = arena_slice(r->perm, d->ladder),
              .rung = arena_slice(r->perm, d->rung),
              .by = by_what(d),
              .message = d->act->kind == ACT_SEND,
              .days = ARENA_ARRAY(r->perm, o->day_count, cell)};
  return r->last;
}

static void add_open(recorder *r, cell *c, money m) {
  sum *s = c->open;
  while (s && s->open.cur != m.cur) s = s->next;
  if (!s) {
    s = ARENA_NEW(r->perm, sum);
    *s = (sum){.next = c->open, .open = {0, m.cur}};
    c->open = s;
  }
  if (!money_add(s->open, m, &s->open)) s->too_large = true;
}

static money open_of(const recorder *r, const subject *s) {
  int64_t open = s->of == ENT_INVOICE ? fact_int(r->e->f, FIELD_INVOICE_OPEN, s->row) : FACT_MISSING;
  return open == FACT_MISSING ? (money){0, CURRENCY_NONE} : (money){open, r->e->f->cur[s->row]};
}

static slice short_text(arena *perm, slice s) {
  size_t n = s.n < TEXT_MAX ? s.n : TEXT_MAX;
  while (n && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80) n--;
  return arena_slice(perm, (slice){s.p, n});
}

static void keep_line(recorder *r, const decision *d, uint32_t at, uint32_t nth) {
  simulated *o = r->out;
  uint32_t *n = &o->line_count[at];
  if (*n == KEPT) return;
  if (!o->lines[at]) o->lines[at] = ARENA_ARRAY(r->perm, 16, sim_line);
  if (*n >= 16 && (*n & (*n - 1)) == 0) { /* full at each power of two */
    sim_line *more = ARENA_ARRAY(r->perm, (size_t)*n * 2, sim_line);
    memcpy(more, o->lines[at], *n * sizeof *more);
    o->lines[at] = more;
  }
  sim_line *l = &o->lines[at][(*n)++];
  const sim_line *before = *n > 1 ? l - 1 : NULL;
  slice name = d->customer_row == VM_NO_ROW ? (slice){0} : fact_text(r->e->f, FIELD_CUSTOMER_NAME, d->customer_row);
  bool same = before && slice_eq(before->says, d->text);
  *l = (sim_line){.number = arena_slice(r->perm, d->subjects[0].number),
                  .customer = arena_slice(r->perm, d->customer),
                  .customer_name = arena_slice(r->perm, name),
                  .says = same ? before->says : short_text(r->perm, d->text),
                  .step = nth,
                  .rows = d->subject_count,
                  .open = open_of(r, &d->subjects[0]),
                  .nobody = d->no_contact};
}

static void record(void *self, const decision *d) {
  recorder *r = self;
  simulated *o = r->out;
  int32_t day = d->day.day - o->from.day;
  if (day < 0 || (uint32_t)day >= o->day_count) return;
  uint32_t nth = step_of(r, d);
  cell *c = &o->steps[nth].days[day];
  c->actions++;
  c->rows += d->subject_count;
  c->nobody += d->no_contact;
  for (uint32_t i = 0; i < d->subject_count; i++) {
    money m = open_of(r, &d->subjects[i]);
    if (m.cur != CURRENCY_NONE) add_open(r, c, m);
  }
  keep_line(r, d, (uint32_t)day, nth);
}

static void progress_of(void *self, uint32_t done, uint32_t days) {
  const recorder *r = self;
  job_progress(r->j, done, days);
}

static bool ends(void *self) {
  const recorder *r = self;
  return job_is_over(r->j);
}

/* ---- the result ---- */

static void put_cell(json_writer *w, uint32_t day, uint32_t nth, const cell *c) {
  json_begin_object(w, NULL);
  json_put_int(w, "day", day);
  json_put_int(w, "step", nth);
  json_put_int(w, "actions", c->actions);
  json_put_int(w, "rows", c->rows);
  json_put_int(w, "nobody", c->nobody);
  json_begin_list(w, "open");
  for (const sum *s = c->open; s; s = s->next)
    if (!s->too_large) api_put_money(w, NULL, s->open);
  json_end(w);
  json_end(w);
}

static void put_steps(json_writer *w, const simulated *o) {
  json_begin_list(w, "steps");
  for (uint32_t i = 0; i < o->step_count; i++) {
    bool others = i == STEPS_MAX - 1;
    json_begin_object(w, NULL);
    json_put_text(w, "ladder", others ? SLICE("") : o->steps[i].ladder);
    json_put_text(w, "rung", others ? SLICE("...") : o->steps[i].rung);
    json_put_text(w, "by", others ? SLICE("...") : o->steps[i].by);
    json_put_bool(w, "message", o->steps[i].message);
    json_end(w);
  }
  json_end(w);
}

static void put_simulated(json_writer *w, const simulated *o, uint32_t invoices) {
  api_put_day(w, "from", o->from.day);
  json_put_int(w, "days", o->day_count);
  json_put_int(w, "invoices", invoices);
  json_put_int(w, "kept", KEPT);
  put_steps(w, o);
  json_begin_list(w, "cells");
  for (uint32_t day = 0; day < o->day_count; day++)
    for (uint32_t i = 0; i < o->step_count; i++)
      if (o->steps[i].days[day].actions) put_cell(w, day, i, &o->steps[i].days[day]);
  json_end(w);
}

/* ---- the work ---- */

static bool open_engine(job *j, policy_place *p, overlay *quiet) {
  session *s = &p->s;
  s->w = &quiet->w; /* from here on what is read is the ledger */
  s->unguarded = true;
  int status = session_today(s);
  if (status == EXIT_FINE) status = session_open(s);
  if (status == EXIT_FINE) status = session_engine(s, s->today, true);
  if (status != EXIT_FINE) job_fail(j, "not_so", slice_trim(text_slice(&quiet->said)));
  return status == EXIT_FINE;
}

static void work_simulate(job *j, void *self) {
  static const documents NONE;
  const policy_task *t = self;
  arena *own = arena_new(), *perm = job_perm(j);
  policy_place p;
  overlay quiet;
  json_writer *w = json_write(own);
  json_begin_object(w, NULL);
  overlay_begin(&quiet, job_world(j), &NONE);
  overlay_hush(&quiet, own);
  bool read = policy_task_read(j, t, own, &p);
  if (read) session_templates_if_fine(&p.s);
  if (read && !job_is_over(j) && open_engine(j, &p, &quiet)) {
    uint32_t days = (uint32_t)t->days + 1;
    simulated *o = ARENA_NEW(perm, simulated);
    *o = (simulated){.from = p.s.today,
                     .day_count = days,
                     .steps = ARENA_ARRAY(perm, STEPS_MAX, step),
                     .lines = ARENA_ARRAY(perm, days, sim_line *),
                     .line_count = ARENA_ARRAY(perm, days, uint32_t)};
    recorder r = {.out = o, .e = p.s.e, .perm = perm, .j = j};
    simulation sim = {.from = o->from,
                      .to = date_add_days(o->from, (int32_t)t->days),
                      .events = &p.s.events,
                      .live = true,
                      .decided = record,
                      .self = &r,
                      .progress = progress_of,
                      .ends = ends,
                      .progress_self = &r};
    simulate(p.s.e, &sim, own, NULL);
    put_simulated(w, o, p.s.f->t[ENT_INVOICE].n);
    job_keep(j, o);
  }
  policy_place_close(&p);
  policy_task_end(j, own, w);
}

void policy_simulate_post(api_call *c) {
  int64_t days = DAYS_MAX;
  if (json_member(c->json, SLICE("days")) && !api_whole(c, "days", 0, DAYS_MAX, &days)) return;
  policy_task_begin(c, "simulate", work_simulate, days);
}

/* ---- a day's rows ---- */

static void put_line(api_call *c, const simulated *o, const sim_line *l, uint32_t key) {
  json_writer *w = c->out;
  json_begin_object(w, NULL);
  json_put_int(w, "key", key);
  json_put_text(w, "number", l->number);
  json_put_text(w, "customer", l->customer);
  json_put_text(w, "customer_name", l->customer_name);
  json_put_int(w, "step", l->step);
  json_put_text(w, "by", api_said(c, o->steps[l->step].by));
  json_put_text(w, "says", api_said(c, l->says));
  json_put_int(w, "rows", l->rows);
  if (l->open.cur == CURRENCY_NONE)
    json_put_null(w, "open");
  else
    api_put_money(w, "open", l->open);
  json_put_bool(w, "nobody", l->nobody);
  json_end(w);
}

static uint32_t actions_on(const simulated *o, uint32_t day) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < o->step_count; i++) n += o->steps[i].days[day].actions;
  return n;
}

/* A key is the place of the day's last row that was shown; `step` asks for the rows of one alone. */
static void put_day(api_call *c, const simulated *o, uint32_t day, int64_t nth, uint32_t from, uint32_t most) {
  uint32_t at = from, shown = 0;
  json_put_int(c->out, "actions", actions_on(o, day));
  json_put_int(c->out, "kept", o->line_count[day]);
  json_begin_list(c->out, "rows");
  for (; at < o->line_count[day] && shown < most; at++) {
    if (nth >= 0 && o->lines[day][at].step != (uint32_t)nth) continue;
    put_line(c, o, &o->lines[day][at], at + 1);
    shown++;
  }
  json_end(c->out);
  if (at < o->line_count[day])
    json_put_text(c->out, "next", arena_printf(c->perm, "%u", at));
  else
    json_put_null(c->out, "next");
}

void policy_simulated_get(api_call *c) {
  int64_t day = 0, nth = -1, from = 0;
  uint32_t most;
  slice after;
  job *hold;
  if (!api_rows_wanted(c, &most, &after) || !api_param_int(c, "after", 0, KEPT, &from) ||
      !api_param_int(c, "day", 0, DAYS_MAX, &day) || !api_param_int(c, "step", 0, STEPS_MAX, &nth))
    return;
  jobs *all = c->house->jobs;
  const simulated *o = all ? jobs_kept(all, c->var[0], c->who.id, SLICE("simulate"), &hold) : NULL;
  if (!o) {
    api_fail(c, 404, "not_there", SLICE("there is no such work any more: results are kept for half an hour"));
    return;
  }
  if (day >= o->day_count)
    api_wrong(c, "day", SLICE("this is no number that fits here"));
  else
    put_day(c, o, (uint32_t)day, nth, (uint32_t)from, most);
  jobs_release(all, hold);
}
