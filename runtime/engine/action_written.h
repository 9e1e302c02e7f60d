/* A decided action as a policy of a given language would say it: what `dun test --accept` writes into a test. */
#ifndef DUN_ENGINE_ACTION_WRITTEN_H
#define DUN_ENGINE_ACTION_WRITTEN_H

#include "engine.h"

/* In `perm`. English: the canonical text, holes filled. Other languages: a message is put together with the language's
 * words, any other action is taken as it stands in the policy. */
slice action_written(engine *e, const decision *d, dun_lang lang, arena *perm);

/* A piece of a source on one line: blanks, line ends and comments outside of quotes become one space. */
slice source_line(const program *p, span at, arena *perm);

#endif
