/* What the solver's files share: a question as variables, axes and a tree over atoms. Nobody else includes this.
 *
 * A variable is a field (or today, or zero). An axis is one independent thing that may be so or so, cut into cells so
 * that every atom has one outcome in each cell: whether a field is there, a yes/no, which of the texts that matter, a
 * member of a set, the difference of two variables, a currency. An atom is a leaf of the conditions: an axis, and in
 * which of its cells it holds; it is undecided where a field that it reads is missing or its currencies differ.
 * Assigning a cell to every axis decides every atom. */
#ifndef DUN_ANALYSE_SOLVE_MODEL_H
#define DUN_ANALYSE_SOLVE_MODEL_H

#include "lang/analyse/solve.h"

enum {
  SOLVE_VARS_MAX = 48,
  SOLVE_AXES_MAX = 128,
  SOLVE_DEPS_MAX = 4, /* variables that one atom reads */
  SOLVE_CURRENCIES_MAX = 6,
  SOLVE_WORK_MAX = 400000, /* nodes looked at in one question */
};
/* No amount, number or day is larger, in the units that variables count in: sums of two cannot overflow. */
#define SOLVE_BOUND INT64_C(100000000000000000)

enum { SOLVE_DAY = 20514 }; /* 2026-03-02, a Monday: a day for an example */

typedef enum var_kind { VAR_ZERO, VAR_TODAY, VAR_FIELD, VAR_CONTRACT /* whether there is one */ } var_kind;

typedef struct var {
  var_kind kind;
  entity of;
  uint16_t field; /* field_id, or FIELD_COUNT */
  slice name;     /* of a custom field */
  type ty;
  uint8_t scale; /* it counts units of 10^-scale */
  int64_t min, max;
  bool may_miss, money;
  const program *rule; /* whose way of counting days: due and overdue alone */
  int present;         /* its axis, -1: always there */
  int link;            /* its row in the bounds, -1: in none */
} var;

typedef enum axis_kind {
  AXIS_PRESENT,
  AXIS_YES,
  AXIS_TEXT,
  AXIS_HAS,
  AXIS_RANGE,    /* var - than */
  AXIS_UNIT,     /* today against due + n units: 2n at that day, 2n + 1 after it and before the next */
  AXIS_CURRENCY, /* of an entity's amounts */
  AXIS_OPAQUE    /* what a comparison that is not analysed comes out as */
} axis_kind;

typedef struct axis {
  axis_kind kind;
  uint16_t var, than;
  duration_unit unit;
  const program *rule; /* AXIS_UNIT: whose business days; AXIS_OPAQUE: whose expression */
  const expr *e;       /* AXIS_OPAQUE */
  slice member;        /* AXIS_HAS */
  int64_t *cut;        /* AXIS_RANGE, AXIS_UNIT: cell i is cut[i] .. cut[i + 1] - 1 */
  uint32_t cut_room;
  slice *text;    /* AXIS_TEXT: one text for each cell */
  uint32_t n;     /* cells */
  uint32_t first; /* the cell to try first: what a reader finds plausible */
  int at;         /* the cell assigned, -1: none */
  bool linked;    /* its cells bound variables that other axes bound, too */
} axis;

typedef struct atom {
  uint16_t axis;
  uint16_t deps[SOLVE_DEPS_MAX];
  uint8_t dep_count;
  bool is_missing;    /* it asks whether any of `deps` is missing; no axis */
  bool constant, yes; /* no axis: what it is where all `deps` are there */
  unsigned cur_of;    /* bit per entity: amounts that it reads */
  bool cur_named, cur_all;
  currency cur;   /* cur_named: the currency of its amounts written; cur_all: the data's one */
  int64_t lo, hi; /* AXIS_RANGE, AXIS_UNIT: it holds from lo to hi */
  bool negated;
  const expr *e; /* AXIS_TEXT: the predicate */
  uint8_t *cell; /* what it is in each cell: SOLVE_..., one bit */
  uint8_t all;   /* in any of them */
} atom;

typedef enum node_op { NODE_CONST, NODE_AND, NODE_OR, NODE_NOT, NODE_SAME, NODE_UNDECIDED, NODE_ATOM } node_op;

typedef struct node {
  node_op op;
  uint32_t a, b; /* nodes; of NODE_ATOM: a is the atom; of NODE_CONST the mask */
} node;

typedef struct model {
  arena *scratch;
  dun_lang lang;
  var vars[SOLVE_VARS_MAX];
  uint32_t var_count;
  axis axes[SOLVE_AXES_MAX];
  uint32_t axis_count;
  atom *atoms;
  uint32_t atom_count, atom_room;
  node *nodes;
  uint32_t node_count, node_room;
  const program *p;                    /* of the expression that is being built */
  currency curs[SOLVE_CURRENCIES_MAX]; /* that a row's amounts may be in */
  uint32_t cur_count;
  bool cur_unnamed; /* curs[0] stands for the data's one currency, whatever it is */
  bool rates;       /* amounts of two currencies are compared by the day's rates */
  uint8_t money_scale;
  bool dunned, contract_there;
  uint64_t work; /* spent on building it */
  bool full;     /* more than the tables hold: not analysed */
  uint16_t today, contract;
  int64_t *bounds; /* link_count x link_count: [i][j] the most that variable i less variable j can be */
  uint32_t link_count;
  bool usual;     /* what most rows keep is kept, too */
  bool has_usual; /* there is such a thing */
} model;

enum { NO_VAR = UINT16_MAX };

/* solve_model.c */
uint32_t model_build(model *m, const program *p, const expr *e); /* a node */
uint32_t model_const(model *m, unsigned mask);
uint32_t model_overdue(model *m, const solve_asked *a);

/* solve_finish.c */
void model_currencies(model *m, const solve_asked *asked, uint32_t n); /* before model_build */
void model_finish(model *m);                                           /* after it: cells, what each atom is in them */
axis *currency_axis(model *m, entity of);                              /* NULL: there is but one currency */

/* solve_var.c: variables, and the axes about them */
uint16_t var_of_use(model *m, const program *p, uint16_t use);
uint16_t var_today(model *m);
uint16_t axis_of(model *m, axis like);
uint16_t axis_range(model *m, uint16_t var, uint16_t than);
uint16_t axis_unit(model *m, uint16_t var, uint16_t than, duration_unit unit, const program *p);
void axis_cut(model *m, axis *a, int64_t at);
bool same_days(const program *a, const program *b); /* both count days from due dates in one way */
/* The two variables whose difference `overdue` is. */
void overdue_vars(model *m, const program *p, uint16_t *var, uint16_t *than);

/* solve_linear.c: sums of variables */
enum { LINEAR_MAX = 4 };
typedef struct linear {
  uint16_t var[LINEAR_MAX];
  rational factor[LINEAR_MAX];
  uint32_t n;
  rational plus;
  uint16_t deps[SOLVE_DEPS_MAX];
  uint8_t dep_count;
  unsigned cur_of;
  bool cur_named, cur_all, cur_mixed;
  currency cur;
} linear;
bool linear_of(model *m, const expr *e, linear *out);
bool linear_less(const model *m, const linear *a, const linear *b, linear *out); /* a - b */

/* solve_text.c */
void text_cells(model *m, uint16_t axis);
bool text_is_simple(const expr *e);
bool text_holds(const expr *e, slice s);

/* solve_bounds.c: differences of variables */
void bounds_begin(model *m);
bool bounds_add(model *m, uint16_t var, uint16_t than, int64_t lo, int64_t hi); /* false: no values are left */
void bounds_of(const model *m, uint16_t var, uint16_t than, int64_t *lo, int64_t *hi);
bool bounds_cell(model *m, const axis *a); /* those of the cell assigned */
/* The same so that it holds on every day and with every calendar. */
bool unit_surely(const axis *a, int64_t *lo, int64_t *hi);
int64_t unit_days(duration_unit unit, int64_t at, bool most);

/* solve_witness.c */
bool witness_take(model *m, arena *perm, solve_witness *out); /* false: no row of real data may be so */

static inline uint32_t cell_of(const axis *a, int64_t v) {
  uint32_t i = 0;
  while (i + 1 < a->n && a->cut[i + 1] <= v) i++;
  return i;
}

#endif
