/* The names of a policy: where each stands and where it is made. One walk over the trees; what a name means depends on
 * the rows that its section runs over, which the walk carries along. */
#include "lang/base/utf8.h"
#include "lang/check/fields.h"
#include "lang/check/table.h"
#include "lang/check/words.h"
#include "lang/query/query.h"

typedef struct walk {
  query *q;
  arena *scratch;
  name_map defines;
  uint16_t file;
  dun_lang lang;
  entity of;
  uint32_t room;
} walk;

/* Where a node's text stands. Texts with escapes are not in the file as they read: the node's own place is meant. */
static span place_of(const walk *w, const ast *n) {
  slice file = w->q->files[w->file].text;
  if (!n->text.n || n->text.p < file.p || n->text.p >= file.p + file.n) {
    bool quoted = n->kind == AST_TEXT && n->at.to > n->at.from + 1;
    return quoted ? (span){n->at.from + 1, n->at.to - 1, n->at.file} : n->at;
  }
  uint32_t from = (uint32_t)(n->text.p - file.p);
  return (span){from, from + (uint32_t)n->text.n, w->file};
}

static named *add(walk *w, named n) {
  query *q = w->q;
  if (q->name_count == w->room) {
    w->room = w->room ? w->room * 2 : 64;
    named *more = ARENA_ARRAY(q->perm, w->room, named);
    if (q->name_count) memcpy(more, q->names, q->name_count * sizeof *more);
    q->names = more;
  }
  q->names[q->name_count] = n;
  return &q->names[q->name_count++];
}

static void name_here(walk *w, named_kind kind, const ast *n, bool defines) {
  if (n->text.n)
    add(w,
        (named){.kind = kind, .at = place_of(w, n), .name = n->text, .defines = defines, .node = defines ? n : NULL});
}

static void text_kid(walk *w, named_kind kind, const ast *n, kw op) {
  const ast *t = ast_kid(n, AST_TEXT);
  if (t && t->text.n) add(w, (named){.kind = kind, .at = place_of(w, t), .name = t->text, .op = op});
}

static void path_here(walk *w, const ast *n, entity of) {
  const program *p = w->q->program;
  field_ref r = field_by_path(p->custom, p->custom_count, of, n->text, w->lang);
  if (r.status != FIELD_FOUND) return;
  size_t skip = r.head_n ? r.head_n + 1 : 0;
  add(w, (named){.kind = r.field < FIELD_COUNT ? NAMED_FIELD : NAMED_CUSTOM,
                 .at = place_of(w, n),
                 .name = {n->text.p + skip, n->text.n - skip},
                 .of = r.of,
                 .field = r.field});
}

/* Without an entity the invoice is meant. */
static void custom_made(walk *w, const ast *n) {
  uint32_t before = w->q->name_count;
  path_here(w, n, ENT_INVOICE);
  if (w->q->name_count == before) return;
  named *made = &w->q->names[before];
  made->defines = made->kind == NAMED_CUSTOM;
  made->node = n;
}

static void calendars(walk *w, const ast *n) {
  for (const ast *k = ast_kid(n, AST_NAME); k; k = ast_next(k, AST_NAME)) name_here(w, NAMED_CALENDAR, k, false);
}

static entity rows_of(kw op) {
  if (op == KW_CONTRACTS || op == KW_CONTRACT || op == KW_EV_CONTRACT_CHURNED || op == KW_EV_CONTRACT_CHANGED ||
      op == KW_WHEN_CONTRACT)
    return ENT_CONTRACT;
  return op == KW_CUSTOMERS || op == KW_CUSTOMER ? ENT_CUSTOMER : ENT_INVOICE;
}

/* The rows that a section runs over; `otherwise` where it does not say. */
static entity section_rows(const ast *n, entity otherwise) {
  switch ((int)n->kind) {
  case AST_LADDER:
  case AST_WHEN:
  case AST_ON:
  case AST_GIVEN: return rows_of(n->op);
  case AST_ERROR: return n->op == KW_NONE ? otherwise : rows_of(n->op);
  case AST_EVERY: return ast_kid(n, AST_TARGET) ? rows_of(ast_kid(n, AST_TARGET)->op) : ENT_INVOICE;
  case AST_TEST: {
    const ast *given = ast_kid(n, AST_GIVEN);
    return given ? rows_of(given->op) : ENT_INVOICE;
  }
  default: return otherwise;
  }
}

static void visit(walk *w, const ast *n);

static void visit_kids(walk *w, const ast *n) {
  entity of = w->of;
  w->of = section_rows(n, of);
  for (const ast *k = n->kid; k; k = k->next) visit(w, k);
  w->of = of;
}

static void template_named(walk *w, const ast *send) {
  const ast *by = ast_kid(send, AST_CHANNEL), *t = ast_kid(send, AST_TEMPLATE);
  if (t) text_kid(w, NAMED_TEMPLATE, t, by ? by->op : KW_NONE);
}

/* What a guarantee speaks of: an action by its words, `alert finance`, a template. */
static void goal_names(walk *w, const ast *n) {
  const ast *kind = ast_kid(n, AST_ACTION_KIND), *name = ast_kid(n, AST_NAME), *t = ast_kid(n, AST_TEMPLATE);
  const ast *by = kind ? ast_kid(kind, AST_CHANNEL) : NULL;
  if (name && kind && kind->op == KW_ALERT) name_here(w, NAMED_TEAM, name, false);
  if (t) text_kid(w, NAMED_TEMPLATE, t, by ? by->op : KW_NONE);
}

static void visit(walk *w, const ast *n) {
  switch ((int)n->kind) {
  case AST_DEFINE: name_here(w, NAMED_DEFINE, n, true); break;
  case AST_LADDER: name_here(w, NAMED_LADDER, n, true); break;
  case AST_WHEN: name_here(w, NAMED_RULE, n, true); break;
  case AST_TEST: name_here(w, NAMED_TEST, n, true); break;
  case AST_TEAM: name_here(w, NAMED_TEAM, n, true); break;
  case AST_ALERT: name_here(w, NAMED_TEAM, n, false); break;
  case AST_FIELD_DECL: custom_made(w, n); break;
  case AST_INCLUDE: text_kid(w, NAMED_INCLUDE, n, KW_NONE); break;
  case AST_CALENDAR: calendars(w, n); return;
  case AST_INDEX:
  case AST_RATE: text_kid(w, NAMED_SERIES, n, KW_NONE); break;
  case AST_OPEN_CARD: text_kid(w, NAMED_BOARD, n, KW_NONE); break;
  case AST_DOCUMENT: text_kid(w, NAMED_DOCUMENT, n, KW_NONE); break;
  case AST_SEND:
  case AST_ELSE: template_named(w, n); break;
  case AST_GIVEN_FIELD:
  case AST_FIELD:
  case AST_HOLE:
  case AST_COUNTING:
  case AST_ANCHOR:
  case AST_ON_DATE: path_here(w, n, w->of); break;
  case AST_NAME:
    if (name_map_get(&w->defines, 0, n->text) != NAME_NONE)
      name_here(w, NAMED_DEFINE, n, false);
    else
      path_here(w, n, w->of);
    break;
  case AST_GOAL: goal_names(w, n); return;
  case AST_CONNECT:
  case AST_SETTLE: return; /* names of services; fixed words */
  default: break;
  }
  visit_kids(w, n);
}

static void collect_defines(walk *w, const ast *root) {
  for (const ast *n = root->kid; n; n = n->next)
    if (n->kind == AST_DEFINE) name_map_add(w->scratch, &w->defines, 0, n->text, 0);
}

static bool stands_after(const named *a, const named *b) {
  return a->at.file != b->at.file ? a->at.file > b->at.file : a->at.from > b->at.from;
}

/* Nearly in order as they come: a section's own name stands before what is in it. */
static void sort(named *v, uint32_t n) {
  for (uint32_t i = 1; i < n; i++)
    for (uint32_t k = i; k > 0 && stands_after(&v[k - 1], &v[k]); k--) {
      named other = v[k];
      v[k] = v[k - 1];
      v[k - 1] = other;
    }
}

const written_file *query_words(const query *q, uint16_t file) {
  if (!q->words[file]) {
    written_file *w = ARENA_NEW(q->perm, written_file);
    *w = written_read(q->perm, q->files[file].text, file);
    q->words[file] = w;
  }
  return q->words[file];
}

void query_begin(arena *perm, const source *files, uint32_t n, const compiled *c, query *out) {
  *out = (query){.perm = perm, .files = files, .file_count = n, .program = c->program, .trees = c->trees};
  out->words = ARENA_ARRAY(perm, n + 1, const written_file *);
  arena *scratch = arena_new();
  walk w = {.q = out, .scratch = scratch};
  for (uint32_t f = 0; f < n; f++) collect_defines(&w, out->trees[f]->root);
  for (uint32_t f = 0; f < n; f++) {
    w.file = (uint16_t)f;
    w.lang = out->trees[f]->lang;
    w.of = ENT_INVOICE;
    visit_kids(&w, out->trees[f]->root);
  }
  arena_free(scratch);
  sort(out->names, out->name_count);
}

const named *query_name_at(const query *q, uint16_t file, uint32_t at) {
  const named *best = NULL;
  for (uint32_t i = 0; i < q->name_count; i++) {
    const named *n = &q->names[i];
    if (n->at.file != file || at < n->at.from || at > n->at.to) continue;
    if (!best || n->at.from >= best->at.from) best = n;
  }
  return best;
}

bool query_same_name(const named *a, const named *b) {
  if (a->kind != b->kind) return false;
  if (a->kind == NAMED_FIELD || a->kind == NAMED_CUSTOM) return a->of == b->of && a->field == b->field;
  return utf8_fold_eq(a->name, b->name);
}

const named *query_definition(const query *q, const named *n) {
  for (uint32_t i = 0; i < q->name_count; i++)
    if (q->names[i].defines && query_same_name(&q->names[i], n)) return &q->names[i];
  return NULL;
}

entity query_context(const query *q, uint16_t file, uint32_t at) {
  entity of = ENT_INVOICE;
  for (const ast *n = q->trees[file]->root->kid; n && n->at.from <= at; n = n->next) {
    if (ast_class_of(n->kind) == AST_CLASS_SECTION || n->kind == AST_ERROR) of = section_rows(n, ENT_INVOICE);
    for (const ast *k = n->kind == AST_TEST ? n->kid : NULL; k && k->at.from <= at; k = k->next)
      if (k->kind == AST_GIVEN) of = rows_of(k->op);
  }
  return of;
}
