/* See webhook_in.h. {"type":"invoice.changed","data":{"id":"777"}}: which row of the ERP is to be read, or what
 * somebody wrote or wishes.
 *
 * Invariants: nothing is read before the signature over webhook-id, webhook-timestamp and the raw bytes is found right;
 * what was signed more than five minutes ago, or is to be, is none; a webhook-id counts once. */
#include "webhook_in.h"

#include "opt_out.h"
#include "stdlib/net/json.h"
#include "stdlib/net/sign.h"

enum { IDS_MAX = 1000 };

static const struct sort {
  const char *name;
  hook_kind kind;
  const char *table; /* NULL: of a person */
} TYPES[] = {{"invoice.changed", HOOK_CHANGED, "invoice"},
             {"invoice.paid", HOOK_PAID_HINT, "invoice"},
             {"customer.changed", HOOK_CHANGED, "customer"},
             {"contract.changed", HOOK_CHANGED, "contract"},
             {"message.reply", HOOK_REPLY, NULL},
             {"message.stop", HOOK_OPT_OUT, NULL},
             {"message.start", HOOK_OPT_IN, NULL}};

/* Several stand side by side while a secret is changed: "v1,AAAA v1,BBBB". */
static bool is_signed(const hook_request *r, const sign_key *key, slice id, slice at, arena *perm) {
  uint8_t hash[SIGN_SHA256_BYTES];
  const slice parts[] = {id, SLICE("."), at, SLICE("."), r->body};
  slice rest = hook_header(r, "webhook-signature"), head = SLICE("v1,");
  sign_hmac_sha256(key, parts, sizeof parts / sizeof *parts, hash);
  slice ours = sign_base64((slice){(const char *)hash, sizeof hash}, perm);
  bool any = false;
  while (rest.n) {
    size_t n = 0;
    while (n < rest.n && rest.p[n] != ' ') n++;
    slice one = {rest.p, n};
    if (slice_starts(one, head)) any |= sign_same(ours, (slice){one.p + head.n, one.n - head.n});
    rest = n < rest.n ? (slice){rest.p + n + 1, rest.n - n - 1} : (slice){0};
  }
  return any;
}

static bool seconds(slice s, int64_t *at) {
  enum { DIGITS_MAX = 12 };
  *at = 0;
  if (s.n == 0 || s.n > DIGITS_MAX) return false;
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9') return false;
    *at = *at * 10 + (s.p[i] - '0');
  }
  return true;
}

static hook_answer genuine(world *w, const connection *c, const hook_request *r, arena *perm, int64_t *at_s) {
  secret own;
  sign_key key;
  slice why, id = hook_header(r, "webhook-id"), at = hook_header(r, "webhook-timestamp");
  if (!slice_eq(r->method, SLICE("POST")) || id.n == 0 || !seconds(at, at_s)) return HOOK_ANSWER_NOT_GENUINE;
  if (!connection_needs_secret(w, perm, c, "secret", "secret", &own, &why) ||
      !sign_key_base64(perm, &own, "whsec_", &key) || !is_signed(r, &key, id, at, perm))
    return HOOK_ANSWER_NOT_GENUINE;
  int64_t apart = r->now_s - *at_s;
  return apart > HOOK_SECONDS_APART || apart < -HOOK_SECONDS_APART ? HOOK_ANSWER_TOO_OLD : HOOK_ANSWER_TAKEN;
}

static const connection *of(arena *perm, slice kind, slice vendor) {
  connection *c = ARENA_NEW(perm, connection);
  *c = (connection){.kind = kind, .vendor = vendor};
  return c;
}

/* `id`, or `ids`, a list of them. */
static bool hear_rows(const struct sort *t, const json *data, slice name, hook_events *told, arena *perm) {
  const json *ids = json_at(data, "ids");
  const connection *as = of(perm, SLICE("erp"), json_text_at(data, "erp"));
  size_t n = ids ? json_count(ids) : 1;
  if (n > IDS_MAX || (ids && json_kind_of(ids) != JSON_LIST)) return false;
  told->v = ARENA_ARRAY(perm, n + 1, hook_event);
  for (size_t i = 0; i < n; i++) {
    slice id = ids ? json_text(json_item(ids, i)) : json_text_at(data, "id");
    if (id.n == 0) return false;
    told->v[told->count++] = (hook_event){.kind = t->kind,
                                          .id = i ? arena_printf(perm, "%.*s/%zu", SLICE_ARG(name), i + 1) : name,
                                          .entity = id,
                                          .table = t->table,
                                          .as = as};
  }
  return true;
}

static bool hear_person(const struct sort *t, const connection *c, const json *data, hook_event *e, arena *perm) {
  slice by = json_text_at(data, "channel");
  e->from = json_text_at(data, "from");
  e->text = json_text_at(data, "text");
  e->kind = t->kind == HOOK_REPLY ? opt_event(e->text) : t->kind;
  e->provider_id = json_text_at(data, "answers");
  e->as = of(perm, by, c->vendor);
  bool known = slice_eq(by, SLICE("email")) || slice_eq(by, SLICE("sms")) || slice_eq(by, SLICE("whatsapp"));
  return known && e->from.n > 0;
}

hook_answer webhook_in(world *w, const connection *c, const hook_request *r, arena *perm, hook_events *told) {
  slice why;
  int64_t at_s;
  *told = (hook_events){0};
  hook_answer a = genuine(w, c, r, perm, &at_s);
  if (a != HOOK_ANSWER_TAKEN) return a;
  const json *j = json_parse(r->body, perm, &why), *data = json_at(j, "data");
  slice sort = json_text_at(j, "type");
  if (sort.n == 0) return HOOK_ANSWER_NOT_UNDERSTOOD;
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
    const struct sort *t = TYPES + i;
    if (!slice_eq(sort, slice_of(t->name))) continue;
    slice id = hook_header(r, "webhook-id");
    if (t->table) return hear_rows(t, data, id, told, perm) ? HOOK_ANSWER_TAKEN : HOOK_ANSWER_NOT_UNDERSTOOD;
    hook_event *e = ARENA_NEW(perm, hook_event);
    *e = (hook_event){.id = id, .at_s = at_s};
    *told = (hook_events){.v = e, .count = 1};
    return hear_person(t, c, data, e, perm) ? HOOK_ANSWER_TAKEN : HOOK_ANSWER_NOT_UNDERSTOOD;
  }
  return HOOK_ANSWER_TAKEN; /* of another kind than these: nothing */
}
