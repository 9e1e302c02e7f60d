/* See words.h. */
#include "words.h"

#include <string.h>

#include "lang/base/text.h"
#include "lang/base/utf8.h"

/* U+0100 to U+017F without their marks; '.' stays as it is. */
static const char EXTENDED[] = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkkklllllll"
                               "lllnnnnnnn..oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static uint32_t plain(uint32_t cp) {
  cp = utf8_plain_letter(utf8_fold_char(cp));
  if (cp == 0xFD || cp == 0xFF) return 'y';
  if (cp == 0xF8) return 'o';
  if (cp < 0x100 || cp - 0x100 >= sizeof EXTENDED - 1 || EXTENDED[cp - 0x100] == '.') return cp;
  return (uint32_t)EXTENDED[cp - 0x100];
}

static bool is_mark(uint32_t cp) { return cp >= 0x300 && cp <= 0x36F; }
static bool is_digit(uint32_t cp) { return cp >= '0' && cp <= '9'; }
static bool is_letter(uint32_t cp) { return (cp >= 'a' && cp <= 'z') || (cp > 0xBF && cp != 0xD7 && cp != 0xF7); }

static bool has(const word_list *l, slice word) {
  for (size_t i = 0; i < l->n; i++)
    if (slice_eq(l->v[i], word)) return true;
  return false;
}

static void add(word_list *l, const char *p, size_t n, arena *perm) {
  slice word = {p, n};
  if (n && l->n < WORDS_MAX && !has(l, word)) l->v[l->n++] = arena_slice(perm, word);
}

/* One word of the text, folded; 0: there is no more. *after: what follows it; *digits: where its digits begin behind
 * letters, else 0. */
static size_t next_word(slice *rest, char out[WORD_BYTES_MAX + 4], size_t *digits) {
  size_t n = 0;
  bool letters = false;
  *digits = 0;
  while (rest->n) {
    uint32_t cp;
    size_t bytes = utf8_decode(*rest, &cp);
    uint32_t c = plain(cp);
    bool word = is_digit(c) || is_letter(c);
    *rest = (slice){rest->p + bytes, rest->n - bytes};
    if (is_mark(cp)) continue;
    if (!word && n) break;
    if (!word || n >= WORD_BYTES_MAX) continue;
    if (is_letter(c)) letters = true;
    if (is_digit(c) && letters && !*digits) *digits = n;
    if (is_letter(c)) *digits = 0;
    char one[4];
    size_t length = utf8_encode(c, one);
    if (n + length > WORD_BYTES_MAX) continue;
    memcpy(out + n, one, length);
    n += length;
  }
  return n;
}

void word_list_add(word_list *l, slice s, bool digits, arena *perm) {
  char word[WORD_BYTES_MAX + 4];
  size_t n, at;
  while ((n = next_word(&s, word, &at))) {
    add(l, word, n, perm);
    if (digits && at) add(l, word + at, n - at, perm);
  }
}

static size_t digits_of(slice s, char *out, size_t most) {
  size_t n = 0;
  for (size_t i = 0; i < s.n && n < most; i++)
    if (is_digit((unsigned char)s.p[i])) out[n++] = s.p[i];
  return n;
}

void words_add_phone(word_list *l, slice number, arena *perm) {
  enum { LEAST = 8, MOST = 11 };
  char d[WORD_BYTES_MAX] = {0};
  size_t n = digits_of(number, d, sizeof d);
  add(l, d, n, perm);
  for (size_t tail = LEAST; tail <= MOST && tail < n; tail++) add(l, d + n - tail, tail, perm);
}

slice words_folded(slice s, arena *perm) {
  text t = text_new(perm);
  char word[WORD_BYTES_MAX + 4];
  size_t n, at;
  while ((n = next_word(&s, word, &at))) {
    if (t.n) text_char(&t, ' ');
    text_add(&t, (slice){word, n});
  }
  return text_slice(&t);
}

slice words_joined(const word_list *l, arena *perm) {
  text t = text_new(perm);
  text_char(&t, ' ');
  for (size_t i = 0; i < l->n; i++) {
    text_add(&t, l->v[i]);
    text_char(&t, ' ');
  }
  return text_slice(&t);
}

void words_split(slice joined, word_list *out) {
  out->n = 0;
  for (size_t i = 0; i < joined.n && out->n < WORDS_MAX; i++) {
    size_t from = i;
    while (i < joined.n && joined.p[i] != ' ') i++;
    if (i > from) out->v[out->n++] = (slice){joined.p + from, i - from};
  }
}

void words_asked(word_query *q, slice s, arena *perm) {
  enum { LEAST = 5, ASKED_MAX = 8 };
  *q = (word_query){.words = {.n = 0}};
  word_list_add(&q->words, s, false, perm);
  if (q->words.n > ASKED_MAX) q->words.n = ASKED_MAX;
  char d[WORD_BYTES_MAX] = {0};
  size_t n = digits_of(s, d, sizeof d);
  for (size_t i = 0; i < s.n; i++)
    if (!is_digit((unsigned char)s.p[i]) && !strchr(" ()+-./", s.p[i])) return;
  if (n >= LEAST && q->words.n > 1) q->number = arena_slice(perm, (slice){d, n});
}

static bool begins_one(slice joined, slice word) {
  for (size_t i = 0; i + word.n < joined.n; i++)
    if (joined.p[i] == ' ' && memcmp(joined.p + i + 1, word.p, word.n) == 0) return true;
  return false;
}

bool words_have(slice joined, const word_query *q) {
  bool all = true;
  for (size_t i = 0; i < q->words.n && all; i++) all = begins_one(joined, q->words.v[i]);
  return all || (q->number.n && begins_one(joined, q->number));
}
