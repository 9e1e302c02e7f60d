/* Where in an HTML page a template's hole stands, so that its value is escaped for that place. A scanner of the literal
 * text only: values never pass through it, since escaped values cannot leave their place. */
#ifndef DUN_CHANNEL_HTML_PLACE_H
#define DUN_CHANNEL_HTML_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/base/slice.h"

typedef enum html_place {
  HTML_IN_TEXT,
  HTML_IN_ATTRIBUTE, /* quoted */
  HTML_IN_LINK,      /* at the beginning of a quoted attribute that holds an address */
  HTML_IN_LINK_PART, /* further on in one */
  HTML_NOWHERE       /* tags, scripts, styles, comments, style and on... attributes: no hole may stand here */
} html_place;

typedef enum html_state { HTML_S_TEXT, HTML_S_TAG, HTML_S_VALUE, HTML_S_COMMENT, HTML_S_RAW } html_state;

enum { HTML_NAME_MAX = 16 };

typedef struct html_scan {
  html_state state;
  char quote;                                   /* of the value */
  char tag[HTML_NAME_MAX], attr[HTML_NAME_MAX]; /* lower case, cut */
  uint8_t tag_n, attr_n;
  bool tag_done, attr_done;
  uint32_t value_n; /* bytes of the value so far, holes counted as one */
  char tail[8];     /* the last bytes, lower case */
} html_scan;

void html_scan_text(html_scan *s, slice literal);
/* Where a hole would stand now; afterwards the value is no longer empty. */
html_place html_scan_hole(html_scan *s);

#endif
