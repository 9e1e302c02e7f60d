/* An e-mail: what it says (RFC 5322, MIME), before anybody decides how it travels. The same headers and parts go to a
 * mail server and into a .eml file.
 *
 * Invariant: no header holds a line break that is not a fold, whatever a name or a subject contains. */
#ifndef DUN_NET_EMAIL_H
#define DUN_NET_EMAIL_H

#include "lang/base/arena.h"
#include "lang/base/slice.h"

#include <stdint.h>

typedef struct mailbox {
  slice name, address;
} mailbox;

/* A file that goes along. */
typedef struct email_part {
  slice name; /* "boleto-A-1.pdf" */
  slice type; /* "application/pdf" */
  slice cid;  /* the page shows it as cid:...; empty: an attachment */
  slice bytes;
} email_part;

typedef struct email {
  mailbox from, to;
  slice subject, text, html; /* html may be empty */
  slice message_id;          /* without the angle brackets, here and below */
  slice reply_to;            /* an address; empty: answers go to the sender */
  slice thread[2];           /* earlier messages of the same conversation, the first and the last; empty: none */
  slice leave_address, leave_subject, leave_url; /* how to get no more of them (RFC 2369, 8058); empty: not so */
  int64_t now_s;                                 /* UTC */
  bool unsent;                                   /* a file: mail clients open it as a draft */
  const email_part *parts;
  size_t part_count;
} email;

enum {
  EMAIL_ADDRESS_MAX = 254,
  EMAIL_HEADERS_MAX = 16,
  EMAIL_PARTS_BYTES_MAX = 10 << 20 /* of all of a message's parts: who encloses more leaves it out */
};

/* "Finance <finance@example.com>" or an address alone. False: it is neither. */
bool mailbox_parse(slice s, mailbox *out);
/* One address, ASCII, that cannot break out of a command or a header. */
bool email_address_valid(slice s);
/* What is behind the @. */
slice email_domain(slice address);

/* "Name: value" lines, folded with CRLF and a space, without the last CRLF; each ends with NUL. How many. */
size_t email_headers(const email *m, arena *perm, slice out[EMAIL_HEADERS_MAX]);
/* Unstructured header text: as it is, or as encoded words (RFC 2047). `used` columns of the line are taken. */
slice email_header_text(slice s, size_t used, arena *perm);
/* CRLF line ends; other control characters but tabs go. */
slice email_crlf(slice s, arena *perm);
/* The whole message, CRLF: headers; text and page in quoted-printable (multipart/alternative), the page with the
 * pictures that it shows (multipart/related), and then the attachments (multipart/mixed) in base64. */
slice email_bytes(const email *m, arena *perm);

#endif
