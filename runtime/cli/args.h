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

/* Exit status of every command (ARCHITECTURE.md). */
typedef enum exit_status { EXIT_FINE, EXIT_FINDINGS, EXIT_USAGE, EXIT_COMPILE, EXIT_WORLD } exit_status;

/* OPTION(id, spelling, kind, placeholder, help). kind: FLAG takes no value; TEXT any; DATE a civil date (2026-03-31);
 * NUMBER a whole number from 0; REPORT plain|junit; FORMAT, LANG one of their names; DECIMAL comma|point; DATES
 * dmy|mdy|iso. */
#define ARG_OPTIONS(OPTION)                                                                                            \
  OPTION(format, "--format", FORMAT, "FORMAT", "table (default), csv, json or md")                                     \
  OPTION(today, "--today", DATE, "DATE", "the civil date to look at, instead of today's")                              \
  OPTION(from, "--from", DATE, "DATE", "the first day")                                                                \
  OPTION(to, "--to", DATE, "DATE", "the last day")                                                                     \
  OPTION(policy, "--policy", TEXT, "FILE", "the policy (default: the only .dun file here)")                            \
  OPTION(store, "--store", TEXT, "URL", "the store (default: dun.db here)")                                            \
  OPTION(data, "--data", TEXT, "DIR", "a folder of CSV files instead of a store")                                      \
  OPTION(lang, "--lang", LANG, "LANG", "en, pt or es: the language of the output")                                     \
  OPTION(templates, "--templates", TEXT, "DIR", "the folder of the message templates")                                 \
  OPTION(outbox, "--outbox", TEXT, "DIR", "where .eml files go when there is no mail server")                          \
  OPTION(events, "--events", TEXT, "FILE", "what is assumed to happen: an events.csv beside the ledger")               \
  OPTION(html, "--html", TEXT, "FILE", "write one self-contained page")                                                \
  OPTION(decimal, "--decimal", DECIMAL, "comma|point", "how the file writes decimals, when it does not show")          \
  OPTION(dates, "--dates", DATES, "dmy|mdy|iso", "how the file writes dates, when it does not show")                   \
  OPTION(currency, "--currency", TEXT, "CODE", "of rows that name none (default: BRL)")                                \
  OPTION(rejects, "--rejects", TEXT, "FILE", "where rows that were not taken go")                                      \
  OPTION(check, "--check", FLAG, NULL, "write nothing: status 1 and the names of files that would change")             \
  OPTION(diff, "--diff", FLAG, NULL, "write nothing: show what would change")                                          \
  OPTION(to_lang, "--to", LANG, "LANG", "english, portuguese or spanish: translate the policy")                        \
  OPTION(report, "--format", REPORT, "FORMAT", "plain (default) or junit")                                             \
  OPTION(junit, "--junit", TEXT, "FILE", "write JUnit's XML there too")                                                \
  OPTION(accept, "--accept", FLAG, NULL, "rewrite the expectations of failed tests to what happened")                  \
  OPTION(coverage, "--coverage", FLAG, NULL, "say which rungs, guards and otherwise-branches no test reached")         \
  OPTION(yes, "--yes", FLAG, NULL, "do not ask")                                                                       \
  OPTION(exit_code, "--exit-code", FLAG, NULL, "status 1 when there is something to show")                             \
  OPTION(quiet, "--quiet", FLAG, NULL, "only the result and errors")                                                   \
  OPTION(help, "--help", FLAG, NULL, "this text")

typedef enum arg_option {
#define OPTION(id, spelling, kind, placeholder, text) ARG_##id,
  ARG_OPTIONS(OPTION)
#undef OPTION
      ARG_COUNT
} arg_option;

#define ARG_BIT(id) (1u << ARG_##id)

struct args;

/* One row a command. The table of commands is main.c's. */
typedef struct command {
  const char *name;         /* "import" */
  const char *usage;        /* what follows the name: "FOLDER|FILE..." */
  const char *summary;      /* one line */
  const char *details;      /* more for --help; NULL: none */
  uint32_t options;         /* ARG_BIT of each that it takes; --help always */
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
bool args_parse(world *w, const command *commands, size_t command_count, int argc, char **argv, arena *perm, args *to,
                int *status) __attribute__((warn_unused_result));

/* The page of `dun --help`, and of `dun COMMAND --help`. */
void args_help_all(world *w, const command *commands, size_t command_count);
void args_help(world *w, const command *c);

/* "dun import: ..." on standard error. */
void args_complain(world *w, const args *a, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Commands of this folder. */
int cmd_import(const struct args *a, world *w);

#endif
