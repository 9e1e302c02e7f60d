/* The picture as SVG: no script, no font from elsewhere, a title and a description for who hears it, colours for light,
 * dark and paper. What a colour says an icon or a word says as well.
 *
 * Invariant: boxes of text never overlap: lines stand one below the other, and labels of the line of days have their
 * room (show_spread) or are left out, since every step below says its day. */
#include "html_parts.h"
#include "lang/base/utf8.h"
#include "show.h"

enum {
  WIDTH = 960,
  LEFT = 28,
  RIGHT = WIDTH - 28,
  LINE = 18,
  WHEN_WIDTH = 240,
  ROWS = LEFT + WHEN_WIDTH + 22, /* where the rows begin */
  STEP_IN = 22,
  ICON = 16,
  ICON_ROW = 19,
  LEADER = 26,
  LABEL_AIR = 9,
};

typedef struct canvas {
  html h;
  int y;
} canvas;

static const char STYLE[] =
    ".ds text{font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",\"Noto Sans\",\"Liberation "
    "Sans\",Arial,sans-serif;font-size:13px;fill:#18212e}.ds .soft{fill:#566273}.ds .b{font-weight:600}.ds "
    ".h{font-size:17px;font-weight:600}.ds .t{font-size:21px;font-weight:600}.ds .mid{text-anchor:middle}.ds "
    ".bg{fill:#fff}.ds .rule,.ds .hair,.ds .lead,.ds .axis,.ds .late,.ds .fork,.ds .sign{fill:none}.ds "
    ".rule{stroke:#b9c2ce}.ds .hair{stroke:#dfe3e9}.ds .lead{stroke:#8894a5}.ds .axis{stroke:#566273;stroke-width:1.5;"
    "stroke-dasharray:5 3}.ds .late{stroke:#18212e;stroke-width:2.5}.ds .fork{stroke:#8894a5;stroke-width:1.5}.ds "
    ".sign{stroke:#566273;stroke-width:1.6}.ds .dot{fill:#1f4f82;stroke:#fff;stroke-width:2}.ds "
    ".due{fill:#b34700;stroke:#fff;stroke-width:2}.ds .gap{fill:#fff}.ds .c-email{color:#0072b2}.ds "
    ".c-whatsapp{color:#00805d}.ds .c-sms{color:#b57a00}.ds .c-teams{color:#a25c8f}.ds .c-slack{color:#d55e00}.ds "
    ".c-people{color:#5d6674}"
    "@media screen and (prefers-color-scheme:dark){.ds text{fill:#e8ecf1}.ds .soft{fill:#9aa7b7}.ds .bg,.ds "
    ".gap{fill:#18202a}.ds .rule{stroke:#4d5d70}.ds .hair{stroke:#2d3846}.ds .lead,.ds .fork{stroke:#77869a}.ds "
    ".axis,.ds .sign{stroke:#9aa7b7}.ds .late{stroke:#e8ecf1}.ds .dot{fill:#6ea8e0;stroke:#18202a}.ds "
    ".due{fill:#f2a065;stroke:#18202a}.ds .c-email{color:#56a8e0}.ds .c-whatsapp{color:#2fc296}.ds "
    ".c-sms{color:#edb640}.ds .c-teams{color:#cc8abb}.ds .c-slack{color:#f08a4b}.ds .c-people{color:#8f9bab}}"
    "@media print{.ds text,.ds .soft{fill:#000}.ds .ic{color:#000}.ds .dot,.ds .due{fill:#000}}";

static const char *icon_id(int icon) { return icon == SHOW_PEOPLE ? HTML_OTHER : html_channel_id((channel)icon); }

static void say(canvas *c, const char *class, int x, int y, slice s) {
  html_f(&c->h, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
  html_esc(&c->h, s);
  html_raw(&c->h, "</text>\n");
}

/* Bold letters are wider. */
static int bold_width(slice s) { return html_text_width(s) * 6 / 5; }

/* How many columns of a text fit, as html_text_width counts. */
static size_t fits(int width, int size) { return (size_t)(width * 2 * 13 / (15 * size)); }

/* The text in lines from the next one on. */
static void paragraph(canvas *c, const char *class, int x, int width, slice s) {
  bool bold = class[0] == 'b';
  prose_sentences cut = show_wrap(c->h.perm, s, fits(width, bold ? 13 * 6 / 5 : 13));
  for (uint32_t i = 0; i < cut.n; i++) say(c, class, x, c->y += LINE, cut.v[i]);
}

/* ---- what holds for all ---- */

/* Two bars: held back. A dial: when messages go. */
static void sign(canvas *c, bool held, int y) {
  if (held)
    html_f(&c->h, "<path class=\"sign\" d=\"M%d %dv10M%d %dv10\" stroke-width=\"3\"/>", LEFT + 4, y, LEFT + 10, y);
  else
    html_f(&c->h, "<path class=\"sign\" d=\"M%d %da6 6 0 1 0 .1 0zm0 2v4l3 2\"/>", LEFT + 7, y - 1);
}

static void sentences(canvas *c, const prose_sentences *s, bool held, text_id title) {
  if (!s->n) return;
  c->y += LINE + 6;
  sign(c, held, c->y - 10);
  if (title != TXT_NONE)
    say(c, "b", LEFT + STEP_IN, c->y, slice_of(texts_word(c->h.lang, title)));
  else
    c->y -= LINE;
  for (uint32_t i = 0; i < s->n; i++) {
    paragraph(c, "soft", LEFT + STEP_IN, RIGHT - LEFT - STEP_IN, s->v[i]);
    c->y += 3;
  }
}

/* ---- the line of days ---- */

static int icons_most(const show_line *l) {
  int most = 0;
  for (uint32_t i = 0; i < l->n; i++) {
    int n = __builtin_popcount(l->v[i].icons);
    if (n > most) most = n;
  }
  return most;
}

static void mark(canvas *c, const show_mark *m, int at, int base) {
  int top = base - LEADER - 6;
  say(c, "b mid", LEFT + at, top, m->text);
  html_f(&c->h, "<path class=\"lead\" d=\"M%d %dv4L%d %dv4\"/>", LEFT + at, top + 4, LEFT + m->at, base - 6);
  int y = top - 14;
  for (int i = 0; i < SHOW_ICONS; i++)
    if (m->icons >> i & 1) html_icon(&c->h, icon_id(i), LEFT + at - ICON / 2, y -= ICON_ROW, ICON);
}

static void broken(canvas *c, int x, int y) {
  html_raw(&c->h, "<g><title>");
  html_esc(&c->h, slice_of(texts_word(c->h.lang, TXT_SHOW_BROKEN)));
  html_f(&c->h,
         "</title><path class=\"gap\" d=\"M%d %dh8v16h-8z\"/><path class=\"sign\" d=\"M%d %dl5-14M%d %dl5-14\"/></g>\n",
         x - 4, y - 8, x - 6, y + 7, x + 1, y + 7);
}

static void line_of_days(canvas *c, const show_track *t) {
  int length = RIGHT - LEFT;
  show_line l = show_line_of(c->h.perm, t, length - 60);
  int *at = ARENA_ARRAY(c->h.perm, l.n + 1, int), *room = ARENA_ARRAY(c->h.perm, l.n + 1, int);
  for (uint32_t i = 0; i < l.n; i++) {
    l.v[i].at += 30;
    at[i] = l.v[i].at;
    room[i] = bold_width(l.v[i].text) + LABEL_AIR;
  }
  bool labelled = show_spread(c->h.perm, at, room, l.n, length);
  int base = c->y + (labelled ? icons_most(&l) * ICON_ROW + 22 + LEADER + 8 : 24), zero = LEFT + l.zero + 30;
  html_f(&c->h, "<path class=\"axis\" d=\"M%d %dH%d\"/><path class=\"late\" d=\"M%d %dH%d\"/>\n", LEFT, base, zero,
         zero, base, RIGHT);
  for (uint32_t i = 0; i < l.breaks; i++) broken(c, LEFT + 30 + l.broken[i], base);
  for (uint32_t i = 0; i < l.n; i++) {
    if (labelled) mark(c, &l.v[i], at[i], base);
    html_f(&c->h, "<circle class=\"dot\" cx=\"%d\" cy=\"%d\" r=\"5\"/>\n", LEFT + l.v[i].at, base);
  }
  html_f(&c->h, "<path class=\"due\" d=\"M%d %dl8 8l-8 8l-8-8z\"/>", zero, base - 8);
  int half = bold_width(t->anchor) / 2 + 2, x = zero;
  if (x - half < LEFT) x = LEFT + half;
  if (x + half > RIGHT) x = RIGHT - half;
  say(c, "b mid", x, base + 24, t->anchor);
  c->y = base + 32;
}

/* ---- steps ---- */

static void action_row(canvas *c, const show_row *r) {
  int x = ROWS + (r->under_guard ? 20 : 0) + (r->kind == SHOW_FALLBACK ? 26 : 0);
  if (r->kind == SHOW_FALLBACK)
    html_f(&c->h, "<path class=\"fork\" d=\"M%d %dv8h12m-4-4l4 4l-4 4\"/>", x - 18, c->y + 4);
  if (r->icon != SHOW_NO_ICON) html_icon(&c->h, icon_id(r->icon), x, c->y + 5, ICON);
  paragraph(c, "", x + ICON + 7, RIGHT - x - ICON - 7, r->text);
}

/* The rows of a step. A guard is a fork: a line goes from it down along what it lets through. */
static void rows(canvas *c, const show_step *s) {
  int last = 0; /* how far the fork's line goes */
  for (uint32_t i = 0; i < s->rows; i++) {
    const show_row *r = &s->row[i];
    bool other = r->kind == SHOW_OTHERWISE;
    if (other || r->kind == SHOW_GUARD) {
      int y = c->y + 13, x = ROWS + 4 + (other ? 9 : 0);
      if (other) html_f(&c->h, "<path class=\"fork\" d=\"M%d %dV%dh4\"/>", ROWS + 4, last, y);
      html_f(&c->h, "<path class=\"fork\" d=\"M%d %dl5 5l-5 5l-5-5z\"/>", x, y - 5);
      paragraph(c, "b", x + 16, RIGHT - x - 16, r->text);
      last = other ? y : y + 5;
    } else
      action_row(c, r);
    c->y += 2;
  }
}

static void step(canvas *c, const show_step *s) {
  c->y += 8;
  html_f(&c->h, "<path class=\"hair\" d=\"M%d %dH%d\"/>\n", LEFT, c->y, RIGHT);
  c->y += 3;
  bool beside = s->times || html_text_width(s->when) <= 2 * WHEN_WIDTH; /* a long condition has lines of its own */
  int top = c->y;
  paragraph(c, "b", LEFT, beside ? WHEN_WIDTH : RIGHT - LEFT, s->when);
  int below = c->y;
  if (beside) c->y = top;
  rows(c, s);
  if (c->y < below) c->y = below;
}

static void draw_track(canvas *c, const show_track *t) {
  c->y += 26;
  html_f(&c->h, "<path class=\"rule\" d=\"M%d %dH%d\"/>\n", LEFT, c->y, RIGHT);
  c->y += 10;
  prose_sentences name = show_wrap(c->h.perm, t->name, fits(RIGHT - LEFT, 17 * 6 / 5));
  for (uint32_t i = 0; i < name.n; i++) say(c, "h", LEFT, c->y += 20, name.v[i]);
  if (t->whom.n) paragraph(c, "soft", LEFT, RIGHT - LEFT, t->whom);
  sentences(c, &t->held, true, TXT_NONE);
  sentences(c, &t->sent, false, TXT_NONE);
  if (t->anchor.n && t->steps) {
    c->y += 12;
    line_of_days(c, t);
  }
  for (uint32_t i = 0; i < t->steps; i++) step(c, &t->step[i]);
}

slice show_said(arena *perm, const show_track *t) {
  text said = text_new(perm);
  for (uint32_t s = 0; s < t->steps; s++) {
    text_add(&said, t->step[s].when);
    for (uint32_t r = 0; r < t->step[s].rows; r++)
      text_printf(&said, "%s%.*s", r ? "; " : ": ", SLICE_ARG(t->step[s].row[r].text));
    text_cstr(&said, ". ");
  }
  return text_slice(&said);
}

static void description(canvas *c, const show_model *m) {
  for (uint32_t i = 0; i < m->tracks; i++) {
    html_esc(&c->h, m->track[i].name);
    html_raw(&c->h, ": ");
    html_esc(&c->h, show_said(c->h.perm, &m->track[i]));
  }
}

slice show_svg(arena *perm, const show_model *m, bool alone) {
  static const char *const TAGS[LANG_COUNT] = {"en", "pt-BR", "es"};
  canvas body = {html_new(perm, m->lang), 20}, out = {html_new(perm, m->lang), 0};
  prose_sentences title = show_wrap(perm, m->title, fits(RIGHT - LEFT, 21 * 6 / 5));
  for (uint32_t i = 0; i < title.n; i++) say(&body, "t", LEFT, body.y += 24, title.v[i]);
  sentences(&body, &m->held, true, TXT_SHOW_HELD);
  sentences(&body, &m->sent, false, TXT_SHOW_SENT);
  for (uint32_t i = 0; i < m->tracks; i++) draw_track(&body, &m->track[i]);
  int height = body.y + 24;
  html_f(&out.h, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ds\" viewBox=\"0 0 %d %d\"", WIDTH, height);
  if (alone) html_f(&out.h, " width=\"%d\" height=\"%d\"", WIDTH, height);
  html_f(&out.h, " xml:lang=\"%s\" role=\"img\" aria-labelledby=\"ds-title ds-desc\">\n<title id=\"ds-title\">",
         TAGS[m->lang]);
  html_esc(&out.h, TEXTS(m->lang, perm, SHOW_PICTURE_OF, m->title));
  html_raw(&out.h, "</title>\n<desc id=\"ds-desc\">");
  description(&out, m);
  html_raw(&out.h, "</desc>\n<style>");
  html_raw(&out.h, STYLE);
  html_raw(&out.h, "</style>\n");
  if (alone) html_raw(&out.h, HTML_ICONS);
  html_f(&out.h, "<path class=\"bg\" d=\"M0 0h%dv%dH0z\"/>\n", WIDTH, height);
  text_add(&out.h.out, text_slice(&body.h.out));
  html_raw(&out.h, "</svg>\n");
  return text_slice(&out.h.out);
}
