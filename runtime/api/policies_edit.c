/* The editor of a policy: what the compiler says of a text that is being written, what may follow, what a word means,
 * and how `dun fmt` writes it. By what the language server asks (lang/query, runtime/lsp): the text stands in place of
 * the policy's file, all else is read as on disk.
 *
 * Places are counted as a browser counts: in units of UTF-16 from the beginning of the text. */
#include "lang/base/path.h"
#include "lang/base/utf8.h"
#include "policies.h"
#include "runtime/lsp/reading.h"

enum { COMPLETIONS_MAX = 60, DIAGS_MAX = 300 };

/* ---- places ---- */

/* Bytes to units; goes on from where it was asked last, since what is asked comes mostly in order. */
typedef struct ruler {
  slice text;
  uint32_t bytes, units;
} ruler;

static uint32_t units_at(ruler *r, uint32_t bytes) {
  if (bytes < r->bytes) r->bytes = r->units = 0;
  while (r->bytes < bytes && r->bytes < r->text.n) {
    unsigned char c = (unsigned char)r->text.p[r->bytes++];
    if ((c & 0xc0) != 0x80) r->units += c >= 0xf0 ? 2 : 1;
  }
  while (r->bytes < r->text.n && ((unsigned char)r->text.p[r->bytes] & 0xc0) == 0x80) r->bytes++;
  return r->units;
}

static uint32_t bytes_at(slice text_of, int64_t units) {
  uint32_t at = 0;
  for (int64_t n = 0; at < text_of.n && n < units;) {
    n += (unsigned char)text_of.p[at] >= 0xf0 ? 2 : 1;
    do at++;
    while (at < text_of.n && ((unsigned char)text_of.p[at] & 0xc0) == 0x80);
  }
  return at;
}

static void put_span(json_writer *w, ruler *r, span at) {
  json_put_int(w, "from", units_at(r, at.from));
  json_put_int(w, "to", units_at(r, at.to));
}

/* ---- a text that is open ---- */

typedef struct editing {
  policy_place place;
  policies all;
  policy *x;
  uint16_t file;
  slice text;
  ruler ruler;
} editing;

static void editing_end(editing *e) {
  for (uint32_t i = 0; i < e->all.n; i++) {
    arena_free(e->all.v[i].perm);
    arena_free(e->all.v[i].glance_perm);
  }
  policy_place_close(&e->place);
}

/* The file of the policy that is edited: its path, as it names it. */
static bool edited_path(api_call *c, policy_place *p, int64_t file, slice *path) {
  *path = p->path;
  if (file == 0) return true;
  policy_place other;
  policy_place_open(&other, c->w, p->a, p->path, c->perm);
  (void)policy_place_read(&other);
  bool there = file > 0 && file < (int64_t)other.s.source_count;
  if (there) *path = other.s.sources[file].name;
  policy_place_close(&other);
  if (!there) api_fail(c, 404, "not_there", SLICE("the policy has no such file"));
  return there;
}

/* Of the body's `text` and `file`. False: answered. To be ended. */
static bool editing_begin(api_call *c, editing *e) {
  int64_t file = 0;
  slice path;
  *e = (editing){0};
  const json *said = json_member(c->json, SLICE("text"));
  if (json_kind_of(said) != JSON_TEXT) {
    api_wrong(c, "text", SLICE("this must be a text"));
    return false;
  }
  e->text = json_text(said);
  if (e->text.n > POLICY_TEXT_MAX) {
    api_fail(c, 413, "bad_request", SLICE("the file is too large for the page"));
    return false;
  }
  if ((json_member(c->json, SLICE("file")) && !api_whole(c, "file", 0, 1000, &file)) ||
      !policy_asked(c, &e->place, (slice){0}))
    return false;
  if (!edited_path(c, &e->place, file, &path)) {
    policy_place_close(&e->place);
    return false;
  }
  document *d = document_open(&e->place.open, path, 1, e->text);
  e->all = (policies){.perm = c->perm, .w = &e->place.over, .open = &e->place.open, .no_store = true};
  d->root = path_join(c->perm, SLICE("."), e->place.path);
  e->x = policy_of_document(&e->all, d, &e->file);
  e->ruler = (ruler){.text = e->text};
  return true;
}

static bool reads(const editing *e) { return e->x && !e->x->trouble.n; }

static dun_lang text_lang(const editing *e) { return e->x->q.trees[e->file]->lang; }

/* ---- diagnostics and colours ---- */

static void put_fixes(json_writer *w, editing *e, const diag *d, arena *perm, dun_lang lang) {
  json_begin_list(w, "fixes");
  for (const diag_edit *x = d->fix; x; x = x->next) {
    json_begin_object(w, NULL);
    json_put_text(w, "says", reading_fix_says(&e->x->q, x, lang, perm));
    put_span(w, &e->ruler, x->at);
    json_put_text(w, "text", x->text);
    json_end(w);
  }
  json_end(w);
}

static const char *severity_word(diag_code code) {
  switch (diag_severity_of(code)) {
  case DIAG_ERROR: return "error";
  case DIAG_WARNING: return "warning";
  case DIAG_NOTE: return "note";
  }
  return "error";
}

/* One of another file is said with its name: it has no place in this text. `template`: the sources are the templates'.
 */
static void put_diag(api_call *c, editing *e, const diag *d, const source *sources, uint32_t count) {
  json_writer *w = c->out;
  bool here = d->at.file == e->file && sources == e->x->q.files;
  json_begin_object(w, NULL);
  json_put_text(w, "code", slice_of(diag_name(d->code)));
  json_put_text(w, "severity", slice_of(severity_word(d->code)));
  json_put_text(w, "says", diag_text(d, c->lang, c->perm));
  json_put_text(w, "hint", d->hint);
  json_put_text(w, "remedy", diag_remedy(d->code, c->lang));
  json_put_bool(w, "here", here);
  if (here) {
    put_span(w, &e->ruler, d->at);
    put_fixes(w, e, d, c->perm, c->lang);
  } else if (d->at.file < count) {
    json_put_text(w, "path", sources[d->at.file].name);
  }
  json_end(w);
}

static uint32_t put_diags(api_call *c, editing *e) {
  uint32_t n = 0, errors = 0;
  json_begin_list(c->out, "problems");
  for (size_t l = 0; l < POLICY_LISTS; l++) {
    bool templates = l == 1;
    const source *sources = templates ? e->x->s.templates.sources : e->x->q.files;
    uint32_t count = templates ? e->x->s.templates.source_count : e->x->q.file_count;
    for (const diag *d = e->x->said[l].first; d; d = d->next) {
      errors += diag_severity_of(d->code) == DIAG_ERROR;
      if (n++ < DIAGS_MAX) put_diag(c, e, d, sources, count);
    }
  }
  json_end(c->out);
  json_put_int(c->out, "count", n);
  return errors;
}

typedef struct colouring {
  editing *e;
  json_writer *w;
} colouring;

static void put_colour(void *self, span at, reading_colour colour) {
  colouring *p = self;
  json_put_int(p->w, NULL, units_at(&p->e->ruler, at.from));
  json_put_int(p->w, NULL, units_at(&p->e->ruler, at.to));
  json_put_int(p->w, NULL, colour);
}

static void put_colours(api_call *c, editing *e) {
  static const char *const NAMES[] = {
#define COLOUR(id, name) name,
      READING_COLOURS(COLOUR)
#undef COLOUR
  };
  colouring p = {e, c->out};
  json_begin_list(c->out, "colours");
  reading_colours(&e->x->q, e->file, put_colour, &p);
  json_end(c->out);
  json_begin_list(c->out, "legend");
  for (size_t i = 0; i < READING_COLOUR_COUNT; i++) json_put_text(c->out, NULL, slice_of(NAMES[i]));
  json_end(c->out);
}

void policy_check_post(api_call *c) {
  editing e;
  if (!editing_begin(c, &e)) return;
  uint32_t errors = 1;
  json_put_text(c->out, "trouble", e.x ? e.x->trouble : SLICE(""));
  if (reads(&e)) {
    if (json_true(json_member(c->json, SLICE("lints")))) policy_check(&e.all, e.x);
    errors = put_diags(c, &e);
    put_colours(c, &e);
  }
  json_put_bool(c->out, "compiles", errors == 0);
  editing_end(&e);
}

/* ---- completion ---- */

static slice kind_word(complete_kind kind) {
  switch (kind) {
  case COMPLETE_KEYWORD: return SLICE("keyword");
  case COMPLETE_FIELD: return SLICE("field");
  case COMPLETE_VALUE: return SLICE("value");
  case COMPLETE_NAME: return SLICE("name");
  case COMPLETE_FILE: return SLICE("file");
  case COMPLETE_SNIPPET: return SLICE("snippet");
  }
  return SLICE("");
}

/* The place of the body, as bytes. */
static bool place_asked(api_call *c, const editing *e, uint32_t *at) {
  int64_t units;
  if (!api_whole(c, "at", 0, POLICY_TEXT_MAX, &units)) return false;
  *at = bytes_at(e->text, units);
  return true;
}

static void put_completion(api_call *c, editing *e, const completion *x) {
  json_begin_object(c->out, NULL);
  json_put_text(c->out, "label", x->label);
  json_put_text(c->out, "insert", x->insert);
  json_put_text(c->out, "kind", kind_word(x->kind));
  json_put_text(c->out, "detail", x->detail);
  json_put_text(c->out, "says", x->says);
  json_put_bool(c->out, "snippet", x->snippet);
  put_span(c->out, &e->ruler, x->replace);
  json_end(c->out);
}

/* What begins with the letters that are written comes first, then what has them somewhere. */
static bool fits_so(const editing *e, const completion *x, bool begins) {
  slice written = {e->text.p + x->replace.from, x->replace.to - x->replace.from};
  bool starts = utf8_fold_starts(x->label, written);
  return begins ? starts : !starts && utf8_fold_contains(x->label, written);
}

static void put_completions(api_call *c, editing *e, const completion *v, uint32_t n) {
  enum { RANKS = 8 };
  uint32_t shown = 0;
  for (unsigned pass = 0; pass < 2 * RANKS; pass++)
    for (uint32_t i = 0; i < n && shown < COMPLETIONS_MAX; i++)
      if (v[i].rank == pass % RANKS && fits_so(e, &v[i], pass < RANKS)) {
        put_completion(c, e, &v[i]);
        shown++;
      }
}

void policy_complete_post(api_call *c) {
  editing e;
  uint32_t at, n = 0;
  if (!editing_begin(c, &e)) return;
  if (place_asked(c, &e, &at)) {
    const completion *v = reads(&e) ? query_complete(&e.x->q, e.file, at, &e.x->lists, &n) : NULL;
    json_begin_list(c->out, "rows");
    put_completions(c, &e, v, n);
    json_end(c->out);
    json_put_null(c->out, "next");
  }
  editing_end(&e);
}

/* ---- hover, format ---- */

void policy_hover_post(api_call *c) {
  editing e;
  uint32_t at;
  if (!editing_begin(c, &e)) return;
  if (place_asked(c, &e, &at)) {
    span about = {at, at, 0};
    slice says =
        reads(&e) ? reading_hover(&e.place.over.w, e.x, e.file, at, text_lang(&e), c->perm, &about) : (slice){"", 0};
    json_put_text(c->out, "says", says);
    put_span(c->out, &e.ruler, about);
  }
  editing_end(&e);
}

void policy_format_post(api_call *c) {
  editing e;
  slice after;
  span at;
  if (!editing_begin(c, &e)) return;
  if (!reads(&e) || !e.x->q.trees[e.file]->ok)
    api_fail(c, 409, "does_not_compile",
             SLICE("a text with errors in its sentences cannot be formatted: mend them first"));
  else {
    bool changes = reading_format(&e.x->q, e.file, c->perm, &after, &at);
    json_put_bool(c->out, "changed", changes);
    json_put_text(c->out, "text", changes ? after : e.text);
  }
  editing_end(&e);
}
