/* A mapping: what a person wrote into a JSON file about an ERP that has an HTTP interface of the usual kind, so that
 * `connect erp rest with mapping "xero.json"` can read it. rest_map.c reads the file, rest_path.c finds values in its
 * answers, rest.c asks.
 *
 * Invariants: a mapping that was read is whole: every name in it is known, every path can be walked, every column is
 * one of the store or a custom field; what is wrong is said with the file, the place in it, and what to write. */
#ifndef DUN_ERP_REST_MAP_H
#define DUN_ERP_REST_MAP_H

#include "lang/base/text.h"
#include "record.h"
#include "stdlib/net/json.h"

enum { REST_FEEDS_MAX = 8, REST_BYTES_MAX = 1 << 20, REST_MATCHES_MAX = 200 };

/* ---- paths ---- */

typedef enum rest_step_kind {
  REST_NAME,  /* .name */
  REST_INDEX, /* [0] */
  REST_EACH,  /* [] */
  REST_WHERE  /* [name=value]: the members of the list that have it */
} rest_step_kind;
typedef struct rest_step {
  rest_step_kind kind;
  slice name, value;
  size_t index;
} rest_step;
typedef struct rest_path {
  const rest_step *v;
  size_t n; /* 0: the value itself */
} rest_path;

/* NULL: fine; else what is wrong with it. */
const char *rest_path_read(slice written, arena *perm, rest_path *out);
/* The first that it leads to; NULL: none. */
const json *rest_at(const json *j, const rest_path *p);
/* The texts of all that it leads to, those that have one, with `;` between them. */
slice rest_text(const json *j, const rest_path *p, arena *perm);

/* ---- values ---- */

typedef struct rest_word {
  slice said, means;
} rest_word;

typedef struct rest_value {
  rest_path *at; /* the first of them that leads to a text; of `join` all */
  size_t at_count;
  bool join, constant;
  slice with; /* between joined texts; of a constant: itself */
  rest_word *words;
  size_t word_count;
  bool has_otherwise;
  slice otherwise; /* for a text that is none of the words; else it is taken as it is */
} rest_value;

/* Empty: there is none. */
slice rest_value_of(const rest_value *v, const json *record, arena *perm);

typedef struct rest_filter {
  rest_path at;
  bool except;
  slice *texts;
  size_t count;
} rest_filter;
bool rest_passes(const rest_filter *f, size_t n, const json *record, arena *perm);

/* ---- texts with holes ---- */

/* "{id}" in a text is filled with what is called so. */
typedef struct rest_hole {
  const char *name;
  slice value;
} rest_hole;
typedef enum rest_form { REST_PLAIN, REST_IN_ADDRESS } rest_form;
/* Every hole has its value: rest_map_read has looked. */
slice rest_fill(slice pattern, const rest_hole *holes, size_t n, rest_form form, arena *perm);
/* The name of the first hole from *at on, which goes behind it; empty: there is none. */
slice rest_next_hole(slice pattern, size_t *at);

typedef struct rest_pair {
  slice name, value; /* `value` with holes */
} rest_pair;
typedef struct rest_pairs {
  const rest_pair *v;
  size_t n;
} rest_pairs;

/* ---- the mapping ---- */

typedef enum rest_proof { REST_NOBODY, REST_BEARER, REST_BASIC, REST_HEADER, REST_OAUTH, REST_PROOF_COUNT } rest_proof;
typedef enum rest_paging {
  REST_ONE_PAGE,
  REST_NUMBER,
  REST_OFFSET,
  REST_CURSOR,
  REST_LINK,
  REST_PAGING_COUNT
} rest_paging;

typedef struct rest_feed {
  const char *name;
  store_table table;
  slice path; /* with holes */
  rest_pairs query;
  rest_path rows;
  rest_paging paging;
  slice parameter, size_parameter; /* of the query; `size_parameter` empty: none */
  int64_t first, size;             /* `size` 0: it is not said how many rows a page has */
  bool has_next, has_pages, has_total;
  rest_path next, pages, total; /* in the answer: the next cursor or link, how many pages or rows there are */
  bool changed;                 /* it can be asked for what changed */
  slice changed_parameter, changed_header, changed_value;
  int64_t overlap_s;
  rest_filter *filters;
  size_t filter_count;
  record_shape shape;
  rest_value value[RECORD_COLUMNS_MAX]; /* in the order of the shape's columns; those behind `values` have none */
  size_t values;
  bool alone; /* a row can be asked for by its number */
  slice one_path;
  rest_pairs one_query;
  rest_path one_row;
  bool paid_when_gone, kept_when_gone;
} rest_feed;

typedef struct rest_writing {
  bool there, again; /* `again`: the same twice counts once */
  const char *method;
  slice path;
  rest_pairs query, headers;
  const json *body; /* NULL: none */
} rest_writing;

typedef struct rest_map {
  const char *file;
  uint32_t mark; /* of its text: another one is another mapping */
  const char *name, *address;
  rest_proof proof;
  slice header, prefix;    /* of REST_HEADER */
  const char *login;       /* of REST_OAUTH: scheme and host */
  slice login_path, scope; /* and what stands behind */
  bool login_basic;
  rest_pairs headers;
  api_limits limits;
  rest_feed *feed;
  size_t feeds;
  rest_writing write[ACT_COUNT];
  slice check; /* a path that `dun doctor` asks for; empty: the feeds */
} rest_map;

/* NULL: *why. The connect line is asked for the settings that the mapping's texts name. */
const rest_map *rest_map_read(world *w, arena *perm, const connection *c, const char *file, slice *why);
/* The same of a text. */
const rest_map *rest_map_of(world *w, arena *perm, const connection *c, const char *file, slice written, slice *why);

/* What an order's texts may name beside settings. */
enum { REST_ORDER_HOLES = 10 };
extern const char *const REST_ORDER_NAMES[REST_ORDER_HOLES];
/* And those of `changed`. */
enum { REST_TIME_HOLES = 6 };
extern const char *const REST_TIME_NAMES[REST_TIME_HOLES];

#endif
