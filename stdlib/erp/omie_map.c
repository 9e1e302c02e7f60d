/* What Omie's answers say, as rows of the store: the one place where its fields are read.
 *
 * Invariants: money becomes cents and dates days here, once; what cannot be read is rejected with the field's name, and
 * nothing of its content. */
#include <stdio.h>
#include <string.h>

#include "lang/base/boleto.h"
#include "omie_impl.h"
#include "stdlib/net/email.h"

/* ---- the columns of each feed ---- */

enum {
#define OMIE_COLUMN(feed, column, where) feed##_##column,
#include "omie_columns.def"
#undef OMIE_COLUMN
};

enum {
  CONTRACTS_AT = CONTRACTS_number,
  RECEIVABLES_AT = RECEIVABLES_number,
  MEANS_AT = MEANS_payment_link,
  COLUMN_COUNT = MEANS_pix + 1,
  TEXT_MAX = 300 /* bytes of a text that is taken over */
};

/* One list; each feed is a part of it, and MEANS begins where the receivables do. */
static const store_written COLUMNS[COLUMN_COUNT] = {
#define OMIE_COLUMN(feed, column, where) {{#column, sizeof(#column) - 1}, false},
#include "omie_columns.def"
#undef OMIE_COLUMN
};

const erp_feed OMIE_FEEDS[OMIE_FEED_COUNT] = {
    [OMIE_CUSTOMERS] = {"customers", STORE_T_customer, COLUMNS, CONTRACTS_AT, true, false},
    [OMIE_CONTRACTS] = {"contracts", STORE_T_contract, COLUMNS + CONTRACTS_AT, RECEIVABLES_AT - CONTRACTS_AT, true,
                        false},
    [OMIE_RECEIVABLES] = {"receivables", STORE_T_invoice, COLUMNS + RECEIVABLES_AT, MEANS_AT - RECEIVABLES_AT, true,
                          false},
    [OMIE_MEANS] = {"payment means", STORE_T_invoice, COLUMNS + RECEIVABLES_AT, COLUMN_COUNT - RECEIVABLES_AT, true,
                    true},
};

/* A column by its place in the list, of the feed whose first one is `first`. */
static void put_text(erp_page *p, int first, int column, slice s) {
  if (s.n) store_put_text(p->rows, (size_t)(column - first), s);
}
static void put_int(erp_page *p, int first, int column, int64_t v) {
  store_put_int(p->rows, (size_t)(column - first), v);
}

/* ---- values ---- */

slice omie_date(civil_date d, char room[OMIE_DATE_MAX]) {
  int y, m, day;
  date_parts(d, &y, &m, &day);
  int n = snprintf(room, OMIE_DATE_MAX, "%02d/%02d/%04d", day % 100, m % 100, y % 10000);
  return (slice){room, (size_t)n};
}

bool omie_read_date(slice s, civil_date *out) {
  char iso[11];
  if (s.n != 10 || s.p[2] != '/' || s.p[5] != '/') return false;
  memcpy(iso, s.p + 6, 4);
  iso[4] = '-';
  memcpy(iso + 5, s.p + 3, 2);
  iso[7] = '-';
  memcpy(iso + 8, s.p, 2);
  return date_parse((slice){iso, 10}, out);
}

bool omie_cents(const json *j, int64_t *out) {
  decimal d, fine, cents;
  if (!json_decimal(j, &d)) return false;
  fine = d;
  if (d.scale > 2 && !decimal_rescale(d, 6, ROUND_HALF_EVEN, &fine)) return false;
  if (!decimal_rescale(fine, 2, ROUND_HALF_EVEN, &cents) || decimal_cmp(fine, cents) != 0) return false;
  *out = cents.n;
  return true;
}

static slice text_at(const json *j, const char *name) {
  slice s = slice_trim(json_text(json_member(j, slice_of(name))));
  return s.n <= TEXT_MAX ? s : (slice){s.p, 0};
}

/* A number that names something; empty where it is 0 or none. */
static slice id_at(const json *j, const char *name) {
  slice s = json_text(json_member(j, slice_of(name)));
  if (s.n == 0 || s.n > 18 || s.p[0] == '0') return (slice){0};
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] < '0' || s.p[i] > '9') return (slice){0};
  return s;
}

static store_code reject(erp_page *p, slice id, const char *field, const char *why) {
  char words[OMIE_WHY_MAX];
  snprintf(words, sizeof words, "its %s %s", field, why);
  erp_reject(p, id, words);
  return STORE_OK;
}

/* ---- customers ---- */

/* The addresses that are good, in one text, "; " between them; *first: the first. */
static slice addresses(slice field, arena *perm, slice *first) {
  slice all = {0};
  *first = (slice){0};
  while (field.n) {
    size_t n = 0;
    while (n < field.n && !strchr(",; \t\r\n", field.p[n])) n++;
    slice one = {field.p, n};
    field = n < field.n ? (slice){field.p + n + 1, field.n - n - 1} : (slice){0};
    if (!one.n || !email_address_valid(one)) continue;
    if (!first->n) *first = one;
    all = all.n ? arena_printf(perm, "%.*s; %.*s", SLICE_ARG(all), SLICE_ARG(one)) : one;
  }
  return all;
}

/* "+5511999990000"; empty: it is no number of Brazil. *mobile: eleven digits, the third a 9. */
static slice telephone(const json *j, arena *perm, bool *mobile) {
  char digits[16];
  size_t n = 0;
  const char *const PARTS[] = {"telefone1_ddd", "telefone1_numero"};
  *mobile = false;
  for (int k = 0; k < 2; k++) {
    slice s = text_at(j, PARTS[k]);
    for (size_t i = 0; i < s.n; i++) {
      if (s.p[i] < '0' || s.p[i] > '9' || (n == 0 && s.p[i] == '0')) continue;
      if (n == 13) return (slice){0};
      digits[n++] = s.p[i];
    }
  }
  bool country = n >= 12 && memcmp(digits, "55", 2) == 0;
  const char *local = digits + (country ? 2 : 0);
  size_t rest = n - (country ? 2 : 0);
  if (rest != 10 && rest != 11) return (slice){0};
  *mobile = rest == 11 && local[2] == '9';
  return arena_printf(perm, "+55%.*s", (int)rest, local);
}

/* Members of a set have a ';' between them. */
static slice tags(const json *list, arena *perm) {
  slice all = {0};
  for (size_t i = 0; i < json_count(list); i++) {
    slice tag = text_at(json_item(list, i), "tag");
    if (!tag.n || memchr(tag.p, ';', tag.n)) continue;
    all = all.n ? arena_printf(perm, "%.*s;%.*s", SLICE_ARG(all), SLICE_ARG(tag)) : tag;
  }
  return all;
}

static slice yes_no(const json *j) { return json_true(j) ? SLICE("yes") : SLICE("no"); }

store_code omie_put_customer(erp_page *p, const json *j) {
  slice id = id_at(j, "codigo_cliente_omie"), legal = text_at(j, "razao_social"), name = text_at(j, "nome_fantasia");
  if (!id.n) return reject(p, id, "codigo_cliente_omie", "is missing");
  slice first, billing, state = text_at(j, "estado");
  slice all = addresses(json_text_at(j, "email"), p->perm, &first);
  (void)addresses(json_text_at(j, "recomendacoes.email_fatura"), p->perm, &billing);
  bool mobile;
  slice phone = telephone(j, p->perm, &mobile);
  put_text(p, 0, CUSTOMERS_id, id);
  put_text(p, 0, CUSTOMERS_source_id, id);
  put_text(p, 0, CUSTOMERS_name, name.n ? name : legal);
  put_text(p, 0, CUSTOMERS_legal_name, legal);
  put_text(p, 0, CUSTOMERS_email, billing.n ? billing : first);
  put_text(p, 0, CUSTOMERS_emails, all);
  put_text(p, 0, CUSTOMERS_phone, phone);
  if (mobile) put_text(p, 0, CUSTOMERS_whatsapp, phone);
  put_text(p, 0, CUSTOMERS_state, state);
  if (!slice_eq(state, SLICE("EX"))) put_text(p, 0, CUSTOMERS_country, SLICE("BR"));
  put_text(p, 0, CUSTOMERS_tags, tags(json_member(j, SLICE("tags")), p->perm));
  put_text(p, 0, CUSTOMERS_tax_id, text_at(j, "cnpj_cpf"));
  put_text(p, 0, CUSTOMERS_billing_blocked, yes_no(json_member(j, SLICE("bloquear_faturamento"))));
  put_text(p, 0, CUSTOMERS_inactive, yes_no(json_member(j, SLICE("inativo"))));
  return erp_put(p);
}

/* ---- contracts ---- */

static const char *situation(slice code) {
  if (slice_eq(code, SLICE("10"))) return "active";
  if (slice_eq(code, SLICE("90")) || slice_eq(code, SLICE("00"))) return "paused";
  return slice_eq(code, SLICE("99")) ? "churned" : NULL;
}

/* Nothing where the field is empty; false: what stands there is no date. */
static bool put_date(erp_page *p, int first, int column, slice s) {
  civil_date d;
  if (s.n == 0) return true;
  if (!omie_read_date(s, &d)) return false;
  put_int(p, first, column, d.day);
  return true;
}

store_code omie_put_contract(erp_page *p, const json *j) {
  enum { F = CONTRACTS_AT };
  const json *head = json_member(j, SLICE("cabecalho"));
  slice id = id_at(head, "nCodCtr"), customer = id_at(head, "nCodCli");
  const char *status = situation(text_at(head, "cCodSit"));
  int64_t cents, day;
  if (!id.n) return reject(p, id, "nCodCtr", "is missing");
  if (!customer.n) return reject(p, id, "nCodCli", "is missing");
  if (!status) return reject(p, id, "cCodSit", "is none of 00, 10, 90, 99");
  put_text(p, F, CONTRACTS_number, id);
  put_text(p, F, CONTRACTS_source_id, id);
  put_text(p, F, CONTRACTS_customer, customer);
  put_text(p, F, CONTRACTS_currency, SLICE("BRL"));
  put_text(p, F, CONTRACTS_status, slice_of(status));
  put_text(p, F, CONTRACTS_document, text_at(head, "cNumCtr"));
  put_text(p, F, CONTRACTS_billing_day, text_at(head, "nDiaFat"));
  const json *price = json_member(head, SLICE("nValTotMes"));
  if (price && !omie_cents(price, &cents)) return reject(p, id, "nValTotMes", "is not an amount");
  if (price) put_int(p, F, CONTRACTS_price, cents);
  if (!put_date(p, F, CONTRACTS_start, text_at(head, "dVigInicial")))
    return reject(p, id, "dVigInicial", "is not a date");
  if (!put_date(p, F, CONTRACTS_end, text_at(head, "dVigFinal"))) return reject(p, id, "dVigFinal", "is not a date");
  if (json_int(json_at(j, "vencTextos.nDiaFixo"), &day) && day >= 1 && day <= 31) put_int(p, F, CONTRACTS_due_day, day);
  return erp_put(p);
}

/* ---- receivables ---- */

const char *omie_status_word(slice said) {
  static const struct {
    slice said;
    const char *word;
  } STATUS[] = {
#define OMIE_STATUS(said, word) {{said, sizeof(said) - 1}, word},
#include "omie_status.def"
#undef OMIE_STATUS
  };
  char plain[32];
  size_t n = 0;
  for (size_t i = 0; i < said.n && n < sizeof plain; i++) /* records write "VENCE HOJE", filters VENCEHOJE */
    if (said.p[i] != ' ') plain[n++] = said.p[i];
  for (size_t i = 0; i < sizeof STATUS / sizeof *STATUS; i++)
    if (slice_eq((slice){plain, n}, STATUS[i].said)) return STATUS[i].word;
  return NULL;
}

const char *omie_status_of(const json *title) {
  const char *word = omie_status_word(json_text_at(title, "cabecTitulo.cStatus"));
  bool settled = json_true(json_at(title, "resumo.cLiquidado"));
  if (settled && (!word || strcmp(word, "open") == 0)) return "paid";
  return word;
}

/* "001/012" */
static void put_installment(erp_page *p, slice s) {
  int64_t part[2] = {0, 0};
  int k = 0;
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '/' && k == 0)
      k = 1;
    else if (s.p[i] < '0' || s.p[i] > '9' || part[k] > 9999)
      return;
    else
      part[k] = part[k] * 10 + (s.p[i] - '0');
  }
  if (k == 0 || part[0] < 1 || part[1] < part[0]) return;
  put_int(p, RECEIVABLES_AT, RECEIVABLES_installment, part[0]);
  put_int(p, RECEIVABLES_AT, RECEIVABLES_installments, part[1]);
}

/* The line that people type; nothing where a digit of it is wrong. */
static void put_boleto(erp_page *p, slice digits, civil_date today) {
  boleto b;
  if (digits.n == 0 || boleto_read(digits, today, &b) != BOLETO_FINE) return;
  put_text(p, RECEIVABLES_AT, RECEIVABLES_boleto, arena_slice(p->perm, slice_of(b.line)));
}

static const char *put_amounts(erp_page *p, const json *head, const json *sums) {
  int64_t amount, open, paid;
  const json *paid_field = json_member(sums, SLICE("nValPago"));
  if (!omie_cents(json_member(head, SLICE("nValorTitulo")), &amount)) return "nValorTitulo";
  if (!omie_cents(json_member(sums, SLICE("nValAberto")), &open)) return "nValAberto";
  if (paid_field && !omie_cents(paid_field, &paid)) return "nValPago";
  put_int(p, RECEIVABLES_AT, RECEIVABLES_amount, amount);
  put_int(p, RECEIVABLES_AT, RECEIVABLES_open, open);
  if (paid_field) put_int(p, RECEIVABLES_AT, RECEIVABLES_paid_amount, paid);
  return NULL;
}

store_code omie_put_title(erp_page *p, const json *j, civil_date today, const omie_means *means) {
  enum { F = RECEIVABLES_AT };
  const json *head = json_member(j, SLICE("cabecTitulo"));
  slice id = id_at(head, "nCodTitulo"), customer = id_at(head, "nCodCliente"),
        document = text_at(head, "cNumDocFiscal");
  const char *status = omie_status_of(j);
  civil_date due;
  if (!id.n) return reject(p, id, "nCodTitulo", "is missing");
  if (!customer.n) return reject(p, id, "nCodCliente", "is missing");
  if (!status) return reject(p, id, "cStatus", "is not known");
  if (!omie_read_date(text_at(head, "dDtVenc"), &due)) return reject(p, id, "dDtVenc", "is not a date");
  const char *bad = put_amounts(p, head, json_member(j, SLICE("resumo")));
  if (bad) return reject(p, id, bad, "is not an amount");
  if (!put_date(p, F, RECEIVABLES_issued, text_at(head, "dDtEmissao")))
    return reject(p, id, "dDtEmissao", "is not a date");
  put_int(p, F, RECEIVABLES_due, due.day);
  put_text(p, F, RECEIVABLES_number, id);
  put_text(p, F, RECEIVABLES_source_id, id);
  put_text(p, F, RECEIVABLES_customer, customer);
  put_text(p, F, RECEIVABLES_contract, id_at(head, "nCodCtr"));
  put_text(p, F, RECEIVABLES_currency, SLICE("BRL"));
  put_text(p, F, RECEIVABLES_status, slice_of(status));
  put_text(p, F, RECEIVABLES_kind, text_at(head, "cTipo"));
  put_text(p, F, RECEIVABLES_document, document.n ? document : text_at(head, "cNumTitulo"));
  put_installment(p, text_at(head, "cNumParcela"));
  put_boleto(p, text_at(head, "cCodigoBarras"), today);
  if (means) {
    put_text(p, F, MEANS_payment_link, means->link);
    put_text(p, F, MEANS_pix, means->pix);
  }
  return erp_put(p);
}
