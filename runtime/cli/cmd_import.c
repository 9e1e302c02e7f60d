/* `dun import`: CSV files into the store. What happened is a row a file; why rows were rejected follows on standard
 * error. */
#include <stdio.h>

#include "args.h"
#include "brought.h"
#include "progress.h"
#include "session.h"
#include "stdlib/erp/csv.h"
#include "texts.h"

typedef struct shown {
  world *w;
  progress bar;
  const char *file;
} shown;

static void show_progress(void *self, const char *file, uint64_t done, uint64_t total) {
  shown *s = self;
  if (s->file != file) {
    if (s->file) progress_end(&s->bar);
    s->file = file;
    progress_begin(&s->bar, s->w, file, total);
  }
  progress_at(&s->bar, done);
}

enum { COLUMN_COUNT = 7 };

/* Machines read the names, people the titles. */
static void columns_of(dun_lang lang, out_column columns[COLUMN_COUNT]) {
  static const struct {
    const char *name;
    text_id title;
    out_kind kind;
  } COLUMNS[COLUMN_COUNT] = {{"file", TXT_FILE_TITLE, OUT_TEXT},
                             {"rows", TXT_ROWS_TITLE, OUT_NUMBER},
                             {"new", TXT_NEW_TITLE, OUT_NUMBER},
                             {"changed", TXT_CHANGED_TITLE, OUT_NUMBER},
                             {"unchanged", TXT_UNCHANGED_TITLE, OUT_NUMBER},
                             {"rejected", TXT_REJECTED_TITLE, OUT_NUMBER},
                             {"rejects", TXT_REJECTS_TITLE, OUT_TEXT}};
  for (size_t i = 0; i < COLUMN_COUNT; i++)
    columns[i] = (out_column){COLUMNS[i].name, texts_word(lang, COLUMNS[i].title), COLUMNS[i].kind,
                              COLUMNS[i].kind == OUT_NUMBER};
}

static bool print_summary(const args *a, world *w, const csv_report *report, world_code *why) {
  out_column columns[COLUMN_COUNT];
  bool any = false;
  for (size_t i = 0; i < report->count; i++) any |= report->file[i].rejects != NULL;
  columns_of(a->lang, columns);
  /* A table without rejects has no column for them; the other formats always have the same columns. */
  out *o = out_begin(w, a->format, columns, any || a->format != OUT_table ? COLUMN_COUNT : COLUMN_COUNT - 1);
  for (size_t i = 0; i < report->count; i++) {
    const csv_file *f = &report->file[i];
    const uint64_t number[] = {f->rows, f->added, f->changed, f->unchanged, f->rejected};
    slice value[COLUMN_COUNT] = {slice_of(f->path)};
    for (size_t k = 0; k < 5; k++) value[k + 1] = texts_number(a->perm, number[k]);
    value[6] = slice_of(f->rejects ? f->rejects : "");
    out_row(o, value);
  }
  return out_end(o, why);
}

static void say_line(world *w, slice words) { world_printf(w, WORLD_STDERR, "%.*s\n", SLICE_ARG(words)); }

/* Returns how many rows were rejected in all. */
static uint64_t print_reasons(const args *a, world *w, const csv_report *report) {
  uint64_t rejected = 0;
  for (size_t i = 0; i < report->count; i++) {
    const csv_file *f = &report->file[i];
    slice path = slice_of(f->path), rejects = slice_of(f->rejects ? f->rejects : texts_word(a->lang, TXT_FILE_ITSELF));
    rejected += f->rejected;
    for (size_t k = 0; k < f->reasons; k++)
      say_line(w, TEXTS(a->lang, a->perm, REASON, path, texts_number(a->perm, f->reason[k].line),
                        slice_of(f->reason[k].text)));
    if (f->rejected > f->reasons)
      say_line(w,
               TEXTS(a->lang, a->perm, MORE_REASONS, path, texts_number(a->perm, f->rejected - f->reasons), rejects));
  }
  for (size_t i = 0; i < report->skipped_count; i++)
    say_line(w, TEXTS(a->lang, a->perm, FILE_SKIPPED, report->skipped[i]));
  return rejected;
}

/* What was taken for granted. */
static void print_assumed(const args *a, world *w, const csv_report *report) {
  for (size_t i = 0; i < report->count; i++) {
    const csv_file *f = &report->file[i];
    if (f->assumed)
      say_line(w, TEXTS(a->lang, a->perm, CURRENCY_ASSUMED, slice_of(f->path), texts_number(a->perm, f->assumed),
                        SLICE(CSV_CURRENCY_ASSUMED)));
  }
}

static csv_options options_of(const args *a, dun_lang *lang) {
  csv_options o = {.currency = a->value[ARG_currency].text, .say = texts_say, .say_self = lang};
  slice marks = a->value[ARG_decimal].text, dates = a->value[ARG_dates].text;
  if (slice_eq(marks, SLICE("comma"))) o.dialect.decimal = CSV_DECIMAL_COMMA;
  if (slice_eq(marks, SLICE("point"))) o.dialect.decimal = CSV_DECIMAL_POINT;
  if (slice_eq(dates, SLICE("dmy"))) o.dialect.dates = CSV_DATES_DMY;
  if (slice_eq(dates, SLICE("mdy"))) o.dialect.dates = CSV_DATES_MDY;
  if (slice_eq(dates, SLICE("iso"))) o.dialect.dates = CSV_DATES_ISO;
  if (a->value[ARG_rejects].given) o.rejects = a->value[ARG_rejects].text.p;
  o.rejects_folder = session_rejects_folder(a);
  return o;
}

/* A misspelt path is said before a store is made. */
static bool all_there(const args *a, world *w) {
  for (size_t i = 0; i < a->word_count; i++) {
    bool folder;
    world_file *file = NULL;
    world_code code = w->is_folder(w, a->word[i].p, &folder);
    if (code == WORLD_OK && !folder) code = w->open_file(w, a->word[i].p, &file);
    w->close_file(w, file);
    if (code == WORLD_OK) continue;
    ARGS_COMPLAIN(w, a, CANNOT_READ, a->word[i], texts_world(a->lang, a->perm, code));
    return false;
  }
  return true;
}

int cmd_import(const args *a, world *w) {
  if (!all_there(a, w)) return EXIT_WORLD;
  const char *path = session_store_url(a);
  const char **paths = ARENA_ARRAY(a->perm, a->word_count, const char *);
  for (size_t i = 0; i < a->word_count; i++) paths[i] = a->word[i].p;
  dun_lang lang = a->lang;
  csv_options o = options_of(a, &lang);
  shown progress_shown = {.w = w};
  if (!a->value[ARG_quiet].given) {
    o.at = show_progress;
    o.self = &progress_shown;
  }
  store *s;
  store_error why;
  if (store_open(w, path, &s, &why) != STORE_OK) {
    args_complain(w, a, texts_said(lang, a->perm, slice_of(why.text)));
    return EXIT_WORLD;
  }
  csv_report report;
  brought_ended ended;
  brought_before(a, s, &ended);
  if (a->value[ARG_today].given) store_notice_on(s, (int32_t)a->value[ARG_today].number);
  csv_status status = csv_import(w, s, paths, a->word_count, &o, a->perm, &report);
  uint64_t noticed[STORE_HAPPENING_COUNT];
  for (int h = 0; h < STORE_HAPPENING_COUNT; h++) noticed[h] = store_noticed(s, (store_happening)h);
  if (progress_shown.file) progress_end(&progress_shown.bar);
  if (status != CSV_DONE) {
    store_close(s);
    args_complain(w, a, slice_of(report.error));
    return status == CSV_REFUSED ? EXIT_FINDINGS : EXIT_WORLD;
  }
  world_code failure;
  bool shown_all = print_summary(a, w, &report, &failure);
  if (shown_all && !a->value[ARG_quiet].given) {
    brought_noticed(a, lang, w, noticed);
    print_assumed(a, w, &report);
    brought_after(a, lang, w, s, &ended);
  }
  store_close(s);
  if (shown_all) return print_reasons(a, w, &report) ? EXIT_FINDINGS : EXIT_FINE;
  if (failure == WORLD_CLOSED) return EXIT_FINE;
  ARGS_COMPLAIN(w, a, IMPORT_NOT_SHOWN, texts_world(lang, a->perm, failure));
  return EXIT_WORLD;
}
