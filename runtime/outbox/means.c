/* See means.h. */
#include "means.h"

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "runtime/engine/fees.h"
#include "stdlib/channel/qr.h"
#include "values.h"

/* ---- codes ---- */

static pay_bill bill_of(const means *m, const subject *s) {
  template_value open = {0}, due = {0};
  field_use use = {s->of, ENT_INVOICE, FIELD_INVOICE_DUE, TY_DATE};
  uint32_t row = fact_row(m->e->f, &use, s->row);
  pay_bill b = {.number = s->number,
                .asks_total = (m->d->way->with & WITH_FEES) != 0,
                .shows_total = m->shows_total,
                .due = DATE_NONE,
                .today = {m->e->today}};
  if (value_of(m->e, s, (template_field){ENT_INVOICE, FIELD_INVOICE_OPEN}, &open)) b.open = open.money;
  if (value_of(m->e, s, (template_field){ENT_INVOICE, FIELD_INVOICE_DUE}, &due)) b.due = due.date;
  b.due_moved = b.due;
  if (m->e->f->due_written) b.due = (civil_date){(int32_t)column_get(m->e->f->due_written, row)};
  if (b.asks_total || b.shows_total) b.total_known = fees_of(m->e, FIELD_INVOICE_TOTAL, row, &b.total) == FEES_KNOWN;
  return b;
}

static void wrong(const means *m, const char *name, slice why) {
  template_gap(&m->out->gaps, m->perm, arena_printf(m->perm, "%s: %.*s", name, SLICE_ARG(why)));
}

static bool code_of(const means *m, const subject *s, uint32_t field, slice *code) {
  template_value v = {0};
  slice why = {0};
  if (s->of != ENT_INVOICE) return false;
  bool there = value_of(m->e, s, (template_field){ENT_INVOICE, (uint16_t)field}, &v);
  if (field == FIELD_INVOICE_PIX && !there && (!m->own || !m->own->key.n)) return false;
  if (field == FIELD_INVOICE_BOLETO && !there) return false;
  pay_bill b = bill_of(m, s);
  bool pix = field == FIELD_INVOICE_PIX;
  bool fine = pix ? pay_pix(&b, m->own, v.text, m->perm, code, &why) : pay_boleto(&b, v.text, m->perm, code, &why);
  if (!fine && why.n) wrong(m, pix ? "pix" : "boleto", why);
  return fine;
}

static bool get(void *self, uint32_t i, template_field f, template_value *out) {
  const means *m = self;
  const subject *s = m->d->subjects + i;
  if (f.of != ENT_INVOICE || (f.field != FIELD_INVOICE_PIX && f.field != FIELD_INVOICE_BOLETO))
    return value_of(m->e, s, f, out);
  *out = (template_value){.ty = TY_TEXT};
  return code_of(m, s, f.field, &out->text);
}

bool means_boleto_wrong(const means *m, uint32_t i) {
  template_value v = {0};
  slice code;
  const subject *s = m->d->subjects + i;
  bool there = value_of(m->e, s, (template_field){ENT_INVOICE, FIELD_INVOICE_BOLETO}, &v);
  return there && !code_of(m, s, FIELD_INVOICE_BOLETO, &code);
}

/* ---- pictures ---- */

static slice cid_of(const means *m, uint32_t i) { return arena_printf(m->perm, "pix-%u@dun", i + 1); }

/* One a subject: asked for twice it is the same. */
static bool qr(void *self, uint32_t i, slice *cid) {
  means *m = self;
  slice code, png;
  *cid = cid_of(m, i);
  for (size_t k = 0; k < m->out->part_count; k++)
    if (slice_eq(m->out->parts[k].cid, *cid)) return true;
  if (!m->pictures || !code_of(m, m->d->subjects + i, FIELD_INVOICE_PIX, &code)) return false;
  if (!qr_png(code, m->perm, &png)) {
    wrong(m, "pix_qr", SLICE("its code is too long for a picture"));
    return false;
  }
  return means_add_part(m, (store_part){.what = SLICE("pix_qr"),
                                        .name = part_name(m->perm, "pix", m->d->subjects[i].number, "png"),
                                        .type = SLICE("image/png"),
                                        .cid = *cid,
                                        .bytes = png});
}

template_source means_source(means *m) {
  return (template_source){.self = m, .get = get, .subjects = m->d->subject_count, .today = {m->e->today}, .qr = qr};
}

slice part_name(arena *perm, const char *what, slice number, const char *ending) {
  text t = text_new(perm);
  text_printf(&t, "%s-", what);
  for (size_t i = 0; i < number.n;) {
    uint32_t cp;
    size_t n = utf8_decode((slice){number.p + i, number.n - i}, &cp);
    bool plain = (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z') || cp == '.' ||
                 cp == '_' || (cp >= 0xc0 && cp != 0xfffd);
    if (plain)
      text_add(&t, (slice){number.p + i, n});
    else if (t.p[t.n - 1] != '-')
      text_char(&t, '-');
    i += n;
  }
  text_printf(&t, ".%s", ending);
  return text_slice(&t);
}

bool means_add_part(means *m, store_part part) {
  composed *c = m->out;
  if (c->part_count == STORE_PARTS_MAX) {
    template_gap(&c->gaps, m->perm,
                 arena_printf(m->perm, "%.*s: more files than a message takes along", SLICE_ARG(part.what)));
    return false;
  }
  if (!c->parts) c->parts = ARENA_ARRAY(m->perm, STORE_PARTS_MAX, store_part);
  part.ordinal = (int32_t)c->part_count;
  c->parts[c->part_count++] = part;
  return true;
}

/* ---- gaps ---- */

void means_settle_gaps(template_gaps *gaps) {
  size_t n = 0;
  for (size_t i = 0; i < gaps->count; i++) {
    slice name = gaps->v[i];
    bool said = false;
    for (size_t k = 0; k < gaps->count && !said; k++)
      said = gaps->v[k].n > name.n + 1 && slice_starts(gaps->v[k], name) && gaps->v[k].p[name.n] == ':';
    if (!said) gaps->v[n++] = name;
  }
  gaps->count = n;
}
