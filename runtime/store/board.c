/* See board.h. What people and Dun do to cards; how they are looked through is board_look.c's. */
#include "board.h"

#include <stdio.h>

#include "lang/base/date.h"
#include "store_impl.h"

static const char *const EVENT_NAME[] = {
#define EVENT(id, word) word,
    BOARD_EVENTS(EVENT)
#undef EVENT
};
const char *board_event_name(board_event_kind k) { return EVENT_NAME[k]; }

/* ---- a row of the history ---- */

typedef struct told {
  int64_t card;
  slice by;
  board_event_kind kind;
  slice was, now, words;
} told;

static store_code tell(store *s, const told *t) {
  db_stmt *q;
  store_code code = store_prepared(
      s, "INSERT INTO card_event (card, at, actor, kind, was, now, words) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, t->card);
  db_bind_int(q, 2, store_now_us(s));
  db_bind_text(q, 3, t->by);
  db_bind_text(q, 4, slice_of(EVENT_NAME[t->kind]));
  db_bind_text(q, 5, t->was);
  db_bind_text(q, 6, t->now);
  db_bind_text(q, 7, t->words);
  return store_do(s, q);
}

/* ---- what a person does ---- */

/* The card as it is before the change. Texts are in `perm`. */
typedef struct standing {
  slice lane, assignee;
  int32_t due_on;
  bool closed;
} standing;

static store_code look(store *s, const board_act *a, arena *perm, standing *out, board_answer *answer) {
  db_stmt *q;
  int64_t version = 0;
  *answer = BOARD_NOT_THERE;
  store_code code =
      store_prepared(s, "SELECT version, lane, assignee, due_on, closed_on IS NOT NULL FROM card WHERE id = ?1", &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, a->card);
  code = db_step(q);
  if (code == STORE_ROW) {
    version = db_int(q, 0);
    *out = (standing){.lane = arena_slice(perm, db_text(q, 1)),
                      .assignee = arena_slice(perm, db_text(q, 2)),
                      .due_on = db_is_null(q, 3) ? DATE_NONE_DAY : (int32_t)db_int(q, 3),
                      .closed = db_int(q, 4) != 0};
    *answer = a->version && a->version != version ? BOARD_CHANGED_MEANWHILE : BOARD_DONE;
  }
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* One column of the card, and its version. */
static store_code change(store *s, const char *sql, const board_act *a, slice text, int64_t i, bool is_text) {
  db_stmt *q;
  store_code code = store_prepared(s, sql, &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, a->card);
  if (is_text)
    db_bind_text(q, 2, text);
  else if (i == DATE_NONE_DAY)
    db_bind_null(q, 2);
  else
    db_bind_int(q, 2, i);
  return store_do(s, q);
}

static const char PLACE[] =
    "UPDATE card SET place = CASE ?2 WHEN board THEN '' ELSE ?2 END, version = version + 1 WHERE id = ?1";

store_code board_move(store *s, const board_act *a, slice lane, board_answer *answer) {
  arena *scratch = arena_new();
  standing now;
  store_code code = look(s, a, scratch, &now, answer);
  if (*answer == BOARD_DONE && (now.closed || slice_eq(now.lane, lane))) *answer = BOARD_NOT_SO;
  if (code == STORE_OK && *answer == BOARD_DONE) code = change(s, PLACE, a, lane, 0, true);
  if (code == STORE_OK && *answer == BOARD_DONE)
    code = tell(s, &(told){.card = a->card, .by = a->by, .kind = BOARD_MOVED, .was = now.lane, .now = lane});
  arena_free(scratch);
  return code;
}

store_code board_assign(store *s, const board_act *a, slice who, board_answer *answer) {
  arena *scratch = arena_new();
  standing now;
  store_code code = look(s, a, scratch, &now, answer);
  if (*answer == BOARD_DONE && now.closed) *answer = BOARD_NOT_SO;
  if (code == STORE_OK && *answer == BOARD_DONE)
    code = change(s, "UPDATE card SET assignee = ?2, version = version + 1 WHERE id = ?1", a, who, 0, true);
  if (code == STORE_OK && *answer == BOARD_DONE)
    code = tell(s, &(told){.card = a->card, .by = a->by, .kind = BOARD_ASSIGNED, .was = now.assignee, .now = who});
  arena_free(scratch);
  return code;
}

static slice day_text(int32_t day, char out[DATE_TEXT_MAX]) { return (slice){out, date_iso((civil_date){day}, out)}; }

store_code board_set_due(store *s, const board_act *a, int32_t due, board_answer *answer) {
  char was[DATE_TEXT_MAX], is[DATE_TEXT_MAX];
  arena *scratch = arena_new();
  standing now;
  store_code code = look(s, a, scratch, &now, answer);
  if (*answer == BOARD_DONE && now.closed) *answer = BOARD_NOT_SO;
  if (code == STORE_OK && *answer == BOARD_DONE)
    code = change(s, "UPDATE card SET due_on = ?2, version = version + 1 WHERE id = ?1", a, SLICE(""), due, false);
  if (code == STORE_OK && *answer == BOARD_DONE)
    code = tell(s, &(told){.card = a->card,
                           .by = a->by,
                           .kind = BOARD_DUE,
                           .was = day_text(now.due_on, was),
                           .now = day_text(due, is)});
  arena_free(scratch);
  return code;
}

/* Closed or open again. */
static store_code shut(store *s, const board_act *a, bool close, board_answer *answer) {
  arena *scratch = arena_new();
  standing now;
  store_code code = look(s, a, scratch, &now, answer);
  if (*answer == BOARD_DONE && now.closed == close) *answer = BOARD_NOT_SO;
  if (code == STORE_OK && *answer == BOARD_DONE)
    code = change(s, "UPDATE card SET closed_on = ?2, version = version + 1 WHERE id = ?1", a, SLICE(""),
                  close ? a->today : DATE_NONE_DAY, false);
  if (code == STORE_OK && *answer == BOARD_DONE)
    code = tell(s, &(told){.card = a->card, .by = a->by, .kind = close ? BOARD_CLOSED : BOARD_REOPENED});
  arena_free(scratch);
  return code;
}

store_code board_close(store *s, const board_act *a, board_answer *answer) { return shut(s, a, true, answer); }
store_code board_reopen(store *s, const board_act *a, board_answer *answer) { return shut(s, a, false, answer); }

store_code board_comment(store *s, const board_act *a, slice words, board_answer *answer) {
  arena *scratch = arena_new();
  board_act any = *a;
  standing now;
  any.version = 0;
  store_code code = look(s, &any, scratch, &now, answer);
  if (code == STORE_OK && *answer == BOARD_DONE)
    code = tell(s, &(told){.card = a->card, .by = a->by, .kind = BOARD_COMMENT, .words = words});
  arena_free(scratch);
  return code;
}

/* ---- what the policy does ---- */

store_code store_card_open(store *s, const store_card *c) {
  db_stmt *q;
  store_code code =
      store_prepared(s,
                     "INSERT OR IGNORE INTO card (action, kind, entity, customer, board, place, title, priority, "
                     "assignee, due_on, opened_on) VALUES (?1, ?2, ?3, ?4, ?5, '', ?6, ?7, ?8, ?9, ?10)",
                     &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, c->action);
  db_bind_int(q, 2, (int64_t)c->entity.kind);
  db_bind_text(q, 3, c->entity.id);
  db_bind_text(q, 4, c->customer);
  db_bind_text(q, 5, c->board);
  db_bind_text(q, 6, c->title);
  db_bind_text(q, 7, c->priority);
  db_bind_text(q, 8, c->assignee);
  if (c->has_due_on)
    db_bind_int(q, 9, c->due_on);
  else
    db_bind_null(q, 9);
  db_bind_int(q, 10, c->opened_on);
  code = store_do(s, q);
  if (code != STORE_OK || !db_changes(s->d)) return code;
  return tell(s,
              &(told){.card = db_last_id(s->d), .by = SLICE(BOARD_BY_POLICY), .kind = BOARD_OPENED, .now = c->board});
}

/* The history of each open card of an entity, before it is changed; those alone that do not stand in `lane` yet, where
 * one is named. */
static store_code tell_each(store *s, store_entity e, board_event_kind k, slice by, slice now, slice lane) {
  db_stmt *q;
  store_code code = store_prepared(
      s,
      "INSERT INTO card_event (card, at, actor, kind, was, now, words) SELECT id, ?3, ?4, ?5, lane, ?6, '' FROM card "
      "WHERE kind = ?1 AND entity = ?2 AND closed_on IS NULL AND lane <> ?7",
      &q);
  if (code != STORE_OK) return code;
  store_bind_entity(q, 1, e);
  db_bind_int(q, 3, store_now_us(s));
  db_bind_text(q, 4, by);
  db_bind_text(q, 5, slice_of(EVENT_NAME[k]));
  db_bind_text(q, 6, now);
  db_bind_text(q, 7, lane);
  return store_do(s, q);
}

static store_code place_each(store *s, store_entity e, slice lane) {
  db_stmt *q;
  store_code code = store_prepared(s,
                                   "UPDATE card SET place = CASE ?3 WHEN board THEN '' ELSE ?3 END, version = version "
                                   "+ 1 WHERE kind = ?1 AND entity = ?2 AND closed_on IS NULL AND lane <> ?3",
                                   &q);
  if (code != STORE_OK) return code;
  store_bind_entity(q, 1, e);
  db_bind_text(q, 3, lane);
  return store_do(s, q);
}

store_code board_tell(store *s, store_entity e, board_event_kind k, slice by, slice now, slice lane) {
  bool moves_alone = k == BOARD_MOVED || k == BOARD_PAID; /* what stands there already was told before */
  store_code code = tell_each(s, e, k, by, now, moves_alone ? lane : SLICE(""));
  return code == STORE_OK && lane.n ? place_each(s, e, lane) : code;
}

store_code store_card_move(store *s, store_entity entity, slice place) {
  return board_tell(s, entity, BOARD_MOVED, SLICE(BOARD_BY_POLICY), place, place);
}

store_code store_card_close(store *s, store_entity entity, int32_t on) {
  db_stmt *q;
  store_code code = tell_each(s, entity, BOARD_CLOSED, SLICE(BOARD_BY_POLICY), SLICE(""), SLICE(""));
  if (code != STORE_OK) return code;
  code = store_prepared(s,
                        "UPDATE card SET closed_on = ?3, version = version + 1 WHERE kind = ?1 AND entity = ?2 AND "
                        "closed_on IS NULL",
                        &q);
  if (code != STORE_OK) return code;
  store_bind_entity(q, 1, entity);
  db_bind_int(q, 3, on);
  return store_do(s, q);
}

/* Where it stood when it was put aside: the row that put it into the column `Promised`. */
store_code board_come_back(store *s, store_entity e, board_event_kind k, slice now) {
  static const char BACK[] =
      "UPDATE card SET place = coalesce((SELECT CASE v.was WHEN card.board THEN '' ELSE v.was END FROM card_event v "
      "WHERE v.card = card.id AND v.kind IN ('promise', 'agreement') AND v.was NOT IN ('', '" BOARD_PROMISED "') ORDER "
      "BY v.id DESC LIMIT 1), ''), version = version + 1 WHERE kind = ?1 AND entity = ?2 AND closed_on IS NULL AND "
      "lane = '" BOARD_PROMISED "'";
  db_stmt *q;
  store_code code = tell_each(s, e, k, SLICE(BOARD_BY_DUN), now, SLICE(""));
  if (code == STORE_OK) code = store_prepared(s, BACK, &q);
  if (code != STORE_OK) return code;
  store_bind_entity(q, 1, e);
  return store_do(s, q);
}
