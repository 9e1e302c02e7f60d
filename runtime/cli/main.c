/* dun: the table of commands, and nothing else. */
#include <string.h>

#include "commands.h"
#include "stdlib/net/net.h"

#define FACTS (ARG_BIT(store) | ARG_BIT(data) | ARG_BIT(currency))
#define OUTPUT (ARG_BIT(format) | ARG_BIT(lang) | ARG_BIT(quiet))

/* COMMAND(name, usage, details, options, words at least, at most): texts_help.def has the words. */
#define COMMAND(name, usage, details, options, min, max)                                                               \
  { #name, TXT_##usage, TXT_SUM_##name, TXT_##details, options, min, max, cmd_##name }

static const command COMMANDS[] = {
    COMMAND(new, USE_new, MORE_new, ARG_BIT(lang), 1, 1),
    COMMAND(check, USE_check, MORE_check, FACTS | ARG_BIT(templates) | ARG_BIT(today) | ARG_BIT(lang), 0, -1),
    COMMAND(prove, USE_prove, MORE_prove, ARG_BIT(policy) | ARG_BIT(today) | ARG_BIT(format) | ARG_BIT(lang), 0, 3),
    COMMAND(test, USE_test, MORE_test,
            ARG_BIT(report) | ARG_BIT(junit) | ARG_BIT(accept) | ARG_BIT(coverage) | ARG_BIT(lang), 0, -1),
    COMMAND(import, USE_import, NONE,
            ARG_BIT(store) | ARG_BIT(decimal) | ARG_BIT(dates) | ARG_BIT(currency) | ARG_BIT(rejects) | ARG_BIT(today) |
                OUTPUT,
            1, -1),
    COMMAND(sync, USE_plan, MORE_sync, ARG_BIT(store) | ARG_BIT(whole) | ARG_BIT(today) | OUTPUT, 0, 1),
    COMMAND(plan, USE_plan, MORE_plan,
            FACTS | OUTPUT | ARG_BIT(templates) | ARG_BIT(today) | ARG_BIT(exit_code) | ARG_BIT(out), 0, 1),
    COMMAND(run, USE_run_plan, MORE_run,
            ARG_BIT(store) | ARG_BIT(templates) | ARG_BIT(outbox) | ARG_BIT(stale_after) | ARG_BIT(sync) |
                ARG_BIT(today) | OUTPUT,
            0, 1),
    COMMAND(serve, USE_run, MORE_serve,
            ARG_BIT(store) | ARG_BIT(templates) | ARG_BIT(outbox) | ARG_BIT(stale_after) | ARG_BIT(no_http) |
                ARG_BIT(listen) | ARG_BIT(public_url) | ARG_BIT(lang),
            0, 1),
    COMMAND(doctor, USE_run, MORE_doctor,
            ARG_BIT(store) | ARG_BIT(templates) | ARG_BIT(outbox) | ARG_BIT(public_url) | ARG_BIT(format) |
                ARG_BIT(lang),
            0, 1),
    COMMAND(outbox, USE_outbox, MORE_outbox,
            ARG_BIT(store) | ARG_BIT(state) | ARG_BIT(by) | ARG_BIT(yes) | ARG_BIT(exit_code) | OUTPUT, 1, 3),
    COMMAND(approve, USE_approve, MORE_approve,
            ARG_BIT(store) | ARG_BIT(all) | ARG_BIT(reject) | ARG_BIT(digest) | ARG_BIT(messages) | ARG_BIT(no_ramp) |
                ARG_BIT(require) | ARG_BIT(shared_login) | ARG_BIT(by) | ARG_BIT(format) | ARG_BIT(lang),
            0, -1),
    COMMAND(pause, USE_pause, MORE_pause, ARG_BIT(store) | ARG_BIT(by) | ARG_BIT(reason) | ARG_BIT(lang), 0, 2),
    COMMAND(resume, USE_pause, NONE, ARG_BIT(store) | ARG_BIT(by) | ARG_BIT(lang), 0, 2),
    COMMAND(simulate, USE_simulate, NONE,
            FACTS | OUTPUT | ARG_BIT(today) | ARG_BIT(from) | ARG_BIT(to) | ARG_BIT(events) | ARG_BIT(html), 0, 1),
    COMMAND(backtest, USE_plan, MORE_backtest,
            FACTS | OUTPUT | ARG_BIT(today) | ARG_BIT(since) | ARG_BIT(until) | ARG_BIT(window) | ARG_BIT(within) |
                ARG_BIT(part) | ARG_BIT(html),
            0, 1),
    COMMAND(report, USE_report, MORE_report,
            FACTS | OUTPUT | ARG_BIT(today) | ARG_BIT(from) | ARG_BIT(to) | ARG_BIT(within) | ARG_BIT(per) |
                ARG_BIT(edges) | ARG_BIT(home) | ARG_BIT(part) | ARG_BIT(rows) | ARG_BIT(html) | ARG_BIT(pdf),
            1, 2),
    COMMAND(explain, USE_explain, MORE_explain,
            FACTS | ARG_BIT(format) | ARG_BIT(lang) | ARG_BIT(today) | ARG_BIT(policy) | ARG_BIT(why_not) |
                ARG_BIT(trace),
            1, -1),
    COMMAND(show, USE_show, MORE_show,
            ARG_BIT(show_as) | ARG_BIT(svg) | ARG_BIT(html) | ARG_BIT(format) | ARG_BIT(lang), 0, 1),
    COMMAND(diff, USE_diff, MORE_diff,
            FACTS | OUTPUT | ARG_BIT(policy) | ARG_BIT(templates) | ARG_BIT(today) | ARG_BIT(days) | ARG_BIT(exit_code),
            1, 2),
    COMMAND(fmt, USE_fmt, MORE_fmt, ARG_BIT(check) | ARG_BIT(diff) | ARG_BIT(to_lang) | ARG_BIT(lang), 0, -1),
    COMMAND(lsp, USE_lsp, MORE_lsp, ARG_BIT(store) | ARG_BIT(lang) | ARG_BIT(today), 0, 0),
    COMMAND(audit, USE_audit, MORE_audit, ARG_BIT(store) | ARG_BIT(lang), 1, 2),
    COMMAND(backup, USE_backup, NONE, ARG_BIT(store) | ARG_BIT(lang), 1, 1),
    COMMAND(restore, USE_restore, MORE_restore, ARG_BIT(store) | ARG_BIT(lang), 1, 1),
    COMMAND(erase, USE_erase, MORE_erase, ARG_BIT(store) | ARG_BIT(yes) | ARG_BIT(lang), 2, 2),
    COMMAND(user, USE_user, MORE_user,
            ARG_BIT(store) | ARG_BIT(by) | ARG_BIT(public_url) | ARG_BIT(format) | ARG_BIT(lang), 1, 3),
    COMMAND(fields, NONE, NONE, ARG_BIT(format) | ARG_BIT(lang), 0, 0),
    COMMAND(disasm, USE_disasm, NONE, ARG_BIT(lang), 0, 1),
};

int main(int argc, char **argv) {
  enum { COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS };
  world here = *world_posix(), *w = &here;
  w->net = &net_curl;
  dun_lang lang = args_lang_of_line(w, argc, argv);
  world_posix_begin(texts_word(lang, TXT_NO_MEMORY));
  if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
    args_help_all(w, COMMANDS, COMMAND_COUNT, lang);
    return argc < 2 ? EXIT_USAGE : EXIT_FINE;
  }
  arena *perm = arena_new();
  args a;
  int status;
  if (args_parse(w, COMMANDS, COMMAND_COUNT, argc - 1, argv + 1, perm, &a, &status)) status = a.command->run(&a, w);
  arena_free(perm);
  return status;
}
