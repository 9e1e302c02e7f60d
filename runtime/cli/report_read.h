/* A report from a session: the books of its ledger, what is asked by the policy's own terms, and its tables as they are
 * shown. The same for `dun report` and for the page. */
#ifndef DUN_CLI_REPORT_READ_H
#define DUN_CLI_REPORT_READ_H

#include "runtime/engine/metrics_report.h"
#include "session.h"

/* The books of the session's open store, in `perm`; the session's engine is used up. Says what is wrong and gives the
 * exit status. */
int report_books(session *s, civil_date today, arena *perm, books **to);

/* From what `to` has (report, group, days, edges where given) to all of it: terms of the policy; a period that was not
 * said ends today (`from` and `to` DATE_NONE: not said). */
void report_terms(const session *s, civil_date today, arena *perm, metrics_asked *to);

/* The figures as a table: name, currency, now, before, how, rows. */
metrics_table report_figures(const metrics_result *r, arena *perm);
/* A table of the result by its name, "figures" among them; false: there is none. */
bool report_table_find(const metrics_result *r, slice name, arena *perm, metrics_table *to)
    __attribute__((warn_unused_result));

/* What it is called in the language. */
slice report_said(dun_lang lang, arena *perm, const char *english);

/* The table as CSV: values as they are; a text that a spreadsheet would take for a formula begins with an apostrophe.
 * `bom`: with the mark by which spreadsheets know UTF-8. */
slice report_csv(const metrics_table *t, bool bom, arena *perm);

/* The whole report as one page that needs nothing else, for a browser, paper and PDF. */
slice report_page(const metrics_result *r, slice name, dun_lang lang, arena *perm);

#endif
