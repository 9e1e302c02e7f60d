/* A document for signature: what an order says (runtime/outbox/documents.c writes it), and what the services that have
 * documents signed have in common.
 *
 * The words of an order, canonical JSON:
 *   {"document":"addendum","action":57,"title":"...","file":"addendum C-17.pdf","language":"pt",
 *    "signer":{"name":"...","email":"..."}}
 * and the document itself is the first part of the message.
 *
 * Invariant: nobody is asked twice to sign for one decision: what an earlier try may have left at the service is looked
 * for by the decision's key before anything is made there again. */
#ifndef DUN_DOCUMENTS_SIGNATURE_H
#define DUN_DOCUMENTS_SIGNATURE_H

#include "lang/check/program.h"
#include "stdlib/channel/channel.h"
#include "stdlib/net/email.h"

enum {
  SIGNATURE_TITLE_CHARACTERS_MAX = 100, /* of a service's subject line */
  SIGNATURE_SETTLED_SECONDS = 300       /* what a service took over is to be found there by then */
};

typedef struct signature_order {
  slice document; /* the template */
  slice title, file;
  dun_lang language;
  slice name, email; /* who signs */
  slice pdf;
} signature_order;

/* Of an order for that vendor. False: *why says what it lacks. */
bool signature_read(const channel_message *m, const char *vendor, arena *perm, signature_order *out, slice *why);

/* A JSON text of one member that a document's base64 is: `prefix` and the bytes. */
slice signature_base64(slice prefix, slice bytes, arena *perm);

/* "2026-03-02T12:00:00.0000000Z", with or without a zone ("-03:00"). 0: it is none. */
int64_t signature_moment(slice s);

extern const channel_driver DOCUMENT_PDF, SIGNATURE_DOCUSIGN, SIGNATURE_CLICKSIGN;

/* The driver of `connect signature VENDOR`; NULL: nothing here speaks to it. */
const channel_driver *signature_driver_of(slice vendor);

#endif
