/* The protocol's values, read and written. */
#include "lang/base/path.h"
#include "server.h"

static uint32_t whole(const json *j) {
  int64_t n;
  return json_int(j, &n) && n > 0 ? (n > UINT32_MAX ? UINT32_MAX : (uint32_t)n) : 0;
}

place wire_place(const json *position) {
  return (place){whole(json_at(position, "line")), whole(json_at(position, "character"))};
}

void wire_put_place(json_writer *w, const char *name, place at) {
  json_begin_object(w, name);
  json_put_int(w, "line", at.line);
  json_put_int(w, "character", at.character);
  json_end(w);
}

void wire_put_span(server *s, json_writer *w, const char *name, const line_table *table, span at) {
  json_begin_object(w, name);
  wire_put_place(w, "start", place_of_bytes(table, at.from, s->units));
  wire_put_place(w, "end", place_of_bytes(table, at.to, s->units));
  json_end(w);
}

void wire_put_range(server *s, json_writer *w, const char *name, const policy *x, span at) {
  wire_put_span(s, w, name, &x->lines[at.file], at);
}

/* As the editor named it where it has it open. */
slice wire_uri(server *s, slice path) {
  slice whole_path = path_join(s->scratch, SLICE("."), path);
  document *d = document_find(&s->open, whole_path);
  return d ? d->uri : uri_of_path(whole_path, s->scratch);
}

void wire_put_location(server *s, json_writer *w, const char *name, const policy *x, span at) {
  json_begin_object(w, name);
  json_put_text(w, "uri", wire_uri(s, x->q.files[at.file].name));
  wire_put_range(s, w, "range", x, at);
  json_end(w);
}

void wire_put_edit(server *s, json_writer *w, const char *name, const policy *x, span at, slice new_text) {
  json_begin_object(w, name);
  wire_put_range(s, w, "range", x, at);
  json_put_text(w, "newText", new_text);
  json_end(w);
}

document *wire_document(server *s, const json *params) {
  document *d = document_of_uri(&s->open, json_text_at(params, "textDocument.uri"), s->scratch);
  if (!d) server_fail(s, RPC_INVALID_PARAMS, SLICE("this document is not open"));
  return d;
}

const query *wire_glanced(server *s, const json *params, document **d, policy **x, uint16_t *file) {
  *d = wire_document(s, params);
  return *d ? policy_glance(&s->policies, *d, x, file) : NULL;
}

bool wire_asked(server *s, const json *params, asked *to) {
  document *d = wire_document(s, params);
  *to = (asked){.doc = d};
  if (!d) return false;
  to->x = policy_of_document(&s->policies, d, &to->file);
  if (!to->x || to->x->trouble.n) return false;
  to->lang = to->x->q.trees[to->file]->lang;
  to->at = place_bytes(&d->lines, wire_place(json_at(params, "position")), s->units);
  return true;
}
