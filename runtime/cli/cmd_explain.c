/* dun explain INVOICE: why it fires today or why not, and when next. dun explain CODE: what a diagnostic means. */
#include "commands.h"
#include "lang/base/text.h"
#include "rows.h"
#include "runtime/engine/explain.h"
#include "session.h"

/* The text of a code stands for every place where it is reported: what is named there is "...". */
static slice without_arguments(slice says, arena *perm) {
  text t = text_new(perm);
  for (size_t i = 0; i < says.n; i++) {
    bool hole = says.p[i] == '{' && i + 2 < says.n && says.p[i + 1] >= '0' && says.p[i + 1] <= '9' && says.p[i + 2] == '}';
    if (!hole) {
      text_char(&t, says.p[i]);
      continue;
    }
    text_add(&t, SLICE("..."));
    i += 2;
  }
  return text_slice(&t);
}

static int explain_code(const args *a, world *w, diag_code code) {
  static const char *const KINDS[] = {[DIAG_ERROR] = "error", [DIAG_WARNING] = "warning", [DIAG_NOTE] = "note"};
  slice says = without_arguments(diag_says(code, a->lang), a->perm), remedy = diag_remedy(code, a->lang);
  world_printf(w, WORLD_STDOUT, "%s (%s)\n  %.*s\n\n  %.*s\n", diag_name(code), KINDS[diag_severity_of(code)], SLICE_ARG(says), SLICE_ARG(remedy));
  return EXIT_FINE;
}

static void head(session *s, uint32_t row) {
  const facts *f = s->f;
  uint32_t customer = f->customer[row];
  char due[DATE_TEXT_MAX];
  date_iso((civil_date){(int32_t)fact_int(f, FIELD_INVOICE_DUE, row)}, due);
  slice name = fact_text(f, FIELD_CUSTOMER_NAME, customer), id = f->t[ENT_CUSTOMER].number[customer];
  world_printf(s->w, WORLD_STDOUT, "%.*s of %.*s%s%.*s%s, due %s\n", SLICE_ARG(f->t[ENT_INVOICE].number[row]), SLICE_ARG(name.n ? name : id),
               name.n ? " (" : "", SLICE_ARG(name.n ? id : (slice){0}), name.n ? ")" : "", due);
}

static void next_line(session *s, const explain *x) {
  if (!x->next.any) {
    world_printf(s->w, WORLD_STDOUT, "\nNothing is to come for it, if nothing changes.\n");
    return;
  }
  const decision *d = &x->next.d;
  char day[DATE_TEXT_MAX];
  date_iso(d->day, day);
  world_printf(s->w, WORLD_STDOUT, "\nNext, if nobody pays: on %s, rung %.*s: %.*s%s%.*s\n", day, SLICE_ARG(d->rung), SLICE_ARG(d->text),
               d->to.n ? ", to " : "", SLICE_ARG(d->to));
}

static int print(session *s, const explain *x, uint32_t row) {
  static const out_column COLUMNS[] = {{"question", NULL, OUT_TEXT, true}, {"answer", NULL, OUT_TEXT, true}, {"because", NULL, OUT_TEXT, false}};
  bool prose = s->a->format == OUT_table;
  if (prose) {
    head(s, row);
    world_printf(s->w, WORLD_STDOUT, "%.*s\n\n", SLICE_ARG(x->verdict));
  }
  out *o = out_begin(s->w, s->a->format, COLUMNS, 3);
  if (!prose) out_row(o, (slice[]){SLICE("today"), x->verdict, {0}});
  for (uint32_t i = 0; i < x->n; i++) out_row(o, (slice[]){x->v[i].question, x->v[i].answer, x->v[i].because});
  if (!prose && x->next.any) {
    char day[DATE_TEXT_MAX];
    slice on = {day, date_iso(x->next.d.day, day)};
    out_row(o, (slice[]){SLICE("next"), on, x->next.d.text});
  }
  world_code why;
  bool ok = out_end(o, &why);
  if (prose) next_line(s, x);
  return ok || why == WORLD_CLOSED ? EXIT_FINE : EXIT_WORLD;
}

static int explain_row(session *s, slice number) {
  row_names names = row_names_of(s->perm, &s->f->t[ENT_INVOICE]);
  uint32_t row = row_names_find(&names, number);
  if (row == VM_NO_ROW) {
    args_complain(s->w, s->a, "there is no invoice \"%.*s\" in the ledger", SLICE_ARG(number));
    return EXIT_USAGE;
  }
  day_plan plan;
  if (plan_make(s->e, s->s, &s->events, s->today, s->perm, &plan) != STORE_OK) {
    args_complain(s->w, s->a, "%s", store_why(s->s)->text);
    return EXIT_WORLD;
  }
  explain x;
  explain_invoice(s->e, &plan, row, s->perm, &x);
  return print(s, &x, row);
}

int cmd_explain(const args *a, world *w) {
  diag_code code = diag_find(a->word[0]);
  if (code != DIAG_COUNT) return explain_code(a, w, code);
  session s;
  int status = session_compile(&s, a, w, a->value[ARG_policy].text);
  if (status == EXIT_FINE) status = session_today(&s);
  if (status == EXIT_FINE) status = session_open(&s);
  if (status == EXIT_FINE) status = session_engine(&s, s.today, true);
  if (status == EXIT_FINE) status = explain_row(&s, a->word[0]);
  session_close(&s);
  return status;
}
