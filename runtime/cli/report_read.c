/* See report_read.h. */
#include "report_read.h"

#include "lang/base/text.h"

int report_books(session *s, civil_date today, arena *perm, books **to) {
  s->past = true;
  int status = session_engine(s, today, false);
  if (status != EXIT_FINE) return status;
  if (books_make(s->e, s->s, &s->events, today, perm, to) == STORE_OK) return EXIT_FINE;
  return session_complain_said(s, EXIT_WORLD, store_why(s->s)->text);
}

enum { USUAL_DAYS = 90 };

void report_terms(const session *s, civil_date today, arena *perm, metrics_asked *to) {
  const program *p = s->c.program;
  metrics_policy(p, perm, to);
  slice zone = p->timezone.n ? p->timezone : SLICE("UTC");
  to->zone = world_load_zone(s->w, zone, perm);
  if (date_is_none(to->to)) to->to = today;
  if (!date_is_none(to->from)) return;
  /* An aging is compared with the end of the month before. */
  if (to->report == METRICS_aging)
    to->from = date_anchor_month(to->to, 0, 1);
  else
    to->from = date_add_days(to->to, 1 - USUAL_DAYS);
}

/* ---- tables ---- */

metrics_table report_figures(const metrics_result *r, arena *perm) {
  static const metrics_column COLUMNS[] = {
      {"figure", "figure", METRICS_SAID}, {"currency", "currency", METRICS_TEXT},
      {"now", "now", METRICS_TEXT},       {"before", "period before", METRICS_TEXT},
      {"how", "how", METRICS_SAID},       {"rows", "rows", METRICS_TEXT}};
  metrics_result own = {.perm = perm, .tables = ARENA_NEW(perm, metrics_table)};
  metrics_table *t = metrics_add_table(&own, "figures", "Figures", COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  for (uint32_t i = 0; i < r->figure_count; i++) {
    const metrics_figure *f = &r->figures[i];
    metrics_value *v = metrics_add_row(&own, t, NULL);
    v[0] = metrics_said(f->title);
    v[1] = metrics_word(slice_of(currency_code(f->cur)));
    v[2] = f->now;
    v[3] = f->before;
    v[4] = metrics_said(f->how);
    v[5] = metrics_word(f->rows);
  }
  return *t;
}

bool report_table_find(const metrics_result *r, slice name, arena *perm, metrics_table *to) {
  if (slice_eq(name, SLICE("figures"))) {
    *to = report_figures(r, perm);
    return true;
  }
  for (uint32_t i = 0; i < r->table_count; i++)
    if (slice_eq(name, slice_of(r->tables[i].name))) {
      *to = r->tables[i];
      return true;
    }
  return false;
}

/* "31-60 days": a bucket is a number of days in every language. */
slice report_said(dun_lang lang, arena *perm, const char *english) {
  slice is = slice_of(english);
  /* The bucket of what is not due yet: an English word that means many things. */
  bool bucket = lang != LANG_EN && slice_eq(is, SLICE("current"));
  return texts_said(lang, perm, bucket ? SLICE("current bucket") : is);
}

/* ---- CSV ---- */

static bool is_formula(slice s) {
  static const char BEGINS[] = "=+-@\t\r";
  return s.n && memchr(BEGINS, s.p[0], sizeof BEGINS - 1) != NULL;
}

static void add_field(text *t, slice s, arena *perm) {
  size_t room = s.n * 2 + 3;
  char *to = arena_alloc(perm, room);
  text_add(t, (slice){to, out_csv_field(s, to, room)});
}

slice report_csv(const metrics_table *t, bool bom, arena *perm) {
  text to = text_new(perm);
  if (bom) text_cstr(&to, "\xEF\xBB\xBF");
  for (uint32_t c = 0; c < t->column_count; c++) {
    if (c) text_char(&to, ',');
    add_field(&to, slice_of(t->columns[c].name), perm);
  }
  text_char(&to, '\n');
  for (uint32_t i = 0; i < t->row_count; i++) {
    for (uint32_t c = 0; c < t->column_count; c++) {
      const metrics_value *v = &t->cells[(size_t)i * t->column_count + c];
      slice s = metrics_plain(v, perm);
      bool words = v->kind == METRICS_TEXT || v->kind == METRICS_SAID;
      if (words && is_formula(s)) s = arena_printf(perm, "'%.*s", SLICE_ARG(s));
      if (c) text_char(&to, ',');
      add_field(&to, s, perm);
    }
    text_char(&to, '\n');
  }
  return text_slice(&to);
}
