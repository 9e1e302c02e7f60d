/* JSON: whatever the bytes are, reading ends; what is read is written again as JSON that reads the same, and no text of
 * it is anything but UTF-8. */
#include "fuzz.h"

#include "lang/base/utf8.h"
#include "stdlib/net/json.h"

static void walk(const json *j, unsigned depth) {
  decimal d;
  int64_t n;
  MUST(depth <= JSON_DEPTH_MAX);
  MUST(utf8_valid(json_text(j)) && utf8_valid(json_name(j)));
  MUST(!json_text(j).n || !memchr(json_text(j).p, 0, json_text(j).n));
  MUST(!json_int(j, &n) || json_decimal(j, &d));
  for (size_t i = 0; i < json_count(j); i++) {
    const json *item = json_item(j, i);
    MUST(json_kind_of(j) == JSON_LIST || json_member(j, json_name(item)));
    walk(item, depth + 1);
  }
}

static slice written(const json *j, arena *perm) {
  json_writer *w = json_write(perm);
  json_put_json(w, NULL, j);
  return json_written(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  arena *perm = arena_new();
  slice why = {0};
  const json *j = json_parse((slice){(const char *)data, size}, perm, &why);
  MUST((j == NULL) == (why.n > 0));
  if (j) {
    walk(j, 0);
    slice once = written(j, perm);
    const json *same = json_parse(once, perm, &why);
    MUST(same && slice_eq(once, written(same, perm)));
  }
  slice escaped = json_escaped((slice){(const char *)data, size}, perm);
  slice quoted = arena_printf(perm, "\"%.*s\"", SLICE_ARG(escaped));
  MUST(quoted.n == escaped.n + 2 && json_parse(quoted, perm, &why));
  arena_free(perm);
  return 0;
}
