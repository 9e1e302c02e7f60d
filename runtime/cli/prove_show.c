/* See prove_show.h. */
#include "prove_show.h"

#include "lang/check/fields.h"
#include "lang/check/words.h"
#include "lang/syntax/keyword.h"

const char *prove_verdict_word(prove_verdict v, prove_said as) {
  static const char *const WORDS[PROVE_VERDICT_COUNT] = {
#define VERDICT(id, word) [PROVE_##id] = word,
      PROVE_VERDICTS(VERDICT)
#undef VERDICT
  };
  return v == PROVE_BROKEN && as == PROVE_SAID_QUESTION ? "no" : WORDS[v];
}

/* ---- numbers and days ---- */

slice prove_show_number(arena *perm, uint64_t n) {
  char digits[32];
  size_t at = sizeof digits, count = 0;
  do {
    if (count && count % 3 == 0) digits[--at] = '_';
    digits[--at] = (char)('0' + n % 10);
    n /= 10;
    count++;
  } while (n);
  return arena_slice(perm, (slice){digits + at, sizeof digits - at});
}

slice prove_show_weekday(dun_lang lang, civil_date day) {
  static const kw DAYS[] = {KW_MONDAY, KW_TUESDAY, KW_WEDNESDAY, KW_THURSDAY, KW_FRIDAY, KW_SATURDAY, KW_SUNDAY};
  return kw_text(DAYS[date_weekday(day)], lang);
}

static slice day_text(arena *perm, civil_date day) {
  char buffer[DATE_TEXT_MAX];
  return arena_slice(perm, (slice){buffer, date_iso(day, buffer)});
}

/* ---- a row ---- */

static void put_value(text *t, const program *p, const test_row *row, const test_given *g) {
  char digits[DECIMAL_TEXT_MAX];
  if (g->missing || (!g->value && !g->set)) {
    text_add(t, kw_text(KW_MISSING, p->lang));
  } else if (!g->value) {
    text_char(t, '(');
    for (uint32_t i = 0; i < g->set_count; i++) text_printf(t, "%s\"%.*s\"", i ? ", " : "", SLICE_ARG(g->set[i]));
    text_char(t, ')');
  } else if (g->value->op == X_TEXT) {
    text_printf(t, "\"%.*s\"", SLICE_ARG(g->value->text));
  } else if (g->value->op == X_BOOL) {
    text_add(t, kw_text(g->value->yes ? KW_YES : KW_NO, p->lang));
  } else if (g->value->op == X_DATE) {
    text_add(t, day_text(t->perm, g->value->date));
  } else {
    text_add(t, (slice){digits, decimal_text(g->value->num, digits)});
    if (g->value->op == X_MONEY && row->cur != p->cur) text_printf(t, " %s", currency_code(row->cur));
  }
}

static slice name_of(const program *p, uint16_t field) {
  return field < FIELD_COUNT ? slice_of(FIELDS[field].name[p->lang]) : p->custom[field - FIELD_COUNT].name;
}

static void put_fields(text *t, const program *p, const test_row *row) {
  for (uint32_t i = 0; i < row->count; i++) {
    if (row->fields[i].set && !row->fields[i].set_count) continue; /* what is absent is empty */
    text_printf(t, " %.*s ", SLICE_ARG(name_of(p, row->fields[i].field)));
    put_value(t, p, row, &row->fields[i]);
  }
}

static bool says_something(const test_row *row) {
  for (uint32_t i = 0; i < row->count; i++)
    if (!row->fields[i].set || row->fields[i].set_count) return true;
  return false;
}

static void put_entity(text *t, const program *p, kw word, kw of, const test_row *row, unsigned indent) {
  slice first = kw_text(word, p->lang), second = kw_text(of, p->lang);
  text_printf(t, "%*s%.*s %.*s", (int)indent, "", SLICE_ARG(first), SLICE_ARG(second));
  put_fields(t, p, row);
  text_char(t, '\n');
}

void prove_show_given(text *t, const program *p, const policy_test *example, unsigned indent) {
  for (uint32_t i = 0; i < example->invoice_count; i++)
    put_entity(t, p, i ? KW_AND : KW_GIVEN, KW_INVOICE, &example->invoices[i], indent);
  if (says_something(&example->customer)) put_entity(t, p, KW_AND, KW_CUSTOMER, &example->customer, indent);
  if (example->has_contract) put_entity(t, p, KW_AND, KW_CONTRACT, &example->contract, indent);
}

static void put_short(text *t, const program *p, const test_row *row, slice of) {
  for (uint32_t i = 0; i < row->count; i++) {
    if (row->fields[i].set && !row->fields[i].set_count) continue;
    text_printf(t, "%s%.*s%s%.*s ", t->n ? ", " : "", SLICE_ARG(of), of.n ? "." : "",
                SLICE_ARG(name_of(p, row->fields[i].field)));
    put_value(t, p, row, &row->fields[i]);
  }
}

slice prove_show_row(const program *p, const policy_test *example, arena *perm) {
  text t = text_new(perm);
  for (uint32_t i = 0; i < example->invoice_count; i++) {
    if (i) text_cstr(&t, "; ");
    text one = text_new(perm);
    put_short(&one, p, &example->invoices[i], (slice){0});
    text_add(&t, text_slice(&one));
  }
  put_short(&t, p, &example->customer, entity_text(ENT_CUSTOMER, p->lang));
  if (example->has_contract) put_short(&t, p, &example->contract, entity_text(ENT_CONTRACT, p->lang));
  return text_slice(&t);
}

/* ---- a timeline ---- */

static void put_step(text *t, const program *p, dun_lang lang, const prove_step *s, unsigned indent) {
  slice day = day_text(t->perm, s->day), weekday = prove_show_weekday(p->lang, s->day);
  slice on = kw_text(KW_ON, p->lang), expect = kw_text(KW_EXPECT, p->lang);
  if (s->wait != WAIT_NONE || s->no_contact) {
    slice why = s->no_contact ? slice_of(texts_word(lang, TXT_PROVE_NOBODY))
                              : TEXTS(lang, t->perm, PROVE_WAITS, texts_said(lang, t->perm, slice_of(WAITS[s->wait])));
    text_printf(t, "%*s# %.*s %.*s: %.*s: %.*s\n", (int)indent, "", SLICE_ARG(day), SLICE_ARG(weekday),
                SLICE_ARG(s->what), SLICE_ARG(why));
    return;
  }
  text_printf(t, "%*s%.*s %.*s %.*s %.*s  # %.*s", (int)indent, "", SLICE_ARG(on), SLICE_ARG(day), SLICE_ARG(expect),
              SLICE_ARG(s->what), SLICE_ARG(weekday));
  if (memchr(s->invoice.p, ',', s->invoice.n)) text_printf(t, ", %.*s", SLICE_ARG(s->invoice));
  if (s->readdress) text_printf(t, ", %.*s %.*s", SLICE_ARG(kw_text(KW_TO, p->lang)), SLICE_ARG(s->to));
  if (s->breaks) text_printf(t, " <- %s", texts_word(lang, TXT_PROVE_HERE));
  text_char(t, '\n');
}

void prove_show_steps(text *t, const program *p, dun_lang lang, const prove_timeline *l, unsigned indent) {
  for (uint32_t i = 0; i < l->n; i++) put_step(t, p, lang, &l->v[i], indent);
  if (!l->n) text_printf(t, "%*s# %s\n", (int)indent, "", texts_word(lang, TXT_PROVE_NOTHING_DONE));
}

/* ---- what was tried ---- */

static void add_part(text *t, slice part) {
  if (t->n) text_cstr(t, "; ");
  text_add(t, part);
}

slice prove_show_tried(dun_lang lang, const prove_bounds *b, arena *perm) {
  text t = text_new(perm);
  add_part(&t, TEXTS(lang, perm, PROVE_TRIED_KINDS, prove_show_number(perm, b->rows)));
  text_cstr(&t, ", ");
  text_add(&t, TEXTS(lang, perm, PROVE_TRIED_DATES, prove_show_number(perm, b->dates), day_text(perm, b->first)));
  if (b->group > 1) {
    text_cstr(&t, ", ");
    text_add(&t, TEXTS(lang, perm, PROVE_TRIED_GROUPS, prove_show_number(perm, b->group)));
  }
  if (b->of) {
    const source *s = &b->of->sources[b->not_analysed.file];
    slice written = {s->text.p + b->not_analysed.from, b->not_analysed.to - b->not_analysed.from};
    add_part(&t, TEXTS(lang, perm, PROVE_TRIED_OPAQUE, written));
  }
  if (b->too_many) add_part(&t, slice_of(texts_word(lang, TXT_PROVE_TRIED_SOME)));
  if (!b->computed_count) return text_slice(&t);
  text fields = text_new(perm);
  for (uint32_t i = 0; i < b->computed_count; i++)
    text_printf(&fields, "%s%s", i ? ", " : "", FIELDS[b->computed[i]].name[lang]);
  add_part(&t, TEXTS(lang, perm, PROVE_TRIED_COMPUTED, text_slice(&fields)));
  return text_slice(&t);
}

static slice proof_words(dun_lang lang, arena *perm, proof_why why) {
  static const char *const WORDS[] = {
#define PROOF(id, words) [PROOF_##id] = words,
      PROOFS(PROOF)
#undef PROOF
  };
  return texts_said(lang, perm, slice_of(WORDS[why]));
}

/* What is done on the day that breaks it. */
static slice broken_words(const program *p, dun_lang lang, const prove_result *r, arena *perm) {
  slice row = prove_show_row(p, r->example, perm), day = day_text(perm, r->day);
  slice weekday = prove_show_weekday(lang, r->day),
        dated = arena_printf(perm, "%.*s (%.*s)", SLICE_ARG(day), SLICE_ARG(weekday));
  if (r->of->kind == GUARANTEE_REACHES) return TEXTS(lang, perm, PROVE_BREAKS_BY, row, dated);
  slice what = {0};
  for (uint32_t i = 0; i < r->timeline.n; i++)
    if (r->timeline.v[i].breaks) what = r->timeline.v[i].what;
  return TEXTS(lang, perm, PROVE_BREAKS, row, dated, what);
}

slice prove_show_why(const program *p, dun_lang lang, const prove_result *r, arena *perm) {
  switch (r->verdict) {
  case PROVE_PROVEN: return proof_words(lang, perm, r->why);
  case PROVE_HOLDS: return prove_show_tried(lang, &r->tried, perm);
  case PROVE_BROKEN: return broken_words(p, lang, r, perm);
  case PROVE_NOT_ANALYSED: return texts_said(lang, perm, r->error);
  case PROVE_VERDICT_COUNT: break;
  }
  return (slice){0};
}
