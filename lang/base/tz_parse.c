/* Reads TZif (RFC 8536). The bytes come from a file and are not trusted: every count is checked against the size before
 * anything is read. Invariant: a zone that is returned has rising transitions and offsets under a day. */
#include "tz_rule.h"

#define HEADER_BYTES 44
#define DAY_S 86400
#define TIME_HOURS_MAX 167

struct counts {
  size_t isut, isstd, leap, time, type, chars;
};

static uint32_t be32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static int64_t be_time(const uint8_t *p, size_t bytes) {
  if (bytes == 4) return (int32_t)be32(p);
  return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static bool read_header(const uint8_t *p, size_t size, struct counts *c) {
  if (size < HEADER_BYTES || memcmp(p, "TZif", 4) != 0) return false;
  *c = (struct counts){be32(p + 20), be32(p + 24), be32(p + 28), be32(p + 32), be32(p + 36), be32(p + 40)};
  /* No sum below can wrap: six counts of 32 bits times 12 fit 64 bits. */
  return c->type >= 1 && c->type <= 256 && (c->isut == 0 || c->isut == c->type) &&
         (c->isstd == 0 || c->isstd == c->type);
}

static size_t block_bytes(const struct counts *c, size_t time_bytes) {
  return c->time * (time_bytes + 1) + c->type * 6 + c->chars + c->leap * (time_bytes + 4) + c->isstd + c->isut;
}

static bool read_block(arena *perm, tz *z, const uint8_t *p, const struct counts *c, size_t time_bytes) {
  const uint8_t *index = p + c->time * time_bytes, *types = index + c->time;
  int32_t offset_s[256];
  for (size_t i = 0; i < c->type; i++) {
    offset_s[i] = (int32_t)be32(types + i * 6);
    if (offset_s[i] <= -DAY_S || offset_s[i] >= DAY_S) return false;
  }
  z->first_s = offset_s[0];
  z->count = c->time;
  z->at_s = ARENA_ARRAY(perm, c->time, int64_t);
  z->offset_s = ARENA_ARRAY(perm, c->time, int32_t);
  for (size_t i = 0; i < c->time; i++) {
    z->at_s[i] = be_time(p + i * time_bytes, time_bytes);
    if (index[i] >= c->type || (i > 0 && z->at_s[i] <= z->at_s[i - 1])) return false;
    z->offset_s[i] = offset_s[index[i]];
  }
  return true;
}

/* --- the footer: a POSIX TZ string, as "<-03>3" or "EST5EDT,M3.2.0,M11.1.0"
 * ------------------------------------------- */

static bool take(slice *s, char c) {
  if (!s->n || s->p[0] != c) return false;
  s->p++, s->n--;
  return true;
}

static bool take_number(slice *s, int max, int *out) {
  size_t digits = 0;
  int n = 0;
  for (; s->n && s->p[0] >= '0' && s->p[0] <= '9' && n <= max; digits++) {
    n = n * 10 + (s->p[0] - '0');
    s->p++, s->n--;
  }
  *out = n;
  return digits > 0 && n <= max;
}

static bool take_name(slice *s) {
  size_t letters = 0;
  if (take(s, '<')) {
    while (s->n && !take(s, '>')) s->p++, s->n--, letters++;
    return letters >= 1;
  }
  for (; s->n && ((s->p[0] | 0x20) >= 'a' && (s->p[0] | 0x20) <= 'z'); letters++) s->p++, s->n--;
  return letters >= 3;
}

/* [+-]hh[:mm[:ss]] in seconds */
static bool take_time(slice *s, int hours_max, int32_t *out) {
  bool minus = take(s, '-');
  if (!minus) take(s, '+');
  int h, m = 0, sec = 0;
  if (!take_number(s, hours_max, &h)) return false;
  if (take(s, ':') && !take_number(s, 59, &m)) return false;
  if (take(s, ':') && !take_number(s, 59, &sec)) return false;
  int32_t total = h * 3600 + m * 60 + sec;
  *out = minus ? -total : total;
  return true;
}

static bool take_change(slice *s, tz_change *r) {
  *r = (tz_change){.kind = TZ_CHANGE_YEAR_DAY, .time_s = 2 * 3600};
  if (!take(s, ',')) return false;
  if (take(s, 'M')) {
    r->kind = TZ_CHANGE_MONTH_WEEKDAY;
    if (!take_number(s, 12, &r->month) || !take(s, '.') || !take_number(s, 5, &r->week) || !take(s, '.') ||
        !take_number(s, 6, &r->weekday) || r->month < 1 || r->week < 1)
      return false;
  } else {
    if (take(s, 'J')) r->kind = TZ_CHANGE_JULIAN;
    if (!take_number(s, 365, &r->day) || (r->kind == TZ_CHANGE_JULIAN && r->day < 1)) return false;
  }
  return !take(s, '/') || take_time(s, TIME_HOURS_MAX, &r->time_s);
}

static bool read_footer(slice s, tz_footer *f) {
  int32_t west_s;
  if (!take_name(&s) || !take_time(&s, 24, &west_s)) return false;
  *f = (tz_footer){.std_s = -west_s};
  if (s.n == 0) return true;
  f->has_dst = true;
  f->dst_s = f->std_s + 3600;
  if (!take_name(&s)) return false;
  if (s.n && s.p[0] != ',') {
    if (!take_time(&s, 24, &west_s)) return false;
    f->dst_s = -west_s;
  }
  return take_change(&s, &f->start) && take_change(&s, &f->end) && s.n == 0;
}

tz *tz_parse(arena *perm, slice name, const void *bytes, size_t size) {
  const uint8_t *p = bytes;
  struct counts c;
  tz *z = ARENA_NEW(perm, tz);
  z->name = arena_slice(perm, name);
  if (!read_header(p, size, &c) || block_bytes(&c, 4) > size - HEADER_BYTES) return NULL;
  if (p[4] < '2') return read_block(perm, z, p + HEADER_BYTES, &c, 4) ? z : NULL;

  /* From version 2 on a second block with 64-bit times follows the first, then the footer between two line ends. */
  size_t first = HEADER_BYTES + block_bytes(&c, 4);
  p += first, size -= first;
  if (!read_header(p, size, &c)) return NULL;
  size_t second = HEADER_BYTES + block_bytes(&c, 8);
  if (second > size || !read_block(perm, z, p + HEADER_BYTES, &c, 8)) return NULL;
  slice rest = {(const char *)p + second, size - second};
  if (!take(&rest, '\n')) return NULL;
  const char *end = rest.n ? memchr(rest.p, '\n', rest.n) : NULL;
  if (!end) return NULL;
  slice rule = {rest.p, (size_t)(end - rest.p)};
  z->has_footer = rule.n > 0;
  if (z->has_footer && !read_footer(rule, &z->footer)) return NULL;
  return z;
}
