/* See action_written.h. */
#include "action_written.h"

#include "action_text.h"
#include "lang/base/text.h"
#include "lang/check/words.h"
#include "lang/syntax/keyword.h"

slice source_line(const program *p, span at, arena *perm) {
  slice s = p->sources[at.file].text;
  text out = text_new(perm);
  bool quoted = false, blank = false;
  for (uint32_t i = at.from; i < at.to && i < s.n; i++) {
    char c = s.p[i];
    if (!quoted && c == '#') {
      while (i < at.to && s.p[i] != '\n') i++;
      blank = true;
      continue;
    }
    if (!quoted && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
      blank = true;
      continue;
    }
    if (blank && out.n) text_char(&out, ' ');
    blank = false;
    text_char(&out, c);
    if (quoted && c == '\\' && i + 1 < at.to)
      text_char(&out, s.p[++i]);
    else if (c == '"')
      quoted = !quoted;
  }
  return text_slice(&out);
}

static void word(text *out, kw id, dun_lang lang) { text_printf(out, "%.*s ", SLICE_ARG(kw_text(id, lang))); }

static void quoted(text *out, slice s) {
  text_char(out, '"');
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '"' || s.p[i] == '\\') text_char(out, '\\');
    text_char(out, s.p[i]);
  }
  text_char(out, '"');
}

static void extras(text *out, unsigned with, dun_lang lang) {
  bool first = true;
  for (unsigned i = 0; i < word_count(WORD_EXTRA); i++) {
    if (!(with >> i & 1)) continue;
    text_printf(out, "%s%.*s", first ? "" : ", ", SLICE_ARG(word_text(WORD_EXTRA, i, lang)));
    first = false;
  }
}

static slice message(engine *e, const decision *d, dun_lang lang, arena *perm) {
  static const kw CHANNEL[CH_COUNT] = {KW_EMAIL, KW_WHATSAPP, KW_SMS, KW_TEAMS, KW_SLACK};
  const send_way *w = d->way ? d->way : d->act->ways;
  text out = text_new(perm);
  word(&out, KW_SEND, lang);
  word(&out, CHANNEL[w->ch], lang);
  if (w->template_name.n) {
    word(&out, KW_TEMPLATE, lang);
    quoted(&out, w->template_name);
  } else {
    quoted(&out, text_filled(e, &w->inline_text, d->subjects[0].row, perm));
  }
  if (w->to.n) {
    text_char(&out, ' ');
    word(&out, KW_TO, lang);
    unsigned i = word_index(WORD_WHO, w->to, LANG_EN);
    if (i < word_count(WORD_WHO))
      text_add(&out, word_text(WORD_WHO, i, lang));
    else
      quoted(&out, w->to);
  }
  if (w->with) {
    text_char(&out, ' ');
    word(&out, KW_WITH, lang);
    extras(&out, w->with, lang);
  }
  return text_slice(&out);
}

slice action_written(engine *e, const decision *d, dun_lang lang, arena *perm) {
  if (lang == LANG_EN) return arena_slice(perm, d->text);
  return d->act->kind == ACT_SEND ? message(e, d, lang, perm) : source_line(e->p, d->act->at, perm);
}
