/* The real world: Linux. Owns every call that reads a clock, the environment, randomness, files or the terminal.
 *
 * Invariant: nothing here waits for a lock, changes global state or ends the process; EINTR is tried again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "world_run.h"

/* Files hold what is nobody else's: ledgers, letters, marks. A file that is replaced keeps its own mode. */
enum { FILE_MODE = 0640, FOLDER_MODE = 0750, OTHERS = 0027 };
enum { WORLD_FAILED_STATUS = 4 }; /* docs: "the world failed" */

struct world_file {
  int fd;
  uint64_t bytes;
  int64_t changed_ns;
};

world_code world_code_of(int error) {
  switch (error) {
  case 0: return WORLD_OK;
  case ENOENT: return WORLD_NOT_FOUND;
  case EACCES:
  case EPERM: return WORLD_DENIED;
  case ENOSPC:
  case EDQUOT:
  case EFBIG: return WORLD_NO_SPACE;
  case ENOTDIR: return WORLD_NOT_A_FOLDER;
  case EISDIR: return WORLD_IS_A_FOLDER;
  case EROFS: return WORLD_READ_ONLY;
  case EPIPE: return WORLD_CLOSED;
  case EIO: return WORLD_IO;
  default: return WORLD_FAILED;
  }
}

/* ---- memory and files of this process ---- */

static const char *no_memory_words = "dun: this machine has no memory left; what was not stored did not happen\n";

void world_posix_begin(const char *no_memory) {
  if (no_memory) no_memory_words = no_memory;
  umask(umask(OTHERS) | OTHERS);
}

/* At once: what else runs at the end of a process may ask for memory too. */
_Noreturn void arena_exhausted(void) {
  (void)!write(STDERR_FILENO, no_memory_words, strlen(no_memory_words));
  _exit(WORLD_FAILED_STATUS);
}

/* ---- clock, environment, randomness ---- */

static int64_t clock_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
static int64_t posix_now_ns(world *w) {
  (void)w;
  return clock_ns(CLOCK_REALTIME);
}
static int64_t posix_monotonic_ns(world *w) {
  (void)w;
  return clock_ns(CLOCK_BOOTTIME); /* a machine that slept is no clock that jumped */
}
static void posix_sleep_ns(world *w, int64_t ns) {
  (void)w;
  struct timespec t = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
  while (nanosleep(&t, &t) != 0 && errno == EINTR) {
  }
}
static const char *posix_env(world *w, const char *name) {
  (void)w;
  return getenv(name);
}
static world_code posix_random(world *w, void *out, size_t bytes) {
  (void)w;
  uint8_t *p = out;
  while (bytes) {
    ssize_t n = getrandom(p, bytes, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return world_code_of(errno);
    p += n;
    bytes -= (size_t)n;
  }
  return WORLD_OK;
}

/* The kernel keeps who logged in and lets nobody change it; without that (no PAM, a container) it says -1 as 32 bits.
 */
static int64_t posix_login(world *w) {
  (void)w;
  char said[16] = "";
  int fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, said, sizeof said - 1);
  if (fd >= 0) close(fd);
  char *rest;
  long long login = n > 0 ? strtoll(said, &rest, 10) : -1;
  return n > 0 && rest != said && login >= 0 && login < UINT32_MAX ? login : (int64_t)getuid();
}

/* ---- files ---- */

static world_code write_all(int fd, slice bytes) {
  while (bytes.n) {
    ssize_t n = write(fd, bytes.p, bytes.n);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return world_code_of(errno);
    bytes.p += n;
    bytes.n -= (size_t)n;
  }
  return WORLD_OK;
}

static world_code posix_open_file(world *w, const char *path, world_file **out) {
  (void)w;
  *out = NULL;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return world_code_of(errno);
  struct stat st;
  world_code code = fstat(fd, &st) != 0 ? world_code_of(errno) : S_ISDIR(st.st_mode) ? WORLD_IS_A_FOLDER : WORLD_OK;
  if (code != WORLD_OK) {
    close(fd);
    return code;
  }
  world_file *f = malloc(sizeof *f);
  if (!f) arena_exhausted();
  *f = (world_file){.fd = fd,
                    .bytes = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0,
                    .changed_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec};
  *out = f;
  return WORLD_OK;
}
static world_code posix_open_input(world *w, world_file **out) {
  (void)w;
  *out = NULL;
  int fd = dup(STDIN_FILENO);
  if (fd < 0) return world_code_of(errno);
  world_file *f = malloc(sizeof *f);
  if (!f) arena_exhausted();
  *f = (world_file){.fd = fd};
  *out = f;
  return WORLD_OK;
}
static world_code posix_read(world *w, world_file *f, void *buffer, size_t bytes, size_t *got) {
  (void)w;
  for (;;) {
    ssize_t n = read(f->fd, buffer, bytes);
    if (n < 0 && errno == EINTR) continue;
    *got = n < 0 ? 0 : (size_t)n;
    return n < 0 ? world_code_of(errno) : WORLD_OK;
  }
}
static uint64_t posix_file_bytes(world *w, world_file *f) {
  (void)w;
  return f->bytes;
}
static int64_t posix_file_changed_ns(world *w, world_file *f) {
  (void)w;
  return f->changed_ns;
}
static void posix_close_file(world *w, world_file *f) {
  (void)w;
  if (!f) return;
  close(f->fd);
  free(f);
}

/* A pipe has no size: the buffer doubles until the end. */
static world_code posix_read_file(world *w, const char *path, arena *perm, slice *text) {
  *text = SLICE("");
  world_file *f;
  world_code code = posix_open_file(w, path, &f);
  if (code != WORLD_OK) return code;
  size_t capacity = f->bytes ? (size_t)f->bytes + 1 : 65536, n = 0, got = 0;
  char *buffer = malloc(capacity);
  if (!buffer) arena_exhausted();
  while ((code = posix_read(w, f, buffer + n, capacity - n, &got)) == WORLD_OK && got) {
    n += got;
    if (n < capacity) continue;
    buffer = realloc(buffer, capacity *= 2);
    if (!buffer) arena_exhausted();
  }
  posix_close_file(w, f);
  if (code == WORLD_OK) *text = (slice){arena_copy(perm, (slice){buffer, n}), n};
  free(buffer);
  return code;
}

/* Folder part of a path, "." where there is none. */
static void folder_of(const char *path, char *out, size_t size) {
  const char *slash = strrchr(path, '/');
  if (!slash)
    snprintf(out, size, ".");
  else
    snprintf(out, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* The rename itself is durable only when the folder is. */
static world_code sync_folder(const char *path) {
  char folder[4096];
  folder_of(path, folder, sizeof folder);
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return world_code_of(errno);
  world_code code = fsync(fd) == 0 || errno == EINVAL ? WORLD_OK : world_code_of(errno);
  close(fd);
  return code;
}

static world_code posix_write_file(world *w, const char *path, slice bytes) {
  (void)w;
  char temporary[4096];
  int n = snprintf(temporary, sizeof temporary, "%s" WORLD_TEMPORARY "XXXXXX", path);
  if (n < 0 || (size_t)n >= sizeof temporary) return WORLD_FAILED;
  int fd = mkostemp(temporary, O_CLOEXEC);
  if (fd < 0) return world_code_of(errno);
  world_code code = write_all(fd, bytes);
  struct stat old;
  mode_t mode = stat(path, &old) == 0 ? old.st_mode & 0777 : FILE_MODE;
  if (code == WORLD_OK && fchmod(fd, mode) != 0) code = world_code_of(errno);
  if (code == WORLD_OK && fsync(fd) != 0) code = world_code_of(errno);
  if (close(fd) != 0 && code == WORLD_OK) code = world_code_of(errno);
  if (code == WORLD_OK && rename(temporary, path) != 0) code = world_code_of(errno);
  if (code != WORLD_OK) {
    unlink(temporary);
    return code;
  }
  return sync_folder(path);
}

static world_code posix_append_file(world *w, const char *path, slice bytes) {
  (void)w;
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, FILE_MODE);
  if (fd < 0) return world_code_of(errno);
  world_code code = write_all(fd, bytes);
  if (close(fd) != 0 && code == WORLD_OK) code = world_code_of(errno);
  return code;
}

static world_code posix_move_file(world *w, const char *from, const char *to) {
  (void)w;
  if (rename(from, to) != 0) return world_code_of(errno);
  return sync_folder(to);
}

static world_code posix_remove_file(world *w, const char *path) {
  (void)w;
  return unlink(path) == 0 || errno == ENOENT ? WORLD_OK : world_code_of(errno);
}

/* ---- folders ---- */

static world_code posix_is_folder(world *w, const char *path, bool *yes) {
  (void)w;
  struct stat st;
  *yes = false;
  if (stat(path, &st) != 0) return errno == ENOENT || errno == ENOTDIR ? WORLD_OK : world_code_of(errno);
  *yes = S_ISDIR(st.st_mode);
  return WORLD_OK;
}

static world_code posix_make_folders(world *w, const char *path) {
  char part[4096];
  size_t n = strlen(path);
  if (n == 0 || n >= sizeof part) return WORLD_FAILED;
  memcpy(part, path, n + 1);
  for (size_t i = 1; i <= n; i++) {
    if (part[i] != '/' && part[i] != 0) continue;
    part[i] = 0;
    if (mkdir(part, FOLDER_MODE) != 0 && errno != EEXIST) return world_code_of(errno);
    part[i] = i < n ? '/' : 0;
  }
  bool yes = false;
  world_code code = posix_is_folder(w, path, &yes);
  return code != WORLD_OK || yes ? code : WORLD_NOT_A_FOLDER;
}

static world_code posix_mode_of(world *w, const char *path, uint32_t *mode, bool *writable) {
  (void)w;
  struct stat st;
  if (stat(path, &st) != 0) return world_code_of(errno);
  *mode = st.st_mode & 07777;
  *writable = access(path, W_OK) == 0;
  return WORLD_OK;
}

static int by_bytes(const void *a, const void *b) { return slice_cmp(*(const slice *)a, *(const slice *)b); }

static world_code posix_list_folder(world *w, const char *path, arena *perm, slice **names, size_t *count) {
  (void)w;
  *count = 0;
  DIR *d = opendir(path);
  if (!d) return world_code_of(errno);
  size_t capacity = 16;
  slice *list = malloc(capacity * sizeof *list);
  if (!list) arena_exhausted();
  for (;;) {
    errno = 0;
    const struct dirent *e = readdir(d);
    if (!e) break;
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    if (*count == capacity && !(list = realloc(list, (capacity *= 2) * sizeof *list))) arena_exhausted();
    list[(*count)++] = arena_slice(perm, slice_of(e->d_name));
  }
  world_code code = world_code_of(errno);
  closedir(d);
  qsort(list, *count, sizeof *list, by_bytes);
  *names = ARENA_ARRAY(perm, *count + 1, slice);
  memcpy(*names, list, *count * sizeof *list);
  free(list);
  return code;
}

/* ---- terminal and log ---- */

static int fd_of(world_stream stream) { return stream == WORLD_STDOUT ? STDOUT_FILENO : STDERR_FILENO; }

static world_code posix_print(world *w, world_stream stream, slice text) {
  (void)w;
  return write_all(fd_of(stream), text);
}
static bool posix_is_terminal(world *w, world_stream stream) {
  (void)w;
  return isatty(fd_of(stream)) == 1;
}
static int posix_terminal_columns(world *w) {
  (void)w;
  struct winsize size;
  for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 0;
}
static void posix_log(world *w, world_level level, slice line) {
  static const char *const name[] = {"debug", "info", "warning", "error"};
  if (level == WORLD_DEBUG) {
    const char *verbose = posix_env(w, "DUN_DEBUG");
    if (!verbose || !*verbose) return;
  }
  world_printf(w, WORLD_STDERR, "dun: %s: %.*s\n", name[level], SLICE_ARG(line));
}

/* ---- a service ---- */

static volatile sig_atomic_t to_end, to_reread;

static void on_signal(int number) {
  if (number == SIGHUP)
    to_reread = 1;
  else
    to_end = 1;
}

/* The signals are a service's own from its first look on: a command that is no service ends by them as ever. */
static unsigned posix_asked(world *w, bool answered) {
  (void)w;
  static bool listens;
  if (!listens) {
    struct sigaction a = {.sa_handler = on_signal};
    sigemptyset(&a.sa_mask);
    sigaction(SIGTERM, &a, NULL);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGHUP, &a, NULL);
    listens = true;
  }
  if (answered) to_reread = 0;
  return (to_end ? WORLD_ASKED_TO_END : 0) | (to_reread ? WORLD_ASKED_TO_REREAD : 0);
}

/* The protocol of sd_notify(3): one datagram to the socket that the environment names; "@" is an abstract one. */
static void posix_notify(world *w, const char *state) {
  const char *path = posix_env(w, "NOTIFY_SOCKET");
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof to.sun_path) return;
  memcpy(to.sun_path, path, strlen(path));
  if (path[0] == '@') to.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  socklen_t n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
  (void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to, n);
  close(fd);
}

static world THE_WORLD = {
    .now_ns = posix_now_ns,
    .monotonic_ns = posix_monotonic_ns,
    .sleep_ns = posix_sleep_ns,
    .env = posix_env,
    .random = posix_random,
    .login = posix_login,
    .read_file = posix_read_file,
    .write_file = posix_write_file,
    .append_file = posix_append_file,
    .remove_file = posix_remove_file,
    .move_file = posix_move_file,
    .open_file = posix_open_file,
    .open_input = posix_open_input,
    .read = posix_read,
    .file_bytes = posix_file_bytes,
    .file_changed_ns = posix_file_changed_ns,
    .close_file = posix_close_file,
    .make_folders = posix_make_folders,
    .is_folder = posix_is_folder,
    .mode_of = posix_mode_of,
    .list_folder = posix_list_folder,
    .run = world_run_posix,
    .print = posix_print,
    .is_terminal = posix_is_terminal,
    .terminal_columns = posix_terminal_columns,
    .log = posix_log,
    .asked = posix_asked,
    .notify = posix_notify,
};

world *world_posix(void) { return &THE_WORLD; }
