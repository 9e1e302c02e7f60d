/* `connect erp csv with folder "exports"`: a folder that exports are dropped into. Each sync reads the files that are
 * new or have changed, by the importer of csv.h: what they may hold, and what becomes of it, is said there.
 *
 * Invariants: what was read of a file (bytes, time, hash) is kept in the transaction of its rows; a file that is still
 * being written, or that changed while it was read, leaves nothing and waits for the next sync; a sync that found
 * nothing new does not say that the ledger was read in anew. */
#include <stdio.h>
#include <stdlib.h>

#include "csv.h"
#include "csv_header.h"
#include "erp.h"
#include "lang/base/path.h"
#include "runtime/hash.h"
#include "runtime/store/delivery.h"

enum { STILL_S = 10 }; /* a file that nobody has written to for so long is whole */

struct erp {
  world *w;
  arena *perm;
  const char *folder;
  csv_dialect dialect;
  slice currency;
};

typedef enum feed_id { F_CUSTOMERS, F_CONTRACTS, F_INVOICES, F_EVENTS, F_SERIES, FEED_COUNT } feed_id;
static const erp_feed FEEDS[FEED_COUNT] = {
    [F_CUSTOMERS] = {.name = "customers", .table = STORE_T_customer},
    [F_CONTRACTS] = {.name = "contracts", .table = STORE_T_contract},
    [F_INVOICES] = {.name = "invoices", .table = STORE_T_invoice},
    [F_EVENTS] = {.name = "events", .table = STORE_T_happening},
    [F_SERIES] = {.name = "indices", .table = STORE_T_series},
};

/* ---- the connect line ---- */

static bool read_dialect(erp *e, const connection *c, slice *why) {
  static const struct {
    const char *said;
    csv_dates dates;
  } DATES[] = {{"iso", CSV_DATES_ISO}, {"dmy", CSV_DATES_DMY}, {"mdy", CSV_DATES_MDY}};
  slice value, variable;
  if (connection_setting(e->w, c, "decimal", &value, &variable)) {
    e->dialect.decimal = slice_eq(value, SLICE("point"))   ? CSV_DECIMAL_POINT
                         : slice_eq(value, SLICE("comma")) ? CSV_DECIMAL_COMMA
                                                           : CSV_DECIMAL_UNKNOWN;
    if (e->dialect.decimal == CSV_DECIMAL_UNKNOWN) *why = SLICE("`decimal` is \"point\" or \"comma\"");
  }
  if (connection_setting(e->w, c, "dates", &value, &variable)) {
    for (size_t i = 0; i < sizeof DATES / sizeof *DATES; i++)
      if (slice_eq(value, slice_of(DATES[i].said))) e->dialect.dates = DATES[i].dates;
    if (e->dialect.dates == CSV_DATES_UNKNOWN) *why = SLICE("`dates` is \"iso\", \"dmy\" or \"mdy\"");
  }
  if (connection_setting(e->w, c, "currency", &e->currency, &variable) && currency_find(e->currency) == CURRENCY_NONE)
    *why = SLICE("`currency` is an ISO 4217 code, such as \"BRL\"");
  return why->n == 0;
}

static erp *folder_open(world *w, arena *perm, const connection *c, slice *why) {
  erp *e = ARENA_NEW(perm, erp);
  slice folder;
  bool is = false;
  *e = (erp){.w = w, .perm = perm};
  *why = (slice){0};
  if (!connection_needs(w, perm, c, "folder", "folder \"exports\"", &folder, why) || !read_dialect(e, c, why))
    return NULL;
  e->folder = connection_path(w, perm, c, folder, why);
  if (!e->folder) return NULL;
  if (w->is_folder(w, e->folder, &is) == WORLD_OK && is) return e;
  *why = arena_printf(perm, "%s is a file: `folder` names the folder that exports are put into", e->folder);
  return NULL;
}

static void folder_close(erp *e) { (void)e; }

/* ---- files ---- */

typedef struct dropped {
  const char *path;
  slice name;
  uint64_t bytes;
  int64_t changed_ns;
  char hash[HASH_HEX_MAX];
  bool waits; /* for the next sync */
  bool same;  /* it was touched, and holds what it held */
} dropped;

typedef struct drop {
  erp *e;
  arena *perm;
  store *s;
  dropped *file;
  size_t count;
  bool shifted; /* a file changed while it was read */
  const erp_sync_options *o;
  erp_report *report;
} drop;

static void note(drop *x, slice words) { x->report->note[x->report->notes++] = words; }

static slice key_of(drop *x, const dropped *f) {
  return arena_printf(x->perm, "sync csv file %.*s", SLICE_ARG(f->name));
}

static slice state_of(drop *x, const dropped *f) {
  return arena_printf(x->perm, "%llu %lld %s", (unsigned long long)f->bytes, (long long)f->changed_ns, f->hash);
}

/* Size and time as they are now. */
static world_code look(world *w, const char *path, uint64_t *bytes, int64_t *changed_ns) {
  world_file *f;
  world_code code = w->open_file(w, path, &f);
  if (code != WORLD_OK) return code;
  *bytes = w->file_bytes(w, f);
  *changed_ns = w->file_changed_ns(w, f);
  w->close_file(w, f);
  return WORLD_OK;
}

static world_code hash_file(world *w, dropped *f) {
  enum { PIECE = 1 << 16 };
  world_file *file;
  world_code code = w->open_file(w, f->path, &file);
  if (code != WORLD_OK) return code;
  char *piece = malloc(PIECE);
  if (!piece) arena_exhausted();
  hasher *h = hash_begin();
  size_t got = 0;
  while ((code = w->read(w, file, piece, PIECE, &got)) == WORLD_OK && got) hash_add(h, (slice){piece, got});
  w->close_file(w, file);
  free(piece);
  uint8_t hash[HASH_BYTES];
  hash_end(h, hash);
  hash_hex(hash, f->hash);
  return code;
}

/* The part of a state behind its last blank: the hash. */
static slice kept_hash(slice state) {
  size_t n = state.n;
  while (n && state.p[n - 1] != ' ') n--;
  return (slice){state.p + n, state.n - n};
}

/* Whether it is to be read: it is new, or its content is. One that was only touched is kept as it is now. */
static store_code is_news(drop *x, dropped *f, bool *news, world_code *failed) {
  slice state = {0};
  store_code code = store_state_get(x->s, key_of(x, f), x->perm, &state);
  slice head = arena_printf(x->perm, "%llu %lld ", (unsigned long long)f->bytes, (long long)f->changed_ns);
  *news = true;
  if (code != STORE_OK && code != STORE_END) return code;
  if (!x->o->whole && code == STORE_OK && slice_starts(state, head)) {
    *news = false;
    return STORE_OK;
  }
  *failed = hash_file(x->e->w, f);
  if (*failed != WORLD_OK || x->o->whole || code == STORE_END) return STORE_OK;
  *news = !slice_eq(kept_hash(state), slice_of(f->hash));
  return STORE_OK;
}

static int by_age(const void *va, const void *vb) {
  const dropped *a = va, *b = vb;
  if (a->changed_ns != b->changed_ns) return a->changed_ns < b->changed_ns ? -1 : 1;
  return slice_cmp(a->name, b->name);
}

static erp_code fail_world(drop *x, const char *path, world_code code) {
  x->report->failure.why =
      arena_printf(x->perm, "cannot read %s: %s; nothing was changed", path, world_code_text(code));
  return ERP_FAILED;
}

static erp_code fail_store(drop *x) {
  x->report->failure.why = arena_slice(x->perm, slice_of(store_why(x->s)->text));
  return ERP_FAILED;
}

static bool is_csv(slice name) {
  return name.n > 4 && name.p[0] != '.' &&
         (memcmp(name.p + name.n - 4, ".csv", 4) == 0 || memcmp(name.p + name.n - 4, ".CSV", 4) == 0);
}

/* One name of the folder: into the list where it is to be read. */
static erp_code look_at(drop *x, slice name, bool *any) {
  world *w = x->e->w;
  dropped f = {.name = name, .path = arena_printf(x->perm, "%s/%.*s", x->e->folder, SLICE_ARG(name)).p};
  store_table table;
  bool news = false, folder = false;
  world_code failed = WORLD_OK;
  if (!is_csv(name) || (w->is_folder(w, f.path, &folder) == WORLD_OK && folder)) return ERP_END;
  if (!csv_table_of_name(name, &table)) {
    note(x, arena_printf(x->perm,
                         "%.*s was left alone: a name that begins with customers, invoices, contracts, events or "
                         "indices says what is in it",
                         SLICE_ARG(name)));
    return ERP_END;
  }
  *any = true;
  world_code code = look(w, f.path, &f.bytes, &f.changed_ns);
  if (code != WORLD_OK) return fail_world(x, f.path, code);
  int64_t age_ns = w->now_ns(w) - f.changed_ns;
  if (is_news(x, &f, &news, &failed) != STORE_OK) return fail_store(x);
  if (failed != WORLD_OK) return fail_world(x, f.path, failed);
  if (!news && f.hash[0]) {
    f.same = true;
    x->file[x->count++] = f;
  }
  if (!news) return ERP_END;
  f.waits = age_ns >= 0 && age_ns < (int64_t)STILL_S * 1000000000;
  if (f.waits)
    note(x,
         arena_printf(x->perm, "%.*s was written to less than %d seconds ago: the next sync reads it, when it is whole",
                      SLICE_ARG(name), STILL_S));
  else
    x->file[x->count++] = f;
  return ERP_END;
}

static erp_code find_files(drop *x) {
  slice *names;
  size_t n;
  bool any = false;
  world *w = x->e->w;
  world_code listed = w->list_folder(w, x->e->folder, x->perm, &names, &n);
  if (listed != WORLD_OK) return fail_world(x, x->e->folder, listed);
  x->file = ARENA_ARRAY(x->perm, n + 1, dropped);
  x->report->note = ARENA_ARRAY(x->perm, 3 * n + 2, slice);
  erp_code code = ERP_END;
  for (size_t i = 0; i < n && code == ERP_END; i++) code = look_at(x, names[i], &any);
  if (code == ERP_END && !any)
    note(x, arena_printf(x->perm, "no export is in %s yet: customers.csv, invoices.csv and their kind", x->e->folder));
  qsort(x->file, x->count, sizeof *x->file, by_age); /* of two exports the newer one counts */
  return code;
}

/* ---- the import ---- */

/* Each file is still what was read; and that it was read is kept. */
static store_code remember(void *self, store *s) {
  drop *x = self;
  world *w = x->e->w;
  for (size_t i = 0; i < x->count; i++) {
    dropped *f = &x->file[i];
    uint64_t bytes;
    int64_t changed_ns;
    if (f->waits) continue;
    if (look(w, f->path, &bytes, &changed_ns) != WORLD_OK || bytes != f->bytes || changed_ns != f->changed_ns) {
      f->waits = x->shifted = true;
      note(x, arena_printf(x->perm, "%.*s changed while it was read: the next sync reads it", SLICE_ARG(f->name)));
      return STORE_MISUSE;
    }
    store_code code = store_state_set(s, key_of(x, f), state_of(x, f));
    if (code != STORE_OK) return code;
  }
  return STORE_OK;
}

static const erp_feed *feed_of_table(store_table table) {
  for (size_t i = 0; i < FEED_COUNT; i++)
    if (FEEDS[i].table == table) return &FEEDS[i];
  return &FEEDS[F_CUSTOMERS];
}

typedef struct shown {
  const erp_sync_options *o;
} shown;

static void step(void *self, const char *file, uint64_t done, uint64_t total) {
  const shown *x = self;
  store_table table = STORE_T_customer;
  (void)csv_table_of_name(path_base(slice_of(file)), &table);
  if (x->o->at) x->o->at(x->o->self, feed_of_table(table), done, total);
}

static void count(drop *x, const csv_report *r) {
  for (size_t i = 0; i < r->count; i++) {
    const csv_file *f = &r->file[i];
    erp_brought *b = &x->report->feed[feed_of_table(f->table) - FEEDS];
    slice name = path_base(slice_of(f->path));
    b->rows += f->rows;
    b->added += f->added;
    b->changed += f->changed;
    b->unchanged += f->unchanged;
    b->rejected += f->rejected;
    b->pages++;
    for (size_t k = 0; k < f->reasons && b->reasons < ERP_REASONS_MAX; k++)
      b->reason[b->reasons++] =
          (erp_reason){arena_printf(x->perm, "%.*s:%llu", SLICE_ARG(name), (unsigned long long)f->reason[k].line),
                       f->reason[k].text};
    if (f->rejects)
      note(x, arena_printf(x->perm, "%llu rows of %.*s were rejected: they are in %s", (unsigned long long)f->rejected,
                           SLICE_ARG(name), f->rejects));
  }
}

/* Nothing is to be read: how the files look now is kept all the same. */
static erp_code touched(drop *x) {
  bool any = false;
  for (size_t i = 0; i < x->count; i++) any |= x->file[i].same;
  if (!any) return ERP_END;
  store_code code = store_begin(x->s);
  if (code == STORE_OK) code = remember(x, x->s);
  if (code == STORE_OK) code = store_commit(x->s);
  if (code == STORE_OK) return ERP_END;
  store_rollback(x->s);
  return x->shifted ? ERP_END : fail_store(x);
}

static erp_code import(drop *x) {
  const char **paths = ARENA_ARRAY(x->perm, x->count + 1, const char *);
  shown bar = {x->o};
  csv_options o = {.dialect = x->e->dialect,
                   .currency = x->e->currency,
                   .rejects_folder = x->o->rejects_folder,
                   .at = step,
                   .self = &bar,
                   .say = x->o->say,
                   .say_self = x->o->say_self,
                   .also = remember,
                   .also_self = x};
  for (;;) {
    size_t n = 0;
    csv_report r;
    for (size_t i = 0; i < x->count; i++)
      if (!x->file[i].waits && !x->file[i].same) paths[n++] = x->file[i].path;
    if (n == 0) return touched(x);
    x->shifted = false;
    csv_status status = csv_import(x->e->w, x->s, paths, n, &o, x->perm, &r);
    if (status == CSV_DONE) {
      count(x, &r);
      for (int h = 0; h < STORE_HAPPENING_COUNT; h++) x->report->noticed[h] = store_noticed(x->s, (store_happening)h);
      return ERP_END;
    }
    if (x->shifted) continue;
    x->report->failure.why = slice_of(r.error);
    return ERP_FAILED;
  }
}

static erp_code folder_bring(erp *e, store *s, const erp_sync_options *o, arena *perm, erp_report *report) {
  drop x = {.e = e, .perm = perm, .s = s, .o = o, .report = report};
  erp_code code = find_files(&x);
  if (code == ERP_END) code = import(&x);
  size_t kept = 0;
  for (size_t i = 0; i < report->count; i++) /* what most folders never have is not listed as nothing */
    if (report->feed[i].rows || i == F_CUSTOMERS || i == F_INVOICES) report->feed[kept++] = report->feed[i];
  report->count = kept;
  return code;
}

/* ---- doctor ---- */

static bool folder_check(erp *e, void (*say)(void *self, bool fine, slice what, slice remedy), void *self,
                         arena *perm) {
  slice *names;
  size_t n, files = 0;
  store_table table;
  world_code code = e->w->list_folder(e->w, e->folder, perm, &names, &n);
  if (code != WORLD_OK) {
    say(self, false, arena_printf(perm, "the folder %s cannot be read", e->folder),
        SLICE("give the user that dun runs as the right to read it"));
    return false;
  }
  for (size_t i = 0; i < n; i++) files += is_csv(names[i]) && csv_table_of_name(names[i], &table);
  say(self, true, arena_printf(perm, "the folder has %zu exports that can be read", files), (slice){0});
  return true;
}

const erp_driver CSV_FOLDER = {
    .vendor = "csv",
    .words = "the folder of exports",
    .feeds = FEEDS,
    .feed_count = FEED_COUNT,
    .open = folder_open,
    .close = folder_close,
    .bring = folder_bring,
    .check = folder_check,
};
