/* Exchange rates from a CSV file, as `rates from "FILE"` names it: columns date, from, to, rate in any order (also in
 * Portuguese and Spanish), others are left alone. All or nothing: a file with one wrong line has no rates. */
#ifndef DUN_ERP_CSV_RATES_H
#define DUN_ERP_CSV_RATES_H

#include "lang/base/exchange.h"
#include "runtime/world.h"

/* RATES_FAULT(id): what may be wrong with a file of rates; said in texts.def as RATES_<id>. */
#define RATES_FAULTS(RATES_FAULT)                                                                                      \
  RATES_FAULT(UNREADABLE) /* the world: `code` */                                                                      \
  RATES_FAULT(COLUMN)     /* `cell`: the column that is missing */                                                     \
  RATES_FAULT(RECORD)     /* the line is no CSV record */                                                              \
  RATES_FAULT(DATE)       /* `cell` is no date */                                                                      \
  RATES_FAULT(CURRENCY)   /* `cell` is no currency */                                                                  \
  RATES_FAULT(SAME)       /* from and to are one */                                                                    \
  RATES_FAULT(RATE)       /* `cell` is no number above 0 */                                                            \
  RATES_FAULT(SIGNS)      /* `cell`: the decimal point and the comma both occur as decimal sign */                     \
  RATES_FAULT(TWICE)      /* two rates of one pair and day */                                                          \
  RATES_FAULT(TOO_MANY)

typedef enum rates_fault_kind {
  RATES_FINE,
#define RATES_FAULT(id) RATES_##id,
  RATES_FAULTS(RATES_FAULT)
#undef RATES_FAULT
} rates_fault_kind;

typedef struct rates_fault {
  rates_fault_kind kind;
  unsigned line;
  slice cell;
  world_code code;
} rates_fault;

enum { RATES_MAX = 1000 * 1000 };

/* NULL, with `*fault` told. */
const exchange *csv_rates(world *w, const char *path, arena *perm, rates_fault *fault);

#endif
