/* See metrics_report.h: what went out, came in and was worked on, by day, channel and person. */
#include "metrics_report.h"
#include "runtime/store/measure.h"

typedef struct day_counts {
  int64_t sent, failed, unsent, replies, opened, closed;
} day_counts;

typedef struct state_count {
  slice channel, state;
  bool sent;
  int64_t n;
} state_count;

enum { STATES_MAX = 256 };
typedef struct counting {
  metrics_result *r;
  int32_t from;
  day_counts *days;
  int64_t totals[MEASURE_WHATS];
  state_count states[STATES_MAX];
  uint32_t state_count;
} counting;

static void add_state(counting *c, slice by, slice state, bool sent, int64_t n) {
  for (uint32_t i = 0; i < c->state_count; i++) {
    state_count *x = &c->states[i];
    if (x->sent == sent && slice_eq(x->channel, by) && slice_eq(x->state, state)) {
      x->n += n;
      return;
    }
  }
  if (c->state_count == STATES_MAX) return; /* there are fewer channels times states */
  c->states[c->state_count++] = (state_count){arena_slice(c->r->perm, by), arena_slice(c->r->perm, state), sent, n};
}

static bool went(slice state) {
  return slice_eq(state, SLICE("accepted")) || slice_eq(state, SLICE("delivered")) || slice_eq(state, SLICE("read")) ||
         slice_eq(state, SLICE("replied"));
}

static void count(void *self, measure_what what, int32_t day, slice one, slice two, int64_t n) {
  counting *c = self;
  day_counts *d = &c->days[day - c->from];
  c->totals[what] += n;
  switch (what) {
  case MEASURE_SENT:
    *(went(two) ? &d->sent : &d->failed) += n;
    add_state(c, one, two, true, n);
    return;
  case MEASURE_UNSENT:
    d->unsent += n;
    add_state(c, one, two, false, n);
    return;
  case MEASURE_OPENED: d->opened += n; return;
  case MEASURE_CLOSED: d->closed += n; return;
  case MEASURE_REPLIES: d->replies += n; return;
  case MEASURE_WHATS: return;
  }
}

static store_code count_all(store *s, civil_date from, civil_date to, metrics_result *r, counting *out) {
  *out = (counting){.r = r, .from = from.day};
  out->days = ARENA_ARRAY(r->perm, (size_t)(to.day - from.day) + 1, day_counts);
  store_code code = STORE_OK;
  for (int what = 0; what < MEASURE_WHATS && code == STORE_OK; what++)
    code = measure_count(s, (measure_what)what, from.day, to.day, count, out);
  return code;
}

/* ---- tables ---- */

static const metrics_column DAYS[] = {{"day", "day", METRICS_DATE},
                                      {"sent", "sent", METRICS_COUNT},
                                      {"not_arrived", "tried, not arrived", METRICS_COUNT},
                                      {"not_sent", "not sent", METRICS_COUNT},
                                      {"replies", "replies", METRICS_COUNT},
                                      {"cards_opened", "cards opened", METRICS_COUNT},
                                      {"cards_closed", "cards closed", METRICS_COUNT}};

static void put_days(const counting *c, const metrics_asked *a, metrics_result *r) {
  static const char *const LISTS[] = {"", "sent", "sent", "unsent", "replies", "opened", "closed"};
  enum { N = sizeof DAYS / sizeof *DAYS };
  metrics_table *t = metrics_add_table(r, "days", "Day by day", DAYS, N);
  t->chart = "bar";
  for (int32_t day = a->from.day; day <= a->to.day; day++) {
    slice *rows;
    const day_counts *d = &c->days[day - a->from.day];
    const int64_t values[N] = {0, d->sent, d->failed, d->unsent, d->replies, d->opened, d->closed};
    bool any = false;
    for (size_t i = 1; i < N; i++) any |= values[i] != 0;
    if (!any) continue;
    metrics_value *v = metrics_add_row(r, t, &rows);
    v[0] = metrics_day(day);
    for (size_t i = 1; i < N; i++) {
      v[i] = metrics_count_of(values[i]);
      if (values[i]) rows[i] = arena_printf(r->perm, "list=%s&from=%d&to=%d", LISTS[i], day, day);
    }
  }
}

static void put_states(const counting *c, metrics_result *r) {
  const metrics_column columns[] = {
      {"channel", "channel", METRICS_SAID}, {"state", "state", METRICS_SAID}, {"messages", "messages", METRICS_COUNT}};
  metrics_table *t = metrics_add_table(r, "states", "Messages by channel and state", columns, 3);
  for (uint32_t i = 0; i < c->state_count; i++) {
    const state_count *x = &c->states[i];
    slice *rows;
    metrics_value *v = metrics_add_row(r, t, &rows);
    v[0] = metrics_word(x->channel);
    v[1] = (metrics_value){.kind = METRICS_SAID, .known = true, .text = x->state};
    v[2] = metrics_count_of(x->n);
    rows[2] = arena_printf(r->perm, "list=%s&one=%.*s&two=%.*s", x->sent ? "sent" : "unsent", SLICE_ARG(x->channel),
                           SLICE_ARG(x->state));
  }
}

typedef struct naming {
  metrics_result *r;
  metrics_table *t;
} naming;

static void add_person(void *self, slice actor, slice kind, int64_t n) {
  naming *p = self;
  slice *rows, who = arena_slice(p->r->perm, actor), what = arena_slice(p->r->perm, kind);
  metrics_value *v = metrics_add_row(p->r, p->t, &rows);
  v[0] = metrics_word(who);
  v[1] = (metrics_value){.kind = METRICS_SAID, .known = true, .text = what};
  v[2] = metrics_count_of(n);
  rows[2] = arena_printf(p->r->perm, "list=people&one=%.*s&two=%.*s", SLICE_ARG(metrics_escaped(who, p->r->perm)),
                         SLICE_ARG(metrics_escaped(what, p->r->perm)));
}

static store_code put_people(store *s, const metrics_asked *a, metrics_result *r) {
  const metrics_column columns[] = {
      {"who", "who", METRICS_TEXT}, {"what", "what", METRICS_SAID}, {"times", "times", METRICS_COUNT}};
  naming p = {r, metrics_add_table(r, "people", "By person, from the audit log", columns, 3)};
  return measure_people(s, metrics_begins(a, a->from), metrics_begins(a, date_add_days(a->to, 1)), add_person, &p);
}

store_code metrics_make_activity(const books *b, store *s, const metrics_asked *a, metrics_result *r) {
  (void)b;
  counting *now = ARENA_NEW(r->perm, counting), *before = ARENA_NEW(r->perm, counting);
  store_code code = count_all(s, a->from, a->to, r, now);
  if (code == STORE_OK) code = count_all(s, r->before_from, r->before_to, r, before);
  if (code != STORE_OK) return code;
  static const struct {
    const char *name, *title, *how, *list;
    measure_what what;
  } FIGURES[] = {
      {"messages_sent", "messages sent", "messages to customers that a provider was called for", "sent", MEASURE_SENT},
      {"messages_not_sent", "messages not sent", "decided, and held, dropped or waiting", "unsent", MEASURE_UNSENT},
      {"replies", "replies", "from customers, by the day on which they came", "replies", MEASURE_REPLIES},
      {"cards_opened", "cards opened", "on the board", "opened", MEASURE_OPENED},
      {"cards_closed", "cards closed", "on the board", "closed", MEASURE_CLOSED}};
  for (size_t i = 0; i < sizeof FIGURES / sizeof *FIGURES; i++) {
    metrics_figure *f = metrics_add_figure(r, FIGURES[i].name, FIGURES[i].title, FIGURES[i].how, CURRENCY_NONE);
    f->now = metrics_count_of(now->totals[FIGURES[i].what]);
    f->before = metrics_count_of(before->totals[FIGURES[i].what]);
    f->rows = arena_printf(r->perm, "list=%s", FIGURES[i].list);
  }
  put_days(now, a, r);
  put_states(now, r);
  return a->people ? put_people(s, a, r) : STORE_OK;
}
