/* Growing arrays and the name map: open addressing, at most half full, so that a probe ends. */
#include "lang/check/table.h"

#include "lang/base/utf8.h"

struct name_slot {
  uint64_t hash;
  slice name;
  uint32_t salt, value;
  bool used;
};

void *vec_push(arena *perm, vec *to, size_t item_bytes) {
  if (to->n == to->room) {
    uint32_t room = to->room ? to->room * 2 : 8;
    void *grown = arena_array(perm, room, item_bytes);
    if (to->n) memcpy(grown, to->v, to->n * item_bytes);
    to->v = grown;
    to->room = room;
  }
  return (char *)to->v + to->n++ * item_bytes;
}

static uint64_t hash_of(uint32_t salt, slice name) {
  return (utf8_fold_hash(name) ^ salt) * UINT64_C(0x9E3779B97F4A7C15);
}

static uint32_t probe(const name_map *m, uint64_t hash, uint32_t salt, slice name) {
  uint32_t mask = m->room - 1, i = (uint32_t)(hash >> 32) & mask;
  while (m->slot[i].used) {
    const struct name_slot *s = &m->slot[i];
    if (s->hash == hash && s->salt == salt && (slice_eq(s->name, name) || utf8_fold_eq(s->name, name))) break;
    i = (i + 1) & mask;
  }
  return i;
}

uint32_t name_map_get(const name_map *m, uint32_t salt, slice name) {
  if (m->room == 0) return NAME_NONE;
  uint32_t i = probe(m, hash_of(salt, name), salt, name);
  return m->slot[i].used ? m->slot[i].value : NAME_NONE;
}

static void grow(arena *perm, name_map *m) {
  name_map old = *m;
  m->room = old.room ? old.room * 2 : 64;
  m->slot = ARENA_ARRAY(perm, m->room, struct name_slot);
  for (uint32_t k = 0; k < old.room; k++) {
    if (!old.slot[k].used) continue;
    m->slot[probe(m, old.slot[k].hash, old.slot[k].salt, old.slot[k].name)] = old.slot[k];
  }
}

uint32_t name_map_add(arena *perm, name_map *m, uint32_t salt, slice name, uint32_t value) {
  if ((m->n + 1) * 2 > m->room) grow(perm, m);
  uint64_t hash = hash_of(salt, name);
  uint32_t i = probe(m, hash, salt, name);
  if (m->slot[i].used) return m->slot[i].value;
  m->slot[i] = (struct name_slot){hash, name, salt, value, true};
  m->n++;
  return NAME_NONE;
}
