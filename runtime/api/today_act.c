/* POST /api/today/..., /api/pauses...: a person holds, lets go, skips; approves and rejects; pauses and resumes. One of
 * them, some, or all of a group.
 *
 * Invariants: a request is one transaction of at most ACT_MOST rows, and says whether there is more; only what was seen
 * is done: rows up to the last one that was counted, in the group that it was in, lines that were not asked anew since.
 * What changed meanwhile is left out and told. Again is fine: what is done is not done twice. */
#include <stdlib.h>

#include "outbox_rows.h"
#include "runtime/cli/session.h"
#include "runtime/outbox/approve.h"
#include "runtime/outbox/human.h"
#include "runtime/store/asked.h"
#include "runtime/store/backup.h"
#include "runtime/store/looks.h"
#include "today.h"

enum { ACT_MOST = 500, LEFT_SHOWN = 20, NAME_MAX_BYTES = 200, REASON_MAX_BYTES = 500 };

/* What came of the rows of a request. */
typedef struct acted {
  int64_t done, first, left, last;
  today_sums open;
  struct {
    int64_t id;
    slice why;
  } shown[LEFT_SHOWN];
} acted;

static void leave_out(acted *a, int64_t id, const char *why) {
  if (a->left < LEFT_SHOWN) {
    a->shown[a->left].id = id;
    a->shown[a->left].why = slice_of(why);
  }
  a->left++;
}

static void put_acted(api_call *c, const acted *a, bool more) {
  json_writer *w = c->out;
  json_put_int(w, "done", a->done);
  json_put_int(w, "first", a->first);
  json_put_int(w, "left", a->left);
  rows_put_sums(w, "open", &a->open);
  json_begin_list(w, "left_out");
  for (int64_t i = 0; i < a->left && i < LEFT_SHOWN; i++) {
    json_begin_object(w, NULL);
    json_put_int(w, "id", a->shown[i].id);
    json_put_text(w, "why", api_said(c, a->shown[i].why));
    json_end(w);
  }
  json_end(w);
  if (more)
    json_put_text(w, "next", arena_printf(c->perm, "%lld", (long long)a->last));
  else
    json_put_null(w, "next");
}

/* A list of numbers, each once a request. False: answered. */
static bool read_ids(api_call *c, const json *list, int64_t *ids, size_t *n) {
  *n = 0;
  if (json_count(list) > ACT_MOST) {
    api_fail(c, 413, "bad_request", SLICE("that is too much at once"));
    return false;
  }
  for (size_t i = 0; i < json_count(list); i++)
    if (!json_int(json_item(list, i), &ids[(*n)++])) {
      api_wrong(c, "ids", SLICE("this is no number that fits here"));
      return false;
    }
  return true;
}

/* "last" and "after" of a group. */
static bool read_bounds(api_call *c, int64_t *after, int64_t *last) {
  int64_t one = 0;
  if (!api_whole(c, "last", 0, INT64_MAX, last)) return false;
  const json *from = json_member(c->json, SLICE("after"));
  *after = json_int(from, &one) ? one : strtoll(arena_copy(c->perm, json_text(from)), NULL, 10);
  return true;
}

/* The service looks at once; a failure of asking it is one of the change. */
static bool finish(api_call *c, store_code code, bool look) {
  if (code == STORE_OK && look) code = store_look_ask(c->s, LOOK_TICK);
  if (code == STORE_OK) code = store_commit(c->s);
  return api_stored(c, code);
}

/* ---- messages ---- */

typedef struct deed {
  const char *word;
  human_act act;
} deed;
static const deed DEEDS[] = {{"hold", HUMAN_HOLD}, {"release", HUMAN_RELEASE}, {"skip", HUMAN_CANCEL}};

static bool read_deed(api_call *c, human_act *act) {
  slice word = json_text(json_member(c->json, SLICE("act")));
  for (size_t i = 0; i < sizeof DEEDS / sizeof *DEEDS; i++) {
    if (!slice_eq(word, slice_of(DEEDS[i].word))) continue;
    *act = DEEDS[i].act;
    return true;
  }
  api_wrong(c, "act", SLICE("write hold, release or skip"));
  return false;
}

static bool same_group(const today_key *k, const message_row *r) {
  return k->state == r->state && slice_eq(k->gate, r->gate) && slice_eq(k->ladder, r->ladder) &&
         slice_eq(k->rung, r->rung) && slice_eq(k->outlet, r->outlet);
}

static store_code act_on(api_call *c, human_act act, int64_t id, const today_key *group, acted *a) {
  message_row row;
  human_result r;
  a->last = id;
  store_code code = store_outbox_row(c->s, id, c->perm, &row);
  if (code == STORE_END || (code == STORE_OK && group && !same_group(group, &row))) {
    leave_out(a, id, "it is not there any more");
    return STORE_OK;
  }
  if (code == STORE_OK) code = outbox_human_within(c->s, act, id, c->who.login, false, &r);
  if (code != STORE_OK) return code;
  if (r.answer != HUMAN_DONE) {
    leave_out(a, id, "it is in another state by now");
    return STORE_OK;
  }
  a->done++;
  if (currency_find(row.about_currency) != CURRENCY_NONE) {
    today_sum_add(&a->open, row.about_currency, row.about_open, c->perm);
    return STORE_OK;
  }
  return row.about_currency.n ? store_message_sums(c->s, row.id, c->perm, &a->open) : STORE_OK;
}

void today_act(api_call *c) {
  int64_t ids[ACT_MOST], after = 0, last = 0;
  size_t n = 0;
  human_act act;
  today_key key;
  acted a = {0};
  const json *list = json_member(c->json, SLICE("ids")), *group = json_member(c->json, SLICE("group"));
  if (!read_deed(c, &act)) return;
  if (group ? !rows_key(c, group, &key) || !read_bounds(c, &after, &last) : !read_ids(c, list, ids, &n)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK && group) code = store_today_ids(c->s, &key, after, last, ids, ACT_MOST, &n);
  for (size_t i = 0; i < n && code == STORE_OK; i++) code = act_on(c, act, ids[i], group ? &key : NULL, &a);
  if (finish(c, code, act == HUMAN_RELEASE)) put_acted(c, &a, group && n == ACT_MOST);
}

/* ---- lines ---- */

static const char *answer_words(approval_answer x) {
  switch (x) {
  case ANSWER_SAME_NAME: return "two people must agree: you said yes already";
  case ANSWER_SAME_LOGIN: return "two people must agree: the first yes came from the same login";
  case ANSWER_NOT_OPEN: return "it was answered already, or is not asked any more";
  case ANSWER_NOT_THERE:
  case ANSWER_NOT_SHOWN: return "it is not there any more";
  case ANSWER_TAKEN:
  case ANSWER_FIRST: break;
  }
  return "";
}

static store_code answer_line(api_call *c, int64_t id, approval_by by, int64_t as_of, acted *a) {
  line_row row;
  approval_answer answer;
  a->last = id;
  store_code code = store_line_row(c->s, id, c->perm, &row);
  if (code == STORE_END) {
    leave_out(a, id, answer_words(ANSWER_NOT_OPEN));
    return STORE_OK;
  }
  if (code == STORE_OK && row.asked_us > as_of) {
    leave_out(a, id, "its amount changed since you looked");
    return STORE_OK;
  }
  if (code == STORE_OK) code = store_approval_answer(c->s, id, by, &answer);
  if (code != STORE_OK) return code;
  if (answer != ANSWER_TAKEN && answer != ANSWER_FIRST) {
    leave_out(a, id, answer_words(answer));
    return STORE_OK;
  }
  a->done += answer == ANSWER_TAKEN;
  a->first += answer == ANSWER_FIRST;
  today_sum_add(&a->open, row.currency, row.amount, c->perm);
  return STORE_OK;
}

/* The ids of a group's lines, up to the last one that was counted. */
static store_code line_ids(api_call *c, const json *group, int64_t after, int64_t last, int64_t *ids, size_t *n) {
  line_row *v = ARENA_ARRAY(c->perm, ACT_MOST, line_row);
  size_t found;
  store_code code = store_lines_page(c->s, json_text(json_member(group, SLICE("reason"))),
                                     json_text(json_member(group, SLICE("step"))), after, c->perm, v, ACT_MOST, &found);
  *n = 0;
  for (size_t i = 0; i < found; i++)
    if (v[i].id <= last) ids[(*n)++] = v[i].id;
  return code;
}

static bool read_approve(api_call *c, approval_by *by) {
  json_kind kind = json_kind_of(json_member(c->json, SLICE("approve")));
  *by = (approval_by){c->who.login, kind == JSON_TRUE};
  if (kind == JSON_TRUE || kind == JSON_FALSE) return true;
  api_wrong(c, "approve", SLICE("write true or false"));
  return false;
}

void today_answer(api_call *c) {
  int64_t ids[ACT_MOST], after = 0, last = 0;
  size_t n = 0;
  slice as_of;
  approval_by by;
  acted a = {0};
  const json *list = json_member(c->json, SLICE("ids")), *group = json_member(c->json, SLICE("group"));
  if (!read_approve(c, &by) || !api_text(c, "as_of", 20, true, &as_of)) return;
  if (group ? !read_bounds(c, &after, &last) : !read_ids(c, list, ids, &n)) return;
  int64_t seen_us = strtoll(arena_copy(c->perm, as_of), NULL, 10);
  store_code code = store_begin(c->s);
  if (code == STORE_OK && group) code = line_ids(c, group, after, last, ids, &n);
  for (size_t i = 0; i < n && code == STORE_OK; i++) code = answer_line(c, ids[i], by, seen_us, &a);
  if (finish(c, code, a.done > 0)) put_acted(c, &a, group && n == ACT_MOST);
}

/* ---- a plan, a day ---- */

static void whole_answered(api_call *c, store_code code, approval_answer answer) {
  bool taken = answer == ANSWER_TAKEN || answer == ANSWER_FIRST;
  if (code == STORE_OK && !taken) {
    store_rollback(c->s);
    bool changed = answer == ANSWER_NOT_SHOWN || answer == ANSWER_NOT_THERE || answer == ANSWER_NOT_OPEN;
    api_fail(c, 409, changed ? "changed_meanwhile" : "not_so",
             slice_of(answer == ANSWER_NOT_SHOWN ? "another plan or number waits by now: look at it again"
                                                 : answer_words(answer)));
    return;
  }
  if (finish(c, code, answer == ANSWER_TAKEN)) json_put_bool(c->out, "first", answer == ANSWER_FIRST);
}

void today_plan(api_call *c) {
  slice digest;
  approval_by by;
  approval_answer answer = ANSWER_NOT_THERE;
  bool ramp = json_kind_of(json_member(c->json, SLICE("ramp"))) != JSON_FALSE;
  if (!read_approve(c, &by) || !api_text(c, "digest", 64, true, &digest)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = store_activation_answer(c->s, digest, by, ramp, &answer);
  whole_answered(c, code, answer);
}

void today_day(api_call *c) {
  civil_date day;
  int64_t messages;
  approval_by by;
  approval_answer answer = ANSWER_NOT_THERE;
  if (!read_approve(c, &by) || !api_day(c, "day", &day) || !api_whole(c, "messages", 0, INT32_MAX, &messages)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = store_allowance_answer(c->s, day.day, messages, by, &answer);
  whole_answered(c, code, answer);
}

/* ---- pauses ---- */

static bool known_name(api_call *c, pause_scope what, slice name) {
  bool known = true;
  if (what == PAUSE_channel) known = outlet_named(name) != OUTLET_COUNT;
  if (what == PAUSE_policy) known = slice_eq(name, c->policy->c.program->name);
  if (what == PAUSE_customer) {
    const slice columns[] = {SLICE("id")};
    store_cursor *at;
    store_code code = store_row(c->s, STORE_T_customer, "id", name, columns, 1, &at);
    known = code == STORE_ROW;
    store_cursor_close(at);
    if (code != STORE_END && !api_stored(c, code)) return false;
  }
  if (!known) api_wrong(c, "name", SLICE("there is none of that name"));
  return known;
}

static bool read_pause(api_call *c, bool ends, pause_scope *what, slice *name) {
  slice word;
  if (!api_text(c, "scope", 16, true, &word)) return false;
  if (!pause_scope_find(word, what)) {
    api_wrong(c, "scope", SLICE("write all, policy, channel or customer"));
    return false;
  }
  if (!api_text(c, "name", NAME_MAX_BYTES, *what != PAUSE_all, name)) return false;
  if (*what == PAUSE_all) *name = (slice){0};
  return ends || *what == PAUSE_all || known_name(c, *what, *name);
}

void pauses_get(api_call *c) { (void)today_put_pauses(c); }

void pauses_put(api_call *c) {
  pause_scope what;
  slice name, reason;
  bool is_new;
  if (!read_pause(c, false, &what, &name) || !api_text(c, "reason", REASON_MAX_BYTES, false, &reason)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = store_pause_put(c->s, what, name, c->who.login, reason, &is_new);
  if (!finish(c, code, false)) return;
  json_put_bool(c->out, "new", is_new);
  (void)today_put_pauses(c);
}

void pauses_end(api_call *c) {
  pause_scope what;
  slice name;
  int64_t ended = 0, stepped = 0;
  if (!read_pause(c, true, &what, &name)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = outbox_resume(c->w, c->s, what, name, c->who.login, &ended, &stepped);
  if (code == STORE_OK && !ended) {
    store_rollback(c->s);
    api_fail(c, 409, "changed_meanwhile", SLICE("it is not paused any more"));
    return;
  }
  if (!finish(c, code, true)) return;
  /* And of a pause of a store that was put back: that this one counts from now on. */
  if (what == PAUSE_all && !api_stored(c, lineage_mark(c->w, c->s, c->house->store_url))) return;
  json_put_int(c->out, "ended", ended);
  json_put_int(c->out, "stepped", stepped);
  (void)today_put_pauses(c);
}
