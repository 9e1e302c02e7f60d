/* A world in memory for tests: its clock moves only when it is told to (sleeping moves it), its files are a table, and
 * the nth operation that writes can fail as a full disk or a broken device does. */
#ifndef DUN_RUNTIME_WORLD_FAKE_H
#define DUN_RUNTIME_WORLD_FAKE_H

#include "world.h"

world *world_fake_new(int64_t now_ns);
void world_fake_free(world *w);

void world_fake_set_now(world *w, int64_t now_ns);
void world_fake_set_env(world *w, const char *name, const char *value); /* NULL: unset */
void world_fake_put_file(world *w, const char *path, slice text);
bool world_fake_file(world *w, const char *path, slice *text); /* false: there is none; valid until the next write */
void world_fake_set_terminal(world *w, int columns);           /* 0: none */
slice world_fake_output(world *w, world_stream stream);        /* all that was printed */

/* What running a program comes to; NULL: there is no program on this machine. */
typedef world_code (*world_fake_program)(void *self, const world_program *program, arena *perm, world_ran *out);
void world_fake_set_program(world *w, world_fake_program program, void *self);

/* From the nth operation that writes on (1 is the next one), every one fails with `code`; 0 ends that. */
void world_fake_fail_writes(world *w, size_t nth, world_code code);
/* The same for operations that read. */
void world_fake_fail_reads(world *w, size_t nth, world_code code);
size_t world_fake_writes(const world *w); /* how many there were */

#endif
