/* Diagnostics as one types: what `dun check` says, file by file, in each file's language. */
#include "lang/base/path.h"
#include "server.h"

slice diagnostic_says(const diag *d, dun_lang lang, arena *perm) {
  slice says = diag_text(d, lang, perm);
  return d->hint.n ? arena_printf(perm, "%.*s\n%.*s", SLICE_ARG(says), SLICE_ARG(d->hint)) : says;
}

static int severity(diag_code code) {
  switch (diag_severity_of(code)) {
  case DIAG_ERROR: return 1;
  case DIAG_WARNING: return 2;
  case DIAG_NOTE: return 3;
  }
  return 1;
}

/* An editor greys what is not needed. */
static bool not_needed(diag_code code) { return code == DIAG_W0021 || code == DIAG_W0040; }

/* The `include` by which a file is part of the policy. */
static void put_included(server *s, json_writer *w, const policy *x, uint16_t file) {
  for (uint32_t i = 0; file > 0 && i < x->q.name_count; i++) {
    const named *n = &x->q.names[i];
    if (n->kind != NAMED_INCLUDE) continue;
    slice path = path_join(s->scratch, path_folder(x->q.files[n->at.file].name), n->name);
    if (!slice_eq(path, path_join(s->scratch, SLICE("."), x->q.files[file].name))) continue;
    static const char *const SAYS[LANG_COUNT] = {"included here", "incluído aqui", "incluido aquí"};
    json_begin_list(w, "relatedInformation");
    json_begin_object(w, NULL);
    wire_put_location(s, w, "location", x, n->at);
    json_put_text(w, "message", slice_of(SAYS[x->q.trees[n->at.file]->lang]));
    json_end(w);
    json_end(w);
    return;
  }
}

static void put_diag(server *s, json_writer *w, const policy *x, const diag *d, const line_table *table, dun_lang lang,
                     bool in_template) {
  json_begin_object(w, NULL);
  wire_put_span(s, w, "range", table, d->at);
  json_put_int(w, "severity", severity(d->code));
  json_put_text(w, "code", slice_of(diag_name(d->code)));
  json_put_text(w, "source", SLICE("dun"));
  json_put_text(w, "message", diagnostic_says(d, lang, s->scratch));
  if (not_needed(d->code)) {
    json_begin_list(w, "tags");
    json_put_int(w, NULL, 1);
    json_end(w);
  }
  if (!in_template) put_included(s, w, x, d->at.file);
  json_end(w);
}

static void begin(server *s, json_writer *w, slice uri) {
  json_begin_object(w, NULL);
  json_put_text(w, "jsonrpc", SLICE("2.0"));
  json_put_text(w, "method", SLICE("textDocument/publishDiagnostics"));
  json_begin_object(w, "params");
  json_put_text(w, "uri", uri);
  const document *d = document_of_uri(&s->open, uri, s->scratch);
  if (d) json_put_int(w, "version", d->version);
  json_begin_list(w, "diagnostics");
}

static void end(server *s, json_writer *w) {
  json_end(w);
  json_end(w);
  json_end(w);
  server_send(s, json_written(w));
}

static bool is_published(const server *s, slice uri, uint32_t *at) {
  for (*at = 0; *at < s->published_count; ++*at)
    if (slice_eq(s->published[*at], uri)) return true;
  return false;
}

/* Remembers whether the address has something on the screen; false: nothing was there and nothing is. */
static bool note(server *s, slice uri, bool something) {
  uint32_t at;
  bool was = is_published(s, uri, &at);
  if (was && !something) s->published[at] = s->published[--s->published_count];
  if (!was && something) {
    if (s->published_count == s->published_room) {
      s->published_room = s->published_room ? s->published_room * 2 : 16;
      slice *more = ARENA_ARRAY(s->perm, s->published_room, slice);
      if (s->published_count) memcpy(more, s->published, s->published_count * sizeof *more);
      s->published = more;
    }
    s->published[s->published_count++] = arena_slice(s->perm, uri);
  }
  return was || something;
}

/* What is said of one file. */
static void put_of_file(server *s, json_writer *w, const policy *x, uint16_t file, const line_table *table,
                        dun_lang lang, bool in_template) {
  for (size_t l = 0; l < POLICY_LISTS; l++)
    for (const diag *i = x->said[l].first; i; i = i->next)
      if (i->at.file == file) put_diag(s, w, x, i, table, lang, in_template);
}

static bool any_of_file(const policy *x, uint16_t file) {
  for (size_t l = 0; l < POLICY_LISTS; l++)
    for (const diag *i = x->said[l].first; i; i = i->next)
      if (i->at.file == file) return true;
  return false;
}

static void publish_file(server *s, const policy *x, uint16_t file) {
  slice uri = wire_uri(s, x->q.files[file].name);
  bool some = any_of_file(x, file);
  bool open = document_find(&s->open, path_join(s->scratch, SLICE("."), x->q.files[file].name)) != NULL;
  if (!note(s, uri, some) && !open) return;
  json_writer *w = json_write(s->scratch);
  dun_lang lang = x->q.trees[file]->lang;
  begin(s, w, uri);
  put_of_file(s, w, x, file, &x->lines[file], lang, false);
  end(s, w);
}

/* The sources of the templates stand behind the policy's. */
static void publish_templates(server *s, const policy *x) {
  const template_set *t = &x->s.templates;
  for (uint32_t f = x->q.file_count; f < t->source_count; f++) {
    slice uri = wire_uri(s, t->sources[f].name);
    if (!note(s, uri, any_of_file(x, (uint16_t)f))) continue;
    line_table table = lines_of_text(t->sources[f].text, s->scratch);
    json_writer *w = json_write(s->scratch);
    begin(s, w, uri);
    put_of_file(s, w, x, (uint16_t)f, &table, x->s.c.program->lang, true);
    end(s, w);
  }
}

/* Why the policy could not be read at all stands at its beginning. */
static void publish_trouble(server *s, const policy *x) {
  slice uri = wire_uri(s, x->path);
  note(s, uri, true);
  json_writer *w = json_write(s->scratch);
  line_table none = lines_of_text((slice){"", 0}, s->scratch);
  begin(s, w, uri);
  json_begin_object(w, NULL);
  wire_put_span(s, w, "range", &none, (span){0, 0, 0});
  json_put_int(w, "severity", 1);
  json_put_text(w, "source", SLICE("dun"));
  json_put_text(w, "message", slice_trim(x->trouble));
  json_end(w);
  end(s, w);
}

static void publish(server *s, policy *x) {
  if (x->told) return;
  policy_check(&s->policies, x);
  x->told = true;
  if (x->trouble.n) {
    publish_trouble(s, x);
    return;
  }
  for (uint32_t f = 0; f < x->q.file_count; f++) publish_file(s, x, (uint16_t)f);
  publish_templates(s, x);
}

void publish_all(server *s) {
  for (uint32_t i = 0; i < s->open.n; i++) {
    uint16_t file;
    policy *x = policy_of_document(&s->policies, &s->open.v[i], &file);
    if (x) publish(s, x);
  }
}

/* Where no policy of an open document says anything any more, what was said is taken back. */
void publish_closed(server *s) {
  while (s->published_count) {
    json_writer *w = json_write(s->scratch);
    begin(s, w, s->published[--s->published_count]);
    end(s, w);
  }
  for (uint32_t i = 0; i < s->policies.n; i++) s->policies.v[i].told = false;
}
