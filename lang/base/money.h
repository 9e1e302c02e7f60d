/* Money: a count of the currency's minor unit (ISO 4217) and the currency. Never a float, never a number without its
 * currency. The table of currencies is currency.def. */
#ifndef DUN_BASE_MONEY_H
#define DUN_BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "decimal.h"
#include "diag.h"
#include "slice.h"

/* Index of a row of currency.def. The rows are sorted by code, so that the order of two currencies is that of their
 * codes. */
typedef uint8_t currency;

enum {
#define CURRENCY(code, numeric, minor, en, pt, es) CURRENCY_##code,
#include "currency.def"
#undef CURRENCY
  CURRENCY_COUNT
};

typedef struct money {
  int64_t minor;
  currency cur;
} money;

/* By code, any case; CURRENCY_NONE where there is none. */
currency currency_find(slice code);
/* By symbol: "R$", "€", "£", "US$". A sign of several currencies ("$", "¥", "kr") gives CURRENCY_NONE: ask for the
 * code. */
currency currency_by_symbol(slice symbol);
/* "BRL"; "" for CURRENCY_NONE. */
const char *currency_code(currency c);
/* ISO 4217 numeric code; 0 for CURRENCY_NONE. */
unsigned currency_numeric(currency c);
/* Decimals of the minor unit: 2 for BRL, 0 for JPY, 3 for KWD; 2 for CURRENCY_NONE. */
unsigned currency_minor(currency c);
/* The sign used in a language, else the code. */
const char *currency_symbol(currency c, dun_lang lang);

typedef enum money_status { MONEY_OK, MONEY_MALFORMED, MONEY_TOO_PRECISE, MONEY_OVERFLOW } money_status;

/* A decimal_parse number in the currency's major unit. "1.005 BRL" is MONEY_TOO_PRECISE, "1.500" BRL is fine (its last
 * digit is 0). */
money_status money_parse(slice s, currency cur, money *out) __attribute__((warn_unused_result));
money_status money_of_decimal(decimal d, currency cur, money *out) __attribute__((warn_unused_result));
/* False on overflow or two currencies. */
bool money_add(money a, money b, money *out) __attribute__((warn_unused_result));
bool money_sub(money a, money b, money *out) __attribute__((warn_unused_result));

/* Room for the longest text of money_plain and money_text. */
#define MONEY_TEXT_MAX 64
/* "-1500.00": for CSV and JSON; the decimals of the currency. Returns the length; NUL-terminated. */
size_t money_plain(money m, char out[MONEY_TEXT_MAX]);
/* As a reader of the language writes it: English "R$1,500.00", "CHF 1,500.00"; Portuguese "R$ 1.500,00", "US$ 40,00";
 * Spanish "1.500,00 €", "40,00 BRL". CLDR's patterns and signs, with two deliberate differences: a plain space where
 * CLDR has a no-break space (GSM text messages have none), and groups of three from 1.000 in Spanish too. Returns the
 * length. */
size_t money_text(money m, dun_lang lang, char out[MONEY_TEXT_MAX]);
/* The same without the currency: "1.500,00". */
size_t money_number_text(money m, dun_lang lang, char out[MONEY_TEXT_MAX]);

#endif
