/* The picture of a ladder: a bar a rung, over a line of days. Bars stand apart by at least a slot's width, a leader
 * goes from each to its true day on the line.
 *
 * Invariant: bars keep the order of their days and never overlap; texts that would are left out (the table has all). */
#include "html_timeline.h"

#include "html_parts.h"
#include "lang/syntax/keyword.h"
#include "show.h"

enum {
  LEFT = 30,
  RIGHT = HTML_WIDE - 30,
  SLOT_MAX = 60,
  BAR_MAX = 40,
  BAR_TOP = 28,
  BAR_BASE = 150,
  ICON = 16,
  ICON_ROW = 20,
  NARROW_ROW = 34,
  NARROW_LINE = 62,
};

static const kw UNIT_WORDS[UNIT_COUNT] = {[UNIT_DAY] = KW_UNIT_DAY,
                                          [UNIT_BUSINESS_DAY] = KW_UNIT_BUSINESS_DAY,
                                          [UNIT_WEEK] = KW_UNIT_WEEK,
                                          [UNIT_MONTH] = KW_UNIT_MONTH,
                                          [UNIT_YEAR] = KW_UNIT_YEAR};

typedef struct axis {
  int32_t from, to; /* days at LEFT and RIGHT */
} axis;

static int axis_x(axis a, int32_t day) {
  int64_t width = (int64_t)a.to - a.from;
  return LEFT + (int)(((int64_t)day - a.from) * (RIGHT - LEFT) / (width ? width : 1));
}

/* From the first to the last rung, the anchor included, and a little air on both sides. */
static axis axis_of(const html_ladder *l) {
  axis a = {0, 0};
  for (uint32_t i = 0; i < l->count; i++) {
    if (l->steps[i].count->days < a.from) a.from = l->steps[i].count->days;
    if (l->steps[i].count->days > a.to) a.to = l->steps[i].count->days;
  }
  int32_t air = (a.to - a.from) / 24 + 1;
  a.from -= air;
  a.to += air;
  return a;
}

static unsigned icon_rows(const html_step *s) {
  unsigned n = s->people;
  for (unsigned c = 0; c < CH_COUNT; c++) n += s->channels >> c & 1;
  return n;
}

static unsigned icon_rows_most(const html_ladder *l) {
  unsigned most = 0;
  for (uint32_t i = 0; i < l->count; i++)
    if (icon_rows(&l->steps[i]) > most) most = icon_rows(&l->steps[i]);
  return most;
}

/* Places of bars, nearest to their days with at least `slot` between neighbours; the first and the last may stand at
 * the line's ends. `slot` leaves room for all. */
static void spread(arena *perm, int *x, uint32_t n, int slot) {
  int *room = ARENA_ARRAY(perm, n + 1, int);
  for (uint32_t i = 0; i < n; i++) {
    room[i] = slot;
    x[i] += slot / 2 - LEFT;
  }
  (void)show_spread(perm, x, room, n, RIGHT - LEFT + slot);
  for (uint32_t i = 0; i < n; i++) x[i] += LEFT - slot / 2;
}

bool html_offset_of(slice written, html_offset *out) {
  *out = (html_offset){.before = written.n && written.p[0] == '-'};
  slice s = written;
  if (out->before) s.p++, s.n--;
  size_t digits = 0;
  while (digits < s.n && digits < 9 && s.p[digits] >= '0' && s.p[digits] <= '9')
    out->n = out->n * 10 + (s.p[digits++] - '0');
  s.p += digits, s.n -= digits;
  for (int unit = 0; digits && unit < UNIT_COUNT; unit++)
    if (slice_eq(s, kw_text(UNIT_WORDS[unit], LANG_EN))) {
      out->unit = (duration_unit)unit;
      return true;
    }
  return false;
}

slice html_offset_short(html *h, slice written) {
  html_offset o;
  if (!html_offset_of(written, &o)) return written;
  return arena_printf(h->perm, "%s%lld%.*s", o.before ? "\u2212" : "", (long long)o.n,
                      SLICE_ARG(kw_text(UNIT_WORDS[o.unit], h->lang)));
}

static void step_title(html *h, const html_step *s) {
  html_raw(h, "<title>");
  html_esc(h, html_offset_short(h, s->count->written));
  html_raw(h, ": ");
  html_say(h, TX_INVOICES);
  html_raw(h, " ");
  html_esc(h, html_number(h, s->count->invoices));
  for (unsigned c = 0; c < CH_COUNT; c++) {
    if (!s->count->by_channel[c]) continue;
    html_f(h, "; %s ", html_channel_name((channel)c));
    html_esc(h, html_number(h, s->count->by_channel[c]));
  }
  if (s->count->other) {
    html_raw(h, "; ");
    html_say(h, TX_OTHER);
    html_raw(h, " ");
    html_esc(h, html_number(h, s->count->other));
  }
  html_raw(h, "</title>");
}

static void svg_text(html *h, const char *class, int x, int y, slice s) {
  html_f(h, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
  html_esc(h, s);
  html_raw(h, "</text>");
}

static slice anchor_of(const html *h, const html_ladder *l) {
  return l->anchor.n ? l->anchor : html_word_of(h, TX_DUE);
}

/* The line of days: ticks at round numbers of days. */
static void draw_axis(html *h, const html_ladder *l, axis a, int y) {
  static const int32_t STEPS[] = {1, 2, 5, 10, 15, 30, 60, 90, 180, 365, 730, 1825, 3650, 36500};
  int zero = axis_x(a, 0);
  html_f(h, "<path class=\"axis\" d=\"M%d %dH%d\"/><path class=\"axis late\" d=\"M%d %dH%d\"/>\n", LEFT - 10, y, zero,
         zero, y, RIGHT + 10);
  int half = html_text_width(anchor_of(h, l)) / 2 + 16;
  size_t k = 0;
  while (k + 1 < sizeof STEPS / sizeof *STEPS && (a.to - a.from) / STEPS[k] > 14) k++;
  /* The far end of the line names its unit; ticks keep clear of it and of the anchor's name. */
  slice unit = l->anchor.n ? html_fill(h, TX_DAYS_AFTER_FIELD, 1, &l->anchor) : html_word_of(h, TX_DAYS_AFTER_DUE);
  int32_t first = a.from / STEPS[k] * STEPS[k];
  for (int32_t d = first; d <= a.to; d += STEPS[k]) {
    int x = axis_x(a, d);
    if (d == 0 || x < LEFT) continue;
    html_f(h, "<path class=\"tick\" d=\"M%d %dv6\"/>", x, y);
    if (x > zero - half && x < zero + half) continue;
    slice label = arena_printf(h->perm, "%s%d", d < 0 ? "\u2212" : "", d < 0 ? -d : d);
    svg_text(h, "small mid", x, y + 22, label);
  }
  svg_text(h, "small end", RIGHT + 10, y + 42, unit);
  html_raw(h, "\n");
}

/* Drawn last: a rung on the due date itself has its dot beneath. */
static void draw_due(html *h, const html_ladder *l, axis a, int y) {
  slice name = anchor_of(h, l);
  int x = axis_x(a, 0), half = html_text_width(name) / 2 + 4;
  html_f(h, "<path class=\"due\" d=\"M%d %dl8 8l-8 8l-8-8z\"/>", x, y - 8);
  if (x < half) x = half;
  if (x > HTML_WIDE - half) x = HTML_WIDE - half;
  svg_text(h, "strong mid", x, y + 24, name);
}

/* What all bars of a picture share. Of `label_every` rungs one is labelled, so that no text meets its neighbour. */
typedef struct shape {
  const html_ladder *l;
  const int *x;        /* of the bars' middles */
  int slot, bar, foot; /* foot: y of the labels' lower edge */
  uint32_t label_every, number_every, icon_every;
  bool compact; /* 1.2K for 1,234 */
} shape;

static uint32_t one_of(int width, int slot) { return slot ? (uint32_t)((width + 8 + slot - 1) / slot) : UINT32_MAX; }

static slice number_of(html *h, const shape *p, uint32_t i) {
  uint32_t n = p->l->steps[i].count->invoices;
  return p->compact ? html_compact(h, n, 0) : html_number(h, n);
}

static shape shape_of(html *h, const html_ladder *l, axis a) {
  shape p = {.l = l, .slot = (RIGHT - LEFT) / (int)(l->count > 1 ? l->count - 1 : 1)};
  if (p.slot > SLOT_MAX) p.slot = SLOT_MAX;
  p.compact = p.slot < 52;
  p.bar = p.slot * 6 / 10;
  if (p.bar > BAR_MAX) p.bar = BAR_MAX;
  if (p.bar < 1) p.bar = 1;
  p.foot = BAR_BASE + 12 + (int)icon_rows_most(l) * ICON_ROW;
  int label = 0, number = 0;
  int *x = ARENA_ARRAY(h->perm, l->count, int);
  for (uint32_t i = 0; i < l->count; i++) {
    x[i] = axis_x(a, l->steps[i].count->days);
    int wide = html_text_width(html_offset_short(h, l->steps[i].count->written));
    if (wide > label) label = wide;
    wide = html_text_width(number_of(h, &p, i));
    if (wide > number) number = wide;
  }
  spread(h->perm, x, l->count, p.slot);
  p.x = x;
  p.label_every = one_of(label, p.slot);
  p.number_every = one_of(number, p.slot);
  p.icon_every = one_of(ICON, p.slot);
  return p;
}

static int bar_length(const shape *p, uint32_t i) {
  return html_length(p->l->steps[i].count->invoices, p->l->most, BAR_BASE - BAR_TOP);
}

/* The number of a bar stands above it, and above every neighbour that it reaches over. */
static void draw_number(html *h, const shape *p, uint32_t i) {
  slice n = number_of(h, p, i);
  int reach = html_text_width(n) / 2 + p->bar / 2, top = bar_length(p, i);
  for (uint32_t j = i; j-- > 0 && p->x[i] - p->x[j] < reach;)
    if (bar_length(p, j) > top) top = bar_length(p, j);
  for (uint32_t j = i + 1; j < p->l->count && p->x[j] - p->x[i] < reach; j++)
    if (bar_length(p, j) > top) top = bar_length(p, j);
  svg_text(h, p->l->steps[i].count->invoices ? "value mid" : "small mid", p->x[i], BAR_BASE - top - 7, n);
}

static void draw_icons(html *h, const html_step *s, int x) {
  int y = BAR_BASE + 8;
  for (unsigned c = 0; c < CH_COUNT; c++)
    if (s->channels >> c & 1) html_icon(h, html_channel_id((channel)c), x - ICON / 2, y, ICON), y += ICON_ROW;
  if (s->people) html_icon(h, HTML_OTHER, x - ICON / 2, y, ICON);
}

static void draw_step(html *h, const shape *p, uint32_t i, int true_x) {
  const html_step *s = &p->l->steps[i];
  int x = p->x[i], left = x - p->bar / 2, length = bar_length(p, i);
  html_raw(h, "<g>");
  step_title(h, s);
  /* Something to point at, also where nothing was counted. */
  html_f(h, "<path class=\"hit\" d=\"M%d %dh%dV%dh-%dz\"/>", left, BAR_TOP - 16, p->bar, p->foot + 16, p->bar);
  if (length) html_f(h, "<path class=\"bar\" d=\"M%d %dv-%dh%dv%dz\"/>", left, BAR_BASE, length, p->bar, length);
  html_f(h, "<path class=\"%s\" d=\"M%d %dh%d\"/>", length ? "foot" : "foot none", left, BAR_BASE, p->bar);
  html_f(h, "<path class=\"leader\" d=\"M%d %dv6L%d %dv8\"/>", x, p->foot + 14, true_x, p->foot + 36);
  html_f(h, "<circle class=\"dot\" cx=\"%d\" cy=\"%d\" r=\"4\"/>", true_x, p->foot + 44);
  if (i % p->number_every == 0) draw_number(h, p, i);
  if (i % p->icon_every == 0) draw_icons(h, s, x);
  if (i % p->label_every == 0) svg_text(h, "label mid", x, p->foot + 10, html_offset_short(h, s->count->written));
  html_raw(h, "</g>\n");
}

void html_timeline_wide(html *h, const html_ladder *l) {
  axis a = axis_of(l);
  shape p = shape_of(h, l, a);
  html_svg(h, "wide", HTML_WIDE, p.foot + 94, html_fill(h, TX_LADDER_PICTURE, 1, &l->name));
  draw_axis(h, l, a, p.foot + 44);
  for (uint32_t i = 0; i < l->count; i++) draw_step(h, &p, i, axis_x(a, l->steps[i].count->days));
  draw_due(h, l, a, p.foot + 44);
  html_raw(h, "</svg>\n");
}

static void narrow_step(html *h, const html_ladder *l, const html_step *s, int y) {
  int icons_x = NARROW_LINE + 16, bar_x = icons_x + 4 + (int)icon_rows_most(l) * ICON_ROW;
  int length = html_length(s->count->invoices, l->most, HTML_NARROW - bar_x - 56);
  html_raw(h, "<g>");
  step_title(h, s);
  svg_text(h, "label end", NARROW_LINE - 14, y + 5, html_offset_short(h, s->count->written));
  html_f(h, "<circle class=\"dot\" cx=\"%d\" cy=\"%d\" r=\"5\"/>", NARROW_LINE, y);
  int x = icons_x;
  for (unsigned c = 0; c < CH_COUNT; c++)
    if (s->channels >> c & 1) html_icon(h, html_channel_id((channel)c), x, y - ICON / 2, ICON), x += ICON_ROW;
  if (s->people) html_icon(h, HTML_OTHER, x, y - ICON / 2, ICON);
  if (length) html_f(h, "<path class=\"bar\" d=\"M%d %dh%dv16h-%dz\"/>", bar_x, y - 8, length, length);
  svg_text(h, s->count->invoices ? "value" : "small", bar_x + length + 6, y + 5, html_number(h, s->count->invoices));
  html_raw(h, "</g>\n");
}

void html_timeline_narrow(html *h, const html_ladder *l) {
  int rows = (int)l->count + 1, y = NARROW_ROW / 2 + 4; /* the anchor has a row of its own */
  uint32_t before = 0;
  while (before < l->count && l->steps[before].count->days < 0) before++;
  html_svg(h, "narrow", HTML_NARROW, rows * NARROW_ROW + 8, html_fill(h, TX_LADDER_PICTURE, 1, &l->name));
  int due_y = y + (int)before * NARROW_ROW;
  html_f(h, "<path class=\"axis\" d=\"M%d %dV%d\"/><path class=\"axis late\" d=\"M%d %dV%d\"/>\n", NARROW_LINE, 4,
         due_y, NARROW_LINE, due_y, rows * NARROW_ROW + 4);
  for (uint32_t i = 0; i < l->count; i++)
    narrow_step(h, l, &l->steps[i], y + (int)(i < before ? i : i + 1) * NARROW_ROW);
  html_f(h, "<path class=\"due\" d=\"M%d %dl8 8l-8 8l-8-8z\"/>", NARROW_LINE, due_y - 8);
  svg_text(h, "strong", NARROW_LINE + 16, due_y + 5, anchor_of(h, l));
  html_raw(h, "</svg>\n");
}
