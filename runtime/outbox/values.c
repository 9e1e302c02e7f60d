/* See values.h. */
#include "values.h"

#include "runtime/engine/fees.h"

static type type_of(const program *p, template_field f) {
  return f.field < FIELD_COUNT ? FIELDS[f.field].ty : p->custom[f.field - FIELD_COUNT].ty;
}

/* Values that no column holds. */
static bool computed(engine *e, template_field f, uint32_t row, template_value *out, bool *known) {
  *known = true;
  if (f.of != ENT_INVOICE || f.field >= FIELD_COUNT) return false;
  if (f.field == FIELD_INVOICE_OVERDUE) {
    out->days = fees_overdue(e, row);
    return true;
  }
  if (f.field == FIELD_INVOICE_CURRENCY) {
    out->text = slice_of(currency_code(e->f->cur[row]));
    return true;
  }
  if (FIELDS[f.field].source != SRC_FEE) return false;
  *known = fees_of(e, f.field, row, &out->money) == FEES_KNOWN;
  return true;
}

bool value_of(engine *e, const subject *s, template_field f, template_value *out) {
  *out = (template_value){.ty = type_of(e->p, f)};
  field_use use = {s->of, f.of, f.field, out->ty};
  uint32_t row = fact_row(e->f, &use, s->row);
  if (row == VM_NO_ROW) return false;
  bool known;
  if (computed(e, f, row, out, &known)) return known;
  const fact_column *c = fact_field(e->f, f.field);
  if (!c->loaded) {
    /* Every entity is known by its name, whether or not a condition reads it. */
    bool name = f.field == FIELD_INVOICE_NUMBER || f.field == FIELD_CUSTOMER_ID || f.field == FIELD_CONTRACT_NUMBER;
    out->text = name ? e->f->t[f.of].number[row] : (slice){0};
    return out->text.n > 0;
  }
  if (out->ty == TY_TEXT || out->ty == TY_SET) {
    out->text = fact_text(e->f, f.field, row);
    return out->text.n > 0;
  }
  int64_t v = fact_int(e->f, f.field, row);
  if (v == FACT_MISSING) return false;
  switch (out->ty) {
  case TY_MONEY: out->money = (money){v, fact_currency(e->f, f.field, row)}; return true;
  case TY_DATE: out->date = (civil_date){(int32_t)v}; return true;
  case TY_BOOL: out->yes = v != 0; return true;
  case TY_DURATION: out->days = (int32_t)v; return true;
  case TY_NUMBER:
  case TY_PERCENT: out->number = (decimal){v, c->c.millionths ? 6 : 0}; return true;
  case TY_TIME:
  case TY_TEXT:
  case TY_SET:
  case TY_ERROR: break;
  }
  return false;
}

static bool get(void *self, uint32_t i, template_field f, template_value *out) {
  const decision_values *v = self;
  return value_of(v->e, v->d->subjects + i, f, out);
}

template_source values_source(decision_values *v) {
  return (template_source){.self = v, .get = get, .subjects = v->d->subject_count, .today = {v->e->today}};
}

slice customer_text(engine *e, const decision *d, field_id field) {
  template_value v;
  return value_of(e, d->subjects, (template_field){ENT_CUSTOMER, (uint16_t)field}, &v) ? v.text : (slice){0};
}
