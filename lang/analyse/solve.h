/* Is there an invoice for which these conditions come out so? Exact where conditions compare fields with constants, or
 * two fields that differ by a constant; where they do more the answer may be "not analysed", never a wrong one
 * (docs/internals/analysis.md). Stateless: it reads the programs, and what it returns lives in `perm`.
 *
 * One row is one customer with one contract and one invoice: a field is the same field in every condition asked, and in
 * every program (custom fields by their name). What a row of real data always keeps is kept: overdue is today less the
 * due date, counts and totals are not negative, an overdue invoice is among its customer's, and the like. */
#ifndef DUN_ANALYSE_SOLVE_H
#define DUN_ANALYSE_SOLVE_H

#include "lang/check/program.h"

/* What a condition comes out as; bits that may be joined: what is not true is FALSE | UNDECIDED. */
enum { SOLVE_FALSE = 1 << TRI_NO, SOLVE_UNDECIDED = 1 << TRI_UNDECIDED, SOLVE_TRUE = 1 << TRI_YES };
enum { SOLVE_NOT_TRUE = SOLVE_FALSE | SOLVE_UNDECIDED, SOLVE_NOT_FALSE = SOLVE_TRUE | SOLVE_UNDECIDED };

/* In place of a condition's id. NO_COND is one that always holds. */
enum {
  SOLVE_DUNNED = UINT32_MAX - 1, /* the invoice is open and has a balance: no other is ever dunned */
  SOLVE_USUAL = UINT32_MAX - 2,  /* a row as most are: its balance is not above its amount, its issue not after due */
  SOLVE_OVERDUE = UINT32_MAX - 3 /* overdue is from `from` to `to` units, the last one whole */
};

typedef struct solve_asked {
  const program *p;
  uint32_t cond;
  const expr *e; /* in place of a condition: an expression, such as a part of one; NULL: `cond` */
  unsigned want; /* SOLVE_... */
  int32_t from, to;
  duration_unit unit; /* days, business days or months */
} solve_asked;

typedef enum solve_verdict {
  SOLVE_NONE,        /* proven: no invoice */
  SOLVE_FOUND,       /* the witness is one: any row with these values, whatever its other fields are */
  SOLVE_NOT_ANALYSED /* `not_analysed` is where it is not known */
} solve_verdict;

/* One field of the witness; sets and texts that are not wholly known come as one entry for each question about them. */
typedef struct solve_value {
  entity of;
  bool today;     /* no field, but the day of the evaluation: `date` */
  uint16_t field; /* field_id, or FIELD_COUNT and `name` of a custom field */
  slice name;     /* of a custom field */
  type ty;
  bool missing;
  bool yes;     /* yes/no; of a set: whether it has `text` */
  decimal num;  /* money, numbers; percents as fractions */
  currency cur; /* of money: CURRENCY_NONE: the data's one currency */
  duration dur;
  civil_date date;
  slice text;
} solve_value;

typedef struct solve_witness {
  solve_value *v;
  uint32_t n; /* 0: any row will do */
  span not_analysed;
  const program *of; /* whose file `not_analysed` is in */
  bool opaque;       /* it is a comparison that is not looked into */
  bool too_long;     /* it would take too long */
  uint64_t work;     /* spent on the answer, whatever it is: steps of some nanoseconds */
} solve_witness;

/* All hold at once. `out` may be NULL. */
solve_verdict solve(arena *perm, const solve_asked *asked, uint32_t n, solve_witness *out);

/* The same, with no example worth showing: sooner answered. */
solve_verdict solve_whether(arena *perm, const solve_asked *asked, uint32_t n, solve_witness *out);

/* "amount = 10000.00, customer.segment is missing", in the words of a condition. */
slice solve_words(arena *perm, const solve_witness *w, dun_lang lang);

#endif
