/* See event_values.h. */
#include "event_values.h"

#include "facts_load.h"
#include "lang/base/utf8.h"

static slice next_line(slice *rest) {
  size_t n = 0;
  while (n < rest->n && rest->p[n] != '\n') n++;
  slice one = {rest->p, n};
  *rest = (slice){rest->p + n, rest->n - n};
  if (rest->n) *rest = (slice){rest->p + 1, rest->n - 1};
  return one;
}

static bool split(slice one, slice *name, slice *value) {
  const char *at = one.n ? memchr(one.p, '=', one.n) : NULL;
  if (!at) return false;
  *name = (slice){one.p, (size_t)(at - one.p)};
  *value = (slice){at + 1, one.n - name->n - 1};
  return true;
}

static slice value_named(slice said, const char *head, size_t head_n, const char *tail) {
  for (slice rest = said, name, value; rest.n;) {
    size_t tail_n = strlen(tail);
    if (!split(next_line(&rest), &name, &value) || name.n != head_n + tail_n) continue;
    if (memcmp(name.p, head, head_n) == 0 && memcmp(name.p + head_n, tail, tail_n) == 0) return value;
  }
  return (slice){0};
}

/* An amount in another currency than the ledger's is missing: what asks for it is undecided. */
static bool other_currency(const engine *e, slice said, slice name) {
  size_t head = name.n;
  while (head && name.p[head - 1] != '_') head--;
  slice cur = value_named(said, name.p, head, "currency");
  return cur.n && (e->f->one_cur == CURRENCY_NONE || currency_find(cur) != e->f->one_cur);
}

static int64_t typed(const engine *e, const custom_field *f, slice said, slice name, slice value) {
  if (f->ty == TY_MONEY && other_currency(e, said, name)) return FACT_MISSING;
  currency cur = e->f->one_cur == CURRENCY_NONE ? CURRENCY_BRL : e->f->one_cur;
  return facts_custom_value(f->ty, value, (uint8_t)currency_minor(cur));
}

static void set(engine *e, const event_values *was, uint32_t i, slice said, slice name, slice value) {
  uint32_t field = was->v[i].field, row = was->v[i].row;
  const custom_field *f = &e->p->custom[field - FIELD_COUNT];
  if (f->ty == TY_TEXT || f->ty == TY_SET) {
    if (value.n) fact_set_text(e->f, field, row, value);
    if (!value.n) column_set(e->f, &fact_field(e->f, field)->c, row, FACT_MISSING);
    e->f->moved = true; /* a text that the machine has not seen */
  } else {
    column_set(e->f, &fact_field(e->f, field)->c, row, typed(e, f, said, name, value));
  }
}

void event_values_begin(engine *e, uint32_t customer, slice said, event_values *was) {
  was->n = 0;
  for (slice rest = said, name, value; rest.n && was->n < EVENT_VALUES_MAX;) {
    if (!split(next_line(&rest), &name, &value)) continue;
    for (uint32_t i = 0; i < e->p->custom_count && was->n < EVENT_VALUES_MAX; i++) {
      const custom_field *f = &e->p->custom[i];
      fact_column *c = f->of == ENT_CUSTOMER ? fact_field(e->f, FIELD_COUNT + i) : NULL;
      if (!c || !c->loaded || !utf8_fold_eq(f->name, name)) continue;
      was->v[was->n].field = FIELD_COUNT + i;
      was->v[was->n].row = customer;
      was->v[was->n].was = column_get(&c->c, customer);
      set(e, was, was->n, said, name, value);
      was->n++;
    }
  }
}

void event_values_end(engine *e, const event_values *was) {
  for (uint32_t i = was->n; i-- > 0;)
    column_set(e->f, &fact_field(e->f, was->v[i].field)->c, was->v[i].row, was->v[i].was);
}

slice event_said(const engine *e, section_kind section, uint32_t index, slice text) {
  return section == SECTION_ON && e->p->ons[index].kind == EV_ERP ? text : (slice){0};
}
