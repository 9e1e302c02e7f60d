/* The words of decision.h. */
#include "decision.h"

const char *const WAITS[WAIT_COUNT] = {
#define WAIT(id, words) [WAIT_##id] = words,
#include "waits.def"
#undef WAIT
};
