/* A server in Python as a child of the test program: what it prints is read until it is ready, and it ends when its
 * standard input does, so none stays behind a test that dies. */
#ifndef DUN_TESTS_CHILD_H
#define DUN_TESTS_CHILD_H

#include <stdio.h>
#include <sys/types.h>

typedef struct child {
  pid_t pid;
  int input;
  FILE *says; /* its standard output; NULL after child_port */
} child;

/* `script` and its arguments, up to NULL (itself NULL: none), run by Debian's own interpreter, which has Debian's
 * modules. False: it could not be begun. */
int child_begin(child *c, const char *script, const char *const *arguments);
/* The number on the first line that it prints: its port, 0 where it printed none. Nothing else of it is read. */
int child_port(child *c);
/* Ends it, and waits until it has. */
void child_end(child *c);

#endif
