/* The page of a simulation (`dun simulate --html FILE`): one HTML file that needs nothing else, neither network nor
 * script. Every picture has the same numbers in a table below it. */
#ifndef DUN_CLI_HTML_REPORT_H
#define DUN_CLI_HTML_REPORT_H

#include "runtime/engine/report.h"

/* The whole page as UTF-8, in `perm`. The same report gives the same bytes. */
slice html_report(const report *r, const program *p, dun_lang lang, arena *perm);

/* Into the file of --html; what goes wrong is said. The exit status. */
struct session;
int html_report_write(struct session *s, const report *r);

#endif
