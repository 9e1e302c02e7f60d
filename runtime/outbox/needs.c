/* What `dun run` checks before anything is decided or sent: every service that the policy names is there. */
#include "enclose.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/check/walk.h"
#include "outbox.h"
#include "reread.h"
#include "runtime/store/agreement.h"
#include "stdlib/channel/team_hooks.h"
#include "stdlib/erp/erp.h"

typedef struct needing {
  const program *p;
  arena *perm;
  outbox_need *v;
  size_t count, room;
} needing;

static void need(needing *n, const action_place *at, slice doing, slice missing, slice remedy) {
  if (n->count == n->room) {
    n->room = n->room ? n->room * 2 : 8;
    outbox_need *v = ARENA_ARRAY(n->perm, n->room, outbox_need);
    if (n->count) memcpy(v, n->v, n->count * sizeof *v);
    n->v = v;
  }
  n->v[n->count++] = (outbox_need){at->section, at->rung, doing, missing, remedy, at->act->at, false};
}

static void channel_need(needing *n, const action_place *at) {
  for (uint32_t i = 0; i < at->act->way_count; i++) {
    channel ch = at->act->ways[i].ch;
    const connection *c;
    if (channel_driver_of(n->p, ch, &c)) continue;
    slice doing = arena_printf(n->perm, "send %s", CHANNELS[ch]);
    if (c)
      need(n, at, doing, arena_printf(n->perm, "this dun cannot send through %.*s", SLICE_ARG(c->vendor)),
           arena_printf(n->perm, "take the line `connect %s %.*s` away: messages become files", CHANNELS[ch],
                        SLICE_ARG(c->vendor)));
    else
      need(n, at, doing, arena_printf(n->perm, "messages to customers do not go by %s", CHANNELS[ch]),
           SLICE("send email, whatsapp or sms"));
  }
}

/* Upper case, for the name of a variable. */
static slice shouted(arena *perm, slice name) {
  char *out = arena_alloc(perm, name.n + 1);
  for (size_t i = 0; i < name.n; i++) {
    char c = name.p[i];
    bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : plain ? c : '_';
  }
  out[name.n] = 0;
  return (slice){out, name.n};
}

static void team_need(needing *n, const action_place *at) {
  const action *a = at->act;
  slice doing = arena_printf(n->perm, "alert %.*s", SLICE_ARG(a->name));
  team_way way = team_way_of(n->p, a);
  bool chat = a->via.n && !slice_eq(a->via, slice_of(CHANNELS[CH_EMAIL]));
  if (way.reached || (!way.team && !chat && memchr(a->name.p, '@', a->name.n))) return;
  slice remedy =
      chat ? arena_printf(n->perm, "team %.*s is %.*s webhook from env \"%.*s_%.*s_URL\"", SLICE_ARG(a->name),
                          SLICE_ARG(a->via), SLICE_ARG(shouted(n->perm, a->via)), SLICE_ARG(shouted(n->perm, a->name)))
           : arena_printf(n->perm, "team %.*s is \"%.*s@example.com\"", SLICE_ARG(a->name), SLICE_ARG(a->name));
  slice missing = !way.team ? SLICE("there is no such team")
                  : chat    ? arena_printf(n->perm, "the team has no %.*s webhook", SLICE_ARG(a->via))
                            : SLICE("the team has no e-mail address");
  need(n, at, doing, missing, remedy);
  n->v[n->count - 1].no_team = !way.team;
}

static void webhook_need(needing *n, const action_place *at) {
  slice name = at->act->name;
  if (outlet_line(n->p, OUTLET_WEBHOOK, name)) return;
  need(n, at, arena_printf(n->perm, "call webhook %.*s", SLICE_ARG(name)),
       SLICE("there is no connect line of that name"),
       arena_printf(n->perm, "connect webhook %.*s \"https://example.com/hooks\" with secret from env \"%.*s_SECRET\"",
                    SLICE_ARG(name), SLICE_ARG(shouted(n->perm, name))));
}

/* What a person can do by hand is a card: it can be written wherever the action stands. */
static slice by_hand(needing *n, const action_place *at) {
  return arena_printf(n->perm, "open card in \"Finance\" titled \"%s {%s}\"", ACTIONS[at->act->kind].words,
                      at->of == ENT_CUSTOMER ? "name" : "number");
}

/* What of an ERP's orders the policy could write: "charge fee / mark / ...". */
static slice orders_of(const erp_driver *d, arena *perm) {
  text t = text_new(perm);
  for (int k = 0; k < ACT_COUNT; k++) {
    if (!(d->writes >> k & 1) || ACTIONS[k].needs != NEEDS_ERP) continue;
    text_printf(&t, "%s%s", t.n ? " / " : "", ACTIONS[k].words);
  }
  return text_slice(&t);
}

/* One of the policy's ERPs is to be able to do it; of which one a row comes is known only then. */
static void erp_need(needing *n, const action_place *at) {
  const action *a = at->act;
  bool charge = a->kind == ACT_CHARGE_FEE || a->kind == ACT_CHARGE_INTEREST;
  erp_order o = {.kind = a->kind, .text = a->name, .has_amount = charge && n->p->has_fee};
  o.of = outbox_kind(at->of);
  slice missing = SLICE("no ERP is connected");
  for (uint32_t i = 0; i < n->p->connection_count; i++) {
    const connection *c = n->p->connections + i;
    if (!slice_eq(c->kind, slice_of(outlet_name(OUTLET_ERP)))) continue;
    const erp_driver *d = erp_driver_of(c->vendor);
    bool writes = d && d->write && d->writes >> a->kind & 1;
    slice refused = writes && d->refuses ? d->refuses(&o, n->perm) : (slice){0};
    if (writes && !refused.n) return;
    slice all = d && d->write ? orders_of(d, n->perm) : (slice){0};
    missing = refused.n ? refused
              : !d      ? arena_printf(n->perm, "this dun does not speak to %.*s", SLICE_ARG(c->vendor))
              : all.n   ? arena_printf(n->perm, "%s cannot do this; it can %.*s", d->words, SLICE_ARG(all))
                        : arena_printf(n->perm, "nothing is written to %s", d->words);
  }
  bool named = a->kind == ACT_MARK || a->kind == ACT_UNMARK;
  slice doing = named ? arena_printf(n->perm, "%s %.*s", ACTIONS[a->kind].words, SLICE_ARG(a->name))
                      : slice_of(ACTIONS[a->kind].words);
  need(n, at, doing, missing, by_hand(n, at));
}

static void signature_need(needing *n, const action_place *at) {
  const connection *c;
  if (outlet_driver_of(n->p, OUTLET_SIGNATURE, &c)) return;
  slice missing = c ? arena_printf(n->perm, "this dun does not speak to %.*s", SLICE_ARG(c->vendor))
                    : SLICE("no signature service is connected");
  need(n, at, slice_of(ACTIONS[at->act->kind].words), missing,
       SLICE("connect signature clicksign with token from env \"CLICKSIGN_TOKEN\" and secret from env "
             "\"CLICKSIGN_SECRET\""));
}

static void visit(void *self, const action_place *at) {
  needing *n = self;
  action_kind kind = at->act->kind;
  switch (ACTIONS[kind].needs) {
  case NEEDS_CHANNEL: channel_need(n, at); return;
  case NEEDS_TEAM: team_need(n, at); return;
  case NEEDS_ERP: erp_need(n, at); return;
  case NEEDS_WEBHOOK: webhook_need(n, at); return;
  case NEEDS_SIGNATURE: signature_need(n, at); return;
  case NEEDS_DOCUMENTS:       /* without a line: outbox_open says what is to be installed */
  case NEEDS_NOTHING: return; /* Dun does it itself */
  }
}

size_t outbox_needs(const program *p, arena *perm, const outbox_need **out) {
  needing n = {.p = p, .perm = perm};
  program_actions(p, visit, &n);
  *out = n.v;
  return n.count;
}

bool outbox_is_real(const program *p) {
  unsigned used = outlets_used(p);
  for (outlet x = 0; x < OUTLET_COUNT; x++) {
    const connection *c;
    const channel_driver *d = used >> x & 1 ? outlet_driver_of(p, x, &c) : NULL;
    if (d && d->real) return true;
  }
  return false;
}

/* Sixteen random digits: two runs on one machine at one moment are two workers. */
static slice worker_name(outbox *o) {
  uint64_t n = 0;
  if (o->w->random(o->w, &n, sizeof n) != WORLD_OK) n = (uint64_t)o->w->now_ns(o->w);
  return arena_printf(o->perm, "%016llx", (unsigned long long)n);
}

/* What agreements with customers need beside the policy's own actions: their ERP, and a way to confirm them. */
static bool outlets_agreed(const outbox *o, unsigned *used) {
  static const outlet CONFIRM[] = {CH_EMAIL, CH_SMS, CH_WHATSAPP};
  bool any = false;
  if (!o->s || agreement_any(o->s, &any) != STORE_OK) return !o->s;
  if (!any) return true;
  const connection *c;
  *used |= 1u << OUTLET_ERP | 1u << CH_EMAIL;
  for (size_t i = 0; i < sizeof CONFIRM / sizeof *CONFIRM; i++) {
    (void)outlet_driver_of(o->p, CONFIRM[i], &c);
    if (c) *used |= 1u << CONFIRM[i];
  }
  return true;
}

bool outbox_open(outbox *o, slice *why) {
  slice wrong;
  if (!pay_receiver_of(o->w, o->perm, o->p, &o->pay, &wrong)) {
    *why = arena_printf(o->perm, "connect pix: %.*s", SLICE_ARG(wrong));
    return false;
  }
  if (!enclose_line_right(o->p, &wrong)) {
    *why = arena_printf(o->perm, "connect attachments: %.*s", SLICE_ARG(wrong));
    return false;
  }
  unsigned used = outlets_used(o->p);
  if (!outlets_agreed(o, &used)) {
    *why = SLICE("the store could not be read");
    return false;
  }
  o->worker = worker_name(o);
  for (outlet x = 0; x < OUTLET_COUNT; x++) {
    const connection *c;
    struct outbox_channel *own = o->ch + x;
    own->driver = used >> x & 1 ? outlet_driver_of(o->p, x, &c) : NULL;
    if (!own->driver) continue;
    sender_options options = {.connect = c, .outbox = o->folder, .policy = o->p->name, .p = o->p};
    slice reason;
    own->sender = own->driver->open(o->w, o->perm, &options, &reason);
    if (own->sender && connection_rate(o->w, own->driver, c, &own->rate, &reason)) continue;
    slice head = c ? arena_printf(o->perm, "connect %s", outlet_name(x)) : slice_of(outlet_name(x));
    bool named = !c && own->driver->real; /* the reason says of which line it is */
    *why = named ? reason : arena_printf(o->perm, "%.*s: %.*s", SLICE_ARG(head), SLICE_ARG(reason));
    return false;
  }
  return outbox_rereads_open(o, why);
}

void outbox_close(outbox *o) {
  outbox_rereads_close(o);
  for (outlet x = 0; x < OUTLET_COUNT; x++)
    if (o->ch[x].driver) o->ch[x].driver->close(o->ch[x].sender);
}
