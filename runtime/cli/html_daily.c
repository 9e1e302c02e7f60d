/* Messages a day: stacked bars by channel over the line, what people have to do below it, on one scale. The table tells
 * days, weeks or months, whichever stays readable; every day is behind a click when the table does not tell it.
 *
 * Invariant: a bar's pieces meet without gaps (each edge is the length of a sum, not a sum of lengths). */
#include "html_parts.h"

enum {
  TOP = 34,
  TALL = 230, /* both sides of the line together */
  BAR_CENTS_MAX = 4400,
  MONTHS_FROM = 200, /* days from which the axis names months */
  SHADED_MAX = 400,  /* days up to which weekends are shaded */
  TABLE_DAYS_MAX = 31,
  TABLE_WEEKS_MAX = 182,
};

/* Sizes across are hundredths of a unit: a day of two years is about one unit wide. */
typedef struct plot {
  const report *r;
  int left, right, zero, bottom; /* zero: y of the line */
  int64_t step, up, down;        /* the scale's ends; up is whole steps */
  int64_t first_cents, day_cents;
} plot;

uint64_t html_day_messages(const report *r, uint32_t day) {
  uint64_t n = 0;
  for (unsigned c = 0; c < CH_COUNT; c++) n += r->messages[day][c];
  return n;
}

uint32_t html_peak(const report *r, uint64_t *messages) {
  uint32_t at = r->days;
  *messages = 0;
  for (uint32_t d = 0; d < r->days; d++)
    if (html_day_messages(r, d) > *messages) *messages = html_day_messages(r, d), at = d;
  return at;
}

static civil_date day_of(const report *r, int64_t day) { return date_add_days(r->from, day); }

static plot plot_of(const report *r, int width) {
  plot p = {.r = r, .left = 46, .right = width - 10};
  uint64_t messages;
  int64_t internal = 0;
  html_peak(r, &messages);
  for (uint32_t d = 0; d < r->days; d++)
    if (r->internal[d] > internal) internal = r->internal[d];
  p.step = html_scale_step((int64_t)messages + internal, 5);
  p.up = ((int64_t)messages + p.step - 1) / p.step * p.step;
  p.down = internal;
  p.zero = TOP + html_length(p.up, p.up + p.down, TALL);
  p.bottom = TOP + TALL;
  int64_t room = (int64_t)(p.right - p.left) * 100, days = r->days ? r->days : 1;
  p.day_cents = room / days;
  if (p.day_cents > BAR_CENTS_MAX) p.day_cents = BAR_CENTS_MAX;
  p.first_cents = (int64_t)p.left * 100 + (room - p.day_cents * days) / 2;
  return p;
}

/* x of a day's left edge, in hundredths. */
static int64_t day_x(const plot *p, uint32_t day) {
  int64_t room = (int64_t)(p->right - p->left) * 100, days = p->r->days ? p->r->days : 1;
  if (p->day_cents == BAR_CENTS_MAX) return p->first_cents + day * p->day_cents;
  return (int64_t)p->left * 100 + day * room / days;
}

static int height_of(const plot *p, uint64_t n) { return html_length((int64_t)n, p->up + p->down, TALL); }

static void cents(html *h, int64_t x) { html_f(h, "%lld.%02d", (long long)(x / 100), (int)(x % 100)); }

/* One bar from y to y + tall, within the day's width. */
static void bar(html *h, const plot *p, uint32_t day, int y, int tall) {
  int64_t x = day_x(p, day), width = day_x(p, day + 1) - x;
  int64_t gap = width >= 900 ? width / 5 : width >= 300 ? 80 : 0;
  html_raw(h, "M");
  cents(h, x + gap / 2);
  html_f(h, " %dh", y);
  cents(h, width - gap);
  html_f(h, "v%dh-", tall);
  cents(h, width - gap);
  html_raw(h, "z");
}

static void draw_weekends(html *h, const plot *p) {
  if (p->r->days > SHADED_MAX) return;
  html_raw(h, "<path class=\"weekend\" d=\"");
  for (uint32_t d = 0; d < p->r->days; d++) {
    if (date_weekday(day_of(p->r, d)) < 5) continue;
    html_raw(h, "M");
    cents(h, day_x(p, d));
    html_f(h, " %dV%dh", TOP, p->bottom);
    cents(h, day_x(p, d + 1) - day_x(p, d));
    html_f(h, "V%dz", TOP);
  }
  html_raw(h, "\"/>\n");
}

static void draw_grid(html *h, const plot *p) {
  for (int64_t v = -(p->down / p->step * p->step); v <= p->up; v += p->step) {
    int y = v < 0 ? p->zero + height_of(p, (uint64_t)-v) : p->zero - height_of(p, (uint64_t)v);
    html_f(h, "<path class=\"%s\" d=\"M%d %dH%d\"/><text class=\"small end\" x=\"%d\" y=\"%d\">", v ? "grid" : "axis",
           p->left, y, p->right, p->left - 8, y + 4);
    html_esc(h, html_compact(h, v < 0 ? -v : v, 0));
    html_raw(h, "</text>\n");
  }
}

static void x_label(html *h, const plot *p, uint32_t day, bool middle, slice s) {
  int64_t x = day_x(p, day) + (middle ? (day_x(p, day + 1) - day_x(p, day)) / 2 : 0);
  int half = html_text_width(s) / 2, at = (int)(x / 100);
  if (at + half > p->right + 8) at = p->right + 8 - half;
  html_f(h, "<text class=\"small mid\" x=\"%d\" y=\"%d\">", at, p->bottom + 24);
  html_esc(h, s);
  html_raw(h, "</text>");
}

/* "Mar"; a January is its year. */
static slice month_label(html *h, civil_date d) {
  if (date_month(d) == 1) return arena_printf(h->perm, "%d", date_year(d));
  return arena_printf(h->perm, "%.3s", date_month_name(date_month(d), h->lang));
}

/* Of so many months one is named: those that divide a year, so that every January is among them. */
static int months_apart(const plot *p) {
  static const int APART[] = {1, 2, 3, 6};
  for (size_t i = 0; i < sizeof APART / sizeof *APART; i++)
    if ((day_x(p, 28) - day_x(p, 0)) * APART[i] >= 3800) return APART[i];
  return 12;
}

/* Ticks on Mondays (days, when they are few); labels on as many as have room, months for long periods. */
static void draw_ticks(html *h, const plot *p) {
  const report *r = p->r;
  bool months = r->days >= MONTHS_FROM, few = r->days < 14;
  html_raw(h, "<path class=\"tick\" d=\"");
  for (uint32_t d = 0; d < r->days; d++) {
    if (!few && date_weekday(day_of(r, d)) != 0) continue;
    html_raw(h, "M");
    cents(h, day_x(p, d) + (few ? p->day_cents / 2 : 0));
    html_f(h, " %dv6", p->bottom);
  }
  html_raw(h, "\"/>");
  int64_t last = INT32_MIN;
  int apart = months ? months_apart(p) : 0;
  for (uint32_t d = 0; d < r->days; d++) {
    civil_date day = day_of(r, d);
    if (months ? date_day(day) != 1 || (date_month(day) - 1) % apart : !few && date_weekday(day) != 0) continue;
    slice label = months ? month_label(h, day) : html_date_short(h, day);
    int64_t x = day_x(p, d);
    if (!months && x - last < (html_text_width(label) + 10) * 100) continue;
    x_label(h, p, d, few, label);
    last = x;
  }
  html_raw(h, "\n");
}

static void draw_bars(html *h, const plot *p) {
  for (unsigned c = 0; c < CH_COUNT; c++) {
    bool any = false;
    for (uint32_t d = 0; d < p->r->days; d++) {
      if (!p->r->messages[d][c]) continue;
      uint64_t below = 0;
      for (unsigned k = 0; k < c; k++) below += p->r->messages[d][k];
      int from = height_of(p, below), to = height_of(p, below + p->r->messages[d][c]);
      if (!any) html_f(h, "<path class=\"f c-%s\" d=\"", html_channel_id((channel)c));
      any = true;
      bar(h, p, d, p->zero - to, to - from);
    }
    if (any) html_raw(h, "\"/>\n");
  }
  if (!p->down) return;
  html_f(h, "<path class=\"f c-%s\" d=\"", HTML_OTHER);
  for (uint32_t d = 0; d < p->r->days; d++)
    if (p->r->internal[d]) bar(h, p, d, p->zero + 1, height_of(p, p->r->internal[d]));
  html_raw(h, "\"/>\n");
}

static void draw_peak(html *h, const plot *p) {
  uint64_t most;
  uint32_t day = html_peak(p->r, &most);
  if (!most) return;
  slice say[2] = {html_number(h, (int64_t)most), html_date_short(h, day_of(p->r, day))};
  slice label = html_fill(h, TX_PEAK, 2, say);
  int x = (int)((day_x(p, day) + day_x(p, day + 1)) / 200), half = html_text_width(label) / 2;
  int y = p->zero - height_of(p, most), at = x;
  if (at - half < p->left) at = p->left + half;
  if (at + half > p->right) at = p->right - half;
  html_f(h, "<path class=\"leader\" d=\"M%d %dv-6\"/><text class=\"value mid halo\" x=\"%d\" y=\"%d\">", x, y - 2, at,
         y - 12);
  html_esc(h, label);
  html_raw(h, "</text>\n");
}

/* What a pointer over a day shows. */
static void draw_titles(html *h, const plot *p) {
  html_raw(h, "<g class=\"hit\">\n");
  for (uint32_t d = 0; d < p->r->days; d++) {
    if (!html_day_messages(p->r, d) && !p->r->internal[d]) continue;
    html_f(h, "<path d=\"M%lld %dV%dH%lldV%dz\"><title>", (long long)(day_x(p, d) / 100), TOP, p->bottom,
           (long long)((day_x(p, d + 1) + 99) / 100), TOP);
    html_esc(h, slice_of(date_weekday_name(date_weekday(day_of(p->r, d)), h->lang)));
    html_raw(h, ", ");
    html_esc(h, html_date(h, day_of(p->r, d)));
    for (unsigned c = 0; c < CH_COUNT; c++) {
      if (!p->r->messages[d][c]) continue;
      html_f(h, "; %s ", html_channel_name((channel)c));
      html_esc(h, html_number(h, p->r->messages[d][c]));
    }
    if (p->r->internal[d]) {
      html_raw(h, "; ");
      html_say(h, TX_PEOPLE);
      html_raw(h, " ");
      html_esc(h, html_number(h, p->r->internal[d]));
    }
    html_raw(h, "</title></path>\n");
  }
  html_raw(h, "</g>\n");
}

static void picture(html *h, const report *r, const char *class, int width, bool titles) {
  plot p = plot_of(r, width);
  html_svg(h, class, width, p.bottom + 36, html_word_of(h, TX_DAILY));
  draw_weekends(h, &p);
  draw_grid(h, &p);
  draw_ticks(h, &p);
  draw_bars(h, &p);
  draw_peak(h, &p);
  if (titles) draw_titles(h, &p);
  html_raw(h, "</svg>\n");
}

/* ---- the table ---- */

typedef struct counts {
  uint64_t by_channel[CH_COUNT], messages, internal;
} counts;

static void count_day(counts *n, const report *r, uint32_t d) {
  for (unsigned c = 0; c < CH_COUNT; c++) n->by_channel[c] += r->messages[d][c];
  n->messages += html_day_messages(r, d);
  n->internal += r->internal[d];
}

static void table_row(html *h, const counts *total, slice name, const counts *n) {
  html_raw(h, "<tr><th scope=\"row\">");
  html_esc(h, name);
  html_raw(h, "</th>");
  for (unsigned c = 0; c < CH_COUNT; c++)
    if (total->by_channel[c]) html_td_number(h, n->by_channel[c]);
  html_td_number(h, n->messages);
  html_td_number(h, n->internal);
  html_raw(h, "</tr>\n");
}

typedef enum grain { BY_DAY, BY_WEEK, BY_MONTH } grain;

static slice row_name(html *h, grain g, civil_date d) {
  switch (g) {
  case BY_DAY:
    return arena_printf(h->perm, "%s, %.*s", date_weekday_name(date_weekday(d), h->lang), SLICE_ARG(html_date(h, d)));
  case BY_WEEK: return html_date(h, d);
  case BY_MONTH: return arena_printf(h->perm, "%s %d", date_month_name(date_month(d), h->lang), date_year(d));
  }
  return SLICE("");
}

static bool row_ends(grain g, civil_date next) {
  switch (g) {
  case BY_DAY: return true;
  case BY_WEEK: return date_weekday(next) == 0;
  case BY_MONTH: return date_day(next) == 1;
  }
  return true;
}

static void table(html *h, const report *r, const counts *total, grain g, bool skip_empty) {
  static const html_word HEADS[] = {TX_DAY, TX_WEEK_OF, TX_MONTH};
  html_raw(h, "<div class=\"scroll\"><table>\n<thead><tr>");
  html_th(h, HEADS[g], false);
  for (unsigned c = 0; c < CH_COUNT; c++)
    if (total->by_channel[c]) html_f(h, "<th scope=\"col\" class=\"n\">%s</th>", html_channel_name((channel)c));
  html_th(h, TX_MESSAGES, true);
  html_th(h, TX_PEOPLE, true);
  html_raw(h, "</tr></thead>\n<tbody>\n");
  counts n = {0};
  uint32_t first = 0;
  for (uint32_t d = 0; d < r->days; d++) {
    count_day(&n, r, d);
    if (d + 1 < r->days && !row_ends(g, day_of(r, (int64_t)d + 1))) continue;
    if (!skip_empty || n.messages || n.internal) table_row(h, total, row_name(h, g, day_of(r, first)), &n);
    n = (counts){0};
    first = d + 1;
  }
  html_raw(h, "</tbody>\n<tfoot>");
  table_row(h, total, html_word_of(h, TX_TOTAL), total);
  html_raw(h, "</tfoot></table></div>\n");
}

static void legend(html *h, const counts *total) {
  html_raw(h, "<ul class=\"legend\">");
  for (unsigned c = 0; c < CH_COUNT; c++) {
    if (!total->by_channel[c]) continue;
    html_raw(h, "<li>");
    html_icon_inline(h, html_channel_id((channel)c));
    html_f(h, "%s <b>", html_channel_name((channel)c));
    html_esc(h, html_number(h, (int64_t)total->by_channel[c]));
    html_raw(h, "</b></li>");
  }
  if (total->internal) {
    html_raw(h, "<li>");
    html_icon_inline(h, HTML_OTHER);
    html_say(h, TX_PEOPLE);
    html_raw(h, " <b>");
    html_esc(h, html_number(h, (int64_t)total->internal));
    html_raw(h, "</b></li>");
  }
  html_raw(h, "</ul>\n");
}

static void every_day(html *h, const report *r, const counts *total) {
  int64_t days = 0;
  for (uint32_t d = 0; d < r->days; d++) days += html_day_messages(r, d) || r->internal[d];
  slice number = html_plural(h, TX_DAY_ONE, TX_DAY_MANY, days);
  html_raw(h, "<details><summary>");
  html_esc(h, html_fill(h, TX_EVERY_DAY, 1, &number));
  html_raw(h, "</summary>\n");
  table(h, r, total, BY_DAY, true);
  html_raw(h, "</details>\n");
}

void html_daily(html *h, const report *r) {
  counts total = {0};
  for (uint32_t d = 0; d < r->days; d++) count_day(&total, r, d);
  html_raw(h, "<section id=\"daily\"><h2>");
  html_say(h, TX_DAILY);
  html_raw(h, "</h2>\n");
  if (!total.messages && !total.internal) {
    html_raw(h, "<p class=\"card note\">");
    html_say(h, TX_DAILY_NONE);
    html_raw(h, "</p></section>\n");
    return;
  }
  html_raw(h, "<p class=\"note\">");
  html_say(h, r->days > SHADED_MAX ? TX_DAILY_NOTE_LONG : TX_DAILY_NOTE);
  if (total.internal) {
    html_raw(h, " ");
    html_say(h, TX_DAILY_BELOW);
  }
  html_raw(h, "</p>\n<div class=\"card\">\n");
  legend(h, &total);
  picture(h, r, "wide", HTML_WIDE, true);
  picture(h, r, "narrow", HTML_NARROW, false);
  grain g = r->days <= TABLE_DAYS_MAX ? BY_DAY : r->days <= TABLE_WEEKS_MAX ? BY_WEEK : BY_MONTH;
  table(h, r, &total, g, false);
  if (g != BY_DAY) every_day(h, r, &total);
  html_raw(h, "</div></section>\n");
}
