/* The mail provider: what it took over, what it says at once and what it says later. It believes nobody: each
 * acceptance is counted by Message-ID, by the words of the message and by the rungs that the store says are in it.
 *
 * Invariant: after a call whose outcome is not a sure nothing there is no other call for that message, unless a person
 * asked for it. */
#include <ctype.h>

#include "runtime/store/store.h"
#include "sim.h"

static uint64_t hash_text(uint64_t h, const char *p, size_t n) {
  for (size_t i = 0; i < n; i++) h = (h ^ (uint8_t)p[i]) * 0x100000001b3u;
  return (h ^ 0x1f) * 0x100000001b3u;
}

mail *sim_mail(sim *s, const char *id, bool make) {
  uint32_t mask = MAILS_MAX * 2 - 1, at = (uint32_t)hash_text(0xcbf29ce484222325u, id, strlen(id)) & mask;
  for (; s->mail_of[at]; at = (at + 1) & mask)
    if (strcmp(s->mails[s->mail_of[at] - 1].id, id) == 0) return &s->mails[s->mail_of[at] - 1];
  if (!make || s->mail_count == MAILS_MAX) return NULL;
  mail *m = &s->mails[s->mail_count++];
  *m = (mail){.allowed = 1};
  snprintf(m->id, sizeof m->id, "%s", id);
  s->mail_of[at] = s->mail_count;
  return m;
}

void sim_human_resend(sim *s, const char *id) {
  mail *m = sim_mail(s, id, false);
  s->n.human_resends++;
  if (!m) return;
  m->allowed = m->accepted + 1;
  m->open = false;
}

/* ---- rungs that were told ---- */

uint32_t sim_letters_of(const sim *s, int number, const char *rung, int32_t *day) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < s->letter_count; i++)
    if (s->letters[i].invoice == number && strcmp(s->letters[i].rung, rung) == 0) {
      n++;
      *day = s->letters[i].day;
    }
  return n;
}

/* `once`: no other message may have told it. */
static void told(sim *s, uint64_t key, uint32_t mail_at, int number, const char *rung, bool once) {
  uint32_t mask = LETTERS_MAX * 2 - 1, at = (uint32_t)key & mask;
  for (; s->letter_of[at]; at = (at + 1) & mask) {
    const letter *l = &s->letters[s->letter_of[at] - 1];
    if (l->key != key) continue;
    bool excused = s->excused && s->letter_of[at] - 1 >= s->backup_letters;
    if (once && l->mail != mail_at && !excused)
      sim_broken(s, 2, "rung %s of invoice A-%d was told by two messages, on day %d and now", rung, number,
                 l->day - s->first_day);
    if (l->mail == mail_at || !once) return;
  }
  if (s->letter_count == LETTERS_MAX) return;
  letter *l = &s->letters[s->letter_count++];
  *l = (letter){.key = key, .day = s->today, .mail = mail_at, .invoice = number};
  snprintf(l->rung, sizeof l->rung, "%s", rung);
  s->letter_of[at] = s->letter_count;
}

/* The word after `mark` in the message's text. */
static size_t word_after(const char *text, const char *mark, const char **out) {
  const char *p = strstr(text, mark);
  if (!p) return 0;
  *out = p + strlen(mark);
  size_t n = 0;
  while ((*out)[n] && !isspace((unsigned char)(*out)[n])) n++;
  return n;
}

/* By its own words: rung, invoice and due date. */
static void told_by_words(sim *s, const handed *h, uint32_t mail_at) {
  const char *rung, *number, *due;
  const char *text = h->text;
  size_t r = word_after(text, "R=", &rung), n = word_after(text, "N=", &number), d = word_after(text, "D=", &due);
  if (!r || n < 3 || r > 6) return;
  char mark[8] = {0};
  memcpy(mark, rung, r);
  int which = atoi(number + 2);
  uint64_t key = hash_text(hash_text(7, rung, r), number, n);
  if (d)
    told(s, hash_text(key, due, strcspn(due, "O\n")), mail_at, which, mark, true);
  else /* of an event: it may happen again */
    told(s, hash_text(key, (const char *)&mail_at, sizeof mail_at), mail_at, which, mark, false);
}

/* By the store: every rung of every invoice that joined it. */
static void told_by_store(sim *s, const handed *by, uint32_t mail_at) {
  static const char SQL[] =
      "WITH lead AS (SELECT t.action AS id FROM attempt t WHERE t.provider_id = ?1 ORDER BY t.id DESC LIMIT 1) "
      "SELECT a.entity, a.\"offset\", i.due FROM action a JOIN lead ON a.id = lead.id OR a.lead = lead.id "
      "JOIN message_invoice i ON i.message = lead.id AND i.invoice = a.entity WHERE a.kind = 1 AND a.track = 'ladder' "
      "AND a.way = 0";
  sqlite3_stmt *q = sim_ask(s, SQL);
  if (!q) return;
  sqlite3_bind_text(q, 1, by->id, -1, SQLITE_STATIC);
  while (sqlite3_step(q) == SQLITE_ROW) {
    const char *number = (const char *)sqlite3_column_text(q, 0), *offset = (const char *)sqlite3_column_text(q, 1);
    int32_t due = sqlite3_column_int(q, 2);
    uint64_t h = hash_text(hash_text(11, number, strlen(number)), offset, strlen(offset));
    told(s, hash_text(h, (const char *)&due, sizeof due), mail_at, atoi(number + 2), "store", true);
  }
  sqlite3_reset(q);
}

/* ---- later ---- */

static void says_later(sim *s, uint32_t mail_at, action_state status, int64_t after_s) {
  if (s->bulletin_count == MAILS_MAX) return;
  s->bulletins[s->bulletin_count++] =
      (bulletin){.at_s = sim_now_s(s) + after_s, .mail = mail_at, .status = (int)status, .event = ++s->events};
  if (!sim_chance(&s->chance, 250) || s->bulletin_count == MAILS_MAX) return;
  s->bulletins[s->bulletin_count] = s->bulletins[s->bulletin_count - 1]; /* doubled */
  s->bulletins[s->bulletin_count++].at_s += 60 + sim_below(&s->chance, 5 * DAY_S);
}

static void accepted(sim *s, const handed *h, mail *m) {
  uint32_t at = (uint32_t)(m - s->mails);
  s->n.accepted++;
  if (++m->accepted > m->allowed) {
    s->n.double_sends++;
    sim_broken(s, 2, "the provider took message %s over %d times", m->id, m->accepted);
  }
  m->last_s = sim_now_s(s);
  m->day = m->called_on;
  told_by_words(s, h, at);
  if (!m->ours) told_by_store(s, h, at);
  uint64_t *c = &s->chance;
  if (s->calm) return;
  if (sim_chance(c, 30))
    says_later(s, at, ACTION_rejected, 30 + sim_below(c, DAY_S));
  else if (sim_chance(c, 400))
    says_later(s, at, ACTION_delivered, 10 + sim_below(c, 2 * DAY_S));
  if (sim_chance(c, 150)) says_later(s, at, ACTION_read, 30 + sim_below(c, 3 * DAY_S));
}

/* ---- at once ---- */

static const mail_report FINE = {MAIL_OK, MAIL_ANSWERED, 250, ""}, BUSY = {MAIL_REPLY, MAIL_RECIPIENT, 451, "4.3.2"},
                         BUSY_LATE = {MAIL_REPLY, MAIL_ANSWERED, 452, "4.2.2"},
                         GONE = {MAIL_REPLY, MAIL_RECIPIENT, 550, "5.1.1"},
                         REFUSED = {MAIL_REFUSED, MAIL_CONNECTING, 0, ""},
                         NO_ANSWER = {MAIL_TIMEOUT, MAIL_CONNECTING, 0, ""}, LOST = {MAIL_LOST, MAIL_BODY, 0, ""},
                         HANGS = {MAIL_TIMEOUT, MAIL_BODY, 0, ""};

static void unclear(sim *s, mail *m) {
  s->n.ambiguous += !m->unclear;
  m->unclear = m->open = true;
}

/* Nobody can tell from here on; it may or may not have been taken over. */
static void ambiguous(sim *s, const handed *h, mail *m) {
  unclear(s, m);
  if (sim_chance(&s->chance, 500)) accepted(s, h, m);
}

static void dies(sim *s, handed *k, mail *m) {
  shared *h = sim_shared;
  h->death = (death)(1 + sim_below(&s->chance, 3));
  s->n.deaths++;
  if (h->death == DEATH_BEFORE) {
    unclear(s, m); /* for the store */
  } else if (h->death == DEATH_DURING) {
    ambiguous(s, k, m);
  } else {
    unclear(s, m);
    accepted(s, k, m);
    k->report = FINE;
    h->fault = (fault){FAULT_KILL, h->writes + 1 + (long)sim_below(&s->chance, 3), false};
  }
}

static void answers(sim *s, handed *k, mail *m) {
  shared *h = sim_shared;
  uint64_t *c = &s->chance;
  uint32_t x = sim_below(c, 1000);
  int64_t took_ns = (int64_t)(50 + sim_below(c, 900)) * 1000000;
  k->report = FINE;
  m->open = false;
  if (s->calm) x = 1000;
  if (x < s->t.death && h->death == DEATH_NONE) {
    dies(s, k, m);
  } else if ((x -= s->t.death) < s->t.busy) {
    k->report = sim_chance(c, 500) ? BUSY : BUSY_LATE;
  } else if ((x -= s->t.busy) < s->t.reject) {
    k->report = GONE;
    m->open = true;
  } else if ((x -= s->t.reject) < s->t.down) {
    k->report = sim_chance(c, 500) ? REFUSED : NO_ANSWER;
    if (k->report.end == MAIL_TIMEOUT) took_ns = 10000000000;
  } else if ((x -= s->t.down) < s->t.lost) {
    k->report = LOST;
    ambiguous(s, k, m);
  } else if ((x -= s->t.lost) < s->t.hang) {
    k->report = HANGS;
    took_ns = 20000000000;
    ambiguous(s, k, m);
  } else {
    m->open = true;
    accepted(s, k, m);
  }
  if (took_ns > h->took_ns) h->took_ns = took_ns;
}

/* What happens elsewhere while the message is on its way. */
static void meanwhile(sim *s) {
  uint64_t *c = &s->chance;
  if (s->calm || s->depth >= DEPTH_MAX - 1) return;
  if (sim_chance(c, s->t.nested_import)) {
    for (int k = 0; k < 3; k++) sim_pay(s, (int)sim_below(c, (uint32_t)s->invoice_count), sim_chance(c, 700));
    s->n.racing++;
    sim_export(s);
    sim_import(s);
  }
  if (sim_chance(c, s->t.nested_run)) {
    s->n.nested_runs++;
    if (sim_serves(s) && sim_chance(c, 500))
      sim_serve_meanwhile(s);
    else
      sim_run(s);
  }
  if (sim_chance(c, s->t.nested_import)) sim_bulletins(s);
  if (sim_chance(c, s->t.jump / 8)) sim_set_clock(s);
}

/* What is seen as it leaves. */
static bool leaves(sim *s, const handed *k, mail *m) {
  s->n.calls++;
  sim_note(s, "call %s to %s: %.60s", k->id, k->to, k->text);
  m->ours = strncmp(k->to, "finance@", 8) == 0;
  if (m->calls++ && m->open)
    sim_broken(s, 3, "message %s is sent again; its last call (%d of them) may have arrived", m->id, m->calls - 1);
  m->open = true;
  sim_check_call(s, k, m);
  m->unclear = false;
  return !s->failed;
}

/* All of them leave; then the world goes on; then each is answered. */
void sim_call(sim *s) {
  handed call[TOGETHER_MAX]; /* what is in the shared memory changes as soon as another process lives */
  mail *m[TOGETHER_MAX];
  int n = sim_shared->calls;
  memcpy(call, sim_shared->call, sizeof call);
  s->today = sim_day(s, sim_now_s(s));
  s->n.together += n > 1;
  for (int i = 0; i < n; i++) {
    m[i] = sim_mail(s, call[i].id, true);
    if (!m[i]) sim_broken(s, 0, "more messages than the simulator counts");
    if (!m[i] || !leaves(s, &call[i], m[i])) return;
  }
  int64_t began = sim_now_s(s);
  meanwhile(s);
  bool late = sim_now_s(s) - began > 55; /* whoever ran meanwhile found calls without an end */
  sim_shared->death = DEATH_NONE;
  sim_shared->took_ns = 0;
  for (int i = 0; i < n && !s->failed; i++) {
    if (late) unclear(s, m[i]);
    answers(s, &call[i], m[i]);
  }
  bool unheard = sim_shared->death == DEATH_BEFORE || sim_shared->death == DEATH_DURING;
  for (int i = 0; i < n && unheard; i++) unclear(s, m[i]);
  memcpy(sim_shared->call, call, sizeof call);
}
