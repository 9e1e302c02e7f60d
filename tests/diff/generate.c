/* Random columns and worlds. Values crowd around today and around each other, so that comparisons fall on both sides;
 * now and then they are the least and the greatest of their width. */
#include "tests/diff/generate.h"

#include <stdio.h>

uint32_t rng_next(rng *r) { /* splitmix64 */
  uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return (uint32_t)(z >> 32);
}
uint32_t rng_below(rng *r, uint32_t n) { return (uint32_t)((uint64_t)rng_next(r) * n >> 32); }
bool rng_one_in(rng *r, uint32_t n) { return rng_below(r, n) == 0; }

static const type USE_TYPES[GEN_USES] = {
    TY_BOOL,  TY_BOOL,   TY_DATE,   TY_DATE,   TY_DATE,    TY_DURATION, TY_DURATION, TY_DURATION, TY_MONEY, TY_MONEY,
    TY_MONEY, TY_NUMBER, TY_NUMBER, TY_NUMBER, TY_PERCENT, TY_TEXT,     TY_TEXT,     TY_TEXT,     TY_SET,   TY_SET,
};
enum { FIRST_OVERDUE = 5, SECOND_OVERDUE = 6 };

static const char *const WORDS[] = {"open",      "Open", "paid", "",  "a", "AB",        "ab",  "São", "SÃO",
                                    "são paulo", "vip",  "x;y",  "é", "É", "cancelled", "Bcd", "gov"};
static const char *const SETS[] = {"", "vip", "VIP;late", "late", "a;b;c", "ab;São", "SÃO;x", "email;whatsapp", "open"};
static const currency CURRENCIES[] = {CURRENCY_BRL, CURRENCY_BRL, CURRENCY_BRL,
                                      CURRENCY_EUR, CURRENCY_JPY, CURRENCY_KWD};

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof *(a)))

static size_t width(vm_phys p) { return (size_t)1 << (unsigned)p; }

static void store(const vm_column *c, uint32_t row, int64_t v) {
  void *p = (void *)(uintptr_t)((uintptr_t)c->data + row * width(c->phys));
  switch (c->phys) {
  case PHYS_I8: *(int8_t *)p = (int8_t)v; break;
  case PHYS_I16: *(int16_t *)p = (int16_t)v; break;
  case PHYS_I32: *(int32_t *)p = (int32_t)v; break;
  case PHYS_I64: *(int64_t *)p = v; break;
  }
}

static int64_t least(vm_phys p) { return p == PHYS_I64 ? INT64_MIN : -((int64_t)1 << (8 * width(p) - 1)); }

static int64_t clamp(vm_phys p, int64_t v) {
  int64_t lo = least(p) + 1, hi = -(least(p) + 1);
  return v < lo ? lo : v > hi ? hi : v;
}

static int64_t random_number(rng *r) {
  switch (rng_below(r, 8)) {
  case 0: return 0;
  case 1: return (int64_t)((uint64_t)rng_next(r) << 32 | rng_next(r));
  case 2: return (int32_t)rng_next(r);
  case 3:
  case 4: return (int64_t)rng_below(r, 7) - 3;
  default: return (int64_t)rng_below(r, 4000) - 1000;
  }
}

static int64_t random_day(gen_case *g) {
  rng *r = &g->r;
  switch (rng_below(r, 12)) {
  case 0: return CALENDAR_DAY_FIRST + (int64_t)rng_below(r, 3);
  case 1: return CALENDAR_DAY_FIRST + CALENDAR_DAYS - 1 - (int64_t)rng_below(r, 3);
  case 2: return DATE_DAY_MIN + (int64_t)rng_below(r, DATE_DAY_MAX - DATE_DAY_MIN);
  case 3: return g->today.day + (int64_t)rng_below(r, 900) - 450;
  default: return g->today.day + (int64_t)rng_below(r, 24) - 12;
  }
}

static int64_t random_value(gen_case *g, const vm_column *c, type ty, bool day) {
  rng *r = &g->r;
  if (ty == TY_BOOL) return rng_below(r, 2);
  if (c->dict) return rng_below(r, c->dict->count < 128 ? c->dict->count : 128);
  if (day) {
    int64_t v = random_day(g) - c->day_base;
    if (rng_one_in(r, 10)) v = rng_one_in(r, 2) ? least(c->phys) + 1 : -(least(c->phys) + 1);
    v = clamp(c->phys, v);
    int64_t lo = DATE_DAY_MIN - c->day_base, hi = DATE_DAY_MAX - c->day_base; /* the years 1 to 9999 */
    return v < lo ? lo : v > hi ? hi : v;
  }
  if (rng_one_in(r, 12)) return rng_one_in(r, 2) ? least(c->phys) + 1 : -(least(c->phys) + 1);
  int64_t v = random_number(r);
  return clamp(c->phys, c->millionths && rng_one_in(r, 2) && v > -1000000 && v < 1000000 ? v * 500000 : v);
}

static void fill(gen_case *g, uint32_t use) {
  vm_column *c = &g->columns[use];
  const field_use *u = &g->p.uses[use];
  uint8_t *cur = (uint8_t *)(uintptr_t)c->cur;
  for (uint32_t i = 0; i < g->rows[u->of]; i++) {
    bool day = u->ty == TY_DATE || u->field == FIELD_INVOICE_OVERDUE;
    int64_t v = random_value(g, c, u->ty, day);
    if (c->has_missing && rng_one_in(&g->r, 5)) v = least(c->phys);
    if (cur) {
      cur[i] = rng_one_in(&g->r, 6) ? CURRENCY_ANY : CURRENCIES[rng_below(&g->r, COUNT(CURRENCIES))];
      if (cur[i] == CURRENCY_ANY && v != least(c->phys)) v = 0;
    }
    store(c, i, v);
  }
}

static void new_dict(gen_case *g, uint32_t use, bool sets) {
  uint32_t n = 1 + rng_below(&g->r, sets ? COUNT(SETS) : COUNT(WORDS));
  slice *v = ARENA_ARRAY(g->perm, n + 8, slice); /* room to grow */
  for (uint32_t i = 0; i < n; i++)
    v[i] = slice_of(sets ? SETS[rng_below(&g->r, COUNT(SETS))] : WORDS[rng_below(&g->r, COUNT(WORDS))]);
  g->dicts[use] = (vm_dict){v, n};
  g->columns[use].dict = &g->dicts[use];
}

static void new_column(gen_case *g, uint32_t use) {
  rng *r = &g->r;
  const field_use *u = &g->p.uses[use];
  vm_column *c = &g->columns[use];
  *c = (vm_column){.phys = (vm_phys)rng_below(r, 4), .has_missing = !rng_one_in(r, 3)};
  if (u->ty == TY_TEXT || u->ty == TY_SET) new_dict(g, use, u->ty == TY_SET);
  if (u->ty == TY_DATE || u->field == FIELD_INVOICE_OVERDUE) {
    bool wide = c->phys >= PHYS_I32 && rng_one_in(r, 2);
    c->day_base = wide ? 0 : g->today.day + (int32_t)rng_below(r, 40) - 20;
  }
  if (u->ty == TY_NUMBER || u->ty == TY_PERCENT) c->millionths = c->phys == PHYS_I64 && !rng_one_in(r, 3);
  uint32_t n = g->rows[u->of];
  c->data = arena_array(g->perm, n + 1, width(c->phys));
  if (u->of != ENT_INVOICE) c->via = g->via[u->of];
  if (u->ty == TY_MONEY) {
    c->one_cur = CURRENCIES[rng_below(r, COUNT(CURRENCIES))];
    if (rng_one_in(r, 2)) c->cur = arena_array(g->perm, n + 1, 1);
  }
  fill(g, use);
}

static void new_rows(gen_case *g) {
  rng *r = &g->r;
  g->rows[ENT_INVOICE] = rng_one_in(r, 20) ? 1 : 1 + rng_below(r, rng_one_in(r, 40) ? GEN_ROWS_MANY : GEN_ROWS);
  for (entity e = ENT_CUSTOMER; e <= ENT_CONTRACT; e++) {
    g->rows[e] = rng_one_in(r, 8) ? 0 : 1 + rng_below(r, 12);
    g->via[e] = ARENA_ARRAY(g->perm, g->rows[ENT_INVOICE], uint32_t);
    bool holes = g->rows[e] == 0 || rng_one_in(r, 2);
    for (uint32_t i = 0; i < g->rows[ENT_INVOICE]; i++)
      g->via[e][i] = holes && (g->rows[e] == 0 || rng_one_in(r, 6)) ? VM_NO_ROW : rng_below(r, g->rows[e]);
  }
}

static void new_uses(gen_case *g) {
  field_use *uses = ARENA_ARRAY(g->perm, GEN_USES, field_use);
  custom_field *custom = ARENA_ARRAY(g->perm, GEN_USES, custom_field);
  for (uint16_t u = 0; u < GEN_USES; u++) {
    entity of = (entity)(rng_one_in(&g->r, 2) ? 0 : rng_below(&g->r, ENT_COUNT));
    bool overdue = u == FIRST_OVERDUE || u == SECOND_OVERDUE;
    uint16_t field = overdue ? (uint16_t)FIELD_INVOICE_OVERDUE : (uint16_t)(FIELD_COUNT + u);
    uses[u] = (field_use){ENT_INVOICE, overdue ? ENT_INVOICE : of, field, USE_TYPES[u]};
    custom[u] = (custom_field){of, arena_printf(g->perm, "f%u", u), USE_TYPES[u]};
  }
  g->p.uses = uses, g->p.use_count = GEN_USES;
  g->p.custom = custom, g->p.custom_count = GEN_USES;
}

void gen_new(gen_case *g, arena *perm, uint64_t seed, calendar *const *calendars, uint32_t calendar_count,
             bool written) {
  *g = (gen_case){.perm = perm, .r = {seed}, .written = written};
  rng *r = &g->r;
  g->today.day = rng_one_in(r, 6) ? CALENDAR_DAY_FIRST + 800 + (int32_t)rng_below(r, CALENDAR_DAYS - 1600)
                                  : 20000 + (int32_t)rng_below(r, 1500);
  g->w = (vm_world){.cur = CURRENCIES[rng_below(r, COUNT(CURRENCIES))],
                    .cal = calendars[rng_below(r, calendar_count)],
                    .due = (due_rule)rng_below(r, 3)};
  if (written) g->w.cur = CURRENCY_BRL;
  new_rows(g);
  new_uses(g);
  for (uint32_t u = 0; u < GEN_USES; u++) new_column(g, u);
  if (written) g->columns[SECOND_OVERDUE] = g->columns[FIRST_OVERDUE]; /* one field of the policy */
  cond *conds = ARENA_ARRAY(perm, GEN_CONDS, cond);
  for (uint32_t i = 0; i < GEN_CONDS; i++) {
    bool deep = rng_one_in(r, 40);
    conds[i] = (cond){.of = ENT_INVOICE, .e = gen_expr(g, TY_BOOL, deep ? 14 : 1 + (int)rng_below(r, 5))};
  }
  static const type result[] = {TY_DATE, TY_MONEY, TY_NUMBER, TY_DURATION, TY_TEXT, TY_BOOL, TY_PERCENT};
  const expr **values = ARENA_ARRAY(perm, GEN_VALUES, const expr *);
  for (uint32_t i = 0; i < GEN_VALUES; i++)
    values[i] = gen_expr(g, result[rng_below(r, COUNT(result))], 1 + (int)rng_below(r, 3));
  g->p.conds = conds, g->p.cond_count = GEN_CONDS;
  g->p.values = values, g->p.value_count = GEN_VALUES;
}

void gen_change_data(gen_case *g) {
  for (uint32_t u = 0; u < GEN_USES; u++)
    if (rng_one_in(&g->r, 2)) fill(g, u);
}

void gen_grow_dictionary(gen_case *g) {
  for (uint32_t u = 0; u < GEN_USES; u++) {
    vm_dict *d = &g->dicts[u];
    const field_use *use = &g->p.uses[u];
    if (!g->columns[u].dict) continue;
    bool sets = use->ty == TY_SET;
    slice *v = (slice *)(uintptr_t)d->v;
    for (uint32_t i = 1 + rng_below(&g->r, 2); i > 0; i--)
      v[d->count++] = slice_of(sets ? SETS[rng_below(&g->r, COUNT(SETS))] : WORDS[rng_below(&g->r, COUNT(WORDS))]);
    for (uint32_t i = 0; i < g->rows[use->of]; i++)
      if (rng_one_in(&g->r, 2)) store(&g->columns[u], i, d->count - 1);
  }
}
