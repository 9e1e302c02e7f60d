/* The words the demo's ledger is made of: invented companies, people and towns. Lists end with NULL. */
#ifndef LEDGER_NAMES_H
#define LEDGER_NAMES_H

extern const char *const SMALL_TRADES[], *const MIDDLE_TRADES[], *const LARGE_FORMS[], *const PUBLIC_BODIES[];
extern const char *const CORES[], *const TOWNS[];
extern const char *const FIRST_NAMES[], *const LAST_NAMES[];
extern const char *const REPLIES[], *const PROJECTS[];

/* A state of Brazil: how many customers in 100, its telephone area, its time zone where it is not the company's. */
typedef struct state {
  const char *code, *area, *zone;
  int percent;
} state;
extern const state STATES[]; /* ends with a NULL code; the percents add up to 100 */

typedef struct foreigner {
  const char *name, *country, *language, *zone, *phone;
} foreigner;
extern const foreigner FOREIGNERS[]; /* ends with a NULL name */

#endif
