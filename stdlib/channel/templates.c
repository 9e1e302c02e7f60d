/* See templates.h. Only names that the folder lists are ever opened, so that a template's name cannot lead out of it.
 */
#include "templates.h"

#include "channel.h"
#include "lang/base/suggest.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/check/walk.h"

typedef struct loader {
  world *w;
  arena *perm;
  const program *p;
  slice folder;
  slice *names; /* of the folder's files */
  size_t name_count;
  diags *d;
  message_template *v;
  uint32_t count, room;
  source *sources;
  uint32_t source_count, source_room;
  template_field *fields;
  uint32_t field_count, field_room;
} loader;

static void collect_field(loader *l, template_field f) {
  for (uint32_t i = 0; i < l->field_count; i++)
    if (l->fields[i].of == f.of && l->fields[i].field == f.field) return;
  if (l->field_count == l->field_room) {
    l->field_room = l->field_room ? l->field_room * 2 : 32;
    template_field *grown = ARENA_ARRAY(l->perm, l->field_room, template_field);
    if (l->field_count) memcpy(grown, l->fields, l->field_count * sizeof *grown);
    l->fields = grown;
  }
  l->fields[l->field_count++] = f;
}

static void collect_fields(loader *l, const template *t) {
  const template_field *v;
  size_t n = t ? template_fields(t, &v) : 0;
  for (size_t i = 0; i < n; i++) collect_field(l, v[i]);
}

/* What `with` adds to a message where its template does not show it. */
static void collect_with(loader *l, unsigned with) {
  static const struct {
    unsigned bit;
    field_id field;
  } rows[] = {{WITH_PAYMENT_LINK, FIELD_INVOICE_PAYMENT_LINK},
              {WITH_BOLETO, FIELD_INVOICE_BOLETO},
              {WITH_PIX, FIELD_INVOICE_PIX},
              {WITH_FEES, FIELD_INVOICE_FINE},
              {WITH_FEES, FIELD_INVOICE_INTEREST},
              {WITH_FEES, FIELD_INVOICE_TOTAL},
              {WITH_STATEMENT, FIELD_INVOICE_DUE},
              {WITH_STATEMENT, FIELD_INVOICE_OPEN},
              {WITH_STATEMENT, FIELD_INVOICE_TOTAL}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (with & rows[i].bit) collect_field(l, (template_field){ENT_INVOICE, (uint16_t)rows[i].field});
}

/* Line ends become LF, a byte order mark goes. */
static slice plain_lines(slice s, arena *perm) {
  if (slice_starts(s, SLICE("\xef\xbb\xbf"))) s = (slice){s.p + 3, s.n - 3};
  if (!s.n || !memchr(s.p, '\r', s.n)) return s;
  text t = text_new(perm);
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] != '\r' || i + 1 == s.n || s.p[i + 1] != '\n') text_char(&t, s.p[i]);
  return text_slice(&t);
}

/* Reads a file of the folder as one more source; its index, or UINT16_MAX where it was reported. */
static uint16_t read_source(loader *l, slice name, span at) {
  slice path = arena_printf(l->perm, "%.*s/%.*s", SLICE_ARG(l->folder), SLICE_ARG(name)), bytes;
  for (uint32_t i = 0; i < l->source_count; i++)
    if (slice_eq(l->sources[i].name, path)) return (uint16_t)i;
  world_code code = l->w->read_file(l->w, path.p, l->perm, &bytes);
  if (code != WORLD_OK) {
    slice why = slice_of(world_code_text(code));
    diag_add(l->d, DIAG_E0411, at, (slice){0}, 1, &why);
    return UINT16_MAX;
  }
  if (l->source_count == l->source_room) {
    l->source_room = l->source_room * 2 + 8;
    source *v = ARENA_ARRAY(l->perm, l->source_room, source);
    memcpy(v, l->sources, l->source_count * sizeof *v);
    l->sources = v;
  }
  l->sources[l->source_count] = (source){path, plain_lines(bytes, l->perm)};
  return (uint16_t)l->source_count++;
}

/* What stands behind the name in a file's. */
static slice kind_word(channel ch) { return ch == TEMPLATE_DOCUMENT ? SLICE("document") : slice_of(CHANNELS[ch]); }

/* NAME.CHANNEL[.LANG].EXT: whether a file is one of the template's, and its language. */
static bool belongs(slice file, slice name, channel ch, const char *ext, slice *lang) {
  slice head = {file.p, name.n}, end = slice_of(ext), middle = kind_word(ch);
  if (file.n < name.n + 1 + middle.n + end.n || !slice_eq(head, name) || file.p[name.n] != '.') return false;
  slice rest = {file.p + name.n + 1, file.n - name.n - 1};
  if (!slice_starts(rest, middle)) return false;
  if (!slice_eq((slice){rest.p + rest.n - end.n, end.n}, end)) return false;
  slice tag = {rest.p + middle.n, rest.n - middle.n - end.n};
  *lang = (slice){0};
  if (tag.n == 0) return true;
  if (tag.n < 2 || tag.p[0] != '.' || memchr(tag.p + 1, '.', tag.n - 1)) return false;
  *lang = (slice){tag.p + 1, tag.n - 1};
  return true;
}

/* The first line of an e-mail's text: its subject begins at *from. False: there is none. */
static bool split_subject(slice s, size_t *from, size_t *to, size_t *body) {
  static const char *const WORDS[] = {"Subject:", "Assunto:", "Asunto:"};
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
    if (!utf8_fold_starts(s, slice_of(WORDS[i]))) continue;
    *from = strlen(WORDS[i]);
    while (*from < s.n && s.p[*from] == ' ') ++*from;
    *to = *from;
    while (*to < s.n && s.p[*to] != '\n') ++*to;
    *body = *to + 2;
    return *from < *to && *to + 1 < s.n && s.p[*to + 1] == '\n';
  }
  return false;
}

/* Whether the channel's provider knows its approved templates so. Files take any. */
static void form_fits(loader *l, const message_template *m) {
  const connection *c;
  const channel_driver *d = channel_driver_of(l->p, m->ch, &c);
  const form *f = m->form;
  bool values_alone = true, sid = f->name.n == 34 && slice_starts(f->name, SLICE("HX")) && !f->lang.n;
  for (uint32_t i = 0; i < f->count; i++) values_alone &= f->v[i].place == FORM_TEXT;
  if (!c || !d) return;
  if (d->forms == FORMS_BY_NAME ? f->lang.n > 0 : d->forms == FORMS_BY_SID && sid && values_alone) return;
  slice said = arena_printf(l->perm, "%s %s", d->kind, d->vendor);
  diag_add(l->d, DIAG_E0414, f->name_at, (slice){0}, 1, &said);
}

static void compile_text(loader *l, message_template *m, uint16_t file, dun_lang names) {
  slice s = l->sources[file].text;
  size_t body = 0, from, to;
  if (m->ch == CH_EMAIL) {
    if (!split_subject(s, &from, &to, &body)) {
      size_t end = 0;
      while (end < s.n && s.p[end] != '\n') end++;
      diag_add(l->d, DIAG_E0409, (span){0, (uint32_t)end, file}, (slice){0}, 0, NULL);
      return;
    }
    slice subject = slice_trim((slice){s.p + from, to - from});
    m->subject =
        template_compile(l->perm, l->p, m->context, TEMPLATE_HEADER, names, subject, file, (uint32_t)from, l->d);
  }
  size_t errors = l->d->errors;
  if (m->ch != CH_EMAIL) m->form = form_compile(l->perm, l->p, m->context, names, s, file, l->d, &body);
  if (l->d->errors > errors) return;
  if (m->form) form_fits(l, m);
  slice rest = {s.p + body, s.n - body};
  m->text = template_compile(l->perm, l->p, m->context, TEMPLATE_TEXT, names, rest, file, (uint32_t)body, l->d);
}

static void load_html(loader *l, message_template *m, span at, dun_lang names) {
  for (size_t i = 0; i < l->name_count && m->ch == CH_EMAIL; i++) {
    slice lang;
    if (!belongs(l->names[i], m->name, m->ch, ".html", &lang) || !slice_eq(lang, m->lang)) continue;
    uint16_t file = read_source(l, l->names[i], at);
    if (file == UINT16_MAX) return;
    slice page = l->sources[file].text;
    m->html = template_compile(l->perm, l->p, m->context, TEMPLATE_HTML, names, page, file, 0, l->d);
    m->page = file;
    return;
  }
}

static void add(loader *l, message_template m) {
  if (l->count == l->room) {
    l->room = l->room ? l->room * 2 : 16;
    message_template *v = ARENA_ARRAY(l->perm, l->room, message_template);
    if (l->count) memcpy(v, l->v, l->count * sizeof *v);
    l->v = v;
  }
  l->v[l->count++] = m;
  collect_fields(l, m.subject);
  collect_fields(l, m.text);
  collect_fields(l, m.html);
  for (uint32_t i = 0; m.form && i < m.form->count; i++) collect_fields(l, m.form->v[i].value);
}

/* All languages of one template; how many files there were. */
static uint32_t load_template(loader *l, const send_way *way, entity context) {
  uint32_t found = 0;
  for (size_t i = 0; i < l->name_count; i++) {
    message_template m = {.name = way->template_name, .ch = way->ch, .context = context, .page = UINT16_MAX};
    if (!belongs(l->names[i], m.name, m.ch, ".txt", &m.lang)) continue;
    found++;
    uint16_t file = read_source(l, l->names[i], way->at);
    if (file == UINT16_MAX) continue;
    dun_lang names = template_language(m.lang, l->p->lang);
    m.file = file;
    compile_text(l, &m, file, names);
    load_html(l, &m, way->at, names);
    if (m.text && (m.subject || m.ch != CH_EMAIL)) add(l, m);
  }
  return found;
}

/* The name of one that is there and looks like it. */
static slice near_template(loader *l, slice name, channel ch, const char *ext) {
  slice near = {0}, *names = ARENA_ARRAY(l->perm, l->name_count + 1, slice);
  size_t count = 0;
  for (size_t i = 0; i < l->name_count; i++) {
    const char *dot = memchr(l->names[i].p, '.', l->names[i].n);
    if (!dot) continue;
    slice own = {l->names[i].p, (size_t)(dot - l->names[i].p)}, lang;
    if (belongs(l->names[i], own, ch, ext, &lang)) names[count++] = own;
  }
  size_t i = did_you_mean(name, names, count);
  if (i < count) near = arena_printf(l->perm, "did you mean \"%.*s\"?", SLICE_ARG(names[i]));
  return near;
}

static void no_such_template(loader *l, const send_way *way) {
  slice near = near_template(l, way->template_name, way->ch, ".txt");
  slice args[] = {way->template_name, slice_of(CHANNELS[way->ch])};
  diag_add(l->d, DIAG_E0401, way->at, near, 2, args);
}

/* Free words by WhatsApp outside of answers to what the customer wrote. */
static void free_words(loader *l, const action_place *at, const send_way *way) {
  const connection *c;
  const channel_driver *d = channel_driver_of(l->p, way->ch, &c);
  if (way->ch != CH_WHATSAPP || at->answers || !d || d->forms == FORMS_NONE) return;
  bool approved = false, any = false;
  for (uint32_t k = 0; k < l->count && way->template_name.n; k++) {
    const message_template *m = l->v + k;
    if (m->ch != way->ch || m->context != at->of || !slice_eq(m->name, way->template_name)) continue;
    approved = (!any || approved) && m->form;
    any = true;
  }
  if (!approved && (any || !way->template_name.n)) diag_add(l->d, DIAG_W0402, way->at, (slice){0}, 0, NULL);
}

static bool lists(const message_template *m) {
  bool each = false;
  for (uint32_t i = 0; m->form && i < m->form->count; i++) each |= template_has_each(m->form->v[i].value);
  return m->form ? each : template_has_each(m->text) && (!m->html || template_has_each(m->html));
}

/* `create document "T"`: its page, in every language. */
static void load_document(loader *l, const action_place *at) {
  const action *a = at->act;
  uint32_t found = 0;
  for (uint32_t k = 0; k < l->count; k++)
    if (l->v[k].ch == TEMPLATE_DOCUMENT && l->v[k].context == at->of && slice_eq(l->v[k].name, a->name)) return;
  for (size_t i = 0; i < l->name_count; i++) {
    message_template m = {.name = a->name, .ch = TEMPLATE_DOCUMENT, .context = at->of, .file = UINT16_MAX};
    if (!belongs(l->names[i], m.name, m.ch, ".html", &m.lang)) continue;
    found++;
    uint16_t file = read_source(l, l->names[i], a->at);
    if (file == UINT16_MAX) continue;
    dun_lang names = template_language(m.lang, l->p->lang);
    m.page = file;
    m.html = template_compile(l->perm, l->p, m.context, TEMPLATE_HTML, names, l->sources[file].text, file, 0, l->d);
    if (m.html) add(l, m);
  }
  slice near = found ? (slice){0} : near_template(l, a->name, TEMPLATE_DOCUMENT, ".html");
  if (!found) diag_add(l->d, DIAG_E0415, a->at, near, 1, &a->name);
}

static void visit(void *self, const action_place *at) {
  loader *l = self;
  if (at->act->kind == ACT_CREATE_DOCUMENT) load_document(l, at);
  if (at->act->kind == ACT_SEND_FOR_SIGNATURE) collect_field(l, (template_field){ENT_CUSTOMER, FIELD_CUSTOMER_EMAIL});
  for (uint32_t i = 0; i < at->act->way_count; i++) {
    const send_way *way = at->act->ways + i;
    bool seen = way->template_name.n == 0;
    collect_with(l, way->with);
    for (uint32_t k = 0; k < l->count && !seen; k++)
      seen = l->v[k].ch == way->ch && l->v[k].context == at->of && slice_eq(l->v[k].name, way->template_name);
    if (!seen && load_template(l, way, at->of) == 0) no_such_template(l, way);
    free_words(l, at, way);
    for (uint32_t k = 0; k < l->count && at->joins && at->of == ENT_INVOICE; k++) {
      const message_template *m = l->v + k;
      if (m->ch == way->ch && m->context == at->of && slice_eq(m->name, way->template_name) && !lists(m))
        diag_add(l->d, DIAG_W0401, way->at, (slice){0}, 1, &way->template_name);
    }
  }
}

/* `connect attachments files "FOLDER" with invoice_pdf "{number}.pdf"`: the setting, which has holes. */
static const template *attachment(loader *l, const char *key) {
  for (uint32_t i = 0; i < l->p->connection_count; i++) {
    const connection *c = l->p->connections + i;
    if (!slice_eq(c->kind, SLICE("attachments"))) continue;
    for (uint32_t k = 0; k < c->setting_count; k++) {
      const setting *x = c->settings + k;
      diags own;
      if (x->from_env || !slice_eq(x->key, slice_of(key))) continue;
      diags_init(&own, l->perm);
      template *t = template_compile(l->perm, l->p, ENT_INVOICE, TEMPLATE_HEADER, l->p->lang, x->value, 0, 0, &own);
      if (!t) diag_add(l->d, DIAG_E0402, c->at, (slice){0}, 1, &x->value);
      collect_fields(l, t);
      return t;
    }
  }
  return NULL;
}

void templates_check(world *w, arena *perm, const program *p, slice folder, diags *d, template_set *out) {
  loader l = {.w = w, .perm = perm, .p = p, .folder = folder, .d = d, .source_count = p->source_count};
  l.source_room = p->source_count + 8;
  l.sources = ARENA_ARRAY(perm, l.source_room, source);
  if (p->source_count) memcpy(l.sources, p->sources, p->source_count * sizeof *l.sources);
  bool there;
  if (w->is_folder(w, arena_copy(perm, folder), &there) == WORLD_OK && there &&
      w->list_folder(w, arena_copy(perm, folder), perm, &l.names, &l.name_count) != WORLD_OK)
    l.name_count = 0;
  /* Every message is written in its reader's language and names the reader. */
  collect_field(&l, (template_field){ENT_CUSTOMER, FIELD_CUSTOMER_LANGUAGE});
  collect_field(&l, (template_field){ENT_CUSTOMER, FIELD_CUSTOMER_NAME});
  program_actions(p, visit, &l);
  const template *invoice_pdf = attachment(&l, "invoice_pdf"), *boleto_pdf = attachment(&l, "boleto_pdf");
  *out = (template_set){.v = l.v,
                        .count = l.count,
                        .sources = l.sources,
                        .source_count = l.source_count,
                        .fields = l.fields,
                        .field_count = l.field_count,
                        .invoice_pdf = invoice_pdf,
                        .boleto_pdf = boleto_pdf};
}

/* How well a template's language suits; 0 is best. */
static unsigned distance(slice lang, slice customer, dun_lang policy) {
  static const char *const TAGS[LANG_COUNT] = {"en", "pt", "es"};
  size_t n = 0;
  while (n < customer.n && customer.p[n] != '-' && customer.p[n] != '_') n++;
  if (customer.n && lang.n == customer.n && utf8_fold_starts(customer, (slice){lang.p, n < lang.n ? n : lang.n}) &&
      (n == lang.n ||
       utf8_fold_eq((slice){lang.p + n + 1, lang.n - n - 1}, (slice){customer.p + n + 1, lang.n - n - 1})))
    return 0;
  if (n && utf8_fold_eq(lang, (slice){customer.p, n})) return 1;
  if (lang.n == 0) return 2;
  return utf8_fold_eq(lang, slice_of(TAGS[policy])) ? 3 : 4;
}

bool templates_speaks(const message_template *m, slice customer) { return distance(m->lang, customer, LANG_EN) <= 1; }

const message_template *templates_pick(const template_set *set, slice name, channel ch, entity context, slice customer,
                                       dun_lang policy) {
  const message_template *best = NULL;
  unsigned least = UINT32_MAX;
  for (uint32_t i = 0; i < set->count; i++) {
    const message_template *m = set->v + i;
    if (m->ch != ch || m->context != context || !slice_eq(m->name, name)) continue;
    unsigned far = distance(m->lang, customer, policy);
    if (far < least) least = far, best = m;
  }
  return best;
}

static bool reads_fees(const template *t) {
  const template_field *v;
  size_t n = t ? template_fields(t, &v) : 0;
  for (size_t i = 0; i < n; i++)
    if (v[i].field < FIELD_COUNT && FIELDS[v[i].field].source == SRC_FEE) return true;
  return false;
}

const program *templates_program(arena *perm, const program *p, const template_set *set) {
  program *out = ARENA_NEW(perm, program);
  *out = *p;
  field_use *uses = ARENA_ARRAY(perm, p->use_count + set->field_count + 1, field_use);
  if (p->use_count) memcpy(uses, p->uses, p->use_count * sizeof *uses);
  for (uint32_t i = 0; i < set->field_count; i++) {
    template_field f = set->fields[i];
    type ty = f.field < FIELD_COUNT ? FIELDS[f.field].ty : p->custom[f.field - FIELD_COUNT].ty;
    uses[out->use_count++] = (field_use){f.of, f.of, f.field, ty};
  }
  out->uses = uses;
  slice *names = ARENA_ARRAY(perm, set->count + 1, slice);
  for (uint32_t i = 0; i < set->count; i++) {
    const message_template *t = &set->v[i];
    bool values = false;
    for (uint32_t k = 0; t->form && k < t->form->count; k++) values |= reads_fees(t->form->v[k].value);
    if (values || reads_fees(t->subject) || reads_fees(t->text) || reads_fees(t->html))
      names[out->fee_template_count++] = t->name;
  }
  out->fee_templates = names;
  return out;
}
