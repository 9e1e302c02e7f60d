/* An ERP: where receivables come from and due dates, fees and bills go back to. Each is one constant descriptor and one
 * file; sync.c, which is common to all, brings pages into the store.
 *
 * Invariants: a page and the place where the next one begins are committed together, so that a sync goes on where it
 * was killed; a row is stored, unchanged or rejected with a reason; what is written has a key, and an outcome that is
 * not known is read back before anything is written again. */
#ifndef DUN_ERP_ERP_H
#define DUN_ERP_ERP_H

#include "lang/base/date.h"
#include "lang/base/money.h"
#include "runtime/store/store.h"
#include "stdlib/net/api.h"
#include "stdlib/net/hook.h"

enum { ERP_HURRY_MS = 8000 }; /* a call that somebody waits for */

typedef struct erp erp; /* an open connection; each driver has its own */

/* ---- reading ---- */

/* What a connector reads, page by page: one table of the store a feed. */
typedef struct erp_feed {
  const char *name; /* "receivables": in the summary, and in the key of its place */
  store_table table;
  const store_written *columns; /* custom fields may be among them; `source_id` is the ERP's own number. They may come
                                   with the first page: erp_rows looks at them */
  size_t column_count;
  bool by_change;      /* it can ask for what changed since; else every sync reads all of it */
  bool open_only;      /* what is paid is not among its rows: rows that are gone are read one by one (`read`) */
  bool never_alone;    /* its rows cannot be asked for one by one, whatever `read` does for other feeds */
  bool paid_when_gone; /* an invoice that it does not have any more is paid; else it is cancelled */
} erp_feed;

/* Where a feed stands, and what a page is put into. */
typedef struct erp_page {
  size_t feed;
  slice since;        /* in: what the last whole sync left in `mark`; empty: everything */
  slice cursor;       /* in: where this page begins, empty: at the beginning; out: where the next one does, in `perm` */
  slice mark;         /* out, with the first page: what the next sync asks from, with an overlap; in `perm` */
  uint64_t of;        /* out: rows in all, 0: not known */
  store_writer *rows; /* after erp_rows */
  uint64_t read;      /* out: rows of this page */
  struct erp_sync *sync;
  arena *perm;
} erp_page;

typedef enum erp_code {
  ERP_MORE,  /* `cursor` is the next page's */
  ERP_END,   /* that was the last one */
  ERP_LATER, /* the service asks to come again: `wait_s` */
  ERP_FAILED /* *why says what, and what to do */
} erp_code;

typedef struct erp_failure {
  slice why; /* no personal data, no secret */
  int64_t wait_s;
} erp_failure;

/* The answer is there: from here on the store is written to, and `p->rows` can be used. Before the first row and after
 * the last call to the service: nobody else writes meanwhile. Again is fine. After a failure of this or of erp_put the
 * page ends with ERP_FAILED; sync.c says why. */
STORE_MUST store_code erp_rows(erp_page *p);
/* The row at hand goes into the store; its values have been set in `p->rows`. */
STORE_MUST store_code erp_put(erp_page *p);
/* It does not: `id` is the ERP's number, `why` a sentence. */
void erp_reject(erp_page *p, slice id, const char *why);

/* ---- writing ---- */

typedef struct erp_order {
  action_kind kind;
  slice key;                         /* SHA-256 of the decision's key, hex: the same for every try */
  slice customer, number, source_id; /* `source_id`: the ERP's own number of the invoice or contract */
  slice customer_source_id;
  bool has_amount, has_date;
  money amount;         /* charge fee, charge interest, bill contract */
  civil_date date;      /* update due date: the new one; else the day of the decision */
  slice text;           /* a mark's name, a note */
  slice how;            /* how the amount came about: for people, not for the ERP */
  store_entity_kind of; /* what `source_id` is of */
  /* Numbers that the ERP gave to what earlier orders of the same kind about the same made: each is one order's. */
  const slice *made;
  size_t made_count;
} erp_order;

struct erp_report;
struct erp_sync_options;

typedef struct erp_driver {
  const char *vendor;    /* `connect erp VENDOR` */
  const char *words;     /* "Omie" */
  api_limits limits;     /* where the connect line has no `rate` */
  const erp_feed *feeds; /* in the order in which they are read: customers first */
  size_t feed_count;
  /* The feeds, where the connect line says what there is: they live as long as `e`. NULL: the table above. */
  const erp_feed *(*feeds_of)(const erp *e, size_t *count);
  /* NULL: *why says what is wrong in the connect line. Nothing is reached yet. */
  erp *(*open)(world *w, arena *perm, const connection *c, slice *why);
  void (*close)(erp *e); /* NULL is allowed */
  /* How long a call that may be made again is tried, and waited for, seconds; 120 where nobody says. NULL: it calls
   * nobody. */
  void (*patience)(erp *e, int64_t seconds);
  erp_code (*page)(erp *e, erp_page *p, erp_failure *f);
  /* In place of `page`, which is NULL then: all that is new, in transactions of its own; what it does is what `dun
   * import` does. NULL: page by page. */
  erp_code (*bring)(erp *e, store *s, const struct erp_sync_options *o, arena *perm, struct erp_report *report);
  /* One row again, now: an invoice, a customer, a contract by its `source_id`. ERP_END: it is in the store; *there says
   * whether the ERP still has it. NULL: it cannot be asked for alone. */
  erp_code (*read)(erp *e, erp_page *p, slice source_id, bool *there, erp_failure *f);
  /* From now on a call is tried once, and nothing is waited for but the limits: somebody waits; NULL: it never is. */
  void (*hurry)(erp *e, bool yes);
  bool contact_moves; /* a customer's contact is read again, too, before a message goes there */
  uint32_t writes;    /* bit per action_kind that `write` carries out */
  /* Bit per action_kind of which the rows themselves show that it was done, when they are read again: the new due date;
   * the amount and balance with the charge in it; an invoice that is written off as closed, a contract whose service is
   * suspended as paused. Dun's own row says so as soon as the ERP accepted it. */
  uint32_t shows;
  /* Whether `write` never can: a sentence, else empty. Asked before anything is done, of a policy's line: kind, `of`,
   * `text` and whether there is an amount are all that is known. NULL: `writes` says it all. */
  slice (*refuses)(const erp_order *o, arena *perm);
  send_result (*write)(erp *e, const erp_order *o, arena *perm);
  /* What came of an order whose answer is missing: ACCEPTED, RETRY (surely nothing was done) or UNKNOWN. */
  send_result (*find)(erp *e, const erp_order *o, int64_t begun_s, arena *perm);
  hook_reader *hook;   /* NULL: it sends none */
  const char *address; /* where it is, if the line says nothing: `dun doctor` asks its clock */
  /* `dun doctor`: is the address right, are we let in, may we read and write. One finding a call of `say`. */
  bool (*check)(erp *e, void (*say)(void *self, bool fine, slice what, slice remedy), void *self, arena *perm);
} erp_driver;

extern const erp_driver OMIE, SAP_B1, TRYTON, CSV_FOLDER, SQL, REST;

/* NULL: nothing in this program speaks to that vendor. */
const erp_driver *erp_driver_of(slice vendor);
/* The table of drivers, for lists: NULL past its end. */
const erp_driver *erp_driver_at(size_t i);

/* ---- a sync ---- */

enum {
  ERP_REASONS_MAX = 10,
  ERP_WHOLE_DAYS = 7 /* a feed is read in whole at least so often: what the ERP has deleted shows only then */
};

typedef struct erp_reason {
  slice id;
  const char *text;
} erp_reason;

/* What a feed brought. */
typedef struct erp_brought {
  const erp_feed *feed;
  uint64_t rows, added, changed, unchanged, gone, rejected, pages;
  erp_reason reason[ERP_REASONS_MAX];
  size_t reasons;
} erp_brought;

typedef struct erp_report {
  erp_brought *feed; /* one a feed of the driver */
  size_t count;
  slice *note; /* sentences beside: a file that waits for the next sync */
  size_t notes;
  uint64_t noticed[STORE_HAPPENING_COUNT]; /* what the changes say happened */
  erp_failure failure;                     /* where the sync did not end: what was read until then is kept */
} erp_report;

typedef struct erp_sync_options {
  bool whole; /* everything again, whatever was read before */
  void (*at)(void *self, const erp_feed *feed, uint64_t done, uint64_t of); /* NULL is allowed */
  void *self;
  /* Asked between pages: true ends it early (ERP_MORE), and the next sync goes on from there. The first sync of a
   * ledger is not asked: a part of one is nothing to decide on. NULL: never. */
  bool (*enough)(void *self);
  const char *rejects_folder; /* where rejects files of rows from files go; NULL: none are written */
  /* A sentence in the reader's language, for what is written into them; NULL: English. */
  const char *(*say)(void *self, arena *perm, const char *english);
  void *say_self;
} erp_sync_options;

/* Reads all feeds, a transaction a page, and notes in the audit log what came. ERP_END: all is in the store. */
erp_code erp_sync_all(world *w, store *s, const erp_driver *d, erp *e, const erp_sync_options *o, arena *perm,
                      erp_report *report);

/* Whether a row of the table can be asked for alone. */
bool erp_reads_alone(const erp_driver *d, const erp *e, store_table table);

/* One row again, now, by the ERP's own number, and into the store: within the caller's transaction, else in one of its
 * own. *there: the ERP still has it; an invoice or contract that is gone is cancelled or ended. ERP_END: it is done. */
erp_code erp_read_again(store *s, const erp_driver *d, erp *e, store_table table, slice source_id, bool *there,
                        arena *perm, erp_failure *f);

#endif
