/* See explain_past.h. */
#include "explain_past.h"

/* ---- what happened ---- */

static store_code source_of(store *s, int64_t seq, arena *perm, slice *out) {
  const slice columns[] = {SLICE("source")};
  const store_where where = {"seq", STORE_EQ, seq, {0}};
  store_query q = {
      .table = STORE_T_happening, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW) *out = arena_slice(perm, store_text(c, 0));
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

static store_code load_events(const engine *e, store *s, const happening_list *l, uint32_t row, arena *perm,
                              explain_past *out) {
  uint32_t n = 0, customer = e->f->customer[row];
  for (uint32_t i = 0; i < l->n; i++) n += l->v[i].of == ENT_INVOICE && e->f->customer[l->v[i].row] == customer;
  past_event *v = ARENA_ARRAY(perm, n + 1, past_event);
  store_code code = STORE_OK;
  for (uint32_t i = 0; i < l->n && code == STORE_OK; i++) {
    const happening *h = &l->v[i];
    if (h->of != ENT_INVOICE || e->f->customer[h->row] != customer) continue;
    past_event *x = &v[out->event_count++];
    *x = (past_event){
        .kind = h->kind, .day = h->day, .row = h->row, .amount = h->amount, .date = h->date, .text = h->text};
    code = source_of(s, h->seq, perm, &x->source);
  }
  out->events = v;
  return code;
}

/* ---- what was decided ---- */

/* Rows of the invoice in a table whose entities are invoices. */
static store_code scan_entity(store *s, store_table table, slice number, const slice *columns, size_t n,
                              store_cursor **out) {
  const store_where where[] = {{"kind", STORE_EQ, STORE_ENTITY_INVOICE, {0}}, {"entity", STORE_EQ, 0, number}};
  store_query q = {.table = table, .columns = columns, .column_count = n, .where = where, .where_count = 2};
  return store_scan(s, &q, out);
}

static store_code load_actions(store *s, slice number, arena *perm, explain_past *out) {
  enum { ID, ON, TRACK, OFFSET, RUNG, ACTION, RECIPIENT, STATE, REASON, CYCLE, ORDINAL, COUNT };
  const slice columns[COUNT] = {SLICE("id"),     SLICE("sent_on"), SLICE("track"),     SLICE("offset"),
                                SLICE("rung"),   SLICE("action"),  SLICE("recipient"), SLICE("state"),
                                SLICE("reason"), SLICE("cycle"),   SLICE("ordinal")};
  store_cursor *c;
  uint32_t cap = 0;
  past_action *v = NULL;
  store_code code = scan_entity(s, STORE_T_action, number, columns, COUNT, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    if (out->action_count == cap) {
      past_action *more = ARENA_ARRAY(perm, cap ? cap * 2 : 16, past_action);
      if (cap) memcpy(more, v, cap * sizeof *v);
      v = more;
      cap = cap ? cap * 2 : 16;
    }
    v[out->action_count++] = (past_action){.id = store_int(c, ID),
                                           .on = (int32_t)store_int(c, ON),
                                           .track = arena_slice(perm, store_text(c, TRACK)),
                                           .offset = arena_slice(perm, store_text(c, OFFSET)),
                                           .rung = arena_slice(perm, store_text(c, RUNG)),
                                           .action = arena_slice(perm, store_text(c, ACTION)),
                                           .recipient = arena_slice(perm, store_text(c, RECIPIENT)),
                                           .state = arena_slice(perm, store_text(c, STATE)),
                                           .reason = arena_slice(perm, store_text(c, REASON)),
                                           .cycle = store_int(c, CYCLE),
                                           .ordinal = (int32_t)store_int(c, ORDINAL)};
  }
  store_cursor_close(c);
  out->actions = v;
  return code == STORE_END ? STORE_OK : code;
}

static store_code load_approvals(store *s, slice number, arena *perm, explain_past *out) {
  enum { TRACK, OFFSET, CYCLE, ORDINAL, ASKED, STATE, BY, COUNT };
  const slice columns[COUNT] = {SLICE("track"),    SLICE("offset"), SLICE("cycle"),      SLICE("ordinal"),
                                SLICE("asked_on"), SLICE("state"),  SLICE("answered_by")};
  store_cursor *c;
  uint32_t cap = 0;
  past_approval *v = NULL;
  store_code code = scan_entity(s, STORE_T_approval, number, columns, COUNT, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    if (out->approval_count == cap) {
      past_approval *more = ARENA_ARRAY(perm, cap ? cap * 2 : 8, past_approval);
      if (cap) memcpy(more, v, cap * sizeof *v);
      v = more;
      cap = cap ? cap * 2 : 8;
    }
    v[out->approval_count++] = (past_approval){.track = arena_slice(perm, store_text(c, TRACK)),
                                               .offset = arena_slice(perm, store_text(c, OFFSET)),
                                               .cycle = store_int(c, CYCLE),
                                               .ordinal = (int32_t)store_int(c, ORDINAL),
                                               .asked_on = (int32_t)store_int(c, ASKED),
                                               .state = arena_slice(perm, store_text(c, STATE)),
                                               .answered_by = arena_slice(perm, store_text(c, BY))};
  }
  store_cursor_close(c);
  out->approvals = v;
  return code == STORE_END ? STORE_OK : code;
}

store_code past_load(const engine *e, store *s, const happening_list *events, uint32_t row, arena *perm,
                     explain_past *out) {
  *out = (explain_past){0};
  slice number = e->f->t[ENT_INVOICE].number[row];
  store_code code = load_events(e, s, events, row, perm, out);
  if (code == STORE_OK) code = load_actions(s, number, perm, out);
  if (code == STORE_OK) code = load_approvals(s, number, perm, out);
  if (code != STORE_OK) return code;
  const slice columns[] = {SLICE("source")};
  store_cursor *c = NULL;
  code = store_row(s, STORE_T_invoice, "number", number, columns, 1, &c);
  if (code == STORE_ROW) out->source = arena_slice(perm, store_text(c, 0));
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* ---- asked ---- */

const past_event *past_last(const explain_past *p, happening_kind kind, uint32_t row, int32_t today) {
  const past_event *last = NULL;
  for (uint32_t i = 0; p && i < p->event_count; i++) {
    const past_event *x = &p->events[i];
    if (x->kind == kind && x->row == row && x->day <= today && (!last || x->day >= last->day)) last = x;
  }
  return last;
}

const past_action *past_done(const explain_past *p, const subject *key, bool any) {
  for (uint32_t i = 0; p && i < p->action_count; i++) {
    const past_action *x = &p->actions[i];
    if (slice_eq(x->track, key->track) && slice_eq(x->offset, key->offset) && x->cycle == key->cycle &&
        (any || x->ordinal == (int32_t)key->ordinal))
      return x;
  }
  return NULL;
}

const past_approval *past_asked(const explain_past *p, const subject *key) {
  for (uint32_t i = 0; p && i < p->approval_count; i++) {
    const past_approval *x = &p->approvals[i];
    if (slice_eq(x->track, key->track) && slice_eq(x->offset, key->offset) && x->cycle == key->cycle) return x;
  }
  return NULL;
}
