/* Another program, run to its end (world.h, `run`): what makes a PDF is one. It is given a page that holds people's
 * names and debts, made from what came from outside; so it gets that page and nothing else of ours.
 *
 * Invariant: what runs has no environment, file or socket of this program, opens no socket to any network (the kernel
 * says no, and where that cannot be arranged nothing runs), and nothing of it is alive or on disk when `run` returns;
 * what a killed run left on disk a later one removes.
 * Between fork and exec the child calls only what a signal handler may call: another thread may have held any lock. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/audit.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "world_run.h"

enum {
  SAID_MAX = 4096,      /* kept of what it says */
  OPEN_FILES_MAX = 256, /* of each process */
  LOOK_MS = 10,         /* how often its end is looked for */
  COULD_NOT_BEGIN = 126 /* the child's own status before exec; what it says is the cause */
};

#define FOLDER "dun-run-" /* and six letters or digits */

/* ---- no network ---- */

#if defined(__x86_64__)
#define THIS_MACHINE AUDIT_ARCH_X86_64
#define OTHER_NAMES_FROM 0x40000000u /* x32: the same calls by other numbers */
#elif defined(__aarch64__)
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#define OTHER_NAMES_FROM UINT32_MAX
#elif defined(__riscv) && __riscv_xlen == 64
#define THIS_MACHINE AUDIT_ARCH_RISCV64
#define OTHER_NAMES_FROM UINT32_MAX
#endif

/* Sockets between processes of this machine are left; they do not leave it. io_uring would open others unseen. Who
 * left the group would not be ended with it. */
static bool without_network(void) {
#ifdef THIS_MACHINE
  const uint32_t no = SECCOMP_RET_ERRNO | EPERM;
  struct sock_filter rule[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, no),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, OTHER_NAMES_FROM, 6, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_setsid, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_setpgid, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, no),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog rules = {.len = sizeof rule / sizeof *rule, .filter = rule};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &rules, 0, 0) == 0) return true;
#endif
  return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0; /* a network of its own, with nobody in it */
}

/* ---- the child ---- */

static void bound(int what, uint64_t most) {
  const struct rlimit limit = {.rlim_cur = most, .rlim_max = most};
  (void)setrlimit((__rlimit_resource_t)what, &limit);
}

_Noreturn static void could_not(const char *why) {
  (void)!write(STDERR_FILENO, why, strlen(why));
  _exit(COULD_NOT_BEGIN);
}

_Noreturn static void become(const world_program *p, const char *folder, char *const *environment, int says) {
  (void)setpgid(0, 0);
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(says, STDOUT_FILENO) < 0 || dup2(says, STDERR_FILENO) < 0)
    _exit(COULD_NOT_BEGIN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (chdir(folder) != 0) could_not("its folder is gone");
  if (close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC) != 0) could_not("what is open cannot be closed");
  bound(RLIMIT_CORE, 0);
  bound(RLIMIT_CPU, p->processor_max_s);
  bound(RLIMIT_FSIZE, p->bytes_max);
  bound(RLIMIT_NOFILE, OPEN_FILES_MAX);
  bound(RLIMIT_DATA, p->memory_max);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !without_network())
    could_not("the operating system does not let the network be taken away from a program");
  char **words; /* exec changes none of them */
  memcpy(&words, &p->words, sizeof words);
  execve(words[0], words, environment);
  could_not(errno == ENOENT ? "there is no such program" : "it cannot be begun");
}

/* ---- its folder ---- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where) {
  (void)st;
  (void)where;
  return kind == FTW_DP ? rmdir(path) : unlink(path);
}
static void remove_tree(const char *folder) { (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT); }

/* What a run that was killed left behind: a page with people in it. No program runs for an hour. */
static void remove_leftovers(const char *base, arena *scratch) {
  enum { OLD_SECONDS = 3600 };
  DIR *d = opendir(base);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  for (const struct dirent *e; d && (e = readdir(d)) != NULL;) {
    struct stat st;
    if (strncmp(e->d_name, FOLDER, sizeof FOLDER - 1) != 0 || strlen(e->d_name) != sizeof FOLDER - 1 + 6) continue;
    const char *path = arena_printf(scratch, "%s/%s", base, e->d_name).p;
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
        st.st_mtim.tv_sec + OLD_SECONDS < now.tv_sec)
      remove_tree(path);
  }
  if (d) closedir(d);
}

static world_code read_output(world *w, const char *path, uint64_t most, arena *perm, world_ran *out) {
  struct stat st;
  if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
    out->how = WORLD_RAN_FAILED;
    return WORLD_OK;
  }
  if ((uint64_t)st.st_size >= most) { /* cut off there */
    out->how = WORLD_RAN_TOO_MUCH;
    return WORLD_OK;
  }
  return w->read_file(w, path, perm, &out->output);
}

/* ---- waiting for its end ---- */

static int64_t steady_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

typedef struct heard {
  char last[SAID_MAX];
  size_t n;
} heard;

/* The last SAID_MAX bytes count. */
static void hear(heard *h, const char *bytes, size_t n) {
  if (n >= sizeof h->last) {
    bytes += n - sizeof h->last;
    n = sizeof h->last;
  }
  size_t keep = h->n < sizeof h->last - n ? h->n : sizeof h->last - n;
  memmove(h->last, h->last + h->n - keep, keep);
  memcpy(h->last + keep, bytes, n);
  h->n = keep + n;
}

/* False: there is no more to hear. */
static bool hear_some(heard *h, int says) {
  char some[4096];
  ssize_t n = read(says, some, sizeof some);
  if (n > 0) hear(h, some, (size_t)n);
  return n > 0;
}

/* Whether it ended; it stays to be asked for its status, and its number its own. */
static bool has_ended(pid_t child) {
  siginfo_t end = {.si_pid = 0};
  return waitid(P_PID, (id_t)child, &end, WEXITED | WNOHANG | WNOWAIT) != 0 ? errno != EINTR : end.si_pid == child;
}

/* Its wait status. Whatever the group holds is ended with it. */
static int wait_for(pid_t child, int says, int64_t time_max_ns, heard *h, bool *too_long) {
  const int64_t until = steady_ns() + time_max_ns;
  bool open = true;
  while (!(*too_long = steady_ns() >= until) && !has_ended(child)) {
    struct pollfd hears = {.fd = open ? says : -1, .events = POLLIN};
    if (poll(&hears, 1, LOOK_MS) > 0) open = hear_some(h, says);
  }
  kill(-child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  while (hear_some(h, says)) {
  }
  return status;
}

static world_code run_in(world *w, const world_program *p, const char *folder, arena *perm, world_ran *out) {
  const char *input = arena_printf(perm, "%s/%s", folder, p->input_name).p;
  world_code code = w->write_file(w, input, p->input);
  if (code != WORLD_OK) return code;
  char *environment[] = {arena_copy(perm, arena_printf(perm, "HOME=%s", folder)),
                         arena_copy(perm, arena_printf(perm, "TMPDIR=%s", folder)),
                         arena_copy(perm, SLICE("PATH=/usr/bin:/bin")),
                         arena_copy(perm, SLICE("LANG=C.UTF-8")),
                         arena_copy(perm, SLICE("SOURCE_DATE_EPOCH=0")), /* the same input, the same bytes */
                         NULL};
  int pipe_fd[2];
  if (pipe2(pipe_fd, O_CLOEXEC) != 0) return world_code_of(errno);
  (void)fcntl(pipe_fd[0], F_SETFL, O_NONBLOCK); /* its own end waits as ever */
  pid_t child = fork();
  if (child == 0) become(p, folder, environment, pipe_fd[1]);
  int why = errno;
  close(pipe_fd[1]);
  if (child < 0) {
    close(pipe_fd[0]);
    return world_code_of(why);
  }
  (void)setpgid(child, child);
  heard h = {.n = 0};
  bool too_long;
  int status = wait_for(child, pipe_fd[0], p->time_max_ns, &h, &too_long);
  close(pipe_fd[0]);
  out->said = arena_slice(perm, (slice){h.last, h.n});
  out->status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
  out->how = too_long              ? WORLD_RAN_TOO_LONG
             : !WIFEXITED(status)  ? WORLD_RAN_KILLED
             : WEXITSTATUS(status) ? WORLD_RAN_FAILED
                                   : WORLD_RAN_FINE;
  if (out->how != WORLD_RAN_FINE) return WORLD_OK;
  return read_output(w, arena_printf(perm, "%s/%s", folder, p->output_name).p, p->bytes_max, perm, out);
}

world_code world_run_posix(world *w, const world_program *program, arena *perm, world_ran *out) {
  *out = (world_ran){.how = WORLD_RAN_FAILED};
  struct stat st;
  if (stat(program->words[0], &st) != 0) return world_code_of(errno);
  if (!S_ISREG(st.st_mode) || access(program->words[0], X_OK) != 0) return WORLD_DENIED;
  const char *base = w->env(w, "TMPDIR");
  if (!base || !*base) base = "/tmp";
  remove_leftovers(base, perm);
  char *folder = arena_copy(perm, arena_printf(perm, "%s/" FOLDER "XXXXXX", base));
  if (!mkdtemp(folder)) return world_code_of(errno);
  world_code code = run_in(w, program, folder, perm, out);
  remove_tree(folder);
  return code;
}
