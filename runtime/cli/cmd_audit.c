/* dun audit: the log of what was done, checked where it is or written out for somebody else to check. */
#include "commands.h"
#include "runtime/hash.h"
#include "runtime/store/audit.h"
#include "session.h"

static int store_said(session *s) { return session_complain(s, EXIT_WORLD, slice_of(store_why(s->s)->text)); }

static int fine(session *s, int64_t entries, slice head) {
  SAY_COUNT(s, WORLD_STDOUT, AUDIT_FINE, (uint64_t)entries, head);
  return EXIT_FINE;
}

static int broken(session *s, int64_t at) {
  return COMPLAIN(s, EXIT_FINDINGS, AUDIT_BROKEN, texts_number(s->perm, (uint64_t)at),
                  texts_number(s->perm, (uint64_t)at - 1));
}

static int verify_file(session *s, slice path) {
  slice file;
  int64_t entries, wrong;
  char head[STORE_HASH_BYTES * 2 + 1];
  world_code code = s->w->read_file(s->w, path.p, s->perm, &file);
  if (code != WORLD_OK) return COMPLAIN(s, EXIT_WORLD, CANNOT_READ, path, texts_world(s->lang, s->perm, code));
  if (audit_verify_file(file, &entries, &wrong, head)) return fine(s, entries, slice_of(head));
  return COMPLAIN(s, EXIT_FINDINGS, AUDIT_FILE_BROKEN, texts_number(s->perm, (uint64_t)wrong), path);
}

static int export(session *s, text *log) {
  int64_t at;
  if (audit_export(s->s, log, &at) != STORE_OK) return store_said(s);
  return at ? broken(s, at) : EXIT_FINE;
}

/* The export's own last line has the head: what is written out is what was checked. */
static int verify_store(session *s) {
  text log = text_new(s->perm);
  int64_t entries, wrong;
  char head[STORE_HASH_BYTES * 2 + 1];
  int status = session_open(s);
  if (status == EXIT_FINE) status = export(s, &log);
  if (status != EXIT_FINE) return status;
  (void)audit_verify_file(text_slice(&log), &entries, &wrong, head);
  return fine(s, entries, slice_of(head));
}

static int write_out(session *s, slice path) {
  text log = text_new(s->perm);
  int status = session_open(s);
  if (status == EXIT_FINE) status = export(s, &log);
  if (status != EXIT_FINE) return status;
  world_code code =
      path.n ? s->w->write_file(s->w, path.p, text_slice(&log)) : s->w->print(s->w, WORLD_STDOUT, text_slice(&log));
  if (code == WORLD_OK || code == WORLD_CLOSED) return EXIT_FINE;
  return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE, path.n ? path : SLICE("-"), texts_world(s->lang, s->perm, code));
}

int cmd_audit(const args *a, world *w) {
  session s = {.w = w, .a = a, .perm = a->perm, .lang = a->lang};
  slice path = a->word_count > 1 ? a->word[1] : (slice){0};
  int status;
  if (slice_eq(a->word[0], SLICE("verify")))
    status = path.n ? verify_file(&s, path) : verify_store(&s);
  else if (slice_eq(a->word[0], SLICE("export")))
    status = write_out(&s, path);
  else
    status = COMPLAIN(&s, EXIT_USAGE, AUDIT_WHAT);
  session_close(&s);
  return status;
}
