/* dun check: is this policy, with its templates, right? And dun fields, dun disasm: what the compiler knows. */
#include "commands.h"
#include "lang/base/text.h"
#include "lang/check/fields.h"
#include "lang/check/words.h"
#include "lang/syntax/keyword.h"
#include "lints.h"
#include "out.h"
#include "project.h"
#include "prove_ask.h"
#include "session.h"

static bool body_names_templates(const lines *l) {
  for (uint32_t i = 0; i < l->count; i++)
    for (uint32_t b = 0; b < l->v[i].branch_count; b++)
      for (uint32_t a = 0; a < l->v[i].branches[b].action_count; a++) {
        const action *act = &l->v[i].branches[b].actions[a];
        if (act->kind == ACT_CREATE_DOCUMENT) return true;
        for (uint32_t w = 0; w < act->way_count; w++)
          if (act->ways[w].template_name.n) return true;
      }
  return false;
}

static bool rungs_name_templates(const rung *r, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (body_names_templates(&r[i].body)) return true;
  return false;
}

static bool names_templates(const program *p) {
  for (uint32_t i = 0; i < p->ladder_count; i++)
    if (rungs_name_templates(p->ladders[i].rungs, p->ladders[i].rung_count)) return true;
  for (uint32_t i = 0; i < p->when_count; i++)
    if (rungs_name_templates(p->whens[i].rungs, p->whens[i].rung_count) || body_names_templates(&p->whens[i].body))
      return true;
  for (uint32_t i = 0; i < p->every_count; i++)
    if (body_names_templates(&p->everys[i].body)) return true;
  for (uint32_t i = 0; i < p->on_count; i++)
    if (body_names_templates(&p->ons[i].body)) return true;
  return false;
}

/* A policy tried out before its templates are written is fine; once there is a folder of them, all must be there. */
static int check_templates(session *s) {
  slice folder = session_template_folder(s);
  bool there = false;
  if (!names_templates(s->c.program)) return EXIT_FINE;
  world_code code = s->w->is_folder(s->w, arena_copy(s->perm, folder), &there);
  if (code == WORLD_OK && there) return session_templates(s);
  SAY(s, WORLD_STDERR, NO_TEMPLATE_FOLDER, folder);
  return EXIT_FINE;
}

/* `no ladder for C` is none. */
static uint32_t ladders_of(const program *p) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < p->ladder_count; i++) n += !p->ladders[i].none;
  return n;
}

static uint32_t rungs_of(const program *p) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < p->ladder_count; i++) n += p->ladders[i].rung_count;
  for (uint32_t i = 0; i < p->when_count; i++) n += p->whens[i].rung_count;
  return n;
}

static int check_one(const args *a, world *w, slice path) {
  session s;
  int status = session_compile(&s, a, w, path);
  if (status == EXIT_FINE) status = check_templates(&s);
  if (status == EXIT_FINE) status = lints_say(&s);
  if (status == EXIT_FINE) status = prove_check(&s);
  if (status != EXIT_FINE) return status;
  const program *p = s.c.program;
  uint32_t rung_count = rungs_of(p), rule_count = p->when_count + p->every_count + p->on_count;
  if (rung_count + rule_count == 0)
    SAY(&s, WORLD_STDERR, SENDS_NOTHING, s.policy_path); /* sound, and most likely a mistake */
  slice ladders = TEXTS_COUNT(s.lang, s.perm, LADDERS, ladders_of(p)),
        rungs = TEXTS_COUNT(s.lang, s.perm, RUNGS, rung_count);
  slice rules = TEXTS_COUNT(s.lang, s.perm, RULES, rule_count);
  SAY(&s, WORLD_STDOUT, FINE, s.policy_path, ladders, rungs, rules);
  return EXIT_FINE;
}

int cmd_check(const args *a, world *w) {
  slice *paths;
  size_t n;
  int status = project_policies(a, w, a->word, a->word_count, &paths, &n);
  if (status != EXIT_FINE) return status;
  for (size_t i = 0; i < n; i++) {
    int one = check_one(a, w, paths[i]);
    if (one > status) status = one;
  }
  return status;
}

/* ---- fields ---- */

/* The word that declares a field of the type. */
static slice type_word(type ty, dun_lang lang) {
  static const kw WORDS[] = {
      [TY_ERROR] = KW_NONE,         [TY_BOOL] = KW_TYPE_YESNO,      [TY_MONEY] = KW_TYPE_MONEY,
      [TY_NUMBER] = KW_TYPE_NUMBER, [TY_PERCENT] = KW_TYPE_PERCENT, [TY_DURATION] = KW_TYPE_DURATION,
      [TY_DATE] = KW_TYPE_DATE,     [TY_TIME] = KW_TYPE_TIME,       [TY_TEXT] = KW_TYPE_TEXT,
      [TY_SET] = KW_TYPE_SET};
  return kw_text(WORDS[ty], lang);
}

/* A field's fixed values as a policy of the language writes them. */
static slice values_in(const char *values, dun_lang lang, arena *perm) {
  text t = text_new(perm);
  for (const char *p = values; *p;) {
    size_t n = strcspn(p, " ");
    unsigned i = word_index(WORD_VALUE, (slice){p, n}, LANG_EN);
    if (t.n) text_char(&t, ' ');
    text_add(&t, i == word_count(WORD_VALUE) ? (slice){p, n} : word_text(WORD_VALUE, i, lang));
    p += n + strspn(p + n, " ");
  }
  return text_slice(&t);
}

/* csv and json are English unless --lang itself says otherwise. */
int cmd_fields(const args *a, world *w) {
  bool machine = a->format == OUT_csv || a->format == OUT_json;
  dun_lang lang = machine && !a->value[ARG_lang].given ? LANG_EN : a->lang;
  const out_column columns[] = {{"field", texts_word(lang, TXT_FIELD_TITLE), OUT_TEXT, true},
                                {"type", texts_word(lang, TXT_TYPE_TITLE), OUT_TEXT, true},
                                {"missing", texts_word(lang, TXT_MISSING_TITLE), OUT_YESNO, false},
                                {"values", texts_word(lang, TXT_VALUES_TITLE), OUT_TEXT, false},
                                {"meaning", texts_word(lang, TXT_MEANING_TITLE), OUT_TEXT, false}};
  out *o = out_begin(w, a->format, columns, 5);
  for (int f = 0; f < FIELD_COUNT; f++) {
    const field_info *i = &FIELDS[f];
    slice of = entity_text(i->of, lang), missing = i->can_be_missing ? SLICE("yes") : SLICE("no");
    slice name =
        i->of == ENT_INVOICE ? slice_of(i->name[lang]) : arena_printf(a->perm, "%.*s.%s", SLICE_ARG(of), i->name[lang]);
    slice values[] = {name, type_word(i->ty, machine ? LANG_EN : lang),
                      machine ? missing : texts_said(lang, a->perm, missing),
                      values_in(i->values, machine ? LANG_EN : lang, a->perm), slice_of(i->meaning[lang])};
    out_row(o, values);
  }
  world_code why;
  return out_end(o, &why) || why == WORLD_CLOSED ? EXIT_FINE : EXIT_WORLD;
}

/* ---- disasm ---- */

int cmd_disasm(const args *a, world *w) {
  session s;
  int status = session_compile(&s, a, w, a->word[0]);
  if (status != EXIT_FINE) return status;
  slice all = code_disasm(a->perm, s.c.code);
  world_code code = w->print(w, WORLD_STDOUT, all);
  return code == WORLD_OK || code == WORLD_CLOSED ? EXIT_FINE : EXIT_WORLD;
}
