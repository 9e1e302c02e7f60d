/* Copies of a store, and telling an older copy from the store itself.
 *
 * A store that is put back from a backup lacks what was sent since, and would send it again. So a mark stands beside
 * the store: which store it is and how far its audit log was. A store that is behind its mark, or has none where it had
 * one, is an older copy: lineage_check says so, and whoever runs holds everything until a person has looked. */
#ifndef DUN_STORE_BACKUP_H
#define DUN_STORE_BACKUP_H

#include "store.h"

/* The whole store as of now into a new file, while others go on reading and writing. The file must not be there; it
 * appears whole or not at all. */
STORE_MUST store_code store_backup(store *s, const char *path);
/* Every page and index of the file is what it should be. *sound false: `why` says the first thing that is not. */
STORE_MUST store_code store_sound(store *s, bool *sound, char *why, size_t room);

/* The file of a store's url; NULL: it lives in memory. */
const char *store_path(const char *url);

/* Puts the copy at `backup` in the place of the store at `url`; what stood there becomes `kept` (made up by the caller;
 * not there: nothing was). The new store is of a lineage of its own, so that a later check does not take it for the old
 * one. Nothing is changed where anything fails or another process has the store open (STORE_LOCKED). */
STORE_MUST store_code store_restore(world *w, const char *backup, const char *url, const char *kept, store_error *why);

typedef enum lineage {
  LINEAGE_SAME,
  LINEAGE_NEW,     /* never marked: a new store, or one of an older dun */
  LINEAGE_OLDER,   /* its log ends before the mark, or says something else there: an older copy was put back */
  LINEAGE_UNMARKED /* it was marked and the mark is gone: it was copied here without it */
} lineage;

STORE_MUST store_code lineage_check(world *w, store *s, const char *url, lineage *out);
/* Writes the mark; a failure to write it is a failure: without it a restored copy could not be told. */
STORE_MUST store_code lineage_mark(world *w, store *s, const char *url);

#endif
