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
        args_complain(w, a, "cannot read the folder %.*s: %s", SLICE_ARG(words[i]), world_code_text(code));
        return EXIT_WORLD;
      }
      if (sizes[i] == 0) {
        bool below = is_folder(w, a->perm, path_join(a->perm, words[i], SLICE("policies")));
        args_complain(w, a, "there is no .dun file in %.*s%s; `dun new FOLDER` makes a project", SLICE_ARG(words[i]),
                      below ? "/policies" : "");
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

int project_policy(const args *a, world *w, const slice *word, const char *how, slice *path) {
  slice *found, all = {0};
  size_t n;
  int status = project_policies(a, w, word, word ? 1 : 0, &found, &n);
  if (status != EXIT_FINE) return status;
  *path = found[0];
  if (n == 1) return EXIT_FINE;
  for (size_t i = 0; i < n && i < 6; i++)
    all = arena_printf(a->perm, "%.*s%s%.*s", SLICE_ARG(all), i ? ", " : "", SLICE_ARG(found[i]));
  args_complain(w, a, "there are several policies: %.*s; say which one with %s", SLICE_ARG(all), how);
  return EXIT_USAGE;
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

const struct embedded *project_calendars(world *w, arena *perm, slice policy_folder, slice *why) {
  slice folder = project_folder(w, perm, policy_folder, "calendars"), *names;
  size_t n = 0, own = 0, fixed = table_size(stdlib_calendars);
  if (!is_folder(w, perm, folder)) return stdlib_calendars;
  world_code code = w->list_folder(w, arena_copy(perm, folder), perm, &names, &n);
  if (code != WORLD_OK) {
    *why = arena_printf(perm, "cannot read the folder %.*s: %s", SLICE_ARG(folder), world_code_text(code));
    return NULL;
  }
  struct embedded *table = ARENA_ARRAY(perm, n + fixed + 1, struct embedded);
  for (size_t i = 0; i < n; i++) {
    if (!ends_with(names[i], SLICE(".cal"))) continue;
    slice path = path_join(perm, folder, names[i]), text;
    code = w->read_file(w, arena_copy(perm, path), perm, &text);
    bool cut = code == WORLD_OK && memchr(text.p, '\0', text.n);
    if (code != WORLD_OK || own == PROJECT_CALENDARS_MAX || text.n > CALENDAR_BYTES_MAX || cut) {
      *why = code != WORLD_OK ? arena_printf(perm, "cannot read %.*s: %s", SLICE_ARG(path), world_code_text(code))
             : own == PROJECT_CALENDARS_MAX
                 ? arena_printf(perm, "%.*s has more than %d calendars", SLICE_ARG(folder), PROJECT_CALENDARS_MAX)
             : cut ? arena_printf(perm, "%.*s is not a text", SLICE_ARG(path))
                   : arena_printf(perm, "%.*s is larger than %d bytes", SLICE_ARG(path), CALENDAR_BYTES_MAX);
      return NULL;
    }
    table[own++] = (struct embedded){arena_copy(perm, (slice){names[i].p, names[i].n - 4}), text.p};
  }
  memcpy(table + own, stdlib_calendars, fixed * sizeof *table);
  return table;
}
