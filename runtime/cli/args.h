/* The command line: one table of options, one row a command. Parsing, `--help` and "did you mean" all read the tables.
 *
 * Invariant: what args_parse lets through is valid: a date is a date, a format a format, a required value is there. */
#ifndef DUN_CLI_ARGS_H
#define DUN_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/base/arena.h"
#include "lang/base/diag.h"
#include "lang/base/slice.h"
#include "out.h"
#include "runtime/world.h"
#include "texts.h"

/* Exit status of every command (ARCHITECTURE.md). */
typedef enum exit_status { EXIT_FINE, EXIT_FINDINGS, EXIT_USAGE, EXIT_COMPILE, EXIT_WORLD } exit_status;

/* OPTION(id, spelling, kind, placeholder). kind: FLAG takes no value; TEXT any; DATE a civil date (2026-03-31); NUMBER
 * a whole number from 0; REPORT plain|junit; FORMAT, LANG one of their names; DECIMAL comma|point; DATES dmy|mdy|iso.
 * Its help is TXT_OPT_id, what stands for its value TXT_placeholder. */
#define ARG_OPTIONS(OPTION)                                                                                            \
  OPTION(format, "--format", FORMAT, PH_FORMAT)                                                                        \
  OPTION(today, "--today", DATE, PH_DATE)                                                                              \
  OPTION(from, "--from", DATE, PH_DATE)                                                                                \
  OPTION(to, "--to", DATE, PH_DATE)                                                                                    \
  OPTION(days, "--days", NUMBER, PH_N)                                                                                 \
  OPTION(policy, "--policy", TEXT, PH_FILE)                                                                            \
  OPTION(store, "--store", TEXT, PH_FILE)                                                                              \
  OPTION(data, "--data", TEXT, PH_DIR)                                                                                 \
  OPTION(lang, "--lang", LANG, PH_LANG)                                                                                \
  OPTION(templates, "--templates", TEXT, PH_DIR)                                                                       \
  OPTION(outbox, "--outbox", TEXT, PH_DIR)                                                                             \
  OPTION(events, "--events", TEXT, PH_FILE)                                                                            \
  OPTION(html, "--html", TEXT, PH_FILE)                                                                                \
  OPTION(svg, "--svg", TEXT, PH_FILE)                                                                                  \
  OPTION(show_as, "--as", VIEW, PH_VIEW)                                                                               \
  OPTION(decimal, "--decimal", DECIMAL, PH_DECIMAL)                                                                    \
  OPTION(dates, "--dates", DATES, PH_DATES)                                                                            \
  OPTION(currency, "--currency", TEXT, PH_CODE)                                                                        \
  OPTION(rejects, "--rejects", TEXT, PH_FILE)                                                                          \
  OPTION(stale_after, "--stale-after", NUMBER, PH_HOURS)                                                               \
  OPTION(state, "--state", TEXT, PH_STATE)                                                                             \
  OPTION(check, "--check", FLAG, NONE)                                                                                 \
  OPTION(diff, "--diff", FLAG, NONE)                                                                                   \
  OPTION(to_lang, "--to", LANG, PH_LANG)                                                                               \
  OPTION(report, "--format", REPORT, PH_FORMAT)                                                                        \
  OPTION(junit, "--junit", TEXT, PH_FILE)                                                                              \
  OPTION(accept, "--accept", FLAG, NONE)                                                                               \
  OPTION(coverage, "--coverage", FLAG, NONE)                                                                           \
  OPTION(all, "--all", FLAG, NONE)                                                                                     \
  OPTION(reject, "--reject", FLAG, NONE)                                                                               \
  OPTION(digest, "--digest", TEXT, PH_DIGEST)                                                                          \
  OPTION(messages, "--messages", NUMBER, PH_N)                                                                         \
  OPTION(no_ramp, "--no-ramp", FLAG, NONE)                                                                             \
  OPTION(require, "--require", NUMBER, PH_N)                                                                           \
  OPTION(shared_login, "--shared-login", FLAG, NONE)                                                                   \
  OPTION(by, "--by", TEXT, PH_NAME)                                                                                    \
  OPTION(why_not, "--why-not", TEXT, PH_TEXT)                                                                          \
  OPTION(trace, "--trace", FLAG, NONE)                                                                                 \
  OPTION(reason, "--reason", TEXT, PH_TEXT)                                                                            \
  OPTION(yes, "--yes", FLAG, NONE)                                                                                     \
  OPTION(exit_code, "--exit-code", FLAG, NONE)                                                                         \
  OPTION(no_http, "--no-http", FLAG, NONE)                                                                             \
  OPTION(listen, "--listen", TEXT, PH_LISTEN)                                                                          \
  OPTION(public_url, "--public-url", TEXT, PH_URL)                                                                     \
  OPTION(sync, "--sync", FLAG, NONE)                                                                                   \
  OPTION(whole, "--whole", FLAG, NONE)                                                                                 \
  OPTION(since, "--since", DATE, PH_DATE)                                                                              \
  OPTION(until, "--until", DATE, PH_DATE)                                                                              \
  OPTION(window, "--window", NUMBER, PH_DAYS)                                                                          \
  OPTION(within, "--within", NUMBER, PH_DAYS)                                                                          \
  OPTION(part, "--show", TEXT, PH_PART)                                                                                \
  OPTION(per, "--per", TEXT, PH_GROUP)                                                                                 \
  OPTION(edges, "--edges", TEXT, PH_EDGES)                                                                             \
  OPTION(rows, "--rows", TEXT, PH_LIST)                                                                                \
  OPTION(home, "--home", FLAG, NONE)                                                                                   \
  OPTION(pdf, "--pdf", TEXT, PH_FILE)                                                                                  \
  OPTION(out, "--out", TEXT, PH_FILE)                                                                                  \
  OPTION(quiet, "--quiet", FLAG, NONE)                                                                                 \
  OPTION(help, "--help", FLAG, NONE)

typedef enum arg_option {
#define OPTION(id, spelling, kind, placeholder) ARG_##id,
  ARG_OPTIONS(OPTION)
#undef OPTION
      ARG_COUNT
} arg_option;

#define ARG_BIT(id) (UINT64_C(1) << ARG_##id)

struct args;

/* One row a command. The table of commands is main.c's. */
typedef struct command {
  const char *name;         /* "import" */
  text_id usage;            /* what follows the name: "FOLDER|FILE..." */
  text_id summary;          /* one line */
  text_id details;          /* more for --help */
  uint64_t options;         /* ARG_BIT of each that it takes; --help always */
  int words_min, words_max; /* how many arguments that are no options; -1: any number */
  int (*run)(const struct args *a, world *w);
} command;

typedef struct arg_value {
  bool given;
  slice text;
  int64_t number; /* NUMBER; DATE: days since 1970-01-01 */
} arg_value;

typedef struct args {
  const command *command;
  arg_value value[ARG_COUNT];
  slice *word; /* arguments that are no options, each followed by a NUL */
  size_t word_count;
  out_format format;
  dun_lang lang;
  bool lang_known; /* --lang, or the environment's; else the policy's own language is better */
  arena *perm;
} args;

/* The language for what is said of a policy. */
dun_lang args_lang(const args *a, dun_lang of_policy);

/* Parses what follows `dun`: argv[0] is the command's name. On success true. Otherwise what is wrong (or the help asked
 * for) was printed, and *status is what to exit with: EXIT_USAGE, or EXIT_FINE after --help. */
bool args_parse(world *w, const command *commands, size_t command_count, int argc, char **argv, arena *perm, args *a,
                int *status) __attribute__((warn_unused_result));

/* The page of `dun --help`, and of `dun COMMAND --help`. */
void args_help_all(world *w, const command *commands, size_t command_count, dun_lang lang);
void args_help(world *w, const command *c, dun_lang lang);
/* The language of a command line before anything else is known of it: --lang, else the environment's, else English. */
dun_lang args_lang_of_line(world *w, int argc, char **argv);

/* "dun import: ..." on standard error, in words of texts.def; what another part said is translated by texts_said. */
void args_complain(world *w, const args *a, slice words);
#define ARGS_COMPLAIN(w, a, id, ...) args_complain((w), (a), TEXTS((a)->lang, (a)->perm, id, __VA_ARGS__))

/* Commands of this folder. */
int cmd_import(const struct args *a, world *w);

#endif
