/* Answers of people into the engine, and what waits for them into the store. See approve.h. */
#include "approve.h"

#include <stdlib.h>

#include "lang/base/text.h"
#include "lang/base/tz.h"
#include "runtime/hash.h"
#include "runtime/store/pause.h"

/* ---- answers, by the key of the line ---- */

typedef struct answer {
  slice key; /* empty: free */
  line_answer said;
  int64_t amount;
  char cur[4];
  int32_t day; /* on which it was given */
} answer;

struct answers {
  arena *perm;
  answer *v;
  uint32_t cap, n;
};

static slice key_text(arena *perm, slice path, int64_t kind, slice id, int64_t cycle, slice at, int64_t ordinal) {
  return arena_printf(perm, "%.*s\n%lld\n%.*s\n%lld\n%.*s\n%lld", SLICE_ARG(path), (long long)kind, SLICE_ARG(id),
                      (long long)cycle, SLICE_ARG(at), (long long)ordinal);
}

static answer *answer_slot(const struct answers *a, slice key) {
  uint32_t at = slice_hash(key) & (a->cap - 1);
  while (a->v[at].key.n && !slice_eq(a->v[at].key, key)) at = (at + 1) & (a->cap - 1);
  return &a->v[at];
}

static void answer_add(struct answers *a, answer one) {
  if (a->n * 2 >= a->cap) {
    answer *old = a->v;
    uint32_t cap = a->cap;
    a->cap = cap ? cap * 2 : 64;
    a->v = ARENA_ARRAY(a->perm, a->cap, answer);
    for (uint32_t i = 0; i < cap; i++)
      if (old[i].key.n) *answer_slot(a, old[i].key) = old[i];
  }
  *answer_slot(a, one.key) = one;
  a->n++;
}

/* An approval of another amount is none; what was rejected stays so. */
static line_answer answer_of(void *self, const subject *at, money amount) {
  const outbox_leave *leave = self;
  const struct answers *a = leave->answers;
  if (a->n == 0) return LINE_UNANSWERED;
  arena *own = arena_new();
  const answer *found = answer_slot(
      a, key_text(own, at->track, (int64_t)outbox_kind(at->of), at->number, at->cycle, at->offset, at->ordinal));
  arena_free(own);
  if (!found->key.n || (leave->past && found->day > leave->past->today)) return LINE_UNANSWERED;
  bool same = found->amount == amount.minor && strcmp(found->cur, currency_code(amount.cur)) == 0;
  return found->said == LINE_APPROVED && !same ? LINE_UNANSWERED : found->said;
}

/* The later of two people's, where two must agree. */
static int32_t answered_on(const engine *e, const store_cursor *c, size_t at) {
  int64_t us = store_is_null(c, at + 1) ? store_int(c, at) : store_int(c, at + 1);
  return e->zone ? tz_local(e->zone, us / 1000000).date.day : (int32_t)(us / 1000000 / 86400);
}

static store_code answers_load(store *s, const engine *e, struct answers *a, arena *perm) {
  const slice columns[] = {SLICE("track"),  SLICE("kind"),        SLICE("entity"),   SLICE("cycle"),
                           SLICE("offset"), SLICE("ordinal"),     SLICE("state"),    SLICE("currency"),
                           SLICE("amount"), SLICE("answered_at"), SLICE("second_at")};
  store_query q = {.table = STORE_T_approval, .columns = columns, .column_count = 11};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    bool yes = slice_eq(store_text(c, 6), SLICE("approved"));
    if (!yes && !slice_eq(store_text(c, 6), SLICE("rejected"))) continue;
    answer one = {key_text(perm, store_text(c, 0), store_int(c, 1), store_text(c, 2), store_int(c, 3), store_text(c, 4),
                           store_int(c, 5)),
                  yes ? LINE_APPROVED : LINE_REJECTED,
                  store_int(c, 8),
                  {0},
                  answered_on(e, c, 9)};
    slice cur = store_text(c, 7);
    if (cur.n < sizeof one.cur) memcpy(one.cur, cur.p, cur.n);
    answer_add(a, one);
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* ---- the guard ---- */

/* The revision (its hash) with which a run last passed the guard; "none": runs were held, or went into files. */
static const slice ACTIVATED = {"plan activated", 14};
static const slice IN_FORCE = {"revision in force", 17};

/* The number and the hash of a revision: where one of them is given, the other is found. */
static store_code revision_find(store *s, int64_t *id, slice *hash, arena *perm) {
  const slice columns[] = {SLICE("id"), SLICE("hash")};
  store_where where = *id ? (store_where){"id", STORE_EQ, *id, {0}} : (store_where){"hash", STORE_EQ, 0, *hash};
  store_query q = {.table = STORE_T_revision, .columns = columns, .column_count = 2, .where = &where, .where_count = 1};
  store_cursor *c;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW) {
    *id = store_int(c, 0);
    *hash = arena_slice(perm, store_text(c, 1));
  }
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

/* The revision that may send without asking; empty: none. A store of before this guard has the one it ran last. */
static store_code activated(store *s, arena *perm, slice *hash) {
  slice value;
  *hash = (slice){0};
  store_code code = store_state_get(s, ACTIVATED, perm, &value);
  if (code == STORE_OK) {
    if (!slice_eq(value, SLICE("none"))) *hash = value;
    return STORE_OK;
  }
  if (code == STORE_END) code = store_state_get(s, IN_FORCE, perm, &value);
  if (code != STORE_OK) return code == STORE_END ? STORE_OK : code;
  int64_t id = strtoll(arena_copy(perm, value), NULL, 10);
  return revision_find(s, &id, hash, perm);
}

/* How many messages were approved of a plan of this revision that is still to be used: of two people, the fewer that
 * one of them saw. */
static store_code approved_size(store *s, int64_t revision, bool *any, int64_t *messages) {
  const slice columns[] = {SLICE("messages"), SLICE("first_messages")};
  const store_where where[] = {{"state", STORE_EQ, 0, SLICE("approved")},
                               {"revision", STORE_EQ, revision, {0}},
                               {"used_at", STORE_IS_NULL, 0, {0}}};
  store_query q = {
      .table = STORE_T_activation, .columns = columns, .column_count = 2, .where = where, .where_count = 3};
  store_cursor *c;
  *any = false;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    *any = true;
    *messages = store_int(c, 0);
    if (!store_is_null(c, 1) && store_int(c, 1) < *messages) *messages = store_int(c, 1);
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* Of a revision that is in force an approved plan is of what no run has looked at; asked once, not twice. */
static void allow_approved(outbox_leave *v, uint32_t most, uint32_t usual) {
  if (v->l.guard) {
    v->l.late_most = UINT32_MAX;
    v->l.all_most = most;
  } else {
    v->l.unseen_all = most;
  }
  v->l.unseen_late = UINT32_MAX;
  uint32_t day = v->l.guard ? most : usual + most;
  if (day > v->l.allowed_today) v->l.allowed_today = day;
}

/* A plan of the whole was asked, and nobody has said yes. */
static store_code asked_before(store *s, bool *yes) {
  const slice columns[] = {SLICE("state")};
  const store_where where = {"part", STORE_EQ, 0, {0}};
  store_query q = {
      .table = STORE_T_activation, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  *yes = false;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW)
    *yes |= slice_eq(store_text(c, 0), SLICE("open")) || slice_eq(store_text(c, 0), SLICE("rejected"));
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

static store_code guard_load(store *s, engine *e, outbox_leave *v, arena *perm) {
  slice active;
  int64_t revision = 0, messages = 0;
  bool asked = false;
  store_code code = activated(s, perm, &active);
  if (code != STORE_OK) return code;
  v->first = active.n == 0;
  if (!v->guarded) return STORE_OK;
  v->l.guard = !slice_eq(active, v->hash);
  v->l.late_most = v->first ? 0 : APPROVE_LATE_MAX;
  if (v->first) code = asked_before(s, &asked);
  if (code != STORE_OK) return code;
  /* The first plan stays a question on a day on which each of its messages happens to be on its own day. */
  v->l.all_most = asked ? 0 : UINT32_MAX;
  code = outbox_unseen_load(s, e, v, perm);
  if (code == STORE_OK) code = revision_find(s, &revision, &v->hash, perm);
  if (code == STORE_OK && revision) code = approved_size(s, revision, &v->approved, &messages);
  if (code == STORE_OK && v->approved)
    allow_approved(v, (uint32_t)activation_growth(messages), e->p->ask_before_sending_more_than);
  return code;
}

store_code outbox_leave_load(store *s, engine *e, slice policy_text, civil_date today, bool real, arena *perm,
                             outbox_leave **out) {
  uint8_t hash[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  outbox_leave *v = *out = ARENA_NEW(perm, outbox_leave);
  *v = (outbox_leave){.s = s, .guarded = real, .answers = ARENA_NEW(perm, struct answers)};
  hash_of(policy_text, hash);
  hash_hex(hash, hex);
  v->hash = arena_slice(perm, slice_of(hex));
  v->answers->perm = perm;
  v->l.self = v;
  v->l.answer = answer_of;
  int64_t allowed = 0;
  store_code code = answers_load(s, e, v->answers, perm);
  if (code == STORE_OK) code = store_allowance_of(s, today.day, &allowed);
  v->l.allowed_today = (uint32_t)allowed;
  if (code == STORE_OK) code = guard_load(s, e, v, perm);
  e->leave = &v->l;
  return code;
}

store_code outbox_leave_past(store *s, engine *e, arena *perm) {
  outbox_leave *v = ARENA_NEW(perm, outbox_leave);
  *v = (outbox_leave){.s = s, .past = e, .answers = ARENA_NEW(perm, struct answers)};
  v->answers->perm = perm;
  v->l.self = v;
  v->l.answer = answer_of;
  e->leave = &v->l;
  return answers_load(s, e, v->answers, perm);
}

/* ---- lines that wait ---- */

static slice reason_words(ask_reason r) {
  static const char *const WORDS[] = {
#define ASK(id, words) words,
      ASK_REASONS(ASK)
#undef ASK
  };
  return slice_of(WORDS[r]);
}

slice outbox_step_of(const decision *d, arena *perm) {
  return d->ladder.n ? arena_printf(perm, "%.*s %.*s", SLICE_ARG(d->ladder), SLICE_ARG(d->rung)) : d->rung;
}

/* The line of candidate `i` and what of it waits: its actions up to `*next`. */
static store_code ask_line(outbox *o, const day_plan *plan, uint32_t i, int64_t run_us, arena *scratch,
                           uint32_t *next) {
  const candidate *c = plan->candidates;
  const firing *f = &plan->firings[c[i].firing];
  subject key = approvals_key_of(o->e, f, &c[i], scratch);
  decision d = engine_decision(o->e, plan, (plan_item){i, ITEM_ALONE}, scratch);
  money amount = engine_amount(o->e, f->of, f->row);
  text what = text_new(scratch);
  text_add(&what, d.text);
  for (*next = i + 1; *next < plan->candidate_count; ++*next) {
    const candidate *k = &c[*next];
    if (k->firing != c[i].firing || k->line != c[i].line) break;
    text_cstr(&what, " then ");
    text_add(&what, engine_decision(o->e, plan, (plan_item){*next, ITEM_ALONE}, scratch).text);
  }
  store_approval a = {.track = key.track,
                      .entity = {outbox_kind(key.of), key.number},
                      .cycle = key.cycle,
                      .offset = key.offset,
                      .ordinal = (int32_t)key.ordinal,
                      .customer = d.customer,
                      .on = plan->today.day,
                      .step = outbox_step_of(&d, scratch),
                      .what = text_slice(&what),
                      .reason = reason_words(c[i].asked),
                      .currency = slice_of(currency_code(amount.cur)),
                      .amount = amount.minor};
  return store_approval_ask(o->s, &a, run_us);
}

/* Stands the line's first waiting action for approval? Of a plan that waits as a whole no single line is asked. */
static bool line_waits(const candidate *c) {
  return c->state == CANDIDATE_WAITS && c->wait == WAIT_APPROVAL && c->asked != ASK_NONE;
}

static store_code ask_lines(outbox *o, const day_plan *plan, bool whole) {
  int64_t run_us = store_now_us(o->s);
  store_code code = STORE_OK;
  for (uint32_t i = 0; i < plan->candidate_count && code == STORE_OK;) {
    uint32_t next = i + 1;
    if (line_waits(&plan->candidates[i])) {
      arena *scratch = arena_new();
      code = ask_line(o, plan, i, run_us, scratch, &next);
      arena_free(scratch);
    }
    i = next;
  }
  return code == STORE_OK && whole ? store_approvals_over(o->s, run_us) : code;
}

/* ---- the run ---- */

/* Who reads what waits, or ends a pause, has no policy at hand: in which language it is written, and its name. */
static store_code keep_language(outbox *o) {
  static const char *const NAMES[LANG_COUNT] = {"en", "pt", "es"};
  store_code code = store_state_set(o->s, SLICE("policy language"), slice_of(NAMES[o->p->lang]));
  return code == STORE_OK ? store_state_set(o->s, POLICY_NAME, o->p->name) : code;
}

/* Nothing is held: an approved plan is used, and what earlier runs asked as a whole is not asked any more. */
static store_code settle_plans(outbox *o, const outbox_leave *leave, const day_plan *plan, int64_t revision) {
  store_code code = STORE_OK;
  if (leave->approved) code = store_activation_used(o->s, revision);
  if (code == STORE_OK && !plan->guarded.part) code = store_activations_over(o->s);
  if (code == STORE_OK) code = store_state_set(o->s, ACTIVATED, leave->hash);
  return code == STORE_OK ? outbox_unseen_keep(o->s, plan) : code;
}

static store_code ask_whole(outbox *o, const outbox_leave *leave, const day_plan *plan, int64_t revision) {
  store_code code = outbox_ask_plan(o, leave, plan, revision);
  if (code == STORE_OK) code = outbox_unseen_keep(o->s, plan);
  return code == STORE_OK && leave->first ? store_state_set(o->s, ACTIVATED, SLICE("none")) : code;
}

store_code outbox_ask(outbox *o, const outbox_leave *leave, const day_plan *plan, int64_t revision, bool whole) {
  bool of_held;
  store_code code = keep_language(o);
  if (code == STORE_OK) code = outbox_part_of_held(o->s, &of_held);
  if (code != STORE_OK) return code;
  if (plan_held_whole(plan)) return of_held ? STORE_OK : ask_whole(o, leave, plan, revision);
  code = ask_lines(o, plan, whole);
  if (code == STORE_OK && plan->guarded.asked)
    code = store_allowance_ask(o->s, plan->today.day, o->p->ask_before_sending_more_than, plan->guarded.asked);
  if (code != STORE_OK || of_held) return code;
  if (plan->guarded.held) code = outbox_ask_plan(o, leave, plan, revision);
  if (code != STORE_OK) return code;
  /* Over nothing at all a first run activates nothing: what the first import brings is the backlog. */
  bool over_nothing = leave->first && o->e->f->t[ENT_INVOICE].n + o->e->f->t[ENT_CONTRACT].n == 0;
  if (leave->guarded && !over_nothing) return settle_plans(o, leave, plan, revision);
  return leave->first ? store_state_set(o->s, ACTIVATED, SLICE("none")) : STORE_OK;
}
