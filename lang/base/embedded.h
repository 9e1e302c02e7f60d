/* Text files of the repository that the program carries in itself (scripts/embed.sh). */
#ifndef DUN_BASE_EMBEDDED_H
#define DUN_BASE_EMBEDDED_H

struct embedded {
  const char *name, *text; /* NULL name ends a table */
};

extern const struct embedded stdlib_calendars[];
extern const struct embedded stdlib_indices[];
extern const struct embedded error_programs[]; /* by code */
/* The files of `dun new`, by their path in the project. */
extern const struct embedded stdlib_new_en[];
extern const struct embedded stdlib_new_pt[];
extern const struct embedded stdlib_new_es[];
extern const struct embedded page_files[];    /* of runtime/page, by name */
extern const struct embedded openapi_parts[]; /* of runtime/api */

#endif
