/* A syntax error in plain words: what stands there, what would fit, and what was probably meant. */
#include <assert.h>

#include "lang/base/suggest.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/syntax/build.h"
#include "lang/syntax/idiom.h"
#include "parser.h"

enum { OFFERS_MAX = 6, SPELLINGS_MAX = 1024, HINTED_ERRORS_MAX = 200, HINTED_WORD_MIN = 5, SHORT_BYTES_MIN = 3 };

diag *build_report(builder *b, diag_code code, span at, slice hint, size_t argc, const slice *argv) {
  b->dropped = true;
  return diag_add(b->d, code, at, hint, argc, argv);
}

void build_syntax_error(builder *b, const token *t) {
  if (b->failed) return;
  b->failed = true;
  b->failed_at = t;
}

static span statement_span(const builder *b) { return (span){b->first->at.from, b->last->at.to, b->file}; }

/* Also called more than once for a statement: one diagnostic of a code at one place is one. */
void build_too_deep(builder *b) {
  b->failed = true;
  build_report(b, DIAG_E0107, statement_span(b), (slice){0}, 0, NULL);
}

/* Sets of tokens that one phrase describes. A set is named when its first members are all expected. */
static const struct group {
  int sign[2]; /* both expected: the group is */
  const char *text[LANG_COUNT];
  int member[24]; /* ends with 0 */
} groups[] = {
    {{TK_SEND, TK_LOG},
     {"an action such as `send`", "uma ação como `enviar`", "una acción como `enviar`"},
     {TK_SEND,         TK_ALERT,     TK_ESCALATE,        TK_OPEN_CARD, TK_MOVE_CARD, TK_CLOSE_CARD, TK_CHARGE,
      TK_UPDATE_DUE,   TK_WRITE_OFF, TK_SUSPEND,         TK_RESUME,    TK_MARK,      TK_TAG,        TK_LOG,
      TK_CALL_WEBHOOK, TK_BILL,      TK_CONTRACT_ACTION, TK_ADJUST,    TK_DOCUMENT,  TK_SIGNATURE,  TK_IF}},
    {{TK_ADJUST_WORD, TK_WRITE_OFF},
     {"an action such as `send`", "uma ação como `enviar`", "una acción como `enviar`"},
     {TK_SEND, TK_ALERT, TK_ESCALATE, TK_OPEN_CARD_WORD, TK_MOVE_CARD_WORD, TK_CLOSE_CARD, TK_CHARGE, TK_UPDATE_DUE,
      TK_WRITE_OFF, TK_SUSPEND, TK_RESUME, TK_MARK, TK_TAG, TK_CALL_WEBHOOK, TK_BILL, TK_CONTRACT_ACTION,
      TK_ADJUST_WORD, TK_DOCUMENT, TK_SIGNATURE}},
    {{TK_EQ, TK_GE},
     {"a comparison such as `=` or `>`", "uma comparação como `=` ou `>`", "una comparación como `=` o `>`"},
     {TK_EQ, TK_NE, TK_LT, TK_LE, TK_GT, TK_GE, TK_CONTAINS, TK_STARTS_WITH, TK_HAS, TK_BETWEEN, TK_IN, TK_ON_OR_IN,
      TK_NOT_IN, TK_IS_MISSING, TK_IS_NOT_MISSING, TK_ADD, TK_SUB, TK_MUL, TK_DIV}},
    {{TK_ADD, TK_MUL}, {NULL, NULL, NULL}, {TK_ADD, TK_SUB, TK_MUL, TK_DIV}},
    {{TK_NUMBER, TK_FIELD},
     {"a field or a value", "um campo ou um valor", "un campo o un valor"},
     {TK_ID, TK_FIELD, TK_NUMBER, TK_PERCENT, TK_MONEY, TK_DURATION, TK_DATE, TK_TIME, TK_TEXT, TK_YES, TK_NO, TK_TODAY,
      TK_EXACTLY, TK_LPAREN, TK_NOT, TK_NOT_OR_NO, TK_MISSING}},
    {{TK_ID, TK_FIELD}, {"a field or a name", "um campo ou um nome", "un campo o un nombre"}, {TK_ID, TK_FIELD}},
    {{TK_PERCENT, TK_MONEY},
     {"a percent or an amount", "um percentual ou um valor", "un porcentaje o un importe"},
     {TK_PERCENT, TK_MONEY, TK_NUMBER}},
};

/* Tokens that are no keywords. */
static const struct {
  int type;
  const char *text[LANG_COUNT];
} kinds[] = {
    {0, {"the end of the line", "o fim da linha", "el fin de la línea"}},
    {TK_ID, {"a name", "um nome", "un nombre"}},
    {TK_FIELD, {"a field", "um campo", "un campo"}},
    {TK_TEXT, {"a text in quotes", "um texto entre aspas", "un texto entre comillas"}},
    {TK_NUMBER, {"a number", "um número", "un número"}},
    {TK_PERCENT, {"a percent", "um percentual", "un porcentaje"}},
    {TK_MONEY, {"an amount", "um valor", "un importe"}},
    {TK_DURATION, {"a length of time such as `5d`", "um prazo como `5d`", "un plazo como `5d`"}},
    {TK_DATE, {"a date such as `2026-03-31`", "uma data como `2026-03-31`", "una fecha como `2026-03-31`"}},
    {TK_TIME, {"a time such as `08:00`", "uma hora como `08:00`", "una hora como `08:00`"}},
    {TK_DAYCOUNT,
     {"`30E/360`, `actual/365` or `actual/360`", "`30E/360`, `actual/365` ou `actual/360`",
      "`30E/360`, `actual/365` o `actual/360`"}},
    {TK_LPAREN, {"`(`", "`(`", "`(`"}},
    {TK_RPAREN, {"`)`", "`)`", "`)`"}},
    {TK_COLON, {"`:`", "`:`", "`:`"}},
};

enum { SHOWN_OF_A_KIND = 3 };

/* A keyword, or the first few that are one token: `invoices`/`contracts`/`customers`. */
static slice describe(const builder *b, int type) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (kinds[i].type == type) return slice_of(kinds[i].text[b->lang]);
  text t = text_new(b->scratch);
  size_t n = 0;
  for (kw id = KW_NONE + 1; id < KW_COUNT; id++) {
    if (kw_token(id) != type || n++ >= SHOWN_OF_A_KIND) continue;
    text_cstr(&t, n > 1 ? "/`" : "`");
    text_add(&t, kw_text(id, b->lang));
    text_char(&t, '`');
  }
  if (n > SHOWN_OF_A_KIND) text_cstr(&t, "/...");
  return text_slice(&t);
}

typedef struct offers {
  slice at[OFFERS_MAX];
  size_t n, all;
} offers;

static void offer(offers *o, slice s) {
  if (!s.n) return;
  for (size_t i = 0; i < o->n; i++)
    if (slice_eq(o->at[i], s)) return;
  if (o->n < OFFERS_MAX) o->at[o->n++] = s;
  o->all++;
}

static slice expected_text(builder *b) {
  static const char *const lead[LANG_COUNT] = {"expected ", "esperado: ", "se esperaba "};
  static const char *const or [LANG_COUNT] = {" or ", " ou ", " o "};
  bool want[TOKEN_TYPES_MAX];
  memcpy(want, b->expected, sizeof want);
  offers o = {0};
  for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
    if (!want[groups[g].sign[0]] || !want[groups[g].sign[1]]) continue;
    for (size_t i = 0; groups[g].member[i]; i++) want[groups[g].member[i]] = false;
    if (groups[g].text[b->lang]) offer(&o, slice_of(groups[g].text[b->lang]));
  }
  for (int type = TOKEN_TYPES_MAX - 1; type >= 0; type--)
    if (want[type]) offer(&o, describe(b, type));
  if (!o.n) return (slice){0};
  text t = text_new(b->scratch);
  text_cstr(&t, lead[b->lang]);
  for (size_t i = 0; i < o.n; i++) {
    if (i) text_cstr(&t, i + 1 == o.n && o.all == o.n ? or [b->lang] : ", ");
    text_add(&t, o.at[i]);
  }
  if (o.all > o.n) text_cstr(&t, ", ...");
  return text_slice(&t);
}

static slice first_word(slice s) {
  const char *blank = memchr(s.p, ' ', s.n);
  return (slice){s.p, blank ? (size_t)(blank - s.p) : s.n};
}

/* The keyword that the word is the front of (`mon`, `whats`); `count` where it is none's, or of more than one. */
static size_t shortened(slice wrong, const slice *names, size_t count) {
  size_t found = count;
  if (wrong.n < SHORT_BYTES_MIN) return count;
  for (size_t i = 0; i < count; i++) {
    if (names[i].n <= wrong.n || !utf8_fold_eq((slice){names[i].p, wrong.n}, wrong)) continue;
    bool more = found < count && names[i].n > names[found].n && memcmp(names[i].p, names[found].p, names[found].n) == 0;
    if (found < count && !more) return count;
    if (!more) found = i;
  }
  return found;
}

/* The keyword in place of the word: of one of several words the first alone, where the others stand there already. */
static slice in_place(const builder *b, slice wrong, slice whole) {
  slice first = first_word(whole), rest = {whole.p + first.n, whole.n - first.n};
  size_t after = (size_t)(wrong.p - b->text.p) + wrong.n;
  bool inside = wrong.p >= b->text.p && after + rest.n <= b->text.n;
  return rest.n && inside && utf8_fold_eq((slice){b->text.p + after, rest.n}, rest) ? first : whole;
}

/* The nearest keyword that would fit, compared as a whole and by its first word; *fix: what to write. */
static slice meant(builder *b, slice wrong, slice *fix) {
  static const char *const ask[LANG_COUNT] = {"did you mean `%.*s`?", "você quis dizer `%.*s`?",
                                              "¿quiso decir `%.*s`?"};
  slice *names = ARENA_ARRAY(b->scratch, SPELLINGS_MAX, slice), *words = ARENA_ARRAY(b->scratch, SPELLINGS_MAX, slice);
  kw *ids = ARENA_ARRAY(b->scratch, SPELLINGS_MAX, kw);
  size_t n = 0;
  for (kw id = KW_NONE + 1; id < KW_COUNT; id++) {
    if (kw_token(id) < 0 || !b->expected[kw_token(id)]) continue;
    for (size_t i = 0; kw_spelling(id, b->lang, i).n && n < SPELLINGS_MAX; i++) {
      names[n] = kw_spelling(id, b->lang, i);
      words[n] = first_word(names[n]);
      ids[n] = id;
      n++;
    }
  }
  size_t hit = did_you_mean(wrong, names, n);
  if (hit == n) hit = did_you_mean(wrong, words, n);
  if (hit == n) hit = shortened(wrong, names, n);
  if (hit == n) return (slice){0};
  b->meant = ids[hit];
  *fix = in_place(b, wrong, names[hit]);
  return arena_printf(b->scratch, ask[b->lang], SLICE_ARG(names[hit]));
}

/* A keyword of another language at the front of a sentence. Said once a file; the sentences below are silent errors. */
static bool other_language(builder *b, const token *t) {
  static const kw name[LANG_COUNT] = {KW_ENGLISH, KW_PORTUGUESE, KW_SPANISH};
  slice folded = utf8_fold(b->scratch, t->text);
  if (!b->phrases[b->lang]) b->phrases[b->lang] = phrases_new(b->scratch, b->lang);
  if (phrases_find(b->phrases[b->lang], folded, false).found) return false; /* it begins a phrase of ours too */
  for (dun_lang l = LANG_EN; l < LANG_COUNT; l++) {
    if (l == b->lang) continue;
    if (!b->phrases[l]) b->phrases[l] = phrases_new(b->scratch, l);
    if (!phrases_find(b->phrases[l], folded, false).found) continue;
    slice args[3] = {t->text, kw_text(name[l], b->lang), kw_text(name[b->lang], b->lang)};
    b->dropped = true;
    if (!b->other_language_said) build_report(b, DIAG_E0130, t->at, (slice){0}, 3, args);
    b->other_language_said = true;
    return true;
  }
  return false;
}

/* Looking for what was meant takes time: a file of nothing but errors gets hints for the first of them. */
static bool wants_hint(const builder *b, const token *t) {
  return b->d->errors < HINTED_ERRORS_MAX && (t->type == TK_ID || (t->op != KW_NONE && t->text.n >= HINTED_WORD_MIN));
}

static bool is_unit(slice word, dun_lang lang) {
  for (kw id = KW_UNIT_DAY; id <= KW_UNIT_YEAR; id++)
    for (size_t i = 0; kw_spelling(id, lang, i).n; i++)
      if (utf8_fold_eq(kw_spelling(id, lang, i), word)) return true;
  return false;
}

static span span_over(const builder *b, const token *from, const token *to) {
  return (span){from->at.from, to->at.to, b->file};
}

/* A value in the wrong form: a number for days, a name in quotes, a text without, a currency before its number. *fix is
 * how it is written, *at what it takes the place of. */
static slice other_form(const builder *b, const token *t, span *at, slice *fix) {
  static const char *const write[LANG_COUNT] = {"write `%.*s`", "escreva `%.*s`", "escriba `%.*s`"};
  static const char *const quote[LANG_COUNT] = {"a text stands in quotes: \"%.*s\"",
                                                "um texto fica entre aspas: \"%.*s\"",
                                                "un texto va entre comillas: \"%.*s\""};
  slice s = t->text, climb = kw_text(KW_AT, b->lang);
  *at = t->at;
  if (t->type == TK_NUMBER && t > b->first && t[-1].type == TK_ID && currency_find(t[-1].text) != CURRENCY_NONE) {
    *fix = arena_printf(b->scratch, "%.*s %.*s", SLICE_ARG(s), SLICE_ARG(t[-1].text));
    *at = span_over(b, t - 1, t);
  } else if (t->type == TK_NUMBER && s.n == 3 && t > b->first && t[-1].type == TK_NUMBER) {
    *fix = arena_printf(b->scratch, "%.*s_%.*s", SLICE_ARG(t[-1].text), SLICE_ARG(s));
    *at = span_over(b, t - 1, t);
  } else if (t->type == TK_NUMBER && b->expected[TK_DURATION] && t[1].type == TK_ID && is_unit(t[1].text, b->lang)) {
    *fix = arena_printf(b->scratch, "%.*s%.*s", SLICE_ARG(s), SLICE_ARG(t[1].text)); /* `5 bd` */
    *at = span_over(b, t, t + 1);
  } else if (t->type == TK_NUMBER && b->expected[TK_DURATION]) {
    *fix = arena_printf(b->scratch, "%.*sd", SLICE_ARG(s));
  } else if (t->type == TK_DURATION && t == b->first) {
    *fix = arena_printf(b->scratch, "%.*s %.*s", SLICE_ARG(climb), SLICE_ARG(s));
  } else if (t->type == TK_TEXT && b->expected[TK_ID] && s.n) {
    *fix = s;
  } else if ((t->type == TK_ID || t->type == TK_FIELD) && b->expected[TK_TEXT] && !b->expected[TK_ID]) {
    *fix = arena_printf(b->scratch, "\"%.*s\"", SLICE_ARG(s));
    return arena_printf(b->scratch, quote[b->lang], SLICE_ARG(s));
  }
  return fix->n ? arena_printf(b->scratch, write[b->lang], SLICE_ARG(*fix)) : (slice){0};
}

/* Behind a condition `si no X` is `otherwise X`: who means the negation writes its longer form. */
static slice if_not(const builder *b, const token *t) {
  if (b->lang != LANG_ES || t == b->first || t[-1].op != KW_OTHERWISE) return (slice){0};
  return SLICE("`si no` abre aquí la otra rama: para negar escriba `si es falso que ...`");
}

/* `no ladder for invoices where C` is said as one says `ladder NAME for invoices where C`. */
static slice no_ladder_for(const builder *b, const token *t) {
  static const char *const say[LANG_COUNT] = {
      "write the condition at once: `no ladder for C`, such as `no ladder for amount < 50`",
      "escreva logo a condição: `sem régua para C`, como `sem régua para valor < 50`",
      "escriba enseguida la condición: `sin escala para C`, como `sin escala para importe < 50`"};
  return b->first->op == KW_NO_LADDER && t->op == KW_WHERE ? slice_of(say[b->lang]) : (slice){0};
}

/* `where the amount ...`: an article was read as a name, and the word behind it does not fit. It is the one to take
 * out. */
static const token *article_before(const builder *b, const token *t) {
  if (t < b->first + 2 || t[-1].type != TK_ID || (t->type != TK_ID && t->type != TK_FIELD && t->op == KW_NONE))
    return t;
  bool names = t[-2].type == TK_LADDER || t[-2].type == TK_RULE || t[-2].type == TK_TEAM || t[-2].type == TK_DEFINE;
  return !names && idiom_is_article(t[-1].text) ? t - 1 : t;
}

void explain_failure(builder *b) {
  if (!b->failed_at || b->dropped) return; /* said already */
  const token *t = article_before(b, b->failed_at);
  if (t == b->first && t->type == TK_ID && other_language(b, t)) return;
  slice fix = {0}, hint = wants_hint(b, t) ? meant(b, t->text, &fix) : (slice){0};
  span at = t->at;
  bool goes = false;
  slice idiom = idiom_hint(t->text, t->op != KW_NONE, b->expected, t == b->first, b->lang);
  if (idiom.n && t->type != TK_TEXT) {
    hint = idiom;
    fix = idiom_fix(t->text, t->op != KW_NONE, b->expected, t == b->first, b->lang);
    goes = idiom_goes(t->text, t->op != KW_NONE, b->expected, t == b->first);
  }
  if (!idiom.n && if_not(b, t).n) hint = if_not(b, t), fix = (slice){0};
  if (no_ladder_for(b, t).n) hint = no_ladder_for(b, t), fix = (slice){0}, goes = false;
  if (!hint.n) hint = other_form(b, t, &at, &fix);
  if (!hint.n && t != b->first) hint = expected_text(b);
  diag_code code = t == b->first ? DIAG_E0102 : t->type == 0 ? DIAG_E0101 : DIAG_E0100;
  diag *said = build_report(b, code, t->at, hint, 1, &t->text);
  if (fix.n || goes) diag_fix(b->d, said, at, fix);
}
