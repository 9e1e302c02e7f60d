/* What a policy leans on beside its own files, in two revisions: templates, calendars, published series, mappings,
 * rates; and the business days that come of it. */
#ifndef DUN_CLI_DIFF_FILES_H
#define DUN_CLI_DIFF_FILES_H

#include "lang/analyse/policy_diff.h"
#include "session.h"

/* FILE_KIND(id, folder of the project, end of the name, word in csv and json); no folder: named by the policy. */
#define DIFF_FILE_KINDS(FILE_KIND)                                                                                     \
  FILE_KIND(TEMPLATE, "templates", ".txt .html", "template")                                                           \
  FILE_KIND(CALENDAR, "calendars", ".cal", "calendar")                                                                 \
  FILE_KIND(SERIES, "indices", ".idx", "series")                                                                       \
  FILE_KIND(MAPPING, "", "", "mapping")                                                                                \
  FILE_KIND(RATES, "", "", "rates")
typedef enum diff_file_kind {
#define FILE_KIND(id, folder, ends, word) DIFF_FILE_##id,
  DIFF_FILE_KINDS(FILE_KIND)
#undef FILE_KIND
      DIFF_FILE_COUNT
} diff_file_kind;
extern const char *const DIFF_FILE_WORDS[DIFF_FILE_COUNT];

typedef struct file_change {
  diff_file_kind of;
  policy_change_kind kind; /* added, removed, changed */
  slice name;
  slice users;             /* of a template: "standard 15d, key_accounts 30d" */
  slice diff;              /* unified; empty: it is no text */
  uint32_t added, removed; /* lines */
} file_change;

typedef struct day_change {
  civil_date day;
  bool business; /* it becomes one */
  slice name;    /* of the holiday, as far as it has one */
} day_change;

typedef struct files_diff {
  const file_change *files;
  uint32_t file_count;
  const day_change *days; /* of this year and the next */
  uint32_t day_count;
  int year; /* the first of the two */
} files_diff;

/* Both sessions are compiled and still see the files of their revision. */
files_diff diff_files(session *was, session *now, civil_date today);

#endif
