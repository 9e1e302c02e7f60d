/* The file system of a child: SQLite's own, with every write and sync counted, and one of them going wrong.
 *
 * Power that goes takes with it what was written and not synced: what stood there before is kept until the sync, and
 * put back. Half a write is done where the fault says `torn`. */
#include <unistd.h>

#include "sim.h"

typedef struct shim_file {
  sqlite3_file base; /* first: what SQLite sees */
  sqlite3_file *real;
  struct shim_file *next;
  bool kept; /* what is written to it is undone by a power cut */
} shim_file;

/* What stood where something was written. */
typedef struct before {
  struct before *next;
  shim_file *file;
  sqlite3_int64 at, size;
  int n;
  unsigned char bytes[];
} before;

static sqlite3_vfs *real_vfs;
static before *undo; /* the newest first */

static sqlite3_file *real(sqlite3_file *f) { return ((shim_file *)f)->real; }

static void forget(const shim_file *file) {
  for (before **at = &undo; *at;) {
    before *b = *at;
    if (b->file != file) {
      at = &b->next;
      continue;
    }
    *at = b->next;
    free(b);
  }
}

static void remember(shim_file *file, sqlite3_int64 at, int n) {
  sqlite3_int64 size = 0;
  if (!file->kept || sim_shared->fault.kind != FAULT_POWER) return;
  if (file->real->pMethods->xFileSize(file->real, &size) != SQLITE_OK) return;
  int old = at >= size ? 0 : size - at < n ? (int)(size - at) : n;
  before *b = malloc(sizeof *b + (size_t)old);
  if (!b) abort();
  *b = (before){undo, file, at, size, old};
  if (old && file->real->pMethods->xRead(file->real, b->bytes, old, at) != SQLITE_OK) abort();
  undo = b;
}

static void lose_power(void) {
  for (before *b = undo; b; b = b->next) {
    const sqlite3_io_methods *m = b->file->real->pMethods;
    sqlite3_int64 size;
    if (b->n) (void)m->xWrite(b->file->real, b->bytes, b->n, b->at);
    if (m->xFileSize(b->file->real, &size) == SQLITE_OK && size > b->size) (void)m->xTruncate(b->file->real, b->size);
  }
}

bool sim_vfs_unsynced(void) { return undo != NULL; }

static bool due(void) {
  shared *h = sim_shared;
  h->writes++;
  bool again = h->fault.kind == FAULT_FULL;
  return h->fault.kind != FAULT_NONE && (h->writes == h->fault.at || (again && h->writes > h->fault.at));
}

/* What happens at this write; SQLITE_OK: nothing. */
static int strike(int full, int io) {
  if (!due()) return SQLITE_OK;
  sim_shared->fired = true;
  switch (sim_shared->fault.kind) {
  case FAULT_POWER:
    if (sim_shared->may_lose_power) lose_power();
    _exit(STATUS_KILLED);
  case FAULT_KILL: _exit(STATUS_KILLED);
  case FAULT_FULL: return full;
  case FAULT_IO: return io;
  case FAULT_NONE:
  case FAULT_KIND_COUNT: break;
  }
  return SQLITE_OK;
}

world_code sim_write_counted(void) {
  int rc = strike(SQLITE_FULL, SQLITE_IOERR);
  return rc == SQLITE_OK ? WORLD_OK : rc == SQLITE_FULL ? WORLD_NO_SPACE : WORLD_IO;
}

/* ---- a file ---- */

static int shim_close(sqlite3_file *f) {
  forget((shim_file *)f);
  int rc = real(f)->pMethods ? real(f)->pMethods->xClose(real(f)) : SQLITE_OK;
  return rc;
}
static int shim_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at) {
  return real(f)->pMethods->xRead(real(f), p, n, at);
}
static int shim_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at) {
  const shared *h = sim_shared;
  bool dies = h->fault.kind == FAULT_KILL && h->writes + 1 == h->fault.at && h->fault.torn;
  if (dies && n > 1) (void)real(f)->pMethods->xWrite(real(f), p, n / 2, at);
  int rc = strike(SQLITE_FULL, SQLITE_IOERR_WRITE);
  if (rc != SQLITE_OK) return rc;
  remember((shim_file *)f, at, n);
  return real(f)->pMethods->xWrite(real(f), p, n, at);
}
static int shim_truncate(sqlite3_file *f, sqlite3_int64 size) {
  sqlite3_int64 was = 0;
  int rc = strike(SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_TRUNCATE);
  if (rc != SQLITE_OK) return rc;
  if (real(f)->pMethods->xFileSize(real(f), &was) == SQLITE_OK && was > size)
    remember((shim_file *)f, size, (int)(was - size));
  return real(f)->pMethods->xTruncate(real(f), size);
}
static int shim_sync(sqlite3_file *f, int flags) {
  int rc = strike(SQLITE_IOERR_FSYNC, SQLITE_IOERR_FSYNC);
  if (rc != SQLITE_OK) return rc;
  forget((shim_file *)f);
  (void)flags; /* on memory: there is nothing to wait for */
  return SQLITE_OK;
}
static int shim_size(sqlite3_file *f, sqlite3_int64 *size) { return real(f)->pMethods->xFileSize(real(f), size); }
static int shim_lock(sqlite3_file *f, int how) { return real(f)->pMethods->xLock(real(f), how); }
static int shim_unlock(sqlite3_file *f, int how) { return real(f)->pMethods->xUnlock(real(f), how); }
static int shim_reserved(sqlite3_file *f, int *out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); }
static int shim_control(sqlite3_file *f, int op, void *arg) {
  return real(f)->pMethods->xFileControl(real(f), op, arg);
}
static int shim_sector(sqlite3_file *f) { return real(f)->pMethods->xSectorSize(real(f)); }
static int shim_device(sqlite3_file *f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }
static int shim_shm_map(sqlite3_file *f, int page, int n, int extend, void volatile **p) {
  return real(f)->pMethods->xShmMap(real(f), page, n, extend, p);
}
static int shim_shm_lock(sqlite3_file *f, int at, int n, int flags) {
  return real(f)->pMethods->xShmLock(real(f), at, n, flags);
}
static void shim_shm_barrier(sqlite3_file *f) { real(f)->pMethods->xShmBarrier(real(f)); }
static int shim_shm_unmap(sqlite3_file *f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); }

static const sqlite3_io_methods METHODS = {.iVersion = 2,
                                           .xClose = shim_close,
                                           .xRead = shim_read,
                                           .xWrite = shim_write,
                                           .xTruncate = shim_truncate,
                                           .xSync = shim_sync,
                                           .xFileSize = shim_size,
                                           .xLock = shim_lock,
                                           .xUnlock = shim_unlock,
                                           .xCheckReservedLock = shim_reserved,
                                           .xFileControl = shim_control,
                                           .xSectorSize = shim_sector,
                                           .xDeviceCharacteristics = shim_device,
                                           .xShmMap = shim_shm_map,
                                           .xShmLock = shim_shm_lock,
                                           .xShmBarrier = shim_shm_barrier,
                                           .xShmUnmap = shim_shm_unmap};

/* ---- the system ---- */

static int shim_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out) {
  (void)v;
  shim_file *s = (shim_file *)f;
  *s = (shim_file){.real = (sqlite3_file *)(s + 1)};
  s->kept = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  int rc = real_vfs->xOpen(real_vfs, name, s->real, flags, out);
  s->base.pMethods = s->real->pMethods ? &METHODS : NULL;
  return rc;
}
static int shim_delete(sqlite3_vfs *v, const char *name, int sync) {
  (void)v;
  (void)sync;
  int rc = strike(SQLITE_IOERR_DELETE, SQLITE_IOERR_DELETE);
  return rc == SQLITE_OK ? real_vfs->xDelete(real_vfs, name, 0) : rc;
}
static int shim_access(sqlite3_vfs *v, const char *name, int flags, int *out) {
  (void)v;
  return real_vfs->xAccess(real_vfs, name, flags, out);
}
static int shim_path(sqlite3_vfs *v, const char *name, int n, char *out) {
  (void)v;
  return real_vfs->xFullPathname(real_vfs, name, n, out);
}
static int shim_random(sqlite3_vfs *v, int n, char *out) {
  (void)v;
  for (int i = 0; i < n; i++) out[i] = (char)(sim_next(&sim_shared->random) >> 56);
  return n;
}
/* Nobody else runs while this one waits. */
static int shim_sleep(sqlite3_vfs *v, int us) {
  (void)v;
  return us;
}
static int shim_time(sqlite3_vfs *v, sqlite3_int64 *out) {
  (void)v;
  *out = 210866760000000 + sim_shared->wall_ns / 1000000;
  return SQLITE_OK;
}
static int shim_error(sqlite3_vfs *v, int n, char *out) {
  (void)v;
  return real_vfs->xGetLastError ? real_vfs->xGetLastError(real_vfs, n, out) : 0;
}

void sim_vfs_register(void) {
  static sqlite3_vfs shim;
  real_vfs = sqlite3_vfs_find(NULL);
  if (!real_vfs) abort();
  shim = (sqlite3_vfs){.iVersion = 2,
                       .szOsFile = (int)sizeof(shim_file) + real_vfs->szOsFile,
                       .mxPathname = real_vfs->mxPathname,
                       .zName = "sim",
                       .xOpen = shim_open,
                       .xDelete = shim_delete,
                       .xAccess = shim_access,
                       .xFullPathname = shim_path,
                       .xRandomness = shim_random,
                       .xSleep = shim_sleep,
                       .xGetLastError = shim_error,
                       .xCurrentTimeInt64 = shim_time};
  if (sqlite3_vfs_register(&shim, 1) != SQLITE_OK) abort();
}
