/* See board.h: cards by column, page by page; the history of one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "lang/base/date.h"
#include "lang/base/utf8.h"
#include "store_impl.h"

#define CARD                                                                                                           \
  "SELECT c.id, c.version, c.action, c.kind, c.entity, c.customer, coalesce(k.name, ''), c.board, c.lane, c.title, "   \
  "c.priority, c.assignee, c.due_on, c.opened_on, c.closed_on, i.row IS NOT NULL, coalesce(i.currency, ''), "          \
  "coalesce(i.status, ''), coalesce(i.open, 0), coalesce(i.due, 0), coalesce((SELECT g.state FROM agreement g WHERE "  \
  "c.kind = 1 AND g.invoice = c.entity AND g.state IN ('proposed', 'ordered', 'in force') ORDER BY g.id DESC LIMIT "   \
  "1), ''), (SELECT count(*) FROM card_event v WHERE v.card = c.id AND v.kind = 'comment'), c.rank "                   \
  "FROM card c LEFT JOIN customer k ON k.id = c.customer LEFT JOIN invoice i ON c.kind = 1 AND i.number = c.entity "
enum { RANK = 22 };

static store_code ended(store *s, db_stmt *q, store_code code) {
  code = store_ended(s, q, code);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

static int32_t day_at(db_stmt *q, int i) { return db_is_null(q, i) ? DATE_NONE_DAY : (int32_t)db_int(q, i); }

/* Texts stay the statement's. */
static board_card read_card(db_stmt *q) {
  return (board_card){.id = db_int(q, 0),
                      .version = db_int(q, 1),
                      .action = db_int(q, 2),
                      .entity = {(store_entity_kind)db_int(q, 3), db_text(q, 4)},
                      .customer = db_text(q, 5),
                      .customer_name = db_text(q, 6),
                      .board = db_text(q, 7),
                      .lane = db_text(q, 8),
                      .title = db_text(q, 9),
                      .priority = db_text(q, 10),
                      .assignee = db_text(q, 11),
                      .due_on = day_at(q, 12),
                      .opened_on = (int32_t)db_int(q, 13),
                      .closed_on = day_at(q, 14),
                      .has_invoice = db_int(q, 15) != 0,
                      .currency = db_text(q, 16),
                      .status = db_text(q, 17),
                      .open = db_int(q, 18),
                      .due = (int32_t)db_int(q, 19),
                      .agreement = db_text(q, 20),
                      .comments = db_int(q, 21)};
}

static board_card keep(board_card c, arena *perm) {
  slice *const texts[] = {&c.entity.id, &c.customer, &c.customer_name, &c.board,  &c.lane,     &c.title,
                          &c.priority,  &c.assignee, &c.currency,      &c.status, &c.agreement};
  /* an array of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) *texts[i] = arena_slice(perm, *texts[i]);
  return c;
}

/* ---- columns ---- */

store_code board_lanes(store *s, arena *perm, board_lane **out, size_t *count) {
  enum { ROOM = 500 };
  db_stmt *q;
  *out = ARENA_ARRAY(perm, ROOM, board_lane);
  *count = 0;
  store_code code =
      store_prepared(s, "SELECT lane, count(*) FROM card WHERE closed_on IS NULL GROUP BY lane ORDER BY lane", &q);
  if (code != STORE_OK) return code;
  while ((code = db_step(q)) == STORE_ROW && *count < ROOM)
    (*out)[(*count)++] = (board_lane){arena_slice(perm, db_text(q, 0)), db_int(q, 1)};
  return ended(s, q, code);
}

/* "100020500.17": the place of a card in its column. */
static void read_key(slice key, arena *scratch, bool down, int64_t *rank, int64_t *id) {
  *rank = down ? INT64_MAX : INT64_MIN;
  *id = *rank;
  if (!key.n) return;
  char *rest;
  *rank = strtoll(arena_copy(scratch, key), &rest, 10);
  *id = *rest == '.' ? strtoll(rest + 1, NULL, 10) : *id;
}

static bool speaks_of(const board_card *c, slice words) {
  return utf8_fold_contains(c->title, words) || utf8_fold_contains(c->entity.id, words) ||
         utf8_fold_contains(c->customer, words) || utf8_fold_contains(c->customer_name, words);
}

#define FILTERED                                                                                                       \
  "AND (?4 = '' OR c.customer = ?4) AND (?5 = '' OR c.assignee = ?5) AND (?6 = 0 OR c.assignee = '') AND (?7 < 0 OR "  \
  "c.kind = ?7) AND (?8 IS NULL OR c.due_on < ?8) "

static void bind_filter(db_stmt *q, const board_filter *f, slice lane) {
  db_bind_text(q, 1, lane);
  db_bind_text(q, 4, f->customer);
  db_bind_text(q, 5, f->assignee);
  db_bind_int(q, 6, f->unassigned);
  db_bind_int(q, 7, f->entity);
  if (f->overdue_on == DATE_NONE_DAY)
    db_bind_null(q, 8);
  else
    db_bind_int(q, 8, f->overdue_on);
}

store_code board_page(store *s, const board_filter *f, slice lane, slice after, size_t limit, arena *perm,
                      board_card *out, size_t *count, slice *next) {
  static const char OPEN[] =
      CARD "WHERE c.closed_on IS NULL AND c.lane = ?1 AND (c.rank, c.id) > (?2, ?3) " FILTERED "ORDER BY c.rank, c.id";
  static const char CLOSED[] =
      CARD "WHERE c.closed_on IS NOT NULL AND c.lane = ?1 AND c.id < ?3 " FILTERED "ORDER BY c.id DESC";
  db_stmt *q;
  int64_t rank, id, last_rank = 0;
  *count = 0;
  *next = (slice){0};
  store_code code = store_prepared(s, f->closed ? CLOSED : OPEN, &q);
  if (code != STORE_OK) return code;
  bind_filter(q, f, lane);
  read_key(after, perm, f->closed, &rank, &id);
  if (!f->closed) db_bind_int(q, 2, rank);
  db_bind_int(q, 3, id);
  while ((code = db_step(q)) == STORE_ROW) {
    board_card c = read_card(q);
    if (f->text.n && !speaks_of(&c, f->text)) continue;
    if (*count == limit) {
      *next = arena_printf(perm, "%lld.%lld", (long long)last_rank, (long long)out[limit - 1].id);
      break;
    }
    last_rank = db_int(q, RANK);
    out[(*count)++] = keep(c, perm);
  }
  return ended(s, q, code);
}

store_code board_find(store *s, int64_t id, arena *perm, board_card *out) {
  static const char ONE[] = CARD "WHERE c.id = ?1";
  db_stmt *q;
  store_code code = store_prepared(s, ONE, &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, id);
  code = db_step(q);
  if (code == STORE_ROW) *out = keep(read_card(q), perm);
  code = store_ended(s, q, code);
  return code == STORE_ROW ? STORE_OK : code;
}

store_code board_card_of(store *s, store_entity e, int64_t *id) {
  db_stmt *q;
  *id = 0;
  store_code code = store_prepared(
      s, "SELECT id FROM card WHERE kind = ?1 AND entity = ?2 AND closed_on IS NULL ORDER BY id DESC LIMIT 1", &q);
  if (code != STORE_OK) return code;
  store_bind_entity(q, 1, e);
  code = store_one_int(s, q, id);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code board_of_customer(store *s, slice customer, arena *perm, board_card *out, size_t room, size_t *count) {
  static const char HIS[] = CARD "WHERE c.customer = ?1 ORDER BY c.id DESC LIMIT ?2";
  db_stmt *q;
  *count = 0;
  store_code code = store_prepared(s, HIS, &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, customer);
  db_bind_int(q, 2, (int64_t)room);
  while ((code = db_step(q)) == STORE_ROW) out[(*count)++] = keep(read_card(q), perm);
  return ended(s, q, code);
}

store_code board_unsettled(store *s, slice lane, arena *perm, board_unsettled_row **out, size_t *count) {
  db_stmt *q;
  size_t room = 0;
  *out = NULL;
  *count = 0;
  store_code code =
      store_prepared(s,
                     "SELECT DISTINCT i.number, i.status = 'paid' FROM card c JOIN invoice i ON i.number = c.entity "
                     "WHERE c.kind = 1 AND c.closed_on IS NULL AND c.lane <> ?1 AND NOT EXISTS (SELECT 1 FROM "
                     "card_event v WHERE v.card = c.id AND v.now = ?1 AND (v.kind = 'paid' OR v.actor = 'policy'))",
                     &q);
  if (code != STORE_OK) return code;
  db_bind_text(q, 1, lane);
  while ((code = db_step(q)) == STORE_ROW) {
    if (*count == room) {
      room = room ? room * 2 : 64;
      board_unsettled_row *v = ARENA_ARRAY(perm, room, board_unsettled_row);
      if (*count) memcpy(v, *out, *count * sizeof *v);
      *out = v;
    }
    (*out)[(*count)++] = (board_unsettled_row){arena_slice(perm, db_text(q, 0)), db_int(q, 1) != 0};
  }
  return ended(s, q, code);
}

/* ---- the history of a card ---- */

store_code board_history(store *s, int64_t card, int64_t after, arena *perm, board_event *out, size_t room,
                         size_t *count) {
  db_stmt *q;
  *count = 0;
  store_code code = store_prepared(s,
                                   "SELECT id, at, actor, kind, was, now, words FROM card_event WHERE card = ?1 AND id "
                                   "> ?2 ORDER BY id LIMIT ?3",
                                   &q);
  if (code != STORE_OK) return code;
  db_bind_int(q, 1, card);
  db_bind_int(q, 2, after);
  db_bind_int(q, 3, (int64_t)room);
  while ((code = db_step(q)) == STORE_ROW)
    out[(*count)++] = (board_event){.id = db_int(q, 0),
                                    .at_us = db_int(q, 1),
                                    .actor = arena_slice(perm, db_text(q, 2)),
                                    .kind = arena_slice(perm, db_text(q, 3)),
                                    .was = arena_slice(perm, db_text(q, 4)),
                                    .now = arena_slice(perm, db_text(q, 5)),
                                    .words = arena_slice(perm, db_text(q, 6))};
  return ended(s, q, code);
}
