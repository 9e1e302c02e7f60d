/* See session.h. */
#include "session.h"

#include <string.h>

#include "lang/analyse/lints.h"
#include "lang/base/path.h"
#include "lang/base/tz.h"
#include "policy_files.h"
#include "progress.h"
#include "project.h"
#include "runtime/engine/charges.h"
#include "runtime/engine/history_store.h"
#include "runtime/engine/live.h"
#include "runtime/engine/observed.h"
#include "runtime/engine/own_state.h"
#include "runtime/engine/prices.h"
#include "runtime/engine/revision.h"
#include "runtime/outbox/approve.h"
#include "stdlib/erp/csv.h"

size_t session_show_diags(session *s, const source *sources, uint32_t count) {
  if (!s->diags.first || s->unsaid) return s->diags.errors;
  slice all = diags_render(&s->diags, sources, count, s->lang, out_color(s->w, WORLD_STDERR), s->perm);
  world_printf(s->w, WORLD_STDERR, "%.*s", SLICE_ARG(all));
  return s->diags.errors;
}

void session_say(session *s, world_stream stream, slice words) {
  world_printf(s->w, stream, "%.*s\n", SLICE_ARG(words));
}

int session_complain(session *s, int status, slice what) {
  args_complain(s->w, s->a, what);
  return status;
}

int session_complain_said(session *s, int status, const char *english) {
  return session_complain(s, status, texts_said(s->lang, s->perm, slice_of(english)));
}

/* The last line after errors. `path` empty: they are in the templates. */
static void errors_line(session *s, size_t n, slice path) {
  if (path.n)
    SAY_COUNT(s, WORLD_STDERR, ERRORS, n, path);
  else
    SAY_COUNT(s, WORLD_STDERR, TEMPLATE_ERRORS, n);
}

/* The policy that is meant, its files and its project's calendars, compiled. */
static int read_policy(session *s, slice path) {
  bool folder = path.n == 0, option = s->a->command && s->a->command->options & ARG_BIT(policy);
  world_code code = folder ? WORLD_OK : s->w->is_folder(s->w, arena_copy(s->perm, path), &folder);
  if (code == WORLD_OK && folder) {
    int status = project_policy(s->a, s->w, path.n ? &path : NULL, option ? TXT_POLICY_OPTION : TXT_ITS_PATH, &path);
    if (status != EXIT_FINE) return status;
  }
  s->policy_path = path;
  s->policy_folder = path_folder(path);
  diags_init(&s->diags, s->perm);
  policy_files files;
  code = policy_files_load(s->w, s->perm, path, &s->diags, &files);
  if (code != WORLD_OK) {
    return COMPLAIN(s, EXIT_WORLD, CANNOT_READ_POLICY, path, texts_world(s->lang, s->perm, code));
  }
  s->sources = files.v;
  s->source_count = files.count;
  slice why;
  compile_options o = {.calendars = project_calendars(s->w, s->perm, s->policy_folder, s->lang, &why)};
  if (!o.calendars) {
    return session_complain(s, EXIT_WORLD, why);
  }
  s->calendars = o.calendars;
  int status = session_project_series(s);
  if (status != EXIT_FINE) return EXIT_WORLD;
  o.series = s->series;
  o.keeps_trees = s->unsaid; /* an editor asks for the names in them */
  return compile_with(s->perm, s->sources, s->source_count, &o, &s->diags, &s->c) ? EXIT_FINE : EXIT_COMPILE;
}

int session_read(session *s, const args *a, world *w, slice policy_path) {
  *s = (session){.w = w, .a = a, .perm = a->perm, .lang = a->lang, .unsaid = true};
  int status = read_policy(s, policy_path);
  if (s->c.program) s->lang = args_lang(a, s->c.program->lang);
  return status;
}

int session_compile(session *s, const args *a, world *w, slice policy_path) {
  *s = (session){.w = w, .a = a, .perm = a->perm, .lang = a->lang};
  int status = read_policy(s, policy_path);
  if (status == EXIT_USAGE || status == EXIT_WORLD) return status;
  s->lang = args_lang(a, s->c.program->lang);
  if (status == EXIT_FINE && a->command && strcmp(a->command->name, "check") == 0) {
    analyse_lints(s->perm, s->c.program, &s->diags);
    diags_sort(&s->diags);
  }
  session_show_diags(s, s->sources, s->source_count);
  if (status == EXIT_FINE) {
    status = session_rates(s);
  } else
    errors_line(s, s->diags.errors, s->policy_path);
  return status;
}

slice session_template_folder(session *s) {
  const arg_value *given = &s->a->value[ARG_templates];
  return given->given ? given->text : project_folder(s->w, s->perm, s->policy_folder, "templates");
}

int session_templates(session *s) {
  slice folder = session_template_folder(s);
  diags_init(&s->diags, s->perm);
  templates_check(s->w, s->perm, s->c.program, folder, &s->diags, &s->templates);
  s->has_templates = true;
  diags_sort(&s->diags);
  size_t errors = session_show_diags(s, s->templates.sources, s->templates.source_count);
  if (!errors) return EXIT_FINE;
  errors_line(s, errors, (slice){0});
  return EXIT_COMPILE;
}

void session_templates_if_fine(session *s) {
  diags unsaid;
  diags_init(&unsaid, s->perm);
  templates_check(s->w, s->perm, s->c.program, session_template_folder(s), &unsaid, &s->templates);
  s->has_templates = unsaid.errors == 0;
}

static void show_rejects(session *s, const csv_report *r) {
  for (size_t i = 0; i < r->count; i++)
    for (size_t k = 0; k < r->file[i].reasons; k++)
      SAY(s, WORLD_STDERR, ROW_LEFT_OUT, slice_of(r->file[i].path), texts_number(s->perm, r->file[i].reason[k].line),
          slice_of(r->file[i].reason[k].text));
}

static int open_folder(session *s, const char *folder) {
  csv_options o = {.say = texts_say,
                   .say_self = &s->lang,
                   .currency = s->a->value[ARG_currency].given      ? s->a->value[ARG_currency].text
                               : s->c.program->cur != CURRENCY_NONE ? slice_of(currency_code(s->c.program->cur))
                                                                    : (slice){0}};
  csv_report report;
  csv_status status = csv_load(s->w, folder, &o, s->perm, &s->s, &report);
  if (status != CSV_DONE) {
    return session_complain(s, EXIT_WORLD, slice_of(report.error));
  }
  show_rejects(s, &report);
  return EXIT_FINE;
}

/* --events FILE: into the session's private store, beside what the ledger knows. */
static int add_events(session *s) {
  const char *path = s->a->value[ARG_events].text.p;
  csv_options o = {.say = texts_say, .say_self = &s->lang};
  csv_report report;
  if (csv_import(s->w, s->s, &path, 1, &o, s->perm, &report) != CSV_DONE) {
    return session_complain(s, EXIT_WORLD, slice_of(report.error));
  }
  show_rejects(s, &report);
  return EXIT_FINE;
}

/* Only an import makes a store: a misspelt path would else be an empty ledger, about which there is nothing to say. */
static bool store_is_there(world *w, const char *url) {
  const char *path = strncmp(url, "sqlite:", 7) == 0 ? url + 7 : url;
  return world_look(w, path) != WORLD_NOT_FOUND;
}

/* "boleto" and its reason; empty: it has none. */
static slice gap_parts(slice gap, slice *why) {
  const char *colon = gap.n ? memchr(gap.p, ':', gap.n) : NULL;
  size_t n = colon ? (size_t)(colon - gap.p) : gap.n;
  *why = n + 2 < gap.n ? (slice){gap.p + n + 2, gap.n - n - 2} : (slice){0};
  return (slice){gap.p, n};
}

slice session_gap_line(session *s, slice gap) {
  slice why, name = gap_parts(gap, &why), hole = arena_printf(s->perm, "{%.*s}", SLICE_ARG(name));
  if (!why.n) return TEXTS(s->lang, s->perm, WITHOUT_HOLE, hole);
  return TEXTS(s->lang, s->perm, WITHOUT_PART, hole, texts_said(s->lang, s->perm, arena_slice(s->perm, why)));
}

slice session_gap_words(session *s, slice gap) {
  slice why, name = gap_parts(gap, &why);
  slice words = texts_said(s->lang, s->perm, arena_slice(s->perm, why));
  return why.n ? arena_printf(s->perm, "{%.*s}: %.*s", SLICE_ARG(name), SLICE_ARG(words))
               : arena_printf(s->perm, "{%.*s}", SLICE_ARG(name));
}

const char *session_store_url(const args *a) {
  return a->value[ARG_store].given ? a->value[ARG_store].text.p : "dun.db";
}

const char *session_rejects_folder(const args *a) {
  const char *url = session_store_url(a), *path = strncmp(url, "sqlite:", 7) == 0 ? url + 7 : url;
  const char *slash = strrchr(path, '/');
  return slash ? arena_printf(a->perm, "%.*s/rejects", (int)(slash - path), path).p : "rejects";
}

bool session_store_is_there(const session *s) { return store_is_there(s->w, session_store_url(s->a)); }

int session_open(session *s) {
  const arg_value *data = &s->a->value[ARG_data], *url = &s->a->value[ARG_store];
  if (data->given && url->given) {
    return COMPLAIN(s, EXIT_USAGE, TWO_SOURCES);
  }
  bool events = s->a->value[ARG_events].given;
  if (data->given) {
    int status = open_folder(s, data->text.p);
    return status == EXIT_FINE && events ? add_events(s) : status;
  }
  const char *path = session_store_url(s->a);
  if (!store_is_there(s->w, path)) {
    return COMPLAIN(s, EXIT_WORLD, NO_STORE, slice_of(path));
  }
  store_error why;
  store_code code = events ? store_open_copy(s->w, path, &s->s, &why) : store_open(s->w, path, &s->s, &why);
  if (code == STORE_OK) return events ? add_events(s) : EXIT_FINE;
  return session_complain_said(s, EXIT_WORLD, why.text);
}

int session_today(session *s) {
  if (s->a->value[ARG_today].given) {
    s->today = (civil_date){(int32_t)s->a->value[ARG_today].number};
    return EXIT_FINE;
  }
  slice zone = s->c.program->timezone.n ? s->c.program->timezone : SLICE("UTC");
  const tz *z = world_load_zone(s->w, zone, s->perm);
  if (!z) {
    return COMPLAIN(s, EXIT_WORLD, NO_TIME_ZONE, zone);
  }
  s->today = tz_local(z, s->w->now_ns(s->w) / 1000000000).date;
  return EXIT_FINE;
}

static void loading(void *self, uint64_t rows) { progress_at(self, rows); }

static int failed(session *s) { return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text); }

static const tz *zone_named(void *self, slice name) {
  session *s = self;
  const tz *z = world_load_zone(s->w, name, s->perm);
  if (!z && !s->again) SAY(s, WORLD_STDERR, NO_TIME_ZONE_TAKEN, name);
  return z;
}

int session_engine(session *s, civil_date today, bool with_history) {
  const program *p = s->c.program;
  if (s->has_templates) s->c.program = p = templates_program(s->perm, p, &s->templates);
  progress bar;
  int64_t rows = 0;
  if (store_count(s->s, STORE_T_invoice, &rows) != STORE_OK) return failed(s);
  progress_begin(&bar, s->w, texts_word(s->lang, TXT_READING_LEDGER), (uint64_t)rows);
  facts_options o = {
      .today = today, .with_contacts = true, .progress = loading, .progress_self = &bar, .ledger_cur = s->ledger_cur};
  o.with_past = s->past;
  store_code code = facts_load(s->perm, s->s, p, &o, &s->f);
  /* A simulation begins with the rows as they are; what they showed until now is no news to it. */
  civil_date known = with_history ? today : s->past ? (civil_date){INT32_MAX} : date_add_days(today, -1);
  if (code == STORE_OK) code = happenings_load(s->perm, s->s, s->f, known, &s->events);
  if (!with_history && !s->past) observed_as_facts(&s->events, p->has_fee);
  progress_end(&bar);
  if (code != STORE_OK) return failed(s);
  if (s->events.unknown && !s->again) SAY_COUNT(s, WORLD_STDERR, EVENTS_UNKNOWN, s->events.unknown);
  if (engine_new(s->perm, &s->c, s->f, NULL, &s->e) == ENGINE_TWO_CURRENCIES) {
    return COMPLAIN(s, EXIT_COMPILE, TWO_CURRENCIES, texts_number(s->perm, (uint64_t)s->f->cur_count));
  }
  engine_zones(s->e, zone_named, s);
  if (session_series(s) != STORE_OK || prices_load(s->e, s->s) != STORE_OK) return failed(s);
  s->h = s->e->h;
  s->today = today;
  code = own_load(s->e, s->s, &s->events, today, s->perm);
  if (!with_history && code == STORE_OK) code = periods_since(s->e, s->s, s->perm);
  if (!with_history || code != STORE_OK) return code == STORE_OK ? EXIT_FINE : failed(s);
  code = charges_load(s->e, s->s);
  if (code == STORE_OK) code = history_replay(s->e, s->s, &s->events, today, s->perm);
  slice policy = revision_text(p, s->perm);
  if (code == STORE_OK) code = revision_settle(s->e, s->s, policy, today, s->perm);
  bool real = outbox_is_real(p) && !s->a->value[ARG_data].given && !s->unguarded;
  if (code == STORE_OK) code = outbox_leave_load(s->s, s->e, policy, today, real, s->perm, &s->leave);
  return code == STORE_OK ? EXIT_FINE : failed(s);
}

void session_close(session *s) {
  store_close(s->s);
  s->s = NULL;
}
