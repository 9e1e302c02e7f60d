/* Templates: whatever the bytes are, compiling and rendering end, and what a hole is filled with is never read as
 * markup or as another header line. The kind (header, text, HTML) and the language are turned through. */
#include "fuzz.h"

#include "lang/check/fields.h"
#include "stdlib/channel/form.h"
#include "stdlib/channel/template.h"

/* No template of ours writes it, so that where it comes out, it came out of a hole. */
#define MARK "\x01\x02<dun\xe2\x80\xa8'\"&>\r\n{number}"
#define MARK_RAW "<dun"

static const custom_field CUSTOM[] = {{ENT_INVOICE, {"project", 7}, TY_TEXT}};
static const program P = {.custom = CUSTOM, .custom_count = 1, .lang = LANG_EN};

static type type_of(template_field f) { return f.field < FIELD_COUNT ? FIELDS[f.field].ty : TY_TEXT; }

/* Every third field has no value; the others hold what is the worst of their type. */
static bool get(void *self, uint32_t subject, template_field f, template_value *out) {
  (void)self;
  if ((f.field + subject) % 3 == 2) return false;
  *out = (template_value){.ty = type_of(f),
                          .text = SLICE(MARK),
                          .money = {subject ? INT64_MIN : INT64_MAX, subject == 1 ? CURRENCY_USD : CURRENCY_BRL},
                          .date = date_of(subject ? 9999 : 1, 12, 31),
                          .days = subject ? INT32_MIN : 1,
                          .yes = subject != 1};
  return true;
}

static bool holds(slice s, const char *part) { return s.n && memmem(s.p, s.n, part, strlen(part)) != NULL; }

static void check_rendered(template_kind kind, slice from, slice out) {
  MUST(out.n <= RENDERED_BYTES_MAX);
  if (kind == TEMPLATE_HTML) MUST(!holds(out, MARK_RAW) || holds(from, MARK_RAW));
  if (kind == TEMPLATE_HEADER) MUST(!holds(out, "\r") || holds(from, "\r"));
  if (kind == TEMPLATE_HEADER) MUST(!holds(out, "\n") || holds(from, "\n"));
  MUST(!holds(out, "\x01\x02<") || holds(from, "\x01"));
}

static void one(arena *perm, slice text, template_kind kind, dun_lang lang) {
  diags d;
  diags_init(&d, perm);
  template *t = template_compile(perm, &P, ENT_INVOICE, kind, lang, text, 0, 0, &d);
  MUST((t == NULL) == (d.errors > 0));
  source src = {SLICE("fuzz.txt"), text};
  for (const diag *g = d.first; g; g = g->next) MUST(g->at.from <= g->at.to && g->at.to <= text.n);
  diags_render(&d, &src, 1, lang, false, perm);
  if (!t) return;
  const template_field *fields;
  size_t count = template_fields(t, &fields);
  for (size_t i = 0; i < count; i++) MUST(fields[i].field <= FIELD_COUNT);
  for (uint32_t subjects = 1; subjects <= 3; subjects++) {
    template_source from = {NULL, get, subjects, date_of(2026, 3, 15), NULL};
    template_gaps gaps = {0};
    slice out;
    if (template_render(t, &from, lang, perm, &gaps, &out)) check_rendered(kind, text, out);
    for (size_t i = 0; i < gaps.count; i++)
      for (size_t k = 0; k < i; k++) MUST(!slice_eq(gaps.v[i], gaps.v[k]));
  }
}

/* The lines of an approved template above the words: what is filled in is read back, each value on one line. */
static void approved(arena *perm, slice text) {
  diags d;
  size_t body;
  diags_init(&d, perm);
  const form *f = form_compile(perm, &P, ENT_INVOICE, LANG_EN, text, 0, &d, &body);
  MUST(body <= text.n && (!f || (body > 0 && d.errors == 0)));
  for (const diag *g = d.first; g; g = g->next) MUST(g->at.from <= g->at.to && g->at.to <= text.n);
  template_source from = {NULL, get, 2, date_of(2026, 3, 15), NULL};
  template_gaps gaps = {0};
  filled_form back;
  slice out;
  if (!f || !form_render(f, &from, LANG_PT, perm, &gaps, &out)) return;
  MUST(form_read(out, perm, &back) && back.count == f->count && back.name.n);
  for (size_t i = 0; i < back.count; i++) {
    MUST(back.v[i].place == f->v[i].place && back.v[i].at == f->v[i].at);
    MUST(!holds(back.v[i].text, "\n") && !holds(back.v[i].text, "\t") && !holds(back.v[i].text, "  "));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  slice text = {(const char *)data, size};
  arena *perm = arena_new();
  one(perm, text, TEMPLATE_HEADER, LANG_ES);
  one(perm, text, TEMPLATE_TEXT, LANG_EN);
  one(perm, text, TEMPLATE_HTML, LANG_PT);
  approved(perm, text);
  arena_free(perm);
  return 0;
}
