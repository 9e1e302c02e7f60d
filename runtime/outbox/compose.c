/* See compose.h. `with payment_link, boleto, pix, fees` is in the message either way: where the template shows it,
 * there; where it does not, in lines at the end. What is missing for a row is a gap. */
#include "compose.h"

#include "enclose.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "means.h"
#include "runtime/engine/event_values.h"
#include "values.h"

static const char *const LANG_TAG[LANG_COUNT] = {"en", "pt", "es"};

typedef struct extra {
  unsigned bit;
  field_id field;
  const char *name, *label[LANG_COUNT];
} extra;

static const extra EXTRAS[] = {
    {WITH_PAYMENT_LINK, FIELD_INVOICE_PAYMENT_LINK, "payment_link", {"Pay here", "Pague aqui", "Pague aquí"}},
    {WITH_BOLETO, FIELD_INVOICE_BOLETO, "boleto", {"Boleto", "Boleto", "Boleto"}},
    {WITH_PIX, FIELD_INVOICE_PIX, "pix", {"Pix", "Pix copia e cola", "Pix"}},
    {WITH_FEES, FIELD_INVOICE_FINE, "fine", {"Late fee", "Multa", "Recargo"}},
    {WITH_FEES, FIELD_INVOICE_INTEREST, "interest", {"Interest", "Juros", "Intereses"}},
    {WITH_FEES, FIELD_INVOICE_TOTAL, "total", {"Total to pay", "Total a pagar", "Total a pagar"}},
};

static bool shows(const template *t, unsigned bit) {
  const template_field *v;
  size_t n = t ? template_fields(t, &v) : 0;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < sizeof EXTRAS / sizeof *EXTRAS; k++)
      if (EXTRAS[k].bit == bit && v[i].of == ENT_INVOICE && v[i].field == EXTRAS[k].field) return true;
  return false;
}

static bool shows_total(const template *t) {
  const template_field *v;
  size_t n = t ? template_fields(t, &v) : 0;
  for (size_t i = 0; i < n; i++)
    if (v[i].of == ENT_INVOICE && v[i].field < FIELD_COUNT && FIELDS[v[i].field].source == SRC_FEE) return true;
  return false;
}

typedef struct composer {
  const decision *d;
  dun_lang lang;
  const template_source *from;
  arena *perm;
  composed *out;
} composer;

/* One line of text, or of a page. */
static void add_extra(composer *c, text *t, const extra *x, uint32_t i, bool html) {
  template_value v;
  const subject *s = c->d->subjects + i;
  template_field f = {ENT_INVOICE, (uint16_t)x->field};
  if (!c->from->get(c->from->self, i, f, &v)) {
    template_gap(&c->out->gaps, c->perm, slice_of(x->name));
    return;
  }
  if (v.ty == TY_MONEY && v.money.minor == 0) return;
  slice words = template_value_text(&v, c->lang, c->perm), number = {0};
  if (html) words = template_escape_html(words, c->perm);
  if (c->d->subject_count > 1) number = html ? template_escape_html(s->number, c->perm) : s->number;
  if (html) text_cstr(t, "<p>");
  if (number.n) text_printf(t, "%.*s: ", SLICE_ARG(number));
  bool link = html && x->bit == WITH_PAYMENT_LINK && utf8_fold_starts(words, SLICE("https://"));
  if (link)
    text_printf(t, "%s: <a href=\"%.*s\">%.*s</a>", x->label[c->lang], SLICE_ARG(words), SLICE_ARG(words));
  else
    text_printf(t, "%s: %.*s", x->label[c->lang], SLICE_ARG(words));
  text_cstr(t, html ? "</p>\n" : "\n");
}

/* The picture of a Pix, below the code; a code that is missing is said with the code. */
static void add_qr(composer *c, text *t, uint32_t i) {
  slice cid, number = {0};
  if (!c->from->qr(c->from->self, i, &cid)) return;
  if (c->d->subject_count > 1) number = template_escape_html(c->d->subjects[i].number, c->perm);
  slice image = template_qr_image(cid, c->perm);
  text_printf(t, "<p>%.*s%s%.*s</p>\n", SLICE_ARG(number), number.n ? ":<br>" : "", SLICE_ARG(image));
}

/* An e-mail without a page has the pictures as attachments. */
static void attach_qrs(composer *c) {
  slice cid;
  for (uint32_t i = 0; i < c->d->subject_count; i++)
    if (c->d->subjects[i].of == ENT_INVOICE) (void)c->from->qr(c->from->self, i, &cid);
}

/* Nothing is added to a text that the provider has approved: what `with` asks for is among its values, or a gap. */
static void form_gaps(composer *c, const form *f) {
  for (size_t k = 0; k < sizeof EXTRAS / sizeof *EXTRAS; k++) {
    bool shown = !(c->d->way->with & EXTRAS[k].bit);
    for (uint32_t i = 0; i < f->count && !shown; i++) shown = shows(f->v[i].value, EXTRAS[k].bit);
    if (!shown) template_gap(&c->out->gaps, c->perm, slice_of(EXTRAS[k].name));
  }
}

/* What `with` asks for and the part's template does not show. */
static slice extras(composer *c, const template *part, bool html) {
  text t = text_new(c->perm);
  unsigned with = c->d->way->with;
  for (uint32_t i = 0; i < c->d->subject_count; i++) {
    const subject *s = c->d->subjects + i;
    if (s->of != ENT_INVOICE) continue;
    for (size_t k = 0; k < sizeof EXTRAS / sizeof *EXTRAS; k++)
      if (with & EXTRAS[k].bit && !shows(part, EXTRAS[k].bit)) add_extra(c, &t, EXTRAS + k, i, html);
    if (html && with & WITH_PIX && !template_has_qr(part)) add_qr(c, &t, i);
  }
  return text_slice(&t);
}

static slice joined_text(slice body, slice more, arena *perm) {
  while (body.n && (body.p[body.n - 1] == '\n' || body.p[body.n - 1] == ' ')) body.n--;
  if (more.n == 0) return arena_printf(perm, "%.*s\n", SLICE_ARG(body));
  return arena_printf(perm, "%.*s\n\n%.*s", SLICE_ARG(body), SLICE_ARG(more));
}

static slice joined_html(slice page, slice more, arena *perm) {
  if (more.n == 0) return page;
  const char *end = memmem(page.p, page.n, "</body>", 7);
  size_t at = end ? (size_t)(end - page.p) : page.n;
  return arena_printf(perm, "%.*s%.*s%.*s", (int)at, page.p, SLICE_ARG(more), (int)(page.n - at), page.p + at);
}

static bool compose_with(engine *e, const template_set *set, const decision *d, const pay_receiver *own, arena *perm,
                         composed *out, slice *why) {
  const send_way *way = d->way;
  slice tag = customer_text(e, d, FIELD_CUSTOMER_LANGUAGE);
  message_template inline_one = {0};
  const message_template *m = &inline_one;
  if (way->template_name.n)
    m = templates_pick(set, way->template_name, way->ch, d->subjects->of, tag, e->p->lang);
  else
    inline_one.text = template_inline(perm, e->p, way->inline_text);
  if (!m) {
    *why = arena_printf(perm, "there is no template \"%.*s\" for %s", SLICE_ARG(way->template_name), CHANNELS[way->ch]);
    return false;
  }
  *out = (composed){0};
  dun_lang lang = template_language(tag, template_language(m->lang, e->p->lang));
  out->language = slice_of(LANG_TAG[lang]);
  means values = {.e = e, .d = d, .own = own, .pictures = way->ch == CH_EMAIL, .perm = perm, .out = out};
  values.shows_total = shows_total(m->subject) || shows_total(m->text) || shows_total(m->html);
  for (uint32_t i = 0; m->form && i < m->form->count; i++) values.shows_total |= shows_total(m->form->v[i].value);
  template_source from = means_source(&values);
  composer c = {d, lang, &from, perm, out};
  slice body, page = {0};
  bool ok =
      template_render(m->text, &from, lang, perm, &out->gaps, &body) &&
      (!m->subject || template_render(m->subject, &from, lang, perm, &out->gaps, &out->subject)) &&
      (!m->html || template_render(m->html, &from, lang, perm, &out->gaps, &page)) &&
      (!m->form || form_render(m->form, &from, template_language(m->form->lang, lang), perm, &out->gaps, &out->form));
  if (!ok) {
    *why = SLICE("the message would be too long");
    return false;
  }
  out->text = joined_text(body, m->form ? (slice){0} : extras(&c, m->text, false), perm);
  if (m->form) form_gaps(&c, m->form);
  if (m->html)
    out->html = joined_html(page, extras(&c, m->html, true), perm);
  else if (way->with & WITH_PIX)
    attach_qrs(&c);
  enclose_wanted(&values, set, lang);
  means_settle_gaps(&out->gaps);
  /* An inline e-mail has no subject of its own: its first line says what it is about. */
  if (way->ch == CH_EMAIL && !m->subject) {
    const char *end = memchr(out->text.p, '\n', out->text.n);
    out->subject = template_escape_line(utf8_head((slice){out->text.p, (size_t)(end - out->text.p)}, 70), perm);
  }
  return true;
}

bool compose_message(engine *e, const template_set *set, const decision *d, const pay_receiver *own, arena *perm,
                     composed *out, slice *why) {
  event_values was;
  event_values_begin(e, d->subjects->row, d->said, &was);
  bool ok = compose_with(e, set, d, own, perm, out, why);
  event_values_end(e, &was);
  return ok;
}

/* ---- for our own people ---- */

static slice words(engine *e, const decision *d, text_pieces pieces, arena *perm) {
  decision_values values = {e, d};
  template_source from = values_source(&values);
  template_gaps gaps = {0};
  event_values was;
  slice out;
  event_values_begin(e, d->subjects->row, d->said, &was);
  bool ok = template_render(template_inline(perm, e->p, pieces), &from, e->p->lang, perm, &gaps, &out);
  event_values_end(e, &was);
  return ok ? out : (slice){0};
}

static slice which(engine *e, const decision *d, arena *perm) {
  slice name = customer_text(e, d, FIELD_CUSTOMER_NAME);
  slice number = d->subjects->of == ENT_CUSTOMER ? (slice){0} : d->subjects->number;
  if (name.n == 0) name = d->customer;
  return number.n ? arena_printf(perm, "%.*s %.*s", SLICE_ARG(name), SLICE_ARG(number)) : name;
}

slice compose_note(engine *e, const decision *d, arena *perm) {
  slice said = d->act->has_body ? words(e, d, d->act->body, perm) : (slice){0};
  if (said.n || d->subjects->of != ENT_INVOICE) return said.n ? said : which(e, d, perm);
  template_value open, due;
  slice about = which(e, d, perm);
  if (!value_of(e, d->subjects, (template_field){ENT_INVOICE, FIELD_INVOICE_OPEN}, &open) ||
      !value_of(e, d->subjects, (template_field){ENT_INVOICE, FIELD_INVOICE_DUE}, &due))
    return about;
  slice sum = template_value_text(&open, e->p->lang, perm), day = template_value_text(&due, e->p->lang, perm);
  return arena_printf(perm, "%.*s: %.*s, %.*s", SLICE_ARG(about), SLICE_ARG(sum), SLICE_ARG(day));
}

slice compose_title(engine *e, const decision *d, arena *perm) {
  slice said = d->act->has_body ? words(e, d, d->act->body, perm) : (slice){0};
  return said.n ? said : which(e, d, perm);
}
