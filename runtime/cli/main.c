/* dun: the table of commands, and nothing else. */
#include <string.h>

#include "commands.h"
#include "stdlib/channel/net.h"

#define FACTS (ARG_BIT(store) | ARG_BIT(data) | ARG_BIT(currency))
#define OUTPUT (ARG_BIT(format) | ARG_BIT(lang) | ARG_BIT(quiet))

static const command COMMANDS[] = {
    {"new", "FOLDER", "make a project: a policy with tests, templates, a calendar, a small ledger, a README",
     "The folder must be new or empty. --lang pt or es: in Portuguese or Spanish.", ARG_BIT(lang), 1, 1, cmd_new},
    {"check", "[POLICY|PROJECT...]", "read policies and say what is wrong in them",
     "Without an argument: the project in this folder (policies/*.dun, or *.dun here). Reads the templates too. Status "
     "0: fine, 3: errors.",
     ARG_BIT(templates) | ARG_BIT(lang), 0, -1, cmd_check},
    {"test", "[POLICY|PROJECT...]", "run the tests that stand beside a policy",
     "Without an argument: every .dun file in policies/, or here. Status 1: a test failed.",
     ARG_BIT(report) | ARG_BIT(junit) | ARG_BIT(accept) | ARG_BIT(coverage) | ARG_BIT(lang), 0, -1, cmd_test},
    {"import", "FOLDER|FILE...", "take a ledger in: customers.csv, invoices.csv, contracts.csv, events.csv", NULL,
     ARG_BIT(store) | ARG_BIT(decimal) | ARG_BIT(dates) | ARG_BIT(currency) | ARG_BIT(rejects) | ARG_BIT(today) |
         OUTPUT,
     1, -1, cmd_import},
    {"plan", "[POLICY|PROJECT]", "what would go out today, to whom and why; nothing is sent or stored", NULL,
     FACTS | OUTPUT | ARG_BIT(today) | ARG_BIT(exit_code), 0, 1, cmd_plan},
    {"run", "[POLICY|PROJECT]", "decide, commit, then send; without a mail server messages become files in outbox/",
     "Twice on a day sends nothing twice. Status 1: something was rejected or its outcome is unknown, 4: the mail "
     "server failed.",
     ARG_BIT(store) | ARG_BIT(templates) | ARG_BIT(outbox) | ARG_BIT(today) | OUTPUT, 0, 1, cmd_run},
    {"simulate", "[POLICY|PROJECT]", "what would go out on the coming days, from events.csv if there is one", NULL,
     FACTS | OUTPUT | ARG_BIT(today) | ARG_BIT(from) | ARG_BIT(to) | ARG_BIT(events) | ARG_BIT(html), 0, 1,
     cmd_simulate},
    {"explain", "INVOICE|CODE", "why an invoice fires today or why not, and when next; or what an error code means",
     NULL, FACTS | ARG_BIT(format) | ARG_BIT(lang) | ARG_BIT(today) | ARG_BIT(policy), 1, 1, cmd_explain},
    {"fmt", "[FILE...]",
     "policies in their canonical layout, or in another language; without a file standard input to standard output",
     "Prints the names of the files that it changed. A file with errors is left as it is: status 3.",
     ARG_BIT(check) | ARG_BIT(diff) | ARG_BIT(to_lang) | ARG_BIT(lang), 0, -1, cmd_fmt},
    {"fields", "", "every field that a condition or a message can name", NULL, ARG_BIT(format) | ARG_BIT(lang), 0, 0,
     cmd_fields},
    {"disasm", "[POLICY]", "the bytecode of a policy's conditions", NULL, ARG_BIT(lang), 0, 1, cmd_disasm},
};

int main(int argc, char **argv) {
  enum { COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS };
  world here = *world_posix(), *w = &here;
  w->net = &net_curl;
  if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
    args_help_all(w, COMMANDS, COMMAND_COUNT);
    return argc < 2 ? EXIT_USAGE : EXIT_FINE;
  }
  arena *perm = arena_new();
  args a;
  int status;
  if (args_parse(w, COMMANDS, COMMAND_COUNT, argc - 1, argv + 1, perm, &a, &status)) status = a.command->run(&a, w);
  arena_free(perm);
  return status;
}
