/* How an order looks in Omie before and after: one row a kind of order. See omie_write.c. */
#ifndef DUN_ERP_OMIE_LOOK_H
#define DUN_ERP_OMIE_LOOK_H

#include "omie_impl.h"

typedef enum omie_standing {
  OMIE_DONE,
  OMIE_NOT_DONE,
  OMIE_IMPOSSIBLE,  /* `why`: it cannot be done, now or later */
  OMIE_CANNOT_TELL, /* what is there may be this or something else */
  OMIE_NO_ANSWER
} omie_standing;

typedef struct omie_seen {
  omie_standing is;
  slice id, why; /* `id`: what Omie calls it */
  int64_t wait_s;
} omie_seen;

typedef struct omie_job omie_job;

typedef struct omie_kind {
  action_kind kind;
  bool of_contract; /* it is about a contract, whatever the order is of */
  /* `doubt`: after a call whose outcome is not known. */
  omie_seen (*look)(omie_job *j, bool doubt);
  omie_answer (*act)(omie_job *j); /* after a look that said NOT_DONE */
} omie_kind;

struct omie_job {
  erp *e;
  const erp_order *o;
  arena *perm;
  const omie_kind *kind;
  slice contract;  /* its number */
  const json *row; /* what the look read: the receivable or the contract */
};

/* False: *why says that Omie does not do this. */
bool omie_job_of(erp *e, const erp_order *o, arena *perm, omie_job *j, slice *why);
/* The contracts that an order is about: DONE, or why not. */
omie_seen omie_contracts_of(omie_job *j, slice **ids, size_t *count);
/* The number of what a call made: nCodOS, codigo_baixa. */
slice omie_number_of(const json *answer);

/* Billing (omie_bill.c). */
omie_seen omie_look_bill(omie_job *j, bool doubt);
omie_answer omie_act_bill(omie_job *j);
/* The contract, read into `j->row`: DONE, or why not. */
omie_seen omie_contract(omie_job *j);
omie_seen omie_no_answer(erp_code code, const erp_failure *f);

#endif
