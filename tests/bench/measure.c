/* measure ROUNDS FILE|- COMMAND... - runs the command that often, its output thrown away, FILE removed before each
 * round, and prints the medians: milliseconds of the clock, of the processor, and the largest memory it had in KiB. */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 101 };

typedef struct taken {
  double wall_ms, cpu_ms, kib;
} taken;

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double ms(struct timeval t) { return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3; }

static int run(char **command, taken *out) {
  double from = now_ms();
  pid_t child = fork();
  if (child < 0) return -1;
  if (child == 0) {
    int null = open("/dev/null", O_WRONLY);
    if (null < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0) _exit(126);
    execvp(command[0], command);
    _exit(127);
  }
  int status;
  struct rusage use;
  if (wait4(child, &status, 0, &use) != child) return -1;
  *out = (taken){now_ms() - from, ms(use.ru_utime) + ms(use.ru_stime), (double)use.ru_maxrss};
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(const taken *v, int n, size_t member) {
  double d[ROUNDS_MAX];
  for (int i = 0; i < n; i++) memcpy(&d[i], (const char *)&v[i] + member, sizeof d[i]);
  qsort(d, (size_t)n, sizeof *d, by_value);
  return d[n / 2];
}

int main(int argc, char **argv) {
  int rounds = argc > 3 ? atoi(argv[1]) : 0;
  if (rounds < 1 || rounds > ROUNDS_MAX) {
    fprintf(stderr, "usage: measure ROUNDS FILE|- COMMAND...\n");
    return 2;
  }
  taken v[ROUNDS_MAX];
  for (int i = 0; i < rounds; i++) {
    if (strcmp(argv[2], "-") != 0) unlink(argv[2]);
    int status = run(argv + 3, &v[i]);
    if (status != 0) {
      fprintf(stderr, "measure: %s ended with status %d\n", argv[3], status);
      return 1;
    }
  }
  printf("%.2f %.2f %.0f\n", median(v, rounds, offsetof(taken, wall_ms)), median(v, rounds, offsetof(taken, cpu_ms)),
         median(v, rounds, offsetof(taken, kib)));
  return 0;
}
