/* See explain_trace.h. */
#include "explain_trace.h"

#include "explain_terms.h"
#include "lang/base/text.h"

typedef struct tracing {
  engine *e;
  arena *perm;
  dun_lang lang;
  uint32_t row, cond;
  trace_step *v;
  uint32_t n, cap;
} tracing;

static bool reads_use(code_arg_kind k) { return k >= ARG_USE_BOOL && k <= ARG_USE_ANY; }

/* The fields that the instruction reads itself, with their values. */
static slice reads(const tracing *t, const code_op *o) {
  const code_op_info *info = &CODE_OPS[o->op];
  text out = text_new(t->perm);
  if (reads_use(info->x)) text_add(&out, field_words(t->e, &t->e->p->uses[o->x], t->row, t->lang, t->perm));
  if (reads_use(info->y)) {
    text_cstr(&out, ", ");
    text_add(&out, field_words(t->e, &t->e->p->uses[o->y], t->row, t->lang, t->perm));
  }
  return text_slice(&out);
}

static slice number_words(arena *perm, rational r) {
  text t = text_new(perm);
  int128 n = r.num, d = r.den;
  if (n < 0) text_char(&t, '-'), n = -n;
  text_printf(&t, "%llu", (unsigned long long)n);
  if (d != 1) text_printf(&t, "/%llu", (unsigned long long)d);
  return text_slice(&t);
}

static slice value_words(const tracing *t, const vm_step *s) {
  const vm_value *v = &s->value;
  char buffer[MONEY_TEXT_MAX > DATE_TEXT_MAX ? MONEY_TEXT_MAX : DATE_TEXT_MAX];
  switch (v->ty) {
  case TY_BOOL: return v->missing ? SLICE("undecided") : v->num.num ? SLICE("yes") : SLICE("no");
  case TY_DATE:
    if (v->missing) return SLICE("missing");
    return arena_slice(t->perm, (slice){buffer, date_iso(v->date, buffer)});
  case TY_DURATION:
    return v->missing ? SLICE("missing") : arena_printf(t->perm, "%.*sd", SLICE_ARG(number_words(t->perm, v->num)));
  case TY_MONEY:
    if (v->missing) return SLICE("missing");
    if (v->num.den == 1 && v->cur < CURRENCY_COUNT && v->num.num <= INT64_MAX && v->num.num >= -INT64_MAX)
      return arena_printf(t->perm, "%.*s %s", (int)money_plain((money){(int64_t)v->num.num, v->cur}, buffer), buffer,
                          currency_code(v->cur));
    return number_words(t->perm, v->num);
  case TY_NUMBER:
  case TY_PERCENT:
  case TY_TIME: return v->missing ? SLICE("missing") : number_words(t->perm, v->num);
  case TY_TEXT:
  case TY_SET:
  case TY_ERROR: break;
  }
  return (slice){0};
}

static void keep(void *self, const vm_step *s) {
  tracing *t = self;
  const vm_code *c = t->e->c->code;
  uint32_t id = c->chunks[t->cond].from + s->op;
  const code_op *o = &c->ops[id];
  if (t->n == t->cap) {
    uint32_t cap = t->cap ? t->cap * 2 : 64;
    trace_step *v = ARENA_ARRAY(t->perm, cap, trace_step);
    if (t->n) memcpy(v, t->v, t->n * sizeof *v);
    t->v = v;
    t->cap = cap;
  }
  bool jump = o->op == OP_SKIP_NO || o->op == OP_SKIP_YES;
  t->v[t->n++] = (trace_step){.cond = t->cond,
                              .op = s->op,
                              .name = slice_of(CODE_OPS[o->op].name),
                              .does = code_op_text(t->perm, c, o),
                              .at = c->places ? c->places[id] : (span){0},
                              .reads = reads(t, o),
                              .gives = jump ? (s->jumps ? SLICE("goes") : SLICE("stays")) : value_words(t, s)};
}

const trace_step *explain_trace(engine *e, const uint32_t *conds, uint32_t n, uint32_t row, dun_lang lang, arena *perm,
                                uint32_t *count) {
  tracing t = {.e = e, .perm = perm, .lang = lang, .row = row};
  if (e->f->moved) bind_again(e);
  for (uint32_t i = 0; i < n; i++) {
    t.cond = conds[i];
    (void)vm_trace(e->m, conds[i], row, keep, &t);
  }
  *count = t.n;
  return t.v;
}
