/* See report_read.h: a report on one page. Every picture has the same numbers in the table below it. */
#include "html_parts.h"
#include "report_read.h"

enum { CHART_ROWS = 12, ROW = 30, LABEL = 190, BARS = HTML_WIDE - LABEL - 20 };

static slice shown(const metrics_value *v, dun_lang lang, arena *perm) {
  if (!v->known) return TEXTS(lang, perm, RP_UNKNOWN);
  return v->kind == METRICS_SAID ? texts_said(lang, perm, v->text) : metrics_text(v, lang, perm);
}

static bool is_number(metrics_kind k) { return k != METRICS_TEXT && k != METRICS_SAID && k != METRICS_DATE; }

/* ---- pictures ---- */

static const metrics_value *cell(const metrics_table *t, uint32_t row, uint32_t at) {
  return &t->cells[(size_t)row * t->column_count + at];
}

/* The columns that a picture shows: of a stack the sums that make up the total, else the first of them. */
static uint32_t first_money(const metrics_table *t) {
  uint32_t c = 0;
  while (c < t->column_count && t->columns[c].kind != METRICS_MONEY && t->columns[c].kind != METRICS_COUNT) c++;
  return c;
}
static uint32_t stack_end(const metrics_table *t, uint32_t from) {
  uint32_t c = from;
  while (c < t->column_count && t->columns[c].kind == METRICS_MONEY && strcmp(t->columns[c].name, "overdue") != 0) c++;
  return c;
}

static int64_t row_sum(const metrics_table *t, uint32_t row, uint32_t from, uint32_t to) {
  int64_t sum = 0;
  for (uint32_t c = from; c < to; c++)
    if (cell(t, row, c)->known && cell(t, row, c)->n > 0) sum += cell(t, row, c)->n;
  return sum;
}

static void bar(html *h, const metrics_table *t, uint32_t row, uint32_t from, uint32_t to, int64_t most) {
  int x = LABEL, y = (int)row * ROW + 6;
  slice label = {0};
  for (uint32_t c = 0; c < from; c++) {
    slice s = shown(cell(t, row, c), h->lang, h->perm);
    label = label.n ? arena_printf(h->perm, "%.*s \u00b7 %.*s", SLICE_ARG(label), SLICE_ARG(s)) : s;
  }
  html_f(h, "<text x=\"%d\" y=\"%d\" class=\"end\">", LABEL - 10, y + 14);
  html_esc(h, label.n > 30 ? (slice){label.p, 30} : label);
  html_raw(h, "</text>\n");
  for (uint32_t c = from; c < to; c++) {
    const metrics_value *v = cell(t, row, c);
    int w = v->known && v->n > 0 && most > 0 ? (int)((int128)v->n * BARS / most) : 0;
    if (w == 0) continue;
    html_f(h, "<rect class=\"after\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"18\" opacity=\".%d\"><title>", x, y, w,
           to - from > 1 ? 25 + (int)((c - from) * 70 / (to - from)) : 90);
    html_esc(h, report_said(h->lang, h->perm, t->columns[c].title));
    html_raw(h, ": ");
    html_esc(h, shown(v, h->lang, h->perm));
    html_raw(h, "</title></rect>\n");
    x += w;
  }
}

/* Bars of the first rows; those of one currency alone have one scale. */
static void picture(html *h, const metrics_table *t) {
  uint32_t from = first_money(t), rows = t->row_count < CHART_ROWS ? t->row_count : CHART_ROWS;
  if (!t->chart || from == t->column_count || rows == 0) return;
  uint32_t to = strcmp(t->chart, "stack") == 0 ? stack_end(t, from) : from + 1, scale = 0;
  int64_t most = 0;
  while (scale < rows && cell(t, scale, from)->cur == cell(t, 0, from)->cur) scale++;
  for (uint32_t i = 0; i < scale; i++)
    if (row_sum(t, i, from, to) > most) most = row_sum(t, i, from, to);
  if (most == 0) return;
  html_svg(h, "pic", HTML_WIDE, (int)scale * ROW + 8, report_said(h->lang, h->perm, t->title));
  for (uint32_t i = 0; i < scale; i++) bar(h, t, i, from, to, most);
  html_raw(h, "</svg>\n");
}

/* ---- tables ---- */

static void table(html *h, const metrics_table *t) {
  html_raw(h, "<section><h2>");
  html_esc(h, report_said(h->lang, h->perm, t->title));
  html_raw(h, "</h2>\n<div class=\"card\">\n");
  picture(h, t);
  html_raw(h, "<div class=\"scroll\"><table><thead><tr>");
  for (uint32_t c = 0; c < t->column_count; c++) {
    html_f(h, "<th scope=\"col\"%s>", is_number(t->columns[c].kind) ? " class=\"num\"" : "");
    html_esc(h, report_said(h->lang, h->perm, t->columns[c].title));
    html_raw(h, "</th>");
  }
  html_raw(h, "</tr></thead><tbody>\n");
  for (uint32_t i = 0; i < t->row_count; i++) {
    html_raw(h, "<tr>");
    for (uint32_t c = 0; c < t->column_count; c++) {
      html_raw(h, is_number(t->columns[c].kind) ? "<td class=\"num\">" : "<td>");
      html_user(h, shown(cell(t, i, c), h->lang, h->perm));
      html_raw(h, "</td>");
    }
    html_raw(h, "</tr>\n");
  }
  html_raw(h, "</tbody></table></div></div></section>\n");
}

/* ---- figures ---- */

static void figures(html *h, const metrics_result *r) {
  if (!r->figure_count) return;
  html_raw(h, "<dl class=\"figures\">\n");
  for (uint32_t i = 0; i < r->figure_count; i++) {
    const metrics_figure *f = &r->figures[i];
    html_raw(h, "<div class=\"figure\"><dt>");
    html_esc(h, report_said(h->lang, h->perm, f->title));
    html_raw(h, f->cur != CURRENCY_NONE ? " \u00b7 " : "");
    html_esc(h, slice_of(currency_code(f->cur)));
    html_raw(h, "</dt><dd>");
    html_esc(h, shown(&f->now, h->lang, h->perm));
    html_raw(h, "</dd><dd class=\"about\">");
    html_esc(h, TEXTS(h->lang, h->perm, RP_BEFORE, shown(&f->before, h->lang, h->perm)));
    html_raw(h, "</dd><dd class=\"about\">");
    html_esc(h, report_said(h->lang, h->perm, f->how));
    html_raw(h, "</dd></div>\n");
  }
  html_raw(h, "</dl>\n");
}

slice report_page(const metrics_result *r, slice name, dun_lang lang, arena *perm) {
  html h = html_new(perm, lang);
  char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX];
  slice first = {from, date_text(r->from, lang, from)}, last = {to, date_text(r->to, lang, to)};
  slice title = report_said(lang, perm, metrics_report_title(r->report));
  html_page_head(&h, name.n ? name : SLICE("Dun"), title);
  html_raw(&h, "<header><p class=\"kicker\">");
  html_user(&h, name);
  html_raw(&h, "</p>\n<h1>");
  html_esc(&h, title);
  html_raw(&h, "</h1>\n<p class=\"period\"><span>");
  html_esc(&h, TEXTS(lang, perm, RP_PERIOD, first, last));
  html_raw(&h, "</span></p></header>\n");
  figures(&h, r);
  for (uint32_t i = 0; i < r->table_count; i++) table(&h, &r->tables[i]);
  if (r->note_count) html_raw(&h, "<section>\n");
  for (uint32_t i = 0; i < r->note_count; i++) {
    html_raw(&h, "<p class=\"note\">");
    html_esc(&h, texts_said(lang, perm, r->notes[i]));
    html_raw(&h, "</p>\n");
  }
  if (r->note_count) html_raw(&h, "</section>\n");
  html_raw(&h, "</main>\n</body>\n</html>\n");
  return text_slice(&h.out);
}
