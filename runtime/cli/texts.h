/* The texts of texts.def: what the commands say, in the reader's language. The only way that a command words anything
 * for a person; csv and json stay in canonical English. */
#ifndef DUN_CLI_TEXTS_H
#define DUN_CLI_TEXTS_H

#include <stdint.h>

#include "lang/base/arena.h"
#include "lang/base/diag.h"
#include "lang/base/slice.h"
#include "runtime/world.h"

typedef enum text_id {
  TXT_NONE, /* no text */
#define TEXT(id, en, pt, es) TXT_##id,
#define SAID(en, pt, es)
#include "texts.def"
#undef TEXT
#undef SAID
  TXT_COUNT
} text_id;

/* `pattern` with {0}, {1}, ... filled in, in `perm`. */
slice texts_fill(arena *perm, slice pattern, size_t argc, const slice *argv);
slice texts_of(dun_lang lang, arena *perm, text_id id, size_t argc, const slice *argv);
/* One of two forms: {0} is the count, the others follow. */
slice texts_count(dun_lang lang, arena *perm, text_id one, text_id many, uint64_t n, size_t argc, const slice *argv);
/* What the engine, the outbox or the importer said in canonical English, in the language: by its row, or as an action
 * of a policy in that language; unknown sentences as they are. */
slice texts_said(dun_lang lang, arena *perm, slice english);
/* The same for who calls back with a `dun_lang *` (stdlib/erp/csv.h). */
const char *texts_say(void *lang, arena *perm, const char *english);
slice texts_world(dun_lang lang, arena *perm, world_code code); /* why the world said no */
slice texts_field(dun_lang lang, arena *perm, slice path);      /* a field's canonical path in the language */
const char *texts_word(dun_lang lang, text_id id);              /* one without holes; of TXT_NONE the empty one */
slice texts_number(arena *perm, uint64_t n);

/* The language of the environment: LC_ALL, else LC_MESSAGES, else LANG. False where it is none of ours but English:
 * then the policy's own language is a better guess. */
bool texts_lang_of(world *w, dun_lang *lang);

#define TEXT_ARGS(...)                                                                                                 \
  sizeof((slice[]){{NULL, 0} __VA_OPT__(, ) __VA_ARGS__}) / sizeof(slice) - 1,                                         \
      (slice[]){{NULL, 0} __VA_OPT__(, ) __VA_ARGS__} + 1
#define TEXTS(lang, perm, id, ...) texts_of((lang), (perm), TXT_##id, TEXT_ARGS(__VA_ARGS__))
#define TEXTS_COUNT(lang, perm, id, n, ...)                                                                            \
  texts_count((lang), (perm), TXT_##id##_ONE, TXT_##id##_MANY, (n), TEXT_ARGS(__VA_ARGS__))

#endif
