/* Shared by the files of the Omie connector: the connection, calls and their faults, the mapping.
 *
 * Invariant: of a fault's words nothing goes on but the code and our own sentence: they may name a person. */
#ifndef DUN_ERP_OMIE_IMPL_H
#define DUN_ERP_OMIE_IMPL_H

#include "erp.h"
#include "stdlib/net/json.h"

/* OMIE_METHOD(id, path, which limit it counts against) */
#define OMIE_METHODS(OMIE_METHOD)                                                                                      \
  OMIE_METHOD(ListarClientes, "/geral/clientes/", LISTS)                                                               \
  OMIE_METHOD(ConsultarCliente, "/geral/clientes/", LOOKS)                                                             \
  OMIE_METHOD(ListarContratos, "/servicos/contrato/", LISTS)                                                           \
  OMIE_METHOD(ConsultarContrato, "/servicos/contrato/", LOOKS)                                                         \
  OMIE_METHOD(PesquisarLancamentos, "/financas/pesquisartitulos/", LISTS)                                              \
  OMIE_METHOD(ConsultarContaReceber, "/financas/contareceber/", LOOKS)                                                 \
  OMIE_METHOD(ListarOS, "/servicos/os/", LISTS)                                                                        \
  OMIE_METHOD(ObterBoleto, "/financas/contareceberboleto/", LOOKS)                                                     \
  OMIE_METHOD(ObterPix, "/financas/pix/", LOOKS)                                                                       \
  OMIE_METHOD(GerarPix, "/financas/pix/", LOOKS)                                                                       \
  OMIE_METHOD(AlterarContaReceber, "/financas/contareceber/", WRITES)                                                  \
  OMIE_METHOD(CancelarContaReceber, "/financas/contareceber/", WRITES)                                                 \
  OMIE_METHOD(LancarRecebimento, "/financas/contareceber/", WRITES)                                                    \
  OMIE_METHOD(ProrrogarBoleto, "/financas/contareceberboleto/", WRITES)                                                \
  OMIE_METHOD(FaturarContrato, "/servicos/contratofat/", WRITES)                                                       \
  OMIE_METHOD(SuspenderContrato, "/servicos/contratofat/", WRITES)                                                     \
  OMIE_METHOD(AtivarContrato, "/servicos/contratofat/", WRITES)                                                        \
  OMIE_METHOD(ReativarContrato, "/servicos/contratofat/", WRITES)

typedef enum omie_method {
#define OMIE_METHOD(id, path, group) OMIE_##id,
  OMIE_METHODS(OMIE_METHOD)
#undef OMIE_METHOD
      OMIE_METHOD_COUNT
} omie_method;

/* Omie counts 240 a minute and 4 at once for each method, 960 a minute for all: three groups of methods, each with that
 * limit for the whole group, keep below both. */
typedef enum omie_group { OMIE_LISTS, OMIE_LOOKS, OMIE_WRITES, OMIE_GROUP_COUNT } omie_group;

/* What the connector does by itself about a fault: the rows of omie_faults.def. */
typedef enum omie_reading { OMIE_GO_ON, OMIE_GONE, OMIE_AGAIN, OMIE_LATER, OMIE_FAIL } omie_reading;
typedef enum omie_writing { OMIE_W_REJECTED, OMIE_W_RETRY, OMIE_W_DOWN, OMIE_W_LOOK } omie_writing;
typedef struct omie_fault {
  const char *code, *words;
  omie_reading reading;
  omie_writing writing;
  int64_t wait_s; /* as the fault says; 0: it does not */
  slice said;     /* the code as it came, "Client-101"; empty: it is none that can be shown */
} omie_fault;

typedef enum omie_feed_id {
  OMIE_CUSTOMERS,
  OMIE_CONTRACTS,
  OMIE_RECEIVABLES,
  OMIE_MEANS,
  OMIE_FEED_COUNT
} omie_feed_id;
extern const erp_feed OMIE_FEEDS[OMIE_FEED_COUNT];

struct erp {
  world *w;
  secret key, secret_key;
  api *group[OMIE_GROUP_COUNT];
  bool boletos, pix; /* which payment means are asked for */
  slice account;     /* where a write-off is booked; empty: the receivable is cancelled */
};

/* ---- calls (omie.c) ---- */

/* What came of a call: `root` is the answer's object, or NULL and `fault` or `end` say why. */
typedef struct omie_answer {
  const json *root;
  const omie_fault *fault; /* NULL: none; then the network or the answer's form failed */
  http_answer http;
} omie_answer;

/* `param` is the call's one object, written. `safe`: may be asked again. */
omie_answer omie_call(erp *e, omie_method m, slice param, bool safe, arena *perm);
void omie_call_all(erp *e, omie_method m, const slice *params, size_t n, bool safe, omie_answer *out, arena *perm);
/* A question's answer as the code of a page: ERP_END: `root` is there, or it is GONE or empty (NULL). */
erp_code omie_asked(erp *e, omie_method m, const omie_answer *a, erp_failure *f, arena *perm);
bool omie_is_gone(const omie_answer *a);
/* The fault in an answer's body; false: there is none. */
bool omie_fault_of(const http_answer *http, arena *perm, omie_fault *out);
const omie_fault *omie_fault_at(size_t i); /* the table; NULL past its end */

/* ---- mapping (omie_map.c) ---- */

enum { OMIE_DATE_MAX = 16, OMIE_WHY_MAX = 160 };
/* "05/03/2026" */
slice omie_date(civil_date d, char room[OMIE_DATE_MAX]);
bool omie_read_date(slice s, civil_date *out);
/* Reais in cents. A float's noise is taken off; what is no whole number of cents is not read. */
bool omie_cents(const json *j, int64_t *out);
/* The row's values into `p->rows`, and then erp_put or erp_reject. */
store_code omie_put_customer(erp_page *p, const json *j);
store_code omie_put_contract(erp_page *p, const json *j);
typedef struct omie_means {
  slice link, pix;
} omie_means;
/* `means` NULL: the feed RECEIVABLES. */
store_code omie_put_title(erp_page *p, const json *j, civil_date today, const omie_means *means);
/* "open", "paid", "cancelled"; NULL: the status is not known. */
const char *omie_status_of(const json *title);
const char *omie_status_word(slice said);

/* ---- the rest ---- */

erp_code omie_page(erp *e, erp_page *p, erp_failure *f);
/* One receivable as the search shows it; *title NULL: the search does not have it. */
erp_code omie_title(erp *e, slice id, const json **title, erp_failure *f, arena *perm);
erp_code omie_read(erp *e, erp_page *p, slice source_id, bool *there, erp_failure *f);
slice omie_refuses(const erp_order *o, arena *perm);
send_result omie_write(erp *e, const erp_order *o, arena *perm);
send_result omie_find(erp *e, const erp_order *o, int64_t begun_s, arena *perm);
hook_reader omie_hook;

#endif
