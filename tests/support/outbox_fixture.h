/* A store with a small ledger, and a mail server that answers what the test says: for the tests of the outbox. Failures
 * fail the running cmocka test. */
#ifndef DUN_TESTS_OUTBOX_FIXTURE_H
#define DUN_TESTS_OUTBOX_FIXTURE_H

#include "lang/compile.h"
#include "runtime/engine/events.h"
#include "runtime/outbox/approve.h"
#include "stdlib/net/net.h"

enum { DAY = 20514, MAILS_MAX = 512 }; /* 2026-03-02, a Monday */
#define NOON_NS (((int64_t)DAY * 86400 + 43200) * 1000000000)

/* What the server was given, and what it will answer; once it has no more answers it accepts. */
typedef struct mail_log {
  mail_report answer[8];
  size_t answers, asked;
  size_t sent, together; /* `together`: the most that were given at once */
  char to[MAILS_MAX][64], id[MAILS_MAX][80], text[MAILS_MAX][512];
  char parts[MAILS_MAX][256]; /* "boleto-A-1.pdf 21 application/pdf; " each */
} mail_log;
extern mail_log server;

extern const mail_report TIMEOUT, REFUSED, BUSY, GONE;
void answers(size_t n, mail_report r);

typedef struct house {
  world *w;
  store *s;
  bool guard; /* runs ask before they send over a backlog, as those of `dun run` to a real server do */
} house;

#define SMTP "connect email smtp \"smtps://mail.example:465\" from \"finance@acme.example\"\n"
#define LADDER "ladder l for invoices\n  at 1d send email \"{number} {open}\"\n"
#define POLICY "policy \"P\"\n  currency BRL\n  one message per invoice\n" SMTP LADDER

/* C1 with c1@x.example owes A-1 of 100.00 since yesterday; the clock stands at noon. */
house begin_empty(void); /* nothing in the ledger yet */
house begin(void);
void end(house *h);
store_code must(store *s, store_code code); /* STORE_OK, or the test fails */
void put_customer(house *h, const char *id, const char *email_address, const char *opted_out);
void put_invoice(house *h, const char *number, const char *customer, int64_t open, int32_t due, const char *status);
void put_event(house *h, const char *kind, const char *number, int32_t day, int64_t amount);
/* Five more like C1: C2 to C6 with. */
void several(house *h);

/* The clock goes on. */
void pass_seconds(house *h, int64_t seconds);

/* `dun run` in its two halves, after an import that changed nothing; the clock is at least at the day's noon. */
typedef struct run {
  arena *a;
  diags d;
  compiled c;
  template_set set;
  happening_list events;
  day_plan plan;
  outbox_leave *leave;
  outbox o;
} run;
void run_commit(house *h, run *r, const char *policy, int32_t day);
void run_deliver(house *h, run *r);
void run_end(run *r);
/* The tallies that are not 0: "SENT 2, WAITING 1". */
const char *tallies(const run *r);
/* Both halves; the tallies. */
const char *whole_run(house *h, const char *policy, int32_t day);

/* State and reason of the nth action: "suppressed: no contact". */
const char *state_of(house *h, int nth);
void assert_chain(house *h);

#endif
