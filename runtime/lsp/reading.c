/* See reading.h. */
#include "reading.h"

#include "lang/base/path.h"
#include "lang/fmt/fmt.h"

enum { TEMPLATE_LINES_SHOWN = 8 };

/* ---- colours ---- */

static reading_colour colour_of(const written_word *w) {
  switch (w->kind) {
  case WRITTEN_KEYWORD: return READING_KEYWORD;
  case WRITTEN_TEXT: return READING_TEXT;
  case WRITTEN_VALUE: return READING_NUMBER;
  case WRITTEN_NAME: return READING_NAME;
  case WRITTEN_END:
  case WRITTEN_SIGN: break;
  }
  return READING_COLOUR_COUNT;
}

void reading_colours(const query *q, uint16_t file, reading_put *put, void *self) {
  const written_file *words = query_words(q, file);
  const ast_comment *c = words->comments;
  for (uint32_t i = 0; i < words->n; i++) {
    for (; c && c->at.from < words->v[i].at.from; c = c->next) put(self, c->at, READING_COMMENT);
    reading_colour colour = colour_of(&words->v[i]);
    if (colour != READING_COLOUR_COUNT) put(self, words->v[i].at, colour);
  }
  for (; c; c = c->next) put(self, c->at, READING_COMMENT);
}

/* ---- a place ---- */

static bool holds(span a, uint16_t file, uint32_t at) { return a.file == file && at >= a.from && at <= a.to; }

/* What to do about the errors of the place: the page of each, in a sentence. */
static void add_remedies(const policy *x, uint16_t file, uint32_t at, dun_lang lang, text *t) {
  for (size_t i = 0; i < POLICY_LISTS; i++)
    for (const diag *d = x->said[i].first; d; d = d->next) {
      if (!holds(d->at, file, at)) continue;
      if (t->n) text_cstr(t, "\n\n---\n\n");
      text_printf(t, "**%s** %.*s", diag_name(d->code), SLICE_ARG(diag_remedy(d->code, lang)));
    }
}

slice reading_template_file(world *w, policy *x, const named *n, size_t *at, arena *perm) {
  slice folder = session_template_folder(&x->s), *files;
  slice by = n->kind == NAMED_DOCUMENT ? SLICE("document")
             : n->op == KW_NONE        ? (slice){"", 0}
                                       : kw_text(n->op, LANG_EN);
  slice head = arena_printf(perm, "%.*s.%.*s", SLICE_ARG(n->name), SLICE_ARG(by));
  size_t count;
  if (w->list_folder(w, arena_copy(perm, folder), perm, &files, &count) != WORLD_OK) return (slice){NULL, 0};
  while (*at < count) {
    slice file = files[(*at)++];
    if (slice_starts(file, head)) return path_join(perm, folder, file);
  }
  return (slice){NULL, 0};
}

static void add_template(world *w, policy *x, const named *n, arena *perm, text *t) {
  size_t at = 0;
  slice path = reading_template_file(w, x, n, &at, perm), rest;
  if (!path.n || w->read_file(w, arena_copy(perm, path), perm, &rest) != WORLD_OK) return;
  text_printf(t, "`%.*s`\n\n```\n", SLICE_ARG(path_base(path)));
  for (unsigned i = 0; i < TEMPLATE_LINES_SHOWN && rest.n; i++) {
    const char *nl = memchr(rest.p, '\n', rest.n);
    size_t bytes = nl ? (size_t)(nl - rest.p) + 1 : rest.n;
    text_add(t, (slice){rest.p, bytes});
    rest.p += bytes;
    rest.n -= bytes;
  }
  if (t->n && t->p[t->n - 1] != '\n') text_char(t, '\n');
  text_cstr(t, rest.n ? "...\n```" : "```");
}

slice reading_hover(world *w, policy *x, uint16_t file, uint32_t at, dun_lang lang, arena *perm, span *about) {
  *about = (span){at, at, file};
  text t = text_new(perm);
  text_add(&t, query_hover(&x->q, file, at, about));
  const named *n = query_name_at(&x->q, file, at);
  if (n && (n->kind == NAMED_TEMPLATE || n->kind == NAMED_DOCUMENT)) add_template(w, x, n, perm, &t);
  add_remedies(x, file, at, lang, &t);
  return text_slice(&t);
}

/* ---- mendings, format ---- */

slice reading_fix_says(const query *q, const diag_edit *e, dun_lang lang, arena *perm) {
  slice was = {q->files[e->at.file].text.p + e->at.from, e->at.to - e->at.from};
  if (!e->text.n) return TEXTS(lang, perm, LSP_TAKE_OUT, slice_trim(was));
  return was.n ? TEXTS(lang, perm, LSP_WRITE, slice_trim(e->text)) : TEXTS(lang, perm, LSP_INSERT, slice_trim(e->text));
}

/* Only the lines that differ: an editor keeps the cursor in the others. */
static span changed_part(slice before, slice after, uint16_t file) {
  size_t head = 0, tail = 0, most = before.n < after.n ? before.n : after.n;
  for (size_t i = 0; i < most && before.p[i] == after.p[i]; i++)
    if (before.p[i] == '\n') head = i + 1;
  for (size_t i = 0; i < most - head && before.p[before.n - 1 - i] == after.p[after.n - 1 - i]; i++)
    if (before.p[before.n - 1 - i] == '\n') tail = i;
  return (span){(uint32_t)head, (uint32_t)(before.n - tail), file};
}

bool reading_format(const query *q, uint16_t file, arena *perm, slice *after, span *changed) {
  if (!q->trees[file]->ok) return false;
  arena *own = arena_new();
  slice was = q->files[file].text;
  *after = fmt_file(perm, own, &q->files[file], q->trees[file]);
  arena_free(own);
  if (slice_eq(*after, was)) return false;
  *changed = changed_part(was, *after, file);
  return true;
}
