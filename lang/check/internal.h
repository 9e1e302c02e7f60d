/* What the checker's files share: its state while it walks the trees, and how they call each other. Nobody else
 * includes this. */
#ifndef DUN_CHECK_INTERNAL_H
#define DUN_CHECK_INTERNAL_H

#include "lang/check/check.h"
#include "lang/check/fields.h"
#include "lang/check/table.h"

/* `define NAME as ...`: its condition is built anew wherever the name stands. */
typedef struct define {
  slice name;
  const ast *body; /* the COND */
  span at, name_at;
  dun_lang lang;
  bool reads_known;
  unsigned reads;  /* what reads_of found */
  bool open, used; /* being built (a use inside is a cycle); used at all */
  bool early;      /* used above its place */
} define;

/* The settings of one scope while they are collected: the policy's, or a ladder's. */
typedef struct scope_lists {
  vec holds, stops, asks, windows, limits;
  const ast *seen[AST_KIND_COUNT]; /* the first of a setting that may stand once */
} scope_lists;

typedef struct checker {
  arena *perm, *scratch;
  diags *d;
  program *p;
  dun_lang lang; /* of the file at hand */
  entity of;     /* whose rows the expression at hand runs over */
  const ast_file *const *files;
  uint32_t file_count;
  const struct file_place *places;  /* one per file */
  const struct embedded *calendars; /* the table of those that the policy may name */

  name_map defines_by_name, custom_by_name, paths, texts, ladders_by_name, rules_by_name, teams_by_name;
  vec defines; /* define */
  vec conds, values, uses, custom, ladders, whens, everys, ons, teams, connections, holidays, tests, guarantees;
  vec alerts;                                                  /* const ast *: to teams that are not defined above */
  vec series_named;                                            /* named_series */
  vec kept;                                                    /* slice: the texts in `perm` */
  vec refs;                                                    /* field_ref: what `paths` points to */
  uint16_t use_of[ENT_COUNT][FIELD_COUNT + CUSTOM_FIELDS_MAX]; /* 1 + index into uses; 0: not read yet */
  bool has_entity[ENT_COUNT];                                  /* some section runs over its rows */
  scope_lists policy;
  uint32_t nodes, depth; /* of the condition at hand */
  uint32_t nodes_all;    /* of all conditions */
  bool too_long;
  uint32_t ordinal; /* of the next action of the rung or section at hand */
  uint32_t rules;   /* and rungs, counted so far */
  uint32_t seq;     /* among whens, everys and ons */
  uint32_t *stamp;  /* one per use: which walk saw it last */
  uint32_t stamp_room, stamp_now;
  bool document_made;       /* above, in the section at hand */
  const ast *first_unnamed; /* `when` */
  bool policy_seen;
  bool currency_lost; /* a `currency` line is there, and it does not say which */
} checker;

/* diagnostics: REPORT(c, E0112, at, hint, args...) */
#define REPORT(c, code, at, hint, ...)                                                                                 \
  diag_add((c)->d, DIAG_##code, (at), (hint),                                                                          \
           sizeof((slice[]){{NULL, 0} __VA_OPT__(, ) __VA_ARGS__}) / sizeof(slice) - 1,                                \
           (slice[]){{NULL, 0} __VA_OPT__(, ) __VA_ARGS__} + 1)
#define NO_HINT ((slice){NULL, 0})
/* What an editor may write to take away what was just reported: mend(c, REPORT(...), at, text). Nothing where `text` is
 * empty: nobody knows. */
void mend(checker *c, diag *reported, span at, slice text);
/* One of several, for the user to choose. */
void mend_choice(checker *c, diag *reported, span at, const slice *texts, size_t n);

typedef enum hint_id {
#define HINT(id, en, pt, es) HINT_##id,
#include "lang/check/hints.def"
#undef HINT
  HINT_COUNT
} hint_id;
/* The hint in the file's language, `arg` put in at {0}. */
slice hint(checker *c, hint_id id, slice arg);
/* `did you mean "x"?`; empty where x is. */
slice hint_mean(checker *c, slice nearest);

/* files.c: the files of the policy, read as one text */
void files_link(checker *c); /* which file stands at which `include`; before any of the others */
/* Every statement on the top of every file, in the order of reading: what a file includes stands where it says so. */
void files_each(checker *c, void (*visit)(checker *c, const ast *n));
bool files_whole(const checker *c);                 /* no statement was left out of the trees */
bool files_above(const checker *c, span a, span b); /* `a` is read before `b` */

/* calendars.c */
void calendar_setting(checker *c, const ast *n);

/* check.c: a copy of the text in `perm`, each text once */
slice keep(checker *c, slice s);
/* Where bytes of a node's text stand in the file, and where the whole of it does. */
span span_part(checker *c, const ast *n, size_t from, size_t bytes);
span span_name(checker *c, const ast *n);
uint16_t use_field(checker *c, entity of, uint16_t field);
/* Counts a rung or rule; false: there are more than there may be. */
bool rule_fits(checker *c, span at);
type field_type(checker *c, uint16_t field);
slice field_text(checker *c, uint16_t field); /* its name in the file's language */

/* names.c */
void names_collect(checker *c);
void names_check_unused(checker *c, bool warn); /* reads them; `warn`: says that they are unused */
/* A path from the context at hand; reports what is wrong and gives a status other than FIELD_FOUND. */
field_ref name_resolve(checker *c, const ast *n, slice path);
field_ref name_look(checker *c, slice path); /* the same, silent */
/* The define that a NAME stands for at its place; NULL where it is none. */
define *name_define(checker *c, const ast *n);
/* Whether a condition reads fields of the customer, and of nothing else. */
bool reads_only_customer(checker *c, const ast *n);

/* expr.c */
const expr *expr_build(checker *c, const ast *n);
const expr *expr_whole(checker *c, const ast *n);  /* the same from the top: its limits are its own */
bool expr_is_condition(checker *c, const expr *e); /* reports where it is not */
expr *expr_new(checker *c, expr_op op, type ty, span at);
const expr *expr_error(checker *c, span at);
const expr *expr_pair(checker *c, expr_op op, const expr *a, const expr *b, span at); /* AND, OR: yes/no */
const expr *expr_not(checker *c, const expr *a, span at);
/* AND or OR over list[0..n), n > 0, as a balanced tree: depth log n. */
const expr *expr_chain(checker *c, expr_op op, const expr *const *list, uint32_t n, span at);
bool expr_is_field(checker *c, const expr *e, uint16_t field);
const field_info *expr_fixed(checker *c, const expr *e); /* the field with fixed values that it reads, or NULL */
/* The value of a number or amount without fields. */
bool expr_constant(const expr *e, rational *out);
const expr *expr_as_money(checker *c, const expr *e); /* a bare number as money; NULL where it is none */
bool expr_money_fits(checker *c, decimal num, currency cur, span at);

/* compare.c, arith.c */
const expr *compare_build(checker *c, const ast *n); /* COMPARE BETWEEN IN MISSING */
const expr *arith_build(checker *c, const ast *n);
typedef enum duration_class { SPAN_DAYS, SPAN_BUSINESS, SPAN_MONTHS } duration_class;
duration_class duration_class_of(duration d);
duration_class expr_duration_class(const expr *e);
bool duration_days(duration d, int32_t *out);   /* d and w only */
bool duration_months(duration d, int32_t *out); /* mo and y only */

/* cond.c: conditions of the program */
uint32_t cond_add(checker *c, const expr *e, span at);
/* A COND, WHERE or FOR clause over the rows of `of`; NO_COND where `clause` is NULL. */
uint32_t cond_of(checker *c, const ast *clause, entity of);
/* `where C` or `unless C` of a section; NO_COND where it has neither. */
uint32_t cond_where(checker *c, const ast *section, entity of);
const expr *cond_expr(checker *c, const ast *clause, entity of); /* typed and yes/no, not added */
void cond_analyse(checker *c, cond *k);

/* action.c, message.c: what is done */
lines lines_build(checker *c, const ast *section, entity of);
void action_build(checker *c, const ast *n, action *out);
/* A rule that was read whole and does nothing. */
void check_does(checker *c, const ast *section, const lines *body);
void send_build(checker *c, const ast *n, action *out);
text_pieces pieces_build(checker *c, const ast *n);
slice who_text(checker *c, const ast *who, bool *quoted, uint16_t *use);
bool channel_of(const ast *n, channel *out);
bool channel_to_customer(checker *c, const ast *n, channel *out); /* reports the others */

/* canonical.c: the canonical English of clauses without a member of their own */
slice canonical_path(checker *c, field_ref r);
slice canonical_items(checker *c, const ast *with, const uint16_t **uses, uint32_t *count);
slice canonical_adjust(checker *c, const ast *n);
slice canonical_prorated(checker *c, const ast *n);
slice duration_written(checker *c, duration d); /* "5bd", "-3d" */

/* contract_sentence.c: the same clauses as terms to compute with */
const price_adjustment *adjust_build(checker *c, const ast *n);
const price_proration *prorated_build(checker *c, const ast *n); /* NULL for NULL */

/* scope.c, window.c, settings.c, fee_sentence.c: settings */
void setting_check(checker *c, const ast *n, scope *s, scope_lists *l, entity of, bool in_ladder);
void scope_finish(checker *c, scope *s, scope_lists *l);
/* A condition for every kind of rows that the setting holds for: at most ENT_COUNT ids, `*count` of them. */
void scope_conds(checker *c, const ast *clause, entity of, bool in_ladder, uint32_t ids[ENT_COUNT], uint32_t *count);
void window_add(checker *c, const ast *n, scope_lists *l, entity of, bool in_ladder);
void windows_check(checker *c); /* no scope may leave no moment at all */
void limit_add(checker *c, const ast *n, scope_lists *l);
void policy_setting(checker *c, const ast *n); /* those that stand for the whole policy only */
bool whole_number(checker *c, const ast *n, int64_t min, int64_t max, int64_t *out);
bool whole_days(checker *c, const ast *duration, int32_t *out); /* d and w; reports the others */
uint32_t action_kind_bits(kw op);                               /* a bit per action_kind that the word names */
bool setting_lost(const checker *c, kw word); /* a line that begins so may have been left out of the trees */
void fee_setting(checker *c, const ast *n);
void fee_finish(checker *c); /* once the calendar and the due rule are known */

/* test_section.c: `test "..."` */
void test_build(checker *c, const ast *n);

/* guarantee.c */
void guarantee_build(checker *c, const ast *n);

/* lost.c: what stands below a header or an `at` that could not be read */
void lost_build(checker *c, const ast *n);
void lost_rungs(checker *c, const ast *section, entity of);

/* ladder.c, when.c, trigger.c, connect.c: sections and declarations */
void ladder_build(checker *c, const ast *n);
void no_ladder_build(checker *c, const ast *n);
const rung *rungs_build(checker *c, const ast *section, entity of, slice anchor, const rung *first, uint32_t *count);
/* places.c: rungs that meet at one place have no more actions together than one may have */
void check_places(checker *c, const rung *v, uint32_t n);
void when_build(checker *c, const ast *n);
entity event_entity(kw op);
void name_series(checker *c, slice name, span at);             /* `name` in `perm` */
uint8_t days_of(const ast *days, bool *business, bool *named); /* bit 0 Monday */
void every_build(checker *c, const ast *n);
void on_build(checker *c, const ast *n);
void team_build(checker *c, const ast *n);
void connect_build(checker *c, const ast *n);

#endif
