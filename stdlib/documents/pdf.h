/* A PDF of a page of HTML, behind one call. A program that lays pages out makes it: WeasyPrint, else Chromium,
 * whichever is installed (Debian packages `weasyprint`, `chromium`).
 *
 * Invariant: the page is all that the program gets: no file of this machine, no address, no script. What the page shows
 * (an image, a font) stands in it as a data: URI. What was put into the page is escaped before (template.h); WeasyPrint
 * makes the same bytes of the same page. */
#ifndef DUN_DOCUMENTS_PDF_H
#define DUN_DOCUMENTS_PDF_H

#include "runtime/world.h"

/* Limits, each tested: past it there is no PDF, and the words say so. */
enum {
  PDF_HTML_BYTES_MAX = 2 * 1024 * 1024,
  PDF_BYTES_MAX = 16 * 1024 * 1024,
  PDF_SECONDS_MAX = 18, /* within what one call of the outbox may take */
  PDF_MEMORY_MAX_MB = 1024
};

typedef enum pdf_code {
  PDF_MADE,
  PDF_NO_PROGRAM, /* neither is installed */
  PDF_LATER,      /* this machine refuses for now: no space, no memory, no time */
  PDF_REFUSED     /* this page does not become a PDF, however often it is tried */
} pdf_code;

typedef struct pdf {
  pdf_code code;
  slice bytes; /* where it was made */
  slice why;   /* else: words for people, without the page's content */
} pdf;

/* Whether either is installed, as far as can be told without running it; false: *why says what to install. */
bool pdf_can(world *w, slice *why);

/* The page is UTF-8, a whole HTML document. */
pdf pdf_from_html(world *w, slice html, arena *perm) __attribute__((warn_unused_result));

#endif
