/* See project.h. Every look into a folder is here; nothing is remembered. */
#include "project.h"

#include "lang/base/path.h"
#include "policy_files.h"

static bool ends_with(slice s, slice end) { return s.n > end.n && slice_eq((slice){s.p + s.n - end.n, end.n}, end); }

static bool is_folder(world *w, arena *perm, slice path) {
  bool yes = false;
  return w->is_folder(w, arena_copy(perm, path), &yes) == WORLD_OK && yes;
}

/* ---- policies ---- */

/* Files that a policy of the folder includes are part of it, not policies. */
static void leave_included_out(world *w, arena *perm, slice *v, size_t *count) {
  bool *part = ARENA_ARRAY(perm, *count + 1, bool);
  for (size_t i = 0; i < *count; i++) {
    diags unsaid;
    policy_files files;
    diags_init(&unsaid, perm);
    if (policy_files_load(w, perm, v[i], &unsaid, &files) != WORLD_OK) continue; /* said when it is compiled */
    for (uint32_t f = 1; f < files.count; f++)
      for (size_t k = 0; k < *count; k++)
        if (k != i && !part[i] && slice_eq(path_join(perm, SLICE("."), v[k]), files.v[f].name)) part[k] = true;
  }
  size_t n = 0;
  for (size_t i = 0; i < *count; i++)
    if (!part[i]) v[n++] = v[i];
  *count = n;
}

static world_code policies_in(world *w, arena *perm, slice folder, slice **found, size_t *count) {
  slice below = path_join(perm, folder, SLICE("policies")), *names;
  bool here = !is_folder(w, perm, below);
  size_t n;
  *count = 0;
  world_code code = w->list_folder(w, arena_copy(perm, here ? folder : below), perm, &names, &n);
  if (code != WORLD_OK) return code;
  *found = ARENA_ARRAY(perm, n + 1, slice);
  for (size_t i = 0; i < n; i++)
    if (ends_with(names[i], SLICE(".dun"))) (*found)[(*count)++] = path_join(perm, here ? folder : below, names[i]);
  leave_included_out(w, perm, *found, count);
  return WORLD_OK;
}

int project_policies(const args *a, world *w, const slice *words, size_t word_count, slice **paths, size_t *count) {
  static const slice HERE = {".", 1};
  if (word_count == 0) words = &HERE, word_count = 1;
  size_t room = 0;
  slice **lists = ARENA_ARRAY(a->perm, word_count, slice *);
  size_t *sizes = ARENA_ARRAY(a->perm, word_count, size_t);
  for (size_t i = 0; i < word_count; i++) {
    lists[i] = ARENA_NEW(a->perm, slice);
    *lists[i] = words[i];
    sizes[i] = 1;
    if (is_folder(w, a->perm, words[i])) {
      world_code code = policies_in(w, a->perm, words[i], &lists[i], &sizes[i]);
      if (code != WORLD_OK) {
        ARGS_COMPLAIN(w, a, CANNOT_READ_FOLDER, words[i], texts_world(a->lang, a->perm, code));
        return EXIT_WORLD;
      }
      if (sizes[i] == 0) {
        bool below = is_folder(w, a->perm, path_join(a->perm, words[i], SLICE("policies")));
        ARGS_COMPLAIN(w, a, NO_POLICY_HERE, below ? path_join(a->perm, words[i], SLICE("policies")) : words[i]);
        return EXIT_USAGE;
      }
    }
    room += sizes[i];
  }
  *paths = ARENA_ARRAY(a->perm, room + 1, slice);
  *count = 0;
  for (size_t i = 0; i < word_count; i++)
    for (size_t k = 0; k < sizes[i]; k++) (*paths)[(*count)++] = lists[i][k];
  return EXIT_FINE;
}

int project_policy(const args *a, world *w, const slice *word, text_id how, slice *path) {
  slice *found, all = {0};
  size_t n;
  int status = project_policies(a, w, word, word ? 1 : 0, &found, &n);
  if (status != EXIT_FINE) return status;
  *path = found[0];
  if (n == 1) return EXIT_FINE;
  for (size_t i = 0; i < n && i < 6; i++)
    all = arena_printf(a->perm, "%.*s%s%.*s", SLICE_ARG(all), i ? ", " : "", SLICE_ARG(found[i]));
  ARGS_COMPLAIN(w, a, SEVERAL_POLICIES, all, slice_of(texts_word(a->lang, how)));
  return EXIT_USAGE;
}

/* ---- every .dun file ---- */

typedef struct found {
  const args *a;
  world *w;
  slice *v;
  size_t n, room;
} found;

static void found_add(found *f, slice path) {
  if (f->n == f->room) {
    f->room = f->room ? f->room * 2 : 32;
    slice *more = ARENA_ARRAY(f->a->perm, f->room, slice);
    if (f->n) memcpy(more, f->v, f->n * sizeof *more);
    f->v = more;
  }
  f->v[f->n++] = path;
}

/* Hidden folders hold what is not the user's; links to folders above end at a depth. */
static int find_below(found *f, slice folder, unsigned depth) {
  slice *names;
  size_t n;
  arena *perm = f->a->perm;
  world_code code = f->w->list_folder(f->w, arena_copy(perm, folder), perm, &names, &n);
  if (code != WORLD_OK) {
    ARGS_COMPLAIN(f->w, f->a, CANNOT_READ_FOLDER, folder, texts_world(f->a->lang, perm, code));
    return EXIT_WORLD;
  }
  int status = EXIT_FINE;
  for (size_t i = 0; i < n && status == EXIT_FINE; i++) {
    if (names[i].p[0] == '.') continue;
    slice path = path_join(perm, folder, names[i]);
    if (is_folder(f->w, perm, path)) {
      if (depth < PROJECT_DEPTH_MAX) status = find_below(f, path, depth + 1);
    } else if (ends_with(names[i], SLICE(".dun"))) {
      found_add(f, path);
    }
  }
  return status;
}

int project_files(const args *a, world *w, slice **paths, size_t *count) {
  found f = {.a = a, .w = w};
  int status = EXIT_FINE;
  for (size_t i = 0; i < a->word_count && status == EXIT_FINE; i++) {
    size_t before = f.n;
    if (!is_folder(w, a->perm, a->word[i])) {
      found_add(&f, a->word[i]);
      continue;
    }
    status = find_below(&f, a->word[i], 1);
    if (status != EXIT_FINE || f.n > before) continue;
    ARGS_COMPLAIN(w, a, NO_POLICY_HERE, a->word[i]);
    status = EXIT_USAGE;
  }
  *paths = f.v;
  *count = f.n;
  return status;
}

/* ---- folders ---- */

slice project_folder(world *w, arena *perm, slice policy_folder, const char *name) {
  slice beside = path_join(perm, policy_folder, slice_of(name));
  slice above = path_join(perm, path_join(perm, policy_folder, SLICE("..")), slice_of(name));
  return !is_folder(w, perm, beside) && is_folder(w, perm, above) ? above : beside;
}

static size_t table_size(const struct embedded *t) {
  size_t n = 0;
  while (t[n].name) n++;
  return n;
}

const struct embedded *project_calendars(world *w, arena *perm, slice policy_folder, dun_lang lang, slice *why) {
  slice folder = project_folder(w, perm, policy_folder, "calendars"), *names;
  size_t n = 0, own = 0, fixed = table_size(stdlib_calendars);
  if (!is_folder(w, perm, folder)) return stdlib_calendars;
  world_code code = w->list_folder(w, arena_copy(perm, folder), perm, &names, &n);
  if (code != WORLD_OK) {
    *why = TEXTS(lang, perm, CANNOT_READ_FOLDER, folder, texts_world(lang, perm, code));
    return NULL;
  }
  struct embedded *table = ARENA_ARRAY(perm, n + fixed + 1, struct embedded);
  for (size_t i = 0; i < n; i++) {
    if (!ends_with(names[i], SLICE(".cal"))) continue;
    slice path = path_join(perm, folder, names[i]), text;
    code = w->read_file(w, arena_copy(perm, path), perm, &text);
    bool cut = code == WORLD_OK && memchr(text.p, '\0', text.n);
    if (code != WORLD_OK || own == PROJECT_CALENDARS_MAX || text.n > CALENDAR_BYTES_MAX || cut) {
      *why = code != WORLD_OK ? TEXTS(lang, perm, CANNOT_READ, path, texts_world(lang, perm, code))
             : own == PROJECT_CALENDARS_MAX
                 ? TEXTS(lang, perm, CALENDARS_MANY, folder, texts_number(perm, PROJECT_CALENDARS_MAX))
             : cut ? TEXTS(lang, perm, NOT_A_TEXT, path)
                   : TEXTS(lang, perm, LARGER_THAN, path, texts_number(perm, CALENDAR_BYTES_MAX));
      return NULL;
    }
    table[own++] = (struct embedded){arena_copy(perm, (slice){names[i].p, names[i].n - 4}), text.p};
  }
  memcpy(table + own, stdlib_calendars, fixed * sizeof *table);
  return table;
}
