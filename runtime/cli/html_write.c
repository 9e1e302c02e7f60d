/* Escaping, words and numbers of the page. Owns the table of texts and the channels' names. */
#include "html_write.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "lang/base/decimal.h"
#include "lang/base/utf8.h"

static const char *const WORDS[TX_COUNT][LANG_COUNT] = {
#define TEXT(id, en, pt, es) {en, pt, es},
#include "html_text.def"
#undef TEXT
};

#define PAGE_CHANNELS(X)                                                                                               \
  X(EMAIL, "email", "Email")                                                                                           \
  X(WHATSAPP, "whatsapp", "WhatsApp")                                                                                  \
  X(SMS, "sms", "SMS")                                                                                                 \
  X(TEAMS, "teams", "Teams")                                                                                           \
  X(SLACK, "slack", "Slack")

static const char *const CHANNEL_IDS[] = {
#define X(id, css, name) [CH_##id] = css,
    PAGE_CHANNELS(X)
#undef X
};
static const char *const CHANNEL_NAMES[] = {
#define X(id, css, name) [CH_##id] = name,
    PAGE_CHANNELS(X)
#undef X
};
static_assert(sizeof CHANNEL_IDS / sizeof *CHANNEL_IDS == CH_COUNT, "a row a channel");
const char HTML_OTHER[] = "people";

html html_new(arena *perm, dun_lang lang) { return (html){text_new(perm), perm, lang}; }
void html_raw(html *h, const char *markup) { text_cstr(&h->out, markup); }

void html_f(html *h, const char *format, ...) {
  char markup[512];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(markup, sizeof markup, format, args);
  va_end(args);
  assert(n >= 0 && (size_t)n < sizeof markup); /* our own markup with numbers: a longer piece is written in parts */
  text_cstr(&h->out, markup);
}

void html_esc(html *h, slice s) {
  while (s.n) {
    uint32_t cp;
    size_t n = utf8_decode(s, &cp);
    bool control = (cp < 0x20 && cp != '\n' && cp != '\t') || (cp >= 0x7f && cp < 0xa0);
    bool outside = (cp & 0xfffe) == 0xfffe || (cp >= 0xfdd0 && cp <= 0xfdef); /* noncharacters: no HTML text has them */
    if (cp == '&')
      text_cstr(&h->out, "&amp;");
    else if (cp == '<')
      text_cstr(&h->out, "&lt;");
    else if (cp == '>')
      text_cstr(&h->out, "&gt;");
    else if (cp == '"')
      text_cstr(&h->out, "&quot;");
    else if (cp == '\'')
      text_cstr(&h->out, "&#39;");
    else
      text_rune(&h->out, control || outside ? 0xfffd : cp);
    s.p += n, s.n -= n;
  }
}

void html_user(html *h, slice s) {
  html_raw(h, "<bdi>");
  html_esc(h, s);
  html_raw(h, "</bdi>");
}

slice html_word_of(const html *h, html_word word) { return slice_of(WORDS[word][h->lang]); }
void html_say(html *h, html_word word) { html_esc(h, html_word_of(h, word)); }

slice html_fill(html *h, html_word word, size_t argc, const slice *argv) {
  return texts_fill(h->perm, html_word_of(h, word), argc, argv);
}

slice html_plural(html *h, html_word one, html_word many, int64_t n) {
  slice number = html_number(h, n);
  return html_fill(h, n == 1 || n == -1 ? one : many, 1, &number);
}

slice html_number(html *h, int64_t n) {
  char digits[24];
  int count = snprintf(digits, sizeof digits, "%llu", n < 0 ? 0ULL - (unsigned long long)n : (unsigned long long)n);
  text t = text_new(h->perm);
  if (n < 0) text_cstr(&t, "\u2212");
  for (int i = 0; i < count; i++) {
    if (i && (count - i) % 3 == 0) text_char(&t, h->lang == LANG_EN ? ',' : '.');
    text_char(&t, digits[i]);
  }
  return text_slice(&t);
}

slice html_compact(html *h, int64_t n, unsigned decimals) {
  static const char *const SUFFIX[LANG_COUNT][4] = {
      {"K", "M", "B", "T"},
      {" mil", " mi", " bi", " tri"},
      {" mil", " M", " mil M", " B"},
  };
  int128 size = n < 0 ? -(int128)n : n;
  int128 one = pow10_i64(decimals);
  int128 whole = div_round(size, one, ROUND_HALF_EVEN);
  if (whole < 1000) return html_number(h, (int64_t)(n < 0 ? -whole : whole));
  int level = 0;
  int128 unit = one * 1000;
  /* 999,950 is already 1M */
  while (level < 3 && div_round(size, unit, ROUND_HALF_EVEN) >= 1000) unit *= 1000, level++;
  int64_t tenths = (int64_t)div_round(size * 10, unit, ROUND_HALF_EVEN);
  if (tenths >= 1000) tenths = (int64_t)div_round(size, unit, ROUND_HALF_EVEN) * 10;
  text t = text_new(h->perm);
  text_add(&t, html_number(h, n < 0 ? -(tenths / 10) : tenths / 10));
  if (tenths % 10) text_printf(&t, "%c%d", h->lang == LANG_EN ? '.' : ',', (int)(tenths % 10));
  text_cstr(&t, SUFFIX[h->lang][level]);
  return text_slice(&t);
}

slice html_money(html *h, money m) {
  char out[MONEY_TEXT_MAX];
  size_t n = money_text(m, h->lang, out);
  bool minus = n && out[0] == '-'; /* a hyphen in plain text, a minus on a page */
  return arena_printf(h->perm, "%s%.*s", minus ? "\u2212" : "", (int)n - minus, out + minus);
}

slice html_date(html *h, civil_date d) {
  char out[DATE_TEXT_MAX];
  size_t n = date_text(d, h->lang, out);
  return arena_slice(h->perm, (slice){out, n});
}

slice html_date_short(html *h, civil_date d) {
  /* The names of months begin with three ASCII letters in all three languages. */
  return arena_printf(h->perm, "%d %.3s", date_day(d), date_month_name(date_month(d), h->lang));
}

void html_th(html *h, html_word word, bool number) {
  html_raw(h, number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
  html_say(h, word);
  html_raw(h, "</th>");
}

void html_td_number(html *h, uint64_t n) {
  html_raw(h, n ? "<td class=\"n\">" : "<td class=\"n z\">");
  html_esc(h, html_number(h, (int64_t)n));
  html_raw(h, "</td>");
}

const char *html_channel_id(channel c) { return CHANNEL_IDS[c]; }
const char *html_channel_name(channel c) { return CHANNEL_NAMES[c]; }

void html_icon(html *h, const char *id, int x, int y, int size) {
  html_f(h, "<use href=\"#i-%s\" class=\"ic c-%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>", id, id, x, y, size,
         size);
}

void html_icon_inline(html *h, const char *id) {
  html_f(h, "<svg class=\"ic c-%s\" width=\"16\" height=\"16\" aria-hidden=\"true\"><use href=\"#i-%s\"/></svg>", id,
         id);
}

int64_t html_scale_step(int64_t max, int steps) {
  for (int64_t step = 1; step < INT64_MAX / 10; step *= 10) {
    static const int TIMES[] = {1, 2, 5};
    for (int i = 0; i < 3; i++)
      if ((int128)step * TIMES[i] * steps >= max) return step * TIMES[i];
  }
  return INT64_MAX / 10;
}

int html_length(int64_t value, int64_t max, int length) {
  if (value <= 0 || max <= 0) return 0;
  int px = (int)((int128)value * length / max);
  return px ? px : 1;
}

int html_text_width(slice s) { return (int)(utf8_width(s) * 15 / 2); }

void html_svg(html *h, const char *class, int width, int height, slice label) {
  html_f(h, "<svg class=\"pic %s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", class, width, height);
  html_esc(h, label);
  html_raw(h, "\">\n");
}
