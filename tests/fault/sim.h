/* The deterministic simulator: the real commands over a real SQLite file, in a world that is all made up. One seed is
 * one history of a house: its customers, its ERP, its mail provider, its people, and everything that goes wrong.
 *
 * A seed is carried by one process, the keeper: it holds what is true outside of the program. Each `dun` is a child of
 * it that runs the program's own main() in a world of its own (sim_world.c) over a file system that counts and fails
 * (sim_vfs.c). A child asks the keeper at every call to the provider, and stands still until it is answered: so the
 * keeper looks at the store, changes the world and starts other children in between, always in the same order.
 *
 * Invariant: nothing that a history depends on comes from outside of the seed; the same seed gives the same trace. */
#ifndef DUN_TESTS_FAULT_SIM_H
#define DUN_TESTS_FAULT_SIM_H

#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "runtime/world.h"
#include "stdlib/net/net.h"

enum {
  CUSTOMERS_MAX = 640,
  INVOICES_MAX = 4096,
  MAILS_MAX = 32768,
  LETTERS_MAX = 65536,
  SAID_MAX = 4096,
  ASKED_MAX = 64,
  SERVERS_MAX = 2,
  TOGETHER_MAX = 8, /* messages that are handed over at once */
  DEPTH_MAX = 4,    /* a process, one while it waits, one while that one waits, ... */
  STATUS_KILLED = 77,
  DAY_S = 86400
};

/* ---- chance ---- */

uint64_t sim_next(uint64_t *state); /* splitmix64 */
uint32_t sim_below(uint64_t *state, uint32_t n);
bool sim_chance(uint64_t *state, uint32_t per_mille);

/* ---- faults of a child ---- */

typedef enum fault_kind {
  FAULT_NONE,
  FAULT_KILL,  /* the process ends at its nth write or sync of a file */
  FAULT_POWER, /* so does the machine: what was not synced is gone */
  FAULT_FULL,  /* from the nth write on the disk is full */
  FAULT_IO,    /* the nth write or sync fails */
  FAULT_KIND_COUNT
} fault_kind;

typedef struct fault {
  fault_kind kind;
  long at;
  bool torn; /* half of that write is done */
} fault;

/* ---- between a child and its keeper ---- */

typedef enum death { DEATH_NONE, DEATH_BEFORE, DEATH_DURING, DEATH_AFTER } death;

/* A message that is handed over, and what the provider says. */
typedef struct handed {
  char id[96], to[96], text[1024];
  mail_report report;
} handed;

/* In memory that both have. But for the clocks all of it is the process's at hand. */
typedef struct shared {
  int64_t wall_ns, steady_ns; /* the clocks */
  int64_t apart_ns;           /* how far they were apart when it began, or when a person said that they are right */
  int64_t stands_at_ns; /* a sleep that ends after that instant of the steady clock waits for the keeper; 0: none */
  unsigned asked;       /* of a service: world_asked_for */
  uint64_t random;      /* of this child */
  fault fault;
  bool fired, may_lose_power;
  bool unsynced; /* where it stands, something that it wrote is not synced */
  long writes;   /* writes and syncs of this child */
  /* the calls, which go out together */
  handed call[TOGETHER_MAX];
  int calls;
  death death; /* of the process */
  int64_t took_ns;
  /* what it said */
  char said[SAID_MAX];
  size_t said_n;
  uint64_t said_hash;
} shared;

extern shared *sim_shared;
extern int sim_ask_fd, sim_answer_fd;

/* sim_memory.c */
void sim_memory_keeper(void);     /* before its first child */
void sim_memory_child(int which); /* its depth; DEPTH_MAX + n: service n */
void *sim_zeroed(size_t bytes);   /* pages of its own, for munmap */

/* sim_vfs.c: the file system of a child. */
void sim_vfs_register(void);
/* One more write or sync, also of a plain file; WORLD_OK, or how it fails. Does not return where the child dies. */
world_code sim_write_counted(void);
bool sim_vfs_unsynced(void);
/* sim_world.c: `dun ARGS`, in a child. */
int sim_dun(int argc, char **argv);
world *sim_world_posix(void);

/* ---- what is true outside ---- */

typedef struct customer {
  char email[40];
  bool opted_out;
  const char *zone; /* NULL: the policy's */
} customer;

typedef struct invoice {
  int customer;
  int64_t amount, open;
  int32_t due, promise, born; /* promise 0: none */
  int32_t from;               /* the customer's canary: rungs are expected from that day; 0: none */
  bool disputed, paid, seen;
  bool plain; /* nothing but time has happened to it */
} invoice;

/* A message as the provider knows it. */
typedef struct mail {
  char id[96], to[24]; /* `to`: the customer */
  int32_t called_on;   /* civil, of its last call */
  int32_t day;         /* when it was taken over last */
  int resends;         /* by people */
  int accepted;        /* how often taken over */
  int allowed;         /* once, and once more for each time that a person had it sent again */
  int calls;           /* begun */
  bool open;           /* the last call's outcome is not a sure nothing */
  bool unclear;        /* its last call is counted among the ambiguous */
  bool bounced;        /* the provider said later that it came back */
  bool ours;           /* a note to our own people */
  int64_t last_s;
} mail;

/* A rung of an invoice that was told: once ever. */
typedef struct letter {
  uint64_t key;
  int32_t day;
  uint32_t mail;
  int invoice;
  char rung[8];
} letter;

typedef struct bulletin { /* what the provider will say later */
  int64_t at_s;
  uint32_t mail;
  int status; /* action_state */
  uint64_t event;
} bulletin;

typedef enum child_kind {
  CHILD_IMPORT,
  CHILD_RUN,
  CHILD_PERSON,
  CHILD_EVENT,
  CHILD_BACKUP,
  CHILD_RESTORE,
  CHILD_SERVE,
  CHILD_KIND_COUNT
} child_kind;

typedef struct process {
  pid_t pid; /* 0: there is none */
  child_kind kind;
  int ask, answer; /* where it asks, where it is answered */
  bool stands;     /* in a sleep; an answer lets it go on */
  bool killed;     /* by the keeper */
  shared own;      /* meanwhile */
} process;

typedef struct size_of_seed {
  int customers, days;
} size_of_seed;

/* How this seed goes wrong, in thousandths. */
typedef struct troubles {
  uint32_t kill, power, full, io;                 /* of a process */
  uint32_t death, busy, reject, down, lost, hang; /* of a call */
  uint32_t nested_import, nested_run;             /* within a call */
  uint32_t stale, restore, jump, edit;            /* of a day */
  uint32_t retry_anyway;                          /* of an unknown message: a person has it sent again unseen */
} troubles;

typedef struct counts {
  uint64_t steps, children, calls, together, accepted, kills, powers, fulls, ios, deaths, ambiguous, unknown, imports,
      racing, nested_runs, edits, restores, jumps, slept, served, stopped, events, approvals, writes, human_resends,
      double_sends, lost, canaries;
} counts;

typedef struct sim {
  uint64_t seed, chance;
  size_of_seed size;
  bool lineage, verbose, calm; /* calm: no more faults */
  char folder[64];
  int depth;
  long step;
  uint64_t trace;
  troubles t;
  counts n;
  bool failed;
  char why[1024];
  /* the civil calendar */
  bool brazil;
  int32_t first_day, today;
  /* the house */
  customer customers[CUSTOMERS_MAX];
  int customer_count;
  invoice invoices[INVOICES_MAX];
  int invoice_count;
  int64_t import_s; /* the last one that may have come through */
  bool exported_dirty;
  /* the policy */
  bool hours, limited, joined, asks_big, expires, fallback;
  uint32_t ask_more_than;
  int together; /* messages on their way at a time */
  int wording, extra_rung, moved_rung, ladder_name;
  bool backlog_known, backlog_locked; /* nothing may go before a person said yes */
  int64_t ramp_began_s, ramp_plan;
  int ramp_sent, ramp_over;
  bool ramp_on, ramp_resumed;
  /* the provider */
  mail mails[MAILS_MAX];
  uint32_t mail_count;
  letter letters[LETTERS_MAX];
  uint32_t letter_count;
  uint32_t mail_of[MAILS_MAX * 2], letter_of[LETTERS_MAX * 2]; /* hashed */
  bulletin bulletins[MAILS_MAX];
  uint32_t bulletin_count;
  uint64_t events;
  /* lineage */
  bool has_backup, held_by_restore, excused; /* excused: an older copy was put back; counts of the store are short */
  int32_t backup_day;
  uint32_t backup_letters;
  uint64_t backup_calls;
  int canary_paid, canary_moved;
  bool run_behind;    /* the run at hand began before the end of an earlier one */
  int64_t run_high_s; /* the latest instant that a run has seen */
  /* the store as it was seen last */
  int64_t seen_actions, seen_moves, seen_events, seen_id, resends_due;
  int32_t step_from, step_to; /* the civil days on which the process may have run, but for today */
  bool tail_exact;
  sqlite3 *db; /* sim_view.c */
  bool store_seen;
  sqlite3_stmt *asked[ASKED_MAX];
  size_t asked_next;
  long usual[CHILD_KIND_COUNT]; /* writes of a process of that kind */
  bool served;                  /* by services, not by a timetable */
  int servers_wanted;
  process servers[SERVERS_MAX];
  int64_t server_back_s[SERVERS_MAX]; /* when it is begun again */
} sim;

#define PRINTF(a, b) __attribute__((format(printf, a, b)))

/* ---- sim.c ---- */
void sim_note(sim *s, const char *format, ...) PRINTF(2, 3); /* a line of the trace */
/* A promise is broken: what was seen. The first one is kept, and ends the seed. */
void sim_broken(sim *s, int promise, const char *format, ...) PRINTF(3, 4);
int64_t sim_now_s(const sim *s);
void sim_pass(sim *s, int64_t seconds);

/* ---- sim_house.c: the civil calendar, the ERP, the policy ---- */
int32_t sim_offset(const sim *s, const char *zone, int64_t utc_s); /* seconds east, by a table of this file's own */
int32_t sim_day(const sim *s, int64_t utc_s);
int64_t sim_instant(const sim *s, int32_t day, int32_t second);
void sim_house_new(sim *s);
void sim_house_day(sim *s);
void sim_export(sim *s);
void sim_policy(sim *s);
bool sim_write_text(const sim *s, const char *name, const char *text);
void sim_pay(sim *s, int number, bool whole);
int sim_canary(sim *s, int32_t due);
int32_t sim_rung_place(const sim *s, const char *rung); /* INT32_MIN: there is no such rung */

/* ---- sim_process.c: children ---- */
typedef struct life { /* what a child does */
  int argc;
  char *argv[24];
  const bulletin *event; /* instead of a command */
  int events;
  const mail *mails;
} life;
void sim_begin(sim *s, process *p, child_kind kind, const life *l, int memory, int64_t stands_at_ns);
/* Until it ends, or stands in a sleep. */
void sim_go_on(sim *s, process *p);
int sim_end(sim *s, process *p);
/* `dun WORDS`, in a child, faults and all; the exit status, or STATUS_KILLED. */
int sim_run_dun(sim *s, child_kind kind, const char *words, ...) PRINTF(3, 4);
void sim_event_child(sim *s, const bulletin *b, int count);
/* sim_serve.c: services that live while other things happen. */
bool sim_serves(const sim *s); /* one of them is there */
void sim_serve(sim *s, int64_t until_s);
/* While another process waits for the provider. */
void sim_serve_meanwhile(sim *s);
void sim_serve_end(sim *s);     /* asked to, all of them */
void sim_serve_die(sim *s);     /* all of them, at once */
void sim_clock_trusted(sim *s); /* a person said that the clocks are right */
/* sim_provider.c: a child is about to hand messages over. */
void sim_call(sim *s);
void sim_import(sim *s);
void sim_run(sim *s);
mail *sim_mail(sim *s, const char *id, bool make);
/* A person had it sent again, or said that it was not sent. */
void sim_human_resend(sim *s, const char *id);
uint32_t sim_letters_of(const sim *s, int number, const char *rung, int32_t *day);

/* ---- sim_view.c: what stands in the store ---- */
bool sim_open_store(sim *s);   /* as it is now; false: there is none */
void sim_close_store(sim *s);  /* what was seen is of before */
void sim_forget_store(sim *s); /* another file may stand in its place */
/* A statement, to bind, to step, and to reset once its answer is taken; NULL: the store cannot be asked that. */
sqlite3_stmt *sim_ask(sim *s, const char *sql);

/* ---- sim_check.c: the promises ---- */
int64_t sim_number(sim *s, const char *sql); /* the first column of the first row; -1: none */
int64_t sim_number_of(sim *s, const char *sql, int64_t value);
bool sim_words(sim *s, const char *sql, char *out, size_t room);
/* Before the first decisions: whether they are over a backlog. */
void sim_look_for_backlog(sim *s);
void sim_ran(sim *s);
void sim_check_call(sim *s, const handed *h, const mail *m);
void sim_check_step(sim *s);
void sim_check_day(sim *s);
void sim_check_end(sim *s);

/* ---- sim_life.c: a seed ---- */
void sim_step_begins(sim *s);
void sim_bulletins(sim *s); /* what the provider has to say by now */
/* By somebody, while processes live that see the other clock go on. */
void sim_set_clock(sim *s);
void sim_live(sim *s);

#endif
