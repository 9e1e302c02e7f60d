/* Children: a process of the program, its faults, and what the keeper does while it waits for the provider.
 *
 * Invariant: one process runs at a time. A child that asks stands still, so that what the keeper does meanwhile (look
 * at the store, let another child live) always happens at the same point. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/store/delivery.h"
#include "sim.h"

int sim_ask_fd = -1, sim_answer_fd = -1;

static const char *const KINDS[] = {"import", "run", "person", "event", "backup", "restore", "serve"};

/* What goes wrong with it. */
static fault fault_of(sim *s, child_kind kind) {
  uint64_t *c = &s->chance;
  uint32_t x = sim_below(c, 1000);
  long usual = s->usual[kind] > 4 ? s->usual[kind] : 4;
  fault f = {.at = 1 + (long)sim_below(c, (uint32_t)usual), .torn = sim_chance(c, 300)};
  /* The last of a process are as likely as all before them. */
  if (sim_chance(c, 200)) f.at = usual - (long)sim_below(c, 4);
  if (s->calm || kind == CHILD_RESTORE) return (fault){0};
  if (x < s->t.kill)
    f.kind = FAULT_KILL;
  else if ((x -= s->t.kill) < s->t.power)
    f.kind = FAULT_POWER;
  else if ((x -= s->t.power) < s->t.full)
    f.kind = FAULT_FULL;
  else if ((x -= s->t.full) < s->t.io)
    f.kind = FAULT_IO;
  return f;
}

/* ---- in the child ---- */

static store_code tell_event(store *s, const bulletin *b, const char *id) {
  char event[40];
  int64_t action;
  store_event_effect effect;
  int n = snprintf(event, sizeof event, "ev-%llu", (unsigned long long)b->event);
  store_provider_event e = {.provider = SLICE("email"),
                            .event_id = {event, (size_t)n},
                            .provider_id = slice_of(id),
                            .status = (action_state)b->status,
                            .happened_at_us = b->at_s * 1000000,
                            .detail = SLICE("sim")};
  store_code code = store_begin(s);
  if (code == STORE_OK) code = store_provider_event_put(s, &e, &action, &effect);
  return code == STORE_OK ? store_commit(s) : code;
}

static int tell_events(const life *l) {
  store *s;
  store_error why;
  if (store_open(sim_world_posix(), "dun.db", &s, &why) != STORE_OK) return 4;
  store_code code = STORE_OK;
  for (int i = 0; i < l->events && code == STORE_OK; i++)
    code = tell_event(s, l->event + i, l->mails[l->event[i].mail].id);
  store_close(s);
  return code == STORE_OK ? 0 : 4;
}

static void live(sim *s, const life *l, int memory, const int ask[2], const int answer[2]) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sim_memory_child(memory);
  close(ask[0]);
  close(answer[1]);
  sim_ask_fd = ask[1];
  sim_answer_fd = answer[0];
  if (chdir(s->folder) != 0) _exit(99);
  sim_vfs_register();
  _exit(l->event ? tell_events(l) : sim_dun(l->argc, (char **)l->argv));
}

/* ---- in the keeper ---- */

static void died(sim *s, const process *p, int status) {
  const shared *h = sim_shared;
  child_kind kind = p->kind;
  if (p->killed) return;
  if (WIFSIGNALED(status)) sim_broken(s, 0, "%s died of signal %d", KINDS[kind], WTERMSIG(status));
  if (!WIFEXITED(status)) return;
  int code = WEXITSTATUS(status);
  if (h->fired) {
    s->n.kills += h->fault.kind == FAULT_KILL;
    s->n.powers += h->fault.kind == FAULT_POWER;
    s->n.fulls += h->fault.kind == FAULT_FULL;
    s->n.ios += h->fault.kind == FAULT_IO;
    return;
  }
  if (code == STATUS_KILLED) return;
  bool fine = code == 0 || code == 1 || (code == 4 && !s->calm) || kind == CHILD_PERSON;
  if (!fine)
    sim_broken(s, 5, "%s ends with status %d: %.*s", KINDS[kind], code, (int)(h->said_n < SAID_MAX ? h->said_n : 900),
               h->said);
}

void sim_begin(sim *s, process *p, child_kind kind, const life *l, int memory, int64_t stands_at_ns) {
  shared *h = sim_shared;
  int ask[2], answer[2];
  h->apart_ns = h->wall_ns - h->steady_ns;
  h->stands_at_ns = stands_at_ns;
  h->asked = 0;
  h->random = sim_next(&s->chance);
  h->fault = fault_of(s, kind);
  h->fired = false;
  h->may_lose_power = s->depth == 0;
  h->writes = 0;
  h->said_n = 0;
  h->said_hash = 0xcbf29ce484222325u;
  if (pipe(ask) != 0 || pipe(answer) != 0) abort();
  fflush(NULL);
  pid_t pid = fork();
  if (pid < 0) abort();
  if (pid == 0) live(s, l, memory, ask, answer);
  close(ask[1]);
  close(answer[0]);
  *p = (process){.pid = pid, .kind = kind, .ask = ask[0], .answer = answer[1]};
}

void sim_go_on(sim *s, process *p) {
  char c = 'g';
  sim_close_store(s);
  if (p->stands && write(p->answer, &c, 1) != 1) abort();
  p->stands = false;
  s->depth++;
  while (read(p->ask, &c, 1) == 1) {
    if (c == 's') {
      p->stands = true;
      break;
    }
    sim_call(s);
    sim_close_store(s);
    if (s->failed)
      kill(p->pid, SIGKILL);
    else if (write(p->answer, &c, 1) != 1)
      break;
  }
  s->depth--;
  sim_close_store(s);
}

int sim_end(sim *s, process *p) {
  const shared *h = sim_shared;
  int status = 0;
  close(p->ask);
  close(p->answer);
  while (waitpid(p->pid, &status, 0) != p->pid) {
  }
  p->pid = 0;
  if (s->failed) return STATUS_KILLED;
  s->n.children++;
  s->n.writes += (uint64_t)h->writes;
  if (!h->fired && h->writes > s->usual[p->kind]) s->usual[p->kind] = h->writes;
  died(s, p, status);
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_KILLED;
  sim_note(s, "%s status %d%s writes %ld said %016llx", KINDS[p->kind], code, h->fired ? " (fault)" : "", h->writes,
           (unsigned long long)h->said_hash);
  if (s->verbose && h->said_n) printf("%.*s\n", (int)(h->said_n < SAID_MAX ? h->said_n : SAID_MAX), h->said);
  /* The machine goes, and with it everybody. */
  if (h->fired && h->fault.kind == FAULT_POWER && h->may_lose_power) sim_serve_die(s);
  return code;
}

static int carry(sim *s, child_kind kind, const life *l) {
  shared *h = sim_shared, saved = *h;
  process p;
  sim_begin(s, &p, kind, l, s->depth, 0);
  sim_go_on(s, &p);
  int code = sim_end(s, &p);
  saved.wall_ns = h->wall_ns;
  saved.steady_ns = h->steady_ns;
  saved.may_lose_power = false; /* what it did not sync yet, this one may have written anew */
  *h = saved;
  return code;
}

int sim_run_dun(sim *s, child_kind kind, const char *words, ...) {
  char line[512], *save = NULL;
  life l = {.argc = 1, .argv = {(char[]){"dun"}}};
  va_list v;
  va_start(v, words);
  vsnprintf(line, sizeof line, words, v);
  va_end(v);
  if (s->failed) return STATUS_KILLED;
  s->step++;
  s->n.steps++;
  sim_note(s, "dun %s", line);
  for (char *w = strtok_r(line, " ", &save); w && l.argc < 23; w = strtok_r(NULL, " ", &save)) l.argv[l.argc++] = w;
  int status = carry(s, kind, &l);
  if (!s->failed && s->depth == 0 && kind != CHILD_RESTORE) sim_check_step(s);
  sim_close_store(s);
  return status;
}

void sim_event_child(sim *s, const bulletin *b, int count) {
  life l = {.event = b, .events = count, .mails = s->mails};
  if (s->failed) return;
  s->step++;
  s->n.steps++;
  s->n.events += (uint64_t)count;
  for (int i = 0; i < count; i++)
    sim_note(s, "event %llu: status %d of mail %u", (unsigned long long)b[i].event, b[i].status, b[i].mail);
  carry(s, CHILD_EVENT, &l);
  if (!s->failed && s->depth == 0) sim_check_step(s);
  sim_close_store(s);
}
