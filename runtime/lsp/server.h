/* The language server: what its files share. A message comes in, is answered from the policies as they are on the
 * screen, and the answer goes out; what takes long (the counts over the rungs) is computed beside, on a copy.
 *
 * Invariant: every request is answered once, with a result or an error, in whatever state the server is; a message that
 * cannot be read never ends it. */
#ifndef DUN_LSP_SERVER_H
#define DUN_LSP_SERVER_H

#include "frame.h"
#include "input.h"
#include "policies.h"
#include "stdlib/net/json.h"

/* Of JSON-RPC and of the protocol. */
enum {
  RPC_PARSE_ERROR = -32700,
  RPC_INVALID_REQUEST = -32600,
  RPC_METHOD_NOT_FOUND = -32601,
  RPC_INVALID_PARAMS = -32602,
  RPC_NOT_INITIALIZED = -32002,
  RPC_REQUEST_FAILED = -32803,
  RPC_CANCELLED = -32800
};

struct lens_worker;

typedef struct server {
  const args *a;
  world *w; /* the real one */
  overlay over;
  documents open;
  policies policies;
  input *in;
  arena *perm, *scratch; /* the server's; of the message at hand */
  place_units units;
  bool initialized, ended, exits;                            /* initialize came; shutdown came; exit came */
  bool snippets, refreshes_lenses, may_watch, version_edits; /* what the client can do */
  int64_t calls;                                             /* requests of ours, counted */
  struct lens_worker *lens;
  slice *published; /* addresses with diagnostics on the screen */
  uint32_t published_count, published_room;

  /* of the request at hand */
  const json *id;
  int error; /* 0: there is none */
  slice error_says;
  bool later; /* it is answered when the worker is done */
} server;

/* ---- server.c ---- */

int lsp_serve(const args *a, world *w);
void server_send(server *s, slice message);
/* The request at hand fails: `code`, and why. */
void server_fail(server *s, int code, slice says);
/* The language of what is said when no file says one. */
dun_lang server_lang(const server *s);

/* ---- wire.c: the protocol's values ---- */

place wire_place(const json *position);
void wire_put_place(json_writer *w, const char *name, place at);
void wire_put_span(server *s, json_writer *w, const char *name, const line_table *table, span at);
/* A span of a policy's file. */
void wire_put_range(server *s, json_writer *w, const char *name, const policy *x, span at);
void wire_put_location(server *s, json_writer *w, const char *name, const policy *x, span at);
slice wire_uri(server *s, slice path);
/* `new text` in place of a span. */
void wire_put_edit(server *s, json_writer *w, const char *name, const policy *x, span at, slice new_text);

/* What a request's `textDocument` and `position` mean. False: the answer is null. */
typedef struct asked {
  document *doc;
  policy *x;
  uint16_t file;
  uint32_t at;
  dun_lang lang;
} asked;
bool wire_asked(server *s, const json *params, asked *to);
/* The document that is meant; NULL: it is not open, and the request fails. */
document *wire_document(server *s, const json *params);
/* For what is asked of the document's text alone: policy_glance of the one that is meant. */
const query *wire_glanced(server *s, const json *params, document **d, policy **x, uint16_t *file);

/* ---- publish.c ---- */

/* The diagnostics of every policy that an open document is part of, where they are not on the screen yet. */
void publish_all(server *s);
void publish_closed(server *s);
/* What is said of a diagnostic: its text and its hint. */
slice diagnostic_says(const diag *d, dun_lang lang, arena *perm);

/* ---- answers.c, edits.c, lens.c: METHOD(name, handler); each puts "result" ---- */

#define LSP_REQUESTS(REQUEST)                                                                                          \
  REQUEST("textDocument/hover", answer_hover)                                                                          \
  REQUEST("textDocument/completion", answer_completion)                                                                \
  REQUEST("textDocument/definition", answer_definition)                                                                \
  REQUEST("textDocument/references", answer_references)                                                                \
  REQUEST("textDocument/documentHighlight", answer_highlight)                                                          \
  REQUEST("textDocument/documentSymbol", answer_symbols)                                                               \
  REQUEST("textDocument/foldingRange", answer_folding)                                                                 \
  REQUEST("textDocument/semanticTokens/full", answer_tokens)                                                           \
  REQUEST("textDocument/prepareRename", answer_prepare_rename)                                                         \
  REQUEST("textDocument/rename", answer_rename)                                                                        \
  REQUEST("textDocument/formatting", answer_formatting)                                                                \
  REQUEST("textDocument/rangeFormatting", answer_formatting)                                                           \
  REQUEST("textDocument/codeAction", answer_actions)                                                                   \
  REQUEST("textDocument/codeLens", answer_lenses)

#define REQUEST(name, handler) void handler(server *s, const json *params, json_writer *w);
LSP_REQUESTS(REQUEST)
#undef REQUEST

/* ---- lens.c ---- */

struct lens_worker *lens_begin(server *s);
/* The worker has something: lenses that were asked for are answered. */
void lens_settle(server *s);
void lens_cancel(server *s, slice id);
/* Looks whether the store has changed; asks the client to ask again. */
void lens_watch(server *s);
void lens_end(server *s);

#endif
