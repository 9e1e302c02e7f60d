/* See lints.h. Wording of templates (lang/analyse/wording.h), templates and the languages of customers, orders and
 * channels and their connections. Nothing is written: a store is opened to be read. */
#include "lints.h"

#include <stdlib.h>
#include <string.h>

#include "lang/analyse/wording.h"
#include "lang/base/utf8.h"
#include "lang/check/walk.h"
#include "runtime/outbox/outbox.h"
#include "runtime/store/store.h"
#include "stdlib/channel/channel.h"

enum { LANGUAGES_MAX = 64 };

/* A language as the ledger writes it, and how many customers have it. */
typedef struct spoken {
  slice tag;
  uint64_t customers;
} spoken;

typedef struct linter {
  session *s;
  const program *p;
  diags d;
  spoken v[LANGUAGES_MAX]; /* the customers'; the most frequent first */
  size_t count;
  slice named[LANGUAGES_MAX]; /* those that conditions of the policy ask for */
  size_t named_n;
  bool *read;           /* per file of a template: its words were looked at */
  unsigned unconnected; /* channels that were said, a bit each */
} linter;

/* ---- which languages ---- */

static slice base_of(slice tag) {
  size_t n = 0;
  while (n < tag.n && tag.p[n] != '-' && tag.p[n] != '_') n++;
  return (slice){tag.p, n};
}

static bool same_language(slice a, slice b) { return utf8_fold_eq(base_of(a), base_of(b)); }

static void heard(linter *l, slice tag) {
  if (!tag.n) return;
  for (size_t i = 0; i < l->count; i++)
    if (utf8_fold_eq(l->v[i].tag, tag)) {
      l->v[i].customers++;
      return;
    }
  if (l->count < LANGUAGES_MAX) l->v[l->count++] = (spoken){arena_slice(l->s->perm, tag), 1};
}

static int by_customers(const void *a, const void *b) {
  const spoken *x = a, *y = b;
  if (x->customers != y->customers) return x->customers < y->customers ? 1 : -1;
  return slice_cmp(x->tag, y->tag);
}

static store_code read_languages(linter *l, store *from) {
  static const slice COLUMN[] = {{"language", 8}};
  const store_query q = {.table = STORE_T_customer, .any_order = true, .columns = COLUMN, .column_count = 1};
  store_cursor *c;
  store_code code = store_scan(from, &q, &c);
  if (code != STORE_OK) return code;
  while ((code = store_next(c)) == STORE_ROW) heard(l, slice_trim(store_text(c, 0)));
  store_cursor_close(c);
  qsort(l->v, l->count, sizeof *l->v, by_customers);
  return code == STORE_END ? STORE_OK : code;
}

/* Without --store and --data only a store that is there and can be read is looked at. */
static int learn_languages(linter *l) {
  session *s = l->s;
  bool data = s->a->value[ARG_data].given, asked = data || s->a->value[ARG_store].given;
  store *from = NULL;
  store_error why = {.text = ""};
  if (data) {
    int status = session_open(s);
    if (status != EXIT_FINE) return status;
    from = s->s;
  } else if (s->no_store && !asked) {
    return EXIT_FINE;
  } else {
    const char *url = session_store_url(s->a), *path = strncmp(url, "sqlite:", 7) == 0 ? url + 7 : url;
    if (world_look(s->w, path) == WORLD_NOT_FOUND)
      return asked ? COMPLAIN(s, EXIT_WORLD, NO_STORE, slice_of(path)) : EXIT_FINE;
    if (store_open_to_read(s->w, path, &from, &why) != STORE_OK)
      return asked ? session_complain_said(s, EXIT_WORLD, why.text) : EXIT_FINE;
  }
  store_code code = read_languages(l, from);
  int status = code == STORE_OK || !asked ? EXIT_FINE : session_complain_said(s, EXIT_WORLD, store_why(from)->text);
  store_close(from);
  s->s = NULL;
  return status;
}

/* Whether the condition takes those who speak the language, and no others of those that it names. */
static bool asks_for(const program *p, const expr *e, bool negated, slice tag) {
  if (!e) return false;
  if (e->op == X_NOT) return asks_for(p, e->a, !negated, tag);
  if (e->op == X_AND || e->op == X_OR) return asks_for(p, e->a, negated, tag) || asks_for(p, e->b, negated, tag);
  if (negated || !e->a || e->a->op != X_FIELD || p->uses[e->a->use].field != FIELD_CUSTOMER_LANGUAGE) return false;
  if (e->op == X_EQ && e->b->op == X_TEXT) return same_language(e->b->text, tag);
  for (uint32_t i = 0; e->op == X_IN && i < e->count; i++)
    if (same_language(e->list[i], tag)) return true;
  return false;
}

static void hear_named(linter *l, const expr *e) {
  if (!e) return;
  bool field = e->a && e->a->op == X_FIELD && l->p->uses[e->a->use].field == FIELD_CUSTOMER_LANGUAGE;
  if (field) {
    uint32_t count = e->op == X_IN ? e->count : e->b && e->b->op == X_TEXT ? 1 : 0;
    for (uint32_t i = 0; i < count && l->named_n < LANGUAGES_MAX; i++)
      l->named[l->named_n++] = e->op == X_IN ? e->list[i] : e->b->text;
    return;
  }
  hear_named(l, e->a);
  hear_named(l, e->b);
}

/* ---- a template and the languages ---- */

typedef struct template_use {
  const action_place *at;
  const send_way *way;
  bool plain, tagged; /* there is a file without a language, with one */
} template_use;

static bool is_of(const message_template *m, const template_use *u) {
  return m->ch == u->way->ch && m->context == u->at->of && slice_eq(m->name, u->way->template_name);
}

static bool is_written(const linter *l, const template_use *u, slice tag) {
  for (uint32_t i = 0; i < l->s->templates.count; i++)
    if (is_of(&l->s->templates.v[i], u) && templates_speaks(&l->s->templates.v[i], tag)) return true;
  return false;
}

/* The file without a language is in the policy's, unless that has a file of its own or nobody speaks it: then it is for
 * most of those who are left. */
static slice plain_language(const linter *l, const template_use *u) {
  static const char *const TAGS[LANG_COUNT] = {"en", "pt", "es"};
  slice policy = slice_of(TAGS[l->p->lang]);
  bool spoken_too = l->count == 0;
  for (size_t i = 0; i < l->count; i++) spoken_too |= same_language(l->v[i].tag, policy);
  if (!is_written(l, u, policy) && spoken_too) return policy;
  for (size_t i = 0; i < l->count; i++)
    if (!is_written(l, u, l->v[i].tag)) return l->v[i].tag;
  return (slice){0};
}

static bool serves(const linter *l, const template_use *u, slice tag) {
  return is_written(l, u, tag) || (u->plain && same_language(plain_language(l, u), tag));
}

static slice add_file(linter *l, const template_use *u, slice tag) {
  slice file = arena_printf(l->s->perm, "templates/%.*s.%s.%.*s.txt", SLICE_ARG(u->way->template_name),
                            CHANNELS[u->way->ch], SLICE_ARG(base_of(tag)));
  return TEXTS(l->s->lang, l->s->perm, LINT_ADD_FILE, file);
}

static const expr *cond_expr_of(const linter *l, uint32_t id) { return id == NO_COND ? NULL : l->p->conds[id].e; }

static bool place_asks_for(const linter *l, const action_place *at, slice tag) {
  return asks_for(l->p, cond_expr_of(l, at->where), false, tag) ||
         asks_for(l->p, cond_expr_of(l, at->guard), false, tag);
}

/* Customers of the ledger. A language that the policy's conditions name is looked for only where they ask for it; a
 * template in one file is for all where all speak one language, or where conditions pick it. */
static void check_customers(linter *l, const template_use *u) {
  bool several = false;
  for (size_t i = 1; i < l->count; i++) several |= !same_language(l->v[i].tag, l->v[0].tag);
  if (!u->tagged && (!several || l->named_n)) return;
  for (size_t i = 0; i < l->count; i++) {
    slice tag = l->v[i].tag;
    bool elsewhere = false;
    for (size_t k = 0; k < l->named_n; k++) elsewhere |= same_language(l->named[k], tag);
    if ((elsewhere && !place_asks_for(l, u->at, tag)) || serves(l, u, tag)) continue;
    slice hint = add_file(l, u, tag),
          said[] = {u->way->template_name, tag, texts_number(l->s->perm, l->v[i].customers)};
    for (const diag *d = l->d.first; d; d = d->next) /* where it is first used */
      if (d->code == DIAG_W0067 && slice_eq(d->hint, hint)) return;
    diag_add(&l->d, DIAG_W0067, u->way->at, hint, 3, said);
    return; /* of one template the most frequent one, once it is there the next */
  }
}

static void check_named(linter *l, const template_use *u) {
  for (size_t k = 0; u->tagged && k < l->named_n; k++) {
    slice tag = l->named[k];
    if (!place_asks_for(l, u->at, tag) || serves(l, u, tag)) continue;
    slice said[] = {u->way->template_name, tag};
    diag_add(&l->d, DIAG_W0068, u->way->at, add_file(l, u, tag), 2, said);
  }
}

static void check_languages(linter *l, const action_place *at, const send_way *way) {
  template_use u = {.at = at, .way = way};
  for (uint32_t i = 0; i < l->s->templates.count; i++) {
    const message_template *m = &l->s->templates.v[i];
    if (!is_of(m, &u)) continue;
    u.plain |= m->lang.n == 0;
    u.tagged |= m->lang.n > 0;
  }
  if (!u.plain && !u.tagged) return;
  check_named(l, &u);
  check_customers(l, &u);
}

/* ---- a template's words ---- */

static void check_file(linter *l, const message_template *m, uint16_t file, bool page) {
  if (file == UINT16_MAX || l->read[file]) return; /* of each file once, however many use it */
  l->read[file] = true;
  wording_text t = {.text = l->s->templates.sources[file].text, .file = file, .ch = m->ch, .page = page};
  analyse_wording(&t, &l->d);
}

static void check_words(linter *l, const action_place *at, const send_way *way) {
  template_use u = {.at = at, .way = way};
  for (uint32_t i = 0; i < l->s->templates.count; i++) {
    const message_template *m = &l->s->templates.v[i];
    if (!is_of(m, &u)) continue;
    check_file(l, m, m->file, false);
    check_file(l, m, m->page, true);
  }
}

/* ---- connections ---- */

/* A policy that connects nothing is tried out: its messages become files, and that is what is wanted. What only adds to
 * messages (a Pix, attachments), and the page's login, connect nothing. */
static bool connects(const program *p) {
  for (uint32_t i = 0; i < p->connection_count; i++)
    if (!slice_eq(p->connections[i].kind, SLICE("pix")) && !slice_eq(p->connections[i].kind, SLICE("attachments")) &&
        !slice_eq(p->connections[i].kind, SLICE("login")))
      return true;
  return false;
}

static void check_channel(linter *l, const send_way *way) {
  const connection *connect;
  if (l->unconnected >> way->ch & 1 || !channel_driver_of(l->p, way->ch, &connect) || connect) return;
  l->unconnected |= 1u << way->ch;
  slice name = slice_of(CHANNELS[way->ch]);
  diag_add(&l->d, DIAG_W0069, way->at, TEXTS(l->s->lang, l->s->perm, LINT_CONNECT, name), 1, &name);
}

/* What `dun run` would refuse (runtime/outbox/needs.c). A team that is not defined has a warning of the compiler's. */
static void check_needs(linter *l) {
  const outbox_need *v;
  size_t n = outbox_needs(l->p, l->s->perm, &v);
  for (size_t i = 0; i < n; i++) {
    if (v[i].no_team) continue;
    slice said[] = {texts_said(l->s->lang, l->s->perm, v[i].action), texts_said(l->s->lang, l->s->perm, v[i].missing)};
    slice write = texts_said(l->s->lang, l->s->perm, v[i].remedy);
    diag_add(&l->d, DIAG_W0070, v[i].at, TEXTS(l->s->lang, l->s->perm, LINT_WRITE, write), 2, said);
  }
}

/* ---- all of it ---- */

static void visit(void *self, const action_place *at) {
  linter *l = self;
  for (uint32_t i = 0; i < at->act->way_count; i++) {
    const send_way *way = &at->act->ways[i];
    if (connects(l->p)) check_channel(l, way);
    if (!l->s->has_templates || !way->template_name.n || !program_way_to_customer(l->p, way)) continue;
    check_words(l, at, way);
    check_languages(l, at, way);
  }
}

int lints_say(session *s) {
  linter *l = ARENA_NEW(s->perm, linter);
  *l = (linter){.s = s, .p = s->c.program};
  diags_init(&l->d, s->perm);
  if (s->has_templates) l->read = ARENA_ARRAY(s->perm, s->templates.source_count + 1, bool);
  for (uint32_t i = 0; i < l->p->cond_count; i++) hear_named(l, l->p->conds[i].e);
  int status = learn_languages(l);
  if (status != EXIT_FINE) return status;
  program_actions(l->p, visit, l);
  if (connects(l->p)) check_needs(l);
  diags_sort(&l->d);
  s->diags = l->d;
  bool templates = s->has_templates;
  session_show_diags(s, templates ? s->templates.sources : s->sources,
                     templates ? s->templates.source_count : s->source_count);
  return EXIT_FINE;
}
