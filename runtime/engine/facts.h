/* The facts a program looks at, in columns: one array per field, as narrow as its values allow, because a condition
 * over a whole ledger costs what reading its columns costs. Loaded from a store (facts_load.c) or filled by hand (a
 * test, a bench). A simulation changes its own copy. Rows stand in the store's order; the invoices of a customer are
 * found through `first_of` and `by_customer`.
 *
 * Invariant: a column's missing value is the smallest of its physical type; a value that does not fit widens the column
 * first (facts.moved then says that addresses changed). */
#ifndef DUN_ENGINE_FACTS_H
#define DUN_ENGINE_FACTS_H

#include "lang/check/program.h"
#include "lang/vm/vm.h"

#define FACT_MISSING INT64_MIN

typedef struct column {
  vm_phys phys;
  bool has_missing;
  bool millionths;
  int32_t day_base; /* of dates */
  void *data;
  uint32_t n, cap;
} column;

/* Texts of one column. A column of unique texts (numbers, names) has one entry per row and hashes nothing. */
typedef struct dictionary {
  vm_dict d;
  slice *v;
  uint32_t cap;
  uint32_t *slots; /* open addressing, index + 1; NULL: unique texts */
  uint32_t slot_count;
} dictionary;

typedef struct fact_column {
  bool loaded;
  type ty;
  column c;
  dictionary dict; /* texts and sets */
  uint8_t *cur;    /* money of a computed column; stored money uses its entity's currency */
} fact_column;

typedef struct fact_table {
  uint32_t n;
  fact_column *fields; /* [FIELD_COUNT + custom]; only those of this entity are ever loaded */
  slice *number;       /* invoice and contract number, customer id */
  int64_t *store_row;  /* NULL without a store; of invoices with their past alone */
} fact_table;

enum { STATUS_OPEN, STATUS_PAID, STATUS_CANCELLED };                         /* codes of invoice.status */
enum { CONTRACT_ACTIVE, CONTRACT_PAUSED, CONTRACT_CHURNED, CONTRACT_ENDED }; /* codes of contract.status */

typedef struct facts {
  const program *p;
  fact_table t[ENT_COUNT];
  /* invoices */
  uint32_t *customer;     /* row of the customer */
  uint32_t *contract;     /* row of the contract, VM_NO_ROW; NULL: there are none */
  bool names_contracts;   /* some invoice has one */
  uint8_t *cur;           /* currency of each invoice */
  uint8_t cur_count;      /* how many different ones occur */
  currency one_cur;       /* where it is one; CURRENCY_NONE without invoices */
  const bool *ledger_cur; /* of a part of a ledger, [CURRENCY_COUNT]: all it has */
  column *due_written;    /* the ledger's due date where the policy moves it; else NULL: it is the due column */
  uint32_t *first_of;     /* [customers + 1]: into by_customer */
  uint32_t *by_customer;  /* invoice rows */
  /* contracts */
  uint32_t *contract_customer;
  uint8_t *contract_cur;
  uint8_t *billing_held; /* `hold billing` until `release billing`; NULL: none was ever held */
  uint32_t *contract_of_customer_first, *contracts_by_customer;
  uint32_t *of_contract_first, *by_contract; /* its invoices, whoever's; NULL: facts_index_contracts not called */
  bool moved;                                /* a column was widened since the machine was bound */
  int32_t day_base;
  arena *perm;
} facts;

facts *facts_new(arena *perm, const program *p, int32_t day_base);

/* Columns. */
void column_init(column *c, vm_phys phys, int32_t day_base);
void column_reserve(arena *perm, column *c, uint32_t cap);
void column_push(arena *perm, column *c, int64_t value); /* FACT_MISSING allowed */
void column_set(facts *f, column *c, uint32_t row, int64_t value);
static inline int64_t column_get(const column *c, uint32_t row) {
  switch (c->phys) {
  case PHYS_I8: {
    int8_t v = ((const int8_t *)c->data)[row];
    return v == INT8_MIN ? FACT_MISSING : v;
  }
  case PHYS_I16: {
    int16_t v = ((const int16_t *)c->data)[row];
    return v == INT16_MIN ? FACT_MISSING : v + c->day_base;
  }
  case PHYS_I32: {
    int32_t v = ((const int32_t *)c->data)[row];
    return v == INT32_MIN ? FACT_MISSING : (int64_t)v + c->day_base;
  }
  case PHYS_I64: return ((const int64_t *)c->data)[row];
  }
  return FACT_MISSING;
}

/* Texts: the code of a text, added where it is new. The bytes are copied. */
uint32_t dictionary_code(arena *perm, dictionary *d, slice s);
uint32_t dictionary_push(arena *perm, dictionary *d, slice s); /* without looking: unique texts */
void dictionary_hashed(arena *perm, dictionary *d);

static inline fact_column *fact_field(const facts *f, uint32_t field) {
  return &f->t[field < FIELD_COUNT ? FIELDS[field].of : f->p->custom[field - FIELD_COUNT].of].fields[field];
}
/* A value of a loaded field, FACT_MISSING where it is missing. */
static inline int64_t fact_int(const facts *f, uint32_t field, uint32_t row) {
  return column_get(&fact_field(f, field)->c, row);
}
slice fact_text(const facts *f, uint32_t field, uint32_t row); /* empty where missing */
void fact_set_int(facts *f, uint32_t field, uint32_t row, int64_t value);
void fact_set_text(facts *f, uint32_t field, uint32_t row, slice value);

void fact_column_init(facts *f, fact_column *c, uint32_t field);
/* Makes the field exist (all rows missing, or `fill`) where it was not loaded. */
fact_column *fact_require(facts *f, uint32_t field, int64_t fill);

/* The row of the field's entity that a row of the context sees; VM_NO_ROW: none. */
uint32_t fact_row(const facts *f, const field_use *use, uint32_t row);

/* To be called once when rows are in: who belongs to whom. */
void facts_index(facts *f);

/* For who asks for a contract's invoices; does nothing where no invoice names one. */
void facts_index_contracts(facts *f);

/* "customer.segment": the field as a policy on its context writes it, in English. */
slice fact_name(const program *p, const field_use *use, arena *perm);
slice fact_name_in(const program *p, const field_use *use, dun_lang lang, arena *perm); /* in a language */

/* The machine's columns of program.uses. */
vm_column *facts_columns(const facts *f, arena *perm);

/* Currency of a contextual money field of a row. */
currency fact_currency(const facts *f, uint32_t field, uint32_t row);

#endif
