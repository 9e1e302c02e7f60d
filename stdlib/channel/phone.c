/* See phone.h; phone.def has what is known of the countries. */
#include "phone.h"

#include "lang/base/utf8.h"

enum { DIGITS_MAX = 32, INTERNATIONAL_MIN = 7, INTERNATIONAL_MAX = 15 };

typedef struct phone_country {
  const char *code, *name[3], *calling, *trunk;
  bool trunk_written;
  size_t fewest, most;
} phone_country;

static const phone_country COUNTRIES[] = {
#define PHONE_COUNTRY(code, en, pt, es, calling, trunk, written, fewest, most)                                         \
  {#code, {en, pt, es}, calling, trunk, written, fewest, most},
#include "phone.def"
#undef PHONE_COUNTRY
};

const char *phone_fault_words(phone_fault f) {
  static const char *const WORDS[] = {
#define PHONE_FAULT(id, words) words,
      PHONE_FAULTS(PHONE_FAULT)
#undef PHONE_FAULT
  };
  return WORDS[f];
}

static const phone_country *country_of(slice s) {
  s = slice_trim(s);
  for (size_t i = 0; i < sizeof COUNTRIES / sizeof *COUNTRIES; i++) {
    const phone_country *c = COUNTRIES + i;
    if (utf8_fold_eq(s, slice_of(c->code))) return c;
    for (size_t k = 0; k < 3; k++)
      if (utf8_fold_eq(s, slice_of(c->name[k]))) return c;
  }
  return NULL;
}

bool phone_country_known(slice country) { return country_of(country) != NULL; }

/* ---- what is written ---- */

typedef struct phone_digits {
  char v[DIGITS_MAX];
  size_t n;
  bool plus;
} phone_digits;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static slice without(slice s, const char *prefix) {
  slice p = slice_of(prefix);
  return utf8_fold_starts(s, p) ? slice_trim((slice){s.p + p.n, s.n - p.n}) : s;
}

/* Between the digits; how many bytes. */
static size_t separator(slice s) {
  if (strchr(" \t-./()", s.p[0])) return 1;
  uint32_t cp;
  size_t n = utf8_decode(s, &cp);
  bool blank = cp == 0xa0 || cp == 0x202f || (cp >= 0x2000 && cp <= 0x200d) || (cp >= 0x2010 && cp <= 0x2015) ||
               cp == 0x2060 || cp == 0xfeff || (cp >= 0x202a && cp <= 0x202e);
  return blank ? n : 0;
}

static phone_fault collect(slice s, phone_digits *out) {
  *out = (phone_digits){0};
  s = without(without(slice_trim(s), "whatsapp:"), "tel:");
  if (s.n == 0) return PHONE_EMPTY;
  for (size_t i = 0; i < s.n;) {
    char c = s.p[i];
    slice rest = {s.p + i, s.n - i};
    if (is_digit(c)) {
      if (out->n == DIGITS_MAX) return PHONE_LENGTH;
      out->v[out->n++] = c;
      i++;
    } else if (c == '+' && out->n == 0 && !out->plus) {
      out->plus = true;
      i++;
    } else if (out->plus && out->n > 0 && slice_starts(rest, SLICE("(0)"))) {
      i += 3; /* +44 (0)20 ...: the 0 is for those who call from inside */
    } else {
      size_t n = c ? separator(rest) : 0;
      if (n == 0) return PHONE_SIGNS;
      i += n;
    }
  }
  if (!out->plus && out->n > 2 && out->v[0] == '0' && out->v[1] == '0') {
    out->plus = true;
    out->n -= 2;
    memmove(out->v, out->v + 2, out->n);
  }
  return out->n ? PHONE_FINE : PHONE_SIGNS;
}

/* ---- what it says ---- */

/* A national number without its trunk prefix; empty: it is none of that country. */
static slice national(const phone_country *c, slice digits) {
  slice trunk = slice_of(c->trunk);
  bool has = trunk.n && slice_starts(digits, trunk) && digits.n > c->fewest;
  if (c->trunk_written && !has) return (slice){0};
  slice rest = has ? (slice){digits.p + trunk.n, digits.n - trunk.n} : digits;
  bool fits = rest.n >= c->fewest && rest.n <= c->most && !(trunk.n && rest.p[0] == trunk.p[0]);
  return fits ? rest : (slice){0};
}

/* The calling code without a +, and a number of that country behind it. */
static bool with_calling(const phone_country *c, slice digits) {
  slice calling = slice_of(c->calling);
  if (!slice_starts(digits, calling)) return false;
  size_t n = digits.n - calling.n;
  return n >= c->fewest && n <= c->most;
}

static phone_fault put(const char *calling, slice digits, char *out) {
  size_t n = strlen(calling);
  if (n + digits.n > INTERNATIONAL_MAX || n + digits.n < INTERNATIONAL_MIN) return PHONE_LENGTH;
  out[0] = '+';
  memcpy(out + 1, calling, n);
  memcpy(out + 1 + n, digits.p, digits.n);
  out[1 + n + digits.n] = 0;
  return out[1] == '0' ? PHONE_LENGTH : PHONE_FINE;
}

/* +55 011 ...: a calling code that is known, its trunk prefix and a whole number behind it. */
static slice trunk_taken(slice digits) {
  for (size_t i = 0; i < sizeof COUNTRIES / sizeof *COUNTRIES; i++) {
    const phone_country *c = COUNTRIES + i;
    size_t n = strlen(c->calling);
    if (!slice_starts(digits, slice_of(c->calling)) || !slice_eq(slice_of(c->trunk), SLICE("0"))) continue;
    if (digits.n <= n || digits.p[n] != '0') return (slice){0};
    slice rest = {digits.p + n + 1, digits.n - n - 1};
    bool fits = rest.n >= c->fewest && rest.n <= c->most;
    return fits ? rest : (slice){0};
  }
  return (slice){0};
}

phone_fault phone_read(slice written, slice country, slice otherwise, char out[PHONE_TEXT_MAX]) {
  phone_digits d;
  phone_fault fault = collect(written, &d);
  slice digits = {d.v, d.n};
  out[0] = 0;
  if (fault != PHONE_FINE) return fault;
  if (d.plus) {
    slice rest = trunk_taken(digits);
    if (!rest.n) return put("", digits, out);
    char calling[8] = "";
    memcpy(calling, digits.p, digits.n - rest.n - 1);
    return put(calling, rest, out);
  }
  country = slice_trim(country).n ? country : otherwise;
  if (slice_trim(country).n == 0) return PHONE_NO_COUNTRY;
  const phone_country *c = country_of(country);
  if (!c) return PHONE_UNKNOWN_COUNTRY;
  char whole[PHONE_TEXT_MAX];
  slice rest = national(c, digits);
  bool called = with_calling(c, digits) && put("", digits, whole) == PHONE_FINE;
  fault = rest.n ? put(c->calling, rest, out) : PHONE_LENGTH;
  if (!called) return fault;
  if (fault == PHONE_FINE && strcmp(out, whole) != 0) return PHONE_TWO_WAYS;
  memcpy(out, whole, sizeof whole);
  return PHONE_FINE;
}

/* ---- the same subscriber ---- */

/* calling code, digits before the one that may be there, that one, digits behind it */
static const struct {
  const char *calling;
  size_t before;
  char may;
  size_t behind;
} MOBILE[] = {{"55", 2, '9', 8}, {"54", 0, '9', 10}, {"52", 0, '1', 10}};

static slice plain(slice s) { return s.n && s.p[0] == '+' ? (slice){s.p + 1, s.n - 1} : s; }

/* Takes the digit out; `out` has room for a number. */
static slice without_mobile(slice s, char *out) {
  for (size_t i = 0; i < sizeof MOBILE / sizeof *MOBILE; i++) {
    size_t calling = strlen(MOBILE[i].calling), at = calling + MOBILE[i].before;
    if (!slice_starts(s, slice_of(MOBILE[i].calling)) || s.n != at + 1 + MOBILE[i].behind) continue;
    if (s.p[at] != MOBILE[i].may) return s;
    memcpy(out, s.p, at);
    memcpy(out + at, s.p + at + 1, s.n - at - 1);
    return (slice){out, s.n - 1};
  }
  return s;
}

bool phone_same(slice a, slice b) {
  char x[PHONE_TEXT_MAX], y[PHONE_TEXT_MAX];
  a = plain(a);
  b = plain(b);
  if (!a.n || a.n > INTERNATIONAL_MAX || b.n > INTERNATIONAL_MAX) return false;
  return slice_eq(without_mobile(a, x), without_mobile(b, y));
}
