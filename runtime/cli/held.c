/* See held.h. */
#include "held.h"

#include "lang/base/text.h"
#include "runtime/outbox/approve.h"
#include "runtime/store/audit.h"
#include "runtime/store/pause.h"

slice held_command(session *s, const char *verb, slice rest) {
  const arg_value *given = &s->a->value[ARG_store];
  slice where = given->given ? arena_printf(s->perm, " --store %.*s", SLICE_ARG(given->text)) : (slice){0};
  return arena_printf(s->perm, "dun %s%s%.*s%.*s", verb, rest.n ? " " : "", SLICE_ARG(rest), SLICE_ARG(where));
}

int held_language(session *s) {
  static const char *const NAMES[LANG_COUNT] = {"en", "pt", "es"};
  slice value;
  if (s->a->lang_known) return EXIT_FINE;
  store_code code = store_state_get(s->s, SLICE("policy language"), s->perm, &value);
  for (int i = 0; code == STORE_OK && i < LANG_COUNT; i++)
    if (slice_eq(value, slice_of(NAMES[i]))) s->lang = (dun_lang)i;
  return code == STORE_OK || code == STORE_END ? EXIT_FINE
                                               : session_complain_said(s, EXIT_WORLD, store_why(s->s)->text);
}

void held_login(session *s) {
  if (s->s && s->w->login) store_login_set(s->s, s->w->login(s->w));
}

int held_who(session *s, slice *name) {
  held_login(s);
  const char *user = s->w->env(s->w, "USER");
  if (!user || !*user) user = s->w->env(s->w, "LOGNAME");
  *name = s->a->value[ARG_by].given ? slice_trim(s->a->value[ARG_by].text) : user ? slice_of(user) : (slice){0};
  return name->n && !slice_eq(*name, PAUSE_BY_DUN) ? EXIT_FINE : COMPLAIN(s, EXIT_USAGE, WHO_ARE_YOU);
}

slice held_day(session *s, int32_t day) {
  char said[DATE_TEXT_MAX];
  date_text((civil_date){day}, s->lang, said);
  return arena_slice(s->perm, slice_of(said));
}

slice held_instant(session *s, int64_t us) {
  char day[DATE_TEXT_MAX];
  int64_t seconds = us / 1000000;
  date_iso((civil_date){(int32_t)(seconds / 86400)}, day);
  return arena_printf(s->perm, "%s %02d:%02d UTC", day, (int)(seconds % 86400 / 3600), (int)(seconds % 3600 / 60));
}

/* ---- pauses ---- */

static slice pause_subject(session *s, pause_scope covers, slice name) {
  switch (covers) {
  case PAUSE_policy: return TEXTS(s->lang, s->perm, PAUSED_POLICY, arena_printf(s->perm, "\"%.*s\"", SLICE_ARG(name)));
  case PAUSE_channel: return TEXTS(s->lang, s->perm, PAUSED_CHANNEL, name);
  case PAUSE_customer: return TEXTS(s->lang, s->perm, PAUSED_CUSTOMER, name);
  case PAUSE_all:
  case PAUSE_SCOPE_COUNT: break;
  }
  return TEXTS(s->lang, s->perm, PAUSED_ALL);
}

/* A word of a command as a shell takes it: whatever stands in it is a name, and never runs. */
static slice quoted(session *s, slice word) {
  bool bare = word.n > 0, twice = true; /* as it is; between double quotes */
  for (size_t i = 0; i < word.n; i++) {
    char c = word.p[i];
    bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!letter && (!c || !strchr("-_.@", c))) bare = false;
    if (!c || strchr("\"$`\\!", c)) twice = false;
  }
  if (bare) return word;
  if (twice) return arena_printf(s->perm, "\"%.*s\"", SLICE_ARG(word));
  text t = text_new(s->perm);
  text_cstr(&t, "'");
  for (size_t i = 0; i < word.n; i++)
    if (word.p[i] == '\'')
      text_cstr(&t, "'\\''");
    else
      text_char(&t, word.p[i]);
  text_cstr(&t, "'");
  return text_slice(&t);
}

static void say_pause(session *s, world_stream to, const store_pause *p) {
  slice about = pause_subject(s, p->scope, p->name), since = held_instant(s, p->at_us);
  slice said = slice_eq(p->by, PAUSE_BY_DUN) ? TEXTS(s->lang, s->perm, PAUSED_BY_DUN, about, since)
                                             : TEXTS(s->lang, s->perm, PAUSED_BY, about, since, p->by);
  if (p->reason.n) said = TEXTS(s->lang, s->perm, PAUSED_WHY, said, texts_said(s->lang, s->perm, p->reason));
  session_say(s, to, said);
  slice what = p->scope == PAUSE_all
                   ? (slice){0}
                   : arena_printf(s->perm, "%s %.*s", pause_scope_name(p->scope), SLICE_ARG(quoted(s, p->name)));
  session_say(s, to,
              arena_printf(s->perm, "  %.*s",
                           SLICE_ARG(TEXTS(s->lang, s->perm, RESUME_WITH, held_command(s, "resume", what)))));
}

int held_pauses(session *s, world_stream to, uint32_t *count) {
  const slice columns[] = {SLICE("scope"), SLICE("name"), SLICE("paused_by"), SLICE("reason"), SLICE("at")};
  store_where where = {"ended_at", STORE_IS_NULL, 0, {0}};
  store_query q = {.table = STORE_T_pause, .columns = columns, .column_count = 5, .where = &where, .where_count = 1};
  store_cursor *c;
  *count = 0;
  store_code code = store_scan(s->s, &q, &c);
  if (code != STORE_OK) return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text);
  while ((code = store_next(c)) == STORE_ROW) {
    store_pause p = {
        .name = store_text(c, 1), .by = store_text(c, 2), .reason = store_text(c, 3), .at_us = store_int(c, 4)};
    if (!pause_scope_find(store_text(c, 0), &p.scope)) continue;
    if ((*count)++ == 0) world_printf(s->w, to, "\n");
    say_pause(s, to, &p);
  }
  store_cursor_close(c);
  return code == STORE_END ? EXIT_FINE : session_complain_said(s, EXIT_WORLD, store_why(s->s)->text);
}

/* ---- after a run ---- */

/* The plan that waits as a whole, or was rejected, as of now. */
static store_code latest_plan(session *s, slice *digest, slice *why, bool *rejected) {
  const slice columns[] = {SLICE("digest"), SLICE("why"), SLICE("state")};
  store_query q = {.table = STORE_T_activation, .columns = columns, .column_count = 3};
  store_cursor *c;
  *digest = (slice){0};
  store_code code = store_scan(s->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) {
    *rejected = slice_eq(store_text(c, 2), SLICE("rejected"));
    if (!*rejected && !slice_eq(store_text(c, 2), SLICE("open"))) continue;
    *digest = arena_slice(s->perm, store_text(c, 0));
    *why = arena_slice(s->perm, store_text(c, 1));
  }
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

/* Of the whole plan, of what an import brought, of what came back. */
static text_id held_words(const plan_guard *g, text_id whole, text_id brought, text_id back) {
  return !g->part ? whole : g->returned ? back : brought;
}

static int say_plan(session *s, const plan_guard *g) {
  slice digest, why = {0};
  bool rejected = false;
  store_code code = latest_plan(s, &digest, &why, &rejected);
  if (code != STORE_OK) return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text);
  if (!digest.n) return EXIT_FINE;
  slice see = held_command(s, "approve", (slice){0});
  world_printf(s->w, WORLD_STDOUT, "\n");
  if (rejected) {
    session_say(s, WORLD_STDOUT,
                texts_of(s->lang, s->perm,
                         held_words(g, TXT_HELD_PLAN_REJECTED, TXT_HELD_PART_REJECTED, TXT_HELD_BACK_REJECTED), 1,
                         &see));
    return EXIT_FINE;
  }
  if (digest.n > ACTIVATION_DIGEST_SHOWN) digest.n = ACTIVATION_DIGEST_SHOWN;
  slice answer = arena_printf(s->perm, "--digest %.*s --by %s", SLICE_ARG(digest), texts_word(s->lang, TXT_PH_NAME));
  slice said[] = {texts_said(s->lang, s->perm, why), see, held_command(s, "approve", answer)};
  session_say(s, WORLD_STDOUT,
              texts_of(s->lang, s->perm, held_words(g, TXT_HELD_PLAN, TXT_HELD_PART, TXT_HELD_BACK), 3, said));
  return EXIT_FINE;
}

static void say_day(session *s, const day_plan *plan) {
  slice answer = arena_printf(s->perm, "--messages %u --by %s", plan->guarded.asked, texts_word(s->lang, TXT_PH_NAME));
  world_printf(s->w, WORLD_STDOUT, "\n");
  SAY(s, WORLD_STDOUT, HELD_DAY, texts_number(s->perm, plan->guarded.asked),
      texts_number(s->perm, s->c.program->ask_before_sending_more_than), held_command(s, "approve", answer));
}

static store_code lines_open(session *s, uint64_t *n) {
  const slice columns[] = {SLICE("id")};
  store_where where = {"state", STORE_EQ, 0, SLICE("open")};
  store_query q = {.table = STORE_T_approval, .columns = columns, .column_count = 1, .where = &where, .where_count = 1};
  store_cursor *c;
  *n = 0;
  store_code code = store_scan(s->s, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) ++*n;
  store_cursor_close(c);
  return code == STORE_END ? STORE_OK : code;
}

int held_ramp(session *s) {
  store_ramp r;
  store_code code = store_ramp_open(s->s, s->perm, &r);
  if (code == STORE_END || (code == STORE_OK && r.waiting == 0)) return EXIT_FINE;
  if (code != STORE_OK) return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text);
  world_printf(s->w, WORLD_STDOUT, "\n");
  SAY(s, WORLD_STDOUT, RAMP_AT, texts_number(s->perm, (uint64_t)(r.total - r.waiting)),
      texts_number(s->perm, (uint64_t)r.total), texts_number(s->perm, (uint64_t)r.waiting));
  SAY(s, WORLD_STDOUT, RAMP_NEXT, held_instant(s, r.step_at_us + (int64_t)RAMP_STEP_MINUTES * 60 * 1000000));
  return EXIT_FINE;
}

int held_after_run(session *s, const day_plan *plan, bool *asks) {
  uint32_t pauses = 0;
  uint64_t waiting = 0;
  *asks = plan->guarded.held || plan->guarded.asked;
  int status = plan->guarded.held ? say_plan(s, &plan->guarded) : EXIT_FINE;
  if (plan->guarded.asked) say_day(s, plan);
  store_code code = lines_open(s, &waiting);
  if (code == STORE_OK && waiting) {
    world_printf(s->w, WORLD_STDOUT, "\n");
    SAY_COUNT(s, WORLD_STDOUT, HELD_LINES, waiting, held_command(s, "approve", (slice){0}));
  }
  if (code != STORE_OK) return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text);
  if (status == EXIT_FINE) status = held_ramp(s);
  if (status == EXIT_FINE) status = held_pauses(s, WORLD_STDOUT, &pauses);
  *asks = *asks || pauses > 0;
  return status;
}

void held_in_plan(session *s, const day_plan *plan) {
  uint64_t lines_asked = 0;
  if (plan->guarded.held) {
    slice why = texts_said(s->lang, s->perm, outbox_held_why(s->leave, &plan->guarded));
    session_say(s, WORLD_STDERR,
                texts_of(s->lang, s->perm,
                         held_words(&plan->guarded, TXT_HELD_FIRST_RUN, TXT_HELD_FIRST_PART, TXT_HELD_FIRST_BACK), 1,
                         &why));
  }
  if (plan_held_whole(plan) || lines_open(s, &lines_asked) != STORE_OK || !lines_asked) return;
  SAY_COUNT(s, WORLD_STDERR, HELD_LINES, lines_asked, held_command(s, "approve", (slice){0}));
}
