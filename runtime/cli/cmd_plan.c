/* dun plan: what would go out today, what waits and why. Nothing is sent, nothing is stored. */
#include "commands.h"
#include "held.h"
#include "lang/base/text.h"
#include "plan_file.h"
#include "plan_gaps.h"
#include "rows.h"
#include "runtime/engine/plan.h"
#include "runtime/engine/report_build.h"
#include "session.h"
#include "tick.h"

/* What goes out today, counted as it is printed. */
typedef struct tally {
  uint32_t by[CH_COUNT], other, nobody;
} tally;

static void count(tally *t, const decision *d) {
  if (d->wait != WAIT_NONE) return;
  if (d->no_contact)
    t->nobody++;
  else if (d->act->kind == ACT_SEND)
    t->by[d->way->ch]++;
  else
    t->other++;
}

static void print_rows(session *s, const day_plan *p, out *o, const row_style *style, const plan_item *v, uint32_t n,
                       tally *t) {
  arena *scratch = arena_new();
  for (uint32_t i = 0; i < n; i++) {
    slice values[ROW_COLUMNS_MAX];
    decision d = engine_decision(s->e, p, v[i], scratch);
    row_values(style, &d, values, scratch);
    out_row(o, values);
    count(t, &d);
    arena_reset(scratch);
  }
  arena_free(scratch);
}

static void heading(session *s) {
  char day[DATE_TEXT_MAX];
  date_text(s->today, s->lang, day);
  slice name = s->c.program->name.n ? s->c.program->name : s->policy_path;
  world_printf(s->w, WORLD_STDOUT, "%.*s, %s, %s\n\n", SLICE_ARG(name),
               date_weekday_name(date_weekday(s->today), s->lang), day);
}

static void add_part(text *parts, slice part) {
  if (parts->n) text_cstr(parts, ", ");
  text_add(parts, part);
}

static void channels_line(session *s, const tally *t, uint32_t waiting) {
  text parts = text_new(s->perm);
  for (int c = 0; c < CH_COUNT; c++)
    if (t->by[c])
      add_part(&parts, TEXTS(s->lang, s->perm, TODAY_BY, texts_number(s->perm, t->by[c]), slice_of(CHANNELS[c])));
  if (t->other) add_part(&parts, TEXTS(s->lang, s->perm, TODAY_OWN, texts_number(s->perm, t->other)));
  if (t->nobody) add_part(&parts, TEXTS(s->lang, s->perm, TODAY_NOBODY, texts_number(s->perm, t->nobody)));
  if (!parts.n) text_cstr(&parts, texts_word(s->lang, TXT_TODAY_NOTHING));
  world_printf(s->w, WORLD_STDERR, "\n");
  SAY(s, WORLD_STDERR, TODAY_ALL, text_slice(&parts), texts_number(s->perm, waiting));
}

static void undecided_lines(session *s, const day_plan *p) {
  session_say_unbilled(s, WORLD_STDERR, &p->unbilled);
  uint32_t n;
  const report_undecided *u = report_undecided_of(s->e, s->perm, &n);
  session_say_undecided(s, u, n);
}

static int print_plan(session *s, const day_plan *p, const plan_list *l) {
  row_style style = {s->e, s->a->format, s->lang, true, s->a->format != OUT_table || l->waiting_count > 0};
  tally today = {0}, later = {0};
  out_column columns[ROW_COLUMNS_MAX];
  size_t n = row_columns(&style, columns);
  if (style.format == OUT_table) heading(s);
  out *o = out_begin(s->w, s->a->format, columns, n);
  print_rows(s, p, o, &style, l->going, l->going_count, &today);
  print_rows(s, p, o, &style, l->waiting, l->waiting_count, &later);
  world_code why;
  if (!out_end(o, &why) && why != WORLD_CLOSED) {
    return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s->lang, s->perm, why));
  }
  if (s->a->value[ARG_quiet].given) return EXIT_FINE;
  channels_line(s, &today, l->waiting_count);
  held_in_plan(s, p);
  undecided_lines(s, p);
  plan_gaps_say(s, p, l->going, l->going_count);
  session_say_figures(s);
  return EXIT_FINE;
}

/* --out: for `dun run FILE`. What is decided is what a run at this minute would decide. */
static int save(session *s, plan_file *f, const day_plan *p) {
  const arg_value *path = &s->a->value[ARG_out];
  plan_file_rows(s, p, f);
  world_code code = s->w->write_file(s->w, path->text.p, plan_file_text(f, s->perm));
  if (code != WORLD_OK) return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE, path->text, texts_world(s->lang, s->perm, code));
  if (!s->a->value[ARG_quiet].given) SAY_COUNT(s, WORLD_STDERR, PF_SAVED, (uint64_t)f->going, path->text);
  return EXIT_FINE;
}

/* The templates of a plan that is saved are bound to it, as a run would have them. */
static int prepare(session *s) {
  if (!s->a->value[ARG_out].given) {
    plan_gaps_prepare(s);
    return EXIT_FINE;
  }
  return s->a->value[ARG_data].given ? COMPLAIN(s, EXIT_USAGE, PF_NEEDS_STORE) : session_templates(s);
}

int cmd_plan(const args *a, world *w) {
  session s;
  bool saves = a->value[ARG_out].given, other_day = false;
  plan_file file;
  int status = session_compile(&s, a, w, a->word[0]);
  if (status == EXIT_FINE) status = session_today(&s);
  if (status == EXIT_FINE) status = prepare(&s);
  if (status == EXIT_FINE && saves) status = tick_other_day(&s, &other_day);
  if (status == EXIT_FINE) status = session_open(&s);
  if (status == EXIT_FINE) status = session_engine(&s, s.today, true);
  if (status == EXIT_FINE && saves) {
    s.e->minute = tick_minute(&s, other_day);
    if (plan_file_basis(&s, s.e->minute, &file) != STORE_OK) status = tick_failed(&s);
  }
  if (status == EXIT_FINE) {
    day_plan p;
    plan_list l;
    plan_settle(s.e, s.today, s.perm, &p);
    engine_list(s.e, &p, s.perm, &l);
    status = print_plan(&s, &p, &l);
    if (status == EXIT_FINE && saves) {
      engine_tell(s.e, s.perm, &p);
      status = save(&s, &file, &p);
    }
    if (status == EXIT_FINE && a->value[ARG_exit_code].given && l.going_count) status = EXIT_FINDINGS;
  }
  session_close(&s);
  return status;
}
