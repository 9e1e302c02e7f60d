/* Money: parse, add, print. Invariant: a sum never leaves its currency and never wraps. */
#include "money.h"

#include <assert.h>
#include <stdio.h>

#include "utf8.h"

struct row {
  const char *code;
  unsigned numeric, minor;
  const char *sign[LANG_COUNT];
};

static const struct row rows[] = {
#define CURRENCY(code, numeric, minor, en, pt, es) {#code, numeric, minor, {en, pt, es}},
#include "currency.def"
#undef CURRENCY
};
_Static_assert(CURRENCY_COUNT < 256, "a currency fits a byte");

/* How a language writes numbers, and where the sign of the currency stands (CLDR: "¤#,##0.00", "¤ #,##0.00", "#,##0.00
 * ¤"). */
static const struct {
  char group, point;
  bool sign_last, sign_apart;
} styles[LANG_COUNT] = {
    [LANG_EN] = {',', '.', false, false}, [LANG_PT] = {'.', ',', false, true}, [LANG_ES] = {'.', ',', true, true}};

currency currency_find(slice code) {
  if (code.n != 3) return CURRENCY_NONE;
  for (unsigned i = 1; i < CURRENCY_COUNT; i++)
    if (utf8_fold_eq(code, slice_of(rows[i].code))) return (currency)i;
  return CURRENCY_NONE;
}

currency currency_by_symbol(slice symbol) {
  if (symbol.n == 0 || slice_eq(symbol, SLICE("$")) || slice_eq(symbol, SLICE("¥"))) return CURRENCY_NONE;
  for (unsigned i = 1; i < CURRENCY_COUNT; i++)
    for (int lang = 0; lang < LANG_COUNT; lang++)
      if (slice_eq(symbol, slice_of(rows[i].sign[lang]))) return (currency)i;
  return CURRENCY_NONE;
}

const char *currency_code(currency c) {
  assert(c < CURRENCY_COUNT);
  return c == CURRENCY_NONE ? "" : rows[c].code;
}

unsigned currency_numeric(currency c) {
  assert(c < CURRENCY_COUNT);
  return rows[c].numeric;
}

unsigned currency_minor(currency c) {
  assert(c < CURRENCY_COUNT);
  return rows[c].minor;
}

const char *currency_symbol(currency c, dun_lang lang) {
  assert(c < CURRENCY_COUNT);
  const char *sign = rows[c].sign[lang];
  return *sign ? sign : currency_code(c);
}

money_status money_of_decimal(decimal d, currency cur, money *out) {
  decimal exact = decimal_trim(d);
  uint8_t scale = (uint8_t)currency_minor(cur);
  if (exact.scale > scale) return MONEY_TOO_PRECISE;
  if (!decimal_rescale(exact, scale, ROUND_DOWN, &exact)) return MONEY_OVERFLOW;
  *out = (money){exact.n, cur};
  return MONEY_OK;
}

money_status money_parse(slice s, currency cur, money *out) {
  decimal d;
  switch (decimal_parse(s, &d)) {
  case NUMBER_OK: return money_of_decimal(d, cur, out);
  case NUMBER_MALFORMED: return MONEY_MALFORMED;
  case NUMBER_OVERFLOW: break;
  }
  return MONEY_OVERFLOW;
}

bool money_add(money a, money b, money *out) {
  int64_t sum;
  if (a.cur != b.cur || __builtin_add_overflow(a.minor, b.minor, &sum)) return false;
  *out = (money){sum, a.cur};
  return true;
}

bool money_sub(money a, money b, money *out) {
  int64_t difference;
  if (a.cur != b.cur || __builtin_sub_overflow(a.minor, b.minor, &difference)) return false;
  *out = (money){difference, a.cur};
  return true;
}

size_t money_plain(money m, char out[MONEY_TEXT_MAX]) {
  return decimal_text((decimal){m.minor, (uint8_t)currency_minor(m.cur)}, out);
}

/* The magnitude with groups of three, written backwards from the end of a buffer; returns its first character. */
static const char *grouped(money m, dun_lang lang, char buffer[MONEY_TEXT_MAX]) {
  uint64_t n = m.minor < 0 ? 0 - (uint64_t)m.minor : (uint64_t)m.minor;
  char *p = buffer + MONEY_TEXT_MAX - 1;
  *p = 0;
  unsigned decimals = currency_minor(m.cur);
  for (unsigned i = 0; i < decimals; i++, n /= 10) *--p = (char)('0' + n % 10);
  if (decimals) *--p = styles[lang].point;
  unsigned count = 0;
  do {
    if (count && count % 3 == 0) *--p = styles[lang].group;
    *--p = (char)('0' + n % 10);
    count++;
  } while (n /= 10);
  return p;
}

size_t money_number_text(money m, dun_lang lang, char out[MONEY_TEXT_MAX]) {
  char buffer[MONEY_TEXT_MAX];
  return (size_t)snprintf(out, MONEY_TEXT_MAX, "%s%.50s", m.minor < 0 ? "-" : "", grouped(m, lang, buffer));
}

size_t money_text(money m, dun_lang lang, char out[MONEY_TEXT_MAX]) {
  if (m.cur == CURRENCY_NONE) return money_number_text(m, lang, out);
  char buffer[MONEY_TEXT_MAX];
  const char *minus = m.minor < 0 ? "-" : "", *number = grouped(m, lang, buffer), *sign = currency_symbol(m.cur, lang);
  size_t length = strlen(sign);
  bool letters = sign[length - 1] >= 'A' && sign[length - 1] <= 'Z'; /* CLDR: a letter next to a digit is set apart */
  const char *space = styles[lang].sign_apart || letters ? " " : "";
  if (styles[lang].sign_last) return (size_t)snprintf(out, MONEY_TEXT_MAX, "%s%.50s%s%s", minus, number, space, sign);
  return (size_t)snprintf(out, MONEY_TEXT_MAX, "%s%s%s%.50s", minus, sign, space, number);
}
