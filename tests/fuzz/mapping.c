/* A mapping of `connect erp rest`: whatever the bytes are, it is read whole or said to be wrong with its name, and a
 * path or text with holes out of it can be walked over anything. Behind a NUL stands what it is walked over. */
#include "fuzz.h"

#include "lang/base/utf8.h"
#include "stdlib/erp/rest_map.h"

static const setting SETTINGS[] = {{{"tenant", 6}, {"t 1", 3}, false}, {{"house", 5}, {"a&b", 3}, false}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  arena *perm = arena_new();
  slice all = {(const char *)data, size}, why = {0}, ignored;
  const char *nul = size ? memchr(data, 0, size) : NULL;
  slice mapping = {all.p, nul ? (size_t)(nul - all.p) : size};
  slice rest = nul ? (slice){nul + 1, size - mapping.n - 1} : (slice){0};
  connection c = {.settings = SETTINGS, .setting_count = 2};
  const rest_map *m = rest_map_of(NULL, perm, &c, "m.json", mapping, &why);
  MUST((m == NULL) == (why.n > 0));
  MUST(m || slice_starts(why, SLICE("the mapping m.json")));
  const json *j = json_parse(rest, perm, &ignored);
  for (size_t i = 0; m && i < m->feeds; i++) {
    const rest_feed *f = &m->feed[i];
    MUST(f->name && f->shape.count <= RECORD_COLUMNS_MAX && f->values <= f->shape.count);
    (void)rest_at(j, &f->rows);
    (void)rest_passes(f->filters, f->filter_count, j, perm);
    for (size_t k = 0; k < f->values; k++) {
      int32_t day;
      slice v = rest_value_of(&f->value[k], j, perm);
      if (v.n) (void)record_date(v, f->shape.column[k].dates, &day);
    }
  }
  arena_free(perm);
  return 0;
}
