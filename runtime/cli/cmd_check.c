/* dun check: is this policy, with its templates, right? And dun fields, dun disasm: what the compiler knows. */
#include "commands.h"
#include "out.h"
#include "project.h"
#include "session.h"

static bool body_names_templates(const lines *l) {
  for (uint32_t i = 0; i < l->count; i++)
    for (uint32_t b = 0; b < l->v[i].branch_count; b++)
      for (uint32_t a = 0; a < l->v[i].branches[b].action_count; a++) {
        const action *act = &l->v[i].branches[b].actions[a];
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
    if (rungs_name_templates(p->whens[i].rungs, p->whens[i].rung_count) || body_names_templates(&p->whens[i].body)) return true;
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
  world_printf(s->w, WORLD_STDERR, "note: there is no folder %.*s; the messages' templates were not checked, and `dun run` needs them.\n",
               SLICE_ARG(folder));
  return EXIT_FINE;
}

static uint32_t rungs_of(const program *p) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < p->ladder_count; i++) n += p->ladders[i].rung_count;
  for (uint32_t i = 0; i < p->when_count; i++) n += p->whens[i].rung_count;
  return n;
}

/* Such a policy is sound, and most likely a mistake. */
static void empty_line(const session *s) {
  static const char *const WORDS[LANG_COUNT] = {
      [LANG_EN] = "warning: %.*s has no ladder and no rule: nothing will ever be sent by it.\n",
      [LANG_PT] = "aviso: %.*s não tem régua nem regra: nada será enviado por ela.\n",
      [LANG_ES] = "aviso: %.*s no tiene escala ni regla: nunca enviará nada.\n"};
  world_printf(s->w, WORLD_STDERR, WORDS[s->lang], SLICE_ARG(s->policy_path));
}

static const char *plural(uint32_t n) { return n == 1 ? "" : "s"; }

static int check_one(const args *a, world *w, slice path) {
  session s;
  int status = session_compile(&s, a, w, path);
  if (status == EXIT_FINE) status = check_templates(&s);
  if (status != EXIT_FINE) return status;
  const program *p = s.c.program;
  uint32_t rules = p->when_count + p->every_count + p->on_count, rungs = rungs_of(p);
  if (rungs + rules == 0) empty_line(&s);
  world_printf(w, WORLD_STDOUT, "%.*s: fine. %u ladder%s, %u rung%s, %u other rule%s.\n", SLICE_ARG(s.policy_path), p->ladder_count,
               plural(p->ladder_count), rungs, plural(rungs), rules, plural(rules));
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

static const char *prefix(entity of) {
  switch (of) {
  case ENT_CUSTOMER: return "customer.";
  case ENT_CONTRACT: return "contract.";
  case ENT_INVOICE:
  case ENT_COUNT: break;
  }
  return "";
}

int cmd_fields(const args *a, world *w) {
  static const char *const TYPES[] = {[TY_ERROR] = "", [TY_BOOL] = "yes/no", [TY_MONEY] = "money", [TY_NUMBER] = "number",
                                      [TY_PERCENT] = "percent", [TY_DURATION] = "duration", [TY_DATE] = "date",
                                      [TY_TIME] = "time", [TY_TEXT] = "text", [TY_SET] = "set"};
  static const out_column COLUMNS[] = {{"field", NULL, OUT_TEXT, true}, {"type", NULL, OUT_TEXT, true},
                                       {"missing", "may be missing", OUT_YESNO, false}, {"values", NULL, OUT_TEXT, false},
                                       {"meaning", NULL, OUT_TEXT, false}};
  out *o = out_begin(w, a->format, COLUMNS, 5);
  for (int f = 0; f < FIELD_COUNT; f++) {
    const field_info *i = &FIELDS[f];
    slice values[] = {arena_printf(a->perm, "%s%s", prefix(i->of), i->name[a->lang]), slice_of(TYPES[i->ty]),
                      i->can_be_missing ? SLICE("yes") : SLICE("no"), slice_of(i->values), slice_of(i->meaning)};
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
  slice text = code_disasm(a->perm, s.c.code);
  world_code code = w->print(w, WORLD_STDOUT, text);
  return code == WORLD_OK || code == WORLD_CLOSED ? EXIT_FINE : EXIT_WORLD;
}
