/* The ledger as three CSV files (ledger.h). */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "documents.h"
#include "lang/base/date.h"
#include "ledger.h"

/* NULL: it cannot be written. */
static FILE *begin(const char *folder, const char *name, const char *header) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return NULL;
  FILE *f = fopen(path, "w");
  if (f) fprintf(f, "%s\n", header);
  return f;
}

static bool end(FILE *f) {
  bool failed = ferror(f) != 0;
  return fclose(f) == 0 && !failed;
}

/* A field, quoted where CSV wants it, and what follows it. */
static void put(FILE *f, const char *text, char after) {
  if (strpbrk(text, ",\"\n")) {
    fputc('"', f);
    for (; *text; text++) {
      if (*text == '"') fputc('"', f);
      fputc(*text, f);
    }
    fputc('"', f);
  } else {
    fputs(text, f);
  }
  fputc(after, f);
}

static void putf(FILE *f, char after, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void putf(FILE *f, char after, const char *format, ...) {
  char text[512];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  put(f, text, after);
}

static void put_date(FILE *f, int32_t day, char after) {
  char text[DATE_TEXT_MAX];
  date_iso((civil_date){day}, text);
  put(f, text, after);
}

static void put_money(FILE *f, int64_t cents, char after) {
  putf(f, after, "%" PRId64 ".%02d", cents / 100, (int)(cents % 100));
}

static const state *draw_state(uint64_t *r) {
  int32_t draw = between(r, 0, 99);
  const state *s = STATES;
  while (s[1].code && (draw -= s->percent) >= 0) s++;
  return s;
}

static void write_customer(FILE *f, const ledger *l, size_t i) {
  const customer *c = &l->customers[i];
  uint64_t r = stream(l->seed, 3, i);
  const state *s = draw_state(&r);
  const foreigner *a = c->abroad;
  char phone[40], tax_id[CNPJ_MAX];
  if (a)
    snprintf(phone, sizeof phone, "%s%02zu", a->phone, i % 100);
  else
    snprintf(phone, sizeof phone, "+55%s90000%04zu", s->area, i + 1); /* 90000: given to nobody */
  for (char *from = phone, *to = phone;; from++)
    if (*from != ' ' && (*to++ = *from) == '\0') break;
  cnpj_of((uint32_t)i + 2, tax_id);
  bool reached = !chance(&r, 3), mobile = chance(&r, 84);
  put(f, c->id, ',');
  put(f, c->name, ',');
  put(f, a ? "" : tax_id, ',');
  put(f, chance(&r, 3) ? "" : SEGMENT_ROWS[c->seg].name, ',');
  put(f, a ? a->country : "BR", ',');
  put(f, a ? "" : s->code, ',');
  put(f, a ? a->language : chance(&r, 97) ? "pt" : "en", ',');
  put(f, a ? a->zone : s->zone, ',');
  if (reached && !chance(&r, 4))
    putf(f, ',', "%s@%s.example.com", c->seg == SEG_smb ? "contato" : "financeiro", c->slug);
  else
    put(f, "", ',');
  put(f, reached ? phone : "", ',');
  put(f, reached && mobile ? phone : "", ',');
  static const char *const owners[] = {"ana.prado@example.com", "rui.tavares@example.com", "lia.monteiro@example.com"};
  put(f, c->seg == SEG_gov ? "vera.campos@example.com" : chance(&r, 96) ? owners[between(&r, 0, 2)] : "", ',');
  put(f, c->pays == PAYS_BADLY && chance(&r, 50) ? "acompanhar" : chance(&r, 6) ? "varejo;fidelidade" : "", ',');
  put_date(f, l->today - between(&r, 220, 3200), ',');
  put(f, chance(&r, 4) ? "whatsapp" : chance(&r, 2) ? "sms;whatsapp" : chance(&r, 1) ? "email" : "", ',');
  put(f, mobile && chance(&r, 80) ? "whatsapp" : "", '\n');
}

static void write_invoice(FILE *f, const ledger *l, size_t i) {
  const invoice *v = &l->invoices[i];
  uint64_t r = v->random ^ 0xBEEF;
  char boleto[BOLETO_MAX] = "", pix[PIX_MAX] = "";
  bool paid = !v->cancelled && v->open_cents == 0;
  if (!v->of->abroad && !paid && !v->cancelled) {
    if (!chance(&r, 12)) boleto_of(v->open_cents, v->due, (uint32_t)i + 1, boleto);
    if (!chance(&r, 20)) pix_of(v->open_cents, v->number, pix);
  }
  put(f, v->number, ',');
  put(f, v->of->id, ',');
  put_money(f, v->cents, ',');
  put_money(f, v->open_cents, ',');
  put(f, v->of->abroad ? "USD" : "BRL", ',');
  put_date(f, v->issued, ',');
  put_date(f, v->due, ',');
  put(f, v->cancelled ? "cancelled" : paid ? "paid" : "open", ',');
  put(f, v->disputed ? "yes" : "no", ',');
  put(f, v->promise == DATE_NONE_DAY ? "no" : "yes", ',');
  if (v->promise == DATE_NONE_DAY)
    put(f, "", ',');
  else
    put_date(f, v->promise, ',');
  if (chance(&r, 30)) {
    int32_t of = between(&r, 2, 12);
    putf(f, ',', "%" PRId32, between(&r, 1, of));
    putf(f, ',', "%" PRId32, of);
  } else {
    fputs(",,", f);
  }
  put(f, chance(&r, 80) ? "NF-e" : "NFS-e", ',');
  if (chance(&r, 94))
    putf(f, ',', "https://pay.example.com/%s", v->number);
  else
    put(f, "", ',');
  put(f, boleto, ',');
  put(f, pix, ',');
  put(f, chance(&r, 70) ? pick(&r, PROJECTS) : "", '\n');
}

bool ledger_write(const ledger *l, const char *folder) {
  FILE *f = begin(folder, "customers.csv",
                  "id,name,tax_id,segment,country,state,language,timezone,email,phone,whatsapp,owner,tags,since,"
                  "opted_out,opted_in");
  if (!f) return false;
  for (size_t i = 0; i < CUSTOMERS; i++) write_customer(f, l, i);
  if (!end(f)) return false;
  f = begin(
      folder, "invoices.csv",
      "number,customer,amount,open,currency,issued,due,status,disputed,promised,promise,installment,installments,kind,"
      "payment_link,boleto,pix,project");
  if (!f) return false;
  for (size_t i = 0; i < INVOICES; i++) write_invoice(f, l, i);
  if (!end(f)) return false;
  f = begin(folder, "events.csv", "date,kind,invoice,value");
  if (!f) return false;
  for (size_t i = 0; i < l->happening_count; i++) {
    const happening *h = &l->happenings[i];
    put_date(f, h->on, ',');
    put(f, h->kind, ',');
    put(f, h->of->number, ',');
    put(f, h->value, '\n');
  }
  return end(f);
}
