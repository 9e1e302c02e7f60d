/* What `dun run` checks before anything is decided or sent: every service that the policy names is there. */
#include "lang/base/utf8.h"
#include "outbox.h"
#include "stdlib/channel/walk.h"

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
  n->v[n->count++] = (outbox_need){at->section, at->rung, doing, missing, remedy};
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

static void team_need(needing *n, const action_place *at) {
  const action *a = at->act;
  slice doing = arena_printf(n->perm, "alert %.*s", SLICE_ARG(a->name));
  slice remedy = arena_printf(n->perm, "team %.*s is \"%.*s@example.com\"", SLICE_ARG(a->name), SLICE_ARG(a->name));
  if (a->via.n && !slice_eq(a->via, SLICE("email"))) {
    need(n, at, doing, arena_printf(n->perm, "this dun cannot alert via %.*s", SLICE_ARG(a->via)),
         SLICE("alert ... via email"));
    return;
  }
  if (memchr(a->name.p, '@', a->name.n)) return;
  for (uint32_t i = 0; i < n->p->team_count; i++) {
    if (!slice_eq(n->p->teams[i].name, a->name)) continue;
    if (n->p->teams[i].email.n == 0) need(n, at, doing, SLICE("the team has no e-mail address"), remedy);
    return;
  }
  need(n, at, doing, SLICE("there is no such team"), remedy);
}

/* What a person can do by hand is a card: it can be written wherever the action stands. */
static slice by_hand(needing *n, const action_place *at) {
  return arena_printf(n->perm, "open card in \"Finance\" titled \"%s {%s}\"", ACTIONS[at->act->kind].words,
                      at->of == ENT_CUSTOMER ? "name" : "number");
}

static void service_need(needing *n, const action_place *at, const char *kind, const char *what) {
  slice doing = slice_of(ACTIONS[at->act->kind].words), missing = slice_of(what);
  for (uint32_t i = 0; i < n->p->connection_count; i++)
    if (slice_eq(n->p->connections[i].kind, slice_of(kind)))
      missing = arena_printf(n->perm, "this dun does nothing through %.*s yet", SLICE_ARG(n->p->connections[i].vendor));
  need(n, at, doing, missing, by_hand(n, at));
}

static void visit(void *self, const action_place *at) {
  needing *n = self;
  action_kind kind = at->act->kind;
  switch (ACTIONS[kind].needs) {
  case NEEDS_CHANNEL: channel_need(n, at); return;
  case NEEDS_TEAM: team_need(n, at); return;
  case NEEDS_ERP: service_need(n, at, "erp", "this dun writes to no ERP yet"); return;
  case NEEDS_WEBHOOK: service_need(n, at, "webhook", "this dun calls no webhook yet"); return;
  case NEEDS_DOCUMENTS: service_need(n, at, "documents", "this dun makes no documents yet"); return;
  case NEEDS_SIGNATURE: service_need(n, at, "signature", "this dun sends nothing for signature yet"); return;
  case NEEDS_NOTHING: return; /* Dun does it itself */
  }
}

size_t outbox_needs(const program *p, arena *perm, const outbox_need **out) {
  needing n = {.p = p, .perm = perm};
  program_actions(p, visit, &n);
  *out = n.v;
  return n.count;
}

typedef struct channels_used {
  unsigned bits;
} channels_used;

static void note_channels(void *self, const action_place *at) {
  channels_used *u = self;
  for (uint32_t i = 0; i < at->act->way_count; i++) u->bits |= 1u << at->act->ways[i].ch;
  if (at->act->kind == ACT_ALERT || at->act->kind == ACT_ESCALATE) u->bits |= 1u << CH_EMAIL;
}

bool outbox_is_real(const program *p) {
  channels_used used = {0};
  program_actions(p, note_channels, &used);
  for (int ch = 0; ch < CH_COUNT; ch++) {
    const connection *c;
    const channel_driver *d = used.bits >> ch & 1 ? channel_driver_of(p, (channel)ch, &c) : NULL;
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

bool outbox_open(outbox *o, slice *why) {
  channels_used used = {0};
  o->worker = worker_name(o);
  program_actions(o->p, note_channels, &used);
  for (int ch = 0; ch < CH_COUNT; ch++) {
    const connection *c;
    struct outbox_channel *x = o->ch + ch;
    x->driver = used.bits >> ch & 1 ? channel_driver_of(o->p, (channel)ch, &c) : NULL;
    if (!x->driver) continue;
    sender_options options = {.connect = c, .outbox = o->folder, .policy = o->p->name, .p = o->p};
    slice reason;
    x->sender = x->driver->open(o->w, o->perm, &options, &reason);
    bool rated = x->sender && connection_rate(o->w, x->driver, c, &x->rate);
    if (rated) continue;
    if (x->sender) reason = SLICE("the rate is written \"30 per minute\", or per second, or per hour");
    *why = arena_printf(o->perm, "%s: %.*s", c ? arena_printf(o->perm, "connect %s", CHANNELS[ch]).p : CHANNELS[ch],
                        SLICE_ARG(reason));
    return false;
  }
  return true;
}

void outbox_close(outbox *o) {
  for (int ch = 0; ch < CH_COUNT; ch++)
    if (o->ch[ch].driver) o->ch[ch].driver->close(o->ch[ch].sender);
}
