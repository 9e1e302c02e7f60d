/* dun pause and dun resume: what leaves and what does not, from the next message on. */
#include "commands.h"
#include "held.h"
#include "runtime/outbox/approve.h"
#include "runtime/store/backup.h"
#include "runtime/store/pause.h"

static int store_said(session *s) { return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text); }

typedef struct paused {
  pause_scope scope;
  slice name;
} paused;

/* A misspelt customer would be a pause that holds nothing. */
static int known_customer(session *s, slice id) {
  const slice columns[] = {SLICE("id")};
  store_cursor *c;
  store_code code = store_row(s->s, STORE_T_customer, "id", id, columns, 1, &c);
  store_cursor_close(c);
  if (code == STORE_ROW) return EXIT_FINE;
  return code == STORE_END ? COMPLAIN(s, EXIT_USAGE, NO_SUCH_CUSTOMER, id) : store_said(s);
}

static int read_words(session *s, paused *what) {
  const args *a = s->a;
  *what = (paused){PAUSE_all, {0}};
  if (a->word_count == 0) return EXIT_FINE;
  if (!pause_scope_find(a->word[0], &what->scope)) return COMPLAIN(s, EXIT_USAGE, PAUSE_WHAT);
  if ((what->scope == PAUSE_all) != (a->word_count == 1)) return COMPLAIN(s, EXIT_USAGE, PAUSE_WHAT);
  if (what->scope == PAUSE_all) return EXIT_FINE;
  what->name = a->word[1];
  if (what->scope != PAUSE_channel) return EXIT_FINE;
  if (outlet_named(what->name) != OUTLET_COUNT) return EXIT_FINE;
  return COMPLAIN(s, EXIT_USAGE, NO_SUCH_CHANNEL, what->name);
}

static int begin(session *s, const args *a, world *w, paused *what, slice *who) {
  *s = (session){.w = w, .a = a, .perm = a->perm, .lang = a->lang};
  int status = session_open(s);
  if (status == EXIT_FINE) status = held_language(s);
  if (status == EXIT_FINE) status = read_words(s, what);
  if (status == EXIT_FINE) status = held_who(s, who);
  return status;
}

static int finish(session *s, store_code code) {
  if (code == STORE_OK) code = store_commit(s->s);
  if (code == STORE_OK) return EXIT_FINE;
  int status = store_said(s);
  store_rollback(s->s);
  return status;
}

int cmd_pause(const args *a, world *w) {
  session s;
  paused what;
  slice who, reason = a->value[ARG_reason].given ? a->value[ARG_reason].text : (slice){0};
  bool is_new = false;
  uint32_t count;
  int status = begin(&s, a, w, &what, &who);
  if (status == EXIT_FINE && what.scope == PAUSE_customer) status = known_customer(&s, what.name);
  if (status == EXIT_FINE) {
    store_code code = store_begin(s.s);
    if (code == STORE_OK) code = store_pause_put(s.s, what.scope, what.name, who, reason, &is_new);
    status = finish(&s, code);
  }
  if (status == EXIT_FINE && !is_new) SAY(&s, WORLD_STDOUT, PAUSED_ALREADY);
  if (status == EXIT_FINE) status = held_pauses(&s, WORLD_STDOUT, &count);
  session_close(&s);
  return status;
}

int cmd_resume(const args *a, world *w) {
  session s;
  paused what;
  slice who;
  int64_t ended = 0, stepped = 0;
  uint32_t left = 0;
  int status = begin(&s, a, w, &what, &who);
  if (status == EXIT_FINE) {
    store_code code = store_begin(s.s);
    if (code == STORE_OK) code = outbox_resume(w, s.s, what.scope, what.name, who, &ended, &stepped);
    status = finish(&s, code);
    /* And of a pause of a store that was put back: that this one counts from now on. */
    if (status == EXIT_FINE && what.scope == PAUSE_all && lineage_mark(w, s.s, session_store_url(a)) != STORE_OK)
      status = session_complain_said(&s, EXIT_WORLD, store_why(s.s)->text);
  }
  if (status == EXIT_FINE && ended) SAY_COUNT(&s, WORLD_STDOUT, RESUMED, (uint64_t)ended);
  if (status == EXIT_FINE && stepped) SAY(&s, WORLD_STDOUT, RESUMED_BY_STEPS, texts_number(s.perm, (uint64_t)stepped));
  if (status == EXIT_FINE && !ended) status = COMPLAIN(&s, EXIT_FINDINGS, NOT_PAUSED);
  if (status == EXIT_FINE || !ended) {
    int listed = s.s ? held_pauses(&s, WORLD_STDOUT, &left) : EXIT_FINE;
    if (status == EXIT_FINE) status = listed;
  }
  session_close(&s);
  return status;
}
