/* See pay.h. Pure but for reading the line. */
#include "pay.h"

#include "lang/base/boleto.h"
#include "lang/base/pix.h"
#include "lang/base/text.h"

enum { KEY_BYTES_MAX = 77, REFERENCE_MAX = 25, CPF_DIGITS = 11, CNPJ_CHARS = 14, RANDOM_CHARS = 36 };

static bool digit(char c) { return c >= '0' && c <= '9'; }
static bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }
static char upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c; }

/* ---- the receiver's key ---- */

/* Weights from 2 up from the right, after `most` from 2 again; a letter counts as its code less that of 0 (a CNPJ of
 * 2026 may have letters). */
static bool check_char_right(const char *v, size_t n, int most) {
  int sum = 0, weight = 2;
  for (size_t i = n; i-- > 0;) {
    sum += (v[i] - '0') * weight;
    weight = weight == most ? 2 : weight + 1;
  }
  int rest = sum % 11;
  return v[n] - '0' == (rest < 2 ? 0 : 11 - rest);
}

static bool all_same(slice s) {
  for (size_t i = 1; i < s.n; i++)
    if (s.p[i] != s.p[0]) return false;
  return true;
}

static bool is_cpf(slice s) {
  bool fine = s.n == CPF_DIGITS && !all_same(s);
  for (size_t i = 0; i < s.n && fine; i++) fine = digit(s.p[i]);
  return fine && check_char_right(s.p, 9, 11) && check_char_right(s.p, 10, 11);
}

static bool is_cnpj(slice s) {
  bool fine = s.n == CNPJ_CHARS && !all_same(s);
  for (size_t i = 0; i < s.n && fine; i++) fine = digit(s.p[i]) || (i < 12 && letter(s.p[i]));
  return fine && check_char_right(s.p, 12, 9) && check_char_right(s.p, 13, 9);
}

static bool is_random(slice s) {
  bool fine = s.n == RANDOM_CHARS;
  for (size_t i = 0; i < s.n && fine; i++) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    char c = lower(s.p[i]);
    fine = dash ? c == '-' : digit(c) || (c >= 'a' && c <= 'f');
  }
  return fine;
}

static bool is_email(slice s) {
  const char *at = s.n ? memchr(s.p, '@', s.n) : NULL;
  bool fine = at && at > s.p && at + 1 < s.p + s.n && s.n <= KEY_BYTES_MAX;
  for (size_t i = 0; i < s.n && fine; i++) fine = s.p[i] > ' ' && s.p[i] < 0x7f && (s.p[i] != '@' || s.p + i == at);
  return fine;
}

static slice cased(slice s, bool as_upper, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < s.n; i++) text_char(&t, as_upper ? upper(s.p[i]) : lower(s.p[i]));
  return text_slice(&t);
}

bool pay_key(slice written, arena *perm, slice *key) {
  slice s = slice_trim(written);
  text bare = text_new(perm);
  for (size_t i = 0; i < s.n; i++)
    if (!strchr(" .-/()", s.p[i]) || !s.p[i]) text_char(&bare, s.p[i]);
  slice plain = cased(text_slice(&bare), true, perm);
  if (is_email(s) || is_random(s)) {
    *key = cased(s, false, perm);
    return true;
  }
  *key = plain;
  if (plain.n > 1 && plain.p[0] == '+') {
    bool fine = slice_starts(plain, SLICE("+55")) && (plain.n == 13 || plain.n == 14);
    for (size_t i = 1; i < plain.n && fine; i++) fine = digit(plain.p[i]);
    return fine;
  }
  return is_cpf(plain) || is_cnpj(plain);
}

bool pay_receiver_of(world *w, arena *perm, const program *p, pay_receiver *out, slice *why) {
  const connection *c = NULL;
  *out = (pay_receiver){0};
  for (uint32_t i = 0; i < p->connection_count && !c; i++)
    if (slice_eq(p->connections[i].kind, SLICE("pix"))) c = p->connections + i;
  if (!c) return true;
  slice key;
  pay_receiver r = {0};
  if (!slice_eq(c->vendor, SLICE("static"))) {
    *why = SLICE("it is written connect pix static with receiver \"...\" and name \"...\" and city \"...\"");
    return false;
  }
  if (!connection_needs(w, perm, c, "receiver", "receiver \"12.345.678/0001-95\"", &key, why) ||
      !connection_needs(w, perm, c, "name", "name \"Example Ltda\"", &r.name, why) ||
      !connection_needs(w, perm, c, "city", "city \"São Paulo\"", &r.city, why))
    return false;
  if (!pay_key(key, perm, &r.key)) {
    *why =
        SLICE("`receiver` is no key of Pix: a CPF or CNPJ with the right check digits, an e-mail, +55 and a telephone "
              "number, or a random key");
    return false;
  }
  pix_code probe = {.key = r.key, .name = r.name, .city = r.city};
  slice code;
  pix_fault fault = pix_write(&probe, perm, &code);
  if (fault != PIX_FINE) *why = slice_of(pix_fault_words(fault));
  if (fault == PIX_FINE) *out = r;
  return fault == PIX_FINE;
}

/* ---- what may go ---- */

static bool refuse(slice *why, const char *words) {
  *why = slice_of(words);
  return false;
}

static bool in_reais(const pay_bill *b) { return b->open.cur == CURRENCY_BRL; }

/* The bank adds fine and interest to a boleto by itself when it is paid late: what is open is right in every case. */
bool pay_boleto(const pay_bill *b, slice written, arena *perm, slice *typed, slice *why) {
  boleto x;
  boleto_fault fault = boleto_read(written, b->today, &x);
  if (fault != BOLETO_FINE) return refuse(why, boleto_fault_words(fault));
  if (!in_reais(b)) return refuse(why, "it asks for reais and the invoice is in another currency");
  bool total = (b->asks_total || b->shows_total) && b->total_known && x.cents == b->total.minor;
  if (x.cents && x.cents != b->open.minor && !total) return refuse(why, "its amount is not what is open");
  bool dated = date_is_none(x.due) || x.due.day == b->due.day || x.due.day == b->due_moved.day;
  if (!dated) return refuse(why, "its due date is not the invoice's");
  *typed = arena_slice(perm, slice_of(x.line));
  return true;
}

/* What a code that adds nothing by itself must ask for. False: it cannot be told. */
static bool asked(const pay_bill *b, money *out) {
  *out = b->asks_total ? b->total : b->open;
  return !b->asks_total || b->total_known;
}

static bool ledgers_pix(const pay_bill *b, slice written, arena *perm, slice *code, slice *why) {
  pix_code x;
  money sum;
  slice s = slice_trim(written);
  pix_fault fault = pix_read(s, &x);
  if (fault != PIX_FINE) return refuse(why, pix_fault_words(fault));
  if (!in_reais(b)) return refuse(why, "it asks for reais and the invoice is in another currency");
  *code = arena_slice(perm, s);
  /* Of a dynamic one the bank says the sum, of one without a sum the payer. */
  if (x.url.n || x.cents == 0) return true;
  if (!asked(b, &sum)) return refuse(why, "what is due with fees is not known today");
  bool total = b->shows_total && b->total_known && x.cents == b->total.minor;
  if (x.cents == sum.minor || total) return true;
  return refuse(why, b->asks_total ? "its amount is not what is open with fees" : "its amount is not what is open");
}

slice pay_reference(slice number, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < number.n; i++)
    if (digit(number.p[i]) || letter(number.p[i])) text_char(&t, number.p[i]);
  slice s = text_slice(&t);
  return s.n > REFERENCE_MAX ? (slice){s.p + s.n - REFERENCE_MAX, REFERENCE_MAX} : s;
}

static bool own_pix(const pay_bill *b, const pay_receiver *own, arena *perm, slice *code, slice *why) {
  money sum;
  if (!in_reais(b)) return refuse(why, "Pix is in reais and the invoice in another currency");
  if (!asked(b, &sum)) return refuse(why, "what is due with fees is not known today");
  if (sum.minor <= 0) return refuse(why, "nothing is open");
  pix_code x = {.key = own->key,
                .name = own->name,
                .city = own->city,
                .cents = sum.minor,
                .txid = pay_reference(b->number, perm)};
  pix_fault fault = pix_write(&x, perm, code);
  return fault == PIX_FINE || refuse(why, pix_fault_words(fault));
}

bool pay_pix(const pay_bill *b, const pay_receiver *own, slice written, arena *perm, slice *code, slice *why) {
  *why = (slice){0};
  if (written.n && ledgers_pix(b, written, perm, code, why)) return true;
  return own && own->key.n && own_pix(b, own, perm, code, why);
}
