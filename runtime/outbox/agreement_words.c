/* See agreement.h: what the customer is told of an agreement, in the customer's language. */
#include "agreement.h"
#include "lang/base/text.h"
#include "stdlib/channel/template.h"

typedef struct words {
  const char *tag, *subject, *hello, *one, *many, *part, *bye;
} words;

/* subject: invoice; hello: name; one: invoice, balance, day; many: invoice, balance; part: number, day, amount. */
static const words WORDS[LANG_COUNT] = {
    [LANG_EN] = {"en", "Agreement on invoice %.*s", "Hello %.*s,",
                 "as agreed, invoice %.*s (%.*s open) is now due on %.*s.",
                 "as agreed, invoice %.*s (%.*s open) is now to be paid in these instalments:", "%zu. %.*s: %.*s",
                 "Thank you."},
    [LANG_PT] = {"pt", "Acordo sobre a fatura %.*s", "Olá %.*s,",
                 "conforme combinado, a fatura %.*s (%.*s em aberto) vence agora em %.*s.",
                 "conforme combinado, a fatura %.*s (%.*s em aberto) será paga nestas parcelas:", "%zu. %.*s: %.*s",
                 "Obrigado."},
    [LANG_ES] = {"es", "Acuerdo sobre la factura %.*s",
                 "Hola %.*s:", "según lo acordado, la factura %.*s (%.*s pendientes) vence ahora el %.*s.",
                 "según lo acordado, la factura %.*s (%.*s pendientes) se paga en estas cuotas:", "%zu. %.*s: %.*s",
                 "Gracias."},
};

static slice sum_text(int64_t minor, slice cur, dun_lang lang, arena *perm) {
  char out[MONEY_TEXT_MAX];
  return arena_slice(perm, (slice){out, money_text((money){minor, currency_find(cur)}, lang, out)});
}

static slice day_text(int32_t day, dun_lang lang, arena *perm) {
  char out[DATE_TEXT_MAX];
  return arena_slice(perm, (slice){out, date_text((civil_date){day}, lang, out)});
}

/* The formats are the table's own, above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
agreement_words agreement_confirmation(const agreement *a, const agreement_invoice *i, const program *p, arena *perm) {
  dun_lang lang = template_language(i->language, p->lang);
  const words *w = WORDS + lang;
  slice number = template_escape_line(a->invoice, perm), name = template_escape_line(i->name, perm);
  slice open = sum_text(a->open, a->currency, lang, perm);
  text t = text_new(perm);
  if (name.n) {
    text_printf(&t, w->hello, SLICE_ARG(name));
    text_cstr(&t, "\n\n");
  }
  if (a->part_count == 1) {
    slice day = day_text(a->parts[0].due, lang, perm);
    text_printf(&t, w->one, SLICE_ARG(number), SLICE_ARG(open), SLICE_ARG(day));
    text_cstr(&t, "\n");
  } else {
    text_printf(&t, w->many, SLICE_ARG(number), SLICE_ARG(open));
    text_cstr(&t, "\n\n");
    for (size_t k = 0; k < a->part_count; k++) {
      slice day = day_text(a->parts[k].due, lang, perm), sum = sum_text(a->parts[k].amount, a->currency, lang, perm);
      text_printf(&t, w->part, k + 1, SLICE_ARG(day), SLICE_ARG(sum));
      text_cstr(&t, "\n");
    }
  }
  text_printf(&t, "\n%s\n", w->bye);
  return (agreement_words){.subject = arena_printf(perm, w->subject, SLICE_ARG(number)),
                           .text = text_slice(&t),
                           .language = slice_of(w->tag)};
}
#pragma GCC diagnostic pop
