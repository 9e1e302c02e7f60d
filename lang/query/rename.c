/* A name under another name. What is to be written is read once as the file would then read it: a name that would be a
 * keyword there, or a part of one, is refused. */
#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/check/fields.h"
#include "lang/query/query.h"
#include "lang/syntax/limits.h"

static const bool RENAMES[NAMED_COUNT] = {
#define NAMED(id, renames) renames,
    QUERY_NAMES(NAMED)
#undef NAMED
};

slice query_rename_says(rename_status status, dun_lang lang) {
  static const char *const SAYS[RENAME_STATUS_COUNT][LANG_COUNT] = {
      [RENAME_FINE] = {"", "", ""},
      [RENAME_NO_NAME] = {"there is no name here that could change", "não há aqui um nome que possa mudar",
                          "no hay aquí un nombre que pueda cambiar"},
      [RENAME_NOT_OURS] = {"this name is not made in the policy", "este nome não é feito na política",
                           "este nombre no se hace en la política"},
      [RENAME_MALFORMED] = {"names are one word: they start with a letter and go on with letters, digits and `_`",
                            "nomes são uma só palavra: começam com letra e seguem com letras, dígitos e `_`",
                            "los nombres son una sola palabra: empiezan con letra y siguen con letras, dígitos y `_`"},
      [RENAME_KEYWORD] = {"this is a keyword of the language", "isto é uma palavra-chave da linguagem",
                          "esto es una palabra clave del lenguaje"},
      [RENAME_TAKEN] = {"this name is taken", "este nome já é usado", "este nombre ya está en uso"}};
  return slice_of(SAYS[status][lang]);
}

/* The part of its place that is the name: of a path what stands behind the point. */
static span own_part(const named *n) {
  span at = n->at;
  if (n->kind == NAMED_CUSTOM && at.to - at.from > n->name.n) at.from = at.to - (uint32_t)n->name.n;
  return at;
}

rename_status query_may_rename(const query *q, uint16_t file, uint32_t at, span *name) {
  const named *n = query_name_at(q, file, at);
  if (!n) return RENAME_NO_NAME;
  *name = own_part(n);
  return RENAMES[n->kind] && query_definition(q, n) ? RENAME_FINE : RENAME_NOT_OURS;
}

static bool is_name(slice s) {
  if (!s.n || s.n > NAME_BYTES_MAX) return false;
  for (size_t i = 0, n; i < s.n; i += n) {
    uint32_t cp;
    n = utf8_decode((slice){s.p + i, s.n - i}, &cp);
    bool letter = (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || (cp >= 0x80 && utf8_is_nfc_letter(cp));
    bool more = i > 0 && ((cp >= '0' && cp <= '9') || cp == '_');
    if (!letter && !more) return false;
  }
  return true;
}

static bool is_taken(const query *q, const named *n, slice to) {
  for (uint32_t i = 0; i < q->name_count; i++) {
    const named *x = &q->names[i];
    bool beside = x->kind == n->kind && (n->kind != NAMED_CUSTOM || x->of == n->of);
    if (x->defines && beside && !query_same_name(x, n) && utf8_fold_eq(x->name, to)) return true;
    /* A bare word is looked up among definitions and fields alike. */
    bool words =
        (n->kind == NAMED_DEFINE && x->kind == NAMED_CUSTOM) || (n->kind == NAMED_CUSTOM && x->kind == NAMED_DEFINE);
    if (x->defines && words && utf8_fold_eq(x->name, to)) return true;
  }
  if (n->kind != NAMED_DEFINE && n->kind != NAMED_CUSTOM) return false;
  for (uint32_t f = 0; f < q->file_count; f++) {
    dun_lang lang = q->trees[f]->lang;
    if (field_by_name(n->kind == NAMED_CUSTOM ? n->of : ENT_INVOICE, to, lang) != FIELD_COUNT) return true;
    if (n->kind == NAMED_DEFINE && entity_by_name(to, lang) != ENT_COUNT) return true;
  }
  return false;
}

/* Whether the new name is read as a name wherever it would stand. */
static bool reads_as_name(const query *q, const span *places, uint32_t count, slice to) {
  for (uint32_t i = 0; i < count; i++)
    if (kw_of_word(to, q->trees[places[i].file]->lang) != KW_NONE) return false;
  arena *scratch = arena_new();
  bool fine = true;
  for (uint32_t i = 0; i < count && fine;) {
    uint16_t file = places[i].file;
    slice was = q->files[file].text;
    text t = text_new(scratch);
    uint32_t from = 0;
    for (; i < count && places[i].file == file; i++) {
      text_add(&t, (slice){was.p + from, places[i].from - from});
      text_add(&t, to);
      from = places[i].to;
    }
    text_add(&t, (slice){was.p + from, was.n - from});
    written_file now = written_read(scratch, text_slice(&t), file);
    const written_file *before = query_words(q, file);
    fine = now.n == before->n;
    for (uint32_t k = 0; k < now.n && fine; k++) fine = now.v[k].kind == before->v[k].kind;
  }
  arena_free(scratch);
  return fine;
}

rename_status query_rename(const query *q, uint16_t file, uint32_t at, slice to, const span **places, uint32_t *count) {
  span own;
  *count = 0;
  rename_status status = query_may_rename(q, file, at, &own);
  if (status != RENAME_FINE) return status;
  const named *n = query_name_at(q, file, at);
  if (!is_name(to)) return RENAME_MALFORMED;
  if (is_taken(q, n, to)) return RENAME_TAKEN;
  span *v = ARENA_ARRAY(q->perm, q->name_count + 1, span);
  for (uint32_t i = 0; i < q->name_count; i++)
    if (query_same_name(&q->names[i], n)) v[(*count)++] = own_part(&q->names[i]);
  *places = v;
  if (reads_as_name(q, v, *count, to)) return RENAME_FINE;
  *count = 0;
  return RENAME_KEYWORD;
}
