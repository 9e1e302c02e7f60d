/* An e-mail that came in (RFC 5322, MIME), as what it says: who, about which message, the words, and of a mail server's
 * report what became of a message (RFC 3464, 8098). mail_read.c alone includes the library (GMime).
 *
 * Invariants: all texts are UTF-8 without NUL, whatever came; depth, parts and bytes are bounded. */
#ifndef DUN_NET_MAIL_READ_H
#define DUN_NET_MAIL_READ_H

#include "lang/base/arena.h"
#include "lang/base/slice.h"

enum {
  MAIL_BYTES_MAX = 2 << 20, /* of a message that are read: what is behind are attachments */
  MAIL_TEXT_MAX = 64 << 10, /* of its words */
  MAIL_DEPTH_MAX = 24,
  MAIL_PARTS_MAX = 200,
  MAIL_IDS_MAX = 40,
  MAIL_STATUSES_MAX = 20
};

/* Of a report: one recipient of the message that it is about. */
typedef struct mail_status {
  slice recipient; /* without "rfc822;" */
  slice action;    /* "failed", "delayed", "delivered", "relayed", "expanded" */
  slice status;    /* "5.1.1" */
  slice diagnostic;
} mail_status;

typedef struct mail {
  slice from_name, from, to; /* the first of each; empty: there is none */
  slice message_id;          /* this and all ids: without angle brackets */
  slice ids[MAIL_IDS_MAX];   /* In-Reply-To, then References from the last to the first */
  size_t id_count;
  slice subject, date; /* `date`: as it is written */
  int64_t date_s;      /* 0: it cannot be read */
  slice auto_submitted, precedence;
  bool from_nobody;      /* Return-Path: <> */
  bool marked_automatic; /* a header that automatic answers and lists have */
  slice text;            /* text/plain, else HTML as text; empty: none */
  bool is_report;        /* of a mail server or mail reader */
  mail_status status[MAIL_STATUSES_MAX];
  size_t status_count;
  bool displayed;            /* a reader's report says so */
  slice about[MAIL_IDS_MAX]; /* Message-IDs of what it has enclosed or quotes headers of */
  size_t about_count;
} mail;

/* False: it is no e-mail at all: it has no header. */
bool mail_read(slice bytes, arena *perm, mail *out);

#endif
