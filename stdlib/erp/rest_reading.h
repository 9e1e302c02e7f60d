/* What the reader of a mapping is made of: members of an object, each looked at where it stands, and what is said where
 * one is wrong.
 *
 * Invariant: the first mistake ends the reading; *why says the file, the place and what to write there. */
#ifndef DUN_ERP_REST_READING_H
#define DUN_ERP_REST_READING_H

#include "rest_map.h"

typedef struct map_reading {
  world *w;
  arena *perm;
  const connection *c;
  rest_map *m;
  slice *why;
} map_reading;

/* A place in the file: "feeds[0].fields". */
typedef struct map_place {
  arena *perm;
  slice s;
} map_place;
map_place map_inside(const map_place *at, slice name);
map_place map_item(const map_place *at, size_t i);
bool map_wrong(map_reading *r, const map_place *at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Every member's name is one of those, which end with NULL, or "about": a remark. */
bool map_known(map_reading *r, const map_place *at, const json *j, const char *const *names);
const json *map_member(const json *j, const char *name);
/* What is absent leaves *out as it is. */
bool map_text(map_reading *r, const map_place *at, const json *j, const char *name, bool needed, slice *out);
bool map_number(map_reading *r, const map_place *at, const json *j, const char *name, int64_t least, int64_t most,
                int64_t *out);
bool map_yes(map_reading *r, const map_place *at, const json *j, const char *name, bool *out);
/* One of the words, which end with NULL. */
bool map_word(map_reading *r, const map_place *at, const json *j, const char *name, const char *const *words,
              bool needed, size_t *out);
bool map_path_of(map_reading *r, const map_place *at, slice s, rest_path *out);
bool map_path(map_reading *r, const map_place *at, const json *j, const char *name, bool *there, rest_path *out);

/* Texts with holes: those of `names`, which stay; and settings of the connect line, which are filled in at once. */
bool map_pattern(map_reading *r, const map_place *at, slice s, const char *const *names, size_t count, rest_form form,
                 slice *out);
bool map_address_path(map_reading *r, const map_place *at, const json *j, const char *name, const char *const *names,
                      size_t count, bool needed, slice *out);
bool map_pairs(map_reading *r, const map_place *at, const json *j, const char *name, const char *const *names,
               size_t count, bool headers, rest_pairs *out);

#endif
