/* Requests that somebody else made of genuine ones: bytes, headers, signatures, addresses changed at random, of every
 * provider's webhooks and every route of the API, in process. None ends the program, none changes the store.
 * DUN_ROUNDS=10000000 DUN_SEED=... for as many (make soak); without, a sample. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/base/text.h"
#include "runtime/api/api.h"
#include "runtime/cli/session.h"
#include "runtime/serve/guard.h"
#include "runtime/store/people.h"
#include "runtime/store/store_impl.h"
#include "runtime/world_fake.h"
#include "stdlib/net/sign.h"

enum { ROUNDS = 20000, HEADERS_MAX = 8, NOW_S = 1772000000 };

#define WEBHOOK_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define TOKEN "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

static const char POLICY_TEXT[] =
    "policy \"P\"\n  currency BRL\n"
    "connect whatsapp cloud with phone \"4477\" and token from env \"T\" and secret from env \"S\" and verify_token "
    "from env \"V\"\n"
    "connect sms twilio from \"+14155550100\" with account \"AC00000000000000000000000000000000\" and token from env "
    "\"T\"\n"
    "connect erp omie with key from env \"T\" and secret from env \"S\" and token from env \"V\"\n"
    "connect erp sap_b1 \"https://sap.example.com/b1s/v2\" with company \"C\" and user \"u\" and password from env "
    "\"S\" "
    "and token from env \"V\"\n"
    "connect signature docusign \"https://demo.docusign.net\" with account \"a\" and user \"u\" and client \"c\" and "
    "key "
    "from env \"T\" and secret from env \"S\"\n"
    "connect signature clicksign \"https://app.clicksign.com\" with token from env \"T\" and secret from env \"S\"\n"
    "connect webhook crm with secret from env \"W\"\n"
    "ladder l for invoices\n  at 1d log \"x\"\n";

/* A genuine request. */
typedef struct genuine {
  slice method, target, body;
  http_header headers[HEADERS_MAX];
  size_t header_count;
  bool by_token; /* its address is all that tells that it is genuine */
} genuine;

enum { GENUINE_MAX = 32 };

typedef struct soaked {
  world *w;
  arena *perm;
  session policy;
  store *s;
  door d;
  api_house house;
  genuine v[GENUINE_MAX];
  size_t count;
  uint64_t state; /* of the random numbers */
} soaked;

static uint64_t next_number(soaked *k) {
  uint64_t z = k->state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static size_t below(soaked *k, size_t n) { return n ? (size_t)(next_number(k) % n) : 0; }

/* ---- genuine ones ---- */

static slice hash_hex_of(soaked *k, const char *key, slice body) {
  secret s = secret_of(k->perm, slice_of(key));
  sign_key own = sign_key_of(&s);
  uint8_t hash[SIGN_SHA256_BYTES];
  sign_hmac_sha256(&own, &body, 1, hash);
  return sign_hex((slice){(const char *)hash, sizeof hash}, k->perm);
}

static genuine *add(soaked *k, const char *target, const char *body) {
  assert_true(k->count < GENUINE_MAX);
  genuine *g = &k->v[k->count++];
  *g = (genuine){.method = SLICE("POST"), .target = slice_of(target), .body = slice_of(body)};
  return g;
}

static void head(genuine *g, const char *name, slice value) {
  g->headers[g->header_count++] = (http_header){slice_of(name), value};
}

static void add_cloud(soaked *k, const char *inner) {
  slice body = arena_printf(k->perm,
                            "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"changes\":[{\"value\":{"
                            "\"metadata\":{\"phone_number_id\":\"4477\"},%s}}]}]}",
                            inner);
  genuine *g = add(k, "/hooks/whatsapp/cloud", body.p);
  head(g, "x-hub-signature-256", arena_printf(k->perm, "sha256=%.*s", SLICE_ARG(hash_hex_of(k, "secret", body))));
}

static void add_twilio(soaked *k, const char *query, const char *body, const char *signed_fields) {
  secret s = secret_of(k->perm, SLICE("token"));
  sign_key own = sign_key_of(&s);
  uint8_t hash[SIGN_SHA1_BYTES];
  slice all = arena_printf(k->perm, "https://x.example/hooks/sms/twilio%s%s", query, signed_fields);
  sign_hmac_sha1(&own, &all, 1, hash);
  genuine *g = add(k, arena_printf(k->perm, "/hooks/sms/twilio%s", query).p, body);
  head(g, "x-twilio-signature", sign_base64((slice){(const char *)hash, sizeof hash}, k->perm));
}

static void add_signature(soaked *k, const char *vendor, const char *body) {
  slice hex = hash_hex_of(k, "secret", slice_of(body)), bytes;
  genuine *g = add(k, arena_printf(k->perm, "/hooks/signature/%s", vendor).p, body);
  if (strcmp(vendor, "clicksign") == 0) {
    head(g, "content-hmac", arena_printf(k->perm, "sha256=%.*s", SLICE_ARG(hex)));
    return;
  }
  assert_true(sign_hex_decode(hex, k->perm, &bytes));
  head(g, "x-docusign-signature-1", sign_base64(bytes, k->perm));
}

static void add_signed(soaked *k, const char *id, const char *body) {
  secret s = secret_of(k->perm, SLICE(WEBHOOK_SECRET));
  sign_key own;
  uint8_t hash[SIGN_SHA256_BYTES];
  slice at = arena_printf(k->perm, "%d", (int)NOW_S);
  assert_true(sign_key_base64(k->perm, &s, "whsec_", &own));
  const slice parts[] = {slice_of(id), SLICE("."), at, SLICE("."), slice_of(body)};
  sign_hmac_sha256(&own, parts, 5, hash);
  slice base64 = sign_base64((slice){(const char *)hash, sizeof hash}, k->perm);
  genuine *g = add(k, "/hooks/webhook/crm", body);
  head(g, "webhook-id", slice_of(id));
  head(g, "webhook-timestamp", at);
  head(g, "webhook-signature", arena_printf(k->perm, "v1,%.*s", SLICE_ARG(base64)));
}

#define SID "SM0123456789abcdef0123456789abcdef"
#define ACCOUNT "AC00000000000000000000000000000000"

static void add_hooks(soaked *k) {
  add_cloud(k, "\"statuses\":[{\"id\":\"w1\",\"status\":\"delivered\",\"timestamp\":\"1\"}]");
  add_cloud(k,
            "\"messages\":[{\"id\":\"w2\",\"from\":\"5511987654321\",\"type\":\"text\",\"text\":{\"body\":\"STOP\"}}]");
  add_cloud(k,
            "\"messages\":[{\"id\":\"w3\",\"from\":\"5511987654321\",\"type\":\"text\",\"text\":{\"body\":\"ok\"}}]");
  add_twilio(k, "?key=6b", "AccountSid=" ACCOUNT "&MessageSid=" SID "&MessageStatus=delivered",
             "AccountSid" ACCOUNT "MessageSid" SID "MessageStatusdelivered");
  add_twilio(k, "", "AccountSid=" ACCOUNT "&Body=I+have+paid&From=%2B5511987654321&MessageSid=" SID,
             "AccountSid" ACCOUNT "BodyI have paidFrom+5511987654321MessageSid" SID);
  add(k, "/hooks/erp/omie/verify",
      "{\"messageId\":\"m1\",\"topic\":\"Financas.ContaReceber.BaixaRealizada\",\"event\":[{\"conta_a_receber\":[{"
      "\"codigo_lancamento_omie\":777}]}]}")
      ->by_token = true;
  add(k, "/hooks/erp/sap_b1?token=verify",
      "[{\"id\":\"e-1\",\"type\":\"sap.b1.Orders.Created.v1\",\"time\":\"2026-03-05T10:00:00Z\",\"data\":{\"DocEntry\":"
      "17,\"CardCode\":\"C1\"}}]")
      ->by_token = true;
  add_signature(k, "docusign", "{\"event\":\"envelope-completed\",\"data\":{\"envelopeId\":\"e1\"}}");
  add_signature(
      k, "clicksign",
      "{\"event\":{\"name\":\"close\",\"occurred_at\":\"2026-02-20T10:00:00Z\"},\"document\":{\"key\":\"k1\"}}");
  add_signed(k, "h1", "{\"type\":\"invoice.paid\",\"data\":{\"id\":\"777\",\"erp\":\"omie\"}}");
  add_signed(k, "h2", "{\"type\":\"message.stop\",\"data\":{\"channel\":\"sms\",\"from\":\"+5511987654321\"}}");
}

/* ---- the house ---- */

static void must(soaked *k, store_code code) {
  if (code != STORE_OK) fail_msg("%s", store_why(k->s)->text);
}

static void begin_person(soaked *k) {
  store_person p = {.login = SLICE("ana"), .name = SLICE("Ana"), .role = PEOPLE_ADMIN};
  people_answer answer;
  int64_t id, its;
  must(k, store_begin(k->s));
  must(k, people_add(k->s, &p, SLICE("tests"), &id, &answer));
  assert_int_equal(answer, PEOPLE_DONE);
  must(k, people_session_begin(k->s, id, SLICE(TOKEN), "password", SLICE("tests"), &its));
  must(k, store_commit(k->s));
}

static door_answer ask(soaked *k, const genuine *g, arena *perm) {
  door_answer a = {.status = 0};
  door_request r = {.method = g->method,
                    .target = g->target,
                    .headers = g->headers,
                    .header_count = g->header_count,
                    .body = g->body};
  size_t n = 0;
  while (n < g->target.n && g->target.p[n] != '?') n++;
  const guard guards = {.public_url = k->d.public_url};
  if (!api_is_of((slice){g->target.p, n}))
    door_ask(&k->d, &r, perm, &a);
  else if (guard_looks(&guards, &r) == GUARD_FINE)
    api_serve(&k->house, k->s, &k->policy, &r, perm, &a);
  else
    a.status = 403;
  return a;
}

static void soaked_begin(soaked *k) {
  static const char *const ENV[][2] = {{"T", "token"}, {"S", "secret"}, {"V", "verify"}, {"W", WEBHOOK_SECRET}};
  store_error why;
  *k = (soaked){.w = world_fake_new(INT64_C(1000000000) * NOW_S), .perm = arena_new()};
  for (size_t i = 0; i < sizeof ENV / sizeof *ENV; i++) world_fake_set_env(k->w, ENV[i][0], ENV[i][1]);
  world_fake_put_file(k->w, "p.dun", slice_of(POLICY_TEXT));
  args *a = ARENA_NEW(k->perm, args);
  *a = (args){.perm = k->perm, .lang = LANG_EN, .lang_known = true};
  assert_int_equal(session_compile(&k->policy, a, k->w, SLICE("p.dun")), EXIT_FINE);
  if (store_open(k->w, ":memory:", &k->s, &why) != STORE_OK) fail_msg("%s", why.text);
  k->d = (door){.w = k->w, .s = k->s, .p = k->policy.c.program, .public_url = SLICE("https://x.example")};
  k->house = (api_house){.w = k->w, .store_url = ":memory:", .public_url = SLICE("https://x.example")};
  begin_person(k);
  add_hooks(k);
  for (size_t i = 0; i < k->count; i++) {
    arena *perm = arena_new();
    if (ask(k, &k->v[i], perm).status != 200) fail_msg("no. %zu is not genuine: %s", i, k->v[i].target.p);
    arena_free(perm);
  }
}

static void soaked_end(soaked *k) {
  store_close(k->s);
  arena_free(k->perm);
  world_fake_free(k->w);
}

/* Rows that were written by this connection, ever. */
static int64_t writes(soaked *k) {
  db_stmt *q;
  int64_t n = 0;
  must(k, store_prepared(k->s, "SELECT total_changes()", &q));
  assert_int_equal(store_one_int(k->s, q, &n), STORE_ROW);
  return n;
}

/* ---- changed ---- */

static slice changed(soaked *k, slice s, arena *perm) {
  static const char *const PIECES[] = {"\"",
                                       "{",
                                       "}",
                                       "[",
                                       ",",
                                       "null",
                                       "\\u0000",
                                       "%00",
                                       "../",
                                       "\xff\xfe",
                                       "&",
                                       "=",
                                       "99999999999999999999",
                                       "-1",
                                       " ",
                                       "\n",
                                       "v1,",
                                       "sha256=",
                                       "'; DROP TABLE x;--"};
  text t = text_new(perm);
  size_t at = below(k, s.n + 1), n = below(k, 12);
  if (at + n > s.n) n = s.n - at;
  text_add(&t, (slice){s.p, at});
  switch (below(k, 6)) {
  case 0: break; /* so many bytes less */
  case 1:
    for (size_t i = 0; i < n; i++) text_char(&t, (char)below(k, 256));
    break;
  case 2:
    for (size_t i = 0; i < n; i++) text_char(&t, (char)(s.p[at + i] ^ (1 << below(k, 8))));
    break;
  case 3:
    text_add(&t, slice_of(PIECES[below(k, sizeof PIECES / sizeof *PIECES)]));
    n = 0;
    break;
  case 4:
    for (size_t i = below(k, 40); i > 0; i--) text_add(&t, (slice){s.p + at, n});
    break;
  default: n = s.n - at; break; /* cut off */
  }
  text_add(&t, (slice){s.p + at + n, s.n - at - n});
  return text_slice(&t);
}

static void change_header(soaked *k, genuine *g, arena *perm) {
  if (g->header_count == 0) return;
  http_header *h = &g->headers[below(k, g->header_count)];
  const genuine *other = &k->v[below(k, k->count)];
  switch (below(k, 5)) {
  case 0: *h = g->headers[--g->header_count]; break;
  case 1: h->name = changed(k, h->name, perm); break;
  case 2:
    if (other->header_count) *h = other->headers[below(k, other->header_count)];
    break;
  default: h->value = changed(k, h->value, perm); break;
  }
}

static bool same(const genuine *a, const genuine *b) {
  bool yes = slice_eq(a->method, b->method) && slice_eq(a->target, b->target) && slice_eq(a->body, b->body) &&
             a->header_count == b->header_count;
  for (size_t i = 0; i < a->header_count && yes; i++)
    yes = slice_eq(a->headers[i].name, b->headers[i].name) && slice_eq(a->headers[i].value, b->headers[i].value);
  return yes;
}

static void change(soaked *k, genuine *g, arena *perm) {
  static const char *const METHODS[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "", "POST "};
  const genuine was = *g;
  while (same(g, &was))
    for (size_t i = 1 + below(k, 3); i > 0; i--) {
      switch (below(k, 8)) {
      case 0: g->target = changed(k, g->target, perm); break;
      case 1: g->method = slice_of(METHODS[below(k, sizeof METHODS / sizeof *METHODS)]); break;
      case 2:
      case 3: change_header(k, g, perm); break;
      case 4: g->body = k->v[below(k, k->count)].body; break;
      default: g->body = changed(k, g->body, perm); break;
      }
    }
  /* Its body is believed of whoever knows the address: that one is another's. */
  char *own = arena_copy(perm, g->target);
  for (char *at = own; g->by_token && (at = strstr(at, "verify")) != NULL;) at[below(k, 6)] ^= 1;
  g->target = (slice){own, g->target.n};
}

/* ---- of the API ---- */

static bool is_slow(const char *path) {
  return strstr(path, "/login") || strstr(path, "/links/") || strstr(path, "/live") || strstr(path, "/oidc");
}

/* With what is random in the places of its path and its query. */
static slice address(soaked *k, const api_route *r, arena *perm) {
  static const char *const VALUES[] = {
      "1", "0",          "-1",         "C1",  "A-1", "x", "%00", "%ff", "..%2f..", "99999999999999999999",
      "",  "2026-02-30", "2026-02-20", "BRL", "a'b", "*"};
  static const char *const NAMES[] = {"q",  "after", "limit", "day",      "from",
                                      "to", "state", "kind",  "customer", "status"};
  enum { VALUE_COUNT = sizeof VALUES / sizeof *VALUES, NAME_COUNT = sizeof NAMES / sizeof *NAMES };
  text t = text_new(perm);
  for (const char *p = r->path; *p; p++) {
    if (*p != '{') {
      text_char(&t, *p);
      continue;
    }
    text_add(&t, slice_of(VALUES[below(k, VALUE_COUNT)]));
    while (*p != '}') p++;
  }
  for (size_t i = below(k, 4), n = 0; n < i; n++)
    text_printf(&t, "%c%s=%s", n ? '&' : '?', NAMES[below(k, NAME_COUNT)], VALUES[below(k, VALUE_COUNT)]);
  slice whole = text_slice(&t);
  return below(k, 3) ? whole : changed(k, whole, perm);
}

/* A change whose session, token or place is not ours; or somebody who may looks at something. *looks: the latter. */
static genuine of_api(soaked *k, arena *perm, bool *looks) {
  size_t n;
  const api_route *routes = api_routes(&n), *r = routes + below(k, n);
  while (is_slow(r->path)) r = routes + below(k, n);
  genuine g = {.method = slice_of(r->method), .target = address(k, r, perm), .body = k->v[below(k, k->count)].body};
  slice cookie = SLICE("dun_session=" TOKEN);
  *looks = slice_eq(g.method, SLICE("GET")) && below(k, 8) == 0;
  head(&g, "host", SLICE("127.0.0.1"));
  head(&g, "content-type", SLICE("application/json"));
  if (*looks) {
    head(&g, "cookie", cookie);
    return g;
  }
  if (slice_eq(g.method, SLICE("GET")) || below(k, 2)) {
    slice other = changed(k, cookie, perm);
    head(&g, "cookie", memmem(other.p, other.n, TOKEN, sizeof TOKEN - 1) ? SLICE("dun_session=x") : other);
  } else {
    head(&g, "cookie", cookie); /* without X-CSRF, or with another */
    if (below(k, 2)) head(&g, "x-csrf", changed(k, SLICE(TOKEN), perm));
  }
  if (below(k, 8) == 0) g.headers[0].value = changed(k, g.headers[0].value, perm);
  return g;
}

/* ---- all of them ---- */

static uint64_t from_env(const char *name, uint64_t else_is) {
  const char *said = getenv(name);
  return said && *said ? strtoull(said, NULL, 10) : else_is;
}

static void nothing_comes_of_them(void **state) {
  static const int STATUSES[] = {200, 204, 400, 401, 403, 404, 405, 409, 413, 421, 422, 429};
  soaked k;
  (void)state;
  soaked_begin(&k);
  uint64_t rounds = from_env("DUN_ROUNDS", ROUNDS), seed = from_env("DUN_SEED", 1);
  int64_t taken = 0, before = writes(&k);
  k.state = seed;
  for (uint64_t i = 0; i < rounds; i++) {
    arena *perm = arena_new();
    bool looks = false;
    genuine g;
    if (below(&k, 4) == 0) {
      g = of_api(&k, perm, &looks);
    } else {
      g = k.v[below(&k, k.count)];
      change(&k, &g, perm);
    }
    door_answer a = ask(&k, &g, perm);
    bool known = false;
    for (size_t n = 0; n < sizeof STATUSES / sizeof *STATUSES; n++) known |= a.status == STATUSES[n];
    if (!known)
      fail_msg("round %llu of seed %llu: status %d: %.*s", (unsigned long long)i, (unsigned long long)seed, a.status,
               SLICE_ARG(g.target));
    assert_false(store_in_transaction(k.s));
    taken += a.status == 200;
    /* Whoever looks at somebody's data is written down. */
    if (looks) before = writes(&k);
    if (writes(&k) != before)
      fail_msg("round %llu of seed %llu: it changed the store: %.*s %.*s %.*s", (unsigned long long)i,
               (unsigned long long)seed, SLICE_ARG(g.method), SLICE_ARG(g.target), SLICE_ARG(g.body));
    arena_free(perm);
  }
  printf("%llu requests, %lld answered with 200\n", (unsigned long long)rounds, (long long)taken);
  int64_t entries, broken;
  must(&k, store_audit_verify(k.s, &entries, &broken));
  assert_int_equal(broken, 0);
  soaked_end(&k);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_comes_of_them)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
