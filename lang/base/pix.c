/* See pix.h. Field numbers are those of Banco Central's "Manual do BR Code". */
#include "pix.h"

#include <stdio.h>
#include <string.h>

#include "text.h"
#include "utf8.h"

static const char *const WORDS[] = {
#define PIX_FAULT(id, words) words,
    PIX_FAULTS(PIX_FAULT)
#undef PIX_FAULT
};
const char *pix_fault_words(pix_fault f) { return WORDS[f]; }

enum {
  FIELD_FORMAT = 0,
  FIELD_ONCE = 1,
  FIELD_ACCOUNT = 26, /* until 51 */
  FIELD_ACCOUNT_LAST = 51,
  FIELD_CATEGORY = 52,
  FIELD_CURRENCY = 53,
  FIELD_AMOUNT = 54,
  FIELD_COUNTRY = 58,
  FIELD_NAME = 59,
  FIELD_CITY = 60,
  FIELD_MORE = 62,
  FIELD_CRC = 63
};
enum { ACCOUNT_SYSTEM = 0, ACCOUNT_KEY = 1, ACCOUNT_DESCRIPTION = 2, ACCOUNT_URL = 25, MORE_TXID = 5 };
enum { KEY_MAX = 77, NAME_MAX_CHARS = 25, CITY_MAX_CHARS = 15, TXID_MAX = 25, VALUE_MAX = 99 };
static const int64_t CENTS_MAX = 999999999999;

uint16_t pix_crc(slice s) {
  uint16_t crc = 0xFFFF;
  for (size_t i = 0; i < s.n; i++) {
    crc ^= (uint16_t)((uint16_t)(unsigned char)s.p[i] << 8);
    for (int k = 0; k < 8; k++) crc = (uint16_t)(crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1);
  }
  return crc;
}

/* ---- writing ---- */

static void put(text *t, int field, slice value) { text_printf(t, "%02d%02zu%.*s", field, value.n, SLICE_ARG(value)); }

/* Letters without their accents; what is not ASCII then is left out. */
static slice plain(arena *perm, slice s, size_t max) {
  text t = text_new(perm);
  size_t n = 0;
  for (size_t i = 0; i < s.n && n < max;) {
    uint32_t cp;
    i += utf8_decode((slice){s.p + i, s.n - i}, &cp);
    uint32_t folded = utf8_plain_letter(utf8_fold_char(cp));
    bool was_upper = folded < 0x80 && utf8_fold_char(cp) != cp;
    if (cp >= 0x80) cp = was_upper && folded >= 'a' && folded <= 'z' ? folded - 'a' + 'A' : folded;
    if (cp < 0x20 || cp > 0x7E) continue;
    text_char(&t, (char)cp);
    n++;
  }
  return slice_trim(text_slice(&t));
}

static bool txid_fits(slice s) {
  if (slice_eq(s, SLICE("***"))) return true;
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return false;
  }
  return s.n <= TXID_MAX;
}

static pix_fault account(const pix_code *c, arena *perm, slice *out) {
  text t = text_new(perm);
  if ((c->key.n == 0) == (c->url.n == 0) || c->key.n > KEY_MAX) return PIX_KEY;
  put(&t, ACCOUNT_SYSTEM, SLICE("br.gov.bcb.pix"));
  if (c->key.n) put(&t, ACCOUNT_KEY, c->key);
  slice more = plain(perm, c->description, VALUE_MAX);
  if (c->key.n && more.n) put(&t, ACCOUNT_DESCRIPTION, more);
  if (c->url.n) put(&t, ACCOUNT_URL, c->url);
  *out = text_slice(&t);
  return out->n <= VALUE_MAX && c->url.n <= KEY_MAX ? PIX_FINE : c->url.n ? PIX_KEY : PIX_LENGTH;
}

pix_fault pix_write(const pix_code *c, arena *perm, slice *out) {
  slice where, name = plain(perm, c->name, NAME_MAX_CHARS), city = plain(perm, c->city, CITY_MAX_CHARS);
  pix_fault fault = account(c, perm, &where);
  if (fault != PIX_FINE) return fault;
  if (name.n == 0 || city.n == 0) return PIX_NAME;
  if (c->cents < 0 || c->cents > CENTS_MAX) return PIX_AMOUNT;
  if (!txid_fits(c->txid)) return PIX_TXID;
  text t = text_new(perm), more = text_new(perm);
  put(&t, FIELD_FORMAT, SLICE("01"));
  if (c->url.n) put(&t, FIELD_ONCE, SLICE("12"));
  put(&t, FIELD_ACCOUNT, where);
  put(&t, FIELD_CATEGORY, SLICE("0000"));
  put(&t, FIELD_CURRENCY, SLICE("986"));
  if (c->cents)
    put(&t, FIELD_AMOUNT, arena_printf(perm, "%lld.%02lld", (long long)c->cents / 100, (long long)c->cents % 100));
  put(&t, FIELD_COUNTRY, SLICE("BR"));
  put(&t, FIELD_NAME, name);
  put(&t, FIELD_CITY, city);
  put(&more, MORE_TXID, c->txid.n ? c->txid : SLICE("***"));
  put(&t, FIELD_MORE, text_slice(&more));
  text_cstr(&t, "6304");
  text_printf(&t, "%04X", pix_crc(text_slice(&t)));
  *out = text_slice(&t);
  return PIX_FINE;
}

/* ---- reading ---- */

typedef struct field {
  int id;
  slice value;
} field;

/* The next one of `s`; false: there is none that fits. */
static bool take(slice *s, field *f) {
  if (s->n < 4) return false;
  for (size_t i = 0; i < 4; i++)
    if (s->p[i] < '0' || s->p[i] > '9') return false;
  size_t n = (size_t)(s->p[2] - '0') * 10 + (size_t)(s->p[3] - '0');
  if (s->n - 4 < n) return false;
  *f = (field){(s->p[0] - '0') * 10 + (s->p[1] - '0'), {s->p + 4, n}};
  *s = (slice){s->p + 4 + n, s->n - 4 - n};
  return true;
}

/* "123.45", "123.4", "123" */
static bool cents_of(slice s, int64_t *out) {
  int64_t n = 0;
  size_t i = 0, decimals = 0;
  bool point = false;
  if (s.n == 0 || s.n > 13) return false;
  for (; i < s.n; i++) {
    if (s.p[i] == '.' && !point && i) {
      point = true;
      continue;
    }
    if (s.p[i] < '0' || s.p[i] > '9' || decimals == 2) return false;
    n = n * 10 + (s.p[i] - '0');
    decimals += point;
  }
  for (; decimals < 2; decimals++) n *= 10;
  *out = n;
  return n <= CENTS_MAX;
}

static bool read_account(slice s, pix_code *out, bool *is_pix) {
  field f;
  pix_code found = {0};
  bool ours = false;
  while (s.n) {
    if (!take(&s, &f)) return false;
    if (f.id == ACCOUNT_SYSTEM) ours = utf8_fold_eq(f.value, SLICE("br.gov.bcb.pix"));
    if (f.id == ACCOUNT_KEY) found.key = f.value;
    if (f.id == ACCOUNT_DESCRIPTION) found.description = f.value;
    if (f.id == ACCOUNT_URL) found.url = f.value;
  }
  if (!ours) return true;
  out->key = found.key;
  out->description = found.description;
  out->url = found.url;
  *is_pix = found.key.n || found.url.n;
  return true;
}

static bool read_more(slice s, pix_code *out) {
  field f;
  while (s.n) {
    if (!take(&s, &f)) return false;
    if (f.id == MORE_TXID) out->txid = f.value;
  }
  return true;
}

static bool crc_right(slice all, slice crc) {
  char right[5];
  snprintf(right, sizeof right, "%04X", pix_crc((slice){all.p, all.n - 4}));
  return crc.n == 4 && utf8_fold_eq(crc, slice_of(right));
}

pix_fault pix_read(slice s, pix_code *out) {
  field f = {.id = -1};
  bool is_pix = false, fits = true, first = true;
  *out = (pix_code){0};
  const slice all = s = slice_trim(s);
  while (s.n && fits) {
    fits = take(&s, &f) && (!first || (f.id == FIELD_FORMAT && slice_eq(f.value, SLICE("01"))));
    first = false;
    if (!fits) break;
    if (f.id >= FIELD_ACCOUNT && f.id <= FIELD_ACCOUNT_LAST) fits = read_account(f.value, out, &is_pix);
    if (f.id == FIELD_AMOUNT) fits = cents_of(f.value, &out->cents);
    if (f.id == FIELD_NAME) out->name = f.value;
    if (f.id == FIELD_CITY) out->city = f.value;
    if (f.id == FIELD_MORE) fits = read_more(f.value, out);
  }
  if (!fits || f.id != FIELD_CRC) return PIX_SHAPE;
  if (!crc_right(all, f.value)) return PIX_CRC;
  return is_pix ? PIX_FINE : PIX_NOT_PIX;
}
