/* See prism.h. */
#include "tests/net/prism.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool prism_start(const char *file, prism *p) {
  char path[512], row[640];
  const char *apis = getenv("DUN_APIS");
  *p = (prism){0, 0};
  snprintf(path, sizeof path, "%s", file);
  if (!strchr(file, '/')) snprintf(path, sizeof path, "%s/%s", apis && *apis ? apis : "../shared/apis", file);
  if (access(path, R_OK) != 0) {
    printf("skipped: there is no %s\n", path);
    return false;
  }
  snprintf(row, sizeof row, "tests/support/prism.sh start '%s' 0", path);
  FILE *f = popen(row, "r");
  if (!f) return false;
  bool runs = fscanf(f, "%d %d", &p->pid, &p->port) == 2;
  int status = pclose(f);
  if (!runs && WEXITSTATUS(status) != 77) {
    fprintf(stderr, "failed: prism is there and does not start for %s (status %d)\n", path, WEXITSTATUS(status));
    abort();
  }
  if (!runs) printf("skipped: there is no prism here\n");
  return runs;
}

void prism_stop(const prism *p) {
  char row[64];
  snprintf(row, sizeof row, "tests/support/prism.sh stop %d", p->pid);
  if (p->pid && system(row) != 0) printf("prism %d is not stopped\n", p->pid);
}
