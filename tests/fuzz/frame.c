/* The reader of the language server's messages: whatever the bytes and however they are cut, what it hands out lies
 * within what came, reading ends, and cutting the same bytes otherwise gives the same messages. */
#include "fuzz.h"

#include "runtime/lsp/frame.h"

typedef struct seen {
  size_t messages, broken, bytes;
  uint32_t hash;
} seen;

static seen read_in(slice all, size_t step) {
  frame_reader r = {0};
  seen s = {0};
  for (size_t at = 0; at < all.n || at == 0; at += step) {
    size_t n = all.n - at < step ? all.n - at : step;
    frame_feed(&r, (slice){all.p + at, n});
    slice message;
    frame_status status;
    while ((status = frame_next(&r, &message)) != FRAME_MORE) {
      if (status == FRAME_MESSAGE) {
        s.messages++;
        s.bytes += message.n;
        s.hash = s.hash * 31 + slice_hash(message);
      } else {
        s.broken++;
      }
      MUST(s.messages + s.broken <= all.n + 1 && s.bytes <= all.n);
    }
    if (!all.n) break;
  }
  MUST(r.n <= all.n);
  frame_free(&r);
  return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  slice all = {(const char *)data, size};
  seen whole = read_in(all, size ? size : 1), bytes = read_in(all, 1);
  /* How many headers without a length are told apart may differ where they are longer than the bound. */
  MUST(size > FRAME_HEADER_MAX ||
       (whole.messages == bytes.messages && whole.hash == bytes.hash && whole.bytes == bytes.bytes));
  return 0;
}
