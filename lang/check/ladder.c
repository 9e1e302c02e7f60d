/* Ladders and their rungs. Repeats are spelled out here, so that every rung of the program has one offset, written one
 * way: that text is the key by which a climbed rung is remembered, and it must never change for an unchanged policy. */
#include "lang/check/internal.h"

#include "lang/base/utf8.h"

/* ---- offsets ---- */

static bool sum_unit(duration base, duration step, int64_t times, duration *out) {
  int64_t n;
  duration_unit unit = base.unit;
  if (base.unit == step.unit)
    n = base.n + step.n * times;
  else {
    int32_t b, s;
    unit = UNIT_DAY;
    if (!duration_days(base, &b) || !duration_days(step, &s)) {
      unit = UNIT_MONTH;
      if (!duration_months(base, &b) || !duration_months(step, &s)) return false;
    }
    n = b + s * times;
  }
  if (n > INT32_MAX || n < INT32_MIN) return false;
  *out = (duration){(int32_t)n, unit};
  return true;
}

/* "17d"; "30d+2mo" where the units do not add up. */
static slice offset_written(checker *c, offset *off) {
  duration whole;
  if (off->times == 0) return duration_written(c, off->base);
  if (sum_unit(off->base, off->step, off->times, &whole)) {
    *off = (offset){whole, {0, UNIT_DAY}, 0};
    return duration_written(c, whole);
  }
  slice base = duration_written(c, off->base);
  duration steps = {off->step.n * off->times, off->step.unit};
  return keep(c, arena_printf(c->scratch, "%.*s+%.*s", SLICE_ARG(base), SLICE_ARG(duration_written(c, steps))));
}

/* The anchor that an offset is written against must be the ladder's own; `anchor` is empty where that was an error. */
static void check_anchor(checker *c, const ast *at, slice anchor, entity of) {
  const ast *n = ast_kid(at, AST_ANCHOR);
  if (!n || anchor.n == 0) return;
  c->of = of;
  field_ref want = name_look(c, anchor), got = name_look(c, n->text);
  if (got.status != FIELD_FOUND && field_by_name(ENT_INVOICE, n->text, c->lang) == FIELD_COUNT) {
    (void)name_resolve(c, n, n->text);
    return;
  }
  if (got.status == FIELD_FOUND && want.of == got.of && want.field == got.field) return;
  mend(c, REPORT(c, E0309, span_name(c, n), hint(c, HINT_WRITE, anchor), anchor, n->text), span_name(c, n), anchor);
}

static int32_t repeat_times(checker *c, const ast *repeat) {
  const ast *n = ast_kid(repeat, AST_NUMBER);
  if (!n) {
    REPORT(c, E0312, repeat->at, NO_HINT);
    return 0;
  }
  decimal d = decimal_trim(n->value.number);
  if (d.scale == 0 && d.n >= 1 && d.n <= REPEAT_TIMES_MAX) return (int32_t)d.n;
  REPORT(c, E0313, n->at, NO_HINT, arena_printf(c->scratch, "%d", REPEAT_TIMES_MAX));
  return 0;
}

typedef struct rung_list {
  vec v;
  name_map seen; /* by what is written */
} rung_list;

static uint32_t actions_of(lines l) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < l.count; i++)
    for (uint32_t b = 0; b < l.v[i].branch_count; b++) n += l.v[i].branches[b].action_count;
  return n;
}

/* The line as it stands below others with so many actions: ordinals count through all lines of a rung. */
static line line_after(checker *c, const line *l, uint32_t before) {
  line out = *l;
  branch *branches = ARENA_ARRAY(c->perm, l->branch_count + 1, branch);
  for (uint32_t b = 0; b < l->branch_count; b++) {
    branches[b] = l->branches[b];
    action *actions = ARENA_ARRAY(c->perm, branches[b].action_count + 1, action);
    for (uint32_t a = 0; a < branches[b].action_count; a++) {
      actions[a] = l->branches[b].actions[a];
      actions[a].ordinal += before;
    }
    branches[b].actions = actions;
  }
  out.branches = branches;
  return out;
}

/* Equal places are one rung: an offset that is written again adds its lines to it. One that a repeat comes by is meant
 * so; one written twice may be a slip. */
static void rung_join(checker *c, rung *to, const rung *more) {
  if (!to->repeated && !more->repeated) REPORT(c, W0027, more->at, hint(c, HINT_MERGE, NO_HINT), more->written);
  if (actions_of(to->body) + actions_of(more->body) > SECTION_ACTIONS_MAX) {
    REPORT(c, E0338, more->at, NO_HINT, arena_printf(c->scratch, "%d", SECTION_ACTIONS_MAX));
    return;
  }
  uint32_t n = to->body.count + more->body.count;
  line *v = ARENA_ARRAY(c->perm, n + 1, line);
  uint32_t before = actions_of(to->body);
  for (uint32_t i = 0; i < n; i++)
    v[i] = i < to->body.count ? to->body.v[i] : line_after(c, &more->body.v[i - to->body.count], before);
  to->body = (lines){v, n};
}

static void rung_add(checker *c, rung_list *l, offset off, lines body, span at, bool repeated) {
  if (!rule_fits(c, at)) return; /* a repeat makes many of one line */
  rung r = {.off = off, .body = body, .at = at, .repeated = repeated};
  r.written = offset_written(c, &r.off);
  uint32_t had = name_map_add(c->scratch, &l->seen, 0, r.written, l->v.n);
  if (had != NAME_NONE) {
    rung_join(c, VEC_AT(&l->v, rung, had), &r);
    return;
  }
  *VEC_PUSH(c->perm, &l->v, rung) = r;
}

static void rung_build(checker *c, const ast *n, entity of, slice anchor, rung_list *l) {
  const ast *d = ast_kid(n, AST_DURATION), *repeat = ast_kid(n, AST_REPEAT);
  duration base = {0, UNIT_DAY};
  if (d) base = (duration){d->value.duration.count, d->value.duration.unit};
  if (base.n == 0) base.unit = UNIT_DAY;
  if (n->op == KW_BEFORE) base.n = -base.n;
  check_anchor(c, n, anchor, of);
  lines body = lines_build(c, n, of);
  rung_add(c, l, (offset){base, {0, UNIT_DAY}, 0}, body, n->at, repeat != NULL);
  if (!repeat) return;
  const ast *step = ast_kid(repeat, AST_DURATION);
  int32_t times = repeat_times(c, repeat);
  if (!step || times == 0) return;
  if (step->value.duration.count == 0) {
    REPORT(c, E0313, step->at, NO_HINT, arena_printf(c->scratch, "%d", REPEAT_TIMES_MAX));
    return;
  }
  duration by = {step->value.duration.count, step->value.duration.unit};
  if ((int64_t)by.n * times > INT32_MAX) {
    REPORT(c, E0209, step->at, NO_HINT);
    return;
  }
  for (int32_t i = 1; i <= times; i++) rung_add(c, l, (offset){base, by, i}, body, n->at, true);
}

/* The rungs among a section's kids, after `first` where a `when` has one. */
const rung *rungs_build(checker *c, const ast *section, entity of, slice anchor, const rung *first, uint32_t *count) {
  rung_list l = {{0}, {0}};
  if (first) rung_add(c, &l, first->off, first->body, first->at, false);
  for (const ast *kid = section->kid; kid; kid = kid->next)
    if (kid->kind == AST_RUNG) rung_build(c, kid, of, anchor, &l);
  lost_rungs(c, section, of);
  check_places(c, l.v.v, l.v.n);
  *count = l.v.n;
  return l.v.v;
}

/* ---- ladders ---- */

static entity target_of(kw op) {
  return op == KW_CONTRACTS ? ENT_CONTRACT : op == KW_CUSTOMERS ? ENT_CUSTOMER : ENT_INVOICE;
}

/* The field that the offsets count from; NO_USE: due. */
static uint16_t anchor_build(checker *c, const ast *n, ladder *out, slice *name) {
  const ast *from = ast_kid(n, AST_COUNTING);
  *name = slice_of(FIELDS[FIELD_INVOICE_DUE].name[c->lang]);
  if (!from) {
    if (out->of == ENT_CONTRACT) {
      REPORT(c, E0310, n->at, NO_HINT);
      *name = NO_HINT;
    }
    return NO_USE;
  }
  *name = from->text;
  c->of = out->of;
  field_ref r = name_resolve(c, from, from->text);
  if (r.status != FIELD_FOUND) *name = NO_HINT;
  if (r.status != FIELD_FOUND || (r.of == ENT_INVOICE && r.field == FIELD_INVOICE_DUE)) return NO_USE;
  type ty = field_type(c, r.field);
  if (ty != TY_DATE) {
    REPORT(c, E0212, span_name(c, from), NO_HINT, type_text(ty, c->lang));
    return NO_USE;
  }
  return use_field(c, r.of, r.field);
}

void ladder_build(checker *c, const ast *n) {
  ladder out = {.name = keep(c, n->text), .of = target_of(n->op), .at = n->at};
  slice anchor;
  if (out.of == ENT_CUSTOMER) {
    REPORT(c, E0311, n->at, NO_HINT);
    return;
  }
  if (name_map_add(c->scratch, &c->ladders_by_name, 0, n->text, c->ladders.n) != NAME_NONE)
    REPORT(c, E0114, span_name(c, n), NO_HINT, n->text);
  out.where = cond_where(c, n, out.of);
  out.anchor = anchor_build(c, n, &out, &anchor);
  scope_lists own = {0};
  for (const ast *kid = n->kid; kid; kid = kid->next)
    if (ast_class_of(kid->kind) == AST_CLASS_SETTING) setting_check(c, kid, &out.own, &own, out.of, true);
  scope_finish(c, &out.own, &own);
  out.rungs = rungs_build(c, n, out.of, anchor, NULL, &out.rung_count);
  *VEC_PUSH(c->perm, &c->ladders, ladder) = out;
}

void no_ladder_build(checker *c, const ast *n) {
  ladder out = {.of = ENT_INVOICE, .anchor = NO_USE, .none = true, .at = n->at};
  out.where = cond_of(c, ast_kid(n, AST_COND), ENT_INVOICE);
  scope_lists own = {0};
  scope_finish(c, &out.own, &own);
  *VEC_PUSH(c->perm, &c->ladders, ladder) = out;
}
