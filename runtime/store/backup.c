/* See backup.h. The mark is a line in the file STORE.mark: the store's lineage, the number of its last audit entry and
 * that entry's hash. It may lag behind the store (a crash before it was written), never run ahead of it.
 *
 * Invariant: a store is replaced by renaming alone, after the new one was found whole. */
#include "backup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lang/base/text.h"
#include "runtime/hash.h"
#include "store_impl.h"

const char *store_path(const char *url) {
  const char *path = strncmp(url, "sqlite:", 7) == 0 ? url + 7 : url;
  return strcmp(path, ":memory:") == 0 ? NULL : path;
}

static store_code say(store_error *why, store_code code, const char *format, const char *a, const char *b) {
  why->code = code;
  snprintf(why->text, sizeof why->text, format, a, b);
  return code;
}

static bool is_there(world *w, const char *path) {
  world_file *f;
  world_code code = w->open_file(w, path, &f);
  if (code == WORLD_OK) w->close_file(w, f);
  return code != WORLD_NOT_FOUND;
}

static store_code sound(db *d, bool *yes, char *why, size_t room) {
  db_stmt *q;
  store_code code = db_prepare(d, "PRAGMA integrity_check(1)", &q);
  if (code != STORE_OK) return code;
  code = db_step(q);
  if (code == STORE_ROW) {
    slice said = db_text(q, 0);
    *yes = slice_eq(said, SLICE("ok"));
    snprintf(why, room, "%.*s", SLICE_ARG(said));
    code = STORE_OK;
  }
  db_finish(q);
  return code;
}

store_code store_sound(store *s, bool *yes, char *why, size_t room) {
  *yes = false;
  return sound(s->d, yes, why, room) == STORE_OK ? STORE_OK : store_failed(s);
}

/* ---- lineage ---- */

static const char LINEAGE_KEY[] = "lineage";

static const char *mark_path(arena *perm, const char *url) {
  const char *path = store_path(url);
  return path ? arena_printf(perm, "%s.mark", path).p : NULL;
}

/* The hash of an entry of the log, hex; STORE_END: there is no such entry. */
static store_code entry_hash(store *s, int64_t seq, char hex[HASH_HEX_MAX]) {
  db_stmt *q;
  store_code code = store_prepared(s, "SELECT hash FROM event WHERE seq = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, seq);
  code = db_step(q);
  if (code == STORE_ROW) {
    uint8_t hash[HASH_BYTES] = {0};
    slice stored = db_text(q, 0);
    memcpy(hash, stored.p, stored.n < sizeof hash ? stored.n : sizeof hash);
    hash_hex(hash, hex);
    code = STORE_OK;
  } else if (code != STORE_END) {
    code = store_failed(s);
  }
  db_reset(q);
  return code;
}

static store_code last_seq(store *s, int64_t *seq) {
  db_stmt *q;
  *seq = 0;
  store_code code = store_prepared(s, "SELECT coalesce(max(seq), 0) FROM event", &q);
  if (code != STORE_OK) return code;
  code = db_step(q);
  if (code == STORE_ROW) *seq = db_int(q, 0);
  if (code != STORE_ROW) code = store_failed(s);
  db_reset(q);
  return code == STORE_ROW ? STORE_OK : code;
}

/* Whether the store's log holds what the mark says. */
static store_code compare(store *s, slice id, slice mark, arena *scratch, lineage *out) {
  char hex[HASH_HEX_MAX], *rest, *end;
  const char *name = strtok_r(arena_copy(scratch, mark), " \n", &rest), *count = strtok_r(NULL, " \n", &rest);
  const char *hash = strtok_r(NULL, " \n", &rest);
  *out = LINEAGE_OLDER;
  if (!name || !count || !slice_eq(id, slice_of(name))) return STORE_OK;
  long long seq = strtoll(count, &end, 10);
  if (*end || seq < 0) return STORE_OK;
  if (seq == 0) {
    *out = LINEAGE_SAME;
    return STORE_OK;
  }
  store_code code = entry_hash(s, seq, hex);
  if (code == STORE_OK && hash && strcmp(hash, hex) == 0) *out = LINEAGE_SAME;
  return code == STORE_END ? STORE_OK : code;
}

store_code lineage_check(world *w, store *s, const char *url, lineage *out) {
  *out = LINEAGE_SAME;
  arena *scratch = arena_new();
  const char *path = mark_path(scratch, url);
  slice id, mark;
  store_code code = path ? store_state_get(s, slice_of(LINEAGE_KEY), scratch, &id) : STORE_OK;
  if (path && code == STORE_END) {
    *out = LINEAGE_NEW;
    code = STORE_OK;
  } else if (path && code == STORE_OK) {
    world_code read = w->read_file(w, path, scratch, &mark);
    if (read == WORLD_OK)
      code = compare(s, id, mark, scratch, out);
    else if (read == WORLD_NOT_FOUND)
      *out = LINEAGE_UNMARKED;
    else
      code = say(&s->why, STORE_IO, "%s cannot be read: %s", path, world_code_text(read));
  }
  arena_free(scratch);
  return code;
}

static store_code new_id(store *s, arena *perm, slice *id) {
  uint8_t bytes[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  if (s->w->random(s->w, bytes, sizeof bytes) != WORLD_OK)
    return say(&s->why, STORE_IO, "this machine gives no random numbers%s%s", "", "");
  hash_hex(bytes, hex);
  *id = arena_slice(perm, (slice){hex, 32});
  return STORE_OK;
}

static store_code write_mark(world *w, store *s, const char *path, slice id, int64_t seq, const char *hex,
                             arena *scratch) {
  slice row = arena_printf(scratch, "%.*s %lld %s\n", SLICE_ARG(id), (long long)seq, hex);
  world_code written = w->write_file(w, path, row);
  if (written == WORLD_OK) return STORE_OK;
  return say(&s->why, STORE_IO, "%s cannot be written: %s", path, world_code_text(written));
}

/* The store's own id, made where it has none. With a mark (`path`), that is written first: a store that has an id and
 * no mark is one that somebody put back, and a crash here must not look like that. */
static store_code lineage_of(store *s, const char *path, arena *perm, slice *id) {
  store_code code = store_state_get(s, slice_of(LINEAGE_KEY), perm, id);
  if (code != STORE_END) return code;
  code = new_id(s, perm, id);
  if (code == STORE_OK && path) code = write_mark(s->w, s, path, *id, 0, "-", perm);
  return code == STORE_OK ? store_state_set(s, slice_of(LINEAGE_KEY), *id) : code;
}

store_code lineage_mark(world *w, store *s, const char *url) {
  arena *scratch = arena_new();
  const char *path = mark_path(scratch, url);
  slice id;
  int64_t seq = 0;
  char hex[HASH_HEX_MAX] = "-";
  store_code code = path ? lineage_of(s, path, scratch, &id) : STORE_OK;
  if (path && code == STORE_OK) code = last_seq(s, &seq);
  if (path && code == STORE_OK && seq) code = entry_hash(s, seq, hex);
  if (path && code == STORE_OK) code = write_mark(w, s, path, id, seq, hex, scratch);
  arena_free(scratch);
  return code;
}

/* ---- backup ---- */

/* A copy has a lineage of its own: put in the store's place by hand, it is told from it whatever was sent since. */
static store_code name_copy(store *s, const char *part) {
  store *copy;
  arena *scratch = arena_new();
  slice id;
  store_code code = store_open(s->w, part, &copy, &s->why);
  if (code == STORE_OK) {
    code = new_id(copy, scratch, &id);
    if (code == STORE_OK) code = store_state_set(copy, slice_of(LINEAGE_KEY), id);
    if (code == STORE_OK && db_gather(copy->d) != STORE_OK) code = store_failed(copy);
    if (code != STORE_OK) s->why = *store_why(copy);
    store_close(copy);
  }
  arena_free(scratch);
  return code;
}

store_code store_backup(store *s, const char *path) {
  arena *scratch = arena_new();
  const char *part = arena_printf(scratch, "%s.part", path).p;
  store_code code;
  if (is_there(s->w, path)) {
    code = say(&s->why, STORE_MISUSE, "%s is there already: name a new file%s", path, "");
  } else if (s->w->remove_file(s->w, part) != WORLD_OK) {
    code = say(&s->why, STORE_IO, "%s cannot be written: does its folder exist, and may this user write there?%s", path,
               "");
  } else {
    code = db_copy_to_file(s->d, part) == STORE_OK ? STORE_OK : store_failed(s);
    if (code == STORE_OK) code = name_copy(s, part);
    if (code == STORE_OK && s->w->move_file(s->w, part, path) != WORLD_OK)
      code = say(&s->why, STORE_IO, "%s cannot be written%s", path, "");
    if (code != STORE_OK && s->w->remove_file(s->w, part) != WORLD_OK) code = STORE_IO;
  }
  arena_free(scratch);
  return code;
}

/* ---- restore ---- */

/* The backup, whole and of this program's schema, at `part`. */
static store_code take_copy(world *w, const char *backup, const char *part, store_error *why) {
  db *from, *to;
  char what[200];
  bool whole = false;
  store_code code = db_open_to_read(backup, &from, why);
  if (code != STORE_OK) return code;
  code = sound(from, &whole, what, sizeof what);
  if (code != STORE_OK) db_explain(from, why);
  if (code == STORE_OK && !whole) code = say(why, STORE_CORRUPT, "%s is damaged: %s", backup, what);
  if (code == STORE_OK) code = db_open(part, &to, why);
  if (code == STORE_OK) {
    code = db_copy(from, to);
    if (code != STORE_OK) db_explain(to, why);
    db_close(to);
  }
  db_close(from);
  if (code != STORE_OK) return code;
  store *s;
  arena *scratch = arena_new();
  slice id;
  code = store_open(w, part, &s, why);
  if (code == STORE_OK) {
    code = lineage_of(s, NULL, scratch, &id);
    if (code == STORE_OK && db_gather(s->d) != STORE_OK) code = store_failed(s);
    if (code != STORE_OK) *why = *store_why(s);
    store_close(s);
  }
  arena_free(scratch);
  return code;
}

/* Nobody has the store open, and all of it is in its one file. */
static store_code set_aside(world *w, const char *path, const char *kept, store_error *why) {
  if (!is_there(w, path)) return STORE_OK;
  db *d;
  store_code code = db_open(path, &d, why);
  if (code == STORE_CORRUPT) { /* the very reason to restore: as it lies there */
    code = STORE_OK;
  } else if (code == STORE_OK) {
    code = db_gather(d);
    if (code != STORE_OK) {
      db_explain(d, why);
      if (code == STORE_LOCKED)
        say(why, code, "another process has the store %s open: end it and try again; nothing was changed%s", path, "");
    }
    db_close(d);
  }
  if (code == STORE_OK && w->move_file(w, path, kept) != WORLD_OK)
    code = say(why, STORE_IO, "%s cannot be renamed to %s; nothing was changed", path, kept);
  return code;
}

store_code store_restore(world *w, const char *backup, const char *url, const char *kept, store_error *why) {
  const char *path = store_path(url);
  if (!path) return say(why, STORE_MISUSE, "a store in memory cannot be restored%s%s", "", "");
  if (!is_there(w, backup)) return say(why, STORE_IO, "there is no backup %s%s", backup, "");
  arena *scratch = arena_new();
  const char *part = arena_printf(scratch, "%s.part", path).p, *mark = mark_path(scratch, url);
  store_code code =
      w->remove_file(w, part) == WORLD_OK ? STORE_OK : say(why, STORE_IO, "%s cannot be written%s", part, "");
  if (code == STORE_OK) code = take_copy(w, backup, part, why);
  if (code == STORE_OK) code = set_aside(w, path, kept, why);
  /* Without a mark, whatever it lacks: the next run holds until a person has looked. */
  if (code == STORE_OK && w->remove_file(w, mark) != WORLD_OK)
    code = say(why, STORE_IO, "%s cannot be removed: remove it and rename %s", mark, part);
  if (code == STORE_OK && w->move_file(w, part, path) != WORLD_OK)
    code = say(why, STORE_IO, "%s cannot be put in its place: it is whole; rename it to %s", part, path);
  if (code != STORE_OK && code != STORE_IO && w->remove_file(w, part) != WORLD_OK) code = STORE_IO;
  arena_free(scratch);
  return code;
}
