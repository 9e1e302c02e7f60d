/* Compiling a template: one pass over its text, blocks on a stack of fixed depth. See template.h. */
#include <assert.h>

#include "lang/base/suggest.h"
#include "lang/base/utf8.h"
#include "lang/check/fields.h"
#include "template_impl.h"

typedef struct compiler {
  arena *perm;
  template *t;
  entity context;
  template_kind kind;
  dun_lang lang;
  slice text;
  uint16_t file;
  uint32_t at; /* of the text in its file */
  diags *d;
  size_t errors; /* of d, before */
  html_scan html;
  uint32_t open[TEMPLATE_DEPTH_MAX]; /* pieces whose block is open */
  span open_at[TEMPLATE_DEPTH_MAX];
  uint32_t depth, holes;
  uint32_t beyond; /* blocks open past the limit: their {end} is no second error */
  bool in_each;
} compiler;

static piece *push(compiler *c, piece_kind kind, slice literal) {
  template *t = c->t;
  if (t->count == t->room) {
    t->room = t->room ? t->room * 2 : 16;
    piece *v = ARENA_ARRAY(c->perm, t->room, piece);
    if (t->count) memcpy(v, t->v, t->count * sizeof *v);
    t->v = v;
  }
  t->v[t->count] = (piece){.kind = kind, .literal = literal};
  return t->v + t->count++;
}

static void literal(compiler *c, size_t from, size_t to) {
  if (from >= to) return;
  slice s = {c->text.p + from, to - from};
  if (c->kind == TEMPLATE_HTML) html_scan_text(&c->html, s);
  push(c, PIECE_LITERAL, s);
}

static span place(const compiler *c, size_t from, size_t to) {
  return (span){c->at + (uint32_t)from, c->at + (uint32_t)to, c->file};
}

static void complain(compiler *c, diag_code code, size_t from, size_t to) {
  diag_add(c->d, code, place(c, from, to), (slice){0}, 0, NULL);
}

static void over_limit(compiler *c, span at, unsigned most, const char *what) {
  slice args[] = {arena_printf(c->perm, "%u", most), slice_of(what)};
  diag_add(c->d, DIAG_E0408, at, (slice){0}, 2, args);
}

static void reads(compiler *c, template_field f) {
  template *t = c->t;
  for (uint32_t i = 0; i < t->field_count; i++)
    if (t->fields[i].of == f.of && t->fields[i].field == f.field) return;
  template_field *v = ARENA_ARRAY(c->perm, t->field_count + 1, template_field);
  if (t->field_count) memcpy(v, t->fields, t->field_count * sizeof *v);
  v[t->field_count++] = f;
  t->fields = v;
}

/* Resolves a field's name; false where it was reported. */
static bool resolve(compiler *c, slice name, size_t from, template_field *out) {
  const program *p = c->t->p;
  field_ref r = field_by_path(p->custom, p->custom_count, c->context, name, c->lang);
  if (r.status == FIELD_FOUND) {
    *out = (template_field){r.of, r.field};
    reads(c, *out);
    return true;
  }
  /* What stands behind the dot is wrong in FIELD_NO_NAME, the head else. */
  entity of = c->context;
  slice wrong = name, near;
  const char *dot = memchr(name.p, '.', name.n);
  if (dot && r.status == FIELD_NO_NAME) {
    of = entity_by_name((slice){name.p, (size_t)(dot - name.p)}, c->lang);
    wrong = (slice){dot + 1, (size_t)(name.p + name.n - dot - 1)};
    near = field_nearest(p->custom, p->custom_count, of, wrong, c->lang);
  } else if (dot) {
    slice heads[] = {entity_text(ENT_CUSTOMER, c->lang), entity_text(ENT_CONTRACT, c->lang),
                     entity_text(ENT_INVOICE, c->lang)};
    wrong = (slice){name.p, (size_t)(dot - name.p)};
    size_t i = did_you_mean(wrong, heads, 3);
    near = i < 3 ? heads[i] : (slice){0};
  } else {
    near = field_nearest(p->custom, p->custom_count, of, wrong, c->lang);
  }
  slice hint = near.n ? arena_printf(c->perm, "did you mean \"%.*s\"?", SLICE_ARG(near)) : (slice){0};
  from += (size_t)(wrong.p - name.p);
  diag_add(c->d, DIAG_E0402, place(c, from, from + wrong.n), hint, 1, &name);
  return false;
}

/* One of a keyword's spellings in the three languages. */
static bool is_word(slice s, const char *en, const char *pt, const char *es) {
  return utf8_fold_eq(s, slice_of(en)) || utf8_fold_eq(s, slice_of(pt)) || utf8_fold_eq(s, slice_of(es));
}

/* Blocks stand where the markup around them is whole: in text. */
static bool block_may_stand(compiler *c, size_t from, size_t to) {
  if (c->kind != TEMPLATE_HTML) return true;
  html_scan before = c->html;
  if (html_scan_hole(&before) == HTML_IN_TEXT) return true;
  complain(c, DIAG_E0410, from, to);
  return false;
}

static void open_block(compiler *c, piece_kind kind, slice name, template_field field, size_t from, size_t to) {
  if (!block_may_stand(c, from, to)) return;
  if (c->depth == TEMPLATE_DEPTH_MAX) {
    over_limit(c, place(c, from, to), TEMPLATE_DEPTH_MAX, "blocks open at once");
    c->beyond++;
    return;
  }
  c->open[c->depth] = c->t->count;
  c->open_at[c->depth++] = place(c, from, to);
  push(c, kind, name)->field = field;
  if (kind == PIECE_EACH) c->in_each = c->t->has_each = true;
}

static void close_block(compiler *c, size_t from, size_t to) {
  if (c->beyond) {
    c->beyond--;
    return;
  }
  if (c->depth == 0) {
    complain(c, DIAG_E0404, from, to);
    return;
  }
  if (!block_may_stand(c, from, to)) return;
  uint32_t opened = c->open[--c->depth];
  if (c->t->v[opened].kind == PIECE_EACH) c->in_each = false;
  push(c, PIECE_END, (slice){0});
  c->t->v[opened].next = c->t->count;
}

static bool escape_here(compiler *c, size_t from, size_t to, piece_escape *out) {
  *out = c->kind == TEMPLATE_HEADER ? ESCAPE_LINE : ESCAPE_TEXT;
  if (c->kind != TEMPLATE_HTML) return true;
  switch (html_scan_hole(&c->html)) {
  case HTML_IN_TEXT:
  case HTML_IN_ATTRIBUTE: *out = ESCAPE_HTML; return true;
  case HTML_IN_LINK: *out = ESCAPE_LINK; return true;
  case HTML_IN_LINK_PART: *out = ESCAPE_LINK_PART; return true;
  case HTML_NOWHERE: break;
  }
  complain(c, DIAG_E0410, from, to);
  return false;
}

/* The word after the first, trimmed; empty where there is one word only. */
static slice split(slice s, slice *rest) {
  size_t i = 0;
  while (i < s.n && s.p[i] != ' ' && s.p[i] != '\t') i++;
  *rest = slice_trim((slice){s.p + i, s.n - i});
  return (slice){s.p, i};
}

typedef enum tag_kind { TAG_HOLE, TAG_EACH, TAG_IF, TAG_END } tag_kind;

static tag_kind tag_of(slice inner, slice *rest) {
  slice first = split(inner, rest);
  if (rest->n == 0) return is_word(first, "end", "fim", "fin") ? TAG_END : TAG_HOLE;
  if (is_word(first, "if", "se", "si")) return TAG_IF;
  if (is_word(first, "each", "cada", "cada") &&
      (is_word(*rest, "invoice", "fatura", "factura") || is_word(*rest, "título", "título", "título")))
    return TAG_EACH;
  return TAG_HOLE;
}

/* The picture of a message's Pix: in text, or as the whole address of an image. */
static void qr_tag(compiler *c, slice name, size_t from, size_t to) {
  html_place at = c->kind == TEMPLATE_HTML ? html_scan_hole(&c->html) : HTML_NOWHERE;
  if (c->context != ENT_INVOICE || (at != HTML_IN_TEXT && at != HTML_IN_LINK)) {
    complain(c, DIAG_E0416, from, to);
    return;
  }
  piece *x = push(c, PIECE_QR, name);
  x->field = (template_field){ENT_INVOICE, FIELD_INVOICE_PIX};
  x->escape = at == HTML_IN_LINK ? ESCAPE_LINK : ESCAPE_HTML;
  c->t->has_qr = true;
  reads(c, (template_field){ENT_INVOICE, FIELD_INVOICE_PIX});
}

static bool is_qr(slice name) { return utf8_fold_eq(name, SLICE("pix_qr")); }

static void tag(compiler *c, tag_kind kind, slice inner, slice rest, size_t from, size_t to) {
  template_field f = {0};
  if (++c->holes > TEMPLATE_HOLES_MAX) {
    if (c->holes == TEMPLATE_HOLES_MAX + 1) over_limit(c, place(c, from, to), TEMPLATE_HOLES_MAX, "holes");
    return;
  }
  switch (kind) {
  /* A block that is wrong is opened all the same, so that its {end} is no second error. */
  case TAG_EACH: {
    bool wrong = c->kind == TEMPLATE_HEADER || c->context != ENT_INVOICE || c->in_each;
    if (wrong) complain(c, DIAG_E0407, from, to);
    open_block(c, wrong ? PIECE_IF : PIECE_EACH, inner, f, from, to);
    return;
  }
  case TAG_IF:
    (void)resolve(c, is_qr(rest) ? SLICE("pix") : rest, (size_t)(rest.p - c->text.p), &f);
    open_block(c, PIECE_IF, rest, f, from, to);
    return;
  case TAG_END: close_block(c, from, to); return;
  case TAG_HOLE: break;
  }
  if (is_qr(inner)) {
    qr_tag(c, inner, from, to);
    return;
  }
  piece_escape escape;
  if (!escape_here(c, from, to, &escape)) return;
  piece_kind piece_is = PIECE_FIELD;
  if (is_word(inner, "today", "hoje", "hoy"))
    piece_is = PIECE_TODAY;
  else if (!resolve(c, inner, (size_t)(inner.p - c->text.p), &f))
    return;
  piece *x = push(c, piece_is, inner);
  x->field = f;
  x->escape = escape;
}

static bool blank(char ch) { return ch == ' ' || ch == '\t' || ch == '\r'; }

/* A block tag alone on its line takes the line with it: *from goes back to the line's beginning, *to behind its end. */
static void take_line(slice s, size_t *from, size_t *to) {
  size_t a = *from, b = *to;
  while (a > 0 && blank(s.p[a - 1])) a--;
  if (a > 0 && s.p[a - 1] != '\n') return;
  while (b < s.n && blank(s.p[b])) b++;
  if (b < s.n && s.p[b] != '\n') return;
  *from = a;
  *to = b < s.n ? b + 1 : b;
}

static void compile(compiler *c) {
  slice s = c->text;
  size_t from = 0;
  for (size_t i = 0; i < s.n;) {
    char ch = s.p[i];
    if (ch != '{' && ch != '}') {
      i++;
      continue;
    }
    if (i + 1 < s.n && s.p[i + 1] == ch) {
      literal(c, from, i + 1);
      from = i += 2;
      continue;
    }
    if (ch == '}') {
      complain(c, DIAG_E0406, i, i + 1);
      i++;
      continue;
    }
    size_t end = i + 1;
    while (end < s.n && s.p[end] != '}' && s.p[end] != '{' && s.p[end] != '\n') end++;
    if (end == s.n || s.p[end] != '}') {
      complain(c, DIAG_E0403, i, end);
      i = end;
      continue;
    }
    slice inner = slice_trim((slice){s.p + i + 1, end - i - 1}), rest;
    tag_kind kind = tag_of(inner, &rest);
    size_t line_from = i, line_to = end + 1;
    if (kind != TAG_HOLE) take_line(s, &line_from, &line_to);
    literal(c, from, line_from);
    tag(c, kind, inner, rest, i, end + 1);
    from = i = line_to;
  }
  literal(c, from, s.n);
  for (uint32_t i = 0; i < c->depth; i++) diag_add(c->d, DIAG_E0405, c->open_at[i], (slice){0}, 0, NULL);
}

template *template_compile(arena *perm, const program *p, entity context, template_kind kind, dun_lang names,
                           slice text, uint16_t file, uint32_t at, diags *d) {
  compiler c = {.perm = perm,
                .context = context,
                .kind = kind,
                .lang = names,
                .text = text,
                .file = file,
                .at = at,
                .d = d,
                .errors = d->errors};
  c.t = ARENA_NEW(perm, template);
  c.t->p = p;
  size_t bad = utf8_bad_at(text);
  if (text.n > TEMPLATE_BYTES_MAX)
    over_limit(&c, place(&c, 0, 0), TEMPLATE_BYTES_MAX, "bytes");
  else if (bad < text.n)
    complain(&c, DIAG_E0001, bad, bad + 1);
  else
    compile(&c);
  return d->errors == c.errors ? c.t : NULL;
}

template *template_inline(arena *perm, const program *p, text_pieces pieces) {
  diags none;
  diags_init(&none, perm);
  compiler c = {.perm = perm, .lang = p->lang, .d = &none};
  c.t = ARENA_NEW(perm, template);
  c.t->p = p;
  for (uint32_t i = 0; i < pieces.count; i++) {
    const text_piece *x = pieces.pieces + i;
    if (x->use == NO_USE) {
      push(&c, PIECE_LITERAL, x->literal);
      continue;
    }
    const field_use *use = p->uses + x->use;
    template_field f = {use->of, use->field};
    slice name = use->field < FIELD_COUNT ? slice_of(FIELDS[use->field].name[LANG_EN])
                                          : p->custom[use->field - FIELD_COUNT].name;
    reads(&c, f);
    piece *y = push(&c, PIECE_FIELD, name);
    y->field = f;
    y->escape = ESCAPE_TEXT;
  }
  return c.t;
}

size_t template_fields(const template *t, const template_field **out) {
  *out = t->fields;
  return t->field_count;
}

bool template_has_qr(const template *t) { return t->has_qr; }
bool template_has_each(const template *t) { return t->has_each; }
