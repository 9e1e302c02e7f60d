/* Markup on its way out: escaping, numbers and dates of the page's language, the texts of html_text.def.
 *
 * Invariant: a text that is not ours reaches the page through html_esc alone, which leaves no character that could end
 * an element, an attribute or the UTF-8; html_raw and html_f take our own markup and numbers only. */
#ifndef DUN_CLI_HTML_WRITE_H
#define DUN_CLI_HTML_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/base/date.h"
#include "lang/base/money.h"
#include "lang/base/text.h"
#include "lang/check/program.h"
#include "texts.h"

typedef enum html_word {
#define TEXT(id, en, pt, es) TX_##id,
#include "html_text.def"
#undef TEXT
  TX_COUNT
} html_word;

typedef struct html {
  text out;
  arena *perm;
  dun_lang lang;
} html;

html html_new(arena *perm, dun_lang lang);
void html_raw(html *h, const char *markup);
void html_f(html *h, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Good inside of an element and inside of a quoted attribute. Control characters and bad UTF-8 become U+FFFD. */
void html_esc(html *h, slice s);
/* Somebody's text in an element: its writing direction stays its own. */
void html_user(html *h, slice s);
void html_say(html *h, html_word word);
/* The word with {0}, {1}, ... filled in, unescaped. */
slice html_fill(html *h, html_word word, size_t argc, const slice *argv);
/* html_fill of a count, in its form for one or for many. */
slice html_plural(html *h, html_word one, html_word many, int64_t n);

slice html_word_of(const html *h, html_word word);
/* 12,345 or 12.345 */
slice html_number(html *h, int64_t n);
/* At most about four characters: 950, 12K, 1.2M (12 mil, 1,2 mi in Portuguese). n is a count of 10^-decimals. */
slice html_compact(html *h, int64_t n, unsigned decimals);
slice html_money(html *h, money m);
slice html_date(html *h, civil_date d);       /* 5 March 2026 */
slice html_date_short(html *h, civil_date d); /* 5 Mar */
/* An item of a table: a header that spans a row or column, a number, an amount. */
void html_th(html *h, html_word word, bool number);
void html_td_number(html *h, uint64_t n);

/* The channels as the page shows them: icon `#i-NAME`, CSS class `c-NAME`, a name as people write it. */
const char *html_channel_id(channel c);
const char *html_channel_name(channel c);
void html_icon(html *h, const char *id, int x, int y, int size); /* in a picture */
void html_icon_inline(html *h, const char *id);                  /* in a text */
extern const char HTML_OTHER[];                                  /* id of what is no message: "people" */

/* A step of 1, 2 or 5 times a power of ten such that max takes at most `steps` of them; at least 1. */
int64_t html_scale_step(int64_t max, int steps);
/* value of max, in `length` pixels; 0 for what is not positive, at least 1 for what is. */
int html_length(int64_t value, int64_t max, int length);
/* About how wide a text is at 13px. */
int html_text_width(slice s);
void html_svg(html *h, const char *class, int width, int height, slice label);

#endif
