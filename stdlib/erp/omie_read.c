/* What Omie has, page by page or one row at a time.
 *
 * Receivables come from PesquisarLancamentos alone: it has all that ListarContasReceber has and the open balance, which
 * that lacks. What changed since a day is asked in four ways, since nothing says that a receipt or a cancellation moves
 * a receivable's own day of change.
 *
 * Invariant: pages are in the order of Omie's numbers, so that what is new or changed meanwhile shifts rows only to
 * later pages; where a list has become shorter, the pages before are read again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "omie_impl.h"

enum { PAGE_ROWS = 500, MEANS_PAGE_ROWS = 50, OVERLAP_DAYS = 2, PHASES_MAX = 4 };

static const struct listing {
  omie_method method;
  const char *list;                        /* member of the answer */
  const char *total, *pages, *page, *rows; /* members: of the answer, and of the question */
  const char *changed[PHASES_MAX + 1];     /* parameters for "since that day", one round of pages each */
} LISTINGS[OMIE_FEED_COUNT] = {
    [OMIE_CUSTOMERS] = {OMIE_ListarClientes,
                        "clientes_cadastro",
                        "total_de_registros",
                        "total_de_paginas",
                        "pagina",
                        "registros_por_pagina",
                        {"filtrar_por_data_de"}},
    [OMIE_CONTRACTS] = {OMIE_ListarContratos,
                        "contratoCadastro",
                        "total_de_registros",
                        "total_de_paginas",
                        "pagina",
                        "registros_por_pagina",
                        {"filtrar_por_data_de"}},
    [OMIE_RECEIVABLES] = {OMIE_PesquisarLancamentos,
                          "titulosEncontrados",
                          "nTotRegistros",
                          "nTotPaginas",
                          "nPagina",
                          "nRegPorPagina",
                          {"dDtAltDe", "dDtIncDe", "dDtPagtoDe", "dDtCancDe"}},
    [OMIE_MEANS] = {OMIE_PesquisarLancamentos,
                    "titulosEncontrados",
                    "nTotRegistros",
                    "nTotPaginas",
                    "nPagina",
                    "nRegPorPagina",
                    {"dDtAltDe", "dDtIncDe"}},
};

/* Where a page begins: which of the filters, which page, how many rows the list had at the page before. */
typedef struct place {
  int64_t phase, page, total;
} place;

static place read_place(slice cursor) {
  int64_t v[3] = {0, 1, 0};
  int k = 0;
  for (size_t i = 0; i < cursor.n && k < 3; i++) {
    if (i == 0 || cursor.p[i - 1] == ':') v[k] = 0;
    if (cursor.p[i] == ':')
      k++;
    else if (v[k] < INT64_C(1) << 40)
      v[k] = v[k] * 10 + (cursor.p[i] - '0');
  }
  return (place){v[0], v[1] > 0 ? v[1] : 1, v[2]};
}

static slice write_place(place at, arena *perm) {
  return arena_printf(perm, "%lld:%lld:%lld", (long long)at.phase, (long long)at.page, (long long)at.total);
}

static civil_date today_of(erp *e) { return (civil_date){(int32_t)(e->w->now_ns(e->w) / 1000000000 / 86400)}; }

static int page_rows(size_t feed) { return feed == OMIE_MEANS ? MEANS_PAGE_ROWS : PAGE_ROWS; }

static slice question(const erp_page *p, place at) {
  const struct listing *l = &LISTINGS[p->feed];
  json_writer *w = json_write(p->perm);
  char room[OMIE_DATE_MAX];
  civil_date since;
  json_begin_object(w, NULL);
  json_put_int(w, l->page, at.page);
  json_put_int(w, l->rows, page_rows(p->feed));
  if (l->method == OMIE_PesquisarLancamentos) {
    json_put_text(w, "cOrdenarPor", SLICE("CODIGO"));
    json_put_text(w, "cOrdemDecrescente", SLICE("N"));
    json_put_text(w, "cNatureza", SLICE("R"));
    if (p->feed == OMIE_MEANS) json_put_text(w, "cStatus", SLICE("EMABERTO"));
  } else {
    json_put_text(w, "apenas_importado_api", SLICE("N"));
    json_put_text(w, "ordenar_por", SLICE("CODIGO"));
    json_put_text(w, "ordem_descrescente", SLICE("N"));
  }
  if (p->since.n && date_parse(p->since, &since)) json_put_text(w, l->changed[at.phase], omie_date(since, room));
  json_end(w);
  return json_written(w);
}

/* Where the next page begins; false: that was the last one. */
static bool next_place(const erp_page *p, const json *root, place *at) {
  const struct listing *l = &LISTINGS[p->feed];
  int64_t total = 0, pages = 0, size = page_rows(p->feed);
  bool empty = !root, first = at->page == 1;
  if (empty) total = (at->page - 1) * size; /* as long as the pages before at the most */
  if (root && !json_int(json_member(root, slice_of(l->total)), &total)) total = at->total;
  if (root && !json_int(json_member(root, slice_of(l->pages)), &pages)) pages = at->page;
  int64_t lost = at->total - total;
  if (lost > 0 && !first) { /* rows have moved to pages that were read */
    int64_t back = (lost + size - 1) / size;
    at->page = at->page > back ? at->page - back : 1;
    at->total = total;
    return true;
  }
  if (!empty && at->page < pages) {
    at->page++;
    at->total = total;
    return true;
  }
  if (!p->since.n || !l->changed[at->phase + 1]) return false;
  *at = (place){at->phase + 1, 1, 0};
  return true;
}

/* ---- payment means ---- */

static slice title_param(slice id, arena *perm) { return arena_printf(perm, "{\"nCodTitulo\":%.*s}", SLICE_ARG(id)); }

/* Of what is to be paid: the same for the same sum, another one for another sum. */
static slice pix_name(const json *title, arena *perm) {
  int64_t cents = 0;
  if (!omie_cents(json_at(title, "resumo.nValAberto"), &cents)) cents = 0;
  return arena_printf(perm, "dun-%.*s-%lld", SLICE_ARG(json_text_at(title, "cabecTitulo.nCodTitulo")),
                      (long long)cents);
}

static slice pix_param(const json *title, bool make, arena *perm) {
  json_writer *w = json_write(perm);
  json_begin_object(w, NULL);
  json_put_text(w, "cCodIntPix", pix_name(title, perm));
  if (make) {
    json_put_number(w, "nCodTitulo", json_text_at(title, "cabecTitulo.nCodTitulo"));
    json_put_number(w, "vValor", json_text_at(title, "resumo.nValAberto"));
  }
  json_end(w);
  return json_written(w);
}

typedef struct asked_means {
  const json **title;
  omie_means *means;
  slice *param;
  omie_answer *answer;
  size_t *of; /* the title that a question is about */
  size_t n, count;
} asked_means;

static bool is_payable(const json *title) {
  const char *status = omie_status_of(title);
  int64_t cents;
  return status && strcmp(status, "open") == 0 && omie_cents(json_at(title, "resumo.nValAberto"), &cents) && cents > 0;
}

static erp_code ask_means(erp *e, omie_method m, asked_means *x, erp_failure *f, arena *perm) {
  omie_call_all(e, m, x->param, x->n, true, x->answer, perm);
  for (size_t i = 0; i < x->n; i++) {
    erp_code code = omie_asked(e, m, &x->answer[i], f, perm);
    bool refused = code == ERP_FAILED && x->answer[i].fault; /* this one has none: the others may */
    if (code != ERP_END && !refused) return code;
  }
  return ERP_END;
}

static erp_code boletos_of(erp *e, asked_means *x, erp_failure *f, arena *perm) {
  x->n = 0;
  for (size_t i = 0; i < x->count; i++) {
    bool has = json_text_at(x->title[i], "cabecTitulo.cNumBoleto").n ||
               json_text_at(x->title[i], "cabecTitulo.cCodigoBarras").n;
    if (!has || !is_payable(x->title[i])) continue;
    x->of[x->n] = i;
    x->param[x->n++] = title_param(json_text_at(x->title[i], "cabecTitulo.nCodTitulo"), perm);
  }
  erp_code code = ask_means(e, OMIE_ObterBoleto, x, f, perm);
  for (size_t i = 0; code == ERP_END && i < x->n; i++)
    if (x->answer[i].root) x->means[x->of[i]].link = json_text_at(x->answer[i].root, "cLinkBoleto");
  return code;
}

static void keep_pix(const asked_means *x, size_t i) {
  const json *root = x->answer[i].root;
  omie_means *m = &x->means[x->of[i]];
  slice code = json_text_at(root, "cCopiaCola");
  m->pix = code.n ? code : json_text_at(root, "cQrCode");
  if (!m->link.n) m->link = json_text_at(root, "cUrlPix");
}

/* Asks for the code that this sum was given before; makes one where there is none. */
static erp_code pix_of(erp *e, asked_means *x, erp_failure *f, arena *perm) {
  x->n = 0;
  for (size_t i = 0; i < x->count; i++) {
    if (!is_payable(x->title[i])) continue;
    x->of[x->n] = i;
    x->param[x->n++] = pix_param(x->title[i], false, perm);
  }
  erp_code code = ask_means(e, OMIE_ObterPix, x, f, perm);
  size_t missing = 0;
  for (size_t i = 0; code == ERP_END && i < x->n; i++) {
    if (x->answer[i].root) {
      keep_pix(x, i);
      continue;
    }
    x->of[missing] = x->of[i];
    x->param[missing++] = pix_param(x->title[x->of[i]], true, perm);
  }
  x->n = missing;
  if (code == ERP_END) code = ask_means(e, OMIE_GerarPix, x, f, perm);
  for (size_t i = 0; code == ERP_END && i < x->n; i++)
    if (x->answer[i].root) keep_pix(x, i);
  return code;
}

static erp_code find_means(erp *e, const json *list, omie_means *means, erp_failure *f, arena *perm) {
  size_t n = json_count(list);
  asked_means x = {.title = ARENA_ARRAY(perm, n + 1, const json *),
                   .means = means,
                   .param = ARENA_ARRAY(perm, n + 1, slice),
                   .answer = ARENA_ARRAY(perm, n + 1, omie_answer),
                   .of = ARENA_ARRAY(perm, n + 1, size_t),
                   .count = n};
  for (size_t i = 0; i < n; i++) x.title[i] = json_item(list, i);
  erp_code code = e->boletos ? boletos_of(e, &x, f, perm) : ERP_END;
  return code == ERP_END && e->pix ? pix_of(e, &x, f, perm) : code;
}

/* ---- pages ---- */

static store_code put_row(erp *e, erp_page *p, const json *row, const omie_means *means) {
  switch ((omie_feed_id)p->feed) {
  case OMIE_CUSTOMERS: return omie_put_customer(p, row);
  case OMIE_CONTRACTS: return omie_put_contract(p, row);
  case OMIE_RECEIVABLES:
  case OMIE_MEANS: return omie_put_title(p, row, today_of(e), means);
  case OMIE_FEED_COUNT: break;
  }
  return STORE_OK;
}

erp_code omie_page(erp *e, erp_page *p, erp_failure *f) {
  const struct listing *l = &LISTINGS[p->feed];
  place at = read_place(p->cursor);
  char day[DATE_TEXT_MAX];
  if (p->feed == OMIE_MEANS && !e->boletos && !e->pix)
    return ERP_END; /* its mark stays empty: all, once it is wanted */
  if (!p->cursor.n) {
    size_t n = date_iso(date_add_days(today_of(e), -OVERLAP_DAYS), day);
    p->mark = arena_slice(p->perm, (slice){day, n});
  }
  omie_answer a = omie_call(e, l->method, question(p, at), true, p->perm);
  erp_code code = omie_asked(e, l->method, &a, f, p->perm);
  if (code != ERP_END) return code;
  const json *list = json_member(a.root, slice_of(l->list));
  if (a.root && json_kind_of(list) != JSON_LIST) {
    f->why = SLICE("its answer has no list of rows in it");
    return ERP_FAILED;
  }
  size_t rows = json_count(list);
  omie_means *means = p->feed == OMIE_MEANS ? ARENA_ARRAY(p->perm, rows + 1, omie_means) : NULL;
  if (means && (code = find_means(e, list, means, f, p->perm)) != ERP_END) return code;
  if (erp_rows(p) != STORE_OK) return ERP_FAILED;
  for (size_t i = 0; i < rows; i++)
    if (put_row(e, p, json_item(list, i), means ? &means[i] : NULL) != STORE_OK) return ERP_FAILED;
  p->read = rows;
  bool more = next_place(p, a.root, &at);
  p->of = (uint64_t)(at.total > 0 ? at.total : 0);
  if (more) p->cursor = write_place(at, p->perm);
  return more ? ERP_MORE : ERP_END;
}

/* ---- one row ---- */

static bool is_id(slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] < '0' || s.p[i] > '9') return false;
  return s.n > 0 && s.n < 19;
}

static erp_code read_one(erp *e, erp_page *p, omie_method m, slice param, bool *there, erp_failure *f) {
  omie_answer a = omie_call(e, m, param, true, p->perm);
  erp_code code = omie_asked(e, m, &a, f, p->perm);
  *there = code == ERP_END && a.root;
  if (!*there) return code;
  const json *row = a.root, *inside = json_member(a.root, SLICE("contratoCadastro"));
  if (inside) row = json_kind_of(inside) == JSON_LIST ? json_item(inside, 0) : inside;
  return erp_rows(p) == STORE_OK && put_row(e, p, row, NULL) == STORE_OK ? ERP_END : ERP_FAILED;
}

/* The receivable in PesquisarLancamentos' answer. */
static const json *title_in(const json *root, slice id) {
  const json *list = json_member(root, SLICE("titulosEncontrados"));
  for (size_t i = 0; i < json_count(list); i++)
    if (slice_eq(json_text_at(json_item(list, i), "cabecTitulo.nCodTitulo"), id)) return json_item(list, i);
  return NULL;
}

erp_code omie_title(erp *e, slice id, const json **title, erp_failure *f, arena *perm) {
  slice param = arena_printf(perm, "{\"nPagina\":1,\"nRegPorPagina\":%d,\"cNatureza\":\"R\",\"nCodTitulo\":%.*s}",
                             PAGE_ROWS, SLICE_ARG(id));
  omie_answer a = omie_call(e, OMIE_PesquisarLancamentos, param, true, perm);
  erp_code code = omie_asked(e, OMIE_PesquisarLancamentos, &a, f, perm);
  *title = code == ERP_END ? title_in(a.root, id) : NULL;
  return code;
}

/* The search knows the balance; that a receivable is gone counts only where the read by its number says so as well. */
static erp_code read_title(erp *e, erp_page *p, slice id, bool *there, erp_failure *f) {
  const json *title;
  erp_code code = omie_title(e, id, &title, f, p->perm);
  *there = title;
  if (code != ERP_END) return code;
  if (title) return erp_rows(p) == STORE_OK && put_row(e, p, title, NULL) == STORE_OK ? ERP_END : ERP_FAILED;
  slice param = arena_printf(p->perm, "{\"codigo_lancamento_omie\":%.*s}", SLICE_ARG(id));
  omie_answer a = omie_call(e, OMIE_ConsultarContaReceber, param, true, p->perm);
  code = omie_asked(e, OMIE_ConsultarContaReceber, &a, f, p->perm);
  if (code != ERP_END || omie_is_gone(&a)) return code;
  f->why = SLICE("Omie has a receivable whose balance its search does not show");
  return ERP_FAILED;
}

erp_code omie_read(erp *e, erp_page *p, slice source_id, bool *there, erp_failure *f) {
  *there = false;
  if (!is_id(source_id)) return ERP_END; /* no number of Omie's: it has no such row */
  switch ((omie_feed_id)p->feed) {
  case OMIE_CUSTOMERS:
    return read_one(e, p, OMIE_ConsultarCliente,
                    arena_printf(p->perm, "{\"codigo_cliente_omie\":%.*s}", SLICE_ARG(source_id)), there, f);
  case OMIE_CONTRACTS:
    return read_one(e, p, OMIE_ConsultarContrato,
                    arena_printf(p->perm, "{\"contratoChave\":{\"nCodCtr\":%.*s}}", SLICE_ARG(source_id)), there, f);
  case OMIE_RECEIVABLES:
  case OMIE_MEANS: return read_title(e, p, source_id, there, f);
  case OMIE_FEED_COUNT: break;
  }
  return ERP_FAILED;
}
