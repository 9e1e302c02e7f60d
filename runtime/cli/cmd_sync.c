/* `dun sync`: what the ERPs of the policy's `connect erp` lines have, into the store. A row a feed; why rows were
 * rejected follows on standard error. */
#include "brought.h"
#include "commands.h"
#include "progress.h"
#include "serve_mail.h"
#include "session.h"
#include "stdlib/erp/erp.h"

typedef struct shown {
  world *w;
  session *s;
  const erp_feed *feed; /* that the bar is about */
  progress bar;
} shown;

static void show_progress(void *self, const erp_feed *feed, uint64_t done, uint64_t of) {
  shown *x = self;
  if (x->feed != feed) {
    if (x->feed) progress_end(&x->bar);
    x->feed = feed;
    progress_begin(&x->bar, x->w, texts_said(x->s->lang, x->s->perm, slice_of(feed->name)).p, of);
  }
  progress_at(&x->bar, done);
}

/* ---- what came ---- */

/* Of one ERP. */
typedef struct synced {
  const erp_driver *driver;
  erp_code code;
  erp_report report;
} synced;

enum { COLUMN_COUNT = 8 };
static const struct {
  const char *name;
  text_id title;
  out_kind kind;
} COLUMNS[COLUMN_COUNT] = {{"erp", TXT_ERP_TITLE, OUT_TEXT},           {"what", TXT_WHAT_TITLE, OUT_TEXT},
                           {"rows", TXT_ROWS_TITLE, OUT_NUMBER},       {"new", TXT_NEW_TITLE, OUT_NUMBER},
                           {"changed", TXT_CHANGED_TITLE, OUT_NUMBER}, {"unchanged", TXT_UNCHANGED_TITLE, OUT_NUMBER},
                           {"gone", TXT_GONE_TITLE, OUT_NUMBER},       {"rejected", TXT_REJECTED_TITLE, OUT_NUMBER}};

/* A further look at rows that an earlier feed has brought, which found nothing to do. */
static bool is_extra(const erp_report *r, size_t k) {
  for (size_t i = 0; i < k; i++)
    if (r->feed[i].feed->table == r->feed[k].feed->table) return r->feed[k].rows == 0;
  return false;
}

static bool print_table(session *s, const synced *v, size_t n, world_code *why) {
  out_column columns[COLUMN_COUNT];
  for (size_t i = 0; i < COLUMN_COUNT; i++)
    columns[i] = (out_column){COLUMNS[i].name, texts_word(s->lang, COLUMNS[i].title), COLUMNS[i].kind,
                              COLUMNS[i].kind == OUT_NUMBER};
  out *o = out_begin(s->w, s->a->format, columns, COLUMN_COUNT);
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < v[i].report.count; k++) {
      const erp_brought *b = &v[i].report.feed[k];
      if (is_extra(&v[i].report, k)) continue;
      const uint64_t number[] = {b->rows, b->added, b->changed, b->unchanged, b->gone, b->rejected};
      slice name = slice_of(b->feed->name);
      slice row[COLUMN_COUNT] = {slice_of(v[i].driver->vendor),
                                 s->a->format == OUT_table ? texts_said(s->lang, s->perm, name) : name};
      for (size_t c = 0; c < 6; c++) row[c + 2] = texts_number(s->perm, number[c]);
      out_row(o, row);
    }
  return out_end(o, why);
}

/* Returns how many rows were rejected. */
static uint64_t print_reasons(session *s, const synced *x) {
  uint64_t rejected = 0;
  slice erp_name = slice_of(x->driver->vendor);
  for (size_t k = 0; k < x->report.count; k++) {
    const erp_brought *b = &x->report.feed[k];
    slice what = texts_said(s->lang, s->perm, slice_of(b->feed->name));
    rejected += b->rejected;
    for (size_t i = 0; i < b->reasons; i++)
      SAY(s, WORLD_STDERR, SYNC_REASON, erp_name, what, b->reason[i].id,
          texts_said(s->lang, s->perm, slice_of(b->reason[i].text)));
    if (b->rejected > b->reasons)
      SAY(s, WORLD_STDERR, SYNC_MORE_REASONS, erp_name, what, texts_number(s->perm, b->rejected - b->reasons));
  }
  return rejected;
}

static void complain_early(session *s, const synced *x) {
  slice name = slice_of(x->driver->words), why = texts_said(s->lang, s->perm, x->report.failure.why);
  if (x->code == ERP_LATER && x->report.failure.wait_s > 0)
    (void)COMPLAIN(s, EXIT_WORLD, SYNC_LATER, name, why, texts_number(s->perm, (uint64_t)x->report.failure.wait_s));
  else
    (void)COMPLAIN(s, EXIT_WORLD, SYNC_EARLY, name, why);
}

static int summary(session *s, const synced *v, size_t n) {
  world_code why;
  uint64_t rejected = 0, noticed[STORE_HAPPENING_COUNT] = {0};
  if (!print_table(s, v, n, &why)) {
    if (why == WORLD_CLOSED) return EXIT_FINE;
    return COMPLAIN(s, EXIT_WORLD, CANNOT_WRITE_RESULT, texts_world(s->lang, s->perm, why));
  }
  for (size_t i = 0; i < n; i++)
    for (int h = 0; h < STORE_HAPPENING_COUNT; h++) noticed[h] += v[i].report.noticed[h];
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < v[i].report.notes; k++)
      SAY(s, WORLD_STDERR, SYNC_NOTE, slice_of(v[i].driver->vendor), texts_said(s->lang, s->perm, v[i].report.note[k]));
  if (!s->a->value[ARG_quiet].given) brought_noticed(s->a, s->lang, s->w, noticed);
  for (size_t i = 0; i < n; i++) rejected += print_reasons(s, &v[i]);
  return rejected ? EXIT_FINDINGS : EXIT_FINE;
}

/* ---- the work ---- */

/* False: *status says what to end with. */
static bool sync_one(session *s, const connection *c, shown *bar, synced *x, int *status) {
  slice why = {0};
  erp_sync_options o = {.whole = s->a->value[ARG_whole].given,
                        .rejects_folder = session_rejects_folder(s->a),
                        .say = texts_say,
                        .say_self = &s->lang};
  if (!s->a->value[ARG_quiet].given) o.at = show_progress, o.self = bar;
  erp *e = x->driver->open(s->w, s->perm, c, &why);
  if (!e) {
    *status = COMPLAIN(s, EXIT_WORLD, SYNC_NOT_BEGUN, slice_of(x->driver->vendor), texts_said(s->lang, s->perm, why));
    return false;
  }
  x->code = erp_sync_all(s->w, s->s, x->driver, e, &o, s->perm, &x->report);
  x->driver->close(e);
  if (bar->feed) progress_end(&bar->bar);
  bar->feed = NULL;
  return true;
}

static slice vendors(session *s) {
  slice all = {0};
  const erp_driver *d;
  for (size_t i = 0; (d = erp_driver_at(i)); i++)
    all = arena_printf(s->perm, "%.*s%s%s", SLICE_ARG(all), i ? ", " : "", d->vendor);
  return all;
}

/* The ERPs of the policy; each can be spoken to, and only once. */
static int find_all(session *s, const connection **found, synced *v, size_t *n) {
  const program *p = s->c.program;
  *n = 0;
  for (uint32_t i = 0; i < p->connection_count; i++) {
    const connection *c = &p->connections[i];
    if (!slice_eq(c->kind, SLICE("erp"))) continue;
    const erp_driver *d = erp_driver_of(c->vendor);
    if (!d) return COMPLAIN(s, EXIT_COMPILE, ERP_UNKNOWN, c->vendor, vendors(s));
    for (size_t k = 0; k < *n; k++)
      if (v[k].driver == d) return COMPLAIN(s, EXIT_COMPILE, ERP_TWICE, c->vendor);
    found[*n] = c;
    v[(*n)++] = (synced){.driver = d};
  }
  return *n || replies_line(p) ? EXIT_FINE : COMPLAIN(s, EXIT_COMPILE, NO_ERP, s->policy_path);
}

/* The mailbox of replies, behind the ERPs: whose address it is that wrote, they say. */
static int read_mail(session *s) {
  serve_mail mail;
  slice why;
  bool did = false;
  if (!serve_mail_find(&mail, s->w, s->c.program, s->perm, &why))
    return COMPLAIN(s, EXIT_COMPILE, AS_IT_IS, texts_said(s->lang, s->perm, why));
  bool fine = serve_mail_read(&mail, s, true, &did);
  serve_mail_close(&mail);
  return fine ? EXIT_FINE : EXIT_WORLD;
}

static int sync_all(session *s) {
  uint32_t room = s->c.program->connection_count + 1;
  const connection **found = ARENA_ARRAY(s->perm, room, const connection *);
  synced *v = ARENA_ARRAY(s->perm, room, synced);
  size_t n, done = 0;
  int status = find_all(s, found, v, &n);
  if (status != EXIT_FINE) return status;
  store_error why;
  if (store_open(s->w, session_store_url(s->a), &s->s, &why) != STORE_OK)
    return session_complain_said(s, EXIT_WORLD, why.text);
  shown bar = {.w = s->w, .s = s};
  brought_ended ended;
  brought_before(s->a, s->s, &ended);
  store_notice_on(s->s, s->today.day);
  while (done < n && sync_one(s, found[done], &bar, &v[done], &status)) done++;
  int printed = done ? summary(s, v, done) : EXIT_FINE;
  if (!s->a->value[ARG_quiet].given) brought_after(s->a, s->lang, s->w, s->s, &ended);
  for (size_t i = 0; i < done; i++)
    if (v[i].code != ERP_END) {
      complain_early(s, &v[i]);
      status = EXIT_WORLD;
    }
  int mailed = status == EXIT_FINE ? read_mail(s) : EXIT_FINE;
  if (mailed != EXIT_FINE) status = mailed;
  return status == EXIT_FINE ? printed : status;
}

int cmd_sync(const args *a, world *w) {
  session s;
  int status = session_compile(&s, a, w, a->word[0]);
  if (status == EXIT_FINE) status = session_today(&s);
  if (status == EXIT_FINE) status = sync_all(&s);
  session_close(&s);
  return status;
}
