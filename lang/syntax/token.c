/* Lexemes to tokens: words become keywords (the longest phrase that fits) or names, numbers become money, percents and
 * durations by what stands next to them, line ends become statement ends unless the sentence goes on. Reports every
 * error of the text and yields what was meant, so that one mistake is one error. */
#include "lang/syntax/token.h"

#include <assert.h>

#include "lang/base/utf8.h"
#include "lang/syntax/limits.h"
#include "parser.h"

enum { PHRASE_BYTES_MAX = 96 };

span reader_span(const reader *r, uint32_t from, uint32_t to) { return (span){from, to, r->file}; }

slice reader_slice(const reader *r, uint32_t from, uint32_t to) { return (slice){r->text.p + from, to - from}; }

diag *reader_report(reader *r, diag_code code, uint32_t from, uint32_t to, slice hint) {
  slice written = reader_slice(r, from, to);
  r->damaged = true;
  return diag_add(r->d, code, reader_span(r, from, to), hint, 1, &written);
}

void reader_mend(reader *r, diag *reported, uint32_t from, uint32_t to, slice text) {
  diag_fix(r->d, reported, reader_span(r, from, to), text);
}

token *reader_emit(reader *r, int type, kw op, uint32_t from, uint32_t to) {
  token *t = &r->out[r->n++];
  *t = (token){.type = type, .op = op, .at = reader_span(r, from, to), .text = reader_slice(r, from, to)};
  return t;
}

static bool phrase_append(const reader *r, char *buffer, size_t *n, const lexeme *l) {
  for (uint32_t i = l->from; i < l->to;) {
    if (*n + 4 > PHRASE_BYTES_MAX) return false;
    char c = r->text.p[i];
    if ((unsigned char)c < 0x80) { /* most words: no decoding */
      buffer[(*n)++] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
      i++;
      continue;
    }
    uint32_t cp;
    i += (uint32_t)utf8_decode(reader_slice(r, i, l->to), &cp);
    *n += utf8_encode(utf8_fold_char(cp), buffer + *n);
  }
  return true;
}

/* Blanks between two words of a phrase, or a hyphen without blanks (`e-mail`). Gives the word's place, 0: none. */
static size_t phrase_step(const reader *r, size_t at, char *joint) {
  const lexeme *l = &r->lex[at];
  if (l[1].kind == LEX_WORD) {
    *joint = ' ';
    return l[1].from > l->to ? at + 1 : 0;
  }
  *joint = '-';
  bool hyphen = l[1].kind == LEX_OPERATOR && l[1].op == KW_SUB && l[2].kind == LEX_WORD;
  return hyphen && l[1].from == l->to && l[2].from == l[1].to ? at + 2 : 0;
}

phrase_hit reader_phrase(const reader *r, size_t at, bool units, size_t *last) {
  char buffer[PHRASE_BYTES_MAX];
  size_t n = 0;
  phrase_hit best = {0};
  while (phrase_append(r, buffer, &n, &r->lex[at])) {
    phrase_hit hit = phrases_find(r->phrases, (slice){buffer, n}, units);
    if (!hit.found) break;
    if (hit.op != KW_NONE) {
      best = hit;
      *last = at;
    }
    char joint;
    size_t next = phrase_step(r, at, &joint);
    if (!next || n + 1 >= PHRASE_BYTES_MAX) break;
    buffer[n++] = joint;
    at = next;
  }
  if (best.op == KW_NONE) best.found = false;
  return best;
}

static void check_name(reader *r, uint32_t from, uint32_t to) {
  if (to - from > NAME_BYTES_MAX) reader_report(r, DIAG_E0022, from, to, (slice){0});
  for (uint32_t i = from, n; i < to; i += n) {
    uint32_t cp;
    n = (uint32_t)utf8_decode(reader_slice(r, i, to), &cp);
    if (cp >= 0x80 && !utf8_is_nfc_letter(cp)) reader_report(r, DIAG_E0004, i, i + n, (slice){0});
  }
}

/* Spanish `si no` is `otherwise` behind a condition; where nothing was asked it can only be `if not`. */
static bool is_if_not(const reader *r, size_t at, kw op) {
  char first[PHRASE_BYTES_MAX];
  size_t n = 0;
  if (op != KW_OTHERWISE || r->asked || !phrase_append(r, first, &n, &r->lex[at])) return false;
  return phrases_find(r->phrases, (slice){first, n}, false).op == KW_IF;
}

static void read_word(reader *r) {
  const lexeme *l = &r->lex[r->i];
  size_t last = r->i;
  phrase_hit hit = reader_phrase(r, r->i, false, &last);
  if (hit.found && is_if_not(r, r->i, hit.op)) {
    hit = (phrase_hit){KW_IF, kw_token(KW_IF), true};
    last = r->i;
  }
  r->asked |= hit.found && hit.op == KW_IF;
  if (hit.found) {
    reader_emit(r, hit.token, hit.op, l->from, r->lex[last].to);
    r->i = last + 1;
    if (hit.op == KW_CURRENCY) reader_currency(r);
    return;
  }
  check_name(r, l->from, l->to);
  reader_emit(r, TK_ID, KW_NONE, l->from, l->to);
  r->i++;
}

static void read_text(reader *r, const lexeme *l) {
  uint32_t from = l->from + 1, to = l->to;
  if (l->kind == LEX_TEXT) {
    to--;
  } else if (l->kind == LEX_TEXT_OPEN) {
    reader_mend(r, reader_report(r, DIAG_E0005, l->from, l->to, (slice){0}), l->to, l->to, SLICE("\""));
  } else {
    diag *said = reader_report(r, DIAG_E0006, l->from, l->to, (slice){0});
    uint32_t cp;
    from = l->from + (uint32_t)utf8_decode(reader_slice(r, l->from, l->to), &cp);
    do to--;
    while (((unsigned char)r->text.p[to] & 0xc0) == 0x80);
    slice inner = to > from ? reader_slice(r, from, to) : (slice){"", 0};
    if (!inner.n || !memchr(inner.p, '"', inner.n))
      reader_mend(r, said, l->from, l->to, arena_printf(r->scratch, "\"%.*s\"", SLICE_ARG(inner)));
  }
  if (to - from > TEXT_BYTES_MAX) reader_report(r, DIAG_E0021, l->from, l->to, (slice){0});
  token *t = reader_emit(r, TK_TEXT, KW_NONE, l->from, l->to);
  t->text = reader_slice(r, from, to);
}

static void read_bracket(reader *r, const lexeme *l) {
  if (l->kind == LEX_OPEN) {
    if (r->depth == 0) r->opened = l->from;
    r->depth++;
    if (r->depth == BRACKETS_DEPTH_MAX + 1) reader_report(r, DIAG_E0023, l->from, l->to, (slice){0});
    if (r->depth <= BRACKETS_DEPTH_MAX) reader_emit(r, TK_LPAREN, KW_NONE, l->from, l->to);
    return;
  }
  if (r->depth == 0) {
    reader_mend(r, reader_report(r, DIAG_E0026, l->from, l->to, (slice){0}), l->from, l->to, (slice){0});
    return;
  }
  if (r->depth <= BRACKETS_DEPTH_MAX) reader_emit(r, TK_RPAREN, KW_NONE, l->from, l->to);
  r->depth--;
}

static void read_foreign(reader *r, const lexeme *l) {
  slice word = kw_text(l->op, r->lang);
  reader_mend(r, reader_report(r, DIAG_E0017, l->from, l->to, arena_printf(r->scratch, "`%.*s`", SLICE_ARG(word))),
              l->from, l->to, word);
  reader_emit(r, kw_token(l->op), l->op, l->from, l->to);
}

static void end_statement(reader *r) {
  if (r->depth > 0) {
    diag *said = reader_report(r, DIAG_E0027, r->opened, r->opened + 1, (slice){0});
    uint32_t end = r->n ? r->out[r->n - 1].at.to : r->opened + 1;
    for (unsigned i = 0; i < r->depth && r->depth == 1; i++) reader_mend(r, said, end, end, SLICE(")"));
  }
  r->depth = 0;
  bool empty = r->n == 0 || r->out[r->n - 1].type == 0;
  if (!empty) {
    uint32_t to = r->out[r->n - 1].at.to;
    reader_emit(r, 0, KW_NONE, to, to)->damaged = r->damaged;
  }
  r->damaged = r->asked = false;
}

/* Words that no statement but a line's continuation begins with. */
static bool is_continuation(int type) {
  switch (type) {
  case TK_AND:
  case TK_OR:
  case TK_OR_ELSE:
  case TK_OTHERWISE:
  case TK_THEN:
  case TK_THEN_EVERY:
  case TK_WITH:
  case TK_WHERE:
  case TK_TO:
  case TK_FOR_OR_TO:
  case TK_PLUS:
  case TK_PLUS_INTEREST:
  case TK_UNLESS: return true;
  }
  return false;
}

/* Words that stand inside no bracket: one that begins a line shows that a bracket was left open. */
static bool begins_statement(int type) {
  switch (type) {
  case TK_LADDER:
  case TK_POLICY:
  case TK_WHEN:
  case TK_WHEN_CONTRACT:
  case TK_RULE:
  case TK_EVERY:
  case TK_AT:
  case TK_AT_OR_PER:
  case TK_ON:
  case TK_SEND:
  case TK_HOLD_WHILE:
  case TK_STOP_WHEN:
  case TK_LIMIT_EACH:
  case TK_TEST:
  case TK_DEFINE:
  case TK_LATE_FEE:
  case TK_ALERT:
  case TK_ESCALATE:
  case TK_OPEN_CARD:
  case TK_IF:
  case TK_NO_LADDER:
  case TK_ASK_VOLUME:
  case TK_ASK_WHEN:
  case TK_ASK_BEFORE:
  case TK_SILENCE_FOR:
  case TK_OPT_IN_FOR:
  case TK_TOGETHER:
  case TK_IGNORE_BELOW:
  case TK_MOVE_DUE:
  case TK_LATE_ONLY:
  case TK_AFTER_A_GAP:
  case TK_RATES_FROM:
  case TK_SETTLE:
  case TK_PRORATED_BY:
  case TK_MOVE_CARD:
  case TK_CLOSE_CARD:
  case TK_CHARGE:
  case TK_UPDATE_DUE:
  case TK_WRITE_OFF:
  case TK_SUSPEND:
  case TK_RESUME:
  case TK_MARK:
  case TK_TAG:
  case TK_LOG:
  case TK_CALL_WEBHOOK:
  case TK_BILL:
  case TK_CONTRACT_ACTION:
  case TK_ADJUST:
  case TK_DOCUMENT:
  case TK_SIGNATURE:
  case TK_UNTIL: return true;
  }
  return false;
}

/* After a value and before a word no list goes on: the bracket that is open was left so. */
static bool ends_value(int type) {
  switch (type) {
  case TK_TEXT:
  case TK_ID:
  case TK_FIELD:
  case TK_NUMBER:
  case TK_PERCENT:
  case TK_MONEY:
  case TK_DURATION:
  case TK_DATE:
  case TK_TIME:
  case TK_RPAREN: return true;
  }
  return false;
}

static bool is_no_sentence(const lexeme *l) {
  return l->kind == LEX_NEWLINE || l->kind == LEX_COMMENT || l->kind == LEX_COMMENT_ODD;
}

static void read_newline(reader *r) {
  size_t next = r->i < r->sentence ? r->sentence : r->i; /* many empty lines are looked through once */
  while (is_no_sentence(&r->lex[next])) next++;
  r->sentence = next;
  int type = 0;
  size_t last;
  if (r->lex[next].kind == LEX_WORD) {
    phrase_hit hit = reader_phrase(r, next, false, &last);
    type = is_if_not(r, next, hit.op) ? kw_token(KW_IF) : hit.token;
  }
  bool colon = r->n > 0 && r->out[r->n - 1].type == TK_COLON;
  bool apart = r->n > 0 && ends_value(r->out[r->n - 1].type) && r->lex[next].kind == LEX_WORD && type == 0;
  bool inside = r->depth > 0 && r->lex[next].kind != LEX_END && !begins_statement(type) && !apart;
  if (!colon && !inside && !is_continuation(type)) end_statement(r);
}

static void read_comment(reader *r, const lexeme *l) {
  ast_comment *c = ARENA_NEW(r->perm, ast_comment);
  c->at = reader_span(r, l->from, l->to);
  c->own_line = r->i == 0 || l[-1].kind == LEX_NEWLINE;
  if (c->at.to > c->at.from && r->text.p[c->at.to - 1] == '\r') c->at.to--;
  if (r->last_comment)
    r->last_comment->next = c;
  else
    r->comments = c;
  r->last_comment = c;
}

/* Where a quote is missing, what was meant as a text stands bare and the rest of the line is one: the quote is the
 * mistake, not the characters. */
static bool quote_is_missing(const reader *r) {
  size_t i = r->i;
  while (r->lex[i].kind != LEX_NEWLINE && r->lex[i].kind != LEX_END && r->lex[i].kind != LEX_TEXT_OPEN) i++;
  return r->lex[i].kind == LEX_TEXT_OPEN;
}

/* The sentence before it is whole. */
static void read_odd_comment(reader *r, const lexeme *l) {
  slice sign = reader_slice(r, l->from, l->from + 2);
  diag *said = diag_add(r->d, DIAG_E0030, reader_span(r, l->from, l->from + 2), (slice){0}, 1, &sign);
  reader_mend(r, said, l->from, l->from + 2, SLICE("#"));
}

/* A pair of braces is one mistake: of a pair only the opening one is told. */
static bool closes_known(reader *r, const lexeme *l) {
  if (l->kind != LEX_BRACE) return false;
  char c = r->text.p[l->from];
  if (c == '{' || c == '[') {
    r->braces++;
    return false;
  }
  if (!r->braces) return false;
  r->braces--;
  return true;
}

static void read_unknown(reader *r, const lexeme *l) {
  if (closes_known(r, l)) return;
  bool more = r->i > 0 && l[-1].kind == l->kind && l[-1].to == l->from;
  if (!more && !quote_is_missing(r))
    reader_report(r, l->kind == LEX_BRACE ? DIAG_E0018 : DIAG_E0004, l->from, l->to, (slice){0});
}

static void read_lexeme(reader *r) {
  const lexeme *l = &r->lex[r->i];
  switch (l->kind) {
  case LEX_WORD: read_word(r); return;
  case LEX_NUMBER:
  case LEX_SIGN: reader_number(r); return;
  case LEX_OPERATOR:
    if (l->op == KW_SUB && reader_negative(r)) return;
    reader_emit(r, kw_token(l->op), l->op, l->from, l->to);
    break;
  case LEX_PATH:
    check_name(r, l->from, l->to);
    reader_emit(r, TK_FIELD, KW_NONE, l->from, l->to);
    break;
  case LEX_NEWLINE: read_newline(r); break;
  case LEX_SEMICOLON: end_statement(r); break;
  case LEX_COMMENT: read_comment(r, l); break;
  case LEX_COMMENT_ODD: read_odd_comment(r, l); break;
  case LEX_DATE:
  case LEX_SLASH_DATE:
  case LEX_TIME: reader_date(r, l); break;
  case LEX_DAY_COUNT: reader_emit(r, TK_DAYCOUNT, KW_NONE, l->from, l->to); break;
  case LEX_TEXT:
  case LEX_TEXT_OPEN:
  case LEX_TEXT_ODD: read_text(r, l); break;
  case LEX_OPEN:
  case LEX_CLOSE: read_bracket(r, l); break;
  case LEX_COLON: reader_emit(r, TK_COLON, KW_NONE, l->from, l->to); break;
  case LEX_FOREIGN: read_foreign(r, l); break;
  case LEX_PERCENT:
  case LEX_BRACE:
  case LEX_UNKNOWN: read_unknown(r, l); break;
  case LEX_END: assert(!"the loop ends before"); break;
  }
  r->i++;
}

/* All lexemes; two END behind the last so that looking one and two ahead is safe. */
static void read_all(reader *r, const char *copy) {
  uint32_t at = 0, bytes = (uint32_t)r->text.n;
  lexeme *lex =
      arena_room(r->scratch, (size_t)bytes + 3, sizeof *lex); /* none is empty; what is not used is never touched */
  if (bytes >= 3 && memcmp(copy, "\xef\xbb\xbf", 3) == 0) at = 3;
  for (;;) {
    lex[r->count] = lex_next(copy, bytes, &at);
    if (lex[r->count++].kind == LEX_END) break;
  }
  lex[r->count] = lex[r->count + 1] = lex[r->count - 1];
  r->lex = lex;
}

/* The first statement says `language X` or `idioma X`. */
static dun_lang find_language(const reader *r) {
  size_t i = 0;
  while (is_no_sentence(&r->lex[i]) || r->lex[i].kind == LEX_SEMICOLON) i++;
  const lexeme *l = &r->lex[i];
  if (l[0].kind != LEX_WORD || l[1].kind != LEX_WORD) return LANG_EN;
  slice word = reader_slice(r, l[0].from, l[0].to), name = reader_slice(r, l[1].from, l[1].to);
  if (kw_of_word(word, LANG_EN) != KW_LANGUAGE) return LANG_EN;
  kw id = kw_of_word(name, LANG_EN);
  return id == KW_PORTUGUESE ? LANG_PT : id == KW_SPANISH ? LANG_ES : LANG_EN;
}

tokens tokens_read(arena *perm, arena *scratch, slice text, uint16_t file, diags *d) {
  reader r = {.perm = perm, .scratch = scratch, .text = text, .file = file, .d = d};
  read_all(&r, arena_copy(scratch, text));
  r.lang = find_language(&r);
  r.phrases = phrases_new(scratch, r.lang);
  r.out = ARENA_ARRAY(scratch, r.count + 1, token); /* a lexeme gives at most one, and there is one end more */
  while (r.lex[r.i].kind != LEX_END) read_lexeme(&r);
  end_statement(&r);
  return (tokens){r.out, r.n, r.comments, r.lang};
}
