/* The world of a child: the keeper's clock, seeded chance, a provider that is asked over two pipes, a terminal that
 * nobody reads. Everything else is the real one, and so is main(): runtime/cli/main.c itself, with its world and its
 * network named anew.
 *
 * Invariant: the clock goes on with every look at it, so no two instants are the same. */
#include <unistd.h>

#include "sim.h"

int dun_main(int argc, char **argv);
extern const struct world_net sim_net;
#define main dun_main
#define world_posix sim_world_posix
#define net_curl sim_net
#include "runtime/cli/main.c"
#undef main
#undef world_posix
#undef net_curl

enum { LOOK_NS = 20000 };

static int64_t now_ns(world *w) {
  (void)w;
  sim_shared->steady_ns += LOOK_NS;
  return sim_shared->wall_ns += LOOK_NS;
}
static int64_t monotonic_ns(world *w) {
  (void)w;
  return sim_shared->steady_ns;
}
static void sleep_ns(world *w, int64_t ns) {
  (void)w;
  char c = 's';
  shared *h = sim_shared;
  h->steady_ns += ns;
  h->wall_ns += ns;
  if (!h->stands_at_ns || h->steady_ns < h->stands_at_ns) return;
  h->unsynced = sim_vfs_unsynced();
  if (write(sim_ask_fd, &c, 1) != 1 || read(sim_answer_fd, &c, 1) != 1) _exit(STATUS_KILLED);
}
static unsigned asked(world *w, bool answered) {
  (void)w;
  unsigned was = sim_shared->asked;
  if (answered) sim_shared->asked &= ~(unsigned)WORLD_ASKED_TO_REREAD;
  return was;
}
static const char *env(world *w, const char *name) {
  (void)w;
  if (strcmp(name, "TZDIR") == 0) return world_posix()->env(world_posix(), name);
  return strcmp(name, "USER") == 0 ? "ana" : NULL;
}
static world_code random_bytes(world *w, void *to, size_t bytes) {
  (void)w;
  for (size_t i = 0; i < bytes; i++) ((uint8_t *)to)[i] = (uint8_t)(sim_next(&sim_shared->random) >> 56);
  return WORLD_OK;
}

static world_code write_file(world *w, const char *path, slice bytes) {
  world_code code = sim_write_counted();
  return code == WORLD_OK ? world_posix()->write_file(w, path, bytes) : code;
}
static world_code append_file(world *w, const char *path, slice bytes) {
  world_code code = sim_write_counted();
  return code == WORLD_OK ? world_posix()->append_file(w, path, bytes) : code;
}
static world_code move_file(world *w, const char *from, const char *to) {
  world_code code = sim_write_counted();
  return code == WORLD_OK ? world_posix()->move_file(w, from, to) : code;
}
static world_code remove_file(world *w, const char *path) {
  world_code code = sim_write_counted();
  return code == WORLD_OK ? world_posix()->remove_file(w, path) : code;
}

static world_code print(world *w, world_stream stream, slice text) {
  (void)w;
  (void)stream;
  shared *h = sim_shared;
  for (size_t i = 0; i < text.n; i++) {
    h->said_hash = (h->said_hash ^ (uint8_t)text.p[i]) * 0x100000001b3u;
    h->said[h->said_n++ % SAID_MAX] = text.p[i];
  }
  return WORLD_OK;
}
static bool is_terminal(world *w, world_stream stream) {
  (void)w;
  (void)stream;
  return false;
}
static int terminal_columns(world *w) {
  (void)w;
  return 0;
}
static void log_line(world *w, world_level level, slice line) {
  (void)w;
  (void)level;
  (void)line;
}

/* ---- the provider ---- */

static mail_session *mail_open(const mail_server *server) {
  (void)server;
  return (mail_session *)sim_shared;
}
static void mail_close(mail_session *s) { (void)s; }

static void copy(char *to, size_t room, slice from) {
  size_t n = from.n < room - 1 ? from.n : room - 1;
  if (n) memcpy(to, from.p, n);
  to[n] = 0;
}

static void hand_over(const email *v, size_t n, mail_report *reports) {
  shared *h = sim_shared;
  char c = 'c';
  h->calls = (int)n;
  for (size_t i = 0; i < n; i++) {
    copy(h->call[i].id, sizeof h->call[i].id, v[i].message_id);
    copy(h->call[i].to, sizeof h->call[i].to, v[i].to.address);
    copy(h->call[i].text, sizeof h->call[i].text, v[i].text);
  }
  if (write(sim_ask_fd, &c, 1) != 1 || read(sim_answer_fd, &c, 1) != 1) _exit(STATUS_KILLED);
  h->wall_ns += h->took_ns;
  h->steady_ns += h->took_ns;
  if (h->death == DEATH_BEFORE || h->death == DEATH_DURING) _exit(STATUS_KILLED);
  for (size_t i = 0; i < n; i++) reports[i] = h->call[i].report;
}

static void mail_send(mail_session *s, const email *v, size_t n, mail_report *reports, arena *scratch) {
  (void)s;
  (void)scratch;
  if (n == 0 || n > TOGETHER_MAX) abort(); /* more than the policy says */
  hand_over(v, n, reports);
}

const struct world_net sim_net = {.mail_open = mail_open, .mail_send = mail_send, .mail_close = mail_close};

world *sim_world_posix(void) {
  static world w;
  w = *world_posix();
  w.now_ns = now_ns;
  w.monotonic_ns = monotonic_ns;
  w.sleep_ns = sleep_ns;
  w.env = env;
  w.random = random_bytes;
  w.write_file = write_file;
  w.append_file = append_file;
  w.move_file = move_file;
  w.remove_file = remove_file;
  w.print = print;
  w.is_terminal = is_terminal;
  w.terminal_columns = terminal_columns;
  w.log = log_line;
  w.asked = asked;
  w.net = &sim_net;
  return &w;
}

int sim_dun(int argc, char **argv) { return dun_main(argc, argv); }
