/* The simulation's page: head, key figures, what to look at, and the sections of html_parts.h in their order.
 *
 * Invariant: the page asks for nothing: no script, no link, no font, no image from elsewhere, and a content policy that
 * would stop one. */
#include "html_report.h"

#include <assert.h>

#include "html_parts.h"
#include "session.h"

static slice policy_name(const html *h, const program *p) {
  if (p->name.n) return p->name;
  if (!p->source_count || !p->sources[0].name.n) return html_word_of(h, TX_UNNAMED);
  slice s = p->sources[0].name; /* a path: its last part */
  for (size_t i = s.n; i-- > 0;)
    if (s.p[i] == '/' && i + 1 < s.n) return (slice){s.p + i + 1, s.n - i - 1};
  return s;
}

void html_page_head(html *h, slice name, slice what) {
  static const char *const TAGS[LANG_COUNT] = {"en", "pt-BR", "es"};
  html_f(h, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n", TAGS[h->lang]);
  html_raw(h, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
              "base-uri 'none'; "
              "form-action 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
  html_esc(h, name);
  html_raw(h, " \u00b7 ");
  html_esc(h, what);
  html_raw(h, "</title>\n<style>\n");
  html_raw(h, HTML_STYLE);
  html_raw(h, "</style>\n</head>\n<body>\n");
  html_raw(h, HTML_ICONS);
  html_raw(h, "<main>\n");
}

static void header(html *h, const report *r, slice name) {
  html_raw(h, "<header><p class=\"kicker\">");
  html_say(h, TX_SIMULATION);
  html_raw(h, " \u00b7 ");
  html_say(h, TX_NOT_SENT);
  html_raw(h, "</p>\n<h1>");
  html_user(h, name);
  html_raw(h, "</h1>\n<p class=\"period\"><span>");
  slice ends[2] = {html_date(h, r->from), html_date(h, r->to)};
  html_esc(h, r->days > 1 ? html_fill(h, TX_PERIOD, 2, ends) : ends[0]);
  html_raw(h, "</span><span>");
  html_esc(h, html_plural(h, TX_DAY_ONE, TX_DAY_MANY, r->days));
  html_raw(h, "</span><span>");
  html_esc(h, html_plural(h, TX_OPEN_ONE, TX_OPEN_MANY, r->invoices));
  html_raw(h, "</span></p>\n");
}

/* One sentence that says the whole of it. */
static void lead(html *h, const report *r, uint64_t messages) {
  uint64_t most;
  uint32_t day = html_peak(r, &most);
  slice say[3] = {html_number(h, (int64_t)messages), html_date(h, date_add_days(r->from, day)),
                  html_number(h, (int64_t)most)};
  html_raw(h, "<p class=\"lead\">");
  html_esc(h, html_fill(h, messages > 1 ? TX_LEAD_MANY : messages ? TX_LEAD_ONE : TX_LEAD_NONE, 3, say));
  html_raw(h, "</p></header>\n");
}

/* `asks`: a figure that wants attention unless it is 0. */
static void figure(html *h, html_word name, uint64_t n, html_word note, bool asks) {
  html_raw(h, n && asks ? "<div class=\"figure asks\"><dt>" : "<div class=\"figure\"><dt>");
  html_say(h, name);
  html_raw(h, n ? "</dt><dd>" : "</dt><dd class=\"z\">");
  html_esc(h, html_number(h, (int64_t)n));
  html_raw(h, "</dd><dd class=\"about\">");
  html_say(h, note);
  html_raw(h, "</dd></div>\n");
}

static void figures(html *h, const report *r, uint64_t messages, uint64_t undecided) {
  uint64_t people = 0;
  for (uint32_t d = 0; d < r->days; d++) people += r->internal[d];
  html_raw(h, "<dl class=\"figures\" aria-label=\"");
  html_say(h, TX_KEY_FIGURES);
  html_raw(h, "\">\n");
  figure(h, TX_MESSAGES, messages, TX_MESSAGES_NOTE, false);
  figure(h, TX_PEOPLE, people, TX_PEOPLE_NOTE, false);
  figure(h, TX_REACHED, r->reached, TX_REACHED_NOTE, false);
  figure(h, TX_NO_CONTACT, r->no_contact, TX_NO_CONTACT_NOTE, true);
  figure(h, TX_WAITING, r->waiting_end, TX_WAITING_NOTE, true);
  figure(h, TX_UNDECIDED, undecided, undecided ? TX_UNDECIDED_NOTE : TX_UNDECIDED_NONE, true);
  html_raw(h, "</dl>\n");
}

static void attention_row(html *h, html_word word, slice field, uint64_t n) {
  html_raw(h, "<tr><th scope=\"row\">");
  html_say(h, word);
  if (field.n) {
    html_raw(h, " <code>");
    html_user(h, field);
    html_raw(h, "</code>");
  }
  html_raw(h, "</th>");
  html_td_number(h, n);
  html_raw(h, "</tr>\n");
}

static const html_word UNDECIDED_WORDS[UNDECIDED_WHY_COUNT] = {[UNDECIDED_MISSING] = TX_MISSING_FIELD,
                                                               [UNDECIDED_CURRENCIES] = TX_TWO_CURRENCIES,
                                                               [UNDECIDED_NO_EXCHANGE] = TX_NO_EXCHANGE,
                                                               [UNDECIDED_NO_RATE] = TX_NO_RATE};

static void attention(html *h, const report *r) {
  bool none = !r->no_contact && !r->waiting_end && !r->undecided_count;
  html_raw(h, "<section id=\"attention\"><h2>");
  html_say(h, TX_ATTENTION);
  html_raw(h, none ? "</h2>\n<p class=\"card note\">" : "</h2>\n<p class=\"note\">");
  html_say(h, none ? TX_ATTENTION_NONE : TX_ATTENTION_NOTE);
  html_raw(h, "</p>\n");
  if (!none) {
    html_raw(h, "<div class=\"card\"><div class=\"scroll\"><table class=\"flat\">\n<thead><tr>");
    html_th(h, TX_WHAT_IT_IS, false);
    html_th(h, TX_HOW_MANY, true);
    html_raw(h, "</tr></thead>\n<tbody>\n");
    if (r->no_contact) attention_row(h, TX_NO_CONTACT_ROW, SLICE(""), r->no_contact);
    if (r->waiting_end) attention_row(h, TX_WAITING_ROW, SLICE(""), r->waiting_end);
    for (uint32_t i = 0; i < r->undecided_count; i++)
      attention_row(h, UNDECIDED_WORDS[r->undecided[i].why], texts_field(h->lang, h->perm, r->undecided[i].field),
                    r->undecided[i].rows);
    html_raw(h, "</tbody></table></div></div>\n");
  }
  html_raw(h, "</section>\n");
}

slice html_report(const report *r, const program *p, dun_lang lang, arena *perm) {
  for (uint32_t i = 0; i < r->rung_count; i++) assert(r->rungs[i].invoices <= r->reached);
  html h = html_new(perm, lang);
  uint64_t messages = 0, undecided = 0;
  for (uint32_t d = 0; d < r->days; d++) messages += html_day_messages(r, d);
  for (uint32_t i = 0; i < r->undecided_count; i++) undecided += r->undecided[i].rows;
  slice name = policy_name(&h, p);
  html_page_head(&h, name, html_word_of(&h, TX_SIMULATION));
  header(&h, r, name);
  lead(&h, r, messages);
  figures(&h, r, messages, undecided);
  html_ladders(&h, r, p);
  html_daily(&h, r);
  html_aging(&h, r);
  attention(&h, r);
  html_raw(&h, "</main>\n<footer><p>");
  html_say(&h, TX_FOOT);
  html_raw(&h, "</p></footer>\n</body>\n</html>\n");
  return text_slice(&h.out);
}

int html_report_write(session *s, const report *r) {
  const char *path = s->a->value[ARG_html].text.p;
  world_code code = s->w->write_file(s->w, path, html_report(r, s->c.program, s->lang, s->perm));
  if (code == WORLD_OK) return EXIT_FINE;
  return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE, slice_of(path), texts_world(s->lang, s->perm, code));
}
