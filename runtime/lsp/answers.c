/* What is asked of a place and changes nothing: hover, completion, definition, references, outline, colours. */
#include "lang/base/path.h"
#include "reading.h"
#include "runtime/cli/project.h"
#include "server.h"

/* ---- hover ---- */

void answer_hover(server *s, const json *params, json_writer *w) {
  asked q;
  if (!wire_asked(s, params, &q)) {
    json_put_null(w, "result");
    return;
  }
  span about;
  slice says = reading_hover(&s->over.w, q.x, q.file, q.at, q.lang, s->scratch, &about);
  if (!says.n) {
    json_put_null(w, "result");
    return;
  }
  json_begin_object(w, "result");
  json_begin_object(w, "contents");
  json_put_text(w, "kind", SLICE("markdown"));
  json_put_text(w, "value", says);
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
    for (slice path; (path = reading_template_file(&s->over.w, q->x, n, &at, s->scratch)).n;) put_file(s, w, path);
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

/* ---- colours, in the order of the legend ---- */

typedef struct putting {
  server *s;
  json_writer *w;
  const line_table *table;
  place before;
} putting;

static void put_token(void *self, span at, reading_colour colour) {
  putting *p = self;
  place from = place_of_bytes(p->table, at.from, p->s->units), to = place_of_bytes(p->table, at.to, p->s->units);
  if (to.line != from.line || to.character <= from.character) return;
  json_put_int(p->w, NULL, from.line - p->before.line);
  json_put_int(p->w, NULL, from.line == p->before.line ? from.character - p->before.character : from.character);
  json_put_int(p->w, NULL, to.character - from.character);
  json_put_int(p->w, NULL, colour);
  json_put_int(p->w, NULL, 0);
  p->before = from;
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
  putting p = {.s = s, .w = w, .table = &d->lines};
  json_begin_object(w, "result");
  json_begin_list(w, "data");
  reading_colours(q, file, put_token, &p);
  json_end(w);
  json_end(w);
}
