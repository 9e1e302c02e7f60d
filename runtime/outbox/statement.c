/* See statement.h. The page names no address and no file: it is laid out without a network. */
#include "statement.h"

#include <stdlib.h>

#include "lang/base/text.h"
#include "runtime/engine/fees.h"
#include "values.h"

typedef enum word {
  W_TITLE,
  W_AS_OF,
  W_INVOICE,
  W_DUE,
  W_LATE,
  W_OPEN,
  W_FEES,
  W_TOTAL,
  W_CURRENT,
  W_DAYS,
  W_CREDIT,
  W_MORE,
  W_NONE,
  W_COUNT
} word;

static const char *const WORDS[W_COUNT][LANG_COUNT] = {
    [W_TITLE] = {"Statement", "Extrato", "Estado de cuenta"},
    [W_AS_OF] = {"as of", "em", "al"},
    [W_INVOICE] = {"Invoice", "Fatura", "Factura"},
    [W_DUE] = {"Due", "Vencimento", "Vencimiento"},
    [W_LATE] = {"Days overdue", "Dias de atraso", "Días de mora"},
    [W_OPEN] = {"Open", "Saldo", "Saldo"},
    [W_FEES] = {"Late fee and interest", "Multa e juros", "Recargo e intereses"},
    [W_TOTAL] = {"Total", "Total", "Total"},
    [W_CURRENT] = {"not due", "a vencer", "por vencer"},
    [W_DAYS] = {"days", "dias", "días"},
    [W_CREDIT] = {"To your credit", "Crédito a seu favor", "Saldo a su favor"},
    [W_MORE] = {"more", "mais", "más"},
    [W_NONE] = {"Nothing is open.", "Nada em aberto.", "No hay saldo pendiente."},
};

static const int32_t EDGES[] = {30, 60, 90};
enum { BUCKETS = sizeof EDGES / sizeof *EDGES + 2 };

typedef struct line_of {
  uint32_t row;
  slice number;
  int32_t due, late;
  money open, fees;
  bool fees_known;
} line_of;

/* Of one currency. */
typedef struct sums {
  bool any, fees_known;
  int64_t open, fees, credit, aged[BUCKETS];
} sums;

typedef struct page {
  engine *e;
  dun_lang lang;
  arena *perm;
  line_of *v;
  uint32_t n;
  bool with_fees;
  sums by[CURRENCY_COUNT];
  text t;
} page;

static size_t bucket_of(int32_t late) {
  size_t i = 0;
  if (late <= 0) return 0;
  while (i < BUCKETS - 2 && late > EDGES[i]) i++;
  return i + 1;
}

static int by_due(const void *va, const void *vb) {
  const line_of *a = va, *b = vb;
  if (a->due != b->due) return a->due < b->due ? -1 : 1;
  return slice_cmp(a->number, b->number);
}

/* What the policy's fees add; a policy without them adds nothing. */
static void add_fees(page *p, line_of *x) {
  money total;
  x->fees = (money){0, x->open.cur};
  x->fees_known = fees_of(p->e, FIELD_INVOICE_TOTAL, x->row, &total) == FEES_KNOWN;
  if (x->fees_known) x->fees.minor = total.minor - x->open.minor;
}

static void take(page *p, uint32_t row) {
  const facts *f = p->e->f;
  money open = {fact_int(f, FIELD_INVOICE_OPEN, row), fact_currency(f, FIELD_INVOICE_OPEN, row)};
  if (fact_int(f, FIELD_INVOICE_STATUS, row) != STATUS_OPEN || open.minor == FACT_MISSING || open.minor == 0) return;
  sums *s = p->by + open.cur;
  if (!s->any) *s = (sums){.any = true, .fees_known = true};
  if (open.minor < 0) {
    s->credit -= open.minor;
    return;
  }
  line_of *x = p->v + p->n++;
  *x = (line_of){.row = row,
                 .number = f->t[ENT_INVOICE].number[row],
                 .due = (int32_t)fact_int(f, FIELD_INVOICE_DUE, row),
                 .late = fees_overdue(p->e, row),
                 .open = open};
  add_fees(p, x);
  p->with_fees |= !x->fees_known || x->fees.minor != 0;
  s->open += open.minor;
  s->fees += x->fees.minor;
  s->fees_known &= x->fees_known;
  s->aged[bucket_of(x->late)] += open.minor;
}

/* ---- the page ---- */

static const char *w(const page *p, word x) { return WORDS[x][p->lang]; }

static void cell(page *p, const char *tag, slice s) {
  text_printf(&p->t, "<%s>%.*s</%s>", tag, SLICE_ARG(template_escape_html(s, p->perm)), tag);
}

static void amount(page *p, const char *tag, int64_t minor, currency cur, bool known) {
  char said[MONEY_TEXT_MAX];
  size_t n = known ? money_text((money){minor, cur}, p->lang, said) : 0;
  text_printf(&p->t, "<%s class=n>%.*s</%s>", tag, known ? (int)n : 3, known ? said : "\xe2\x80\x94", tag);
}

static void head(page *p, slice policy, slice name, civil_date today) {
  char day[DATE_TEXT_MAX];
  date_text(today, p->lang, day);
  text_printf(&p->t,
              "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><title>%s</title><style>"
              "@page{size:A4;margin:18mm}body{font-family:sans-serif;font-size:10pt;color:#1d2433}"
              "h1{font-size:16pt;margin:0}table{border-collapse:collapse;width:100%%;margin-top:12pt}"
              "th,td{text-align:left;padding:3pt 6pt;border-bottom:1px solid #d9dee5}th{color:#5b6472}"
              ".n{text-align:right;white-space:nowrap}thead{display:table-header-group}</style></head><body>\n",
              p->lang == LANG_EN   ? "en"
              : p->lang == LANG_PT ? "pt"
                                   : "es",
              w(p, W_TITLE));
  if (policy.n) cell(p, "p", policy);
  text_printf(&p->t, "<h1>%s</h1>", w(p, W_TITLE));
  cell(p, "p", arena_printf(p->perm, "%.*s, %s %s", SLICE_ARG(name), w(p, W_AS_OF), day));
}

static void rows(page *p) {
  text_printf(&p->t, "<table><thead><tr><th>%s</th><th>%s</th><th class=n>%s</th><th class=n>%s</th>", w(p, W_INVOICE),
              w(p, W_DUE), w(p, W_LATE), w(p, W_OPEN));
  if (p->with_fees) text_printf(&p->t, "<th class=n>%s</th><th class=n>%s</th>", w(p, W_FEES), w(p, W_TOTAL));
  text_cstr(&p->t, "</tr></thead><tbody>\n");
  for (uint32_t i = 0; i < p->n && i < STATEMENT_ROWS_MAX; i++) {
    const line_of *x = p->v + i;
    char day[DATE_TEXT_MAX];
    text_cstr(&p->t, "<tr>");
    cell(p, "td", x->number);
    cell(p, "td", (slice){day, date_text((civil_date){x->due}, p->lang, day)});
    text_printf(&p->t, "<td class=n>%d</td>", x->late > 0 ? x->late : 0);
    amount(p, "td", x->open.minor, x->open.cur, true);
    if (p->with_fees) {
      amount(p, "td", x->fees.minor, x->open.cur, x->fees_known);
      amount(p, "td", x->open.minor + x->fees.minor, x->open.cur, x->fees_known);
    }
    text_cstr(&p->t, "</tr>\n");
  }
  if (p->n > STATEMENT_ROWS_MAX)
    text_printf(&p->t, "<tr><td>+ %u %s</td></tr>\n", p->n - STATEMENT_ROWS_MAX, w(p, W_MORE));
  for (int c = 0; c < CURRENCY_COUNT; c++) {
    const sums *s = p->by + c;
    if (!s->any || !s->open) continue;
    text_printf(&p->t, "<tr><th colspan=3>%s</th>", w(p, W_TOTAL));
    amount(p, "th", s->open, (currency)c, true);
    if (p->with_fees) {
      amount(p, "th", s->fees, (currency)c, s->fees_known);
      amount(p, "th", s->open + s->fees, (currency)c, s->fees_known);
    }
    text_cstr(&p->t, "</tr>\n");
  }
  text_cstr(&p->t, "</tbody></table>\n");
}

static void aging(page *p) {
  text_printf(&p->t, "<table><tr><th class=n>%s</th>", w(p, W_CURRENT));
  for (size_t i = 1; i < BUCKETS - 1; i++)
    text_printf(&p->t, "<th class=n>%d\xe2\x80\x93%d %s</th>", i == 1 ? 1 : EDGES[i - 2] + 1, EDGES[i - 1],
                w(p, W_DAYS));
  text_printf(&p->t, "<th class=n>%d+ %s</th></tr>\n", EDGES[BUCKETS - 3] + 1, w(p, W_DAYS));
  for (int c = 0; c < CURRENCY_COUNT; c++) {
    if (!p->by[c].any || !p->by[c].open) continue;
    text_cstr(&p->t, "<tr>");
    for (size_t i = 0; i < BUCKETS; i++) amount(p, "td", p->by[c].aged[i], (currency)c, true);
    text_cstr(&p->t, "</tr>\n");
  }
  text_cstr(&p->t, "</table>\n");
}

static void credits(page *p) {
  for (int c = 0; c < CURRENCY_COUNT; c++) {
    if (!p->by[c].any || !p->by[c].credit) continue;
    char said[MONEY_TEXT_MAX];
    size_t n = money_text((money){p->by[c].credit, (currency)c}, p->lang, said);
    text_printf(&p->t, "<p>%s: %.*s</p>\n", w(p, W_CREDIT), (int)n, said);
  }
}

slice statement_page(engine *e, const decision *d, dun_lang lang, arena *perm) {
  page *p = ARENA_NEW(perm, page);
  const facts *f = e->f;
  const subject *s = d->subjects;
  field_use use = {s->of, ENT_CUSTOMER, FIELD_CUSTOMER_NAME, TY_TEXT};
  uint32_t customer = fact_row(f, &use, s->row);
  *p = (page){.e = e, .lang = lang, .perm = perm, .t = text_new(perm)};
  slice name = customer_text(e, d, FIELD_CUSTOMER_NAME);
  head(p, e->p->name, name.n ? name : d->customer, (civil_date){e->today});
  if (customer != VM_NO_ROW) {
    uint32_t from = f->first_of[customer], to = f->first_of[customer + 1];
    p->v = ARENA_ARRAY(perm, to - from + 1, line_of);
    for (uint32_t i = from; i < to; i++) take(p, f->by_customer[i]);
    if (p->n) qsort(p->v, p->n, sizeof *p->v, by_due);
  }
  if (p->n) {
    rows(p);
    aging(p);
  } else {
    text_printf(&p->t, "<p>%s</p>\n", w(p, W_NONE));
  }
  credits(p);
  text_cstr(&p->t, "</body></html>\n");
  return text_slice(&p->t);
}
