/* The words of the prose: rows of prose.def filled in, lists, numbers, days and names as the language writes them. */
#include <assert.h>
#include <stdio.h>

#include "lang/base/utf8.h"
#include "lang/check/fields.h"
#include "lang/check/words.h"
#include "lang/fmt/prose_internal.h"

static const char *const ROWS[PR_COUNT][LANG_COUNT] = {
#define PROSE(id, en, pt, es) {en, pt, es},
#define NOUN(field, en, pt, es)
#define STATE(field, en, en_not, pt, pt_not, es, es_not)
#define DOES(action, en, pt, es)
#include "lang/fmt/prose.def"
#undef PROSE
#undef NOUN
#undef STATE
#undef DOES
};

static const char *const NOUNS[FIELD_COUNT][LANG_COUNT] = {
#define PROSE(id, en, pt, es)
#define NOUN(field, en, pt, es) [FIELD_##field] = {en, pt, es},
#define STATE(field, en, en_not, pt, pt_not, es, es_not)
#define DOES(action, en, pt, es)
#include "lang/fmt/prose.def"
#undef NOUN
#undef STATE
#undef DOES
};

static const char *const STATES[FIELD_COUNT][LANG_COUNT][2] = {
#define NOUN(field, en, pt, es)
#define STATE(field, en, en_not, pt, pt_not, es, es_not) [FIELD_##field] = {{en_not, en}, {pt_not, pt}, {es_not, es}},
#define DOES(action, en, pt, es)
#include "lang/fmt/prose.def"
#undef STATE
#undef DOES
};

static const char *const ACTS[ACT_COUNT][LANG_COUNT] = {
#define STATE(field, en, en_not, pt, pt_not, es, es_not)
#define DOES(action, en, pt, es) [ACT_##action] = {en, pt, es},
#include "lang/fmt/prose.def"
#undef DOES
};

enum {
  NOUN_ROWS = 0
#define DOES(action, en, pt, es)
#undef NOUN
#define NOUN(field, en, pt, es) +1
#include "lang/fmt/prose.def"
#undef NOUN
#undef DOES
  ,
  DOES_ROWS = 0
#define NOUN(field, en, pt, es)
#define DOES(action, en, pt, es) +1
#include "lang/fmt/prose.def"
#undef NOUN
#undef DOES
#undef STATE
#undef PROSE
};
static_assert((int)NOUN_ROWS == (int)FIELD_COUNT, "a name for every field");
static_assert((int)DOES_ROWS == (int)ACT_COUNT, "a name for every action");

/* ---- rows ---- */

/* PAIR(language, preposition, article, both): what becomes one word. */
#define PAIRS(PAIR)                                                                                                    \
  PAIR(PT, " de", "o ", " do ")                                                                                        \
  PAIR(PT, " de", "a ", " da ")                                                                                        \
  PAIR(PT, " de", "os ", " dos ")                                                                                      \
  PAIR(PT, " de", "as ", " das ")                                                                                      \
  PAIR(PT, " a", "o ", " ao ")                                                                                         \
  PAIR(PT, " a", "a ", " à ")                                                                                          \
  PAIR(PT, " a", "os ", " aos ")                                                                                       \
  PAIR(PT, " a", "as ", " às ")                                                                                        \
  PAIR(PT, " em", "o ", " no ")                                                                                        \
  PAIR(PT, " em", "a ", " na ")                                                                                        \
  PAIR(PT, " em", "os ", " nos ")                                                                                      \
  PAIR(PT, " em", "as ", " nas ")                                                                                      \
  PAIR(PT, " por", "o ", " pelo ")                                                                                     \
  PAIR(PT, " por", "a ", " pela ")                                                                                     \
  PAIR(PT, " por", "os ", " pelos ")                                                                                   \
  PAIR(PT, " por", "as ", " pelas ")                                                                                   \
  PAIR(ES, " de", "el ", " del ")                                                                                      \
  PAIR(ES, " a", "el ", " al ")                                                                                        \
  PAIR(ES, " el", "el ", " el ") /* `el {0}` before a date, which has its own */

static bool ends(const text *t, slice tail) {
  return t->n >= tail.n && memcmp(t->p + t->n - tail.n, tail.p, tail.n) == 0;
}

/* What is put in, behind a blank that `out` ends with; at the beginning of a row a preposition has no blank before it.
 */
static void put_in(const teller *t, text *out, slice s) {
  static const struct {
    dun_lang lang;
    slice word, article, both;
  } pairs[] = {
#define PAIR(lang, word, article, both)                                                                                \
  {LANG_##lang, {word, sizeof(word) - 1}, {article, sizeof(article) - 1}, {both, sizeof(both) - 1}},
      PAIRS(PAIR)
#undef PAIR
  };
  for (size_t i = 0; out->n && out->p[out->n - 1] == ' ' && i < sizeof pairs / sizeof *pairs; i++) {
    if (pairs[i].lang != t->lang || !slice_starts(s, pairs[i].article)) continue;
    text before = *out;
    before.n--;
    slice word = pairs[i].word, both = pairs[i].both;
    bool begins = before.n == word.n - 1 && ends(&before, (slice){word.p + 1, word.n - 1});
    if (!begins && !ends(&before, word)) continue;
    out->n -= word.n + (begins ? 0 : 1);
    text_add(out, begins ? (slice){both.p + 1, both.n - 1} : both);
    text_add(out, (slice){s.p + pairs[i].article.n, s.n - pairs[i].article.n});
    return;
  }
  text_add(out, s);
}

slice tell_fill(const teller *t, prose_id id, size_t argc, const slice *argv) {
  text out = text_new(t->perm);
  for (const char *p = ROWS[id][t->lang]; *p; p++) {
    bool hole = p[0] == '{' && p[1] >= '0' && p[1] <= '9' && p[2] == '}';
    if (!hole) {
      text_char(&out, *p);
      continue;
    }
    size_t i = (size_t)(p[1] - '0');
    assert(i < argc);
    put_in(t, &out, argv[i]);
    p += 2;
  }
  return text_slice(&out);
}

/* ---- lists and sentences ---- */

void slices_add(slice_list *l, slice s) {
  if (l->n == l->room) {
    l->room = l->room ? l->room * 2 : 8;
    slice *more = ARENA_ARRAY(l->a, l->room, slice);
    if (l->n) memcpy(more, l->v, l->n * sizeof *more);
    l->v = more;
  }
  l->v[l->n++] = s;
}

void slices_add_new(slice_list *l, slice s) {
  for (uint32_t i = 0; i < l->n; i++)
    if (slice_eq(l->v[i], s)) return;
  slices_add(l, s);
}

/* Spanish: y before i is e, o before o is u. */
static prose_id join_before(const teller *t, prose_id join, slice next) {
  if (t->lang != LANG_ES || !next.n) return join;
  bool quoted = slice_starts(next, SLICE("«"));
  slice s = quoted ? (slice){next.p + strlen("«"), next.n - strlen("«")} : next;
  if (s.n && (s.p[0] == 'h' || s.p[0] == 'H')) s.p++, s.n--;
  bool diphthong = s.n > 1 && s.p[0] == 'i' && (s.p[1] == 'e' || s.p[1] == 'a');
  if (join == PR_LIST_AND && s.n && (s.p[0] == 'i' || s.p[0] == 'I') && !diphthong) return PR_LIST_AND_I;
  if (join == PR_LIST_OR && s.n && (s.p[0] == 'o' || s.p[0] == 'O' || s.p[0] == '8')) return PR_LIST_OR_O;
  return join;
}

slice tell_list(const teller *t, const slice_list *l, prose_id join) {
  if (!l->n) return SLICE("");
  if (l->n == 1) return l->v[0];
  text head = text_new(t->perm);
  for (uint32_t i = 0; i + 1 < l->n; i++) {
    if (i) text_cstr(&head, ", ");
    text_add(&head, l->v[i]);
  }
  slice last = l->v[l->n - 1];
  return tell_fill(t, join_before(t, join, last), 2, (slice[]){text_slice(&head), last});
}

slice tell_large(const teller *t, slice clause) {
  uint32_t cp;
  if (!clause.n) return clause;
  size_t n = utf8_decode(clause, &cp);
  bool small = (cp >= 'a' && cp <= 'z') || (cp >= 0xe0 && cp <= 0xfe && cp != 0xf7);
  text out = text_new(t->perm);
  text_rune(&out, small ? cp - 32 : cp);
  text_add(&out, (slice){clause.p + n, clause.n - n});
  return text_slice(&out);
}

slice tell_sentence(const teller *t, slice clause) {
  slice large = tell_large(t, clause);
  return arena_printf(t->perm, "%.*s.", SLICE_ARG(large));
}

slice tell_quoted(const teller *t, slice s) {
  text one = text_new(t->perm); /* a text of several lines is said in one */
  for (size_t i = 0; i < s.n; i++) text_char(&one, s.p[i] == '\n' || s.p[i] == '\r' ? ' ' : s.p[i]);
  return TELL(t, QUOTE, text_slice(&one));
}

slice tell_pieces(const teller *t, text_pieces pieces) {
  text out = text_new(t->perm);
  for (uint32_t i = 0; i < pieces.count; i++) {
    const text_piece *piece = &pieces.pieces[i];
    if (piece->use == NO_USE) {
      text_add(&out, piece->literal);
      continue;
    }
    text_char(&out, '{');
    text_add(&out, tell_field_path(t, piece->use));
    text_char(&out, '}');
  }
  return tell_quoted(t, text_slice(&out));
}

/* ---- numbers ---- */

slice tell_number(const teller *t, decimal d) {
  char plain[DECIMAL_TEXT_MAX];
  size_t n = decimal_text(d, plain), at = plain[0] == '-', whole = at;
  while (whole < n && plain[whole] != '.') whole++;
  text out = text_new(t->perm);
  if (at) text_char(&out, '-');
  for (size_t i = at; i < n; i++) {
    if (i < whole && i > at && (whole - i) % 3 == 0) text_char(&out, t->lang == LANG_EN ? ',' : '.');
    text_char(&out, plain[i] != '.' || t->lang == LANG_EN ? plain[i] : ',');
  }
  return text_slice(&out);
}

slice tell_count(const teller *t, int64_t n) { return tell_number(t, (decimal){n, 0}); }

slice tell_percent(const teller *t, decimal points) {
  slice n = tell_number(t, decimal_trim(points));
  return arena_printf(t->perm, t->lang == LANG_ES ? "%.*s %%" : "%.*s%%", SLICE_ARG(n));
}

slice tell_sum(const teller *t, int64_t minor, currency cur) {
  char out[MONEY_TEXT_MAX];
  if (cur != CURRENCY_NONE) return arena_slice(t->perm, (slice){out, money_text((money){minor, cur}, t->lang, out)});
  decimal d = decimal_trim((decimal){minor, FEE_SUM_DECIMALS});
  if (d.scale == 1 && !decimal_rescale(d, 2, ROUND_HALF_EVEN, &d)) return tell_number(t, d); /* 0.50 */
  return tell_number(t, d);
}

slice tell_money(const teller *t, decimal amount, currency cur) {
  money m;
  if (cur == CURRENCY_NONE) cur = t->p->cur;
  if (cur != CURRENCY_NONE && money_of_decimal(amount, cur, &m) == MONEY_OK) return tell_sum(t, m.minor, cur);
  return tell_number(t, amount);
}

/* ---- days ---- */

slice tell_duration(const teller *t, duration d) {
  static const prose_id ONE[UNIT_COUNT] = {PR_DAY_ONE, PR_BUSINESS_DAY_ONE, PR_WEEK_ONE, PR_MONTH_ONE, PR_YEAR_ONE};
  static const prose_id MANY[UNIT_COUNT] = {PR_DAY_MANY, PR_BUSINESS_DAY_MANY, PR_WEEK_MANY, PR_MONTH_MANY,
                                            PR_YEAR_MANY};
  int64_t n = d.n;
  return tell_fill(t, n == 1 ? ONE[d.unit] : MANY[d.unit], 1, (slice[]){tell_count(t, n)});
}

slice tell_date(const teller *t, civil_date d) {
  int y, m, day;
  date_parts(d, &y, &m, &day);
  slice words[] = {arena_printf(t->perm, "%d", day), slice_of(date_month_name(m, t->lang)),
                   arena_printf(t->perm, "%d", y)};
  return tell_fill(t, day == 1 ? PR_DATE_FIRST : PR_DATE, 3, words);
}

slice tell_hour(const teller *t, unsigned minute) {
  return arena_printf(t->perm, "%02u:%02u", minute / 60, minute % 60);
}

slice tell_days(const teller *t, unsigned mask, prose_id join) {
  slice_list days = {.a = t->perm};
  for (unsigned d = 0; d < 7; d++)
    if (mask >> d & 1) slices_add(&days, tell_fill(t, (prose_id)(PR_ON_MONDAY + d), 0, NULL));
  return tell_list(t, &days, join);
}

/* ---- names ---- */

slice tell_noun(const teller *t, uint16_t field) { return slice_of(NOUNS[field][t->lang]); }
const char *tell_state(const teller *t, uint16_t field, bool yes) { return STATES[field][t->lang][yes]; }
slice prose_does(action_kind kind, dun_lang lang) { return slice_of(ACTS[kind][lang]); }

slice tell_entity(const teller *t, entity of) {
  return of == ENT_INVOICE ? TELL(t, INVOICE) : of == ENT_CUSTOMER ? TELL(t, CUSTOMER) : TELL(t, CONTRACT);
}

slice tell_entities(const teller *t, entity of) {
  return of == ENT_INVOICE ? TELL(t, INVOICES) : of == ENT_CUSTOMER ? TELL(t, CUSTOMERS) : TELL(t, CONTRACTS);
}

slice tell_own_field(const teller *t, const custom_field *f) {
  return TELL(t, OWN_FIELD, tell_quoted(t, f->name), tell_entity(t, f->of));
}

slice tell_field(const teller *t, uint16_t use) {
  uint16_t field = t->p->uses[use].field;
  return field < FIELD_COUNT ? tell_noun(t, field) : tell_own_field(t, &t->p->custom[field - FIELD_COUNT]);
}

slice tell_field_path(const teller *t, uint16_t use) {
  const field_use *u = &t->p->uses[use];
  slice name =
      u->field < FIELD_COUNT ? slice_of(FIELDS[u->field].name[t->lang]) : t->p->custom[u->field - FIELD_COUNT].name;
  if (u->of == u->context) return name;
  return arena_printf(t->perm, "%.*s.%.*s", SLICE_ARG(entity_text(u->of, t->lang)), SLICE_ARG(name));
}

slice tell_by_channel(const teller *t, channel c) {
  static const prose_id BY[CH_COUNT] = {PR_BY_EMAIL, PR_BY_WHATSAPP, PR_BY_SMS, PR_BY_TEAMS, PR_BY_SLACK};
  return tell_fill(t, BY[c], 0, NULL);
}

slice tell_channels(const teller *t, unsigned channels) {
  slice_list by = {.a = t->perm};
  for (unsigned c = 0; c < CH_COUNT; c++)
    if (channels >> c & 1) slices_add(&by, tell_by_channel(t, (channel)c));
  return tell_list(t, &by, PR_LIST_AND);
}
