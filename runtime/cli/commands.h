/* The commands of `dun`, one cmd_NAME.c each; main.c has their table. */
#ifndef DUN_CLI_COMMANDS_H
#define DUN_CLI_COMMANDS_H

#include "args.h"

int cmd_new(const args *a, world *w);
int cmd_check(const args *a, world *w);
int cmd_prove(const args *a, world *w);
int cmd_plan(const args *a, world *w);
int cmd_simulate(const args *a, world *w);
int cmd_backtest(const args *a, world *w);
int cmd_report(const args *a, world *w);
int cmd_run(const args *a, world *w);
int cmd_sync(const args *a, world *w);
int cmd_serve(const args *a, world *w);
int cmd_doctor(const args *a, world *w);
int cmd_outbox(const args *a, world *w);
int cmd_explain(const args *a, world *w);
int cmd_lsp(const args *a, world *w);
int cmd_show(const args *a, world *w);
int cmd_diff(const args *a, world *w);
int cmd_fmt(const args *a, world *w);
int cmd_fields(const args *a, world *w);
int cmd_disasm(const args *a, world *w);
int cmd_test(const args *a, world *w);
int cmd_approve(const args *a, world *w);
int cmd_pause(const args *a, world *w);
int cmd_resume(const args *a, world *w);
int cmd_audit(const args *a, world *w);
int cmd_backup(const args *a, world *w);
int cmd_restore(const args *a, world *w);
int cmd_erase(const args *a, world *w);
int cmd_user(const args *a, world *w);

#endif
