/* See agreement.h. Changes; how they are looked up is agreement_look.c's. */
#include "agreement.h"

#include "board.h"
#include "lang/base/date.h"
#include "store_impl.h"

static const struct {
  const char *word;
  bool ends;
} STATES[] = {
#define STATE(id, word, ends) {word, ends},
    AGREEMENT_STATES(STATE)
#undef STATE
};
const char *agreement_state_name(agreement_state st) { return STATES[st].word; }
bool agreement_state_find(slice name, agreement_state *out) {
  for (int i = 0; i < AGREEMENT_STATE_COUNT; i++) {
    if (!slice_eq(name, slice_of(STATES[i].word))) continue;
    *out = (agreement_state)i;
    return true;
  }
  return false;
}

/* ---- the history of its cards ---- */

/* "17 in force". An agreement in force puts its cards aside; one that came to nothing brings them back. */
static store_code tell_cards(store *s, int64_t id, slice invoice, agreement_state st, slice by) {
  arena *scratch = arena_new();
  slice now = arena_printf(scratch, "%lld %s", (long long)id, STATES[st].word);
  store_entity e = {STORE_ENTITY_INVOICE, invoice};
  bool aside = st == AGREEMENT_IN_FORCE;
  bool back = st == AGREEMENT_REFUSED || st == AGREEMENT_BROKEN || st == AGREEMENT_OVERRIDDEN;
  store_code code = back ? board_come_back(s, e, BOARD_AGREEMENT, now)
                         : board_tell(s, e, BOARD_AGREEMENT, by, now, aside ? SLICE(BOARD_PROMISED) : SLICE(""));
  arena_free(scratch);
  return code;
}

/* ---- proposing ---- */

static store_code put_part(store *s, int64_t id, int32_t ordinal, const agreement_part *p) {
  db_stmt *q;
  store_code code =
      store_prepared(s, "INSERT INTO agreement_part (agreement, ordinal, due, amount) VALUES (?1, ?2, ?3, ?4)", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_int(q, 2, ordinal);
  db_bind_int(q, 3, p->due);
  db_bind_int(q, 4, p->amount);
  return store_do(s, q);
}

store_code agreement_propose(store *s, const agreement *a, int64_t *id) {
  db_stmt *q;
  store_code code =
      store_prepared(s,
                     "INSERT INTO agreement (invoice, customer, card, currency, open, due_was, note, state, "
                     "proposed_by, proposed_at) VALUES (?1, ?2, nullif(?3, 0), ?4, ?5, ?6, ?7, 'proposed', ?8, ?9)",
                     &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, a->invoice);
  db_bind_text(q, 2, a->customer);
  db_bind_int(q, 3, a->card);
  db_bind_text(q, 4, a->currency);
  db_bind_int(q, 5, a->open);
  db_bind_int(q, 6, a->due_was);
  db_bind_text(q, 7, a->note);
  db_bind_text(q, 8, a->proposed_by);
  db_bind_int(q, 9, store_now_us(s));
  code = store_do(s, q);
  *id = db_last_id(s->d);
  for (size_t i = 0; i < a->part_count && code == STORE_OK; i++) code = put_part(s, *id, (int32_t)i + 1, a->parts + i);
  return code == STORE_OK ? tell_cards(s, *id, a->invoice, AGREEMENT_PROPOSED, a->proposed_by) : code;
}

/* ---- states ---- */

store_code agreement_move_to(store *s, const agreement_move *m, bool *moved) {
  db_stmt *q;
  arena *scratch = arena_new();
  agreement a;
  *moved = false;
  store_code code =
      store_prepared(s,
                     "UPDATE agreement SET state = ?2, version = version + 1, reason = CASE ?4 WHEN '' THEN reason "
                     "ELSE ?4 END, answered_by = CASE ?5 WHEN '' THEN answered_by ELSE ?5 END, answered_at = CASE ?5 "
                     "WHEN '' THEN answered_at ELSE ?6 END, ended_at = CASE ?7 WHEN 1 THEN ?6 END, waits = CASE ?7 "
                     "WHEN 1 THEN 0 ELSE waits END WHERE id = ?1 AND state = ?3",
                     &q);
  if (code == STORE_OK) {
    db_bind_int(q, 1, m->id);
    db_bind_text(q, 2, slice_of(STATES[m->to].word));
    db_bind_text(q, 3, slice_of(STATES[m->from].word));
    db_bind_text(q, 4, m->reason);
    db_bind_text(q, 5, m->answers ? m->by : SLICE(""));
    db_bind_int(q, 6, store_now_us(s));
    db_bind_int(q, 7, STATES[m->to].ends);
    code = store_do(s, q);
    *moved = code == STORE_OK && db_changes(s->d) > 0;
  }
  if (*moved) code = agreement_find(s, m->id, scratch, &a);
  if (*moved && code == STORE_OK) code = tell_cards(s, m->id, a.invoice, m->to, m->by);
  arena_free(scratch);
  return code;
}

static store_code set(store *s, const char *sql, int64_t id, int64_t i, slice a, slice b) {
  db_stmt *q;
  store_code code = store_prepared(s, sql, &q);
  if (code != STORE_OK) return code;
  const int n = db_parameters(q);
  db_bind_int(q, 1, id);
  if (n > 1) db_bind_int(q, 2, i);
  if (n > 2) db_bind_text(q, 3, a);
  if (n > 3) db_bind_text(q, 4, b);
  return store_do(s, q);
}

store_code agreement_order_set(store *s, int64_t id, int64_t action, slice erp) {
  return set(s, "UPDATE agreement SET action = ?2, erp = ?3, waits = 1, version = version + 1 WHERE id = ?1", id,
             action, erp, SLICE(""));
}

store_code agreement_order_over(store *s, int64_t id, slice erp, slice reason) {
  return set(s,
             "UPDATE agreement SET waits = ?2, erp = ?3, reason = CASE ?4 WHEN '' THEN reason ELSE ?4 END, version = "
             "version + 1 WHERE id = ?1",
             id, 0, erp, reason);
}

store_code agreement_part_met(store *s, int64_t id, int32_t ordinal, int32_t on) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "UPDATE agreement_part SET met_on = ?3 WHERE agreement = ?1 AND ordinal = ?2 AND met_on IS NULL", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  db_bind_int(q, 2, ordinal);
  db_bind_int(q, 3, on);
  return store_do(s, q);
}

store_code agreement_at_hand(store *s, int64_t id, int32_t ordinal) {
  return set(s, "UPDATE agreement SET at_hand = ?2, version = version + 1 WHERE id = ?1", id, ordinal, SLICE(""),
             SLICE(""));
}

store_code agreement_told(store *s, int64_t id, int64_t action) {
  return set(s, "UPDATE agreement SET told = ?2 WHERE id = ?1", id, action, SLICE(""), SLICE(""));
}

/* ---- what became known of an invoice ---- */

store_code agreement_say(store *s, slice from, store_happening kind, slice invoice, int32_t on, int32_t day) {
  static const store_written columns[] = {{SLICE("date"), false},
                                          {SLICE("kind"), false},
                                          {SLICE("invoice"), false},
                                          {SLICE("value"), false},
                                          {SLICE("day"), false}};
  enum { EQUALS_MAX = 1000 };
  char text[DATE_TEXT_MAX];
  store_writer *w;
  store_put how = STORE_PUT_UNCHANGED;
  store_code code = store_writer_open(s, STORE_T_happening, from, columns, 5, &w);
  for (int i = 0; code == STORE_OK && how == STORE_PUT_UNCHANGED && i < EQUALS_MAX; i++) { /* said again is news */
    store_put_int(w, 0, on);
    store_put_text(w, 1, slice_of(store_happening_name(kind)));
    store_put_text(w, 2, invoice);
    store_put_text(w, 3, (slice){text, date_iso((civil_date){day}, text)});
    store_put_int(w, 4, day);
    code = store_put_row(w, &how);
  }
  store_writer_close(w);
  return code;
}

/* As runtime/store/done.c notes a date that the ERP took over, but the row keeps its own: the source would bring it
 * back. */
store_code agreement_due_here(store *s, slice invoice, int32_t on, int32_t day) {
  char text[DATE_TEXT_MAX];
  db_stmt *q;
  store_code code = store_prepared(
      s,
      "INSERT INTO happening (date, kind, entity, value, repeat, day, was, observed, batch, version, name) "
      "SELECT ?2, 'due date changed', i.number, ?3, (SELECT coalesce(max(h.repeat) + 1, 0) FROM happening h WHERE "
      "h.date = ?2 AND h.kind = 'due date changed' AND h.entity = i.number AND h.value = ?3 AND h.observed = 1), ?4, "
      "i.due, 1, i.batch, 1, 'dun' FROM invoice i WHERE i.number = ?1",
      &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, invoice);
  db_bind_int(q, 2, on);
  db_bind_text(q, 3, (slice){text, date_iso((civil_date){day}, text)});
  db_bind_int(q, 4, day);
  return store_do(s, q);
}
