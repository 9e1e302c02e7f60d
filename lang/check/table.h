/* What the checker grows while it works: arrays, and a map from names to numbers. Both live in an arena and only grow.
 */
#ifndef DUN_CHECK_TABLE_H
#define DUN_CHECK_TABLE_H

#include <stdint.h>

#include "lang/base/arena.h"
#include "lang/base/slice.h"

typedef struct vec {
  void *v;
  uint32_t n, room;
} vec;

/* A zeroed item at the end; valid until the next push. */
void *vec_push(arena *perm, vec *to, size_t item_bytes);
#define VEC_PUSH(perm, to, type) ((type *)vec_push((perm), (to), sizeof(type)))
#define VEC_AT(from, type, i) (&((type *)(from)->v)[i])

/* (salt, name) -> number. Names are compared with case folded. */
typedef struct name_map {
  struct name_slot *slot;
  uint32_t n, room;
} name_map;

enum { NAME_NONE = UINT32_MAX };
uint32_t name_map_get(const name_map *m, uint32_t salt, slice name);
/* The number that stood there before, or NAME_NONE: then `value` stands there now. */
uint32_t name_map_add(arena *perm, name_map *m, uint32_t salt, slice name, uint32_t value);

#endif
