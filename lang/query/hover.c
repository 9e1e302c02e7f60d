/* What stands at a place, in words: fields, keywords, names and rungs. */
#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/check/fields.h"
#include "lang/check/words.h"
#include "lang/query/query.h"

static const struct {
  kw op;
  const char *says[LANG_COUNT];
} MEANINGS[] = {
#define MEANING(op, en, pt, es) {KW_##op, {en, pt, es}},
#include "lang/query/meanings.def"
#undef MEANING
};

/* The words of this file's own: WORDS(id, English, Português, Español). */
#define WORDS                                                                                                          \
  SAID(MISSING, "may be missing", "pode faltar", "puede faltar")                                                       \
  SAID(OWN, "a column of your own data", "uma coluna dos seus dados", "una columna de sus datos")                      \
  SAID(VALUES, "values", "valores", "valores")                                                                         \
  SAID(ON_THE_DAY, "on the day itself", "no próprio dia", "el mismo día")                                              \
  SAID(BUSINESS, "business days of the policy's calendar", "dias úteis do calendário da política",                     \
       "días hábiles del calendario de la política")                                                                   \
  SAID(DAYS, "calendar days", "dias corridos", "días corridos")                                                        \
  SAID(MONTHS, "months, to the same day or the month's last", "meses, no mesmo dia ou no último do mês",               \
       "meses, al mismo día o al último del mes")                                                                      \
  SAID(BEFORE, "before", "antes de", "antes de")                                                                       \
  SAID(AFTER, "after", "depois de", "después de")                                                                      \
  SAID(TIMES, "more times, every", "vezes mais, a cada", "veces más, cada")                                            \
  SAID(WITHOUT_END, "again every", "de novo a cada", "de nuevo cada")

enum {
#define SAID(id, en, pt, es) SAID_##id,
  WORDS
#undef SAID
};

static const char *const SAYS[][LANG_COUNT] = {
#define SAID(id, en, pt, es) {en, pt, es},
    WORDS
#undef SAID
};

slice query_keyword_says(kw op, dun_lang lang) {
  for (size_t i = 0; i < sizeof MEANINGS / sizeof *MEANINGS; i++)
    if (MEANINGS[i].op == op) return slice_of(MEANINGS[i].says[lang]);
  return (slice){NULL, 0};
}

static void capital(text *t, const char *words) {
  uint32_t cp;
  slice s = slice_of(words);
  size_t n = utf8_decode(s, &cp);
  bool lower = cp >= 'a' && cp <= 'z';
  text_rune(t, lower ? cp - 'a' + 'A' : cp);
  text_add(t, (slice){s.p + n, s.n - n});
}

static void values(text *t, const char *v, dun_lang lang) {
  for (size_t n; *v; v += n + strspn(v + n, " ")) {
    n = strcspn(v, " ");
    unsigned i = word_index(WORD_VALUE, (slice){v, n}, LANG_EN);
    text_cstr(t, " `");
    text_add(t, i < word_count(WORD_VALUE) ? word_text(WORD_VALUE, i, lang) : (slice){v, n});
    text_char(t, '`');
  }
}

static slice path_text(const query *q, entity of, slice name, dun_lang lang) {
  if (of == ENT_INVOICE) return name;
  return arena_printf(q->perm, "%.*s.%.*s", SLICE_ARG(entity_text(of, lang)), SLICE_ARG(name));
}

slice query_field_says(const query *q, entity of, uint16_t field, dun_lang lang) {
  text t = text_new(q->perm);
  if (field >= FIELD_COUNT) {
    const custom_field *c = &q->program->custom[field - FIELD_COUNT];
    text_printf(&t, "`%.*s`: %.*s, %s. ", SLICE_ARG(path_text(q, of, c->name, lang)), SLICE_ARG(type_text(c->ty, lang)),
                SAYS[SAID_MISSING][lang]);
    capital(&t, SAYS[SAID_OWN][lang]);
    text_char(&t, '.');
    return text_slice(&t);
  }
  const field_info *f = &FIELDS[field];
  text_printf(&t, "`%.*s`: %.*s", SLICE_ARG(path_text(q, of, slice_of(f->name[lang]), lang)),
              SLICE_ARG(type_text(f->ty, lang)));
  if (f->can_be_missing) text_printf(&t, ", %s", SAYS[SAID_MISSING][lang]);
  text_cstr(&t, ". ");
  capital(&t, f->meaning[lang]);
  text_char(&t, '.');
  if (f->values[0]) {
    text_char(&t, ' ');
    capital(&t, SAYS[SAID_VALUES][lang]);
    text_char(&t, ':');
    values(&t, f->values, lang);
    text_char(&t, '.');
  }
  return text_slice(&t);
}

/* ---- rungs ---- */

static slice anchor_of(const ast *section, const ast *at, dun_lang lang) {
  const ast *own = ast_kid(at, AST_ANCHOR), *counting = ast_kid(section, AST_COUNTING);
  if (own && own->text.n) return own->text;
  if (counting && counting->text.n) return counting->text;
  return slice_of(FIELDS[FIELD_INVOICE_DUE].name[lang]);
}

static int unit_words(duration_unit unit) {
  switch (unit) {
  case UNIT_BUSINESS_DAY: return SAID_BUSINESS;
  case UNIT_MONTH:
  case UNIT_YEAR: return SAID_MONTHS;
  case UNIT_DAY:
  case UNIT_WEEK:
  case UNIT_COUNT: break;
  }
  return SAID_DAYS;
}

/* "5bd after `due`: 5 business days of ..."; the rule by which a rung's date is found. */
static slice rung_says(const query *q, const ast *section, const ast *at, dun_lang lang) {
  const ast *d = ast_kid(at, AST_DURATION), *repeat = ast_kid(at, AST_REPEAT);
  slice anchor = anchor_of(section, at, lang);
  text t = text_new(q->perm);
  if (!d || at->op == KW_AT) {
    text_printf(&t, "`%.*s`: %s.", SLICE_ARG(anchor), SAYS[SAID_ON_THE_DAY][lang]);
  } else {
    int32_t n = d->value.duration.count;
    duration_unit unit = d->value.duration.unit;
    int factor = unit == UNIT_WEEK ? 7 : unit == UNIT_YEAR ? 12 : 1;
    text_printf(&t, "%d %s %s `%.*s`.", n * factor, SAYS[unit_words(unit)][lang],
                SAYS[at->op == KW_BEFORE ? SAID_BEFORE : SAID_AFTER][lang], SLICE_ARG(anchor));
  }
  const ast *step = repeat ? ast_kid(repeat, AST_DURATION) : NULL, *times = repeat ? ast_kid(repeat, AST_NUMBER) : NULL;
  if (step) {
    slice every = {q->files[step->at.file].text.p + step->at.from, step->at.to - step->at.from};
    slice count = times ? (slice){q->files[times->at.file].text.p + times->at.from, times->at.to - times->at.from}
                        : (slice){"", 0};
    if (times)
      text_printf(&t, " %.*s %s %.*s.", SLICE_ARG(count), SAYS[SAID_TIMES][lang], SLICE_ARG(every));
    else
      text_printf(&t, " %s %.*s.", SAYS[SAID_WITHOUT_END][lang], SLICE_ARG(every));
  }
  return text_slice(&t);
}

/* The rung whose `at ...` stands there. */
static const ast *rung_at(const query *q, uint16_t file, uint32_t at, const ast **section) {
  for (const ast *s = q->trees[file]->root->kid; s; s = s->next)
    for (const ast *r = s->kid; r; r = r->next) {
      if (r->kind != AST_RUNG || at < r->at.from || at >= r->at.to) continue;
      const ast *body = ast_kid(r, AST_LINE);
      if (body && at >= body->at.from) return NULL;
      *section = s;
      return r;
    }
  return NULL;
}

/* ---- names ---- */

/* The statement that makes it, as it is written, without what stands below it. */
static slice made_text(const query *q, const named *n) {
  span at = n->node->at;
  slice s = {q->files[at.file].text.p + at.from, at.to - at.from};
  return s;
}

static slice name_says(const query *q, const named *n, dun_lang lang) {
  if (n->kind == NAMED_FIELD || n->kind == NAMED_CUSTOM) return query_field_says(q, n->of, n->field, lang);
  const named *made = query_definition(q, n);
  return made && made->node ? arena_printf(q->perm, "```dun\n%.*s\n```", SLICE_ARG(made_text(q, made)))
                            : (slice){NULL, 0};
}

/* ---- at a place ---- */

static const written_word *word_at(const query *q, uint16_t file, uint32_t at) {
  const written_file *w = query_words(q, file);
  for (uint32_t i = 0; i < w->n; i++)
    if (w->v[i].kind != WRITTEN_END && at >= w->v[i].at.from && at <= w->v[i].at.to &&
        (at < w->v[i].at.to || i + 1 == w->n || w->v[i + 1].at.from > at || w->v[i + 1].kind == WRITTEN_END))
      return &w->v[i];
  return NULL;
}

/* A word of a sentence that could not be read may still be a field. */
static slice lost_field(const query *q, uint16_t file, const written_word *w, dun_lang lang) {
  const program *p = q->program;
  field_ref r = field_by_path(p->custom, p->custom_count, query_context(q, file, w->at.from), w->text, lang);
  return r.status == FIELD_FOUND ? query_field_says(q, r.of, r.field, lang) : (slice){NULL, 0};
}

slice query_hover(const query *q, uint16_t file, uint32_t at, span *about) {
  dun_lang lang = q->trees[file]->lang;
  const named *n = query_name_at(q, file, at);
  if (n) {
    *about = n->at;
    return name_says(q, n, lang);
  }
  const ast *section = NULL, *step = rung_at(q, file, at, &section);
  const written_word *w = word_at(q, file, at);
  if (!w) return (slice){NULL, 0};
  *about = w->at;
  if (w->kind == WRITTEN_NAME) return lost_field(q, file, w, lang);
  slice meaning = w->kind == WRITTEN_KEYWORD ? query_keyword_says(w->op, lang) : (slice){NULL, 0};
  if (!step || !section) return meaning;
  slice rule = rung_says(q, section, step, lang);
  if (!meaning.n) return rule;
  return arena_printf(q->perm, "%.*s\n\n%.*s", SLICE_ARG(rule), SLICE_ARG(meaning));
}
