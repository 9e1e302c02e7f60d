/* The ladders of the simulation's page: for each its sentence, its picture, and its table, in which every rung is told
 * in the policy's own words. Owns nothing; reads the report's counts and the program's sources. */
#include "html_parts.h"
#include "html_timeline.h"
#include "lang/syntax/keyword.h"

enum { QUOTE_MAX = 400 }; /* bytes of the policy that are shown in one place */

/* The policy's text at a span, spaces and line ends as one space, comments left out; empty where the span is not in a
 * source. */
static slice quote(arena *perm, const program *p, span at) {
  if (at.file >= p->source_count) return SLICE("");
  slice s = p->sources[at.file].text;
  if (at.from >= at.to || at.to > s.n) return SLICE("");
  text t = text_new(perm);
  bool inside = false, gap = false; /* inside of quotes */
  for (uint32_t i = at.from; i < at.to; i++) {
    char c = s.p[i];
    if (c == '"') inside = !inside;
    if (c == '#' && !inside)
      while (i + 1 < at.to && s.p[i + 1] != '\n') i++;
    if ((c == '#' && !inside) || c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      gap = t.n > 0;
      continue;
    }
    if (gap) text_char(&t, ' ');
    gap = false;
    text_char(&t, c);
  }
  slice out = text_slice(&t);
  if (out.n <= QUOTE_MAX) return out;
  size_t cut = QUOTE_MAX;
  while (cut && ((unsigned char)out.p[cut] & 0xc0) == 0x80) cut--; /* not within a character */
  return arena_printf(perm, "%.*s\u2026", (int)cut, out.p);
}

/* "5 business days after due" */
static slice rung_words(html *h, const html_ladder *l, const html_step *s) {
  static const html_word ONE[UNIT_COUNT] = {TX_DAY_ONE, TX_BUSINESS_DAY_ONE, TX_WEEK_ONE, TX_MONTH_ONE, TX_YEAR_ONE};
  static const html_word MANY[UNIT_COUNT] = {TX_DAY_MANY, TX_BUSINESS_DAY_MANY, TX_WEEK_MANY, TX_MONTH_MANY,
                                             TX_YEAR_MANY};
  html_offset o;
  if (!html_offset_of(s->count->written, &o)) return s->count->written;
  slice say[2] = {html_plural(h, ONE[o.unit], MANY[o.unit], o.n), l->anchor};
  bool due = !l->anchor.n;
  html_word word = o.n == 0   ? (due ? TX_AT_DUE : TX_AT_FIELD)
                   : o.before ? (due ? TX_BEFORE_DUE : TX_BEFORE_FIELD)
                              : (due ? TX_AFTER_DUE : TX_AFTER_FIELD);
  return html_fill(h, word, 2, say);
}

static const rung *find_rung(const ladder *l, slice written) {
  for (uint32_t i = 0; i < l->rung_count; i++)
    if (slice_eq(l->rungs[i].written, written)) return &l->rungs[i];
  return NULL;
}

/* What the rung may do, whether or not it came to it. */
static void add_actions(html_step *s, const line *said) {
  for (uint32_t b = 0; b < said->branch_count; b++)
    for (uint32_t i = 0; i < said->branches[b].action_count; i++) {
      const action *a = &said->branches[b].actions[i];
      if (a->kind != ACT_SEND) s->people = true;
      for (uint32_t w = 0; w < a->way_count; w++) s->channels |= 1u << a->ways[w].ch;
    }
}

static html_step step_of(const report_rung *r, const ladder *said) {
  html_step s = {r, said ? find_rung(said, r->written) : NULL, 0, r->other > 0};
  for (unsigned c = 0; c < CH_COUNT; c++)
    if (r->by_channel[c]) s.channels |= 1u << c;
  for (uint32_t i = 0; s.said && i < s.said->body.count; i++) add_actions(&s, &s.said->body.v[i]);
  return s;
}

static slice anchor_name(const html *h, const program *p, const ladder *said) {
  if (!said || said->anchor == NO_USE || said->anchor >= p->use_count) return SLICE("");
  uint16_t field = p->uses[said->anchor].field;
  if (field == FIELD_INVOICE_DUE) return SLICE("");
  if (field < FIELD_COUNT) return slice_of(FIELDS[field].name[h->lang]);
  return p->custom[field - FIELD_COUNT].name;
}

/* The rungs of one ladder, by day; of equal days the first in the report first. */
static html_ladder ladder_of(html *h, const report *r, const program *p, uint32_t index) {
  const ladder *said = index < p->ladder_count ? &p->ladders[index] : NULL;
  html_ladder l = {.said = said, .anchor = anchor_name(h, p, said), .name = said ? said->name : SLICE("")};
  if (!l.name.n) {
    slice number = html_number(h, (int64_t)index + 1);
    l.name = html_fill(h, TX_LADDER_UNNAMED, 1, &number);
  }
  html_step *steps = ARENA_ARRAY(h->perm, r->rung_count + 1, html_step);
  for (uint32_t i = 0; i < r->rung_count; i++) {
    if (r->rungs[i].ladder != index) continue;
    html_step s = step_of(&r->rungs[i], said);
    uint32_t at = l.count++;
    for (; at && steps[at - 1].count->days > s.count->days; at--) steps[at] = steps[at - 1];
    steps[at] = s;
    if (s.count->invoices > l.most) l.most = s.count->invoices;
    l.channels |= s.channels;
    l.people |= s.people;
  }
  l.steps = steps;
  return l;
}

static void legend(html *h, const html_ladder *l) {
  html_raw(h, "<ul class=\"legend\">");
  for (unsigned c = 0; c < CH_COUNT; c++) {
    if (!(l->channels >> c & 1)) continue;
    html_raw(h, "<li>");
    html_icon_inline(h, html_channel_id((channel)c));
    html_f(h, "%s</li>", html_channel_name((channel)c));
  }
  if (l->people) {
    html_raw(h, "<li>");
    html_icon_inline(h, HTML_OTHER);
    html_say(h, TX_OTHER);
    html_raw(h, "</li>");
  }
  html_raw(h, "</ul>\n");
}

static void table_head(html *h, const html_ladder *l) {
  html_raw(h, "<thead><tr>");
  html_raw(h, "<th scope=\"col\"><div class=\"rung\"><span>");
  html_say(h, TX_RUNG);
  html_raw(h, "</span><span>");
  html_say(h, TX_WHAT);
  html_raw(h, "</span></div></th>");
  html_th(h, TX_INVOICES, true);
  for (unsigned c = 0; c < CH_COUNT; c++)
    if (l->channels >> c & 1) html_f(h, "<th scope=\"col\" class=\"n\">%s</th>", html_channel_name((channel)c));
  if (l->people) html_th(h, TX_OTHER, true);
  html_raw(h, "</tr></thead>\n");
}

/* The rung in words and, beside it (below it on a telephone), what the policy says. */
static void table_row(html *h, const program *p, const html_ladder *l, const html_step *s) {
  html_raw(h, "<tr><th scope=\"row\"><div class=\"rung\"><span>");
  html_esc(h, rung_words(h, l, s));
  html_raw(h, "</span><span>");
  for (uint32_t i = 0; s->said && i < s->said->body.count; i++) {
    slice words = quote(h->perm, p, s->said->body.v[i].at);
    if (!words.n) continue;
    html_raw(h, "<code>");
    html_user(h, words);
    html_raw(h, "</code>");
  }
  html_raw(h, "</span></div></th>");
  html_td_number(h, s->count->invoices);
  for (unsigned c = 0; c < CH_COUNT; c++)
    if (l->channels >> c & 1) html_td_number(h, s->count->by_channel[c]);
  if (l->people) html_td_number(h, s->count->other);
  html_raw(h, "</tr>\n");
}

static void table(html *h, const program *p, const html_ladder *l) {
  html_raw(h, "<div class=\"scroll\"><table>\n");
  table_head(h, l);
  html_raw(h, "<tbody>\n");
  uint64_t sum[CH_COUNT] = {0}, other = 0;
  for (uint32_t i = 0; i < l->count; i++) {
    table_row(h, p, l, &l->steps[i]);
    for (unsigned c = 0; c < CH_COUNT; c++) sum[c] += l->steps[i].count->by_channel[c];
    other += l->steps[i].count->other;
  }
  /* Invoices are not added up: one invoice climbs several rungs. */
  html_raw(h, "</tbody>\n<tfoot><tr><th scope=\"row\">");
  html_say(h, TX_TOTAL);
  html_raw(h, "</th><td></td>");
  for (unsigned c = 0; c < CH_COUNT; c++)
    if (l->channels >> c & 1) html_td_number(h, sum[c]);
  if (l->people) html_td_number(h, other);
  html_raw(h, "</tr></tfoot></table></div>\n");
}

/* The remark on business days, where a rung is written in them. */
static void business_note(html *h, const html_ladder *l) {
  for (uint32_t i = 0; i < l->count; i++) {
    html_offset o;
    if (!html_offset_of(l->steps[i].count->written, &o) || o.unit != UNIT_BUSINESS_DAY) continue;
    slice unit = kw_text(KW_UNIT_BUSINESS_DAY, h->lang);
    html_raw(h, "<p class=\"note\">");
    html_esc(h, html_fill(h, TX_BUSINESS_NOTE, 1, &unit));
    html_raw(h, "</p>\n");
    return;
  }
}

static void one_ladder(html *h, const program *p, const html_ladder *l) {
  html_raw(h, "<article class=\"card\"><h3>");
  html_user(h, l->name);
  html_raw(h, "</h3>\n");
  slice header = l->said ? quote(h->perm, p, l->said->at) : SLICE("");
  if (header.n) {
    html_raw(h, "<p class=\"said\"><code>");
    html_user(h, header);
    html_raw(h, "</code></p>\n");
  }
  if (!l->count) {
    html_raw(h, "<p class=\"note\">");
    html_say(h, TX_NO_RUNGS);
    html_raw(h, "</p></article>\n");
    return;
  }
  legend(h, l);
  html_timeline_wide(h, l);
  html_timeline_narrow(h, l);
  business_note(h, l);
  table(h, p, l);
  html_raw(h, "</article>\n");
}

void html_ladders(html *h, const report *r, const program *p) {
  uint32_t shown = 0, count = p->ladder_count;
  for (uint32_t i = 0; i < r->rung_count; i++)
    if (r->rungs[i].ladder >= count) count = r->rungs[i].ladder + 1;
  html_raw(h, "<section id=\"ladders\"><h2>");
  html_say(h, TX_LADDERS);
  html_raw(h, "</h2>\n<p class=\"note\">");
  html_say(h, TX_LADDERS_NOTE);
  html_raw(h, "</p>\n");
  for (uint32_t i = 0; i < count; i++) {
    if (i < p->ladder_count && p->ladders[i].none) continue;
    html_ladder l = ladder_of(h, r, p, i);
    one_ladder(h, p, &l);
    shown++;
  }
  if (!shown) {
    html_raw(h, "<p class=\"card note\">");
    html_say(h, TX_NO_LADDERS);
    html_raw(h, "</p>\n");
  }
  html_raw(h, "</section>\n");
}
