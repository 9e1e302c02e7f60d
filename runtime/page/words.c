/* See words.h. */
#include "words.h"

#include "lang/base/text.h"

typedef struct word {
  const char *area, *key, *in[LANG_COUNT];
} word;

#define WORD(key, en, pt, es) {AREA, key, {[LANG_EN] = en, [LANG_PT] = pt, [LANG_ES] = es}},
static const word WORDS[] = {
#define AREA "shell"
#include "words_shell.def"
#undef AREA
#define AREA "today"
#include "words_today.def"
#undef AREA
#define AREA "outbox"
#include "words_outbox.def"
#undef AREA
#define AREA "connections"
#include "words_connections.def"
#undef AREA
#define AREA "board"
#include "words_board.def"
#undef AREA
#define AREA "policies"
#include "words_policies.def"
#undef AREA
#define AREA "login"
#include "words_login.def"
#undef AREA
#define AREA "account"
#include "words_account.def"
#undef AREA
#define AREA "people"
#include "words_people.def"
#undef AREA
#define AREA "audit"
#include "words_audit.def"
#undef AREA
#define AREA "ledger"
#include "words_ledger.def"
#undef AREA
#define AREA "reports"
#include "words_reports.def"
#undef AREA
};
#undef WORD

static const char *const LANGUAGES[LANG_COUNT] = {[LANG_EN] = "en", [LANG_PT] = "pt", [LANG_ES] = "es"};

/* Our own words: of a text in quotes, only these signs count. */
static void put_quoted(text *t, const char *s) {
  text_char(t, '"');
  for (; *s; s++) {
    if (*s == '"' || *s == '\\') text_char(t, '\\');
    if (*s == '\n')
      text_add(t, SLICE("\\n"));
    else
      text_char(t, *s);
  }
  text_char(t, '"');
}

bool page_words(slice name, arena *perm, slice *out) {
  text t = text_new(perm);
  bool any = false;
  text_add(&t, SLICE("export default {\n"));
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
    for (int l = 0; l < LANG_COUNT; l++) {
      if (!slice_eq(name, arena_printf(perm, "words_%s.%s.js", WORDS[i].area, LANGUAGES[l]))) continue;
      any = true;
      put_quoted(&t, WORDS[i].key);
      text_char(&t, ':');
      put_quoted(&t, WORDS[i].in[l]);
      text_add(&t, SLICE(",\n"));
    }
  text_add(&t, SLICE("};\n"));
  *out = text_slice(&t);
  return any;
}

void page_words_hash(hasher *h) {
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
    hash_add_field(h, slice_of(WORDS[i].key));
    for (int l = 0; l < LANG_COUNT; l++) hash_add_field(h, slice_of(WORDS[i].in[l]));
  }
}
