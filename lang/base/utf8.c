/* UTF-8 and the three facts about characters that Dun needs: width, folding, composition. The facts are rows of
 * utf8.def; each table is sorted, searched by halving. */
#include "utf8.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define REPLACEMENT 0xFFFDu

struct range {
  uint32_t first, last;
};
struct fold {
  uint32_t first, last, step;
  int32_t delta;
};
struct compose {
  uint32_t mark;
  const char *letters;
};

#define UTF8_ZERO(first, last) {first, last},
#define UTF8_WIDE(first, last)
#define UTF8_FOLD(first, last, step, delta)
#define UTF8_COMPOSE(mark, letters)
static const struct range zero_width[] = {
#include "utf8.def"
};
#undef UTF8_ZERO
#undef UTF8_WIDE
#define UTF8_ZERO(first, last)
#define UTF8_WIDE(first, last) {first, last},
static const struct range wide[] = {
#include "utf8.def"
};
#undef UTF8_WIDE
#undef UTF8_FOLD
#define UTF8_WIDE(first, last)
#define UTF8_FOLD(first, last, step, delta) {first, last, step, delta},
static const struct fold folds[] = {
#include "utf8.def"
};
#undef UTF8_FOLD
#undef UTF8_COMPOSE
#define UTF8_FOLD(first, last, step, delta)
#define UTF8_COMPOSE(mark, letters) {mark, letters},
static const struct compose composes[] = {
#include "utf8.def"
};

static bool in_ranges(const struct range *r, size_t count, uint32_t cp) {
  size_t lo = 0, hi = count;
  while (lo < hi) {
    size_t mid = (lo + hi) / 2;
    if (r[mid].last < cp)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo < count && r[lo].first <= cp;
}

/* The bytes of a well-formed character at the front, or 0. Table 3-7 of the Unicode standard. */
static size_t decode(const unsigned char *p, size_t n, uint32_t *cp) {
  unsigned char b = p[0];
  if (b < 0x80) return *cp = b, 1;
  size_t len = b >= 0xC2 && b <= 0xDF ? 2 : (b & 0xF0) == 0xE0 ? 3 : b >= 0xF0 && b <= 0xF4 ? 4 : 0;
  if (len == 0 || n < len) return 0;
  uint32_t c = b & (0xFFu >> (len + 1));
  for (size_t i = 1; i < len; i++) {
    if ((p[i] & 0xC0) != 0x80) return 0;
    c = c << 6 | (p[i] & 0x3Fu);
  }
  if ((len == 3 && c < 0x800) || (len == 4 && (c < 0x10000 || c > 0x10FFFF))) return 0;
  if (c >= 0xD800 && c <= 0xDFFF) return 0;
  *cp = c;
  return len;
}

size_t utf8_bad_at(slice s) {
  const unsigned char *p = (const unsigned char *)s.p;
  size_t i = 0;
  while (i < s.n) {
    uint64_t eight;
    if (s.n - i >= 8 && (memcpy(&eight, p + i, 8), (eight & UINT64_C(0x8080808080808080)) == 0)) {
      i += 8;
      continue;
    }
    uint32_t cp;
    size_t len = decode(p + i, s.n - i, &cp);
    if (!len) return i;
    i += len;
  }
  return i;
}

bool utf8_valid(slice s) { return utf8_bad_at(s) == s.n; }

size_t utf8_decode(slice s, uint32_t *cp) {
  size_t len = decode((const unsigned char *)s.p, s.n, cp);
  if (len) return len;
  *cp = REPLACEMENT;
  return 1;
}

static uint32_t next_char(slice *s) {
  uint32_t cp;
  size_t len = utf8_decode(*s, &cp);
  s->p += len;
  s->n -= len;
  return cp;
}

size_t utf8_encode(uint32_t cp, char *out) {
  if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF)) cp = REPLACEMENT;
  if (cp < 0x80) return out[0] = (char)cp, 1;
  size_t len = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
  for (size_t i = len - 1; i > 0; i--, cp >>= 6) out[i] = (char)(0x80 | (cp & 0x3F));
  out[0] = (char)((0xF00u >> len & 0xFF) | cp);
  return len;
}

size_t utf8_count(slice s) {
  size_t count = 0;
  for (; s.n; count++) next_char(&s);
  return count;
}

unsigned utf8_char_width(uint32_t cp) {
  if (cp < 0x20) return 0;
  if (cp < 0x7F) return 1;
  if (cp < 0xA0) return 0;
  if (in_ranges(zero_width, COUNT(zero_width), cp)) return 0;
  return cp >= wide[0].first && in_ranges(wide, COUNT(wide), cp) ? 2 : 1;
}

size_t utf8_width(slice s) {
  size_t columns = 0;
  while (s.n) columns += utf8_char_width(next_char(&s));
  return columns;
}

slice utf8_head(slice s, size_t columns) {
  slice rest = s;
  size_t used = 0, bytes = 0;
  while (rest.n) {
    used += utf8_char_width(next_char(&rest));
    if (used > columns) break;
    bytes = s.n - rest.n;
  }
  return (slice){s.p, bytes};
}

bool utf8_is_nfc_letter(uint32_t cp) {
  if (cp < 0x80) return (cp | 0x20) >= 'a' && (cp | 0x20) <= 'z';
  if (cp < 0xC0) return cp == 0xAA || cp == 0xB5 || cp == 0xBA;
  if (cp == 0xD7 || cp == 0xF7) return false;
  if (cp >= 0x2000 && cp <= 0x2BFF) return false; /* punctuation, signs, arrows, boxes */
  if (cp >= 0x3000 && cp <= 0x3004) return false;
  if (cp >= 0xD800 && cp <= 0xF8FF) return false; /* surrogates, private use */
  if (cp >= 0xFFF0 || (cp >= 0xFF00 && cp <= 0xFF20)) return false;
  return !in_ranges(zero_width, COUNT(zero_width), cp);
}

static bool composes_with(uint32_t letter, uint32_t mark) {
  for (size_t i = 0; i < COUNT(composes); i++)
    if (composes[i].mark == mark) return letter < 0x80 && letter && strchr(composes[i].letters, (int)letter) != NULL;
  return false;
}

size_t utf8_not_nfc_at(slice s) {
  uint32_t before = 0;
  for (size_t i = 0; i < s.n;) {
    uint32_t cp;
    size_t len = utf8_decode((slice){s.p + i, s.n - i}, &cp);
    if (cp >= 0x300 && cp < 0x370 && composes_with(before, cp)) return i - 1;
    before = cp;
    i += len;
  }
  return s.n;
}

uint32_t utf8_fold_char(uint32_t cp) {
  if (cp < 0x80) return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
  size_t lo = 0, hi = COUNT(folds);
  while (lo < hi) {
    size_t mid = (lo + hi) / 2;
    if (folds[mid].last < cp)
      lo = mid + 1;
    else
      hi = mid;
  }
  if (lo == COUNT(folds) || cp < folds[lo].first || (cp - folds[lo].first) % folds[lo].step) return cp;
  return (uint32_t)((int64_t)cp + folds[lo].delta);
}

slice utf8_fold(arena *perm, slice s) {
  /* Folding can lengthen a character (U+023A, two bytes, folds to three bytes): measure first. */
  size_t n = 0;
  char bytes[4];
  for (slice rest = s; rest.n;) n += utf8_encode(utf8_fold_char(next_char(&rest)), bytes);
  char *out = arena_alloc(perm, n + 1), *p = out;
  for (slice rest = s; rest.n;) p += utf8_encode(utf8_fold_char(next_char(&rest)), p);
  return (slice){out, n};
}

/* Compares the heads: 0 where the shorter is a head of the longer. `a` and `b` are left behind what was equal. */
static int fold_cmp_heads(slice *a, slice *b) {
  while (a->n && b->n) {
    uint32_t x = (unsigned char)a->p[0], y = (unsigned char)b->p[0];
    if (x < 0x80 && y < 0x80) /* most are: nothing to decode */
      a->p++, a->n--, b->p++, b->n--;
    else
      x = next_char(a), y = next_char(b);
    x = utf8_fold_char(x), y = utf8_fold_char(y);
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

int utf8_fold_cmp(slice a, slice b) {
  int c = fold_cmp_heads(&a, &b);
  return c ? c : (a.n > 0) - (b.n > 0);
}

bool utf8_fold_eq(slice a, slice b) { return utf8_fold_cmp(a, b) == 0; }

bool utf8_fold_one_of(const char *words, slice word) {
  for (const char *p = words; *p;) {
    size_t n = strcspn(p, "|");
    if (utf8_fold_eq((slice){p, n}, word)) return true;
    p += n + (p[n] == '|');
  }
  return false;
}

bool utf8_fold_starts(slice a, slice b) { return fold_cmp_heads(&a, &b) == 0 && b.n == 0; }

bool utf8_fold_contains(slice a, slice b) {
  slice head = b;
  const uint32_t first = b.n ? utf8_fold_char(next_char(&head)) : 0;
  const uint32_t other = first >= 'a' && first <= 'z' ? first - 'a' + 'A' : first;
  for (;; next_char(&a)) {
    /* ASCII folds to ASCII, so that most of a long text is passed byte by byte. */
    while (b.n && a.n && (unsigned char)a.p[0] < 0x80 && (unsigned char)a.p[0] != first &&
           (unsigned char)a.p[0] != other)
      a.p++, a.n--;
    if (utf8_fold_starts(a, b)) return true;
    if (!a.n) return false;
  }
}

uint64_t utf8_fold_hash(slice s) {
  uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a over code points, then mixed */
  while (s.n) h = (h ^ utf8_fold_char(next_char(&s))) * UINT64_C(0x100000001b3);
  h ^= h >> 32;
  h *= UINT64_C(0x9e3779b97f4a7c15);
  return h ^ h >> 29;
}
