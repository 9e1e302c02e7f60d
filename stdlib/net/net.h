/* What a world can reach over the network. net_curl.c is the real one; it, net_smtp.c, net_imap.c and curl_mail.c alone
 * include curl's header; tests put their own in its place.
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
  secret bearer;       /* a token in place of the password (XOAUTH2) */
  const char *ca_file; /* NULL: the system's */
  mail_tls tls;
  long connect_ms, total_ms;
  unsigned at_once; /* messages and connections at a time; connections are kept and used again; 0: 1 */
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

/* A mailbox's server: bytes of IMAP over a connection that is encrypted and logged in (imap.h speaks over it). */
typedef struct imap_line imap_line;

/* ---- HTTP ---- */

/* A part of an address, a header or a body: a text, or a secret, which is written into place by the library's file
 * alone. */
typedef enum http_form {
  HTTP_AS_IS,
  HTTP_IN_JSON, /* inside a JSON string's quotes */
  HTTP_IN_FORM  /* percent-encoded: a form's or a query's value */
} http_form;
typedef struct http_piece {
  slice text;
  secret hidden; /* where there is one, in place of the text */
  http_form form;
} http_piece;

typedef struct http_header {
  slice name, value; /* of an answer: the name in lower case */
} http_header;

typedef struct http_request {
  const char *method;
  const http_piece *url; /* joined: https://host/path?query */
  size_t url_count;
  const http_header *headers;
  size_t header_count;
  const char *proof_name; /* a header that proves who we are: "Authorization"; NULL: none */
  const http_piece *proof;
  size_t proof_count;
  const char *user; /* Basic, with `password`; NULL: none */
  secret password;
  const http_piece *body; /* joined; none: no body */
  size_t body_count;
  long total_ms; /* 0: the client's */
} http_request;

/* How far a call came. */
typedef enum http_phase {
  HTTP_CONNECTING, /* surely nothing arrived */
  HTTP_SENDING,    /* bytes of the request have left */
  HTTP_ANSWERED    /* a status line has come */
} http_phase;

typedef enum http_end {
  HTTP_OK, /* there is a whole answer, whatever its status */
  HTTP_NO_HOST,
  HTTP_REFUSED,
  HTTP_TIMEOUT,
  HTTP_LOST, /* the connection broke */
  HTTP_BAD_CERTIFICATE,
  HTTP_NO_TLS,
  HTTP_TOO_LONG, /* the answer is longer than is taken */
  HTTP_GUARDED,  /* net_guard.h refuses the address */
  HTTP_BROKEN
} http_end;

typedef struct http_answer {
  http_end end;
  http_phase phase;
  int status; /* 0: none */
  const http_header *headers;
  size_t header_count;
  slice body;
} http_answer;

typedef struct http_options {
  const char *ca_file; /* NULL: the system's */
  long connect_ms, total_ms;
  size_t body_max;      /* of an answer, bytes */
  unsigned at_once;     /* calls and connections at a time; connections are kept and used again */
  const slice *allowed; /* hosts as in net_guard.h: https alone, public addresses alone; NULL: where the user's own
                           settings point to */
  size_t allowed_count;
} http_options;

typedef struct http_client http_client;

struct world_net {
  mail_session *(*mail_open)(const mail_server *server); /* connects with the first message; NULL: no memory */
  /* All of them, `at_once` at a time, in no order; what became of each. */
  void (*mail_send)(mail_session *s, const email *v, size_t n, mail_report *out, arena *scratch);
  void (*mail_close)(mail_session *s); /* NULL is allowed */
  /* Connects, greets and logs in, and sends nothing; the session is good for nothing else then. */
  mail_report (*mail_greet)(mail_session *s);

  imap_line *(*imap_open)(const mail_server *server); /* imaps://host:port; reaches nobody yet; NULL: no memory */
  mail_end (*imap_login)(imap_line *l);               /* connects, encrypts, logs in */
  bool (*imap_say)(imap_line *l, slice bytes);        /* all of them; false: the connection broke or took too long */
  size_t (*imap_hear)(imap_line *l, char *room, size_t n); /* waits for some; 0: as above */
  void (*imap_close)(imap_line *l);                        /* NULL is allowed */

  http_client *(*http_open)(const http_options *o); /* reaches nobody yet; NULL: no memory */
  /* All of them, `at_once` at a time, in no order; follows no redirect. Answers live in `perm`. */
  void (*http_send)(http_client *c, const http_request *v, size_t n, http_answer *out, arena *perm);
  void (*http_close)(http_client *c); /* NULL is allowed */
};

extern const struct world_net net_curl;

/* The parts of net_curl that are net_smtp.c's. */
mail_session *net_mail_open(const mail_server *server);
void net_mail_send(mail_session *s, const email *v, size_t n, mail_report *out, arena *scratch);
void net_mail_close(mail_session *s);
mail_report net_mail_greet(mail_session *s);
/* All calls of a CURLM that can; then until one of `busy` can again. False: the library is broken. */
bool net_curl_go_on(void *multi, size_t busy);

/* And net_imap.c's. */
imap_line *net_imap_open(const mail_server *server);
mail_end net_imap_login(imap_line *l);
bool net_imap_say(imap_line *l, slice bytes);
size_t net_imap_hear(imap_line *l, char *room, size_t n);
void net_imap_close(imap_line *l);

#endif
