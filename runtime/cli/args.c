/* See args.h: one pass over the arguments, driven by the table of options. */
#include "args.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "lang/base/date.h"
#include "lang/base/suggest.h"
#include "lang/base/utf8.h"

typedef enum option_kind {
  KIND_FLAG,
  KIND_TEXT,
  KIND_DATE,
  KIND_NUMBER,
  KIND_FORMAT,
  KIND_REPORT,
  KIND_VIEW,
  KIND_LANG,
  KIND_DECIMAL,
  KIND_DATES
} option_kind;

typedef struct option {
  const char *spelling;
  text_id placeholder, help;
  option_kind kind;
} option;

static const option OPTIONS[] = {
#define OPTION(id, spelling, kind, placeholder) {spelling, TXT_##placeholder, TXT_OPT_##id, KIND_##kind},
    ARG_OPTIONS(OPTION)
#undef OPTION
};

static_assert(ARG_COUNT <= 64, "the options of a command are bits of a uint64_t");

static bool takes(const command *c, arg_option which) { return which == ARG_help || (c->options >> which & 1); }

/* ---- complaints ---- */

static void complain(world *w, const command *c, slice words) {
  const char *red = out_color(w, WORLD_STDERR) ? "\x1b[31m" : "", *plain = *red ? "\x1b[0m" : "";
  world_printf(w, WORLD_STDERR, "%sdun%s%s:%s %.*s\n", red, c ? " " : "", c ? c->name : "", plain, SLICE_ARG(words));
}

void args_complain(world *w, const args *a, slice words) { complain(w, a->command, words); }

static bool misuse(world *w, const args *a, int *status, slice words) {
  const command *c = a->command;
  complain(w, c, words);
  slice how = c ? arena_printf(a->perm, "dun %s", c->name) : SLICE("dun");
  world_printf(w, WORLD_STDERR, "%.*s\n", SLICE_ARG(TEXTS(a->lang, a->perm, SEE_HELP, how)));
  *status = EXIT_USAGE;
  return false;
}
#define MISUSE(id, ...) misuse(w, a, status, TEXTS(a->lang, a->perm, id, __VA_ARGS__))

/* ---- help ---- */

static void pad(world *w, slice s, size_t width) {
  size_t n = out_width(s);
  world_printf(w, WORLD_STDOUT, "  %.*s%*s  ", SLICE_ARG(s), n < width ? (int)(width - n) : 0, "");
}

void args_help_all(world *w, const command *commands, size_t command_count, dun_lang lang) {
  world_printf(w, WORLD_STDOUT, "%s\n\n%s\n\n%s\n", texts_word(lang, TXT_HELP_ALL), texts_word(lang, TXT_HELP_USAGE),
               texts_word(lang, TXT_HELP_COMMANDS));
  size_t width = 0;
  for (size_t i = 0; i < command_count; i++)
    if (strlen(commands[i].name) > width) width = strlen(commands[i].name);
  for (size_t i = 0; i < command_count; i++) {
    pad(w, slice_of(commands[i].name), width);
    world_printf(w, WORLD_STDOUT, "%s\n", texts_word(lang, commands[i].summary));
  }
  world_printf(w, WORLD_STDOUT, "\n%s\n%s\n", texts_word(lang, TXT_HELP_MORE), texts_word(lang, TXT_HELP_STATUS));
}

/* "import FOLDER|FILE..." */
static slice command_usage(arena *perm, const command *c, dun_lang lang) {
  const char *usage = texts_word(lang, c->usage);
  return arena_printf(perm, "%s%s%s", c->name, *usage ? " " : "", usage);
}

static slice option_usage(arena *perm, const option *o, dun_lang lang) {
  const char *placeholder = texts_word(lang, o->placeholder);
  return arena_printf(perm, "%s%s%s", o->spelling, *placeholder ? " " : "", placeholder);
}

void args_help(world *w, const command *c, dun_lang lang) {
  arena *perm = arena_new();
  slice usage = TEXTS(lang, perm, HELP_USAGE_OF, command_usage(perm, c, lang));
  world_printf(w, WORLD_STDOUT, "dun %s: %s\n\n%.*s\n", c->name, texts_word(lang, c->summary), SLICE_ARG(usage));
  if (c->details != TXT_NONE) world_printf(w, WORLD_STDOUT, "\n%s\n", texts_word(lang, c->details));
  world_printf(w, WORLD_STDOUT, "\n%s\n", texts_word(lang, TXT_HELP_OPTIONS));
  size_t width = 0;
  for (int i = 0; i < ARG_COUNT; i++) {
    size_t n = out_width(option_usage(perm, &OPTIONS[i], lang));
    if (takes(c, (arg_option)i) && n > width) width = n;
  }
  for (int i = 0; i < ARG_COUNT; i++) {
    if (!takes(c, (arg_option)i)) continue;
    pad(w, option_usage(perm, &OPTIONS[i], lang), width);
    world_printf(w, WORLD_STDOUT, "%s\n", texts_word(lang, OPTIONS[i].help));
  }
  arena_free(perm);
}

/* ---- values ---- */

static bool is_one_of(slice s, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (slice_eq(s, slice_of(words[i]))) return true;
  return false;
}

static bool read_lang(slice s, dun_lang *lang) {
  static const struct {
    const char *name;
    dun_lang lang;
  } names[] = {{"en", LANG_EN},         {"pt", LANG_PT},      {"es", LANG_ES},        {"english", LANG_EN},
               {"portuguese", LANG_PT}, {"spanish", LANG_ES}, {"português", LANG_PT}, {"español", LANG_ES}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (!utf8_fold_eq(s, slice_of(names[i].name))) continue;
    *lang = names[i].lang;
    return true;
  }
  return false;
}

static bool read_number(slice s, int64_t *value) {
  *value = 0;
  if (s.n == 0 || s.n > 18) return false;
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] < '0' || s.p[i] > '9') return false;
    *value = *value * 10 + (s.p[i] - '0');
  }
  return true;
}

/* TXT_NONE: fine. Otherwise what the value should be. */
static text_id read_value(args *a, arg_option i, slice s) {
  static const char *const decimals[] = {"comma", "point"}, *const dates[] = {"dmy", "mdy", "iso"};
  static const char *const reports[] = {"plain", "junit"}, *const views[] = {"picture", "prose"};
  arg_value *v = &a->value[i];
  civil_date d;
  dun_lang lang;
  v->given = true;
  v->text = s;
  switch (OPTIONS[i].kind) {
  case KIND_FLAG: return TXT_NONE;
  case KIND_TEXT: return s.n ? TXT_NONE : TXT_WANTS_SOMETHING;
  case KIND_DATE:
    if (!date_parse(s, &d)) return TXT_WANTS_DATE;
    v->number = d.day;
    return TXT_NONE;
  case KIND_NUMBER: return read_number(s, &v->number) ? TXT_NONE : TXT_WANTS_NUMBER;
  case KIND_FORMAT: return out_format_find(s, &a->format) ? TXT_NONE : TXT_WANTS_FORMAT;
  case KIND_REPORT: return is_one_of(s, reports, 2) ? TXT_NONE : TXT_WANTS_REPORT;
  case KIND_VIEW: return is_one_of(s, views, 2) ? TXT_NONE : TXT_WANTS_VIEW;
  case KIND_LANG:
    if (!read_lang(s, &lang)) return TXT_WANTS_LANG;
    v->number = lang;
    if (i == ARG_lang) a->lang = lang;
    return TXT_NONE;
  case KIND_DECIMAL: return is_one_of(s, decimals, 2) ? TXT_NONE : TXT_WANTS_DECIMAL;
  case KIND_DATES: return is_one_of(s, dates, 3) ? TXT_NONE : TXT_WANTS_DATES;
  }
  return TXT_NONE;
}

/* ---- parsing ---- */

static bool unknown_option(world *w, const args *a, slice name, int *status) {
  slice names[ARG_COUNT];
  size_t count = 0;
  for (int i = 0; i < ARG_COUNT; i++)
    if (takes(a->command, (arg_option)i)) names[count++] = slice_of(OPTIONS[i].spelling);
  size_t near = did_you_mean(name, names, count);
  if (near < count) return MISUSE(NO_OPTION_NEAR, name, names[near]);
  for (int i = 0; i < ARG_COUNT; i++)
    if (slice_eq(slice_of(OPTIONS[i].spelling), name)) return MISUSE(OPTION_OF_OTHERS, name);
  return MISUSE(NO_OPTION, name);
}

/* False: there is no such command, and it was said. */
static bool find_command(world *w, args *a, const command *commands, size_t count, const char *name, int *status) {
  slice *names = ARENA_ARRAY(a->perm, count + 1, slice);
  for (size_t i = 0; i < count; i++) {
    names[i] = slice_of(commands[i].name);
    if (strcmp(commands[i].name, name) == 0) a->command = &commands[i];
  }
  if (a->command) return true;
  size_t near = did_you_mean(slice_of(name), names, count);
  return near < count ? MISUSE(NO_COMMAND_NEAR, slice_of(name), names[near]) : MISUSE(NO_COMMAND, slice_of(name));
}

/* One option at argv[*i]; moves *i to its last word. */
static bool parse_option(world *w, int argc, char **argv, int *i, args *a, int *status) {
  const char *word = argv[*i], *equals = strchr(word, '=');
  slice name = {word, equals ? (size_t)(equals - word) : strlen(word)};
  if (slice_eq(name, SLICE("-h"))) name = SLICE("--help");
  int k = 0;
  while (k < ARG_COUNT && !(takes(a->command, (arg_option)k) && slice_eq(slice_of(OPTIONS[k].spelling), name))) k++;
  if (k == ARG_COUNT) return unknown_option(w, a, name, status);
  const option *o = &OPTIONS[k];
  slice spelling = slice_of(o->spelling);
  if (a->value[k].given) return MISUSE(OPTION_TWICE, spelling);
  if (o->kind == KIND_FLAG && equals) return MISUSE(OPTION_IS_FLAG, spelling);
  const char *value = "";
  if (equals)
    value = equals + 1;
  else if (o->kind != KIND_FLAG) {
    if (*i + 1 >= argc) return MISUSE(OPTION_NEEDS, spelling, slice_of(texts_word(a->lang, o->placeholder)));
    value = argv[++*i];
  }
  text_id wanted = read_value(a, (arg_option)k, slice_of(value));
  return wanted == TXT_NONE || MISUSE(OPTION_WANTS, spelling, slice_of(texts_word(a->lang, wanted)), slice_of(value));
}

dun_lang args_lang_of_line(world *w, int argc, char **argv) {
  dun_lang lang = LANG_EN;
  (void)texts_lang_of(w, &lang);
  for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
    if (strncmp(argv[i], "--lang=", 7) == 0) (void)read_lang(slice_of(argv[i] + 7), &lang);
    if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc) (void)read_lang(slice_of(argv[i + 1]), &lang);
  }
  return lang;
}

dun_lang args_lang(const args *a, dun_lang of_policy) { return a->lang_known ? a->lang : of_policy; }

bool args_parse(world *w, const command *commands, size_t command_count, int argc, char **argv, arena *perm, args *a,
                int *status) {
  *a = (args){.perm = perm, .format = OUT_table, .lang = args_lang_of_line(w, argc, argv)};
  dun_lang ignored;
  a->lang_known = texts_lang_of(w, &ignored);
  if (!find_command(w, a, commands, command_count, argv[0], status)) return false;
  const command *c = a->command;
  a->word = ARENA_ARRAY(perm, (size_t)argc, slice);
  bool options = true;
  for (int i = 1; i < argc; i++) {
    if (options && strcmp(argv[i], "--") == 0) {
      options = false;
    } else if (options && argv[i][0] == '-' && argv[i][1]) {
      if (!parse_option(w, argc, argv, &i, a, status)) return false;
    } else {
      a->word[a->word_count++] = slice_of(argv[i]);
    }
  }
  a->lang_known = a->lang_known || a->value[ARG_lang].given;
  if (a->value[ARG_help].given) {
    args_help(w, c, a->lang);
    *status = EXIT_FINE;
    return false;
  }
  if ((int)a->word_count < c->words_min) return MISUSE(WORDS_MISSING, command_usage(perm, c, a->lang));
  if (c->words_max >= 0 && (int)a->word_count > c->words_max) return MISUSE(WORD_TOO_MANY, a->word[c->words_max]);
  if (a->value[ARG_from].given && a->value[ARG_to].given && a->value[ARG_from].number > a->value[ARG_to].number)
    return MISUSE(FROM_AFTER_TO);
  return true;
}
