/* See outbox_show.h. Machines get canonical words and instants, people the language's. */
#include "outbox_show.h"

#include "held.h"
#include "runtime/store/part.h"

static slice said(session *s, slice english) {
  return s->a->format == OUT_table ? texts_said(s->lang, s->perm, english) : english;
}

/* "2026-11-22 02:15 UTC" for machines; under a title that says UTC, without. */
static slice instant(session *s, bool null, int64_t us) {
  if (null || us == 0) return (slice){0};
  slice at = held_instant(s, us);
  return s->a->format == OUT_table && at.n > 4 ? (slice){at.p, at.n - 4} : at;
}

static slice civil(session *s, int64_t day) {
  char iso[DATE_TEXT_MAX];
  return arena_slice(s->perm, (slice){iso, date_iso((civil_date){(int32_t)day}, iso)});
}

/* ---- list ---- */

void outbox_columns(session *s, out_column columns[OUTBOX_COLUMNS]) {
  static const struct {
    out_column column;
    text_id title;
  } OF[OUTBOX_COLUMNS] = {{{"id", NULL, OUT_NUMBER, true}, TXT_ID_TITLE},
                          {{"state", NULL, OUT_TEXT, true}, TXT_STATE_TITLE},
                          {{"since", NULL, OUT_TEXT, true}, TXT_STATE_SINCE_TITLE},
                          {{"date", NULL, OUT_DATE, true}, TXT_DATE_TITLE},
                          {{"customer", NULL, OUT_TEXT, false}, TXT_CUSTOMER_TITLE},
                          {{"entity", NULL, OUT_TEXT, true}, TXT_INVOICE_TITLE},
                          {{"rung", NULL, OUT_TEXT, false}, TXT_RUNG_TITLE},
                          {{"channel", NULL, OUT_TEXT, false}, TXT_CHANNEL_TITLE},
                          {{"tries", NULL, OUT_NUMBER, false}, TXT_TRIES_TITLE},
                          {{"next_try", NULL, OUT_TEXT, false}, TXT_NEXT_TRY_TITLE},
                          {{"reason", NULL, OUT_TEXT, false}, TXT_REASON_TITLE}};
  for (int i = 0; i < OUTBOX_COLUMNS; i++) {
    columns[i] = OF[i].column;
    if (s->a->format == OUT_table) columns[i].title = texts_word(s->lang, OF[i].title);
  }
}

/* "standard 5d" */
static slice place(session *s, slice on, slice at) {
  return on.n ? arena_printf(s->perm, "%.*s %.*s", SLICE_ARG(on), SLICE_ARG(at)) : arena_slice(s->perm, at);
}

store_code outbox_rows(session *s, out *table, action_state st, uint64_t *rows) {
  const slice columns[] = {SLICE("id"),         SLICE("state_at"), SLICE("on"),     SLICE("customer"),
                           SLICE("entity"),     SLICE("ladder"),   SLICE("rung"),   SLICE("channel"),
                           SLICE("not_before"), SLICE("tries"),    SLICE("reason"), SLICE("message_hash")};
  const store_where where[] = {{"state", STORE_EQ, 0, slice_of(action_state_name(st))},
                               {"lead", STORE_IS_NULL, 0, {0}}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 12, .where = where, .where_count = 2};
  store_cursor *c;
  store_code code = store_scan(s->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    /* What was done inside dun is no message; what could not be written would have been one. */
    if (action_state_is_final(st) && store_text(c, 7).n == 0 && store_text(c, 11).n == 0) continue;
    slice row[OUTBOX_COLUMNS] = {arena_printf(s->perm, "%lld", (long long)store_int(c, 0)),
                                 said(s, slice_of(action_state_name(st))),
                                 instant(s, false, store_int(c, 1)),
                                 civil(s, store_int(c, 2)),
                                 store_text(c, 3),
                                 store_text(c, 4),
                                 place(s, store_text(c, 5), store_text(c, 6)),
                                 store_text(c, 7),
                                 arena_printf(s->perm, "%lld", (long long)store_int(c, 9)),
                                 instant(s, store_is_null(c, 8), store_int(c, 8)),
                                 said(s, arena_slice(s->perm, store_text(c, 10)))};
    out_row(table, row);
    ++*rows;
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* ---- show ---- */

typedef struct showing {
  session *s;
  out *table;
} showing;

static void put_line(showing *x, slice what, slice value) {
  if (!value.n) return;
  slice row[] = {said(x->s, what), value};
  out_row(x->table, row);
}

static store_code action_lines(showing *x, int64_t *id, bool *there) {
  session *s = x->s;
  const slice columns[] = {SLICE("state"),  SLICE("state_at"), SLICE("on"),     SLICE("customer"),   SLICE("entity"),
                           SLICE("ladder"), SLICE("rung"),     SLICE("action"), SLICE("not_before"), SLICE("tries"),
                           SLICE("reason"), SLICE("lead"),     SLICE("expires")};
  store_cursor *c;
  for (bool joined = true; joined;) {
    const store_where where = {"id", STORE_EQ, *id, {0}};
    store_query q = {
        .table = STORE_T_action, .columns = columns, .column_count = 13, .where = &where, .where_count = 1};
    store_code code = store_scan(s->s, &q, &c);
    if (code != STORE_OK) return code;
    code = store_next(c);
    *there = code == STORE_ROW;
    joined = code == STORE_ROW && !store_is_null(c, 11);
    if (joined) *id = store_int(c, 11);
    if (joined || code != STORE_ROW) store_cursor_close(c);
    if (code != STORE_ROW) return code == STORE_END ? STORE_OK : code;
  }
  put_line(x, SLICE("number"), arena_printf(s->perm, "%lld", (long long)*id));
  put_line(x, SLICE("state"), said(s, arena_slice(s->perm, store_text(c, 0))));
  put_line(x, SLICE("since"), held_instant(s, store_int(c, 1)));
  put_line(x, SLICE("reason"), said(s, arena_slice(s->perm, store_text(c, 10))));
  put_line(x, SLICE("decided on"), civil(s, store_int(c, 2)));
  put_line(x, SLICE("customer"), store_text(c, 3));
  put_line(x, SLICE("about"), store_text(c, 4));
  put_line(x, SLICE("rung"), place(s, store_text(c, 5), store_text(c, 6)));
  put_line(x, SLICE("action"), store_text(c, 7));
  if (!store_is_null(c, 8)) put_line(x, SLICE("next try"), held_instant(s, store_int(c, 8)));
  if (!store_is_null(c, 12)) put_line(x, SLICE("expires"), civil(s, store_int(c, 12) / 1000000 / 86400));
  store_cursor_close(c);
  return STORE_OK;
}

/* What the message goes without, and why. */
static void gap_lines(showing *x, slice gaps) {
  for (size_t i = 0; i < gaps.n;) {
    const char *end = memchr(gaps.p + i, ';', gaps.n - i);
    size_t n = end ? (size_t)(end - gaps.p) - i : gaps.n - i;
    slice gap = {gaps.p + i, n};
    put_line(x, SLICE("without"), x->s->a->format == OUT_table ? session_gap_words(x->s, gap) : gap);
    i += n + 1;
  }
}

/* What goes along with it: "boleto-A-1.pdf, 21 KB". */
static store_code part_lines(showing *x, int64_t id) {
  store_part v[STORE_PARTS_MAX];
  size_t n;
  store_code code = store_parts_of(x->s->s, id, x->s->perm, v, &n);
  for (size_t i = 0; i < n && code == STORE_OK; i++) {
    if (v[i].gap.n) continue;
    slice size = v[i].source.n ? said(x->s, SLICE("not here yet"))
                               : arena_printf(x->s->perm, "%zu KB", (v[i].bytes.n + 1023) / 1024);
    put_line(x, SLICE("file"), arena_printf(x->s->perm, "%.*s, %.*s", SLICE_ARG(v[i].name), SLICE_ARG(size)));
  }
  return code;
}

static store_code message_lines(showing *x, int64_t id) {
  static const char *const NAMES[] = {"channel", "to", "subject", "text"};
  const slice columns[] = {SLICE("channel"), SLICE("recipient"), SLICE("subject"), SLICE("text"), SLICE("gaps")};
  const store_where where = {"action", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_message, .columns = columns, .column_count = 5, .where = &where, .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(x->s->s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  for (size_t i = 0; i < 4 && code == STORE_ROW; i++) put_line(x, slice_of(NAMES[i]), slice_trim(store_text(c, i)));
  if (code == STORE_ROW) gap_lines(x, arena_slice(x->s->perm, store_text(c, 4)));
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? part_lines(x, id) : code;
}

static store_code attempt_lines(showing *x, int64_t id) {
  session *s = x->s;
  const slice columns[] = {SLICE("begun_at"), SLICE("provider"),    SLICE("outcome"),
                           SLICE("detail"),   SLICE("provider_id"), SLICE("asked_by")};
  const store_where where = {"action", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_attempt, .columns = columns, .column_count = 6, .where = &where, .where_count = 1};
  store_cursor *c;
  int n = 0;
  store_code code = store_scan(s->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    slice detail = said(s, arena_slice(s->perm, store_text(c, 3))), by = store_text(c, 5);
    slice told = arena_printf(
        s->perm, "%.*s, %.*s: %.*s%s%.*s%s%.*s%s%.*s", SLICE_ARG(held_instant(s, store_int(c, 0))),
        SLICE_ARG(store_text(c, 1)),
        SLICE_ARG(said(s, store_is_null(c, 2) ? SLICE("sending") : arena_slice(s->perm, store_text(c, 2)))),
        detail.n ? ", " : "", SLICE_ARG(detail), store_text(c, 4).n ? ", " : "", SLICE_ARG(store_text(c, 4)),
        by.n ? ", " : "", SLICE_ARG(by));
    put_line(x, arena_printf(s->perm, "attempt %d", ++n), told);
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

static store_code event_lines(showing *x, int64_t id) {
  session *s = x->s;
  const slice columns[] = {SLICE("happened_at"), SLICE("provider"), SLICE("status"), SLICE("detail")};
  const store_where where = {"action", STORE_EQ, id, {0}};
  store_query q = {
      .table = STORE_T_provider_event, .columns = columns, .column_count = 4, .where = &where, .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(s->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW)
    put_line(x, SLICE("the provider said"),
             arena_printf(s->perm, "%.*s, %.*s: %.*s%s%.*s", SLICE_ARG(held_instant(s, store_int(c, 0))),
                          SLICE_ARG(store_text(c, 1)), SLICE_ARG(said(s, arena_slice(s->perm, store_text(c, 2)))),
                          store_text(c, 3).n ? ", " : "", SLICE_ARG(store_text(c, 3))));
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

bool outbox_show(session *s, int64_t id, bool *there, store_code *code, world_code *why) {
  out_column columns[] = {{"field", NULL, OUT_TEXT, true}, {"value", NULL, OUT_TEXT, true}};
  if (s->a->format == OUT_table) {
    columns[0].title = texts_word(s->lang, TXT_FIELD_TITLE);
    columns[1].title = texts_word(s->lang, TXT_VALUE_TITLE);
  }
  const slice any[] = {SLICE("id")};
  const store_where where = {"id", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_action, .columns = any, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  *why = WORLD_OK;
  *there = false;
  *code = store_scan(s->s, &q, &c);
  if (*code != STORE_OK) return true;
  *there = store_next(c) == STORE_ROW;
  store_cursor_close(c);
  if (!*there) return true;
  showing x = {s, out_begin(s->w, s->a->format, columns, 2)};
  *code = action_lines(&x, &id, there);
  if (*code == STORE_OK) *code = message_lines(&x, id);
  if (*code == STORE_OK) *code = attempt_lines(&x, id);
  if (*code == STORE_OK) *code = event_lines(&x, id);
  return out_end(x.table, why);
}
