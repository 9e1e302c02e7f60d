/* The disassembler: what `dun disasm` prints. Every instruction's text is the one of its row in opcode.def. */
#include "lang/base/text.h"
#include "lang/code/code.h"

static const char *const UNITS[UNIT_COUNT] = {"d", "bd", "w", "mo", "y"};

static void add_use(text *t, const program *p, uint32_t use) {
  const field_use *u = &p->uses[use];
  static const char *const heads[ENT_COUNT] = {"invoice.", "customer.", "contract."};
  if (u->of != u->context) text_cstr(t, heads[u->of]);
  if (u->field < FIELD_COUNT)
    text_cstr(t, FIELDS[u->field].name[LANG_EN]);
  else
    text_add(t, p->custom[u->field - FIELD_COUNT].name);
}

static void add_number(text *t, decimal d) {
  char s[DECIMAL_TEXT_MAX];
  text_add(t, (slice){s, decimal_text(d, s)});
}

static void add_day(text *t, const code_const *k) {
  char s[DATE_TEXT_MAX];
  if (k->today)
    text_cstr(t, "today");
  else
    text_add(t, (slice){s, date_iso(k->date, s)});
  for (uint32_t i = 0; i < k->count; i++) {
    int64_t n = k->plus[i].n;
    text_printf(t, " %c %lld%s", n < 0 ? '-' : '+', (long long)(n < 0 ? -n : n), UNITS[k->plus[i].unit]);
  }
}

static void add_texts(text *t, const code_const *k, bool list) {
  if (list) text_char(t, '(');
  for (uint32_t i = 0; i < k->count; i++) {
    if (i) text_cstr(t, ", ");
    if (k->exact && k->exact[i]) text_cstr(t, "exactly ");
    text_printf(t, "\"%.*s\"", SLICE_ARG(k->texts[i]));
  }
  if (list) text_char(t, ')');
  if (k->literal_first) text_cstr(t, " (the text first)");
}

static void add_const(text *t, const vm_code *c, const code_op *o, uint32_t x) {
  const code_const *k = &c->consts[x];
  if (k->kind == ARG_K_DAY) {
    add_day(t, k);
  } else if (k->kind == ARG_K_TEXT) {
    add_texts(t, k, o->rel == REL_IN);
  } else if (k->kind == ARG_K_DURATION) {
    text_printf(t, "%d%s", k->dur.n, UNITS[k->dur.unit]);
  } else {
    add_number(t, k->num);
    if (k->kind == ARG_K_MONEY && k->cur != CURRENCY_NONE) text_printf(t, " %s", currency_code(k->cur));
  }
}

static void add_arg(text *t, const vm_code *c, const code_op *o, code_arg_kind kind, uint32_t x) {
  static const char *const tris[] = {"no", "undecided", "yes"};
  switch (kind) {
  case ARG_NONE: break;
  case ARG_TRI: text_cstr(t, tris[x]); break;
  case ARG_JUMP: text_printf(t, "%u", x); break;
  case ARG_K_NUMBER:
  case ARG_K_MONEY:
  case ARG_K_DURATION:
  case ARG_K_DAY:
  case ARG_K_TEXT: add_const(t, c, o, x); break;
  case ARG_USE_BOOL:
  case ARG_USE_NUMBER:
  case ARG_USE_MONEY:
  case ARG_USE_DURATION:
  case ARG_USE_OVERDUE:
  case ARG_USE_DATE:
  case ARG_USE_TEXT:
  case ARG_USE_WHOLE:
  case ARG_USE_ANY: add_use(t, c->p, x); break;
  }
}

static void add_reg(text *t, code_reg_kind kind, uint8_t r) {
  static const char banks[BANK_COUNT] = {'t', 'i', 'r'};
  text_printf(t, "%c%u", banks[code_bank_of(kind)], r);
}

static void add_op(text *t, const vm_code *c, const code_op *o) {
  const code_op_info *info = &CODE_OPS[o->op];
  for (const char *s = info->text; *s; s++) {
    if (*s != '{') {
      text_char(t, *s);
      continue;
    }
    char what = s[1];
    s += 2; /* to the closing brace */
    if (what == 'd')
      add_reg(t, info->dst, o->d);
    else if (what == 'a')
      add_reg(t, info->a, o->a);
    else if (what == 'b')
      add_reg(t, info->b, o->b);
    else if (what == 'x')
      add_arg(t, c, o, info->x, o->x);
    else if (what == 'y')
      add_arg(t, c, o, info->y, o->y);
    else
      text_cstr(t, CODE_REL_WORDS[o->rel]);
  }
}

slice code_op_text(arena *perm, const vm_code *c, const code_op *o) {
  text t = text_new(perm);
  add_op(&t, c, o);
  return text_slice(&t);
}

/* The source of a chunk, behind a colon, on one line: runs of space as one. */
static void add_source(text *t, const program *p, span at) {
  if (at.file >= p->source_count) return;
  slice all = p->sources[at.file].text;
  if (at.to > all.n || at.from >= at.to) return;
  bool gap = false;
  text_cstr(t, ": ");
  for (uint32_t i = at.from; i < at.to; i++) {
    char ch = all.p[i];
    if (ch == ' ' || ch == '\n' || ch == '\r' || ch == '\t') {
      gap = true;
      continue;
    }
    if (gap) text_char(t, ' ');
    gap = false;
    text_char(t, ch);
  }
}

slice code_disasm(arena *perm, const vm_code *c) {
  text t = text_new(perm);
  const program *p = c->p;
  static const char *const entities[ENT_COUNT] = {"invoice", "customer", "contract"};
  for (uint32_t i = 0; i < c->chunk_count; i++) {
    const code_chunk *k = &c->chunks[i];
    if (i) text_char(&t, '\n');
    if (i < p->cond_count)
      text_printf(&t, "condition %u of %s", i, entities[p->conds[i].of]);
    else
      text_printf(&t, "value %u", i - p->cond_count);
    add_source(&t, p, i < p->cond_count && p->conds[i].at.to ? p->conds[i].at : k->at);
    text_char(&t, '\n');
    for (uint32_t pc = 0; pc < k->count; pc++) {
      const code_op *o = &c->ops[k->from + pc];
      text_printf(&t, "%4u  %-12s  ", pc, CODE_OPS[o->op].name);
      add_op(&t, c, o);
      text_char(&t, '\n');
    }
  }
  return text_slice(&t);
}
