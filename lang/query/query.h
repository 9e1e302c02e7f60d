/* What an editor asks about a policy while it is written: what stands at a place, what may follow, where a name is
 * meant. Pure: files, their program and lists of what the project has in; answers out. Places are bytes of a file.
 *
 * A query is made once for each version of the files and answers from then on; it lives in its arena and points into
 * the sources. The files need not compile: what could not be read has no names, and its keywords still have meanings.
 */
#ifndef DUN_QUERY_H
#define DUN_QUERY_H

#include "lang/check/program.h"
#include "lang/compile.h"
#include "lang/syntax/written.h"

/* NAMED(id, may it be renamed): the kinds of names that a policy holds. */
#define QUERY_NAMES(NAMED)                                                                                             \
  NAMED(FIELD, false) /* of fields.def */                                                                              \
  NAMED(CUSTOM, true) /* declared by `field` */                                                                        \
  NAMED(DEFINE, true)                                                                                                  \
  NAMED(LADDER, true)                                                                                                  \
  NAMED(RULE, true)                                                                                                    \
  NAMED(TEAM, true)                                                                                                    \
  NAMED(TEST, false)                                                                                                   \
  NAMED(TEMPLATE, false) /* of a message; its channel is in `op` */                                                    \
  NAMED(DOCUMENT, false) /* a document's template */                                                                   \
  NAMED(INCLUDE, false)                                                                                                \
  NAMED(CALENDAR, false)                                                                                               \
  NAMED(SERIES, false)                                                                                                 \
  NAMED(BOARD, false)

typedef enum named_kind {
#define NAMED(id, renames) NAMED_##id,
  QUERY_NAMES(NAMED)
#undef NAMED
      NAMED_COUNT
} named_kind;

typedef struct named {
  named_kind kind;
  span at;         /* of the name alone, without quotes; of `customer.segment` the whole path */
  slice name;      /* as written; of FIELD and CUSTOM without its entity */
  bool defines;    /* it is made here */
  entity of;       /* FIELD, CUSTOM: whose field */
  uint16_t field;  /* the same: field_id, or FIELD_COUNT + index in program.custom */
  kw op;           /* TEMPLATE: the channel */
  const ast *node; /* the statement that makes it, where it is made */
} named;

typedef struct query {
  arena *perm;
  const source *files;
  uint32_t file_count;
  const program *program;
  const ast_file *const *trees; /* one per file */
  const written_file **words;   /* one per file; NULL until it is asked for: query_words */
  named *names;                 /* by file and place */
  uint32_t name_count;
} query;

/* `c` was compiled of these very files, and its trees were kept; all of it outlives the query. */
void query_begin(arena *perm, const source *files, uint32_t n, const compiled *c, query *out);

/* The words of a file. */
const written_file *query_words(const query *q, uint16_t file);

/* ---- names.c ---- */

/* The name at a place, its end included; NULL: there is none. */
const named *query_name_at(const query *q, uint16_t file, uint32_t at);
bool query_same_name(const named *a, const named *b);
/* Where it is made; NULL: not in these files. */
const named *query_definition(const query *q, const named *n);

/* Why a name is not changed. RENAME_WHY(id): texts in rename.c. */
typedef enum rename_status {
  RENAME_FINE,
  RENAME_NO_NAME,  /* nothing there has a name that could change */
  RENAME_NOT_OURS, /* a field of Dun, a template, a calendar */
  RENAME_MALFORMED,
  RENAME_KEYWORD,
  RENAME_TAKEN,
  RENAME_STATUS_COUNT
} rename_status;

/* Whether what stands there can be renamed; *at is the part that would change. */
rename_status query_may_rename(const query *q, uint16_t file, uint32_t at, span *name);
/* The places that become `to`, in order, in the query's arena. */
rename_status query_rename(const query *q, uint16_t file, uint32_t at, slice to, const span **places, uint32_t *count);
/* In words, for the user. */
slice query_rename_says(rename_status status, dun_lang lang);

/* ---- hover.c ---- */

/* What stands at a place, as Markdown in the file's language; empty: nothing that needs to be said. */
slice query_hover(const query *q, uint16_t file, uint32_t at, span *about);
/* Type and meaning of a field: "`customer.segment`: text. Market segment." */
slice query_field_says(const query *q, entity of, uint16_t field, dun_lang lang);
/* The meaning of a keyword; empty: the table has none. */
slice query_keyword_says(kw op, dun_lang lang);

/* ---- complete.c ---- */

typedef enum complete_kind {
  COMPLETE_KEYWORD,
  COMPLETE_FIELD,
  COMPLETE_VALUE,
  COMPLETE_NAME,
  COMPLETE_FILE,
  COMPLETE_SNIPPET
} complete_kind;

typedef struct completion {
  complete_kind kind;
  slice label, insert;
  slice detail, says; /* its type; its meaning. Either may be empty */
  span replace;       /* what was written of it */
  bool snippet;       /* `insert` has places to fill: $1, ${2:...} */
  unsigned rank;      /* 0 comes first */
} completion;

/* PROJECT(id): what a project has beside its policies, as names without folder and ending. */
#define QUERY_PROJECT(PROJECT) PROJECT(TEMPLATE) PROJECT(DOCUMENT) PROJECT(CALENDAR) PROJECT(SERIES) PROJECT(INCLUDE)
typedef enum project_kind {
#define PROJECT(id) PROJECT_##id,
  QUERY_PROJECT(PROJECT)
#undef PROJECT
      PROJECT_COUNT
} project_kind;

typedef struct project_name {
  project_kind kind;
  slice name;
  kw channel; /* of a template */
} project_name;

typedef struct query_lists {
  const project_name *v;
  uint32_t n;
} query_lists;

const completion *query_complete(const query *q, uint16_t file, uint32_t at, const query_lists *lists, uint32_t *count);

/* ---- outline.c ---- */

/* A section or declaration of a file, or a rung or line in one; in order, a part behind its whole. */
typedef struct outline_item {
  named_kind kind; /* NAMED_COUNT: it has no name */
  slice label;
  span at, name; /* the whole of it; what to show of it */
  uint32_t depth;
} outline_item;
const outline_item *query_outline(const query *q, uint16_t file, uint32_t *count);

/* The entity whose rows the text at a place runs over. */
entity query_context(const query *q, uint16_t file, uint32_t at);

#endif
