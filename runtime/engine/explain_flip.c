/* What of an invoice's facts bears on it, and how each could be otherwise: the terms of the conditions that were asked
 * give the values at which their answers turn. Only what a term compares with a constant is looked at. */
#include "explain_parts.h"
#include "lang/base/text.h"

typedef struct flips {
  explaining *x;
  flip *v;
  uint32_t n;
} flips;

enum { COST_FAR = 1000, COST_STATE = 500, TEXTS_MAX = 8 };

static bool is_known(const flips *l, const flip *f) {
  for (uint32_t i = 0; i < l->n; i++)
    if (l->v[i].field == f->field && l->v[i].row == f->row && l->v[i].value == f->value) return true;
  return false;
}

static void add(flips *l, flip f) {
  if (l->n == FLIPS_MAX || f.value == f.was || is_known(l, &f)) return;
  l->v[l->n++] = f;
}

/* ---- a field ---- */

/* The field as the invoice sees it; false: it cannot be changed, or nothing has it. */
static bool seen(const flips *l, uint16_t use_id, flip *f, const field_use **use) {
  engine *e = l->x->e;
  *use = &e->p->uses[use_id];
  uint32_t field = (*use)->field, row = fact_row(e->f, *use, l->x->row);
  bool counted = field < FIELD_COUNT && (FIELDS[field].source == SRC_DAY || FIELDS[field].source == SRC_FEE);
  bool fixed = field == FIELD_INVOICE_DUE || field == FIELD_INVOICE_STATUS || field == FIELD_INVOICE_NUMBER ||
               field == FIELD_INVOICE_CURRENCY || field == FIELD_INVOICE_PROMISED;
  if (row == VM_NO_ROW || counted || fixed || !fact_field(e->f, field)->loaded) return false;
  slice words = field_words(e, *use, l->x->row, l->x->asked->lang, l->x->perm);
  slice name = fact_name_in(e->p, *use, l->x->asked->lang, l->x->perm);
  *f = (flip){.field = field, .row = row, .was = fact_int(e->f, field, row), .said = {.field = name}};
  /* "amount = 800.00" without its name; a missing one has no value. */
  if (f->was != FACT_MISSING && words.n > name.n + 3) f->said.was = (slice){words.p + name.n + 3, words.n - name.n - 3};
  return true;
}

static uint32_t distance(const flip *f) {
  if (f->was == FACT_MISSING || f->value == FACT_MISSING) return COST_FAR;
  int128 d = (int128)f->value - f->was, whole = f->was;
  if (d < 0) d = -d;
  if (whole < 0) whole = -whole;
  int128 share = d * COST_FAR / (whole > 0 ? whole : 1);
  return share > 10 * COST_FAR ? 10 * COST_FAR : (uint32_t)share;
}

/* ---- constants ---- */

static bool constant_day(const flips *l, const expr *e, int32_t *day) {
  if (e->op == X_DATE) return *day = e->date.day, true;
  if (e->op == X_TODAY) return *day = l->x->e->today, true;
  if ((e->op != X_ADD && e->op != X_SUB) || e->b->op != X_DURATION || !constant_day(l, e->a, day)) return false;
  duration by = e->b->dur;
  if (e->op == X_SUB) by.n = -by.n;
  *day = duration_after(l->x->e->cal, by, *day);
  return *day != DATE_NONE_DAY;
}

/* The constant in the units of the field's column. */
static bool constant_of(const flips *l, const field_use *use, uint32_t row, const expr *c, int64_t *out) {
  const engine *e = l->x->e;
  int32_t day;
  decimal d;
  switch (use->ty) {
  case TY_DATE:
    if (!constant_day(l, c, &day)) return false;
    *out = day;
    return true;
  case TY_MONEY: {
    currency cur = fact_currency(e->f, use->field, row);
    if (c->op != X_MONEY || cur >= CURRENCY_COUNT || cur == CURRENCY_NONE) return false;
    if (c->cur != CURRENCY_NONE && c->cur != cur) return false;
    if (!decimal_rescale(c->num, (uint8_t)currency_minor(cur), ROUND_DOWN, &d)) return false;
    *out = d.n;
    return true;
  }
  case TY_NUMBER:
  case TY_PERCENT:
    if (c->op != X_NUMBER) return false;
    if (!decimal_rescale(c->num, fact_field(e->f, use->field)->c.millionths ? 6 : 0, ROUND_DOWN, &d)) return false;
    *out = d.n;
    return true;
  case TY_DURATION:
    if (c->op != X_DURATION || (c->dur.unit != UNIT_DAY && c->dur.unit != UNIT_WEEK)) return false;
    *out = c->dur.unit == UNIT_WEEK ? 7 * (int64_t)c->dur.n : c->dur.n;
    return true;
  case TY_BOOL:
  case TY_TEXT:
  case TY_SET:
  case TY_TIME:
  case TY_ERROR: break;
  }
  return false;
}

static slice plain_value(const flips *l, const flip *f, const field_use *use, int64_t value) {
  engine *e = l->x->e;
  fact_set_int(e->f, f->field, f->row, value);
  slice words = field_words(e, use, l->x->row, l->x->asked->lang, l->x->perm);
  fact_set_int(e->f, f->field, f->row, f->was);
  return (slice){words.p + f->said.field.n + 3, words.n - f->said.field.n - 3};
}

/* A field beside a constant: at it, just above, just below. */
static void order_flips(flips *l, const expr *field, const expr *c) {
  flip f;
  const field_use *use;
  int64_t at;
  if (field->op != X_FIELD || !seen(l, field->use, &f, &use) || !constant_of(l, use, f.row, c, &at)) return;
  slice value = plain_value(l, &f, use, at);
  static const explain_if_kind KINDS[] = {IF_IS, IF_ABOVE, IF_BELOW};
  static const int64_t STEPS[] = {0, 1, -1};
  for (int k = 0; k < 3; k++) {
    flip one = f;
    one.value = at + STEPS[k];
    one.said.kind = KINDS[k];
    one.said.value = value;
    one.cost = distance(&one) + (k ? 1 : 0);
    add(l, one);
  }
}

/* ---- texts and sets ---- */

static int64_t code_of(const flips *l, uint32_t field, slice s) {
  fact_column *c = fact_field(l->x->e->f, field);
  arena *perm = l->x->e->f->perm;
  return c->dict.slots ? dictionary_code(perm, &c->dict, s) : dictionary_push(perm, &c->dict, s);
}

static slice quoted(const flips *l, slice s) { return arena_printf(l->x->perm, "\"%.*s\"", SLICE_ARG(s)); }

/* A text that a reader takes for any other. */
static void another_text(flips *l, flip f, slice than) {
  f.said.kind = IF_NOT;
  f.said.value = quoted(l, than);
  f.value = code_of(l, f.field, EXPLAIN_SOME_TEXT);
  f.cost = COST_FAR + 1;
  if (f.was != FACT_MISSING) add(l, f);
}

static void text_flips(flips *l, const expr *e) {
  flip f;
  const field_use *use;
  if (!e->a || e->a->op != X_FIELD || !seen(l, e->a->use, &f, &use) || use->ty != TY_TEXT) return;
  bool one = e->op != X_IN;
  if (one && (!e->b || e->b->op != X_TEXT)) return;
  const slice *v = one ? &e->b->text : e->list;
  uint32_t n = one ? 1 : e->count;
  for (uint32_t i = 0; i < n && i < TEXTS_MAX; i++) {
    flip x = f;
    x.said.kind = IF_IS;
    x.said.value = quoted(l, v[i]);
    x.value = code_of(l, f.field, v[i]);
    x.cost = COST_FAR;
    add(l, x);
  }
  another_text(l, f, v[0]);
}

static bool set_member(slice set, slice member, size_t *from, size_t *to) {
  for (size_t i = 0; i < set.n; i = *to + 1) {
    *from = i;
    for (*to = i; *to < set.n && set.p[*to] != ';';) (*to)++;
    if (code_text_holds(REL_EQ, false, slice_trim((slice){set.p + i, *to - i}), member)) return true;
  }
  return false;
}

/* The set with the member, or without it where it has it. */
static void member_flip(flips *l, flip f, slice member) {
  slice set = fact_text(l->x->e->f, f.field, f.row);
  size_t from, to;
  text t = text_new(l->x->perm);
  bool has = set_member(set, member, &from, &to);
  if (has) {
    text_add(&t, (slice){set.p, from});
    if (to < set.n) text_add(&t, (slice){set.p + to + 1, set.n - to - 1});
  } else {
    text_add(&t, set);
    if (set.n) text_char(&t, ';');
    text_add(&t, member);
  }
  f.said.kind = has ? IF_HAS_NOT : IF_HAS;
  f.said.value = quoted(l, member);
  f.said.was = (slice){0};
  f.value = code_of(l, f.field, text_slice(&t));
  f.cost = COST_STATE;
  add(l, f);
}

static void has_flips(flips *l, const expr *e) {
  flip f;
  const field_use *use;
  if (e->a->op == X_FIELD && e->b->op == X_TEXT && seen(l, e->a->use, &f, &use)) member_flip(l, f, e->b->text);
}

/* ---- states, missing values ---- */

static void state_flips(flips *l, const expr *e) {
  flip f;
  const field_use *use;
  if (!seen(l, e->use, &f, &use)) return;
  f.cost = COST_STATE;
  f.said.kind = IF_IS;
  for (int64_t yes = 0; yes < 2; yes++) {
    f.value = yes;
    f.said.value = plain_value(l, &f, use, yes);
    if (f.field == FIELD_INVOICE_DISPUTED && !yes) f.said.kind = IF_DISPUTE_CLOSED;
    add(l, f);
    f.said.kind = IF_IS;
  }
}

static void missing_flips(flips *l, const expr *e) {
  flip f;
  const field_use *use;
  if (e->a->op != X_FIELD || !seen(l, e->a->use, &f, &use)) return;
  f.cost = COST_FAR;
  f.said.kind = f.was == FACT_MISSING ? IF_KNOWN : IF_MISSING;
  f.value = f.was != FACT_MISSING                     ? FACT_MISSING
            : use->ty == TY_TEXT || use->ty == TY_SET ? code_of(l, f.field, EXPLAIN_SOME_TEXT)
            : use->ty == TY_DATE                      ? l->x->e->today
                                                      : 1;
  add(l, f);
}

static void leaf_flips(flips *l, const expr *e) {
  switch (e->op) {
  case X_FIELD:
    if (e->ty == TY_BOOL) state_flips(l, e);
    return;
  case X_NOT: leaf_flips(l, e->a); return;
  case X_AND:
  case X_OR: /* `between`, `in` of numbers */
    leaf_flips(l, e->a);
    leaf_flips(l, e->b);
    return;
  case X_IN:
  case X_CONTAINS:
  case X_STARTS: text_flips(l, e); return;
  case X_HAS: has_flips(l, e); return;
  case X_MISSING: missing_flips(l, e); return;
  case X_EQ:
  case X_NE:
  case X_LT:
  case X_LE:
  case X_GT:
  case X_GE:
    if (e->a->ty == TY_TEXT) {
      text_flips(l, e);
      return;
    }
    order_flips(l, e->a, e->b);
    order_flips(l, e->b, e->a);
    return;
  case X_TODAY:
  case X_BOOL:
  case X_MONEY:
  case X_NUMBER:
  case X_DURATION:
  case X_DATE:
  case X_TEXT:
  case X_ADD:
  case X_SUB:
  case X_MUL:
  case X_DIV:
  case X_NEG:
  case X_OP_COUNT: return;
  }
}

static void term_flips(flips *l, const term *t) {
  if (!t) return;
  if (!t->a) {
    leaf_flips(l, t->e);
    return;
  }
  term_flips(l, t->a);
  term_flips(l, t->b);
}

/* ---- what no condition says ---- */

static void promise_flip(flips *l) {
  engine *e = l->x->e;
  int64_t was = fact_int(e->f, FIELD_INVOICE_PROMISE, l->x->row);
  if (was == FACT_MISSING) return;
  slice day = explain_day(l->x->perm, (int32_t)was);
  add(l, (flip){.said = {.kind = IF_PROMISE_GONE, .value = day},
                .field = FIELD_INVOICE_PROMISE,
                .row = l->x->row,
                .value = FACT_MISSING,
                .was = was,
                .cost = COST_STATE});
}

/* The least balance that a minimum lets pass. */
static void minimum_flip(flips *l, const scope *s) {
  engine *e = l->x->e;
  currency cur = e->f->cur[l->x->row];
  decimal d;
  if (!s->has_ignore || (s->ignore_currency != CURRENCY_NONE && s->ignore_currency != cur)) return;
  if (!decimal_rescale(s->ignore_below, (uint8_t)currency_minor(cur), ROUND_DOWN, &d)) return;
  if (decimal_cmp(d, s->ignore_below) < 0) d.n++;
  const field_use use = {ENT_INVOICE, ENT_INVOICE, FIELD_INVOICE_OPEN, TY_MONEY};
  flip f = {.field = FIELD_INVOICE_OPEN, .row = l->x->row, .was = fact_int(e->f, FIELD_INVOICE_OPEN, l->x->row)};
  f.said.field = fact_name_in(e->p, &use, l->x->asked->lang, l->x->perm);
  f.said.was = plain_value(l, &f, &use, f.was);
  f.said.value = plain_value(l, &f, &use, d.n);
  f.value = d.n;
  f.cost = distance(&f);
  if (f.was < d.n) add(l, f);
}

/* Of a message that was asked for: an address, and leave to use it. */
static void contact_flips(flips *l, channel ch) {
  engine *e = l->x->e;
  uint32_t customer = e->f->customer[l->x->row];
  slice name = slice_of(CHANNELS[ch]);
  const uint32_t fields[] = {contact_field(ch), FIELD_CUSTOMER_OPTED_OUT, FIELD_CUSTOMER_OPTED_IN};
  const scope *own = l->x->ladder == NO_LADDER ? NULL : &e->p->ladders[l->x->ladder].own;
  bool opts_in = (e->p->policy.opt_in | (own ? own->opt_in : 0)) >> ch & 1;
  for (int k = 0; k < (opts_in ? 3 : 2); k++) {
    if (!fact_field(e->f, fields[k])->loaded) continue;
    const field_use use = {ENT_INVOICE, ENT_CUSTOMER, (uint16_t)fields[k], k ? TY_SET : TY_TEXT};
    flip f = {.field = fields[k], .row = customer, .was = fact_int(e->f, fields[k], customer), .cost = COST_STATE};
    f.said.field = fact_name_in(e->p, &use, l->x->asked->lang, l->x->perm);
    if (k) {
      slice set = fact_text(e->f, fields[k], customer);
      size_t from, to;
      bool has = set_member(set, name, &from, &to);
      if (has == (k == 1)) member_flip(l, f, name); /* nobody opts out to be written to */
    } else if (f.was == FACT_MISSING) {
      f.said.kind = IF_KNOWN;
      f.value = code_of(l, fields[k], EXPLAIN_SOME_TEXT);
      add(l, f);
    }
  }
}

static bool waits_for_a_person(const explaining *x) {
  for (uint32_t i = 0; i < x->step_count; i++) {
    const explain_step *s = &x->steps[i];
    if ((s->asked || !x->asked->word_count) && s->block == BLOCK_NONE && s->wait == WAIT_APPROVAL) return true;
  }
  return false;
}

/* Of nothing asked all that is on its ladder. */
static bool bears(const explaining *x, const explain_step *s) {
  if (x->asked->word_count) return s->asked;
  return s->section == SECTION_LADDER && s->index == x->ladder;
}

uint32_t explain_flips(explaining *x, flip out[FLIPS_MAX]) {
  flips l = {.x = x, .v = out};
  if (waits_for_a_person(x)) add(&l, (flip){.said = {.kind = IF_APPROVED}, .field = FLIP_APPROVE, .value = 1});
  const scope *own = x->ladder == NO_LADDER ? NULL : &x->e->p->ladders[x->ladder].own;
  if (x->e->p->policy.hold_promised || (own && own->hold_promised)) promise_flip(&l);
  minimum_flip(&l, &x->e->p->policy);
  if (own) minimum_flip(&l, own);
  for (uint32_t i = 0; i < x->cond_count; i++) term_flips(&l, x->terms.of_cond[x->conds[i]]);
  unsigned channels = 0;
  for (uint32_t i = 0; i < x->step_count; i++)
    for (uint32_t w = 0; bears(x, &x->steps[i]) && w < x->steps[i].act->way_count; w++)
      channels |= 1U << x->steps[i].act->ways[w].ch;
  for (int ch = 0; ch < CH_COUNT; ch++)
    if (channels >> ch & 1 && contact_field((channel)ch) != FIELD_COUNT) contact_flips(&l, (channel)ch);
  return l.n;
}
