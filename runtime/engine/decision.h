/* What `decide` decides: one action about one entity (or several invoices joined in one message) on one civil day.
 * Plan, simulation, run, tests and backtest all show or carry out this struct; nothing else says what Dun does. */
#ifndef DUN_ENGINE_DECISION_H
#define DUN_ENGINE_DECISION_H

#include "lang/check/program.h"

/* Why a decided thing does not go out today. */
typedef enum __attribute__((packed)) wait_reason {
#define WAIT(id, words) WAIT_##id,
#include "waits.def"
#undef WAIT
  WAIT_COUNT
} wait_reason;
extern const char *const WAITS[WAIT_COUNT];

typedef enum section_kind { SECTION_LADDER, SECTION_WHEN, SECTION_EVERY, SECTION_ON } section_kind;

/* One invoice (or contract, or customer) that an action is about. */
typedef struct subject {
  entity of;
  uint32_t row; /* in facts */
  slice number; /* the entity's number, or the customer's id */
  int32_t cycle;
  int32_t place; /* calendar days after the anchor; only where the decision has a place */
  slice offset;  /* the written offset, or the occurrence of a rule ("2026-03-01"): part of the key */
  uint32_t ordinal;
  slice track; /* "ladder", or the `when`'s, `every`'s or `on`'s key */
} subject;

/* What `bill contract` or `adjust price by` comes to. */
typedef struct contract_sum {
  bool said, known; /* said: the action has such a sum */
  money was, sum;   /* of an adjustment the price before and after; of a bill `sum` */
  slice how;        /* canonical English: "1000.00 -> 1046.80 BRL: +4.68% IPCA 2025-03..2026-02" */
} contract_sum;

typedef struct decision {
  civil_date day;
  section_kind section;
  uint32_t index; /* of the ladder, when, every or on in the program */
  slice ladder;   /* as printed */
  slice rung;     /* as printed */
  const action *act;
  const send_way *way; /* ACT_SEND: the way chosen, or the first where nobody can be reached */
  slice text;          /* canonical English, holes filled */
  slice to;            /* as printed: the resolved recipient, "no contact", or empty */
  bool no_contact;
  slice said; /* what an ERP's event says (event_values.h); else empty */
  contract_sum sum;
  bool has_place;
  bool skipped;   /* reached by skipping an unclimbed rung */
  slice customer; /* id */
  uint32_t customer_row;
  uint32_t subject_count; /* at least 1: the lead first, then by highest place, oldest due, number */
  const subject *subjects;
  wait_reason wait; /* WAIT_NONE: it goes out today */
  uint32_t line;    /* of its rung or section */
  uint32_t order;   /* among the actions of its line */
  bool fresh;       /* nothing of its rung was decided on an earlier day */
} decision;

#endif
