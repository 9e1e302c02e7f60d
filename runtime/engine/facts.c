/* Columns and dictionaries: how facts lie in memory. See facts.h for the invariants. */
#include "facts.h"

#include "lang/check/fields.h"

static size_t phys_bytes(vm_phys phys) { return (size_t)1 << (unsigned)phys; }

static bool fits(const column *c, int64_t value) {
  int64_t v = value - c->day_base;
  switch (c->phys) {
  case PHYS_I8: return value > INT8_MIN && value <= INT8_MAX;
  case PHYS_I16: return v > INT16_MIN && v <= INT16_MAX;
  case PHYS_I32: return v > INT32_MIN && v <= INT32_MAX;
  case PHYS_I64: return true;
  }
  return true;
}

static void put(column *c, uint32_t row, int64_t value) {
  bool none = value == FACT_MISSING;
  if (none) c->has_missing = true;
  switch (c->phys) {
  case PHYS_I8: ((int8_t *)c->data)[row] = none ? INT8_MIN : (int8_t)value; return;
  case PHYS_I16: ((int16_t *)c->data)[row] = none ? INT16_MIN : (int16_t)(value - c->day_base); return;
  case PHYS_I32: ((int32_t *)c->data)[row] = none ? INT32_MIN : (int32_t)(value - c->day_base); return;
  case PHYS_I64: ((int64_t *)c->data)[row] = value; return;
  }
}

void column_init(column *c, vm_phys phys, int32_t day_base) { *c = (column){.phys = phys, .day_base = day_base}; }

void column_reserve(arena *perm, column *c, uint32_t cap) {
  if (cap <= c->cap) return;
  void *data = arena_array(perm, cap, phys_bytes(c->phys));
  if (c->n) memcpy(data, c->data, c->n * phys_bytes(c->phys));
  c->data = data;
  c->cap = cap;
}

static void widen(arena *perm, column *c) {
  column w = *c;
  w.phys = c->phys + 1;
  if (w.phys == PHYS_I64) w.day_base = 0;
  w.data = NULL;
  w.n = w.cap = 0;
  column_reserve(perm, &w, c->cap);
  w.n = c->n;
  for (uint32_t i = 0; i < c->n; i++) put(&w, i, column_get(c, i));
  *c = w;
}

void column_push(arena *perm, column *c, int64_t value) {
  if (c->n == c->cap) column_reserve(perm, c, c->cap ? c->cap * 2 : 64);
  while (value != FACT_MISSING && !fits(c, value)) widen(perm, c);
  put(c, c->n++, value);
}

void column_set(facts *f, column *c, uint32_t row, int64_t value) {
  bool missing = c->has_missing;
  while (value != FACT_MISSING && !fits(c, value)) {
    widen(f->perm, c);
    f->moved = true;
  }
  put(c, row, value);
  if (c->has_missing != missing) f->moved = true;
}

uint32_t dictionary_push(arena *perm, dictionary *d, slice s) {
  if (d->d.count == d->cap) {
    d->cap = d->cap ? d->cap * 2 : 16;
    slice *v = ARENA_ARRAY(perm, d->cap, slice);
    if (d->d.count) memcpy(v, d->v, d->d.count * sizeof *v);
    d->v = v;
    d->d.v = v;
  }
  d->v[d->d.count] = arena_slice(perm, s);
  return d->d.count++;
}

static void rehash(arena *perm, dictionary *d, uint32_t slots) {
  d->slots = ARENA_ARRAY(perm, slots, uint32_t);
  d->slot_count = slots;
  for (uint32_t i = 0; i < d->d.count; i++) {
    uint32_t k = slice_hash(d->v[i]) & (slots - 1);
    while (d->slots[k]) k = (k + 1) & (slots - 1);
    d->slots[k] = i + 1;
  }
}

void dictionary_hashed(arena *perm, dictionary *d) { rehash(perm, d, 64); }

uint32_t dictionary_code(arena *perm, dictionary *d, slice s) {
  if (!d->slots || d->d.count * 2 >= d->slot_count) rehash(perm, d, d->slots ? d->slot_count * 2 : 64);
  uint32_t k = slice_hash(s) & (d->slot_count - 1);
  for (; d->slots[k]; k = (k + 1) & (d->slot_count - 1))
    if (slice_eq(d->v[d->slots[k] - 1], s)) return d->slots[k] - 1;
  uint32_t code = dictionary_push(perm, d, s);
  d->slots[k] = code + 1;
  return code;
}

facts *facts_new(arena *perm, const program *p, int32_t day_base) {
  facts *f = ARENA_NEW(perm, facts);
  f->perm = perm;
  f->p = p;
  f->day_base = day_base;
  for (int e = 0; e < ENT_COUNT; e++) f->t[e].fields = ARENA_ARRAY(perm, FIELD_COUNT + p->custom_count, fact_column);
  return f;
}

static type field_type(const facts *f, uint32_t field) {
  return field < FIELD_COUNT ? FIELDS[field].ty : f->p->custom[field - FIELD_COUNT].ty;
}

void fact_column_init(facts *f, fact_column *c, uint32_t field) {
  c->loaded = true;
  c->ty = field_type(f, field);
  switch (c->ty) {
  case TY_DATE: column_init(&c->c, PHYS_I16, f->day_base); break;
  case TY_BOOL: column_init(&c->c, PHYS_I8, 0); break;
  case TY_TEXT:
  case TY_SET: column_init(&c->c, PHYS_I8, 0); break;
  case TY_NUMBER:
  case TY_PERCENT:
    column_init(&c->c, field < FIELD_COUNT ? PHYS_I16 : PHYS_I64, 0);
    c->c.millionths = field >= FIELD_COUNT;
    break;
  case TY_MONEY: column_init(&c->c, PHYS_I32, 0); break;
  case TY_DURATION:
  case TY_TIME:
  case TY_ERROR: column_init(&c->c, PHYS_I16, 0); break;
  }
}

fact_column *fact_require(facts *f, uint32_t field, int64_t fill) {
  fact_column *c = fact_field(f, field);
  if (c->loaded) return c;
  fact_column_init(f, c, field);
  uint32_t n = f->t[FIELDS[field < FIELD_COUNT ? field : 0].of].n;
  if (field >= FIELD_COUNT) n = f->t[f->p->custom[field - FIELD_COUNT].of].n;
  for (uint32_t i = 0; i < n; i++) column_push(f->perm, &c->c, fill);
  return c;
}

slice fact_text(const facts *f, uint32_t field, uint32_t row) {
  const fact_column *c = fact_field(f, field);
  if (field == FIELD_INVOICE_NUMBER || field == FIELD_CUSTOMER_ID || field == FIELD_CONTRACT_NUMBER)
    return f->t[FIELDS[field].of].number[row];
  if (!c->loaded) return (slice){0};
  int64_t code = column_get(&c->c, row);
  return code == FACT_MISSING ? (slice){0} : c->dict.v[code];
}

void fact_set_int(facts *f, uint32_t field, uint32_t row, int64_t value) {
  fact_column *c = fact_field(f, field);
  if (c->loaded) column_set(f, &c->c, row, value);
}

void fact_set_text(facts *f, uint32_t field, uint32_t row, slice value) {
  fact_column *c = fact_field(f, field);
  if (!c->loaded) return;
  int64_t code = c->dict.slots ? dictionary_code(f->perm, &c->dict, value) : dictionary_push(f->perm, &c->dict, value);
  column_set(f, &c->c, row, code);
}

uint32_t fact_row(const facts *f, const field_use *use, uint32_t row) {
  if (use->context == use->of) return row;
  if (use->of == ENT_CUSTOMER) return use->context == ENT_INVOICE ? f->customer[row] : f->contract_customer[row];
  if (use->of == ENT_CONTRACT && use->context == ENT_INVOICE) return f->contract ? f->contract[row] : VM_NO_ROW;
  return VM_NO_ROW;
}

currency fact_currency(const facts *f, uint32_t field, uint32_t row) {
  const fact_column *c = fact_field(f, field);
  if (c->cur) return c->cur[row];
  entity of = field < FIELD_COUNT ? FIELDS[field].of : f->p->custom[field - FIELD_COUNT].of;
  switch (of) {
  case ENT_INVOICE: return f->cur[row];
  case ENT_CONTRACT: return f->contract_cur[row];
  case ENT_CUSTOMER:
  case ENT_COUNT: break;
  }
  return f->one_cur;
}

/* Rows of `owner` grouped by it: first[k]..first[k+1] in `rows`; those without an owner are left out. */
static void group(arena *perm, const uint32_t *owner, uint32_t n, uint32_t owners, uint32_t **first, uint32_t **rows) {
  uint32_t *at = ARENA_ARRAY(perm, owners + 2, uint32_t);
  uint32_t *v = ARENA_ARRAY(perm, n + 1, uint32_t);
  for (uint32_t i = 0; i < n; i++)
    if (owner[i] < owners) at[owner[i] + 2]++;
  for (uint32_t k = 0; k < owners; k++) at[k + 2] += at[k + 1];
  for (uint32_t i = 0; i < n; i++)
    if (owner[i] < owners) v[at[owner[i] + 1]++] = i;
  *first = at;
  *rows = v;
}

void facts_index(facts *f) {
  group(f->perm, f->customer, f->t[ENT_INVOICE].n, f->t[ENT_CUSTOMER].n, &f->first_of, &f->by_customer);
  group(f->perm, f->contract_customer, f->t[ENT_CONTRACT].n, f->t[ENT_CUSTOMER].n, &f->contract_of_customer_first,
        &f->contracts_by_customer);
  bool seen[CURRENCY_COUNT] = {0};
  if (f->ledger_cur) memcpy(seen, f->ledger_cur, sizeof seen);
  for (uint32_t i = 0; i < f->t[ENT_INVOICE].n; i++) seen[f->cur[i]] = true;
  for (uint32_t i = 0; i < f->t[ENT_CONTRACT].n; i++) seen[f->contract_cur[i]] = true;
  f->cur_count = 0;
  f->one_cur = f->p->cur;
  for (currency c = 0; c < CURRENCY_COUNT; c++)
    if (seen[c]) {
      f->cur_count++;
      f->one_cur = c;
    }
  if (f->cur_count > 1) f->one_cur = f->p->cur;
}

void facts_index_contracts(facts *f) {
  if (!f->names_contracts || f->of_contract_first) return;
  group(f->perm, f->contract, f->t[ENT_INVOICE].n, f->t[ENT_CONTRACT].n, &f->of_contract_first, &f->by_contract);
}

vm_column *facts_columns(const facts *f, arena *perm) {
  vm_column *out = ARENA_ARRAY(perm, f->p->use_count + 1, vm_column);
  for (uint32_t u = 0; u < f->p->use_count; u++) {
    const field_use *use = &f->p->uses[u];
    uint32_t field = use->field == FIELD_INVOICE_OVERDUE ? FIELD_INVOICE_DUE : use->field;
    const fact_column *c = fact_field(f, field);
    vm_column *v = &out[u];
    *v = (vm_column){.phys = c->c.phys,
                     .data = c->c.data,
                     .has_missing = c->c.has_missing,
                     .millionths = c->c.millionths,
                     .day_base = c->c.day_base,
                     .dict = &c->dict.d,
                     .one_cur = f->one_cur};
    if (use->context != use->of) {
      if (use->of == ENT_CUSTOMER)
        v->via = use->context == ENT_INVOICE ? f->customer : f->contract_customer;
      else if (use->of == ENT_CONTRACT)
        v->via = f->contract;
    }
    if (c->ty != TY_MONEY) continue;
    if (c->cur)
      v->cur = c->cur;
    else if (f->cur_count > 1)
      v->cur = use->of == ENT_CONTRACT ? f->contract_cur : use->of == ENT_INVOICE ? f->cur : NULL;
  }
  return out;
}

slice fact_name(const program *p, const field_use *use, arena *perm) { return fact_name_in(p, use, LANG_EN, perm); }

slice fact_name_in(const program *p, const field_use *use, dun_lang lang, arena *perm) {
  slice name =
      use->field < FIELD_COUNT ? slice_of(FIELDS[use->field].name[lang]) : p->custom[use->field - FIELD_COUNT].name;
  if (use->context == use->of && use->of != ENT_CUSTOMER) return name;
  return arena_printf(perm, "%.*s.%.*s", SLICE_ARG(entity_text(use->of, lang)), SLICE_ARG(name));
}
