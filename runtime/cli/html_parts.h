/* The parts of the simulation's page. Each writes one <section> with its picture, for wide screens and paper (class
 * wide) and for telephones (class narrow), and its table. */
#ifndef DUN_CLI_HTML_PARTS_H
#define DUN_CLI_HTML_PARTS_H

#include "html_write.h"
#include "runtime/engine/report.h"

enum {
  HTML_WIDE = 960, /* width of a picture, in the units of its viewBox */
  HTML_NARROW = 340,
};

extern const char HTML_STYLE[]; /* the CSS */
extern const char HTML_ICONS[]; /* the icons that html_icon names */

/* A page up to its <main>: `what` it is stands behind its name in the title. */
void html_page_head(html *h, slice name, slice what);
void html_ladders(html *h, const report *r, const program *p);
void html_daily(html *h, const report *r);
void html_aging(html *h, const report *r);

/* The day with the most messages and how many; days when there is none. */
uint32_t html_peak(const report *r, uint64_t *messages);
uint64_t html_day_messages(const report *r, uint32_t day);

#endif
