/* Composing what stands decomposed ("e" U+0301) into what NFC writes ("é"), for texts that come from outside. Only the
 * marks U+0300 to U+036F; a mark that does not compose stays and keeps later ones from composing across it. And the way
 * back for a name's sake: letters without their accents. */
#include "utf8.h"

typedef struct pair {
  uint32_t letter, mark, composed;
} pair;

static const pair pairs[] = {
#define UTF8_PAIR(letter, mark, composed) {letter, mark, composed},
#include "utf8_nfc.def"
#undef UTF8_PAIR
};

static uint32_t composed_of(uint32_t letter, uint32_t mark) {
  size_t lo = 0, hi = sizeof pairs / sizeof *pairs;
  while (lo < hi) {
    size_t mid = (lo + hi) / 2;
    const pair *p = &pairs[mid];
    if (p->letter == letter && p->mark == mark) return p->composed;
    if (p->letter < letter || (p->letter == letter && p->mark < mark))
      lo = mid + 1;
    else
      hi = mid;
  }
  return 0;
}

bool utf8_has_marks(slice s) { return s.n && (memchr(s.p, 0xCC, s.n) || memchr(s.p, 0xCD, s.n)); }

size_t utf8_compose(slice s, char *out) {
  size_t n = 0, at = 0;
  uint32_t letter = 0; /* the last one, at `at`; 0: nothing composes with it any more */
  while (s.n) {
    uint32_t cp;
    size_t len = utf8_decode(s, &cp);
    bool mark = cp >= 0x300 && cp < 0x370;
    uint32_t one = mark && letter ? composed_of(letter, cp) : 0;
    if (one) {
      n = at + utf8_encode(one, out + at);
      letter = one;
    } else {
      at = n;
      letter = mark ? 0 : cp;
      memcpy(out + n, s.p, len);
      n += len;
    }
    s.p += len;
    s.n -= len;
  }
  return n;
}

uint32_t utf8_plain_letter(uint32_t cp) {
  static const struct {
    uint32_t from, to;
    char plain;
  } range[] = {{0xE0, 0xE5, 'a'}, {0xE7, 0xE7, 'c'}, {0xE8, 0xEB, 'e'}, {0xEC, 0xEF, 'i'},
               {0xF1, 0xF1, 'n'}, {0xF2, 0xF6, 'o'}, {0xF9, 0xFC, 'u'}};
  for (size_t i = 0; i < sizeof range / sizeof *range; i++)
    if (cp >= range[i].from && cp <= range[i].to) return (uint32_t)range[i].plain;
  return cp;
}
