/* What a day is decided on, as one number: the facts that the program reads, the history, and what earlier runs left,
 * as they are loaded for it. Two stores that differ in nothing the program reads have the same; so has one store until
 * anything changes that can bear on its plan. What people answered is not in it: an approval changes no fact. */
#ifndef DUN_ENGINE_DIGEST_H
#define DUN_ENGINE_DIGEST_H

#include "engine.h"
#include "runtime/hash.h"

/* After history_replay, before anything is decided. */
void engine_digest(const engine *e, uint8_t out[HASH_BYTES]);

#endif
