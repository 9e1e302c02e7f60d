/* What a policy says: in prose, as pictures, as its files; and which revisions took effect when. */
#include "lang/analyse/guarantee.h"
#include "lang/base/path.h"
#include "lang/base/text.h"
#include "lang/fmt/prose.h"
#include "policies.h"
#include "runtime/cli/show.h"
#include "runtime/engine/revision.h"

/* ---- what took effect ---- */

/* Of a plan that a person approved: who, of which revision. */
typedef struct approved {
  int64_t revision, at;
  slice by, second;
} approved;

static bool load_approved(api_call *c, approved **v, uint32_t *n) {
  enum { MOST = 500 };
  const slice columns[] = {SLICE("revision"), SLICE("answered_by"), SLICE("second_by"), SLICE("answered_at"),
                           SLICE("state")};
  store_query q = {.table = STORE_T_activation, .columns = columns, .column_count = 5};
  store_cursor *rows;
  *n = 0;
  *v = ARENA_ARRAY(c->perm, MOST, approved);
  store_code code = store_scan(c->s, &q, &rows);
  if (!api_stored(c, code)) return false;
  while ((code = store_next(rows)) == STORE_ROW && *n < MOST) {
    slice state = store_text(rows, 4);
    if (!slice_eq(state, SLICE("approved")) && !slice_eq(state, SLICE("done"))) continue;
    (*v)[(*n)++] = (approved){store_int(rows, 0), store_int(rows, 3), arena_slice(c->perm, store_text(rows, 1)),
                              arena_slice(c->perm, store_text(rows, 2))};
  }
  store_cursor_close(rows);
  return code == STORE_ROW || code == STORE_END || api_stored(c, code);
}

static void put_approved(json_writer *w, const approved *v, uint32_t n, int64_t revision) {
  json_begin_list(w, "approved");
  for (uint32_t i = 0; i < n; i++) {
    if (v[i].revision != revision || !v[i].by.n) continue;
    json_begin_object(w, NULL);
    json_put_text(w, "by", v[i].by);
    if (v[i].second.n) json_put_text(w, "second", v[i].second);
    api_put_instant(w, "at", v[i].at);
    json_end(w);
  }
  json_end(w);
}

/* The revisions of the store, newest first. A store has those of one policy: the one that is served. */
static void put_in_force(api_call *c, json_writer *w) {
  enum { SHOWN = 50 };
  typedef struct row {
    int64_t id, at;
    int32_t on;
    slice hash;
    bool now;
  } row;
  approved *by;
  uint32_t by_count, n = 0;
  slice text_now = revision_text(c->policy->c.program, c->perm);
  const slice columns[] = {SLICE("id"), SLICE("hash"), SLICE("effective_on"), SLICE("at"), SLICE("text")};
  store_query q = {.table = STORE_T_revision, .columns = columns, .column_count = 5};
  store_cursor *rows;
  if (!load_approved(c, &by, &by_count)) return;
  row *v = ARENA_ARRAY(c->perm, SHOWN, row);
  store_code code = store_scan(c->s, &q, &rows);
  if (!api_stored(c, code)) return;
  while ((code = store_next(rows)) == STORE_ROW)
    v[n++ % SHOWN] = (row){store_int(rows, 0), store_int(rows, 3), (int32_t)store_int(rows, 2),
                           arena_slice(c->perm, store_text(rows, 1)), slice_eq(store_text(rows, 4), text_now)};
  store_cursor_close(rows);
  if (code != STORE_END && !api_stored(c, code)) return;
  json_begin_list(w, "took_effect");
  for (uint32_t i = 0; i < n && i < SHOWN; i++) {
    const row *r = &v[(n - 1 - i) % SHOWN];
    json_begin_object(w, NULL);
    json_put_int(w, "id", r->id);
    json_put_text(w, "hash", r->hash);
    api_put_day(w, "on", r->on);
    api_put_instant(w, "at", r->at);
    json_put_bool(w, "now", r->now);
    put_approved(w, by, by_count, r->id);
    json_end(w);
  }
  json_end(w);
}

/* ---- the policy ---- */

static slice title_of(const program *p, slice name) { return p->name.n ? p->name : name; }

static void put_prose(json_writer *w, const prose *words) {
  static const char *const KINDS[] = {
      [PROSE_TITLE] = "title", [PROSE_HEADING] = "heading", [PROSE_TEXT] = "text", [PROSE_ITEM] = "item"};
  json_begin_list(w, "prose");
  for (uint32_t i = 0; i < words->n; i++) {
    json_begin_object(w, NULL);
    json_put_text(w, "kind", slice_of(KINDS[words->v[i].kind]));
    json_put_text(w, "lead", words->v[i].lead);
    json_put_text(w, "text", words->v[i].text);
    json_end(w);
  }
  json_end(w);
}

static void put_pictures(json_writer *w, arena *perm, const show_model *m) {
  json_begin_list(w, "pictures");
  for (uint32_t i = 0; i < m->tracks; i++) {
    json_begin_object(w, NULL);
    json_put_int(w, "track", i);
    json_put_text(w, "name", m->track[i].name);
    json_put_text(w, "whom", m->track[i].whom);
    json_put_text(w, "says", show_said(perm, &m->track[i]));
    json_end(w);
  }
  json_end(w);
}

static uint32_t lines_in(slice s) {
  uint32_t n = s.n && s.p[s.n - 1] != '\n';
  for (size_t i = 0; i < s.n; i++) n += s.p[i] == '\n';
  return n;
}

static void put_files(json_writer *w, const session *s) {
  json_begin_list(w, "files");
  for (uint32_t i = 0; i < s->source_count; i++) {
    json_begin_object(w, NULL);
    json_put_int(w, "file", i);
    json_put_text(w, "path", s->sources[i].name);
    json_put_int(w, "lines", lines_in(s->sources[i].text));
    json_end(w);
  }
  json_end(w);
}

/* What the policy's own words prove; the rest is tried by a job. */
static void put_guarantees(json_writer *w, arena *perm, const api_call *c, const program *p) {
  static const char *const WHYS[] = {
#define PROOF(id, words) [PROOF_##id] = words,
      PROOFS(PROOF)
#undef PROOF
  };
  json_begin_list(w, "guarantees");
  for (uint32_t i = 0; i < p->guarantee_count; i++) {
    const guarantee *g = &p->guarantees[i];
    proof_why why = analyse_guarantee(perm, p, g);
    uint32_t line_no, at;
    source_position(&p->sources[g->at.file], g->at.from, &line_no, &at);
    json_begin_object(w, NULL);
    json_put_text(w, "says", slice_trim((slice){p->sources[g->at.file].text.p + g->at.from, g->at.to - g->at.from}));
    json_put_int(w, "file", g->at.file);
    json_put_int(w, "line", line_no);
    json_put_text(w, "verdict", why == PROOF_NONE ? SLICE("untried") : SLICE("proven"));
    json_put_text(w, "why", api_said(c, slice_of(WHYS[why])));
    json_end(w);
  }
  json_end(w);
}

/* Where it stands in git, and whether the files on disk are HEAD's. */
static void put_git(json_writer *w, api_call *c, const policy_place *p) {
  world_git_error why;
  world_git *g = policy_git_open(c->w, c->perm, p->path, SLICE("HEAD"), &why);
  json_begin_object(w, "git");
  json_put_bool(w, "there", g != NULL);
  if (!g) {
    json_put_text(w, "says", policy_git_says(c->lang, c->perm, &why, p->path, SLICE("HEAD")));
  } else {
    bool same = true;
    world *then = world_git_world(g);
    for (uint32_t i = 0; i < p->s.source_count; i++) {
      slice was;
      const char *path = arena_copy(c->perm, p->s.sources[i].name);
      same = same && then->read_file(then, path, c->perm, &was) == WORLD_OK && slice_eq(was, p->s.sources[i].text);
    }
    json_put_text(w, "head", world_git_id(g));
    json_put_text(w, "branch", git_log_head(g, c->perm));
    json_put_bool(w, "changed", !same);
  }
  json_end(w);
  world_git_close(g);
}

static void put_policy(api_call *c, policy_place *p) {
  json_writer *w = c->out;
  bool read = policy_place_read(p);
  json_put_text(w, "name", p->name);
  json_put_text(w, "path", p->path);
  json_put_bool(w, "in_force", p->in_force && !p->git);
  json_put_text(w, "revision", p->git ? world_git_id(p->git) : (slice){"", 0});
  json_put_bool(w, "reads", read);
  json_put_text(w, "trouble", p->trouble);
  put_files(w, &p->s);
  if (read) {
    const program *x = p->s.c.program;
    prose words = prose_of(c->perm, x, c->lang);
    show_model m = show_model_of(c->perm, x, title_of(x, p->name), c->lang);
    json_put_text(w, "title", title_of(x, p->name));
    json_put_int(w, "tests", x->test_count);
    put_prose(w, &words);
    put_pictures(w, c->perm, &m);
    put_guarantees(w, c->perm, c, x);
  }
  if (p->in_force) {
    bool same = read && slice_eq(revision_text(p->s.c.program, c->perm), revision_text(c->policy->c.program, c->perm));
    json_put_bool(w, "served", p->git ? false : same);
    put_in_force(c, w);
  }
  put_git(w, c, p);
}

void policy_get(api_call *c) {
  policy_place p;
  if (!policy_asked(c, &p, api_param(c, "rev"))) return;
  put_policy(c, &p);
  policy_place_close(&p);
}

void policies_get(api_call *c) {
  slice *paths;
  size_t n;
  args *a = policy_args(c->policy, c->lang, c->perm);
  policies_of(c->policy, c->w, a, c->perm, &paths, &n);
  json_begin_list(c->out, "rows");
  for (size_t i = 0; i < n; i++) {
    policy_place p;
    policy_place_open(&p, c->w, a, paths[i], c->perm);
    bool read = policy_place_read(&p);
    json_begin_object(c->out, NULL);
    json_put_text(c->out, "name", p.name);
    json_put_text(c->out, "path", p.path);
    json_put_bool(c->out, "in_force", i == 0);
    json_put_bool(c->out, "reads", read);
    json_put_text(c->out, "title", read ? title_of(p.s.c.program, p.name) : p.name);
    json_put_int(c->out, "files", p.s.source_count);
    json_put_int(c->out, "tests", read ? p.s.c.program->test_count : 0);
    json_put_int(c->out, "guarantees", read ? p.s.c.program->guarantee_count : 0);
    json_end(c->out);
    policy_place_close(&p);
  }
  json_end(c->out);
  json_put_null(c->out, "next");
}

/* ---- a picture ---- */

/* The page's own light or dark in the place of the system's. */
static slice themed(arena *perm, slice svg, slice theme) {
  static const char ASKS[] = "@media screen and (prefers-color-scheme:dark)";
  const char *at = theme.n ? memmem(svg.p, svg.n, ASKS, sizeof ASKS - 1) : NULL;
  if (!at) return svg;
  size_t head = (size_t)(at - svg.p), tail = head + sizeof ASKS - 1;
  return arena_printf(perm, "%.*s@media %s%.*s", (int)head, svg.p,
                      slice_eq(theme, SLICE("dark")) ? "screen" : "not all", (int)(svg.n - tail), svg.p + tail);
}

void policy_picture_get(api_call *c) {
  policy_place p;
  int64_t nth = -1;
  slice theme = api_param(c, "theme");
  if (!api_param_int(c, "track", 0, 10000, &nth) || !policy_asked(c, &p, api_param(c, "rev"))) return;
  if (!policy_place_read(&p)) {
    api_fail(c, 409, "not_so", SLICE("the policy does not compile: it has no picture"));
  } else {
    const program *x = p.s.c.program;
    show_model m = show_model_of(c->perm, x, title_of(x, p.name), c->lang);
    if (nth >= (int64_t)m.tracks) {
      api_fail(c, 404, "not_there", SLICE("the policy has no such ladder"));
    } else {
      show_track one;
      if (nth >= 0) { /* its name is the picture's title */
        one = m.track[nth];
        m = (show_model){.lang = m.lang, .title = one.name, .track = &one, .tracks = 1};
        one.name = (slice){"", 0};
      }
      api_plain(c, "image/svg+xml", NULL, themed(c->perm, show_svg(c->perm, &m, true), theme));
    }
  }
  policy_place_close(&p);
}
