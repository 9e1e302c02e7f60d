/* See path.h: a path is a list of parts between slashes. */
#include "path.h"

#include "text.h"

slice path_folder(slice path) {
  size_t n = path.n;
  while (n > 0 && path.p[n - 1] != '/') n--;
  return n ? (slice){path.p, n > 1 ? n - 1 : n} : SLICE(".");
}

slice path_base(slice path) {
  size_t n = path.n;
  while (n > 0 && path.p[n - 1] != '/') n--;
  return (slice){path.p + n, path.n - n};
}

/* The next part; empty at the end. */
static slice next_part(slice *rest) {
  while (rest->n && rest->p[0] == '/') rest->p++, rest->n--;
  slice part = {rest->p, 0};
  while (part.n < rest->n && part.p[part.n] != '/') part.n++;
  rest->p += part.n, rest->n -= part.n;
  return part;
}

static bool is_up(slice part) { return slice_eq(part, SLICE("..")); }

static size_t add_parts(slice *parts, size_t n, slice path, bool absolute) {
  for (slice part = next_part(&path); part.n; part = next_part(&path)) {
    if (slice_eq(part, SLICE("."))) continue;
    if (!is_up(part) || (n == 0 && !absolute) || (n > 0 && is_up(parts[n - 1])))
      parts[n++] = part;
    else if (n > 0)
      n--;
  }
  return n;
}

static slice joined(arena *perm, const slice *parts, size_t n, bool absolute) {
  text t = text_new(perm);
  if (absolute) text_char(&t, '/');
  for (size_t i = 0; i < n; i++) {
    if (i) text_char(&t, '/');
    text_add(&t, parts[i]);
  }
  return t.n ? text_slice(&t) : SLICE(".");
}

slice path_join(arena *perm, slice folder, slice path) {
  bool own = path.n && path.p[0] == '/', absolute = own || (folder.n && folder.p[0] == '/');
  slice *parts = ARENA_ARRAY(perm, folder.n + path.n + 1, slice);
  size_t n = own ? 0 : add_parts(parts, 0, folder, absolute);
  n = add_parts(parts, n, path, absolute);
  return joined(perm, parts, n, absolute);
}

slice path_from(arena *perm, slice folder, slice path) {
  if ((path.n && path.p[0] == '/') != (folder.n && folder.p[0] == '/')) return path;
  slice *up = ARENA_ARRAY(perm, folder.n + 1, slice), *to = ARENA_ARRAY(perm, folder.n + path.n + 2, slice);
  slice *out = ARENA_ARRAY(perm, folder.n + path.n + 2, slice);
  size_t up_n = add_parts(up, 0, folder, false), to_n = add_parts(to, 0, path, false), same = 0, n = 0;
  while (same < up_n && same < to_n && slice_eq(up[same], to[same])) same++;
  for (size_t i = same; i < up_n; i++) out[n++] = SLICE("..");
  for (size_t i = same; i < to_n; i++) out[n++] = to[i];
  return joined(perm, out, n, false);
}
