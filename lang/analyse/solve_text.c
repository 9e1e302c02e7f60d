/* Texts: few enough of them that every other text behaves like one of these in every comparison asked.
 *
 * Texts that are compared with: each as it is written. Any other text begins with at most one longest of the beginnings
 * asked for and contains some of the parts asked for; a text made of these, with a character that stands in none of
 * them between and behind, begins with and contains just the same. `exactly`: beside the spellings written, one
 * spelled otherwise. */
#include "lang/analyse/solve_model.h"

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/check/fields.h"

enum { PARTS_MAX = 6, TEXTS_MAX = 512 };

/* A field against constants, or constants alone; `exactly` with equality alone. */
bool text_is_simple(const expr *e) {
  bool part = e->op == X_CONTAINS || e->op == X_STARTS;
  if (e->a->op != X_FIELD && e->a->op != X_TEXT) return false;
  if (e->a->exact && e->a->op == X_FIELD) return false;
  if (e->op == X_IN) return true;
  if (e->b->op != X_TEXT) return false;
  return !part || e->a->op == X_TEXT || !e->b->exact;
}

static bool same(bool exact, slice a, slice b) { return exact ? slice_eq(a, b) : utf8_fold_eq(a, b); }

bool text_holds(const expr *e, slice s) {
  bool exact = e->a->exact || (e->b && e->b->exact);
  switch ((int)e->op) {
  case X_IN:
    for (uint32_t i = 0; i < e->count; i++)
      if (same(e->a->exact || e->list_exact[i], s, e->list[i])) return true;
    return false;
  case X_EQ: return same(exact, s, e->b->text);
  case X_NE: return !same(exact, s, e->b->text);
  case X_CONTAINS:
    return exact ? e->b->text.n == 0 || memmem(s.p, s.n, e->b->text.p, e->b->text.n) != NULL
                 : utf8_fold_contains(s, e->b->text);
  default: return exact ? slice_starts(s, e->b->text) : utf8_fold_starts(s, e->b->text);
  }
}

typedef struct texts {
  model *m;
  uint16_t axis;
  slice v[TEXTS_MAX], starts[PARTS_MAX * 4], parts[PARTS_MAX];
  uint32_t n, start_count, part_count;
  bool exact; /* some comparison is by spelling */
} texts;

static bool is_about(const texts *t, const atom *a) { return a->e && a->axis == t->axis; }

static void add(texts *t, slice s) {
  if (t->n == TEXTS_MAX)
    t->m->full = true;
  else
    t->v[t->n++] = s;
}

/* A text that is compared with: another spelling of one differs from it only for `exactly`. */
static void offer_written(texts *t, slice s, bool exact) {
  t->m->work += t->n;
  for (uint32_t i = 0; i < t->n; i++)
    if (same(exact || t->exact, s, t->v[i])) return;
  add(t, s);
}

/* One that no text before it agrees with in every comparison. */
static void offer(texts *t, slice s) {
  model *m = t->m;
  m->work += (uint64_t)t->n * m->atom_count;
  for (uint32_t i = 0; i < t->n; i++) {
    bool differs = false;
    for (uint32_t k = 0; k < m->atom_count && !differs; k++)
      differs = is_about(t, &m->atoms[k]) && text_holds(m->atoms[k].e, s) != text_holds(m->atoms[k].e, t->v[i]);
    if (!differs) return;
  }
  add(t, s);
}

static void keep_once(texts *t, slice *list, uint32_t *n, uint32_t most, slice s) {
  for (uint32_t i = 0; i < *n; i++)
    if (utf8_fold_eq(list[i], s)) return;
  if (*n == most)
    t->m->full = true;
  else
    list[(*n)++] = s;
}

/* The same letters in another case: the k-th of those that changing single letters gives. */
static bool respelled(texts *t, slice s, uint32_t k, slice *out) {
  char *copy = arena_copy(t->m->scratch, s);
  uint32_t bit = 0;
  for (size_t i = 0; i < s.n && bit < 16; i++) {
    bool lower = copy[i] >= 'a' && copy[i] <= 'z', upper = copy[i] >= 'A' && copy[i] <= 'Z';
    if (!lower && !upper) continue;
    if (k >> bit++ & 1) copy[i] = (char)(copy[i] ^ ('a' ^ 'A'));
  }
  *out = (slice){copy, s.n};
  return k >> bit == 0;
}

static bool written_exactly(const texts *t, slice s) {
  for (uint32_t k = 0; k < t->m->atom_count; k++) {
    const expr *e = t->m->atoms[k].e;
    if (!is_about(t, &t->m->atoms[k])) continue;
    for (uint32_t i = 0; i < e->count; i++)
      if (e->list_exact[i] && slice_eq(e->list[i], s)) return true;
    if (e->op != X_IN && e->b->exact && slice_eq(e->b->text, s)) return true;
  }
  return false;
}

/* Other letters than A to Z may have other spellings, too; without one of these letters it is not looked at. */
static void offer_respelled(texts *t, slice s) {
  slice other;
  for (uint32_t k = 1; respelled(t, s, k, &other); k++)
    if (!written_exactly(t, other)) {
      offer_written(t, other, true);
      return;
    }
  for (size_t i = 0; i < s.n; i++)
    if ((s.p[i] & 0x80) || strchr("kKsS", s.p[i])) t->m->full = true; /* K has three spellings, and so has S */
}

static void offer_constant(texts *t, slice s, bool exact) {
  offer_written(t, s, exact);
  if (exact) offer_respelled(t, s);
}

static bool is_exact(const expr *e) {
  for (uint32_t i = 0; i < e->count; i++)
    if (e->list_exact[i]) return true;
  return e->op != X_IN && e->b->exact;
}

static void constants_of(texts *t, const expr *e) {
  switch ((int)e->op) {
  case X_IN:
    for (uint32_t i = 0; i < e->count; i++) offer_constant(t, e->list[i], e->list_exact[i]);
    break;
  case X_CONTAINS: keep_once(t, t->parts, &t->part_count, PARTS_MAX, e->b->text); break;
  case X_STARTS: keep_once(t, t->starts, &t->start_count, PARTS_MAX * 4, e->b->text); break;
  default: offer_constant(t, e->b->text, e->b->exact); break;
  }
}

/* A character that stands in nothing that is compared with. */
static char separator(const texts *t) {
  for (const char *c = "-/_.+*#:~=|^%&@!?0123456789"; *c; c++) {
    bool used = false;
    for (uint32_t k = 0; k < t->m->atom_count && !used; k++) {
      const expr *e = t->m->atoms[k].e;
      if (!is_about(t, &t->m->atoms[k])) continue;
      for (uint32_t i = 0; i < e->count; i++) used = used || (e->list[i].n && memchr(e->list[i].p, *c, e->list[i].n));
      if (e->op != X_IN) used = used || (e->b->text.n && memchr(e->b->text.p, *c, e->b->text.n));
    }
    if (!used) return *c;
  }
  return 0;
}

static void offer_others(texts *t) {
  static const char *const other[LANG_COUNT] = {"other", "outro", "otro"};
  slice plain = slice_of(other[t->m->lang]);
  bool taken = t->start_count || t->part_count;
  for (uint32_t i = 0; i < t->n && !taken; i++) taken = utf8_fold_eq(t->v[i], plain);
  if (!taken) { /* equal to none of them: no more is asked of a text */
    add(t, plain);
    return;
  }
  char between = separator(t);
  offer(t, plain);
  if (!between) t->m->full = true;
  for (uint32_t s = 0; s <= t->start_count && !t->m->full; s++)
    for (uint32_t set = 0; set < 1U << t->part_count; set++) {
      text made = text_new(t->m->scratch);
      if (s) text_add(&made, t->starts[s - 1]);
      text_char(&made, between);
      for (uint32_t i = 0; i < t->part_count; i++)
        if (set >> i & 1) {
          text_add(&made, t->parts[i]);
          text_char(&made, between);
        }
      offer(t, text_slice(&made));
    }
}

static void fixed_values(texts *t, const var *v) {
  for (const char *s = FIELDS[v->field].values; *s;) {
    size_t n = strcspn(s, " ");
    if (t->n < TEXTS_MAX) t->v[t->n++] = (slice){s, n};
    s += n + (s[n] == ' ');
    if (v->field == FIELD_INVOICE_STATUS && t->m->dunned) return; /* open stands first */
  }
}

void text_cells(model *m, uint16_t at) {
  axis *a = &m->axes[at];
  const var *v = &m->vars[a->var];
  texts *t = ARENA_NEW(m->scratch, texts);
  t->m = m, t->axis = at;
  if (v->field < FIELD_COUNT && *FIELDS[v->field].values) {
    fixed_values(t, v);
  } else {
    for (uint32_t k = 0; k < m->atom_count; k++)
      if (is_about(t, &m->atoms[k])) t->exact = t->exact || is_exact(m->atoms[k].e);
    for (uint32_t k = 0; k < m->atom_count; k++)
      if (is_about(t, &m->atoms[k])) constants_of(t, m->atoms[k].e);
    offer_others(t);
  }
  a->text = ARENA_ARRAY(m->scratch, t->n + 1, slice);
  memcpy(a->text, t->v, t->n * sizeof *a->text);
  a->n = t->n;
}
