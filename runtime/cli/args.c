/* See args.h: one pass over the arguments, driven by the table of options. */
#include "args.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lang/base/date.h"
#include "lang/base/suggest.h"
#include "lang/base/utf8.h"
#include "texts.h"

typedef enum option_kind {
  KIND_FLAG,
  KIND_TEXT,
  KIND_DATE,
  KIND_NUMBER,
  KIND_FORMAT,
  KIND_REPORT,
  KIND_LANG,
  KIND_DECIMAL,
  KIND_DATES
} option_kind;

typedef struct option {
  const char *spelling, *placeholder, *help;
  option_kind kind;
} option;

static const option OPTIONS[] = {
#define OPTION(id, spelling, kind, placeholder, text) {spelling, placeholder, text, KIND_##kind},
    ARG_OPTIONS(OPTION)
#undef OPTION
};

static_assert(ARG_COUNT <= 32, "the options of a command are bits of a uint32_t");

static bool takes(const command *c, arg_option which) { return which == ARG_help || (c->options >> which & 1); }

/* ---- complaints ---- */

static void complain(world *w, const char *command_name, const char *format, va_list ap) {
  char text[1024];
  vsnprintf(text, sizeof text, format, ap);
  const char *red = out_color(w, WORLD_STDERR) ? "\x1b[31m" : "", *plain = *red ? "\x1b[0m" : "";
  world_printf(w, WORLD_STDERR, "%sdun%s%s:%s %s\n", red, command_name ? " " : "", command_name ? command_name : "",
               plain, text);
}

void args_complain(world *w, const args *a, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  complain(w, a->command ? a->command->name : NULL, format, ap);
  va_end(ap);
}

static bool misuse(world *w, const command *c, int *status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static bool misuse(world *w, const command *c, int *status, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  complain(w, c ? c->name : NULL, format, ap);
  va_end(ap);
  world_printf(w, WORLD_STDERR, "  `dun%s%s --help` shows how it is used\n", c ? " " : "", c ? c->name : "");
  *status = EXIT_USAGE;
  return false;
}

/* ---- help ---- */

void args_help_all(world *w, const command *commands, size_t command_count) {
  world_printf(
      w, WORLD_STDOUT,
      "dun: what happens to an unpaid invoice, and when\n\nUsage: dun COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n");
  size_t width = 0;
  for (size_t i = 0; i < command_count; i++)
    if (strlen(commands[i].name) > width) width = strlen(commands[i].name);
  for (size_t i = 0; i < command_count; i++)
    world_printf(w, WORLD_STDOUT, "  %-*s  %s\n", (int)width, commands[i].name, commands[i].summary);
  world_printf(w, WORLD_STDOUT,
               "\n`dun COMMAND --help` says more about one.\n"
               "Exit status: 0 fine, 1 findings, 2 wrong usage, 3 the policy does not compile, "
               "4 the store, a file or the network failed.\n");
}

void args_help(world *w, const command *c) {
  world_printf(w, WORLD_STDOUT, "dun %s: %s\n\nUsage: dun %s%s%s [OPTIONS]\n", c->name, c->summary, c->name,
               c->usage ? " " : "", c->usage ? c->usage : "");
  if (c->details) world_printf(w, WORLD_STDOUT, "\n%s\n", c->details);
  world_printf(w, WORLD_STDOUT, "\nOptions:\n");
  size_t width = 0;
  for (int i = 0; i < ARG_COUNT; i++) {
    size_t n = strlen(OPTIONS[i].spelling) + (OPTIONS[i].placeholder ? 1 + strlen(OPTIONS[i].placeholder) : 0);
    if (takes(c, (arg_option)i) && n > width) width = n;
  }
  for (int i = 0; i < ARG_COUNT; i++) {
    if (!takes(c, (arg_option)i)) continue;
    const option *o = &OPTIONS[i];
    char left[64];
    snprintf(left, sizeof left, "%s%s%s", o->spelling, o->placeholder ? " " : "", o->placeholder ? o->placeholder : "");
    world_printf(w, WORLD_STDOUT, "  %-*s  %s\n", (int)width, left, o->help);
  }
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

/* NULL: fine. Otherwise what the value should be. */
static const char *read_value(args *a, arg_option i, slice s) {
  static const char *const decimals[] = {"comma", "point"}, *const dates[] = {"dmy", "mdy", "iso"};
  static const char *const reports[] = {"plain", "junit"};
  arg_value *v = &a->value[i];
  civil_date d;
  dun_lang lang;
  v->given = true;
  v->text = s;
  switch (OPTIONS[i].kind) {
  case KIND_FLAG: return NULL;
  case KIND_TEXT: return s.n ? NULL : "something";
  case KIND_DATE:
    if (!date_parse(s, &d)) return "a date like 2026-03-31";
    v->number = d.day;
    return NULL;
  case KIND_NUMBER: return read_number(s, &v->number) ? NULL : "a whole number";
  case KIND_FORMAT: return out_format_find(s, &a->format) ? NULL : "one of table, csv, json, md";
  case KIND_REPORT: return is_one_of(s, reports, 2) ? NULL : "plain or junit";
  case KIND_LANG:
    if (!read_lang(s, &lang)) return "one of en, pt, es";
    v->number = lang;
    if (i == ARG_lang) a->lang = lang;
    return NULL;
  case KIND_DECIMAL: return is_one_of(s, decimals, 2) ? NULL : "comma or point";
  case KIND_DATES: return is_one_of(s, dates, 3) ? NULL : "one of dmy, mdy, iso";
  }
  return NULL;
}

/* ---- parsing ---- */

static bool unknown_option(world *w, const command *c, slice name, int *status) {
  slice names[ARG_COUNT];
  size_t count = 0;
  for (int i = 0; i < ARG_COUNT; i++)
    if (takes(c, (arg_option)i)) names[count++] = slice_of(OPTIONS[i].spelling);
  size_t near = did_you_mean(name, names, count);
  if (near < count)
    return misuse(w, c, status, "there is no option %.*s: did you mean %.*s?", SLICE_ARG(name), SLICE_ARG(names[near]));
  for (int i = 0; i < ARG_COUNT; i++)
    if (slice_eq(slice_of(OPTIONS[i].spelling), name))
      return misuse(w, c, status, "%.*s is an option of other commands, not of this one", SLICE_ARG(name));
  return misuse(w, c, status, "there is no option %.*s", SLICE_ARG(name));
}

static const command *find_command(world *w, const command *commands, size_t count, const char *name, int *status) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(commands[i].name, name) == 0) return &commands[i];
  slice *names = calloc(count ? count : 1, sizeof *names);
  if (!names) abort();
  for (size_t i = 0; i < count; i++) names[i] = slice_of(commands[i].name);
  size_t near = did_you_mean(slice_of(name), names, count);
  bool fine = near < count ? misuse(w, NULL, status, "there is no command \"%s\": did you mean \"%s\"?", name,
                                    commands[near].name)
                           : misuse(w, NULL, status, "there is no command \"%s\"", name);
  free(names);
  (void)fine;
  return NULL;
}

/* One option at argv[*i]; moves *i to its last word. */
static bool parse_option(world *w, const command *c, int argc, char **argv, int *i, args *to, int *status) {
  const char *word = argv[*i], *equals = strchr(word, '=');
  slice name = {word, equals ? (size_t)(equals - word) : strlen(word)};
  if (slice_eq(name, SLICE("-h"))) name = SLICE("--help");
  int k = 0;
  while (k < ARG_COUNT && !(takes(c, (arg_option)k) && slice_eq(slice_of(OPTIONS[k].spelling), name))) k++;
  if (k == ARG_COUNT) return unknown_option(w, c, name, status);
  const option *o = &OPTIONS[k];
  if (to->value[k].given) return misuse(w, c, status, "%s stands there twice", o->spelling);
  if (o->kind == KIND_FLAG && equals) return misuse(w, c, status, "%s takes no value", o->spelling);
  const char *value = "";
  if (equals)
    value = equals + 1;
  else if (o->kind != KIND_FLAG) {
    if (*i + 1 >= argc)
      return misuse(w, c, status, "%s needs a value: %s %s", o->spelling, o->spelling, o->placeholder);
    value = argv[++*i];
  }
  const char *wanted = read_value(to, (arg_option)k, slice_of(value));
  return wanted ? misuse(w, c, status, "%s needs %s, not \"%s\"", o->spelling, wanted, value) : true;
}

dun_lang args_lang(const args *a, dun_lang of_policy) { return a->lang_known ? a->lang : of_policy; }

bool args_parse(world *w, const command *commands, size_t command_count, int argc, char **argv, arena *perm, args *to,
                int *status) {
  *to = (args){.perm = perm, .format = OUT_table, .lang = LANG_EN};
  to->lang_known = texts_lang_of(w, &to->lang);
  const command *c = find_command(w, commands, command_count, argv[0], status);
  if (!c) return false;
  to->command = c;
  to->word = ARENA_ARRAY(perm, (size_t)argc, slice);
  bool options = true;
  for (int i = 1; i < argc; i++) {
    if (options && strcmp(argv[i], "--") == 0) {
      options = false;
    } else if (options && argv[i][0] == '-' && argv[i][1]) {
      if (!parse_option(w, c, argc, argv, &i, to, status)) return false;
    } else {
      to->word[to->word_count++] = slice_of(argv[i]);
    }
  }
  to->lang_known = to->lang_known || to->value[ARG_lang].given;
  if (to->value[ARG_help].given) {
    args_help(w, c);
    *status = EXIT_FINE;
    return false;
  }
  if ((int)to->word_count < c->words_min)
    return misuse(w, c, status, "something is missing: dun %s %s", c->name, c->usage ? c->usage : "");
  if (c->words_max >= 0 && (int)to->word_count > c->words_max)
    return misuse(w, c, status, "\"%.*s\" is one argument too many", SLICE_ARG(to->word[c->words_max]));
  if (to->value[ARG_from].given && to->value[ARG_to].given && to->value[ARG_from].number > to->value[ARG_to].number)
    return misuse(w, c, status, "--from is after --to");
  return true;
}
