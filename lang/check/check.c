/* The checker's front: it walks the files' statements in order and hands each to its file here. Names are collected
 * first, so that a field may be declared anywhere; the currency too, since bare amounts are read in it. */
#include "lang/check/internal.h"

#include "lang/base/suggest.h"

/* ---- what all files of the checker use ---- */

static const char *const HINTS[HINT_COUNT][LANG_COUNT] = {
#define HINT(id, en, pt, es) [HINT_##id] = {en, pt, es},
#include "lang/check/hints.def"
#undef HINT
};

slice hint(checker *c, hint_id id, slice arg) {
  slice t = slice_of(HINTS[id][c->lang]);
  for (size_t i = 0; i + 3 <= t.n; i++)
    if (memcmp(t.p + i, "{0}", 3) == 0)
      return arena_printf(c->scratch, "%.*s%.*s%.*s", (int)i, t.p, SLICE_ARG(arg), (int)(t.n - i - 3), t.p + i + 3);
  return t;
}

slice hint_mean(checker *c, slice nearest) { return nearest.n ? hint(c, HINT_MEAN, nearest) : NO_HINT; }

void mend(checker *c, diag *reported, span at, slice text) {
  if (text.n) diag_fix(c->d, reported, at, text);
}

void mend_choice(checker *c, diag *reported, span at, const slice *texts, size_t n) {
  for (size_t i = 0; i < n; i++) mend(c, reported, at, texts[i]);
}

slice keep(checker *c, slice s) {
  if (s.n == 0) return NO_HINT;
  /* Names are compared with case folded there; texts must not be. */
  uint32_t i = name_map_get(&c->texts, 0, s);
  if (i != NAME_NONE && slice_eq(*VEC_AT(&c->kept, slice, i), s)) return *VEC_AT(&c->kept, slice, i);
  slice copy = arena_slice(c->perm, s);
  if (i == NAME_NONE) {
    name_map_add(c->scratch, &c->texts, 0, copy, c->kept.n);
    *VEC_PUSH(c->scratch, &c->kept, slice) = copy;
  }
  return copy;
}

span span_part(checker *c, const ast *n, size_t from, size_t bytes) {
  slice file = c->p->sources[n->at.file].text;
  uint32_t start = n->at.from;
  if (n->text.p >= file.p && n->text.p < file.p + file.n) start = (uint32_t)(n->text.p - file.p);
  return (span){start + (uint32_t)from, start + (uint32_t)(from + bytes), n->at.file};
}

span span_name(checker *c, const ast *n) { return n->text.n ? span_part(c, n, 0, n->text.n) : n->at; }

type field_type(checker *c, uint16_t field) {
  return field < FIELD_COUNT ? FIELDS[field].ty : VEC_AT(&c->custom, custom_field, field - FIELD_COUNT)->ty;
}

slice field_text(checker *c, uint16_t field) {
  return field < FIELD_COUNT ? slice_of(FIELDS[field].name[c->lang])
                             : VEC_AT(&c->custom, custom_field, field - FIELD_COUNT)->name;
}

uint16_t use_field(checker *c, entity of, uint16_t field) {
  uint16_t *known = &c->use_of[c->of][field];
  if (*known) return (uint16_t)(*known - 1);
  *VEC_PUSH(c->perm, &c->uses, field_use) = (field_use){c->of, of, field, field_type(c, field)};
  *known = (uint16_t)c->uses.n;
  return (uint16_t)(c->uses.n - 1);
}

/* ---- before anything is built ---- */

bool setting_lost(const checker *c, kw word) {
  for (uint32_t f = 0; f < c->file_count; f++)
    if (c->files[f]->lost[word] || c->files[f]->lost[KW_NONE]) return true;
  return false;
}

static void find_currency(checker *c, const ast *n) {
  if (n->kind != AST_CURRENCY || c->p->cur != CURRENCY_NONE) return;
  c->p->cur = currency_find(n->text);
  c->currency_lost = c->currency_lost || c->p->cur == CURRENCY_NONE;
}

/* Which kinds of rows the sections run over: settings of the whole policy are built for those. */
static void find_entities(checker *c) {
  for (uint32_t f = 0; f < c->file_count; f++) {
    c->lang = c->files[f]->lang;
    for (const ast *n = c->files[f]->root->kid; n; n = n->next) {
      const ast *target = n->kind == AST_EVERY ? ast_kid(n, AST_TARGET) : NULL;
      if (n->kind == AST_LADDER && n->op == KW_CONTRACTS) c->has_entity[ENT_CONTRACT] = true;
      if (target && target->op == KW_CONTRACTS) c->has_entity[ENT_CONTRACT] = true;
      if (target && target->op == KW_CUSTOMERS) c->has_entity[ENT_CUSTOMER] = true;
      if (n->kind == AST_ON) c->has_entity[event_entity(n->op)] = true;
      if (n->kind == AST_ERROR)
        for (entity of = ENT_INVOICE; of < ENT_COUNT; of++) c->has_entity[of] = true; /* perhaps */
      if (n->kind != AST_WHEN) continue;
      const ast *clause = ast_kid(n, AST_COND);
      if (n->op == KW_CONTRACT)
        c->has_entity[ENT_CONTRACT] = true;
      else if (clause && reads_only_customer(c, clause))
        c->has_entity[ENT_CUSTOMER] = true;
    }
  }
}

/* ---- statements ---- */

bool rule_fits(checker *c, span at) {
  if (++c->rules == RULES_MAX + 1) REPORT(c, E0339, at, NO_HINT, arena_printf(c->scratch, "%d", RULES_MAX));
  return c->rules <= RULES_MAX;
}

static void policy_decl(checker *c, const ast *n) {
  if (c->policy_seen) REPORT(c, E0301, n->at, NO_HINT, kw_text(KW_POLICY, c->lang));
  c->policy_seen = true;
  c->p->name = keep(c, n->text);
}

static void settings_of(checker *c, const ast *n) {
  if (n->kind == AST_POLICY) policy_decl(c, n);
  if (ast_class_of(n->kind) == AST_CLASS_SETTING) setting_check(c, n, &c->p->policy, &c->policy, ENT_INVOICE, false);
}

static void sections_of(checker *c, const ast *n) {
  if (n->kind == AST_WHEN || n->kind == AST_EVERY || n->kind == AST_ON) (void)rule_fits(c, n->at);
  c->document_made = false;
  switch ((int)n->kind) {
  case AST_LADDER: ladder_build(c, n); break;
  case AST_NO_LADDER: no_ladder_build(c, n); break;
  case AST_WHEN: when_build(c, n); break;
  case AST_EVERY: every_build(c, n); break;
  case AST_ON: on_build(c, n); break;
  case AST_TEAM: team_build(c, n); break;
  case AST_CONNECT: connect_build(c, n); break;
  case AST_TEST: test_build(c, n); break;
  case AST_ERROR: lost_build(c, n); break;
  default: break;
  }
}

static void promises_of(checker *c, const ast *n) {
  if (n->kind == AST_GUARANTEE) guarantee_build(c, n);
}

/* `dun run` refuses an alert to a team that nobody has defined; here it is said early. */
static void check_teams(checker *c) {
  slice *names = ARENA_ARRAY(c->scratch, c->teams.n + 1, slice);
  for (uint32_t i = 0; i < c->teams.n; i++) names[i] = VEC_AT(&c->teams, team, i)->name;
  name_map told = {0};
  for (uint32_t i = 0; i < c->alerts.n; i++) {
    const ast *n = *VEC_AT(&c->alerts, const ast *, i);
    if (name_map_get(&c->teams_by_name, 0, n->text) != NAME_NONE) continue;
    if (name_map_add(c->scratch, &told, 0, n->text, i) != NAME_NONE) continue;
    c->lang = c->files[n->at.file]->lang;
    size_t near = did_you_mean(n->text, names, c->teams.n);
    slice meant = near < c->teams.n ? names[near] : NO_HINT;
    mend(c, REPORT(c, W0024, span_name(c, n), hint_mean(c, meant), n->text), span_name(c, n), meant);
  }
}

#define MOVE(list, count, from)                                                                                        \
  do {                                                                                                                 \
    p->list = (from).v;                                                                                                \
    p->count = (from).n;                                                                                               \
  } while (0)

/* An ERP's connector looks for the events that a rule is about, and for no others. */
static void connect_events(checker *c) {
  slice *v = ARENA_ARRAY(c->perm, c->ons.n + 1, slice);
  uint32_t n = 0;
  for (uint32_t i = 0; i < c->ons.n; i++)
    if (VEC_AT(&c->ons, on_rule, i)->kind == EV_ERP) v[n++] = VEC_AT(&c->ons, on_rule, i)->what;
  for (uint32_t i = 0; i < c->connections.n; i++) {
    connection *to = VEC_AT(&c->connections, connection, i);
    if (!slice_eq(to->kind, SLICE("erp"))) continue;
    to->events = v;
    to->event_count = n;
  }
}

static void finish(checker *c) {
  program *p = c->p;
  connect_events(c);
  MOVE(ladders, ladder_count, c->ladders);
  MOVE(whens, when_count, c->whens);
  MOVE(everys, every_count, c->everys);
  MOVE(ons, on_count, c->ons);
  MOVE(conds, cond_count, c->conds);
  MOVE(values, value_count, c->values);
  MOVE(uses, use_count, c->uses);
  MOVE(custom, custom_count, c->custom);
  MOVE(teams, team_count, c->teams);
  MOVE(connections, connection_count, c->connections);
  MOVE(holidays, holiday_count, c->holidays);
  MOVE(tests, test_count, c->tests);
  MOVE(guarantees, guarantee_count, c->guarantees);
  MOVE(series_named, series_named_count, c->series_named);
}

/* Statements with errors are left out of the trees: what they used is not known. */
bool files_whole(const checker *c) {
  bool ok = true;
  for (uint32_t f = 0; f < c->file_count; f++) ok = ok && c->files[f]->ok;
  return ok;
}

program *check_program(arena *perm, arena *scratch, const ast_file *const *files, const source *sources, uint32_t count,
                       const struct embedded *calendars, diags *d) {
  checker *c = ARENA_NEW(scratch, checker);
  program *p = ARENA_NEW(perm, program);
  *c = (checker){
      .perm = perm, .scratch = scratch, .d = d, .p = p, .files = files, .file_count = count, .calendars = calendars};
  p->sources = sources;
  p->source_count = count;
  p->lang = count ? files[0]->lang : LANG_EN;
  p->calendar_table = calendars;
  files_link(c);
  c->currency_lost = setting_lost(c, KW_CURRENCY);
  files_each(c, find_currency);
  names_collect(c);
  find_entities(c);
  files_each(c, settings_of);
  scope_finish(c, &p->policy, &c->policy);
  files_each(c, sections_of);
  c->lang = p->lang;
  if (!setting_lost(c, KW_SEND)) windows_check(c);
  fee_finish(c);
  check_teams(c);
  files_each(c, promises_of);
  names_check_unused(c, files_whole(c));
  finish(c);
  return p;
}
