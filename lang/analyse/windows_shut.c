/* See windows_shut.h. Every due date of four years is tried; a message that leaves from one of them is fine. A window
 * `for C` is looked at by itself, where some invoice of the ladder can have it. */
#include "lang/analyse/windows_shut.h"

#include "lang/analyse/sends.h"
#include "lang/analyse/solve.h"

typedef struct shut {
  arena *perm;
  const program *p;
  diags *d;
  send_calendar *cal;
} shut;

static slice reason(const shut *s, const send_day *at, uint32_t only) {
  static const char *const NONE[LANG_COUNT] = {"the hours never open", "o horário nunca abre", "el horario nunca abre"};
  static const char *const AFTER[LANG_COUNT] = {
      "the hours open only after the date that the rung comes before",
      "o horário só abre depois da data que o degrau antecede",
      "el horario solo abre después de la fecha a la que el peldaño antecede"};
  static const char *const OVERTAKEN[LANG_COUNT] = {"before the hours open, `%.*s` takes its place",
                                                    "antes que o horário abra, `%.*s` toma o seu lugar",
                                                    "antes de que el horario abra, `%.*s` toma su lugar"};
  static const char *const FOR[LANG_COUNT] = {"%.*s, where the window for `%.*s` applies",
                                              "%.*s, onde vale o horário para `%.*s`",
                                              "%.*s, donde rige el horario para `%.*s`"};
  dun_lang lang = s->p->lang;
  slice why = at->fate == SEND_NO_OPENING ? slice_of(NONE[lang])
              : at->fate == SEND_AFTER_ANCHOR
                  ? slice_of(AFTER[lang])
                  : arena_printf(s->perm, OVERTAKEN[lang], SLICE_ARG(send_rung_words(s->perm, at->by, lang)));
  if (only == NO_COND) return why;
  span c = s->p->conds[only].at;
  slice written = {s->p->sources[c.file].text.p + c.from, c.to - c.from};
  return arena_printf(s->perm, FOR[lang], SLICE_ARG(why), SLICE_ARG(written));
}

static void say(const shut *s, const send_day *at, uint32_t only) {
  slice args[] = {slice_of(CHANNELS[at->what->way->ch]), send_rung_words(s->perm, at->what->at, s->p->lang)};
  diag_add(s->d, DIAG_W0066, at->what->way->at, reason(s, at, only), 2, args);
}

/* What never leaves under one condition's windows. `reported`: those that were said before. */
static void look(shut *s, const send_track *t, const send *v, uint32_t n, uint32_t only, bool *reported) {
  send_day *days = ARENA_ARRAY(s->perm, n + 1, send_day), *last = ARENA_ARRAY(s->perm, n + 1, send_day);
  bool *goes = ARENA_ARRAY(s->perm, n + 1, bool);
  uint32_t left = n;
  sends_look(s->cal, only);
  for (uint32_t a = 0, all = sends_anchors(s->p); a < all && left; a++) {
    sends_from(s->cal, t, v, n, sends_anchor(s->cal, t, ANCHOR_FIRST + (int32_t)a), days);
    for (uint32_t i = 0; i < n; i++) {
      left -= !goes[i] && days[i].fate == SEND_GOES;
      goes[i] |= days[i].fate == SEND_GOES;
      if (a == 0 || days[i].fate > last[i].fate) last[i] = days[i];
    }
  }
  for (uint32_t i = 0; i < n; i++) {
    if (goes[i] || reported[i]) continue;
    reported[i] = true;
    say(s, &last[i], only);
  }
}

/* Whether an invoice of the track can have the window; undecided it applies too. */
static bool can_hold(const shut *s, const send_track *t, uint32_t only) {
  if (s->p->conds[only].of != t->of) return false;
  uint32_t n = 2, above = t->ladder == UINT32_MAX ? 0 : t->ladder;
  solve_asked *asked = ARENA_ARRAY(s->perm, above + n, solve_asked);
  asked[0] = (solve_asked){.p = s->p, .cond = only, .want = SOLVE_NOT_FALSE};
  asked[1] = (solve_asked){.p = s->p, .cond = t->cond, .want = SOLVE_TRUE};
  for (uint32_t i = 0; i < above; i++)
    if (s->p->ladders[i].of == t->of)
      asked[n++] = (solve_asked){.p = s->p, .cond = s->p->ladders[i].where, .want = SOLVE_NOT_TRUE};
  return solve(s->perm, asked, n, NULL) == SOLVE_FOUND;
}

static bool seen_before(const window_list *l, uint32_t i) {
  for (uint32_t k = 0; k < i; k++)
    if (l->v[k].cond == l->v[i].cond) return true;
  return false;
}

static void look_at_track(shut *s, const send_track *t) {
  const window_list *lists[] = {&s->p->policy.windows, t->own ? &t->own->windows : NULL};
  uint32_t windows = lists[0]->count + (lists[1] ? lists[1]->count : 0);
  const send *v;
  uint32_t n = sends_of(s->perm, s->p, t, &v);
  if (n == 0 || windows == 0) return;
  bool *reported = ARENA_ARRAY(s->perm, n + 1, bool);
  look(s, t, v, n, NO_COND, reported);
  for (int k = 0; k < 2; k++)
    for (uint32_t i = 0; lists[k] && i < lists[k]->count; i++) {
      uint32_t only = lists[k]->v[i].cond;
      if (only != NO_COND && !seen_before(lists[k], i) && can_hold(s, t, only)) look(s, t, v, n, only, reported);
    }
}

void analyse_windows_shut(arena *perm, const program *p, diags *d) {
  const send_track *tracks;
  uint32_t n = sends_tracks(perm, p, &tracks);
  shut s = {.perm = perm, .p = p, .d = d, .cal = sends_calendar(perm, p)};
  for (uint32_t i = 0; i < n; i++) look_at_track(&s, &tracks[i]);
}
