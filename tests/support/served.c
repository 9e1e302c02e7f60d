/* See served.h. */
#include "tests/support/served.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "lang/check/walk.h"
#include "runtime/world_fake.h"
#include "stdlib/erp/csv.h"

void lived_must(store *s, store_code code) {
  if (code != STORE_OK) fail_msg("%s", store_why(s)->text);
}

int64_t lived_clock_ns;
static int64_t own_now(world *w) { return (void)w, lived_clock_ns; }
static void own_sleep(world *w, int64_t ns) { (void)w, lived_clock_ns += ns; }
static world_code (*real_write)(world *w, const char *path, slice bytes);
static bool is_message(const char *path) { return strncmp(path, NO_FOLDER, sizeof NO_FOLDER - 1) == 0; }
static world_code own_write(world *w, const char *path, slice bytes) {
  return is_message(path) ? WORLD_OK : real_write(w, path, bytes);
}
static world_code own_folders(world *w, const char *path) {
  return is_message(path) ? WORLD_OK : world_posix()->make_folders(w, path);
}
static world_code own_append(world *w, const char *path, slice bytes) {
  return (void)w, (void)path, (void)bytes, WORLD_OK;
}
static world_code own_print(world *w, world_stream stream, slice words) {
  return (void)w, (void)stream, (void)words, WORLD_OK;
}
static unsigned own_asked(world *w, bool answered) { return (void)w, (void)answered, 0; }

static void put_template(void *self, const action_place *at) {
  lived *l = self;
  for (uint32_t i = 0; i < at->act->way_count; i++) {
    const send_way *w = &at->act->ways[i];
    if (w->template_name.n == 0) continue;
    char path[400];
    snprintf(path, sizeof path, "templates/%.*s.%s.txt", SLICE_ARG(w->template_name), CHANNELS[w->ch]);
    world_fake_put_file(l->templates, path,
                        w->ch == CH_EMAIL ? SLICE("Subject: about\n\n{number}\n") : SLICE("{number}\n"));
  }
}

/* Every channel goes into files: the policies of the cases connect none. */
bool lived_policy(lived *l, const char *path) {
  diags d;
  diags_init(&d, l->perm);
  args *a = ARENA_NEW(l->perm, args);
  *a = (args){.perm = l->perm, .lang = LANG_EN, .lang_known = true};
  l->x = (session){0};
  if (session_compile(&l->x, a, &l->w, arena_slice(l->perm, slice_of(path))) != EXIT_FINE) return false;
  const outbox_need *needs;
  if (outbox_needs(l->x.c.program, l->perm, &needs)) return false;
  program_actions(l->x.c.program, put_template, l);
  templates_check(l->templates, l->perm, l->x.c.program, SLICE("templates"), &d, &l->x.templates);
  l->x.has_templates = true;
  return d.errors == 0;
}

static const char *work_folder(void) { return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; }

void lived_way(lived *l, way *v, const char *name) {
  store_error why;
  snprintf(v->path, sizeof v->path, "%s/%s.db", l->folder, name);
  v->a = *l->x.a;
  v->a.value[ARG_store] = (arg_value){.given = true, .text = slice_of(v->path)};
  if (store_open(&l->w, v->path, &v->s, &why) != STORE_OK || store_open(&l->w, v->path, &v->importer, &why) != STORE_OK)
    fail_msg("%s", why.text);
}

void lived_import(lived *l, way *v, const char *data) {
  const char *p = data;
  currency cur = l->x.c.program->cur;
  csv_options o = {.currency = cur == CURRENCY_NONE ? (slice){0} : slice_of(currency_code(cur))};
  csv_report r;
  arena *a = arena_new();
  if (csv_import(&l->w, v->importer, &p, 1, &o, a, &r) != CSV_DONE) fail_msg("%s: %s", data, r.error);
  arena_free(a);
}

void lived_tick(lived *l) {
  server *v = &l->served.v;
  assert_int_equal(serve_tick(v), EXIT_FINE);
  l->ticks++;
  if (v->looked_at == UINT32_MAX)
    l->wholes++;
  else if (v->looked_at)
    l->parts++;
}

void lived_begin(lived *l) {
  memset(l, 0, sizeof *l);
  l->perm = arena_new();
  l->w = *world_posix();
  real_write = l->w.write_file;
  l->w.now_ns = l->w.monotonic_ns = own_now;
  l->w.sleep_ns = own_sleep;
  l->w.write_file = own_write;
  l->w.make_folders = own_folders;
  l->w.append_file = own_append;
  l->w.asked = own_asked;
  l->w.notify = NULL;
  if (!getenv("LOUD")) l->w.print = own_print;
  l->templates = world_fake_new(0);
  snprintf(l->folder, sizeof l->folder, "%s/dun-serve-XXXXXX", work_folder());
  assert_non_null(mkdtemp(l->folder));
}

void lived_end(lived *l) {
  char remove[300];
  snprintf(remove, sizeof remove, "rm -rf '%s'", l->folder);
  assert_int_equal(system(remove), 0);
  world_fake_free(l->templates);
  arena_free(l->perm);
}
