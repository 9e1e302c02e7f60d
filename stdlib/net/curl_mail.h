/* What holds for every mail server that libcurl speaks to: SMTP (net_curl.c) and IMAP (net_imap.c). `curl` is a CURL:
 * no header includes the library's.
 *
 * Invariant: certificates are always verified, nothing of the environment (proxies, .netrc) counts. */
#ifndef DUN_NET_CURL_MAIL_H
#define DUN_NET_CURL_MAIL_H

#include "net.h"

/* `protocols`: "smtp,smtps". False: the library does not take it. */
bool curl_mail_rules(void *curl, const mail_server *server, const char *protocols);
/* What a CURLcode says of the connection; MAIL_BROKEN: nothing that has a name. */
mail_end curl_mail_end(int code);

#endif
