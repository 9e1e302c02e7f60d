/* Webhooks of channels: whatever comes with a right signature, reading it ends, and what it says is text; nothing is
 * taken without one. Telephone numbers and words that stop messages are read from the same bytes. The input is three
 * parts: "t" (Twilio) or "w" (WhatsApp's Cloud API), the query, the body. */
#include "fuzz.h"

#include "lang/base/utf8.h"
#include "runtime/world_fake.h"
#include "stdlib/channel/channel.h"
#include "stdlib/channel/opt_out.h"
#include "stdlib/channel/phone.h"
#include "stdlib/net/sign.h"
#include "stdlib/net/urlencoded.h"

#define ACCOUNT "AC0123456789abcdef0123456789abcdef"

static const setting SETTINGS[] = {{SLICE("token"), SLICE("TOKEN"), true},
                                   {SLICE("secret"), SLICE("TOKEN"), true},
                                   {SLICE("verify_token"), SLICE("TOKEN"), true},
                                   {SLICE("account"), SLICE(ACCOUNT), false},
                                   {SLICE("phone"), SLICE("106540352242922"), false}};

static int by_name(const void *a, const void *b) {
  const hook_value *x = a, *y = b;
  int order = slice_cmp(x->name, y->name);
  return order ? order : slice_cmp(x->value, y->value);
}

/* As the providers sign. */
static slice signature(arena *perm, bool cloud, slice url, slice body) {
  secret word = secret_of(perm, SLICE("word"));
  sign_key key = sign_key_of(&word);
  uint8_t hash[SIGN_SHA256_BYTES];
  if (cloud) {
    sign_hmac_sha256(&key, &body, 1, hash);
    return arena_printf(perm, "sha256=%.*s", SLICE_ARG(sign_hex((slice){(const char *)hash, SIGN_SHA256_BYTES}, perm)));
  }
  const hook_value *fields;
  size_t n, parts = 1;
  if (!urlencoded_read(body, perm, &fields, &n)) n = 0;
  hook_value *v = ARENA_ARRAY(perm, n + 1, hook_value);
  slice *said = ARENA_ARRAY(perm, 2 * n + 1, slice);
  if (n) memcpy(v, fields, n * sizeof *v);
  qsort(v, n, sizeof *v, by_name);
  said[0] = url;
  for (size_t i = 0; i < n; i++) said[parts++] = v[i].name, said[parts++] = v[i].value;
  sign_hmac_sha1(&key, said, parts, hash);
  return sign_base64((slice){(const char *)hash, SIGN_SHA1_BYTES}, perm);
}

static void texts(const hook_event *e) {
  const slice all[] = {e->id, e->provider_id, e->key, e->detail, e->from, e->text};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    MUST(!all[i].n || (utf8_valid(all[i]) && !memchr(all[i].p, 0, all[i].n)));
  MUST(e->id.n > 0);
  MUST(e->kind != HOOK_STATUS || (e->state && e->provider_id.n));
}

static void hooked(world *w, arena *perm, bool cloud, slice query, slice body) {
  const channel_driver *d = cloud ? &WHATSAPP_CLOUD : &SMS_TWILIO;
  const connection c = {
      .kind = SLICE("sms"), .settings = SETTINGS, .setting_count = sizeof SETTINGS / sizeof *SETTINGS};
  slice url = arena_printf(perm, "https://dun.example/hooks?%.*s", SLICE_ARG(query));
  http_header h = {slice_of(cloud ? "x-hub-signature-256" : "x-twilio-signature"), signature(perm, cloud, url, body)};
  hook_request r = {
      .method = SLICE("POST"), .url = url, .query = query, .headers = &h, .header_count = 1, .body = body};
  hook_events out;
  const hook_value *fields;
  size_t n;
  bool ours = cloud || (urlencoded_read(query, perm, &fields, &n) && !urlencoded_value(fields, n, "bodySHA256").n);
  MUST(d->hook(w, &c, &r, perm, &out) != HOOK_ANSWER_NOT_GENUINE || !ours);
  for (size_t i = 0; i < out.count; i++) texts(out.v + i);
  h.value = slice_of(cloud ? "sha256=00" : "AA==");
  MUST(d->hook(w, &c, &r, perm, &out) == HOOK_ANSWER_NOT_GENUINE);
  MUST(out.count == 0 && out.say.n == 0);
  r.method = SLICE("GET");
  if (cloud && d->hook(w, &c, &r, perm, &out) != HOOK_ANSWER_TAKEN) MUST(out.count == 0 && out.say.n == 0);
}

static void number(slice written, slice country) {
  char out[PHONE_TEXT_MAX];
  if (phone_read(written, country, SLICE("BR"), out) != PHONE_FINE) return;
  size_t n = strlen(out);
  MUST(n >= 8 && n <= 16 && out[0] == '+' && out[1] != '0' && strspn(out + 1, "0123456789") == n - 1);
  char again[PHONE_TEXT_MAX];
  MUST(phone_read(slice_of(out), (slice){0}, (slice){0}, again) == PHONE_FINE);
  MUST(phone_same(slice_of(out), slice_of(again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  slice rest = {(const char *)data, size}, which = {0}, query = {0}, body = {0};
  if (!next_part(&rest, &which) || !next_part(&rest, &query) || !next_part(&rest, &body)) return 0;
  arena *perm = arena_new();
  world *w = world_fake_new(0);
  world_fake_set_env(w, "TOKEN", "word");
  hooked(w, perm, slice_eq(which, SLICE("w")), query, body);
  number(query, body);
  number(body, (slice){0});
  (void)opt_wish_of(body);
  world_fake_free(w);
  arena_free(perm);
  return 0;
}
