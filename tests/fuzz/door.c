/* Webhooks: whatever the target, the headers and the body are, the door answers with one of its statuses; what is not
 * signed is not taken over, and what is signed leaves the store whole. One input: target, NUL, body. */
#include "fuzz.h"

#include "lang/compile.h"
#include "runtime/serve/door.h"
#include "runtime/world_fake.h"
#include "stdlib/net/sign.h"

static const char POLICY[] =
    "policy \"P\"\n  currency BRL\n"
    "connect whatsapp cloud with phone \"4477\" and token from env \"T\" and secret from env \"S\" and verify_token "
    "from "
    "env \"V\"\n"
    "connect erp omie with key from env \"T\" and secret from env \"S\" and token from env \"V\"\n"
    "connect sms twilio from \"+14155550100\" with account \"AC00000000000000000000000000000000\" and token from env "
    "\"T\"\n"
    "ladder l for invoices\n  at 1d log \"x\"\n";

typedef struct house {
  world *w;
  store *s;
  arena *perm;
  const program *p;
} house;

static house *the_house(void) {
  static house h;
  store_error why;
  if (h.p) return &h;
  h.w = world_fake_new(INT64_C(1772000000) * 1000000000);
  h.perm = arena_new();
  world_fake_set_env(h.w, "T", "token");
  world_fake_set_env(h.w, "S", "secret");
  world_fake_set_env(h.w, "V", "verify");
  MUST(store_open(h.w, ":memory:", &h.s, &why) == STORE_OK);
  static diags d;
  static compiled c;
  source src = {SLICE("p.dun"), slice_of(POLICY)};
  diags_init(&d, h.perm);
  MUST(compile(h.perm, &src, 1, &d, &c));
  h.p = c.program;
  return &h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  house *h = the_house();
  slice rest = {(const char *)data, size}, target;
  if (!next_part(&rest, &target)) return 0;
  slice body = rest.p ? rest : SLICE("");
  arena *perm = arena_new();
  door d = {.w = h->w, .s = h->s, .p = h->p, .public_url = SLICE("https://x.example")};
  secret s = secret_of(perm, SLICE("secret"));
  sign_key key = sign_key_of(&s);
  uint8_t hash[SIGN_SHA256_BYTES];
  sign_hmac_sha256(&key, &body, 1, hash);
  slice hex = sign_hex((slice){(const char *)hash, sizeof hash}, perm);
  http_header headers[] = {{SLICE("host"), SLICE("x")},
                           {SLICE("x-hub-signature-256"), arena_printf(perm, "sha256=%.*s", SLICE_ARG(hex))}};
  static const char *const DOORS[] = {"/hooks/whatsapp/cloud", "/hooks/erp/omie/verify", NULL};
  for (size_t i = 0; i < 3; i++) {
    door_answer a;
    door_request r = {.method = i == 2 && size % 2 ? SLICE("GET") : SLICE("POST"),
                      .target = DOORS[i] ? slice_of(DOORS[i]) : target,
                      .headers = headers,
                      .header_count = i == 0 ? 2 : 1,
                      .body = body};
    door_ask(&d, &r, perm, &a);
    MUST(a.status == 200 || a.status == 400 || a.status == 401 || a.status == 404 || a.status == 405 ||
         a.status == 413);
    MUST(a.status == 200 || a.body.n == 0);
    MUST(!store_in_transaction(h->s));
  }
  arena_free(perm);
  return 0;
}
