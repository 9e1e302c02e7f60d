/* See child.h. */
#include "tests/support/child.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 24 };

int child_begin(child *c, const char *script, const char *const *arguments) {
  const char *v[ARGUMENTS_MAX + 5] = {"/usr/bin/python3", "-W", "ignore", script};
  size_t n = 4;
  for (; arguments && *arguments && n < ARGUMENTS_MAX + 4; arguments++) v[n++] = *arguments;
  int in[2], out[2];
  if (pipe(in) || pipe(out)) return 0;
  c->pid = fork();
  if (c->pid < 0) return 0;
  if (c->pid == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    close(in[1]);
    close(out[0]);
    execv(v[0], (char *const *)v);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  c->input = in[1];
  c->says = fdopen(out[0], "r");
  return c->says != NULL;
}

int child_port(child *c) {
  char row[16];
  int port = fgets(row, sizeof row, c->says) ? atoi(row) : 0;
  fclose(c->says);
  c->says = NULL;
  return port;
}

void child_end(child *c) {
  if (c->says) fclose(c->says);
  close(c->input);
  waitpid(c->pid, NULL, 0);
}
