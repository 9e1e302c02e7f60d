/* See rows.h. */
#include "tests/analyse/rows.h"

#include <assert.h>

#include "lang/base/utf8.h"
#include "lang/code/code.h"

const slot_info SLOT_INFO[SLOTS_ALL] = {
#define SLOT(id, path, of, field, ty, missing) {path, ENT_##of, field, TY_##ty, missing},
    SLOTS(SLOT)
#undef SLOT
};

const char ROWS_DECLARE[] = "field invoice.score as number\nfield invoice.flag as yes/no\n"
                            "field invoice.grace as duration\nfield customer.risk as percent\n";

static const char *const TEXTS[] = {"a", "A", "b", "ab", "abc", "BA", "cab", "other", "zz"};
static const char *const STATES[] = {"open", "paid", "cancelled"};
static const char *const CODES[] = {"BRL", "BRL", "BRL", "EUR"};
static const char *const TAGS[] = {"", "vip", "VIP;late", "late", "x"};
#define PICK(r, list) slice_of(list[rng_below(r, sizeof list / sizeof *list)])

/* At and about the constants that conditions compare with, and their sums. */
static int64_t random_cents(rng *r) {
  static const int16_t at[] = {0, 499, 500, 550, 1000, 1200};
  int64_t n = at[rng_below(r, 6)] + (int64_t)rng_below(r, 3) - 1;
  if (rng_one_in(r, 4)) n += at[rng_below(r, 6)];
  if (rng_one_in(r, 8)) n -= at[rng_below(r, 6)];
  return rng_one_in(r, 8) ? (int64_t)rng_below(r, 4000) - 1500 : n;
}

static int64_t random_value(rng *r, slot s) {
  switch (SLOT_INFO[s].ty) {
  case TY_MONEY: return random_cents(r);
  case TY_DATE: return ROWS_DAY + (int64_t)rng_below(r, 40) - 20;
  case TY_NUMBER:
    if (s == SLOT_SCORE) return ((int64_t)rng_below(r, 24) - 4) * 500000;
    return (int64_t)rng_below(r, 10);
  case TY_PERCENT: return (int64_t)rng_below(r, 12) * 5000;
  case TY_DURATION: return (int64_t)rng_below(r, 24) - 4;
  case TY_BOOL: return rng_below(r, 2);
  case TY_ERROR:
  case TY_TIME:
  case TY_TEXT:
  case TY_SET: break;
  }
  return 0;
}

static slice random_text(rng *r, slot s) {
  if (s == SLOT_STATUS) return PICK(r, STATES);
  if (s == SLOT_CURRENCY) return PICK(r, CODES);
  return SLOT_INFO[s].ty == TY_SET ? PICK(r, TAGS) : PICK(r, TEXTS);
}

void rows_random(rng *r, row *out) {
  *out = (row){.contract = !rng_one_in(r, 3), .today = {ROWS_DAY + (int32_t)rng_below(r, 7) - 3}};
  out->contract_cur = rng_one_in(r, 3) ? CURRENCY_EUR : CURRENCY_BRL;
  for (slot s = 0; s < SLOTS_ALL; s++) {
    out->missing[s] = SLOT_INFO[s].may_miss && rng_one_in(r, 4);
    out->n[s] = random_value(r, s);
    if (SLOT_INFO[s].ty == TY_TEXT || SLOT_INFO[s].ty == TY_SET) out->text[s] = random_text(r, s);
  }
}

void row_in_home(row *v) {
  v->text[SLOT_CURRENCY] = SLICE("BRL");
  v->contract_cur = CURRENCY_BRL;
}

/* ---- columns ---- */

static slot slot_of(const program *p, entity of, uint16_t field, slice name) {
  (void)p;
  for (slot s = 0; s < SLOTS_ALL; s++) {
    const slot_info *i = &SLOT_INFO[s];
    const char *dot = strchr(i->path, '.');
    if (i->of != of || i->field != field) continue;
    if (field < FIELD_COUNT || slice_eq(slice_of(dot ? dot + 1 : i->path), name)) return s;
  }
  return SLOTS_ALL;
}

static slot slot_of_use(const program *p, const field_use *u) {
  if (u->field == FIELD_INVOICE_OVERDUE) return SLOT_DUE;
  if (u->field < FIELD_COUNT) return slot_of(p, u->of, u->field, (slice){0});
  return slot_of(p, u->of, FIELD_COUNT, p->custom[u->field - FIELD_COUNT].name);
}

rows *rows_new(arena *perm, const vm_code *code, const calendar *cal) {
  rows *r = ARENA_NEW(perm, rows);
  const program *p = code->p;
  r->perm = perm, r->p = p;
  r->columns = ARENA_ARRAY(perm, p->use_count + 1, vm_column);
  for (slot s = 0; s < SLOTS_ALL; s++) {
    r->data[s] = ARENA_ARRAY(perm, ROWS_MAX, int64_t);
    r->dict[s] = (vm_dict){ARENA_ARRAY(perm, ROWS_MAX, slice), 1};
  }
  for (uint32_t i = 0; i < ROWS_MAX; i++) r->via[i] = i;
  for (uint32_t u = 0; u < p->use_count; u++) {
    const field_use *use = &p->uses[u];
    slot s = slot_of_use(p, use);
    assert(s < SLOTS_ALL);
    vm_column *c = &r->columns[u];
    *c = (vm_column){.phys = PHYS_I64, .data = r->data[s], .has_missing = true, .dict = &r->dict[s]};
    c->millionths = s == SLOT_SCORE || s == SLOT_RISK;
    if (use->of == ENT_CUSTOMER) c->via = r->via;
    if (use->of == ENT_CONTRACT) c->via = r->to_contract;
    if (use->ty == TY_MONEY) c->cur = r->cur[use->of == ENT_CONTRACT];
  }
  vm_world w = {.cur = p->cur, .cal = cal, .due = p->due};
  r->m = vm_bind(perm, code, r->columns, &w);
  return r;
}

static void put_text(rows *r, slot s, uint32_t i, slice text) {
  slice *v = (slice *)(uintptr_t)r->dict[s].v;
  uint32_t code = 0;
  while (code < r->dict[s].count && !(slice_eq(v[code], text) && v[code].p)) code++;
  if (code == r->dict[s].count) {
    assert(code < ROWS_MAX);
    v[r->dict[s].count++] = text;
  }
  r->data[s][i] = code;
}

void rows_judge(rows *r, const row *v, uint32_t n, uint32_t chunk, uint8_t *out) {
  assert(n <= ROWS_MAX);
  for (slot s = 0; s < SLOTS_ALL; s++) r->dict[s].count = 0;
  for (uint32_t i = 0; i < n; i++) {
    r->to_contract[i] = v[i].contract ? i : VM_NO_ROW;
    r->cur[0][i] = (uint8_t)currency_find(v[i].text[SLOT_CURRENCY]);
    r->cur[1][i] = v[i].contract_cur;
    for (slot s = 0; s < SLOTS_ALL; s++) {
      r->data[s][i] = v[i].n[s];
      if (SLOT_INFO[s].ty == TY_TEXT || SLOT_INFO[s].ty == TY_SET) put_text(r, s, i, v[i].text[s]);
      if (v[i].missing[s]) r->data[s][i] = INT64_MIN;
    }
  }
  vm_rebind(r->m);
  vm_set_today(r->m, v[0].today);
  vm_cond(r->m, chunk, NULL, 0, n, out);
}

/* ---- witnesses ---- */

/* The due date from which `today` is so long overdue. */
static bool due_before(const calendar *cal, civil_date today, duration d, int64_t *due) {
  if (d.unit == UNIT_DAY) {
    *due = (int64_t)today.day - d.n;
    return true;
  }
  for (int32_t back = -800; back < 4000; back++) {
    civil_date at = {today.day - back};
    civil_date sum = d.unit == UNIT_BUSINESS_DAY ? calendar_add_business(cal, at, d.n)
                                                 : date_add_months(at, d.n * (d.unit == UNIT_YEAR ? 12 : 1));
    *due = at.day;
    if (date_eq(sum, today)) return true;
  }
  return false;
}

static void put_set(row *out, arena *perm, const solve_value *e) {
  slice rest = out->text[SLOT_TAGS], kept = {0};
  if (e->yes) kept = e->text;
  while (rest.n) {
    const char *end = memchr(rest.p, ';', rest.n);
    slice head = {rest.p, end ? (size_t)(end - rest.p) : rest.n};
    size_t skip = end ? head.n + 1 : head.n;
    if (!utf8_fold_eq(head, e->text))
      kept = arena_printf(perm, "%.*s%s%.*s", SLICE_ARG(kept), kept.n ? ";" : "", SLICE_ARG(head));
    rest.p += skip, rest.n -= skip;
  }
  out->text[SLOT_TAGS] = kept;
}

static bool put_entry(row *out, arena *perm, const program *p, const solve_value *e) {
  slot s = slot_of(p, e->of, e->field, e->name);
  decimal fine;
  if (e->of == ENT_CONTRACT) out->contract = !e->missing;
  if (e->field == FIELD_CONTRACT_NUMBER && e->of == ENT_CONTRACT) return true;
  if (s == SLOTS_ALL) return false;
  out->missing[s] = e->missing;
  if (e->missing) return true;
  switch (e->ty) {
  case TY_DATE: out->n[s] = e->date.day; break;
  case TY_DURATION: out->n[s] = e->dur.n; break;
  case TY_MONEY:
  case TY_NUMBER:
  case TY_PERCENT:
    if (!decimal_rescale(e->num, e->ty == TY_MONEY ? 2 : SLOT_INFO[s].field == FIELD_COUNT ? 6 : 0, ROUND_DOWN, &fine))
      return false;
    if (decimal_cmp(fine, e->num) != 0) return false;
    out->n[s] = fine.n;
    if (s == SLOT_PRICE) out->contract_cur = e->cur;
    break;
  case TY_BOOL: out->n[s] = e->yes; break;
  case TY_SET: put_set(out, perm, e); break;
  case TY_TEXT: out->text[s] = e->text; break;
  case TY_ERROR:
  case TY_TIME: return false;
  }
  return true;
}

bool rows_of_witness(arena *perm, rng *r, const calendar *cal, const program *p, const solve_witness *w, row *out) {
  const solve_value *overdue = NULL;
  rows_random(r, out);
  for (uint32_t i = 0; i < w->n; i++) {
    const solve_value *e = &w->v[i];
    if (e->today)
      out->today = e->date;
    else if (e->of == ENT_INVOICE && e->field == FIELD_INVOICE_OVERDUE)
      overdue = e;
    else if (!put_entry(out, perm, p, e))
      return false;
  }
  for (int day = 0; overdue && !due_before(cal, out->today, overdue->dur, &out->n[SLOT_DUE]); day++) {
    if (day == 7) return false;
    out->today.day++; /* no sum of business days is a Sunday */
  }
  return true;
}
