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

/* The world below may be one that is known by its address (runtime/world_git.h): it is asked by that. */
static world *below(world *w) { return ((overlay *)(void *)w)->real; }

static world_code open_below(world *w, const char *path, world_file **f) {
  return below(w)->open_file(below(w), path, f);
}

static world_code read_below(world *w, world_file *f, void *buffer, size_t bytes, size_t *got) {
  return below(w)->read(below(w), f, buffer, bytes, got);
}

static uint64_t bytes_below(world *w, world_file *f) { return below(w)->file_bytes(below(w), f); }

static int64_t changed_below(world *w, world_file *f) { return below(w)->file_changed_ns(below(w), f); }

static void close_below(world *w, world_file *f) { below(w)->close_file(below(w), f); }

static world_code is_folder_below(world *w, const char *path, bool *yes) {
  return below(w)->is_folder(below(w), path, yes);
}

static world_code list_below(world *w, const char *path, arena *perm, slice **names, size_t *n) {
  return below(w)->list_folder(below(w), path, perm, names, n);
}

void overlay_begin(overlay *o, world *real, const documents *open) {
  *o = (overlay){.w = *real, .real = real, .open = open};
  o->w.open_file = open_below;
  o->w.read = read_below;
  o->w.file_bytes = bytes_below;
  o->w.file_changed_ns = changed_below;
  o->w.close_file = close_below;
  o->w.is_folder = is_folder_below;
  o->w.list_folder = list_below;
  o->w.read_file = read_open;
  o->w.print = keep_said;
  o->w.is_terminal = no_terminal;
}

void overlay_hush(overlay *o, arena *perm) { o->said = text_new(perm); }
