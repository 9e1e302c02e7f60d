/* The files of a policy as one text: what a file includes is read where its `include` line stands, once. Files that
 * none includes come one after another, as they were given.
 *
 * Invariant: a file's place is inside of a file that is read before it, or in none: the places form no circle. */
#include "lang/base/path.h"
#include "lang/check/internal.h"

typedef struct file_place {
  bool known;
  uint32_t in, from, depth; /* depth 0: it stands in no other file */
} file_place;

/* The file that the text of an `include` in file `f` names; file_count: it is not among those given. */
static uint32_t file_named(checker *c, uint32_t f, slice text) {
  const source *v = c->p->sources;
  slice path = path_join(c->scratch, path_folder(v[f].name), text);
  uint32_t i = 0;
  while (i < c->file_count && !slice_eq(path_join(c->scratch, SLICE("."), v[i].name), path)) i++;
  return i;
}

/* Who gave the files has said why this one is not among them. */
static bool is_said(const checker *c, span at) {
  for (const diag *x = c->d->first; x; x = x->next)
    if (x->at.file == at.file && x->at.from == at.from && x->at.to == at.to) return true;
  return false;
}

static void link_file(checker *c, file_place *places, uint32_t f) {
  for (const ast *n = c->files[f]->root->kid; n; n = n->next) {
    const ast *t = n->kind == AST_INCLUDE ? ast_kid(n, AST_TEXT) : NULL;
    if (!t) continue;
    c->lang = c->files[f]->lang;
    uint32_t i = file_named(c, f, t->text);
    if (i == c->file_count && !is_said(c, t->at)) REPORT(c, E0334, t->at, NO_HINT, t->text);
    if (i == c->file_count || places[i].known) continue;
    places[i] = (file_place){true, f, n->at.from, places[f].depth + 1};
    link_file(c, places, i);
  }
}

void files_link(checker *c) {
  file_place *places = ARENA_ARRAY(c->scratch, c->file_count + 1, file_place);
  c->places = places;
  for (uint32_t f = 0; f < c->file_count; f++) {
    if (places[f].known) continue;
    places[f].known = true;
    link_file(c, places, f);
  }
}

static void visit_file(checker *c, uint32_t f, void (*visit)(checker *c, const ast *n)) {
  for (const ast *n = c->files[f]->root->kid; n; n = n->next) {
    c->lang = c->files[f]->lang;
    visit(c, n);
    if (n->kind != AST_INCLUDE) continue;
    for (uint32_t i = 0; i < c->file_count; i++)
      if (c->places[i].depth && c->places[i].in == f && c->places[i].from == n->at.from) visit_file(c, i, visit);
  }
}

void files_each(checker *c, void (*visit)(checker *c, const ast *n)) {
  for (uint32_t f = 0; f < c->file_count; f++)
    if (c->places[f].depth == 0) visit_file(c, f, visit);
}

bool files_above(const checker *c, span a, span b) {
  uint32_t fa = a.file, fb = b.file, at_a = a.from, at_b = b.from;
  while (fa != fb && (c->places[fa].depth || c->places[fb].depth)) {
    if (c->places[fa].depth >= c->places[fb].depth) {
      at_a = c->places[fa].from;
      fa = c->places[fa].in;
    } else {
      at_b = c->places[fb].from;
      fb = c->places[fb].in;
    }
  }
  return fa != fb ? fa < fb : at_a < at_b;
}
