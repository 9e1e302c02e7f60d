/* The Omie connector word by word: what leaves, what each fault comes to, what is read out of an answer, webhooks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/http_script.h"
#include "runtime/world_fake.h"
#include "stdlib/erp/omie_impl.h"
#include "tests/support/stored.h"

typedef struct fixture {
  world *w;
  store *s;
  arena *perm;
  erp *e;
  connection c;
} fixture;

static const setting SETTINGS[] = {
    {SLICE("key"), SLICE("K"), true}, {SLICE("secret"), SLICE("S"), true}, {SLICE("token"), SLICE("T"), true}};

static int begin(void **state) {
  fixture *f = calloc(1, sizeof *f);
  slice why;
  store_error failed;
  assert_non_null(f);
  f->w = world_fake_new(1772712000000000000); /* 2026-03-05T12:00Z */
  f->perm = arena_new();
  world_fake_set_env(f->w, "K", "1234");
  world_fake_set_env(f->w, "S", "se\"cret");
  world_fake_set_env(f->w, "T", "0123456789abcdef");
  script_begin(f->w);
  f->c = (connection){.kind = SLICE("erp"), .vendor = SLICE("omie"), .settings = SETTINGS, .setting_count = 3};
  f->e = OMIE.open(f->w, f->perm, &f->c, &why);
  assert_non_null(f->e);
  assert_int_equal(store_open(f->w, ":memory:", &f->s, &failed), STORE_OK);
  *state = f;
  return 0;
}

static int end(void **state) {
  fixture *f = *state;
  OMIE.close(f->e);
  store_close(f->s);
  arena_free(f->perm);
  script_end();
  world_fake_free(f->w);
  free(f);
  return 0;
}

#define EMPTY "{\"faultstring\":\"ERROR: vazio\",\"faultcode\":\"SOAP-ENV:Client-5113\"}"
#define CUSTOMER                                                                                                       \
  "{\"codigo_cliente_omie\":101,\"razao_social\":\"Padaria Sol Ltda\",\"nome_fantasia\":\"Padaria Sol\","              \
  "\"email\":\"nada; a@sol.example,b@sol.example\",\"telefone1_ddd\":\"(011)\",\"telefone1_numero\":\"99999-0000\","   \
  "\"estado\":\"SP\",\"tags\":[{\"tag\":\"Cliente\"},{\"tag\":\"VIP\"}],\"bloquear_faturamento\":\"S\","               \
  "\"recomendacoes\":{\"email_fatura\":\"\"}}"

static char *title(const char *status, const char *value, const char *open, const char *more) {
  static char text[1024];
  snprintf(text, sizeof text,
           "{\"cabecTitulo\":{\"nCodTitulo\":7001,\"nCodCliente\":101,\"cNumTitulo\":\"RPS 8\",\"cStatus\":\"%s\","
           "\"dDtVenc\":\"20/02/2026\",\"dDtEmissao\":\"01/02/2026\",\"cNumParcela\":\"002/012\",\"nCodCtr\":0,"
           "\"cNumDocFiscal\":\"1806\",\"cTipo\":\"BOL\",\"nValorTitulo\":%s%s},\"resumo\":{\"cLiquidado\":\"N\","
           "\"nValPago\":250.5,\"nValAberto\":%s}}",
           status, value, more, open);
  return text;
}

static char *page_of(const char *list, const char *row) {
  static char text[2048];
  snprintf(text, sizeof text,
           "{\"total_de_paginas\":1,\"total_de_registros\":1,\"nTotPaginas\":1,\"nTotRegistros\":1,"
           "\"%s\":[%s]}",
           list, row);
  return arena_copy(script.perm, slice_of(text));
}

/* A first sync over one customer and one receivable. */
static erp_code sync_title(fixture *f, const char *row, erp_report *r) {
  erp_sync_options o = {0};
  script_answer(200, page_of("clientes_cadastro", CUSTOMER));
  script_answer(500, EMPTY);
  script_answer(200, page_of("titulosEncontrados", row));
  return erp_sync_all(f->w, f->s, &OMIE, f->e, &o, f->perm, r);
}

/* ---- what leaves ---- */

static void a_page_is_asked_for_as_documented(void **state) {
  fixture *f = *state;
  erp_report r;
  assert_int_equal(sync_title(f, title("ATRASADO", "1250.5", "1000", ""), &r), ERP_END);
  assert_string_equal(script.asked[0].url, "https://app.omie.com.br/api/v1/geral/clientes/");
  assert_string_equal(script.asked[0].type, "application/json");
  assert_string_equal(script.asked[0].body,
                      "{\"call\":\"ListarClientes\",\"app_key\":\"1234\",\"app_secret\":\"se\\\"cret\",\"param\":[{"
                      "\"pagina\":1,\"registros_por_pagina\":500,\"apenas_importado_api\":\"N\",\"ordenar_por\":"
                      "\"CODIGO\",\"ordem_descrescente\":\"N\"}]}");
  assert_string_equal(script.asked[2].body,
                      "{\"call\":\"PesquisarLancamentos\",\"app_key\":\"1234\",\"app_secret\":\"se\\\"cret\","
                      "\"param\":[{\"nPagina\":1,\"nRegPorPagina\":500,\"cOrdenarPor\":\"CODIGO\","
                      "\"cOrdemDecrescente\":\"N\",\"cNatureza\":\"R\"}]}");
  erp_sync_options o = {0};
  script_answer(500, EMPTY);
  script_answer(500, EMPTY);
  for (int i = 0; i < 4; i++) script_answer(500, EMPTY);
  assert_int_equal(erp_sync_all(f->w, f->s, &OMIE, f->e, &o, f->perm, &r), ERP_END);
  assert_non_null(strstr(script.asked[3].body, "\"filtrar_por_data_de\":\"03/03/2026\"")); /* two days before */
  static const char *const SINCE[] = {"dDtAltDe", "dDtIncDe", "dDtPagtoDe", "dDtCancDe"};
  for (int i = 0; i < 4; i++) assert_non_null(strstr(script.asked[5 + i].body, SINCE[i]));
}

/* ---- what is read ---- */

static void a_receivable_is_read(void **state) {
  fixture *f = *state;
  erp_report r;
  const char *digits = ",\"cCodigoBarras\":\"23791362700001250503381286000782713695000063\"";
  assert_int_equal(sync_title(f, title("VENCE HOJE", "1250.5", "1000", digits), &r), ERP_END);
  assert_string_equal(stored_value(f->s, STORE_T_invoice, NULL, "amount"), "125050");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, NULL, "open"), "100000");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, NULL, "paid_amount"), "25050");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, NULL, "status"), "open");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, NULL, "installment"), "2");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, NULL, "installments"), "12");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, NULL, "contract"), "-");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, NULL, "document"), "1806");
  assert_string_equal(stored_value(f->s, STORE_T_invoice, NULL, "boleto"), "-"); /* a digit of it is wrong */
  assert_string_equal(stored_value(f->s, STORE_T_customer, NULL, "email"), "a@sol.example");
  assert_string_equal(stored_value(f->s, STORE_T_customer, NULL, "emails"), "a@sol.example; b@sol.example");
  assert_string_equal(stored_value(f->s, STORE_T_customer, NULL, "phone"), "+5511999990000");
  assert_string_equal(stored_value(f->s, STORE_T_customer, NULL, "whatsapp"), "+5511999990000");
  assert_string_equal(stored_value(f->s, STORE_T_customer, NULL, "tags"), "Cliente;VIP");
  assert_string_equal(stored_value(f->s, STORE_T_customer, NULL, "billing_blocked"), "yes");
}

static void what_cannot_be_read_is_rejected(void **state) {
  static const struct {
    const char *status, *value, *open, *why;
  } BAD[] = {{"ATRASADO", "\"x\"", "1000", "its nValorTitulo is not an amount"},
             {"ATRASADO", "1250.505", "1000", "its nValorTitulo is not an amount"},
             {"ATRASADO", "1250.5", "null", "its nValAberto is not an amount"},
             {"PERDIDO", "1250.5", "1000", "its cStatus is not known"}};
  (void)state;
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    void *mine = NULL;
    begin(&mine);
    erp_report r;
    assert_int_equal(sync_title(mine, title(BAD[i].status, BAD[i].value, BAD[i].open, ""), &r), ERP_END);
    assert_int_equal(r.feed[OMIE_RECEIVABLES].rejected, 1);
    assert_string_equal(r.feed[OMIE_RECEIVABLES].reason[0].text, BAD[i].why);
    end(&mine);
  }
}

static void cents_are_exact(void **state) {
  static const struct {
    const char *said;
    int64_t cents; /* -1: it is not read */
  } SUMS[] = {
      {"0.1", 10},    {"100.10000000000001", 10010},           {"1e3", 100000}, {"70.005", -1}, {"\"12.30\"", 1230},
      {"-4.5", -450}, {"90071992547409.91", 9007199254740991}, {"true", -1}};
  fixture *f = *state;
  for (size_t i = 0; i < sizeof SUMS / sizeof *SUMS; i++) {
    slice why;
    int64_t cents = 0;
    bool read = omie_cents(json_parse(slice_of(SUMS[i].said), f->perm, &why), &cents);
    assert_int_equal(read, SUMS[i].cents != -1);
    if (read) assert_int_equal(cents, SUMS[i].cents);
  }
}

/* ---- faults ---- */

static const char *fault(fixture *f, const omie_fault *row) {
  bool number = row->code[0] >= '0' && row->code[0] <= '9';
  return arena_printf(f->perm, "{\"faultstring\":\"ERROR: Ana da Silva. Aguarde 3 segundos\",\"faultcode\":\"%s%s\"}",
                      number                                    ? "SOAP-ENV:Client-"
                      : strcmp(row->code, "MISUSE_API_PROCESS") ? "SOAP-ENV:"
                                                                : "",
                      row->code[0] ? row->code : "Other")
      .p;
}

/* Of each row of the table, at the statuses that Omie sends faults with. */
static void every_fault_of_a_question(void **state) {
  static const int STATUS[] = {500, 200, 425};
  (void)state;
  for (size_t i = 0; omie_fault_at(i); i++)
    for (size_t k = 0; k < 3; k++) {
      void *mine = NULL;
      begin(&mine);
      fixture *f = mine;
      erp_failure why = {0};
      const omie_fault *row = omie_fault_at(i);
      script_answer(STATUS[k], fault(f, row));
      for (int again = 0; again < 5; again++) script_answer(200, "{\"nTotPaginas\":1}");
      omie_answer a = omie_call(f->e, OMIE_PesquisarLancamentos, SLICE("{}"), true, f->perm);
      erp_code code = omie_asked(f->e, OMIE_PesquisarLancamentos, &a, &why, f->perm);
      switch (row->reading) {
      case OMIE_GO_ON:
      case OMIE_GONE:
        assert_int_equal(code, ERP_END);
        assert_null(a.root);
        assert_int_equal(omie_is_gone(&a), row->reading == OMIE_GONE);
        break;
      case OMIE_AGAIN:
        assert_int_equal(code, ERP_END);
        assert_non_null(a.root);
        assert_true(script.asked[1].at_ns - script.asked[0].at_ns >= INT64_C(3000000000));
        break;
      case OMIE_LATER:
        assert_int_equal(code, ERP_LATER);
        assert_int_equal(why.wait_s, 3);
        break;
      case OMIE_FAIL: assert_int_equal(code, ERP_FAILED); break;
      }
      assert_null(why.why.n ? memmem(why.why.p, why.why.n, "Ana", 3) : NULL);
      end(&mine);
    }
}

static send_result suspend(fixture *f) {
  erp_order o = {
      .kind = ACT_SUSPEND_SERVICE, .key = SLICE("k"), .source_id = SLICE("9001"), .of = STORE_ENTITY_CONTRACT};
  return OMIE.write(f->e, &o, f->perm);
}

#define CONTRACT(situation)                                                                                            \
  "{\"contratoCadastro\":{\"cabecalho\":{\"nCodCtr\":9001,\"nCodCli\":101,\"cCodSit\":\"" situation "\"}}}"

static void every_fault_of_an_order(void **state) {
  (void)state;
  for (size_t i = 0; omie_fault_at(i); i++)
    for (int done = 0; done < 2; done++) {
      void *mine = NULL;
      begin(&mine);
      fixture *f = mine;
      const omie_fault *row = omie_fault_at(i);
      script_answer(200, CONTRACT("10"));
      script_answer(500, fault(f, row));
      script_answer(200, done ? CONTRACT("90") : CONTRACT("10"));
      send_result r = suspend(f);
      bool looked = row->writing == OMIE_W_LOOK;
      assert_int_equal(script.count, looked ? 3 : 2);
      bool redundant = strcmp(row->code, "6") == 0;
      switch (row->writing) {
      case OMIE_W_REJECTED: assert_int_equal(r.outcome, SEND_REJECTED); break;
      case OMIE_W_RETRY: assert_int_equal(r.outcome, SEND_RETRY); break;
      case OMIE_W_DOWN: assert_int_equal(r.outcome, SEND_DOWN); break;
      case OMIE_W_LOOK:
        assert_int_equal(r.outcome, done ? SEND_ACCEPTED : redundant ? SEND_RETRY : SEND_UNKNOWN);
        break;
      }
      if (r.outcome == SEND_RETRY || r.outcome == SEND_DOWN) assert_int_equal(r.retry_s, 3);
      assert_null(memmem(r.detail.p, r.detail.n, "Ana", 3));
      end(&mine);
    }
}

/* No answer: what has left may have been done, what has not was not. */
static void an_order_without_an_answer(void **state) {
  fixture *f = *state;
  script_answer(200, CONTRACT("10"));
  script_add((scripted_answer){.end = HTTP_TIMEOUT, .phase = HTTP_SENDING});
  script_answer(200, CONTRACT("10"));
  assert_int_equal(suspend(f).outcome, SEND_UNKNOWN);
  erp_order o = {
      .kind = ACT_SUSPEND_SERVICE, .key = SLICE("k"), .source_id = SLICE("9001"), .of = STORE_ENTITY_CONTRACT};
  int64_t now_s = f->w->now_ns(f->w) / 1000000000;
  script_answer(200, CONTRACT("10"));
  assert_int_equal(OMIE.find(f->e, &o, now_s, f->perm).outcome, SEND_UNKNOWN); /* Omie may still be at it */
  script_answer(200, CONTRACT("10"));
  assert_int_equal(OMIE.find(f->e, &o, now_s - 600, f->perm).outcome, SEND_RETRY);
  script_answer(200, CONTRACT("99"));
  assert_int_equal(OMIE.find(f->e, &o, now_s, f->perm).outcome, SEND_ACCEPTED);
  script_answer(200, CONTRACT("10"));
  script_add((scripted_answer){.end = HTTP_REFUSED, .phase = HTTP_CONNECTING});
  assert_int_equal(suspend(f).outcome, SEND_RETRY);
}

/* What Omie has as over needs no suspension, and comes back by a call of its own. */
static void a_contract_that_is_over(void **state) {
  fixture *f = *state;
  script_answer(200, CONTRACT("99"));
  assert_int_equal(suspend(f).outcome, SEND_ACCEPTED);
  assert_int_equal(script.count, 1);
  erp_order o = {
      .kind = ACT_RESUME_SERVICE, .key = SLICE("k"), .source_id = SLICE("9001"), .of = STORE_ENTITY_CONTRACT};
  script_answer(200, CONTRACT("99"));
  script_answer(200, "{}");
  assert_int_equal(OMIE.write(f->e, &o, f->perm).outcome, SEND_ACCEPTED);
  assert_non_null(strstr(script_last()->body, "ReativarContrato"));
}

static void what_omie_does_not_do(void **state) {
  fixture *f = *state;
  erp_order o = {.kind = ACT_TAG, .source_id = SLICE("7001"), .of = STORE_ENTITY_INVOICE};
  assert_int_equal(OMIE.write(f->e, &o, f->perm).outcome, SEND_REJECTED);
  o = (erp_order){.kind = ACT_UPDATE_DUE, .source_id = SLICE("7001} "), .of = STORE_ENTITY_INVOICE};
  assert_int_equal(OMIE.write(f->e, &o, f->perm).outcome, SEND_REJECTED);
  o = (erp_order){.kind = ACT_BILL_CONTRACT,
                  .source_id = SLICE("9001"),
                  .of = STORE_ENTITY_CONTRACT,
                  .has_amount = true,
                  .amount = {90000, CURRENCY_BRL},
                  .date = {20517}};
  script_answer(500, EMPTY);
  script_answer(200, "{\"contratoCadastro\":{\"cabecalho\":{\"nCodCtr\":9001,\"nCodCli\":101,\"cCodSit\":\"10\","
                     "\"nValTotMes\":1250.5}}}");
  send_result r = OMIE.write(f->e, &o, f->perm);
  assert_int_equal(r.outcome, SEND_REJECTED); /* Omie would bill another sum */
  assert_int_equal(script.count, 2);
}

/* Of two periods that are billed on one day, what the first bill made is not taken for the second one's. */
static void a_bill_knows_what_others_made(void **state) {
  fixture *f = *state;
  static const slice MADE[] = {SLICE("6300"), SLICE("6301")};
  erp_order o = {.kind = ACT_BILL_CONTRACT,
                 .source_id = SLICE("9001"),
                 .of = STORE_ENTITY_CONTRACT,
                 .date = {20517},
                 .made = MADE,
                 .made_count = 2};
#define BILLED                                                                                                         \
  "{\"nPagina\":1,\"nTotPaginas\":1,\"titulosEncontrados\":[{\"cabecTitulo\":{\"nCodTitulo\":1,\"nCodCtr\":9001,"      \
  "\"nCodOS\":6301,\"dDtEmissao\":\"31/12/2026\"},\"resumo\":{}}]}"
  script_answer(200, BILLED);
  script_answer(200, "{\"contratoCadastro\":{\"cabecalho\":{\"nCodCtr\":9001,\"nCodCli\":101,\"cCodSit\":\"10\"}}}");
  script_answer(200, "{\"nCodCtr\":9001,\"nCodOS\":6302,\"cCodStatus\":\"0\"}");
  send_result r = OMIE.write(f->e, &o, f->perm);
  assert_int_equal(r.outcome, SEND_ACCEPTED);
  assert_string_equal(arena_copy(f->perm, r.provider_id), "6302");
  o.made_count = 1; /* nobody's: it was billed already */
  script_answer(200, BILLED);
  r = OMIE.write(f->e, &o, f->perm);
  assert_int_equal(r.outcome, SEND_ACCEPTED);
  assert_string_equal(arena_copy(f->perm, r.provider_id), "6301");
  assert_int_equal(script.count, 4);
}

/* A boleto that charges late payment by itself is not charged a second time. */
static void a_boleto_with_a_fine_is_not_charged(void **state) {
  fixture *f = *state;
  erp_order o = {.kind = ACT_CHARGE_FEE,
                 .key = SLICE("k"),
                 .source_id = SLICE("7001"),
                 .of = STORE_ENTITY_INVOICE,
                 .has_amount = true,
                 .amount = {2501, CURRENCY_BRL},
                 .date = {20517}};
  script_answer(200, "{\"codigo_lancamento_omie\":7001,\"valor_documento\":1250.5,\"boleto\":{\"cGerado\":\"S\","
                     "\"nPerMulta\":2}}");
  assert_int_equal(OMIE.write(f->e, &o, f->perm).outcome, SEND_REJECTED);
  o.kind = ACT_CHARGE_INTEREST;
  script_answer(200, "{\"codigo_lancamento_omie\":7001,\"valor_documento\":1250.5,\"observacao\":\"velha\",\"boleto\":{"
                     "\"cGerado\":\"S\",\"nPerMulta\":2,\"nPerJuros\":0}}");
  script_answer(200, "{\"codigo_lancamento_omie\":7001,\"codigo_status\":\"0\"}");
  assert_int_equal(OMIE.write(f->e, &o, f->perm).outcome, SEND_ACCEPTED);
  assert_non_null(strstr(script_last()->body, "\"valor_documento\":1275.51"));
  assert_non_null(strstr(script_last()->body, "velha\\nJuros R$ 25,01 (05/03/2026) [dun k]"));
}

/* ---- webhooks ---- */

static hook_answer hear(fixture *f, const char *query, const char *body, hook_events *out) {
  hook_request r = {
      .method = SLICE("POST"), .path = SLICE("/hooks/omie"), .query = slice_of(query), .body = slice_of(body)};
  return OMIE.hook(f->w, &f->c, &r, f->perm, out);
}

#define TOKEN "token=0123456789abcdef"

static void only_who_knows_the_token_is_heard(void **state) {
  fixture *f = *state;
  hook_events out;
  assert_int_equal(hear(f, TOKEN, "{\"ping\":\"omie\"}", &out), HOOK_ANSWER_TAKEN);
  assert_int_equal(out.count, 0);
  assert_int_equal(hear(f, "", "{\"ping\":\"omie\"}", &out), HOOK_ANSWER_NOT_GENUINE);
  assert_int_equal(hear(f, "token=0123456789abcdee", "{\"ping\":\"omie\"}", &out), HOOK_ANSWER_NOT_GENUINE);
  assert_int_equal(hear(f, "token=", "{\"ping\":\"omie\"}", &out), HOOK_ANSWER_NOT_GENUINE);
  world_fake_set_env(f->w, "T", NULL);
  assert_int_equal(hear(f, "token=", "{\"ping\":\"omie\"}", &out), HOOK_ANSWER_NOT_GENUINE);
  world_fake_set_env(f->w, "T", "0123456789abcdef");
  hook_request r = {
      .method = SLICE("POST"), .path = SLICE("/hooks/omie/0123456789abcdef"), .body = SLICE("{\"ping\":\"omie\"}")};
  assert_int_equal(OMIE.hook(f->w, &f->c, &r, f->perm, &out), HOOK_ANSWER_TAKEN);
  assert_int_equal(hear(f, TOKEN, "{\"ping\"", &out), HOOK_ANSWER_NOT_UNDERSTOOD);
  assert_int_equal(hear(f, TOKEN, "[]", &out), HOOK_ANSWER_NOT_UNDERSTOOD);
  assert_int_equal(hear(f, TOKEN, "{\"topic\":\"ClienteFornecedor.Alterado\"}", &out), HOOK_ANSWER_NOT_UNDERSTOOD);
}

static void each_topic_says_what_to_read(void **state) {
  static const struct {
    const char *topic, *event;
    size_t count;
    hook_kind kind;
    const char *table, *entity;
  } TOPICS[] = {
      {"Financas.ContaReceber.Alterado", "{\"codigo_lancamento_omie\":7001}", 1, HOOK_CHANGED, "invoice", "7001"},
      {"Financas.ContaReceber.Excluido", "{\"codigo_lancamento_omie\":7001}", 1, HOOK_CHANGED, "invoice", "7001"},
      {"Financas.ContaReceber.BoletoGerado", "{\"codigo_lancamento_omie\":7001}", 1, HOOK_CHANGED, "invoice", "7001"},
      {"Financas.ContaReceber.BaixaCancelada",
       "[{\"codigo_baixa\":8,\"conta_a_receber\":[{\"codigo_lancamento_omie\":7001}]}]", 1, HOOK_CHANGED, "invoice",
       "7001"},
      {"Financas.ContaReceber.BaixaRealizada",
       "[{\"codigo_baixa\":8,\"valor\":10,\"conta_a_receber\":[{\"codigo_lancamento_omie\":7001},{\"codigo_lancamento_"
       "omie\":"
       "7002}]}]",
       2, HOOK_PAID_HINT, "invoice", "7001"},
      {"ClienteFornecedor.Alterado", "{\"codigo_cliente_omie\":101}", 1, HOOK_CHANGED, "customer", "101"},
      {"ContratoServico.Alterado", "{\"nCodCtr\":9001}", 1, HOOK_CHANGED, "contract", "9001"},
      {"OrdemServico.Incluida", "{\"nCodOS\":5}", 0, HOOK_CHANGED, NULL, NULL},
      {"Financas.ContaReceber.Alterado", "{\"codigo_lancamento_omie\":0}", 0, HOOK_CHANGED, NULL, NULL},
      {"Financas.ContaReceber.Alterado", "\"text\"", 0, HOOK_CHANGED, NULL, NULL},
  };
  fixture *f = *state;
  for (size_t i = 0; i < sizeof TOPICS / sizeof *TOPICS; i++) {
    hook_events out;
    slice body = arena_printf(f->perm, "{\"messageId\":\"m-1\",\"topic\":\"%s\",\"event\":%s,\"appKey\":\"1234\"}",
                              TOPICS[i].topic, TOPICS[i].event);
    assert_int_equal(hear(f, TOKEN, body.p, &out), HOOK_ANSWER_TAKEN);
    assert_int_equal(out.count, TOPICS[i].count);
    if (!out.count) continue;
    assert_int_equal(out.v[0].kind, TOPICS[i].kind);
    assert_string_equal(out.v[0].table, TOPICS[i].table);
    assert_true(slice_eq(out.v[0].entity, slice_of(TOPICS[i].entity)));
    assert_true(slice_eq(out.v[0].id, SLICE("m-1"))); /* the same message again has the same id */
    if (out.count > 1) assert_true(slice_eq(out.v[1].id, SLICE("m-1/2")));
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
  const struct CMUnitTest tests[] = {
      TEST(a_page_is_asked_for_as_documented),
      TEST(a_receivable_is_read),
      cmocka_unit_test(what_cannot_be_read_is_rejected),
      TEST(cents_are_exact),
      cmocka_unit_test(every_fault_of_a_question),
      cmocka_unit_test(every_fault_of_an_order),
      TEST(an_order_without_an_answer),
      TEST(a_contract_that_is_over),
      TEST(what_omie_does_not_do),
      TEST(a_boleto_with_a_fine_is_not_charged),
      TEST(a_bill_knows_what_others_made),
      TEST(only_who_knows_the_token_is_heard),
      TEST(each_topic_says_what_to_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
