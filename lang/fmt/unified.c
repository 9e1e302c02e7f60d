/* A unified diff of two texts by lines: the shortest one (Myers), found between the lines that both begin and end with.
 * Texts further apart than EDITS_MAX lines become one change: such a diff nobody reads line by line. */
#include <assert.h>

#include "lang/base/text.h"
#include "lang/fmt/fmt.h"

enum { EDITS_MAX = 2000, CONTEXT = 3 };

typedef struct lines {
  slice *at;
  int32_t n;
} lines;

/* A line without its end. A last line that has none differs from one that has. */
static lines split(arena *a, slice s) {
  size_t count = 0;
  for (size_t i = 0; i < s.n; i++) count += s.p[i] == '\n';
  lines out = {ARENA_ARRAY(a, count + 1, slice), 0};
  for (size_t from = 0; from < s.n;) {
    const char *end = memchr(s.p + from, '\n', s.n - from);
    size_t to = end ? (size_t)(end - s.p) + 1 : s.n;
    out.at[out.n++] = (slice){s.p + from, to - from};
    from = to;
  }
  return out;
}

typedef struct differ {
  lines a, b;
  bool *gone, *new; /* of a's and b's lines */
} differ;

static void mark(bool *flags, int32_t from, int32_t to) {
  for (int32_t i = from; i < to; i++) flags[i] = true;
}

/* Back along the rounds' furthest points: `furthest[d]` holds x by diagonal + d before round d. */
static void trace(differ *f, int32_t **furthest, int32_t edits, int32_t first, int32_t x, int32_t y) {
  for (int32_t d = edits; d > 0; d--) {
    const int32_t *v = furthest[d];
    int32_t k = x - y;
    bool down = k == -d || (k != d && v[k - 1 + d] < v[k + 1 + d]);
    int32_t before = down ? k + 1 : k - 1, from_x = v[before + d], from_y = from_x - before;
    if (down)
      f->new[first + from_y] = true;
    else
      f->gone[first + from_x] = true;
    x = from_x;
    y = from_y;
  }
}

/* Lines [first, first + n) of a against [first, first + m) of b. */
static void compare(arena *scratch, differ *f, int32_t first, int32_t n, int32_t m) {
  const slice *a = f->a.at + first, *b = f->b.at + first;
  int32_t **furthest = ARENA_ARRAY(scratch, EDITS_MAX + 2, int32_t *);
  int32_t *last = ARENA_ARRAY(scratch, 3, int32_t); /* diagonals -1 to 1 */
  for (int32_t d = 0; d <= EDITS_MAX && d <= n + m; d++) {
    int32_t *v = ARENA_ARRAY(scratch, (size_t)(2 * d + 5), int32_t); /* of the next round: diagonals -d-2 to d+2 */
    furthest[d] = last;
    for (int32_t k = -d; k <= d; k += 2) {
      int32_t x = 0;
      if (d > 0) {
        bool down = k == -d || (k != d && last[k - 1 + d] < last[k + 1 + d]);
        x = down ? last[k + 1 + d] : last[k - 1 + d] + 1;
      }
      int32_t y = x - k;
      while (x < n && y < m && slice_eq(a[x], b[y])) x++, y++;
      v[k + d + 1] = x;
      if (x >= n && y >= m) {
        trace(f, furthest, d, first, x, y);
        return;
      }
    }
    last = v;
  }
  mark(f->gone, first, first + n);
  mark(f->new, first, first + m);
}

/* ---- hunks ---- */

static void put_line(text *out, char sign, slice s) {
  text_char(out, sign);
  text_add(out, s);
  if (!s.n || s.p[s.n - 1] != '\n') text_cstr(out, "\n\\ No newline at end of file\n");
}

static void put_range(text *out, char sign, int32_t from, int32_t count) {
  text_printf(out, "%c%d", sign, (int)(count ? from + 1 : from));
  if (count != 1) text_printf(out, ",%d", (int)count);
}

typedef struct hunk {
  int32_t a, b, a_to, b_to;
} hunk;

static void put_hunk(text *out, const differ *f, hunk h) {
  text_cstr(out, "@@ ");
  put_range(out, '-', h.a, h.a_to - h.a);
  text_char(out, ' ');
  put_range(out, '+', h.b, h.b_to - h.b);
  text_cstr(out, " @@\n");
  for (int32_t i = h.a, j = h.b; i < h.a_to || j < h.b_to;) {
    if (i < h.a_to && f->gone[i])
      put_line(out, '-', f->a.at[i++]);
    else if (j < h.b_to && f->new[j])
      put_line(out, '+', f->b.at[j++]);
    else {
      put_line(out, ' ', f->a.at[i++]);
      j++;
    }
  }
}

/* The next changed lines from (i, j) on with those that are fewer than two contexts away; false: there are none. `*h`
 * is the hunk before: what it shows is not shown again. */
static bool next_hunk(const differ *f, int32_t *i, int32_t *j, hunk *h) {
  int32_t same = 0;
  bool any = false;
  while (*i < f->a.n || *j < f->b.n) {
    bool changed = (*i < f->a.n && f->gone[*i]) || (*j < f->b.n && f->new[*j]);
    if (changed && !any) {
      int32_t context = *i - h->a_to < CONTEXT ? *i - h->a_to : CONTEXT;
      h->a = *i - context;
      h->b = *j - context;
      any = true;
    }
    if (!changed && any && same == 2 * CONTEXT) break;
    same = changed ? 0 : same + 1;
    if (*i < f->a.n && f->gone[*i])
      ++*i;
    else if (*j < f->b.n && f->new[*j])
      ++*j;
    else
      ++*i, ++*j;
    if (changed) {
      h->a_to = *i;
      h->b_to = *j;
    }
  }
  if (!any) return false;
  for (int32_t n = 0; n < CONTEXT && h->a_to < f->a.n && h->b_to < f->b.n; n++) h->a_to++, h->b_to++;
  return true;
}

slice unified_diff(arena *perm, slice before_name, slice after_name, slice before, slice after) {
  text out = text_new(perm);
  if (slice_eq(before, after)) return text_slice(&out);
  arena *scratch = arena_new();
  differ f = {split(scratch, before), split(scratch, after), NULL, NULL};
  f.gone = ARENA_ARRAY(scratch, (size_t)f.a.n + 1, bool);
  f.new = ARENA_ARRAY(scratch, (size_t)f.b.n + 1, bool);
  int32_t head = 0, tail = 0, least = f.a.n < f.b.n ? f.a.n : f.b.n;
  while (head < least && slice_eq(f.a.at[head], f.b.at[head])) head++;
  while (tail < least - head && slice_eq(f.a.at[f.a.n - 1 - tail], f.b.at[f.b.n - 1 - tail])) tail++;
  compare(scratch, &f, head, f.a.n - head - tail, f.b.n - head - tail);
  text_printf(&out, "--- %.*s\n+++ %.*s\n", SLICE_ARG(before_name), SLICE_ARG(after_name));
  int32_t i = 0, j = 0;
  for (hunk h = {0}; next_hunk(&f, &i, &j, &h);) put_hunk(&out, &f, h);
  arena_free(scratch);
  return text_slice(&out);
}
