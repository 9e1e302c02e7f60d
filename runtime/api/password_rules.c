/* See password_rules.h. */
#include "password_rules.h"

#include "runtime/password.h"

enum { OWN_LETTERS_MIN = 4, REST_MIN = 8, SIGNS_MIN = 5 };

static const char *const COMMON[] = {
#include "common_passwords.def"
};

static bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

static slice lower(slice s, arena *scratch) {
  char *to = arena_copy(scratch, s);
  for (size_t i = 0; i < s.n; i++)
    if (to[i] >= 'A' && to[i] <= 'Z') to[i] = (char)(to[i] + 32);
  return (slice){to, s.n};
}

static bool is_common(slice s, arena *scratch) {
  if (s.n == 0 || memchr(s.p, ' ', s.n)) return false;
  slice word = arena_printf(scratch, " %.*s ", SLICE_ARG(s));
  for (size_t i = 0; i < sizeof COMMON / sizeof *COMMON; i++)
    if (memmem(COMMON[i], strlen(COMMON[i]), word.p, word.n)) return true;
  return false;
}

/* What is left without the digits and signs at both ends: "2024Summer!!" is a summer. */
static slice core(slice s) {
  while (s.n && !is_letter(s.p[0])) s = (slice){s.p + 1, s.n - 1};
  while (s.n && !is_letter(s.p[s.n - 1])) s.n--;
  return s;
}

/* Signs that are written for letters. */
static slice spelled_out(slice s, arena *scratch) {
  static const char FROM[] = "013457@$!", TO[] = "oleastasi";
  char *to = arena_copy(scratch, s);
  for (size_t i = 0; i < s.n; i++) {
    const char *at = to[i] ? strchr(FROM, to[i]) : NULL;
    if (at) to[i] = TO[at - FROM];
  }
  return (slice){to, s.n};
}

/* One piece, and nothing but it: "summersummer". */
static slice once(slice s) {
  for (size_t n = 1; n <= s.n / 2; n++) {
    if (s.n % n) continue;
    size_t i = n;
    while (i < s.n && s.p[i] == s.p[i % n]) i++;
    if (i == s.n) return (slice){s.p, n};
  }
  return s;
}

static size_t signs_of(slice s) {
  bool seen[256] = {false};
  size_t n = 0;
  for (size_t i = 0; i < s.n; i++) {
    n += !seen[(unsigned char)s.p[i]];
    seen[(unsigned char)s.p[i]] = true;
  }
  return n;
}

/* 123456789012, fedcba987654: mostly the next sign, or the one before. */
static bool is_a_row(slice s) {
  size_t steps = 0;
  for (size_t i = 1; i < s.n; i++) {
    int step = s.p[i] - s.p[i - 1];
    steps += step == 1 || step == -1 || step == 9 || step == -9 || step == 0;
  }
  return s.n > 1 && steps * 10 >= (s.n - 1) * 8;
}

/* Somebody's own words, and little else. */
static bool is_own(slice s, const slice *own, size_t n, arena *scratch) {
  static const char BETWEEN[] = " .@_-+";
  for (size_t i = 0; i < n; i++) {
    slice rest = lower(own[i], scratch);
    while (rest.n) {
      size_t k = 0;
      while (k < rest.n && !memchr(BETWEEN, rest.p[k], sizeof BETWEEN - 1)) k++;
      bool there = k >= OWN_LETTERS_MIN && memmem(s.p, s.n, rest.p, k);
      if (there && s.n - k < REST_MIN) return true;
      rest = k < rest.n ? (slice){rest.p + k + 1, rest.n - k - 1} : (slice){0};
    }
  }
  return false;
}

const char *password_wrong(slice password, const slice *own, size_t own_count, arena *scratch) {
  size_t letters = 0;
  for (size_t i = 0; i < password.n; i++) letters += ((unsigned char)password.p[i] & 0xc0) != 0x80;
  if (letters < PASSWORD_LETTERS_MIN) return "a password has at least 12 characters: a few words make a good one";
  if (password.n > PASSWORD_BYTES_MAX) return "this password is too long";
  slice s = lower(password, scratch), bare = core(s), plain = spelled_out(bare, scratch);
  if (signs_of(s) < SIGNS_MIN || is_a_row(s) || is_common(s, scratch) || is_common(once(s), scratch) ||
      is_common(bare, scratch) || is_common(once(plain), scratch))
    return "this password is among those that are tried first: take another, a few words make a good one";
  if (is_own(s, own, own_count, scratch)) return "this password is little more than your own name: take another";
  return NULL;
}
