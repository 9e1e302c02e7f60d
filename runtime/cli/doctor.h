/* Between the files of `dun doctor`.
 *
 * Invariant: nothing is sent, nothing is stored; no finding holds a secret or a personal datum. */
#ifndef DUN_CLI_DOCTOR_H
#define DUN_CLI_DOCTOR_H

#include "session.h"
#include "stdlib/net/net.h"

typedef struct doctor {
  session *s;
  slice where; /* what the next finding is about: "sms twilio" */
  out *table;  /* NULL: plain lines */
  /* Where it is set, findings go there, as they are said in English, and nothing is printed. */
  void (*take)(void *take_self, slice where, bool fine, slice what, slice remedy);
  void *take_self;
  unsigned findings, wrong;
} doctor;

/* One finding: channel_say of the drivers. `self` is the doctor. */
void doctor_find(void *self, bool fine, slice what, slice remedy);
void doctor_fine(doctor *d, const char *what);

/* Asks once, without any proof of who we are. `allowed`: the one host whose address must be public; NULL: any. */
http_answer doctor_ask(doctor *d, slice url, const slice *allowed);
void doctor_check_clock(doctor *d, const http_answer *a);

/* The policy's connections: ERPs, channels, webhooks, teams. */
void doctor_connections(doctor *d);
/* One connect line. */
void doctor_line(doctor *d, const connection *c);
/* Teams, and what makes documents. */
void doctor_others(doctor *d);

#endif
