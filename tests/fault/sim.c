/* The simulator's program: seeds, shared out among processes, and what came of them.
 *   sim [--seeds N] [--from SEED] [--customers N] [--days N] [--jobs N] [--seconds N] [--no-lineage] [--verbose]
 * [--twice] Without --customers and --days each seed has its own size; the full one is 500 customers and 90 days.
 * A broken promise prints the seed, the step, what was seen, and the command that shows it again; exit 1. */
#include <ftw.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/hash.h"
#include "sim.h"

shared *sim_shared;

typedef struct options {
  uint64_t from, seeds;
  int customers, days, jobs;
  int64_t until; /* no seed begins after that, on the real steady clock; 0: never mind */
  bool lineage, verbose, twice;
} options;

/* What all keepers have together. */
typedef struct totals {
  uint64_t next, done, broken, full;
  counts n;
} totals;

/* ---- chance ---- */

uint64_t sim_next(uint64_t *state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}
uint32_t sim_below(uint64_t *state, uint32_t n) { return n ? (uint32_t)((sim_next(state) >> 32) % n) : 0; }
bool sim_chance(uint64_t *state, uint32_t per_mille) { return sim_below(state, 1000) < per_mille; }

/* ---- the trace ---- */

void sim_note(sim *s, const char *format, ...) {
  char line[512];
  va_list v;
  int n = snprintf(line, sizeof line, "%5ld %lld.%06lld ", s->step, (long long)(sim_shared->wall_ns / 1000000000),
                   (long long)(sim_shared->wall_ns % 1000000000 / 1000));
  va_start(v, format);
  vsnprintf(line + n, sizeof line - (size_t)n, format, v);
  va_end(v);
  for (const char *p = line; *p; p++) s->trace = (s->trace ^ (uint8_t)*p) * 0x100000001b3u;
  if (s->verbose) printf("%*s%s\n", s->depth * 2, "", line);
}

void sim_broken(sim *s, int promise, const char *format, ...) {
  va_list v;
  if (s->failed) return;
  s->failed = true;
  int n = snprintf(s->why, sizeof s->why, promise ? "promise %d: " : "", promise);
  va_start(v, format);
  vsnprintf(s->why + n, sizeof s->why - (size_t)n, format, v);
  va_end(v);
  sim_note(s, "BROKEN %s", s->why);
}

int64_t sim_now_s(const sim *s) {
  (void)s;
  return sim_shared->wall_ns / 1000000000;
}
void sim_pass(sim *s, int64_t seconds) {
  (void)s;
  sim_shared->wall_ns += seconds * 1000000000;
  sim_shared->steady_ns += seconds * 1000000000;
}

/* ---- a seed ---- */

static uint32_t rate(uint64_t *c, uint32_t most) { return sim_chance(c, 500) ? sim_below(c, most + 1) : 0; }

static void troubles_of(sim *s) {
  uint64_t *c = &s->chance;
  s->t = (troubles){.kill = rate(c, 150),
                    .power = rate(c, 100),
                    .full = rate(c, 60),
                    .io = rate(c, 60),
                    .death = rate(c, 60),
                    .busy = rate(c, 200),
                    .reject = rate(c, 60),
                    .down = rate(c, 150),
                    .lost = rate(c, 60),
                    .hang = rate(c, 40),
                    .nested_import = rate(c, 120),
                    .nested_run = rate(c, 60),
                    .stale = rate(c, 400),
                    .restore = rate(c, 60),
                    .jump = rate(c, 80),
                    .edit = rate(c, 120),
                    .retry_anyway = rate(c, 300)};
  /* Of six seeds in a row each has something of its own for certain. */
  switch (s->seed % 6) {
  case 0: s->t.power = 120; break;
  case 1: s->t.hang = 80, s->t.lost = 80; break;
  case 2: s->t.jump = 150; break;
  case 3: s->t.nested_run = 100, s->t.nested_import = 150; break;
  case 4: s->t.restore = 250; break;
  default: s->t.kill = 150, s->t.death = 80, s->t.busy = 200; break;
  }
}

static size_of_seed size_of(const options *o, uint64_t seed) {
  uint64_t c = seed ^ 0x5bd1e995u;
  size_of_seed z = {4 + (int)sim_below(&c, 12), 11 + (int)sim_below(&c, 6)};
  if (seed % 20 == 7) z = (size_of_seed){16, 30};
  if (seed % 200 == 70) z = (size_of_seed){60, 40};
  if (o->customers) z.customers = o->customers < CUSTOMERS_MAX - 40 ? o->customers : CUSTOMERS_MAX - 40;
  if (o->days) z.days = o->days;
  return z;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at) {
  (void)st;
  (void)flag;
  (void)at;
  return remove(path);
}

static sim *sim_new(const options *o, uint64_t seed) {
  sim *s = sim_zeroed(sizeof *s);
  s->seed = seed;
  s->chance = seed * 0x2545F4914F6CDD1Du + 1;
  s->size = size_of(o, seed);
  s->lineage = o->lineage;
  s->verbose = o->verbose;
  s->trace = 0xcbf29ce484222325u;
  snprintf(s->folder, sizeof s->folder, "%s/dun-sim-%d", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp",
           (int)getpid());
  char data[96];
  snprintf(data, sizeof data, "%s/data", s->folder);
  (void)nftw(s->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  if (mkdir(s->folder, 0700) != 0 || mkdir(data, 0700) != 0) abort();
  troubles_of(s);
  return s;
}

static void sim_free(sim *s) {
  sim_serve_die(s);
  sim_forget_store(s);
  if (!s->failed || !s->verbose) (void)nftw(s->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  (void)munmap(s, sizeof *s);
}

static void add_counts(counts *to, const counts *n) {
  uint64_t *a = (uint64_t *)to;
  const uint64_t *b = (const uint64_t *)n;
  for (size_t i = 0; i < sizeof *n / sizeof *a; i++) __atomic_fetch_add(a + i, b[i], __ATOMIC_RELAXED);
}

/* The trace of a seed; 0: it broke a promise. */
static uint64_t one_seed(const options *o, uint64_t seed, totals *t) {
  sim *s = sim_new(o, seed);
  memset(sim_shared, 0, sizeof *sim_shared);
  sim_live(s);
  uint64_t trace = s->failed ? 0 : s->trace;
  if (s->failed) {
    const char *commit = getenv("DUN_COMMIT");
    printf("BROKEN seed %llu (%d customers, %d days), commit %s, step %ld: %s\n", (unsigned long long)seed,
           s->size.customers, s->size.days, commit ? commit : "?", s->step, s->why);
    printf("  again: sim --from %llu --seeds 1 --customers %d --days %d%s --verbose\n", (unsigned long long)seed,
           s->size.customers, s->size.days, o->lineage ? "" : " --no-lineage");
    fflush(stdout);
  }
  add_counts(&t->n, &s->n);
  if (s->size.customers >= 500) __atomic_fetch_add(&t->full, 1, __ATOMIC_RELAXED);
  sim_free(s);
  return trace;
}

static int64_t steady_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec;
}

static void keeper(const options *o, totals *t) {
  for (;;) {
    uint64_t at = __atomic_fetch_add(&t->next, 1, __ATOMIC_RELAXED);
    if (o->until && steady_s() >= o->until) return;
    if (at >= o->seeds || __atomic_load_n(&t->broken, __ATOMIC_RELAXED) >= 5) return;
    uint64_t seed = o->from + at, first = one_seed(o, seed, t);
    bool again = first && (o->twice || at % 100 == 3);
    if (again && one_seed(o, seed, t) != first) {
      printf("BROKEN seed %llu: the same seed ran differently\n", (unsigned long long)seed);
      first = 0;
    }
    if (!first) __atomic_fetch_add(&t->broken, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&t->done, 1, __ATOMIC_RELAXED);
  }
}

/* ---- the program ---- */

static void *shared_memory(size_t n) {
  void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) abort();
  return p;
}

static int summary(const totals *t, const options *o, double seconds) {
  const counts *n = &t->n;
#define U(x) (unsigned long long)(x)
  printf(
      "simulator: %llu of %llu seeds from %llu (%llu of 500 customers and 90 days), %.0f s; %llu processes, %llu file "
      "writes, %llu "
      "messages to the provider, %llu times several at once\n",
      U(t->done), U(o->seeds), U(o->from), U(t->full), seconds, U(n->children), U(n->writes), U(n->calls),
      U(n->together));
  printf("  %llu services begun, looked at in %llu sleeps, asked to end %llu times\n", U(n->served), U(n->slept),
         U(n->stopped));
  printf(
      "  faults: %llu kills, %llu power cuts, %llu full disks, %llu I/O errors, %llu deaths in a call, %llu ambiguous "
      "answers, %llu racing imports, %llu runs at once\n",
      U(n->kills), U(n->powers), U(n->fulls), U(n->ios), U(n->deaths), U(n->ambiguous), U(n->racing),
      U(n->nested_runs));
  printf("  %llu policy edits, %llu older copies put back, %llu clock jumps, %llu events of the provider, %llu plans "
         "approved, "
         "%llu messages sent again by people\n",
         U(n->edits), U(n->restores), U(n->jumps), U(n->events), U(n->approvals), U(n->human_resends));
  printf("  duplicates %llu, losses %llu, unknown %llu against %llu ambiguous faults, %llu canaries\n",
         U(n->double_sends), U(n->lost), U(n->unknown), U(n->ambiguous), U(n->canaries));
  printf("%llu passed, %llu failed\n", U(t->done - t->broken), U(t->broken));
  return t->broken ? 1 : 0;
#undef U
}

static bool read_options(int argc, char **argv, options *o) {
  for (int i = 1; i < argc; i++) {
    const char *a = argv[i], *v = i + 1 < argc ? argv[i + 1] : "";
    if (strcmp(a, "--no-lineage") == 0)
      o->lineage = false;
    else if (strcmp(a, "--verbose") == 0)
      o->verbose = true;
    else if (strcmp(a, "--twice") == 0)
      o->twice = true;
    else if (!*v)
      return false;
    else if (strcmp(a, "--seeds") == 0)
      o->seeds = strtoull(v, NULL, 10), i++;
    else if (strcmp(a, "--from") == 0)
      o->from = strtoull(v, NULL, 10), i++;
    else if (strcmp(a, "--customers") == 0)
      o->customers = atoi(v), i++;
    else if (strcmp(a, "--days") == 0)
      o->days = atoi(v), i++;
    else if (strcmp(a, "--seconds") == 0)
      o->until = steady_s() + atoi(v), i++;
    else if (strcmp(a, "--jobs") == 0)
      o->jobs = atoi(v), i++;
    else
      return false;
  }
  return o->jobs > 0 && o->seeds > 0;
}

int main(int argc, char **argv) {
  options o = {.from = 1, .seeds = 100, .jobs = 2, .lineage = true};
  if (!read_options(argc, argv, &o)) {
    fprintf(stderr, "sim [--seeds N] [--from SEED] [--customers N] [--days N] [--jobs N] [--seconds N] [--no-lineage] "
                    "[--verbose] [--twice]\n");
    return 2;
  }
  if (o.verbose) o.jobs = 1;
  totals *t = shared_memory(sizeof *t);
  /* One thread each, and nobody asks how much memory is in use. */
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 512, 3000);
  uint8_t hash[HASH_BYTES];
  hash_of(SLICE("what every process would else set up anew"), hash);
  struct timespec a, b;
  clock_gettime(CLOCK_MONOTONIC, &a);
  fflush(NULL);
  for (int k = 0; k < o.jobs; k++) {
    pid_t pid = fork();
    if (pid < 0) return 2;
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      sim_shared = shared_memory(sizeof *sim_shared);
      sim_memory_keeper();
      keeper(&o, t);
      fflush(NULL);
      _exit(0);
    }
  }
  int status = 0, bad = 0;
  while (wait(&status) > 0) bad |= !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  clock_gettime(CLOCK_MONOTONIC, &b);
  if (bad) t->broken++;
  return summary(t, &o, (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
}
