/* See agenda.h. A trigger deletes before it inserts: under an INSERT OR IGNORE of the statement that fired it, its own
 * OR REPLACE would be none. */
#include "agenda.h"

#include "search.h"
#include "store_impl.h"

#define TOUCH(rows)                                                                                                    \
  " BEGIN DELETE FROM next_due WHERE kind = 0 AND row IN (" rows "); "                                                 \
  "INSERT INTO next_due (kind, row, at) SELECT DISTINCT 0, column1, 0 FROM (SELECT NULL AS column1 WHERE 0 UNION "     \
  "ALL " rows ") WHERE column1 IS NOT NULL; END;"
#define ALL                                                                                                            \
  " BEGIN DELETE FROM sync_state WHERE key = 'agenda'; INSERT INTO sync_state (key, value) VALUES ('agenda', 'all'); " \
  "END;"
#define TRIGGER(name, when, what)                                                                                      \
  "DROP TRIGGER IF EXISTS agenda_" name ";"                                                                            \
  "CREATE TRIGGER agenda_" name " AFTER " when what
#define OF_ENTITY(row)                                                                                                 \
  "SELECT row FROM customer WHERE " row ".kind = 0 AND id = " row ".entity "                                           \
  "UNION ALL SELECT customer_row FROM invoice WHERE " row ".kind = 1 AND number = " row ".entity "                     \
  "UNION ALL SELECT customer_row FROM contract WHERE " row ".kind = 2 AND number = " row ".entity"
#define OF_HAPPENING(row)                                                                                              \
  "SELECT customer_row FROM invoice WHERE number = " row ".entity "                                                    \
  "UNION ALL SELECT customer_row FROM contract WHERE number = " row ".entity "                                         \
  "UNION ALL SELECT row FROM customer WHERE id = " row ".entity AND " row ".kind = 'erp event'"
/* What does not count against limits, nor as a contact (runtime/engine/history_store.c). */
#define UNSENT "('suppressed', 'expired', 'rejected', 'dead', 'cancelled', 'held', 'planned')"

/* The connection's own. */
#define FOCUS                                                                                                          \
  "CREATE TEMP TABLE IF NOT EXISTS focus (row INTEGER PRIMARY KEY, id TEXT NOT NULL, touched INTEGER NOT NULL);"       \
  "CREATE TEMP TABLE IF NOT EXISTS focus_entity (kind INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, id)) "    \
  "WITHOUT ROWID;"

static const char *const SCRIPT[] = {
    "CREATE INDEX IF NOT EXISTS invoice_customer ON invoice (customer_row);"
    "CREATE INDEX IF NOT EXISTS contract_customer ON contract (customer_row);"
    "CREATE INDEX IF NOT EXISTS happening_entity ON happening (entity);"
    "CREATE INDEX IF NOT EXISTS position_entity ON position (kind, entity);"
    "CREATE INDEX IF NOT EXISTS armed_entity ON armed (kind, entity);"
    "CREATE INDEX IF NOT EXISTS begun_entity ON begun (kind, entity);"
    "CREATE INDEX IF NOT EXISTS action_day ON action (decided_on);" FOCUS,
    TRIGGER("customer_new", "INSERT ON customer", TOUCH("SELECT NEW.row")),
    TRIGGER("customer", "UPDATE ON customer", TOUCH("SELECT NEW.row")),
    TRIGGER("invoice_new", "INSERT ON invoice", TOUCH("SELECT NEW.customer_row")),
    TRIGGER("invoice", "UPDATE ON invoice", TOUCH("SELECT OLD.customer_row UNION SELECT NEW.customer_row")),
    TRIGGER("currency", "UPDATE OF currency ON invoice WHEN OLD.currency IS NOT NEW.currency", ALL),
    /* Invoices of others may name it already. */
    TRIGGER("contract_new", "INSERT ON contract", ALL),
    TRIGGER("contract", "UPDATE ON contract", TOUCH("SELECT OLD.customer_row UNION SELECT NEW.customer_row")),
    TRIGGER("contract_moved",
            "UPDATE ON contract WHEN OLD.customer_row IS NOT NEW.customer_row OR OLD.currency IS NOT NEW.currency",
            ALL),
    TRIGGER("happening_new", "INSERT ON happening", TOUCH(OF_HAPPENING("NEW"))),
    TRIGGER("happening", "UPDATE ON happening", TOUCH(OF_HAPPENING("NEW"))),
    TRIGGER("happening_gone", "DELETE ON happening", TOUCH(OF_HAPPENING("OLD"))),
    TRIGGER("position", "INSERT ON position", TOUCH(OF_ENTITY("NEW"))),
    TRIGGER("armed_new", "INSERT ON armed", TOUCH(OF_ENTITY("NEW"))),
    TRIGGER("armed", "UPDATE ON armed WHEN OLD.armed IS NOT NEW.armed OR OLD.since IS NOT NEW.since",
            TOUCH(OF_ENTITY("NEW"))),
    TRIGGER("own_new", "INSERT ON own_state", TOUCH(OF_ENTITY("NEW"))),
    TRIGGER("own", "UPDATE ON own_state", TOUCH(OF_ENTITY("NEW"))),
    TRIGGER("action_new", "INSERT ON action", TOUCH("SELECT row FROM customer WHERE id = NEW.customer")),
    TRIGGER("action", "UPDATE OF state ON action WHEN (OLD.state IN " UNSENT ") IS NOT (NEW.state IN " UNSENT ")",
            TOUCH("SELECT row FROM customer WHERE id = NEW.customer")),
    TRIGGER("approval",
            "UPDATE OF state ON approval WHEN OLD.state IS NOT NEW.state AND NEW.state IN ('approved', 'rejected')",
            TOUCH("SELECT row FROM customer WHERE id = NEW.customer")),
    TRIGGER("activation", "UPDATE OF state ON activation WHEN OLD.state IS NOT NEW.state", ALL),
    TRIGGER("allowance",
            "UPDATE ON allowance WHEN OLD.messages IS NOT NEW.messages OR (OLD.state IS NOT NEW.state AND NEW.state IN "
            "('approved', 'rejected'))",
            ALL),
    TRIGGER("series_new", "INSERT ON series", ALL),
    TRIGGER("series", "UPDATE ON series", ALL),
    TRIGGER("series_gone", "DELETE ON series", ALL),
};

static store_code script(store *s, const char *sql) {
  return db_script(s->d, sql) == STORE_OK ? STORE_OK : store_failed(s);
}

store_code store_agenda_open(store *s) {
  store_code code = STORE_OK;
  for (size_t i = 0; i < sizeof SCRIPT / sizeof *SCRIPT && code == STORE_OK; i++) code = script(s, SCRIPT[i]);
  if (code == STORE_OK) code = store_search_open(s);
  return code == STORE_OK ? store_agenda_all(s, true) : code;
}

store_code store_agenda_all(store *s, bool all) {
  return store_state_set(s, SLICE("agenda"), all ? SLICE("all") : SLICE("kept"));
}

/* ---- looking ---- */

store_code store_agenda_look(store *s, int32_t day, store_agenda *out) {
  db_stmt *q;
  *out = (store_agenda){.wake_us = INT64_MAX};
  store_code code = store_prepared(
      s,
      "SELECT coalesce((SELECT value <> 'kept' FROM sync_state WHERE key = 'agenda'), 1), "
      "EXISTS (SELECT 1 FROM next_due WHERE at <= ?1), EXISTS (SELECT 1 FROM action WHERE state = 'ready'), "
      "min(coalesce((SELECT min(not_before) FROM action WHERE state = 'deferred'), 9223372036854775807), "
      "coalesce((SELECT min(lease_until) FROM action WHERE state = 'leased'), 9223372036854775807))",
      &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, day);
  code = db_step(q);
  if (code == STORE_ROW) {
    out->all = db_int(q, 0) != 0;
    out->any = db_int(q, 1) != 0;
    out->ready = db_int(q, 2) != 0;
    out->wake_us = db_int(q, 3);
  }
  code = code == STORE_ROW ? STORE_OK : store_failed(s);
  db_reset(q);
  return code;
}

static store_code one_int(store *s, const char *sql, int64_t bound, int64_t *out) {
  db_stmt *q;
  store_code code = store_prepared(s, sql, &q);
  if (code != STORE_OK) return code;
  if (db_parameters(q)) db_bind_int(q, 1, bound);
  code = store_one_int(s, q, out);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code store_changed(store *s, int64_t *version) { return one_int(s, "PRAGMA data_version", 0, version); }

store_code store_newest_happening(store *s, int64_t *seq) {
  *seq = 0;
  return one_int(s, "SELECT coalesce(max(seq), 0) FROM happening", 0, seq);
}

/* ---- the part at hand ---- */

static store_code do_with(store *s, const char *sql, int64_t a, int64_t b) {
  db_stmt *q;
  store_code code = store_prepared(s, sql, &q);
  if (code != STORE_OK) return code;
  if (db_parameters(q) > 0) db_bind_int(q, 1, a);
  if (db_parameters(q) > 1) db_bind_int(q, 2, b);
  return store_do(s, q);
}

/* Those that may be sent, or will be once their wait is over. */
static const char CARRIED[] =
    "INSERT OR IGNORE INTO temp.focus (row, id, touched) SELECT c.row, c.id, 0 FROM "
    "(SELECT DISTINCT customer AS id FROM action WHERE (state = 'ready' OR (state = 'deferred' AND not_before <= ?1) "
    "OR "
    "(state = 'leased' AND lease_until <= ?1)) AND lead IS NULL) a JOIN customer c ON c.id = a.id";
/* Of everybody nobody knows what was done before today's first look. */
static const char DECIDED[] =
    "INSERT OR REPLACE INTO temp.focus (row, id, touched) SELECT c.row, c.id, 1 FROM "
    "(SELECT DISTINCT customer AS id FROM action WHERE decided_on >= ?1) a JOIN customer c ON c.id = a.id";
static const char SET_BY_US[] =
    "INSERT OR REPLACE INTO temp.focus (row, id, touched) SELECT c.row, c.id, 1 FROM own_state o LEFT JOIN contract k "
    "ON o.kind = 2 AND k.number = o.entity JOIN customer c ON c.row = k.customer_row OR (o.kind = 0 AND c.id = "
    "o.entity) "
    "WHERE o.since >= ?1";

static store_code focus_entities(store *s) {
  static const char *const ENTITIES[] = {
      "INSERT INTO temp.focus_entity SELECT 0, id FROM temp.focus",
      "INSERT INTO temp.focus_entity SELECT 1, number FROM invoice WHERE customer_row IN (SELECT row FROM temp.focus)",
      "INSERT INTO temp.focus_entity SELECT 2, number FROM contract WHERE customer_row IN (SELECT row FROM "
      "temp.focus)"};
  store_code code = STORE_OK;
  for (size_t i = 0; i < sizeof ENTITIES / sizeof *ENTITIES && code == STORE_OK; i++)
    code = do_with(s, ENTITIES[i], 0, 0);
  return code;
}

store_code store_focus(store *s, int32_t day, int64_t now_us, bool ready, bool whole, int64_t *n) {
  *n = 0;
  s->focused = false;
  store_code code = do_with(s, "DELETE FROM temp.focus", 0, 0);
  if (code == STORE_OK) code = do_with(s, "DELETE FROM temp.focus_entity", 0, 0);
  if (code == STORE_OK)
    code = do_with(s,
                   "INSERT INTO temp.focus (row, id, touched) SELECT c.row, c.id, n.at = 0 FROM next_due n JOIN "
                   "customer c ON c.row = n.row WHERE n.at <= ?1",
                   day, 0);
  if (whole && code == STORE_OK) code = do_with(s, DECIDED, day, 0);
  if (whole && code == STORE_OK) code = do_with(s, SET_BY_US, day, 0);
  if (whole || code != STORE_OK) return code;
  if (ready) code = do_with(s, CARRIED, now_us, 0);
  if (code == STORE_OK) code = focus_entities(s);
  if (code == STORE_OK) code = one_int(s, "SELECT count(*) FROM temp.focus", 0, n);
  s->focused = code == STORE_OK;
  return code;
}

store_code store_focus_one(store *s, int64_t customer_row) {
  s->focused = false;
  store_code code = script(s, FOCUS);
  if (code == STORE_OK) code = do_with(s, "DELETE FROM temp.focus", 0, 0);
  if (code == STORE_OK) code = do_with(s, "DELETE FROM temp.focus_entity", 0, 0);
  if (code == STORE_OK)
    code = do_with(s, "INSERT INTO temp.focus (row, id, touched) SELECT row, id, 0 FROM customer WHERE row = ?1",
                   customer_row, 0);
  if (code == STORE_OK)
    code =
        do_with(s,
                "INSERT OR IGNORE INTO temp.focus (row, id, touched) SELECT c.row, c.id, 0 FROM invoice i CROSS JOIN "
                "contract k ON k.number = i.contract JOIN customer c ON c.row = k.customer_row WHERE i.customer_row "
                "= ?1",
                customer_row, 0);
  if (code == STORE_OK) code = focus_entities(s);
  s->focused = code == STORE_OK;
  return code;
}

const char *store_focus_sql(const store *s, store_table table) {
  if (!store_focused(s)) return NULL;
  switch (table) {
  case STORE_T_customer: return "t.row IN (SELECT row FROM temp.focus)";
  case STORE_T_invoice:
  case STORE_T_contract: return "t.customer_row IN (SELECT row FROM temp.focus)";
  case STORE_T_happening:
    return "(t.kind = 'erp event' AND t.entity IN (SELECT id FROM temp.focus_entity WHERE kind = 0) OR t.kind <> 'erp "
           "event' AND t.entity IN (SELECT id FROM temp.focus_entity WHERE kind > 0))";
  case STORE_T_position:
  case STORE_T_armed:
  case STORE_T_own_state:
  case STORE_T_anchor:
  case STORE_T_begun: return "(t.kind, t.entity) IN (SELECT kind, id FROM temp.focus_entity)";
  case STORE_T_action: return "t.customer IN (SELECT id FROM temp.focus)";
  case STORE_T_revision:
  case STORE_T_attempt:
  case STORE_T_event:
  case STORE_T_sync_state:
  case STORE_T_custom_field:
  case STORE_T_message:
  case STORE_T_message_invoice:
  case STORE_T_card:
  case STORE_T_provider_event:
  case STORE_T_channel_state:
  case STORE_T_approval:
  case STORE_T_activation:
  case STORE_T_activation_row:
  case STORE_T_allowance:
  case STORE_T_pause:
  case STORE_T_next_due:
  case STORE_T_series:
  case STORE_T_series_was:
  case STORE_T_rule_run:
  case STORE_TABLE_COUNT: break;
  }
  return NULL;
}

void store_focus_pause(store *s, bool pause) { s->focus_paused = pause; }
void store_focus_end(store *s) { s->focused = s->focus_paused = false; }
bool store_focused(const store *s) { return s->focused && !s->focus_paused; }

store_code store_focus_crosses(store *s, bool *crosses) {
  int64_t found = 0;
  store_code code = one_int(s,
                            "SELECT EXISTS (SELECT 1 FROM invoice i JOIN contract k ON k.number = i.contract WHERE "
                            "i.customer_row IN (SELECT row FROM temp.focus) AND k.customer_row <> i.customer_row)",
                            0, &found);
  *crosses = found != 0;
  return code;
}

store_code store_focus_touched(store *s, int64_t customer_row, bool *touched) {
  int64_t found = 0;
  store_code code = one_int(s, "SELECT touched FROM temp.focus WHERE row = ?1", customer_row, &found);
  *touched = found != 0;
  return code;
}

/* ---- days ---- */

store_code store_agenda_clear(store *s) {
  return s->focused ? do_with(s, "DELETE FROM next_due WHERE row IN (SELECT row FROM temp.focus)", 0, 0)
                    : do_with(s, "DELETE FROM next_due", 0, 0);
}

store_code store_agenda_set(store *s, int64_t customer_row, int32_t day) {
  if (day == AGENDA_NEVER) return STORE_OK;
  return do_with(s, "INSERT OR IGNORE INTO next_due (kind, row, at) VALUES (0, ?1, ?2)", customer_row, day);
}

store_code store_agenda_touch(store *s, int64_t customer_row) {
  return do_with(s, "INSERT OR REPLACE INTO next_due (kind, row, at) VALUES (0, ?1, 0)", customer_row, 0);
}
