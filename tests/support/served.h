/* Stores that live through days in a world with the real files and a clock of its own: one by `dun run`, one that is
 * served. What the tests of serving share. */
#ifndef DUN_TESTS_SERVED_H
#define DUN_TESTS_SERVED_H

#include "runtime/cli/serve.h"

/* The messages' files are counted by their rows in the store; written they are not. */
#define NO_FOLDER "/nowhere"

extern int64_t lived_clock_ns;

typedef struct way {
  args a;
  store *s, *importer; /* another process's connection */
  char path[400];
  server v;
} way;

typedef struct lived {
  arena *perm;
  world w;
  world *templates;
  session x;
  char folder[256];
  way run, served;
  uint64_t parts, wholes, ticks;
} lived;

void lived_begin(lived *l);
void lived_end(lived *l);
/* False: it does not compile, or needs what is not here. Every channel goes into files. */
bool lived_policy(lived *l, const char *path);
void lived_way(lived *l, way *v, const char *name);
void lived_import(lived *l, way *v, const char *data);
void lived_tick(lived *l); /* of the served one */
void lived_must(store *s, store_code code);

#endif
