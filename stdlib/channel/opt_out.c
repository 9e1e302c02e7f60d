/* See opt_out.h. */
#include "opt_out.h"

#include "lang/base/utf8.h"

/* Letters and digits folded and without accents; whatever stands between them is one space, around them nothing. */
static slice bare(slice s, char *out, size_t room) {
  size_t n = 0;
  for (size_t i = 0; i < s.n;) {
    uint32_t cp;
    i += utf8_decode((slice){s.p + i, s.n - i}, &cp);
    cp = utf8_plain_letter(utf8_fold_char(cp));
    bool mark = cp >= 0x300 && cp <= 0x36f;
    bool letter = (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9') || utf8_is_nfc_letter(cp);
    if (mark) continue;
    if (!letter) {
      if (n && out[n - 1] != ' ' && n < room) out[n++] = ' ';
      continue;
    }
    if (n + 4 > room) return (slice){out, room};
    n += utf8_encode(cp, out + n);
  }
  while (n && out[n - 1] == ' ') n--;
  return (slice){out, n};
}

opt_wish opt_wish_of(slice message) {
  static const struct {
    opt_wish wish;
    const char *words;
  } WORDS[] = {
#define OPT_WORD(wish, words) {OPT_##wish, words},
#include "opt_out.def"
#undef OPT_WORD
  };
  char said[OPT_MESSAGE_MAX + 8], word[OPT_MESSAGE_MAX + 8];
  if (message.n > OPT_MESSAGE_MAX) return OPT_NONE;
  slice m = bare(message, said, sizeof said);
  for (size_t i = 0; m.n && i < sizeof WORDS / sizeof *WORDS; i++)
    if (slice_eq(m, bare(slice_of(WORDS[i].words), word, sizeof word))) return WORDS[i].wish;
  return OPT_NONE;
}

hook_kind opt_event(slice message) {
  switch (opt_wish_of(message)) {
  case OPT_OUT: return HOOK_OPT_OUT;
  case OPT_IN: return HOOK_OPT_IN;
  case OPT_NONE: break;
  }
  return HOOK_REPLY;
}
