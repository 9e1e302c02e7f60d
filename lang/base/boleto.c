/* See boleto.h. The layouts are those of FEBRABAN: bank slip, barcode BBBMDFFFFVVVVVVVVVVLLL...: bank, currency,
 * general digit (modulus 11), factor of the due date, amount, 25 free digits; collection slip, 8SVD...: segment, kind
 * of value, general digit. */
#include "boleto.h"

#include <string.h>

static const char *const WORDS[] = {
#define BOLETO_FAULT(id, words) words,
    BOLETO_FAULTS(BOLETO_FAULT)
#undef BOLETO_FAULT
};
const char *boleto_fault_words(boleto_fault f) { return WORDS[f]; }

enum { BANK_LINE = 47, COLLECTION_LINE = 48, DIGITS_MAX = 48 };

/* ---- check digits ---- */

/* Modulus 10: the digits times 2, 1, 2, ... from the right, digits of products added. */
static int mod10(const char *v, size_t n) {
  int sum = 0;
  for (size_t i = 0; i < n; i++) {
    int product = (v[n - 1 - i] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += product / 10 + product % 10;
  }
  return (10 - sum % 10) % 10;
}

/* The digits times 2 to 9 from the right, again from 2; the rest of the sum by 11. `skip` is left out. */
static int rest11(const char *v, size_t n, size_t skip) {
  int sum = 0, weight = 2;
  for (size_t i = n; i-- > 0;) {
    if (i == skip) continue;
    sum += (v[i] - '0') * weight;
    weight = weight == 9 ? 2 : weight + 1;
  }
  return sum % 11;
}

static int general_of_bank(const char *barcode) {
  int d = 11 - rest11(barcode, BOLETO_BARCODE_DIGITS, 4);
  return d == 10 || d == 11 ? 1 : d;
}

/* Its third digit says by which modulus a collection slip is checked: 6 and 7 by 10, 8 and 9 by 11. */
static int of_collection(char kind, const char *v, size_t n) {
  if (kind == '6' || kind == '7') return mod10(v, n);
  int rest = rest11(v, n, n);
  return rest <= 1 ? 0 : 11 - rest;
}

static int general_of_collection(const char *barcode) {
  char without[BOLETO_BARCODE_DIGITS - 1];
  memcpy(without, barcode, 3);
  memcpy(without + 3, barcode + 4, BOLETO_BARCODE_DIGITS - 4);
  return of_collection(barcode[2], without, sizeof without);
}

/* ---- line and barcode ---- */

static bool bank_fields_right(const char *line) {
  return mod10(line, 9) == line[9] - '0' && mod10(line + 10, 10) == line[20] - '0' &&
         mod10(line + 21, 10) == line[31] - '0';
}

static void bank_barcode(const char *line, char barcode[BOLETO_BARCODE_DIGITS + 1]) {
  memcpy(barcode, line, 4);
  barcode[4] = line[32];
  memcpy(barcode + 5, line + 33, 14);
  memcpy(barcode + 19, line + 4, 5);
  memcpy(barcode + 24, line + 10, 10);
  memcpy(barcode + 34, line + 21, 10);
  barcode[BOLETO_BARCODE_DIGITS] = 0;
}

/* A field of the line: `n` digits with their own, a point after the fifth. */
static char *put_field(char *at, const char *head, size_t head_n, const char *digits, size_t n) {
  char field[10];
  memcpy(field, head, head_n);
  memcpy(field + head_n, digits, n);
  n += head_n;
  memcpy(at, field, 5);
  at[5] = '.';
  memcpy(at + 6, field + 5, n - 5);
  at[n + 1] = (char)('0' + mod10(field, n));
  at[n + 2] = ' ';
  return at + n + 3;
}

static void bank_line(const char *barcode, char *at) {
  at = put_field(at, barcode, 4, barcode + 19, 5);
  at = put_field(at, "", 0, barcode + 24, 10);
  at = put_field(at, "", 0, barcode + 34, 10);
  at[0] = barcode[4];
  at[1] = ' ';
  memcpy(at + 2, barcode + 5, 14);
  at[16] = 0;
}

static void collection_line(const char *barcode, char *at) {
  for (size_t i = 0; i < 4; i++) {
    memcpy(at, barcode + 11 * i, 11);
    at[11] = '-';
    at[12] = (char)('0' + of_collection(barcode[2], barcode + 11 * i, 11));
    at[13] = ' ';
    at += 14;
  }
  at[-1] = 0;
}

/* ---- what it says ---- */

static int64_t number_of(const char *v, size_t n) {
  int64_t x = 0;
  for (size_t i = 0; i < n; i++) x = x * 10 + (v[i] - '0');
  return x;
}

/* Circular FEBRABAN FB-009/2023: 1997-10-07 plus the factor, until 9999 on 2025-02-21; then from 1000 again. */
static civil_date due_of(int64_t factor, civil_date today) {
  if (factor == 0) return DATE_NONE;
  civil_date first = {date_of(1997, 10, 7).day + (int32_t)factor}, second = {first.day + 9000};
  int64_t to_first = (int64_t)today.day - first.day, to_second = (int64_t)second.day - today.day;
  return factor < 1000 || to_first <= to_second ? first : second;
}

static boleto_fault read_collection(const char *digits, size_t n, boleto *out) {
  out->collection = true;
  for (size_t i = 0; i < 4 && n == COLLECTION_LINE; i++) {
    const char *field = digits + 12 * i;
    memcpy(out->barcode + 11 * i, field, 11);
    if (of_collection(digits[2], field, 11) != field[11] - '0') return BOLETO_FIELD_DIGIT;
  }
  if (n == BOLETO_BARCODE_DIGITS) memcpy(out->barcode, digits, n);
  out->barcode[BOLETO_BARCODE_DIGITS] = 0;
  if (general_of_collection(out->barcode) != out->barcode[3] - '0') return BOLETO_GENERAL_DIGIT;
  /* 6 and 8: a sum in reais; 7 and 9: something else. */
  if (digits[2] == '6' || digits[2] == '8') out->cents = number_of(out->barcode + 4, 11);
  collection_line(out->barcode, out->line);
  return BOLETO_FINE;
}

boleto_fault boleto_read(slice text, civil_date today, boleto *out) {
  char digits[DIGITS_MAX];
  size_t n = 0;
  *out = (boleto){.due = DATE_NONE};
  for (size_t i = 0; i < text.n; i++) {
    char c = text.p[i];
    if (c == ' ' || c == '.' || c == '-') continue;
    if (c < '0' || c > '9') return BOLETO_NOT_DIGITS;
    if (n == DIGITS_MAX) return BOLETO_LENGTH;
    digits[n++] = c;
  }
  bool collection = n && digits[0] == '8' && n != BANK_LINE;
  if (n != BOLETO_BARCODE_DIGITS && n != (collection ? (size_t)COLLECTION_LINE : (size_t)BANK_LINE))
    return BOLETO_LENGTH;
  if (collection) return read_collection(digits, n, out);
  if (n == BOLETO_BARCODE_DIGITS) {
    memcpy(out->barcode, digits, n);
    out->barcode[n] = 0;
  } else {
    if (!bank_fields_right(digits)) return BOLETO_FIELD_DIGIT;
    bank_barcode(digits, out->barcode);
  }
  if (general_of_bank(out->barcode) != out->barcode[4] - '0') return BOLETO_GENERAL_DIGIT;
  memcpy(out->bank, out->barcode, 3);
  out->due = due_of(number_of(out->barcode + 5, 4), today);
  out->cents = number_of(out->barcode + 9, 10);
  bank_line(out->barcode, out->line);
  return BOLETO_FINE;
}
