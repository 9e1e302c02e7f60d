/* Types of Dun values, the entities a policy speaks of, and the field table made of fields.def. */
#ifndef DUN_CHECK_TYPES_H
#define DUN_CHECK_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/base/date.h"
#include "lang/base/decimal.h"
#include "lang/base/diag.h"
#include "lang/base/duration.h"
#include "lang/base/money.h"
#include "lang/base/slice.h"

/* Three-valued logic (Kleene), ordered so that and = min, or = max, not = 2 - x. */
typedef enum tri { TRI_NO, TRI_UNDECIDED, TRI_YES } tri;

typedef enum type {
  TY_ERROR, /* already reported: agrees with everything */
  TY_BOOL,
  TY_MONEY,
  TY_NUMBER,
  TY_PERCENT,
  TY_DURATION,
  TY_DATE,
  TY_TIME,
  TY_TEXT,
  TY_SET,
} type;

typedef enum entity { ENT_INVOICE, ENT_CUSTOMER, ENT_CONTRACT, ENT_COUNT } entity;

/* Every field a policy can look at. Rows: fields.def. Custom fields (`field invoice.project as text`) follow from
 * FIELD_COUNT. */
typedef enum field_id {
#define FIELD(id, entity, en, pt, es, type, source, missing, values, says_en, says_pt, says_es) FIELD_##id,
#include "fields.def"
#undef FIELD
  FIELD_COUNT
} field_id;

/* Where a value comes from: the ledger, or a computation over facts, history and the day. */
typedef enum field_source {
  SRC_STORED, /* a column of the store, which changes only by events */
  SRC_STATE,  /* yes/no states and dates that events and days change: disputed, promised, last_contact */
  SRC_DAY,    /* moves with the day by itself: overdue */
  SRC_TOTAL,  /* over all invoices of the customer: changes with them and with the day */
  SRC_FEE,    /* fine, interest, total of the policy's late fee sentence */
} field_source;

typedef struct field_info {
  entity of;
  const char *name[LANG_COUNT];
  type ty;
  field_source source;
  bool can_be_missing;
  const char *values; /* the fixed values, separated by spaces, canonical; "" where any text is one */
  const char *meaning[LANG_COUNT];
} field_info;

extern const field_info FIELDS[FIELD_COUNT];

#endif
