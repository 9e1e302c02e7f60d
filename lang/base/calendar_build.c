/* Reads a calendar's text (the format is in stdlib/calendars/README.md) and fills the bitmap. First every rule's own
 * date in every year, then the substitutes, because a substitute day must not fall on another holiday. */
#include <assert.h>
#include <limits.h>

#include "calendar.h"
#include "utf8.h"

#define EXCEPT_YEARS_MAX 8
#define INCLUDE_DEPTH_MAX 4
#define YEAR_NONE INT_MIN

typedef enum rule_kind { RULE_FIXED, RULE_EASTER, RULE_NTH_WEEKDAY, RULE_ONCE } rule_kind;

/* What a holiday on a closed weekday does besides. */
typedef enum rule_observed {
  OBSERVED_NOT,
  OBSERVED_SUNDAY,    /* Sunday: also the Monday */
  OBSERVED_NEAREST,   /* Saturday: also the Friday; Sunday: also the Monday */
  OBSERVED_SUBSTITUTE /* also the next day that is neither closed nor a holiday */
} rule_observed;

struct rule {
  rule_kind kind;
  int month, day, nth, weekday, offset; /* nth: -1 is the last */
  civil_date once;
  slice name;
  int since, until, except[EXCEPT_YEARS_MAX];
  int except_count;
  rule_observed observed;
  struct rule *next;
};

struct reader {
  arena *perm;
  const struct embedded *table;
  struct rule *first, **end;
  uint8_t closed_weekdays;
  unsigned depth; /* of the included text at hand */
  unsigned line;
  calendar_fault_id what;
};

/* --- words
 * ------------------------------------------------------------------------------------------------------------ */

/* Takes the next word off the line; a text in quotes is one word, quotes included. */
static slice take_word(slice *line) {
  *line = slice_trim(*line);
  size_t n = 0;
  if (line->n && line->p[0] == '"') {
    const char *end = memchr(line->p + 1, '"', line->n - 1);
    n = end ? (size_t)(end - line->p) + 1 : line->n;
  } else {
    while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t') n++;
  }
  slice word = {line->p, n};
  line->p += n;
  line->n -= n;
  return word;
}

/* The line up to a `#` that is not in quotes. */
static slice without_comment(slice line) {
  bool quoted = false;
  for (size_t i = 0; i < line.n; i++) {
    if (line.p[i] == '"') quoted = !quoted;
    if (line.p[i] == '#' && !quoted) return (slice){line.p, i};
  }
  return line;
}

/* A whole number; INT_MIN where it is none. */
static int number_of(slice word) {
  bool minus = word.n && word.p[0] == '-';
  size_t i = word.n && (word.p[0] == '-' || word.p[0] == '+');
  if (i == word.n || word.n - i > 6) return INT_MIN;
  int n = 0;
  for (; i < word.n; i++) {
    if (word.p[i] < '0' || word.p[i] > '9') return INT_MIN;
    n = n * 10 + (word.p[i] - '0');
  }
  return minus ? -n : n;
}

static int weekday_of(slice word) {
  for (int i = 0; i < 7; i++)
    if (utf8_fold_eq(word, slice_of(date_weekday_name(i, LANG_EN)))) return i;
  return -1;
}

static int month_of(slice word) {
  for (int i = 1; i <= 12; i++)
    if (utf8_fold_eq(word, slice_of(date_month_name(i, LANG_EN)))) return i;
  return 0;
}

/* --- rules
 * ------------------------------------------------------------------------------------------------------------ */

/* `1 monday of january`, `last monday of may` */
static calendar_fault_id read_nth(struct rule *r, slice first, slice *line) {
  r->kind = RULE_NTH_WEEKDAY;
  r->nth = utf8_fold_eq(first, SLICE("last")) ? -1 : number_of(first);
  r->weekday = weekday_of(take_word(line));
  slice of = take_word(line);
  r->month = month_of(take_word(line));
  if ((r->nth != -1 && (r->nth < 1 || r->nth > 5)) || r->weekday < 0 || !slice_eq(of, SLICE("of")) || !r->month)
    return CALENDAR_FAULT_DAY;
  return CALENDAR_FINE;
}

static calendar_fault_id read_day(struct rule *r, slice *line) {
  slice word = take_word(line);
  if (utf8_fold_eq(word, SLICE("easter"))) {
    r->kind = RULE_EASTER;
    r->offset = number_of(take_word(line));
    return r->offset < -100 || r->offset > 200 ? CALENDAR_FAULT_EASTER : CALENDAR_FINE;
  }
  if (date_parse(word, &r->once)) {
    r->kind = RULE_ONCE;
    return CALENDAR_FINE;
  }
  if (word.n == 5 && word.p[2] == '-') {
    r->kind = RULE_FIXED;
    r->month = number_of((slice){word.p, 2});
    r->day = number_of((slice){word.p + 3, 2});
    return date_valid(2000, r->month, r->day) ? CALENDAR_FINE : CALENDAR_FAULT_NO_DAY;
  }
  return read_nth(r, word, line);
}

static calendar_fault_id read_observed(struct rule *r, slice word) {
  if (slice_eq(word, SLICE("sunday")))
    r->observed = OBSERVED_SUNDAY;
  else if (slice_eq(word, SLICE("nearest")))
    r->observed = OBSERVED_NEAREST;
  else if (slice_eq(word, SLICE("substitute")))
    r->observed = OBSERVED_SUBSTITUTE;
  else
    return CALENDAR_FAULT_OBSERVED;
  return CALENDAR_FINE;
}

static calendar_fault_id read_options(struct rule *r, slice *line) {
  calendar_fault_id fault = CALENDAR_FINE;
  for (slice word = take_word(line); word.n && !fault; word = take_word(line)) {
    if (slice_eq(word, SLICE("since"))) {
      r->since = number_of(take_word(line));
      if (r->since == YEAR_NONE) fault = CALENDAR_FAULT_SINCE;
    } else if (slice_eq(word, SLICE("until"))) {
      r->until = number_of(take_word(line));
      if (r->until == YEAR_NONE) fault = CALENDAR_FAULT_UNTIL;
    } else if (slice_eq(word, SLICE("except"))) {
      int year = number_of(take_word(line));
      if (year == YEAR_NONE)
        fault = CALENDAR_FAULT_EXCEPT;
      else if (r->except_count == EXCEPT_YEARS_MAX)
        fault = CALENDAR_FAULT_EXCEPTIONS;
      else
        r->except[r->except_count++] = year;
    } else if (slice_eq(word, SLICE("observed"))) {
      fault = read_observed(r, take_word(line));
    } else {
      fault = CALENDAR_FAULT_OPTION;
    }
  }
  return fault;
}

static calendar_fault_id read_rule(struct reader *in, slice line) {
  struct rule *r = ARENA_NEW(in->perm, struct rule);
  r->since = 1;
  r->until = DATE_YEAR_MAX;
  calendar_fault_id fault = read_day(r, &line);
  if (fault) return fault;
  slice name = take_word(&line);
  if (name.n < 3 || name.p[0] != '"' || name.p[name.n - 1] != '"') return CALENDAR_FAULT_NAME;
  r->name = arena_slice(in->perm, (slice){name.p + 1, name.n - 2});
  *in->end = r;
  in->end = &r->next;
  return read_options(r, &line);
}

static calendar_fault_id read_closed(struct reader *in, slice line) {
  for (slice word = take_word(&line); word.n; word = take_word(&line)) {
    int weekday = weekday_of(word);
    if (weekday < 0) return CALENDAR_FAULT_WEEKDAYS;
    in->closed_weekdays |= (uint8_t)(1 << weekday);
  }
  return in->closed_weekdays == 0x7F ? CALENDAR_FAULT_ALL_CLOSED : CALENDAR_FINE;
}

static void read_text(struct reader *in, slice text);

static calendar_fault_id read_include(struct reader *in, slice name) {
  const struct embedded *e = in->table ? calendar_find(in->table, name) : CALENDAR_FINE;
  if (!e) return CALENDAR_FAULT_INCLUDE;
  if (in->depth == INCLUDE_DEPTH_MAX) return CALENDAR_FAULT_DEPTH;
  unsigned line = in->line;
  in->depth++;
  read_text(in, slice_of(e->text));
  in->depth--;
  in->line = line;
  return in->what;
}

static calendar_fault_id read_line(struct reader *in, slice line) {
  slice rest = line, word = take_word(&rest);
  if (word.n == 0) return CALENDAR_FINE;
  if (slice_eq(word, SLICE("alias"))) return take_word(&rest).n ? CALENDAR_FINE : CALENDAR_FAULT_ALIAS;
  if (slice_eq(word, SLICE("closed"))) return read_closed(in, rest);
  if (slice_eq(word, SLICE("include"))) return read_include(in, take_word(&rest));
  return read_rule(in, line);
}

static slice take_line(slice *text) {
  const char *end = memchr(text->p, '\n', text->n);
  slice line = {text->p, end ? (size_t)(end - text->p) : text->n};
  size_t taken = line.n + (end != NULL);
  text->p += taken;
  text->n -= taken;
  return line;
}

static void read_text(struct reader *in, slice text) {
  for (in->line = 1; text.n; in->line++) {
    in->what = read_line(in, without_comment(take_line(&text)));
    if (in->what) return;
  }
}

/* --- dates
 * ------------------------------------------------------------------------------------------------------------ */

static civil_date nth_weekday(const struct rule *r, int year) {
  int days = date_month_days(year, r->month);
  int first = date_weekday(date_of(year, r->month, 1));
  int day = 1 + (r->weekday - first + 7) % 7;
  if (r->nth > 0)
    day += 7 * (r->nth - 1);
  else
    day += (days - day) / 7 * 7;
  return date_of(year, r->month, day);
}

static civil_date date_in_year(const struct rule *r, int year, civil_date easter) {
  if (year < r->since || year > r->until) return DATE_NONE;
  for (int i = 0; i < r->except_count; i++)
    if (r->except[i] == year) return DATE_NONE;
  switch (r->kind) {
  case RULE_FIXED: return date_of(year, r->month, r->day);
  case RULE_EASTER: return date_add_days(easter, r->offset);
  case RULE_NTH_WEEKDAY: return nth_weekday(r, year);
  case RULE_ONCE: return date_year(r->once) == year ? r->once : DATE_NONE;
  }
  return DATE_NONE;
}

/* Puts a holiday into list and bitmaps, not into `before`. Returns whether a business day was lost. */
static bool put_holiday(calendar *c, civil_date d, slice name) {
  uint32_t bit = (uint32_t)d.day - (uint32_t)CALENDAR_DAY_FIRST;
  if (bit >= CALENDAR_DAYS) return false;
  if (c->list_count == c->list_room) {
    c->list_room = c->list_room ? c->list_room * 2 : 4096;
    holiday *list = ARENA_ARRAY(c->perm, c->list_room, holiday);
    if (c->list_count) memcpy(list, c->list, c->list_count * sizeof *list);
    c->list = list;
  }
  size_t at = c->list_count++; /* they come nearly in order: look from the end; behind an earlier one of that day */
  for (; at > 0 && c->list[at - 1].date.day > d.day; at--) c->list[at] = c->list[at - 1];
  c->list[at] = (holiday){d, name};
  uint64_t mask = UINT64_C(1) << (bit & 63);
  bool lost = c->business[bit >> 6] & mask;
  c->holidays[bit >> 6] |= mask;
  c->business[bit >> 6] &= ~mask;
  return lost;
}

bool calendar_add_holiday(calendar *c, civil_date d, slice name) {
  uint32_t bit = (uint32_t)d.day - (uint32_t)CALENDAR_DAY_FIRST;
  if (bit >= CALENDAR_DAYS) return false;
  if (put_holiday(c, d, name))
    for (size_t w = (bit >> 6) + 1; w <= CALENDAR_WORDS; w++) c->before[w]--;
  return true;
}

/* Walks, because `before` is not counted yet while a calendar is built. */
static civil_date next_open(const calendar *c, civil_date d) {
  do d.day++;
  while (!calendar_is_business(c, d));
  return d;
}

/* The day on which a holiday is kept besides its own date; DATE_NONE: on no other. */
static civil_date observed_date(const calendar *c, const struct rule *r, civil_date d) {
  int weekday = date_weekday(d);
  switch (r->observed) {
  case OBSERVED_NOT: break;
  case OBSERVED_SUNDAY: return weekday == 6 ? date_add_days(d, 1) : DATE_NONE;
  case OBSERVED_NEAREST: return weekday == 6 ? date_add_days(d, 1) : weekday == 5 ? date_add_days(d, -1) : DATE_NONE;
  case OBSERVED_SUBSTITUTE: return c->closed_weekdays >> weekday & 1 ? next_open(c, d) : DATE_NONE;
  }
  return DATE_NONE;
}

static void fill_year(calendar *c, const struct rule *rules, int year) {
  civil_date easter = date_easter(year);
  for (const struct rule *r = rules; r; r = r->next) {
    civil_date d = date_in_year(r, year, easter);
    if (!date_is_none(d)) put_holiday(c, d, r->name);
  }
  for (const struct rule *r = rules; r; r = r->next) {
    civil_date own = date_in_year(r, year, easter);
    civil_date d = date_is_none(own) ? own : observed_date(c, r, own);
    if (!date_is_none(d)) put_holiday(c, d, r->name);
  }
}

static void open_weekdays(calendar *c) {
  int weekday = date_weekday((civil_date){CALENDAR_DAY_FIRST});
  for (uint32_t i = 0; i < CALENDAR_DAYS; i++, weekday = weekday == 6 ? 0 : weekday + 1)
    c->business[i >> 6] |= (uint64_t)(~c->closed_weekdays >> weekday & 1) << (i & 63);
}

static void count_business(calendar *c) {
  for (size_t w = 0; w < CALENDAR_WORDS; w++)
    c->before[w + 1] = c->before[w] + (uint32_t)__builtin_popcountll(c->business[w]);
}

const char *calendar_fault_text(calendar_fault_id id, dun_lang lang) {
  static const char *const TEXT[][LANG_COUNT] = {
      {"", "", ""},
#define FAULT(id, en, pt, es) {en, pt, es},
#include "calendar_faults.def"
#undef FAULT
  };
  return TEXT[id][lang];
}

calendar *calendar_build(arena *perm, slice text, const struct embedded *table, calendar_fault *fault) {
  struct reader in = {.perm = perm, .table = table};
  in.end = &in.first;
  read_text(&in, text);
  if (in.what) {
    *fault = (calendar_fault){in.line, in.what};
    return NULL;
  }
  calendar *c = ARENA_NEW(perm, calendar);
  c->perm = perm;
  c->closed_weekdays = in.closed_weekdays;
  c->business = ARENA_ARRAY(perm, CALENDAR_WORDS, uint64_t);
  c->holidays = ARENA_ARRAY(perm, CALENDAR_WORDS, uint64_t);
  c->before = ARENA_ARRAY(perm, CALENDAR_WORDS + 1, uint32_t);
  open_weekdays(c);
  /* One year more at either end: New Year's Day of 2201 may be kept in 2200. */
  for (int year = CALENDAR_YEAR_FIRST - 1; year <= CALENDAR_YEAR_LAST + 1; year++) fill_year(c, in.first, year);
  count_business(c);
  return c;
}

/* --- the embedded ones
 * ------------------------------------------------------------------------------------------------ */

/* The next alias of a calendar's text; empty where there is none left. */
static slice next_alias(slice *text) {
  while (text->n) {
    slice line = without_comment(take_line(text));
    if (slice_eq(take_word(&line), SLICE("alias"))) return take_word(&line);
  }
  return SLICE("");
}

/* A name of a policy has no `-`: there `br_bank` is the file br-bank. */
static bool names_calendar(slice said, slice name) {
  while (said.n && name.n) {
    uint32_t a, b;
    size_t na = utf8_decode(said, &a), nb = utf8_decode(name, &b);
    if (utf8_fold_char(a) != utf8_fold_char(b) && !(a == '_' && b == '-')) return false;
    said.p += na, said.n -= na;
    name.p += nb, name.n -= nb;
  }
  return said.n == 0 && name.n == 0;
}

const struct embedded *calendar_find(const struct embedded *table, slice name) {
  if (name.n == 0) return NULL;
  for (const struct embedded *e = table; e->name; e++)
    if (names_calendar(name, slice_of(e->name))) return e;
  for (const struct embedded *e = table; e->name; e++) {
    slice text = slice_of(e->text);
    for (slice alias = next_alias(&text); alias.n; alias = next_alias(&text))
      if (names_calendar(name, alias)) return e;
  }
  return NULL;
}

const struct embedded *calendar_find_embedded(slice name) { return calendar_find(stdlib_calendars, name); }

calendar *calendar_embedded(arena *perm, slice name) {
  const struct embedded *e = calendar_find_embedded(name);
  if (!e) return NULL;
  calendar_fault fault;
  calendar *c = calendar_build(perm, slice_of(e->text), stdlib_calendars, &fault);
  assert(c && "an embedded calendar has a fault");
  if (c) c->name = slice_of(e->name);
  return c;
}

size_t calendar_names(const struct embedded *table, slice *out, size_t max) {
  size_t count = 0;
  for (const struct embedded *e = table; e->name; e++) {
    if (count < max) out[count] = slice_of(e->name);
    count++;
    slice text = slice_of(e->text);
    for (slice alias = next_alias(&text); alias.n; alias = next_alias(&text)) {
      if (count < max) out[count] = alias;
      count++;
    }
  }
  return count;
}

size_t calendar_embedded_names(slice *out, size_t max) { return calendar_names(stdlib_calendars, out, max); }

/* --- several as one
 * ------------------------------------------------------------------------------------------------ */

static void merge_lists(calendar *c, const calendar *other) {
  holiday *list = ARENA_ARRAY(c->perm, c->list_count + other->list_count + 1, holiday);
  size_t n = 0, i = 0, k = 0;
  while (i < c->list_count || k < other->list_count) {
    bool own = k == other->list_count || (i < c->list_count && c->list[i].date.day <= other->list[k].date.day);
    list[n++] = own ? c->list[i++] : other->list[k++];
  }
  c->list = list;
  c->list_count = n;
  c->list_room = n + 1;
}

bool calendar_close_with(calendar *c, const calendar *other) {
  if ((c->closed_weekdays | other->closed_weekdays) == 0x7F) return false;
  c->closed_weekdays |= other->closed_weekdays;
  for (size_t w = 0; w < CALENDAR_WORDS; w++) {
    c->business[w] &= other->business[w];
    c->holidays[w] |= other->holidays[w];
  }
  merge_lists(c, other);
  count_business(c);
  return true;
}
