/* See smt.h. A condition is two formulas, when it is yes and when it is no; a value is a real and when it is there.
 * Fields are named by their path. Texts are compared in lower case, so that `exactly` needs a Boolean for each
 * spelling: the constants are ASCII. */
#include "tests/analyse/smt.h"

#include <ctype.h>

#include "lang/check/fields.h"

typedef struct smt {
  arena *perm;
  const program *p;
  text head; /* declarations and what rows keep */
  slice known[256];
  uint32_t known_count;
  bool failed;
} smt;

typedef struct truth {
  slice yes, no;
} truth;

typedef struct number {
  slice term, there;
} number;

static slice say(smt *s, const char *op, slice a, slice b) {
  return arena_printf(s->perm, "(%s %.*s %.*s)", op, SLICE_ARG(a), SLICE_ARG(b));
}
static slice not_(smt *s, slice a) { return arena_printf(s->perm, "(not %.*s)", SLICE_ARG(a)); }

static bool declare(smt *s, slice name, const char *sort) {
  for (uint32_t i = 0; i < s->known_count; i++)
    if (slice_eq(s->known[i], name)) return false;
  if (s->known_count == sizeof s->known / sizeof *s->known) {
    s->failed = true;
    return false;
  }
  s->known[s->known_count++] = name;
  text_printf(&s->head, "(declare-const %.*s %s)\n", SLICE_ARG(name), sort);
  return true;
}

static slice field_name(smt *s, const field_use *u) {
  static const char *const of[] = {"i", "c", "k"};
  if (u->field < FIELD_COUNT) return arena_printf(s->perm, "%s_%s", of[u->of], FIELDS[u->field].name[LANG_EN]);
  return arena_printf(s->perm, "%s_own_%.*s", of[u->of], SLICE_ARG(s->p->custom[u->field - FIELD_COUNT].name));
}

/* Whether the field is there. */
static slice there(smt *s, const field_use *u, slice name) {
  slice out = SLICE("true");
  if (u->ty != TY_SET && (u->field >= FIELD_COUNT || FIELDS[u->field].can_be_missing)) {
    out = arena_printf(s->perm, "%.*s_there", SLICE_ARG(name));
    (void)declare(s, out, "Bool");
  }
  if (u->of != ENT_CONTRACT) return out;
  (void)declare(s, SLICE("contract"), "Bool");
  return say(s, "and", SLICE("contract"), out);
}

static slice rational_text(smt *s, decimal d, int64_t unit) {
  bool minus = d.n < 0;
  return arena_printf(s->perm, minus ? "(- (/ %lld.0 %lld.0))" : "(/ %lld.0 %lld.0)",
                      (long long)(minus ? -d.n : d.n) * unit, (long long)pow10_i64(d.scale));
}

static slice integer(smt *s, slice name) {
  (void)declare(s, name, "Int");
  return arena_printf(s->perm, "(to_real %.*s)", SLICE_ARG(name));
}

/* Money in cents, numbers of the policy's own in millionths, everything else as it is. */
static number of_field(smt *s, const expr *e) {
  const field_use *u = &s->p->uses[e->use];
  if (u->field == FIELD_INVOICE_OVERDUE)
    return (number){say(s, "-", integer(s, SLICE("today")), integer(s, SLICE("i_due"))), SLICE("true")};
  slice name = field_name(s, u), value = integer(s, name);
  bool fine = u->field >= FIELD_COUNT && (u->ty == TY_NUMBER || u->ty == TY_PERCENT);
  if (u->field == FIELD_CUSTOMER_OVERDUE_COUNT) text_cstr(&s->head, "(assert (>= c_overdue_count 0))\n");
  if (u->ty == TY_MONEY) value = arena_printf(s->perm, "(/ %.*s 100.0)", SLICE_ARG(value));
  if (fine) value = arena_printf(s->perm, "(/ %.*s 1000000.0)", SLICE_ARG(value));
  return (number){value, there(s, u, name)};
}

static number value(smt *s, const expr *e) {
  static const char *const ops[X_OP_COUNT] = {[X_ADD] = "+", [X_SUB] = "-", [X_MUL] = "*"};
  number a, b;
  int64_t days = 1;
  switch ((int)e->op) {
  case X_FIELD: return of_field(s, e);
  case X_TODAY: return (number){integer(s, SLICE("today")), SLICE("true")};
  case X_MONEY:
  case X_NUMBER: return (number){rational_text(s, e->num, 1), SLICE("true")};
  case X_DATE: return (number){rational_text(s, (decimal){e->date.day, 0}, 1), SLICE("true")};
  case X_DURATION:
    if (e->dur.unit == UNIT_WEEK) days = 7;
    if (e->dur.unit != UNIT_DAY && e->dur.unit != UNIT_WEEK) s->failed = true;
    return (number){rational_text(s, (decimal){e->dur.n, 0}, days), SLICE("true")};
  case X_ADD:
  case X_SUB:
  case X_MUL:
    a = value(s, e->a), b = value(s, e->b);
    return (number){say(s, ops[e->op], a.term, b.term), say(s, "and", a.there, b.there)};
  default: s->failed = true; return (number){SLICE("0.0"), SLICE("true")};
  }
}

static truth when_there(smt *s, slice is, slice yes) {
  return (truth){say(s, "and", is, yes), say(s, "and", is, not_(s, yes))};
}

static truth order(smt *s, const expr *e) {
  static const char *const ops[X_OP_COUNT] = {
      [X_EQ] = "=", [X_NE] = "distinct", [X_LT] = "<", [X_LE] = "<=", [X_GT] = ">", [X_GE] = ">="};
  number a = value(s, e->a), b = value(s, e->b);
  return when_there(s, say(s, "and", a.there, b.there), say(s, ops[e->op], a.term, b.term));
}

/* ---- texts ---- */

static slice lower(smt *s, slice a) {
  char *out = arena_copy(s->perm, a);
  for (size_t i = 0; i < a.n; i++) out[i] = (char)tolower((unsigned char)out[i]);
  return (slice){out, a.n};
}

static slice quoted(smt *s, slice a) { return arena_printf(s->perm, "\"%.*s\"", SLICE_ARG(lower(s, a))); }

/* Whether the field is spelled so; of all spellings of a text it has one. */
static slice spelled(smt *s, slice name, slice as) {
  slice low = lower(s, as), out = {0}, all = {0};
  for (unsigned k = 0; k < 1U << as.n; k++) {
    char *word = arena_copy(s->perm, low);
    for (size_t i = 0; i < as.n; i++)
      if (k >> i & 1) word[i] = (char)toupper((unsigned char)word[i]);
    slice one = arena_printf(s->perm, "%.*s_is_%s", SLICE_ARG(name), word);
    if (slice_eq((slice){word, as.n}, as)) out = one;
    (void)declare(s, one, "Bool");
    text_printf(&s->head, "(assert (=> %.*s (= %.*s %.*s)))\n", SLICE_ARG(one), SLICE_ARG(name),
                SLICE_ARG(quoted(s, as)));
    all = k ? arena_printf(s->perm, "%.*s %.*s", SLICE_ARG(all), SLICE_ARG(one)) : one;
  }
  text_printf(&s->head, "(assert (=> (= %.*s %.*s) ((_ at-least 1) %.*s)))\n(assert ((_ at-most 1) %.*s))\n",
              SLICE_ARG(name), SLICE_ARG(quoted(s, as)), SLICE_ARG(all), SLICE_ARG(all));
  return out;
}

static slice equal(smt *s, slice name, slice to, bool exact) {
  return exact ? spelled(s, name, to) : say(s, "=", name, quoted(s, to));
}

static truth texts(smt *s, const expr *e) {
  if (e->a->op != X_FIELD || (e->op != X_IN && e->b->op != X_TEXT)) {
    s->failed = true;
    return (truth){SLICE("true"), SLICE("false")};
  }
  const field_use *u = &s->p->uses[e->a->use];
  slice name = field_name(s, u), yes = SLICE("false");
  if (declare(s, name, "String") && u->field == FIELD_INVOICE_STATUS)
    text_cstr(&s->head, "(assert (or (= i_status \"open\") (= i_status \"paid\") (= i_status \"cancelled\")))\n");
  if (e->op == X_IN)
    for (uint32_t i = 0; i < e->count; i++) yes = say(s, "or", yes, equal(s, name, e->list[i], e->list_exact[i]));
  else if (e->op == X_CONTAINS)
    yes = say(s, "str.contains", name, quoted(s, e->b->text));
  else if (e->op == X_STARTS)
    yes = say(s, "str.prefixof", quoted(s, e->b->text), name);
  else
    yes = equal(s, name, e->b->text, e->b->exact);
  if (e->op == X_NE) yes = not_(s, yes);
  return when_there(s, there(s, u, name), yes);
}

static truth has(smt *s, const expr *e) {
  slice name = arena_printf(s->perm, "%.*s_has_%.*s", SLICE_ARG(field_name(s, &s->p->uses[e->a->use])),
                            SLICE_ARG(lower(s, e->b->text)));
  (void)declare(s, name, "Bool");
  return (truth){name, not_(s, name)};
}

/* ---- logic ---- */

static truth condition(smt *s, const expr *e) {
  truth a, b;
  const field_use *u;
  slice is;
  bool text_side = e->a && e->a->ty == TY_TEXT;
  switch ((int)e->op) {
  case X_BOOL: return e->yes ? (truth){SLICE("true"), SLICE("false")} : (truth){SLICE("false"), SLICE("true")};
  case X_FIELD:
    u = &s->p->uses[e->use];
    (void)declare(s, field_name(s, u), "Bool");
    return when_there(s, there(s, u, field_name(s, u)), field_name(s, u));
  case X_AND:
    a = condition(s, e->a), b = condition(s, e->b);
    return (truth){say(s, "and", a.yes, b.yes), say(s, "or", a.no, b.no)};
  case X_OR:
    a = condition(s, e->a), b = condition(s, e->b);
    return (truth){say(s, "or", a.yes, b.yes), say(s, "and", a.no, b.no)};
  case X_NOT: a = condition(s, e->a); return (truth){a.no, a.yes};
  case X_MISSING:
    if (e->a->op != X_FIELD) s->failed = true;
    u = &s->p->uses[e->a->use];
    is = there(s, u, field_name(s, u));
    return (truth){not_(s, is), is};
  case X_EQ:
  case X_NE: return text_side ? texts(s, e) : order(s, e);
  case X_LT:
  case X_LE:
  case X_GT:
  case X_GE: return order(s, e);
  case X_IN:
  case X_CONTAINS:
  case X_STARTS: return texts(s, e);
  case X_HAS: return has(s, e);
  default: s->failed = true; return (truth){SLICE("true"), SLICE("false")};
  }
}

bool smt_write(arena *perm, const solve_asked *asked, uint32_t n, text *out) {
  smt *s = ARENA_NEW(perm, smt);
  text body = text_new(perm);
  s->perm = perm, s->head = text_new(perm);
  for (uint32_t i = 0; i < n; i++) {
    s->p = asked[i].p;
    truth t = condition(s, s->p->conds[asked[i].cond].e);
    text_cstr(&body, "(assert (or false");
    if (asked[i].want & SOLVE_TRUE) text_printf(&body, " %.*s", SLICE_ARG(t.yes));
    if (asked[i].want & SOLVE_FALSE) text_printf(&body, " %.*s", SLICE_ARG(t.no));
    if (asked[i].want & SOLVE_UNDECIDED) text_printf(&body, " (not (or %.*s %.*s))", SLICE_ARG(t.yes), SLICE_ARG(t.no));
    text_cstr(&body, "))\n");
  }
  if (s->failed) return false;
  text_printf(out, "(push)\n%.*s%.*s(check-sat)\n(pop)\n", SLICE_ARG(text_slice(&s->head)),
              SLICE_ARG(text_slice(&body)));
  return true;
}
