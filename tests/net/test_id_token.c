/* ID tokens of a login provider: which are believed, and why the others are not. id_tokens.def has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stdlib/net/id_token.h"

enum { NOW_S = 1772000000 };

#define KEYS(text) static const char SET[] = text;
#define TOKEN(what, token, fault)
#include "id_tokens.def"
#undef KEYS
#undef TOKEN

static const struct {
  const char *what, *token;
  id_token_fault fault;
} TOKENS[] = {
#define KEYS(text)
#define TOKEN(what, token, fault) {what, token, ID_TOKEN_##fault},
#include "id_tokens.def"
#undef KEYS
#undef TOKEN
};

static id_token_wanted wanted(void) {
  return (id_token_wanted){
      .issuer = SLICE("https://login.example.com"), .client = SLICE("dun"), .nonce = SLICE("n-0S6"), .now_s = NOW_S};
}

static void each_is_found_out(void **state) {
  (void)state;
  arena *perm = arena_new();
  slice why;
  const json *keys = json_parse(slice_of(SET), perm, &why);
  assert_non_null(keys);
  id_token_wanted w = wanted();
  for (size_t i = 0; i < sizeof TOKENS / sizeof *TOKENS; i++) {
    id_token who;
    id_token_fault f = id_token_read(slice_of(TOKENS[i].token), keys, &w, perm, &who);
    if (f != TOKENS[i].fault) fail_msg("%s: %s", TOKENS[i].what, id_token_fault_words(f));
    if (f != ID_TOKEN_NONE) assert_int_equal(who.subject.n, 0);
    if (f == ID_TOKEN_NONE)
      assert_true(slice_eq(who.subject, SLICE("user-7")) && slice_eq(who.email, SLICE("ana@example.com")) &&
                  who.email_verified);
  }
  arena_free(perm);
}

/* Nothing is believed that was not asked for, and no set of keys is none. */
static void what_is_not_wanted_fits_nothing(void **state) {
  (void)state;
  arena *perm = arena_new();
  slice why, token = slice_of(TOKENS[0].token);
  const json *keys = json_parse(slice_of(SET), perm, &why);
  id_token who;
  id_token_wanted w = wanted();
  w.nonce = (slice){0};
  assert_int_equal(id_token_read(token, keys, &w, perm, &who), ID_TOKEN_NONCE);
  w = wanted();
  w.client = (slice){0};
  assert_int_equal(id_token_read(token, keys, &w, perm, &who), ID_TOKEN_AUDIENCE);
  w = wanted();
  w.issuer = (slice){0};
  assert_int_equal(id_token_read(token, keys, &w, perm, &who), ID_TOKEN_ISSUER);
  w = wanted();
  assert_int_equal(id_token_read(token, NULL, &w, perm, &who), ID_TOKEN_KEY);
  assert_int_equal(id_token_read(token, json_parse(SLICE("{\"keys\":7}"), perm, &why), &w, perm, &who), ID_TOKEN_KEY);
  arena_free(perm);
}

/* Whatever is changed or left out, no letter of it is believed. */
static void a_cut_or_changed_token_is_none(void **state) {
  (void)state;
  arena *perm = arena_new();
  slice why, token = slice_of(TOKENS[1].token);
  const json *keys = json_parse(slice_of(SET), perm, &why);
  id_token who;
  id_token_wanted w = wanted();
  for (size_t i = 0; i < token.n; i++) {
    char *changed = arena_copy(perm, token);
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    assert_int_not_equal(id_token_read((slice){changed, token.n}, keys, &w, perm, &who), ID_TOKEN_NONE);
    assert_int_not_equal(id_token_read((slice){token.p, i}, keys, &w, perm, &who), ID_TOKEN_NONE);
  }
  arena_free(perm);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_is_found_out),
      cmocka_unit_test(what_is_not_wanted_fits_nothing),
      cmocka_unit_test(a_cut_or_changed_token_is_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
