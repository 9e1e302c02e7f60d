/* See server.h: the loop, the life of a session, and who answers what. */
#include "server.h"
#include "reading.h"

#include "lang/base/path.h"
#include "runtime/cli/out.h"

/* How long the typing rests before everything is looked at; how often the store is. */
enum { REST_NS = 60000000, WATCH_NS = 2000000000 };

dun_lang server_lang(const server *s) { return s->a->lang; }

void server_send(server *s, slice message) {
  slice framed = frame_written(message, s->scratch);
  if (s->w->print(s->w, WORLD_STDOUT, framed) != WORLD_OK) s->exits = true; /* nobody listens any more */
}

void server_fail(server *s, int code, slice says) {
  if (s->error) return;
  s->error = code;
  s->error_says = says;
}

static json_writer *begin_answer(server *s, const json *id) {
  json_writer *w = json_write(s->scratch);
  json_begin_object(w, NULL);
  json_put_text(w, "jsonrpc", SLICE("2.0"));
  if (id)
    json_put_json(w, "id", id);
  else
    json_put_null(w, "id");
  return w;
}

static void send_error(server *s, const json *id, int code, slice says) {
  json_writer *w = begin_answer(s, id);
  json_begin_object(w, "error");
  json_put_int(w, "code", code);
  json_put_text(w, "message", says);
  json_end(w);
  json_end(w);
  server_send(s, json_written(w));
}

/* ---- the life of a session ---- */

static bool offers(const json *params, const char *path) { return json_true(json_at(params, path)); }

static void agree(server *s, const json *params) {
  const json *units = json_at(params, "capabilities.general.positionEncodings");
  for (size_t i = 0; i < json_count(units); i++)
    if (slice_eq(json_text(json_item(units, i)), SLICE("utf-8"))) s->units = PLACE_UTF8;
  s->snippets = offers(params, "capabilities.textDocument.completion.completionItem.snippetSupport");
  s->refreshes_lenses = offers(params, "capabilities.workspace.codeLens.refreshSupport");
  s->may_watch = offers(params, "capabilities.workspace.didChangeWatchedFiles.dynamicRegistration");
}

static void put_legend(json_writer *w) {
  static const char *const TYPES[] = {
#define COLOUR(id, name) name,
      READING_COLOURS(COLOUR)
#undef COLOUR
  };
  json_begin_object(w, "semanticTokensProvider");
  json_begin_object(w, "legend");
  json_begin_list(w, "tokenTypes");
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) json_put_text(w, NULL, slice_of(TYPES[i]));
  json_end(w);
  json_begin_list(w, "tokenModifiers");
  json_end(w);
  json_end(w);
  json_put_bool(w, "full", true);
  json_end(w);
}

static void put_texts(json_writer *w, const char *name, const char *const *v, size_t n) {
  json_begin_list(w, name);
  for (size_t i = 0; i < n; i++) json_put_text(w, NULL, slice_of(v[i]));
  json_end(w);
}

static void put_capabilities(server *s, json_writer *w) {
  static const char *const TRIGGERS[] = {"\"", "{", ".", " "}, *const KINDS[] = {"quickfix", "source.fixAll.dun"};
  static const char *const PLAIN[] = {"hoverProvider",
                                      "definitionProvider",
                                      "referencesProvider",
                                      "documentHighlightProvider",
                                      "documentSymbolProvider",
                                      "foldingRangeProvider",
                                      "documentFormattingProvider",
                                      "documentRangeFormattingProvider"};
  json_begin_object(w, "capabilities");
  json_put_text(w, "positionEncoding", s->units == PLACE_UTF8 ? SLICE("utf-8") : SLICE("utf-16"));
  json_begin_object(w, "textDocumentSync");
  json_put_bool(w, "openClose", true);
  json_put_int(w, "change", 2);
  json_put_bool(w, "save", true);
  json_end(w);
  for (size_t i = 0; i < sizeof PLAIN / sizeof *PLAIN; i++) json_put_bool(w, PLAIN[i], true);
  json_begin_object(w, "completionProvider");
  put_texts(w, "triggerCharacters", TRIGGERS, sizeof TRIGGERS / sizeof *TRIGGERS);
  json_end(w);
  json_begin_object(w, "renameProvider");
  json_put_bool(w, "prepareProvider", true);
  json_end(w);
  json_begin_object(w, "codeActionProvider");
  put_texts(w, "codeActionKinds", KINDS, sizeof KINDS / sizeof *KINDS);
  json_end(w);
  json_begin_object(w, "codeLensProvider");
  json_put_bool(w, "resolveProvider", false);
  json_end(w);
  put_legend(w);
  json_begin_object(w, "workspace");
  json_begin_object(w, "workspaceFolders");
  json_put_bool(w, "supported", true);
  json_put_bool(w, "changeNotifications", true);
  json_end(w);
  json_end(w);
  json_end(w);
}

static void answer_initialize(server *s, const json *params, json_writer *w) {
  if (s->initialized) {
    server_fail(s, RPC_INVALID_REQUEST, SLICE("initialize came before"));
    return;
  }
  s->initialized = true;
  agree(s, params);
  json_begin_object(w, "result");
  put_capabilities(s, w);
  json_begin_object(w, "serverInfo");
  json_put_text(w, "name", SLICE("dun"));
  json_end(w);
  json_end(w);
}

static void answer_shutdown(server *s, const json *params, json_writer *w) {
  (void)params;
  s->ended = true;
  json_put_null(w, "result");
}

/* Templates, calendars and series are read from their files: the client says when they change. */
static void note_initialized(server *s, const json *params) {
  static const char *const GLOBS[] = {"**/*.dun", "**/templates/*", "**/calendars/*.cal", "**/indices/*.idx",
                                      "**/dun.db*"};
  (void)params;
  if (!s->may_watch) return;
  json_writer *w = json_write(s->scratch);
  json_begin_object(w, NULL);
  json_put_text(w, "jsonrpc", SLICE("2.0"));
  json_put_text(w, "id", arena_printf(s->scratch, "dun-%lld", (long long)++s->calls));
  json_put_text(w, "method", SLICE("client/registerCapability"));
  json_begin_object(w, "params");
  json_begin_list(w, "registrations");
  json_begin_object(w, NULL);
  json_put_text(w, "id", SLICE("dun-files"));
  json_put_text(w, "method", SLICE("workspace/didChangeWatchedFiles"));
  json_begin_object(w, "registerOptions");
  json_begin_list(w, "watchers");
  for (size_t i = 0; i < sizeof GLOBS / sizeof *GLOBS; i++) {
    json_begin_object(w, NULL);
    json_put_text(w, "globPattern", slice_of(GLOBS[i]));
    json_end(w);
  }
  for (int i = 0; i < 6; i++) json_end(w);
  server_send(s, json_written(w));
}

static void note_exit(server *s, const json *params) {
  (void)params;
  s->exits = true;
}

static void note_cancel(server *s, const json *params) {
  json_writer *w = json_write(s->scratch);
  json_put_json(w, NULL, json_at(params, "id"));
  lens_cancel(s, json_written(w));
}

/* ---- documents ---- */

static void note_open(server *s, const json *params) {
  int64_t version = 0;
  slice uri = json_text_at(params, "textDocument.uri");
  (void)json_int(json_at(params, "textDocument.version"), &version);
  if (!uri.n || !document_open(&s->open, uri, version, json_text_at(params, "textDocument.text"))) return;
  policies_changed(&s->policies, (slice){0});
  policies_look_again(&s->policies);
}

static void note_change(server *s, const json *params) {
  document *d = document_of_uri(&s->open, json_text_at(params, "textDocument.uri"), s->scratch);
  const json *changes = json_at(params, "contentChanges");
  if (!d) return;
  (void)json_int(json_at(params, "textDocument.version"), &d->version);
  for (size_t i = 0; i < json_count(changes); i++) {
    const json *c = json_item(changes, i), *range = json_at(c, "range");
    slice by = json_text_at(c, "text");
    if (json_kind_of(range) == JSON_OBJECT)
      document_edit(d, wire_place(json_at(range, "start")), wire_place(json_at(range, "end")), s->units, by);
    else if (json_kind_of(json_at(c, "text")) == JSON_TEXT)
      document_change(d, d->version, by);
  }
  policies_changed(&s->policies, d->path);
}

static void note_close(server *s, const json *params) {
  document *d = document_of_uri(&s->open, json_text_at(params, "textDocument.uri"), s->scratch);
  if (!d) return;
  document_close(&s->open, d);
  policies_changed(&s->policies, (slice){0});
  publish_closed(s);
}

/* Something may be otherwise on the disk. */
static void note_files(server *s, const json *params) {
  (void)params;
  policies_changed(&s->policies, (slice){0});
  policies_look_again(&s->policies);
  lens_watch(s);
}

static void note_nothing(server *s, const json *params) {
  (void)s;
  (void)params;
}

/* ---- messages ---- */

static const struct {
  const char *name;
  void (*run)(server *s, const json *params, json_writer *w);
} REQUESTS[] = {{"initialize", answer_initialize},
                {"shutdown", answer_shutdown},
#define REQUEST(name, handler) {name, handler},
                LSP_REQUESTS(REQUEST)
#undef REQUEST
};

static const struct {
  const char *name;
  void (*run)(server *s, const json *params);
} NOTES[] = {
    {"initialized", note_initialized},
    {"exit", note_exit},
    {"$/cancelRequest", note_cancel},
    {"textDocument/didOpen", note_open},
    {"textDocument/didChange", note_change},
    {"textDocument/didSave", note_files},
    {"textDocument/didClose", note_close},
    {"workspace/didChangeWatchedFiles", note_files},
    {"workspace/didChangeWorkspaceFolders", note_files},
    {"workspace/didChangeConfiguration", note_nothing},
};

static void request(server *s, slice method, const json *params) {
  size_t i = 0, n = sizeof REQUESTS / sizeof *REQUESTS;
  while (i < n && !slice_eq(method, slice_of(REQUESTS[i].name))) i++;
  s->error = 0;
  s->later = false;
  json_writer *w = begin_answer(s, s->id);
  if (!s->initialized && !slice_eq(method, SLICE("initialize")))
    server_fail(s, RPC_NOT_INITIALIZED, SLICE("initialize comes first"));
  else if (s->ended)
    server_fail(s, RPC_INVALID_REQUEST, SLICE("shutdown came before"));
  else if (i == n)
    server_fail(s, RPC_METHOD_NOT_FOUND, arena_printf(s->scratch, "there is no method %.*s", SLICE_ARG(method)));
  else
    REQUESTS[i].run(s, params, w);
  if (s->later) return;
  if (s->error) {
    send_error(s, s->id, s->error, s->error_says);
    return;
  }
  json_end(w);
  server_send(s, json_written(w));
}

static void notification(server *s, slice method, const json *params) {
  bool exit = slice_eq(method, SLICE("exit"));
  if ((!s->initialized || s->ended) && !exit) return;
  for (size_t i = 0; i < sizeof NOTES / sizeof *NOTES; i++)
    if (slice_eq(method, slice_of(NOTES[i].name))) NOTES[i].run(s, params);
}

static void take_message(server *s, slice message) {
  slice why = {0};
  const json *m = json_parse(message, s->scratch, &why);
  if (!m) {
    send_error(s, NULL, RPC_PARSE_ERROR, why);
    return;
  }
  const json *id = json_at(m, "id"), *method = json_at(m, "method");
  bool has_name = json_kind_of(method) == JSON_TEXT,
       asks = json_kind_of(id) == JSON_NUMBER || json_kind_of(id) == JSON_TEXT;
  if (!has_name) {
    bool answers = json_kind_of(m) == JSON_OBJECT && (json_at(m, "result") || json_at(m, "error") || asks);
    if (!answers) send_error(s, NULL, RPC_INVALID_REQUEST, SLICE("this is no message"));
    return;
  }
  s->id = id;
  if (asks)
    request(s, json_text(method), json_at(m, "params"));
  else
    notification(s, json_text(method), json_at(m, "params"));
}

/* ---- the loop ---- */

/* All that is whole of what came. What more is waiting comes before anything is computed anew. */
static void take_all(server *s, frame_reader *r) {
  slice message;
  frame_status status;
  while (!s->exits && (status = frame_next(r, &message)) != FRAME_MORE) {
    if (status == FRAME_MESSAGE)
      take_message(s, message);
    else
      send_error(s, NULL, RPC_PARSE_ERROR, SLICE("a message has no length, or one past the bound"));
    arena_reset(s->scratch);
  }
}

static void serve(server *s) {
  frame_reader r = {0};
  bool over = false, rests = true;
  while (!over && !s->exits) {
    slice bytes;
    input_event event = input_take(s->in, rests ? WATCH_NS : REST_NS, &bytes);
    switch (event) {
    case INPUT_BYTES: frame_feed(&r, bytes); break;
    case INPUT_WOKEN: lens_settle(s); break;
    case INPUT_QUIET:
      if (rests) lens_watch(s);
      break;
    case INPUT_ENDED: over = true; break;
    }
    take_all(s, &r);
    rests = event == INPUT_QUIET && !input_waiting(s->in);
    if (rests && !s->exits && !s->ended) publish_all(s);
    arena_reset(s->scratch);
  }
  frame_free(&r);
}

int lsp_serve(const args *a, world *w) {
  server s = {.a = a, .w = w, .perm = arena_new(), .scratch = arena_new(), .in = input_start(w)};
  if (!s.in) {
    ARGS_COMPLAIN(w, a, LSP_NO_INPUT);
    return EXIT_WORLD;
  }
  s.open.perm = s.perm;
  overlay_begin(&s.over, w, &s.open);
  s.policies = (policies){.perm = s.perm, .w = &s.over, .open = &s.open};
  s.lens = lens_begin(&s);
  serve(&s);
  lens_end(&s);
  for (uint32_t i = 0; i < s.policies.n; i++) {
    arena_free(s.policies.v[i].perm);
    arena_free(s.policies.v[i].glance_perm);
  }
  while (s.open.n) document_close(&s.open, &s.open.v[s.open.n - 1]);
  input_end(s.in);
  arena_free(s.scratch);
  arena_free(s.perm);
  return s.ended ? EXIT_FINE : EXIT_FINDINGS; /* as the protocol wants it: an exit without a shutdown is an error */
}
