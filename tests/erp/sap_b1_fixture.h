/* A Service Layer of our own (sap_b1_server.py), started and stopped, a store, and the connector between them. Failures
 * fail the running cmocka test. */
#ifndef DUN_TESTS_SAP_B1_FIXTURE_H
#define DUN_TESTS_SAP_B1_FIXTURE_H

#include "stdlib/erp/sap_b1_impl.h"
#include "tests/support/child.h"

typedef struct sap_house {
  child server;
  char url[64];
  world here;
  store *s;
  arena *perm;
  connection *c;
  setting settings[6];
  erp *e;
  api *plain;
} sap_house;

/* `version`: "v1" or "v2"; `arguments`: of the server, NULL at the end; `more`: another setting, or NULL. */
sap_house *sap_begin(const char *version, const char *const *arguments, const char *more, const char *value);
/* Nothing may have been other than it is documented. */
void sap_end(sap_house *f);
void sap_connect(sap_house *f);
const json *sap_stats(sap_house *f);
void sap_control(sap_house *f, const char *what);
int64_t sap_number(const json *j, const char *path);
erp_code sap_sync_with(sap_house *f, const erp_driver *d, erp_report *report);
erp_report sap_sync(sap_house *f); /* that is to end well */
/* What a row has; "no row" where there is none. */
slice sap_column(sap_house *f, store_table table, const char *key, const char *id, const char *name);
const char *sap_invoice(sap_house *f, const char *number, const char *name);
const char *sap_customer(sap_house *f, const char *id, const char *name);
int64_t sap_invoice_int(sap_house *f, const char *number, const char *name);
int64_t sap_count(sap_house *f, store_table table);
bool sap_has(slice s, const char *part);

#endif
