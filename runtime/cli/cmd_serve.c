/* dun serve: the loop of a service. Every minute a tick; the policy read again when one of its files changes. */
#include "commands.h"
#include "lang/base/path.h"
#include "project.h"
#include "runtime/hash.h"
#include "runtime/serve/service.h"
#include "runtime/store/looks.h"
#include "serve.h"
#include "user_link.h"

static const int64_t SECOND_NS = 1000000000;

/* ---- the policy's files ---- */

static void add_file(hasher *h, session *s, slice path) {
  slice text = {0};
  world_code code = s->w->read_file(s->w, arena_copy(s->perm, path), s->perm, &text);
  hash_add_field(h, path);
  hash_add_field(h, arena_printf(s->perm, "%d", (int)code));
  hash_add_field(h, code == WORLD_OK ? text : (slice){0});
}

/* What stands in a folder, and in its folders: templates may have one for each channel. */
static void add_folder(hasher *h, session *s, slice folder, int depth) {
  enum { DEPTH_MAX = 3 };
  slice *names;
  size_t n = 0;
  hash_add_field(h, folder);
  if (s->w->list_folder(s->w, arena_copy(s->perm, folder), s->perm, &names, &n) != WORLD_OK) return;
  for (size_t i = 0; i < n; i++) {
    bool is_folder = false;
    slice path = path_join(s->perm, folder, names[i]);
    if (s->w->is_folder(s->w, arena_copy(s->perm, path), &is_folder) == WORLD_OK && is_folder && depth < DEPTH_MAX)
      add_folder(h, s, path, depth + 1);
    else if (!is_folder)
      add_file(h, s, path);
  }
}

/* Of everything that a policy is made of: its file and what it includes, rates, templates, calendars, series. */
static void files_hash(const session *policy, uint8_t digest[HASH_BYTES]) {
  static const char *const FOLDERS[] = {"calendars", "indices"};
  session s = *policy;
  s.perm = arena_new();
  hasher *h = hash_begin();
  for (uint32_t i = 0; i < s.source_count; i++) add_file(h, &s, s.sources[i].name);
  if (s.c.program && s.c.program->rates_file.n) {
    slice above = path_join(s.perm, s.policy_folder, SLICE(".."));
    add_file(h, &s, path_join(s.perm, s.policy_folder, s.c.program->rates_file));
    add_file(h, &s, path_join(s.perm, above, s.c.program->rates_file));
  }
  add_folder(h, &s, session_template_folder(&s), 0);
  for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++)
    add_folder(h, &s, project_folder(s.w, s.perm, s.policy_folder, FOLDERS[i]), 0);
  hash_end(h, digest);
  arena_free(s.perm);
}

/* What a service needs beyond what `dun run` does. */
static int service_needs(session *s) {
  slice why;
  serve_erps erps;
  serve_mail mail;
  if (!serve_erps_find(&erps, s->w, s->c.program, s->perm, &why) ||
      !serve_mail_find(&mail, s->w, s->c.program, s->perm, &why))
    return COMPLAIN(s, EXIT_COMPILE, AS_IT_IS, texts_said(s->lang, s->perm, why));
  const connection *c = s->a->value[ARG_no_http].given || s->a->value[ARG_public_url].given
                            ? NULL
                            : service_needs_public_url(s->c.program);
  return c ? COMPLAIN(s, EXIT_USAGE, NEEDS_PUBLIC_URL, c->kind, c->vendor) : EXIT_FINE;
}

/* A policy in an arena of its own, which is freed with it. */
static int read_policy(const args *a, world *w, session *s) {
  arena *perm = arena_new();
  args *own = ARENA_NEW(perm, args);
  *own = *a;
  own->perm = perm;
  int status = session_compile(s, own, w, a->word_count ? a->word[0] : (slice){0});
  if (status == EXIT_FINE) status = session_templates(s);
  if (status == EXIT_FINE) status = tick_needs(s);
  if (status == EXIT_FINE) status = service_needs(s);
  if (status != EXIT_FINE) arena_free(perm);
  return status;
}

typedef struct watched {
  uint8_t files[HASH_BYTES];
  policy_kept *policy; /* the one at hand: v->base is a copy of it */
} watched;

/* The ERPs and the door are those of the policy in force. */
static void use_policy(server *v, service *http, policy_kept *policy) {
  slice why;
  serve_erps_close(&v->erps);
  serve_mail_close(&v->mail);
  (void)serve_erps_find(&v->erps, v->base.w, v->base.c.program, v->base.perm, &why); /* looked at when it was read */
  (void)serve_mail_find(&v->mail, v->base.w, v->base.c.program, v->base.perm, &why);
  if (http) service_revise(http, policy);
}

/* An edit with errors is said once, and the policy at hand stays. */
static void reread(server *v, service *http, const args *a, watched *f, bool asked) {
  uint8_t now[HASH_BYTES];
  files_hash(&v->base, now);
  if (!asked && memcmp(now, f->files, sizeof now) == 0) return;
  session fresh;
  memcpy(f->files, now, sizeof now);
  if (read_policy(a, v->base.w, &fresh) != EXIT_FINE) {
    SAY(&v->base, WORLD_STDERR, SERVE_KEEPS);
    return;
  }
  policy_kept *old = f->policy;
  serve_erps_close(&v->erps);
  serve_mail_close(&v->mail);
  serve_revise(v, &fresh);
  f->policy = policy_keep(&fresh);
  use_policy(v, http, f->policy);
  files_hash(&v->base, f->files);
  SAY(&v->base, WORLD_STDERR, SERVE_REREAD);
  policy_let_go(old); /* who still answers by it keeps it until then */
}

/* ---- the loop ---- */

static bool asked_to(world *w, unsigned bit) { return w->asked && (w->asked(w, false) & bit); }

static void tell(world *w, const char *state) {
  if (w->notify) w->notify(w, state);
}

/* Somebody asked on the page for a look now (runtime/store/looks.h). */
static bool asked_for(store *s) {
  bool any;
  return store_look_any(s, &any) == STORE_OK && any;
}

/* To the next whole minute, or until somebody asks for something. */
static void wait_for_minute(world *w, store *s) {
  int64_t now = w->now_ns(w), end = (now / (60 * SECOND_NS) + 1) * 60 * SECOND_NS;
  int64_t began = w->monotonic_ns(w), most = end - now;
  while (w->monotonic_ns(w) - began < most && !asked_to(w, WORLD_ASKED_TO_END | WORLD_ASKED_TO_REREAD)) {
    int64_t left = most - (w->monotonic_ns(w) - began);
    w->sleep_ns(w, left < SECOND_NS / 2 ? left : SECOND_NS / 2);
    if (asked_for(s)) return;
  }
}

static void loop(server *v, service *http, const args *a, watched *f) {
  world *w = v->base.w;
  files_hash(&v->base, f->files);
  SAY(&v->base, WORLD_STDERR, SERVE_BEGINS, v->base.c.program->name.n ? v->base.c.program->name : v->base.policy_path);
  if (http) SAY(&v->base, WORLD_STDERR, SERVE_LISTENS, service_address(http, v->base.perm));
  if (http) user_first_link(&v->base, v->s, v->public_url.n ? v->public_url : service_address(http, v->base.perm));
  tell(w, "READY=1");
  while (!asked_to(w, WORLD_ASKED_TO_END)) {
    bool asked = asked_to(w, WORLD_ASKED_TO_REREAD);
    if (asked) (void)w->asked(w, true);
    reread(v, http, a, f, asked);
    (void)serve_tick(v); /* what failed was said; the next one tries again */
    tell(w, "WATCHDOG=1");
    wait_for_minute(w, v->s);
  }
  tell(w, "STOPPING=1");
  SAY(&v->base, WORLD_STDERR, SERVE_ENDS);
}

/* NULL with EXIT_FINE: without one. */
static int open_http(session *base, policy_kept *policy, service **http, slice *public_url) {
  const args *a = base->a;
  slice why = {0};
  service_options o = {.store_url = session_store_url(a), .listen = a->value[ARG_listen].text};
  *http = NULL;
  if (a->value[ARG_no_http].given) return EXIT_FINE;
  if (a->value[ARG_public_url].given && !service_public_url(a->value[ARG_public_url].text, &o.public_url, &why))
    return COMPLAIN(base, EXIT_USAGE, AS_IT_IS, texts_said(base->lang, base->perm, why));
  *public_url = o.public_url;
  *http = service_open(base->w, &o, policy, base->perm, &why);
  return *http ? EXIT_FINE : COMPLAIN(base, EXIT_WORLD, AS_IT_IS, texts_said(base->lang, base->perm, why));
}

int cmd_serve(const args *a, world *w) {
  session base;
  server v;
  service *http = NULL;
  int status = read_policy(a, w, &base);
  if (status != EXIT_FINE) return status;
  status = session_open(&base);
  store *s = base.s;
  base.s = NULL;
  if (status == EXIT_FINE && serve_begin(&v, &base, s) != STORE_OK) {
    base.s = s;
    status = tick_failed(&base);
  }
  watched f = {.policy = policy_keep(&base)};
  if (status == EXIT_FINE) status = open_http(&base, f.policy, &http, &v.public_url);
  if (status == EXIT_FINE) {
    use_policy(&v, http, f.policy);
    loop(&v, http, a, &f);
    serve_erps_close(&v.erps);
    serve_mail_close(&v.mail);
    service_close(http);
  }
  store_close(s);
  policy_let_go(f.policy);
  return status;
}
