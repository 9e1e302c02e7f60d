/* What a simulation adds up to: the figures of its page (`dun simulate --html`) and of its closing lines. Plain counts;
 * all memory is the arena's. */
#ifndef DUN_ENGINE_REPORT_H
#define DUN_ENGINE_REPORT_H

#include "undecided.h"

enum { AGING_BUCKETS = 5 }; /* current, 1-30, 31-60, 61-90, 91+ days late: DOMAIN.md, metrics */

typedef struct report_rung {
  uint32_t ladder; /* index in program.ladders */
  slice written;
  int32_t days;                  /* calendar days from the anchor, business days counted as such days: for drawing */
  uint32_t invoices;             /* that climbed it in the period */
  uint32_t by_channel[CH_COUNT]; /* messages */
  uint32_t other;                /* actions that are no messages */
} report_rung;

typedef struct report_aging {
  currency cur;
  int64_t minor[AGING_BUCKETS];
  uint32_t invoices[AGING_BUCKETS];
} report_aging;

typedef struct report_undecided {
  slice field; /* "customer.segment" */
  undecided_why why;
  uint32_t rows;
  currency a, b; /* where two met */
} report_undecided;

typedef struct report {
  civil_date from, to;
  uint32_t days;     /* to - from + 1 */
  uint32_t invoices; /* open at the beginning */
  uint32_t reached;  /* invoices that climbed at least one rung in the period, each counted once */
  const report_rung *rungs;
  uint32_t rung_count;
  const uint32_t (*messages)[CH_COUNT];        /* [days]: messages to customers, by channel */
  const uint32_t *internal;                    /* [days]: alerts, escalations, cards, ERP actions */
  const report_aging *aging_start, *aging_end; /* by currency, largest total first */
  uint32_t aging_start_count, aging_end_count;
  const report_undecided *undecided;
  uint32_t undecided_count;
  unbilled_list unbilled;
  uint32_t no_contact;  /* sends that reached nobody */
  uint32_t waiting_end; /* what still waits on the last day */
} report;

#endif
