/* The import of csv.h: which files, in which order, in one transaction; what was done with each row. */
#include "csv.h"

#include <stdio.h>
#include <stdlib.h>

#include "csv_detect.h"
#include "csv_read.h"
#include "csv_rejects.h"
#include "csv_row.h"
#include "lang/base/text.h"

#define ROWS_BETWEEN_REPORTS 8192

typedef struct import {
  world *w;
  store *s;
  const csv_options *o;
  arena *perm;
  arena *words; /* of the sentence at hand */
  csv_report *report;
} import;

/* ---- failures ---- */

static const char *say(import *m, const char *english) {
  arena_reset(m->words);
  return m->o->say ? m->o->say(m->o->say_self, m->words, english) : english;
}

static csv_status refuse(import *m, const char *path, const char *why) {
  m->report->error = arena_printf(m->perm, "%s: %s", path, say(m, why)).p;
  return CSV_REFUSED;
}
static csv_status fail_world(import *m, const char *what, const char *path, world_code code) {
  slice said = arena_printf(m->perm, "cannot %s %s: %s; nothing was changed", what, path, world_code_text(code));
  m->report->error = arena_copy(m->perm, slice_of(say(m, said.p)));
  return CSV_FAILED;
}
static csv_status fail_store(import *m) {
  m->report->error = arena_copy(m->perm, slice_of(say(m, store_why(m->s)->text)));
  return CSV_FAILED;
}

/* ---- one file ---- */

typedef struct reading {
  import *m;
  csv_file *file;
  csv_reader r;
  csv_header *h;
  csv_rows *rows;
  csv_rejects *rejects;
} reading;

static csv_status put_aside(reading *x, uint64_t line, const char *why) {
  csv_file *f = x->file;
  why = say(x->m, why);
  f->rejected++;
  if (f->reasons < CSV_REASONS_MAX) f->reason[f->reasons++] = (csv_reason){line, arena_printf(x->m->perm, "%s", why).p};
  world_code code = WORLD_OK;
  if (f->rejected == 1) {
    code = csv_rejects_path(x->m->w, x->m->o, f->path, x->m->report->count, x->m->perm, &f->rejects);
    x->rejects->path = f->rejects;
  }
  if (code == WORLD_OK) code = csv_reject_begin(x->rejects, line, why);
  if (code == WORLD_OK) code = csv_reject_piece(x->rejects, x->r.raw);
  return code == WORLD_OK ? CSV_DONE : fail_world(x->m, "write the rejects file", f->rejects ? f->rejects : "", code);
}

static csv_status end_reject(reading *x) {
  world_code code = csv_reject_end(x->rejects);
  return code == WORLD_OK ? CSV_DONE : fail_world(x->m, "write the rejects file", x->file->rejects, code);
}

static csv_status put_row(reading *x) {
  bool empty = true;
  for (size_t i = 0; i < x->r.count && empty; i++) empty = slice_trim(x->r.field[i]).n == 0;
  if (empty) return CSV_DONE; /* a blank line, or one of separators alone: it says nothing */
  csv_file *f = x->file;
  f->rows++;
  store_put outcome = STORE_PUT_UNCHANGED;
  const char *why;
  if (csv_row_put(x->rows, &x->r, &outcome, &why) != STORE_OK) return fail_store(x->m);
  if (why) {
    csv_status status = put_aside(x, x->r.line, why);
    return status == CSV_DONE ? end_reject(x) : status;
  }
  f->added += outcome == STORE_PUT_NEW;
  f->assumed += outcome == STORE_PUT_NEW && x->rows->currency_assumed && x->m->o->currency.n == 0;
  f->changed += outcome == STORE_PUT_CHANGED;
  f->unchanged += outcome == STORE_PUT_UNCHANGED;
  return CSV_DONE;
}

static csv_status put_broken(reading *x, const char *why) {
  x->file->rows++;
  csv_status status = put_aside(x, x->r.line, why);
  return status == CSV_DONE ? end_reject(x) : status;
}

static csv_status put_too_long(reading *x) {
  char why[96];
  snprintf(why, sizeof why, "the line is longer than %zu bytes", CSV_RECORD_MAX);
  x->file->rows++;
  csv_status status = put_aside(x, x->r.line, why);
  slice piece = SLICE("");
  while (status == CSV_DONE) {
    world_code code = csv_rest(&x->r, &piece);
    if (code != WORLD_OK) return fail_world(x->m, "read", x->file->path, code);
    if (piece.n == 0) return end_reject(x);
    code = csv_reject_piece(x->rejects, piece);
    if (code != WORLD_OK) return fail_world(x->m, "write the rejects file", x->file->rejects, code);
  }
  return status;
}

static csv_status put_rows(reading *x) {
  import *m = x->m;
  uint64_t total = m->w->file_bytes(m->w, x->r.file), next_report = ROWS_BETWEEN_REPORTS;
  csv_status status = CSV_DONE;
  while (status == CSV_DONE) {
    switch (csv_next(&x->r)) {
    case CSV_GOT_ROW: status = put_row(x); break;
    case CSV_GOT_END: {
      world_code code = csv_rejects_flush(x->rejects);
      return code == WORLD_OK ? CSV_DONE : fail_world(m, "write the rejects file", x->file->rejects, code);
    }
    case CSV_GOT_TOO_LONG: status = put_too_long(x); break;
    case CSV_GOT_UNCLOSED: status = put_broken(x, "a quote is opened and never closed"); break;
    case CSV_GOT_BAD_QUOTE:
      status = put_broken(x, "there is text after a closing quote (write a quote in a text as \"\")");
      break;
    case CSV_GOT_TOO_WIDE: status = put_broken(x, "the row has far more fields than the header"); break;
    case CSV_GOT_FAILURE: return fail_world(m, "read", x->file->path, x->r.failure);
    }
    if (m->o->at && x->file->rows >= next_report) {
      m->o->at(m->o->self, x->file->path, x->r.done, total);
      next_report = x->file->rows + ROWS_BETWEEN_REPORTS;
    }
  }
  return status;
}

static slice base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slice_of(slash ? slash + 1 : path);
}

/* Reads the header: separator, table, columns. The table decides the order of the files, so this is done first for all.
 */
static csv_status read_header(reading *x) {
  import *m = x->m;
  csv_reader *r = &x->r;
  const char *path = x->file->path;
  slice line;
  world_code code = csv_open(r, m->w, path);
  if (code == WORLD_OK) code = csv_peek_line(r, &line);
  if (code != WORLD_OK) return fail_world(m, "read", path, code);
  if (line.n >= 2 && (memcmp(line.p, "\xFF\xFE", 2) == 0 || memcmp(line.p, "\xFE\xFF", 2) == 0))
    return refuse(m, path, "the file is UTF-16: save it as CSV UTF-8");
  r->separator = csv_separator(line);
  csv_got got = csv_next(r);
  if (got == CSV_GOT_FAILURE) return fail_world(m, "read", path, r->failure);
  if (got == CSV_GOT_END || (got == CSV_GOT_ROW && r->count == 1 && slice_trim(r->field[0]).n == 0))
    return refuse(m, path, "the file is empty: its first line must name the columns");
  if (got != CSV_GOT_ROW) return refuse(m, path, "the first line is no header: it cannot be read as names of columns");
  size_t bad;
  if (!csv_utf8_ok(r->raw, &bad)) return refuse(m, path, "the header is not UTF-8 text: save the file as CSV UTF-8");
  if (!csv_table_of_name(base_name(path), &x->file->table) &&
      !csv_table_of_columns(r->field, r->count, m->perm, &x->file->table))
    return refuse(m, path,
                  "neither its name (customers, invoices, contracts, events, indices) nor its columns say what is in "
                  "it: the name may "
                  "be, for example, invoices-2026-03.csv");
  const char *why = csv_read_header(x->h, x->file->table, r->field, r->count, m->perm);
  return why ? refuse(m, path, why) : CSV_DONE;
}

static csv_status import_open_file(reading *x) {
  import *m = x->m;
  csv_status status = read_header(x);
  if (status != CSV_DONE) return status;
  slice header = arena_slice(m->perm, x->r.raw);
  csv_dialect dialect = m->o->dialect;
  const char *why;
  slice name = m->o->currency.n ? m->o->currency : SLICE(CSV_CURRENCY_ASSUMED);
  currency fallback = currency_find(name);
  if (fallback == CURRENCY_NONE)
    return refuse(m, x->file->path,
                  arena_printf(m->perm, "\"%.*s\" is not an ISO 4217 currency code", SLICE_ARG(name)).p);
  csv_shape shape = {x->h, x->r.separator, fallback};
  world_code code = csv_detect(m->w, x->file->path, &shape, &dialect, m->perm, &why);
  if (code != WORLD_OK) return fail_world(m, "read", x->file->path, code);
  if (why) return refuse(m, x->file->path, why);
  *x->rejects = (csv_rejects){.w = m->w, .perm = m->perm, .separator = x->r.separator, .header = header};
  if (csv_rows_open(x->rows, m->s, x->h, dialect, fallback, m->perm) != STORE_OK) return fail_store(m);
  return put_rows(x);
}

static csv_status import_file(import *m, csv_file *file) {
  reading x = {.m = m, .file = file};
  x.h = calloc(1, sizeof *x.h);
  x.rows = calloc(1, sizeof *x.rows);
  x.rejects = calloc(1, sizeof *x.rejects);
  if (!x.h || !x.rows || !x.rejects) arena_exhausted();
  csv_status status = import_open_file(&x);
  csv_rows_close(x.rows);
  csv_close(&x.r);
  free(x.h);
  free(x.rows);
  free(x.rejects);
  return status;
}

/* ---- all files ---- */

static bool is_csv(slice name) {
  return name.n > 4 && name.p[0] != '.' &&
         (memcmp(name.p + name.n - 4, ".csv", 4) == 0 || memcmp(name.p + name.n - 4, ".CSV", 4) == 0);
}

static void add_file(import *m, const char *path) { m->report->file[m->report->count++].path = path; }

static csv_status add_folder(import *m, const char *path, const slice *names, size_t count) {
  size_t before = m->report->count;
  for (size_t i = 0; i < count; i++) {
    if (!is_csv(names[i])) continue;
    store_table table;
    if (csv_table_of_name(names[i], &table))
      add_file(m, arena_printf(m->perm, "%s/%.*s", path, SLICE_ARG(names[i])).p);
    else
      m->report->skipped[m->report->skipped_count++] = names[i];
  }
  if (m->report->count > before) return CSV_DONE;
  return refuse(m, path, "the folder has none of customers.csv, invoices.csv, contracts.csv, events.csv, indices.csv");
}

/* Room for `more` further files in the report. */
static void reserve(import *m, size_t more) {
  csv_file *files = ARENA_ARRAY(m->perm, m->report->count + more, csv_file);
  slice *skipped = ARENA_ARRAY(m->perm, m->report->skipped_count + more, slice);
  if (m->report->count) memcpy(files, m->report->file, m->report->count * sizeof *files);
  if (m->report->skipped_count) memcpy(skipped, m->report->skipped, m->report->skipped_count * sizeof *skipped);
  m->report->file = files;
  m->report->skipped = skipped;
}

static csv_status list_files(import *m, const char *const *paths, size_t count) {
  csv_status status = CSV_DONE;
  for (size_t i = 0; i < count && status == CSV_DONE; i++) {
    bool folder;
    world_code code = m->w->is_folder(m->w, paths[i], &folder);
    slice *names = NULL;
    size_t n = 0;
    if (code == WORLD_OK && folder) code = m->w->list_folder(m->w, paths[i], m->perm, &names, &n);
    if (code != WORLD_OK) return fail_world(m, "read", paths[i], code);
    reserve(m, folder ? n + 1 : 1);
    if (folder)
      status = add_folder(m, paths[i], names, n);
    else
      add_file(m, paths[i]);
  }
  return status;
}

/* Customers before what names them, invoices before what happened to them. */
static csv_status sort_files(import *m) {
  static const store_table order[] = {STORE_T_customer, STORE_T_contract, STORE_T_invoice, STORE_T_happening,
                                      STORE_T_series};
  csv_report *report = m->report;
  csv_header *h = calloc(1, sizeof *h);
  if (!h) arena_exhausted();
  csv_status status = CSV_DONE;
  for (size_t i = 0; i < report->count && status == CSV_DONE; i++) {
    reading x = {.m = m, .file = &report->file[i], .h = h};
    status = read_header(&x);
    csv_close(&x.r);
  }
  free(h);
  if (status != CSV_DONE) return status;
  csv_file *sorted = ARENA_ARRAY(m->perm, report->count, csv_file);
  size_t n = 0;
  for (size_t t = 0; t < sizeof order / sizeof *order; t++)
    for (size_t i = 0; i < report->count; i++)
      if (report->file[i].table == order[t]) sorted[n++] = report->file[i];
  report->file = sorted;
  return CSV_DONE;
}

static csv_status note_in_audit(import *m, uint64_t stored) {
  uint64_t added = 0, changed = 0, unchanged = 0, rejected = 0;
  for (size_t i = 0; i < m->report->count; i++) {
    const csv_file *f = &m->report->file[i];
    added += f->added;
    changed += f->changed;
    unchanged += f->unchanged;
    rejected += f->rejected;
  }
  uint64_t noticed = 0;
  for (int h = 0; h < STORE_HAPPENING_COUNT; h++) noticed += store_noticed(m->s, (store_happening)h);
  if (stored == 0) return CSV_DONE;
  store_event e = {.kind = SLICE("import"), .actor = SLICE("dun"), .subject = SLICE("csv")};
  e.detail = arena_printf(
      m->perm, "{\"files\":%zu,\"new\":%llu,\"changed\":%llu,\"unchanged\":%llu,\"rejected\":%llu,\"noticed\":%llu}",
      m->report->count, (unsigned long long)added, (unsigned long long)changed, (unsigned long long)unchanged,
      (unsigned long long)rejected, (unsigned long long)noticed);
  return store_audit_append(m->s, &e) == STORE_OK ? CSV_DONE : fail_store(m);
}

/* Rejects of an import that did not happen would mislead; one that cannot be removed stays named in the report. */
static void remove_rejects(import *m) {
  for (size_t i = 0; i < m->report->count; i++) {
    csv_file *f = &m->report->file[i];
    if (f->rejects && m->w->remove_file(m->w, f->rejects) == WORLD_OK) f->rejects = NULL;
  }
}

static csv_status import_all(import *m, const char *const *paths, size_t count) {
  csv_report *report = m->report;
  csv_status status = list_files(m, paths, count);
  if (status == CSV_DONE) status = sort_files(m);
  if (status != CSV_DONE) return status;
  if (store_begin(m->s) != STORE_OK) return fail_store(m);
  uint64_t stored = 0;
  for (size_t i = 0; i < report->count && status == CSV_DONE; i++) {
    status = import_file(m, &report->file[i]);
    stored += report->file[i].added + report->file[i].changed;
  }
  if (status == CSV_DONE) status = note_in_audit(m, stored);
  if (status == CSV_DONE && m->o->also && m->o->also(m->o->also_self, m->s) != STORE_OK) status = fail_store(m);
  if (status == CSV_DONE && store_commit(m->s) != STORE_OK) status = fail_store(m);
  if (status == CSV_DONE) return CSV_DONE;
  store_rollback(m->s);
  remove_rejects(m);
  return status;
}

csv_status csv_import(world *w, store *s, const char *const *paths, size_t count, const csv_options *o, arena *perm,
                      csv_report *report) {
  *report = (csv_report){.count = 0};
  struct import m = {.w = w, .s = s, .o = o, .perm = perm, .words = arena_new(), .report = report};
  csv_status status = import_all(&m, paths, count);
  arena_free(m.words);
  return status;
}

csv_status csv_load(world *w, const char *folder, const csv_options *o, arena *perm, store **out, csv_report *report) {
  *report = (csv_report){.count = 0};
  store_error why;
  if (store_open(w, ":memory:", out, &why) != STORE_OK) {
    report->error = o->say ? o->say(o->say_self, perm, why.text) : arena_copy(perm, slice_of(why.text));
    return CSV_FAILED;
  }
  csv_status status = csv_import(w, *out, &folder, 1, o, perm, report);
  if (status == CSV_DONE) return CSV_DONE;
  store_close(*out);
  *out = NULL;
  return status;
}
