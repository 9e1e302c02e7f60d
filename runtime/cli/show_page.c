/* A policy as one page: its picture, every sentence, and a table of its rungs. */
#include "html_parts.h"
#include "show.h"

static void words_section(html *h, const prose *words) {
  bool list = false;
  html_raw(h, "<section id=\"words\"><h2>");
  html_esc(h, slice_of(texts_word(h->lang, TXT_SHOW_IN_WORDS)));
  html_raw(h, "</h2>\n<div class=\"card\">\n");
  for (uint32_t i = 1; i < words->n; i++) { /* the title is the page's */
    const prose_block *b = &words->v[i];
    bool in_list = b->kind == PROSE_ITEM;
    if (in_list != list) html_raw(h, in_list ? "<ul class=\"told\">\n" : "</ul>\n");
    list = in_list;
    html_raw(h, b->kind == PROSE_HEADING ? "<h3>" : in_list ? "<li>" : "<p>");
    if (b->lead.n) {
      html_raw(h, "<b>");
      html_esc(h, b->lead);
      html_raw(h, ":</b> ");
    }
    html_user(h, b->text);
    html_raw(h, b->kind == PROSE_HEADING ? "</h3>\n" : in_list ? "</li>\n" : "</p>\n");
  }
  html_raw(h, list ? "</ul>\n</div></section>\n" : "</div></section>\n");
}

static void cell_head(html *h, text_id id) {
  html_raw(h, "<th scope=\"col\">");
  html_esc(h, slice_of(texts_word(h->lang, id)));
  html_raw(h, "</th>");
}

static void step_row(html *h, const show_track *t, const show_step *s) {
  html_raw(h, "<tr><th scope=\"row\">");
  html_user(h, t->name);
  html_raw(h, "</th><td>");
  html_esc(h, s->when);
  html_raw(h, "</td><td>");
  for (uint32_t i = 0; i < s->rows; i++) {
    const show_row *r = &s->row[i];
    html_raw(h, r->under_guard ? "<div class=\"under\">" : "<div>");
    if (r->icon != SHOW_NO_ICON)
      html_icon_inline(h, r->icon == SHOW_PEOPLE ? HTML_OTHER : html_channel_id((channel)r->icon));
    html_raw(h, " ");
    html_user(h, r->text);
    html_raw(h, "</div>");
  }
  html_raw(h, "</td></tr>\n");
}

static void table(html *h, const show_model *m) {
  html_raw(h, "<section id=\"rungs\"><h2>");
  html_esc(h, slice_of(texts_word(h->lang, TXT_SHOW_RUNGS)));
  html_raw(h, "</h2>\n<div class=\"card\"><div class=\"scroll\"><table>\n<thead><tr>");
  cell_head(h, TXT_SHOW_WHERE);
  cell_head(h, TXT_SHOW_WHEN);
  cell_head(h, TXT_SHOW_WHAT);
  html_raw(h, "</tr></thead>\n<tbody>\n");
  for (uint32_t i = 0; i < m->tracks; i++)
    for (uint32_t s = 0; s < m->track[i].steps; s++) step_row(h, &m->track[i], &m->track[i].step[s]);
  html_raw(h, "</tbody></table></div></div></section>\n");
}

slice show_page(arena *perm, const show_model *m, const prose *words) {
  html h = html_new(perm, m->lang);
  slice kind = slice_of(texts_word(m->lang, TXT_SHOW_PAGE));
  html_page_head(&h, m->title, kind);
  html_raw(&h, "<style>.told{padding-left:1.2em;margin:6px 0 14px}.told li{margin:5px 0}#words h3{margin-top:22px}"
               "#words p{margin-top:6px}.under{padding-left:1.2em}.ds{display:block;width:100%;height:auto}</style>\n"
               "<header><p class=\"kicker\">");
  html_esc(&h, kind);
  html_raw(&h, "</p>\n<h1>");
  html_user(&h, m->title);
  html_raw(&h, "</h1></header>\n<div class=\"card\"><div class=\"scroll\">\n");
  text_add(&h.out, show_svg(perm, m, false));
  html_raw(&h, "</div></div>\n");
  words_section(&h, words);
  table(&h, m);
  html_raw(&h, "</main>\n<footer><p>");
  html_esc(&h, slice_of(texts_word(m->lang, TXT_SHOW_FOOT)));
  html_raw(&h, "</p></footer>\n</body>\n</html>\n");
  return text_slice(&h.out);
}
