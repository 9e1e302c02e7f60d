/* Statements to a page: which stand how far in, what stands beside its header, where the empty lines are and where the
 * comments go. The layout is that of LANGUAGE.md section 1:
 *   - a policy's settings stand below it, two columns in, up to an empty line before `hold while`, `stop when` or a
 *     declaration; what follows is at the margin
 *   - rungs stand two columns in; their lines begin in one column of the section
 *   - `when C ACTIONS` and `on EVENT ACTIONS` of one line are one line; such lines of one kind may stand close together
 *   - there is one empty line between sections; elsewhere empty lines stay, one at most
 * Invariant: it decides by the tree, the comments and the empty lines of the source alone, and what it decides leaves
 * these as they are: a second time nothing changes. */
#include <assert.h>
#include <stdlib.h>

#include "lang/base/utf8.h"
#include "lang/fmt/internal.h"

/* A rung's header wider than this does not push the lines of the others away. */
enum { RUNG_COLUMNS = 34, EVENT_COLUMNS = 48 };

typedef enum gap { GAP_NONE, GAP_KEPT, GAP_ONE } gap;

/* A statement: what stands on lines of its own unless it joins its header's. */
typedef struct item {
  const ast *n, *section, *rung; /* section: NULL at the root */
  size_t order;
  bool more; /* lines of the section above follow it */
} item;

typedef struct layout {
  printer p;
  item *at;
  size_t n, room;
  bool in_policy;      /* below `policy`, its settings not ended yet */
  bool after_language; /* the last statement was the `language` line: an empty line follows */
  size_t open_indent;  /* where what belongs to the last header stands */
  const ast *section;  /* the one that `action_column` is of */
  size_t action_column;
  size_t events_end, event_column; /* the group of `on` lines at hand */
} layout;

/* ---- collecting ---- */

static void collect_one(layout *l, const ast *n, const ast *section, const ast *rung) {
  if (l->n == l->room) {
    size_t room = l->room ? l->room * 2 : 64;
    item *more = ARENA_ARRAY(l->p.scratch, room, item);
    if (l->n) memcpy(more, l->at, l->n * sizeof *more);
    l->at = more;
    l->room = room;
  }
  l->at[l->n] = (item){n, section, rung, l->n, false};
  l->n++;
}

static bool is_of_section(const ast *n) {
  ast_class class = ast_class_of(n->kind);
  return class == AST_CLASS_LINE || class == AST_CLASS_SETTING;
}

static int by_place(const void *a, const void *b) {
  const item *x = a, *y = b;
  if (x->n->at.from != y->n->at.from) return x->n->at.from < y->n->at.from ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

/* Declarations stand in the root wherever they are written: the source's order is that of places, not of the tree. */
static void collect(layout *l) {
  for (const ast *n = l->p.file->root->kid; n; n = n->next) {
    collect_one(l, n, NULL, NULL);
    if (ast_class_of(n->kind) != AST_CLASS_SECTION) continue;
    for (const ast *k = n->kid; k; k = k->next) {
      if (!is_of_section(k)) continue;
      collect_one(l, k, n, NULL);
      for (const ast *r = k->kind == AST_RUNG ? k->kid : NULL; r; r = r->next)
        if (r->kind == AST_LINE) collect_one(l, r, n, k);
    }
  }
  if (l->n) qsort(l->at, l->n, sizeof *l->at, by_place);
  bool more = false;
  for (size_t i = l->n; i-- > 0;) {
    l->at[i].more = more;
    more = ast_class_of(l->at[i].n->kind) != AST_CLASS_SECTION && (more || l->at[i].section);
  }
}

/* ---- questions ---- */

static bool has_blank(const layout *l, uint32_t from, uint32_t to) {
  slice all = l->p.src->text;
  bool empty = false;
  for (uint32_t i = from; i < to; i++) {
    char c = all.p[i];
    if (c == '\n' && empty) return true;
    if (c == '\n')
      empty = true;
    else if (c != ' ' && c != '\t' && c != '\r')
      empty = false;
  }
  return false;
}

static size_t column_of(const layout *l, uint32_t at) {
  slice all = l->p.src->text;
  size_t n = 0, top = all.n >= 3 && memcmp(all.p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* a byte order mark is no column */
  while (n + top < at && all.p[at - 1 - n] != '\n') n++;
  return n;
}

static size_t count_of(const ast *section, ast_kind kind) {
  size_t n = 0;
  for (const ast *k = section->kid; k; k = k->next) n += k->kind == kind;
  return n;
}

/* `when` or `on` with one line and no rungs. */
static bool is_short(const ast *n) {
  return (n->kind == AST_WHEN || n->kind == AST_ON) && count_of(n, AST_LINE) == 1 && count_of(n, AST_RUNG) == 0;
}

static uint32_t from_of(const layout *l, size_t i) { return i < l->n ? l->at[i].n->at.from : UINT32_MAX; }

static bool comment_before(const layout *l, uint32_t at) { return l->p.next && l->p.next->at.from < at; }

static words words_of(layout *l, const ast *n) {
  words w = words_new(l->p.scratch, l->p.src, l->p.file->lang);
  words_add(&w, n);
  words_place(&w, n->at.to);
  return w;
}

static size_t width_of(layout *l, const ast *n) {
  words w = words_of(l, n);
  return words_width(&w, 0, w.n);
}

/* The column that the lines of a section's rungs begin in. */
static size_t action_column(layout *l, const ast *section) {
  if (l->section == section) return l->action_column;
  size_t columns = 0;
  for (const ast *k = section->kid; k; k = k->next) {
    if (k->kind != AST_RUNG || !ast_kid(k, AST_LINE)) continue;
    size_t width = width_of(l, k);
    if (width <= RUNG_COLUMNS && width > columns) columns = width;
  }
  l->section = section;
  return l->action_column = INDENT + (columns ? columns : INDENT) + 2;
}

/* The column that the lines of `on` sections close together begin in: one blank behind the longest header. */
static size_t event_column(layout *l, size_t i) {
  if (i < l->events_end) return l->event_column;
  size_t columns = 0;
  for (; i + 1 < l->n; i += 2) {
    const ast *on = l->at[i].n;
    if (on->kind != AST_ON || !is_short(on) || l->at[i + 1].section != on) break;
    if (columns && has_blank(l, l->at[i - 1].n->at.to, on->at.from)) break;
    size_t width = width_of(l, on);
    if (width > columns && width <= EVENT_COLUMNS) columns = width;
    l->events_end = i + 1;
  }
  return l->event_column = columns + 1;
}

/* ---- where it stands ---- */

static bool ends_settings(const ast *n, bool blank) {
  return blank && (n->kind == AST_HOLD || n->kind == AST_STOP || ast_class_of(n->kind) == AST_CLASS_DECL);
}

static size_t indent_of(layout *l, size_t i, bool blank) {
  const item *it = &l->at[i];
  if (it->rung) return action_column(l, it->section);
  if (it->section) return INDENT;
  ast_class class = ast_class_of(it->n->kind);
  if (class == AST_CLASS_SECTION || it->n->kind == AST_POLICY) return 0;
  if (class == AST_CLASS_DECL && it->more) return INDENT;
  return l->in_policy && !ends_settings(it->n, blank) ? INDENT : 0;
}

static gap gap_before(const layout *l, size_t i, size_t indent) {
  if (i == 0) return GAP_KEPT;
  const item *it = &l->at[i], *before = &l->at[i - 1];
  bool section = ast_class_of(it->n->kind) == AST_CLASS_SECTION;
  bool after_header = before->n->kind == AST_POLICY || ast_class_of(before->n->kind) == AST_CLASS_SECTION;
  if (before->n->kind == AST_LANGUAGE) return it->n->kind == AST_EDITION ? GAP_KEPT : GAP_ONE;
  if (section && before->section && before->section->kind == it->n->kind && is_short(before->section) &&
      is_short(it->n))
    return GAP_KEPT;
  if (section || it->n->kind == AST_POLICY) return GAP_ONE;
  if (indent) return after_header || before->n == it->rung ? GAP_NONE : GAP_KEPT;
  return after_header || before->section || l->open_indent ? GAP_ONE : GAP_KEPT;
}

/* ---- comments ---- */

/* The first of the comments before the statement at `at` that belong to it: no empty line between, and not further in
 * than it. NULL: none does. */
static const ast_comment *attached(const layout *l, uint32_t at) {
  const ast_comment *first = NULL;
  size_t column = column_of(l, at);
  for (const ast_comment *c = l->p.next; c && c->at.from < at; c = c->next) {
    uint32_t behind = c->next && c->next->at.from < at ? c->next->at.from : at;
    bool belongs = c->own_line && column_of(l, c->at.from) <= column && !has_blank(l, c->at.to, behind);
    if (!belongs)
      first = NULL;
    else if (!first)
      first = c;
  }
  return first;
}

static size_t detached_indent(const layout *l, const ast_comment *c) {
  return column_of(l, c->at.from) ? l->open_indent : 0;
}

/* The comments before a statement, and the empty line before it; the line that it is to stand on is open then. */
static void begin_statement(layout *l, uint32_t at, size_t indent, gap g) {
  const ast_comment *own = indent ? NULL : attached(l, at);
  bool first = true;
  while (comment_before(l, at)) {
    const ast_comment *c = l->p.next;
    bool blank = has_blank(l, l->p.end, c->at.from) || (first && l->after_language);
    if (indent) {
      line_comment(&l->p, indent, blank && !(first && g == GAP_NONE));
    } else if (own && c->at.from >= own->at.from) {
      line_comment(&l->p, 0, c == own ? g == GAP_ONE || blank : blank);
    } else {
      line_comment(&l->p, detached_indent(l, c), blank);
    }
    first = false;
  }
  bool blank = has_blank(l, l->p.end, at);
  if (own)
    line_begin(&l->p, indent, false);
  else
    line_begin(&l->p, indent, g == GAP_ONE || (blank && (g == GAP_KEPT || !first)));
}

static void comment_behind(layout *l, uint32_t before) {
  if (comment_before(l, before) && !l->p.next->own_line && !l->p.commented) line_comment_behind(&l->p);
}

static void comments_at_end(layout *l) {
  for (; l->p.next; l->after_language = false)
    line_comment(&l->p, detached_indent(l, l->p.next), l->after_language || has_blank(l, l->p.end, l->p.next->at.from));
}

/* ---- statements ---- */

static void wrote(layout *l, const ast *n) {
  if (n->at.to > l->p.end) l->p.end = n->at.to;
}

static void put(layout *l, const ast *n, size_t indent) {
  words w = words_of(l, n);
  line_words(&l->p, &w, indent);
  wrote(l, n);
}

/* A header's span takes in a line that stands beside it: its own words end where that begins. */
static void put_header(layout *l, size_t i, size_t indent) {
  const ast *n = l->at[i].n;
  uint32_t to = from_of(l, i + 1) < n->at.to ? from_of(l, i + 1) : n->at.to;
  words w = words_new(l->p.scratch, l->p.src, l->p.file->lang);
  words_add(&w, n);
  words_place(&w, to);
  line_words(&l->p, &w, indent);
  if (to > l->p.end) l->p.end = to;
}

/* `given A` and the `and B` below it. */
static void put_given(layout *l, size_t i) {
  bool more = i > 0 && l->at[i - 1].n->kind == AST_GIVEN && l->at[i - 1].section == l->at[i].section;
  words w = words_new(l->p.scratch, l->p.src, l->p.file->lang);
  words_keyword(&w, more ? KW_AND : KW_GIVEN, l->at[i].n->at.from);
  words_add(&w, l->at[i].n);
  words_place(&w, l->at[i].n->at.to);
  line_words(&l->p, &w, INDENT);
  wrote(l, l->at[i].n);
}

/* Whether the line that follows a header stands beside it; `*column`: where. */
static bool joins(layout *l, size_t i, size_t *column) {
  const item *it = &l->at[i], *line = it + 1;
  if (i + 1 == l->n || line->n->kind != AST_LINE || comment_before(l, line->n->at.from)) return false;
  if (it->n->kind == AST_RUNG) {
    if (line->rung != it->n) return false;
    *column = action_column(l, it->section);
    return l->p.column + 2 <= *column || l->p.column + 2 + width_of(l, line->n) <= LINE_COLUMNS;
  }
  if (line->section != it->n || line->rung || count_of(it->n, AST_LINE) != 1) return false;
  if (it->n->kind != AST_WHEN && it->n->kind != AST_ON) return false;
  size_t width = width_of(l, it->n);
  *column = it->n->kind == AST_ON && is_short(it->n) ? event_column(l, i) : 0;
  size_t from = width + 1 > *column ? width + 1 : *column;
  return from + width_of(l, line->n) <= LINE_COLUMNS;
}

/* The statement, and the line beside it; how many items that are. */
static size_t put_item(layout *l, size_t i, size_t indent) {
  const ast *n = l->at[i].n;
  size_t column;
  if (n->kind == AST_GIVEN) {
    put_given(l, i);
    return 1;
  }
  if (n->kind != AST_RUNG && ast_class_of(n->kind) != AST_CLASS_SECTION) {
    put(l, n, indent);
    return 1;
  }
  bool beside = n->kind != AST_RUNG && joins(l, i, &column);
  put_header(l, i, indent);
  if (n->kind == AST_RUNG) beside = joins(l, i, &column);
  if (!beside) return 1;
  line_pad(&l->p, column, n->kind == AST_RUNG ? 2 : 1);
  put(l, l->at[i + 1].n, l->p.column);
  return 2;
}

static void put_statement(layout *l, size_t *i) {
  const item *it = &l->at[*i];
  bool blank = *i > 0 && has_blank(l, l->at[*i - 1].n->at.to, it->n->at.from);
  if (*i > 0 && l->at[*i - 1].n->kind == AST_POLICY) blank = blank && ast_class_of(it->n->kind) == AST_CLASS_DECL;
  size_t indent = indent_of(l, *i, blank);
  begin_statement(l, it->n->at.from, indent, gap_before(l, *i, indent));
  size_t taken = put_item(l, *i, indent);
  bool section = ast_class_of(it->n->kind) == AST_CLASS_SECTION;
  if (section || it->n->kind == AST_POLICY)
    l->open_indent = INDENT;
  else if (!indent)
    l->open_indent = 0;
  if (it->n->kind == AST_POLICY)
    l->in_policy = true;
  else if (!indent)
    l->in_policy = false;
  l->after_language = it->n->kind == AST_LANGUAGE;
  *i += taken;
  comment_behind(l, from_of(l, *i));
}

slice fmt_file(arena *perm, arena *scratch, const source *src, const ast_file *file) {
  assert(file->ok);
  layout l = {.p = {.perm = perm, .scratch = scratch, .src = src, .file = file, .next = file->comments}};
  l.p.out = text_new(perm);
  collect(&l);
  for (size_t i = 0; i < l.n;) put_statement(&l, &i);
  comments_at_end(&l);
  if (l.p.out.n) text_char(&l.p.out, '\n');
  return text_slice(&l.p.out);
}
