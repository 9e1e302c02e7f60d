/* See csv_rejects.h. */
#include "csv_rejects.h"

#include <stdio.h>

#include "runtime/hash.h"

/* SHA-256 of a file's content, its first 12 hex digits: the same rejects of the same file have the same name. */
static world_code content_name(world *w, const char *file, char out[13]) {
  world_file *f;
  world_code code = w->open_file(w, file, &f);
  if (code != WORLD_OK) return code;
  hasher *h = hash_begin();
  char piece[1 << 14];
  size_t got = 0;
  while ((code = w->read(w, f, piece, sizeof piece, &got)) == WORLD_OK && got) hash_add(h, (slice){piece, got});
  w->close_file(w, f);
  uint8_t hash[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  hash_end(h, hash);
  hash_hex(hash, hex);
  memcpy(out, hex, 12);
  out[12] = 0;
  return code;
}

static slice base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  slice name = slice_of(slash ? slash + 1 : path);
  if (name.n > 4 && memcmp(name.p + name.n - 4, ".csv", 4) == 0) name.n -= 4;
  return name;
}

world_code csv_rejects_path(world *w, const csv_options *o, const char *file, size_t files, arena *perm,
                            const char **path) {
  *path = NULL;
  if (o->rejects && files == 1) {
    *path = o->rejects;
    return WORLD_OK;
  }
  const char *folder = o->rejects ? o->rejects : o->rejects_folder;
  if (!folder) return WORLD_OK;
  char name[13];
  world_code code = content_name(w, file, name);
  if (code == WORLD_OK) *path = arena_printf(perm, "%s/%.*s-%s.csv", folder, SLICE_ARG(base_name(file)), name).p;
  return code;
}

world_code csv_rejects_flush(csv_rejects *r) {
  if (r->n == 0) return WORLD_OK;
  world_code code = r->w->append_file(r->w, r->path, (slice){r->buffer, r->n});
  r->n = 0;
  return code;
}

world_code csv_reject_piece(csv_rejects *r, slice raw) {
  while (r->path && raw.n) {
    size_t n = sizeof r->buffer - r->n < raw.n ? sizeof r->buffer - r->n : raw.n;
    memcpy(r->buffer + r->n, raw.p, n);
    r->n += n;
    raw = (slice){raw.p + n, raw.n - n};
    if (r->n < sizeof r->buffer) continue;
    world_code code = csv_rejects_flush(r);
    if (code != WORLD_OK) return code;
  }
  return WORLD_OK;
}

/* The rejects of an earlier import of the same content are replaced. */
static world_code make(csv_rejects *r) {
  const char *slash = strrchr(r->path, '/');
  world_code code = WORLD_OK;
  if (slash && slash != r->path)
    code = r->w->make_folders(r->w, arena_copy(r->perm, (slice){r->path, (size_t)(slash - r->path)}));
  if (code == WORLD_OK) code = r->w->remove_file(r->w, r->path);
  if (code != WORLD_OK) return code;
  r->made = true;
  char head[40];
  int n = snprintf(head, sizeof head, "reject_line%creject_reason%c", r->separator, r->separator);
  code = csv_reject_piece(r, (slice){head, (size_t)n});
  if (code == WORLD_OK) code = csv_reject_piece(r, r->header);
  return code == WORLD_OK ? csv_reject_piece(r, SLICE("\n")) : code;
}

world_code csv_reject_begin(csv_rejects *r, uint64_t line, const char *reason) {
  if (!r->path) return WORLD_OK;
  world_code code = r->made ? WORLD_OK : make(r);
  char head[40];
  int n = snprintf(head, sizeof head, "%llu%c\"", (unsigned long long)line, r->separator);
  if (code == WORLD_OK) code = csv_reject_piece(r, (slice){head, (size_t)n});
  for (const char *p = reason; *p && code == WORLD_OK; p++)
    code = csv_reject_piece(r, *p == '"' ? SLICE("\"\"") : (slice){p, 1});
  head[0] = '"';
  head[1] = r->separator;
  return code == WORLD_OK ? csv_reject_piece(r, (slice){head, 2}) : code;
}

world_code csv_reject_end(csv_rejects *r) { return csv_reject_piece(r, SLICE("\n")); }
