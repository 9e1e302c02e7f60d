/* See explain.h. The questions in the decider's order, the verdict, and what comes of it. */
#include "action_text.h"
#include "explain_parts.h"
#include "lang/base/text.h"

enum { AHEAD_DAYS = 731 };

/* ---- the list of questions ---- */

static void put(explaining *x, explanation e) {
  if (x->n == x->cap) {
    uint32_t cap = x->cap ? x->cap * 2 : 32;
    explanation *v = ARENA_ARRAY(x->perm, cap, explanation);
    if (x->n) memcpy(v, x->v, x->n * sizeof *v);
    x->v = v;
    x->cap = cap;
  }
  x->v[x->n++] = e;
}

void explain_say(explaining *x, slice question, slice answer, slice because) {
  put(x, (explanation){question, answer, because, false});
}

slice explain_day(arena *perm, int32_t day) {
  char buffer[DATE_TEXT_MAX];
  return arena_slice(perm, (slice){buffer, date_iso((civil_date){day}, buffer)});
}

slice explain_money(arena *perm, int64_t minor, currency cur) {
  char amount[MONEY_TEXT_MAX];
  return arena_printf(perm, "%.*s %s", (int)money_plain((money){minor, cur}, amount), amount, currency_code(cur));
}

slice explain_yes(bool yes) { return yes ? SLICE("yes") : SLICE("no"); }
static slice tri_word(tri t) { return t == TRI_UNDECIDED ? SLICE("undecided") : explain_yes(t == TRI_YES); }

void explain_note_cond(explaining *x, uint32_t id) {
  for (uint32_t i = 0; i < x->cond_count; i++)
    if (x->conds[i] == id) return;
  x->conds[x->cond_count++] = id;
}

static void say_terms(explaining *x, const term *t) {
  if (!t->a) {
    put(x, (explanation){source_words(x->e->p, t->e->at, x->perm), tri_word(t->says), term_values(&x->terms, t), true});
    return;
  }
  say_terms(x, t->a);
  if (t->b) say_terms(x, t->b);
}

tri explain_ask(explaining *x, slice words, uint32_t id) {
  const term *t = x->terms.of_cond[id];
  if (!t) return TRI_NO; /* the same sentence, said of contracts or customers */
  explain_note_cond(x, id);
  tri says = engine_cond(x->e, id, x->row);
  explain_say(x, words, tri_word(says), t->a ? (slice){0} : term_values(&x->terms, t));
  if (t->a) say_terms(x, t);
  return says;
}

slice explain_sentence(explaining *x, const char *words, uint32_t id) {
  return arena_printf(x->perm, "%s %.*s", words, SLICE_ARG(source_words(x->e->p, x->e->p->conds[id].at, x->perm)));
}

/* ---- ladders and rules ---- */

static void ladders(explaining *x) {
  bool any = false;
  x->ladder = engine_ladder(x->e, ENT_INVOICE, x->row, false);
  for (uint32_t k = 0; k < x->e->p->ladder_count; k++) {
    const ladder *d = &x->e->p->ladders[k];
    if (d->of != ENT_INVOICE) continue;
    any = true;
    slice name = d->none ? SLICE("no ladder") : arena_printf(x->perm, "ladder %.*s", SLICE_ARG(d->name));
    tri t = TRI_YES;
    if (d->where == NO_COND)
      explain_say(x, name, SLICE("yes"), SLICE("it takes every invoice"));
    else
      t = explain_ask(x, name, d->where);
    if (t == TRI_YES) return;
  }
  if (any) explain_say(x, SLICE("ladder"), SLICE("none"), SLICE("no ladder's condition holds for it"));
}

static slice rung_words(explaining *x, rung_times r, int32_t i) {
  return arena_printf(x->perm, "rung %.*s", SLICE_ARG(timelines_written(x->e->tl, r.v[i].written)));
}

/* Position, the current rung and the next one on a track. */
static void rungs(explaining *x, uint32_t track_id, uint32_t list_id, int32_t anchor) {
  engine *e = x->e;
  rung_times r = timeline_at(e->tl, list_id, anchor);
  int32_t at = timeline_current(r, e->today), pos = e->h->tracks[track_id].pos[x->row];
  explain_say(x, SLICE("counted from"), explain_day(x->perm, anchor),
              arena_printf(x->perm, "today is day %d", e->today - anchor));
  explain_say(x, SLICE("climbed so far"),
              pos == PLACE_NONE ? SLICE("nothing") : arena_printf(x->perm, "up to day %d", pos), (slice){0});
  if (at < 0) {
    explain_say(x, SLICE("current rung"), SLICE("none yet"), (slice){0});
  } else {
    bool early = r.v[at].place < 0 && e->today > anchor;
    slice because = r.v[at].place <= pos ? SLICE("climbed already: it is not done twice")
                    : early              ? SLICE("a rung before the anchor date never fires after it")
                            : arena_printf(x->perm, "since %.*s", SLICE_ARG(explain_day(x->perm, r.v[at].day)));
    explain_say(x, rung_words(x, r, at), r.v[at].place > pos && !early ? SLICE("current") : SLICE("nothing left"),
                because);
  }
  if (at + 1 < (int32_t)r.n)
    explain_say(x, rung_words(x, r, at + 1), SLICE("next"),
                arena_printf(x->perm, "on %.*s", SLICE_ARG(explain_day(x->perm, r.v[at + 1].day))));
}

static void guards(explaining *x, const lines *body) {
  for (uint32_t i = 0; i < body->count; i++)
    for (uint32_t b = 0; b < body->v[i].branch_count; b++) {
      uint32_t g = body->v[i].branches[b].guard;
      if (g != NO_COND && explain_ask(x, explain_sentence(x, "if", g), g) == TRI_YES) break;
    }
}

static void own_ladder(explaining *x) {
  if (x->ladder == NO_LADDER) return;
  const ladder *d = &x->e->p->ladders[x->ladder];
  explain_ask_holds(x, &d->own);
  int32_t anchor = engine_anchor(x->e, d, x->row);
  if (anchor == DATE_NONE_DAY) {
    explain_say(x, SLICE("counted from"), SLICE("nothing"), SLICE("the date that this ladder counts from is missing"));
    return;
  }
  rungs(x, TRACK_INVOICES, timelines_ladder(x->ladder), anchor);
  rung_times r = timeline_at(x->e->tl, timelines_ladder(x->ladder), anchor);
  int32_t at = timeline_current(r, x->e->today);
  for (int32_t i = at; i >= 0 && r.v[i].place == r.v[at].place; i--)
    if (r.v[i].place > x->e->h->tracks[TRACK_INVOICES].pos[x->row]) guards(x, &d->rungs[r.v[i].rung].body);
}

static void whens(explaining *x) {
  for (uint32_t k = 0; k < x->e->p->when_count; k++) {
    const when_rule *w = &x->e->p->whens[k];
    if (w->of != ENT_INVOICE) continue;
    const char *head = w->name.n ? arena_printf(x->perm, "rule %.*s: when", SLICE_ARG(w->name)).p : "when";
    tri t = explain_ask(x, explain_sentence(x, head, w->full), w->full);
    const track *tr = &x->e->h->tracks[track_of_when(k)];
    if (w->standing) {
      if (t == TRI_YES && tr->disarmed[x->row])
        explain_say(x, SLICE("armed"), SLICE("no"),
                    arena_printf(x->perm, "it fired on %.*s and waits until its condition is no longer true",
                                 SLICE_ARG(explain_day(x->perm, tr->fired[x->row]))));
      if (t == TRI_YES) guards(x, &w->body);
    } else if (t == TRI_YES) {
      rungs(x, track_of_when(k), timelines_when(x->e->p, k), (int32_t)fact_int(x->e->f, FIELD_INVOICE_DUE, x->row));
    }
  }
}

static void everys(explaining *x) {
  for (uint32_t k = 0; k < x->e->p->every_count; k++) {
    const every_rule *r = &x->e->p->everys[k];
    if (r->of == ENT_INVOICE && r->where != NO_COND) (void)explain_ask(x, r->header, r->where);
  }
}

/* What else was asked for hangs on: its ladder and those before it, its holds, its guards. */
static void ask_targets(explaining *x) {
  for (uint32_t i = 0; i < x->step_count; i++) {
    const explain_step *s = &x->steps[i];
    if (!s->asked) continue;
    uint32_t last = s->section == SECTION_LADDER ? s->index + 1 : 0;
    for (uint32_t k = 0; k < last; k++)
      if (x->e->p->ladders[k].of == ENT_INVOICE && x->e->p->ladders[k].where != NO_COND)
        explain_note_cond(x, x->e->p->ladders[k].where);
    if (s->section == SECTION_LADDER) {
      const scope *own = &x->e->p->ladders[s->index].own;
      for (uint32_t k = 0; k < own->holds.count; k++) explain_note_cond(x, own->holds.v[k]);
      for (uint32_t k = 0; k < own->asks.count; k++) explain_note_cond(x, own->asks.v[k]);
    }
    for (uint32_t l = 0; s->r && l < s->r->body.count; l++)
      for (uint32_t b = 0; b < s->r->body.v[l].branch_count; b++)
        if (s->r->body.v[l].branches[b].guard != NO_COND) explain_note_cond(x, s->r->body.v[l].branches[b].guard);
  }
}

/* ---- the verdict ---- */

static const decision **pick(const explaining *x, const decision *v, uint32_t n, uint32_t *count) {
  const decision **out = ARENA_ARRAY(x->perm, n + 1, const decision *);
  *count = 0;
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < v[i].subject_count; k++)
      if (v[i].subjects[k].of == ENT_INVOICE && v[i].subjects[k].row == x->row) {
        out[(*count)++] = &v[i];
        break;
      }
  return out;
}

static void why(explaining *x, explain *out, slice words) {
  for (uint32_t i = 0; i < out->why_count; i++)
    if (slice_eq(out->why[i], words)) return;
  if (words.n) out->why[out->why_count++] = words;
  (void)x;
}

static const explain_step *step_of(const explaining *x, const decision *d) {
  for (uint32_t i = 0; i < x->step_count; i++)
    if (x->steps[i].act == d->act && x->steps[i].block == BLOCK_NONE) return &x->steps[i]; /* one place of a repeat */
  return NULL;
}

/* Among its own steps the one that says most: of the current rung, else of the next. */
static const explain_step *telling(const explaining *x) {
  const explain_step *found = NULL;
  static const explain_block ORDER[] = {BLOCK_GUARD,    BLOCK_DONE,    BLOCK_HELD,    BLOCK_NO_ANCHOR, BLOCK_STOPPED,
                                        BLOCK_DISARMED, BLOCK_NOT_YET, BLOCK_CLIMBED, BLOCK_PASSED};
  for (size_t k = 0; k < sizeof ORDER / sizeof *ORDER && !found; k++)
    for (uint32_t i = 0; i < x->step_count && !found; i++) {
      const explain_step *s = &x->steps[i];
      if (s->block == ORDER[k] && (s->section != SECTION_LADDER || s->index == x->ladder)) found = s;
    }
  return found;
}

/* What was climbed last, where nothing is left of the rung at hand. */
static const explain_step *last_climbed(const explaining *x) {
  const explain_step *last = NULL;
  for (uint32_t i = 0; i < x->step_count; i++) {
    const explain_step *s = &x->steps[i];
    if (s->block == BLOCK_CLIMBED && s->section == SECTION_LADDER && s->index == x->ladder &&
        (!last || s->day > last->day))
      last = s;
  }
  return last;
}

static slice nothing_because(explaining *x, explain *out) {
  if (x->all_count) {
    for (uint32_t i = 1; i < x->all_count; i++) why(x, out, x->all[i].why);
    return x->all[0].why;
  }
  const explain_step *s = telling(x);
  bool ladders_here = false;
  for (uint32_t k = 0; k < x->e->p->ladder_count; k++) ladders_here |= x->e->p->ladders[k].of == ENT_INVOICE;
  if (ladders_here && x->ladder == NO_LADDER) {
    for (uint32_t i = 0; i < x->step_count; i++)
      if (x->steps[i].block == BLOCK_OTHER_LADDER) why(x, out, x->steps[i].why);
    return SLICE("no ladder takes it");
  }
  if (!s) return SLICE("no rung or rule of it is due");
  if (s->block == BLOCK_NOT_YET) {
    const explain_step *last = last_climbed(x);
    if (last) why(x, out, arena_printf(x->perm, "%.*s: %.*s", SLICE_ARG(last->place), SLICE_ARG(last->why)));
    return arena_printf(x->perm, "the next is %.*s, and %.*s", SLICE_ARG(s->place), SLICE_ARG(s->why));
  }
  return arena_printf(x->perm, "%.*s: %.*s", SLICE_ARG(s->place), SLICE_ARG(s->why));
}

static slice verdict(explaining *x, explain *out) {
  slice number = x->e->f->t[ENT_INVOICE].number[x->row];
  for (uint32_t i = 0; i < out->today_count + out->wait_count; i++) {
    const decision *d = i < out->today_count ? out->today[i] : out->waits[i - out->today_count];
    const explain_step *s = step_of(x, d);
    if (s && s->wait == WAIT_NONE) why(x, out, s->why);
  }
  if (out->today_count) {
    const decision *d = out->today[0];
    if (d->no_contact)
      return arena_printf(x->perm, "%.*s fires today, and it reaches nobody: %.*s.", SLICE_ARG(number),
                          SLICE_ARG(d->text));
    return arena_printf(x->perm, "%.*s fires today: %.*s%s%.*s.", SLICE_ARG(number), SLICE_ARG(d->text),
                        d->to.n ? ", to " : "", SLICE_ARG(d->to));
  }
  if (out->wait_count) {
    const explain_step *s = step_of(x, out->waits[0]);
    return arena_printf(x->perm, "%.*s waits today: %.*s: %.*s.", SLICE_ARG(number), SLICE_ARG(out->waits[0]->text),
                        SLICE_ARG(s ? s->why : slice_of(WAITS[out->waits[0]->wait])));
  }
  slice because = nothing_because(x, out);
  return arena_printf(x->perm, "Nothing happens to %.*s today: %.*s.", SLICE_ARG(number), SLICE_ARG(because));
}

static void say_plan(explaining *x, const explain *out) {
  for (uint32_t i = 0; i < out->today_count; i++)
    explain_say(x, out->today[i]->text, SLICE("goes out today"),
                out->today[i]->sum.how.n ? out->today[i]->sum.how : out->today[i]->to);
  for (uint32_t i = 0; i < out->wait_count; i++) {
    const explain_step *s = step_of(x, out->waits[i]);
    explain_say(x, out->waits[i]->text, SLICE("waits"), s ? s->why : slice_of(WAITS[out->waits[i]->wait]));
  }
}

/* ---- all of it ---- */

static bool today(explaining *x, explain *out, slice *unknown) {
  engine_refresh_row(x->e, x->row);
  x->conds = ARENA_ARRAY(x->perm, x->e->p->cond_count + 1, uint32_t);
  terms_make(x->e, x->row, x->asked->lang, x->perm, &x->terms);
  if (explain_balance(x)) explain_fees(x);
  explain_withheld(x);
  explain_ask_holds(x, &x->e->p->policy);
  ladders(x);
  own_ladder(x);
  whens(x);
  everys(x);
  explain_steps(x);
  out->plan = x->plan;
  out->today = pick(x, x->plan->decisions, x->plan->decision_count, &out->today_count);
  out->waits = pick(x, x->plan->waiting, x->plan->waiting_count, &out->wait_count);
  say_plan(x, out);
  out->why = ARENA_ARRAY(x->perm, x->step_count + out->today_count + out->wait_count + 32, slice);
  out->verdict = verdict(x, out);
  bool known = explain_match(x, unknown);
  if (known) ask_targets(x);
  for (uint32_t i = 0; i < x->step_count; i++) out->asked_count += x->steps[i].asked;
  out->v = x->v, out->n = x->n;
  out->steps = x->steps, out->step_count = x->step_count;
  out->conds = x->conds, out->cond_count = x->cond_count;
  return known;
}

static bool goes(const explaining *x, const explain *out) {
  if (!x->asked->word_count) {
    bool any = false;
    for (uint32_t i = 0; i < out->today_count; i++) any |= !out->today[i]->no_contact;
    return any;
  }
  for (uint32_t i = 0; i < x->step_count; i++) {
    const explain_step *s = &x->steps[i];
    if (s->asked && s->block == BLOCK_NONE && s->wait == WAIT_NONE && !s->no_contact &&
        explain_wanted(x, s->section, s->index, s->r, s->text))
      return true;
  }
  return false;
}

/* Time alone brings it, or it is done: no change of facts is looked for. */
static bool is_settled_by_time(const explaining *x) {
  if (x->asked->word_count) {
    bool any = false;
    for (uint32_t i = 0; i < x->step_count; i++) {
      const explain_step *s = &x->steps[i];
      if (s->asked && s->block != BLOCK_NOT_YET && s->block != BLOCK_OTHER_LADDER) return false;
      any |= s->asked && s->block == BLOCK_NOT_YET;
    }
    return any;
  }
  bool waits = false;
  for (uint32_t i = 0; i < x->step_count; i++) {
    wait_reason w = x->steps[i].block == BLOCK_NONE ? x->steps[i].wait : WAIT_NONE;
    if (x->steps[i].block == BLOCK_NONE && x->steps[i].no_contact) return false;
    if (w == WAIT_APPROVAL || w == WAIT_UNDECIDED) return false;
    waits |= w != WAIT_NONE;
  }
  if (waits) return true;
  const explain_step *s = telling(x);
  return !x->all_count && s && (s->block == BLOCK_NOT_YET || s->block == BLOCK_CLIMBED || s->block == BLOCK_PASSED);
}

bool explain_today(engine *e, const day_plan *plan, uint32_t row, const explain_asked *asked, arena *perm, explain *out,
                   slice *unknown) {
  explaining *x = ARENA_NEW(perm, explaining);
  *x = (explaining){.e = e, .plan = plan, .asked = asked, .row = row, .perm = perm};
  *out = (explain){0};
  return today(x, out, unknown);
}

bool explain_invoice(engine *e, const day_plan *plan, uint32_t row, const explain_asked *asked, arena *perm,
                     explain *out, slice *unknown) {
  explaining *x = ARENA_NEW(perm, explaining);
  *x = (explaining){.e = e, .plan = plan, .asked = asked, .row = row, .perm = perm};
  *out = (explain){0};
  if (!today(x, out, unknown)) return false;
  bool over = x->all_count && (x->all[0].block == BLOCK_SETTLED || x->all[0].block == BLOCK_STOPPED);
  if (over) return true;
  if (!goes(x, out) && !is_settled_by_time(x)) explain_smallest(x, &out->change);
  out->next.any = explain_ahead(x, AHEAD_DAYS, &out->next.d);
  return true;
}
