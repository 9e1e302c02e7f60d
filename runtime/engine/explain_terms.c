/* See explain_terms.h. */
#include "explain_terms.h"

#include <assert.h>

#include "action_text.h"
#include "lang/base/text.h"
#include "lang/check/words.h"
#include "lang/syntax/keyword.h"

/* ---- taking apart ---- */

static bool same_place(span a, span b) { return a.from == b.from && a.to == b.to && a.file == b.file; }

/* `between` and `in` are one term to the reader, though the checker makes several of them. */
static bool is_joint(const expr *e) {
  if (e->op != X_AND && e->op != X_OR) return false;
  return !same_place(e->at, e->a->at) || !same_place(e->at, e->b->at);
}

static term *take_apart(term_set *t, const expr *e) {
  term *x = ARENA_NEW(t->perm, term);
  *x = (term){.e = e};
  bool turned = e->op == X_NOT && is_joint(e->a);
  if (is_joint(e) || turned) {
    x->a = take_apart(t, e->a);
    x->b = turned ? NULL : take_apart(t, e->b);
    return x;
  }
  x->chunk = t->leaf_count;
  if (t->leaf_count == t->leaf_cap) {
    uint32_t cap = t->leaf_cap ? t->leaf_cap * 2 : 64;
    const term **v = ARENA_ARRAY(t->perm, cap, const term *);
    /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
    if (t->leaf_count) memcpy(v, t->leaf, t->leaf_count * sizeof *v);
    t->leaf = v;
    t->leaf_cap = cap;
  }
  t->leaf[t->leaf_count++] = x;
  return x;
}

/* ---- answers ---- */

/* The terms as conditions of a program of their own, over the engine's columns. */
static vm *machine_of(const term_set *t) {
  program *p = ARENA_NEW(t->perm, program);
  cond *conds = ARENA_ARRAY(t->perm, t->leaf_count + 1, cond);
  for (uint32_t i = 0; i < t->leaf_count; i++)
    conds[i] = (cond){.of = ENT_INVOICE, .e = t->leaf[i]->e, .at = t->leaf[i]->e->at};
  *p = *t->e->p;
  p->conds = conds;
  p->cond_count = t->leaf_count;
  p->value_count = 0;
  diags d;
  diags_init(&d, t->perm);
  vm_code *code = code_emit_plain(t->perm, p, &d);
  assert(code && "a term is no longer than its condition");
  const engine *e = t->e;
  vm_world w = {.cur = e->f->one_cur, .cal = e->cal, .due = e->p->due, .fx = e->rates};
  vm *m = vm_bind(t->perm, code, facts_columns(e->f, t->perm), &w);
  vm_set_today(m, (civil_date){e->today});
  return m;
}

static tri answer(const term_set *t, vm *m, term *x) {
  if (!x->a) {
    uint8_t out;
    vm_cond(m, x->chunk, NULL, t->row, 1, &out);
    return x->says = (tri)out;
  }
  tri a = answer(t, m, (term *)x->a), b = x->b ? answer(t, m, (term *)x->b) : a;
  if (x->e->op == X_NOT) return x->says = (tri)(TRI_YES - a);
  bool least = x->e->op == X_AND;
  return x->says = (a < b) == least ? a : b;
}

void terms_make(engine *e, uint32_t row, dun_lang lang, arena *perm, term_set *out) {
  *out = (term_set){.e = e, .perm = perm, .lang = lang, .row = row};
  out->of_cond = ARENA_ARRAY(perm, e->p->cond_count + 1, term *);
  for (uint32_t i = 0; i < e->p->cond_count; i++)
    if (e->p->conds[i].of == ENT_INVOICE) out->of_cond[i] = take_apart(out, e->p->conds[i].e);
  if (!out->leaf_count) return;
  vm *m = machine_of(out);
  for (uint32_t i = 0; i < e->p->cond_count; i++)
    if (out->of_cond[i]) (void)answer(out, m, out->of_cond[i]);
}

/* ---- words ---- */

/* A list's closing bracket is no part of its tree: the place goes on to it. */
static uint32_t closed(slice all, span at) {
  int open = 0;
  bool quoted = false;
  for (uint32_t i = at.from; i < at.to; i++) {
    char c = all.p[i];
    if (c == '"') quoted = !quoted;
    if (!quoted) open += (c == '(') - (c == ')');
  }
  uint32_t to = at.to;
  for (uint32_t i = at.to; i < all.n && open > 0; i++) {
    if (all.p[i] == ')') open--, to = i + 1;
    if (all.p[i] != ')' && all.p[i] != ' ' && all.p[i] != '\n' && all.p[i] != '\t') break;
  }
  return to;
}

slice source_words(const program *p, span at, arena *perm) {
  if (at.file >= p->source_count || at.to > p->sources[at.file].text.n || at.from >= at.to) return (slice){0};
  slice all = p->sources[at.file].text;
  text t = text_new(perm);
  bool gap = false;
  uint32_t to = closed(all, at);
  for (uint32_t i = at.from; i < to; i++) {
    char c = all.p[i];
    bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!space && gap) text_char(&t, ' ');
    if (!space) text_char(&t, c);
    gap = space;
  }
  return text_slice(&t);
}

/* A field's fixed values and yes and no are words of the language, everything else is the data's. */
static slice value_in(const field_use *use, slice plain, dun_lang lang) {
  if (use->ty == TY_BOOL) return kw_text(slice_eq(plain, SLICE("yes")) ? KW_YES : KW_NO, lang);
  if (use->field >= FIELD_COUNT || !*FIELDS[use->field].values) return plain;
  unsigned i = word_index(WORD_VALUE, plain, LANG_EN);
  return i == word_count(WORD_VALUE) ? plain : word_text(WORD_VALUE, i, lang);
}

/* Of money in a ledger with several currencies: which one it is. */
static const char *currency_beside(const engine *e, const field_use *use, uint32_t row) {
  if (use->ty != TY_MONEY || e->f->cur_count < 2) return "";
  uint32_t at = fact_row(e->f, use, row);
  currency cur = at == VM_NO_ROW ? CURRENCY_NONE : fact_currency(e->f, use->field, at);
  return cur == CURRENCY_NONE || cur >= CURRENCY_COUNT ? "" : currency_code(cur);
}

slice field_words(engine *e, const field_use *use, uint32_t row, dun_lang lang, arena *perm) {
  static const char *const EMPTY[LANG_COUNT] = {"is empty", "está vazio", "está vacío"};
  slice value = fact_plain(e, use, row, perm), name = fact_name_in(e->p, use, lang, perm);
  if (value.n) {
    const char *cur = currency_beside(e, use, row);
    return arena_printf(perm, "%.*s = %.*s%s%s", SLICE_ARG(name), SLICE_ARG(value_in(use, value, lang)),
                        *cur ? " " : "", cur);
  }
  slice missing = use->ty == TY_SET ? slice_of(EMPTY[lang]) : kw_text(KW_IS_MISSING, lang);
  return arena_printf(perm, "%.*s %.*s", SLICE_ARG(name), SLICE_ARG(missing));
}

/* The uses of an expression, each once. */
typedef struct use_list {
  uint16_t v[16];
  uint32_t n;
} use_list;

static void collect(const expr *e, use_list *l) {
  if (!e) return;
  if (e->op == X_FIELD) {
    for (uint32_t i = 0; i < l->n; i++)
      if (l->v[i] == e->use) return;
    if (l->n < sizeof l->v / sizeof *l->v) l->v[l->n++] = e->use;
    return;
  }
  collect(e->a, l);
  collect(e->b, l);
}

slice term_values(const term_set *t, const term *x) {
  use_list l = {.n = 0};
  collect(x->e, &l);
  text out = text_new(t->perm);
  for (uint32_t i = 0; i < l.n; i++) {
    if (i) text_cstr(&out, ", ");
    text_add(&out, field_words(t->e, &t->e->p->uses[l.v[i]], t->row, t->lang, t->perm));
  }
  return text_slice(&out);
}

slice term_words(const term_set *t, const term *x) {
  slice values = term_values(t, x), words = source_words(t->e->p, x->e->at, t->perm);
  if (x->e->op == X_FIELD || !words.n) return values; /* `disputed` says no more than "disputed = yes" */
  return values.n ? arena_printf(t->perm, "%.*s (%.*s)", SLICE_ARG(words), SLICE_ARG(values)) : words;
}

static void add_because(const term_set *t, text *out, const term *x, tri wanted) {
  if (x->says != wanted) return;
  if (!x->a) {
    if (out->n) text_printf(out, " %.*s ", SLICE_ARG(kw_text(KW_AND, t->lang)));
    text_add(out, term_words(t, x));
    return;
  }
  if (x->e->op == X_NOT) {
    add_because(t, out, x->a, (tri)(TRI_YES - wanted));
    return;
  }
  /* `and` is no by the first that is, `or` is yes by it; else all that say so count. */
  bool one = wanted == (x->e->op == X_AND ? TRI_NO : TRI_YES);
  add_because(t, out, x->a, wanted);
  if (!one || x->a->says != wanted) add_because(t, out, x->b, wanted);
}

slice terms_because(const term_set *t, uint32_t cond_id) {
  text out = text_new(t->perm);
  const term *x = t->of_cond[cond_id];
  if (x) add_because(t, &out, x, x->says);
  return text_slice(&out);
}
