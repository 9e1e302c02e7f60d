/* Rows of made-up data for the analysis' tests: one customer, one contract and one invoice each, as columns of the
 * machine. What data always keep is kept: nothing is missing that cannot be, overdue follows from the due date. */
#ifndef DUN_TESTS_ANALYSE_ROWS_H
#define DUN_TESTS_ANALYSE_ROWS_H

#include "lang/analyse/solve.h"
#include "lang/vm/vm.h"
#include "tests/diff/generate.h"

/* A field that conditions are made of. SLOT(id, path, entity, field, type, may be missing) */
#define SLOTS(SLOT)                                                                                                    \
  SLOT(AMOUNT, "amount", INVOICE, FIELD_INVOICE_AMOUNT, MONEY, false)                                                  \
  SLOT(OPEN, "open", INVOICE, FIELD_INVOICE_OPEN, MONEY, false)                                                        \
  SLOT(DUE, "due", INVOICE, FIELD_INVOICE_DUE, DATE, false)                                                            \
  SLOT(ISSUED, "issued", INVOICE, FIELD_INVOICE_ISSUED, DATE, true)                                                    \
  SLOT(INSTALLMENT, "installment", INVOICE, FIELD_INVOICE_INSTALLMENT, NUMBER, true)                                   \
  SLOT(DISPUTED, "disputed", INVOICE, FIELD_INVOICE_DISPUTED, BOOL, false)                                             \
  SLOT(STATUS, "status", INVOICE, FIELD_INVOICE_STATUS, TEXT, false)                                                   \
  SLOT(KIND, "kind", INVOICE, FIELD_INVOICE_KIND, TEXT, true)                                                          \
  SLOT(CURRENCY, "currency", INVOICE, FIELD_INVOICE_CURRENCY, TEXT, false)                                             \
  SLOT(SEGMENT, "customer.segment", CUSTOMER, FIELD_CUSTOMER_SEGMENT, TEXT, true)                                      \
  SLOT(LATE, "customer.overdue_count", CUSTOMER, FIELD_CUSTOMER_OVERDUE_COUNT, NUMBER, false)                          \
  SLOT(TAGS, "customer.tags", CUSTOMER, FIELD_CUSTOMER_TAGS, SET, false)                                               \
  SLOT(PRICE, "contract.price", CONTRACT, FIELD_CONTRACT_PRICE, MONEY, false)                                          \
  SLOT(RENEW, "contract.auto_renew", CONTRACT, FIELD_CONTRACT_AUTO_RENEW, BOOL, false)                                 \
  SLOT(SCORE, "score", INVOICE, FIELD_COUNT, NUMBER, true)                                                             \
  SLOT(FLAG, "flag", INVOICE, FIELD_COUNT, BOOL, true)                                                                 \
  SLOT(GRACE, "grace", INVOICE, FIELD_COUNT, DURATION, true)                                                           \
  SLOT(RISK, "customer.risk", CUSTOMER, FIELD_COUNT, PERCENT, true)

typedef enum slot {
#define SLOT(id, path, of, field, ty, missing) SLOT_##id,
  SLOTS(SLOT)
#undef SLOT
      SLOTS_ALL
} slot;

typedef struct slot_info {
  const char *path;
  entity of;
  uint16_t field;
  type ty;
  bool may_miss;
} slot_info;
extern const slot_info SLOT_INFO[SLOTS_ALL];
extern const char ROWS_DECLARE[]; /* the `field` lines of a policy that reads them */

typedef struct row {
  bool missing[SLOTS_ALL];
  int64_t n[SLOTS_ALL]; /* as the machine's columns have it: cents, days, millionths, 0 and 1 */
  slice text[SLOTS_ALL];
  bool contract; /* there is one */
  currency contract_cur;
  civil_date today;
} row;

enum { ROWS_MAX = VM_ROWS, ROWS_DAY = 20514 /* 2026-03-02 */ };

typedef struct rows {
  arena *perm;
  const program *p;
  vm *m;
  row *v;
  uint32_t n;
  int64_t *data[SLOTS_ALL];
  vm_dict dict[SLOTS_ALL];
  uint8_t cur[2][ROWS_MAX]; /* of invoices, of contracts */
  uint32_t via[ROWS_MAX], to_contract[ROWS_MAX];
  vm_column *columns;
} rows;

void rows_random(rng *r, row *out);
void row_in_home(row *v); /* its amounts are in the policy's currency */
rows *rows_new(arena *perm, const vm_code *code, const calendar *cal);
/* A condition's outcome for each of the rows; at most ROWS_MAX, all of one day. */
void rows_judge(rows *r, const row *v, uint32_t n, uint32_t chunk, uint8_t *out);
/* The witness put into a row that is otherwise at random; false where it says what no row here can have. */
bool rows_of_witness(arena *perm, rng *r, const calendar *cal, const program *p, const solve_witness *w, row *out);

#endif
