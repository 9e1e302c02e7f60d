/* What goes back into Tryton: due dates of lines, which Tryton lets change after posting, and notes, which nobody can
 * overlook in its client. An invoice that is posted cannot be changed otherwise.
 *
 * Invariants: a note carries the decision's key, is looked for before it is written, and leaves once; RETRY and DOWN
 * are said only where Tryton surely did nothing. */
#include <stdio.h>
#include <string.h>

#include "tryton_impl.h"

enum { KEY_SHOWN = 16 };

static send_result said(send_outcome outcome, const char *detail) {
  return (send_result){.outcome = outcome, .detail = slice_of(detail)};
}

static send_result outcome_of(erp *e, const tryton_answer *a, arena *perm) {
  send_result r = api_outcome(e->api, &a->http, perm);
  if (a->http.end != HTTP_OK || a->http.status == 401) return r; /* 401: why the login failed is known to the api */
  if (a->fine) return (send_result){.outcome = SEND_ACCEPTED};
  if (!a->error) return said(SEND_UNKNOWN, "an answer of Tryton is not in the form that is documented");
  r.detail = tryton_error_words(a->error, a->http.status, perm);
  switch (a->error->writing) {
  case TRYTON_W_REJECTED: r.outcome = SEND_REJECTED; break;
  case TRYTON_W_RETRY: r.outcome = SEND_RETRY; break;
  case TRYTON_W_DOWN: r.outcome = SEND_DOWN; break;
  case TRYTON_W_UNKNOWN: r.outcome = SEND_UNKNOWN; break;
  }
  return r;
}

/* A question whose answer is missing leaves nothing done. */
static send_result not_read(erp *e, const tryton_answer *a, arena *perm) {
  send_result r = outcome_of(e, a, perm);
  if (r.outcome == SEND_UNKNOWN || r.outcome == SEND_ACCEPTED) r.outcome = SEND_RETRY;
  return r;
}

/* ---- the line that an order is about ---- */

typedef struct subject {
  int64_t id;
  civil_date due;
  bool settled;
  slice resource; /* "account.invoice,26": what a note hangs on */
} subject;

/* False: *r says why. */
static bool find_subject(erp *e, const erp_order *o, subject *s, send_result *r, arena *perm) {
  erp_failure f = {0};
  int64_t move;
  bool digits = o->source_id.n > 0 && o->source_id.n < 19;
  for (size_t i = 0; i < o->source_id.n; i++) digits &= o->source_id.p[i] >= '0' && o->source_id.p[i] <= '9';
  *r = said(SEND_REJECTED, "it is no receivable of Tryton");
  if (!digits || o->of != STORE_ENTITY_INVOICE) return false;
  if (!tryton_company(e, &f, perm)) {
    *r = (send_result){.outcome = SEND_DOWN, .detail = f.why, .retry_s = f.wait_s};
    return false;
  }
  slice params =
      arena_printf(perm,
                   "[[[\"id\",\"=\",%.*s],[\"move.company\",\"=\",%lld]],0,1,null,[\"maturity_date\","
                   "\"reconciliation\",\"move\",\"move.origin\"],%.*s]",
                   SLICE_ARG(o->source_id), (long long)e->company, SLICE_ARG(tryton_context(e, false, perm)));
  tryton_answer a = tryton_ask(e, "model.account.move.line.search_read", params, perm);
  const json *one = json_item(a.result, 0);
  if (!a.fine) {
    *r = not_read(e, &a, perm);
    return false;
  }
  if (!json_int(json_member(one, SLICE("id")), &s->id) || !json_int(json_member(one, SLICE("move")), &move))
    return false;
  if (!tryton_date(json_member(one, SLICE("maturity_date")), &s->due)) s->due = DATE_NONE;
  s->settled = json_kind_of(json_member(one, SLICE("reconciliation"))) == JSON_NUMBER;
  slice origin = json_text(json_member(json_member(one, SLICE("move.")), SLICE("origin")));
  s->resource = slice_starts(origin, SLICE("account.invoice,"))
                    ? origin
                    : arena_printf(perm, "account.move,%lld", (long long)move);
  return true;
}

/* ---- due dates ---- */

static send_result write_due(erp *e, const erp_order *o, const subject *s, arena *perm) {
  if (!date_is_none(s->due) && date_eq(s->due, o->date)) return (send_result){.outcome = SEND_ACCEPTED};
  if (s->settled) return said(SEND_REJECTED, "it is paid or settled in Tryton");
  slice params = arena_printf(perm, "[[%lld],{\"maturity_date\":%.*s},%.*s]", (long long)s->id,
                              SLICE_ARG(tryton_date_written(o->date, perm)), SLICE_ARG(tryton_context(e, false, perm)));
  tryton_answer a = tryton_ask(e, "model.account.move.line.write", params, perm); /* the same twice is once */
  return outcome_of(e, &a, perm);
}

/* ---- notes ---- */

/* "[dun 0123456789abcdef]": by it a note is found again. */
static slice tag_of(const erp_order *o, arena *perm) {
  return arena_printf(perm, "[dun %.*s]", (int)(o->key.n < KEY_SHOWN ? o->key.n : KEY_SHOWN), o->key.p);
}

/* *id: of the note, 0: there is none. */
static tryton_answer find_note(erp *e, const erp_order *o, const subject *s, int64_t *id, arena *perm) {
  slice like = arena_printf(perm, "%%%.*s%%", SLICE_ARG(tag_of(o, perm)));
  slice params = arena_printf(
      perm, "[[[\"resource\",\"=\",\"%.*s\"],[\"message\",\"like\",%.*s]],0,1,null,[\"id\"],%.*s]",
      SLICE_ARG(s->resource), SLICE_ARG(tryton_quoted(like, perm)), SLICE_ARG(tryton_context(e, false, perm)));
  tryton_answer a = tryton_ask(e, "model.ir.note.search_read", params, perm);
  if (!json_int(json_member(json_item(a.result, 0), SLICE("id")), id)) *id = 0;
  return a;
}

static send_result noted(int64_t id, arena *perm) {
  return (send_result){.outcome = SEND_ACCEPTED, .provider_id = arena_printf(perm, "%lld", (long long)id)};
}

static send_result write_note(erp *e, const erp_order *o, const subject *s, arena *perm) {
  int64_t id;
  tryton_answer a = find_note(e, o, s, &id, perm);
  if (!a.fine) return not_read(e, &a, perm);
  if (id) return noted(id, perm);
  slice message =
      arena_printf(perm, "%.*s: %.*s %.*s", SLICE_ARG(o->number), SLICE_ARG(o->text), SLICE_ARG(tag_of(o, perm)));
  slice params = arena_printf(perm, "[[{\"resource\":\"%.*s\",\"message\":%.*s}],%.*s]", SLICE_ARG(s->resource),
                              SLICE_ARG(tryton_quoted(message, perm)), SLICE_ARG(tryton_context(e, false, perm)));
  a = tryton_do(e, "model.ir.note.create", params, perm);
  send_result r = outcome_of(e, &a, perm);
  if (r.outcome == SEND_ACCEPTED && json_int(json_item(a.result, 0), &id)) return noted(id, perm);
  return r;
}

/* ---- orders ---- */

send_result tryton_write(erp *e, const erp_order *o, arena *perm) {
  subject s;
  send_result r;
  if (o->kind != ACT_UPDATE_DUE && o->kind != ACT_MARK)
    return said(SEND_REJECTED, "Tryton does not do that: it takes due dates and notes");
  if (!find_subject(e, o, &s, &r, perm)) return r;
  return o->kind == ACT_UPDATE_DUE ? write_due(e, o, &s, perm) : write_note(e, o, &s, perm);
}

/* Tryton does a call whole or not at all: what is not there was not done. */
send_result tryton_find(erp *e, const erp_order *o, int64_t begun_s, arena *perm) {
  enum { SETTLED_S = 120 }; /* after that it is no longer at a call whose answer got lost */
  subject s;
  send_result r;
  int64_t id = 0, now_s = e->w->now_ns(e->w) / 1000000000;
  if (!find_subject(e, o, &s, &r, perm)) {
    if (r.outcome != SEND_REJECTED) r.outcome = SEND_UNKNOWN;
    return r.outcome == SEND_REJECTED ? said(SEND_RETRY, "nothing was written") : r;
  }
  if (o->kind == ACT_UPDATE_DUE && !date_is_none(s.due) && date_eq(s.due, o->date))
    return (send_result){.outcome = SEND_ACCEPTED};
  if (o->kind == ACT_MARK) {
    tryton_answer a = find_note(e, o, &s, &id, perm);
    if (!a.fine) return said(SEND_UNKNOWN, "the notes could not be read");
    if (id) return noted(id, perm);
  }
  if (now_s - begun_s < SETTLED_S) return said(SEND_UNKNOWN, "Tryton may still be at it");
  return said(SEND_RETRY, "it is not in Tryton");
}
