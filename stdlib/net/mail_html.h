/* An HTML page of an e-mail as the text that a person reads: tags taken away, line ends where blocks end, quoted blocks
 * with "> " before their lines. Never a page again. */
#ifndef DUN_NET_MAIL_HTML_H
#define DUN_NET_MAIL_HTML_H

#include "lang/base/arena.h"
#include "lang/base/slice.h"

slice mail_html_text(slice html, size_t most, arena *perm);

#endif
