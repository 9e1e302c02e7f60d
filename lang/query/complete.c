/* What may be written at a place. Keywords are asked of the grammar: the sentence up to the place is parsed, and what
 * its tables would take fits. Which names fit is told by the words before. */
#include "lang/base/utf8.h"
#include "lang/check/fields.h"
#include "lang/check/table.h"
#include "lang/check/words.h"
#include "lang/query/query.h"

enum { PHRASE_WORDS_MAX = 5 };

typedef struct offer_list {
  const query *q;
  const query_lists *lists;
  dun_lang lang;
  uint16_t file;
  uint32_t at;
  entity of;
  written_file w;     /* the words before the place */
  uint32_t from, end; /* those of its sentence */
  vec out;            /* completion */
  name_map seen;      /* labels */
} offer_list;

static const struct {
  kw op;
  const char *text[LANG_COUNT];
} SNIPPETS[] = {
#define SNIPPET(op, en, pt, es) {KW_##op, {en, pt, es}},
#include "lang/query/snippets.def"
#undef SNIPPET
};

static slice written_part(const offer_list *o, uint32_t from) {
  return (slice){o->q->files[o->file].text.p + from, o->at - from};
}

static void offer(offer_list *o, uint32_t from, completion c) {
  if (!utf8_fold_starts(c.label, written_part(o, from))) return;
  if (name_map_add(o->q->perm, &o->seen, (uint32_t)c.kind, c.label, 0) != NAME_NONE) return;
  c.replace = (span){from, o->at, o->file};
  if (!c.insert.n) c.insert = c.label;
  *VEC_PUSH(o->q->perm, &o->out, completion) = c;
}

/* ---- keywords ---- */

static bool is_word(slice s) {
  unsigned char c = s.n ? (unsigned char)s.p[0] : 0;
  return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool one_blank_apart(slice s) {
  for (size_t i = 1; i < s.n; i++)
    if ((s.p[i] == ' ' && s.p[i - 1] == ' ') || s.p[i] == '\n' || s.p[i] == '\t') return false;
  return true;
}

/* The first spelling that goes on with what is written. */
static void keyword(offer_list *o, kw op, uint32_t from, unsigned rank) {
  slice typed = written_part(o, from);
  for (size_t i = 0; kw_spelling(op, o->lang, i).n; i++) {
    slice word = kw_spelling(op, o->lang, i);
    if (!is_word(word) || !utf8_fold_starts(word, typed)) continue;
    offer(o, from,
          (completion){.kind = COMPLETE_KEYWORD, .label = word, .says = query_keyword_says(op, o->lang), .rank = rank});
    return;
  }
}

static void snippets(offer_list *o, uint32_t from) {
  for (size_t i = 0; i < sizeof SNIPPETS / sizeof *SNIPPETS; i++)
    offer(o, from,
          (completion){.kind = COMPLETE_SNIPPET,
                       .label = kw_text(SNIPPETS[i].op, o->lang),
                       .insert = slice_of(SNIPPETS[i].text[o->lang]),
                       .says = query_keyword_says(SNIPPETS[i].op, o->lang),
                       .snippet = true,
                       .rank = 2});
}

/* ---- names ---- */

static void value_words(offer_list *o, uint32_t from, const char *v) {
  for (size_t n; *v; v += n + strspn(v + n, " ")) {
    n = strcspn(v, " ");
    unsigned i = word_index(WORD_VALUE, (slice){v, n}, LANG_EN);
    slice word = i < word_count(WORD_VALUE) ? word_text(WORD_VALUE, i, o->lang) : (slice){v, n};
    offer(o, from, (completion){.kind = COMPLETE_VALUE, .label = word});
  }
}

static void fixed_words(offer_list *o, uint32_t from, word_group group) {
  for (unsigned i = 0; i < word_count(group); i++)
    offer(o, from, (completion){.kind = COMPLETE_VALUE, .label = word_text(group, i, o->lang)});
}

static void field(offer_list *o, uint32_t from, entity of, uint16_t id, slice name, type ty, bool bare) {
  slice head = entity_text(of, o->lang);
  slice label = bare || of == o->of ? name : arena_printf(o->q->perm, "%.*s.%.*s", SLICE_ARG(head), SLICE_ARG(name));
  offer(o, from,
        (completion){.kind = COMPLETE_FIELD,
                     .label = label,
                     .detail = type_text(ty, o->lang),
                     .says = query_field_says(o->q, of, id, o->lang),
                     .rank = of == o->of ? 0 : 1});
}

/* Those of the rows at hand and of what they lead to; `alone`: of them alone. `date`: dates only. */
static void fields(offer_list *o, uint32_t from, bool alone, bool date) {
  const program *p = o->q->program;
  for (uint16_t i = 0; i < FIELD_COUNT; i++) {
    const field_info *f = &FIELDS[i];
    if (!entity_leads_to(o->of, f->of) || (alone && f->of != o->of) || (date && f->ty != TY_DATE)) continue;
    field(o, from, f->of, i, slice_of(f->name[o->lang]), f->ty, alone);
  }
  for (uint32_t i = 0; i < p->custom_count; i++) {
    const custom_field *c = &p->custom[i];
    if (!entity_leads_to(o->of, c->of) || (alone && c->of != o->of) || (date && c->ty != TY_DATE)) continue;
    field(o, from, c->of, (uint16_t)(FIELD_COUNT + i), c->name, c->ty, alone);
  }
}

static void made_names(offer_list *o, uint32_t from, named_kind kind) {
  for (uint32_t i = 0; i < o->q->name_count; i++) {
    const named *n = &o->q->names[i];
    if (n->kind == kind && n->defines) offer(o, from, (completion){.kind = COMPLETE_NAME, .label = n->name});
  }
}

static void used_names(offer_list *o, uint32_t from, named_kind kind) {
  for (uint32_t i = 0; i < o->q->name_count; i++)
    if (o->q->names[i].kind == kind && o->q->names[i].at.from != from)
      offer(o, from, (completion){.kind = COMPLETE_NAME, .label = o->q->names[i].name});
}

static void project_names(offer_list *o, uint32_t from, project_kind kind, kw by) {
  for (uint32_t i = 0; i < o->lists->n; i++) {
    const project_name *n = &o->lists->v[i];
    if (n->kind != kind || (by != KW_NONE && n->channel != by)) continue;
    offer(o, from, (completion){.kind = COMPLETE_FILE, .label = n->name});
  }
}

static void currencies(offer_list *o, uint32_t from) {
  for (currency c = CURRENCY_NONE + 1; c < CURRENCY_COUNT; c++)
    offer(o, from, (completion){.kind = COMPLETE_VALUE, .label = slice_of(currency_code(c))});
}

/* The last keyword before word `i` of the sentence, lists and names skipped; KW_NONE: there is none. */
static kw led_by(const offer_list *o, uint32_t i) {
  while (i-- > o->from) {
    const written_word *w = &o->w.v[i];
    bool list = w->kind == WRITTEN_NAME || w->op == KW_COMMA || w->op == KW_AND || w->kind == WRITTEN_TEXT;
    if (!list && w->op != KW_NONE) return w->op;
  }
  return KW_NONE;
}

static bool has_word(const offer_list *o, uint32_t i, kw op) {
  while (i-- > o->from)
    if (o->w.v[i].op == op) return true;
  return false;
}

static bool leads_to_value(const written_word *w) {
  return w->op == KW_EQ || w->op == KW_NE || w->op == KW_IN || w->op == KW_NOT_IN || w->op == KW_HAS;
}

/* A field with fixed values stands opposite: `status is`, `status in (open,`. */
static void opposite_values(offer_list *o, uint32_t from, uint32_t i) {
  while (i > o->from && !leads_to_value(&o->w.v[i - 1])) {
    if (o->w.v[i - 1].kind == WRITTEN_KEYWORD) return;
    i--;
  }
  if (i < o->from + 2 || o->w.v[i - 2].kind == WRITTEN_END) return;
  const written_word *opposite = &o->w.v[i - 2];
  field_ref r = field_by_path(NULL, 0, o->of, opposite->text, o->lang);
  if (r.status == FIELD_FOUND && r.field < FIELD_COUNT) value_words(o, from, FIELDS[r.field].values);
}

/* Names for a place where one fits, behind word `i` of the sentence. */
static void names(offer_list *o, uint32_t from, uint32_t i, const expected *fits) {
  kw lead = led_by(o, i);
  switch ((int)lead) {
  case KW_ALERT: made_names(o, from, NAMED_TEAM); return;
  case KW_CALENDAR: project_names(o, from, PROJECT_CALENDAR, KW_NONE); return;
  case KW_CURRENCY: currencies(o, from); return;
  case KW_PRIORITY: fixed_words(o, from, WORD_PRIORITY); return;
  case KW_SETTLE: fixed_words(o, from, WORD_SETTLE); return;
  case KW_COUNTING_FROM: fields(o, from, false, true); return;
  case KW_INVOICE:
  case KW_CUSTOMER:
  case KW_CONTRACT:
    if (!has_word(o, i, KW_GIVEN) && o->w.v[o->from].op != KW_AND) break;
    o->of = lead == KW_CUSTOMER ? ENT_CUSTOMER : lead == KW_CONTRACT ? ENT_CONTRACT : ENT_INVOICE;
    fields(o, from, true, false);
    return;
  case KW_WITH:
    if (!has_word(o, i, KW_SEND)) break;
    fixed_words(o, from, WORD_EXTRA);
    return;
  case KW_ESCALATE:
  case KW_TO:
  case KW_FOR: fixed_words(o, from, WORD_WHO); break;
  case KW_POLICY:
  case KW_LADDER:
  case KW_RULE:
  case KW_DEFINE:
  case KW_TEAM:
  case KW_FIELD:
  case KW_CONNECT:
  case KW_MARK:
  case KW_UNMARK:
  case KW_CALL_WEBHOOK:
  case KW_TEST: return; /* the user's own to make */
  default: break;
  }
  if (has_word(o, i, KW_GIVEN)) {
    entity of = o->of;
    fields(o, from, true, false);
    o->of = of;
    return;
  }
  opposite_values(o, from, i);
  if (!fits->path) return;
  fields(o, from, false, false);
  made_names(o, from, NAMED_DEFINE);
}

/* ---- inside of a text ---- */

static void in_text(offer_list *o, const written_word *text) {
  uint32_t from = text->at.from + 1, i = o->end - 1;
  slice said = written_part(o, from);
  size_t open = said.n;
  while (open > 0 && said.p[open - 1] != '{' && said.p[open - 1] != '}') open--;
  if (open > 0 && said.p[open - 1] == '{' && !(open > 1 && said.p[open - 2] == '{')) {
    fields(o, from + (uint32_t)open, false, false);
    return;
  }
  kw lead = led_by(o, i), by = KW_NONE;
  if (i > o->from + 1 && o->w.v[i - 1].op == KW_TEMPLATE) by = o->w.v[i - 2].op;
  switch ((int)lead) {
  case KW_TEMPLATE: project_names(o, from, PROJECT_TEMPLATE, by); break;
  case KW_DOCUMENT: project_names(o, from, PROJECT_DOCUMENT, KW_NONE); break;
  case KW_INCLUDE: project_names(o, from, PROJECT_INCLUDE, KW_NONE); break;
  case KW_INDEX:
  case KW_PLUS_INTEREST: project_names(o, from, PROJECT_SERIES, KW_NONE); break;
  case KW_OPEN_CARD: used_names(o, from, NAMED_BOARD); break;
  default: opposite_values(o, from, i); break;
  }
}

/* ---- where the place is ---- */

static bool line_between(const offer_list *o, uint32_t from) {
  slice s = written_part(o, from);
  return memchr(s.p, '\n', s.n) || memchr(s.p, ';', s.n);
}

/* The sentence of the place: the last one before it, or none yet where that one is over. `*above`: where it begins. */
static void find_sentence(offer_list *o, uint32_t *above) {
  uint32_t n = o->w.n;
  *above = n;
  o->from = o->end = n;
  if (!n) return;
  uint32_t start = n - 1;
  int open = 0;
  while (start > 0 && o->w.v[start - 1].kind != WRITTEN_END) start--;
  for (uint32_t i = start; i + 1 < n; i++)
    if (o->w.v[i].kind == WRITTEN_SIGN && o->w.v[i].text.n == 1)
      open += o->w.v[i].text.p[0] == '(' ? 1 : o->w.v[i].text.p[0] == ')' ? -1 : 0;
  if (start + 1 < n && line_between(o, o->w.v[n - 2].at.to) && open <= 0) {
    *above = start; /* its end is there, too */
    return;
  }
  o->from = start;
  o->end = n - 1;
}

static bool in_comment(const offer_list *o) {
  const ast_comment *last = o->w.comments;
  while (last && last->next) last = last->next;
  return last && !memchr(o->q->files[o->file].text.p + last->at.from, '\n', o->at - last->at.from);
}

static bool in_open_text(const offer_list *o) {
  if (o->end == o->from) return false;
  const written_word *last = &o->w.v[o->end - 1];
  if (last->kind != WRITTEN_TEXT || last->at.to < o->at) return false;
  return last->at.to - last->at.from < 2 || o->q->files[o->file].text.p[last->at.to - 1] != '"';
}

/* What fits when the last `back` words are what is being written. */
static void offer_behind(offer_list *o, uint32_t back) {
  uint32_t upto = o->end - back, from = back ? o->w.v[upto].at.from : o->at;
  if (back && !one_blank_apart(written_part(o, from))) return;
  expected fits;
  written_expected(&o->w, o->from, upto, &fits);
  if (!fits.known) return;
  bool begins = upto == o->from;
  for (kw op = KW_NONE + 1; op < KW_COUNT; op++)
    if (fits.kw[op]) keyword(o, op, from, 1);
  if (begins) snippets(o, from);
  if (back < 2 && (fits.name || fits.path) && !begins) names(o, from, upto, &fits);
}

/* A line goes on with the sentence above where it begins with `and`, `then`, ... */
static void offer_going_on(offer_list *o, uint32_t above) {
  bool empty = o->from == o->end;
  uint32_t stop = empty ? o->w.n : o->from, start = empty ? above : o->from;
  if (!empty) {
    if (o->end != o->from + 1 || o->w.v[o->from].at.to != o->at || start == 0) return;
    stop = start;
    for (start--; start > 0 && o->w.v[start - 1].kind != WRITTEN_END;) start--;
  }
  if (start >= stop) return;
  expected fits;
  written_expected(&o->w, start, stop - 1, &fits);
  for (kw op = KW_NONE + 1; op < KW_COUNT && fits.known; op++)
    if (fits.kw[op] && written_goes_on(op)) keyword(o, op, empty ? o->at : o->w.v[o->from].at.from, 2);
}

const completion *query_complete(const query *q, uint16_t file, uint32_t at, const query_lists *lists,
                                 uint32_t *count) {
  offer_list o = {.q = q, .lists = lists, .file = file, .at = at, .lang = q->trees[file]->lang};
  *count = 0;
  if (at > q->files[file].text.n) return NULL;
  o.of = query_context(q, file, at);
  o.w = written_read(q->perm, (slice){q->files[file].text.p, at}, file);
  uint32_t above;
  find_sentence(&o, &above);
  if (in_comment(&o)) return NULL;
  if (in_open_text(&o)) {
    in_text(&o, &o.w.v[o.end - 1]);
  } else {
    const written_word *last = o.end > o.from ? &o.w.v[o.end - 1] : NULL;
    bool touches = last && last->at.to == at,
         word = last && (last->kind == WRITTEN_NAME || last->kind == WRITTEN_KEYWORD);
    if (touches && (last->kind == WRITTEN_VALUE || last->kind == WRITTEN_TEXT)) return NULL;
    for (uint32_t back = touches && word; back <= PHRASE_WORDS_MAX && back <= o.end - o.from; back++) {
      if (back && o.w.v[o.end - back].kind != WRITTEN_NAME && o.w.v[o.end - back].kind != WRITTEN_KEYWORD) break;
      offer_behind(&o, back);
    }
    offer_going_on(&o, above);
  }
  *count = o.out.n;
  return o.out.v;
}
