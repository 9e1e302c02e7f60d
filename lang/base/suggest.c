/* Nearest names. The distance is optimal string alignment (Damerau with no edits inside of a swap), three rows of it.
 */
#include "suggest.h"

#include <stdint.h>

#include "utf8.h"

static size_t folded_chars(slice s, uint32_t out[SUGGEST_CHARS_MAX]) {
  size_t n = 0;
  while (s.n) {
    uint32_t cp;
    size_t len = utf8_decode(s, &cp);
    if (n == SUGGEST_CHARS_MAX) return SUGGEST_CHARS_MAX + 1;
    out[n++] = utf8_fold_char(cp);
    s.p += len;
    s.n -= len;
  }
  return n;
}

static size_t min2(size_t a, size_t b) { return a < b ? a : b; }

size_t edit_distance(slice a, slice b, size_t max) {
  uint32_t x[SUGGEST_CHARS_MAX], y[SUGGEST_CHARS_MAX];
  size_t n = folded_chars(a, x), m = folded_chars(b, y);
  if (n > SUGGEST_CHARS_MAX || m > SUGGEST_CHARS_MAX) return max + 1;
  if ((n > m ? n - m : m - n) > max) return max + 1;
  size_t rows[3][SUGGEST_CHARS_MAX + 1];
  size_t *before = rows[0], *last = rows[1], *now = rows[2];
  for (size_t j = 0; j <= m; j++) last[j] = j, before[j] = 0;
  for (size_t i = 1; i <= n; i++) {
    now[0] = i;
    for (size_t j = 1; j <= m; j++) {
      now[j] = min2(min2(last[j], now[j - 1]) + 1, last[j - 1] + (x[i - 1] != y[j - 1]));
      if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1]) now[j] = min2(now[j], before[j - 2] + 1);
    }
    size_t *spare = before;
    before = last, last = now, now = spare;
  }
  return last[m] <= max ? last[m] : max + 1;
}

size_t did_you_mean(slice wrong, const slice *names, size_t count) {
  size_t chars = utf8_count(wrong);
  size_t max = chars <= 4 ? 1 : chars <= 8 ? 2 : 3;
  if (chars <= 1) return count; /* one letter is near to every other */
  size_t best = count;
  for (size_t i = 0; i < count; i++) {
    size_t d = edit_distance(wrong, names[i], max);
    if (d <= max) {
      best = i;
      if (d == 0) break;
      max = d - 1;
    }
  }
  return best;
}
