/* See own_state.h. */
#include "own_state.h"

#include <stdlib.h>

#include "lang/base/utf8.h"

static const slice STATUS = {"status", 6}, BILLING = {"billing", 7}, END = {"end", 3}, HELD = {"held", 4},
                   PRICE = {"price", 5};
static const slice TAG = {"tag ", 4};

/* ---- what an action changes ---- */

/* The term that ends is added once more: whole months from the start where it has such, else its days. */
static slice renewed_end(const engine *e, uint32_t row, arena *perm) {
  int64_t start = fact_int(e->f, FIELD_CONTRACT_START, row), end = fact_int(e->f, FIELD_CONTRACT_END, row);
  if (start == FACT_MISSING || end == FACT_MISSING || end < start) return (slice){0};
  civil_date from = {(int32_t)start}, after = {(int32_t)end + 1};
  int64_t months = 12 * (int64_t)(date_year(after) - date_year(from)) + date_month(after) - date_month(from);
  bool whole = months > 0 && date_add_months(from, months).day == after.day;
  civil_date next = whole ? date_add_days(date_add_months(after, months), -1) : date_add_days(after, end - start);
  char text[DATE_TEXT_MAX];
  return date_is_none(next) ? (slice){0} : arena_slice(perm, (slice){text, date_iso(next, text)});
}

/* Of a contract: what changes and to what; false: nothing that a condition could see. */
static bool of_contract(const engine *e, const decision *d, uint32_t row, arena *perm, own_effect *x) {
  int64_t status = fact_int(e->f, FIELD_CONTRACT_STATUS, row);
  bool over = status == CONTRACT_CHURNED || status == CONTRACT_ENDED;
  *x = (own_effect){.of = ENT_CONTRACT, .row = row};
  switch (d->act->kind) {
  /* An invoice may still be about a contract that is over: what is over stays over. */
  case ACT_PAUSE_CONTRACT: x->what = STATUS, x->value = SLICE("paused"); return !over;
  case ACT_RESUME_CONTRACT: x->what = STATUS, x->value = SLICE("active"); return !over;
  case ACT_END_CONTRACT: x->what = STATUS, x->value = SLICE("ended"); return status != CONTRACT_CHURNED;
  case ACT_HOLD_BILLING: x->what = BILLING, x->value = HELD; return true;
  case ACT_RELEASE_BILLING: x->what = BILLING, x->value = SLICE("released"); return true;
  case ACT_RENEW_CONTRACT:
    x->what = END;
    x->value = renewed_end(e, row, perm);
    return x->value.n > 0;
  case ACT_ADJUST_PRICE:
    x->what = PRICE;
    x->value = arena_printf(perm, "%lld", (long long)d->sum.sum.minor);
    return d->sum.known;
  case ACT_SEND:
  case ACT_ALERT:
  case ACT_ESCALATE:
  case ACT_OPEN_CARD:
  case ACT_MOVE_CARD:
  case ACT_CLOSE_CARD:
  case ACT_CHARGE_FEE:
  case ACT_CHARGE_INTEREST:
  case ACT_UPDATE_DUE:
  case ACT_WRITE_OFF:
  case ACT_SUSPEND_SERVICE:
  case ACT_RESUME_SERVICE:
  case ACT_MARK:
  case ACT_UNMARK:
  case ACT_TAG:
  case ACT_UNTAG:
  case ACT_LOG:
  case ACT_CALL_WEBHOOK:
  case ACT_BILL_CONTRACT:
  case ACT_CREATE_DOCUMENT:
  case ACT_SEND_FOR_SIGNATURE:
  case ACT_COUNT: break;
  }
  return false;
}

/* The contract that an action is about: the row itself, or the one that its invoice names. */
static uint32_t contract_of(const facts *f, const subject *s) {
  if (s->of == ENT_CONTRACT) return s->row;
  return s->of == ENT_INVOICE && f->contract ? f->contract[s->row] : VM_NO_ROW;
}

uint32_t own_effects(engine *e, const decision *d, arena *perm, const own_effect **out) {
  own_effect *v = ARENA_ARRAY(perm, d->subject_count + 1, own_effect);
  uint32_t n = 0;
  *out = v;
  if (d->act->kind == ACT_TAG || d->act->kind == ACT_UNTAG) {
    if (d->customer_row == VM_NO_ROW) return 0;
    slice folded = utf8_fold(perm, d->act->name);
    v[n++] = (own_effect){ENT_CUSTOMER, d->customer_row, arena_printf(perm, "tag %.*s", SLICE_ARG(folded)),
                          d->act->kind == ACT_TAG ? d->act->name : SLICE("")};
    return n;
  }
  for (uint32_t i = 0; i < d->subject_count; i++) {
    uint32_t row = contract_of(e->f, &d->subjects[i]);
    if (row != VM_NO_ROW && of_contract(e, d, row, perm, &v[n])) n++;
  }
  return n;
}

/* ---- into the facts ---- */

/* `name` folded; `written` empty: the customer has it no more. */
static void tag(engine *e, uint32_t customer, slice name, slice written) {
  fact_column *c = fact_field(e->f, FIELD_CUSTOMER_TAGS);
  if (!c->loaded) return;
  slice set = fact_text(e->f, FIELD_CUSTOMER_TAGS, customer), out = {0};
  for (size_t i = 0; i < set.n;) {
    size_t end = i;
    while (end < set.n && set.p[end] != ';') end++;
    slice one = slice_trim((slice){set.p + i, end - i});
    if (one.n && !utf8_fold_eq(one, name))
      out = out.n ? arena_printf(e->perm, "%.*s;%.*s", SLICE_ARG(out), SLICE_ARG(one)) : one;
    i = end + 1;
  }
  if (written.n) out = out.n ? arena_printf(e->perm, "%.*s;%.*s", SLICE_ARG(out), SLICE_ARG(written)) : written;
  fact_set_text(e->f, FIELD_CUSTOMER_TAGS, customer, out);
}

static int64_t status_code(slice word) {
  static const char *const WORDS[] = {[CONTRACT_ACTIVE] = "active",
                                      [CONTRACT_PAUSED] = "paused",
                                      [CONTRACT_CHURNED] = "churned",
                                      [CONTRACT_ENDED] = "ended"};
  for (int64_t i = 0; i < 4; i++)
    if (slice_eq(word, slice_of(WORDS[i]))) return i;
  return FACT_MISSING;
}

static void billing(facts *f, uint32_t row, bool held) {
  if (!f->billing_held) f->billing_held = ARENA_ARRAY(f->perm, f->t[ENT_CONTRACT].n + 1, uint8_t);
  f->billing_held[row] = held;
}

void own_apply(engine *e, const own_effect *x) {
  civil_date day;
  if (x->of == ENT_CUSTOMER) {
    if (slice_starts(x->what, TAG)) tag(e, x->row, (slice){x->what.p + TAG.n, x->what.n - TAG.n}, x->value);
    return;
  }
  if (slice_eq(x->what, BILLING)) billing(e->f, x->row, slice_eq(x->value, HELD));
  if (slice_eq(x->what, STATUS) && status_code(x->value) != FACT_MISSING)
    fact_set_int(e->f, FIELD_CONTRACT_STATUS, x->row, status_code(x->value));
  if (slice_eq(x->what, PRICE) && fact_field(e->f, FIELD_CONTRACT_PRICE)->loaded)
    fact_set_int(e->f, FIELD_CONTRACT_PRICE, x->row, strtoll(arena_copy(e->perm, x->value), NULL, 10));
  if (slice_eq(x->what, END) && date_parse(x->value, &day)) {
    fact_set_int(e->f, FIELD_CONTRACT_END, x->row, day.day);
    e->anchors_stale = true;
  }
}

/* ---- the store ---- */

store_code own_commit(engine *e, store *s, const decision *d, arena *scratch) {
  const own_effect *v;
  uint32_t n = own_effects(e, d, scratch, &v);
  store_code code = STORE_OK;
  for (uint32_t i = 0; i < n && code == STORE_OK; i++) {
    store_entity who = {v[i].of == ENT_CUSTOMER ? STORE_ENTITY_CUSTOMER : STORE_ENTITY_CONTRACT,
                        e->f->t[v[i].of].number[v[i].row]};
    code = store_own_set(s, who, v[i].what, d->day.day, v[i].value);
  }
  return code;
}

/* The last day on which each contract churned; NULL: none did. */
static int32_t *churns(const engine *e, const happening_list *events, civil_date today, arena *scratch) {
  int32_t *day = NULL;
  for (uint32_t i = 0; i < events->n; i++) {
    const happening *h = &events->v[i];
    if (h->kind != HAPPENING_CHURN || h->day > today.day) continue;
    if (!day) {
      day = ARENA_ARRAY(scratch, e->f->t[ENT_CONTRACT].n + 1, int32_t);
      for (uint32_t k = 0; k < e->f->t[ENT_CONTRACT].n; k++) day[k] = DATE_NONE_DAY;
    }
    if (h->day > day[h->row]) day[h->row] = h->day;
  }
  return day;
}

store_code own_load(engine *e, store *s, const happening_list *events, civil_date today, arena *scratch) {
  int64_t rows;
  store_code code = store_count(s, STORE_T_own_state, &rows);
  if (code != STORE_OK || rows == 0) return code;
  row_names customers = row_names_of(scratch, &e->f->t[ENT_CUSTOMER]),
            contracts = row_names_of(scratch, &e->f->t[ENT_CONTRACT]);
  const int32_t *churned = churns(e, events, today, scratch);
  const slice columns[] = {SLICE("kind"), SLICE("entity"), SLICE("what"), SLICE("since"), SLICE("value")};
  const store_where where[] = {{"since", STORE_LT, today.day, {0}}, {"ended", STORE_IS_NULL, 0, {0}}};
  /* In the order of their days: the latest of an entity and `what` is the last one taken in. */
  store_query q = {.table = STORE_T_own_state, .columns = columns, .column_count = 5, .where = where, .where_count = 2};
  store_cursor *c;
  code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    own_effect x = {.of = store_int(c, 0) == STORE_ENTITY_CUSTOMER ? ENT_CUSTOMER : ENT_CONTRACT};
    if (store_int(c, 0) == STORE_ENTITY_INVOICE) continue; /* what was charged: charges.c */
    x.row = row_names_find(x.of == ENT_CUSTOMER ? &customers : &contracts, store_text(c, 1));
    if (x.row == VM_NO_ROW) continue;
    x.what = arena_slice(e->perm, store_text(c, 2));
    x.value = arena_slice(e->perm, store_text(c, 4));
    bool status = x.of == ENT_CONTRACT && slice_eq(x.what, STATUS);
    if (!status || !churned || churned[x.row] <= (int32_t)store_int(c, 3)) own_apply(e, &x);
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}
