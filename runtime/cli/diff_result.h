/* Two revisions of a policy side by side: what `dun diff` found out, for whoever writes it down. */
#ifndef DUN_CLI_DIFF_RESULT_H
#define DUN_CLI_DIFF_RESULT_H

#include "diff_files.h"
#include "runtime/engine/diff_sum.h"

enum { DIFF_SAMPLES = 10 }; /* invoices of each kind that are shown */

/* One of the two. */
typedef struct diff_side {
  slice name;  /* as it was asked for; of the files on disk their name in the reader's language */
  slice id;    /* of its commit; empty: the files on disk */
  bool absent; /* there is no policy in it */
} diff_side;

typedef struct diff_result {
  session *s; /* of the later one: its language, its program */
  diff_side was, now;
  policy_change_list rules; /* in the language of the output: canonical English in csv and json */
  files_diff files;
  bool effect;  /* there is a ledger: all below */
  slice ledger; /* the store or the folder */
  civil_date today;
  uint32_t day_count;
  effect_diff acts;
  diff_sums sums;
  const diff_twice *twice;
  uint32_t twice_count;
} diff_result;

static inline bool diff_is_empty(const diff_result *r) {
  return !r->rules.n && !r->files.file_count && !r->files.day_count && !r->acts.n;
}

/* diff_show.c: a person's table, or the comment of a pull request (Markdown). */
bool diff_show(const diff_result *r, world_code *why) __attribute__((warn_unused_result));
/* diff_write.c: json, and csv with one row a difference. */
bool diff_write(const diff_result *r, world_code *why) __attribute__((warn_unused_result));
/* The members of its JSON, into an open object. */
struct json_writer;
void diff_json(const diff_result *r, struct json_writer *j);

/* What an item looks like in a table: "2026-03-07", "send email template ...", who it goes to. */
slice diff_day(const diff_act *a, arena *perm);
/* "NF-1", "C-3", the customer's id */
slice diff_number(const diff_result *r, const diff_act *a);
slice diff_customer(const diff_result *r, const diff_act *a);
/* Of an invoice: what is open, as a plain number; empty: it is none. */
slice diff_money(const diff_result *r, const diff_act *a, arena *perm);

#endif
