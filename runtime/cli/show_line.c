/* The line of days of a picture, to scale but for stretches that would leave no room for the rest; places for labels
 * beside it; and lines of text. */
#include "lang/base/utf8.h"
#include "show.h"

enum { LONG_TIMES = 3, CUT_TIMES = 2 }; /* of the mean: a stretch longer than the one is shortened to the other */

static void add_marks(const show_step *s, show_line *l) {
  for (uint32_t i = 0; i < s->times; i++) {
    uint32_t at = l->n++;
    for (; at && l->v[at - 1].place > s->place[i]; at--) l->v[at] = l->v[at - 1];
    l->v[at] = (show_mark){s->place[i], s->mark[i], s->icons, 0};
  }
}

/* The days at which something stands, the anchor among them, each once. */
static uint32_t stops_of(const show_line *l, int32_t *stop) {
  uint32_t n = 0;
  bool zero = false;
  for (uint32_t i = 0; i < l->n; i++) {
    if (!zero && l->v[i].place >= 0) {
      zero = true;
      if (!n || stop[n - 1] != 0) stop[n++] = 0;
    }
    if (!n || stop[n - 1] != l->v[i].place) stop[n++] = l->v[i].place;
  }
  if (!zero) stop[n++] = 0;
  return n;
}

static int scaled(int64_t at, int64_t whole, int length) { return whole ? (int)(at * length / whole) : length / 2; }

show_line show_line_of(arena *perm, const show_track *t, int length) {
  show_line l = {0};
  uint32_t all = 0;
  for (uint32_t i = 0; i < t->steps; i++) all += t->step[i].times;
  l.v = ARENA_ARRAY(perm, all + 1, show_mark);
  for (uint32_t i = 0; i < t->steps; i++) add_marks(&t->step[i], &l);
  int32_t *stop = ARENA_ARRAY(perm, all + 2, int32_t);
  uint32_t n = stops_of(&l, stop);
  int64_t whole = (int64_t)stop[n - 1] - stop[0], gaps = n > 1 ? n - 1 : 1;
  int64_t *at = ARENA_ARRAY(perm, n + 1, int64_t);
  bool *cut = ARENA_ARRAY(perm, n + 1, bool);
  for (uint32_t i = 1; i < n; i++) {
    int64_t days = (int64_t)stop[i] - stop[i - 1];
    cut[i] = days * gaps > LONG_TIMES * whole;
    at[i] = at[i - 1] + (cut[i] ? CUT_TIMES * whole / gaps : days);
  }
  int *broken = ARENA_ARRAY(perm, n + 1, int);
  for (uint32_t i = 0; i < n; i++) {
    if (stop[i] == 0) l.zero = scaled(at[i], at[n - 1], length);
    for (uint32_t k = 0; k < l.n; k++)
      if (l.v[k].place == stop[i]) l.v[k].at = scaled(at[i], at[n - 1], length);
    if (i && cut[i]) broken[l.breaks++] = scaled((at[i] + at[i - 1]) / 2, at[n - 1], length);
  }
  l.broken = broken;
  return l;
}

/* Nearest to the wished places (least squares): pooled adjacent violators over at[i] less the room before it. */
bool show_spread(arena *perm, int *at, const int *room, uint32_t n, int length) {
  typedef struct pool {
    int64_t sum, count;
  } pool;
  if (!n) return true;
  pool *pools = ARENA_ARRAY(perm, n, pool);
  int64_t *before = ARENA_ARRAY(perm, n, int64_t);
  uint32_t top = 0, i = 0;
  for (uint32_t k = 0; k < n; k++) {
    if (k) before[k] = before[k - 1] + (room[k - 1] + 1) / 2 + room[k] / 2;
    pools[top++] = (pool){at[k] - before[k], 1};
    while (top > 1 && pools[top - 2].sum * pools[top - 1].count > pools[top - 1].sum * pools[top - 2].count) {
      pools[top - 2].sum += pools[top - 1].sum;
      pools[top - 2].count += pools[top - 1].count;
      top--;
    }
  }
  int64_t low = room[0] / 2, high = length - before[n - 1] - (room[n - 1] + 1) / 2;
  if (low > high) return false;
  for (uint32_t k = 0; k < top; k++) {
    int64_t place = pools[k].sum / pools[k].count;
    place = place > high ? high : place < low ? low : place;
    for (int64_t j = 0; j < pools[k].count; j++, i++) at[i] = (int)(place + before[i]);
  }
  return true;
}

prose_sentences show_wrap(arena *perm, slice s, size_t columns) {
  slice *v = ARENA_ARRAY(perm, s.n + 1, slice);
  uint32_t n = 0;
  s = slice_trim(s);
  while (s.n) {
    slice head = utf8_head(s, columns);
    size_t cut = head.n;
    if (head.n < s.n) {
      while (cut && (s.p[cut] != ' ' || s.p[cut - 1] == '$')) cut--; /* R$ 10: one word */
      if (!cut) cut = head.n ? head.n : s.n;
    }
    v[n++] = slice_trim((slice){s.p, cut});
    s = slice_trim((slice){s.p + cut, s.n - cut});
  }
  return (prose_sentences){v, n};
}
