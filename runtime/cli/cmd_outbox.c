/* dun outbox: the messages that are not through, and what a person does about one. */
#include "commands.h"
#include "held.h"
#include "lang/base/text.h"
#include "outbox_show.h"
#include "runtime/outbox/documents.h"
#include "runtime/outbox/human.h"
#include "session.h"

static int store_said(session *s) { return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text); }

/* ---- list ---- */

/* Those that need a person come first. */
static const action_state OPEN[] = {ACTION_unknown,  ACTION_dead,    ACTION_held,   ACTION_approved, ACTION_planned,
                                    ACTION_deferred, ACTION_sending, ACTION_leased, ACTION_ready};

static bool needs_person(action_state st) { return st == ACTION_unknown || st == ACTION_dead; }

static slice state_names(arena *perm) {
  text t = text_new(perm);
  for (int i = 0; i < ACTION_STATE_COUNT; i++)
    text_printf(&t, "%s%s", i ? ", " : "", action_state_name((action_state)i));
  return text_slice(&t);
}

/* Which states are asked for, in the order in which they are listed. */
static int states_of(session *s, action_state to[ACTION_STATE_COUNT], size_t *n) {
  const arg_value *given = &s->a->value[ARG_state];
  *n = 0;
  if (!given->given) {
    for (size_t i = 0; i < sizeof OPEN / sizeof *OPEN; i++) to[(*n)++] = OPEN[i];
    return EXIT_FINE;
  }
  if (slice_eq(given->text, SLICE("all"))) {
    for (int i = 0; i < ACTION_STATE_COUNT; i++) to[(*n)++] = (action_state)i;
    return EXIT_FINE;
  }
  if (action_state_find(given->text, &to[0])) {
    *n = 1;
    return EXIT_FINE;
  }
  return COMPLAIN(s, EXIT_USAGE, OUTBOX_NO_STATE, given->text, state_names(s->perm));
}

/* Nothing is of the states that were asked for. */
static slice nothing(session *s) {
  const arg_value *given = &s->a->value[ARG_state];
  if (!given->given) return TEXTS(s->lang, s->perm, OUTBOX_THROUGH);
  if (slice_eq(given->text, SLICE("all"))) return TEXTS(s->lang, s->perm, OUTBOX_NONE_YET);
  return TEXTS(s->lang, s->perm, OUTBOX_NONE_IN_STATE, texts_said(s->lang, s->perm, given->text));
}

static int list(session *s) {
  action_state states[ACTION_STATE_COUNT];
  size_t n;
  uint64_t rows = 0, people = 0;
  int status = states_of(s, states, &n);
  if (status != EXIT_FINE) return status;
  out_column columns[OUTBOX_COLUMNS];
  outbox_columns(s, columns);
  out *table = out_begin(s->w, s->a->format, columns, OUTBOX_COLUMNS);
  out_if_empty(table, nothing(s));
  store_code code = STORE_OK;
  for (size_t i = 0; i < n && code == STORE_OK; i++) {
    uint64_t before = rows;
    code = outbox_rows(s, table, states[i], &rows);
    if (needs_person(states[i])) people += rows - before;
  }
  world_code why;
  bool written = out_end(table, &why) || why == WORLD_CLOSED;
  if (code != STORE_OK) return store_said(s);
  if (!written) return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s->lang, s->perm, why));
  if (rows && s->a->format == OUT_table && !s->a->value[ARG_quiet].given)
    SAY_COUNT(s, WORLD_STDERR, OUTBOX_COUNT, rows, texts_number(s->perm, people));
  return people && s->a->value[ARG_exit_code].given ? EXIT_FINDINGS : EXIT_FINE;
}

/* ---- one ---- */

static int id_of(session *s, int64_t *id) {
  slice word = s->a->word[1];
  *id = 0;
  for (size_t i = 0; i < word.n && word.n <= 18; i++) {
    if (word.p[i] < '0' || word.p[i] > '9') return COMPLAIN(s, EXIT_USAGE, OUTBOX_NO_ID, word);
    *id = *id * 10 + (word.p[i] - '0');
  }
  return *id ? EXIT_FINE : COMPLAIN(s, EXIT_USAGE, OUTBOX_NO_ID, word);
}

static int act(session *s, human_act what, int64_t id) {
  slice who;
  human_result r;
  int status = held_who(s, &who);
  if (status != EXIT_FINE) return status;
  if (outbox_human(s->s, what, id, who, s->a->value[ARG_yes].given, &r) != STORE_OK) return store_said(s);
  slice number = texts_number(s->perm, (uint64_t)r.lead);
  slice was = texts_said(s->lang, s->perm, slice_of(action_state_name(r.was)));
  slice is = texts_said(s->lang, s->perm, slice_of(action_state_name(r.is)));
  switch (r.answer) {
  case HUMAN_NOT_THERE: return COMPLAIN(s, EXIT_USAGE, OUTBOX_NO_ID, s->a->word[1]);
  case HUMAN_NO_MESSAGE: return COMPLAIN(s, EXIT_FINDINGS, OUTBOX_NO_MESSAGE, number);
  case HUMAN_NOT_SO: return COMPLAIN(s, EXIT_FINDINGS, OUTBOX_NOT_SO, number, was);
  case HUMAN_NOT_SURE: return COMPLAIN(s, EXIT_FINDINGS, OUTBOX_NOT_SURE, number);
  case HUMAN_DONE: break;
  }
  if (!s->a->value[ARG_quiet].given) SAY(s, WORLD_STDOUT, OUTBOX_DONE, number, is, was);
  return EXIT_FINE;
}

static int show(session *s, int64_t id) {
  bool there;
  store_code code;
  world_code why;
  bool written = outbox_show(s, id, &there, &code, &why);
  if (code != STORE_OK) return store_said(s);
  if (!there) return COMPLAIN(s, EXIT_USAGE, OUTBOX_NO_ID, s->a->word[1]);
  return written || why == WORLD_CLOSED
             ? EXIT_FINE
             : COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s->lang, s->perm, why));
}

/* The document that was made, into a file. */
static int save(session *s, int64_t id, slice path) {
  slice name, bytes;
  if (document_bytes(s->s, id, s->perm, &name, &bytes) != STORE_OK) return store_said(s);
  if (!bytes.n) return COMPLAIN(s, EXIT_FINDINGS, OUTBOX_NO_DOCUMENT, s->a->word[1]);
  world_code code = s->w->write_file(s->w, arena_copy(s->perm, path), bytes);
  if (code != WORLD_OK) return COMPLAIN(s, EXIT_WORLD, OUTBOX_NOT_SAVED, path, texts_world(s->lang, s->perm, code));
  if (!s->a->value[ARG_quiet].given) SAY(s, WORLD_STDOUT, OUTBOX_SAVED, name, path);
  return EXIT_FINE;
}

/* ---- the words ---- */

static int one(session *s) {
  const args *a = s->a;
  slice verb = a->word[0], how = a->word_count == 3 ? a->word[2] : (slice){0};
  int64_t id;
  bool resolve = slice_eq(verb, SLICE("resolve"));
  bool retry = slice_eq(verb, SLICE("retry")), cancel = slice_eq(verb, SLICE("cancel"));
  bool delivered = slice_eq(how, SLICE("delivered")), not_sent = slice_eq(how, SLICE("not-sent"));
  bool saves = slice_eq(verb, SLICE("save")) && how.n;
  bool known = saves     ? true
               : resolve ? delivered || not_sent
                         : how.n == 0 && (retry || cancel || slice_eq(verb, SLICE("show")));
  if (!known) return COMPLAIN(s, EXIT_USAGE, OUTBOX_WHAT);
  int status = id_of(s, &id);
  if (status != EXIT_FINE) return status;
  if (saves) return save(s, id, how);
  if (retry || cancel) return act(s, retry ? HUMAN_RETRY : HUMAN_CANCEL, id);
  return resolve ? act(s, delivered ? HUMAN_DELIVERED : HUMAN_NOT_SENT, id) : show(s, id);
}

int cmd_outbox(const args *a, world *w) {
  session s = {.w = w, .a = a, .perm = a->perm, .lang = a->lang};
  int status = session_open(&s);
  if (status == EXIT_FINE) status = held_language(&s);
  bool listing = a->word_count == 1 && slice_eq(a->word[0], SLICE("list"));
  if (status == EXIT_FINE && !listing && a->word_count == 1) status = COMPLAIN(&s, EXIT_USAGE, OUTBOX_WHAT);
  if (status == EXIT_FINE) status = listing ? list(&s) : one(&s);
  session_close(&s);
  return status;
}
