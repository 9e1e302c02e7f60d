/* See documents.h. */
#include "documents.h"

#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "runtime/engine/event_values.h"
#include "runtime/hash.h"
#include "runtime/store/part.h"
#include "stdlib/net/json.h"
#include "values.h"

static const char *const LANG_TAG[LANG_COUNT] = {"en", "pt", "es"};

enum { NAME_CHARACTERS_MAX = 80, TITLE_CHARACTERS_MAX = 200 };

/* ---- a document ---- */

/* A file's name: no character that a file system or a header takes for something else. */
static slice file_name(slice template_name, slice number, arena *perm) {
  slice whole = arena_printf(perm, "%.*s %.*s", SLICE_ARG(template_name), SLICE_ARG(number));
  char *out = arena_copy(perm, utf8_head(whole, NAME_CHARACTERS_MAX));
  for (char *c = out; *c; c++)
    if ((unsigned char)*c < ' ' || *c == 127 || strchr("/\\:*?\"<>|", *c)) *c = '-';
  return arena_printf(perm, "%s.pdf", out);
}

/* What the escapes of template_escape_html stand for. */
static slice plain_of(slice s, arena *perm) {
  static const struct {
    const char *escape;
    char is;
  } ESCAPES[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
  text t = text_new(perm);
  for (size_t i = 0; i < s.n;) {
    size_t k = 0, n = sizeof ESCAPES / sizeof *ESCAPES;
    while (k < n && !slice_starts((slice){s.p + i, s.n - i}, slice_of(ESCAPES[k].escape))) k++;
    text_char(&t, k < n ? ESCAPES[k].is : s.p[i]);
    i += k < n ? strlen(ESCAPES[k].escape) : 1;
  }
  return template_escape_line(text_slice(&t), perm);
}

/* The page's own title, which a signer reads as the subject; else its file's name without its end. */
static slice title_of(slice page, slice file, arena *perm) {
  const char *from = memmem(page.p, page.n, "<title>", 7);
  const char *to = from ? memmem(from, page.n - (size_t)(from - page.p), "</title>", 8) : NULL;
  slice title = {0};
  if (to) title = slice_trim(plain_of((slice){from + 7, (size_t)(to - from) - 7}, perm));
  if (!title.n) title = (slice){file.p, file.n - 4};
  return utf8_head(title, TITLE_CHARACTERS_MAX);
}

static slice gap_list(const template_gaps *gaps, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < gaps->count; i++) text_printf(&t, "%s%.*s", i ? ", " : "", SLICE_ARG(gaps->v[i]));
  return text_slice(&t);
}

/* The page with its values; *why is set where there is none. */
static slice page_of(outbox *o, const decision *d, dun_lang *lang, slice *why) {
  engine *e = o->e;
  slice tag = customer_text(e, d, FIELD_CUSTOMER_LANGUAGE), page = {0};
  const message_template *m =
      templates_pick(o->templates, d->act->name, TEMPLATE_DOCUMENT, d->subjects->of, tag, o->p->lang);
  if (!m) {
    *why = arena_printf(o->perm, "there is no page for the document \"%.*s\"", SLICE_ARG(d->act->name));
    return page;
  }
  template_gaps gaps = {0};
  decision_values values = {e, d};
  template_source from = values_source(&values);
  event_values was;
  *lang = template_language(m->lang, template_language(tag, o->p->lang));
  event_values_begin(e, d->subjects->row, d->said, &was);
  bool fits = template_render(m->html, &from, *lang, o->perm, &gaps, &page);
  event_values_end(e, &was);
  if (!fits) *why = SLICE("the document would be too long");
  if (fits && gaps.count)
    *why = arena_printf(o->perm, "its page has no value for %.*s", SLICE_ARG(gap_list(&gaps, o->perm)));
  return page;
}

store_code document_words(outbox *o, const decision *d, order *out) {
  dun_lang lang = o->p->lang;
  slice page = page_of(o, d, &lang, &out->why), number = d->subjects->number;
  slice file = file_name(d->act->name, number, o->perm);
  uint8_t hash[HASH_BYTES];
  char hex[HASH_HEX_MAX];
  hash_of(page, hash);
  hash_hex(hash, hex);
  out->subject = title_of(page, file, o->perm);
  json_writer *w = json_write(o->perm);
  json_begin_object(w, NULL);
  json_put_text(w, "document", d->act->name);
  json_put_text(w, "title", out->subject);
  json_put_text(w, "file", file);
  json_put_text(w, "language", slice_of(LANG_TAG[lang]));
  json_put_text(w, "page_sha256", slice_of(hex));
  json_end(w);
  out->to = SLICE("pdf");
  out->page = page;
  out->text = json_written(w);
  return STORE_OK;
}

/* ---- its signature ---- */

typedef struct made_action {
  int64_t id; /* 0: none */
  action_state state;
} made_action;

/* The latest document that the same rule made for the same thing, in the same cycle. */
static store_code latest_document(outbox *o, const decision *d, made_action *out) {
  const subject *s = d->subjects;
  const slice columns[] = {SLICE("id"), SLICE("action"), SLICE("state")};
  const store_where where[] = {{"track", STORE_EQ, 0, s->track},
                               {"kind", STORE_EQ, outbox_kind(s->of), {0}},
                               {"entity", STORE_EQ, 0, s->number},
                               {"cycle", STORE_EQ, s->cycle, {0}}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 3, .where = where, .where_count = 4};
  store_cursor *c;
  *out = (made_action){.state = ACTION_STATE_COUNT};
  store_code code = store_scan(o->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    bool makes = slice_starts(store_text(c, 1), slice_of(ACTIONS[ACT_CREATE_DOCUMENT].words));
    if (!makes || store_int(c, 0) < out->id) continue;
    out->id = store_int(c, 0);
    if (!action_state_find(store_text(c, 2), &out->state)) out->state = ACTION_STATE_COUNT;
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* What the words of the order to make it said. */
static store_code words_of(store *s, int64_t id, arena *perm, slice *out) {
  const slice columns[] = {SLICE("text")};
  store_where where = {"action", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_message, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  *out = (slice){0};
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW) *out = arena_slice(perm, store_text(c, 0));
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code signature_words(outbox *o, const decision *d, order *out) {
  made_action made;
  slice said, ignored;
  const connection *own;
  (void)outlet_driver_of(o->p, OUTLET_SIGNATURE, &own);
  store_code code = latest_document(o, d, &made);
  if (code == STORE_OK) code = words_of(o->s, made.id, o->perm, &said);
  if (code != STORE_OK) return code;
  const json *j = said.n ? json_parse(said, o->perm, &ignored) : NULL;
  slice name = customer_text(o->e, d, FIELD_CUSTOMER_NAME), address = customer_text(o->e, d, FIELD_CUSTOMER_EMAIL);
  json_writer *w = json_write(o->perm);
  json_begin_object(w, NULL);
  json_put_text(w, "document", json_text_at(j, "document"));
  json_put_int(w, "action", made.id);
  json_put_text(w, "title", json_text_at(j, "title"));
  json_put_text(w, "file", json_text_at(j, "file"));
  json_put_text(w, "language", json_text_at(j, "language"));
  json_begin_object(w, "signer");
  json_put_text(w, "name", name.n ? name : d->customer);
  json_put_text(w, "email", address);
  json_end(w);
  json_end(w);
  out->to = own ? own->vendor : (slice){0};
  out->subject = json_text_at(j, "title");
  out->text = json_written(w);
  if (!made.id)
    out->why = SLICE("no document was created for it");
  else if (!j)
    out->why = SLICE("its document was not made");
  else if (!email_address_valid(address))
    out->why = SLICE("the signer has not one valid e-mail address");
  return STORE_OK;
}

/* ---- what is kept ---- */

static store_code state_of(store *s, int64_t id, action_state *out) {
  const slice columns[] = {SLICE("state")};
  store_where where = {"id", STORE_EQ, id, {0}};
  store_query q = {.table = STORE_T_action, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  *out = ACTION_cancelled;
  store_code code = store_scan(s, &q, &c);
  if (code != STORE_OK) return code;
  code = store_next(c);
  if (code == STORE_ROW && !action_state_find(store_text(c, 0), out)) *out = ACTION_cancelled;
  store_cursor_close(c);
  return code == STORE_ROW || code == STORE_END ? STORE_OK : code;
}

store_code document_bytes(store *s, int64_t id, arena *perm, slice *name, slice *bytes) {
  store_part parts[STORE_PARTS_MAX];
  size_t n;
  *name = *bytes = (slice){0};
  store_code code = store_parts_of(s, id, perm, parts, &n);
  for (size_t i = 0; i < n && code == STORE_OK && !bytes->n; i++)
    if (slice_eq(parts[i].what, SLICE("document"))) {
      *name = parts[i].name;
      *bytes = parts[i].bytes;
    }
  return code;
}

store_code document_of(store *s, slice words, arena *perm, document_state *state, email_part *part) {
  slice ignored;
  int64_t id;
  action_state made;
  *state = DOCUMENT_LOST;
  *part = (email_part){.type = SLICE("application/pdf")};
  const json *j = json_parse(words, perm, &ignored);
  if (!json_int(json_at(j, "action"), &id)) return STORE_OK; /* erased */
  store_code code = state_of(s, id, &made);
  if (code == STORE_OK) code = document_bytes(s, id, perm, &part->name, &part->bytes);
  if (code != STORE_OK) return code;
  bool over =
      made == ACTION_accepted || made == ACTION_cancelled || made == ACTION_suppressed || made == ACTION_expired;
  *state = part->bytes.n ? DOCUMENT_THERE : over ? DOCUMENT_LOST : DOCUMENT_TO_COME;
  return STORE_OK;
}

store_code document_keep(store *s, int64_t id, slice bytes, arena *scratch) {
  slice words, ignored, name, before;
  store_code code = words_of(s, id, scratch, &words);
  if (code == STORE_OK) code = document_bytes(s, id, scratch, &name, &before);
  if (code != STORE_OK || before.n) return code;
  const json *j = json_parse(words, scratch, &ignored);
  store_part p = {.message = id,
                  .what = SLICE("document"),
                  .name = json_text_at(j, "file"),
                  .type = SLICE("application/pdf"),
                  .bytes = bytes};
  return store_part_put(s, &p);
}
