/* The example in the words of a condition, as the language writes them. */
#include "lang/analyse/solve.h"

#include "lang/base/text.h"
#include "lang/check/fields.h"
#include "lang/check/words.h"
#include "lang/syntax/keyword.h"

static slice field_written(arena *perm, const solve_value *v, dun_lang lang) {
  if (v->today) return kw_text(KW_TODAY, lang);
  slice name = v->field < FIELD_COUNT ? slice_of(FIELDS[v->field].name[lang]) : v->name;
  if (v->of == ENT_INVOICE) return name;
  return arena_printf(perm, "%.*s.%.*s", SLICE_ARG(entity_text(v->of, lang)), SLICE_ARG(name));
}

static void write_text(text *t, const solve_value *v, dun_lang lang) {
  bool fixed = v->field < FIELD_COUNT && *FIELDS[v->field].values;
  unsigned word = fixed ? word_index(WORD_VALUE, v->text, LANG_EN) : word_count(WORD_VALUE);
  if (word < word_count(WORD_VALUE))
    text_add(t, word_text(WORD_VALUE, word, lang));
  else if (v->field == FIELD_INVOICE_CURRENCY)
    text_add(t, v->text);
  else
    text_printf(t, "\"%.*s\"", SLICE_ARG(v->text));
}

static void write_number(text *t, decimal n, bool percent) {
  char digits[DECIMAL_TEXT_MAX];
  decimal fine;
  if (percent && n.scale < 2 && decimal_rescale(n, 2, ROUND_DOWN, &fine)) n = fine;
  if (percent && n.scale >= 2) n.scale = (uint8_t)(n.scale - 2);
  text_add(t, (slice){digits, decimal_text(n, digits)});
  if (percent) text_char(t, '%');
}

static void write_value(text *t, const solve_value *v, dun_lang lang) {
  static const char *const units[] = {"d", "bd", "w", "mo", "y"};
  char date[DATE_TEXT_MAX];
  switch (v->ty) {
  case TY_DATE: text_add(t, (slice){date, date_iso(v->date, date)}); break;
  case TY_DURATION: text_printf(t, "%d%s", (int)v->dur.n, units[v->dur.unit]); break;
  case TY_PERCENT: write_number(t, v->num, true); break;
  case TY_TIME: text_printf(t, "%02d:%02d", (int)(v->num.n / 60), (int)(v->num.n % 60)); break;
  case TY_MONEY:
  case TY_NUMBER: write_number(t, v->num, false); break;
  case TY_TEXT: write_text(t, v, lang); break;
  case TY_BOOL:
  case TY_SET:
  case TY_ERROR: break;
  }
}

static void write_entry(arena *perm, text *t, const solve_value *v, dun_lang lang) {
  bool state = v->ty == TY_BOOL || v->ty == TY_SET;
  if (!v->missing && state && !v->yes) text_printf(t, "%.*s ", SLICE_ARG(kw_text(KW_NOT, lang)));
  text_add(t, field_written(perm, v, lang));
  if (v->missing)
    text_printf(t, " %.*s", SLICE_ARG(kw_text(KW_IS_MISSING, lang)));
  else if (v->ty == TY_SET)
    text_printf(t, " %.*s \"%.*s\"", SLICE_ARG(kw_text(KW_HAS, lang)), SLICE_ARG(v->text));
  else if (!state) {
    text_cstr(t, " = ");
    write_value(t, v, lang);
  }
}

slice solve_words(arena *perm, const solve_witness *w, dun_lang lang) {
  text t = text_new(perm);
  for (uint32_t i = 0; i < w->n; i++) {
    if (i) text_cstr(&t, ", ");
    write_entry(perm, &t, &w->v[i], lang);
  }
  return text_slice(&t);
}
