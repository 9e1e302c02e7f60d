/* What the fuzz harnesses share. Each harness is one file with one LLVMFuzzerTestOneInput (libFuzzer's entry): it does
 * with the bytes what the product does and then checks what must hold whatever they are. The bytes are in a block of
 * their exact size, so that the sanitiser sees a read past it. */
#ifndef DUN_FUZZ_H
#define DUN_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lang/base/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the run with the place; the input is then kept by libFuzzer. */
#define MUST(condition)                                                                                                \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                                   \
      abort();                                                                                                         \
    }                                                                                                                  \
  } while (0)

/* One input may be several files: the next one, up to a NUL byte. False: there are no more. */
static inline bool next_part(slice *rest, slice *part) {
  if (!rest->p) return false;
  const char *nul = rest->n ? memchr(rest->p, 0, rest->n) : NULL;
  *part = (slice){rest->p, nul ? (size_t)(nul - rest->p) : rest->n};
  *rest = nul ? (slice){nul + 1, rest->n - part->n - 1} : (slice){NULL, 0};
  return true;
}

#endif
