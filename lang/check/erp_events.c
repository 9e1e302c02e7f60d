/* See erp_events.h. Stateless. */
#include "lang/check/erp_events.h"

#include "lang/base/suggest.h"
#include "lang/base/text.h"
#include "lang/base/utf8.h"
#include "lang/check/words.h"

/* The words with one space between them, and where the ERP's ends and the last one begins. */
typedef struct parts {
  slice erp, thing, verb;
} parts;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static bool split(arena *perm, slice words, parts *out) {
  text t = text_new(perm);
  slice s = slice_trim(words);
  for (size_t i = 0; i < s.n; i++)
    if (!is_blank(s.p[i]) || !is_blank(s.p[i - 1])) text_char(&t, is_blank(s.p[i]) ? ' ' : s.p[i]);
  s = text_slice(&t);
  size_t first = 0, last = s.n;
  while (first < s.n && s.p[first] != ' ') first++;
  while (last > first && s.p[last - 1] != ' ') last--;
  if (first == s.n || last <= first + 1) return false;
  *out = (parts){{s.p, first}, {s.p + first + 1, last - first - 2}, {s.p + last, s.n - last}};
  return true;
}

static slice nearest_event(arena *perm, const parts *p, dun_lang lang) {
  unsigned things = word_count(WORD_ERP_THING), verbs = word_count(WORD_ERP_VERB);
  slice *names = ARENA_ARRAY(perm, (size_t)things * verbs + 1, slice);
  size_t n = 0;
  for (unsigned t = 0; t < things; t++)
    for (unsigned v = 0; v < verbs; v++)
      names[n++] = arena_printf(perm, "%.*s %.*s", SLICE_ARG(word_text(WORD_ERP_THING, t, lang)),
                                SLICE_ARG(word_text(WORD_ERP_VERB, v, lang)));
  size_t i = did_you_mean(arena_printf(perm, "%.*s %.*s", SLICE_ARG(p->thing), SLICE_ARG(p->verb)), names, n);
  return i < n ? arena_printf(perm, "%.*s %.*s", SLICE_ARG(p->erp), SLICE_ARG(names[i])) : (slice){0};
}

slice erp_event_canonical(arena *perm, slice words, dun_lang lang, slice *nearest) {
  parts p;
  *nearest = (slice){0};
  if (!split(perm, words, &p)) return (slice){0};
  slice thing = word_find(WORD_ERP_THING, p.thing, lang), verb = word_find(WORD_ERP_VERB, p.verb, lang);
  if (thing.n && verb.n)
    return arena_printf(perm, "%.*s %.*s %.*s", SLICE_ARG(utf8_fold(perm, p.erp)), SLICE_ARG(thing), SLICE_ARG(verb));
  *nearest = nearest_event(perm, &p, lang);
  return (slice){0};
}

slice erp_event_in(arena *perm, slice words, dun_lang from, dun_lang to) {
  parts p;
  if (!split(perm, words, &p)) return words;
  unsigned thing = word_index(WORD_ERP_THING, p.thing, from), verb = word_index(WORD_ERP_VERB, p.verb, from);
  if (thing == word_count(WORD_ERP_THING) || verb == word_count(WORD_ERP_VERB)) return words;
  return arena_printf(perm, "%.*s %.*s %.*s", SLICE_ARG(p.erp), SLICE_ARG(word_text(WORD_ERP_THING, thing, to)),
                      SLICE_ARG(word_text(WORD_ERP_VERB, verb, to)));
}

bool erp_event_is(slice rule, slice told) {
  if (slice_eq(rule, told)) return true;
  static const slice ANY = {"erp ", 4};
  if (rule.n < ANY.n || memcmp(rule.p, ANY.p, ANY.n) != 0) return false;
  size_t at = 0;
  while (at < told.n && told.p[at] != ' ') at++;
  return slice_eq((slice){rule.p + ANY.n - 1, rule.n - ANY.n + 1}, (slice){told.p + at, told.n - at});
}
