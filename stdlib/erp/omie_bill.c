/* `bill contract` in Omie: FaturarContrato takes the contract's number and no key, so that what keeps a contract from
 * being billed twice is what can be seen there: a receivable of that contract issued since the day, or a service order.
 *
 * Invariant: a contract is billed only where neither is there, but for what the bills of its other periods made; where
 * what is there may be another contract's, nobody but a person says. */
#include <string.h>

#include "omie_look.h"

static bool same_number(slice a, slice b) { return a.n && slice_eq(a, b); }

/* It was made by the bill of another period. */
static bool is_anothers(const erp_order *o, slice service_order) {
  for (size_t i = 0; i < o->made_count; i++)
    if (same_number(o->made[i], service_order)) return true;
  return false;
}

/* ---- a receivable of the contract ---- */

/* `filter`: by the day on which it came into Omie, or by that of its issue: so that a second look is another question,
 * which Omie answers at once. */
static omie_seen billed_receivable(omie_job *j, const char *filter) {
  char room[OMIE_DATE_MAX];
  erp_failure f = {0};
  slice param = arena_printf(
      j->perm, "{\"nPagina\":1,\"nRegPorPagina\":500,\"cNatureza\":\"R\",\"nCodCtr\":%.*s,\"%s\":\"%.*s\"}",
      SLICE_ARG(j->contract), filter, SLICE_ARG(omie_date(j->o->date, room)));
  omie_answer a = omie_call(j->e, OMIE_PesquisarLancamentos, param, true, j->perm);
  erp_code code = omie_asked(j->e, OMIE_PesquisarLancamentos, &a, &f, j->perm);
  if (code != ERP_END) return omie_no_answer(code, &f);
  const json *list = json_member(a.root, SLICE("titulosEncontrados"));
  for (size_t i = 0; i < json_count(list); i++) {
    const json *head = json_member(json_item(list, i), SLICE("cabecTitulo"));
    civil_date issued;
    if (!same_number(json_text(json_member(head, SLICE("nCodCtr"))), j->contract)) continue;
    if (!omie_read_date(json_text(json_member(head, SLICE("dDtEmissao"))), &issued) || date_cmp(issued, j->o->date) < 0)
      continue;
    slice order = json_text(json_member(head, SLICE("nCodOS")));
    if (is_anothers(j->o, order)) continue;
    return (omie_seen){.is = OMIE_DONE, .id = slice_eq(order, SLICE("0")) ? (slice){0} : order};
  }
  return (omie_seen){.is = OMIE_NOT_DONE};
}

/* ---- a service order ---- */

/* The contract that a service order names, by number or by the name that people use; empty: it names none. */
static slice named(const json *order, const char *name) {
  static const char *const PLACES[] = {"Cabecalho", "InformacoesAdicionais", "cabecalho"};
  slice s = json_text(json_member(order, slice_of(name)));
  for (size_t i = 0; !s.n && i < sizeof PLACES / sizeof *PLACES; i++)
    s = json_text(json_member(json_member(order, slice_of(PLACES[i])), slice_of(name)));
  return slice_eq(s, SLICE("0")) ? (slice){0} : s;
}

typedef enum ownership { OURS, ANOTHERS, NOBODYS } ownership;

static ownership whose(const omie_job *j, const json *order) {
  slice id = named(order, "nCodCtr"), words = named(order, "cNumContrato");
  if (!words.n) words = named(order, "cNumCtr");
  slice ours = json_text_at(j->row, "cabecalho.cNumCtr");
  if (id.n) return slice_eq(id, j->contract) ? OURS : ANOTHERS;
  if (words.n && ours.n) return slice_eq(words, ours) ? OURS : ANOTHERS;
  return NOBODYS;
}

/* A service order that names no contract may have a receivable that does. */
static omie_seen whose_receivable(omie_job *j, slice order, ownership *w) {
  erp_failure f = {0};
  slice param = arena_printf(j->perm, "{\"nPagina\":1,\"nRegPorPagina\":500,\"cNatureza\":\"R\",\"nCodOS\":%.*s}",
                             SLICE_ARG(order));
  omie_answer a = omie_call(j->e, OMIE_PesquisarLancamentos, param, true, j->perm);
  erp_code code = omie_asked(j->e, OMIE_PesquisarLancamentos, &a, &f, j->perm);
  if (code != ERP_END) return omie_no_answer(code, &f);
  const json *list = json_member(a.root, SLICE("titulosEncontrados"));
  for (size_t i = 0; i < json_count(list) && *w == NOBODYS; i++) {
    const json *head = json_member(json_item(list, i), SLICE("cabecTitulo"));
    slice contract = json_text(json_member(head, SLICE("nCodCtr")));
    if (!same_number(json_text(json_member(head, SLICE("nCodOS"))), order) || !contract.n) continue;
    if (!slice_eq(contract, SLICE("0"))) *w = slice_eq(contract, j->contract) ? OURS : ANOTHERS;
  }
  return (omie_seen){.is = OMIE_DONE};
}

/* Whether the customer has this one contract: then a service order that names none is this one's. */
static omie_seen is_only_contract(omie_job *j, slice customer, bool *only) {
  erp_failure f = {0};
  slice param =
      arena_printf(j->perm, "{\"pagina\":1,\"registros_por_pagina\":2,\"filtrar_cliente\":%.*s}", SLICE_ARG(customer));
  omie_answer a = omie_call(j->e, OMIE_ListarContratos, param, true, j->perm);
  erp_code code = omie_asked(j->e, OMIE_ListarContratos, &a, &f, j->perm);
  if (code != ERP_END) return omie_no_answer(code, &f);
  const json *list = json_member(a.root, SLICE("contratoCadastro"));
  *only = json_count(list) == 1 && slice_eq(json_text_at(json_item(list, 0), "cabecalho.nCodCtr"), j->contract);
  return (omie_seen){.is = OMIE_DONE};
}

static omie_seen billed_order(omie_job *j) {
  char room[OMIE_DATE_MAX];
  erp_failure f = {0};
  slice customer = json_text_at(j->row, "cabecalho.nCodCli"), loose = {0};
  slice param = arena_printf(
      j->perm,
      "{\"pagina\":1,\"registros_por_pagina\":500,\"filtrar_por_cliente\":%.*s,\"filtrar_por_data_de\":\"%.*s\"}",
      SLICE_ARG(customer), SLICE_ARG(omie_date(j->o->date, room)));
  omie_answer a = omie_call(j->e, OMIE_ListarOS, param, true, j->perm);
  erp_code code = omie_asked(j->e, OMIE_ListarOS, &a, &f, j->perm);
  if (code != ERP_END) return omie_no_answer(code, &f);
  const json *list = json_member(a.root, SLICE("osCadastro"));
  for (size_t i = 0; i < json_count(list); i++) {
    const json *order = json_item(list, i);
    slice id = json_text_at(order, "Cabecalho.nCodOS");
    if (!slice_eq(json_text_at(order, "Cabecalho.nCodCli"), customer) || is_anothers(j->o, id)) continue;
    ownership w = whose(j, order);
    if (w == NOBODYS && id.n) {
      omie_seen seen = whose_receivable(j, id, &w);
      if (seen.is != OMIE_DONE) return seen;
    }
    if (w == OURS) return (omie_seen){.is = OMIE_DONE, .id = id};
    if (w == NOBODYS) loose = id;
  }
  if (!loose.n) return (omie_seen){.is = OMIE_NOT_DONE};
  bool only = false;
  omie_seen seen = is_only_contract(j, customer, &only);
  if (seen.is != OMIE_DONE) return seen;
  if (only) return (omie_seen){.is = OMIE_DONE, .id = loose};
  return (omie_seen){.is = OMIE_CANNOT_TELL,
                     .why = SLICE("a service order of that customer may be this contract's or another one's")};
}

/* ---- the order ---- */

/* After a doubt: any sign of it. */
static omie_seen look_again(omie_job *j) {
  omie_seen seen = j->row ? (omie_seen){.is = OMIE_DONE} : omie_contract(j);
  if (seen.is != OMIE_DONE) return seen;
  omie_seen order = billed_order(j);
  if (order.is == OMIE_DONE || order.is == OMIE_NO_ANSWER) return order;
  seen = billed_receivable(j, "dDtEmisDe");
  return seen.is == OMIE_NOT_DONE ? order : seen;
}

omie_seen omie_look_bill(omie_job *j, bool doubt) {
  int64_t cents;
  if (doubt) return look_again(j);
  omie_seen seen = billed_receivable(j, "dDtIncDe");
  if (seen.is != OMIE_NOT_DONE) return seen;
  seen = omie_contract(j);
  if (seen.is != OMIE_DONE) return seen;
  if (!slice_eq(json_text_at(j->row, "cabecalho.cCodSit"), SLICE("10")))
    return (omie_seen){.is = OMIE_IMPOSSIBLE, .why = SLICE("the contract is not active in Omie")};
  /* Omie bills its own price, whatever the policy says. */
  bool known = omie_cents(json_at(j->row, "cabecalho.nValTotMes"), &cents);
  if (j->o->has_amount && (!known || j->o->amount.cur != CURRENCY_BRL || cents != j->o->amount.minor))
    return (omie_seen){.is = OMIE_IMPOSSIBLE,
                       .why = SLICE("Omie would bill another sum than the policy says: bill it there by hand")};
  return (omie_seen){.is = OMIE_NOT_DONE};
}

omie_answer omie_act_bill(omie_job *j) {
  return omie_call(j->e, OMIE_FaturarContrato, arena_printf(j->perm, "{\"nCodCtr\":%.*s}", SLICE_ARG(j->contract)),
                   false, j->perm);
}
