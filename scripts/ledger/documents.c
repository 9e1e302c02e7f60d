/* CNPJ, boleto and Pix numbers (documents.h). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "documents.h"

/* Weights 2 to 9 from the right, again and again; the CNPJ's rule. */
static int mod11_cnpj(const char *digits, size_t count) {
  int sum = 0, weight = 2;
  for (size_t i = count; i-- > 0;) {
    sum += (digits[i] - '0') * weight;
    weight = weight == 9 ? 2 : weight + 1;
  }
  int rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

void cnpj_of(uint32_t serial, char out[CNPJ_MAX]) {
  char d[15];
  snprintf(d, sizeof d, "99%06" PRIu32 "0001", serial % 1000000);
  d[12] = (char)('0' + mod11_cnpj(d, 12));
  d[13] = (char)('0' + mod11_cnpj(d, 13));
  snprintf(out, CNPJ_MAX, "%.2s.%.3s.%.3s/%.4s-%.2s", d, d + 2, d + 5, d + 8, d + 12);
}

/* FEBRABAN's check digit of the whole bar code: as above, but 0, 10 and 11 become 1. */
static int mod11_boleto(const char *digits, size_t count) {
  int check = mod11_cnpj(digits, count);
  return check == 0 ? 1 : check;
}

/* Weights 2 and 1 from the right, the digits of each product added: the check digit of the line's first three fields.
 */
static char mod10(const char *digits, size_t count) {
  int sum = 0, weight = 2;
  for (size_t i = count; i-- > 0;) {
    int product = (digits[i] - '0') * weight;
    sum += product / 10 + product % 10;
    weight = 3 - weight;
  }
  return (char)('0' + (10 - sum % 10) % 10);
}

void boleto_of(int64_t cents, int32_t due, uint32_t serial, char out[BOLETO_MAX]) {
  /* Days since 1997-10-07; after 9999 (2025-02-21) the factor began again at 1000. */
  uint32_t factor = (uint32_t)(due - 10141);
  if (factor > 9999) factor = (factor - 1000) % 9000 + 1000;
  char amount[24], rest[44], free_field[26];
  snprintf(amount, sizeof amount, "%010" PRId64, cents % 10000000000);
  snprintf(free_field, sizeof free_field, "0001%011" PRIu32 "0000000017", serial);
  snprintf(rest, sizeof rest, "9999%04u%.10s%.25s", factor % 10000, amount, free_field);
  char check = (char)('0' + mod11_boleto(rest, strlen(rest)));
  char a[10], b[11], c[11];
  snprintf(a, sizeof a, "9999%.5s", free_field);
  snprintf(b, sizeof b, "%.10s", free_field + 5);
  snprintf(c, sizeof c, "%.10s", free_field + 15);
  snprintf(out, BOLETO_MAX, "%s%c%s%c%s%c%c%04u%.10s", a, mod10(a, 9), b, mod10(b, 10), c, mod10(c, 10), check,
           factor % 10000, amount);
}

/* CRC-16/CCITT-FALSE, as the BR Code manual wants it. */
static unsigned crc16(const char *text) {
  unsigned crc = 0xFFFF;
  for (; *text; text++) {
    crc ^= (unsigned)(unsigned char)*text << 8;
    for (int bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xFFFF;
  }
  return crc;
}

void pix_of(int64_t cents, const char *reference, char out[PIX_MAX]) {
  char account[64], amount[24], sum[32], note[64], body[PIX_MAX - 8];
  snprintf(account, sizeof account, "0014br.gov.bcb.pix0120cobranca@example.com");
  snprintf(amount, sizeof amount, "%" PRId64 ".%02d", cents / 100, (int)(cents % 100));
  snprintf(sum, sizeof sum, "54%02zu%s", strlen(amount), amount);
  snprintf(note, sizeof note, "05%02zu%s", strlen(reference), reference);
  snprintf(body, sizeof body, "00020126%02zu%s520400005303986%s5802BR5913JEQUITIBA SUP6009SAO PAULO62%02zu%s6304",
           strlen(account), account, sum, strlen(note), note);
  snprintf(out, PIX_MAX, "%s%04X", body, crc16(body));
}
