/* See csv_cell.h. Numbers and dates are read by hand: this is the inner loop of an import. */
#include "csv_cell.h"

#include "lang/base/date.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* ---- money ---- */

/* "R$ 1.500,00", "1.500,00 BRL", "(15.00)" lose everything but sign, digits and separators; *negative says the sign.
 * False: there is something in it that no amount has. */
static bool strip_money(slice *cell, currency cur, bool *negative) {
  slice s = slice_trim(*cell);
  *negative = false;
  if (s.n >= 2 && s.p[0] == '(' && s.p[s.n - 1] == ')') {
    *negative = true;
    s = slice_trim((slice){s.p + 1, s.n - 2});
  }
  if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
    *negative ^= s.p[0] == '-';
    s = slice_trim((slice){s.p + 1, s.n - 1});
  }
  size_t head = 0, tail = s.n;
  while (head < s.n && !is_digit(s.p[head]) && s.p[head] != '.' && s.p[head] != ',') head++;
  while (tail > head && !is_digit(s.p[tail - 1]) && s.p[tail - 1] != '.' && s.p[tail - 1] != ',') tail--;
  slice before = slice_trim((slice){s.p, head}), after = slice_trim((slice){s.p + tail, s.n - tail});
  if (before.n && before.p[before.n - 1] == '-' && !*negative) { /* "R$ -15,00" */
    *negative = true;
    before = slice_trim((slice){before.p, before.n - 1});
  }
  slice sign = before.n ? before : after;
  if (before.n && after.n) return false;
  if (sign.n && cur != CURRENCY_NONE && currency_by_symbol(sign) != cur && currency_find(sign) != cur) return false;
  if (sign.n && cur == CURRENCY_NONE && currency_by_symbol(sign) == CURRENCY_NONE &&
      currency_find(sign) == CURRENCY_NONE)
    return false;
  *cell = (slice){s.p + head, tail - head};
  return true;
}

csv_evidence csv_money_evidence(slice cell) {
  bool negative;
  if (!strip_money(&cell, CURRENCY_NONE, &negative)) return CSV_SHOWS_NOTHING;
  size_t points = 0, commas = 0, last = 0;
  for (size_t i = 0; i < cell.n; i++) {
    if (cell.p[i] == '.') points++;
    if (cell.p[i] == ',') commas++;
    if (cell.p[i] == '.' || cell.p[i] == ',') last = i;
  }
  if (points + commas == 0) return CSV_SHOWS_NOTHING;
  bool last_is_point = cell.p[last] == '.';
  if (points && commas) return last_is_point ? CSV_SHOWS_POINT : CSV_SHOWS_COMMA;
  if (points + commas > 1)
    return points ? CSV_SHOWS_COMMA : CSV_SHOWS_POINT; /* groups: the other one is for decimals */
  size_t before = last, after = cell.n - last - 1;
  bool may_group = after == 3 && before >= 1 && before <= 3 && cell.p[0] != '0';
  if (may_group) return CSV_SHOWS_EITHER;
  return last_is_point ? CSV_SHOWS_POINT : CSV_SHOWS_COMMA;
}

/* Digits with groups of three (the other separator, a space, a no-break space or an apostrophe) and decimals. */
static const char *read_amount(slice s, char mark, char group, unsigned decimals, uint64_t *value) {
  uint64_t n = 0;
  size_t i = 0, run = 0, groups = 0, digits = 0;
  for (; i < s.n && s.p[i] != mark; i++) {
    char c = s.p[i];
    if (is_digit(c)) {
      if (__builtin_mul_overflow(n, 10u, &n) || __builtin_add_overflow(n, (unsigned)(c - '0'), &n))
        return "is too large";
      run++;
      digits++;
      continue;
    }
    bool wide = c == '\xC2' && i + 1 < s.n && s.p[i + 1] == '\xA0';
    if (c != group && c != ' ' && c != '\'' && !wide) return "is not an amount";
    if (groups ? run != 3 : run < 1 || run > 3) return "is not an amount: its digits are not in groups of three";
    groups++;
    run = 0;
    i += wide;
  }
  if (groups && run != 3) return "is not an amount: its digits are not in groups of three";
  unsigned places = 0;
  for (i++; i < s.n; i++) {
    if (!is_digit(s.p[i])) return "is not an amount";
    digits++;
    if (places == decimals) {
      if (s.p[i] != '0') return "has more decimals than its currency";
      continue;
    }
    places++;
    if (__builtin_mul_overflow(n, 10u, &n) || __builtin_add_overflow(n, (unsigned)(s.p[i] - '0'), &n))
      return "is too large";
  }
  if (digits == 0) return "is not an amount";
  for (; places < decimals; places++)
    if (__builtin_mul_overflow(n, 10u, &n)) return "is too large";
  if (n > INT64_MAX) return "is too large";
  *value = n;
  return NULL;
}

const char *csv_money(slice cell, csv_decimal marks, currency cur, int64_t *minor) {
  bool negative = false;
  if (cell.n == 0 || !is_digit(cell.p[0]) || !is_digit(cell.p[cell.n - 1]))
    if (!strip_money(&cell, cur, &negative)) return "is not an amount in the row's currency";
  uint64_t value = 0;
  const char *why = NULL;
  switch (marks) {
  case CSV_DECIMAL_POINT: why = read_amount(cell, '.', ',', currency_minor(cur), &value); break;
  case CSV_DECIMAL_COMMA: why = read_amount(cell, ',', '.', currency_minor(cur), &value); break;
  case CSV_DECIMAL_UNKNOWN:
    why = csv_money_evidence(cell) == CSV_SHOWS_NOTHING ? read_amount(cell, '\n', '\n', currency_minor(cur), &value)
                                                        : "can be read in two ways";
    break;
  }
  if (why) return why;
  *minor = negative ? -(int64_t)value : (int64_t)value;
  return NULL;
}

/* ---- dates ---- */

/* "a/b/yyyy" with '/', '.' or '-', one or two digits each. */
static bool split_date(slice s, int part[3]) {
  size_t i = 0;
  for (int k = 0; k < 3; k++) {
    size_t from = i;
    part[k] = 0;
    while (i < s.n && is_digit(s.p[i]) && i - from < 4) part[k] = part[k] * 10 + (s.p[i++] - '0');
    if (k < 2 ? i - from < 1 || i - from > 2 : i - from != 4) return false;
    if (k == 2) break;
    if (i >= s.n || (s.p[i] != '/' && s.p[i] != '.' && s.p[i] != '-') || (k == 1 && s.p[i] != s.p[i - (i - from) - 1]))
      return false;
    i++;
  }
  return i == s.n;
}

static bool looks_iso(slice s) { return s.n == 10 && s.p[4] == '-' && s.p[7] == '-'; }

csv_evidence csv_date_evidence(slice cell) {
  slice s = slice_trim(cell);
  if (looks_iso(s)) return CSV_SHOWS_ISO;
  int part[3];
  if (!split_date(s, part)) return CSV_SHOWS_NOTHING;
  if (part[0] > 12 && part[1] <= 12) return CSV_SHOWS_DMY;
  if (part[1] > 12 && part[0] <= 12) return CSV_SHOWS_MDY;
  return part[0] <= 12 && part[0] != part[1] ? CSV_SHOWS_EITHER : CSV_SHOWS_NOTHING;
}

const char *csv_date(slice cell, csv_dates dates, int32_t *day) {
  slice s = slice_trim(cell);
  civil_date d;
  if (looks_iso(s)) {
    if (!date_parse(s, &d)) return "is not a day of the calendar";
    *day = d.day;
    return NULL;
  }
  int part[3];
  if (!split_date(s, part)) return "is not a date (write 2026-03-31)";
  bool same = part[0] == part[1];
  if (!same && (dates == CSV_DATES_UNKNOWN || dates == CSV_DATES_ISO))
    return "is not written as 2026-03-31 like the others (or say --dates dmy or --dates mdy)";
  d = dates == CSV_DATES_MDY ? date_of(part[2], part[0], part[1]) : date_of(part[2], part[1], part[0]);
  if (date_is_none(d)) return "is not a day of the calendar";
  *day = d.day;
  return NULL;
}

/* ---- the rest ---- */

const char *csv_number(slice cell, int64_t *value) {
  slice s = slice_trim(cell);
  int64_t n = 0;
  bool negative = s.n && s.p[0] == '-';
  if (negative) s = (slice){s.p + 1, s.n - 1};
  if (s.n == 0) return "is not a whole number";
  for (size_t i = 0; i < s.n; i++) {
    if (!is_digit(s.p[i])) return "is not a whole number";
    if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, s.p[i] - '0', &n)) return "is too large";
  }
  *value = negative ? -n : n;
  return NULL;
}

const char *csv_yesno(slice cell, bool *yes) {
  static const struct {
    const char *word;
    bool yes;
  } words[] = {{"yes", true},  {"no", false},        {"true", true},   {"false", false},   {"1", true},
               {"0", false},   {"y", true},          {"n", false},     {"sim", true},      {"não", false},
               {"nao", false}, {"s", true},          {"sí", true},     {"si", true},       {"v", true},
               {"f", false},   {"verdadeiro", true}, {"falso", false}, {"verdadero", true}};
  slice s = slice_trim(cell);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (!utf8_fold_eq(s, slice_of(words[i].word))) continue;
    *yes = words[i].yes;
    return NULL;
  }
  return "is neither yes nor no";
}

slice csv_set(slice cell, char *room) {
  char *to = room;
  while (cell.n) {
    const char *semicolon = memchr(cell.p, ';', cell.n);
    size_t n = semicolon ? (size_t)(semicolon - cell.p) : cell.n;
    slice member = slice_trim((slice){cell.p, n});
    if (member.n && to > room) *to++ = ';';
    if (member.n) to = (char *)mempcpy(to, member.p, member.n);
    cell = semicolon ? (slice){semicolon + 1, cell.n - n - 1} : SLICE("");
  }
  return (slice){room, (size_t)(to - room)};
}

slice csv_fold_name(slice name, arena *perm) {
  text out = text_new(perm);
  bool gap = false;
  while (name.n) {
    uint32_t cp;
    size_t n = utf8_decode(name, &cp);
    name = (slice){name.p + n, name.n - n};
    cp = utf8_plain_letter(utf8_fold_char(cp));
    bool keep = cp > 0xA0 || (cp < 0x80 && (is_digit((char)cp) || (cp >= 'a' && cp <= 'z')));
    if (cp == 0xBA || cp == 0xAA || cp == 0xB0) keep = false; /* "nº" */
    if (keep && gap && out.n) text_char(&out, '_');
    if (keep) text_rune(&out, cp);
    gap = !keep;
  }
  return text_slice(&out);
}

bool csv_utf8_ok(slice s, size_t *bad_at) {
  const char *nul = s.n ? memchr(s.p, 0, s.n) : NULL;
  size_t i = 0;
  for (; i + 8 <= s.n; i += 8) {
    uint64_t eight;
    memcpy(&eight, s.p + i, 8);
    if (eight & 0x8080808080808080u) break;
  }
  *bad_at = i + utf8_bad_at((slice){s.p + i, s.n - i});
  if (nul && (size_t)(nul - s.p) < *bad_at) *bad_at = (size_t)(nul - s.p);
  return *bad_at == s.n;
}
