/* The texts of HTTP, before and after the library: what a piece becomes where it is written, what may stand in a
 * header, an answer's headers one by one. Pure. */
#ifndef DUN_NET_HTTP_TEXT_H
#define DUN_NET_HTTP_TEXT_H

#include "lang/base/text.h"
#include "net.h"

/* Letters, digits and -._~ as they are, all else as %XX. */
void http_percent(text *t, slice s);
void http_add_formed(text *t, slice s, http_form form);
/* No control character: nothing that would begin another header. */
bool http_value_fits(slice s);
bool http_name_fits(slice s);
/* "HTTP/1.1 200 OK": the status; 0: the line is none. */
int http_status_of(slice line);
/* The header lines behind the status line, as they came: names in lower case, values trimmed, in `perm`. */
const http_header *http_headers_of(slice block, arena *perm, size_t *count);

#endif
