/* Where a mail server is, as a connect line says it: "smtps://mail.example.com:465", "imaps://mail.example.com/INBOX";
 * with user and password.
 *
 * Invariant: a password never goes over an unencrypted connection to another machine. */
#ifndef DUN_NET_MAIL_PLACE_H
#define DUN_NET_MAIL_PLACE_H

#include "net.h"
#include "settings.h"

typedef struct mail_place {
  slice scheme, host, port, path; /* "smtps://"; the port may be empty; the path has no slash before it */
  bool secure, no_tls;            /* TLS from the first byte; `?tls=none` */
} mail_place;

/* scheme://host[:port][/path][?tls=none], where the scheme is `protocol` or `protocol` with an s; no user or password
 * in it. */
bool mail_place_read(slice s, const char *protocol, mail_place *out);
/* User and password (both or none), encryption, authority. False: *why. What `server` has already stays. */
bool mail_place_server(world *w, arena *perm, const connection *c, const mail_place *at, mail_server *server,
                       slice *why);
/* "the mail server's name cannot be resolved" */
const char *mail_end_words(mail_end e);

#endif
