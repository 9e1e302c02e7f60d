/* The demo's ledger while it is being made: draw.c makes it up, write.c writes it as CSV.
 * One seed gives the same bytes on every machine: whole numbers only, and one stream of random numbers for each
 * customer and each invoice, so that a change in one moves no other. */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names.h"

enum {
  CUSTOMERS = 400,
  INVOICES = 2000,
  DAYS_BEFORE = 200, /* the oldest due date, before today */
  DAYS_AFTER = 50,   /* the newest */
  DAYS_AHEAD = 75,   /* how far events.csv goes */
  EVENTS_MAX = INVOICES * 4,
  TEXT_MAX = 96
};

/* SEGMENT(name, customers in 400, invoices each draws, median invoice in cents, slow payers and bad payers in 100) */
#define SEGMENTS(SEGMENT)                                                                                              \
  SEGMENT(smb, 244, 3, 85000, 32, 17)                                                                                  \
  SEGMENT(mid, 98, 6, 420000, 36, 10)                                                                                  \
  SEGMENT(enterprise, 34, 12, 2400000, 30, 6)                                                                          \
  SEGMENT(gov, 24, 8, 1300000, 66, 8)

typedef enum segment {
#define SEGMENT(name, count, weight, median, slow, bad) SEG_##name,
  SEGMENTS(SEGMENT)
#undef SEGMENT
      SEG_COUNT
} segment;

typedef struct segment_row {
  const char *name;
  int count, weight;
  int64_t median_cents;
  int slow_percent, bad_percent;
} segment_row;

extern const segment_row SEGMENT_ROWS[SEG_COUNT];

typedef enum habit { PAYS_ON_TIME, PAYS_LATE, PAYS_BADLY } habit;

typedef struct customer {
  char id[8], name[TEXT_MAX], slug[TEXT_MAX];
  segment seg;
  habit pays;
  const foreigner *abroad; /* NULL: a Brazilian one */
} customer;

typedef struct invoice {
  char number[16];
  const customer *of;
  uint64_t random; /* its own stream */
  int32_t due, issued;
  int64_t cents, open_cents;
  int32_t pays_on; /* INT32_MAX: never */
  bool cancelled, disputed;
  int32_t promise; /* DATE_NONE_DAY: none */
} invoice;

typedef struct happening {
  int32_t on;
  const char *kind;
  const invoice *of;
  char value[TEXT_MAX];
} happening;

typedef struct ledger {
  uint64_t seed;
  int32_t today; /* days since 1970-01-01 */
  customer customers[CUSTOMERS];
  invoice invoices[INVOICES];
  happening happenings[EVENTS_MAX]; /* in order of their days */
  size_t happening_count;
} ledger;

void ledger_draw(ledger *l, uint64_t seed, int32_t today);
/* False: the disk refused. */
bool ledger_write(const ledger *l, const char *folder);

/* splitmix64; a stream is one state. */
uint64_t next_random(uint64_t *r);
uint64_t stream(uint64_t seed, uint64_t kind, uint64_t index);
/* From low to high, both in. */
int32_t between(uint64_t *r, int32_t low, int32_t high);
bool chance(uint64_t *r, int percent);
const char *pick(uint64_t *r, const char *const *list);

#endif
