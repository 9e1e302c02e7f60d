/* What a file consists of: its sections and declarations, and the rungs in them. A section goes on to the next one. */
#include "lang/query/query.h"

typedef struct list {
  outline_item *v;
  uint32_t n;
} list;

static slice first_line(const query *q, const ast *n) {
  slice s = {q->files[n->at.file].text.p + n->at.from, n->at.to - n->at.from};
  const char *end = s.n ? memchr(s.p, '\n', s.n) : NULL;
  if (end) s.n = (size_t)(end - s.p);
  return slice_trim(s);
}

static named_kind kind_of(const ast *n) {
  switch ((int)n->kind) {
  case AST_LADDER: return NAMED_LADDER;
  case AST_WHEN: return NAMED_RULE;
  case AST_TEST: return NAMED_TEST;
  case AST_TEAM: return NAMED_TEAM;
  case AST_DEFINE: return NAMED_DEFINE;
  case AST_FIELD_DECL: return NAMED_CUSTOM;
  case AST_INCLUDE: return NAMED_INCLUDE;
  default: return NAMED_COUNT;
  }
}

static uint32_t end_of(const ast *n) {
  uint32_t to = n->at.to;
  for (const ast *k = n->kid; k; k = k->next) {
    uint32_t deep =
        ast_class_of(k->kind) == AST_CLASS_LINE || ast_class_of(k->kind) == AST_CLASS_SETTING ? end_of(k) : k->at.to;
    if (deep > to) to = deep;
  }
  return to;
}

static void add(list *l, const query *q, const ast *n, uint32_t depth) {
  span whole = {n->at.from, end_of(n), n->at.file};
  slice label = first_line(q, n);
  l->v[l->n++] =
      (outline_item){kind_of(n), label, whole, {n->at.from, n->at.from + (uint32_t)label.n, n->at.file}, depth};
}

const outline_item *query_outline(const query *q, uint16_t file, uint32_t *count) {
  size_t room = 1;
  for (const ast *n = q->trees[file]->root->kid; n; n = n->next) room += 1 + ast_count(n);
  list l = {ARENA_ARRAY(q->perm, room, outline_item), 0};
  for (const ast *n = q->trees[file]->root->kid; n; n = n->next) {
    ast_class class = ast_class_of(n->kind);
    if (class == AST_CLASS_SECTION || (class == AST_CLASS_DECL && n->kind != AST_LANGUAGE)) add(&l, q, n, 0);
    if (class != AST_CLASS_SECTION) continue;
    for (const ast *k = n->kid; k; k = k->next)
      if (k->kind == AST_RUNG) add(&l, q, k, 1);
  }
  *count = l.n;
  return l.v;
}
