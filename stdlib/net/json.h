/* JSON (RFC 8259), read and written; our own, since libraries keep a number with a point as a float.
 *
 * Invariants: what is read is a tree that does not change and lives in its arena; a path that leads nowhere is NULL or
 * empty, never a crash; numbers keep their digits (money is never a float); texts are UTF-8 without NUL. */
#ifndef DUN_NET_JSON_H
#define DUN_NET_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/base/arena.h"
#include "lang/base/decimal.h"
#include "lang/base/slice.h"

typedef struct json json;

typedef enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT } json_kind;

enum { JSON_DEPTH_MAX = 64, JSON_BYTES_MAX = 256 << 20 };

/* NULL: it is not JSON; *why says where (no text of it). Of a name that is there twice the last one counts; what is no
 * character (half a surrogate pair, NUL) is read as U+FFFD. */
const json *json_parse(slice text, arena *perm, slice *why);

/* All take NULL and answer with nothing. */
json_kind json_kind_of(const json *j);
/* "resumo.nValAberto", "parcelas[0].valor"; a name with a dot or a bracket in it cannot be reached. */
const json *json_at(const json *j, const char *path);
const json *json_member(const json *j, slice name);
slice json_name(const json *j);                 /* of a member, by which it was found; empty: it is none */
size_t json_count(const json *j);               /* of a list or an object */
const json *json_item(const json *j, size_t i); /* of a list or an object */
/* The value of a text; a number as it is written, true and false as words; empty for all else. */
slice json_text(const json *j);
slice json_text_at(const json *j, const char *path);
bool json_true(const json *j); /* true, "true", "S", "Y", "tYES", 1 */
/* Exact, of a number or of a text that is one, with or without an exponent. False: neither, or it does not fit. */
bool json_decimal(const json *j, decimal *out);
bool json_decimal_of(slice text, decimal *out); /* the same of a text alone */
/* False: not a whole number within range. */
bool json_int(const json *j, int64_t *out);

/* A writer: text grows in the arena, commas and escapes by itself. */
typedef struct json_writer json_writer;
json_writer *json_write(arena *perm);
void json_begin_object(json_writer *w, const char *name); /* `name` NULL: an item of a list, or the whole */
void json_begin_list(json_writer *w, const char *name);
void json_end(json_writer *w); /* the innermost object or list */
void json_put_text(json_writer *w, const char *name, slice value);
void json_put_int(json_writer *w, const char *name, int64_t value);
void json_put_number(json_writer *w, const char *name, slice digits); /* "1000.00", as it is */
void json_put_bool(json_writer *w, const char *name, bool value);
void json_put_null(json_writer *w, const char *name);
void json_put_json(json_writer *w, const char *name, const json *value); /* as it was read */
slice json_written(json_writer *w);                                      /* the text so far; all must be ended */

/* What a text is inside the quotes; what is not UTF-8 becomes U+FFFD. */
slice json_escaped(slice value, arena *perm);

#endif
