/* A telephone number as people write it, into the one form that providers take: +, calling code, number (E.164).
 *
 * Invariant: a number is read in one way or not at all; nothing is added that neither the number nor the country says.
 */
#ifndef DUN_CHANNEL_PHONE_H
#define DUN_CHANNEL_PHONE_H

#include <stdbool.h>

#include "lang/base/slice.h"

enum { PHONE_TEXT_MAX = 17 }; /* +, 15 digits, NUL */

/* PHONE_FAULT(id, what is wrong with it; no digit of it) */
#define PHONE_FAULTS(PHONE_FAULT)                                                                                      \
  PHONE_FAULT(FINE, "")                                                                                                \
  PHONE_FAULT(EMPTY, "there is no telephone number")                                                                   \
  PHONE_FAULT(SIGNS, "the telephone number has something in it that is no digit: write it like +55 11 98765-4321")     \
  PHONE_FAULT(LENGTH, "the telephone number has too few or too many digits: write one, like +55 11 98765-4321")        \
  PHONE_FAULT(NO_COUNTRY, "the telephone number has no + and calling code, and neither the customer nor the connect "  \
                          "line (`with country \"BR\"`) says which country it is of")                                  \
  PHONE_FAULT(UNKNOWN_COUNTRY,                                                                                         \
              "the telephone number has no + and calling code, and dun does not know how numbers are "                 \
              "written in the customer's country")                                                                     \
  PHONE_FAULT(TWO_WAYS, "the telephone number can be read with and without the calling code: write it with +")

typedef enum phone_fault {
#define PHONE_FAULT(id, words) PHONE_##id,
  PHONE_FAULTS(PHONE_FAULT)
#undef PHONE_FAULT
      PHONE_FAULT_COUNT
} phone_fault;

const char *phone_fault_words(phone_fault f);

/* `country`: the customer's, a code or a name in English, Portuguese or Spanish; where it is empty `otherwise` counts.
 * Spaces, hyphens, points, slashes and brackets are passed over, `whatsapp:` and `tel:` too; 00 is a +. */
phone_fault phone_read(slice written, slice country, slice otherwise, char out[PHONE_TEXT_MAX]);

/* Whether `country` is one that phone.def has. */
bool phone_country_known(slice country);

/* Two numbers in E.164 (with or without the +) of one subscriber: the same digits, but for the digit that mobile
 * numbers of Brazil (9), Argentina (9) and Mexico (1) are written with or without, as WhatsApp's own ids are. */
bool phone_same(slice a, slice b);

#endif
