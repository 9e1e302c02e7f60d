/* One ladder, ready to be drawn: its rungs in the order of their days, with what each may send. */
#ifndef DUN_CLI_HTML_TIMELINE_H
#define DUN_CLI_HTML_TIMELINE_H

#include "html_write.h"
#include "runtime/engine/report.h"

typedef struct html_step {
  const report_rung *count;
  const rung *said;  /* the policy's rung; NULL where it is not found */
  unsigned channels; /* bit per channel that it may use or did use */
  bool people;       /* it has actions that are no messages */
} html_step;

typedef struct html_ladder {
  slice name;
  const ladder *said;
  slice anchor; /* name of the field that days are counted from; empty: the due date */
  const html_step *steps;
  uint32_t count;
  uint32_t most;     /* invoices on the fullest rung */
  unsigned channels; /* of all steps */
  bool people;
} html_ladder;

void html_timeline_wide(html *h, const html_ladder *l);
void html_timeline_narrow(html *h, const html_ladder *l);

/* A written offset ("5bd", "-3d") taken apart; false where it is none. */
typedef struct html_offset {
  bool before;
  int64_t n;
  duration_unit unit;
} html_offset;
bool html_offset_of(slice written, html_offset *out);
/* "5d", "−3d", "5du": the offset as the pictures show it, in the page's language. */
slice html_offset_short(html *h, slice written);

#endif
