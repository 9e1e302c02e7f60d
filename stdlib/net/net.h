/* What a world can reach over the network. net_curl.c is the real one and alone includes curl's header; tests put their
 * own in its place.
 *
 * Invariant: the answer says how far a call came, so that the caller can tell "surely nothing was done" from "nobody
 * knows". */
#ifndef DUN_NET_NET_H
#define DUN_NET_NET_H

#include "email.h"
#include "runtime/world.h"
#include "secret.h"

typedef enum mail_tls {
  MAIL_TLS_ALWAYS,     /* from the first byte: smtps */
  MAIL_TLS_STARTTLS,   /* required before anything else */
  MAIL_TLS_IF_OFFERED, /* a server on this machine */
  MAIL_TLS_NONE
} mail_tls;

/* A mail server; texts end with NUL. */
typedef struct mail_server {
  const char *url;     /* smtp://host:port/name-to-greet-with */
  const char *user;    /* NULL: no login */
  secret password;     /* none: no login */
  const char *ca_file; /* NULL: the system's */
  mail_tls tls;
  long connect_ms, total_ms;
} mail_server;

/* How far a message came. */
typedef enum mail_phase {
  MAIL_CONNECTING,
  MAIL_GREETING, /* EHLO, STARTTLS, login */
  MAIL_SENDER,
  MAIL_RECIPIENT,
  MAIL_DATA,    /* the command; nothing of the message has left */
  MAIL_BODY,    /* bytes of the message have left */
  MAIL_ANSWERED /* the server has answered to the whole message */
} mail_phase;

typedef enum mail_end {
  MAIL_OK,
  MAIL_NO_HOST,
  MAIL_REFUSED,
  MAIL_TIMEOUT,
  MAIL_LOST, /* the connection broke */
  MAIL_NO_TLS,
  MAIL_BAD_CERTIFICATE,
  MAIL_LOGIN,
  MAIL_REPLY, /* the server answered with an error */
  MAIL_BROKEN /* anything else */
} mail_end;

typedef struct mail_report {
  mail_end end;
  mail_phase phase;
  int reply;       /* the server's last code; 0: none */
  char status[12]; /* its enhanced code, "5.1.1"; "" none */
} mail_report;

typedef struct mail_session mail_session;

struct world_net {
  mail_session *(*mail_open)(const mail_server *server); /* connects with the first message; NULL: no memory */
  mail_report (*mail_send)(mail_session *s, const email *m, arena *scratch);
  void (*mail_close)(mail_session *s); /* NULL is allowed */
};

extern const struct world_net net_curl;

#endif
