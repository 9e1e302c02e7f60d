/* See omie_look.h. A receivable's own notes (observacao) carry what was charged to it, with the order's key: Omie has
 * no other place for one.
 *
 * Invariant: a look changes nothing. */
#include "omie_look.h"

#include <stdio.h>
#include <string.h>

enum { KEY_SHOWN = 16 };

omie_seen omie_no_answer(erp_code code, const erp_failure *f) {
  (void)code;
  return (omie_seen){.is = OMIE_NO_ANSWER, .why = f->why, .wait_s = f->wait_s};
}

static omie_seen impossible(const char *why) { return (omie_seen){.is = OMIE_IMPOSSIBLE, .why = slice_of(why)}; }

slice omie_number_of(const json *answer) {
  static const char *const NAMES[] = {"nCodOS", "codigo_baixa", "codigo_lancamento_omie", "nCodCtr"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    slice s = json_text(json_member(answer, slice_of(NAMES[i])));
    if (s.n && !slice_eq(s, SLICE("0"))) return s;
  }
  return (slice){0};
}

/* ---- a receivable ---- */

/* The receivable with its notes, read into `j->row`: DONE, or why not. */
static omie_seen receivable(omie_job *j) {
  erp_failure f = {0};
  slice param = arena_printf(j->perm, "{\"codigo_lancamento_omie\":%.*s}", SLICE_ARG(j->o->source_id));
  omie_answer a = omie_call(j->e, OMIE_ConsultarContaReceber, param, true, j->perm);
  erp_code code = omie_asked(j->e, OMIE_ConsultarContaReceber, &a, &f, j->perm);
  if (code != ERP_END) return omie_no_answer(code, &f);
  if (!a.root) return impossible("Omie does not have the receivable any more");
  j->row = a.root;
  return (omie_seen){.is = OMIE_DONE};
}

/* The receivable as the search shows it: another method, so that a look right after another one is no repetition. */
static omie_seen searched(omie_job *j, const json **title) {
  erp_failure f = {0};
  erp_code code = omie_title(j->e, j->o->source_id, title, &f, j->perm);
  if (code != ERP_END) return omie_no_answer(code, &f);
  if (!*title) return (omie_seen){.is = OMIE_CANNOT_TELL, .why = SLICE("Omie's search does not show the receivable")};
  return (omie_seen){.is = OMIE_DONE};
}

static omie_answer alter(omie_job *j, json_writer *w) {
  json_end(w);
  return omie_call(j->e, OMIE_AlterarContaReceber, json_written(w), false, j->perm);
}

static json_writer *alteration(omie_job *j) {
  json_writer *w = json_write(j->perm);
  json_begin_object(w, NULL);
  json_put_number(w, "codigo_lancamento_omie", j->o->source_id);
  return w;
}

/* ---- update due date ---- */

/* "paid", "cancelled", where Omie says so of the receivable that was read. */
static const char *settled(const omie_job *j) {
  const char *status = omie_status_word(json_text_at(j->row, "status_titulo"));
  return status && strcmp(status, "open") != 0 ? status : NULL;
}

static omie_seen look_due(omie_job *j, bool doubt) {
  civil_date due = DATE_NONE;
  const json *title = NULL;
  omie_seen seen = doubt ? searched(j, &title) : receivable(j);
  if (seen.is != OMIE_DONE) return seen;
  slice said = doubt ? json_text_at(title, "cabecTitulo.dDtVenc") : json_text_at(j->row, "data_vencimento");
  bool there = omie_read_date(said, &due) && date_eq(due, j->o->date);
  if (!there && !doubt && settled(j)) return impossible("the receivable is not open in Omie any more");
  return (omie_seen){.is = there ? OMIE_DONE : OMIE_NOT_DONE};
}

/* A boleto that was issued has a due date of its own at the bank: it is extended there; where the receivable does not
 * follow, it is altered as well. */
static omie_answer act_due(omie_job *j) {
  char room[OMIE_DATE_MAX];
  slice day = omie_date(j->o->date, room);
  if (json_true(json_at(j->row, "boleto.cGerado"))) {
    json_writer *w = json_write(j->perm);
    json_begin_object(w, NULL);
    json_put_number(w, "nCodTitulo", j->o->source_id);
    json_put_text(w, "dDtVenc", day);
    json_end(w);
    omie_answer a = omie_call(j->e, OMIE_ProrrogarBoleto, json_written(w), false, j->perm);
    if (!a.root || look_due(j, true).is != OMIE_NOT_DONE) return a;
  }
  json_writer *w = alteration(j);
  json_put_text(w, "data_vencimento", day);
  json_put_text(w, "data_previsao", day);
  return alter(j, w);
}

/* ---- charge fee, charge interest ---- */

static slice mark_of(const omie_job *j) {
  slice key = j->o->key.n > KEY_SHOWN ? (slice){j->o->key.p, KEY_SHOWN} : j->o->key;
  return arena_printf(j->perm, "[dun %.*s]", SLICE_ARG(key));
}

static bool has(slice text, slice part) { return part.n == 0 || (text.n && memmem(text.p, text.n, part.p, part.n)); }

static bool above_zero(const json *j) {
  decimal d;
  return json_decimal(j, &d) && d.n > 0;
}

static omie_seen look_charge(omie_job *j, bool doubt) {
  (void)doubt;
  int64_t cents;
  bool fee = j->o->kind == ACT_CHARGE_FEE;
  if (!j->o->has_amount || j->o->amount.cur != CURRENCY_BRL || j->o->amount.minor <= 0)
    return impossible("what Omie charges is a sum in reais");
  omie_seen seen = receivable(j);
  if (seen.is != OMIE_DONE) return seen;
  if (has(json_text_at(j->row, "observacao"), mark_of(j))) return (omie_seen){.is = OMIE_DONE};
  if (settled(j)) return impossible("the receivable is not open in Omie any more");
  bool boleto = json_true(json_at(j->row, "boleto.cGerado"));
  if (boleto && above_zero(json_at(j->row, fee ? "boleto.nPerMulta" : "boleto.nPerJuros")))
    return impossible("its boleto charges that by itself when it is paid late");
  if (!omie_cents(json_member(j->row, SLICE("valor_documento")), &cents))
    return impossible("its valor_documento is not an amount");
  return (omie_seen){.is = OMIE_NOT_DONE};
}

static slice noted(const omie_job *j, slice more) {
  slice before = json_text_at(j->row, "observacao");
  return arena_printf(j->perm, "%.*s%s%.*s", SLICE_ARG(before), before.n ? "\n" : "", SLICE_ARG(more));
}

/* The receivable's value grows, so that the next boleto or Pix asks for it; the note says by what. */
static omie_answer act_charge(omie_job *j) {
  char sum[MONEY_TEXT_MAX], value[MONEY_TEXT_MAX], room[OMIE_DATE_MAX];
  int64_t cents;
  bool fee = j->o->kind == ACT_CHARGE_FEE;
  if (!omie_cents(json_member(j->row, SLICE("valor_documento")), &cents)) cents = 0; /* the look has read it */
  size_t n = money_plain((money){cents + j->o->amount.minor, CURRENCY_BRL}, value);
  money_text(j->o->amount, LANG_PT, sum);
  slice more = arena_printf(j->perm, "%s %s (%.*s) %.*s", fee ? "Multa" : "Juros", sum,
                            SLICE_ARG(omie_date(j->o->date, room)), SLICE_ARG(mark_of(j)));
  json_writer *w = alteration(j);
  json_put_number(w, "valor_documento", (slice){value, n});
  json_put_text(w, "observacao", noted(j, more));
  return alter(j, w);
}

/* ---- mark, unmark ---- */

static slice named_mark(const omie_job *j) { return arena_printf(j->perm, "[dun: %.*s]", SLICE_ARG(j->o->text)); }

static omie_seen look_mark(omie_job *j, bool doubt) {
  (void)doubt;
  omie_seen seen = receivable(j);
  if (seen.is != OMIE_DONE) return seen;
  bool there = has(json_text_at(j->row, "observacao"), named_mark(j));
  return (omie_seen){.is = there == (j->o->kind == ACT_MARK) ? OMIE_DONE : OMIE_NOT_DONE};
}

static omie_answer act_mark(omie_job *j) {
  slice notes = json_text_at(j->row, "observacao"), mark = named_mark(j);
  if (j->o->kind == ACT_MARK) {
    notes = noted(j, mark);
  } else {
    const char *at = memmem(notes.p, notes.n, mark.p, mark.n);
    size_t before = (size_t)(at - notes.p), after = before + mark.n;
    if (before && notes.p[before - 1] == '\n') before--;
    notes = arena_printf(j->perm, "%.*s%.*s", (int)before, notes.p, (int)(notes.n - after), notes.p + after);
  }
  json_writer *w = alteration(j);
  json_put_text(w, "observacao", notes);
  return alter(j, w);
}

/* ---- write off ---- */

static omie_seen look_write_off(omie_job *j, bool doubt) {
  (void)doubt;
  omie_seen seen = searched(j, &j->row);
  if (seen.is != OMIE_DONE) return seen;
  const char *status = omie_status_of(j->row);
  if (!status) return (omie_seen){.is = OMIE_CANNOT_TELL, .why = SLICE("its status in Omie is not known")};
  return (omie_seen){.is = strcmp(status, "open") == 0 ? OMIE_NOT_DONE : OMIE_DONE};
}

/* A receipt of all that is open into the account of losses; without one the receivable is cancelled. */
static omie_answer act_write_off(omie_job *j) {
  char room[OMIE_DATE_MAX];
  json_writer *w = json_write(j->perm);
  json_begin_object(w, NULL);
  if (!j->e->account.n) {
    json_put_number(w, "chave_lancamento", j->o->source_id);
    json_end(w);
    return omie_call(j->e, OMIE_CancelarContaReceber, json_written(w), false, j->perm);
  }
  slice key = j->o->key.n > 40 ? (slice){j->o->key.p, 40} : j->o->key;
  json_put_number(w, "codigo_lancamento", j->o->source_id);
  json_put_text(w, "codigo_baixa_integracao", arena_printf(j->perm, "dun-%.*s", SLICE_ARG(key)));
  json_put_number(w, "codigo_conta_corrente", j->e->account);
  json_put_number(w, "valor", json_text_at(j->row, "resumo.nValAberto"));
  json_put_text(w, "data", omie_date(j->o->date, room));
  json_put_text(w, "observacao", mark_of(j));
  json_end(w);
  return omie_call(j->e, OMIE_LancarRecebimento, json_written(w), false, j->perm);
}

/* ---- contracts ---- */

omie_seen omie_contract(omie_job *j) {
  erp_failure f = {0};
  slice param = arena_printf(j->perm, "{\"contratoChave\":{\"nCodCtr\":%.*s}}", SLICE_ARG(j->contract));
  omie_answer a = omie_call(j->e, OMIE_ConsultarContrato, param, true, j->perm);
  erp_code code = omie_asked(j->e, OMIE_ConsultarContrato, &a, &f, j->perm);
  if (code != ERP_END) return omie_no_answer(code, &f);
  if (!a.root) return impossible("Omie does not have the contract any more");
  const json *inside = json_member(a.root, SLICE("contratoCadastro"));
  j->row = json_kind_of(inside) == JSON_LIST ? json_item(inside, 0) : inside ? inside : a.root;
  return (omie_seen){.is = OMIE_DONE};
}

/* cabecalho.cCodSit: 00 not begun, 10 active, 90 suspended, 99 cancelled. */
static slice situation(const omie_job *j) { return json_text_at(j->row, "cabecalho.cCodSit"); }

static omie_seen look_suspend(omie_job *j, bool doubt) {
  (void)doubt;
  omie_seen seen = omie_contract(j);
  if (seen.is != OMIE_DONE) return seen;
  bool over = slice_eq(situation(j), SLICE("99")), suspended = slice_eq(situation(j), SLICE("90"));
  return (omie_seen){.is = over || suspended ? OMIE_DONE : OMIE_NOT_DONE};
}

static omie_seen look_resume(omie_job *j, bool doubt) {
  (void)doubt;
  omie_seen seen = omie_contract(j);
  if (seen.is != OMIE_DONE) return seen;
  return (omie_seen){.is = slice_eq(situation(j), SLICE("10")) ? OMIE_DONE : OMIE_NOT_DONE};
}

static omie_answer contract_call(omie_job *j, omie_method m) {
  return omie_call(j->e, m, arena_printf(j->perm, "{\"nCodCtr\":%.*s}", SLICE_ARG(j->contract)), false, j->perm);
}
static omie_answer act_suspend(omie_job *j) { return contract_call(j, OMIE_SuspenderContrato); }
static omie_answer act_resume(omie_job *j) {
  return contract_call(j, slice_eq(situation(j), SLICE("99")) ? OMIE_ReativarContrato : OMIE_AtivarContrato);
}

static omie_seen contracts_of_customer(omie_job *j, slice **ids, size_t *count) {
  erp_failure f = {0};
  slice param = arena_printf(j->perm, "{\"pagina\":1,\"registros_por_pagina\":500,\"filtrar_cliente\":%.*s}",
                             SLICE_ARG(j->o->customer_source_id));
  omie_answer a = omie_call(j->e, OMIE_ListarContratos, param, true, j->perm);
  erp_code code = omie_asked(j->e, OMIE_ListarContratos, &a, &f, j->perm);
  if (code != ERP_END) return omie_no_answer(code, &f);
  const json *list = json_member(a.root, SLICE("contratoCadastro"));
  *ids = ARENA_ARRAY(j->perm, json_count(list) + 1, slice);
  for (size_t i = 0; i < json_count(list); i++)
    if (slice_eq(json_text_at(json_item(list, i), "cabecalho.nCodCli"), j->o->customer_source_id))
      (*ids)[(*count)++] = json_text_at(json_item(list, i), "cabecalho.nCodCtr");
  return (omie_seen){.is = OMIE_DONE};
}

omie_seen omie_contracts_of(omie_job *j, slice **ids, size_t *count) {
  const json *title;
  *count = 0;
  *ids = ARENA_ARRAY(j->perm, 1, slice);
  switch (j->o->of) {
  case STORE_ENTITY_CONTRACT: (*ids)[(*count)++] = j->o->source_id; break;
  case STORE_ENTITY_CUSTOMER: return contracts_of_customer(j, ids, count);
  case STORE_ENTITY_INVOICE: {
    omie_seen seen = searched(j, &title);
    slice id = json_text_at(title, "cabecTitulo.nCodCtr");
    if (seen.is != OMIE_DONE) return seen;
    if (id.n && !slice_eq(id, SLICE("0"))) (*ids)[(*count)++] = id;
    break;
  }
  }
  return (omie_seen){.is = OMIE_DONE};
}

/* ---- the kinds ---- */

static const omie_kind KINDS[] = {
    {ACT_UPDATE_DUE, false, look_due, act_due},
    {ACT_CHARGE_FEE, false, look_charge, act_charge},
    {ACT_CHARGE_INTEREST, false, look_charge, act_charge},
    {ACT_MARK, false, look_mark, act_mark},
    {ACT_UNMARK, false, look_mark, act_mark},
    {ACT_WRITE_OFF, false, look_write_off, act_write_off},
    {ACT_SUSPEND_SERVICE, true, look_suspend, act_suspend},
    {ACT_RESUME_SERVICE, true, look_resume, act_resume},
    {ACT_BILL_CONTRACT, true, omie_look_bill, omie_act_bill},
};

slice omie_refuses(const erp_order *o, arena *perm) {
  bool charge = o->kind == ACT_CHARGE_FEE || o->kind == ACT_CHARGE_INTEREST;
  const omie_kind *kind = NULL;
  (void)perm;
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS && !kind; i++)
    if (KINDS[i].kind == o->kind) kind = &KINDS[i];
  if (!kind || (o->of != STORE_ENTITY_INVOICE && !kind->of_contract))
    return SLICE("Omie does this to receivables alone");
  return charge && !o->has_amount ? SLICE("Omie is told what to charge: the policy has no `late fee` line")
                                  : (slice){0};
}

static bool is_number(slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] < '0' || s.p[i] > '9') return false;
  return s.n > 0 && s.n < 19;
}

bool omie_job_of(erp *e, const erp_order *o, arena *perm, omie_job *j, slice *why) {
  *j = (omie_job){.e = e, .o = o, .perm = perm};
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS && !j->kind; i++)
    if (KINDS[i].kind == o->kind) j->kind = &KINDS[i];
  bool customer = o->of == STORE_ENTITY_CUSTOMER;
  if (!j->kind || (o->of != STORE_ENTITY_INVOICE && !j->kind->of_contract))
    *why = SLICE("Omie does not do this");
  else if (!is_number(customer ? o->customer_source_id : o->source_id))
    *why = SLICE("it did not come from Omie");
  else
    return true;
  return false;
}
