/* What an import or a sync brought beside its rows, in words: what the changes say happened, and what of Dun's own
 * state the source ended. */
#ifndef DUN_CLI_BROUGHT_H
#define DUN_CLI_BROUGHT_H

#include "args.h"
#include "runtime/store/store.h"

/* "noticed: 2 × payment, 1 × due date changed" on standard error; nothing where nothing was. */
void brought_noticed(const args *a, dun_lang lang, world *w, const uint64_t noticed[STORE_HAPPENING_COUNT]);

/* Own state that was ended: what ended between these two moments is said on standard error. */
typedef struct brought_ended {
  bool known;
  int64_t last; /* batch */
} brought_ended;
void brought_before(const args *a, store *s, brought_ended *b);
void brought_after(const args *a, dun_lang lang, world *w, store *s, const brought_ended *b);

#endif
