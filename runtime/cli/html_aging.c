/* Open balances by days overdue, at the beginning and at the end: one picture and one table a currency, in the order of
 * the report (the largest first, then those that exist only at the end). */
#include "html_parts.h"

enum {
  TOP = 26,
  BASE = 196,
  BAR = 58,
  NARROW_BAR = 18,
  NARROW_GROUP = 72,
};

static const char *const BUCKETS[AGING_BUCKETS] = {"", "1\u201330", "31\u201360", "61\u201390", "91+"};

/* Both ends of one currency; zero amounts where a side has none. */
typedef struct pair {
  currency cur;
  report_aging side[2]; /* beginning, end */
  int64_t most;
} pair;

static const char *const SIDE_CLASS[2] = {"before", "after"};
static const html_word SIDE_WORD[2] = {TX_NOW, TX_END};

static slice bucket_name(const html *h, int b) { return b ? slice_of(BUCKETS[b]) : html_word_of(h, TX_NOT_DUE); }

static slice side_name(html *h, const report *r, int side) {
  slice date = html_date(h, side ? r->to : r->from);
  return html_fill(h, SIDE_WORD[side], 1, &date);
}

static const report_aging *find(const report_aging *v, uint32_t count, currency cur) {
  for (uint32_t i = 0; i < count; i++)
    if (v[i].cur == cur) return &v[i];
  return NULL;
}

static pair pair_of(const report *r, currency cur) {
  pair p = {.cur = cur};
  const report_aging *side[2] = {find(r->aging_start, r->aging_start_count, cur),
                                 find(r->aging_end, r->aging_end_count, cur)};
  for (int s = 0; s < 2; s++) {
    if (side[s]) p.side[s] = *side[s];
    for (int b = 0; b < AGING_BUCKETS; b++)
      if (p.side[s].minor[b] > p.most) p.most = p.side[s].minor[b];
  }
  return p;
}

static slice currency_name(const html *h, currency cur) {
  slice code = slice_of(currency_code(cur));
  return code.n ? code : html_word_of(h, TX_NO_CURRENCY);
}

static void bar_title(html *h, const report *r, const pair *p, int side, int b) {
  html_raw(h, "<title>");
  html_esc(h, bucket_name(h, b));
  html_raw(h, "; ");
  html_esc(h, side_name(h, r, side));
  html_raw(h, ": ");
  html_esc(h, html_money(h, (money){p->side[side].minor[b], p->cur}));
  html_raw(h, "; ");
  html_say(h, TX_INVOICES);
  html_raw(h, " ");
  html_esc(h, html_number(h, p->side[side].invoices[b]));
  html_raw(h, "</title>");
}

static void wide(html *h, const report *r, const pair *p) {
  slice code = currency_name(h, p->cur);
  html_svg(h, "wide", HTML_WIDE, BASE + 34, html_fill(h, TX_AGING_PICTURE, 1, &code));
  html_f(h, "<path class=\"axis\" d=\"M16 %dH%d\"/>\n", BASE, HTML_WIDE - 16);
  int group = (HTML_WIDE - 32) / AGING_BUCKETS;
  for (int b = 0; b < AGING_BUCKETS; b++) {
    int middle = 16 + group * b + group / 2;
    for (int s = 0; s < 2; s++) {
      int64_t minor = p->side[s].minor[b];
      int length = html_length(minor, p->most, BASE - TOP), x = s ? middle + 3 : middle - 3 - BAR;
      html_raw(h, "<g>");
      bar_title(h, r, p, s, b);
      if (length)
        html_f(h, "<path class=\"%s\" d=\"M%d %dv-%dh%dv%dz\"/>", SIDE_CLASS[s], x, BASE, length, BAR, length);
      html_f(h, "<text class=\"%s mid\" x=\"%d\" y=\"%d\">", minor ? "value" : "small", x + BAR / 2, BASE - length - 7);
      html_esc(h, html_compact(h, minor, currency_minor(p->cur)));
      html_raw(h, "</text></g>\n");
    }
    html_f(h, "<text class=\"label mid\" x=\"%d\" y=\"%d\">", middle, BASE + 24);
    html_esc(h, bucket_name(h, b));
    html_raw(h, "</text>\n");
  }
  html_raw(h, "</svg>\n");
}

static void narrow(html *h, const report *r, const pair *p) {
  slice code = currency_name(h, p->cur);
  html_svg(h, "narrow", HTML_NARROW, AGING_BUCKETS * NARROW_GROUP, html_fill(h, TX_AGING_PICTURE, 1, &code));
  for (int b = 0; b < AGING_BUCKETS; b++) {
    int y = b * NARROW_GROUP;
    html_f(h, "<text class=\"label\" x=\"0\" y=\"%d\">", y + 16);
    html_esc(h, bucket_name(h, b));
    html_raw(h, "</text>\n");
    for (int s = 0; s < 2; s++) {
      int64_t minor = p->side[s].minor[b];
      int length = html_length(minor, p->most, HTML_NARROW - 74), top = y + 23 + s * (NARROW_BAR + 3);
      html_raw(h, "<g>");
      bar_title(h, r, p, s, b);
      if (length)
        html_f(h, "<path class=\"%s\" d=\"M0 %dh%dv%dh-%dz\"/>", SIDE_CLASS[s], top, length, NARROW_BAR, length);
      html_f(h, "<text class=\"%s\" x=\"%d\" y=\"%d\">", minor ? "value" : "small", length + 6, top + 14);
      html_esc(h, html_compact(h, minor, currency_minor(p->cur)));
      html_raw(h, "</text></g>\n");
    }
  }
  html_raw(h, "</svg>\n");
}

static void amount_cell(html *h, money m) {
  html_raw(h, m.minor ? "<td class=\"n\">" : "<td class=\"n z\">");
  html_esc(h, html_money(h, m));
  html_raw(h, "</td>");
}

/* After less before; a dash where that does not fit 64 bits. */
static void change_cell(html *h, money before, money after) {
  money change;
  if (!money_sub(after, before, &change)) {
    html_raw(h, "<td class=\"n\">\u2014</td>");
    return;
  }
  html_raw(h, change.minor ? "<td class=\"n\">" : "<td class=\"n z\">");
  if (change.minor > 0) html_raw(h, "+");
  html_esc(h, html_money(h, change));
  html_raw(h, "</td>");
}

static void table_head(html *h, const report *r) {
  html_raw(h, "<div class=\"scroll\"><table class=\"aging\">\n<thead><tr>");
  html_th(h, TX_BUCKET, false);
  for (int s = 0; s < 2; s++) {
    html_raw(h, "<th scope=\"col\" class=\"n\">");
    html_esc(h, side_name(h, r, s));
    html_raw(h, "</th>");
    html_th(h, TX_INVOICES, true);
  }
  html_th(h, TX_CHANGE, true);
  html_raw(h, "</tr></thead>\n<tbody>\n");
}

static void table(html *h, const report *r, const pair *p) {
  table_head(h, r);
  money total[2] = {{0, p->cur}, {0, p->cur}};
  uint64_t invoices[2] = {0};
  bool fits = true;
  for (int b = 0; b < AGING_BUCKETS; b++) {
    html_raw(h, "<tr><th scope=\"row\">");
    html_esc(h, bucket_name(h, b));
    html_raw(h, "</th>");
    for (int s = 0; s < 2; s++) {
      money m = {p->side[s].minor[b], p->cur};
      amount_cell(h, m);
      html_td_number(h, p->side[s].invoices[b]);
      fits = money_add(total[s], m, &total[s]) && fits;
      invoices[s] += p->side[s].invoices[b];
    }
    change_cell(h, (money){p->side[0].minor[b], p->cur}, (money){p->side[1].minor[b], p->cur});
    html_raw(h, "</tr>\n");
  }
  html_raw(h, "</tbody>\n<tfoot><tr><th scope=\"row\">");
  html_say(h, TX_TOTAL);
  html_raw(h, "</th>");
  for (int s = 0; s < 2; s++) {
    if (fits)
      amount_cell(h, total[s]);
    else
      html_raw(h, "<td class=\"n\">\u2014</td>");
    html_td_number(h, invoices[s]);
  }
  if (fits)
    change_cell(h, total[0], total[1]);
  else
    html_raw(h, "<td class=\"n\">\u2014</td>");
  html_raw(h, "</tr></tfoot></table></div>\n");
}

static void one_currency(html *h, const report *r, currency cur) {
  pair p = pair_of(r, cur);
  html_raw(h, "<article class=\"card\"><h3>");
  html_esc(h, currency_name(h, cur));
  html_raw(h, "</h3>\n<ul class=\"legend\">");
  for (int s = 0; s < 2; s++) {
    html_f(h, "<li><i class=\"%s\"></i>", SIDE_CLASS[s]);
    html_esc(h, side_name(h, r, s));
    html_raw(h, "</li>");
  }
  html_raw(h, "</ul>\n");
  wide(h, r, &p);
  narrow(h, r, &p);
  table(h, r, &p);
  html_raw(h, "</article>\n");
}

void html_aging(html *h, const report *r) {
  html_raw(h, "<section id=\"aging\"><h2>");
  html_say(h, TX_AGING);
  html_raw(h, "</h2>\n");
  bool none = !r->aging_start_count && !r->aging_end_count;
  html_raw(h, none ? "<p class=\"card note\">" : "<p class=\"note\">");
  html_say(h, none ? TX_AGING_NONE : TX_AGING_NOTE);
  html_raw(h, "</p>\n");
  for (uint32_t i = 0; i < r->aging_start_count; i++) one_currency(h, r, r->aging_start[i].cur);
  for (uint32_t i = 0; i < r->aging_end_count; i++)
    if (!find(r->aging_start, r->aging_start_count, r->aging_end[i].cur)) one_currency(h, r, r->aging_end[i].cur);
  html_raw(h, "</section>\n");
}
