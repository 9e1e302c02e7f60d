/* A seed, day by day: the ERP's morning, runs at all hours, people at half past ten, what the provider says, what goes
 * wrong; then some calm days, by whose end everything that is due must be done or in front of a person. */
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/store/store.h"
#include "sim.h"

enum { CALM_DAYS = 6 };

/* ---- processes ---- */

void sim_import(sim *s) {
  s->import_s = sim_now_s(s);
  s->n.imports++;
  sim_run_dun(s, CHILD_IMPORT, "import data --store dun.db --quiet");
}

void sim_run(sim *s) {
  bool was = s->run_behind;
  sim_look_for_backlog(s);
  int64_t began = sim_now_s(s);
  s->run_behind = began < s->run_high_s - 300;
  int status = sim_run_dun(s, CHILD_RUN, "run policy.dun --store dun.db --quiet");
  if (status <= 1) sim_ran(s);
  s->run_behind = was;
  if (status == 0 && began > s->run_high_s) s->run_high_s = began;
}

/* ---- people ---- */

static void answer_unknown(sim *s) {
  int64_t ids[64];
  char names[64][96];
  int n = 0;
  static const char SQL[] = "SELECT a.id, (SELECT t.provider_id FROM attempt t WHERE t.action = a.id ORDER BY t.id "
                            "DESC LIMIT 1) FROM action a "
                            "WHERE a.state = 'unknown' AND a.lead IS NULL ORDER BY a.id LIMIT 64";
  sqlite3_stmt *q = sim_ask(s, SQL);
  if (!q) return;
  while (sqlite3_step(q) == SQLITE_ROW && n < 64) {
    ids[n] = sqlite3_column_int64(q, 0);
    snprintf(names[n], sizeof names[n], "%s", sqlite3_column_text(q, 1) ? (const char *)sqlite3_column_text(q, 1) : "");
    n++;
  }
  sqlite3_reset(q);
  sim_close_store(s);
  for (int i = 0; i < n && !s->failed; i++) {
    mail *m = sim_mail(s, names[i], false);
    if (!s->calm && sim_chance(&s->chance, 300)) continue; /* tomorrow */
    bool arrived = m && m->accepted > 0, anyway = sim_chance(&s->chance, s->t.retry_anyway);
    if (m && (!arrived || anyway)) {
      s->resends_due += 64; /* with those that joined it */
      m->resends++;
      sim_human_resend(s, names[i]);
    }
    if (anyway)
      sim_run_dun(s, CHILD_PERSON, "outbox retry %lld --yes --by rui --store dun.db", (long long)ids[i]);
    else
      sim_run_dun(s, CHILD_PERSON, "outbox resolve %lld %s --by rui --store dun.db", (long long)ids[i],
                  arrived ? "delivered" : "not-sent");
  }
}

/* Dead letters are tried once more. */
static void answer_dead(sim *s) {
  char name[96];
  int64_t id = sim_number(s, "SELECT id FROM action WHERE state = 'dead' AND lead IS NULL LIMIT 1");
  if (id < 0 ||
      !sim_words(s,
                 "SELECT provider_id FROM attempt WHERE action = (SELECT id FROM action WHERE state = 'dead' AND "
                 "lead IS NULL LIMIT 1) ORDER BY id DESC LIMIT 1",
                 name, sizeof name))
    return;
  mail *m = sim_mail(s, name, false);
  if (m) m->resends++;
  sim_human_resend(s, name);
  sim_run_dun(s, CHILD_PERSON, "outbox retry %lld --by rui --store dun.db", (long long)id);
}

static void approve(sim *s) {
  char digest[80];
  int64_t day_asked;
  bool open = sim_words(s, "SELECT digest FROM activation WHERE state = 'open' ORDER BY id DESC LIMIT 1", digest,
                        sizeof digest);
  if (open && (s->calm || sim_chance(&s->chance, 700))) {
    bool ramp = sim_chance(&s->chance, 750);
    digest[16] = 0;
    s->n.approvals++;
    s->ramp_on = ramp;
    s->ramp_plan = 0;
    s->ramp_over = 0;
    s->ramp_resumed = false;
    s->backlog_locked = false; /* a process that dies may have said yes */
    sim_run_dun(s, CHILD_PERSON, "approve --digest %s --by ana --store dun.db%s", digest, ramp ? "" : " --no-ramp");
  }
  if (sim_number(s, "SELECT count(*) FROM approval WHERE state = 'open'") > 0)
    sim_run_dun(s, CHILD_PERSON, "approve --all --by ana --store dun.db");
  day_asked = sim_number_of(s, "SELECT asked FROM allowance WHERE state = 'open' AND on_day = ?1", s->today);
  if (day_asked > 0)
    sim_run_dun(s, CHILD_PERSON, "approve --messages %lld --by ana --store dun.db", (long long)day_asked);
}

static void people(sim *s) {
  if (s->failed) return;
  approve(s);
  if (!s->failed) answer_unknown(s);
  if (!s->failed) answer_dead(s);
  if (s->failed) return;
  bool own = sim_number(s, "SELECT count(*) FROM pause WHERE ended_at IS NULL AND scope = 'all'") > 0;
  if (own || s->held_by_restore) {
    sim_run_dun(s, CHILD_PERSON, "resume all --by ana --store dun.db");
    s->held_by_restore = false; /* a process that dies may have done it */
    s->run_high_s = 0;
    sim_clock_trusted(s);
  }
  if (sim_number(s, "SELECT count(*) FROM pause WHERE ended_at IS NULL AND scope = 'policy'") > 0) {
    s->ramp_resumed = true;
    s->ramp_over = 0;
    sim_run_dun(s, CHILD_PERSON, "resume policy Sim --by ana --store dun.db");
  }
  if (sim_number(s, "SELECT count(*) FROM pause WHERE ended_at IS NULL AND scope IN ('channel', 'customer')") > 0) {
    sim_run_dun(s, CHILD_PERSON, "resume channel email --by ana --store dun.db");
    sim_run_dun(s, CHILD_PERSON, "resume customer C1 --by ana --store dun.db");
  } else if (!s->calm && sim_chance(&s->chance, 40)) {
    sim_run_dun(s, CHILD_PERSON,
                sim_chance(&s->chance, 500) ? "pause channel email --by ana --store dun.db"
                                            : "pause customer C1 --by ana --store dun.db");
  }
}

/* ---- the provider's later words ---- */

void sim_bulletins(sim *s) {
  bulletin due[24];
  int n = 0;
  for (uint32_t i = 0; i < s->bulletin_count && n < 24; i++) {
    if (s->bulletins[i].at_s > sim_now_s(s)) continue;
    due[n++] = s->bulletins[i];
    if (s->bulletins[i].status == ACTION_rejected) s->mails[s->bulletins[i].mail].bounced = true;
    s->bulletins[i--] = s->bulletins[--s->bulletin_count]; /* out of order */
  }
  if (n && !s->failed) sim_event_child(s, due, n);
}

/* ---- troubles of a day ---- */

static void file_path(const sim *s, const char *name, char out[160]) { snprintf(out, 160, "%s/%s", s->folder, name); }

static void copy_file(const sim *s, const char *from, const char *to) {
  char a[160], b[160], buffer[65536];
  size_t n;
  file_path(s, from, a);
  file_path(s, to, b);
  FILE *in = fopen(a, "rb"), *out = in ? fopen(b, "wb") : NULL;
  while (out && (n = fread(buffer, 1, sizeof buffer, in)) > 0) fwrite(buffer, 1, n, out);
  if (in) fclose(in);
  if (out) fclose(out);
}
static void remove_file(const sim *s, const char *name) {
  char path[160];
  file_path(s, name, path);
  unlink(path);
}

static void backup(sim *s) {
  remove_file(s, "backup.db");
  s->has_backup = false;
  if (sim_number(s, "SELECT count(*) FROM action") <= 0) return;
  if (sim_run_dun(s, CHILD_BACKUP, "backup backup.db --store dun.db") != 0) return;
  s->has_backup = true;
  s->backup_letters = s->letter_count;
  s->backup_calls = s->n.calls;
}

/* What the keeper knew of the store is not so any more; what was sent since the copy may go again once a person says
 * so. */
static void older_copy(sim *s) {
  sim_forget_store(s);
  s->n.restores++;
  /* A copy that lacks nothing that was sent is none. */
  s->held_by_restore = s->n.calls > s->backup_calls;
  s->excused = true;
  s->run_high_s = 0;
  s->seen_actions = sim_number(s, "SELECT count(*) FROM action");
  s->seen_events = sim_number(s, "SELECT count(*) FROM event");
  s->seen_id = sim_number(s, "SELECT coalesce(max(id), 0) FROM action");
  s->seen_moves = sim_number(s, "SELECT coalesce(max(id), 0) FROM sim_move");
  for (uint32_t i = 0; i < s->mail_count; i++) {
    s->mails[i].allowed = s->mails[i].accepted + 1;
    s->mails[i].open = false;
    s->mails[i].calls = 0;
  }
}

static void restore(sim *s) {
  if (!s->has_backup || !s->lineage) return;
  sim_serve_end(s);
  sim_close_store(s);
  if (sim_chance(&s->chance, 500)) {
    if (sim_run_dun(s, CHILD_RESTORE, "restore backup.db --store dun.db") != 0) return;
  } else { /* by hand */
    remove_file(s, "dun.db-wal");
    remove_file(s, "dun.db-shm");
    copy_file(s, "backup.db", "dun.db");
    sim_note(s, "an older copy is put back by hand");
  }
  s->has_backup = false;
  older_copy(s);
}

static void edit(sim *s) {
  uint64_t *c = &s->chance;
  switch (sim_below(c, 4)) {
  case 0: s->ladder_name = !s->ladder_name; break;
  case 1: s->wording = (int)sim_below(c, 3); break;
  case 2: s->moved_rung = 1; break;
  default: s->extra_rung = 1; break;
  }
  s->n.edits++;
  sim_policy(s);
}

void sim_step_begins(sim *s) { s->step_from = s->step_to = sim_day(s, sim_now_s(s)); }

static void stepped_on(sim *s) {
  int32_t day = sim_day(s, sim_now_s(s));
  if (day < s->step_from) s->step_from = day;
  if (day > s->step_to) s->step_to = day;
}

void sim_set_clock(sim *s) {
  int64_t by = 360 + (int64_t)sim_below(&s->chance, 2 * DAY_S);
  if (sim_chance(&s->chance, 500)) by = -by;
  s->n.jumps++;
  stepped_on(s);
  sim_shared->wall_ns += by * 1000000000;
  stepped_on(s);
  sim_note(s, "the clock is set by %lld s", (long long)by);
}

static void jump(sim *s) {
  uint64_t *c = &s->chance;
  if (sim_chance(c, 500)) {
    s->n.jumps++;
    sim_pass(s, 3600 + sim_below(c, 3 * DAY_S)); /* nothing ran for that long */
    return;
  }
  sim_set_clock(s);
  s->today = sim_day(s, sim_now_s(s));
  sim_step_begins(s);
  if (sim_chance(c, 700)) sim_run(s);
}

/* ---- a day ---- */

static void until(sim *s, int32_t day, int32_t second) {
  int64_t to = sim_instant(s, day, second), now = sim_now_s(s);
  if (s->served)
    sim_serve(s, to);
  else if (to > now)
    sim_pass(s, to - now);
  s->today = sim_day(s, sim_now_s(s));
  sim_step_begins(s);
}

static void maybe_run(sim *s, int32_t day, int32_t second, uint32_t per_mille) {
  if (s->served) per_mille /= 8;
  if (s->failed || !sim_chance(&s->chance, per_mille)) return;
  until(s, day, second + (int32_t)sim_below(&s->chance, 1800));
  sim_bulletins(s);
  if (!s->failed) sim_run(s);
}

static void troubled(sim *s) {
  uint64_t *c = &s->chance;
  if (s->calm || s->failed) return;
  if (sim_chance(c, s->t.edit)) edit(s);
  if (sim_chance(c, 150)) backup(s);
  if (sim_chance(c, s->t.restore)) restore(s);
  if (sim_chance(c, s->t.jump)) jump(s);
}

static void day(sim *s, int32_t d) {
  until(s, d, 0);
  sim_note(s, "day %d", d - s->first_day);
  maybe_run(s, d, 120, s->calm ? 0 : 250);
  until(s, d, 7 * 3600);
  sim_house_day(s);
  if (s->calm || !sim_chance(&s->chance, s->t.stale)) {
    sim_export(s);
    sim_import(s);
  }
  maybe_run(s, d, 9 * 3600, 1000);
  until(s, d, 10 * 3600 + 1800);
  people(s);
  if (s->served) until(s, d, 11 * 3600);
  for (int k = 0; k < 3; k++) maybe_run(s, d, 11 * 3600 + k * 4 * 3600, s->calm ? 800 : 350);
  if (s->served) until(s, d, 19 * 3600);
  troubled(s);
  maybe_run(s, d, 23 * 3600 + 1200, s->calm ? 0 : 250);
  if (s->failed) return;
  sim_check_day(s);
  sim_close_store(s);
  if (!s->failed && (d - s->first_day) % 10 == 9 && sim_run_dun(s, CHILD_PERSON, "audit verify --store dun.db") == 1)
    sim_broken(s, 7, "the audit log's chain is broken");
}

/* Invoices of new customers, to see the whole way of each: two that stay open, one that is paid, one that is due later.
 */
static void canaries(sim *s, int32_t from, int k) {
  if (k == 1) {
    for (int i = 0; i < 2; i++) sim_canary(s, from + k + 2 + i);
    s->canary_paid = sim_canary(s, from + 3);
    s->canary_moved = sim_canary(s, from + 2);
  }
  if (k == 3 && s->canary_paid >= 0) sim_pay(s, s->canary_paid, true);
  if (k == 3 && s->canary_moved >= 0) s->invoices[s->canary_moved].due = from + 4;
}

/* Faults end; what they left is put right by the people of the house. */
static void calm_days(sim *s, int32_t from) {
  s->calm = true;
  sim_note(s, "no more faults");
  for (int k = 0; k < CALM_DAYS && !s->failed; k++) {
    s->today = from + k;
    canaries(s, from, k);
    day(s, from + k);
    if (k == 0)
      s->tail_exact = !s->ask_more_than && !s->limited &&
                      sim_number(s, "SELECT count(*) FROM activation WHERE state IN ('open', 'approved')") == 0;
  }
  s->today = from + CALM_DAYS;
  sim_serve_end(s);
  if (!s->failed) sim_check_end(s);
  sim_close_store(s);
}

void sim_live(sim *s) {
  sim_house_new(s);
  sim_policy(s);
  sim_shared->wall_ns = sim_instant(s, s->first_day, 0) * 1000000000;
  sim_shared->steady_ns = 1000000000;
  int32_t d = s->first_day;
  for (; d < s->first_day + s->size.days - CALM_DAYS && !s->failed; d++) {
    /* A day that the clock has jumped over is one on which nothing ran. */
    if (sim_day(s, sim_now_s(s)) > d) continue;
    day(s, d);
  }
  int32_t now = sim_day(s, sim_now_s(s));
  if (!s->failed) calm_days(s, now >= d ? now + 1 : d);
}
