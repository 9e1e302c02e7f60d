/* A text as a QR code in a PNG: black on white, with the quiet zone of four modules that readers need.
 *
 * Invariant: the same text becomes the same picture. */
#ifndef DUN_CHANNEL_QR_H
#define DUN_CHANNEL_QR_H

#include "lang/base/arena.h"
#include "lang/base/slice.h"

#include <stdbool.h>

/* Error correction M. False: it is empty, too long for a QR code (2,331 bytes), or there is no memory. */
bool qr_png(slice text, arena *perm, slice *png) __attribute__((warn_unused_result));

#endif
