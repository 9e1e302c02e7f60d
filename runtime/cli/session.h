/* What most commands begin with: a policy read and compiled, its problems shown, facts opened. */
#ifndef DUN_CLI_SESSION_H
#define DUN_CLI_SESSION_H

#include "args.h"
#include "runtime/engine/events.h"
#include "runtime/engine/facts_load.h"
#include "stdlib/channel/templates.h"
#include "texts.h"

typedef struct session {
  world *w;
  const args *a;
  arena *perm;
  slice policy_path, policy_folder;
  source *sources; /* the policy, then what it includes */
  uint32_t source_count;
  const struct embedded *calendars; /* that the policy may name: the project's before the embedded ones */
  const struct embedded *series;    /* of the project's `indices/`; NULL: none */
  diags diags;
  compiled c;
  bool no_store; /* no store is looked at that was not asked for */
  bool unsaid;   /* diagnostics are kept in `diags`, and not shown */
  dun_lang lang; /* of what is said to the user: --lang, else the environment's, else the policy's */
  template_set templates;
  bool has_templates;
  store *s;
  facts *f;
  history *h;
  engine *e;
  happening_list events;
  civil_date today;
  const bool *ledger_cur;     /* of a part of the ledger: facts.h */
  bool past;                  /* the ledger as a record: facts for record_begin (runtime/engine/record.h) */
  bool again;                 /* what is said of each reading of the ledger was said before */
  bool unguarded;             /* nothing is to be sent: no plan waits to be approved as a whole */
  struct outbox_leave *leave; /* what may go without asking (runtime/outbox/approve.h); of an engine with history */
} session;

/* Each says what is wrong on standard error and gives the exit status; EXIT_FINE: go on. */
/* `policy_path`: a policy, a project's folder with one policy, or empty: the folder at hand. */
int session_compile(session *s, const args *a, world *w, slice policy_path);
/* The same for who shows diagnostics by itself and asks more of the trees, which are kept; without lints. */
int session_read(session *s, const args *a, world *w, slice policy_path);
/* Where the messages' templates are: --templates, else of the project. */
slice session_template_folder(session *s);
/* The templates of the project; problems are errors. */
int session_templates(session *s);
/* For who only looks: what messages show decides with the policy (fees that are not known), of templates without a
 * fault. Nothing is said. */
void session_templates_if_fine(session *s);
/* What messages go without: "boleto", or "boleto: why"; of how many messages, and of one. */
slice session_gap_line(session *s, slice gap);
slice session_gap_words(session *s, slice gap);
/* The store that is meant. */
const char *session_store_url(const args *a);
/* Beside it: where the rejects files of its imports go. */
const char *session_rejects_folder(const args *a);
/* The store (--store) or the folder (--data). */
int session_open(session *s);
/* Whether there is a store where one is meant. */
bool session_store_is_there(const session *s);
/* Facts of the store as of a day, in columns, and an engine over them. `with_history`: positions of the store. */
int session_engine(session *s, civil_date today, bool with_history);
void session_close(session *s);

/* --today, or the civil date in the policy's timezone now. */
int session_today(session *s);

/* A line of texts.def, in the session's language: SAY(s, WORLD_STDERR, NEXT, args...). */
#define SAY(s, stream, id, ...) session_say((s), (stream), TEXTS((s)->lang, (s)->perm, id, __VA_ARGS__))
#define SAY_COUNT(s, stream, id, n, ...)                                                                               \
  session_say((s), (stream), TEXTS_COUNT((s)->lang, (s)->perm, id, (n), __VA_ARGS__))
void session_say(session *s, world_stream stream, slice words);
/* What is wrong, and the status to end with: return COMPLAIN(s, EXIT_WORLD, NO_STORE, path). */
#define COMPLAIN(s, status, id, ...) session_complain((s), (status), TEXTS((s)->lang, (s)->perm, id, __VA_ARGS__))
int session_complain(session *s, int status, slice what);
int session_complain_said(session *s, int status, const char *english); /* what another part said */

/* Diagnostics of the compile on standard error; how many errors. */
size_t session_show_diags(session *s, const source *sources, uint32_t count);

/* The policy's file of exchange rates, bound to its program; what is wrong with it is said. session_rates.c */
int session_rates(session *s);
slice session_rates_path(session *s);

/* The project's published series, read; those of the store beside them, for the engine. session_series.c */
int session_project_series(session *s);
store_code session_series(session *s);
/* A line for each published figure that a price waits for. */
void session_say_figures(session *s);

/* A line for each billing period that was skipped and why. */
void session_say_unbilled(session *s, world_stream stream, const struct unbilled_list *l);

/* A line of what was not decided and why. */
struct report_undecided;
void session_say_undecided(session *s, const struct report_undecided *u, uint32_t count);

#endif
