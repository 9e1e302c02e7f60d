/* Whether somebody who wrote wants no more messages, or wants them again: words of opt_out.def, in English, Portuguese
 * and Spanish, whichever language the customer is kept under.
 *
 * Invariant: the whole message is such a word, or it is none: a sentence with a word in it is a reply. */
#ifndef DUN_CHANNEL_OPT_OUT_H
#define DUN_CHANNEL_OPT_OUT_H

#include "lang/base/slice.h"
#include "stdlib/net/hook.h"

typedef enum opt_wish { OPT_NONE, OPT_OUT, OPT_IN } opt_wish;

enum { OPT_MESSAGE_MAX = 200 }; /* bytes; what is longer is a reply */

opt_wish opt_wish_of(slice message);

/* The event of somebody having written. */
hook_kind opt_event(slice message);

#endif
