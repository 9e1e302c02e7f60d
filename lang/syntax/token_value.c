/* Literals: a number and what stands next to it (a currency, `%`, a unit), dates and times. */
#include <assert.h>

#include "lang/base/utf8.h"
#include "lang/syntax/limits.h"
#include "lang/syntax/token.h"
#include "parser.h"

static decimal read_digits(reader *r, const lexeme *l, bool exempt) {
  size_t before = r->d->errors;
  decimal out = number_read(r->scratch, reader_slice(r, l->from, l->to), exempt || r->thousandths,
                            reader_span(r, l->from, l->to), r->d);
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

/* The word after `currency`, where it is a setting. */
void reader_currency(reader *r) {
  const lexeme *word = &r->lex[r->i];
  if (word->kind != LEX_WORD) return;
  currency cur = currency_find(reader_slice(r, word->from, word->to));
  if (cur != CURRENCY_NONE) r->thousandths = currency_minor(cur) == 3;
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

/* The unit in another language: `5 dias` in an English file. KW_NONE where it is none. */
static kw foreign_unit(const reader *r, slice word) {
  for (kw id = KW_UNIT_DAY; id <= KW_UNIT_YEAR; id++)
    for (dun_lang l = LANG_EN; l < LANG_COUNT; l++)
      for (size_t i = 0; l != r->lang && kw_spelling(id, l, i).n; i++)
        if (utf8_fold_eq(kw_spelling(id, l, i), word)) return id;
  return KW_NONE;
}

/* `8h`, `8h30`, `6pm`: the minutes since midnight, or -1. */
static int clock_of(slice digits, slice word) {
  int hour = 0, minute = 0;
  for (size_t i = 0; i < digits.n; i++) {
    if (digits.p[i] < '0' || digits.p[i] > '9' || hour > 24) return -1;
    hour = hour * 10 + (digits.p[i] - '0');
  }
  bool am = utf8_fold_eq(word, SLICE("am")), pm = utf8_fold_eq(word, SLICE("pm"));
  bool h = word.n && (word.p[0] == 'h' || word.p[0] == 'H');
  if (am || pm) {
    if (hour < 1 || hour > 12) return -1;
    hour = hour % 12 + (pm ? 12 : 0);
  } else if (h && word.n == 3 && word.p[1] >= '0' && word.p[1] <= '5' && word.p[2] >= '0' && word.p[2] <= '9') {
    minute = (word.p[1] - '0') * 10 + (word.p[2] - '0');
  } else if (!h || (word.n > 1 && !utf8_fold_eq(word, SLICE("hs")) && !utf8_fold_eq(word, SLICE("hrs")))) {
    return -1;
  }
  return hour * 60 + minute <= 24 * 60 ? hour * 60 + minute : -1;
}

/* A number with a unit that is none here: what was meant is said and taken. True where it is no length of time. */
static bool odd_unit(reader *r, const lexeme *digits, kw *op) {
  slice number = reader_slice(r, digits->from, digits->to), word = reader_slice(r, digits[1].from, digits[1].to);
  int minutes = clock_of(number, word);
  *op = foreign_unit(r, word);
  slice fix = {0};
  if (minutes >= 0)
    fix = arena_printf(r->scratch, "`%02d:%02d`", minutes / 60, minutes % 60);
  else if (*op != KW_NONE)
    fix = arena_printf(r->scratch, "`%.*s%.*s`", SLICE_ARG(number), SLICE_ARG(kw_text(*op, r->lang)));
  else if (utf8_fold_eq(word, SLICE("k")))
    fix = arena_printf(r->scratch, "`%.*s_000`", SLICE_ARG(number));
  diag *said = reader_report(r, DIAG_E0011, digits[1].from, digits[1].to, fix);
  diag_fix_readings(r->d, said, reader_span(r, digits->from, digits[1].to), fix);
  if (minutes >= 0) reader_emit(r, TK_TIME, KW_NONE, digits->from, digits[1].to)->value.minute = minutes;
  if (*op == KW_NONE) *op = KW_UNIT_DAY;
  return minutes >= 0;
}

static void emit_with_unit(reader *r, const lexeme *digits) {
  size_t last = r->i + 1;
  phrase_hit hit = reader_phrase(r, r->i + 1, true, &last);
  if (!hit.found) {
    hit.op = KW_UNIT_DAY;
    if (odd_unit(r, digits, &hit.op)) {
      r->i += 2;
      return;
    }
  }
  emit_duration(r, digits, hit.op, r->lex[last].to);
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
  kw foreign = unit.found || reader_phrase(r, r->i + 1, false, &last).found ? KW_NONE : foreign_unit(r, written);
  if (foreign != KW_NONE && !is_short_unit(foreign, written)) {
    (void)odd_unit(r, digits, &foreign);
    emit_duration(r, digits, foreign, word->to);
    r->i += 2;
    return true;
  }
  if (!unit.found || is_short_unit(unit.op, reader_slice(r, word->from, r->lex[last].to))) return false;
  emit_duration(r, digits, unit.op, r->lex[last].to);
  r->i = last + 1;
  return true;
}

/* `$1,000`: which currency it is and which number is one mistake. */
static void unknown_sign(reader *r, const lexeme *sign) {
  slice digits = reader_slice(r, sign[1].from, sign[1].to);
  diags trial;
  diags_init(&trial, r->scratch);
  decimal amount = number_read(r->scratch, digits, false, reader_span(r, sign[1].from, sign[1].to), &trial);
  slice best = digits, hint = trial.first ? trial.first->hint : (slice){0};
  const char *from = hint.n ? memchr(hint.p, '`', hint.n) : NULL;
  if (from) best = (slice){from + 1, strcspn(from + 1, "`")};
  slice written = reader_slice(r, sign->from, sign->to);
  diag_add(r->d, DIAG_E0015, reader_span(r, sign->from, sign[1].to),
           arena_printf(r->scratch, "`%.*s USD`", SLICE_ARG(best)), 1, &written);
  r->damaged = true;
  reader_emit(r, TK_NUMBER, KW_NONE, sign->from, sign[1].to)->value.number = amount;
}

static void number_after_sign(reader *r, const lexeme *sign) {
  if (sign[1].kind != LEX_NUMBER) {
    reader_report(r, DIAG_E0004, sign->from, sign->to, (slice){0});
    r->i++;
    return;
  }
  if (currency_by_symbol(reader_slice(r, sign->from, sign->to)) == CURRENCY_NONE)
    unknown_sign(r, sign);
  else
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
  case TK_AT_OR_PER:
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

static bool is_at(int type) { return type == TK_AT || type == TK_AT_OR_PER; }

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
  if (t->type == TK_DURATION || is_at(before)) {
    slice fix = reader_slice(r, minus->to, t->at.to), due = kw_text(KW_DUE, r->lang);
    slice at = kw_text(KW_AT, r->lang), early = kw_text(KW_BEFORE, r->lang);
    slice hint = !is_at(before) ? (slice){0}
                                : arena_printf(r->scratch, "`%.*s %.*s %.*s %.*s`", SLICE_ARG(at), SLICE_ARG(fix),
                                               SLICE_ARG(early), SLICE_ARG(due));
    diag *said = reader_report(r, DIAG_E0019, t->at.from, t->at.to, hint);
    if (is_at(before)) diag_fix_readings(r->d, said, reader_span(r, r->out[n - 1].at.from, t->at.to), hint);
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
  diag_fix_readings(r->d, reader_report(r, DIAG_E0013, l->from, l->to, hint), reader_span(r, l->from, l->to), hint);
  reader_emit(r, TK_DATE, KW_NONE, l->from, l->to)->value.date = day_first;
}

static void time_of_day(reader *r, const lexeme *l) {
  slice s = reader_slice(r, l->from, l->to);
  int hour = digits_at(s.p, (unsigned)s.n - 3), minute = digits_at(s.p + s.n - 2, 2);
  int total = hour * 60 + minute;
  if (minute > 59 || total > 24 * 60) reader_report(r, DIAG_E0014, l->from, l->to, (slice){0});
  reader_emit(r, TK_TIME, KW_NONE, l->from, l->to)->value.minute = total;
}

/* 2026/03/31, 2026-3-1: the year first, so that there is one reading. */
static civil_date loose_date(slice s) {
  int part[3] = {0, 0, 0}, i = 0;
  for (size_t k = 0; k < s.n; k++) {
    if (s.p[k] >= '0' && s.p[k] <= '9')
      part[i] = part[i] * 10 + (s.p[k] - '0');
    else
      i++;
  }
  return date_of(part[0], part[1], part[2]);
}

void reader_date(reader *r, const lexeme *l) {
  if (l->kind == LEX_SLASH_DATE) {
    slash_date(r, l);
  } else if (l->kind == LEX_TIME) {
    time_of_day(r, l);
  } else {
    civil_date day = DATE_NONE;
    if (!date_parse(reader_slice(r, l->from, l->to), &day)) {
      char iso[DATE_TEXT_MAX];
      day = loose_date(reader_slice(r, l->from, l->to));
      if (!date_is_none(day)) date_iso(day, iso);
      slice hint = date_is_none(day) ? (slice){0} : arena_printf(r->scratch, "`%s`", iso);
      diag_fix_readings(r->d, reader_report(r, DIAG_E0012, l->from, l->to, hint), reader_span(r, l->from, l->to), hint);
    }
    reader_emit(r, TK_DATE, KW_NONE, l->from, l->to)->value.date = day;
  }
}
