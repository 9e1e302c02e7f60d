/* Numbers as written. A comma between digits, and a point before exactly three, mean different things in different
 * countries: both are errors that show each reading as it is written here. */
#include "lang/base/text.h"
#include "lang/syntax/lex.h"

static size_t count_of(slice s, char c) {
  size_t n = 0;
  for (size_t i = 0; i < s.n; i++) n += s.p[i] == c;
  return n;
}

static size_t tail_after(slice s, char c) {
  size_t n = 0;
  while (n < s.n && s.p[s.n - 1 - n] != c) n++;
  return n;
}

/* `s` read with `group` between groups of three and `point` before decimals, as Dun writes it; empty: no such reading.
 */
static slice reading(arena *a, slice s, char group, char point) {
  size_t points = count_of(s, point), tail = tail_after(s, point);
  size_t whole = points ? s.n - tail - 1 : s.n;
  if (points > 1 || (count_of(s, '_') && count_of(s, group))) return (slice){0};
  text t = text_new(a);
  size_t run = 0;
  bool grouped = false;
  for (size_t i = 0; i <= whole; i++) {
    if (i < whole && s.p[i] != group) {
      if ((s.p[i] < '0' || s.p[i] > '9') && s.p[i] != '_') return (slice){0};
      run++;
      text_char(&t, s.p[i]);
      continue;
    }
    if (grouped ? run != 3 : i < whole && (run == 0 || run > 3)) return (slice){0};
    grouped = true;
    run = 0;
    if (i < whole) text_char(&t, '_');
  }
  if (!points) return text_slice(&t);
  slice decimals = {s.p + whole + 1, tail};
  if (count_of(decimals, group)) return (slice){0};
  while (decimals.n && decimals.p[decimals.n - 1] == '0' && decimals.n != 2) decimals.n--;
  if (!decimals.n) return text_slice(&t);
  text_char(&t, '.');
  text_add(&t, decimals);
  if (decimals.n == 3) text_char(&t, '0'); /* so that what is advised is no error itself */
  return text_slice(&t);
}

static void offer(text *hint, slice s) {
  if (!s.n) return;
  if (hint->n) text_cstr(hint, " / ");
  text_char(hint, '`');
  text_add(hint, s);
  text_char(hint, '`');
}

static decimal two_readings(arena *a, slice s, diag_code code, span at, diags *d) {
  slice one = reading(a, s, ',', '.'), other = reading(a, s, '.', ',');
  text hint = text_new(a);
  offer(&hint, one);
  if (!slice_eq(one, other)) offer(&hint, other);
  if (count_of(s, ',') == 1 && !count_of(s, '.')) {
    size_t comma = s.n - tail_after(s, ',');
    offer(&hint, arena_printf(a, "%.*s %.*s", (int)comma, s.p, (int)(s.n - comma), s.p + comma));
  }
  slice said = hint.n ? text_slice(&hint) : (slice){0};
  diag_fix_readings(d, diag_add(d, hint.n ? code : DIAG_E0009, at, said, 1, &s), at, said);
  decimal out = {0};
  slice best = one.n ? one : other;
  if (best.n && decimal_parse(best, &out) != NUMBER_OK) out = (decimal){0};
  return out;
}

/* A point before exactly three digits, of a number that is 1 or more. */
static bool is_ambiguous(slice s) {
  size_t tail = tail_after(s, '.');
  if (tail != 3 || tail == s.n) return false;
  for (size_t i = 0; i + 4 < s.n; i++)
    if (s.p[i] != '0' && s.p[i] != '_') return true;
  return false;
}

decimal number_read(arena *scratch, slice s, bool exempt, span at, diags *d) {
  if (count_of(s, ',')) return two_readings(scratch, s, DIAG_E0007, at, d);
  if (count_of(s, '.') > 1 || (!exempt && is_ambiguous(s))) return two_readings(scratch, s, DIAG_E0008, at, d);
  decimal out = {0};
  number_status status = decimal_parse(s, &out);
  if (status != NUMBER_OK) diag_add(d, status == NUMBER_OVERFLOW ? DIAG_E0010 : DIAG_E0009, at, (slice){0}, 1, &s);
  return out;
}
