/* Services: `dun serve` as a process that lives on while the rest of the house goes on around it. It stands still in
 * its sleeps; where time is to pass, it ticks through some of it and sleeps through the rest, as on a machine that is
 * suspended. It is ended, killed and begun again; two of them may live at once.
 *
 * Invariant: one process runs at a time; what is in sim_shared is the one's that runs, and comes back to whoever ran
 * before. */
#include <signal.h>

#include "sim.h"

enum { MINUTE_S = 60 };

bool sim_serves(const sim *s) {
  for (int i = 0; i < SERVERS_MAX; i++)
    if (s->servers[i].pid) return true;
  return false;
}

/* A new instant of both clocks for a process that was at another one. */
static void put_back(shared *to) {
  to->wall_ns = sim_shared->wall_ns;
  to->steady_ns = sim_shared->steady_ns;
  *sim_shared = *to;
}

static void ends(sim *s, int i) {
  sim_end(s, &s->servers[i]);
  s->server_back_s[i] = sim_now_s(s) + (s->calm ? 30 : 30 + (int64_t)sim_below(&s->chance, 3600));
}

/* Some ticks of one service. */
static void ticks(sim *s, int i, int64_t seconds) {
  shared *h = sim_shared, outer = *h;
  process *p = &s->servers[i];
  long writes = p->own.writes;
  if (s->failed) return;
  s->step++;
  s->n.steps++;
  int64_t began = sim_now_s(s);
  uint64_t calls = s->n.calls;
  int64_t stands_at = h->steady_ns + seconds * 1000000000;
  if (s->depth == 0) sim_step_begins(s);
  sim_look_for_backlog(s);
  if (!p->pid) {
    life l = {.argc = 6,
              .argv = {(char[]){"dun"}, (char[]){"serve"}, (char[]){"policy.dun"}, (char[]){"--no-http"},
                       (char[]){"--store"}, (char[]){"dun.db"}}};
    writes = -1;
    s->n.served++;
    sim_note(s, "dun serve %d", i);
    sim_begin(s, p, CHILD_SERVE, &l, DEPTH_MAX + i, stands_at);
  } else {
    put_back(&p->own);
    h->may_lose_power = s->depth == 0 && !h->unsynced;
    if (h->fired && (s->calm || sim_chance(&s->chance, 300))) h->fault.kind = FAULT_NONE; /* somebody made room */
    if (s->calm) h->fault.kind = FAULT_NONE;
    if (sim_chance(&s->chance, 10)) h->asked |= WORLD_ASKED_TO_REREAD;
    h->stands_at_ns = stands_at;
  }
  sim_go_on(s, p);
  s->n.slept++;
  if (h->writes != writes)
    sim_note(s, "serve %d %s, writes %ld said %016llx", i, p->stands ? "sleeps" : "is gone", h->writes,
             (unsigned long long)h->said_hash);
  if (!h->fired && h->writes > s->usual[CHILD_SERVE]) s->usual[CHILD_SERVE] = h->writes;
  /* A tick that sends has seen the clock before. */
  if (s->n.calls > calls && began > s->run_high_s) s->run_high_s = began;
  if (p->stands && !h->fired && h->writes > writes) sim_ran(s);
  bool look = h->writes != writes || !p->stands;
  p->own = *h;
  if (!p->stands) ends(s, i);
  put_back(&outer);
  if (look && s->depth == 0 && !s->failed) sim_check_step(s);
}

/* ---- their ends ---- */

static void kill_one(sim *s, int i) {
  process *p = &s->servers[i];
  shared outer = *sim_shared;
  p->killed = true;
  kill(p->pid, SIGKILL);
  put_back(&p->own);
  sim_shared->may_lose_power = false;
  ends(s, i);
  put_back(&outer);
}

void sim_serve_die(sim *s) {
  for (int i = 0; i < SERVERS_MAX; i++)
    if (s->servers[i].pid && s->servers[i].stands) kill_one(s, i);
}

void sim_serve_end(sim *s) {
  for (int i = 0; i < SERVERS_MAX; i++) {
    if (!s->servers[i].pid) continue;
    s->n.stopped++;
    s->servers[i].own.asked |= WORLD_ASKED_TO_END;
    ticks(s, i, DAY_S);
    if (!s->failed && s->servers[i].pid) sim_broken(s, 5, "a service that was asked to end sleeps on");
  }
}

/* ---- their time ---- */

static void one(sim *s, int i, int64_t until_s) {
  uint64_t *c = &s->chance;
  int64_t left = until_s - sim_now_s(s), span = MINUTE_S * (1 + (int64_t)sim_below(c, 3));
  process *p = &s->servers[i];
  if (!p->pid && sim_now_s(s) < s->server_back_s[i] && s->server_back_s[i] - sim_now_s(s) < DAY_S) return;
  if (p->pid && !s->calm && sim_chance(c, 15)) {
    kill_one(s, i);
    return;
  }
  ticks(s, i, span < left ? span : left);
}

void sim_serve(sim *s, int64_t until_s) {
  uint64_t *c = &s->chance;
  while (sim_now_s(s) < until_s && !s->failed) {
    if (sim_chance(c, 700)) {
      int64_t gap = sim_below(c, 3 * 3600), left = until_s - sim_now_s(s);
      sim_pass(s, gap < left ? gap : left);
    }
    int64_t now = sim_now_s(s);
    for (int i = 0; i < s->servers_wanted && !s->failed; i++) one(s, i, until_s);
    if (sim_now_s(s) - now < MINUTE_S && now < until_s)
      sim_pass(s, until_s - now < MINUTE_S ? until_s - now : MINUTE_S);
  }
}

void sim_serve_meanwhile(sim *s) {
  for (int i = 0; i < SERVERS_MAX; i++)
    if (s->servers[i].pid && s->servers[i].stands) {
      ticks(s, i, MINUTE_S);
      return;
    }
}

void sim_clock_trusted(sim *s) {
  for (int i = 0; i < SERVERS_MAX; i++) s->servers[i].own.apart_ns = sim_shared->wall_ns - sim_shared->steady_ns;
}
