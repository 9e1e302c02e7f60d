/* The same program in another language: the tree's names of fields, values and fixed words are written anew, everything
 * that is the user's own stays. Keywords are the printer's business: the tree keeps them by id.
 *
 * Invariant: a name of the user's means the same before and after. One that is a word of the other language stays where
 * the sentence reads the same there (most keywords work as names) and is reported where it does not. What a field is
 * called does not depend on whose it is (a test of fields.def), so that a bare name needs no more context than its own
 * language; a value does, since one word may be two values'. */
#include "lang/base/utf8.h"
#include "lang/check/erp_events.h"
#include "lang/check/fields.h"
#include "lang/check/table.h"
#include "lang/check/words.h"
#include "lang/fmt/internal.h"
#include "lang/syntax/parse.h"

typedef struct translator {
  arena *perm;
  const source *src;
  const ast_file *file;
  dun_lang from, to;
  diags *d;
  entity of;        /* whose rows the expression at hand runs over */
  unsigned opened;  /* definitions looked into, so that a circle ends */
  name_map defines; /* of the file: index into `define` */
  const ast **define;
  const ast **suspect; /* whose names are keywords there */
  uint32_t suspects, suspect_room;
} translator;

enum { OPENED_MAX = 16 };

static void translate(translator *t, ast *n);

/* ---- the user's own names ---- */

static void report(translator *t, const ast *n, slice name) {
  slice all = t->src->text;
  bool inside = name.p >= all.p && name.p + name.n <= all.p + all.n;
  uint32_t from = inside ? (uint32_t)(name.p - all.p) : n->at.from;
  span at = inside ? (span){from, from + (uint32_t)name.n, n->at.file} : n->at;
  slice args[] = {name, t->to == LANG_EN ? SLICE("english") : t->to == LANG_PT ? SLICE("português") : SLICE("español")};
  diag_add(t->d, DIAG_E0136, at, (slice){0}, 2, args);
}

static void suspect(translator *t, const ast *n) {
  if (t->suspects == t->suspect_room) {
    t->suspect_room = t->suspect_room ? t->suspect_room * 2 : 16;
    const ast **more = ARENA_ARRAY(t->perm, t->suspect_room, const ast *);
    /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
    if (t->suspects) memcpy(more, t->suspect, t->suspects * sizeof *more);
    t->suspect = more;
  }
  t->suspect[t->suspects++] = n;
}

/* A name beside keywords: of a ladder, a team. The same keyword in both languages does no harm: it worked before. With
 * the names behind it it may be one there. */
static void keep_name(translator *t, const ast *n, slice name) {
  kw there = kw_of_word(name, t->to);
  bool alone = there != KW_NONE && there != kw_of_word(name, t->from);
  if (alone || (kw_begins_phrase(name, t->to) && !kw_begins_phrase(name, t->from))) suspect(t, n);
}

/* Whether what is written of the tree reads as the tree. */
static bool reads_the_same(const translator *t, const ast_file *file) {
  arena *own = arena_new(), *scratch = arena_new();
  diags unsaid;
  diags_init(&unsaid, own);
  source written = {t->src->name, fmt_file(own, scratch, t->src, file)};
  const ast_file *again = parse_file(own, scratch, &written, 0, &unsaid);
  bool same = fmt_same(t->src, file, &written, again);
  arena_free(scratch);
  arena_free(own);
  return same;
}

static bool is_field(slice name, dun_lang lang) {
  for (entity of = ENT_INVOICE; of < ENT_COUNT; of++)
    if (field_by_name(of, name, lang) != FIELD_COUNT) return true;
  return entity_by_name(name, lang) != ENT_COUNT;
}

/* A name beside fields: of a definition, a column. */
static void keep_value_name(translator *t, const ast *n, slice name) {
  if (is_field(name, t->to) && !is_field(name, t->from))
    report(t, n, name);
  else
    keep_name(t, n, name);
}

static const ast *define_of(const translator *t, slice name) {
  uint32_t i = name_map_get(&t->defines, 0, name);
  return i == NAME_NONE ? NULL : t->define[i];
}

static void find_defines(translator *t) {
  uint32_t n = 0;
  t->define = ARENA_ARRAY(t->perm, ast_count(t->file->root) + 1, const ast *);
  for (const ast *k = t->file->root->kid; k; k = k->next)
    if (k->kind == AST_DEFINE && name_map_add(t->perm, &t->defines, 0, k->text, n) == NAME_NONE) t->define[n++] = k;
}

/* ---- fields ---- */

static uint16_t bare_field(const translator *t, slice name) {
  uint16_t found = field_by_name(t->of, name, t->from);
  for (entity of = ENT_INVOICE; of < ENT_COUNT && found == FIELD_COUNT; of++) found = field_by_name(of, name, t->from);
  return found;
}

/* `balance` stays the other name of `open`. */
static slice field_name(const translator *t, uint16_t field, slice written) {
  const field_info *f = &FIELDS[field];
  bool own = utf8_fold_eq(slice_of(f->name[t->from]), written) || utf8_fold_eq(slice_of(f->name[LANG_EN]), written);
  return own ? slice_of(f->name[t->to]) : word_text(WORD_ALIAS, 0, t->to);
}

/* A path as the other language writes it. */
static slice path_to(translator *t, const ast *n, slice path) {
  const char *dot = memchr(path.p, '.', path.n);
  if (!dot) {
    uint16_t field = bare_field(t, path);
    if (field != FIELD_COUNT) return field_name(t, field, path);
    keep_value_name(t, n, path);
    return path;
  }
  slice head = {path.p, (size_t)(dot - path.p)}, name = {dot + 1, path.n - head.n - 1};
  entity of = entity_by_name(head, t->from);
  if (of == ENT_COUNT) return path;
  uint16_t field = field_by_name(of, name, t->from);
  if (field != FIELD_COUNT)
    name = field_name(t, field, name);
  else if (field_by_name(of, name, t->to) != FIELD_COUNT)
    report(t, n, name);
  head = entity_text(of, t->to);
  return arena_printf(t->perm, "%.*s.%.*s", SLICE_ARG(head), SLICE_ARG(name));
}

/* ---- values ---- */

/* The built-in field that a side of a comparison reads, also by a definition; FIELD_COUNT: none. */
static uint16_t field_read(translator *t, const ast *n) {
  if (n->kind != AST_NAME && n->kind != AST_FIELD) return FIELD_COUNT;
  const ast *define = n->kind == AST_NAME ? define_of(t, n->text) : NULL;
  if (define) {
    const ast *body = ast_kid(define, AST_COND);
    if (!body || t->opened == OPENED_MAX) return FIELD_COUNT;
    t->opened++;
    uint16_t field = field_read(t, body->kid);
    t->opened--;
    return field;
  }
  if (n->kind == AST_NAME) return bare_field(t, n->text);
  field_ref r = field_by_path(NULL, 0, t->of, n->text, t->from);
  return r.status == FIELD_FOUND ? r.field : FIELD_COUNT;
}

static bool has_value(slice values, slice value) {
  for (size_t i = 0; i < values.n;) {
    size_t from = i;
    while (i < values.n && values.p[i] != ' ') i++;
    if (slice_eq((slice){values.p + from, i - from}, value)) return true;
    while (i < values.n && values.p[i] == ' ') i++;
  }
  return false;
}

/* The fixed value of the field that a word of the language is; the group's count where it is none. */
static unsigned value_of(uint16_t field, slice written, dun_lang lang) {
  unsigned n = word_count(WORD_VALUE);
  for (unsigned i = 0; i < n && field < FIELD_COUNT; i++)
    if (has_value(slice_of(FIELDS[field].values), word_canonical(WORD_VALUE, i)) &&
        word_means(WORD_VALUE, i, written, lang))
      return i;
  return n;
}

/* A side opposite `field`: a bare word or a text may be one of its values. A code of a currency is no name; a field
 * that is called like a value there (`open`) would become one. */
static void translate_opposite(translator *t, uint16_t field, ast *n) {
  bool bare = n->kind == AST_NAME && !define_of(t, n->text), said = n->kind == AST_TEXT && !ast_kid(n, AST_HOLE);
  unsigned none = word_count(WORD_VALUE), value = bare || said ? value_of(field, n->text, t->from) : none;
  slice written = n->text;
  if (value != none) {
    n->text = word_text(WORD_VALUE, value, t->to);
    return;
  }
  if (bare && field == FIELD_INVOICE_CURRENCY && currency_find(n->text) != CURRENCY_NONE) return;
  translate(t, n);
  if (bare && value_of(field, n->text, t->to) != none) report(t, n, written);
}

/* The first kid is what is compared; of `in` the list's items are what stands opposite. */
static void translate_comparison(translator *t, ast *n) {
  uint16_t field = field_read(t, n->kid);
  translate(t, n->kid);
  for (ast *k = n->kid->next; k; k = k->next) {
    if (k->kind != AST_LIST) {
      translate_opposite(t, field, k);
      continue;
    }
    for (ast *item = k->kid; item; item = item->next) translate_opposite(t, field, item);
  }
}

static void translate_given(translator *t, ast *n) {
  ast field = *n;
  field.kind = memchr(n->text.p, '.', n->text.n) ? AST_FIELD : AST_NAME;
  uint16_t read = field_read(t, &field);
  n->text = path_to(t, n, n->text);
  for (ast *k = n->kid; k; k = k->next) {
    if (k->kind != AST_LIST) translate_opposite(t, read, k);
    for (ast *item = k->kind == AST_LIST ? k->kid : NULL; item; item = item->next) translate_opposite(t, read, item);
  }
}

/* ---- other words ---- */

static bool fixed_word(translator *t, ast *n, word_group group) {
  unsigned i = word_index(group, n->text, t->from);
  if (i == word_count(group)) return false;
  n->text = word_text(group, i, t->to);
  return true;
}

static void translate_text(translator *t, ast *n) {
  if (!ast_kid(n, AST_HOLE)) return;
  for (ast *k = n->kid; k; k = k->next)
    if (k->kind == AST_HOLE && !define_of(t, k->text)) k->text = path_to(t, k, k->text);
  n->text = text_with_holes(t->perm, n);
}

static void translate_who(translator *t, ast *n) {
  if (n->kind == AST_TEXT || fixed_word(t, n, WORD_WHO)) return;
  if (n->kind == AST_NAME && word_index(WORD_WHO, n->text, t->to) != word_count(WORD_WHO))
    report(t, n, n->text);
  else
    translate(t, n);
}

static void translate_kids(translator *t, ast *n) {
  for (ast *k = n->kid; k; k = k->next) translate(t, k);
}

static void translate_words(translator *t, ast *n, word_group group) {
  for (ast *k = n->kid; k; k = k->next)
    if (!fixed_word(t, k, group)) translate(t, k);
}

/* What a message takes along; to a webhook go fields; a connection's keys are what they are. */
static void translate_send(translator *t, ast *n) {
  for (ast *k = n->kid; k; k = k->next) {
    if (k->kind == AST_WITH)
      translate_words(t, k, WORD_EXTRA);
    else if (k->kind == AST_ELSE)
      translate_send(t, k);
    else
      translate(t, k);
  }
}

static entity target(kw op) {
  if (op == KW_CONTRACTS || op == KW_CONTRACT || op == KW_EV_CONTRACT_CHURNED || op == KW_EV_CONTRACT_CHANGED)
    return ENT_CONTRACT;
  return op == KW_CUSTOMERS || op == KW_CUSTOMER ? ENT_CUSTOMER : ENT_INVOICE;
}

static void translate_rows(translator *t, ast *n, kw op) {
  entity of = t->of;
  t->of = target(op);
  translate_kids(t, n);
  t->of = of;
}

static void translate_address(translator *t, ast *n) {
  if (n->text.n && kw_of_word(n->text, t->from) == KW_EMAIL) n->text = kw_text(KW_EMAIL, t->to);
}

static void translate(translator *t, ast *n) {
  switch ((int)n->kind) {
  case AST_LADDER:
    keep_name(t, n, n->text);
    translate_rows(t, n, n->op);
    return;
  case AST_WHEN:
    if (n->text.n) keep_name(t, n, n->text);
    translate_rows(t, n, n->op);
    return;
  case AST_ON:
  case AST_GIVEN: translate_rows(t, n, n->op); return;
  case AST_EVERY: translate_rows(t, n, ast_kid(n, AST_TARGET) ? ast_kid(n, AST_TARGET)->op : KW_INVOICES); return;
  case AST_GIVEN_FIELD: translate_given(t, n); return;
  case AST_COMPARE:
  case AST_IN:
  case AST_BETWEEN: translate_comparison(t, n); return;
  case AST_TEXT: translate_text(t, n); return;
  case AST_ERP_EVENT: n->text = erp_event_in(t->perm, n->text, t->from, t->to); return;
  case AST_NAME:
    if (!define_of(t, n->text)) n->text = path_to(t, n, n->text);
    return;
  case AST_FIELD:
  case AST_COUNTING:
  case AST_ANCHOR:
  case AST_FIELD_DECL: n->text = path_to(t, n, n->text); return;
  case AST_ON_DATE:
    if (n->text.n) n->text = path_to(t, n, n->text);
    return;
  case AST_DEFINE: keep_value_name(t, n, n->text); break;
  case AST_TEAM:
  case AST_ALERT:
  case AST_MARK:
  case AST_WEBHOOK: keep_name(t, n, n->text); break;
  case AST_GOAL:
    for (ast *k = n->kid; k; k = k->next)
      if (k->kind == AST_NAME)
        keep_name(t, k, k->text); /* a team, a mark */
      else
        translate(t, k);
    return;
  case AST_TEAM_ADDRESS: translate_address(t, n); return;
  case AST_WHO: translate_who(t, n->kid); return;
  case AST_SEND: translate_send(t, n); return;
  case AST_SETTLE: translate_words(t, n, WORD_SETTLE); return;
  case AST_PRIORITY: fixed_word(t, n, WORD_PRIORITY); return;
  case AST_CALENDAR:
  case AST_CONNECT: return; /* names of data and of services */
  default: break;
  }
  translate_kids(t, n);
}

/* ---- the language line ---- */

static ast *take_language(ast *root) {
  for (ast **at = &root->kid, *before = NULL; *at; before = *at, at = &(*at)->next) {
    ast *n = *at;
    if (n->kind != AST_LANGUAGE) continue;
    *at = n->next;
    if (root->last == n) root->last = before;
    return n;
  }
  return NULL;
}

/* English needs no line that says so; the others have it at the very top. A comment behind the old line stands alone.
 */
static void set_language(translator *t, ast_file *file) {
  ast *root = file->root, *said = take_language(root);
  if (said)
    for (ast_comment *c = file->comments; c; c = c->next)
      if (c->at.from >= said->at.to && (!root->kid || c->at.from < root->kid->at.from)) c->own_line = true;
  file->lang = t->to;
  if (t->to == LANG_EN) return;
  if (!said) said = ARENA_NEW(t->perm, ast);
  *said = (ast){.kind = AST_LANGUAGE, .op = t->to == LANG_PT ? KW_PORTUGUESE : KW_SPANISH, .next = root->kid};
  said->at.file = root->at.file;
  root->kid = said;
  if (!root->last) root->last = said;
}

bool fmt_translate(arena *perm, const source *src, ast_file *file, dun_lang to, diags *d) {
  size_t errors = d->errors;
  translator t = {.perm = perm, .src = src, .file = file, .from = file->lang, .to = to, .d = d, .of = ENT_INVOICE};
  find_defines(&t);
  translate_kids(&t, file->root);
  if (d->errors != errors) return false;
  set_language(&t, file);
  if (t.suspects == 0 || reads_the_same(&t, file)) return true;
  /* Those that are keywords by themselves; where none is, those that may begin one. */
  bool alone = false;
  for (uint32_t i = 0; i < t.suspects; i++) alone |= kw_of_word(t.suspect[i]->text, to) != KW_NONE;
  for (uint32_t i = 0; i < t.suspects; i++)
    if (!alone || kw_of_word(t.suspect[i]->text, to) != KW_NONE) report(&t, t.suspect[i], t.suspect[i]->text);
  return false;
}
