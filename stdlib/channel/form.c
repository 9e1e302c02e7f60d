/* See form.h. */
#include "form.h"

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "stdlib/net/json.h"
#include "template_impl.h"

/* ---- the lines of a file ---- */

typedef struct former {
  arena *perm;
  const program *p;
  entity context;
  dun_lang names;
  slice s;
  uint16_t file;
  diags *d;
  form *f;
  form_line v[FORM_VALUES_MAX];
  uint32_t texts;
  unsigned buttons; /* a bit each */
  bool header;
} former;

static slice line_at(slice s, size_t from) {
  size_t n = 0;
  while (from + n < s.n && s.p[from + n] != '\n') n++;
  return (slice){s.p + from, n};
}

/* "WORD: rest" in one of the three languages. */
static bool word_and(slice row, const char *const words[3], slice *rest) {
  for (size_t i = 0; i < 3; i++) {
    if (!utf8_fold_starts(row, slice_of(words[i]))) continue;
    slice r = {row.p + strlen(words[i]), row.n - strlen(words[i])};
    *rest = r;
    return true;
  }
  return false;
}

static bool colon(slice s, slice *rest) {
  s = slice_trim(s);
  if (!s.n || s.p[0] != ':') return false;
  *rest = slice_trim((slice){s.p + 1, s.n - 1});
  return true;
}

/* A number of at most two digits in front; 0: there is none. */
static uint32_t number(slice s, slice *rest) {
  uint32_t n = 0;
  size_t i = 0;
  s = slice_trim(s);
  while (i < s.n && i < 2 && s.p[i] >= '0' && s.p[i] <= '9') n = n * 10 + (uint32_t)(s.p[i++] - '0');
  *rest = (slice){s.p + i, s.n - i};
  return n;
}

static span place_of(const former *x, slice s) {
  uint32_t at = (uint32_t)(s.p - x->s.p);
  return (span){at, at + (uint32_t)s.n, x->file};
}

static void unreadable(former *x, slice row) { diag_add(x->d, DIAG_E0412, place_of(x, row), (slice){0}, 0, NULL); }

/* Which place a line is about. False: it was reported. */
static bool which(former *x, slice row, form_line *out, slice *value) {
  static const char *const HEADER[3] = {"Header", "Cabeçalho", "Encabezado"}, *const BUTTON[3] = {"Button", "Botão",
                                                                                                  "Botón"};
  slice rest;
  uint32_t n = number(row, &rest);
  if (n) {
    *out = (form_line){FORM_TEXT, n, NULL};
    if (!colon(rest, value)) return unreadable(x, row), false;
    if (n == x->texts + 1) return x->texts++, true;
    slice wanted = arena_printf(x->perm, "%u", x->texts + 1);
    diag_add(x->d, DIAG_E0413, place_of(x, (slice){row.p, (size_t)(rest.p - row.p)}), (slice){0}, 1, &wanted);
    x->texts = n;
    return false;
  }
  if (word_and(row, HEADER, &rest) && !x->header && colon(rest, value)) {
    *out = (form_line){FORM_HEADER, 1, NULL};
    return x->header = true;
  }
  if (word_and(row, BUTTON, &rest)) {
    n = number(rest, &rest);
    bool fresh = n >= 1 && n <= FORM_BUTTONS_MAX && !(x->buttons >> n & 1) && colon(rest, value);
    *out = (form_line){FORM_BUTTON, n, NULL};
    if (fresh) x->buttons |= 1u << n;
    if (fresh) return true;
  }
  return unreadable(x, row), false;
}

static void add_line(former *x, slice row) {
  form_line entry;
  slice value = {0};
  if (!which(x, row, &entry, &value)) return;
  if (x->f->count == FORM_VALUES_MAX) {
    slice args[] = {arena_printf(x->perm, "%d", FORM_VALUES_MAX), SLICE("values")};
    diag_add(x->d, DIAG_E0408, place_of(x, row), (slice){0}, 2, args);
    return;
  }
  if (value.n == 0) {
    unreadable(x, row);
    return;
  }
  entry.value = template_compile(x->perm, x->p, x->context, TEMPLATE_TEXT, x->names, value, x->file,
                                 (uint32_t)(value.p - x->s.p), x->d);
  if (entry.value) x->v[x->f->count++] = entry;
}

/* Values of the text, header and buttons, each in order. */
static const form_line *sorted(const former *x) {
  form_line *v = ARENA_ARRAY(x->perm, x->f->count + 1, form_line);
  uint32_t n = 0;
  for (int place = FORM_TEXT; place <= FORM_BUTTON; place++)
    for (uint32_t at = 1; at <= FORM_VALUES_MAX; at++)
      for (uint32_t i = 0; i < x->f->count; i++)
        if (x->v[i].place == (form_place)place && x->v[i].at == at) v[n++] = x->v[i];
  return v;
}

const form *form_compile(arena *perm, const program *p, entity context, dun_lang names, slice file_text, uint16_t file,
                         diags *d, size_t *body) {
  static const char *const TEMPLATE[3] = {"Template", "Modelo", "Plantilla"};
  former x = {.perm = perm, .p = p, .context = context, .names = names, .s = file_text, .file = file, .d = d};
  size_t errors = d->errors, from = 0;
  slice first = line_at(file_text, 0), rest, name;
  *body = 0;
  if (!word_and(first, TEMPLATE, &rest) || !colon(rest, &name)) return NULL;
  form *f = x.f = ARENA_NEW(perm, form);
  size_t n = 0;
  while (n < name.n && name.p[n] != ' ' && name.p[n] != '\t') n++;
  *f = (form){.name = {name.p, n}, .lang = slice_trim((slice){name.p + n, name.n - n})};
  f->name_at = place_of(&x, name.n ? name : first);
  bool two = f->lang.n && (memchr(f->lang.p, ' ', f->lang.n) || memchr(f->lang.p, '\t', f->lang.n));
  if (!f->name.n || two) unreadable(&x, first);
  for (from = first.n + 1; from < file_text.n; from += rest.n + 1) {
    rest = line_at(file_text, from);
    if (slice_trim(rest).n == 0) break;
    add_line(&x, rest);
  }
  *body = from < file_text.n ? from + rest.n + 1 : file_text.n;
  if (*body > file_text.n) *body = file_text.n;
  if (slice_trim((slice){file_text.p + *body, file_text.n - *body}).n == 0) unreadable(&x, first);
  f->v = sorted(&x);
  return d->errors == errors ? f : NULL;
}

/* ---- filled in ---- */

static const char *const PLACES[] = {[FORM_TEXT] = "text", [FORM_HEADER] = "header", [FORM_BUTTON] = "button"};

/* On one line, no two spaces in a row: more than four, tabs and line ends are refused. */
static slice squeezed(slice s, arena *perm) {
  text t = text_new(perm);
  s = slice_trim(template_escape_line(s, perm));
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] != ' ' || s.p[i - 1] != ' ') text_char(&t, s.p[i]);
  return text_slice(&t);
}

static bool put_value(const form_line *x, const template_source *from, dun_lang lang, arena *perm, template_gaps *gaps,
                      json_writer *w) {
  slice words;
  template_value v;
  if (!template_render(x->value, from, lang, perm, gaps, &words)) return false;
  bool lone = template_lone_value(x->value, from, &v);
  json_begin_object(w, NULL);
  json_put_text(w, "place", slice_of(PLACES[x->place]));
  json_put_int(w, "at", x->at);
  json_put_text(w, "text", squeezed(words, perm));
  if (lone && v.ty == TY_MONEY) {
    json_put_text(w, "currency", slice_of(currency_code(v.money.cur)));
    json_put_int(w, "minor", v.money.minor);
  }
  if (lone && v.ty == TY_DATE) json_put_bool(w, "date", true);
  json_end(w);
  return true;
}

bool form_render(const form *f, const template_source *from, dun_lang lang, arena *perm, template_gaps *gaps,
                 slice *out) {
  json_writer *w = json_write(perm);
  *out = (slice){0};
  json_begin_object(w, NULL);
  json_put_text(w, "template", f->name);
  json_put_text(w, "language", f->lang);
  json_begin_list(w, "values");
  for (uint32_t i = 0; i < f->count; i++)
    if (!put_value(f->v + i, from, lang, perm, gaps, w)) return false;
  json_end(w);
  json_end(w);
  *out = json_written(w);
  return true;
}

/* ---- of a message ---- */

static bool place_named(slice name, form_place *out) {
  for (int i = FORM_TEXT; i <= FORM_BUTTON; i++)
    if (slice_eq(name, slice_of(PLACES[i]))) return *out = (form_place)i, true;
  return false;
}

bool form_read(slice s, arena *perm, filled_form *out) {
  slice why;
  const json *j = s.n ? json_parse(s, perm, &why) : NULL, *values = json_at(j, "values");
  *out = (filled_form){.name = json_text_at(j, "template"), .lang = json_text_at(j, "language")};
  out->count = json_count(values);
  if (!out->name.n || json_kind_of(values) != JSON_LIST || out->count > FORM_VALUES_MAX) return false;
  form_value *v = ARENA_ARRAY(perm, out->count + 1, form_value);
  for (size_t i = 0; i < out->count; i++) {
    const json *x = json_item(values, i);
    int64_t at;
    v[i] = (form_value){.text = json_text_at(x, "text"), .currency = json_text_at(x, "currency")};
    if (!place_named(json_text_at(x, "place"), &v[i].place) || !json_int(json_at(x, "at"), &at) || at < 1 ||
        at > FORM_VALUES_MAX)
      return false;
    v[i].at = (uint32_t)at;
    v[i].is_date = json_true(json_at(x, "date"));
    if (v[i].currency.n && !json_int(json_at(x, "minor"), &v[i].minor)) return false;
  }
  out->v = v;
  return true;
}

slice form_flaw(const filled_form *f, arena *perm) {
  static const char *const WHERE[] = {
      [FORM_TEXT] = "value", [FORM_HEADER] = "the value of the header", [FORM_BUTTON] = "the value of button"};
  for (size_t i = 0; i < f->count; i++) {
    const form_value *v = f->v + i;
    if (v->text.n) continue;
    const char *number_of = v->place == FORM_HEADER ? "" : arena_printf(perm, " %u", v->at).p;
    return arena_printf(perm, "%s%s of the approved template is empty, and none may be", WHERE[v->place], number_of);
  }
  return (slice){0};
}
