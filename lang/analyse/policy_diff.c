/* See policy_diff.h. A program becomes sections of sentences; sections are found again by their names, sentences by
 * what they are about: the same time, the same doing, or nearly the same words. */
#include "lang/analyse/policy_diff.h"

#include "lang/check/fields.h"
#include "lang/fmt/prose.h"

const char *const POLICY_CHANGE_WORDS[POLICY_CHANGE_COUNT] = {
#define POLICY_CHANGE(id, word) [POLICY_##id] = word,
    POLICY_CHANGES(POLICY_CHANGE)
#undef POLICY_CHANGE
};

typedef enum sentence_kind {
  SENTENCE_ALONE, /* a setting, a hold, a team, ... */
  SENTENCE_WHOM,  /* which entities a ladder or rule takes */
  SENTENCE_LED    /* a rung or a rule: its lead says when */
} sentence_kind;

typedef struct sentence {
  sentence_kind kind;
  slice lead, text;
  slice key; /* what is compared in the place of `text` */
  span at;
  bool known; /* its counterpart is found */
} sentence;

typedef enum section_sort { SORT_SENTENCES, SORT_LADDER, SORT_NO_LADDER, SORT_RULE } section_sort;

typedef struct section {
  section_sort sort;
  slice title, name;
  span at;
  sentence *v;
  uint32_t n;
  uint32_t other; /* its counterpart, index + 1; 0: none */
  bool renamed, reordered;
} section;

typedef struct side {
  const program *p;
  section *v;
  uint32_t n;
} side;

typedef struct differ {
  arena *perm;
  dun_lang lang;
  side was, now;
  policy_change *v;
  uint32_t n, room;
} differ;

/* ---- a program as sections ---- */

static bool same_place(span a, span b) { return a.file == b.file && a.from == b.from && a.to == b.to; }

static const ladder *ladder_at(const program *p, span at) {
  for (uint32_t i = 0; i < p->ladder_count; i++)
    if (same_place(p->ladders[i].at, at)) return &p->ladders[i];
  return NULL;
}

static const when_rule *rule_at(const program *p, span at) {
  for (uint32_t i = 0; i < p->when_count; i++)
    if (same_place(p->whens[i].at, at)) return &p->whens[i];
  return NULL;
}

static section *section_begin(side *s, const prose_block *b) {
  section *out = &s->v[s->n++];
  *out = (section){.title = b->kind == PROSE_HEADING ? b->text : (slice){0}, .at = b->at};
  if (b->at.from == b->at.to) return out;
  const ladder *l = ladder_at(s->p, b->at);
  const when_rule *w = l ? NULL : rule_at(s->p, b->at);
  out->sort = l ? (l->none ? SORT_NO_LADDER : SORT_LADDER) : w ? SORT_RULE : SORT_SENTENCES;
  out->name = l ? l->name : w ? w->name : (slice){0};
  return out;
}

static void add(section *s, sentence x) {
  if (!x.key.n) x.key = x.text;
  s->v[s->n++] = x;
}

static slice field_path(differ *d, const program *p, uint16_t use) {
  const field_use *u = &p->uses[use];
  slice name =
      u->field < FIELD_COUNT ? slice_of(FIELDS[u->field].name[d->lang]) : p->custom[u->field - FIELD_COUNT].name;
  return u->of == u->context
             ? name
             : arena_printf(d->perm, "%.*s.%.*s", SLICE_ARG(entity_text(u->of, d->lang)), SLICE_ARG(name));
}

/* Whom a ladder takes is said otherwise of the first one: what is compared is what it says itself. */
static slice whom_key(differ *d, const program *p, const ladder *l) {
  slice where = l->where == NO_COND ? SLICE("-") : prose_condition(d->perm, p, l->where, d->lang);
  slice anchor = l->anchor == NO_USE ? SLICE("-") : field_path(d, p, l->anchor);
  return arena_printf(d->perm, "%d %.*s, %.*s", (int)l->of, SLICE_ARG(anchor), SLICE_ARG(where));
}

/* What a ladder says of its own holds, hours and messages. */
static uint32_t own_sentences(differ *d, const program *p, const ladder *l, section *out) {
  prose_sentences v[2];
  prose_scope(d->perm, p, &l->own, true, d->lang, &v[0], &v[1]);
  for (int k = 0; k < 2 && out; k++)
    for (uint32_t i = 0; i < v[k].n; i++) add(out, (sentence){.text = v[k].v[i], .at = l->at});
  return v[0].n + v[1].n;
}

static void ladder_sentences(differ *d, const program *p, section *out, const prose_block *whom) {
  const ladder *l = ladder_at(p, out->at);
  add(out, (sentence){.kind = SENTENCE_WHOM, .text = whom->text, .key = whom_key(d, p, l), .at = l->at});
  own_sentences(d, p, l, out);
}

static side side_of(differ *d, const program *p) {
  prose all = prose_of(d->perm, p, d->lang);
  side s = {p, ARENA_ARRAY(d->perm, all.n + 1, section), 0};
  section *at = NULL;
  for (uint32_t i = 0; i < all.n; i++) {
    const prose_block *b = &all.v[i];
    if (b->kind == PROSE_TITLE || b->kind == PROSE_HEADING) {
      at = section_begin(&s, b);
      uint32_t room = all.n - i;
      if (at->sort == SORT_LADDER) room += own_sentences(d, p, ladder_at(p, at->at), NULL);
      at->v = ARENA_ARRAY(d->perm, room + 1, sentence);
      if (b->kind == PROSE_TITLE) add(at, (sentence){.text = b->text});
      if (at->sort == SORT_LADDER) ladder_sentences(d, p, at, b + 1);
      continue;
    }
    if (b->kind == PROSE_TEXT && at->sort == SORT_LADDER) continue; /* said above */
    sentence_kind kind = b->kind == PROSE_TEXT ? SENTENCE_WHOM : b->lead.n ? SENTENCE_LED : SENTENCE_ALONE;
    add(at, (sentence){.kind = kind, .lead = b->lead, .text = b->text, .at = b->at});
  }
  return s;
}

/* ---- sections found again ---- */

static bool same_sentence(const sentence *a, const sentence *b) {
  return a->kind == b->kind && slice_eq(a->lead, b->lead) && slice_eq(a->key, b->key);
}

static bool says_the_same(const section *a, const section *b) {
  if (a->n != b->n) return false;
  for (uint32_t i = 0; i < a->n; i++)
    if (!same_sentence(&a->v[i], &b->v[i])) return false;
  return true;
}

static bool has_its_name(const section *a, const section *b) {
  if (a->sort != b->sort) return false;
  return a->sort == SORT_LADDER || (a->sort == SORT_RULE && a->name.n) ? slice_eq(a->name, b->name)
                                                                       : slice_eq(a->title, b->title);
}

static void pair(differ *d, uint32_t was, uint32_t now) {
  d->was.v[was].other = now + 1;
  d->now.v[now].other = was + 1;
}

/* By name, those that say the same first; then what has another name alone. */
static void pair_sections(differ *d) {
  for (int pass = 0; pass < 3; pass++)
    for (uint32_t i = 0; i < d->was.n; i++)
      for (uint32_t k = 0; k < d->now.n && !d->was.v[i].other; k++) {
        section *a = &d->was.v[i], *b = &d->now.v[k];
        if (b->other || a->sort != b->sort) continue;
        bool named = has_its_name(a, b), same = says_the_same(a, b);
        bool renamed = pass == 2 && same && (a->sort == SORT_LADDER || a->sort == SORT_RULE);
        if (pass == 0 ? !(named && same) : pass == 1 ? !named : !renamed) continue;
        pair(d, i, k);
        b->renamed = renamed;
      }
}

static bool is_step(const section *s) { return s->sort == SORT_LADDER || s->sort == SORT_NO_LADDER; }

/* The longest run of ladders that kept their order stays; the others moved. */
static void find_reordered(differ *d) {
  uint32_t n = d->now.n, *length = ARENA_ARRAY(d->perm, n + 1, uint32_t),
           *before = ARENA_ARRAY(d->perm, n + 1, uint32_t);
  uint32_t best = n;
  for (uint32_t i = 0; i < n; i++) {
    const section *s = &d->now.v[i];
    if (!is_step(s) || !s->other) continue;
    length[i] = 1;
    before[i] = n;
    for (uint32_t k = 0; k < i; k++)
      if (length[k] >= length[i] && d->now.v[k].other < s->other) length[i] = length[k] + 1, before[i] = k;
    if (best == n || length[i] > length[best]) best = i;
  }
  bool *stays = ARENA_ARRAY(d->perm, n + 1, bool);
  for (uint32_t i = best; i < n; i = before[i]) stays[i] = true;
  for (uint32_t i = 0; i < n; i++) d->now.v[i].reordered = length[i] && !stays[i];
}

/* ---- sentences found again ---- */

static void change(differ *d, policy_change c) {
  if (d->n == d->room) {
    d->room = d->room ? d->room * 2 : 32;
    policy_change *more = ARENA_ARRAY(d->perm, d->room, policy_change);
    if (d->n) memcpy(more, d->v, d->n * sizeof *more);
    d->v = more;
  }
  d->v[d->n++] = c;
}

static slice next_word(slice *rest) {
  while (rest->n && rest->p[0] == ' ') rest->p++, rest->n--;
  slice word = {rest->p, 0};
  while (word.n < rest->n && rest->p[word.n] != ' ') word.n++;
  *rest = (slice){rest->p + word.n, rest->n - word.n};
  return word;
}

static uint32_t words_of(arena *scratch, slice s, slice **out) {
  *out = ARENA_ARRAY(scratch, s.n / 2 + 2, slice);
  uint32_t n = 0;
  for (slice w = next_word(&s); w.n; w = next_word(&s)) (*out)[n++] = w;
  return n;
}

/* How many words two sentences have in common at their beginning and end; 0: less than half of the longer one. */
static uint32_t likeness(differ *d, slice a, slice b) {
  slice *x, *y;
  uint32_t n = words_of(d->perm, a, &x), m = words_of(d->perm, b, &y), least = n < m ? n : m, head = 0, tail = 0;
  while (head < least && slice_eq(x[head], y[head])) head++;
  while (tail < least - head && slice_eq(x[n - 1 - tail], y[m - 1 - tail])) tail++;
  return 2 * (head + tail) >= (n > m ? n : m) ? head + tail : 0;
}

typedef enum pass { PASS_SAME, PASS_WHOM, PASS_LEAD, PASS_DOING, PASS_LIKE, PASS_COUNT } pass;

static uint32_t fits(differ *d, pass p, const sentence *a, const sentence *b) {
  if (a->kind != b->kind) return 0;
  bool led = a->kind == SENTENCE_LED;
  switch (p) {
  case PASS_SAME: return same_sentence(a, b);
  case PASS_WHOM: return a->kind == SENTENCE_WHOM;
  case PASS_LEAD: return led && slice_eq(a->lead, b->lead);
  case PASS_DOING: return led && slice_eq(a->key, b->key);
  case PASS_LIKE: return a->kind == SENTENCE_WHOM ? 0 : likeness(d, a->text, b->text);
  case PASS_COUNT: break;
  }
  return 0;
}

/* Which sentence of `now` each of `was` became: index + 1 in `became`. */
static void pair_sentences(differ *d, section *was, section *now, uint32_t *became) {
  for (pass p = PASS_SAME; p < PASS_COUNT; p++)
    for (uint32_t i = 0; i < was->n; i++) {
      uint32_t best = 0, most = 0;
      for (uint32_t k = 0; k < now->n && !was->v[i].known; k++) {
        uint32_t fit = now->v[k].known ? 0 : fits(d, p, &was->v[i], &now->v[k]);
        if (fit > most) most = fit, best = k;
      }
      if (!most) continue;
      was->v[i].known = now->v[best].known = true;
      became[best] = i + 1;
    }
}

static void gone(differ *d, slice title, const sentence *a) {
  change(d, (policy_change){POLICY_REMOVED, title, a->lead, {0}, a->text, {0}, a->at, {0}});
}

static void diff_sentences(differ *d, section *was, section *now) {
  uint32_t *became = ARENA_ARRAY(d->perm, now->n + 1, uint32_t), said = 0;
  pair_sentences(d, was, now, became);
  for (uint32_t k = 0; k < now->n; k++) {
    const sentence *b = &now->v[k], *a = became[k] ? &was->v[became[k] - 1] : NULL;
    for (; a && said < became[k] - 1; said++)
      if (!was->v[said].known) gone(d, now->title, &was->v[said]);
    if (!a) {
      change(d, (policy_change){POLICY_ADDED, now->title, {0}, b->lead, {0}, b->text, {0}, b->at});
    } else if (!same_sentence(a, b)) {
      policy_change_kind kind = slice_eq(a->lead, b->lead) ? POLICY_CHANGED : POLICY_MOVED;
      change(d, (policy_change){kind, now->title, a->lead, b->lead, a->text, b->text, a->at, b->at});
    }
  }
  for (; said < was->n; said++)
    if (!was->v[said].known) gone(d, now->title, &was->v[said]);
}

/* ---- the whole ---- */

static void whole(differ *d, policy_change_kind kind, const section *s) {
  for (uint32_t i = 0; i < s->n; i++) {
    const sentence *x = &s->v[i];
    if (kind == POLICY_REMOVED)
      gone(d, s->title, x);
    else
      change(d, (policy_change){kind, s->title, {0}, x->lead, {0}, x->text, {0}, x->at});
  }
}

/* The ladder above it; empty: it is the first. */
static slice above(const differ *d, uint32_t i) {
  while (i-- > 0)
    if (is_step(&d->now.v[i])) return d->now.v[i].title;
  return (slice){0};
}

static void diff_section(differ *d, uint32_t i) {
  section *now = &d->now.v[i], *was = &d->was.v[now->other - 1];
  if (now->renamed)
    change(d, (policy_change){POLICY_RENAMED, now->title, {0}, {0}, was->title, now->title, was->at, now->at});
  if (now->reordered)
    change(d, (policy_change){POLICY_REORDERED, now->title, {0}, above(d, i), {0}, {0}, was->at, now->at});
  diff_sentences(d, was, now);
}

policy_change_list policy_diff(arena *perm, const program *was, const program *now, dun_lang lang) {
  differ d = {.perm = perm, .lang = lang};
  d.was = side_of(&d, was);
  d.now = side_of(&d, now);
  pair_sections(&d);
  find_reordered(&d);
  uint32_t said = 0;
  for (uint32_t i = 0; i < d.now.n; i++) {
    if (!d.now.v[i].other) {
      whole(&d, POLICY_ADDED, &d.now.v[i]);
      continue;
    }
    for (; said < d.now.v[i].other - 1; said++)
      if (!d.was.v[said].other) whole(&d, POLICY_REMOVED, &d.was.v[said]);
    diff_section(&d, i);
  }
  for (; said < d.was.n; said++)
    if (!d.was.v[said].other) whole(&d, POLICY_REMOVED, &d.was.v[said]);
  return (policy_change_list){d.v, d.n};
}
