/* See diff_files.h. */
#include "diff_files.h"

#include "lang/base/path.h"
#include "lang/base/text.h"
#include "lang/check/walk.h"
#include "lang/fmt/fmt.h"
#include "project.h"

const char *const DIFF_FILE_WORDS[DIFF_FILE_COUNT] = {
#define FILE_KIND(id, folder, ends, word) [DIFF_FILE_##id] = word,
    DIFF_FILE_KINDS(FILE_KIND)
#undef FILE_KIND
};
static const char *const FOLDERS[DIFF_FILE_COUNT] = {
#define FILE_KIND(id, folder, ends, word) [DIFF_FILE_##id] = folder,
    DIFF_FILE_KINDS(FILE_KIND)
#undef FILE_KIND
};
static const char *const ENDS[DIFF_FILE_COUNT] = {
#define FILE_KIND(id, folder, ends, word) [DIFF_FILE_##id] = ends,
    DIFF_FILE_KINDS(FILE_KIND)
#undef FILE_KIND
};

typedef struct comparing {
  session *was, *now;
  arena *perm;
  file_change *v;
  uint32_t n, room;
} comparing;

/* ---- who uses a template ---- */

typedef struct asking {
  arena *perm;
  slice name, by; /* "final", "email" */
  text said;
  slice last;
} asking;

static void ask(void *self, const action_place *at) {
  asking *q = self;
  bool uses =
      at->act->kind == ACT_CREATE_DOCUMENT && slice_eq(q->by, SLICE("document")) && slice_eq(at->act->name, q->name);
  for (uint32_t i = 0; i < at->act->way_count; i++)
    uses |=
        slice_eq(at->act->ways[i].template_name, q->name) && slice_eq(slice_of(CHANNELS[at->act->ways[i].ch]), q->by);
  if (!uses) return;
  slice here =
      at->rung.n ? arena_printf(q->perm, "%.*s %.*s", SLICE_ARG(at->section), SLICE_ARG(at->rung)) : at->section;
  if (slice_eq(here, q->last)) return;
  q->last = here;
  text_printf(&q->said, "%s%.*s", q->said.n ? ", " : "", SLICE_ARG(here));
}

static slice users_of(const comparing *c, const file_change *f) {
  const program *p = f->kind == POLICY_REMOVED ? c->was->c.program : c->now->c.program;
  slice rest = f->name;
  const char *dot = memchr(rest.p, '.', rest.n);
  if (!dot) return (slice){0};
  asking q = {.perm = c->perm, .name = {rest.p, (size_t)(dot - rest.p)}, .said = text_new(c->perm)};
  rest = (slice){dot + 1, rest.n - q.name.n - 1};
  dot = memchr(rest.p, '.', rest.n);
  q.by = (slice){rest.p, dot ? (size_t)(dot - rest.p) : rest.n};
  program_actions(p, ask, &q);
  return text_slice(&q.said);
}

/* ---- one file ---- */

static bool read(session *s, slice path, slice *bytes) {
  *bytes = (slice){0};
  return path.n && s->w->read_file(s->w, arena_copy(s->perm, path), s->perm, bytes) == WORLD_OK;
}

static void count_lines(file_change *f) {
  bool head = true;
  for (size_t i = 0; i < f->diff.n; i++) {
    bool begins = i == 0 || f->diff.p[i - 1] == '\n';
    if (begins && f->diff.p[i] == '@') head = false;
    if (!begins || head) continue;
    f->added += f->diff.p[i] == '+';
    f->removed += f->diff.p[i] == '-';
  }
}

static void compare(comparing *c, diff_file_kind of, slice name, slice was_path, slice now_path) {
  slice a, b;
  bool then = read(c->was, was_path, &a), now = read(c->now, now_path, &b);
  if ((!then && !now) || (then && now && slice_eq(a, b))) return;
  if (c->n == c->room) {
    c->room = c->room ? c->room * 2 : 16;
    file_change *more = ARENA_ARRAY(c->perm, c->room, file_change);
    if (c->n) memcpy(more, c->v, c->n * sizeof *more);
    c->v = more;
  }
  file_change *f = &c->v[c->n++];
  *f = (file_change){.of = of, .kind = !then ? POLICY_ADDED : !now ? POLICY_REMOVED : POLICY_CHANGED, .name = name};
  bool plain = !(a.n && memchr(a.p, 0, a.n)) && !(b.n && memchr(b.p, 0, b.n));
  if (plain) f->diff = unified_diff(c->perm, name, name, a, b);
  count_lines(f);
  if (of == DIFF_FILE_TEMPLATE) f->users = users_of(c, f);
}

/* ---- folders ---- */

static bool ends_so(slice name, const char *ends) {
  for (slice rest = slice_of(ends); rest.n;) {
    const char *blank = memchr(rest.p, ' ', rest.n);
    slice end = {rest.p, blank ? (size_t)(blank - rest.p) : rest.n};
    if (name.n > end.n && slice_eq((slice){name.p + name.n - end.n, end.n}, end)) return true;
    rest = blank ? (slice){blank + 1, rest.n - end.n - 1} : (slice){0};
  }
  return false;
}

static slice folder_of(session *s, diff_file_kind of) {
  if (of == DIFF_FILE_TEMPLATE) return session_template_folder(s);
  return project_folder(s->w, s->perm, s->policy_folder, FOLDERS[of]);
}

static size_t names_in(session *s, slice folder, slice **names) {
  size_t n = 0;
  if (s->w->list_folder(s->w, arena_copy(s->perm, folder), s->perm, names, &n) != WORLD_OK) return 0;
  return n;
}

static void compare_folder(comparing *c, diff_file_kind of) {
  slice was = folder_of(c->was, of), now = folder_of(c->now, of), *a = NULL, *b = NULL;
  size_t n = names_in(c->was, was, &a), m = names_in(c->now, now, &b);
  for (size_t i = 0, k = 0; i < n || k < m;) { /* both are in byte order */
    int order = i == n ? 1 : k == m ? -1 : slice_cmp(a[i], b[k]);
    slice name = order <= 0 ? a[i] : b[k];
    i += order <= 0;
    k += order >= 0;
    if (!ends_so(name, ENDS[of])) continue;
    compare(c, of, name, order <= 0 ? path_join(c->perm, was, name) : (slice){0},
            order >= 0 ? path_join(c->perm, now, name) : (slice){0});
  }
}

/* ---- files that the policy names ---- */

static slice mapping_path(const comparing *c, const connection *k) {
  for (uint32_t i = 0; i < k->setting_count; i++)
    if (slice_eq(k->settings[i].key, SLICE("mapping")) && !k->settings[i].from_env)
      return path_join(c->perm, k->folder, k->settings[i].value);
  return (slice){0};
}

/* The one of the same line: the first whose vendor is the same. */
static slice mapping_of(const comparing *c, const program *p, slice vendor) {
  for (uint32_t i = 0; i < p->connection_count; i++)
    if (slice_eq(p->connections[i].vendor, vendor) && mapping_path(c, &p->connections[i]).n)
      return mapping_path(c, &p->connections[i]);
  return (slice){0};
}

static void compare_named(comparing *c) {
  const program *was = c->was->c.program, *now = c->now->c.program;
  for (uint32_t i = 0; i < now->connection_count; i++) {
    slice path = mapping_path(c, &now->connections[i]);
    if (path.n) compare(c, DIFF_FILE_MAPPING, path_base(path), mapping_of(c, was, now->connections[i].vendor), path);
  }
  if (now->rates_file.n && was->rates_file.n)
    compare(c, DIFF_FILE_RATES, now->rates_file, session_rates_path(c->was), session_rates_path(c->now));
}

/* ---- business days ---- */

static slice holiday_name(const calendar *c, civil_date day) {
  for (size_t i = 0; i < c->list_count; i++)
    if (c->list[i].date.day == day.day) return c->list[i].name;
  return (slice){0};
}

static void compare_days(comparing *c, civil_date today, files_diff *f) {
  const calendar *was = program_calendar(c->was->c.program, c->perm),
                 *now = program_calendar(c->now->c.program, c->perm);
  f->year = date_year(today);
  civil_date first = date_of(f->year, 1, 1), end = date_of(f->year + 2, 1, 1);
  day_change *v = ARENA_ARRAY(c->perm, (size_t)(end.day - first.day) + 1, day_change);
  for (civil_date d = first; d.day < end.day; d.day++) {
    bool then = calendar_is_business(was, d), is = calendar_is_business(now, d);
    if (then != is) v[f->day_count++] = (day_change){d, is, holiday_name(is ? was : now, d)};
  }
  f->days = v;
}

files_diff diff_files(session *was, session *now, civil_date today) {
  comparing c = {was, now, now->perm, NULL, 0, 0};
  files_diff f = {0};
  for (diff_file_kind of = 0; of < DIFF_FILE_COUNT; of++)
    if (FOLDERS[of][0]) compare_folder(&c, of);
  compare_named(&c);
  compare_days(&c, today, &f);
  f.files = c.v;
  f.file_count = c.n;
  return f;
}
