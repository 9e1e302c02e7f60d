/* The keeper's look at the store: a connection that lives as long as the seed, over a file system of its own, read
 * only, which puts the file and its log together by itself. It takes no locks, recovers nothing and leaves no trace, so
 * that the processes which are looked at never notice; and SQLite's schema and statements are read once a seed.
 *
 * Invariant: a page is the one of the last commit in the log whose checksums hold from the log's beginning, else the
 * one of the file: what a process that opens the store now would read. While another one has it open, its index of the
 * log says where the last commit is: what was written and could not be synced is none. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim.h"

enum { FRAME_HEAD = 24, LOG_HEAD = 32, PAGE_LEAST = 512, PAGE_MOST = 65536 };
/* In the index of the log (-shm), in the machine's order: the last frame that a commit has ended, and which log. */
enum { INDEX_LAST = 16, INDEX_SALT = 32, INDEX_HEAD = 48 };

typedef struct later { /* of a page, in the log */
  uint32_t page, frame;
} later;

/* Of this process: a keeper looks at one store at a time. */
typedef struct view {
  char folder[64];
  int fd, log_fd;
  uint32_t page_bytes, pages, stamp;
  /* The log, as far as its commits go: it is read on from there while it is the same log. */
  uint8_t head[LOG_HEAD];
  uint32_t frames, sum[2], log_pages;
  uint32_t *frame_of; /* by page; 0: the file's */
  uint32_t frame_room;
  later *open; /* of frames that no commit has followed yet */
  size_t open_n, open_room;
} view;

static view here = {.fd = -1, .log_fd = -1};

static uint32_t big(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}
static void put_big(uint8_t *p, uint32_t v) {
  for (int i = 0; i < 4; i++) p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static bool read_at(int fd, void *to, size_t n, int64_t at) { return pread(fd, to, n, (off_t)at) == (ssize_t)n; }

/* One of the store's files; -1: there is none. */
static int open_part(const view *v, const char *part) {
  char path[160];
  snprintf(path, sizeof path, "%s/dun.db%s", v->folder, part);
  return open(path, O_RDONLY | O_CLOEXEC);
}

/* ---- the log ---- */

static void sum_up(uint32_t sum[2], const uint8_t *p, size_t n, bool is_big) {
  uint32_t a = sum[0], b = sum[1], x, y;
  for (size_t i = 0; i < n; i += 8) {
    if (is_big) {
      x = big(p + i);
      y = big(p + i + 4);
    } else {
      memcpy(&x, p + i, 4);
      memcpy(&y, p + i + 4, 4);
    }
    a += x + b;
    b += y + a;
  }
  sum[0] = a;
  sum[1] = b;
}

static void no_log(view *v) {
  memset(v->head, 0, sizeof v->head);
  if (v->frame_of) memset(v->frame_of, 0, v->frame_room * sizeof *v->frame_of);
  v->frames = v->log_pages = 0;
}

static void *grown(void *p, size_t n, size_t size) {
  p = realloc(p, n * size);
  if (!p) abort();
  return p;
}

static void keep(view *v, uint32_t page, uint32_t frame) {
  if (v->open_n == v->open_room) v->open = grown(v->open, v->open_room = v->open_room * 2 + 64, sizeof *v->open);
  v->open[v->open_n++] = (later){page, frame};
}

static void commit(view *v) {
  for (size_t i = 0; i < v->open_n; i++) {
    uint32_t page = v->open[i].page;
    if (page >= v->frame_room) {
      uint32_t room = page * 2 + 64;
      v->frame_of = grown(v->frame_of, room, sizeof *v->frame_of);
      memset(v->frame_of + v->frame_room, 0, (room - v->frame_room) * sizeof *v->frame_of);
      v->frame_room = room;
    }
    v->frame_of[page] = v->open[i].frame;
  }
  v->open_n = 0;
}

/* The log's head says how its frames are summed up; false: there is no log to read. */
static bool begin_log(view *v) {
  uint8_t head[LOG_HEAD];
  bool there = v->log_fd >= 0 && read_at(v->log_fd, head, sizeof head, 0) && (big(head) & ~1u) == 0x377f0682;
  if (there && memcmp(head, v->head, sizeof head) == 0) return true;
  no_log(v);
  if (!there) return false;
  uint32_t sum[2] = {0, 0};
  sum_up(sum, head, 24, big(head) & 1);
  if (sum[0] != big(head + 24) || sum[1] != big(head + 28)) return false;
  memcpy(v->head, head, sizeof head);
  memcpy(v->sum, sum, sizeof sum);
  return true;
}

/* The frames that count while somebody has the store open. */
static uint32_t frames_indexed(const view *v) {
  uint8_t head[INDEX_HEAD];
  uint32_t last = 0;
  int fd = open_part(v, "-shm");
  bool there = fd >= 0 && read_at(fd, head, sizeof head, 0);
  if (fd >= 0) close(fd);
  if (!there || memcmp(head + INDEX_SALT, v->head + 16, 8) != 0) return 0;
  memcpy(&last, head + INDEX_LAST, sizeof last);
  return last;
}

static void read_log(view *v, bool in_use) {
  static uint8_t frame[FRAME_HEAD + PAGE_MOST];
  v->open_n = 0;
  if (!begin_log(v)) return;
  uint32_t most = in_use ? frames_indexed(v) : UINT32_MAX;
  if (most < v->frames) {
    no_log(v);
    if (!begin_log(v)) return;
  }
  uint32_t bytes = big(v->head + 8), sum[2] = {v->sum[0], v->sum[1]}, at = v->frames;
  if (bytes < PAGE_LEAST || bytes > PAGE_MOST) return;
  v->page_bytes = bytes;
  for (; at < most; at++) {
    if (!read_at(v->log_fd, frame, FRAME_HEAD + bytes, LOG_HEAD + (int64_t)at * (FRAME_HEAD + bytes))) return;
    if (memcmp(frame + 8, v->head + 16, 8) != 0) return; /* of an older log */
    sum_up(sum, frame, 8, big(v->head) & 1);
    sum_up(sum, frame + FRAME_HEAD, bytes, big(v->head) & 1);
    if (sum[0] != big(frame + 16) || sum[1] != big(frame + 20)) return;
    keep(v, big(frame), at + 1);
    if (!big(frame + 4)) continue;
    commit(v);
    v->log_pages = big(frame + 4);
    v->frames = at + 1;
    memcpy(v->sum, sum, sizeof sum);
  }
}

/* ---- now ---- */

static void let_go(view *v) {
  if (v->fd >= 0) close(v->fd);
  if (v->log_fd >= 0) close(v->log_fd);
  v->fd = v->log_fd = -1;
}

/* False: there is no store, or one that the next process puts right before anybody can read it. */
static bool look(view *v, bool in_use) {
  struct stat st;
  let_go(v);
  int journal = open_part(v, "-journal");
  bool half_done = journal >= 0 && (fstat(journal, &st) != 0 || st.st_size > 0);
  if (journal >= 0) close(journal);
  if (half_done) return false;
  v->fd = open_part(v, "");
  v->log_fd = open_part(v, "-wal");
  if (v->fd < 0 || fstat(v->fd, &st) != 0) return false;
  uint8_t head[100];
  v->page_bytes = 0;
  if (read_at(v->fd, head, sizeof head, 0)) {
    v->page_bytes = (uint32_t)head[16] << 8 | head[17];
    if (v->page_bytes == 1) v->page_bytes = PAGE_MOST;
  }
  read_log(v, in_use);
  if (v->page_bytes < PAGE_LEAST) return false;
  v->pages = v->frames ? v->log_pages : (uint32_t)((uint64_t)st.st_size / v->page_bytes);
  v->stamp++;
  return v->pages > 0;
}

/* ---- as SQLite sees it ---- */

static int view_close(sqlite3_file *f) {
  (void)f;
  return SQLITE_OK;
}
/* What says that pages are to be read anew, how many there are, and that no log is to be looked for. */
static void stamp(const view *v, uint8_t *page) {
  page[18] = page[19] = 1;
  put_big(page + 24, v->stamp);
  put_big(page + 28, v->pages);
  put_big(page + 92, v->stamp);
}

static int view_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at) {
  (void)f;
  const view *v = &here;
  uint32_t page = (uint32_t)(at / v->page_bytes) + 1, from = (uint32_t)(at % v->page_bytes);
  uint32_t frame = page < v->frame_room && v->frame_of ? v->frame_of[page] : 0;
  memset(to, 0, (size_t)n);
  if (page > v->pages) return SQLITE_IOERR_SHORT_READ;
  uint8_t first[100];
  int64_t base =
      frame ? LOG_HEAD + (int64_t)(frame - 1) * (FRAME_HEAD + v->page_bytes) + FRAME_HEAD : at - (int64_t)from;
  int fd = frame ? v->log_fd : v->fd;
  if (!read_at(fd, to, (size_t)n, base + from)) return SQLITE_IOERR_SHORT_READ;
  if (page > 1 || from >= sizeof first) return SQLITE_OK;
  if (!read_at(fd, first, sizeof first, base)) return SQLITE_IOERR_READ;
  stamp(v, first);
  size_t rest = sizeof first - from;
  memcpy(to, first + from, rest < (size_t)n ? rest : (size_t)n);
  return SQLITE_OK;
}
static int view_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at) {
  (void)f;
  (void)p;
  (void)n;
  (void)at;
  return SQLITE_READONLY;
}
static int view_number(sqlite3_file *f, sqlite3_int64 n) {
  (void)f;
  (void)n;
  return SQLITE_READONLY;
}
static int view_size(sqlite3_file *f, sqlite3_int64 *size) {
  (void)f;
  *size = (sqlite3_int64)here.pages * here.page_bytes;
  return SQLITE_OK;
}
/* Nobody else runs while the keeper looks. */
static int view_lock(sqlite3_file *f, int how) {
  (void)f;
  (void)how;
  return SQLITE_OK;
}
static int view_reserved(sqlite3_file *f, int *out) {
  (void)f;
  *out = 0;
  return SQLITE_OK;
}
static int view_control(sqlite3_file *f, int op, void *arg) {
  (void)f;
  (void)op;
  (void)arg;
  return SQLITE_NOTFOUND;
}
static int view_nothing(sqlite3_file *f) {
  (void)f;
  return 0;
}

static const sqlite3_io_methods METHODS = {.iVersion = 1,
                                           .xClose = view_close,
                                           .xRead = view_read,
                                           .xWrite = view_write,
                                           .xTruncate = view_number,
                                           .xSync = view_lock,
                                           .xFileSize = view_size,
                                           .xLock = view_lock,
                                           .xUnlock = view_lock,
                                           .xCheckReservedLock = view_reserved,
                                           .xFileControl = view_control,
                                           .xSectorSize = view_nothing,
                                           .xDeviceCharacteristics = view_nothing};

static int view_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out) {
  (void)v;
  (void)name;
  f->pMethods = flags & SQLITE_OPEN_MAIN_DB ? &METHODS : NULL;
  if (out) *out = flags;
  return f->pMethods ? SQLITE_OK : SQLITE_CANTOPEN;
}
static int view_access(sqlite3_vfs *v, const char *name, int flags, int *out) {
  (void)v;
  (void)name;
  (void)flags;
  *out = 0; /* no log, no journal */
  return SQLITE_OK;
}
static int view_path(sqlite3_vfs *v, const char *name, int n, char *out) {
  (void)v;
  snprintf(out, (size_t)n, "%s", name);
  return SQLITE_OK;
}

static const char *view_vfs(void) {
  static sqlite3_vfs vfs;
  if (vfs.zName) return vfs.zName;
  sqlite3_vfs *real = sqlite3_vfs_find(NULL);
  if (!real) abort();
  vfs = *real;
  vfs.iVersion = 1;
  vfs.szOsFile = (int)sizeof(sqlite3_file);
  vfs.pNext = NULL;
  vfs.zName = "view";
  vfs.xOpen = view_open;
  vfs.xAccess = view_access;
  vfs.xFullPathname = view_path;
  if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) abort();
  return vfs.zName;
}

/* ---- for the checks ---- */

void sim_forget_store(sim *s) {
  for (size_t i = 0; i < ASKED_MAX; i++) {
    sqlite3_finalize(s->asked[i]);
    s->asked[i] = NULL;
  }
  if (s->db) sqlite3_close(s->db);
  s->db = NULL;
  s->store_seen = false;
  let_go(&here);
  no_log(&here);
}

void sim_close_store(sim *s) { s->store_seen = false; }

bool sim_open_store(sim *s) {
  if (s->store_seen) return true;
  view *v = &here;
  snprintf(v->folder, sizeof v->folder, "%s", s->folder);
  if (!look(v, s->depth > 0 || sim_serves(s))) return false;
  if (!s->db && sqlite3_open_v2("store", &s->db, SQLITE_OPEN_READONLY, view_vfs()) != SQLITE_OK) {
    sim_forget_store(s);
    return false;
  }
  return s->store_seen = true;
}

/* A statement whose answer is taken is reset: else the pages of now would be those of tomorrow. */
sqlite3_stmt *sim_ask(sim *s, const char *sql) {
  if (!sim_open_store(s)) return NULL;
  for (size_t i = 0; i < ASKED_MAX; i++)
    if (s->asked[i] && strcmp(sqlite3_sql(s->asked[i]), sql) == 0) {
      sqlite3_clear_bindings(s->asked[i]);
      return s->asked[i];
    }
  sqlite3_stmt **q = &s->asked[s->asked_next % ASKED_MAX];
  sqlite3_finalize(*q);
  *q = NULL;
  if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, q, NULL) != SQLITE_OK) return NULL;
  s->asked_next++;
  return *q;
}
