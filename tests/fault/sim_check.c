/* The promises of docs/internals/faults.md, looked at from outside: through a connection of the keeper's own to the
 * store, and against what the keeper knows to be true.
 *
 * At every call to the provider: 1 (nothing that is settled or held), 6 (nothing over a backlog without a yes), 7
 * (`sending` is there for others to see), 8 and pauses; with the provider's own count 2, 3 and the limits. After every
 * process: 4 (actions only grow and only move along moves.def) and 9 (decisions have today's date). At the end: 5. */
#include "runtime/store/store.h"
#include "sim.h"

static int64_t first_number(sqlite3_stmt *q) {
  int64_t n =
      sqlite3_step(q) == SQLITE_ROW && sqlite3_column_type(q, 0) != SQLITE_NULL ? sqlite3_column_int64(q, 0) : -1;
  sqlite3_reset(q);
  return n;
}

int64_t sim_number_of(sim *s, const char *sql, int64_t value) {
  sqlite3_stmt *q = sim_ask(s, sql);
  if (!q) return -1;
  if (sqlite3_bind_parameter_count(q)) sqlite3_bind_int64(q, 1, value);
  return first_number(q);
}
int64_t sim_number(sim *s, const char *sql) { return sim_number_of(s, sql, 0); }

static bool words_of(sim *s, const char *sql, const char *value, char *out, size_t room) {
  sqlite3_stmt *q = sim_ask(s, sql);
  *out = 0;
  if (!q) return false;
  if (value) sqlite3_bind_text(q, 1, value, -1, SQLITE_STATIC);
  bool row = sqlite3_step(q) == SQLITE_ROW && sqlite3_column_type(q, 0) != SQLITE_NULL;
  if (row) snprintf(out, room, "%s", (const char *)sqlite3_column_text(q, 0));
  sqlite3_reset(q);
  return row;
}
bool sim_words(sim *s, const char *sql, char *out, size_t room) { return words_of(s, sql, NULL, out, room); }

/* ---- a call ---- */

typedef struct called {
  int64_t action, activation, expires, way, to_customer, revision;
  char state[24], customer[24];
  bool open;
} called;

static bool which(sim *s, const handed *h, called *c) {
  static const char SQL[] =
      "SELECT a.id, coalesce(a.activation, 0), coalesce(a.expires, 0), a.way, m.to_customer, a.state, a.customer, "
      "t.ended_at IS NULL, a.revision FROM attempt t JOIN action a ON a.id = t.action JOIN message m ON m.action = "
      "a.id "
      "WHERE t.provider_id = ?1 ORDER BY t.id DESC LIMIT 1";
  sqlite3_stmt *q = sim_ask(s, SQL);
  if (!q) return false;
  sqlite3_bind_text(q, 1, h->id, -1, SQLITE_STATIC);
  bool row = sqlite3_step(q) == SQLITE_ROW;
  if (row) {
    *c = (called){.action = sqlite3_column_int64(q, 0),
                  .activation = sqlite3_column_int64(q, 1),
                  .expires = sqlite3_column_int64(q, 2),
                  .way = sqlite3_column_int64(q, 3),
                  .to_customer = sqlite3_column_int64(q, 4),
                  .open = sqlite3_column_int(q, 7) != 0,
                  .revision = sqlite3_column_int64(q, 8)};
    snprintf(c->state, sizeof c->state, "%s", (const char *)sqlite3_column_text(q, 5));
    snprintf(c->customer, sizeof c->customer, "%s", (const char *)sqlite3_column_text(q, 6));
  }
  sqlite3_reset(q);
  return row;
}

/* Invoices of the message that must not be dunned, or not in these words. */
static void check_invoices(sim *s, const called *c) {
  static const char SQL[] =
      "SELECT m.invoice || CASE WHEN i.number IS NULL THEN ' is not in the store' WHEN i.status <> 'open' OR i.open <= "
      "0 "
      "THEN ' is settled' WHEN i.open <> m.open OR i.amount <> m.amount THEN ' has another amount' WHEN i.due <> m.due "
      "THEN "
      "' has another due date' WHEN i.currency <> m.currency THEN ' has another currency' WHEN i.disputed = 1 THEN "
      "' is disputed' ELSE ' is promised' END FROM message_invoice m LEFT JOIN invoice i ON i.number = m.invoice "
      "WHERE m.message = ?1 AND (i.number IS NULL OR i.status <> 'open' OR i.open <= 0 OR i.open <> m.open OR i.amount "
      "<> "
      "m.amount OR i.due <> m.due OR i.currency <> m.currency OR i.disputed = 1 OR i.promise >= ?2)";
  sqlite3_stmt *q = sim_ask(s, SQL);
  if (!q) {
    sim_broken(s, 0, "%s", sqlite3_errmsg(s->db));
    return;
  }
  sqlite3_bind_int64(q, 1, c->action);
  sqlite3_bind_int(q, 2, s->today);
  if (sqlite3_step(q) == SQLITE_ROW)
    sim_broken(s, 1, "a message goes out, and in the store its invoice %s", (const char *)sqlite3_column_text(q, 0));
  sqlite3_reset(q);
}

static void check_customer(sim *s, const handed *h, const called *c) {
  char now[64];
  words_of(s, "SELECT coalesce(email, '') FROM customer WHERE id = ?1", c->customer, now, sizeof now);
  if (strcmp(now, h->to) != 0) sim_broken(s, 1, "it goes to %s, the customer's address is '%s'", h->to, now);
  words_of(s, "SELECT coalesce(opted_out, '') FROM customer WHERE id = ?1", c->customer, now, sizeof now);
  if (strstr(now, "email")) sim_broken(s, 1, "the customer has opted out");
  /* What may have arrived on this civil day, as the provider knows it. */
  if (!s->limited || s->excused) return;
  int n = 0;
  for (uint32_t i = 0; i < s->mail_count; i++)
    n += s->mails[i].accepted && s->mails[i].last_s && strcmp(s->mails[i].id, h->id) != 0 && !s->mails[i].ours &&
         !s->mails[i].bounced && strcmp(s->mails[i].to, c->customer) == 0 && s->mails[i].day == s->today;
  if (n) sim_broken(s, 1, "customer %s has %d messages of today, and the limit is 1", c->customer, n);
}

/* The current rung is a message whose own day is over. */
static bool is_late(int32_t since) {
  static const int32_t PLACES[] = {-3, 0, 2, 5, 9};
  int32_t place = INT32_MIN;
  for (size_t k = 0; k < sizeof PLACES / sizeof *PLACES; k++)
    if (PLACES[k] <= since) place = PLACES[k];
  return place != INT32_MIN && place < since && since < 13;
}

void sim_look_for_backlog(sim *s) {
  static const char SQL[] =
      "SELECT i.due FROM invoice i JOIN customer c ON c.row = i.customer_row WHERE i.status = 'open' AND i.open > 0 "
      "AND "
      "coalesce(i.disputed, 0) = 0 AND i.promise IS NULL AND i.amount < 900000 AND coalesce(c.email, '') <> '' AND "
      "coalesce(c.opted_out, '') = ''";
  if (s->backlog_known || s->depth || !sim_open_store(s)) return;
  int64_t begun = sim_number(s, "SELECT (SELECT count(*) FROM action) + (SELECT count(*) FROM activation)");
  sqlite3_stmt *q = begun == 0 ? sim_ask(s, SQL) : NULL;
  int32_t day = sim_day(s, sim_now_s(s));
  int late = 0;
  s->backlog_known = begun > 0;
  if (!q) return;
  while (sqlite3_step(q) == SQLITE_ROW) late += is_late(day - sqlite3_column_int(q, 0));
  sqlite3_reset(q);
  s->backlog_locked = late > 1;
}

/* A run came through: over a ledger that it has seen, the policy is in force or waits. */
void sim_ran(sim *s) {
  if (!s->backlog_known && !s->depth && sim_number(s, "SELECT count(*) FROM invoice") > 0) s->backlog_known = true;
}

static void check_ramp(sim *s, const called *c, const mail *m) {
  static const char APPROVED[] = "SELECT count(*) FROM activation WHERE id = ?1 AND state IN ('approved', 'done')",
                    UNKNOWN[] = "SELECT count(*) FROM action a WHERE activation = ?1 AND lead IS NULL AND state = "
                                "'unknown' AND step > (SELECT judged FROM activation v WHERE v.id = ?1)",
                    TOTAL[] = "SELECT count(*) FROM action WHERE activation = ?1 AND lead IS NULL",
                    JUDGED[] = "SELECT judged FROM activation WHERE id = ?1";
  if (sim_number_of(s, APPROVED, c->activation) != 1) sim_broken(s, 6, "its plan is not approved");
  if (c->activation != s->ramp_plan) {
    s->ramp_plan = c->activation;
    s->ramp_sent = 0;
    s->ramp_began_s = sim_now_s(s);
  }
  if (!s->ramp_on) return;
  s->ramp_sent += m->calls == 1;
  if (s->ramp_sent > 10 && sim_now_s(s) - s->ramp_began_s < 15 * 60)
    sim_broken(s, 6, "%d messages of an approved plan in its first 15 minutes", s->ramp_sent);
  /* Those of the step that it was stopped in pass when a person lets it go on. It is judged after each twentieth. */
  if (!s->ramp_resumed && sim_number_of(s, JUDGED, c->activation) != 0)
    sim_broken(s, 6, "a step of a plan is let pass, and nobody said so");
  int64_t twentieth = sim_number_of(s, TOTAL, c->activation) / 20;
  if (sim_number_of(s, UNKNOWN, c->activation) > 2 && ++s->ramp_over > (twentieth > 20 ? twentieth : 20) + 1)
    sim_broken(s, 6, "more than 2 of an approved plan are unknown, and it goes on");
}

static void check_leave(sim *s, const called *c, const mail *m) {
  static const char SQL[] =
      "SELECT count(*) FROM pause WHERE ended_at IS NULL AND (scope = 'all' OR (scope = 'policy' AND name = 'Sim') OR "
      "(scope = 'channel' AND name = 'email') OR (scope = 'customer' AND name = ?1))";
  sqlite3_stmt *q = sim_ask(s, SQL);
  if (q && c->to_customer) sqlite3_bind_text(q, 1, c->customer, -1, SQLITE_STATIC);
  if (!q || first_number(q) != 0) sim_broken(s, 1, "a message goes out, and something is paused that covers it");
  if (s->held_by_restore) sim_broken(s, 8, "an older copy of the store sends, and nobody resumed it");
  int64_t apart = (sim_shared->wall_ns - sim_shared->steady_ns - sim_shared->apart_ns) / 1000000000;
  if (apart > 300 || apart < -300)
    sim_broken(s, 9, "the clock was set by %lld s while it ran, and it sends before anybody resumed it",
               (long long)apart);
  if (s->run_behind || sim_now_s(s) < s->run_high_s - 300)
    sim_broken(s, 9, "the clock went back, and it sends before anybody resumed it");
  if (c->to_customer && s->backlog_locked &&
      sim_number_of(s,
                    "SELECT max(a.decided_on - i.due - CAST(a.\"offset\" AS INTEGER)) FROM action a JOIN "
                    "message_invoice i ON i.message = a.id AND i.invoice = a.entity WHERE a.id = ?1",
                    c->action) > 0)
    sim_broken(s, 6, "over a backlog a message goes out, and nobody said yes");
  if (c->activation) check_ramp(s, c, m);
}

void sim_check_call(sim *s, const handed *h, const mail *m) {
  called c;
  int64_t now = sim_now_s(s), local = now + sim_offset(s, NULL, now);
  if (!which(s, h, &c)) {
    sim_broken(s, 7, "message %s leaves, and no attempt of it is in the store", m->id);
    return;
  }
  if (strcmp(c.state, "sending") != 0 || !c.open)
    sim_broken(s, 7, "message %s leaves, and in the store its action %lld is %s", m->id, (long long)c.action, c.state);
  if (sim_number_of(s, "SELECT count(*) FROM event WHERE kind = 'send' AND subject = 'action ' || ?1", c.action) <
      m->calls)
    sim_broken(s, 7, "message %s leaves, and the audit log does not have it", m->id);
  if (m->calls > 8 + 8 * m->resends) sim_broken(s, 5, "message %s is tried %d times", m->id, m->calls);
  check_leave(s, &c, m);
  if (c.expires && (int64_t)s->today * DAY_S * 1000000 >= c.expires) sim_broken(s, 1, "it is sent after it expired");
  if (!c.to_customer) return;
  snprintf(((mail *)m)->to, sizeof m->to, "%s", c.customer);
  ((mail *)m)->called_on = s->today;
  check_invoices(s, &c);
  check_customer(s, h, &c);
  int64_t second = local % DAY_S;
  if (s->hours && (second < 8 * 3600 || second > 20 * 3600))
    sim_broken(s, 1, "it is sent outside of the sending hours");
  if (now - s->import_s > 48 * 3600 + 60) sim_broken(s, 1, "it is sent, and the ledger is more than 48 hours old");
  static const char LARGE[] =
      "SELECT count(*) FROM message_invoice i JOIN invoice v ON v.number = i.invoice WHERE i.message = ?1 AND "
      "v.amount > 900000 AND NOT EXISTS (SELECT 1 FROM action a JOIN approval p ON a.track = p.track AND a.entity = "
      "p.entity AND a.cycle = p.cycle AND a.\"offset\" = p.\"offset\" WHERE (a.id = ?1 OR a.lead = ?1) AND a.entity = "
      "i.invoice AND p.state = 'approved')";
  if (s->asks_big && c.way == 0 && sim_number_of(s, LARGE, c.action) != 0)
    sim_broken(s, 6, "a large invoice is dunned, and nobody approved that");
}

/* ---- after a process ---- */

static const char WATCH[] =
    "CREATE TABLE IF NOT EXISTS sim_move (id INTEGER PRIMARY KEY, action INTEGER, was TEXT, is_now TEXT);"
    "CREATE TRIGGER IF NOT EXISTS sim_moved AFTER UPDATE OF state ON action WHEN OLD.state IS NOT NEW.state BEGIN "
    "INSERT INTO sim_move (action, was, is_now) VALUES (NEW.id, OLD.state, NEW.state); END;"
    "CREATE TRIGGER IF NOT EXISTS sim_born AFTER INSERT ON action BEGIN "
    "INSERT INTO sim_move (action, was, is_now) VALUES (NEW.id, 'planned', NEW.state); END;"
    "CREATE TRIGGER IF NOT EXISTS sim_gone AFTER DELETE ON action BEGIN "
    "INSERT INTO sim_move (action, was, is_now) VALUES (OLD.id, OLD.state, 'gone'); END;"
    "CREATE TRIGGER IF NOT EXISTS sim_key AFTER UPDATE OF track, kind, entity, cycle, \"offset\", ordinal, way, "
    "decided_on ON "
    "action BEGIN INSERT INTO sim_move (action, was, is_now) VALUES (OLD.id, 'key', 'changed'); END;";

/* How far a message came, whatever moves.def says. */
static int rank(action_state st) {
  return st == ACTION_accepted ? 1 : st == ACTION_delivered ? 2 : st == ACTION_read ? 3 : st == ACTION_replied ? 4 : 0;
}

static void check_moves(sim *s) {
  static const char SQL[] =
      "SELECT m.id, m.action, m.was, m.is_now, a.lead IS NULL FROM sim_move m LEFT JOIN action a ON a.id = m.action "
      "WHERE m.id > ?1 ORDER BY m.id";
  sqlite3_stmt *q = sim_ask(s, SQL);
  if (!q) return;
  sqlite3_bind_int64(q, 1, s->seen_moves);
  while (sqlite3_step(q) == SQLITE_ROW) {
    action_state from, to;
    const char *a = (const char *)sqlite3_column_text(q, 2), *b = (const char *)sqlite3_column_text(q, 3);
    s->seen_moves = sqlite3_column_int64(q, 0);
    bool known = action_state_find(slice_of(a), &from) && action_state_find(slice_of(b), &to);
    if (known && rank(to) && rank(to) < rank(from))
      sim_broken(s, 4, "action %lld went back from %s to %s", (long long)sqlite3_column_int64(q, 1), a, b);
    if (!known || !action_may_move(from, to))
      sim_broken(s, 4, "action %lld went from %s to %s", (long long)sqlite3_column_int64(q, 1), a, b);
    /* The provider of this house has nothing to look in: only a person, or what the provider says, ends it. */
    if (known && from == ACTION_unknown && to == ACTION_deferred)
      sim_broken(s, 3, "action %lld is tried again by itself after an unknown outcome",
                 (long long)sqlite3_column_int64(q, 1));
    if (known && to == ACTION_unknown) s->n.unknown += (uint64_t)sqlite3_column_int(q, 4);
    if (known && from == ACTION_unknown && to == ACTION_ready && --s->resends_due < 0)
      sim_broken(s, 3, "action %lld is ready again after an unknown outcome, and nobody said so",
                 (long long)sqlite3_column_int64(q, 1));
  }
  sqlite3_reset(q);
}

/* What the process left as `sending` nobody can tell the end of, whatever ended it. */
static void count_left(sim *s) {
  static const char SQL[] =
      "SELECT t.provider_id FROM action a JOIN attempt t ON t.action = a.id AND t.ended_at IS NULL "
      "WHERE a.state = 'sending' AND a.lead IS NULL";
  sqlite3_stmt *q = sim_ask(s, SQL);
  if (!q) return;
  while (sqlite3_step(q) == SQLITE_ROW) {
    const char *id = (const char *)sqlite3_column_text(q, 0);
    mail *m = id ? sim_mail(s, id, true) : NULL;
    if (!m || m->unclear) continue;
    m->unclear = true;
    s->n.ambiguous++;
  }
  sqlite3_reset(q);
}

/* The one thing that is written into the store from outside. */
static void watch(sim *s) {
  char path[160];
  sqlite3 *db = NULL;
  snprintf(path, sizeof path, "%s/dun.db", s->folder);
  sim_close_store(s);
  int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
  /* What a process that died left in the log must stay there for the next one. */
  if (rc == SQLITE_OK) sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_exec(db, WATCH, NULL, NULL, NULL);
  if (rc != SQLITE_OK) sim_broken(s, 0, "the store cannot be watched: %s", sqlite3_errmsg(db));
  sqlite3_close(db);
}

void sim_check_step(sim *s) {
  if (!sim_open_store(s) || sim_number(s, "SELECT count(*) FROM sqlite_master WHERE name = 'event_no_delete'") != 1)
    return;
  if (sim_number(s, "SELECT count(*) FROM sqlite_master WHERE name = 'sim_key'") != 1) watch(s);
  count_left(s);
  check_moves(s);
  int64_t actions = sim_number(s, "SELECT count(*) FROM action"), events = sim_number(s, "SELECT count(*) FROM event");
  if (actions < s->seen_actions)
    sim_broken(s, 4, "there were %lld actions, now %lld", (long long)s->seen_actions, (long long)actions);
  if (events < s->seen_events)
    sim_broken(s, 7, "the audit log had %lld entries, now %lld", (long long)s->seen_events, (long long)events);
  int32_t day = sim_day(s, sim_now_s(s));
  static const char OTHER_DAY[] =
      "SELECT count(*) FROM action WHERE id > ?1 AND way = 0 AND decided_on NOT BETWEEN ?2 AND ?3";
  sqlite3_stmt *q = actions > s->seen_actions ? sim_ask(s, OTHER_DAY) : NULL;
  if (q) {
    sqlite3_bind_int64(q, 1, s->seen_id);
    sqlite3_bind_int(q, 2, s->step_from < day ? s->step_from : day);
    sqlite3_bind_int(q, 3, s->step_to > day ? s->step_to : day);
    if (first_number(q) != 0) sim_broken(s, 9, "decisions of a day that is not today's civil date (%d)", day);
  }
  s->seen_actions = actions;
  s->seen_events = events;
  s->seen_id = sim_number(s, "SELECT coalesce(max(id), 0) FROM action");
  sim_note(s, "store: %lld actions, %lld events, moves %lld", (long long)actions, (long long)events,
           (long long)s->seen_moves);
}

/* ---- at the end of a day ---- */

static const struct {
  int promise;
  const char *sql, *what;
} NEVER[] = {
    {4,
     "SELECT count(*) FROM position p WHERE quiet = 0 AND track = 'ladder' AND kind = 1 AND NOT EXISTS (SELECT 1 FROM "
     "action a WHERE "
     "a.track = p.track AND a.kind = p.kind AND a.entity = p.entity AND a.cycle = p.cycle AND a.\"offset\" = "
     "p.\"offset\")",
     "a rung is climbed that nothing was decided for"},
    {4,
     "SELECT count(*) FROM action a WHERE track = 'ladder' AND kind = 1 AND NOT EXISTS (SELECT 1 FROM position p WHERE "
     "p.track = "
     "a.track AND p.kind = a.kind AND p.entity = a.entity AND p.cycle = a.cycle AND p.\"offset\" = a.\"offset\") AND "
     "NOT EXISTS (SELECT 1 "
     "FROM begun b WHERE b.track = a.track AND b.kind = a.kind AND b.entity = a.entity AND b.\"offset\" = "
     "a.\"offset\")",
     "a decision stands whose rung is not climbed"},
    {9,
     "SELECT count(*) FROM (SELECT 1 FROM action WHERE track LIKE 'every%' GROUP BY track, entity, decided_on, ordinal "
     "HAVING "
     "count(*) > 1)",
     "a rule of a day was done twice on one"},
    {3,
     "SELECT count(*) FROM action b WHERE b.way > 0 AND EXISTS (SELECT 1 FROM action a JOIN attempt t ON t.action = "
     "a.id WHERE a.track = "
     "b.track AND a.entity = b.entity AND a.cycle = b.cycle AND a.\"offset\" = b.\"offset\" AND a.ordinal = b.ordinal "
     "AND a.way = 0 AND "
     "a.state IN ('unknown', 'sending', 'accepted', 'delivered', 'read'))",
     "a message went another way although it may have arrived"},
    {4, "SELECT count(*) FROM action j JOIN action l ON l.id = j.lead WHERE j.state <> l.state",
     "an action that joined a message is not in its state"},
    {4,
     "SELECT count(*) FROM action WHERE state IN ('ready', 'leased', 'sending') AND lead IS NULL AND NOT EXISTS "
     "(SELECT 1 FROM message m "
     "WHERE m.action = action.id)",
     "an action is ready that has no message"},
};

void sim_check_day(sim *s) {
  if (!sim_open_store(s)) return;
  for (size_t i = 0; i < sizeof NEVER / sizeof *NEVER && !s->failed; i++) {
    int64_t n = sim_number(s, NEVER[i].sql);
    if (n > 0) sim_broken(s, NEVER[i].promise, "%s (%lld)", NEVER[i].what, (long long)n);
    if (n < 0 && s->seen_actions) sim_broken(s, 0, "cannot ask: %s", sqlite3_errmsg(s->db));
  }
}

/* ---- at the end of a seed ---- */

/* One was paid, and is thanked for it and no more; one was put off, and is told so on its new day. */
static void check_changed(sim *s) {
  int32_t day = 0;
  if (sim_letters_of(s, s->canary_paid, "thx", &day) != 1)
    sim_broken(s, 5, "invoice A-%d was paid, and nobody said thanks once", s->canary_paid);
  if (sim_letters_of(s, s->canary_paid, "2d", &day))
    sim_broken(s, 1, "invoice A-%d was paid, and dunned", s->canary_paid);
  if (!sim_letters_of(s, s->canary_moved, "0d", &day) || (s->tail_exact && day != s->invoices[s->canary_moved].due))
    sim_broken(s, 5, "invoice A-%d has a new due date, and its cycle did not begin anew", s->canary_moved);
}

static void check_canaries(sim *s) {
  static const char *const RUNGS[] = {"3b", "0d", "2d"};
  for (int i = 0; i < s->invoice_count; i++) {
    if (!s->invoices[i].from) continue;
    s->n.canaries++;
    if (i == s->canary_paid || i == s->canary_moved) continue;
    for (size_t k = 0; k < sizeof RUNGS / sizeof *RUNGS; k++) {
      int32_t day = 0, due = s->invoices[i].due + sim_rung_place(s, RUNGS[k]);
      if (due < s->invoices[i].from || due >= s->today) continue;
      uint32_t n = sim_letters_of(s, i, RUNGS[k], &day);
      if (n == 0) {
        s->n.lost++;
        sim_broken(s, 5, "rung %s of invoice A-%d was due on day %d and never sent", RUNGS[k], i, due - s->first_day);
      } else if (n > 1 || (s->tail_exact && day != due)) {
        sim_broken(s, 9, "rung %s of invoice A-%d was due on day %d, sent on day %d, %u times", RUNGS[k], i,
                   due - s->first_day, day - s->first_day, n);
      }
    }
  }
}

/* An invoice to which nothing happened has climbed its current rung. */
static void check_plain(sim *s) {
  static const int32_t PLACES[] = {14, 20};
  for (int i = 0; i < s->invoice_count && !s->limited && !s->failed; i++) {
    const invoice *v = &s->invoices[i];
    int32_t since = s->today - 1 - v->due, place = INT32_MIN;
    static const char *const RUNGS[] = {"3b", "0d", "2d", "5d", "6d", "9d"};
    for (size_t k = 0; k < sizeof RUNGS / sizeof *RUNGS; k++) {
      int32_t p = sim_rung_place(s, RUNGS[k]);
      if (p <= since && p > place) place = p;
    }
    for (size_t k = 0; k < 2; k++)
      if (PLACES[k] <= since) place = PLACES[k];
    if (!v->plain || v->from || place == INT32_MIN || place < 0 || v->born > s->today - 3) continue;
    sqlite3_stmt *q =
        sim_ask(s, "SELECT count(*) FROM position WHERE track = 'ladder' AND entity = 'A-' || ?1 AND place >= ?2");
    if (q) sqlite3_bind_int(q, 1, i);
    if (q) sqlite3_bind_int(q, 2, place);
    if (!q || first_number(q) < 1) {
      s->n.lost++;
      sim_broken(s, 5, "invoice A-%d has not climbed the rung of %d days, and nothing holds it", i, place);
    }
  }
}

void sim_check_end(sim *s) {
  char what[200];
  if (sim_words(s,
                "SELECT id || ' is ' || state || ' since ' || coalesce(state_at, at) || ': ' || reason FROM action "
                "WHERE state IN "
                "('ready', 'leased', 'sending', 'deferred', 'approved', 'planned') "
                /* Four a week: it may be the fifth. */
                "AND reason NOT LIKE '%as often as the policy allows' LIMIT 1",
                what, sizeof what))
    sim_broken(s, 5, "faults ended five days ago, and action %s", what);
  if (s->n.unknown > s->n.ambiguous && !s->excused)
    sim_broken(s, 3, "%llu messages became unknown, and %llu faults were such that nobody can tell",
               (unsigned long long)s->n.unknown, (unsigned long long)s->n.ambiguous);
  if (!s->failed) check_canaries(s);
  if (!s->failed) check_changed(s);
  if (!s->failed) check_plain(s);
}
