/* A mock server for an API description, through tests/support/prism.sh. A test that has none is skipped. */
#ifndef DUN_TESTS_PRISM_H
#define DUN_TESTS_PRISM_H

#include <stdbool.h>

typedef struct prism {
  int pid, port;
} prism;

/* `file`: a path below the repository, or a name in $DUN_APIS (../shared/apis where it is not set). False: the
 * description or the server cannot be had here; it says which. */
bool prism_start(const char *file, prism *p);
void prism_stop(const prism *p);

#endif
