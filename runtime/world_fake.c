/* The world of the tests: see world_fake.h. Owns its clock, environment, files and output; all memory is the fake's.
 *
 * Invariant: the same calls give the same answers, in every run: randomness comes from a fixed seed. */
#include "world_fake.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct fake_file {
  char *path;
  char *text; /* NULL: a folder */
  size_t n;
  int64_t changed_ns;
} fake_file;

typedef struct fake {
  world w; /* first, so that the world is the fake */
  int64_t now_ns, monotonic_ns;
  struct {
    char *name, *value;
  } env[32];
  size_t env_count;
  fake_file *file;
  size_t file_count;
  struct {
    char *text;
    size_t n;
  } output[2];
  int columns;
  uint64_t seed;
  size_t writes, reads, fail_write_at, fail_read_at;
  world_code write_code, read_code;
  world_fake_program program;
  void *program_self;
} fake;

struct world_file {
  char *text;
  size_t n, at;
  int64_t changed_ns;
};

static fake *of(world *w) { return w->self; }

static char *copy(slice s) {
  char *p = malloc(s.n + 1);
  if (!p) abort();
  if (s.n) memcpy(p, s.p, s.n);
  p[s.n] = 0;
  return p;
}

static void grow(char **text, size_t *n, slice more) {
  *text = realloc(*text, *n + more.n + 1);
  if (!*text) abort();
  if (more.n) memcpy(*text + *n, more.p, more.n);
  *n += more.n;
  (*text)[*n] = 0;
}

static world_code next_write(fake *f) {
  f->writes++;
  return f->fail_write_at && f->writes >= f->fail_write_at ? f->write_code : WORLD_OK;
}
static world_code next_read(fake *f) {
  f->reads++;
  return f->fail_read_at && f->reads >= f->fail_read_at ? f->read_code : WORLD_OK;
}

static fake_file *file_find(fake *f, const char *path) {
  for (size_t i = 0; i < f->file_count; i++)
    if (strcmp(f->file[i].path, path) == 0) return &f->file[i];
  return NULL;
}

static fake_file *file_make(fake *f, const char *path) {
  fake_file *old = file_find(f, path);
  if (old) return old;
  f->file = realloc(f->file, (f->file_count + 1) * sizeof *f->file);
  if (!f->file) abort();
  f->file[f->file_count] = (fake_file){.path = copy(slice_of(path))};
  return &f->file[f->file_count++];
}

/* ---- the world's calls ---- */

static int64_t fake_now_ns(world *w) { return of(w)->now_ns; }
static int64_t fake_monotonic_ns(world *w) { return of(w)->monotonic_ns; }
static void fake_sleep_ns(world *w, int64_t ns) {
  of(w)->now_ns += ns;
  of(w)->monotonic_ns += ns;
}

static const char *fake_env(world *w, const char *name) {
  for (size_t i = 0; i < of(w)->env_count; i++)
    if (strcmp(of(w)->env[i].name, name) == 0) return of(w)->env[i].value;
  return NULL;
}

/* splitmix64 */
static world_code fake_random(world *w, void *out, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    uint64_t z = (of(w)->seed += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    ((uint8_t *)out)[i] = (uint8_t)(z >> 56);
  }
  return WORLD_OK;
}

static world_code fake_open_file(world *w, const char *path, world_file **out) {
  *out = NULL;
  world_code code = next_read(of(w));
  if (code != WORLD_OK) return code;
  const fake_file *file = file_find(of(w), path);
  if (!file) return WORLD_NOT_FOUND;
  if (!file->text) return WORLD_IS_A_FOLDER;
  world_file *f = malloc(sizeof *f);
  if (!f) abort();
  *f = (world_file){.text = copy((slice){file->text, file->n}), .n = file->n, .changed_ns = file->changed_ns};
  *out = f;
  return WORLD_OK;
}
static world_code fake_read(world *w, world_file *f, void *buffer, size_t bytes, size_t *got) {
  *got = 0;
  world_code code = next_read(of(w));
  if (code != WORLD_OK) return code;
  *got = f->n - f->at < bytes ? f->n - f->at : bytes;
  memcpy(buffer, f->text + f->at, *got);
  f->at += *got;
  return WORLD_OK;
}
static uint64_t fake_file_bytes(world *w, world_file *f) {
  (void)w;
  return f->n;
}
static int64_t fake_file_changed_ns(world *w, world_file *f) {
  (void)w;
  return f->changed_ns;
}
static void fake_close_file(world *w, world_file *f) {
  (void)w;
  if (!f) return;
  free(f->text);
  free(f);
}
static world_code fake_read_file(world *w, const char *path, arena *perm, slice *text) {
  *text = SLICE("");
  world_file *f;
  world_code code = fake_open_file(w, path, &f);
  if (code != WORLD_OK) return code;
  *text = (slice){arena_copy(perm, (slice){f->text, f->n}), f->n};
  fake_close_file(w, f);
  return WORLD_OK;
}
static world_code fake_write_file(world *w, const char *path, slice bytes) {
  world_code code = next_write(of(w));
  if (code == WORLD_OK) world_fake_put_file(w, path, bytes);
  return code;
}
static world_code fake_append_file(world *w, const char *path, slice bytes) {
  world_code code = next_write(of(w));
  if (code != WORLD_OK) return code;
  fake_file *file = file_make(of(w), path);
  grow(&file->text, &file->n, bytes);
  file->changed_ns = of(w)->now_ns;
  return WORLD_OK;
}
static world_code fake_remove_file(world *w, const char *path) {
  world_code code = next_write(of(w));
  fake_file *file = file_find(of(w), path);
  if (code != WORLD_OK || !file) return code;
  free(file->path);
  free(file->text);
  *file = of(w)->file[--of(w)->file_count];
  return WORLD_OK;
}

static world_code fake_move_file(world *w, const char *from, const char *to) {
  world_code code = next_write(of(w));
  if (code != WORLD_OK) return code;
  fake_file *file = file_find(of(w), from), *old = file_find(of(w), to);
  if (!file) return WORLD_NOT_FOUND;
  if (file == old) return WORLD_OK;
  char *name = strdup(to);
  if (!name) abort();
  free(file->path);
  file->path = name;
  if (!old) return WORLD_OK;
  free(old->path);
  free(old->text);
  *old = of(w)->file[--of(w)->file_count];
  return WORLD_OK;
}

static world_code fake_make_folders(world *w, const char *path) {
  world_code code = next_write(of(w));
  if (code != WORLD_OK) return code;
  const fake_file *file = file_make(of(w), path);
  return file->text ? WORLD_NOT_A_FOLDER : WORLD_OK;
}

/* The name below the folder, empty where the path is not right below it. */
static slice name_below(const char *folder, const char *path) {
  size_t n = strlen(folder);
  if (strncmp(path, folder, n) != 0 || path[n] != '/' || strchr(path + n + 1, '/')) return SLICE("");
  return slice_of(path + n + 1);
}
static world_code fake_is_folder(world *w, const char *path, bool *yes) {
  const fake_file *file = file_find(of(w), path);
  *yes = file && !file->text;
  for (size_t i = 0; i < of(w)->file_count && !*yes; i++) *yes = name_below(path, of(w)->file[i].path).n > 0;
  return WORLD_OK;
}
static int by_bytes(const void *a, const void *b) { return slice_cmp(*(const slice *)a, *(const slice *)b); }
static world_code fake_list_folder(world *w, const char *path, arena *perm, slice **names, size_t *count) {
  *count = 0;
  bool folder;
  world_code code = fake_is_folder(w, path, &folder);
  if (code != WORLD_OK || !folder) return code != WORLD_OK ? code : WORLD_NOT_FOUND;
  *names = ARENA_ARRAY(perm, of(w)->file_count + 1, slice);
  for (size_t i = 0; i < of(w)->file_count; i++) {
    slice name = name_below(path, of(w)->file[i].path);
    if (name.n) (*names)[(*count)++] = arena_slice(perm, name);
  }
  qsort(*names, *count, sizeof **names, by_bytes);
  return WORLD_OK;
}

static world_code fake_run(world *w, const world_program *program, arena *perm, world_ran *out) {
  fake *f = of(w);
  return f->program ? f->program(f->program_self, program, perm, out) : WORLD_NOT_FOUND;
}

static world_code fake_print(world *w, world_stream stream, slice text) {
  world_code code = next_write(of(w));
  if (code == WORLD_OK) grow(&of(w)->output[stream].text, &of(w)->output[stream].n, text);
  return code;
}
static bool fake_is_terminal(world *w, world_stream stream) {
  (void)stream;
  return of(w)->columns > 0;
}
static int fake_terminal_columns(world *w) { return of(w)->columns; }
static void fake_log(world *w, world_level level, slice line) {
  static const char *const name[] = {"debug: ", "info: ", "warning: ", "error: "};
  grow(&of(w)->output[WORLD_STDERR].text, &of(w)->output[WORLD_STDERR].n, slice_of(name[level]));
  grow(&of(w)->output[WORLD_STDERR].text, &of(w)->output[WORLD_STDERR].n, line);
  grow(&of(w)->output[WORLD_STDERR].text, &of(w)->output[WORLD_STDERR].n, SLICE("\n"));
}

/* ---- what a test does to it ---- */

world *world_fake_new(int64_t now_ns) {
  fake *f = calloc(1, sizeof *f);
  if (!f) abort();
  f->w = (world){
      .self = f,
      .now_ns = fake_now_ns,
      .monotonic_ns = fake_monotonic_ns,
      .sleep_ns = fake_sleep_ns,
      .env = fake_env,
      .random = fake_random,
      .read_file = fake_read_file,
      .write_file = fake_write_file,
      .append_file = fake_append_file,
      .remove_file = fake_remove_file,
      .move_file = fake_move_file,
      .open_file = fake_open_file,
      .read = fake_read,
      .file_bytes = fake_file_bytes,
      .file_changed_ns = fake_file_changed_ns,
      .close_file = fake_close_file,
      .make_folders = fake_make_folders,
      .is_folder = fake_is_folder,
      .list_folder = fake_list_folder,
      .run = fake_run,
      .print = fake_print,
      .is_terminal = fake_is_terminal,
      .terminal_columns = fake_terminal_columns,
      .log = fake_log,
  };
  f->now_ns = now_ns;
  return &f->w;
}

void world_fake_free(world *w) {
  if (!w) return;
  fake *f = of(w);
  for (size_t i = 0; i < f->env_count; i++) {
    free(f->env[i].name);
    free(f->env[i].value);
  }
  for (size_t i = 0; i < f->file_count; i++) {
    free(f->file[i].path);
    free(f->file[i].text);
  }
  free(f->file);
  free(f->output[0].text);
  free(f->output[1].text);
  free(f);
}

void world_fake_set_now(world *w, int64_t now_ns) { of(w)->now_ns = now_ns; }

void world_fake_set_env(world *w, const char *name, const char *value) {
  fake *f = of(w);
  size_t i = 0;
  while (i < f->env_count && strcmp(f->env[i].name, name) != 0) i++;
  if (i == f->env_count) {
    assert(f->env_count < sizeof f->env / sizeof *f->env);
    f->env[f->env_count++].name = copy(slice_of(name));
  }
  free(f->env[i].value);
  f->env[i].value = value ? copy(slice_of(value)) : NULL;
}

void world_fake_set_program(world *w, world_fake_program program, void *self) {
  of(w)->program = program;
  of(w)->program_self = self;
}

void world_fake_put_file(world *w, const char *path, slice text) {
  fake_file *file = file_make(of(w), path);
  free(file->text);
  file->text = copy(text);
  file->n = text.n;
  file->changed_ns = of(w)->now_ns;
}

bool world_fake_file(world *w, const char *path, slice *text) {
  const fake_file *file = file_find(of(w), path);
  if (!file || !file->text) return false;
  *text = (slice){file->text, file->n};
  return true;
}

void world_fake_set_terminal(world *w, int columns) { of(w)->columns = columns; }

slice world_fake_output(world *w, world_stream stream) {
  const char *text = of(w)->output[stream].text;
  return (slice){text ? text : "", of(w)->output[stream].n};
}

void world_fake_fail_writes(world *w, size_t nth, world_code code) {
  of(w)->fail_write_at = nth ? of(w)->writes + nth : 0;
  of(w)->write_code = code;
}
void world_fake_fail_reads(world *w, size_t nth, world_code code) {
  of(w)->fail_read_at = nth ? of(w)->reads + nth : 0;
  of(w)->read_code = code;
}
size_t world_fake_writes(const world *w) { return ((const fake *)w->self)->writes; }
