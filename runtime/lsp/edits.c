/* What changes the text: formatting, renaming, and the mendings that diagnostics carry. */
#include "reading.h"
#include "server.h"

/* ---- formatting ---- */

void answer_formatting(server *s, const json *params, json_writer *w) {
  document *d;
  policy *x;
  uint16_t file;
  const query *q = wire_glanced(s, params, &d, &x, &file);
  json_begin_list(w, "result");
  slice after;
  span at;
  if (q && reading_format(q, file, s->scratch, &after, &at)) {
    json_begin_object(w, NULL);
    wire_put_span(s, w, "range", &d->lines, at);
    json_put_text(w, "newText", (slice){after.p + at.from, after.n - at.from - (q->files[file].text.n - at.to)});
    json_end(w);
  }
  json_end(w);
}

/* ---- renaming ---- */

void answer_prepare_rename(server *s, const json *params, json_writer *w) {
  asked q;
  span at;
  if (!wire_asked(s, params, &q)) {
    json_put_null(w, "result");
    return;
  }
  rename_status status = query_may_rename(&q.x->q, q.file, q.at, &at);
  if (status != RENAME_FINE) {
    server_fail(s, RPC_REQUEST_FAILED, query_rename_says(status, q.lang));
    return;
  }
  json_begin_object(w, "result");
  wire_put_range(s, w, "range", q.x, at);
  json_put_text(w, "placeholder", (slice){q.x->q.files[at.file].text.p + at.from, at.to - at.from});
  json_end(w);
}

/* The edits of each file, under its address. */
static void begin_file(server *s, json_writer *w, const policy *x, uint16_t file) {
  json_begin_list(w, arena_copy(s->scratch, wire_uri(s, x->q.files[file].name)));
}

void answer_rename(server *s, const json *params, json_writer *w) {
  asked q;
  if (!wire_asked(s, params, &q)) {
    json_put_null(w, "result");
    return;
  }
  const span *places;
  uint32_t n;
  slice to = json_text_at(params, "newName");
  rename_status status = query_rename(&q.x->q, q.file, q.at, to, &places, &n);
  if (status != RENAME_FINE) {
    server_fail(s, RPC_REQUEST_FAILED, query_rename_says(status, q.lang));
    return;
  }
  json_begin_object(w, "result");
  json_begin_object(w, "changes");
  for (uint32_t i = 0; i < n;) {
    uint16_t file = places[i].file;
    begin_file(s, w, q.x, file);
    for (; i < n && places[i].file == file; i++) wire_put_edit(s, w, NULL, q.x, places[i], to);
    json_end(w);
  }
  json_end(w);
  json_end(w);
}

/* ---- mendings ---- */

/* The diagnostics of the request that the action is for. */
static void put_meant(json_writer *w, const json *params, const diag *d) {
  const json *list = json_at(params, "context.diagnostics");
  json_begin_list(w, "diagnostics");
  for (size_t i = 0; i < json_count(list); i++)
    if (slice_eq(json_text_at(json_item(list, i), "code"), slice_of(diag_name(d->code))))
      json_put_json(w, NULL, json_item(list, i));
  json_end(w);
}

static void put_action(server *s, json_writer *w, const json *params, const asked *q, const diag *d,
                       const diag_edit *e) {
  json_begin_object(w, NULL);
  json_put_text(w, "title", reading_fix_says(&q->x->q, e, q->lang, s->scratch));
  json_put_text(w, "kind", SLICE("quickfix"));
  put_meant(w, params, d);
  if (!d->fix->next) json_put_bool(w, "isPreferred", true);
  json_begin_object(w, "edit");
  json_begin_object(w, "changes");
  begin_file(s, w, q->x, e->at.file);
  wire_put_edit(s, w, NULL, q->x, e->at, e->text);
  json_end(w);
  json_end(w);
  json_end(w);
  json_end(w);
}

/* All mendings of a file that nobody has to choose, those that touch another one left out. */
static void put_fix_all(server *s, json_writer *w, const asked *q) {
  uint32_t end = 0, n = 0;
  for (const diag *d = q->x->said[0].first; d; d = d->next) n += d->at.file == q->file && d->fix && !d->fix->next;
  if (n < 2) return;
  json_begin_object(w, NULL);
  json_put_text(w, "title", slice_of(texts_word(q->lang, TXT_LSP_FIX_ALL)));
  json_put_text(w, "kind", SLICE("source.fixAll.dun"));
  json_begin_object(w, "edit");
  json_begin_object(w, "changes");
  begin_file(s, w, q->x, q->file);
  for (const diag *d = q->x->said[0].first; d; d = d->next) {
    if (d->at.file != q->file || !d->fix || d->fix->next || d->fix->at.from < end) continue;
    wire_put_edit(s, w, NULL, q->x, d->fix->at, d->fix->text);
    end = d->fix->at.to + 1;
  }
  json_end(w);
  json_end(w);
  json_end(w);
  json_end(w);
}

/* Whether the client asks for actions of the kind; it does where it names none. */
static bool wanted(const json *params, slice kind) {
  const json *only = json_at(params, "context.only");
  for (size_t i = 0; i < json_count(only); i++)
    if (slice_starts(kind, json_text(json_item(only, i)))) return true;
  return json_count(only) == 0;
}

void answer_actions(server *s, const json *params, json_writer *w) {
  asked q;
  bool fine = wire_asked(s, params, &q);
  json_begin_list(w, "result");
  if (fine) {
    uint32_t from = place_bytes(&q.doc->lines, wire_place(json_at(params, "range.start")), s->units);
    uint32_t to = place_bytes(&q.doc->lines, wire_place(json_at(params, "range.end")), s->units);
    policy_check(&s->policies, q.x);
    for (size_t i = 0; i < POLICY_LISTS && wanted(params, SLICE("quickfix")); i++)
      for (const diag *d = q.x->said[i].first; d; d = d->next) {
        if (d->at.file != q.file || d->at.from > to || d->at.to < from) continue;
        for (const diag_edit *e = d->fix; e; e = e->next) put_action(s, w, params, &q, d, e);
      }
    if (wanted(params, SLICE("source.fixAll.dun"))) put_fix_all(s, w, &q);
  }
  json_end(w);
}
