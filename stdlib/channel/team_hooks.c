/* See team_hooks.h. */
#include "team_hooks.h"

#include "lang/check/walk.h"
#include "stdlib/net/net_guard.h"

enum { TOTAL_MS = 15000, ANSWER_BYTES_MAX = 64 << 10 };

/* ---- which way ---- */

static slice hook_of(const team *t, channel ch) { return ch == CH_TEAMS ? t->teams_env : t->slack_env; }

static bool reached(const team *t, channel ch) { return ch == CH_EMAIL ? t->email.n > 0 : hook_of(t, ch).n > 0; }

team_way team_way_of(const program *p, const action *a) {
  static const channel WAYS[] = {CH_EMAIL, CH_TEAMS, CH_SLACK};
  team_way w = {.ch = CH_EMAIL};
  for (uint32_t i = 0; i < p->team_count; i++)
    if (slice_eq(p->teams[i].name, a->name)) w.team = p->teams + i;
  if (!w.team) return w;
  for (size_t i = 0; i < sizeof WAYS / sizeof *WAYS && !w.reached; i++) {
    if (a->via.n && !slice_eq(a->via, slice_of(CHANNELS[WAYS[i]]))) continue;
    w.reached = reached(w.team, WAYS[i]);
    if (w.reached || a->via.n) w.ch = WAYS[i];
  }
  return w;
}

/* ---- the addresses ---- */

typedef struct opening {
  world *w;
  arena *perm;
  const program *p;
  channel ch;
  const char *service;
  team_hooks *out;
  slice why;
} opening;

static api *open_hook(opening *o, const team *t) {
  setting address = {SLICE("address"), hook_of(t, o->ch), true};
  connection c = {.settings = &address, .setting_count = 1};
  api_options options = {.service = o->service,
                         .limits = {.per_minute = 60, .at_once = 1},
                         .total_ms = TOTAL_MS,
                         .body_max = ANSWER_BYTES_MAX};
  slice url;
  net_target target;
  if (!connection_needs(o->w, o->perm, &c, "address", "", &url, &o->why)) return NULL;
  net_verdict v = net_guard_own_url(url, &target);
  options.base_hidden = secret_of(o->perm, url);
  if (v != NET_FINE) o->why = slice_of(net_verdict_words(v));
  api *a = v == NET_FINE ? api_open(o->w, o->perm, &options, &o->why) : NULL;
  if (a) api_patience(a, 0);
  return a;
}

static void open_for(void *self, const action_place *at) {
  opening *o = self;
  if ((at->act->kind != ACT_ALERT && at->act->kind != ACT_ESCALATE) || o->why.n) return;
  team_way way = team_way_of(o->p, at->act);
  if (!way.reached || way.ch != o->ch || team_hooks_of(o->out, way.team->name)) return;
  api *a = open_hook(o, way.team);
  if (a)
    o->out->v[o->out->count++] = (team_hook){way.team->name, a};
  else
    o->why = arena_printf(o->perm, "team %.*s: %.*s", SLICE_ARG(way.team->name), SLICE_ARG(o->why));
}

bool team_hooks_open(world *w, arena *perm, const program *p, channel ch, const char *service, team_hooks *out,
                     slice *why) {
  opening o = {.w = w, .perm = perm, .p = p, .ch = ch, .service = service, .out = out};
  *out = (team_hooks){.v = ARENA_ARRAY(perm, p->team_count + 1, team_hook)};
  program_actions(p, open_for, &o);
  *why = o.why;
  if (o.why.n) team_hooks_close(out);
  return o.why.n == 0;
}

void team_hooks_close(team_hooks *h) {
  for (size_t i = 0; i < h->count; i++) api_close(h->v[i].a);
  h->count = 0;
}

api *team_hooks_of(const team_hooks *h, slice name) {
  for (size_t i = 0; i < h->count; i++)
    if (slice_eq(h->v[i].name, name)) return h->v[i].a;
  return NULL;
}

send_result team_hooks_nobody(void) {
  return (send_result){.outcome = SEND_REJECTED, .detail = SLICE("the policy tells that team nothing there any more")};
}

/* ---- what is said ---- */

slice notice_lines(slice text, size_t bytes_max, size_t around, size_t *left_out) {
  size_t kept = 0, count = 0;
  *left_out = 0;
  for (size_t from = 0; from < text.n;) {
    const char *end = memchr(text.p + from, '\n', text.n - from);
    size_t to = end ? (size_t)(end - text.p) + 1 : text.n;
    if (to + ++count * around <= bytes_max && !*left_out)
      kept = to;
    else
      ++*left_out;
    from = to;
  }
  return (slice){text.p, kept};
}

slice notice_more(dun_lang lang, size_t left_out, arena *perm) {
  switch (lang) {
  case LANG_PT: return arena_printf(perm, "... e mais %zu: estão em dun outbox", left_out);
  case LANG_ES: return arena_printf(perm, "... y %zu más: están en dun outbox", left_out);
  case LANG_EN:
  case LANG_COUNT: break;
  }
  return arena_printf(perm, "... and %zu more: they are in dun outbox", left_out);
}
