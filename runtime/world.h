/* The seam to the world: clock, environment, random bytes, files, terminal, log. Everything that the program cannot
 * decide by itself goes through a `world`, so that a test can own time and let the nth write fail.
 *
 * Invariant: `time(`, `getenv(`, `fopen(` and their kind stand in world_posix.c alone. A call reports what happened as
 * a world_code; it never ends the process and prints nothing. */
#ifndef DUN_RUNTIME_WORLD_H
#define DUN_RUNTIME_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/base/arena.h"
#include "lang/base/slice.h"

/* WORLD_CODE(name, what it means to the person who reads it) */
#define WORLD_CODES(WORLD_CODE)                                                                                        \
  WORLD_CODE(OK, "fine")                                                                                               \
  WORLD_CODE(NOT_FOUND, "there is no such file or folder")                                                             \
  WORLD_CODE(DENIED, "permission is denied")                                                                           \
  WORLD_CODE(NO_SPACE, "no space is left on the device")                                                               \
  WORLD_CODE(NOT_A_FOLDER, "a folder is expected here")                                                                \
  WORLD_CODE(IS_A_FOLDER, "it is a folder, not a file")                                                                \
  WORLD_CODE(READ_ONLY, "the file system is read-only")                                                                \
  WORLD_CODE(CLOSED, "nobody reads the output any more")                                                               \
  WORLD_CODE(IO, "the device reports an input/output error")                                                           \
  WORLD_CODE(FAILED, "the operating system refuses")

typedef enum world_code {
#define WORLD_CODE(name, text) WORLD_##name,
  WORLD_CODES(WORLD_CODE)
#undef WORLD_CODE
      WORLD_CODE_COUNT
} world_code;

enum { WORLD_ASKED_TO_END = 1, WORLD_ASKED_TO_REREAD = 2 }; /* bits */

typedef enum world_stream { WORLD_STDOUT, WORLD_STDERR } world_stream;
typedef enum world_level { WORLD_DEBUG, WORLD_INFO, WORLD_WARN, WORLD_ERROR } world_level;

typedef struct world world;
typedef struct world_file world_file; /* a file open for reading from its start to its end */
struct tz;                            /* lang/base/tz.h */
struct world_net;                     /* mail and HTTP: its shape belongs to stdlib/net */

#define WORLD_TEMPORARY ".tmp-"

#define WORLD_MUST __attribute__((warn_unused_result))

/* Another program, run to its end: no shell, its words as they are, an environment with nothing of ours, a temporary
 * folder of its own that is gone afterwards, no network, and bounds on time, processor, memory and what it writes. When
 * the time is over it and all that it began are ended. */
typedef struct world_program {
  const char *const *words;       /* ends with NULL; the first is the whole path of the program */
  const char *input_name;         /* a file that stands in its folder when it begins */
  slice input;                    /* what is in it */
  const char *output_name;        /* a file of its folder that is read after its end */
  int64_t time_max_ns;            /* by the wall */
  uint32_t processor_max_s;       /* of each process */
  uint64_t memory_max, bytes_max; /* of each process; of each file, the output too */
} world_program;

typedef enum world_ran_how {
  WORLD_RAN_FINE,     /* status 0, and the output is there */
  WORLD_RAN_FAILED,   /* another status, or without its output */
  WORLD_RAN_KILLED,   /* by a signal: past a bound, or broken */
  WORLD_RAN_TOO_LONG, /* past its time */
  WORLD_RAN_TOO_MUCH  /* the output is larger than bytes_max */
} world_ran_how;

typedef struct world_ran {
  world_ran_how how;
  int status;   /* its exit status; the signal's number where that ended it */
  slice output; /* where it ran fine */
  slice said;   /* the last of what it wrote to its standard output and error, for whoever looks for the cause */
} world_ran;

struct world {
  void *self;

  int64_t (*now_ns)(world *w);       /* UTC, nanoseconds since 1970-01-01T00:00:00Z */
  int64_t (*monotonic_ns)(world *w); /* only differences have a meaning */
  void (*sleep_ns)(world *w, int64_t ns);
  const char *(*env)(world *w, const char *name); /* NULL where unset */
  WORLD_MUST world_code (*random)(world *w, void *out, size_t bytes);

  /* The number of the operating system's user who logged in, also where `sudo` stands between; else the one that the
   * program runs as. NULL: this world knows nobody. */
  int64_t (*login)(world *w);

  /* Whole files. `text` lives in `perm` and is followed by a NUL that it does not count. */
  WORLD_MUST world_code (*read_file)(world *w, const char *path, arena *perm, slice *text);
  /* Either the old content or all of the new one, also after a crash: temporary file, fsync, rename, fsync of the
   * folder. What a crash may leave is the temporary file: `path` with WORLD_TEMPORARY and six letters or digits. */
  WORLD_MUST world_code (*write_file)(world *w, const char *path, slice bytes);
  WORLD_MUST world_code (*append_file)(world *w, const char *path, slice bytes);
  WORLD_MUST world_code (*remove_file)(world *w, const char *path); /* a file that is not there is fine */
  /* Under another name on the same device, in the place of what has it; durable when it returns. */
  WORLD_MUST world_code (*move_file)(world *w, const char *from, const char *to);

  /* Streaming: *got is 0 at the end of the file only. */
  WORLD_MUST world_code (*open_file)(world *w, const char *path, world_file **out);
  WORLD_MUST world_code (*read)(world *w, world_file *f, void *buffer, size_t bytes, size_t *got);
  /* What comes in on standard input, as it comes: a file, a pipe or a socket. NULL: this world has none. */
  WORLD_MUST world_code (*open_input)(world *w, world_file **out);
  uint64_t (*file_bytes)(world *w, world_file *f);     /* 0 where it is not known (a pipe) */
  int64_t (*file_changed_ns)(world *w, world_file *f); /* when it was last written, by now_ns's clock */
  void (*close_file)(world *w, world_file *f);         /* NULL is allowed */

  WORLD_MUST world_code (*make_folders)(world *w, const char *path);         /* mkdir -p */
  WORLD_MUST world_code (*is_folder)(world *w, const char *path, bool *yes); /* what is not there is no folder */
  /* The permission bits of a file or folder (0640), and whether this user may write there. NULL: this world has none.
   */
  WORLD_MUST world_code (*mode_of)(world *w, const char *path, uint32_t *mode, bool *writable);
  /* Names without `.` and `..`, in byte order, in `perm`. */
  WORLD_MUST world_code (*list_folder)(world *w, const char *path, arena *perm, slice **names, size_t *count);

  /* WORLD_NOT_FOUND: there is no such program; *out is set where the code is WORLD_OK. NULL: this world runs none. */
  WORLD_MUST world_code (*run)(world *w, const world_program *program, arena *perm, world_ran *out);

  /* Result output and messages. Callers buffer. */
  WORLD_MUST world_code (*print)(world *w, world_stream stream, slice text);
  bool (*is_terminal)(world *w, world_stream stream);
  int (*terminal_columns)(world *w); /* of the terminal; 0: there is none */
  /* One line for the operator's log; never personal data, never a secret. */
  void (*log)(world *w, world_level level, slice line);

  /* Of a service: what it was asked for; `answered`: to reread is now done. NULL: nobody can ask. */
  unsigned (*asked)(world *w, bool answered);
  /* Tells who started the service how it fares ("READY=1"); NULL: nobody listens. */
  void (*notify)(world *w, const char *state);

  const struct world_net *net; /* NULL: this world reaches nobody */
};

/* The real one; a constant object, never freed. */
world *world_posix(void);
/* Once, at the beginning of the program. Files and folders that it makes are nobody's but its user's and group's:
 * a ledger holds names, addresses and debts. `no_memory`: the line that is said where memory ends; it must stay. */
void world_posix_begin(const char *no_memory);

const char *world_code_text(world_code code);

/* The zone file of `name` ("America/Sao_Paulo") from $TZDIR or /usr/share/zoneinfo, parsed, in `perm`. NULL: there is
 * no such zone, or it cannot be read. A name with `..`, or that begins with `/`, names no zone. */
const struct tz *world_load_zone(world *w, slice name, arena *perm);

/* Whether a file is there, without opening it where the world can say so: closing a file that a store of this process
 * has open would take the store's locks away (they are the process's, not the file's that was opened). */
WORLD_MUST world_code world_look(world *w, const char *path);

/* Whether a service is to end before its next message. */
bool world_is_to_end(world *w);

/* printf to a stream; a reader that went away is not an error of ours. */
void world_printf(world *w, world_stream stream, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
