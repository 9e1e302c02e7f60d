/* The field table made of fields.def, and the look-ups over it: scans, since an entity has some twenty fields. The
 * checker remembers what it has looked up; it asks here once for each path. */
#include "lang/check/fields.h"

#include <assert.h>

#include "lang/base/suggest.h"
#include "lang/base/utf8.h"
#include "lang/check/words.h"

const field_info FIELDS[FIELD_COUNT] = {
#define FIELD(id, entity, en, pt, es, type, source, missing, values, says_en, says_pt, says_es)                        \
  [FIELD_##id] = {entity, {en, pt, es}, type, source, missing, values, {says_en, says_pt, says_es}},
#include "lang/check/fields.def"
#undef FIELD
};

static const char *const TYPES[][LANG_COUNT] = {
    [TY_ERROR] = {"nothing", "nada", "nada"},
    [TY_BOOL] = {"yes/no", "sim/não", "sí/no"},
    [TY_MONEY] = {"money", "dinheiro", "dinero"},
    [TY_NUMBER] = {"a number", "um número", "un número"},
    [TY_PERCENT] = {"a percent", "uma porcentagem", "un porcentaje"},
    [TY_DURATION] = {"a length of time", "um prazo", "un plazo"},
    [TY_DATE] = {"a date", "uma data", "una fecha"},
    [TY_TIME] = {"a time of day", "um horário", "una hora"},
    [TY_TEXT] = {"text", "texto", "texto"},
    [TY_SET] = {"a set", "um conjunto", "un conjunto"},
};

slice type_text(type ty, dun_lang lang) { return slice_of(TYPES[ty][lang]); }

static uint16_t by_name_in(entity of, slice name, dun_lang lang) {
  for (uint16_t i = 0; i < FIELD_COUNT; i++) {
    if (FIELDS[i].of != of) continue;
    if (utf8_fold_eq(slice_of(FIELDS[i].name[lang]), name)) return i;
  }
  return FIELD_COUNT;
}

uint16_t field_by_name(entity of, slice name, dun_lang lang) {
  uint16_t found = by_name_in(of, name, lang);
  if (found == FIELD_COUNT && lang != LANG_EN) found = by_name_in(of, name, LANG_EN);
  if (found == FIELD_COUNT && of == ENT_INVOICE && word_find(WORD_ALIAS, name, lang).n) found = FIELD_INVOICE_OPEN;
  return found;
}

entity entity_by_name(slice name, dun_lang lang) { return (entity)word_index(WORD_ENTITY, name, lang); }

slice entity_text(entity of, dun_lang lang) { return word_text(WORD_ENTITY, (unsigned)of, lang); }

bool entity_leads_to(entity context, entity of) {
  switch (context) {
  case ENT_INVOICE: return true;
  case ENT_CONTRACT: return of != ENT_INVOICE;
  case ENT_CUSTOMER: return of == ENT_CUSTOMER;
  case ENT_COUNT: break;
  }
  assert(false);
  return false;
}

field_ref field_by_path(const custom_field *custom, uint32_t count, entity context, slice path, dun_lang lang) {
  field_ref r = {FIELD_NO_NAME, context, FIELD_COUNT, 0};
  slice name = path;
  const char *dot = memchr(path.p, '.', path.n);
  if (dot) {
    r.head_n = (uint32_t)(dot - path.p);
    name = (slice){dot + 1, path.n - r.head_n - 1};
    r.of = entity_by_name((slice){path.p, r.head_n}, lang);
    if (r.of == ENT_COUNT) return (field_ref){FIELD_NO_HEAD, context, FIELD_COUNT, r.head_n};
  }
  r.field = field_by_name(r.of, name, lang);
  for (uint32_t i = 0; i < count && r.field == FIELD_COUNT; i++)
    if (custom[i].of == r.of && utf8_fold_eq(custom[i].name, name)) {
      r.field = (uint16_t)(FIELD_COUNT + i);
      r.status = FIELD_FOUND;
    }
  if (r.field < FIELD_COUNT) r.status = FIELD_FOUND;
  if (r.status == FIELD_FOUND && !entity_leads_to(context, r.of)) r.status = FIELD_TOO_FAR;
  return r;
}

enum { NEAR_MAX = 512 }; /* names compared at most: the built-in ones and the first custom ones */

/* The field that is called so in another language or elsewhere (synonyms.def); FIELD_COUNT: none. */
static uint16_t field_meant(entity of, slice word) {
  static const struct {
    uint16_t field;
    const char *words;
  } SYNONYMS[] = {
#define SYNONYM(field, words) {FIELD_##field, words},
#include "lang/check/synonyms.def"
#undef SYNONYM
  };
  for (size_t i = 0; i < sizeof SYNONYMS / sizeof *SYNONYMS; i++)
    if (FIELDS[SYNONYMS[i].field].of == of && utf8_fold_one_of(SYNONYMS[i].words, word)) return SYNONYMS[i].field;
  for (dun_lang lang = LANG_EN; lang < LANG_COUNT; lang++) {
    uint16_t found = by_name_in(of, word, lang);
    if (found < FIELD_COUNT) return found;
  }
  return FIELD_COUNT;
}

slice field_nearest(const custom_field *custom, uint32_t count, entity of, slice wrong, dun_lang lang) {
  uint16_t meant = field_meant(of, wrong);
  if (meant < FIELD_COUNT) return slice_of(FIELDS[meant].name[lang]);
  slice names[NEAR_MAX];
  size_t n = 0;
  for (uint16_t i = 0; i < FIELD_COUNT; i++)
    if (FIELDS[i].of == of) names[n++] = slice_of(FIELDS[i].name[lang]);
  for (uint32_t i = 0; i < count && n < NEAR_MAX; i++)
    if (custom[i].of == of) names[n++] = custom[i].name;
  size_t i = did_you_mean(wrong, names, n);
  return i < n ? names[i] : (slice){NULL, 0};
}
