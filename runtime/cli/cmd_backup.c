/* dun backup and dun restore: copies of the store, and back. A copy is checked as it is made; a store that is put back
 * starts held, because it lacks what was sent since. */
#include <stdio.h>
#include <time.h>

#include "commands.h"
#include "runtime/store/audit.h"
#include "runtime/store/backup.h"
#include "session.h"

/* What the copy holds, found in the copy itself. */
static int say_copy(session *s, slice path) {
  store *copy;
  store_error why;
  bool sound = false;
  char what[640] = "";
  int64_t entries = 0, wrong, at = 0;
  char head[STORE_HASH_BYTES * 2 + 1] = "";
  if (store_open_to_read(s->w, path.p, &copy, &why) != STORE_OK)
    return session_complain(s, EXIT_WORLD, slice_of(why.text));
  text log = text_new(s->perm);
  store_code code = store_sound(copy, &sound, what, sizeof what);
  if (code == STORE_OK) code = audit_export(copy, &log, &at);
  if (code != STORE_OK) snprintf(what, sizeof what, "%s", store_why(copy)->text);
  store_close(copy);
  if (code != STORE_OK || !sound) return COMPLAIN(s, EXIT_FINDINGS, BACKUP_BROKEN, path, slice_of(what));
  if (at)
    return COMPLAIN(s, EXIT_FINDINGS, AUDIT_BROKEN, texts_number(s->perm, (uint64_t)at),
                    texts_number(s->perm, (uint64_t)at - 1));
  (void)audit_verify_file(text_slice(&log), &entries, &wrong, head);
  SAY(s, WORLD_STDOUT, BACKED_UP, path, texts_number(s->perm, (uint64_t)entries), slice_of(head));
  return EXIT_FINE;
}

int cmd_backup(const args *a, world *w) {
  session s = {.w = w, .a = a, .perm = a->perm, .lang = a->lang};
  int status = session_open(&s);
  if (status == EXIT_FINE && store_backup(s.s, a->word[0].p) != STORE_OK)
    status = session_complain(&s, EXIT_WORLD, slice_of(store_why(s.s)->text));
  session_close(&s);
  return status == EXIT_FINE ? say_copy(&s, a->word[0]) : status;
}

/* "dun.db.before-2026-11-22T021533" */
static const char *kept_name(session *s, const char *path) {
  time_t now = (time_t)(s->w->now_ns(s->w) / 1000000000);
  struct tm t;
  char when[40];
  gmtime_r(&now, &t);
  strftime(when, sizeof when, "%Y-%m-%dT%H%M%S", &t);
  return arena_printf(s->perm, "%s.before-%s", path, when).p;
}

static int note_restore(session *s, const char *url) {
  store *now;
  store_error why;
  if (store_open(s->w, url, &now, &why) != STORE_OK) return session_complain(s, EXIT_WORLD, slice_of(why.text));
  const store_event e = {SLICE("restore"), SLICE("dun restore"), SLICE("store"), SLICE("{}")};
  if (s->w->login) store_login_set(now, s->w->login(s->w));
  store_code code = store_audit_append(now, &e);
  if (code != STORE_OK) (void)session_complain(s, EXIT_WORLD, slice_of(store_why(now)->text));
  store_close(now);
  return code == STORE_OK ? EXIT_FINE : EXIT_WORLD;
}

int cmd_restore(const args *a, world *w) {
  session s = {.w = w, .a = a, .perm = a->perm, .lang = a->lang};
  const char *url = session_store_url(a), *path = store_path(url);
  store_error why = {0};
  const char *kept = kept_name(&s, path ? path : "");
  if (store_restore(w, a->word[0].p, url, kept, &why) != STORE_OK)
    return session_complain(&s, EXIT_WORLD, slice_of(why.text));
  int status = note_restore(&s, url);
  if (status != EXIT_FINE) return status;
  world_file *f;
  bool was = w->open_file(w, kept, &f) == WORLD_OK;
  if (was) {
    w->close_file(w, f);
    SAY(&s, WORLD_STDOUT, RESTORED, a->word[0], slice_of(path), slice_of(kept));
  } else {
    SAY(&s, WORLD_STDOUT, RESTORED_NEW, a->word[0], slice_of(path));
  }
  SAY(&s, WORLD_STDOUT, RESTORED_HELD);
  return EXIT_FINE;
}
