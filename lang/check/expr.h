/* Expressions of the typed program: typed trees over fields, the conditions and values made of them, texts with holes.
 * As all of the typed program they live in the arena of the compile and are immutable (program.h). */
#ifndef DUN_CHECK_EXPR_H
#define DUN_CHECK_EXPR_H

#include "lang/check/types.h"

typedef enum expr_op {
  /* leaves */
  X_FIELD, /* `use` */
  X_TODAY,
  X_BOOL,     /* `yes` */
  X_MONEY,    /* `num`, `cur`; CURRENCY_NONE: the policy's or the data's one currency, scaled when bound */
  X_NUMBER,   /* `num`; a percent is X_NUMBER of TY_PERCENT whose num is already divided by 100 */
  X_DURATION, /* `dur` */
  X_DATE,     /* `date` */
  X_TEXT,     /* `text`, `exact` */
  /* logic: tri values */
  X_AND,
  X_OR,
  X_NOT,
  /* comparisons of a with b, both of one type */
  X_EQ,
  X_NE,
  X_LT,
  X_LE,
  X_GT,
  X_GE,
  X_IN,       /* a in list[0..count): texts only; other types become X_OR of X_EQ */
  X_CONTAINS, /* text a contains text b */
  X_STARTS,
  X_HAS,     /* set a has text b */
  X_MISSING, /* never undecided */
  /* arithmetic: exact */
  X_ADD,
  X_SUB,
  X_MUL,
  X_DIV,
  X_NEG,
  X_OP_COUNT
} expr_op;

typedef struct expr expr;
struct expr {
  expr_op op;
  type ty;
  span at;
  const expr *a, *b;
  uint16_t use; /* X_FIELD: index into program.uses */
  bool yes, exact;
  currency cur;
  decimal num;
  duration dur;
  civil_date date;
  slice text;
  const slice *list;
  const bool *list_exact;
  uint32_t count;
};

/* A field read from a context: `customer.segment` in a condition on invoices is (ENT_INVOICE, ENT_CUSTOMER, segment).
 */
typedef struct field_use {
  entity context; /* whose rows the expression runs over */
  entity of;      /* whose field it is: the same, its customer or its contract */
  uint16_t field; /* field_id, or FIELD_COUNT + index into program.custom */
  type ty;
} field_use;

typedef struct custom_field {
  entity of;
  slice name;
  type ty;
} custom_field;

/* A date on which a condition can change by the passing of time alone: the first day >= field + plus, and the day
 * after. */
typedef struct time_atom {
  uint16_t use;
  duration plus;
} time_atom;

/* A condition; its id is its index in program.conds and its chunk in the bytecode. */
typedef struct cond {
  entity of; /* whose rows it runs over */
  const expr *e;
  span at;
  const uint16_t *uses; /* the fields it reads, each once */
  uint32_t use_count;
  const time_atom *atoms; /* where time can change it */
  uint32_t atom_count;
  bool daily;        /* time can change it in a way no atom says: look every day */
  bool reads_totals; /* a SRC_TOTAL field: other invoices and the day change it */
  bool reads_state;  /* a SRC_STATE field */
} cond;

enum { NO_COND = UINT32_MAX, NO_VALUE = UINT32_MAX };

/* A text with holes. (`text` alone is the growing text of lang/base/text.h.) */
typedef struct text_piece {
  slice literal; /* when use is NO_USE */
  uint16_t use;
} text_piece;
enum { NO_USE = UINT16_MAX };

typedef struct text_pieces {
  const text_piece *pieces;
  uint32_t count;
} text_pieces;

#endif
