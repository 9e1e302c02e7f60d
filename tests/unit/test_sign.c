/* Signatures against the published vectors (RFC 2202, 4231, 4648), spellings, comparisons, secrets made of pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stdlib/net/sign.h"

static int begin(void **state) {
  *state = arena_new();
  return 0;
}
static int end(void **state) {
  arena_free(*state);
  return 0;
}

#define SAME(s, text) assert_true(slice_eq((s), slice_of(text)))

static sign_key key_of(arena *a, slice bytes) {
  secret s = secret_of(a, bytes);
  return sign_key_of(&s);
}

static slice sha1_hex(arena *a, slice key, slice bytes) {
  uint8_t out[SIGN_SHA1_BYTES];
  sign_key k = key_of(a, key);
  sign_hmac_sha1(&k, &bytes, 1, out);
  return sign_hex((slice){(const char *)out, sizeof out}, a);
}
static slice sha256_hex(arena *a, slice key, const slice *parts, size_t n) {
  uint8_t out[SIGN_SHA256_BYTES];
  sign_key k = key_of(a, key);
  sign_hmac_sha256(&k, parts, n, out);
  return sign_hex((slice){(const char *)out, sizeof out}, a);
}

static void hmac(void **state) {
  arena *a = *state;
  const slice what = SLICE("what do ya want for nothing?"),
              parts[] = {SLICE("what do ya "), SLICE(""), SLICE("want for nothing?")};
  char long_key[131], short_key[20];
  memset(long_key, 0xaa, sizeof long_key);
  memset(short_key, 0x0b, sizeof short_key);
  slice hi = SLICE("Hi There");
  SAME(sha1_hex(a, SLICE("Jefe"), what), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  SAME(sha1_hex(a, (slice){short_key, 20}, hi), "b617318655057264e28bc0b6fb378c8ef146be00");
  SAME(sha1_hex(a, SLICE(""), SLICE("")), "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
  SAME(sha256_hex(a, SLICE("Jefe"), &what, 1), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  SAME(sha256_hex(a, SLICE("Jefe"), parts, 3), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  SAME(sha256_hex(a, (slice){short_key, 20}, &hi, 1),
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  slice larger = SLICE("Test Using Larger Than Block-Size Key - Hash Key First");
  SAME(sha256_hex(a, (slice){long_key, 131}, &larger, 1),
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void base64(void **state) {
  arena *a = *state;
  static const char *const ROWS[][2] = {{"", ""},
                                        {"f", "Zg=="},
                                        {"fo", "Zm8="},
                                        {"foo", "Zm9v"},
                                        {"foob", "Zm9vYg=="},
                                        {"fooba", "Zm9vYmE="},
                                        {"foobar", "Zm9vYmFy"},
                                        {"\xfb\xff\xfe", "+//+"}};
  for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
    slice out;
    SAME(sign_base64(slice_of(ROWS[i][0]), a), ROWS[i][1]);
    assert_true(sign_base64_decode(slice_of(ROWS[i][1]), a, &out));
    SAME(out, ROWS[i][0]);
    assert_true(sign_base64_decode(sign_base64url(slice_of(ROWS[i][0]), a), a, &out));
    SAME(out, ROWS[i][0]);
  }
  SAME(sign_base64url(SLICE("\xfb\xff\xfe"), a), "-__-");
  SAME(sign_base64url(SLICE("f"), a), "Zg");
  static const char *const NOT[] = {
      "Z", "Zg=", "Zg===", "Z===", "=", "====", "Zm 9v", "Zm9v\n", "Zh==", "Zm9=", "Zm9v!", "Z=g="};
  slice out;
  for (size_t i = 0; i < sizeof NOT / sizeof *NOT; i++)
    if (sign_base64_decode(slice_of(NOT[i]), a, &out)) fail_msg("is decoded: %s", NOT[i]);
  char bytes[256];
  for (int i = 0; i < 256; i++) bytes[i] = (char)i;
  for (size_t n = 0; n <= 256; n++) {
    assert_true(sign_base64_decode(sign_base64((slice){bytes, n}, a), a, &out) && slice_eq(out, (slice){bytes, n}));
    assert_true(sign_hex_decode(sign_hex((slice){bytes, n}, a), a, &out) && slice_eq(out, (slice){bytes, n}));
  }
  assert_true(sign_hex_decode(SLICE("00fFA9"), a, &out) && slice_eq(out, SLICE("\0\xff\xa9")));
  assert_false(sign_hex_decode(SLICE("0"), a, &out));
  assert_false(sign_hex_decode(SLICE("0g"), a, &out));
}

static void comparisons(void **state) {
  assert_true(sign_same(SLICE("abc"), SLICE("abc")));
  assert_false(sign_same(SLICE("abc"), SLICE("abd")));
  assert_false(sign_same(SLICE("abc"), SLICE("ab")));
  assert_true(sign_same(SLICE(""), (slice){0}));
  secret none = {0}, token = secret_of(*state, SLICE("t0ken"));
  assert_true(sign_is_secret(&token, SLICE("t0ken")));
  assert_false(sign_is_secret(&token, SLICE("t0ke")));
  assert_false(sign_is_secret(&token, SLICE("t0ken ")));
  assert_false(sign_is_secret(&token, SLICE("")));
  assert_false(sign_is_secret(&none, SLICE("")));
}

/* The example of the Standard Webhooks text: id.timestamp.body, under a key that is base64 behind whsec_. */
static void a_key_in_base64(void **state) {
  arena *a = *state;
  secret s = secret_of(a, SLICE("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  sign_key key;
  assert_true(sign_key_base64(a, &s, "whsec_", &key));
  const slice parts[] = {SLICE("msg_p5jXN8AQM9LWM0D4loKWxJek"), SLICE("."), SLICE("1614265330"), SLICE("."),
                         SLICE("{\"test\": 2432232314}")};
  uint8_t out[SIGN_SHA256_BYTES];
  sign_hmac_sha256(&key, parts, 5, out);
  SAME(sign_base64((slice){(const char *)out, sizeof out}, a), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  s = secret_of(a, SLICE("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  assert_false(sign_key_base64(a, &s, "whsec_", &key));
  s = secret_of(a, SLICE("whsec_"));
  assert_false(sign_key_base64(a, &s, "whsec_", &key));
  s = (secret){0};
  assert_false(sign_key_base64(a, &s, "whsec_", &key));
}

static void secrets_of_pieces(void **state) {
  arena *a = *state;
  const http_piece v[] = {{.text = SLICE("admin:1:")}, {.hidden = secret_of(a, SLICE("k\"1"))}};
  secret joined = sign_joined(a, v, 2), encoded = sign_joined_base64(a, v, 2);
  assert_true(sign_is_secret(&joined, SLICE("admin:1:k\"1")));
  assert_true(sign_is_secret(&encoded, SLICE("YWRtaW46MTprIjE=")));
}

int main(void) {
#define WITH(f) cmocka_unit_test_setup_teardown(f, begin, end)
  const struct CMUnitTest tests[] = {WITH(hmac), WITH(base64), WITH(comparisons), WITH(a_key_in_base64),
                                     WITH(secrets_of_pieces)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
