/* See csv_header.h. The names are those of lang/check/fields.def in three languages and of csv_names.def. */
#include "csv_header.h"

#include "lang/base/text.h"

typedef struct name_row {
  store_table table;
  const char *name, *said;
} name_row;

#define TABLE_OF_ENT_INVOICE STORE_T_invoice
#define TABLE_OF_ENT_CUSTOMER STORE_T_customer
#define TABLE_OF_ENT_CONTRACT STORE_T_contract

static const name_row NAMES[] = {
#define FIELD(id, entity, en, pt, es, type, source, missing, values, says_en, says_pt, says_es)                        \
  {TABLE_OF_##entity, en, pt}, {TABLE_OF_##entity, en, es},
#include "lang/check/fields.def"
#undef FIELD
#define NAME(table, name, said) {STORE_T_##table, #name, said},
#include "csv_names.def"
#undef NAME
};

static const struct {
  store_table table;
  const char *column, *word, *said;
} WORDS[] = {
#define WORD(table, column, word, said) {STORE_T_##table, #column, word, said},
#include "csv_words.def"
#undef WORD
};

static const struct {
  store_table table;
  const char *name;
} REQUIRED[] = {
    {STORE_T_customer, "id"},       {STORE_T_invoice, "number"}, {STORE_T_invoice, "customer"},
    {STORE_T_invoice, "amount"},    {STORE_T_invoice, "due"},    {STORE_T_contract, "number"},
    {STORE_T_contract, "customer"}, {STORE_T_happening, "date"}, {STORE_T_happening, "kind"},
    {STORE_T_happening, "invoice"}, {STORE_T_series, "name"},    {STORE_T_series, "date"},
    {STORE_T_series, "value"},
};

static const struct {
  store_table table;
  const char *stem;
} STEMS[] = {
    {STORE_T_customer, "customers"}, {STORE_T_customer, "customer"}, {STORE_T_customer, "clientes"},
    {STORE_T_customer, "cliente"},   {STORE_T_invoice, "invoices"},  {STORE_T_invoice, "invoice"},
    {STORE_T_invoice, "faturas"},    {STORE_T_invoice, "fatura"},    {STORE_T_invoice, "titulos"},
    {STORE_T_invoice, "facturas"},   {STORE_T_invoice, "factura"},   {STORE_T_invoice, "receivables"},
    {STORE_T_contract, "contracts"}, {STORE_T_contract, "contract"}, {STORE_T_contract, "contratos"},
    {STORE_T_contract, "contrato"},  {STORE_T_happening, "events"},  {STORE_T_happening, "event"},
    {STORE_T_happening, "eventos"},  {STORE_T_happening, "evento"},  {STORE_T_series, "indices"},
    {STORE_T_series, "rates"},       {STORE_T_series, "taxas"},      {STORE_T_series, "tasas"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

char csv_separator(slice header_line) {
  size_t commas = 0, semicolons = 0;
  bool quoted = false;
  for (size_t i = 0; i < header_line.n; i++) {
    char c = header_line.p[i];
    quoted ^= c == '"';
    commas += !quoted && c == ',';
    semicolons += !quoted && c == ';';
  }
  return semicolons > commas ? ';' : ',';
}

bool csv_is_required(store_table table, slice name) {
  for (size_t i = 0; i < COUNT(REQUIRED); i++)
    if (REQUIRED[i].table == table && slice_eq(slice_of(REQUIRED[i].name), name)) return true;
  return false;
}

/* "invoices.csv", "invoices-2026-03.csv", "Faturas 03.csv" */
bool csv_table_of_name(slice file_name, store_table *table) {
  char stem[16];
  size_t n = 0;
  while (n < file_name.n && n < sizeof stem) {
    char c = file_name.p[n];
    if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
    if (c < 'a' || c > 'z') break;
    stem[n++] = c;
  }
  for (size_t i = 0; i < COUNT(STEMS); i++) {
    if (!slice_eq(slice_of(STEMS[i].stem), (slice){stem, n})) continue;
    *table = STEMS[i].table;
    return true;
  }
  return false;
}

/* The store's column that a folded title means: by its own name first, then by what else it is called. */
static const char *meaning(store_table table, slice folded, arena *scratch, bool own_name) {
  if (own_name) {
    const store_column *c = store_column_find(table, folded);
    return c ? c->name : NULL;
  }
  for (size_t i = 0; i < COUNT(NAMES); i++) {
    if (NAMES[i].table != table || !slice_eq(csv_fold_name(slice_of(NAMES[i].said), scratch), folded)) continue;
    if (store_column_find(table, slice_of(NAMES[i].name))) return NAMES[i].name;
  }
  return NULL;
}

bool csv_table_of_columns(const slice *titles, size_t count, arena *scratch, store_table *table) {
  static const store_table order[] = {STORE_T_invoice, STORE_T_contract, STORE_T_happening, STORE_T_customer,
                                      STORE_T_series};
  for (size_t t = 0; t < COUNT(order); t++) {
    bool all = true;
    for (size_t r = 0; r < COUNT(REQUIRED) && all; r++) {
      if (REQUIRED[r].table != order[t]) continue;
      bool found = false;
      for (size_t i = 0; i < count && !found; i++) {
        slice folded = csv_fold_name(titles[i], scratch);
        const char *own = meaning(order[t], folded, scratch, true), *said = meaning(order[t], folded, scratch, false);
        found = (own && strcmp(own, REQUIRED[r].name) == 0) || (said && strcmp(said, REQUIRED[r].name) == 0);
      }
      all = found;
    }
    if (!all) continue;
    *table = order[t];
    return true;
  }
  return false;
}

size_t csv_column_at(const csv_header *h, const char *name) {
  for (size_t i = 0; i < h->count; i++)
    if (!h->column[i].ignored && !h->column[i].custom && slice_eq(h->column[i].name, slice_of(name))) return i;
  return h->count;
}

static bool is_taken(const csv_header *h, slice name) {
  for (size_t i = 0; i < h->count; i++)
    if (slice_eq(h->column[i].name, name)) return true;
  return false;
}

static void take(csv_column *c, store_table table, const char *name) {
  c->name = slice_of(name);
  c->type = store_column_find(table, c->name)->type;
}

/* What else the required column may be called, for the error. */
static slice said_for(store_table table, const char *name, arena *perm) {
  text t = text_new(perm);
  size_t n = 0;
  for (size_t i = 0; i < COUNT(NAMES) && n < 4; i++) {
    if (NAMES[i].table != table || strcmp(NAMES[i].name, name) != 0 || strcmp(NAMES[i].said, name) == 0) continue;
    if (n++) text_cstr(&t, ", ");
    text_cstr(&t, NAMES[i].said);
  }
  return text_slice(&t);
}

static const char *missing(const csv_header *h, const char *name, arena *perm) {
  text t = text_new(perm);
  slice said = said_for(h->table, name, perm);
  text_printf(&t, "the column \"%s\" is missing", name);
  if (said.n) text_printf(&t, " (it may also be called %.*s)", SLICE_ARG(said));
  text_cstr(&t, "; the file has: ");
  for (size_t i = 0; i < h->count; i++) text_printf(&t, "%s%.*s", i ? ", " : "", SLICE_ARG(h->column[i].title));
  return text_slice(&t).p;
}

/* The name of a custom field: what is left of the title when it is folded. */
static const char *name_custom(csv_header *h, size_t i, arena *perm) {
  csv_column *c = &h->column[i];
  if (h->table == STORE_T_happening || h->table == STORE_T_series) { /* they have no fields of their own */
    c->ignored = true;
    return NULL;
  }
  slice name = csv_fold_name(c->title, perm);
  if (name.n == 0) return arena_printf(perm, "column %zu has no name", i + 1).p;
  if (name.p[0] >= '0' && name.p[0] <= '9') name = arena_printf(perm, "_%.*s", SLICE_ARG(name));
  if (name.n > 64) return arena_printf(perm, "the name of column %zu is longer than 64 bytes", i + 1).p;
  if (is_taken(h, name)) return arena_printf(perm, "two columns are called \"%.*s\"", SLICE_ARG(c->title)).p;
  if (store_column_find(h->table, name)) name = arena_printf(perm, "%.*s_", SLICE_ARG(name)); /* taken by a synonym */
  c->name = name;
  c->type = STORE_TEXT;
  c->custom = true;
  return NULL;
}

const char *csv_name_columns(csv_header *h, store_table table, const slice *titles, size_t count, arena *perm) {
  *h = (csv_header){.table = table, .count = count};
  for (size_t i = 0; i < count; i++) {
    csv_column *c = &h->column[i];
    c->title = arena_slice(perm, slice_trim(titles[i]));
    slice folded = csv_fold_name(c->title, perm);
    c->ignored = slice_eq(folded, SLICE("reject_line")) || slice_eq(folded, SLICE("reject_reason"));
    const char *own = c->ignored ? NULL : meaning(table, folded, perm, true);
    if (!own || strcmp(own, "customer_row") == 0 || strcmp(own, "version") == 0 || strcmp(own, "seen_at") == 0 ||
        strcmp(own, "source") == 0 || strcmp(own, "seq") == 0)
      continue;
    if (is_taken(h, slice_of(own))) return arena_printf(perm, "two columns are called \"%.*s\"", SLICE_ARG(c->title)).p;
    take(c, table, own);
  }
  for (size_t i = 0; i < count; i++) {
    csv_column *c = &h->column[i];
    if (c->name.n || c->ignored) continue;
    const char *said = meaning(table, csv_fold_name(c->title, perm), perm, false);
    if (said && !is_taken(h, slice_of(said))) take(c, table, said);
  }
  for (size_t i = 0; i < count; i++) {
    if (h->column[i].name.n || h->column[i].ignored) continue;
    const char *why = name_custom(h, i, perm);
    if (why) return why;
  }
  return NULL;
}

const char *csv_read_header(csv_header *h, store_table table, const slice *titles, size_t count, arena *perm) {
  const char *why = csv_name_columns(h, table, titles, count, perm);
  if (why) return why;
  for (size_t r = 0; r < COUNT(REQUIRED); r++)
    if (REQUIRED[r].table == table && csv_column_at(h, REQUIRED[r].name) == h->count)
      return missing(h, REQUIRED[r].name, perm);
  return NULL;
}

const char *csv_word(store_table table, const char *column, slice cell, arena *scratch) {
  for (size_t i = 0; i < COUNT(WORDS); i++) /* as it stands, which is what most cells are */
    if (WORDS[i].table == table && strcmp(WORDS[i].column, column) == 0 && slice_eq(slice_of(WORDS[i].said), cell))
      return WORDS[i].word;
  slice folded = csv_fold_name(cell, scratch);
  for (size_t i = 0; i < COUNT(WORDS); i++)
    if (WORDS[i].table == table && strcmp(WORDS[i].column, column) == 0 && slice_eq(slice_of(WORDS[i].said), folded))
      return WORDS[i].word;
  return NULL;
}
