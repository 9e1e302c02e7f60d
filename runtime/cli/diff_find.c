/* See diff_find.h. */
#include "diff_find.h"

#include "lang/base/path.h"
#include "project.h"

enum { DAYS = 30 };

/* ---- revisions ---- */

static const text_id FAULTS[] = {TXT_NONE,
#define GIT_FAULT(name) TXT_GIT_##name,
                                 WORLD_GIT_FAULTS(GIT_FAULT)
#undef GIT_FAULT
};

/* The folder whose repository is meant: the policy's, else the one at hand. */
static slice repository_folder(const args *a, world *w) {
  slice path = a->value[ARG_policy].text;
  if (!a->value[ARG_policy].given) return SLICE(".");
  for (bool yes = false; path.n > 1; path = path_folder(path)) {
    if (w->is_folder(w, arena_copy(a->perm, path), &yes) == WORLD_OK && yes) return path;
    if (slice_eq(path, SLICE("."))) break;
  }
  return path.n ? path : SLICE(".");
}

slice diff_git_says(dun_lang lang, arena *perm, const world_git_error *why, slice folder, slice rev) {
  slice said[] = {why->folder.n ? why->folder : folder, rev, why->why};
  return texts_of(lang, perm, FAULTS[why->fault], 3, said);
}

static int open_revision(const args *a, world *w, slice rev, diff_opened *o) {
  world_git_error why;
  slice folder = repository_folder(a, w);
  o->side.name = rev;
  o->git = world_git_open(w, a->perm, arena_copy(a->perm, folder), rev, &why);
  if (o->git) {
    o->w = world_git_world(o->git);
    o->side.id = world_git_id(o->git);
    return EXIT_FINE;
  }
  args_complain(w, a, diff_git_says(a->lang, a->perm, &why, folder, rev));
  return why.fault == WORLD_GIT_BROKEN || why.fault == WORLD_GIT_OWNER ? EXIT_WORLD : EXIT_USAGE;
}

static int open_sides(const args *a, world *w, diff_opened *was, diff_opened *now) {
  int status = open_revision(a, w, a->word[0], was);
  if (status != EXIT_FINE) return status;
  if (a->word_count > 1) return open_revision(a, w, a->word[1], now);
  now->w = w;
  now->side.name = slice_of(texts_word(a->lang, TXT_WORKING_TREE));
  return EXIT_FINE;
}

/* ---- policies ---- */

static bool is_policy(slice name) { return name.n > 4 && memcmp(name.p + name.n - 4, ".dun", 4) == 0; }

/* Whether the revision has what is meant at all: a policy may be younger than its repository. */
static bool has_policy(const args *a, world *w) {
  slice path = a->value[ARG_policy].given ? a->value[ARG_policy].text : SLICE("."), text, *names;
  bool yes = false;
  size_t n = 0;
  if (w->is_folder(w, arena_copy(a->perm, path), &yes) != WORLD_OK || !yes)
    return w->read_file(w, arena_copy(a->perm, path), a->perm, &text) == WORLD_OK;
  slice below = path_join(a->perm, path, SLICE("policies"));
  if (w->is_folder(w, arena_copy(a->perm, below), &yes) == WORLD_OK && yes) path = below;
  if (w->list_folder(w, arena_copy(a->perm, path), a->perm, &names, &n) != WORLD_OK) return false;
  while (n && !is_policy(names[n - 1])) n--;
  return n > 0;
}

/* A policy that says nothing. */
static void compile_nothing(const args *a, diff_opened *o) {
  static const source EMPTY = {{"", 0}, {"", 0}};
  o->s = (session){.w = o->w, .a = a, .perm = a->perm, .lang = a->lang, .policy_folder = SLICE(".")};
  o->side.absent = true;
  diags_init(&o->s.diags, a->perm);
  (void)compile(a->perm, &EMPTY, 1, &o->s.diags, &o->s.c);
}

static int compile_side(const args *a, world *w, diff_opened *o) {
  if (!has_policy(a, o->w)) {
    compile_nothing(a, o);
    return EXIT_FINE;
  }
  int status = session_compile(&o->s, a, o->w, a->value[ARG_policy].text);
  if (status != EXIT_FINE) ARGS_COMPLAIN(w, a, DIFF_IN, o->side.name);
  return status;
}

static int compile_sides(const args *a, world *w, diff_opened *was, diff_opened *now) {
  int status = compile_side(a, w, was);
  if (status == EXIT_FINE) status = compile_side(a, w, now);
  if (status != EXIT_FINE) return status;
  if (was->side.absent && now->side.absent) {
    ARGS_COMPLAIN(w, a, DIFF_NO_POLICY);
    return EXIT_USAGE;
  }
  if (now->side.absent) now->s.lang = was->s.lang;
  return EXIT_FINE;
}

/* ---- the effect ---- */

/* One snapshot that both look at. */
static int open_ledger(diff_opened *was, diff_opened *now) {
  session *s = &now->s;
  int status = EXIT_FINE;
  if (s->a->value[ARG_data].given) {
    status = session_open(s);
  } else if (!session_store_is_there(s)) {
    status = COMPLAIN(s, EXIT_WORLD, NO_STORE, slice_of(session_store_url(s->a)));
  } else {
    store_error why;
    if (store_open_copy(s->w, session_store_url(s->a), &s->s, &why) != STORE_OK)
      status = session_complain_said(s, EXIT_WORLD, why.text);
  }
  was->s.s = s->s;
  return status;
}

/* Of a folder as `dun simulate` goes through it, of a store as its runs will. */
static int record(diff_opened *o, diff_result *r, const diff_watch *watch, diff_acts *acts, int64_t **open) {
  session *s = &o->s;
  bool live = !s->a->value[ARG_data].given;
  s->unguarded = true;
  int status = session_engine(s, r->today, live);
  if (status != EXIT_FINE) return status;
  if (open) *open = diff_open(s->perm, s->f);
  acts->perm = s->perm;
  diff_record(s->e, &s->events, r->today, date_add_days(r->today, (int32_t)r->day_count - 1), live, watch, acts);
  return EXIT_FINE;
}

/* How far both are: the earlier one's days, then the later one's. */
typedef struct halves {
  const diff_watch *watch;
  bool second;
} halves;

static void half_done(void *self, uint32_t done, uint32_t days) {
  const halves *h = self;
  if (h->watch->progress) h->watch->progress(h->watch->self, h->second ? days + done : done, 2 * days);
}

static bool half_ends(void *self) {
  const halves *h = self;
  return h->watch->ends && h->watch->ends(h->watch->self);
}

static int find_effect(diff_opened *was, diff_opened *now, diff_result *r, const diff_watch *watch) {
  diff_acts then = {0}, later = {0};
  diff_sent_list sent;
  int64_t *open = NULL;
  session *s = &now->s;
  halves h = {.watch = watch};
  diff_watch both = {half_done, half_ends, &h}, *seen = watch ? &both : NULL;
  int status = open_ledger(was, now);
  if (status == EXIT_FINE) status = record(was, r, seen, &then, NULL);
  s->again = h.second = true;
  if (status == EXIT_FINE) status = record(now, r, seen, &later, &open);
  if (status != EXIT_FINE) return status;
  diff_compare(s->perm, &then, &later, &r->acts);
  r->sums = (diff_sums){&r->acts, s->f, open, r->today.day};
  if (diff_sent_load(s->s, s->f, s->perm, &sent) != STORE_OK)
    return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text);
  r->twice_count = diff_find_twice(s->perm, &r->acts, &sent, &r->twice);
  r->effect = true;
  r->ledger = s->a->value[ARG_data].given ? s->a->value[ARG_data].text : slice_of(session_store_url(s->a));
  return EXIT_FINE;
}

/* ---- the whole ---- */

static int days_of(const args *a, world *w, diff_result *r) {
  const arg_value *given = &a->value[ARG_days];
  r->day_count = given->given ? (uint32_t)(given->number > DIFF_DAYS_MAX ? 0 : given->number) : DAYS;
  if (r->day_count) return EXIT_FINE;
  ARGS_COMPLAIN(w, a, DIFF_DAYS, texts_number(a->perm, DIFF_DAYS_MAX));
  return EXIT_USAGE;
}

bool diff_for_machines(const args *a) { return a->format == OUT_csv || a->format == OUT_json; }

static int find(const args *a, world *w, const diff_watch *watch, diff_found *f) {
  diff_opened *was = &f->was, *now = &f->now;
  diff_result *r = &f->r;
  int status = open_sides(a, w, was, now);
  if (status == EXIT_FINE) status = compile_sides(a, w, was, now);
  if (status == EXIT_FINE) status = session_today(&now->s);
  if (status != EXIT_FINE) return status;
  r->s = &now->s;
  r->today = now->s.today;
  r->was = was->side;
  r->now = now->side;
  r->rules = policy_diff(a->perm, was->s.c.program, now->s.c.program, diff_for_machines(a) ? LANG_EN : now->s.lang);
  r->files = diff_files(&was->s, &now->s, r->today);
  session_templates_if_fine(&was->s);
  session_templates_if_fine(&now->s);
  was->s.w = now->s.w = w; /* what is read from here on is the ledger */
  bool ledger = a->value[ARG_data].given || a->value[ARG_store].given || session_store_is_there(&now->s);
  return ledger ? find_effect(was, now, r, watch) : EXIT_FINE;
}

int diff_find(const args *a, world *w, const diff_watch *watch, diff_found *f) {
  *f = (diff_found){.was = {.w = w}, .now = {.w = w}};
  int status = days_of(a, w, &f->r);
  return status == EXIT_FINE ? find(a, w, watch, f) : status;
}

void diff_found_close(diff_found *f) {
  f->was.s.s = NULL; /* it is the other one's */
  session_close(&f->now.s);
  world_git_close(f->was.git);
  world_git_close(f->now.git);
}
