/* Diagnostics: what is wrong in a policy, where, and what to write instead. Every one is a row of diag.def (code,
 * severity, text and remedy in three languages); arguments are slices put in at {0} {1} {2}. */
#ifndef DUN_BASE_DIAG_H
#define DUN_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "slice.h"

/* A place in a source file, in bytes: [from, to). */
typedef struct span {
  uint32_t from, to;
  uint16_t file; /* index into the source list of the compile */
} span;

typedef enum dun_lang { LANG_EN, LANG_PT, LANG_ES, LANG_COUNT } dun_lang;

typedef enum diag_severity { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE } diag_severity;

typedef enum diag_code {
#define DIAG(code, severity, en, pt, es, fix_en, fix_pt, fix_es) DIAG_##code,
#include "diag.def"
#undef DIAG
  DIAG_COUNT
} diag_code;

typedef struct source {
  slice name; /* as the user gave it */
  slice text;
} source;

/* What takes an error away, for an editor to do: the text that stands at a place is replaced. `next`: another reading
 * of what was meant, for the user to choose from. */
typedef struct diag_edit {
  span at;    /* of the diagnostic's file; an empty one is where to insert */
  slice text; /* empty: take it out */
  struct diag_edit *next;
} diag_edit;

typedef struct diag {
  diag_code code;
  span at;
  slice arg[3];
  slice hint;     /* e.g. `did you mean "customer"?`; empty: none */
  diag_edit *fix; /* NULL: nobody knows one that is surely right */
  struct diag *next;
} diag;

typedef struct diags {
  arena *perm;
  diag *first, *last;
  size_t errors, warnings, notes;
  diag **index; /* a hash of all by code and place, so that a repeated one is found at once */
  size_t index_room;
} diags;

void diags_init(diags *d, arena *perm);
/* Texts of arguments and hint are copied. Two diagnostics of one code at one place are one: of the second it gives
 * NULL.
 */
diag *diag_add(diags *d, diag_code code, span at, slice hint, size_t argc, const slice *argv);
/* One more way to take it away; its text is copied. `x` NULL: it was said before, and so was this. */
void diag_fix(diags *d, diag *x, span at, slice written);
/* The same for a hint that is nothing but readings: "`1_000` / `1.0`". */
void diag_fix_readings(diags *d, diag *x, span at, slice hint);
/* Ordered by file and place; at one place as they came. */
void diags_sort(diags *d);

const char *diag_name(diag_code code); /* "E0112" */
diag_severity diag_severity_of(diag_code code);
/* The text with its arguments put in, in `perm`. */
slice diag_text(const diag *d, dun_lang lang, arena *perm);
/* The text as it stands in the table, holes unfilled. */
slice diag_says(diag_code code, dun_lang lang);
/* What to do about it (`dun explain CODE`): the remedy column of the table. */
slice diag_remedy(diag_code code, dun_lang lang);
/* Looks a code up by its name, any case; DIAG_COUNT where there is none. */
diag_code diag_find(slice name);

/* All of them as in LANGUAGE.md 13 (header, --> file:line:column, the line, the place underlined, the hint), in `perm`,
 * an empty line after each. A place of several lines is underlined to the end of its first; a very long line is cut
 * around the place; what a terminal would obey (control characters) is shown as U+FFFD. Colours are ANSI sequences. */
slice diags_render(const diags *d, const source *sources, size_t count, dun_lang lang, bool color, arena *perm);

/* Line and column (in characters; a tab is one), both from 1. An offset past the end is the end. */
void source_position(const source *s, uint32_t offset, uint32_t *line, uint32_t *column);

#endif
