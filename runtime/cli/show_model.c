/* The model of a policy's picture, made of the program and its prose. */
#include "lang/check/fields.h"
#include "lang/syntax/keyword.h"
#include "show.h"

typedef struct maker {
  arena *perm;
  const program *p;
  dun_lang lang;
} maker;

/* ---- rows ---- */

typedef struct row_list {
  show_row *v;
  uint32_t n, room;
  unsigned icons;
} row_list;

static void add_row(const maker *m, row_list *l, show_row row) {
  if (l->n == l->room) {
    l->room = l->room ? l->room * 2 : 16;
    show_row *more = ARENA_ARRAY(m->perm, l->room, show_row);
    if (l->n) memcpy(more, l->v, l->n * sizeof *more);
    l->v = more;
  }
  if (row.icon != SHOW_NO_ICON) l->icons |= 1u << row.icon;
  l->v[l->n++] = row;
}

static void add_action(const maker *m, row_list *l, const action *a, bool guarded) {
  int icon = a->way_count ? (int)a->ways[0].ch : SHOW_PEOPLE;
  add_row(m, l, (show_row){SHOW_ACTION, icon, guarded, prose_action(m->perm, m->p, a, m->lang)});
  for (uint32_t w = 1; w < a->way_count; w++) {
    slice way = prose_send(m->perm, m->p, &a->ways[w], m->lang);
    add_row(m, l, (show_row){SHOW_FALLBACK, (int)a->ways[w].ch, guarded, TEXTS(m->lang, m->perm, SHOW_OR_ELSE, way)});
  }
}

static void add_branch(const maker *m, row_list *l, const branch *b, bool first, bool alone) {
  bool asks = b->guard != NO_COND;
  slice says = asks ? prose_condition(m->perm, m->p, b->guard, m->lang) : SLICE("");
  if (first && asks)
    add_row(m, l, (show_row){SHOW_GUARD, SHOW_NO_ICON, false, TEXTS(m->lang, m->perm, SHOW_IF, says)});
  else if (!first)
    add_row(m, l,
            (show_row){SHOW_OTHERWISE, SHOW_NO_ICON, false,
                       asks ? TEXTS(m->lang, m->perm, SHOW_OTHERWISE_IF, says)
                            : slice_of(texts_word(m->lang, TXT_SHOW_OTHERWISE))});
  for (uint32_t i = 0; i < b->action_count; i++) add_action(m, l, &b->actions[i], asks || !alone);
}

static void add_lines(const maker *m, const lines *body, show_step *out) {
  row_list l = {0};
  for (uint32_t i = 0; i < body->count; i++) {
    const line *said = &body->v[i];
    for (uint32_t b = 0; b < said->branch_count; b++)
      add_branch(m, &l, &said->branches[b], b == 0, said->branch_count == 1);
  }
  out->row = l.v;
  out->rows = l.n;
  out->icons = l.icons;
}

/* ---- steps ---- */

static const kw UNIT_WORDS[UNIT_COUNT] = {[UNIT_DAY] = KW_UNIT_DAY,
                                          [UNIT_BUSINESS_DAY] = KW_UNIT_BUSINESS_DAY,
                                          [UNIT_WEEK] = KW_UNIT_WEEK,
                                          [UNIT_MONTH] = KW_UNIT_MONTH,
                                          [UNIT_YEAR] = KW_UNIT_YEAR};

static int32_t tenths(duration d) {
  static const int64_t LONG[UNIT_COUNT] = {10, 14, 70, 304, 3652};
  int64_t n = d.n * LONG[d.unit];
  return n > INT32_MAX / 4 ? INT32_MAX / 4 : n < INT32_MIN / 4 ? INT32_MIN / 4 : (int32_t)n;
}

static slice mark_of(const maker *m, duration d) {
  if (!d.n) return arena_printf(m->perm, "0%.*s", SLICE_ARG(kw_text(KW_UNIT_DAY, m->lang)));
  return arena_printf(m->perm, "%s%d%.*s", d.n < 0 ? "\u2212" : "", d.n < 0 ? -d.n : d.n,
                      SLICE_ARG(kw_text(UNIT_WORDS[d.unit], m->lang)));
}

static show_step step_of(const maker *m, const rung *r, uint32_t times, uint16_t anchor) {
  show_step s = {.times = times};
  slice when = prose_times(m->perm, m->p, r, times, anchor, m->lang);
  s.when = when;
  s.place = ARENA_ARRAY(m->perm, times, int32_t);
  s.mark = ARENA_ARRAY(m->perm, times, slice);
  for (uint32_t i = 0; i < times; i++) {
    duration steps = {r[i].off.step.n * r[i].off.times, r[i].off.step.unit};
    s.place[i] = tenths(r[i].off.base) + tenths(steps);
    s.mark[i] = mark_of(m, r[i].off.base);
    if (r[i].off.times)
      s.mark[i] = arena_printf(m->perm, "%.*s+%.*s", SLICE_ARG(s.mark[i]), SLICE_ARG(mark_of(m, steps)));
  }
  add_lines(m, &r->body, &s);
  return s;
}

static void add_rungs(const maker *m, const rung *v, uint32_t count, uint16_t anchor, show_track *t) {
  show_step *steps = ARENA_ARRAY(m->perm, count + 1, show_step);
  for (uint32_t i = 0; i < count;) {
    uint32_t times = prose_repeats(v, count, i);
    show_step s = step_of(m, &v[i], times, anchor);
    uint32_t at = t->steps++;
    for (; at && steps[at - 1].place[0] > s.place[0]; at--) steps[at] = steps[at - 1];
    steps[at] = s;
    i += times;
  }
  t->step = steps;
}

/* ---- tracks ---- */

static slice anchor_of(const maker *m, uint16_t anchor) {
  if (anchor == NO_USE) return slice_of(texts_word(m->lang, TXT_SHOW_DUE));
  uint16_t field = m->p->uses[anchor].field;
  return field < FIELD_COUNT ? slice_of(FIELDS[field].name[m->lang]) : m->p->custom[field - FIELD_COUNT].name;
}

static show_track ladder_track(const maker *m, uint32_t index) {
  const ladder *l = &m->p->ladders[index];
  show_track t = {.name = TEXTS(m->lang, m->perm, SHOW_LADDER, l->name), .anchor = anchor_of(m, l->anchor)};
  t.whom = prose_for_whom(m->perm, m->p, index, m->lang);
  prose_scope(m->perm, m->p, &l->own, true, m->lang, &t.held, &t.sent);
  add_rungs(m, l->rungs, l->rung_count, l->anchor, &t);
  return t;
}

static show_track when_track(const maker *m, const when_rule *w) {
  show_track t = {0};
  t.name =
      w->name.n ? TEXTS(m->lang, m->perm, SHOW_RULE, w->name) : slice_of(texts_word(m->lang, TXT_SHOW_RULE_UNNAMED));
  slice when = prose_when(m->perm, m->p, w, m->lang);
  if (!w->standing) {
    t.whom = when;
    t.anchor = anchor_of(m, NO_USE);
    add_rungs(m, w->rungs, w->rung_count, NO_USE, &t);
    return t;
  }
  show_step *s = ARENA_NEW(m->perm, show_step);
  s->when = when;
  add_lines(m, &w->body, s);
  t.step = s;
  t.steps = 1;
  return t;
}

static show_track every_track(const maker *m) {
  const program *p = m->p;
  show_track t = {.name = slice_of(texts_word(m->lang, TXT_SHOW_CALENDAR)), .steps = p->every_count};
  show_step *steps = ARENA_ARRAY(m->perm, p->every_count, show_step);
  for (uint32_t i = 0; i < p->every_count; i++) {
    steps[i].when = prose_every(m->perm, p, &p->everys[i], m->lang);
    add_lines(m, &p->everys[i].body, &steps[i]);
  }
  t.step = steps;
  return t;
}

static show_track event_track(const maker *m) {
  const program *p = m->p;
  show_track t = {.name = slice_of(texts_word(m->lang, TXT_SHOW_EVENTS)), .steps = p->on_count};
  show_step *steps = ARENA_ARRAY(m->perm, p->on_count, show_step);
  for (uint32_t i = 0; i < p->on_count; i++) {
    steps[i].when = prose_on(m->perm, p, &p->ons[i], m->lang);
    add_lines(m, &p->ons[i].body, &steps[i]);
  }
  t.step = steps;
  return t;
}

show_model show_model_of(arena *perm, const program *p, slice name, dun_lang lang) {
  maker m = {perm, p, lang};
  show_model out = {.lang = lang, .title = name};
  prose_scope(perm, p, &p->policy, false, lang, &out.held, &out.sent);
  show_track *tracks = ARENA_ARRAY(perm, p->ladder_count + p->when_count + 2, show_track);
  for (uint32_t i = 0; i < p->ladder_count; i++)
    if (!p->ladders[i].none) tracks[out.tracks++] = ladder_track(&m, i);
  for (uint32_t i = 0; i < p->when_count; i++) tracks[out.tracks++] = when_track(&m, &p->whens[i]);
  if (p->every_count) tracks[out.tracks++] = every_track(&m);
  if (p->on_count) tracks[out.tracks++] = event_track(&m);
  out.track = tracks;
  return out;
}
