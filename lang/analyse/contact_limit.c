/* See contact_limit.h. One invoice on one ladder, and every `when` beside it, from each due date of four years: the
 * days on which its messages leave (sends.h) are counted against the limit as runtime/engine/contact.c counts them. Two
 * messages about one invoice never join, so `together by customer` changes nothing here. Which of them one invoice can
 * get is asked of the solver: branches of one line exclude each other, ladders above take their invoices away.
 *
 * Invariant: of a line at most one branch is counted. */
#include "lang/analyse/contact_limit.h"

#include <stdlib.h>

#include "lang/analyse/sends.h"
#include "lang/analyse/solve.h"
#include "lang/base/text.h"
#include "lang/check/fields.h"
#include "lang/syntax/keyword.h"

enum { SENDS_MAX = 4000, COUNT_MAX = 64, ASKED_MAX = 256, SOLVES_MAX = 300, STEPS_MAX = 20000 };

typedef struct track_days {
  const send_track *t;
  const send *v;
  send_day *days;
  uint32_t n;
} track_days;

/* One ladder (or none) and the `when`s. */
typedef struct scene {
  arena *perm;
  const program *p;
  diags *d;
  send_calendar *cal;
  const send_track *ladder; /* NULL: the `when`s alone */
  track_days *tracks;       /* the ladder first */
  uint32_t track_count;
  const send_day **going; /* those that leave, in the order of leaving */
  uint32_t n, room;
  int32_t anchor;
  uint32_t solves; /* left for the whole policy */
} scene;

/* The search for messages that one invoice gets: `taken` of those before the one at hand. */
typedef struct meeting {
  scene *s;
  const limit *lim;
  bool of_ladder; /* the limit is the ladder's own */
  const send_day *taken[COUNT_MAX + 1];
  uint32_t n, steps;
} meeting;

/* ---- which count ---- */

static bool counts(const meeting *m, const send_day *over, const send_day *o) {
  const limit *l = m->lim;
  if (l->channels && !(l->channels >> o->what->way->ch & 1)) return false;
  if (l->per == PER_CHANNEL && o->what->way->ch != over->what->way->ch) return false;
  return !m->of_ladder || o->what->track == m->s->ladder;
}

/* The highest place first; at one place the ladder's, then the order of the file. */
static int by_leaving(const void *a, const void *b) {
  const send_day *x = *(const send_day *const *)a, *y = *(const send_day *const *)b;
  if (x->day != y->day) return x->day < y->day ? -1 : 1;
  if (x->place != y->place) return x->place > y->place ? -1 : 1;
  if (x->what->track != y->what->track) return x->what->track < y->what->track ? -1 : 1;
  return (x->what->order > y->what->order) - (x->what->order < y->what->order);
}

static void collect(scene *s, int32_t day) {
  s->n = 0;
  s->anchor = day;
  for (uint32_t k = 0; k < s->track_count; k++) {
    track_days *t = &s->tracks[k];
    int32_t anchor = sends_anchor(s->cal, t->t, day);
    sends_from(s->cal, t->t, t->v, t->n, anchor, t->days);
    for (uint32_t i = 0; i < t->n; i++)
      if (t->days[i].fate == SEND_GOES) s->going[s->n++] = &t->days[i];
  }
  /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
  qsort(s->going, s->n, sizeof *s->going, by_leaving);
}

/* ---- whether one invoice gets them all ---- */

typedef struct questions {
  solve_asked v[ASKED_MAX];
  uint32_t n;
  bool guarded, full;
} questions;

static void ask(questions *q, const program *p, uint32_t id, unsigned want) {
  if (id == NO_COND) return;
  for (uint32_t i = 0; i < q->n; i++)
    if (q->v[i].cond == id && q->v[i].want == want) return;
  if (q->n == ASKED_MAX)
    q->full = true;
  else
    q->v[q->n++] = (solve_asked){.p = p, .cond = id, .want = want};
}

static void ask_ladder(questions *q, const scene *s) {
  for (uint32_t i = 0; i < s->ladder->ladder; i++)
    if (s->p->ladders[i].of == s->ladder->of) {
      if (s->p->ladders[i].where == NO_COND) q->full = true; /* it takes all that come to it */
      ask(q, s->p, s->p->ladders[i].where, SOLVE_NOT_TRUE);
      q->guarded = true;
    }
  ask(q, s->p, s->ladder->cond, SOLVE_TRUE);
}

static void ask_branch(questions *q, const program *p, const send *what) {
  for (uint32_t b = 0; b <= what->branch; b++) {
    uint32_t guard = what->in->branches[b].guard;
    ask(q, p, guard, b < what->branch ? SOLVE_FALSE : SOLVE_TRUE);
    q->guarded |= guard != NO_COND;
  }
}

static bool possible(meeting *m, const send_day *over) {
  scene *s = m->s;
  questions *q = ARENA_NEW(s->perm, questions);
  bool on_ladder = false;
  ask(q, s->p, SOLVE_DUNNED, SOLVE_TRUE);
  for (uint32_t i = 0; i <= m->n; i++) {
    const send *what = i < m->n ? m->taken[i]->what : over->what;
    on_ladder |= what->track == s->ladder;
    if (what->track != s->ladder) {
      ask(q, s->p, what->track->cond, SOLVE_TRUE);
      q->guarded |= what->track->cond != NO_COND;
    }
    ask_branch(q, s->p, what);
  }
  if (s->ladder && !on_ladder) return false; /* said of the `when`s alone */
  if (on_ladder) ask_ladder(q, s);
  if (q->full || s->solves == 0) return false;
  s->solves--;
  solve_verdict v = solve(s->perm, q->v, q->n, NULL);
  return v == SOLVE_FOUND || (v == SOLVE_NOT_ANALYSED && !q->guarded); /* a ladder's `where` takes some */
}

static bool excludes(const send *a, const send *b) {
  return a->in == b->in && a->at == b->at && a->branch != b->branch;
}

static bool fits(const meeting *m, const send_day *over, const send_day *o) {
  if (excludes(o->what, over->what)) return false;
  for (uint32_t i = 0; i < m->n; i++)
    if (excludes(o->what, m->taken[i]->what)) return false;
  return true;
}

/* Takes messages from `going[from - 1]` downwards, the nearest first, until the limit is full. */
static bool fill(meeting *m, const send_day *over, uint32_t from) {
  if (m->n == m->lim->count) return possible(m, over);
  for (uint32_t i = from; i-- > 0;) {
    const send_day *o = m->s->going[i];
    if (o->day <= over->day - (int32_t)m->lim->days || m->steps-- == 0) return false;
    if (!counts(m, over, o) || !fits(m, over, o)) continue;
    m->taken[m->n++] = o;
    if (fill(m, over, i)) return true;
    m->n--;
  }
  return false;
}

/* ---- what is said ---- */

static void name_rungs(const meeting *m, const send_day *over, text *t) {
  const scene *s = m->s;
  const send_track *track = NULL;
  for (uint32_t i = m->n + 1; i-- > 0;) { /* taken from the last to the first */
    const send *what = i ? m->taken[i - 1]->what : over->what;
    const send *before = i < m->n ? m->taken[i]->what : NULL;
    if (before && before->at == what->at) continue;
    if (t->n) text_cstr(t, ", ");
    slice name = what->track->name.n ? what->track->name : kw_text(KW_WHEN, s->p->lang);
    if (what->track != track) text_printf(t, "%.*s ", SLICE_ARG(name));
    track = what->track;
    text_add(t, send_rung_words(s->perm, what->at, s->p->lang));
    uint32_t same = 1;
    for (uint32_t k = i; k-- > 0;) same += (k ? m->taken[k - 1]->what : over->what)->at == what->at;
    if (same > 1) text_printf(t, " × %u", same);
  }
}

static void name_day(text *t, int32_t day) {
  char iso[DATE_TEXT_MAX];
  text_add(t, (slice){iso, date_iso((civil_date){day}, iso)});
}

static slice name_days(const meeting *m, const send_day *over) {
  const scene *s = m->s;
  text t = text_new(s->perm);
  bool from_due = over->what->track->from_due;
  if (from_due) text_printf(&t, "%s ", FIELDS[FIELD_INVOICE_DUE].name[s->p->lang]);
  name_day(&t, s->anchor);
  text_cstr(&t, ":");
  for (uint32_t i = m->n; i-- > 0;) {
    text_cstr(&t, i + 1 == m->n ? " " : ", ");
    name_day(&t, m->taken[i]->day);
  }
  text_cstr(&t, ", ");
  name_day(&t, over->day);
  return text_slice(&t);
}

/* The first open day on which the limit lets it through again. */
static int32_t waits_until(const meeting *m, const send_day *over) {
  for (int32_t day = over->day + 1; day < INT32_MAX; day++) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->n; i++) n += m->taken[i]->day > day - (int32_t)m->lim->days;
    if (n < m->lim->count) return sends_opening(m->s->cal, over->what, day);
  }
  return INT32_MAX;
}

static slice outcome(const meeting *m, const send_day *over) {
  static const char *const WAITS[LANG_COUNT] = {"it waits until %.*s", "espera até %.*s", "espera hasta %.*s"};
  static const char *const DROPPED[LANG_COUNT] = {"it is dropped: `%.*s` comes first, on %.*s",
                                                  "cai: `%.*s` chega antes, em %.*s",
                                                  "se descarta: `%.*s` llega antes, el %.*s"};
  static const char *const LATE[LANG_COUNT] = {"it is dropped: after the date that it comes before it does not go",
                                               "cai: depois da data que ela antecede, não sai",
                                               "se descarta: después de la fecha a la que antecede no sale"};
  const scene *s = m->s;
  int32_t day = waits_until(m, over);
  if (over->place < 0 && day > s->anchor) return slice_of(LATE[s->p->lang]);
  text t = text_new(s->perm);
  name_day(&t, day >= over->until ? over->until : day);
  slice on = text_slice(&t);
  if (day < over->until) return arena_printf(s->perm, WAITS[s->p->lang], SLICE_ARG(on));
  slice by = send_rung_words(s->perm, over->by, s->p->lang);
  return arena_printf(s->perm, DROPPED[s->p->lang], SLICE_ARG(by), SLICE_ARG(on));
}

static void say(const meeting *m, const send_day *over) {
  const scene *s = m->s;
  text rungs = text_new(s->perm);
  name_rungs(m, over, &rungs);
  span at = m->lim->at;
  slice args[] = {text_slice(&rungs), {s->p->sources[at.file].text.p + at.from, at.to - at.from}, name_days(m, over)};
  diag_add(s->d, DIAG_W0065, over->what->way->at, outcome(m, over), 3, args);
}

/* ---- the search ---- */

/* Whether the limit is met from this due date; it is said of the first message over it. */
static bool meets(scene *s, const limit *lim, bool of_ladder) {
  for (uint32_t i = lim->count; i < s->n; i++) {
    meeting m = {.s = s, .lim = lim, .of_ladder = of_ladder, .steps = STEPS_MAX};
    if (!counts(&m, s->going[i], s->going[i]) || !fill(&m, s->going[i], i)) continue;
    say(&m, s->going[i]);
    return true;
  }
  return false;
}

/* The limits of one list that are not met yet; how many are left. */
static uint32_t look_at(scene *s, const limit_list *l, bool of_ladder, bool *met) {
  uint32_t left = 0;
  for (uint32_t k = 0; k < l->count; k++) {
    met[k] = met[k] || l->v[k].count > COUNT_MAX || meets(s, &l->v[k], of_ladder);
    left += !met[k];
  }
  return left;
}

static void add_track(scene *s, const send_track *t) {
  track_days *d = &s->tracks[s->track_count];
  d->t = t;
  d->n = sends_of(s->perm, s->p, t, &d->v);
  if (d->n == 0) return;
  d->days = ARENA_ARRAY(s->perm, d->n + 1, send_day);
  s->room += d->n;
  s->track_count++;
}

/* The tracks of one scene: a ladder of invoices, or none, and the `when`s of invoices. */
static void look_at_scene(scene *s, const send_track *tracks, uint32_t n, const send_track *of_ladder) {
  s->ladder = of_ladder;
  s->track_count = s->room = 0;
  if (of_ladder) add_track(s, of_ladder);
  if (of_ladder && s->track_count == 0) return; /* it sends nothing: the `when`s are a scene of their own */
  for (uint32_t i = 0; i < n; i++)
    if (tracks[i].ladder == UINT32_MAX && tracks[i].of == (of_ladder ? of_ladder->of : ENT_INVOICE))
      add_track(s, &tracks[i]);
  if (s->room == 0) return;
  s->going = ARENA_ARRAY(s->perm, s->room + 1, const send_day *);
  static const limit_list NONE = {NULL, 0};
  const limit_list *all = &s->p->policy.limits, *own = of_ladder ? &of_ladder->own->limits : &NONE;
  bool *met = ARENA_ARRAY(s->perm, all->count + own->count + 1, bool);
  for (uint32_t a = 0, n_anchors = sends_anchors(s->p), left = 1; a < n_anchors && left; a++) {
    collect(s, ANCHOR_FIRST + (int32_t)a);
    left = look_at(s, all, false, met) + look_at(s, own, true, met + all->count);
  }
}

void analyse_contact_limit(arena *perm, const program *p, diags *d) {
  const send_track *tracks;
  uint32_t n = sends_tracks(perm, p, &tracks), sends = 0, limits = p->policy.limits.count;
  for (uint32_t i = 0; i < n; i++) {
    const send *v;
    sends += sends_of(perm, p, &tracks[i], &v);
    if (tracks[i].own) limits += tracks[i].own->limits.count;
  }
  if (limits == 0 || sends > SENDS_MAX) return;
  scene s = {.perm = perm, .p = p, .d = d, .cal = sends_calendar(perm, p), .solves = SOLVES_MAX};
  s.tracks = ARENA_ARRAY(perm, n + 1, track_days);
  look_at_scene(&s, tracks, n, NULL);
  for (uint32_t i = 0; i < n; i++)
    if (tracks[i].ladder != UINT32_MAX) look_at_scene(&s, tracks, n, &tracks[i]);
}
