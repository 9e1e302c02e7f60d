/* What is asked of a place and changes nothing: hover, completion, definition, references, outline, colours. */
#include "lang/base/path.h"
#include "runtime/cli/project.h"
#include "server.h"

/* ---- hover ---- */

enum { TEMPLATE_LINES_SHOWN = 8 };

static bool holds(span a, uint16_t file, uint32_t at) { return a.file == file && at >= a.from && at <= a.to; }

/* What to do about the errors of the place: the page of each, in a sentence. */
static void add_remedies(const asked *q, text *t) {
  for (size_t i = 0; i < POLICY_LISTS; i++)
    for (const diag *d = q->x->said[i].first; d; d = d->next) {
      if (!holds(d->at, q->file, q->at)) continue;
      if (t->n) text_cstr(t, "\n\n---\n\n");
      text_printf(t, "**%s** %.*s", diag_name(d->code), SLICE_ARG(diag_remedy(d->code, q->lang)));
    }
}

/* The files of a template, one a channel and language: the next from *at on, its path; empty: there are no more. */
static slice file_of_template(server *s, const asked *q, const named *n, size_t *at) {
  slice folder = session_template_folder(&q->x->s), *files;
  slice by = n->kind == NAMED_DOCUMENT ? SLICE("document")
             : n->op == KW_NONE        ? (slice){"", 0}
                                       : kw_text(n->op, LANG_EN);
  slice head = arena_printf(s->scratch, "%.*s.%.*s", SLICE_ARG(n->name), SLICE_ARG(by));
  size_t count;
  if (s->over.w.list_folder(&s->over.w, arena_copy(s->scratch, folder), s->scratch, &files, &count) != WORLD_OK)
    return (slice){NULL, 0};
  while (*at < count) {
    slice file = files[(*at)++];
    if (slice_starts(file, head)) return path_join(s->scratch, folder, file);
  }
  return (slice){NULL, 0};
}

static void add_template(server *s, const asked *q, const named *n, text *t) {
  size_t at = 0;
  slice path = file_of_template(s, q, n, &at), rest;
  if (!path.n || s->over.w.read_file(&s->over.w, arena_copy(s->scratch, path), s->scratch, &rest) != WORLD_OK) return;
  text_printf(t, "`%.*s`\n\n```\n", SLICE_ARG(path_base(path)));
  for (unsigned i = 0; i < TEMPLATE_LINES_SHOWN && rest.n; i++) {
    const char *nl = memchr(rest.p, '\n', rest.n);
    size_t bytes = nl ? (size_t)(nl - rest.p) + 1 : rest.n;
    text_add(t, (slice){rest.p, bytes});
    rest.p += bytes;
    rest.n -= bytes;
  }
  if (t->n && t->p[t->n - 1] != '\n') text_char(t, '\n');
  text_cstr(t, rest.n ? "...\n```" : "```");
}

void answer_hover(server *s, const json *params, json_writer *w) {
  asked q;
  if (!wire_asked(s, params, &q)) {
    json_put_null(w, "result");
    return;
  }
  span about = {q.at, q.at, q.file};
  text t = text_new(s->scratch);
  text_add(&t, query_hover(&q.x->q, q.file, q.at, &about));
  const named *n = query_name_at(&q.x->q, q.file, q.at);
  if (n && (n->kind == NAMED_TEMPLATE || n->kind == NAMED_DOCUMENT)) add_template(s, &q, n, &t);
  add_remedies(&q, &t);
  if (!t.n) {
    json_put_null(w, "result");
    return;
  }
  json_begin_object(w, "result");
  json_begin_object(w, "contents");
  json_put_text(w, "kind", SLICE("markdown"));
  json_put_text(w, "value", text_slice(&t));
  json_end(w);
  wire_put_range(s, w, "range", q.x, about);
  json_end(w);
}

/* ---- completion ---- */

static int item_kind(complete_kind kind) { /* CompletionItemKind */
  switch (kind) {
  case COMPLETE_KEYWORD: return 14;
  case COMPLETE_FIELD: return 5;
  case COMPLETE_VALUE: return 20;
  case COMPLETE_NAME: return 6;
  case COMPLETE_FILE: return 17;
  case COMPLETE_SNIPPET: return 15;
  }
  return 1;
}

static void put_item(server *s, json_writer *w, const document *d, const completion *c, uint32_t index) {
  if (c->snippet && !s->snippets) return;
  json_begin_object(w, NULL);
  json_put_text(w, "label", c->label);
  json_put_int(w, "kind", item_kind(c->kind));
  if (c->detail.n) json_put_text(w, "detail", c->detail);
  if (c->says.n) {
    json_begin_object(w, "documentation");
    json_put_text(w, "kind", SLICE("markdown"));
    json_put_text(w, "value", c->says);
    json_end(w);
  }
  json_put_text(w, "sortText", arena_printf(s->scratch, "%u%05u", c->rank, index));
  if (c->snippet) json_put_int(w, "insertTextFormat", 2);
  json_begin_object(w, "textEdit");
  json_begin_object(w, "range");
  wire_put_place(w, "start", place_of_bytes(&d->lines, c->replace.from, s->units));
  wire_put_place(w, "end", place_of_bytes(&d->lines, c->replace.to, s->units));
  json_end(w);
  json_put_text(w, "newText", c->insert);
  json_end(w);
  json_end(w);
}

void answer_completion(server *s, const json *params, json_writer *w) {
  document *d;
  policy *x;
  uint16_t file;
  uint32_t n;
  const query *q = wire_glanced(s, params, &d, &x, &file);
  if (!q) {
    json_put_null(w, "result");
    return;
  }
  uint32_t at = place_bytes(&d->lines, wire_place(json_at(params, "position")), s->units);
  const completion *v = query_complete(q, file, at, &x->lists, &n);
  json_begin_object(w, "result");
  json_put_bool(w, "isIncomplete", false);
  json_begin_list(w, "items");
  for (uint32_t i = 0; i < n; i++) put_item(s, w, d, &v[i], i);
  json_end(w);
  json_end(w);
}

/* ---- definition, references ---- */

static void put_file(server *s, json_writer *w, slice path) {
  json_begin_object(w, NULL);
  json_put_text(w, "uri", wire_uri(s, path));
  json_begin_object(w, "range");
  wire_put_place(w, "start", (place){0, 0});
  wire_put_place(w, "end", (place){0, 0});
  json_end(w);
  json_end(w);
}

/* A calendar of the project; those that Dun brings along are no files. */
static void put_calendar(server *s, json_writer *w, const asked *q, slice name) {
  slice folder = project_folder(&s->over.w, s->scratch, q->x->s.policy_folder, "calendars");
  slice path = path_join(s->scratch, folder, arena_printf(s->scratch, "%.*s.cal", SLICE_ARG(name))), unused;
  if (s->over.w.read_file(&s->over.w, arena_copy(s->scratch, path), s->scratch, &unused) == WORLD_OK)
    put_file(s, w, path);
}

static void put_definitions(server *s, json_writer *w, const asked *q, const named *n) {
  const named *made = query_definition(&q->x->q, n);
  if (made) {
    wire_put_location(s, w, NULL, q->x, made->at);
    return;
  }
  size_t at = 0;
  switch ((int)n->kind) {
  case NAMED_TEMPLATE:
  case NAMED_DOCUMENT:
    for (slice path; (path = file_of_template(s, q, n, &at)).n;) put_file(s, w, path);
    break;
  case NAMED_INCLUDE: put_file(s, w, path_join(s->scratch, path_folder(q->x->q.files[q->file].name), n->name)); break;
  case NAMED_CALENDAR: put_calendar(s, w, q, n->name); break;
  default: break;
  }
}

void answer_definition(server *s, const json *params, json_writer *w) {
  asked q;
  const named *n = wire_asked(s, params, &q) ? query_name_at(&q.x->q, q.file, q.at) : NULL;
  json_begin_list(w, "result");
  if (n) put_definitions(s, w, &q, n);
  json_end(w);
}

void answer_references(server *s, const json *params, json_writer *w) {
  asked q;
  const named *n = wire_asked(s, params, &q) ? query_name_at(&q.x->q, q.file, q.at) : NULL;
  bool made_too = json_true(json_at(params, "context.includeDeclaration"));
  json_begin_list(w, "result");
  for (uint32_t i = 0; n && i < q.x->q.name_count; i++) {
    const named *other = &q.x->q.names[i];
    if (query_same_name(other, n) && (made_too || !other->defines)) wire_put_location(s, w, NULL, q.x, other->at);
  }
  json_end(w);
}

void answer_highlight(server *s, const json *params, json_writer *w) {
  asked q;
  const named *n = wire_asked(s, params, &q) ? query_name_at(&q.x->q, q.file, q.at) : NULL;
  json_begin_list(w, "result");
  for (uint32_t i = 0; n && i < q.x->q.name_count; i++) {
    const named *other = &q.x->q.names[i];
    if (!query_same_name(other, n) || other->at.file != q.file) continue;
    json_begin_object(w, NULL);
    wire_put_range(s, w, "range", q.x, other->at);
    json_put_int(w, "kind", other->defines ? 3 : 2);
    json_end(w);
  }
  json_end(w);
}

/* ---- outline ---- */

static int symbol_kind(named_kind kind) { /* SymbolKind */
  switch (kind) {
  case NAMED_LADDER: return 5;
  case NAMED_RULE: return 12;
  case NAMED_TEST: return 6;
  case NAMED_DEFINE: return 14;
  case NAMED_TEAM: return 11;
  case NAMED_CUSTOM: return 8;
  case NAMED_INCLUDE: return 1;
  case NAMED_FIELD:
  case NAMED_TEMPLATE:
  case NAMED_DOCUMENT:
  case NAMED_CALENDAR:
  case NAMED_SERIES:
  case NAMED_BOARD:
  case NAMED_COUNT: break;
  }
  return 24;
}

static void begin_symbol(server *s, json_writer *w, const document *d, const outline_item *i) {
  json_begin_object(w, NULL);
  json_put_text(w, "name", i->label.n ? i->label : SLICE("-"));
  json_put_int(w, "kind", symbol_kind(i->kind));
  wire_put_span(s, w, "range", &d->lines, i->at);
  wire_put_span(s, w, "selectionRange", &d->lines, i->name);
  json_begin_list(w, "children");
}

static void end_symbol(json_writer *w) {
  json_end(w);
  json_end(w);
}

/* The outline of the document that is meant, as it is now. */
static const outline_item *outline_asked(server *s, const json *params, document **d, uint32_t *n) {
  policy *x;
  uint16_t file;
  const query *q = wire_glanced(s, params, d, &x, &file);
  *n = 0;
  return q ? query_outline(q, file, n) : NULL;
}

void answer_symbols(server *s, const json *params, json_writer *w) {
  document *d;
  uint32_t n, depth = 0;
  const outline_item *v = outline_asked(s, params, &d, &n);
  json_begin_list(w, "result");
  for (uint32_t i = 0; i < n; i++) {
    for (; i > 0 && depth >= v[i].depth + 1; depth--) end_symbol(w);
    begin_symbol(s, w, d, &v[i]);
    depth++;
  }
  for (; depth; depth--) end_symbol(w);
  json_end(w);
}

void answer_folding(server *s, const json *params, json_writer *w) {
  document *d;
  uint32_t n;
  const outline_item *v = outline_asked(s, params, &d, &n);
  json_begin_list(w, "result");
  for (uint32_t i = 0; i < n; i++) {
    place from = place_of_bytes(&d->lines, v[i].at.from, s->units);
    place to = place_of_bytes(&d->lines, v[i].at.to, s->units);
    if (to.line <= from.line) continue;
    json_begin_object(w, NULL);
    json_put_int(w, "startLine", from.line);
    json_put_int(w, "endLine", to.line);
    json_end(w);
  }
  json_end(w);
}

/* ---- colours: keyword, text, number, comment, name, in the order of the legend ---- */

enum { COLOUR_KEYWORD, COLOUR_TEXT, COLOUR_NUMBER, COLOUR_COMMENT, COLOUR_NAME, COLOUR_NONE };

static int colour_of(const written_word *w) {
  switch (w->kind) {
  case WRITTEN_KEYWORD: return COLOUR_KEYWORD;
  case WRITTEN_TEXT: return COLOUR_TEXT;
  case WRITTEN_VALUE: return COLOUR_NUMBER;
  case WRITTEN_NAME: return COLOUR_NAME;
  case WRITTEN_END:
  case WRITTEN_SIGN: break;
  }
  return COLOUR_NONE;
}

static void put_token(server *s, json_writer *w, const line_table *table, span at, int colour, place *before) {
  place from = place_of_bytes(table, at.from, s->units), to = place_of_bytes(table, at.to, s->units);
  if (colour == COLOUR_NONE || to.line != from.line || to.character <= from.character) return;
  json_put_int(w, NULL, from.line - before->line);
  json_put_int(w, NULL, from.line == before->line ? from.character - before->character : from.character);
  json_put_int(w, NULL, to.character - from.character);
  json_put_int(w, NULL, colour);
  json_put_int(w, NULL, 0);
  *before = from;
}

void answer_tokens(server *s, const json *params, json_writer *w) {
  document *d;
  policy *x;
  uint16_t file;
  const query *q = wire_glanced(s, params, &d, &x, &file);
  if (!q) {
    json_put_null(w, "result");
    return;
  }
  const written_file *words = query_words(q, file);
  const ast_comment *c = words->comments;
  place before = {0, 0};
  json_begin_object(w, "result");
  json_begin_list(w, "data");
  for (uint32_t i = 0; i < words->n; i++) {
    for (; c && c->at.from < words->v[i].at.from; c = c->next)
      put_token(s, w, &d->lines, c->at, COLOUR_COMMENT, &before);
    put_token(s, w, &d->lines, words->v[i].at, colour_of(&words->v[i]), &before);
  }
  for (; c; c = c->next) put_token(s, w, &d->lines, c->at, COLOUR_COMMENT, &before);
  json_end(w);
  json_end(w);
}
