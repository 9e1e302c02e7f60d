/* /api/outbox...: every message and order with its tries, what the provider said, and what a person does about one. The
 * acts are those of `dun outbox` (runtime/outbox/human.h).
 *
 * Invariants: words, addresses and files of a message are shown to operators and up, and that they looked is in the
 * audit log; a message's page of HTML runs nothing, loads nothing and sits in no frame. */
#include <stdlib.h>
#include <string.h>

#include "lang/base/text.h"
#include "outbox_rows.h"
#include "runtime/outbox/human.h"
#include "runtime/outbox/outlet.h"
#include "runtime/store/looks.h"
#include "runtime/store/part.h"
#include "stdlib/net/sign.h"

/* ---- the list ---- */

static bool known_outlet(api_call *c, slice name) {
  if (!name.n || outlet_named(name) != OUTLET_COUNT) return true;
  api_wrong(c, "channel", SLICE("there is none of that name"));
  return false;
}

void outbox_get(api_call *c) {
  uint32_t most;
  int64_t after;
  size_t n;
  action_state state;
  civil_date day = DATE_NONE;
  outbox_filter f = {
      .customer = api_param(c, "customer"), .outlet = api_param(c, "channel"), .state = api_param(c, "state")};
  if (!rows_after(c, &most, &after) || !api_param_day(c, "day", &day) || !known_outlet(c, f.outlet)) return;
  if (f.state.n && !action_state_find(f.state, &state)) {
    api_wrong(c, "state", SLICE("there is no such state"));
    return;
  }
  f.has_day = !date_is_none(day);
  f.day = day.day;
  message_row *v = ARENA_ARRAY(c->perm, most, message_row);
  if (!api_stored(c, store_outbox_page(c->s, &f, after, c->perm, v, most, &n))) return;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < n; i++)
    if (!rows_put_message(c, NULL, v + i)) return;
  json_end(c->out);
  if (n == most)
    json_put_text(c->out, "next", arena_printf(c->perm, "%lld", (long long)v[n - 1].id));
  else
    json_put_null(c->out, "next");
}

/* ---- one ---- */

static bool find_row(api_call *c, message_row *row) {
  int64_t id;
  if (!rows_id(c, &id)) return false;
  store_code code = store_outbox_row(c->s, id, c->perm, row);
  if (code != STORE_END) return api_stored(c, code);
  api_fail(c, 404, "not_there", SLICE("there is no such message"));
  return false;
}

/* Ends the list that was opened. */
static bool rows_through(api_call *c, store_cursor *at, store_code code) {
  store_cursor_close(at);
  json_end(c->out);
  return api_stored(c, code == STORE_END ? STORE_OK : code);
}

static bool put_invoices(api_call *c, int64_t id) {
  json_writer *w = c->out;
  const slice columns[] = {SLICE("invoice"), SLICE("currency"), SLICE("amount"), SLICE("open"), SLICE("due")};
  const store_where where = {"message", STORE_EQ, id, {0}};
  store_query q = {
      .table = STORE_T_message_invoice, .columns = columns, .column_count = 5, .where = &where, .where_count = 1};
  store_cursor *at = NULL;
  store_code code = store_scan(c->s, &q, &at);
  json_begin_list(w, "about");
  while (code == STORE_OK || code == STORE_ROW) {
    code = store_next(at);
    if (code != STORE_ROW) break;
    currency cur = currency_find(store_text(at, 1));
    json_begin_object(w, NULL);
    json_put_text(w, "invoice", store_text(at, 0));
    api_put_money(w, "amount", (money){store_int(at, 2), cur});
    api_put_money(w, "open", (money){store_int(at, 3), cur});
    api_put_day(w, "due", (int32_t)store_int(at, 4));
    json_end(w);
  }
  return rows_through(c, at, code);
}

/* What a provider calls the message stays with it; its words, which may quote an address, are for operators and up. */
static bool put_attempts(api_call *c, int64_t id) {
  json_writer *w = c->out;
  const slice columns[] = {SLICE("begun_at"), SLICE("ended_at"), SLICE("provider"),
                           SLICE("outcome"),  SLICE("detail"),   SLICE("asked_by")};
  const store_where where = {"action", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_attempt, .columns = columns, .column_count = 6, .where = &where, .where_count = 1};
  store_cursor *at = NULL;
  store_code code = store_scan(c->s, &q, &at);
  json_begin_list(w, "attempts");
  while (code == STORE_OK || code == STORE_ROW) {
    code = store_next(at);
    if (code != STORE_ROW) break;
    json_begin_object(w, NULL);
    api_put_instant(w, "begun", store_int(at, 0));
    api_put_instant(w, "ended", store_int(at, 1));
    json_put_text(w, "provider", store_text(at, 2));
    json_put_text(w, "outcome", store_is_null(at, 3) ? SLICE("sending") : store_text(at, 3));
    if (c->who.role >= API_OPERATOR) json_put_text(w, "detail", api_said(c, arena_slice(c->perm, store_text(at, 4))));
    json_put_text(w, "by", store_text(at, 5));
    json_end(w);
  }
  return rows_through(c, at, code);
}

static bool put_events(api_call *c, int64_t id) {
  json_writer *w = c->out;
  const slice columns[] = {SLICE("happened_at"), SLICE("provider"), SLICE("status"), SLICE("detail")};
  const store_where where = {"action", STORE_EQ, id, {0}};
  store_query q = {
      .table = STORE_T_provider_event, .columns = columns, .column_count = 4, .where = &where, .where_count = 1};
  store_cursor *at = NULL;
  store_code code = store_scan(c->s, &q, &at);
  json_begin_list(w, "events");
  while (code == STORE_OK || code == STORE_ROW) {
    code = store_next(at);
    if (code != STORE_ROW) break;
    json_begin_object(w, NULL);
    api_put_instant(w, "at", store_int(at, 0));
    json_put_text(w, "provider", store_text(at, 1));
    json_put_text(w, "status", store_text(at, 2));
    if (c->who.role >= API_OPERATOR) json_put_text(w, "detail", store_text(at, 3));
    json_end(w);
  }
  return rows_through(c, at, code);
}

static const struct {
  human_act act;
  const char *word;
} ACTS[] = {{HUMAN_RETRY, "retry"},       {HUMAN_CANCEL, "cancel"}, {HUMAN_DELIVERED, "delivered"},
            {HUMAN_NOT_SENT, "not_sent"}, {HUMAN_HOLD, "hold"},     {HUMAN_RELEASE, "release"}};

/* What may be done with it in its state; a message whose text could not be written has nothing to send again. */
static void put_may(api_call *c, const message_row *r) {
  json_begin_list(c->out, "may");
  for (size_t i = 0; i < sizeof ACTS / sizeof *ACTS; i++)
    if (human_may(ACTS[i].act, r->state) && (r->outlet.n || ACTS[i].act != HUMAN_RETRY))
      json_put_text(c->out, NULL, slice_of(ACTS[i].word));
  if (r->state == ACTION_unknown) json_put_text(c->out, NULL, SLICE("look"));
  json_end(c->out);
}

void outbox_one(api_call *c) {
  message_row row;
  if (!find_row(c, &row) || !rows_put_message(c, "message", &row)) return;
  put_may(c, &row);
  (void)(put_invoices(c, row.id) && put_attempts(c, row.id) && put_events(c, row.id));
}

/* ---- its words ---- */

typedef struct written {
  slice subject, text, html, gaps, language, recipient, name;
} written;

/* False: answered. STORE_END is no failure: an order has no words, or it could not be written. */
static bool read_words(api_call *c, int64_t id, written *m) {
  const slice columns[] = {SLICE("subject"),  SLICE("text"),      SLICE("html"),          SLICE("gaps"),
                           SLICE("language"), SLICE("recipient"), SLICE("recipient_name")};
  const store_where where = {"action", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_message, .columns = columns, .column_count = 7, .where = &where, .where_count = 1};
  store_cursor *at = NULL;
  *m = (written){0};
  store_code code = store_scan(c->s, &q, &at);
  if (code == STORE_OK) code = store_next(at);
  if (code == STORE_ROW)
    *m = (written){arena_slice(c->perm, store_text(at, 0)), arena_slice(c->perm, store_text(at, 1)),
                   arena_slice(c->perm, store_text(at, 2)), arena_slice(c->perm, store_text(at, 3)),
                   arena_slice(c->perm, store_text(at, 4)), arena_slice(c->perm, store_text(at, 5)),
                   arena_slice(c->perm, store_text(at, 6))};
  store_cursor_close(at);
  return code == STORE_END || api_stored(c, code);
}

static bool saw(api_call *c, const message_row *row) {
  return api_saw(c, "message", arena_printf(c->perm, "action %lld", (long long)row->id));
}

static void put_gaps(api_call *c, slice gaps) {
  json_begin_list(c->out, "gaps");
  for (size_t i = 0; i < gaps.n;) {
    const char *end = memchr(gaps.p + i, ';', gaps.n - i);
    size_t n = end ? (size_t)(end - gaps.p) - i : gaps.n - i;
    json_put_text(c->out, NULL, (slice){gaps.p + i, n});
    i += n + 1;
  }
  json_end(c->out);
}

void outbox_text(api_call *c) {
  message_row row;
  written m;
  store_part v[STORE_PARTS_MAX];
  size_t n;
  json_writer *w = c->out;
  if (!find_row(c, &row) || !read_words(c, row.id, &m)) return;
  store_code code = store_parts_of(c->s, row.id, c->perm, v, &n);
  if ((code != STORE_END && !api_stored(c, code)) || !saw(c, &row)) return;
  json_put_text(w, "to", m.recipient);
  json_put_text(w, "name", m.name);
  json_put_text(w, "subject", m.subject);
  json_put_text(w, "text", m.text);
  json_put_text(w, "language", m.language);
  json_put_bool(w, "html", m.html.n > 0);
  put_gaps(c, m.gaps);
  json_begin_list(w, "files");
  for (size_t i = 0; code == STORE_OK && i < n; i++) {
    if (v[i].gap.n) continue;
    json_begin_object(w, NULL);
    json_put_text(w, "name", v[i].name);
    json_put_int(w, "bytes", (int64_t)v[i].bytes.n);
    json_put_bool(w, "here", v[i].source.n == 0);
    json_end(w);
  }
  json_end(w);
}

/* ---- its page ---- */

/* "part1" of `part1">`, and not of `part12">`. */
static bool is_address(slice rest, slice cid) {
  return slice_starts(rest, cid) && (rest.n == cid.n || strchr("\"' )>;", rest.p[cid.n]));
}

/* Its pictures stand in it, in place of the addresses that a mail program resolves (cid:). */
static slice with_pictures(arena *perm, slice html, const store_part *v, size_t n) {
  text t = text_new(perm);
  for (size_t i = 0; i < html.n;) {
    slice rest = {html.p + i, html.n - i};
    size_t k = 0;
    bool found = false;
    for (; slice_starts(rest, SLICE("cid:")) && k < n && !found; k++)
      found = v[k].cid.n && v[k].bytes.n && is_address((slice){rest.p + 4, rest.n - 4}, v[k].cid);
    if (!found) {
      text_char(&t, html.p[i++]);
      continue;
    }
    const store_part *p = v + k - 1;
    text_printf(&t, "data:%.*s;base64,%.*s", SLICE_ARG(p->type), SLICE_ARG(sign_base64(p->bytes, perm)));
    i += 4 + p->cid.n;
  }
  return text_slice(&t);
}

void outbox_html(api_call *c) {
  message_row row;
  written m;
  store_part v[STORE_PARTS_MAX];
  size_t n = 0;
  if (!find_row(c, &row) || !read_words(c, row.id, &m)) return;
  if (!m.html.n) {
    api_fail(c, 404, "not_there", SLICE("this message has no page: only its text is sent"));
    return;
  }
  store_code code = store_parts_of(c->s, row.id, c->perm, v, &n);
  if ((code != STORE_END && !api_stored(c, code)) || !saw(c, &row)) return;
  api_plain(c, "text/html; charset=utf-8", NULL, with_pictures(c->perm, m.html, v, code == STORE_OK ? n : 0));
  api_put_header(c, "Content-Security-Policy",
                 SLICE("default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox; form-action 'none'; "
                       "frame-ancestors 'none'; base-uri 'none'"));
  api_put_header(c, "Cache-Control", SLICE("no-store"));
}

/* ---- acts ---- */

static void act_refused(api_call *c, const human_result *r) {
  switch (r->answer) {
  case HUMAN_NOT_THERE: api_fail(c, 404, "not_there", SLICE("there is no such message")); return;
  case HUMAN_NO_MESSAGE:
    api_fail(c, 409, "not_so",
             SLICE("it could not be written, so there is nothing to send again: correct the template, and cancel it"));
    return;
  case HUMAN_NOT_SO: api_fail(c, 409, "changed_meanwhile", SLICE("it is in another state by now")); return;
  case HUMAN_NOT_SURE:
    api_fail(c, 409, "not_sure", SLICE("it may have arrived: find out and say so, or send it again with open eyes"));
    return;
  case HUMAN_DONE: return;
  }
}

static void look_again(api_call *c) {
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = store_look_ask(c->s, LOOK_TICK);
  if (code == STORE_OK)
    code =
        api_log(c, "outbox", arena_printf(c->perm, "action %.*s", SLICE_ARG(c->var[0])), SLICE("{\"act\":\"look\"}"));
  if (code == STORE_OK) code = store_commit(c->s);
  if (api_stored(c, code)) json_put_text(c->out, "state", slice_of(action_state_name(ACTION_unknown)));
}

/* {"act":"retry","sure":true,"seen":"unknown"}: `seen` is the state that the person saw. */
void outbox_act(api_call *c) {
  int64_t id;
  slice word, seen;
  message_row row;
  human_result r;
  if (!rows_id(c, &id) || !api_text(c, "act", 16, true, &word) || !api_text(c, "seen", 16, true, &seen)) return;
  size_t i = 0;
  while (i < sizeof ACTS / sizeof *ACTS && !slice_eq(word, slice_of(ACTS[i].word))) i++;
  bool look = slice_eq(word, SLICE("look"));
  if (i == sizeof ACTS / sizeof *ACTS && !look) {
    api_wrong(c, "act", SLICE("there is no such act"));
    return;
  }
  if (!find_row(c, &row)) return;
  if (!slice_eq(seen, slice_of(action_state_name(row.state)))) {
    api_fail(c, 409, "changed_meanwhile", SLICE("it is in another state by now"));
    return;
  }
  if (look) {
    look_again(c);
    return;
  }
  bool sure = json_kind_of(json_member(c->json, SLICE("sure"))) == JSON_TRUE;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = outbox_human_within(c->s, ACTS[i].act, id, c->who.login, sure, &r);
  if (code == STORE_OK && r.answer != HUMAN_DONE) {
    store_rollback(c->s);
    act_refused(c, &r);
    return;
  }
  bool goes = code == STORE_OK && r.is == ACTION_ready;
  if (code == STORE_OK && goes) code = store_look_ask(c->s, LOOK_TICK);
  if (code == STORE_OK) code = store_commit(c->s);
  if (api_stored(c, code)) json_put_text(c->out, "state", slice_of(action_state_name(r.is)));
}
