/* See documents.h. A version of a document has an arena of its own, which its successor takes the place of. */
#include "documents.h"

#include "lang/base/path.h"

document *document_find(documents *d, slice path) {
  for (uint32_t i = 0; i < d->n; i++)
    if (slice_eq(d->v[i].path, path)) return &d->v[i];
  return NULL;
}

static slice tidy_path(slice uri, arena *perm) { return path_join(perm, SLICE("."), path_of_uri(uri, perm)); }

document *document_of_uri(documents *d, slice uri, arena *scratch) { return document_find(d, tidy_path(uri, scratch)); }

document *document_open(documents *d, slice uri, int64_t version, slice written) {
  slice path = tidy_path(uri, d->perm);
  document *x = document_find(d, path);
  if (!x) {
    if (d->n == DOCUMENTS_MAX) return NULL;
    if (d->n == d->room) {
      d->room = d->room ? d->room * 2 : 16;
      document *more = ARENA_ARRAY(d->perm, d->room, document);
      if (d->n) memcpy(more, d->v, d->n * sizeof *more);
      d->v = more;
    }
    x = &d->v[d->n++];
    *x = (document){.uri = arena_slice(d->perm, uri), .path = path};
  }
  document_change(x, version, written);
  return x;
}

void document_change(document *d, int64_t version, slice written) {
  arena *perm = arena_new();
  d->text = (slice){arena_copy(perm, written), written.n};
  arena_free(d->perm); /* `written` may have lived there */
  d->perm = perm;
  d->lines = lines_of_text(d->text, perm);
  d->version = version;
}

void document_edit(document *d, place from, place to, place_units units, slice by) {
  uint32_t a = place_bytes(&d->lines, from, units), b = place_bytes(&d->lines, to, units);
  if (b < a) b = a;
  arena *scratch = arena_new();
  text t = text_new(scratch);
  text_add(&t, (slice){d->text.p, a});
  text_add(&t, by);
  text_add(&t, (slice){d->text.p + b, d->text.n - b});
  document_change(d, d->version, text_slice(&t));
  arena_free(scratch);
}

void document_close(documents *d, document *x) {
  arena_free(x->perm);
  *x = d->v[--d->n];
}

/* ---- the world ---- */

static world_code read_open(world *w, const char *path, arena *perm, slice *out) {
  overlay *o = (overlay *)(void *)w;
  for (uint32_t i = 0; i < o->open->n; i++) {
    const document *x = &o->open->v[i];
    if (!slice_eq(x->path, slice_of(path)) && !slice_eq(x->path, path_join(perm, SLICE("."), slice_of(path)))) continue;
    *out = (slice){arena_copy(perm, x->text), x->text.n};
    return WORLD_OK;
  }
  return o->real->read_file(o->real, path, perm, out);
}

static world_code keep_said(world *w, world_stream stream, slice said) {
  overlay *o = (overlay *)(void *)w;
  (void)stream;
  if (o->said.perm) text_add(&o->said, said);
  return WORLD_OK;
}

static bool no_terminal(world *w, world_stream stream) {
  (void)w;
  (void)stream;
  return false;
}

void overlay_begin(overlay *o, world *real, const documents *open) {
  *o = (overlay){.w = *real, .real = real, .open = open};
  o->w.read_file = read_open;
  o->w.print = keep_said;
  o->w.is_terminal = no_terminal;
}

void overlay_hush(overlay *o, arena *perm) { o->said = text_new(perm); }
