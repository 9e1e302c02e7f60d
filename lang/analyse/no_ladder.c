/* See no_ladder.h. Every field that the ladders read gets the few values that can make a difference: each constant it
 * is compared with and its neighbours, a text that no condition names, each fixed value, missing where it can be. All
 * their combinations are tried against the ladders in turn. What cannot be judged by itself (sums, two fields against
 * each other, fields that hang together) makes the whole question one that is not asked: an example must be a real one.
 */
#include "lang/analyse/no_ladder.h"

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/check/fields.h"
#include "lang/syntax/keyword.h"

enum { DIMS_MAX = 24, VALUES_MAX = 48, CASES_MAX = 200000, WORK_MAX = 20000000 };

typedef enum tri3 { NO3, YES3, DOUBT3 } tri3;

typedef struct dim_value {
  bool missing, yes;
  decimal num; /* money, numbers, days */
  slice text;
} dim_value;

/* What a field may be; for `has`, `contains`, `starts with`: whether it does, a question of its own for each text. */
typedef struct dim {
  uint16_t use;
  expr_op ask; /* X_FIELD, or X_HAS, X_CONTAINS, X_STARTS about `text` */
  slice text;
  duration_unit unit;
  dim_value v[VALUES_MAX];
  uint32_t n, at;
} dim;

typedef struct search {
  arena *perm;
  const program *p;
  dim dims[DIMS_MAX];
  uint32_t n;
  uint64_t nodes;
  currency home;
  bool lost; /* not to be judged */
} search;

static bool is_number(type ty) { return ty == TY_MONEY || ty == TY_NUMBER || ty == TY_PERCENT; }

static bool is_number_literal(const expr *e) { return e->op == X_MONEY || e->op == X_NUMBER; }

static const field_info *info_of(const search *s, uint16_t use) {
  const field_use *u = &s->p->uses[use];
  return u->field < FIELD_COUNT ? &FIELDS[u->field] : NULL;
}

static bool can_be_missing(const search *s, uint16_t use) {
  const field_use *u = &s->p->uses[use];
  if (u->ty == TY_SET) return false;
  return program_can_miss(s->p, u->field) || u->of == ENT_CONTRACT; /* an invoice need not have a contract */
}

static void offer(search *s, dim *d, dim_value v) {
  for (uint32_t i = 0; i < d->n; i++) {
    const dim_value *o = &d->v[i];
    if (o->missing || v.missing ? o->missing == v.missing
                                : o->yes == v.yes && decimal_cmp(o->num, v.num) == 0 && utf8_fold_eq(o->text, v.text))
      return;
  }
  if (d->n == VALUES_MAX)
    s->lost = true;
  else
    d->v[d->n++] = v;
}

static bool is_fixed(const field_info *f) { return f && f->values && *f->values; }

static void first_values(search *s, dim *d) {
  const field_use *u = &s->p->uses[d->use];
  const field_info *f = info_of(s, d->use);
  if (u->field == FIELD_INVOICE_STATUS) {
    offer(s, d, (dim_value){.text = SLICE("open")}); /* no other climbs */
    return;
  }
  if (d->ask != X_FIELD || u->ty == TY_BOOL) {
    offer(s, d, (dim_value){.yes = false});
    offer(s, d, (dim_value){.yes = true});
  } else if (is_fixed(f)) {
    for (const char *v = f->values; *v;) {
      size_t n = strcspn(v, " ");
      offer(s, d, (dim_value){.text = {v, n}});
      v += n + (v[n] == ' ');
    }
  } else if (u->ty == TY_TEXT)
    offer(s, d, (dim_value){.text = SLICE("?")}); /* one that no condition names */
  if (d->ask == X_FIELD && can_be_missing(s, d->use)) offer(s, d, (dim_value){.missing = true});
}

static dim *dim_of(search *s, uint16_t use, expr_op ask, slice about) {
  for (uint32_t i = 0; i < s->n; i++)
    if (s->dims[i].use == use && s->dims[i].ask == ask && utf8_fold_eq(s->dims[i].text, about)) return &s->dims[i];
  if (s->n == DIMS_MAX) {
    s->lost = true;
    return &s->dims[0];
  }
  dim *d = &s->dims[s->n++];
  *d = (dim){.use = use, .ask = ask, .text = about, .unit = UNIT_COUNT};
  first_values(s, d);
  return d;
}

static dim *dim_field(search *s, uint16_t use) { return dim_of(s, use, X_FIELD, SLICE("")); }

/* A constant and its neighbours: what lies between two constants differs from both in nothing else. */
static void offer_around(search *s, dim *d, decimal at, bool positive) {
  for (int step = -1; step <= 1; step++) {
    decimal v;
    if (!decimal_add(at, (decimal){step, at.scale}, &v))
      s->lost = true;
    else if (!positive || v.n > 0)
      offer(s, d, (dim_value){.num = v});
  }
}

static bool constant_of(search *s, const dim *d, const expr *e, decimal *out) {
  const field_use *u = &s->p->uses[d->use];
  if (is_number(u->ty) && is_number_literal(e)) {
    if (e->op == X_MONEY && e->cur != CURRENCY_NONE && e->cur != s->home) return false;
    *out = e->num;
    if (u->ty != TY_NUMBER || u->field >= FIELD_COUNT)
      return out->scale >= 2 || decimal_rescale(*out, 2, ROUND_DOWN, out);
    return true;
  }
  if (u->ty == TY_DATE && e->op == X_DATE) {
    *out = (decimal){e->date.day, 0};
    return true;
  }
  if (u->ty != TY_DURATION || e->op != X_DURATION) return false;
  *out = (decimal){(int64_t)e->dur.n * (e->dur.unit == UNIT_WEEK ? 7 : 1), 0};
  return true;
}

/* Business days and months are an order of their own: never two units on one field. */
static void one_unit(search *s, dim *d, const expr *e) {
  if (e->op != X_DURATION) return;
  duration_unit unit = e->dur.unit == UNIT_WEEK ? UNIT_DAY : e->dur.unit;
  if (d->unit != UNIT_COUNT && d->unit != unit) s->lost = true;
  d->unit = unit;
}

static void look_at_texts(search *s, const expr *e, dim *d) {
  if (e->a->exact || (e->b && e->b->exact)) s->lost = true;
  if (e->op == X_IN)
    for (uint32_t i = 0; i < e->count; i++) {
      if (e->list_exact[i]) s->lost = true;
      offer(s, d, (dim_value){.text = e->list[i]});
    }
  else if (e->b->op == X_TEXT)
    offer(s, d, (dim_value){.text = e->b->text});
  else
    s->lost = true;
}

static void look_at_comparison(search *s, const expr *e) {
  bool turned = e->a->op != X_FIELD;
  const expr *field = turned ? e->b : e->a, *value = turned ? e->a : e->b;
  if (field->op != X_FIELD || (turned && value->op == X_FIELD)) {
    s->lost = true;
    return;
  }
  dim *d = dim_field(s, field->use);
  const field_use *u = &s->p->uses[field->use];
  if (u->ty == TY_BOOL) {
    s->lost |= value->op != X_BOOL;
  } else if (u->ty == TY_TEXT) {
    if (turned)
      s->lost = true;
    else
      look_at_texts(s, e, d);
  } else {
    decimal c;
    if (!constant_of(s, d, value, &c)) {
      s->lost = true;
      return;
    }
    one_unit(s, d, value);
    bool positive = u->field == FIELD_INVOICE_OPEN || u->field == FIELD_INVOICE_AMOUNT;
    offer_around(s, d, c, positive);
    bool counts = u->field == FIELD_CUSTOMER_OVERDUE_COUNT || u->field == FIELD_CUSTOMER_OVERDUE_TOTAL ||
                  u->field == FIELD_CUSTOMER_OPEN_TOTAL || u->field == FIELD_CUSTOMER_CREDIT ||
                  u->field == FIELD_CUSTOMER_OLDEST_OVERDUE;
    for (uint32_t i = d->n; counts && i-- > 0;)
      if (!d->v[i].missing && d->v[i].num.n < 0) d->v[i] = d->v[--d->n];
  }
}

static void look(search *s, const expr *e) {
  if (s->lost) return;
  s->nodes++;
  switch ((int)e->op) {
  case X_BOOL: return;
  case X_AND:
  case X_OR: look(s, e->a), look(s, e->b); return;
  case X_NOT: look(s, e->a); return;
  case X_FIELD: (void)dim_field(s, e->use); return;
  case X_MISSING:
    s->lost |= e->a->op != X_FIELD || e->a->ty == TY_SET;
    if (!s->lost) (void)dim_field(s, e->a->use);
    return;
  case X_HAS:
  case X_CONTAINS:
  case X_STARTS:
    s->lost |= e->a->op != X_FIELD || e->b->op != X_TEXT || e->a->exact || e->b->exact;
    if (s->lost) return;
    (void)dim_of(s, e->a->use, e->op, e->b->text);
    if (e->op != X_HAS) (void)dim_field(s, e->a->use);
    return;
  case X_IN:
    s->lost |= e->a->op != X_FIELD;
    if (!s->lost) look_at_texts(s, e, dim_field(s, e->a->use));
    return;
  case X_EQ:
  case X_NE:
  case X_LT:
  case X_LE:
  case X_GT:
  case X_GE: look_at_comparison(s, e); return;
  default: s->lost = true;
  }
}

/* ---- one case ---- */

static const dim_value *value_of(search *s, uint16_t use, expr_op ask, slice about) {
  const dim *d = dim_of(s, use, ask, about);
  return &d->v[d->at];
}

static tri3 of_order(expr_op op, int order) {
  switch ((int)op) {
  case X_EQ: return order == 0;
  case X_NE: return order != 0;
  case X_LT: return order < 0;
  case X_LE: return order <= 0;
  case X_GT: return order > 0;
  default: return order >= 0;
  }
}

static tri3 compare(search *s, const expr *e) {
  bool turned = e->a->op != X_FIELD;
  const expr *field = turned ? e->b : e->a, *value = turned ? e->a : e->b;
  const dim *d = dim_field(s, field->use);
  const dim_value *v = &d->v[d->at];
  if (v->missing) return DOUBT3;
  type ty = s->p->uses[field->use].ty;
  if (ty == TY_BOOL) return of_order(e->op, v->yes != value->yes);
  if (ty == TY_TEXT) return of_order(e->op, !utf8_fold_eq(v->text, value->text));
  decimal c;
  if (!constant_of(s, d, value, &c)) return DOUBT3;
  int order = decimal_cmp(v->num, c);
  return of_order(e->op, turned ? -order : order);
}

static tri3 holds(search *s, const expr *e) {
  tri3 a, b;
  const dim_value *v;
  switch ((int)e->op) {
  case X_BOOL: return e->yes;
  case X_NOT: a = holds(s, e->a); return a == DOUBT3 ? a : a == NO3;
  case X_AND:
  case X_OR:
    a = holds(s, e->a), b = holds(s, e->b);
    if (e->op == X_AND) return a == NO3 || b == NO3 ? NO3 : a == DOUBT3 || b == DOUBT3 ? DOUBT3 : YES3;
    return a == YES3 || b == YES3 ? YES3 : a == DOUBT3 || b == DOUBT3 ? DOUBT3 : NO3;
  case X_FIELD: v = value_of(s, e->use, X_FIELD, SLICE("")); return v->missing ? DOUBT3 : v->yes;
  case X_MISSING: return value_of(s, e->a->use, X_FIELD, SLICE(""))->missing;
  case X_HAS: return value_of(s, e->a->use, X_HAS, e->b->text)->yes;
  case X_CONTAINS:
  case X_STARTS:
    if (value_of(s, e->a->use, X_FIELD, SLICE(""))->missing) return DOUBT3;
    return value_of(s, e->a->use, e->op, e->b->text)->yes;
  case X_IN:
    v = value_of(s, e->a->use, X_FIELD, SLICE(""));
    if (v->missing) return DOUBT3;
    for (uint32_t i = 0; i < e->count; i++)
      if (utf8_fold_eq(v->text, e->list[i])) return YES3;
    return NO3;
  default: return compare(s, e);
  }
}

static bool is_taken(search *s) {
  for (uint32_t l = 0; l < s->p->ladder_count; l++)
    if (s->p->ladders[l].of == ENT_INVOICE && holds(s, s->p->conds[s->p->ladders[l].where].e) == YES3) return true;
  return false;
}

/* A contract that is not there lacks everything; one that is there has what it must have. */
static bool is_real(const search *s) {
  bool none = false, some = false;
  for (uint32_t i = 0; i < s->n; i++) {
    const dim *d = &s->dims[i];
    const field_use *u = &s->p->uses[d->use];
    if (u->of != ENT_CONTRACT || d->ask != X_FIELD) continue;
    const field_info *f = info_of(s, d->use);
    if (!d->v[d->at].missing)
      some = true;
    else if (f && !f->can_be_missing)
      none = true;
  }
  return !(none && some);
}

static bool next_case(search *s) {
  for (uint32_t i = 0; i < s->n; i++) {
    if (++s->dims[i].at < s->dims[i].n) return true;
    s->dims[i].at = 0;
  }
  return false;
}

/* ---- what is asked at all ---- */

/* Fields that move together: an example that mixes them might be of no invoice. */
static bool hang_together(const search *s) {
  uint32_t days = 0, amounts = 0, promises = 0, texts = 0;
  for (uint32_t i = 0; i < s->n; i++) {
    const dim *d = &s->dims[i];
    switch (s->p->uses[d->use].field) {
    case FIELD_INVOICE_DUE:
    case FIELD_INVOICE_OVERDUE:
    case FIELD_CUSTOMER_OLDEST_OVERDUE:
    case FIELD_CUSTOMER_OVERDUE_COUNT:
    case FIELD_CUSTOMER_OVERDUE_TOTAL: days++; break;
    case FIELD_INVOICE_AMOUNT:
    case FIELD_INVOICE_OPEN:
    case FIELD_INVOICE_PAID_AMOUNT:
    case FIELD_INVOICE_TOTAL:
    case FIELD_INVOICE_FINE:
    case FIELD_INVOICE_INTEREST:
    case FIELD_CUSTOMER_OPEN_TOTAL: amounts++; break;
    case FIELD_INVOICE_PROMISED:
    case FIELD_INVOICE_PROMISE: promises++; break;
    default: break;
    }
    if (d->ask == X_CONTAINS || d->ask == X_STARTS) {
      const dim *whole = NULL;
      for (uint32_t k = 0; k < s->n; k++) {
        if (s->dims[k].use == d->use && s->dims[k].ask == X_FIELD) whole = &s->dims[k];
        if (k != i && s->dims[k].use == d->use && s->dims[k].ask != X_FIELD) texts++; /* may contradict each other */
      }
      for (uint32_t k = 0; whole && k < whole->n; k++)
        texts += !whole->v[k].missing && !slice_eq(whole->v[k].text, SLICE("?"));
    }
  }
  return days > 1 || amounts > 1 || promises > 1 || texts > 0;
}

/* A field that is only asked whether it is missing has some value too. */
static void some_value(search *s, dim *d) {
  for (uint32_t i = 0; i < d->n; i++)
    if (!d->v[i].missing) return;
  bool date = s->p->uses[d->use].ty == TY_DATE;
  offer(s, d, (dim_value){.num = {date ? date_of(2026, 1, 1).day : 1, 0}});
}

static bool can_ask(search *s) {
  uint32_t last = 0;
  for (uint32_t l = 0; l < s->p->ladder_count; l++) {
    const ladder *x = &s->p->ladders[l];
    if (x->of != ENT_INVOICE) continue;
    if (x->where == NO_COND) return false; /* it takes all that come to it */
    if (!x->none) last++;
    look(s, s->p->conds[x->where].e);
    if (s->lost) return false;
  }
  for (uint32_t i = 0; i < s->n; i++) some_value(s, &s->dims[i]);
  uint64_t cases = 1;
  for (uint32_t i = 0; i < s->n && cases <= CASES_MAX; i++) cases *= s->dims[i].n;
  return last > 0 && cases <= CASES_MAX && cases * s->nodes <= WORK_MAX && !hang_together(s);
}

/* ---- the example, in the words of a condition ---- */

static slice field_written(const search *s, uint16_t use, dun_lang lang) {
  const field_use *u = &s->p->uses[use];
  slice name =
      u->field < FIELD_COUNT ? slice_of(FIELDS[u->field].name[lang]) : s->p->custom[u->field - FIELD_COUNT].name;
  if (u->of == ENT_INVOICE) return name;
  return arena_printf(s->perm, "%.*s.%.*s", SLICE_ARG(entity_text(u->of, lang)), SLICE_ARG(name));
}

static void write_value(const search *s, text *t, const dim *d, const dim_value *v) {
  static const char *const units[] = {"d", "bd", "w", "mo", "y"};
  char buffer[DECIMAL_TEXT_MAX > DATE_TEXT_MAX ? DECIMAL_TEXT_MAX : DATE_TEXT_MAX];
  switch (s->p->uses[d->use].ty) {
  case TY_DATE: text_add(t, (slice){buffer, date_iso((civil_date){(int32_t)v->num.n}, buffer)}); break;
  case TY_DURATION:
    text_printf(t, "%lld%s", (long long)v->num.n, units[d->unit == UNIT_COUNT ? UNIT_DAY : d->unit]);
    break;
  case TY_PERCENT: {
    decimal n = v->num;
    if (n.scale >= 2) n.scale = (uint8_t)(n.scale - 2);
    text_add(t, (slice){buffer, decimal_text(n, buffer)});
    text_char(t, '%');
    break;
  }
  case TY_MONEY:
  case TY_NUMBER: text_add(t, (slice){buffer, decimal_text(v->num, buffer)}); break;
  case TY_TEXT: text_printf(t, "\"%.*s\"", SLICE_ARG(v->text)); break;
  case TY_BOOL:
  case TY_SET:
  case TY_TIME:
  case TY_ERROR: break;
  }
}

static slice example_written(const search *s, dun_lang lang) {
  text t = text_new(s->perm);
  for (uint32_t i = 0; i < s->n; i++) {
    const dim *d = &s->dims[i];
    const dim_value *v = &d->v[d->at];
    const field_use *u = &s->p->uses[d->use];
    if (u->field == FIELD_INVOICE_STATUS) continue;
    if (i && t.n) text_cstr(&t, ", ");
    bool plain = d->ask != X_FIELD || (u->ty == TY_BOOL && !v->missing);
    if (plain && !v->yes) text_printf(&t, "%.*s ", SLICE_ARG(kw_text(KW_NOT, lang)));
    text_add(&t, field_written(s, d->use, lang));
    if (v->missing) {
      text_printf(&t, " %.*s", SLICE_ARG(kw_text(KW_IS_MISSING, lang)));
    } else if (d->ask != X_FIELD) {
      kw word = d->ask == X_HAS ? KW_HAS : d->ask == X_CONTAINS ? KW_CONTAINS : KW_STARTS_WITH;
      text_printf(&t, " %.*s \"%.*s\"", SLICE_ARG(kw_text(word, lang)), SLICE_ARG(d->text));
    } else if (!plain) {
      text_cstr(&t, " = ");
      write_value(s, &t, d, v);
    }
  }
  return text_slice(&t);
}

void analyse_no_ladder(arena *perm, const program *p, diags *d) {
  search *s = ARENA_NEW(perm, search);
  *s = (search){.perm = perm, .p = p, .home = p->cur};
  if (!can_ask(s)) return;
  do {
    if (!is_real(s) || is_taken(s)) continue;
    const ladder *last = NULL;
    for (uint32_t l = 0; l < p->ladder_count; l++)
      if (p->ladders[l].of == ENT_INVOICE) last = &p->ladders[l];
    slice example = example_written(s, p->lang);
    diag_add(d, DIAG_W0026, last->at, (slice){0}, 1, &example);
    return;
  } while (next_case(s));
}
