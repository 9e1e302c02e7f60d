/* A progress bar on standard error, for work over one second, on a terminal only. Never on standard output, and gone
 * without a trace when the work is done. */
#ifndef DUN_CLI_PROGRESS_H
#define DUN_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/world.h"

typedef struct progress {
  world *w;
  const char *what; /* "invoices.csv" */
  int64_t begun_ns, drawn_ns;
  uint64_t total; /* 0: not known */
  bool visible, drawn;
} progress;

void progress_begin(progress *p, world *w, const char *what, uint64_t total);
/* Cheap enough for every thousandth row. */
void progress_at(progress *p, uint64_t done);
void progress_end(progress *p);

#endif
