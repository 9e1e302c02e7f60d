/* Literals: a number and what stands next to it (a currency, `%`, a unit), dates and times. */
#include <assert.h>

#include "lang/base/utf8.h"
#include "lang/syntax/limits.h"
#include "lang/syntax/token.h"
#include "parser.h"

static decimal read_digits(reader *r, const lexeme *l, bool exempt) {
  size_t before = r->d->errors;
  decimal out = number_read(r->scratch, reader_slice(r, l->from, l->to), exempt, reader_span(r, l->from, l->to), r->d);
  if (r->d->errors != before) r->damaged = true;
  return out;
}

static void emit_money(reader *r, const lexeme *digits, currency cur, uint32_t from, uint32_t to) {
  decimal amount = read_digits(r, digits, cur != CURRENCY_NONE && currency_minor(cur) == 3);
  token *t = reader_emit(r, cur == CURRENCY_NONE ? TK_NUMBER : TK_MONEY, KW_NONE, from, to);
  if (cur == CURRENCY_NONE)
    t->value.number = amount;
  else
    t->value.money = (ast_money){amount, cur};
}

static currency sign_currency(reader *r, const lexeme *sign) {
  currency cur = currency_by_symbol(reader_slice(r, sign->from, sign->to));
  if (cur == CURRENCY_NONE) reader_report(r, DIAG_E0015, sign->from, sign->to, (slice){0});
  return cur;
}

static bool is_code(slice s) {
  if (s.n != 3) return false;
  for (size_t i = 0; i < 3; i++)
    if (s.p[i] < 'A' || s.p[i] > 'Z') return false;
  return true;
}

static duration_unit unit_of(kw op) {
  return (duration_unit)((int)op - (int)KW_UNIT_DAY); /* the rows stand in the order of duration_unit */
}
static_assert(KW_UNIT_YEAR - KW_UNIT_DAY == (int)UNIT_YEAR && KW_UNIT_WEEK - KW_UNIT_DAY == (int)UNIT_WEEK,
              "the units of keywords.def are those of duration_unit");

static void emit_duration(reader *r, const lexeme *digits, kw op, uint32_t to) {
  decimal d = decimal_trim(read_digits(r, digits, false));
  token *t = reader_emit(r, TK_DURATION, KW_NONE, digits->from, to);
  if (d.scale > 0)
    reader_report(r, DIAG_E0028, digits->from, to, (slice){0});
  else if (d.n > DURATION_COUNT_MAX)
    reader_report(r, DIAG_E0029, digits->from, to, (slice){0});
  else
    t->value.duration = (ast_duration){(int32_t)d.n, unit_of(op)};
}

/* Written apart from its number, a unit is a whole word: `5 days`, never `5 d` (`1 y 2` is Spanish for `1 and 2`). */
static bool is_short_unit(kw op, slice written) {
  for (dun_lang l = LANG_EN; l < LANG_COUNT; l++)
    if (utf8_fold_eq(kw_text(op, l), written)) return true;
  return false;
}

static void emit_with_unit(reader *r, const lexeme *digits) {
  size_t last = r->i + 1;
  phrase_hit hit = reader_phrase(r, r->i + 1, true, &last);
  if (!hit.found) reader_report(r, DIAG_E0011, digits[1].from, digits[1].to, (slice){0});
  emit_duration(r, digits, hit.found ? hit.op : KW_UNIT_DAY, r->lex[last].to);
  r->i = last + 1;
}

/* A number with a word behind it: `1000 BRL`, `5 days`, or two things. */
static bool emit_with_word(reader *r, const lexeme *digits) {
  const lexeme *word = digits + 1;
  slice written = reader_slice(r, word->from, word->to);
  size_t last;
  if (is_code(written) && !reader_phrase(r, r->i + 1, false, &last).found) {
    currency cur = currency_find(written);
    if (cur == CURRENCY_NONE) reader_report(r, DIAG_E0016, word->from, word->to, (slice){0});
    emit_money(r, digits, cur, digits->from, word->to);
    r->i += 2;
    return true;
  }
  phrase_hit unit = reader_phrase(r, r->i + 1, true, &last);
  if (!unit.found || is_short_unit(unit.op, reader_slice(r, word->from, r->lex[last].to))) return false;
  emit_duration(r, digits, unit.op, r->lex[last].to);
  r->i = last + 1;
  return true;
}

static void number_after_sign(reader *r, const lexeme *sign) {
  if (sign[1].kind != LEX_NUMBER) {
    reader_report(r, DIAG_E0004, sign->from, sign->to, (slice){0});
    r->i++;
    return;
  }
  emit_money(r, sign + 1, sign_currency(r, sign), sign->from, sign[1].to);
  r->i += 2;
}

void reader_number(reader *r) {
  const lexeme *l = &r->lex[r->i], *next = l + 1;
  if (l->kind == LEX_SIGN) {
    number_after_sign(r, l);
  } else if ((next->kind == LEX_WORD || next->kind == LEX_PATH) && next->from == l->to) {
    emit_with_unit(r, l);
  } else if (next->kind == LEX_PERCENT) {
    decimal n = read_digits(r, l, true);
    reader_emit(r, TK_PERCENT, KW_NONE, l->from, next->to)->value.number = n;
    r->i += 2;
  } else if (next->kind == LEX_SIGN && l[2].kind != LEX_NUMBER) {
    emit_money(r, l, sign_currency(r, next), l->from, next->to);
    r->i += 2;
  } else if (next->kind != LEX_WORD || !emit_with_word(r, l)) {
    decimal n = read_digits(r, l, false);
    reader_emit(r, TK_NUMBER, KW_NONE, l->from, l->to)->value.number = n;
    r->i++;
  }
}

/* After these a minus begins a number; after anything else it takes one value from another. */
static bool minus_is_sign_after(int type) {
  switch (type) {
  case TK_AT:
  case TK_EQ:
  case TK_NE:
  case TK_LT:
  case TK_LE:
  case TK_GT:
  case TK_GE:
  case TK_ADD:
  case TK_SUB:
  case TK_MUL:
  case TK_DIV:
  case TK_LPAREN:
  case TK_COMMA:
  case TK_BETWEEN:
  case TK_AND: return true;
  }
  return false;
}

bool reader_negative(reader *r) {
  const lexeme *minus = &r->lex[r->i];
  int before = r->n ? r->out[r->n - 1].type : 0;
  if ((minus[1].kind != LEX_NUMBER && minus[1].kind != LEX_SIGN) || !minus_is_sign_after(before)) return false;
  r->i++;
  size_t n = r->n;
  reader_number(r);
  if (r->n == n) return true;
  token *t = &r->out[n];
  t->at.from = minus->from;
  t->text = reader_slice(r, t->at.from, t->at.to);
  if (t->type == TK_DURATION || before == TK_AT) {
    slice fix = reader_slice(r, minus->to, t->at.to), due = kw_text(KW_DUE, r->lang);
    slice at = kw_text(KW_AT, r->lang), early = kw_text(KW_BEFORE, r->lang);
    slice hint = before != TK_AT ? (slice){0}
                                 : arena_printf(r->scratch, "`%.*s %.*s %.*s %.*s`", SLICE_ARG(at), SLICE_ARG(fix),
                                                SLICE_ARG(early), SLICE_ARG(due));
    reader_report(r, DIAG_E0019, t->at.from, t->at.to, hint);
  } else if (t->type == TK_MONEY) {
    t->value.money.amount.n = -t->value.money.amount.n;
  } else {
    t->value.number.n = -t->value.number.n;
  }
  return true;
}

static int digits_at(const char *p, unsigned n) {
  int out = 0;
  for (unsigned i = 0; i < n; i++) out = out * 10 + (p[i] - '0');
  return out;
}

/* 31/03/2026 or 3.31.2026: both readings, as they are written here. */
static void slash_date(reader *r, const lexeme *l) {
  slice s = reader_slice(r, l->from, l->to);
  unsigned a = s.p[1] >= '0' && s.p[1] <= '9' ? 2 : 1, b = s.p[a + 2] >= '0' && s.p[a + 2] <= '9' ? 2 : 1;
  int one = digits_at(s.p, a), two = digits_at(s.p + a + 1, b), year = digits_at(s.p + s.n - 4, 4);
  civil_date day_first = date_of(year, two, one), month_first = date_of(year, one, two);
  slice hint = {0};
  char x[DATE_TEXT_MAX], y[DATE_TEXT_MAX];
  if (!date_is_none(day_first)) date_iso(day_first, x);
  if (!date_is_none(month_first)) date_iso(month_first, y);
  bool both = !date_is_none(day_first) && !date_is_none(month_first) && !date_eq(day_first, month_first);
  if (both)
    hint = arena_printf(r->scratch, "`%s` / `%s`", x, y);
  else if (!date_is_none(day_first))
    hint = arena_printf(r->scratch, "`%s`", x);
  else if (!date_is_none(month_first))
    hint = arena_printf(r->scratch, "`%s`", y);
  reader_report(r, DIAG_E0013, l->from, l->to, hint);
  reader_emit(r, TK_DATE, KW_NONE, l->from, l->to)->value.date = day_first;
}

static void time_of_day(reader *r, const lexeme *l) {
  slice s = reader_slice(r, l->from, l->to);
  int hour = digits_at(s.p, (unsigned)s.n - 3), minute = digits_at(s.p + s.n - 2, 2);
  int total = hour * 60 + minute;
  if (minute > 59 || total > 24 * 60) reader_report(r, DIAG_E0014, l->from, l->to, (slice){0});
  reader_emit(r, TK_TIME, KW_NONE, l->from, l->to)->value.minute = total;
}

void reader_date(reader *r, const lexeme *l) {
  if (l->kind == LEX_SLASH_DATE) {
    slash_date(r, l);
  } else if (l->kind == LEX_TIME) {
    time_of_day(r, l);
  } else {
    civil_date day = DATE_NONE;
    if (!date_parse(reader_slice(r, l->from, l->to), &day)) reader_report(r, DIAG_E0012, l->from, l->to, (slice){0});
    reader_emit(r, TK_DATE, KW_NONE, l->from, l->to)->value.date = day;
  }
}
