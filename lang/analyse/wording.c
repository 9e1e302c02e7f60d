/* See wording.h. A text is read character by character; at the beginning of each word every row is tried, and the
 * longest that fits is said. Holes and, in a page, what stands in <...> belong to no phrase.
 *
 * Invariant: places that are said do not overlap. */
#include "lang/analyse/wording.h"

#include "lang/base/utf8.h"
#include "lang/check/walk.h"

static const struct phrase {
  diag_code code;
  unsigned channels; /* bit per channel; 0: any */
  const char *words;
} PHRASES[] = {
#define PHRASE(code, channels, words) {DIAG_##code, channels, words},
#include "wording.def"
#undef PHRASE
};

/* A run of words in capitals that has one of these is shouted; others are names of companies and headings. */
static const char PRESSING[] =
    "pay|paid|payment|now|overdue|urgent|immediately|debt|warning|final|last|attention|pague|pagar|pagamento|agora|"
    "vencida|vencido|imediatamente|dívida|divida|atenção|atencao|atención|atencion|último|ultimo|última|ultima|pago|"
    "ahora|inmediatamente|deuda|aviso|zahlen|sofort|mahnung";
enum { SHOUTED_WORDS = 3, LOUD_MARKS = 2 };

static bool is_digit(uint32_t cp) { return cp >= '0' && cp <= '9'; }
static bool in_word(uint32_t cp) { return is_digit(cp) || utf8_is_nfc_letter(cp); }
static bool is_space(uint32_t cp) { return cp == ' ' || cp == '\t' || cp == '\n' || cp == '\r' || cp == 0xA0; }

static size_t char_at(slice s, size_t i, uint32_t *cp) {
  *cp = 0;
  return i < s.n ? utf8_decode((slice){s.p + i, s.n - i}, cp) : 0;
}

/* ---- rows ---- */

static size_t word_end(slice s, size_t i) {
  uint32_t cp;
  for (size_t n = char_at(s, i, &cp); n && in_word(cp); n = char_at(s, i, &cp)) i += n;
  return i;
}

static bool is_capital(uint32_t cp) { return utf8_is_nfc_letter(cp) && utf8_fold_char(cp) != cp; }
static bool is_small(uint32_t cp) { return utf8_is_nfc_letter(cp) && utf8_fold_char(cp) == cp; }

static bool all_capitals(slice s) {
  uint32_t cp;
  for (size_t i = 0; i < s.n; i += char_at(s, i, &cp)) {
    (void)char_at(s, i, &cp);
    if (is_small(cp)) return false;
  }
  return true;
}

/* Where the row's words end in the text, if they begin at `from`; else `from`. */
static size_t fits(const char *words, slice s, size_t from) {
  size_t i = from;
  bool shouted = *words == '^';
  for (const char *w = words + shouted; *w; w++) {
    uint32_t cp;
    size_t n = char_at(s, i, &cp);
    if (*w == '*') {
      i = word_end(s, i);
      break;
    }
    if (*w == ' ') {
      if (!n || !is_space(cp)) return from;
      for (; n && is_space(cp); n = char_at(s, i, &cp)) i += n;
    } else if (!n || utf8_plain_letter(utf8_fold_char(cp)) != (unsigned char)*w) {
      return from;
    } else {
      i += n;
    }
  }
  uint32_t next;
  if (char_at(s, i, &next) && in_word(next)) return from;
  return shouted && !all_capitals((slice){s.p + from, i - from}) ? from : i;
}

static size_t longest(const wording_text *t, size_t from, diag_code *code) {
  size_t end = from;
  uint32_t first;
  (void)char_at(t->text, from, &first);
  unsigned letter = utf8_plain_letter(utf8_fold_char(first));
  for (size_t k = 0; k < sizeof PHRASES / sizeof *PHRASES; k++) {
    const char *words = PHRASES[k].words;
    if ((unsigned char)words[*words == '^'] != letter) continue;
    if (PHRASES[k].channels && !(PHRASES[k].channels >> t->ch & 1)) continue;
    size_t to = fits(words, t->text, from);
    if (to <= end) continue;
    end = to;
    *code = PHRASES[k].code;
  }
  return end;
}

/* ---- capitals and exclamation marks ---- */

/* A word in capitals: two letters and more, all of them capitals. */
static bool is_shouted(slice word) {
  uint32_t cp;
  unsigned letters = 0;
  for (size_t i = 0; i < word.n; i += char_at(word, i, &cp)) {
    (void)char_at(word, i, &cp);
    if (is_small(cp)) return false;
    letters += is_capital(cp);
  }
  return letters >= 2;
}

/* Three words and more in capitals with one of PRESSING among them, or an exclamation mark behind; `from` where not. */
static size_t shouting(slice s, size_t from) {
  size_t end = from;
  unsigned words = 0;
  bool pressing = false;
  for (size_t i = from; i < s.n;) {
    size_t to = word_end(s, i);
    slice word = {s.p + i, to - i};
    if (!is_shouted(word)) break;
    words++;
    pressing |= utf8_fold_one_of(PRESSING, word);
    end = i = to;
    uint32_t cp;
    for (size_t n = char_at(s, i, &cp); n && (is_space(cp) || cp == ','); n = char_at(s, i, &cp)) i += n;
  }
  pressing |= end < s.n && s.p[end] == '!';
  return words >= SHOUTED_WORDS && pressing ? end : from;
}

static size_t marks_end(slice s, size_t from) {
  size_t i = from;
  while (i < s.n && s.p[i] == '!') i++;
  return i;
}

/* ---- a text ---- */

static void say(const wording_text *t, diags *d, diag_code code, size_t from, size_t to) {
  char *words = arena_copy(d->perm, (slice){t->text.p + from, to - from});
  for (char *c = words; *c; c++)
    if (*c == '\n' || *c == '\r' || *c == '\t') *c = ' ';
  slice said = slice_of(words);
  diag_add(d, code, (span){t->at + (uint32_t)from, t->at + (uint32_t)to, t->file}, (slice){0}, 1, &said);
}

/* Behind a hole, a brace or a tag that begins at `i`; `i` where none does. */
static size_t behind(const wording_text *t, size_t i) {
  slice s = t->text;
  bool tag = t->page && s.p[i] == '<';
  if (s.p[i] != '{' && !tag) return i;
  if (!tag && i + 1 < s.n && s.p[i + 1] == '{') return i + 2;
  size_t to = i + 1;
  while (to < s.n && s.p[to] != (tag ? '>' : '}') && (tag || s.p[to] != '\n')) to++;
  return to < s.n ? to + 1 : to;
}

/* What is wrong at a word's beginning; where it ends. */
static size_t look_at_word(const wording_text *t, diags *d, size_t i) {
  diag_code code = DIAG_W0079;
  size_t end = longest(t, i, &code), shouted = shouting(t->text, i);
  if (shouted > end) {
    end = shouted;
    code = DIAG_W0079;
  }
  if (end > i) say(t, d, code, i, end);
  return end > i ? end : word_end(t->text, i);
}

void analyse_wording(const wording_text *t, diags *d) {
  for (size_t i = 0; i < t->text.n;) {
    uint32_t cp;
    size_t n = char_at(t->text, i, &cp), next = behind(t, i);
    if (next > i) {
      i = next;
    } else if (in_word(cp)) {
      i = look_at_word(t, d, i);
    } else {
      size_t marks = marks_end(t->text, i);
      if (marks >= i + LOUD_MARKS) say(t, d, DIAG_W0079, i, marks);
      i = marks > i ? marks : i + n;
    }
  }
}

/* ---- the policy ---- */

typedef struct reader {
  const program *p;
  diags *d;
} reader;

/* The text of a way, where it stands in the file: what is in quotes from its channel on. */
static void read_way(const reader *r, const send_way *way) {
  const source *s = &r->p->sources[way->at.file];
  const char *from = s->text.p + way->at.from, *end = s->text.p + way->at.to;
  const char *open = memchr(from, '"', (size_t)(end - from));
  const char *close = open ? open + 1 : end;
  while (close < end && (*close != '"' || close[-1] == '\\')) close++;
  if (close == end) return;
  wording_text t = {.text = {open + 1, (size_t)(close - open - 1)}, .file = way->at.file, .ch = way->ch};
  t.at = way->at.from + (uint32_t)(open + 1 - from);
  analyse_wording(&t, r->d);
}

static void visit(void *self, const action_place *at) {
  const reader *r = self;
  for (uint32_t i = 0; i < at->act->way_count; i++) {
    const send_way *way = &at->act->ways[i];
    bool same = i && way->inline_text.pieces == at->act->ways[i - 1].inline_text.pieces; /* `or else sms` */
    if (way->inline_text.count && !same && program_way_to_customer(r->p, way)) read_way(r, way);
  }
}

void analyse_wording_of_policy(const program *p, diags *d) {
  reader r = {p, d};
  program_actions(p, visit, &r);
}
