/* GET and POST /api/board, /api/cards/...: the board, and what a person does to a card.
 *
 * Invariants: a change names the version that was seen, and 409 gives the card as it is now; the words of a card and of
 * its customer are shown to nobody unseen (api_saw). */
#include "board.h"

#include <stdlib.h>

#include "runtime/cli/session.h"
#include "runtime/store/people.h"

enum { LANES_MAX = 200, FIRST_ROWS = 25, EVENTS_MAX = 200 };

/* ---- a card ---- */

static const char *about(store_entity_kind k) {
  switch (k) {
  case STORE_ENTITY_INVOICE: return "invoice";
  case STORE_ENTITY_CONTRACT: return "contract";
  case STORE_ENTITY_CUSTOMER: break;
  }
  return "customer";
}

static void put_invoice(json_writer *w, const board_card *b) {
  if (!b->has_invoice) {
    json_put_null(w, "invoice");
    return;
  }
  json_begin_object(w, "invoice");
  json_put_text(w, "number", b->entity.id);
  api_put_money(w, "open", (money){b->open, currency_find(b->currency)});
  api_put_day(w, "due", b->due);
  json_put_text(w, "status", b->status);
  json_end(w);
}

void board_put_card(api_call *c, const char *name, const board_card *b) {
  json_writer *w = c->out;
  json_begin_object(w, name);
  json_put_int(w, "id", b->id);
  json_put_int(w, "version", b->version);
  json_put_text(w, "column", b->lane);
  json_put_text(w, "board", b->board);
  json_put_text(w, "title", b->title);
  json_put_text(w, "priority", b->priority);
  json_put_text(w, "assignee", b->assignee);
  json_begin_object(w, "customer");
  json_put_text(w, "id", b->customer);
  json_put_text(w, "name", b->customer_name.n ? b->customer_name : b->customer);
  json_end(w);
  json_put_text(w, "about", slice_of(about(b->entity.kind)));
  json_put_text(w, "entity", b->entity.id);
  api_put_day(w, "due", b->due_on);
  json_put_bool(w, "overdue",
                b->closed_on == DATE_NONE_DAY && b->due_on != DATE_NONE_DAY && b->due_on < api_today(c).day);
  api_put_day(w, "opened", b->opened_on);
  api_put_day(w, "closed", b->closed_on);
  put_invoice(w, b);
  json_put_text(w, "agreement", b->agreement);
  json_put_int(w, "comments", b->comments);
  json_end(w);
}

static bool card_number(api_call *c, int64_t *id) {
  char *rest;
  slice s = c->var[0];
  *id = s.n && s.n < 19 && s.p[0] >= '1' && s.p[0] <= '9' ? strtoll(arena_copy(c->perm, s), &rest, 10) : 0;
  if (*id > 0 && !*rest) return true;
  api_fail(c, 404, "not_there", SLICE("there is no such card"));
  return false;
}

static bool find_card(api_call *c, board_card *card) {
  int64_t id;
  if (!card_number(c, &id)) return false;
  store_code code = board_find(c->s, id, c->perm, card);
  if (code != STORE_END) return api_stored(c, code);
  api_fail(c, 404, "not_there", SLICE("there is no such card"));
  return false;
}

/* ---- the columns ---- */

typedef struct lanes {
  slice v[LANES_MAX];
  size_t n;
} lanes;

static void add_lane(lanes *l, slice name) {
  for (size_t i = 0; i < l->n; i++)
    if (slice_eq(l->v[i], name)) return;
  if (l->n < LANES_MAX && name.n) l->v[l->n++] = name;
}

static void note_board(void *self, const action_place *at) {
  if (at->act->kind == ACT_OPEN_CARD) add_lane(self, at->act->name);
  if (at->act->kind == ACT_ESCALATE) add_lane(self, SLICE("Collections"));
}

static void note_target(void *self, const action_place *at) {
  if (at->act->kind == ACT_MOVE_CARD) add_lane(self, at->act->name);
}

/* Those that the policy opens cards in, then where they are put aside, where it moves them, where paid ones go; last
 * those in which a card stands that no line names any more. */
static lanes *lanes_of(api_call *c, const board_lane *v, size_t n) {
  const program *p = c->policy->c.program;
  lanes *l = ARENA_NEW(c->perm, lanes);
  slice resolved = agreement_resolved_lane(p);
  program_actions(p, note_board, l);
  for (size_t i = 0; i < n; i++)
    if (!slice_eq(v[i].name, resolved) && !slice_eq(v[i].name, SLICE(BOARD_PROMISED))) add_lane(l, v[i].name);
  add_lane(l, SLICE(BOARD_PROMISED));
  program_actions(p, note_target, l);
  add_lane(l, resolved);
  return l;
}

static bool read_filter(api_call *c, board_filter *f) {
  static const struct {
    const char *word;
    int kind;
  } KINDS[] = {{"", -1},
               {"customer", STORE_ENTITY_CUSTOMER},
               {"invoice", STORE_ENTITY_INVOICE},
               {"contract", STORE_ENTITY_CONTRACT}};
  slice kind = api_param(c, "kind"), assignee = api_param(c, "assignee");
  *f = (board_filter){.customer = api_param(c, "customer"),
                      .entity = -2,
                      .overdue_on = slice_eq(api_param(c, "overdue"), SLICE("1")) ? api_today(c).day : DATE_NONE_DAY,
                      .text = slice_trim(api_param(c, "q")),
                      .closed = slice_eq(api_param(c, "closed"), SLICE("1"))};
  f->unassigned = slice_eq(assignee, SLICE("-"));
  if (!f->unassigned) f->assignee = assignee;
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
    if (slice_eq(kind, slice_of(KINDS[i].word))) f->entity = KINDS[i].kind;
  if (f->entity != -2) return true;
  api_wrong(c, "kind", SLICE("cards are about a customer, an invoice or a contract"));
  return false;
}

static bool put_page(api_call *c, const board_filter *f, slice lane, slice after, size_t most) {
  board_card *v = ARENA_ARRAY(c->perm, most, board_card);
  size_t n;
  slice next;
  if (!api_stored(c, board_page(c->s, f, lane, after, most, c->perm, v, &n, &next))) return false;
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < n; i++) board_put_card(c, NULL, v + i);
  json_end(c->out);
  if (next.n)
    json_put_text(c->out, "next", next);
  else
    json_put_null(c->out, "next");
  return true;
}

void board_get(api_call *c) {
  board_filter f;
  board_lane *v;
  size_t n;
  int64_t most = FIRST_ROWS;
  if (!read_filter(c, &f) || !api_param_int(c, "limit", 1, API_ROWS_MAX, &most)) return;
  if (!api_stored(c, board_lanes(c->s, c->perm, &v, &n))) return;
  lanes *l = lanes_of(c, v, n);
  api_put_day(c->out, "today", api_today(c).day);
  json_put_text(c->out, "resolved", agreement_resolved_lane(c->policy->c.program));
  json_begin_list(c->out, "columns");
  for (size_t i = 0; i < l->n && !c->answered; i++) {
    int64_t cards = 0;
    for (size_t k = 0; k < n; k++)
      if (slice_eq(v[k].name, l->v[i])) cards = v[k].cards;
    json_begin_object(c->out, NULL);
    json_put_text(c->out, "name", l->v[i]);
    json_put_int(c->out, "cards", cards);
    if (!put_page(c, &f, l->v[i], (slice){0}, (size_t)most)) return;
    json_end(c->out);
  }
  json_end(c->out);
}

void board_get_column(api_call *c) {
  board_filter f;
  uint32_t most;
  slice after, lane = api_param(c, "column");
  if (!read_filter(c, &f) || !api_rows_wanted(c, &most, &after)) return;
  if (lane.n)
    (void)put_page(c, &f, lane, after, most);
  else
    api_wrong(c, "column", SLICE("this is needed"));
}

/* ---- one card, with all that was said ---- */

static bool put_events(api_call *c, int64_t card) {
  board_event *v = ARENA_ARRAY(c->perm, EVENTS_MAX, board_event);
  size_t n = EVENTS_MAX;
  json_begin_list(c->out, "history");
  for (int64_t after = 0; n == EVENTS_MAX;) {
    if (!api_stored(c, board_history(c->s, card, after, c->perm, v, EVENTS_MAX, &n))) return false;
    for (size_t i = 0; i < n; i++) {
      json_begin_object(c->out, NULL);
      api_put_instant(c->out, "at", v[i].at_us);
      json_put_text(c->out, "by", v[i].actor);
      json_put_text(c->out, "what", v[i].kind);
      json_put_text(c->out, "was", v[i].was);
      json_put_text(c->out, "now", v[i].now);
      json_put_text(c->out, "words", v[i].words);
      json_end(c->out);
      after = v[i].id;
    }
  }
  json_end(c->out);
  return true;
}

void card_get(api_call *c) {
  board_card b;
  if (!find_card(c, &b)) return;
  if (!api_saw(c, "card", arena_printf(c->perm, "%lld", (long long)b.id))) return;
  board_put_card(c, "card", &b);
  if (!put_events(c, b.id)) return;
  if (b.entity.kind == STORE_ENTITY_INVOICE) {
    (void)agreements_put_of(c, b.entity.id);
    return;
  }
  json_begin_list(c->out, "agreements");
  json_end(c->out);
}

/* ---- changes ---- */

bool board_fine(api_call *c, board_answer answer) {
  switch (answer) {
  case BOARD_DONE: return true;
  case BOARD_NOT_THERE: api_fail(c, 404, "not_there", SLICE("there is no such card")); break;
  case BOARD_CHANGED_MEANWHILE:
    api_fail(c, 409, "changed_meanwhile", SLICE("somebody else has changed this card meanwhile: look at it again"));
    break;
  case BOARD_NOT_SO:
    api_fail(c, 409, "not_so",
             SLICE("the card does not allow that now: it is closed, is open, or stands there already"));
    break;
  }
  store_rollback(c->s);
  return false;
}

static bool begin(api_call *c, board_act *a, bool versioned) {
  int64_t version = 0;
  *a = (board_act){.by = c->who.login, .today = api_today(c).day};
  if (!card_number(c, &a->card) || (versioned && !api_whole(c, "version", 1, INT64_MAX, &version))) return false;
  a->version = version;
  return true;
}

/* The entry of the audit log, the commit, and the card as it is now. */
static void done(api_call *c, const board_act *a, store_code code, board_answer answer, const char *act) {
  board_card now;
  if (code == STORE_OK && !board_fine(c, answer)) return;
  if (code == STORE_OK)
    code = api_log(c, "card", arena_printf(c->perm, "card %lld", (long long)a->card),
                   arena_printf(c->perm, "{\"act\":\"%s\"}", act));
  if (code == STORE_OK) code = store_commit(c->s);
  if (!api_stored(c, code) || !api_stored(c, board_find(c->s, a->card, c->perm, &now))) return;
  board_put_card(c, "card", &now);
}

void card_post_move(api_call *c) {
  enum { NAME_MAX = 200 };
  board_act a;
  slice lane;
  board_answer answer = BOARD_DONE;
  board_lane *v;
  size_t n, at = 0;
  if (!begin(c, &a, true) || !api_text(c, "column", NAME_MAX, true, &lane)) return;
  if (!api_stored(c, board_lanes(c->s, c->perm, &v, &n))) return;
  lanes *l = lanes_of(c, v, n);
  while (at < l->n && !slice_eq(l->v[at], lane)) at++;
  if (at == l->n) {
    api_wrong(c, "column", SLICE("the board has no such column"));
    return;
  }
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = board_move(c->s, &a, lane, &answer);
  done(c, &a, code, answer, "move");
}

void card_post_assign(api_call *c) {
  board_act a;
  slice who;
  board_answer answer = BOARD_DONE;
  store_person p;
  if (!begin(c, &a, true) || !api_text(c, "assignee", PEOPLE_LOGIN_MAX, false, &who)) return;
  store_code code = who.n ? people_find(c->s, who, c->perm, &p) : STORE_OK;
  if (code == STORE_END || (code == STORE_OK && who.n && p.disabled)) {
    api_wrong(c, "assignee", SLICE("nobody who may come in has that login"));
    return;
  }
  if (code == STORE_OK) code = store_begin(c->s);
  if (code == STORE_OK) code = board_assign(c->s, &a, who, &answer);
  done(c, &a, code, answer, "assign");
}

void card_post_due(api_call *c) {
  board_act a;
  civil_date due = DATE_NONE;
  board_answer answer = BOARD_DONE;
  bool none = json_kind_of(json_member(c->json, SLICE("due"))) == JSON_NULL;
  if (!begin(c, &a, true) || (!none && !api_day(c, "due", &due))) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = board_set_due(c->s, &a, due.day, &answer);
  done(c, &a, code, answer, "due");
}

void card_post_close(api_call *c) {
  board_act a;
  board_answer answer = BOARD_DONE;
  if (!begin(c, &a, true)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = board_close(c->s, &a, &answer);
  done(c, &a, code, answer, "close");
}

void card_post_reopen(api_call *c) {
  board_act a;
  board_answer answer = BOARD_DONE;
  if (!begin(c, &a, true)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = board_reopen(c->s, &a, &answer);
  done(c, &a, code, answer, "reopen");
}

void card_post_comment(api_call *c) {
  board_act a;
  slice words;
  board_answer answer = BOARD_DONE;
  if (!begin(c, &a, false) || !api_text(c, "words", BOARD_WORDS_MAX, true, &words)) return;
  store_code code = store_begin(c->s);
  if (code == STORE_OK) code = board_comment(c->s, &a, words, &answer);
  done(c, &a, code, answer, "comment");
}
